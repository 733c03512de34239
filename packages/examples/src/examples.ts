/** All examples, in the order in which they are listed. */
import { Command } from "effect/cli"
import { censusCommand } from "./censusCommand.ts"
import { shutdownCommand } from "./shutdown.ts"

/** An example, whose command says in the help of all what it says in the list. */
const example = <Name extends string, Input, ContextInput, E, R>(
  says: string,
  command: Command.Command<Name, Input, ContextInput, E, R>
) => ({ name: command.name, says, command: Command.withShortDescription(command, says) })

export const examples = [
  example("Count the files of a directory tree", censusCommand),
  example("Shut a server down gracefully: finish what was begun, then stop", shutdownCommand)
]
