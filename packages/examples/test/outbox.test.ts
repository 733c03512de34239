import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Notify } from "effect-sync"
import { Outbox, outbox } from "../src/outbox.ts"
import { printed, printedSoon, replaced } from "./run.ts"

describe("outbox", () => {
  it.live("writes all lines, several of them in one go", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(outbox(4), Outbox.layer))
      const [, came, writes] = /^(\d+) lines came; (\d+) writes brought them to the file$/.exec(lines[0]!)!
      assert.strictEqual(Number(came), 1 + 2 + 3 + 4 + 1)
      assert.isBelow(Number(writes), Number(came)) // how many exactly depends on how fast the disk is
      assert.strictEqual(lines[1], "from \"burst 1, line 1\" to \"burst 4, line 4\" and \"end\"")
    }))

  it.live("is never woken by a Notify that does not notify", () =>
    Effect.gen(function*() {
      const deaf = Layer.effect(
        Outbox,
        Effect.map(Outbox, (it) => replaced(it, Notify.TypeId, { notified: Effect.never }))
      )
      assert.deepStrictEqual(yield* printedSoon(Effect.provide(outbox(2), Layer.provide(deaf, Outbox.layer))), [])
    }))

  it.live("does not sleep with a Notify that does not wait", () =>
    Effect.gen(function*() {
      const restless = Layer.effect(
        Outbox,
        Effect.map(Outbox, (it) => replaced(it, Notify.TypeId, { notified: Effect.void }))
      )
      const lines = yield* printed(Effect.provide(outbox(4), Layer.provide(restless, Outbox.layer)))
      const [, came, writes] = /^(\d+) lines came; (\d+) writes/.exec(lines[0]!)!
      assert.isAbove(Number(writes), Number(came))
    }))
})
