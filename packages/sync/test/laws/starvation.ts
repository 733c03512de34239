/**
 * A request for everything is served while requests for little keep coming.
 */
import { Effect } from "effect"
import { type Law, must, permits } from "./lock.ts"
import { becomes, request, steps } from "./stepping.ts"

/** No fair lock needs more: those in line before it, and those inside. */
const bound = (workers: number) => 2 * workers

export const noStarvation: Law = {
  name: "no starvation",
  guards: "SEM-8, RW-3",
  check: (make) =>
    Effect.scoped(Effect.gen(function*() {
      const lock = yield* make
      const { capacity } = lock
      const workers = capacity + 2
      let counting = false
      let overtakings = 0
      for (let i = 1; i <= workers; i++) {
        const use = lock.withPermits(
          1,
          Effect.suspend(() => {
            if (counting) overtakings++
            // They leave one after the other, so that all permits are never free together.
            return steps(i)
          })
        )
        yield* Effect.forkScoped(Effect.forever(use))
      }
      yield* steps(10)
      counting = true
      const large = yield* request(lock, capacity, () => {
        counting = false
      })
      yield* becomes(() => large.served() || overtakings > 100)
      const name = `a request for ${permits(capacity)}`
      yield* must(
        overtakings <= bound(workers),
        `no starvation: ${name} was overtaken ${overtakings} times by requests for 1`
      )
      yield* must(large.served(), `no starvation: ${name} was never served`)
      yield* large.leave
    }))
}
