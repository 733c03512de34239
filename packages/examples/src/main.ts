/**
 * The command line of the examples.
 */
// Not the whole of "@effect/platform-node": that would also load HTTP, sockets and Redis, and take twice the time.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { examples } from "./examples.ts"
import { nearest } from "./nearest.ts"
import { list, tour } from "./tour.ts"

// Whoever reads the output has enough of it, for example `head`: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

/** Effect tells names that differ in two letters at most, and takes capitals for other letters. */
const names = examples.map(({ name }) => name)
const withNearest = (error: CliError.NonShowHelpErrors): CliError.NonShowHelpErrors =>
  error._tag === "UnknownSubcommand" && error.suggestions.length === 0
    ? new CliError.UnknownSubcommand({
      subcommand: error.subcommand,
      parent: error.parent,
      suggestions: nearest(error.subcommand, names)
    })
    : error
const presenter: CliOutput.Presenter = {
  present: (event) =>
    CliOutput.defaultPresenter.present(
      "errors" in event ? { ...event, errors: event.errors.map(withNearest) } : event
    )
}

Command.make("npm start --", {
  list: Flag.Boolean("list").pipe(
    Flag.withAlias("l"),
    Flag.withDescription("List the examples and do nothing else"),
    Flag.withDefault(false)
  )
}, (options) => options.list ? Console.log(list(examples)) : tour(examples)).pipe(
  Command.withDescription("Programs written with effect-sync; without a name, all of them in a row."),
  Command.withSubcommands(examples.map(({ command }) => command)),
  Command.run({ version: "0.0.0" }),
  Effect.provide(
    Layer.mergeAll(
      NodeServices.layer,
      CliConfig.layer({ builtIns: [GlobalFlag.Help] }),
      CliOutput.layerPresenter(presenter)
    )
  ),
  NodeRuntime.runMain
)
