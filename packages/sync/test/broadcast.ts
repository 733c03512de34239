/**
 * What the tests of Broadcast share.
 */
import { Cause, Effect, Exit, Result } from "effect"
import { Broadcast } from "effect-sync"

/** What a receive ended with, to be compared: the value, `lag n`, `done`, `empty`. */
export const said = (exit: Exit.Exit<unknown, unknown> | Result.Result<unknown, unknown>): unknown => {
  if (Exit.isExit(exit)) return Exit.isSuccess(exit) ? exit.value : saidError(Cause.squash(exit.cause))
  return Result.isSuccess(exit) ? exit.success : saidError(exit.failure)
}

const saidError = (error: unknown): unknown => {
  if (error instanceof Broadcast.Lagged) return `lag ${error.skipped}`
  if (error instanceof Broadcast.Empty) return "empty"
  if (Cause.isDone(error)) return "done"
  throw error
}

export const tryRecv = (receiver: Broadcast.Receiver<unknown>): unknown => said(Broadcast.tryRecvUnsafe(receiver))

/** What there is, until there is no more: empty, or done. */
export const drain = (receiver: Broadcast.Receiver<unknown>): Array<unknown> => {
  const seen: Array<unknown> = []
  for (;;) {
    const next = tryRecv(receiver)
    seen.push(next)
    if (next === "empty" || next === "done") return seen
    if (seen.length > 100_000) throw new Error("there is always more")
  }
}

/** What a `recv` ends with. */
export const recv = (receiver: Broadcast.Receiver<unknown>): Effect.Effect<unknown> =>
  Effect.map(Effect.exit(Broadcast.recv(receiver)), said)

export const sendAll = <A>(sender: Broadcast.Sender<A>, values: Iterable<A>): void => {
  for (const value of values) Result.getOrThrow(Broadcast.sendUnsafe(sender, value))
}

export const upTo = (n: number, from = 0): Array<number> => Array.from({ length: n }, (_, i) => from + i)
