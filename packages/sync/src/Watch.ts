/**
 * The latest value, and news of it: many watch what few change.
 *
 * A configuration, the state of a connection, the price of something: those who watch want to know that it changed and
 * what it is now, not every value it had in between. The channel keeps one value. A sender replaces it, and each receiver
 * knows whether it has *seen* the value that is there.
 *
 * - `send(sender, a)` replaces the value; `sendModify`, `sendIfModified`, `sendReplace` compute it from the one there is.
 * - `changed(receiver)` waits until there is a value this receiver has not seen, and marks it seen.
 * - `borrow` looks, `borrowAndUpdate` looks and marks it seen, `waitFor` waits for a value that satisfies a predicate.
 * - `stream(receiver)` gives the current value, then changes.
 * - `class Settings extends Watch.Service<Settings>()("app/Settings", { initial }) {}` makes it a service.
 *
 * ```text
 *   versions   1 ── 2 ── 3 ── 4 ── 5 (the value)
 *   receiver A ─────────┘ saw 3: has changed, the next look gives 5 and skips 4
 *   receiver B ───────────────────┘ saw 5: `changed` waits
 * ```
 *
 * **How it differs from `SubscriptionRef`**: its `changes` give every value to every subscriber, so they queue what is
 * slow to be read. Here any number of changes between two looks is one, a sender costs the same however slow the receivers
 * are, and memory is one value. Receivers know when there are no more senders, senders when nobody watches.
 *
 * **When not**: if every value counts, use `Broadcast`; if it changes once, `SetOnce`; for a wake-up without a value,
 * `Notify`.
 *
 * **Several fibers on one receiver** share what it has seen: one change completes all who wait at that moment, and who
 * comes later finds it seen. For a view of their own give each a receiver (`clone`, `subscribe`).
 *
 * Implementation: `internal/watchChannel.ts`, where the algorithm is explained. Answers `tokio::sync::watch` and
 * `tokio_stream::wrappers::WatchStream`.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Misuse, type SendError } from "./Errors.ts"
import { type Handle, release, releaseUnsafe } from "./Handle.ts"
import { channelServiceClass, type SenderOf, type SourceOf } from "./internal/channelService.ts"
import { ended } from "./internal/ended.ts"
import { newHandle, newHandles } from "./internal/newHandle.ts"
import { queueView, streamOf } from "./internal/streams.ts"
import * as internal from "./internal/watchChannel.ts"
import { ReceiverHandle, SenderHandle, SourceHandle, WatchChannel } from "./internal/watchChannel.ts"

export {
  /**
   * The defect of a handle used after its end.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `send` where nobody receives.
   *
   * @category errors
   * @since 0.1.0
   */
  SendError
} from "./Errors.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a sender carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const STypeId: "~effect-sync/Watch/Sender" = internal.STypeId

/**
 * The key under which a sender carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type STypeId = typeof STypeId

/**
 * The key under which a receiver carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const RTypeId: "~effect-sync/Watch/Receiver" = internal.RTypeId

/**
 * The key under which a receiver carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type RTypeId = typeof RTypeId

/**
 * The half that changes the value. `E` is why an operation can fail beyond what its name says: `never` for those made
 * here, the backend's error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service of whoever changes the value. Each `clone` is one sender more; when the last
 * is dropped, the receivers end.
 *
 * **Details**
 *
 * Owned by the scope it was made in, whose finalizer drops it. After its end `drop` does nothing, `isClosed`, the counts
 * and `waiting` still answer, and everything else dies with `Misuse`; so does a fiber that is in `closed` through it when
 * it is dropped.
 *
 * @see {@link make} for making one
 * @category models
 * @since 0.1.0
 */
export interface Sender<in out A, out E = never> extends Handle {
  readonly [STypeId]: SenderBackend<A, E>
}

/**
 * The half that watches: it knows which value it saw last.
 *
 * **When to use**
 *
 * Use as the type of a parameter of whoever watches. One per observer: it is the observer's place in the history.
 *
 * **Details**
 *
 * Owned by the scope it was made in, whose finalizer drops it. That ends what waits on it with `Done`, as the loss of all
 * senders does. After its end `drop` does nothing, `waiting` and `sameChannel` still answer, and everything else dies with
 * `Misuse`.
 *
 * @see {@link subscribe} for making one more
 * @category models
 * @since 0.1.0
 */
export interface Receiver<out A, out E = never> extends Handle {
  readonly [RTypeId]: ReceiverBackend<A, E>
}

/**
 * A look at the value, and whether it was news.
 *
 * **Details**
 *
 * `hasChanged` is what it was before the look, so `borrowAndUpdateRef` tells whether it marked anything. On a sender,
 * which has no place in the history, it is `false`. Answers `tokio::sync::watch::Ref`, without the lock: a value once
 * given stays what it is while others send.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ref<out A> {
  readonly value: A
  readonly hasChanged: boolean
}

/**
 * What an implementation of a sender provides; the functions on senders rest on it.
 *
 * **When to use**
 *
 * Use to implement a channel that lives elsewhere: an object `{ [Watch.STypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * What `update` is given as `label` is the public function that was called, for messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface SenderBackend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  /** The same for all halves of one channel. */
  readonly channel: unknown
  readonly borrow: Effect.Effect<A, E>
  readonly borrowRef: Effect.Effect<Ref<A>, E>
  readonly closed: Effect.Effect<void, E>
  readonly isClosed: Effect.Effect<boolean>
  readonly receiverCount: Effect.Effect<number>
  readonly senderCount: Effect.Effect<number>
  readonly waiting: Effect.Effect<number>
  readonly subscribe: Effect.Effect<Receiver<A, E>, never, Scope.Scope>
  readonly clone: Effect.Effect<Sender<A, E>, never, Scope.Scope>
  send(a: A): Effect.Effect<void, SendError<A> | E>
  /** Computes, and replaces the value and notifies if `f` gives a value to replace it. */
  update<B>(label: string, f: (a: A) => readonly [B, Option.Option<A>]): Effect.Effect<B, E>
}

