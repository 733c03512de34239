import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { series, steps } from "../src/series.ts"

describe("series", () => {
  it.live("gives each result once, and ends", () =>
    Effect.gen(function*() {
      const found = yield* Stream.runCollect(series(500, 4))
      assert.strictEqual(found.length, 500)
      for (const { start, steps: count } of found) assert.strictEqual(count, steps(start))
      assert.deepStrictEqual(
        found.map(({ start }) => start).sort((a, b) => a - b),
        Array.from({ length: 500 }, (_, i) => i + 1)
      )
    }))

  it.live("of each fiber in order, and no more than is asked for", () =>
    Effect.gen(function*() {
      const found = yield* Stream.runCollect(Stream.take(series(1_000_000, 2), 100))
      const odd = found.map(({ start }) => start).filter((start) => start % 2 === 1)
      assert.deepStrictEqual(odd, [...odd].sort((a, b) => a - b))
      assert.strictEqual(found.length, 100)
    }))
})
