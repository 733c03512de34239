/**
 * OnceCell with an interrupt at every operation (`laws/sweep.ts`): alone and with others behind, the turn is never lost,
 * no two initializers run at once, and what has succeeded stays. Includes the upstream bugs about interrupted lookups.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option } from "effect"
import { OnceCell } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"
import { forkSettled, settle } from "./utils.ts"

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, 3)
    }))

/** A cell, and what its initializers did. */
interface Round {
  readonly cell: OnceCell.OnceCell<string>
  inside: number
  peak: number
  readonly succeeded: Array<string>
}

const setup: Effect.Effect<Round> = Effect.map(OnceCell.make<string>(), (cell) => ({
  cell,
  inside: 0,
  peak: 0,
  succeeded: []
}))

/** An initializer of some steps, and with a finalizer. `end` is its last step but one. */
const init = (round: Round, name: string, end: Effect.Effect<unknown, string> = Effect.void) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      round.peak = Math.max(round.peak, ++round.inside)
    }),
    () => Effect.andThen(Effect.yieldNow, end),
    () => Effect.sync(() => round.inside--)
  ).pipe(
    Effect.andThen(Effect.sync(() => {
      round.succeeded.push(name)
      return name
    }))
  )

/** Asks the cell, and says what it got. */
const ask = (round: Round, name: string, end?: Effect.Effect<unknown, string>) =>
  OnceCell.getOrInit(round.cell, init(round, name, end))

/**
 * No two at once; the value, if there is one, is that of an initializer that succeeded; all who got one got that; and the
 * cell still works. An initializer may have got to its last step and been interrupted there, so that it counts as
 * succeeded and left no value; but where one of them has got as far as the cell, the cell has its value.
 */
const keepsItsPromise = (round: Round, exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
  Effect.gen(function*() {
    const { cell, succeeded } = round
    assert.isAtMost(round.peak, 1)
    assert.strictEqual(round.inside, 0)
    assert.strictEqual(OnceCell.waitingUnsafe(cell), 0)
    const values = exits.flatMap((exit) => Exit.isSuccess(exit) ? [exit.value] : [])
    const value = yield* OnceCell.get(cell)
    if (Option.isSome(value)) {
      assert.strictEqual(value.value, succeeded.at(-1))
      assert.isTrue(values.every((other) => other === value.value))
      assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.die("filled twice")), value.value)
    } else {
      assert.deepStrictEqual(values, [])
      assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
      assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed("afterwards")), "afterwards")
    }
    assert.strictEqual((yield* Effect.flip(OnceCell.set(cell, "late")))._tag, "AlreadyInitialized")
  })

const later = <A, E>(effect: Effect.Effect<A, E>) => Effect.andThen(Effect.yieldNow, effect)

const failing = Effect.andThen(Effect.yieldNow, Effect.fail("no"))

