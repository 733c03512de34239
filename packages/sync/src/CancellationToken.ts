/**
 * Telling many fibers to stop, and letting each of them stop in its own way.
 *
 * A token is a flag that is raised once, and that anybody can look at or wait for. Tokens form a tree: cancelling one
 * cancels all below it, and nothing else. One at the root for the whole application, a child per server, a child of that
 * per connection, and each part can be stopped alone or with all the others.
 *
 * - `runUntilCancelled(token, effect)` runs an effect and stops it when the token is cancelled.
 * - `cancelled(token)` waits for that, `isCancelled(token)` looks: for loops that finish what they are at.
 * - `child(token)` makes a token below, for as long as a scope lives.
 * - `dropGuard(token)` cancels it when the scope ends, whichever way.
 * - `fromAbortSignal` and `toAbortSignal` speak to the rest of the world.
 * - `class Shutdown extends CancellationToken.Service<Shutdown>()("app/Shutdown", {}) {}` makes it a service.
 *
 * **How it differs from interruption**: cancelling interrupts nobody. It is a request, made to whoever looks; a fiber that
 * does not look goes on. Interruption stops a fiber wherever it is and runs its finalizers. Use interruption (a scope, a
 * fiber) to stop work that may be dropped, a token for work that is to be brought to its end: the request being served,
 * the message being handled. They work together: `runUntilCancelled` turns one into the other for as much of the work as
 * you choose.
 *
 * **Dropping never cancels**: a token that goes out of scope leaves the tree, and what was below it moves up.
 *
 * Implementation: `internal/cancellationNode.ts` (the tree) and `internal/untilCancelled.ts`. Answers
 * `tokio_util::sync::CancellationToken`.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import type * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Scope from "effect/Scope"
import { Misuse } from "./Errors.ts"
import type { Handle } from "./Handle.ts"
import { nameOf } from "./internal/arguments.ts"
import { CancellationNode, Cancelled } from "./internal/cancellationNode.ts"
import { ScopedHandle } from "./internal/scopedHandle.ts"
import { addFinalizer } from "./internal/scopeState.ts"
import { serviceClass } from "./internal/service.ts"
import { type Answers, UntilCancelled } from "./internal/untilCancelled.ts"

export {
  /**
   * The defect of a misused handle.
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
 * The key under which a token carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/CancellationToken" = "~effect-sync/CancellationToken"

/**
 * The key under which a token carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A node in a tree of cancellation flags. `E` is why an operation can fail: `never` for those made here, the backend's
 * error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service. What is made here fits wherever any `E` is accepted.
 *
 * **Details**
 *
 * A token is equal to itself and to nothing else (`Equal`, `Hash`); pass the reference where Rust would clone it.
 *
 * It is a `Handle`: to *release* it (the end of the scope of a `child`, or `Handle.release`) is to take it out of its
 * tree. A released token keeps its flag, and can still be read, cancelled and waited for; who waits for it goes on
 * waiting. It follows its parent no longer, and tokens made of it are on their own. Its living children go to its parent;
 * those of a root are roots from then on.
 *
 * Answers `tokio_util::sync::CancellationToken`.
 *
 * @see {@link make} for making a root
 * @see {@link child} for making a token below another
 * @see {@link Service} for declaring one as a service
 * @category models
 * @since 0.1.0
 */
export interface CancellationToken<out E = never> extends Handle, Inspectable.Inspectable, Equal.Equal {
  readonly [TypeId]: Backend<E>
}

/**
 * Cancels a token when its scope ends, unless it is disarmed.
 *
 * **When to use**
 *
 * Use through `dropGuard`, to stop what was begun on a token as soon as whoever began it is gone.
 *
 * **Details**
 *
 * `Handle.release` cancels too: it does what the end of the scope would do.
 *
 * Answers `tokio_util::sync::DropGuard` and `DropGuardRef`.
 *
 * @see {@link dropGuard} for making one
 * @category models
 * @since 0.1.0
 */
