/**
 * Choices that are easily forgotten: each of these programs once had an outcome that no execution showed. What can happen is
 * said by the naive explorer, too.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { naiveOutcomes, type NaiveProgram } from "./naive.ts"

/** Four steps, so that a fiber that is resumed can be stopped between the resumption and the last of them. */
const then = (effect: Effect.Effect<unknown>, log: () => void): Effect.Effect<unknown> =>
  effect.pipe(Effect.andThen(Effect.void), Effect.andThen(Effect.void), Effect.andThen(Effect.sync(log)))

const both = <S>(
  program: NaiveProgram<S>,
  outcome: (state: S) => string,
  bounds: { readonly preemptions: number; readonly interrupts?: number }
) =>
  Effect.map(
    Explore.outcomes({ setup: Effect.sync(program.setup), fibers: program.fibers }, outcome, {
      preemptionBound: bounds.preemptions,
      interrupt: "everywhere",
      interrupts: bounds.interrupts ?? 0,
      onComplete: "require",
      deadlock: "allow"
    }),
    ({ outcomes, report }) => {
      assert.isTrue(report.complete, String(report))
      const ours = outcomes.map(({ value }) => value).sort()
      const naive = naiveOutcomes(program, outcome, {
        yields: bounds.preemptions,
        interrupts: bounds.interrupts ?? 0,
        maxExecutions: 100_000
      })
      assert.deepStrictEqual(ours, [...naive!].sort())
      return ours
    }
  )

describe("Explore.run tries", () => {
  it.effect("an interruption before a finalizer is installed", () =>
    Effect.gen(function*() {
      const outcomes = yield* both(
        {
          setup: () => ({ held: 0 }),
          fibers: {
            alice: (state) =>
              Effect.flatMap(
                Effect.sync(() => state.held++),
                () => Effect.ensuring(Effect.void, Effect.sync(() => state.held--))
              )
          }
        },
        ({ held }) => String(held),
        { preemptions: 1, interrupts: 1 }
      )
      assert.deepStrictEqual(outcomes, ["0", "1"])
    }))

  it.effect("an interruption by the program before a finalizer is installed", () =>
    Effect.gen(function*() {
      const outcomes = yield* both(
        {
          setup: () => ({ held: 0 }),
          fibers: {
            alice: (state) => {
              const child = Effect.flatMap(
                Effect.andThen(Effect.void, Effect.sync(() => state.held++)),
                () => Effect.ensuring(Effect.never, Effect.sync(() => state.held--))
              )
              return Effect.flatMap(Effect.forkChild(child), (fiber) =>
                Effect.andThen(Effect.yieldNow, Fiber.interrupt(fiber)))
            }
          }
        },
        ({ held }) =>
          String(held),
        { preemptions: 1 }
      )
      assert.deepStrictEqual(outcomes, ["0", "1"])
    }))

  it.effect("that a fiber goes next which stopped on the stack of the one that resumed it", () =>
    Effect.gen(function*() {
      const outcomes = yield* both(
        {
          setup: () => ({ log: "", wake: () => {} }),
          fibers: {
            bob: (state) => {
              const waits = Effect.callback<void>((resume) => {
                state.log += "("
                state.wake = () => resume(Effect.void)
              })
              return then(waits, () => {
                state.log += "b"
              })
            },
            alice: (state) =>
              Effect.andThen(
                Effect.sync(() => state.wake()),
                Effect.sync(() => {
                  state.log += "a"
                })
              ),
            carol: (state) =>
              Effect.sync(() => {
                state.log += "c"
              })
          }
        },
        ({ log }) => log,
        { preemptions: 1 }
      )
      assert.includeMembers(outcomes, ["(abc", "(acb", "(bac"])
    }))

  it.effect("to stop a fiber that the end of another resumed, though nothing else is pending", () =>
    Effect.gen(function*() {
      const outcomes = yield* both(
        {
          setup: () => ({ log: "" }),
          fibers: {
            alice: (state) =>
              Effect.gen(function*() {
                const alice = yield* Effect.fiber
                alice.addObserver(() => {
                  state.log += "a"
                })
                const fiber = yield* Effect.forkDetach(then(Effect.void, () => {}))
                for (const name of ["b", "c"]) {
                  const waits = Effect.callback<void>((resume) => {
                    state.log += name.toUpperCase()
                    fiber.addObserver(() => resume(Effect.void))
                  })
                  const joins = then(waits, () => {
                    state.log += name
                  })
                  yield* Effect.forkDetach(joins, { startImmediately: true })
                }
              })
          }
        },
        ({ log }) => log,
        { preemptions: 2 }
      )
      assert.includeMembers(outcomes, ["BCabc", "BCacb"])
    }))
})
