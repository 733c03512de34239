import { barrier } from "./barrier.ts"
import { broadcast } from "./broadcast.ts"
import { cancellationToken } from "./cancellationToken.ts"
import { locks } from "./locks.ts"
import { mpsc } from "./mpsc.ts"
import { mpscQueue } from "./mpscQueue.ts"
import { notify } from "./notify.ts"
import { onceCell } from "./onceCell.ts"
import { oneshot } from "./oneshot.ts"
import { rwLock } from "./rwLock.ts"
import type { SeededFault } from "./seededFault.ts"
import { setOnce } from "./setOnce.ts"
import { watch } from "./watch.ts"

export type { SeededFault } from "./seededFault.ts"

export const faults: ReadonlyArray<SeededFault> = [
  ...locks,
  ...rwLock,
  ...notify,
  ...barrier,
  ...onceCell,
  ...setOnce,
  ...cancellationToken,
  ...oneshot,
  ...broadcast,
  ...mpsc,
  ...mpscQueue,
  ...watch
]
