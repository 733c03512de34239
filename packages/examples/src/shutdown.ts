/**
 * Graceful shutdown: only the wait for a request is run under the `CancellationToken` of the server, so a connection that
 * waits is stopped at once, and one at work goes on to the end of that. It is a finalizer, and comes by Ctrl-C too.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Console, Duration, Effect, FiberSet, Option, Stream } from "effect"
import { CancellationToken } from "effect-sync"
import { Socket } from "effect/socket"

/** Cancelled when the server is to stop. */
export class Stop extends CancellationToken.Service<Stop>()("shutdown/Stop", {}) {}

/** What comes over a connection, line by line, until it is closed. */
const lines = (socket: Socket.Socket) =>
  Socket.toStream(socket).pipe(
    Stream.catchReason("SocketError", "SocketCloseError", () => Stream.empty),
    Stream.decodeText(),
    Stream.splitLines
  )

/** Serves one connection until its client leaves or the server is to stop. A request is how many ms of work it is. */
const session = Effect.fnUntraced(function*(socket: Socket.Socket) {
  const { write } = yield* socket.writer
  const read = yield* Stream.toPull(lines(socket))
  for (;;) {
    const requests = yield* Stop.runUntilCancelled(read) // only the wait
    if (Option.isNone(requests)) return yield* write("goodbye\n")
    for (const request of requests.value) {
      yield* Effect.sleep(Duration.millis(Number(request))) // the work
      yield* write(`done after ${request} ms\n`)
    }
  }
}, Effect.scoped)

/** Serves as long as the scope lives, whose end waits until all is finished. */
const serve = Effect.gen(function*() {
  const server = yield* NodeSocketServer.make({ host: "127.0.0.1", port: 0 })
  const sessions = yield* FiberSet.make()
  yield* Effect.forkScoped(server.run((socket) => FiberSet.run(sessions, session(socket))))
  yield* Effect.addFinalizer(() => Effect.andThen(Stop.cancel, FiberSet.awaitEmpty(sessions)))
  return "port" in server.address ? server.address.port : 0
})

const client = Effect.fnUntraced(function*(port: number, name: string, request: string) {
  const socket = yield* NodeSocket.makeNet({ host: "127.0.0.1", port })
  const { write } = yield* socket.writer
  const hear = Stream.runForEach(lines(socket), (line) => Console.log(`${name} hears: ${line}`))
  yield* Effect.all([hear, write(`${request}\n`)], { concurrency: 2 })
  yield* Console.log(`${name} is disconnected`)
}, Effect.scoped)

export const shutdown = Effect.fn("shutdown")(function*(patience: Duration.Duration, work: Duration.Duration) {
  yield* Effect.scoped(Effect.gen(function*() {
    const clients = yield* FiberSet.make()
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(clients)) // runs after those of the server
    const port = yield* serve
    yield* FiberSet.run(clients, client(port, "alice", String(Duration.toMillis(work))))
    yield* FiberSet.run(clients, client(port, "bob", "50"))
    yield* Effect.sleep(patience)
    yield* Console.log(`the server is to stop; connections that wait for a request: ${yield* Stop.waiting}`)
  }))
  yield* Console.log(String(yield* Stop))
})
