/**
 * Running an effect until a token is cancelled: which result counts, and who waits for whom. Interruption at every step is
 * in `CancellationToken.interruption.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Equal, Exit, Fiber, Option, Queue } from "effect"
import { CancellationToken, Semaphore } from "effect-sync"
import { TestClock } from "effect/testing"
import { forkSettled, settle } from "./utils.ts"

const { cancel, cancelUnsafe, child, isCancelledUnsafe, make, runUntilCancelled } = CancellationToken

describe("runUntilCancelled", () => {
  /** An effect that says when it begins and when it has run its finalizer, which takes a turn. */
  const logged = <A, E>(log: Array<string>, effect: Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => log.push("began")),
      () => effect,
      () => Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push("finalized")))
    )

  it.effect("CT-6: cancelled beforehand, the effect is not started", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const run = runUntilCancelled(token, logged(log, Effect.void))
      yield* cancel(token) // it counts when it is run, not when it was built
      assert.deepStrictEqual(yield* run, Option.none())
      const exit = yield* Effect.exit(CancellationToken.interruptWhenCancelled(token, logged(log, Effect.void)))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(log, [])
    }))

  it.effect("CT-6: gives the value of an effect that ends, and waits for nothing then", () =>
    Effect.gen(function*() {
      const token = yield* make()
      assert.deepStrictEqual(Effect.runSync(runUntilCancelled(token, Effect.succeed(1))), Option.some(1))
      assert.deepStrictEqual(yield* runUntilCancelled(token, Effect.as(Effect.yieldNow, 2)), Option.some(2))
      assert.strictEqual(yield* CancellationToken.interruptWhenCancelled(token, Effect.as(Effect.yieldNow, 3)), 3)
      const fiber = yield* forkSettled(runUntilCancelled(token, Effect.as(Effect.sleep("1 second"), 4)))
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 1)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(4))
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
    }))

  it.effect("CT-6: stops the effect, and ends after its finalizers", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const fiber = yield* forkSettled(
        Effect.tap(
          runUntilCancelled(token, logged(log, Effect.never)),
          (result) => Effect.sync(() => log.push(result._tag))
        )
      )
      assert.deepStrictEqual(log, ["began"])
      cancelUnsafe(token)
      assert.deepStrictEqual(log, ["began"], "an …Unsafe call ran a fiber on its own stack")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
      assert.deepStrictEqual(log, ["began", "finalized", "None"])
    }))

  it.effect("CT-6: on a tie the effect wins: it ended before the cancellation was acted upon", () =>
    Effect.gen(function*() {
      for (const cancelFirst of [true, false]) {
        const token = yield* make()
        const deferred = yield* Deferred.make<number>()
        const fiber = yield* forkSettled(runUntilCancelled(token, Deferred.await(deferred)))
        if (cancelFirst) cancelUnsafe(token)
        Deferred.doneUnsafe(deferred, Exit.succeed(42))
        if (!cancelFirst) cancelUnsafe(token)
        assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(42))
        assert.isTrue(isCancelledUnsafe(token))
      }
    }))

  it.effect("CT-6: on a tie the effect wins: one step cancels and lets it go on, in either order", () =>
    Effect.gen(function*() {
      for (const cancelFirst of [true, false]) {
        const token = yield* make()
        const semaphore = yield* Semaphore.make(0)
        const fiber = yield* forkSettled(runUntilCancelled(token, Semaphore.withPermit(semaphore, Effect.succeed(42))))
        if (cancelFirst) cancelUnsafe(token)
        Semaphore.addPermitsUnsafe(semaphore, 1)
        if (!cancelFirst) cancelUnsafe(token)
        assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(42))
      }
    }))

  it.effect("CT-6: on a tie the effect wins: it cancels the token itself", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const cancelling = Effect.as(cancel(token), "done")
      assert.deepStrictEqual(yield* runUntilCancelled(token, cancelling), Option.some("done"))
      assert.deepStrictEqual(yield* runUntilCancelled(token, cancelling), Option.none())
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
      const other = yield* make()
      const result = yield* runUntilCancelled(other, Effect.andThen(cancel(other), Effect.never))
      assert.deepStrictEqual(result, Option.none())
    }))

  it.effect("CT-6: what the effect has made uninterruptible is waited for", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const door = yield* Deferred.make<void>()
      const log: Array<string> = []
      const stubborn = Effect.uninterruptible(
        Effect.andThen(Deferred.await(door), Effect.sync(() => log.push("finished")))
      )
      const fiber = yield* forkSettled(runUntilCancelled(token, Effect.andThen(stubborn, Effect.never)))
      yield* cancel(token)
      yield* settle
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(door, undefined)
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
      assert.deepStrictEqual(log, ["finished"])
    }))

  it.effect("CT-6: takes no message it does not give", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const queue = yield* Queue.unbounded<number>()
      const take = runUntilCancelled(token, Queue.take(queue))
      const fiber = yield* forkSettled(take)
      yield* Queue.offer(queue, 1)
      cancelUnsafe(token)
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(1))
      yield* Queue.offer(queue, 2)
      assert.deepStrictEqual(yield* take, Option.none())
      assert.strictEqual(yield* Queue.take(queue), 2)
    }))

  it.effect("the effect's own failure, defect and interruption pass through", () =>
    Effect.gen(function*() {
      const token = yield* make()
      for (const bracket of [runUntilCancelled, CancellationToken.interruptWhenCancelled]) {
        for (const wait of [Effect.void, Effect.yieldNow]) {
          const exits = yield* Effect.forEach(
            [Effect.fail("no"), Effect.die("bug"), Effect.interrupt],
            (effect): Effect.Effect<Exit.Exit<unknown, unknown>> =>
              Effect.exit((bracket as typeof runUntilCancelled)(token, Effect.andThen(wait, effect)))
          )
          const reasons = exits.map((exit) => Exit.isFailure(exit) ? exit.cause.reasons.map(({ _tag }) => _tag) : [])
          assert.deepStrictEqual(reasons, [["Fail"], ["Die"], ["Interrupt"]])
        }
      }
      assert.strictEqual(yield* Effect.flip(runUntilCancelled(token, Effect.fail("no"))), "no")
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
    }))

  it.effect("a failure that wins the tie passes through", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const deferred = yield* Deferred.make<number, string>()
      const fiber = yield* forkSettled(runUntilCancelled(token, Deferred.await(deferred)))
      cancelUnsafe(token)
      Deferred.doneUnsafe(deferred, Exit.fail("no"))
      assert.strictEqual(yield* Effect.flip(Fiber.join(fiber)), "no")
    }))

  it.effect("a defect of a finalizer is not swallowed: by the cancellation or by an interruption of the caller", () =>
    Effect.gen(function*() {
      const broken = Effect.ensuring(Effect.never, Effect.die(new Error("broken finalizer")))
      const token = yield* make()
      const forms = [
        runUntilCancelled(token, broken),
        CancellationToken.interruptWhenCancelled(token, broken),
        runUntilCancelled(yield* make(), broken)
      ]
      const fibers = yield* Effect.forEach(forms, (form) => forkSettled<unknown, never, never>(form))
      yield* cancel(token)
      fibers[2].interruptUnsafe()
      const tags = yield* Effect.forEach(
        fibers,
        (fiber) =>
          Effect.map(
            Fiber.await(fiber),
            (exit) => Exit.isFailure(exit) ? exit.cause.reasons.map(({ _tag }) => _tag).sort() : []
          )
      )
      assert.deepStrictEqual(tags, [["Die"], ["Die", "Interrupt"], ["Die", "Interrupt"]])
    }))

  it.effect("interrupting the caller stops the effect, and waits for its finalizers", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const fiber = yield* forkSettled(
        Effect.onInterrupt(runUntilCancelled(token, logged(log, Effect.never)), () =>
          Effect.sync(() => log.push("caller")))
      )
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(log, ["began", "finalized", "caller"])
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
      assert.isFalse(isCancelledUnsafe(token))
    }))

  it.effect("who was interrupted waits for the token no more, while its effect is still being stopped", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const door = yield* Deferred.make<void>()
      const fiber = yield* forkSettled(runUntilCancelled(token, Effect.ensuring(Effect.never, Deferred.await(door))))
      const before = CancellationToken.waitingUnsafe(token)
      fiber.interruptUnsafe()
      const after = CancellationToken.waitingUnsafe(token)
      yield* settle
      const itsEnd = fiber.pollUnsafe()
      yield* Deferred.succeed(door, undefined)
      assert.deepStrictEqual([before, after, itsEnd], [1, 0, undefined])
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
    }))

  it.effect("interrupted after the cancellation and before it is acted upon, the caller ends interrupted", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const fiber = yield* forkSettled(runUntilCancelled(token, logged(log, Effect.never)))
      cancelUnsafe(token)
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(log, ["began", "finalized"])
    }))

  it.effect("interrupted while the effect is being stopped, the caller still waits for its finalizers", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const door = yield* Deferred.make<void>()
      const slow = Effect.onExit(
        Effect.never,
        () => Effect.andThen(Deferred.await(door), Effect.sync(() => log.push("finalized")))
      )
      const fiber = yield* forkSettled(runUntilCancelled(token, slow))
      yield* cancel(token)
      yield* settle
      fiber.interruptUnsafe()
      yield* settle
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(door, undefined)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.deepStrictEqual(log, ["finalized"])
    }))

  it.effect("stops the effect also where the caller is uninterruptible, as Effect.race does", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const fiber = yield* forkSettled(Effect.uninterruptible(runUntilCancelled(token, Effect.never)))
      yield* cancel(token)
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
    }))

  it.effect("leaves the fiber's context and interruptibility as they were, however it ends", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const before = yield* Effect.context()
      const bodies: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        Effect.void,
        Effect.yieldNow,
        Effect.andThen(Effect.yieldNow, Effect.fail("no")),
        Effect.andThen(Effect.yieldNow, cancel(token))
      ]
      for (const body of bodies) {
        yield* Effect.exit(runUntilCancelled(token, body))
        assert.strictEqual(yield* Effect.context(), before)
      }
      const child = yield* make()
      yield* Effect.forkChild(cancel(child))
      yield* runUntilCancelled(child, Effect.never)
      assert.strictEqual(yield* Effect.context(), before)
      let inFinalizer: unknown
      const abandoned = yield* forkSettled(
        Effect.onInterrupt(
          runUntilCancelled(yield* make(), Effect.never),
          () =>
            Effect.map(Effect.context(), (context) => {
              inFinalizer = context
            })
        )
      )
      yield* Fiber.interrupt(abandoned)
      assert.isTrue(Equal.equals(inFinalizer, before) || inFinalizer === before)
    }))

  it.effect("the effect may interrupt its caller, at once or later, and is stopped by that", () =>
    Effect.gen(function*() {
      for (const wait of [Effect.void, Effect.yieldNow]) {
        for (const rest of [Effect.void, Effect.yieldNow, Effect.never]) {
          const token = yield* make()
          const log: Array<string> = []
          const suicide = Effect.withFiber((caller) =>
            runUntilCancelled(
              token,
              logged(log, Effect.andThen(wait, Effect.andThen(Effect.sync(() => caller.interruptUnsafe()), rest)))
            )
          )
          const exit = yield* Fiber.await(yield* forkSettled(suicide))
          assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
          assert.deepStrictEqual(log, ["began", "finalized"])
          assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
        }
      }
    }))

  it.effect("is stopped too if its turn comes while the effect begins", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const fiber = yield* forkSettled(
        runUntilCancelled(
          token,
          Effect.withFiber(({ currentDispatcher }) => {
            cancelUnsafe(token)
            currentDispatcher.flush() // wakes who was woken
            return Effect.never
          })
        )
      )
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
    }))

  it.effect("several may run under one token, nested too, and all are stopped", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const token = yield* child(root)
      const log: Array<string> = []
      const nested = runUntilCancelled(
        root,
        runUntilCancelled(token, runUntilCancelled(token, logged(log, Effect.never)))
      )
      const fibers = [
        yield* forkSettled(nested),
        yield* forkSettled(Effect.map(runUntilCancelled(token, logged(log, Effect.never)), Option.some))
      ]
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 3)
      yield* cancel(token)
      const results = yield* Effect.forEach(fibers, (fiber) => Fiber.join<unknown, never>(fiber))
      // the outer one's effect ended, with the nothing of the inner one; the token in the middle was cancelled itself
      assert.deepStrictEqual(results, [Option.some(Option.none()), Option.some(Option.none())])
      assert.deepStrictEqual(log, ["began", "began", "finalized", "finalized"])
    }).pipe(Effect.scoped))

  it.effect("is lazy, and each run is one of its own", () =>
    Effect.gen(function*() {
      const token = yield* make()
      let begun = 0
      const run = runUntilCancelled(token, Effect.sync(() => ++begun))
      assert.strictEqual(begun, 0)
      assert.deepStrictEqual(yield* run, Option.some(1))
      assert.deepStrictEqual(yield* Effect.sync(() => 0).pipe(Effect.andThen(run)), Option.some(2))
      assert.deepStrictEqual(yield* Effect.sync(() => ++begun).pipe(runUntilCancelled(token)), Option.some(3))
    }))

  it.effect("interruptWhenCancelled ends as interrupted, and the caller can go on", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const log: Array<string> = []
      const fiber = yield* forkSettled(
        Effect.exit(logged(log, Effect.never).pipe(CancellationToken.interruptWhenCancelled(token)))
      )
      yield* cancel(token)
      const exit = yield* Fiber.join(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(log, ["began", "finalized"])
    }))
})
