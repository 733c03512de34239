/**
 * Whether concurrent calls behave as if each had happened in one instant.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Options } from "./Options.ts"

/**
 * The operations under test, by their names: functions of what `setup` made and the arguments of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type Operations<S> = { readonly [name: string]: (state: S, ...args: any) => Effect.Effect<any, any, any> }

type Arguments<F> = F extends (state: any, ...args: infer Args) => any ? Args : never

type Result<F> = F extends (...args: any) => Effect.Effect<infer A, any, any> ? A : never

/**
 * A call: the name of an operation and its arguments.
 *
 * @category models
 * @since 0.1.0
 */
export type Call<O> = { readonly [K in keyof O]: readonly [name: K, ...args: Arguments<O[K]>] }[keyof O]

/**
 * What the model says of a call: the result with the state after it, `Explore.blocks` if the call would wait, or
 * `Explore.oneOf` several results.
 *
 * @category models
 * @since 0.1.0
 */
export type Said<M, A> = readonly [result: A | Failed, next: M] | Blocks | OneOf<M, A>

/**
 * The result of a call that fails: made by `Explore.fails`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed {
  readonly _tag: "@effect-sync/explorer/Failed"
  readonly error: unknown
}

/**
 * A call that would wait: `Explore.blocks`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Blocks {
  readonly _tag: "@effect-sync/explorer/Blocks"
}

/**
 * Several results a call may have: made by `Explore.oneOf`.
 *
 * @category models
 * @since 0.1.0
 */
export interface OneOf<out M, out A> {
  readonly _tag: "@effect-sync/explorer/OneOf"
  readonly results: ReadonlyArray<readonly [result: A | Failed, next: M]>
}

/**
 * Concurrent calls on something, and a sequential model of it.
 *
 * **When to use**
 *
 * Use as the argument of `linearizable` and `it.explore.linearizable`: where a model is easier to write than an invariant.
 *
 * **Details**
 *
 * - `setup` makes what the calls work on, afresh for each interleaving.
 * - `operations` run a call. `calls` says which fiber makes which calls, one after another.
 * - `initial` is the state of the model at first, which must not be mutated; `model` has a function for each operation that
 *   says what a call in that state gives. A typed failure is `Explore.fails(error)`; an error with a `_tag` is known by that.
 * - After each execution there must be an order of the calls, none before one that had ended when it began, in which the
 *   model gives the very results that were seen.
 * - `interrupted` (`"maybe"`): whether an interrupted call may have happened. `"never"` is the stronger promise.
 * - `waiting` (`"justified"`): a call that still waits in the end must be one that the model lets wait in that order: so a
 *   lost wake-up is found. `"maybe"`: it may wait anyway, or may have happened.
 *
 * **Gotchas**
 *
 * Results are compared by `Equal`, which looks into objects. A state must be plain data, since it is remembered by its JSON
 * form (`Map`, `Set`, `bigint`, `NaN`, `Infinity`, `undefined` and the texts of errors are told apart).
 *
 * @category models
 * @since 0.1.0
 */
export interface Specification<S, O extends Operations<S>, M, R = never> {
  readonly setup: Effect.Effect<S, any, R | Scope.Scope>
  readonly operations: O
  readonly calls: { readonly [fiber: string]: ReadonlyArray<Call<O>> }
  readonly initial: M
  readonly model: { readonly [K in keyof O]: (state: M, ...args: Arguments<O[K]>) => Said<M, Result<O[K]>> }
  readonly interrupted?: "maybe" | "never"
  readonly waiting?: "justified" | "maybe"
  readonly options?: Options
}