/**
 * What an implementation of a receiver provides; the functions on receivers rest on it.
 *
 * **When to use**
 *
 * Use to implement a channel that lives elsewhere.
 *
 * **Details**
 *
 * Marking a value as seen, and the fiber going on with it, must be one step: an interruption before has marked nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverBackend<out A, out E> {
  readonly _A: () => A
  readonly _E: () => E
  /** The same for all halves of one channel. */
  readonly channel: unknown
  readonly borrow: Effect.Effect<A, E>
  readonly borrowRef: Effect.Effect<Ref<A>, E>
  readonly borrowAndUpdate: Effect.Effect<A, E>
  readonly borrowAndUpdateRef: Effect.Effect<Ref<A>, E>
  readonly hasChanged: Effect.Effect<boolean, Cause.Done | E>
  readonly changed: Effect.Effect<void, Cause.Done | E>
  readonly ready: Effect.Effect<void, Cause.Done | E>
  readonly markChanged: Effect.Effect<void>
  readonly markUnchanged: Effect.Effect<void>
  readonly waiting: Effect.Effect<number>
  readonly clone: Effect.Effect<Receiver<A, E>, never, Scope.Scope>
  waitFor(predicate: (a: A) => boolean): Effect.Effect<A, Cause.Done | E>
  /**
   * The pull of one run of a stream: it waits as `changed` does and gives the value, in the step in which that is marked.
   * With `current` the first pull that succeeds does not wait.
   */
  pull(current: boolean): Effect.Effect<readonly [A], Cause.Done | E>
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
 * Makes a channel: a sender and a receiver, and the value it begins with, which counts as seen.
 *
 * **When to use**
 *
 * Use for a channel that is passed as values. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * Both halves are owned by the current scope, in the same step. Costs three small objects.
 *
 * **Gotchas**
 *
 * The value is not copied: replace it by a new one instead of writing into it.
 *
 * Answers `tokio::sync::watch::channel`.
 *
 * **Example** (Any number of changes is one)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make("cold", { name: "oven" })
 *   const before = yield* Watch.hasChanged(receiver)
 *   yield* Watch.send(sender, "warm")
 *   yield* Watch.send(sender, "hot")
 *   yield* Watch.changed(receiver)
 *   return [before, yield* Watch.borrow(receiver), yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, "hot", false]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  initial: A,
  options?: Options
): Effect.Effect<readonly [sender: Sender<A>, receiver: Receiver<A>], never, Scope.Scope> =>
  newHandles("Watch.make", () => halves(initial, options))

