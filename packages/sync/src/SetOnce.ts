/**
 * A value that is set once, from outside, and that others can wait for.
 *
 * The port a server listens on, the leader that was elected, the moment everything is ready: somebody sets it, and all
 * who wait, now or later, get it.
 *
 * - `wait(once)` gives the value, at once if it is there.
 * - `set(once, a)` sets it, and releases everybody who waits. The second one to set gets its value back.
 * - `setUnsafe(once, a)` does so from a callback, such as a server's `listening`.
 * - `class Ready extends SetOnce.Service<Ready, number>()("app/Ready", {}) {}` makes it a service.
 *
 * **How it differs from `Deferred`**: it has a value and no failure, `get` gives that value, a lost `set` says so in the
 * error channel and gives its value back, a waiter leaves in O(1), and setting runs nobody on the stack of who sets.
 *
 * **When not**: if those who wait are to make the value themselves, use `OnceCell`; if it may fail, a `Deferred`.
 *
 * Implementation: a value and a wait queue (`internal/waitQueue.ts`). Guarded by `test/SetOnce.test.ts` (SET-1, SET-2) and
 * its kin. Answers `tokio::sync::SetOnce`.
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
import { type AlreadyInitialized, Misuse } from "./Errors.ts"
import { nameOf } from "./internal/arguments.ts"
import { alreadyInitialized, fill, type Fillable, fillUnsafe } from "./internal/fill.ts"
import { Operation } from "./internal/operation.ts"
import { wakeSoon } from "./internal/readyQueue.ts"
import { serviceClass } from "./internal/service.ts"
import { canEvaluate, inThisStep } from "./internal/step.ts"
import { guarded, State, Waiter, WaitQueue } from "./internal/waitQueue.ts"

export {
  /**
   * The failure of `set` where there is a value.
   *
   * @category errors
   * @since 0.1.0
   */
  AlreadyInitialized,
  /**
   * The defect of an `…Unsafe` function on a `SetOnce` of another backend.
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
 * The key under which a `SetOnce` carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/SetOnce" = "~effect-sync/SetOnce"

/**
 * The key under which a `SetOnce` carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A value of type `A` that is set once. `E` is why an operation can fail beyond what its name says: `never` for those made
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
export interface SetOnce<in out A, out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<A, E>
}

/**
 * What an implementation of a `SetOnce` provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement one that lives elsewhere: an object `{ [SetOnce.TypeId]: backend, … }` then works with every function
 * here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * One `set` succeeds, and everybody who waits or comes later gets its value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<in out A, out E> {
  readonly _A: (_: A) => A
  readonly _E: () => E
  readonly get: Effect.Effect<Option.Option<A>, E>
  readonly wait: Effect.Effect<A, E>
  readonly isInitialized: Effect.Effect<boolean>
  readonly waiting: Effect.Effect<number>
  set(a: A): Effect.Effect<void, AlreadyInitialized<A> | E>
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
 * Makes a `SetOnce`: an empty one, or with `initial: Option.some(a)` one that is set.
 *
 * **When to use**
 *
 * Use for one that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * An empty one is made as `SetOnce.make<A>()`. Costs two small objects: one per request or per key is fine. Needs no
 * scope; nothing has to be closed.
 *
 * Answers `tokio::sync::SetOnce::new` and `new_with`. There is no clone and no comparison by contents: a second reference
 * is the same one.
 *
 * **Example** (A ready signal)
 *
 * ```ts import.meta.vitest
 * import { Effect, Fiber } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const port = yield* SetOnce.make<number>({ name: "port" })
 *   const client = yield* Effect.forkChild(SetOnce.wait(port))
 *   yield* SetOnce.set(port, 8080)
 *   return [yield* Fiber.join(client), port.toString()]
 * })
 *
 * await Effect.runPromise(program) // => [8080, "SetOnce(port: initialized, 0 waiting)"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  options?: Options & { readonly initial?: Option.Option<A> }
): Effect.Effect<SetOnce<A>> => Effect.sync(() => makeUnsafe(options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks. Answers `tokio::sync::SetOnce::const_new` and `const_new_with`.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * SetOnce.makeUnsafe<number>().toString() // => "SetOnce(empty, 0 waiting)"
 * SetOnce.makeUnsafe({ initial: Option.some(1) }).toString() // => "SetOnce(initialized, 0 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = <A>(options?: Options & { readonly initial?: Option.Option<A> }): SetOnce<A> =>
  new SetOnceImpl(options?.initial, options?.name)

/**
 * Whether a value is a `SetOnce`, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { SetOnce } from "effect-sync"
 *
 * SetOnce.isSetOnce(SetOnce.makeUnsafe()) // => true
 * SetOnce.isSetOnce({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isSetOnce = (u: unknown): u is SetOnce<unknown, unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// the value
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The value, as soon as it is set.
 *
 * **When to use**
 *
 * Use to wait for something that happens once: readiness, a result, the end.
 *
 * **Details**
 *
 * - Waits for: `set`. Where that has been, for nothing.
 * - Order: one `set` releases all who wait, the oldest first.
 * - Interruption: it stops waiting, which changes nothing for the others. Nothing is consumed, so nothing can be lost.
 * - Cost: O(1) to wait or to leave. Where the value is set, one step and no allocation.
 * - Fails: with `E` alone.
 *
 * Answers `tokio::sync::SetOnce::wait`.
 *
 * **Example** (Waiting before and after)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const once = yield* SetOnce.make<string>()
 *   const early = SetOnce.wait(once)
 *   const late = Effect.andThen(SetOnce.set(once, "ready"), SetOnce.wait(once))
 *   return yield* Effect.all([early, late], { concurrency: "unbounded" })
 * })
 *
 * await Effect.runPromise(program) // => ["ready", "ready"]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const wait = <A, E>(self: SetOnce<A, E>): Effect.Effect<A, E> => self[TypeId].wait

/**
 * Sets the value and releases everybody who waits for it.
 *
 * **When to use**
 *
 * Use to say that it has happened, and what came of it.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order: the first one wins; a value is never replaced. Who waits is released in the order in which they began to wait,
 *   and runs after the current steps of this fiber.
 * - Interruption: it has set the value and goes on, or has not.
 * - Cost: one wake-up per waiter.
 * - Fails: with `AlreadyInitialized`, which carries the refused value, if there is one already; with `E`.
 *
 * Answers `tokio::sync::SetOnce::set`.
 *
 * **Example** (The second value is refused)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const once = yield* SetOnce.make<number>()
 *   yield* SetOnce.set(once, 1)
 *   const refused = yield* Effect.flip(SetOnce.set(once, 2))
 *   return [yield* SetOnce.wait(once), refused.value]
 * })
 *
 * Effect.runSync(program) // => [1, 2]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const set: {
  <A>(a: A): <E>(self: SetOnce<A, E>) => Effect.Effect<void, AlreadyInitialized<A> | E>
  <A, E>(self: SetOnce<A, E>, a: A): Effect.Effect<void, AlreadyInitialized<A> | E>
} = dual(
  2,
  <A, E>(self: SetOnce<A, E>, a: A): Effect.Effect<void, AlreadyInitialized<A> | E> => self[TypeId].set(a)
)

/**
 * `set` for callbacks: synchronous, outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in a callback that is no Effect: a server that listens, a signal, a timer.
 *
 * **Details**
 *
 * Gives a `Result`. Runs no other fiber on its own stack: who waited goes on soon after.
 *
 * **Example** (From a callback)
 *
 * ```ts import.meta.vitest
 * import { Effect, Result } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const fired = SetOnce.makeUnsafe<string>()
 * setTimeout(() => SetOnce.setUnsafe(fired, "by the timer"), 1)
 *
 * await Effect.runPromise(SetOnce.wait(fired)) // => "by the timer"
 * Result.isFailure(SetOnce.setUnsafe(fired, "late")) // => true
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const setUnsafe: {
  <A>(a: A): (self: SetOnce<A>) => Result.Result<void, AlreadyInitialized<A>>
  <A>(self: SetOnce<A>, a: A): Result.Result<void, AlreadyInitialized<A>>
} = dual(
  2,
  <A>(self: SetOnce<A>, a: A): Result.Result<void, AlreadyInitialized<A>> =>
    fillUnsafe(inProcess("SetOnce.setUnsafe", self), "SetOnce.setUnsafe", a)
)

/**
 * The value, if it is set.
 *
 * **When to use**
 *
 * Use to look without waiting.
 *
 * **Details**
 *
 * - Waits for: nothing.
 * - Order, interruption: one step.
 * - Cost: O(1).
 * - Fails: with `E` alone.
 *
 * Answers `tokio::sync::SetOnce::get`.
 *
 * **Example** (Before and after)
 *
 * ```ts import.meta.vitest
 * import { Effect, Option } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const once = yield* SetOnce.make<number>()
 *   const before = yield* SetOnce.get(once)
 *   yield* SetOnce.set(once, 1)
 *   return [before, yield* SetOnce.get(once)]
 * })
 *
 * Effect.runSync(program) // => [Option.none(), Option.some(1)]
 * ```
 *
 * @category the value
 * @since 0.1.0
 */
