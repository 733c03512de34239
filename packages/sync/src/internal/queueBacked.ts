/**
 * The buffer of an Mpsc channel that is an Effect Queue: whoever has a function for a Queue can send to the channel, or
 * receive from it, beside those who use ours.
 *
 * Messages stand in the Queue and nowhere else. The slots, the senders and the line of receivers are those of every
 * channel (`mpscChannel.ts`, `inbox.ts`), which know nothing of the Queue. Between them stands an observer
 * (`queueObserver.ts`):
 *
 * | what happens to the Queue                 | what follows                                                       |
 * |-------------------------------------------|--------------------------------------------------------------------|
 * | a message leaves it, whoever takes it     | a slot is given back: who waits longest to send has it             |
 * | a message enters it that we have not sent | a slot is taken; who waits longest to receive is called            |
 * | it is ended, or shut down, and not by us  | the channel is closed; once it is empty, who waits to receive ends |
 *
 * And the other way round: when no message can come any more the Queue is ended, and when the receiver is dropped it is
 * shut down.
 *
 * **Debts.** The Queue knows its messages but not what is reserved or promised: an offer of its own may enter it while all
 * slots are taken. The slot it then has no claim to is a *debt*: the next slots given back pay it. So
 * **free + set aside + reserved + buffered = capacity + debt**, and the debt is never larger than what was reserved or
 * promised. Who waits to send and who waits to offer take turns: every second slot is set aside until the Queue has let
 * the other one in.
 *
 * **Nobody is run on this stack** by what happens here. The Queue itself runs those who wait in its own functions at once,
 * when it is ended or when a message leaves it. Where we are the cause, that is left to a task of its own, if there is
 * anybody: so a message is not lost either if what is run there interrupts the fiber that takes it.
 *
 * Guarded by `test/Mpsc.queue.test.ts` and, together with the native buffer, by `test/laws/channel`.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as MutableList from "effect/MutableList"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { Inbox, InboxReceiver, type Messages } from "./inbox.ts"
import { MpscChannel } from "./mpscChannel.ts"
import { SenderHandle } from "./mpscHandles.ts"
import { newHandles } from "./newHandle.ts"
import { PermitCounter } from "./permitCounter.ts"
import { pumpedHalves, type PumpedReceiver, type PumpedSender } from "./queueBackedPump.ts"
import { canObserve, isWaitedFor, observe, waitingOffers } from "./queueObserver.ts"

/** @internal */
export class QueueSenderHandle<in out A> extends SenderHandle<A> {
  declare readonly queue: Queue.Queue<A, Cause.Done>

  constructor(channel: MpscChannel<A>, queue: Queue.Queue<A, Cause.Done>) {
    super(channel)
    this.queue = queue
  }
}

/** @internal */
export class QueueReceiverHandle<in out A> extends InboxReceiver<A> {
  declare readonly queue: Queue.Dequeue<A, Cause.Done>

  constructor(channel: MpscChannel<A>, inbox: Inbox<A>, queue: Queue.Dequeue<A, Cause.Done>) {
    super(channel, inbox)
    this.queue = queue
  }
}

/**
 * Both halves of a new channel over a new queue, which has the same capacity.
 *
 * @internal
 */
export const observedHalves = <A>(
  queue: Queue.Queue<A, Cause.Done>,
  name: string | undefined
): readonly [sender: QueueSenderHandle<A>, receiver: QueueReceiverHandle<A>] => {
  const channel = new QueueChannel(queue, name)
  return [
    new QueueSenderHandle(channel, queue),
    new QueueReceiverHandle(channel, channel.buffer as QueueInbox<A>, queue)
  ]
}

/** Slots that can be taken whether there are any or not. */
class SlotsOnCredit extends PermitCounter {
  /** Slots that messages stand in and somebody else has a claim to. */
  private debt = 0

  take(n: number): void {
    const free = Math.min(n, this.free)
    this.free -= free
    this.debt += n - free
  }

  private pay(n: number): number {
    const paid = Math.min(n, this.debt)
    this.debt -= paid
    return paid
  }

  override release(n: number): void {
    super.release(n - this.pay(n))
  }

  override close(end: Exit.Exit<any, any>): void {
    super.close(end) // who waited gives back what it had been promised
    this.free -= this.pay(this.free)
  }
}

class QueueChannel<in out A> extends MpscChannel<A> {
  declare readonly slots: SlotsOnCredit
  private aside = 0
  private turn = 1

  constructor(queue: Queue.Queue<A, Cause.Done>, name: string | undefined) {
    const { capacity } = queue
    super(
      capacity,
      name,
      (channel) => new QueueInbox(channel as QueueChannel<A>, queue),
      new SlotsOnCredit(capacity === Infinity ? 0 : capacity)
    )
  }

  /** Messages have come in that nobody had a slot for: they take what was set aside for them, or go into debt. */
  entered(n: number): void {
    if (this.maxCapacity === Infinity) return
    const waited = Math.min(n, this.aside)
    this.aside -= waited
    this.slots.take(n - waited)
  }

  /** Messages have left. Every second slot is set aside for who waits in the Queue to offer, if anybody does. */
  left(n: number, offers: number): void {
    const aside = offers === 0 ? 0 : Math.min(offers, (n + this.turn) >> 1)
    if (offers > 0) this.turn = (this.turn + n) & 1
    this.aside += aside
    this.give(n - aside)
  }

