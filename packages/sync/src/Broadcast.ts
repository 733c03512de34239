/**
 * A channel on which every receiver gets every value: the last N are kept, and who is slower is told how much it missed.
 *
 * Prices, events, log lines, a chat room: any number of senders, any number of receivers, each with a cursor of its own.
 *
 * - `make(capacity)` makes a sender and a receiver, `makeSender(capacity)` a sender alone.
 * - `send(sender, a)` never waits. It gives the number of receivers, and fails with the value if there is none.
 * - `subscribe(sender)` makes a receiver of what is sent from then on.
 * - `recv(receiver)` waits for its next value. It fails with `Lagged` if values were overwritten before it read them, and
 *   with `Cause.Done` once all senders are gone and what is kept has been read.
 * - `stream(receiver)` is a Stream of that, `toQueue(receiver)` a Queue.
 * - `class Prices extends Broadcast.Service<Prices, number>()("app/Prices", { capacity: 16 }) {}` makes it two services in
 *   one layer: `Prices.Sender` and `Prices.Source`.
 *
 * **How it differs from `PubSub`**: one ring for all, so that a send costs the same for one receiver as for a thousand; a
 * slow receiver neither stops the sender nor grows a buffer nor loses values in silence; what `take` has in hand is not
 * lost to an interruption; a sender learns that nobody listens, and a receiver that nobody sends any more.
 *
 * **When not**: if each value is work for one receiver, use a `Queue`; if only the latest value counts,
 * `SubscriptionRef`; if nothing may be missed, however slow somebody is, `PubSub.bounded`, which makes the sender wait.
 *
 * Implementation: `internal/broadcastRing.ts`, `broadcastReceiver.ts` and `broadcastSender.ts`, where the algorithms are
 * explained. Guarded by `test/Broadcast.test.ts` (BC-1 … BC-11) and its kin. Answers `tokio::sync::broadcast`.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Empty, type Lagged, Misuse, type SendError } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import { nameOf, rangeError } from "./internal/arguments.ts"
import { Broadcast } from "./internal/broadcastChannel.ts"
import { ReceiverHandle, RTypeId as receiverTypeId } from "./internal/broadcastReceiver.ts"
import {
  SenderHandle,
  STypeId as senderTypeId,
  WeakSenderHandle,
  WTypeId as weakSenderTypeId
} from "./internal/broadcastSender.ts"
import { channelServiceClass, type SenderOf, type SourceOf } from "./internal/channelService.ts"
import { newHandle, newHandles } from "./internal/newHandle.ts"
import { queueView, streamOf } from "./internal/streams.ts"

export type {
  /**
   * Which service an effect needs that sends: the identifier of the sending half in `R`.
   *
   * @category services
   * @since 0.1.0
   */
  SenderOf,
  /**
   * Which service an effect needs that subscribes: the identifier of the other half in `R`.
   *
   * @category services
   * @since 0.1.0
   */
  SourceOf
} from "./internal/channelService.ts"

export {
  /**
   * The failure of `tryRecv` while there is nothing.
   *
   * @category errors
   * @since 0.1.0
   */
  Empty,
  /**
   * The failure of `recv` that says how many values were missed.
   *
   * @category errors
   * @since 0.1.0
   */
  Lagged,
  /**
   * The defect of a sender or a receiver used after its end.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `send` to nobody.
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
export const STypeId: "~effect-sync/Broadcast/Sender" = senderTypeId

/**
 * The key under which a sender carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type STypeId = typeof STypeId

/**
 * The key under which a weak sender carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const WTypeId: "~effect-sync/Broadcast/WeakSender" = weakSenderTypeId

/**
 * The key under which a weak sender carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type WTypeId = typeof WTypeId

/**
 * The key under which a receiver carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const RTypeId: "~effect-sync/Broadcast/Receiver" = receiverTypeId

/**
 * The key under which a receiver carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type RTypeId = typeof RTypeId

/**
 * The sending half. `E` is why an operation can fail beyond what its name says: `never` for those made here, the backend's
 * error for one that lives elsewhere. It can subscribe too, so it is invariant in `A`.
 *
 * **When to use**
 *
 * Use as the type of what sends.
 *
 * **Details**
 *
 * Owned by the scope it was made in, whose finalizer drops it. Once the last strong sender is gone the channel is closed:
 * receivers read what is kept, and then get `Cause.Done`.
 *
 * @see {@link clone} for one more sender of the same channel
 * @category models
 * @since 0.1.0
 */
export interface Sender<in out A, out E = never> extends Handle, Inspectable.Inspectable {
  readonly [STypeId]: SenderBackend<A, E>
}

/**
 * A sender that does not keep the channel open, and can't send. It becomes one that can by `upgrade`, while there is any.
 *
 * **When to use**
 *
 * Use in what should be able to send for as long as others do: a cache, a registry.
 *
 * **Details**
 *
 * Owned by the scope it was made in. Being forgotten does no harm but in `weakCount`.
 *
 * @see {@link downgrade} for making one
 * @category models
 * @since 0.1.0
 */
export interface WeakSender<in out A, out E = never> extends Handle, Inspectable.Inspectable {
  readonly [WTypeId]: WeakSenderBackend<A, E>
}

/**
 * A receiving half, with a cursor of its own: it gets every value that is sent after it was made.
 *
 * **When to use**
 *
 * Use as the type of what receives. Each consumer that is to see every value needs one of its own: `subscribe`.
 *
 * **Details**
 *
 * Owned by the scope it was made in. Dropping it counts as having read what it had not, and ends with `Cause.Done` what is
 * parked on it. Several fibers on one receiver share its cursor and are served in the order in which they came.
 *
 * @category models
 * @since 0.1.0
 */
export interface Receiver<out A, out E = never> extends Handle, Inspectable.Inspectable {
  readonly [RTypeId]: ReceiverBackend<A, E>
}

/**
 * What one subscribes to: the service `X.Source` of a `Broadcast.Service`.
 *
 * **When to use**
 *
 * Use as the type of a parameter of what may receive and must not send.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source<out A, out E = never> {
  /** A receiver of what is sent from then on. */
  readonly subscribe: Effect.Effect<Receiver<A, E>, E, Scope.Scope>
}

/**
 * What an implementation of a sender provides; all functions of this module rest on it and on `ReceiverBackend`.
 *
 * **When to use**
 *
 * Use to implement a broadcast that lives elsewhere: a handle with `[Broadcast.STypeId]: backend` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * `channel` is the same object for all handles of one channel, and for no others.
 *
 * @category models
 * @since 0.1.0
 */
