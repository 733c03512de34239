/** All laws of a lock with permits. */
import { noBarging } from "./barging.ts"
import { cancelSafety } from "./cancelSafety.ts"
import { conservation } from "./conservation.ts"
import { concurrency, exclusion } from "./exclusion.ts"
import { fifo } from "./fifo.ts"
import type { Law } from "./lock.ts"
import { noStarvation } from "./starvation.ts"

export const laws: ReadonlyArray<Law> = [
  exclusion,
  concurrency,
  fifo,
  noBarging,
  noStarvation,
  conservation,
  cancelSafety
]
