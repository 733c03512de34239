/**
 * This server and Redis, driven by `redis-benchmark` in turn.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Option, Schedule } from "effect"
import { Command, Flag } from "effect/cli"
import { type AddressInfo, connect, createServer } from "node:net"
import { parseCsv } from "./benchmarkCsv.ts"
import { output, ProcessError, spawn, startServer } from "./process.ts"
import { rate, table } from "./report.ts"

const programs = ["redis-server", "redis-benchmark"]

const pipelines = [1, 16]

const missing = Effect.filter(
  programs,
  (program) => Effect.match(output(program, ["--version"]), { onSuccess: () => false, onFailure: () => true })
)

const howToInstall = (names: ReadonlyArray<string>): string =>
  [
    `There is nothing to compare with: ${names.join(" and ")} cannot be run on this machine.`,
    "Debian, Ubuntu:  sudo apt-get install redis-server redis-tools",
    "macOS:           brew install redis",
    "Without them, npm run mini-redis:load measures this server alone."
  ].join("\n")

/** A port that was free just now. */
const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const accepts = (port: number) =>
  Effect.callback<void, ProcessError>((resume) => {
    const socket = connect({ port, host: "127.0.0.1" })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", ({ message }) => resume(Effect.fail(new ProcessError({ message }))))
  })

const startRedis = Effect.gen(function*() {
  const port = yield* freePort
  yield* spawn("redis-server", ["--port", String(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"])
  yield* Effect.retry(accepts(port), { schedule: Schedule.spaced("50 millis"), times: 200 })
  return port
})

/** Requests a second, by the names of the commands. */
const benchmark = Effect.fnUntraced(function*(port: number, pipeline: number, requests: number) {
  const common = ["-p", String(port), "-c", "50", "-n", String(requests * pipeline), "-P", String(pipeline), "--csv"]
  const data = parseCsv(yield* output("redis-benchmark", [...common, "-t", "set,get,incr"]))
  const [published] = parseCsv(yield* output("redis-benchmark", [...common, "publish", "channel", "xxx"])).values()
  return new Map([...data, ["PUBLISH", published ?? Number.NaN]])
})

const compare = Effect.fnUntraced(function*(requests: number) {
  const absent = yield* missing
  if (absent.length > 0) {
    yield* Console.log(howToInstall(absent))
    return
  }
  const ours = yield* startServer
  const theirs = yield* startRedis
  yield* Console.log("redis-benchmark, 50 clients, requests a second:\n")
  const rows: Array<ReadonlyArray<string>> = []
  for (const pipeline of pipelines) {
    const here = yield* benchmark(ours, pipeline, requests)
    const there = yield* benchmark(theirs, pipeline, requests)
    for (const [name, rps] of here) {
      const other = Option.getOrElse(Option.fromUndefinedOr(there.get(name)), () => Number.NaN)
      rows.push([name, String(pipeline), rate(rps), rate(other), (rps / other).toFixed(2)])
    }
  }
  yield* Console.log(table(["command", "pipeline", "mini-redis", "Redis", "ratio"], rows))
}, Effect.scoped)

Command.make("mini-redis:compare", {
  requests: Flag.Int("requests").pipe(
    Flag.withAlias("n"),
    Flag.withDescription("How many round trips each measurement takes"),
    Flag.withDefault(100_000)
  )
}, ({ requests }) => compare(requests)).pipe(
  Command.withDescription(
    "Drives this server and redis-server with redis-benchmark, in turn: SET, GET, INCR and PUBLISH, one at a time and 16 in a pipeline."
  ),
  Command.run({ version: "0.0.0" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
