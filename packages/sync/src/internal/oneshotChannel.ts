/**
 * What the two halves of a oneshot share: a slot for one value, and who waits at either end.
 *
 * ```text
 *            send                    taken by a receive
 *   empty ──────────▶ full ─────────────────────────────▶ over
 *     │                 └──── receiver dropped: discarded ──▲
 *     └── sender dropped, or receiver closed or dropped ────┘
 * ```
 *
 * A value stays in the slot until the step in which it is received. A parked receiver is *woken* for it, not handed it: it
 * is *promised* the value, so that nobody who comes later takes it before, and takes it in the step in which it goes on.
 * If it is interrupted before that, the promise goes to the next in line; the value has not moved.
 *
 * Hence the invariant **a value in the slot and somebody queued ⇒ it is promised to somebody on the way to run**.
 *
 * Guarded by `test/Oneshot.test.ts` (ONE-1 … ONE-9) and its kin.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { Empty, Misuse, RecvError, SendError } from "../Errors.ts"
import { nameOf } from "./arguments.ts"
import { type Described, failureOf, withoutStack } from "./failure.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import type { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, inThisStep, succeedNow } from "./step.ts"
import { ArrivedWaiter, guarded, guardedUntilWoken, State, Waiter, WaitQueue } from "./waitQueue.ts"

/** @internal */
export const recvFailure = /* @__PURE__ */ failureOf(
  (description) => new RecvError({ message: `${description} is over: nothing will come any more` })
)

/** @internal */
export const emptyFailure = /* @__PURE__ */ failureOf(
  (description) => new Empty({ message: `${description} has nothing to receive yet` })
)

/** @internal */
export class OneshotChannel<A> implements Described {
  declare readonly name: string | undefined
  declare private value: A | undefined
  /** Whether there is a value in the slot. */
  declare full: boolean
  /** The sender was used or has gone. */
  declare senderGone: boolean
  /** The receiver is closed or has gone. */
  declare closed: boolean
  /** The receiver has given its result to somebody: the value, or that there is none. */
  declare terminated: boolean
  // The queues are made when somebody waits. Most channels see one who does, at one end.
  /** Those who wait for the value. */
  declare private receiving: WaitQueue<RecvWaiter<A>> | undefined
  /** The one of those that was woken for the value and has not taken it yet. */
  declare private promised: RecvWaiter<A> | undefined
  /** Those who wait for the receiver to close. */
  declare private closing: WaitQueue<ClosedWaiter> | undefined

  constructor(name: string | undefined) {
    this.name = name
    this.value = undefined
    this.full = false
    this.senderGone = false
    this.closed = false
    this.terminated = false
    this.receiving = undefined
    this.promised = undefined
    this.closing = undefined
  }

  get description(): string {
    return nameOf("Oneshot", this.name)
  }

  /** Whether there is a value that whoever comes now may take. */
  get isReady(): boolean {
    return this.full && this.promised === undefined
  }

  /** Whether there is no value, and never will be. */
  get isOver(): boolean {
    return !this.full && (this.senderGone || this.closed)
  }

  /** How many wait for the value. Who is on the way to run does not count. */
  get receiversWaiting(): number {
    return this.receiving?.size ?? 0
  }

  /** How many wait for the receiver to close. */
  get sendersWaiting(): number {
    return this.closing?.size ?? 0
  }

  // ---- what the sender does ------------------------------------------------------------------------------------------

  /** Puts the value into the slot. Only while it is not closed, and once. */
  put(a: A): void {
    this.value = a
    this.full = true
    this.senderGone = true
    this.promiseNext()
    this.endClosing(State.rejected)
  }

  /** The sender goes without having sent. */
  abandon(): void {
    this.senderGone = true
    this.endReceiving()
    this.endClosing(State.rejected)
  }

  // ---- what the receiver does ----------------------------------------------------------------------------------------

  /** Takes the value out, as the result. Only while there is one. */
  take(): A {
    const value = this.value!
    this.clear()
    this.terminated = true
    this.endReceiving() // there was one result
    return value
  }

  /** Nothing can be sent any more. What was sent before stays. */
  close(): void {
    this.closed = true
    if (!this.full) this.endReceiving()
    this.endClosing(State.granted)
  }

