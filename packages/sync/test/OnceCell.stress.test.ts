/**
 * OnceCell with a hundred thousand who ask.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option } from "effect"
import { OnceCell } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

/** A cell with one initializer at work, and that many waiting. */
const queue = (waiters: number) =>
  Effect.gen(function*() {
    const cell = yield* OnceCell.make<number>()
    const door = yield* Deferred.make<number, string>()
    let ran = 0
    const first = yield* Effect.forkDetach(OnceCell.getOrInit(cell, Deferred.await(door)), { startImmediately: true })
    const failing = Effect.suspend(() => {
      ran++
      return Effect.fail("no")
    })
    const fibers = yield* crowd(waiters, () => OnceCell.getOrInit(cell, failing))
    assert.strictEqual(OnceCell.waitingUnsafe(cell), waiters)
    return { cell, first, fibers, end: (exit: Exit.Exit<number, string>) => Deferred.done(door, exit), ran: () => ran }
  })

type Queue = Effect.Success<ReturnType<typeof queue>>

const works: Record<string, Omit<Work<Queue>, "make">> = {
  "ONCE-1: given the value by one initializer": {
    act: ({ end, fibers }, _, patience) => Effect.andThen(end(Exit.succeed(1)), allEnd(fibers, patience)),
    check: ({ cell, fibers, ran }) => {
      assert.strictEqual(ran(), 0)
      for (const fiber of fibers) assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(1))
      assert.deepStrictEqual(OnceCell.getUnsafe(cell), Option.some(1))
    }
  },
  "ONCE-3: given the turn, one after the other, since all fail": {
    act: ({ end, fibers }, _, patience) => Effect.andThen(end(Exit.fail("no")), allEnd(fibers, patience)),
    check: ({ cell, ran }, waiters) => {
      assert.strictEqual(ran(), waiters)
      assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
    }
  },
  "ONCE-5: giving up in random order": {
    act: ({ cell, fibers }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
          fiber.interruptUnsafe()
          if (i % 100 > 0) continue
          assert.strictEqual(OnceCell.waitingUnsafe(cell), fibers.length - i - 1)
          patience()
        }
        yield* allEnd(fibers)
      }),
    check: ({ cell, ran }) => {
      assert.strictEqual(ran(), 0)
      assert.strictEqual(String(cell), "OnceCell(initializing, 0 waiting)")
    }
  },
  "ONCE-3: half of them giving up from behind, half being given the turn": {
    act: ({ end, fibers }, _, patience) =>
      Effect.gen(function*() {
        yield* end(Exit.fail("no"))
        for (let i = fibers.length - 1; i >= 0; i -= 2) {
          fibers[i]!.interruptUnsafe()
          if (i % 100 < 99) continue
          patience()
          yield* Effect.yieldNow
        }
        yield* allEnd(fibers, patience)
      }),
    check: ({ cell, ran }, waiters) => {
      assert.isAtLeast(ran(), waiters / 2)
      assert.strictEqual(String(cell), "OnceCell(empty, 0 waiting)")
    }
  }
}

describe("a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(works)) {
    it.effect(name, () => costsTheSame({ make: queue, ...work }), 300_000)
  }
})

describe("large numbers", () => {
  it.effect("ONCE-3: twenty thousand cells that wait for each other overflow no stack", () =>
    Effect.gen(function*() {
      const length = 20_000
      const cells = Array.from({ length: length + 1 }, () => OnceCell.makeUnsafe<number>())
      const door = yield* Deferred.make<number>()
      const first = yield* Effect.forkDetach(OnceCell.getOrInit(cells[0]!, Deferred.await(door)), {
        startImmediately: true
      })
      const fibers = yield* crowd(length, (i) =>
        OnceCell.getOrInit(
          cells[i + 1]!,
          Effect.map(OnceCell.getOrInit(cells[i]!, Effect.die("it waits")), (n) => n + 1)
        ))
      yield* Deferred.succeed(door, 0)
      yield* allEnd([first, ...fibers])
      assert.deepStrictEqual(OnceCell.getUnsafe(cells[length]!), Option.some(length))
    }), 60_000)

  it.effect(
    "ONCE-5: who has gone leaves nothing behind in a cell that lives on, filled or not",
    () =>
      Effect.gen(function*() {
        for (const filled of [false, true]) {
          const { cell, end, first } = yield* queue(0)
          const things: Array<WeakRef<object>> = []
          for (let i = 0; i < many; i++) {
            const fiber = yield* Effect.forkDetach(OnceCell.getOrInit(cell, Effect.succeed(i)), {
              startImmediately: true
            })
            if (i % 100 === 0) things.push(new WeakRef(fiber))
            if (!filled || i % 2 > 0) fiber.interruptUnsafe()
          }
          assert.strictEqual(OnceCell.waitingUnsafe(cell), filled ? many / 2 : 0)
          if (filled) yield* end(Exit.succeed(-1))
          else yield* Fiber.interrupt(first)
          for (let turn = 0; turn < many / 100; turn++) yield* Effect.yieldNow
          // The last one may still be on a stack.
          yield* mustBeGone(things, 1)
          assert.strictEqual(OnceCell.isInitializedUnsafe(cell), filled)
        }
      }),
    60_000
  )

  it.effect("ONCE-2: a filled cell in a loop without end starves no timer", () =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make({ initial: Option.some(1) })
      let times = 0
      const busy = yield* Effect.forkChild(
        Effect.repeat(Effect.map(OnceCell.getOrInit(cell, Effect.never), () => ++times), {
          while: (n) => n < 10_000_000
        })
      )
      yield* Effect.callback<void>((resume) => {
        const timer = setTimeout(() => resume(Effect.void), 1)
        return Effect.sync(() => clearTimeout(timer))
      })
      assert.isBelow(times, 10_000_000)
      yield* Fiber.interrupt(busy)
    }), 60_000)
})
