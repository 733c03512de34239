/**
 * Crowds: a hundred thousand that wait must cost the same per head as five thousand, in time, and leave no memory
 * behind. Nothing here knows an absolute time.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Fiber } from "effect"
import { random } from "./laws/random.ts"
import { settle } from "./laws/stepping.ts"
import { worked } from "./utils.ts"

export const few = 5_000
export const many = 100_000

/** Starts so many fibers, each of which runs as far as it can before the next. */
export const crowd = <A, E>(n: number, member: (i: number) => Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<A, E>> = []
    for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkDetach(member(i), { startImmediately: true }))
    return fibers
  })

/** Gives way until all have ended, and fails if some never do. `patience` throws if it takes too long. */
export const allEnd = (fibers: ReadonlyArray<Fiber.Fiber<unknown, unknown>>, patience?: () => void) =>
  Effect.gen(function*() {
    let ended = 0
    // A turn of the event loop resumes about a hundred fibers.
    for (let turn = 0; turn < fibers.length && ended < fibers.length; turn++) {
      while (ended < fibers.length && fibers[ended].pollUnsafe() !== undefined) ended++
      patience?.()
      if (ended < fibers.length) yield* Effect.yieldNow
    }
    assert.strictEqual(fibers.length - ended, 0, "some fibers wait for ever")
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

/** What is done with a crowd, and what must be so afterwards. Only `act` is timed. */
export interface Work<S> {
  readonly make: (n: number) => Effect.Effect<S>
  readonly act: (s: S, patience: () => void) => Effect.Effect<void>
  readonly check: (s: S, n: number) => void
}

/** How long the work takes per head, in whatever unit. Dies if it is over `limit`. */
const pace = <S>({ act, check, make }: Work<S>, n: number, limit = Infinity) =>
  Effect.gen(function*() {
    const made = yield* make(n)
    const start = worked()
    const perHead = () => (worked() - start) / n
    yield* act(made, () => assert.isBelow(perHead(), limit, "grows with the number of waiters"))
    const result = perHead()
    check(made, n)
    return result
  })

/** Tests that work on many costs per head what it costs on few, give or take. */
export const costsTheSame = <S>(name: string, work: Work<S>): void =>
  it.effect(name, () =>
    Effect.gen(function*() {
      yield* pace(work, few) // the compiler's turn
      const small = Math.min(yield* pace(work, few), yield* pace(work, few))
      // A queue that is copied, searched or shifted for each waiter takes twenty times as long. Told before that: such a
      // queue would take minutes.
      yield* pace(work, many, 10 * small)
    }), 300_000)

/** Of so many short-lived things, how many are still in memory. */
export const surviving = (things: ReadonlyArray<WeakRef<object>>) =>
  Effect.gen(function*() {
    const { gc } = globalThis
    if (gc === undefined) throw new Error("node must run with --expose-gc")
    yield* settle // a WeakRef holds on to its target until the end of the turn
    gc()
    return things.filter((thing) => thing.deref() !== undefined).length
  })
