/**
 * The senders of a broadcast, strong and weak.
 *
 * A sender never waits to send. What it may wait for is that nobody listens any more (`closed`), which may change again:
 * a woken fiber looks once more, and waits on if somebody has subscribed meanwhile.
 *
 * Guarded by `test/Broadcast.test.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { SendError } from "../Errors.ts"
import type { Broadcast, Parked } from "./broadcastChannel.ts"
import { ReceiverHandle } from "./broadcastReceiver.ts"
import { newHandle, newHandleOption } from "./newHandle.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, inThisStep } from "./step.ts"
import { ArrivedWaiter, guardedUntilWoken, State } from "./waitQueue.ts"

/** @internal */
export const STypeId = "~effect-sync/Broadcast/Sender"

/** @internal */
export const WTypeId = "~effect-sync/Broadcast/WeakSender"

// ---- strong ----------------------------------------------------------------------------------------------------------

/** @internal */
export class SenderHandle<A> extends ScopedHandle {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  declare readonly channel: Broadcast<A>
  /** How many are parked in `closed` through this handle. */
  declare closing: number

  /** The channel must have counted it. */
  constructor(channel: Broadcast<A>) {
    super()
    this.channel = channel
    this.closing = 0
  }

  get [STypeId](): this {
    return this
  }

  get description(): string {
    return `a sender of ${this.channel.description}`
  }

  protected override giveBack(): void {
    if (this.closing > 0) this.channel.wakeClosingOf(this)
    this.channel.senders.removeStrong()
  }

  send(a: A): Effect.Effect<number, SendError<A>> {
    return new Send(this, a)
  }

  sendUnsafe(label: string, a: A): Result.Result<number, SendError<A>> {
    this.assertHeld(label)
    const { channel } = this
    return channel.trySend(a) ? Result.succeed(channel.ring.receivers) : Result.fail(channel.refused(label, a))
  }

  get subscribe(): Effect.Effect<ReceiverHandle<A>, never, Scope.Scope> {
    return newHandle("Broadcast.subscribe", () => this.subscribeUnsafe("Broadcast.subscribe"))
  }

  subscribeUnsafe(label: string): ReceiverHandle<A> {
    this.assertHeld(label)
    return new ReceiverHandle(this.channel)
  }

  get clone(): Effect.Effect<SenderHandle<A>, never, Scope.Scope> {
    return newHandle("Broadcast.clone", () => this.cloneUnsafe("Broadcast.clone"))
  }

  cloneUnsafe(label: string): SenderHandle<A> {
    this.assertHeld(label)
    this.channel.senders.addStrong()
    return new SenderHandle(this.channel)
  }

  get downgrade(): Effect.Effect<WeakSenderHandle<A>, never, Scope.Scope> {
    return newHandle("Broadcast.downgrade", () => this.downgradeUnsafe("Broadcast.downgrade"))
  }

  downgradeUnsafe(label: string): WeakSenderHandle<A> {
    this.assertHeld(label)
    return new WeakSenderHandle(this.channel)
  }

  get closed(): Effect.Effect<void> {
    return new Closed(this)
  }

  get len(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.ring.kept)
  }

  get receiverCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.ring.receivers)
  }

  get strongCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.strong)
  }

  get weakCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.weak)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.closing.size)
  }

  get drop(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  override toJSON(): unknown {
    const { closing, named, ring, senders } = this.channel
    return {
      _id: "effect-sync/Broadcast/Sender",
      ...named,
      capacity: ring.size,
      len: ring.kept,
      receivers: ring.receivers,
      strong: senders.strong,
      weak: senders.weak,
      dropped: this.isReleased,
      waiting: closing.size
    }
  }

  override toString(): string {
    const { closing, label, ring } = this.channel
    const state = this.isReleased
      ? "dropped"
      : `${ring.kept} of ${ring.size} kept, ${ring.receivers} receivers, ${closing.size} waiting`
    return `Broadcast.Sender(${label}${state})`
  }
}

class Send<A> extends Operation<number, SendError<A>> {
  declare readonly sender: SenderHandle<A>
  declare readonly value: A

  constructor(sender: SenderHandle<A>, value: A) {
    super()
    this.sender = sender
    this.value = value
  }

