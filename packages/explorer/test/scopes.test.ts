/**
 * Scopes of fibers and of the setup, and what comes from outside.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope } from "effect"
import { found, passed, steps, values } from "./utils.ts"

interface Log {
  log: string
}

const logging = Effect.sync((): Log => ({ log: "" }))

const note = (text: string) => (state: Log) =>
  Effect.sync(() => {
    state.log += text
  })

describe("the scope of a fiber", () => {
  it.effect("closes when it ends, with how it ended, last in first out", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) =>
              Effect.gen(function*() {
                yield* Effect.addFinalizer((exit) => note(`1${exit._tag} `)(state))
                yield* Effect.addFinalizer((exit) => note(`2${exit._tag} `)(state))
                return yield* Effect.fail("no")
              })
          }
        },
        ({ log }) => log
      )
      assert.deepStrictEqual(logs, ["2Failure 1Failure "])
    }))

  it.effect("is its own", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) => Effect.addFinalizer(() => note("a")(state)),
            bob: (state) => Effect.andThen(Effect.addFinalizer(() => note("b")(state)), note("!")(state))
          }
        },
        ({ log }) => log,
        { preemptionBound: 0 }
      )
      assert.deepStrictEqual(logs, ["!ba", "a!b"])
    }))

  it.effect("closes with the interruption, and its finalizers are explored", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) =>
              Effect.andThen(
                Effect.addFinalizer((exit) => Effect.andThen(note(exit._tag[0]!)(state), note(".")(state))),
                note("a")(state)
              ),
            bob: note("b")
          }
        },
        ({ log }) => log,
        { interrupt: ["alice"], preemptionBound: 1 }
      )
      assert.includeMembers(logs, ["aS.b", "aSb.", "abS.", "F.b", "Fb.", "bF.", "b"])
    }))
})

describe("the scope of the setup", () => {
  it.effect("closes after the check, in each execution", () =>
    Effect.gen(function*() {
      const logs: Array<string> = []
      const report = yield* passed({
        setup: Effect.acquireRelease(logging, (state) => Effect.sync(() => void logs.push(`${state.log}!`))),
        fibers: { alice: note("a"), bob: note("b") },
        check: (state) => note("c")(state)
      })
      assert.strictEqual(logs.length, report.runs)
      assert.sameMembers([...new Set(logs)], ["abc!", "bac!"])
    }))

  it.effect("that can't be closed is a finding", () =>
    Effect.map(
      found({
        setup: Effect.addFinalizer(() => Effect.die(new Error("stuck"))),
        fibers: { alice: () => Effect.void }
      }),
      (finding) => assert.deepInclude(finding, { kind: "check", message: "the check failed: stuck" })
    ))

  it.effect("keeps its fibers running until then", () =>
    passed({
      setup: Effect.gen(function*() {
        const asked = yield* Deferred.make<Deferred.Deferred<number>>()
        yield* Effect.forkScoped(Effect.flatMap(Deferred.await(asked), (answer) => Deferred.succeed(answer, 42)))
        return asked
      }),
      fibers: {
        alice: (asked) =>
          Effect.gen(function*() {
            const answer = yield* Deferred.make<number>()
            yield* Deferred.succeed(asked, answer)
            return yield* Deferred.await(answer)
          })
      },
      check: (_, { alice }) => assert.deepStrictEqual(alice, Exit.succeed(42))
    }))
})

describe("an event", () => {
  it.effect("happens once, at any moment, without a preemption", () =>
    Effect.gen(function*() {
      const program = {
        setup: logging,
        fibers: {
          alice: (state: Log) => Effect.andThen(note("1")(state), Effect.andThen(note("2")(state), note("3")(state)))
        },
        events: { bell: note("!") }
      }
      const logs = yield* values(program, ({ log }) => log, { preemptionBound: 0 })
      assert.deepStrictEqual(logs, ["!123", "1!23", "12!3", "123!"])
    }))

  it.effect("happens at the latest when nothing else can go on", () =>
    passed({
      setup: Deferred.make<void>(),
      fibers: { alice: (gate) => Deferred.await(gate) },
      events: { open: (gate) => Deferred.succeed(gate, undefined) }
    }))

  it.effect("has steps, between which others come", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: { alice: note("a") },
          events: { bell: (state) => Effect.andThen(note("(")(state), note(")")(state)) }
        },
        ({ log }) => log
      )
      assert.deepStrictEqual(logs, ["()a", "(a)", "a()"])
    }))

  it.effect("closes a scope while fibers use it", () =>
    Effect.gen(function*() {
      const program = {
        setup: Effect.gen(function*() {
          const scope = yield* Scope.make()
          const state = { open: true, used: false }
          yield* Scope.addFinalizer(
            scope,
            Effect.sync(() => {
              state.open = false
            })
          )
          return { scope, state }
        }),
        fibers: {
          alice: ({ state }: { readonly state: { open: boolean; used: boolean } }) =>
            Effect.flatMap(Effect.sync(() => state.open), (open) =>
              Effect.sync(() => {
                if (open && !state.open) throw new Error("used what is closed")
              }))
        },
        events: { close: ({ scope }: { readonly scope: Scope.Closeable }) => Scope.close(scope, Exit.void) }
      }
      const finding = yield* found(program)
      assert.deepInclude(finding, { kind: "defect", message: "alice died: used what is closed", preemptions: 0 })
    }))

  it.effect("has a scope of its own, and may be one of several", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: logging,
          fibers: {},
          events: {
            one: (state) => Effect.andThen(Effect.addFinalizer(() => note(")")(state)), note("(")(state)),
            two: note("2")
          }
        },
        ({ log }) => log,
        { preemptionBound: 0 }
      )
      assert.includeMembers(logs, ["()2", "2()"])
    }))

  it.effect("is not interrupted, and no preemption of it is lost", () =>
    Effect.gen(function*() {
      const { outcomes } = yield* Explore.outcomes(
        {
          setup: logging,
          fibers: { alice: () => steps(1, () => {}) },
          events: { bell: (state) => Effect.andThen(note("(")(state), note(")")(state)) }
        },
        ({ log }) => log,
        { interrupt: "everywhere", interrupts: 2 }
      )
      assert.deepStrictEqual(outcomes.map(({ value }) => value), ["()"])
    }))
})
