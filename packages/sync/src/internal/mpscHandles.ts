/**
 * The handles of an Mpsc channel: senders, weak senders, and what all receivers have in common.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Empty, Full, SendError, SendTimeout } from "../Errors.ts"
import type { MpscChannel } from "./mpscChannel.ts"
import { ChannelTypeId, PermitHandle, PermitsHandle } from "./mpscPermits.ts"
import {
  assertSlots,
  Closed,
  closedError,
  fullError,
  Reserve,
  ReserveMany,
  Send,
  SendWithin,
  TryReserve,
  TryReserveMany,
  TrySend
} from "./mpscSending.ts"
import { newHandle, newHandleOption } from "./newHandle.ts"
import { ScopedHandle } from "./scopedHandle.ts"

/** @internal */
export const STypeId = "~effect-sync/Mpsc/Sender"

/** @internal */
export const WTypeId = "~effect-sync/Mpsc/WeakSender"

/** @internal */
export const RTypeId = "~effect-sync/Mpsc/Receiver"

/** A half, or a weak sender: what it is of, and what can be read of it also after it was dropped. */
abstract class ChannelHandle<in out A> extends ScopedHandle {
  declare readonly channel: MpscChannel<A>
  declare readonly _E: () => never

  constructor(channel: MpscChannel<A>) {
    super()
    this.channel = channel
  }

  /** The public type, as messages and inspection call it. */
  protected abstract readonly kind: string

  get [ChannelTypeId](): object {
    return this.channel
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
    return { _id: `effect-sync/Mpsc/${this.kind}`, dropped: this.isReleased, ...this.channel.toJSON() }
  }

  override toString(): string {
    return `Mpsc.${this.kind}(${String(this.channel)}${this.isReleased ? ", dropped" : ""})`
  }
}

/** A sender or a receiver. */
abstract class Half<in out A> extends ChannelHandle<A> {
  /** How many wait, on this side of the channel. */
  abstract readonly waitingUnsafe: number
  abstract readonly isClosedUnsafe: boolean

  get maxCapacity(): number {
    return this.channel.maxCapacity
  }

  get capacity(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.capacity)
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.waitingUnsafe)
  }

  get isClosed(): Effect.Effect<boolean> {
    return Effect.sync(() => this.isClosedUnsafe)
  }

  override toJSON(): unknown {
    return { ...(super.toJSON() as object), waiting: this.waitingUnsafe }
  }
}

/** @internal */
export class SenderHandle<in out A> extends Half<A> {
  declare readonly _A: (_: A) => void
  /** How many wait through it: they are looked for when it is dropped. */
  declare parked: number

  constructor(channel: MpscChannel<A>, counted = false) {
    super(channel)
    this.parked = 0
    if (!counted) channel.senders.addStrong()
  }

  get [STypeId](): this {
    return this
  }

  protected get kind(): string {
    return "Sender"
  }

  get description(): string {
    return `a sender of ${this.channel.description}`
  }

  get waitingUnsafe(): number {
    return this.channel.slots.waiters.size
  }

  get isClosedUnsafe(): boolean {
    return this.channel.isClosed
  }

  send<B extends A>(a: B): Effect.Effect<void, SendError<B>> {
    return new Send(this, "Mpsc.send", a)
  }

  trySend<B extends A>(a: B): Effect.Effect<void, Full<B> | SendError<B>> {
    return new TrySend(this, "Mpsc.trySend", a)
  }

  sendTimeout<B extends A>(a: B, duration: Duration.Input): Effect.Effect<void, SendTimeout<B> | SendError<B>> {
    return new SendWithin(this, "Mpsc.sendTimeout", a, duration)
  }

  get reserve(): Effect.Effect<PermitHandle<A>, SendError<void>, Scope.Scope> {
    return new Reserve(this, "Mpsc.reserve")
  }

  get tryReserve(): Effect.Effect<PermitHandle<A>, Full<void> | SendError<void>, Scope.Scope> {
    return new TryReserve(this, "Mpsc.tryReserve")
  }

  reserveMany(n: number): Effect.Effect<PermitsHandle<A>, Full<void> | SendError<void>, Scope.Scope> {
    return new ReserveMany(this, "Mpsc.reserveMany", n)
  }

