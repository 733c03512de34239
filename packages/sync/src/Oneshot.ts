/**
 * A channel for one value, from one sender to one receiver.
 *
 * The answer to a request, the result of a computation that runs elsewhere: somebody promises a value, somebody else waits
 * for it, and either learns when the other gives up.
 *
 * - `make()` gives both halves, owned by the current scope. `makeUnsafe()` gives them to nobody.
 * - `send(sender, a)` sends the value, or says that nobody wants it any more and gives it back.
 * - `recv(receiver)` waits for the value, and fails with `RecvError` once it is certain that none will come.
 * - `closed(sender)` waits until nobody wants the value any more: what a long computation should race.
 * - `close(receiver)` says so, and `drop` of either half does too; the end of the scope drops both.
 *
 * **A request and its answer**: the request carries the sender, and who asked keeps the receiver. If the request is lost
 * with whoever was to answer it, the scope that owned the sender drops it, and `recv` fails instead of waiting for ever.
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber, Queue } from "effect"
 * import { Handle, Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const requests = yield* Queue.unbounded<readonly [n: number, reply: Oneshot.Sender<number>]>()
 *   const squares = yield* Effect.forkChild(Effect.forever(
 *     Effect.flatMap(Queue.take(requests), ([n, reply]) => Effect.ignore(Oneshot.send(reply, n * n)))
 *   ))
 *   const square = Effect.fnUntraced(function*(n: number) {
 *     const [sender, receiver] = yield* Oneshot.make<number>()
 *     yield* Queue.offer(requests, [n, sender])
 *     return yield* Oneshot.recv(receiver)
 *   }, Effect.scoped)
 *   const answers = [yield* square(3), yield* square(4)]
 *   yield* Fiber.interrupt(squares)
 *   return answers
 * })
 *
 * await Effect.runPromise(program) // => [9, 16]
 * ```
 *
 * **How it differs from `Deferred`**: both ends know of each other. A sender that is gone fails who waits, a receiver that
 * is gone can be seen by who computes. The value is received once, and nobody runs on the stack of who sends it.
 *
 * **When not**: for a value that many wait for, `SetOnce` or `Deferred`; for more than one value, `Mpsc`. A oneshot is used
 * once, so there is no `Service`; for a ready signal use `SetOnce.Service`.
 *
 * **The result of a fiber needs no channel.** What `tokio::spawn` returns, a `JoinHandle`, is a `Fiber` here, and it can be
 * asked any number of times, by anybody:
 *
 * | tokio                               | Effect                                                                        |
 * | ----------------------------------- | ----------------------------------------------------------------------------- |
 * | `handle.await`                      | `Fiber.await`: the `Exit` as a value; `Fiber.join`: ends as the fiber did     |
 * | `JoinError::is_panic`, `into_panic` | `Exit.hasDies`, `Exit.findDefect`                                             |
 * | `JoinError::is_cancelled`           | `Exit.hasInterrupts`                                                          |
 * | `abort()`                           | `fiber.interruptUnsafe()`; `Fiber.interrupt` also waits for its finalizers    |
 * | `is_finished()`                     | `fiber.pollUnsafe() !== undefined`                                            |
 * | dropping the handle: it is detached | `Effect.forkDetach`; a fiber of `Effect.forkChild` ends with the one above it |
 * | `AbortOnDropHandle`                 | `Effect.forkScoped`                                                           |
 *
 * - What the fiber owned is released before anybody sees its exit (JH-1).
 * - A defect in it is no defect of whoever awaits it (JH-2): `Fiber.await` gives it as a value. `Fiber.join` is for those who
 *   want to die of it.
 * - An interrupt after the end leaves the result as it is (JH-3), and interrupting a join leaves the fiber alone (JH-4).
 *
 * ```ts import.meta.vitest
 * import { Effect, Exit, Fiber, Result } from "effect"
 *
 * const divide = (a: number, b: number) =>
 *   Effect.sync(() => {
 *     if (b === 0) throw new Error("divided by zero")
 *     return a / b
 *   })
 *
 * const program = Effect.gen(function*() {
 *   const works = yield* Effect.forkChild(divide(6, 2))
 *   const breaks = yield* Effect.forkChild(divide(1, 0))
 *   const exit = yield* Fiber.await(breaks) // nothing is thrown here
 *   return [yield* Fiber.join(works), Exit.hasDies(exit), Result.getOrThrow(Exit.findDefect(exit))]
 * })
 *
 * await Effect.runPromise(program) // => [3, true, new Error("divided by zero")]
 * ```
 *
 * A oneshot is for what has no fiber of its own: a callback, an actor that serves many, an answer that comes before the
 * fiber ends.
 *
 * Implementation: `internal/oneshotChannel.ts`, where the states are explained. Guarded by `test/Oneshot.test.ts`
 * (ONE-1 … ONE-9, JH-1 … JH-4) and its kin. Answers `tokio::sync::oneshot`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Inspectable from "effect/Inspectable"
import { hasProperty } from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type Empty, Misuse, type RecvError, type SendError } from "./Errors.ts"
import { type Handle, release } from "./Handle.ts"
import { newHandles } from "./internal/newHandle.ts"
import {
  Closed,
  emptyFailure,
  OneshotChannel,
  Recv,
  recvFailure,
  refused,
  Send,
  type SendingHandle,
  TryRecv
} from "./internal/oneshotChannel.ts"
import { ScopedHandle } from "./internal/scopedHandle.ts"

export {
  /**
   * The failure of `tryRecv` while a value may still come.
   *
   * @category errors
   * @since 0.1.0
   */
  Empty,
  /**
   * The defect of a half used after its end, or for a second time.
   *
   * @category errors
   * @since 0.1.0
   */
  Misuse,
  /**
   * The failure of `recv` and `tryRecv` where no value will come.
   *
   * @category errors
   * @since 0.1.0
   */
  RecvError,
  /**
   * The failure of `send` where nobody wants the value any more.
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
 * The key under which a `Sender` carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const STypeId: "~effect-sync/Oneshot/Sender" = "~effect-sync/Oneshot/Sender"

/**
 * The key under which a `Sender` carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type STypeId = typeof STypeId

/**
 * The key under which a `Receiver` carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const RTypeId: "~effect-sync/Oneshot/Receiver" = "~effect-sync/Oneshot/Receiver"

/**
 * The key under which a `Receiver` carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type RTypeId = typeof RTypeId

/**
 * The half that sends a value of type `A`, once. `E` is why an operation can fail beyond what its name says: `never` for
 * those made here, the backend's error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of what a request carries, and of who owes an answer.
 *
 * **Details**
 *
 * It is a `Handle`: the scope that owns it drops it, and `Handle.transfer` gives it to another scope. `send` uses it up,
 * whether the value was wanted or not. A sender that is dropped before it has sent fails who waits for the value.
 *
 * Answers `tokio::sync::oneshot::Sender`.
 *
 * @see {@link make} for making both halves
 * @category models
 * @since 0.1.0
 */
