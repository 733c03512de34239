/**
 * The search: one execution after another until there is no other, or something is found, or time is up.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Options } from "../Options.ts"
import type { Program } from "../Program.ts"
import type { Finding, Replayed, Report } from "../Report.ts"
import { following, Kind, kindOf, print, type Schedule } from "./choices.ts"
import { diagram } from "./diagram.ts"
import { Execution } from "./execution.ts"
import type { Failure } from "./failure.ts"
import { errorOf, kindOfFailure, leftMessage, messageOf } from "./finding.ts"
import { type Settings, settingsOf } from "./settings.ts"
import { shrink } from "./shrink.ts"
import { Stage } from "./stage.ts"
import { type Strategy, strategyOf } from "./strategies.ts"
import { Recorder } from "./trace.ts"

type AnyProgram = Program<any, any, any>

/** Real time, also where a test has put another clock in its place. */
const clock = /* @__PURE__ */ Context.get(/* @__PURE__ */ Context.empty(), Clock.Clock)

const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** For so long the search keeps the event loop to itself. */
const slice = 15

/** For so long what left the explorer may take to show up again. */
const grace = 100

/** For so long what passed is given the time to show that it left. */
const shortGrace = 20

/** The budgets do not limit what a schedule may say, only what is searched. */
const unlimited = (settings: Settings): Settings => ({
  ...settings,
  interrupt: settings.interrupt === "never" ? "everywhere" : settings.interrupt,
  interrupts: Infinity,
  preemptionBound: Infinity
})

/** A program that could not even be set up. */
const broken = (cause: Cause.Cause<unknown>): Error =>
  new Error(`Explore: the setup of the program failed: ${Cause.pretty(cause)}`, { cause: Cause.squash(cause) })

/** Runs one execution by a schedule. */
const follow = (
  program: AnyProgram,
  settings: Settings,
  stage: Stage,
  schedule: Schedule,
  recorder?: Recorder
): Execution<any> => {
  const execution = new Execution(program, unlimited(settings), stage, following(schedule), Infinity, recorder)
  execution.run()
  return execution
}

/** @internal */
export class Search {
  readonly settings: Settings
  private readonly program: AnyProgram
  private readonly services: Context.Context<any>
  private readonly onExecution: ((execution: Execution<any>) => void) | undefined
  private readonly strategy: Strategy
  private readonly started = now()
  private stage: Stage
  private executions = 0
  private runs = 0
  private decisions = 0
  private late = 0
  private complete = false
  private unfinished = false
  failing: Execution<any> | undefined

  constructor(
    program: AnyProgram,
    settings: Settings,
    services: Context.Context<any>,
    onExecution?: (execution: Execution<any>) => void
  ) {
    this.program = program
    this.settings = settings
    this.services = services
    this.onExecution = onExecution
    this.strategy = strategyOf(settings)
    this.stage = new Stage(services)
  }

  /** Runs executions until it is done, or for that many milliseconds. Gives whether it is done. */
  runFor(millis: number): boolean {
    const { maxExecutions, maxMillis } = this.settings
    const began = now()
    for (;;) {
      const execution = new Execution(this.program, this.settings, this.stage, this.strategy, this.strategy.bound)
      execution.run()
      if (execution.broken !== undefined) throw broken(execution.broken)
      this.runs++
      this.decisions += execution.decisions
      if (this.strategy.isNew(execution)) {
        this.executions++
        this.onExecution?.(execution)
      }
      if (execution.failure !== undefined) {
        this.failing = execution
        return true
      }
      this.unfinished ||= execution.isUnfinished
      if (!execution.isClean) this.renewStage()
      if (!this.strategy.advance(execution)) {
        this.complete = true
        return true
      }
      if (this.runs >= maxExecutions) return true
      // Asking for the time costs as much as a few operations, so not after each.
      if (this.runs % 16 === 0) {
        const time = now()
        if (time - this.started >= maxMillis) return true
        if (time - began >= millis) return false
      }
    }
  }

  private renewStage(): void {
    this.late += this.stage.late
    this.stage = new Stage(this.services)
  }

  /** Whether a fiber may still be waiting for something outside of the explorer. */
  get mayHaveLeft(): boolean {
    return this.unfinished
  }

