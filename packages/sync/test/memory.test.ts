/**
 * What is over is kept by nobody: neither by a handle one still has, nor by the library itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Scope } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import { forkSettled, mustBeGone } from "./utils.ts"

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
