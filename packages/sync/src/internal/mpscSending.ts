/**
 * Taking slots of an Mpsc channel: to send a message, or to reserve.
 *
 * If they are free, taking them and using them is one step, and no more than that. If not, the fiber waits in the line of
 * the slots. There it is granted them by who gives them back; what it does with them it does when it runs.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Full, SendError, SendTimeout } from "../Errors.ts"
import { countError, isCount } from "./arguments.ts"
import { withoutStack } from "./failure.ts"
import type { MpscChannel, Parked } from "./mpscChannel.ts"
import { PermitHandle, PermitsHandle } from "./mpscPermits.ts"
import { Operation } from "./operation.ts"
import { PermitWaiter } from "./permitCounter.ts"
import { wakeSoon } from "./readyQueue.ts"
import type { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, inThisStep, parkUntilWoken, succeedNow } from "./step.ts"
import { durationOf, startTimer } from "./timer.ts"
import { ArrivedWaiter, guardedUntilWoken, State } from "./waitQueue.ts"

/** The sender that something is done through. */
export interface Through<A> extends ScopedHandle {
  readonly channel: MpscChannel<A>
  /** How many wait through it: they are looked for when it is dropped. */
  parked: number
}

/** @internal */
export const closedError = <B>(label: string, channel: MpscChannel<any>, value: B): SendError<B> =>
  withoutStack(() => new SendError({ message: `${label}: ${channel.description} is closed`, value }))

/** @internal */
export const fullError = <B>(label: string, channel: MpscChannel<any>, value: B): Full<B> =>
  withoutStack(() => new Full({ message: `${label}: ${channel.description} is full`, value }))

const timeoutError = <B>(label: string, channel: MpscChannel<any>, value: B): SendTimeout<B> =>
  withoutStack(() =>
    new SendTimeout({ message: `${label}: no slot of ${channel.description} became free in time`, value })
  )

/** A request for slots, made once and run any number of times. `V` is what a failure gives back. */
abstract class SlotRequest<A, B, V, E, R = never> extends Operation<B, SendError<V> | E, R> {
  declare readonly sender: Through<A>
  declare readonly label: string

  constructor(sender: Through<A>, label: string) {
    super()
    this.sender = sender
    this.label = label
  }

  /** How many slots. */
  abstract readonly n: number

  /** What a failure gives back. */
  abstract readonly value: V

  /** Uses the slots that were taken. Must not throw. */
  abstract use(fiber: Fiber.Fiber<any, any>): B

