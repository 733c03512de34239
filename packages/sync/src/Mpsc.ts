/**
 * A channel from many senders to one receiver.
 *
 * Messages arrive in the order in which the sends took effect, each once; a send that had to wait takes effect when its fiber
 * goes on with the slot that it was given. A *bounded* channel has a number of slots: who sends
 * when all are taken waits, first come, first served; that is the back pressure. An *unbounded* one has no limit but
 * memory. The receiver knows when it is over: it ends once all senders are gone, after it has had what they sent.
 *
 * - `bounded(n)` and `unbounded()` make both halves, each a handle that belongs to the current scope.
 * - `send(sender, a)`, `trySend`, `sendTimeout` send; `trySendUnsafe` does from a callback.
 * - `reserve(sender)` takes a slot before there is a message: sending on it never waits and never fails.
 * - `clone(sender)` makes one more sender, `downgrade` a weak one, which does not keep the channel open.
 * - `recv(receiver)` and `recvMany` receive, `stream` makes a Stream of it, `ready` waits without taking anything.
 * - `close(receiver)` refuses further messages and still receives what is under way; `drop` ends a half.
 * - `class Jobs extends Mpsc.Service<Jobs, Job>()("app/Jobs", { capacity: 100 }) {}` makes it two services in one layer.
 *
 * **What interruption does**: an interrupted `send` has not sent, an interrupted `recv` has taken nothing.
 *
 * **How it differs from Effect's `Queue`**: it ends when its last sender is gone, so nobody has to say so; slots can be
 * reserved; a `send` to nobody fails and gives its message back; nobody who waits is overtaken; one message at a time it
 * costs half, or less.
 *
 * **When not**: one answer to one question is a `Oneshot`. If every receiver is to get every message, use
 * `Broadcast`. For an API that asks for a `Queue` there is `boundedQueue`.
 *
 * Implementation: `internal/mpscChannel.ts` (slots, senders, the end), `internal/inbox.ts` (the buffer and who waits for
 * it), where the algorithm is explained. Guarded by `test/Mpsc.test.ts` (MPSC-1 … MPSC-14) and its kin. Answers
 * `tokio::sync::mpsc`.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import type * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import { type Empty, type Full, Misuse, type SendError, type SendTimeout } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import { nameOf, rangeError } from "./internal/arguments.ts"
import { channelServiceClass, type ReceiverOf, type SenderOf } from "./internal/channelService.ts"
import { nativeHalves } from "./internal/inbox.ts"
import { consumed } from "./internal/mpscConsumer.ts"
import * as handles from "./internal/mpscHandles.ts"
import { ChannelTypeId as channelTypeId, PermitHandle, PermitsHandle } from "./internal/mpscPermits.ts"
import { newHandles } from "./internal/newHandle.ts"
import { MAX_PERMITS } from "./internal/permitCounter.ts"
import { queueHalves } from "./internal/queueBacked.ts"
import type { Input, InputError, InputServices } from "./internal/service.ts"
import { streamOf } from "./internal/streams.ts"

export {
  /**
   * The failure of `tryRecv` on a channel without a message.
   *
   * @category errors
   * @since 0.1.0
   */
  Empty,
  /**
   * The failure of what needs a slot and does not wait for it.
   *
   * @category errors
   * @since 0.1.0
   */
  Full,
  /**
   * The defect of a handle used after its end.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of what needs a receiver that is not closed.
   *
   * @category errors
   * @since 0.1.0
   */
  SendError,
  /**
   * The failure of `sendTimeout` when the time is up.
   *
   * @category errors
   * @since 0.1.0
   */
  SendTimeout
} from "./Errors.ts"

export {
  /**
   * The identifier of a service's receiver in `R`.
   *
   * @category services
   * @since 0.1.0
   */
  type ReceiverOf,
  /**
   * The identifier of a service's sender in `R`.
   *
   * @category services
   * @since 0.1.0
   */
  type SenderOf
} from "./internal/channelService.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a sender carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const STypeId: "~effect-sync/Mpsc/Sender" = handles.STypeId

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
export const WTypeId: "~effect-sync/Mpsc/WeakSender" = handles.WTypeId

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
export const RTypeId: "~effect-sync/Mpsc/Receiver" = handles.RTypeId

/**
 * The key under which a receiver carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type RTypeId = typeof RTypeId

/**
 * The key under which every handle of a channel says of which one it is: the same object for all of them. What
 * `sameChannel` compares.
 *
 * @category type ids
 * @since 0.1.0
 */
export const ChannelTypeId: "~effect-sync/Mpsc/channel" = channelTypeId

/**
 * The key under which every handle of a channel says of which one it is, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type ChannelTypeId = typeof ChannelTypeId

/**
 * The sending half, for messages of type `A`. `E` is why an operation can fail beyond what its name says: `never` for
 * those made here, the backend's error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service.
 *
 * **Details**
 *
 * A handle: it belongs to the scope it was made in, whose end drops it, and `Handle.transfer` moves it to another. As long
 * as it is not dropped the channel does not end. A second reference to it is the same sender; `clone` makes another.
 *
 * Answers `tokio::sync::mpsc::Sender` and `UnboundedSender`.
 *
 * @see {@link bounded} for making one
 * @see {@link clone} for making one more
 * @category models
 * @since 0.1.0
 */
export interface Sender<in A, out E = never> extends Handle, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [STypeId]: SenderBackend<A, E>
  readonly [ChannelTypeId]: object
  /** How many slots there are: what the channel was made with, `Infinity` if it is unbounded. */
  readonly maxCapacity: number
}

/**
 * A sender that does not keep the channel open, and can't send before it is upgraded.
 *
 * **When to use**
 *
 * Use for what may send as long as others do: a timer, a cache, the receiver's own way to send to itself.
 *
 * **Details**
 *
 * A handle, as `Sender` is. Answers `tokio::sync::mpsc::WeakSender` and `WeakUnboundedSender`.
 *
 * @see {@link downgrade} for making one
 * @see {@link upgrade} for a sender of it
 * @category models
 * @since 0.1.0
 */
export interface WeakSender<in A, out E = never> extends Handle, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [WTypeId]: WeakSenderBackend<A, E>
  readonly [ChannelTypeId]: object
}

/**
 * The receiving half.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service.
 *
 * **Details**
 *
 * A handle: it belongs to the scope it was made in, whose end drops it. Then nobody can receive any more: sends fail, and
 * what was not received is released. There is one for each channel; fibers that share it are served in the order in
 * which they came, each message going to one of them.
 *
 * Answers `tokio::sync::mpsc::Receiver` and `UnboundedReceiver`.
 *
 * @see {@link bounded} for making one
 * @category models
 * @since 0.1.0
 */
export interface Receiver<out A, out E = never> extends Handle, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [RTypeId]: ReceiverBackend<A, E>
  readonly [ChannelTypeId]: object
  /** How many slots there are: what the channel was made with, `Infinity` if it is unbounded. */
  readonly maxCapacity: number
}

/**
 * A sender whose channel is an Effect `Queue`.
 *
 * **When to use**
 *
 * Use where both a sender and a `Queue` are needed.
 *
 * @see {@link boundedQueue} for making one
 * @category models
 * @since 0.1.0
 */
export interface QueueSender<in out A> extends Sender<A> {
  /** The queue: what is offered to it is received. */
  readonly queue: Queue.Queue<A, Cause.Done>
}

/**
 * A receiver whose channel is an Effect `Queue`.
 *
 * **When to use**
 *
 * Use where both a receiver and a `Queue` are needed.
 *
 * @see {@link boundedQueue} for making one
 * @category models
 * @since 0.1.0
 */
export interface QueueReceiver<in out A> extends Receiver<A> {
  /** The queue: what is sent can be taken from it. */
  readonly queue: Queue.Dequeue<A, Cause.Done>
}

/**
 * A slot that is reserved for one message.
 *
 * **When to use**
 *
 * Use to know that a message can be sent before making it, or before taking it from where it would be lost.
 *
 * **Details**
 *
 * A handle: released, by its scope or by `release`, it gives the slot back. As long as it is outstanding it counts as a
 * sender, so the channel does not end, and its message arrives even if the receiver was closed meanwhile. It is used up by
 * one `send`; a second one dies with `Misuse`. After the receiver was dropped, `send` discards the message.
 *
 * Answers `tokio::sync::mpsc::Permit` and `OwnedPermit`.
 *
 * @see {@link reserve} for taking one
 * @category models
 * @since 0.1.0
 */
export interface Permit<in A> extends Handle, Inspectable.Inspectable {
  readonly [ChannelTypeId]: object
  /** Sends on the slot. Never waits, never fails. */
  send(a: A): Effect.Effect<void>
  /** `send` for callbacks. */
  sendUnsafe(a: A): void
  /** Gives the slot back without sending. Idempotent; does nothing once it is used. */
  readonly release: Effect.Effect<void>
}

