/**
 * How many commands a second a server does: this one, in a process of its own, or any that speaks the protocol.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Clock, Console, Effect, Option, Schema } from "effect"
import { Barrier, CancellationToken } from "effect-sync"
import { Command, Flag } from "effect/cli"
import { connect as connectSocket, type Socket } from "node:net"
import { startServer } from "./process.ts"
import { rate, table } from "./report.ts"

const CLIENTS = 50
/** As many as are served at a time by default. */
const CROWD = 1000

/** What is asked, and how many lines an answer has. */
const workloads = [
  { name: "SET", words: ["SET", "key", "xxx"], lines: 1 },
  { name: "GET", words: ["GET", "key"], lines: 2 },
  { name: "INCR", words: ["INCR", "counter"], lines: 1 },
  { name: "PUBLISH", words: ["PUBLISH", "channel", "xxx"], lines: 1 }
] as const

const pipelines = [1, 16]

class LoadError extends Schema.TaggedError<LoadError>()("LoadError", { message: Schema.String }) {}

const connect = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Socket, LoadError>((resume) => {
      const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true })
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.once("error", ({ message }) =>
        resume(Effect.fail(new LoadError({ message: `can't connect to port ${port}: ${message}` }))))
    }),
    (socket) =>
      Effect.sync(() => socket.destroy())
  )

const encode = (words: ReadonlyArray<string>): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`

/** Sends so many commands and waits for all answers, again and again until the token is cancelled. Gives how many it was. */
const drive = (
  socket: Socket,
  request: Buffer,
  lines: number,
  pipeline: number,
  token: CancellationToken.CancellationToken
) =>
  Effect.callback<number, LoadError>((resume) => {
    let [answers, left] = [0, lines * pipeline]
    socket.on("error", ({ message }) => resume(Effect.fail(new LoadError({ message }))))
    socket.on("data", (bytes: Buffer) => {
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) left--
      if (left > 0) return
      answers += pipeline
      left = lines * pipeline
      if (CancellationToken.isCancelledUnsafe(token)) {
        socket.removeAllListeners("data")
        resume(Effect.succeed(answers))
      } else {
        socket.write(request)
      }
    })
    socket.write(request)
  })

/** Answers a second. */
const measure = Effect.fnUntraced(function*(
  port: number,
  { lines, words }: (typeof workloads)[number],
  pipeline: number,
  seconds: number
) {
  const request = Buffer.from(encode(words).repeat(pipeline))
  const token = yield* CancellationToken.make()
  // All begin at the same time, and the clock with them.
  const ready = yield* Barrier.make(CLIENTS + 1)
  const client = Effect.gen(function*() {
    const socket = yield* connect(port)
    yield* Barrier.wait(ready)
    return yield* drive(socket, request, lines, pipeline, token)
  })
  const timer = Effect.gen(function*() {
    yield* Barrier.wait(ready)
    const began = yield* Clock.currentTimeMillis
    yield* Effect.sleep(seconds * 1000)
    yield* CancellationToken.cancel(token)
    return (yield* Clock.currentTimeMillis) - began
  })
  const [ms, ...answers] = yield* Effect.all([timer, ...Array.from({ length: CLIENTS }, () => Effect.scoped(client))], {
    concurrency: "unbounded"
  })
  return answers.reduce((sum, n) => sum + n, 0) / (ms / 1000)
})

/** What is answered to one line. */
const ask = (socket: Socket, line: string) =>
  Effect.callback<string>((resume) => {
    socket.once("data", (bytes: Buffer) => resume(Effect.succeed(bytes.toString("latin1"))))
    socket.write(`${line}\r\n`)
  })

const memory = Effect.fnUntraced(function*(port: number) {
  const text = yield* ask(yield* connect(port), "INFO memory")
  return Math.round(Number(/used_memory_rss:(\d+)/.exec(text)?.[1] ?? Number.NaN) / 2 ** 20)
}, Effect.scoped)

/** Many clients at the same time: how long until all are answered, and how long a round of all takes. */
const crowd = Effect.fnUntraced(function*(port: number) {
  const before = yield* memory(port)
  const began = yield* Clock.currentTimeMillis
  const clients = yield* Effect.forEach(
    Array.from({ length: CROWD }, () => connect(port)),
    (connecting) => Effect.tap(connecting, (socket) => ask(socket, "PING")),
    { concurrency: 100 }
  )
  const connected = yield* Clock.currentTimeMillis
  yield* Effect.forEach(clients, (socket) => ask(socket, "PING"), { concurrency: "unbounded" })
  const answered = yield* Clock.currentTimeMillis
  for (const socket of clients.slice(0, 10)) socket.destroy() // one place for who asks for the memory
  return `${CROWD} clients at once: connected and answered in ${connected - began} ms, one PING each in ${
    answered - connected
  } ms, ${before} MB before and ${yield* memory(port)} MB with them`
}, Effect.scoped)

const load = Effect.fnUntraced(function*(given: Option.Option<number>, seconds: number) {
  const port = Option.isSome(given) ? given.value : yield* startServer
  yield* Console.log(`${CLIENTS} clients, ${seconds} s each, all on this machine; commands a second:\n`)
  const rows: Array<ReadonlyArray<string>> = []
  for (const workload of workloads) {
    const row: Array<string> = [workload.name]
    for (const pipeline of pipelines) row.push(rate(yield* measure(port, workload, pipeline, seconds)))
    rows.push(row)
  }
  yield* Console.log(
    table(["command", ...pipelines.map((n) => n === 1 ? "one at a time" : `${n} in a pipeline`)], rows)
  )
  yield* Console.log(`\n${yield* crowd(port)}`)
}, Effect.scoped)

Command.make("mini-redis:load", {
  port: Flag.Int("port").pipe(
    Flag.withAlias("p"),
    Flag.withDescription("The port of a server that runs already. Without it one is started"),
    Flag.optional
  ),
  seconds: Flag.Int("seconds").pipe(
    Flag.withDescription("How long each of the eight measurements takes"),
    Flag.withDefault(2)
  )
}, ({ port, seconds }) => load(port, seconds)).pipe(
  Command.withDescription("Measures how many commands a second a server does."),
  Command.run({ version: "0.0.0" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
