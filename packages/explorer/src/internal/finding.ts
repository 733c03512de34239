/**
 * From an execution that failed to a finding that a person can read.
 *
 * @internal
 */
import type { Finding } from "../Report.ts"
import type { Actor } from "./actor.ts"
import type { Failure } from "./failure.ts"
import { describe, placesOf } from "./labels.ts"
import { NotLinearizable } from "./linearizability.ts"

const sentence = (error: unknown): string => {
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : undefined
  return text ?? (typeof error === "object" && error !== null ? JSON.stringify(error) : String(error))
}

/** Where a fiber waits: its last operation, and the named functions and spans around it. */
const whereabouts = ({ fiber, last, name }: Actor): string => {
  if (fiber === undefined) return `  ${name}: has not begun`
  const places = placesOf(fiber).map((place) => `\n    in ${place}`).join("")
  return `  ${name}: ${last === undefined ? "?" : describe(last)}${places}`
}

/** @internal */
export const kindOfFailure = (failure: Failure): Finding["kind"] =>
  failure.kind === "check" && failure.error instanceof NotLinearizable ? "linearizability" : failure.kind

/** @internal */
export const messageOf = (failure: Failure): string => {
  if (failure.kind === "invariant") return `the invariant does not hold: ${sentence(failure.error)}`
  if (failure.kind === "check") {
    const text = sentence(failure.error)
    return failure.error instanceof NotLinearizable ? text : `the check failed: ${text}`
  }
  if (failure.kind === "task") return `something that was scheduled threw: ${sentence(failure.error)}`
  if (failure.kind === "defect") return `${failure.fiber.name} died: ${sentence(failure.error)}`
  if (failure.kind === "deadlock") {
    return ["deadlock: nothing can go on, and these wait", ...failure.waiting.map(whereabouts)].join("\n")
  }
  if (failure.kind === "livelock") {
    return ["livelock: too many steps, and these have not ended", ...failure.running.map(whereabouts)].join("\n")
  }
  return `the program is not deterministic: ${failure.text}. The usual reasons are state outside of setup, real time and`
    + ` chance`
}

/** @internal */
export const leftMessage = (failure: Failure | undefined): string =>
  [
    "left the explorer: a fiber waits for a promise, a real timer or I/O, which can't be explored",
    ...(failure?.kind === "deadlock" ? failure.waiting.map(whereabouts) : [])
  ].join("\n")

/** @internal */
export const errorOf = (failure: Failure): unknown => "error" in failure ? failure.error : undefined
