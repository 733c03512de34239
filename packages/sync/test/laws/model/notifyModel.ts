/**
 * A Notify as plain data: what is stored, who stands in the queue, and what each handle has been given. Nobody is
 * interrupted in the middle of anything here; what matters is who comes when, and to whom a notification goes.
 */
import type { Command, Model, Table } from "./agreement.ts"

/** How often each comes up in a sequence. */
export const weights = {
  notified: 6,
  subscribe: 5,
  enable: 5,
  await: 7,
  notifyOne: 6,
  notifyLast: 5,
  notifyWaiters: 3,
  interrupt: 7,
  drop: 4,
  closeScope: 2,
  transfer: 2
}

export type Kind = keyof typeof weights

/** What a sequence can come into and is easily got wrong. */
export const situations = [
  "a handle took what was stored",
  "a broadcast completed a handle that stood in no queue",
  "a handle completed by a broadcast left what was stored",
  "a notification was passed on to the oldest",
  "a notification was passed on to the newest",
  "a notification was passed on and stored",
  "a broadcast was passed on to nobody",
  "a handle passed on what it was given",
  "one notification completed several fibers",
  "one of several fibers in await was interrupted",
  "an interrupted await was called again",
  "a place that enable took was given up by an interruption",
  "a handle was dropped under a fiber in await",
  "a handle was dropped under a fiber that was notified",
  "a fiber came to a handle that another was notified through",
  "a handle came into a closed scope",
  "a dropped handle was used"
] as const

type Situation = typeof situations[number]

type To = "oldest" | "newest" | "all"

interface Handle {
  readonly since: number
  dropped: boolean
  observed: boolean
  enabled: boolean
  interrupted: boolean
  given: To | undefined
  /** Who is parked in its `await`. */
  parked: Array<number>
  owner: number | undefined
  /** Its turn among what its owner has. */
  turn: number
}

/** Somebody in `notified`, or a handle. */
type Listener = { readonly who: number } | { readonly handle: Handle }

/** A woken fiber that has not run: in `notified`, with what it was given, or in the `await` of a handle. */
type Woken = { readonly who: number; readonly to: To } | { readonly who: number; readonly handle: Handle }

export const people = 5

export class NotifyModel implements Model<Kind> {
  private stored = false
  private broadcasts = 0
  private queue: Array<Listener> = []
  private woken: Array<Woken> = []
  private readonly handles: Array<Handle> = []
  private scopes = 0
  private turns = 0
  private readonly closedScopes = new Set<number>()
  private readonly log: Array<string> = []
  // for conservation: calls of notifyOne and notifyLast, and what became of them
  private called = 0
  private seen = 0
  private coalesced = 0
  readonly situations = new Set<Situation>()

