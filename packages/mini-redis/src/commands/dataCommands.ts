/**
 * All commands on data, by their names.
 */
import { ErrorReply, failed, type Reply } from "../wire/Reply.ts"
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

/** Runs a command to its end at once. */
export const runNow = (call: Call): Reply => {
  const name = call.words[0]!.toLowerCase()
  const command = dataCommands.get(name)
  if (command === undefined || !hasArity(command.arity, call.words.length)) return failed(`no command ${name}`)
  let result = begin(command, call)
  if (isGenerator(result)) {
    const generator = result
    for (;;) {
      const next = generator.next()
      if (next.done === true) {
        result = next.value
        break
      }
    }
  }
  return result as Reply
}

export const isGenerator = (result: Reply | Generator<void, Reply>): result is Generator<void, Reply> =>
  typeof result === "object" && result !== null && "next" in result && !(result instanceof ErrorReply)