  /** What it does where it would wait: by default, that. */
  protected instead(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, SendError<V> | E, R> {
    return this.wait(fiber, undefined)
  }

  protected wait(
    fiber: Fiber.Fiber<any, any>,
    duration: Duration.Duration | undefined
  ): Effect.Effect<B, SendError<V> | E, R> {
    // Seen in this very step, that it must: which saves the closures.
    if (canEvaluate) return parkUntilWoken(new SlotWaiter<A, B, V, E, R>(this, fiber, duration), fiber)
    // Where this is not one step, there may be nothing to wait for when it comes to park.
    const { sender } = this
    const mustWait = () => !sender.isReleased && !sender.channel.isClosed && !sender.channel.canTake(this.n)
    return guardedUntilWoken(
      fiber,
      () => mustWait() ? new SlotWaiter<A, B, V, E, R>(this, fiber, duration) : undefined,
      this
    )
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, SendError<V> | E, R> {
    const { sender } = this
    sender.assertHeld(this.label)
    const { channel } = sender
    if (canEvaluate) {
      if (channel.tryTake(this.n)) return succeedNow(this.use(fiber), fiber)
    } else if (channel.canTake(this.n)) {
      return deliver(() => !sender.isReleased && channel.tryTake(this.n), () => this.use(fiber), this)
    }
    return channel.isClosed ? Exit.fail(this.closed()) : this.instead(fiber)
  }

  closed(): SendError<V> {
    return closedError(this.label, this.sender.channel, this.value)
  }

  late(): SendTimeout<V> {
    return timeoutError(this.label, this.sender.channel, this.value)
  }

  protected full(): Effect.Effect<never, Full<V>> {
    return Exit.fail(fullError(this.label, this.sender.channel, this.value))
  }
}

/** One run of a request that had to wait. */
class SlotWaiter<A, B, V, E, R> extends PermitWaiter<B, SendError<V> | E, R> implements Parked {
  declare readonly request: SlotRequest<A, B, V, E, R>
  declare private stopTimer: (() => void) | undefined
  declare private isLate: boolean
  declare dropped: boolean

  constructor(
    request: SlotRequest<A, B, V, E, R>,
    fiber: Fiber.Fiber<any, any>,
    duration: Duration.Duration | undefined
  ) {
    super(request.sender.channel.slots, request.n)
    this.request = request
    this.fiber = fiber
    this.isLate = false
    this.dropped = false
    request.sender.parked++
    this.counter.enqueue(this)
    this.stopTimer = duration === undefined ? undefined : startTimer(fiber, duration, () => this.timeIsUp())
  }

  override get label(): string {
    return this.request.label
  }

  get sender(): Through<A> {
    return this.request.sender
  }

  private timeIsUp(): void {
    if (this.state !== State.waiting) return // it has been answered before
    this.queue!.remove(this)
    this.counter.release(this.n - this.missing)
    this.state = State.rejected
    this.isLate = true
    wakeSoon(this)
  }

  // What the woken fiber goes on with is this very object: it decides in the step in which it runs, and no sooner.
  protected override outcome(): Effect.Effect<B, SendError<V> | E, R> {
    return this
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, SendError<V> | E, R> {
    this.stopTimer?.() // first of all: that interrupts a fiber, which ends on this stack, and all state must be settled
    if (canEvaluate) return this.claim() ? succeedNow(this.request.use(fiber), fiber) : this.refusal()
    return deliver(() => this.claim(), () => this.request.use(fiber), Effect.suspend(() => this.refusal()))
  }

  /** Takes what it was granted, unless a close or the end of its sender came before it ran. */
  private claim(): boolean {
    if (this.state !== State.granted || this.counter.closed !== undefined || this.sender.isReleased) return false
    this.counter.granted -= this.n
    this.depart()
    return true
  }

  private refusal(): Effect.Effect<never, any> {
    this.leave()
    if (this.isLate) return Exit.fail(this.request.late())
    if (this.dropped || this.counter.closed === undefined) this.sender.assertHeld(this.label)
    return Exit.fail(this.request.closed())
  }

  private depart(): void {
    this.state = State.done
    this.sender.parked--
  }

  override leave(): void {
    if (this.state === State.done) return
    this.stopTimer?.()
    super.leave()
    this.depart()
  }

  protected override proceed(): Effect.Effect<B, SendError<V> | E, R> {
    return this
  }

  protected override instead(): undefined {
    return undefined
  }

  protected override giveBack(): void {
    // it holds nothing: what it was granted is used in the step in which it is taken
  }
}

// ---- sending ---------------------------------------------------------------------------------------------------------

/** @internal */
export class Send<A, B extends A, E = never> extends SlotRequest<A, void, B, E> {
  declare readonly value: B

  constructor(sender: Through<A>, label: string, value: B) {
    super(sender, label)
    this.value = value
  }

  get n(): number {
    return 1
  }

  override use(): void {
    this.sender.channel.put(this.value)
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void, SendError<B> | E> {
    const { sender } = this
    if (canEvaluate && !sender.isReleased) {
      const { channel } = sender
      // The way of nearly all messages, without a call too many and without an exit of its own: a fifth of a send.
      if (channel.tryTake(1)) {
        channel.put(this.value)
        return inThisStep(Exit.void, fiber)
      }
      return channel.isClosed ? Exit.fail(this.closed()) : this.instead(fiber)
    }
    return super.run(fiber)
  }
}

/** @internal */
export class TrySend<A, B extends A> extends Send<A, B, Full<B>> {
  protected override instead(): Effect.Effect<never, Full<B>> {
    return this.full()
  }
}

/** @internal */
export class SendWithin<A, B extends A> extends Send<A, B, SendTimeout<B>> {
  declare readonly duration: Duration.Input

  constructor(sender: Through<A>, label: string, value: B, duration: Duration.Input) {
    super(sender, label, value)
    this.duration = duration
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void, SendError<B> | SendTimeout<B>> {
    this.read() // a bad duration is one also where there is no need to wait
    return super.run(fiber)
  }

  protected override instead(fiber: Fiber.Fiber<any, any>): Effect.Effect<void, SendError<B> | SendTimeout<B>> {
    const duration = this.read()
    if (!Duration.isPositive(duration)) return Exit.fail(this.late())
    return this.wait(fiber, Duration.isFinite(duration) ? duration : undefined)
  }

  private read(): Duration.Duration {
    return durationOf(this.label, this.duration, this.sender.channel.description)
  }
}

// ---- reserving -------------------------------------------------------------------------------------------------------

abstract class Reservation<A, H extends ScopedHandle, E> extends SlotRequest<A, H, void, E, Scope.Scope> {
  get value(): void {
    return undefined
  }

  protected abstract make(): H

  override use(fiber: Fiber.Fiber<any, any>): H {
    return this.make().ownedBy(Context.getUnsafe(fiber.context, Scope.Scope))
  }
}

/** @internal */
export class Reserve<A, E = never> extends Reservation<A, PermitHandle<A>, E> {
  get n(): number {
    return 1
  }

  protected override make(): PermitHandle<A> {
    return new PermitHandle(this.sender.channel)
  }
}

/** @internal */
export class TryReserve<A> extends Reserve<A, Full<void>> {
  protected override instead(): Effect.Effect<never, Full<void>> {
    return this.full()
  }
}

/** Throws a RangeError unless that is a number of slots. */
export const assertSlots = (label: string, n: number, channel: MpscChannel<any>): void => {
  if (!isCount(n)) throw countError(label, "n", n, channel.description)
}

/** @internal */
export class ReserveMany<A> extends Reservation<A, PermitsHandle<A>, Full<void>> {
  declare readonly n: number

  constructor(sender: Through<A>, label: string, n: number) {
    super(sender, label)
    this.n = n
  }

  protected override make(): PermitsHandle<A> {
    return new PermitsHandle(this.sender.channel, this.n)
  }

  override run(
    fiber: Fiber.Fiber<any, any>
  ): Effect.Effect<PermitsHandle<A>, SendError<void> | Full<void>, Scope.Scope> {
    const { channel } = this.sender
    this.sender.assertHeld(this.label)
    assertSlots(this.label, this.n, channel)
    return this.n > channel.maxCapacity ? this.full() : super.run(fiber)
  }
}

/** @internal */
export class TryReserveMany<A> extends ReserveMany<A> {
  protected override instead(): Effect.Effect<never, Full<void>> {
    return this.full()
  }
}

// ---- waiting for the receiver to close -------------------------------------------------------------------------------

/** @internal */
export class Closed extends Operation<void> {
  declare readonly sender: Through<any>

  constructor(sender: Through<any>) {
    super()
    this.sender = sender
  }

  override get label(): string {
    return "Mpsc.closed"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { sender } = this
    sender.assertHeld(this.label)
    if (sender.channel.isClosed) return Exit.void
    const mustWait = () => !sender.channel.isClosed && !sender.isReleased
    return guardedUntilWoken(fiber, () => mustWait() ? new ClosedWaiter(this, fiber) : undefined, this)
  }
}

class ClosedWaiter extends ArrivedWaiter<void> implements Parked {
  declare readonly request: Closed
  declare dropped: boolean

  constructor(request: Closed, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.request = request
    this.dropped = false
    request.sender.parked++
    request.sender.channel.closing.push(this)
  }

  override get label(): string {
    return this.request.label
  }

  get sender(): Through<any> {
    return this.request.sender
  }

  protected override outcome(): Effect.Effect<void> {
    this.leave()
    return this.dropped ? Effect.sync(() => this.sender.assertHeld(this.label)) : Exit.void
  }

  override leave(): void {
    if (this.state === State.done) return
    this.queue?.remove(this)
    this.state = State.done
    this.sender.parked--
  }
}
