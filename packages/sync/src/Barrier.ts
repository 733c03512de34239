/**
 * A meeting point for a fixed number of fibers.
 *
 * Work in phases: every fiber does its part of a phase, then waits for the others, then all go on to the next, where each
 * may rely on what the others did before. The last to arrive lets everybody go.
 *
 * - `wait(barrier)` waits until as many have come as there are parties. One of them, the last, is told that it leads:
 *   it can do what is to be done once per phase.
 * - The barrier is at once ready for the next *generation*: nothing has to be reset, and who is fast may already wait for
 *   it while the slow of the last one have not run yet.
 * - `class Phases extends Barrier.Service<Phases>()("app/Phases", { parties: 4 }) {}` makes it a service.
 *
 * **How it differs from tokio's**: an interrupted `wait` takes its arrival back, as long as its generation is
 * incomplete. There an arrival stays counted though its task is gone, and the barrier opens with too few.
 *
 * **When not**: to wait for the end of some fibers, join them. Effect has no barrier; a latch opens once, for any number.
 *
 * Answers `tokio::sync::Barrier`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Pipeable from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { Misuse } from "./Errors.ts"
import { isCount, nameOf, rangeError } from "./internal/arguments.ts"
import { Operation } from "./internal/operation.ts"
import { wakeSoon } from "./internal/readyQueue.ts"
import { type Input, type InputError, type InputServices, serviceClass } from "./internal/service.ts"
import { canEvaluate, deliver, parkUntilWoken, succeedNow } from "./internal/step.ts"
import { ArrivedWaiter, untilWoken, WaitQueue } from "./internal/waitQueue.ts"

export {
  /**
   * The defect of an `…Unsafe` function called with a barrier of another backend.
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
 * The key under which a barrier carries its implementation.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId: "~effect-sync/Barrier" = "~effect-sync/Barrier"

/**
 * The key under which a barrier carries its implementation, as a type.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * A barrier. `E` is why waiting can fail: `never` for those made here, the backend's error for one that lives elsewhere.
 *
 * **When to use**
 *
 * Use as the type of a parameter or a service. What is made here fits wherever any `E` is accepted.
 *
 * @see {@link make} for making one
 * @see {@link Service} for declaring one as a service
 * @category models
 * @since 0.1.0
 */
export interface Barrier<out E = never> extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: Backend<E>
  /** How many must arrive for a generation to be complete. */
  readonly parties: number
}

/**
 * What `wait` gives.
 *
 * **When to use**
 *
 * Use to choose one of those who met for what is to be done once.
 *
 * **Details**
 *
 * Answers `tokio::sync::BarrierWaitResult`. The objects are shared and frozen.
 *
 * @category models
 * @since 0.1.0
 */
export interface BarrierWaitResult {
  /** Whether this was the last to arrive. Exactly one of each generation was. */
  readonly isLeader: boolean
}

/**
 * What an implementation of a barrier provides; all functions of this module rest on it.
 *
 * **When to use**
 *
 * Use to implement a barrier that lives elsewhere: an object `{ [Barrier.TypeId]: backend, parties, … }` then works with
 * every function here but the `…Unsafe` ones.
 *
 * **Details**
 *
 * An interrupted `wait` does not count, unless its generation was complete before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend<out E> {
  readonly _E: () => E
  readonly wait: Effect.Effect<BarrierWaitResult, E>
  readonly waiting: Effect.Effect<number>
}

/**
 * Options of the constructors.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Shows in inspection and defects. */
  readonly name?: string
}

