/**
 * What an exploration gives.
 *
 * @since 0.1.0
 */

/**
 * One line of what happened in an execution.
 *
 * **Details**
 *
 * - `operation`: an operation ran; `text` is its tag and the source of its function.
 * - `mark`: `Explore.mark` ran.
 * - `preempted`: the fiber was stopped before that operation, and somebody else went first.
 * - `interrupted`: the fiber was interrupted.
 * - `event`, `time`: something came from outside.
 * - `ended`: the fiber ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step {
  readonly fiber: string
  readonly kind: "operation" | "mark" | "preempted" | "interrupted" | "event" | "time" | "ended"
  readonly text: string
}

/**
 * What was found.
 *
 * **Details**
 *
 * `kind` says what was wrong:
 *
 * - `"invariant"`, `"check"`: `always` or `check` of the program failed.
 * - `"defect"`: a fiber of the program died. `"task"`: something that a scheduler was asked to run threw.
 * - `"deadlock"`: nothing can go on, and a fiber has not ended.
 * - `"livelock"`: an execution had more than `maxSteps` steps.
 * - `"left"`: a fiber waits for something outside of the explorer: a promise, a real timer, I/O.
 * - `"nondeterminism"`: the program did not do the same thing when the same choices were made.
 * - `"linearizability"`: no order of the calls explains their results.
 *
 * @category models
 * @since 0.1.0
 */
export interface Finding {
  readonly kind:
    | "invariant"
    | "check"
    | "defect"
    | "task"
    | "deadlock"
    | "livelock"
    | "left"
    | "nondeterminism"
    | "linearizability"
  /** What is wrong, without the schedule. */
  readonly message: string
  /** What was thrown, or what a fiber died of. */
  readonly error: unknown
  /** In which execution it was found, counted from 1. */
  readonly execution: number
  /** Replays the failing execution, made as simple as possible: the argument of `replay`. */
  readonly schedule: string
  readonly preemptions: number
  readonly interrupts: number
  /** Whether it happens under Effect's default budget and order too; `undefined` if a short search can't tell. */
  readonly underDefaults: boolean | undefined
  /** What happened, step by step. */
  readonly steps: ReadonlyArray<Step>
  /** The same as a table with a column for each fiber. */
  readonly diagram: string
}

/**
 * What an exploration did, and what it found.
 *
 * **Details**
 *
 * `String(report)` is a text with the diagram; `JSON.stringify(report)` is for tools.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly status: "passed" | "failed"
  /** Whether every interleaving within the bound was run. False for the random strategies, and when something was found. */
  readonly complete: boolean
  /** Different executions. */
  readonly executions: number
  /** All executions, with those that were run once more under a higher bound. */
  readonly runs: number
  readonly decisions: number
  /** The preemption bound under which the search ended. */
  readonly preemptionBound: number
  /** Real time. */
  readonly millis: number
  readonly finding: Finding | undefined
  toString(): string
  toJSON(): unknown
}

/**
 * An outcome that executions had, how many had it, and a schedule of the first that did.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome<out A> {
  readonly value: A
  readonly executions: number
  readonly schedule: string
}

/**
 * One execution.
 *
 * @category models
 * @since 0.1.0
 */
export interface Replayed {
  readonly finding: Pick<Finding, "kind" | "message" | "error"> | undefined
  readonly steps: ReadonlyArray<Step>
  /** The steps as a table with a column for each fiber. With `all`, operations too, not only marks and switches. */
  diagram(options?: { readonly all?: boolean }): string
}
