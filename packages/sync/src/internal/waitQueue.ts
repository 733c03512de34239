/**
 * The wait queue: who waits, in which order, and how a waiter is woken.
 *
 * Everything in this library that waits, waits here. It is the design of tokio's intrusive waiter list and trio's
 * parking lot, shrunk to what one thread needs.
 *
 * **The queue** is a doubly linked list whose nodes are the waiters themselves. Joining at the back, leaving from any
 * place and taking the front are O(1) and allocate nothing.
 *
 * **A waiter** is one object per wait: it is the Effect that the waiting fiber runs, the node in the queue, and a token
 * that says at every moment what the fiber has been promised. A primitive subclasses it with three answers: `arrive`
 * (what happens when the fiber gets there), `outcome` (what it goes on with once woken) and `leave` (what to undo,
 * given the state).
 *
 * ```text
 *            arrive: it is there                         frame popped: leave
 *   idle ───────────────────────────────▶ held ────────────────────────────▶ done
 *    │                                     ▲
 *    │ arrive: join the queue              │ woken: outcome
 *    ▼               grant                 │
 *   waiting ───────────────────────────▶ granted
 *    │    │                                │ interrupted: leave passes the grant on ──▶ done
 *    │    │ reject (closed)                ▼ closed before it ran
 *    │    └────────────────────────────▶ rejected ── woken: outcome fails ──▶ done
 *    │ interrupted: leave unlinks, in O(1), and lets those behind advance ──▶ done
 * ```
 *
 * «rejected» and «done» are written down only where somebody asks for them later.
 *
 * **Why it is fair.** A waiter is given what it asked for by whoever releases it, while it still stands in the queue
 * («assigned at release»), and only from the front. A woken fiber finds its share reserved; it does not compete again,
 * so nobody can overtake between wake-up and run.
 *
 * **Why interruption loses nothing.** The finalizer that calls `leave` is on the fiber's stack before, or in the same
 * step as, `arrive`. From then on every way out of the wait (success, failure, interruption at any step) pops that frame
 * once, and `state` says exactly what to undo. The park itself changes nothing.
 *
 * Guarded by `test/interruption.test.ts` (an interrupt at every step), `test/laws` and `test/stress.test.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Operation } from "./operation.ts"
import { canEvaluate, type Finalizer, Leaving, park, type Parkable, parkUntilWoken, pushFinalizer } from "./step.ts"

/** @internal */
export const State = {
  idle: 0,
  waiting: 1,
  granted: 2,
  held: 3,
  rejected: 4,
  done: 5
} as const

/** @internal */
export type State = typeof State[keyof typeof State]

/** What can stand in a queue. The links are the queue's business; `queue` says whether, and in which, it stands. */
export interface Queued {
  queue: WaitQueue<any> | undefined
  previous: any
  next: any
}

/** @internal */
export abstract class Waiter<A, E = never, R = never> extends Operation<A, E, R> implements Parkable, Queued {
  declare state: State
  /** The waiting fiber: wake-ups from outside any fiber go through its dispatcher. */
  declare fiber: Fiber.Fiber<any, any> | undefined
  /** How to resume the fiber; `undefined` until it is parked and after it was woken. */
  declare resume: ((effect: Effect.Effect<any, any, any>) => void) | undefined
  declare queue: WaitQueue<any> | undefined
  declare previous: Waiter<any, any, any> | undefined
  declare next: Waiter<any, any, any> | undefined

  constructor() {
    super()
    this.state = State.idle
    this.fiber = undefined
    this.resume = undefined
    this.queue = undefined
    this.previous = undefined
    this.next = undefined
  }