// ---------------------------------------------------------------------------------------------------------------------
// constructors and guards
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a barrier for that many parties.
 *
 * **When to use**
 *
 * Use for a barrier that is passed as a value. For one that components ask for, declare a `Service`.
 *
 * **Details**
 *
 * `parties` is an integer from 0 to `Number.MAX_SAFE_INTEGER`; anything else dies with a `RangeError`. 0 behaves as 1, and
 * reads as 1: nobody ever waits. Costs one small object. Needs no scope; nothing has to be closed.
 *
 * Answers `tokio::sync::Barrier::new`.
 *
 * **Example** (Two that wait for each other)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Barrier } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const barrier = yield* Barrier.make(2, { name: "start" })
 *   const log: Array<string> = []
 *   const runner = (name: string) =>
 *     Effect.gen(function*() {
 *       log.push(`${name} is ready`)
 *       yield* Barrier.wait(barrier)
 *       log.push(`${name} runs`)
 *     })
 *   yield* Effect.all([runner("a"), runner("b")], { concurrency: "unbounded" })
 *   return log.map((line) => line.slice(2))
 * })
 *
 * await Effect.runPromise(program) // => ["is ready", "is ready", "runs", "runs"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (parties: number, options?: Options): Effect.Effect<Barrier> =>
  Effect.sync(() => build("Barrier.make", parties, options))

/**
 * `make` outside Effect.
 *
 * **When to use**
 *
 * Use at module level, and in callbacks.
 *
 * **Details**
 *
 * Throws a `RangeError` where `make` dies with one.
 *
 * **Example** (At module level)
 *
 * ```ts import.meta.vitest
 * import { Barrier } from "effect-sync"
 *
 * const phases = Barrier.makeUnsafe(3, { name: "phases" })
 *
 * phases.toString() // => "Barrier(phases: 0 of 3 waiting)"
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const makeUnsafe = (parties: number, options?: Options): Barrier => build("Barrier.makeUnsafe", parties, options)

/**
 * Whether a value is a barrier, of any backend.
 *
 * **When to use**
 *
 * Use to narrow an unknown value.
 *
 * **Example** (Narrowing)
 *
 * ```ts import.meta.vitest
 * import { Barrier } from "effect-sync"
 *
 * Barrier.isBarrier(Barrier.makeUnsafe(1)) // => true
 * Barrier.isBarrier({}) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isBarrier = (u: unknown): u is Barrier<unknown> => hasProperty(u, TypeId)

// ---------------------------------------------------------------------------------------------------------------------
// waiting
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Waits until all parties have arrived.
 *
 * **When to use**
 *
 * Use between two phases, when every fiber needs what all others did in the first.
 *
 * **Details**
 *
 * - Waits for: as many arrivals as there are parties, this one included, since the last generation was complete. The last
 *   one to arrive does not wait.
 * - Gives: `{ isLeader }`, which is true for exactly one of each generation, the last to arrive.
 * - Order: none is promised among those who are let go. Who comes again belongs to the next generation, even if others
 *   of the last one have not run yet.
 * - Interruption: an arrival is taken back if its generation is incomplete, and somebody else must come instead. Once
 *   the generation is complete it stays so: who is interrupted before it ran again ends interrupted, and the others go on.
 * - Cost: O(1); the last to arrive wakes the others, O(parties).
 * - Fails: with `E`, a backend's error.
 *
 * **Gotchas**
 *
 * If a fiber of a generation fails instead of arriving, the others wait for ever: run them together
 * (`Effect.all(…, { concurrency: "unbounded" })`), so that a failure interrupts the rest. With less concurrency than
 * parties they wait for ever too.
 *
 * Answers `tokio::sync::Barrier::wait`, which counts interrupted arrivals.
 *
 * **Example** (The last of each phase does what is done once)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Barrier } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const barrier = yield* Barrier.make(3)
 *   const log: Array<string> = []
 *   const worker = Effect.gen(function*() {
 *     for (const phase of ["map", "reduce"]) {
 *       log.push(phase)
 *       const { isLeader } = yield* Barrier.wait(barrier)
 *       if (isLeader) log.push(`${phase} is done`)
 *       yield* Barrier.wait(barrier)
 *     }
 *   })
 *   yield* Effect.all([worker, worker, worker], { concurrency: "unbounded" })
 *   return log
 * })
 *
 * const log = await Effect.runPromise(program)
 *
 * log // => ["map", "map", "map", "map is done", "reduce", "reduce", "reduce", "reduce is done"]
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export const wait = <E>(self: Barrier<E>): Effect.Effect<BarrierWaitResult, E> => self[TypeId].wait

// ---------------------------------------------------------------------------------------------------------------------
// getters
// ---------------------------------------------------------------------------------------------------------------------

/**
 * How many have arrived in the current generation and wait for the others.
 *
 * **When to use**
 *
 * Use for metrics and tests.
 *
 * **Details**
 *
 * From 0 to `parties - 1`: those who were let go but have not run yet do not count. Never waits.
 *
 * **Example** (One has come, one is missing)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Barrier } from "effect-sync"
 *
 * const program = Effect.gen(function*() {
 *   const barrier = yield* Barrier.make(2)
 *   yield* Effect.forkChild(Barrier.wait(barrier), { startImmediately: true })
 *   return yield* Barrier.waiting(barrier)
 * })
 *
 * Effect.runSync(program) // => 1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const waiting = (self: Barrier<any>): Effect.Effect<number> => self[TypeId].waiting

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
 * import { Barrier } from "effect-sync"
 *
 * Barrier.waitingUnsafe(Barrier.makeUnsafe(2)) // => 0
 * ```
 *
 * @category unsafe
 * @since 0.1.0
 */
