import { locks } from "./locks.ts"
import type { SeededFault } from "./seededFault.ts"

export type { SeededFault } from "./seededFault.ts"

export const faults: ReadonlyArray<SeededFault> = [...locks]
