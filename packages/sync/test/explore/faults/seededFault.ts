import type { Change } from "../changed.ts"

/** A fault, and the program in which the explorer must find it: the primitive, the start state, the operations. */
export interface SeededFault extends Change {
  readonly why: string
  /** Whether it shows only where the library takes its second ways. */
  readonly fallback?: boolean
  readonly program: readonly [primitive: string, start: string, ...operations: ReadonlyArray<string>]
}