export const get = <A, E>(self: SetOnce<A, E>): Effect.Effect<Option.Option<A>, E> => self[TypeId].get

/**
 * `get` outside Effect, in process only.
 *
 * **When to use**
 *
 * Use in callbacks.
 *
 * **Example** (Not yet)
 *
 * ```ts import.meta.vitest
 * import { Option } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * SetOnce.getUnsafe(SetOnce.makeUnsafe<number>()) // => Option.none()
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const getUnsafe = <A>(self: SetOnce<A>): Option.Option<A> => inProcess("SetOnce.getUnsafe", self).value

// ---------------------------------------------------------------------------------------------------------------------
// looking
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether the value is set.
 *
 * **When to use**
 *
 * Use for metrics and tests; `get` gives the value with the answer.
 *
 * **Details**
 *
 * Never waits. Once true it stays true.
 *
 * Answers `tokio::sync::SetOnce::initialized`.
 *
 * **Example** (Not yet)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * Effect.runSync(Effect.flatMap(SetOnce.make(), SetOnce.isInitialized)) // => false
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isInitialized = (self: SetOnce<any, any>): Effect.Effect<boolean> => self[TypeId].isInitialized

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
 * import { SetOnce } from "effect-sync"
 *
 * SetOnce.isInitializedUnsafe(SetOnce.makeUnsafe()) // => false
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const isInitializedUnsafe = (self: SetOnce<any>): boolean =>
  inProcess("SetOnce.isInitializedUnsafe", self).initialized

/**
 * How many wait for the value.
 *
 * **When to use**
 *
 * Use for metrics, and in tests to know that a fiber has got as far as waiting.
 *
 * **Details**
 *
 * Who was released but has not run yet does not count. Never waits.
 *
 * **Example** (Somebody waits)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const once = yield* SetOnce.make<number>()
 *   yield* Effect.forkScoped(SetOnce.wait(once))
 *   yield* Effect.yieldNow
 *   return yield* SetOnce.waiting(once)
 * }).pipe(Effect.scoped)
 *
 * await Effect.runPromise(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: SetOnce<any, any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { SetOnce } from "effect-sync"
 *
 * SetOnce.waitingUnsafe(SetOnce.makeUnsafe()) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: SetOnce<any>): number => inProcess("SetOnce.waitingUnsafe", self).waiters.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `SetOnce.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out A, in out E>
  extends Context.ServiceClass<Self, Id, SetOnce<A, E>>
{
  /** Provides the service. One object, so one value for all who share the layer. */
  readonly layer: Layer.Layer<Self>
  /** The same service with other options; a new value per call. */
  readonly layerWith: (options: { readonly name?: string }) => Layer.Layer<Self>
  readonly wait: Effect.Effect<A, E, Self>
  readonly set: (a: A) => Effect.Effect<void, AlreadyInitialized<A> | E, Self>
  readonly get: Effect.Effect<Option.Option<A>, E, Self>
  readonly isInitialized: Effect.Effect<boolean, never, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * Declares a `SetOnce` as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when one component of an application announces something that others wait for.
 *
 * **Details**
 *
 * - The type of the value is stated: `SetOnce.Service<Self, A>()(id, {})`.
 * - `layer` is one object and therefore one value for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a `SetOnce` first has an accessor of the same name without it.
 * - The third type argument is `E`, if another backend may provide the service. The layers built here still fit.
 * - The name is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two of them, and who waits for the one never sees the other set; provide
 * once, at the root. Two services with one id alias each other.
 *
 * **Example** (A server tells its port)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { SetOnce } from "effect-sync"
 *
 * class Port extends SetOnce.Service<Port, number>()("app/Port", {}) {}
 *
 * const client = Effect.map(Port.wait, (port) => `connects to ${port}`)
 * const server = Port.set(8080)
 * const program = Effect.all([client, server], { concurrency: "unbounded" })
 *
 * await Effect.runPromise(Effect.provide(program, Port.layer)) // => ["connects to 8080", undefined]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service: {
  <Self, A, E = never>(): <const Id extends string>(
    id: Id,
    options: { readonly name?: string }
  ) => ServiceClass<Self, Id, A, E>
} = () => (id: string, options: { readonly name?: string }): any =>
  serviceClass(id, options, ({ name }) => make({ name }), {
    values: { wait, get, isInitialized, waiting },
    functions: { set },
    brackets: {}
  })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

