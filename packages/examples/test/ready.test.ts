import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SetOnce } from "effect-sync"
import { Port, ready } from "../src/ready.ts"
import { printed, printedSoon, replaced } from "./run.ts"

describe("ready", () => {
  it.live("releases all clients when the server has a port", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(ready(3), Port.layer))
      assert.match(lines[1]!, /^a server listens on port \d+, 0 clients wait$/)
      assert.deepStrictEqual([lines[0], ...lines.slice(2)], [
        "3 clients wait, there is no server yet",
        "3 of them heard: hello",
        "one who came later heard: hello",
        "SetOnce.set: SetOnce \"ready/Port\" is initialized already"
      ])
    }))

  it.live("a cell that keeps nothing is seen: they wait for ever", () =>
    Effect.gen(function*() {
      const deaf = Layer.effect(
        Port,
        Effect.map(Port, (it) => replaced(it, SetOnce.TypeId, { set: () => Effect.void }))
      ).pipe(Layer.provide(Port.layer))
      const lines = yield* printedSoon(Effect.provide(ready(3), deaf))
      assert.deepStrictEqual(lines, ["3 clients wait, there is no server yet"])
    }))
})
