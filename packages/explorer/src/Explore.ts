/**
 * Running an Effect program under every interleaving of its fibers, with an interrupt at every point.
 *
 * The program is an ordinary one: it is not rewritten, and its types are not swapped for others. The explorer stands in as
 * its `Scheduler`, and so decides before each operation which fiber goes on. One execution after another it makes these
 * decisions differently, until there is no other way to make them.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Scope from "effect/Scope"
import { parse, print } from "./internal/choices.ts"
import { programOf } from "./internal/history.ts"
import { keyOf } from "./internal/linearizability.ts"
import { markOn } from "./internal/mark.ts"
import * as search from "./internal/search.ts"
import { settingsOf } from "./internal/settings.ts"
import { complaint } from "./internal/verdict.ts"
import { watched } from "./internal/watch.ts"
import type { Blocks, Failed, OneOf, Operations, Specification } from "./Linearizability.ts"
import type { Options } from "./Options.ts"
import type { EarlyExits, Exits, Fibers, Program, Services } from "./Program.ts"
import type { Outcome, Replayed, Report } from "./Report.ts"

export type * from "./Linearizability.ts"
export type * from "./Options.ts"
export type * from "./Program.ts"
export type * from "./Report.ts"

/** What a program requires that it is not given. */
type Required<F, R> = Exclude<R | Services<F>, Scope.Scope>

// ---------------------------------------------------------------------------------------------------------------------
// exploring
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Explores a program, and tells what was done and found.
 *
 * **When to use**
 *
 * Use where the report itself is wanted, in a script or a table. In a test, `verify` and `it.explore` fail by themselves.
 *
 * **Details**
 *
 * - Runs the program again and again, each time with other choices (see `Options`). All executions are synchronous; in
 *   between the search lets the event loop breathe, so that it can be interrupted and timed out.
 * - Requires what the program's effects require. Services given from outside are shared by all executions; to have them
 *   afresh, build their layer in `setup`.
 * - In an execution time, chance and logging are the explorer's: `Clock` stands still until a timer fires, `Random` is
 *   seeded, and nothing is logged.
 * - A finding is shrunk and replayed before it is reported: no single choice of its schedule can be spared.
 * - Waits for nothing but its own executions; where fibers are left waiting, some 20 ms more, for what may have left the
 *   explorer, and 100 ms if that is a deadlock.
 * - Cost: some 10 to 30 µs for an execution of two or three small fibers.
 * - Dies: with a `RangeError` for a bad option, and with an `Error` if `setup` fails.
 *
 * **Gotchas**
 *
 * Promises, real timers and I/O can't be explored: a fiber that waits for one is a finding (`"left"`). What brings a
 * `Scheduler` or a `Clock` of its own, or is run by `Effect.runFork` without the fiber's context, escapes. A fiber with a
 * `Tracer` of its own is explored, but its operations have no names, and its yields count as those of somebody else.
 *
 * What never comes to rest is a livelock: so is a fiber in the background that sleeps again and again. Let it end, or leave
 * it out.
 *
 * **Example** (How many interleavings are there?)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const program = {
 *   setup: Effect.sync(() => ({ n: 0 })),
 *   fibers: {
 *     alice: (counter: { n: number }) => Effect.andThen(Effect.sync(() => counter.n++), Effect.sync(() => counter.n++)),
 *     bob: (counter: { n: number }) => Effect.andThen(Effect.sync(() => counter.n++), Effect.sync(() => counter.n++))
 *   }
 * }
 *
 * const report = await Effect.runPromise(Explore.run(program))
 * report.executions // => 6
 * String(report) // => "passed: 6 interleavings, complete up to 2 preemptions"
 * ```
 *
 * @see {@link verify} for failing when something is found
 * @see {@link outcomes} for all the results a program can have
 * @category exploring
 * @since 0.1.0
 */
export const run = <S, F extends Fibers<S>, R = never>(
  program: Program<S, F, R>,
  options: Options = {}
): Effect.Effect<Report, never, Required<F, R>> => search.explore(program, options)

/**
 * The error of a program in which something was found, or whose search was to be complete and was not.
 *
 * **Details**
 *
 * The message is the report as text, with the schedule and the diagram. `report` is the report itself.
 *
 * @see {@link verify} which fails with it
 * @category errors
 * @since 0.1.0
 */
export class ExplorationFailed extends Data.TaggedError("ExplorationFailed")<{
  readonly message: string
  readonly report: Report
}> {}

/**
 * Explores a program, and fails unless what was found is what was expected: nothing, by default.
 *
 * **When to use**
 *
 * Use in tests with any runner; with Vitest, `it.explore` of `@effect-sync/explorer/vitest` is shorter.
 *
 * **Details**
 *
 * As `run`. Fails with `ExplorationFailed` if there is a finding, or if the search was not complete and `onComplete` is
 * `"require"`. With `expect` other than `"passes"` it is the absence of that finding that fails.
 *
 * **Example** (A counter that loses an update)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const increment = (counter: { n: number }) =>
 *   Effect.flatMap(Effect.sync(() => counter.n), (n) => Effect.sync(() => (counter.n = n + 1)))
 *
 * const error = await Effect.runPromise(Effect.flip(Explore.verify({
 *   setup: Effect.sync(() => ({ n: 0 })),
 *   fibers: { alice: increment, bob: increment },
 *   check: (counter) => {
 *     if (counter.n !== 2) throw new Error(`${counter.n} of 2`)
 *   }
 * })))
 *
 * error.report.finding?.message // => "the check failed: 1 of 2"
 * error.report.finding?.preemptions // => 1
 * ```
 *
 * @category exploring
 * @since 0.1.0
 */
