/**
 * An mpsc channel as plain data: free slots, a buffer, a line of who waits for slots with what each has collected, a line
 * of who receives, and the order in which the woken run.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  send: 10,
  trySend: 6,
  reserve: 6,
  tryReserve: 3,
  permitSend: 6,
  permitNext: 2,
  permitRelease: 4,
  recv: 8,
  recvMany: 5,
  tryRecv: 5,
  closed: 2,
  interrupt: 9,
  clone: 2,
  downgrade: 2,
  upgrade: 3,
  dropSender: 4,
  close: 1,
  dropReceiver: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a request took what was free and waited for the rest",
  "a request for nothing passed the line",
  "who does not wait came right after a grant",
  "one receive served several",
  "the head of the line was interrupted",
  "a granted request was interrupted before it ran",
  "a refused request was interrupted before it ran",
  "close beat a grant",
  "a sender was dropped under a request that waits",
  "a sender was dropped under a request that is granted",
  "the end went from one to the next",
  "a woken receive was interrupted with another behind it",
  "tryRecv found only what was due to others",
  "a message came on a permit after close",
  "the last reservation ended a closed channel under a waiting fiber",
  "the last sender went under a waiting fiber",
  "the last permit kept the channel open",
  "the receiver was dropped with messages unread",
  "a message came on a permit after the receiver was dropped",
  "a weak sender could not be upgraded"
] as const

type Situation = typeof situations[number]

interface Sender {
  dropped: boolean
  readonly weak: boolean
}

interface Request {
  readonly who: number
  readonly n: number
  /** What is sent; `undefined`: it reserves. */
  readonly message: number | undefined
  readonly many: boolean
  readonly sender: Sender
  collected: number
  state: "waits" | "granted" | "SendError" | "Misuse"
}

interface Receiving {
  readonly who: number
  readonly limit: number | undefined
  woken: boolean
}

interface Closing {
  readonly who: number
  readonly sender: Sender
  state: "waits" | "closed" | "Misuse"
}

interface Permit {
  readonly many: boolean
  remaining: number
}

export const people = 6

export class MpscModel implements Model<Kind> {
  private readonly capacity: number
  private free: number
  private buffer: Array<number> = []
  private sent = 0
  private taken = 0
  private discarded = 0
  private isClosed = false
  private isDropped = false
  private readonly senders: Array<Sender> = [{ dropped: false, weak: false }]
  private readonly permits: Array<Permit> = []
  private readonly requests: Array<Request> = []
  private readonly line: Array<Receiving> = []
  private closing: Array<Closing> = []
  /** Who was woken and has not run yet, in the order of waking. */
  private woken: Array<Request | Receiving | Closing> = []
  private readonly log: Array<Array<string>> = Array.from({ length: people }, () => [])
  readonly situations = new Set<Situation>()

