/**
 * The three ways to take permits of a counter: run an effect while holding them, run a function of a handle on them, or
 * keep the handle in a scope. Semaphore, Mutex and whatever else sits on a permit counter say what is special about
 * them in a `Taker`.
 *
 * Each has a fast path for permits that are free: taking them and making somebody their owner is one step, so there is
 * no moment at which an interruption could lose them. It allocates no waiter, no mask and no generator, which halves
 * the price of an uncontended bracket. The slow path, and the only one where two things can't be done in one step, is a
 * waiter under the finalizer that undoes it (`waitQueue.ts`).
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Operation } from "./operation.ts"
import { type PermitCounter, PermitWaiter } from "./permitCounter.ts"
import type { ScopedHandle } from "./scopedHandle.ts"
import { canEvaluate, type Finalizer, pushFinalizer, succeedNow } from "./step.ts"
import { guarded } from "./waitQueue.ts"

/**
 * What a primitive contributes to an acquisition.
 *
 * @internal
 */
export interface Taker<H extends ScopedHandle> {
  readonly counter: PermitCounter
  /** Whether its requests are for everything as one. The handle then keeps `counter.exclusive` up to date. */
  readonly exclusive?: true
  /** A handle on `n` permits just taken. Must not throw. */
  handle(n: number): H
  /** Throws a RangeError unless `n` is a number of permits. */
  assertCount(label: string, n: number): void
}

/** A request for permits, made once and run any number of times. */
abstract class Request<A, E, R> extends Operation<A, E, R> {
  declare readonly taker: Taker<any>
  declare readonly label: string
  declare readonly n: number
  /** What to do instead of waiting; `undefined` to wait. */
  declare readonly instead: Effect.Effect<A, E, R> | undefined

  constructor(taker: Taker<any>, label: string, n: number, instead: Effect.Effect<A, E, R> | undefined) {
    super()
    this.taker = taker
    this.label = label
    this.n = n
    this.instead = instead
  }
}

/** One run of a request that could not be met at once. */
abstract class RequestWaiter<A, E, R, Q extends Request<A, E, R>> extends PermitWaiter<A, E, R> {
  declare readonly request: Q

  constructor(request: Q) {
    super(request.taker.counter, request.n)
    this.request = request
  }

  override get label(): string {
    return this.request.label
  }

  override get exclusive(): boolean {
    return this.request.taker.exclusive === true
  }

  protected override instead(): Effect.Effect<A, E, R> | undefined {
    return this.request.instead
  }
}

// ---- brackets ----------------------------------------------------------------------------------------------------------

/**
 * What a run of a bracket holds: how to give it back.
 *
 * @internal
 */
export interface Hold {
  release: Finalizer | undefined
}

/** @internal */
export abstract class Bracket<A, E, R> extends Request<A, E, R> {
  /** Makes a hold of permits just taken, and gives the effect to run meanwhile. Must not throw. */
  abstract hold(hold: Hold): Effect.Effect<A, E, R>

  /** Where taking and pushing the finalizer are not one step. */
  protected begin(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    if (canEvaluate || this.taker.counter.free < this.n) return guarded(new BracketWaiter(this), fiber)
    // The finalizer goes first, for something that holds nothing yet: smaller than a waiter, a quarter off the fallback.
    const attempt = new BracketAttempt(this)
    return Effect.onExitPrimitive(attempt, () => attempt.release?.())
  }
}

class BracketAttempt<A, E, R> extends Operation<A, E, R> implements Hold {
  declare readonly request: Bracket<A, E, R>
  declare release: Finalizer | undefined

  constructor(request: Bracket<A, E, R>) {
    super()
    this.request = request
    this.release = undefined
  }

  override get label(): string {
    return this.request.label
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    const { request } = this
    return request.taker.counter.tryTake(request.n) ? request.hold(this) : guarded(new BracketWaiter(request), fiber)
  }
}

