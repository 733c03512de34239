/**
 * Many clients, and bad ones. Afterwards nothing may be left of them, and those who did nothing wrong must have noticed nothing.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { atRest, type Client, comesToRest, connect, type Server, start, until } from "./harness.ts"

const timeout = 120_000

/** Somebody who does nothing wrong: every command is answered, in order, all the time. */
const goodClient = (port: number) =>
  Effect.gen(function*() {
    const client = yield* connect(port)
    let answered = 0
    const asking = Effect.gen(function*() {
      for (let i = 1;; i++) {
        yield* client.ask("INCR good", `SET good:${i % 10} ${i}`, `GET good:${i % 10}`)
        yield* client.expect(`:${i}\r\n+OK\r\n$${String(i).length}\r\n${i}\r\n`)
        answered++
        yield* Effect.sleep("1 millis")
      }
    })
    const fiber = yield* Effect.forkScoped(asking)
    const stop = Effect.gen(function*() {
      const before = answered
      yield* until("it is still answered", () => answered > before || fiber.pollUnsafe() !== undefined)
      assert.isUndefined(fiber.pollUnsafe(), "the good client has been disturbed")
      yield* Fiber.interrupt(fiber)
      client.socket.destroy()
    })
    return { stop }
  })

/** What goes wrong with a client, and what is left to see of it. */
const mishaps: ReadonlyArray<(client: Client, server: Server) => Effect.Effect<void>> = [
  // Killed in the middle of a command.
  (client) =>
    Effect.andThen(
      client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf"),
      Effect.sync(() => client.socket.resetAndDestroy())
    ),
  // Killed with commands in flight.
  (client) => Effect.andThen(client.send("INCR n\r\n".repeat(200)), Effect.sync(() => client.socket.resetAndDestroy())),
  // Killed in a transaction.
  (client) => Effect.andThen(client.send("MULTI\r\nINCR n\r\n"), Effect.sync(() => client.socket.destroy())),
  // Killed while it waits.
  (client) => Effect.andThen(client.send("BLPOP none 0\r\n"), Effect.sync(() => client.socket.destroy())),
  // Killed with subscriptions.
  (client) =>
    Effect.gen(function*() {
      yield* client.send("SUBSCRIBE a b\r\nPSUBSCRIBE *\r\n")
      yield* client.lines(6)
      client.socket.resetAndDestroy()
    }),
  // Never says a word.
  (client) => Effect.sync(() => client.socket.end()),
  // Says goodbye.
  (client) =>
    Effect.andThen(
      client.send("PING\r\nQUIT\r\n"),
      Effect.asVoid(
        Effect.tap(client.closed, (text) => Effect.sync(() => assert.strictEqual(text, "+PONG\r\n+OK\r\n")))
      )
    ),
  // Half-closed: what was asked before is answered, then it ends.
  (client) =>
    Effect.gen(function*() {
      yield* client.send("PING\r\nECHO hello\r\n")
      client.socket.end()
      assert.strictEqual(yield* client.closed, "+PONG\r\n$5\r\nhello\r\n")
    }),
  // Malformed.
  (client) =>
    Effect.gen(function*() {
      yield* client.send("PING\r\n*1\r\n$x\r\nPING\r\n" + "x".repeat(100_000))
      assert.strictEqual(yield* client.closed, "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n")
    }),
  // Oversized: a string, and a line.
  (client) =>
    Effect.gen(function*() {
      yield* client.send("*2\r\n$3\r\nGET\r\n$999999999\r\n")
      assert.strictEqual(yield* client.closed, "-ERR Protocol error: invalid bulk length\r\n")
    }),
  (client) =>
    Effect.gen(function*() {
      yield* client.send("x".repeat(70_000))
      assert.strictEqual(yield* client.closed, "-ERR Protocol error: too big inline request\r\n")
    }),
  // Speaks something else.
  (client) =>
    Effect.gen(function*() {
      yield* client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k stolen\r\n")
      assert.strictEqual(yield* client.closed, "")
    }),
  // Does what it should.
  (client) =>
    Effect.gen(function*() {
      yield* client.ask("SET k v", "GET k")
      yield* client.expect("+OK\r\n$1\r\nv\r\n")
      client.socket.destroy()
    })
]

