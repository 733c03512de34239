/**
 * How many interleavings there are is known for fibers without branches: the search must find exactly so many.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { passed, straight, values } from "./utils.ts"

const unbounded = { preemptionBound: Infinity, onComplete: "require", maxExecutions: Infinity } as const

describe("every interleaving exactly once", () => {
  for (
    const [fibers, steps, expected] of [[2, 3, 20], [2, 4, 70], [2, 5, 252], [3, 3, 1_680], [3, 4, 34_650]] as const
  ) {
    it.effect(`${fibers} fibers of ${steps} steps: ${expected}`, () =>
      Effect.gen(function*() {
        const { outcomes, report } = yield* Explore.outcomes(straight(fibers, steps), ({ log }) => log, unbounded)
        assert.isTrue(report.complete)
        assert.strictEqual(report.executions, expected)
        // the logs tell any two interleavings apart
        assert.strictEqual(outcomes.length, expected)
      }), 60_000)
  }

  it.effect("no two executions have the same trace, whoever is interrupted", () =>
    Effect.gen(function*() {
      const program = straight(2, 3)
      const { outcomes } = yield* Explore.outcomes(
        program,
        ({ log }, exits) => [log, exits],
        { ...unbounded, preemptionBound: 1, interrupt: "everywhere" }
      )
      const traces = new Set<string>()
      for (const { schedule } of outcomes) {
        traces.add((yield* Explore.replay(program, schedule)).diagram({ all: true }))
      }
      assert.strictEqual(traces.size, outcomes.length)
    }))
})

describe("what a preemption bound leaves", () => {
  // C(2k, k) interleavings of two fibers of k steps; with b preemptions at most those with so few switches before an end
  for (const [bound, expected] of [[0, 2], [1, 6], [2, 14], [3, 18], [4, 20], [5, 20]] as const) {
    it.effect(`${expected} of 20 with ${bound}`, () =>
      Effect.gen(function*() {
        const report = yield* passed(straight(2, 3), { preemptionBound: bound })
        assert.strictEqual(report.executions, expected)
        assert.strictEqual(report.preemptionBound, Math.min(bound, 4))
      }))
  }

  it.effect("those with fewer come first, and none is counted twice", () =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(straight(2, 3), ({ log }) => log, { preemptionBound: 4 })
      assert.deepStrictEqual(outcomes.slice(0, 2).map(({ value }) => value), ["aaabbb", "bbbaaa"])
      const preemptions = outcomes.map(({ schedule }) => schedule.split("y").length - 1)
      assert.deepStrictEqual(preemptions, [...preemptions].sort((a, b) => a - b))
      assert.isAbove(report.runs, report.executions)
    }))
})

describe("the same figures each time", () => {
  for (
    const options of [
      {},
      { interrupt: "everywhere" },
      { strategy: "random", maxExecutions: 200 },
      { strategy: "pct", maxExecutions: 200 }
    ] as const
  ) {
    it.effect(JSON.stringify(options), () =>
      Effect.gen(function*() {
        const figures = Effect.map(Explore.run(straight(3, 2), options), (report) => ({ ...report, millis: 0 }))
        assert.deepStrictEqual(yield* figures, yield* figures)
      }))
  }
})

describe("outcomes", () => {
  it.effect("of three steps in two fibers are all shuffles of them", () =>
    Effect.gen(function*() {
      const logs = yield* values(straight(2, 3), ({ log }) => log, unbounded)
      const shuffles = Array.from({ length: 64 }, (_, bits) => bits.toString(2).padStart(6, "0").split(""))
        .filter((bits) => bits.filter((bit) => bit === "1").length === 3)
        .map((bits) => bits.map((bit) => bit === "1" ? "b" : "a").join(""))
      assert.deepStrictEqual(logs, shuffles.sort())
    }))
})
