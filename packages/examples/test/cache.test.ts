import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Path } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { cache, Words } from "../src/cache.ts"
import { makeDisk, type Tree } from "./disk.ts"

/** Runs to the end on a disk whose files take a second each, and gives what was printed and how many were open at most. */
const run = (tree: Tree, askers: number) =>
  Effect.gen(function*() {
    const disk = makeDisk(tree)
    const program = cache("/", askers, { leaveOut: ["node_modules"] }).pipe(
      Effect.andThen(Words.isInitialized),
      Effect.provide(Layer.mergeAll(Words.layer, disk.layer, Path.layer))
    )
    const fiber = yield* Effect.forkChild(program)
    yield* TestClock.adjust("1 hour")
    assert.isTrue(yield* Fiber.join(fiber))
    assert.strictEqual(disk.open, 0)
    return { lines: yield* TestConsole.logLines, peak: disk.peak }
  })

describe("cache", () => {
  it.effect("is filled once, by the second, though the first was interrupted halfway", () =>
    Effect.gen(function*() {
      const tree: Tree = {
        "a.md": "One permit",
        "b.md": "one lock, one permit",
        node_modules: { "z.md": "a word of others" },
        src: { "c.md": "ONE!", "d.md": "two" }
      }
      const { lines, peak } = yield* run(tree, 5)
      assert.deepStrictEqual(lines, [
        "5 fibers ask at once for the index of the words in /",
        "fiber 1 begins to read 4 files",
        "4 fibers wait",
        "fiber 1 is interrupted after 2 of 4 files: its work is lost",
        "fiber 2 begins to read 4 files",
        "fiber 2 has read all: 4 words",
        "4 fibers have an index, one and the same; 1 interrupted",
        "the index was begun twice and finished once",
        "asked again: there it is, the word in most files, 3, is \"one\""
      ])
      // never more than one at work
      assert.strictEqual(peak, 1)
    }))

  it.effect("is filled by the first where there is no halfway", () =>
    Effect.gen(function*() {
      const { lines } = yield* run({}, 3)
      assert.deepStrictEqual(lines.slice(-3), [
        "3 fibers have an index, one and the same; 0 interrupted",
        "the index was begun once and finished once",
        "asked again: there it is, no words"
      ])
    }))
})
