import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, type Exit, Fiber } from "effect"
import { found, passed, steps, values } from "./utils.ts"

const everywhere = { interrupt: "everywhere" } as const

const how = (exit: Exit.Exit<unknown, unknown> | undefined): string =>
  exit === undefined
    ? "waits"
    : exit._tag === "Success"
    ? "done"
    : Cause.hasInterruptsOnly(exit.cause)
    ? "interrupted"
    : "failed"

const logging = Effect.sync(() => ({ log: "" }))

interface Log {
  log: string
}

const note = (text: string) => (state: Log) =>
  Effect.sync(() => {
    state.log += text
  })

describe("a victim is interrupted", () => {
  it.effect("before each of its operations, and not after the last", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) => Effect.andThen(note("1")(state), Effect.andThen(note("2")(state), note("3")(state)))
          }
        },
        ({ log }, { alice }) => `${log} ${how(alice)}`,
        everywhere
      )
      assert.deepStrictEqual(logs, [" interrupted", "1 interrupted", "12 interrupted", "123 done"])
    }))

  it.effect("before it has begun, and then runs nothing at all", () =>
    Effect.gen(function*() {
      const program = {
        setup: logging,
        fibers: { alice: (state: Log) => Effect.onExit(note("1")(state), () => note("!")(state)) }
      }
      const { outcomes } = yield* Explore.outcomes(
        program,
        ({ log }, { alice }) => `${log} ${how(alice)}`,
        everywhere
      )
      assert.sameMembers(outcomes.map(({ value }) => value), [
        " interrupted",
        "! interrupted",
        "1! done",
        "1! interrupted"
      ])
      const { steps } = yield* Explore.replay(program, "0i")
      assert.deepStrictEqual(steps, [
        { fiber: "alice", kind: "interrupted", text: "before it began" },
        { fiber: "alice", kind: "ended", text: "interrupted" }
      ])
    }))

  it.effect("where it waits", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: Deferred.make<void>().pipe(Effect.map((gate) => ({ gate, log: "" }))),
          fibers: {
            alice: (state) => Effect.onExit(Deferred.await(state.gate), () => note("a")(state)),
            bob: (state) => Effect.andThen(note("b")(state), Deferred.succeed(state.gate, undefined))
          }
        },
        ({ log }, { alice }) => `${log} ${how(alice)}`,
        { interrupt: ["alice"], preemptionBound: 0 }
      )
      // first because it has not begun or not yet waits, then in the middle of bob, then not at all
      assert.includeMembers(logs, ["b interrupted", "ab interrupted", "ba interrupted", "ba done"])
    }))

  it.effect("where it has yielded", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) => Effect.onExit(Effect.andThen(Effect.yieldNow, note("1")(state)), () => note("!")(state))
          }
        },
        ({ log }, { alice }) => `${log} ${how(alice)}`,
        everywhere
      )
      assert.includeMembers(logs, ["! interrupted", "1! done"])
    }))

  it.effect("for ever waiting, or not at all", () =>
    Effect.gen(function*() {
      const program = { setup: Effect.void, fibers: { alice: () => Effect.never } }
      assert.deepStrictEqual(
        yield* values(program, (_, { alice }) => how(alice), { ...everywhere, deadlock: "allow" }),
        ["interrupted", "waits"]
      )
      // it need not be interrupted, so that it is a deadlock
      assert.strictEqual((yield* found(program, everywhere)).kind, "deadlock")
    }))

  it.effect("in an uninterruptible region only once that is left", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) =>
              Effect.andThen(
                Effect.uninterruptible(Effect.andThen(note("1")(state), note("2")(state))),
                note("3")(state)
              )
          }
        },
        ({ log }, { alice }) => `${log} ${how(alice)}`,
        everywhere
      )
      assert.deepStrictEqual(logs, [" interrupted", "12 interrupted", "123 done"])
    }))

  it.effect("while finalizers run, which run to their end", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) => Effect.ensuring(note("1")(state), Effect.andThen(note("2")(state), note("3")(state))),
            bob: note("b")
          }
        },
        ({ log }) => log,
        { interrupt: ["alice"] }
      )
      // interrupted or not, bob comes in between the steps of the finalizer
      assert.includeMembers(logs, ["b", "b123", "b23", "2b3", "23b", "1b23", "12b3", "123b", "1b23"])
      assert.isTrue(logs.every((log) => !log.includes("2") || log.includes("3")))
    }))
})

