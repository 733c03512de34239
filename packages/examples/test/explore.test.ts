import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestConsole } from "effect/testing"
import { explore } from "../src/explore.ts"
import { Pool as MendedPool } from "../src/mendedPool.ts"
import { Pool } from "../src/pool.ts"

describe("explore", () => {
  it.live("catches the hand-written pool, draws how, and finds nothing in the mended one", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* explore)
      const printed = (yield* TestConsole.logLines).join("\n")
      assert.include(printed, "the check failed: 0 of 1 connections came back")
      assert.match(printed, /replay: "\d+i1"/)
      assert.match(printed, /│ alice +│ bob/)
      assert.match(printed, /● has the connection/)
      assert.match(printed, /✗ interrupted/)
      assert.match(printed, /passed: \d+ interleavings, complete up to 2 preemptions/)
    }).pipe(Effect.provide(TestConsole.layer)))

  for (const [name, make] of [["hand-written", Pool], ["mended", MendedPool]] as const) {
    it.effect(`the ${name} pool works as long as nobody is interrupted`, () =>
      Effect.gen(function*() {
        const pool = new make(["a", "b"])
        let used = 0
        let most = 0
        const use = pool.use(() =>
          Effect.andThen(
            Effect.sync(() => {
              most = Math.max(most, ++used)
            }),
            Effect.andThen(
              Effect.yieldNow,
              Effect.sync(() => {
                used--
              })
            )
          )
        )
        const fibers = yield* Effect.forEach([1, 2, 3, 4, 5], () => Effect.forkChild(use))
        yield* Effect.forEach(fibers, Fiber.join)
        assert.strictEqual(most, 2)
        assert.strictEqual(pool.idle.length, 2)
      }))
  }

  it.live("would find it in a mended pool that does without its Semaphore", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run({
        setup: Effect.sync(() => ({ idle: ["the connection"] as Array<string> })),
        fibers: {
          alice: (pool) => Effect.acquireUseRelease(takeFrom(pool), () => Effect.void, (item) => giveTo(pool, item)),
          bob: (pool) => Effect.acquireUseRelease(takeFrom(pool), () => Effect.void, (item) => giveTo(pool, item))
        }
      })
      assert.strictEqual(report.finding?.kind, "defect")
    }))
})

const takeFrom = (pool: { readonly idle: Array<string> }) =>
  Effect.sync(() => {
    const item = pool.idle.pop()
    if (item === undefined) throw new Error("there is none")
    return item
  })

const giveTo = (pool: { readonly idle: Array<string> }, item: string) => Effect.sync(() => pool.idle.push(item))
