/**
 * Checks that are made millions of times: a comparison, and a message only where it fails. An assertion library makes
 * several objects for each, which cost more than the whole execution.
 */

export const must = (holds: boolean, message: () => string): void => {
  if (!holds) throw new Error(message())
}

export const mustBe = (what: string, actual: unknown, expected: unknown): void => {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)}, not ${String(expected)}`)
}