export interface DropGuard extends Handle, Inspectable.Inspectable {
  /** The token it cancels. */
  readonly token: CancellationToken<any>
  /**
   * Takes the effect of this guard away, and gives its token. Other guards of the token still cancel it. On a guard that
   * has ended it does nothing and gives the token.
   */
  readonly disarm: Effect.Effect<CancellationToken<any>>
  /** `disarm` outside Effect. */
  readonly disarmUnsafe: () => CancellationToken<any>
}

/**
 * What an implementation of a token provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a token that lives elsewhere: a handle `{ [CancellationToken.TypeId]: backend, … }` then works with
 * every function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * A flag that was seen raised is never seen lowered again. Once `cancel` has succeeded, every descendant made before is
 * cancelled. A guard does not fail when its scope ends: an error of the backend is swallowed there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<out E> {
  readonly _E: () => E
  readonly cancel: Effect.Effect<void, E>
  readonly cancelled: Effect.Effect<void, E>
  readonly isCancelled: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  readonly child: Effect.Effect<CancellationToken<E>, never, Scope.Scope>
  readonly dropGuard: Effect.Effect<DropGuard, never, Scope.Scope>
  readonly toAbortSignal: Effect.Effect<AbortSignal, never, Scope.Scope>
  runUntilCancelled<A, E2, R>(effect: Effect.Effect<A, E2, R>): Effect.Effect<Option.Option<A>, E | E2, R>
  interruptWhenCancelled<A, E2, R>(effect: Effect.Effect<A, E2, R>): Effect.Effect<A, E | E2, R>
}

/**
 * Options of the constructors.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Shows in inspection and defects, also in those of the tokens below. */
  readonly name?: string
}

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a root, not cancelled.
 *
 * **When to use**
 *
 * Use for a token that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * Costs one small object, needs no scope, and nothing has to be closed.
 *
 * Answers `tokio_util::sync::CancellationToken::new`.
 *
 * **Example** (A root)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make({ name: "shutdown" })
 *   yield* CancellationToken.cancel(token)
 *   return token.toString()
 * })
 *
 * Effect.runSync(program) // => "CancellationToken(shutdown: cancelled, 0 children, 0 waiting)"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: Options): Effect.Effect<CancellationToken> => Effect.sync(() => makeUnsafe(options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * const shutdown = CancellationToken.makeUnsafe({ name: "shutdown" })
 *
 * CancellationToken.isCancelledUnsafe(shutdown) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = (options?: Options): CancellationToken => new TokenImpl(new CancellationNode(), options?.name)

