/**
 * A ready signal: clients that are there before their server.
 *
 * The server listens on whatever port is free, so nobody can know it before. The clients wait for a `SetOnce`, which the
 * server's own callback sets, outside of any fiber: all clients are released at once and connect. Who comes later need not
 * wait.
 */
import { Console, Effect, Fiber, Schema } from "effect"
import { SetOnce } from "effect-sync"
import { Command } from "effect/cli"
import { type AddressInfo, connect, createServer, type Server } from "node:net"

/** The port of the server, as soon as it listens. */
export class Port extends SetOnce.Service<Port, number>()("ready/Port", {}) {}

/** Something went wrong with a socket. */
export class SocketError extends Schema.TaggedError<SocketError>()("SocketError", { cause: Schema.Defect() }) {}

const host = "127.0.0.1"

/** A server that greets whoever sends its name, until the scope ends. */
const serve = Effect.gen(function*() {
  const port = yield* Port
  const server = createServer((socket) => {
    socket.setEncoding("utf8")
    socket.on("error", () => socket.destroy()) // the client sees it too
    socket.once("data", (name) => socket.end(`hello, ${String(name)}`))
  })
  yield* Effect.addFinalizer(() => close(server))
  yield* Effect.callback<void, SocketError>((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new SocketError({ cause }))))
    server.listen(0, host, () => {
      SetOnce.setUnsafe(port, (server.address() as AddressInfo).port)
      resume(Effect.void)
    })
  })
})

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
  })

/** Waits for the port, connects, and gives what the server says to it. */
const client = Effect.fnUntraced(function*(name: string) {
  const port = yield* Port.wait
  return yield* Effect.callback<string, SocketError>((resume) => {
    let heard = ""
    const socket = connect({ host, port }, () => socket.write(name))
    socket.setEncoding("utf8")
    socket.on("data", (text) => {
      heard += text
    })
    socket.once("error", (cause) => resume(Effect.fail(new SocketError({ cause }))))
    socket.once("close", () => resume(Effect.succeed(heard)))
    return Effect.sync(() => socket.destroy())
  })
})

/** Lets so many clients wait, starts the server, and says what the clients heard. */
export const ready = Effect.fn("ready")(function*(clients: number) {
  const names = Array.from({ length: clients }, (_, i) => `client ${i + 1}`)
  const fibers = yield* Effect.forEach(names, (name) => Effect.forkChild(client(name), { startImmediately: true }))
  yield* Console.log(`${yield* Port.waiting} clients wait for the port; the server has none yet`)

  yield* serve
  yield* Console.log(`the server listens on port ${yield* Port.wait}, ${yield* Port.waiting} clients wait`)

  for (const fiber of fibers) yield* Console.log(`the server says: ${yield* Fiber.join(fiber)}`)
  yield* Console.log(`the server says: ${yield* client("you who came later")}`)
  yield* Port.set(0).pipe(
    Effect.catchTag("AlreadyInitialized", ({ message, value }) => Console.log(`port ${value} is refused: ${message}`))
  )
}, Effect.scoped)

export const readyCommand = Command.make(
  "ready",
  {},
  () => ready(5).pipe(Effect.andThen(Console.log("the server is closed")), Effect.provide(Port.layer))
).pipe(
  Command.withDescription(
    "Five clients wait for a TCP server to say on which port it listens, by a SetOnce that the server's callback sets, " +
      "and connect once it is there. Everything stays on this machine."
  )
)