export interface Sender<in A, out E = never> extends Handle, Inspectable.Inspectable {
  readonly [STypeId]: SenderBackend<A, E>
}

/**
 * The half that receives a value of type `A`, once. `E` is as for a `Sender`.
 *
 * **When to use**
 *
 * Use as the type of what who waits for an answer holds.
 *
 * **Details**
 *
 * It is a `Handle`: the scope that owns it drops it, and `Handle.transfer` gives it to another scope. Dropping it closes
 * the channel and discards a value that was sent and not received.
 *
 * Answers `tokio::sync::oneshot::Receiver`.
 *
 * @see {@link make} for making both halves
 * @category models
 * @since 0.1.0
 */
export interface Receiver<out A, out E = never> extends Handle, Inspectable.Inspectable {
  readonly [RTypeId]: ReceiverBackend<A, E>
}

/**
 * What an implementation of a `Sender` provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a sender that lives elsewhere: a handle `{ [Oneshot.STypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * A `send` that succeeded is received once, or dropped with the receiver. One that is interrupted has not sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface SenderBackend<in A, out E> {
  readonly _A: (_: A) => void
  readonly _E: () => E
  readonly closed: Effect.Effect<void, E>
  readonly isClosed: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  send<B extends A>(a: B): Effect.Effect<void, SendError<B> | E>
}

/**
 * What an implementation of a `Receiver` provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a receiver that lives elsewhere: a handle `{ [Oneshot.RTypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * A `recv` that is interrupted has taken nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverBackend<out A, out E> {
  readonly _A: () => A
  readonly _E: () => E
  readonly recv: Effect.Effect<A, RecvError | E>
  readonly tryRecv: Effect.Effect<A, Empty | RecvError | E>
  readonly close: Effect.Effect<void>
  readonly isTerminated: Effect.Effect<boolean>
  readonly isEmpty: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
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
 * Makes both halves of a channel for one value of type `A`, in the current scope.
 *
 * **When to use**
 *
 * Use for an answer that somebody owes somebody else.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Scope: its end drops both halves. Each can be given to another scope by `Handle.transfer`, for example that of a
 *   fiber which computes the value: it then fails who waits if it ends without having sent.
 * - Interruption: both are there and the scope owns them, or neither is.
 * - Cost: three small objects, and a finalizer in the scope for each half. A sender that is used up leaves no trace in
 *   its scope.
 *
 * **Gotchas**
 *
 * The receiver stays in its scope until that ends or it is dropped, also once it has given its result. Make the channel in
 * a scope of the exchange (`Effect.scoped`), not in that of the application.
 *
 * Answers `tokio::sync::oneshot::channel`.
 *
 * **Example** (A computation that fails owes nobody an answer for ever)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Handle, Oneshot } from "effect-sync"
 *
 * const ask = Effect.fnUntraced(function*(compute: Effect.Effect<number, string>) {
 *   const [sender, receiver] = yield* Oneshot.make<number>({ name: "answer" })
 *   yield* Handle.forkWith(
 *     Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
 *     (sender) => Effect.flatMap(compute, (answer) => Oneshot.send(sender, answer))
 *   )
 *   return yield* Oneshot.recv(receiver).pipe(Effect.catchTag("RecvError", ({ message }) => Effect.succeed(message)))
 * }, Effect.scoped)
 *
 * await Effect.runPromise(ask(Effect.succeed(42))) // => 42
 * await Effect.runPromise(ask(Effect.fail("no"))) // => "Oneshot \"answer\" is over: nothing will come any more"
 * ```
 *
 * @see {@link makeUnsafe} for halves that no scope owns
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  options?: Options
): Effect.Effect<readonly [sender: Sender<A>, receiver: Receiver<A>], never, Scope.Scope> =>
  newHandles("Oneshot.make", () => pair<A>(options?.name))

/**
 * `make` outside Effect: halves that no scope owns.
 *
 * **When to use**
 *
 * Use in callbacks, and where either half is used up or dropped by hand. `Handle.transferUnsafe` gives a half to a scope.
 *
 * **Gotchas**
 *
 * Who waits at one half waits for ever if the other one is forgotten: the garbage collector drops nothing.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<string>()
 * setTimeout(() => Oneshot.sendUnsafe(sender, "by the timer"), 1)
 *
 * await Effect.runPromise(Oneshot.recv(receiver)) // => "by the timer"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(options?: Options): readonly [sender: Sender<A>, receiver: Receiver<A>] =>
  pair(options?.name)

/**
 * Whether a value is the sender of a oneshot, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * Oneshot.makeUnsafe().map(Oneshot.isSender) // => [true, false]
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSender = (u: unknown): u is Sender<never, unknown> => hasProperty(u, STypeId)

/**
 * Whether a value is the receiver of a oneshot, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * Oneshot.makeUnsafe().map(Oneshot.isReceiver) // => [false, true]
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
 * Sends the value. Uses the sender up, whether the value was wanted or not.
 *
 * **When to use**
 *
 * Use once, when there is an answer.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: of those who wait for the value the oldest gets it. It runs after the current steps of this fiber.
 * - Interruption: it has sent and goes on, or it has not sent.
 * - Cost: O(1). The sender's scope keeps no trace of it.
 * - Fails: with `SendError`, which carries the value, if the receiver is closed or gone; with `E`.
 * - Dies: with `Misuse` if the sender was used or dropped before. A fiber that waits in `closed` on this sender dies of it
 *   too.
 *
 * Success does not mean that the value will be received: the receiver may be dropped first, and the value with it.
 *
 * Answers `tokio::sync::oneshot::Sender::send`.
 *
 * **Example** (A value that nobody wants comes back)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<string>()
 *   yield* Oneshot.close(receiver)
 *   const error = yield* Effect.flip(Oneshot.send(sender, "late"))
 *   return error.value
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "late"
 * ```
 *
 * @see {@link closed} for learning of that before the value is computed
 * @category sending
 * @since 0.1.0
 */
