/**
 * A wake-up signal without data.
 *
 * «There is something to do»: whoever waits is woken, and looks for itself what it is. The state that changed is the
 * user's own, a plain array or a flag; Notify only says when to look.
 *
 * - `notified(notify)` waits for a notification.
 * - `notifyOne(notify)` wakes the oldest of those who wait. If nobody does, it is remembered, once: the next to come does
 *   not wait. So a notification is never lost, and ten of them without anybody waiting are one.
 * - `notifyWaiters(notify)` wakes all who wait now, and is not remembered.
 * - `subscribe(notify)` makes a `Notified`, a wait that one holds in hand: it can take its place in the queue before one
 *   looks whether there is anything to wait for.
 * - `class Work extends Notify.Service<Work>()("app/Work", {}) {}` makes it a service.
 *
 * **One consumer**: look, and wait if there is nothing to do. What was notified meanwhile is remembered.
 *
 * ```text
 *   for (;;) {
 *     while (jobs.length > 0) yield* work(jobs.shift())
 *     yield* Notify.notified(notify)
 *   }
 * ```
 *
 * **Several consumers**: take a place first (`enable`), then look, then wait. Two notifications while nobody waits are
 * remembered as one, so that of two consumers who look before they queue, one may find something and the other sleep on
 * though there is more.
 *
 * **When not**: to hand values over, use a channel or `Queue`; for a flag that stays up, Effect's `Latch`; for a value to
 * watch, `SubscriptionRef`.
 *
 * Implementation: `internal/notification.ts`, where the algorithm is explained. Answers `tokio::sync::Notify`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { Misuse } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import { nameOf } from "./internal/arguments.ts"
import {
  Notifications,
  NotifiedHandle,
  type NotifyLike,
  Subscribe,
  To,
  WaitForNotification
} from "./internal/notification.ts"
import { serviceClass } from "./internal/service.ts"

export {
  /**
   * The defect of a handle used after its end.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse
} from "./Errors.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a Notify carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/Notify" = "~effect-sync/Notify"

/**
 * The key under which a Notify carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A wake-up signal. `E` is why an operation can fail: `never` for those made here, the backend's error for one that lives
 * elsewhere.
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
export interface Notify<out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<E>
}

/**
 * A wait that one holds in hand.
 *
 * **When to use**
 *
 * Use where `notified` would come too late: to take a place in the queue before looking whether there is anything to wait
 * for, and not to miss a `notifyWaiters` in between.
 *
 * **Details**
 *
 * - From `subscribe` on, every `notifyWaiters` completes it, whether or not it stands in the queue.
 * - From the first `enable` or `await` on it stands in the queue, and `notifyOne` can reach it, even before it is awaited.
 *   It takes a stored permit instead, if there is one.
 * - It completes once. From when `await` has succeeded or `enable` has said true, the notification is *observed*: it is
 *   not passed on any more, and both give the same answer ever after.
 * - An unobserved notification is passed on when the handle is dropped: one of `notifyOne` to the oldest waiter, one of
 *   `notifyLast` to the newest, one of `notifyWaiters` to nobody. If nobody waits it is stored.
 * - Owned by the scope it was made in, whose finalizer drops it. After its end `drop` does nothing, and the other members
 *   die with `Misuse`. All members but `await` are one step, and all cost O(1).
 *
 * **Gotchas**
 *
 * Several fibers may `await` one handle: it is one waiter, and its one notification completes all of them. For a
 * notification each they need a handle each.
 *
 * Answers `tokio::sync::futures::Notified` and `OwnedNotified`.
 *
 * **Example** (A place in the queue before looking)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   const notified = yield* Notify.subscribe(notify)
 *   const before = yield* notified.enable
 *   yield* Notify.notifyOne(notify) // reaches the handle, though nobody awaits it yet
 *   yield* notified.await
 *   return [before, yield* notified.enable]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Notified<out E = never> extends Handle {
  /**
   * Waits until it is complete; joins the queue if it has no place there yet. Interrupted, it gives the place up, also one
   * that `enable` took, and passes on what was given to it unobserved; unless another fiber awaits it as well. Then it can
   * be awaited again, at the back of the queue. If it is dropped meanwhile, the fiber dies with `Misuse`.
   */
  readonly await: Effect.Effect<void, E>
  /** Joins the queue without waiting, and says whether it is complete: then there is nothing to wait for. */
  readonly enable: Effect.Effect<boolean, E>
  /** `enable` for callbacks. */
  readonly enableUnsafe: () => boolean
  /** Leaves the queue and passes on what was given to it unobserved. Idempotent. tokio: `drop(notified)`. */
  readonly drop: Effect.Effect<void>
}

