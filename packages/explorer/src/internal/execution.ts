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
 * - after a preemption the same fiber does not run next, nor is it interrupted next, for that is a choice of its own;
 * - a preemption when nobody else could run, or before the first operation of a fiber that can't be interrupted;
 * - interrupting a fiber that has not begun, except at the very beginning;
 * - tasks that would resume a fiber which went another way when it was interrupted.
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
import { Actor, FiberName, type Task } from "./actor.ts"
import { type Choice, choice, type Chooser, type Deviation, indexOf, Kind, kindOf } from "./choices.ts"
import type { Timer } from "./clock.ts"
import { local, tagOf } from "./labels.ts"
import { type Settings, victimsOf } from "./settings.ts"
import type { Play, Stage } from "./stage.ts"
import type { Recorder } from "./trace.ts"

/** Why an execution is a finding. */
export type Failure =
  | { readonly kind: "invariant"; readonly error: unknown }
  | { readonly kind: "check"; readonly error: unknown }
  | { readonly kind: "task"; readonly error: unknown }
  | { readonly kind: "defect"; readonly fiber: Actor; readonly error: unknown }
  | { readonly kind: "deadlock"; readonly waiting: ReadonlyArray<Actor> }
  | { readonly kind: "livelock"; readonly running: ReadonlyArray<Actor> }
  | { readonly kind: "nondeterminism"; readonly text: string }

/** What a chooser throws when the program did something else than on the same way before. */
export class Nondeterminism extends Error {}

