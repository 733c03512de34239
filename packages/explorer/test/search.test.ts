/**
 * Limits of a search, what is expected of it, and how it lives with others.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Queue, Semaphore } from "effect"
import { found, increment, lostUpdate, straight } from "./utils.ts"

const large = straight(4, 4)

const forever = { preemptionBound: Infinity, maxExecutions: Infinity, maxMillis: Infinity } as const

describe("a search ends", () => {
  it.effect("after maxExecutions, and is incomplete", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(large, { ...forever, maxExecutions: 321 })
      assert.deepInclude(report, { status: "passed", complete: false, runs: 321 })
      assert.match(String(report), /^passed, but incomplete after \d+ interleavings$/)
    }))

  it.live("after maxMillis, and is incomplete", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(large, { ...forever, maxMillis: 30 })
      assert.deepInclude(report, { status: "passed", complete: false })
      assert.isAtLeast(report.millis, 30)
    }))

  it.effect("complete with as many executions as there are", () =>
    Effect.gen(function*() {
      const { runs } = yield* Explore.run(straight(2, 3))
      assert.isTrue((yield* Explore.run(straight(2, 3), { maxExecutions: runs })).complete)
      assert.isFalse((yield* Explore.run(straight(2, 3), { maxExecutions: runs - 1 })).complete)
    }))

  it.effect("with the first finding, and is not complete", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(lostUpdate)
      assert.deepInclude(report, { status: "failed", complete: false, preemptionBound: 1, executions: 3 })
      assert.strictEqual(report.finding?.execution, 3)
    }))
})

describe("Explore.verify", () => {
  const failure = (effect: Effect.Effect<unknown, Explore.ExplorationFailed>) =>
    Effect.map(Effect.flip(effect), (error) => {
      assert.instanceOf(error, Explore.ExplorationFailed)
      assert.strictEqual(error._tag, "ExplorationFailed")
      return error
    })

  it.effect("gives the report of what passes", () =>
    Effect.map(Explore.verify(straight(2, 3)), ({ executions }) => assert.strictEqual(executions, 14)))

  it.effect("fails with the report, as text and as such", () =>
    Effect.map(failure(Explore.verify(lostUpdate)), ({ message, report }) => {
      assert.strictEqual(message, String(report))
      assert.strictEqual(report.finding?.message, "the check failed: 1 of 2")
    }))

  it.effect("fails what is incomplete only if completeness is required", () =>
    Effect.gen(function*() {
      yield* Explore.verify(large, { maxExecutions: 10 })
      const { message } = yield* failure(Explore.verify(large, { maxExecutions: 10, onComplete: "require" }))
      assert.match(message, /^the search was to be complete, but ended after \d+ interleavings: raise maxExecutions/)
      yield* Explore.verify(straight(2, 3), { onComplete: "require" })
    }))

  it.live("has no limit of time where completeness is required", () =>
    Effect.gen(function*() {
      const limited = yield* Explore.run(large, { preemptionBound: 3, maxMillis: 1 })
      assert.isFalse(limited.complete)
      const { message } = yield* failure(
        Explore.verify(large, { preemptionBound: 3, onComplete: "require", maxMillis: 1 })
      )
      assert.include(message, "to be complete")
    }))

  for (
    const expect of ["fails", /1 of 2$/, /^check: /, { says: "1 of 2" }, { says: "check: the check failed" }] as const
  ) {
    it.effect(`with expect ${expect instanceof RegExp ? String(expect) : JSON.stringify(expect)} passes what fails`, () =>
      Explore.verify(lostUpdate, { expect }))
  }

  for (const expect of [/2 of 2/, { says: "deadlock" }] as const) {
    it.effect(`with expect ${expect instanceof RegExp ? String(expect) : JSON.stringify(expect)} fails what fails otherwise`, () =>
      Effect.map(failure(Explore.verify(lostUpdate, { expect })), ({ message }) => {
        assert.match(
          message,
          /^a finding was expected that says .*, but this was found: interleaving 3: the check failed: 1 of 2/
        )
      }))
  }

  it.effect("with expect fails what passes", () =>
    Effect.gen(function*() {
      for (const expect of ["fails", /x/, { says: "x" }] as const) {
        const { message } = yield* failure(Explore.verify(straight(2, 3), { expect }))
        assert.strictEqual(
          message,
          "a finding was expected, but there is none: passed: 14 interleavings, complete up to 2 preemptions"
        )
      }
    }))

  it.effect("with a global pattern is the same each time", () =>
    Effect.gen(function*() {
      const expect = /1 of 2/g
      for (let i = 0; i < 3; i++) yield* Explore.verify(lostUpdate, { expect })
    }))
})

describe("Explore.outcomes", () => {
  it.effect("counts executions, and keeps the schedule of the first", () =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(
        { ...lostUpdate, check: () => undefined },
        ({ n }, { alice, bob }) => ({ n, alice, bob })
      )
      assert.deepStrictEqual(outcomes.map(({ executions, value }) => [value.n, executions]), [[2, 2], [1, 4]])
      assert.deepStrictEqual(outcomes[0]!.value.alice, Exit.void)
      assert.strictEqual(outcomes.reduce((sum, { executions }) => sum + executions, 0), report.executions)
      assert.strictEqual(outcomes[1]!.schedule, "2y")
    }))

  it.effect("is dual", () =>
    Effect.gen(function*() {
      const { outcomes } = yield* Explore.outcomes((state: { n: number }) => state.n)({
        setup: Effect.sync(() => ({ n: 0 })),
        fibers: { alice: increment }
      })
      assert.deepStrictEqual(outcomes, [{ value: 1, executions: 1, schedule: "0" }])
    }))

  it.effect("tells values apart that JSON does not", () =>
    Effect.gen(function*() {
      const all = [
        undefined,
        null,
        NaN,
        Infinity,
        0,
        0n,
        new Map([[1, 2]]),
        new Map(),
        new Set([1]),
        new Error("a"),
        new Error("b")
      ]
      const { outcomes } = yield* Explore.outcomes(
        straight(3, 3),
        ({ log }) => all[log.split("").reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) % 7919, 0) % all.length],
        { preemptionBound: Infinity }
      )
      assert.strictEqual(outcomes.length, all.length)
    }))

  it.effect("has none that a finding cut short, and all before it", () =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(lostUpdate, ({ n }) => n)
      assert.strictEqual(report.status, "failed")
      assert.deepStrictEqual(outcomes[0], { value: 2, executions: 2, schedule: "0" })
    }))
})

describe("a search lives with others", () => {
  it.live("it lets the event loop breathe", () =>
    Effect.gen(function*() {
      let ticks = 0
      const ticker = setInterval(() => ticks++, 1)
      yield* Explore.run(large, { ...forever, maxMillis: 300 })
      clearInterval(ticker)
      assert.isAbove(ticks, 3)
    }))

  it.live("it can be interrupted", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Explore.run(large, forever))
      yield* Effect.sleep(50)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))

  it.live("it can be timed out, and two go on at once without seeing each other", () =>
    Effect.gen(function*() {
      const [endless, ...others] = yield* Effect.all([
        Effect.timeoutOption(Explore.run(large, forever), 200),
        Explore.run(straight(3, 3), { preemptionBound: Infinity }),
        found(lostUpdate),
        Explore.run({ ...straight(3, 3), setup: Effect.sync(() => Explore.watch({ log: "" })) }, {
          preemptionBound: Infinity
        })
      ], { concurrency: "unbounded" })
      assert.strictEqual(endless._tag, "None")
      assert.strictEqual((others[0] as Explore.Report).executions, 1_680)
      assert.strictEqual((others[1] as Explore.Finding).schedule, "2y")
      assert.strictEqual((others[2] as Explore.Report).executions, 1_680)
    }))

  it("passes under Effect.runSync, with findings, too", () => {
    assert.strictEqual(Effect.runSync(Explore.run(straight(3, 3), { preemptionBound: Infinity })).executions, 1_680)
    assert.strictEqual(Effect.runSync(Explore.run(lostUpdate)).finding?.schedule, "2y")
    const stuck = { setup: Effect.void, fibers: { alice: () => Effect.never } }
    assert.strictEqual(Effect.runSync(Explore.run(stuck)).finding?.kind, "deadlock")
    assert.isTrue(Effect.runSync(Explore.run(stuck, { deadlock: "allow" })).complete)
  })

  it.effect("one within a program that is explored does its own work", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run({
        setup: Effect.sync(() => Explore.watch({ n: 0 })),
        fibers: {
          alice: (state) =>
            Effect.sync(() => {
              assert.strictEqual(Effect.runSync(Explore.run(straight(2, 2))).executions, 6)
              state.n++
            }),
          bob: (state) => Effect.andThen(Effect.sync(() => state.n), Effect.sync(() => state.n))
        }
      })
      assert.isTrue(report.complete, String(report))
    }))
})

describe("an execution leaves nothing to the next", () => {
  it.effect("even if fibers wait at its end, with permits and messages in their hands", () =>
    Effect.gen(function*() {
      const { outcomes, report } = yield* Explore.outcomes(
        {
          setup: Effect.all({ semaphore: Semaphore.make(1), queue: Queue.unbounded<number>() }),
          fibers: {
            alice: ({ queue, semaphore }) => semaphore.withPermit(Queue.take(queue)),
            bob: ({ semaphore }) => semaphore.withPermit(Effect.never),
            carol: ({ queue }) => Queue.offer(queue, 1)
          }
        },
        (_, exits) => Object.entries(exits).filter(([, exit]) => exit !== undefined).map(([name]) => name).join(" "),
        { deadlock: "allow", preemptionBound: 1 }
      )
      assert.isTrue(report.complete)
      assert.sameMembers(outcomes.map(({ value }) => value), ["carol", "alice carol"])
    }))
})