  /** Whether something ran after its execution had ended, so that it was not the explorer that ran it. */
  get left(): boolean {
    return this.late + this.stage.late > 0
  }

  report(finding: Finding | undefined): Report {
    return new ReportImpl({
      status: finding === undefined ? "passed" : "failed",
      complete: this.complete && finding === undefined,
      executions: this.executions,
      runs: this.runs,
      decisions: this.decisions,
      preemptionBound: this.strategy.bound,
      millis: now() - this.started,
      finding
    })
  }

  /** The failing execution, as simple as possible, and what a person wants to know of it. */
  *explain(failing: Execution<any>): Generator<void, { readonly finding: Finding; readonly stage: Stage }> {
    const { program, services, settings } = this
    const failure = failing.failure!
    const kind = kindOfFailure(failure)
    const schedule = kind === "nondeterminism"
      ? failing.deviations
      : yield* shrink(failing.deviations, (candidate) => {
        const tried = follow(program, settings, new Stage(services), candidate)
        return {
          fails: tried.failure !== undefined && kindOfFailure(tried.failure) === kind,
          schedule: tried.deviations,
          positions: tried.position
        }
      })
    const stage = new Stage(services)
    const recorder = new Recorder()
    const replayed = follow(program, settings, stage, schedule, recorder)
    const shown: Failure = kind === "nondeterminism" || replayed.failure === undefined
      ? kind === "nondeterminism" ? failure : { kind: "nondeterminism", text: "what failed once did not when replayed" }
      : replayed.failure
    const count = (wanted: number) => schedule.filter(({ choice }) => kindOf(choice) === wanted).length
    return {
      stage,
      finding: {
        kind: kindOfFailure(shown),
        message: messageOf(shown),
        error: errorOf(shown),
        execution: this.executions,
        schedule: print(schedule),
        preemptions: count(Kind.yield),
        interrupts: count(Kind.interrupt),
        underDefaults: undefined,
        steps: recorder.entries,
        diagram: diagram(recorder.entries)
      }
    }
  }
}

/** Lets the search run, and others in between. */
const toEnd = (search: Search): Effect.Effect<void> =>
  Effect.suspend(() => search.runFor(slice) ? Effect.void : Effect.flatMap(Effect.yieldNow, () => toEnd(search)))

/** The same for work that hands back control by itself. */
const drive = <A>(work: Iterator<void, A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    for (const ends = now() + slice; now() < ends;) {
      const step = work.next()
      if (step.done === true) return Effect.succeed(step.value)
    }
    return Effect.flatMap(Effect.yieldNow, () => drive(work))
  })

/** Gives what left the explorer the time to show that it did. Only yields, so that it does in `Effect.runSync`, too. */
const awaitLate = (hasLeft: () => boolean, millis: number): Effect.Effect<boolean> => {
  const ends = now() + millis
  const look: Effect.Effect<boolean> = Effect.flatMap(
    Effect.yieldNow,
    () => hasLeft() || now() > ends ? Effect.succeed(hasLeft()) : look
  )
  return look
}

/** Does it happen with the budget and the order that a program has unless it asks for others? */
const failsUnderDefaults = (
  program: AnyProgram,
  settings: Settings,
  services: Context.Context<any>,
  kind: Finding["kind"]
): Effect.Effect<boolean | undefined> =>
  Effect.suspend(() => {
    const defaults: Settings = {
      ...settings,
      budget: "default",
      order: "fifo",
      strategy: "dfs",
      maxExecutions: Math.min(settings.maxExecutions, 20_000),
      maxMillis: 1000,
      preemptionBound: Math.min(settings.preemptionBound, 2)
    }
    const search = new Search(program, defaults, services)
    return Effect.map(toEnd(search), () => {
      const failure = search.failing?.failure
      // Another finding came first, so that it was not looked for any further.
      if (failure !== undefined) return kindOfFailure(failure) === kind ? true : undefined
      return search.report(undefined).complete ? false : undefined
    })
  })