  /** The receiver goes, and with it a value that nobody has taken. */
  discard(): void {
    const { promised } = this
    this.clear()
    if (promised !== undefined) promised.state = State.rejected
    this.close()
  }

  private clear(): void {
    this.value = undefined
    this.full = false
    this.promised = undefined
  }

  // ---- who waits -----------------------------------------------------------------------------------------------------

  enqueue(waiter: RecvWaiter<A>): void {
    this.receiving ??= new WaitQueue()
    this.receiving.push(waiter)
  }

  enqueueClosing(waiter: ClosedWaiter): void {
    this.closing ??= new WaitQueue()
    this.closing.push(waiter)
  }

  /** Promises the value to who has waited longest. */
  private promiseNext(): void {
    const waiter = this.receiving?.shift()
    this.promised = waiter
    if (waiter === undefined) return
    waiter.state = State.granted
    wakeSoon(waiter)
  }

  /** Somebody who waited for the value leaves. */
  forsake(waiter: RecvWaiter<A>): void {
    if (this.promised === waiter) this.promiseNext()
  }

  /** All who wait for a value wait in vain. */
  private endReceiving(): void {
    for (let waiter = this.receiving?.shift(); waiter !== undefined; waiter = this.receiving!.shift()) {
      waiter.state = State.rejected
      wakeSoon(waiter)
    }
  }

  /** The receiver is closed (granted), or the sender can't wait for that any more (rejected). */
  private endClosing(state: State): void {
    for (let waiter = this.closing?.shift(); waiter !== undefined; waiter = this.closing!.shift()) {
      waiter.state = state
      wakeSoon(waiter)
    }
  }
}

