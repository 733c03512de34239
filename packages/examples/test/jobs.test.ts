import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { vi } from "vitest"
import { jobs, Sums } from "../src/jobs.ts"
import { printed } from "./run.ts"

/** With so many files, and an end after so long. */
const run = (count: number, millis: number) =>
  printed(
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      for (let i = 0; i < count; i++) yield* fs.writeFileString(`${directory}/${i}`, "abc")
      yield* jobs(directory, millis)
    }).pipe(Effect.scoped)
  )

const counts = (line: string | undefined) => (line?.match(/\d+/g) ?? []).map(Number)

describe("jobs", () => {
  it.live("what was accepted is done and printed, each once, though it ends in the middle", () =>
    Effect.gen(function*() {
      const lines = yield* run(200, 100)
      const [accepted, printed] = counts(lines.at(-1))
      assert.isAbove(accepted!, 0)
      assert.isBelow(accepted!, 200)
      assert.strictEqual(printed, accepted)
      const sums = lines.slice(0, -1)
      assert.strictEqual(new Set(sums).size, accepted)
      for (const sum of sums) assert.match(sum, /^ba7816bf8f01cfea {2}\d+$/)
    }))

  it.live("a channel that sends nothing is seen", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Sums, "send").mockReturnValue(Effect.void)
      const lines = yield* run(3, 50)
      send.mockRestore()
      assert.deepStrictEqual(lines, ["3 files were accepted before the end, and 0 lines printed"])
    }))
})
