/**
 * Filling what is filled at most once: what `OnceCell.set` and `SetOnce.set` have in common.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AlreadyInitialized } from "../Errors.ts"
import { withoutStack } from "./failure.ts"
import { deliver } from "./step.ts"

/** @internal */
export interface Fillable<A, E> {
  /** Fills it, or says why that can't be. Settles all state and runs nobody. */
  tryFill(label: string, a: A): E | undefined
}

/**
 * Fills it, or fails. The cell and the fiber that goes on learn of it in the same step, so that an interruption finds
 * either both or neither.
 *
 * @internal
 */
export const fill = <A, E>(cell: Fillable<A, E>, label: string, a: A): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    let refusal: E | undefined
    return deliver(
      () => (refusal = cell.tryFill(label, a)) === undefined,
      () => undefined,
      Effect.suspend(() => Effect.fail(refusal!))
    )
  })

/** @internal */
export const fillUnsafe = <A, E>(cell: Fillable<A, E>, label: string, a: A): Result.Result<void, E> => {
  const refusal = cell.tryFill(label, a)
  return refusal === undefined ? Result.void : Result.fail(refusal)
}

/** @internal */
export const alreadyInitialized = <A>(label: string, description: string, value: A): AlreadyInitialized<A> =>
  withoutStack(() => new AlreadyInitialized({ message: `${label}: ${description} is initialized already`, value }))
