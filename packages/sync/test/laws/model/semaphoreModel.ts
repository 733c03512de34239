/**
 * tokio's batch semaphore as plain data: a counter, a line of requests with what each has collected, and those woken.
 */
import { type Command, endings, type Model, type Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  acquire: 8,
  tryAcquire: 3,
  bracket: 5,
  bracketIfAvailable: 2,
  leave: 4,
  interrupt: 5,
  release: 8,
  closeScope: 2,
  forget: 1,
  split: 3,
  merge: 3,
  transfer: 2,
  addPermits: 2,
  forgetPermits: 2,
  close: 1
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a request took what was free and waited for the rest",
  "a request got a part of what it waits for",
  "a request for nothing passed the line",
  "a request that does not wait came right after a grant",
  "one release served several",
  "the head of the line was interrupted",
  "a granted request was interrupted before it ran",
  "a refused request was interrupted before it ran",
  "close beat a grant",
  "permits came into a closed scope"
] as const

type Situation = typeof situations[number]

interface Request {
  readonly who: number
  readonly n: number
  readonly bracket: boolean
  readonly scope: number
  collected: number
  refused: boolean
}

interface Permit {
  count: number
  released: boolean
  /** `undefined`: nobody but its holder releases it. */
  scope: number | undefined
}

export const people = 5

export class SemaphoreModel implements Model<Kind> {
  private free: number
  private total: number
  private closed = false
  private readonly line: Array<Request> = []
  /** Woken: granted or refused, but not run yet. */
  private woken: Array<Request> = []
  private readonly inside = new Map<number, number>()
  private readonly permits: Array<Permit> = []
  private scopes = 0
  private readonly closedScopes = new Set<number>()
  private readonly log: Array<string> = []
  /** The situations that came up, so that a test can say that they do. */
  readonly situations = new Set<Situation>()

