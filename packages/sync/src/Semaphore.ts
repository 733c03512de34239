/**
 * A fair, weighted semaphore.
 *
 * At most so many fibers at a time: connections to a database, open files, requests in flight. A semaphore has a number
 * of permits. Who wants to go on takes one or more and gives them back afterwards; who finds too few waits, in a queue
 * that nobody overtakes.
 *
 * - `withPermit(semaphore, effect)` runs an effect while holding a permit. Nine times out of ten this is all one needs.
 * - `acquire(semaphore)` takes a permit for a `Scope`; the `Permit` can be split, merged, forgotten, or handed to
 *   another fiber.
 * - `Handle.forkWith(acquire(semaphore), use)` waits here and works in a new fiber: the accept loop.
 * - `class DbPermits extends Semaphore.Service<DbPermits>()("app/DbPermits", { permits: 10 }) {}` makes it a service.
 *
 * **How it differs from Effect's own `Semaphore`**: strictly first come, first served (there a small request overtakes a
 * large one, for ever if they keep coming); `…IfAvailable` and `tryAcquire` do not steal what a waiter was promised;
 * a release costs the same however many wait; permits are values. The brackets pipe in the same order, so that migrating
 * is changing the import.
 *
 * **When not**: to protect data, use `Mutex`, which owns it. Not reentrant: a fiber that holds the last permit and asks
 * for another waits for itself.
 *
 * Implementation: `internal/permitCounter.ts`, where the algorithm is explained. Answers `tokio::sync::Semaphore`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { Misuse, NoPermits, SemaphoreClosed } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import * as arguments_ from "./internal/arguments.ts"
import { failureOf } from "./internal/failure.ts"
import * as counter from "./internal/permitCounter.ts"
import { Acquire, type Taker, WithPermits } from "./internal/permitOperations.ts"
import { ScopedHandle } from "./internal/scopedHandle.ts"
import { type Input, type InputError, type InputServices, serviceClass } from "./internal/service.ts"

export {
  /**
   * The defect of a misused handle.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `tryAcquire` when there are too few free permits.
   *
   * @category errors
   * @since 0.1.0
   */
  NoPermits,
  /**
   * The failure of every acquisition of a closed semaphore.
   *
   * @category errors
   * @since 0.1.0
   */
  SemaphoreClosed
} from "./Errors.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a semaphore carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/Semaphore" = "~effect-sync/Semaphore"

/**
 * The key under which a semaphore carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A semaphore. `E` is why an operation can fail beyond what its name says: `never` for those made here, the backend's
 * error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service. What is made here fits wherever any `E` is accepted.
 *
 * @see {@link make} for making one
 * @see {@link Service} for declaring one as a service
 * @category models
 * @since 0.1.0
 */
export interface Semaphore<out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<E>
}

/**
 * A semaphore that can be closed; every acquisition can therefore fail with `SemaphoreClosed`.
 *
 * **When to use**
 *
 * Use where waiting must end at shutdown. It is not assignable to `Semaphore<never>`, so code that does not reckon with
 * the failure is not given one.
 *
 * @see {@link makeCloseable} for making one
 * @category models
 * @since 0.1.0
 */
export interface CloseableSemaphore<out E = never> extends Semaphore<E | SemaphoreClosed> {
  readonly [TypeId]: CloseableBackend<E | SemaphoreClosed>
  readonly closeable: true
}

/**
 * Permits that were acquired together, until they are released.
 *
 * **When to use**
 *
 * Use to hold permits for as long as a scope lives, and to release some of them early.
 *
 * **Details**
 *
 * Owned by the scope it was acquired in, whose finalizer releases it. All members are one step, never wait and cost
 * O(1). After its end (`release`, `forget`, merged into another) its `count` is 0, `release` does nothing, and the other
 * members die with `Misuse`.
 *
 * Answers `tokio::sync::SemaphorePermit` and `OwnedSemaphorePermit`.
 *
 * **Example** (Taking four permits and giving back half)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(10)
 *   const four = yield* Semaphore.acquireMany(semaphore, 4)
 *   const two = Option.getOrThrow(yield* four.split(2))
 *   yield* two.release
 *   return [four.count, two.count, yield* Semaphore.availablePermits(semaphore)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, 0, 8]
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Permit extends Handle {
  /** How many permits it holds now. A permit that was split down to 0 is still alive. */
  readonly count: number
  /** The semaphore it came from. */
  readonly semaphore: Semaphore<any>
  /** Gives all permits back, to those who wait, oldest first. Idempotent. tokio: `drop(permit)`. */
  readonly release: Effect.Effect<void>
  /** Ends the permit without giving anything back: the semaphore is smaller for good. */
  readonly forget: Effect.Effect<void>
  /**
   * Takes over the permits of another permit of the same semaphore, which ends. This one keeps its place in its scope.
   * Dies with `Misuse` if they are the same permit or of different semaphores, with a `RangeError` if the sum is above
   * `MAX_PERMITS`; either way both are as before.
   */
  merge(other: Permit): Effect.Effect<void>
  /**
   * Moves `n` permits into a new one in the current scope; `none`, and nothing moved, if it holds fewer. Dies with a
   * `RangeError` unless `n` is an integer from 0 to `MAX_PERMITS`.
   */
  split(n: number): Effect.Effect<Option.Option<Permit>, never, Scope.Scope>
}