export const send: {
  <A>(a: A): <E>(self: Sender<A, E>) => Effect.Effect<void, SendError<A> | E>
  <A, E>(self: Sender<A, E>, a: NoInfer<A>): Effect.Effect<void, SendError<A> | E>
} = dual(
  2,
  <A, E>(self: Sender<A, E>, a: A): Effect.Effect<void, SendError<A> | E> => self[STypeId].send(a)
)

/**
 * `send` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: an event, a timer, the end of a request.
 *
 * **Details**
 *
 * Gives a `Result`. Throws `Misuse` where `send` dies with it. Runs no other fiber on its own stack: who waited goes on
 * soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect, Result } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * const result = Oneshot.sendUnsafe(sender, 1)
 *
 * Result.isSuccess(result) // => true
 * Effect.runSync(Oneshot.recv(receiver)) // => 1
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const sendUnsafe: {
  <A>(a: A): (self: Sender<A>) => Result.Result<void, SendError<A>>
  <A>(self: Sender<A>, a: NoInfer<A>): Result.Result<void, SendError<A>>
} = dual(2, <A>(self: Sender<A>, a: A): Result.Result<void, SendError<A>> => {
  const label = "Oneshot.sendUnsafe"
  const refusal = sender(label, self).useUp(label, a)
  return refusal === undefined ? Result.void : Result.fail(refusal)
})

/**
 * Waits until the receiver is closed or gone.
 *
 * **When to use**
 *
 * Use to stop computing what nobody wants any more: race the computation against it.
 *
 * **Details**
 *
 * - Waits for: `close` of the receiver, or its drop. Where that has been, for nothing.
 * - Order: all who wait are released, the oldest first.
 * - Interruption: it stops waiting, and changes nothing. It may be waited for any number of times.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 * - Dies: with `Misuse` if the sender is used or dropped, before or meanwhile.
 *
 * **Gotchas**
 *
 * Race the computation against it, and send afterwards. With the `send` inside the race, the sender is used up while
 * `closed` still waits on it, and that may end the race first, by dying.
 *
 * Answers `tokio::sync::oneshot::Sender::closed` and `poll_closed`.
 *
 * **Example** (Nobody computes in vain)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber, Option } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const answer = Effect.fnUntraced(function*(sender: Oneshot.Sender<number>, compute: Effect.Effect<number>) {
 *   const closed = Effect.as(Oneshot.closed(sender), Option.none())
 *   const answer = yield* Effect.raceFirst(Effect.asSome(compute), closed)
 *   if (Option.isNone(answer)) return "stopped"
 *   yield* Oneshot.send(sender, answer.value)
 *   return "sent"
 * })
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   const answering = yield* Effect.forkChild(answer(sender, Effect.never))
 *   yield* Effect.timeoutOption(Oneshot.recv(receiver), "1 millis")
 *   yield* Oneshot.close(receiver)
 *   return yield* Fiber.join(answering)
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
 * Whether the receiver is closed or gone: a `send` would fail.
 *
 * **When to use**
 *
 * Use to look, before a step of a long computation, whether anybody still wants its result.
 *
 * **Details**
 *
 * Never waits. Once true it stays true. It may be asked of a sender that was used or dropped.
 *
 * Answers `tokio::sync::oneshot::Sender::is_closed`.
 *
 * **Example** (After the receiver was dropped)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   const before = yield* Oneshot.isClosed(sender)
 *   yield* Oneshot.drop(receiver)
 *   return [before, yield* Oneshot.isClosed(sender)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
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
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * Oneshot.closeUnsafe(receiver)
 *
 * Oneshot.isClosedUnsafe(sender) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isClosedUnsafe = (self: Sender<any>): boolean => sender("Oneshot.isClosedUnsafe", self).channel.closed

// ---------------------------------------------------------------------------------------------------------------------
// receiving
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Waits for the value.
 *
 * **When to use**
 *
 * Use once, to get the answer.
 *
 * **Details**
 *
 * - Waits for: `send`, the drop of the sender, or `close` of this receiver.
 * - Order: several fibers on one receiver are served in the order in which they began to wait. The first gets the value;
 *   all others fail with `RecvError` when it has it.
 * - Interruption: it has taken nothing, wherever it comes: the value goes to the next in line, or stays for the next `recv`.
 *   That holds for a timeout and for a lost race too.
 * - Cost: O(1) to wait or to leave. Where the value is there, one step.
 * - Fails: with `RecvError` if no value will come: the sender was dropped without sending, the receiver was closed before
 *   anything was sent, or somebody else on this receiver got the value meanwhile; with `E`.
 * - Dies: with `Misuse` if the receiver was dropped, or has given its result before: the value, or a `RecvError`.
 *
 * Answers awaiting a `tokio::sync::oneshot::Receiver`.
 *
 * **Example** (The result of a computation)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   yield* Effect.forkChild(Oneshot.send(sender, 6 * 7))
 *   return yield* Oneshot.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 42
 * ```
 *
 * **Example** (Giving up for now does not lose the value)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<string>()
 *   const early = yield* Effect.timeoutOption(Oneshot.recv(receiver), "1 millis")
 *   yield* Oneshot.send(sender, "worth waiting for")
 *   return [early._tag, yield* Oneshot.recv(receiver)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => ["None", "worth waiting for"]
 * ```
 *
 * @see {@link tryRecv} for not waiting
 * @category receiving
 * @since 0.1.0
 */
