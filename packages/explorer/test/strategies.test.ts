/**
 * Searching at random, where there is too much to search it all.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { found, straight } from "./utils.ts"

/** Goes wrong only if three of four fibers are stopped between their two steps. */
const within = (state: { inside: number; most: number }) =>
  Effect.andThen(
    Effect.sync(() => {
      state.most = Math.max(state.most, ++state.inside)
    }),
    Effect.sync(() => {
      state.inside--
    })
  )

const rare = {
  setup: Effect.sync(() => ({ inside: 0, most: 0 })),
  fibers: { alice: within, bob: within, carol: within, dave: within },
  check: ({ most }: { readonly most: number }) => {
    if (most === 4) throw new Error("all at once")
  }
}

describe("a bug that needs three preemptions of four fibers", () => {
  // a bug of that depth has one change of priorities less
  for (const options of [{ strategy: "random" }, { strategy: "pct", depth: 4 }] as const) {
    it.effect(
      `is found by ${JSON.stringify(options)} within its limits, whatever the seed`,
      () =>
        Effect.gen(function*() {
          for (let seed = 0; seed < 10; seed++) {
            const finding = yield* found(rare, { ...options, seed, maxMillis: Infinity })
            assert.deepInclude(finding, { message: "the check failed: all at once", preemptions: 3 })
          }
        }),
      60_000
    )
  }

  it.effect("is not found with two", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(rare)
      assert.strictEqual(report.status, "passed")
      for (const strategy of ["random", "pct"] as const) {
        assert.strictEqual((yield* Explore.run(rare, { strategy, preemptionBound: 2 })).status, "passed")
      }
    }))
})

describe("the seed", () => {
  for (const strategy of ["random", "pct"] as const) {
    it.effect(`decides what ${strategy} does`, () =>
      Effect.gen(function*() {
        const first = (seed: number) =>
          Effect.map(
            Explore.outcomes(straight(3, 3), ({ log }) => log, { strategy, seed, maxExecutions: 50 }),
            ({ outcomes }) => outcomes.map(({ schedule }) => schedule)
          )
        assert.deepStrictEqual(yield* first(7), yield* first(7))
        assert.notDeepEqual(yield* first(7), yield* first(8))
      }))
  }
})

describe("a random walk", () => {
  it.effect("comes everywhere in the end", () =>
    Effect.gen(function*() {
      const { outcomes } = yield* Explore.outcomes(straight(2, 3), ({ log }) => log, { strategy: "random" })
      assert.strictEqual(outcomes.length, 20)
    }))

  it.effect("interrupts, and lets events happen, wherever they can", () =>
    Effect.gen(function*() {
      for (const strategy of ["random", "pct"] as const) {
        const program = {
          ...straight(2, 2),
          events: { bell: (state: { log: string }) => Effect.sync(() => void (state.log += "!")) }
        }
        const options = { interrupt: "everywhere", preemptionBound: 1 } as const
        const all = yield* Explore.outcomes(program, ({ log }) => log, options)
        const walked = yield* Explore.outcomes(program, ({ log }) => log, { ...options, strategy })
        const missing = (of: typeof all, from: typeof all) =>
          of.outcomes.map(({ value }) => value).filter((log) => !from.outcomes.some(({ value }) => value === log))
            .sort()
        assert.deepStrictEqual(missing(walked, all), [], strategy)
        assert.isAtMost(missing(all, walked).length, 10, strategy)
      }
    }))
})
