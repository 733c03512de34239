/** All cases, by primitive. */
import type { Case } from "../measure.ts"
import * as CancellationToken from "./CancellationToken.ts"
import * as Mutex from "./Mutex.ts"
import * as Semaphore from "./Semaphore.ts"

export const cases: ReadonlyArray<Case> = [
  ...Semaphore.cases,
  ...Mutex.cases,
  ...CancellationToken.cases
]
