/**
 * A lock that owns its data.
 *
 * One fiber at a time may see and change the value; the others wait, first come, first served. Unlike a `Ref`, whose
 * updates are single steps, the lock can be held while other effects run: read the value, ask a database, write the
 * result, and nobody saw anything in between.
 *
 * - `update(mutex, f)` and its kin change the value in one step.
 * - `withLock(mutex, (guard) => effect)` holds the lock while an effect runs.
 * - `lock(mutex)` holds it for a `Scope`; the `Guard` can be narrowed to a part of the value, or handed to another fiber.
 * - `class Counter extends Mutex.Service<Counter>()("app/Counter", { initial: 0 }) {}` makes it a service.
 *
 * **Failure leaves the value as it is.** There is no poisoning: whoever holds the lock when it fails or is interrupted
 * unlocks, and the next one sees what was last set. `updateEffect` and `modifyEffect` write only when they succeed.
 *
 * **When not**: for updates that are plain functions and need no lock held across other effects, a `Ref` is enough. Not
 * reentrant: a fiber that locks twice waits for itself.
 *
 * Implementation: a permit counter of one permit (`internal/permitCounter.ts`). Answers `tokio::sync::Mutex`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import type * as Optic from "effect/Optic"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Misuse, WouldBlock } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import { nameOf } from "./internal/arguments.ts"
import { failureOf } from "./internal/failure.ts"
import { GuardImpl } from "./internal/guard.ts"
import { Operation } from "./internal/operation.ts"
import { PermitCounter, PermitWaiter } from "./internal/permitCounter.ts"
import { Acquire, type Taker, WithHandle } from "./internal/permitOperations.ts"
import { serviceClass } from "./internal/service.ts"
import { canEvaluate, deliver, succeedNow } from "./internal/step.ts"
import { guardedUntilWoken, State } from "./internal/waitQueue.ts"

export {
  /**
   * The defect of a misused handle.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `tryLock` when the lock is held or promised.
   *
   * @category errors
   * @since 0.1.0
   */
  WouldBlock
} from "./Errors.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a mutex carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/Mutex" = "~effect-sync/Mutex"

/**
 * The key under which a mutex carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A lock around a value of type `A`. `E` is why an operation can fail beyond what its name says: `never` for those made
 * here, the backend's error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service.
 *
 * @see {@link make} for making one
 * @see {@link Service} for declaring one as a service
 * @category models
 * @since 0.1.0
 */
export interface Mutex<in out A, out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<A, E>
}

