/** A barrier as plain data: who has come, and who was let go and has not run. */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = { wait: 8, interrupt: 4 }

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "an arrival was taken back from the middle",
  "who was let go was interrupted before it ran",
  "some of the next generation had come before those of the last had run",
  "two generations were let go at once"
] as const

type Situation = typeof situations[number]

export const people = 9

export class BarrierModel implements Model<Kind> {
  private readonly parties: number
  private arrived: Array<number> = []
  private released: Array<number> = []
  private generations = 0
  private readonly log: Array<string> = []
  readonly situations = new Set<Situation>()

  constructor(parties: number) {
    this.parties = Math.max(parties, 1)
  }

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    wait: (command) => {
      const who = command.who % people
      if (this.arrived.includes(who) || this.released.includes(who)) return undefined
      if (this.arrived.length + 1 < this.parties) {
        if (this.released.length > 0) {
          this.situations.add("some of the next generation had come before those of the last had run")
        }
        this.arrived.push(who)
        return ""
      }
      this.generations++
      if (this.released.length > 0) this.situations.add("two generations were let go at once")
      this.released.push(...this.arrived.splice(0))
      this.log.push(`${who} leads`)
      return ""
    },
    interrupt: (command) => {
      const who = command.who % people
      const place = this.arrived.indexOf(who)
      if (place >= 0) {
        if (place > 0 && place < this.arrived.length - 1) {
          this.situations.add("an arrival was taken back from the middle")
        }
        this.arrived.splice(place, 1)
      } else if (this.released.includes(who)) {
        this.situations.add("who was let go was interrupted before it ran")
        this.released = this.released.filter((other) => other !== who)
      } else {
        return undefined
      }
      this.log.push(`${who} interrupted`)
      return ""
    }
  }

  settle(): void {
    for (const who of this.released.splice(0)) this.log.push(`${who} follows`)
  }

  get snapshot() {
    return { waiting: this.arrived.length, log: [...this.log] }
  }

  get flaw(): string | undefined {
    const leaders = this.log.filter((line) => line.endsWith(" leads")).length
    if (leaders !== this.generations) return `${leaders} leaders of ${this.generations} generations`
    return this.arrived.length < this.parties ? undefined : "all have come, and nobody was let go"
  }

  get ending(): Command<Kind> | undefined {
    const [who] = [...this.arrived, ...this.released]
    return who === undefined ? undefined : { kind: "interrupt", who, other: 0, n: 0, variant: 0, settle: true }
  }
}
