/**
 * Doing two things in one step of a fiber.
 *
 * A fiber may yield, and be interrupted, before *every* step of the run loop. So «the permit is taken» and «somebody
 * will give it back» must be one step. Documented functions allow that only by putting the finalizer on the stack first
 * and taking afterwards, which costs a step and an object. Calling an Effect's step function from inside our own step
 * saves both: `Effect.onExitPrimitive(…)` evaluated here pushes its frame now.
 *
 * `canEvaluate` says whether that works; every user has a second way when it does not. Both are tested by the same
 * suites (the project `sync-fallback`).
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { evaluateKey } from "./evaluateKey.ts"
import { Operation } from "./operation.ts"

/** What a step may return: the next Effect, or Effect's own mark for «parked», which only the run loop reads. */
type Next<A, E, R> = Effect.Effect<A, E, R>

/**
 * Runs the first step of an effect within the current one, and gives what is next. Only if `canEvaluate`.
 *
 * @internal
 */
export const inThisStep = <A, E, R>(effect: Effect.Effect<A, E, R>, fiber: Fiber.Fiber<any, any>): Next<A, E, R> =>
  (effect as any)[evaluateKey](fiber)

/** A finalizer that is synchronous and never fails. It returns `undefined`, which spares the run loop a step. */
export type Finalizer = () => undefined

const push = (fiber: Fiber.Fiber<any, any>, finalizer: Finalizer): void => {
  // Without the third argument of onExitPrimitive: with it the finalizer is skipped when an interruptible region is
  // interrupted, and whatever it should have given back is lost.
  // @effect-diagnostics-next-line floatingEffect:off -- stepping into it is running it
  inThisStep(Effect.onExitPrimitive(Effect.void, finalizer), fiber)
}

/**
 * Does the key do what we rely on? A fiber pushes a finalizer and parks, both from within one step, and is resumed: it
 * must end with the value it was resumed with, and the finalizer must have run once, after that.
 */
const probe = (): boolean => {
  try {
    const seen: { finalized: number; resume?: (effect: Effect.Effect<number>) => void } = { finalized: 0 }
    const park = Effect.callback<number>((resume) => {
      seen.resume = resume
    })
    class Probe extends Operation<number> {
      override get label() {
        return "effect-sync/probe"
      }
      override run(fiber: Fiber.Fiber<any, any>) {
        push(fiber, () => {
          seen.finalized++
          return undefined
        })
        return inThisStep(park, fiber)
      }
    }
    const fiber = Effect.runFork(new Probe())
    if (seen.resume === undefined || seen.finalized > 0 || fiber.pollUnsafe() !== undefined) return false
    seen.resume(Effect.succeed(42))
    const exit: Exit.Exit<number> | undefined = fiber.pollUnsafe()
    return seen.finalized === 1 && exit !== undefined && Exit.isSuccess(exit) && exit.value === 42
  } catch {
    return false
  }
}

/** @internal */
export const canEvaluate: boolean = /* @__PURE__ */ probe()

/**
 * Puts a finalizer on the fiber's stack within the current step. Only if `canEvaluate`.
 *
 * @internal
 */
export const pushFinalizer: (fiber: Fiber.Fiber<any, any>, finalizer: Finalizer) => void = push

/**
 * Ends a step with a value that is already there: the continuation sees it in the same step if it can.
 *
 * @internal
 */
export const succeedNow = <A>(value: A, fiber: Fiber.Fiber<any, any>): Effect.Effect<A> =>
  canEvaluate ? inThisStep(Exit.succeed(value), fiber) : Exit.succeed(value)

/** What can be parked: it is told how to resume the fiber that parks. */
export interface Parkable {
  parked(resume: (effect: Effect.Effect<any, any, any>) => void): void
}

// One shared callback effect serves all parks, which saves the effect and its closure for each. The parked one is
// handed over in `parking`: it is set and read within one step, so two fibers can't meet here.
let parking: Parkable | undefined

const parkCurrent = /* @__PURE__ */ Effect.callback<any, any, any>((resume) => {
  const parkable = parking!
  parking = undefined // not to keep it alive
  parkable.parked(resume)
})

/**
 * Suspends the fiber until it is resumed. It registers no clean-up of its own: a finalizer below it on the stack must
 * withdraw what waits, which saves a third of the price of a park.
 *
 * @internal
 */
export const park = (parkable: Parkable, fiber: Fiber.Fiber<any, any>): Effect.Effect<any, any, any> => {
  if (!canEvaluate) return Effect.callback((resume) => parkable.parked(resume))
  parking = parkable
  return inThisStep(parkCurrent, fiber)
}

/** What must be told when its parked fiber is interrupted. */
export interface Leavable extends Parkable {
  leave(): void
}

/**
 * The clean-up of a park: an object, which is smaller than an effect around a closure.
 *
 * @internal
 */
export class Leaving extends Operation<void> {
  declare private readonly leavable: Leavable

  constructor(leavable: Leavable) {
    super()
    this.leavable = leavable
  }

  override get label(): string {
    return "effect-sync/leaving"
  }

  override run(): Effect.Effect<void> {
    this.leavable.leave()
    return Effect.void
  }
}

const parkCurrentUntilWoken = /* @__PURE__ */ Effect.callback<any, any, any>((resume) => {
  const leavable = parking as Leavable
  parking = undefined
  leavable.parked(resume)
  return new Leaving(leavable)
})

/**
 * Suspends the fiber until it is resumed, and calls `leave` if it is interrupted before it has gone on. Only if
 * `canEvaluate`.
 *
 * @internal
 */
export const parkUntilWoken = <A, E, R>(
  leavable: Leavable & Effect.Effect<A, E, R>,
  fiber: Fiber.Fiber<any, any>
): Effect.Effect<A, E, R> => {
  parking = leavable
  return inThisStep(parkCurrentUntilWoken, fiber)
}

const missed = { _id: "effect-sync/missed" }

/**
 * Takes something, makes a value of it and delivers that in one step, where `canEvaluate` does not hold: an interruption
 * finds that nothing was taken, or that the continuation has the value. If there is nothing to take after all, it goes
 * on with `otherwise`.
 *
 * `Effect.sync` passes its value on in its own step, but that step is not this one, so it takes for itself. The frame
 * around it handles failures only and has no part in a success: the value passes it in the same step.
 *
 * @internal
 */
export const deliver = <A, E, R>(
  take: () => boolean,
  value: () => A,
  otherwise: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.catchCause(
    Effect.sync(() => {
      if (take()) return value()
      throw missed
    }),
    (cause) => Cause.squash(cause) === missed ? otherwise : Effect.failCause(cause)
  )
