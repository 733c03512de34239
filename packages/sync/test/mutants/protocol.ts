/**
 * What `run.ts`, the lanes and their workers tell each other.
 */

/** In the order in which a mutant is tried. */
export const projects = ["sync", "sync-fallback"] as const
export type Project = typeof projects[number]

/** The first message to a lane: the mutated sources, by their path below `packages/sync/src`. */
export type Sources = Readonly<Record<string, string>>

/** What a test costs without a mutant. */
export interface Effort {
  readonly milliseconds: number
  /** How often the mutated code asked whether its mutant is active. */
  readonly questions: number
}

export interface Test extends Effort {
  readonly id: string
  /** Below `packages/sync/test`. */
  readonly file: string
}

/** The other messages to a lane: run these tests, in this order, until one fails. */
export interface Order {
  readonly project: Project
  /** The number of the mutant; -1 for none. */
  readonly mutant: number
  /** All, if left out. */
  readonly tests?: ReadonlyArray<Test>
}

/** The mutants that a test reaches. */
export interface Reached extends Effort {
  readonly inTest: ReadonlyArray<number>
  /** Since the test before: while modules were loaded. */
  readonly before: ReadonlyArray<number>
}

export interface Ran extends Test, Reached {}

export type Answer =
  /** To the first message. */
  | { readonly type: "ready" }
  /** A failure, as soon as it is known. */
  | { readonly type: "failed"; readonly by: string; readonly message: string }
  /** The end of a run: the tests that passed, if there was no mutant. */
  | { readonly type: "done"; readonly tests: ReadonlyArray<Ran> }

/** How the message of a test begins that was ended. */
export const endless = "goes on for ever"