export const verify = <S, F extends Fibers<S>, R = never>(
  program: Program<S, F, R>,
  options: Options = {}
): Effect.Effect<Report, ExplorationFailed, Required<F, R>> =>
  Effect.flatMap(run(program, options), (report) => {
    const message = complaint(report, settingsOf(program, options))
    return message === undefined ? Effect.succeed(report) : Effect.fail(new ExplorationFailed({ message, report }))
  })

/**
 * Explores a program, and collects the distinct outcomes of its executions.
 *
 * **When to use**
 *
 * Use to see what a program can do, or to compare with all it should be able to do.
 *
 * **Details**
 *
 * `outcome` is called at the end of each execution, after `check`, with what `setup` made and how the fibers ended. It must
 * only look. Outcomes are told apart by their JSON form, and come in the order in which they were first seen.
 *
 * **Example** (A lost update shows)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const increment = (counter: { n: number }) =>
 *   Effect.flatMap(Effect.sync(() => counter.n), (n) => Effect.sync(() => (counter.n = n + 1)))
 *
 * const { outcomes } = await Effect.runPromise(Explore.outcomes({
 *   setup: Effect.sync(() => ({ n: 0 })),
 *   fibers: { alice: increment, bob: increment }
 * }, (counter) => counter.n))
 *
 * outcomes.map(({ executions, value }) => [value, executions]) // => [[2, 2], [1, 4]]
 * ```
 *
 * @category exploring
 * @since 0.1.0
 */
export const outcomes: {
  <S, A>(
    outcome: (state: S, exits: Exits<Fibers<S>>, early: EarlyExits) => A,
    options?: Options
  ): <F extends Fibers<S>, R = never>(
    program: Program<S, F, R>
  ) => Effect.Effect<
    { readonly report: Report; readonly outcomes: ReadonlyArray<Outcome<A>> },
    never,
    Required<F, R>
  >
  <S, F extends Fibers<S>, A, R = never>(
    program: Program<S, F, R>,
    outcome: (state: S, exits: Exits<F>, early: EarlyExits) => A,
    options?: Options
  ): Effect.Effect<
    { readonly report: Report; readonly outcomes: ReadonlyArray<Outcome<A>> },
    never,
    Required<F, R>
  >
} = dual((args) => typeof args[0] === "object", <S, F extends Fibers<S>, A, R>(
  program: Program<S, F, R>,
  outcome: (state: S, exits: Exits<F>, early: EarlyExits) => A,
  options: Options = {}
): Effect.Effect<
  { readonly report: Report; readonly outcomes: ReadonlyArray<Outcome<A>> },
  never,
  Required<F, R>
> =>
  Effect.suspend(() => {
    const seen = new Map<string, { readonly value: A; executions: number; readonly schedule: string }>()
    const report = search.explore<Required<F, R>>(program, options, (execution) => {
      const value = outcome(execution.state as S, execution.exits as Exits<F>, execution.earlyExits)
      const key = keyOf(value)
      const entry = seen.get(key)
      if (entry === undefined) seen.set(key, { value, executions: 1, schedule: print(execution.deviations) })
      else entry.executions++
    })
    return Effect.map(report, (report) => ({ report, outcomes: [...seen.values()] }))
  }))

