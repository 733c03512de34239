/**
 * One execution: a program run from its setup to where nothing can go on, with every choice made by a chooser.
 *
 * It is synchronous from beginning to end: nothing waits for the event loop. There are two kinds of positions at which
 * something is chosen:
 *
 * - a *point* (`stopsBefore`): a fiber is about to run an operation. It goes on, or yields and lets another go first (a
 *   preemption, of which there are few), or yields because somebody is interrupted or an event happens right now;
 * - a *round* (`rounds`): nobody runs. One pending task runs, a timer fires, a fiber is interrupted, an event happens.
 *
 * What is left out, since it can't make a difference, and would be counted twice:
 *
 * - after a preemption the same fiber does not run next, nor is it interrupted next, for that is a choice of its own. Not so
 *   if another fiber, or a task that may do anything, goes on beneath it on the stack;
 * - a preemption when nobody else could run, or before a fiber of the program has done anything: it may begin later. Nor one
 *   right before a yield, unless tasks keep their order;
 * - interrupting a fiber that has not begun, except at the very beginning;
 * - what comes from outside while a fiber has done nothing since the position before: it could come there;
 * - tasks that would resume a fiber which went another way when it was interrupted.
 *
 * What is left out though it could happen under another scheduler than Effect's: that a fiber goes on right after it yielded
 * of its own accord while others could run, and that it does so twice while the same one waits. Else loops over `yieldNow`
 * would never end (fair stateless model checking; Musuvathi and Qadeer, 2008).
 *
 * What a point must not be: Effect asks its scheduler before every operation, but a budget below 3 never gets anywhere,
 * since the forced yield itself takes two operations. So the first two of a slice that begins with a wake-up are never
 * cut. The first slice of a fiber of the program may be: it stands for the rest of a longer one.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { EarlyExits, Program } from "../Program.ts"
import type { Actor, Task } from "./actor.ts"
import { Cast } from "./cast.ts"
import { type Choice, choice, type Chooser, type Deviation, indexOf, Kind, kindOf } from "./choices.ts"
import { Timers } from "./clock.ts"
import { type Failure, Nondeterminism } from "./failure.ts"
import { fingerprintOf, isFinalizer, isInterruptible, local, plain, tagOf } from "./labels.ts"
import { RunQueue } from "./runQueue.ts"
import { type Settings, victimsOf } from "./settings.ts"
import type { Play, Stage } from "./stage.ts"
import type { Recorder } from "./trace.ts"

const firstCuttable = 3

/** So often each fiber may go on after a yield, while the only others are such ones, too. */
const patience = 10

/** So many operations, or more, may be between two positions. */
const operationsPerStep = 100

/** @internal */
export class Execution<S> implements Play {
  readonly settings: Settings
  private readonly program: Program<S, any, any>
  private readonly stage: Stage
  private readonly chooser: Chooser
  private readonly recorder: Recorder | undefined
  private readonly preemptionBound: number

  state: S | undefined = undefined
  failure: Failure | undefined = undefined
  /** The setup, or a check with an unforeseen end: an error of the program's text, not a finding. */
  broken: Cause.Cause<unknown> | undefined = undefined
  readonly deviations: Array<Deviation> = []
  position = 0
  decisions = 0
  private operations = 0
  preemptions = 0
  interrupts = 0
  /** Whether a preemption was left out for the bound alone. */
  bounded = false

  exploring = false
  depth = 0
  readonly timers = new Timers()
  private readonly queue: RunQueue
  private readonly cast: Cast
  private readonly actors: ReadonlyArray<Actor>
  /** How many fibers of the program there are, those that begin early being the last. */
  private readonly roots: number
  private readonly late: number
  private readonly events: ReadonlyArray<readonly [name: string, make: (state: S) => Effect.Effect<any, any, any>]>
  private readonly happened: Array<boolean>

  private readonly options: Array<Choice> = []
  private count = 0
  /** What must happen as soon as nobody runs: an interruption or an event chosen at a point. */
  private upcoming: Choice | undefined = undefined
  private begun = false
  /** The fiber that is about to yield; whether of its own accord; whether nothing else goes on then but a round. */
  private yielding: Actor | undefined = undefined
  private yieldsFreely = false
  private yieldsAlone = false
  private justYielded: Task | undefined = undefined
  private justPreempted: Actor | undefined = undefined
  /** The fiber that what a round chose lets run, if it is known to do nothing else. */
  private owner: Actor | undefined = undefined
  /** So many rounds in a row there was nothing to do but to let fibers go on that had yielded. */
  private spins = 0
  /** Whether nothing has run yet of what a round chose. */
  private fresh = false
  private trail = 0
  /** Set by what is watched, and by time and chance: since the last position, something shared was looked at. */
  touched = false
  /** Whether anything is watched, and what is not touched is known to be private. */
  watching = false
  /** The decisions to go on after which nothing shared was touched before the next position. */
  readonly untouched: Array<number> = []
  private wentOn = -1

