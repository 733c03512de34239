import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Watch } from "effect-sync"
import { vi } from "vitest"
import { config, Timeout } from "../src/config.ts"
import { printed } from "./run.ts"

const run = printed(Effect.suspend(() => Effect.provide(config(), Timeout.layer)))

const outcomes = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("the operation is"))

describe("config", () => {
  it.live("a running operation gets more time, or less, as the file says", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run, [
        "an operation of 800 ms has begun, which has 500 ms",
        "the file says now: {\"timeoutMillis\":5000}",
        "the operation is done",
        "an operation of 800 ms has begun, which has 5000 ms",
        "the file says now: {\"timeoutMillis\":100}",
        "the operation is timed out"
      ])
    }))

  it.live("a channel that sends nothing is seen: the second operation is not stopped", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Watch, "sendIfModifiedUnsafe").mockReturnValue(false)
      const lines = yield* run
      send.mockRestore()
      assert.deepStrictEqual(outcomes(lines), ["the operation is done", "the operation is done"])
    }))
})
