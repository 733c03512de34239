/**
 * A server within the test, and clients that know nothing but bytes.
 */
import { NodeServices } from "@effect/platform-node"
import { Context, Effect, Fiber, Layer, Queue, Scope } from "effect"
import { connect as connectSocket, type Socket } from "node:net"
import { Journal } from "../src/server/Journal.ts"
import { PubSub } from "../src/server/PubSub.ts"
import * as server from "../src/server/server.ts"
import { Sessions } from "../src/server/Session.ts"
import { CurrentSettings, defaults, type Settings } from "../src/server/Settings.ts"
import { Shutdown } from "../src/server/Shutdown.ts"
import { Store } from "../src/server/Store.ts"
import { ConnectionPermits } from "../src/server/tend.ts"

/** How long tests wait for what must come. Where something must be seen to fail, it is shorter. */
export const patience = { ms: 20_000 }

/** Until something holds, looked at again and again while others do something. */
export const until = (what: string, holds: () => boolean) =>
  Effect.gen(function*() {
    while (!holds()) yield* Effect.sleep("2 millis")
  }).pipe(Effect.timeoutOrElse({ duration: patience.ms, orElse: () => Effect.die(new Error(`never: ${what}`)) }))

/** Starts a server on a port that is free, for as long as the scope lives. */
export const start = Effect.fnUntraced(function*(settings: Partial<Settings> = {}) {
  const said: Array<string> = []
  const journal = Journal.layerConsumer(({ text }) =>
    // It takes its time, as a disk does.
    Effect.andThen(Effect.yieldNow, Effect.sync(() => said.push(text)))
  )
  const scope = yield* Scope.fork(yield* Effect.scope)
  const live = Layer.provideMerge(
    server.layer,
    Layer.mergeAll(
      CurrentSettings.layerWith({ initial: { ...defaults, ...settings } }),
      Shutdown.layer,
      journal,
      NodeServices.layer
    )
  )
  const context = yield* Layer.buildWithScope(live, scope)
  const inside = <A, E>(effect: Effect.Effect<A, E, Layer.Success<typeof live>>) => Effect.provide(effect, context)
  const fiber = yield* Effect.forkIn(inside(server.run({ host: "127.0.0.1", port: 0 })), scope)
  const port = yield* Effect.raceFirst(inside(server.Listening.wait), Effect.andThen(Fiber.join(fiber), Effect.never))
  const sessions = Context.get(context, Sessions)
  const pubSub = Context.get(context, PubSub)
  return {
    port,
    said,
    inside,
    fiber,
    sessions,
    pubSub,
    store: Context.get(context, Store),
    shutdown: inside(Shutdown.cancel),
    /** Ends the layers as well. */
    close: (exit: Parameters<typeof Scope.close>[1]) => Scope.close(scope, exit),
    settings: (change: Partial<Settings>) => inside(CurrentSettings.sendModify((all) => ({ ...all, ...change }))),
    /** Nobody is connected, nothing is left of anybody, and all may come again. */
    isAtRest: inside(Effect.gen(function*() {
      const strong = yield* server.Connections.strongCount
      const permits = yield* ConnectionPermits.availablePermits
      const { maxclients } = yield* CurrentSettings.get
      return {
        sessions: sessions.all.size,
        // The server's own.
        senders: strong - 1,
        // The accept loop has one and waits for a connection.
        permitsInUse: maxclients - permits - 1,
        channels: pubSub.names("channel").length + pubSub.names("pattern").length,
        waiting: Context.get(context, Store).waiting()
      }
    }))
  }
})

export type Server = Effect.Success<ReturnType<typeof start>>

export const atRest = { sessions: 0, senders: 0, permitsInUse: 0, channels: 0, waiting: 0 }