  constructor(
    program: Program<S, any, any>,
    settings: Settings,
    stage: Stage,
    chooser: Chooser,
    preemptionBound: number,
    recorder?: Recorder
  ) {
    this.program = program
    this.settings = settings
    this.stage = stage
    this.chooser = chooser
    this.preemptionBound = preemptionBound
    this.recorder = recorder
    this.queue = new RunQueue(settings.order)
    this.cast = new Cast(victimsOf(settings), (child, fiber) => {
      fiber.addObserver((exit) => this.ended(child, exit))
      // What starts a fiber does nothing else.
      if (this.fresh && this.owner === undefined) this.owner = child
    })
    this.actors = this.cast.actors
    for (const name of Object.keys(program.fibers)) this.cast.addFiber(name)
    this.late = this.actors.length
    for (const name of Object.keys(program.early ?? {})) this.cast.addFiber(name)
    this.roots = this.actors.length
    this.events = program.events === undefined ? [] : Object.entries(program.events)
    this.happened = this.events.map(() => false)
  }

  // ---- from beginning to end -----------------------------------------------------------------------------------------

  run(): void {
    const { program, stage } = this
    stage.begin(this)
    this.chooser.begin(this)
    const scope = Scope.makeUnsafe()
    try {
      const setup = this.quietly("setup", program.setup, scope)
      if (Exit.isFailure(setup)) {
        this.broken = setup.cause
        return
      }
      const state = this.state = setup.value as S
      this.begin(state)
      this.exploring = true
      this.rounds()
      this.exploring = false
      if (this.failure === undefined) this.atEnd()
      if (this.failure === undefined) this.judge(state, scope)
      const closing = Scope.closeUnsafe(scope, Exit.void)
      if (this.failure === undefined && closing !== undefined) {
        const exit = this.quietly("check", closing, scope)
        if (Exit.isFailure(exit)) this.failure = { kind: "check", error: Cause.squash(exit.cause) }
      }
    } finally {
      this.exploring = false
      stage.end()
    }
  }

  /** Whether a fiber has not ended: it waits, maybe for something outside of the explorer. */
  get isUnfinished(): boolean {
    return this.actors.some(({ exit }) => exit === undefined)
  }

  /** Whether it ended with nothing pending, so that its stage can serve the next one. */
  get isClean(): boolean {
    return this.failure === undefined && this.broken === undefined && this.queue.length === 0
  }

  get running(): Actor | undefined {
    return this.cast.current
  }

  get exits(): EarlyExits {
    return this.exitsOf(0, this.late)
  }

  get earlyExits(): EarlyExits {
    return this.exitsOf(this.late, this.roots)
  }

  private exitsOf(from: number, to: number): EarlyExits {
    return Object.fromEntries(this.actors.slice(from, to).map(({ exit, name }) => [name, exit]))
  }

  private begin(state: S): void {
    for (let i = this.late; i < this.roots; i++) {
      const actor = this.actors[i]!
      this.start(actor, this.program.early![actor.name]!, state)
      this.settle(() => false)
      actor.acted = true
      actor.slices = 1
    }
    this.begun = false
    for (let i = 0; i < this.late; i++) {
      const actor = this.actors[i]!
      const make = this.program.fibers[actor.name]!
      actor.resumption = this.queue.add(() => this.start(actor, make, state), -1 - i, 0, actor)
    }
  }

  private start(actor: Actor, make: (state: S) => Effect.Effect<any, any, any>, state: S): void {
    const scope = Scope.makeUnsafe()
    let body: Effect.Effect<any, any, any>
    try {
      body = make(state)
    } catch (error) {
      body = Effect.die(error)
    }
    this.begun = true
    this.cast.starting = actor
    const context = this.stage.contextFor(actor.name, scope)
    const frame = Effect.onExitPrimitive(body, (exit) => {
      const closing = Scope.closeUnsafe(scope, exit)
      if (closing === undefined) actor.final = exit
      return closing
    })
    actor.frame = frame
    const fiber = Effect.runForkWith(context)(frame)
    this.cast.starting = undefined
    if (actor.fiber === undefined) this.cast.bind(actor, fiber)
    fiber.addObserver((exit) => this.ended(actor, exit))
  }

