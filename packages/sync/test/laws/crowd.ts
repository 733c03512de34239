/**
 * Large numbers of waiters, without an absolute time: what a long queue costs per waiter is compared with what a short
 * one costs.
 */
import { Effect, type Fiber } from "effect"
import { worked } from "../utils.ts"
import { random } from "./random.ts"
import { settle } from "./stepping.ts"

export const few = 5_000
export const many = 100_000

/** Starts fibers that all run as far as they can before the next starts. */
export const crowd = <A>(n: number, effect: (i: number) => Effect.Effect<A>): Effect.Effect<Array<Fiber.Fiber<A>>> =>
  Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<A>> = []
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

/** What is done with a crowd, and how it is made. */
export interface Work<S> {
  readonly make: (waiters: number) => Effect.Effect<S>
  /** Does it, and checks what must be so afterwards. Calls `patience` now and then. */
  readonly act: (s: S, waiters: number, patience: () => void) => Effect.Effect<void>
}

/** How long the work takes per waiter, in whatever unit; making the crowd does not count. Dies if it is over `limit`. */
const pace = <S>({ act, make }: Work<S>, waiters: number, limit = Infinity): Effect.Effect<number> =>
  Effect.gen(function*() {
    const made = yield* make(waiters)
    const start = worked()
    const perWaiter = () => (worked() - start) / waiters
    yield* act(made, waiters, () => {
      if (perWaiter() > limit) throw new Error("grows with the number of waiters")
    })
    return perWaiter()
  })

/**
 * Dies if the work costs more per waiter with a hundred thousand than with five thousand, give or take. A queue that is
 * copied, searched or shifted for each waiter takes twenty times as long, and would take minutes: so it is told before.
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

/** Of so many short-lived things, how many are still in memory. */
export const surviving = (things: ReadonlyArray<WeakRef<object>>): Effect.Effect<number> =>
  Effect.gen(function*() {
    const { gc } = globalThis
    if (gc === undefined) throw new Error("node must run with --expose-gc")
    yield* settle // a WeakRef holds on to its target until the end of the turn
    gc()
    return things.filter((thing) => thing.deref() !== undefined).length
  })

/** Whether a timer goes off while the count goes up, which it does a million times at most. */
export const timerFires = (count: () => number): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    let fired = 0
    const timer = setInterval(() => {
      if (++fired === 3) resume(Effect.succeed(count() < 1_000_000))
    }, 1)
    return Effect.sync(() => clearInterval(timer))
  })
