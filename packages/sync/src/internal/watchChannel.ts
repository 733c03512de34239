/**
 * What a Watch is made of: one value, the number of its version, and for each receiver the version it last saw.
 *
 * Nothing is queued but fibers. A change replaces the value, counts, and wakes all who wait; whoever looks later compares
 * two numbers. So a change costs the same however many receivers there are that nobody waits on, and any number of
 * changes between two looks is one change, whose value is the latest.
 *
 * **Two lines of waiters.** The fibers that wait on a handle are parked on that handle. The handles on which somebody is
 * parked stand in a line of the channel: *listening* receivers, *closing* senders. A change takes the whole first line,
 * the last receiver to go takes the second; dropping one handle ends what is parked on it without a search, and a fiber
 * that is interrupted leaves both lines in O(1).
 *
 * **Seeing is delivering.** A change counts as seen in the step in which the fiber that waited for it goes on, not when
 * it is woken: an interruption in between finds nothing marked. A woken `changed` does not ask again whether the value
 * is unseen: a sibling fiber on the same receiver may have marked it first, and the change was for both.
 *
 * **No wake-up is lost**, since whoever finds nothing unseen is parked in the same step, and where these are two steps
 * (`canEvaluate` is false) it looks again when it parks.
 *
 * Guarded by `test/Watch.test.ts` (W-1 … W-12) and its kin.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { SendError } from "../Errors.ts"
import { nameOf } from "./arguments.ts"
import { ended } from "./ended.ts"
import { withoutStack } from "./failure.ts"
import { newHandle } from "./newHandle.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, succeedNow } from "./step.ts"
import { ArrivedWaiter, guardedUntilWoken, type Queued, State, WaitQueue } from "./waitQueue.ts"

/** @internal */
export const STypeId = "~effect-sync/Watch/Sender"

/** @internal */
export const RTypeId = "~effect-sync/Watch/Receiver"

/** A version that no value has. */
const never = -1

/** @internal */
export class WatchChannel<A> {
  value: A
  /** A number counts 285 years of changes at a million a second. */
  version = 0
  senders = 0
  receivers = 0
  sources = 0
  /** The receivers on which somebody waits for a change. */
  readonly listening = new WaitQueue<ReceiverHandle<A>>()
  /** The senders on which somebody waits for the last receiver to go. */
  readonly closing = new WaitQueue<SenderHandle<A>>()
  readonly name: string | undefined

  constructor(initial: A, name: string | undefined) {
    this.value = initial
    this.name = name
  }

  get description(): string {
    return nameOf("Watch", this.name)
  }

  publish(a: A): void {
    this.value = a
    this.version++
    this.wakeListeners(State.granted)
  }

  /** Nobody can join meanwhile, since no fiber runs before this is done: so it ends, and is atomic. */
  wakeListeners(state: State): void {
    let receiver: ReceiverHandle<A> | undefined
    while ((receiver = this.listening.shift()) !== undefined) receiver.wakeAll(state)
  }

  wakeClosing(): void {
    let sender: SenderHandle<A> | undefined
    while ((sender = this.closing.shift()) !== undefined) sender.wakeAll(State.granted)
  }

  get waitingForClose(): number {
    let waiting = 0
    for (let sender = this.closing.head; sender !== undefined; sender = sender.next) waiting += sender.parked.size
    return waiting
  }

  /** Lets go of the value once nobody can read it: a dropped handle that somebody still holds would keep it alive. */
  forgetIfUnreachable(): void {
    if (this.senders + this.receivers + this.sources === 0) this.value = undefined as A
  }
}

// ---- handles ---------------------------------------------------------------------------------------------------------

/** A sender or a receiver: a handle on which fibers are parked, and which stands in a line of the channel while they are. */
abstract class Half<A> extends ScopedHandle implements Queued {
  declare readonly channel: WatchChannel<A>
  declare readonly parked: WaitQueue<ParkedFiber<any, any>>
  declare queue: WaitQueue<any> | undefined
  declare previous: any
  declare next: any