class BracketWaiter<A, E, R> extends RequestWaiter<A, E, R, Bracket<A, E, R>> implements Hold {
  declare release: Finalizer | undefined

  constructor(request: Bracket<A, E, R>) {
    super(request)
    this.release = undefined
  }

  protected override proceed(): Effect.Effect<A, E, R> {
    return this.request.hold(this)
  }

  protected override giveBack(): void {
    this.release!()
  }
}

/**
 * Runs an effect while holding permits.
 *
 * @internal
 */
export class WithPermits<A, E, R> extends Bracket<A, E, R> {
  declare readonly body: Effect.Effect<A, E, R>

  constructor(
    taker: Taker<any>,
    label: string,
    n: number,
    body: Effect.Effect<A, E, R>,
    instead?: Effect.Effect<A, E, R>
  ) {
    super(taker, label, n, instead)
    this.body = body
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    const { n, taker } = this
    if (n !== 1) taker.assertCount(this.label, n)
    if (!canEvaluate || !taker.counter.tryTake(n)) return this.begin(fiber)
    pushFinalizer(fiber, this.releasing())
    return this.body
  }

  override hold(hold: Hold): Effect.Effect<A, E, R> {
    hold.release = this.releasing()
    return this.body
  }

  private releasing(): Finalizer {
    const { n, taker } = this
    if (n === 1) return taker.counter.releaseOne
    return () => {
      taker.counter.release(n)
      return undefined
    }
  }
}

/**
 * Runs a function of a handle while holding it.
 *
 * @internal
 */
export class WithHandle<H extends ScopedHandle, A, E, R> extends Bracket<A, E, R> {
  declare readonly use: (handle: H) => Effect.Effect<A, E, R>

  constructor(
    taker: Taker<H>,
    label: string,
    n: number,
    use: (handle: H) => Effect.Effect<A, E, R>,
    instead?: Effect.Effect<A, E, R>
  ) {
    super(taker, label, n, instead)
    this.use = use
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    const { n, taker } = this
    if (!canEvaluate || !taker.counter.tryTake(n)) return this.begin(fiber)
    const handle: H = taker.handle(n)
    pushFinalizer(fiber, handle.ownedByBracket())
    return this.use(handle) // if it throws, the run loop makes a defect of it, and that pops the finalizer
  }

  override hold(hold: Hold): Effect.Effect<A, E, R> {
    const handle: H = this.taker.handle(this.n)
    hold.release = handle.ownedByBracket()
    // Suspended: it may throw, and a woken fiber is to call it, not who wakes it.
    return Effect.suspend(() => this.use(handle))
  }
}

// ---- keeping a handle in a scope -------------------------------------------------------------------------------------

class AcquireWaiter<H extends ScopedHandle, E> extends RequestWaiter<H, E, Scope.Scope, Acquire<H, E>> {
  declare readonly scope: Scope.Scope

  constructor(request: Acquire<H, E>, scope: Scope.Scope) {
    super(request)
    this.scope = scope
  }

  protected override proceed(): Effect.Effect<H> {
    // In the step in which the permits become held, the scope becomes their owner. An interruption that follows finds
    // them there.
    return Effect.succeed(this.request.taker.handle(this.n).ownedBy(this.scope))
  }

  protected override giveBack(): void {
    // the scope does
  }
}

/** @internal */
export class Acquire<H extends ScopedHandle, E> extends Request<H, E, Scope.Scope> {
  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<H, E, Scope.Scope> {
    const { n, taker } = this
    if (n !== 1) taker.assertCount(this.label, n)
    const scope = Context.getUnsafe(fiber.context, Scope.Scope)
    if (taker.counter.tryTake(n)) return succeedNow(taker.handle(n).ownedBy(scope) as H, fiber)
    return taker.counter.closed ?? this.instead ?? guarded(new AcquireWaiter(this, scope), fiber)
  }
}