/**
 * Makes a token below another: cancelled with it, or alone.
 *
 * **When to use**
 *
 * Use for a part of the work that can be stopped on its own and must be stopped with the whole: one connection of a
 * server, one job of a pool.
 *
 * **Details**
 *
 * - Waits for: nothing. Of a cancelled token it is born cancelled.
 * - Scope: its end releases the token and cancels nothing: it leaves the tree, and its living children go to its parent.
 *   Children that come and go leave no trace in their parent.
 * - Interruption: it has happened, and the scope owns the token, or it has not.
 * - Cost: O(1); releasing it O(1) for each of its living children.
 *
 * **Gotchas**
 *
 * A child that is made in a long-lived scope stays in the tree for as long. Make one per piece of work in that piece's own
 * scope, for example by `Handle.forkWith(CancellationToken.child(token), work)`.
 *
 * Answers `tokio_util::sync::CancellationToken::child_token`.
 *
 * **Example** (Cancelling goes down, and only down)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const server = yield* CancellationToken.make()
 *   const one = yield* CancellationToken.child(server)
 *   const other = yield* CancellationToken.child(server)
 *   yield* CancellationToken.cancel(one)
 *   const seen = yield* Effect.forEach([server, one, other], CancellationToken.isCancelled)
 *   yield* CancellationToken.cancel(server)
 *   return [seen, yield* CancellationToken.isCancelled(other)]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [[false, true, false], true]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const child = <E>(self: CancellationToken<E>): Effect.Effect<CancellationToken<E>, never, Scope.Scope> =>
  self[TypeId].child

/**
 * `child` outside Effect, in process only: released by hand, with `Handle.releaseUnsafe`.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Gotchas**
 *
 * A child that is never released stays in its parent's tree until that is cancelled or gone.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken, Handle } from "effect-sync"
 *
 * const token = CancellationToken.makeUnsafe()
 * const child = CancellationToken.childUnsafe(token)
 * Handle.releaseUnsafe(child)
 * CancellationToken.cancelUnsafe(token)
 *
 * CancellationToken.isCancelledUnsafe(child) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const childUnsafe = <E>(self: CancellationToken<E>): CancellationToken<E> =>
  inProcess("CancellationToken.childUnsafe", self).makeChild()

/**
 * Whether a value is a token, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * CancellationToken.isCancellationToken(CancellationToken.makeUnsafe()) // => true
 * CancellationToken.isCancellationToken(new AbortController().signal) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isCancellationToken = (u: unknown): u is CancellationToken<unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// cancelling
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Cancels a token and all below it, for good.
 *
 * **When to use**
 *
 * Use to ask everybody who looks at these tokens to stop.
 *
 * **Details**
 *
 * - Waits for: nothing, not for anybody to stop either. To do that, wait for their fibers.
 * - Order: first the whole subtree is flagged, then who waits is woken; so whoever runs then sees every token below
 *   cancelled. On one token the oldest goes first; between tokens there is no promised order. Abort signals follow last,
 *   and their listeners run before this returns.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1) for each token of the subtree and for each who waits there.
 * - Idempotent. Ancestors and siblings are untouched.
 * - Fails: with `E`, never in process.
 *
 * Answers `tokio_util::sync::CancellationToken::cancel`.
 *
 * **Example** (Waking who waits)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   const waiter = yield* Effect.forkChild(Effect.as(CancellationToken.cancelled(token), "goodbye"))
 *   yield* Effect.yieldNow
 *   yield* CancellationToken.cancel(token)
 *   return yield* Fiber.join(waiter)
 * })
 *
 * await Effect.runPromise(program) // => "goodbye"
 * ```
 *
 * @category cancelling
 * @since 0.1.0
 */
export const cancel = <E>(self: CancellationToken<E>): Effect.Effect<void, E> => self[TypeId].cancel

/**
 * `cancel` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: on a signal of the operating system, on the click of a button.
 *
 * **Details**
 *
 * Runs no other fiber on its own stack: who waited runs soon after.
 *
 * **Gotchas**
 *
 * Listeners of an abort signal made by `toAbortSignal` are no fibers. They run before it returns.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * const token = CancellationToken.makeUnsafe()
 * const child = CancellationToken.childUnsafe(token)
 * CancellationToken.cancelUnsafe(token)
 *
 * CancellationToken.isCancelledUnsafe(child) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const cancelUnsafe = (self: CancellationToken): void =>
  inProcess("CancellationToken.cancelUnsafe", self).node.cancel()

/**
 * Cancels a token when the current scope ends.
 *
 * **When to use**
 *
 * Use where others work on a token for as long as this scope lives, and are to stop when it ends: in success, in failure
 * and when it is interrupted.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Scope: its end cancels the token, in turn with the scope's other finalizers, unless the guard was disarmed. In a scope
 *   that is closed already it cancels at once.
 * - Interruption: it has happened, and the scope owns the guard, or it has not.
 * - Cost: O(1); a guard that is disarmed leaves no trace in the scope.
 * - Several guards of one token are independent.
 *
 * Answers `tokio_util::sync::CancellationToken::drop_guard` and `drop_guard_ref`.
 *
 * **Example** (Cancelled, and not)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const armed = yield* CancellationToken.make()
 *   const disarmed = yield* CancellationToken.make()
 *   yield* Effect.scoped(Effect.gen(function*() {
 *     yield* CancellationToken.dropGuard(armed)
 *     const guard = yield* CancellationToken.dropGuard(disarmed)
 *     yield* guard.disarm
 *   }))
 *   return yield* Effect.forEach([armed, disarmed], CancellationToken.isCancelled)
 * })
 *
 * Effect.runSync(program) // => [true, false]
 * ```
 *
 * @category cancelling
 * @since 0.1.0
 */
