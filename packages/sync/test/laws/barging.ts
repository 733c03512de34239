/**
 * Nobody takes what somebody who waits has coming: not a request that does not wait, not the fiber that releases, not
 * at any moment.
 */
import { Effect, Option, Scope } from "effect"
import { type Law, type LockUnderTest, must, permits } from "./lock.ts"
import { mustBecome, type Request, request } from "./stepping.ts"

export const noBarging: Law = {
  name: "no barging",
  guards: "SEM-3, MUT-2, MUT-3, RW-4",
  check: (make) =>
    Effect.forEach(
      [besideAQueue, rightAfterARelease, byTheOneWhoReleases],
      (law) => Effect.scoped(Effect.flatMap(make, law)),
      { discard: true }
    )
}

/** Whether a request that does not wait gets a permit. Who has no such request can't barge by it. */
const barges = (lock: LockUnderTest): Effect.Effect<boolean> =>
  lock.withPermitsIfAvailable === undefined
    ? Effect.succeed(false)
    : Effect.map(lock.withPermitsIfAvailable(1, Effect.void), Option.isSome)

/** Holds all permits until a request for all of them waits, and releases them. The request outlives the bracket. */
const releaseTo = (lock: LockUnderTest, onServed?: () => void): Effect.Effect<Request, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.scope,
    (scope) => lock.withPermits(lock.capacity, Scope.provide(request(lock, lock.capacity, onServed), scope))
  )

const neverServed = "no barging: a waiting request was never served"

/** A permit is free, but a request for all of them waits. */
const besideAQueue = (lock: LockUnderTest) =>
  Effect.gen(function*() {
    const { capacity } = lock
    const holder = yield* request(lock, Math.max(1, capacity - 1))
    const waiter = yield* request(lock, capacity)
    yield* must(
      !(yield* barges(lock)),
      `no barging: an …IfAvailable for 1 permit overtook a waiting request for ${permits(capacity)}`
    )
    yield* holder.leave
    yield* mustBecome(waiter.served, neverServed)
    yield* waiter.leave
  })

/** The waiting request has been promised what was released, but its fiber has not run. */
const rightAfterARelease = (lock: LockUnderTest) =>
  Effect.gen(function*() {
    const waiter = yield* releaseTo(lock)
    yield* must(
      !(yield* barges(lock)),
      `no barging: an …IfAvailable for 1 permit took what was just released to a request for ${permits(lock.capacity)}`
    )
    yield* mustBecome(waiter.served, neverServed)
    yield* waiter.leave
  })

/** Who releases and asks again goes to the back. */
const byTheOneWhoReleases = (lock: LockUnderTest) =>
  Effect.gen(function*() {
    let servedFirst = false
    const waiter = yield* releaseTo(lock, () => {
      servedFirst = true
    })
    let overtook = false
    const again = yield* request(lock, 1, () => {
      overtook = !servedFirst
    })
    yield* must(!overtook, "no barging: the fiber that released was served again before the one that waited")
    yield* mustBecome(waiter.served, neverServed)
    yield* waiter.leave
    yield* mustBecome(again.served, neverServed)
    yield* again.leave
  })
