/**
 * Choices, and the schedules that a few of them make.
 *
 * An execution is a sequence of *positions*: the points at which a running fiber could be stopped, and the rounds in
 * which it is decided what runs next. Positions are counted whether or not there is anything to choose, so that they do
 * not depend on how many preemptions or interruptions are allowed. At each there is a default (go on; run the task that
 * has waited longest), and a schedule is the list of *deviations* from it.
 *
 * As text: `14y.6i1` is «at position 14 yield, 6 positions later interrupt the fiber with index 1». `0` is no deviation.
 *
 * @internal
 */

/** @internal */
export const Kind = {
  /** At a point: the fiber goes on. */
  goOn: 0,
  /** At a point: the fiber yields, and another goes first. */
  yield: 1,
  /** In a round: nothing more happens; an interruption that was possible does not come. */
  stop: 2,
  /** In a round: the pending task with that index runs. */
  task: 3,
  /** In a round: the timer with that index among those due first fires. */
  timer: 4,
  /** The fiber with that index is interrupted. */
  interrupt: 5,
  /** The event with that index happens. */
  event: 6
} as const

const letters = "-yxtcie"

const kinds = 8

/** A kind and an index in one number, so that a choice costs no object. */
export type Choice = number

/** @internal */
export const choice = (kind: number, index: number): Choice => kind + kinds * index

/** @internal */
export const kindOf = (choice: Choice): number => choice % kinds

/** @internal */
export const indexOf = (choice: Choice): number => Math.floor(choice / kinds)

/** A choice other than the default. */
export interface Deviation {
  readonly position: number
  readonly choice: Choice
}

/** Deviations in the order of their positions. */
export type Schedule = ReadonlyArray<Deviation>

/** @internal */
export const print = (schedule: Schedule): string => {
  let last = 0
  const parts = schedule.map(({ choice, position }) => {
    const index = indexOf(choice)
    const part = `${position - last}${letters[kindOf(choice)]}${index === 0 ? "" : index}`
    last = position
    return part
  })
  return parts.join(".") || "0"
}

/** Throws a RangeError if the text is no schedule. */
export const parse = (text: string): Schedule => {
  if (text === "0") return []
  let position = 0
  return text.split(".").map((part) => {
    const [, gap, letter, index] = /^(\d+)([yxtcie])(\d*)$/.exec(part) ?? []
    if (gap === undefined || letter === undefined) {
      throw new RangeError(
        `Explore.replay: ${JSON.stringify(part)} in ${JSON.stringify(text)} is no choice of a schedule`
      )
    }
    position += Number(gap)
    return { position, choice: choice(letters.indexOf(letter), Number(index || 0)) }
  })
}

/** What a chooser may ask an execution. */
export interface Decided {
  /** The fiber at whose operation it is, or was last. */
  readonly running: { readonly index: number } | undefined
  /** The index of the fiber that the pending task with that index lets go on, if that is known. */
  resumedBy(task: number): { readonly index: number } | undefined
}

/**
 * Who decides. One chooser decides for one execution after another.
 *
 * @internal
 */
export interface Chooser {
  /** Before an execution begins. */
  begin(execution: Decided): void
  /**
   * The index, among the first `count` of `options`, of what happens. The first is the default.
   *
   * @param fingerprint of the situation: on the same way through the same program it is the same
   */
  choose(position: number, options: ReadonlyArray<Choice>, count: number, fingerprint: number): number
  /** When nothing can go on any more. */
  end?(): void
}

/**
 * Follows a schedule, and the default where that says nothing or something that can't happen here.
 *
 * @internal
 */
export const following = (schedule: Schedule): Chooser => {
  let next = 0
  return {
    begin() {
      next = 0
    },
    choose(position, options, count) {
      while (next < schedule.length && schedule[next]!.position < position) next++
      const deviation = schedule[next]
      if (deviation === undefined || deviation.position !== position) return 0
      for (let i = 0; i < count; i++) if (options[i] === deviation.choice) return i
      return 0
    }
  }
}
