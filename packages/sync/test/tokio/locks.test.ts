/**
 * What tokio's own tests of its Mutex and RwLock ask, in our words: `tokio/tests/sync_mutex.rs`, `sync_mutex_owned.rs`,
 * `sync_rwlock.rs`, the locks' case of `sync_panic.rs`, and `tokio/src/sync/tests/loom_rwlock.rs`.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Option, Result, Scope } from "effect"
import { Barrier, Errors, Handle, Mutex, RwLock } from "effect-sync"
import { TestClock } from "effect/testing"
import { defectOf, forkSettled } from "../utils.ts"
import { end, pending, ready, tokio, told, upTo } from "./told.ts"

describe("tokio: sync_mutex, sync_mutex_owned", () => {
  tokio("straight_execution", function*() {
    const mutex = yield* Mutex.make(100)
    for (const expected of [100, 99, 98]) {
      yield* Effect.scoped(Effect.gen(function*() {
        const guard = yield* Mutex.lock(mutex)
        assert.strictEqual(yield* guard.get, expected)
        yield* guard.set(expected - 1)
      }))
    }
    assert.strictEqual(Mutex.getUnsafe(mutex), 97)
  })

  tokio("readiness", function*() {
    const mutex = yield* Mutex.make(100)
    const guard = yield* Mutex.lock(mutex)
    const second = yield* forkSettled(Mutex.lock(mutex))
    yield* pending(second)
    assert.strictEqual(yield* Mutex.waiting(mutex), 1)
    yield* guard.unlock
    yield* ready(second)
  })

  tokio("aborted_future_1: a holder that is aborted unlocks", function*() {
    const mutex = yield* Mutex.make(0)
    const holder = yield* forkSettled(
      Effect.timeoutOption(Mutex.withLock(mutex, () => Effect.sleep("1 second")), "1 millis")
    )
    yield* TestClock.adjust("1 millis")
    assert.isTrue(Option.isNone(yield* Fiber.join(holder)))
    yield* Mutex.lock(mutex)
  })

  tokio("aborted_future_2: one that waits and is aborted leaves nothing locked", function*() {
    const mutex = yield* Mutex.make(0)
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Mutex.lock(mutex)
      const waiter = yield* forkSettled(Effect.timeoutOption(Mutex.set(mutex, 1), "1 millis"))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isNone(yield* Fiber.join(waiter)))
    }))
    assert.strictEqual(yield* Mutex.get(mutex), 0)
    assert.isFalse(yield* Mutex.isLocked(mutex))
  })

  tokio("try_lock, try_lock_owned", function*() {
    const mutex = yield* Mutex.make(0)
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Mutex.tryLock(mutex)
      assert.strictEqual(yield* end(Mutex.tryLock(mutex)), "WouldBlock")
      assert.strictEqual(told(Mutex.tryLockUnsafe(mutex)), "WouldBlock")
    }))
    const guard = Result.getOrThrow(Mutex.tryLockUnsafe(mutex))
    guard.setUnsafe(1)
    Handle.releaseUnsafe(guard)
    assert.strictEqual(yield* Mutex.get(mutex), 1)
  })

  tokio("mutex_debug, debug_format: shown with its state", function*() {
    const mutex = yield* Mutex.make("data", { name: "m" })
    const open = JSON.stringify(mutex)
    const guard = yield* Mutex.lock(mutex)
    assert.include(open, "\"locked\":false")
    assert.include(JSON.stringify(mutex), "\"locked\":true")
    assert.notInclude(JSON.stringify(mutex), "data")
    assert.isAbove(JSON.stringify(guard).length, 2)
  })

  tokio("lock_owned: a guard outlives its scope, and may be mapped", function*() {
    const mutex = yield* Mutex.make({ a: 1, b: 2 })
    const other = yield* Scope.make()
    const guard = yield* Effect.scoped(
      Effect.flatMap(Mutex.lock(mutex), (guard) => Handle.transfer(guard, other))
    )
    assert.strictEqual(guard.mutex, mutex)
    const part = yield* guard.map(Optic.id<{ readonly a: number; readonly b: number }>().key("a"))
    yield* part.set(7)
    assert.isTrue(Handle.isReleased(guard))
    assert.isTrue(yield* Mutex.isLocked(mutex))
    yield* Scope.close(other, Exit.void)
    assert.deepStrictEqual(yield* Mutex.get(mutex), { a: 7, b: 2 })
  })
})

describe("tokio: sync_rwlock", () => {
  tokio("into_inner", function*() {
    assert.strictEqual(RwLock.getUnsafe(yield* RwLock.make(42)), 42)
  })

  tokio("read_shared", function*() {
    const lock = yield* RwLock.make(100)
    yield* RwLock.read(lock)
    yield* RwLock.read(lock)
    assert.strictEqual(yield* RwLock.readers(lock), 2)
  })

  tokio("write_shared_pending, read_exclusive_pending, write_exclusive_pending", function*() {
    for (
      const [held, wanted] of [[RwLock.read, RwLock.write], [RwLock.write, RwLock.read], [
        RwLock.write,
        RwLock.write
      ]] as const
    ) {
      const lock = yield* RwLock.make(100)
      yield* held(lock)
      yield* pending(yield* forkSettled<unknown, never, Scope.Scope>(wanted(lock)))
    }
  })

  tokio("exhaust_reading", function*() {
    const lock = yield* RwLock.make(100, { maxReaders: 1024 })
    const reads = yield* Effect.forEach(upTo(1024), () => RwLock.tryRead(lock))
    assert.strictEqual(yield* end(RwLock.tryRead(lock)), "WouldBlock")
    const late = yield* forkSettled(RwLock.read(lock))
    yield* pending(late)
    yield* reads.pop()!.unlock
    yield* ready(late)
    assert.strictEqual(yield* RwLock.readers(lock), 1024)
  })

  tokio("write_shared_drop", function*() {
    const lock = yield* RwLock.make(100)
    const reader = yield* RwLock.read(lock)
    const writer = yield* forkSettled(RwLock.write(lock))
    yield* pending(writer)
    yield* reader.unlock
    yield* ready(writer)
    assert.isTrue(yield* RwLock.isWriteLocked(lock))
  })

  tokio("write_read_shared_pending", function*() {
    const lock = yield* RwLock.make(100)
    yield* RwLock.read(lock)
    yield* RwLock.read(lock)
    const writer = yield* forkSettled(RwLock.write(lock))
    const reader = yield* forkSettled(RwLock.read(lock))
    yield* pending(writer, reader)
    assert.strictEqual(yield* end(RwLock.tryRead(lock)), "WouldBlock")
  })

  tokio("write_read_shared_drop_pending", function*() {
    const lock = yield* RwLock.make(100)
    yield* RwLock.read(lock)
    const writer = yield* forkSettled(RwLock.write(lock))
    const reader = yield* forkSettled(RwLock.read(lock))
    yield* pending(writer, reader)
    yield* Fiber.interrupt(writer)
    yield* ready(reader)
  })

  tokio("read_uncontested, write_uncontested", function*() {
    const lock = yield* RwLock.make(100)
    assert.strictEqual(yield* RwLock.withRead(lock, Effect.succeed), 100)
    const guard = yield* RwLock.write(lock)
    yield* guard.update((n) => n + 50)
    assert.strictEqual(yield* guard.get, 150)
  })

  tokio("write_order: as they run, not as they were built", function*() {
    const lock = yield* RwLock.make<ReadonlyArray<number>>([])
    const push = (n: number) => RwLock.withWrite(lock, (guard) => guard.update((all) => [...all, n]))
    const second = push(2)
    const first = push(1)
    yield* first
    yield* second
    assert.deepStrictEqual(RwLock.getUnsafe(lock), [1, 2])
  })

  tokio("multithreaded", function*() {
    const barrier = yield* Barrier.make(5)
    const lock = yield* RwLock.make(0)
    for (const n of [2, 3, 5, 7]) {
      const add = RwLock.withWrite(
        lock,
        (guard) => Effect.flatMap(guard.get, (before) => Effect.andThen(Effect.yieldNow, guard.set(before + n)))
      )
      yield* Effect.forkChild(Effect.andThen(Effect.repeat(add, { times: 99 }), Barrier.wait(barrier)))
    }
    yield* Barrier.wait(barrier)
    assert.strictEqual(yield* RwLock.withRead(lock, Effect.succeed), 1_700)
  })

  tokio("try_write", function*() {
    const lock = yield* RwLock.make(0)
    const reader = yield* RwLock.read(lock)
    assert.strictEqual(yield* end(RwLock.tryWrite(lock)), "WouldBlock")
    yield* reader.unlock
    yield* RwLock.tryWrite(lock)
  })

  tokio("try_read_try_write", function*() {
    const lock = yield* RwLock.make(15)
    yield* Effect.scoped(Effect.gen(function*() {
      assert.strictEqual(yield* (yield* RwLock.tryRead(lock)).get, 15)
      assert.strictEqual(told(RwLock.tryWriteUnsafe(lock)), "WouldBlock")
      assert.strictEqual(yield* (yield* RwLock.tryRead(lock)).get, 15)
    }))
    yield* Effect.scoped(Effect.gen(function*() {
      yield* (yield* RwLock.tryWrite(lock)).set(1515)
      assert.strictEqual(told(RwLock.tryReadUnsafe(lock)), "WouldBlock")
    }))
    assert.strictEqual(yield* (yield* RwLock.tryRead(lock)).get, 1515)
  })

  tokio("rwlock_with_max_readers_panic_caller", function*() {
    for (const maxReaders of [0, -1, 0.5, RwLock.MAX_READERS + 1]) {
      assert.instanceOf(yield* defectOf(RwLock.make(0, { maxReaders })), RangeError)
    }
  })
})

describe("tokio: loom_rwlock", () => {
  tokio("concurrent_write, concurrent_read_write", function*() {
    const lock = yield* RwLock.make(0)
    const add = RwLock.withWrite(lock, (guard) => Effect.andThen(Effect.yieldNow, guard.update((n) => n + 5)))
    const look = RwLock.withRead(lock, (n) => Effect.as(Effect.yieldNow, n))
    const [, n] = yield* Effect.all([add, look, add], { concurrency: "unbounded" })
    assert.strictEqual(n, 5)
    assert.strictEqual(RwLock.getUnsafe(lock), 10)
  })

  tokio("downgrade: no writer gets in between", function*() {
    const lock = yield* RwLock.make(0)
    const writer = yield* RwLock.write(lock)
    const other = yield* forkSettled(RwLock.withWrite(lock, (guard) => guard.update((n) => n + 10)))
    yield* writer.set(1)
    const reader = yield* writer.downgrade
    yield* pending(other)
    assert.strictEqual(yield* reader.get, 1)
    assert.instanceOf(yield* defectOf(writer.get), Errors.Misuse)
    yield* reader.unlock
    yield* ready(other)
    assert.strictEqual(RwLock.getUnsafe(lock), 11)
  })
})
