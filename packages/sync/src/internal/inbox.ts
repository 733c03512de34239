/**
 * The native buffer of an Mpsc channel: a ring of messages, and the line of those who wait for some.
 *
 * A fiber that finds a message, and nobody before it, takes it, in the step in which it goes on with it. Otherwise it
 * joins the line. Whoever waits at the front is *called* when there is a message for it, or when there will never be one:
 * taken out of the line and woken, with nothing in hand. It takes its message when it runs. Nobody else takes any before
 * it has, and only then is the next one called. Hence
 *
 * - nobody overtakes, neither who waits nor who was called, and messages go out in the order of the line;
 * - an interrupted wait has taken nothing. If it had been called, the call goes to the next;
 * - **somebody waits and nobody is called ⇒ the ring is empty, and more may come**.
 *
 * A call costs no more than a wake-up: the next one joins the batch of the ready queue that wakes this one.
 *
 * Guarded by `test/Mpsc.test.ts` (MPSC-1, MPSC-6, MPSC-10, MPSC-12) and `test/Mpsc.interruption.test.ts`.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Empty } from "../Errors.ts"
import { countError, isCount } from "./arguments.ts"
import { ended } from "./ended.ts"
import { failureOf } from "./failure.ts"
import { type MessageBuffer, MpscChannel } from "./mpscChannel.ts"
import { ReceiverHandle, SenderHandle } from "./mpscHandles.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { RingBuffer } from "./ringBuffer.ts"
import { canEvaluate, deliver, inThisStep, park, parkUntilWoken, succeedNow } from "./step.ts"
import { durationOf, startTimer } from "./timer.ts"
import { ArrivedWaiter, guardedUntilWoken, State, WaitQueue } from "./waitQueue.ts"

/**
 * Both halves of a new channel.
 *
 * @internal
 */
export const nativeHalves = <A>(
  maxCapacity: number,
  name: string | undefined
): readonly [sender: SenderHandle<A>, receiver: InboxReceiver<A>] => {
  const channel = new MpscChannel<A>(maxCapacity, name, (channel) => new Inbox(channel, new RingBuffer()))
  return [new SenderHandle(channel), new InboxReceiver(channel, channel.buffer as Inbox<A>)]
}

/** What holds the messages of an inbox: a `RingBuffer`, or something that works as one. */
export interface Messages<in out A> {
  readonly length: number
  push(a: A): void
  shift(): A
  take(limit: number): Array<A>
  clear(): void
}

/** @internal */
export class Inbox<in out A> implements MessageBuffer<A> {
  readonly channel: MpscChannel<A>
  readonly ring: Messages<A>
  readonly waiters = new WaitQueue<ReceiveWaiter<A, any>>()
  /** Who was called and has not run yet. */
  called: ReceiveWaiter<A, any> | undefined = undefined

  constructor(channel: MpscChannel<A>, ring: Messages<A>) {
    this.channel = channel
    this.ring = ring
  }

  get length(): number {
    return this.ring.length
  }

  /** Whether who comes now may take a message. */
  get isFree(): boolean {
    return this.ring.length > 0 && this.called === undefined
  }

  /** Whether there is nothing to take, now or later. */
  get isOver(): boolean {
    return this.ring.length === 0 && this.channel.isEnded
  }

  push(a: A): void {
    this.ring.push(a)
    if (this.waiters.head !== undefined) this.call()
  }

  clear(): void {
    this.ring.clear()
  }

  end(): void {
    this.call()
  }

  /** Calls who waits at the front, if it is its turn. */
  call(): void {
    const head = this.waiters.head
    if (head === undefined || this.called !== undefined) return
    if (this.ring.length === 0 && !this.isOver) return
    this.waiters.remove(head)
    head.state = State.granted
    this.called = head
    wakeSoon(head)
  }

  /** Takes a message. There must be one. */
  takeOne(): A {
    const a = this.ring.shift()
    this.channel.give(1)
    return a
  }

  takeMany(limit: number): Array<A> {
    const taken = this.ring.take(limit)
    this.channel.give(taken.length)
    return taken
  }
}

// ---- receiving -------------------------------------------------------------------------------------------------------

/** How long to wait, and what comes of it when that time is up. */
interface Limit<B> {
  readonly duration: Duration.Duration
  readonly otherwise: B
}

/** A way to receive, made once and run any number of times. */
abstract class Receive<A, B, E = Cause.Done> extends Operation<B, E | Cause.Done> {
  declare readonly receiver: InboxReceiver<A>

