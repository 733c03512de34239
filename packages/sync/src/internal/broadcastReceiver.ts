/**
 * A receiver of a broadcast: a cursor into the ring, and the fibers that wait on it.
 *
 * **The line.** Fibers on one receiver are served in the order in which they came. They stand in `line`; only its front is
 * ever woken, taken out and on its way to run (`next up`). When that one has received, or was interrupted, the one behind it
 * is woken if there is anything left. So whoever is woken finds something, nobody overtakes, and a fiber that is
 * interrupted on its way has taken nothing. While anybody stands in line or is on the way, `recv` queues behind them and
 * `tryRecv` finds nothing.
 *
 * **Counting.** Seen from outside, a send wakes all who wait on a receiver, and those who find nothing wait on in their
 * place. Waking a crowd for one value, to send it back, would cost a turn for each; so the crowd is merely counted as
 * woken until the last value is gone, and `waiting` says what one would have seen.
 *
 * **Delivery.** What is received (a value, a lag or the end) is decided in the step in which the fiber goes on with it.
 * A lag too is taken: it moves the cursor. So the waiting fiber has a frame on its stack, `concluding`, that receives for
 * it; it is woken by a success, which passes the clean-up of the wait and reaches that frame in one step. A failure would
 * not: it leaves a clean-up by a step of its own, in which an interruption would drop it. Where steps can't be joined
 * (`canEvaluate`), a value is delivered by `Effect.sync`, and a lag, which no documented function delivers in one step,
 * may go uncounted if its fiber is interrupted in the step in which it learns of it.
 *
 * Guarded by `test/Broadcast.test.ts`, `test/Broadcast.interruption.test.ts` and the explorations of `Broadcast`.
 *
 * @internal
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Empty, Lagged } from "../Errors.ts"
import type { Broadcast } from "./broadcastChannel.ts"
import { ended } from "./ended.ts"
import { type Failure, failureOf, withoutStack } from "./failure.ts"
import { newHandle } from "./newHandle.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, inThisStep } from "./step.ts"
import { durationOf, startTimer } from "./timer.ts"
import { ArrivedWaiter, guardedUntilWoken, type Queued, State, WaitQueue } from "./waitQueue.ts"

/** @internal */
export const RTypeId = "~effect-sync/Broadcast/Receiver"

/** @internal */
export class ReceiverHandle<A> extends ScopedHandle implements Queued {
  declare readonly _A: () => A
  declare readonly _E: () => never
  declare readonly channel: Broadcast<A>
  /** The position it reads next. */
  declare private cursor: number
  /** Those who wait to receive, but for the one that is on its way. */
  declare private readonly line: WaitQueue<ReceiveWaiter<any, any>>
  declare private nextUp: ReceiveWaiter<any, any> | undefined
  /** Those who wait until a `recv` would not wait. They stand in nobody's way. */
  declare private readonly watching: WaitQueue<ReadyWaiter>
  /** How many have ever joined the line, and how many of them had done so when it was last woken. */
  declare private joined: number
  declare private woken: number
  /** How many stand in line that no send has woken. */
  declare private asleep: number
  declare private receiving: Recv<A> | undefined
  declare queue: WaitQueue<any> | undefined
  declare previous: any
  declare next: any

  constructor(channel: Broadcast<A>) {
    super()
    this.channel = channel
    this.cursor = channel.ring.tail
    this.line = new WaitQueue()
    this.nextUp = undefined
    this.watching = new WaitQueue()
    this.joined = 0
    this.woken = 0
    this.asleep = 0
    this.receiving = undefined
    this.queue = undefined
    this.previous = undefined
    this.next = undefined
    channel.ring.receivers++
  }

  get [RTypeId](): this {
    return this
  }

  get description(): string {
    return `a receiver of ${this.channel.description}`
  }

  // ---- what there is ----

  /** How many were sent and not read, those that are gone included. */
  get unread(): number {
    return this.isReleased ? 0 : this.channel.ring.tail - this.cursor
  }

