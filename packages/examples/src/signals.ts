/**
 * Signals of the operating system.
 */
import { Effect } from "effect"

const names = ["SIGINT", "SIGTERM"] as const

export type Signal = typeof names[number]

/**
 * Calls a function on the first SIGINT or SIGTERM, for as long as the scope lives, in place of whoever listens otherwise:
 * they would interrupt the program. A second signal is theirs, for those who lose patience.
 */
export const onFirstSignal = (f: (signal: Signal) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const others = names.map((name) => process.listeners(name))
      const restore = () => {
        for (const [i, name] of names.entries()) {
          process.removeListener(name, first)
          for (const other of others[i]!) if (!process.listeners(name).includes(other)) process.on(name, other)
        }
      }
      const first = (signal: Signal) => {
        restore()
        f(signal)
      }
      for (const name of names) process.removeAllListeners(name).on(name, first)
      return restore
    }),
    (restore) => Effect.sync(restore)
  )