/**
 * What an implementation of a semaphore provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a semaphore that lives elsewhere: an object `{ [Semaphore.TypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * Requests are served strictly in the order in which they ran. Releases and finalizers do not fail in `E`: a backend
 * that loses what it holds interrupts the body of the bracket and fails the bracket.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<out E> {
  readonly _E: () => E
  readonly availablePermits: Effect.Effect<number>
  readonly waiting: Effect.Effect<number>
  acquire(n: number): Effect.Effect<Permit, E, Scope.Scope>
  tryAcquire(n: number): Effect.Effect<Permit, NoPermits | E, Scope.Scope>
  withPermits<A, E2, R>(n: number, effect: Effect.Effect<A, E2, R>): Effect.Effect<A, E | E2, R>
  withPermitsIfAvailable<A, E2, R>(
    n: number,
    effect: Effect.Effect<A, E2, R>
  ): Effect.Effect<Option.Option<A>, E | E2, R>
  addPermits(n: number): Effect.Effect<void>
  forgetPermits(n: number): Effect.Effect<number>
}

/**
 * What an implementation of a closeable semaphore provides.
 *
 * **When to use**
 *
 * Use with `Backend`, for a semaphore that can be closed.
 *
 * @category models
 * @since 0.1.0
 */
export interface CloseableBackend<out E> extends Backend<E> {
  readonly close: Effect.Effect<void>
  readonly isClosed: Effect.Effect<boolean>
}

/**
 * Options of the constructors.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Shows in inspection, errors and defects. */
  readonly name?: string
}

/**
 * The largest number of permits, `Number.MAX_SAFE_INTEGER`: what a number counts exactly.
 *
 * **When to use**
 *
 * Use as a bound for counts that come from outside.
 *
 * **Details**
 *
 * Answers `tokio::sync::Semaphore::MAX_PERMITS`.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_PERMITS: number = counter.MAX_PERMITS

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a semaphore with that many free permits.
 *
 * **When to use**
 *
 * Use for a semaphore that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * `permits` is an integer from 0 to `MAX_PERMITS`; anything else dies with a `RangeError`. Costs one small object: one
 * per request or per key is fine. Needs no scope; nothing has to be closed.
 *
 * Answers `tokio::sync::Semaphore::new`.
 *
 * **Example** (Two at a time)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(2, { name: "db" })
 *   yield* Semaphore.acquire(semaphore)
 *   return semaphore.toString()
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "Semaphore(db: 1 of 2 free, 0 waiting)"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (permits: number, options?: Options): Effect.Effect<Semaphore> =>
  Effect.sync(() => build("Semaphore.make", permits, options, false) as Semaphore)

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::Semaphore::const_new`.
 *
 * **Details**
 *
 * Throws a `RangeError` where `make` dies with one.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * const uploads = Semaphore.makeUnsafe(4, { name: "uploads" })
 *
 * Semaphore.availablePermitsUnsafe(uploads) // => 4
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = (permits: number, options?: Options): Semaphore =>
  build("Semaphore.makeUnsafe", permits, options, false) as Semaphore

/**
 * Makes a semaphore that can be closed.
 *
 * **When to use**
 *
 * Use where waiting for a permit must end, for example at shutdown.
 *
 * **Details**
 *
 * As `make`. Every acquisition can fail with `SemaphoreClosed`, which shows in its type.
 *
 * **Example** (Closing ends the wait)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.makeCloseable(0)
 *   const waiter = yield* Effect.forkChild(Effect.flip(Semaphore.withPermit(semaphore, Effect.void)))
 *   yield* Effect.yieldNow
 *   yield* Semaphore.close(semaphore)
 *   const error = yield* Fiber.join(waiter)
 *   return error._tag
 * })
 *
 * await Effect.runPromise(program) // => "SemaphoreClosed"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeCloseable = (permits: number, options?: Options): Effect.Effect<CloseableSemaphore> =>
  Effect.sync(() => build("Semaphore.makeCloseable", permits, options, true) as CloseableSemaphore)

/**
 * `makeCloseable` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks.
 *
 * **Details**
 *
 * Throws a `RangeError` where `makeCloseable` dies with one.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeCloseableUnsafe(4)
 * Semaphore.closeUnsafe(semaphore)
 *
 * Semaphore.isClosedUnsafe(semaphore) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeCloseableUnsafe = (permits: number, options?: Options): CloseableSemaphore =>
  build("Semaphore.makeCloseableUnsafe", permits, options, true) as CloseableSemaphore

/**
 * Whether a value is a semaphore, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.isSemaphore(Semaphore.makeUnsafe(1)) // => true
 * Semaphore.isSemaphore({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSemaphore = (u: unknown): u is Semaphore<unknown> => hasProperty(u, TypeId)

/**
 * Whether a value is a semaphore that can be closed.
 *
 * **When to use**
 *
 * Use to narrow before `close` or `isClosed`.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.isCloseable(Semaphore.makeCloseableUnsafe(1)) // => true
 * Semaphore.isCloseable(Semaphore.makeUnsafe(1)) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isCloseable = (u: unknown): u is CloseableSemaphore<unknown> =>
  isSemaphore(u) && (u as { readonly closeable?: unknown }).closeable === true

// ---------------------------------------------------------------------------------------------------------------------
// acquiring
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Runs an effect while holding one permit.
 *
 * **When to use**
 *
 * Use by default: it needs no scope, is the fastest form, and can't forget to release.
 *
 * **Details**
 *
 * - Waits for: one permit.
 * - Order: strictly first come, first served, counted from when it runs.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect. The permit is back once the
 *   effect and its finalizers have ended, whichever way.
 * - Cost: O(1), whoever waits. Free permits cost no wait, and no other fiber runs in between.
 * - Fails: as the effect; with `E`, for example `SemaphoreClosed`, when no permit can be had.
 * - Pipes the effect, as Effect's own does: `effect.pipe(Semaphore.withPermit(semaphore))`.
 *
 * **Gotchas**
 *
 * Not reentrant: nested use of one semaphore by one fiber waits for itself when permits run out.
 *
 * Answers holding `tokio::sync::Semaphore::acquire`'s permit for a block.
 *
 * **Example** (No more than two at a time)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(2)
 *   let running = 0
 *   let peak = 0
 *   const job = Effect.gen(function*() {
 *     peak = Math.max(peak, ++running)
 *     yield* Effect.yieldNow
 *     running--
 *   }).pipe(Semaphore.withPermit(semaphore))
 *   yield* Effect.all(Array.from({ length: 10 }, () => job), { concurrency: "unbounded" })
 *   return peak
 * })
 *
 * await Effect.runPromise(program) // => 2
 * ```
 *
 * @see {@link acquire} for holding a permit as long as a scope lives
 * @category brackets
 * @since 0.1.0
 */
