/**
 * tokio's oneshot as plain data: a slot, a few flags, those who wait at either half, and those woken.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. One that is over is dull, so that there is a new one now and then. */
export const weights = {
  recv: 8,
  closed: 3,
  interrupt: 6,
  send: 2,
  tryRecv: 2,
  close: 1,
  dropSender: 1,
  dropReceiver: 1,
  renew: 3
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "several waited for the value",
  "a value came with nobody waiting",
  "one in the middle gave up",
  "one was interrupted on the way to the value, and others waited",
  "one was interrupted on the way to the value, and nobody waited",
  "one came while another was on the way to the value",
  "trying while another was on the way to the value",
  "trying found the value",
  "closed while one was on the way to the value",
  "dropped while one was on the way to the value",
  "the sender went while several waited",
  "the sender was used while somebody waited for the close",
  "a value was refused",
  "a second use"
] as const

type Situation = typeof situations[number]

export const people = 6

/** Somebody who was woken, and what for. */
interface Woken {
  readonly who: number
  what: "value" | "RecvError" | "closed" | "Misuse"
}

export class OneshotModel implements Model<Kind> {
  private value: number | undefined
  private senderGone = false
  private closed = false
  private dropped = false
  private terminated = false
  /** Those who receive. */
  private readonly line: Array<number> = []
  /** Those who wait for the close. */
  private readonly watching: Array<number> = []
  private woken: Array<Woken> = []
  private readonly log: Array<string> = []
  /** The situations that came up, so that a test can say that they do. */
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private isBusy(who: number): boolean {
    return this.line.includes(who) || this.watching.includes(who) || this.woken.some((woken) => woken.who === who)
  }

  private get promised(): Woken | undefined {
    return this.woken.find(({ what }) => what === "value")
  }

  private get isOver(): boolean {
    return this.value === undefined && (this.senderGone || this.closed)
  }

  private wake(whom: Array<number>, what: Woken["what"]): void {
    for (const who of whom.splice(0)) this.woken.push({ who, what })
  }

  private promise(): void {
    const [next] = this.line.splice(0, 1)
    if (next !== undefined) this.woken.push({ who: next, what: "value" })
  }

  private take(): number {
    const value = this.value!
    this.value = undefined
    this.terminated = true
    this.wake(this.line, "RecvError")
    return value
  }

  private readonly on: Table<Kind, string | undefined> = {
    recv: (command) => {
      const who = command.who % people
      if (this.isBusy(who)) return undefined
      if (this.dropped || this.terminated) {
        this.log.push(`${who} Misuse`)
      } else if (this.isOver) {
        this.terminated = true
        this.log.push(`${who} RecvError`)
      } else if (this.value !== undefined && this.promised === undefined) {
        this.log.push(`${who} ${this.take()}`)
      } else {
        if (this.promised !== undefined) this.situations.add("one came while another was on the way to the value")
        this.line.push(who)
      }
      return ""
    },
    closed: (command) => {
      const who = command.who % people
      if (this.isBusy(who)) return undefined
      if (this.senderGone) this.log.push(`${who} Misuse`)
      else if (this.closed) this.log.push(`${who} undefined`)
      else this.watching.push(who)
      return ""
    },
    interrupt: (command) => {
      const who = command.who % people
      if (!this.isBusy(who)) return undefined
      const place = this.line.indexOf(who)
      if (place > 0 && place < this.line.length - 1) this.situations.add("one in the middle gave up")
      if (place >= 0) this.line.splice(place, 1)
      const watching = this.watching.indexOf(who)
      if (watching >= 0) this.watching.splice(watching, 1)
      const woken = this.woken.find((woken) => woken.who === who)
      this.woken = this.woken.filter((other) => other !== woken)
      if (woken?.what === "value") {
        this.situations.add(
          `one was interrupted on the way to the value, and ${this.line.length > 0 ? "others" : "nobody"} waited`
        )
        this.promise()
      }
      this.log.push(`${who} interrupted`)
      return ""
    },
    send: ({ n }) => {
      if (this.senderGone) {
        this.situations.add("a second use")
        return "Misuse"
      }
      this.senderGone = true
      if (this.closed) {
        this.situations.add("a value was refused")
        return `SendError ${n}`
      }
      this.value = n
      if (this.line.length > 1) this.situations.add("several waited for the value")
      if (this.line.length === 0) this.situations.add("a value came with nobody waiting")
      if (this.watching.length > 0) this.situations.add("the sender was used while somebody waited for the close")
      this.promise()
      this.wake(this.watching, "Misuse")
      return "undefined"
    },
    tryRecv: () => {
      if (this.dropped) return "Misuse"
      if (this.promised !== undefined) {
        this.situations.add("trying while another was on the way to the value")
        return "Empty"
      }
      if (this.value !== undefined) {
        this.situations.add("trying found the value")
        return String(this.take())
      }
      if (!this.isOver) return "Empty"
      this.terminated = true
      return "RecvError"
    },
    close: () => {
      if (this.dropped) return "Misuse"
      if (this.promised !== undefined) this.situations.add("closed while one was on the way to the value")
      this.closeDown()
      return "undefined"
    },
    dropSender: () => {
      if (this.senderGone) return "undefined"
      this.senderGone = true
      if (this.line.length > 1) this.situations.add("the sender went while several waited")
      this.wake(this.line, "RecvError")
      this.wake(this.watching, "Misuse")
      return "undefined"
    },
    dropReceiver: () => {
      if (this.dropped) return "undefined"
      this.dropped = true
      const { promised } = this
      if (promised !== undefined) {
        this.situations.add("dropped while one was on the way to the value")
        promised.what = "RecvError"
      }
      this.value = undefined
      this.closeDown()
      return "undefined"
    },
    renew: () => {
      if (this.line.length + this.watching.length + this.woken.length > 0) return undefined
      this.value = undefined
      this.senderGone =
        this.closed =
        this.dropped =
        this.terminated =
          false
      return ""
    }
  }

  private closeDown(): void {
    this.closed = true
    if (this.value === undefined) this.wake(this.line, "RecvError")
    this.wake(this.watching, "closed")
  }

  settle(): void {
    for (let woken = this.woken.shift(); woken !== undefined; woken = this.woken.shift()) {
      const { what, who } = woken
      if (what === "RecvError") this.terminated = true
      const result = what === "value" ? this.take() : what === "closed" ? undefined : what
      this.log.push(`${who} ${result}`)
    }
  }

  get snapshot() {
    return {
      isEmpty: this.value === undefined,
      isTerminated: this.terminated,
      isClosed: this.closed,
      receiving: this.line.length,
      watching: this.watching.length,
      senderGone: this.senderGone,
      receiverGone: this.dropped,
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    if (this.line.length > 0 && this.isOver) return "somebody waits for what will never come"
    if (this.line.length > 0 && this.value !== undefined && this.promised === undefined) return "nobody is woken"
    return undefined
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 0, settle: true }
    const somebody = this.line[0] ?? this.watching[0] ?? this.woken[0]?.who
    return somebody === undefined ? undefined : { ...command, kind: "interrupt", who: somebody }
  }
}
