import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Semaphore } from "effect-sync"
import { Listening, server, Slots } from "../src/server.ts"
import { printed, replaced } from "./run.ts"

const run = (clients: number, slots: Layer.Layer<Slots>) =>
  printed(Effect.provide(server(clients), Layer.merge(slots, Listening)))

const free = (lines: ReadonlyArray<string>) =>
  lines.flatMap((line) => /is served; slots free: (\d+)/.exec(line)?.slice(1).map(Number) ?? [])

describe("server", () => {
  it.live("serves so many clients at a time, and all of them in the end", () =>
    Effect.gen(function*() {
      const lines = yield* run(7, Slots.layerWith({ permits: 2 }))
      assert.match(lines[0]!, /^7 clients connect to port \d+ at once$/)
      assert.lengthOf(free(lines), 7)
      assert.isBelow(Math.max(...free(lines)), 2) // each has one itself
      assert.strictEqual(lines.at(-1), "7 clients were answered; Semaphore(server/Slots: 2 of 2 free, 0 waiting)")
    }))

  it.live("a semaphore that holds nobody back is seen", () =>
    Effect.gen(function*() {
      const open = Layer.effect(
        Slots,
        Effect.map(Slots, (slots) => replaced(slots, Semaphore.TypeId, { withPermits: (_, effect) => effect }))
      ).pipe(Layer.provide(Slots.layer))
      assert.deepStrictEqual(free(yield* run(4, open)), [3, 3, 3, 3])
    }))
})