/** Ends a step with what is known already: in the same step, if that can be. */
const exitNow = <A, E>(exit: Exit.Exit<A, E>, fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E> =>
  canEvaluate ? inThisStep(exit, fiber) : exit

/** Fails with a `RecvError`, which is the result. Where this is two steps, an interruption between them loses the error. */
const failed = <A>(channel: OneshotChannel<A>, fiber: Fiber.Fiber<any, any>): Effect.Effect<never, RecvError> => {
  channel.terminated = true
  return exitNow(recvFailure(channel).exit, fiber)
}

// ---- sending ---------------------------------------------------------------------------------------------------------

/** The sender, as the operations on it see it. */
export interface SendingHandle<A> extends ScopedHandle {
  readonly channel: OneshotChannel<A>
  /** Uses the sender up. Says why the value was not sent, if it was not. */
  useUp(label: string, a: A): SendError<A> | undefined
}

/** @internal */
export const refused = <A>(label: string, { description }: Described, value: A): SendError<A> =>
  withoutStack(() => new SendError({ message: `${label}: the receiver of ${description} is closed or gone`, value }))

/**
 * Sends, and tells so, in one step: an interruption finds that it has sent and goes on, or that it has not.
 *
 * @internal
 */
export class Send<A> extends Operation<void, SendError<A>> {
  declare private readonly sender: SendingHandle<A>
  declare private readonly value: A

  constructor(sender: SendingHandle<A>, value: A) {
    super()
    this.sender = sender
    this.value = value
  }

  override get label(): string {
    return "Oneshot.send"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void, SendError<A>> {
    const { label, sender, value } = this
    sender.assertHeld(label)
    if (!canEvaluate && !sender.channel.closed) {
      return deliver(
        () => !sender.isReleased && !sender.channel.closed,
        () => void sender.useUp(label, value),
        this
      )
    }
    const refusal = sender.useUp(label, value)
    return exitNow(refusal === undefined ? Exit.void : Exit.fail(refusal), fiber)
  }
}

/**
 * Waits until the receiver is closed or gone.
 *
 * @internal
 */
export class Closed extends Operation<void> {
  declare readonly sender: SendingHandle<any>

  constructor(sender: SendingHandle<any>) {
    super()
    this.sender = sender
  }

  override get label(): string {
    return "Oneshot.closed"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    this.sender.assertHeld(this.label)
    return this.sender.channel.closed ? Effect.void : guarded(new ClosedWaiter(this), fiber)
  }
}

class ClosedWaiter extends Waiter<void> {
  declare readonly request: Closed

  constructor(request: Closed) {
    super()
    this.request = request
  }

  override get label(): string {
    return this.request.label
  }

  protected override arrive(): Effect.Effect<void> | undefined {
    const { label, sender } = this.request
    // Where arriving is a step of its own, things may have happened before it.
    if (sender.channel.closed) return Effect.void
    sender.assertHeld(label)
    this.state = State.waiting
    sender.channel.enqueueClosing(this)
    return undefined
  }

  protected override outcome(): Effect.Effect<void> {
    const { label, sender } = this.request
    return this.state === State.granted ? Effect.void : Effect.sync(() => sender.assertHeld(label))
  }

  override leave(): void {
    this.queue?.remove(this) // of those who wait, or of those on their way to run
  }
}

// ---- receiving -------------------------------------------------------------------------------------------------------

/** @internal */
export class Recv<A> extends Operation<A, RecvError> {
  declare private readonly receiver: ScopedHandle
  declare private readonly channel: OneshotChannel<A>

  constructor(receiver: ScopedHandle, channel: OneshotChannel<A>) {
    super()
    this.receiver = receiver
    this.channel = channel
  }

  override get label(): string {
    return "Oneshot.recv"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, RecvError> {
    const { channel, label, receiver } = this
    receiver.assertHeld(label)
    if (channel.terminated) {
      throw new Misuse({ message: `${label}: ${receiver.description} has given its result already` })
    }
    return canEvaluate ? receive(channel, fiber, this) : new Receiving(channel)
  }
}

const receive = <A>(
  channel: OneshotChannel<A>,
  fiber: Fiber.Fiber<any, any>,
  again: Effect.Effect<A, RecvError>
): Effect.Effect<A, RecvError> => {
  if (channel.isReady) {
    if (!canEvaluate) return deliver(() => channel.isReady, () => channel.take(), again)
    return succeedNow(channel.take(), fiber)
  }
  if (channel.isOver) return failed(channel, fiber)
  const begin = () => channel.isReady || channel.isOver ? undefined : new RecvWaiter(channel, fiber)
  return guardedUntilWoken(fiber, begin, again)
}

/** A receive that has begun, where that is more than one step: what happens from here on can't make a misuse of it. */
class Receiving<A> extends Operation<A, RecvError> {
  declare private readonly channel: OneshotChannel<A>

  constructor(channel: OneshotChannel<A>) {
    super()
    this.channel = channel
  }

  override get label(): string {
    return "Oneshot.recv"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, RecvError> {
    return receive(this.channel, fiber, this)
  }
}

class RecvWaiter<A> extends ArrivedWaiter<A, RecvError> {
  declare private readonly channel: OneshotChannel<A>

  constructor(channel: OneshotChannel<A>, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.channel = channel
    channel.enqueue(this)
  }

  override get label(): string {
    return "Oneshot.recv"
  }

  protected override outcome(): Effect.Effect<A, RecvError> {
    // The fiber may yield before it goes on, so what it gets is decided when it does: it goes on with this very object.
    return canEvaluate ? this : deliver(() => this.state === State.granted, () => this.taken(), this)
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, RecvError> {
    if (this.state === State.granted) return succeedNow(this.taken(), fiber)
    return failed(this.channel, fiber)
  }

  private taken(): A {
    this.state = State.done
    return this.channel.take()
  }

  override leave(): void {
    this.queue?.remove(this) // of those who wait, or of those on their way to run
    this.channel.forsake(this)
  }
}

/** @internal */
export class TryRecv<A> extends Operation<A, Empty | RecvError> {
  declare private readonly receiver: ScopedHandle
  declare private readonly channel: OneshotChannel<A>

  constructor(receiver: ScopedHandle, channel: OneshotChannel<A>) {
    super()
    this.receiver = receiver
    this.channel = channel
  }

  override get label(): string {
    return "Oneshot.tryRecv"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, Empty | RecvError> {
    const { channel, label, receiver } = this
    receiver.assertHeld(label)
    if (channel.isReady) {
      if (!canEvaluate) return deliver(() => channel.isReady, () => channel.take(), this)
      return succeedNow(channel.take(), fiber)
    }
    return channel.isOver ? failed(channel, fiber) : exitNow(emptyFailure(channel).exit, fiber)
  }
}
