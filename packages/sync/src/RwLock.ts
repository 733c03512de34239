/**
 * A lock that owns its data, for many readers or one writer.
 *
 * Readers share: any number of them may look at the value at the same time, for as long as their effects run. A writer
 * is alone: it waits until all readers have left, and nobody sees what it does before it is done. Worth its price over a
 * `Mutex` where reads hold the lock across other effects and are much more frequent than writes.
 *
 * - `withRead(lock, (value) => effect)` holds the lock for reading while an effect runs.
 * - `withWrite(lock, (guard) => effect)` holds it alone; the guard reads and writes.
 * - `read(lock)` and `write(lock)` hold it for a `Scope`; their guards can be narrowed to a part of the value, or handed
 *   to another fiber, and a `WriteGuard` can be downgraded to a `ReadGuard`.
 * - `class Routes extends RwLock.Service<Routes>()("app/Routes", { initial: empty }) {}` makes it a service.
 *
 * **Fair to both sides.** One queue for readers and writers, first come, first served. A reader does not pass a writer
 * that came before it, so readers that keep coming starve no writer; a writer does not pass readers that came before it,
 * so neither do writers starve readers. Readers next to each other in the queue enter together.
 *
 * **Failure leaves the value as it is.** There is no poisoning: whoever holds the lock when it fails or is interrupted
 * unlocks, and the next one sees what was last set.
 *
 * **When not**: for updates that are plain functions and reads that are single steps, a `Ref` is enough. Not reentrant: a
 * fiber that reads and asks to write waits for itself, and so does one that reads twice if a writer has come in between.
 *
 * Implementation: a permit counter (`internal/permitCounter.ts`), of which a reader takes one permit and a writer all.
 * Answers `tokio::sync::RwLock`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
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
import { isCount, nameOf, rangeError } from "./internal/arguments.ts"
import { failureOf } from "./internal/failure.ts"
import { GuardImpl, LockGuard } from "./internal/guard.ts"
import { PermitCounter } from "./internal/permitCounter.ts"
import { Acquire, Bracket, type Hold, type Taker, WithHandle } from "./internal/permitOperations.ts"
import { serviceClass } from "./internal/service.ts"
import { canEvaluate, pushFinalizer } from "./internal/step.ts"

export {
  /**
   * The defect of a misused handle.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `tryRead` and `tryWrite` when they would have to wait.
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
 * The key under which a lock carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/RwLock" = "~effect-sync/RwLock"

/**
 * The key under which a lock carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A lock around a value of type `A`, for many readers or one writer. `E` is why an operation can fail beyond what its
 * name says: `never` for those made here, the backend's error for one that lives elsewhere.
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
export interface RwLock<in out A, out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<A, E>
}

/**
 * Shared access to the value or a part of it, as long as it lasts: others may read, nobody writes.
 *
 * **When to use**
 *
 * Use what `read` gives to read for as long as a scope lives, or to hand on access to a part, without the rest.
 *
 * **Details**
 *
 * All members are one step and never wait. After its end (`unlock`, its scope, `map`) `unlock` does nothing and the other
 * members die with `Misuse`. A function that throws is a defect and leaves the guard as it was.
 *
 * - `get`, `getUnsafe`: what it gives access to.
 * - `unlock`: leaves early and idempotently. tokio: `drop(guard)`.
 * - `map`: consumes this guard for one on what the function makes of the value; same lock, same place in the scope, still
 *   one reader, one unlock in the end. The function is called once.
 * - `tryMap`: the same for a part that may not be there; a failed `Result` gives this very guard back, still reading.
 * - `rwLock`: the lock it came from.
 *
 * Answers `tokio::sync::RwLockReadGuard` and `OwnedRwLockReadGuard`.
 *
 * **Example** (A guard on one entry)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option, Result } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const prices = yield* RwLock.make<Record<string, number>>({ tea: 3 })
 *   const guard = yield* RwLock.read(prices)
 *   const price = yield* guard.tryMap((prices) => Option.fromUndefinedOr(prices["tea"]))
 *   return Result.isSuccess(price) ? yield* price.success.get : "not for sale"
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 3
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadGuard<out A> extends Handle {
  readonly get: Effect.Effect<A>
  readonly getUnsafe: () => A
  readonly unlock: Effect.Effect<void>
  readonly rwLock: RwLock<any, any>
  map<B>(f: (a: A) => B): Effect.Effect<ReadGuard<B>>
  tryMap<B>(f: (a: A) => Option.Option<B>): Effect.Effect<Result.Result<ReadGuard<B>, this>>
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
 * - `rwLock`: the lock it came from.
 *
 * **Gotchas**
 *
 * It can't be downgraded, as in tokio: downgrade the `WriteGuard` it would come from, with `downgradeMap`.
 *
 * Answers `tokio::sync::RwLockMappedWriteGuard` and `OwnedRwLockMappedWriteGuard`.
 *
 * **Example** (Writing one field)
 *
 * ```ts import.meta.vitest
 * import { Effect, Optic } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * interface Config {
 *   readonly host: string
 *   readonly port: number
 * }
 *
 * const program = Effect.gen(function*() {
 *   const config = yield* RwLock.make<Config>({ host: "localhost", port: 80 })
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     const guard = yield* RwLock.write(config)
 *     const port = yield* guard.map(Optic.id<Config>().key("port"))
 *     yield* port.update((n) => n + 8000)
 *   }))
 *   return yield* RwLock.withRead(config, Effect.succeed)
 * })
 *
 * Effect.runSync(program) // => { host: "localhost", port: 8080 }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface MappedWriteGuard<in out A> extends Handle {
  readonly get: Effect.Effect<A>
  set(a: A): Effect.Effect<void>
  update(f: (a: A) => A): Effect.Effect<void>
  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B>
  readonly getUnsafe: () => A
  readonly setUnsafe: (a: A) => void
  readonly unlock: Effect.Effect<void>
  readonly rwLock: RwLock<any, any>
  map<B>(lens: Optic.Lens<A, B>): Effect.Effect<MappedWriteGuard<B>>
  tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<MappedWriteGuard<B>, this>>
}

/**
 * Exclusive access to the value, as long as it lasts.
 *
 * **When to use**
 *
 * Use what `write` gives to read and write for as long as a scope lives; what `withWrite` passes, for one effect.
 *
 * **Details**
 *
 * As `MappedWriteGuard`, on the whole value, and it can be weakened to a `ReadGuard`. That is one step: no other writer
 * gets in between, so what was written stays as it is until the read guard ends, too. Readers at the front of the queue
 * are let in; if a writer is there, nobody is. The new guard keeps the place of this one in its scope or bracket, and
 * needs no other.
 *
 * - `downgrade`: this guard for a `ReadGuard` on the value.
 * - `downgradeMap`: on what the function makes of the value. It runs while nobody else is let in.
 * - `tryDowngradeMap`: the same for a part that may not be there; a failed `Result` gives this very guard back, and the
 *   lock was exclusive all the time.
 *
 * A function that throws is a defect, and the guard still holds.
 *
 * Answers `tokio::sync::RwLockWriteGuard` and `OwnedRwLockWriteGuard`.
 *
 * **Example** (Writing, then going on as a reader)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make("old")
 *   const guard = yield* RwLock.write(lock)
 *   yield* guard.set("new")
 *   const reading = yield* guard.downgrade
 *   const other = yield* RwLock.tryRead(lock) // lets other readers in
 *   return [yield* reading.get, yield* other.get, yield* RwLock.readers(lock)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["new", "new", 2]
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface WriteGuard<in out A> extends MappedWriteGuard<A> {
  readonly downgrade: Effect.Effect<ReadGuard<A>>
  downgradeMap<B>(f: (a: A) => B): Effect.Effect<ReadGuard<B>>
  tryDowngradeMap<B>(f: (a: A) => Option.Option<B>): Effect.Effect<Result.Result<ReadGuard<B>, this>>
}

/**
 * What an implementation of a lock provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a lock that lives elsewhere: an object `{ [RwLock.TypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * Locks are given strictly in the order in which the requests ran, to readers next to each other together. Unlocking does
 * not fail in `E`: a backend that loses the lock interrupts the body of the bracket and fails the bracket.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly read: Effect.Effect<ReadGuard<A>, E, Scope.Scope>
  readonly write: Effect.Effect<WriteGuard<A>, E, Scope.Scope>
  readonly tryRead: Effect.Effect<ReadGuard<A>, WouldBlock | E, Scope.Scope>
  readonly tryWrite: Effect.Effect<WriteGuard<A>, WouldBlock | E, Scope.Scope>
  readonly readers: Effect.Effect<number>
  readonly isWriteLocked: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  withRead<B, E2, R>(f: (value: A) => Effect.Effect<B, E2, R>): Effect.Effect<B, E | E2, R>
  withWrite<B, E2, R>(f: (guard: WriteGuard<A>) => Effect.Effect<B, E2, R>): Effect.Effect<B, E | E2, R>
  withReadIfAvailable<B, E2, R>(
    f: (value: A) => Effect.Effect<B, E2, R>
  ): Effect.Effect<Option.Option<B>, E | E2, R>
  withWriteIfAvailable<B, E2, R>(
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E2, R>
  ): Effect.Effect<Option.Option<B>, E | E2, R>
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
  /** How many may read at the same time, an integer from 1 to `MAX_READERS`, which is the default. */
  readonly maxReaders?: number
}

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * As many may read a lock at the same time, at most: 536 870 911.
 *
 * **When to use**
 *
 * Use to check a number of readers before making a lock for them. It is what a lock allows unless it is told less.
 *
 * **Details**
 *
 * Answers the limit of `tokio::sync::RwLock`, `u32::MAX >> 3`.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_READERS: number = 2 ** 29 - 1

