/**
 * The server: what runs, and how it ends.
 *
 * 1. The token is cancelled. Nobody new is let in; idle connections end, the others after what they are at.
 * 2. Each connection holds a sender of a channel. When the server has dropped its own, and the last connection its, the
 *    channel is at its end, and so is the server.
 * 3. If that takes too long, connections are cut.
 * 4. The journal is written to its end, since `layerConsumer` waits for that.
 */
import { Effect, Fiber, Layer, Option, Pull } from "effect"
import { Handle, Mpsc, SetOnce } from "effect-sync"
import { About } from "./About.ts"
import { CommandTable } from "./CommandTable.ts"
import { serve, type Summary } from "./connection.ts"
import { announce } from "./Journal.ts"
import { listen } from "./listen.ts"
import { PubSub } from "./PubSub.ts"
import { Sessions } from "./Session.ts"
import { CurrentSettings } from "./Settings.ts"
import { Shutdown } from "./Shutdown.ts"
import { Store } from "./Store.ts"
import { ConnectionPermits, followMaxClients, tendSessions } from "./tend.ts"

/** Every connection holds a sender, and sends what is left of it at its end. */
export class Connections extends Mpsc.Service<Connections, Summary>()("mini-redis/Connections", { capacity: 64 }) {}

/** The port, as soon as clients can connect. */
export class Listening extends SetOnce.Service<Listening, number>()("mini-redis/Listening", {}) {}

export interface Options {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
}

const cutAll = (reason: string) =>
  Effect.map(Sessions, ({ all }) => {
    for (const session of all.values()) session.cutUnsafe(reason)
  })

/** Serves until the token is cancelled and everything has ended. Interrupted, it waits for nobody. */
export const run = (options: Options) =>
  Effect.scoped(Effect.onInterrupt(serveAll(options), () => cutAll("interrupted")))

const serveAll = Effect.fnUntraced(function*(options: Options) {
  const sessions = yield* Sessions
  const store = yield* Store
  yield* Effect.forkScoped(store.expire)
  yield* Effect.forkScoped(tendSessions)
  yield* Effect.forkScoped(followMaxClients)
  const tally = yield* Effect.forkScoped(tallying)
  const listener = yield* listen(options, sessions)
  const scope = yield* Effect.scope
  const admit = Effect.gen(function*() {
    yield* ConnectionPermits.acquire
    return { socket: yield* listener.accept, ended: yield* Connections.sender }
  })
  const accepting = yield* Effect.forkScoped(Effect.gen(function*() {
    for (;;) {
      const fiber = yield* Shutdown.runUntilCancelled(
        Handle.forkWith(admit, ({ ended, socket }) => serve(socket, ended), { in: scope })
      )
      if (Option.isNone(fiber)) return
    }
  }))
  yield* announce(`listening on port ${listener.port}`)
  yield* Listening.set(listener.port)

  yield* Shutdown.cancelled
  yield* announce(`shutting down, ${sessions.all.size} connections are open`)
  yield* Fiber.await(accepting)
  yield* listener.stop
  yield* Connections.close
  const { "shutdown-timeout": grace } = yield* CurrentSettings.get
  const inTime = yield* Effect.timeoutOption(Fiber.join(tally), grace * 1000)
  if (Option.isNone(inTime)) {
    yield* announce(`${sessions.all.size} connections have not ended in ${grace} s, and are cut`)
    yield* cutAll("took too long to end")
  }
  const { commands, connections } = yield* Fiber.join(tally)
  yield* announce(`ended, ${connections} connections served, ${commands} commands`)
})

/** Adds up what is left of connections, until there are none and will be none. */
const tallying = Effect.gen(function*() {
  const total = { connections: 0, commands: 0 }
  const add = Effect.map(Connections.recv, ({ commands }) => {
    total.connections++
    total.commands += commands
  })
  yield* Pull.catchDone(Effect.forever(add), () => Effect.void)
  return total
})

/** Everything but the settings, the token, the journal and the platform, which are given from outside. */
export const layer = Layer.mergeAll(
  Store.layer,
  PubSub.layer,
  Sessions.layer,
  About.layer,
  CommandTable.layer,
  ConnectionPermits.layer,
  Connections.layer,
  Listening.layer
)
