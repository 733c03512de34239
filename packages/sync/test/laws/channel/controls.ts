/**
 * Channels that break some of the laws, to show that the laws can be broken: Effect's own `Queue`, and counterfeits for
 * those laws that it keeps.
 */
import { type Cause, Effect, Queue } from "effect"
import type { ChannelUnderTest, Make, SenderUnderTest, Subject } from "./channel.ts"

/** A channel, and the laws it breaks, each with what the law says about it. */
export interface Control extends Subject {
  readonly breaks: Readonly<Record<string, RegExp>>
}

const ended = () => "ended" as const

/** A queue, with everything that its users have; a producer that is done ends it, as `Stream.runIntoQueue` does. */
const seen = (queue: Queue.Queue<number, Cause.Done>): ChannelUnderTest => {
  const sender: SenderUnderTest = {
    // That an offer came too late is a `false` that nobody looks at.
    send: (value) => Effect.asVoid(Queue.offer(queue, value)),
    trySend: (value) => Effect.sync(() => Queue.offerUnsafe(queue, value) ? "sent" : "full"),
    clone: Effect.sync(() => sender),
    drop: Effect.asVoid(Queue.end(queue))
  }
  return {
    capacity: queue.capacity,
    free: Effect.sync(() => queue.capacity - Queue.sizeUnsafe(queue)),
    sender,
    receiver: {
      recv: Effect.mapError(Queue.take(queue), ended),
      tryRecv: Effect.suspend(() => {
        const exit = Queue.takeUnsafe(queue)
        return exit === undefined ? Effect.succeed("empty" as const) : Effect.mapError(exit, ended)
      }),
      recvMany: (limit) => Effect.mapError(Queue.takeBetween(queue, 1, limit), ended),
      ready: Effect.asVoid(Effect.mapError(Queue.peek(queue), ended)),
      close: Effect.asVoid(Queue.end(queue)),
      drop: Effect.asVoid(Queue.shutdown(queue)),
      len: Queue.size(queue)
    }
  }
}

const queueOf = (capacity: number): Make => Effect.map(Queue.bounded<number, Cause.Done>(capacity), seen)

export const controls: ReadonlyArray<Control> = [
  {
    name: "Effect's bounded Queue",
    bounded: true,
    make: queueOf(2),
    breaks: {}
  },
  {
    name: "Effect's unbounded Queue",
    bounded: false,
    make: Effect.map(Queue.unbounded<number, Cause.Done>(), seen),
    breaks: {}
  }
]
