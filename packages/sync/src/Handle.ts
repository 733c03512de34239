/**
 * What a permit, a guard or an end of a channel is: something held, that a scope releases.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import type { Pipeable } from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import * as Scope from "effect/Scope"
import * as internal from "./internal/scopedHandle.ts"

export {
  /**
   * The defect of a handle used after its end.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse
} from "./Errors.ts"

/**
 * The key by which a handle is known. Its value is for the implementation alone.
 *
 * @category type ids
 * @since 0.1.0
 */
export const HandleTypeId: "~effect-sync/Handle" = internal.HandleTypeId

/**
 * The key by which a handle is known, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type HandleTypeId = typeof HandleTypeId

/**
 * Something held until it is released: by the scope that owns it, or early and by hand.
 *
 * **When to use**
 *
 * Use as the type of anything that `transfer`, `release` and `isReleased` accept: every permit and guard is one.
 *
 * **Details**
 *
 * Acquiring a handle makes the current `Scope` its owner: the scope's finalizer releases it, as `drop` would in Rust. An
 * early release leaves nothing behind in the scope. A second reference to the object is not a second handle.
 *
 * After its end (released, forgotten, merged into another, consumed by `map`) `release` does nothing, and every other
 * member dies with `Misuse`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handle extends Pipeable {
  readonly [HandleTypeId]: unknown
}

/** What the implementation of every handle offers under its type id. */
interface Implementation {
  readonly isReleased: boolean
  releaseUnsafe(): void
  transferUnsafe(label: string, scope: Scope.Scope): void
}

const implementation = (handle: Handle): Implementation => handle[HandleTypeId] as Implementation

/**
 * Whether a value is a `Handle`.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Telling a permit from its semaphore)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(1)
 *   const permit = yield* Semaphore.acquire(semaphore)
 *   return [Handle.isHandle(permit), Handle.isHandle(semaphore)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isHandle = (u: unknown): u is Handle => hasProperty(u, HandleTypeId)

/**
 * Makes another scope the owner of a handle.
 *
 * **When to use**
 *
 * Use to let something outlive the scope it was acquired in, or to hand it to another fiber: tokio's `…_owned` guards
 * and `move`. To acquire for a fiber that is forked right away, `forkWith` is shorter.
 *
 * **Details**
 *
 * - Waits for: nothing. One step: there is no moment at which nobody owns the handle, or two do.
 * - Gives: the same object. To the scope that owns it already it does nothing; to a closed scope it succeeds, and gives
 *   the handle released, as a finalizer added to a closed scope runs at once.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1). The old scope keeps no trace.
 * - Dies: with `Misuse` if the handle has ended.
 *
 * **Gotchas**
 *
 * Called by the owner. Once it is transferred, closing the old scope does not release it any more.
 *
 * **Example** (A permit that outlives the scope it was acquired in)
 *
 * ```ts import.meta.vitest
 * import { Effect, Exit, Scope } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(3)
 *   const session = yield* Scope.make()
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     const permit = yield* Semaphore.acquire(semaphore)
 *     yield* Handle.transfer(permit, session)
 *   }))
 *   const during = yield* Semaphore.availablePermits(semaphore)
 *   yield* Scope.close(session, Exit.void)
 *   return [during, yield* Semaphore.availablePermits(semaphore)]
 * })
 *
 * Effect.runSync(program) // => [2, 3]
 * ```
 *
 * @see {@link forkWith} for acquiring here and using in a new fiber
 * @category combinators
 * @since 0.1.0
 */
export const transfer: {
  (scope: Scope.Scope): <H extends Handle>(handle: H) => Effect.Effect<H>
  <H extends Handle>(handle: H, scope: Scope.Scope): Effect.Effect<H>
} = dual(2, <H extends Handle>(handle: H, scope: Scope.Scope): Effect.Effect<H> =>
  Effect.sync(() => {
    implementation(handle).transferUnsafe("Handle.transfer", scope)
    return handle
  }))