/**
 * What an implementation of a Notify provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement one that lives elsewhere: an object `{ [Notify.TypeId]: backend, … }` then works with every function
 * here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * No notification may be lost: what was given to a waiter that is interrupted is passed on. Finalizers do not fail in
 * `E`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<out E> {
  readonly _E: () => E
  readonly notified: Effect.Effect<void, E>
  readonly subscribe: Effect.Effect<Notified<E>, never, Scope.Scope>
  readonly notifyOne: Effect.Effect<void, E>
  readonly notifyLast: Effect.Effect<void, E>
  readonly notifyWaiters: Effect.Effect<void, E>
  readonly waiting: Effect.Effect<number>
}

/**
 * Options of the constructors.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Shows in inspection and defects. */
  readonly name?: string
}

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a Notify, with nothing remembered.
 *
 * **When to use**
 *
 * Use for one that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * Costs one small object. Needs no scope; nothing has to be closed.
 *
 * Answers `tokio::sync::Notify::new`.
 *
 * **Example** (A notification that comes first is remembered)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make({ name: "jobs" })
 *   yield* Notify.notifyOne(notify)
 *   const before = notify.toString()
 *   yield* Notify.notified(notify)
 *   return [before, notify.toString()]
 * })
 *
 * Effect.runSync(program) // => ["Notify(jobs: notified, 0 waiting)", "Notify(jobs: not notified, 0 waiting)"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: Options): Effect.Effect<Notify> => Effect.sync(() => makeUnsafe(options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::Notify::const_new`.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Notify } from "effect-sync"
 *
 * const jobs = Notify.makeUnsafe({ name: "jobs" })
 *
 * Notify.waitingUnsafe(jobs) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = (options?: Options): Notify => new NotifyImpl(options?.name)

/**
 * Whether a value is a Notify, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Notify } from "effect-sync"
 *
 * Notify.isNotify(Notify.makeUnsafe()) // => true
 * Notify.isNotify({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isNotify = (u: unknown): u is Notify<unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// waiting
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Waits for a notification.
 *
 * **When to use**
 *
 * Use with one consumer: look what there is to do, wait if there is nothing, look again.
 *
 * **Details**
 *
 * - Waits for: a notification. One that is stored it takes, without waiting.
 * - Order: `notifyOne` wakes the oldest, counted from when this runs; `notifyLast` the newest; `notifyWaiters` all.
 * - Interruption: while it waits it gives up its place. If it was notified and has not run yet, the notification is passed
 *   on: one of `notifyOne` to the oldest waiter, one of `notifyLast` to the newest, one of `notifyWaiters` to nobody; if
 *   nobody waits it is stored.
 * - Cost: O(1), whoever waits.
 * - Fails: with `E`, a backend's error.
 *
 * **Gotchas**
 *
 * What happened before it runs it does not know of, except for a stored notification: a `notifyWaiters` between a look
 * and this wait is missed. And where several consumers look and then wait, notifications that come in between are
 * remembered as one. `subscribe`, and with it `enable` before the look, have neither problem.
 *
 * Being woken means «look», not «there is something»: another may have been there first.
 *
 * Answers `tokio::sync::Notify::notified` and `notified_owned`, awaited at once.
 *
 * **Example** (A consumer that sleeps while there is nothing to do)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   const jobs: Array<number> = []
 *   const consumer = yield* Effect.forkChild(Effect.gen(function*() {
 *     let sum = 0
 *     while (sum < 6) {
 *       yield* Notify.notified(notify)
 *       while (jobs.length > 0) sum += jobs.shift()!
 *     }
 *     return sum
 *   }))
 *   for (const job of [1, 2, 3]) {
 *     jobs.push(job) // first the state,
 *     yield* Notify.notifyOne(notify) // then the notification
 *     yield* Effect.yieldNow
 *   }
 *   return yield* Fiber.join(consumer)
 * })
 *
 * await Effect.runPromise(program) // => 6
 * ```
 *
 * @see {@link subscribe} for several consumers
 * @category waiting
 * @since 0.1.0
 */
