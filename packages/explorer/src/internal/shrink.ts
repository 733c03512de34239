/**
 * Making a failing schedule as simple as possible.
 *
 * Greedy: as many of its deviations as can be spared at once are left out, half of them at first (delta debugging; Zeller,
 * 1999), then single ones, then what remains is replaced by what is closer to the default, as long as it still fails in the
 * same way. What comes out is 1-minimal: no single deviation can be spared. Only where executions are very long does it
 * stop before that.
 *
 * @internal
 */
import { choice, indexOf, kindOf, type Schedule } from "./choices.ts"

/** What running a schedule did: what failed, the deviations that were really made, and how long it was. */
export interface Tried {
  readonly fails: boolean
  readonly schedule: Schedule
  readonly positions: number
}

/** How far later deviations may move when an earlier one is left out: without it there are fewer positions, or more. */
const shifts = [0, -1, -2, -3, 1, 2, 3]

/** All tries together may have so many positions: some seconds. */
const patience = 3_000_000

const shifted = (schedule: Schedule, by: number): Schedule =>
  schedule.map(({ choice, position }) => ({ choice, position: position + by }))

/** The schedule without some of its deviations. */
function* without(schedule: Schedule, length: number): Generator<Schedule> {
  for (let end = schedule.length; end > 0; end -= length) {
    const before = schedule.slice(0, Math.max(0, end - length))
    const after = schedule.slice(end)
    for (const by of after.length === 0 ? [0] : shifts) yield [...before, ...shifted(after, by)]
  }
}

function* closer(schedule: Schedule): Generator<Schedule> {
  for (let i = schedule.length - 1; i >= 0; i--) {
    const deviation = schedule[i]!
    const index = indexOf(deviation.choice)
    if (index === 0) continue
    yield [
      ...schedule.slice(0, i),
      { ...deviation, choice: choice(kindOf(deviation.choice), index - 1) },
      ...schedule.slice(i + 1)
    ]
  }
}

function* simpler(schedule: Schedule): Generator<Schedule> {
  for (let length = schedule.length; length > 0; length = Math.floor(length / 2)) yield* without(schedule, length)
  yield* closer(schedule)
}

const weight = (schedule: Schedule): number => schedule.reduce((sum, { choice }) => sum + 1000 + indexOf(choice), 0)

/** Hands back control after each try. */
export function* shrink(failing: Schedule, attempt: (schedule: Schedule) => Tried): Generator<void, Schedule> {
  let best = failing
  let positions = 0
  for (;;) {
    let better: Schedule | undefined
    for (const candidate of simpler(best)) {
      const tried = attempt(candidate)
      positions += tried.positions
      if (tried.fails && weight(tried.schedule) < weight(best)) {
        better = tried.schedule
        break
      }
      if (positions > patience) return best
      yield
    }
    if (better === undefined) return best
    best = better
  }
}
