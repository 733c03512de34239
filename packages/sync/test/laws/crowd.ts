/**
 * Crowds: a hundred thousand that wait must cost the same each as five thousand, and all must come to an end. Nothing here
 * knows an absolute time.
 */
import { Effect, type Fiber } from "effect"
import { worked } from "../utils.ts"
import { random } from "./random.ts"

export const few = 5_000
export const many = 100_000

/** Starts fibers that all run as far as they can before the next starts. */
export const crowd = <A, E>(
  n: number,
  effect: (i: number) => Effect.Effect<A, E>
): Effect.Effect<Array<Fiber.Fiber<A, E>>> =>
  Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<A, E>> = []
    for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkDetach(effect(i), { startImmediately: true }))
    return fibers
  })

/** Gives way until all have ended, and dies if some never do. `patience` throws if it takes too long. */
export const allEnd = (
  fibers: ReadonlyArray<Fiber.Fiber<unknown, unknown>>,
  patience?: () => void
): Effect.Effect<void> =>
  Effect.gen(function*() {
    let ended = 0
    // A turn of the event loop resumes about a hundred fibers.
    for (let turn = 0; turn < fibers.length && ended < fibers.length; turn++) {
      while (ended < fibers.length && fibers[ended].pollUnsafe() !== undefined) ended++
      patience?.()
      if (ended < fibers.length) yield* Effect.yieldNow
    }
    if (ended < fibers.length) throw new Error(`${fibers.length - ended} fibers wait for ever`)
  })

export const shuffled = <A>(things: ReadonlyArray<A>, seed: number): Array<A> => {
  const below = random(seed)
  const order = [...things]
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const other = order[j]
    order[j] = order[i]
    order[i] = other
  }
  return order
}

/** What is done with a crowd, how it is made, and what must be so afterwards. Only `act` counts. */
export interface Work<S> {
  readonly make: (size: number) => Effect.Effect<S>
  /** Calls `patience` now and then. */
  readonly act: (s: S, size: number, patience: () => void) => Effect.Effect<void>
  readonly check?: (s: S, size: number) => void
}

/** How long the work takes each, in whatever unit. Dies if it is over `limit`. */
const pace = <S>({ act, check, make }: Work<S>, size: number, limit = Infinity): Effect.Effect<number> =>
  Effect.gen(function*() {
    const made = yield* make(size)
    const start = worked()
    const each = () => (worked() - start) / size
    yield* act(made, size, () => {
      if (each() > limit) throw new Error("grows with their number")
    })
    const result = each()
    check?.(made, size)
    return result
  })

/**
 * Dies if the work costs more each with a hundred thousand than with five thousand, give or take. A queue that is copied,
 * searched or shifted for each takes twenty times as long, and would take minutes: so it is told before.
 */
export const costsTheSame = <S>(work: Work<S>): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* pace(work, few) // the compiler's turn
    const small = Math.min(yield* pace(work, few), yield* pace(work, few))
    yield* pace(work, many, 10 * small)
  })

/** Lets go of them: the frame of a generator that has ended may hold the array for a while. */
export const weakly = (things: Array<object>): Array<WeakRef<object>> =>
  things.splice(0).map((thing) => new WeakRef<object>(thing))

/** Whether a timer goes off while the count goes up, which it does a million times at most. */
export const timerFires = (count: () => number): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    let fired = 0
    const timer = setInterval(() => {
      if (++fired === 3) resume(Effect.succeed(count() < 1_000_000))
    }, 1)
    return Effect.sync(() => clearInterval(timer))
  })
