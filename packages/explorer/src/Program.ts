/**
 * What is explored: a program of a few fibers, and what must hold whatever their interleaving.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Options } from "./Options.ts"

/**
 * The fibers of a program, by their names: each an effect made of what `setup` made.
 *
 * @category models
 * @since 0.1.0
 */
export type Fibers<S> = { readonly [name: string]: (state: S) => Effect.Effect<any, any, any> }

/**
 * How each fiber ended; `undefined` for one that still waits when nothing can go on any more.
 *
 * @category models
 * @since 0.1.0
 */
export type Exits<F> = {
  readonly [K in keyof F]: F[K] extends (state: any) => Effect.Effect<infer A, infer E, any> ?
    Exit.Exit<A, E> | undefined
    : never
}

/**
 * How each of the `early` fibers ended.
 *
 * @category models
 * @since 0.1.0
 */
export type EarlyExits = { readonly [name: string]: Exit.Exit<unknown, unknown> | undefined }

/**
 * What the effects of fibers or operations require.
 *
 * @category models
 * @since 0.1.0
 */
export type Services<F> = {
  [K in keyof F]: F[K] extends (...args: any) => Effect.Effect<any, any, infer R> ? R : never
}[keyof F]

/**
 * A small concurrent program, made afresh for each of its interleavings.
 *
 * **When to use**
 *
 * Use as the argument of `run`, `verify`, `outcomes`, `replay` and `it.explore`.
 *
 * **Details**
 *
 * - `setup` makes what the fibers share. It runs to its end before they begin, undisturbed. Its scope closes when the
 *   execution ends, after `check`. A defect or failure of it ends the exploration as a defect.
 * - `fibers` are what is interleaved. Each is made when it begins, by a function that must do nothing else, and has a scope
 *   of its own, which is closed when it ends, as `Effect.scoped` does. Their names stand in reports, and are what
 *   `interrupt` takes. Two or three fibers with one or two operations each are enough to find almost anything, and few
 *   enough to be explored completely.
 * - `early` are further fibers, which begin before the others and have run until they wait when these begin: those who
 *   queue already. Whatever they do then is not explored; what they do once they are woken is.
 * - `events` are what happens once, from outside, at any moment and at the latest when nothing else can go on: a scope
 *   that is closed, a callback that is called. Unlike a fiber's steps an event needs no preemption to come in between.
 * - `always` is called with what `setup` made whenever another fiber could come next: before every step at which a fiber
 *   can be stopped, and whenever nobody runs. If it throws, that is the finding. It must only look.
 * - `check` is called once when nothing can go on any more. It finds something if it throws, fails or dies.
 * - `options` are those with which it is explored unless others are given.
 *
 * **Gotchas**
 *
 * What `setup` makes must be new each time: state outside of it is shared by all executions, which then differ for
 * reasons the explorer does not control. It notices, and says that the program is not deterministic.
 *
 * TypeScript does not infer the state from `setup: Effect.map(effect, f)` within the same literal. It does from
 * `effect.pipe(Effect.map(f))`, from `Effect.gen`, and from a constant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Program<S, F extends Fibers<S>, R = never> {
  readonly setup: Effect.Effect<S, any, R>
  readonly fibers: F
  readonly early?: { readonly [name: string]: (state: S) => Effect.Effect<any, any, Scope.Scope> }
  readonly events?: { readonly [name: string]: (state: S) => Effect.Effect<unknown, unknown, Scope.Scope> }
  readonly always?: (state: S) => void
  readonly check?: (
    state: S,
    exits: Exits<F>,
    early: EarlyExits
  ) => Effect.Effect<unknown, unknown, Scope.Scope> | void
  readonly options?: Options
}
