/**
 * A request can be interrupted at any moment: nothing is lost by it, and nobody behind it waits for it.
 */
import { Deferred, Effect } from "effect"
import { type Law, LawBroken, type LockUnderTest } from "./lock.ts"
import { allBack } from "./stepping.ts"
import { interruptEverywhere, type Program } from "./sweep.ts"

export const cancelSafety: Law = {
  name: "cancel-safety",
  guards: "SEM-4, SEM-5, MUT-4, RW-5, RW-9",
  check: (make) =>
    Effect.forEach(Object.entries(situations(make)), ([situation, program]) =>
      Effect.mapError(
        interruptEverywhere(program),
        ({ place, reason }) =>
          new LawBroken({ message: `cancel-safety: ${situation}: ${reason} (interrupted ${place})` })
      ), { discard: true })
}

interface Situation {
  readonly lock: LockUnderTest
  /** Ends the bracket that holds permits from the start. */
  readonly release: Effect.Effect<void>
}

/** A lock of which some permits are held by a fiber of its own. */
const held = (make: Effect.Effect<LockUnderTest>, n: (capacity: number) => number): Effect.Effect<Situation> =>
  Effect.gen(function*() {
    const lock = yield* make
    const over = yield* Deferred.make<void>()
    const taken = n(lock.capacity)
    if (taken > 0) yield* Effect.forkDetach(lock.withPermits(taken, Deferred.await(over)), { startImmediately: true })
    return { lock, release: Effect.asVoid(Deferred.succeed(over, undefined)) }
  })

const use = (lock: LockUnderTest, n: number): Effect.Effect<void> => lock.withPermits(n, Effect.yieldNow)

const check = ({ lock }: Situation) => allBack(lock)

const all = (capacity: number) => capacity
const some = (capacity: number) => Math.ceil(capacity / 2)

const situations = (make: Effect.Effect<LockUnderTest>): Record<string, Program<Situation, unknown>> => ({
  "permits are free": {
    setup: held(make, () => 0),
    target: ({ lock }) => use(lock, lock.capacity),
    others: ({ lock }) => [use(lock, 1)],
    check
  },
  "it fails": {
    setup: held(make, () => 0),
    target: ({ lock }) => lock.withPermits(1, Effect.andThen(Effect.yieldNow, Effect.fail("failed"))),
    others: ({ lock }) => [use(lock, lock.capacity)],
    check
  },
  "it waits for all, of which some are free": {
    setup: held(make, some),
    target: ({ lock }) => use(lock, lock.capacity),
    others: ({ lock, release }) => [use(lock, 1), Effect.andThen(Effect.yieldNow, release), use(lock, lock.capacity)],
    check
  },
  "it waits, and the release comes at once": {
    setup: held(make, all),
    target: ({ lock }) => use(lock, 1),
    others: ({ lock, release }) => [release, use(lock, lock.capacity)],
    check
  },
  "it is served together with another": {
    setup: held(make, all),
    target: ({ lock }) => use(lock, some(lock.capacity)),
    others: ({ lock, release }) => [use(lock, 1), release, use(lock, lock.capacity)],
    check
  },
  "it keeps back a small request that would fit": {
    setup: held(make, (capacity) => Math.max(1, capacity - 1)),
    target: ({ lock }) => use(lock, lock.capacity),
    // Nobody releases. A target that was not interrupted on the way is when all has come to rest, and so the small one
    // must be served in any case.
    others: ({ lock, release }) => [lock.capacity > 1 ? use(lock, 1) : release],
    check: ({ lock, release }) => Effect.andThen(release, allBack(lock))
  },
  "it does not wait": {
    setup: held(make, (capacity) => capacity - 1),
    target: ({ lock }) => lock.withPermitsIfAvailable?.(1, Effect.yieldNow) ?? Effect.void,
    others: ({ lock, release }) => [use(lock, lock.capacity), release],
    check
  }
})
