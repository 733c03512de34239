/**
 * A tree of cancellation flags as plain data: who hangs below whom, who waits where, and what a scope releases. Nobody is
 * interrupted in the middle of anything here; what matters is which cancellation reaches whom.
 */
import { type Command, endings, type Model, type Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  child: 8,
  cancel: 3,
  release: 3,
  transfer: 2,
  closeScope: 2,
  guard: 2,
  disarm: 1,
  releaseGuard: 1,
  signal: 2,
  wait: 6,
  run: 6,
  leave: 5,
  interrupt: 3
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a cancellation came down past a released token",
  "a released token's children became roots",
  "a child was born cancelled",
  "a child was made of a released token",
  "a child came into a closed scope",
  "a released token was cancelled",
  "who was woken was interrupted before it ran",
  "an effect ended between the cancellation and its being stopped",
  "an effect was stopped",
  "an effect was not begun",
  "the end of a scope cancelled",
  "a disarmed guard's scope ended",
  "a signal was untied, and its token cancelled"
] as const

type Situation = typeof situations[number]

interface Token {
  cancelled: boolean
  released: boolean
  parent: number | undefined
  /** Whose it was made, released or not. */
  readonly maker: number | undefined
  scope: number | undefined
}

interface Guard {
  readonly token: number
  scope: number | undefined
  ended: boolean
  disarmed: boolean
}

interface Signal {
  readonly token: number
  scope: number | undefined
  aborted: boolean
}

/** Somebody who waits on a token, or runs an effect until it is cancelled. */
interface Busy {
  readonly who: number
  readonly token: number
  readonly form: "wait" | "run" | "interruptible run"
}

export const people = 5

/** One of an array, if it has any. */
const at = <A>(things: ReadonlyArray<A>, index: number): readonly [index: number, thing: A] | undefined =>
  things.length === 0 ? undefined : [index % things.length, things[index % things.length]!]

