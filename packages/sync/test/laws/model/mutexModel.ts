/**
 * A mutex as plain data: a value, who has the lock, and who waits for it. Nobody is interrupted in the middle of
 * anything here; what matters is who comes when, and what becomes of the value.
 */
import { type Command, endings, type Model, type Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  lock: 5,
  tryLock: 3,
  withLock: 4,
  withLockIfAvailable: 2,
  updateEffect: 4,
  update: 4,
  get: 2,
  updateThrows: 1,
  leave: 6,
  interrupt: 5,
  unlock: 6,
  closeScope: 2,
  transfer: 2,
  guardGet: 2,
  guardSet: 3,
  guardUpdate: 2,
  guardThrows: 1,
  map: 2,
  tryMap: 2
}

export type Kind = keyof typeof weights

/** What the mutex protects: has a part that is always there, and one that may be missing. */
export interface Value {
  readonly count: number
  readonly items: ReadonlyArray<number>
}

export const initial: Value = { count: 0, items: [1] }

/** What a command writes as the whole value: every other one has no items. */
export const wholeOf = (n: number): Value => ({ count: n, items: n % 2 === 0 ? [n] : [] })

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a request that does not wait came right after a grant",
  "a waiting request was interrupted",
  "a granted request was interrupted before it ran",
  "one release let several updates through",
  "a bracket ended after its guard was mapped",
  "a guard in a bracket moved to a scope",
  "a guard came into a closed scope",
  "a consumed guard was used",
  "a part was missing",
  "a failed body left what it had set"
] as const

type Situation = typeof situations[number]

type Form = "lock" | "withLock" | "updateEffect" | "update" | "get" | "updateThrows"

interface Request {
  readonly who: number
  readonly form: Form
  readonly n: number
  readonly scope: number
}

interface Guard {
  held: boolean
  /** Whether a `map` took over from it, rather than it having been released. */
  consumed: boolean
  readonly part: "whole" | "count" | "first"
  /** The scope that releases it, or the bracket of somebody, or nobody. */
  owner: number | `bracket of ${number}` | undefined
}

/** Somebody inside a bracket. */
interface Inside {
  /** Whether the lock is the bracket's, to be released at its end. `updateEffect` keeps its guard to itself. */
  readonly form: "withLock" | "updateEffect"
  readonly n: number
  readonly old: Value
}

export const people = 5