/**
 * `make` outside Effect: nobody owns the halves.
 *
 * **When to use**
 *
 * Use at module level and in callbacks. Give the halves to a scope with `Handle.transferUnsafe`, or drop them by hand.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(1)
 * Watch.sendUnsafe(sender, 2)
 *
 * Watch.borrowUnsafe(receiver) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(
  initial: A,
  options?: Options
): readonly [sender: Sender<A>, receiver: Receiver<A>] => halves(initial, options)

/**
 * Makes a channel without a receiver.
 *
 * **When to use**
 *
 * Use where those who watch come and go by `subscribe`.
 *
 * **Details**
 *
 * The sender is owned by the current scope. Until somebody subscribes, `send` fails; `sendModify`, `sendIfModified` and
 * `sendReplace` store.
 *
 * Answers `tokio::sync::watch::Sender::new`.
 *
 * **Example** (The first receiver comes later)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Watch.makeSender(1)
 *   yield* Watch.sendReplace(sender, 2)
 *   const receiver = yield* Watch.subscribe(sender)
 *   return yield* Watch.borrow(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSender = <A>(initial: A, options?: Options): Effect.Effect<Sender<A>, never, Scope.Scope> =>
  newHandle("Watch.makeSender", () => newSender(initial, options))

/**
 * `makeSender` outside Effect: nobody owns the sender.
 *
 * **When to use**
 *
 * Use at module level and in callbacks.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * Watch.receiverCountUnsafe(Watch.makeSenderUnsafe("idle")) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeSenderUnsafe = <A>(initial: A, options?: Options): Sender<A> => newSender(initial, options)

/**
 * Whether a value is a sender, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(0)
 *
 * Watch.isSender(sender) // => true
 * Watch.isSender(receiver) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSender = (u: unknown): u is Sender<unknown, unknown> => hasProperty(u, STypeId)

/**
 * Whether a value is a receiver, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(0)
 *
 * Watch.isReceiver(receiver) // => true
 * Watch.isReceiver(sender) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isReceiver = (u: unknown): u is Receiver<unknown, unknown> => hasProperty(u, RTypeId)

// ---------------------------------------------------------------------------------------------------------------------
// sending
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Replaces the value and notifies the receivers, if there is any.
 *
 * **When to use**
 *
 * Use to announce a value to those who watch now. To store it also for those who come later, use `sendReplace`.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: all who wait for a change are woken, in no order that may be relied on; they run after the current steps of this
 *   fiber and find the value that is latest then. An equal value is a change too.
 * - Interruption: it has sent and goes on, or it has not sent.
 * - Cost: O(1), plus one wake-up for each fiber that waits. Receivers on which nobody waits cost nothing.
 * - Fails: with `SendError`, which carries the value, if there is no receiver; nothing is stored then. With `E`.
 *
 * Answers `tokio::sync::watch::Sender::send`.
 *
 * **Example** (Nobody watches)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1, { name: "level" })
 *   yield* Watch.send(sender, 2)
 *   yield* Watch.drop(receiver)
 *   const error = yield* Effect.flip(Watch.send(sender, 3))
 *   return [error.message, error.value, yield* Watch.borrow(sender)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["Watch.send: Watch \"level\" has no receiver", 3, 2]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const send: {
  <A>(a: A): <E>(self: Sender<A, E>) => Effect.Effect<void, SendError<A> | E>
  <A, E>(self: Sender<A, E>, a: NoInfer<A>): Effect.Effect<void, SendError<A> | E>
} = dual(2, <A, E>(self: Sender<A, E>, a: A): Effect.Effect<void, SendError<A> | E> => self[STypeId].send(a))

/**
 * `send` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: a signal, a socket's event, a timer.
 *
 * **Details**
 *
 * Gives a `Result`. Runs no other fiber on its own stack: who waited goes on soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe("down")
 * setTimeout(() => Watch.sendUnsafe(sender, "up"), 1)
 *
 * await Effect.runPromise(Watch.waitFor(receiver, (state) => state === "up")) // => "up"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendUnsafe: {
  <A>(a: A): (self: Sender<A>) => Result.Result<void, SendError<A>>
  <A>(self: Sender<A>, a: NoInfer<A>): Result.Result<void, SendError<A>>
} = dual(2, <A>(self: Sender<A>, a: A): Result.Result<void, SendError<A>> => {
  const refusal = senderOf("Watch.sendUnsafe", self).trySend("Watch.sendUnsafe", a)
  return refusal === undefined ? Result.void : Result.fail(refusal)
})

/**
 * Computes the value from the one there is, and notifies the receivers.
 *
 * **When to use**
 *
 * Use to change a part of the value, or to store one whether or not anybody watches.
 *
 * **Details**
 *
 * - Waits for: nothing. One step, so that nobody gets in between.
 * - Order: as `send`.
 * - Interruption: it has happened, or it has not.
 * - Cost: as `send`.
 * - Fails: with `E` alone; without receivers it stores. If `f` throws, that is a defect: nothing is stored and nobody is
 *   notified. (In tokio, what `f` has changed in place before it panics stays visible.)
 *
 * Answers `tokio::sync::watch::Sender::send_modify`.
 *
 * **Example** (A counter)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make({ done: 0, total: 3 })
 *   yield* Watch.sendModify(sender, (progress) => ({ ...progress, done: progress.done + 1 }))
 *   return yield* Watch.borrowRef(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => { value: { done: 1, total: 3 }, hasChanged: true }
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const sendModify: {
  <A>(f: (a: A) => A): <E>(self: Sender<A, E>) => Effect.Effect<void, E>
  <A, E>(self: Sender<A, E>, f: (a: A) => A): Effect.Effect<void, E>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, f: (a: A) => A): Effect.Effect<void, E> =>
    self[STypeId].update("Watch.sendModify", modifying(f))
)

/**
 * `sendModify` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks. What `f` throws is thrown.
 *
 * **Example** (Counting)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const sender = Watch.makeSenderUnsafe(1)
 * Watch.sendModifyUnsafe(sender, (n) => n + 1)
 *
 * Watch.borrowUnsafe(sender) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendModifyUnsafe: {
  <A>(f: (a: A) => A): (self: Sender<A>) => void
  <A>(self: Sender<A>, f: (a: A) => A): void
} = dual(2, <A>(self: Sender<A>, f: (a: A) => A): void => {
  senderOf("Watch.sendModifyUnsafe", self).updateNow("Watch.sendModifyUnsafe", modifying(f))
})

/**
 * Computes the value from the one there is, or decides to leave it; tells which.
 *
 * **When to use**
 *
 * Use to notify only if there is news: an equal value would be a change too.
 *
 * **Details**
 *
 * As `sendModify`; if `f` gives `none`, nothing is stored, nobody is notified, and the answer is `false`.
 *
 * tokio's closure changes the value in place and returns whether to notify, so it can also change it silently. Here a
 * change is always told.
 *
 * Answers `tokio::sync::watch::Sender::send_if_modified`.
 *
 * **Example** (Only if it is news)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   const set = (n: number) => Watch.sendIfModified(sender, (old) => n === old ? Option.none() : Option.some(n))
 *   const same = yield* set(1)
 *   const unseen = yield* Watch.hasChanged(receiver)
 *   return [same, unseen, yield* set(2), yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, false, true, true]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const sendIfModified: {
  <A>(f: (a: A) => Option.Option<A>): <E>(self: Sender<A, E>) => Effect.Effect<boolean, E>
  <A, E>(self: Sender<A, E>, f: (a: A) => Option.Option<A>): Effect.Effect<boolean, E>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, f: (a: A) => Option.Option<A>): Effect.Effect<boolean, E> =>
    self[STypeId].update("Watch.sendIfModified", ifModified(f))
)

/**
 * `sendIfModified` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks. What `f` throws is thrown.
 *
 * **Example** (Only upwards)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const highest = Watch.makeSenderUnsafe(5)
 * const record = (n: number) =>
 *   Watch.sendIfModifiedUnsafe(highest, (old) => n > old ? Option.some(n) : Option.none())
 *
 * record(3) // => false
 * record(7) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendIfModifiedUnsafe: {
  <A>(f: (a: A) => Option.Option<A>): (self: Sender<A>) => boolean
  <A>(self: Sender<A>, f: (a: A) => Option.Option<A>): boolean
} = dual(
  2,
  <A>(self: Sender<A>, f: (a: A) => Option.Option<A>): boolean =>
    senderOf("Watch.sendIfModifiedUnsafe", self).updateNow("Watch.sendIfModifiedUnsafe", ifModified(f))
)

/**
 * Replaces the value, notifies the receivers, and gives the value that was there.
 *
 * **When to use**
 *
 * Use to store a value whether or not anybody watches, or for the old one.
 *
 * **Details**
 *
 * As `sendModify`: it waits for nothing, works without receivers, and fails with `E` alone.
 *
 * Answers `tokio::sync::watch::Sender::send_replace`.
 *
 * **Example** (The old one)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Watch.makeSender("old")
 *   return [yield* Watch.sendReplace(sender, "new"), yield* Watch.borrow(sender)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["old", "new"]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const sendReplace: {
  <A>(a: A): <E>(self: Sender<A, E>) => Effect.Effect<A, E>
  <A, E>(self: Sender<A, E>, a: A): Effect.Effect<A, E>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, a: A): Effect.Effect<A, E> => self[STypeId].update("Watch.sendReplace", replacing(a))
)

/**
 * `sendReplace` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Without receivers)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const sender = Watch.makeSenderUnsafe("old")
 *
 * Watch.sendReplaceUnsafe(sender, "new") // => "old"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendReplaceUnsafe: {
  <A>(a: A): (self: Sender<A>) => A
  <A>(self: Sender<A>, a: A): A
} = dual(
  2,
  <A>(self: Sender<A>, a: A): A =>
    senderOf("Watch.sendReplaceUnsafe", self).updateNow("Watch.sendReplaceUnsafe", replacing(a))
)

/**
 * Waits until nobody watches.
 *
 * **When to use**
 *
 * Use to stop making values that nobody would see: `Effect.race(produce, Watch.closed(sender))`.
 *
 * **Details**
 *
 * - Waits for: the last receiver to be dropped. Without receivers it goes on at once.
 * - Order: all who wait are woken.
 * - Interruption: it stops waiting, which changes nothing.
 * - Cost: O(1) to wait or to leave.
 * - Fails: with `E` alone. Dies with `Misuse` if the sender is dropped meanwhile.
 *
 * **Gotchas**
 *
 * It says what is true when it goes on: a moment without receivers that is over by then it may miss. And it is no end:
 * `subscribe` opens the channel again.
 *
 * Answers `tokio::sync::watch::Sender::closed`.
 *
 * **Example** (The last one goes)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   const producer = yield* Effect.forkChild(Effect.as(Watch.closed(sender), "stopped"))
 *   yield* Effect.yieldNow
 *   yield* Watch.drop(receiver)
 *   return yield* Fiber.join(producer)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "stopped"
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const closed = <E>(self: Sender<any, E>): Effect.Effect<void, E> => self[STypeId].closed

/**
 * Whether nobody watches right now.
 *
 * **When to use**
 *
 * Use to skip making a value that nobody would see.
 *
 * **Details**
 *
 * Never waits. It changes back when somebody subscribes. Also of a sender that was dropped.
 *
 * Answers `tokio::sync::watch::Sender::is_closed`.
 *
 * **Example** (There and back)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Watch.makeSender(0)
 *   const before = yield* Watch.isClosed(sender)
 *   yield* Watch.subscribe(sender)
 *   return [before, yield* Watch.isClosed(sender)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isClosed = (self: Sender<any, any>): Effect.Effect<boolean> => self[STypeId].isClosed

/**
 * `isClosed` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (No receiver yet)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * Watch.isClosedUnsafe(Watch.makeSenderUnsafe(0)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isClosedUnsafe = (self: Sender<any>): boolean =>
  senderOf("Watch.isClosedUnsafe", self).channel.receivers === 0

/**
 * How many receivers there are.
 *
 * **When to use**
 *
 * Use for metrics.
 *
 * **Details**
 *
 * Never waits. Also of a sender that was dropped. Answers `tokio::sync::watch::Sender::receiver_count`.
 *
 * **Example** (One more)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Watch.make(0)
 *   yield* Watch.subscribe(sender)
 *   return yield* Watch.receiverCount(sender)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const receiverCount = (self: Sender<any, any>): Effect.Effect<number> => self[STypeId].receiverCount

/**
 * `receiverCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (A new channel)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender] = Watch.makeUnsafe(0)
 *
 * Watch.receiverCountUnsafe(sender) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const receiverCountUnsafe = (self: Sender<any>): number =>
  senderOf("Watch.receiverCountUnsafe", self).channel.receivers

/**
 * How many senders there are.
 *
 * **When to use**
 *
 * Use for metrics.
 *
 * **Details**
 *
 * Never waits. Also of a sender that was dropped. Answers `tokio::sync::watch::Sender::sender_count`.
 *
 * **Example** (A clone counts)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Watch.makeSender(0)
 *   yield* Watch.clone(sender)
 *   return yield* Watch.senderCount(sender)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const senderCount = (self: Sender<any, any>): Effect.Effect<number> => self[STypeId].senderCount

/**
 * `senderCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (A new channel)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * Watch.senderCountUnsafe(Watch.makeSenderUnsafe(0)) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const senderCountUnsafe = (self: Sender<any>): number =>
  senderOf("Watch.senderCountUnsafe", self).channel.senders

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The value, as it is now. Marks nothing.
 *
 * **When to use**
 *
 * Use to read the value where it does not matter whether it is news.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order, interruption: one step.
 * - Cost: O(1).
 * - Fails: with `E` alone, also when all senders or all receivers are gone: the last value stays.
 *
 * Answers `tokio::sync::watch::Sender::borrow` and `Receiver::borrow`.
 *
 * **Example** (A look leaves it unseen)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   return [yield* Watch.borrow(receiver), yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, true]
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const borrow = <A, E>(self: Sender<A, E> | Receiver<A, E>): Effect.Effect<A, E> => backendOf(self).borrow

/**
 * `borrow` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (From either half)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe("a")
 *
 * Watch.borrowUnsafe(sender) // => "a"
 * Watch.borrowUnsafe(receiver) // => "a"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const borrowUnsafe = <A>(self: Sender<A> | Receiver<A>): A =>
  halfOf("Watch.borrowUnsafe", self).borrowNow("Watch.borrowUnsafe")

/**
 * The value, as it is now, which counts as seen from then on.
 *
 * **When to use**
 *
 * Use in a loop with `changed`, so that a change between the two is not reported again.
 *
 * **Details**
 *
 * As `borrow`; the value is marked and given in one step.
 *
 * Answers `tokio::sync::watch::Receiver::borrow_and_update`.
 *
 * **Example** (Seen)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   return [yield* Watch.borrowAndUpdate(receiver), yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, false]
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const borrowAndUpdate = <A, E>(self: Receiver<A, E>): Effect.Effect<A, E> => self[RTypeId].borrowAndUpdate

/**
 * `borrowAndUpdate` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Seen)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(1)
 * Watch.sendUnsafe(sender, 2)
 *
 * Watch.borrowAndUpdateUnsafe(receiver) // => 2
 * Watch.hasChangedUnsafe(receiver) // => Result.succeed(false)
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const borrowAndUpdateUnsafe = <A>(self: Receiver<A>): A =>
  receiverOf("Watch.borrowAndUpdateUnsafe", self).borrowAndUpdateNow("Watch.borrowAndUpdateUnsafe")

/**
 * The value, and whether it is unseen. Marks nothing.
 *
 * **When to use**
 *
 * Use for both in one step. Unlike `hasChanged` it answers when all senders are gone, too.
 *
 * **Details**
 *
 * As `borrow`. Answers `Ref::has_changed` of `tokio::sync::watch`.
 *
 * **Example** (News)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   return yield* Watch.borrowRef(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => { value: 2, hasChanged: true }
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const borrowRef = <A, E>(self: Sender<A, E> | Receiver<A, E>): Effect.Effect<Ref<A>, E> =>
  backendOf(self).borrowRef

/**
 * `borrowRef` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (No news on a sender)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * Watch.borrowRefUnsafe(Watch.makeSenderUnsafe(1)) // => { value: 1, hasChanged: false }
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const borrowRefUnsafe = <A>(self: Sender<A> | Receiver<A>): Ref<A> =>
  halfOf("Watch.borrowRefUnsafe", self).borrowRefNow("Watch.borrowRefUnsafe")

/**
 * The value, which counts as seen from then on, and whether it was unseen before.
 *
 * **When to use**
 *
 * Use to act on news only, without waiting for it.
 *
 * **Details**
 *
 * As `borrowAndUpdate`. Answers `Ref::has_changed` after `Receiver::borrow_and_update` of `tokio::sync::watch`.
 *
 * **Example** (Twice)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   const look = Effect.map(Watch.borrowAndUpdateRef(receiver), (ref) => ref.hasChanged)
 *   return [yield* look, yield* look]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const borrowAndUpdateRef = <A, E>(self: Receiver<A, E>): Effect.Effect<Ref<A>, E> =>
  self[RTypeId].borrowAndUpdateRef

/**
 * `borrowAndUpdateRef` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Nothing new)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [, receiver] = Watch.makeUnsafe(1)
 *
 * Watch.borrowAndUpdateRefUnsafe(receiver) // => { value: 1, hasChanged: false }
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const borrowAndUpdateRefUnsafe = <A>(self: Receiver<A>): Ref<A> =>
  receiverOf("Watch.borrowAndUpdateRefUnsafe", self).borrowAndUpdateRefNow("Watch.borrowAndUpdateRefUnsafe")

/**
 * Whether the value is one that this receiver has not seen.
 *
 * **When to use**
 *
 * Use to look for news without waiting and without marking it.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order, interruption: one step. Versions are compared, not values.
 * - Cost: O(1).
 * - Fails: with `Done` if no sender is left, **seen or not**; `changed` still succeeds once for a last value that is
 *   unseen. `borrowRef` answers in any case. With `E`.
 *
 * Answers `tokio::sync::watch::Receiver::has_changed`.
 *
 * **Example** (An equal value is news)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   const before = yield* Watch.hasChanged(receiver)
 *   yield* Watch.send(sender, 1)
 *   return [before, yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const hasChanged = <E>(self: Receiver<any, E>): Effect.Effect<boolean, Cause.Done | E> =>
  self[RTypeId].hasChanged

/**
 * `hasChanged` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks. Gives a `Result`.
 *
 * **Example** (No sender left)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(1)
 *
 * Watch.hasChangedUnsafe(receiver) // => Result.succeed(false)
 * Watch.dropUnsafe(sender)
 * Result.isFailure(Watch.hasChangedUnsafe(receiver)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const hasChangedUnsafe = (self: Receiver<any>): Result.Result<boolean, Cause.Done> => {
  const hasChanged = receiverOf("Watch.hasChangedUnsafe", self).hasChangedNow("Watch.hasChangedUnsafe")
  return hasChanged === undefined ? ended.result : Result.succeed(hasChanged)
}

/**
 * Makes the current value unseen for this receiver.
 *
 * **When to use**
 *
 * Use to let a loop over `changed` begin with the value that is there, or to look at it again later.
 *
 * **Details**
 *
 * Never waits; may be repeated. A fiber that waits for a change on this receiver goes on. One step.
 *
 * Answers `tokio::sync::watch::Receiver::mark_changed`.
 *
 * **Example** (The initial value as news)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [, receiver] = yield* Watch.make("initial")
 *   yield* Watch.markChanged(receiver)
 *   yield* Watch.changed(receiver) // does not wait
 *   return yield* Watch.borrow(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "initial"
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const markChanged = (self: Receiver<any, any>): Effect.Effect<void> => self[RTypeId].markChanged

/**
 * `markChanged` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Unseen)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const [, receiver] = Watch.makeUnsafe(1)
 * Watch.markChangedUnsafe(receiver)
 *
 * Watch.borrowRefUnsafe(receiver).hasChanged // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const markChangedUnsafe = (self: Receiver<any>): void =>
  receiverOf("Watch.markChangedUnsafe", self).markChangedNow("Watch.markChangedUnsafe")

/**
 * Makes the current value seen for this receiver.
 *
 * **When to use**
 *
 * Use to skip what has happened so far and wait for what comes next.
 *
 * **Details**
 *
 * Never waits; may be repeated. One step. Answers `tokio::sync::watch::Receiver::mark_unchanged`.
 *
 * **Example** (Skipped)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   yield* Watch.markUnchanged(receiver)
 *   return yield* Watch.hasChanged(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => false
 * ```
 *
 * @category looking
 * @since 0.1.0
 */
