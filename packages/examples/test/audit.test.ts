import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Mutex } from "effect-sync"
import { audit, Last } from "../src/audit.ts"
import { printed, replaced } from "./run.ts"

/** Locks nothing: whoever asks gets a lock of its own around the same value. */
const unlocked = Layer.effect(
  Last,
  Effect.map(Last, (last) => {
    let value = Mutex.getUnsafe(last)
    return replaced(last, Mutex.TypeId, {
      withLock: (f) =>
        Effect.suspend(() => {
          const mutex = Mutex.makeUnsafe(value)
          return Effect.tap(Mutex.withLock(mutex, f), () =>
            Effect.sync(() => {
              value = Mutex.getUnsafe(mutex)
            }))
        })
    })
  })
).pipe(Layer.provide(Last.layer))

describe("audit", () => {
  it.live("writes a log in which each line follows from the one before", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(audit(6, 4), Last.layer))
      assert.strictEqual(lines[0], "6 clerks write 4 lines each into one file")
      assert.match(lines[1]!, /^[0-9a-f]{12} clerk 1: entry 1$/)
      assert.strictEqual(lines.at(-1), "… 24 of 24 lines follow from the one before")
    }))

  it.live("with a lock that locks nothing it finds out", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(audit(6, 4), unlocked))
      const [, valid, all] = /^… (\d+) of (\d+) lines/.exec(lines.at(-1)!)!
      assert.strictEqual(Number(all), 24)
      assert.isBelow(Number(valid), 24)
    }))
})
