/**
 * Standing in line: in the start state with somebody in the queue, nobody who came later is served first.
 */
import { Effect } from "effect"

/** Whether the one who queued first still waits. */
export interface Line {
  queuing: boolean
}

/** The fiber that queues, until it is served, interrupted or refused. */
export const first = <S extends { readonly line: Line }>(
  run: (state: S, served: () => void) => Effect.Effect<unknown, unknown, any>
) =>
(state: S): Effect.Effect<unknown, unknown, any> => {
  const over = () => {
    state.line.queuing = false
    return undefined
  }
  state.line.queuing = true
  return Effect.onExitPrimitive(run(state, over), over)
}

/** Throws if the one who queued first still waits. */
export const noOvertaking = ({ line }: { readonly line: Line }): void => {
  if (line.queuing) throw new Error("somebody who came later was served first")
}
