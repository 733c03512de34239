/**
 * `it.explore`: explorations as Vitest tests.
 *
 * Needs `@effect/vitest`, whose `it` it extends.
 *
 * @since 0.1.0
 */
import { it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Explore from "./Explore.ts"
import type { Operations, Specification } from "./Linearizability.ts"
import type { Options } from "./Options.ts"
import type { Program } from "./Program.ts"

/**
 * Options of an exploration as a test.
 *
 * **Details**
 *
 * `replay` runs that one schedule instead of searching: the text that a failing test printed. `timeout` is the test's, in
 * milliseconds: by default long enough for `maxMillis`, or ten minutes where that is no limit.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestOptions extends Options {
  readonly replay?: string
  readonly timeout?: number
}

/** Fibers that require nothing but the scopes they are given. */
type Closed<S> = { readonly [name: string]: (state: S) => Effect.Effect<any, any, Scope.Scope> }

/**
 * Registers an exploration as a test. The program must require nothing that it is not given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tester {
  <S, F extends Closed<S>>(name: string, program: Program<S, F, Scope.Scope>, options?: TestOptions): void
}

/**
 * `it.explore`.
 *
 * **Details**
 *
 * The test fails with the report, its diagram and the schedule to replay; it passes with a note of how many interleavings
 * were run. `linearizable` takes a `Specification` instead of a program. There is no `TestClock` in it: a program under the
 * explorer has virtual time anyway.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExploreTester extends Tester {
  readonly only: Tester
  readonly skip: Tester
  readonly linearizable: <S, O extends Operations<S>, M>(
    name: string,
    specification: Specification<S, O, M, Scope.Scope>,
    options?: TestOptions
  ) => void
}

type Register = (name: string, test: (context: any) => Promise<void>, timeout: number) => void

const tester = (register: Register): Tester => (name: string, program: Program<any, any, any>, options = {}) => {
  const { replay, timeout, ...rest } = options
  const settings: Options = { ...program.options, ...rest }
  const limit = settings.maxMillis ?? (settings.onComplete === "require" ? Infinity : 5_000)
  const test = replay === undefined ? searching(name, program, rest) : replaying(program, replay, rest)
  register(name, test, timeout ?? (limit === Infinity ? 600_000 : limit * 2 + 5_000))
}

const searching = (name: string, program: Program<any, any, any>, options: Options) => async ({ annotate }: any) => {
  const verified = Explore.verify(program, options) as Effect.Effect<Explore.Report, Explore.ExplorationFailed>
  const result = await Effect.runPromise(Effect.result(verified))
  if (Result.isFailure(result)) {
    const schedule = result.failure.report.finding?.schedule
    const again = schedule === undefined
      ? ""
      : `\n\nto run just this: it.explore(${JSON.stringify(name)}, …, { …, replay: ${JSON.stringify(schedule)} })`
    throw readable(result.failure.message + again)
  }
  await annotate(String(result.success))
}

const replaying = (program: Program<any, any, any>, schedule: string, options: Options) => async () => {
  const replayed = Explore.replay(program, schedule, options) as Effect.Effect<Explore.Replayed>
  const { diagram, finding } = await Effect.runPromise(replayed)
  if (finding !== undefined) throw readable(`${finding.message}\n\n${diagram()}`)
}

/** An error of which the runner prints the message, not where it was thrown. */
const readable = (message: string): Error => {
  const error = new Error(message)
  error.stack = message
  return error
}

const explore: ExploreTester = Object.assign(tester((name, test, timeout) => effectIt(name, { timeout }, test)), {
  only: tester((name, test, timeout) => effectIt.only(name, { timeout }, test)),
  skip: tester((name, test, timeout) => effectIt.skip(name, { timeout }, test)),
  linearizable: (name: string, specification: Specification<any, any, any, any>, options?: TestOptions) =>
    tester((name, test, timeout) => effectIt(name, { timeout }, test))(
      name,
      Explore.linearizable(specification) as any,
      options
    )
})

/**
 * The `it` of `@effect/vitest`, with `it.explore`.
 *
 * **When to use**
 *
 * Use in place of `@effect/vitest`'s own `it`, in a file with explorations.
 *
 * **Example** (No permit is lost, whoever is interrupted when)
 *
 * ```ts
 * import { it } from "@effect-sync/explorer/vitest"
 * import { Effect, Semaphore } from "effect"
 *
 * it.explore("no permit is lost", {
 *   setup: Semaphore.make(1),
 *   fibers: {
 *     alice: (semaphore) => semaphore.withPermit(Effect.void),
 *     bob: (semaphore) => semaphore.withPermit(Effect.void)
 *   },
 *   check: (semaphore) => semaphore.withPermitsIfAvailable(1)(Effect.void)
 * }, { interrupt: "everywhere" })
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const it: typeof effectIt & { readonly explore: ExploreTester } = new Proxy(effectIt as any, {
  // What it has is not its own: it stands for Vitest's `it` itself.
  get: (target, key) => key === "explore" ? explore : Reflect.get(target, key)
})
