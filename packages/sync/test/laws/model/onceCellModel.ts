/**
 * tokio's OnceCell as plain data: a value or none, who initializes, a line of those who wait, and those woken.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. A cell that is filled is dull, so most initializers come to nothing. */
export const weights = {
  ask: 8,
  succeed: 1,
  giveUp: 6,
  interrupt: 5,
  set: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "the turn went to the next in line",
  "an initializer ended with nobody in line",
  "who had the turn was interrupted before it ran, with others in line",
  "who had the turn was interrupted before it ran, with nobody in line",
  "one came while the turn was given and not taken yet",
  "the head of the line was interrupted",
  "a value came to several in line",
  "one was interrupted between the value and its run",
  "one came while others were about to run with the value",
  "set was refused while an initializer ran",
  "set was refused while the turn was given and not taken yet",
  "set filled a cell that had been given up",
  "set came too late"
] as const

type Situation = typeof situations[number]

/** How an initializer that comes to nothing ends, by variant. */
export const failures = ["failed", "died", "failed", "died"] as const

export const people = 5

interface Asker {
  readonly who: number
  /** What its initializer makes. */
  readonly n: number
}

export class OnceCellModel implements Model<Kind> {
  private value: number | undefined
  private inside: Asker | undefined
  /** Has the turn and has not run yet. */
  private next: Asker | undefined
  private readonly line: Array<Asker> = []
  /** Are about to run with the value. */
  private woken: Array<Asker> = []
  private givenUp = false
  private readonly log: Array<string> = []
  /** The situations that came up, so that a test can say that they do. */
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    ask: ({ n, who }) => {
      const asker = { who: who % people, n }
      if (this.everybody.some((other) => other.who === asker.who)) return undefined
      if (this.value !== undefined) {
        if (this.woken.length > 0) this.situations.add("one came while others were about to run with the value")
        this.log.push(`${asker.who} ${this.value}`)
      } else if (this.inside !== undefined || this.next !== undefined) {
        if (this.next !== undefined) this.situations.add("one came while the turn was given and not taken yet")
        this.line.push(asker)
      } else {
        this.enter(asker)
      }
      return ""
    },
    succeed: () => {
      const { inside } = this
      if (inside === undefined) return undefined
      this.inside = undefined
      this.value = inside.n
      this.log.push(`${inside.who} ${inside.n}`)
      if (this.line.length > 1) this.situations.add("a value came to several in line")
      this.woken = this.line.splice(0)
      return ""
    },
    giveUp: ({ variant }) => {
      const { inside } = this
      if (inside === undefined) return undefined
      this.inside = undefined
      this.log.push(`${inside.who} ${failures[variant]}`)
      this.passOn()
      return ""
    },
    interrupt: (command) => {
      const asker = this.everybody.find(({ who }) => who === command.who % people)
      if (asker === undefined) return undefined
      const place = this.line.indexOf(asker)
      if (asker === this.inside) {
        this.inside = undefined
        this.passOn()
      } else if (asker === this.next) {
        this.next = undefined
        const behind = this.line.length > 0 ? "others" : "nobody"
        this.situations.add(`who had the turn was interrupted before it ran, with ${behind} in line`)
        this.passOn()
      } else if (place >= 0) {
        if (place === 0 && this.line.length > 1) this.situations.add("the head of the line was interrupted")
        this.line.splice(place, 1)
      } else {
        this.situations.add("one was interrupted between the value and its run")
        this.woken = this.woken.filter((other) => other !== asker)
      }
      this.log.push(`${asker.who} interrupted`)
      return ""
    },
    set: ({ n }) => {
      if (this.value !== undefined) {
        this.situations.add("set came too late")
        return `AlreadyInitialized ${n}`
      }
      if (this.inside !== undefined || this.next !== undefined) {
        const how = this.inside === undefined ? "the turn was given and not taken yet" : "an initializer ran"
        this.situations.add(`set was refused while ${how}`)
        return `Initializing ${n}`
      }
      if (this.givenUp) this.situations.add("set filled a cell that had been given up")
      this.value = n
      return ""
    }
  }

  settle(): void {
    if (this.next !== undefined) {
      const asker = this.next
      this.next = undefined
      this.enter(asker)
    }
    for (const { who } of this.woken.splice(0)) this.log.push(`${who} ${this.value}`)
  }

  private enter(asker: Asker): void {
    this.inside = asker
    this.log.push(`${asker.who} entered`)
  }

  private passOn(): void {
    this.givenUp = true
    this.next = this.line.shift()
    this.situations.add(
      this.next === undefined ? "an initializer ended with nobody in line" : "the turn went to the next in line"
    )
  }

  private get everybody(): ReadonlyArray<Asker> {
    return [this.inside, this.next, ...this.line, ...this.woken].filter((asker) => asker !== undefined)
  }

  get snapshot() {
    return {
      value: this.value,
      initialized: this.value !== undefined,
      initializing: this.inside !== undefined || this.next !== undefined,
      waiting: this.line.length,
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    if (this.inside !== undefined && this.next !== undefined) return "two have the turn"
    const idle = this.inside === undefined && this.next === undefined
    if (this.value !== undefined && !idle) return "the turn is given though there is a value"
    if (idle && this.line.length > 0) return "somebody waits for nothing"
    return undefined
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 0, settle: true }
    const [somebody] = this.everybody
    return somebody === undefined ? undefined : { ...command, kind: "interrupt", who: somebody.who }
  }
}
