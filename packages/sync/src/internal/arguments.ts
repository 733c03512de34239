/**
 * Arguments and the sentences about bad ones.
 *
 * @internal
 */
import { MAX_PERMITS } from "./permitCounter.ts"

/** @internal */
export const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : Object(value) === value ? typeof value : String(value)

/** `Semaphore "db"`, or `an unnamed Semaphore`. */
export const nameOf = (kind: string, name: string | undefined): string =>
  name === undefined ? `an unnamed ${kind}` : `${kind} ${JSON.stringify(name)}`

/**
 * `range` as in `from 0 to MAX_PERMITS (9007199254740991)`.
 *
 * @internal
 */
export const integerError = (
  label: string,
  argument: string,
  range: string,
  value: unknown,
  primitive: string
): RangeError =>
  new RangeError(`${label}: ${argument} must be an integer ${range}, got ${show(value)}, on ${primitive}`)

/** @internal */
export const countError = (label: string, argument: string, value: unknown, primitive: string): RangeError =>
  integerError(label, argument, `from 0 to MAX_PERMITS (${MAX_PERMITS})`, value, primitive)
