/**
 * Where connections come from.
 */
import { type Cause, Effect, Result, Schema, type Scope } from "effect"
import { Mpsc } from "effect-sync"
import { CliError } from "effect/cli"
import { type AddressInfo, createServer, type Socket } from "node:net"
import type { Sessions } from "./Session.ts"

/** Nobody can connect. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", { message: Schema.String }) {
  override get [CliError.userMessage]() {
    return this.message
  }
}

/** So many connections wait to be served; more are refused. As in Redis, though there it is the kernel that has them wait. */
export const BACKLOG = 511

/** A client that does not read what it was sent last is given so long, in ms. */
const FAREWELL = 1000

export interface Listener {
  readonly port: number
  /** The next connection, for as long as the scope lives. */
  readonly accept: Effect.Effect<Socket, Cause.Done, Scope.Scope>
  /** Takes no more, and closes those that wait. */
  readonly stop: Effect.Effect<void>
}

export const listen = Effect.fnUntraced(function*(
  options: { readonly host: string; readonly port: number },
  sessions: Sessions["Service"]
) {
  const [sender, receiver] = yield* Mpsc.bounded<Socket>(BACKLOG, { name: "mini-redis/Backlog" })
  // A half-closed connection is answered what it has asked before, so the sockets must not close by themselves.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on("error", () => {}) // it is closed then
    if (Result.isSuccess(Mpsc.trySendUnsafe(sender, socket))) return
    sessions.refused++
    socket.end("-ERR max number of clients reached\r\n", () => socket.destroy())
  })
  const stop = Effect.sync(() => {
    server.close()
    Mpsc.closeUnsafe(receiver)
    for (;;) {
      const socket = Mpsc.tryRecvUnsafe(receiver)
      if (Result.isFailure(socket)) return
      socket.success.destroy()
    }
  })
  yield* Effect.acquireRelease(
    Effect.callback<void, ListenError>((resume) => {
      server.once(
        "error",
        ({ message }) =>
          resume(Effect.fail(new ListenError({ message: `can't listen on port ${options.port}: ${message}` })))
      )
      server.listen(options.port, options.host, 4096, () => resume(Effect.void))
    }),
    () => stop
  )
  const listener: Listener = {
    port: (server.address() as AddressInfo).port,
    accept: Effect.acquireRelease(Mpsc.recv(receiver), close, { interruptible: true }),
    stop
  }
  return listener
})

/** Closes a connection after everything is written, or after a second. */
const close = (socket: Socket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    const timer = setTimeout(() => socket.destroy(), FAREWELL)
    socket.once("close", () => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    socket.destroySoon()
  })