  constructor(channel: WatchChannel<A>) {
    super()
    this.channel = channel
    this.parked = new WaitQueue()
    this.queue = undefined
    this.previous = undefined
    this.next = undefined
  }

  protected abstract readonly kind: string

  /** Where it stands while somebody is parked on it. */
  protected abstract readonly line: WaitQueue<any>

  parks(waiter: ParkedFiber<any, any>): void {
    this.parked.push(waiter)
    if (this.queue === undefined) this.line.push(this)
  }

  leaves(waiter: ParkedFiber<any, any>): void {
    waiter.queue?.remove(waiter) // of those parked, or of those on their way to run
    if (this.parked.size === 0) this.queue?.remove(this)
  }

  wakeAll(state: State): void {
    this.queue?.remove(this)
    let waiter: ParkedFiber<any, any> | undefined
    while ((waiter = this.parked.shift()) !== undefined) {
      waiter.state = state
      wakeSoon(waiter)
    }
  }

  get description(): string {
    return `a ${this.kind} of ${this.channel.description}`
  }

  protected held(label: string): WatchChannel<A> {
    this.assertHeld(label)
    return this.channel
  }

  borrowNow(label: string): A {
    return this.held(label).value
  }

  get borrow(): Effect.Effect<A> {
    return Effect.sync(() => this.borrowNow("Watch.borrow"))
  }

  protected named(state: string): string {
    const { name } = this.channel
    return `${this.kind}(${name === undefined ? "" : `${name}: `}${this.isReleased ? "dropped" : state})`
  }

  protected json(state: object): unknown {
    const { name } = this.channel
    return {
      _id: `effect-sync/Watch/${this.kind}`,
      ...(name !== undefined && { name }),
      ...(this.isReleased && { dropped: true }),
      senders: this.channel.senders,
      receivers: this.channel.receivers,
      ...state
    }
  }
}

/** @internal */
export class SenderHandle<A> extends Half<A> {
  declare readonly _A: (_: A) => A
  declare readonly _E: () => never

  constructor(channel: WatchChannel<A>) {
    super(channel)
    channel.senders++
  }

  get [STypeId](): this {
    return this
  }

  protected override get kind(): string {
    return "Sender"
  }

  protected override get line(): WaitQueue<SenderHandle<A>> {
    return this.channel.closing
  }

  protected override giveBack(): void {
    const { channel } = this
    channel.senders--
    // What comes of those parked here is `Misuse`, which they find out themselves.
    this.wakeAll(State.rejected)
    if (channel.senders === 0) channel.wakeListeners(State.rejected)
    channel.forgetIfUnreachable()
  }

  // ---- sending

  send(a: A): Effect.Effect<void, SendError<A>> {
    return new Send(this, a)
  }

  /** Sends, or says why that can't be. */
  trySend(label: string, a: A): SendError<A> | undefined {
    const channel = this.held(label)
    if (channel.receivers === 0) {
      return withoutStack(() =>
        new SendError({ message: `${label}: ${channel.description} has no receiver`, value: a })
      )
    }
    channel.publish(a)
    return undefined
  }

  update<B>(label: string, f: (a: A) => readonly [B, Option.Option<A>]): Effect.Effect<B> {
    return Effect.sync(() => this.updateNow(label, f))
  }

  updateNow<B>(label: string, f: (a: A) => readonly [B, Option.Option<A>]): B {
    const [b, next] = f(this.borrowNow(label))
    if (Option.isSome(next)) this.held(label).publish(next.value) // f may have dropped it
    return b
  }

  // ---- looking

  borrowRefNow(label: string): { readonly value: A; readonly hasChanged: boolean } {
    return { value: this.borrowNow(label), hasChanged: false }
  }

