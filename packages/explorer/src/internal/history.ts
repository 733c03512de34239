/**
 * Turns calls and a model into a program whose check is that the calls are linearizable.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { hasProperty } from "effect/Predicate"
import type { Failed, Operations, Said, Specification } from "../Linearizability.ts"
import type { Program } from "../Program.ts"
import { type Call, linearize, type ModelStep, NotLinearizable, printHistory } from "./linearizability.ts"
import { markOn } from "./mark.ts"

/** What happens in one execution. */
export class History<S> {
  readonly state: S
  readonly calls: Array<Call> = []
  private time = 0

  constructor(state: S) {
    this.state = state
  }

  /**
   * Runs an operation once, and remembers when it began and how it ended. It begins where its end is sure to be seen.
   */
  record(
    fiber: string,
    name: string,
    args: ReadonlyArray<unknown>,
    operation: Operations<S>[string]
  ): Effect.Effect<void, never, any> {
    let call: Call | undefined
    const begun = Effect.withFiber((running) => {
      call = { fiber, name, args, begun: this.time++, ended: Infinity, end: { how: "waiting" } }
      this.calls.push(call)
      markOn(running, `${name}(${args.map(String).join(", ")})`)
      return operation(this.state, ...args)
    })
    return Effect.ignore(Effect.onExitPrimitive(begun, (exit) => {
      if (call === undefined) return undefined // interrupted before it began
      call.ended = this.time++
      call.end = endOf(exit)
      const text = `${name} ${"value" in call.end ? `${call.end.how} ${String(call.end.value)}` : call.end.how}`
      markOn(Fiber.getCurrent()!, text)
      return undefined
    }))
  }
}

/** Errors are known by their tags or texts: an error of the model need not be the very object. */
const nameOf = (error: unknown): unknown =>
  hasProperty(error, "_tag") ? error._tag : error instanceof Error ? String(error) : error

const endOf = (exit: Exit.Exit<unknown, unknown>): Call["end"] => {
  if (Exit.isSuccess(exit)) return { how: "returned", value: exit.value }
  if (Cause.hasInterrupts(exit.cause)) return { how: "interrupted" }
  return { how: "failed", value: nameOf(Cause.squash(exit.cause)) }
}

const isFailed = (u: unknown): u is Failed => hasProperty(u, "_tag") && u._tag === "@effect-sync/explorer/Failed"

const stepOf = (model: { readonly [name: string]: any }): ModelStep => (state, { args, name }) => {
  const said: Said<unknown, unknown> = model[name](state, ...args)
  const results = Array.isArray(said)
    ? [said as unknown as readonly [unknown, unknown]]
    : "results" in said
    ? said.results
    : []
  return results.map(([result, next]) => [
    isFailed(result) ? { how: "failed", value: nameOf(result.error) } : { how: "returned", value: result },
    next
  ])
}

/** @internal */
export const programOf = <S>(
  specification: Specification<S, any, any, any>
): Program<History<S>, Record<string, (history: History<S>) => Effect.Effect<void, never, any>>, any> => {
  const { calls, initial, model, operations, setup } = specification
  const step = stepOf(model)
  const rules = { interrupted: specification.interrupted ?? "maybe", waiting: specification.waiting ?? "justified" }
  const fibers: Record<string, (history: History<S>) => Effect.Effect<void, never, any>> = {}
  for (const [fiber, list] of Object.entries(calls)) {
    fibers[fiber] = (history) =>
      list
        .map(([name, ...args]) => history.record(fiber, name as string, args, operations[name]))
        .reduceRight((next: Effect.Effect<void, never, any> | undefined, call) =>
          next === undefined ? call : Effect.andThen(call, next), undefined) ?? Effect.void
  }
  return {
    setup: Effect.map(setup, (state) => new History(state)),
    fibers,
    check: (history) => {
      if (linearize(history.calls, initial, step, rules) !== undefined) return
      throw new NotLinearizable(
        `not linearizable: no order of these calls explains what they gave\n${printHistory(history.calls)}`
      )
    },
    options: { deadlock: rules.waiting === "justified" ? "allow" : "fail", ...specification.options }
  }
}