export const notified = <E>(self: Notify<E>): Effect.Effect<void, E> => self[TypeId].notified

/**
 * Makes a wait that one holds in hand, owned by the current scope. It is in no queue yet, but from now on every
 * `notifyWaiters` completes it.
 *
 * **When to use**
 *
 * Use before looking whether there is anything to wait for: whatever happens after the look, the handle knows of it.
 * With several consumers call `enable` as well before looking, so that each stands in the queue and gets a notification of
 * its own.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: its place in the queue is that of its first `enable` or `await`. Broadcasts count from here.
 * - Interruption: it has happened, and the scope owns the handle, or it has not.
 * - Cost: O(1). In a scope that is closed already, the handle comes dropped.
 * - Fails: no.
 *
 * **Gotchas**
 *
 * A handle completes once. In a loop make a new one each time, in a scope of its own: `Effect.scoped` around the turn.
 *
 * Answers `tokio::sync::Notify::notified` and `notified_owned`, kept.
 *
 * **Example** (Two consumers, each with a notification of its own)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   const jobs: Array<string> = []
 *   const take: Effect.Effect<string> = Effect.gen(function*() {
 *     for (;;) {
 *       const notified = yield* Notify.subscribe(notify)
 *       yield* notified.enable // first the place,
 *       const job = jobs.shift() // then the look,
 *       if (job !== undefined) return job
 *       yield* notified.await // then the wait
 *     }
 *   }).pipe(Effect.scoped)
 *   const consumers = [yield* Effect.forkChild(take), yield* Effect.forkChild(take)]
 *   yield* Effect.yieldNow
 *   for (const job of ["a", "b"]) {
 *     jobs.push(job)
 *     yield* Notify.notifyOne(notify)
 *   }
 *   return yield* Effect.forEach(consumers, Fiber.join)
 * })
 *
 * await Effect.runPromise(program) // => ["a", "b"]
 * ```
 *
 * @see {@link notified} for a wait without a handle
 * @category waiting
 * @since 0.1.0
 */
export const subscribe = <E>(self: Notify<E>): Effect.Effect<Notified<E>, never, Scope.Scope> => self[TypeId].subscribe

/**
 * `subscribe` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect. Drop it with `Handle.releaseUnsafe`, or give it to a scope with
 * `Handle.transferUnsafe`: nobody else does.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Handle, Notify } from "effect-sync"
 *
 * const notify = Notify.makeUnsafe()
 * const notified = Notify.subscribeUnsafe(notify)
 * Notify.notifyWaitersUnsafe(notify)
 *
 * notified.enableUnsafe() // => true
 * Handle.releaseUnsafe(notified)
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const subscribeUnsafe = (self: Notify): Notified => new NotifiedHandle(inProcess("Notify.subscribeUnsafe", self))

// ---------------------------------------------------------------------------------------------------------------------
// notifying
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Wakes the oldest of those who wait; if nobody does, stores the notification for the next to come.
 *
 * **When to use**
 *
 * Use when there is something for one of them to do. Change the state first, then notify.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: the oldest, counted from when it began to wait or was enabled. Those notified before who have not run yet do
 *   not stand in the queue any more.
 * - One is stored, not more: a second one without anybody waiting changes nothing.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1). Who is woken runs after this fiber's current synchronous steps.
 * - Fails: with `E`, a backend's error.
 *
 * Answers `tokio::sync::Notify::notify_one`.
 *
 * **Example** (Several notifications without a waiter are one)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   yield* Notify.notifyOne(notify)
 *   yield* Notify.notifyOne(notify)
 *   yield* Notify.notified(notify)
 *   const second = yield* Effect.forkChild(Notify.notified(notify), { startImmediately: true })
 *   return [yield* Notify.waiting(notify), second.pollUnsafe()]
 * })
 *
 * Effect.runSync(program) // => [1, undefined]
 * ```
 *
 * @category notifying
 * @since 0.1.0
 */
