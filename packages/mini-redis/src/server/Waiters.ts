/**
 * Who waits for an item of a list.
 *
 * An item goes to whoever has waited longest, while the lock of the one who pushed it is still held: nobody can take it in
 * between. So a list that somebody waits for is always empty.
 */
import { Result } from "effect"
import { Oneshot } from "effect-sync"
import { takeItem } from "../commands/lists.ts"
import type { KeySpace } from "../data/KeySpace.ts"

/** The key, and the item. */
export type Taken = readonly [key: string, item: string]

export interface Waiter {
  readonly keys: KeySpace
  readonly names: ReadonlyArray<string>
  readonly end: "popFirst" | "popLast"
  readonly sender: Oneshot.Sender<Taken>
}

export class Waiters {
  /** A `Set` remembers the order in which they came. */
  private readonly queues = new Map<KeySpace, Map<string, Set<Waiter>>>()

  /** How many wait. */
  get size(): number {
    const all = new Set<Waiter>()
    for (const queues of this.queues.values()) {
      for (const queue of queues.values()) for (const one of queue) all.add(one)
    }
    return all.size
  }

  add(waiter: Waiter): void {
    const queues = this.queues.get(waiter.keys) ?? new Map<string, Set<Waiter>>()
    this.queues.set(waiter.keys, queues)
    for (const name of waiter.names) {
      const queue = queues.get(name)
      if (queue === undefined) queues.set(name, new Set([waiter]))
      else queue.add(waiter)
    }
  }

  remove(waiter: Waiter): void {
    const queues = this.queues.get(waiter.keys)!
    for (const name of waiter.names) {
      const queue = queues.get(name)
      if (queue?.delete(waiter) === true && queue.size === 0) queues.delete(name)
    }
  }

  /** Gives what was pushed to those who wait for it. */
  serve(keys: KeySpace, now: number): void {
    const queues = this.queues.get(keys)
    for (const name of keys.pushed) {
      while (keys.has(name, now)) {
        const waiter = queues?.get(name)?.values().next().value
        if (waiter === undefined) break
        this.remove(waiter)
        const item = takeItem(keys, name, now, waiter.end)!
        if (Result.isFailure(Oneshot.sendUnsafe(waiter.sender, [name, item]))) giveBack(waiter, [name, item], now)
      }
    }
    keys.pushed.clear()
  }
}

/** Puts an item back to where it was. */
export const giveBack = ({ end, keys }: Waiter, [name, item]: Taken, now: number): void => {
  // Somebody may have set something else there meanwhile: then there is no list to give it back to.
  const list = keys.list(name, now)
  if (list === undefined) return
  if (end === "popFirst") list.pushFirst(item)
  else list.pushLast(item)
  keys.pushed.add(name)
}
