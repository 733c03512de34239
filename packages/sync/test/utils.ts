/**
 * What the tests share: letting fibers run until they wait, without sleeping.
 */
import { Cause, Effect, Exit, Scheduler } from "effect"

/**
 * Lets everything that can run do so: many times more turns than any test here needs.
 */
export const settle: Effect.Effect<void> = Effect.repeat(Effect.yieldNow, { times: 20 })

/** Lets fibers run until a count has the value, or fails the test with what it had instead. */
export const until = (
  what: string,
  count: Effect.Effect<number>,
  expected: number
): Effect.Effect<void> => {
  const loop = (turns: number): Effect.Effect<void> =>
    Effect.flatMap(count, (n) =>
      n === expected
        ? Effect.void
        : turns === 0
        ? Effect.die(new Error(`${what}: expected ${expected}, still ${n}`))
        : Effect.andThen(Effect.yieldNow, Effect.suspend(() => loop(turns - 1))))
  return loop(1000)
}

/** Forks a fiber, and goes on once it has run as far as it can. */
export const forkSettled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.tap(Effect.forkChild(effect), () => settle)

/** The defect an effect dies with; fails the test if it does not die. */
export const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Error, never, R> =>
  Effect.map(Effect.exit(effect), (exit) => {
    const defect = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isDieReason)?.defect : undefined
    if (!(defect instanceof Error)) throw new Error(`expected a defect, got ${String(exit)}`)
    return defect
  })

/** What a function throws; fails the test if it does not throw. */
export const thrownBy = (f: () => unknown): Error => {
  try {
    f()
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`expected an Error, got ${String(error)}`, { cause: error })
  }
  throw new Error("expected it to throw")
}

/** A scheduler whose turns of the event loop are taken by hand. */
export const manual = () => {
  const turns: Array<() => void> = []
  const scheduler = new Scheduler.MixedScheduler("async", (f) => {
    turns.push(f)
    return () => {
      turns.splice(turns.indexOf(f), 1)
    }
  })
  /** Runs what is scheduled now, not what that schedules. */
  const turn = () => {
    for (const f of turns.splice(0)) f()
  }
  const turnsUntilIdle = () => {
    let n = 0
    for (; turns.length > 0; n++) turn()
    return n
  }
  return { run: <A, E>(effect: Effect.Effect<A, E>) => Effect.runFork(effect, { scheduler }), turn, turnsUntilIdle }
}

/** How many operations of the run loop an effect takes that does not wait. */
export const operations = (effect: Effect.Effect<unknown>): number => {
  let count = 0
  class Counting extends Scheduler.MixedScheduler {
    override shouldYield() {
      count++
      return false
    }
  }
  const exit = Effect.runFork(effect, { scheduler: new Counting() }).pollUnsafe()
  if (exit === undefined) throw new Error("it waits")
  return count
}
