/**
 * tokio's watch as plain data: a value with a version, receivers with the version they saw, and those who wait on them.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  changed: 8,
  ready: 3,
  waitFor: 5,
  closed: 3,
  interrupt: 5,
  send: 7,
  sendReplace: 2,
  raise: 2,
  borrowAndUpdate: 3,
  markChanged: 2,
  markUnchanged: 2,
  clone: 2,
  subscribe: 4,
  dropReceiver: 4,
  cloneSender: 1,
  dropSender: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "several changes were one",
  "one change woke several on one receiver",
  "a sibling had marked the change by then",
  "one was interrupted between the change and its run",
  "one in the middle gave up",
  "the last value was seen after the end",
  "the end came while somebody waited",
  "the end came to somebody who had a change",
  "a receiver went from under one who had a change",
  "a value was marked as changed after the end",
  "waitFor refused and waited on",
  "waitFor refused the last value",
  "nobody received",
  "a moment without receivers was over in time",
  "a sender went from under one in closed"
] as const

type Situation = typeof situations[number]

export const people = 6
export const receivers = 3
export const senders = 2

const slots = Array.from({ length: receivers }, (_, i) => i)

interface Waiting {
  readonly who: number
  readonly what: "changed" | "ready" | "waitFor" | "closed"
  /** What it waits on, or through; a slot may be filled anew. */
  readonly receiver: Receiver | undefined
  readonly sender: Sender | undefined
  readonly n: number
  /** For waitFor, the version last examined. */
  examined: number
  woken: "by a change" | "by the end" | undefined
}

interface Sender {
  dropped: boolean
}

interface Receiver {
  seen: number
  dropped: boolean
  parked: Array<Waiting>
}

export class WatchModel implements Model<Kind> {
  private value = 0
  private version = 0
  private readonly receivers: Array<Receiver | undefined> = [{ seen: 0, dropped: false, parked: [] }]
  private readonly senders: Array<Sender> = [{ dropped: false }]
  /** The receivers on which somebody is parked, in the order in which that began. */
  private listening: Array<Receiver> = []
  private closing: Array<Waiting> = []
  private woken: Array<Waiting> = []
  private readonly log: Array<string> = []
  /** The situations that came up, so that a test can say that they do. */
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private receiver({ other }: Command<Kind>): Receiver | undefined {
    const receiver = this.receivers[other % receivers]
    return receiver === undefined || receiver.dropped ? undefined : receiver
  }

  private sender({ other }: Command<Kind>): Sender | undefined {
    const sender = this.senders[other % senders]
    return sender === undefined || sender.dropped ? undefined : sender
  }

  private get living(): number {
    return this.receivers.filter((receiver) => receiver?.dropped === false).length
  }

  private get sending(): number {
    return this.senders.filter((sender) => !sender.dropped).length
  }

  private isUnseen(receiver: Receiver): boolean {
    return receiver.seen !== this.version
  }

  private get all(): Array<Waiting> {
    return [...this.listening.flatMap(({ parked }) => parked), ...this.closing, ...this.woken]
  }

  private ended({ who }: { readonly who: number }, how: string): void {
    this.log.push(`${who} ${how}`)
  }

  private parks(waiting: Waiting): void {
    waiting.woken = undefined
    if (waiting.what === "closed") {
      this.closing.push(waiting)
      return
    }
    const receiver = waiting.receiver!
    receiver.parked.push(waiting)
    if (!this.listening.includes(receiver)) this.listening.push(receiver)
  }

  private wake(receiver: Receiver, why: Waiting["woken"]): void {
    this.listening = this.listening.filter((other) => other !== receiver)
    for (const waiting of receiver.parked.splice(0)) {
      waiting.woken = why
      this.woken.push(waiting)
    }
  }

  private wakeAll(why: Waiting["woken"]): void {
    for (const receiver of this.listening.splice(0)) this.wake(receiver, why)
  }

