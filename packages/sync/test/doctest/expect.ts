import * as Equal from "effect/Equal"
import { expect } from "vitest"

/** What `expression // => expected` means: equal to Effect, or else deeply and strictly equal. */
export const $expect = <A>(actual: A, expected: unknown): A => {
  if (Equal.equals(actual, expected)) return actual
  try {
    expect(actual).toStrictEqual(expected)
    return actual
  } catch (error) {
    // Report the line of the example, not this one.
    Error.captureStackTrace(error as Error, $expect)
    throw error
  }
}
