/**
 * What is over is kept by nobody: neither by a handle one still has, nor by the library itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Scope } from "effect"
import { Barrier, CancellationToken, Handle, Mutex, Notify, Semaphore } from "effect-sync"
import { forkSettled, inMemory, mustBeGone, settle } from "./utils.ts"

describe("a handle that has ended keeps no scope alive", () => {
  const semaphore = Semaphore.makeUnsafe(10)
  const permit = (scope: Scope.Scope) => Scope.provide(Semaphore.acquire(semaphore), scope)

  /** Each acquires a handle in the scope and ends it. */
  const ends: Record<string, (scope: Scope.Closeable) => Effect.Effect<Handle.Handle>> = {
    released: (scope) => Effect.tap(permit(scope), (permit) => permit.release),
    forgotten: (scope) => Effect.tap(permit(scope), (permit) => permit.forget),
    merged: (scope) =>
      Effect.gen(function*() {
        const [one, other] = [yield* permit(scope), yield* permit(scope)]
        yield* one.merge(other)
        yield* one.release
        return other
      }),
    mapped: (scope) =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        const guard = yield* Scope.provide(Mutex.lock(mutex), scope)
        const part = yield* guard.map(Optic.id<number>())
        yield* part.unlock
        return guard
      }),
    "released by the scope": (scope) => Effect.tap(permit(scope), () => Scope.close(scope, Exit.void))
  }

  for (const [name, end] of Object.entries(ends)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const handles: Array<Handle.Handle> = []
        const scopes: Array<WeakRef<object>> = []
        for (let i = 0; i < 5; i++) {
          const scope = yield* Scope.make()
          scopes.push(new WeakRef(scope))
          handles.push(yield* end(scope))
        }
        // The last one may still be on a stack.
        yield* mustBeGone(scopes, 1)
        for (const handle of handles) assert.isTrue(Handle.isReleased(handle))
      }))
  }
})

it.effect("who has waited is kept by nobody, not even the last one", () =>
  Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(0)
    const bodies: Array<WeakRef<object>> = []
    const wait = () => {
      const body = Effect.sync(() => bodies.length)
      bodies.push(new WeakRef(body))
      return forkSettled(Semaphore.withPermit(semaphore, body))
    }
    const fiber = yield* wait()
    yield* Semaphore.addPermits(semaphore, 1)
    assert.strictEqual(yield* Fiber.join(fiber), 1)
    yield* mustBeGone(bodies)
  }))

describe("who has waited and was woken is kept by nobody, not even the last one", () => {
  const waits = {
    "Notify.notified": () => {
      const notify = Notify.makeUnsafe()
      return { wait: Notify.notified(notify), wake: Notify.notifyOne(notify) }
    },
    "Barrier.wait": () => {
      const barrier = Barrier.makeUnsafe(2)
      return { wait: Barrier.wait(barrier), wake: Barrier.wait(barrier) }
    }
  }

  for (const [name, make] of Object.entries(waits)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const { wait, wake }: { readonly wait: Effect.Effect<unknown>; readonly wake: Effect.Effect<unknown> } = make()
        const values: Array<WeakRef<object>> = []
        const value = () => {
          const value = {}
          values.push(new WeakRef(value))
          return value
        }
        // A fiber that has ended has its value.
        const fiber = new WeakRef(yield* forkSettled(Effect.map(wait, value)))
        yield* wake
        yield* settle
        assert.lengthOf(values, 1)
        yield* mustBeGone([...values, fiber])
      }))
  }
})

it.effect("NOT-6: a handle keeps nobody who has given up its await, while others go on waiting", () =>
  Effect.gen(function*() {
    const notify = yield* Notify.make()
    const handle = Notify.subscribeUnsafe(notify)
    const staying = yield* forkSettled(handle.await)
    const gone: Array<WeakRef<object>> = []
    for (let i = 0; i < 5; i++) {
      const fiber = yield* forkSettled(handle.await)
      yield* Fiber.interrupt(fiber)
      gone.push(new WeakRef(fiber))
    }
    yield* mustBeGone(gone, 1)
    assert.strictEqual(Notify.waitingUnsafe(notify), 1)
    yield* Notify.notifyOne(notify)
    yield* Fiber.join(staying)
  }))

it.effect("CT-9: a cancelled token keeps no signal that was made of it", () =>
  Effect.gen(function*() {
    const token = CancellationToken.makeUnsafe()
    const signals = Array.from({ length: 5 }, () => new WeakRef(CancellationToken.toAbortSignalUnsafe(token)))
    assert.strictEqual(yield* inMemory(signals), 5)
    yield* CancellationToken.cancel(token)
    yield* mustBeGone(signals, 1)
    assert.isTrue(CancellationToken.isCancelledUnsafe(token))
  }))