  private publish(n: number): void {
    if (this.receivers.some((receiver) => receiver?.dropped === false && this.isUnseen(receiver))) {
      this.situations.add("several changes were one")
    }
    if (this.listening.some(({ parked }) => parked.length > 1)) {
      this.situations.add("one change woke several on one receiver")
    }
    this.value = n
    this.version++
    this.wakeAll("by a change")
  }

  /** A fiber in one of the waits comes there, or runs again after it was woken. */
  private proceed(waiting: Waiting): void {
    const { n, what, woken } = waiting
    if (what === "closed") {
      // Who was woken by the end has waited to the end, though its sender be dropped since.
      if (this.living === 0 && (woken !== undefined || !waiting.sender!.dropped)) {
        return this.ended(waiting, "undefined")
      }
      if (waiting.sender!.dropped) {
        this.situations.add("a sender went from under one in closed")
        return this.ended(waiting, "Misuse")
      }
      if (woken !== undefined) this.situations.add("a moment without receivers was over in time")
      return this.parks(waiting)
    }
    const receiver = waiting.receiver!
    if (receiver.dropped) {
      if (woken === "by a change") this.situations.add("a receiver went from under one who had a change")
      return this.ended(waiting, "Done")
    }
    if (what === "waitFor") {
      if (waiting.examined !== this.version || this.isUnseen(receiver)) {
        waiting.examined = receiver.seen = this.version
        if (this.value >= n) return this.ended(waiting, String(this.value))
        if (this.sending === 0) this.situations.add("waitFor refused the last value")
        else if (woken !== undefined) this.situations.add("waitFor refused and waited on")
      }
    } else if (woken === "by a change" || this.isUnseen(receiver)) {
      if (!this.isUnseen(receiver)) this.situations.add("a sibling had marked the change by then")
      if (this.sending === 0) {
        this.situations.add("the last value was seen after the end")
        if (woken === "by a change") this.situations.add("the end came to somebody who had a change")
      }
      if (what === "changed") receiver.seen = this.version
      return this.ended(waiting, "undefined")
    }
    if (this.sending > 0) return this.parks(waiting)
    if (woken !== undefined) this.situations.add("the end came while somebody waited")
    this.ended(waiting, "Done")
  }

  private begins(command: Command<Kind>, what: Waiting["what"]): string | undefined {
    const who = command.who % people
    if (this.all.some((waiting) => waiting.who === who)) return undefined
    const sender = what === "closed" ? this.sender(command) : undefined
    const receiver = what === "closed" ? undefined : this.receiver(command)
    if (sender === undefined && receiver === undefined) return undefined
    this.proceed({ who, what, receiver, sender, n: command.n, examined: -1, woken: undefined })
    return ""
  }

  private onReceiver(command: Command<Kind>, f: (receiver: Receiver) => string): string | undefined {
    const receiver = this.receiver(command)
    return receiver === undefined ? undefined : f(receiver)
  }

  private newReceiver(seen: number): string {
    const slot = slots.find((i) => this.receivers[i]?.dropped !== false)!
    this.receivers[slot] = { seen, dropped: false, parked: [] }
    return String(slot)
  }

  private get full(): boolean {
    return this.living === receivers
  }

