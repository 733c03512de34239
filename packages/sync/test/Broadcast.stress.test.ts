/**
 * Broadcast in large numbers: a million values, ten thousand receivers, a hundred thousand fibers that wait.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { Broadcast } from "effect-sync"
import { drain, recv, sendAll, tryRecv, upTo } from "./broadcast.ts"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { mustBeGone, worked } from "./utils.ts"

/** So many fibers on one receiver, or each on a receiver of its own. */
const queue = (shared: boolean) => (waiters: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Broadcast.makeUnsafe<number>(many)
    const order: Array<number> = []
    const receivers = shared
      ? Array.from({ length: waiters }, () => receiver)
      : Array.from({ length: waiters }, () => Broadcast.subscribeUnsafe(sender))
    const fibers = yield* crowd(
      waiters,
      (i) => Effect.tap(recv(receivers[i]!), () => Effect.sync(() => order.push(i)))
    )
    if (shared) assert.strictEqual(Broadcast.waitingUnsafe(receiver), waiters)
    return { sender, receiver, receivers, order, fibers, shared }
  })

type Queue = Effect.Success<ReturnType<ReturnType<typeof queue>>>

const inOrder = (order: ReadonlyArray<number>) =>
  assert.isTrue(order.every((number, i) => number === i), "not in order")

const works: Record<string, Omit<Work<Queue>, "make">> = {
  "woken by the end": {
    act: ({ fibers, order, sender }, _, patience) =>
      Effect.gen(function*() {
        Broadcast.dropUnsafe(sender)
        assert.lengthOf(order, 0, "an …Unsafe call ran a fiber on its own stack")
        yield* allEnd(fibers, patience)
      }),
    check: ({ fibers, order }, waiters) => {
      assert.lengthOf(order, waiters)
      inOrder(order)
      assert.deepStrictEqual(fibers[0]!.pollUnsafe(), Exit.succeed("done"))
    }
  },
  "woken by values": {
    act: ({ fibers, sender, shared }, _, patience) =>
      Effect.gen(function*() {
        sendAll(sender, upTo(shared ? fibers.length : 1))
        yield* allEnd(fibers, patience)
      }),
    check: ({ fibers, order, shared }, waiters) => {
      assert.lengthOf(order, waiters)
      inOrder(order)
      for (const [i, fiber] of fibers.entries()) {
        assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(shared ? i : 0))
      }
    }
  },
  "giving up in random order": {
    act: ({ fibers, receiver, shared }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
          fiber.interruptUnsafe()
          if (i % 100 > 0) continue
          if (shared) assert.strictEqual(Broadcast.waitingUnsafe(receiver), fibers.length - i - 1)
          patience()
        }
        yield* allEnd(fibers)
      }),
    check: ({ order, receiver, sender }) => {
      assert.lengthOf(order, 0)
      sendAll(sender, [1])
      assert.strictEqual(tryRecv(receiver), 1)
    }
  },
  "dropped under them, one by one": {
    act: ({ fibers, receivers }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, receiver] of shuffled(receivers, receivers.length).entries()) {
          Broadcast.dropUnsafe(receiver)
          if (i % 100 === 0) patience()
        }
        yield* allEnd(fibers, patience)
      }),
    check: ({ fibers, order }, waiters) => {
      assert.lengthOf(order, waiters)
      assert.deepStrictEqual(fibers[0]!.pollUnsafe(), Exit.succeed("done"))
    }
  }
}

describe("BC-11: a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(works)) {
    it.effect(`on one receiver, ${name}`, () => costsTheSame({ make: queue(true), ...work }), 300_000)
    it.effect(`each on its own, ${name}`, () => costsTheSame({ make: queue(false), ...work }), 300_000)
  }

  it.effect("one value at a time for a crowd on one receiver: the others are not run for it", () =>
    costsTheSame({
      make: queue(true),
      act: ({ fibers, sender }, _, patience) =>
        Effect.gen(function*() {
          for (let i = 0; i < fibers.length; i++) {
            Broadcast.sendUnsafe(sender, i)
            if (i % 100 < 99) continue
            yield* Effect.yieldNow
            patience()
          }
          yield* allEnd(fibers, patience)
        }),
      check: ({ order }, waiters) => {
        assert.lengthOf(order, waiters)
        inOrder(order)
      }
    }), 300_000)

  it.effect("dropping senders, with a fiber in closed through one of them", () =>
    costsTheSame({
      make: (n) =>
        Effect.gen(function*() {
          const [sender] = Broadcast.makeUnsafe<number>(1)
          const fiber = yield* Effect.forkDetach(Broadcast.closed(sender), { startImmediately: true })
          return { fiber, senders: Array.from({ length: n }, () => Broadcast.cloneUnsafe(sender)) }
        }),
      act: ({ senders }) =>
        Effect.sync(() => {
          for (const sender of senders) Broadcast.dropUnsafe(sender)
        }),
      check: ({ fiber }) => assert.isUndefined(fiber.pollUnsafe())
    }), 300_000)
})

