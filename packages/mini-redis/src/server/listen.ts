/**
 * Where connections come from.
 */
import { Effect, Schema, type Scope } from "effect"
import { Notify } from "effect-sync"
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
  readonly accept: Effect.Effect<Socket, never, Scope.Scope>
  /** Takes no more, and closes those that wait. */
  readonly stop: Effect.Effect<void>
}

export const listen = Effect.fnUntraced(function*(
  options: { readonly host: string; readonly port: number },
  sessions: Sessions["Service"]
) {
  const backlog = new Backlog(yield* Notify.make({ name: "mini-redis/Backlog" }))
  // A half-closed connection is answered what it has asked before, so the sockets must not close by themselves.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => {}) // it is closed then
    if (backlog.add(socket)) return
    sessions.refused++
    socket.end("-ERR max number of clients reached\r\n", () => socket.destroy())
  })
  const stop = Effect.sync(() => {
    server.close()
    backlog.close()
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
    accept: Effect.acquireRelease(backlog.take, close),
    stop
  }
  return listener
})

/**
 * Connections that wait to be served, the oldest first. One that is closed meanwhile leaves; a channel could not let it go.
 * Each is read until its buffer is full, since who does not read is not told that the other side has gone.
 */
class Backlog {
  /** With what makes it leave no more. */
  private readonly waiting = new Map<Socket, () => void>()
  private readonly arrived: Notify.Notify
  private isClosed = false

  constructor(arrived: Notify.Notify) {
    this.arrived = arrived
  }

  /** Whether there is a place for it. */
  add(socket: Socket): boolean {
    if (this.isClosed || this.waiting.size === BACKLOG) return false
    const leave = () => {
      this.forget(socket)
      socket.destroy()
    }
    // When nothing is left to read, this brings the end, if there is one: who has asked nothing and says that nothing comes.
    const onReadable = () => {
      if (socket.readableLength === 0) socket.read(0)
    }
    socket.on("readable", onReadable).on("end", leave).on("close", leave)
    this.waiting.set(socket, () => socket.off("readable", onReadable).off("end", leave).off("close", leave))
    Notify.notifyOneUnsafe(this.arrived)
    return true
  }

  /** Only the wait can be interrupted: nobody would close a connection that is taken and not given. */
  readonly take: Effect.Effect<Socket> = Effect.suspend(() => {
    for (const socket of this.waiting.keys()) {
      this.forget(socket)
      return Effect.succeed(socket)
    }
    return Effect.andThen(Effect.interruptible(Notify.notified(this.arrived)), this.take)
  })

  close(): void {
    this.isClosed = true
    for (const socket of this.waiting.keys()) socket.destroy()
  }

  private forget(socket: Socket): void {
    this.waiting.get(socket)?.()
    this.waiting.delete(socket)
  }
}

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