  private readonly on: Table<Kind, string | undefined> = {
    changed: (command) => this.begins(command, "changed"),
    ready: (command) => this.begins(command, "ready"),
    waitFor: (command) => this.begins(command, "waitFor"),
    closed: (command) => this.begins(command, "closed"),
    interrupt: (command) => {
      const who = command.who % people
      const waiting = this.all.find((waiting) => waiting.who === who)
      if (waiting === undefined) return undefined
      const others = (list: Array<Waiting>) => list.filter((other) => other !== waiting)
      if (this.woken.includes(waiting)) {
        if (waiting.woken === "by a change") {
          this.situations.add("one was interrupted between the change and its run")
        }
        this.woken = others(this.woken)
      } else if (waiting.what === "closed") {
        this.closing = others(this.closing)
      } else {
        const receiver = waiting.receiver!
        const place = receiver.parked.indexOf(waiting)
        if (place > 0 && place < receiver.parked.length - 1) this.situations.add("one in the middle gave up")
        receiver.parked = others(receiver.parked)
        if (receiver.parked.length === 0) this.listening = this.listening.filter((other) => other !== receiver)
      }
      this.ended(waiting, "interrupted")
      return ""
    },
    send: (command) => {
      if (this.sender(command) === undefined) return undefined
      if (this.living === 0) {
        this.situations.add("nobody received")
        return `SendError ${command.n}`
      }
      this.publish(command.n)
      return ""
    },
    sendReplace: (command) => {
      if (this.sender(command) === undefined) return undefined
      const old = this.value
      this.publish(command.n)
      return String(old)
    },
    raise: (command) => {
      if (this.sender(command) === undefined) return undefined
      const isNews = command.n > this.value
      if (isNews) this.publish(command.n)
      return String(isNews)
    },
    borrowAndUpdate: (command) =>
      this.onReceiver(command, (receiver) => {
        const said = `${this.value} ${this.isUnseen(receiver)}`
        receiver.seen = this.version
        return said
      }),
    markChanged: (command) =>
      this.onReceiver(command, (receiver) => {
        if (this.sending === 0) this.situations.add("a value was marked as changed after the end")
        receiver.seen = -1
        this.wake(receiver, "by a change")
        return ""
      }),
    markUnchanged: (command) =>
      this.onReceiver(command, (receiver) => {
        receiver.seen = this.version
        return ""
      }),
    clone: (command) => this.full ? undefined : this.onReceiver(command, ({ seen }) => this.newReceiver(seen)),
    subscribe: (command) =>
      this.full || this.sender(command) === undefined ? undefined : this.newReceiver(this.version),
    dropReceiver: (command) =>
      this.onReceiver(command, (receiver) => {
        receiver.dropped = true
        this.wake(receiver, "by the end")
        if (this.living === 0) {
          for (const waiting of this.closing.splice(0)) {
            waiting.woken = "by the end"
            this.woken.push(waiting)
          }
        }
        return ""
      }),
    cloneSender: (command) => {
      if (this.sender(command) === undefined || this.senders.length === senders) return undefined
      this.senders.push({ dropped: false })
      return ""
    },
    dropSender: (command) => {
      if (this.sender(command) === undefined) return undefined
      const sender = this.sender(command)!
      sender.dropped = true
      const through = this.closing.filter((waiting) => waiting.sender === sender)
      this.closing = this.closing.filter((waiting) => waiting.sender !== sender)
      for (const waiting of through) {
        waiting.woken = "by the end"
        this.woken.push(waiting)
      }
      if (this.sending === 0) this.wakeAll("by the end")
      return ""
    }
  }

  settle(): void {
    for (const waiting of this.woken.splice(0)) this.proceed(waiting)
  }

  get snapshot() {
    const isReadable = this.living + this.sending > 0
    return {
      value: isReadable ? this.value : undefined,
      senders: this.sending,
      receivers: this.living,
      closing: this.closing.length,
      each: slots.map((i) => {
        const receiver = this.receivers[i]
        if (receiver === undefined) return "none"
        if (receiver.dropped) return "dropped"
        const hasChanged = this.sending === 0 ? "ended" : String(this.isUnseen(receiver))
        return `${this.isUnseen(receiver)} ${hasChanged} ${receiver.parked.length}`
      }),
      log: [...this.log].sort()
    }
  }

  get flaw(): string | undefined {
    for (const receiver of this.receivers) {
      if (receiver === undefined || receiver.parked.length === 0) continue
      if (receiver.dropped) return "somebody is parked on a receiver that is dropped"
      if (this.isUnseen(receiver)) return "somebody is parked though there is a change"
      if (this.sending === 0) return "somebody is parked though nobody can send"
    }
    return this.closing.length > 0 && this.living === 0 ? "somebody is in closed though it is" : undefined
  }

  get ending(): Command<Kind> | undefined {
    const somebody = this.all[0]
    if (somebody === undefined) return undefined
    return { kind: "interrupt", who: somebody.who, other: 0, n: 0, variant: 0, settle: true }
  }
}