/**
 * Several slots that are reserved together.
 *
 * **When to use**
 *
 * Use to send a group of messages without a wait in between.
 *
 * **Details**
 *
 * A handle: released, it gives back the slots that are left. It counts as one sender as long as any are. After its
 * release, `next` is `none` and `send` gives `false`.
 *
 * Answers `tokio::sync::mpsc::PermitIterator`.
 *
 * @see {@link reserveMany} for taking them
 * @category models
 * @since 0.1.0
 */
export interface Permits<in A> extends Handle, Inspectable.Inspectable {
  readonly [ChannelTypeId]: object
  /** How many slots are left. */
  readonly remaining: number
  /** Takes one of the slots out as a permit of its own; `none` once all are out. */
  readonly next: Effect.Effect<Option.Option<Permit<A>>, never, Scope.Scope>
  /** Sends on one of the slots; `false`, and nothing sent, if none is left. Never waits. */
  send(a: A): Effect.Effect<boolean>
  /** Gives back the slots that are left. Idempotent. */
  readonly release: Effect.Effect<void>
}

/**
 * What an implementation of a sender provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a channel that lives elsewhere: a handle with `[Mpsc.STypeId]: backend` then works with every function
 * here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * An interrupted `send` has not sent. Whoever waits is served in order. The messages are of a type of their own in each
 * call, so that a failure gives back what was given. Handles and releases do not fail in `E`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SenderBackend<in A, out E> {
  readonly _A: (_: A) => void
  readonly _E: () => E
  send<B extends A>(a: B): Effect.Effect<void, SendError<B> | E>
  trySend<B extends A>(a: B): Effect.Effect<void, Full<B> | SendError<B> | E>
  sendTimeout<B extends A>(a: B, duration: Duration.Input): Effect.Effect<void, SendTimeout<B> | SendError<B> | E>
  readonly reserve: Effect.Effect<Permit<A>, SendError<void> | E, Scope.Scope>
  reserveMany(n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
  readonly tryReserve: Effect.Effect<Permit<A>, Full<void> | SendError<void> | E, Scope.Scope>
  tryReserveMany(n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
  readonly clone: Effect.Effect<Sender<A, E>, never, Scope.Scope>
  readonly downgrade: Effect.Effect<WeakSender<A, E>, never, Scope.Scope>
  readonly closed: Effect.Effect<void, E>
  readonly isClosed: Effect.Effect<boolean>
  readonly capacity: Effect.Effect<number>
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
 * Use to implement a channel that lives elsewhere, with `SenderBackend`.
 *
 * @category models
 * @since 0.1.0
 */
export interface WeakSenderBackend<in A, out E> {
  readonly _A: (_: A) => void
  readonly _E: () => E
  readonly upgrade: Effect.Effect<Option.Option<Sender<A, E>>, never, Scope.Scope>
  readonly strongCount: Effect.Effect<number>
  readonly weakCount: Effect.Effect<number>
  readonly drop: Effect.Effect<void>
}

/**
 * What an implementation of a receiver provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a channel that lives elsewhere, with `SenderBackend`.
 *
 * **Details**
 *
 * An interrupted wait has taken nothing. Whoever waits is served in order, and nobody who comes later overtakes, `tryRecv`
 * included. The end is `Cause.Done`, and is final.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverBackend<out A, out E> {
  readonly _A: () => A
  readonly _E: () => E
  readonly recv: Effect.Effect<A, Cause.Done | E>
  readonly ready: Effect.Effect<void, Cause.Done | E>
  recvTimeout(duration: Duration.Input): Effect.Effect<Option.Option<A>, Cause.Done | E>
  /** `label` is the public function, as messages name it. */
  recvMany(limit: number, label: string): Effect.Effect<Array<A>, Cause.Done | E>
  readonly tryRecv: Effect.Effect<A, Empty | Cause.Done | E>
  readonly close: Effect.Effect<void>
  readonly isClosed: Effect.Effect<boolean>
  readonly capacity: Effect.Effect<number>
  readonly strongCount: Effect.Effect<number>
  readonly weakCount: Effect.Effect<number>
  readonly len: Effect.Effect<number>
  readonly waiting: Effect.Effect<number>
  readonly drop: Effect.Effect<void>
}

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

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
 * Makes a channel with that many slots: both halves, owned by the current scope.
 *
 * **When to use**
 *
 * Use by default. For a channel that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * - `capacity` is an integer from 1 to `MAX_PERMITS`; anything else dies with a `RangeError`.
 * - Both handles are dropped when the scope closes, the receiver first. `Handle.transfer` moves one to another scope.
 * - A slot is taken by a `send` or a reservation, and is free again when the message has been received or the
 *   reservation is released. With one slot, a `send` waits until the message before it was received; there is no
 *   channel without a slot.
 * - Costs a few small objects and an array of 16; the array grows as needed, up to the capacity.
 *
 * Answers `tokio::sync::mpsc::channel`.
 *
 * **Example** (A producer and a consumer)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<number>(2)
 *   const producer = Effect.forEach([1, 2, 3, 4], (n) => Mpsc.send(sender, n), { discard: true })
 *   yield* Effect.forkChild(Effect.andThen(producer, Mpsc.drop(sender)))
 *   return yield* Stream.runCollect(Mpsc.stream(receiver)) // ends once the sender is dropped
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [1, 2, 3, 4]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const bounded = <A>(
  capacity: number,
  options?: Options
): Effect.Effect<readonly [sender: Sender<A>, receiver: Receiver<A>], never, Scope.Scope> =>
  newHandles("Mpsc.bounded", () => halves<A>("Mpsc.bounded", capacity, options))

/**
 * Makes a channel without a limit: both halves, owned by the current scope.
 *
 * **When to use**
 *
 * Use where who sends can't wait, a callback for example, and what it sends is bounded by other means.
 *
 * **Details**
 *
 * `send` never waits, and `trySend` is never `Full`. `capacity` is `Infinity`; reservations succeed at once. The buffer
 * shrinks again when it is empty.
 *
 * **Gotchas**
 *
 * A receiver that is slower than its senders is a leak. Prefer `bounded` and let senders wait, or `trySend` and shed
 * load.
 *
 * Answers `tokio::sync::mpsc::unbounded_channel`.
 *
 * **Example** (From an event emitter)
 *
 * ```ts import.meta.vitest
 * import { EventEmitter } from "node:events"
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const emitter = new EventEmitter()
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>({ name: "lines" })
 *   emitter.on("line", (line: string) => Mpsc.trySendUnsafe(sender, line))
 *   emitter.emit("line", "one")
 *   emitter.emit("line", "two")
 *   return yield* Mpsc.recvMany(receiver, 10)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => ["one", "two"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const unbounded = <A>(
  options?: Options
): Effect.Effect<readonly [sender: Sender<A>, receiver: Receiver<A>], never, Scope.Scope> =>
  newHandles("Mpsc.unbounded", () => nativeHalves<A>(Infinity, options?.name))

/**
 * Makes a channel whose buffer is an Effect `Queue`, with so many slots: both halves, owned by the current scope.
 *
 * **When to use**
 *
 * Use where an API asks for a `Queue`: `Stream.runIntoQueue`, `Sink.fromQueue`, `Stream.fromQueue` and all of `Queue`'s own
 * functions work on the channel. Where nothing asks for one, `bounded` costs less.
 *
 * **Details**
 *
 * Both halves are those of any other channel; in addition `sender.queue` is the queue to offer to, and `receiver.queue` the
 * one to take from. Messages stand in it and nowhere else, so a function here and one of `Queue` can be used side by
 * side on either side. Back pressure holds through both: an offer takes a slot, and a take gives one back, to whoever
 * waits longest in `send`.
 *
 * The queue ends when the channel does: once all senders are gone, or after `close`. The other way round, whoever ends the
 * queue closes the channel for all: `Stream.runIntoQueue` does at the end of its stream. Sends fail then, and the receiver
 * gets what is there.
 *
 * If a future `Queue` should work in a way we can't follow, each half gets a queue of its own instead, and fibers that carry
 * messages over: the same with some more messages under way.
 *
 * **Gotchas**
 *
 * - `Queue`'s functions don't know of our lines. An offer does not see what is reserved, so there may be more messages than
 *   slots, by as many as are reserved or promised to who waits; who takes from the queue does not wait in the line of `recv`.
 * - A fiber that offers to, or takes from, the queue is no sender or receiver that is counted: it keeps nothing open, and
 *   can use the queue after the half was dropped.
 * - After `close`, offers are accepted as long as a reservation is outstanding. A message that is sent on a reservation
 *   after the queue was ended by hand arrives if something is still in the queue then, and is discarded otherwise.
 * - However the queue was ended, by a defect for example, our functions end with `Cause.Done`.
 *
 * **Example** (A stream into a channel, and a channel into a stream)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.boundedQueue<number>(2)
 *   yield* Effect.forkScoped(Stream.runIntoQueue(Stream.range(1, 5), sender.queue))
 *   const first = yield* Mpsc.recv(receiver)
 *   return [first, yield* Stream.runCollect(Stream.fromQueue(receiver.queue))]
 * })
 *
 * await Effect.runPromise(Effect.scoped(program)) // => [1, [2, 3, 4, 5]]
 * ```
 *
 * @see {@link bounded} for one that is faster
 * @category constructors
 * @since 0.1.0
 */