export const dropGuard = (self: CancellationToken<any>): Effect.Effect<DropGuard, never, Scope.Scope> =>
  self[TypeId].dropGuard

/**
 * `dropGuard` outside Effect, in process only: it cancels when it is released by hand, with `Handle.releaseUnsafe`, or by a
 * scope it is transferred to.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, to hand the guard to somebody who will own it.
 *
 * **Example** (Releasing cancels)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken, Handle } from "effect-sync"
 *
 * const token = CancellationToken.makeUnsafe()
 * const guard = CancellationToken.dropGuardUnsafe(token)
 * Handle.releaseUnsafe(guard)
 *
 * CancellationToken.isCancelledUnsafe(token) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const dropGuardUnsafe = (self: CancellationToken): DropGuard =>
  new DropGuardImpl(inProcess("CancellationToken.dropGuardUnsafe", self))

/**
 * Whether a token is cancelled.
 *
 * **When to use**
 *
 * Use in a loop, at the points where it can stop.
 *
 * **Details**
 *
 * Never waits, O(1): the depth of the tree does not matter. Once true it is true for ever.
 *
 * Answers `tokio_util::sync::CancellationToken::is_cancelled`.
 *
 * **Example** (A loop that finishes what it is at)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   let rounds = 0
 *   while (!(yield* CancellationToken.isCancelled(token))) {
 *     if (++rounds === 3) yield* CancellationToken.cancel(token)
 *   }
 *   return rounds
 * })
 *
 * Effect.runSync(program) // => 3
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isCancelled = (self: CancellationToken<any>): Effect.Effect<boolean> => self[TypeId].isCancelled

/**
 * `isCancelled` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks, in computations that are no Effects, and in assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * CancellationToken.isCancelledUnsafe(CancellationToken.makeUnsafe()) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isCancelledUnsafe = (self: CancellationToken): boolean =>
  inProcess("CancellationToken.isCancelledUnsafe", self).node.cancelled

// ---------------------------------------------------------------------------------------------------------------------
// waiting
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Waits until a token is cancelled.
 *
 * **When to use**
 *
 * Use to do something at that moment: close a server, send a goodbye. To stop an effect then, use `runUntilCancelled`.
 *
 * **Details**
 *
 * - Waits for: the cancellation of this token, or of any above it. If that has happened it succeeds at once.
 * - Order: who waits on one token is woken oldest first.
 * - Interruption: gives up its place; nothing else.
 * - Cost: O(1), whoever else waits.
 * - Fails: with `E`, never in process.
 *
 * Answers `tokio_util::sync::CancellationToken::cancelled` and `cancelled_owned`.
 *
 * **Example** (A child waits for its parent's cancellation too)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   const child = yield* CancellationToken.child(token)
 *   const waiter = yield* Effect.forkChild(CancellationToken.cancelled(child))
 *   yield* Effect.yieldNow
 *   yield* CancellationToken.cancel(token)
 *   yield* Fiber.join(waiter)
 *   return "both are cancelled"
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => "both are cancelled"
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export const cancelled = <E>(self: CancellationToken<E>): Effect.Effect<void, E> => self[TypeId].cancelled

/**
 * How many wait on a token: fibers in `cancelled`, and effects that run until it is cancelled.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * Counts those on this token, not those on tokens below it. Never waits.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   yield* Effect.forkScoped(CancellationToken.cancelled(token))
 *   yield* Effect.yieldNow
 *   return yield* CancellationToken.waiting(token)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: CancellationToken<any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { CancellationToken } from "effect-sync"
 *
 * CancellationToken.waitingUnsafe(CancellationToken.makeUnsafe()) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: CancellationToken): number =>
  inProcess("CancellationToken.waitingUnsafe", self).node.waiters.size

/**
 * Runs an effect until it ends or the token is cancelled: `some` of its value, or `none`.
 *
 * **When to use**
 *
 * Use for the parts of the work that may be stopped in the middle: a wait for the next request, a pause, a retry. What is
 * to be finished stays outside.
 *
 * **Details**
 *
 * - Waits for: the effect. Once the token is cancelled it interrupts the effect, and waits until its finalizers have run.
 * - If the token is cancelled beforehand the effect is not started.
 * - If the effect is done by the time the cancellation is acted upon, its result counts: `some`, or its failure. So on a
 *   tie it wins: when one step both cancels and gives the effect what it waited for, be it from a `Deferred` or from a
 *   primitive of this library, in whichever order.
 * - Interruption: interrupts the effect, and waits for its finalizers. As safe as the effect: a value that the effect has
 *   ended with is not lost.
 * - Order: it is woken in turn with those in `cancelled`, and then lets what was woken meanwhile go first.
 * - Cost: O(1): a fiber, and a wait if the effect waits.
 * - Fails: as the effect, also with a defect of its finalizers after the cancellation; with `E`, never in process.
 * - Pipes the effect: `effect.pipe(CancellationToken.runUntilCancelled(token))`.
 *
 * **Gotchas**
 *
 * The effect runs in a fiber of its own, as with `Effect.race`: children that it forks end with it, and it can be stopped
 * even where the caller is uninterruptible. Parts that must not be stopped are `Effect.uninterruptible` inside.
 *
 * Answers `tokio_util::sync::CancellationToken::run_until_cancelled`, `run_until_cancelled_owned` and
 * `tokio_util::future::FutureExt::with_cancellation_token`.
 *
 * **Example** (Stopped, and not)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   const done = yield* CancellationToken.runUntilCancelled(token, Effect.succeed("done"))
 *   yield* Effect.forkChild(CancellationToken.cancel(token))
 *   const stopped = yield* CancellationToken.runUntilCancelled(token, Effect.never)
 *   return [done, stopped]
 * })
 *
 * await Effect.runPromise(program) // => [Option.some("done"), Option.none()]
 * ```
 *
 * @see {@link interruptWhenCancelled} for ending as interrupted instead
 * @category brackets
 * @since 0.1.0
 */