export const markUnchanged = (self: Receiver<any, any>): Effect.Effect<void> => self[RTypeId].markUnchanged

/**
 * `markUnchanged` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Seen)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(1)
 * Watch.sendUnsafe(sender, 2)
 * Watch.markUnchangedUnsafe(receiver)
 *
 * Watch.borrowRefUnsafe(receiver).hasChanged // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const markUnchangedUnsafe = (self: Receiver<any>): void =>
  receiverOf("Watch.markUnchangedUnsafe", self).markUnchangedNow("Watch.markUnchangedUnsafe")

// ---------------------------------------------------------------------------------------------------------------------
// waiting
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Waits until there is a value that this receiver has not seen, and marks it seen.
 *
 * **When to use**
 *
 * Use in a loop: `changed`, then look. `stream` is that loop.
 *
 * **Details**
 *
 * - Waits for: a value that is unseen. If there is one, for nothing.
 * - Order: a change wakes all who wait; in which order they run is not promised.
 * - Interruption: nothing was marked; the change is there for the next one. Marking and going on are one step.
 * - Cost: O(1) to wait or to leave.
 * - Fails: with `Done` if no sender is left *and* the value is seen: the last value is never missed. If the receiver is
 *   dropped meanwhile, with `Done` as well. With `E`.
 *
 * **Gotchas**
 *
 * Several fibers may wait on one receiver, and one change completes all of them, though the first to run marks it: it also
 * completes when a sibling has marked the change it waited for. Who comes after that waits for the next change.
 *
 * Answers `tokio::sync::watch::Receiver::changed`.
 *
 * **Example** (The last value, then the end)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   yield* Watch.drop(sender)
 *   yield* Watch.changed(receiver)
 *   const last = yield* Watch.borrow(receiver)
 *   const end = yield* Effect.flip(Watch.changed(receiver))
 *   return [last, end._tag]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, "Done"]
 * ```
 *
 * @see {@link ready} for the side of a race
 * @category waiting
 * @since 0.1.0
 */
