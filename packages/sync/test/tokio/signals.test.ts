/**
 * What tokio's own tests of Notify, Barrier, OnceCell, SetOnce and CancellationToken ask, in our words:
 * `tokio/tests/{sync_notify,sync_notify_owned,sync_barrier,sync_once_cell,sync_set_once}.rs`,
 * `tokio/src/sync/tests/notify.rs` and `tokio-util/tests/sync_cancellation_token.rs`.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Scope } from "effect"
import { Barrier, CancellationToken, Handle, Notify, OnceCell, Oneshot, SetOnce } from "effect-sync"
import { TestClock } from "effect/testing"
import { forkSettled, mustBeGone, settle } from "../utils.ts"
import { end, pending, ready, tokio, told, upTo } from "./told.ts"

describe("tokio: sync_notify, sync_notify_owned", () => {
  tokio("notify_notified_one", function*() {
    const notify = yield* Notify.make()
    yield* Notify.notifyOne(notify)
    yield* Notify.notified(notify)
  })

  tokio("notify_multi_notified_one, notified_one_notify, notified_multi_notify", function*() {
    const notify = yield* Notify.make()
    const one = yield* forkSettled(Notify.notified(notify))
    const two = yield* forkSettled(Notify.notified(notify))
    yield* pending(one, two)
    yield* Notify.notifyOne(notify)
    yield* ready(one)
    yield* pending(two)
  })

  tokio("notify_multi_notified_last", function*() {
    const notify = yield* Notify.make()
    const one = yield* forkSettled(Notify.notified(notify))
    const two = yield* forkSettled(Notify.notified(notify))
    yield* Notify.notifyLast(notify)
    yield* ready(two)
    yield* pending(one)
  })

  tokio("notify_notified_multi", function*() {
    const notify = yield* Notify.make()
    yield* Notify.notifyOne(notify)
    const one = yield* forkSettled(Notify.notified(notify))
    const two = yield* forkSettled(Notify.notified(notify))
    yield* ready(one)
    yield* pending(two)
    yield* Notify.notifyOne(notify)
    yield* ready(two)
  })

  tokio("notified_drop_notified_notify", function*() {
    const notify = yield* Notify.make()
    const one = yield* forkSettled(Notify.notified(notify))
    yield* Fiber.interrupt(one)
    const two = yield* forkSettled(Notify.notified(notify))
    yield* Notify.notifyOne(notify)
    yield* ready(two)
  })

  for (
    const [name, notifies, dropped, next] of [
      ["notified_multi_notify_drop_one, notified_multi_notify_one_drop", Notify.notifyOneUnsafe, 0, 1],
      ["notified_multi_notify_last_drop", Notify.notifyLastUnsafe, 2, 1]
    ] as const
  ) {
    tokio(name, function*() {
      const notify = yield* Notify.make()
      const fibers = yield* Effect.forEach(upTo(3), () => forkSettled(Notify.notified(notify)))
      yield* pending(...fibers)
      notifies(notify)
      fibers[dropped]!.interruptUnsafe()
      yield* ready(fibers[next]!)
      yield* pending(fibers[3 - dropped - next]!)
    })
  }

  tokio("notify_in_drop_after_wake: who is let go notifies", function*() {
    const notify = yield* Notify.make()
    const one = yield* forkSettled(
      Effect.ensuring(Notify.notified(notify), Effect.sync(() => Notify.notifyWaitersUnsafe(notify)))
    )
    const two = yield* forkSettled(Notify.notified(notify))
    yield* Notify.notifyWaiters(notify)
    yield* ready(one)
    yield* ready(two)
  })

  tokio("notify_one_after_dropped_all", function*() {
    const notify = yield* Notify.make()
    const one = yield* forkSettled(Notify.notified(notify))
    Notify.notifyWaitersUnsafe(notify)
    Notify.notifyOneUnsafe(notify)
    one.interruptUnsafe()
    yield* settle
    yield* Notify.notified(notify)
    yield* pending(yield* forkSettled(Notify.notified(notify)))
  })

  tokio("test_notify_one_not_enabled", function*() {
    const notify = yield* Notify.make()
    const notified = yield* Notify.subscribe(notify)
    yield* Notify.notifyOne(notify)
    yield* notified.await
  })

  tokio("test_notify_one_after_enable", function*() {
    const notify = yield* Notify.make()
    const notified = yield* Notify.subscribe(notify)
    assert.isFalse(yield* notified.enable)
    yield* Notify.notifyOne(notify)
    yield* notified.await
    assert.isTrue(yield* notified.enable)
    yield* notified.await
  })

  tokio("test_poll_after_enable, test_enable_after_poll", function*() {
    const notify = yield* Notify.make()
    const notified = yield* Notify.subscribe(notify)
    assert.isFalse(notified.enableUnsafe())
    const awaiting = yield* forkSettled(notified.await)
    yield* pending(awaiting)
    assert.isFalse(yield* notified.enable)
    assert.strictEqual(yield* Notify.waiting(notify), 1)
  })

  tokio("test_enable_consumes_permit", function*() {
    const notify = yield* Notify.make()
    yield* Notify.notifyOne(notify)
    assert.isTrue(yield* (yield* Notify.subscribe(notify)).enable)
    assert.isFalse(yield* (yield* Notify.subscribe(notify)).enable)
  })

  tokio("test_waker_update: another fiber goes on waiting for the same handle", function*() {
    const notify = yield* Notify.make()
    const notified = yield* Notify.subscribe(notify)
    const first = yield* forkSettled(notified.await)
    const second = yield* forkSettled(notified.await)
    yield* Fiber.interrupt(first)
    yield* pending(second)
    yield* Notify.notifyOne(notify)
    yield* ready(second)
  })

  tokio("notify_waiters_handles_panicking_waker", function*() {
    const notify = yield* Notify.make()
    const bad = yield* forkSettled(Effect.andThen(Notify.notified(notify), Effect.die(new Error("waker panicked"))))
    const fibers = yield* Effect.forEach(upTo(32), () => Effect.forkChild(Notify.notified(notify)))
    yield* settle
    yield* Notify.notifyWaiters(notify)
    for (const fiber of fibers) yield* ready(fiber)
    assert.isTrue(Exit.isFailure(yield* Fiber.await(bad)))
  })

  tokio("notify_simple; a broadcast counts from subscribe on", function*() {
    const notify = yield* Notify.make()
    const early = yield* Notify.subscribe(notify)
    const fibers = yield* Effect.forEach(upTo(2), () => forkSettled(Notify.notified(notify)))
    yield* Notify.notifyWaiters(notify)
    for (const fiber of fibers) yield* ready(fiber)
    yield* early.await
    yield* pending(yield* forkSettled((yield* Notify.subscribe(notify)).await))
  })
})

describe("tokio: sync_barrier", () => {
  tokio("zero_does_not_block, single", function*() {
    for (const parties of [0, 1]) {
      const barrier = yield* Barrier.make(parties)
      assert.strictEqual(barrier.parties, 1)
      for (const _ of upTo(3)) assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
    }
  })

  tokio("tango", function*() {
    const barrier = yield* Barrier.make(2)
    const first = yield* forkSettled(Barrier.wait(barrier))
    yield* pending(first)
    assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
    assert.isFalse((yield* Fiber.join(first)).isLeader)
  })

  tokio("lots", function*() {
    const barrier = yield* Barrier.make(100)
    for (const _ of upTo(10)) {
      const fibers = yield* Effect.forEach(upTo(99), () => Effect.forkChild(Barrier.wait(barrier)))
      yield* pending(...fibers)
      assert.strictEqual(yield* Barrier.waiting(barrier), 99)
      assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
      for (const fiber of fibers) assert.isFalse((yield* Fiber.join(fiber)).isLeader)
    }
  })
})

describe("tokio: sync_once_cell", () => {
  const slow = <A>(value: A) => Effect.as(Effect.sleep("1 millis"), value)

  tokio("get_or_init, get_or_init_panic", function*() {
    for (const other of [slow(10), Effect.andThen(Effect.sleep("1 millis"), Effect.die(new Error("panic")))]) {
      const cell = yield* OnceCell.make<number>()
      const first = yield* Effect.forkChild(OnceCell.getOrInit(cell, Effect.succeed(5)))
      const second = yield* Effect.forkChild(OnceCell.getOrInit(cell, other))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [5, 5])
    }
  })

  tokio("get_or_try_init: a failure leaves it to the next", function*() {
    const cell = yield* OnceCell.make<number>()
    const first = yield* forkSettled(
      OnceCell.getOrInit(cell, Effect.andThen(Effect.sleep("1 millis"), Effect.fail("no" as const)))
    )
    const second = yield* forkSettled(OnceCell.getOrInit(cell, Effect.succeed(5)))
    yield* pending(first, second)
    assert.strictEqual(yield* OnceCell.waiting(cell), 1)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* Effect.flip(Fiber.join(first)), "no")
    assert.strictEqual(yield* ready(second), 5)
  })

  tokio("set_and_get, get_uninit, set_twice, from", function*() {
    const cell = yield* OnceCell.make<number>()
    assert.isTrue(Option.isNone(yield* OnceCell.get(cell)))
    assert.isFalse(yield* OnceCell.isInitialized(cell))
    yield* OnceCell.set(cell, 5)
    assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.some(5))
    assert.strictEqual(told(OnceCell.setUnsafe(cell, 6)), "AlreadyInitialized")
    const error = yield* Effect.flip(OnceCell.set(cell, 6))
    assert.instanceOf(error, OnceCell.AlreadyInitialized)
    assert.strictEqual(error.value, 6)
    const from = yield* OnceCell.make({ initial: Option.some(2) })
    assert.strictEqual(yield* OnceCell.getOrInit(from, Effect.die("no")), 2)
  })

  tokio("set_while_initializing", function*() {
    const cell = yield* OnceCell.make<number>()
    const first = yield* forkSettled(OnceCell.getOrInit(cell, Effect.as(Effect.sleep("2 millis"), 5)))
    yield* TestClock.adjust("1 millis")
    const error = yield* Effect.flip(OnceCell.set(cell, 10))
    assert.instanceOf(error, OnceCell.Initializing)
    assert.strictEqual(error.value, 10)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* ready(first), 5)
  })

  tokio("drop_cell, drop_cell_new_with: the value goes with the cell", function*() {
    const values = [new WeakRef({}), new WeakRef({})]
    const build = Effect.gen(function*() {
      const cell = yield* OnceCell.make<object>()
      yield* OnceCell.set(cell, values[0]!.deref()!)
      const other = yield* OnceCell.make<object>({ initial: Option.some(values[1]!.deref()!) })
      return [OnceCell.isInitializedUnsafe(cell), OnceCell.isInitializedUnsafe(other)]
    })
    assert.deepStrictEqual(yield* build, [true, true])
    yield* mustBeGone(values)
  })
})

describe("tokio: sync_set_once", () => {
  tokio("drop_cell, drop_cell_new_with: the value goes with the cell", function*() {
    const values = [new WeakRef({}), new WeakRef({})]
    const build = Effect.gen(function*() {
      const cell = yield* SetOnce.make<object>()
      yield* SetOnce.set(cell, values[0]!.deref()!)
      const other = yield* SetOnce.make<object>({ initial: Option.some(values[1]!.deref()!) })
      return [SetOnce.isInitializedUnsafe(cell), SetOnce.isInitializedUnsafe(other)]
    })
    assert.deepStrictEqual(yield* build, [true, true])
    yield* mustBeGone(values)
  })

  tokio("from, set_and_get, get_uninit, set_twice, is_none_initializing", function*() {
    assert.deepStrictEqual(yield* SetOnce.get(yield* SetOnce.make({ initial: Option.some(2) })), Option.some(2))
    const cell = yield* SetOnce.make<number>()
    assert.isTrue(Option.isNone(yield* SetOnce.get(cell)))
    yield* SetOnce.set(cell, 5)
    assert.deepStrictEqual(SetOnce.getUnsafe(cell), Option.some(5))
    const error = yield* Effect.flip(SetOnce.set(cell, 6))
    assert.instanceOf(error, SetOnce.AlreadyInitialized)
    assert.strictEqual(error.value, 6)
    assert.strictEqual(told(SetOnce.setUnsafe(cell, 6)), "AlreadyInitialized")
  })

  tokio("set_and_wait, set_and_wait_threads, is_some_initializing", function*() {
    const cell = yield* SetOnce.make<number>()
    yield* Effect.forkChild(SetOnce.set(cell, 5))
    assert.strictEqual(yield* SetOnce.wait(cell), 5)
    assert.strictEqual(yield* SetOnce.wait(cell), 5)
  })

  tokio("set_and_wait_multiple_threads", function*() {
    const cell = yield* SetOnce.make<number>()
    const [one, two] = yield* Effect.all([end(SetOnce.set(cell, 4)), end(SetOnce.set(cell, 3))], { concurrency: 2 })
    assert.deepStrictEqual([one, two], [undefined, "AlreadyInitialized"])
  })
})

describe("tokio-util: sync_cancellation_token", () => {
  tokio("cancel_token", function*() {
    const token = yield* CancellationToken.make()
    assert.isFalse(yield* CancellationToken.isCancelled(token))
    const waits = yield* forkSettled(CancellationToken.cancelled(token))
    yield* pending(waits)
    yield* CancellationToken.cancel(token)
    yield* ready(waits)
    assert.isTrue(CancellationToken.isCancelledUnsafe(token))
    yield* CancellationToken.cancelled(token)
  })

  tokio("cancel_child_token_through_parent", function*() {
    const token = yield* CancellationToken.make()
    const child = yield* CancellationToken.child(token)
    const fibers = yield* Effect.forEach([child, token], (one) => forkSettled(CancellationToken.cancelled(one)))
    yield* pending(...fibers)
    yield* CancellationToken.cancel(token)
    for (const fiber of fibers) yield* ready(fiber)
    assert.isTrue(yield* CancellationToken.isCancelled(child))
  })

  tokio("cancel_grandchild_token_through_parent_if_child_was_dropped", function*() {
    const token = yield* CancellationToken.make()
    const middle = yield* CancellationToken.child(token)
    const child = yield* CancellationToken.child(middle)
    yield* Handle.release(middle)
    assert.isFalse(yield* CancellationToken.isCancelled(child))
    const fibers = yield* Effect.forEach([child, token], (one) => forkSettled(CancellationToken.cancelled(one)))
    yield* CancellationToken.cancel(token)
    for (const fiber of fibers) yield* ready(fiber)
    assert.isTrue(yield* CancellationToken.isCancelled(child))
    assert.isFalse(yield* CancellationToken.isCancelled(middle))
  })

  tokio("cancel_child_token_without_parent", function*() {
    const token = yield* CancellationToken.make()
    const child = yield* CancellationToken.child(token)
    const childWaits = yield* forkSettled(CancellationToken.cancelled(child))
    const parentWaits = yield* forkSettled(CancellationToken.cancelled(token))
    yield* CancellationToken.cancel(child)
    yield* ready(childWaits)
    yield* pending(parentWaits)
    assert.isFalse(yield* CancellationToken.isCancelled(token))
    const second = yield* CancellationToken.child(token)
    const secondWaits = yield* forkSettled(CancellationToken.cancelled(second))
    yield* pending(secondWaits, parentWaits)
    yield* CancellationToken.cancel(token)
    yield* ready(secondWaits)
    yield* ready(parentWaits)
  })

  tokio("create_child_token_after_parent_was_cancelled", function*() {
    for (const childFirst of [true, false]) {
      const token = yield* CancellationToken.make()
      yield* CancellationToken.cancel(token)
      const child = yield* CancellationToken.child(token)
      yield* CancellationToken.cancelled(child)
      for (const one of childFirst ? [child, token] : [token, child]) yield* Handle.release(one)
      assert.isTrue(yield* CancellationToken.isCancelled(child))
    }
  })

  tokio("drop_multiple_child_tokens, drop_parent_before_child_tokens", function*() {
    for (const order of [[0, 1, 2], [2, 1, 0]]) {
      const token = yield* CancellationToken.make()
      const children = yield* Effect.forEach(upTo(3), () => CancellationToken.child(token))
      for (const i of order) {
        yield* Handle.release(children[i]!)
        assert.isFalse(yield* CancellationToken.isCancelled(token))
      }
      const [one, two] = [yield* CancellationToken.child(token), yield* CancellationToken.child(token)]
      yield* Handle.release(token)
      assert.isFalse((yield* CancellationToken.isCancelled(one)) || (yield* CancellationToken.isCancelled(two)))
    }
  })

  tokio("cancel_only_all_descendants", function*() {
    const parent = yield* CancellationToken.make()
    const token = yield* CancellationToken.child(parent)
    const sibling = yield* CancellationToken.child(parent)
    const child1 = yield* CancellationToken.child(token)
    const child2 = yield* CancellationToken.child(token)
    const grandchild = yield* CancellationToken.child(child1)
    const grandchild2 = yield* CancellationToken.child(child1)
    const great = yield* CancellationToken.child(grandchild)
    const below = [token, child1, child2, grandchild, grandchild2, great]
    const waits = yield* Effect.forEach(below, (one) => forkSettled(CancellationToken.cancelled(one)))
    const others = yield* Effect.forEach([parent, sibling], (one) => forkSettled(CancellationToken.cancelled(one)))
    yield* pending(...waits, ...others)
    yield* CancellationToken.cancel(token)
    for (const one of waits) yield* ready(one)
    yield* pending(...others)
    assert.deepStrictEqual(below.map(CancellationToken.isCancelledUnsafe), below.map(() => true))
    assert.deepStrictEqual([parent, sibling].map(CancellationToken.isCancelledUnsafe), [false, false])
  })

  tokio("drop_guard, disarm", function*() {
    const token = yield* CancellationToken.make()
    const scope = yield* Scope.make()
    const guard = yield* Scope.provide(CancellationToken.dropGuard(token), scope)
    assert.strictEqual(yield* guard.disarm, token)
    yield* Scope.close(scope, Exit.void)
    assert.isFalse(yield* CancellationToken.isCancelled(token))
    yield* Effect.scoped(CancellationToken.dropGuard(token))
    assert.isTrue(yield* CancellationToken.isCancelled(token))
  })

  tokio("run_until_cancelled_test, run_until_cancelled_owned_test", function*() {
    const token = yield* CancellationToken.make()
    const waits = yield* forkSettled(CancellationToken.runUntilCancelled(token, Effect.never))
    yield* pending(waits)
    yield* CancellationToken.cancel(token)
    assert.isTrue(Option.isNone(yield* Fiber.join(waits)))
    const [sender, receiver] = yield* Oneshot.make<number>()
    const wins = yield* forkSettled(
      CancellationToken.runUntilCancelled(yield* CancellationToken.make(), Oneshot.recv(receiver))
    )
    yield* pending(wins)
    yield* Oneshot.send(sender, 42)
    assert.deepStrictEqual(yield* ready(wins), Option.some(42))
    let ran = false
    const late = CancellationToken.runUntilCancelled(token, Effect.sync(() => void (ran = true)))
    assert.isTrue(Option.isNone(yield* late))
    assert.isFalse(ran)
    const other = yield* CancellationToken.make()
    assert.deepStrictEqual(yield* CancellationToken.runUntilCancelled(other, Effect.succeed(42)), Option.some(42))
  })
})