  constructor(capacity: number) {
    this.capacity = capacity
    this.free = capacity
  }

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    send: (command) =>
      this.isBusy(command.who % people) ? undefined : this.request(command, 1, false, this.newMessage()),
    reserve: (command) => this.request(command, command.variant > 1 ? 1 : command.n, command.variant < 2, undefined),
    trySend: (command) => {
      const message = this.newMessage()
      return this.onSender(command, () => this.refusal(1) ?? this.put(message))
    },
    tryReserve: ({ n, ...command }) =>
      this.onSender({ ...command, n }, () => {
        const many = command.variant < 2
        return this.refusal(many ? n : 1) ?? this.own(many ? n : 1, many)
      }),
    permitSend: ({ other }) => {
      if (this.permits.length === 0) return undefined
      const message = this.newMessage()
      const permit = this.permits[other % this.permits.length]
      if (permit.remaining === 0) return permit.many ? "false" : "Misuse"
      this.use(permit)
      if (this.isDropped) {
        this.situations.add("a message came on a permit after the receiver was dropped")
        this.release(1)
      } else {
        if (this.isClosed) this.situations.add("a message came on a permit after close")
        this.free++ // the slot is taken again by the message
        this.put(message)
      }
      this.wakeReceivers()
      return permit.many ? "true" : ""
    },
    permitNext: ({ other }) => {
      const many = this.permits.filter((permit) => permit.many)
      if (many.length === 0) return undefined
      const permit = many[other % many.length]
      if (permit.remaining === 0) return "none"
      this.use(permit)
      this.permits.push({ many: false, remaining: 1 })
      return "some"
    },
    permitRelease: ({ other }) => {
      if (this.permits.length === 0) return undefined
      const permit = this.permits[other % this.permits.length]
      const n = permit.remaining
      permit.remaining = 0
      const waited = this.isClosed && this.line.some(({ woken }) => !woken)
      this.release(n)
      if (this.isClosed && n > 0 && waited && this.isOver) {
        this.situations.add("the last reservation ended a closed channel under a waiting fiber")
      }
      return ""
    },
    recv: (command) => this.receive(command, undefined),
    recvMany: (command) => this.receive(command, command.n),
    tryRecv: () => {
      if (this.isDropped) return "Misuse"
      if (this.line.length === 0 && this.buffer.length > 0) return this.take(undefined)
      if (this.buffer.length > 0) this.situations.add("tryRecv found only what was due to others")
      return this.buffer.length === 0 && this.isOver ? "Done" : "Empty"
    },
    closed: (command) => {
      const who = command.who % people
      if (this.isBusy(who)) return undefined
      const sender = this.strong(command)
      if (sender.dropped) this.log[who].push("Misuse")
      else if (this.isClosed) this.log[who].push("closed")
      else this.closing.push({ who, sender, state: "waits" })
      return ""
    },
    interrupt: ({ who }) => this.interrupt(who % people),
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
      if (this.strongCount === 0) {
        this.situations.add("a weak sender could not be upgraded")
        return "none"
      }
      this.senders.push({ dropped: false, weak: false })
      return "some"
    },
    dropSender: (command) => {
      const sender = this.senders[command.other % this.senders.length]
      if (sender.dropped) return ""
      sender.dropped = true
      let back = 0
      for (const request of this.requests) {
        if (request.sender !== sender) continue
        if (request.state === "granted") {
          this.situations.add("a sender was dropped under a request that is granted")
        } else if (request.state === "waits") {
          this.situations.add("a sender was dropped under a request that waits")
          back += request.collected
          request.collected = 0
          request.state = "Misuse"
          this.woken.push(request)
        }
      }
      for (const closing of this.closing) {
        if (closing.sender !== sender || closing.state !== "waits") continue
        closing.state = "Misuse"
        this.woken.push(closing)
      }
      this.release(back)
      if (!sender.weak && this.senders.every(({ dropped, weak }) => dropped || weak)) {
        if (this.strongCount > 0) this.situations.add("the last permit kept the channel open")
        else if (this.line.length > 0) this.situations.add("the last sender went under a waiting fiber")
      }
      this.wakeReceivers()
      return ""
    },
    close: () => {
      if (this.isDropped) return "Misuse"
      this.close()
      return ""
    },
    dropReceiver: () => {
      if (this.isDropped) return ""
      if (this.buffer.length > 0) this.situations.add("the receiver was dropped with messages unread")
      this.isDropped = true
      this.discarded += this.buffer.length
      this.free += this.buffer.length
      this.buffer = []
      this.close()
      this.wakeReceivers()
      return ""
    }
  }

  settle(): void {
    for (let one = this.woken.shift(); one !== undefined; one = this.woken.shift()) {
      if ("limit" in one) this.runReceiving(one)
      else if ("message" in one) this.runRequest(one)
      else {
        this.closing.splice(this.closing.indexOf(one), 1)
        this.log[one.who].push(one.state)
      }
    }
  }

  private runReceiving(one: Receiving): void {
    this.line.shift()
    if (this.buffer.length === 0 && this.line.length > 0) this.situations.add("the end went from one to the next")
    this.log[one.who].push(this.buffer.length > 0 ? this.take(one.limit) : "Done")
    this.wakeReceivers()
  }

  private runRequest(request: Request): void {
    this.requests.splice(this.requests.indexOf(request), 1)
    if (request.state !== "granted") this.log[request.who].push(request.state)
    else if (!request.sender.dropped) this.serve(request)
    else {
      this.log[request.who].push("Misuse")
      this.release(request.n)
    }
  }

  private request(command: Command<Kind>, n: number, many: boolean, message: number | undefined): string | undefined {
    const who = command.who % people
    if (this.isBusy(who)) return undefined
    const sender = this.strong(command)
    const request: Request = { who, n, many, message, sender, collected: 0, state: "waits" }
    if (sender.dropped) {
      this.log[who].push("Misuse")
    } else if (n > this.capacity) {
      this.log[who].push("Full")
    } else if (this.isClosed) {
      this.log[who].push("SendError")
    } else if (n <= this.free) {
      if (n === 0 && this.requests.some(({ state }) => state === "waits")) {
        this.situations.add("a request for nothing passed the line")
      }
      this.free -= n
      this.serve(request)
    } else {
      if (this.free > 0) this.situations.add("a request took what was free and waited for the rest")
      request.collected = this.free
      this.free = 0
      this.requests.push(request)
    }
    return ""
  }

  /** The slots are there, and no longer free. */
  private serve({ many, message, n, who }: Request): void {
    if (message === undefined) {
      this.log[who].push("reserved")
      this.permits.push({ many, remaining: n })
    } else {
      this.log[who].push("sent")
      this.free++
      this.put(message)
    }
  }

  private put(message: number): string {
    this.free--
    this.sent++
    this.buffer.push(message)
    this.wakeReceivers()
    return ""
  }

  private own(n: number, many: boolean): string {
    this.free -= n
    this.permits.push({ many, remaining: n })
    return ""
  }

  /** One of its slots is no longer reserved by it. */
  private use(permit: Permit): void {
    permit.remaining--
  }

  private refusal(n: number): string | undefined {
    if (n > this.capacity) return "Full"
    if (this.isClosed) return "SendError"
    if (n <= this.free) return undefined
    if (this.requests.some(({ state }) => state === "granted")) {
      this.situations.add("who does not wait came right after a grant")
    }
    return "Full"
  }

  private release(n: number): void {
    let left = n
    let served = 0
    for (const request of this.requests) {
      if (left === 0) break
      if (request.state !== "waits") continue
      const given = Math.min(left, request.n - request.collected)
      request.collected += given
      left -= given
      if (request.collected < request.n) break
      request.state = "granted"
      this.woken.push(request)
      served++
    }
    if (served > 1) this.situations.add("one receive served several")
    this.free += left
    this.wakeReceivers()
  }

  private receive(command: Command<Kind>, limit: number | undefined): string | undefined {
    const who = command.who % people
    if (this.isBusy(who)) return undefined
    if (this.isDropped) this.log[who].push("Misuse")
    else if (limit === 0) this.log[who].push("")
    else if (this.line.length === 0 && this.buffer.length > 0) this.log[who].push(this.take(limit))
    else if (this.buffer.length === 0 && this.isOver) this.log[who].push("Done")
    else {
      this.line.push({ who, limit, woken: false })
      this.wakeReceivers()
    }
    return ""
  }

  private take(limit: number | undefined): string {
    const messages = this.buffer.splice(0, limit ?? 1)
    this.taken += messages.length
    this.release(messages.length)
    return messages.join()
  }

  private close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const request of this.requests) {
      if (request.state === "granted") this.situations.add("close beat a grant")
      else if (request.state === "waits") this.woken.push(request)
      else continue
      this.free += request.state === "granted" ? request.n : request.collected
      request.collected = 0
      request.state = "SendError"
    }
    for (const closing of this.closing) {
      if (closing.state !== "waits") continue
      closing.state = "closed"
      this.woken.push(closing)
    }
    this.wakeReceivers()
  }

  /** The first in line is woken when there is something for it; the others by those before them. */
  private wakeReceivers(): void {
    const [first] = this.line
    if (first === undefined || first.woken || (this.buffer.length === 0 && !this.isOver)) return
    first.woken = true
    this.woken.push(first)
  }

  private interrupt(who: number): string | undefined {
    if (!this.isBusy(who)) return undefined
    const gone = (one: { readonly who: number }) => one.who === who
    const request = this.requests.find(gone)
    if (request !== undefined) {
      const waiting = this.requests.filter(({ state }) => state === "waits")
      if (request === waiting[0] && waiting.length > 1) this.situations.add("the head of the line was interrupted")
      this.requests.splice(this.requests.indexOf(request), 1)
      if (request.state === "granted") {
        this.situations.add("a granted request was interrupted before it ran")
        this.release(request.n)
      } else if (request.state === "waits") {
        this.release(request.collected)
      } else {
        this.situations.add("a refused request was interrupted before it ran")
      }
    }
    const receiving = this.line.find(gone)
    if (receiving !== undefined) {
      if (receiving.woken && this.line.some(({ woken }) => !woken)) {
        this.situations.add("a woken receive was interrupted with another behind it")
      }
      this.line.splice(this.line.indexOf(receiving), 1)
    }
    this.closing = this.closing.filter((one) => !gone(one))
    this.woken = this.woken.filter((one) => !gone(one))
    this.wakeReceivers()
    this.log[who].push("interrupted")
    return ""
  }

  private newMessage(): number {
    return this.messages++
  }

  private messages = 0

  private isBusy(who: number): boolean {
    return [...this.requests, ...this.line, ...this.closing].some((one) => one.who === who)
  }

  private get strongCount(): number {
    return this.senders.filter((sender) => !sender.dropped && !sender.weak).length +
      this.permits.filter(({ remaining }) => remaining > 0).length
  }

  private get reserved(): number {
    return this.permits.reduce((sum, { remaining }) => sum + remaining, 0)
  }

  /** Nothing more can come. */
  private get isOver(): boolean {
    return this.isDropped || this.strongCount === 0 || (this.isClosed && this.reserved === 0)
  }

  private strong({ other }: Command<Kind>): Sender {
    const strong = this.senders.filter((sender) => !sender.weak)
    return strong[other % strong.length]
  }

  private onSender(command: Command<Kind>, f: () => string): string {
    return this.strong(command).dropped ? "Misuse" : f()
  }

  get snapshot() {
    return {
      len: this.buffer.length,
      capacity: this.free,
      strong: this.strongCount,
      weak: this.senders.filter((sender) => !sender.dropped && sender.weak).length,
      sending: this.requests.filter(({ state }) => state === "waits").length,
      receiving: this.line.filter(({ woken }) => !woken).length,
      // of who has no sender, nobody asks whether it could send
      closed: [this.isClosed && this.strongCount > 0, this.isClosed || this.strongCount === 0],
      remaining: this.permits.map(({ remaining }) => remaining),
      log: this.log.map((entries) => [...entries])
    }
  }

  get flaw(): string | undefined {
    const setAside = this.requests.reduce(
      (sum, request) => sum + (request.state === "granted" ? request.n : request.collected),
      0
    )
    if (this.capacity !== Infinity && this.free + this.buffer.length + this.reserved + setAside !== this.capacity) {
      return `${this.free} free, ${this.buffer.length} buffered, ${this.reserved} reserved, ${setAside} set aside`
    }
    return this.sent === this.taken + this.discarded + this.buffer.length ? undefined : "a message is lost"
  }

  get ending(): Command<Kind> | undefined {
    const command = { who: 0, n: 0, variant: 0, settle: true }
    const [waiting] = [...this.requests, ...this.closing, ...this.line]
    if (waiting !== undefined) return { ...command, kind: "interrupt", other: 0, who: waiting.who }
    const permit = this.permits.findIndex(({ remaining }) => remaining > 0)
    if (permit >= 0) return { ...command, kind: "permitRelease", other: permit }
    const sender = this.senders.findIndex(({ dropped }) => !dropped)
    if (sender >= 0) return { ...command, kind: "dropSender", other: sender }
    return this.isDropped ? undefined : { ...command, kind: "dropReceiver", other: 0 }
  }
}
