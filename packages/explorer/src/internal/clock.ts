/**
 * Virtual time: a clock that stands still until the execution lets a timer fire.
 *
 * `TestClock` would not do: it takes it that one `yieldNow` is enough for a sleeper to register, which preemption breaks.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** A fiber that sleeps. */
export interface Timer {
  readonly at: number
  readonly fiber: Fiber.Fiber<any, any>
  readonly fire: () => void
}

/** What the clock needs to know of an execution. */
export interface Timeline {
  readonly now: number
  readonly timers: Array<Timer>
  /** To look at the time is to look at something shared. */
  touched: boolean
}

const nanos = (millis: number): bigint => BigInt(Math.round(millis * 1e6))

/** @internal */
export const makeClock = (current: () => Timeline | undefined): Clock.Clock => {
  const now = (): number => {
    const timeline = current()
    if (timeline === undefined) return 0
    timeline.touched = true
    return timeline.now
  }
  return {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: () => nanos(now()),
    currentTimeNanos: Effect.sync(() => nanos(now())),
    monotonicTimeNanosUnsafe: () => nanos(now()),
    monotonicTimeNanos: Effect.sync(() => nanos(now())),
    sleep(duration) {
      const millis = Duration.toMillis(duration)
      if (millis <= 0) return Effect.yieldNow
      if (millis === Infinity) return Effect.never
      return Effect.callback<void>((resume) => {
        const timers = current()?.timers ?? []
        const timer: Timer = { at: now() + millis, fiber: Fiber.getCurrent()!, fire: () => resume(Effect.void) }
        timers.push(timer)
        return Effect.sync(() => {
          const index = timers.indexOf(timer)
          if (index >= 0) timers.splice(index, 1)
        })
      })
    }
  }
}