  override get label(): string {
    return "Broadcast.send"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<number, SendError<A>> {
    const { sender } = this
    if (sender.isReleased) sender.assertHeld(this.label)
    const { channel } = sender
    if (!canEvaluate) {
      const refused = Effect.suspend(() =>
        channel.ring.receivers === 0 ? Effect.fail(channel.refused(this.label, this.value)) : this
      )
      return deliver(() => !sender.isReleased && channel.trySend(this.value), () => channel.ring.receivers, refused)
    }
    // The fiber that goes on knows that it has sent, in the same step.
    return channel.trySend(this.value)
      ? inThisStep(channel.sentTo(), fiber)
      : Effect.fail(channel.refused(this.label, this.value))
  }
}

class Closed extends Operation<void> {
  declare readonly sender: SenderHandle<any>

  constructor(sender: SenderHandle<any>) {
    super()
    this.sender = sender
  }

  override get label(): string {
    return "Broadcast.closed"
  }

  override run(): Effect.Effect<void> {
    const { sender } = this
    sender.assertHeld(this.label)
    return sender.channel.ring.receivers === 0 ? Effect.void : this.wait()
  }

  private wait(): Effect.Effect<void> {
    const { sender } = this
    const { ring } = sender.channel
    // If it was closed when it was woken and is so still, that counts, even if its handle was dropped meanwhile.
    return Effect.flatMap(new WaitClosed(sender), () => ring.receivers === 0 ? Effect.void : this)
  }
}

class WaitClosed extends Operation<void> {
  declare readonly sender: SenderHandle<any>

  constructor(sender: SenderHandle<any>) {
    super()
    this.sender = sender
  }

  override get label(): string {
    return "Broadcast.closed"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { sender } = this
    const isOver = () => sender.channel.ring.receivers === 0 || sender.isReleased
    return guardedUntilWoken(fiber, () => isOver() ? undefined : new ClosedWaiter(sender, fiber), Effect.void)
  }
}

class ClosedWaiter extends ArrivedWaiter<void> implements Parked {
  declare readonly sender: SenderHandle<any>

  constructor(sender: SenderHandle<any>, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.sender = sender
    sender.closing++
    sender.channel.closing.push(this)
  }

  override get label(): string {
    return "Broadcast.closed"
  }

  wakes(): void {
    this.sender.closing--
    this.state = State.granted
    wakeSoon(this)
  }

  protected override outcome(): Effect.Effect<void> {
    return Effect.void
  }

  override leave(): void {
    this.queue?.remove(this) // of those who wait, or of those about to run
    if (this.state === State.waiting) this.sender.closing--
  }
}

// ---- weak ------------------------------------------------------------------------------------------------------------

/** @internal */
export class WeakSenderHandle<A> extends ScopedHandle {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never
  declare readonly channel: Broadcast<A>

  constructor(channel: Broadcast<A>) {
    super()
    this.channel = channel
    channel.senders.weak++
  }

  get [WTypeId](): this {
    return this
  }

  get description(): string {
    return `a weak sender of ${this.channel.description}`
  }

  protected override giveBack(): void {
    this.channel.senders.weak--
  }

  get upgrade(): Effect.Effect<Option.Option<SenderHandle<A>>, never, Scope.Scope> {
    return newHandleOption("Broadcast.upgrade", () => this.tryUpgrade("Broadcast.upgrade"))
  }

  tryUpgrade(label: string): SenderHandle<A> | undefined {
    this.assertHeld(label)
    return this.channel.senders.tryAddStrong() ? new SenderHandle(this.channel) : undefined
  }

  get strongCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.strong)
  }

  get weakCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders.weak)
  }

  get drop(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  override toJSON(): unknown {
    const { named, senders } = this.channel
    return {
      _id: "effect-sync/Broadcast/WeakSender",
      ...named,
      strong: senders.strong,
      weak: senders.weak,
      dropped: this.isReleased
    }
  }

  override toString(): string {
    const { label, senders } = this.channel
    const state = this.isReleased ? "dropped" : `${senders.strong} strong, ${senders.weak} weak`
    return `Broadcast.WeakSender(${label}${state})`
  }
}