export const withPermit: {
  <E0>(self: Semaphore<E0>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E0, R>
  <E0, A, E, R>(self: Semaphore<E0>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = (self: Semaphore<any>, effect?: Effect.Effect<any, any, any>): any =>
  effect === undefined
    ? (effect: Effect.Effect<any, any, any>) => self[TypeId].withPermits(1, effect)
    : self[TypeId].withPermits(1, effect)

/**
 * Runs an effect while holding `n` permits.
 *
 * **When to use**
 *
 * Use when one piece of work weighs more than another: megabytes of memory, connections.
 *
 * **Details**
 *
 * - Waits for: `n` permits, all or nothing, though what is free while it stands at the front is set aside for it.
 * - Order: strictly first come, first served. A request for 5 at the front is not overtaken by one for 1, even if 4 are
 *   free; so it is never starved.
 * - Interruption: while it waits it gives up its place and what was set aside for it, which lets those behind advance;
 *   afterwards it interrupts the effect.
 * - Cost: O(1), whoever waits.
 * - `n` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`. 0 does not wait. More than there will
 *   ever be waits for ever, and so does everybody behind.
 * - Fails: as the effect; with `E` when no permits can be had.
 * - Pipes the effect: `effect.pipe(Semaphore.withPermits(semaphore, n))`.
 *
 * Answers holding `tokio::sync::Semaphore::acquire_many`'s permit for a block.
 *
 * **Example** (A heavy job keeps the others out)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const memory = yield* Semaphore.make(100)
 *   return yield* Semaphore.availablePermits(memory).pipe(Semaphore.withPermits(memory, 80))
 * })
 *
 * Effect.runSync(program) // => 20
 * ```
 *
 * @see {@link acquireMany} for holding permits as long as a scope lives
 * @category brackets
 * @since 0.1.0
 */
export const withPermits: {
  <E0>(self: Semaphore<E0>, n: number): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E0, R>
  <E0, A, E, R>(self: Semaphore<E0>, n: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = (self: Semaphore<any>, n: number, effect?: Effect.Effect<any, any, any>): any =>
  effect === undefined
    ? (effect: Effect.Effect<any, any, any>) => self[TypeId].withPermits(n, effect)
    : self[TypeId].withPermits(n, effect)

/**
 * Runs an effect while holding `n` permits if they are there now, and gives `none` without running it otherwise.
 *
 * **When to use**
 *
 * Use to turn work away, or to skip it, instead of letting it wait.
 *
 * **Details**
 *
 * - Waits for: nothing but the effect.
 * - Order: it overtakes nobody. While anybody waits, nothing is free.
 * - Interruption: interrupts the effect; the permits are back once it has ended.
 * - Cost: O(1), and no error is built.
 * - `n` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`.
 * - Fails: as the effect; with `E`, for example `SemaphoreClosed`, also for `n = 0`.
 *
 * Answers holding `tokio::sync::Semaphore::try_acquire_many`'s permit for a block.
 *
 * **Example** (Skipping when busy)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(1)
 *   const attempt = Semaphore.withPermitsIfAvailable(semaphore, 1, Effect.succeed("worked"))
 *   const free = yield* attempt
 *   const busy = yield* Semaphore.withPermit(semaphore, attempt)
 *   return [free, busy]
 * })
 *
 * Effect.runSync(program) // => [Option.some("worked"), Option.none()]
 * ```
 *
 * @category brackets
 * @since 0.1.0
 */
export const withPermitsIfAvailable: {
  <E0>(
    self: Semaphore<E0>,
    n: number
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E0, R>
  <E0, A, E, R>(
    self: Semaphore<E0>,
    n: number,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E | E0, R>
} = (self: Semaphore<any>, n: number, effect?: Effect.Effect<any, any, any>): any =>
  effect === undefined
    ? (effect: Effect.Effect<any, any, any>) => self[TypeId].withPermitsIfAvailable(n, effect)
    : self[TypeId].withPermitsIfAvailable(n, effect)

/**
 * Takes one permit for the current scope.
 *
 * **When to use**
 *
 * Use when a permit is held longer than one effect runs, or handed on: the scope's finalizer releases it.
 *
 * **Details**
 *
 * - Waits for: one permit.
 * - Order: strictly first come, first served, counted from when it runs.
 * - Interruption: while it waits it gives up its place. Once the permit is there the scope owns it, so an interruption
 *   finds it where it will be released.
 * - Cost: O(1), whoever waits.
 * - Fails: with `E`, for example `SemaphoreClosed`. In a scope that is closed already, the permit comes released.
 *
 * **Gotchas**
 *
 * Losing a race after it has succeeded (`Effect.timeout`, `Effect.race`) leaves the permit in the scope until that
 * closes. Race the whole `Effect.scoped` section, or use `withPermit`.
 *
 * Answers `tokio::sync::Semaphore::acquire` and, with `Handle.transfer`, `acquire_owned`.
 *
 * **Example** (A permit for as long as the connection lives)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(2)
 *   const inside = yield* Effect.scoped(Effect.gen(function*() {
 *     const permit = yield* Semaphore.acquire(semaphore)
 *     return [permit.count, yield* Semaphore.availablePermits(semaphore)]
 *   }))
 *   return [...inside, yield* Semaphore.availablePermits(semaphore)]
 * })
 *
 * Effect.runSync(program) // => [1, 1, 2]
 * ```
 *
 * @see {@link withPermit} for a permit that lasts one effect
 * @category acquiring
 * @since 0.1.0
 */
export const acquire = <E>(self: Semaphore<E>): Effect.Effect<Permit, E, Scope.Scope> => self[TypeId].acquire(1)

/**
 * Takes `n` permits for the current scope, all or nothing.
 *
 * **When to use**
 *
 * Use as `acquire`, for work of different weight.
 *
 * **Details**
 *
 * - Waits for: `n` permits. What is free while it stands at the front is set aside for it.
 * - Order: strictly first come, first served; never starved by smaller requests.
 * - Interruption: while it waits it gives up its place and what was set aside; then the scope owns the permits.
 * - Cost: O(1), whoever waits.
 * - `n` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`. 0 succeeds at once, past the queue. More
 *   than there will ever be waits for ever, and so does everybody behind.
 * - Fails: with `E`, for example `SemaphoreClosed`, also for `n = 0`.
 *
 * Answers `tokio::sync::Semaphore::acquire_many` and `acquire_many_owned`.
 *
 * **Example** (What a waiting request has set aside is not free)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(10)
 *   yield* Semaphore.acquireMany(semaphore, 4)
 *   const waiter = yield* Effect.forkChild(Effect.scoped(Semaphore.acquireMany(semaphore, 8)))
 *   yield* Effect.yieldNow
 *   const meanwhile = yield* Semaphore.availablePermits(semaphore)
 *   yield* Fiber.interrupt(waiter)
 *   return [meanwhile, yield* Semaphore.availablePermits(semaphore)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [0, 6]
 * ```
 *
 * @category acquiring
 * @since 0.1.0
 */
export const acquireMany: {
  (n: number): <E>(self: Semaphore<E>) => Effect.Effect<Permit, E, Scope.Scope>
  <E>(self: Semaphore<E>, n: number): Effect.Effect<Permit, E, Scope.Scope>
} = dual(2, <E>(self: Semaphore<E>, n: number) => self[TypeId].acquire(n))

/**
 * Takes one permit for the current scope if one is free now.
 *
 * **When to use**
 *
 * Use to turn work away instead of letting it wait, when the permit is held by a scope.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody. While anybody waits, nothing is free, also right after a release.
 * - Interruption: it has happened, and the scope owns the permit, or it has not.
 * - Cost: O(1); the failure is prebuilt, without a stack trace.
 * - Fails: with `NoPermits`; with `E`, for example `SemaphoreClosed`, which comes first when both hold.
 *
 * Answers `tokio::sync::Semaphore::try_acquire` and `try_acquire_owned`.
 *
 * **Example** (Busy is a failure)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(1, { name: "uploads" })
 *   yield* Semaphore.tryAcquire(semaphore)
 *   return yield* Effect.flip(Semaphore.tryAcquire(semaphore))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program).message // => "Semaphore \"uploads\" has too few free permits"
 * ```
 *
 * @see {@link withPermitsIfAvailable} for a bracket
 * @category acquiring
 * @since 0.1.0
 */
export const tryAcquire = <E>(self: Semaphore<E>): Effect.Effect<Permit, NoPermits | E, Scope.Scope> =>
  self[TypeId].tryAcquire(1)

/**
 * Takes `n` permits for the current scope if they are free now.
 *
 * **When to use**
 *
 * Use as `tryAcquire`, for work of different weight.
 *
 * **Details**
 *
 * As `tryAcquire`: waits for nothing, overtakes nobody, takes all or nothing. `n` is an integer from 0 to `MAX_PERMITS`,
 * else it dies with a `RangeError`; 0 succeeds, unless the semaphore is closed.
 *
 * Answers `tokio::sync::Semaphore::try_acquire_many` and `try_acquire_many_owned`.
 *
 * **Example** (All or nothing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(3)
 *   yield* Effect.ignore(Semaphore.tryAcquireMany(semaphore, 4))
 *   const permit = yield* Semaphore.tryAcquireMany(semaphore, 3)
 *   return permit.count
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 3
 * ```
 *
 * @category acquiring
 * @since 0.1.0
 */
export const tryAcquireMany: {
  (n: number): <E>(self: Semaphore<E>) => Effect.Effect<Permit, NoPermits | E, Scope.Scope>
  <E>(self: Semaphore<E>, n: number): Effect.Effect<Permit, NoPermits | E, Scope.Scope>
} = dual(2, <E>(self: Semaphore<E>, n: number) => self[TypeId].tryAcquire(n))

/**
 * `tryAcquire` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect. Release the permit by hand, with `Handle.releaseUnsafe`, or move it to a scope with
 * `Handle.transfer`.
 *
 * **Details**
 *
 * The permit has no owner. Failures come as a `Result`.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Handle, Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeUnsafe(1)
 * const permit = Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore))
 *
 * Result.isFailure(Semaphore.tryAcquireUnsafe(semaphore)) // => true
 * Handle.releaseUnsafe(permit)
 * Semaphore.availablePermitsUnsafe(semaphore) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryAcquireUnsafe = <E>(self: Semaphore<E>): Result.Result<Permit, NoPermits | E> =>
  inProcess("Semaphore.tryAcquireUnsafe", self).tryTakeUnsafe("Semaphore.tryAcquireUnsafe", 1) as any

/**
 * `tryAcquireMany` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use as `tryAcquireUnsafe`, for work of different weight.
 *
 * **Details**
 *
 * As `tryAcquireUnsafe`. Throws a `RangeError` unless `n` is an integer from 0 to `MAX_PERMITS`.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeUnsafe(3)
 *
 * Result.isFailure(Semaphore.tryAcquireManyUnsafe(semaphore, 4)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryAcquireManyUnsafe = <E>(self: Semaphore<E>, n: number): Result.Result<Permit, NoPermits | E> =>
  inProcess("Semaphore.tryAcquireManyUnsafe", self).tryTakeUnsafe("Semaphore.tryAcquireManyUnsafe", n) as any

// ---------------------------------------------------------------------------------------------------------------------
// the counter
// ---------------------------------------------------------------------------------------------------------------------

/**
 * How many permits are free now.
 *
 * **When to use**
 *
 * Use for metrics and tests. To decide whether to take one, take one: `tryAcquire`.
 *
 * **Details**
 *
 * Without those set aside for waiting requests: while anybody waits it is 0. Works when closed. Never waits.
 *
 * Answers `tokio::sync::Semaphore::available_permits`.
 *
 * **Example** (Counting)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(3)
 *   return yield* Semaphore.withPermit(semaphore, Semaphore.availablePermits(semaphore))
 * })
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const availablePermits = (self: Semaphore<any>): Effect.Effect<number> => self[TypeId].availablePermits

/**
 * `availablePermits` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.availablePermitsUnsafe(Semaphore.makeUnsafe(3)) // => 3
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const availablePermitsUnsafe = (self: Semaphore<SemaphoreClosed>): number =>
  inProcess("Semaphore.availablePermitsUnsafe", self).counter.free

/**
 * How many requests wait in the queue.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * A request that was granted its permits but has not run yet does not count. Never waits.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(0)
 *   yield* Effect.forkScoped(Semaphore.withPermit(semaphore, Effect.void))
 *   yield* Effect.yieldNow
 *   return yield* Semaphore.waiting(semaphore)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Semaphore<any>): Effect.Effect<number> => self[TypeId].waiting

/**
 * `waiting` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.waitingUnsafe(Semaphore.makeUnsafe(0)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Semaphore<SemaphoreClosed>): number =>
  inProcess("Semaphore.waitingUnsafe", self).counter.waiters.size

/**
 * Adds permits.
 *
 * **When to use**
 *
 * Use to let more through, for good: a semaphore has no maximum that it remembers.
 *
 * **Details**
 *
 * - Waits for: nothing. Serves those who wait, oldest first; the rest becomes free.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1), plus O(1) for each request it completes.
 * - `n` is an integer from 0 to `MAX_PERMITS`, and must not lift the number of free permits above `MAX_PERMITS` once
 *   those who wait are served; else it dies with a `RangeError` and nothing has changed.
 * - Works when closed: the number rises, nobody is served.
 *
 * Answers `tokio::sync::Semaphore::add_permits`.
 *
 * **Example** (Opening a gate)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(0)
 *   yield* Semaphore.addPermits(semaphore, 2)
 *   return yield* Semaphore.availablePermits(semaphore)
 * })
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const addPermits: {
  (n: number): (self: Semaphore<any>) => Effect.Effect<void>
  (self: Semaphore<any>, n: number): Effect.Effect<void>
} = dual(2, (self: Semaphore<any>, n: number) => self[TypeId].addPermits(n))

/**
 * `addPermits` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, for example a timer.
 *
 * **Details**
 *
 * Throws a `RangeError` where `addPermits` dies with one. Runs no other fiber on its own stack.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeUnsafe(0)
 * Semaphore.addPermitsUnsafe(semaphore, 2)
 *
 * Semaphore.availablePermitsUnsafe(semaphore) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const addPermitsUnsafe = (self: Semaphore<SemaphoreClosed>, n: number): void =>
  inProcess("Semaphore.addPermitsUnsafe", self).addUnsafe("Semaphore.addPermitsUnsafe", n)

/**
 * Removes up to `n` free permits for good, and gives how many.
 *
 * **When to use**
 *
 * Use to let fewer through from now on. Permits that are held shrink the semaphore with `permit.forget` instead.
 *
 * **Details**
 *
 * - Waits for: nothing. Takes only what is free: never what is held or set aside, never below 0.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1).
 * - `n` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`.
 * - Works when closed.
 *
 * Answers `tokio::sync::Semaphore::forget_permits`.
 *
 * **Example** (Fewer than asked for)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(3)
 *   return [yield* Semaphore.forgetPermits(semaphore, 5), yield* Semaphore.availablePermits(semaphore)]
 * })
 *
 * Effect.runSync(program) // => [3, 0]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const forgetPermits: {
  (n: number): (self: Semaphore<any>) => Effect.Effect<number>
  (self: Semaphore<any>, n: number): Effect.Effect<number>
} = dual(2, (self: Semaphore<any>, n: number) => self[TypeId].forgetPermits(n))

/**
 * `forgetPermits` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Throws a `RangeError` where `forgetPermits` dies with one.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.forgetPermitsUnsafe(Semaphore.makeUnsafe(3), 2) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const forgetPermitsUnsafe = (self: Semaphore<SemaphoreClosed>, n: number): number =>
  inProcess("Semaphore.forgetPermitsUnsafe", self).forgetUnsafe("Semaphore.forgetPermitsUnsafe", n)

// ---------------------------------------------------------------------------------------------------------------------
// closing
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Closes a semaphore: nobody gets a permit any more.
 *
 * **When to use**
 *
 * Use at shutdown, to end all waiting at once.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: those who wait fail with `SemaphoreClosed`, oldest first, also who was granted permits but has not run yet.
 *   What was set aside for them is free again. Permits held stay valid and come back as usual.
 * - Interruption: it has happened or it has not.
 * - Cost: O(waiters).
 * - Idempotent.
 *
 * Answers `tokio::sync::Semaphore::close`.
 *
 * **Example** (Nobody gets in any more)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.makeCloseable(1)
 *   yield* Semaphore.close(semaphore)
 *   const error = yield* Effect.flip(Semaphore.tryAcquire(semaphore))
 *   return [error._tag, yield* Semaphore.isClosed(semaphore)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["SemaphoreClosed", true]
 * ```
 *
 * @category closing
 * @since 0.1.0
 */
export const close = (self: CloseableSemaphore<any>): Effect.Effect<void> => self[TypeId].close

/**
 * `close` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, for example on a signal.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who waited fails soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * const semaphore = Semaphore.makeCloseableUnsafe(1)
 * Semaphore.closeUnsafe(semaphore)
 *
 * Semaphore.isClosedUnsafe(semaphore) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const closeUnsafe = (self: CloseableSemaphore): void => inProcess("Semaphore.closeUnsafe", self).closeUnsafe()

/**
 * Whether `close` was called.
 *
 * **When to use**
 *
 * Use for metrics and tests; an acquisition says so itself.
 *
 * **Details**
 *
 * Never waits.
 *
 * Answers `tokio::sync::Semaphore::is_closed`.
 *
 * **Example** (Open)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * Effect.runSync(Effect.flatMap(Semaphore.makeCloseable(1), Semaphore.isClosed)) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isClosed = (self: CloseableSemaphore<any>): Effect.Effect<boolean> => self[TypeId].isClosed

/**
 * `isClosed` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Semaphore } from "effect-sync"
 *
 * Semaphore.isClosedUnsafe(Semaphore.makeCloseableUnsafe(1)) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isClosedUnsafe = (self: CloseableSemaphore): boolean => inProcess("Semaphore.isClosedUnsafe", self).closed

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `Semaphore.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<
  in out Self,
  in out Id extends string,
  in out S extends Semaphore<any>,
  in out E,
  in out LE,
  in out LR
> extends Context.ServiceClass<Self, Id, S> {
  /** Provides the service. One object, so one semaphore for all who share the layer. */
  readonly layer: Layer.Layer<Self, LE, LR>
  /** The same service with other options; a new semaphore per call. */
  readonly layerWith: <const O extends { readonly permits: Input<number>; readonly name?: string }>(
    options: O
  ) => Layer.Layer<Self, InputError<O>, Exclude<InputServices<O>, Scope.Scope>>
  readonly withPermit: <A, E2, R>(effect: Effect.Effect<A, E2, R>) => Effect.Effect<A, E | E2, R | Self>
  readonly withPermits: {
    (n: number): <A, E2, R>(effect: Effect.Effect<A, E2, R>) => Effect.Effect<A, E | E2, R | Self>
    <A, E2, R>(n: number, effect: Effect.Effect<A, E2, R>): Effect.Effect<A, E | E2, R | Self>
  }
  readonly withPermitsIfAvailable: {
    (n: number): <A, E2, R>(effect: Effect.Effect<A, E2, R>) => Effect.Effect<Option.Option<A>, E | E2, R | Self>
    <A, E2, R>(n: number, effect: Effect.Effect<A, E2, R>): Effect.Effect<Option.Option<A>, E | E2, R | Self>
  }
  readonly acquire: Effect.Effect<Permit, E, Self | Scope.Scope>
  readonly acquireMany: (n: number) => Effect.Effect<Permit, E, Self | Scope.Scope>
  readonly tryAcquire: Effect.Effect<Permit, NoPermits | E, Self | Scope.Scope>
  readonly tryAcquireMany: (n: number) => Effect.Effect<Permit, NoPermits | E, Self | Scope.Scope>
  readonly availablePermits: Effect.Effect<number, never, Self>
  readonly waiting: Effect.Effect<number, never, Self>
  readonly addPermits: (n: number) => Effect.Effect<void, never, Self>
  readonly forgetPermits: (n: number) => Effect.Effect<number, never, Self>
}

/**
 * The type of a class made by `Semaphore.Service` with `closeable: true`.
 *
 * @category services
 * @since 0.1.0
 */
export interface CloseableServiceClass<in out Self, in out Id extends string, in out E, in out LE, in out LR>
  extends ServiceClass<Self, Id, CloseableSemaphore<E>, E | SemaphoreClosed, LE, LR>
{
  readonly close: Effect.Effect<void, never, Self>
  readonly isClosed: Effect.Effect<boolean, never, Self>
}

/**
 * Declares a semaphore as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when several components of an application share a semaphore, and tests want another size.
 *
 * **Details**
 *
 * - `permits` is a number, or an Effect that gives one, such as a Config; the layer's error and requirements follow.
 * - `layer` is one object and therefore one semaphore for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a semaphore first has an accessor of the same name without it.
 * - `closeable: true` makes it a `CloseableSemaphore`, which its layer closes when it ends.
 * - The first call states `E`, if another backend may provide the service: `Semaphore.Service<Self, RedisError>()`. The
 *   layers built here still fit, since they never fail.
 * - The name of the semaphore is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two semaphores; provide once, at the root. Two services with one id alias
 * each other. A Config may give a number that is no number of permits: the layer then dies with a `RangeError`; let the
 * Config check it, and fail with a `ConfigError`. It may also give 0, and everybody waits.
 *
 * **Example** (A service, and another size for a test)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * class DbPermits extends Semaphore.Service<DbPermits>()("app/DbPermits", { permits: 10 }) {}
 *
 * const program = DbPermits.withPermit(DbPermits.availablePermits)
 *
 * Effect.runSync(Effect.provide(program, DbPermits.layer)) // => 9
 * Effect.runSync(Effect.provide(program, DbPermits.layerWith({ permits: 1 }))) // => 0
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service = <Self, E = never>(): {
  <const Id extends string, const P extends Input<number>>(
    id: Id,
    options: { readonly permits: P; readonly closeable: true; readonly name?: string }
  ): CloseableServiceClass<Self, Id, E, InputError<{ p: P }>, Exclude<InputServices<{ p: P }>, Scope.Scope>>
  <const Id extends string, const P extends Input<number>>(
    id: Id,
    options: { readonly permits: P; readonly closeable?: false; readonly name?: string }
  ): ServiceClass<Self, Id, Semaphore<E>, E, InputError<{ p: P }>, Exclude<InputServices<{ p: P }>, Scope.Scope>>
} =>
(id: string, options: { readonly permits: Input<number>; readonly closeable?: boolean; readonly name?: string }): any =>
  serviceClass(
    id,
    options,
    options.closeable === true
      ? ({ name, permits }) => Effect.acquireRelease(makeCloseable(permits, { name }), close)
      : ({ name, permits }) => make(permits, { name }),
    {
      values: {
        acquire,
        tryAcquire,
        availablePermits,
        waiting,
        ...(options.closeable === true && { close, isClosed })
      },
      functions: { acquireMany, tryAcquireMany, addPermits, forgetPermits },
      brackets: {
        withPermit: [withPermit, 1],
        withPermits: [withPermits, 2],
        withPermitsIfAvailable: [withPermitsIfAvailable, 2]
      }
    }
  )

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

const closedFailure = failureOf((semaphore) => new SemaphoreClosed({ message: `${semaphore} is closed` }))

const noPermitsFailure = failureOf((semaphore) => new NoPermits({ message: `${semaphore} has too few free permits` }))

class PermitImpl extends ScopedHandle implements Permit {
  declare count: number
  declare readonly semaphore: SemaphoreImpl

  constructor(semaphore: SemaphoreImpl, count: number) {
    super()
    this.semaphore = semaphore
    this.count = count
  }

  get description(): string {
    return `a permit of ${this.semaphore.description}`
  }

  protected override giveBack(): void {
    const count = this.count
    this.count = 0
    this.semaphore.counter.release(count)
  }

  get release(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  get forget(): Effect.Effect<void> {
    return Effect.sync(() => {
      this.assertHeld("Permit.forget")
      this.semaphore.counter.permits -= this.count
      this.count = 0
      this.end("forgotten", false)
    })
  }

  merge(other: Permit): Effect.Effect<void> {
    return Effect.sync(() => {
      this.assertHeld("Permit.merge")
      if (!(other instanceof PermitImpl) || other.semaphore !== this.semaphore) {
        throw new Misuse({
          message: `Permit.merge: a permit of ${this.semaphore.description} can't be merged with one of ${
            other instanceof PermitImpl ? other.semaphore.description : String(other.semaphore)
          }, another semaphore`
        })
      }
      if (other === this) {
        throw new Misuse({ message: `Permit.merge: ${this.description} can't be merged with itself` })
      }
      other.assertHeld("Permit.merge")
      if (other.count > MAX_PERMITS - this.count) {
        throw arguments_.countError("Permit.merge", "the sum", this.count + other.count, this.semaphore.description)
      }
      this.count += other.count
      other.count = 0
      other.end("merged into another permit", false)
    })
  }

  split(n: number): Effect.Effect<Option.Option<Permit>, never, Scope.Scope> {
    return Effect.map(Scope.Scope, (scope) => {
      this.assertHeld("Permit.split")
      this.semaphore.assertCount("Permit.split", n)
      if (n > this.count) return Option.none()
      this.count -= n
      return Option.some(new PermitImpl(this.semaphore, n).ownedBy(scope))
    })
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Semaphore/Permit", count: this.count, semaphore: this.semaphore.toJSON() }
  }

  override toString(): string {
    return `Permit(${this.count} of ${this.semaphore.toString()})`
  }
}

class SemaphoreImpl extends Pipeable.Class implements CloseableBackend<never>, Taker<PermitImpl> {
  declare readonly _E: () => never
  readonly counter: counter.PermitCounter
  readonly name: string | undefined
  readonly closeable: boolean

  constructor(permits: number, name: string | undefined, closeable: boolean) {
    super()
    this.counter = new counter.PermitCounter(permits)
    this.name = name
    this.closeable = closeable
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return arguments_.nameOf("Semaphore", this.name)
  }

  handle(n: number): PermitImpl {
    return new PermitImpl(this, n)
  }

  assertCount(label: string, n: number): void {
    if (!arguments_.isCount(n)) throw arguments_.countError(label, "n", n, this.description)
  }

  withPermits<A, E, R>(n: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return new WithPermits(this, n === 1 ? "Semaphore.withPermit" : "Semaphore.withPermits", n, effect)
  }

  withPermitsIfAvailable<A, E, R>(
    n: number,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E, R> {
    return new WithPermits(this, "Semaphore.withPermitsIfAvailable", n, Effect.asSome(effect), Effect.succeedNone)
  }

  acquire(n: number): Effect.Effect<Permit, never, Scope.Scope> {
    return new Acquire<PermitImpl, never>(this, n === 1 ? "Semaphore.acquire" : "Semaphore.acquireMany", n, undefined)
  }

  tryAcquire(n: number): Effect.Effect<Permit, NoPermits, Scope.Scope> {
    return new Acquire<PermitImpl, NoPermits>(
      this,
      n === 1 ? "Semaphore.tryAcquire" : "Semaphore.tryAcquireMany",
      n,
      noPermitsFailure(this).exit
    )
  }

  tryTakeUnsafe(label: string, n: number): Result.Result<Permit, NoPermits | SemaphoreClosed> {
    this.assertCount(label, n)
    if (this.counter.tryTake(n)) return Result.succeed(this.handle(n))
    return (this.closed ? closedFailure(this) : noPermitsFailure(this)).result
  }

  get availablePermits(): Effect.Effect<number> {
    return Effect.sync(() => this.counter.free)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.counter.waiters.size)
  }

  addPermits(n: number): Effect.Effect<void> {
    return Effect.sync(() => this.addUnsafe("Semaphore.addPermits", n))
  }

  addUnsafe(label: string, n: number): void {
    this.assertCount(label, n)
    if (!this.counter.add(n)) {
      throw new RangeError(
        `${label}: adding ${n} permits to ${this.counter.free} free ones would exceed MAX_PERMITS (${MAX_PERMITS}), on ${this.description}`
      )
    }
  }

  forgetPermits(n: number): Effect.Effect<number> {
    return Effect.sync(() => this.forgetUnsafe("Semaphore.forgetPermits", n))
  }

  forgetUnsafe(label: string, n: number): number {
    this.assertCount(label, n)
    return this.counter.forget(n)
  }

  get closed(): boolean {
    return this.counter.closed !== undefined
  }

  get close(): Effect.Effect<void> {
    return Effect.sync(() => this.closeUnsafe())
  }

  closeUnsafe(): void {
    this.counter.close(closedFailure(this).exit)
  }

  get isClosed(): Effect.Effect<boolean> {
    return Effect.sync(() => this.closed)
  }

  toJSON(): unknown {
    const { free, permits, waiters } = this.counter
    return {
      _id: "effect-sync/Semaphore",
      ...(this.name !== undefined && { name: this.name }),
      permits,
      available: free,
      waiting: waiters.size,
      ...(this.closeable && { closed: this.closed })
    }
  }

  override toString(): string {
    const { free, permits, waiters } = this.counter
    return `Semaphore(${
      this.name === undefined ? "" : `${this.name}: `
    }${free} of ${permits} free, ${waiters.size} waiting${this.closed ? ", closed" : ""})`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

const build = (label: string, permits: number, options: Options | undefined, closeable: boolean): SemaphoreImpl => {
  const name = options?.name
  if (!arguments_.isCount(permits)) {
    throw arguments_.countError(label, "permits", permits, arguments_.nameOf("Semaphore", name))
  }
  return new SemaphoreImpl(permits, name, closeable)
}

/** The implementation of a semaphore made here; the `…Unsafe` functions reach into it. */
const inProcess = (label: string, self: Semaphore<any>): SemaphoreImpl => {
  const backend = self[TypeId]
  if (backend instanceof SemaphoreImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
