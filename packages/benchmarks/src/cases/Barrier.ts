import { Barrier } from "effect-sync"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"

/** How many meet, and how often in a round. */
const parties = 10
const meetings = 100

/** All parties wait that often. */
const meet = (waits: number, wait: Effect.Effect<unknown>) => {
  const party = Effect.gen(function*() {
    for (let i = 0; i < waits / parties; i++) yield* wait
  })
  return Effect.all(Array.from({ length: parties }, () => party), { concurrency: "unbounded", discard: true })
}

/** What one writes without a barrier. It can't take back the arrival of somebody who is interrupted. */
const byHand = Effect.sync(() => {
  let arrived = 0
  let gate = Deferred.makeUnsafe<boolean>()
  return Effect.suspend(() => {
    if (++arrived < parties) return Deferred.await(gate)
    const open = gate
    arrived = 0
    gate = Deferred.makeUnsafe<boolean>()
    return Effect.as(Deferred.succeed(open, false), true)
  })
})

const wait: Case = {
  name: "Barrier.wait, 10 parties",
  ours: looping(
    "effect-sync",
    parties * meetings,
    (n) => Effect.flatMap(Barrier.make(parties), (barrier) => meet(n, Barrier.wait(barrier)))
  ),
  rivals: [{
    must: 1,
    stretch: 0.8,
    contender: looping(
      "counter + Deferred",
      parties * meetings,
      (n) => Effect.flatMap(byHand, (wait) => meet(n, wait))
    )
  }]
}

export const cases: ReadonlyArray<Case> = [wait]
