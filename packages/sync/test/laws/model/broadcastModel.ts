/**
 * A broadcast as plain data: everything that was ever sent, a cursor per receiver, and who waits for what. Nothing is kept
 * or let go here; what is kept is worked out from who has still to read it.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  send: 10,
  recv: 10,
  tryRecv: 5,
  ready: 5,
  closed: 8,
  interrupt: 12,
  subscribe: 4,
  resubscribe: 1,
  dropReceiver: 6,
  clone: 2,
  downgrade: 1,
  upgrade: 1,
  dropSender: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a receiver lagged",
  "a receiver lagged twice in a row",
  "a waiting receiver lagged before it ran",
  "several fibers waited on one receiver, and one value came",
  "a woken fiber was interrupted with another behind it",
  "a fiber came behind a woken one",
  "tryRecv found only what was due to others",
  "a value was sent to nobody",
  "a receiver was dropped with values unread",
  "a receiver was dropped under a waiting fiber",
  "what was unread was received after the last sender had gone",
  "the last sender went under a waiting fiber",
  "a receiver was made of a closed channel",
  "somebody subscribed before a fiber in closed ran",
  "a sender was dropped under a fiber in closed",
  "a fiber in ready found nothing and waited on",
  "a weak sender could not be upgraded",
  "a dropped handle was used"
] as const

type Situation = typeof situations[number]

interface Waiter {
  readonly who: number
  /** Whether a send, the end or a drop has woken it. */
  woken: boolean
}

interface Receiver {
  cursor: number
  dropped: boolean
  line: Array<Waiter>
  watching: Array<Waiter>
  lagged: boolean
}

interface Sender {
  dropped: boolean
  readonly weak: boolean
}

export const people = 4

export class BroadcastModel implements Model<Kind> {
  private readonly kept: number
  private sent = 0
  private readonly receivers: Array<Receiver> = []
  private readonly senders: Array<Sender> = [{ dropped: false, weak: false }]
  private closing: Array<Waiter & { readonly sender: Sender }> = []
  private readonly log: Array<Array<string>> = Array.from({ length: people }, () => [])
  // for the accounts: what was sent while a receiver was there, and what became of it
  private owed = 0
  private received = 0
  private skipped = 0
  private abandoned = 0
  readonly situations = new Set<Situation>()