  private get isLagging(): boolean {
    return this.unread > this.channel.ring.size
  }

  /** Whether nothing will come any more, after what is there. */
  private get isOver(): boolean {
    return this.isReleased || this.channel.senders.strong === 0
  }

  /** Whether a `recv` would not wait: there is a value, a lag or the end, and nobody before it. */
  get isReady(): boolean {
    return this.nextUp === undefined && this.line.head === undefined && this.hasOutcome
  }

  private get hasOutcome(): boolean {
    return this.unread > 0 || this.isOver
  }

  /** How a receive ends that can't give a value: by a lag, unless it `bears` one, or by the end. */
  hasFailure(bearsLag: boolean): boolean {
    return this.unread === 0 || (!bearsLag && this.isLagging)
  }

  /** That failure. A lag is taken by it. */
  takeFailure(): Exit.Exit<never, Lagged | Cause.Done> {
    const lagged = this.takeLag()
    return lagged === undefined ? ended.exit : Exit.fail(lagged)
  }

  /** Goes on at the oldest value that is kept, and says how many were skipped, if any. */
  takeLag(): Lagged | undefined {
    if (!this.isLagging) return undefined
    const { ring } = this.channel
    const oldest = ring.tail - ring.size
    const skipped = oldest - this.cursor
    this.cursor = oldest
    const message = `${this.description} has missed ${skipped} ${skipped === 1 ? "value" : "values"}`
    return withoutStack(() => new Lagged({ message, skipped }))
  }

  takeValue(): A {
    return this.channel.ring.read(this.cursor++)
  }

  // ---- the line ----

  /** A fiber waits, to receive. */
  joins(waiter: ReceiveWaiter<any, any>): void {
    waiter.ticket = ++this.joined
    this.asleep++
    this.line.push(waiter)
    this.listen()
  }

  /** A fiber waits, to receive once it would not wait. */
  watches(waiter: ReadyWaiter): void {
    this.watching.push(waiter)
    this.listen()
  }

  /** There is something new for those who wait. */
  wakes(): void {
    this.woken = this.joined
    this.asleep = 0
    this.advance()
  }

  /** Lets the front of the line go, if nobody is on the way and there is anything. */
  private advance(): void {
    if (this.nextUp !== undefined) return
    if (!this.hasOutcome) {
      this.woken = 0
      this.asleep = this.line.size
    } else if (this.line.head !== undefined) {
      const waiter = this.line.shift()!
      if (waiter.ticket > this.woken) this.asleep--
      this.nextUp = waiter
      waiter.state = State.granted
      wakeSoon(waiter)
    } else {
      let waiter: ReadyWaiter | undefined
      while ((waiter = this.watching.shift()) !== undefined) wakeSoon(waiter)
    }
    this.listen()
  }

  /** A fiber that is on its way, or was, makes room for those behind it. */
  concludes(waiter: ReceiveWaiter<any, any>): void {
    waiter.state = State.done
    this.nextUp = undefined
    this.advance()
  }

  /** A fiber leaves the line before it was woken. */
  leavesLine(waiter: ReceiveWaiter<any, any>): void {
    this.line.remove(waiter)
    if (waiter.ticket > this.woken) this.asleep--
    this.listen()
  }

  /** A fiber that waited until a `recv` would not wait does so no more. */
  stopsWatching(waiter: ReadyWaiter): void {
    waiter.queue?.remove(waiter) // of those watching, or of those about to run
    this.listen()
  }

  /** The channel knows whom to tell of a send: the receivers on which somebody waits, by when that began. */
  private listen(): void {
    const waits = this.line.head !== undefined || this.watching.head !== undefined
    if (waits === (this.queue !== undefined)) return
    if (waits) this.channel.listeners.push(this)
    else this.queue!.remove(this)
  }

  protected override giveBack(): void {
    this.queue?.remove(this)
    this.channel.receiverLeaves(this.cursor)
    this.wakes()
  }