  private ended(actor: Actor, exit: Exit.Exit<any, any>): void {
    actor.exit = exit
    // Others can tell that it has ended, and they did not when it began.
    if (!actor.isRoot) this.touched = true
    this.recorder?.ended(actor, exit)
  }

  /** Runs an effect of the frame around the fibers to its end, as a plain program would. */
  private quietly<A>(name: string, effect: Effect.Effect<A, any, any>, scope: Scope.Scope): Exit.Exit<A, unknown> {
    const fiber = Effect.runForkWith(this.stage.contextFor(name, scope))(effect)
    const threw = this.settle(() => fiber.pollUnsafe() === undefined)
    const exit = threw ?? fiber.pollUnsafe()
    if (exit !== undefined) return exit
    const why = this.queue.length > 0 || this.timers.length > 0 ? "does not end" : "waits for ever"
    return Exit.die(new Error(`the ${name} of the program ${why}`))
  }

  /** Runs what can run, first in, first out, and lets time pass as long as somebody waits for that. */
  private settle(waits: () => boolean): Exit.Exit<never> | undefined {
    try {
      // What runs on though it is not waited for is left to whoever goes on from here.
      for (let steps = 0; steps < this.settings.maxSteps; steps++) {
        if (this.queue.length > 0) this.queue.take(0).run()
        else if (waits() && this.timers.length > 0) this.timers.fire(this.timers.next[0]!)
        else break
      }
      return undefined
    } catch (error) {
      return Exit.die(error)
    }
  }

  private judge(state: S, scope: Scope.Scope): void {
    const waiting: Array<Actor> = []
    for (let i = 0; i < this.actors.length; i++) {
      const actor = this.actors[i]!
      if (!actor.isRoot) continue
      const { exit } = actor
      if (exit === undefined) waiting.push(actor)
      else if (this.settings.defects === "fail" && Exit.isFailure(exit) && Cause.hasDies(exit.cause)) {
        this.failure = { kind: "defect", fiber: actor, error: Cause.squash(exit.cause) }
        return
      }
    }
    if (waiting.length > 0 && this.settings.deadlock === "fail") {
      this.failure = { kind: "deadlock", waiting }
      return
    }
    const { check } = this.program
    if (check === undefined) return
    try {
      const effect = check(state, this.exits as any, this.earlyExits)
      if (!Effect.isEffect(effect)) return
      const exit = this.quietly("check", effect, scope)
      if (Exit.isFailure(exit)) this.failure = { kind: "check", error: Cause.squash(exit.cause) }
    } catch (error) {
      this.failure = { kind: "check", error }
    }
  }

  /** A line in the trace of the running fiber. */
  mark(fiber: Fiber.Fiber<any, any>, text: string): void {
    if (this.exploring) this.recorder?.add(this.cast.actorOf(fiber).name, "mark", text)
  }

  // ---- points --------------------------------------------------------------------------------------------------------

  stopsBefore(operation: unknown, fiber: Fiber.Fiber<any, any>): boolean {
    const actor = this.cast.actorOf(fiber)
    this.fresh = false
    this.operations++
    if (fiber.currentOpCount === 1) this.beginSlice(actor)
    const tag = operation === undefined ? "?" : tagOf(operation)
    if (local.has(tag) || operation === actor.final && operation !== undefined) return false
    const finalizer = isFinalizer(tag)
    if (finalizer && (operation === actor.frame || !isInterruptible(fiber))) return false
    if (this.yielding === actor) {
      if (tag === "Yield" || operation === undefined) return false // this is the yield
      this.yielding = undefined // it was interrupted instead
    }
    this.trail = Math.imul(this.trail, 31) + fingerprintOf(tag) + actor.index | 0
    if (this.isEndless(actor) || (this.canStop(actor, fiber, tag) && this.chooses(actor, operation, finalizer))) {
      this.yields(actor, false)
      return true
    }
    if (tag === "Yield") this.yields(actor, true)
    // To install a finalizer matters to who interrupts, to resume or to end something to who waits for it.
    if (!plain.has(tag) || this.depth > 0 || this.owner !== actor) this.touched = true
    if (finalizer) return false
    actor.acted = true
    actor.last = operation
    this.recorder?.operation(actor, operation)
    return false
  }

  private beginSlice(actor: Actor): void {
    actor.slices++
    // It went another way: the task that would have let it go on does nothing.
    if (actor.resumption !== undefined) this.queue.remove(actor.resumption)
    actor.resumption = undefined
  }

  private yields(actor: Actor, freely: boolean): void {
    this.yielding = actor
    this.yieldsFreely = freely
    this.yieldsAlone = this.depth === 0 && this.owner === actor
  }

