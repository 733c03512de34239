/**
 * The command line of the examples.
 */
// Not the whole of "@effect/platform-node": that would also load HTTP, sockets and Redis, and take twice the time.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { CliConfig, Command, Flag, GlobalFlag } from "effect/cli"
import { examples } from "./examples.ts"
import { list, tour } from "./tour.ts"

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
  Effect.provide(Layer.merge(NodeServices.layer, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  NodeRuntime.runMain
)