  // ---- operations ----

  get recv(): Effect.Effect<A, Lagged | Cause.Done> {
    return this.receiving ??= new Recv(this)
  }

  recvTimeout(duration: Duration.Input): Effect.Effect<Option.Option<A>, Lagged | Cause.Done> {
    return new RecvTimeout(this, duration)
  }

  get ready(): Effect.Effect<void, Cause.Done> {
    return new Ready(this)
  }

  get tryRecv(): Effect.Effect<A, Empty | Lagged | Cause.Done> {
    return new TryRecv(this)
  }

  pull(size: number, onLag: "emit" | "skip" | "fail"): Effect.Effect<NonEmptyReadonlyArray<any>, any> {
    return new Pull(this, size, onLag)
  }

  /** Why nothing can be received right now, if that is so. */
  nothingNow(): Failure<Empty | Cause.Done> | undefined {
    if (this.unread === 0 && this.isOver) return ended
    return this.isReady ? undefined : empty(this.channel)
  }

  tryRecvUnsafe(label: string): Result.Result<A, Empty | Lagged | Cause.Done> {
    this.assertHeld(label)
    const nothing = this.nothingNow()
    if (nothing !== undefined) return nothing.result
    const lagged = this.takeLag()
    return lagged === undefined ? Result.succeed(this.takeValue()) : Result.fail(lagged)
  }

  get resubscribe(): Effect.Effect<ReceiverHandle<A>, never, Scope.Scope> {
    return newHandle("Broadcast.resubscribe", () => this.resubscribeUnsafe("Broadcast.resubscribe"))
  }

  resubscribeUnsafe(label: string): ReceiverHandle<A> {
    this.assertHeld(label)
    return new ReceiverHandle(this.channel)
  }

  get isClosed(): Effect.Effect<boolean> {
    return Effect.sync(() => this.channel.senders.strong === 0)
  }

  get len(): Effect.Effect<number> {
    return Effect.sync(() => this.unread)
  }

  get strongCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.strong)
  }

  get weakCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.weak)
  }

  get parked(): number {
    return this.asleep + this.watching.size
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.parked)
  }

  get drop(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  override toJSON(): unknown {
    return {
      _id: "effect-sync/Broadcast/Receiver",
      ...this.channel.named,
      capacity: this.channel.ring.size,
      len: this.unread,
      closed: this.channel.senders.strong === 0,
      dropped: this.isReleased,
      waiting: this.parked
    }
  }

  override toString(): string {
    const { label, ring, senders } = this.channel
    const state = this.isReleased
      ? "dropped"
      : `${this.unread} unread of ${ring.size}, ${senders.strong === 0 ? "closed" : "open"}, ${this.parked} waiting`
    return `Broadcast.Receiver(${label}${state})`
  }
}

const empty = /* @__PURE__ */ failureOf((channel) =>
  new Empty({ message: `${channel} has nothing to receive right now` })
)

// ---- receiving -------------------------------------------------------------------------------------------------------

/** One receive: what it makes of what is there. */
abstract class Receive<A, B, E = never> extends Operation<B, Lagged | Cause.Done | E> {
  declare readonly receiver: ReceiverHandle<A>

  constructor(receiver: ReceiverHandle<A>) {
    super()
    this.receiver = receiver
  }

  /** Takes, when there is a value, or a lag it `bearsLag`. */
  abstract take(): B

  get bearsLag(): boolean {
    return false
  }