/**
 * Makes an unlocked lock around a value.
 *
 * **When to use**
 *
 * Use for a lock that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * - `maxReaders`: how many may read at the same time; the next one waits. An integer from 1 to `MAX_READERS`, which is
 *   the default; anything else dies with a `RangeError`.
 * - Costs a few small objects: one per request or per key is fine. Needs no scope; nothing has to be closed.
 *
 * **Gotchas**
 *
 * The value is not copied: keep no other reference to it that writes. Readers share it, so that whoever changes it in
 * place while reading changes it for all of them.
 *
 * Answers `tokio::sync::RwLock::new` and `with_max_readers`.
 *
 * **Example** (Reading and writing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(1)
 *   yield* RwLock.withWrite(lock, (guard) => guard.update((n) => n + 1))
 *   return yield* RwLock.withRead(lock, (n) => Effect.succeed(`it is ${n}`))
 * })
 *
 * Effect.runSync(program) // => "it is 2"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(value: A, options?: Options): Effect.Effect<RwLock<A>> =>
  Effect.sync(() => build("RwLock.make", value, options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::RwLock::const_new` and `const_with_max_readers`.
 *
 * **Details**
 *
 * Throws a `RangeError` if `maxReaders` is no integer from 1 to `MAX_READERS`.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { RwLock } from "effect-sync"
 *
 * RwLock.makeUnsafe({}, { name: "routes" }).toString() // => "RwLock(routes: unlocked, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(value: A, options?: Options): RwLock<A> => build("RwLock.makeUnsafe", value, options)

/**
 * Whether a value is a lock for readers and writers, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { RwLock } from "effect-sync"
 *
 * RwLock.isRwLock(RwLock.makeUnsafe(0)) // => true
 * RwLock.isRwLock({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isRwLock = (u: unknown): u is RwLock<unknown, unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// locking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Locks for reading, for the current scope.
 *
 * **When to use**
 *
 * Use when the value is read longer than one effect runs, or the access handed on: the scope's finalizer unlocks.
 *
 * **Details**
 *
 * - Waits for: the writer that holds the lock, whoever came before and waits, and, if `maxReaders` are reading, one of
 *   them to leave.
 * - Order: strictly first come, first served, counted from when it runs. It does not pass a writer that waits, even
 *   though only readers hold the lock. Readers next to each other at the front enter together.
 * - Interruption: while it waits it gives up its place. Once the lock is there the scope owns it, so an interruption
 *   finds it where it will be unlocked.
 * - Cost: O(1), whoever waits.
 * - Fails: with `E` alone. In a scope that is closed already, the guard comes unlocked.
 *
 * **Gotchas**
 *
 * Not reentrant: a fiber that reads and reads again waits for ever if a writer has come in between. Losing a race after
 * it has succeeded (`Effect.timeout`, `Effect.race`) leaves the lock in the scope until that closes. Race the whole
 * `Effect.scoped` section, or use `withRead`.
 *
 * Answers `tokio::sync::RwLock::read` and, with `Handle.transfer`, `read_owned`.
 *
 * **Example** (Two readers at once)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make("value")
 *   const one = yield* RwLock.read(lock)
 *   const other = yield* RwLock.read(lock)
 *   return [yield* one.get, yield* other.get, yield* RwLock.readers(lock)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["value", "value", 2]
 * ```
 *
 * @see {@link withRead} for a lock that lasts one effect
 * @category locking
 * @since 0.1.0
 */
