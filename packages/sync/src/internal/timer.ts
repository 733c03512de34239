/**
 * Waiting for a limited time, without a race.
 *
 * `Effect.timeout` runs what it limits in a fiber of its own and may find, when the time is up, that this has just taken a
 * value: then the value is gone. Here it is the waiter itself that is told of the time and decides, in one step, whether
 * it was given something before: it leaves the queue, or it goes on.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { rangeError } from "./arguments.ts"

/**
 * Reads a duration, or throws the sentence about it.
 *
 * @internal
 */
export const durationOf = (label: string, input: Duration.Input, primitive: string): Duration.Duration => {
  const duration = typeof input === "number" && Number.isNaN(input) ? Option.none() : Duration.fromInput(input)
  if (Option.isSome(duration)) return duration.value
  throw rangeError(label, "duration", "a Duration.Input", input, primitive)
}

/**
 * Calls `elapsed` once after the time, by the clock of the fiber that waits (so `TestClock` drives it), from a step of
 * another fiber. What it gives stops the timer; stopping it twice, or after it has run out, does nothing.
 *
 * @internal
 */
export const startTimer = (
  fiber: Fiber.Fiber<any, any>,
  duration: Duration.Duration,
  elapsed: () => void
): () => void => {
  const timer = Effect.runForkWith(fiber.context)(Effect.flatMap(Effect.sleep(duration), () => Effect.sync(elapsed)))
  return () => timer.interruptUnsafe()
}
