/**
 * Effect's own primitives under the explorer: what is known to lose something is found, and marked so that a repair shows;
 * what is sound gives no finding.
 */
import { it } from "@effect-sync/explorer/vitest"
import { assert, describe } from "@effect/vitest"
import {
  Cache,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Latch,
  Option,
  PartitionedSemaphore,
  Pool,
  PubSub,
  Queue,
  RcMap,
  RcRef,
  Semaphore,
  SynchronizedRef,
  TxQueue,
  TxSemaphore
} from "effect"

const permitsLeft = (count: number) => assert.strictEqual(count, 1, "permits in the end")

describe("Effect 4.1.0 loses", () => {
  it.explore("a permit of PartitionedSemaphore.withPermits", {
    setup: PartitionedSemaphore.make<string>({ permits: 1 }),
    fibers: { alice: (semaphore) => semaphore.withPermits("key", 1)(Effect.void) },
    check: (semaphore) => Effect.map(semaphore.available, permitsLeft)
  }, { interrupt: "everywhere", expect: { says: "permits in the end: expected +0 to equal 1" } })

  it.explore("a permit of TxSemaphore.withPermit", {
    setup: TxSemaphore.make(1),
    fibers: { alice: (semaphore) => TxSemaphore.withPermit(semaphore, Effect.void) },
    check: (semaphore) => Effect.map(Effect.tx(TxSemaphore.available(semaphore)), permitsLeft)
  }, { interrupt: "everywhere", expect: { says: "permits in the end: expected +0 to equal 1" } })

  it.explore("a message of TxQueue.take", {
    setup: Effect.gen(function*() {
      const queue = yield* TxQueue.bounded<number>(1)
      yield* TxQueue.offer(queue, 1)
      return queue
    }),
    fibers: {
      alice: (queue) => {
        const got: Array<number> = []
        return Effect.uninterruptibleMask((restore) =>
          Effect.map(restore(TxQueue.take(queue)), (n) => {
            got.push(n)
          })
        )
      }
    },
    check: (queue, { alice }) =>
      Effect.map(
        Effect.tx(TxQueue.size(queue)),
        (size) =>
          assert.strictEqual(size + (alice !== undefined && Exit.isSuccess(alice) ? 1 : 0), 1, "messages in the end")
      )
  }, { interrupt: "everywhere", expect: { says: "messages in the end: expected +0 to equal 1" } })
})
void [Cache, Deferred, Fiber, Latch, Option, Pool, PubSub, Queue, RcMap, RcRef, Semaphore, SynchronizedRef]
