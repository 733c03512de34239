/**
 * Reserved slots of an Mpsc channel, one or several. They stand for a strong sender as long as any is left.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { MpscChannel } from "./mpscChannel.ts"
import { newHandleOption } from "./newHandle.ts"
import { ScopedHandle } from "./scopedHandle.ts"

/** @internal */
export const ChannelTypeId = "~effect-sync/Mpsc/channel"

/** @internal */
export class PermitHandle<in out A> extends ScopedHandle {
  declare readonly channel: MpscChannel<A>

  /** Of a slot that was taken for it. */
  constructor(channel: MpscChannel<A>) {
    super()
    this.channel = channel
    channel.reserve(1)
  }

  get [ChannelTypeId](): object {
    return this.channel
  }

  get description(): string {
    return `a permit of ${this.channel.description}`
  }

  send(a: A): Effect.Effect<void> {
    return Effect.sync(() => this.use("Permit.send", a))
  }

  sendUnsafe(a: A): void {
    this.use("Permit.sendUnsafe", a)
  }

  get release(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  private use(label: string, a: A): void {
    this.assertHeld(label)
    this.end("used", false)
    this.channel.fulfil(a)
    this.channel.reservationOver()
  }

  protected override giveBack(): void {
    this.channel.unreserve(1)
    this.channel.reservationOver()
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Mpsc/Permit", released: this.isReleased, channel: this.channel.toJSON() }
  }

  override toString(): string {
    return `Mpsc.Permit(${this.isReleased ? "released" : "held"}, of ${String(this.channel)})`
  }
}

/** @internal */
export class PermitsHandle<in out A> extends ScopedHandle {
  declare readonly channel: MpscChannel<A>
  declare remaining: number

  /** Of slots that were taken for it. */
  constructor(channel: MpscChannel<A>, n: number) {
    super()
    this.channel = channel
    this.remaining = n
    channel.reserve(n)
  }

  get [ChannelTypeId](): object {
    return this.channel
  }

  get description(): string {
    return `permits of ${this.channel.description}`
  }

  get next(): Effect.Effect<Option.Option<PermitHandle<A>>, never, Scope.Scope> {
    return newHandleOption("Permits.next", () => this.takeOut())
  }

  private takeOut(): PermitHandle<A> | undefined {
    if (this.remaining === 0) return undefined
    this.channel.reserved-- // from here to there
    const permit = new PermitHandle(this.channel)
    this.used()
    return permit
  }

  send(a: A): Effect.Effect<boolean> {
    return Effect.sync(() => {
      if (this.remaining === 0) return false
      this.channel.fulfil(a)
      this.used()
      return true
    })
  }

  private used(): void {
    this.remaining--
    if (this.remaining > 0) return
    this.end("used", false) // a scope that lives on has nothing left to release
    this.channel.reservationOver()
  }

  get release(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  protected override giveBack(): void {
    const { channel, remaining } = this
    if (remaining === 0) return
    this.remaining = 0
    channel.unreserve(remaining)
    channel.reservationOver()
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Mpsc/Permits", remaining: this.remaining, channel: this.channel.toJSON() }
  }

  override toString(): string {
    return `Mpsc.Permits(${this.remaining} left, of ${String(this.channel)})`
  }
}
