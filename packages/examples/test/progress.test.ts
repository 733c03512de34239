import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeProgress } from "../src/progress.ts"
import { terminal } from "./output.ts"

/** Counts so many files before the eyes of somebody at a terminal, and gives what was drawn. */
const watch = (columns: number, total: number) =>
  Effect.gen(function*() {
    let drawn = ""
    const count = Effect.gen(function*() {
      const progress = yield* makeProgress(total)
      for (let counted = 1; counted <= total; counted++) yield* progress(counted)
    })
    yield* Effect.scoped(count).pipe(Effect.provide(terminal(columns, (text) => {
      drawn += text
    })))
    return drawn
  })

describe("progress at a terminal", () => {
  it.effect("is a bar drawn over itself, and leaves the next line free", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* watch(30, 4),
        [
          "",
          "░░░░░░░░ 0 of 4 files counted",
          "██░░░░░░ 1 of 4 files counted",
          "████░░░░ 2 of 4 files counted",
          "██████░░ 3 of 4 files counted",
          "████████ 4 of 4 files counted\n"
        ].join("\r")
      )
    }))

  it.effect("is always of the same width, within the terminal, and drawn no more than a hundred times", () =>
    Effect.gen(function*() {
      for (const columns of [0, 40, 80, 200]) {
        const drawn = (yield* watch(columns, 2500)).trimEnd().split("\r").slice(1)
        assert.strictEqual(drawn.length, 101)
        const widths = new Set(drawn.map((line) => line.length))
        assert.strictEqual(widths.size, 1)
        assert.isBelow(Math.max(...widths), columns || 80)
      }
    }))

  it.effect("draws nothing when there is nothing to count", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* watch(80, 0), "")
    }))
})