  /** The Queue has let in whom it could: what is still set aside is for all. */
  letIn(): void {
    const { aside } = this
    this.aside = 0
    this.give(aside)
  }
}

class QueueInbox<in out A> extends Inbox<A> {
  declare readonly ring: QueueMessages<A>

  constructor(channel: QueueChannel<A>, queue: Queue.Queue<A, Cause.Done>) {
    const messages = new QueueMessages(queue)
    super(channel, messages)
    observe(queue, {
      changed: (by) => {
        if (messages.ours > 0) {
          messages.ours--
          return
        }
        if (by < 0) {
          channel.left(-by, waitingOffers(queue))
          messages.goOn(channel)
        } else {
          channel.entered(by)
          this.call()
        }
      },
      ended: () => {
        // Not if the end came from the senders' side: that closes nothing, nor does it refuse who was granted a slot.
        if (!channel.isEnded) channel.close()
        this.call()
      }
    })
  }

  override get isOver(): boolean {
    return this.ring.length === 0 && (!this.ring.isOpen || this.channel.isEnded)
  }

  // The slot of a message is given back by the observer, whoever takes it.

  override takeOne(): A {
    return this.ring.shift()
  }

  override takeMany(limit: number): Array<A> {
    return this.ring.take(limit)
  }

  override push(a: A): void {
    // Nobody will receive it any more if the queue was ended by hand and then emptied.
    if (this.ring.isDone) this.channel.give(1)
    else super.push(a)
  }

  override clear(): void {
    this.ring.clear()
  }

  override end(): void {
    this.ring.end()
    this.call()
  }
}

/** The messages of a Queue, by Queue's own functions wherever those run nobody. */
class QueueMessages<in out A> implements Messages<A> {
  readonly queue: Queue.Queue<A, Cause.Done>
  /** How many of the changes to come are ours: the slots have been seen to. */
  ours = 0
  private goesOn = false

  constructor(queue: Queue.Queue<A, Cause.Done>) {
    this.queue = queue
  }

  get length(): number {
    return this.queue.messages.length
  }

  get isOpen(): boolean {
    return this.queue.state._tag === "Open"
  }

  get isDone(): boolean {
    return this.queue.state._tag === "Done"
  }

  push(a: A): void {
    const { queue } = this
    this.ours = 1
    // It has its slot, also in a queue that is full of messages in debt, or that was ended by hand.
    if (!Queue.offerUnsafe(queue, a)) MutableList.append(queue.messages, a)
  }

  shift(): A {
    return MutableList.take(this.queue.messages) as A
  }

  take(limit: number): Array<A> {
    return MutableList.takeN(this.queue.messages, limit)
  }

  /** What the Queue does when something was taken: lets those in who wait to offer, and ends if that was the last. */
  goOn(channel: QueueChannel<A>): void {
    const offers = waitingOffers(this.queue)
    if (this.goesOn || (offers === 0 && (this.isOpen || this.length > 0))) return
    this.goesOn = true
    // In a task also if nobody is run by it: the list of messages is not to be touched while one is taken.
    this.queue.dispatcher.scheduleTask(() => {
      this.goesOn = false
      if (!this.isDone) {
        // It does so after every take, and only then. So one more is taken, which is nobody's.
        this.ours = 2
        MutableList.prepend(this.queue.messages, undefined as A)
        Queue.takeUnsafe(this.queue)
        Queue.flushUnsafe(this.queue) // who waits to take was told of the other one
      }
      channel.letIn()
    }, 0)
  }

  clear(): void {
    const { queue } = this
    this.ours = this.length > 0 ? 1 : 0
    MutableList.clear(queue.messages)
    this.later(isWaitedFor(queue) || waitingOffers(queue) > 0, () => {
      Queue.endUnsafe(queue) // so that whoever waits in it finds an end, and no interruption
      Queue.shutdownUnsafe(queue)
    })
  }

  end(): void {
    const { queue } = this
    if (this.isOpen) this.later(this.length === 0 && isWaitedFor(queue), () => Queue.endUnsafe(queue))
  }

  /** Does what would run those who wait in Queue's own functions in a task of its own, if there are any. */
  private later(anybody: boolean, f: () => void): void {
    if (anybody) this.queue.dispatcher.scheduleTask(f, 0)
    else f()
  }
}

/**
 * Both halves of a new channel over a Queue, in the first way that works. The capacity must be good.
 *
 * @internal
 */
export const queueHalves = <A>(
  label: string,
  capacity: number,
  name: string | undefined,
  observed = canObserve
): Effect.Effect<readonly [QueueSender<A>, QueueReceiver<A>], never, Scope.Scope> =>
  Effect.withFiber((fiber) => {
    const newQueue = (capacity: number) => Queue.make<A, Cause.Done>({ capacity })
    if (observed) {
      return Effect.flatMap(newQueue(capacity), (queue) => newHandles(label, () => observedHalves(queue, name)))
    }
    const start = Effect.runForkWith(fiber.context)
    return Effect.flatMap(
      Effect.zip(newQueue(capacity), newQueue(1)),
      ([entrance, exit]) => newHandles(label, () => pumpedHalves(entrance, exit, name, start))
    )
  })

/** @internal */
export type QueueSender<A> = QueueSenderHandle<A> | PumpedSender<A>

/** @internal */
export type QueueReceiver<A> = QueueReceiverHandle<A> | PumpedReceiver<A>