  /** With one receiver, as `make` makes it. */
  constructor(capacity: number) {
    this.kept = capacity
    while (!Number.isInteger(Math.log2(this.kept))) this.kept++
    this.newReceiver()
  }

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    send: (command) =>
      this.onSender(command, () => {
        const alive = this.receivers.filter((receiver) => !receiver.dropped)
        if (alive.length === 0) {
          this.situations.add("a value was sent to nobody")
          return "SendError"
        }
        this.sent++
        this.owed += alive.length
        for (const receiver of alive) {
          if (receiver.line.length > 1 && this.unread(receiver) === 1) {
            this.situations.add("several fibers waited on one receiver, and one value came")
          }
          this.wake(receiver)
        }
        return String(alive.length)
      }),
    recv: (command) =>
      this.onReceiver(command, (receiver) => {
        const who = command.who % people
        if (receiver.line.length > 0 && this.hasOutcome(receiver)) {
          this.situations.add("a fiber came behind a woken one")
        }
        if (this.isReady(receiver)) this.log[who].push(this.take(receiver))
        else receiver.line.push({ who, woken: false })
        return ""
      }, true),
    tryRecv: (command) =>
      this.onReceiver(command, (receiver) => {
        if (this.isReady(receiver)) return this.take(receiver)
        if (this.unread(receiver) === 0) return this.isOver(receiver) ? "done" : "empty"
        this.situations.add("tryRecv found only what was due to others")
        return "empty"
      }),
    ready: (command) =>
      this.onReceiver(command, (receiver) => {
        const who = command.who % people
        if (this.isReady(receiver)) this.log[who].push(this.unread(receiver) > 0 ? "ready" : "done")
        else receiver.watching.push({ who, woken: false })
        return ""
      }, true),
    closed: (command) => {
      const who = command.who % people
      if (this.isBusy(who)) return undefined
      const sender = this.strong(command)
      if (sender === undefined) return undefined
      if (sender.dropped) this.log[who].push("Misuse")
      else if (this.count() === 0) this.log[who].push("closed")
      else this.closing.push({ who, sender, woken: false })
      return ""
    },
    interrupt: ({ who }) => this.interrupt(who % people),
    subscribe: (command) =>
      this.onSender(command, () => {
        if (this.closing.some(({ woken }) => woken)) {
          this.situations.add("somebody subscribed before a fiber in closed ran")
        }
        this.newReceiver()
        return ""
      }),
    resubscribe: (command) =>
      this.onReceiver(command, () => {
        if (this.isClosed) this.situations.add("a receiver was made of a closed channel")
        this.newReceiver()
        return ""
      }),
    dropReceiver: (command) => {
      const receiver = this.receivers[command.other % this.receivers.length]
      if (receiver.dropped) return ""
      if (this.unread(receiver) > 0) this.situations.add("a receiver was dropped with values unread")
      if (receiver.line.length > 0) this.situations.add("a receiver was dropped under a waiting fiber")
      this.abandoned += this.unread(receiver)
      receiver.dropped = true
      if (this.count() === 0) { for (const waiter of this.closing) waiter.woken = true }
      this.wake(receiver)
      return ""
    },
    clone: (command) =>
      this.onSender(command, () => {
        this.senders.push({ dropped: false, weak: false })
        return ""
      }),
    downgrade: (command) =>
      this.onSender(command, () => {
        this.senders.push({ dropped: false, weak: true })
        return ""
      }),
    upgrade: (command) => {
      const weak = this.senders.filter((sender) => sender.weak)
      if (weak.length === 0) return undefined
      if (weak[command.other % weak.length].dropped) return "Misuse"
      if (this.isClosed) {
        this.situations.add("a weak sender could not be upgraded")
        return "none"
      }
      this.senders.push({ dropped: false, weak: false })
      return "some"
    },
    dropSender: (command) => {
      const sender = this.senders[command.other % this.senders.length]
      if (sender.dropped) return ""
      const wasClosed = this.isClosed
      sender.dropped = true
      for (const waiter of this.closing) {
        if (waiter.sender !== sender) continue
        this.situations.add("a sender was dropped under a fiber in closed")
        waiter.woken = true
      }
      if (this.isClosed && !wasClosed) {
        for (const receiver of this.receivers) {
          if (receiver.line.length > 0) this.situations.add("the last sender went under a waiting fiber")
          this.wake(receiver)
        }
      }
      return ""
    }
  }

  settle(): void {
    for (const receiver of this.receivers) {
      while (receiver.line.length > 0 && this.hasOutcome(receiver)) {
        if (this.unread(receiver) > this.kept) this.situations.add("a waiting receiver lagged before it ran")
        this.log[receiver.line.shift()!.who].push(this.take(receiver))
      }
      for (const waiter of receiver.line) waiter.woken = false
      if (this.isReady(receiver)) {
        const word = this.unread(receiver) > 0 ? "ready" : "done"
        for (const { who } of receiver.watching.splice(0)) this.log[who].push(word)
      } else {
        for (const waiter of receiver.watching) {
          if (waiter.woken) this.situations.add("a fiber in ready found nothing and waited on")
          waiter.woken = false
        }
      }
    }
    const waits = this.closing.splice(0)
    for (const waiter of waits) {
      if (!waiter.woken) this.closing.push(waiter)
      else if (this.count() === 0) this.log[waiter.who].push("closed")
      else if (waiter.sender.dropped) this.log[waiter.who].push("Misuse")
      else this.closing.push({ ...waiter, woken: false })
    }
  }

  private newReceiver(): void {
    this.receivers.push({ cursor: this.sent, dropped: false, line: [], watching: [], lagged: false })
  }

  private unread(receiver: Receiver): number {
    return receiver.dropped ? 0 : this.sent - receiver.cursor
  }

  private get isClosed(): boolean {
    return this.senders.every((sender) => sender.dropped || sender.weak)
  }

  private isOver(receiver: Receiver): boolean {
    return receiver.dropped || this.isClosed
  }

  private hasOutcome(receiver: Receiver): boolean {
    return this.unread(receiver) > 0 || this.isOver(receiver)
  }

  private isReady(receiver: Receiver): boolean {
    return receiver.line.length === 0 && this.hasOutcome(receiver)
  }

  private count(): number {
    return this.receivers.filter((receiver) => !receiver.dropped).length
  }

  private wake(receiver: Receiver): void {
    for (const waiter of receiver.line) waiter.woken = true
    // those in ready are woken only if nobody stands in their way
    if (this.isReady(receiver)) { for (const waiter of receiver.watching) waiter.woken = true }
  }

  private take(receiver: Receiver): string {
    const unread = this.unread(receiver)
    if (unread === 0) return "done"
    if (unread > this.kept) {
      this.situations.add(receiver.lagged ? "a receiver lagged twice in a row" : "a receiver lagged")
      receiver.lagged = true
      const skipped = unread - this.kept
      receiver.cursor += skipped
      this.skipped += skipped
      return `lag ${skipped}`
    }
    if (this.isClosed) this.situations.add("what was unread was received after the last sender had gone")
    receiver.lagged = false
    this.received++
    return String(receiver.cursor++)
  }

  private interrupt(who: number): string | undefined {
    if (!this.isBusy(who)) return undefined
    for (const receiver of this.receivers) {
      const { line } = receiver
      if (line[0]?.who === who && this.hasOutcome(receiver) && line.length > 1) {
        this.situations.add("a woken fiber was interrupted with another behind it")
      }
      const stood = line.length > 0
      receiver.line = line.filter((waiter) => waiter.who !== who)
      receiver.watching = receiver.watching.filter((waiter) => waiter.who !== who)
      // the way is free for those in ready
      if (stood && this.isReady(receiver)) this.wake(receiver)
    }
    this.closing = this.closing.filter((waiter) => waiter.who !== who)
    this.log[who].push("interrupted")
    return ""
  }

  private isBusy(who: number): boolean {
    return [...this.receivers.flatMap(({ line, watching }) => [...line, ...watching]), ...this.closing]
      .some((waiter) => waiter.who === who)
  }

  private onReceiver(
    { other, who }: Command<Kind>,
    f: (receiver: Receiver) => string,
    inFiber = false
  ): string | undefined {
    if (inFiber && this.isBusy(who % people)) return undefined
    const receiver = this.receivers[other % this.receivers.length]
    if (!receiver.dropped) return f(receiver)
    this.situations.add("a dropped handle was used")
    if (!inFiber) return "Misuse"
    this.log[who % people].push("Misuse")
    return ""
  }

  private strong({ other }: Command<Kind>): Sender | undefined {
    const strong = this.senders.filter((sender) => !sender.weak)
    return strong[other % strong.length]
  }

  private onSender(command: Command<Kind>, f: () => string): string {
    return this.strong(command)!.dropped ? "Misuse" : f()
  }

  /** Of what was sent, and not overwritten, what a receiver has still to read. */
  private get keptNow(): number {
    const oldest = Math.max(0, this.sent - this.kept)
    return Array.from({ length: this.sent - oldest }, (_, i) => oldest + i).filter((position) =>
      this.receivers.some((receiver) => !receiver.dropped && receiver.cursor <= position)
    ).length
  }

  get snapshot() {
    return {
      kept: this.keptNow,
      receivers: this.count(),
      strong: this.senders.filter((sender) => !sender.dropped && !sender.weak).length,
      weak: this.senders.filter((sender) => !sender.dropped && sender.weak).length,
      closing: this.closing.filter(({ woken }) => !woken).length,
      unread: this.receivers.map((receiver) => this.unread(receiver)),
      waiting: this.receivers.map((receiver) =>
        receiver.line.filter(({ woken }, i) => !woken && !(i === 0 && this.hasOutcome(receiver))).length +
        receiver.watching.filter(({ woken }) => !woken).length
      ),
      log: this.log.map((entries) => [...entries])
    }
  }

  get flaw(): string | undefined {
    const unread = this.receivers.reduce((sum, receiver) => sum + this.unread(receiver), 0)
    const found = this.received + this.skipped + this.abandoned + unread
    return found === this.owed ? undefined : `${this.owed} owed, of which ${found} are to be found`
  }

  get ending(): Command<Kind> | undefined {
    const command = { who: 0, n: 0, variant: 0, settle: true }
    const sender = this.senders.findIndex(({ dropped }) => !dropped)
    if (sender >= 0) return { ...command, kind: "dropSender", other: sender }
    const unread = this.receivers.findIndex((receiver) => this.unread(receiver) > 0)
    if (unread >= 0) return { ...command, kind: "tryRecv", other: unread }
    const receiver = this.receivers.findIndex(({ dropped }) => !dropped)
    return receiver < 0 ? undefined : { ...command, kind: "dropReceiver", other: receiver }
  }
}
