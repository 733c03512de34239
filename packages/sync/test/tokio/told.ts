/**
 * What the ports of tokio's tests share: an outcome as one comparable thing, and what tokio's tests do with a polled future.
 *
 * A future that was polled once is a fiber that was forked and let run; `is_woken` is a fiber that ends without more ado.
 */
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Result, type Scope } from "effect"
import { Errors } from "effect-sync"
import { settle } from "../utils.ts"

/** How something ended: its value, or the name of its error; a lag with its number. */
export const told = <A>(outcome: Exit.Exit<A, unknown> | Result.Result<A, unknown>): A | string => {
  if (Exit.isExit(outcome)) return Exit.isSuccess(outcome) ? outcome.value : nameOf(Cause.squash(outcome.cause))
  return Result.isSuccess(outcome) ? outcome.success : nameOf(outcome.failure)
}

const nameOf = (error: unknown): string => {
  if (Cause.isDone(error)) return "Done"
  if (error instanceof Errors.Lagged) return `Lagged ${error.skipped}`
  if (error instanceof Error && "_tag" in error) return String(error._tag)
  throw error
}

/** How an effect ends. */
export const end = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | string, never, R> =>
  Effect.map(Effect.exit(effect), told)

/** `assert_pending!`: lets run what can, and the fiber still waits. */
export const pending = (...fibers: ReadonlyArray<Fiber.Fiber<unknown, unknown>>): Effect.Effect<void> =>
  Effect.map(settle, () => {
    for (const fiber of fibers) assert.isUndefined(fiber.pollUnsafe(), "it should wait")
  })

/** `is_woken` and `assert_ready!`: lets run what can, and tells how the fiber ended; fails the test if it still waits. */
export const ready = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A | string> =>
  Effect.map(settle, () => {
    const exit = fiber.pollUnsafe()
    if (exit === undefined) throw new Error("it still waits")
    return told(exit)
  })

/** A case of tokio's by its name there, in a scope of its own. */
export const tokio = (name: string, body: () => Generator<Effect.Effect<any, any, Scope.Scope>, void>): void =>
  it.effect(name, () => Effect.scoped(Effect.gen(body)))

/** A loop that never waits leaves the others their turns. */
export const isCooperative = (turn: Effect.Effect<unknown, unknown>): Effect.Effect<void> =>
  Effect.gen(function*() {
    const busy = yield* Effect.forkChild(Effect.forever(turn, { disableYield: true }))
    yield* pending(busy) // comes back
    yield* Fiber.interrupt(busy)
  })

export const upTo = (n: number, from = 0): Array<number> => Array.from({ length: n }, (_, i) => from + i)
