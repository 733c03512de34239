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
