import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { OnceCell } from "effect-sync"
import { cache, Words } from "../src/cache.ts"
import { printed, replaced } from "./run.ts"

/** Asks for the word "one" in a directory where it is three times. */
const run = (clients: number, words: Layer.Layer<Words>) =>
  printed(
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/a`, "One lock, one permit")
      yield* fs.writeFileString(`${directory}/b`, "one barrier")
      yield* Effect.provide(cache(directory, clients, "one"), words)
    }).pipe(Effect.scoped)
  )

describe("cache", () => {
  it.live("is filled by the second, since the first hangs up, and all others get that", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run(5, Words.layer), [
        "client 1 begins to count",
        "4 of 5 clients wait",
        "client 1 hangs up, and its work is lost",
        "client 2 begins to count",
        "client 2 has counted 4 words",
        "4 clients got an answer; different answers: 1",
        "asked once more: \"one\" is there 3 times"
      ])
    }))

  it.live("a cell that keeps nothing is seen: everybody counts", () =>
    Effect.gen(function*() {
      const forgetful = Layer.effect(
        Words,
        Effect.map(Words, (it) => replaced(it, OnceCell.TypeId, { getOrInit: (init) => init }))
      ).pipe(Layer.provide(Words.layer))
      const lines = yield* run(5, forgetful)
      assert.lengthOf(lines.filter((line) => line.endsWith("begins to count")), 6)
      assert.include(lines, "0 of 5 clients wait")
    }))
})