/** Everything has come to rest, or it says what has not. */
export const comesToRest = (server: Server) =>
  Effect.gen(function*() {
    for (;;) {
      if (JSON.stringify(yield* server.isAtRest) === JSON.stringify(atRest)) return
      yield* Effect.sleep("5 millis")
    }
  }).pipe(Effect.timeoutOrElse({
    duration: patience.ms,
    orElse: () =>
      Effect.flatMap(server.isAtRest, (rest) => Effect.die(new Error(`does not come to rest: ${JSON.stringify(rest)}`)))
  }))

export interface Client {
  readonly socket: Socket
  readonly send: (text: string) => Effect.Effect<void>
  /** Sends commands, each a line of words. */
  readonly ask: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** Waits for exactly this text, which comes next. */
  readonly expect: (text: string) => Effect.Effect<void>
  /** Takes so many lines. */
  readonly lines: (count: number) => Effect.Effect<Array<string>>
  /** Takes an array of so many strings, `null` for nothing. */
  readonly next: (count: number) => Effect.Effect<Array<string | null>>
  /** Everything that has come and was not expected yet. */
  readonly received: () => string
  /** Waits for the other side to close, and gives what came until then. */
  readonly closed: Effect.Effect<string>
}

/** Connects, for as long as the scope lives. */
export const connect = (port: number): Effect.Effect<Client, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const changed = yield* Queue.sliding<void>(1)
    const socket = yield* Effect.acquireRelease(
      Effect.callback<Socket, Error>((resume) => {
        const socket = connectSocket({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true })
        socket.once("connect", () => resume(Effect.succeed(socket)))
        socket.once("error", (error) => resume(Effect.fail(error)))
      }),
      (socket) => Effect.sync(() => socket.destroy())
    )
    let text = ""
    const state = { isClosed: false }
    socket.on("data", (bytes) => {
      text += (bytes as Buffer).toString("latin1")
      Queue.offerUnsafe(changed, undefined)
    })
    const onClose = () => {
      state.isClosed = true
      Queue.offerUnsafe(changed, undefined)
    }
    socket.on("end", onClose)
    socket.on("close", onClose)
    socket.on("error", () => {})
    const patiently = <A>(what: () => string, effect: Effect.Effect<A>) =>
      Effect.timeoutOrElse(effect, { duration: patience.ms, orElse: () => Effect.die(new Error(what())) })
    const lines = (count: number) =>
      patiently(
        () => `expected ${count} lines, got ${JSON.stringify(text.slice(0, 1000))}`,
        Effect.gen(function*() {
          const taken: Array<string> = []
          while (taken.length < count) {
            const end = text.indexOf("\r\n")
            if (end < 0) {
              yield* Queue.take(changed)
            } else {
              taken.push(text.slice(0, end))
              text = text.slice(end + 2)
            }
          }
          return taken
        })
      )
    const send = (bytes: string) => Effect.sync(() => void socket.write(Buffer.from(bytes, "latin1")))
    return {
      socket,
      send,
      lines,
      next: Effect.fnUntraced(function*(count) {
        yield* lines(1)
        const found: Array<string | null> = []
        for (let i = 0; i < count; i++) {
          const [length] = yield* lines(1)
          found.push(length === "$-1" ? null : (yield* lines(1))[0]!)
        }
        return found
      }),
      ask: (...lines) => send(lines.map((line) => `${line}\r\n`).join("")),
      expect: (wanted) =>
        patiently(
          () => `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(text.slice(0, 1000))}`,
          Effect.gen(function*() {
            while (text.length < wanted.length) {
              if (!wanted.startsWith(text) || state.isClosed) break
              yield* Queue.take(changed)
            }
            if (!text.startsWith(wanted)) {
              throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(text.slice(0, 1000))}`)
            }
            text = text.slice(wanted.length)
          })
        ),
      received: () => text,
      closed: patiently(
        () => `not closed, but got ${JSON.stringify(text.slice(0, 1000))}`,
        Effect.gen(function*() {
          while (!state.isClosed) yield* Queue.take(changed)
          return text
        })
      )
    }
  })