  /** Effect asks for no point in a fiber that prevents yields, and so a loop there would never come to an end. */
  private isEndless(actor: Actor): boolean {
    if (this.operations < this.settings.maxSteps * operationsPerStep) return false
    this.failure ??= { kind: "livelock", running: [actor] }
    return true
  }

  private canStop(actor: Actor, fiber: Fiber.Fiber<any, any>, tag: string): boolean {
    if (fiber.cache.preventYield) return false
    // To yield before a yield is to yield twice, which only matters where there is an order.
    if (tag === "Yield" && this.settings.order === "any") return false
    if (actor.isRoot && actor.slices === 1) return true
    return this.settings.budget === "any" && fiber.currentOpCount >= firstCuttable
  }

  /** Whether the fiber is to yield at this point. */
  private chooses(actor: Actor, operation: unknown, finalizer: boolean): boolean {
    if (this.upcoming !== undefined || this.failure !== undefined) return true // get back to the rounds
    if (!this.holds()) return true
    this.settleTouched()
    const position = this.position++
    if (this.isTooLong(position)) return true
    this.options[0] = choice(Kind.goOn, 0)
    this.count = 1
    const mayBeInterrupted = this.interrupts < this.settings.interrupts
    const isVictim = mayBeInterrupted && actor.isVictim && !actor.interrupted
    // A fiber of the program that has done nothing yet might as well begin later.
    if ((actor.acted || !actor.isRoot) && this.couldSwitch(actor)) {
      if (this.preemptions < this.preemptionBound) this.options[this.count++] = choice(Kind.yield, 0)
      else this.bounded = true
    }
    if (isVictim) this.options[this.count++] = choice(Kind.interrupt, actor.index)
    // What comes from outside may as well come before a finalizer is installed as after that.
    if (actor.acted && !finalizer) {
      if (mayBeInterrupted) this.offerInterrupts(actor)
      this.offerEvents()
    }
    if (this.count === 1) return false
    const chosen = this.decide(position)
    switch (kindOf(chosen)) {
      case Kind.goOn:
        // Who can be interrupted while it is stopped is stopped before a step or after it: its finalizers can tell.
        this.wentOn = actor.isRoot && !isVictim ? this.decisions - 1 : -1
        return false
      case Kind.yield:
        this.preemptions++
        this.justPreempted = actor
        this.recorder?.preempted(actor, operation)
        return true
      default:
        this.upcoming = chosen
        return true
    }
  }

  private isTooLong(position: number): boolean {
    if (position < this.settings.maxSteps) return false
    this.failure = { kind: "livelock", running: this.actors.filter((actor) => actor.exit === undefined) }
    return true
  }

  private settleTouched(): void {
    if (this.wentOn >= 0 && this.watching && !this.touched) this.untouched.push(this.wentOn)
    this.wentOn = -1
    this.touched = false
  }

  /** Whether anything else could go first, or go on beneath this fiber on the stack. */
  private couldSwitch(actor: Actor): boolean {
    return this.queue.length > 0 || this.depth > 0 || this.owner !== actor || this.isDue
  }

  /** Whether a timer may fire though something else can go on: time does not pass for that if it is late already. */
  private get isDue(): boolean {
    return this.timers.length > 0
      && (this.settings.time === "any" || this.timers.areLate)
  }

  private offerInterrupts(except: Actor | undefined): void {
    for (let i = 0; i < this.actors.length; i++) {
      const actor = this.actors[i]!
      if (!actor.isVictim || actor === except || actor.exit !== undefined || actor.interrupted) continue
      // One that has not begun never begins, whenever that is decided.
      if (actor.fiber === undefined && this.begun) continue
      this.options[this.count++] = choice(Kind.interrupt, i)
    }
  }

  private offerEvents(): void {
    for (let i = 0; i < this.events.length; i++) {
      if (!this.happened[i]) this.options[this.count++] = choice(Kind.event, i)
    }
  }

  private decide(position: number): Choice {
    this.decisions++
    let index = 0
    try {
      index = this.chooser.choose(position, this.options, this.count, this.trail)
    } catch (error) {
      this.failBy(error)
    }
    const chosen = this.options[index]!
    if (index !== 0) this.deviations.push({ position, choice: chosen })
    return chosen
  }

  private atEnd(): void {
    try {
      this.chooser.end?.()
    } catch (error) {
      this.failBy(error)
    }
  }

  private failBy(error: unknown): void {
    if (!(error instanceof Nondeterminism)) throw error
    this.failure = { kind: "nondeterminism", text: error.message }
  }