export interface SenderBackend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly channel: object
  send(a: A): Effect.Effect<number, SendError<A> | E>
  readonly subscribe: Effect.Effect<Receiver<A, E>, never, Scope.Scope>
  readonly clone: Effect.Effect<Sender<A, E>, never, Scope.Scope>
  readonly downgrade: Effect.Effect<WeakSender<A, E>, never, Scope.Scope>
  readonly closed: Effect.Effect<void, E>
  readonly len: Effect.Effect<number>
  readonly receiverCount: Effect.Effect<number>
  readonly strongCount: Effect.Effect<number>
  readonly weakCount: Effect.Effect<number>
  readonly waiting: Effect.Effect<number>
  readonly drop: Effect.Effect<void>
}

/**
 * What an implementation of a weak sender provides.
 *
 * **When to use**
 *
 * Use to implement a broadcast that lives elsewhere, with `SenderBackend`.
 *
 * @category models
 * @since 0.1.0
 */
export interface WeakSenderBackend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly channel: object
  readonly upgrade: Effect.Effect<Option.Option<Sender<A, E>>, never, Scope.Scope>
  readonly strongCount: Effect.Effect<number>
  readonly weakCount: Effect.Effect<number>
  readonly drop: Effect.Effect<void>
}

/**
 * What an implementation of a receiver provides.
 *
 * **When to use**
 *
 * Use to implement a broadcast that lives elsewhere, with `SenderBackend`.
 *
 * **Details**
 *
 * An interrupted wait has taken nothing, a lag included. Nobody who comes later overtakes, `tryRecv` included. `pull` gives
 * 1 to `size` values that are there; a lag fails it, is skipped, or is the first element, a failure among successes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverBackend<out A, out E> {
  readonly _A: () => A
  readonly _E: () => E
  readonly channel: object
  readonly recv: Effect.Effect<A, Lagged | Cause.Done | E>
  readonly ready: Effect.Effect<void, Cause.Done | E>
  recvTimeout(duration: Duration.Input): Effect.Effect<Option.Option<A>, Lagged | Cause.Done | E>
  readonly tryRecv: Effect.Effect<A, Empty | Lagged | Cause.Done | E>
  pull(
    size: number,
    onLag: "emit"
  ): Effect.Effect<NonEmptyReadonlyArray<Result.Result<A, Lagged>>, Cause.Done | E>
  pull(size: number, onLag: "skip"): Effect.Effect<NonEmptyReadonlyArray<A>, Cause.Done | E>
  pull(size: number, onLag: "fail"): Effect.Effect<NonEmptyReadonlyArray<A>, Lagged | Cause.Done | E>
  readonly resubscribe: Effect.Effect<Receiver<A, E>, never, Scope.Scope>
  readonly isClosed: Effect.Effect<boolean>
  readonly len: Effect.Effect<number>
  readonly strongCount: Effect.Effect<number>
  readonly weakCount: Effect.Effect<number>
  readonly waiting: Effect.Effect<number>
  readonly drop: Effect.Effect<void>
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
 * The largest capacity: 2 ** 30.
 *
 * **Details**
 *
 * Answers the limit of `tokio::sync::broadcast::channel`, `usize::MAX / 2`.
 *
 * **Example** (The limit)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.MAX_CAPACITY // => 1073741824
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_CAPACITY: number = 2 ** 30

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a channel that keeps the last values, with one sender and one receiver.
 *
 * **When to use**
 *
 * Use for a channel that is passed as values. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * - `capacity` is how many values are kept for those who have not read them: 1 to `MAX_CAPACITY`, *rounded up to a power of
 *   two*. It does not limit the sender, only how far a receiver may fall behind.
 * - Both halves are owned by the current scope, which drops the receiver first.
 * - Cost: the ring grows with the first values, up to the capacity; what all have read is let go at once.
 * - Dies: with a `RangeError` for a capacity out of range.
 *
 * Answers `tokio::sync::broadcast::channel`.
 *
 * **Example** (Two receivers, each of which gets every value)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, first] = yield* Broadcast.make<number>(16)
 *   const second = yield* Broadcast.subscribe(sender)
 *   yield* Broadcast.send(sender, 10)
 *   yield* Broadcast.send(sender, 20)
 *   return [
 *     yield* Broadcast.recv(first),
 *     yield* Broadcast.recv(first),
 *     yield* Broadcast.recv(second),
 *     yield* Broadcast.recv(second)
 *   ]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [10, 20, 10, 20]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  capacity: number,
  options?: Options
): Effect.Effect<readonly [sender: Sender<A>, receiver: Receiver<A>], never, Scope.Scope> =>
  newHandles("Broadcast.make", () => halves<A>("Broadcast.make", capacity, options))

/**
 * `make` outside Effect: nobody owns the halves, which are dropped by hand.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. `dropUnsafe` drops a half, `Handle.transferUnsafe` gives it to a scope.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe<string>(4)
 * Broadcast.sendUnsafe(sender, "hello")
 *
 * Broadcast.tryRecvUnsafe(receiver) // => Result.succeed("hello")
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(
  capacity: number,
  options?: Options
): readonly [sender: Sender<A>, receiver: Receiver<A>] => halves("Broadcast.makeUnsafe", capacity, options)

/**
 * Makes a channel with a sender alone. Nobody receives until somebody subscribes.
 *
 * **When to use**
 *
 * Use where receivers come and go: the first receiver of `make` would have to be dropped, or would lag for ever.
 *
 * **Details**
 *
 * As `make`. Answers `tokio::sync::broadcast::Sender::new`.
 *
 * **Example** (Sending to nobody)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Broadcast.makeSender<number>(16, { name: "prices" })
 *   const error = yield* Effect.flip(Broadcast.send(sender, 1))
 *   return [error.message, error.value]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["Broadcast.send: Broadcast \"prices\" has no receivers", 1]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSender = <A>(
  capacity: number,
  options?: Options
): Effect.Effect<Sender<A>, never, Scope.Scope> =>
  newHandle("Broadcast.makeSender", () => firstSender<A>("Broadcast.makeSender", capacity, options))

/**
 * `makeSender` outside Effect: nobody owns the sender, which is dropped by hand.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe(3, { name: "events" })
 *
 * String(sender) // => "Broadcast.Sender(events: 0 of 4 kept, 0 receivers, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeSenderUnsafe = <A>(capacity: number, options?: Options): Sender<A> =>
  firstSender("Broadcast.makeSenderUnsafe", capacity, options)

const firstSender = <A>(label: string, capacity: number, options: Options | undefined): SenderHandle<A> => {
  const name = options?.name
  if (!Number.isSafeInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    throw rangeError(
      label,
      "capacity",
      `an integer from 1 to MAX_CAPACITY (${MAX_CAPACITY})`,
      capacity,
      nameOf("Broadcast", name)
    )
  }
  const channel = new Broadcast<A>(capacity, name)
  channel.senders.addStrong()
  return new SenderHandle(channel)
}

const halves = <A>(
  label: string,
  capacity: number,
  options: Options | undefined
): readonly [SenderHandle<A>, ReceiverHandle<A>] => {
  const sender = firstSender<A>(label, capacity, options)
  return [sender, new ReceiverHandle(sender.channel)]
}

/**
 * Whether a value is a sender of a broadcast, of any backend. Not a weak one.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe(1)
 *
 * Broadcast.isSender(sender) // => true
 * Broadcast.isSender(receiver) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSender = (u: unknown): u is Sender<unknown, unknown> => hasProperty(u, STypeId)

/**
 * Whether a value is a weak sender of a broadcast, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe(1)
 *
 * Broadcast.isWeakSender(Broadcast.downgradeUnsafe(sender)) // => true
 * Broadcast.isWeakSender(sender) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isWeakSender = (u: unknown): u is WeakSender<unknown, unknown> => hasProperty(u, WTypeId)

/**
 * Whether a value is a receiver of a broadcast, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe(1)
 *
 * Broadcast.isReceiver(receiver) // => true
 * Broadcast.isReceiver(sender) // => false
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
 * Sends a value to all who are subscribed.
 *
 * **When to use**
 *
 * Use to tell everybody who listens. If nobody does that is a failure: `Effect.ignore` it where it is none.
 *
 * **Details**
 *
 * - Gives: the number of receivers it was sent to, not of those that will read it.
 * - Waits for: nothing. If the ring is full, the oldest value is overwritten; who has not read it will be told.
 * - Order: receivers get values in the order in which they were sent. All who wait are woken, by when their receiver began
 *   to be waited on, and run after this fiber's current steps.
 * - Interruption: it was sent and the fiber goes on, or it was not.
 * - Cost: O(1), however many receivers there are, and a wake-up for each on which somebody waits.
 * - Fails: with `SendError`, which has the value, if there is no receiver: nothing is kept for those who subscribe later.
 *
 * Answers `tokio::sync::broadcast::Sender::send`.
 *
 * **Example** (The number of receivers)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Broadcast.make<string>(8)
 *   yield* Broadcast.subscribe(sender)
 *   return yield* Broadcast.send(sender, "hello")
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const send: {
  <A>(a: A): <E>(self: Sender<A, E>) => Effect.Effect<number, SendError<A> | E>
  <A, E>(self: Sender<A, E>, a: NoInfer<A>): Effect.Effect<number, SendError<A> | E>
} = dual(2, <A, E>(self: Sender<A, E>, a: A): Effect.Effect<number, SendError<A> | E> => self[STypeId].send(a))

/**
 * `send` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: an event handler, a socket's `data`.
 *
 * **Details**
 *
 * Gives a `Result`. Runs no other fiber on its own stack: who waits goes on soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe<string>(8)
 * setTimeout(() => Broadcast.sendUnsafe(sender, "tick"), 1)
 *
 * await Effect.runPromise(Broadcast.recv(receiver)) // => "tick"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendUnsafe: {
  <A>(a: A): (self: Sender<A>) => Result.Result<number, SendError<A>>
  <A>(self: Sender<A>, a: NoInfer<A>): Result.Result<number, SendError<A>>
} = dual(
  2,
  <A>(self: Sender<A>, a: A): Result.Result<number, SendError<A>> =>
    ownSender("Broadcast.sendUnsafe", self).sendUnsafe("Broadcast.sendUnsafe", a)
)

/**
 * Waits until nobody listens any more.
 *
 * **When to use**
 *
 * Use to stop making what nobody wants: race it with the producer. It may change again, if somebody subscribes.
 *
 * **Details**
 *
 * - Waits for: the number of receivers to be 0, and not at all if it is. If somebody subscribes before the waiting fiber
 *   runs, it goes on waiting.
 * - Order: oldest first.
 * - Interruption: it stops waiting, which changes nothing.
 * - Cost: O(1) to wait and to leave.
 * - Fails: with `E` alone. Dies with `Misuse` if this sender is dropped meanwhile.
 *
 * Answers `tokio::sync::broadcast::Sender::closed`.
 *
 * **Example** (The last receiver goes)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(8)
 *   const producer = yield* Effect.forkChild(Effect.as(Broadcast.closed(sender), "nobody listens"))
 *   yield* Effect.yieldNow
 *   yield* Broadcast.drop(receiver)
 *   return yield* Fiber.join(producer)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "nobody listens"
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const closed = <E>(self: Sender<any, E>): Effect.Effect<void, E> => self[STypeId].closed

// ---------------------------------------------------------------------------------------------------------------------
// handles
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a receiver of what is sent from now on.
 *
 * **When to use**
 *
 * Use once for each consumer, before what it must not miss is sent.
 *
 * **Details**
 *
 * - Waits for: nothing. One step, owned by the current scope from then on.
 * - What was sent before is not seen, whether or not it is kept. If there was no receiver, `send` works again.
 * - Cost: O(1).
 * - Dies: with `Misuse` on a dropped sender.
 *
 * Answers `tokio::sync::broadcast::Sender::subscribe`.
 *
 * **Example** (Later values only)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Broadcast.make<number>(8)
 *   yield* Broadcast.send(sender, 1)
 *   const late = yield* Broadcast.subscribe(sender)
 *   yield* Broadcast.send(sender, 2)
 *   return yield* Broadcast.recv(late)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const subscribe = <A, E>(self: Sender<A, E>): Effect.Effect<Receiver<A, E>, never, Scope.Scope> =>
  self[STypeId].subscribe

/**
 * `subscribe` outside Effect, in process only: nobody owns the receiver, which is dropped by hand.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Dropped by hand)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe<number>(8)
 * const receiver = Broadcast.subscribeUnsafe(sender)
 * Broadcast.dropUnsafe(receiver)
 *
 * Broadcast.receiverCountUnsafe(sender) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const subscribeUnsafe = <A>(self: Sender<A>): Receiver<A> =>
  ownSender("Broadcast.subscribeUnsafe", self).subscribeUnsafe("Broadcast.subscribeUnsafe")

/**
 * Makes another receiver of what is sent from now on, from a receiver.
 *
 * **When to use**
 *
 * Use where there is no sender at hand. It is no copy: what this receiver has not read, the new one does not see.
 *
 * **Details**
 *
 * As `subscribe`. On a closed channel it works too: the new receiver gets `Cause.Done` at once. There is no `clone` of a
 * receiver, on purpose, as in tokio.
 *
 * Answers `tokio::sync::broadcast::Receiver::resubscribe`.
 *
 * **Example** (Not what is unread)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(8)
 *   yield* Broadcast.send(sender, 1)
 *   const other = yield* Broadcast.resubscribe(receiver)
 *   return [yield* Broadcast.len(receiver), yield* Broadcast.len(other)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [1, 0]
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const resubscribe = <A, E>(self: Receiver<A, E>): Effect.Effect<Receiver<A, E>, never, Scope.Scope> =>
  self[RTypeId].resubscribe

/**
 * `resubscribe` outside Effect, in process only: nobody owns the receiver, which is dropped by hand.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (A cursor of its own)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe<number>(8)
 * const other = Broadcast.resubscribeUnsafe(receiver)
 *
 * Broadcast.sendUnsafe(sender, 1)
 * Broadcast.tryRecvUnsafe(receiver)
 *
 * Broadcast.lenUnsafe(other) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const resubscribeUnsafe = <A>(self: Receiver<A>): Receiver<A> =>
  ownReceiver("Broadcast.resubscribeUnsafe", self).resubscribeUnsafe("Broadcast.resubscribeUnsafe")

/**
 * Makes one more sender of the same channel.
 *
 * **When to use**
 *
 * Use for each producer that may end on its own: the channel is closed when the last of them is dropped. A second reference
 * to a sender is no clone.
 *
 * **Details**
 *
 * One step, O(1), owned by the current scope. Dies with `Misuse` on a dropped sender.
 *
 * Answers `tokio::sync::broadcast::Sender::clone`.
 *
 * **Example** (Open until both are gone)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(8)
 *   const other = yield* Broadcast.clone(sender)
 *   yield* Broadcast.drop(sender)
 *   const before = yield* Broadcast.isClosed(receiver)
 *   yield* Broadcast.drop(other)
 *   return [before, yield* Broadcast.isClosed(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const clone = <A, E>(self: Sender<A, E>): Effect.Effect<Sender<A, E>, never, Scope.Scope> => self[STypeId].clone

/**
 * `clone` outside Effect, in process only: nobody owns the sender, which is dropped by hand.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Two senders)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe<number>(8)
 * Broadcast.cloneUnsafe(sender)
 *
 * Broadcast.strongCountUnsafe(sender) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const cloneUnsafe = <A>(self: Sender<A>): Sender<A> =>
  ownSender("Broadcast.cloneUnsafe", self).cloneUnsafe("Broadcast.cloneUnsafe")

/**
 * Makes a weak sender of the same channel, which does not keep it open.
 *
 * **When to use**
 *
 * Use for what should send for as long as others do, and not be the reason that the channel never ends.
 *
 * **Details**
 *
 * One step, O(1), owned by the current scope. The sender stays as it is. Dies with `Misuse` on a dropped one.
 *
 * Answers `tokio::sync::broadcast::Sender::downgrade`.
 *
 * **Example** (It does not keep the channel open)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Broadcast.makeSender<number>(8)
 *   const weak = yield* Broadcast.downgrade(sender)
 *   yield* Broadcast.drop(sender)
 *   return yield* Broadcast.upgrade(weak)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => Option.none()
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const downgrade = <A, E>(self: Sender<A, E>): Effect.Effect<WeakSender<A, E>, never, Scope.Scope> =>
  self[STypeId].downgrade

/**
 * `downgrade` outside Effect, in process only: nobody owns the weak sender, which is dropped by hand.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Counting)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe<number>(8)
 * Broadcast.downgradeUnsafe(sender)
 *
 * Broadcast.weakCountUnsafe(sender) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const downgradeUnsafe = <A>(self: Sender<A>): WeakSender<A> =>
  ownSender("Broadcast.downgradeUnsafe", self).downgradeUnsafe("Broadcast.downgradeUnsafe")

/**
 * Makes a sender of a weak one, if there is a strong one left.
 *
 * **When to use**
 *
 * Use right before sending, and drop the sender after.
 *
 * **Details**
 *
 * One step, O(1), owned by the current scope. Once it is `none` it is so for ever: the channel is closed. The weak sender
 * stays as it is. Dies with `Misuse` on a dropped one.
 *
 * Answers `tokio::sync::broadcast::WeakSender::upgrade`.
 *
 * **Example** (While there is a strong one)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<string>(8)
 *   const weak = yield* Broadcast.downgrade(sender)
 *   const strong = yield* Broadcast.upgrade(weak)
 *   if (Option.isSome(strong)) yield* Broadcast.send(strong.value, "upgraded")
 *   return yield* Broadcast.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "upgraded"
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const upgrade = <A, E>(
  self: WeakSender<A, E>
): Effect.Effect<Option.Option<Sender<A, E>>, never, Scope.Scope> => self[WTypeId].upgrade

/**
 * `upgrade` outside Effect, in process only: nobody owns the sender, which is dropped by hand.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (None any more)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const sender = Broadcast.makeSenderUnsafe<number>(8)
 * const weak = Broadcast.downgradeUnsafe(sender)
 * Broadcast.dropUnsafe(sender)
 *
 * Broadcast.upgradeUnsafe(weak) // => Option.none()
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const upgradeUnsafe = <A>(self: WeakSender<A>): Option.Option<Sender<A>> =>
  Option.fromUndefinedOr(ownWeak("Broadcast.upgradeUnsafe", self).tryUpgrade("Broadcast.upgradeUnsafe"))

/**
 * Drops a sender, a weak sender or a receiver: what its scope's finalizer would do later.
 *
 * **When to use**
 *
 * Use to leave early: a sender that has sent all it had, a receiver that has seen enough.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - A receiver counts as having read what it had not: what nobody else needs is let go. What is parked on it ends with
 *   `Cause.Done`. The last one completes `closed`.
 * - A sender: the last strong one closes the channel, which wakes all who wait. What is parked in `closed` through this one
 *   dies with `Misuse`.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1), and for a receiver O(what it had not read), at most the capacity.
 * - Idempotent. What is called on a dropped handle dies with `Misuse`, save what only looks.
 *
 * **Example** (The end of a channel)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(8)
 *   yield* Broadcast.send(sender, 1)
 *   yield* Broadcast.drop(sender)
 *   const last = yield* Broadcast.recv(receiver)
 *   const end = yield* Effect.flip(Broadcast.recv(receiver))
 *   return [last, end._tag]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [1, "Done"]
 * ```
 *
 * @category handles
 * @since 0.1.0
 */
