/**
 * Signals of the operating system.
 */
import { Effect } from "effect"

const ending = ["SIGINT", "SIGTERM"] as const

/**
 * Calls a function on the first SIGINT or SIGTERM, for as long as the scope lives, in place of those who listen otherwise: they
 * would interrupt the program. A second signal is theirs.
 */
export const onFirstSignal = (f: (signal: NodeJS.Signals) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const others = ending.map((name) => process.listeners(name))
      const restore = () => {
        for (const [i, name] of ending.entries()) {
          process.removeListener(name, first)
          for (const other of others[i]!) if (!process.listeners(name).includes(other)) process.on(name, other)
        }
      }
      const first = (signal: NodeJS.Signals) => {
        restore()
        f(signal)
      }
      for (const name of ending) process.removeAllListeners(name).on(name, first)
      return restore
    }),
    (restore) => Effect.sync(restore)
  )

/** Calls a function on each signal of one kind, for as long as the scope lives. */
export const onSignal = (name: NodeJS.Signals, f: () => void) =>
  Effect.acquireRelease(
    Effect.sync(() => process.on(name, f)),
    () => Effect.sync(() => process.removeListener(name, f))
  )