export const changed = <E>(self: Receiver<any, E>): Effect.Effect<void, Cause.Done | E> => self[RTypeId].changed

/**
 * Waits until `changed` would not wait. Marks nothing.
 *
 * **When to use**
 *
 * Use as one side of a race. `Effect.race(Watch.changed(receiver), other)` may mark a change and lose the race by a step,
 * and then the change counts as seen though nobody saw it; with `ready` it is still there.
 *
 * **Details**
 *
 * As `changed`, but that it marks nothing: whoever goes on calls `changed` or `borrowAndUpdate`. A change that came while
 * it waited completes it, also if a sibling fiber on the same receiver has marked that change since.
 *
 * tokio's `select!` on `changed` needs none of this, since a branch that loses was not polled to its end.
 *
 * **Example** (Whichever comes first)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   yield* Effect.race(Watch.ready(receiver), Effect.void)
 *   return yield* Watch.hasChanged(receiver)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => true
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export const ready = <E>(self: Receiver<any, E>): Effect.Effect<void, Cause.Done | E> => self[RTypeId].ready

/**
 * Waits for a value that satisfies a predicate, and gives it.
 *
 * **When to use**
 *
 * Use to wait for a state: connected, drained, at least ten.
 *
 * **Details**
 *
 * - Waits for: a value that the predicate accepts. It is first asked about the current one, seen or not, then about each
 *   newer one that is there when the fiber gets to look. Values in between are skipped.
 * - Gives: the very value that was accepted. A refinement narrows its type.
 * - Marks: every value it was asked about counts as seen, from before it was asked. What the predicate itself sends stays
 *   unseen: if it accepts, that is left to others; if it refuses, it is asked about that next.
 * - Order: as `changed`.
 * - Interruption: nothing was marked that was not examined.
 * - Cost: O(1) to wait or to leave, one call of the predicate for each value.
 * - Fails: with `Done` if no sender is left and the last value was refused; if the receiver is dropped meanwhile; with
 *   `E`. What the predicate throws is a defect, and leaves the channel usable.
 *
 * Answers `tokio::sync::watch::Receiver::wait_for`.
 *
 * **Example** (At least two)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   const fiber = yield* Effect.forkChild(Watch.waitFor(receiver, (n) => n >= 2))
 *   yield* Effect.yieldNow
 *   yield* Watch.send(sender, 1)
 *   yield* Effect.yieldNow
 *   yield* Watch.send(sender, 2)
 *   return yield* Fiber.join(fiber)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 2
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitFor: {
  <A, B extends A>(refinement: (a: A) => a is B): <E>(self: Receiver<A, E>) => Effect.Effect<B, Cause.Done | E>
  <A>(predicate: (a: A) => boolean): <E>(self: Receiver<A, E>) => Effect.Effect<A, Cause.Done | E>
  <A, B extends A, E>(self: Receiver<A, E>, refinement: (a: A) => a is B): Effect.Effect<B, Cause.Done | E>
  <A, E>(self: Receiver<A, E>, predicate: (a: A) => boolean): Effect.Effect<A, Cause.Done | E>
} = dual(
  2,
  <A, E>(self: Receiver<A, E>, predicate: (a: A) => boolean): Effect.Effect<A, Cause.Done | E> =>
    self[RTypeId].waitFor(predicate)
)

/**
 * How many fibers wait: on a receiver those in `changed`, `ready`, `waitFor` and streams on it, on a sender those in
 * `closed`, through whichever sender.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * Who was woken but has not run yet does not count. Never waits. Also of a half that was dropped.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   yield* Effect.forkScoped(Effect.ignore(Watch.changed(receiver)))
 *   yield* Effect.yieldNow
 *   return [yield* Watch.waiting(receiver), yield* Watch.waiting(sender)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [1, 0]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<number> => backendOf(self).waiting

/**
 * `waiting` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Nobody)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [, receiver] = Watch.makeUnsafe(0)
 *
 * Watch.waitingUnsafe(receiver) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Sender<any> | Receiver<any>): number =>
  halfOf("Watch.waitingUnsafe", self).waitingNow()

// ---------------------------------------------------------------------------------------------------------------------
// handles
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes one more receiver, for which the current value counts as seen.
 *
 * **When to use**
 *
 * Use to begin to watch.
 *
 * **Details**
 *
 * Never waits. Owned by the current scope, in the same step. Opens a channel that had no receivers.
 *
 * Answers `tokio::sync::watch::Sender::subscribe`.
 *
 * **Example** (What was before is no news)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   const receiver = yield* Watch.subscribe(sender)
 *   return yield* Watch.borrowRef(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => { value: 2, hasChanged: false }
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const subscribe = <A, E>(self: Sender<A, E>): Effect.Effect<Receiver<A, E>, never, Scope.Scope> =>
  self[STypeId].subscribe

/**
 * `subscribe` outside Effect, in process only: nobody owns the receiver.
 *
 * **When to use**
 *
 * Use in callbacks; drop it by hand, or give it to a scope with `Handle.transferUnsafe`.
 *
 * **Example** (One more)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * Watch.borrowUnsafe(Watch.subscribeUnsafe(Watch.makeSenderUnsafe(1))) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const subscribeUnsafe = <A>(self: Sender<A>): Receiver<A> =>
  senderOf("Watch.subscribeUnsafe", self).subscribeNow("Watch.subscribeUnsafe")

/**
 * Makes one more half of the same kind. A receiver's clone has seen what the receiver has.
 *
 * **When to use**
 *
 * Use for one more producer, or one more observer that goes on where this one is.
 *
 * **Details**
 *
 * Never waits. Owned by the current scope, in the same step. A second reference to a half is no clone, and does not count.
 *
 * Answers `Clone` of `tokio::sync::watch::Sender` and `Receiver`.
 *
 * **Example** (A clone inherits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(1)
 *   yield* Watch.send(sender, 2)
 *   const clone = yield* Watch.clone(receiver)
 *   yield* Watch.markUnchanged(receiver)
 *   return [yield* Watch.hasChanged(clone), yield* Watch.hasChanged(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const clone = <H extends Sender<any, any> | Receiver<any, any>>(
  self: H
): Effect.Effect<H, never, Scope.Scope> => backendOf(self).clone as Effect.Effect<any, never, Scope.Scope>

/**
 * `clone` outside Effect, in process only: nobody owns the new half.
 *
 * **When to use**
 *
 * Use in callbacks; drop it by hand, or give it to a scope with `Handle.transferUnsafe`.
 *
 * **Example** (One more sender)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const sender = Watch.makeSenderUnsafe(0)
 * Watch.cloneUnsafe(sender)
 *
 * Watch.senderCountUnsafe(sender) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const cloneUnsafe = <H extends Sender<any> | Receiver<any>>(self: H): H =>
  halfOf("Watch.cloneUnsafe", self).cloneNow("Watch.cloneUnsafe") as any

/**
 * Whether two halves are of one channel.
 *
 * **When to use**
 *
 * Use in assertions.
 *
 * **Details**
 *
 * Senders and receivers alike, dropped or not. Answers `same_channel` of `tokio::sync::watch`.
 *
 * **Example** (A stranger)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(0)
 *
 * Watch.sameChannel(sender, receiver) // => true
 * Watch.sameChannel(sender, Watch.makeSenderUnsafe(0)) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const sameChannel: {
  (that: Handle): (self: Handle) => boolean
  (self: Handle, that: Handle): boolean
} = dual(2, (self: Handle, that: Handle): boolean => {
  const channel = channelOf(self)
  return channel !== undefined && channel === channelOf(that)
})

/**
 * Drops a half: does now what its scope's finalizer would do later.
 *
 * **When to use**
 *
 * Use to say «no more changes» or «I watch no more» before the scope ends.
 *
 * **Details**
 *
 * - The last sender: receivers end, once they have seen the last value.
 * - A receiver: what waits on it ends with `Done`. The last one: `closed` goes on, and `send` fails.
 * - A sender through which a fiber waits in `closed`: that fiber dies with `Misuse`.
 * - Waits for nothing; idempotent; O(1), plus O(1) for each fiber that this lets go on. When the last half is dropped, the
 *   value is let go of.
 *
 * Answers `drop` of `tokio::sync::watch::Sender` and `Receiver`.
 *
 * **Example** (No more changes)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   yield* Watch.drop(sender)
 *   return yield* Effect.flip(Watch.changed(receiver))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program)._tag // => "Done"
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const drop = (self: Handle): Effect.Effect<void> => Effect.suspend(() => release(ofWatch("Watch.drop", self)))

/**
 * `drop` for callbacks: synchronous, outside Effect.
 *
 * **When to use**
 *
 * Use in callbacks, for a half that nobody owns.
 *
 * **Example** (No more receivers)
 *
 * ```ts import.meta.vitest
 * import { Watch } from "effect-sync"
 *
 * const [sender, receiver] = Watch.makeUnsafe(0)
 * Watch.dropUnsafe(receiver)
 *
 * Watch.isClosedUnsafe(sender) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const dropUnsafe = (self: Handle): void => releaseUnsafe(ofWatch("Watch.dropUnsafe", self))

// ---------------------------------------------------------------------------------------------------------------------
// streams and queues
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A stream of the current value, then of changes.
 *
 * **When to use**
 *
 * Use to keep something in step with the value: apply what is there, and every change after.
 *
 * **Details**
 *
 * - Begins with the value that is current at the first pull, seen or not, also on a channel that has ended. Each run of the
 *   stream does so anew.
 * - Then gives one element per observed change: values that were replaced before the next pull are skipped, the last one
 *   never is. Ends when no sender is left and the last value was given, or when the receiver is dropped.
 * - An element counts as seen when it is given. An interrupted pull has marked nothing.
 * - Borrows the receiver: that stays its scope's, and the stream ends without dropping it.
 * - Fails: with `E` alone.
 *
 * **Gotchas**
 *
 * The receiver is there before the stream runs, so nothing is missed in between; that is why there is no stream of a
 * sender. Two streams on one receiver share what it has seen: give each a receiver.
 *
 * Answers `tokio_stream::wrappers::WatchStream::new`.
 *
 * **Example** (Current and later)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber, Stream } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   const fiber = yield* Effect.forkChild(Stream.runCollect(Watch.stream(receiver)), { startImmediately: true })
 *   yield* Watch.send(sender, 1)
 *   yield* Watch.send(sender, 2) // before the stream gets to see the 1
 *   yield* Watch.drop(sender)
 *   return yield* Fiber.join(fiber)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [0, 2]
 * ```
 *
 * @see {@link changes} for a stream without the value that has been seen
 * @category streams
 * @since 0.1.0
 */
