import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { explore } from "../src/explore.ts"
import { printed } from "./run.ts"

describe("explore", () => {
  it.live("catches Effect's PartitionedSemaphore losing a permit, draws how, and finds nothing in ours", () =>
    Effect.gen(function*() {
      const lines = (yield* printed(explore)).join("\n").split("\n")
      assert.strictEqual(lines[0], "Effect's PartitionedSemaphore: the check failed: 0 of 1 permits are back")
      assert.match(lines[1]!, /^in interleaving \d+, which "\d+i\d+" replays$/)
      assert.match(lines[3]!, /^step │ alice +│ bob/)
      assert.isTrue(lines.some((line) => line.includes("✗ interrupted here")))
      assert.match(lines.at(-1)!, /^ours: passed: \d+ interleavings, complete up to 2 preemptions$/)
    }))
})
