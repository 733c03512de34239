/** All cases, by primitive. */
import type { Case } from "../measure.ts"
import * as Barrier from "./Barrier.ts"
import * as Broadcast from "./Broadcast.ts"
import * as CancellationToken from "./CancellationToken.ts"
import * as Mpsc from "./Mpsc.ts"
import * as Mutex from "./Mutex.ts"
import * as Notify from "./Notify.ts"
import * as OnceCell from "./OnceCell.ts"
import * as Oneshot from "./Oneshot.ts"
import * as RwLock from "./RwLock.ts"
import * as Semaphore from "./Semaphore.ts"
import * as SetOnce from "./SetOnce.ts"
import * as Watch from "./Watch.ts"

export const cases: ReadonlyArray<Case> = [
  ...Semaphore.cases,
  ...Mutex.cases,
  ...RwLock.cases,
  ...OnceCell.cases,
  ...SetOnce.cases,
  ...CancellationToken.cases,
  ...Notify.cases,
  ...Barrier.cases,
  ...Oneshot.cases,
  ...Watch.cases,
  ...Broadcast.cases,
  ...Mpsc.cases
]