class SetOnceImpl<A> extends Pipeable.Class implements Backend<A, never>, Fillable<A, AlreadyInitialized<A>> {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  /** What every `wait` ends with, once it is set. */
  filled: Exit.Success<A> | undefined = undefined
  readonly waiters = new WaitQueue()
  readonly name: string | undefined

  constructor(initial: Option.Option<A> | undefined, name: string | undefined) {
    super()
    this.name = name
    if (initial !== undefined && Option.isSome(initial)) this.setTo(initial.value)
  }

  get [TypeId](): this {
    return this
  }

  get description(): string {
    return nameOf("SetOnce", this.name)
  }

  get initialized(): boolean {
    return this.filled !== undefined
  }

  get value(): Option.Option<A> {
    const { filled } = this
    return filled === undefined ? Option.none() : Option.some(filled.value)
  }

  get wait(): Effect.Effect<A> {
    // What is set stays as it is, so the answer may be given before the question is run: no object per call.
    return this.filled ?? new Wait(this)
  }

  set(a: A): Effect.Effect<void, AlreadyInitialized<A>> {
    return fill(this, "SetOnce.set", a)
  }

  tryFill(label: string, a: A): AlreadyInitialized<A> | undefined {
    if (this.initialized) return alreadyInitialized(label, this.description, a)
    this.setTo(a)
    return undefined
  }

