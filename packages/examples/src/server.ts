/**
 * A TCP server that serves a few clients at a time. All may connect; who finds no free slot waits in line. The `Semaphore`
 * service has a permit for each slot, which is given back however a request ends: done, failed, or interrupted.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Array, Console, Effect, Option, Stream } from "effect"
import { Semaphore } from "effect-sync"
import { Socket, SocketServer } from "effect/socket"

/** A permit for each client that is served at the same time. */
export class Slots extends Semaphore.Service<Slots>()("server/Slots", {
  permits: 3
}) {}

/** What comes over a connection, line by line, until it is closed. */
const lines = (socket: Socket.Socket) =>
  Socket.toStream(socket).pipe(
    Stream.catchReason("SocketError", "SocketCloseError", () => Stream.empty),
    Stream.decodeText(),
    Stream.splitLines
  )

/** A request, which takes its time. */
const work = Effect.fnUntraced(function*(name: string) {
  const [free, waiting] = [yield* Slots.availablePermits, yield* Slots.waiting]
  yield* Console.log(`${name} is served; slots free: ${free}, clients waiting: ${waiting}`)
  yield* Effect.sleep("80 millis")
  return `hello, ${name}\n`
})

/** Serves a client, once there is a slot. */
const serve = (name: string) => Slots.withPermit(work(name))

/** Answers the requests of one connection. */
const session = Effect.fnUntraced(function*(socket: Socket.Socket) {
  const { write } = yield* socket.writer
  yield* lines(socket).pipe(
    Stream.mapEffect(serve),
    Stream.runForEach(write)
  )
}, Effect.scoped)

/** Connects, says its name, and waits for the answer. */
const ask = Effect.fnUntraced(function*(port: number, name: string) {
  const socket = yield* NodeSocket.makeNet({ host: "127.0.0.1", port })
  const { write } = yield* socket.writer
  const [heard] = yield* Effect.all([Stream.runHead(lines(socket)), write(`${name}\n`)], { concurrency: 2 })
  return Option.getOrElse(heard, () => "nothing")
}, Effect.scoped)

export const server = Effect.fn("server")(function*(clients: number) {
  const { address, run } = yield* SocketServer.SocketServer
  const port = "port" in address ? address.port : 0
  yield* Effect.forkScoped(run(session))
  yield* Console.log(`${clients} clients connect to port ${port} at once`)
  const names = Array.makeBy(clients, (i) => `client ${i + 1}`)
  const heard = yield* Effect.forEach(names, (name) => ask(port, name), { concurrency: "unbounded" })
  yield* Console.log(
    `${heard.filter((line) => line.startsWith("hello")).length} clients were answered; ${String(yield* Slots)}`
  )
}, Effect.scoped)

export const Listening = NodeSocketServer.layer({ host: "127.0.0.1", port: 0 })