const firstCuttable = 3

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
  preemptions = 0
  interrupts = 0
  /** Whether a preemption was left out for the bound alone. */
  bounded = false

  exploring = false
  depth = 0
  now = 0
  readonly timers: Array<Timer> = []
  private readonly pending: Array<Task> = []
  private readonly actors: Array<Actor> = []
  private readonly byFiber = new Map<Fiber.Fiber<any, any>, Actor>()
  private readonly children = new Map<string, number>()
  private readonly victims: ReadonlySet<string> | undefined
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
  private starting: Actor | undefined = undefined
  private currentActor: Actor | undefined = undefined
  private yielding: Actor | undefined = undefined
  private justYielded: Task | undefined = undefined
  private justPreempted: Actor | undefined = undefined
  private task: Task | undefined = undefined
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
    this.victims = victimsOf(settings)
    for (const name of Object.keys(program.fibers)) this.addActor(name, true)
    this.late = this.actors.length
    if (program.early !== undefined) { for (const name of Object.keys(program.early)) this.addActor(name, true) }
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

  /** Whether it ended with nothing pending, so that its stage can serve the next one. */
  get isClean(): boolean {
    return this.failure === undefined && this.broken === undefined && this.pending.length === 0
  }

  get running(): Actor | undefined {
    return this.currentActor
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
      this.pending.push({ run: () => this.start(actor, make, state), dispatcher: -1 - i, priority: 0, resumes: actor })
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
    this.starting = actor
    const context = this.stage.contextFor(actor.name, scope)
    const fiber = Effect.runForkWith(context)(
      Effect.onExitPrimitive(body, (exit) => {
        const closing = Scope.closeUnsafe(scope, exit)
        if (closing === undefined) actor.final = exit
        return closing
      })
    )
    this.starting = undefined
    if (actor.fiber === undefined) this.bind(actor, fiber)
    fiber.addObserver((exit) => this.ended(actor, exit))
  }

  private ended(actor: Actor, exit: Exit.Exit<any, any>): void {
    actor.exit = exit
    this.recorder?.add(
      actor.name,
      "ended",
      Exit.isSuccess(exit)
        ? "done"
        : Cause.hasInterruptsOnly(exit.cause)
        ? "interrupted"
        : `failed: ${String(Cause.squash(exit.cause))}`
    )
  }

  /** Runs an effect of the frame around the fibers to its end, as a plain program would. */
  private quietly<A>(name: string, effect: Effect.Effect<A, any, any>, scope: Scope.Scope): Exit.Exit<A, unknown> {
    const fiber = Effect.runForkWith(this.stage.contextFor(name, scope))(effect)
    this.settle(() => fiber.pollUnsafe() === undefined)
    return fiber.pollUnsafe() ?? Exit.die(new Error(`the ${name} of the program waits for ever`))
  }

  /** Runs what can run, first in, first out, and lets time pass as long as somebody waits for that. */
  private settle(waits: () => boolean): void {
    for (;;) {
      const task = this.pending.shift()
      if (task !== undefined) task.run()
      else if (waits() && this.timers.length > 0) this.fire(this.dueTimers()[0]!)
      else return
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

  // ---- who is who ----------------------------------------------------------------------------------------------------

  private addActor(
    name: string,
    isRoot: boolean,
    isVictim: boolean = this.victims === undefined ? isRoot : this.victims.has(name)
  ): Actor {
    const actor = new Actor(this.actors.length, name, isRoot, isVictim)
    this.actors.push(actor)
    return actor
  }

  private bind(actor: Actor, fiber: Fiber.Fiber<any, any>): void {
    actor.fiber = fiber
    this.byFiber.set(fiber, actor)
  }

  private actorOf(fiber: Fiber.Fiber<any, any>): Actor {
    // Most operations are of the fiber that ran the one before.
    const last = this.currentActor
    if (last !== undefined && last.fiber === fiber) return last
    let actor = this.byFiber.get(fiber)
    if (actor === undefined) {
      if (this.starting !== undefined) {
        actor = this.starting
        this.starting = undefined
      } else {
        const parent = fiber.getRef(FiberName)
        const number = (this.children.get(parent) ?? 0) + 1
        this.children.set(parent, number)
        actor = this.addActor(`${parent}.${number}`, false)
        const child = actor
        fiber.addObserver((exit) => this.ended(child, exit))
      }
      this.bind(actor, fiber)
    }
    this.currentActor = actor
    return actor
  }

  /** A line in the trace of the running fiber. */
  mark(fiber: Fiber.Fiber<any, any>, text: string): void {
    if (this.exploring) this.recorder?.add(this.actorOf(fiber).name, "mark", text)
  }

  // ---- points --------------------------------------------------------------------------------------------------------

  stopsBefore(operation: unknown, fiber: Fiber.Fiber<any, any>): boolean {
    const actor = this.actorOf(fiber)
    actor.operations++
    if (fiber.currentOpCount === 1) actor.slices++
    const tag = operation === undefined ? "?" : tagOf(operation)
    if (local.has(tag) || (operation !== undefined && operation === actor.final)) return false
    if (this.yielding === actor) {
      if (tag === "Yield" || operation === undefined) return false // this is the yield
      this.yielding = undefined // it was interrupted instead
    }
    this.trail = Math.imul(this.trail, 31) + fingerprintOf(tag) + actor.index | 0
    if (this.canStop(actor, fiber) && this.chooses(actor, operation)) {
      this.yielding = actor
      return true
    }
    if (tag === "Yield") this.yielding = actor // of its own accord: somebody else goes first as well
    actor.acted = true
    actor.last = operation
    this.recorder?.operation(actor, operation)
    return false
  }

  private canStop(actor: Actor, fiber: Fiber.Fiber<any, any>): boolean {
    if (fiber.cache.preventYield) return false
    if (actor.slices > 1 || !actor.isRoot) {
      if (fiber.currentOpCount < firstCuttable) return false
      if (this.settings.budget === "default" && actor.slices > 1) return false
    }
    return true
  }

  /** Whether the fiber is to yield at this point. */
  private chooses(actor: Actor, operation: unknown): boolean {
    if (this.upcoming !== undefined || this.failure !== undefined) return true // get back to the rounds
    if (!this.holds()) return true
    this.settleTouched()
    const position = this.position++
    if (position >= this.settings.maxSteps) {
      this.failure = { kind: "livelock", running: this.actors.filter((actor) => actor.exit === undefined) }
      return true
    }
    this.options[0] = choice(Kind.goOn, 0)
    this.count = 1
    const mayBeInterrupted = this.interrupts < this.settings.interrupts
    if (actor.acted || !actor.isRoot || (mayBeInterrupted && actor.isVictim)) {
      if (this.couldSwitch()) {
        if (this.preemptions < this.preemptionBound) this.options[this.count++] = choice(Kind.yield, 0)
        else this.bounded = true
      }
    }
    if (mayBeInterrupted) {
      if (actor.isVictim && !actor.interrupted) this.options[this.count++] = choice(Kind.interrupt, actor.index)
      if (actor.acted) this.offerInterrupts(actor)
    }
    if (actor.acted) this.offerEvents()
    if (this.count === 1) return false
    const chosen = this.decide(position)
    switch (kindOf(chosen)) {
      case Kind.goOn:
        this.wentOn = this.decisions - 1
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

  private settleTouched(): void {
    if (this.wentOn >= 0 && this.watching && !this.touched) this.untouched.push(this.wentOn)
    this.wentOn = -1
    this.touched = false
  }

  private couldSwitch(): boolean {
    return this.pending.length > 0 || this.depth > 0 || this.task?.resumes === undefined
      || (this.settings.time === "any" && this.timers.length > 0)
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
      if (!(error instanceof Nondeterminism)) throw error
      this.failure = { kind: "nondeterminism", text: error.message }
    }
    const chosen = this.options[index]!
    if (index !== 0) this.deviations.push({ position, choice: chosen })
    return chosen
  }

  private holds(): boolean {
    const { always } = this.program
    if (always === undefined) return true
    try {
      always(this.state as S)
      return true
    } catch (error) {
      this.failure = { kind: "invariant", error }
      return false
    }
  }

  // ---- rounds --------------------------------------------------------------------------------------------------------

  schedule(run: () => void, dispatcher: number, priority: number): void {
    const actor = this.yielding
    const task: Task = { run, dispatcher, priority, resumes: actor }
    if (actor !== undefined) {
      this.yielding = undefined
      actor.resumption = task
      this.justYielded = task
    }
    this.pending.push(task)
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
      if (position >= this.settings.maxSteps) {
        this.failure = { kind: "livelock", running: this.actors.filter((actor) => actor.exit === undefined) }
        return
      }
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
    this.offerTasks()
    if (this.timers.length > 0 && (this.count === 0 || this.settings.time === "any")) {
      const due = this.dueTimers()
      for (let i = 0; i < due.length; i++) this.options[this.count++] = choice(Kind.timer, i)
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
    return this.pending[index]?.resumes
  }

  private offerTasks(): void {
    const { pending } = this
    // After a yield another one goes first, if there is any: else a loop over `yieldNow` would never end.
    const except = pending.length > 1 ? this.justYielded : undefined
    for (let i = 0; i < pending.length; i++) {
      if (pending[i] === except) continue
      if (this.settings.order === "fifo" && !this.isFirst(i)) continue
      this.options[this.count++] = choice(Kind.task, i)
    }
    if (this.count === 0 && pending.length > 0) this.options[this.count++] = choice(Kind.task, pending.length - 1)
  }

  private isFirst(index: number): boolean {
    const { dispatcher, priority } = this.pending[index]!
    return !this.pending.some((other, i) =>
      other.dispatcher === dispatcher && other !== this.justYielded
      && (other.priority < priority || (other.priority === priority && i < index))
    )
  }

  private dueTimers(): Array<Timer> {
    let first = Infinity
    for (const { at } of this.timers) first = Math.min(first, at)
    return this.timers.filter(({ at }) => at === first)
  }

  private fire(timer: Timer): void {
    this.timers.splice(this.timers.indexOf(timer), 1)
    this.now = Math.max(this.now, timer.at)
    timer.fire()
  }

  private happen(chosen: Choice): void {
    const index = indexOf(chosen)
    switch (kindOf(chosen)) {
      case Kind.task: {
        const task = this.pending[index]!
        this.pending.splice(index, 1)
        this.runTask(task)
        return
      }
      case Kind.timer: {
        const timer = this.dueTimers()[index]!
        this.recorder?.add(this.actorOf(timer.fiber).name, "time", `${timer.at} ms have passed`)
        this.attempt(() => this.fire(timer))
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
        const actor = this.addActor(name, true, false)
        this.recorder?.add(name, "event", "happens")
        this.attempt(() => this.start(actor, make, this.state as S))
        return
      }
    }
  }

  private runTask(task: Task): void {
    if (task.resumes?.resumption === task) task.resumes.resumption = undefined
    this.task = task
    this.attempt(task.run)
    this.task = undefined
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
    const { fiber } = actor
    if (fiber === undefined) {
      this.pending.splice(this.pending.findIndex(({ resumes }) => resumes === actor), 1)
      this.ended(actor, Exit.interrupt())
      return
    }
    const { operations, resumption } = actor
    this.attempt(() => fiber.interruptUnsafe())
    // It went another way, unless it is uninterruptible where it is: the task that would have let it go on does nothing.
    if (resumption !== undefined && (actor.operations !== operations || actor.exit !== undefined)) {
      const index = this.pending.indexOf(resumption)
      if (index >= 0) this.pending.splice(index, 1)
      actor.resumption = undefined
    }
  }
}

const fingerprints = new Map<string, number>()

const fingerprintOf = (tag: string): number => {
  let fingerprint = fingerprints.get(tag)
  if (fingerprint === undefined) {
    fingerprint = 0
    for (let i = 0; i < tag.length; i++) fingerprint = Math.imul(fingerprint, 31) + tag.charCodeAt(i) | 0
    fingerprints.set(tag, fingerprint)
  }
  return fingerprint
}
