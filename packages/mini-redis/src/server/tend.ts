/**
 * Looks after the connections.
 */
import { Clock, Effect } from "effect"
import { Semaphore, Watch } from "effect-sync"
import { Sessions } from "./Session.ts"
import { CurrentSettings } from "./Settings.ts"

/** So many connections are served at a time. */
export class ConnectionPermits extends Semaphore.Service<ConnectionPermits>()("mini-redis/ConnectionPermits", {
  permits: Effect.map(CurrentSettings.get, ({ maxclients }) => maxclients)
}) {}

/** Ends connections that ask nothing for too long, or do not read. It looks every second, so it may be a second late. */
export const tendSessions = Effect.gen(function*() {
  const sessions = yield* Sessions
  const settings = yield* CurrentSettings.Sender
  for (;;) {
    yield* Effect.sleep("1 second")
    const now = yield* Clock.currentTimeMillis
    const { timeout, "write-timeout": writeTimeout } = Watch.borrowUnsafe(settings)
    for (const session of sessions.all.values()) {
      const { isSubscribed, isWaiting, lastActive, writingSince } = session
      if (writingSince !== undefined) {
        if (now - writingSince >= writeTimeout * 1000) session.cutUnsafe("does not read")
      } else if (timeout > 0 && !isSubscribed && !isWaiting && now - lastActive >= timeout * 1000) {
        session.hangUpUnsafe("was idle for too long")
      }
    }
  }
})

/**
 * Makes the number of permits follow the setting. When it gets smaller, nobody is thrown out: as connections end, their
 * permits are taken out of the game. This waits for them in the queue like anybody else: the accept loop may be there
 * already and let one more in, and nobody after that. When the setting changes once more it leaves the queue, where it
 * would keep out those for whom there are places again.
 */
export const followMaxClients = Effect.gen(function*() {
  const receiver = yield* CurrentSettings.subscribe
  let permits = yield* ConnectionPermits.availablePermits // nobody has connected yet
  for (;;) {
    const { maxclients } = yield* Watch.borrowAndUpdate(receiver)
    if (maxclients > permits) {
      yield* ConnectionPermits.addPermits(maxclients - permits)
      permits = maxclients
    } else if (maxclients < permits) {
      const taking = Effect.flatMap(ConnectionPermits.acquireMany(permits - maxclients), (permit) =>
        // In one piece: what is out of the game must be counted as such.
        Effect.uninterruptible(Effect.andThen(
          permit.forget,
          Effect.sync(() => {
            permits = maxclients
          })
        )))
      yield* Effect.scoped(Effect.raceFirst(taking, Watch.ready(receiver)))
    }
    yield* Watch.changed(receiver)
  }
}).pipe(Effect.scoped, Effect.catchTag("Done", () => Effect.void))