  constructor(receiver: InboxReceiver<A>) {
    super()
    this.receiver = receiver
  }

  /** Takes what it wants, of at least one message. Must not throw. */
  abstract take(inbox: Inbox<A>): B

  /** What it does where it would wait: by default, that. */
  protected instead(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, E | Cause.Done> {
    return this.wait(fiber)
  }

  protected wait(
    fiber: Fiber.Fiber<any, any>,
    limit?: Limit<B>
  ): Effect.Effect<B, E | Cause.Done> {
    // Seen in this very step, that it must: which saves the closures.
    if (canEvaluate) return parkUntilWoken(new ReceiveWaiter<A, B>(this, fiber, limit), fiber)
    // Where this is not one step, there may be nothing to wait for when it comes to park.
    const { receiver } = this
    const mustWait = () => !receiver.isReleased && !receiver.inbox.isFree && !receiver.inbox.isOver
    return guardedUntilWoken(
      fiber,
      () => mustWait() ? new ReceiveWaiter<A, B>(this, fiber, limit) : undefined,
      this
    )
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, E | Cause.Done> {
    const { receiver } = this
    if (receiver.isReleased) receiver.assertHeld(this.label)
    const { inbox } = receiver
    if (inbox.isFree) {
      if (canEvaluate) return inThisStep(Exit.succeed(this.take(inbox)), fiber)
      return deliver(() => !receiver.isReleased && inbox.isFree, () => this.take(inbox), this)
    }
    return inbox.isOver ? ended.exit : this.instead(fiber)
  }
}

/** One run of a `Receive` that had to wait. */
class ReceiveWaiter<A, B> extends ArrivedWaiter<B, any> {
  declare readonly request: Receive<A, B, any>
  declare private readonly limit: Limit<B> | undefined
  declare private readonly stopTimer: (() => void) | undefined
  declare private isLate: boolean

  constructor(request: Receive<A, B, any>, fiber: Fiber.Fiber<any, any>, limit: Limit<B> | undefined) {
    super(fiber)
    this.request = request
    this.limit = limit
    this.isLate = false
    this.inbox.waiters.push(this)
    this.stopTimer = limit === undefined ? undefined : startTimer(fiber, limit.duration, () => this.timeIsUp())
  }

  override get label(): string {
    return this.request.label
  }

  private get inbox(): Inbox<A> {
    return this.request.receiver.inbox
  }

  private timeIsUp(): void {
    this.isLate = true
    if (this.state !== State.waiting) return // it was called before
    this.queue!.remove(this)
    this.state = State.rejected
    wakeSoon(this)
  }

  /**
   * Whether it was called for a message that is gone. In the line nobody takes any before it has, but who reads a Queue
   * beside us does not stand in it. Then it waits again, at the front, as long as there is time.
   */
  private waitsAgain(): boolean {
    const { inbox } = this
    if (this.state !== State.granted || inbox.length > 0 || inbox.isOver) return false
    inbox.called = undefined
    this.state = this.isLate ? State.rejected : State.waiting
    if (!this.isLate) inbox.waiters.unshift(this)
    return !this.isLate
  }

  override wake(): void {
    if (this.resume === undefined || !this.waitsAgain()) super.wake()
  }

  // What the woken fiber goes on with is this very object: it takes in the step in which it runs, and no sooner.
  protected override outcome(): Effect.Effect<B, any> {
    return this
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, any> {
    if (this.waitsAgain()) return park(this, fiber) as Effect.Effect<B>
    // Before anything is taken: that interrupts a fiber, which ends on this stack, and all state must be settled.
    if (canEvaluate) this.stopTimer?.()
    const { inbox } = this
    if (this.state === State.rejected) return this.nothing(fiber)
    if (canEvaluate) return inbox.length > 0 ? inThisStep(Exit.succeed(this.take()), fiber) : this.nothing(fiber)
    const mayTake = () => {
      if (inbox.length > 0) this.stopTimer?.()
      return inbox.length > 0
    }
    return deliver(mayTake, () => this.take(), Effect.suspend(() => this.nothing(fiber)))
  }

  private take(): B {
    const b = this.request.take(this.inbox)
    this.leave()
    return b
  }

  /** The time is up, or there will never be anything; or there was something when it was resumed, and is no more. */
  private nothing(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Cause.Done> {
    if (this.waitsAgain()) return park(this, fiber) as Effect.Effect<B, Cause.Done>
    const isLate = this.state === State.rejected
    this.leave()
    return isLate ? succeedNow(this.limit!.otherwise, fiber) : ended.exit
  }

  override leave(): void {
    if (this.state === State.done) return
    this.stopTimer?.()
    this.queue?.remove(this)
    const { inbox } = this
    if (inbox.called === this) {
      inbox.called = undefined
      inbox.call()
    }
    this.state = State.done
  }
}

class Recv<A> extends Receive<A, A> {
  override get label(): string {
    return "Mpsc.recv"
  }

  override take(inbox: Inbox<A>): A {
    return inbox.takeOne()
  }
}

class Ready extends Receive<any, void> {
  override get label(): string {
    return "Mpsc.ready"
  }

  override take(): void {
    // nothing: it only had to come to this
  }
}

class RecvWithin<A> extends Receive<A, Option.Option<A>> {
  declare readonly duration: Duration.Input

  constructor(receiver: InboxReceiver<A>, duration: Duration.Input) {
    super(receiver)
    this.duration = duration
  }

  override get label(): string {
    return "Mpsc.recvTimeout"
  }

  override take(inbox: Inbox<A>): Option.Option<A> {
    return Option.some(inbox.takeOne())
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<Option.Option<A>, Cause.Done> {
    this.read() // a bad duration is one also where there is no need to wait
    return super.run(fiber)
  }

  protected override instead(fiber: Fiber.Fiber<any, any>): Effect.Effect<Option.Option<A>, Cause.Done> {
    const duration = this.read()
    const otherwise = Option.none()
    if (!Duration.isPositive(duration)) return succeedNow(otherwise, fiber)
    return this.wait(fiber, Duration.isFinite(duration) ? { duration, otherwise } : undefined)
  }

  private read(): Duration.Duration {
    return durationOf(this.label, this.duration, this.receiver.channel.description)
  }
}

class RecvMany<A> extends Receive<A, Array<A>> {
  declare readonly limit: number
  declare readonly label: string

  constructor(receiver: InboxReceiver<A>, limit: number, label: string) {
    super(receiver)
    this.limit = limit
    this.label = label
  }

  override take(inbox: Inbox<A>): Array<A> {
    return inbox.takeMany(this.limit)
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<Array<A>, Cause.Done> {
    const { limit, receiver } = this
    receiver.assertHeld(this.label)
    if (!isCount(limit)) throw countError(this.label, "limit", limit, receiver.channel.description)
    return limit === 0 ? succeedNow([], fiber) : super.run(fiber)
  }
}

const nothingThere = /* @__PURE__ */ failureOf((description) =>
  new Empty({ message: `${description} has no message to receive now` })
)

class TryRecv<A> extends Receive<A, A, Empty> {
  override get label(): string {
    return "Mpsc.tryRecv"
  }

  override take(inbox: Inbox<A>): A {
    return inbox.takeOne()
  }

  protected override instead(): Effect.Effect<never, Empty> {
    return nothingThere(this.receiver.channel).exit
  }
}

/** @internal */
export class InboxReceiver<in out A> extends ReceiverHandle<A> {
  declare readonly inbox: Inbox<A>
  /** The ways to receive that need nothing but this receiver, and are the same for every run. */
  declare readonly recv: Effect.Effect<A, Cause.Done>

  constructor(channel: MpscChannel<A>, inbox: Inbox<A>) {
    super(channel)
    this.inbox = inbox
    this.recv = new Recv(this)
  }

  get waitingUnsafe(): number {
    return this.inbox.waiters.size
  }

  get ready(): Effect.Effect<void, Cause.Done> {
    return new Ready(this)
  }

  recvTimeout(duration: Duration.Input): Effect.Effect<Option.Option<A>, Cause.Done> {
    return new RecvWithin(this, duration)
  }

  recvMany(limit: number, label: string): Effect.Effect<Array<A>, Cause.Done> {
    return new RecvMany(this, limit, label)
  }

  get tryRecv(): Effect.Effect<A, Empty | Cause.Done> {
    return new TryRecv(this)
  }

  override recvNow(label: string): Result.Result<A, Empty | Cause.Done> {
    this.assertHeld(label)
    const { inbox } = this
    if (inbox.isFree) return Result.succeed(inbox.takeOne())
    return inbox.isOver ? ended.result : nothingThere(this.channel).result
  }
}
