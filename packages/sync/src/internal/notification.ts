/**
 * What a Notify is made of: one stored permit, a queue of listeners, and a count of broadcasts.
 *
 * A *listener* is a fiber in `notified`, or a handle of `subscribe`, with or without fibers in its `await`. The state
 * machine is tokio's:
 *
 * - `notifyOne` takes the listener at the front out of the queue, `notifyLast` the one at the back. If there is none,
 *   the permit is stored; a second one changes nothing.
 * - `notifyWaiters` takes all of them, and counts. A handle compares the count with that of its birth, so it learns of
 *   broadcasts that came while it stood in no queue.
 * - Who comes takes the permit if it is stored, and joins the queue otherwise.
 *
 * Hence the invariant **somebody queued ⇒ no permit stored**: a notification is never stored past somebody who waits.
 *
 * A notification that was given to a listener is *unobserved* until its fiber runs, or `enable` says true. A listener
 * that goes before passes it on, by the rule by which it came: to the oldest, to the newest, or, if it was a broadcast,
 * to nobody, since everybody else has it too. That, and that `observed` and «the wait has succeeded» are one step, is
 * why no notification is lost and none is doubled.
 *
 * Guarded by `test/Notify.test.ts` (NOT-1 … NOT-11), `test/Notify.interruption.test.ts` and `test/Notify.model.test.ts`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, deliver, succeedNow } from "./step.ts"
import { ArrivedWaiter, guardedUntilWoken, type Queued, State, WaitQueue } from "./waitQueue.ts"

/** Whom a notification is for, first of all and when it is passed on. */
export const To = { oldest: 0, newest: 1, all: 2 } as const

/** @internal */
export type To = typeof To[keyof typeof To]

interface Listener extends Queued {
  /** It has been taken out of the queue, for this. Runs no fiber. */
  notified(to: To): void
}

/** What the rest of a Notify is to its listeners. */
export interface NotifyLike {
  readonly description: string
  readonly notifications: Notifications
  toJSON(): unknown
}

/** @internal */
export class Notifications {
  permit = false
  /** How many there have been. A number counts 285 years of them at a million a second. */
  broadcasts = 0
  readonly listeners = new WaitQueue<Listener>()

  takePermit(): boolean {
    if (!this.permit) return false
    this.permit = false
    return true
  }

  give(to: typeof To.oldest | typeof To.newest): void {
    const listener = to === To.oldest ? this.listeners.shift() : this.listeners.pop()
    if (listener === undefined) this.permit = true
    else listener.notified(to)
  }

  /** Nobody can join meanwhile, since no fiber runs before this is done: so it ends, and is atomic. */
  broadcast(): void {
    this.broadcasts++
    let listener: Listener | undefined
    while ((listener = this.listeners.shift()) !== undefined) listener.notified(To.all)
  }

  passOn(to: To): void {
    if (to !== To.all) this.give(to)
  }
}

// ---- one wait --------------------------------------------------------------------------------------------------------

/**
 * `notified`: a wait that begins and counts when it runs.
 *
 * @internal
 */
export class WaitForNotification extends Operation<void> {
  declare readonly notifications: Notifications

  constructor(notifications: Notifications) {
    super()
    this.notifications = notifications
  }

  override get label(): string {
    return "Notify.notified"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { notifications } = this
    if (notifications.permit) {
      if (!canEvaluate) return deliver(() => notifications.takePermit(), () => undefined, this)
      notifications.permit = false
      return succeedNow(undefined, fiber)
    }
    return guardedUntilWoken(fiber, () => notifications.permit ? undefined : new FiberListener(this, fiber), this)
  }
}

class FiberListener extends ArrivedWaiter<void> implements Listener {
  declare readonly request: WaitForNotification
  declare to: To

  constructor(request: WaitForNotification, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.request = request
    this.to = To.all
    request.notifications.listeners.push(this)
  }

  override get label(): string {
    return this.request.label
  }

  notified(to: To): void {
    this.to = to
    this.state = State.granted
    wakeSoon(this)
  }

  /** The step that goes on takes the clean-up off the stack, so from there on nobody can pass it on. */
  protected override outcome(): Effect.Effect<void> {
    return Effect.void
  }

  override leave(): void {
    this.queue?.remove(this) // of the listeners, or of those on their way to run
    if (this.state === State.granted) this.request.notifications.passOn(this.to)
  }
}

// ---- a handle --------------------------------------------------------------------------------------------------------

/**
 * `subscribe`: makes a handle, owned by the scope from the same step on.
 *
 * @internal
 */
export class Subscribe extends Operation<NotifiedHandle, never, Scope.Scope> {
  declare readonly notify: NotifyLike

  constructor(notify: NotifyLike) {
    super()
    this.notify = notify
  }

