/**
 * tokio's SetOnce as plain data: a value or none, those who wait, and those woken.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. One that is set is dull, so that comes late. */
export const weights = {
  wait: 8,
  interrupt: 5,
  set: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a value came to several",
  "a value came with nobody waiting",
  "one in the middle gave up",
  "one was interrupted between the value and its run",
  "one came while others were about to run",
  "set came too late"
] as const

type Situation = typeof situations[number]

export const people = 6

export class SetOnceModel implements Model<Kind> {
  private value: number | undefined
  private readonly line: Array<number> = []
  private woken: Array<number> = []
  private readonly log: Array<string> = []
  /** The situations that came up, so that a test can say that they do. */
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    wait: (command) => {
      const who = command.who % people
      if (this.line.includes(who) || this.woken.includes(who)) return undefined
      if (this.value === undefined) {
        this.line.push(who)
      } else {
        if (this.woken.length > 0) this.situations.add("one came while others were about to run")
        this.log.push(`${who} ${this.value}`)
      }
      return ""
    },
    interrupt: (command) => {
      const who = command.who % people
      const place = this.line.indexOf(who)
      if (place >= 0) {
        if (place > 0 && place < this.line.length - 1) this.situations.add("one in the middle gave up")
        this.line.splice(place, 1)
      } else if (this.woken.includes(who)) {
        this.situations.add("one was interrupted between the value and its run")
        this.woken = this.woken.filter((other) => other !== who)
      } else {
        return undefined
      }
      this.log.push(`${who} interrupted`)
      return ""
    },
    set: ({ n }) => {
      if (this.value !== undefined) {
        this.situations.add("set came too late")
        return `AlreadyInitialized ${n}`
      }
      this.value = n
      if (this.line.length > 1) this.situations.add("a value came to several")
      if (this.line.length === 0) this.situations.add("a value came with nobody waiting")
      this.woken = this.line.splice(0)
      return ""
    }
  }

  settle(): void {
    for (const who of this.woken.splice(0)) this.log.push(`${who} ${this.value}`)
  }

  get snapshot() {
    return {
      value: this.value,
      initialized: this.value !== undefined,
      waiting: this.line.length,
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    return this.value !== undefined && this.line.length > 0 ? "somebody waits though it is set" : undefined
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 0, settle: true }
    const somebody = this.line[0] ?? this.woken[0]
    return somebody === undefined ? undefined : { ...command, kind: "interrupt", who: somebody }
  }
}