export const notifyOne = <E>(self: Notify<E>): Effect.Effect<void, E> => self[TypeId].notifyOne

/**
 * `notifyOne` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: an event handler, a timer.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who is woken runs soon after.
 *
 * **Example** (An event handler that wakes a fiber)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const notify = Notify.makeUnsafe()
 * const target = new EventTarget()
 * target.addEventListener("job", () => Notify.notifyOneUnsafe(notify))
 *
 * const program = Effect.as(Notify.notified(notify), "woken")
 * const result = Effect.runPromise(program)
 * target.dispatchEvent(new Event("job"))
 *
 * await result // => "woken"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const notifyOneUnsafe = (self: Notify): void =>
  inProcess("Notify.notifyOneUnsafe", self).notifications.give(To.oldest)

/**
 * Wakes the newest of those who wait; if nobody does, stores the notification for the next to come.
 *
 * **When to use**
 *
 * Use where who waited last is the best to go on, since what it needs is still in a cache. The oldest may wait for ever.
 *
 * **Details**
 *
 * As `notifyOne`, from the other end of the queue. Passed on, if who was woken is interrupted before it ran, it goes to
 * the newest again.
 *
 * Answers `tokio::sync::Notify::notify_last`.
 *
 * **Example** (Last come, first served)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   const first = yield* Notify.subscribe(notify)
 *   const second = yield* Notify.subscribe(notify)
 *   yield* first.enable
 *   yield* second.enable
 *   yield* Notify.notifyLast(notify)
 *   return [yield* first.enable, yield* second.enable]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category notifying
 * @since 0.1.0
 */
export const notifyLast = <E>(self: Notify<E>): Effect.Effect<void, E> => self[TypeId].notifyLast

/**
 * `notifyLast` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who is woken runs soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Notify } from "effect-sync"
 *
 * const notify = Notify.makeUnsafe()
 * Notify.notifyLastUnsafe(notify)
 *
 * notify.toString() // => "Notify(notified, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const notifyLastUnsafe = (self: Notify): void =>
  inProcess("Notify.notifyLastUnsafe", self).notifications.give(To.newest)

/**
 * Wakes all who wait, and completes every `Notified` made before. Stores nothing.
 *
 * **When to use**
 *
 * Use when what changed concerns everybody: a new configuration, the end.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: oldest first. It is atomic: once one of them sees it, all have it; who begins to wait afterwards, even one of
 *   those it woke, is not reached. Handles of `subscribe` count from when they were made, in the queue or not.
 * - A stored notification is neither taken nor made.
 * - Interruption: it has happened or it has not.
 * - Cost: O(those who wait).
 * - Fails: with `E`, a backend's error.
 *
 * Answers `tokio::sync::Notify::notify_waiters`.
 *
 * **Example** (All who wait now, and nobody who comes later)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   const before = yield* Notify.subscribe(notify)
 *   yield* Notify.notifyWaiters(notify)
 *   const after = yield* Notify.subscribe(notify)
 *   return [yield* before.enable, yield* after.enable]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category notifying
 * @since 0.1.0
 */
export const notifyWaiters = <E>(self: Notify<E>): Effect.Effect<void, E> => self[TypeId].notifyWaiters

