/**
 * A broadcast: the ring, the count of its senders, and who waits for what.
 *
 * Guarded by `test/Broadcast.test.ts`.
 *
 * @internal
 */
import * as Exit from "effect/Exit"
import { SendError } from "../Errors.ts"
import { nameOf } from "./arguments.ts"
import { Ring } from "./broadcastRing.ts"
import { type Described, withoutStack } from "./failure.ts"
import { SenderCount } from "./senders.ts"
import { type Queued, WaitQueue } from "./waitQueue.ts"

/** A receiver on which somebody waits. */
interface Listener extends Queued {
  /** It has been taken out of the queue, for there is something new. Runs no fiber. */
  wakes(): void
}

/** A fiber in `closed`. */
export interface Parked extends Queued {
  readonly sender: object
  /** It has been taken out of the queue. Runs no fiber. */
  wakes(): void
}

/** @internal */
export class Broadcast<A> implements Described {
  readonly ring: Ring<A>
  readonly senders: SenderCount
  /** The receivers on which somebody waits for something to come, by when that began. */
  readonly listeners = new WaitQueue<Listener>()
  /** The fibers in `closed`. */
  readonly closing = new WaitQueue<Parked>()
  readonly name: string | undefined
  /** What a `send` ends with, which is the same until somebody comes or goes. */
  private sent: Exit.Success<number> = Exit.succeed(0) as Exit.Success<number>

  constructor(capacity: number, name: string | undefined) {
    this.ring = new Ring(capacity)
    this.name = name
    this.senders = new SenderCount(() => this.wakeListeners())
  }

  get description(): string {
    return nameOf("Broadcast", this.name)
  }

  /** Its name, as the inspection of its halves begins with. */
  get label(): string {
    return this.name === undefined ? "" : `${this.name}: `
  }

  get named(): { readonly name?: string } {
    return this.name === undefined ? {} : { name: this.name }
  }

  /** Keeps the value for those who are subscribed, and wakes those who wait. Whether there is anybody. */
  trySend(a: A): boolean {
    if (this.ring.receivers === 0) return false
    this.ring.push(a)
    if (this.listeners.head !== undefined) this.wakeListeners()
    return true
  }

  sentTo(): Exit.Exit<number> {
    const { receivers } = this.ring
    if (this.sent.value !== receivers) this.sent = Exit.succeed(receivers) as Exit.Success<number>
    return this.sent
  }

  refused(label: string, value: A): SendError<A> {
    return withoutStack(() => new SendError({ message: `${label}: ${this.description} has no receivers`, value }))
  }

  receiverLeaves(cursor: number): void {
    this.ring.leave(cursor)
    if (this.ring.receivers === 0) this.wakeClosing()
  }

  /** Whoever listens again, since there was nothing for it after all, does so behind the last of them. */
  private wakeListeners(): void {
    for (let left = this.listeners.size; left > 0; left--) this.listeners.shift()!.wakes()
  }

  private wakeClosing(): void {
    let waiter: Parked | undefined
    while ((waiter = this.closing.shift()) !== undefined) waiter.wakes()
  }

  /** Wakes those parked through one handle. Only if there are any, for all are looked through. */
  wakeClosingOf(sender: object): void {
    let waiter = this.closing.head
    while (waiter !== undefined) {
      const next = waiter.next as Parked | undefined
      if (waiter.sender === sender) {
        this.closing.remove(waiter)
        waiter.wakes()
      }
      waiter = next
    }
  }
}
