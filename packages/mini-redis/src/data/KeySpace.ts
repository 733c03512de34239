/**
 * One database: keys, what is in them, and when they expire.
 *
 * It knows no clock: who asks says what time it is. A key whose time has come is not there any more for anybody who asks,
 * and takes its memory until `purge`, which is another's to call, or until it is written.
 */
import { Deadlines } from "./Deadlines.ts"
import { Deque } from "./Deque.ts"

export type Value = string | Deque<string>

interface Entry {
  readonly key: string
  /** Rises from entry to entry, and stays with the key as long as that is there. */
  readonly id: number
  isGone: boolean
  value: Value
  /** The moment from which it is gone, `Infinity` for never. */
  expiresAt: number
}

export class KeySpace {
  /** The keys that got longer as lists since somebody last looked: those who wait for an item are served from them. */
  readonly pushed = new Set<string>()
  /** How many keys `purge` has removed. */
  purged = 0
  private readonly entries = new Map<string, Entry>()
  private readonly deadlines = new Deadlines(({ at, key }) => this.entries.get(key)?.expiresAt === at)
  private expiring = 0
  /** All entries by their ids, with some that are gone. */
  private order: Array<Entry> = []
  private gone = 0
  private lastId = 0

  /** How many keys there are, with those that have expired and are not purged. */
  get size(): number {
    return this.entries.size
  }

  /** How many of them expire. */
  get volatile(): number {
    return this.expiring
  }

  get(key: string, now: number): Value | undefined {
    return this.live(key, now)?.value
  }

  has(key: string, now: number): boolean {
    return this.live(key, now) !== undefined
  }

  /** The moment at which the key expires, `Infinity` for never, `undefined` if there is no such key. */
  expiresAt(key: string, now: number): number | undefined {
    return this.live(key, now)?.expiresAt
  }

  /** Every key that is there, and was there when it began. Keys may come and go meanwhile. */
  *keys(now: number): Generator<string> {
    for (const [key, entry] of this.entries) if (entry.expiresAt > now) yield key
  }

  /**
   * Some keys from an id on, and the id to go on from, 0 at the end. A key that is there all the time is met once, whatever
   * happens to others between two calls.
   */
  scan(from: number, count: number, now: number): { readonly keys: Array<string>; readonly next: number } {
    const keys: Array<string> = []
    const start = this.placeOf(from)
    const end = Math.min(start + count, this.order.length)
    for (let i = start; i < end; i++) {
      const entry = this.order[i]!
      if (!entry.isGone && entry.expiresAt > now) keys.push(entry.key)
    }
    return { keys, next: this.order[end]?.id ?? 0 }
  }

  /** Sets what is in a key, and that it never expires. */
  set(key: string, value: Value): void {
    const entry = this.entries.get(key)
    if (entry !== undefined) {
      entry.value = value
      this.expire(key, Infinity)
    } else {
      const made = { key, id: ++this.lastId, isGone: false, value, expiresAt: Infinity }
      this.entries.set(key, made)
      this.order.push(made)
    }
  }

  /** Sets what is in a key that is there, and when it expires stays; or else makes it. */
  replace(key: string, value: Value, now: number): void {
    const entry = this.live(key, now)
    if (entry === undefined) this.set(key, value)
    else entry.value = value
  }

  /** The list in a key that is there or has just been made. `undefined` if something else is in it. */
  list(key: string, now: number): Deque<string> | undefined {
    const value = this.get(key, now)
    if (value !== undefined) return typeof value === "string" ? undefined : value
    const list = new Deque<string>()
    this.set(key, list)
    return list
  }

  /** Says when a key expires, `Infinity` for never. It is there. */
  expire(key: string, at: number): void {
    const entry = this.entries.get(key)!
    if (entry.expiresAt === at) return
    this.expiring += Number(at !== Infinity) - Number(entry.expiresAt !== Infinity)
    entry.expiresAt = at
    if (at !== Infinity) this.deadlines.add({ key, at }, this.expiring)
  }

  delete(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    if (entry.expiresAt !== Infinity) this.expiring--
    this.entries.delete(key)
    entry.isGone = true
    if (++this.gone > 64 && this.gone > this.order.length / 2) {
      this.order = this.order.filter(({ isGone }) => !isGone)
      this.gone = 0
    }
  }

  clear(): void {
    this.entries.clear()
    this.deadlines.clear()
    this.expiring = 0
    this.order = []
    this.gone = 0
  }

  /** The moment at which the next key expires, `Infinity` if none does. */
  get nextDeadline(): number {
    return this.deadlines.peek()?.at ?? Infinity
  }

  /** Removes keys that have expired, so many at most, and says whether there are more. */
  purge(now: number, limit: number): boolean {
    for (let i = 0; i < limit; i++) {
      const next = this.deadlines.peek()
      if (next === undefined || next.at > now) return false
      this.deadlines.removeTop()
      this.delete(next.key)
      this.purged++
    }
    return this.nextDeadline <= now
  }

  /** The first place in `order` with that id or a higher one. */
  private placeOf(id: number): number {
    let [low, high] = [0, this.order.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.order[middle]!.id < id) low = middle + 1
      else high = middle
    }
    return low
  }

  private live(key: string, now: number): Entry | undefined {
    const entry = this.entries.get(key)
    return entry !== undefined && entry.expiresAt > now ? entry : undefined
  }
}