export const recv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, RecvError | E> => self[RTypeId].recv

/**
 * The value, if it is there.
 *
 * **When to use**
 *
 * Use to look from time to time, between other things.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: it overtakes nobody. While somebody who waits is promised the value, it is `Empty` for others.
 * - Interruption: it has taken the value and goes on, or it has not.
 * - Cost: O(1). Failing builds no error.
 * - Fails: with `Empty` while a value may still come; with `RecvError` if none will, or if the value was received before;
 *   with `E`. All but `Empty` is the result of the receiver, so that `recv` afterwards is a `Misuse`.
 * - Dies: with `Misuse` if the receiver was dropped.
 *
 * Answers `tokio::sync::oneshot::Receiver::try_recv`.
 *
 * **Example** (Before, with and after the value)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   const before = yield* Effect.flip(Oneshot.tryRecv(receiver))
 *   yield* Oneshot.send(sender, 1)
 *   const value = yield* Oneshot.tryRecv(receiver)
 *   const after = yield* Effect.flip(Oneshot.tryRecv(receiver))
 *   return [before._tag, value, after._tag]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["Empty", 1, "RecvError"]
 * ```
 *
 * @category receiving
 * @since 0.1.0
 */
export const tryRecv = <A, E>(self: Receiver<A, E>): Effect.Effect<A, Empty | RecvError | E> => self[RTypeId].tryRecv

