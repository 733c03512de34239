/**
 * What the tests share.
 */
import { Explore } from "@effect-sync/explorer"
import { assert } from "@effect/vitest"
import { Effect } from "effect"

export interface Counter {
  n: number
}

export const counter: Effect.Effect<Counter> = Effect.sync(() => ({ n: 0 }))

/** Reads in one step and writes in the next: what another does in between is lost. */
export const increment = (counter: Counter): Effect.Effect<void> =>
  Effect.flatMap(Effect.sync(() => counter.n), (n) =>
    Effect.sync(() => {
      counter.n = n + 1
    }))

/** Two of them lose an update, if one is preempted. */
export const lostUpdate = {
  setup: counter,
  fibers: { alice: increment, bob: increment },
  check: (counter: Counter) => {
    if (counter.n !== 2) throw new Error(`${counter.n} of 2`)
  }
}

/** So many steps, each of which does that. */
export const steps = (count: number, step: () => void): Effect.Effect<void> => {
  let all: Effect.Effect<void> = Effect.sync(step)
  for (let i = 1; i < count; i++) all = Effect.andThen(all, Effect.sync(step))
  return all
}

/** So many fibers, named a, b, c …, of so many steps, each of which writes its fiber's name into a log. */
export const straight = (fibers: number, count: number) => ({
  setup: Effect.sync(() => ({ log: "" })),
  fibers: Object.fromEntries(
    Array.from("abcd".slice(0, fibers), (name) =>
      [name, (state: { log: string }) =>
        steps(count, () => {
          state.log += name
        })] as const)
  )
})

/** The finding of an exploration, which there must be. */
export const found = <S, F extends Explore.Fibers<S>>(
  program: Explore.Program<S, F, any>,
  options?: Explore.Options
): Effect.Effect<Explore.Finding> =>
  Effect.map(Explore.run(program, options) as Effect.Effect<Explore.Report>, ({ finding }) => {
    assert.isDefined(finding, "a finding")
    return finding
  })

/** The report of an exploration that must pass and be complete. */
export const passed = <S, F extends Explore.Fibers<S>>(
  program: Explore.Program<S, F, any>,
  options?: Explore.Options
): Effect.Effect<Explore.Report> =>
  Effect.map(Explore.run(program, options) as Effect.Effect<Explore.Report>, (report) => {
    assert.isTrue(report.complete, String(report))
    return report
  })

/** All values that an outcome has. */
export const values = <S, F extends Explore.Fibers<S>, A>(
  program: Explore.Program<S, F, any>,
  outcome: (state: S, exits: Explore.Exits<F>) => A,
  options?: Explore.Options
): Effect.Effect<Array<A>> =>
  Effect.map(
    Explore.outcomes(program, outcome, options) as Effect.Effect<
      { readonly report: Explore.Report; readonly outcomes: ReadonlyArray<Explore.Outcome<A>> }
    >,
    ({ outcomes, report }) => {
      assert.isTrue(report.complete, String(report))
      return outcomes.map(({ value }) => value).sort((a, b) => a < b ? -1 : 1)
    }
  )