  override get label(): string {
    return "Notify.subscribe"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<NotifiedHandle> {
    const scope = Context.getUnsafe(fiber.context, Scope.Scope)
    return succeedNow(new NotifiedHandle(this.notify).ownedBy(scope), fiber)
  }
}

/**
 * A listener that needs no fiber. All fibers in its `await` share its one place in the queue and its one notification.
 *
 * @internal
 */
export class NotifiedHandle extends ScopedHandle implements Listener {
  declare readonly notify: NotifyLike
  /** The broadcasts there had been when it was made: any other number, and it has missed one. */
  declare private readonly since: number
  /** Whether somebody has seen that it is complete, which it is from then on. */
  declare private observed: boolean
  /** The notification that nobody has seen yet. */
  declare private given: To | undefined
  /** The fibers parked in its `await`. */
  declare private readonly parked: WaitQueue<AwaitWaiter>
  /** How many fibers are in its `await`: parked, or woken and on their way to run. */
  declare private awaiting: number
  declare queue: WaitQueue<any> | undefined
  declare previous: any
  declare next: any

  constructor(notify: NotifyLike) {
    super()
    this.notify = notify
    this.since = notify.notifications.broadcasts
    this.observed = false
    this.given = undefined
    this.parked = new WaitQueue()
    this.awaiting = 0
    this.queue = undefined
    this.previous = undefined
    this.next = undefined
  }

  get description(): string {
    return `a Notified of ${this.notify.description}`
  }

  get await(): Effect.Effect<void> {
    return new Await(this)
  }

  get enable(): Effect.Effect<boolean> {
    return Effect.sync(() => this.join("Notified.enable"))
  }

  get enableUnsafe(): () => boolean {
    return () => this.join("Notified.enableUnsafe")
  }

  get drop(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  private get isComplete(): boolean {
    return this.observed || this.given !== undefined || this.notify.notifications.broadcasts !== this.since
  }

  /** Whether there is something to observe. A permit counts, though it is not this handle's before `observe`. */
  get isReady(): boolean {
    return this.isComplete || this.notify.notifications.permit
  }

  /** Observes what there is; whoever is complete leaves the permit to others. */
  observe(): boolean {
    if (!this.isComplete && !this.notify.notifications.takePermit()) return false
    this.observed = true
    this.given = undefined
    return true
  }

  /** Takes a place in the queue, unless it has one or needs none any more. */
  private join(label: string): boolean {
    this.assertHeld(label)
    if (this.observe()) return true
    this.enqueue()
    return false
  }

  private enqueue(): void {
    if (this.queue === undefined) this.notify.notifications.listeners.push(this)
  }

  notified(to: To): void {
    this.given = to
    this.wakeAll()
  }

  private wakeAll(): void {
    let waiter: AwaitWaiter | undefined
    while ((waiter = this.parked.shift()) !== undefined) wakeSoon(waiter)
  }

  /** A fiber parks in `await`. */
  parks(waiter: AwaitWaiter): void {
    this.awaiting++
    this.parked.push(waiter)
    this.enqueue()
  }

  /** A woken fiber runs: it observes, or was left without anything by a drop. */
  concludes(label: string): void {
    this.awaiting--
    if (!this.observed) this.assertHeld(label)
    this.observe()
  }

  /** A fiber is interrupted in `await`. Those who still wait keep the place and the notification. */
  leaves(): void {
    this.awaiting--
    if (this.awaiting === 0) this.giveUp()
  }

  /** Gives up its place, and passes on what it was given and nobody has seen. */
  private giveUp(): void {
    this.queue?.remove(this)
    const { given } = this
    this.given = undefined
    if (given !== undefined) this.notify.notifications.passOn(given)
  }

  protected override giveBack(): void {
    this.giveUp()
    this.wakeAll()
  }

  private get condition(): string {
    if (this.isReleased) return "dropped"
    if (this.observed) return "complete"
    if (this.isComplete) return "notified"
    return this.queue === undefined ? "idle" : "waiting"
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Notify/Notified", state: this.condition, notify: this.notify.toJSON() }
  }

  override toString(): string {
    return `Notified(${this.condition}, of ${String(this.notify)})`
  }
}

class Await extends Operation<void> {
  declare readonly handle: NotifiedHandle

  constructor(handle: NotifiedHandle) {
    super()
    this.handle = handle
  }

  override get label(): string {
    return "Notified.await"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    const { handle } = this
    handle.assertHeld(this.label)
    if (handle.isReady) {
      if (!canEvaluate) return deliver(() => !handle.isReleased && handle.observe(), () => undefined, this)
      handle.observe()
      return succeedNow(undefined, fiber)
    }
    // Where this is not one step, it may be complete, or dropped, when it comes to park.
    const isOver = () => handle.isReady || handle.isReleased
    return guardedUntilWoken(fiber, () => isOver() ? undefined : new AwaitWaiter(this, fiber), this)
  }
}

class AwaitWaiter extends ArrivedWaiter<void> {
  declare readonly request: Await

  constructor(request: Await, fiber: Fiber.Fiber<any, any>) {
    super(fiber)
    this.request = request
    request.handle.parks(this)
  }

  override get label(): string {
    return this.request.label
  }

  protected override outcome(): Effect.Effect<void> {
    return Effect.sync(() => this.request.handle.concludes(this.label))
  }

  override leave(): void {
    this.queue?.remove(this) // of those parked, or of those on their way to run
    this.request.handle.leaves()
  }
}