export const drop = (self: Handle): Effect.Effect<void> => Effect.suspend(() => backendOf("Broadcast.drop", self).drop)

/**
 * `drop` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, for a handle that an `…Unsafe` function made.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who it lets go on runs soon after.
 *
 * **Example** (Dropping by hand)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe<number>(8)
 * Broadcast.dropUnsafe(sender)
 *
 * Broadcast.isClosedUnsafe(receiver) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const dropUnsafe = (self: Handle): void => inProcess("Broadcast.dropUnsafe", self).releaseUnsafe()

// ---------------------------------------------------------------------------------------------------------------------
// receiving
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The receiver's next value.
 *
 * **When to use**
 *
 * Use for one value at a time. In a loop, a `stream` is shorter.
 *
 * **Details**
 *
 * - Waits for: a value, a lag or the end; for nothing if there is one. If others wait on this receiver, or were woken and
 *   have not run yet, it queues behind them.
 * - Order: the order in which the values were sent. Several fibers on one receiver are served in the order in which they
 *   came, each with another value; one who finds nothing keeps its place.
 * - Interruption: nothing was taken, and nobody behind it waits in vain.
 * - Cost: O(1). No allocation but the value's envelope if it need not wait.
 * - Fails: with `Lagged` if values were overwritten before it read them: it has missed `skipped` of them, and goes on with
 *   the oldest that is kept. With `Cause.Done` once no strong sender is left and what is kept was read, from then on
 *   always; and if the receiver is dropped meanwhile.
 * - Dies: with `Misuse` on a dropped receiver.
 *
 * Answers `tokio::sync::broadcast::Receiver::recv`.
 *
 * **Example** (A slow receiver)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   for (const n of [1, 2, 3]) yield* Broadcast.send(sender, n)
 *   const next = Broadcast.recv(receiver).pipe(
 *     Effect.catchTag("Lagged", (lagged) => Effect.succeed(`missed ${lagged.skipped}`))
 *   )
 *   return [yield* next, yield* next, yield* next]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["missed 1", 2, 3]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const recv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, Lagged | Cause.Done | E> => self[RTypeId].recv

/**
 * Waits until `recv` would not wait.
 *
 * **When to use**
 *
 * Use as the side of a race: nothing is taken, so that nothing is lost if the other side wins. Then `recv`.
 *
 * **Details**
 *
 * - Waits for: a value or a lag, with nobody else waiting for it. Takes nothing and reserves nothing: another fiber on the
 *   same receiver may be faster.
 * - Interruption: it stops waiting, which changes nothing.
 * - Cost: O(1).
 * - Fails: with `Cause.Done` where `recv` would. Dies with `Misuse` on a dropped receiver.
 *
 * **Example** (A race that loses nothing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Broadcast.send(sender, 1)
 *   yield* Effect.race(Broadcast.ready(receiver), Effect.sleep("1 second"))
 *   return yield* Broadcast.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const ready = <E>(self: Receiver<any, E>): Effect.Effect<void, Cause.Done | E> => self[RTypeId].ready

/**
 * The receiver's next value, or `none` if there is none in time.
 *
 * **When to use**
 *
 * Use instead of `Effect.timeout` around `recv`, which may lose a value that comes just when the time is up.
 *
 * **Details**
 *
 * - `duration` is any `Duration.Input`, by the `Clock` of the fiber; what is none dies with a `RangeError`.
 * - With `none` nothing was taken, and the place in the queue is given up. Whoever has been woken when the time is up gets
 *   what it was woken for.
 * - The rest is as for `recv`.
 *
 * **Example** (Nothing in time)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   const none = yield* Broadcast.recvTimeout(receiver, "1 milli")
 *   yield* Broadcast.send(sender, 1)
 *   return [none, yield* Broadcast.recvTimeout(receiver, "1 milli")]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [Option.none(), Option.some(1)]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const recvTimeout: {
  (
    duration: Duration.Input
  ): <A, E>(self: Receiver<A, E>) => Effect.Effect<Option.Option<A>, Lagged | Cause.Done | E>
  <A, E>(
    self: Receiver<A, E>,
    duration: Duration.Input
  ): Effect.Effect<Option.Option<A>, Lagged | Cause.Done | E>
} = dual(2, <A, E>(
  self: Receiver<A, E>,
  duration: Duration.Input
): Effect.Effect<Option.Option<A>, Lagged | Cause.Done | E> => self[RTypeId].recvTimeout(duration))

/**
 * The receiver's next value, if it is there.
 *
 * **When to use**
 *
 * Use to take what is there without waiting.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody; what is there belongs to those who wait for it, woken or not.
 * - Interruption: nothing was taken.
 * - Cost: O(1); `Empty` is one frozen instance.
 * - Fails: with `Empty` if there is nothing, or nothing that is not due to others; with `Lagged` and `Cause.Done` as
 *   `recv`. Dies with `Misuse` on a dropped receiver.
 *
 * Answers `tokio::sync::broadcast::Receiver::try_recv`.
 *
 * **Example** (Nothing there)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [, receiver] = yield* Broadcast.make<number>(2, { name: "prices" })
 *   return yield* Effect.flip(Broadcast.tryRecv(receiver))
 * }).pipe(Effect.scoped)
 *
 * // the sender is not dropped before the end of the scope
 * String(Effect.runSync(program)) // => "Empty: Broadcast \"prices\" has nothing to receive right now"
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const tryRecv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, Empty | Lagged | Cause.Done | E> =>
  self[RTypeId].tryRecv

/**
 * `tryRecv` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Details**
 *
 * Gives a `Result`.
 *
 * **Example** (What is there, and no more)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe<number>(2)
 * Broadcast.sendUnsafe(sender, 1)
 *
 * Broadcast.tryRecvUnsafe(receiver) // => Result.succeed(1)
 * Result.isFailure(Broadcast.tryRecvUnsafe(receiver)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryRecvUnsafe = <A>(self: Receiver<A>): Result.Result<A, Empty | Lagged | Cause.Done> =>
  ownReceiver("Broadcast.tryRecvUnsafe", self).tryRecvUnsafe("Broadcast.tryRecvUnsafe")

/**
 * What the receiver receives, as a Stream.
 *
 * **When to use**
 *
 * Use to process values with the operators of `Stream`. Subscribe first: the stream is of a receiver that is there, so that
 * nothing is missed between building and running it.
 *
 * **Details**
 *
 * - `onLag` says what becomes of a lag: `"fail"` (the default) fails the stream, `"skip"` goes on with the oldest value
 *   that is kept, `"emit"` makes it an element: a stream of `Result`s, as tokio's `BroadcastStream`, which survives any
 *   number of lags.
 * - It ends when `recv` would fail with `Cause.Done`.
 * - It borrows the receiver, which stays its scope's: after the stream's end the receiver goes on where the stream was.
 * - `chunkSize` (default 1): a pull takes up to so many values that are there, a lag counting as one, and never waits to
 *   fill. With 1, `Stream.take(n)` leaves all others to the receiver. Not an integer from 1: dies with a `RangeError`.
 * - Interruption: a pull that is interrupted has taken nothing.
 *
 * Answers `tokio_stream::wrappers::BroadcastStream`.
 *
 * **Example** (A lag as an element)
 *
 * ```ts import.meta.vitest
 * import { Effect, Result, Stream } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   for (const n of [1, 2, 3]) yield* Broadcast.send(sender, n)
 *   yield* Broadcast.drop(sender)
 *   return yield* Broadcast.stream(receiver, { onLag: "emit" }).pipe(
 *     Stream.map(Result.match({ onSuccess: String, onFailure: (lagged) => `missed ${lagged.skipped}` })),
 *     Stream.runCollect
 *   )
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => ["missed 1", "2", "3"]
 * ```
 *
 * @category streams
 * @since 0.1.0
 */
