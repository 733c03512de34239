/**
 * Many writers, one connection: what several fibers have to say goes over one TCP socket, and no line is torn.
 *
 * The `Mpsc` service carries it to the only fiber that has the socket. That ends by itself when all writers have: each has
 * a sender of its own, and the stream ends with the last of them.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Console, Effect, Fiber, Stream } from "effect"
import { Mpsc, Oneshot } from "effect-sync"
import { Socket } from "effect/socket"

/** What is to be written, and room for eight lines. */
export class Lines extends Mpsc.Service<Lines, string>()("writers/Lines", {
  capacity: 8
}) {}

const host = "127.0.0.1"

/** Writes all lines to one connection, and closes it after the last. */
const connection = Effect.fnUntraced(function*(port: number) {
  const socket = yield* NodeSocket.makeNet({ host, port })
  yield* socket.reader // opens it
  const { write } = yield* socket.writer
  yield* Stream.runForEach(Lines.stream, (line) => write(`${line}\n`))
}, Effect.scoped)

/** Sends some lines, with a sender of its own. */
const writer = Effect.fnUntraced(function*(name: string, lines: number) {
  const sender = yield* Lines.sender
  for (let i = 1; i <= lines; i++) yield* Mpsc.send(sender, `${name} ${i}`)
}, Effect.scoped)

/** At the other end of the connection: takes all lines until it is closed. */
const receive = (socket: Socket.Socket, received: Oneshot.Sender<ReadonlyArray<string>>) =>
  Socket.toStream(socket).pipe(
    Stream.catchReason("SocketError", "SocketCloseError", () => Stream.empty),
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runCollect,
    Effect.flatMap((lines) => Oneshot.send(received, lines))
  )

export const writers = Effect.fn("writers")(function*(names: ReadonlyArray<string>, each: number) {
  const server = yield* NodeSocketServer.make({ host, port: 0 })
  const [sender, receiver] = yield* Oneshot.make<ReadonlyArray<string>>()
  yield* Effect.forkScoped(server.run((socket) => receive(socket, sender)))
  yield* Effect.forkScoped(connection("port" in server.address ? server.address.port : 0))
  const writing = yield* Effect.forEach(
    names,
    (name) => Effect.forkChild(writer(name, each), { startImmediately: true })
  )
  yield* Lines.close // from here there are the senders of the writers alone
  yield* Fiber.joinAll(writing)
  const lines = yield* Oneshot.recv(receiver)
  yield* Console.log(`${names.length} writers sent ${each} lines each; ${lines.length} came over the connection:`)
  for (const line of lines.slice(0, 4)) yield* Console.log(line)
  const whole = lines.filter((line) => names.includes(line.split(" ")[0]))
  yield* Console.log(`… ${whole.length} of ${lines.length} are whole, and the connection is closed`)
}, Effect.scoped)