/**
 * `tryRecv` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Gives a `Result`. Throws `Misuse` where `tryRecv` dies with it.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * Oneshot.sendUnsafe(sender, 1)
 *
 * Oneshot.tryRecvUnsafe(receiver) // => Result.succeed(1)
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const tryRecvUnsafe = <A>(self: Receiver<A>): Result.Result<A, Empty | RecvError> =>
  receiver("Oneshot.tryRecvUnsafe", self).tryRecvUnsafe("Oneshot.tryRecvUnsafe")

/**
 * Says that no value is wanted any more. One that was sent before can still be received.
 *
 * **When to use**
 *
 * Use to give up on an answer for good, and still not lose one that has just come.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: who waits in `recv` fails with `RecvError`, unless the value is there; who waits in `closed` is released. The
 *   oldest first, after the current steps of this fiber.
 * - Interruption: one step.
 * - Cost: O(1) for each who waited.
 * - Idempotent. It is no result: `recv` and `tryRecv` may follow, and `isTerminated` stays as it was.
 * - Dies: with `Misuse` if the receiver was dropped.
 *
 * Answers `tokio::sync::oneshot::Receiver::close`.
 *
 * **Example** (The last chance of an answer)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   yield* Oneshot.send(sender, 1)
 *   yield* Oneshot.close(receiver)
 *   return yield* Oneshot.recv(receiver)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => 1
 * ```
 *
 * @see {@link drop} for discarding the value too
 * @category receiving
 * @since 0.1.0
 */