export const stream: {
  (
    options: { readonly onLag: "emit"; readonly chunkSize?: number }
  ): <A, E>(self: Receiver<A, E>) => Stream.Stream<Result.Result<A, Lagged>, E>
  (
    options: { readonly onLag: "skip"; readonly chunkSize?: number }
  ): <A, E>(self: Receiver<A, E>) => Stream.Stream<A, E>
  (
    options?: { readonly onLag?: "fail"; readonly chunkSize?: number }
  ): <A, E>(self: Receiver<A, E>) => Stream.Stream<A, Lagged | E>
  <A, E>(
    self: Receiver<A, E>,
    options: { readonly onLag: "emit"; readonly chunkSize?: number }
  ): Stream.Stream<Result.Result<A, Lagged>, E>
  <A, E>(
    self: Receiver<A, E>,
    options: { readonly onLag: "skip"; readonly chunkSize?: number }
  ): Stream.Stream<A, E>
  <A, E>(
    self: Receiver<A, E>,
    options?: { readonly onLag?: "fail"; readonly chunkSize?: number }
  ): Stream.Stream<A, Lagged | E>
} = dual(
  (args) => isReceiver(args[0]),
  (self: Receiver<any, any>, options?: { readonly onLag?: "emit" | "skip" | "fail"; readonly chunkSize?: number }) =>
    streamOf<any, any>("Broadcast.stream", options?.chunkSize, () => describe(self), (size) =>
      // one signature for all three
      self[RTypeId].pull(size, (options?.onLag ?? "fail") as "fail"))
)

