/**
 * A hand-written pool, as one finds them in many programs. It looks right, its tests pass, and it loses a connection now and
 * then: see `explore.ts`.
 */
import { Effect } from "effect"

/** A pool of things that one user has at a time. */
export class Pool<A> {
  private readonly waiting: Array<(item: A) => void> = []
  readonly idle: Array<A>

  constructor(items: Iterable<A>) {
    this.idle = [...items]
  }

  /** An idle one, or the next that is given back. */
  private readonly take: Effect.Effect<A> = Effect.callback((resume) => {
    const item = this.idle.pop()
    if (item !== undefined) return resume(Effect.succeed(item))
    const waiter = (item: A) => resume(Effect.succeed(item))
    this.waiting.push(waiter)
    return Effect.sync(() => {
      this.waiting.splice(this.waiting.indexOf(waiter), 1)
    })
  })

  private give(item: A): Effect.Effect<void> {
    return Effect.sync(() => {
      const waiter = this.waiting.shift()
      if (waiter === undefined) this.idle.push(item)
      else waiter(item)
    })
  }

  use<B, E, R>(f: (item: A) => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return Effect.acquireUseRelease(Effect.interruptible(this.take), f, (item) => this.give(item))
  }
}
