/**
 * What each primitive is there for, as something that clients can see.
 *
 * `without` takes the primitive out, or the part of it that matters: the server then runs on, and the check must fail.
 */
import { assert } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Result, type Scope } from "effect"
import type * as sync from "effect-sync"
import type * as harness from "./harness.ts"

type Sync = typeof sync
type Harness = typeof harness

export interface Check {
  readonly name: string
  readonly without: (original: Sync) => Record<string, unknown>
  readonly check: (harness: Harness) => Effect.Effect<void, unknown, Scope.Scope>
}

/** A service class with something else in the place of some of its members. */
const altered = (module: any, change: (self: any, options: any) => Record<string, unknown>, id?: string) => ({
  ...module,
  Service: () => (name: string, options: any) => {
    const self = module.Service()(name, options)
    return id === undefined || id === name ? Object.assign(self, change(self, options)) : self
  }
})

const repeat = (times: number, line: string): Array<string> => Array.from({ length: times }, () => line)

export const checks: ReadonlyArray<Check> = [
  {
    name: "Semaphore: no more connections are served at a time than are allowed, and the next one waits",
    without: ({ Semaphore }) => ({ Semaphore: altered(Semaphore, () => ({ acquire: Effect.void })) }),
    check: ({ comesToRest, connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start({ maxclients: 2 })
        const [one, two, three] = [
          yield* connect(server.port),
          yield* connect(server.port),
          yield* connect(server.port)
        ]
        for (const client of [one, two]) {
          yield* client.ask("PING")
          yield* client.expect("+PONG\r\n")
        }
        yield* three.ask("PING")
        for (let i = 0; i < 50; i++) {
          yield* one.ask("PING")
          yield* one.expect("+PONG\r\n")
        }
        assert.deepStrictEqual([three.received(), server.sessions.all.size], ["", 2])
        one.socket.destroy()
        yield* three.expect("+PONG\r\n")
        two.socket.destroy()
        three.socket.destroy()
        yield* comesToRest(server)
      })
  },
  {
    name: "Handle.forkWith: what was acquired for a connection is held until the connection ends",
    without: ({ Handle }) => ({
      Handle: {
        ...Handle,
        forkWith: (acquire: any, use: any, options: any) =>
          Effect.flatMap(Effect.scoped(acquire), (a) => Effect.forkIn(Effect.scoped(use(a)), options.in))
      }
    }),
    check: ({ connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const client = yield* connect(server.port)
        yield* client.ask("PING")
        yield* client.expect("+PONG\r\n")
        assert.deepInclude(yield* server.isAtRest, { sessions: 1, senders: 1, permitsInUse: 1 })
      })
  },
  {
    name: "RwLock: nobody sees the half of a transaction",
    without: ({ RwLock }) => ({
      RwLock: {
        ...RwLock,
        withWrite: (lock: any, f: any) => f({ getUnsafe: () => RwLock.getUnsafe(lock) }),
        withRead: (lock: any, f: any) => f(RwLock.getUnsafe(lock))
      }
    }),
    check: ({ connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const [writer, reader] = [yield* connect(server.port), yield* connect(server.port)]
        for (let i = 1; i <= 10; i++) {
          const reading = yield* Effect.forkChild(Effect.gen(function*() {
            for (;;) {
              yield* reader.ask("MGET x y")
              const seen = yield* reader.next(2)
              if (seen[0] !== seen[1]) throw new Error(`saw ${String(seen)}`)
              if (seen[0] === String(i * 500)) return
            }
          }))
          yield* writer.ask("MULTI", ...repeat(500, "INCR x"), ...repeat(500, "INCR y"), "EXEC")
          yield* Fiber.join(reading)
        }
      })
  },
  {
    name: "RwLock: KEYS sees the keys of one moment, though others are served meanwhile",
    without: ({ RwLock }) => ({
      RwLock: { ...RwLock, withRead: (lock: any, f: any) => f(RwLock.getUnsafe(lock)) }
    }),
    check: ({ connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const [writer, reader] = [yield* connect(server.port), yield* connect(server.port)]
        yield* writer.ask("SET wanted:1 x", ...Array.from({ length: 20_000 }, (_, i) => `SET key:${i} x`), "PING")
        yield* writer.expect("+OK\r\n".repeat(20_001) + "+PONG\r\n")
        for (let i = 1; i <= 10; i++) {
          yield* reader.ask("KEYS wanted:*")
          // As many moves as come while it looks.
          yield* writer.ask(`MULTI`, `DEL wanted:${i}`, `SET wanted:${i + 1} x`, "EXEC")
          yield* writer.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n")
          const [length] = yield* reader.lines(1)
          assert.strictEqual(length, "*1")
          yield* reader.lines(2)
        }
      })
  },
  {
    name: "Mutex: a message does not come in the middle of a reply",
    without: ({ Mutex }) => ({
      Mutex: { ...Mutex, withLock: (mutex: any, f: any) => f({ getUnsafe: () => Mutex.getUnsafe(mutex) }) }
    }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const [client, publisher] = [yield* connect(server.port), yield* connect(server.port)]
        const value = "x".repeat(16 << 20)
        yield* publisher.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`)
        yield* publisher.expect("+OK\r\n")
        yield* client.ask("HELLO 3", "SUBSCRIBE c")
        yield* until("subscribed", () => client.received().endsWith("$1\r\nc\r\n:1\r\n"))
        client.socket.pause()
        yield* client.ask("GET k")
        yield* until("writing", () => [...server.sessions.all.values()].some((one) => one.writingSince !== undefined))
        for (let i = 0; i < 20; i++) {
          yield* publisher.ask("PUBLISH c hello")
          yield* publisher.expect(":1\r\n")
        }
        client.socket.resume()
        const message = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n"
        yield* until("all has come", () =>
          client.received().split("hello").length === 21 && client.received().length > value.length)
        assert.isTrue(client.received().endsWith(`$${value.length}\r\n${value}\r\n${message.repeat(20)}`))
      })
  },
  {
    name: "Notify: a key that expires earlier than the one waited for is removed in time",
    without: ({ Notify }) => ({ Notify: { ...Notify, notifyOneUnsafe: () => {} } }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const client = yield* connect(server.port)
        yield* client.ask("SET late x EX 1000", "SET soon x PX 20", "SET never x")
        yield* client.expect("+OK\r\n".repeat(3))
        const [keys] = server.store.databasesUnsafe()
        yield* until("only two are left", () => keys!.size === 2)
        yield* client.ask("DBSIZE", "EXISTS late never soon")
        yield* client.expect(":2\r\n:2\r\n")
      })
  },
  {
    name: "Oneshot: an item goes to who waits for it, the longest waiting first, and nobody gets in between",
    without: ({ Oneshot }) => ({ Oneshot: { ...Oneshot, sendUnsafe: () => Result.fail(undefined) } }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const [one, two, pusher] = [
          yield* connect(server.port),
          yield* connect(server.port),
          yield* connect(server.port)
        ]
        yield* one.ask("BLPOP other l 0")
        yield* until("one waits", () => server.store.waiting() === 1)
        yield* two.ask("BLPOP l 0")
        yield* until("two waits", () => server.store.waiting() === 2)
        yield* pusher.ask("RPUSH l a", "LPOP l", "RPUSH l b", "LPOP l")
        yield* pusher.expect(":1\r\n$-1\r\n:1\r\n$-1\r\n")
        yield* one.expect("*2\r\n$1\r\nl\r\n$1\r\na\r\n")
        yield* two.expect("*2\r\n$1\r\nl\r\n$1\r\nb\r\n")
      })
  },
  {
    name: "Broadcast: a subscriber that is too slow is disconnected, and the others get everything",
    without: ({ Broadcast }) => ({
      Broadcast: {
        ...Broadcast,
        makeSenderUnsafe: (_: number, options: any) => Broadcast.makeSenderUnsafe(1 << 20, options)
      }
    }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start({ "pubsub-backlog": 16 })
        const [slow, fast, publisher] = [
          yield* connect(server.port),
          yield* connect(server.port),
          yield* connect(server.port)
        ]
        for (const client of [slow, fast]) {
          yield* client.ask("SUBSCRIBE c")
          yield* client.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
        }
        slow.socket.pause()
        const payload = "x".repeat(256 << 10)
        const message = `*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$${payload.length}\r\n${payload}\r\n`
        for (let i = 0; i < 80; i++) {
          yield* publisher.send(`*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$${payload.length}\r\n${payload}\r\n`)
          yield* publisher.expect(":2\r\n")
          yield* fast.expect(message)
        }
        slow.socket.resume()
        yield* until("it is said", () => server.said.some((line) => /is \d+ messages behind on c/.test(line)))
        yield* slow.closed
      })
  },
  {
    name: "Watch: a setting that is changed is followed, and lets one in who waits",
    without: ({ Watch }) => ({ Watch: { ...Watch, changed: () => Effect.never } }),
    check: ({ connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start({ maxclients: 1 })
        const one = yield* connect(server.port)
        yield* one.ask("PING")
        yield* one.expect("+PONG\r\n")
        const two = yield* connect(server.port)
        yield* two.ask("PING")
        yield* one.ask("CONFIG SET maxclients 2")
        yield* one.expect("+OK\r\n")
        yield* two.expect("+PONG\r\n")
        // And back: nobody is thrown out. The accept loop waits for a permit already, and gets the next one; after that
        // nobody is let in before there are as few as it says.
        yield* one.ask("CONFIG SET maxclients 1")
        yield* one.expect("+OK\r\n")
        const three = yield* connect(server.port)
        yield* three.ask("PING")
        two.socket.destroy()
        yield* three.expect("+PONG\r\n")
        const four = yield* connect(server.port)
        yield* four.ask("PING")
        three.socket.destroy()
        for (let i = 0; i < 50; i++) {
          yield* one.ask("PING")
          yield* one.expect("+PONG\r\n")
        }
        assert.strictEqual(four.received(), "")
        one.socket.destroy()
        yield* four.expect("+PONG\r\n")
      })
  },
  {
    name: "CancellationToken: a shutdown ends who is idle and who waits, and is over then",
    without: ({ CancellationToken }) => ({
      CancellationToken: { ...CancellationToken, runUntilCancelled: (_: unknown, effect: any) => Effect.asSome(effect) }
    }),
    check: ({ connect, patience, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const [idle, waiting, subscribed] = [
          yield* connect(server.port),
          yield* connect(server.port),
          yield* connect(server.port)
        ]
        yield* idle.ask("PING")
        yield* idle.expect("+PONG\r\n")
        yield* waiting.ask("BLPOP l 0")
        yield* subscribed.ask("SUBSCRIBE c")
        yield* subscribed.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
        yield* until("one waits", () => server.store.waiting() === 1)
        yield* server.shutdown
        assert.strictEqual(yield* idle.closed, "")
        assert.strictEqual(yield* waiting.closed, "-UNBLOCKED the server is shutting down\r\n")
        assert.strictEqual(yield* subscribed.closed, "")
        const exit = yield* Effect.timeoutOption(Fiber.await(server.fiber), patience.ms)
        assert.isTrue(Option.isSome(exit) && Exit.isSuccess(exit.value))
      })
  },
  {
    name: "Mpsc: the server does not end before the last connection has",
    without: ({ Mpsc }) => ({
      Mpsc: altered(
        Mpsc,
        (self) => ({ sender: self.Sender.use((sender: any) => Effect.succeed(sender)) }),
        "mini-redis/Connections"
      )
    }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const client = yield* connect(server.port)
        const value = "x".repeat(32 << 20)
        yield* client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`)
        yield* client.expect("+OK\r\n")
        client.socket.pause()
        yield* client.ask("GET k")
        yield* until("writing", () => [...server.sessions.all.values()].some((one) => one.writingSince !== undefined))
        yield* server.shutdown
        yield* until("shutting down", () => server.said.some((line) => line.startsWith("shutting down")))
        for (let i = 0; i < 100; i++) yield* Effect.sleep(0)
        assert.isUndefined(server.fiber.pollUnsafe())
        client.socket.resume()
        assert.strictEqual((yield* client.closed).length, `$${value.length}\r\n\r\n`.length + value.length)
        yield* Fiber.join(server.fiber)
        yield* until("it is said", () => server.said.includes("ended, 1 connections served, 2 commands"))
      })
  },
  {
    name: "layerConsumer: what was said before the end is written, all of it",
    without: ({ Mpsc }) => ({
      Mpsc: altered(Mpsc, (self) => ({
        layerConsumer: (handler: any) =>
          Layer.provideMerge(
            Layer.effectDiscard(Effect.forkScoped(Effect.forever(Effect.flatMap(self.recv, handler)))),
            self.layer
          )
      }))
    }),
    check: ({ connect, start }) =>
      Effect.gen(function*() {
        const server = yield* start()
        for (let i = 0; i < 50; i++) yield* connect(server.port)
        yield* server.shutdown
        yield* Fiber.join(server.fiber)
        yield* server.close(Exit.void)
        assert.strictEqual(server.said.filter((line) => /connection \d+: ended with the server/.test(line)).length, 50)
        assert.match(server.said.at(-1)!, /^ended, 50 connections served/)
      })
  },
  {
    name: "OnceCell: what the server says of itself is found out once, however many ask at once",
    without: ({ OnceCell }) => ({ OnceCell: altered(OnceCell, (_, { init }) => ({ value: init })) }),
    check: ({ connect, start, until }) =>
      Effect.gen(function*() {
        const server = yield* start()
        const clients = yield* Effect.replicateEffect(connect(server.port), 20)
        for (const client of clients) yield* client.ask("INFO server")
        const runs = new Set<string>()
        for (const client of clients) {
          yield* until("an answer", () => client.received().includes("uptime"))
          runs.add(/run_id:(.*)\r/.exec(client.received())![1]!)
        }
        assert.strictEqual(runs.size, 1)
      })
  }
]
