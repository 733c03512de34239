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

/** `Barrier.make: parties must be …, got 0.5, on an unnamed Barrier` */
export const rangeError = (
  label: string,
  argument: string,
  range: string,
  value: unknown,
  primitive: string
): RangeError => new RangeError(`${label}: ${argument} must be ${range}, got ${show(value)}, on ${primitive}`)

/** @internal */
export const countError = (label: string, argument: string, value: unknown, primitive: string): RangeError =>
  rangeError(label, argument, `an integer from 0 to MAX_PERMITS (${MAX_PERMITS})`, value, primitive)