export const read = <A, E>(self: RwLock<A, E>): Effect.Effect<ReadGuard<A>, E, Scope.Scope> => self[TypeId].read

/**
 * Locks for writing, for the current scope.
 *
 * **When to use**
 *
 * Use when the lock is held longer than one effect runs, downgraded, or handed on: the scope's finalizer unlocks.
 *
 * **Details**
 *
 * - Waits for: everybody who holds the lock, and whoever came before and waits.
 * - Order: strictly first come, first served, counted from when it runs. While it waits nobody who came later gets in,
 *   reader or writer.
 * - Interruption: while it waits it gives up its place, and readers that waited behind it alone are let in at once. Once
 *   the lock is there the scope owns it, so an interruption finds it where it will be unlocked.
 * - Cost: O(1), whoever waits.
 * - Fails: with `E` alone. In a scope that is closed already, the guard comes unlocked.
 *
 * **Gotchas**
 *
 * Not reentrant, and a reader can't become a writer: a fiber that reads and asks to write waits for itself. Losing a race
 * after it has succeeded leaves the lock in the scope until that closes; race the whole `Effect.scoped` section, or use
 * `withWrite`.
 *
 * Answers `tokio::sync::RwLock::write` and, with `Handle.transfer`, `write_owned`.
 *
 * **Example** (Writing with other effects in between)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(1)
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     const guard = yield* RwLock.write(lock)
 *     const n = yield* guard.get
 *     yield* Effect.yieldNow
 *     yield* guard.set(n * 2)
 *   }))
 *   return yield* RwLock.withRead(lock, Effect.succeed)
 * })
 *
 * await Effect.runPromise(program) // => 2
 * ```
 *
 * @see {@link withWrite} for a lock that lasts one effect
 * @category locking
 * @since 0.1.0
 */
export const write = <A, E>(self: RwLock<A, E>): Effect.Effect<WriteGuard<A>, E, Scope.Scope> => self[TypeId].write

/**
 * Locks for reading, for the current scope, if that needs no waiting.
 *
 * **When to use**
 *
 * Use to do something else instead of waiting.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody: it fails while a writer holds the lock or merely waits for it, and while `maxReaders` are
 *   reading.
 * - Interruption: it has happened, and the scope owns the lock, or it has not.
 * - Cost: O(1); the failure is prebuilt, without a stack trace.
 * - Fails: with `WouldBlock`; with `E`.
 *
 * Answers `tokio::sync::RwLock::try_read` and `try_read_owned`.
 *
 * **Example** (Locked by a writer is a failure)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(0)
 *   yield* RwLock.write(lock)
 *   const error = yield* Effect.flip(RwLock.tryRead(lock))
 *   return error._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "WouldBlock"
 * ```
 *
 * @see {@link withReadIfAvailable} for a bracket
 * @category locking
 * @since 0.1.0
 */
export const tryRead = <A, E>(self: RwLock<A, E>): Effect.Effect<ReadGuard<A>, WouldBlock | E, Scope.Scope> =>
  self[TypeId].tryRead

/**
 * `tryRead` for callbacks: synchronous, outside Effect, in process only.
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
 * import { Handle, RwLock } from "effect-sync"
 *
 * const lock = RwLock.makeUnsafe("value")
 * const guard = Result.getOrThrow(RwLock.tryReadUnsafe(lock))
 *
 * guard.getUnsafe() // => "value"
 * Handle.releaseUnsafe(guard)
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryReadUnsafe = <A>(self: RwLock<A>): Result.Result<ReadGuard<A>, WouldBlock> =>
  inProcess("RwLock.tryReadUnsafe", self).tryReadUnsafe()

/**
 * Locks for writing, for the current scope, if that needs no waiting.
 *
 * **When to use**
 *
 * Use to do something else instead of waiting.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody: it fails while anybody holds the lock or waits for it.
 * - Interruption: it has happened, and the scope owns the lock, or it has not.
 * - Cost: O(1); the failure is prebuilt, without a stack trace.
 * - Fails: with `WouldBlock`; with `E`.
 *
 * Answers `tokio::sync::RwLock::try_write` and `try_write_owned`.
 *
 * **Example** (A reader is enough to fail)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(0)
 *   yield* RwLock.read(lock)
 *   const error = yield* Effect.flip(RwLock.tryWrite(lock))
 *   return error._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "WouldBlock"
 * ```
 *
 * @see {@link withWriteIfAvailable} for a bracket
 * @category locking
 * @since 0.1.0
 */
