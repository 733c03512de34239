/**
 * The pool of `pool.ts`, mended: who may have an item is the business of a Semaphore, and no item is ever in nobody's hands.
 */
import { Effect } from "effect"
import { Semaphore } from "effect-sync"

/** A pool of things that one user has at a time. */
export class Pool<A> {
  private readonly permits: Semaphore.Semaphore
  readonly idle: Array<A>

  constructor(items: Iterable<A>) {
    this.idle = [...items]
    this.permits = Semaphore.makeUnsafe(this.idle.length)
  }

  use<B, E, R>(f: (item: A) => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return Semaphore.withPermit(
      this.permits,
      Effect.acquireUseRelease(
        Effect.sync(() => this.idle.pop()!), // with a permit there is one
        f,
        (item) => Effect.sync(() => this.idle.push(item))
      )
    )
  }
}
