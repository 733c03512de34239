import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Barrier } from "effect-sync"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import { type Board, Generations, inSequence, inStrips, phasesCommand, report, soup } from "../src/phases.ts"

const board = (rows: ReadonlyArray<string>): Board => rows.map((row) => row.split("").map((cell) => cell === "#"))

const blinker = board([".....", "..#..", "..#..", "..#..", "....."])
const glider = board([".#......", "..#.....", "###.....", "........", "........", "........", "........", "........"])

describe("phases", () => {
  it("the rules are Conway's, on a torus", () => {
    assert.deepStrictEqual(inSequence(blinker, 1), board([".....", ".....", ".###.", ".....", "....."]))
    assert.deepStrictEqual(inSequence(blinker, 2), blinker)
    assert.deepStrictEqual(inSequence(glider, 4 * 8), glider) // round once
    assert.notDeepEqual(inSequence(glider, 4), glider)
  })

  for (const strips of [1, 2, 3, 5, 16]) {
    it.effect(`in ${strips} strips it comes to the same as in sequence, with a leader for each generation`, () =>
      Effect.gen(function*() {
        const start = soup(16, 20)
        const { alive, board, leaders } = yield* inStrips(start, 25)
        assert.deepStrictEqual(board, inSequence(start, 25))
        assert.lengthOf(leaders, 25)
        for (const [i, n] of alive.entries()) {
          assert.strictEqual(n, inSequence(start, i + 1).flat().filter((cell) => cell).length)
        }
      }).pipe(Effect.provide(Generations.layerWith({ parties: strips }))))
  }

  it.effect("a different strip leads from time to time", () =>
    Effect.gen(function*() {
      const { leaders } = yield* inStrips(soup(16, 20), 20)
      assert.isAbove(new Set(leaders).size, 1)
    }).pipe(Effect.provide(Generations.layer)))

  it.effect("without a barrier it comes to something else, and says so", () =>
    Effect.gen(function*() {
      const start = soup(16, 20)
      const outcome = yield* inStrips(start, 10)
      assert.notDeepEqual(outcome.board, inSequence(start, 10))
      const leaders = Array.from({ length: 10 }, () => 0)
      assert.include(report(start, { ...outcome, leaders, alive: leaders }), "computed in sequence: SOMETHING ELSE")
    }).pipe(Effect.provide(Layer.succeed(Generations, open))))

  it.live("on the command line it tells the leader of each generation, and that the result is right", () =>
    Effect.gen(function*() {
      yield* Command.runWith(phasesCommand, { version: "0.0.0" })(["--strips", "3", "--generations", "4"])
      const lines = String(yield* TestConsole.logLines).split("\n")
      for (const generation of [1, 2, 3, 4]) {
        assert.match(
          lines[generation - 1]!,
          new RegExp(`^generation +${generation}: strip [123] came last and led, \\d+ cells alive$`)
        )
      }
      assert.strictEqual(lines.at(-1), "computed in sequence: the same")
    }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))))
})

/** A barrier that holds nobody back. */
const open: Barrier.Barrier = {
  ...({} as Barrier.Barrier),
  parties: 4,
  [Barrier.TypeId]: {
    ...({} as Barrier.Backend<never>),
    wait: Effect.succeed({ isLeader: false }),
    waiting: Effect.succeed(0)
  }
}
