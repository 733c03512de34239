/**
 * The stage: all that a fiber sees of the explorer. It is the fiber's scheduler, its tracer, its clock and its source of
 * random numbers, and hands every question on to the execution that is going on.
 *
 * - The *scheduler* owns the run queue: what a dispatcher is asked to run becomes a pending task of the execution.
 * - The *tracer* is called with each operation before it is evaluated, and may put another in its place: that is how a
 *   fiber is made to yield there. A fiber with a tracer of its own is stopped by `shouldYield`, as Effect's scheduler does,
 *   and its operations have no names.
 *
 * One stage serves many executions, one after another, which saves a context and its cache for each fiber of each. One
 * that was cut short leaves its stage behind, with whatever anybody keeps in a map keyed by scheduler.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { FiberName } from "./actor.ts"
import { makeClock, type Timeline } from "./clock.ts"
import { randomFrom } from "./random.ts"
import { setCurrent } from "./watch.ts"

const evaluate = "~effect/Effect/evaluate"

/** What goes on on the stage: an execution. */
export interface Play extends Timeline {
  /** Whether choices are made; else it is setup or check that runs. */
  readonly exploring: boolean
  /** How many operations are being evaluated, one within another. */
  depth: number
  watching: boolean
  /** Whether the fiber yields before this operation. `undefined`: the fiber has a tracer of its own. */
  stopsBefore(operation: unknown, fiber: Fiber.Fiber<any, any>): boolean
  schedule(run: () => void, dispatcher: number, priority: number): void
  mark(fiber: Fiber.Fiber<any, any>, text: string): void
}

/** @internal */
export class Stage implements Scheduler.Scheduler {
  readonly executionMode = "async"
  /** The execution that is going on. */
  execution: Play | undefined = undefined
  /** What ran, or asked to be run, when its execution had ended: somebody waited for a promise or a real timer. */
  late = 0
  private epoch = 0
  private dispatchers = 0
  private random = randomFrom(1)
  private readonly base: Context.Context<any>
  private readonly contexts = new Map<string, Context.Context<any>>()
  private readonly onOperation: (operation: any, fiber: Fiber.Fiber<any, any>) => any

  constructor(services: Context.Context<any>) {
    this.onOperation = (operation, fiber) => {
      const execution = this.execution
      if (execution === undefined) this.late++
      else if (execution.exploring) {
        if (execution.stopsBefore(operation, fiber)) return Effect.flatMap(Effect.yieldNow, () => operation)
        // Counted, so that a fiber that is resumed within an operation of another one is known to be.
        execution.depth++
        try {
          return operation[evaluate](fiber)
        } finally {
          execution.depth--
        }
      }
      return operation[evaluate](fiber)
    }
    this.base = services.pipe(
      Context.add(Scheduler.Scheduler, this),
      Context.add(Clock.Clock, makeClock(() => this.execution)),
      Context.add(Tracer.Tracer, {
        span: (options) => new Tracer.NativeSpan(options),
        context: this.onOperation
      }),
      Context.add(Random.Random, {
        nextIntUnsafe: () => Math.floor((this.chance() - 0.5) * 2 * Number.MAX_SAFE_INTEGER),
        nextDoubleUnsafe: () => this.chance()
      }),
      // thousands of executions would log thousands of times
      Context.add(References.MinimumLogLevel, "None")
    )
  }

  /** What a fiber with that name runs in. */
  contextFor(name: string, scope: Scope.Scope): Context.Context<any> {
    let context = this.contexts.get(name)
    if (context === undefined) {
      context = Context.add(this.base, FiberName, name)
      this.contexts.set(name, context)
    }
    return Context.add(context, Scope.Scope, scope)
  }

  private chance(): number {
    // Who draws first gets another number: to draw is to touch something shared.
    if (this.execution !== undefined) this.execution.touched = true
    return this.random()
  }

  begin(execution: Play): void {
    this.execution = execution
    setCurrent(execution)
    this.dispatchers = 0
    this.random = randomFrom(1)
  }

  end(): void {
    this.execution = undefined
    setCurrent(undefined)
    this.epoch++
  }

  shouldYield(fiber: Fiber.Fiber<any, any>): boolean {
    // Also within an uninterrupted slice: an endless loop of operations that are no points must end up in a round.
    if (fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield) return true
    const execution = this.execution
    if (execution === undefined || !execution.exploring || fiber.cache.tracerContext === this.onOperation) return false
    return execution.stopsBefore(undefined, fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const epoch = this.epoch
    const dispatcher = this.dispatchers++
    return {
      scheduleTask: (run, priority) => {
        if (epoch !== this.epoch || this.execution === undefined) this.late++
        else this.execution.schedule(run, dispatcher, priority)
      },
      flush() {}
    }
  }
}
