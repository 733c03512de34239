import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { Mpsc } from "effect-sync"
import { vi } from "vitest"
import { series } from "../src/series.ts"
import { printed } from "./run.ts"

/** Searches "needle" in a directory where it is so many times, and reads so many of them. */
const run = (there: number, enough: number) =>
  printed(
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/hay`, "hay\n" + "a needle\n".repeat(there))
      yield* series(directory, "needle", enough)
    }).pipe(Effect.scoped)
  )

describe("series", () => {
  it.live("reads all there is, until the search ends", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run(3, 9), [
        "hay:2 a needle",
        "hay:3 a needle",
        "hay:4 a needle",
        "3 results were sent, 3 read"
      ])
    }))

  it.live("reads enough, the search has gone no further ahead than there is room, and ends", () =>
    Effect.gen(function*() {
      const lines = yield* run(100, 3)
      assert.deepStrictEqual(lines.slice(0, 3), ["hay:2 a needle", "hay:3 a needle", "hay:4 a needle"])
      assert.strictEqual(lines[3], "nobody reads any more, so the search ends")
      const [, sent, read] = /^(\d+) results were sent, (\d+) read$/.exec(lines[4]!)!
      assert.strictEqual(Number(read), 3)
      assert.isAtMost(Number(sent), 3 + 4)
    }))

  it.live("a channel that sends nothing is seen", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Mpsc, "send").mockReturnValue(Effect.void as never)
      const lines = yield* run(3, 9)
      send.mockRestore()
      assert.deepStrictEqual(lines, ["3 results were sent, 0 read"])
    }))
})
