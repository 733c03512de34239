import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import { CancellationToken } from "effect-sync"
import { TestConsole } from "effect/testing"
import { shutdown, Stop } from "../src/shutdown.ts"
import { printed, replaced } from "./run.ts"

const run = (patience: number, work: number) => shutdown(Duration.millis(patience), Duration.millis(work))

const heard = (lines: ReadonlyArray<string>, name: string) => lines.filter((line) => line.startsWith(`${name} `))

describe("shutdown", () => {
  it.live("finishes the request that was begun, and stops what is idle before that", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(run(150, 400), Stop.layer))
      assert.deepStrictEqual(heard(lines, "bob"), [
        "bob hears: done after 50 ms",
        "bob hears: goodbye",
        "bob is disconnected"
      ])
      assert.deepStrictEqual(heard(lines, "alice"), [
        "alice hears: done after 400 ms",
        "alice hears: goodbye",
        "alice is disconnected"
      ])
      assert.isBelow(lines.indexOf("bob is disconnected"), lines.indexOf("alice hears: done after 400 ms"))
      assert.include(lines, "the server is to stop; connections that wait for a request: 1")
      assert.strictEqual(lines.at(-1), "CancellationToken(shutdown/Stop: cancelled, 0 children, 0 waiting)")
    }))

  it.live("does so too when it is interrupted, as by Ctrl-C", () =>
    Effect.gen(function*() {
      const interrupted = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.provide(run(3_600_000, 300), Stop.layer))
        // bob has been served, alice has not
        yield* Effect.repeat(Effect.andThen(Effect.sleep("5 millis"), TestConsole.logLines), {
          until: (lines) => lines.includes("bob hears: done after 50 ms")
        })
        yield* Fiber.interrupt(fiber)
      })
      assert.includeMembers(yield* printed(interrupted), [
        "bob hears: goodbye",
        "alice hears: done after 300 ms"
      ])
    }))

  it.live("a token that cancels nothing is seen: the server does not end", () =>
    Effect.gen(function*() {
      const deaf = Layer.effect(
        Stop,
        Effect.map(Stop, (it) => replaced(it, CancellationToken.TypeId, { cancel: Effect.void }))
      ).pipe(Layer.provide(Stop.layer))
      const fiber = yield* Effect.forkDetach(Effect.provide(run(100, 200), deaf))
      yield* Effect.sleep("500 millis")
      assert.isUndefined(fiber.pollUnsafe())
    }).pipe(Effect.provide(TestConsole.layer)))
})