export const boundedQueue = <A>(
  capacity: number,
  options?: Options
): Effect.Effect<readonly [sender: QueueSender<A>, receiver: QueueReceiver<A>], never, Scope.Scope> =>
  queueBacked("Mpsc.boundedQueue", capacity, options)

/**
 * Makes a channel without a limit whose buffer is an Effect `Queue`: both halves, owned by the current scope.
 *
 * **When to use**
 *
 * Use as `boundedQueue` where who sends can't wait.
 *
 * **Details**
 *
 * As `boundedQueue`, but neither `send` nor an offer to the queue ever waits.
 *
 * **Example** (Offering from a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect, Queue } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unboundedQueue<string>()
 *   Queue.offerUnsafe(sender.queue, "offered")
 *   yield* Mpsc.send(sender, "sent")
 *   return [yield* Mpsc.recv(receiver), yield* Mpsc.recv(receiver)]
 * })
 *
 * await Effect.runPromise(Effect.scoped(program)) // => ["offered", "sent"]
 * ```
 *
 * @see {@link boundedQueue} for what holds of both
 * @category constructors
 * @since 0.1.0
 */
export const unboundedQueue = <A>(
  options?: Options
): Effect.Effect<readonly [sender: QueueSender<A>, receiver: QueueReceiver<A>], never, Scope.Scope> =>
  queueHalves<A>("Mpsc.unboundedQueue", Infinity, options?.name)

/**
 * `bounded` outside Effect: nobody owns the halves; drop them by hand.
 *
 * **When to use**
 *
 * Use at module level and in callbacks; `Handle.transfer` gives a half to a scope.
 *
 * **Details**
 *
 * Throws a `RangeError` where `bounded` dies with one.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.boundedUnsafe<string>(10, { name: "jobs" })
 * Mpsc.trySendUnsafe(sender, "mail")
 *
 * receiver.toString() // => "Mpsc.Receiver(jobs: 1 buffered, 9 of 10 free)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const boundedUnsafe = <A>(
  capacity: number,
  options?: Options
): readonly [sender: Sender<A>, receiver: Receiver<A>] => halves("Mpsc.boundedUnsafe", capacity, options)

/**
 * `unbounded` outside Effect: nobody owns the halves; drop them by hand.
 *
 * **When to use**
 *
 * Use at module level and in callbacks; `Handle.transfer` gives a half to a scope.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 * Mpsc.trySendUnsafe(sender, "mail")
 *
 * Mpsc.lenUnsafe(receiver) // => 1
 * sender.maxCapacity // => Infinity
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const unboundedUnsafe = <A>(options?: Options): readonly [sender: Sender<A>, receiver: Receiver<A>] =>
  nativeHalves(Infinity, options?.name)

/**
 * Whether a value is a `Sender`.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (A sender and another half)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.isSender(sender) // => true
 * Mpsc.isSender(receiver) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSender = (u: unknown): u is Sender<never, unknown> => hasProperty(u, STypeId)

/**
 * Whether a value is a `WeakSender`.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (A weak sender and another half)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.isWeakSender(Mpsc.downgradeUnsafe(sender)) // => true
 * Mpsc.isWeakSender(receiver) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isWeakSender = (u: unknown): u is WeakSender<never, unknown> => hasProperty(u, WTypeId)

/**
 * Whether a value is a `Receiver`.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (A receiver and another half)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.isReceiver(receiver) // => true
 * Mpsc.isReceiver(sender) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isReceiver = (u: unknown): u is Receiver<unknown, unknown> => hasProperty(u, RTypeId)

/**
 * Whether something is a sender whose channel is an Effect `Queue`.
 *
 * **When to use**
 *
 * Use to get at the queue of a service that `layerQueue` provides.
 *
 * **Example** (The queue of a service)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * class Lines extends Mpsc.Service<Lines, string>()("app/Lines", { capacity: 8 }) {}
 *
 * const program = Effect.gen(function*() {
 *   const sender = yield* Lines.Sender
 *   if (!Mpsc.isQueueSender(sender)) return
 *   yield* Stream.runIntoQueue(Stream.make("one", "two"), sender.queue)
 *   return yield* Stream.runCollect(Lines.stream)
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Lines.layerQueue)) // => ["one", "two"]
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isQueueSender: {
  <A>(self: Sender<A>): self is QueueSender<A>
  (u: unknown): u is QueueSender<never>
} = (u: unknown): u is any => isSender(u) && hasProperty(u, "queue")

/**
 * Whether something is a receiver whose channel is an Effect `Queue`.
 *
 * **When to use**
 *
 * Use to get at the queue of a service that `layerQueue` provides.
 *
 * **Example** (Telling one from another)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [, native] = yield* Mpsc.bounded<string>(8)
 *   const [, receiver] = yield* Mpsc.boundedQueue<string>(8)
 *   return [Mpsc.isQueueReceiver(native), Mpsc.isQueueReceiver(receiver)]
 * })
 *
 * await Effect.runPromise(Effect.scoped(program)) // => [false, true]
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isQueueReceiver: {
  <A>(self: Receiver<A>): self is QueueReceiver<A>
  (u: unknown): u is QueueReceiver<unknown>
} = (u: unknown): u is any => isReceiver(u) && hasProperty(u, "queue")

// ---------------------------------------------------------------------------------------------------------------------
// sending
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Sends a message; waits for a slot if none is free.
 *
 * **When to use**
 *
 * Use by default: the wait is the back pressure that keeps who sends from running ahead of who receives.
 *
 * **Details**
 *
 * - Waits for: a slot. On an unbounded channel for nothing.
 * - Order: first come, first served, together with `reserve` and `reserveMany`; a large request at the front holds back
 *   those behind it. Messages arrive in the order in which their sends took effect.
 * - Interruption: an interrupted `send` has not sent. Its slot, if it was granted one, goes to the next.
 * - Cost: O(1), and one small object if it waits.
 * - Fails: with `SendError`, which carries the message, if the receiver is closed or gone, before or while it waits,
 *   even if a slot was granted meanwhile; with `E`, a backend's error. If the sender is dropped while this waits, the
 *   fiber dies with `Misuse`.
 *
 * Answers `tokio::sync::mpsc::Sender::send` and `UnboundedSender::send`.
 *
 * **Example** (A full channel makes the sender wait)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.send(sender, "one")
 *   const second = yield* Effect.forkChild(Mpsc.send(sender, "two"), { startImmediately: true })
 *   const waiting = yield* Mpsc.waiting(sender)
 *   const first = yield* Mpsc.recv(receiver)
 *   yield* Fiber.join(second)
 *   return [waiting, first, yield* Mpsc.recv(receiver)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [1, "one", "two"]
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
 * Sends a message if a slot is free now, without waiting.
 *
 * **When to use**
 *
 * Use to shed load, or to keep a loop running: the message comes back in the error.
 *
 * **Details**
 *
 * - Waits for: nothing. Overtakes nobody: while somebody waits for a slot, none is free.
 * - Interruption: it has been sent or it has not.
 * - Fails: with `Full` if no slot is free, never on an unbounded channel; with `SendError` if the receiver is closed or
 *   gone. Both carry the message.
 *
 * Answers `tokio::sync::mpsc::Sender::try_send`.
 *
 * **Example** (What does not fit comes back)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.trySend(sender, "one")
 *   const error = yield* Effect.flip(Mpsc.trySend(sender, "two"))
 *   return [error._tag, error.value]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["Full", "two"]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const trySend: {
  <A>(a: A): <E>(self: Sender<A, E>) => Effect.Effect<void, Full<A> | SendError<A> | E>
  <A, E>(self: Sender<A, E>, a: NoInfer<A>): Effect.Effect<void, Full<A> | SendError<A> | E>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, a: A): Effect.Effect<void, Full<A> | SendError<A> | E> => self[STypeId].trySend(a)
)

/**
 * `trySend` for callbacks: synchronous, outside Effect, in process only. On an unbounded channel it always fits.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: an event listener, a timer.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who receives runs soon after. Throws `Misuse` if the sender was dropped.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.boundedUnsafe<number>(1)
 *
 * Result.isSuccess(Mpsc.trySendUnsafe(sender, 1)) // => true
 * Result.isSuccess(Mpsc.trySendUnsafe(sender, 2)) // => false
 * Mpsc.lenUnsafe(receiver) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const trySendUnsafe: {
  <A>(a: A): (self: Sender<A>) => Result.Result<void, Full<A> | SendError<A>>
  <A>(self: Sender<A>, a: NoInfer<A>): Result.Result<void, Full<A> | SendError<A>>
} = dual(2, <A>(self: Sender<A>, a: A): Result.Result<void, Full<A> | SendError<A>> => {
  const refusal = senderOf("Mpsc.trySendUnsafe", self).sendNow("Mpsc.trySendUnsafe", a)
  return refusal === undefined ? Result.void : Result.fail(refusal)
})

/**
 * Sends a message; waits for a slot no longer than that.
 *
 * **When to use**
 *
 * Use to give up on a slow receiver without losing the message, as `Effect.timeout` around a `send` would.
 *
 * **Details**
 *
 * - As `send`, but fails with `SendTimeout`, which carries the message, once the time is up. A slot that is free or was
 *   granted wins, also with a duration of 0.
 * - The time is that of the fiber's `Clock`. Not a `Duration.Input`: dies with a `RangeError`.
 *
 * Answers `tokio::sync::mpsc::Sender::send_timeout`.
 *
 * **Example** (Giving up)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.sendTimeout(sender, "one", "1 second")
 *   const error = yield* Effect.flip(Mpsc.sendTimeout(sender, "two", "10 millis"))
 *   return [error._tag, error.value]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => ["SendTimeout", "two"]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const sendTimeout: {
  <A>(
    a: A,
    duration: Duration.Input
  ): <E>(self: Sender<A, E>) => Effect.Effect<void, SendTimeout<A> | SendError<A> | E>
  <A, E>(
    self: Sender<A, E>,
    a: NoInfer<A>,
    duration: Duration.Input
  ): Effect.Effect<void, SendTimeout<A> | SendError<A> | E>
} = dual(
  3,
  <A, E>(
    self: Sender<A, E>,
    a: A,
    duration: Duration.Input
  ): Effect.Effect<void, SendTimeout<A> | SendError<A> | E> => self[STypeId].sendTimeout(a, duration)
)

/**
 * Waits until the receiver is closed or gone.
 *
 * **When to use**
 *
 * Use to stop making what nobody will receive: race it against the work.
 *
 * **Details**
 *
 * - Waits for: `close`, or the end of the receiver. That other senders go does not count.
 * - Interruption: safe; any number may wait.
 * - If the sender is dropped while this waits, the fiber dies with `Misuse`.
 *
 * Answers `tokio::sync::mpsc::Sender::closed`.
 *
 * **Example** (Stopping when nobody listens)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(1)
 *   const producer = yield* Effect.forkChild(Effect.race(Effect.never, Mpsc.closed(sender)))
 *   yield* Mpsc.close(receiver)
 *   yield* Fiber.join(producer)
 *   return "stopped"
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "stopped"
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const closed = <E>(self: Sender<never, E>): Effect.Effect<void, E> => self[STypeId].closed

/**
 * A Sink that sends what it is given.
 *
 * **When to use**
 *
 * Use to run a Stream into a channel.
 *
 * **Details**
 *
 * - Each message is sent by `send`, so a slow receiver slows the stream down.
 * - `drop: true` drops the sender when the sink ends, so that the channel ends with the stream. By default the sender
 *   stays its scope's, and other streams may use it.
 * - Fails with the `SendError` of the message that nobody will receive.
 *
 * **Example** (A stream into a channel)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<number>()
 *   yield* Stream.run(Stream.make(1, 2, 3), Mpsc.sink(sender, { drop: true }))
 *   return yield* Stream.runCollect(Mpsc.stream(receiver))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [1, 2, 3]
 * ```
 *
 * @category sending
 * @since 0.1.0
 */