export const stream = <A, E>(self: Receiver<A, E>): Stream.Stream<A, E> => streamFrom("Watch.stream", self, true)

/**
 * A stream of values that this receiver has not seen.
 *
 * **When to use**
 *
 * Use where the current value is known already.
 *
 * **Details**
 *
 * As `stream`, but that the first element, too, is one that is unseen when it is given.
 *
 * Answers `tokio_stream::wrappers::WatchStream::from_changes`.
 *
 * **Example** (Only what is new)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   yield* Watch.drop(sender)
 *   const none = yield* Stream.runCollect(Watch.changes(receiver))
 *   return [none, yield* Stream.runCollect(Watch.stream(receiver))]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [[], [0]]
 * ```
 *
 * @category streams
 * @since 0.1.0
 */
export const changes = <A, E>(self: Receiver<A, E>): Stream.Stream<A, E> => streamFrom("Watch.changes", self, false)

/**
 * A queue that holds the latest unseen value.
 *
 * **When to use**
 *
 * Use to give what is watched to code that takes from a `Queue.Dequeue`.
 *
 * **Details**
 *
 * - A `Queue.sliding(1)` that a fiber fills: with the current value if it is unseen, then with each change; a value that
 *   nobody took is replaced by the next. Ends with `Done` after the last value.
 * - What is offered to it counts as seen. What is in it when its scope closes is not given back.
 * - Borrows the receiver. Closing the scope stops the fiber and shuts the queue down.
 *
 * **Example** (The latest)
 *
 * ```ts import.meta.vitest
 * import { Effect, Queue } from "effect"
 * import { Watch } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Watch.make(0)
 *   const queue = yield* Watch.toQueue(receiver)
 *   yield* Watch.send(sender, 1)
 *   yield* Watch.send(sender, 2)
 *   return yield* Queue.take(queue)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 2
 * ```
 *
 * @category queues
 * @since 0.1.0
 */
