/**
 * SetOnce: every guarantee of tokio's, what we promise beyond, and what happens to those who use it wrongly.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Result, Scheduler } from "effect"
import { SetOnce } from "effect-sync"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { forkSettled, manual, operations, settle, thrownBy, until } from "./utils.ts"

/** Forks so many that wait, each of which writes its number down when it has the value. */
const queue = <A>(once: SetOnce.SetOnce<A>, n: number, got: Array<number> = []) =>
  Effect.forEach(
    Array.from({ length: n }, (_, i) => i),
    (i) => forkSettled(Effect.tap(SetOnce.wait(once), () => Effect.sync(() => got.push(i))))
  )

describe("SetOnce", () => {
  describe("set", () => {
    it.effect("SET-1: the first value stays; every other is given back", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>({ name: "s" })
        yield* SetOnce.set(once, 1)
        for (const value of [2, 1]) {
          const error = yield* Effect.flip(SetOnce.set(once, value))
          assert.instanceOf(error, SetOnce.AlreadyInitialized)
          assert.strictEqual(error.value, value)
          assert.strictEqual(error.message, "SetOnce.set: SetOnce \"s\" is initialized already")
        }
        assert.deepStrictEqual(yield* SetOnce.get(once), Option.some(1))
      }))

    it.effect("SET-1: of a hundred at once exactly one succeeds, and all see its value", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const attempts = Array.from(
          { length: 100 },
          (_, i) => Effect.result(Effect.andThen(Effect.yieldNow, SetOnce.set(once, i)))
        )
        const results = yield* Effect.all(attempts, { concurrency: "unbounded" })
        const winners = results.flatMap((result, i) => Result.isSuccess(result) ? [i] : [])
        const refused = results.flatMap((result) => Result.isFailure(result) ? [result.failure.value] : [])
        assert.lengthOf(winners, 1)
        assert.sameMembers([...winners, ...refused], attempts.map((_, i) => i))
        assert.deepStrictEqual(yield* SetOnce.get(once), Option.some(winners[0]!))
      }))

    it.effect("SET-1: in a callback it gives a Result, and runs no fiber on its own stack", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const once = SetOnce.makeUnsafe<number>({ name: "s" })
        const waiter = run(SetOnce.wait(once))
        assert.deepStrictEqual(SetOnce.setUnsafe(once, 1), Result.void)
        assert.isUndefined(waiter.pollUnsafe())
        const refused = SetOnce.setUnsafe(2)(once)
        assert.isTrue(Result.isFailure(refused) && refused.failure.value === 2)
        assert.isTrue(
          Result.isFailure(refused) &&
            refused.failure.message === "SetOnce.setUnsafe: SetOnce \"s\" is initialized already"
        )
        turnsUntilIdle()
        assert.deepStrictEqual(waiter.pollUnsafe(), Exit.succeed(1))
      }))

    it.effect("SET-1: a value set by one who is woken by the first is refused", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const reentrant = yield* forkSettled(
          Effect.flatMap(SetOnce.wait(once), (n) => Effect.flip(SetOnce.set(once, n + 1)))
        )
        yield* SetOnce.set(once, 1)
        assert.strictEqual((yield* Fiber.join(reentrant)).value, 2)
        assert.strictEqual(yield* SetOnce.wait(once), 1)
      }))
  })

  describe("wait", () => {
    it.effect("SET-2: all who wait are released at once, the oldest first, with the same reference", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<object>()
        const got: Array<number> = []
        const fibers = yield* queue(once, 5, got)
        assert.strictEqual(yield* SetOnce.waiting(once), 5)
        const value = {}
        yield* SetOnce.set(once, value)
        assert.strictEqual(yield* SetOnce.waiting(once), 0)
        yield* settle
        assert.deepStrictEqual(got, [0, 1, 2, 3, 4])
        for (const fiber of fibers) assert.strictEqual(yield* Fiber.join(fiber), value)
      }))

    it.live("SET-2: the oldest first, also if the one behind has yielded, wherever, and was about to park", () =>
      Effect.gen(function*() {
        let both = 0
        for (let place = 1; place <= 8; place++) {
          let operation = -Infinity
          class YieldsOnce extends Scheduler.MixedScheduler {
            override shouldYield() {
              return ++operation === place
            }
          }
          const once = SetOnce.makeUnsafe<number>()
          const got: Array<number> = []
          const scheduler = new YieldsOnce()
          const run = (i: number) =>
            Effect.runFork(Effect.map(SetOnce.wait(once), () => void got.push(i)), { scheduler })
          const first = run(1)
          operation = 0
          const second = run(2)
          operation = -Infinity
          const waiting = SetOnce.waitingUnsafe(once)
          SetOnce.setUnsafe(once, 1)
          yield* Fiber.joinAll([first, second])
          if (waiting < 2) continue
          both++
          assert.deepStrictEqual(got, [1, 2], `yields before operation ${place}`)
        }
        assert.isAbove(both, 0)
      }))

    it.effect("SET-2: whoever waits later has the value without waiting", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const before = SetOnce.wait(once)
        yield* SetOnce.set(once, 1)
        assert.strictEqual(Effect.runSync(before), 1)
        assert.strictEqual(Effect.runSync(SetOnce.wait(once)), 1)
      }))

    it.effect("SET-2: before, in the same turn and after: nobody is missed", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const before = yield* forkSettled(SetOnce.wait(once))
        const notStarted = yield* Effect.forkChild(SetOnce.wait(once))
        yield* SetOnce.set(once, 1)
        const woken = yield* forkSettled(Effect.andThen(SetOnce.wait(once), SetOnce.wait(once)))
        const after = yield* Effect.forkChild(SetOnce.wait(once))
        assert.deepStrictEqual(yield* Fiber.joinAll([before, notStarted, woken, after]), [1, 1, 1, 1])
      }))

    it.effect("SET-2: who interrupts others when woken keeps nobody else from the value", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const got: Array<number> = []
        const fibers = yield* queue(once, 4, got)
        fibers[0]!.addObserver(() => fibers[1]!.interruptUnsafe())
        yield* SetOnce.set(once, 1)
        yield* settle
        assert.deepStrictEqual(got, [0, 2, 3])
      }))

    it.effect("SET-2: a defect of one who was woken keeps nobody else from the value", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const dies = yield* forkSettled(Effect.andThen(SetOnce.wait(once), Effect.die("after")))
        const goesOn = yield* forkSettled(SetOnce.wait(once))
        yield* SetOnce.set(once, 1)
        assert.strictEqual(yield* Fiber.join(goesOn), 1)
        assert.isTrue(Exit.isFailure(yield* Fiber.await(dies)))
      }))

    it.effect("SET-2: who gives up waiting changes nothing for the others", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const got: Array<number> = []
        const fibers = yield* queue(once, 5, got)
        for (const i of [2, 0, 4]) yield* Fiber.interrupt(fibers[i]!)
        assert.strictEqual(yield* SetOnce.waiting(once), 2)
        yield* SetOnce.set(once, 1)
        yield* settle
        assert.deepStrictEqual(got, [1, 3])
      }))

    it.effect("SET-2: interrupted between set and run, it ends interrupted, and the others have the value", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const got: Array<number> = []
        const fibers = yield* queue(once, 3, got)
        yield* SetOnce.set(once, 1)
        fibers[1]!.interruptUnsafe()
        yield* settle
        assert.deepStrictEqual(got, [0, 2])
        assert.isTrue(Exit.isFailure(yield* Fiber.await(fibers[1]!)))
        assert.strictEqual(String(once), "SetOnce(initialized, 0 waiting)")
      }))

    it.effect("SET-2: a timeout of the wait is no end of it for others", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const [patient] = yield* queue(once, 1)
        const impatient = yield* Effect.forkChild(Effect.timeoutOption(SetOnce.wait(once), "1 second"))
        yield* until("both wait", SetOnce.waiting(once), 2)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(impatient), Option.none())
        assert.strictEqual(yield* SetOnce.waiting(once), 1)
        yield* SetOnce.set(once, 1)
        assert.strictEqual(yield* Fiber.join(patient!), 1)
      }))

    it("SET-2: where the value is set, wait is one step", () => {
      const once = SetOnce.makeUnsafe<number>()
      const before = SetOnce.wait(once)
      SetOnce.setUnsafe(once, 1)
      assert.strictEqual(operations(SetOnce.wait(once)), 1)
      // what was built before needs another one where it can't evaluate the answer
      assert.strictEqual(operations(before), process.env["EFFECT_SYNC_FALLBACK"] === "1" ? 2 : 1)
    })

    it.effect("SET-2: a value that is undefined, an error, an exit or an effect is a value like any other", () =>
      Effect.gen(function*() {
        for (const value of [undefined, null, new Error("no"), Exit.fail("no"), Effect.never, Option.none()]) {
          const once = yield* SetOnce.make<unknown>()
          const [waiter] = yield* queue(once, 1)
          yield* SetOnce.set(once, value)
          assert.strictEqual(yield* Fiber.join(waiter!), value)
          assert.strictEqual(yield* SetOnce.wait(once), value)
          assert.strictEqual(Option.getOrThrow(yield* SetOnce.get(once)), value)
        }
      }))

    it.effect("nothing happens, and no place is taken, until the effect runs", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<number>()
        const wait = SetOnce.wait(once)
        const set = SetOnce.set(once, 1)
        assert.strictEqual(String(once), "SetOnce(empty, 0 waiting)")
        const fibers = [yield* forkSettled(wait), yield* forkSettled(wait)]
        assert.strictEqual(yield* SetOnce.waiting(once), 2)
        yield* set
        assert.deepStrictEqual(yield* Fiber.joinAll(fibers), [1, 1])
      }))
  })

  describe("looking", () => {
    it.effect("at what is set, what is not, and who waits", () =>
      Effect.gen(function*() {
        const once = yield* SetOnce.make<string>({ name: "secret" })
        assert.deepStrictEqual(yield* SetOnce.get(once), Option.none())
        assert.deepStrictEqual(SetOnce.getUnsafe(once), Option.none())
        assert.isFalse(yield* SetOnce.isInitialized(once))
        assert.isFalse(SetOnce.isInitializedUnsafe(once))
        yield* queue(once, 2)
        assert.strictEqual(SetOnce.waitingUnsafe(once), 2)
        assert.deepStrictEqual(once.toJSON(), {
          _id: "effect-sync/SetOnce",
          name: "secret",
          initialized: false,
          waiting: 2
        })
        assert.strictEqual(String(once), "SetOnce(secret: empty, 2 waiting)")
        yield* SetOnce.set(once, "hunter2")
        assert.isTrue(yield* SetOnce.isInitialized(once))
        assert.isTrue(SetOnce.isInitializedUnsafe(once))
        assert.deepStrictEqual(SetOnce.getUnsafe(once), Option.some("hunter2"))
        assert.strictEqual(inspect(once), "SetOnce(secret: initialized, 0 waiting)")
        assert.notInclude(JSON.stringify(once), "hunter2")
        assert.notProperty(SetOnce.makeUnsafe().toJSON(), "name")
        const effect = SetOnce.wait(SetOnce.makeUnsafe())
        assert.deepStrictEqual(JSON.parse(JSON.stringify(effect)), { _id: "Effect", op: "SetOnce.wait" })
      }))

    it("is told from what is none", () => {
      assert.isTrue(SetOnce.isSetOnce(SetOnce.makeUnsafe()))
      for (const other of [undefined, null, {}, "SetOnce"]) assert.isFalse(SetOnce.isSetOnce(other))
    })
  })

  describe("making", () => {
    it.effect("with an initial value it is set, without one it is empty", () =>
      Effect.gen(function*() {
        const filled = yield* SetOnce.make({ initial: Option.some(2) })
        assert.strictEqual(yield* SetOnce.wait(filled), 2)
        assert.strictEqual((yield* Effect.flip(SetOnce.set(filled, 3))).value, 3)
        const empty = yield* SetOnce.make<number>({ initial: Option.none() })
        yield* SetOnce.set(empty, 1)
        const make = SetOnce.make<number>()
        assert.notStrictEqual(yield* make, yield* make)
      }))

    it("the …Unsafe functions refuse what does not live here", () => {
      const remote = {
        toString: () => "Remote",
        [SetOnce.TypeId]: { wait: Effect.succeed(1) }
      } as unknown as SetOnce.SetOnce<number>
      for (
        const [name, call] of Object.entries({
          getUnsafe: () => SetOnce.getUnsafe(remote),
          setUnsafe: () => SetOnce.setUnsafe(remote, 1),
          isInitializedUnsafe: () => SetOnce.isInitializedUnsafe(remote),
          waitingUnsafe: () => SetOnce.waitingUnsafe(remote)
        })
      ) {
        const error = thrownBy(call)
        assert.instanceOf(error, SetOnce.Misuse)
        assert.match(error.message, new RegExp(`^SetOnce\\.${name}: Remote does not live in this process`))
      }
      assert.strictEqual(Effect.runSync(SetOnce.wait(remote)), 1)
    })
  })

  describe("as in tokio's own tests", () => {
    it.effect("SET-1, SET-2: set by one fiber, waited for by another; set twice; two setters at once", () =>
      Effect.gen(function*() {
        const once = SetOnce.makeUnsafe<number>()
        assert.deepStrictEqual(SetOnce.getUnsafe(once), Option.none())
        yield* Effect.forkChild(SetOnce.set(once, 5))
        assert.strictEqual(yield* SetOnce.wait(once), 5)
        assert.strictEqual((yield* Effect.flip(SetOnce.set(once, 6)))._tag, "AlreadyInitialized")
        assert.deepStrictEqual(SetOnce.getUnsafe(once), Option.some(5))

        const two = SetOnce.makeUnsafe<number>()
        const setters = [
          yield* Effect.forkChild(SetOnce.set(two, 4)),
          yield* Effect.forkChild(SetOnce.set(two, 3))
        ]
        const exits = yield* Effect.forEach(setters, Fiber.await)
        assert.lengthOf(exits.filter(Exit.isFailure), 1)
      }))
  })

  describe("Service", () => {
    class Ready extends SetOnce.Service<Ready, number>()("test/Ready", {}) {}

    it.effect("SET-2: one component sets, others wait", () =>
      Effect.gen(function*() {
        const waiter = yield* forkSettled(Ready.wait)
        assert.strictEqual(yield* Ready.waiting, 1)
        assert.deepStrictEqual(yield* Ready.get, Option.none())
        assert.isFalse(yield* Ready.isInitialized)
        yield* Ready.set(1)
        assert.strictEqual(yield* Fiber.join(waiter), 1)
        assert.strictEqual((yield* Effect.flip(Ready.set(2))).value, 2)
        assert.strictEqual(String(yield* Ready), "SetOnce(test/Ready: initialized, 0 waiting)")
      }).pipe(Effect.provide(Ready.layer)))

    it.effect("layerWith makes another, with another name", () =>
      Effect.gen(function*() {
        const other = Ready.layerWith({ name: "other" })
        assert.strictEqual(String(yield* Effect.provide(Ready, other)), "SetOnce(other: empty, 0 waiting)")
        assert.strictEqual(Ready.layer, Ready.layer)
        const remote = { [SetOnce.TypeId]: { wait: Effect.succeed(7) } } as unknown as SetOnce.SetOnce<number>
        assert.strictEqual(yield* Effect.provide(Ready.wait, Layer.succeed(Ready, remote)), 7)
      }))
  })
})
