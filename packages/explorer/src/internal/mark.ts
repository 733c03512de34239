/**
 * Lines that a program writes into its own trace.
 *
 * @internal
 */
import type * as Fiber from "effect/Fiber"
import { Stage } from "./stage.ts"

/** Does nothing outside of the explorer. */
export const markOn = (fiber: Fiber.Fiber<any, any>, text: string): void => {
  const { scheduler } = fiber.cache
  if (scheduler instanceof Stage) scheduler.execution?.mark(fiber, text)
}