export class CancellationModel implements Model<Kind> {
  private readonly tokens: Array<Token> = [
    { cancelled: false, released: false, parent: undefined, maker: undefined, scope: undefined }
  ]
  private readonly guards: Array<Guard> = []
  private readonly signals: Array<Signal> = []
  /** What each scope releases, in the order in which it came, and whether it is closed. */
  private readonly scopes: Array<{ closed: boolean; owned: Array<Token | Guard | Signal> }> = []
  private queue: Array<Busy> = []
  private woken: Array<Busy> = []
  private readonly logs: Record<string, Array<string>> = {}
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    child: ({ other, variant, who }) => {
      if (this.tokens.length === 12) return undefined
      const [maker, { cancelled, released }] = at(this.tokens, who)!
      const token: Token = {
        cancelled,
        released: false,
        parent: cancelled || released ? undefined : maker,
        maker,
        scope: undefined
      }
      if (cancelled) this.situations.add("a child was born cancelled")
      if (released) this.situations.add("a child was made of a released token")
      this.tokens.push(token)
      if (variant < 3) this.own(token, this.targetScope(variant, other))
      if (token.released) this.situations.add("a child came into a closed scope")
      return ""
    },
    cancel: ({ who }) => {
      const [index, token] = at(this.tokens, who)!
      if (token.released && !token.cancelled) this.situations.add("a released token was cancelled")
      this.cancel(index)
      return ""
    },
    release: ({ who }) => {
      this.release(at(this.tokens, who)![1])
      return ""
    },
    transfer: ({ other, variant, who }) => {
      const [, token] = at(this.tokens, who)!
      const scope = this.targetScope(variant, other)
      if (token.released) return "Misuse"
      this.move(token, scope)
      return ""
    },
    closeScope: ({ who }) => {
      const found = at(this.scopes, who)
      if (found === undefined || found[1].closed) return undefined
      const [, scope] = found
      scope.closed = true
      for (let owned = scope.owned.pop(); owned !== undefined; owned = scope.owned.pop()) {
        if ("ended" in owned) {
          if (owned.disarmed) this.situations.add("a disarmed guard's scope ended")
          else if (!this.tokens[owned.token]!.cancelled) this.situations.add("the end of a scope cancelled")
        }
        this.end(owned)
      }
      return ""
    },
    guard: ({ other, variant, who }) => {
      if (this.guards.length === 4) return undefined
      const guard: Guard = { token: at(this.tokens, who)![0], scope: undefined, ended: false, disarmed: false }
      this.guards.push(guard)
      this.own(guard, this.targetScope(variant, other))
      return ""
    },
    disarm: ({ who }) => {
      const found = at(this.guards, who)
      if (found === undefined) return undefined
      const [, guard] = found
      guard.disarmed ||= !guard.ended
      guard.ended = true
      return `token ${guard.token}`
    },
    releaseGuard: ({ who }) => {
      const found = at(this.guards, who)
      if (found === undefined) return undefined
      this.end(found[1])
      return ""
    },
    signal: ({ other, variant, who }) => {
      if (this.signals.length === 4) return undefined
      const [index, { cancelled }] = at(this.tokens, who)!
      const signal: Signal = { token: index, scope: undefined, aborted: cancelled }
      this.signals.push(signal)
      this.own(signal, this.targetScope(variant, other))
      return ""
    },
    wait: (command) => this.begin(command, "wait"),
    run: (command) => this.begin(command, command.variant > 1 ? "run" : "interruptible run"),
    leave: ({ variant, who }) => {
      const busy = this.busy(who % people)
      if (busy === undefined || busy.form === "wait") return undefined
      if (this.woken.includes(busy)) {
        this.situations.add("an effect ended between the cancellation and its being stopped")
      }
      const ending = endings[variant]!
      this.leave(busy, ending !== "left" ? ending : busy.form === "run" ? "some(\"left\")" : "left")
      return ""
    },
    interrupt: ({ who }) => {
      const busy = this.busy(who % people)
      if (busy === undefined) return undefined
      if (this.woken.includes(busy)) this.situations.add("who was woken was interrupted before it ran")
      this.leave(busy, "interrupted")
      return ""
    }
  }

  private begin(command: Command<Kind>, form: Busy["form"]): string | undefined {
    const who = command.who % people
    if (this.busy(who) !== undefined) return undefined
    const [token, { cancelled }] = at(this.tokens, command.other)!
    const busy: Busy = { who, token, form }
    if (!cancelled) {
      this.queue.push(busy)
    } else {
      if (form !== "wait") this.situations.add("an effect was not begun")
      this.log(busy, stoppedAs[form])
    }
    return ""
  }

  private busy(who: number): Busy | undefined {
    return [...this.queue, ...this.woken].find((busy) => busy.who === who)
  }

  private leave(busy: Busy, how: string): void {
    this.queue = this.queue.filter((other) => other !== busy)
    this.woken = this.woken.filter((other) => other !== busy)
    this.log(busy, how)
  }

  /** There is an order within a token alone, and among those of one kind. */
  private log({ form, token, who }: Busy, how: string): void {
    const log = this.logs[`${token} ${form === "wait" ? "wait" : "run"}`] ??= []
    log.push(`${who} ${how}`)
  }

  settle(): void {
    for (const busy of this.woken.splice(0)) {
      if (busy.form !== "wait") this.situations.add("an effect was stopped")
      this.log(busy, stoppedAs[busy.form])
    }
  }

  private cancel(index: number): void {
    const token = this.tokens[index]!
    if (token.cancelled) return
    token.cancelled = true
    token.parent = undefined
    this.woken.push(...this.queue.filter((busy) => busy.token === index))
    this.queue = this.queue.filter((busy) => busy.token !== index)
    for (const signal of this.signals) {
      if (signal.token !== index) continue
      if (signal.scope === undefined) this.situations.add("a signal was untied, and its token cancelled")
      else signal.aborted = true
    }
    for (const [below, { maker, parent }] of this.tokens.entries()) {
      if (parent !== index) continue
      if (maker !== index) this.situations.add("a cancellation came down past a released token")
      this.cancel(below)
    }
  }

  private release(token: Token): void {
    if (token.released) return
    token.released = true
    const index = this.tokens.indexOf(token)
    for (const below of this.tokens) {
      if (below.parent !== index) continue
      if (token.parent === undefined) this.situations.add("a released token's children became roots")
      below.parent = token.parent
    }
    token.parent = undefined
  }

  /** What the scope's finalizer does. */
  private end(thing: Token | Guard | Signal): void {
    thing.scope = undefined
    if ("aborted" in thing) return
    if ("released" in thing) return this.release(thing)
    if (thing.ended) return
    thing.ended = true
    this.cancel(thing.token)
  }

  private own(thing: Token | Guard | Signal, scope: number): void {
    const { closed, owned } = this.scopes[scope]!
    if (closed) return this.end(thing)
    thing.scope = scope
    owned.push(thing)
  }

  private move(token: Token, scope: number): void {
    if (token.scope === scope) return
    if (token.scope !== undefined) {
      const { owned } = this.scopes[token.scope]!
      owned.splice(owned.indexOf(token), 1)
    }
    this.own(token, scope)
  }

  /** One that exists, or a new one. */
  private targetScope(variant: number, other: number): number {
    if (variant === 0 && this.scopes.length > 0) return other % this.scopes.length
    return this.scopes.push({ closed: false, owned: [] }) - 1
  }

  get snapshot() {
    return {
      tokens: this.tokens.map(({ cancelled, released }, index) => ({
        cancelled,
        released,
        children: this.tokens.filter(({ parent }) => parent === index).length,
        waiting: this.queue.filter(({ token }) => token === index).length
      })),
      guards: this.guards.map(({ ended }) => ended),
      signals: this.signals.map(({ aborted }) => aborted),
      logs: structuredClone(this.logs)
    }
  }

  get flaw(): string | undefined {
    for (const [index, { cancelled, parent, released }] of this.tokens.entries()) {
      if (parent === undefined) continue
      if (released) return `token ${index} is released and has a parent`
      if (cancelled || this.tokens[parent]!.cancelled) return `token ${index} is in a tree with a cancelled one`
      if (this.tokens[parent]!.released) return `token ${index} hangs below a released one`
    }
    return undefined
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 0, settle: true }
    const busy = [...this.queue, ...this.woken][0]
    if (busy !== undefined) return { ...command, kind: "interrupt", who: busy.who }
    const open = this.scopes.findIndex(({ closed }) => !closed)
    return open === -1 ? undefined : { ...command, kind: "closeScope", who: open }
  }
}

/** How one ends whose token is cancelled. */
const stoppedAs = { wait: "woken", run: "none()", "interruptible run": "interrupted" }
