import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Mpsc } from "effect-sync"
import { vi } from "vitest"
import { Lines, writers } from "../src/writers.ts"
import { printed } from "./run.ts"

const run = printed(Effect.suspend(() => Effect.provide(writers(["alice", "bob"], 20), Lines.layer)))

describe("writers", () => {
  it.live("all lines come over the connection, and it is closed after the last of them", () =>
    Effect.gen(function*() {
      const lines = yield* run
      assert.strictEqual(lines[0], "2 writers sent 20 lines each; 40 came over the connection:")
      assert.strictEqual(lines[1], "alice 1")
      assert.strictEqual(lines.at(-1), "… 40 of 40 are whole, and the connection is closed")
    }))

  it.live("a channel that sends nothing is seen", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Mpsc, "send").mockReturnValue(Effect.void as never)
      const lines = yield* run
      send.mockRestore()
      assert.strictEqual(lines[0], "2 writers sent 20 lines each; 0 came over the connection:")
    }))
})
