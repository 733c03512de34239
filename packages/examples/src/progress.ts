/**
 * How far the census has come: a bar where somebody watches a terminal, plain lines where the output goes to a file or
 * another program.
 */
import { Console, Effect, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"

/** Says that this many files have been counted; to be called with 1, 2, 3 and so on, one call at a time. */
export type Progress = (counted: number) => Effect.Effect<void>

/** Progress towards `total` files, which ends with the scope. */
export const makeProgress = Effect.fnUntraced(function*(total: number) {
  const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
  return canAnimate ? yield* makeBar(total) : lines(total)
})

/** One line for every tenth of the way. */
const lines = (total: number): Progress => everyStep(10, total, (counted) => Console.log(fraction(counted, total)))

/** A bar that is drawn over itself. It is always of the same width, so going back to the left edge is all it takes. */
const makeBar = Effect.fnUntraced(function*(total: number) {
  const terminal = yield* Terminal.Terminal
  const columns = (yield* terminal.columns) || 80
  const width = Math.max(0, Math.min(40, columns - fraction(total, total).length - 2))
  const draw = (counted: number) => {
    const done = Math.floor(width * counted / total)
    const bar = "█".repeat(done) + "░".repeat(width - done)
    return Effect.orDie(terminal.display(`\r${bar} ${fraction(counted, total)}`))
  }
  if (total > 0) {
    // However it ends, what is printed next starts on a line of its own.
    yield* Effect.acquireRelease(draw(0), () => Effect.orDie(terminal.display("\n")))
  }
  return everyStep(100, total, draw)
})

/** Calls `report` only when another of so many equal steps has been completed. */
const everyStep = (steps: number, total: number, report: Progress): Progress => {
  const completed = (counted: number) => Math.floor(steps * counted / total)
  return (counted) => completed(counted) > completed(counted - 1) ? report(counted) : Effect.void
}

const fraction = (counted: number, total: number): string =>
  `${String(counted).padStart(String(total).length)} of ${total} files counted`
