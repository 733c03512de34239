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

/** Of so many things, how many are still in memory. Those that are kept are among them; others may be, for a while. */
export const inMemory = (things: ReadonlyArray<WeakRef<object>>): Effect.Effect<number> =>
  Effect.gen(function*() {
    const { gc } = globalThis
    if (gc === undefined) throw new Error("node must run with --expose-gc")
    yield* settle // a WeakRef holds on to its target until the end of the turn
    gc()
    return things.filter((thing) => thing.deref() !== undefined).length
  })

/**
 * Fails if things that are over are still in memory, all but so many. What is kept is kept however often one looks; what
 * is not may need several looks, for the compiler works beside us and holds on to what it looks at.
 */
export const mustBeGone = (things: ReadonlyArray<WeakRef<object>>, butFor = 0): Effect.Effect<void> =>
  Effect.gen(function*() {
    let left = things.length
    for (let looks = 0; left > butFor && looks < 20; looks++) left = yield* inMemory(things)
    if (left > butFor) throw new Error(`${left} of ${things.length} are still in memory`)
  })

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
export const operations = (effect: Effect.Effect<unknown, unknown>): number => {
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

/** Milliseconds of work of this process. Unlike the time of day it does not pass while other processes have the machine. */
export const worked = (): number => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1000
}
