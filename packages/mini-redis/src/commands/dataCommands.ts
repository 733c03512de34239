/**
 * All commands on data, by their names.
 */
import type { Reply } from "../wire/Reply.ts"
import { type Call, type DataCommand, Refused } from "./Command.ts"
import { expiryCommands } from "./expiry.ts"
import { keyCommands } from "./keys.ts"
import { listCommands } from "./lists.ts"
import { stringCommands } from "./strings.ts"

export const dataCommands: ReadonlyMap<string, DataCommand> = new Map(
  [...stringCommands, ...expiryCommands, ...keyCommands, ...listCommands].map((command) => [command.name, command])
)

/** Whether a command may have so many words. */
export const hasArity = (arity: number, words: number): boolean => arity < 0 ? words >= -arity : words === arity

/** Runs a command, up to where it gives way for the first time or else to its end. */
export const begin = (command: DataCommand, call: Call): Reply | Generator<void, Reply> => {
  try {
    return command.run(call)
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.reply
    throw thrown
  }
}

/** Whether a command has given way, and wants to go on. */
export const isGenerator = (result: Reply | Generator<void, Reply>): result is Generator<void, Reply> =>
  typeof result === "object" && result !== null && "next" in result