export const runUntilCancelled: {
  <E0>(
    self: CancellationToken<E0>
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E0, R>
  <E0, A, E, R>(
    self: CancellationToken<E0>,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E | E0, R>
} = (self: CancellationToken<any>, effect?: Effect.Effect<any, any, any>): any =>
  effect === undefined
    ? (effect: Effect.Effect<any, any, any>) => self[TypeId].runUntilCancelled(effect)
    : self[TypeId].runUntilCancelled(effect)

/**
 * Runs an effect, and ends as interrupted if the token is cancelled before it ends.
 *
 * **When to use**
 *
 * Use to put a whole fiber under a token, where nothing comes after: the rest is unwound as by an interruption.
 *
 * **Details**
 *
 * As `runUntilCancelled`, with another answer: the effect's own value, or an interruption. The fiber that runs it is not
 * interrupted, so `Effect.exit` and the like see the interruption and can go on.
 *
 * **Example** (Finalizers run, and the fiber ends)
 *
 * ```ts import.meta.vitest
 * import { Cause, Effect, Exit } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   yield* Effect.forkChild(CancellationToken.cancel(token))
 *   return yield* Effect.exit(CancellationToken.interruptWhenCancelled(token, Effect.never))
 * })
 *
 * const exit = await Effect.runPromise(program)
 *
 * Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) // => true
 * ```
 *
 * @category brackets
 * @since 0.1.0
 */
export const interruptWhenCancelled: {
  <E0>(self: CancellationToken<E0>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E0, R>
  <E0, A, E, R>(self: CancellationToken<E0>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = (self: CancellationToken<any>, effect?: Effect.Effect<any, any, any>): any =>
  effect === undefined
    ? (effect: Effect.Effect<any, any, any>) => self[TypeId].interruptWhenCancelled(effect)
    : self[TypeId].interruptWhenCancelled(effect)

// ---------------------------------------------------------------------------------------------------------------------
// abort signals
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A root that is cancelled when an `AbortSignal` is aborted, for as long as the scope lives.
 *
 * **When to use**
 *
 * Use where the wish to stop comes from outside: an HTTP framework, `Effect.callback`, a caller of your library.
 *
 * **Details**
 *
 * - Waits for: nothing. Of an aborted signal it is born cancelled.
 * - Scope: its end releases the token and stops listening; it cancels nothing.
 * - Interruption: it has happened, and the scope owns the token, or it has not.
 * - Cost: O(1), and one listener.
 * - The reason of the abort is not carried over. Cancelling the token does not abort the signal.
 *
 * **Example** (Cancelled by an AbortController)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const controller = new AbortController()
 *   const token = yield* CancellationToken.fromAbortSignal(controller.signal)
 *   controller.abort()
 *   return yield* CancellationToken.isCancelled(token)
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => true
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromAbortSignal = (
  signal: AbortSignal,
  options?: Options
): Effect.Effect<CancellationToken, never, Scope.Scope> => owned(() => new SignalledTokenImpl(signal, options?.name))

/**
 * `fromAbortSignal` outside Effect: it listens until it is released by hand, with `Handle.releaseUnsafe`.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * const token = CancellationToken.fromAbortSignalUnsafe(AbortSignal.abort())
 *
 * CancellationToken.isCancelledUnsafe(token) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const fromAbortSignalUnsafe = (signal: AbortSignal, options?: Options): CancellationToken =>
  new SignalledTokenImpl(signal, options?.name)

/**
 * An `AbortSignal` that is aborted when the token is cancelled, for as long as the scope lives.
 *
 * **When to use**
 *
 * Use to hand a token to what knows only signals: `fetch`, Node's streams and timers, a library.
 *
 * **Details**
 *
 * - Waits for: nothing. Of a cancelled token the signal is aborted already.
 * - Scope: its end unties the signal from the token, and aborts nothing. In a scope that is closed already it is never
 *   tied.
 * - Order: once the whole subtree is flagged, and within `cancel`: when that returns, the signal is aborted.
 * - Interruption: it has happened or it has not.
 * - Cost: O(1). Every call makes a signal of its own.
 * - The reason is the platform's `AbortError`.
 *
 * **Gotchas**
 *
 * Listeners run in the step that cancels, whatever they do.
 *
 * **Example** (Stopping what takes a signal)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* CancellationToken.make()
 *   const signal = yield* CancellationToken.toAbortSignal(token)
 *   yield* CancellationToken.cancel(token)
 *   return [signal.aborted, signal.reason.name]
 * }).pipe(Effect.scoped)
 *
 * Effect.runSync(program) // => [true, "AbortError"]
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toAbortSignal = (self: CancellationToken<any>): Effect.Effect<AbortSignal, never, Scope.Scope> =>
  self[TypeId].toAbortSignal

/**
 * `toAbortSignal` outside Effect, in process only: tied to the token for as long as that lives.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect, with a short-lived token.
 *
 * **Gotchas**
 *
 * Nothing unties the signal, so signals made of a long-lived token pile up. Make one for all, or use `toAbortSignal`.
 *
 * **Example** (In a callback)
 *
 * ```ts import.meta.vitest
 * import { CancellationToken } from "effect-sync"
 *
 * const token = CancellationToken.makeUnsafe()
 * const signal = CancellationToken.toAbortSignalUnsafe(token)
 * CancellationToken.cancelUnsafe(token)
 *
 * signal.aborted // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const toAbortSignalUnsafe = (self: CancellationToken): AbortSignal =>
  inProcess("CancellationToken.toAbortSignalUnsafe", self).tieSignal(undefined)

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `CancellationToken.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out E>
  extends Context.ServiceClass<Self, Id, CancellationToken<E>>
{
  /** Provides the service. One object, so one token for all who share the layer. */
  readonly layer: Layer.Layer<Self>
  /** The same service with other options; a new token per call. */
  readonly layerWith: (options: Options) => Layer.Layer<Self>
  readonly child: Effect.Effect<CancellationToken<E>, never, Self | Scope.Scope>
  readonly cancel: Effect.Effect<void, E, Self>
  readonly dropGuard: Effect.Effect<DropGuard, never, Self | Scope.Scope>
  readonly isCancelled: Effect.Effect<boolean, never, Self>
  readonly cancelled: Effect.Effect<void, E, Self>
  readonly waiting: Effect.Effect<number, never, Self>
  readonly toAbortSignal: Effect.Effect<AbortSignal, never, Self | Scope.Scope>
  readonly runUntilCancelled: <A, E2, R>(
    effect: Effect.Effect<A, E2, R>
  ) => Effect.Effect<Option.Option<A>, E | E2, R | Self>
  readonly interruptWhenCancelled: <A, E2, R>(effect: Effect.Effect<A, E2, R>) => Effect.Effect<A, E | E2, R | Self>
}

/**
 * Declares a token as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when several components of an application stop together.
 *
 * **Details**
 *
 * - `layer` is one object and therefore one token for everybody it is provided to; `layerWith` makes another.
 * - Ending the layer does not cancel. `X.dropGuard` in a scope of your choice does.
 * - Each function of this module that takes a token first has an accessor of the same name without it.
 * - The second type argument is `E`, if another backend may provide the service. The layers built here still fit.
 * - The name of the token is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two tokens; provide once, at the root. Two services with one id alias each
 * other.
 *
 * **Example** (One token for the application)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber, Option } from "effect"
 * import { CancellationToken } from "effect-sync"
 *
 * class Shutdown extends CancellationToken.Service<Shutdown>()("app/Shutdown", {}) {}
 *
 * const program = Effect.gen(function*() {
 *   const worker = yield* Effect.forkChild(Shutdown.runUntilCancelled(Effect.never))
 *   yield* Effect.yieldNow
 *   yield* Shutdown.cancel
 *   return yield* Fiber.join(worker)
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Shutdown.layer)) // => Option.none()
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service =
  <Self, E = never>(): <const Id extends string>(id: Id, options?: Options) => ServiceClass<Self, Id, E> =>
  (id: string, options?: Options): any =>
    serviceClass(id, { ...options }, ({ name }) => make({ name }), {
      values: { child, cancel, dropGuard, isCancelled, cancelled, waiting, toAbortSignal },
      functions: {},
      brackets: {
        runUntilCancelled: [runUntilCancelled, 1],
        interruptWhenCancelled: [interruptWhenCancelled, 1]
      }
    })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

/** Makes a handle and gives it to the current scope, in one step. */
const owned = <H extends ScopedHandle>(make: () => H): Effect.Effect<H, never, Scope.Scope> =>
  Effect.withFiberSucceed((fiber) => make().ownedBy(Context.getUnsafe(fiber.context, Scope.Scope)))

const orNone: Answers<any, Option.Option<any>> = {
  label: "CancellationToken.runUntilCancelled",
  done: Option.some,
  stopped: (otherwise) => otherwise.length === 0 ? Effect.succeedNone : Effect.failCause(Cause.fromReasons(otherwise))
}

const orInterrupted: Answers<any, any> = {
  label: "CancellationToken.interruptWhenCancelled",
  done: (a) => a,
  stopped: (otherwise) =>
    Effect.withFiber(({ id }) => Effect.failCause(Cause.combine(Cause.interrupt(id), Cause.fromReasons(otherwise))))
}

class TokenImpl extends ScopedHandle implements Backend<never>, CancellationToken {
  declare readonly _E: () => never
  declare readonly node: CancellationNode
  declare readonly name: string | undefined

  constructor(node: CancellationNode, name: string | undefined) {
    super()
    this.node = node
    this.name = name
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("CancellationToken", this.name)
  }

  protected override giveBack(): void {
    this.node.detach()
  }

  get cancel(): Effect.Effect<void> {
    return Effect.sync(() => this.node.cancel())
  }

  get cancelled(): Effect.Effect<void> {
    return new Cancelled(this.node)
  }

  get isCancelled(): Effect.Effect<boolean> {
    return Effect.sync(() => this.node.cancelled)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.node.waiters.size)
  }

  get child(): Effect.Effect<CancellationToken, never, Scope.Scope> {
    return owned(() => this.makeChild())
  }

  makeChild(): TokenImpl {
    return new TokenImpl(this.node.child(), this.name)
  }

  get dropGuard(): Effect.Effect<DropGuard, never, Scope.Scope> {
    return owned(() => new DropGuardImpl(this))
  }

  get toAbortSignal(): Effect.Effect<AbortSignal, never, Scope.Scope> {
    return Effect.withFiberSucceed((fiber) => this.tieSignal(Context.getUnsafe(fiber.context, Scope.Scope)))
  }

  tieSignal(scope: Scope.Scope | undefined): AbortSignal {
    const controller = new AbortController()
    if (this.node.cancelled) {
      controller.abort()
    } else if (scope?.state._tag !== "Closed") {
      const untie = this.node.listen(() => controller.abort())
      if (scope !== undefined) addFinalizer(scope, controller, () => Effect.sync(untie))
    }
    return controller.signal
  }

  runUntilCancelled<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> {
    return new UntilCancelled<A, Option.Option<A>, E, R>(this.node, effect, orNone)
  }

  interruptWhenCancelled<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return new UntilCancelled<A, A, E, R>(this.node, effect, orInterrupted)
  }

  [Equal.symbol](that: unknown): boolean {
    return this === that
  }

  [Hash.symbol](): number {
    return Hash.random(this)
  }

  override toJSON(): unknown {
    const { cancelled, childCount, waiters } = this.node
    return {
      _id: "effect-sync/CancellationToken",
      ...(this.name !== undefined && { name: this.name }),
      cancelled,
      released: this.isReleased,
      children: childCount,
      waiting: waiters.size
    }
  }

  override toString(): string {
    const { cancelled, childCount, waiters } = this.node
    return `CancellationToken(${this.name === undefined ? "" : `${this.name}: `}${
      cancelled ? "cancelled" : "not cancelled"
    }, ${childCount} ${childCount === 1 ? "child" : "children"}, ${waiters.size} waiting${
      this.isReleased ? ", released" : ""
    })`
  }
}

/** A root that follows an AbortSignal. */
class SignalledTokenImpl extends TokenImpl {
  declare private readonly signal: AbortSignal
  declare private readonly listener: () => void

  constructor(signal: AbortSignal, name: string | undefined) {
    super(new CancellationNode(), name)
    this.signal = signal
    this.listener = () => this.node.cancel()
    if (signal.aborted) this.node.cancel()
    else signal.addEventListener("abort", this.listener, { once: true })
  }

  protected override giveBack(): void {
    super.giveBack()
    this.signal.removeEventListener("abort", this.listener)
  }
}

class DropGuardImpl extends ScopedHandle implements DropGuard {
  declare readonly token: TokenImpl

  constructor(token: TokenImpl) {
    super()
    this.token = token
  }

  get description(): string {
    return `a drop guard of ${this.token.description}`
  }

  protected override giveBack(): void {
    this.token.node.cancel()
  }

  get disarm(): Effect.Effect<CancellationToken> {
    return Effect.sync(this.disarmUnsafe)
  }

  get disarmUnsafe(): () => CancellationToken {
    return () => {
      this.end("disarmed", false)
      return this.token
    }
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/DropGuard", released: this.isReleased, token: this.token.toJSON() }
  }

  override toString(): string {
    return `DropGuard(${this.isReleased ? "released" : "armed"}, of ${String(this.token)})`
  }
}

/** The implementation of a token made here; the `…Unsafe` functions reach into it. */
const inProcess = (label: string, self: CancellationToken<any>): TokenImpl => {
  const backend = self[TypeId]
  if (backend instanceof TokenImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
