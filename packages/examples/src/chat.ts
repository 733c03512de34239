/**
 * A chat over TCP: what one says, all hear.
 *
 * The `Broadcast` service gives every message to each connection, which has a receiver of its own from the moment it is in
 * the room. Who is slower than the room has space for is told how many messages it has missed, and goes on.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Console, Effect, Stream } from "effect"
import { Broadcast } from "effect-sync"
import { Socket } from "effect/socket"

/** What is said, and room for sixteen messages that somebody has not heard yet. */
export class Room extends Broadcast.Service<Room, string>()("chat/Room", {
  capacity: 16
}) {}

const host = "127.0.0.1"

/** What comes over a connection, line by line, until it is closed. */
const lines = (socket: Socket.Socket) =>
  Socket.toStream(socket).pipe(
    Stream.catchReason("SocketError", "SocketCloseError", () => Stream.empty),
    Stream.decodeText(),
    Stream.splitLines
  )

/** One who is in the room: hears everything, also what it says itself. */
const session = Effect.fnUntraced(function*(socket: Socket.Socket) {
  const { write } = yield* socket.writer
  const receiver = yield* Room.subscribe
  const hear = Broadcast.stream(receiver, { onLag: "skip" }).pipe(
    Stream.runForEach((message) => write(`${message}\n`))
  )
  yield* Effect.forkScoped(hear)
  yield* Stream.runForEach(lines(socket), Room.send)
}, Effect.scoped)

/** Connects, says something once all are there, and prints what it hears until it has heard so much. */
const client = Effect.fnUntraced(function*(port: number, name: string, says: ReadonlyArray<string>, messages: number) {
  const socket = yield* NodeSocket.makeNet({ host, port })
  const { write } = yield* socket.writer
  const hear = lines(socket).pipe(
    Stream.take(messages),
    Stream.runForEach((line) => Console.log(`${name.padEnd(5)} hears  ${line}`))
  )
  const speak = Effect.gen(function*() {
    while ((yield* Room.receiverCount) < 2) yield* Effect.sleep("5 millis")
    for (const line of says) yield* write(`${name}: ${line}\n`)
  })
  yield* Effect.all([hear, speak], { concurrency: 2 })
}, Effect.scoped)

export const chat = Effect.fn("chat")(function*() {
  const server = yield* NodeSocketServer.make({ host, port: 0 })
  yield* Effect.forkScoped(server.run(session))
  const port = "port" in server.address ? server.address.port : 0
  const alice = client(port, "alice", ["hello", "is anybody here?"], 3)
  const bob = client(port, "bob", ["I am"], 3)
  yield* Effect.all([alice, bob], { concurrency: 2 })
}, Effect.scoped)
