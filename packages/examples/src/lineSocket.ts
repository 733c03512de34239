/**
 * TCP connections that speak in lines.
 */
import { type Cause, Effect, Queue, Schema, type Scope } from "effect"
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net"

/** Something went wrong with a socket. */
export class SocketError extends Schema.TaggedError<SocketError>()("SocketError", { cause: Schema.Defect() }) {}

const host = "127.0.0.1"

/** One end of a connection. */
export interface LineSocket {
  /** Takes the next line; ends when the other side has. */
  readonly read: Effect.Effect<string, Cause.Done>
  readonly write: (line: string) => Effect.Effect<void>
}

/** Reads and writes lines of a socket for as long as the scope lives, and ends it then. */
export const lineSocket = Effect.fnUntraced(function*(socket: Socket) {
  const lines = yield* Queue.unbounded<string, Cause.Done>()
  let rest = ""
  socket.setEncoding("utf8")
  socket.on("data", (text) => {
    const parts = (rest + String(text)).split("\n")
    rest = parts.pop()!
    Queue.offerAllUnsafe(lines, parts)
  })
  socket.on("error", () => socket.destroy()) // it is closed then
  socket.on("close", () => Queue.endUnsafe(lines))
  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      if (socket.closed) return resume(Effect.void)
      socket.once("close", () => resume(Effect.void))
      socket.destroySoon() // once everything is written, whether the other side closes or not
    })
  )
  const self: LineSocket = {
    read: Queue.take(lines),
    write: (line) => Effect.sync(() => void (socket.writable && socket.write(`${line}\n`)))
  }
  return self
})

/** Connects, for as long as the scope lives. */
export const connect = (port: number): Effect.Effect<LineSocket, SocketError, Scope.Scope> =>
  Effect.flatMap(
    Effect.callback<Socket, SocketError>((resume) => {
      const socket = connectSocket({ host, port })
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.once("error", (cause) => resume(Effect.fail(new SocketError({ cause }))))
      return Effect.sync(() => socket.destroy())
    }),
    lineSocket
  )

/** Listens on a port that is free, for as long as the scope lives. Gives that, and who connects. */
export const listen = Effect.gen(function*() {
  const connections = yield* Queue.unbounded<Socket>()
  const server = createServer((socket) => Queue.offerUnsafe(connections, socket))
  yield* Effect.acquireRelease(
    Effect.callback<void, SocketError>((resume) => {
      server.once("error", (cause) => resume(Effect.fail(new SocketError({ cause }))))
      server.listen(0, host, () => resume(Effect.void))
    }),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  return { port: (server.address() as AddressInfo).port, accept: Queue.take(connections) }
})