/**
 * `transfer` for callbacks: synchronous, outside Effect.
 *
 * **When to use**
 *
 * Use to give a handle that a `try…Unsafe` function returned to a scope.
 *
 * **Details**
 *
 * Throws `Misuse` where `transfer` dies with it.
 *
 * **Example** (Giving an unowned permit to a scope)
 *
 * ```ts import.meta.vitest
 * import { Effect, Exit, Result, Scope } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeUnsafe(1)
 * const scope = Scope.makeUnsafe()
 * Handle.transferUnsafe(Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore)), scope)
 * Effect.runSync(Scope.close(scope, Exit.void))
 *
 * Semaphore.availablePermitsUnsafe(semaphore) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const transferUnsafe = <H extends Handle>(handle: H, scope: Scope.Scope): H => {
  implementation(handle).transferUnsafe("Handle.transferUnsafe", scope)
  return handle
}

/**
 * Acquires here and uses in a new fiber.
 *
 * **When to use**
 *
 * Use for accept loops and worker pools: this fiber waits for the permit, so it takes no more work than there are
 * permits, and the new fiber gives it back when it ends.
 *
 * **Details**
 *
 * - Waits for: what `acquire` waits for. Then it forks without letting anything get in between.
 * - Scope: `acquire` and `use` share a fresh scope, which the new fiber owns. It is closed with the result of `use`
 *   before the fiber's exit is visible to anybody. To move a handle that exists already, transfer it inside `acquire`:
 *   `Effect.flatMap(Effect.scope, (scope) => Handle.transfer(permit, scope))`.
 * - The fiber is a child of this one, unless `in` says a scope, or `"detach"`. A finished one leaves no finalizer in that
 *   scope. Into a closed scope it gives a fiber that is interrupted and never runs `use`.
 * - `startImmediately` (default `false`): `use` runs up to its first wait before `forkWith` returns.
 * - Order: that of `acquire`.
 * - Interruption: while `acquire` waits it is interrupted, and what it had acquired is released. Afterwards the new fiber
 *   owns the scope, also if it is interrupted before it ran: `use` then never starts, and the scope is closed.
 * - Cost: one scope and one fiber.
 * - Fails: as `acquire` does. A failure of `use` is the fiber's.
 *
 * Answers `acquire_owned` followed by `tokio::spawn(async move { … })`.
 *
 * **Example** (No more than two connections at a time)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const connections = yield* Semaphore.make(2)
 *   const handle = (id: number) => Effect.as(Effect.yieldNow, `served ${id}`)
 *   const fibers = yield* Effect.forEach(
 *     [1, 2, 3],
 *     (id) => Handle.forkWith(Semaphore.acquire(connections), () => handle(id))
 *   )
 *   return yield* Effect.forEach(fibers, Fiber.join)
 * })
 *
 * await Effect.runPromise(program) // => ["served 1", "served 2", "served 3"]
 * ```
 *
 * @see {@link transfer} for moving a handle to a scope
 * @category combinators
 * @since 0.1.0
 */