const explain = (
  search: Search,
  program: AnyProgram,
  services: Context.Context<any>
): Effect.Effect<Finding | undefined> => {
  const { failing, settings } = search
  if (failing === undefined) {
    const left = search.mayHaveLeft && !search.left
      ? awaitLate(() => search.left, shortGrace)
      : Effect.succeed(search.left)
    return Effect.map(left, (left) => left ? lateFinding : undefined)
  }
  return Effect.flatMap(drive(search.explain(failing)), ({ finding, stage }) => {
    if (finding.kind === "nondeterminism") return Effect.succeed(finding)
    const left = finding.kind === "deadlock" ? awaitLate(() => stage.late > 0, grace) : Effect.succeed(false)
    return Effect.flatMap(left, (left): Effect.Effect<Finding> =>
      left
        ? Effect.succeed({ ...finding, kind: "left", message: leftMessage(failing.failure) })
        : Effect.map(
          failsUnderDefaults(program, settings, services, finding.kind),
          (underDefaults) => ({ ...finding, underDefaults })
        ))
  })
}

/** What was resumed from outside after its execution had ended, without that having failed. */
const lateFinding: Finding = {
  kind: "left",
  message: leftMessage(undefined),
  error: undefined,
  execution: 0,
  schedule: "0",
  preemptions: 0,
  interrupts: 0,
  underDefaults: undefined,
  steps: [],
  diagram: ""
}

/** Searches, and says what was found. */
export const explore = <R>(
  program: Program<any, any, any>,
  options: Options,
  onExecution?: (execution: Execution<any>) => void
): Effect.Effect<Report, never, R> =>
  Effect.contextWith((services: Context.Context<R>) =>
    Effect.suspend(() => {
      const search = new Search(
        program,
        settingsOf(program, options),
        services,
        onExecution
      )
      return Effect.flatMap(
        toEnd(search),
        () => Effect.map(explain(search, program, services), (finding) => search.report(finding))
      )
    })
  )

/** Runs one execution. */
export const replay = <R>(
  program: Program<any, any, any>,
  schedule: Schedule,
  options: Options
): Effect.Effect<Replayed, never, R> =>
  Effect.contextWith((services: Context.Context<R>) =>
    Effect.sync((): Replayed => {
      const settings = settingsOf(program, options)
      const recorder = new Recorder()
      const { broken: cause, failure } = follow(program, settings, new Stage(services), schedule, recorder)
      if (cause !== undefined) throw broken(cause)
      return {
        finding: failure && { kind: kindOfFailure(failure), message: messageOf(failure), error: errorOf(failure) },
        steps: recorder.entries,
        diagram: (options) => diagram(recorder.entries, options)
      }
    })
  )

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`

class ReportImpl implements Report {
  declare readonly status: Report["status"]
  declare readonly complete: boolean
  declare readonly executions: number
  declare readonly runs: number
  declare readonly decisions: number
  declare readonly preemptionBound: number
  declare readonly millis: number
  declare readonly finding: Finding | undefined

  constructor(fields: { readonly [K in Exclude<keyof Report, "toString" | "toJSON">]: Report[K] }) {
    Object.assign(this, fields)
  }

  toJSON(): unknown {
    const { finding, ...fields } = this
    return {
      ...fields,
      preemptionBound: this.preemptionBound === Infinity ? null : this.preemptionBound,
      finding: finding === undefined
        ? null
        : { ...finding, error: finding.error === undefined ? null : String(finding.error) }
    }
  }

  toString(): string {
    const { complete, executions, finding, preemptionBound } = this
    if (finding === undefined) {
      const bound = preemptionBound === Infinity ? "any number of preemptions" : plural(preemptionBound, "preemption")
      return complete
        ? `passed: ${plural(executions, "interleaving")}, complete up to ${bound}`
        : `passed, but incomplete after ${plural(executions, "interleaving")}`
    }
    if (finding.diagram === "") return finding.message
    const under = finding.underDefaults === undefined ? "not known" : finding.underDefaults ? "yes" : "no"
    return [
      `interleaving ${finding.execution}: ${finding.message}`,
      `needs ${plural(finding.preemptions, "preemption")} and ${
        plural(finding.interrupts, "interrupt")
      }; also under Effect's default budget and order: ${under}`,
      `replay: ${JSON.stringify(finding.schedule)}`,
      "",
      finding.diagram
    ].join("\n")
  }
}