  constructor(permits: number) {
    this.free = permits
    this.total = permits
  }

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    acquire: (command) => this.request(command, false),
    bracket: (command) => this.request(command, true),
    tryAcquire: ({ n, variant }) => {
      // the variants 2 and 3 have no scope
      const scope = variant > 1 ? undefined : this.scopes++
      const refusal = this.refusal(n)
      if (refusal !== undefined) return refusal
      this.own(n, scope)
      return "acquired"
    },
    bracketIfAvailable: (command) => {
      const who = this.idle(command)
      if (who === undefined) return undefined
      const refusal = this.refusal(command.n)
      if (refusal === "SemaphoreClosed") this.log.push(`${who} SemaphoreClosed`)
      else if (refusal !== undefined) this.log.push(`${who} nothing`)
      else this.enter(who, command.n)
      return ""
    },
    leave: (command) => {
      const who = command.who % people
      const held = this.inside.get(who)
      if (held === undefined) return undefined
      this.inside.delete(who)
      this.release(held)
      this.log.push(`${who} ${endings[command.variant]}`)
      return ""
    },
    interrupt: ({ who }) => this.interrupt(who % people),
    release: (command) =>
      this.onPermit(command, (permit) => {
        this.end(permit)
        return ""
      }),
    closeScope: (command) =>
      this.onPermit(command, ({ scope }) => {
        if (scope === undefined) return undefined
        this.closedScopes.add(scope)
        for (const permit of this.permits) if (permit.scope === scope) this.end(permit)
        return ""
      }),
    forget: (command) =>
      this.onPermit(command, (permit) => {
        if (permit.released) return "Misuse"
        this.total -= permit.count
        permit.count = 0
        permit.released = true
        return ""
      }),
    split: (command) =>
      this.onPermit(command, (permit) => {
        const { n, variant } = command
        const scope = this.targetScope(variant, permit.scope)
        if (permit.released) return "Misuse"
        if (n > permit.count) return "none"
        permit.count -= n
        this.own(n, scope)
        return "some"
      }),
    merge: (command) =>
      this.onPermit(command, (permit) => {
        const other = this.permits[command.other % this.permits.length]
        if (permit.released || other.released || permit === other) return "Misuse"
        permit.count += other.count
        other.count = 0
        other.released = true
        return ""
      }),
    transfer: (command) =>
      this.onPermit(command, (permit) => {
        const scope = this.targetScope(command.variant, this.permits[command.other % this.permits.length].scope)
        if (permit.released) return "Misuse"
        permit.scope = scope
        if (this.closedScopes.has(scope)) this.end(permit)
        return ""
      }),
    addPermits: ({ n }) => {
      this.total += n
      this.release(n)
      return ""
    },
    forgetPermits: ({ n }) => {
      const forgotten = Math.min(n, this.free)
      this.free -= forgotten
      this.total -= forgotten
      return String(forgotten)
    },
    close: () => {
      this.close()
      return ""
    }
  }

  settle(): void {
    for (let request = this.woken.shift(); request !== undefined; request = this.woken.shift()) {
      if (request.refused) this.log.push(`${request.who} SemaphoreClosed`)
      else this.serve(request)
    }
  }

  private request(command: Command<Kind>, bracket: boolean): string | undefined {
    const who = this.idle(command)
    if (who === undefined) return undefined
    const { n } = command
    const scope = bracket ? -1 : this.targetScope(command.variant, this.permits[command.other]?.scope)
    const request: Request = { who, n, bracket, scope, collected: 0, refused: false }
    if (this.closed) {
      this.log.push(`${who} SemaphoreClosed`)
    } else if (n <= this.free) {
      if (this.line.length > 0) this.situations.add("a request for nothing passed the line")
      this.free -= n
      this.serve(request)
    } else {
      if (this.free > 0) this.situations.add("a request took what was free and waited for the rest")
      request.collected = this.free
      this.free = 0
      this.line.push(request)
    }
    return ""
  }

  /** Why a request that does not wait gets nothing; if it does, the permits are taken. */
  private refusal(n: number): "SemaphoreClosed" | "NoPermits" | undefined {
    if (this.closed) return "SemaphoreClosed"
    if (n > this.free) {
      if (this.woken.length > 0) this.situations.add("a request that does not wait came right after a grant")
      return "NoPermits"
    }
    this.free -= n
    return undefined
  }

  /** The fiber of a request runs with its permits. */
  private serve(request: Request): void {
    if (request.bracket) return this.enter(request.who, request.n)
    this.own(request.n, request.scope)
    this.log.push(`${request.who} acquired`)
  }

  private enter(who: number, n: number): void {
    this.inside.set(who, n)
    this.log.push(`${who} entered`)
  }

  private own(n: number, scope: number | undefined): void {
    const permit: Permit = { count: n, released: false, scope }
    this.permits.push(permit)
    if (scope !== undefined && this.closedScopes.has(scope)) {
      this.situations.add("permits came into a closed scope")
      this.end(permit)
    }
  }

  private end(permit: Permit): void {
    if (permit.released) return
    const { count } = permit
    permit.count = 0
    permit.released = true
    this.release(count)
  }

  private release(n: number): void {
    let served = 0
    let left = n
    while (left > 0 && this.line.length > 0) {
      const head = this.line[0]
      const given = Math.min(left, head.n - head.collected)
      head.collected += given
      left -= given
      if (head.collected < head.n) {
        this.situations.add("a request got a part of what it waits for")
      } else {
        this.woken.push(this.line.shift()!)
        served++
      }
    }
    if (served > 1) this.situations.add("one release served several")
    this.free += left
  }

  private interrupt(who: number): string | undefined {
    const held = this.inside.get(who)
    const queued = this.line.find((request) => request.who === who)
    const granted = this.woken.find((request) => request.who === who)
    if (held !== undefined) {
      this.inside.delete(who)
      this.release(held)
    } else if (queued !== undefined) {
      if (queued === this.line[0] && this.line.length > 1) this.situations.add("the head of the line was interrupted")
      this.line.splice(this.line.indexOf(queued), 1)
      this.release(queued.collected)
    } else if (granted !== undefined) {
      this.woken = this.woken.filter((request) => request !== granted)
      if (granted.refused) {
        this.situations.add("a refused request was interrupted before it ran")
      } else {
        this.situations.add("a granted request was interrupted before it ran")
        this.release(granted.n)
      }
    } else {
      return undefined
    }
    this.log.push(`${who} interrupted`)
    return ""
  }

  private close(): void {
    if (this.closed) return
    this.closed = true
    for (const request of this.woken) {
      this.situations.add("close beat a grant")
      request.refused = true
      this.free += request.n
    }
    for (const request of this.line.splice(0)) {
      request.refused = true
      this.free += request.collected
      this.woken.push(request)
    }
  }

  private idle({ who }: Command<Kind>): number | undefined {
    const person = who % people
    return this.inside.has(person) || this.line.some((request) => request.who === person) ||
        this.woken.some((request) => request.who === person)
      ? undefined
      : person
  }

  /** The variants 0 and 1 share a scope that is there, if there is one. */
  private targetScope(variant: number, existing: number | undefined): number {
    return variant < 2 && existing !== undefined ? existing : this.scopes++
  }

  private onPermit(command: Command<Kind>, f: (permit: Permit) => string | undefined): string | undefined {
    return this.permits.length === 0 ? undefined : f(this.permits[command.who % this.permits.length])
  }

  get snapshot() {
    return {
      available: this.free,
      waiting: this.line.length,
      permits: this.total,
      closed: this.closed,
      handles: this.permits.map(({ count, released }) => ({ count, released })),
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)
    const setAside = sum(this.line.map((request) => request.collected)) +
      sum(this.woken.map((request) => request.refused ? 0 : request.n))
    const held = sum(this.permits.map((permit) => permit.count)) + sum([...this.inside.values()])
    return this.free + held + setAside === this.total
      ? undefined
      : `${this.free} free, ${held} held and ${setAside} set aside are not ${this.total}`
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 2, settle: true }
    const [waiting] = [...this.line, ...this.woken]
    if (waiting !== undefined) return { ...command, kind: "interrupt", who: waiting.who }
    const [inside] = this.inside.keys()
    if (inside !== undefined) return { ...command, kind: "leave", who: inside }
    const held = this.permits.findIndex((permit) => !permit.released)
    return held < 0 ? undefined : { ...command, kind: "release", who: held }
  }
}