/**
 * `notifyWaiters` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: those who are woken run soon after.
 *
 * **Example** (It is not remembered)
 *
 * ```ts import.meta.vitest
 * import { Notify } from "effect-sync"
 *
 * const notify = Notify.makeUnsafe()
 * Notify.notifyWaitersUnsafe(notify)
 *
 * notify.toString() // => "Notify(not notified, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const notifyWaitersUnsafe = (self: Notify): void =>
  inProcess("Notify.notifyWaitersUnsafe", self).notifications.broadcast()

// ---------------------------------------------------------------------------------------------------------------------
// getters
// ---------------------------------------------------------------------------------------------------------------------

/**
 * How many wait: fibers in `notified`, and handles in the queue, each once, however many fibers await it.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Those who were notified but have not run yet do not count. Never waits.
 *
 * **Example** (One fiber and one handle)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const notify = yield* Notify.make()
 *   yield* Effect.forkChild(Notify.notified(notify), { startImmediately: true })
 *   const notified = yield* Notify.subscribe(notify)
 *   yield* notified.enable
 *   return yield* Notify.waiting(notify)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Notify<any>): Effect.Effect<number> => self[TypeId].waiting

/**
 * `waiting` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Nobody waits)
 *
 * ```ts import.meta.vitest
 * import { Notify } from "effect-sync"
 *
 * Notify.waitingUnsafe(Notify.makeUnsafe()) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Notify): number =>
  inProcess("Notify.waitingUnsafe", self).notifications.listeners.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `Notify.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out E>
  extends Context.ServiceClass<Self, Id, Notify<E>>
{
  /** Provides the service. One object, so one Notify for all who share the layer. */
  readonly layer: Layer.Layer<Self>
  /** The same service under another name; a new Notify per call. */
  readonly layerWith: (options: Options) => Layer.Layer<Self>
  readonly notified: Effect.Effect<void, E, Self>
  readonly subscribe: Effect.Effect<Notified<E>, never, Self | Scope.Scope>
  readonly notifyOne: Effect.Effect<void, E, Self>
  readonly notifyLast: Effect.Effect<void, E, Self>
  readonly notifyWaiters: Effect.Effect<void, E, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * Declares a Notify as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when one component notifies and another waits.
 *
 * **Details**
 *
 * - `layer` is one object and therefore one Notify for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a Notify first has an accessor of the same name without it.
 * - The first call states `E`, if another backend may provide the service: `Notify.Service<Self, RedisError>()`. The
 *   layers built here still fit, since they never fail.
 * - The name is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two of them, and no notification arrives: provide once, at the root. Two
 * services with one id alias each other.
 *
 * **Example** (One component notifies another)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Notify } from "effect-sync"
 *
 * class Reload extends Notify.Service<Reload>()("app/Reload", {}) {}
 *
 * const program = Effect.gen(function*() {
 *   yield* Reload.notifyOne
 *   yield* Reload.notified
 *   return "reloaded"
 * })
 *
 * Effect.runSync(Effect.provide(program, Reload.layer)) // => "reloaded"
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service =
  <Self, E = never>(): <const Id extends string>(id: Id, options: Options) => ServiceClass<Self, Id, E> =>
  (id: string, options: Options): any =>
    serviceClass(id, { ...options }, ({ name }) => make({ name }), {
      values: { notified, subscribe, notifyOne, notifyLast, notifyWaiters, waiting },
      functions: {},
      brackets: {}
    })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

class NotifyImpl extends Pipeable.Class implements Backend<never>, NotifyLike {
  declare readonly _E: () => never
  readonly notifications = new Notifications()
  readonly name: string | undefined

  constructor(name: string | undefined) {
    super()
    this.name = name
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("Notify", this.name)
  }

  get notified(): Effect.Effect<void> {
    return new WaitForNotification(this.notifications)
  }

  get subscribe(): Effect.Effect<Notified, never, Scope.Scope> {
    return new Subscribe(this)
  }

  get notifyOne(): Effect.Effect<void> {
    return Effect.sync(() => this.notifications.give(To.oldest))
  }

  get notifyLast(): Effect.Effect<void> {
    return Effect.sync(() => this.notifications.give(To.newest))
  }

  get notifyWaiters(): Effect.Effect<void> {
    return Effect.sync(() => this.notifications.broadcast())
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.notifications.listeners.size)
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/Notify",
      ...(this.name !== undefined && { name: this.name }),
      notified: this.notifications.permit,
      waiting: this.notifications.listeners.size
    }
  }

  override toString(): string {
    const { listeners, permit } = this.notifications
    return `Notify(${this.name === undefined ? "" : `${this.name}: `}${
      permit ? "notified" : "not notified"
    }, ${listeners.size} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

/** The implementation of a Notify made here; the `…Unsafe` functions reach into it. */
const inProcess = (label: string, self: Notify<any>): NotifyImpl => {
  const backend = self[TypeId]
  if (backend instanceof NotifyImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
