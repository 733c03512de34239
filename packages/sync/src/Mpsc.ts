/**
 * A channel from many senders to one receiver.
 *
 * Messages arrive in the order in which they were sent, each once. A *bounded* channel has a number of slots: who sends
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
 * **When not**: one answer to one question is a `Deferred`. If every receiver is to get every message, use Effect's
 * `PubSub`. For an API that asks for a `Queue`, use one.
 *
 * Implementation: `internal/mpscChannel.ts` (slots, senders, the end), `internal/inbox.ts` (the buffer and who waits for
 * it), where the algorithm is explained. Guarded by `test/Mpsc.test.ts` (MPSC-1 … MPSC-14) and its kin. Answers
 * `tokio::sync::mpsc`.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import type * as Scope from "effect/Scope"
import type { Empty, Full, SendError, SendTimeout } from "./Errors.ts"
import type { Handle } from "./Handle.ts"

// ---------------------------------------------------------------------------------------------------------------------
// models
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The key under which a sender carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const STypeId: "~effect-sync/Mpsc/Sender" = "~effect-sync/Mpsc/Sender"

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
export const WTypeId: "~effect-sync/Mpsc/WeakSender" = "~effect-sync/Mpsc/WeakSender"

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
export const RTypeId: "~effect-sync/Mpsc/Receiver" = "~effect-sync/Mpsc/Receiver"

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
export const ChannelTypeId: "~effect-sync/Mpsc/channel" = "~effect-sync/Mpsc/channel"

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
  recvMany(limit: number): Effect.Effect<Array<A>, Cause.Done | E>
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
