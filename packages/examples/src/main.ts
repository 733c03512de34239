/**
 * The command line of the examples.
 */
// Not the whole of "@effect/platform-node": that would also load HTTP, sockets and Redis, and take twice the time.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { censusOfThisRepository } from "./censusCommand.ts"
import { examples } from "./examples.ts"

const list = Console.log(examples.map(({ name, says }) => `${name.padEnd(12)}${says ?? ""}`).join("\n"))

Command.make("examples", {
  list: Flag.Boolean("list").pipe(
    Flag.withAlias("l"),
    Flag.withDescription("List the examples"),
    Flag.withDefault(false)
  )
}, (options) => options.list ? list : censusOfThisRepository).pipe(
  Command.withDescription("Programs written with effect-sync. Without a command: a census of this repository."),
  Command.withSubcommands(examples.map(({ command }) => command)),
  Command.run({ version: "0.0.0" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
