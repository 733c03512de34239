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

/** The time of an execution, and who sleeps until when. */
export class Timers {
  now = 0
  private readonly timers: Array<Timer> = []

  get length(): number {
    return this.timers.length
  }

  /** Whether one should have fired already: no time needs to pass for it. */
  get areLate(): boolean {
    return this.timers.some(({ at }) => at <= this.now)
  }

  /** Those that fire next, all at the same time. */
  get next(): ReadonlyArray<Timer> {
    let first = Infinity
    for (const { at } of this.timers) first = Math.min(first, at)
    return this.timers.filter(({ at }) => at === first)
  }

  add(timer: Timer): void {
    this.timers.push(timer)
  }

  remove(timer: Timer): void {
    const index = this.timers.indexOf(timer)
    if (index >= 0) this.timers.splice(index, 1)
  }

  fire(timer: Timer): void {
    this.remove(timer)
    this.now = Math.max(this.now, timer.at)
    timer.fire()
  }
}

/** What the clock needs to know of an execution. */
export interface Timeline {
  readonly timers: Timers
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
    return timeline.timers.now
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
        const timers = current()?.timers
        const timer: Timer = { at: now() + millis, fiber: Fiber.getCurrent()!, fire: () => resume(Effect.void) }
        timers?.add(timer)
        return Effect.sync(() => timers?.remove(timer))
      })
    }
  }
}