export const waitingUnsafe = (self: Barrier): number => inProcess("Barrier.waitingUnsafe", self).arrived.size

// ---------------------------------------------------------------------------------------------------------------------
// service
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The type of a class made by `Barrier.Service`: a service tag with its layers and accessors.
 *
 * @category services
 * @since 0.1.0
 */
export interface ServiceClass<in out Self, in out Id extends string, in out E, in out LE, in out LR>
  extends Context.ServiceClass<Self, Id, Barrier<E>>
{
  /** Provides the service. One object, so one barrier for all who share the layer. */
  readonly layer: Layer.Layer<Self, LE, LR>
  /** The same service with other options; a new barrier per call. */
  readonly layerWith: <const O extends { readonly parties: Input<number>; readonly name?: string }>(
    options: O
  ) => Layer.Layer<Self, InputError<O>, Exclude<InputServices<O>, Scope.Scope>>
  readonly wait: Effect.Effect<BarrierWaitResult, E, Self>
  readonly waiting: Effect.Effect<number, never, Self>
}

/**
 * Declares a barrier as a service: one class that is the tag, builds the layers and carries the accessors.
 *
 * **When to use**
 *
 * Use when the parties are components that do not know each other.
 *
 * **Details**
 *
 * - `parties` is a number, or an Effect that gives one, such as a Config; the layer's error and requirements follow.
 * - `layer` is one object and therefore one barrier for everybody it is provided to; `layerWith` makes another.
 * - Each function of this module that takes a barrier first has an accessor of the same name without it.
 * - The first call states `E`, if another backend may provide the service: `Barrier.Service<Self, RedisError>()`. The
 *   layers built here still fit, since they never fail.
 * - The name of the barrier is the id, unless `name` says otherwise.
 *
 * **Gotchas**
 *
 * Two sibling `Effect.provide(X.layer)` build two barriers, and nobody ever meets: provide once, at the root. Two
 * services with one id alias each other. A Config may give a number that is no number of parties: the layer then dies
 * with a `RangeError`; let the Config check it, and fail with a `ConfigError`.
 *
 * **Example** (Components that start together)
 *
 * ```ts import.meta.vitest
 * import { Effect } from "effect"
 * import { Barrier } from "effect-sync"
 *
 * class Started extends Barrier.Service<Started>()("app/Started", { parties: 2 }) {}
 *
 * const component = (name: string) => Effect.as(Started.wait, `${name} goes`)
 * const program = Effect.all([component("http"), component("jobs")], { concurrency: "unbounded" })
 *
 * await Effect.runPromise(Effect.provide(program, Started.layer)) // => ["http goes", "jobs goes"]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Service = <Self, E = never>(): <const Id extends string, const P extends Input<number>>(
  id: Id,
  options: { readonly parties: P; readonly name?: string }
) => ServiceClass<Self, Id, E, InputError<{ p: P }>, Exclude<InputServices<{ p: P }>, Scope.Scope>> =>
(id: string, options: { readonly parties: Input<number>; readonly name?: string }): any =>
  serviceClass(id, options, ({ name, parties }) => make(parties, { name }), {
    values: { wait, waiting },
    functions: {},
    brackets: {}
  })

// ---------------------------------------------------------------------------------------------------------------------
// implementation
// ---------------------------------------------------------------------------------------------------------------------

// The queue holds the arrivals of the current generation, and nobody else: completing a generation empties it, in the
// step in which the last one arrives. So nothing has to count generations, a fiber that comes again can't be mistaken for
// one of the last, and an arrival that is taken back is one that still stands in the queue.

const leader: BarrierWaitResult = /* @__PURE__ */ Object.freeze({ isLeader: true })

