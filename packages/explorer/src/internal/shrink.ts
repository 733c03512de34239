/**
 * Making a failing schedule as simple as possible.
 *
 * Greedy: any one of its deviations is left out, or replaced by one closer to the default, as long as what is left still
 * fails in the same way. What comes out is 1-minimal: no single deviation can be spared.
 *
 * @internal
 */
import { choice, indexOf, kindOf, type Schedule } from "./choices.ts"

/** What running a schedule did: what failed, and the deviations that were really made. */
export interface Tried {
  readonly fails: boolean
  readonly schedule: Schedule
}

/** How far later deviations may move when an earlier one is left out: without it there are fewer positions, or more. */
const shifts = [0, -1, -2, -3, 1, 2, 3]

const shifted = (schedule: Schedule, by: number): Schedule =>
  schedule.map(({ choice, position }) => ({ choice, position: position + by }))

function* simpler(schedule: Schedule): Generator<Schedule> {
  for (let i = schedule.length - 1; i >= 0; i--) {
    const before = schedule.slice(0, i)
    const after = schedule.slice(i + 1)
    for (const by of after.length === 0 ? [0] : shifts) yield [...before, ...shifted(after, by)]
  }
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

const weight = (schedule: Schedule): number => schedule.reduce((sum, { choice }) => sum + 1000 + indexOf(choice), 0)

/** @internal */
export const shrink = (failing: Schedule, attempt: (schedule: Schedule) => Tried): Schedule => {
  let best = failing
  for (;;) {
    let better: Schedule | undefined
    for (const candidate of simpler(best)) {
      const tried = attempt(candidate)
      if (tried.fails && weight(tried.schedule) < weight(best)) {
        better = tried.schedule
        break
      }
    }
    if (better === undefined) return best
    best = better
  }
}
