/**
 * A lock for readers and writers as plain data: a value, how many read it, whether somebody writes it, and who waits. It
 * knows of no permits: whoever is at the front of the line enters as soon as there is room for one of its kind.
 */
import { type Command, endings, type Model, type Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  read: 5,
  write: 5,
  tryRead: 2,
  tryWrite: 2,
  withRead: 5,
  withWrite: 4,
  withReadIfAvailable: 2,
  withWriteIfAvailable: 2,
  leave: 6,
  interrupt: 5,
  unlock: 7,
  closeScope: 2,
  transfer: 2,
  guardGet: 2,
  guardSet: 2,
  guardUpdate: 2,
  guardThrows: 1,
  map: 2,
  tryMap: 2,
  downgrade: 3,
  downgradeMap: 2,
  tryDowngradeMap: 2
}

export type Kind = keyof typeof weights

/** What the lock protects: has a part that is always there, and one that may be missing. */
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
  "a writer that waits kept others from trying to read",
  "a reader waited for another to leave",
  "a writer stopped waiting, and readers behind it got in",
  "a granted writer was interrupted before it ran",
  "a granted reader was interrupted before it ran",
  "several readers entered together",
  "a downgrade let readers in",
  "a downgrade let nobody in before the next writer",
  "a bracket ended after its guard was downgraded",
  "a guard in a bracket moved to a scope",
  "a guard came into a closed scope",
  "a guard that was succeeded by another was used",
  "a part was missing",
  "a failed body left what it had set"
] as const

type Situation = typeof situations[number]

type Access = "read" | "write"

interface Request {
  readonly who: number
  readonly access: Access
  /** Whether it is a bracket; else it locks for a scope. */
  readonly isBracket: boolean
  readonly scope: number
}

interface Guard {
  readonly access: Access
  held: boolean
  /** Whether another took over from it, rather than it having been released. */
  succeeded: boolean
  readonly part: "whole" | "count" | "first"
  /** The scope that releases it, or the bracket of somebody, or nobody. */
  owner: number | `bracket of ${number}` | undefined
  readonly isDowngraded: boolean
}

/** Somebody inside a bracket. */
interface Inside {
  readonly access: Access
  readonly old: Value
}

export const people = 6

export class RwLockModel implements Model<Kind> {
  private readonly maxReaders: number
  private value = initial
  /** Those inside, and those who have been promised it. */
  private readers = 0
  private writing = false
  private readonly line: Array<Request> = []
  private readonly granted: Array<Request> = []
  private readonly inside = new Map<number, Inside>()
  private readonly guards: Array<Guard> = []
  private scopes = 0
  private readonly closedScopes = new Set<number>()
  private readonly log: Array<string> = []
  readonly situations = new Set<Situation>()