  protected wait(fiber: Fiber.Fiber<any, any>): ReceiveWaiter<A, B> {
    return new ReceiveWaiter(this, fiber)
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Lagged | Cause.Done | E> {
    const { receiver } = this
    if (receiver.isReleased) receiver.assertHeld(this.label)
    if (receiver.isReady) return this.delivered(fiber)
    // @effect-diagnostics-next-line floatingEffect:off -- stepping into it puts its frame on the stack
    if (canEvaluate) inThisStep(concluding, fiber)
    return guardedUntilWoken(fiber, () => receiver.isReady || receiver.isReleased ? undefined : this.wait(fiber), this)
  }

  /** What it ends with, taken. */
  exit(): Exit.Exit<B, Lagged | Cause.Done> {
    const { receiver } = this
    return receiver.hasFailure(this.bearsLag) ? receiver.takeFailure() : Exit.succeed(this.take())
  }

  /** Delivers what it ends with, when it is ready. */
  protected delivered(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Lagged | Cause.Done | E> {
    if (canEvaluate) return inThisStep(this.exit(), fiber)
    const { receiver } = this
    const isReady = () => receiver.isReady && !receiver.isReleased
    return deliver(
      () => isReady() && !receiver.hasFailure(this.bearsLag),
      () => this.take(),
      Effect.suspend(() => isReady() && receiver.hasFailure(this.bearsLag) ? receiver.takeFailure() : this)
    )
  }
}

/** Receives for a fiber that was woken, in the step in which it goes on. It keeps nothing, so all share it. */
const concluding: Effect.Effect<any, any> = /* @__PURE__ */ Effect.flatMap(
  Effect.void as Effect.Effect<any>,
  (waiter: ReceiveWaiter<any, any>) => inThisStep(waiter.conclude(), waiter.fiber!)
)

class ReceiveWaiter<A, B> extends ArrivedWaiter<B, Lagged | Cause.Done> {
  declare readonly request: Receive<A, B, any>
  /** Its number among those who ever joined the line. */
  declare ticket: number

  constructor(request: Receive<A, B, any>, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.request = request
    this.ticket = 0
    request.receiver.joins(this)
  }

  override get label(): string {
    return this.request.label
  }

  /** What the fiber goes on with, received in this step. */
  conclude(): Exit.Exit<B, Lagged | Cause.Done> {
    const exit = this.request.exit()
    this.request.receiver.concludes(this)
    return exit
  }

  protected override outcome(): Effect.Effect<any, Lagged | Cause.Done> {
    if (canEvaluate) return Exit.succeed(this)
    const { bearsLag, receiver } = this.request
    return deliver(
      () => !receiver.hasFailure(bearsLag),
      () => {
        const value = this.request.take()
        receiver.concludes(this)
        return value
      },
      Effect.suspend(() => this.conclude())
    )
  }

  override leave(): void {
    if (this.state === State.waiting) return this.request.receiver.leavesLine(this)
    this.queue?.remove(this) // of those about to run
    if (this.state === State.granted) this.request.receiver.concludes(this)
  }
}

class Recv<A> extends Receive<A, A> {
  override get label(): string {
    return "Broadcast.recv"
  }

  override take(): A {
    return this.receiver.takeValue()
  }
}

/** From one to `size` values that are there. A lag, if it does not fail it, is one of them or nothing. */
class Pull<A> extends Receive<A, NonEmptyReadonlyArray<A | Result.Result<A, Lagged>>> {
  declare readonly size: number
  declare readonly onLag: "emit" | "skip" | "fail"

  constructor(receiver: ReceiverHandle<A>, size: number, onLag: "emit" | "skip" | "fail") {
    super(receiver)
    this.size = size
    this.onLag = onLag
  }

  override get label(): string {
    return "Broadcast.stream"
  }

  override get bearsLag(): boolean {
    return this.onLag !== "fail"
  }

  override take(): NonEmptyReadonlyArray<A | Result.Result<A, Lagged>> {
    const { receiver, size } = this
    const emits = this.onLag === "emit"
    const taken: Array<A | Result.Result<A, Lagged>> = []
    const lagged = receiver.takeLag()
    if (lagged !== undefined && emits) taken.push(Result.fail(lagged))
    while (taken.length < size && receiver.unread > 0) {
      const value = receiver.takeValue()
      taken.push(emits ? Result.succeed(value) : value)
    }
    return taken as any
  }
}

class RecvTimeout<A> extends Receive<A, Option.Option<A>> {
  declare readonly duration: Duration.Input

  constructor(receiver: ReceiverHandle<A>, duration: Duration.Input) {
    super(receiver)
    this.duration = duration
  }

  override get label(): string {
    return "Broadcast.recvTimeout"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<Option.Option<A>, Lagged | Cause.Done> {
    durationOf(this.label, this.duration, this.receiver.description)
    return super.run(fiber)
  }

  override take(): Option.Option<A> {
    return Option.some(this.receiver.takeValue())
  }

  protected override wait(fiber: Fiber.Fiber<any, any>): TimedWaiter<A> {
    return new TimedWaiter(this, fiber)
  }
}

/** Leaves the line when its time is up, unless it is on its way by then: it has something. */
class TimedWaiter<A> extends ReceiveWaiter<A, Option.Option<A>> {
  declare private readonly stopTimer: () => void

  constructor(request: RecvTimeout<A>, fiber: Fiber.Fiber<any, any>) {
    super(request, fiber)
    const duration = durationOf(request.label, request.duration, request.receiver.description)
    this.stopTimer = startTimer(fiber, duration, () => this.elapsed())
  }

  private elapsed(): void {
    if (this.state !== State.waiting) return
    this.request.receiver.leavesLine(this)
    this.state = State.rejected
    wakeSoon(this)
  }

  override conclude(): Exit.Exit<Option.Option<A>, Lagged | Cause.Done> {
    return this.state === State.rejected ? Exit.succeed(Option.none()) : super.conclude()
  }

  protected override outcome(): Effect.Effect<any, Lagged | Cause.Done> {
    // Before anything is received: stopping it runs another fiber, which must not come between receiving and going on.
    this.stopTimer()
    return canEvaluate || this.state !== State.rejected ? super.outcome() : Exit.succeed(Option.none())
  }

  override leave(): void {
    this.stopTimer()
    super.leave()
  }
}

class TryRecv<A> extends Receive<A, A, Empty> {
  override get label(): string {
    return "Broadcast.tryRecv"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, Empty | Lagged | Cause.Done> {
    const { receiver } = this
    receiver.assertHeld(this.label)
    return receiver.nothingNow()?.exit ?? this.delivered(fiber)
  }

  override take(): A {
    return this.receiver.takeValue()
  }
}

// ---- ready -----------------------------------------------------------------------------------------------------------

class Ready extends Operation<void, Cause.Done> {
  declare readonly receiver: ReceiverHandle<any>

  constructor(receiver: ReceiverHandle<any>) {
    super()
    this.receiver = receiver
  }

  override get label(): string {
    return "Broadcast.ready"
  }

  override run(): Effect.Effect<void, Cause.Done> {
    const { receiver } = this
    receiver.assertHeld(this.label)
    if (receiver.isReady) return receiver.unread > 0 ? Effect.void : ended.exit
    // Nothing is reserved for it: what woke it may be gone when it runs, and then it waits again.
    return Effect.flatMap(new Watch(receiver), () => receiver.isReleased ? ended.exit : this)
  }
}

class Watch extends Operation<void> {
  declare readonly receiver: ReceiverHandle<any>

  constructor(receiver: ReceiverHandle<any>) {
    super()
    this.receiver = receiver
  }

  override get label(): string {
    return "Broadcast.ready"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { receiver } = this
    const begin = () => receiver.isReady || receiver.isReleased ? undefined : new ReadyWaiter(receiver, fiber)
    return guardedUntilWoken(fiber, begin, Effect.void)
  }
}

class ReadyWaiter extends ArrivedWaiter<void> {
  declare readonly receiver: ReceiverHandle<any>

  constructor(receiver: ReceiverHandle<any>, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.receiver = receiver
    receiver.watches(this)
  }

  override get label(): string {
    return "Broadcast.ready"
  }

  protected override outcome(): Effect.Effect<void> {
    return Effect.void
  }

  override leave(): void {
    this.receiver.stopsWatching(this)
  }
}