/**
 * What the receiver receives, as a Queue.
 *
 * **When to use**
 *
 * Use where something wants a `Queue.Dequeue`: `Stream.fromQueue`, `Queue.takeAll`. Otherwise the receiver itself is
 * shorter and loses nothing.
 *
 * **Details**
 *
 * - A fiber of the current scope moves values from the receiver to a queue of `capacity` (default 16), and waits when that
 *   is full: then it is the receiver that lags. `onLag` as for `stream`: `"fail"` (the default) or `"skip"`.
 * - The queue ends when `recv` would fail with `Cause.Done`.
 * - It borrows the receiver. Closing the scope stops the fiber and shuts the queue down; what was taken for the queue is not
 *   given back.
 * - Dies: with a `RangeError` if `capacity` is not an integer from 1, with `Misuse` on a dropped receiver.
 *
 * **Example** (Taking from a queue)
 *
 * ```ts import.meta.vitest
 * import { Effect, Queue } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(8)
 *   const queue = yield* Broadcast.toQueue(receiver)
 *   yield* Broadcast.send(sender, 1)
 *   yield* Broadcast.send(sender, 2)
 *   return [yield* Queue.take(queue), yield* Queue.take(queue)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [1, 2]
 * ```
 *
 * @category streams
 * @since 0.1.0
 */
