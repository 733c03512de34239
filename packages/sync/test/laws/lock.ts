/**
 * What the laws are about: something with permits that effects run under.
 *
 * A law is an Effect that fails with its own sentence when it finds itself broken. It knows no test runner, so that the
 * same laws run in Node, Bun, Deno and browsers, over our primitives and over anybody else's.
 */
import { Data, Effect, type Option } from "effect"

/** A lock, seen through brackets. What it lacks is left out, and the laws about that do not apply to it. */
export interface LockUnderTest {
  /** How many permits it has. */
  readonly capacity: number
  /** Runs an effect while holding `n` permits, 1 to `capacity`, and waits for them first. */
  withPermits<A, E>(n: number, effect: Effect.Effect<A, E>): Effect.Effect<A, E>
  /** The same if that needs no waiting. */
  withPermitsIfAvailable?<A, E>(n: number, effect: Effect.Effect<A, E>): Effect.Effect<Option.Option<A>, E>
  /** How many permits are free. */
  readonly available?: Effect.Effect<number>
}

/** Which lock: its name in the test, and how to make a fresh one. */
export interface Subject {
  readonly name: string
  readonly make: Effect.Effect<LockUnderTest>
}

export interface Law {
  readonly name: string
  /** The guarantees of the specification it stands for. */
  readonly guards: string
  readonly check: (make: Effect.Effect<LockUnderTest>) => Effect.Effect<void, LawBroken>
}

export class LawBroken extends Data.TaggedError("LawBroken")<{ readonly message: string }> {}

/** Fails unless it is so. */
export const must = (condition: boolean, message: string): Effect.Effect<void, LawBroken> =>
  condition ? Effect.void : Effect.fail(new LawBroken({ message }))

/** `3 permits` */
export const permits = (n: number): string => n === 1 ? "1 permit" : `${n} permits`
