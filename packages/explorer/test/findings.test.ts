/**
 * Every kind of finding, and what it says.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Data, Deferred, Effect, Exit, Scheduler } from "effect"
import { counter, found, increment, lostUpdate, passed, steps } from "./utils.ts"

class TooFew extends Data.TaggedError("TooFew")<{ readonly n: number }> {}

const two = { setup: counter, fibers: { alice: increment, bob: increment } }

const one = (effect: Effect.Effect<unknown, unknown>) => ({ setup: Effect.void, fibers: { alice: () => effect } })

describe("invariant", () => {
  it.effect("is checked before every step, and its error is kept", () =>
    Effect.gen(function*() {
      const error = new Error("odd")
      const finding = yield* found({
        setup: counter,
        fibers: {
          alice: (counter) => Effect.andThen(Effect.sync(() => counter.n++), Effect.sync(() => counter.n++))
        },
        always: ({ n }) => {
          if (n % 2 === 1) throw error
        }
      })
      assert.deepInclude(finding, {
        kind: "invariant",
        message: "the invariant does not hold: odd",
        error,
        execution: 1,
        preemptions: 0,
        interrupts: 0,
        schedule: "0"
      })
    }))

  it.effect("that holds between all steps passes, though it does not within one", () =>
    passed({
      setup: counter,
      fibers: {
        alice: (counter) =>
          Effect.sync(() => {
            counter.n++
            counter.n++
          })
      },
      always: ({ n }) => {
        if (n % 2 === 1) throw new Error("odd")
      }
    }))

  it.effect("is checked at the end, too", () =>
    Effect.map(
      found({ ...one(Effect.void), setup: counter, always: ({ n }) => assert.strictEqual(n, 1) }),
      ({ kind }) => assert.strictEqual(kind, "invariant")
    ))
})

describe("check", () => {
  it.effect("finds something if it throws", () =>
    Effect.map(found(lostUpdate), (finding) => {
      assert.deepInclude(finding, { kind: "check", message: "the check failed: 1 of 2", preemptions: 1 })
      assert.instanceOf(finding.error, Error)
    }))

  it.effect("finds something if it fails", () =>
    Effect.map(
      found({ ...two, check: ({ n }) => n === 2 ? Effect.void : Effect.fail(new TooFew({ n })) }),
      (finding) => {
        assert.strictEqual(finding.kind, "check")
        assert.deepStrictEqual(finding.error, new TooFew({ n: 1 }))
      }
    ))

  it.effect("finds something if it dies", () =>
    Effect.map(
      found({ ...two, check: ({ n }) => n === 2 ? Effect.void : Effect.die(`${n} of 2`) }),
      (finding) => assert.deepInclude(finding, { kind: "check", message: "the check failed: 1 of 2", error: "1 of 2" })
    ))

  it.effect("finds something if it waits for ever, or does not end", () =>
    Effect.gen(function*() {
      assert.include(
        (yield* found({ ...two, check: () => Effect.never })).message,
        "the check of the program waits for ever"
      )
      assert.include(
        (yield* found({ ...two, check: () => Effect.forever(Effect.yieldNow) }, { maxSteps: 100 })).message,
        "the check of the program does not end"
      )
    }))

  it.effect("may wait, and wake whom the program left waiting", () =>
    passed({
      setup: Effect.all({ gate: Deferred.make<void>(), answer: Deferred.make<number>() }),
      fibers: {
        alice: ({ answer, gate }) => Effect.andThen(Deferred.await(gate), Deferred.succeed(answer, 42))
      },
      check: ({ answer, gate }, { alice }) =>
        Effect.gen(function*() {
          assert.isUndefined(alice)
          yield* Deferred.succeed(gate, undefined)
          yield* Effect.sleep("1 hour")
          assert.strictEqual(yield* Deferred.await(answer), 42)
        })
    }, { deadlock: "allow" }))

  it.effect("sees how the fibers ended", () =>
    passed({
      setup: Effect.void,
      fibers: { alice: () => Effect.succeed(1), bob: () => Effect.fail("no"), carol: () => Effect.never },
      check: (_, { alice, bob, carol }) => {
        assert.deepStrictEqual(alice, Exit.succeed(1))
        assert.deepStrictEqual(bob, Exit.fail("no"))
        assert.isUndefined(carol)
      }
    }, { deadlock: "allow" }))
})

describe("defect", () => {
  it.effect("of a fiber of the program", () =>
    Effect.map(
      found(one(Effect.andThen(Effect.void, Effect.die(new Error("boom"))))),
      (finding) => assert.deepInclude(finding, { kind: "defect", message: "alice died: boom", schedule: "0" })
    ))

  it.effect("of the function that makes it", () =>
    Effect.map(
      found({
        setup: Effect.void,
        fibers: {
          alice: (): Effect.Effect<void> => {
            throw new Error("made")
          }
        }
      }),
      (finding) => assert.deepInclude(finding, { kind: "defect", message: "alice died: made" })
    ))

  it.effect("is none if defects are allowed, nor is a failure or an interruption", () =>
    Effect.gen(function*() {
      yield* passed(one(Effect.die("boom")), { defects: "allow" })
      yield* passed(one(Effect.fail("no")))
      yield* passed(one(Effect.interrupt))
    }))
})

describe("task", () => {
  it.effect("that throws", () =>
    Effect.map(
      found(one(
        Effect.withFiber((fiber) => {
          fiber.currentDispatcher.scheduleTask(() => {
            throw new Error("tasked")
          }, 0)
          return Effect.void
        })
      )),
      (finding) => assert.deepInclude(finding, { kind: "task", message: "something that was scheduled threw: tasked" })
    ))
})

describe("deadlock", () => {
  const transfer = Effect.fn("transfer")(function*(first: Deferred.Deferred<void>) {
    yield* Deferred.await(first).pipe(Effect.withSpan("inner lock"))
  })

  const stuck = {
    setup: Deferred.make<void>(),
    fibers: { alice: transfer, bob: () => Effect.void }
  }

  it.effect("says who waits, at what, in which function and span, and where that is", () =>
    Effect.map(found(stuck), (finding) => {
      assert.strictEqual(finding.kind, "deadlock")
      const [title, who, ...places] = finding.message.split("\n")
      assert.strictEqual(title, "deadlock: nothing can go on, and these wait")
      assert.match(who!, /^ {2}alice: Async /)
      assert.match(places[0]!, /^ {4}in inner lock at explorer\/test\/findings\.test\.ts:\d+:\d+$/)
      // called by the explorer, which is no news
      assert.strictEqual(places[1], "    in transfer")
      assert.match(places[2]!, /^ {4}in transfer \(definition\) at explorer\/test\/findings\.test\.ts:\d+:\d+$/)
      assert.notInclude(finding.message, "bob")
    }))

  it.effect("is none if it is allowed", () => passed(stuck, { deadlock: "allow" }))

  it.effect("of an event", () =>
    Effect.map(
      found({ setup: Effect.void, fibers: { alice: () => Effect.void }, events: { close: () => Effect.never } }),
      (finding) => {
        assert.strictEqual(finding.kind, "deadlock")
        assert.include(finding.message, "  close: Async")
      }
    ))

  it.effect("of a spinner that lets nobody wait is a livelock", () =>
    Effect.map(
      found(one(Effect.forever(Effect.yieldNow)), { maxSteps: 100 }),
      (finding) => {
        assert.strictEqual(finding.kind, "livelock")
        assert.include(finding.message, "livelock: too many steps, and these have not ended\n  alice: ")
      }
    ))
})

describe("livelock of a loop in which a fiber can't be stopped", () => {
  const endless: Effect.Effect<never> = Effect.flatMap(Effect.void, () => endless)

  for (
    const [name, effect] of [
      ["of operations", endless],
      ["where yields are prevented", Effect.provideService(endless, Scheduler.PreventSchedulerYield, true)],
      [
        "of generators",
        Effect.gen(function*() {
          while (true) yield* Effect.sync(() => 1)
        })
      ],
      [
        "of Effect.whileLoop",
        Effect.whileLoop({ while: () => true, body: () => Effect.sync(() => 1), step: () => {} })
      ],
      ["after a wake-up", Effect.andThen(Effect.sleep(1), endless)]
    ] as const
  ) {
    for (const budget of ["any", "default"] as const) {
      it.effect(`${name}, budget ${budget}`, () =>
        Effect.map(
          found(one(effect), { maxSteps: 100, budget }),
          ({ kind }) => assert.strictEqual(kind, "livelock")
        ))
    }
  }
})

describe("left the explorer", () => {
  const text = "left the explorer: a fiber waits for a promise, a real timer or I/O, which can't be explored"

  it.live("for a promise", () =>
    Effect.map(found(one(Effect.promise(async () => 1))), (finding) => {
      assert.strictEqual(finding.kind, "left")
      assert.include(finding.message, `${text}\n  alice: Async`)
      assert.isUndefined(finding.underDefaults)
    }))

  const timer = Effect.callback<void>((resume) => {
    setTimeout(() => resume(Effect.void), 5)
  })

  it.live("for a real timer", () =>
    Effect.map(found(one(timer)), (finding) => assert.strictEqual(finding.kind, "left")))

  for (const [name, effect] of [["a promise", Effect.promise(async () => 1)], ["a real timer", timer]] as const) {
    it.live(`for ${name}, in a program that passes`, () =>
      Effect.map(
        found({ setup: Effect.void, fibers: { alice: () => Effect.forkDetach(effect) } }),
        (finding) => assert.deepInclude(finding, { kind: "left", message: text, diagram: "" })
      ))

    it.live(`for ${name}, where deadlocks are allowed`, () =>
      Effect.map(found(one(effect), { deadlock: "allow" }), ({ kind }) => assert.strictEqual(kind, "left")))
  }

  it.live("not if it waits for nothing at all", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* found(one(Effect.never))).kind, "deadlock")
      yield* passed(one(Effect.never), { deadlock: "allow" })
      yield* passed({ setup: Effect.void, fibers: { alice: () => Effect.forkDetach(Effect.never) } })
    }))
})

describe("nondeterminism", () => {
  const unsteady = (f: (times: number) => Effect.Effect<unknown>) => {
    let times = 0
    return {
      setup: Effect.void,
      fibers: { alice: () => Effect.suspend(() => f(times++)), bob: () => steps(4, () => {}) }
    }
  }

  for (
    const [name, program] of [
      ["fewer operations", unsteady((times) => times > 2 ? Effect.void : Effect.andThen(Effect.void, Effect.void))],
      ["other operations", unsteady((times) => times < 3 ? Effect.void : Effect.sync(() => {}))],
      ["no operations", unsteady((times) => times > 2 ? Effect.never : Effect.andThen(Effect.void, Effect.void))]
    ] as const
  ) {
    it.effect(`by state outside of setup: ${name}`, () =>
      Effect.map(found(program, { deadlock: "allow" }), (finding) => {
        assert.strictEqual(finding.kind, "nondeterminism")
        assert.match(
          finding.message,
          /^the program is not deterministic: .*\. The usual reasons are state outside of setup/
        )
      }))
  }

  it.effect("if what failed does not when replayed", () =>
    Effect.suspend(() => {
      let times = 0
      return Effect.map(
        found({ ...two, check: () => assert.notStrictEqual(++times, 2) }),
        (finding) => assert.include(finding.message, "what failed once did not when replayed")
      )
    }))
})

describe("a setup", () => {
  it.effect("that fails or dies is no finding, but an error", () =>
    Effect.gen(function*() {
      for (const setup of [Effect.fail("no disk"), Effect.die("no disk")]) {
        const exit = yield* Effect.exit(Explore.run({ setup, fibers: { alice: () => Effect.void } }))
        assert.include(String(exit), "Explore: the setup of the program failed")
        assert.include(String(exit), "no disk")
      }
    }))

  it.effect("that never ends is one as well", () =>
    Effect.gen(function*() {
      for (
        const [setup, text] of [[Effect.never, "waits for ever"], [
          Effect.forever(Effect.yieldNow),
          "does not end"
        ]] as const
      ) {
        const exit = yield* Effect.exit(Explore.run({ setup, fibers: { alice: () => Effect.void } }, { maxSteps: 100 }))
        assert.include(String(exit), `the setup of the program ${text}`)
      }
    }))

  it.effect("may wait for timers, and leave fibers behind that spin", () =>
    Effect.gen(function*() {
      yield* passed({
        setup: Effect.as(Effect.sleep("1 day"), 1),
        fibers: { alice: (one) => Effect.sync(() => assert.strictEqual(one, 1)) }
      })
      const finding = yield* found({
        setup: Effect.forkScoped(Effect.forever(Effect.yieldNow)),
        fibers: { alice: () => Effect.void }
      }, { maxSteps: 100 })
      assert.strictEqual(finding.kind, "livelock")
      assert.include(finding.message, "setup.1: ")
    }))

  it.effect("fails afresh in a replay", () =>
    Effect.map(
      Effect.exit(Explore.replay({ setup: Effect.die("no disk"), fibers: { alice: () => Effect.void } }, "0")),
      (exit) => assert.include(String(exit), "Explore: the setup of the program failed")
    ))
})

describe("linearizability", () => {
  it.effect("is a finding of its own", () =>
    Effect.map(
      found(Explore.linearizable({
        setup: counter,
        operations: { next: (counter) => Effect.as(increment(counter), counter.n) },
        calls: { alice: [["next"]], bob: [["next"]] },
        initial: 0,
        model: { next: (n: number) => [n, n + 1] }
      })),
      (finding) => {
        assert.strictEqual(finding.kind, "linearizability")
        assert.match(
          finding.message,
          /^not linearizable: no order of these calls explains what they gave\n {2}alice next\(\) returned/
        )
      }
    ))
})
