/**
 * The command line of the server.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Option, Schema } from "effect"
import { CancellationToken, Notify } from "effect-sync"
import { Command, Flag } from "effect/cli"
import { announce, toConsole } from "./server/Journal.ts"
import * as server from "./server/server.ts"
import {
  CurrentSettings,
  defaults,
  fields,
  followFile,
  readSettings,
  type Settings,
  versionOf
} from "./server/Settings.ts"
import { Shutdown } from "./server/Shutdown.ts"
import { onFirstSignal, onSignal } from "./signals.ts"

const flags = {
  host: Flag.String("host").pipe(
    Flag.withDescription("Where to listen"),
    Flag.withDefault("127.0.0.1")
  ),
  port: Flag.Int("port").pipe(
    Flag.withAlias("p"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
    Flag.withDescription("Where to listen; 0: a port that is free"),
    Flag.withDefault(6379)
  ),
  maxConnections: Flag.Int("max-connections").pipe(
    Flag.withSchema(fields.maxclients),
    Flag.withDescription("So many connections are served at a time, others wait. Stands above the file"),
    Flag.optional
  ),
  config: Flag.File("config").pipe(
    Flag.withAlias("c"),
    Flag.withDescription("A file with settings, in JSON. Read again when it changes, and on SIGHUP"),
    Flag.optional
  )
}

const run = Effect.fnUntraced(function*(
  options: server.Options,
  file: Option.Option<{ readonly path: string; readonly version: string }>,
  given: Partial<Settings>
) {
  const token = yield* Shutdown
  const reload = yield* Notify.make()
  // Callbacks of Node's, outside of any fiber.
  yield* onFirstSignal(() => CancellationToken.cancelUnsafe(token))
  if (Option.isSome(file)) {
    yield* onSignal("SIGHUP", () => Notify.notifyOneUnsafe(reload))
    yield* Effect.forkScoped(followFile(file.value.path, file.value.version, given, reload, announce))
  }
  yield* server.run(options)
}, Effect.scoped)

Command.make("mini-redis", flags, ({ config, host, maxConnections, port }) =>
  Effect.gen(function*() {
    const given: Partial<Settings> = Option.isSome(maxConnections) ? { maxclients: maxConnections.value } : {}
    const version = Option.isSome(config) ? yield* versionOf(config.value) : ""
    const read = Option.isSome(config) ? yield* readSettings(config.value) : {}
    const settings = CurrentSettings.layerWith({ initial: { ...defaults, ...read, ...given } })
    yield* Effect.provide(
      run({ host, port }, Option.map(config, (path) => ({ path, version })), given),
      Layer.provideMerge(server.layer, Layer.mergeAll(settings, Shutdown.layer, toConsole))
    )
  })).pipe(
    Command.withDescription(
      "Serves the Redis protocol. SIGINT (Ctrl-C) or SIGTERM ends it after what was begun; a second one ends it at once."
    ),
    Command.run({ version: "0.0.0" }),
    Effect.provide(NodeServices.layer),
    NodeRuntime.runMain
  )