  private holds(): boolean {
    const { always } = this.program
    if (always === undefined) return true
    const { touched } = this
    try {
      always(this.state as S)
      return true
    } catch (error) {
      this.failure = { kind: "invariant", error }
      return false
    } finally {
      this.touched = touched // only by the program
    }
  }

  // ---- rounds --------------------------------------------------------------------------------------------------------

  schedule(run: () => void, dispatcher: number, priority: number): void {
    const actor = this.yielding
    this.yielding = undefined
    if (actor === undefined) {
      this.touched = true
      this.queue.add(run, dispatcher, priority, undefined)
      return
    }
    let behind = 0
    if (this.yieldsFreely) {
      behind = actor.yieldedAt
      actor.yieldedAt = this.queue.last
    }
    const task = actor.resumption = this.queue.add(run, dispatcher, priority, actor, behind, this.yieldsFreely)
    // Beneath it on the stack, whoever resumed it may go on: after that, it may well be next.
    if (this.yieldsAlone) this.justYielded = task
    else this.justPreempted = undefined
  }

  private rounds(): void {
    while (this.failure === undefined) {
      if (this.upcoming !== undefined) {
        const upcoming = this.upcoming
        this.upcoming = this.justYielded = this.justPreempted = undefined
        this.happen(upcoming)
        continue
      }
      if (!this.holds()) return
      this.settleTouched()
      const position = this.position++
      if (this.isTooLong(position)) return
      this.offerRound()
      this.justYielded = this.justPreempted = undefined
      if (this.count === 0) return
      const chosen = this.count === 1 ? this.options[0]! : this.decide(position)
      if (kindOf(chosen) === Kind.stop) return
      this.happen(chosen)
    }
  }

  private offerRound(): void {
    this.count = 0
    // Who does nothing but yield waits for time to pass, or for what comes from outside.
    this.spins = this.queue.isIdle ? this.spins + 1 : 0
    const isSpinning = this.spins > patience * this.queue.length
      && (this.timers.length > 0 || this.happened.includes(false))
    if (!isSpinning) this.offerTasks()
    if (this.isDue || (this.count === 0 && this.timers.length > 0)) {
      const { length } = this.timers.next
      for (let i = 0; i < length; i++) this.options[this.count++] = choice(Kind.timer, i)
    }
    this.offerEvents()
    if (this.interrupts >= this.settings.interrupts) return
    const idle = this.count === 0
    if (idle) this.options[this.count++] = choice(Kind.stop, 0)
    this.offerInterrupts(this.justPreempted)
    if (idle && this.count === 1) this.count = 0
  }

  /** Whom the pending task with that index lets go on, if that is known. */
  resumedBy(index: number): Actor | undefined {
    return this.queue.at(index)?.resumes
  }

  private offerTasks(): void {
    const { queue } = this
    // After a yield another one goes first, if there is any.
    const except = queue.length > 1 ? this.justYielded : undefined
    for (let i = 0; i < queue.length; i++) {
      if (queue.mayRun(i, except)) this.options[this.count++] = choice(Kind.task, i)
    }
  }

  private happen(chosen: Choice): void {
    const index = indexOf(chosen)
    this.fresh = true
    switch (kindOf(chosen)) {
      case Kind.task: {
        this.runTask(this.queue.take(index))
        return
      }
      case Kind.timer: {
        const timer = this.timers.next[index]!
        this.owner = this.cast.actorOf(timer.fiber)
        this.recorder?.add(this.owner.name, "time", `${timer.at} ms have passed`)
        this.attempt(() => this.timers.fire(timer))
        return
      }
      case Kind.interrupt: {
        this.interrupts++
        this.interrupt(this.actors[index]!)
        return
      }
      case Kind.event: {
        this.happened[index] = true
        const [name, make] = this.events[index]!
        const actor = this.owner = this.cast.addEvent(name)
        this.recorder?.add(name, "event", "happens")
        this.attempt(() => this.start(actor, make, this.state as S))
        return
      }
    }
  }

  private runTask(task: Task): void {
    this.owner = task.resumes
    if (task.resumes?.resumption === task) task.resumes.resumption = undefined
    this.attempt(task.run)
  }

  private attempt(f: () => void): void {
    try {
      f()
    } catch (error) {
      this.failure ??= { kind: "task", error }
    }
  }

  private interrupt(actor: Actor): void {
    actor.interrupted = true
    this.recorder?.add(actor.name, "interrupted", actor.fiber === undefined ? "before it began" : "here")
    this.owner = actor
    if (actor.fiber !== undefined) {
      this.attempt(() => actor.fiber!.interruptUnsafe())
      return
    }
    this.queue.remove(actor.resumption!)
    this.ended(actor, Exit.interrupt())
  }
}
