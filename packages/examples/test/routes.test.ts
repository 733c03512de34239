import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { RwLock } from "effect-sync"
import { TestClock, TestConsole } from "effect/testing"
import { type Options, Routes, routes } from "../src/routes.ts"

/** Runs to the end, and gives how many lookups went wrong and what was printed. */
const run = (options: Options, layer: Layer.Layer<Routes>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.provide(routes(options), layer))
    yield* TestClock.adjust("1 hour")
    return { broken: yield* Fiber.join(fiber), lines: yield* TestConsole.logLines }
  })

/** Locks nothing: every operation is on a lock of its own around the same table. */
const unlocked = Layer.effect(
  Routes,
  Effect.map(Routes, (original) => {
    const table = RwLock.getUnsafe(original)
    const other = () => RwLock.makeUnsafe(table)[RwLock.TypeId]
    const backend: RwLock.Backend<typeof table, never> = {
      ...original[RwLock.TypeId],
      get read() {
        return other().read
      },
      get write() {
        return other().write
      },
      readers: Effect.succeed(0),
      withRead: (f) => other().withRead(f),
      withWrite: (f) => other().withWrite(f)
    }
    return Object.create(original, { [RwLock.TypeId]: { value: backend }, toString: { value: () => "no lock" } })
  })
).pipe(Layer.provide(Routes.layer))

describe("routes", () => {
  it.effect("lookups run side by side, reloads get in, and nobody sees a half-updated table", () =>
    Effect.gen(function*() {
      const { broken, lines } = yield* run({ requests: 120, reloads: 3 }, Routes.layer)
      assert.strictEqual(broken, 0)
      assert.deepStrictEqual(lines.map((line) => String(line).replaceAll(/\d+(\.\d+)?/g, "#")), [
        "# lookups, up to # at once",
        "# reloads, each checked as one of up to # readers",
        "a reload waited # ms at most, though requests kept coming",
        "no lookup saw two versions mixed",
        "the table is version #, and RwLock(routes/Routes: unlocked, # waiting)"
      ])
      const numbers = lines.map((line) => String(line).match(/\d+(\.\d+)?/g)?.map(Number) ?? [])
      const [[requests, atOnce], [reloads, checkedBeside], [waited], , [version, waiting]] = numbers
      assert.deepStrictEqual({ requests, reloads, version, waiting }, {
        requests: 120,
        reloads: 3,
        version: 4,
        waiting: 0
      })
      assert.isAbove(atOnce, 3)
      assert.isAbove(checkedBeside, 3)
      assert.isAbove(waited, 0)
      assert.isAtMost(waited, 4) // the longest lookup has four levels, and nobody came in after the reload asked
    }))

  it.effect("with a lock that locks nothing it finds out", () =>
    Effect.gen(function*() {
      const { broken, lines } = yield* run({ requests: 120, reloads: 3 }, unlocked)
      assert.isAbove(broken, 0)
      assert.strictEqual(lines[3], `${broken} lookups saw two versions mixed, or a route missing`)
      assert.strictEqual(lines[4], "the table is version 4, and no lock")
    }))

  it.effect("with a lock for one at a time it works, one after the other", () =>
    Effect.gen(function*() {
      const alone = Layer.effect(
        Routes,
        Effect.map(Routes, (original) => RwLock.makeUnsafe(RwLock.getUnsafe(original), { maxReaders: 1 }))
      ).pipe(Layer.provide(Routes.layer))
      const { broken, lines } = yield* run({ requests: 20, reloads: 1 }, alone)
      assert.strictEqual(broken, 0)
      assert.strictEqual(lines[0], "20 lookups, up to 1 at once")
      assert.strictEqual(lines[1], "1 reload, each checked as one of up to 1 reader")
    }))
})
