import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { join } from "../src/join.ts"
import { printed } from "./run.ts"

describe("join", () => {
  it.live("gives the result of each fiber, in order, and the error of one that failed", () =>
    Effect.gen(function*() {
      const lines = yield* printed(
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const directory = yield* fs.makeTempDirectoryScoped()
          yield* fs.writeFileString(`${directory}/b`, "abc")
          yield* fs.writeFileString(`${directory}/a`, "")
          yield* fs.makeDirectory(`${directory}/below`)
          yield* join(directory)
        }).pipe(Effect.scoped)
      )
      assert.deepStrictEqual(lines, ["e3b0c44298fc1c14  a", "ba7816bf8f01cfea  b", "no such file: NotFound"])
    }))
})
