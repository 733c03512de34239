/**
 * Letting other fibers run, without a clock.
 */
import { Deferred, Effect, type Fiber, type Scope } from "effect"
import { type LawBroken, type LockUnderTest, must, permits } from "./lock.ts"

/** Gives way that many times. */
export const steps = (n: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (let i = 0; i < n; i++) yield* Effect.yieldNow
  })

/** Gives way so often that whatever can go on without us has come to rest. */
export const settle: Effect.Effect<void> = steps(16)

/** Gives way until something is so, and says whether it came to be. */
export const becomes = (condition: () => boolean): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    // So many, since some locks get on slowly among fibers that yield all the time.
    for (let i = 0; i < 20_000; i++) {
      if (condition()) return true
      yield* Effect.yieldNow
    }
    return condition()
  })

/** Gives way until something is so, and fails if it never is. */
export const mustBecome = (condition: () => boolean, message: string): Effect.Effect<void, LawBroken> =>
  Effect.flatMap(becomes(condition), (became) => must(became, message))

/** A request, from the outside: whether it has its permits, and a way to let it go. */
export interface Request {
  readonly n: number
  readonly served: () => boolean
  readonly leave: Effect.Effect<void>
  readonly fiber: Fiber.Fiber<void>
}

/** Requests permits in a new fiber, which has begun, and holds them until told to leave. */
export const request = (
  lock: LockUnderTest,
  n: number,
  onServed?: () => void
): Effect.Effect<Request, never, Scope.Scope> =>
  Effect.gen(function*() {
    const left = yield* Deferred.make<void>()
    let served = false
    const body = Effect.andThen(
      Effect.sync(() => {
        served = true
        onServed?.()
      }),
      Deferred.await(left)
    )
    const fiber = yield* Effect.forkScoped(lock.withPermits(n, body), { startImmediately: true })
    yield* settle
    return { n, served: () => served, leave: Effect.asVoid(Deferred.succeed(left, undefined)), fiber }
  })

/** Whether all permits are there, no fewer and no more, with nobody holding or waiting. */
export const allBack = (lock: LockUnderTest): Effect.Effect<void, LawBroken> =>
  Effect.scoped(Effect.gen(function*() {
    const { capacity } = lock
    if (lock.available !== undefined) {
      const available = yield* lock.available
      yield* must(available === capacity, `${permits(available)} of ${capacity} came back`)
    }
    const everything = yield* request(lock, capacity)
    yield* must(everything.served(), `a request for all ${permits(capacity)} waits though nobody holds any`)
    const oneMore = yield* request(lock, 1)
    yield* must(!oneMore.served(), `there are more than the ${permits(capacity)} it began with`)
    yield* everything.leave
    yield* mustBecome(oneMore.served, "a request waits though all permits were released")
    yield* oneMore.leave
    yield* settle
  }))