export const toQueue = <A>(
  self: Receiver<A>
): Effect.Effect<Queue.Dequeue<A, Cause.Done>, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.sync(() => receiverOf("Watch.toQueue", self).assertHeld("Watch.toQueue")),
    () => queueView(Queue.sliding<A, Cause.Done>(1), changes(self))
  )

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * What a component watches with: it can look and subscribe, and cannot send.
 *
 * **When to use**
 *
 * Use as the type of a parameter of whoever watches; it is the service `X.Source`. A receiver shared by components would
 * share what it has seen, and each would hide changes from the others.
 *
 * **Details**
 *
 * `subscribe` makes a receiver in the current scope, for which the current value counts as seen. `get` gives the value and
 * marks nothing. It keeps the value, and no channel open: when the senders are gone, who subscribes finds the end.
 *
 * @category services
 * @since 0.1.0
 */
export interface Source<out A, out E = never> {
  readonly subscribe: Effect.Effect<Receiver<A, E>, never, Scope.Scope>
  readonly get: Effect.Effect<A, E>
}

export {
  /**
   * What `X.Sender` of a service class `X` adds to the requirements of an effect.
   *
   * @category services
   * @since 0.1.0
   */
  type SenderOf,
  /**
   * What `X.Source` of a service class `X` adds to the requirements of an effect.
   *
   * @category services
   * @since 0.1.0
   */
  type SourceOf
} from "./internal/channelService.ts"

/**
 * The type of a class made by `Watch.Service`: both tags, the layers and the accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<
  in out Self,
  in out Id extends string,
  in out A,
  in out E,
  in out S,
  in out LE,
  in out LR
> {
  new(_: never): { readonly key: Id }
  readonly key: Id
  /** The schema of the value, if the class was declared with one. */
  readonly message: S
  readonly Sender: Context.Service<SenderOf<Self>, Sender<A, E>>
  readonly Source: Context.Service<SourceOf<Self>, Source<A, E>>
  /** Provides both halves of one channel. One object, so one channel for all who share the layer. */
  readonly layer: Layer.Layer<SenderOf<Self> | SourceOf<Self>, LE, LR>
  /** The same services with other options; a new channel per call. */
  readonly layerWith: <LE2 = never, LR2 = never>(
    options: { readonly initial: A | Effect.Effect<A, LE2, LR2>; readonly name?: string }
  ) => Layer.Layer<SenderOf<Self> | SourceOf<Self>, LE2, Exclude<LR2, Scope.Scope>>
  readonly send: (a: A) => Effect.Effect<void, SendError<A> | E, SenderOf<Self>>
  readonly sendModify: (f: (a: A) => A) => Effect.Effect<void, E, SenderOf<Self>>
  readonly sendIfModified: (f: (a: A) => Option.Option<A>) => Effect.Effect<boolean, E, SenderOf<Self>>
  readonly sendReplace: (a: A) => Effect.Effect<A, E, SenderOf<Self>>
  readonly borrow: Effect.Effect<A, E, SenderOf<Self>>
  readonly borrowRef: Effect.Effect<Ref<A>, E, SenderOf<Self>>
  readonly closed: Effect.Effect<void, E, SenderOf<Self>>
  readonly isClosed: Effect.Effect<boolean, never, SenderOf<Self>>
  readonly receiverCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly senderCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly waiting: Effect.Effect<number, never, SenderOf<Self>>
  readonly clone: Effect.Effect<Sender<A, E>, never, SenderOf<Self> | Scope.Scope>
  /** A sender of one's own: a clone. */
  readonly sender: Effect.Effect<Sender<A, E>, never, SenderOf<Self> | Scope.Scope>
  /** Drops the layer's own sender: without clones, the receivers end. */
  readonly close: Effect.Effect<void, never, SenderOf<Self>>
  readonly subscribe: Effect.Effect<Receiver<A, E>, never, SourceOf<Self> | Scope.Scope>
  readonly get: Effect.Effect<A, E, SourceOf<Self>>
  /** `stream` on a receiver of its own. */
  readonly stream: Stream.Stream<A, E, SourceOf<Self>>
  /** `changes` on a receiver of its own, which is made when the stream is run. */
  readonly changes: Stream.Stream<A, E, SourceOf<Self>>
}

