/**
 * What tokio's own tests of its semaphore ask, in our words: `tokio/tests/sync_semaphore.rs`, `sync_semaphore_owned.rs` and
 * `tokio/src/sync/tests/semaphore_batch.rs`. A permit that is owned is one in another scope.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, Scope } from "effect"
import { Errors, Handle, Oneshot, Semaphore } from "effect-sync"
import { defectOf, forkSettled } from "../utils.ts"
import { end, pending, ready, tokio, told, upTo } from "./told.ts"

describe("tokio: sync_semaphore, sync_semaphore_owned", () => {
  tokio("no_permits", function*() {
    const semaphore = yield* Semaphore.make(0)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
  })

  tokio("try_acquire", function*() {
    const semaphore = yield* Semaphore.make(1)
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Semaphore.tryAcquire(semaphore)
      assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "NoPermits")
    }))
    assert.strictEqual((yield* Semaphore.tryAcquire(semaphore)).count, 1)
  })

  tokio("try_acquire_many", function*() {
    const semaphore = yield* Semaphore.make(42)
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Semaphore.tryAcquireMany(semaphore, 42)
      assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "NoPermits")
    }))
    yield* Semaphore.tryAcquireMany(semaphore, 32)
    yield* Semaphore.tryAcquireMany(semaphore, 10)
    assert.strictEqual(told(Semaphore.tryAcquireUnsafe(semaphore)), "NoPermits")
  })

  tokio("acquire", function*() {
    const semaphore = yield* Semaphore.make(1)
    const permit = Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore))
    const other = yield* forkSettled(Effect.scoped(Semaphore.acquire(semaphore)))
    yield* pending(other)
    Handle.releaseUnsafe(permit)
    yield* ready(other)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
  })

  tokio("acquire_many", function*() {
    const semaphore = yield* Semaphore.make(42)
    const permit32 = yield* Semaphore.tryAcquireMany(semaphore, 32)
    const [sender, receiver] = yield* Oneshot.make<void>()
    const other = yield* Effect.forkChild(Effect.scoped(Effect.gen(function*() {
      yield* Semaphore.acquireMany(semaphore, 10)
      yield* Oneshot.send(sender, undefined)
      yield* Semaphore.acquireMany(semaphore, 32)
    })))
    yield* Oneshot.recv(receiver)
    yield* pending(other)
    yield* permit32.release
    yield* ready(other)
  })

  tokio("add_permits", function*() {
    const semaphore = yield* Semaphore.make(0)
    const other = yield* forkSettled(Effect.scoped(Semaphore.acquire(semaphore)))
    Semaphore.addPermitsUnsafe(semaphore, 1)
    yield* ready(other)
  })

  tokio("forget", function*() {
    const semaphore = yield* Semaphore.make(1)
    yield* Effect.scoped(Effect.gen(function*() {
      const permit = yield* Semaphore.tryAcquire(semaphore)
      yield* permit.forget
      assert.strictEqual(permit.count, 0)
    }))
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "NoPermits")
  })

  tokio("merge", function*() {
    const semaphore = yield* Semaphore.make(3)
    yield* Effect.scoped(Effect.gen(function*() {
      const one = yield* Semaphore.tryAcquire(semaphore)
      const two = yield* Semaphore.tryAcquireMany(semaphore, 2)
      yield* one.merge(two)
      assert.deepStrictEqual([one.count, two.count], [3, 0])
      assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    }))
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
  })

  tokio("merge_unrelated_permits", function*() {
    const one = yield* Semaphore.acquire(yield* Semaphore.make(3))
    const two = yield* Semaphore.acquire(yield* Semaphore.make(3))
    assert.instanceOf(yield* defectOf(one.merge(two)), Errors.Misuse)
    assert.deepStrictEqual([one.count, two.count], [1, 1])
  })

  tokio("split", function*() {
    const semaphore = yield* Semaphore.make(5)
    const permit = yield* Semaphore.tryAcquireMany(semaphore, 3)
    const part = Option.getOrThrow(yield* permit.split(1))
    assert.deepStrictEqual([permit.count, part.count], [2, 1])
    assert.isTrue(Option.isNone(yield* permit.split(3)))
    const none = Option.getOrThrow(yield* permit.split(0))
    assert.strictEqual(none.count, 0)
    yield* part.release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
    const rest = Option.getOrThrow(yield* permit.split(2))
    assert.strictEqual(permit.count, 0)
    assert.isFalse(Handle.isReleased(permit))
    yield* permit.merge(rest)
    yield* permit.release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 5)
  })

  tokio("stress_test", function*() {
    const semaphore = yield* Semaphore.make(5)
    const fibers = yield* Effect.forEach(
      upTo(1000),
      () => Effect.forkChild(Effect.scoped(Effect.andThen(Semaphore.acquire(semaphore), Effect.yieldNow)))
    )
    for (const fiber of fibers) yield* Fiber.join(fiber)
    for (const _ of upTo(5)) yield* Semaphore.tryAcquire(semaphore)
    assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "NoPermits")
  })

  tokio("add_max_amount_permits, no_panic_at_maxpermits", function*() {
    const semaphore = yield* Semaphore.make(0)
    yield* Semaphore.addPermits(semaphore, Semaphore.MAX_PERMITS)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), Semaphore.MAX_PERMITS)
    yield* Semaphore.make(Semaphore.MAX_PERMITS)
    yield* Semaphore.addPermits(yield* Semaphore.make(Semaphore.MAX_PERMITS - 1), 1)
  })

  tokio("add_more_than_max_amount_permits1, …2, panic_when_exceeds_maxpermits", function*() {
    const one = yield* Semaphore.make(1)
    assert.instanceOf(yield* defectOf(Semaphore.addPermits(one, Semaphore.MAX_PERMITS)), RangeError)
    const nearly = yield* Semaphore.make(Semaphore.MAX_PERMITS - 1)
    yield* Semaphore.addPermits(nearly, 1)
    assert.instanceOf(yield* defectOf(Semaphore.addPermits(nearly, 1)), RangeError)
    assert.strictEqual(yield* Semaphore.availablePermits(nearly), Semaphore.MAX_PERMITS)
    assert.instanceOf(yield* defectOf(Semaphore.make(Semaphore.MAX_PERMITS + 1)), RangeError)
  })

  tokio("acquire_owned: a permit outlives the scope it was acquired in", function*() {
    const semaphore = yield* Semaphore.make(1)
    const other = yield* Scope.make()
    const permit = yield* Effect.scoped(
      Effect.flatMap(Semaphore.acquire(semaphore), (permit) => Handle.transfer(permit, other))
    )
    assert.strictEqual(permit.count, 1)
    assert.strictEqual(permit.semaphore, semaphore)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    yield* Scope.close(other, Exit.void)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
  })

  tokio("forget_permits, and permits that are added to those who wait", function*() {
    const semaphore = yield* Semaphore.make(10)
    assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 0), 0)
    assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 4), 4)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 6)
    assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 10), 6)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
  })
})

describe("tokio: semaphore_batch", () => {
  tokio("poll_acquire_one_available, poll_acquire_many_available", function*() {
    const semaphore = yield* Semaphore.make(100)
    yield* Semaphore.acquire(semaphore)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 99)
    yield* Semaphore.acquireMany(semaphore, 5)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 94)
  })

  tokio("try_acquire_one_available, try_acquire_many_available", function*() {
    const semaphore = yield* Semaphore.make(100)
    yield* Semaphore.tryAcquire(semaphore)
    yield* Semaphore.tryAcquireMany(semaphore, 5)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 94)
  })

  tokio("poll_acquire_one_unavailable", function*() {
    const semaphore = yield* Semaphore.make(1)
    yield* (yield* Semaphore.acquire(semaphore)).forget
    const second = yield* forkSettled(Semaphore.acquire(semaphore))
    yield* pending(second)
    Semaphore.addPermitsUnsafe(semaphore, 1)
    assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 0)
    yield* ready(second)
    assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 0)
    yield* Semaphore.addPermits(semaphore, 1)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
  })

  tokio("poll_acquire_many_unavailable", function*() {
    const semaphore = yield* Semaphore.make(5)
    yield* Semaphore.acquire(semaphore)
    const second = yield* forkSettled(Semaphore.acquireMany(semaphore, 5))
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    const third = yield* forkSettled(Semaphore.acquireMany(semaphore, 3))
    yield* pending(second, third)
    yield* Semaphore.addPermits(semaphore, 1)
    yield* ready(second)
    yield* pending(third)
    yield* Semaphore.addPermits(semaphore, 1)
    yield* pending(third)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    yield* Semaphore.addPermits(semaphore, 2)
    yield* ready(third)
  })

  tokio("try_acquire_one_unavailable, try_acquire_many_unavailable", function*() {
    const semaphore = yield* Semaphore.make(5)
    const one = yield* Semaphore.tryAcquire(semaphore)
    assert.strictEqual(yield* end(Semaphore.tryAcquireMany(semaphore, 5)), "NoPermits")
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 4)
    yield* one.release
    const five = yield* Semaphore.tryAcquireMany(semaphore, 5)
    assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "NoPermits")
    yield* five.release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 5)
  })

  tokio("poll_acquire_one_zero_permits", function*() {
    const semaphore = yield* Semaphore.make(0)
    const acquiring = yield* forkSettled(Semaphore.acquire(semaphore))
    yield* pending(acquiring)
    yield* Semaphore.addPermits(semaphore, 1)
    assert.strictEqual((yield* Fiber.join(acquiring)).count, 1)
  })

  tokio("try_acquire_validates_max_permits, acquire_validates_max_permits, …_top_bit_permits", function*() {
    const semaphore = yield* Semaphore.make(0)
    for (const n of [Semaphore.MAX_PERMITS + 1, 2 ** 63, -1]) {
      assert.instanceOf(yield* defectOf(Semaphore.tryAcquireMany(semaphore, n)), RangeError)
      assert.instanceOf(yield* defectOf(Semaphore.acquireMany(semaphore, n)), RangeError)
    }
  })

  tokio("close_semaphore_prevents_acquire", function*() {
    const semaphore = yield* Semaphore.makeCloseable(5)
    yield* Semaphore.close(semaphore)
    assert.isTrue(yield* Semaphore.isClosed(semaphore))
    for (const _ of upTo(2)) {
      assert.strictEqual(yield* end(Semaphore.acquire(semaphore)), "SemaphoreClosed")
      assert.strictEqual(yield* end(Semaphore.tryAcquire(semaphore)), "SemaphoreClosed")
      assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 5)
    }
  })

  tokio("close_semaphore_notifies_permit1", function*() {
    const semaphore = yield* Semaphore.makeCloseable(0)
    const acquiring = yield* forkSettled(Semaphore.acquire(semaphore))
    yield* Semaphore.close(semaphore)
    assert.strictEqual(yield* ready(acquiring), "SemaphoreClosed")
  })

  tokio("close_semaphore_notifies_permit2", function*() {
    const semaphore = yield* Semaphore.makeCloseable(2)
    const one = yield* Semaphore.acquire(semaphore)
    const two = yield* Semaphore.acquire(semaphore)
    const waiting = [yield* forkSettled(Semaphore.acquire(semaphore)), yield* forkSettled(Semaphore.acquire(semaphore))]
    yield* pending(...waiting)
    yield* Semaphore.close(semaphore)
    for (const fiber of waiting) assert.strictEqual(yield* ready(fiber), "SemaphoreClosed")
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    yield* one.release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
    assert.strictEqual(yield* end(Semaphore.acquire(semaphore)), "SemaphoreClosed")
    yield* two.release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
  })

  tokio("cancel_acquire_releases_permits", function*() {
    const semaphore = yield* Semaphore.make(10)
    yield* Semaphore.tryAcquireMany(semaphore, 4)
    const acquiring = yield* forkSettled(Semaphore.acquireMany(semaphore, 8))
    yield* pending(acquiring)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
    yield* Fiber.interrupt(acquiring)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 6)
    yield* Semaphore.tryAcquireMany(semaphore, 6)
  })

  tokio("release_permits_at_drop: who gives up releases a permit meanwhile", function*() {
    const semaphore = yield* Semaphore.make(1)
    for (const _ of upTo(2)) {
      const held = Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore))
      const acquiring = yield* forkSettled(
        Effect.onInterrupt(Effect.scoped(Semaphore.acquire(semaphore)), () => Handle.release(held))
      )
      yield* pending(acquiring)
      yield* Fiber.interrupt(acquiring)
      assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
    }
  })

  tokio("update_permits_many_times", function*() {
    const semaphore = yield* Semaphore.make(5)
    const acquiring = yield* forkSettled(Semaphore.acquireMany(semaphore, 7))
    yield* pending(acquiring)
    yield* Semaphore.addPermits(semaphore, 5)
    yield* ready(acquiring)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
    assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 3), 3)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
  })
})
