/** All cases, by primitive. */
import type { Case } from "../measure.ts"
import * as Barrier from "./Barrier.ts"
import * as CancellationToken from "./CancellationToken.ts"
import * as Mpsc from "./Mpsc.ts"
import * as Mutex from "./Mutex.ts"
import * as Notify from "./Notify.ts"
import * as OnceCell from "./OnceCell.ts"
import * as RwLock from "./RwLock.ts"
import * as Semaphore from "./Semaphore.ts"
import * as SetOnce from "./SetOnce.ts"

export const cases: ReadonlyArray<Case> = [
  ...Semaphore.cases,
  ...Mutex.cases,
  ...RwLock.cases,
  ...OnceCell.cases,
  ...SetOnce.cases,
  ...CancellationToken.cases,
  ...Notify.cases,
  ...Barrier.cases,
  ...Mpsc.cases
]
