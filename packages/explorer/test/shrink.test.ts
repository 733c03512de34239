/**
 * What is reported is as simple as can be: no single choice of its schedule can be spared.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { found, lostUpdate, steps } from "./utils.ts"

/** The schedules without one of their choices, the others at their places. */
const withoutOne = (schedule: string): ReadonlyArray<string> => {
  let position = 0
  const choices = schedule.split(".").map((part) => {
    const [, gap, rest] = /^(\d+)(.*)$/.exec(part)!
    position += Number(gap)
    return { position, rest }
  })
  return choices.map((_, left) => {
    let last = 0
    return choices.filter((_, i) => i !== left).map(({ position, rest }) => {
      const part = `${position - last}${rest}`
      last = position
      return part
    }).join(".") || "0"
  })
}

const isMinimal = <S, F extends Explore.Fibers<S>>(program: Explore.Program<S, F>, options: Explore.Options) =>
  Effect.gen(function*() {
    const { kind, schedule } = yield* found(program, options)
    assert.strictEqual(
      (yield* Explore.replay(program, schedule, options) as Effect.Effect<Explore.Replayed>).finding?.kind,
      kind
    )
    for (const shorter of withoutOne(schedule)) {
      const { finding } = yield* Explore.replay(program, shorter, options) as Effect.Effect<Explore.Replayed>
      assert.notStrictEqual(finding?.kind, kind, `${shorter} of ${schedule}`)
    }
    return schedule
  })

/** Fails only if three of four fibers are stopped between their two steps. */
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

describe("a schedule can spare none of its choices", () => {
  for (let seed = 0; seed < 25; seed++) {
    it.effect(`found by a random walk with seed ${seed}`, () =>
      Effect.gen(function*() {
        const schedule = yield* isMinimal(lostUpdate, { strategy: "random", seed })
        assert.include(["2y", "0t1.2y"], schedule)
      }))
  }

  for (
    const options of [{ strategy: "random" }, { strategy: "pct", depth: 4 }, {
      strategy: "dfs",
      preemptionBound: 3
    }] as const
  ) {
    it.effect(`of many that are needed: ${options.strategy}`, () =>
      Effect.gen(function*() {
        const schedule = yield* isMinimal(rare, { ...options, maxExecutions: 200_000, maxMillis: Infinity })
        assert.strictEqual(schedule.split("y").length - 1, 3, schedule)
      }), 30_000)
  }

  it.effect("with interruptions", () =>
    isMinimal({
      ...lostUpdate,
      fibers: { ...lostUpdate.fibers, carol: (counter) => steps(3, () => counter.n) },
      check: ({ n }, { alice }) => assert.isFalse(n === 1 && alice?._tag === "Failure")
    }, { strategy: "random", interrupt: "everywhere", interrupts: 2, seed: 3 }))
})

describe("shrinking", () => {
  it.live(
    "a livelock of thousands of choices is done in time, and lets others run meanwhile",
    () =>
      Effect.gen(function*() {
        let turns = 0
        const ticker = setInterval(() => turns++, 1)
        const finding = yield* found({
          setup: Effect.sync(() => ({ open: false })),
          fibers: {
            alice: (state) =>
              Effect.andThen(
                Effect.sync(() => {
                  state.open = true
                }),
                Effect.sync(() => {
                  state.open = false
                })
              ),
            bob: (state) => Effect.suspend(() => state.open ? Effect.forever(Effect.yieldNow) : Effect.void),
            carol: (state) => Effect.suspend(() => state.open ? Effect.forever(Effect.yieldNow) : Effect.void)
          }
        }, { strategy: "random" })
        clearInterval(ticker)
        assert.deepInclude(finding, { kind: "livelock", preemptions: 1 })
        assert.isAbove(turns, 0)
      }),
    30_000
  )
})
