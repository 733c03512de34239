/**
 * Failures without a value, made once.
 *
 * An Error costs microseconds for its stack, and the stack of «no permits right now» tells nobody anything. So there is
 * one frozen instance per primitive and kind, inside one prebuilt failed Exit; unnamed primitives share theirs.
 *
 * @internal
 */
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"

/** What a message needs to know of a primitive. */
export interface Described {
  readonly name: string | undefined
  readonly description: string
}

/**
 * An error of the everyday kind, which nobody has to search for: without the microseconds that its stack would cost.
 *
 * @internal
 */
export const withoutStack = <E extends Error>(make: () => E): E => {
  const settings = Error as { stackTraceLimit?: number | undefined }
  const limit = settings.stackTraceLimit
  if (limit === undefined || !Object.isExtensible(Error)) return make() // not V8, or locked down
  settings.stackTraceLimit = 0
  try {
    return make()
  } finally {
    settings.stackTraceLimit = limit
  }
}

/**
 * A failure in the forms in which it is returned, each built once.
 *
 * @internal
 */
export interface Failure<E> {
  readonly exit: Exit.Exit<never, E>
  readonly result: Result.Result<never, E>
}

/** @internal */
export const failureOf = <E extends Error>(
  make: (description: string) => E
): (primitive: Described) => Failure<E> => {
  let unnamed: Failure<E> | undefined
  const named = new WeakMap<Described, Failure<E>>()
  const build = (primitive: Described): Failure<E> => {
    const error = Object.freeze(withoutStack(() => make(primitive.description)))
    return { exit: Exit.fail(error), result: Result.fail(error) }
  }
  return (primitive) => {
    if (primitive.name === undefined) return unnamed ??= build(primitive)
    let failure = named.get(primitive)
    if (failure === undefined) {
      failure = build(primitive)
      named.set(primitive, failure)
    }
    return failure
  }
}