export const tryWrite = <A, E>(self: RwLock<A, E>): Effect.Effect<WriteGuard<A>, WouldBlock | E, Scope.Scope> =>
  self[TypeId].tryWrite

/**
 * `tryWrite` for callbacks: synchronous, outside Effect, in process only.
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
 * import { Handle, RwLock } from "effect-sync"
 *
 * const lock = RwLock.makeUnsafe(1)
 * const guard = Result.getOrThrow(RwLock.tryWriteUnsafe(lock))
 * guard.setUnsafe(guard.getUnsafe() + 1)
 * Handle.releaseUnsafe(guard)
 *
 * RwLock.getUnsafe(lock) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryWriteUnsafe = <A>(self: RwLock<A>): Result.Result<WriteGuard<A>, WouldBlock> =>
  inProcess("RwLock.tryWriteUnsafe", self).tryWriteUnsafe()

/**
 * Holds the lock for reading while an effect runs, which gets the value.
 *
 * **When to use**
 *
 * Use to read across other effects, side by side with other readers: it needs no scope and can't forget to unlock.
 *
 * **Details**
 *
 * - Waits for: the writer that holds the lock, whoever came before and waits, and, if `maxReaders` are reading, one of
 *   them to leave.
 * - Order: strictly first come, first served, counted from when it runs. It does not pass a writer that waits, even
 *   though only readers hold the lock. Readers next to each other at the front enter together.
 * - Interruption: while it waits it gives up its place; afterwards it interrupts the effect. The lock is given back once
 *   the effect and its finalizers have ended, whichever way.
 * - Cost: O(1), whoever waits. There is no guard to make, so it is the cheapest way to read. A lock that is free for
 *   reading costs no wait, and no other fiber runs in between.
 * - Fails: as the effect; with `E`.
 * - Pipes the function: `RwLock.withRead(lock)((value) => …)`.
 *
 * **Gotchas**
 *
 * Not reentrant: reading again inside waits for ever if a writer has come in between.
 *
 * Answers holding `tokio::sync::RwLock::read`'s guard for a block.
 *
 * **Example** (Many readers, no half-done change)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make([1, 1])
 *   const move = RwLock.withWrite(lock, (guard) =>
 *     Effect.gen(function*() {
 *       yield* guard.update(([a, b]) => [a - 1, b])
 *       yield* Effect.yieldNow
 *       yield* guard.update(([a, b]) => [a, b + 1])
 *     }))
 *   const sum = RwLock.withRead(lock, ([a, b]) => Effect.as(Effect.yieldNow, a + b))
 *   return yield* Effect.all([sum, move, sum, sum], { concurrency: "unbounded" })
 * })
 *
 * await Effect.runPromise(program) // => [2, undefined, 2, 2]
 * ```
 *
 * @see {@link read} for a guard that lasts as long as a scope
 * @category brackets
 * @since 0.1.0
 */
export const withRead: {
  <A, E0>(
    self: RwLock<A, E0>
  ): <B, E, R>(f: (value: A) => Effect.Effect<B, E, R>) => Effect.Effect<B, E | E0, R>
  <A, E0, B, E, R>(self: RwLock<A, E0>, f: (value: A) => Effect.Effect<B, E, R>): Effect.Effect<B, E | E0, R>
} = (self: RwLock<any, any>, f?: (value: any) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (value: any) => Effect.Effect<any, any, any>) => self[TypeId].withRead(f)
    : self[TypeId].withRead(f)

/**
 * Holds the lock for writing while an effect runs, which gets the guard.
 *
 * **When to use**
 *
 * Use to change the value across other effects, unseen until done: it needs no scope and can't forget to unlock.
 *
 * **Details**
 *
 * - Waits for: everybody who holds the lock, and whoever came before and waits.
 * - Order: strictly first come, first served, counted from when it runs. While it waits nobody who came later gets in,
 *   reader or writer.
 * - Interruption: while it waits it gives up its place, and readers that waited behind it alone are let in at once;
 *   afterwards it interrupts the effect. The lock is free once the effect and its finalizers have ended, whichever way;
 *   what was set stays.
 * - Cost: O(1), whoever waits. A free lock costs no wait, and no other fiber runs in between.
 * - Fails: as the effect; with `E`.
 * - Pipes the function: `RwLock.withWrite(lock)((guard) => …)`.
 *
 * **Gotchas**
 *
 * Not reentrant. The guard ends with the effect: used later it dies with `Misuse`, unless `Handle.transfer` moved it to
 * another scope.
 *
 * Answers holding `tokio::sync::RwLock::write`'s guard for a block.
 *
 * **Example** (Nobody sees the value in between)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const counter = yield* RwLock.make(0)
 *   const increment = RwLock.withWrite(counter, (guard) =>
 *     Effect.gen(function*() {
 *       const n = yield* guard.get
 *       yield* Effect.yieldNow
 *       yield* guard.set(n + 1)
 *     }))
 *   yield* Effect.all(Array.from({ length: 10 }, () => increment), { concurrency: "unbounded" })
 *   return yield* RwLock.withRead(counter, Effect.succeed)
 * })
 *
 * await Effect.runPromise(program) // => 10
 * ```
 *
 * @see {@link write} for a guard that lasts as long as a scope
 * @category brackets
 * @since 0.1.0
 */