/**
 * Exclusive access to a part of the value, as long as it lasts.
 *
 * **When to use**
 *
 * Use to hand on access to a part, without the rest: `guard.map(lens)`.
 *
 * **Details**
 *
 * All members are one step and never wait. After its end (`unlock`, its scope, `map`) `unlock` does nothing and the other
 * members die with `Misuse`. A function that throws is a defect and leaves guard and value as they were.
 *
 * - `get`, `getUnsafe`: the part now.
 * - `set`, `setUnsafe`, `update`, `modify`: replace the part. The whole value is replaced by a copy with the new part, as
 *   optics do; the old value is not changed.
 * - `unlock`: gives the lock to who waits longest, early and idempotently. tokio: `drop(guard)`.
 * - `map`: consumes this guard for one on a part of the part; same lock, same place in the scope, one unlock in the end.
 * - `tryMap`: the same for a part that may not be there; a failed `Result` gives this very guard back, still locked.
 *
 * Answers `tokio::sync::MappedMutexGuard` and `OwnedMappedMutexGuard`.
 *
 * **Example** (A guard on one field)
 *
 * ```ts import.meta.vitest
 * import { Effect, Optic } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * interface Config {
 *   readonly host: string
 *   readonly port: number
 * }
 *
 * const program = Effect.gen(function*() {
 *   const config = yield* Mutex.make<Config>({ host: "localhost", port: 80 })
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     const guard = yield* Mutex.lock(config)
 *     const port = yield* guard.map(Optic.id<Config>().key("port"))
 *     yield* port.update((n) => n + 8000)
 *   }))
 *   return yield* Mutex.get(config)
 * })
 *
 * Effect.runSync(program) // => { host: "localhost", port: 8080 }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface MappedGuard<in out A> extends Handle {
  readonly get: Effect.Effect<A>
  set(a: A): Effect.Effect<void>
  update(f: (a: A) => A): Effect.Effect<void>
  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B>
  readonly getUnsafe: () => A
  readonly setUnsafe: (a: A) => void
  readonly unlock: Effect.Effect<void>
  map<B>(lens: Optic.Lens<A, B>): Effect.Effect<MappedGuard<B>>
  tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<MappedGuard<B>, this>>
}

/**
 * Exclusive access to the value of a mutex, as long as it lasts.
 *
 * **When to use**
 *
 * Use what `lock` gives to read and write for as long as a scope lives; what `withLock` passes, for one effect.
 *
 * **Details**
 *
 * As `MappedGuard`, on the whole value; `mutex` is the lock it came from, for example to unlock and queue again.
 *
 * Answers `tokio::sync::MutexGuard` and `OwnedMutexGuard`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Guard<in out A> extends MappedGuard<A> {
  readonly mutex: Mutex<A, any>
}

/**
 * What an implementation of a mutex provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a mutex that lives elsewhere: an object `{ [Mutex.TypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * Locks are given strictly in the order in which the requests ran. Unlocking does not fail in `E`: a backend that loses
 * the lock interrupts the body of the bracket and fails the bracket.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly lock: Effect.Effect<Guard<A>, E, Scope.Scope>
  readonly tryLock: Effect.Effect<Guard<A>, WouldBlock | E, Scope.Scope>
  readonly isLocked: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  withLock<B, E2, R>(f: (guard: Guard<A>) => Effect.Effect<B, E2, R>): Effect.Effect<B, E | E2, R>
  withLockIfAvailable<B, E2, R>(
    f: (guard: Guard<A>) => Effect.Effect<B, E2, R>
  ): Effect.Effect<Option.Option<B>, E | E2, R>
  /** Takes the lock, replaces the value, unlocks. */
  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B, E>
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

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes an unlocked mutex around a value.
 *
 * **When to use**
 *
 * Use for a mutex that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * Costs one small object: one per request or per key is fine. Needs no scope; nothing has to be closed.
 *
 * **Gotchas**
 *
 * The value is not copied: keep no other reference to it that writes.
 *
 * Answers `tokio::sync::Mutex::new`.
 *
 * **Example** (A counter)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const counter = yield* Mutex.make(0)
 *   yield* Mutex.update(counter, (n) => n + 1)
 *   return yield* Mutex.get(counter)
 * })
 *
 * Effect.runSync(program) // => 1
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(value: A, options?: Options): Effect.Effect<Mutex<A>> =>
  Effect.sync(() => makeUnsafe(value, options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::Mutex::const_new`.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Mutex } from "effect-sync"
 *
 * Mutex.makeUnsafe(0, { name: "hits" }).toString() // => "Mutex(hits: unlocked, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(value: A, options?: Options): Mutex<A> => new MutexImpl(value, options?.name)

/**
 * Whether a value is a mutex, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Mutex } from "effect-sync"
 *
 * Mutex.isMutex(Mutex.makeUnsafe(0)) // => true
 * Mutex.isMutex({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isMutex = (u: unknown): u is Mutex<unknown, unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// locking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Locks for the current scope.
 *
 * **When to use**
 *
 * Use when the lock is held longer than one effect runs, or handed on: the scope's finalizer unlocks.
 *
 * **Details**
 *
 * - Waits for: its turn.
 * - Order: strictly first come, first served, counted from when it runs; who unlocks and locks again goes to the back.
 * - Interruption: while it waits it gives up its place. Once the lock is there the scope owns it, so an interruption
 *   finds it where it will be unlocked.
 * - Cost: O(1), whoever waits.
 * - Fails: with `E` alone. In a scope that is closed already, the guard comes unlocked.
 *
 * **Gotchas**
 *
 * Losing a race after it has succeeded (`Effect.timeout`, `Effect.race`) leaves the lock in the scope until that closes.
 * Race the whole `Effect.scoped` section, or use `withLock`. Not reentrant.
 *
 * Answers `tokio::sync::Mutex::lock` and, with `Handle.transfer`, `lock_owned`.
 *
 * **Example** (Reading and writing with other effects in between)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     const guard = yield* Mutex.lock(mutex)
 *     const n = yield* guard.get
 *     yield* Effect.yieldNow
 *     yield* guard.set(n * 2)
 *   }))
 *   return yield* Mutex.get(mutex)
 * })
 *
 * await Effect.runPromise(program) // => 2
 * ```
 *
 * @see {@link withLock} for a lock that lasts one effect
 * @category locking
 * @since 0.1.0
 */
export const lock = <A, E>(self: Mutex<A, E>): Effect.Effect<Guard<A>, E, Scope.Scope> => self[TypeId].lock

/**
 * Locks for the current scope if that needs no waiting.
 *
 * **When to use**
 *
 * Use to do something else instead of waiting.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody: it fails while the lock is held, and while it is promised to somebody who waits.
 * - Interruption: it has happened, and the scope owns the lock, or it has not.
 * - Cost: O(1); the failure is prebuilt, without a stack trace.
 * - Fails: with `WouldBlock`; with `E`.
 *
 * Answers `tokio::sync::Mutex::try_lock` and `try_lock_owned`.
 *
 * **Example** (Locked is a failure)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(0)
 *   yield* Mutex.tryLock(mutex)
 *   const error = yield* Effect.flip(Mutex.tryLock(mutex))
 *   return error._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "WouldBlock"
 * ```
 *
 * @see {@link withLockIfAvailable} for a bracket
 * @category locking
 * @since 0.1.0
 */
export const tryLock = <A, E>(self: Mutex<A, E>): Effect.Effect<Guard<A>, WouldBlock | E, Scope.Scope> =>
  self[TypeId].tryLock

/**
 * `tryLock` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect. Unlock by hand, with `Handle.releaseUnsafe`, or move the guard to a scope with
 * `Handle.transfer`.
 *
 * **Details**
 *
 * The guard has no owner. Failures come as a `Result`.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Handle, Mutex } from "effect-sync"
 *
 * const mutex = Mutex.makeUnsafe(1)
 * const guard = Result.getOrThrow(Mutex.tryLockUnsafe(mutex))
 * guard.setUnsafe(guard.getUnsafe() + 1)
 * Handle.releaseUnsafe(guard)
 *
 * Mutex.getUnsafe(mutex) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryLockUnsafe = <A>(self: Mutex<A>): Result.Result<Guard<A>, WouldBlock> =>
  inProcess("Mutex.tryLockUnsafe", self).tryLockUnsafe()

/**
 * Holds the lock while an effect runs, which gets the guard.
 *
 * **When to use**
 *
 * Use to hold the lock across other effects: it needs no scope and can't forget to unlock.
 *
 * **Details**
 *
 * - Waits for: its turn.
 * - Order: strictly first come, first served, counted from when it runs.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect. The lock is free once the
 *   effect and its finalizers have ended, whichever way; what was set stays.
 * - Cost: O(1), whoever waits. A free lock costs no wait, and no other fiber runs in between.
 * - Fails: as the effect; with `E`.
 * - Pipes the function: `Mutex.withLock(mutex)((guard) => …)`.
 *
 * **Gotchas**
 *
 * Not reentrant. The guard ends with the effect: used later it dies with `Misuse`, unless `Handle.transfer` moved it to
 * another scope.
 *
 * Answers holding `tokio::sync::Mutex::lock`'s guard for a block.
 *
 * **Example** (Nobody sees the value in between)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const counter = yield* Mutex.make(0)
 *   const increment = Mutex.withLock(counter, (guard) =>
 *     Effect.gen(function*() {
 *       const n = yield* guard.get
 *       yield* Effect.yieldNow
 *       yield* guard.set(n + 1)
 *     }))
 *   yield* Effect.all(Array.from({ length: 10 }, () => increment), { concurrency: "unbounded" })
 *   return yield* Mutex.get(counter)
 * })
 *
 * await Effect.runPromise(program) // => 10
 * ```
 *
 * @see {@link updateEffect} for writing on success only
 * @category brackets
 * @since 0.1.0
 */
export const withLock: {
  <A, E0>(
    self: Mutex<A, E0>
  ): <B, E, R>(f: (guard: Guard<A>) => Effect.Effect<B, E, R>) => Effect.Effect<B, E | E0, R>
  <A, E0, B, E, R>(
    self: Mutex<A, E0>,
    f: (guard: Guard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<B, E | E0, R>
} = (self: Mutex<any, any>, f?: (guard: Guard<any>) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (guard: Guard<any>) => Effect.Effect<any, any, any>) => self[TypeId].withLock(f)
    : self[TypeId].withLock(f)

/**
 * Holds the lock while an effect runs if that needs no waiting, and gives `none` without running it otherwise.
 *
 * **When to use**
 *
 * Use to skip work that somebody else is doing.
 *
 * **Details**
 *
 * - Waits for: nothing but the effect.
 * - Order: it overtakes nobody.
 * - Interruption: interrupts the effect; the lock is free once it has ended.
 * - Cost: O(1), and no error is built.
 * - Fails: as the effect; with `E`.
 *
 * Answers holding `tokio::sync::Mutex::try_lock`'s guard for a block.
 *
 * **Example** (Skipping when locked)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make("report")
 *   const attempt = Mutex.withLockIfAvailable(mutex, (guard) => guard.get)
 *   return [yield* attempt, yield* Mutex.withLock(mutex, () => attempt)]
 * })
 *
 * Effect.runSync(program) // => [Option.some("report"), Option.none()]
 * ```
 *
 * @category brackets
 * @since 0.1.0
 */
export const withLockIfAvailable: {
  <A, E0>(
    self: Mutex<A, E0>
  ): <B, E, R>(f: (guard: Guard<A>) => Effect.Effect<B, E, R>) => Effect.Effect<Option.Option<B>, E | E0, R>
  <A, E0, B, E, R>(
    self: Mutex<A, E0>,
    f: (guard: Guard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<Option.Option<B>, E | E0, R>
} = (self: Mutex<any, any>, f?: (guard: Guard<any>) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (guard: Guard<any>) => Effect.Effect<any, any, any>) => self[TypeId].withLockIfAvailable(f)
    : self[TypeId].withLockIfAvailable(f)

// ---------------------------------------------------------------------------------------------------------------------
// the value, changed by plain functions
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Reads the value, once it is this fiber's turn.
 *
 * **When to use**
 *
 * Use to read what no half-done change can show: the lock is taken and freed.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * **Example** (Waiting for the writer)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * Effect.runSync(Effect.flatMap(Mutex.make(1), Mutex.get)) // => 1
 * ```
 *
 * @see {@link getUnsafe} for looking without the lock
 * @category getters
 * @since 0.1.0
 */
export const get = <A, E>(self: Mutex<A, E>): Effect.Effect<A, E> => self[TypeId].modify((a) => [a, a])

/**
 * Replaces the value.
 *
 * **When to use**
 *
 * Use when the new value does not depend on the old one.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * **Example** (Replacing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.set(mutex, 2)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [undefined, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const set: {
  <A>(a: A): <E>(self: Mutex<A, E>) => Effect.Effect<void, E>
  <A, E>(self: Mutex<A, E>, a: A): Effect.Effect<void, E>
} = dual(2, <A, E>(self: Mutex<A, E>, a: A) => self[TypeId].modify<void>(() => [undefined, a]))

/**
 * Replaces the value by a function of it.
 *
 * **When to use**
 *
 * Use for every change that a plain function describes.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (Incrementing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.update(mutex, (n) => n + 1)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [undefined, 2]
 * ```
 *
 * @see {@link updateEffect} for a change that is an effect
 * @category the value
 * @since 0.1.0
 */
export const update: {
  <A>(f: (a: A) => A): <E>(self: Mutex<A, E>) => Effect.Effect<void, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => A): Effect.Effect<void, E>
} = dual(2, <A, E>(self: Mutex<A, E>, f: (a: A) => A) => self[TypeId].modify<void>((a) => [undefined, f(a)]))

/**
 * Replaces the value by a function of it, and gives the new one.
 *
 * **When to use**
 *
 * Use as `update`, when the result is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (The next number)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.updateAndGet(mutex, (n) => n + 1)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [2, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateAndGet: {
  <A>(f: (a: A) => A): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => A): Effect.Effect<A, E>
} = dual(2, <A, E>(self: Mutex<A, E>, f: (a: A) => A) =>
  self[TypeId].modify<A>((a) => {
    const next = f(a)
    return [next, next]
  }))

/**
 * Computes a result and a new value from the value.
 *
 * **When to use**
 *
 * Use to take something out of the value: what it gives and what it leaves are one step.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 * - The result is delivered in the step in which the value changes: `uninterruptibleMask((restore) =>
 *   restore(Mutex.modify(mutex, pop)).pipe(Effect.flatMap(save)))` never loses what it popped.
 *
 * **Example** (Taking from a list)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make([1, 2, 3])
 *   const result = yield* Mutex.modify(mutex, ([first, ...rest]) => [first, rest])
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, [2, 3]]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const modify: {
  <A, B>(f: (a: A) => readonly [B, A]): <E>(self: Mutex<A, E>) => Effect.Effect<B, E>
  <A, E, B>(self: Mutex<A, E>, f: (a: A) => readonly [B, A]): Effect.Effect<B, E>
} = dual(2, <A, E, B>(self: Mutex<A, E>, f: (a: A) => readonly [B, A]) => self[TypeId].modify(f))

/**
 * Replaces the value, and gives the old one.
 *
 * **When to use**
 *
 * Use to swap.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * **Example** (Swapping)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.getAndSet(mutex, 2)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getAndSet: {
  <A>(a: A): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, a: A): Effect.Effect<A, E>
} = dual(2, <A, E>(self: Mutex<A, E>, a: A) => self[TypeId].modify((old) => [old, a]))

/**
 * Replaces the value, and gives the new one.
 *
 * **When to use**
 *
 * Use to go on with what was set.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * **Example** (Setting)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.setAndGet(mutex, 2)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [2, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const setAndGet: {
  <A>(a: A): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, a: A): Effect.Effect<A, E>
} = dual(2, <A, E>(self: Mutex<A, E>, a: A) => self[TypeId].modify(() => [a, a]))

/**
 * Replaces the value by a function of it, and gives the old one.
 *
 * **When to use**
 *
 * Use for counters that hand out numbers.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (The value before the increment)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.getAndUpdate(mutex, (n) => n + 1)
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getAndUpdate: {
  <A>(f: (a: A) => A): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => A): Effect.Effect<A, E>
} = dual(2, <A, E>(self: Mutex<A, E>, f: (a: A) => A) => self[TypeId].modify((a) => [a, f(a)]))

/**
 * Replaces the value if the function gives `some`.
 *
 * **When to use**
 *
 * Use for a change that applies to some values only.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (Only if positive)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.updateSome(mutex, (n) => n > 0 ? Option.some(n - 1) : Option.none())
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [undefined, 0]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateSome: {
  <A>(f: (a: A) => Option.Option<A>): <E>(self: Mutex<A, E>) => Effect.Effect<void, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>): Effect.Effect<void, E>
} = dual(
  2,
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>) =>
    self[TypeId].modify<void>((a) => [undefined, Option.getOrElse(f(a), () => a)])
)

/**
 * Replaces the value if the function gives `some`, and gives the value afterwards.
 *
 * **When to use**
 *
 * Use as `updateSome`, when the result is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (Only if positive)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(0)
 *   const result = yield* Mutex.updateSomeAndGet(mutex, (n) => n > 0 ? Option.some(n - 1) : Option.none())
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [0, 0]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateSomeAndGet: {
  <A>(f: (a: A) => Option.Option<A>): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>): Effect.Effect<A, E>
} = dual(
  2,
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>) => updateAndGet(self, (a) => Option.getOrElse(f(a), () => a))
)

/**
 * Replaces the value if the function gives `some`, and gives the value from before.
 *
 * **When to use**
 *
 * Use as `updateSome`, when the old value is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (Only if positive)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.getAndUpdateSome(mutex, (n) => n > 0 ? Option.some(n - 1) : Option.none())
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, 0]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getAndUpdateSome: {
  <A>(f: (a: A) => Option.Option<A>): <E>(self: Mutex<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>): Effect.Effect<A, E>
} = dual(
  2,
  <A, E>(self: Mutex<A, E>, f: (a: A) => Option.Option<A>) => getAndUpdate(self, (a) => Option.getOrElse(f(a), () => a))
)

/**
 * Computes a result, and a new value if there is one, from the value.
 *
 * **When to use**
 *
 * Use as `modify`, for a change that applies to some values only.
 *
 * **Details**
 *
 * - Waits for: its turn, as `lock` does. A free lock is taken and freed in one step.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; it has happened or it has not.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - A function that throws is a defect: the value stays, the lock is free.
 *
 * **Example** (Only if positive)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.modifySome(mutex, (n) => ["seen", n > 0 ? Option.some(n - 1) : Option.none()])
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => ["seen", 0]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const modifySome: {
  <A, B>(f: (a: A) => readonly [B, Option.Option<A>]): <E>(self: Mutex<A, E>) => Effect.Effect<B, E>
  <A, E, B>(self: Mutex<A, E>, f: (a: A) => readonly [B, Option.Option<A>]): Effect.Effect<B, E>
} = dual(2, <A, E, B>(self: Mutex<A, E>, f: (a: A) => readonly [B, Option.Option<A>]) =>
  self[TypeId].modify<B>((a) => {
    const [b, next] = f(a)
    return [b, Option.getOrElse(next, () => a)]
  }))

// ---------------------------------------------------------------------------------------------------------------------
// the value, changed by effects
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Computes a result and a new value by an effect, holding the lock meanwhile.
 *
 * **When to use**
 *
 * Use when the change needs other services; the value is written on success only.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (Written on success)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.modifyEffect(mutex, (n) => Effect.succeed([`was ${n}`, n + 1] as const))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => ["was 1", 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const modifyEffect: {
  <A, B, E, R>(
    f: (a: A) => Effect.Effect<readonly [B, A], E, R>
  ): <E0>(self: Mutex<A, E0>) => Effect.Effect<B, E | E0, R>
  <A, E0, B, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<readonly [B, A], E, R>): Effect.Effect<B, E | E0, R>
} = dual(
  2,
  <A, E0, B, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<readonly [B, A], E, R>) =>
    withLock(self, (guard) =>
      Effect.flatMap(
        Effect.flatMap(guard.get, f),
        ([b, a]) => Effect.as(guard.set(a), b)
      ))
)

/**
 * Replaces the value by an effect of it, holding the lock meanwhile.
 *
 * **When to use**
 *
 * Use when the change needs other services; the value is written on success only.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (A failure changes nothing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   yield* Mutex.updateEffect(mutex, (n) => Effect.succeed(n + 1))
 *   yield* Effect.ignore(Mutex.updateEffect(mutex, () => Effect.fail("no")))
 *   return yield* Mutex.get(mutex)
 * })
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateEffect: {
  <A, E, R>(f: (a: A) => Effect.Effect<A, E, R>): <E0>(self: Mutex<A, E0>) => Effect.Effect<void, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>): Effect.Effect<void, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>) =>
    withLock(self, (guard) => Effect.flatMap(Effect.flatMap(guard.get, f), (a) => guard.set(a)))
)

/**
 * Replaces the value by an effect of it, and gives the new one.
 *
 * **When to use**
 *
 * Use as `updateEffect`, when the result is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (The next number)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.updateAndGetEffect(mutex, (n) => Effect.succeed(n + 1))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [2, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateAndGetEffect: {
  <A, E, R>(f: (a: A) => Effect.Effect<A, E, R>): <E0>(self: Mutex<A, E0>) => Effect.Effect<A, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>) =>
    modifyEffect(self, (a) => Effect.map(f(a), (next) => [next, next] as const))
)

/**
 * Replaces the value by an effect of it, and gives the old one.
 *
 * **When to use**
 *
 * Use as `updateEffect`, when the old value is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (The value before)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.getAndUpdateEffect(mutex, (n) => Effect.succeed(n + 1))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getAndUpdateEffect: {
  <A, E, R>(f: (a: A) => Effect.Effect<A, E, R>): <E0>(self: Mutex<A, E0>) => Effect.Effect<A, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<A, E, R>) =>
    modifyEffect(self, (a) => Effect.map(f(a), (next) => [a, next] as const))
)

/**
 * Computes a result, and a new value if there is one, by an effect.
 *
 * **When to use**
 *
 * Use as `modifyEffect`, for a change that applies to some values only.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (No change)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.modifySomeEffect(mutex, (n) => Effect.succeed([n * 10, Option.none()] as const))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [10, 1]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const modifySomeEffect: {
  <A, B, E, R>(
    f: (a: A) => Effect.Effect<readonly [B, Option.Option<A>], E, R>
  ): <E0>(self: Mutex<A, E0>) => Effect.Effect<B, E | E0, R>
  <A, E0, B, E, R>(
    self: Mutex<A, E0>,
    f: (a: A) => Effect.Effect<readonly [B, Option.Option<A>], E, R>
  ): Effect.Effect<B, E | E0, R>
} = dual(
  2,
  <A, E0, B, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<readonly [B, Option.Option<A>], E, R>) =>
    modifyEffect(self, (a) => Effect.map(f(a), ([b, next]) => [b, Option.getOrElse(next, () => a)] as const))
)

/**
 * Replaces the value by an effect of it, if that gives `some`.
 *
 * **When to use**
 *
 * Use as `updateEffect`, for a change that applies to some values only.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (No change)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.updateSomeEffect(mutex, () => Effect.succeed(Option.none()))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [undefined, 1]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateSomeEffect: {
  <A, E, R>(
    f: (a: A) => Effect.Effect<Option.Option<A>, E, R>
  ): <E0>(self: Mutex<A, E0>) => Effect.Effect<void, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>): Effect.Effect<void, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>) =>
    modifySomeEffect(self, (a) => Effect.map(f(a), (next) => [undefined, next] as const))
)

/**
 * Replaces the value by an effect of it, if that gives `some`, and gives the value afterwards.
 *
 * **When to use**
 *
 * Use as `updateSomeEffect`, when the result is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (A change)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.updateSomeAndGetEffect(mutex, (n) => Effect.succeed(Option.some(n + 1)))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [2, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const updateSomeAndGetEffect: {
  <A, E, R>(f: (a: A) => Effect.Effect<Option.Option<A>, E, R>): <E0>(self: Mutex<A, E0>) => Effect.Effect<A, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>): Effect.Effect<A, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>) =>
    updateAndGetEffect(self, (a) => Effect.map(f(a), Option.getOrElse(() => a)))
)

/**
 * Replaces the value by an effect of it, if that gives `some`, and gives the value from before.
 *
 * **When to use**
 *
 * Use as `updateSomeEffect`, when the old value is needed.
 *
 * **Details**
 *
 * - Waits for: its turn, then for the effect.
 * - Order: strictly first come, first served.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect, and the value stays.
 * - Cost: O(1), whoever waits.
 * - Fails: as the effect, and the value stays; with `E`.
 *
 * **Example** (A change)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(1)
 *   const result = yield* Mutex.getAndUpdateSomeEffect(mutex, (n) => Effect.succeed(Option.some(n + 1)))
 *   return [result, yield* Mutex.get(mutex)]
 * })
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getAndUpdateSomeEffect: {
  <A, E, R>(f: (a: A) => Effect.Effect<Option.Option<A>, E, R>): <E0>(self: Mutex<A, E0>) => Effect.Effect<A, E | E0, R>
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>): Effect.Effect<A, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: Mutex<A, E0>, f: (a: A) => Effect.Effect<Option.Option<A>, E, R>) =>
    getAndUpdateEffect(self, (a) => Effect.map(f(a), Option.getOrElse(() => a)))
)

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The value, without the lock, in process only.
 *
 * **When to use**
 *
 * Use where nobody can hold the lock: before the mutex is shared, after all who used it have ended, in a debugger.
 *
 * **Gotchas**
 *
 * Elsewhere it may show a half-done change.
 *
 * Answers `tokio::sync::Mutex::get_mut` and `into_inner`.
 *
 * **Example** (After all is done)
 *
 * ```ts import.meta.vitest
 * import { Mutex } from "effect-sync"
 *
 * Mutex.getUnsafe(Mutex.makeUnsafe(1)) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const getUnsafe = <A>(self: Mutex<A, any>): A => inProcess("Mutex.getUnsafe", self).value

/**
 * Whether the lock is held now, or promised to somebody who is about to run.
 *
 * **When to use**
 *
 * Use for metrics and tests. To decide whether to lock, try: `tryLock`.
 *
 * **Details**
 *
 * Never waits.
 *
 * **Example** (Locked inside)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.flatMap(Mutex.make(0), (mutex) => Mutex.withLock(mutex, () => Mutex.isLocked(mutex)))
 *
 * Effect.runSync(program) // => true
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isLocked = (self: Mutex<any, any>): Effect.Effect<boolean> => self[TypeId].isLocked

/**
 * `isLocked` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Mutex } from "effect-sync"
 *
 * Mutex.isLockedUnsafe(Mutex.makeUnsafe(0)) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isLockedUnsafe = (self: Mutex<any>): boolean => inProcess("Mutex.isLockedUnsafe", self).locked

/**
 * How many requests for the lock wait in the queue.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * A request that was granted the lock but has not run yet does not count. Never waits.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(0)
 *   yield* Mutex.lock(mutex)
 *   yield* Effect.forkScoped(Mutex.set(mutex, 1))
 *   yield* Effect.yieldNow
 *   return yield* Mutex.waiting(mutex)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Mutex<any, any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { Mutex } from "effect-sync"
 *
 * Mutex.waitingUnsafe(Mutex.makeUnsafe(0)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Mutex<any>): number => inProcess("Mutex.waitingUnsafe", self).counter.waiters.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `Mutex.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out A, in out E, in out LE, in out LR>
  extends Context.ServiceClass<Self, Id, Mutex<A, E>>
{
  /** Provides the service. One object, so one mutex for all who share the layer. */
  readonly layer: Layer.Layer<Self, LE, LR>
  /** The same service with other options; a new mutex per call. */
  readonly layerWith: <LE2 = never, LR2 = never>(
    options: { readonly initial: A | Effect.Effect<A, LE2, LR2>; readonly name?: string }
  ) => Layer.Layer<Self, LE2, Exclude<LR2, Scope.Scope>>
  readonly lock: Effect.Effect<Guard<A>, E, Self | Scope.Scope>
  readonly tryLock: Effect.Effect<Guard<A>, WouldBlock | E, Self | Scope.Scope>
  readonly withLock: <B, E2, R>(
    f: (guard: Guard<A>) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<B, E | E2, R | Self>
  readonly withLockIfAvailable: <B, E2, R>(
    f: (guard: Guard<A>) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<Option.Option<B>, E | E2, R | Self>
  readonly get: Effect.Effect<A, E, Self>
  readonly set: (a: A) => Effect.Effect<void, E, Self>
  readonly update: (f: (a: A) => A) => Effect.Effect<void, E, Self>
  readonly updateAndGet: (f: (a: A) => A) => Effect.Effect<A, E, Self>
  readonly modify: <B>(f: (a: A) => readonly [B, A]) => Effect.Effect<B, E, Self>
  readonly getAndSet: (a: A) => Effect.Effect<A, E, Self>
  readonly setAndGet: (a: A) => Effect.Effect<A, E, Self>
  readonly getAndUpdate: (f: (a: A) => A) => Effect.Effect<A, E, Self>
  readonly updateSome: (f: (a: A) => Option.Option<A>) => Effect.Effect<void, E, Self>
  readonly updateSomeAndGet: (f: (a: A) => Option.Option<A>) => Effect.Effect<A, E, Self>
  readonly getAndUpdateSome: (f: (a: A) => Option.Option<A>) => Effect.Effect<A, E, Self>
  readonly modifySome: <B>(f: (a: A) => readonly [B, Option.Option<A>]) => Effect.Effect<B, E, Self>
  readonly modifyEffect: <B, E2, R>(
    f: (a: A) => Effect.Effect<readonly [B, A], E2, R>
  ) => Effect.Effect<B, E | E2, R | Self>
  readonly updateEffect: <E2, R>(
    f: (a: A) => Effect.Effect<A, E2, R>
  ) => Effect.Effect<void, E | E2, R | Self>
  readonly updateAndGetEffect: <E2, R>(
    f: (a: A) => Effect.Effect<A, E2, R>
  ) => Effect.Effect<A, E | E2, R | Self>
  readonly getAndUpdateEffect: <E2, R>(
    f: (a: A) => Effect.Effect<A, E2, R>
  ) => Effect.Effect<A, E | E2, R | Self>
  readonly modifySomeEffect: <B, E2, R>(
    f: (a: A) => Effect.Effect<readonly [B, Option.Option<A>], E2, R>
  ) => Effect.Effect<B, E | E2, R | Self>
  readonly updateSomeEffect: <E2, R>(
    f: (a: A) => Effect.Effect<Option.Option<A>, E2, R>
  ) => Effect.Effect<void, E | E2, R | Self>
  readonly updateSomeAndGetEffect: <E2, R>(
    f: (a: A) => Effect.Effect<Option.Option<A>, E2, R>
  ) => Effect.Effect<A, E | E2, R | Self>
  readonly getAndUpdateSomeEffect: <E2, R>(
    f: (a: A) => Effect.Effect<Option.Option<A>, E2, R>
  ) => Effect.Effect<A, E | E2, R | Self>
  readonly isLocked: Effect.Effect<boolean, never, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * Declares a mutex as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when several components of an application share a piece of state.
 *
 * **Details**
 *
 * - `initial` is an immutable value, or an Effect that is run for each build of the layer; the layer's error and
 *   requirements follow. The type of the value is inferred, or stated: `Mutex.Service<Self, Map<string, number>>()`.
 * - `layer` is one object and therefore one mutex for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a mutex first has an accessor of the same name without it.
 * - The third type argument is `E`, if another backend may provide the service. The layers built here still fit.
 * - The name of the mutex is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * A mutable `initial` would be shared by every build of the layer: give `Effect.sync(() => new Map())`. Two sibling
 * `Effect.provide(X.layer)` build two mutexes; provide once, at the root. Two services with one id alias each other.
 *
 * **Example** (A counter that components share)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * class Counter extends Mutex.Service<Counter>()("app/Counter", { initial: 0 }) {}
 *
 * const program = Counter.update((n) => n + 1).pipe(Effect.andThen(Counter.get))
 *
 * Effect.runSync(Effect.provide(program, Counter.layer)) // => 1
 * Effect.runSync(Effect.provide(program, Counter.layerWith({ initial: 41 }))) // => 42
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): <const Id extends string, A, LE = never, LR = never>(
    id: Id,
    options: { readonly initial: A | Effect.Effect<A, LE, LR>; readonly name?: string }
  ) => ServiceClass<Self, Id, A, never, LE, Exclude<LR, Scope.Scope>>
  <Self, A, E = never>(): <const Id extends string, LE = never, LR = never>(
    id: Id,
    options: { readonly initial: A | Effect.Effect<A, LE, LR>; readonly name?: string }
  ) => ServiceClass<Self, Id, A, E, LE, Exclude<LR, Scope.Scope>>
} = () => (id: string, options: { readonly initial: unknown; readonly name?: string }): any =>
  serviceClass(id, options, ({ initial, name }) => make(initial, { name }), {
    values: { lock, tryLock, get, isLocked, waiting },
    functions: {
      set,
      update,
      updateAndGet,
      modify,
      getAndSet,
      setAndGet,
      getAndUpdate,
      updateSome,
      updateSomeAndGet,
      getAndUpdateSome,
      modifySome,
      modifyEffect,
      updateEffect,
      updateAndGetEffect,
      getAndUpdateEffect,
      modifySomeEffect,
      updateSomeEffect,
      updateSomeAndGetEffect,
      getAndUpdateSomeEffect
    },
    brackets: { withLock: [withLock, 1], withLockIfAvailable: [withLockIfAvailable, 1] }
  })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

const wouldBlock = failureOf((mutex) => new WouldBlock({ message: `${mutex} is locked` }))

class MutexGuard<A> extends GuardImpl<A> {
  declare readonly lock: MutexImpl<any>

  protected override get kind(): string {
    return "Guard"
  }

  get description(): string {
    return `a guard of ${this.lock.description}`
  }

  get mutex(): Mutex<A, any> {
    return this.lock
  }

  protected override giveBack(): void {
    this.lock.counter.release(1)
  }

  protected override narrowed<B>(optic: Optic.Optional<any, B>, part: B): MutexGuard<B> {
    return new MutexGuard(this.lock, optic, part)
  }
}

class MutexImpl<A> extends Pipeable.Class implements Backend<A, never>, Taker<MutexGuard<A>> {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  readonly counter = new PermitCounter(1)
  readonly name: string | undefined
  value: A

  constructor(value: A, name: string | undefined) {
    super()
    this.value = value
    this.name = name
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("Mutex", this.name)
  }

  handle(): MutexGuard<A> {
    return new MutexGuard<A>(this, undefined, undefined)
  }

  assertCount(): void {
    // a lock is always one permit
  }

  get locked(): boolean {
    return this.counter.free === 0
  }

  get lock(): Effect.Effect<Guard<A>, never, Scope.Scope> {
    return new Acquire<MutexGuard<A>, never>(this, "Mutex.lock", 1, undefined)
  }

  get tryLock(): Effect.Effect<Guard<A>, WouldBlock, Scope.Scope> {
    return new Acquire<MutexGuard<A>, WouldBlock>(this, "Mutex.tryLock", 1, wouldBlock(this).exit)
  }

  tryLockUnsafe(): Result.Result<Guard<A>, WouldBlock> {
    return this.counter.tryTake(1) ? Result.succeed(this.handle()) : wouldBlock(this).result
  }

  withLock<B, E, R>(f: (guard: Guard<A>) => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return new WithHandle<MutexGuard<A>, B, E, R>(this, "Mutex.withLock", 1, f)
  }

  withLockIfAvailable<B, E, R>(
    f: (guard: Guard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<Option.Option<B>, E, R> {
    return new WithHandle<MutexGuard<A>, Option.Option<B>, E, R>(
      this,
      "Mutex.withLockIfAvailable",
      1,
      (guard) => Effect.asSome(f(guard)),
      Effect.succeedNone
    )
  }

  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B> {
    return new Modify(this, f)
  }

  /** Changes the value and unlocks. Only while holding the lock. */
  modifyLocked<B>(f: (a: A) => readonly [B, A]): B {
    try {
      const [b, a] = f(this.value)
      this.value = a
      return b
    } finally {
      this.counter.release(1)
    }
  }

  get isLocked(): Effect.Effect<boolean> {
    return Effect.sync(() => this.locked)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.counter.waiters.size)
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/Mutex",
      ...(this.name !== undefined && { name: this.name }),
      locked: this.locked,
      waiting: this.counter.waiters.size
    }
  }

  override toString(): string {
    return `Mutex(${this.name === undefined ? "" : `${this.name}: `}${
      this.locked ? "locked" : "unlocked"
    }, ${this.counter.waiters.size} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

/**
 * Locks, changes the value by a plain function, and unlocks, in one step: the lock is never held while anything else
 * runs, and needs neither frame nor guard. The result is delivered in that step too, so that no interruption after the
 * change can lose it.
 */
class Modify<A, B> extends Operation<B> {
  declare readonly mutex: MutexImpl<A>
  declare readonly f: (a: A) => readonly [B, A]

  constructor(mutex: MutexImpl<A>, f: (a: A) => readonly [B, A]) {
    super()
    this.mutex = mutex
    this.f = f
  }

  override get label(): string {
    return "Mutex.modify"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B> {
    const { f, mutex } = this
    if (mutex.locked) {
      return guardedUntilWoken(fiber, () => mutex.locked ? new ModifyWaiter(this, fiber) : undefined, this)
    }
    if (!canEvaluate) return deliver(() => mutex.counter.tryTake(1), () => mutex.modifyLocked(f), this)
    mutex.counter.tryTake(1)
    return succeedNow(mutex.modifyLocked(f), fiber)
  }
}

class ModifyWaiter<A, B> extends PermitWaiter<B, never, never> {
  declare readonly modify: Modify<A, B>

  /** Only while the mutex is locked: it joins the queue. */
  constructor(modify: Modify<A, B>, fiber: Fiber.Fiber<any, any>) {
    super(modify.mutex.counter, 1)
    this.modify = modify
    this.fiber = fiber
    this.counter.enqueue(this)
  }

  override get label(): string {
    return this.modify.label
  }

  protected override proceed(): Effect.Effect<B> {
    return Effect.sync(() => {
      this.state = State.done // `modifyLocked` unlocks
      return this.modify.mutex.modifyLocked(this.modify.f)
    })
  }

  protected override instead(): undefined {
    return undefined
  }

  protected override giveBack(): void {
    this.counter.release(1)
  }
}

/** The implementation of a mutex made here; the `…Unsafe` functions reach into it. */
const inProcess = <A>(label: string, self: Mutex<A, any>): MutexImpl<A> => {
  const backend = self[TypeId]
  if (backend instanceof MutexImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
