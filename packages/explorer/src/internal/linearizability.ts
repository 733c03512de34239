/**
 * Is there an order of the calls, no call before one that had ended when it began, in which a sequential model gives the
 * very results that were seen?
 *
 * The search is that of Wing and Gong (1993) with Lowe's memory of what was tried (2017): pick a call that nothing
 * forces behind another one still to come, let the model take that step, go on; never twice with the same calls done and
 * the same state. Calls that have not ended, and interrupted ones, may have happened or not.
 *
 * @internal
 */
import * as Equal from "effect/Equal"

/** A call as it was seen from outside. */
export interface Call {
  readonly fiber: string
  readonly name: string
  readonly args: ReadonlyArray<unknown>
  readonly begun: number
  /** `Infinity` while it has not ended. */
  ended: number
  end:
    | { readonly how: "returned" | "failed"; readonly value: unknown }
    | { readonly how: "interrupted" | "waiting" }
}

/** What the model says of a call: all it may return with the state after it; nothing if it would wait. */
export type ModelStep = (
  state: unknown,
  call: Call
) => ReadonlyArray<readonly [end: { readonly how: "returned" | "failed"; readonly value: unknown }, next: unknown]>

/** The message of a history that no order explains. */
export class NotLinearizable extends Error {}

export const keyOf = (state: unknown): string =>
  JSON.stringify(state, (_, value: unknown) => {
    if (value instanceof Map) return { map: [...value] }
    if (value instanceof Set) return { set: [...value] }
    if (value instanceof Error) return { error: String(value) }
    if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) }
    return value === undefined ? { undefined: true } : typeof value === "bigint" ? { bigint: String(value) } : value
  }) ?? "undefined"

/** @internal */
export interface Rules {
  /** Whether an interrupted call may have had its effect. */
  readonly interrupted: "maybe" | "never"
  /** Whether a call that still waits at the end must be one that the model lets wait, too. */
  readonly waiting: "justified" | "maybe"
}

/** An order of the calls that explains what was seen, or `undefined`. */
export const linearize = (
  calls: ReadonlyArray<Call>,
  initial: unknown,
  step: ModelStep,
  rules: Rules
): ReadonlyArray<Call> | undefined => {
  const tried = new Set<string>()
  const order: Array<Call> = []
  const done = calls.map(() => false)
  const returned = calls.map(({ end }) => end.how === "returned" || end.how === "failed")
  const optional = calls.map(({ end }) =>
    (end.how === "waiting" && rules.waiting === "maybe") || (end.how === "interrupted" && rules.interrupted === "maybe")
  )
  const waiting = rules.waiting === "justified" ? calls.filter(({ end }) => end.how === "waiting") : []

  /** The earliest end of the calls still to come: what began later comes later. */
  const horizon = (): number =>
    calls.reduce((first, { ended }, i) => returned[i] && !done[i] ? Math.min(first, ended) : first, Infinity)

  /** Whether an interrupted call ended before one began that is done already: it is too late for it. */
  const isLate = ({ ended }: Call): boolean => order.some(({ begun }) => begun > ended)

  const search = (state: unknown): boolean => {
    if (returned.every((must, i) => !must || done[i]) && waiting.every((call) => step(state, call).length === 0)) {
      return true
    }
    const key = `${done.map(Number).join("")} ${keyOf(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    const latest = horizon()
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i]!
      if (done[i] || call.begun > latest || !(returned[i] || (optional[i] && !isLate(call)))) continue
      for (const [end, next] of step(state, call)) {
        if (returned[i] && !matches(call.end, end)) continue
        order.push(call)
        done[i] = true
        if (search(next)) return true
        done[i] = false
        order.pop()
      }
    }
    return false
  }
  return search(initial) ? order : undefined
}

const matches = (seen: Call["end"], said: Call["end"]): boolean =>
  seen.how === said.how && "value" in seen && "value" in said && Equal.equals(seen.value, said.value)

const show = (value: unknown): string =>
  value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)

/** The calls, one a line, in the order in which they began. */
export const printHistory = (calls: ReadonlyArray<Call>): string => {
  const width = Math.max(...calls.map(({ fiber }) => fiber.length))
  return calls.map(({ args, begun, end, ended, fiber, name }) => {
    const outcome = "value" in end ? `${end.how} ${show(end.value)}`.trim() : end.how
    const span = ended === Infinity ? `from ${begun} on` : `from ${begun} to ${ended}`
    return `  ${fiber.padEnd(width)} ${name}(${args.map(show).join(", ")}) ${outcome}, ${span}`
  }).join("\n")
}