  get borrowRef(): Effect.Effect<{ readonly value: A; readonly hasChanged: boolean }> {
    return Effect.sync(() => this.borrowRefNow("Watch.borrowRef"))
  }

  get closed(): Effect.Effect<void> {
    return new Closed(this)
  }

  get isClosed(): Effect.Effect<boolean> {
    return Effect.sync(() => this.channel.receivers === 0)
  }

  get receiverCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.receivers)
  }

  get senderCount(): Effect.Effect<number> {
    return Effect.sync(() => this.channel.senders)
  }

  waitingNow(): number {
    return this.channel.waitingForClose
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.waitingNow())
  }

  // ---- more handles

  subscribeNow(label: string): ReceiverHandle<A> {
    const channel = this.held(label)
    return new ReceiverHandle(channel, channel.version)
  }

  get subscribe(): Effect.Effect<ReceiverHandle<A>, never, Scope.Scope> {
    return newHandle("Watch.subscribe", () => this.subscribeNow("Watch.subscribe"))
  }

  cloneNow(label: string): SenderHandle<A> {
    return new SenderHandle(this.held(label))
  }

  get clone(): Effect.Effect<SenderHandle<A>, never, Scope.Scope> {
    return newHandle("Watch.clone", () => this.cloneNow("Watch.clone"))
  }

  override toJSON(): unknown {
    return this.json({ waiting: this.waitingNow() })
  }

  override toString(): string {
    const { receivers, senders } = this.channel
    return this.named(`${senders} sending, ${receivers} receiving, ${this.waitingNow()} waiting`)
  }
}

/** @internal */
export class ReceiverHandle<A> extends Half<A> {
  declare readonly _A: () => A
  declare readonly _E: () => never
  /** The version it last saw. */
  declare private seen: number

  constructor(channel: WatchChannel<A>, seen: number) {
    super(channel)
    this.seen = seen
    channel.receivers++
  }

  get [RTypeId](): this {
    return this
  }

  protected override get kind(): string {
    return "Receiver"
  }

  protected override get line(): WaitQueue<ReceiverHandle<A>> {
    return this.channel.listening
  }

  protected override giveBack(): void {
    const { channel } = this
    channel.receivers--
    this.wakeAll(State.rejected)
    if (channel.receivers === 0) channel.wakeClosing()
    channel.forgetIfUnreachable()
  }

  // ---- looking

  get isUnseen(): boolean {
    return this.seen !== this.channel.version
  }

  /** There is nothing to wait for: a change, or no sender to make one, or it was dropped. */
  get isOver(): boolean {
    return this.isUnseen || this.channel.senders === 0 || this.isReleased
  }

  /** Marks the value as seen, and gives it. */
  see(): A {
    this.seen = this.channel.version
    return this.channel.value
  }

  borrowAndUpdateNow(label: string): A {
    this.assertHeld(label)
    return this.see()
  }

  get borrowAndUpdate(): Effect.Effect<A> {
    return Effect.sync(() => this.borrowAndUpdateNow("Watch.borrowAndUpdate"))
  }

  borrowRefNow(label: string): { readonly value: A; readonly hasChanged: boolean } {
    return { value: this.borrowNow(label), hasChanged: this.isUnseen }
  }

  get borrowRef(): Effect.Effect<{ readonly value: A; readonly hasChanged: boolean }> {
    return Effect.sync(() => this.borrowRefNow("Watch.borrowRef"))
  }

  borrowAndUpdateRefNow(label: string): { readonly value: A; readonly hasChanged: boolean } {
    const ref = this.borrowRefNow(label)
    this.see()
    return ref
  }

  get borrowAndUpdateRef(): Effect.Effect<{ readonly value: A; readonly hasChanged: boolean }> {
    return Effect.sync(() => this.borrowAndUpdateRefNow("Watch.borrowAndUpdateRef"))
  }