  perform(command: Command<Kind>): string | undefined {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, string | undefined> = {
    notified: (command) => {
      const who = command.who % people
      if (this.isBusy(who)) return undefined
      if (this.takeStored()) this.log.push(`${who} woken`)
      else this.queue.push({ who })
      return ""
    },
    subscribe: ({ other, variant }) => {
      // the variant 3 has no scope
      const owner = variant === 3 ? undefined : this.targetScope(variant, this.handles[other]?.owner)
      const handle: Handle = {
        since: this.broadcasts,
        dropped: false,
        observed: false,
        enabled: false,
        interrupted: false,
        given: undefined,
        parked: [],
        owner,
        turn: this.turns++
      }
      this.handles.push(handle)
      if (owner !== undefined && this.closedScopes.has(owner)) {
        this.situations.add("a handle came into a closed scope")
        this.drop(handle)
      }
      return ""
    },
    enable: (command) =>
      this.onHandle(command, (handle) => {
        if (this.observe(handle)) return "true"
        this.join(handle)
        handle.enabled = true
        return "false"
      }),
    await: (command) => {
      const who = command.who % people
      if (this.handles.length === 0 || this.isBusy(who)) return undefined
      const handle = this.handles[command.other % this.handles.length]
      if (handle.dropped) {
        this.log.push(`${who} Misuse`)
        return ""
      }
      if (handle.interrupted) this.situations.add("an interrupted await was called again")
      if (handle.given !== undefined && this.awaiting(handle) > 0) {
        this.situations.add("a fiber came to a handle that another was notified through")
      }
      if (this.observe(handle)) {
        this.log.push(`${who} woken`)
      } else {
        this.join(handle)
        handle.parked.push(who)
      }
      return ""
    },
    notifyOne: () => this.notify("oldest"),
    notifyLast: () => this.notify("newest"),
    notifyWaiters: () => {
      this.broadcasts++
      for (const listener of this.queue.splice(0)) this.deliver(listener, "all")
      return ""
    },
    interrupt: ({ who }) => this.interrupt(who % people),
    drop: (command) => {
      if (this.handles.length === 0) return undefined
      this.drop(this.handles[command.who % this.handles.length])
      return ""
    },
    closeScope: (command) => {
      if (this.handles.length === 0) return undefined
      const { owner } = this.handles[command.who % this.handles.length]
      if (owner === undefined) return undefined
      this.closedScopes.add(owner)
      // the last to come goes first
      const owned = this.handles.filter((handle) => handle.owner === owner).sort((a, b) => b.turn - a.turn)
      for (const handle of owned) this.drop(handle)
      return ""
    },
    transfer: (command) =>
      this.onHandle(command, (handle) => {
        handle.owner = this.scopes++
        handle.turn = this.turns++
        return ""
      })
  }

  settle(): void {
    const completed = new Map<Handle, number>()
    for (const woken of this.woken.splice(0)) {
      if ("to" in woken) {
        if (woken.to !== "all") this.seen++
        this.log.push(`${woken.who} woken`)
        continue
      }
      const { handle, who } = woken
      if (handle.dropped && !handle.observed) {
        this.log.push(`${who} Misuse`)
      } else {
        this.observe(handle)
        completed.set(handle, (completed.get(handle) ?? 0) + 1)
        if (completed.get(handle)! > 1) this.situations.add("one notification completed several fibers")
        this.log.push(`${who} woken`)
      }
    }
  }

  private notify(to: "oldest" | "newest"): string {
    this.called++
    this.give(to)
    return ""
  }

  private give(to: "oldest" | "newest"): boolean {
    const listener = to === "oldest" ? this.queue.shift() : this.queue.pop()
    if (listener !== undefined) {
      this.deliver(listener, to)
      return true
    }
    if (this.stored) this.coalesced++
    this.stored = true
    return false
  }

  private deliver(listener: Listener, to: To): void {
    if ("who" in listener) {
      this.woken.push({ who: listener.who, to })
      return
    }
    const { handle } = listener
    handle.given = to
    for (const who of handle.parked.splice(0)) this.woken.push({ who, handle })
  }

  private passOn(to: To): void {
    if (to === "all") this.situations.add("a broadcast was passed on to nobody")
    else if (this.give(to)) this.situations.add(`a notification was passed on to the ${to}`)
    else this.situations.add("a notification was passed on and stored")
  }

  private takeStored(): boolean {
    if (!this.stored) return false
    this.stored = false
    this.seen++
    return true
  }

  private observe(handle: Handle): boolean {
    if (handle.observed) return true
    const broadcast = handle.since !== this.broadcasts
    if (handle.given === undefined && broadcast) {
      this.situations.add("a broadcast completed a handle that stood in no queue")
      if (this.stored) this.situations.add("a handle completed by a broadcast left what was stored")
    }
    if (handle.given !== undefined) {
      if (handle.given !== "all") this.seen++
    } else if (!broadcast) {
      if (!this.takeStored()) return false
      this.situations.add("a handle took what was stored")
    }
    handle.observed = true
    handle.given = undefined
    return true
  }

  private join(handle: Handle): void {
    if (!this.isQueued(handle)) this.queue.push({ handle })
  }

  private isQueued(handle: Handle): boolean {
    return this.queue.some((listener) => "handle" in listener && listener.handle === handle)
  }

  private giveUp(handle: Handle): void {
    this.queue = this.queue.filter((listener) => !("handle" in listener && listener.handle === handle))
    const { given } = handle
    handle.given = undefined
    handle.enabled = false
    if (given !== undefined) {
      this.situations.add("a handle passed on what it was given")
      this.passOn(given)
    }
  }

  private drop(handle: Handle): void {
    if (handle.dropped) return
    handle.dropped = true
    if (handle.parked.length > 0) this.situations.add("a handle was dropped under a fiber in await")
    else if (handle.given !== undefined && this.awaiting(handle) > 0) {
      this.situations.add("a handle was dropped under a fiber that was notified")
    }
    this.giveUp(handle)
    for (const who of handle.parked.splice(0)) this.woken.push({ who, handle })
  }

  /** How many fibers are in its `await`. */
  private awaiting(handle: Handle): number {
    return handle.parked.length + this.woken.filter((woken) => "handle" in woken && woken.handle === handle).length
  }

  private interrupt(who: number): string | undefined {
    const queued = this.queue.findIndex((listener) => "who" in listener && listener.who === who)
    const woken = this.woken.find((woken) => woken.who === who)
    const parked = this.handles.find((handle) => handle.parked.includes(who))
    if (queued >= 0) {
      this.queue.splice(queued, 1)
    } else if (woken !== undefined) {
      this.woken = this.woken.filter((other) => other !== woken)
      if ("to" in woken) this.passOn(woken.to)
      else this.leave(woken.handle)
    } else if (parked !== undefined) {
      parked.parked = parked.parked.filter((other) => other !== who)
      this.leave(parked)
    } else {
      return undefined
    }
    this.log.push(`${who} interrupted`)
    return ""
  }

  /** A fiber in its `await` was interrupted. */
  private leave(handle: Handle): void {
    if (this.awaiting(handle) > 0) {
      this.situations.add("one of several fibers in await was interrupted")
    } else if (!handle.dropped) {
      if (handle.enabled && this.isQueued(handle)) {
        this.situations.add("a place that enable took was given up by an interruption")
      }
      handle.interrupted = true
      this.giveUp(handle)
    }
  }

  private isBusy(who: number): boolean {
    return this.queue.some((listener) => "who" in listener && listener.who === who) ||
      this.woken.some((woken) => woken.who === who) ||
      this.handles.some((handle) => handle.parked.includes(who))
  }

  /** The variants 0 and 1 share a scope that is there, if there is one. */
  private targetScope(variant: number, existing: number | undefined): number {
    return variant < 2 && existing !== undefined ? existing : this.scopes++
  }

  private onHandle(command: Command<Kind>, f: (handle: Handle) => string): string | undefined {
    if (this.handles.length === 0) return undefined
    const handle = this.handles[command.who % this.handles.length]
    if (!handle.dropped) return f(handle)
    this.situations.add("a dropped handle was used")
    return "Misuse"
  }

  private condition(handle: Handle): string {
    if (handle.dropped) return "dropped"
    if (handle.observed) return "complete"
    if (handle.given !== undefined || handle.since !== this.broadcasts) return "notified"
    return this.isQueued(handle) ? "waiting" : "idle"
  }

  get snapshot() {
    return {
      notified: this.stored,
      waiting: this.queue.length,
      handles: this.handles.map((handle) => this.condition(handle)),
      log: [...this.log]
    }
  }

  get flaw(): string | undefined {
    if (this.stored && this.queue.length > 0) return "a notification is stored though somebody waits"
    const underway = this.woken.filter((woken) => "to" in woken && woken.to !== "all").length +
      this.handles.filter(({ given }) => given !== undefined && given !== "all").length
    const found = this.seen + this.coalesced + (this.stored ? 1 : 0) + underway
    return found === this.called ? undefined : `${this.called} notifications, of which ${found} are to be found`
  }

  get ending(): Command<Kind> | undefined {
    const command = { other: 0, n: 0, variant: 2, settle: true }
    const busy = Array.from({ length: people }, (_, who) => who).find((who) => this.isBusy(who))
    if (busy !== undefined) return { ...command, kind: "interrupt", who: busy }
    const held = this.handles.findIndex((handle) => !handle.dropped)
    return held < 0 ? undefined : { ...command, kind: "drop", who: held }
  }
}
