/**
 * What is explored of a primitive: its operations, the states in which they begin, and what must hold.
 *
 * From a family come programs, one for each start state and each pair of operations: two fibers with one operation each,
 * under two preemptions; with a third fiber, one that queues already or that an operation forks or needs, under one; with
 * more, none. All fibers may be interrupted anywhere, once in an execution, and what comes from outside comes anywhere.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, type Effect, Exit, type Scope } from "effect"

type Exits = { readonly [name: string]: Exit.Exit<unknown, unknown> | undefined }

type Fiber<S> = (state: S) => Effect.Effect<unknown, unknown, Scope.Scope>

/** Where the fibers begin. */
export interface Start<S> {
  readonly make: Effect.Effect<S, never, Scope.Scope>
  /** Those who queue when the fibers begin. */
  readonly queued?: { readonly [name: string]: Fiber<S> }
  /** What happens once, at any moment: what was held is released. */
  readonly events?: { readonly [name: string]: Fiber<S> }
}

/** One operation of a fiber. */
export interface Operation<S> {
  readonly run: Fiber<S>
  /** How many fibers it forks. */
  readonly forks?: number
  /** What happens once, at any moment, in a program with this operation. */
  readonly events?: { readonly [name: string]: Fiber<S> }
}

export interface Family<S> {
  readonly primitive: string
  readonly starts: { readonly [name: string]: Start<S> }
  readonly operations: { readonly [name: string]: Operation<S> }
  /** Must hold before every step; throws if not. */
  readonly always?: (state: S) => void
  /** Must hold in the end; throws if not. Those that wait for ever have no exit: it says whether they may. */
  readonly check: (state: S, ended: Ended) => void
  /** What else tells outcomes apart, besides how the fibers ended. */
  readonly outcome?: (state: S) => unknown
  /** Why some programs have one outcome only, by their operations: `get | get`. */
  readonly single?: { readonly [operations: string]: string }
  /** Calls that must be linearizable, by a name for the row. */
  readonly linearizable?: { readonly [name: string]: Explore.Specification<any, any, any> }
}

/** How the fibers ended, by the name of what they did. */
export interface Ended {
  readonly exits: ReadonlyArray<readonly [operation: string, exit: Exit.Exit<unknown, unknown> | undefined]>
  /** The operations of those that wait for ever. */
  readonly waiting: ReadonlyArray<string>
  /** How many fibers succeeded with this operation. */
  readonly succeeded: (operation: string) => number
  /** How many fibers with this operation were interrupted. */
  readonly interrupted: (operation: string) => number
}

/** A specification with its types inferred. */
export const specification = <S, O extends Explore.Operations<S>, M>(
  specification: Explore.Specification<S, O, M, Scope.Scope>
): Explore.Specification<any, any, any> => specification as any

/** One program of a family. */
export interface Row {
  readonly primitive: string
  readonly start: string
  readonly operations: ReadonlyArray<string>
  readonly fibers: number
  readonly bound: number
  /** Why it has one outcome only, if it has. */
  readonly single: string | undefined
  readonly program: Explore.Program<any, any, Scope.Scope>
  readonly options: Explore.Options
  readonly outcome: (state: any, exits: Exits, early: Exits) => unknown
}

/** `done`, `interrupted`, `waits`, or the tag of the error. */
export const ending = (exit: Exit.Exit<unknown, unknown> | undefined): string => {
  if (exit === undefined) return "waits"
  if (Exit.isSuccess(exit)) return "done"
  if (Cause.hasInterrupts(exit.cause)) return "interrupted"
  const error = Cause.squash(exit.cause)
  return error instanceof Error ? error.name : String((error as { readonly _tag?: unknown })._tag)
}

const endedOf = (
  operations: ReadonlyArray<string>,
  exits: ReadonlyArray<Exit.Exit<unknown, unknown> | undefined>
): Ended => {
  const pairs = operations.map((operation, i) => [operation, exits[i]] as const)
  const count = (how: string) => (operation: string) =>
    pairs.filter(([name, exit]) => name === operation && ending(exit) === how).length
  return {
    exits: pairs,
    waiting: pairs.filter(([, exit]) => exit === undefined).map(([name]) => name),
    succeeded: count("done"),
    interrupted: count("interrupted")
  }
}

const names = ["alice", "bob", "carol", "dave"]

const rowOf = <S>(family: Family<S>, startName: string, operations: ReadonlyArray<string>): Row => {
  const start = family.starts[startName]!
  const fibers = Object.fromEntries(operations.map((operation, i) => [names[i]!, family.operations[operation]!.run]))
  const events = Object.assign({}, start.events, ...operations.map((operation) => family.operations[operation]!.events))
  const queued = Object.keys(start.queued ?? {})
  const further = operations.reduce((sum, name) => {
    const { events, forks } = family.operations[name]!
    return sum + (forks ?? 0) + (events === undefined ? 0 : 1)
  }, 0)
  const count = operations.length + queued.length + further
  const bound = Math.max(0, 4 - count)
  const all = (exits: Exits, early: Exits) => [
    ...operations.map((_, i) => exits[names[i]!]),
    ...queued.map((name) => early[name])
  ]
  return {
    primitive: family.primitive,
    start: startName,
    operations,
    fibers: count,
    bound,
    single: family.single?.[operations.join(" | ")],
    program: {
      setup: start.make,
      fibers,
      ...(start.queued !== undefined && { early: start.queued }),
      events,
      ...(family.always !== undefined && { always: family.always }),
      check: (state: S, exits: Exits, early: Exits) =>
        family.check(state, endedOf([...operations, ...queued], all(exits, early)))
    },
    options: { interrupt: "everywhere", deadlock: "allow", preemptionBound: bound },
    outcome: (state, exits, early) => [...all(exits, early).map(ending), family.outcome?.(state)]
  }
}

/** A program for each start state and pair of operations, and one for each specification. */
export const rowsOf = (family: Family<any>): ReadonlyArray<Row> => {
  const operations = Object.keys(family.operations)
  const pairs = operations.flatMap((one, i) => operations.slice(i).map((other) => [one, other]))
  return [
    ...Object.keys(family.starts).flatMap((start) => pairs.map((pair) => rowOf(family, start, pair))),
    ...Object.entries(family.linearizable ?? {}).map(([name, specification]) =>
      linearizableRow(family, name, specification)
    )
  ]
}

const linearizableRow = (
  { primitive }: Family<any>,
  name: string,
  specification: Explore.Specification<any, any, any>
): Row => ({
  primitive,
  start: "linearizable",
  operations: [name],
  fibers: Object.keys(specification.calls).length,
  bound: specification.options?.preemptionBound ?? 2,
  single: undefined,
  program: Explore.linearizable(specification),
  options: { interrupt: "everywhere", preemptionBound: specification.options?.preemptionBound ?? 2 },
  outcome: (_, exits) => Object.values(exits).map(ending)
})
