/**
 * The server as the two clients of npm see it, whose authors know Redis and not us.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Redis } from "ioredis"
import { execFile, spawnSync } from "node:child_process"
import { promisify } from "node:util"
import { createClient } from "redis"
import { comesToRest, start } from "./harness.ts"

/** A server, and a client that speaks a protocol; afterwards nothing may be left of it. */
const withServer = (use: (port: number) => Promise<void>) =>
  Effect.gen(function*() {
    const server = yield* start()
    yield* Effect.promise(() => use(server.port))
    yield* comesToRest(server)
    assert.strictEqual(server.said.find((line) => line.includes("died")), undefined)
  })

const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

for (const protocol of [2, 3] as const) {
  describe(`ioredis, RESP${protocol}`, () => {
    const open = (port: number) =>
      new Redis({ port, host: "127.0.0.1", protocol, retryStrategy: () => null, connectionName: "test" } as object)

    it.live("strings, keys and lists", () =>
      withServer(async (port) => {
        const redis = open(port)
        assert.strictEqual(await redis.set("k", "é"), "OK")
        assert.strictEqual(await redis.get("k"), "é")
        assert.strictEqual(await redis.set("k", "x", "EX", 100, "NX"), null)
        await redis.set(binary, binary)
        assert.deepStrictEqual(await redis.getBuffer(binary), binary)
        assert.deepStrictEqual(await redis.mget("k", "none"), ["é", null])
        assert.strictEqual(await redis.incrby("n", 5), 5)
        assert.strictEqual(await redis.rpush("l", "a", "b"), 2)
        assert.deepStrictEqual(await redis.lrange("l", 0, -1), ["a", "b"])
        assert.deepStrictEqual(await redis.blpop("none", "l", 0), ["l", "a"])
        assert.strictEqual(await redis.blpop("none", 0.05), null)
        assert.strictEqual(await redis.expire("k", 100), 1)
        assert.strictEqual(await redis.ttl("k"), 100)
        assert.strictEqual(await redis.client("GETNAME"), "test")
        const keys: Array<string> = []
        for await (const some of redis.scanStream({ match: "?" })) keys.push(...some as Array<string>)
        assert.sameMembers(keys, ["k", "n", "l"])
        await redis.select(3)
        assert.strictEqual(await redis.dbsize(), 0)
        const error = await redis.incr("n").then(() => redis.lpush("n", "x")).catch((error: Error) => error.message)
        assert.strictEqual(error, "WRONGTYPE Operation against a key holding the wrong kind of value")
        assert.strictEqual(await redis.flushall(), "OK")
        assert.strictEqual(await redis.quit(), "OK")
      }))

    it.live("pipelines and transactions", () =>
      withServer(async (port) => {
        const redis = open(port)
        const pipeline = redis.pipeline()
        for (let i = 0; i < 1000; i++) pipeline.incr("n")
        const results = await pipeline.exec()
        assert.deepStrictEqual(results!.map(([, n]) => n), Array.from({ length: 1000 }, (_, i) => i + 1))
        const both = await redis.multi().set("a", "1").incr("a").get("a").lpop("a").exec()
        assert.deepStrictEqual(both!.slice(0, 3), [[null, "OK"], [null, 2], [null, "2"]])
        assert.include(both![3]![0]!.message, "WRONGTYPE")
        const refused = await redis.multi().set("a", "7").call("nonsense").exec().catch((error: Error) => error.message)
        assert.include(String(refused), "EXECABORT")
        assert.strictEqual(await redis.get("a"), "2")
        redis.disconnect()
      }))

    it.live("channels and patterns", () =>
      withServer(async (port) => {
        const subscriber = open(port)
        const publisher = open(port)
        const messages: Array<unknown> = []
        subscriber.on("message", (...message) => messages.push(message))
        subscriber.on("pmessage", (...message) => messages.push(message))
        assert.strictEqual(await subscriber.subscribe("a", "b"), 2)
        assert.strictEqual(await subscriber.psubscribe("*"), 3)
        assert.strictEqual(await publisher.publish("a", "1"), 2)
        assert.strictEqual(await publisher.publish("c", "2"), 1)
        assert.deepStrictEqual(await publisher.pubsub("CHANNELS"), ["a", "b"])
        assert.strictEqual(await subscriber.punsubscribe("*"), 2)
        assert.deepStrictEqual(messages, [["a", "1"], ["*", "a", "1"], ["*", "c", "2"]])
        assert.strictEqual(await subscriber.unsubscribe("a", "b"), 0)
        assert.strictEqual(await publisher.publish("a", "3"), 0)
        assert.strictEqual(await subscriber.ping(), "PONG")
        subscriber.disconnect()
        publisher.disconnect()
      }))
  })

  describe(`redis, RESP${protocol}`, () => {
    const open = async (port: number) => {
      const client = createClient({
        RESP: protocol,
        socket: { port, host: "127.0.0.1", reconnectStrategy: false },
        name: "test"
      })
      client.on("error", () => {})
      return await client.connect()
    }

    it.live("strings, keys and lists", () =>
      withServer(async (port) => {
        const redis = await open(port)
        assert.strictEqual(await redis.set("k", "é", { expiration: { type: "EX", value: 100 } }), "OK")
        assert.strictEqual(await redis.get("k"), "é")
        assert.strictEqual(await redis.set("k", "x", { condition: "NX", GET: true }), "é")
        assert.strictEqual(await redis.ttl("k"), 100)
        assert.deepStrictEqual(await redis.mGet(["k", "none"]), ["é", null])
        assert.strictEqual(await redis.rPush("l", ["a", "b", "c"]), 3)
        assert.deepStrictEqual(await redis.lPopCount("l", 2), ["a", "b"])
        assert.deepStrictEqual(await redis.blPop(["none", "l"], 0), { key: "l", element: "c" })
        assert.strictEqual(await redis.blPop("none", 0.05), null)
        const keys: Array<string> = []
        for await (const some of redis.scanIterator()) keys.push(...some)
        assert.deepStrictEqual(keys, ["k"])
        assert.strictEqual(await redis.clientGetName(), "test")
        assert.include((await redis.clientInfo()).libName, "node-redis")
        assert.deepStrictEqual({ ...await redis.configGet("maxc*") }, { maxclients: "1000" })
        assert.include(await redis.info("server"), "redis_version:7")
        assert.strictEqual(await redis.ping(), "PONG")
        await redis.close()
      }))

    it.live("transactions, channels and patterns", () =>
      withServer(async (port) => {
        const redis = await open(port)
        assert.deepStrictEqual(await redis.multi().set("a", "1").incr("a").get("a").exec() as unknown, ["OK", 2, "2"])
        const subscriber = await open(port)
        const messages: Array<unknown> = []
        await subscriber.subscribe("a", (message, channel) => messages.push([channel, message]))
        await subscriber.pSubscribe("*", (message, channel) => messages.push([channel, message]))
        assert.strictEqual(await redis.publish("a", "1"), 2)
        assert.strictEqual(await redis.publish("b", "2"), 1)
        await subscriber.unsubscribe("a")
        await subscriber.pUnsubscribe()
        assert.deepStrictEqual(messages, [["a", "1"], ["a", "1"], ["b", "2"]])
        assert.strictEqual(await redis.publish("a", "3"), 0)
        await subscriber.close()
        redis.destroy()
      }))
  })
}

const isInstalled = (program: string) => spawnSync(program, ["--version"]).status === 0

for (const program of ["redis-cli"].filter(isInstalled)) {
  describe(`${program}, where it is installed`, () => {
    it.live("strings, lists and errors, in both protocols", () =>
      withServer(async (port) => {
        const cli = async (...args: ReadonlyArray<string>) =>
          (await promisify(execFile)(program, ["-p", String(port), ...args])).stdout.trimEnd()
        assert.strictEqual(await cli("PING"), "PONG")
        for (const protocol of ["-2", "-3"]) {
          assert.strictEqual(await cli(protocol, "SET", "k", "v"), "OK")
          assert.strictEqual(await cli(protocol, "GET", "k"), "v")
          assert.strictEqual(await cli(protocol, "DEL", "l"), protocol === "-2" ? "0" : "1")
          assert.strictEqual(await cli(protocol, "RPUSH", "l", "a", "b"), "2")
          assert.strictEqual(await cli(protocol, "LRANGE", "l", "0", "-1"), "a\nb")
          assert.include(await cli(protocol, "INCR", "l"), "WRONGTYPE")
          assert.include(await cli(protocol, "INFO", "server"), "redis_version:7")
        }
      }))
  })
}
