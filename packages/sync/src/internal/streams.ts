/**
 * Channels as Streams and as Queues. Both borrow the receiver: they end without dropping it.
 *
 * @internal
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { rangeError } from "./arguments.ts"

/**
 * A stream of what `pull` gives: 1 to `chunkSize` values, or the end. A pull takes no more than goes downstream at once, so
 * with chunks of one (the default) whoever takes n values leaves the others in the channel.
 *
 * @internal
 */
export const streamOf = <A, E>(
  label: string,
  chunkSize: number | undefined,
  primitive: () => string,
  pull: (chunkSize: number) => Effect.Effect<NonEmptyReadonlyArray<A>, E>
): Stream.Stream<A, Exclude<E, Cause.Done>> =>
  Stream.fromPull(Effect.sync((): Effect.Effect<NonEmptyReadonlyArray<A>, any> => {
    const size = chunkSize ?? 1
    if (!Number.isSafeInteger(size) || size < 1) {
      throw rangeError(label, "chunkSize", "an integer from 1", size, primitive())
    }
    return pull(size)
  }))

/**
 * A queue that a fiber fills from a stream, and ends or fails as the stream does. When the scope closes, first the fiber is
 * stopped, then the queue is shut down; what was taken for the queue is not given back. Whoever shuts the queue down, or
 * ends it, stops the fiber too: it is not to take what nobody can have.
 *
 * @internal
 */
export const queueView = <A, E>(
  make: Effect.Effect<Queue.Queue<A, E | Cause.Done>>,
  stream: Stream.Stream<A, E>
): Effect.Effect<Queue.Dequeue<A, E | Cause.Done>, never, Scope.Scope> =>
  Effect.tap(
    Effect.acquireRelease(make, Queue.shutdown),
    (queue) =>
      Effect.forkScoped(Effect.exit(Effect.raceFirst(Stream.runIntoQueue(stream, queue), Queue.await(queue))), {
        startImmediately: true
      })
  )