export const close = (self: Receiver<any, any>): Effect.Effect<void> => self[RTypeId].close

/**
 * `close` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Throws `Misuse` where `close` dies with it. Runs no other fiber on its own stack.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * Oneshot.closeUnsafe(receiver)
 *
 * Result.isFailure(Oneshot.sendUnsafe(sender, 1)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const closeUnsafe = (self: Receiver<any>): void =>
  receiver("Oneshot.closeUnsafe", self).closeUnsafe("Oneshot.closeUnsafe")

// ---------------------------------------------------------------------------------------------------------------------
// dropping
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Drops a half: what the end of its scope would do.
 *
 * **When to use**
 *
 * Use to give up before the scope ends: to owe no answer, or to want none.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - A sender that has not sent: who waits for the value, or comes for it later, fails with `RecvError`. Who waits in
 *   `closed` on it dies with `Misuse`.
 * - A receiver: closes it, and discards a value that was sent and not received. Who waits in `recv` on it fails with
 *   `RecvError`, also if it was about to get that value.
 * - Order: who waited runs after the current steps of this fiber, the oldest first.
 * - Interruption: one step.
 * - Cost: O(1) for each who waited. The scope keeps no trace.
 * - Idempotent; on a sender that was used it does nothing. The same as `Handle.release`.
 *
 * Answers dropping a `tokio::sync::oneshot::Sender` or `Receiver`.
 *
 * **Example** (No answer)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   yield* Oneshot.drop(sender)
 *   return (yield* Effect.flip(Oneshot.recv(receiver)))._tag
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "RecvError"
 * ```
 *
 * @category dropping
 * @since 0.1.0
 */
export const drop = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<void> => release(self)

