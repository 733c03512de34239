/**
 * The permit counter: weighted permits with a strictly fair queue. Semaphore, Mutex and RwLock are this, with a face
 * each; a OnceCell is one of a single permit, for whose turn it is to initialize, that is closed by its value.
 *
 * The algorithm is that of tokio's batch semaphore:
 *
 * - A request that can't be met at once takes what is free and waits for the rest at the back of the queue.
 * - What is released goes to the waiter at the front first, in part if need be, until it has all it asked for; then to
 *   the next. Only what the whole queue does not need becomes free.
 *
 * Hence the invariant **queue not empty ⇒ nothing is free**. It is why the fast path need not look at the queue and
 * still can't overtake, `try…` included; why a large request is never starved by small ones; and why removing a waiter
 * at the front needs no special case: what it had collected is released again, to whoever is next.
 *
 * The line that decides fairness is in `release`: permits go to `this.waiters.head`.
 *
 * `granted` counts the permits of waiters that have all they asked for but whose fiber has not run yet, so that `close`
 * can take them back without walking a list.
 *
 * Guarded by `test/Semaphore.test.ts` (SEM-1 … SEM-14), `test/RwLock.test.ts`, `test/laws` and `test/model.test.ts`.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { wakeSoon } from "./readyQueue.ts"
import type { Finalizer } from "./step.ts"
import { State, Waiter, WaitQueue } from "./waitQueue.ts"

/** @internal */
export const MAX_PERMITS: number = Number.MAX_SAFE_INTEGER

/** @internal */
export class PermitCounter {
  /** All permits there are: free, collected by waiters, and held. */
  permits: number
  free: number
  granted = 0
  /** Whether an exclusive request holds what is held, or was promised it: its holder says so, and says when not. */
  exclusive = false
  /** What acquisitions end with once it is closed: a failure, or what need not be waited for any more. */
  closed: Exit.Exit<any, any> | undefined = undefined
  readonly waiters = new WaitQueue()
  private finalizer: Finalizer | undefined = undefined

  constructor(permits: number) {
    this.permits = permits
    this.free = permits
  }

  /** How many permits are held or promised. Of those who wait, only the one at the front has collected any. */
  get held(): number {
    const first = this.waiters.head as PermitWaiter<any, any, any> | undefined
    return this.permits - this.free - (first === undefined ? 0 : first.n - first.missing)
  }

  /** Takes `n` free permits, or nothing. Can't overtake: while anybody waits, nothing is free. */
  tryTake(n: number): boolean {
    if (n > this.free || this.closed !== undefined) return false
    this.free -= n
    return true
  }

  /** Takes what is free for the waiter and lets it wait for the rest. Only after `tryTake` failed. */
  enqueue(waiter: PermitWaiter<any, any, any>): void {
    waiter.state = State.waiting
    waiter.missing = waiter.n - this.free
    this.free = 0
    this.waiters.push(waiter)
  }

  /** Gives `n` permits to those who wait, oldest first, and the rest to the counter. Wakes nobody on this stack. */
  release(n: number): void {
    while (n > 0) {
      const head = this.waiters.head as PermitWaiter<any, any, any> | undefined
      if (head === undefined) return this.putBack(n)
      if (n < head.missing) {
        head.missing -= n
        return
      }
      n -= head.missing
      this.waiters.remove(head)
      head.state = State.granted
      this.granted += head.n
      this.exclusive = head.exclusive
      wakeSoon(head)
    }
  }

  /** Makes `n` permits free. The counter stops at its limit rather than lose precision; what is over ceases to exist. */
  private putBack(n: number): void {
    const room = MAX_PERMITS - this.free
    if (n > room) this.permits -= n - room
    this.free += Math.min(n, room)
  }

  /** `release(1)` as a finalizer: one closure per counter instead of one per use. */
  get releaseOne(): Finalizer {
    return this.finalizer ??= () => {
      this.release(1)
      return undefined
    }
  }

  /** Adds permits, or says that the free counter can't take them. With anybody waiting it always can: free is 0. */
  add(n: number): boolean {
    if (n > MAX_PERMITS - this.free) return false
    this.permits += n
    this.release(n)
    return true
  }

  /** Removes up to `n` free permits and says how many. */
  forget(n: number): number {
    const forgotten = Math.min(n, this.free)
    this.free -= forgotten
    this.permits -= forgotten
    return forgotten
  }

  /** Refuses everybody, from now on and who waits; takes back what was granted to fibers that have not run yet. */
  close(end: Exit.Exit<any, any>): void {
    if (this.closed !== undefined) return
    this.closed = end
    this.putBack(this.granted)
    let waiter: PermitWaiter<any, any, any> | undefined
    while ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {
      this.putBack(waiter.n - waiter.missing)
      waiter.state = State.rejected
      wakeSoon(waiter)
    }
  }
}

/** @internal */
export abstract class PermitWaiter<A, E, R> extends Waiter<A, E, R> {
  declare readonly counter: PermitCounter
  declare readonly n: number
  /** How many it still waits for. */
  declare missing: number

  constructor(counter: PermitCounter, n: number) {
    super()
    this.counter = counter
    this.n = n
    this.missing = 0
  }

  /** Whether it asks for everything as one, rather than for so many: what tells a writer from the one reader there may be. */
  get exclusive(): boolean {
    return false
  }

  /** What the fiber goes on with once it has its permits. Must not throw. */
  protected abstract proceed(): Effect.Effect<A, E, R>

  /** What it does instead of waiting; `undefined` to wait. */
  protected abstract instead(): Effect.Effect<A, E, R> | undefined

  /** Gives back what the fiber held when it left; nothing where somebody else has become the owner. */
  protected abstract giveBack(): void

  protected override arrive(_fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> | undefined {
    if (this.counter.tryTake(this.n)) {
      this.state = State.held
      return this.proceed()
    }
    const answer = this.counter.closed ?? this.instead()
    if (answer === undefined) this.counter.enqueue(this)
    return answer
  }

  protected override outcome(): Effect.Effect<A, E, R> {
    // A close beats a grant that has not run; it has taken the permits back already.
    if (this.state === State.granted && this.counter.closed === undefined) {
      this.counter.granted -= this.n
      this.state = State.held
      return this.proceed()
    }
    return this.counter.closed!
  }

  override leave(): void {
    const { counter } = this
    switch (this.state) {
      case State.waiting: {
        this.queue!.remove(this)
        counter.release(this.n - this.missing)
        return
      }
      case State.granted: {
        this.queue?.remove(this)
        if (counter.closed !== undefined) return
        counter.granted -= this.n
        counter.exclusive = false
        counter.release(this.n)
        return
      }
      case State.held: {
        this.giveBack()
        return
      }
      case State.rejected: {
        this.queue?.remove(this)
        return
      }
    }
  }
}