  private setTo(a: A): void {
    // The value first: from here on nobody waits any more, and who is woken finds it.
    this.filled = Exit.succeed(a) as Exit.Success<A>
    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {
      waiter.state = State.granted
      wakeSoon(waiter)
    }
  }

  get get(): Effect.Effect<Option.Option<A>> {
    return Effect.sync(() => this.value)
  }

  get isInitialized(): Effect.Effect<boolean> {
    return Effect.sync(() => this.initialized)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.waiters.size)
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/SetOnce",
      ...(this.name !== undefined && { name: this.name }),
      initialized: this.initialized,
      waiting: this.waiters.size
    }
  }

  override toString(): string {
    const state = this.initialized ? "initialized" : "empty"
    return `SetOnce(${this.name === undefined ? "" : `${this.name}: `}${state}, ${this.waiters.size} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

class Wait<A> extends Operation<A> {
  declare readonly once: SetOnceImpl<A>

  constructor(once: SetOnceImpl<A>) {
    super()
    this.once = once
  }

  override get label(): string {
    return "SetOnce.wait"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A> {
    const { filled } = this.once
    if (filled === undefined) return guarded(new ValueWaiter(this.once), fiber)
    return canEvaluate ? inThisStep(filled, fiber) : filled
  }
}

class ValueWaiter<A> extends Waiter<A> {
  declare readonly once: SetOnceImpl<A>

  constructor(once: SetOnceImpl<A>) {
    super()
    this.once = once
  }

  override get label(): string {
    return "SetOnce.wait"
  }

  protected override arrive(): Effect.Effect<A> | undefined {
    const { once } = this
    if (once.filled !== undefined) return once.filled // set since it was asked, where arriving is a step of its own
    this.state = State.waiting
    once.waiters.push(this)
    return undefined
  }

  protected override outcome(): Effect.Effect<A> {
    return this.once.filled!
  }

  /** A value is not given back: there is only a place to leave, here or among those about to run. */
  override leave(): void {
    this.queue?.remove(this)
  }
}

/** The implementation of one made here; the `…Unsafe` functions reach into it. */
const inProcess = <A>(label: string, self: SetOnce<A>): SetOnceImpl<A> => {
  const backend = self[TypeId]
  if (backend instanceof SetOnceImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
