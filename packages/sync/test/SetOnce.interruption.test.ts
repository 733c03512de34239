/**
 * SetOnce with an interrupt at every operation (`laws/sweep.ts`): nobody else misses the value, nothing stays behind.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SetOnce } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options, atLeast = 3) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, atLeast)
    }))

const later = <A, E>(effect: Effect.Effect<A, E>) => Effect.andThen(Effect.yieldNow, effect)

/** It is set, nobody waits, and all who were not interrupted have the value. */
const allHaveIt = (once: SetOnce.SetOnce<number>, exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
  Effect.gen(function*() {
    assert.strictEqual(String(once), "SetOnce(initialized, 0 waiting)")
    for (const exit of exits) assert.deepStrictEqual(exit, Exit.succeed(1))
    assert.strictEqual(yield* SetOnce.wait(once), 1)
  })

describe("an interrupt at every operation", () => {
  sweep("SET-2: wait, alone, and never set", {
    setup: SetOnce.make<number>(),
    target: (once) => SetOnce.wait(once),
    check: (once) =>
      Effect.gen(function*() {
        assert.strictEqual(String(once), "SetOnce(empty, 0 waiting)")
        yield* SetOnce.set(once, 1)
        assert.strictEqual(yield* SetOnce.wait(once), 1)
      })
  })

  sweep("SET-2: wait, set meanwhile", {
    setup: SetOnce.make<number>(),
    target: (once) => SetOnce.wait(once),
    others: (once) => [later(SetOnce.set(once, 1))],
    check: (once) => allHaveIt(once, [])
  })

  sweep("SET-2: wait, with others before and behind", {
    setup: SetOnce.make<number>(),
    target: (once) => later(SetOnce.wait(once)),
    others: (once) => [
      SetOnce.wait(once),
      later(later(SetOnce.wait(once))),
      later(later(later(SetOnce.set(once, 1))))
    ],
    check: (once, { others }) => allHaveIt(once, others.slice(0, 2))
  })

  sweep("SET-1, SET-2: set, with others who wait", {
    setup: SetOnce.make<number>(),
    target: (once) => later(SetOnce.set(once, 1)),
    others: (once) => [SetOnce.wait(once), SetOnce.wait(once), later(later(Effect.ignore(SetOnce.set(once, 1))))],
    check: (once, { others }) => allHaveIt(once, others.slice(0, 2))
  })

  sweep(
    "SET-1: set under restore has set and told so, or neither",
    {
      setup: Effect.all([SetOnce.make<number>(), Effect.sync(() => [] as Array<number>)]),
      target: ([once, told]) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(SetOnce.set(once, 1)), () => Effect.sync(() => told.push(1)))
        ),
      check: ([once, told]) =>
        Effect.sync(() => assert.strictEqual(told.length, Number(SetOnce.isInitializedUnsafe(once))))
    },
    { ways: ["at once", "late"], budgets: [] }
  )

  sweep("SET-2: wait under restore, then save: what is waited for is never used up", {
    setup: Effect.all([SetOnce.make<number>(), Effect.sync(() => [] as Array<number>)]),
    target: ([once, saved]) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(SetOnce.wait(once)), (n) => Effect.sync(() => saved.push(n)))
      ),
    others: ([once]) => [later(SetOnce.set(once, 1)), SetOnce.wait(once)],
    check: ([once, saved], { others, target }) =>
      Effect.gen(function*() {
        if (Exit.isSuccess(target)) assert.deepStrictEqual(saved, [1])
        yield* allHaveIt(once, [others[1]!])
      })
  })

  it.effect("SET-2: no interrupt, but a yield at every operation: nobody waits for ever", () =>
    interruptEverywhere({
      setup: SetOnce.make<number>(),
      target: (once) => SetOnce.wait(once),
      others: (once) => [SetOnce.set(once, 1), SetOnce.wait(once)],
      check: (once, { others, target }) => allHaveIt(once, [target, others[1]!])
    }, { ways: ["never"], budgets: [] }))
})
