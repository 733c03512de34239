/** All cases, by primitive. */
import type { Case } from "../measure.ts"
import * as Barrier from "./Barrier.ts"
import * as Mutex from "./Mutex.ts"
import * as Notify from "./Notify.ts"
import * as Semaphore from "./Semaphore.ts"

export const cases: ReadonlyArray<Case> = [
  ...Semaphore.cases,
  ...Mutex.cases,
  ...Notify.cases,
  ...Barrier.cases
]