describe("a thousand clients", () => {
  it.live("come, behave in every way, and go, and nothing is left of them", () =>
    Effect.gen(function*() {
      const server = yield* start({ maxclients: 120 })
      const good = yield* goodClient(server.port)
      for (let batch = 0; batch < 10; batch++) {
        // A hundred at a time: that is what a small machine bears, and the clients are on it as well.
        yield* Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) =>
            Effect.scoped(Effect.gen(function*() {
              const client = yield* connect(server.port)
              yield* mishaps[(batch * 100 + i) % mishaps.length]!(client, server)
            })),
          { concurrency: "unbounded", discard: true }
        )
      }
      yield* good.stop
      yield* comesToRest(server)
      assert.strictEqual(server.sessions.received, 1001)
      assert.deepStrictEqual(server.said.filter((line) => line.includes("died")), [])
      yield* server.shutdown
      yield* Fiber.join(server.fiber)
    }), timeout)

  it.live("are connected at the same time, some never read, and all can be got rid of", () =>
    Effect.gen(function*() {
      const server = yield* start({ maxclients: 1100, "write-timeout": 1, "pubsub-backlog": 8 })
      const good = yield* goodClient(server.port)
      const value = "x".repeat(4 << 20)
      const publisher = yield* connect(server.port)
      yield* publisher.send(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${value.length}\r\n${value}\r\n`)
      yield* publisher.expect("+OK\r\n")
      const clients: Array<Client> = []
      for (let batch = 0; batch < 10; batch++) {
        clients.push(...yield* Effect.replicateEffect(connect(server.port), 100, { concurrency: "unbounded" }))
      }
      for (const client of clients) yield* client.ask("SUBSCRIBE news")
      yield* until("all have subscribed", () => server.pubSub.subscribers("channel", "news") === 1000)
      yield* Effect.forEach(clients, (client) => client.lines(6), { concurrency: "unbounded", discard: true })
      yield* publisher.ask("PUBLISH news hello")
      yield* publisher.expect(":1000\r\n")
      const message = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
      yield* Effect.forEach(clients, (client) => client.expect(message), { concurrency: "unbounded", discard: true })
      // Twenty of them stop reading, and ask for a lot.
      const deaf = clients.slice(0, 20)
      for (const client of deaf) {
        yield* client.ask("UNSUBSCRIBE")
        yield* client.lines(6)
        client.socket.pause()
        yield* client.ask("GET big", "GET big")
      }
      yield* until("they are cut", () => server.said.filter((line) => line.includes("does not read")).length === 20)
      yield* good.stop
      // The others end with the server.
      assert.strictEqual(server.pubSub.subscribers("channel", "news"), 980)
      yield* server.shutdown
      yield* Fiber.join(server.fiber)
      for (const client of clients.slice(20)) assert.strictEqual(yield* client.closed, "")
      assert.deepStrictEqual({ ...yield* server.isAtRest, senders: 0, permitsInUse: 0 }, atRest)
      assert.match(server.said.at(-1)!, /^ended, 1002 connections served/)
    }), timeout)

  it.live("who comes when all places are taken, and all places in the queue, is told so", () =>
    Effect.gen(function*() {
      const server = yield* start({ maxclients: 1 })
      const first = yield* connect(server.port)
      yield* first.ask("PING")
      yield* first.expect("+PONG\r\n")
      const waiting = yield* Effect.replicateEffect(connect(server.port), 511, { concurrency: 50 })
      const refused = yield* connect(server.port)
      assert.strictEqual(yield* refused.closed, "-ERR max number of clients reached\r\n")
      assert.strictEqual(server.sessions.refused, 1)
      first.socket.destroy()
      // One after the other they come in.
      for (const client of waiting.slice(0, 5)) {
        yield* client.ask("PING")
        yield* client.expect("+PONG\r\n")
        client.socket.destroy()
      }
      for (const client of waiting) client.socket.destroy()
      yield* comesToRest(server)
    }), timeout)
})

describe("shutdown", () => {
  it.live("connections that do not end in time are cut", () =>
    Effect.gen(function*() {
      const server = yield* start({ "shutdown-timeout": 1 })
      const [deaf, other] = [yield* connect(server.port), yield* connect(server.port)]
      const value = "x".repeat(32 << 20)
      yield* other.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`)
      yield* other.expect("+OK\r\n")
      deaf.socket.pause()
      yield* deaf.ask("GET k")
      yield* until("writing", () => [...server.sessions.all.values()].some((one) => one.writingSince !== undefined))
      yield* server.shutdown
      yield* Fiber.join(server.fiber)
      assert.include(server.said, "1 connections have not ended in 1 s, and are cut")
      assert.include(server.said, "connection 1: took too long to end, 1 commands")
    }), timeout)

  it.live("every command that was begun is answered", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const clients = yield* Effect.replicateEffect(connect(server.port), 20)
      for (const client of clients) yield* client.ask("PING")
      for (const client of clients) yield* client.expect("+PONG\r\n")
      for (const client of clients) yield* client.ask("MULTI", ...Array.from({ length: 500 }, () => "INCR n"), "EXEC")
      yield* until("one has begun", () => server.sessions.commands > 20)
      yield* server.shutdown
      yield* Fiber.join(server.fiber)
      for (const client of clients) {
        const text = yield* client.closed
        // Nothing, since its commands had not been read; or all of it.
        if (text !== "") assert.match(text, /^\+OK\r\n(\+QUEUED\r\n)+(\*500\r\n(:\d+\r\n){500})?$/)
      }
    }), timeout)
})