// One effect for all who are let go: being woken changes nothing that an interruption would have to undo.
const released: Effect.Effect<BarrierWaitResult> = /* @__PURE__ */ Effect.succeed(
  /* @__PURE__ */ Object.freeze({ isLeader: false })
)

class BarrierImpl extends Pipeable.Class implements Backend<never> {
  declare readonly _E: () => never
  readonly parties: number
  readonly name: string | undefined
  readonly arrived = new WaitQueue<Arrival>()
  private arriving: Effect.Effect<BarrierWaitResult> | undefined = undefined

  constructor(parties: number, name: string | undefined) {
    super()
    this.parties = parties
    this.name = name
  }

  get [TypeId](): this {
    return this
  }

  get wait(): Effect.Effect<BarrierWaitResult> {
    return new Wait(this)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.arrived.size)
  }

  /** Where parking is a step of its own: an effect for all who come. The one that runs it may have become the last. */
  get arrival(): Effect.Effect<BarrierWaitResult> {
    return this.arriving ??= untilWoken(
      (fiber) => this.isLastMissing ? undefined : new Arrival(this, fiber),
      this.wait
    )
  }

  /** Whether the next to arrive completes the generation. */
  get isLastMissing(): boolean {
    return this.arrived.size === this.parties - 1
  }

  /** Lets everybody go, if the last one has come: it can't be before. No fiber runs before this is done. */
  complete(): boolean {
    if (!this.isLastMissing) return false
    let arrival: Arrival | undefined
    while ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)
    return true
  }

  toJSON(): unknown {
    return {
      _id: "effect-sync/Barrier",
      ...(this.name !== undefined && { name: this.name }),
      parties: this.parties,
      waiting: this.arrived.size
    }
  }

  override toString(): string {
    return `Barrier(${this.name === undefined ? "" : `${this.name}: `}${this.arrived.size} of ${this.parties} waiting)`
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}

class Wait extends Operation<BarrierWaitResult> {
  declare readonly barrier: BarrierImpl

  constructor(barrier: BarrierImpl) {
    super()
    this.barrier = barrier
  }

  override get label(): string {
    return "Barrier.wait"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<BarrierWaitResult> {
    const { barrier } = this
    if (!canEvaluate) {
      return barrier.isLastMissing ? deliver(() => barrier.complete(), () => leader, this) : barrier.arrival
    }
    if (barrier.complete()) return succeedNow(leader, fiber)
    return parkUntilWoken(new Arrival(barrier, fiber), fiber)
  }
}

class Arrival extends ArrivedWaiter<BarrierWaitResult> {
  constructor(barrier: BarrierImpl, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    barrier.arrived.push(this)
  }

  override get label(): string {
    return "Barrier.wait"
  }

  protected override outcome(): Effect.Effect<BarrierWaitResult> {
    return released
  }

  override leave(): void {
    // Of those who have arrived: it has not. Of those on their way to run: it does not any more, and the generation stands.
    this.queue?.remove(this)
  }
}

const build = (label: string, parties: number, options: Options | undefined): BarrierImpl => {
  const name = options?.name
  if (!isCount(parties)) {
    const range = `an integer from 0 to Number.MAX_SAFE_INTEGER (${Number.MAX_SAFE_INTEGER})`
    throw rangeError(label, "parties", range, parties, nameOf("Barrier", name))
  }
  return new BarrierImpl(Math.max(parties, 1), name)
}

/** The implementation of a barrier made here; the `…Unsafe` functions reach into it. */
const inProcess = (label: string, self: Barrier<any>): BarrierImpl => {
  const backend = self[TypeId]
  if (backend instanceof BarrierImpl) return backend
  throw new Misuse({
    message: `${label}: ${String(self)} does not live in this process; use the Effect of the same name`
  })
}
