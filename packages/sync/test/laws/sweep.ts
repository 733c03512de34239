/**
 * Interrupting a fiber everywhere.
 *
 * A fiber may yield, and be interrupted, before every operation of Effect's run loop. `interruptEverywhere` runs a small
 * program again and again, interrupts its `target` at the next such place each time, lets everything come to rest, and
 * checks what is left. It ends with the round in which there was no such place any more.
 *
 * A round is deterministic and synchronous: it has a scheduler of its own, which runs one task after another until none
 * is left. So a program must not wait for timers or promises; it steps with `Effect.yieldNow`. After a round at rest:
 *
 * - the target, if it still waits, is interrupted, and must end. It may still wait only if it was interrupted, or if it
 *   does so when nothing disturbs it;
 * - every other fiber must have ended: one that waits for ever was forgotten by somebody.
 *
 * The ways to interrupt at a place (`ways`), all by default:
 *
 * - `at once`: the target yields and the interruption is the next thing that happens. The places are all operations of
 *   all fibers of the round (a target that is parked is interrupted between two operations of another fiber) and the
 *   moment before every task (which has «not started» and «granted, not yet run» among them);
 * - `late`: the target yields, everybody else comes to rest, then the interruption: whatever others can give the target
 *   or take from it meanwhile, they have;
 * - `never`: the target yields, everybody else comes to rest, then it goes on without any interruption.
 *
 * `budgets` are further rounds, in which every fiber yields all the time (`MaxOpsBeforeYield`; below 3 nothing ever gets
 * anywhere) and the interruption comes before a task.
 *
 * ```ts
 * yield* interruptEverywhere({
 *   setup: Semaphore.make(1),
 *   target: (semaphore) => Semaphore.withPermit(semaphore, Effect.yieldNow),
 *   others: (semaphore) => [Semaphore.withPermit(semaphore, Effect.yieldNow)],
 *   check: (semaphore) => Effect.sync(() => assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 1))
 * })
 * ```
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

/** What happens in every round. */
export interface Program<S, E = never, R = never> {
  /** Makes what the round works on. Fibers it detaches live on beside the others. */
  readonly setup: Effect.Effect<S, unknown, R>
  /** Is interrupted. */
  readonly target: (s: S) => Effect.Effect<unknown, unknown, R>
  /** Run beside it, begun after it, in this order. */
  readonly others?: (s: S, target: Fiber.Fiber<unknown, unknown>) => ReadonlyArray<Effect.Effect<unknown, unknown, R>>
  /** The target waits for something that is gone if it comes late, so that it may rightly wait for ever. */
  readonly mayMiss?: boolean
  /** Fails or dies if the round left something behind. */
  readonly check: (s: S, round: Round) => Effect.Effect<unknown, E, R>
}

/** How a round ended. */
export interface Round {
  readonly target: Exit.Exit<unknown, unknown>
  readonly others: ReadonlyArray<Exit.Exit<unknown, unknown>>
  /** Whether the target was interrupted before the round came to rest. */
  readonly interrupted: boolean
  /** Whether the target still waited when the round had come to rest, and was interrupted then. */
  readonly waited: boolean
}

export type Way = "at once" | "late" | "never"

export interface Options {
  readonly ways?: ReadonlyArray<Way>
  readonly budgets?: ReadonlyArray<number>
}

/** What a sweep did, so that a test can say that it did something. */
export interface Summary {
  readonly rounds: number
  /** Rounds in which the target ended by the interruption. */
  readonly interrupted: number
  /** Places per way (`budget 3` …), without the last round, which met none. */
  readonly places: Readonly<Record<string, number>>
}

/** What a round left behind, and where it was interrupted. */
export class SweepFailure extends Data.TaggedError("SweepFailure")<{
  readonly message: string
  /** What was wrong, as the check or the sweep itself says it. */
  readonly reason: string
  /** Where: `late, before operation 7 of the target`. */
  readonly place: string
  readonly cause: Cause.Cause<unknown>
}> {}

/** Runs the program once per place at which its target can be interrupted. */
export const interruptEverywhere = <S, E, R>(
  program: Program<S, E, R>,
  options?: Options
): Effect.Effect<Summary, SweepFailure, R> =>
  Effect.gen(function*() {
    const context = yield* Effect.context<R>()
    const plans: Array<readonly [name: string, way: Way, budget: number | undefined]> = []
    for (const way of options?.ways ?? allWays) plans.push([way, way, undefined])
    for (const budget of options?.budgets ?? [3, 5, 7]) plans.push([`budget ${budget}`, "at once", budget])
    const places: Record<string, number> = {}
    const undisturbed = yield* playRound(program, context, new RoundScheduler("never", -1, undefined), "undisturbed")
    const mayWait = undisturbed.waited || program.mayMiss === true
    let rounds = 1
    let interrupted = 0
    for (const [name, way, budget] of plans) {
      for (let k = 0;; k++) {
        const scheduler = new RoundScheduler(way, k, budget)
        const round = yield* playRound(program, context, scheduler, name, mayWait)
        rounds++
        if (Exit.isFailure(round.target) && Cause.hasInterruptsOnly(round.target.cause)) interrupted++
        if (scheduler.place === undefined) {
          places[name] = k
          break
        }
        if (k === maxPlaces) {
          return yield* Effect.die(new Error(`more than ${maxPlaces} places to interrupt the target`))
        }
        yield* Effect.yieldNow // a sweep may take a while
      }
    }
    return { rounds, interrupted, places }
  })

const allWays: ReadonlyArray<Way> = ["at once", "late", "never"]

const maxPlaces = 10_000

