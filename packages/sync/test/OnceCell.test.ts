/**
 * OnceCell: every guarantee of tokio's, what we promise beyond, and what happens to those who use it wrongly.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Result } from "effect"
import { OnceCell } from "effect-sync"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { forkSettled, manual, operations, settle, thrownBy, until } from "./utils.ts"

const never = Effect.die(new Error("this initializer must not run"))

/** An initializer that stays inside until told how to end. */
const door = <A>() => {
  const end = Deferred.makeUnsafe<A, string>()
  const log: Array<string> = []
  return {
    init: Effect.suspend(() => {
      log.push("began")
      return Deferred.await(end)
    }).pipe(Effect.onExit((exit) => Effect.sync(() => log.push(exit._tag)))),
    end: (exit: Exit.Exit<A, string>) => Deferred.doneUnsafe(end, exit),
    log
  }
}

/** Forks so many askers, the first of which runs its initializer until its door opens; all others have doors too. */
const queue = (cell: OnceCell.OnceCell<number>, n: number) =>
  Effect.gen(function*() {
    const doors = Array.from({ length: n }, () => door<number>())
    const fibers = yield* Effect.forEach(doors, ({ init }) => forkSettled(OnceCell.getOrInit(cell, init)))
    return { doors, fibers, began: () => doors.map(({ log }) => log[0] === "began") }
  })

