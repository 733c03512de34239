/**
 * Commands as functions: what each answers, and what it leaves. The expectations are what Redis 7.2 answers.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Call } from "../src/commands/Command.ts"
import { begin, dataCommands, hasArity, isGenerator } from "../src/commands/dataCommands.ts"
import { KeySpace } from "../src/data/KeySpace.ts"
import { ErrorReply, MapReply, NullArray, type Reply, Simple } from "../src/wire/Reply.ts"

const plain = (reply: Reply): unknown =>
  reply instanceof Simple
    ? reply.text
    : reply instanceof ErrorReply
    ? `-${reply.text}`
    : reply instanceof NullArray
    ? undefined
    : reply instanceof MapReply
    ? reply.items.map(plain)
    : Array.isArray(reply)
    ? reply.map(plain)
    : reply

class Client {
  now = 1_000_000
  readonly databases = [new KeySpace(), new KeySpace()]

  ask(line: string, ...more: ReadonlyArray<string>): unknown {
    const words = [...line.split(" "), ...more]
    const command = dataCommands.get(words[0]!.toLowerCase())!
    assert.isTrue(hasArity(command.arity, words.length), line)
    const { databases, now } = this
    const call: Call = { words, keys: databases[0]!, databases, now, maxString: 100 }
    const result = begin(command, call)
    if (!isGenerator(result)) return plain(result)
    for (;;) {
      const step = result.next()
      if (step.done === true) return plain(step.value)
    }
  }
}

/** Lines with what is answered. `+5` lets 5 ms pass. */
const scenario = (name: string, lines: ReadonlyArray<readonly [line: string, reply: unknown] | number>) =>
  it(`answers: ${name}`, () => {
    const client = new Client()
    for (const line of lines) {
      if (typeof line === "number") client.now += line
      else assert.deepStrictEqual(client.ask(line[0]), line[1], line[0])
    }
  })

const notInteger = "-ERR value is not an integer or out of range"
const wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value"
const syntax = "-ERR syntax error"

describe("strings", () => {
  scenario("-0 is no number", [
    ["SET n -0", "OK"],
    ["INCR n", notInteger],
    ["INCRBY m -0", notInteger],
    ["DECRBY m 0", 0]
  ])

  scenario("SET and its options", [
    ["SET k a", "OK"],
    ["SET k b NX", null],
    ["SET k b XX GET", "a"],
    ["SET k c NX GET", "b"],
    ["SET none x XX", null],
    ["SET none x XX GET", null],
    ["GET k", "b"],
    ["SET k c EX 10", "OK"],
    ["SET k d KEEPTTL", "OK"],
    ["PTTL k", 10_000],
    ["SET k e", "OK"],
    ["TTL k", -1],
    ["SET k f PX 1500", "OK"],
    ["TTL k", 2],
    ["set k g px 20 nx", null],
    ["SET k g EXAT 1001", "OK"],
    ["PTTL k", 1000],
    ["SET k g PXAT 1000001", "OK"],
    1,
    ["GET k", null],
    ["SET k a EX", syntax],
    ["SET k a EX 1 PX 1", syntax],
    ["SET k a EX 1 KEEPTTL", syntax],
    ["SET k a NX XX", syntax],
    ["SET k a NX NX", syntax],
    ["SET k a FOO", syntax],
    ["SET k a EX x", notInteger],
    ["SET k a EX 1.5", notInteger],
    ["SET k a EX 0", "-ERR invalid expire time in 'set' command"],
    ["SET k a PX -1", "-ERR invalid expire time in 'set' command"],
    ["SET k a EX 9007199254740991", "-ERR invalid expire time in 'set' command"],
    ["EXISTS k", 0],
    ["SETNX k a", 1],
    ["SETNX k b", 0],
    ["SETEX k 2 c", "OK"],
    ["PSETEX k 3 d", "OK"],
    ["PTTL k", 3],
    ["SETEX k 0 c", "-ERR invalid expire time in 'setex' command"]
  ])

  scenario("GETDEL, GETSET, MGET, MSET", [
    ["GETDEL k", null],
    ["GETSET k a", null],
    ["GETSET k b", "a"],
    ["GETDEL k", "b"],
    ["MSET a 1 b 2", "OK"],
    ["MSET a 1 b", "-ERR wrong number of arguments for 'mset' command"],
    ["RPUSH l x", 1],
    ["MGET a none b l", ["1", null, "2", null]],
    ["GETSET l x", wrong],
    ["GETDEL l", wrong],
    ["SET l x GET", wrong],
    ["LLEN l", 1],
    ["SET l x", "OK"]
  ])

  scenario("numbers", [
    ["INCR n", 1],
    ["INCRBY n 10", 11],
    ["DECR n", 10],
    ["DECRBY n 20", -10],
    ["PEXPIRE n 50", 1],
    ["INCR n", -9],
    ["PTTL n", 50],
    ["SET n 9007199254740991", "OK"],
    ["INCR n", "-ERR increment or decrement would overflow"],
    ["SET n 1.5", "OK"],
    ["INCR n", notInteger],
    ["SET n 01", "OK"],
    ["INCR n", notInteger],
    ["INCRBY none x", notInteger],
    ["EXISTS none", 0]
  ])

  scenario("APPEND and STRLEN", [
    ["APPEND k ab", 2],
    ["APPEND k cd", 4],
    ["GET k", "abcd"],
    ["STRLEN k", 4],
    ["STRLEN none", 0],
    [`APPEND k ${"x".repeat(97)}`, "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"],
    ["RPUSH l x", 1],
    ["APPEND l x", wrong],
    ["STRLEN l", wrong]
  ])

  it("values have any bytes", () => {
    const client = new Client()
    const value = "\0\r\n\xff*1\r\n"
    client.ask("SET", value, value)
    assert.strictEqual(client.ask("GET", value), value)
    assert.deepStrictEqual(client.ask("KEYS *"), [value])
  })
})

