/**
 * Graceful shutdown: whatever was begun is finished, nothing new is begun, and then everything ends.
 *
 * One `CancellationToken` stands for the server. Only the wait for a request is run under it: a connection that waits is
 * stopped at once, and one that is at work goes on to the end of that. The shutdown is a finalizer, so that it comes with the
 * end of the scope, whichever way that ends: here after a moment, or by Ctrl-C.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Console, Duration, Effect, Fiber, FiberSet, Option, Stream } from "effect"
import { CancellationToken } from "effect-sync"
import { Socket } from "effect/socket"

/** Cancelled when the server is to stop. */
export class Stop extends CancellationToken.Service<Stop>()("shutdown/Stop", {}) {}

const lines = (socket: Socket.Socket) => Socket.toStream(socket).pipe(Stream.decodeText(), Stream.splitLines)

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
  const hear = Stream.runForEach(lines(socket), (line) => Console.log(`${name} hears: ${line}`)).pipe(
    Effect.catchReason("SocketError", "SocketCloseError", () => Console.log(`${name} is disconnected`))
  )
  yield* Effect.all([hear, write(`${request}\n`)], { concurrency: 2 })
}, Effect.scoped)

export const shutdown = Effect.fn("shutdown")(function*(patience: Duration.Duration, work: Duration.Duration) {
  const running = Effect.gen(function*() {
    const clients: Array<Fiber.Fiber<unknown, unknown>> = []
    yield* Effect.addFinalizer(() => Fiber.awaitAll(clients)) // runs after those of the server
    const port = yield* serve
    clients.push(yield* Effect.forkChild(client(port, "alice", String(Duration.toMillis(work)))))
    clients.push(yield* Effect.forkChild(client(port, "bob", "50")))
    yield* Effect.sleep(patience)
    yield* Console.log(`the server is to stop; connections that wait for a request: ${yield* Stop.waiting}`)
  })
  yield* Effect.scoped(running)
  yield* Console.log(String(yield* Stop))
})