/**
 * Runs one execution by its schedule, and tells what happened.
 *
 * **When to use**
 *
 * Use with the `schedule` of a finding or an outcome, to look at it closely or to keep it as a regression test.
 *
 * **Details**
 *
 * A schedule says where an execution departs from the default, which is that a fiber goes on as long as it can and tasks
 * run in the order in which they were scheduled: `"14y.6i1"` is «at position 14 yield, 6 positions later interrupt fiber
 * 1». What it says that can't be done in this program is passed over. Bounds do not apply; `budget`, `order`, `time`, and
 * the names in `interrupt` must be those under which it was found. Unlike `run` it does not look for what left the explorer:
 * that is a deadlock here. Dies with a `RangeError` if the text is no schedule, and with an `Error` if `setup` fails.
 *
 * **Example** (What happens if nobody is ever preempted)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const replayed = await Effect.runPromise(Explore.replay({
 *   setup: Effect.void,
 *   fibers: { alice: () => Explore.mark("one"), bob: () => Explore.mark("two") }
 * }, "0"))
 *
 * replayed.steps.filter(({ kind }) => kind === "mark").map(({ fiber, text }) => `${fiber}: ${text}`) // => ["alice: one", "bob: two"]
 * ```
 *
 * @category exploring
 * @since 0.1.0
 */
export const replay: {
  (
    schedule: string,
    options?: Options
  ): <S, F extends Fibers<S>, R = never>(program: Program<S, F, R>) => Effect.Effect<Replayed, never, Required<F, R>>
  <S, F extends Fibers<S>, R = never>(
    program: Program<S, F, R>,
    schedule: string,
    options?: Options
  ): Effect.Effect<Replayed, never, Required<F, R>>
} = dual((args) => typeof args[0] === "object", <S, F extends Fibers<S>, R>(
  program: Program<S, F, R>,
  schedule: string,
  options: Options = {}
): Effect.Effect<Replayed, never, Required<F, R>> =>
  Effect.suspend(() => search.replay(program, parse(schedule), options)))

// ---------------------------------------------------------------------------------------------------------------------
// in a program
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Writes a line into the trace, under the fiber that runs it.
 *
 * **When to use**
 *
 * Use to make a diagram readable: with marks in it, it shows these and the switches instead of every operation.
 *
 * **Details**
 *
 * One operation, at which a fiber may be stopped as at any other. Outside of the explorer it does nothing.
 *
 * **Example** (What is seen of a program)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const program = {
 *   setup: Effect.void,
 *   fibers: { alice: () => Effect.andThen(Explore.mark("hello"), Effect.void) }
 * }
 *
 * const replayed = await Effect.runPromise(Explore.replay(program, "0"))
 * replayed.diagram().includes("● hello") // => true
 * ```
 *
 * @category in a program
 * @since 0.1.0
 */
export const mark = (text: string): Effect.Effect<void> => Effect.withFiberSucceed((fiber) => markOn(fiber, text))

/**
 * Makes an object tell the explorer when it is read or written, which shortens the search.
 *
 * **When to use**
 *
 * Use in `setup` around the state of a program that is too large otherwise, if that state is plain data.
 *
 * **Details**
 *
 * Gives a proxy; objects, arrays, maps and sets inside it are watched as well, instances of classes only themselves. Once
 * anything is watched, a fiber is not stopped before a step that touched nothing watched: to stop it after that is the same.
 * Operations other than those that run a function or give a value (those that wait, fork, interrupt, look at fibers, and
 * those of libraries) always count as touching something, and so does every step of a fiber that can still be interrupted,
 * or that a fiber forked.
 *
 * **Gotchas**
 *
 * Sound only if everything that fibers share is watched. Methods that close over the bare object are not seen. What comes
 * out of it is a proxy, and is not `===` the object that went in; arrays, maps and sets find either. With `reduce: false` the
 * search is as if nothing were watched.
 *
 * **Example** (Steps that touch nothing shared)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const work = (counter: { n: number }) =>
 *   Effect.void.pipe(Effect.andThen(Effect.sync(() => Math.sqrt(2))), Effect.andThen(Effect.sync(() => counter.n++)))
 * const fibers = { alice: work, bob: work }
 *
 * const program = Effect.all([
 *   Explore.run({ setup: Effect.sync(() => ({ n: 0 })), fibers }),
 *   Explore.run({ setup: Effect.sync(() => Explore.watch({ n: 0 })), fibers })
 * ])
 * const [all, reduced] = await Effect.runPromise(program)
 * reduced.executions < all.executions // => true
 * ```
 *
 * @category in a program
 * @since 0.1.0
 */
export const watch = <T extends object>(state: T): T => watched(state)

