/** All examples, in the order in which they are listed. */
import { Command } from "effect/cli"
import { cacheCommand } from "./cache.ts"
import { censusCommand } from "./censusCommand.ts"
import { chatCommand } from "./chat.ts"
import { configCommand } from "./config.ts"
import { exploreCommand } from "./explore.ts"
import { feedCommand } from "./feed.ts"
import { jobsCommand } from "./jobs.ts"
import { phasesCommand } from "./phases.ts"
import { readyCommand } from "./ready.ts"
import { routesCommand } from "./routes.ts"
import { seriesCommand } from "./series.ts"
import { shutdownCommand } from "./shutdown.ts"
import { workerCommand } from "./worker.ts"

/** An example, whose command says in the help of all what it says in the list. */
const example = <Name extends string, Input, ContextInput, E, R>(
  says: string,
  command: Command.Command<Name, Input, ContextInput, E, R>
) => ({ name: command.name, says, command: Command.withShortDescription(command, says) })

export const examples = [
  example("Count the files of a directory tree", censusCommand),
  example("Reload a routing table while requests look up routes in it", routesCommand),
  example("Fill a cache once under load, though the first to do it is interrupted", cacheCommand),
  example("Tell waiting clients the port of a server that has just begun to listen", readyCommand),
  example("Shut a server down gracefully: finish what was begun, then stop", shutdownCommand),
  example("Compute a Game of Life in strips, generation by generation", phasesCommand),
  example("Drain an inbox that callbacks fill, asleep in between", workerCommand),
  example("Feed two readers, of which the slow one is told how much it missed", feedCommand),
  example("Talk in a chat room over TCP", chatCommand),
  example("Follow a configuration file, and give a running operation more time", configCommand),
  example("Stream the results of a series of computations while they are computed", seriesCommand),
  example("Run a job pipeline made of layers, and end it in good order on SIGTERM", jobsCommand),
  example("See the explorer catch a hand-written pool losing its connection", exploreCommand)
]
