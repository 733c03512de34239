/**
 * What can go wrong, one class each.
 *
 * Errors are values in the error channel (`Effect.catchTag("NoPermits", …)`), tagged with their class name and
 * `instanceof Error`. Their messages are sentences that name the primitive. `Misuse` is different: it is only ever a
 * defect, since a program that uses a released permit has a mistake in it, not a failure to handle.
 *
 * The modules re-export the errors they use: `Semaphore.NoPermits === Errors.NoPermits`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * No permits are free for a `Semaphore.tryAcquire` right now, or somebody waits for those that are.
 *
 * **When to use**
 *
 * Use to tell «busy» from other failures: `Effect.catchTag("NoPermits", …)`.
 *
 * **Details**
 *
 * Fails `Semaphore.tryAcquire` and `Semaphore.tryAcquireMany`, whose result says so without waiting. There is one
 * frozen instance per named semaphore, and one for all others, without a stack trace: failing costs no more than a
 * branch.
 *
 * Answers `tokio::sync::TryAcquireError::NoPermits`.
 *
 * **Example** (Turning work away when all permits are taken)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(0)
 *   return yield* Semaphore.tryAcquire(semaphore).pipe(
 *     Effect.as("accepted"),
 *     Effect.catchTag("NoPermits", () => Effect.succeed("busy")),
 *     Effect.scoped
 *   )
 * })
 *
 * Effect.runSync(program) // => "busy"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPermits extends Data.TaggedError("NoPermits")<{ readonly message: string }> {}

/**
 * The semaphore was closed: it hands out no permits any more.
 *
 * **When to use**
 *
 * Use to stop what depends on a `Semaphore.makeCloseable`, for example an accept loop at shutdown.
 *
 * **Details**
 *
 * Fails every acquisition of a closed semaphore, those that were waiting when it was closed included, oldest first.
 * Permits already held stay valid. One frozen instance per named semaphore, and one for all others, without
 * a stack trace.
 *
 * Answers `tokio::sync::AcquireError` and `tokio::sync::TryAcquireError::Closed`.
 *
 * **Example** (Ending a loop when the semaphore is closed)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.makeCloseable(1)
 *   yield* Semaphore.close(semaphore)
 *   return yield* Semaphore.withPermit(semaphore, Effect.succeed("worked")).pipe(
 *     Effect.catchTag("SemaphoreClosed", (error) => Effect.succeed(error.message))
 *   )
 * })
 *
 * Effect.runSync(program) // => "an unnamed Semaphore is closed"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class SemaphoreClosed extends Data.TaggedError("SemaphoreClosed")<{ readonly message: string }> {}

/**
 * The lock is held, or promised to somebody who waits; or, to be read, it has as many readers as it may have.
 *
 * **When to use**
 *
 * Use to tell «locked» from other failures of `Mutex.tryLock`, `RwLock.tryRead` and `RwLock.tryWrite`.
 *
 * **Details**
 *
 * One frozen instance per named lock, and one for all others, for reading and for writing each; without a stack trace.
 *
 * Answers `tokio::sync::TryLockError`.
 *
 * **Example** (Skipping work somebody else is doing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mutex } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const mutex = yield* Mutex.make(0, { name: "report" })
 *   yield* Mutex.lock(mutex)
 *   return yield* Effect.flip(Mutex.tryLock(mutex))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program).message // => "Mutex \"report\" is locked"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class WouldBlock extends Data.TaggedError("WouldBlock")<{ readonly message: string }> {}

/**
 * There is a value already: a `OnceCell` or a `SetOnce` is set once.
 *
 * **When to use**
 *
 * Use to tell the one who came first from all others, and to get the rejected value back.
 *
 * **Details**
 *
 * Fails `OnceCell.set` and `SetOnce.set`. `value` is the one that was refused, not the one that is there. It has no stack
 * trace, since losing a race to set something is no accident.
 *
 * Answers `tokio::sync::SetError::AlreadyInitializedError` and `tokio::sync::SetOnceError`.
 *
 * **Example** (The value that was refused)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const winner = yield* SetOnce.make<string>({ name: "winner" })
 *   yield* SetOnce.set(winner, "hare")
 *   const error = yield* Effect.flip(SetOnce.set(winner, "tortoise"))
 *   return [error.value, error.message]
 * })
 *
 * Effect.runSync(program) // => ["tortoise", "SetOnce.set: SetOnce \"winner\" is initialized already"]
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who catches it wants the type of the value
export class AlreadyInitialized<A> extends Data.TaggedError("AlreadyInitialized")<{
  readonly message: string
  readonly value: A
}> {}

/**
 * Somebody is initializing the cell, or about to: its value is not to be set by others meanwhile.
 *
 * **When to use**
 *
 * Use to tell «not yet» from «too late» when `OnceCell.set` fails.
 *
 * **Details**
 *
 * Fails `OnceCell.set` as long as an initializer of `OnceCell.getOrInit` runs, or one that has its turn is about to.
 * `value` is the one that was refused. It has no stack trace.
 *
 * Answers `tokio::sync::SetError::InitializingError`.
 *
 * **Example** (Setting a cell that is being initialized)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<number>()
 *   return yield* OnceCell.getOrInit(cell, Effect.as(OnceCell.set(cell, 1), 2))
 * })
 *
 * const error = Effect.runSync(Effect.flip(program))
 *
 * error._tag // => "Initializing"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who catches it wants the type of the value
export class Initializing<A> extends Data.TaggedError("Initializing")<{
  readonly message: string
  readonly value: A
}> {}

/**
 * Nobody can receive the value any more: the channel is closed to sends, or has no receiver.
 *
 * **When to use**
 *
 * Use to stop producing, or to send the value elsewhere: `value` is the one that was not sent.
 *
 * **Details**
 *
 * Fails `send` of all four channels, and the sends and reservations of `Mpsc` that may wait. The value was not sent and
 * is not kept anywhere. A reservation that failed had no value yet: there it is `undefined`. It has no stack trace, since
 * a receiver that leaves first is no accident.
 *
 * Answers `tokio::sync::{oneshot, mpsc, broadcast, watch}::error::SendError` and `TrySendError::Closed`.
 *
 * **Example** (The value that nobody wanted)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Mpsc.bounded<string>(1, { name: "jobs" })
 *   yield* Mpsc.close(receiver)
 *   const error = yield* Effect.flip(Mpsc.send(sender, "too late"))
 *   return [error._tag, error.value]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => ["SendError", "too late"]
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who catches it wants the type of the value
export class SendError<A> extends Data.TaggedError("SendError")<{
  readonly message: string
  readonly value: A
}> {}

/**
 * The channel has no free slot right now, or others wait for those there are.
 *
 * **When to use**
 *
 * Use to shed load: to drop, count or divert what `Mpsc.trySend` could not send at once.
 *
 * **Details**
 *
 * Fails `Mpsc.trySend`, `Mpsc.tryReserve` and `Mpsc.tryReserveMany`, and `Mpsc.reserveMany` for more slots than the
 * channel can ever have. `value` is the one that was not sent, `undefined` for a reservation. It has no stack trace.
 *
 * Answers `tokio::sync::mpsc::error::TrySendError::Full`.
 *
 * **Example** (Shedding load)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<number>(1)
 *   const shed: Array<number> = []
 *   for (const n of [1, 2, 3]) {
 *     yield* Mpsc.trySend(sender, n).pipe(
 *       Effect.catchTag("Full", ({ value }) => Effect.sync(() => shed.push(value)))
 *     )
 *   }
 *   return shed
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [2, 3]
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who catches it wants the type of the value
export class Full<A> extends Data.TaggedError("Full")<{
  readonly message: string
  readonly value: A
}> {}

/**
 * No slot became free in time.
 *
 * **When to use**
 *
 * Use to give up on a slow receiver without losing what it should have got: `value` was not sent.
 *
 * **Details**
 *
 * Fails `Mpsc.sendTimeout`. It has no stack trace.
 *
 * Answers `tokio::sync::mpsc::error::SendTimeoutError::Timeout`.
 *
 * **Example** (Giving up on a slow receiver)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender] = yield* Mpsc.bounded<string>(1)
 *   yield* Mpsc.send(sender, "first")
 *   return yield* Mpsc.sendTimeout(sender, "second", "1 millis").pipe(
 *     Effect.catchTag("SendTimeout", ({ value }) => Effect.succeed(`not sent: ${value}`))
 *   )
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "not sent: second"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who catches it wants the type of the value
export class SendTimeout<A> extends Data.TaggedError("SendTimeout")<{
  readonly message: string
  readonly value: A
}> {}

/**
 * The value of a oneshot will never come: its sender went without sending, or its receiver was closed first.
 *
 * **When to use**
 *
 * Use to tell «nobody answered» from the answer of `Oneshot.recv`.
 *
 * **Details**
 *
 * Fails `Oneshot.recv` and `Oneshot.tryRecv`. The other channels end with `Cause.Done` instead, as Effect's `Queue` does.
 * One frozen instance per named channel, and one for all others, without a stack trace.
 *
 * Answers `tokio::sync::oneshot::error::RecvError` and `TryRecvError::Closed`.
 *
 * **Example** (Nobody answers)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Oneshot } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Oneshot.make<string>()
 *   yield* Oneshot.drop(sender)
 *   return yield* Oneshot.recv(receiver).pipe(Effect.catchTag("RecvError", () => Effect.succeed("no answer")))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "no answer"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class RecvError extends Data.TaggedError("RecvError")<{ readonly message: string }> {}

/**
 * There is nothing to receive right now.
 *
 * **When to use**
 *
 * Use to go on with something else when `tryRecv` finds nothing.
 *
 * **Details**
 *
 * Fails `tryRecv` of `Oneshot`, `Mpsc` and `Broadcast` while something may still come, or while what is there is due to
 * somebody who waited for it. One frozen instance per named channel, and one for all others, without a stack trace.
 *
 * Answers `TryRecvError::Empty` of `tokio::sync::{oneshot, mpsc, broadcast}`.
 *
 * **Example** (Going on with something else)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Mpsc } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [_sender, receiver] = yield* Mpsc.unbounded<string>()
 *   return yield* Mpsc.tryRecv(receiver).pipe(Effect.catchTag("Empty", () => Effect.succeed("nothing to do")))
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => "nothing to do"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class Empty extends Data.TaggedError("Empty")<{ readonly message: string }> {}

/**
 * A receiver was too slow: values were overwritten before it read them.
 *
 * **When to use**
 *
 * Use to count, or to make up for, what a slow receiver of a `Broadcast` has missed.
 *
 * **Details**
 *
 * Fails `recv` and `tryRecv` of `Broadcast` once per lag; the receiver stays subscribed and goes on with the oldest value
 * that is still kept. `skipped` is the number of values it has missed. It has no stack trace.
 *
 * Answers `tokio::sync::broadcast::error::RecvError::Lagged`.
 *
 * **Example** (Counting what was missed)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Broadcast } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const [sender, receiver] = yield* Broadcast.make<number>(2)
 *   yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Broadcast.send(sender, n))
 *   const error = yield* Effect.flip(Broadcast.recv(receiver))
 *   return [error._tag === "Lagged" && error.skipped, yield* Broadcast.recv(receiver)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [3, 4]
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class Lagged extends Data.TaggedError("Lagged")<{
  readonly message: string
  readonly skipped: number
}> {}

/**
 * A mistake in the program: a handle used after its end, or permits of two semaphores merged.
 *
 * **When to use**
 *
 * Use to recognize such a mistake in a report of defects. There is nothing to handle; mend the program.
 *
 * **Details**
 *
 * Only ever a defect: Effects die with it, `…Unsafe` functions throw it. Nothing was changed by the call that died.
 *
 * **Example** (Using a permit after its release)
 *
 * ```ts import.meta.vitest
 * import { Cause, Effect, Exit } from "effect"
 * import { Semaphore } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(1, { name: "db" })
 *   const permit = yield* Semaphore.acquire(semaphore)
 *   yield* permit.release
 *   yield* permit.forget
 * }).pipe(Effect.scoped)
 *
 * const exit = Effect.runSyncExit(program)
 * const defect: any = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
 *
 * defect.message // => "Permit.forget: a permit of Semaphore \"db\" was released and can't be used any more"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class Misuse extends Data.TaggedError("Misuse")<{ readonly message: string }> {}
