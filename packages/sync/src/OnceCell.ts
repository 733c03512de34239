/**
 * A cell that is filled once, by whoever needs its value first.
 *
 * A configuration read at first use, a connection opened lazily, an index that takes a second to build: many fibers ask,
 * one computes, all get the same value. Until it is there, the others wait.
 *
 * - `getOrInit(cell, init)` gives the value, and runs `init` to make it if the cell is empty and it is this fiber's turn.
 *   Nine times out of ten this is all one needs.
 * - `set(cell, a)` fills it from outside, `get(cell)` looks without waiting.
 * - `class Settings extends OnceCell.Service<Settings>()("app/Settings", { init: readSettings }) {}` makes it a service.
 *
 * **What is not kept.** Only a success fills the cell. An initializer that fails, dies or is interrupted leaves it empty,
 * its error goes to its own caller, and the next in line has its turn with its own initializer.
 *
 * **How it differs from `Effect.cached`**: that keeps failures too, knows one initializer for all, and runs it in a fiber
 * apart, which goes on as long as anybody waits. Here the initializer runs in the fiber whose turn it is, with its
 * services, its scope and its interruption.
 *
 * **When not**: for a value that comes from outside and never from who waits, use `SetOnce`. For many values by key, or
 * values that expire, Effect's `Cache`. Not reentrant: an initializer that asks its own cell waits for itself.
 *
 * Implementation: a permit counter of one permit (`internal/permitCounter.ts`), the turn to initialize, which the value
 * closes. Guarded by `test/OnceCell.test.ts` (ONCE-1 … ONCE-7) and its kin. Answers `tokio::sync::OnceCell`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import type * as Result from "effect/Result"
import { type AlreadyInitialized, Initializing, Misuse } from "./Errors.ts"
import { nameOf } from "./internal/arguments.ts"
import { withoutStack } from "./internal/failure.ts"
import { alreadyInitialized, fill, type Fillable, fillUnsafe } from "./internal/fill.ts"
import { Operation } from "./internal/operation.ts"
import { PermitCounter, PermitWaiter } from "./internal/permitCounter.ts"
import { serviceClass } from "./internal/service.ts"
import { canEvaluate, inThisStep } from "./internal/step.ts"
import { guarded, State } from "./internal/waitQueue.ts"

export {
  /**
   * The failure of `set` on a cell that has a value.
   *
   * @category errors
   * @since 0.1.0
   */
  AlreadyInitialized,
  /**
   * The failure of `set` on a cell that is being initialized.
   *
   * @category errors
   * @since 0.1.0
   */
  Initializing,
  /**
   * The defect of an `…Unsafe` function on a cell of another backend.
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
 * The key under which a cell carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/OnceCell" = "~effect-sync/OnceCell"

/**
 * The key under which a cell carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A cell for a value of type `A`. `E` is why an operation can fail beyond what its name says: `never` for those made
 * here, the backend's error for one that lives elsewhere.
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
export interface OnceCell<in out A, out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<A, E>
}

/**
 * What an implementation of a cell provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a cell that lives elsewhere: an object `{ [OnceCell.TypeId]: backend, … }` then works with every
 * function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * At most one initializer runs at a time, and the turns are taken strictly in the order in which the requests ran.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly get: Effect.Effect<Option.Option<A>, E>
  readonly isInitialized: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  getOrInit<E2, R>(init: Effect.Effect<A, E2, R>): Effect.Effect<A, E | E2, R>
  set(a: A): Effect.Effect<void, AlreadyInitialized<A> | Initializing<A> | E>
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
 * Makes a cell: an empty one, or with `initial: Option.some(a)` one that is filled.
 *
 * **When to use**
 *
 * Use for a cell that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * An empty cell is made as `OnceCell.make<A>()`. Costs two small objects: one per request or per key is fine. Needs no
 * scope; nothing has to be closed.
 *
 * Answers `tokio::sync::OnceCell::new` and `new_with`. There is no clone, no comparison by contents and no `take`: a
 * second reference is the same cell, and its value stays.
 *
 * **Example** (Computed once)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const answer = yield* OnceCell.make<number>({ name: "answer" })
 *   yield* OnceCell.getOrInit(answer, Effect.succeed(42))
 *   return [yield* OnceCell.getOrInit(answer, Effect.die("never run")), answer.toString()]
 * })
 *
 * Effect.runSync(program) // => [42, "OnceCell(answer: initialized, 0 waiting)"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  options?: Options & { readonly initial?: Option.Option<A> }
): Effect.Effect<OnceCell<A>> => Effect.sync(() => makeUnsafe(options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::OnceCell::const_new` and `const_new_with`.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * OnceCell.makeUnsafe<number>().toString() // => "OnceCell(empty, 0 waiting)"
 * OnceCell.makeUnsafe({ initial: Option.some(1) }).toString() // => "OnceCell(initialized, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(options?: Options & { readonly initial?: Option.Option<A> }): OnceCell<A> =>
  new OnceCellImpl(options?.initial, options?.name)

/**
 * Whether a value is a cell, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { OnceCell } from "effect-sync"
 *
 * OnceCell.isOnceCell(OnceCell.makeUnsafe()) // => true
 * OnceCell.isOnceCell({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isOnceCell = (u: unknown): u is OnceCell<unknown, unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// the value
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The value; an empty cell is filled first, by the first in line whose initializer succeeds.
 *
 * **When to use**
 *
 * Use for what is expensive, needed by many and the same for all: the first one pays.
 *
 * **Details**
 *
 * - Waits for: the value, or its turn to run `init`; then for `init`.
 * - Order: turns strictly first come, first served. Once there is a value, all who wait get it, the oldest first.
 * - Interruption: while it waits it gives up its place, which changes nothing for the others. Afterwards it interrupts
 *   `init`, the cell stays empty, and the next in line has its turn once the finalizers of `init` have run. If `init` has
 *   succeeded the cell is filled, even if the interruption comes in that very step.
 * - Cost: O(1) to ask or to leave; filling costs one wake-up per waiter. On a filled cell one step and no allocation.
 * - Fails: as `init`, if it is this caller's `init` that ran; with `E`. The failures of others are not seen.
 *
 * Answers `tokio::sync::OnceCell::get_or_init` and `get_or_try_init`.
 *
 * **Gotchas**
 *
 * Not reentrant: an `init` that asks the same cell, itself or through another fiber it waits for, waits for ever.
 *
 * What `init` acquires in a `Scope` is in the scope of the caller that ran it, and ends with that, while the value stays.
 * If the value must outlive its first caller, provide a longer-lived scope to `init`, or make the cell in a layer.
 *
 * An initializer that is to go on when its caller is interrupted needs `Effect.uninterruptible` around the whole
 * `getOrInit`: inside, Effect drops the result of an uninterruptible region if the fiber was interrupted meanwhile.
 *
 * **Example** (A failure is not kept, and hands the turn on)
 *
 * ```ts import.meta.vitest
 * import { Effect, Exit } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<number>()
 *   const ask = (init: Effect.Effect<number, string>) =>
 *     Effect.exit(OnceCell.getOrInit(cell, Effect.andThen(Effect.yieldNow, init)))
 *   return yield* Effect.all([ask(Effect.fail("no")), ask(Effect.succeed(1)), ask(Effect.succeed(2))], {
 *     concurrency: "unbounded"
 *   })
 * })
 *
 * await Effect.runPromise(program) // => [Exit.fail("no"), Exit.succeed(1), Exit.succeed(1)]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const getOrInit: {
  <A, E, R>(init: Effect.Effect<A, E, R>): <E0>(self: OnceCell<A, E0>) => Effect.Effect<A, E | E0, R>
  <A, E0, E, R>(self: OnceCell<A, E0>, init: Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R>
} = dual(
  2,
  <A, E0, E, R>(self: OnceCell<A, E0>, init: Effect.Effect<A, E, R>): Effect.Effect<A, E | E0, R> =>
    self[TypeId].getOrInit(init)
)

/**
 * The value, if there is one.
 *
 * **When to use**
 *
 * Use to look without filling the cell.
 *
 * **Details**
 *
 * - Waits for: nothing. While the cell is being initialized it is `none`.
 * - Order, interruption: one step.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * Answers `tokio::sync::OnceCell::get`.
 *
 * **Example** (Before and after)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<number>()
 *   const before = yield* OnceCell.get(cell)
 *   yield* OnceCell.set(cell, 1)
 *   return [before, yield* OnceCell.get(cell)]
 * })
 *
 * Effect.runSync(program) // => [Option.none(), Option.some(1)]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const get = <A, E>(self: OnceCell<A, E>): Effect.Effect<Option.Option<A>, E> => self[TypeId].get

/**
 * `get` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Empty)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * OnceCell.getUnsafe(OnceCell.makeUnsafe<number>()) // => Option.none()
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const getUnsafe = <A>(self: OnceCell<A>): Option.Option<A> => inProcess("OnceCell.getUnsafe", self).value

/**
 * Fills the cell from outside, if it is empty and nobody initializes it.
 *
 * **When to use**
 *
 * Use where the value turns up without having been asked for, and for tests.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: the first one wins; a value is never replaced. From the first `getOrInit` on it is refused until the cell is
 *   empty and idle again: no initializer runs, and nobody has a turn.
 * - Interruption: it has set the value and goes on, or has not.
 * - Cost: O(1); a cell that can be set has nobody waiting.
 * - Fails: with `AlreadyInitialized` if there is a value, with `Initializing` if there may soon be one; both carry the
 *   refused value. With `E`.
 *
 * Answers `tokio::sync::OnceCell::set`.
 *
 * **Example** (The second value is refused)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<number>()
 *   yield* OnceCell.set(cell, 1)
 *   return yield* OnceCell.set(cell, 2).pipe(
 *     Effect.catchTag("AlreadyInitialized", (error) => Effect.succeed(error.value))
 *   )
 * })
 *
 * Effect.runSync(program) // => 2
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const set: {
  <A>(a: A): <E>(self: OnceCell<A, E>) => Effect.Effect<void, AlreadyInitialized<A> | Initializing<A> | E>
  <A, E>(self: OnceCell<A, E>, a: A): Effect.Effect<void, AlreadyInitialized<A> | Initializing<A> | E>
} = dual(
  2,
  <A, E>(self: OnceCell<A, E>, a: A): Effect.Effect<void, AlreadyInitialized<A> | Initializing<A> | E> =>
    self[TypeId].set(a)
)

/**
 * `set` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect.
 *
 * **Details**
 *
 * Gives a `Result`. Runs no other fiber on its own stack.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Result } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const cell = OnceCell.makeUnsafe<number>()
 *
 * OnceCell.setUnsafe(cell, 1) // => Result.void
 * Result.isFailure(OnceCell.setUnsafe(cell, 2)) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const setUnsafe: {
  <A>(a: A): (self: OnceCell<A>) => Result.Result<void, AlreadyInitialized<A> | Initializing<A>>
  <A>(self: OnceCell<A>, a: A): Result.Result<void, AlreadyInitialized<A> | Initializing<A>>
} = dual(
  2,
  <A>(self: OnceCell<A>, a: A): Result.Result<void, AlreadyInitialized<A> | Initializing<A>> =>
    fillUnsafe(inProcess("OnceCell.setUnsafe", self), "OnceCell.setUnsafe", a)
)

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether there is a value.
 *
 * **When to use**
 *
 * Use for metrics and tests; `get` gives the value with the answer.
 *
 * **Details**
 *
 * Never waits. False while the cell is being initialized; once true it stays true.
 *
 * Answers `tokio::sync::OnceCell::initialized`.
 *
 * **Example** (Inside the initializer)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<boolean>()
 *   return yield* OnceCell.getOrInit(cell, OnceCell.isInitialized(cell))
 * })
 *
 * Effect.runSync(program) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isInitialized = (self: OnceCell<any, any>): Effect.Effect<boolean> => self[TypeId].isInitialized

/**
 * `isInitialized` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks and assertions.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { OnceCell } from "effect-sync"
 *
 * OnceCell.isInitializedUnsafe(OnceCell.makeUnsafe()) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isInitializedUnsafe = (self: OnceCell<any>): boolean =>
  inProcess("OnceCell.isInitializedUnsafe", self).initialized

/**
 * How many requests wait for the value, or for their turn to make it.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * The one whose initializer runs, or who was given its turn and has not run yet, does not count. Never waits.
 *
 * **Example** (One runs, one waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const cell = yield* OnceCell.make<number>()
 *   yield* Effect.forkScoped(OnceCell.getOrInit(cell, Effect.never))
 *   yield* Effect.forkScoped(OnceCell.getOrInit(cell, Effect.never))
 *   yield* Effect.yieldNow
 *   return yield* OnceCell.waiting(cell)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: OnceCell<any, any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { OnceCell } from "effect-sync"
 *
 * OnceCell.waitingUnsafe(OnceCell.makeUnsafe()) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: OnceCell<any>): number =>
  inProcess("OnceCell.waitingUnsafe", self).counter.waiters.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `OnceCell.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out A, in out E>
  extends Context.ServiceClass<Self, Id, OnceCell<A, E>>
{
  /** Provides the service. One object, so one cell for all who share the layer. */
  readonly layer: Layer.Layer<Self>
  /** The same service with other options; a new cell per call. */
  readonly layerWith: (options: { readonly name?: string }) => Layer.Layer<Self>
  readonly get: Effect.Effect<Option.Option<A>, E, Self>
  readonly getOrInit: <E2, R>(init: Effect.Effect<A, E2, R>) => Effect.Effect<A, E | E2, R | Self>
  readonly set: (a: A) => Effect.Effect<void, AlreadyInitialized<A> | Initializing<A> | E, Self>
  readonly isInitialized: Effect.Effect<boolean, never, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * The type of a class made by `OnceCell.Service` with an `init`.
 *
 * @category services
 * @since 0.1.0
 */
