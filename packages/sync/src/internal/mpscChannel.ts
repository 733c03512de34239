/**
 * One channel of Mpsc: slots, senders and the end. It is in two parts that know little of each other:
 *
 * - **The slots' side**, this file and `mpscSending.ts`, `mpscPermits.ts`, `mpscHandles.ts`: how many slots are free, who
 *   waits for some, how many can still send, and whether the receiver has closed. All ways to send are here.
 * - **The buffer's side** (`MessageBuffer`): where messages stand until they are received, and who waits for them.
 *   Natively that is a ring with a line of receivers (`inbox.ts`). It may as well be an Effect Queue.
 *
 * The slots' side takes a slot and pushes a message into the buffer, in one step. The buffer's side gives slots back as
 * messages leave it. The slots' side says when no message can come any more. That is all that passes between them.
 *
 * **Slots** are a permit counter (`permitCounter.ts`), as in tokio. It is what makes who sends wait in order, lets a request
 * for many hold back those behind it, and lets nobody overtake; and hence always
 * **free + set aside for who waits + reserved + buffered = capacity**. An unbounded channel has none to count.
 *
 * **A waiting sender keeps its message.** It is granted a slot, and puts the message in when its fiber runs. So an
 * interrupted `send` has not sent, and passes the slot on; and a `close` in between still refuses it.
 *
 * **The end.** No message can come any more once the last strong sender is gone, or the receiver has closed and no
 * reservation is outstanding, or the receiver is gone. An outstanding reservation is a strong sender, so that
 * one condition covers both. Whatever may have brought the end about calls `settle`.
 *
 * Nothing here runs a fiber: who is woken joins the ready queue, so all state is settled before anybody sees it.
 *
 * Guarded by `test/Mpsc.test.ts` (MPSC-1 … MPSC-14), `test/Mpsc.interruption.test.ts` and `test/Mpsc.model.test.ts`.
 *
 * @internal
 */
import * as Exit from "effect/Exit"
import { nameOf } from "./arguments.ts"
import { PermitCounter, type PermitWaiter } from "./permitCounter.ts"
import { wakeSoon } from "./readyQueue.ts"
import { SenderCount } from "./senders.ts"
import { State, type Waiter, WaitQueue } from "./waitQueue.ts"

/**
 * Where messages stand until they are received, and who waits for them. None of these may run a fiber on this stack.
 *
 * @internal
 */
export interface MessageBuffer<in out A> {
  /** How many messages stand in it. */
  readonly length: number
  /** Puts one in: it has a slot. */
  push(a: A): void
  /** Forgets what is in it: nobody will receive it. The slots are given back by who calls. */
  clear(): void
  /** No message will come any more. May be called more than once. */
  end(): void
}

/** What waits, and through which sender. */
export interface Parked extends Waiter<any, any, any> {
  readonly sender: object
  /** Whether that sender was dropped while it waited. */
  dropped: boolean
}

/** @internal */
export class MpscChannel<in out A> {
  readonly name: string | undefined
  /** `Infinity` if it is unbounded. */
  readonly maxCapacity: number
  readonly buffer: MessageBuffer<A>
  /** The free slots and who waits for some. Closed once the receiver closes. */
  readonly slots: PermitCounter
  readonly senders: SenderCount
  /** Who waits for the receiver to close. */
  readonly closing = new WaitQueue<Parked>()
  /** Slots held by permits. */
  reserved = 0
  receiverGone = false
  private readonly bounded: boolean

  constructor(
    maxCapacity: number,
    name: string | undefined,
    makeBuffer: (channel: MpscChannel<A>) => MessageBuffer<A>,
    slots = new PermitCounter(maxCapacity === Infinity ? 0 : maxCapacity)
  ) {
    this.name = name
    this.maxCapacity = maxCapacity
    this.bounded = maxCapacity !== Infinity
    this.slots = slots
    this.senders = new SenderCount(() => this.settle())
    this.buffer = makeBuffer(this)
  }

  get description(): string {
    return nameOf("Mpsc", this.name)
  }

  get capacity(): number {
    return this.bounded ? this.slots.free : Infinity
  }