describe("large numbers", () => {
  it.effect("BC-1: a million values through a small ring, in order", () =>
    Effect.gen(function*() {
      const million = 1_000_000
      const [sender, receiver] = yield* Broadcast.make<number>(64)
      const reader = yield* Effect.forkChild(
        Effect.gen(function*() {
          let next = 0
          while (next < million) {
            const value = yield* Broadcast.recv(receiver)
            if (value !== next) return yield* Effect.die(new Error(`${value} instead of ${next}`))
            next++
          }
          return next
        })
      )
      for (let n = 0; n < million; n++) {
        yield* Broadcast.send(sender, n)
        if (n % 64 === 63) yield* Effect.yieldNow
      }
      assert.strictEqual(yield* Fiber.join(reader), million)
      assert.strictEqual(yield* Broadcast.len(sender), 0)
    }).pipe(Effect.scoped), 120_000)

  it.effect("BC-5: a million values past a receiver that never reads: one lag", () =>
    Effect.gen(function*() {
      const million = 1_000_000
      const [sender, idle] = yield* Broadcast.make<number>(4)
      const fast = yield* Broadcast.subscribe(sender)
      for (let n = 0; n < million; n++) {
        Broadcast.sendUnsafe(sender, n)
        assert.strictEqual(tryRecv(fast), n)
      }
      assert.strictEqual(yield* Broadcast.len(sender), 4)
      assert.deepStrictEqual(drain(idle), [`lag ${million - 4}`, ...upTo(4, million - 4), "empty"])
    }).pipe(Effect.scoped), 120_000)

  it.effect(
    "BC-5: a send costs the same for ten thousand receivers that do not read as for one",
    () =>
      Effect.gen(function*() {
        const cost = (receivers: number) => {
          const [sender] = Broadcast.makeUnsafe<number>(64)
          for (let i = 1; i < receivers; i++) Broadcast.subscribeUnsafe(sender)
          const start = worked()
          for (let n = 0; n < 200_000; n++) Broadcast.sendUnsafe(sender, n)
          assert.strictEqual(Broadcast.receiverCountUnsafe(sender), receivers)
          return worked() - start
        }
        cost(1)
        const one = Math.max(1, Math.min(cost(1), cost(1)))
        assert.isBelow(Math.min(cost(10_000), cost(10_000)), 10 * one)
        yield* Effect.void
      }),
    120_000
  )

  it.effect("BC-11: ten thousand receivers, each of which gets everything", () =>
    Effect.gen(function*() {
      const sender = yield* Broadcast.makeSender<number>(16)
      const receivers = upTo(10_000).map(() => Broadcast.subscribeUnsafe(sender))
      const fibers = yield* crowd(receivers.length, (i) =>
        Effect.gen(function*() {
          let sum = 0
          for (let n = 0; n < 10; n++) sum += yield* Broadcast.recv(receivers[i]!)
          return sum
        }))
      for (const n of upTo(10)) {
        assert.strictEqual(yield* Broadcast.send(sender, n), 10_000)
        yield* Effect.yieldNow
      }
      yield* allEnd(fibers)
      for (const fiber of fibers) assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(45))
      assert.strictEqual(yield* Broadcast.len(sender), 0)
      for (const receiver of receivers) Broadcast.dropUnsafe(receiver)
      assert.strictEqual(yield* Broadcast.receiverCount(sender), 0)
    }).pipe(Effect.scoped), 60_000)

  it.effect(
    "BC-10: receivers that have gone, and those who waited on them, leave nothing behind",
    () =>
      Effect.gen(function*() {
        const [sender, keeper] = yield* Broadcast.make<object>(16)
        const things: Array<WeakRef<object>> = []
        for (let i = 0; i < 20_000; i++) {
          const receiver = Broadcast.subscribeUnsafe(sender)
          const fiber = yield* Effect.forkDetach(Effect.exit(Broadcast.recv(receiver)), { startImmediately: true })
          const value = {}
          if (i % 3 === 0) fiber.interruptUnsafe()
          if (i % 3 === 1) Broadcast.sendUnsafe(sender, value)
          Broadcast.dropUnsafe(receiver)
          if (i % 100 === 0) things.push(new WeakRef(receiver), new WeakRef(fiber), new WeakRef(value))
        }
        while (tryRecv(keeper) !== "empty");
        for (let turn = 0; turn < 400; turn++) yield* Effect.yieldNow
        // The last ones may still be on a stack.
        yield* mustBeGone(things, 3)
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 1)
        assert.strictEqual(yield* Broadcast.len(sender), 0)
      }).pipe(Effect.scoped),
    60_000
  )

  it.effect(
    "a chain of twenty thousand, each told by the one before, overflows no stack",
    () =>
      Effect.gen(function*() {
        const length = 20_000
        const chain = upTo(length + 1).map(() => Broadcast.makeUnsafe<number>(1))
        const fibers = yield* crowd(
          length,
          (i) => Effect.flatMap(Broadcast.recv(chain[i]![1]), (n) => Broadcast.send(chain[i + 1]![0], n + 1))
        )
        yield* Broadcast.send(chain[0]![0], 0)
        yield* allEnd(fibers)
        assert.strictEqual(tryRecv(chain[length]![1]), length)
      }),
    60_000
  )
})
