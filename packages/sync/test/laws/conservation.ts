/**
 * However brackets end, and wherever their fibers are interrupted, all permits come back, and no more than that.
 */
import { Effect, type Fiber } from "effect"
import { type Law, LawBroken, type LockUnderTest } from "./lock.ts"
import { random } from "./random.ts"
import { allBack, mustBecome, steps } from "./stepping.ts"

export const conservation: Law = {
  name: "conservation",
  guards: "SEM-5, SEM-6, MUT-4, MUT-5, RW-9, RW-10",
  check: (make) =>
    Effect.forEach(
      [1, 2, 3, 4, 5, 6, 7, 8],
      (seed) =>
        Effect.mapError(
          Effect.scoped(Effect.flatMap(make, (lock) => crowd(lock, seed))),
          ({ message }) => new LawBroken({ message: `conservation: ${message} (seed ${seed})` })
        ),
      { discard: true }
    )
}

/** Forty fibers that take, fail, die, and are interrupted at random. */
const crowd = (lock: LockUnderTest, seed: number) =>
  Effect.gen(function*() {
    const below = random(seed)
    const endings = [
      Effect.void,
      Effect.fail("failed"),
      Effect.die("died"),
      Effect.interrupt,
      Effect.never // is interrupted below
    ]
    const fibers: Array<Fiber.Fiber<unknown, string>> = []
    for (let i = 0; i < 40; i++) {
      const body = Effect.andThen(steps(below(4)), endings[below(endings.length)])
      const n = 1 + below(lock.capacity)
      const bracket = lock.withPermitsIfAvailable === undefined || below(4) > 0
        ? lock.withPermits(n, body)
        : lock.withPermitsIfAvailable(n, body)
      fibers.push(yield* Effect.forkScoped(bracket, { startImmediately: below(2) === 0 }))
      if (below(3) === 0) yield* Effect.yieldNow
      if (below(3) === 0) fibers[below(fibers.length)].interruptUnsafe()
    }
    // Those that hold for ever are among the oldest, and each one's end lets others go on.
    for (const fiber of fibers) {
      yield* steps(4)
      fiber.interruptUnsafe()
      yield* mustBecome(() => fiber.pollUnsafe() !== undefined, "an interrupted fiber never ended")
    }
    yield* allBack(lock)
  })