describe("victims", () => {
  const program = { setup: Effect.void, fibers: { alice: () => steps(2, () => {}), bob: () => steps(2, () => {}) } }
  const both = (options: Explore.Options) =>
    Effect.map(
      Explore.outcomes(program, (_, { alice, bob }) => `${how(alice)} ${how(bob)}`, options),
      ({ outcomes }) => outcomes.map(({ value }) => value).sort()
    )

  it.effect("are none by default, nor with a budget of none", () =>
    Effect.gen(function*() {
      for (
        const options of [{}, { interrupt: "never" }, { interrupt: [] }, { ...everywhere, interrupts: 0 }] as const
      ) {
        assert.deepStrictEqual(yield* both(options), ["done done"])
      }
    }))

  it.effect("are those named", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* both({ interrupt: ["bob"] }), ["done done", "done interrupted"])
    }))

  it.effect("are all, one at a time or as many as the budget says", () =>
    Effect.gen(function*() {
      const single = ["done done", "done interrupted", "interrupted done"]
      assert.deepStrictEqual(yield* both(everywhere), single)
      assert.deepStrictEqual(yield* both({ ...everywhere, interrupts: 2 }), [...single, "interrupted interrupted"])
      assert.deepStrictEqual(yield* both({ ...everywhere, interrupts: Infinity }), [
        ...single,
        "interrupted interrupted"
      ])
    }))

  const forks = {
    setup: logging,
    fibers: {
      alice: (state: Log) =>
        Effect.gen(function*() {
          const children = [
            yield* Effect.forkChild(steps(2, () => {})),
            yield* Effect.forkChild(
              Effect.andThen(steps(2, () => {}), Effect.flatMap(Effect.forkChild(Effect.never), Fiber.join))
            )
          ]
          for (const child of children) state.log += `${how(yield* Fiber.await(child))} `
        })
    }
  }

  it.effect("are children by the name of their fiber of the program and a number", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        // which of the children begins first is a choice
        yield* values(forks, ({ log }) => log, { interrupt: ["alice.1"], preemptionBound: 0, deadlock: "allow" }),
        ["done ", "done interrupted ", "interrupted "]
      )
      assert.include(
        yield* values(forks, ({ log }) => log, { interrupt: ["alice.3"], preemptionBound: 0, deadlock: "allow" }),
        "done interrupted "
      )
    }))

  it.effect("are not children, unless they are named", () =>
    Effect.gen(function*() {
      const finding = yield* found(forks, { interrupt: "everywhere", preemptionBound: 0 })
      assert.strictEqual(finding.kind, "deadlock")
      const { outcomes } = yield* Explore.outcomes(forks, ({ log }) => log, {
        interrupt: "everywhere",
        preemptionBound: 0,
        deadlock: "allow"
      })
      assert.isTrue(outcomes.every(({ value }) => !value.includes("interrupted")))
    }))
})

describe("interruptions", () => {
  it.effect("need no preemption", () =>
    Effect.gen(function*() {
      const finding = yield* found({
        setup: logging,
        fibers: { alice: (state) => Effect.andThen(note("(")(state), note(")")(state)), bob: () => steps(3, () => {}) },
        check: ({ log }) => assert.notStrictEqual(log, "(")
      }, { ...everywhere, preemptionBound: 0 })
      assert.deepInclude(finding, { preemptions: 0, interrupts: 1 })
    }))

  it.effect("of the explorer and of the program come together", () =>
    passed({
      setup: logging,
      fibers: {
        alice: (state) =>
          Effect.scoped(Effect.andThen(
            Effect.addFinalizer(() => note("-")(state)),
            Effect.flatMap(Effect.forkChild(Effect.never), Fiber.interrupt)
          ))
      },
      check: ({ log }) => assert.isAtMost(log.length, 1)
    }, everywhere))

  it.effect("of two fibers at once find what one alone does not", () =>
    Effect.gen(function*() {
      const program = {
        setup: Effect.sync(() => ({ gone: 0 })),
        fibers: {
          alice: (state: { gone: number }) =>
            Effect.onInterrupt(Effect.andThen(Effect.void, Effect.void), () => Effect.sync(() => state.gone++)),
          bob: (state: { gone: number }) =>
            Effect.onInterrupt(Effect.andThen(Effect.void, Effect.void), () => Effect.sync(() => state.gone++))
        },
        check: ({ gone }: { gone: number }) => assert.isBelow(gone, 2)
      }
      yield* passed(program, everywhere)
      assert.strictEqual((yield* found(program, { ...everywhere, interrupts: 2 })).interrupts, 2)
    }))
})