/**
 * Declares a channel as services: one class with two tags, a layer that provides both, and the accessors.
 *
 * **When to use**
 *
 * Use when one component of an application changes a value that others watch: the type of each says which half it uses.
 *
 * **Details**
 *
 * - `X.Sender` is a sender, `X.Source` makes receivers: `subscribe`, `get`.
 * - `initial` is an immutable value, or an Effect that is run for each build of the layer; the layer's error and
 *   requirements follow. The type of the value is inferred, stated (`Watch.Service<Self, A>()`), or that of `message`, a
 *   schema that is kept as `X.message` for those who send values to other processes.
 * - `layer` is one object and therefore one channel for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module on senders has an accessor of the same name without the sender. `subscribe`, `get`,
 *   `stream` and `changes` go through the source; each of the last two on a receiver of its own.
 * - The third type argument is `E`, if another backend may provide the services. The layers built here still fit.
 * - The name of the channel is the id, unless `name` says otherwise. The tags are `${id}/Sender` and `${id}/Source`.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two channels; provide once, at the root. Two services with one id alias each
 * other. A mutable `initial` would be shared by every build of the layer.
 *
 * `X.changes` subscribes when it is run: what is sent before is no change to it. To begin earlier, `subscribe` and use the
 * receiver.
 *
 * **Example** (Who sends, and who watches)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Watch } from "effect-sync"
 *
 * class Level extends Watch.Service<Level>()("app/Level", { initial: 1 }) {}
 *
 * const program = Effect.gen(function*() {
 *   const receiver = yield* Level.subscribe
 *   yield* Level.send(2)
 *   yield* Watch.changed(receiver)
 *   return yield* Level.get
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(Effect.provide(program, Level.layer)) // => 2
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): {
    <const Id extends string, S extends Schema.Top, LE = never, LR = never>(
      id: Id,
      options: {
        readonly message: S
        readonly initial: S["Type"] | Effect.Effect<S["Type"], LE, LR>
        readonly name?: string
      }
    ): ServiceClass<Self, Id, S["Type"], never, S, LE, Exclude<LR, Scope.Scope>>
    <const Id extends string, A, LE = never, LR = never>(
      id: Id,
      options: {
        readonly message?: undefined
        readonly initial: A | Effect.Effect<A, LE, LR>
        readonly name?: string
      }
    ): ServiceClass<Self, Id, A, never, undefined, LE, Exclude<LR, Scope.Scope>>
  }
  <Self, A, E = never>(): <
    const Id extends string,
    S extends Schema.Schema<A> | undefined = undefined,
    LE = never,
    LR = never
  >(
    id: Id,
    options: {
      readonly message?: S
      readonly initial: A | Effect.Effect<A, LE, LR>
      readonly name?: string
    }
  ) => ServiceClass<Self, Id, A, E, S, LE, Exclude<LR, Scope.Scope>>
} = (() => (id: string, options: { readonly initial: unknown; readonly name?: string }): any => {
  const [self] = channelServiceClass(
    id,
    options,
    ({ initial, name }) => Effect.map(sourceAndSender(initial, name), ([Source, Sender]) => ({ Sender, Source })),
    {
      Sender: {
        values: {
          borrow,
          borrowRef,
          closed,
          isClosed,
          receiverCount,
          senderCount,
          waiting,
          clone,
          sender: clone,
          close: drop
        },
        functions: { send, sendModify, sendIfModified, sendReplace }
      },
      Source: {
        values: {
          subscribe: (source: Source<any, any>) => source.subscribe,
          get: (source: Source<any, any>) => source.get
        },
        functions: {},
        streams: {
          stream: (source: Source<any, any>) => Stream.unwrap(Effect.map(source.subscribe, stream)),
          changes: (source: Source<any, any>) => Stream.unwrap(Effect.map(source.subscribe, changes))
        }
      }
    },
    ["message"]
  )
  return self
}) as any

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

const newSender = <A>(initial: A, options: Options | undefined): SenderHandle<A> =>
  new SenderHandle(new WatchChannel(initial, options?.name))

const halves = <A>(initial: A, options: Options | undefined): readonly [SenderHandle<A>, ReceiverHandle<A>] => {
  const sender = newSender(initial, options)
  return [sender, sender.subscribeNow("Watch.make")]
}

/** The source is released last: who subscribes while the layer ends finds the end, not a source that is gone. */
const sourceAndSender = <A>(initial: A, name: string | undefined) =>
  newHandles("Watch.Service", () => {
    const channel = new WatchChannel(initial, name)
    return [new SourceHandle(channel), new SenderHandle(channel)]
  })

const modifying = <A>(f: (a: A) => A) => (a: A): readonly [void, Option.Option<A>] => [undefined, Option.some(f(a))]

const ifModified = <A>(f: (a: A) => Option.Option<A>) => (a: A): readonly [boolean, Option.Option<A>] => {
  const next = f(a)
  return [Option.isSome(next), next]
}

const replacing = <A>(next: A) => (a: A): readonly [A, Option.Option<A>] => [a, Option.some(next)]

const streamFrom = <A, E>(label: string, self: Receiver<A, E>, current: boolean): Stream.Stream<A, E> =>
  streamOf(label, undefined, () => String(self), () => self[RTypeId].pull(current))

const backendOf = <A, E>(self: Sender<A, E> | Receiver<A, E>): SenderBackend<A, E> | ReceiverBackend<A, E> =>
  STypeId in self ? self[STypeId] : self[RTypeId]

const channelOf = (handle: Handle): unknown =>
  isSender(handle) ? handle[STypeId].channel : isReceiver(handle) ? handle[RTypeId].channel : undefined

/** Throws `Misuse` unless it is a sender or a receiver of a Watch. */
const ofWatch = (label: string, self: Handle): Handle => {
  if (isSender(self) || isReceiver(self)) return self
  throw new Misuse({ message: `${label}: ${String(self)} is no handle of a Watch` })
}

const elsewhere = (label: string, self: unknown): Misuse =>
  new Misuse({ message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name` })

/** The implementation of a sender made here; the `…Unsafe` functions reach into it. */
const senderOf = <A>(label: string, self: Sender<A>): SenderHandle<A> => {
  const backend = self[STypeId]
  if (backend instanceof SenderHandle) return backend
  throw elsewhere(label, self)
}

/** The same for a receiver. */
const receiverOf = <A>(label: string, self: Receiver<A>): ReceiverHandle<A> => {
  const backend = self[RTypeId]
  if (backend instanceof ReceiverHandle) return backend
  throw elsewhere(label, self)
}

const halfOf = <A>(label: string, self: Sender<A> | Receiver<A>): SenderHandle<A> | ReceiverHandle<A> =>
  STypeId in self ? senderOf(label, self) : receiverOf(label, self)
