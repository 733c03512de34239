import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import { Feed, feed } from "../src/feed.ts"
import { printed } from "./run.ts"

/** By the test's clock, a millisecond at a time. */
const run = (times: number) =>
  printed(Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.provide(feed(times), Feed.layer))
    for (let i = 0; i < 40 * times; i++) yield* TestClock.adjust("1 millis")
    yield* Fiber.join(fiber)
  }))

describe("feed", () => {
  it.effect("the quick one misses nothing, the slow one is told how much it missed, and the meter waits for neither", () =>
    Effect.gen(function*() {
      const lines = yield* run(40)
      assert.strictEqual(lines[0], "40 measurements were sent, and there is nobody to wait for")
      assert.strictEqual(lines[1], "the recorder: 40 read, 0 missed")
      const [, read, missed] = /^the display: (\d+) read, (\d+) missed$/.exec(lines[2]!)!
      assert.strictEqual(Number(read) + Number(missed), 40)
      assert.isAbove(Number(missed), 20)
    }))

  it.effect("a channel that sends nothing is seen", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Feed, "send").mockReturnValue(Effect.succeed(0))
      const lines = yield* run(5)
      send.mockRestore()
      assert.deepStrictEqual(lines.slice(1).sort(), ["the display: 0 read, 0 missed", "the recorder: 0 read, 0 missed"])
    }))
})