export interface InitServiceClass<in out Self, in out Id extends string, in out A, in out E, in out EI, in out RI>
  extends ServiceClass<Self, Id, A, E>
{
  /** The same service with other options; a new cell per call. Without an `init` it has the one of the class. */
  readonly layerWith: (
    options: { readonly init?: Effect.Effect<A, EI, RI>; readonly name?: string }
  ) => Layer.Layer<Self>
  /** `getOrInit` with the `init` of the service. */
  readonly value: Effect.Effect<A, E | EI, RI | Self>
}

/**
 * Declares a cell as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when several components of an application need the same expensive value, and not every run needs it.
 *
 * **Details**
 *
 * - `init` is the Effect that makes the value. It runs when `value` is asked for, not when the layer is built, as part
 *   of whoever asks: its error and requirements are those of `value`. A failure is not kept.
 * - Without `init` the type of the value is stated, `OnceCell.Service<Self, A>()(id, {})`, and each caller brings its own
 *   to `getOrInit`.
 * - `layer` is one object and therefore one cell for everybody it is provided to; `layerWith` makes another, for example
 *   with an `init` for a test.
 * - Each function of this module that takes a cell first has an accessor of the same name without it.
 * - The third type argument is `E`, if another backend may provide the service. The layers built here still fit.
 * - The name of the cell is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two cells, each with a value of its own; provide once, at the root. Two
 * services with one id alias each other.
 *
 * **Example** (Read at first use, and another value for a test)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { OnceCell } from "effect-sync"
 *
 * let reads = 0
 * const readSettings = Effect.sync(() => ({ port: 80, reads: ++reads }))
 *
 * class Settings extends OnceCell.Service<Settings>()("app/Settings", { init: readSettings }) {}
 *
 * const program = Effect.andThen(Settings.value, Settings.value)
 *
 * Effect.runSync(Effect.provide(program, Settings.layer)) // => { port: 80, reads: 1 }
 *
 * const test = Settings.layerWith({ init: Effect.succeed({ port: 0, reads: 0 }) })
 * Effect.runSync(Effect.provide(program, test)) // => { port: 0, reads: 0 }
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self>(): <const Id extends string, A, EI = never, RI = never>(
    id: Id,
    options: { readonly init: Effect.Effect<A, EI, RI>; readonly name?: string }
  ) => InitServiceClass<Self, Id, A, never, EI, RI>
  <Self, A, E = never>(): {
    <const Id extends string, EI = never, RI = never>(
      id: Id,
      options: { readonly init: Effect.Effect<A, EI, RI>; readonly name?: string }
    ): InitServiceClass<Self, Id, A, E, EI, RI>
    <const Id extends string>(id: Id, options: { readonly name?: string }): ServiceClass<Self, Id, A, E>
  }
} = () => (id: string, options: { readonly init?: Effect.Effect<any, any, any>; readonly name?: string }): any => {
  // Beside the cells, not in them: what makes the value is the service's business, and a cell of another backend has none.
  const inits = new WeakMap<OnceCell<any, any>, Effect.Effect<any, any, any>>()
  const value = (self: OnceCell<any, any>) => getOrInit(self, inits.get(self) ?? options.init!)
  return serviceClass(
    id,
    options,
    ({ init, name }) =>
      Effect.sync(() => {
        const cell = makeUnsafe({ name })
        if (init !== undefined) inits.set(cell, init)
        return cell
      }),
    {
      values: { get, isInitialized, waiting, ...(options.init !== undefined && { value }) },
      functions: { getOrInit, set },
      brackets: {}
    },
    ["init"]
  )
}

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

class OnceCellImpl<A> extends Pipeable.Class
  implements Backend<A, never>, Fillable<A, AlreadyInitialized<A> | Initializing<A>>
{
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  /** Its one permit is the turn to initialize. The value closes it, and is what every request then ends with. */
  readonly counter = new PermitCounter(1)
  readonly name: string | undefined

  constructor(initial: Option.Option<A> | undefined, name: string | undefined) {
    super()
    this.name = name
    if (initial !== undefined && Option.isSome(initial)) this.counter.close(Exit.succeed(initial.value))
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("OnceCell", this.name)
  }

  get filled(): Exit.Success<A> | undefined {
    return this.counter.closed as Exit.Success<A> | undefined
  }

  get initialized(): boolean {
    return this.filled !== undefined
  }

  get value(): Option.Option<A> {
    const { filled } = this
    return filled === undefined ? Option.none() : Option.some(filled.value)
  }

  getOrInit<E, R>(init: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    // A filled cell stays as it is, so the answer may be given before the question is run: no object per call.
    return this.filled ?? new GetOrInit(this, init)
  }

  /** An initializer has ended: its value fills the cell, or the next one has its turn. */
  settle(exit: Exit.Exit<A, unknown>): void {
    if (Exit.isSuccess(exit)) this.counter.close(exit)
    else this.counter.release(1)
  }

  get get(): Effect.Effect<Option.Option<A>> {
    return Effect.sync(() => this.value)
  }

  set(a: A): Effect.Effect<void, AlreadyInitialized<A> | Initializing<A>> {
    return fill(this, "OnceCell.set", a)
  }

  tryFill(label: string, a: A): AlreadyInitialized<A> | Initializing<A> | undefined {
    if (this.initialized) return alreadyInitialized(label, this.description, a)
    if (this.initializing) {
      const message = `${label}: ${this.description} is being initialized`
      return withoutStack(() => new Initializing({ message, value: a }))
    }
    this.counter.close(Exit.succeed(a))
    return undefined
  }

  /** Somebody has the turn, or is about to. */
  get initializing(): boolean {
    return !this.initialized && this.counter.free === 0
  }

  get isInitialized(): Effect.Effect<boolean> {
    return Effect.sync(() => this.initialized)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.counter.waiters.size)
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/OnceCell",
      ...(this.name !== undefined && { name: this.name }),
      initialized: this.initialized,
      initializing: this.initializing,
      waiting: this.counter.waiters.size
    }
  }

  override toString(): string {
    const state = this.initialized ? "initialized" : this.initializing ? "initializing" : "empty"
    return `OnceCell(${this.name === undefined ? "" : `${this.name}: `}${state}, ${this.counter.waiters.size} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

class GetOrInit<A, E, R> extends Operation<A, E, R> {
  declare readonly cell: OnceCellImpl<A>
  declare readonly init: Effect.Effect<A, E, R>

  constructor(cell: OnceCellImpl<A>, init: Effect.Effect<A, E, R>) {
    super()
    this.cell = cell
    this.init = init
  }

  override get label(): string {
    return "OnceCell.getOrInit"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    const { filled } = this.cell
    if (filled === undefined) return guarded(new Turn(this), fiber)
    return canEvaluate ? inThisStep(filled, fiber) : filled
  }
}

/** One request to an empty cell: waits for its turn, and takes it, unless it gets the value instead. */
class Turn<A, E, R> extends PermitWaiter<A, E, R> {
  declare readonly request: GetOrInit<A, E, R>

  constructor(request: GetOrInit<A, E, R>) {
    super(request.cell.counter, 1)
    this.request = request
  }

  override get label(): string {
    return this.request.label
  }

  protected override proceed(): Effect.Effect<A, E, R> {
    const { cell, init } = this.request
    // The frame is told how `init` ended in the step in which it ends: what has succeeded fills the cell, whatever
    // happens to the fiber afterwards.
    return Effect.onExitPrimitive(init, (exit) => {
      this.state = State.done
      cell.settle(exit)
      return undefined
    })
  }

  protected override instead(): undefined {
    return undefined
  }

  /** It had its turn and was interrupted before `init` began. */
  protected override giveBack(): void {
    this.counter.release(1)
  }
}

/** The implementation of a cell made here; the `…Unsafe` functions reach into it. */
const inProcess = <A>(label: string, self: OnceCell<A>): OnceCellImpl<A> => {
  const backend = self[TypeId]
  if (backend instanceof OnceCellImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
