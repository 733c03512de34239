/**
 * The mutants that no test finds, each with the reason why none could.
 */

export interface Survivors {
  readonly reason: string
  /** By file below `packages/sync/src`: what is done to which text, with `(2)` behind it for the second such text. */
  readonly mutants: Readonly<Record<string, ReadonlyArray<string>>>
}

export const survivors: ReadonlyArray<Survivors> = []
