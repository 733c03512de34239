import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Barrier } from "effect-sync"
import { Meeting, pentomino, phases } from "../src/phases.ts"
import { printed, replaced } from "./run.ts"

const start = pentomino(12, 60)

/** As a single strip, which waits for nobody. */
const inSequence = Effect.provide(phases(start, 40), Meeting.layerWith({ parties: 1 }))

describe("phases", () => {
  it.effect("starts with the R-pentomino, and its generations are known", () =>
    Effect.gen(function*() {
      assert.strictEqual(start.flat().filter((alive) => alive).length, 5)
      const alive = (generations: number) =>
        Effect.map(
          phases(pentomino(30, 60), generations),
          (board) => board.flat().filter((alive) => alive).length
        )
      const counts = yield* Effect.forEach([1, 2, 3, 4, 5, 6], alive)
      assert.deepStrictEqual(counts, [6, 7, 9, 8, 9, 12])
    }).pipe(Effect.provide(Meeting.layer)))

  it.effect("in strips it comes to the same as in sequence, and one leader reports each twentieth generation", () =>
    Effect.gen(function*() {
      const expected = yield* printed(inSequence)
      assert.lengthOf(expected, 2 + 12)
      for (const parties of [2, 5, 12]) {
        const lines = yield* printed(Effect.provide(phases(start, 40), Meeting.layerWith({ parties })))
        assert.deepStrictEqual(lines, expected)
      }
    }))

  it.effect("without a barrier it comes to something else", () =>
    Effect.gen(function*() {
      const wait = Effect.succeed({ isLeader: false })
      const open = Layer.effect(Meeting, Effect.map(Meeting, (it) => replaced(it, Barrier.TypeId, { wait })))
      const board = yield* Effect.provide(phases(start, 40), Layer.provide(open, Meeting.layer))
      assert.notDeepEqual(board, yield* inSequence)
    }))
})
