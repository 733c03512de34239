/**
 * The explorer runs a program under every interleaving of its fibers, with an interrupt at every point. Here it is given
 * the same program with two semaphores: Effect's `PartitionedSemaphore`, which loses a permit, and ours.
 */
import { Explore } from "@effect-sync/explorer"
import { Console, Effect, PartitionedSemaphore } from "effect"
import { Semaphore } from "effect-sync"

/** What alice and bob do once they have the permit. */
const work = Explore.mark("has the permit")

const permitIsBack = (permits: number) => {
  if (permits !== 1) throw new Error(`${permits} of 1 permits are back`)
}

/** Effect's: whoever is interrupted right after taking a permit keeps it. */
const effects = Explore.run({
  setup: PartitionedSemaphore.make<string>({ permits: 1 }),
  fibers: {
    alice: (semaphore) => semaphore.withPermits("a", 1)(work),
    bob: (semaphore) => semaphore.withPermits("b", 1)(work)
  },
  check: (semaphore) => Effect.map(semaphore.available, permitIsBack)
}, { interrupt: "everywhere" })

/** Ours. */
const ours = Explore.run({
  setup: Semaphore.make(1),
  fibers: {
    alice: (semaphore) => Semaphore.withPermit(semaphore, work),
    bob: (semaphore) => Semaphore.withPermit(semaphore, work)
  },
  check: (semaphore) => Effect.map(Semaphore.availablePermits(semaphore), permitIsBack)
}, { interrupt: "everywhere" })

export const explore = Effect.gen(function*() {
  const found = yield* effects
  yield* Console.log(`Effect's PartitionedSemaphore: ${found.finding?.message ?? "nothing was found"}`)
  yield* Console.log(`in interleaving ${found.executions}, which "${found.finding?.schedule}" replays\n`)
  yield* Console.log(found.finding?.diagram)
  yield* Console.log(`\nours: ${String(yield* ours)}`)
})