/**
 * `drop` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, and for halves made by `makeUnsafe`.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * Oneshot.dropUnsafe(receiver)
 *
 * Oneshot.isClosedUnsafe(sender) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const dropUnsafe = (self: Sender<any> | Receiver<any>): void => half("Oneshot.dropUnsafe", self).releaseUnsafe()

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether the receiver has given its result: the value, or a `RecvError`.
 *
 * **When to use**
 *
 * Use in loops that receive from several places, to leave this one out: `recv` would die.
 *
 * **Details**
 *
 * True from the step on in which `recv` or `tryRecv` has a result other than `Empty`. Neither a `send`, nor the drop of the
 * sender, nor `close` makes it true by itself. Never waits, and may be asked of a receiver that was dropped.
 *
 * Answers `tokio::sync::oneshot::Receiver::is_terminated`.
 *
 * **Example** (Sent, and received)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   yield* Oneshot.send(sender, 1)
 *   const before = yield* Oneshot.isTerminated(receiver)
 *   yield* Oneshot.recv(receiver)
 *   return [before, yield* Oneshot.isTerminated(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [false, true]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isTerminated = (self: Receiver<any, any>): Effect.Effect<boolean> => self[RTypeId].isTerminated

/**
 * `isTerminated` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (Not yet)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * const [, receiver] = Oneshot.makeUnsafe<number>()
 *
 * Oneshot.isTerminatedUnsafe(receiver) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isTerminatedUnsafe = (self: Receiver<any>): boolean =>
  receiver("Oneshot.isTerminatedUnsafe", self).channel.terminated

/**
 * Whether there is nothing to receive: true unless a value was sent and is still there.
 *
 * **When to use**
 *
 * Use for metrics and tests; `tryRecv` gives the value with the answer.
 *
 * **Details**
 *
 * False from `send` until the value is received or dropped with the receiver; true before and after, and where the sender
 * was dropped or the receiver closed with nothing sent. Never waits, and may be asked of a receiver that was dropped.
 *
 * Answers `tokio::sync::oneshot::Receiver::is_empty`.
 *
 * **Example** (Sent, and received)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   const before = yield* Oneshot.isEmpty(receiver)
 *   yield* Oneshot.send(sender, 1)
 *   const sent = yield* Oneshot.isEmpty(receiver)
 *   yield* Oneshot.recv(receiver)
 *   return [before, sent, yield* Oneshot.isEmpty(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, false, true]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isEmpty = (self: Receiver<any, any>): Effect.Effect<boolean> => self[RTypeId].isEmpty

/**
 * `isEmpty` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (A value that waits)
 *
 * ```ts import.meta.vitest
 * import { Oneshot } from "effect-sync"
 *
 * const [sender, receiver] = Oneshot.makeUnsafe<number>()
 * Oneshot.sendUnsafe(sender, 1)
 *
 * Oneshot.isEmptyUnsafe(receiver) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isEmptyUnsafe = (self: Receiver<any>): boolean => !receiver("Oneshot.isEmptyUnsafe", self).channel.full

/**
 * How many wait at a half: in `closed` at a sender, in `recv` at a receiver.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * Who was released but has not run yet does not count. Never waits, and may be asked of a half that was used or dropped.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<number>()
 *   yield* Effect.forkScoped(Oneshot.recv(receiver))
 *   yield* Effect.yieldNow
 *   return [yield* Oneshot.waiting(sender), yield* Oneshot.waiting(receiver)]
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => [0, 1]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Sender<any, any> | Receiver<any, any>): Effect.Effect<number> =>
  STypeId in self ? self[STypeId].waiting : self[RTypeId].waiting

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
 * import { Oneshot } from "effect-sync"
 *
 * Oneshot.makeUnsafe<number>().map(Oneshot.waitingUnsafe) // => [0, 0]
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Sender<any> | Receiver<any>): number => half("Oneshot.waitingUnsafe", self).parked

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

/** What both halves have. */
abstract class Half<A> extends ScopedHandle {
  declare readonly channel: OneshotChannel<A>

  constructor(channel: OneshotChannel<A>) {
    super()
    this.channel = channel
  }

  protected abstract readonly kind: "Sender" | "Receiver"

  /** What there is to know, in a word. */
  protected abstract readonly condition: string

  /** How many wait here. */
  abstract readonly parked: number

  get description(): string {
    return `the ${this.kind.toLowerCase()} of ${this.channel.description}`
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.parked)
  }

  override toJSON(): unknown {
    const { name } = this.channel
    return {
      _id: `effect-sync/Oneshot/${this.kind}`,
      ...(name !== undefined && { name }),
      state: this.condition,
      waiting: this.parked
    }
  }

  override toString(): string {
    const { name } = this.channel
    return `Oneshot.${this.kind}(${name === undefined ? "" : `${name}: `}${this.condition}, ${this.parked} waiting)`
  }
}

