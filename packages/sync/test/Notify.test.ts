/**
 * What a Notify promises, guarantee by guarantee. Random sequences are in `Notify.model.test.ts`, an interrupt at every
 * operation in `Notify.interruption.test.ts`, large numbers in `Notify.stress.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { Errors, Handle, Notify } from "effect-sync"
import { inspect } from "node:util"
import { defectOf, forkSettled, manual, settle, thrownBy } from "./utils.ts"

/** Fibers that wait for a notification, and in which order they got one. */
const waiters = (notify: Notify.Notify, n: number) =>
  Effect.gen(function*() {
    const woken: Array<number> = []
    const fibers: Array<Fiber.Fiber<unknown>> = []
    for (let i = 0; i < n; i++) {
      fibers.push(yield* forkSettled(Effect.andThen(Notify.notified(notify), Effect.sync(() => woken.push(i)))))
    }
    return { fibers, woken }
  })

/** Whether a notification is stored; takes it. */
const takesStored = (notify: Notify.Notify) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Notify.notified(notify), { startImmediately: true })
    const taken = fiber.pollUnsafe() !== undefined
    yield* Fiber.interrupt(fiber)
    return taken
  })

/** The forms of `notifyOne` and of its siblings, which must not differ. */
const calls = {
  one: {
    notifyOne: Notify.notifyOne,
    notifyOneUnsafe: (notify: Notify.Notify) => Effect.sync(() => Notify.notifyOneUnsafe(notify))
  },
  last: {
    notifyLast: Notify.notifyLast,
    notifyLastUnsafe: (notify: Notify.Notify) => Effect.sync(() => Notify.notifyLastUnsafe(notify))
  },
  all: {
    notifyWaiters: Notify.notifyWaiters,
    notifyWaitersUnsafe: (notify: Notify.Notify) => Effect.sync(() => Notify.notifyWaitersUnsafe(notify))
  }
} satisfies Record<string, Record<string, (notify: Notify.Notify) => Effect.Effect<void>>>

const forEachCall = (
  group: keyof typeof calls,
  title: string,
  test: (call: (notify: Notify.Notify) => Effect.Effect<void>) => Effect.Effect<unknown, unknown, Scope.Scope>
) => {
  for (const [name, call] of Object.entries(calls[group])) {
    it.effect(`${title} (${name})`, () => Effect.scoped(test(call)))
  }
}