const maxTasks = 100_000

/** Counts places, and interrupts the target at one of them. */
class RoundScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  private readonly way: Way
  private readonly k: number
  private readonly budget: number | undefined
  /** Set for as long as places are counted. */
  target: Fiber.Fiber<unknown, unknown> | undefined
  /** Where the target was interrupted, or yielded. */
  place: string | undefined
  interrupted = false
  private seen = 0
  private readonly operations = new Map<number, number>()
  private readonly tasks: Array<{ readonly run: () => void; readonly priority: number }> = []
  private holding = false
  private held: (() => void) | undefined
  private ran = 0

  constructor(way: Way, k: number, budget: number | undefined) {
    this.way = way
    this.k = k
    this.budget = budget
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return { scheduleTask: (task, priority) => this.schedule(task, priority), flush: () => this.drain() }
  }

  private schedule(run: () => void, priority: number): void {
    if (this.holding) {
      // the task that lets the target go on after its yield
      this.holding = false
      this.held = run
      return
    }
    let index = this.tasks.length
    while (index > 0 && this.tasks[index - 1].priority > priority) index--
    this.tasks.splice(index, 0, { run, priority })
  }

  /** Runs tasks until nothing is left to run. */
  drain(): void {
    for (;;) {
      const held = this.held
      const next = this.tasks[0]
      if (next === undefined && held === undefined) return
      if (++this.ran > maxTasks) throw new Error(`the round did not come to rest within ${maxTasks} tasks`)
      if (next !== undefined) {
        if (this.way === "at once" && this.isPlace()) {
          this.place = "before a task"
          this.interrupt()
        }
        // an interruption may have scheduled something, but not before the next task
        this.tasks.shift()!.run()
      } else {
        this.held = undefined
        if (this.way === "late") this.interrupt()
        held!()
      }
    }
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    if (this.budget !== undefined) return fiber.currentOpCount >= this.budget
    const isTarget = fiber === this.target
    if (this.target === undefined || (this.way !== "at once" && !isTarget)) return false
    const operation = (this.operations.get(fiber.id) ?? 0) + 1
    this.operations.set(fiber.id, operation)
    if (!this.isPlace()) return false
    const where = `before operation ${operation} of ${isTarget ? "the target" : "another fiber"}`
    this.place = where
    if (!isTarget) {
      this.interrupt()
      return false
    }
    if (this.way === "at once") {
      this.tasks.unshift({ run: () => this.interrupt(), priority: -Infinity })
    } else {
      this.holding = true
    }
    return true
  }

  private isPlace(): boolean {
    return this.target !== undefined && this.target.pollUnsafe() === undefined && this.seen++ === this.k
  }

  private interrupt(): void {
    this.interrupted = true
    this.target?.interruptUnsafe()
  }
}

const playRound = <S, E, R>(
  program: Program<S, E, R>,
  context: Context.Context<R>,
  scheduler: RoundScheduler,
  name: string,
  mayWait = true
): Effect.Effect<Round, SweepFailure> =>
  Effect.suspend(() => {
    const broken = (cause: Cause.Cause<unknown>) => {
      const place = scheduler.place === undefined ? `${name}, nowhere` : `${name}, ${scheduler.place}`
      const error = Cause.squash(cause)
      const reason = error instanceof Error ? error.message : String(error)
      return new SweepFailure({ message: `${reason} (${place})`, reason, place, cause })
    }
    const run = Effect.runForkWith(Context.add(context, Scheduler.Scheduler, scheduler))

    /** Runs an effect of ours to its end. */
    const complete = <A>(effect: Effect.Effect<A, unknown, R>): A => {
      const fiber = run(effect)
      scheduler.drain()
      const exit = fiber.pollUnsafe()
      if (exit === undefined) throw new Error("the setup or the check waits for ever")
      if (Exit.isFailure(exit)) throw new Broken(exit.cause)
      return exit.value
    }

    /** Puts an effect on the queue, in a fiber that has not started. */
    const begin = (effect: Effect.Effect<unknown, unknown, R>): Fiber.Fiber<unknown, unknown> => {
      const exit = run(Effect.forkDetach(effect)).pollUnsafe()
      if (exit === undefined || Exit.isFailure(exit)) throw new Error("could not fork")
      return exit.value
    }

    try {
      const s = complete(program.setup)
      const target = begin(program.target(s))
      const others = (program.others?.(s, target) ?? []).map(begin)
      scheduler.target = target
      scheduler.drain()
      scheduler.target = undefined // no places any more
      const exits = others.map((fiber) => fiber.pollUnsafe())
      const interrupted = scheduler.interrupted
      const waited = target.pollUnsafe() === undefined
      if (waited) {
        if (!interrupted && !mayWait) throw new Error("the target waits for ever, though nothing interrupted it")
        target.interruptUnsafe()
        scheduler.drain()
      }
      const targetExit = target.pollUnsafe()
      if (targetExit === undefined) throw new Error("the target can't be interrupted any more")
      const othersExits = exits.map((_, i) => {
        const exit = others[i].pollUnsafe()
        if (exit === undefined) throw new Error(`other fiber ${i + 1} waits for ever`)
        return exit
      })
      const round = { target: targetExit, others: othersExits, interrupted, waited }
      complete(program.check(s, round))
      return Effect.succeed(round)
    } catch (error) {
      return Effect.fail(broken(error instanceof Broken ? error.effectCause : Cause.die(error)))
    }
  })

class Broken extends Error {
  readonly effectCause: Cause.Cause<unknown>
  constructor(effectCause: Cause.Cause<unknown>) {
    super()
    this.effectCause = effectCause
  }
}