export class MutexModel implements Model<Kind> {
  private value = initial
  private locked = false
  private readonly line: Array<Request> = []
  private granted: Request | undefined
  private readonly inside = new Map<number, Inside>()
  private readonly guards: Array<Guard> = []
  private scopes = 0
  private readonly closedScopes = new Set<number>()
  private readonly log: Array<string> = []
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    lock: (command) => this.request(command, "lock"),
    withLock: (command) => this.request(command, "withLock"),
    updateEffect: (command) => this.request(command, "updateEffect"),
    update: (command) => this.request(command, "update"),
    get: (command) => this.request(command, "get"),
    updateThrows: (command) => this.request(command, "updateThrows"),
    tryLock: ({ variant }) => {
      // the variants 2 and 3 have no scope
      const owner = variant > 1 ? undefined : this.scopes++
      if (this.refuses()) return "WouldBlock"
      this.own("whole", owner)
      return "locked"
    },
    withLockIfAvailable: ({ n, ...command }) => {
      const who = command.who % people
      if (!this.isIdle(who)) return undefined
      if (this.refuses()) this.log.push(`${who} nothing`)
      else this.serve({ who, form: "withLock", n, scope: -1 })
      return ""
    },
    leave: ({ variant, ...command }) => {
      const who = command.who % people
      const inside = this.inside.get(who)
      if (inside === undefined) return undefined
      this.inside.delete(who)
      const ending = endings[variant]
      if (inside.form === "updateEffect") {
        if (ending === "left") this.value = { ...inside.old, count: inside.old.count + inside.n }
        this.release()
      } else {
        if (ending === "failed" && inside.old !== this.value) this.situations.add("a failed body left what it had set")
        this.endBracket(who)
      }
      this.log.push(`${who} ${ending}`)
      return ""
    },
    interrupt: ({ who }) => this.interrupt(who % people),
    unlock: (command) =>
      this.onGuard(command, (guard) => {
        this.end(guard)
        return ""
      }),
    closeScope: (command) =>
      this.onGuard(command, ({ owner }) => {
        if (typeof owner !== "number") return undefined
        this.closedScopes.add(owner)
        for (const guard of this.guards) if (guard.owner === owner) this.end(guard)
        return ""
      }),
    transfer: (command) =>
      this.onGuard(command, (guard) => {
        const scope = this.targetScope(command.variant, this.guards[command.other % this.guards.length].owner)
        return this.whileHeld(guard, () => {
          if (typeof guard.owner === "string") this.situations.add("a guard in a bracket moved to a scope")
          guard.owner = scope
          if (this.closedScopes.has(scope)) this.end(guard)
          return ""
        })
      }),
    guardGet: (command) =>
      this.onGuard(command, (guard) => this.whileHeld(guard, () => JSON.stringify(this.read(guard)))),
    guardSet: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          this.write(guard, command.n)
          return ""
        })),
    guardUpdate: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          const old = this.read(guard)
          this.write(guard, (typeof old === "number" ? old : old.count) + command.n)
          return command.variant > 1 ? JSON.stringify(old) : ""
        })),
    guardThrows: (command) => this.onGuard(command, (guard) => this.whileHeld(guard, () => "thrown")),
    map: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          this.narrow(guard, guard.part === "whole" ? "count" : guard.part)
          return ""
        })),
    tryMap: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          if (guard.part !== "whole" || this.value.items.length === 0) {
            this.situations.add("a part was missing")
            return "missing, still held"
          }
          this.narrow(guard, "first")
          return ""
        }))
  }

  /** One of the forms that wait. */
  private request({ n, other, variant, ...command }: Command<Kind>, form: Form): string | undefined {
    const who = command.who % people
    if (!this.isIdle(who)) return undefined
    const scope = form === "lock" ? this.targetScope(variant, this.guards[other]?.owner) : -1
    const request = { who, form, n, scope }
    if (this.locked) {
      this.line.push(request)
    } else {
      this.locked = true
      this.serve(request)
    }
    return ""
  }

  settle(): void {
    let passed = 0
    for (let request = this.granted; request !== undefined; request = this.granted) {
      this.granted = undefined
      this.serve(request)
      if (!this.inside.has(request.who) && request.form !== "lock") passed++
    }
    if (passed > 1) this.situations.add("one release let several updates through")
  }

  /** Whether a request that does not wait gets nothing; if not, it has the lock. */
  private refuses(): boolean {
    if (!this.locked) {
      this.locked = true
      return false
    }
    if (this.granted !== undefined) this.situations.add("a request that does not wait came right after a grant")
    return true
  }

  /** The fiber of a request runs with the lock. */
  private serve({ form, n, scope, who }: Request): void {
    switch (form) {
      case "lock":
        this.own("whole", scope)
        this.log.push(`${who} locked`)
        return
      case "withLock":
        this.own("whole", `bracket of ${who}`)
        this.inside.set(who, { form, n, old: this.value })
        this.log.push(`${who} entered`)
        return
      case "updateEffect":
        this.inside.set(who, { form, n, old: this.value })
        this.log.push(`${who} entered`)
        return
      case "update":
        this.value = { ...this.value, count: this.value.count + n }
        this.release()
        this.log.push(`${who} ${JSON.stringify(this.value)}`)
        return
      case "get":
        this.release()
        this.log.push(`${who} ${JSON.stringify(this.value)}`)
        return
      case "updateThrows":
        this.release()
        this.log.push(`${who} thrown`)
    }
  }

  /** The bracket releases the guard that is its own now, if it still holds. */
  private endBracket(who: number): void {
    const guard = this.guards.find((guard) => guard.owner === `bracket of ${who}` && guard.held)
    if (guard === undefined) return
    if (guard.part !== "whole") this.situations.add("a bracket ended after its guard was mapped")
    this.end(guard)
  }

  private own(part: Guard["part"], owner: Guard["owner"]): void {
    const guard: Guard = { held: true, consumed: false, part, owner }
    this.guards.push(guard)
    if (typeof owner === "number" && this.closedScopes.has(owner)) {
      this.situations.add("a guard came into a closed scope")
      this.end(guard)
    }
  }

  private end(guard: Guard): void {
    if (!guard.held) return
    guard.held = false
    this.release()
  }

  private release(): void {
    const next = this.line.shift()
    if (next === undefined) this.locked = false
    else this.granted = next
  }

  private narrow(guard: Guard, part: Guard["part"]): void {
    guard.held = false
    guard.consumed = true
    this.guards.push({ held: true, consumed: false, part, owner: guard.owner })
  }

  private read({ part }: Guard): Value | number {
    return part === "whole" ? this.value : part === "count" ? this.value.count : this.value.items[0]
  }

  private write({ part }: Guard, n: number): void {
    if (part === "whole") this.value = wholeOf(n)
    else if (part === "count") this.value = { ...this.value, count: n }
    else this.value = { ...this.value, items: [n, ...this.value.items.slice(1)] }
  }

  private whileHeld(guard: Guard, f: () => string): string {
    if (guard.held) return f()
    if (guard.consumed) this.situations.add("a consumed guard was used")
    return "Misuse"
  }

  private interrupt(who: number): string | undefined {
    const inside = this.inside.get(who)
    const queued = this.line.findIndex((request) => request.who === who)
    if (inside !== undefined) {
      this.inside.delete(who)
      if (inside.form === "updateEffect") this.release()
      else this.endBracket(who)
    } else if (queued >= 0) {
      this.situations.add("a waiting request was interrupted")
      this.line.splice(queued, 1)
    } else if (this.granted?.who === who) {
      this.situations.add("a granted request was interrupted before it ran")
      this.granted = undefined
      this.release()
    } else {
      return undefined
    }
    this.log.push(`${who} interrupted`)
    return ""
  }

  private isIdle(who: number): boolean {
    return !this.inside.has(who) && this.granted?.who !== who && this.line.every((request) => request.who !== who)
  }

  /** The variants 0 and 1 share a scope that is there, if there is one. */
  private targetScope(variant: number, existing: Guard["owner"]): number {
    return variant < 2 && typeof existing === "number" ? existing : this.scopes++
  }

  private onGuard(command: Command<Kind>, f: (guard: Guard) => string | undefined): string | undefined {
    return this.guards.length === 0 ? undefined : f(this.guards[command.who % this.guards.length])
  }

  get snapshot() {
    return {
      locked: this.locked,
      waiting: this.line.length,
      value: this.value,
      released: this.guards.map((guard) => !guard.held),
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    const holders = this.guards.filter((guard) => guard.held).length +
      [...this.inside.values()].filter(({ form }) => form === "updateEffect").length +
      (this.granted === undefined ? 0 : 1)
    return holders === (this.locked ? 1 : 0) ? undefined : `${holders} hold a lock that is locked: ${this.locked}`
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 2, settle: true }
    const waiting = this.line[0] ?? this.granted
    if (waiting !== undefined) return { ...command, kind: "interrupt", who: waiting.who }
    const [inside] = this.inside.keys()
    if (inside !== undefined) return { ...command, kind: "leave", who: inside }
    const held = this.guards.findIndex((guard) => guard.held)
    return held < 0 ? undefined : { ...command, kind: "unlock", who: held }
  }
}
