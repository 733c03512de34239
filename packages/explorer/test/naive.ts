/**
 * A second explorer, as plain as can be, by which the first is judged: it knows nothing of points, of operations that do
 * not matter, of what need not be tried. Before every turn of the run loop a fiber may be made to yield, every task may run
 * next, whoever is parked may be interrupted. Far too slow for anything but programs of a few steps.
 */
import { Context, Effect, Exit, type Fiber, Scheduler } from "effect"

export interface NaiveProgram<S> {
  readonly setup: () => S
  readonly fibers: { readonly [name: string]: (state: S) => Effect.Effect<unknown, unknown> }
}

export interface NaiveBounds {
  /** How often a fiber may be made to yield, and how often one may be interrupted. */
  readonly yields: number
  readonly interrupts: number
  readonly maxExecutions: number
}

/** Follows the choices of the last execution up to the deepest that has an alternative, then that. */
class Choices {
  private readonly path: Array<{ index: number; readonly count: number }> = []
  private depth = 0

  among(count: number): number {
    if (count < 2) return 0
    const node = this.path[this.depth] ??= { index: 0, count }
    if (node.count !== count) throw new Error("the naive explorer is not deterministic")
    this.depth++
    return node.index
  }

  next(): boolean {
    this.path.length = this.depth
    this.depth = 0
    for (let node = this.path.at(-1); node !== undefined; node = this.path.at(-1)) {
      if (++node.index < node.count) return true
      this.path.pop()
    }
    return false
  }
}

const execute = <S>(
  program: NaiveProgram<S>,
  bounds: NaiveBounds,
  choices: Choices
): { readonly state: S; readonly exits: Record<string, Exit.Exit<unknown, unknown> | undefined> } => {
  const tasks: Array<() => void> = []
  const slices = new Map<Fiber.Fiber<any, any>, number>()
  const roots = new Map<string, Fiber.Fiber<any, any>>()
  const interrupted = new Set<string>()
  const exits: Record<string, Exit.Exit<unknown, unknown> | undefined> = {}
  let { interrupts, yields } = bounds
  let starting = false
  const own = new Set<Fiber.Fiber<any, any>>()
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield(fiber) {
      if (starting) own.add(fiber)
      starting = false
      if (fiber.currentOpCount === 1) slices.set(fiber, (slices.get(fiber) ?? 0) + 1)
      // the first slice of a fiber of the program stands for the rest of a longer one
      if (fiber.currentOpCount < 3 && !(own.has(fiber) && slices.get(fiber) === 1)) return false
      if (yields === 0 || choices.among(2) === 0) return false
      yields--
      return true
    },
    makeDispatcher: () => ({ scheduleTask: (task) => void tasks.push(task), flush() {} })
  }
  const context = Context.make(Scheduler.Scheduler, scheduler)
  const state = program.setup()
  for (const [name, make] of Object.entries(program.fibers)) {
    tasks.push(() => {
      if (interrupted.has(name)) return
      starting = true
      const fiber = Effect.runForkWith(context)(make(state))
      roots.set(name, fiber)
      fiber.addObserver((exit) => void (exits[name] = exit))
    })
  }
  for (;;) {
    const victims = interrupts === 0
      ? []
      : Object.keys(program.fibers).filter((name) => !interrupted.has(name) && exits[name] === undefined)
    // That an interruption that could come does not come is a choice as well, once nothing else can happen.
    const options = tasks.length + victims.length + (tasks.length === 0 && victims.length > 0 ? 1 : 0)
    if (options === 0) return { state, exits }
    const index = choices.among(options)
    if (index < tasks.length) tasks.splice(index, 1)[0]!()
    else if (index - tasks.length < victims.length) {
      const name = victims[index - tasks.length]!
      interrupts--
      interrupted.add(name)
      const root = roots.get(name)
      if (root === undefined) exits[name] = Exit.interrupt()
      else root.interruptUnsafe()
    } else return { state, exits }
  }
}

/** All outcomes, or `undefined` if there are too many executions. */
export const naiveOutcomes = <S>(
  program: NaiveProgram<S>,
  outcome: (state: S, exits: Record<string, Exit.Exit<unknown, unknown> | undefined>) => string,
  bounds: NaiveBounds
): ReadonlySet<string> | undefined => {
  const choices = new Choices()
  const outcomes = new Set<string>()
  for (let executions = 0; executions < bounds.maxExecutions; executions++) {
    const { exits, state } = execute(program, bounds, choices)
    outcomes.add(outcome(state, exits))
    if (!choices.next()) return outcomes
  }
  return undefined
}