  /** Decides and registers in one step: the effect to go on with, or `undefined` to wait (after joining a queue). */
  protected abstract arrive(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> | undefined

  /** What the woken fiber goes on with. Must not throw. */
  protected abstract outcome(): Effect.Effect<A, E, R>

  /** Undoes, or gives back, whatever `state` says. Runs once, when the fiber leaves for whatever reason. */
  abstract leave(): void

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A, E, R> {
    this.fiber = fiber
    return this.arrive(fiber) ?? park(this, fiber)
  }

  parked(resume: (effect: Effect.Effect<any, any, any>) => void): void {
    this.resume = resume
    // It still stands in line, or already among those about to run, where it must not overtake who was woken before it.
    if (this.queue !== undefined) return
    // The fiber may have yielded between joining the queue and parking, and its turn to run have come meanwhile.
    if (this.state !== State.waiting) this.wake()
  }

  wake(): void {
    const resume = this.resume
    if (resume === undefined) return // not parked yet: `parked` comes back here
    this.resume = undefined
    resume(this.outcome())
  }
}

/**
 * A waiter that arrives by being made: its constructor joins a queue. What `begin` of `guardedUntilWoken` makes.
 *
 * @internal
 */
export abstract class ArrivedWaiter<A, E = never, R = never> extends Waiter<A, E, R> {
  constructor(fiber: Fiber.Fiber<any, any>) {
    super()
    this.fiber = fiber
    this.state = State.waiting
  }

  protected override arrive(): undefined {
    return undefined
  }
}

/**
 * Runs a waiter under the finalizer that undoes it.
 *
 * @internal
 */
export const guarded = <A, E, R>(
  waiter: Waiter<A, E, R>,
  fiber: Fiber.Fiber<any, any>
): Effect.Effect<A, E, R> => {
  const finalizer: Finalizer = () => {
    waiter.leave()
    return undefined
  }
  if (!canEvaluate) return Effect.onExitPrimitive(waiter, finalizer)
  pushFinalizer(fiber, finalizer)
  return waiter.run(fiber)
}

/**
 * Waits for a value that must not be lost: it is delivered in the step in which it is taken.
 *
 * The finalizer of `guarded` sees a success too and passes it on in a step of its own, in which an interruption would
 * drop it. A callback's clean-up runs on interruption only: a step or two later, and finds what the waiter was given
 * meanwhile. `begin` makes the waiter and lets it join its queue, or finds that there is nothing to wait for any more;
 * then it goes on with `otherwise`.
 *
 * @internal
 */
export const guardedUntilWoken = <A, E, R>(
  fiber: Fiber.Fiber<any, any>,
  begin: () => Waiter<A, E, R> | undefined,
  otherwise: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  if (canEvaluate) {
    const waiter = begin()
    return waiter === undefined ? otherwise : parkUntilWoken(waiter, fiber)
  }
  return untilWoken(begin, otherwise)
}

/**
 * `guardedUntilWoken` as an effect of its own, and so as a step of its own: what there is to do where `canEvaluate` does
 * not hold. Where all waits are alike, one such effect serves them all, which saves each an effect and two closures.
 *
 * @internal
 */
export const untilWoken = <A, E, R>(
  begin: (fiber: Fiber.Fiber<any, any>) => Waiter<A, E, R> | undefined,
  otherwise: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.callback((resume) => {
    const waiter = begin(Fiber.getCurrent()!)
    if (waiter === undefined) return resume(otherwise)
    waiter.parked(resume)
    return new Leaving(waiter)
  })

/** @internal */
export class WaitQueue<W extends Queued = Waiter<any, any, any>> {
  head: W | undefined = undefined
  private tail: W | undefined = undefined
  size = 0

  push(waiter: W): void {
    waiter.queue = this
    waiter.previous = this.tail
    if (this.tail === undefined) this.head = waiter
    else this.tail.next = waiter
    this.tail = waiter
    this.size++
  }

  /** Puts a waiter back at the front, where it was. */
  unshift(waiter: W): void {
    waiter.queue = this
    waiter.next = this.head
    if (this.head === undefined) this.tail = waiter
    else this.head.previous = waiter
    this.head = waiter
    this.size++
  }

  remove(waiter: W): void {
    const next: W | undefined = waiter.next
    const previous: W | undefined = waiter.previous
    if (previous === undefined) this.head = next
    else previous.next = next
    if (next === undefined) this.tail = previous
    else next.previous = previous
    waiter.queue = waiter.previous = waiter.next = undefined
    this.size--
  }

  shift(): W | undefined {
    const head = this.head
    if (head !== undefined) this.remove(head)
    return head
  }

  pop(): W | undefined {
    const tail = this.tail
    if (tail !== undefined) this.remove(tail)
    return tail
  }
}
