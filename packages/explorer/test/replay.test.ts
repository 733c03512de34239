import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Cause, Effect, Exit, Schema, Semaphore } from "effect"
import { found, lostUpdate, straight } from "./utils.ts"

const leaky = {
  setup: Effect.map(Semaphore.make(1), (semaphore) => ({ semaphore })),
  fibers: {
    alice: ({ semaphore }: { semaphore: Semaphore.Semaphore }) =>
      Effect.flatMap(semaphore.take(1), () => Effect.ensuring(Explore.mark("in"), semaphore.release(1))),
    bob: ({ semaphore }: { semaphore: Semaphore.Semaphore }) => semaphore.withPermit(Explore.mark("in"))
  },
  options: { interrupt: "everywhere" } as const
}

describe("a schedule", () => {
  it.effect("replays the failure, step by step, 1 000 times of 1 000", () =>
    Effect.gen(function*() {
      const { message, schedule, steps } = yield* found(leaky)
      assert.include(message, "deadlock")
      for (let i = 0; i < 1_000; i++) {
        const replayed = yield* Explore.replay(leaky, schedule)
        assert.strictEqual(replayed.finding?.message, message)
        assert.deepStrictEqual(replayed.steps, steps)
      }
    }), 30_000)

  it.effect("of every outcome leads to that outcome", () =>
    Effect.gen(function*() {
      const program = straight(2, 3)
      const { outcomes } = yield* Explore.outcomes(program, ({ log }) => log, { preemptionBound: Infinity })
      for (const { schedule, value } of outcomes) {
        let log: string | undefined
        yield* Explore.replay({ ...program, check: (state) => void (log = state.log) }, schedule)
        assert.strictEqual(log, value)
      }
    }))

  it.effect("is not limited by bounds, nor by who may be interrupted", () =>
    Effect.gen(function*() {
      const { kind, schedule } = yield* found(leaky)
      for (const options of [{}, { preemptionBound: 0 }, { interrupts: 0 }, { interrupt: "never" }] as const) {
        assert.strictEqual((yield* Explore.replay(leaky, schedule, options)).finding?.kind, kind)
      }
      const lost = yield* found(lostUpdate)
      assert.strictEqual(
        (yield* Explore.replay(lostUpdate, lost.schedule, { preemptionBound: 0 })).finding?.kind,
        "check"
      )
    }))

  it.effect("that says what can't be done here is passed over", () =>
    Effect.gen(function*() {
      const plain = yield* Explore.replay(lostUpdate, "0")
      for (const schedule of ["999y", "0t7", "1c3", "1x", "5i9.1e4"]) {
        const { finding, steps } = yield* Explore.replay(lostUpdate, schedule)
        assert.isUndefined(finding)
        assert.deepStrictEqual(steps, plain.steps)
      }
    }))

  for (const nonsense of ["", "y", "1", "1z", "1y.", ".1y", "-1y", "1.5y", "1y 2y", "0x14.1", "1y1.5"]) {
    it.effect(`is not ${JSON.stringify(nonsense)}`, () =>
      Effect.map(Effect.exit(Explore.replay(lostUpdate, nonsense)), (exit) => {
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(error, RangeError)
        assert.match(error.message, /^Explore\.replay: ".*" in ".*" is no choice of a schedule$/)
      }))
  }

  const random = Arbitrary.array(
    Arbitrary.schema(Schema.Struct({
      gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
      letter: Schema.Literals(["y", "t", "i", "c", "e", "x"]),
      index: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
    })),
    { maxLength: 8 }
  )

  it.effect.prop(
    "says what happens, whatever it is: the same once more, and in the words of its finding",
    [random],
    ([choices]) =>
      Effect.gen(function*() {
        const schedule = choices.map(({ gap, index, letter }) => `${gap}${letter}${index || ""}`).join(".") || "0"
        const first = yield* Explore.replay(leaky, schedule)
        const second = yield* Explore.replay(leaky, schedule)
        assert.deepStrictEqual(second.steps, first.steps)
        assert.strictEqual(second.finding?.message, first.finding?.message)
      }),
    { arbitrary: { runs: 200 }, timeout: 30_000 }
  )
})

describe("Explore.replay", () => {
  it.effect("is dual", () =>
    Effect.gen(function*() {
      const { schedule } = yield* found(lostUpdate)
      const first = yield* Explore.replay(lostUpdate, schedule, { budget: "any" })
      const last = yield* lostUpdate.setup.pipe(() => Explore.replay(schedule, { budget: "any" })(lostUpdate))
      assert.deepStrictEqual(last.steps, first.steps)
      assert.strictEqual(last.finding?.message, "the check failed: 1 of 2")
      assert.instanceOf(last.finding?.error, Error)
    }))
})
