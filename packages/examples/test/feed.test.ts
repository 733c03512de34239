import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import { Command } from "effect/cli"
import { TestClock, TestConsole } from "effect/testing"
import { Feed, feed, feedCommand, type Options } from "../src/feed.ts"

/** Runs it by the test's clock, a millisecond at a time. */
const run = (options: Options) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(feed(options))
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 millis")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(Feed.layer))

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

const total = (counts: ReadonlyArray<number>) => counts.reduce((sum, n) => sum + n, 0)

describe("feed", () => {
  it.effect("a slow reader is told what it missed; the fast one misses nothing, and the sensor waits for neither", () =>
    Effect.gen(function*() {
      const { displayed, recorded } = yield* run({
        readings: 40,
        every: Duration.millis(10),
        drawing: Duration.millis(35)
      })
      assert.deepStrictEqual(recorded, { read: upTo(40), missed: [] })
      assert.isAbove(displayed.missed.length, 1)
      assert.strictEqual(displayed.read.length + total(displayed.missed), 40)
      // it goes on in order, and ends with what was kept
      assert.deepStrictEqual(displayed.read, [...new Set(displayed.read)].sort((a, b) => a - b))
      assert.deepStrictEqual(displayed.read.slice(-4), [37, 38, 39, 40])
    }))

  it.effect("who draws fast enough misses nothing", () =>
    Effect.gen(function*() {
      const { displayed, mean, recorded } = yield* run({
        readings: 10,
        every: Duration.millis(10),
        drawing: Duration.millis(9)
      })
      assert.deepStrictEqual(displayed, { read: upTo(10), missed: [] })
      assert.deepStrictEqual(recorded, displayed)
      assert.isAbove(mean, 20)
    }))

  it.live("on the command line it says who got what", () =>
    Effect.gen(function*() {
      yield* Command.runWith(feedCommand, { version: "0.0.0" })(["--readings", "30"])
      const [sensor, recorder, display] = String(yield* TestConsole.logLines).split("\n")
      assert.strictEqual(sensor, "sensor: 30 readings sent, of which 4 are kept for who is behind")
      assert.match(recorder!, /^recorder: \d+ read, \d+ missed, mean [\d.]+ °C$/)
      const [, drawn, missed] = /^display: (\d+) drawn, (\d+) missed/.exec(display!)!
      assert.strictEqual(Number(drawn) + Number(missed), 30)
    }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))))
})
