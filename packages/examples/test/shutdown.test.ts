import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestConsole } from "effect/testing"
import { Shutdown, shutdown } from "../src/shutdown.ts"

const begun = "press Ctrl-C, or wait: CancellationToken(shutdown/Shutdown: not cancelled, 3 children, 2 waiting)"

/** What is said, but for how often the timer ticked and on which port it listened. */
const lines = Effect.map(
  TestConsole.logLines,
  (lines) => lines.map((line) => String(line).replace(/\d+ ticks?$/, "# ticks").replace(/port \d+$/, "port #"))
)

/** What must be said between the beginning of the shutdown and its end: several end at once, in whichever order. */
const ended = [
  "connection 1: finished what it was at, 1 request served",
  "connection 2: was idle, 3 requests served",
  "connection 3: was idle, 0 requests served",
  "timer: stopped after # ticks"
]

const last = (after: string) => [
  "client 1 heard at last: done, goodbye",
  "client 2 heard at last: goodbye",
  "client 3 heard at last: goodbye",
  "client 4 heard at last: nothing more",
  `everything has ended after ${after}: CancellationToken(shutdown/Shutdown: cancelled, 0 children, 0 waiting)`
]

describe("shutdown", () => {
  it.live("on a signal: finishes the request that was begun, and stops what is idle", () =>
    Effect.gen(function*() {
      const listeners = process.listeners("SIGTERM")
      const options = { patience: Duration.hours(1), work: Duration.seconds(1) }
      const fiber = yield* Effect.forkChild(shutdown(options))
      yield* Effect.repeat(Effect.andThen(Effect.sleep("5 millis"), lines), { until: (said) => said.includes(begun) })
      process.emit("SIGTERM", "SIGTERM")
      yield* Fiber.join(fiber)
      const said = yield* lines
      assert.deepStrictEqual(said.slice(0, 3), [
        "listening on port #",
        "connection 4: asked to leave, 1 request served",
        begun
      ])
      assert.deepStrictEqual(said.slice(3, 7).sort(), ended)
      assert.deepStrictEqual(said.slice(7), last("SIGTERM"))
      assert.deepStrictEqual(process.listeners("SIGTERM"), listeners)
    }).pipe(Effect.provide([Shutdown.layer, TestConsole.layer])), 20_000)

  it.live("by itself, when nobody asks", () =>
    Effect.gen(function*() {
      yield* shutdown({ patience: Duration.millis(60), work: Duration.seconds(1) })
      const said = yield* lines
      assert.strictEqual(said[3], "nobody asks, so it shuts down")
      assert.deepStrictEqual(said.slice(4, 8).sort(), ended)
      assert.deepStrictEqual(said.slice(8), last("a shutdown of its own"))
    }).pipe(Effect.provide([Shutdown.layer, TestConsole.layer])), 20_000)

  it.live("before anything has begun", () =>
    Effect.gen(function*() {
      yield* Shutdown.cancel
      yield* shutdown({ patience: Duration.hours(1), work: Duration.hours(1) })
      assert.include((yield* lines).at(-1), "cancelled, 0 children, 0 waiting")
    }).pipe(Effect.provide([Shutdown.layer, TestConsole.layer])), 20_000)
})