  constructor(maxReaders: number) {
    this.maxReaders = maxReaders
  }

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    read: (command) => this.request(command, "read", false),
    write: (command) => this.request(command, "write", false),
    withRead: (command) => this.request(command, "read", true),
    withWrite: (command) => this.request(command, "write", true),
    tryRead: (command) => this.try(command, "read"),
    tryWrite: (command) => this.try(command, "write"),
    withReadIfAvailable: (command) => this.requestIfAvailable(command, "read"),
    withWriteIfAvailable: (command) => this.requestIfAvailable(command, "write"),
    leave: ({ variant, ...command }) => {
      const who = command.who % people
      const inside = this.inside.get(who)
      if (inside === undefined) return undefined
      const ending = endings[variant]
      if (ending === "failed" && inside.access === "write" && inside.old !== this.value) {
        this.situations.add("a failed body left what it had set")
      }
      this.endBracket(who, inside)
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
      this.onWriteGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          this.write(guard, command.n)
          return ""
        })),
    guardUpdate: (command) =>
      this.onWriteGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          const old = this.read(guard)
          this.write(guard, (typeof old === "number" ? old : old.count) + command.n)
          return command.variant > 1 ? JSON.stringify(old) : ""
        })),
    guardThrows: (command) => this.onGuard(command, (guard) => this.whileHeld(guard, () => "thrown")),
    map: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          this.succeed(guard, guard.access, guard.part === "whole" ? "count" : guard.part)
          return ""
        })),
    tryMap: (command) =>
      this.onGuard(command, (guard) =>
        this.whileHeld(guard, () => {
          if (this.isMissing(guard)) return "missing, still held"
          this.succeed(guard, guard.access, "first")
          return ""
        })),
    downgrade: (command) => this.downgrade(command, () => "whole"),
    downgradeMap: (command) => this.downgrade(command, () => "count"),
    tryDowngradeMap: (command) => this.downgrade(command, (guard) => this.isMissing(guard) ? undefined : "first")
  }

  // ---- getting in ----------------------------------------------------------------------------------------------------

  /** Whether there is room for one more of its kind. */
  private fits(access: Access): boolean {
    return !this.writing && this.readers < (access === "read" ? this.maxReaders : 1)
  }

  private enter(access: Access): void {
    if (access === "read") this.readers++
    else this.writing = true
  }

  private exit(access: Access): number {
    if (access === "read") this.readers--
    else this.writing = false
    return this.advance()
  }

  /** Lets in those at the front of the line for whom there is room now, and says how many. */
  private advance(): number {
    let admitted = 0
    while (this.line.length > 0 && this.fits(this.line[0].access)) {
      const request = this.line.shift()!
      this.enter(request.access)
      this.granted.push(request)
      admitted++
    }
    if (admitted > 1) this.situations.add("several readers entered together")
    return admitted
  }

  private request(
    { other, variant, ...command }: Command<Kind>,
    access: Access,
    isBracket: boolean
  ): string | undefined {
    const who = command.who % people
    if (!this.isIdle(who)) return undefined
    const scope = isBracket ? -1 : this.targetScope(variant, this.guards[other]?.owner)
    const request = { who, access, isBracket, scope }
    if (this.line.length === 0 && this.fits(access)) {
      this.enter(access)
      this.serve(request)
    } else {
      if (access === "read" && this.line.length === 0 && !this.writing) {
        this.situations.add("a reader waited for another to leave")
      }
      this.line.push(request)
    }
    return ""
  }

  /** Whether a request that does not wait gets nothing; if not, it is in. */
  private refuses(access: Access): boolean {
    if (this.line.length === 0 && this.fits(access)) {
      this.enter(access)
      return false
    }
    if (this.granted.length > 0) this.situations.add("a request that does not wait came right after a grant")
    if (access === "read" && this.fits("read")) {
      this.situations.add("a writer that waits kept others from trying to read")
    }
    return true
  }

  private try({ variant }: Command<Kind>, access: Access): string {
    // the variants 2 and 3 have no scope
    const owner = variant > 1 ? undefined : this.scopes++
    if (this.refuses(access)) return "WouldBlock"
    this.own(access, owner)
    return "locked"
  }

  private requestIfAvailable(command: Command<Kind>, access: Access): string | undefined {
    const who = command.who % people
    if (!this.isIdle(who)) return undefined
    if (this.refuses(access)) this.log.push(`${who} nothing`)
    else this.serve({ who, access, isBracket: true, scope: -1 })
    return ""
  }

  settle(): void {
    for (let request = this.granted.shift(); request !== undefined; request = this.granted.shift()) this.serve(request)
  }

  /** The fiber of a request runs, being in. */
  private serve({ access, isBracket, scope, who }: Request): void {
    if (isBracket) {
      if (access === "write") this.own(access, `bracket of ${who}`)
      this.inside.set(who, { access, old: this.value })
      this.log.push(access === "write" ? `${who} entered` : `${who} entered ${JSON.stringify(this.value)}`)
    } else {
      this.own(access, scope)
      this.log.push(`${who} locked`)
    }
  }

  // ---- getting out ---------------------------------------------------------------------------------------------------

  /** A reader leaves; a writer's guard, or what took over from it, is released if it is still the bracket's. */
  private endBracket(who: number, { access }: Inside): void {
    this.inside.delete(who)
    if (access === "read") {
      this.exit("read")
      return
    }
    const guard = this.guards.find((guard) => guard.owner === `bracket of ${who}` && guard.held)
    if (guard === undefined) return
    if (guard.isDowngraded) this.situations.add("a bracket ended after its guard was downgraded")
    this.end(guard)
  }

  private interrupt(who: number): string | undefined {
    const inside = this.inside.get(who)
    const queued = this.line.findIndex((request) => request.who === who)
    const granted = this.granted.findIndex((request) => request.who === who)
    if (inside !== undefined) {
      this.endBracket(who, inside)
    } else if (queued >= 0) {
      const [{ access }] = this.line.splice(queued, 1)
      if (this.advance() > 0 && access === "write") {
        this.situations.add("a writer stopped waiting, and readers behind it got in")
      }
    } else if (granted >= 0) {
      const [{ access }] = this.granted.splice(granted, 1)
      this.situations.add(
        access === "read"
          ? "a granted reader was interrupted before it ran"
          : "a granted writer was interrupted before it ran"
      )
      this.exit(access)
    } else {
      return undefined
    }
    this.log.push(`${who} interrupted`)
    return ""
  }

  private isIdle(who: number): boolean {
    return !this.inside.has(who) && [...this.granted, ...this.line].every((request) => request.who !== who)
  }

  // ---- guards --------------------------------------------------------------------------------------------------------

  private own(access: Access, owner: Guard["owner"]): void {
    const guard: Guard = { access, held: true, succeeded: false, part: "whole", owner, isDowngraded: false }
    this.guards.push(guard)
    if (typeof owner === "number" && this.closedScopes.has(owner)) {
      this.situations.add("a guard came into a closed scope")
      this.end(guard)
    }
  }

  private end(guard: Guard): void {
    if (!guard.held) return
    guard.held = false
    this.exit(guard.access)
  }

  /** Another guard takes over, at the same place. */
  private succeed(guard: Guard, access: Access, part: Guard["part"]): void {
    guard.held = false
    guard.succeeded = true
    const isDowngraded = guard.isDowngraded || access !== guard.access
    this.guards.push({ access, held: true, succeeded: false, part, owner: guard.owner, isDowngraded })
  }

  private downgrade(
    command: Command<Kind>,
    partOf: (guard: Guard) => Guard["part"] | undefined
  ): string | undefined {
    return this.onWriteGuard(command, (guard) => {
      if (guard.part !== "whole") return undefined
      return this.whileHeld(guard, () => {
        const part = partOf(guard)
        if (part === undefined) return "missing, still held"
        this.succeed(guard, "read", part)
        this.readers = 1
        this.writing = false
        const admitted = this.advance()
        if (admitted > 0) this.situations.add("a downgrade let readers in")
        else if (this.line[0]?.access === "write") {
          this.situations.add("a downgrade let nobody in before the next writer")
        }
        return ""
      })
    })
  }

  private isMissing({ part }: Guard): boolean {
    if (part === "whole" && this.value.items.length > 0) return false
    this.situations.add("a part was missing")
    return true
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
    if (guard.succeeded) this.situations.add("a guard that was succeeded by another was used")
    return "Misuse"
  }

  /** The variants 0 and 1 share a scope that is there, if there is one. */
  private targetScope(variant: number, existing: Guard["owner"]): number {
    return variant < 2 && typeof existing === "number" ? existing : this.scopes++
  }

  private onGuard(command: Command<Kind>, f: (guard: Guard) => string | undefined): string | undefined {
    return this.guards.length === 0 ? undefined : f(this.guards[command.who % this.guards.length])
  }

  private onWriteGuard(command: Command<Kind>, f: (guard: Guard) => string | undefined): string | undefined {
    return this.onGuard(command, (guard) => guard.access === "write" ? f(guard) : undefined)
  }

  // ---- what can be seen ----------------------------------------------------------------------------------------------

  get snapshot() {
    return {
      readers: this.readers,
      writeLocked: this.writing,
      waiting: this.line.length,
      value: this.value,
      released: this.guards.map((guard) => !guard.held),
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    const count = (access: Access) =>
      this.guards.filter((guard) => guard.held && guard.access === access).length +
      this.granted.filter((request) => request.access === access).length
    const readers = count("read") + [...this.inside.values()].filter(({ access }) => access === "read").length
    const writers = count("write")
    if (readers !== this.readers) return `${readers} read, not ${this.readers}`
    if (writers !== (this.writing ? 1 : 0)) return `${writers} write a lock that is written: ${this.writing}`
    return readers > 0 && this.writing ? `${readers} read while one writes` : undefined
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 2, settle: true }
    const waiting = this.line[0] ?? this.granted[0]
    if (waiting !== undefined) return { ...command, kind: "interrupt", who: waiting.who }
    const [inside] = this.inside.keys()
    if (inside !== undefined) return { ...command, kind: "leave", who: inside }
    const held = this.guards.findIndex((guard) => guard.held)
    return held < 0 ? undefined : { ...command, kind: "unlock", who: held }
  }
}
