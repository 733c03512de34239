/**
 * What clients see of the server, byte by byte, where no client library would show it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ConnectionPermits } from "../src/server/tend.ts"
import { comesToRest, connect, start, until } from "./harness.ts"

const timeout = 60_000

const subscribed = (name: string, count: number) =>
  `*3\r\n$9\r\nsubscribe\r\n$${name.length}\r\n${name}\r\n:${count}\r\n`
const message = (channel: string, text: string) =>
  `*3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`

describe("subscriptions", () => {
  it.live(
    "messages of all channels come in the order they were published, also to who is slow",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        const [client, publisher] = [yield* connect(server.port), yield* connect(server.port)]
        const names = ["a", "b", "c", "d"]
        yield* client.ask(`SUBSCRIBE ${names.join(" ")}`)
        yield* client.expect(names.map((name, i) => subscribed(name, i + 1)).join(""))
        client.socket.pause()
        const pad = "x".repeat(20_000)
        let expected = ""
        for (let i = 0; i < 500; i++) {
          const name = names[(i * 7 + (i >> 3)) % 4]!
          yield* publisher.ask(`PUBLISH ${name} ${i}${pad}`)
          expected += message(name, `${i}${pad}`)
        }
        yield* publisher.expect(":1\r\n".repeat(500))
        client.socket.resume()
        yield* client.expect(expected)
        client.socket.destroy()
        publisher.socket.destroy()
        yield* comesToRest(server)
      }),
    timeout
  )

  it.live(
    "no message comes before the subscription is confirmed, and none after its end is",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        const [client, publisher] = [yield* connect(server.port), yield* connect(server.port)]
        const publishing = yield* Effect.forkChild(Effect.forever(Effect.gen(function*() {
          yield* publisher.ask("PUBLISH c x")
          yield* publisher.lines(1)
        })))
        const text = message("c", "x")
        for (let i = 0; i < 50; i++) {
          yield* client.ask("SUBSCRIBE c")
          yield* client.expect(subscribed("c", 1))
          yield* client.expect(text)
          yield* client.ask("UNSUBSCRIBE c", "PING")
          const end = "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n+PONG\r\n"
          yield* until("the end", () => client.received().endsWith(end))
          const between = client.received().slice(0, -end.length)
          assert.strictEqual(between, text.repeat(between.length / text.length))
          yield* client.expect(between + end)
        }
        publishing.interruptUnsafe()
      }),
    timeout
  )

  it.live("who is too slow is told what it has missed, if that is the policy, and stays", () =>
    Effect.gen(function*() {
      const server = yield* start({ "pubsub-backlog": 16, "pubsub-lag": "tell" })
      const [slow, publisher] = [yield* connect(server.port), yield* connect(server.port)]
      yield* slow.ask("SUBSCRIBE c")
      yield* slow.expect(subscribed("c", 1))
      slow.socket.pause()
      const pad = "x".repeat(256 << 10)
      for (let i = 0; i < 80; i++) {
        yield* publisher.send(`*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$${pad.length + 2}\r\n${10 + i}${pad}\r\n`)
        yield* publisher.expect(":1\r\n")
      }
      slow.socket.resume()
      yield* publisher.ask("PUBLISH c last")
      yield* until("the last has come", () => slow.received().endsWith(message("c", "last")))
      const got = [...slow.received().matchAll(/\r\n(\d\d)x/g)].map(([, i]) => Number(i))
      const told = /__lagged__\r\n\$\d+\r\nc (\d+)\r\n/.exec(slow.received())
      const missed = Number(told![1])
      assert.strictEqual(got.length + missed, 80)
      assert.deepStrictEqual(got, [...got].sort((a, b) => a - b))
      // Those that were kept are the last ones.
      assert.deepStrictEqual(got.slice(-10), Array.from({ length: 10 }, (_, i) => 80 + i))
      yield* slow.ask("PING")
      yield* until("it goes on", () => slow.received().endsWith("*2\r\n$4\r\npong\r\n$0\r\n\r\n"))
    }), timeout)

  it.live(
    "a client that subscribes may only do so much in RESP2, and everything in RESP3",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        const client = yield* connect(server.port)
        yield* client.ask("SUBSCRIBE a", "GET k", "PING", "UNSUBSCRIBE", "UNSUBSCRIBE", "GET k")
        yield* client.expect(
          subscribed("a", 1) +
            "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n" +
            "*2\r\n$4\r\npong\r\n$0\r\n\r\n" +
            "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n" +
            "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n" +
            "$-1\r\n"
        )
        const other = yield* connect(server.port)
        yield* other.ask("HELLO 3")
        yield* until("greeted", () => other.received().endsWith("modules\r\n*0\r\n"))
        yield* other.expect(other.received())
        yield* other.ask("PSUBSCRIBE a*", "GET k", "PUBLISH ab x", "PING")
        yield* until("all", () => other.received().includes("PONG") && other.received().includes("pmessage"))
        assert.include(other.received(), ">3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:1\r\n_\r\n")
        assert.include(other.received(), ">4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$2\r\nab\r\n$1\r\nx\r\n")
      }),
    timeout
  )
})

describe("BLPOP", () => {
  it.live("an item is not lost with a client that leaves while it waits", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const pusher = yield* connect(server.port)
      for (let i = 0; i < 30; i++) {
        const waiting = yield* connect(server.port)
        yield* waiting.ask("BLPOP l 0")
        yield* until("it waits", () => server.store.waiting() === 1)
        waiting.socket.destroy()
        yield* until("it has left", () => server.store.waiting() === 0)
      }
      yield* pusher.ask("RPUSH l a", "LRANGE l 0 -1")
      yield* pusher.expect(":1\r\n*1\r\n$1\r\na\r\n")
    }), timeout)

  it.live(
    "gives up after its time, goes on with what came meanwhile, and refuses a time that is none",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        const client = yield* connect(server.port)
        yield* client.ask("SET k v", "BLPOP a b 0.02", "GET k", "BLPOP a -1", "BLPOP a x", "RPUSH a y", "BRPOP b a 0")
        yield* client.expect(
          "+OK\r\n*-1\r\n$1\r\nv\r\n-ERR timeout is negative\r\n-ERR timeout is not a float or out of range\r\n:1\r\n" +
            "*2\r\n$1\r\na\r\n$1\r\ny\r\n"
        )
        // In a transaction it does not wait.
        yield* client.ask("MULTI", "BLPOP a 0", "EXEC")
        yield* client.expect("+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n")
      }),
    timeout
  )

  it.live("what a transaction pushes is given away after it, to each what is due", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const clients = yield* Effect.replicateEffect(connect(server.port), 3)
      for (const [i, client] of clients.entries()) {
        yield* client.ask("BLPOP l 0")
        yield* until("it waits", () => server.store.waiting() === i + 1)
      }
      const pusher = yield* connect(server.port)
      yield* pusher.ask("MULTI", "RPUSH l a b", "LPOP l", "RPUSH l c d", "EXEC", "LRANGE l 0 -1")
      yield* pusher.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:2\r\n$1\r\na\r\n:3\r\n*0\r\n")
      for (const [i, item] of ["b", "c", "d"].entries()) yield* clients[i]!.expect(`*2\r\n$1\r\nl\r\n$1\r\n${item}\r\n`)
    }), timeout)
})

describe("transactions", () => {
  it.live("are refused when a command in them was, and do all the others when one fails", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const client = yield* connect(server.port)
      yield* client.ask(
        "EXEC",
        "DISCARD",
        "MULTI",
        "MULTI",
        "SET k a",
        "NONSENSE",
        "GET",
        "SUBSCRIBE c",
        "EXEC",
        "GET k"
      )
      yield* client.expect(
        "-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n+OK\r\n-ERR MULTI calls can not be nested\r\n+QUEUED\r\n" +
          "-ERR unknown command 'NONSENSE', with args beginning with: \r\n" +
          "-ERR wrong number of arguments for 'get' command\r\n-ERR Command not allowed inside a transaction\r\n" +
          "-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n"
      )
      yield* client.ask(
        "MULTI",
        "SET k a",
        "INCR k",
        "SELECT 1",
        "GET k",
        "SELECT 99",
        "PING",
        "EXEC",
        "SELECT 0",
        "GET k"
      )
      yield* client.expect(
        "+OK\r\n" + "+QUEUED\r\n".repeat(6) +
          "*6\r\n+OK\r\n-ERR value is not an integer or out of range\r\n+OK\r\n$-1\r\n-ERR DB index is out of range\r\n+PONG\r\n" +
          "+OK\r\n$1\r\na\r\n"
      )
      yield* client.ask("MULTI", "SET k b", "DISCARD", "GET k")
      yield* client.expect("+OK\r\n+QUEUED\r\n+OK\r\n$1\r\na\r\n")
    }), timeout)
})

describe("the connection", () => {
  it.live("BLPOP in a transaction does not wait, but refuses a time that is none", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const client = yield* connect(server.port)
      yield* client.ask("MULTI", "BLPOP k abc", "BRPOP k -1", "BLPOP k 0", "EXEC")
      yield* client.expect(
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n-ERR timeout is not a float or out of range\r\n" +
          "-ERR timeout is negative\r\n*-1\r\n"
      )
    }), timeout)

  it.live("HELLO, CLIENT, CONFIG, COMMAND and INFO answer, and refuse what is wrong", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const client = yield* connect(server.port)
      yield* client.ask(
        "HELLO 4",
        "HELLO x",
        "HELLO 2 FOO",
        "CLIENT SETNAME a",
        "CLIENT GETNAME",
        "CLIENT FOO",
        "CLIENT ID"
      )
      yield* client.expect(
        "-NOPROTO unsupported protocol version\r\n-ERR Protocol version is not an integer or out of range\r\n" +
          "-ERR Syntax error in HELLO option 'FOO'\r\n+OK\r\n$1\r\na\r\n" +
          "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n:1\r\n"
      )
      yield* client.ask(
        "CONFIG SET maxclients 0",
        "CONFIG SET foo 1",
        "CONFIG SET timeout",
        "CONFIG SET timeout 0 Timeout 1"
      )
      assert.match((yield* client.lines(1))[0]!, /^-ERR CONFIG SET failed - Expected/)
      yield* client.expect(
        "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'\r\n" +
          "-ERR wrong number of arguments for 'config|set' command\r\n" +
          "-ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter\r\n"
      )
      yield* client.ask("CONFIG SET pubsub-lag tell timeout 5", "CONFIG GET pubsub-lag time*", "CONFIG GET nothing")
      yield* client.expect("+OK\r\n*4\r\n$7\r\ntimeout\r\n$1\r\n5\r\n$10\r\npubsub-lag\r\n$4\r\ntell\r\n*0\r\n")
      yield* client.ask("COMMAND COUNT", "COMMAND INFO get nonsense", "COMMAND DOCS get")
      const [count] = yield* client.lines(1)
      assert.isAbove(Number(count!.slice(1)), 50)
      yield* client.expect(
        "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n" + "*0\r\n".repeat(4) +
          "$-1\r\n"
      )
      assert.strictEqual((yield* client.lines(5))[3], "*6")
    }), timeout)

  it.live("CONFIG RESETSTAT gives no id away twice, and a shutdown ends everybody", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const clients = [yield* connect(server.port), yield* connect(server.port), yield* connect(server.port)]
      for (const [i, client] of clients.entries()) {
        yield* client.ask("CLIENT ID", "CONFIG RESETSTAT")
        yield* client.expect(`:${i + 1}\r\n+OK\r\n`)
      }
      assert.strictEqual(server.sessions.all.size, 3)
      yield* server.shutdown
      for (const client of clients) assert.strictEqual(yield* client.closed, "")
      yield* Fiber.join(server.fiber)
    }), timeout)

  it.live(
    "a limit that is lowered and raised again, with all places taken, lets others in",
    () =>
      Effect.gen(function*() {
        const server = yield* start({ maxclients: 3 })
        const clients = [yield* connect(server.port), yield* connect(server.port), yield* connect(server.port)]
        yield* until("all are served", () => server.sessions.all.size === 3)
        const waiting = server.inside(ConnectionPermits.waiting)
        const queued = (count: number) =>
          Effect.gen(function*() {
            while ((yield* waiting) !== count) yield* Effect.sleep("2 millis")
          })
        yield* queued(1) // the accept loop
        yield* server.settings({ maxclients: 1 })
        yield* queued(2)
        yield* server.settings({ maxclients: 5 })
        const [fourth, fifth] = [yield* connect(server.port), yield* connect(server.port)]
        for (const client of [fourth, fifth]) {
          yield* client.ask("PING")
          yield* client.expect("+PONG\r\n")
        }
        const sixth = yield* connect(server.port)
        yield* sixth.ask("PING")
        yield* queued(1)
        assert.strictEqual(server.sessions.all.size, 5)
        for (const { socket } of [...clients, fourth, fifth, sixth]) socket.destroy()
        yield* comesToRest(server)
      }),
    timeout
  )

  it.live("what was asked before a line of HTTP is answered, and the connection closed", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const client = yield* connect(server.port)
      yield* client.ask("SET k v", "GET k", "Host: example.org", "GET k")
      assert.strictEqual(yield* client.closed, "+OK\r\n$1\r\nv\r\n")
      client.socket.destroy()
      yield* until("it is said", () => server.said.includes("connection 1: speaks HTTP, 2 commands"))
    }), timeout)

  it.live("QUIT answers and ends, and nothing behind it is done", () =>
    Effect.gen(function*() {
      const server = yield* start()
      const client = yield* connect(server.port)
      yield* client.ask("QUIT", "SET k a")
      assert.strictEqual(yield* client.closed, "+OK\r\n")
      const other = yield* connect(server.port)
      yield* other.ask("GET k")
      yield* other.expect("$-1\r\n")
    }), timeout)

  it.live(
    "one that is idle for too long is closed; one that waits or has subscribed is not",
    () =>
      Effect.gen(function*() {
        const server = yield* start({ timeout: 1 })
        const [idle, waiting, listening] = [
          yield* connect(server.port),
          yield* connect(server.port),
          yield* connect(server.port)
        ]
        yield* waiting.ask("BLPOP l 0")
        yield* listening.ask("SUBSCRIBE c")
        assert.strictEqual(yield* idle.closed, "")
        assert.isTrue(server.said.includes("connection 1: was idle for too long, 0 commands"))
        assert.strictEqual(server.sessions.all.size, 2)
      }),
    timeout
  )

  it.live("one that does not read is cut, and others notice nothing", () =>
    Effect.gen(function*() {
      const server = yield* start({ "write-timeout": 1 })
      const [deaf, other] = [yield* connect(server.port), yield* connect(server.port)]
      const value = "x".repeat(32 << 20)
      yield* other.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`)
      yield* other.expect("+OK\r\n")
      deaf.socket.pause()
      yield* deaf.ask("GET k", "GET k", "GET k")
      yield* until("it is said", () => server.said.some((line) => line.includes("does not read")))
      yield* other.ask("STRLEN k")
      yield* other.expect(`:${value.length}\r\n`)
      yield* until("it is gone", () => server.sessions.all.size === 1)
    }), timeout)
})