  /** `undefined` if no sender is left. */
  hasChangedNow(label: string): boolean | undefined {
    return this.held(label).senders === 0 ? undefined : this.isUnseen
  }

  get hasChanged(): Effect.Effect<boolean, Cause.Done> {
    return Effect.suspend(() => {
      const hasChanged = this.hasChangedNow("Watch.hasChanged")
      return hasChanged === undefined ? ended.exit : Exit.succeed(hasChanged)
    })
  }

  markChangedNow(label: string): void {
    this.assertHeld(label)
    this.seen = never
    this.wakeAll(State.granted)
  }

  get markChanged(): Effect.Effect<void> {
    return Effect.sync(() => this.markChangedNow("Watch.markChanged"))
  }

  markUnchangedNow(label: string): void {
    this.assertHeld(label)
    this.see()
  }

  get markUnchanged(): Effect.Effect<void> {
    return Effect.sync(() => this.markUnchangedNow("Watch.markUnchanged"))
  }

  // ---- waiting

  get changed(): Effect.Effect<void, Cause.Done> {
    return new Changed(this)
  }

  get ready(): Effect.Effect<void, Cause.Done> {
    return new Ready(this)
  }

  waitFor(predicate: (a: A) => boolean): Effect.Effect<A, Cause.Done> {
    return new WaitFor(this, predicate)
  }

  pull(current: boolean): Effect.Effect<readonly [A], Cause.Done> {
    return new Pull(this, current)
  }

  waitingNow(): number {
    return this.parked.size
  }

  get waiting(): Effect.Effect<number> {
    return Effect.sync(() => this.waitingNow())
  }

  // ---- more handles

  cloneNow(label: string): ReceiverHandle<A> {
    return new ReceiverHandle(this.held(label), this.seen)
  }

  get clone(): Effect.Effect<ReceiverHandle<A>, never, Scope.Scope> {
    return newHandle("Watch.clone", () => this.cloneNow("Watch.clone"))
  }

  override toJSON(): unknown {
    return this.json({ hasChanged: this.isUnseen, waiting: this.waitingNow() })
  }

  override toString(): string {
    const state = this.channel.senders === 0 ? "ended" : "open"
    return this.named(`${this.isUnseen ? "changed" : "unchanged"}, ${state}, ${this.waitingNow()} waiting`)
  }
}

/**
 * What a component subscribes with that may not send: it keeps the value, and no channel open.
 *
 * @internal
 */
export class SourceHandle<A> extends ScopedHandle {
  declare readonly channel: WatchChannel<A>

  constructor(channel: WatchChannel<A>) {
    super()
    this.channel = channel
    channel.sources++
  }

  get description(): string {
    return `a Source of ${this.channel.description}`
  }

  protected override giveBack(): void {
    this.channel.sources--
    this.channel.forgetIfUnreachable()
  }

  get subscribe(): Effect.Effect<ReceiverHandle<A>, never, Scope.Scope> {
    return newHandle("Source.subscribe", () => {
      this.assertHeld("Source.subscribe")
      return new ReceiverHandle(this.channel, this.channel.version)
    })
  }

  get get(): Effect.Effect<A> {
    return Effect.sync(() => {
      this.assertHeld("Source.get")
      return this.channel.value
    })
  }

  override toJSON(): unknown {
    const { name, receivers, senders } = this.channel
    return { _id: "effect-sync/Watch/Source", ...(name !== undefined && { name }), senders, receivers }
  }

  override toString(): string {
    const { name, receivers } = this.channel
    return `Source(${name === undefined ? "" : `${name}: `}${receivers} receiving)`
  }
}

// ---- operations ------------------------------------------------------------------------------------------------------

/** Sends: the channel and the fiber that goes on learn of it in the same step. */
class Send<A> extends Operation<void, SendError<A>> {
  declare readonly sender: SenderHandle<A>
  declare readonly value: A

  constructor(sender: SenderHandle<A>, value: A) {
    super()
    this.sender = sender
    this.value = value
  }

