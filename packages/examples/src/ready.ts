/**
 * A ready signal: clients that are there before their server.
 *
 * The server listens on whatever port is free, so nobody can know it before. Clients wait for the `SetOnce` service, which
 * is set when the server listens: all of them go on at once, and who comes later need not wait.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Array, Console, Effect, Fiber, Option, Stream } from "effect"
import { SetOnce } from "effect-sync"
import { Socket } from "effect/socket"

/** The port of the server, as soon as it listens. */
export class Port extends SetOnce.Service<Port, number>()("ready/Port", {}) {}

const host = "127.0.0.1"

/** What comes over a connection, line by line, until it is closed. */
const lines = (socket: Socket.Socket) =>
  Socket.toStream(socket).pipe(
    Stream.catchReason("SocketError", "SocketCloseError", () => Stream.empty),
    Stream.decodeText(),
    Stream.splitLines
  )

const greet = Effect.fnUntraced(function*(socket: Socket.Socket) {
  yield* socket.reader // opens it
  const { write } = yield* socket.writer
  yield* write("hello\n")
}, Effect.scoped)

/** Greets whoever connects, until the scope ends. */
const startServer = Effect.gen(function*() {
  const server = yield* NodeSocketServer.make({ host, port: 0 })
  yield* Effect.forkScoped(server.run(greet))
  yield* Port.set("port" in server.address ? server.address.port : 0)
})

/** Waits until there is a server, connects, and gives what it says. */
const connect = Effect.gen(function*() {
  const port = yield* Port.wait // at once, if it is there already
  const socket = yield* NodeSocket.makeNet({ host, port })
  return yield* Stream.runHead(lines(socket))
})

export const ready = Effect.fn("ready")(function*(clients: number) {
  const fibers = yield* Effect.forEach(
    Array.range(1, clients),
    () => Effect.forkChild(connect, { startImmediately: true })
  )
  yield* Console.log(`${yield* Port.waiting} clients wait, there is no server yet`)
  yield* startServer
  yield* Console.log(`a server listens on port ${yield* Port.wait}, ${yield* Port.waiting} clients wait`)
  const heard = yield* Effect.forEach(fibers, Fiber.join)
  yield* Console.log(`${Array.getSomes(heard).length} of them heard: ${Option.getOrThrow(heard[0])}`)
  yield* Console.log(`one who came later heard: ${Option.getOrThrow(yield* connect)}`)
  const error = yield* Effect.flip(Port.set(0))
  yield* Console.log(error.message)
}, Effect.scoped)
