/**
 * Large numbers: what is fine for ten parties must be fine for a hundred thousand, in time, in stack and in memory.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Barrier } from "effect-sync"
import { allEnd, costsTheSame, crowd, shuffled, timerFires, weakly, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

/** All but one have come. */
const arrived = (waiters: number) =>
  Effect.gen(function*() {
    const barrier = yield* Barrier.make(waiters + 1)
    let followers = 0
    const fibers = yield* crowd(waiters, () =>
      Effect.map(Barrier.wait(barrier), ({ isLeader }) => {
        if (!isLeader) followers++
      }))
    assert.strictEqual(Barrier.waitingUnsafe(barrier), waiters)
    return { barrier, fibers, followers: () => followers }
  })

type Arrived = Effect.Success<ReturnType<typeof arrived>>

const works: Record<string, Work<Arrived>["act"]> = {
  "BAR-2: let go by the last": ({ barrier, fibers, followers }, waiters, patience) =>
    Effect.gen(function*() {
      assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
      assert.strictEqual(Barrier.waitingUnsafe(barrier), 0)
      yield* allEnd(fibers, patience)
      assert.strictEqual(followers(), waiters)
    }),
  "BAR-5: interrupted in random order": ({ barrier, fibers, followers }, waiters, patience) =>
    Effect.gen(function*() {
      for (const [i, fiber] of shuffled(fibers, waiters).entries()) {
        fiber.interruptUnsafe()
        if (i % 100 > 0) continue
        assert.strictEqual(Barrier.waitingUnsafe(barrier), waiters - i - 1)
        patience()
      }
      yield* allEnd(fibers)
      assert.strictEqual(followers(), 0)
      assert.strictEqual(Barrier.waitingUnsafe(barrier), 0)
    })
}

describe("a hundred thousand parties cost the same each as five thousand, give or take", () => {
  for (const [name, act] of Object.entries(works)) {
    it.effect(name, () => costsTheSame({ make: arrived, act }), 300_000)
  }
})

describe("large numbers", () => {
  it.effect("BAR-3: two that meet for ever starve no timer", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(2)
      let meetings = 0
      const party = Effect.repeat(Barrier.wait(barrier), { while: () => meetings++ < 1_000_000 })
      const fibers = [yield* Effect.forkChild(party), yield* Effect.forkChild(party)]
      assert.isTrue(yield* timerFires(() => meetings), "the timer came after a million meetings")
      assert.isAbove(meetings, 100)
      yield* Fiber.interruptAll(fibers)
    }), 60_000)

  it.effect(
    "BAR-5: a barrier keeps nobody in memory who has given up, nor who was let go",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(1_001)
        const refs = yield* Effect.gen(function*() {
          const fibers = yield* crowd(1_000, () => Barrier.wait(barrier))
          for (const fiber of fibers) fiber.interruptUnsafe()
          for (const fiber of yield* crowd(1_001, () => Barrier.wait(barrier))) fibers.push(fiber)
          yield* allEnd(fibers)
          return weakly(fibers)
        })
        yield* mustBeGone(refs, refs.length / 10) // a few may still be on a stack
        assert.strictEqual(Barrier.waitingUnsafe(barrier), 0)
      }),
    60_000
  )
})