  tryReserveMany(n: number): Effect.Effect<PermitsHandle<A>, Full<void> | SendError<void>, Scope.Scope> {
    return new TryReserveMany(this, "Mpsc.tryReserveMany", n)
  }

  get clone(): Effect.Effect<SenderHandle<A>, never, Scope.Scope> {
    return newHandle("Mpsc.clone", () => this.cloneUnsafe("Mpsc.clone"))
  }

  get downgrade(): Effect.Effect<WeakSenderHandle<A>, never, Scope.Scope> {
    return newHandle("Mpsc.downgrade", () => this.downgradeUnsafe("Mpsc.downgrade"))
  }

  get closed(): Effect.Effect<void> {
    return new Closed(this)
  }

  cloneUnsafe(label: string): SenderHandle<A> {
    this.assertHeld(label)
    return new SenderHandle(this.channel)
  }

  downgradeUnsafe(label: string): WeakSenderHandle<A> {
    this.assertHeld(label)
    return new WeakSenderHandle(this.channel)
  }

  /** Sends, or says why not. */
  sendNow<B extends A>(label: string, a: B): Full<B> | SendError<B> | undefined {
    const refusal = this.takeNow(label, 1, a)
    if (refusal === undefined) this.channel.put(a)
    return refusal
  }

  reserveNow(label: string): PermitHandle<A> | Full<void> | SendError<void> {
    return this.takeNow<void>(label, 1, undefined) ?? new PermitHandle(this.channel)
  }

  reserveManyNow(label: string, n: number): PermitsHandle<A> | Full<void> | SendError<void> {
    this.assertHeld(label)
    assertSlots(label, n, this.channel)
    return this.takeNow<void>(label, n, undefined) ?? new PermitsHandle(this.channel, n)
  }

  private takeNow<V>(label: string, n: number, value: V): Full<V> | SendError<V> | undefined {
    this.assertHeld(label)
    const { channel } = this
    if (channel.tryTake(n)) return undefined
    return channel.isClosed && n <= channel.maxCapacity
      ? closedError(label, channel, value)
      : fullError(label, channel, value)
  }

  protected override giveBack(): void {
    if (this.parked > 0) this.channel.refuse(this)
    this.channel.senders.removeStrong()
  }
}

/** @internal */
export class WeakSenderHandle<in out A> extends ChannelHandle<A> {
  declare readonly _A: (_: A) => void

  constructor(channel: MpscChannel<A>) {
    super(channel)
    channel.senders.weak++
  }

  get [WTypeId](): this {
    return this
  }

  protected get kind(): string {
    return "WeakSender"
  }

  get description(): string {
    return `a weak sender of ${this.channel.description}`
  }

  get upgrade(): Effect.Effect<Option.Option<SenderHandle<A>>, never, Scope.Scope> {
    return newHandleOption("Mpsc.upgrade", () => this.upgradeUnsafe("Mpsc.upgrade"))
  }

  upgradeUnsafe(label: string): SenderHandle<A> | undefined {
    this.assertHeld(label)
    return this.channel.senders.tryAddStrong() ? new SenderHandle(this.channel, true) : undefined
  }

  protected override giveBack(): void {
    this.channel.senders.weak--
  }
}

/**
 * A receiver, without its ways to receive: those are the buffer's.
 *
 * @internal
 */
export abstract class ReceiverHandle<in out A> extends Half<A> {
  declare readonly _A: () => A

  /** Receives what is there, or says why not. */
  abstract recvNow(label: string): Result.Result<A, Empty | Cause.Done>

  get [RTypeId](): this {
    return this
  }

  protected get kind(): string {
    return "Receiver"
  }

  get description(): string {
    return `the receiver of ${this.channel.description}`
  }

  get isClosedUnsafe(): boolean {
    const { channel } = this
    return channel.isClosed || channel.senders.strong === 0
  }

  get len(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.buffer.length)
  }

  get close(): Effect.Effect<void> {
    return Effect.sync(() => this.closeUnsafe("Mpsc.close"))
  }

  closeUnsafe(label: string): void {
    this.assertHeld(label)
    this.channel.close()
  }

  protected override giveBack(): void {
    this.channel.dropReceiver()
  }
}
