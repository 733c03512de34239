/**
 * The databases without a server around them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { dataCommands } from "../src/commands/dataCommands.ts"
import { CurrentSettings } from "../src/server/Settings.ts"
import { Store } from "../src/server/Store.ts"
import type { Reply } from "../src/wire/Reply.ts"

const live = Layer.provideMerge(Store.layer, CurrentSettings.layer)

const ask = (line: string): Effect.Effect<Reply, never, Store> =>
  Effect.flatMap(Store, (store) => {
    const words = line.split(" ")
    return store.run(0, dataCommands.get(words[0]!.toLowerCase())!, words)
  })

const take = (line: string): Effect.Effect<Reply, never, Store> =>
  Effect.flatMap(Store, (store) => {
    const words = line.split(" ")
    return store.take(0, dataCommands.get(words[0]!.toLowerCase())!, words)
  })

/** Lets others do what they can do now. */
const settle = Effect.replicateEffect(Effect.yieldNow, 20)

describe("what is taken", () => {
  it.effect("goes back to its end of the list when the taker was interrupted before it had it", () =>
    Effect.gen(function*() {
      for (const [name, end] of [["BLPOP", "RPUSH"], ["BRPOP", "LPUSH"]] as const) {
        const fiber = yield* Effect.forkChild(take(`${name} l 0`))
        yield* settle
        assert.strictEqual((yield* Store).waiting(), 1)
        yield* ask(`${end} l a b`)
        // It was given `a`, and has not run.
        assert.deepStrictEqual(yield* ask("LRANGE l 0 -1"), ["b"])
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* ask("LRANGE l 0 -1"), name === "BLPOP" ? ["a", "b"] : ["b", "a"])
        yield* ask("DEL l")
      }
    }).pipe(Effect.provide(live)))

  it.effect("goes to the next who waits when the first was interrupted before it had it", () =>
    Effect.gen(function*() {
      const first = yield* Effect.forkChild(take("BLPOP l 0"))
      yield* settle
      const second = yield* Effect.forkChild(take("BLPOP l 0"))
      yield* settle
      yield* ask("RPUSH l a")
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(yield* Fiber.join(second), ["l", "a"])
      assert.strictEqual((yield* Store).waiting(), 0)
    }).pipe(Effect.provide(live)))

  it.effect("at the last moment is taken", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(take("BLPOP l 0.1"))
      yield* settle
      yield* TestClock.adjust(99)
      yield* ask("RPUSH l a")
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["l", "a"])
      assert.deepStrictEqual(yield* ask("LRANGE l 0 -1"), [])
    }).pipe(Effect.provide(live)))
})

describe("what expires", () => {
  it.effect("is removed at its moment, also when that was changed meanwhile, and nothing else is", () =>
    Effect.gen(function*() {
      const store = yield* Store
      const [keys] = store.databasesUnsafe()
      yield* Effect.forkScoped(store.expire)
      yield* settle
      yield* ask("SET a x PX 100")
      yield* ask("SET b x PX 50")
      yield* ask("SET c x PX 200")
      yield* ask("SET d x")
      yield* ask("PEXPIRE c 70")
      yield* ask("PERSIST a")
      const left = (ms: number) =>
        Effect.andThen(TestClock.adjust(ms), Effect.andThen(settle, Effect.sync(() => keys!.size)))
      assert.strictEqual(yield* left(49), 4)
      assert.strictEqual(yield* left(1), 3)
      assert.strictEqual(yield* left(19), 3)
      assert.strictEqual(yield* left(1), 2)
      assert.strictEqual(yield* left(1_000_000), 2)
      // Long after it fell asleep for good it is woken again.
      yield* ask("PEXPIRE d 10")
      assert.strictEqual(yield* left(10), 1)
      // Further away than a timer can be.
      yield* ask("PEXPIRE a 10000000000")
      assert.strictEqual(yield* left(9_999_999_999), 1)
      assert.strictEqual(yield* left(1), 0)
    }).pipe(Effect.provide(live)))

  it.effect("is removed in slices, all of it", () =>
    Effect.gen(function*() {
      const store = yield* Store
      const [keys] = store.databasesUnsafe()
      for (let i = 0; i < 5000; i++) yield* ask(`SET k${i} x PX 10`)
      yield* Effect.forkScoped(store.expire)
      yield* settle
      yield* TestClock.adjust(10)
      yield* settle
      assert.deepStrictEqual([keys!.size, keys!.purged], [0, 5000])
    }).pipe(Effect.provide(live)))
})
