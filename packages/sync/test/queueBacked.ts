/**
 * Both ways to back a channel by a Queue, whichever of them is in use.
 */
import type { Effect, Scope } from "effect"
import type { Mpsc } from "effect-sync"
import { queueHalves } from "../src/internal/queueBacked.ts"

type Halves<A> = Effect.Effect<
  readonly [sender: Mpsc.QueueSender<A>, receiver: Mpsc.QueueReceiver<A>],
  never,
  Scope.Scope
>

export interface Way {
  readonly name: string
  /** Whether there is one queue, which is watched, and nothing under way. */
  readonly observed: boolean
  readonly bounded: <A>(capacity: number, name?: string) => Halves<A>
  readonly unbounded: <A>() => Halves<A>
}

const way = (name: string, observed: boolean): Way => ({
  name,
  observed,
  bounded: <A>(capacity: number, name?: string): Halves<A> =>
    queueHalves<A>("Mpsc.boundedQueue", capacity, name, observed),
  unbounded: <A>(): Halves<A> => queueHalves<A>("Mpsc.unboundedQueue", Infinity, undefined, observed)
})

export const observed: Way = way("a queue that is watched", true)

export const pumped: Way = way("queues and pumps", false)

export const ways: ReadonlyArray<Way> = [observed, pumped]