// ---------------------------------------------------------------------------------------------------------------------
// linearizability
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A program whose check is that concurrent calls behave as if each had happened in one instant.
 *
 * **When to use**
 *
 * Use where a sequential model of a thing is easier to write than what must hold of it: a queue, a lock, a cache.
 *
 * **Details**
 *
 * See `Specification`. What it gives is for `run`, `verify` and `replay`.
 *
 * **Example** (A queue that holds one)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect, Option, Queue } from "effect"
 *
 * const program = Explore.linearizable({
 *   setup: Queue.bounded<number>(1),
 *   operations: {
 *     offer: (queue, n: number) => Queue.offer(queue, n),
 *     poll: (queue) => Queue.poll(queue)
 *   },
 *   calls: { alice: [["offer", 1], ["offer", 2]], bob: [["poll"]] },
 *   initial: [] as ReadonlyArray<number>,
 *   model: {
 *     offer: (held, n) => held.length < 1 ? [true, [...held, n]] : Explore.blocks,
 *     poll: (held) => [Option.fromNullishOr(held[0]), held.slice(1)]
 *   }
 * })
 *
 * const report = await Effect.runPromise(Explore.run(program))
 * report.status // => "passed"
 * ```
 *
 * @see {@link blocks} for a call that would wait
 * @see {@link fails} for a call that fails
 * @see {@link oneOf} for a call with several possible results
 * @category linearizability
 * @since 0.1.0
 */
export const linearizable = <S, O extends Operations<S>, M, R = never>(
  specification: Specification<S, O, M, R>
): Program<
  { readonly state: S },
  { readonly [fiber: string]: (history: { readonly state: S }) => Effect.Effect<void, never, Services<O>> },
  R
> => programOf(specification) as any

/**
 * What a model says of a call that would wait.
 *
 * **When to use**
 *
 * Use where the model has nothing to give yet: the call comes later in the order, or still waits in the end.
 *
 * **Example** (A gate)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect, Latch } from "effect"
 *
 * const program = Explore.linearizable({
 *   setup: Latch.make(),
 *   operations: { open: (latch) => latch.open, pass: (latch) => latch.await },
 *   calls: { alice: [["pass"]], bob: [["open"]] },
 *   initial: false as boolean,
 *   model: {
 *     open: (isOpen) => [!isOpen, true],
 *     pass: (isOpen): Explore.Said<boolean, void> => isOpen ? [undefined, isOpen] : Explore.blocks
 *   }
 * })
 *
 * const report = await Effect.runPromise(Explore.run(program))
 * report.status // => "passed"
 * ```
 *
 * @category linearizability
 * @since 0.1.0
 */
export const blocks: Blocks = { _tag: "@effect-sync/explorer/Blocks" }

/**
 * What a model says of a call that fails.
 *
 * **Details**
 *
 * An error with a `_tag` is known by that, another `Error` by its text, anything else by `Equal`.
 *
 * **Example** (A bucket that is full)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const program = Explore.linearizable({
 *   setup: Effect.sync(() => ({ n: 0 })),
 *   operations: {
 *     add: (bucket) => Effect.suspend(() => bucket.n === 1 ? Effect.fail("full") : Effect.succeed(++bucket.n))
 *   },
 *   calls: { alice: [["add"]], bob: [["add"]] },
 *   initial: 0,
 *   model: { add: (n): Explore.Said<number, number> => [n === 1 ? Explore.fails("full") : n + 1, 1] }
 * })
 *
 * const report = await Effect.runPromise(Explore.run(program))
 * report.status // => "passed"
 * ```
 *
 * @category linearizability
 * @since 0.1.0
 */
export const fails = (error: unknown): Failed => ({ _tag: "@effect-sync/explorer/Failed", error })

/**
 * What a model says of a call that may have any of several results.
 *
 * **Details**
 *
 * Each with the state after it. None at all is `Explore.blocks`.
 *
 * **Example** (Somebody wins)
 *
 * ```ts import.meta.vitest
 * import { Explore } from "@effect-sync/explorer"
 * import { Effect } from "effect"
 *
 * const program = Explore.linearizable({
 *   setup: Effect.void,
 *   operations: { toss: () => Effect.succeed<"heads" | "tails">("heads") },
 *   calls: { alice: [["toss"]] },
 *   initial: 0,
 *   model: { toss: (n) => Explore.oneOf(["heads", n + 1], ["tails", n + 1]) }
 * })
 *
 * const report = await Effect.runPromise(Explore.run(program))
 * report.status // => "passed"
 * ```
 *
 * @category linearizability
 * @since 0.1.0
 */
export const oneOf = <M, A>(...results: ReadonlyArray<readonly [result: A | Failed, next: M]>): OneOf<M, A> => ({
  _tag: "@effect-sync/explorer/OneOf",
  results
})