describe("when keys expire", () => {
  scenario("EXPIRE and its options", [
    ["EXPIRE k 10", 0],
    ["SET k a", "OK"],
    ["EXPIRE k 10", 1],
    ["EXPIRE k 20 NX", 0],
    ["EXPIRE k 5 GT", 0],
    ["EXPIRE k 20 GT", 1],
    ["EXPIRE k 30 LT", 0],
    ["PEXPIRE k 100 LT XX", 1],
    ["PTTL k", 100],
    ["PERSIST k", 1],
    ["PERSIST k", 0],
    ["EXPIRE k 10 XX", 0],
    ["EXPIRE k 10 GT", 0],
    ["EXPIRE k 10 LT", 1],
    ["EXPIRE k 10 NX XX", syntax],
    ["EXPIRE k 10 GT LT", syntax],
    ["EXPIRE k x", notInteger],
    ["EXPIREAT k 1002", 1],
    ["PTTL k", 2000],
    ["PEXPIREAT k 1000010", 1],
    ["PTTL k", 10],
    10,
    ["PTTL k", -2],
    ["TTL none", -2],
    ["SET k a", "OK"],
    ["EXPIRE k -1", 1],
    ["DBSIZE", 0]
  ])

  scenario("a key that has expired is not there for anybody, and makes room for another", [
    ["RPUSH k x", 1],
    ["PEXPIRE k 5", 1],
    5,
    ["TYPE k", "none"],
    ["GET k", null],
    ["LLEN k", 0],
    ["KEYS *", []],
    ["SCAN 0", ["0", []]],
    ["DEL k", 0],
    ["SET k a PX 5", "OK"],
    5,
    ["APPEND k b", 1],
    ["TTL k", -1],
    ["PEXPIRE k 5", 1],
    5,
    ["RPUSH k y", 1],
    ["TTL k", -1],
    ["PEXPIRE k 5", 1],
    5,
    ["INCR k", 1],
    ["TTL k", -1]
  ])
})

describe("keys", () => {
  scenario("DEL, EXISTS, TYPE, DBSIZE, FLUSHALL", [
    ["MSET a 1 b 2", "OK"],
    ["RPUSH l x", 1],
    ["EXISTS a a none", 2],
    ["TYPE a", "string"],
    ["TYPE l", "list"],
    ["TYPE none", "none"],
    ["DBSIZE", 3],
    ["DEL a none a", 1],
    ["UNLINK b", 1],
    ["FLUSHALL NOW", syntax],
    ["FLUSHALL ASYNC", "OK"],
    ["DBSIZE", 0]
  ])

  it("KEYS and SCAN meet all, and those of a form", () => {
    const client = new Client()
    const all = Array.from({ length: 2500 }, (_, i) => `key${i}`)
    for (const key of all) client.ask(`SET ${key} x`)
    client.ask("RPUSH list x")
    assert.sameMembers(client.ask("KEYS key*") as Array<string>, all)
    assert.sameMembers(client.ask("KEYS key?") as Array<string>, all.slice(0, 10))
    const met: Array<string> = []
    let cursor = "0"
    do {
      const [next, some] = client.ask(`SCAN ${cursor} COUNT 100 MATCH *1* TYPE string`) as [string, Array<string>]
      met.push(...some)
      cursor = next
    } while (cursor !== "0")
    assert.sameMembers(met, all.filter((key) => key.includes("1")))
    assert.strictEqual(client.ask("SCAN x"), "-ERR invalid cursor")
    assert.strictEqual(client.ask("SCAN 0 COUNT 0"), syntax)
    assert.strictEqual(client.ask("SCAN 0 COUNT"), syntax)
  })
})

describe("lists", () => {
  scenario("both ends", [
    ["RPUSH l a b", 2],
    ["LPUSH l c d", 4],
    ["LRANGE l 0 -1", ["d", "c", "a", "b"]],
    ["LRANGE l -2 100", ["a", "b"]],
    ["LRANGE l -100 0", ["d"]],
    ["LRANGE l 2 1", []],
    ["LRANGE l x 1", notInteger],
    ["LPOP l", "d"],
    ["RPOP l", "b"],
    ["LLEN l", 2],
    ["LPOP l 0", []],
    ["LPOP l 5", ["c", "a"]],
    ["EXISTS l", 0],
    ["LPOP l", null],
    ["LPOP l 2", undefined],
    ["LPOP l -1", "-ERR value is out of range, must be positive"],
    ["LRANGE l 0 -1", []],
    ["SET s x", "OK"],
    ["RPUSH s x", wrong],
    ["LPOP s", wrong],
    ["LLEN s", wrong],
    ["LRANGE s 0 1", wrong],
    ["BLPOP s 0", wrong]
  ])

  scenario("BLPOP takes from the first list that has something, or there is nothing to take", [
    ["BLPOP a b 0", undefined],
    ["RPUSH b x y", 2],
    ["BLPOP a b 0", ["b", "x"]],
    ["BRPOP a b 0", ["b", "y"]],
    ["BLPOP a b 0", undefined]
  ])
})