class SenderImpl<A> extends Half<A> implements SenderBackend<A, never>, SendingHandle<A> {
  declare readonly _A: (_: A) => void
  declare readonly _E: () => never

  get [STypeId](): this {
    return this
  }

  protected override get kind(): "Sender" {
    return "Sender"
  }

  protected override get condition(): string {
    if (this.isReleased) return "gone"
    return this.channel.closed ? "closed" : "open"
  }

  override get parked(): number {
    return this.channel.sendersWaiting
  }

  protected override giveBack(): void {
    this.channel.abandon()
  }

  send<B extends A>(a: B): Effect.Effect<void, SendError<B>> {
    return new Send<any>(this, a)
  }

  useUp(label: string, a: A): SendError<A> | undefined {
    const { channel } = this
    this.assertHeld(label)
    this.end("consumed by a send", false)
    if (channel.closed) return refused(label, channel, a)
    channel.put(a)
    return undefined
  }

  get closed(): Effect.Effect<void> {
    return new Closed(this)
  }

  get isClosed(): Effect.Effect<boolean> {
    return Effect.sync(() => this.channel.closed)
  }
}

class ReceiverImpl<A> extends Half<A> implements ReceiverBackend<A, never> {
  declare readonly _A: () => A
  declare readonly _E: () => never

  get [RTypeId](): this {
    return this
  }

  protected override get kind(): "Receiver" {
    return "Receiver"
  }

  protected override get condition(): string {
    const { full, isOver, terminated } = this.channel
    if (this.isReleased) return "gone"
    if (terminated) return "terminated"
    if (full) return "full"
    return isOver ? "over" : "empty"
  }

  override get parked(): number {
    return this.channel.receiversWaiting
  }

  protected override giveBack(): void {
    this.channel.discard()
  }

  get recv(): Effect.Effect<A, RecvError> {
    return new Recv(this, this.channel)
  }

  get tryRecv(): Effect.Effect<A, Empty | RecvError> {
    return new TryRecv(this, this.channel)
  }

  tryRecvUnsafe(label: string): Result.Result<A, Empty | RecvError> {
    const { channel } = this
    this.assertHeld(label)
    if (channel.isReady) return Result.succeed(channel.take())
    if (!channel.isOver) return emptyFailure(channel).result
    channel.terminated = true
    return recvFailure(channel).result
  }

  get close(): Effect.Effect<void> {
    return Effect.sync(() => this.closeUnsafe("Oneshot.close"))
  }

  closeUnsafe(label: string): void {
    this.assertHeld(label)
    this.channel.close()
  }

  get isTerminated(): Effect.Effect<boolean> {
    return Effect.sync(() => this.channel.terminated)
  }

  get isEmpty(): Effect.Effect<boolean> {
    return Effect.sync(() => !this.channel.full)
  }
}

const pair = <A>(name: string | undefined): readonly [SenderImpl<A>, ReceiverImpl<A>] => {
  const channel = new OneshotChannel<A>(name)
  return [new SenderImpl(channel), new ReceiverImpl(channel)]
}

// The implementations of halves made here; the `…Unsafe` functions reach into them.

const sender = <A>(label: string, self: Sender<A>): SenderImpl<A> => {
  const backend = self[STypeId]
  return backend instanceof SenderImpl ? backend : elsewhere(label, self)
}

const receiver = <A>(label: string, self: Receiver<A>): ReceiverImpl<A> => {
  const backend = self[RTypeId]
  return backend instanceof ReceiverImpl ? backend : elsewhere(label, self)
}

const half = (label: string, self: Sender<any> | Receiver<any>): Half<any> =>
  STypeId in self ? sender(label, self) : receiver(label, self)

const elsewhere = (label: string, self: Sender<any> | Receiver<any>): never => {
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
