/**
 * What a program sees of the world while it is explored: chance, logs, spans, services, budgets.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Layer, Logger, Random, Scheduler, Tracer } from "effect"
import { counter, found, increment, lostUpdate, passed, steps, straight, values } from "./utils.ts"

class Store extends Context.Service<Store, { n: number }>()("Store") {}

describe("services", () => {
  const program = {
    setup: Effect.void,
    fibers: { alice: () => Effect.flatMap(Store, increment), bob: () => Effect.flatMap(Store, increment) },
    check: () => undefined
  }

  it.effect("given from outside are shared by all executions", () =>
    Effect.gen(function*() {
      const store = { n: 0 }
      const report = yield* Explore.run(program, { preemptionBound: 0 }).pipe(Effect.provideService(Store, store))
      assert.isTrue(report.complete)
      assert.strictEqual(store.n, 2 * report.runs)
    }))

  it.effect("built in setup are new each time", () =>
    Effect.gen(function*() {
      let built = 0
      const layer = Layer.effect(
        Store,
        Effect.sync(() => {
          built++
          return { n: 0 }
        })
      )
      const provided = (context: Context.Context<Store>) =>
        Effect.flatMap(Store, increment).pipe(Effect.provide(context))
      const seen = yield* values(
        { setup: Layer.build(layer), fibers: { alice: provided, bob: provided } },
        (context) => Context.get(context, Store).n,
        { preemptionBound: 1 }
      )
      assert.deepStrictEqual(seen, [1, 2])
      assert.isAbove(built, 2)
    }))

  it.effect("that the program asks for at its places are the explorer's: scope, clock, scheduler", () =>
    passed({
      setup: Effect.void,
      fibers: { alice: () => Effect.context() },
      check: (_, { alice }) => {
        if (alice?._tag !== "Success") throw new Error("no context")
        assert.notStrictEqual(
          Context.get(alice.value, Scheduler.Scheduler),
          Context.get(Context.empty(), Scheduler.Scheduler)
        )
        assert.strictEqual(Context.get(alice.value, Clock.Clock).currentTimeMillisUnsafe(), 0)
      }
    }))
})

describe("Random", () => {
  it.effect("is seeded, the same in each execution, and drawn from in the order of the fibers", () =>
    Effect.gen(function*() {
      const draws = yield* values(
        { setup: Random.next, fibers: { alice: () => Random.next, bob: () => Random.nextInt } },
        (first, { alice, bob }) => [first, alice, bob].map((x: any) => x?.value ?? x).join(" "),
        { preemptionBound: 0 }
      )
      assert.strictEqual(draws.length, 2)
      assert.strictEqual(draws[0]!.split(" ")[0], draws[1]!.split(" ")[0])
    }))
})

describe("logging", () => {
  it.effect("is silent", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => void lines.push(message))
      yield* passed({
        setup: Effect.log("setup"),
        fibers: { alice: () => Effect.logFatal("alice"), bob: () => Effect.log("bob") },
        check: () => Effect.logError("check")
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(lines, [])
    }))
})

describe("spans", () => {
  it.effect("work, and are nobody's but the program's", () =>
    Effect.gen(function*() {
      const outer: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          outer.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      yield* passed({
        setup: Effect.void,
        fibers: {
          alice: () =>
            Effect.withSpan(
              Effect.map(
                Effect.currentSpan,
                (span) => [span.name, span.parent._tag === "Some" && (span.parent.value as Tracer.Span).name]
              ),
              "inner"
            ).pipe(Effect.withSpan("outer"))
        },
        check: (_, { alice }) => assert.deepStrictEqual(alice?._tag === "Success" && alice.value, ["inner", "outer"])
      }).pipe(Effect.provideService(Tracer.Tracer, tracer))
      assert.deepStrictEqual(outer, [])
    }))
})

describe("a tracer of the program's own", () => {
  const own = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

  const observing = Tracer.make({
    span: (options) => new Tracer.NativeSpan(options),
    context: (primitive, fiber) => primitive["~effect/Effect/evaluate"](fiber)
  })

  for (const [name, tracer] of [["without a hook", own], ["with a hook", observing]] as const) {
    const traced = (counter: { n: number }) => Effect.provideService(increment(counter), Tracer.Tracer, tracer)

    it.effect(`${name} does not hide its fiber`, () =>
      Effect.gen(function*() {
        const program = { ...lostUpdate, fibers: { alice: traced, bob: traced } }
        const finding = yield* found(program)
        assert.strictEqual(finding.message, "the check failed: 1 of 2")
        for (let i = 0; i < 20; i++) {
          assert.deepStrictEqual((yield* Explore.replay(program, finding.schedule)).steps, finding.steps)
        }
      }))

    it.effect(`${name} does not hide interruptions`, () =>
      Effect.map(
        found({
          setup: counter,
          fibers: {
            alice: (counter) =>
              Effect.provideService(
                Effect.flatMap(
                  Effect.sync(() => counter.n++),
                  () => Effect.ensuring(Effect.void, Effect.sync(() => counter.n--))
                ),
                Tracer.Tracer,
                tracer
              )
          },
          check: ({ n }) => assert.strictEqual(n, 0)
        }, { interrupt: "everywhere" }),
        ({ kind }) => assert.strictEqual(kind, "check")
      ))
  }
})

describe("PreventSchedulerYield", () => {
  it.effect("is honoured: nobody comes in between", () =>
    passed({
      ...lostUpdate,
      fibers: {
        alice: (counter) => Effect.provideService(increment(counter), Scheduler.PreventSchedulerYield, true),
        bob: (counter) => Effect.provideService(increment(counter), Scheduler.PreventSchedulerYield, true)
      }
    }))

  it.effect("is honoured for interruptions, too", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: counter,
          fibers: {
            alice: (counter) =>
              Effect.provideService(steps(5, () => counter.n++), Scheduler.PreventSchedulerYield, true)
          }
        },
        ({ n }) => n,
        { interrupt: "everywhere" }
      )
      assert.deepStrictEqual(logs, [0, 5])
    }))

  it.effect("around the exploration is honoured as well", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(straight(2, 3)).pipe(
        Effect.provideService(Scheduler.PreventSchedulerYield, true)
      )
      assert.strictEqual(report.executions, 2)
    }))
})

describe("MaxOpsBeforeYield", () => {
  it.effect("of the program is kept: who has used it up lets others go first", () =>
    Effect.gen(function*() {
      const short = (state: { log: string }) =>
        Effect.provideService(straight(1, 3).fibers["a"]!(state), Scheduler.MaxOpsBeforeYield, 3)
      const logs = yield* values(
        { setup: straight(1, 1).setup, fibers: { a: short, b: straight(2, 1).fibers["b"]! } },
        ({ log }) => log
      )
      assert.deepStrictEqual(logs, ["baaa"])
    }))
})

describe("fibers that fibers fork", () => {
  type Log = { log: string }
  const logging = Effect.sync((): Log => ({ log: "" }))
  const note = (text: string) => (state: Log) =>
    Effect.sync(() => {
      state.log += text
    })

  it.effect("are explored, in any order", () =>
    Effect.gen(function*() {
      const orders = (concurrency: number, ops: number) =>
        values(
          {
            setup: logging,
            fibers: {
              alice: (state) =>
                Effect.all(
                  ["a", "b", "c"].map((name) =>
                    ops === 0 ? note(name)(state) : Effect.andThen(steps(ops, () => {}), note(name)(state))
                  ),
                  { concurrency, discard: true }
                )
            }
          },
          ({ log }) => log
        )
      assert.deepStrictEqual(yield* orders(1, 2), ["abc"])
      // they begin at once, and can't be stopped before their third operation
      assert.deepStrictEqual(yield* orders(3, 0), ["abc"])
      assert.deepStrictEqual(yield* orders(3, 2), ["abc", "acb", "bac", "bca", "cab", "cba"])
      const forked = yield* values(
        {
          setup: logging,
          fibers: { alice: (state) => Effect.forEach(["a", "b", "c"], (name) => Effect.forkDetach(note(name)(state))) }
        },
        ({ log }) => log,
        { preemptionBound: 0 }
      )
      assert.deepStrictEqual(forked, ["abc", "acb", "bac", "bca", "cab", "cba"])
    }))

  it.effect("lose updates, and are named after who forked them", () =>
    Effect.gen(function*() {
      const finding = yield* found({
        setup: counter,
        fibers: {
          alice: (counter) =>
            Effect.all(Array.from({ length: 2 }, () => Effect.andThen(Effect.void, increment(counter))), {
              concurrency: 2
            })
        },
        check: ({ n }) => assert.strictEqual(n, 2)
      })
      assert.strictEqual(finding.kind, "check")
      assert.match(finding.diagram, /^step │ alice +│ alice\.1 +│ alice\.2/)
    }))

  it.effect("race, and either may win", () =>
    Effect.gen(function*() {
      const winners = yield* values(
        {
          setup: logging,
          fibers: {
            alice: (state) =>
              Effect.race(
                Effect.as(Effect.andThen(Effect.void, note("a")(state)), "a"),
                Effect.as(Effect.andThen(Effect.void, note("b")(state)), "b")
              )
          }
        },
        ({ log }, { alice }) => `${log} ${alice?._tag === "Success" ? alice.value : ""}`,
        { preemptionBound: 2 }
      )
      assert.includeMembers(winners, ["a a", "b b", "ba b", "ab a"])
    }))

  it.effect("are interrupted when their parent ends", () =>
    passed({
      setup: logging,
      fibers: { alice: (state) => Effect.forkChild(Effect.onInterrupt(Effect.never, () => note("!")(state))) },
      check: ({ log }) => assert.isAtMost(log.length, 1)
    }))

  it.effect("of a daemon go on after that", () =>
    passed({
      setup: logging,
      fibers: { alice: (state) => Effect.forkDetach(Effect.andThen(Effect.sleep("1 hour"), note("!")(state))) },
      check: ({ log }) => assert.strictEqual(log, "!")
    }))

  it.effect("run by a runtime of their own context are explored as well", () =>
    passed({
      setup: logging,
      fibers: {
        alice: (state) =>
          Effect.flatMap(
            Effect.context(),
            (context) => Fiber.join(Effect.runForkWith(context)(note("!")(state)))
          )
      },
      check: ({ log }) => assert.strictEqual(log, "!")
    }))
})

describe("Explore.mark", () => {
  it.effect("does nothing outside of the explorer", () =>
    Effect.map(Explore.mark("nowhere"), (nothing) => assert.isUndefined(nothing)))
})