  override get label(): string {
    return "Watch.send"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void, SendError<A>> {
    const { label, sender, value } = this
    let refusal: SendError<A> | undefined
    if (canEvaluate) {
      refusal = sender.trySend(label, value)
      return refusal === undefined ? succeedNow(undefined, fiber) : Exit.fail(refusal)
    }
    return deliver(
      () => (refusal = sender.trySend(label, value)) === undefined,
      () => undefined,
      Effect.suspend(() => Effect.fail(refusal!))
    )
  }
}

/** A fiber parked on a handle. */
abstract class ParkedFiber<A, E = never> extends ArrivedWaiter<A, E> {
  declare readonly half: Half<any>

  constructor(half: Half<any>, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.half = half
    half.parks(this)
  }

  /** Nothing was marked, and everybody else was woken too: there is nothing to give back or to pass on. */
  override leave(): void {
    this.half.leaves(this)
  }
}

/** Waits for a change. What it ends with, and marks, is decided when it goes on. */
abstract class ForChange<A, B> extends Operation<B, Cause.Done> {
  declare readonly receiver: ReceiverHandle<A>

  constructor(receiver: ReceiverHandle<A>) {
    super()
    this.receiver = receiver
  }

  /** What the fiber goes on with. In the same step it counts as seen, if it does. */
  abstract take(): B