describe("OnceCell", () => {
  describe("one initializer for all", () => {
    it.effect("ONCE-1: a thousand ask at once, one initializer runs, all get the same reference", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<object>()
        let runs = 0
        const init = Effect.gen(function*() {
          runs++
          for (let i = 0; i < 5; i++) yield* Effect.yieldNow
          return {}
        })
        const values = yield* Effect.forEach(
          Array.from({ length: 1000 }),
          () => OnceCell.getOrInit(cell, init),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(runs, 1)
        assert.strictEqual(new Set(values).size, 1)
        assert.strictEqual(Option.getOrThrow(yield* OnceCell.get(cell)), values[0])
      }))

    it.effect("ONCE-1: never two at a time, whatever fails, dies or is interrupted, finalizers included", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        let inside = 0
        let peak = 0
        const section = (end: Effect.Effect<number, string>) =>
          Effect.sync(() => {
            peak = Math.max(peak, ++inside)
          }).pipe(
            Effect.andThen(Effect.yieldNow),
            Effect.andThen(end),
            Effect.ensuring(Effect.andThen(Effect.yieldNow, Effect.sync(() => inside--)))
          )
        const ends = [Effect.fail("no"), Effect.die("no"), Effect.interrupt, Effect.fail("no"), Effect.succeed(7)]
        const exits = yield* Effect.forEach(ends, (end) => Effect.exit(OnceCell.getOrInit(cell, section(end))), {
          concurrency: "unbounded"
        })
        assert.strictEqual(peak, 1)
        assert.deepStrictEqual(exits.map((exit) => exit._tag), ["Failure", "Failure", "Failure", "Failure", "Success"])
        assert.deepStrictEqual(yield* OnceCell.get(cell), Option.some(7))
      }))

    it.effect("ONCE-1: all who wait get the value, the oldest first, and none who came later before them", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const order: Array<number> = []
        const first = door<number>()
        const ask = (i: number, init: Effect.Effect<number, string>) =>
          forkSettled(Effect.tap(OnceCell.getOrInit(cell, init), () => Effect.sync(() => order.push(i))))
        yield* ask(0, first.init)
        for (const i of [1, 2, 3]) yield* ask(i, never)
        assert.strictEqual(yield* OnceCell.waiting(cell), 3)
        first.end(Exit.succeed(1))
        yield* settle
        assert.deepStrictEqual(order, [0, 1, 2, 3])
        assert.strictEqual(yield* OnceCell.waiting(cell), 0)
      }))

    it.effect("ONCE-1: a defect of one who was woken does not keep the value from the others", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const first = door<number>()
        yield* forkSettled(OnceCell.getOrInit(cell, first.init))
        const dies = yield* forkSettled(Effect.andThen(OnceCell.getOrInit(cell, never), Effect.die("after")))
        const goesOn = yield* forkSettled(OnceCell.getOrInit(cell, never))
        first.end(Exit.succeed(1))
        assert.strictEqual(yield* Fiber.join(goesOn), 1)
        assert.strictEqual((yield* Fiber.await(dies))._tag, "Failure")
      }))

    it.effect("ONCE-2: once filled, no initializer runs again and nobody waits", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const before = OnceCell.getOrInit(cell, never)
        yield* OnceCell.getOrInit(cell, Effect.succeed(1))
        for (const ask of [before, OnceCell.getOrInit(cell, never), OnceCell.getOrInit(cell, Effect.never)]) {
          assert.strictEqual(Effect.runSync(ask), 1)
        }
      }))

    it("ONCE-2: on a filled cell getOrInit is one step", () => {
      const cell = OnceCell.makeUnsafe<number>()
      const before = OnceCell.getOrInit(cell, never)
      OnceCell.setUnsafe(cell, 1)
      assert.strictEqual(operations(OnceCell.getOrInit(cell, never)), 1)
      // what was built while the cell was empty needs another one where it can't evaluate the answer
      assert.strictEqual(operations(before), process.env["EFFECT_SYNC_FALLBACK"] === "1" ? 2 : 1)
    })

    it.effect("ONCE-2: a value that is undefined, an error, an exit or an effect is a value like any other", () =>
      Effect.gen(function*() {
        for (const value of [undefined, null, new Error("no"), Exit.fail("no"), Effect.never, Option.none()]) {
          const cell = yield* OnceCell.make<unknown>()
          assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed(value)), value)
          assert.strictEqual(yield* OnceCell.getOrInit(cell, never), value)
          assert.strictEqual(Option.getOrThrow(yield* OnceCell.get(cell)), value)
          const other = yield* OnceCell.make<unknown>()
          yield* OnceCell.set(other, value)
          assert.strictEqual(yield* OnceCell.getOrInit(other, never), value)
          assert.isTrue(yield* OnceCell.isInitialized(other))
        }
      }))
  })

  describe("an initializer that does not succeed", () => {
    const ends: Record<
      string,
      (fiber: Fiber.Fiber<number, string>, end: (exit: Exit.Exit<number, string>) => void) => void
    > = {
      fails: (_, end) => end(Exit.fail("no")),
      dies: (_, end) => end(Exit.die("no")),
      "is interrupted": (fiber) => fiber.interruptUnsafe(),
      "interrupts itself": (_, end) => end(Exit.interrupt())
    }

    for (const [name, how] of Object.entries(ends)) {
      it.effect(`ONCE-3: ${name}: the cell stays empty, and the oldest waiter runs its own`, () =>
        Effect.gen(function*() {
          const cell = yield* OnceCell.make<number>()
          const { began, doors, fibers } = yield* queue(cell, 3)
          assert.deepStrictEqual(began(), [true, false, false])
          how(fibers[0]!, doors[0]!.end)
          yield* settle
          assert.deepStrictEqual(began(), [true, true, false])
          assert.deepStrictEqual(yield* OnceCell.get(cell), Option.none())
          doors[1]!.end(Exit.succeed(2))
          assert.strictEqual(yield* Fiber.join(fibers[1]!), 2)
          assert.strictEqual(yield* Fiber.join(fibers[2]!), 2)
          assert.deepStrictEqual(began(), [true, true, false])
          assert.isTrue(Exit.isFailure(yield* Fiber.await(fibers[0]!)))
        }))

      it.effect(`ONCE-3: ${name}, with nobody waiting: the cell is empty, and whoever comes next tries`, () =>
        Effect.gen(function*() {
          const cell = yield* OnceCell.make<number>()
          const { doors, fibers } = yield* queue(cell, 1)
          how(fibers[0]!, doors[0]!.end)
          yield* settle
          assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
          assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed(2)), 2)
        }))
    }

    it.effect("ONCE-3: the turn goes round in the order in which they asked", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const order: Array<number> = []
        const exits = yield* Effect.forEach(
          [0, 1, 2, 3, 4],
          (i) =>
            Effect.exit(
              OnceCell.getOrInit(
                cell,
                Effect.andThen(Effect.sync(() => order.push(i)), Effect.andThen(Effect.yieldNow, Effect.fail(i)))
              )
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(order, [0, 1, 2, 3, 4])
        assert.deepStrictEqual(exits, [0, 1, 2, 3, 4].map((i) => Exit.fail(i)))
      }))

    it.effect("ONCE-3: who has been given the turn and has not run yet is overtaken by nobody", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { began, doors } = yield* queue(cell, 2)
        doors[0]!.end(Exit.fail("no"))
        yield* until("the turn is given", OnceCell.waiting(cell), 0)
        const late = yield* Effect.forkChild(OnceCell.getOrInit(cell, never), { startImmediately: true })
        assert.strictEqual(yield* OnceCell.waiting(cell), 1)
        yield* settle
        assert.deepStrictEqual(began(), [true, true])
        doors[1]!.end(Exit.succeed(2))
        assert.strictEqual(yield* Fiber.join(late), 2)
      }))

    it.effect("ONCE-3: interrupted between turn and run, it passes the turn on", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { began, doors, fibers } = yield* queue(cell, 3)
        doors[0]!.end(Exit.fail("no"))
        yield* until("the turn is given", OnceCell.waiting(cell), 1)
        fibers[1]!.interruptUnsafe()
        yield* settle
        assert.deepStrictEqual(began(), [true, false, true])
        doors[2]!.end(Exit.succeed(3))
        assert.strictEqual(yield* Fiber.join(fibers[2]!), 3)
      }))

    it.effect("ONCE-3: interrupted between turn and run, with nobody behind: the cell is idle", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { began, doors, fibers } = yield* queue(cell, 2)
        doors[0]!.end(Exit.fail("no"))
        yield* until("the turn is given", OnceCell.waiting(cell), 0)
        fibers[1]!.interruptUnsafe()
        yield* settle
        assert.deepStrictEqual(began(), [true, false])
        yield* OnceCell.set(cell, 3)
      }))

    it.effect("ONCE-3: the next begins only when the finalizers of the interrupted one have run", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const log: Array<string> = []
        const first = yield* forkSettled(
          OnceCell.getOrInit(
            cell,
            Effect.onInterrupt(Effect.never, () => Effect.andThen(settle, Effect.sync(() => log.push("cleaned up"))))
          )
        )
        const second = yield* forkSettled(OnceCell.getOrInit(
          cell,
          Effect.sync(() => {
            log.push("next")
            return 2
          })
        ))
        yield* Fiber.interrupt(first)
        assert.strictEqual(yield* Fiber.join(second), 2)
        assert.deepStrictEqual(log, ["cleaned up", "next"])
      }))

    it.effect("ONCE-3: the turn is given in the step in which the initializer ends, and runs nobody in it", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        let ran = false
        const first = yield* forkSettled(OnceCell.getOrInit(cell, Effect.never))
        yield* forkSettled(OnceCell.getOrInit(
          cell,
          Effect.sync(() => {
            ran = true
            return 2
          })
        ))
        first.interruptUnsafe() // runs the interrupted fiber to its end, here
        assert.isDefined(first.pollUnsafe())
        assert.isFalse(ran)
        assert.strictEqual(yield* OnceCell.waiting(cell), 0)
        yield* settle
        assert.isTrue(ran)
      }))

    it.effect("ONCE-4: an error reaches the caller whose initializer failed, and nobody else", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors, fibers } = yield* queue(cell, 4)
        doors[0]!.end(Exit.fail("first"))
        doors[1]!.end(Exit.die("second"))
        doors[2]!.end(Exit.succeed(3))
        const exits = yield* Effect.forEach(fibers, Fiber.await)
        assert.deepStrictEqual(exits, [Exit.fail("first"), Exit.die("second"), Exit.succeed(3), Exit.succeed(3)])
      }))

    it.effect("ONCE-4: an error is not kept", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const failed = yield* Effect.exit(OnceCell.getOrInit(cell, Effect.fail("no")))
        assert.deepStrictEqual(failed, Exit.fail("no"))
        assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed(1)), 1)
      }))
  })

  describe("who gives up waiting", () => {
    for (const [who, left] of [["the oldest", 1], ["one in the middle", 2], ["the youngest", 3]] as const) {
      it.effect(`ONCE-5: ${who}: nothing changes for the others`, () =>
        Effect.gen(function*() {
          const cell = yield* OnceCell.make<number>()
          const { began, doors, fibers } = yield* queue(cell, 4)
          yield* Fiber.interrupt(fibers[left]!)
          assert.strictEqual(yield* OnceCell.waiting(cell), 2)
          assert.deepStrictEqual(began(), [true, false, false, false])
          const others = [1, 2, 3].filter((i) => i !== left)
          doors[0]!.end(Exit.fail("no"))
          yield* settle
          assert.deepStrictEqual(began().indexOf(true, 1), others[0])
          doors[others[0]!]!.end(Exit.succeed(5))
          for (const i of others) assert.strictEqual(yield* Fiber.join(fibers[i]!), 5)
          assert.isTrue(
            Cause.hasInterruptsOnly(Exit.getCause(yield* Fiber.await(fibers[left]!)).pipe(Option.getOrThrow))
          )
        }))
    }

    it.effect("ONCE-5: a timeout on the wait leaves the initializer alone", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors, fibers } = yield* queue(cell, 1)
        const impatient = yield* Effect.forkChild(Effect.timeoutOption(OnceCell.getOrInit(cell, never), "1 second"))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(impatient), Option.none())
        assert.strictEqual(yield* OnceCell.waiting(cell), 0)
        doors[0]!.end(Exit.succeed(1))
        assert.strictEqual(yield* Fiber.join(fibers[0]!), 1)
      }))

    it.effect("ONCE-5: interrupted after the value came, before it ran: it ends interrupted, the others have it", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors, fibers } = yield* queue(cell, 3)
        doors[0]!.end(Exit.succeed(1))
        yield* until("the value is there", Effect.map(OnceCell.isInitialized(cell), Number), 1)
        fibers[1]!.interruptUnsafe()
        assert.strictEqual(yield* Fiber.join(fibers[2]!), 1)
        assert.isTrue(Exit.isFailure(yield* Fiber.await(fibers[1]!)))
        assert.deepStrictEqual(cell.toJSON(), {
          _id: "effect-sync/OnceCell",
          initialized: true,
          initializing: false,
          waiting: 0
        })
      }))

    it.effect("ONCE-5: who waits uninterruptibly waits on, and gets the value", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors } = yield* queue(cell, 1)
        const got: Array<number> = []
        const fiber = yield* forkSettled(
          Effect.uninterruptible(Effect.tap(OnceCell.getOrInit(cell, never), (n) => Effect.sync(() => got.push(n))))
        )
        fiber.interruptUnsafe()
        yield* settle
        assert.strictEqual(yield* OnceCell.waiting(cell), 1)
        doors[0]!.end(Exit.succeed(1))
        yield* settle
        assert.deepStrictEqual(got, [1])
      }))
  })

  describe("an initializer that succeeds", () => {
    it.effect("ONCE-1: fills the cell in the step in which it ends, even if an interruption comes with it", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const inner = door<number>()
        // Its own finalizer sees the success; the interruption comes before anything else can run.
        const fiber: Fiber.Fiber<number, string> = yield* forkSettled(
          Effect.onExit(OnceCell.getOrInit(cell, inner.init), () =>
            Effect.sync(() => {
              assert.isTrue(OnceCell.isInitializedUnsafe(cell))
              fiber.interruptUnsafe()
            }))
        )
        const other = yield* forkSettled(OnceCell.getOrInit(cell, never))
        inner.end(Exit.succeed(1))
        assert.strictEqual(yield* Fiber.join(other), 1)
        assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      }))

    it.effect("ONCE-1: uninterruptibly, it goes on although its caller is interrupted, and fills the cell", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const inner = door<number>()
        const fiber = yield* forkSettled(Effect.uninterruptible(OnceCell.getOrInit(cell, inner.init)))
        fiber.interruptUnsafe()
        const other = yield* forkSettled(OnceCell.getOrInit(cell, never))
        inner.end(Exit.succeed(1))
        assert.strictEqual(yield* Fiber.join(other), 1)
      }))
  })

  describe("set", () => {
    it.effect("ONCE-6: fills an empty cell, and never overwrites", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>({ name: "c" })
        yield* OnceCell.set(cell, 1)
        const error = yield* Effect.flip(OnceCell.set(cell, 2))
        assert.instanceOf(error, OnceCell.AlreadyInitialized)
        assert.strictEqual(error.value, 2)
        assert.strictEqual(error.message, "OnceCell.set: OnceCell \"c\" is initialized already")
        assert.deepStrictEqual(yield* OnceCell.get(cell), Option.some(1))
      }))

    it.effect("ONCE-6: is refused with its value while an initializer runs, also by that initializer", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>({ name: "c" })
        const { doors, fibers } = yield* queue(cell, 1)
        const error = yield* Effect.flip(OnceCell.set(cell, 9))
        assert.instanceOf(error, OnceCell.Initializing)
        assert.strictEqual(error.value, 9)
        assert.strictEqual(error.message, "OnceCell.set: OnceCell \"c\" is being initialized")
        doors[0]!.end(Exit.succeed(1))
        assert.strictEqual(yield* Fiber.join(fibers[0]!), 1)
        const inside = yield* OnceCell.make<number>()
        const own = yield* Effect.flip(OnceCell.getOrInit(inside, Effect.as(OnceCell.set(inside, 1), 2)))
        assert.strictEqual(own._tag, "Initializing")
      }))

    it.effect("ONCE-6: is refused while somebody has the turn and has not run yet", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors, fibers } = yield* queue(cell, 2)
        doors[0]!.end(Exit.fail("no"))
        yield* until("the turn is given", OnceCell.waiting(cell), 0)
        assert.strictEqual((yield* Effect.flip(OnceCell.set(cell, 9)))._tag, "Initializing")
        doors[1]!.end(Exit.succeed(2))
        assert.strictEqual(yield* Fiber.join(fibers[1]!), 2)
      }))

    it.effect("ONCE-6: fills a cell whose initializers have all failed", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const { doors } = yield* queue(cell, 2)
        for (const { end } of doors) end(Exit.fail("no"))
        yield* settle
        yield* OnceCell.set(cell, 3)
        assert.strictEqual(yield* OnceCell.getOrInit(cell, never), 3)
      }))

    it.effect("ONCE-6: never waits, in a callback either", () =>
      Effect.gen(function*() {
        const cell = OnceCell.makeUnsafe<number>({ name: "c" })
        const { doors } = yield* queue(cell, 1)
        assert.strictEqual(Effect.runSync(Effect.flip(OnceCell.set(cell, 9)))._tag, "Initializing")
        const refused = OnceCell.setUnsafe(cell, 9)
        assert.isTrue(Result.isFailure(refused) && refused.failure.value === 9)
        assert.isTrue(
          Result.isFailure(refused) &&
            refused.failure.message === "OnceCell.setUnsafe: OnceCell \"c\" is being initialized"
        )
        doors[0]!.end(Exit.fail("no"))
        yield* settle
        assert.deepStrictEqual(OnceCell.setUnsafe(cell, 1), Result.void)
        const late = OnceCell.setUnsafe(2)(cell)
        assert.isTrue(Result.isFailure(late) && late.failure._tag === "AlreadyInitialized" && late.failure.value === 2)
        assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.some(1))
      }))

    it.effect("ONCE-6: of many at once one wins", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const exits = yield* Effect.forEach(
          [0, 1, 2, 3],
          (i) => Effect.exit(Effect.andThen(Effect.yieldNow, OnceCell.set(cell, i))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(exits.map((exit) => exit._tag), ["Success", "Failure", "Failure", "Failure"])
        assert.deepStrictEqual(yield* OnceCell.get(cell), Option.some(0))
      }))
  })

  describe("looking", () => {
    it.effect("ONCE-7: there is no value while it is being initialized", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const look = Effect.all([OnceCell.get(cell), OnceCell.isInitialized(cell)])
        assert.deepStrictEqual(yield* look, [Option.none(), false])
        const { doors } = yield* queue(cell, 2)
        assert.deepStrictEqual(yield* look, [Option.none(), false])
        assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.none())
        assert.isFalse(OnceCell.isInitializedUnsafe(cell))
        doors[0]!.end(Exit.fail("no"))
        yield* settle
        assert.deepStrictEqual(yield* look, [Option.none(), false])
        doors[1]!.end(Exit.succeed(1))
        yield* settle
        assert.deepStrictEqual(yield* look, [Option.some(1), true])
        assert.isTrue(OnceCell.isInitializedUnsafe(cell))
      }))

    it.effect("waiting counts the queued, without the one who runs or has the turn", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        assert.strictEqual(yield* OnceCell.waiting(cell), 0)
        const { doors, fibers } = yield* queue(cell, 3)
        assert.strictEqual(yield* OnceCell.waiting(cell), 2)
        assert.strictEqual(OnceCell.waitingUnsafe(cell), 2)
        doors[0]!.end(Exit.fail("no"))
        yield* settle
        assert.strictEqual(yield* OnceCell.waiting(cell), 1)
        yield* Fiber.interrupt(fibers[1]!)
        assert.strictEqual(yield* OnceCell.waiting(cell), 0)
      }))

    it.effect("shows its name and state, not its value", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<string>({ name: "secret" })
        assert.strictEqual(String(cell), "OnceCell(secret: empty, 0 waiting)")
        const inner = door<string>()
        yield* forkSettled(OnceCell.getOrInit(cell, inner.init))
        yield* forkSettled(OnceCell.getOrInit(cell, inner.init))
        assert.strictEqual(String(cell), "OnceCell(secret: initializing, 1 waiting)")
        assert.deepStrictEqual(cell.toJSON(), {
          _id: "effect-sync/OnceCell",
          name: "secret",
          initialized: false,
          initializing: true,
          waiting: 1
        })
        inner.end(Exit.succeed("hunter2"))
        yield* settle
        assert.strictEqual(inspect(cell), "OnceCell(secret: initialized, 0 waiting)")
        assert.notInclude(JSON.stringify(cell), "hunter2")
        assert.notProperty(OnceCell.makeUnsafe().toJSON(), "name")
        const effect = OnceCell.getOrInit(OnceCell.makeUnsafe(), never)
        assert.deepStrictEqual(JSON.parse(JSON.stringify(effect)), { _id: "Effect", op: "OnceCell.getOrInit" })
      }))

    it("is told from what is none", () => {
      assert.isTrue(OnceCell.isOnceCell(OnceCell.makeUnsafe()))
      for (const other of [undefined, null, {}, "OnceCell"]) assert.isFalse(OnceCell.isOnceCell(other))
    })
  })

  describe("making", () => {
    it.effect("with an initial value it is filled, without one it is empty", () =>
      Effect.gen(function*() {
        const filled = yield* OnceCell.make({ initial: Option.some(1) })
        assert.strictEqual(yield* OnceCell.getOrInit(filled, never), 1)
        assert.strictEqual((yield* Effect.flip(OnceCell.set(filled, 2)))._tag, "AlreadyInitialized")
        for (
          const empty of [yield* OnceCell.make<number>({ initial: Option.none() }), yield* OnceCell.make<number>()]
        ) {
          assert.isFalse(yield* OnceCell.isInitialized(empty))
          yield* OnceCell.set(empty, 3)
        }
      }))

    it.effect("each run makes another", () =>
      Effect.gen(function*() {
        const make = OnceCell.make<number>()
        assert.notStrictEqual(yield* make, yield* make)
      }))
  })

  describe("laziness", () => {
    it.effect("nothing happens, and no place is taken, until the effect runs", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const order: Array<string> = []
        const ask = (name: string) =>
          OnceCell.getOrInit(cell, Effect.andThen(Effect.sync(() => order.push(name)), Effect.fail(name)))
        const builtFirst = ask("built first")
        const set = OnceCell.set(cell, 1)
        assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
        const inner = door<number>()
        yield* forkSettled(OnceCell.getOrInit(cell, inner.init))
        yield* forkSettled(Effect.exit(ask("ran first")))
        yield* forkSettled(Effect.exit(builtFirst))
        inner.end(Exit.fail("no"))
        yield* settle
        assert.deepStrictEqual(order, ["ran first", "built first"])
        yield* set
        assert.strictEqual(yield* builtFirst, 1)
      }))

    it.effect("an effect may run many times", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        let tries = 0
        const ask = OnceCell.getOrInit(
          cell,
          Effect.suspend(() => ++tries < 3 ? Effect.fail("no") : Effect.succeed(tries))
        )
        assert.strictEqual(yield* Effect.retry(ask, { times: 5 }), 3)
        assert.strictEqual(yield* ask, 3)
        assert.strictEqual(tries, 3)
      }))
  })

  describe("what an initializer is", () => {
    it.effect("it has the services and the scope of the caller that runs it", () =>
      Effect.gen(function*() {
        class Who extends Context.Service<Who, string>()("test/Who") {}
        const cell = yield* OnceCell.make<string>()
        const log: Array<string> = []
        const init = Effect.gen(function*() {
          const who = yield* Who
          yield* Effect.addFinalizer(() => Effect.sync(() => log.push(`the scope of ${who} ends`)))
          yield* Effect.yieldNow
          return who
        })
        const ask = (who: string) =>
          Effect.scoped(Effect.tap(OnceCell.getOrInit(cell, init), () => Effect.sync(() => log.push(who)))).pipe(
            Effect.provideService(Who, who)
          )
        const values = yield* Effect.all([ask("first"), ask("second")], { concurrency: "unbounded" })
        assert.deepStrictEqual(values, ["first", "first"])
        assert.deepStrictEqual(log, ["first", "the scope of first ends", "second"])
      }))

    it.effect("asking its own cell, it waits for itself, and can be interrupted", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const again: Effect.Effect<number> = OnceCell.getOrInit(cell, Effect.succeed(1))
        const fiber = yield* forkSettled(OnceCell.getOrInit(cell, again))
        assert.strictEqual(String(cell), "OnceCell(initializing, 1 waiting)")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
        assert.strictEqual(yield* again, 1)
      }))

    it.effect("it may initialize another cell", () =>
      Effect.gen(function*() {
        const inner = yield* OnceCell.make<number>()
        const outer = yield* OnceCell.make<number>()
        const ask = OnceCell.getOrInit(outer, OnceCell.getOrInit(inner, Effect.as(Effect.yieldNow, 1)))
        assert.deepStrictEqual(yield* Effect.all([ask, ask], { concurrency: "unbounded" }), [1, 1])
      }))

    it.effect("a function that throws on the way is a defect of its caller, and hands the turn on", () =>
      Effect.gen(function*() {
        const cell = yield* OnceCell.make<number>()
        const throws = Effect.suspend((): Effect.Effect<number> => {
          throw new Error("thrown")
        })
        const exit = yield* Effect.exit(OnceCell.getOrInit(cell, throws))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        assert.strictEqual(yield* OnceCell.getOrInit(cell, Effect.succeed(1)), 1)
      }))
  })

  describe("without Effect's run loop", () => {
    it("an …Unsafe call runs no fiber on its own stack", () => {
      const { run, turnsUntilIdle } = manual()
      const cell = OnceCell.makeUnsafe<number>()
      const inner = door<number>()
      run(Effect.exit(OnceCell.getOrInit(cell, inner.init)))
      const waiter = run(OnceCell.getOrInit(cell, Effect.succeed(2)))
      turnsUntilIdle()
      assert.isTrue(Result.isFailure(OnceCell.setUnsafe(cell, 9)))
      inner.end(Exit.fail("no"))
      assert.isUndefined(waiter.pollUnsafe())
      turnsUntilIdle()
      assert.deepStrictEqual(waiter.pollUnsafe(), Exit.succeed(2))
    })

    it("the …Unsafe functions refuse what does not live here", () => {
      const remote = {
        toString: () => "Remote",
        [OnceCell.TypeId]: { get: Effect.succeedNone }
      } as unknown as OnceCell.OnceCell<number>
      for (
        const [name, call] of Object.entries({
          getUnsafe: () => OnceCell.getUnsafe(remote),
          setUnsafe: () => OnceCell.setUnsafe(remote, 1),
          isInitializedUnsafe: () => OnceCell.isInitializedUnsafe(remote),
          waitingUnsafe: () => OnceCell.waitingUnsafe(remote)
        })
      ) {
        const error = thrownBy(call)
        assert.instanceOf(error, OnceCell.Misuse)
        assert.match(error.message, new RegExp(`^OnceCell\\.${name}: Remote does not live in this process`))
      }
      assert.deepStrictEqual(Effect.runSync(OnceCell.get(remote)), Option.none())
    })
  })

  describe("as in tokio's own tests", () => {
    const five = Effect.succeed(5)
    const ten = Effect.as(Effect.sleep("1 millis"), 10)

    it.effect("ONCE-1: the quick one, which began first, makes the value for both", () =>
      Effect.gen(function*() {
        const cell = OnceCell.makeUnsafe<number>()
        const fibers = [
          yield* Effect.forkChild(OnceCell.getOrInit(cell, five)),
          yield* Effect.forkChild(OnceCell.getOrInit(cell, ten))
        ]
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* Fiber.joinAll(fibers), [5, 5])
      }))

    it.effect("ONCE-1: an initializer that would die is not run where there is a value", () =>
      Effect.gen(function*() {
        const cell = OnceCell.makeUnsafe<number>()
        const fibers = [
          yield* Effect.forkChild(OnceCell.getOrInit(cell, five)),
          yield* Effect.forkChild(OnceCell.getOrInit(cell, Effect.andThen(Effect.sleep("1 millis"), Effect.die("no"))))
        ]
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* Fiber.joinAll(fibers), [5, 5])
      }))

    it.effect("ONCE-6: set from a fiber, seen here; set twice; set while it is initialized by one who sleeps", () =>
      Effect.gen(function*() {
        const cell = OnceCell.makeUnsafe<number>()
        assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.none())
        yield* Fiber.join(yield* Effect.forkChild(OnceCell.set(cell, 5)))
        assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.some(5))
        assert.strictEqual((yield* Effect.flip(OnceCell.set(cell, 6)))._tag, "AlreadyInitialized")

        const slow = OnceCell.makeUnsafe<number>()
        const sleeper = yield* Effect.forkChild(OnceCell.getOrInit(slow, Effect.as(Effect.sleep("2 millis"), 5)))
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Effect.flip(OnceCell.set(slow, 10)))._tag, "Initializing")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* Fiber.join(sleeper), 5)
      }))
  })

  describe("Service", () => {
    class Stated extends OnceCell.Service<Stated, number>()("test/Stated", {}) {}
    let runs = 0
    class Counted extends OnceCell.Service<Counted>()("test/Counted", {
      init: Effect.andThen(Effect.yieldNow, Effect.sync(() => ++runs))
    }) {}
    class Needed extends Context.Service<Needed, string>()("test/Needed") {}
    class Needs extends OnceCell.Service<Needs, string>()("test/Needs", {
      init: Effect.flatMap(Needed, (needed) => needed === "" ? Effect.fail("nothing" as const) : Effect.succeed(needed))
    }) {}

    it.effect("ONCE-1: the init of the service runs when the value is asked for, once for all", () =>
      Effect.gen(function*() {
        runs = 0
        const program = Effect.gen(function*() {
          assert.strictEqual(runs, 0)
          assert.isFalse(yield* Counted.isInitialized)
          return yield* Effect.all([Counted.value, Counted.value, Counted.value], { concurrency: "unbounded" })
        })
        assert.deepStrictEqual(yield* Effect.provide(program, Counted.layer), [1, 1, 1])
      }))

    it.effect("another init for a test; without one, that of the class", () =>
      Effect.gen(function*() {
        runs = 0
        const other = Counted.layerWith({ init: Effect.succeed(-1) })
        assert.strictEqual(yield* Effect.provide(Counted.value, other), -1)
        const named = Counted.layerWith({ name: "other" })
        assert.strictEqual(yield* Effect.provide(Counted.value, named), 1)
        assert.strictEqual(String(yield* Effect.provide(Counted, named)), "OnceCell(other: empty, 0 waiting)")
        assert.strictEqual(String(yield* Effect.provide(Counted, other)), "OnceCell(test/Counted: empty, 0 waiting)")
      }))

    it.effect("ONCE-4: the error and the requirements of init are those of the value, not of the layer", () =>
      Effect.gen(function*() {
        const ask = (needed: string) => Effect.provideService(Effect.exit(Needs.value), Needed, needed)
        const exits = yield* Effect.all([ask(""), ask("here"), ask("")]).pipe(Effect.provide(Needs.layer))
        assert.deepStrictEqual(exits, [Exit.fail("nothing" as const), Exit.succeed("here"), Exit.succeed("here")])
      }))

    it.effect("accessors", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Stated.get, Option.none())
        assert.strictEqual(
          (yield* Effect.flip(Stated.getOrInit(Stated.set(0).pipe(Effect.as(1)))))._tag,
          "Initializing"
        )
        assert.strictEqual(yield* Stated.waiting, 0)
        yield* Stated.set(3)
        assert.isTrue(yield* Stated.isInitialized)
        assert.strictEqual(yield* Stated.getOrInit(never), 3)
        assert.strictEqual(String(yield* Stated), "OnceCell(test/Stated: initialized, 0 waiting)")
        assert.notProperty(Stated, "value")
      }).pipe(Effect.provide(Stated.layer)))

    it.effect("one layer object is one cell", () =>
      Effect.gen(function*() {
        const both = Effect.andThen(Stated.set(1), Stated.get)
        const other = Layer.fresh(Stated.layer)
        assert.deepStrictEqual(yield* Effect.provide(both, Stated.layer), Option.some(1))
        assert.deepStrictEqual(yield* Effect.provide(Stated.get, other), Option.none())
        assert.strictEqual(Stated.layer, Stated.layer)
      }))

    it.effect("a cell of another backend has the init of the class", () =>
      Effect.gen(function*() {
        runs = 0
        const inner = OnceCell.makeUnsafe<number>()
        const remote = { [OnceCell.TypeId]: inner[OnceCell.TypeId] } as unknown as OnceCell.OnceCell<number>
        assert.strictEqual(yield* Effect.provide(Counted.value, Layer.succeed(Counted, remote)), 1)
        assert.deepStrictEqual(OnceCell.getUnsafe(inner), Option.some(1))
      }))
  })
})