export const toQueue: {
  (
    options?: { readonly onLag?: "fail" | "skip"; readonly capacity?: number }
  ): <A>(self: Receiver<A>) => Effect.Effect<Queue.Dequeue<A, Lagged | Cause.Done>, never, Scope.Scope>
  <A>(
    self: Receiver<A>,
    options?: { readonly onLag?: "fail" | "skip"; readonly capacity?: number }
  ): Effect.Effect<Queue.Dequeue<A, Lagged | Cause.Done>, never, Scope.Scope>
} = dual((args) => isReceiver(args[0]), <A>(
  self: Receiver<A>,
  options?: { readonly onLag?: "fail" | "skip"; readonly capacity?: number }
): Effect.Effect<Queue.Dequeue<A, Lagged | Cause.Done>, never, Scope.Scope> =>
  Effect.suspend(() => {
    const backend = self[RTypeId]
    if (backend instanceof ReceiverHandle) backend.assertHeld("Broadcast.toQueue")
    const capacity = options?.capacity ?? 16
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw rangeError("Broadcast.toQueue", "capacity", "an integer from 1", capacity, describe(self))
    }
    const values: Stream.Stream<A, Lagged> = options?.onLag === "skip"
      ? stream(self, { onLag: "skip" })
      : stream(self)
    return queueView(Queue.bounded<A, Lagged | Cause.Done>(capacity), values)
  }))

