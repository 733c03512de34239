/**
 * Random programs, explored in two ways: by the explorer, and by one that is as plain as can be (`naive.ts`). Nothing that
 * can happen may be missing, and nothing may be found that can't.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { naiveOutcomes } from "./naive.ts"
import { fibersOf, makeShared, outcomeOf, type Plan, plans } from "./programs.ts"

// Not `yields`: after a yield another fiber goes first, which the naive explorer does not know.
const kinds = {
  around: ["plain", "guarded", "taken", "masked", "restored", "caught", "forked", "stopped"],
  inner: ["note", "count", "nothing", "wait", "open", "latched", "unlatch", "permit"]
} as const

interface Bounds {
  readonly preemptions: number
  readonly interrupts: number
}

const naively = (plan: Plan, { interrupts, preemptions }: Bounds): ReadonlySet<string> | undefined =>
  naiveOutcomes(
    { setup: makeShared, fibers: fibersOf(plan) },
    outcomeOf,
    { yields: preemptions, interrupts, maxExecutions: 5_000 }
  )

const explored = (plan: Plan, { interrupts, preemptions }: Bounds) =>
  Effect.map(
    Explore.outcomes({ setup: Effect.sync(makeShared), fibers: fibersOf(plan) }, outcomeOf, {
      preemptionBound: preemptions,
      interrupt: "everywhere",
      interrupts,
      deadlock: "allow",
      maxExecutions: 50_000,
      maxMillis: Infinity
    }),
    ({ outcomes, report }) => {
      assert.isUndefined(report.finding, String(report))
      return report.complete ? new Set(outcomes.map(({ value }) => value)) : undefined
    }
  )

/** Compares programs, of which some are too large for the naive explorer. */
const compareAll = (
  lengths: ReadonlyArray<number>,
  count: number,
  ours: Bounds,
  naive: Bounds,
  compare: (ours: ReadonlySet<string>, naive: ReadonlySet<string>, plan: string) => void
) =>
  Effect.gen(function*() {
    let compared = 0
    const seed = 1
    for (const plan of yield* Arbitrary.sampleEffect(plans(lengths, kinds), { count, size: 100, seed })) {
      const expected = naively(plan, naive)
      const seen = expected && (yield* explored(plan, ours))
      if (expected === undefined || seen === undefined) continue
      compared++
      compare(seen, expected, JSON.stringify(plan))
    }
    assert.isAtLeast(compared, count / 4)
  })

const missing = (from: ReadonlySet<string>, of: ReadonlySet<string>): ReadonlyArray<string> =>
  [...of].filter((outcome) => !from.has(outcome)).sort()

describe("what can happen is not missing", () => {
  for (
    const [lengths, preemptions, interrupts, count] of [
      [[1, 2], 1, 0, 50],
      [[1, 2], 2, 0, 30],
      [[1, 1, 1], 1, 0, 40],
      [[1, 2], 0, 1, 50],
      [[1, 1, 1], 0, 1, 30],
      [[1, 1], 1, 1, 30]
    ] as const
  ) {
    it.effect(
      `${lengths.length} fibers, ${preemptions} preemptions, ${interrupts} interruptions`,
      () =>
        compareAll(lengths, count, { preemptions, interrupts }, { preemptions, interrupts }, (ours, naive, plan) => {
          assert.deepStrictEqual(missing(ours, naive), [], plan)
        }),
      60_000
    )
  }
})

describe("what is found can happen", () => {
  for (
    const [lengths, preemptions, interrupts, count] of [
      [[1, 2], 1, 0, 40],
      [[1, 2], 2, 0, 20],
      [[1, 1], 0, 1, 40]
    ] as const
  ) {
    it.effect(
      `${lengths.length} fibers, ${preemptions} preemptions, ${interrupts} interruptions`,
      () =>
        compareAll(
          lengths,
          count,
          { preemptions, interrupts },
          // To interrupt a fiber that runs, or from beneath it, the plain way is to let fibers yield first.
          { preemptions: preemptions + 2 * interrupts, interrupts },
          (ours, naive, plan) => {
            assert.deepStrictEqual(missing(naive, ours), [], plan)
          }
        ),
      60_000
    )
  }
})
