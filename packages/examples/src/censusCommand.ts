/**
 * The census on the command line.
 */
import { Console, Effect, Layer, Path } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { census, OpenFiles, Tally } from "./census.ts"
import { report } from "./report.ts"
import { listed } from "./words.ts"

/** Large or generated, and not what one asks about. */
const LEFT_OUT = ["node_modules", ".git", "dist", "build"]

/** The root of this repository. */
const repository = Effect.gen(function*() {
  const path = yield* Path.Path
  const here = yield* Effect.orDie(path.fromFileUrl(new URL(".", import.meta.url)))
  return path.join(here, "../../..")
})

const runCensus = Effect.fnUntraced(
  function*(directory: string, all: boolean) {
    const result = yield* census(directory, { leaveOut: all ? [] : LEFT_OUT })
    yield* Console.log(report(result))
  },
  Effect.provide(Layer.merge(OpenFiles.layer, Tally.layer)),
  Effect.catchTag("ConfigError", (error) => new CliError.UserError({ cause: error.cause }))
)

/** What runs when nothing else is asked for. */
export const censusOfThisRepository = Effect.flatMap(repository, (directory) => runCensus(directory, false))

export const censusCommand = Command.make("census", {
  directory: Argument.Path("dir").pipe(
    Argument.withDescription("The directory; this repository, if there is none"),
    Argument.withDefault(repository)
  ),
  all: Flag.Boolean("all").pipe(
    Flag.withAlias("a"),
    Flag.withDescription(`Count ${listed(LEFT_OUT)} too, which are left out otherwise`),
    Flag.withDefault(false)
  )
}, ({ all, directory }) => runCensus(directory, all)).pipe(
  Command.withDescription(
    "Count the files, lines and bytes of a directory tree, by type of file. All files are counted concurrently, but no " +
      "more than 4 are open at a time; CENSUS_OPEN_FILES in the environment sets another limit."
  ),
  Command.withShortDescription("Count the files of a directory tree"),
  Command.withExamples([
    { command: "npm start -- census ~/projects", description: "Count the files of a directory" },
    { command: "CENSUS_OPEN_FILES=32 npm start -- census --all", description: "All of this repository, 32 at a time" }
  ])
)
