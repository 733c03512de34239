/**
 * Locks that break some of the laws, to show that the laws can be broken: Effect's own, and counterfeits for those laws
 * that Effect's own keep.
 */
import { Effect, PartitionedSemaphore, Scope, Semaphore, TxSemaphore } from "effect"
import { Semaphore as Ours } from "effect-sync"
import type { LockUnderTest, Subject } from "./lock.ts"

/** A lock, and the laws it breaks, each with what the law says about it. */
export interface Control extends Subject {
  readonly breaks: Readonly<Record<string, RegExp>>
}

const capacity = 4

const semaphore: Effect.Effect<LockUnderTest> = Effect.map(Semaphore.make(capacity), (semaphore) => ({
  capacity,
  withPermits: (n, effect) => semaphore.withPermits(n)(effect),
  withPermitsIfAvailable: (n, effect) => semaphore.withPermitsIfAvailable(n)(effect)
}))

const partitioned: Effect.Effect<LockUnderTest> = Effect.map(
  PartitionedSemaphore.make<string>({ permits: capacity }),
  (semaphore) => ({
    capacity,
    withPermits: (n, effect) => semaphore.withPermits("everybody", n)(effect),
    withPermitsIfAvailable: (n, effect) => semaphore.withPermitsIfAvailable(n)(effect),
    available: semaphore.available
  })
)

const transactional: Effect.Effect<LockUnderTest> = Effect.map(TxSemaphore.make(capacity), (semaphore) => ({
  capacity,
  withPermits: (n, effect) => TxSemaphore.withPermits(semaphore, n, effect),
  available: TxSemaphore.available(semaphore)
}))

/** Lets everybody in. */
const open: Effect.Effect<LockUnderTest> = Effect.succeed({ capacity, withPermits: (_, effect) => effect })

/** Has one permit and claims to have more. */
const narrow: Effect.Effect<LockUnderTest> = Effect.map(Ours.make(1), (semaphore) => ({
  capacity,
  withPermits: (_, effect) => Ours.withPermit(semaphore, effect)
}))

/** Gives back what was taken only after a success. */
const forgetful: Effect.Effect<LockUnderTest> = Effect.map(Ours.make(capacity), (semaphore) => ({
  capacity,
  withPermits: (n, effect) =>
    Effect.flatMap(
      Scope.provide(Ours.acquireMany(semaphore, n), Scope.makeUnsafe()),
      (permit) => Effect.tap(effect, permit.release)
    )
}))

export const controls: ReadonlyArray<Control> = [
  {
    name: "Effect's Semaphore",
    make: semaphore,
    breaks: {
      "FIFO": /^FIFO: request 2 \(1 permit\) was served before request 1 \(4 permits\)$/,
      "no barging": /^no barging: an …IfAvailable for 1 permit overtook a waiting request for 4 permits$/,
      "no starvation": /^no starvation: a request for 4 permits was overtaken \d+ times by requests for 1$/
    }
  },
  {
    name: "Effect's PartitionedSemaphore",
    make: partitioned,
    breaks: {
      "cancel-safety":
        /^cancel-safety: permits are free: other fiber 1 waits for ever \(interrupted .* of the target\)$/
    }
  },
  {
    name: "Effect's TxSemaphore",
    make: transactional,
    breaks: {
      "FIFO": /^FIFO: request 2 \(1 permit\) was served before request 1 \(4 permits\)$/,
      "no barging": /^no barging: the fiber that released was served again before the one that waited$/,
      "no starvation": /^no starvation: a request for 4 permits was overtaken \d+ times by requests for 1$/,
      "cancel-safety":
        /^cancel-safety: permits are free: other fiber 1 waits for ever \(interrupted .* of the target\)$/
    }
  },
  {
    name: "an open door",
    make: open,
    breaks: {
      "exclusion": /^exclusion: \d+ permits of 4 were in use at the same time$/,
      "concurrency": /^exclusion: 5 permits of 4 were in use at the same time$/,
      "conservation": /^conservation: there are more than the 4 permits it began with \(seed 1\)$/,
      "cancel-safety": /^cancel-safety: permits are free: there are more than the 4 permits it began with /
    }
  },
  {
    name: "a narrow door",
    make: narrow,
    breaks: {
      "concurrency": /^concurrency: a release of 4 permits let 1 of 4 requests for 1 in$/,
      "cancel-safety": /^cancel-safety: it keeps back a small request that would fit: other fiber 1 waits for ever /
    }
  },
  {
    name: "a forgetful lock",
    make: forgetful,
    breaks: {
      "conservation": /^conservation: a request for all 4 permits waits though nobody holds any \(seed 1\)$/,
      "cancel-safety": /^cancel-safety: permits are free: other fiber 1 waits for ever \(interrupted /
    }
  }
]