  protected get isDue(): boolean {
    return this.receiver.isUnseen
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Cause.Done> {
    this.receiver.assertHeld(this.label)
    return this.proceed(fiber)
  }

  private proceed(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Cause.Done> {
    const { receiver } = this
    if (receiver.isReleased) return ended.exit
    if (this.isDue) return this.conclude(fiber)
    if (receiver.channel.senders === 0) return ended.exit
    // The receiver may be dropped before it parks: that ends what has begun, so it does not begin anew.
    const again = canEvaluate ? this : Effect.withFiber((fiber) => this.proceed(fiber))
    return guardedUntilWoken(fiber, () => receiver.isOver ? undefined : new ChangeWaiter(this, fiber), again)
  }

  conclude(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Cause.Done> {
    return canEvaluate
      ? succeedNow(this.take(), fiber)
      : deliver(() => !this.receiver.isReleased, () => this.take(), ended.exit)
  }
}

class ChangeWaiter<B> extends ParkedFiber<B, Cause.Done> {
  declare readonly request: ForChange<any, B>

  constructor(request: ForChange<any, B>, fiber: Fiber.Fiber<any, any>) {
    super(request.receiver, fiber)
    this.request = request
  }

  override get label(): string {
    return this.request.label
  }

  /** Itself: what is true when the fiber runs counts, not what is true when it is told to. */
  protected override outcome(): Effect.Effect<B, Cause.Done> {
    return this
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, Cause.Done> {
    const { receiver } = this.request
    if (receiver.isReleased) return ended.exit
    // Woken by a change it goes on, also if a sibling has marked that; woken by the end, if something is unseen yet.
    return this.state === State.granted || receiver.isUnseen ? this.request.conclude(fiber) : ended.exit
  }
}

class Changed<A> extends ForChange<A, void> {
  override get label(): string {
    return "Watch.changed"
  }

  override take(): void {
    this.receiver.see()
  }
}

class Ready<A> extends ForChange<A, void> {
  override get label(): string {
    return "Watch.ready"
  }

  override take(): void {}
}

/** One run of a stream: every pull is this one effect, the first of which does not wait if the current value is asked for. */
class Pull<A> extends ForChange<A, readonly [A]> {
  declare readonly label: string
  declare private current: boolean

  constructor(receiver: ReceiverHandle<A>, current: boolean) {
    super(receiver)
    this.label = current ? "Watch.stream" : "Watch.changes"
    this.current = current
  }

  protected override get isDue(): boolean {
    return this.current || this.receiver.isUnseen
  }

  override take(): readonly [A] {
    this.current = false
    return [this.receiver.see()]
  }
}

/** Waits to be woken, whatever for: the fiber looks for itself. */
class Sleep extends Operation<void> {
  declare readonly label: string
  declare readonly half: Half<any>
  declare readonly isOver: () => boolean

  constructor(label: string, half: Half<any>, isOver: () => boolean) {
    super()
    this.label = label
    this.half = half
    this.isOver = isOver
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    return guardedUntilWoken(fiber, () => this.isOver() ? undefined : new Sleeper(this, fiber), Effect.void)
  }
}

class Sleeper extends ParkedFiber<void> {
  declare readonly label: string

  constructor(sleep: Sleep, fiber: Fiber.Fiber<any, any>) {
    super(sleep.half, fiber)
    this.label = sleep.label
  }

  protected override outcome(): Effect.Effect<void> {
    return Effect.void
  }
}

/** Waits until no receiver is left, and looks again when it is woken: somebody may have subscribed meanwhile. */
class Closed<A> extends Operation<void> {
  declare readonly sender: SenderHandle<A>

  constructor(sender: SenderHandle<A>) {
    super()
    this.sender = sender
  }

  override get label(): string {
    return "Watch.closed"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { label, sender } = this
    sender.assertHeld(label)
    if (sender.channel.receivers === 0) return succeedNow(undefined, fiber)
    // Not the next wait as the outcome of this one: each would leave its frame on the stack. Who was woken since no
    // receiver is left has waited to the end, though its sender be dropped before it runs: a scope drops both.
    return Effect.flatMap(
      new Sleep(label, sender, () => sender.channel.receivers === 0 || sender.isReleased),
      () => sender.channel.receivers === 0 ? Effect.void : this
    )
  }
}

class WaitFor<A> extends Operation<A, Cause.Done> {
  declare readonly receiver: ReceiverHandle<A>
  declare readonly predicate: (a: A) => boolean

  constructor(receiver: ReceiverHandle<A>, predicate: (a: A) => boolean) {
    super()
    this.receiver = receiver
    this.predicate = predicate
  }

  override get label(): string {
    return "Watch.waitFor"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, Cause.Done> {
    this.receiver.assertHeld(this.label)
    return new Search(this).run(fiber)
  }
}

/** One run of `waitFor`. Each value is examined in a step of its own, so that a predicate that sends starves nobody. */
class Search<A> extends Operation<A, Cause.Done> {
  declare readonly request: WaitFor<A>
  /** The version last examined here. A sibling fiber may have marked another since, which this one has not examined. */
  declare private examined: number
  declare private accepted: A | undefined
  declare private readonly sleep: Sleep

  constructor(request: WaitFor<A>) {
    super()
    const { label, receiver } = request
    this.request = request
    this.examined = never
    this.accepted = undefined
    this.sleep = new Sleep(label, receiver, () => receiver.isOver || this.isDue)
  }

  override get label(): string {
    return this.request.label
  }

  private get isDue(): boolean {
    const { receiver } = this.request
    return this.examined !== receiver.channel.version || receiver.isUnseen
  }

  /** Marks before it asks: what the predicate sends stays unseen, and what it refuses by throwing was examined. */
  private examine(): boolean {
    const { predicate, receiver } = this.request
    if (receiver.isReleased) return false
    this.examined = receiver.channel.version
    const value = receiver.see()
    if (!predicate(value)) return false
    this.accepted = value
    return true
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, Cause.Done> {
    const { receiver } = this.request
    if (receiver.isReleased) return ended.exit
    if (this.isDue) {
      if (!canEvaluate) return deliver(() => this.examine(), () => this.accepted as A, this)
      if (this.examine()) return succeedNow(this.accepted as A, fiber)
      return this
    }
    if (receiver.channel.senders === 0) return ended.exit
    return Effect.flatMap(this.sleep, () => this)
  }
}
