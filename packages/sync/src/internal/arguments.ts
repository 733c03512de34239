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

/** @internal */
export const countError = (label: string, argument: string, value: unknown, primitive: string): RangeError =>
  new RangeError(
    `${label}: ${argument} must be an integer from 0 to MAX_PERMITS (${MAX_PERMITS}), got ${
      show(value)
    }, on ${primitive}`
  )