  /** Whether the receiver has closed, or is gone. */
  get isClosed(): boolean {
    return this.slots.closed !== undefined
  }

  /** Whether no message can come any more but those in the buffer. */
  get isEnded(): boolean {
    return this.senders.strong === 0 || (this.isClosed && (this.reserved === 0 || this.receiverGone))
  }

  // ---- slots ---------------------------------------------------------------------------------------------------------

  /** Whether `tryTake` would take them. */
  canTake(n: number): boolean {
    return !this.isClosed && (!this.bounded || n <= this.slots.free)
  }

  /** Takes `n` slots, or none. Can't overtake: while anybody waits, nothing is free. */
  tryTake(n: number): boolean {
    return this.bounded ? this.slots.tryTake(n) : !this.isClosed
  }

  /** Gives `n` slots back, to those who wait first. */
  give(n: number): void {
    if (this.bounded) this.slots.release(n)
  }

  /** Sends on a slot that was taken. Nobody may be there any more to receive it: then it is discarded. */
  put(a: A): void {
    if (this.receiverGone) this.give(1)
    else this.buffer.push(a)
  }

  /** Slots that were taken become reserved, by one permit or a group of them. */
  reserve(n: number): void {
    this.reserved += n
    if (n > 0) this.senders.addStrong()
  }

  /** Sends on a reserved slot. */
  fulfil(a: A): void {
    this.reserved--
    this.put(a)
  }

  /** Gives reserved slots back. */
  unreserve(n: number): void {
    this.reserved -= n
    this.give(n)
  }

  /** A permit, or a group of them, has no slots left. */
  reservationOver(): void {
    this.senders.removeStrong()
    this.settle()
  }

  // ---- the end -------------------------------------------------------------------------------------------------------

  /** Tells the buffer of the end, if it has come. */
  settle(): void {
    if (this.isEnded) this.buffer.end()
  }

  close(): void {
    if (this.isClosed) return
    this.slots.close(Exit.void)
    let waiter: Parked | undefined
    while ((waiter = this.closing.shift()) !== undefined) {
      waiter.state = State.granted
      wakeSoon(waiter)
    }
    this.settle()
  }

  dropReceiver(): void {
    this.receiverGone = true
    this.close()
    const { length } = this.buffer
    this.buffer.clear()
    this.give(length)
    this.settle()
  }

  /** Refuses those who wait through one sender, since that is dropped. */
  refuse(sender: object): void {
    // First all of them, then what they had collected: giving it to somebody changes the list that is walked here.
    let collected = 0
    for (const waiter of parkedThrough<PermitWaiter<any, any, any> & Parked>(sender, this.slots.waiters as any)) {
      collected += waiter.n - waiter.missing
    }
    parkedThrough(sender, this.closing)
    this.slots.release(collected)
  }

  toJSON(): object {
    const { capacity, maxCapacity } = this
    return {
      ...(this.name !== undefined && { name: this.name }),
      maxCapacity: this.bounded ? maxCapacity : "unbounded", // JSON has no Infinity
      ...(this.bounded && { capacity }),
      len: this.buffer.length,
      closed: this.isClosed,
      strongCount: this.senders.strong,
      weakCount: this.senders.weak
    }
  }

  toString(): string {
    const { length } = this.buffer
    const slots = this.bounded ? `${this.capacity} of ${this.maxCapacity} free` : "unbounded"
    return `${this.name === undefined ? "" : `${this.name}: `}${
      this.isClosed ? "closed, " : ""
    }${length} buffered, ${slots}`
  }
}

/** Takes those who wait through a sender out of a queue, and lets them run. */
const parkedThrough = <W extends Parked>(sender: object, queue: WaitQueue<W>): Array<W> => {
  const found: Array<W> = []
  for (let waiter = queue.head; waiter !== undefined; waiter = waiter.next as W | undefined) {
    if (waiter.sender === sender) found.push(waiter)
  }
  for (const waiter of found) {
    queue.remove(waiter)
    waiter.dropped = true
    waiter.state = State.rejected
    wakeSoon(waiter)
  }
  return found
}