export const withWrite: {
  <A, E0>(
    self: RwLock<A, E0>
  ): <B, E, R>(f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>) => Effect.Effect<B, E | E0, R>
  <A, E0, B, E, R>(
    self: RwLock<A, E0>,
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<B, E | E0, R>
} = (self: RwLock<any, any>, f?: (guard: WriteGuard<any>) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (guard: WriteGuard<any>) => Effect.Effect<any, any, any>) => self[TypeId].withWrite(f)
    : self[TypeId].withWrite(f)

/**
 * Holds the lock for reading while an effect runs if that needs no waiting, and gives `none` without running it
 * otherwise.
 *
 * **When to use**
 *
 * Use to go without the value, or with an older copy of it, rather than wait for a writer.
 *
 * **Details**
 *
 * - Waits for: nothing but the effect.
 * - Order: it overtakes nobody: it gives `none` while a writer holds the lock or merely waits for it, and while
 *   `maxReaders` are reading.
 * - Interruption: interrupts the effect; the lock is given back once it has ended.
 * - Cost: O(1), and no error is built.
 * - Fails: as the effect; with `E`.
 *
 * Answers holding `tokio::sync::RwLock::try_read`'s guard for a block.
 *
 * **Example** (Not while somebody writes)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make("value")
 *   const attempt = RwLock.withReadIfAvailable(lock, Effect.succeed)
 *   return [yield* RwLock.withRead(lock, () => attempt), yield* RwLock.withWrite(lock, () => attempt)]
 * })
 *
 * Effect.runSync(program) // => [Option.some("value"), Option.none()]
 * ```
 *
 * @category brackets
 * @since 0.1.0
 */
export const withReadIfAvailable: {
  <A, E0>(
    self: RwLock<A, E0>
  ): <B, E, R>(f: (value: A) => Effect.Effect<B, E, R>) => Effect.Effect<Option.Option<B>, E | E0, R>
  <A, E0, B, E, R>(
    self: RwLock<A, E0>,
    f: (value: A) => Effect.Effect<B, E, R>
  ): Effect.Effect<Option.Option<B>, E | E0, R>
} = (self: RwLock<any, any>, f?: (value: any) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (value: any) => Effect.Effect<any, any, any>) => self[TypeId].withReadIfAvailable(f)
    : self[TypeId].withReadIfAvailable(f)

/**
 * Holds the lock for writing while an effect runs if that needs no waiting, and gives `none` without running it
 * otherwise.
 *
 * **When to use**
 *
 * Use to skip work that somebody else is doing, or that can wait until nobody reads.
 *
 * **Details**
 *
 * - Waits for: nothing but the effect.
 * - Order: it overtakes nobody: it gives `none` while anybody holds the lock or waits for it.
 * - Interruption: interrupts the effect; the lock is free once it has ended.
 * - Cost: O(1), and no error is built.
 * - Fails: as the effect; with `E`.
 *
 * Answers holding `tokio::sync::RwLock::try_write`'s guard for a block.
 *
 * **Example** (Not while somebody reads)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(1)
 *   const attempt = RwLock.withWriteIfAvailable(lock, (guard) => guard.set(2))
 *   return [yield* RwLock.withRead(lock, () => attempt), yield* attempt]
 * })
 *
 * Effect.runSync(program) // => [Option.none(), Option.some(undefined)]
 * ```
 *
 * @category brackets
 * @since 0.1.0
 */
export const withWriteIfAvailable: {
  <A, E0>(
    self: RwLock<A, E0>
  ): <B, E, R>(f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>) => Effect.Effect<Option.Option<B>, E | E0, R>
  <A, E0, B, E, R>(
    self: RwLock<A, E0>,
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<Option.Option<B>, E | E0, R>
} = (self: RwLock<any, any>, f?: (guard: WriteGuard<any>) => Effect.Effect<any, any, any>): any =>
  f === undefined
    ? (f: (guard: WriteGuard<any>) => Effect.Effect<any, any, any>) => self[TypeId].withWriteIfAvailable(f)
    : self[TypeId].withWriteIfAvailable(f)

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The value, without the lock, in process only.
 *
 * **When to use**
 *
 * Use where nobody can hold the lock: before it is shared, after all who used it have ended, in a debugger.
 *
 * **Gotchas**
 *
 * Elsewhere it may show a half-done change.
 *
 * Answers `tokio::sync::RwLock::get_mut` and `into_inner`.
 *
 * **Example** (After all is done)
 *
 * ```ts import.meta.vitest
 * import { RwLock } from "effect-sync"
 *
 * RwLock.getUnsafe(RwLock.makeUnsafe(1)) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const getUnsafe = <A>(self: RwLock<A, any>): A => inProcess("RwLock.getUnsafe", self).value

/**
 * How many hold the lock for reading now, or have been promised it and are about to run.
 *
 * **When to use**
 *
 * Use for metrics and tests. To decide whether to read, try: `tryRead`.
 *
 * **Details**
 *
 * A writer is no reader, be it one that holds the lock or one that waits. Never waits.
 *
 * **Example** (Counting those inside)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.flatMap(RwLock.make(0), (lock) =>
 *   Effect.all([
 *     RwLock.withRead(lock, () => RwLock.readers(lock)),
 *     RwLock.withWrite(lock, () => RwLock.readers(lock))
 *   ]))
 *
 * Effect.runSync(program) // => [1, 0]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const readers = (self: RwLock<any, any>): Effect.Effect<number> => self[TypeId].readers

/**
 * `readers` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { RwLock } from "effect-sync"
 *
 * RwLock.readersUnsafe(RwLock.makeUnsafe(0)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const readersUnsafe = (self: RwLock<any>): number => inProcess("RwLock.readersUnsafe", self).reading

/**
 * Whether a writer holds the lock now, or has been promised it and is about to run.
 *
 * **When to use**
 *
 * Use for metrics and tests. To decide whether to lock, try: `tryRead`, `tryWrite`.
 *
 * **Details**
 *
 * A writer that waits does not count. While the function of a `downgradeMap` runs, it is still so. Never waits.
 *
 * **Example** (Locked inside)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.flatMap(RwLock.make(0), (lock) =>
 *   Effect.all([
 *     RwLock.withRead(lock, () => RwLock.isWriteLocked(lock)),
 *     RwLock.withWrite(lock, () => RwLock.isWriteLocked(lock))
 *   ]))
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isWriteLocked = (self: RwLock<any, any>): Effect.Effect<boolean> => self[TypeId].isWriteLocked

/**
 * `isWriteLocked` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { RwLock } from "effect-sync"
 *
 * RwLock.isWriteLockedUnsafe(RwLock.makeUnsafe(0)) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isWriteLockedUnsafe = (self: RwLock<any>): boolean =>
  inProcess("RwLock.isWriteLockedUnsafe", self).counter.exclusive

/**
 * How many requests for the lock, to read or to write, wait in the queue.
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
 * import { RwLock } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RwLock.make(0)
 *   yield* RwLock.read(lock)
 *   yield* Effect.forkScoped(RwLock.withWrite(lock, (guard) => guard.set(1)))
 *   yield* Effect.yieldNow
 *   return yield* RwLock.waiting(lock)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: RwLock<any, any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { RwLock } from "effect-sync"
 *
 * RwLock.waitingUnsafe(RwLock.makeUnsafe(0)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: RwLock<any>): number => inProcess("RwLock.waitingUnsafe", self).counter.waiters.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `RwLock.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out A, in out E, in out LE, in out LR>
  extends Context.ServiceClass<Self, Id, RwLock<A, E>>
{
  /** Provides the service. One object, so one lock for all who share the layer. */
  readonly layer: Layer.Layer<Self, LE, LR>
  /** The same service with other options; a new lock per call. */
  readonly layerWith: <LE2 = never, LR2 = never, ME2 = never, MR2 = never>(
    options: {
      readonly initial: A | Effect.Effect<A, LE2, LR2>
      readonly maxReaders?: number | Effect.Effect<number, ME2, MR2>
      readonly name?: string
    }
  ) => Layer.Layer<Self, LE2 | ME2, Exclude<LR2 | MR2, Scope.Scope>>
  readonly read: Effect.Effect<ReadGuard<A>, E, Self | Scope.Scope>
  readonly write: Effect.Effect<WriteGuard<A>, E, Self | Scope.Scope>
  readonly tryRead: Effect.Effect<ReadGuard<A>, WouldBlock | E, Self | Scope.Scope>
  readonly tryWrite: Effect.Effect<WriteGuard<A>, WouldBlock | E, Self | Scope.Scope>
  readonly withRead: <B, E2, R>(f: (value: A) => Effect.Effect<B, E2, R>) => Effect.Effect<B, E | E2, R | Self>
  readonly withWrite: <B, E2, R>(
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<B, E | E2, R | Self>
  readonly withReadIfAvailable: <B, E2, R>(
    f: (value: A) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<Option.Option<B>, E | E2, R | Self>
  readonly withWriteIfAvailable: <B, E2, R>(
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<Option.Option<B>, E | E2, R | Self>
  readonly readers: Effect.Effect<number, never, Self>
  readonly isWriteLocked: Effect.Effect<boolean, never, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * Declares a lock for readers and writers as a service: one class that is the tag, builds the layers and carries the
 * accessors.
 *
 * **When to use**
 *
 * Use when several components of an application share a piece of state that most of them only read.
 *
 * **Details**
 *
 * - `initial` is an immutable value, or an Effect that is run for each build of the layer. The type of the value is
 *   inferred, or stated: `RwLock.Service<Self, Map<string, number>>()`.
 * - `maxReaders` is a number, or an Effect that gives one, such as a Config; by default as many as there may be.
 * - The layer's error and requirements follow from both.
 * - `layer` is one object and therefore one lock for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a lock first has an accessor of the same name without it.
 * - The third type argument is `E`, if another backend may provide the service. The layers built here still fit.
 * - The name of the lock is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * A mutable `initial` would be shared by every build of the layer: give `Effect.sync(() => new Map())`. A `maxReaders` out
 * of range is a defect of the layer. Two sibling `Effect.provide(X.layer)` build two locks; provide once, at the root. Two
 * services with one id alias each other.
 *
 * **Example** (Settings that many read)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { RwLock } from "effect-sync"
 *
 * class Settings extends RwLock.Service<Settings>()("app/Settings", { initial: { verbose: false } }) {}
 *
 * const isVerbose = Settings.withRead(({ verbose }) => Effect.succeed(verbose))
 * const program = Settings.withWrite((guard) => guard.set({ verbose: true })).pipe(Effect.andThen(isVerbose))
 *
 * Effect.runSync(Effect.provide(isVerbose, Settings.layer)) // => false
 * Effect.runSync(Effect.provide(program, Settings.layer)) // => true
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): <const Id extends string, A, LE = never, LR = never, ME = never, MR = never>(
    id: Id,
    options: {
      readonly initial: A | Effect.Effect<A, LE, LR>
      readonly maxReaders?: number | Effect.Effect<number, ME, MR>
      readonly name?: string
    }
  ) => ServiceClass<Self, Id, A, never, LE | ME, Exclude<LR | MR, Scope.Scope>>
  <Self, A, E = never>(): <const Id extends string, LE = never, LR = never, ME = never, MR = never>(
    id: Id,
    options: {
      readonly initial: A | Effect.Effect<A, LE, LR>
      readonly maxReaders?: number | Effect.Effect<number, ME, MR>
      readonly name?: string
    }
  ) => ServiceClass<Self, Id, A, E, LE | ME, Exclude<LR | MR, Scope.Scope>>
} =
  () =>
  (id: string, options: { readonly initial: unknown; readonly maxReaders?: unknown; readonly name?: string }): any =>
    serviceClass(id, options, ({ initial, maxReaders, name }) => make(initial, { maxReaders, name }), {
      values: { read, write, tryRead, tryWrite, readers, isWriteLocked, waiting },
      functions: {},
      brackets: {
        withRead: [withRead, 1],
        withWrite: [withWrite, 1],
        withReadIfAvailable: [withReadIfAvailable, 1],
        withWriteIfAvailable: [withWriteIfAvailable, 1]
      }
    })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

const cannotRead = failureOf((lock) =>
  new WouldBlock({
    message: `${lock} can't be read now: a writer holds it or waits for it, or as many read it as may`
  })
)

const cannotWrite = failureOf((lock) =>
  new WouldBlock({ message: `${lock} can't be written now: somebody holds it or waits for it` })
)

class ReadGuardImpl<A> extends LockGuard<A> implements ReadGuard<A> {
  declare readonly lock: RwLockImpl<any>
  // The value can't be replaced while it is read, so the guard keeps it, or what a `map` made of it.
  declare private readonly value: A

  constructor(lock: RwLockImpl<any>, value: A) {
    super(lock)
    this.value = value
  }

  protected override get kind(): string {
    return "ReadGuard"
  }

  get description(): string {
    return `a read guard of ${this.lock.description}`
  }

  get rwLock(): RwLock<any, any> {
    return this.lock
  }

  protected override giveBack(): void {
    this.lock.counter.release(1)
  }

  protected override read(): A {
    return this.value
  }

  map<B>(f: (a: A) => B): Effect.Effect<ReadGuardImpl<B>> {
    return this.whileLocked("map", () => this.mappedTo("map", f(this.value)))
  }

  tryMap<B>(f: (a: A) => Option.Option<B>): Effect.Effect<Result.Result<ReadGuardImpl<B>, this>> {
    return this.whileLocked("tryMap", (): Result.Result<ReadGuardImpl<B>, this> => {
      const part = f(this.value)
      return Option.isSome(part) ? Result.succeed(this.mappedTo("tryMap", part.value)) : this.missed("tryMap")
    })
  }

  private mappedTo<B>(member: string, part: B): ReadGuardImpl<B> {
    return this.succeededIfLocked(member, new ReadGuardImpl(this.lock, part))
  }
}

class MappedWriteGuardImpl<A> extends GuardImpl<A> {
  declare readonly lock: RwLockImpl<any>

  protected override get kind(): string {
    return "MappedWriteGuard"
  }

  get description(): string {
    return `a write guard of ${this.lock.description}`
  }

  get rwLock(): RwLock<any, any> {
    return this.lock
  }

  protected override giveBack(): void {
    this.lock.endWriting(0)
  }

  protected override narrowed<B>(optic: Optic.Optional<any, B>, part: B): MappedWriteGuardImpl<B> {
    return new MappedWriteGuardImpl(this.lock, optic, part)
  }

  // What these give is what `narrowed` makes.

  override map<B>(lens: Optic.Lens<A, B>): Effect.Effect<MappedWriteGuardImpl<B>> {
    return super.map(lens) as Effect.Effect<MappedWriteGuardImpl<B>>
  }

  override tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<MappedWriteGuardImpl<B>, this>> {
    return super.tryMap(optic) as Effect.Effect<Result.Result<MappedWriteGuardImpl<B>, this>>
  }
}

class WriteGuardImpl<A> extends MappedWriteGuardImpl<A> {
  protected override get kind(): string {
    return "WriteGuard"
  }

  get downgrade(): Effect.Effect<ReadGuardImpl<A>> {
    return this.whileLocked("downgrade", () => this.downgradedTo("downgrade", this.read()))
  }

  downgradeMap<B>(f: (a: A) => B): Effect.Effect<ReadGuardImpl<B>> {
    return this.whileLocked("downgradeMap", () => this.downgradedTo("downgradeMap", f(this.read())))
  }

  tryDowngradeMap<B>(f: (a: A) => Option.Option<B>): Effect.Effect<Result.Result<ReadGuardImpl<B>, this>> {
    return this.whileLocked("tryDowngradeMap", (): Result.Result<ReadGuardImpl<B>, this> => {
      const part = f(this.read())
      return Option.isSome(part)
        ? Result.succeed(this.downgradedTo("tryDowngradeMap", part.value))
        : this.missed("tryDowngradeMap")
    })
  }

  /** Keeps one permit and releases the others, to readers at the front of the queue or into the hands of a writer there. */
  private downgradedTo<B>(member: string, part: B): ReadGuardImpl<B> {
    const guard = this.succeededIfLocked(member, new ReadGuardImpl(this.lock, part), "downgraded")
    this.lock.endWriting(1)
    return guard
  }
}

/** Takes permits for readers, one each. */
class Reads<A> implements Taker<ReadGuardImpl<A>> {
  readonly counter: PermitCounter
  readonly lock: RwLockImpl<A>

  constructor(lock: RwLockImpl<A>) {
    this.counter = lock.counter
    this.lock = lock
  }

  handle(): ReadGuardImpl<A> {
    return new ReadGuardImpl<A>(this.lock, this.lock.value)
  }

  assertCount(): void {
    // a reader is always one permit
  }
}

/** Takes all permits, for writers. */
class RwLockImpl<A> extends Pipeable.Class implements Backend<A, never>, Taker<WriteGuardImpl<A>> {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  readonly counter: PermitCounter
  readonly exclusive = true
  readonly name: string | undefined
  readonly reads: Reads<A>
  value: A

  constructor(value: A, maxReaders: number, name: string | undefined) {
    super()
    this.counter = new PermitCounter(maxReaders)
    this.name = name
    this.reads = new Reads(this)
    this.value = value
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("RwLock", this.name)
  }

  get maxReaders(): number {
    return this.counter.permits
  }

  handle(): WriteGuardImpl<A> {
    this.counter.exclusive = true
    return new WriteGuardImpl<A>(this, undefined, undefined)
  }

  assertCount(): void {
    // a writer always takes all
  }

  /** The writer leaves, or stays as one of the readers. */
  endWriting(readers: 0 | 1): void {
    this.counter.exclusive = false
    this.counter.release(this.maxReaders - readers)
  }

  get reading(): number {
    return this.counter.exclusive ? 0 : this.counter.held
  }

  get read(): Effect.Effect<ReadGuard<A>, never, Scope.Scope> {
    return new Acquire<ReadGuardImpl<A>, never>(this.reads, "RwLock.read", 1, undefined)
  }

  get write(): Effect.Effect<WriteGuard<A>, never, Scope.Scope> {
    return new Acquire<WriteGuardImpl<A>, never>(this, "RwLock.write", this.maxReaders, undefined)
  }

  get tryRead(): Effect.Effect<ReadGuard<A>, WouldBlock, Scope.Scope> {
    return new Acquire<ReadGuardImpl<A>, WouldBlock>(this.reads, "RwLock.tryRead", 1, cannotRead(this).exit)
  }

  get tryWrite(): Effect.Effect<WriteGuard<A>, WouldBlock, Scope.Scope> {
    return new Acquire<WriteGuardImpl<A>, WouldBlock>(this, "RwLock.tryWrite", this.maxReaders, cannotWrite(this).exit)
  }

  tryReadUnsafe(): Result.Result<ReadGuard<A>, WouldBlock> {
    return this.counter.tryTake(1) ? Result.succeed(this.reads.handle()) : cannotRead(this).result
  }

  tryWriteUnsafe(): Result.Result<WriteGuard<A>, WouldBlock> {
    return this.counter.tryTake(this.maxReaders) ? Result.succeed(this.handle()) : cannotWrite(this).result
  }

  withRead<B, E, R>(f: (value: A) => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return new WithRead(this.reads, "RwLock.withRead", f, undefined)
  }

  withWrite<B, E, R>(f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return new WithHandle<WriteGuardImpl<A>, B, E, R>(this, "RwLock.withWrite", this.maxReaders, f)
  }

  withReadIfAvailable<B, E, R>(f: (value: A) => Effect.Effect<B, E, R>): Effect.Effect<Option.Option<B>, E, R> {
    return new WithRead<A, Option.Option<B>, E, R>(
      this.reads,
      "RwLock.withReadIfAvailable",
      (value) => Effect.asSome(f(value)),
      Effect.succeedNone
    )
  }

  withWriteIfAvailable<B, E, R>(
    f: (guard: WriteGuard<A>) => Effect.Effect<B, E, R>
  ): Effect.Effect<Option.Option<B>, E, R> {
    return new WithHandle<WriteGuardImpl<A>, Option.Option<B>, E, R>(
      this,
      "RwLock.withWriteIfAvailable",
      this.maxReaders,
      (guard) => Effect.asSome(f(guard)),
      Effect.succeedNone
    )
  }

  get readers(): Effect.Effect<number> {
    return Effect.sync(() => this.reading)
  }

  get isWriteLocked(): Effect.Effect<boolean> {
    return Effect.sync(() => this.counter.exclusive)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.counter.waiters.size)
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/RwLock",
      ...(this.name !== undefined && { name: this.name }),
      readers: this.reading,
      writeLocked: this.counter.exclusive,
      maxReaders: this.maxReaders,
      waiting: this.counter.waiters.size
    }
  }

  override toString(): string {
    const { counter, name, reading } = this
    const state = counter.exclusive
      ? "write-locked"
      : reading === 0
      ? "unlocked"
      : reading === 1
      ? "1 reader"
      : `${reading} readers`
    return `RwLock(${name === undefined ? "" : `${name}: `}${state}, ${counter.waiters.size} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

/**
 * Runs a function of the value while holding the lock for reading. The value can't be replaced meanwhile, so it is all
 * that the function needs: the bracket makes no guard and shares its finalizer with all others of the lock.
 */
class WithRead<A, B, E, R> extends Bracket<B, E, R> {
  declare readonly taker: Reads<A>
  declare readonly use: (value: A) => Effect.Effect<B, E, R>

  constructor(
    reads: Reads<A>,
    label: string,
    use: (value: A) => Effect.Effect<B, E, R>,
    instead: Effect.Effect<B, E, R> | undefined
  ) {
    super(reads, label, 1, instead)
    this.use = use
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, E, R> {
    const { counter, lock } = this.taker
    if (!canEvaluate || !counter.tryTake(1)) return this.begin(fiber)
    pushFinalizer(fiber, counter.releaseOne)
    return this.use(lock.value) // if it throws, the run loop makes a defect of it, and that pops the finalizer
  }

  override hold(hold: Hold): Effect.Effect<B, E, R> {
    const { counter, lock } = this.taker
    hold.release = counter.releaseOne
    // Suspended: it may throw, and a woken fiber is to call it, not who wakes it.
    return Effect.suspend(() => this.use(lock.value))
  }
}

const build = <A>(label: string, value: A, options: Options = {}): RwLockImpl<A> => {
  const { maxReaders = MAX_READERS, name } = options
  if (!isCount(maxReaders) || maxReaders < 1 || maxReaders > MAX_READERS) {
    const range = `an integer from 1 to MAX_READERS (${MAX_READERS})`
    throw rangeError(label, "maxReaders", range, maxReaders, nameOf("RwLock", name))
  }
  return new RwLockImpl(value, maxReaders, name)
}

/** The implementation of a lock made here; the `…Unsafe` functions reach into it. */
const inProcess = <A>(label: string, self: RwLock<A, any>): RwLockImpl<A> => {
  const backend = self[TypeId]
  if (backend instanceof RwLockImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