// ---------------------------------------------------------------------------------------------------------------------
// getters
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether no strong sender is left, even if there are values to be read.
 *
 * **When to use**
 *
 * Use for metrics and tests. To know that all was read, `recv` until `Cause.Done`.
 *
 * **Details**
 *
 * Never waits, and works on a dropped receiver. Once true it stays true.
 *
 * Answers `tokio::sync::broadcast::Receiver::is_closed`.
 *
 * **Example** (Closed, with a value to be read)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Broadcast.send(sender, 1)
 *   yield* Broadcast.drop(sender)
 *   return [yield* Broadcast.isClosed(receiver), yield* Broadcast.len(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, 1]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isClosed = (self: Receiver<any, any>): Effect.Effect<boolean> => self[RTypeId].isClosed

/**
 * `isClosed` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Open)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe(1)
 *
 * Broadcast.isClosedUnsafe(receiver) // => false
 * Broadcast.isSender(sender) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isClosedUnsafe = (self: Receiver<any>): boolean =>
  ownReceiver("Broadcast.isClosedUnsafe", self).channel.senders.strong === 0

/**
 * How many values there are: on a sender those that are kept, on a receiver those that were sent and it has not read.
 *
 * **When to use**
 *
 * Use for metrics: on a receiver, how far it is behind.
 *
 * **Details**
 *
 * - On a sender: values that some receiver has still to read, at most the capacity.
 * - On a receiver: overwritten values *included*, so it may be more than the capacity; by as many as it is more, the next
 *   `recv` will fail with `Lagged`. 0 if it was dropped.
 * - Never waits, O(1), and works on a dropped handle.
 *
 * Answers `len` of `tokio::sync::broadcast::{Sender, Receiver}`.
 *
 * **Example** (More than the capacity)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   for (const n of [1, 2, 3]) yield* Broadcast.send(sender, n)
 *   return [yield* Broadcast.len(sender), yield* Broadcast.len(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, 3]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const len = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<number> => half(self).len

/**
 * `len` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Nothing yet)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.lenUnsafe(Broadcast.makeSenderUnsafe(1)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const lenUnsafe = (self: Sender<any> | Receiver<any>): number => lenOf("Broadcast.lenUnsafe", self)

/**
 * Whether `len` is 0.
 *
 * **When to use**
 *
 * Use for metrics and tests. It is no promise about the next `recv`, which another fiber may precede.
 *
 * **Details**
 *
 * Never waits, O(1), and works on a dropped handle.
 *
 * Answers `is_empty` of `tokio::sync::broadcast::{Sender, Receiver}`.
 *
 * **Example** (Before and after)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   const before = yield* Broadcast.isEmpty(receiver)
 *   yield* Broadcast.send(sender, 1)
 *   return [before, yield* Broadcast.isEmpty(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isEmpty = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<boolean> =>
  Effect.map(len(self), (n) => n === 0)

/**
 * `isEmpty` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Nothing yet)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.isEmptyUnsafe(Broadcast.makeSenderUnsafe(1)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isEmptyUnsafe = (self: Sender<any> | Receiver<any>): boolean =>
  lenOf("Broadcast.isEmptyUnsafe", self) === 0

/**
 * How many receivers there are.
 *
 * **When to use**
 *
 * Use for metrics, or to spare the making of what nobody would get.
 *
 * **Details**
 *
 * Never waits, O(1), and works on a dropped sender.
 *
 * Answers `tokio::sync::broadcast::Sender::receiver_count`.
 *
 * **Example** (Two)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Broadcast.make<number>(2)
 *   yield* Broadcast.subscribe(sender)
 *   return yield* Broadcast.receiverCount(sender)
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
 * **Example** (Nobody yet)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.receiverCountUnsafe(Broadcast.makeSenderUnsafe(1)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const receiverCountUnsafe = (self: Sender<any>): number =>
  ownSender("Broadcast.receiverCountUnsafe", self).channel.ring.receivers

/**
 * How many strong senders there are. At 0 the channel is closed.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Never waits, O(1), and works on a dropped handle.
 *
 * Answers `strong_count` of `tokio::sync::broadcast::{Sender, WeakSender}` and `Receiver::sender_strong_count`.
 *
 * **Example** (A sender and its clone)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Broadcast.clone(sender)
 *   return yield* Broadcast.strongCount(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const strongCount = (
  self: Sender<any, any> | WeakSender<any, any> | Receiver<any, any>
): Effect.Effect<number> => backendOf("Broadcast.strongCount", self).strongCount

/**
 * `strongCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (One)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.strongCountUnsafe(Broadcast.makeSenderUnsafe(1)) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const strongCountUnsafe = (self: Sender<any> | WeakSender<any> | Receiver<any>): number =>
  inProcess("Broadcast.strongCountUnsafe", self).channel.senders.strong

/**
 * How many weak senders there are.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Never waits, O(1), and works on a dropped handle.
 *
 * Answers `weak_count` of `tokio::sync::broadcast::{Sender, WeakSender}` and `Receiver::sender_weak_count`.
 *
 * **Example** (One)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Broadcast.downgrade(sender)
 *   return yield* Broadcast.weakCount(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const weakCount = (
  self: Sender<any, any> | WeakSender<any, any> | Receiver<any, any>
): Effect.Effect<number> => backendOf("Broadcast.weakCount", self).weakCount

/**
 * `weakCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (None)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.weakCountUnsafe(Broadcast.makeSenderUnsafe(1)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const weakCountUnsafe = (self: Sender<any> | WeakSender<any> | Receiver<any>): number =>
  inProcess("Broadcast.weakCountUnsafe", self).channel.senders.weak

/**
 * Whether two handles are of the same channel.
 *
 * **When to use**
 *
 * Use to tell channels apart, whatever the handles are: senders, weak senders, receivers.
 *
 * **Details**
 *
 * Looks at constants, so it is plain, and works on dropped handles. Anything that is no handle of a broadcast is of no
 * channel.
 *
 * Answers `same_channel` of `tokio::sync::broadcast::{Sender, Receiver}`.
 *
 * **Example** (Two halves of one, and another)
 *
 * ```ts import.meta.vitest
 * import { Broadcast } from "effect-sync"
 *
 * const [sender, receiver] = Broadcast.makeUnsafe(1)
 *
 * Broadcast.sameChannel(sender, receiver) // => true
 * Broadcast.sameChannel(sender, Broadcast.makeSenderUnsafe(1)) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const sameChannel: {
  (that: Handle): (self: Handle) => boolean
  (self: Handle, that: Handle): boolean
} = dual(2, (self: Handle, that: Handle): boolean => {
  const channel = findBackend(self)?.channel
  return channel !== undefined && channel === findBackend(that)?.channel
})

/**
 * How many fibers wait: on a receiver those that wait on it, on a sender those in `closed`, through whichever sender.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * Who was woken but has not run yet does not count; of those who find nothing, and go on waiting, all do again. Never waits,
 * O(1), and works on a dropped handle.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Effect.forkScoped(Broadcast.recv(receiver))
 *   yield* Effect.yieldNow
 *   return [yield* Broadcast.waiting(receiver), yield* Broadcast.waiting(sender)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [1, 0]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<number> => half(self).waiting

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
 * import { Broadcast } from "effect-sync"
 *
 * Broadcast.waitingUnsafe(Broadcast.makeSenderUnsafe(1)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Sender<any> | Receiver<any>): number =>
  isReceiver(self)
    ? ownReceiver("Broadcast.waitingUnsafe", self as Receiver<any>).parked
    : ownSender("Broadcast.waitingUnsafe", self as Sender<any>).channel.closing.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `Broadcast.Service`: two tags, the layers of both, and the accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out A, in out E, in out LE, in out LR> {
  new(_: never): { readonly key: Id; readonly Self: Self }
  readonly key: Id
  /** The schema of the values, if one was given. */
  readonly message: Schema.Schema<A> | undefined
  /** The service that sends. */
  readonly Sender: Context.Service<SenderOf<Self>, Sender<A, E>>
  /** The service that one subscribes to. */
  readonly Source: Context.Service<SourceOf<Self>, Source<A, E>>
  /** Provides both services. One object, so one channel for all who share the layer. */
  readonly layer: Layer.Layer<SenderOf<Self> | SourceOf<Self>, LE, LR>
  /** The same services with other options; a new channel per call. */
  readonly layerWith: <LE2 = never, LR2 = never>(
    options: { readonly capacity: number | Effect.Effect<number, LE2, LR2>; readonly name?: string }
  ) => Layer.Layer<SenderOf<Self> | SourceOf<Self>, LE2, Exclude<LR2, Scope.Scope>>
  readonly send: (a: A) => Effect.Effect<number, SendError<A> | E, SenderOf<Self>>
  readonly clone: Effect.Effect<Sender<A, E>, never, SenderOf<Self> | Scope.Scope>
  readonly downgrade: Effect.Effect<WeakSender<A, E>, never, SenderOf<Self> | Scope.Scope>
  readonly closed: Effect.Effect<void, E, SenderOf<Self>>
  readonly len: Effect.Effect<number, never, SenderOf<Self>>
  readonly isEmpty: Effect.Effect<boolean, never, SenderOf<Self>>
  readonly receiverCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly strongCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly weakCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly waiting: Effect.Effect<number, never, SenderOf<Self>>
  /** Drops the layer's own sender. */
  readonly drop: Effect.Effect<void, never, SenderOf<Self>>
  /** A receiver of what is sent from then on. */
  readonly subscribe: Effect.Effect<Receiver<A, E>, E, SourceOf<Self> | Scope.Scope>
  /** What is sent from when it is run on, on a receiver of its own. */
  readonly stream: Stream.Stream<A, Lagged | E, SourceOf<Self>>
}

