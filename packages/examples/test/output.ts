/**
 * Where the output goes: to a pipe, or before the eyes of somebody at a terminal.
 */
import { Effect, Layer, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"

/** A terminal that shows what it is given to `display`. */
export const terminal = (columns: number, display: (text: string) => void) =>
  Layer.merge(capabilities(true), screen(columns, display))

export const piped = Layer.suspend(() =>
  Layer.merge(
    capabilities(false),
    screen(0, (text) => {
      throw new Error(`not meant for a pipe: ${text}`)
    })
  )
)

const capabilities = (canAnimate: boolean) =>
  Layer.succeed(TerminalCapabilities.TerminalCapabilities, { canAnimate, canColor: canAnimate, canPrompt: false })

const screen = (columns: number, display: (text: string) => void) =>
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: Effect.succeed(columns),
      rows: Effect.succeed(24),
      size: Effect.die("unused"),
      readInput: Effect.die("unused"),
      readLine: Effect.die("unused"),
      display: (text) => Effect.sync(() => display(text))
    })
  )
