import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Option, Queue } from "effect"
import { found, passed, values } from "./utils.ts"

interface Log {
  log: string
}

const logging = Effect.sync((): Log => ({ log: "" }))

const note = (text: string) => (state: Log) =>
  Effect.sync(() => {
    state.log += text
  })

const after = (time: Duration.Input, text: string) => (state: Log) =>
  Effect.andThen(Effect.sleep(time), note(text)(state))

describe("a timer fires", () => {
  it.effect("when nothing else can go on, in the order of time", () =>
    Effect.gen(function*() {
      const program = {
        setup: logging,
        fibers: {
          alice: after("2 hours", "2"),
          bob: after("1 hour", "1"),
          carol: (state: Log) => Effect.andThen(Effect.yieldNow, note("0")(state))
        }
      }
      assert.deepStrictEqual(yield* values(program, ({ log }) => log), ["012"])
    }))

  it.effect("at any moment, if that is wanted, but in the order of time all the same", () =>
    Effect.gen(function*() {
      const program = {
        setup: logging,
        fibers: {
          alice: after(2, "2"),
          bob: after(1, "1"),
          carol: (state: Log) => Effect.andThen(note("a")(state), note("b")(state))
        }
      }
      const logs = yield* values(program, ({ log }) => log, { time: "any" })
      assert.includeMembers(logs, ["ab12", "a1b2", "1ab2", "12ab", "a12b"])
      // a later one comes first only if it began to sleep first, and had slept its time
      assert.include(logs, "2ab1")
    }))

  it.effect("in any order where they are due at the same time", () =>
    Effect.gen(function*() {
      const program = { setup: logging, fibers: { a: after(5, "a"), b: after(5, "b"), c: after(5, "c") } }
      assert.deepStrictEqual(
        yield* values(program, ({ log }) => log, { preemptionBound: 0 }),
        ["abc", "acb", "bac", "bca", "cab", "cba"]
      )
    }))
})

describe("Effect.timeout", () => {
  const ends = (give: (queue: Queue.Queue<number>) => Effect.Effect<unknown>, options: Explore.Options) =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(
        {
          setup: Queue.bounded<number>(1),
          fibers: { alice: (queue) => Effect.timeoutOption(Queue.take(queue), "1 second"), bob: give }
        },
        (queue, { alice }) =>
          `${alice?._tag === "Success" && Option.isSome(alice.value) ? "got" : "not got"}, ${
            Queue.isFullUnsafe(queue) ? "left" : "gone"
          }`,
        options
      )
      assert.isTrue(report.complete)
      return outcomes.map(({ value }) => value).sort()
    })

  const offer = (queue: Queue.Queue<number>) => Queue.offer(queue, 1)

  const late = (queue: Queue.Queue<number>) => Effect.andThen(Effect.sleep("1 second"), Queue.offer(queue, 1))

  it.effect("does not end before its time, if there is anything else to do", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ends(offer, {}), ["got, gone"])
      assert.deepStrictEqual(yield* ends(offer, { budget: "default" }), ["got, gone"])
    }))

  it.effect("ends either way where both happen at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ends(late, { budget: "default" }), ["got, gone", "not got, left"])
    }))

  it.effect("loses a message of Queue.take between two operations, but not under the default budget", () =>
    Effect.gen(function*() {
      for (const [give, time] of [[offer, "any"], [late, "any"], [late, "quiescent"]] as const) {
        assert.deepStrictEqual(yield* ends(give, { time }), ["got, gone", "not got, gone", "not got, left"])
        assert.deepStrictEqual(yield* ends(give, { time, budget: "default" }), ["got, gone", "not got, left"])
      }
    }))
})

describe("Effect.sleep", () => {
  it.effect("of nothing is a yield, of for ever waits for ever", () =>
    Effect.gen(function*() {
      for (const none of [0, -1, "0 millis"] as const) {
        yield* passed({
          setup: Effect.void,
          fibers: { alice: () => Effect.andThen(Effect.sleep(none), Clock.currentTimeMillis) },
          check: (_, { alice }) => assert.deepStrictEqual(alice?._tag === "Success" && alice.value, 0)
        })
      }
      const finding = yield* found({ setup: Effect.void, fibers: { alice: () => Effect.sleep(Duration.infinity) } })
      assert.strictEqual(finding.kind, "deadlock")
    }))

  it.effect("that is interrupted leaves no timer behind", () =>
    Effect.gen(function*() {
      const nows = yield* values(
        {
          setup: Deferred.make<void>(),
          fibers: {
            alice: () => Effect.sleep(1_000),
            bob: () => Effect.andThen(Effect.sleep(10), Clock.currentTimeMillis)
          },
          check: () => Effect.void
        },
        (_, { alice, bob }) => [alice?._tag, bob?._tag === "Success" ? bob.value : -1],
        { interrupt: ["alice"], preemptionBound: 0 }
      )
      assert.deepStrictEqual(nows, [["Failure", 10], ["Success", 10]])
    }))

  it.effect("adds up", () =>
    passed({
      setup: Effect.void,
      fibers: {
        alice: () =>
          Effect.gen(function*() {
            yield* Effect.sleep("1 minute")
            yield* Effect.sleep("1 minute")
            return [
              yield* Clock.currentTimeMillis,
              Number(yield* Clock.currentTimeNanos),
              Number(yield* Clock.monotonicTimeNanos)
            ]
          })
      },
      check: (_, { alice }) => assert.deepStrictEqual(alice?._tag === "Success" && alice.value, [120_000, 120e9, 120e9])
    }))
})

describe("the clock", () => {
  it.effect("stands still, and begins at 0 in each execution", () =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(
        {
          setup: Effect.andThen(Effect.sleep(7), Clock.currentTimeMillis),
          fibers: {
            alice: () => Clock.currentTimeMillis,
            bob: () => Effect.andThen(Effect.void, Clock.currentTimeMillis)
          }
        },
        (begin, { alice, bob }) => [begin, alice, bob].map((x: any) => x?.value ?? x)
      )
      assert.isAbove(report.executions, 1)
      assert.deepStrictEqual(outcomes.map(({ value }) => value), [[7, 7, 7]])
    }))

  it.effect("is TestClock's for nobody in the program", () =>
    Effect.gen(function*() {
      // it.effect has a TestClock, that never moves by itself
      const report = yield* passed({ setup: Effect.void, fibers: { alice: () => Effect.sleep("1 day") } })
      assert.strictEqual(report.executions, 1)
    }))
})