/**
 * Declares a broadcast as two services in one layer: `X.Sender`, and `X.Source` to subscribe to.
 *
 * **When to use**
 *
 * Use when components tell others of something without knowing them. Its type says which of both a component may do:
 * `SenderOf<X>` or `SourceOf<X>`.
 *
 * **Details**
 *
 * - The type of the values is stated, `Broadcast.Service<Self, A>()(id, { capacity })`, or that of the schema `message`:
 *   `Broadcast.Service<Self>()(id, { capacity, message: Event })`.
 * - `capacity` is a number or an Effect that gives it, such as a Config; the layer's error and requirements follow.
 * - `layer` is one object and therefore one channel for everybody it is provided to; `layerWith` makes another. Ending it
 *   drops its sender.
 * - There is no service for a receiver: it would have one cursor for all, and each would hide values from the others. The
 *   accessors `subscribe` and `stream` make one of their own.
 * - Each function of this module that takes a sender first has an accessor of the same name without it.
 * - The third type argument is `E`, if another backend may provide the services. The layers built here still fit.
 * - The name is the id, unless `name` says otherwise. `message` does not check what is sent: it is there for backends.
 *
 * **Gotchas**
 *
 * `X.stream` subscribes when it is run: what was sent before is not seen. Two sibling `Effect.provide(X.layer)` build two
 * channels; provide once, at the root. Two services with one id alias each other.
 *
 * **Example** (One component tells another)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * class Prices extends Broadcast.Service<Prices, number>()("app/Prices", { capacity: 16 }) {}
 *
 * const program = Effect.gen(function*() {
 *   const receiver = yield* Prices.subscribe
 *   yield* Prices.send(42)
 *   return yield* Broadcast.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(Effect.provide(program, Prices.layer)) // => 42
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): <const Id extends string, A, LE = never, LR = never>(
    id: Id,
    options: {
      readonly capacity: number | Effect.Effect<number, LE, LR>
      readonly message: Schema.Schema<A>
      readonly name?: string
    }
  ) => ServiceClass<Self, Id, A, never, LE, Exclude<LR, Scope.Scope>>
  <Self, A, E = never>(): <const Id extends string, LE = never, LR = never>(
    id: Id,
    options: {
      readonly capacity: number | Effect.Effect<number, LE, LR>
      readonly message?: Schema.Schema<A>
      readonly name?: string
    }
  ) => ServiceClass<Self, Id, A, E, LE, Exclude<LR, Scope.Scope>>
} = () => (id: string, options: { readonly capacity: unknown; readonly name?: string }): any =>
  channelServiceClass(id, options, serviceHalves, {
    Sender: {
      values: { clone, downgrade, closed, len, isEmpty, receiverCount, strongCount, weakCount, waiting, drop },
      functions: { send }
    },
    Source: {
      values: { subscribe: (source: Source<any>) => source.subscribe },
      functions: {},
      streams: {
        stream: (source: Source<any>) => Stream.unwrap(Effect.map(source.subscribe, (receiver) => stream(receiver)))
      }
    }
  })[0]

const serviceHalves = ({ capacity, name }: Record<string, any>) =>
  Effect.map(
    newHandle("Broadcast.Service", () => firstSender<any>("Broadcast.Service", capacity, { name })),
    (sender) => {
      const { channel } = sender
      // It is the channel that one subscribes to: also if the layer's own sender was dropped.
      const source: Source<any> = { subscribe: newHandle("Broadcast.subscribe", () => new ReceiverHandle(channel)) }
      return { Sender: sender, Source: source }
    }
  )

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

type AnyBackend = SenderBackend<any, any> | WeakSenderBackend<any, any> | ReceiverBackend<any, any>

/** What carries the implementation of a handle, if it is one of a broadcast. */
const findBackend = (self: Handle): AnyBackend | undefined =>
  hasProperty(self, STypeId) || hasProperty(self, RTypeId) || hasProperty(self, WTypeId)
    ? ((self as any)[STypeId] ?? (self as any)[RTypeId] ?? (self as any)[WTypeId])
    : undefined

const backendOf = (label: string, self: Handle): AnyBackend => {
  const backend = findBackend(self)
  if (backend !== undefined) return backend
  throw new Misuse({ message: `${label}: ${String(self)} is no handle of a Broadcast` })
}

const half = (self: Sender<any, any> | Receiver<any, any>): SenderBackend<any, any> | ReceiverBackend<any, any> =>
  (self as Sender<any, any>)[STypeId] ?? (self as Receiver<any, any>)[RTypeId]

/** What it is, for messages. */
const describe = (self: Receiver<any, any>): string => {
  const backend = self[RTypeId]
  return backend instanceof ReceiverHandle ? backend.description : String(self)
}

const notHere = (label: string, self: unknown): Misuse =>
  new Misuse({ message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name` })

/** The implementation of a handle made here; the `…Unsafe` functions reach into it. */
const inProcess = (
  label: string,
  self: Handle
): SenderHandle<any> | WeakSenderHandle<any> | ReceiverHandle<any> => {
  const backend: unknown = backendOf(label, self)
  if (
    backend instanceof SenderHandle || backend instanceof ReceiverHandle || backend instanceof WeakSenderHandle
  ) return backend
  throw notHere(label, self)
}

const ownSender = <A>(label: string, self: Sender<A>): SenderHandle<A> => {
  const backend: unknown = self[STypeId]
  if (backend instanceof SenderHandle) return backend
  throw notHere(label, self)
}

const ownWeak = <A>(label: string, self: WeakSender<A>): WeakSenderHandle<A> => {
  const backend: unknown = self[WTypeId]
  if (backend instanceof WeakSenderHandle) return backend
  throw notHere(label, self)
}

const ownReceiver = <A>(label: string, self: Receiver<A>): ReceiverHandle<A> => {
  const backend: unknown = self[RTypeId]
  if (backend instanceof ReceiverHandle) return backend
  throw notHere(label, self)
}

const lenOf = (label: string, self: Sender<any> | Receiver<any>): number =>
  isReceiver(self)
    ? ownReceiver(label, self as Receiver<any>).unread
    : ownSender(label, self as Sender<any>).channel.ring.kept
