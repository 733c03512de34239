/**
 * What `INFO` and `CLIENT LIST` answer.
 */
import { Clock, Effect } from "effect"
import { About } from "./About.ts"
import { PubSub } from "./PubSub.ts"
import { type Session, Sessions } from "./Session.ts"
import { Store } from "./Store.ts"

/** The sections with these names, or all of them. */
export const info = Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
  const facts = yield* About.value
  const sessions = yield* Sessions
  const store = yield* Store
  const pubSub = yield* PubSub
  const databases = store.databasesUnsafe()
  const sections: Record<string, Record<string, unknown>> = {
    Server: {
      redis_version: facts.like,
      mini_redis_version: facts.version,
      redis_mode: "standalone",
      os: process.platform,
      runtime: facts.runtime,
      process_id: process.pid,
      run_id: facts.run,
      uptime_in_seconds: Math.floor(process.uptime())
    },
    Clients: { connected_clients: sessions.all.size, blocked_clients: store.waiting() },
    Memory: { used_memory: process.memoryUsage().heapUsed, used_memory_rss: process.memoryUsage.rss() },
    Stats: {
      total_connections_received: sessions.received,
      rejected_connections: sessions.refused,
      total_commands_processed: sessions.commands,
      expired_keys: databases.reduce((sum, keys) => sum + keys.purged, 0),
      pubsub_channels: pubSub.names("channel").length,
      pubsub_patterns: pubSub.names("pattern").length
    },
    Replication: { role: "master", connected_slaves: 0 },
    Keyspace: Object.fromEntries(
      databases.flatMap((keys, i) =>
        keys.size === 0 ? [] : [[`db${i}`, `keys=${keys.size},expires=${keys.volatile},avg_ttl=0`]]
      )
    )
  }
  const wanted = names.map((name) => name.toLowerCase())
  const isWanted = (name: string) =>
    wanted.length === 0 || [name.toLowerCase(), "all", "default", "everything"].some((one) => wanted.includes(one))
  return Object.entries(sections).filter(([name]) => isWanted(name))
    .map(([name, fields]) =>
      [`# ${name}`, ...Object.entries(fields).map(([key, value]) => `${key}:${String(value)}`), ""].join("\r\n")
    )
    .join("\r\n")
})

/** A line about a connection. */
export const describe = (session: Session): Effect.Effect<string> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const { socket, subscriptions, transaction } = session
    const of = (kind: string) => [...subscriptions.values()].filter((one) => one.kind === kind).length
    const fields = {
      id: session.id,
      addr: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
      laddr: `${socket.localAddress ?? "?"}:${socket.localPort ?? 0}`,
      name: session.name,
      age: Math.floor((now - session.since) / 1000),
      idle: Math.floor((now - session.lastActive) / 1000),
      flags: session.isSubscribed ? "P" : session.isWaiting ? "b" : transaction === undefined ? "N" : "x",
      db: session.database,
      sub: of("channel"),
      psub: of("pattern"),
      multi: transaction?.queue.length ?? -1,
      cmd: session.lastCommand,
      "lib-name": session.library,
      "lib-ver": session.libraryVersion,
      resp: session.output.protocol
    }
    return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ")
  })