describe("an interrupt at every operation", () => {
  sweep("ONCE-3: getOrInit of an empty cell", {
    setup,
    target: (round) => ask(round, "target"),
    check: (round, { target }) => keepsItsPromise(round, [target])
  })

  sweep("ONCE-1: getOrInit of an empty cell, with an initializer of one step", {
    setup: OnceCell.make<number>(),
    target: (cell) => OnceCell.getOrInit(cell, Effect.succeed(1)),
    others: (cell) => [OnceCell.getOrInit(cell, Effect.succeed(2))],
    check: (cell, { others: [other] }) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(other, Exit.succeed(Option.getOrThrow(yield* OnceCell.get(cell))))
        assert.strictEqual(String(cell), "OnceCell(initialized, 0 waiting)")
      })
  })

  sweep("ONCE-3: running, with two behind", {
    setup,
    target: (round) => ask(round, "target"),
    others: (round) => [ask(round, "second"), ask(round, "third")],
    check: (round, { others, target }) =>
      Effect.gen(function*() {
        yield* keepsItsPromise(round, [target, ...others])
        for (const exit of others) assert.isTrue(Exit.isSuccess(exit), "who was not interrupted has the value")
        // who is interrupted hands on to the oldest, not to any
        assert.notInclude(round.succeeded, "third")
      })
  })

  sweep("ONCE-5: waiting for the value, alone", {
    setup,
    target: (round) => later(ask(round, "target")),
    others: (round) => [ask(round, "first")],
    check: (round, { others, target }) =>
      Effect.gen(function*() {
        yield* keepsItsPromise(round, [target, ...others])
        assert.deepStrictEqual(others, [Exit.succeed("first")])
      })
  })

  sweep("ONCE-5: waiting for the value, with one behind", {
    setup,
    target: (round) => later(ask(round, "target")),
    others: (round) => [ask(round, "first"), later(later(ask(round, "third")))],
    check: (round, { others, target }) =>
      Effect.gen(function*() {
        yield* keepsItsPromise(round, [target, ...others])
        assert.deepStrictEqual(others, [Exit.succeed("first"), Exit.succeed("first")])
      })
  })

  sweep("ONCE-3: waiting for a turn that comes, since the first fails, with two behind", {
    setup,
    target: (round) => later(ask(round, "target")),
    others: (round) => [
      Effect.ignore(ask(round, "first", failing)),
      later(later(ask(round, "third"))),
      later(later(ask(round, "fourth")))
    ],
    check: (round, { others: [, ...behind], target }) =>
      Effect.gen(function*() {
        yield* keepsItsPromise(round, [target, ...behind])
        for (const exit of behind) assert.isTrue(Exit.isSuccess(exit), "the turn was not passed on")
        assert.notInclude(round.succeeded, "fourth")
      })
  })

  sweep("ONCE-4: failing in its turn, with one behind", {
    setup,
    target: (round) => Effect.ignore(ask(round, "target", failing)),
    others: (round) => [later(ask(round, "second"))],
    check: (round, { others, target }) =>
      Effect.gen(function*() {
        // "ignored": undefined is no value of the cell
        yield* keepsItsPromise(round, others)
        assert.isTrue(Exit.isFailure(target) || target.value === undefined)
        assert.deepStrictEqual(others, [Exit.succeed("second")])
      })
  })

  sweep("ONCE-6: set, beside one who asks", {
    setup,
    target: (round) => Effect.ignore(OnceCell.set(round.cell, "set")),
    others: (round) => [ask(round, "asked")],
    check: (round, { others }) =>
      Effect.gen(function*() {
        const value = Option.getOrThrow(yield* OnceCell.get(round.cell))
        assert.deepStrictEqual(others, [Exit.succeed(value)])
        assert.deepStrictEqual(round.succeeded, value === "set" ? [] : ["asked"])
      })
  })

  sweep("ONCE-6: set under restore has set and told so, or neither", {
    setup: Effect.all([OnceCell.make<number>(), Effect.sync(() => [] as Array<number>)]),
    target: ([cell, told]) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(OnceCell.set(cell, 1)), () => Effect.sync(() => told.push(1)))
      ),
    check: ([cell, told]) =>
      Effect.sync(() => assert.strictEqual(told.length, Number(OnceCell.isInitializedUnsafe(cell))))
    // An interruption in the middle of an operation, as with «late» and small budgets, falls between `set` and what is
    // told of it whatever we do.
  }, { ways: ["at once", "late"], budgets: [] })

  sweep("ONCE-1: asked uninterruptibly, it fills the cell, whatever happens to who asks", {
    setup,
    target: (round) => Effect.uninterruptible(ask(round, "target")),
    others: (round) => [later(ask(round, "second"))],
    check: (round, { others, target }) =>
      Effect.gen(function*() {
        yield* keepsItsPromise(round, others)
        const value = Option.getOrThrow(yield* OnceCell.get(round.cell))
        // the other one fills it only if it came first, or alone
        assert.deepStrictEqual(round.succeeded, [value])
        if (Exit.isSuccess(target)) assert.strictEqual(target.value, value)
      })
  })

  for (
    const [name, others] of [["free", []], ["after a wait", [failing]]] as ReadonlyArray<
      readonly [string, ReadonlyArray<Effect.Effect<never, string>>]
    >
  ) {
    sweep(`ONCE-1: the last step of its initializer fills the cell, or was not taken: ${name}`, {
      setup: Effect.all({ cell: OnceCell.make<number>(), ran: Effect.sync(() => [] as Array<number>) }),
      target: ({ cell, ran }) => {
        const lastStep = Effect.sync(() => {
          ran.push(1)
          return 1
        })
        const ask = OnceCell.getOrInit(cell, Effect.andThen(Effect.yieldNow, lastStep))
        return others.length === 0 ? ask : later(ask)
      },
      others: ({ cell }) => others.map((init) => Effect.ignore(OnceCell.getOrInit(cell, init))),
      check: ({ cell, ran }) =>
        Effect.sync(() => {
          assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.fromNullishOr(ran[0]))
          assert.isAtMost(ran.length, 1)
        })
    })
  }

  describe("no interrupt, but a yield at every operation: nobody waits for ever", () => {
    it.effect("ONCE-3: for the value or for the turn", () =>
      interruptEverywhere({
        setup,
        target: (round) => later(ask(round, "target")),
        others: (round) => [Effect.ignore(ask(round, "first", failing)), later(later(ask(round, "third")))],
        check: (round, { others: [, third], target }) =>
          Effect.gen(function*() {
            yield* keepsItsPromise(round, [target, third!])
            assert.isTrue(Exit.isSuccess(target) && Exit.isSuccess(third!))
          })
      }, { ways: ["never"], budgets: [] }))
  })
})

