/**
 * Never more permits in use than there are, wherever fibers yield; and as many as there are.
 */
import { Effect, Scheduler } from "effect"
import { type Law, type LockUnderTest, must, permits } from "./lock.ts"
import { becomes, mustBecome, request, steps } from "./stepping.ts"

export const exclusion: Law = {
  name: "exclusion",
  guards: "MUT-1, SEM-6, RW-1",
  check: (make) =>
    Effect.forEach(
      [3, 5, 7, 2048],
      (budget) =>
        Effect.provideService(Effect.scoped(Effect.flatMap(make, crowd)), Scheduler.MaxOpsBeforeYield, budget),
      { discard: true }
    )
}

/** Twelve fibers that use the lock three times each, some of its permits at a time. */
const crowd = (lock: LockUnderTest) =>
  Effect.gen(function*() {
    let inside = 0
    let worst = 0
    let done = 0
    const use = (n: number, stay: number) =>
      lock.withPermits(
        n,
        Effect.gen(function*() {
          inside += n
          worst = Math.max(worst, inside)
          yield* steps(stay)
          inside -= n
          done++
        })
      )
    for (let i = 0; i < 12; i++) {
      const worker = Effect.forEach([0, 1, 2], (round) => use(1 + (i + round) % lock.capacity, (i * 7 + round) % 4))
      yield* Effect.forkScoped(worker)
    }
    const finished = yield* becomes(() => done === 36)
    yield* must(
      worst <= lock.capacity,
      `exclusion: ${permits(worst)} of ${lock.capacity} were in use at the same time`
    )
    yield* must(finished, `exclusion: ${36 - done} of 36 requests were never served`)
  })

export const concurrency: Law = {
  name: "concurrency",
  guards: "SEM-7, RW-2",
  check: (make) =>
    Effect.scoped(Effect.gen(function*() {
      const lock = yield* make
      const { capacity } = lock
      const everything = yield* request(lock, capacity)
      const singles = yield* Effect.replicateEffect(request(lock, 1), capacity + 1)
      const inside = () => singles.filter((single) => single.served()).length
      yield* everything.leave
      const filled = yield* becomes(() => inside() >= capacity)
      yield* must(
        filled,
        `concurrency: a release of ${permits(capacity)} let ${inside()} of ${capacity} requests for 1 in`
      )
      yield* must(
        inside() === capacity,
        `exclusion: ${permits(inside())} of ${capacity} were in use at the same time`
      )
      for (const single of singles) yield* single.leave
      yield* mustBecome(() => inside() === capacity + 1, "concurrency: the last of the requests was never served")
    }))
}