export const sink: {
  (
    options?: { readonly drop?: boolean }
  ): <A, E>(self: Sender<A, E>) => Sink.Sink<void, A, never, SendError<A> | E>
  <A, E>(self: Sender<A, E>, options?: { readonly drop?: boolean }): Sink.Sink<void, A, never, SendError<A> | E>
} = dual(
  (args) => isSender(args[0]),
  <A, E>(self: Sender<A, E>, options?: { readonly drop?: boolean }): Sink.Sink<void, A, never, SendError<A> | E> => {
    const sending = Sink.forEach((a: A) => self[STypeId].send(a))
    return options?.drop === true ? Sink.ensuring(sending, self[STypeId].drop) : sending
  }
)

// ---------------------------------------------------------------------------------------------------------------------
// reserving
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Takes a slot for a message that is sent later; waits if none is free. The permit belongs to the current scope.
 *
 * **When to use**
 *
 * Use to make sure of a slot before taking the message from where it would be lost, or before the work of making it.
 *
 * **Details**
 *
 * - Waits, and is interrupted, as `send`; what it was granted goes to the next.
 * - `permit.send` never waits and never fails, and its message arrives even if the receiver was closed meanwhile. An
 *   unused permit gives its slot back when its scope closes, or by `permit.release`.
 * - As long as it is outstanding it counts as a sender.
 * - Fails: with `SendError` if the receiver is closed or gone. There is no message in it.
 *
 * Answers `tokio::sync::mpsc::Sender::reserve`; with `Handle.transfer`, `reserve_owned`.
 *
 * **Example** (First the slot, then the message)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(1)
 *   const permit = yield* Mpsc.reserve(sender)
 *   const capacity = yield* Mpsc.capacity(sender)
 *   yield* permit.send("made once there was room")
 *   return [capacity, yield* Mpsc.recv(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [0, "made once there was room"]
 * ```
 *
 * @category reserving
 * @since 0.1.0
 */
export const reserve = <A, E>(self: Sender<A, E>): Effect.Effect<Permit<A>, SendError<void> | E, Scope.Scope> =>
  self[STypeId].reserve

/**
 * Takes `n` slots together; waits until all are free.
 *
 * **When to use**
 *
 * Use to send a group of messages without a wait in between.
 *
 * **Details**
 *
 * - As `reserve`. While it waits at the front it collects what becomes free, and holds back those behind it.
 * - `n` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`. More than the channel has fails with
 *   `Full` at once, closed or not. 0 does not wait.
 *
 * Answers `tokio::sync::mpsc::Sender::reserve_many`.
 *
 * **Example** (A group)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(3)
 *   const permits = yield* Mpsc.reserveMany(sender, 2)
 *   yield* permits.send("begin")
 *   yield* permits.send("end")
 *   const more = yield* permits.send("more")
 *   return [more, yield* Mpsc.recvMany(receiver, 10)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, ["begin", "end"]]
 * ```
 *
 * @category reserving
 * @since 0.1.0
 */
export const reserveMany: {
  (n: number): <A, E>(self: Sender<A, E>) => Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
  <A, E>(self: Sender<A, E>, n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope> =>
    self[STypeId].reserveMany(n)
)

/**
 * Takes a slot if one is free now, without waiting.
 *
 * **When to use**
 *
 * Use to find out whether there is room before making a message.
 *
 * **Details**
 *
 * As `reserve`, and overtakes nobody. Fails with `Full` if no slot is free.
 *
 * Answers `tokio::sync::mpsc::Sender::try_reserve`; with `Handle.transfer`, `try_reserve_owned`.
 *
 * **Example** (No room)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.tryReserve(sender)
 *   const error = yield* Effect.flip(Mpsc.tryReserve(sender))
 *   return error._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "Full"
 * ```
 *
 * @category reserving
 * @since 0.1.0
 */
export const tryReserve = <A, E>(
  self: Sender<A, E>
): Effect.Effect<Permit<A>, Full<void> | SendError<void> | E, Scope.Scope> => self[STypeId].tryReserve

/**
 * `tryReserve` outside Effect, in process only. Nobody owns the permit: use it, or release it by hand.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Throws `Misuse` if the sender was dropped.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.boundedUnsafe<string>(1)
 * const permit = Result.getOrThrow(Mpsc.tryReserveUnsafe(sender))
 * permit.sendUnsafe("sent")
 *
 * Mpsc.lenUnsafe(receiver) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryReserveUnsafe = <A>(self: Sender<A>): Result.Result<Permit<A>, Full<void> | SendError<void>> => {
  const permit = senderOf("Mpsc.tryReserveUnsafe", self).reserveNow("Mpsc.tryReserveUnsafe")
  return permit instanceof PermitHandle ? Result.succeed(permit) : Result.fail(permit)
}

/**
 * Takes `n` slots together if they are free now, without waiting.
 *
 * **When to use**
 *
 * Use to send a group of messages now or not at all.
 *
 * **Details**
 *
 * As `tryReserve`. `n` as for `reserveMany`; 0 succeeds unless the receiver is closed, also while others wait.
 *
 * Answers `tokio::sync::mpsc::Sender::try_reserve_many`.
 *
 * **Example** (All or nothing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(3)
 *   const permits = yield* Mpsc.tryReserveMany(sender, 2)
 *   const error = yield* Effect.flip(Mpsc.tryReserveMany(sender, 2))
 *   return [permits.remaining, error._tag]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, "Full"]
 * ```
 *
 * @category reserving
 * @since 0.1.0
 */
export const tryReserveMany: {
  (n: number): <A, E>(self: Sender<A, E>) => Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
  <A, E>(self: Sender<A, E>, n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, n: number): Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, Scope.Scope> =>
    self[STypeId].tryReserveMany(n)
)

/**
 * `tryReserveMany` outside Effect, in process only. Nobody owns the permits: release them by hand.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Throws where `tryReserveMany` dies.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Handle, Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.boundedUnsafe<string>(3)
 * const permits = Result.getOrThrow(Mpsc.tryReserveManyUnsafe(sender, 3))
 * Handle.releaseUnsafe(permits)
 *
 * Mpsc.capacityUnsafe(sender) // => 3
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryReserveManyUnsafe: {
  (n: number): <A>(self: Sender<A>) => Result.Result<Permits<A>, Full<void> | SendError<void>>
  <A>(self: Sender<A>, n: number): Result.Result<Permits<A>, Full<void> | SendError<void>>
} = dual(2, <A>(self: Sender<A>, n: number): Result.Result<Permits<A>, Full<void> | SendError<void>> => {
  const permits = senderOf("Mpsc.tryReserveManyUnsafe", self).reserveManyNow("Mpsc.tryReserveManyUnsafe", n)
  return permits instanceof PermitsHandle ? Result.succeed(permits) : Result.fail(permits)
})

// ---------------------------------------------------------------------------------------------------------------------
// more senders
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes one more sender, owned by the current scope.
 *
 * **When to use**
 *
 * Use to give each producer a sender of its own, whose end says that this one is done.
 *
 * **Details**
 *
 * The channel ends once all are dropped. A second reference to a sender is no clone. Dies with `Misuse` if the sender
 * was dropped.
 *
 * Answers `Clone` of `tokio::sync::mpsc::Sender`.
 *
 * **Example** (A sender for each producer)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<number>(8)
 *   const producer = (n: number) =>
 *     Effect.scoped(Effect.flatMap(Mpsc.clone(sender), (own) => Mpsc.send(own, n)))
 *   yield* Effect.forEach([1, 2], producer)
 *   yield* Mpsc.drop(sender) // the last one
 *   return yield* Stream.runCollect(Mpsc.stream(receiver))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category senders
 * @since 0.1.0
 */
export const clone = <A, E>(self: Sender<A, E>): Effect.Effect<Sender<A, E>, never, Scope.Scope> => self[STypeId].clone

/**
 * `clone` outside Effect, in process only. Nobody owns the sender: drop it by hand.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Example** (Counted)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 * const other = Mpsc.cloneUnsafe(sender)
 *
 * Mpsc.strongCountUnsafe(other) // => 2
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const cloneUnsafe = <A>(self: Sender<A>): Sender<A> =>
  senderOf("Mpsc.cloneUnsafe", self).cloneUnsafe("Mpsc.cloneUnsafe")

/**
 * Makes a weak sender of a sender, which stays what it is.
 *
 * **When to use**
 *
 * Use for who may send as long as others do, and must not keep the channel open.
 *
 * **Details**
 *
 * Owned by the current scope. Dies with `Misuse` if the sender was dropped.
 *
 * Answers `tokio::sync::mpsc::Sender::downgrade`.
 *
 * **Example** (It does not keep the channel open)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   const weak = yield* Mpsc.downgrade(sender)
 *   const before = yield* Effect.scoped(Effect.map(Mpsc.upgrade(weak), Option.isSome))
 *   yield* Mpsc.drop(sender)
 *   return [before, Option.isSome(yield* Mpsc.upgrade(weak)), yield* Mpsc.isClosed(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false, true]
 * ```
 *
 * @category senders
 * @since 0.1.0
 */
export const downgrade = <A, E>(self: Sender<A, E>): Effect.Effect<WeakSender<A, E>, never, Scope.Scope> =>
  self[STypeId].downgrade

/**
 * `downgrade` outside Effect, in process only. Nobody owns the weak sender: drop it by hand.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Example** (Counted apart)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 * const weak = Mpsc.downgradeUnsafe(sender)
 *
 * Mpsc.strongCountUnsafe(weak) // => 1
 * Mpsc.weakCountUnsafe(weak) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const downgradeUnsafe = <A>(self: Sender<A>): WeakSender<A> =>
  senderOf("Mpsc.downgradeUnsafe", self).downgradeUnsafe("Mpsc.downgradeUnsafe")

/**
 * Makes a sender of a weak one, if there is a sender, or an outstanding permit, to keep the channel open.
 *
 * **When to use**
 *
 * Use right before sending; drop the sender soon after.
 *
 * **Details**
 *
 * Owned by the current scope. `some` also if the receiver was closed. Once it is `none`, it will always be. The weak
 * sender stays what it is; dies with `Misuse` if it was dropped.
 *
 * Answers `tokio::sync::mpsc::WeakSender::upgrade`.
 *
 * **Example** (Sending through a weak sender)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   const weak = yield* Mpsc.downgrade(sender)
 *   yield* Effect.scoped(Effect.flatMap(
 *     Mpsc.upgrade(weak),
 *     Option.match({ onNone: () => Effect.void, onSome: (strong) => Mpsc.send(strong, "tick") })
 *   ))
 *   return yield* Mpsc.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "tick"
 * ```
 *
 * @category senders
 * @since 0.1.0
 */
export const upgrade = <A, E>(
  self: WeakSender<A, E>
): Effect.Effect<Option.Option<Sender<A, E>>, never, Scope.Scope> => self[WTypeId].upgrade

/**
 * `upgrade` outside Effect, in process only. Nobody owns the sender: drop it by hand.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Example** (After the last sender)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 * const weak = Mpsc.downgradeUnsafe(sender)
 * Mpsc.dropUnsafe(sender)
 *
 * Option.isNone(Mpsc.upgradeUnsafe(weak)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const upgradeUnsafe = <A>(self: WeakSender<A>): Option.Option<Sender<A>> =>
  Option.fromUndefinedOr(weakSenderOf("Mpsc.upgradeUnsafe", self).upgradeUnsafe("Mpsc.upgradeUnsafe"))

// ---------------------------------------------------------------------------------------------------------------------
// receiving
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Receives the oldest message; waits for one if there is none.
 *
 * **When to use**
 *
 * Use for one message at a time. For all there are, `recvMany` is several times cheaper each.
 *
 * **Details**
 *
 * - Waits for: a message, or the end.
 * - Order: messages in the order in which their sends took effect. Several fibers on one receiver are served in the
 *   order in which they came, `tryRecv` and `ready` included.
 * - Interruption: an interrupted `recv` has taken nothing. From when it has, its continuation has the message:
 *   `Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(Mpsc.recv(receiver)), save))` loses none.
 * - Cost: O(1), and one small object if it waits.
 * - Fails: with `Cause.Done`, now and ever after, once everything was received and nothing can come any more: all
 *   senders are gone, or the receiver is closed and no reservation is outstanding. With `E`, a backend's error. A
 *   receiver that is dropped ends who waits with `Cause.Done`; who comes later dies with `Misuse`.
 *
 * Answers `tokio::sync::mpsc::Receiver::recv`.
 *
 * **Example** (The end, after what was sent)
 *
 * ```ts import.meta.vitest
 * import { Cause, Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.send(sender, "last words")
 *   yield* Mpsc.drop(sender)
 *   const message = yield* Mpsc.recv(receiver)
 *   const end = yield* Effect.flip(Mpsc.recv(receiver))
 *   return [message, Cause.isDone(end)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["last words", true]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const recv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, Cause.Done | E> => self[RTypeId].recv

/**
 * Waits until `recv` would not wait, without taking or reserving anything.
 *
 * **When to use**
 *
 * Use as one side of a race, where a lost `recv` would be a message to put back; then `recv` or `tryRecv`.
 *
 * **Details**
 *
 * It waits in line with `recv`, and gives its turn to the next when it completes. Fails with `Cause.Done` where `recv`
 * would.
 *
 * **Example** (Waiting in a race)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.send(sender, "hello")
 *   yield* Effect.race(Mpsc.ready(receiver), Effect.sleep("1 second"))
 *   return yield* Mpsc.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "hello"
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const ready = <E>(self: Receiver<unknown, E>): Effect.Effect<void, Cause.Done | E> => self[RTypeId].ready

/**
 * Receives the oldest message; waits no longer than that.
 *
 * **When to use**
 *
 * Use instead of `Effect.timeout` around a `recv`, which may drop what it has just received.
 *
 * **Details**
 *
 * - `none` once the time is up: then nothing was taken. A message that is there wins, also with a duration of 0.
 * - The time is that of the fiber's `Clock`. Not a `Duration.Input`: dies with a `RangeError`.
 * - Otherwise as `recv`.
 *
 * **Example** (Nothing came)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [, receiver] = yield* Mpsc.bounded<string>(1)
 *   return Option.isNone(yield* Mpsc.recvTimeout(receiver, "10 millis"))
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => true
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const recvTimeout: {
  (duration: Duration.Input): <A, E>(self: Receiver<A, E>) => Effect.Effect<Option.Option<A>, Cause.Done | E>
  <A, E>(self: Receiver<A, E>, duration: Duration.Input): Effect.Effect<Option.Option<A>, Cause.Done | E>
} = dual(
  2,
  <A, E>(self: Receiver<A, E>, duration: Duration.Input): Effect.Effect<Option.Option<A>, Cause.Done | E> =>
    self[RTypeId].recvTimeout(duration)
)

/**
 * Receives what there is, up to `limit` messages; waits for one if there is none.
 *
 * **When to use**
 *
 * Use where messages can be handled together: it costs a fraction of as many `recv`.
 *
 * **Details**
 *
 * - Gives 1 to `limit` messages, and does not wait to fill up. A limit of 0 gives `[]` at once, even after the end.
 * - `limit` is an integer from 0 to `MAX_PERMITS`, else it dies with a `RangeError`.
 * - Otherwise as `recv`: interrupted, it has taken nothing.
 *
 * Answers `tokio::sync::mpsc::Receiver::recv_many`.
 *
 * **Example** (Two at a time)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<number>()
 *   yield* Effect.forEach([1, 2, 3], (n) => Mpsc.send(sender, n))
 *   return [yield* Mpsc.recvMany(receiver, 2), yield* Mpsc.recvMany(receiver, 2)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [[1, 2], [3]]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const recvMany: {
  (limit: number): <A, E>(self: Receiver<A, E>) => Effect.Effect<Array<A>, Cause.Done | E>
  <A, E>(self: Receiver<A, E>, limit: number): Effect.Effect<Array<A>, Cause.Done | E>
} = dual(
  2,
  <A, E>(self: Receiver<A, E>, limit: number): Effect.Effect<Array<A>, Cause.Done | E> =>
    self[RTypeId].recvMany(limit, "Mpsc.recvMany")
)

/**
 * Receives the oldest message if there is one, without waiting.
 *
 * **When to use**
 *
 * Use to look in between, and go on with something else.
 *
 * **Details**
 *
 * - Overtakes nobody: what is due to somebody who waited for it is not there.
 * - Fails: with `Empty` if there is nothing now and something may come; with `Cause.Done` once nothing can.
 *
 * Answers `tokio::sync::mpsc::Receiver::try_recv`; `Cause.Done` is its `Disconnected`.
 *
 * **Example** (Nothing there)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [, receiver] = yield* Mpsc.bounded<string>(1)
 *   return (yield* Effect.flip(Mpsc.tryRecv(receiver)))._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "Empty"
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const tryRecv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, Empty | Cause.Done | E> => self[RTypeId].tryRecv

/**
 * `tryRecv` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Throws `Misuse` if the receiver was dropped.
 *
 * **Example** (What there is)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<number>()
 * Mpsc.trySendUnsafe(sender, 1)
 *
 * Mpsc.tryRecvUnsafe(receiver) // => Result.succeed(1)
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryRecvUnsafe = <A>(self: Receiver<A>): Result.Result<A, Empty | Cause.Done> =>
  receiverOf("Mpsc.tryRecvUnsafe", self).recvNow("Mpsc.tryRecvUnsafe")

/**
 * A Stream of the messages, which ends as the channel does.
 *
 * **When to use**
 *
 * Use to receive with the operators of Stream.
 *
 * **Details**
 *
 * - It borrows the receiver, which stays its scope's: after the stream, the rest is still there.
 * - Each pull takes what goes downstream at once: 1 message, or up to `chunkSize`. So `Stream.take(n)` leaves the
 *   others in the channel, but for those of a chunk it has begun. A `chunkSize` that is no integer from 1 dies with a
 *   `RangeError`.
 * - Interrupting a pull loses no message.
 *
 * Answers `tokio_stream::wrappers::ReceiverStream` and `UnboundedReceiverStream`.
 *
 * **Example** (Borrowing the receiver)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<number>()
 *   yield* Effect.forEach([1, 2, 3], (n) => Mpsc.send(sender, n))
 *   const firstTwo = yield* Stream.runCollect(Stream.take(Mpsc.stream(receiver), 2))
 *   return [firstTwo, yield* Mpsc.recv(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [[1, 2], 3]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const stream: {
  (options?: { readonly chunkSize?: number }): <A, E>(self: Receiver<A, E>) => Stream.Stream<A, E>
  <A, E>(self: Receiver<A, E>, options?: { readonly chunkSize?: number }): Stream.Stream<A, E>
} = dual(
  (args) => isReceiver(args[0]),
  <A, E>(self: Receiver<A, E>, options?: { readonly chunkSize?: number }): Stream.Stream<A, E> =>
    streamOf(
      "Mpsc.stream",
      options?.chunkSize,
      () => describe(self),
      (size): Effect.Effect<any, Cause.Done | E> => self[RTypeId].recvMany(size, "Mpsc.stream")
    ) as Stream.Stream<A, E>
)

// ---------------------------------------------------------------------------------------------------------------------
// the end
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Refuses further messages, and still receives what is under way.
 *
 * **When to use**
 *
 * Use to end the work in good order: close, then receive until the end.
 *
 * **Details**
 *
 * - Waiting sends and reservations fail with `SendError`, also those that were granted a slot and have not run yet.
 *   What is buffered, and what is sent on permits, can still be received; then the receiver ends.
 * - Completes every `closed`. Idempotent, one step.
 *
 * Answers `tokio::sync::mpsc::Receiver::close`.
 *
 * **Example** (Draining)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.send(sender, "under way")
 *   yield* Mpsc.close(receiver)
 *   const refused = yield* Effect.flip(Mpsc.send(sender, "too late"))
 *   return [refused.value, yield* Stream.runCollect(Mpsc.stream(receiver))]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["too late", ["under way"]]
 * ```
 *
 * @category ending
 * @since 0.1.0
 */
export const close = (self: Receiver<unknown, unknown>): Effect.Effect<void> => self[RTypeId].close

/**
 * `close` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack. Throws `Misuse` if the receiver was dropped.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 * Mpsc.closeUnsafe(receiver)
 *
 * Mpsc.isClosedUnsafe(sender) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const closeUnsafe = (self: Receiver<unknown>): void =>
  receiverOf("Mpsc.closeUnsafe", self).closeUnsafe("Mpsc.closeUnsafe")

/**
 * Drops a handle before its scope does. Idempotent.
 *
 * **When to use**
 *
 * Use to say that this sender is done, or that nobody will receive any more.
 *
 * **Details**
 *
 * - A sender: once the last one is gone, and no permit is outstanding, the receiver ends. What waits through this one
 *   dies with `Misuse`.
 * - A receiver: as `close`, and what was not received is released at once. What waits on it ends with `Cause.Done`.
 * - A weak sender: nothing but its count.
 * - The same as `Handle.release`. Afterwards everything but reading state dies with `Misuse`.
 *
 * Answers `drop` of either half.
 *
 * **Example** (The last sender)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.drop(sender)
 *   return yield* Stream.runCollect(Mpsc.stream(receiver))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => []
 * ```
 *
 * @category ending
 * @since 0.1.0
 */
export const drop = (
  self: Sender<never, unknown> | WeakSender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<void> => backendOf(self).drop

/**
 * `drop` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack.
 *
 * **Example** (What is not received is released)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.boundedUnsafe<string>(3)
 * Mpsc.trySendUnsafe(sender, "unread")
 * Mpsc.dropUnsafe(receiver)
 *
 * Mpsc.capacityUnsafe(sender) // => 3
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const dropUnsafe = (self: Sender<never> | WeakSender<never> | Receiver<unknown>): void =>
  handleOf("Mpsc.dropUnsafe", self).releaseUnsafe()

// ---------------------------------------------------------------------------------------------------------------------
// getters
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Of a sender: whether the receiver is closed or gone. Of a receiver: that, or whether all senders are gone.
 *
 * **When to use**
 *
 * Use for metrics, or to save work; `send` finds out by itself.
 *
 * **Details**
 *
 * A receiver may be closed and still have messages to receive. Never waits, never dies.
 *
 * Answers `tokio::sync::mpsc::Sender::is_closed` and `Receiver::is_closed`.
 *
 * **Example** (Closed by either side)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.drop(sender)
 *   return [yield* Mpsc.isClosed(sender), yield* Mpsc.isClosed(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isClosed = (
  self: Sender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<boolean> => backendOfHalf(self).isClosed

/**
 * `isClosed` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Closed by either side)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 * Mpsc.dropUnsafe(sender)
 *
 * Mpsc.isClosedUnsafe(receiver) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isClosedUnsafe = (self: Sender<never> | Receiver<unknown>): boolean =>
  halfOf("Mpsc.isClosedUnsafe", self).isClosedUnsafe

/**
 * How many slots are free: `Infinity` if the channel is unbounded.
 *
 * **When to use**
 *
 * Use for metrics.
 *
 * **Details**
 *
 * Falls with every send and reservation, and 0 while somebody waits for slots; rises with every message received and
 * every permit released. Never waits, never dies.
 *
 * Answers `tokio::sync::mpsc::Sender::capacity` and `Receiver::capacity`.
 *
 * **Example** (One message and one reservation)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(5)
 *   yield* Mpsc.send(sender, "message")
 *   yield* Mpsc.reserve(sender)
 *   return [yield* Mpsc.capacity(sender), sender.maxCapacity]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [3, 5]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const capacity = (
  self: Sender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<number> => backendOfHalf(self).capacity

/**
 * `capacity` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (One message and one reservation)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.boundedUnsafe<string>(5)
 *
 * Mpsc.capacityUnsafe(sender) // => 5
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const capacityUnsafe = (self: Sender<never> | Receiver<unknown>): number =>
  halfOf("Mpsc.capacityUnsafe", self).channel.capacity

/**
 * How many senders there are. An outstanding permit counts as one, and so do several that were reserved together.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Never waits, never dies.
 *
 * Answers `tokio::sync::mpsc::Sender::strong_count` and `Receiver::sender_strong_count`.
 *
 * **Example** (A sender, a clone and a permit)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.clone(sender)
 *   yield* Mpsc.reserve(sender)
 *   return yield* Mpsc.strongCount(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 3
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const strongCount = (
  self: Sender<never, unknown> | WeakSender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<number> => backendOf(self).strongCount

/**
 * `strongCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (A sender, a clone and a permit)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.strongCountUnsafe(sender) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const strongCountUnsafe = (self: Sender<never> | WeakSender<never> | Receiver<unknown>): number =>
  handleOf("Mpsc.strongCountUnsafe", self).channel.senders.strong

/**
 * How many weak senders there are.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Never waits, never dies.
 *
 * Answers `tokio::sync::mpsc::Sender::weak_count` and `Receiver::sender_weak_count`.
 *
 * **Example** (One of each)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Mpsc.downgrade(sender)
 *   return [yield* Mpsc.strongCount(receiver), yield* Mpsc.weakCount(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [1, 1]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const weakCount = (
  self: Sender<never, unknown> | WeakSender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<number> => backendOf(self).weakCount

/**
 * `weakCount` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (One of each)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.weakCountUnsafe(sender) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const weakCountUnsafe = (self: Sender<never> | WeakSender<never> | Receiver<unknown>): number =>
  handleOf("Mpsc.weakCountUnsafe", self).channel.senders.weak

/**
 * How many messages there are to receive. Reservations and waiting senders do not count.
 *
 * **When to use**
 *
 * Use for metrics.
 *
 * **Details**
 *
 * Right also after `close` and after all senders went. Never waits, never dies.
 *
 * Answers `tokio::sync::mpsc::Receiver::len`.
 *
 * **Example** (Two sent)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<number>()
 *   yield* Effect.forEach([1, 2], (n) => Mpsc.send(sender, n))
 *   return yield* Mpsc.len(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const len = (
  self: Receiver<unknown, unknown>
): Effect.Effect<number> => self[RTypeId].len

/**
 * `len` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Two sent)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [, receiver] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.lenUnsafe(receiver) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const lenUnsafe = (self: Receiver<unknown>): number => receiverOf("Mpsc.lenUnsafe", self).channel.buffer.length

/**
 * Whether there is no message to receive.
 *
 * **When to use**
 *
 * Use for metrics.
 *
 * **Details**
 *
 * As `len`.
 *
 * Answers `tokio::sync::mpsc::Receiver::is_empty`.
 *
 * **Example** (A reservation is no message)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.reserve(sender)
 *   return yield* Mpsc.isEmpty(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => true
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isEmpty = (
  self: Receiver<unknown, unknown>
): Effect.Effect<boolean> => Effect.map(self[RTypeId].len, (n) => n === 0)

/**
 * `isEmpty` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (A reservation is no message)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [, receiver] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.isEmptyUnsafe(receiver) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isEmptyUnsafe = (self: Receiver<unknown>): boolean =>
  receiverOf("Mpsc.isEmptyUnsafe", self).channel.buffer.length === 0

/**
 * Of a sender: how many wait for slots. Of a receiver: how many wait for a message.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Those who were granted a slot, or called to a message, and have not run yet do not count. Never waits, never dies.
 *
 * **Example** (One waits to receive)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.unbounded<string>()
 *   yield* Effect.forkChild(Mpsc.recv(receiver), { startImmediately: true })
 *   return [yield* Mpsc.waiting(sender), yield* Mpsc.waiting(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [0, 1]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (
  self: Sender<never, unknown> | Receiver<unknown, unknown>
): Effect.Effect<number> => backendOfHalf(self).waiting

/**
 * `waiting` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (One waits to receive)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.waitingUnsafe(sender) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Sender<never> | Receiver<unknown>): number =>
  halfOf("Mpsc.waitingUnsafe", self).waitingUnsafe

/**
 * Whether two handles are of one channel: senders, weak senders, permits, the receiver.
 *
 * **When to use**
 *
 * Use to tell channels apart, in assertions for example.
 *
 * **Details**
 *
 * A constant: no Effect. `false` for handles that are not of a channel.
 *
 * Answers `tokio::sync::mpsc::Sender::same_channel`, `OwnedPermit::same_channel` and `same_channel_as_sender`.
 *
 * **Example** (A clone and a stranger)
 *
 * ```ts import.meta.vitest
 * import { Mpsc } from "effect-sync"
 *
 * const [sender, receiver] = Mpsc.unboundedUnsafe<string>()
 * const [stranger] = Mpsc.unboundedUnsafe<string>()
 *
 * Mpsc.sameChannel(sender, receiver) // => true
 * Mpsc.sameChannel(sender, stranger) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const sameChannel: {
  (that: Handle): (self: Handle) => boolean
  (self: Handle, that: Handle): boolean
} = dual(
  2,
  (self: Handle, that: Handle): boolean => channelOf(self) !== undefined && channelOf(self) === channelOf(that)
)

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * What a service is made of: `capacity` is a number of slots or `"unbounded"`, as a value or as an Effect that gives one.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceOptions {
  readonly capacity: Input<number | "unbounded">
  readonly name?: string
}

/**
 * How `layerConsumer` handles messages.
 *
 * @category services
 * @since 0.1.0
 */
export interface ConsumerOptions {
  /** How many messages are handled at the same time: an integer from 1, which is the default. */
  readonly concurrency?: number
  /** How long the layer's end waits for what is left to be handled; for ever by default. */
  readonly drainTimeout?: Duration.Input
}

/**
 * The type of a class made by `Mpsc.Service`: two service tags, their layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<
  in out Self,
  in out Id extends string,
  in out A,
  in out E,
  in out LE,
  in out LR,
  in out S = undefined
> {
  new(_: never): { readonly key: Id }
  readonly key: Id
  /** The schema of the messages, or `undefined` if the type was stated. */
  readonly message: S
  /** The service of the sending half. */
  readonly Sender: Context.Service<SenderOf<Self>, Sender<A, E>>
  /** The service of the receiving half. */
  readonly Receiver: Context.Service<ReceiverOf<Self>, Receiver<A, E>>
  /** Provides both halves of one channel. One object, so one channel for all who share the layer. */
  readonly layer: Layer.Layer<SenderOf<Self> | ReceiverOf<Self>, LE, LR>
  /** The same services with other options; a new channel per call. */
  readonly layerWith: <const O extends ServiceOptions>(
    options: O
  ) => Layer.Layer<SenderOf<Self> | ReceiverOf<Self>, InputError<O>, Exclude<InputServices<O>, Scope.Scope>>
  /** The same services over an Effect `Queue`: what it provides are a `QueueSender` and a `QueueReceiver`. One object. */
  readonly layerQueue: Layer.Layer<SenderOf<Self> | ReceiverOf<Self>, LE, LR>
  /** Provides the sender of a channel whose messages are handled here, and drains it when it ends. */
  readonly layerConsumer: <R>(
    handler: (a: A) => Effect.Effect<unknown, never, R>,
    options?: ConsumerOptions
  ) => Layer.Layer<SenderOf<Self>, LE, LR | Exclude<R, Scope.Scope>>
  /** A sender of one's own, owned by the current scope. The same as `clone`. */
  readonly sender: Effect.Effect<Sender<A, E>, never, SenderOf<Self> | Scope.Scope>
  /** Drops the layer's own sender: the channel ends once all others are gone too. The same as `drop`. */
  readonly close: Effect.Effect<void, never, SenderOf<Self>>
  readonly send: (a: A) => Effect.Effect<void, SendError<A> | E, SenderOf<Self>>
  readonly trySend: (a: A) => Effect.Effect<void, Full<A> | SendError<A> | E, SenderOf<Self>>
  readonly sendTimeout: (
    a: A,
    duration: Duration.Input
  ) => Effect.Effect<void, SendTimeout<A> | SendError<A> | E, SenderOf<Self>>
  readonly reserve: Effect.Effect<Permit<A>, SendError<void> | E, SenderOf<Self> | Scope.Scope>
  readonly reserveMany: (
    n: number
  ) => Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, SenderOf<Self> | Scope.Scope>
  readonly tryReserve: Effect.Effect<Permit<A>, Full<void> | SendError<void> | E, SenderOf<Self> | Scope.Scope>
  readonly tryReserveMany: (
    n: number
  ) => Effect.Effect<Permits<A>, Full<void> | SendError<void> | E, SenderOf<Self> | Scope.Scope>
  readonly clone: Effect.Effect<Sender<A, E>, never, SenderOf<Self> | Scope.Scope>
  readonly downgrade: Effect.Effect<WeakSender<A, E>, never, SenderOf<Self> | Scope.Scope>
  readonly closed: Effect.Effect<void, E, SenderOf<Self>>
  readonly sink: Sink.Sink<void, A, never, SendError<A> | E, SenderOf<Self>>
  readonly drop: Effect.Effect<void, never, SenderOf<Self>>
  readonly isClosed: Effect.Effect<boolean, never, SenderOf<Self>>
  readonly capacity: Effect.Effect<number, never, SenderOf<Self>>
  readonly strongCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly weakCount: Effect.Effect<number, never, SenderOf<Self>>
  readonly waiting: Effect.Effect<number, never, SenderOf<Self>>
  readonly recv: Effect.Effect<A, Cause.Done | E, ReceiverOf<Self>>
  readonly ready: Effect.Effect<void, Cause.Done | E, ReceiverOf<Self>>
  readonly recvTimeout: (duration: Duration.Input) => Effect.Effect<Option.Option<A>, Cause.Done | E, ReceiverOf<Self>>
  readonly recvMany: (limit: number) => Effect.Effect<Array<A>, Cause.Done | E, ReceiverOf<Self>>
  readonly tryRecv: Effect.Effect<A, Empty | Cause.Done | E, ReceiverOf<Self>>
  readonly stream: Stream.Stream<A, E, ReceiverOf<Self>>
  readonly len: Effect.Effect<number, never, ReceiverOf<Self>>
  readonly isEmpty: Effect.Effect<boolean, never, ReceiverOf<Self>>
}

/**
 * Declares a channel as two services: one class that has both tags, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when components of an application send to one another. What a component may do shows in its requirements:
 * `SenderOf<Jobs>` or `ReceiverOf<Jobs>`.
 *
 * **Details**
 *
 * - The type of the messages is stated, `Mpsc.Service<Jobs, Job>()`, or that of a schema given as `message`, which the
 *   class keeps. Nothing is encoded or checked here.
 * - `capacity` is a number of slots or `"unbounded"`, or an Effect that gives one, such as a Config; the layer's error
 *   and requirements follow.
 * - `layer` is one object and therefore one channel for everybody it is provided to; `layerWith` makes another.
 * - `layerQueue` provides the same services, over an Effect `Queue`: `isQueueSender` and `isQueueReceiver` tell, and give it.
 * - `layerConsumer(handler, options)` provides the sender only, and calls the handler with each message, `concurrency`
 *   of them at the same time, each in a scope of its own. A defect in it is logged, and the consumer goes on. When the
 *   layer ends, all who depend on it have ended; it drops its own sender, handles what is left and waits for that. Past
 *   `drainTimeout` the handlers still running are interrupted, what is left is reported in a log with its number, and
 *   the channel is closed.
 * - Each function of this module that takes a sender or a receiver first has an accessor of the same name without it;
 *   those that take either are of the sender. `sender` is a clone of one's own, and `close` drops the layer's own
 *   sender, which would keep the channel open.
 * - The third type argument is `E`, if another backend may provide the services. The layers built here still fit.
 * - The name is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two channels, and what is sent into the one never comes out of the other;
 * provide once, at the root. Two services with one id alias each other.
 *
 * **Example** (One component sends, another receives)
 *
 * ```ts import.meta.vitest
 * import { Effect, Stream } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * class Lines extends Mpsc.Service<Lines, string>()("app/Lines", { capacity: 100 }) {}
 *
 * const producer = Effect.andThen(Effect.forEach(["one", "two"], Lines.send), Lines.close)
 * const consumer = Stream.runCollect(Lines.stream)
 *
 * const program = Effect.all([producer, consumer], { concurrency: "unbounded" })
 *
 * const [, lines] = await Effect.runPromise(Effect.provide(program, Lines.layer))
 *
 * lines // => ["one", "two"]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): <const Id extends string, S extends Schema.Top, const C extends Input<number | "unbounded">>(
    id: Id,
    options: { readonly capacity: C; readonly message: S; readonly name?: string }
  ) => ServiceClass<
    Self,
    Id,
    S["Type"],
    never,
    InputError<{ c: C }>,
    Exclude<InputServices<{ c: C }>, Scope.Scope>,
    S
  >
  <Self, A, E = never>(): <const Id extends string, const C extends Input<number | "unbounded">>(
    id: Id,
    options: { readonly capacity: C; readonly name?: string }
  ) => ServiceClass<Self, Id, A, E, InputError<{ c: C }>, Exclude<InputServices<{ c: C }>, Scope.Scope>>
} = () => (id: string, options: Record<string, unknown>): any => {
  const [self, layerFrom] = channelServiceClass(
    id,
    options,
    (given) =>
      Effect.map(
        newHandles("Mpsc.Service", () => serviceHalves(given)),
        ([Sender, Receiver]) => ({ Sender, Receiver })
      ),
    {
      Sender: {
        values: {
          sender: clone,
          close: drop,
          reserve,
          tryReserve,
          clone,
          downgrade,
          closed,
          drop,
          isClosed,
          capacity,
          strongCount,
          weakCount,
          waiting
        },
        functions: { send, trySend, sendTimeout, reserveMany, tryReserveMany },
        sinks: { sink }
      },
      Receiver: {
        values: { recv, ready, tryRecv, len, isEmpty },
        functions: { recvTimeout, recvMany },
        streams: { stream }
      }
    },
    ["message"]
  )
  self.layerQueue = layerFrom(
    options,
    (given) => Effect.map(serviceQueue(given), ([Sender, Receiver]) => ({ Sender, Receiver }))
  )
  self.layerConsumer = (handler: (a: any) => Effect.Effect<unknown, never, any>, consumer: ConsumerOptions = {}) =>
    layerFrom(
      options,
      (given) => Effect.map(consumed(() => serviceHalves(given), handler, consumer), (Sender) => ({ Sender }))
    )
  return self
}

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

const assertCapacity = (label: string, capacity: number, options: Options | undefined) => {
  if (Number.isSafeInteger(capacity) && capacity >= 1) return
  const range = `an integer from 1 to MAX_PERMITS (${MAX_PERMITS})`
  throw rangeError(label, "capacity", range, capacity, nameOf("Mpsc", options?.name))
}

const halves = <A>(label: string, capacity: number, options: Options | undefined) => {
  assertCapacity(label, capacity, options)
  return nativeHalves<A>(capacity, options?.name)
}

const queueBacked = <A>(label: string, capacity: number, options: Options | undefined) =>
  Effect.suspend(() => {
    assertCapacity(label, capacity, options)
    return queueHalves<A>(label, capacity, options?.name)
  })

const serviceHalves = ({ capacity, name }: Record<string, any>) =>
  capacity === "unbounded" ? nativeHalves<any>(Infinity, name) : halves<any>("Mpsc.Service", capacity, { name })

const serviceQueue = ({ capacity, name }: Record<string, any>) =>
  capacity === "unbounded"
    ? queueHalves<any>("Mpsc.Service", Infinity, name)
    : queueBacked<any>("Mpsc.Service", capacity, { name })

type AnySender = Sender<never, unknown>
type AnyWeakSender = WeakSender<never, unknown>
type AnyReceiver = Receiver<unknown, unknown>

const backendOfHalf = (self: AnySender | AnyReceiver) => STypeId in self ? self[STypeId] : self[RTypeId]

const backendOf = (self: AnySender | AnyWeakSender | AnyReceiver) =>
  WTypeId in self ? self[WTypeId] : backendOfHalf(self)

const channelOf = (handle: Handle): unknown => (handle as { readonly [ChannelTypeId]?: object })[ChannelTypeId]

// The implementations of those made here; the `…Unsafe` functions reach into them.

const senderOf = <A>(label: string, self: Sender<A>): handles.SenderHandle<A> => {
  const backend: unknown = self[STypeId]
  return backend instanceof handles.SenderHandle ? backend : strange(label, self)
}

const weakSenderOf = <A>(label: string, self: WeakSender<A>): handles.WeakSenderHandle<A> => {
  const backend: unknown = self[WTypeId]
  return backend instanceof handles.WeakSenderHandle ? backend : strange(label, self)
}

const receiverOf = <A>(label: string, self: Receiver<A>): handles.ReceiverHandle<A> => {
  const backend: unknown = self[RTypeId]
  return backend instanceof handles.ReceiverHandle ? backend : strange(label, self)
}

const halfOf = (label: string, self: Sender<never> | Receiver<unknown>) =>
  STypeId in self ? senderOf(label, self) : receiverOf(label, self)

const handleOf = (label: string, self: Sender<never> | WeakSender<never> | Receiver<unknown>) =>
  WTypeId in self ? weakSenderOf(label, self) : halfOf(label, self)

/** A receiver, for messages. */
const describe = (self: AnyReceiver): string => {
  const backend: unknown = self[RTypeId]
  return backend instanceof handles.ReceiverHandle ? backend.description : String(self)
}

const strange = (label: string, self: unknown): never => {
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