describe("upstream bugs about lookups and caches", () => {
  it.effect("effect#7608: an initializer that interrupts itself at once is not kept", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      let calls = 0
      const ask = OnceCell.getOrInit(cell, Effect.suspend(() => ++calls === 1 ? Effect.interrupt : Effect.succeed(42)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(ask)))
      assert.strictEqual(yield* ask, 42)
      assert.strictEqual(calls, 2)
    }))

  it.effect("effect#8389, clanka#191: interrupting the first who asks poisons nothing for the others", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      const first = yield* forkSettled(OnceCell.getOrInit(cell, Effect.never))
      const second = yield* forkSettled(OnceCell.getOrInit(cell, Effect.as(Effect.yieldNow, 2)))
      const third = yield* forkSettled(OnceCell.getOrInit(cell, Effect.as(Effect.yieldNow, 3)))
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(yield* Fiber.joinAll([second, third]), [2, 2])
      assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.never), 2)
    }))

  it.effect("effect#7578: the late end of an interrupted initializer takes nothing from a newer value", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      const cleaning = yield* Deferred.make<void>()
      const old = yield* forkSettled(
        OnceCell.getOrInit(cell, Effect.onInterrupt(Effect.never, () => Deferred.await(cleaning)))
      )
      old.interruptUnsafe()
      yield* settle
      // it still has the turn: nobody can slip a value in that its end would then touch
      assert.strictEqual((yield* Effect.flip(OnceCell.set(cell, 99)))._tag, "Initializing")
      yield* Deferred.succeed(cleaning, undefined)
      yield* settle
      yield* OnceCell.set(cell, 99)
      old.interruptUnsafe()
      yield* settle
      assert.deepStrictEqual(yield* OnceCell.get(cell), Option.some(99))
    }))

  it.effect("effect#7591: an initializer that comes too late changes nothing that is settled", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      const paused = yield* Deferred.make<number>()
      const late = yield* forkSettled(OnceCell.getOrInit(cell, Deferred.await(paused)))
      yield* Fiber.interrupt(late)
      assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed(1)), 1)
      yield* Deferred.succeed(paused, 2)
      yield* settle
      assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.never), 1)
    }))

  it.effect("zio-cache#172: asked and interrupted in the same turn, a thousand times, it does not hang", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      for (let i = 0; i < 1000; i++) {
        const fiber = yield* Effect.forkChild(OnceCell.getOrInit(cell, Effect.as(Effect.yieldNow, 1)), {
          startImmediately: i % 2 === 0
        })
        if (i % 3 === 0) yield* Effect.yieldNow
        fiber.interruptUnsafe()
      }
      yield* settle
      assert.strictEqual(
        yield* OnceCell.getOrInit(cell, Effect.succeed(2)),
        Option.getOrElse(yield* OnceCell.get(cell), () => 2)
      )
      assert.strictEqual(yield* OnceCell.waiting(cell), 0)
    }))

  it.effect("effect#7194: interrupting who has long had the value is a no-op", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      const fiber = yield* forkSettled(Effect.andThen(OnceCell.getOrInit(cell, Effect.succeed(1)), Effect.never))
      fiber.interruptUnsafe()
      fiber.interruptUnsafe()
      yield* settle
      assert.strictEqual(String(cell), "OnceCell(initialized, 0 waiting)")
    }))
})
