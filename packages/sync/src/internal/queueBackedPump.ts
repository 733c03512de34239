/**
 * The second way to give a channel a Queue, where Effect's Queue can't be observed (`queueObserver.ts`): a native channel
 * with a Queue at each end, and pumps in between.
 *
 * ```text
 * sender.queue ──▶ pump ──▶ the channel ──▶ pump ──▶ receiver.queue
 * ```
 *
 * A pump starts when its queue is asked for, so a channel that is used through our functions alone is a native one. It
 * differs from the first way in what is under way:
 *
 * - `sender.queue` takes as many messages as the channel has slots before back pressure begins. A message counts once the
 *   pump has sent it; what it has not sent when the channel closes is lost. Until it has, it is a sender of its own.
 * - Up to two messages are on their way to `receiver.queue` and count no more. Our functions take these first.
 * - To end one of the queues closes the channel once what was offered before has gone through.
 *
 * Guarded by the tests of the first way, which run over both.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type { Empty } from "../Errors.ts"
import { Inbox, InboxReceiver } from "./inbox.ts"
import { MpscChannel } from "./mpscChannel.ts"
import { SenderHandle } from "./mpscHandles.ts"
import { isWaitedFor, waitingOffers } from "./queueObserver.ts"
import { RingBuffer } from "./ringBuffer.ts"
import { deliver } from "./step.ts"

/** How a pump is started: with the context of who made the channel. */
export type Start = (pump: Effect.Effect<void>) => Fiber.Fiber<void>

/**
 * Both halves of a new channel, with a new queue for each.
 *
 * @internal
 */
export const pumpedHalves = <A>(
  entrance: Queue.Queue<A, Cause.Done>,
  exit: Queue.Queue<A, Cause.Done>,
  name: string | undefined,
  start: Start
): readonly [sender: PumpedSender<A>, receiver: PumpedReceiver<A>] => {
  const channel = new MpscChannel<A>(entrance.capacity, name, (channel) => new Inbox(channel, new RingBuffer()))
  return [
    new PumpedSender(channel, entrance, start),
    new PumpedReceiver(channel, channel.buffer as Inbox<A>, exit, start)
  ]
}

/** Ends a queue for good, in a task of its own if that would run somebody. */
const shutDown = (queue: Queue.Queue<any, Cause.Done>): void => {
  const shutDown = () => {
    Queue.endUnsafe(queue) // so that whoever waits in it finds an end, and no interruption
    Queue.shutdownUnsafe(queue)
  }
  if (isWaitedFor(queue) || waitingOffers(queue) > 0) queue.dispatcher.scheduleTask(shutDown, 0)
  else shutDown()
}

/** @internal */
export class PumpedSender<in out A> extends SenderHandle<A> {
  declare private readonly entrance: Queue.Queue<A, Cause.Done>
  declare private readonly start: Start
  declare private isPumping: boolean

  constructor(channel: MpscChannel<A>, entrance: Queue.Queue<A, Cause.Done>, start: Start) {
    super(channel)
    this.entrance = entrance
    this.start = start
    this.isPumping = false
  }

  get queue(): Queue.Queue<A, Cause.Done> {
    if (!this.isPumping && !this.isReleased) {
      this.isPumping = true
      this.start(this.pump(new SenderHandle(this.channel)))
    }
    return this.entrance
  }

  private pump(sender: SenderHandle<A>): Effect.Effect<void> {
    const { channel, entrance } = this
    const through = Effect.forever(Effect.flatMap(Queue.take(entrance), (a) => sender.send(a)))
    return Effect.map(Effect.exit(Effect.raceFirst(through, sender.closed)), () => {
      // It has come to an end since the sender was dropped, or because of somebody who uses the queue.
      if (!this.isReleased) channel.close()
      shutDown(entrance)
      sender.releaseUnsafe()
    })
  }

  protected override giveBack(): void {
    super.giveBack()
    const { entrance } = this
    if (!this.isPumping) shutDown(entrance) // nobody has it
    // The pump sends what is in it, and ends then. It may be waiting, and must not run here.
    else entrance.dispatcher.scheduleTask(() => Queue.endUnsafe(entrance), 0)
  }
}

/** @internal */
export class PumpedReceiver<in out A> extends InboxReceiver<A> {
  declare private readonly exit: Queue.Queue<A, Cause.Done>
  declare private readonly start: Start
  declare private readonly fromChannel: Effect.Effect<A, Cause.Done>
  declare private isPumping: boolean
  /** What the pump had in hand when its queue was ended. */
  declare private left: Array<A>

  constructor(channel: MpscChannel<A>, inbox: Inbox<A>, exit: Queue.Queue<A, Cause.Done>, start: Start) {
    super(channel, inbox)
    this.exit = exit
    this.start = start
    this.isPumping = false
    this.left = []
    this.fromChannel = this.recv
    ;(this as { recv: Effect.Effect<A, Cause.Done> }).recv = Effect.suspend(() =>
      this.first((a): A => a, this.fromChannel)
    )
  }

  get queue(): Queue.Dequeue<A, Cause.Done> {
    if (!this.isPumping && !this.isReleased) {
      this.isPumping = true
      this.start(this.pump)
    }
    return this.exit
  }

  private get pump(): Effect.Effect<void> {
    const { channel, exit } = this
    const through = Effect.forever(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(this.fromChannel), (a) =>
          Effect.flatMap(Queue.offer(exit, a), (offered) => {
            if (offered) return Effect.void
            this.left.push(a)
            return Effect.interrupt
          }))
      )
    )
    return Effect.map(Effect.exit(Effect.raceFirst(through, Queue.await(exit))), () => {
      if (!channel.isEnded) channel.close()
      Queue.endUnsafe(exit)
    })
  }

  /** What is under way to the queue comes before what is in the channel. */
  private first<B, E>(
    make: (a: A) => B,
    otherwise: Effect.Effect<B, E>
  ): Effect.Effect<B, E> {
    if (!this.isPumping) return otherwise
    return deliver(() => this.isUnderWay, () => make(this.takeUnderWay()), otherwise)
  }

  private get isUnderWay(): boolean {
    return !this.isReleased && (Queue.sizeUnsafe(this.exit) > 0 || this.left.length > 0)
  }

  private takeUnderWay(): A {
    const taken = Queue.sizeUnsafe(this.exit) > 0 ? Queue.takeUnsafe(this.exit) : undefined
    return taken !== undefined && Exit.isSuccess(taken) ? taken.value : this.left.shift()!
  }

  override get ready(): Effect.Effect<void, Cause.Done> {
    return Effect.suspend(() => this.isUnderWay ? Effect.void : super.ready)
  }

  override recvTimeout(...args: Parameters<InboxReceiver<A>["recvTimeout"]>) {
    return Effect.suspend(() => this.first(Option.some, super.recvTimeout(...args)))
  }

  override recvMany(limit: number, label: string): Effect.Effect<Array<A>, Cause.Done> {
    return Effect.suspend(() => {
      const otherwise = super.recvMany(limit, label)
      return limit > 0 ? this.first((a) => [a], otherwise) : otherwise
    })
  }

  override get tryRecv(): Effect.Effect<A, Empty | Cause.Done> {
    return Effect.suspend(() => this.first((a): A => a, super.tryRecv))
  }

  override recvNow(label: string): Result.Result<A, Empty | Cause.Done> {
    return this.isUnderWay ? Result.succeed(this.takeUnderWay()) : super.recvNow(label)
  }

  protected override giveBack(): void {
    super.giveBack()
    this.left = []
    shutDown(this.exit)
  }
}