export const forkWith: {
  <A, B, E2, R2>(
    use: (a: A) => Effect.Effect<B, E2, R2>,
    options?: { readonly in?: Scope.Scope | "detach"; readonly startImmediately?: boolean }
  ): <E, R>(acquire: Effect.Effect<A, E, R>) => Effect.Effect<Fiber.Fiber<B, E2>, E, Exclude<R | R2, Scope.Scope>>
  <A, E, R, B, E2, R2>(
    acquire: Effect.Effect<A, E, R>,
    use: (a: A) => Effect.Effect<B, E2, R2>,
    options?: { readonly in?: Scope.Scope | "detach"; readonly startImmediately?: boolean }
  ): Effect.Effect<Fiber.Fiber<B, E2>, E, Exclude<R | R2, Scope.Scope>>
} = dual((args) => Effect.isEffect(args[0]), <A, E, R, B, E2, R2>(
  acquire: Effect.Effect<A, E, R>,
  use: (a: A) => Effect.Effect<B, E2, R2>,
  options?: { readonly in?: Scope.Scope | "detach"; readonly startImmediately?: boolean }
): Effect.Effect<Fiber.Fiber<B, E2>, E, Exclude<R | R2, Scope.Scope>> =>
  Effect.uninterruptibleMask((restore) => {
    const scope = Scope.makeUnsafe()
    const acquired = Effect.onExit(
      restore(Scope.provide(acquire, scope)),
      (exit) => Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void
    )
    return Effect.flatMap(acquired, (a) => {
      // The fiber starts uninterruptible, so that its first frame, which owns the scope, is always reached: Effect never
      // runs the body of an interruptible fiber that is interrupted before it starts. An interruption that came before
      // is seen where `use` becomes interruptible.
      const target = options?.in
      const begin = Effect.suspend(() => isClosed(target) ? Effect.interrupt : use(a))
      const body = Effect.onExit(
        Effect.interruptible(Scope.provide(begin, scope)),
        (exit) => Scope.close(scope, exit)
      )
      return fork(body, target, options?.startImmediately ?? false)
    })
  }))

const isClosed = (target: Scope.Scope | "detach" | undefined): boolean =>
  typeof target === "object" && target.state._tag === "Closed"

const fork = <B, E2, R2>(
  body: Effect.Effect<B, E2, R2>,
  target: Scope.Scope | "detach" | undefined,
  startImmediately: boolean
): Effect.Effect<Fiber.Fiber<B, E2>, never, R2> => {
  const options = { startImmediately, uninterruptible: true }
  if (target === undefined) return Effect.forkChild(body, options)
  const detached = Effect.forkDetach(body, options)
  if (target === "detach") return detached
  // Not `forkIn`: into a scope that has just been closed it gives a fiber that runs nothing, not even the frame that owns
  // the scope. `runIn` interrupts the fiber then, and it gets as far as that frame.
  return Effect.map(detached, (fiber) => Fiber.runIn(fiber, target))
}

/**
 * Releases a handle: does now what its scope's finalizer would do later.
 *
 * **When to use**
 *
 * Use where the kind of handle is not known; a permit's own `release` and a guard's `unlock` are the same.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: what is released goes to those who wait, oldest first.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1), plus O(1) for each waiter that this lets go on. The scope keeps no trace of the handle.
 * - Idempotent: on a handle that has ended it does nothing.
 *
 * **Example** (Releasing early)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(1)
 *   const permit = yield* Semaphore.acquire(semaphore)
 *   yield* Handle.release(permit)
 *   return [Handle.isReleased(permit), yield* Semaphore.availablePermits(semaphore)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, 1]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const release = (handle: Handle): Effect.Effect<void> => Effect.sync(() => releaseUnsafe(handle))

/**
 * `release` for callbacks: synchronous, outside Effect.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, for a handle that a `try…Unsafe` function returned.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who it lets go on runs soon after.
 *
 * **Example** (Releasing from a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeUnsafe(1)
 * const permit = Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore))
 * Handle.releaseUnsafe(permit)
 *
 * Semaphore.availablePermitsUnsafe(semaphore) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const releaseUnsafe = (handle: Handle): void => implementation(handle).releaseUnsafe()

/**
 * Whether a handle has ended: released, forgotten, merged into another or consumed by `map`.
 *
 * **When to use**
 *
 * Use to ask before a use that would die with `Misuse`.
 *
 * **Details**
 *
 * Never dies, never waits, O(1).
 *
 * **Example** (After a merge)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(2)
 *   const one = yield* Semaphore.acquire(semaphore)
 *   const other = yield* Semaphore.acquire(semaphore)
 *   yield* one.merge(other)
 *   return [Handle.isReleased(one), Handle.isReleased(other)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isReleased = (handle: Handle): boolean => implementation(handle).isReleased