describe("Notify", () => {
  describe("the stored notification", () => {
    for (const group of ["one", "last"] as const) {
      forEachCall(
        group,
        "NOT-1: notified before the wait: the next wait completes at once, the one after it waits",
        (call) =>
          Effect.gen(function*() {
            const notify = yield* Notify.make()
            yield* call(notify)
            yield* Notify.notified(notify)
            const { woken } = yield* waiters(notify, 1)
            assert.deepStrictEqual(woken, [])
            assert.strictEqual(yield* Notify.waiting(notify), 1)
            yield* call(notify)
            yield* settle
            assert.deepStrictEqual(woken, [0])
            assert.isFalse(yield* takesStored(notify))
          })
      )

      forEachCall(group, "NOT-2: any number of calls without a waiter store one", (call) =>
        Effect.gen(function*() {
          const notify = yield* Notify.make()
          for (let i = 0; i < 5; i++) yield* call(notify)
          const { woken } = yield* waiters(notify, 2)
          assert.deepStrictEqual(woken, [0])
        }))
    }

    it.effect("NOT-1: a handle takes it as well, by enable or await, when it comes to the queue and not before", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handles = [yield* Notify.subscribe(notify), yield* Notify.subscribe(notify)] as const
        yield* Notify.notifyOne(notify)
        assert.isTrue(yield* handles[1].enable)
        assert.isFalse(yield* handles[0].enable)
        yield* handles[1].await
        yield* Notify.notifyOne(notify)
        yield* handles[0].await
        assert.isFalse(yield* takesStored(notify))
        const third = yield* Notify.subscribe(notify)
        yield* Notify.notifyOne(notify)
        yield* third.await
        assert.isFalse(yield* takesStored(notify))
      }).pipe(Effect.scoped))

    it.effect("NOT-2: those notified who have not run yet are not in the queue any more", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { woken } = yield* waiters(notify, 1)
        yield* Effect.sync(() => {
          for (let i = 0; i < 3; i++) Notify.notifyOneUnsafe(notify)
        })
        yield* settle
        assert.deepStrictEqual(woken, [0])
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* takesStored(notify))
      }))
  })

  describe("order", () => {
    forEachCall("one", "NOT-3: the oldest first", (call) =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { woken } = yield* waiters(notify, 3)
        yield* call(notify)
        yield* settle
        assert.deepStrictEqual(woken, [0])
        yield* Effect.andThen(call(notify), call(notify))
        yield* settle
        assert.deepStrictEqual(woken, [0, 1, 2])
      }))

    forEachCall("last", "NOT-3: the newest first", (call) =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { woken } = yield* waiters(notify, 3)
        yield* call(notify)
        yield* settle
        assert.deepStrictEqual(woken, [2])
        yield* call(notify)
        yield* Notify.notifyOne(notify)
        yield* settle
        assert.deepStrictEqual(woken, [2, 1, 0])
      }))

    it.effect("NOT-3: counted from the first enable or await, not from when it was made", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const order: Array<string> = []
        const seen = (name: string) => Effect.sync(() => order.push(name))
        const [a, b, c] = yield* Effect.all([1, 2, 3].map(() => Notify.subscribe(notify)))
        const built = Effect.andThen(Notify.notified(notify), seen("fiber"))
        assert.isFalse(yield* c!.enable)
        yield* forkSettled(Effect.andThen(b!.await, seen("b")))
        yield* forkSettled(built)
        assert.isFalse(a!.enableUnsafe())
        assert.isFalse(yield* c!.enable) // keeps its place
        for (const handle of [a!, c!]) {
          yield* forkSettled(Effect.andThen(handle.await, seen(handle === a ? "a" : "c")))
        }
        for (let i = 0; i < 4; i++) {
          yield* Notify.notifyOne(notify)
          yield* settle
        }
        assert.deepStrictEqual(order, ["c", "b", "fiber", "a"])
      }).pipe(Effect.scoped))

    it.effect("NOT-3: who waits again goes to the back", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const order: Array<string> = []
        const twice = (name: string) =>
          Effect.repeat(Effect.andThen(Notify.notified(notify), Effect.sync(() => order.push(name))), { times: 1 })
        yield* forkSettled(twice("a"))
        yield* forkSettled(twice("b"))
        for (let i = 0; i < 4; i++) {
          yield* Notify.notifyOne(notify)
          yield* settle
        }
        assert.deepStrictEqual(order, ["a", "b", "a", "b"])
      }))

    it.effect("NOT-3: who is woken runs after the notifying fiber's current steps, in order", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { woken } = yield* waiters(notify, 3)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          Notify.notifyWaitersUnsafe(notify)
          assert.deepStrictEqual(woken, [], "an …Unsafe call ran a fiber on its own stack")
        })
        yield* settle
        assert.deepStrictEqual(woken, [0, 1, 2])
      }))
  })

  describe("broadcasts", () => {
    forEachCall(
      "all",
      "NOT-4: reaches all who wait, oldest first, and every handle made before, run or not",
      (call) =>
        Effect.gen(function*() {
          const notify = yield* Notify.make()
          const idle = yield* Notify.subscribe(notify)
          const untouched = yield* Notify.subscribe(notify)
          const enabled = yield* Notify.subscribe(notify)
          yield* enabled.enable
          const { woken } = yield* waiters(notify, 3)
          yield* call(notify)
          assert.strictEqual(yield* Notify.waiting(notify), 0)
          yield* settle
          assert.deepStrictEqual(woken, [0, 1, 2])
          assert.isTrue(yield* idle.enable)
          yield* untouched.await
          yield* enabled.await
          const after = yield* Notify.subscribe(notify)
          assert.isFalse(yield* after.enable)
          yield* call(notify)
          assert.isTrue(yield* after.enable)
        })
    )

    it.effect("NOT-4: two waits in sequence are not both satisfied by one broadcast", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const log: Array<number> = []
        yield* forkSettled(Effect.gen(function*() {
          yield* Notify.notified(notify)
          log.push(1)
          yield* Notify.notified(notify)
          log.push(2)
        }))
        yield* Notify.notifyWaiters(notify)
        yield* settle
        assert.deepStrictEqual(log, [1])
        yield* Notify.notifyWaiters(notify)
        yield* settle
        assert.deepStrictEqual(log, [1, 2])
      }))

    it.effect("NOT-4: notified() itself counts from when it runs, not from when it was built", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const built = Notify.notified(notify)
        yield* Notify.notifyWaiters(notify)
        const fiber = yield* forkSettled(built)
        assert.isUndefined(fiber.pollUnsafe())
      }))

    it.effect("NOT-5: a broadcast stores nothing, and leaves what is stored", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        yield* Notify.notifyWaiters(notify)
        assert.isFalse(yield* takesStored(notify))
        yield* Notify.notifyOne(notify)
        yield* Notify.notifyWaiters(notify)
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* takesStored(notify))
      }))

    it.effect("NOT-5: a handle completed by a broadcast leaves a notification, stored or later, to others", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const first = yield* Notify.subscribe(notify)
        yield* Notify.notifyWaiters(notify)
        yield* Notify.notifyOne(notify)
        assert.isTrue(yield* first.enable)
        assert.isTrue(yield* takesStored(notify))
        const second = yield* Notify.subscribe(notify)
        yield* second.enable
        yield* Notify.notifyWaiters(notify)
        yield* Notify.notifyOne(notify) // `second` is complete: not for it
        yield* second.await
        assert.isTrue(yield* takesStored(notify))
        const third = yield* Notify.subscribe(notify)
        yield* Notify.notifyWaiters(notify)
        yield* Notify.notifyOne(notify)
        yield* third.await
        assert.isTrue(yield* takesStored(notify))
      }).pipe(Effect.scoped))

    it.effect("NOT-7: after a broadcast, a waiter interrupted before it ran does not swallow a notifyOne", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 2)
        const handle = yield* Notify.subscribe(notify)
        yield* handle.enable
        yield* Effect.sync(() => {
          Notify.notifyWaitersUnsafe(notify)
          Notify.notifyOneUnsafe(notify)
          fibers[0]!.interruptUnsafe()
        })
        yield* handle.drop
        yield* settle
        assert.deepStrictEqual(woken, [1])
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* takesStored(notify)) // passed on to nobody
      }).pipe(Effect.scoped))

    it.effect("NOT-9: once one of them sees it all have it, and who waits again is not reached", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handles = yield* Effect.all([1, 2, 3].map(() => Notify.subscribe(notify)))
        const seen: Array<ReadonlyArray<boolean>> = []
        const fibers: Array<Fiber.Fiber<unknown>> = []
        for (const handle of handles) {
          fibers.push(
            yield* forkSettled(Effect.gen(function*() {
              yield* handle.await
              seen.push(handles.map((handle) => handle.enableUnsafe()))
              yield* Notify.notified(notify) // during the pass that wakes the others
            }))
          )
        }
        yield* Notify.notifyWaiters(notify)
        yield* settle
        assert.deepStrictEqual(seen, [[true, true, true], [true, true, true], [true, true, true]])
        assert.deepStrictEqual(fibers.map((fiber) => fiber.pollUnsafe()), [undefined, undefined, undefined])
        assert.strictEqual(yield* Notify.waiting(notify), 3)
      }).pipe(Effect.scoped))

    it.effect("NOT-9: from a callback, all of them have it before any runs", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { woken } = yield* waiters(notify, 2)
        const handle = yield* Notify.subscribe(notify)
        yield* handle.enable
        yield* Effect.sync(() => {
          Notify.notifyWaitersUnsafe(notify)
          assert.strictEqual(Notify.waitingUnsafe(notify), 0)
          assert.deepStrictEqual(woken, [])
          assert.isTrue(handle.enableUnsafe())
        })
        yield* settle
        assert.deepStrictEqual(woken, [0, 1])
      }).pipe(Effect.scoped))

    it("NOT-10: a defect of one who is woken does not keep the others asleep", () => {
      const { run, turn, turnsUntilIdle } = manual()
      const notify = Notify.makeUnsafe()
      const woken: Array<number> = []
      for (let i = 0; i < 4; i++) {
        const fiber = run(Effect.andThen(
          Notify.notified(notify),
          Effect.sync(() => {
            woken.push(i)
            if (i === 0) throw new Error("defect")
          })
        ))
        if (i === 1) {
          fiber.addObserver(() => {
            throw new Error("observer")
          })
        }
      }
      turnsUntilIdle()
      Notify.notifyWaitersUnsafe(notify)
      assert.throws(turn, /observer/)
      turnsUntilIdle()
      assert.deepStrictEqual(woken, [0, 1, 2, 3])
    })
  })

  describe("passing on", () => {
    /** Notifies and, before who was notified runs, interrupts that fiber. */
    const notifiedAndInterrupted = (
      notify: Notify.Notify,
      call: (notify: Notify.Notify) => void,
      fiber: Fiber.Fiber<unknown>
    ) =>
      Effect.andThen(
        Effect.sync(() => {
          call(notify)
          fiber.interruptUnsafe()
        }),
        settle
      )

    it.effect("NOT-6: interrupted while waiting, nothing is passed on", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 3)
        yield* Fiber.interrupt(fibers[1]!)
        assert.strictEqual(yield* Notify.waiting(notify), 2)
        assert.isFalse((notify.toJSON() as any).notified)
        yield* Notify.notifyOne(notify)
        yield* Notify.notifyOne(notify)
        yield* settle
        assert.deepStrictEqual(woken, [0, 2])
        assert.isFalse(yield* takesStored(notify))
      }))

    it.effect("NOT-6: a notifyOne not seen goes to the oldest", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 3)
        yield* notifiedAndInterrupted(notify, Notify.notifyOneUnsafe, fibers[0]!)
        assert.deepStrictEqual(woken, [1])
        assert.strictEqual(yield* Notify.waiting(notify), 1)
      }))

    it.effect("NOT-6: a notifyLast not seen goes to the newest", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 3)
        yield* notifiedAndInterrupted(notify, Notify.notifyLastUnsafe, fibers[2]!)
        assert.deepStrictEqual(woken, [1])
        assert.strictEqual(yield* Notify.waiting(notify), 1)
      }))

    it.effect("NOT-4, NOT-6: a notifyWaiters not seen goes to nobody, not to who came after it either", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 2)
        const later = yield* Effect.sync(() => {
          Notify.notifyWaitersUnsafe(notify)
          const later = Notify.subscribeUnsafe(notify)
          assert.isFalse(later.enableUnsafe())
          fibers[0]!.interruptUnsafe()
          return later
        })
        yield* settle
        assert.deepStrictEqual(woken, [1])
        assert.isFalse(later.enableUnsafe())
        Handle.releaseUnsafe(later)
        assert.isFalse(yield* takesStored(notify))
      }))

    it.effect("NOT-6: if nobody waits it is stored", () =>
      Effect.gen(function*() {
        for (const call of [Notify.notifyOneUnsafe, Notify.notifyLastUnsafe]) {
          const notify = yield* Notify.make()
          const { fibers, woken } = yield* waiters(notify, 1)
          yield* notifiedAndInterrupted(notify, call, fibers[0]!)
          assert.deepStrictEqual(woken, [])
          assert.isTrue(yield* takesStored(notify))
          assert.isFalse(yield* takesStored(notify))
        }
      }))

    it.effect("NOT-6: passed on again and again, it arrives once", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 5)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          for (let i = 0; i < 4; i++) fibers[i]!.interruptUnsafe()
        })
        yield* settle
        assert.deepStrictEqual(woken, [4])
        assert.isFalse(yield* takesStored(notify))
      }))

    it.effect("NOT-6: interrupted in the middle of passing on, while others are notified too", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const { fibers, woken } = yield* waiters(notify, 4)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify) // 0
          Notify.notifyLastUnsafe(notify) // 3
          fibers[3]!.interruptUnsafe() // to 2
          fibers[0]!.interruptUnsafe() // to 1
          fibers[2]!.interruptUnsafe() // stored
        })
        yield* settle
        assert.deepStrictEqual(woken, [1])
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* takesStored(notify))
      }))

    it.effect("NOT-6: losing a race is an interruption: a timeout loses no notification", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const raced = yield* Effect.forkChild(
          Effect.race(Notify.notified(notify), Effect.andThen(Effect.yieldNow, Effect.succeed("other")))
        )
        yield* settle
        assert.strictEqual(yield* Fiber.join(raced), "other")
        assert.strictEqual(yield* Notify.waiting(notify), 0)
        yield* Notify.notifyOne(notify)
        assert.isTrue(yield* takesStored(notify))
      }))

    it.effect("NOT-6: who waits uninterruptibly waits on, and keeps the notification", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const log: Array<string> = []
        const fiber = yield* forkSettled(
          Effect.uninterruptible(Effect.andThen(Notify.notified(notify), Effect.sync(() => log.push("seen"))))
        )
        fiber.interruptUnsafe()
        yield* settle
        assert.strictEqual(yield* Notify.waiting(notify), 1)
        yield* Notify.notifyOne(notify)
        yield* settle
        assert.deepStrictEqual(log, ["seen"])
        assert.isFalse(yield* takesStored(notify))
      }))
  })

  describe("handles", () => {
    const observed: Record<string, (handle: Notify.Notified) => Effect.Effect<unknown>> = {
      enable: (handle) => Effect.map(handle.enable, (complete) => assert.isTrue(complete)),
      enableUnsafe: (handle) => Effect.sync(() => assert.isTrue(handle.enableUnsafe())),
      await: (handle) => handle.await
    }
    const completed: Record<string, (notify: Notify.Notify) => Effect.Effect<void>> = {
      notifyOne: Notify.notifyOne,
      notifyLast: Notify.notifyLast,
      notifyWaiters: Notify.notifyWaiters
    }

    for (const [how, observe] of Object.entries(observed)) {
      for (const [by, complete] of Object.entries(completed)) {
        it.effect(`NOT-6: completed by ${by} and seen by ${how}, it stays complete and passes nothing on`, () =>
          Effect.gen(function*() {
            const notify = yield* Notify.make()
            const scope = yield* Scope.make()
            const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
            assert.isFalse(yield* handle.enable)
            yield* complete(notify)
            yield* observe(handle)
            yield* handle.await
            assert.isTrue(yield* handle.enable)
            assert.isTrue(handle.enableUnsafe())
            const { woken } = yield* waiters(notify, 1)
            yield* Scope.close(scope, Exit.void)
            yield* settle
            assert.deepStrictEqual(woken, [])
            assert.strictEqual(yield* Notify.waiting(notify), 1)
          }))
      }
    }

    const drops: Record<string, (handle: Notify.Notified, scope: Scope.Closeable) => Effect.Effect<void>> = {
      drop: (handle) => handle.drop,
      "Handle.release": Handle.release,
      "Handle.releaseUnsafe": (handle) => Effect.sync(() => Handle.releaseUnsafe(handle)),
      "closing the scope": (_, scope) => Scope.close(scope, Exit.void)
    }

    for (const [how, drop] of Object.entries(drops)) {
      it.effect(`NOT-6: dropped by ${how}: what was given and not seen is passed on, by the rule by which it came`, () =>
        Effect.gen(function*() {
          const expectations: Record<string, Array<number>> = { notifyOne: [0], notifyLast: [1], notifyWaiters: [] }
          for (const [by, expected] of Object.entries(expectations)) {
            const notify = yield* Notify.make()
            const scope = yield* Scope.make()
            const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
            yield* handle.enable
            yield* completed[by]!(notify)
            const { woken } = yield* waiters(notify, 2)
            yield* drop(handle, scope)
            yield* settle
            assert.deepStrictEqual(woken, expected)
            assert.isTrue(Handle.isReleased(handle))
            yield* drop(handle, scope)
            yield* settle
            assert.deepStrictEqual(woken, expected, "dropped twice")
            assert.isFalse((notify.toJSON() as any).notified)
          }
        }))

      it.effect(`NOT-6: dropped by ${how} in the queue it leaves it, never queued it leaves nothing`, () =>
        Effect.gen(function*() {
          const notify = yield* Notify.make()
          const scope = yield* Scope.make()
          const never = yield* Scope.provide(Notify.subscribe(notify), scope)
          const queued = yield* Scope.provide(Notify.subscribe(notify), scope)
          yield* queued.enable
          assert.strictEqual(yield* Notify.waiting(notify), 1)
          yield* drop(queued, scope)
          yield* drop(never, scope)
          assert.strictEqual(yield* Notify.waiting(notify), 0)
          assert.isFalse(yield* takesStored(notify))
          assert.strictEqual(scope.state._tag === "Open", false) // no trace
        }))
    }

    it.effect("NOT-6: notified by notifyOne, then reached by a broadcast: dropped, it passes the notifyOne on", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        yield* handle.enable
        yield* Notify.notifyOne(notify)
        yield* Notify.notifyWaiters(notify)
        yield* handle.drop
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* takesStored(notify))
      }).pipe(Effect.scoped))

    it.effect("NOT-8: with enable before the look, n notifications wake n consumers", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const jobs: Array<number> = []
        const done: Array<number> = []
        const consume = Effect.gen(function*() {
          for (;;) {
            const handle = yield* Notify.subscribe(notify)
            yield* handle.enable
            const job = jobs.shift()
            if (job !== undefined) return done.push(job)
            yield* Effect.yieldNow // the notifications come between the look and the wait
            yield* handle.await
          }
        }).pipe(Effect.scoped)
        const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(consume, { startImmediately: true }))
        yield* Effect.sync(() => {
          for (const job of [1, 2, 3]) {
            jobs.push(job)
            Notify.notifyOneUnsafe(notify)
          }
        })
        yield* settle
        assert.sameMembers(done, [1, 2, 3])
        yield* Effect.forEach(fibers, Fiber.join)
        // without a place in the queue the three are remembered as one, and two consumers sleep on
        yield* Effect.sync(() => {
          for (let i = 0; i < 3; i++) Notify.notifyOneUnsafe(notify)
        })
        const { woken } = yield* waiters(notify, 3)
        assert.deepStrictEqual(woken, [0])
      }))

    it.effect("NOT-6: interrupting await gives up its place, also one that enable took; then it goes to the back", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        yield* handle.enable
        const fiber = yield* forkSettled(handle.await)
        const { woken } = yield* waiters(notify, 1)
        assert.strictEqual(yield* Notify.waiting(notify), 2)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Notify.waiting(notify), 1)
        const again = yield* forkSettled(handle.await)
        yield* Notify.notifyOne(notify)
        yield* settle
        assert.deepStrictEqual(woken, [0])
        assert.isUndefined(again.pollUnsafe())
        yield* Notify.notifyOne(notify)
        yield* Fiber.join(again)
      }).pipe(Effect.scoped))

    it.effect("NOT-6: interrupted after the notification, before it ran: await passes it on and can be called again", () =>
      Effect.gen(function*() {
        for (const [by, expected] of [["notifyOne", 0], ["notifyLast", 1]] as const) {
          const notify = yield* Notify.make()
          const handle = yield* Notify.subscribe(notify)
          // the only one in the queue, hence oldest and newest
          const fiber = yield* forkSettled(handle.await)
          const woken = yield* Effect.sync(() => {
            if (by === "notifyOne") Notify.notifyOneUnsafe(notify)
            else Notify.notifyLastUnsafe(notify)
            const woken = waitersNow(notify, 2)
            fiber.interruptUnsafe()
            return woken
          })
          yield* settle
          assert.deepStrictEqual(woken, [expected])
          assert.isFalse(yield* handle.enable)
          assert.strictEqual(yield* Notify.waiting(notify), 2)
        }
      }).pipe(Effect.scoped))

    it.effect("NOT-4: an await interrupted after a broadcast passes on nothing, and is complete when called again", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const fiber = yield* forkSettled(handle.await)
        yield* Effect.sync(() => {
          Notify.notifyWaitersUnsafe(notify)
          fiber.interruptUnsafe()
        })
        yield* settle
        assert.isFalse((notify.toJSON() as any).notified)
        yield* handle.await
      }).pipe(Effect.scoped))

    it.effect("NOT-4: a broadcast between an interrupted await and the next one still counts", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const fiber = yield* forkSettled(handle.await)
        yield* Fiber.interrupt(fiber)
        yield* Notify.notifyWaiters(notify)
        yield* handle.await
      }).pipe(Effect.scoped))

    it.effect("two fibers awaiting one handle are one in the queue, and one notification completes both", () =>
      Effect.gen(function*() {
        for (const complete of Object.values(completed)) {
          const notify = yield* Notify.make()
          const handle = yield* Notify.subscribe(notify)
          const log: Array<string> = []
          const one = yield* forkSettled(Effect.andThen(handle.await, Effect.sync(() => log.push("one"))))
          const other = yield* forkSettled(Effect.andThen(handle.await, Effect.sync(() => log.push("other"))))
          assert.strictEqual(yield* Notify.waiting(notify), 1)
          yield* complete(notify)
          yield* Fiber.join(one)
          yield* Fiber.join(other)
          assert.deepStrictEqual(log, ["one", "other"])
          assert.isFalse(yield* takesStored(notify))
        }
      }).pipe(Effect.scoped))

    it.effect("NOT-6: of two fibers awaiting one handle, the last to be interrupted gives up place and notification", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const fibers = [yield* forkSettled(handle.await), yield* forkSettled(handle.await)] as const
        yield* Fiber.interrupt(fibers[0])
        assert.strictEqual(yield* Notify.waiting(notify), 1)
        const third = yield* forkSettled(handle.await)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          fibers[1].interruptUnsafe()
        })
        yield* Fiber.join(third)
        assert.isFalse(yield* takesStored(notify))

        const next = yield* Notify.subscribe(notify)
        const both = [yield* forkSettled(next.await), yield* forkSettled(next.await)]
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          for (const fiber of both) fiber.interruptUnsafe()
        })
        assert.isTrue(yield* takesStored(notify))
        assert.isFalse(yield* next.enable)
      }).pipe(Effect.scoped))

    it.effect("a fiber that comes while another is woken sees the same notification", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const first = yield* forkSettled(handle.await)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          assert.isTrue(handle.enableUnsafe()) // observed: not passed on
          first.interruptUnsafe()
        })
        yield* settle
        assert.isFalse(yield* takesStored(notify))
        yield* handle.await
      }).pipe(Effect.scoped))

    for (const [how, drop] of Object.entries(drops)) {
      it.effect(`dropped by ${how} under fibers in await: they die with Misuse, and the place is given up`, () =>
        Effect.gen(function*() {
          const notify = yield* Notify.make({ name: "jobs" })
          const scope = yield* Scope.make()
          const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
          const fibers = [yield* forkSettled(handle.await), yield* forkSettled(handle.await)]
          yield* drop(handle, scope)
          assert.strictEqual(yield* Notify.waiting(notify), 0)
          for (const fiber of fibers) {
            const defect = yield* defectOf(Fiber.join(fiber))
            assert.instanceOf(defect, Notify.Misuse)
            assert.strictEqual(
              defect.message,
              "Notified.await: a Notified of Notify \"jobs\" was released and can't be used any more"
            )
          }
          assert.isFalse(yield* takesStored(notify))
        }))

      it.effect(`NOT-6: dropped by ${how} under a fiber notified but not run: Misuse, and it is passed on`, () =>
        Effect.gen(function*() {
          const notify = yield* Notify.make()
          const scope = yield* Scope.make()
          const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
          const fiber = yield* forkSettled(handle.await)
          const { woken } = yield* waiters(notify, 1)
          yield* Effect.suspend(() => {
            Notify.notifyOneUnsafe(notify)
            return drop(handle, scope)
          }).pipe(Effect.uninterruptible)
          assert.instanceOf(yield* defectOf(Fiber.join(fiber)), Notify.Misuse)
          yield* settle
          assert.deepStrictEqual(woken, [0])
        }))
    }

    it.effect("completed for both, then dropped by the first to run: the second has succeeded too", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const first = yield* forkSettled(Effect.andThen(handle.await, handle.drop))
        const second = yield* forkSettled(handle.await)
        yield* Notify.notifyOne(notify)
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        assert.isFalse(yield* takesStored(notify))
      }).pipe(Effect.scoped))

    it.effect("an interruption while a drop is on its way to the fiber ends it interrupted", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = yield* Notify.subscribe(notify)
        const fiber = yield* forkSettled(handle.await)
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(handle)
          fiber.interruptUnsafe()
        })
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      }).pipe(Effect.scoped))

    it.effect("after its end every member but drop is Misuse, and changes nothing", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make({ name: "jobs" })
        const handle = yield* Notify.subscribe(notify)
        yield* Notify.notifyOne(notify)
        yield* handle.drop
        const defects = [
          yield* defectOf(handle.await),
          yield* defectOf(handle.enable),
          thrownBy(() => handle.enableUnsafe()),
          yield* defectOf(Handle.transfer(handle, yield* Effect.scope))
        ]
        const labels = ["Notified.await", "Notified.enable", "Notified.enableUnsafe", "Handle.transfer"]
        for (const [i, defect] of defects.entries()) {
          assert.instanceOf(defect, Errors.Misuse)
          assert.isTrue(defect.message.startsWith(`${labels[i]}: a Notified of Notify "jobs"`), defect.message)
        }
        yield* handle.drop
        assert.isTrue(yield* takesStored(notify))
      }).pipe(Effect.scoped))

    it.effect("a completed handle is Misuse after its end like any other", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        yield* Notify.notifyOne(notify)
        const handle = yield* Notify.subscribe(notify)
        yield* handle.await
        yield* handle.drop
        assert.instanceOf(yield* defectOf(handle.await), Notify.Misuse)
      }).pipe(Effect.scoped))

    it.effect("moves to another scope with its place and its notification", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const [source, target] = [yield* Scope.make(), yield* Scope.make()]
        const handle = yield* Scope.provide(Notify.subscribe(notify), source)
        yield* handle.enable
        assert.strictEqual(yield* Handle.transfer(handle, target), handle)
        yield* Scope.close(source, Exit.void)
        assert.strictEqual(yield* Notify.waiting(notify), 1)
        yield* Notify.notifyOne(notify)
        yield* Scope.close(target, Exit.void)
        assert.isTrue(yield* takesStored(notify))
      }))

    it.effect("in a closed scope it comes dropped", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const scope = yield* Scope.make()
        yield* Scope.close(scope, Exit.void)
        const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
        assert.isTrue(Handle.isReleased(handle))
        assert.instanceOf(yield* defectOf(handle.enable), Notify.Misuse)
        assert.strictEqual(yield* Notify.waiting(notify), 0)
      }))

    it.effect("subscribeUnsafe: no scope owns it, it is dropped by hand", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const handle = Notify.subscribeUnsafe(notify)
        assert.isFalse(handle.enableUnsafe())
        Notify.notifyOneUnsafe(notify)
        Handle.releaseUnsafe(handle)
        assert.isTrue(yield* takesStored(notify))
      }))

    it.effect("forkWith gives a fiber a handle whose place was taken here", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const enabled = Effect.tap(Notify.subscribe(notify), (handle) => handle.enable)
        const fiber = yield* Handle.forkWith(enabled, (handle) => Effect.as(handle.await, "woken"))
        yield* Notify.notifyOne(notify) // before the fiber has run
        assert.strictEqual(yield* Fiber.join(fiber), "woken")
        assert.strictEqual(yield* Notify.waiting(notify), 0)
      }))
  })

  describe("NOT-11: it carries no data", () => {
    it.effect("what was written before the notification is seen by who is woken; all notified with void", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        let state = "old"
        const fiber = yield* forkSettled(Effect.map(Notify.notified(notify), (value) => [value, state]))
        state = "new"
        yield* Notify.notifyOne(notify)
        assert.deepStrictEqual(yield* Fiber.join(fiber), [undefined, "new"])
      }))
  })

  describe("everything else", () => {
    it.effect("nothing happens until it runs, and an Effect may run many times", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        const effects = [Notify.notifyOne(notify), Notify.notifyWaiters(notify), Notify.subscribe(notify)]
        assert.lengthOf(effects, 3)
        const wait = Notify.notified(notify)
        assert.deepStrictEqual(notify.toJSON(), { _id: "effect-sync/Notify", notified: false, waiting: 0 })
        const fibers = [yield* forkSettled(wait), yield* forkSettled(wait)]
        assert.strictEqual(Notify.waitingUnsafe(notify), 2)
        yield* Notify.notifyWaiters(notify)
        for (const fiber of fibers) yield* Fiber.join(fiber)
        const handle = yield* Notify.subscribe(notify)
        const waitForHandle = handle.await
        yield* Notify.notifyOne(notify)
        yield* Effect.andThen(waitForHandle, waitForHandle)
      }).pipe(Effect.scoped))

    it.effect("waiting counts fibers and handles, each once, without those notified", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make()
        yield* waiters(notify, 2)
        const handle = yield* Notify.subscribe(notify)
        yield* Notify.subscribe(notify)
        yield* handle.enable
        yield* forkSettled(handle.await)
        yield* forkSettled(handle.await)
        assert.strictEqual(yield* Notify.waiting(notify), 3)
        yield* Effect.sync(() => {
          Notify.notifyOneUnsafe(notify)
          assert.strictEqual(Notify.waitingUnsafe(notify), 2)
        })
      }).pipe(Effect.scoped))

    it.effect("shows its state and name", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make({ name: "jobs" })
        assert.strictEqual(String(notify), "Notify(jobs: not notified, 0 waiting)")
        yield* Notify.notifyOne(notify)
        assert.strictEqual(String(notify), "Notify(jobs: notified, 0 waiting)")
        assert.strictEqual(inspect(notify), String(notify))
        assert.deepStrictEqual(notify.toJSON(), {
          _id: "effect-sync/Notify",
          name: "jobs",
          notified: true,
          waiting: 0
        })
        assert.strictEqual(String(Notify.makeUnsafe()), "Notify(not notified, 0 waiting)")
        const label = (effect: Effect.Effect<any, any, any>) => (effect.toJSON() as { readonly op: string }).op
        const handle = yield* Notify.subscribe(notify)
        assert.deepStrictEqual(
          [Notify.notified(notify), Notify.subscribe(notify), handle.await].map(label),
          ["Notify.notified", "Notify.subscribe", "Notified.await"]
        )
      }).pipe(Effect.scoped))

    it.effect("a handle shows its state and whose it is", () =>
      Effect.gen(function*() {
        const notify = yield* Notify.make({ name: "jobs" })
        const handle = yield* Notify.subscribe(notify)
        const show = () => String(handle).replace(/, of Notify\(jobs: (not )?notified, \d waiting\)/, "")
        assert.strictEqual(show(), "Notified(idle)")
        yield* handle.enable
        assert.strictEqual(show(), "Notified(waiting)")
        assert.deepStrictEqual(JSON.parse(JSON.stringify(handle)), {
          _id: "effect-sync/Notify/Notified",
          state: "waiting",
          notify: { _id: "effect-sync/Notify", name: "jobs", notified: false, waiting: 1 }
        })
        yield* Notify.notifyOne(notify)
        assert.strictEqual(show(), "Notified(notified)")
        yield* handle.await
        assert.strictEqual(show(), "Notified(complete)")
        yield* handle.drop
        assert.strictEqual(show(), "Notified(dropped)")
        assert.strictEqual(inspect(handle), String(handle))
      }).pipe(Effect.scoped))

    it("is known by its type id, and the …Unsafe functions refuse those of other backends", () => {
      const notify = Notify.makeUnsafe()
      assert.isTrue(Notify.isNotify(notify))
      assert.isFalse(Notify.isNotify(null))
      assert.isFalse(Notify.isNotify({ [Symbol.iterator]: 1 }))
      assert.isTrue(Handle.isHandle(Notify.subscribeUnsafe(notify)))
      const remote = { toString: () => "Remote", [Notify.TypeId]: {} } as unknown as Notify.Notify
      for (
        const name of [
          "subscribeUnsafe",
          "notifyOneUnsafe",
          "notifyLastUnsafe",
          "notifyWaitersUnsafe",
          "waitingUnsafe"
        ] as const
      ) {
        const error = thrownBy(() => Notify[name](remote))
        assert.instanceOf(error, Notify.Misuse)
        assert.include(error.message, `Notify.${name}: Remote does not live in this process`)
      }
    })

    it("works under runSync, where nobody else can let a fiber go on", () => {
      const program = Effect.gen(function*() {
        const notify = yield* Notify.make()
        const fiber = yield* Effect.forkChild(Notify.notified(notify), { startImmediately: true })
        yield* Notify.notifyOne(notify)
        yield* Fiber.join(fiber)
        return "woken"
      })
      assert.strictEqual(Effect.runSync(program), "woken")
    })
  })

  describe("Service", () => {
    class Work extends Notify.Service<Work>()("test/Work", {}) {}

    it.effect("is the tag, has a name, and an accessor for every function", () =>
      Effect.gen(function*() {
        const notify = yield* Work
        assert.strictEqual(String(notify), "Notify(test/Work: not notified, 0 waiting)")
        yield* Work.notifyOne
        yield* Work.notified
        const handle = yield* Work.subscribe
        assert.isFalse(yield* handle.enable)
        assert.strictEqual(yield* Work.waiting, 1)
        yield* Work.notifyLast
        yield* handle.await
        const other = yield* Work.subscribe
        yield* Work.notifyWaiters
        yield* other.await
      }).pipe(Effect.scoped, Effect.provide(Work.layer)))

    it.effect("one layer is one Notify, layerWith makes another, and another backend fits", () =>
      Effect.gen(function*() {
        assert.strictEqual(Work.layer, Work.layer)
        const name = Effect.map(Work, String)
        assert.include(yield* Effect.provide(name, Work.layerWith({ name: "other" })), "Notify(other: ")
        class Remote extends Notify.Service<Remote, "lost">()("test/Remote", {}) {}
        const lost = Effect.fail("lost" as const)
        const remote = {
          [Notify.TypeId]: {
            notified: lost,
            subscribe: Effect.never,
            notifyOne: lost,
            notifyLast: lost,
            notifyWaiters: lost,
            waiting: Effect.succeed(7)
          }
        } as unknown as Notify.Notify<"lost">
        const layer = Layer.succeed(Remote, remote)
        assert.strictEqual(yield* Effect.provide(Effect.flip(Remote.notified), layer), "lost")
        assert.strictEqual(yield* Effect.provide(Remote.waiting, layer), 7)
        yield* Effect.provide(Effect.andThen(Remote.notifyOne, Remote.notified), Remote.layer)
      }))
  })
})

/** `waiters`, without giving way. */
const waitersNow = (notify: Notify.Notify, n: number): ReadonlyArray<number> => {
  const woken: Array<number> = []
  for (let i = 0; i < n; i++) Effect.runFork(Effect.andThen(Notify.notified(notify), Effect.sync(() => woken.push(i))))
  return woken
}
