/**
 * SetOnce with a hundred thousand who wait.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SetOnce } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

const queue = (waiters: number) =>
  Effect.gen(function*() {
    const once = yield* SetOnce.make<number>()
    const order: Array<number> = []
    const fibers = yield* crowd(
      waiters,
      (i) => Effect.tap(SetOnce.wait(once), () => Effect.sync(() => order.push(i)))
    )
    assert.strictEqual(SetOnce.waitingUnsafe(once), waiters)
    return { once, order, fibers }
  })

type Queue = Effect.Success<ReturnType<typeof queue>>

const works: Record<string, Omit<Work<Queue>, "make">> = {
  "SET-2: released by one set": {
    act: ({ fibers, once, order }, _, patience) =>
      Effect.gen(function*() {
        SetOnce.setUnsafe(once, 1)
        assert.lengthOf(order, 0, "an …Unsafe call ran a fiber on its own stack")
        yield* allEnd(fibers, patience)
      }),
    check: ({ fibers, order }, waiters) => {
      assert.lengthOf(order, waiters)
      assert.isTrue(order.every((number, i) => number === i), "not in order")
      for (const fiber of fibers) assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(1))
    }
  },
  "SET-2: giving up in random order": {
    act: ({ fibers, once }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
          fiber.interruptUnsafe()
          if (i % 100 > 0) continue
          assert.strictEqual(SetOnce.waitingUnsafe(once), fibers.length - i - 1)
          patience()
        }
        yield* allEnd(fibers)
      }),
    check: ({ order }) => assert.lengthOf(order, 0)
  },
  "SET-2: half of them giving up from behind, half being released": {
    act: ({ fibers, once }, _, patience) =>
      Effect.gen(function*() {
        yield* Effect.orDie(SetOnce.set(once, 1))
        for (let i = fibers.length - 1; i >= 0; i -= 2) {
          fibers[i]!.interruptUnsafe()
          if (i % 100 < 99) continue
          patience()
          yield* Effect.yieldNow
        }
        yield* allEnd(fibers, patience)
      }),
    check: ({ order }, waiters) => assert.isAtLeast(order.length, waiters / 2)
  }
}

describe("a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(works)) {
    it.effect(name, () => costsTheSame({ make: queue, ...work }), 300_000)
  }
})

describe("large numbers", () => {
  it.effect(
    "SET-2: a chain of twenty thousand, each set by the one before, overflows no stack",
    () =>
      Effect.gen(function*() {
        const length = 20_000
        const chain = Array.from({ length: length + 1 }, () => SetOnce.makeUnsafe<number>())
        const fibers = yield* crowd(
          length,
          (i) => Effect.flatMap(SetOnce.wait(chain[i]!), (n) => SetOnce.set(chain[i + 1]!, n + 1))
        )
        yield* SetOnce.set(chain[0]!, 0)
        yield* allEnd(fibers)
        assert.strictEqual(yield* SetOnce.wait(chain[length]!), length)
      }),
    60_000
  )

  it.effect("SET-2: who has gone leaves nothing behind in one that lives on, set or not", () =>
    Effect.gen(function*() {
      for (const isSet of [false, true]) {
        const once = SetOnce.makeUnsafe<number>()
        const things: Array<WeakRef<object>> = []
        for (let i = 0; i < many; i++) {
          const fiber = yield* Effect.forkDetach(SetOnce.wait(once), { startImmediately: true })
          if (i % 100 === 0) things.push(new WeakRef(fiber))
          if (!isSet || i % 2 > 0) fiber.interruptUnsafe()
        }
        assert.strictEqual(SetOnce.waitingUnsafe(once), isSet ? many / 2 : 0)
        if (isSet) yield* SetOnce.set(once, 1)
        for (let turn = 0; turn < many / 100; turn++) yield* Effect.yieldNow
        // The last one may still be on a stack.
        yield* mustBeGone(things, 1)
        assert.strictEqual(SetOnce.isInitializedUnsafe(once), isSet)
      }
    }), 60_000)
})
