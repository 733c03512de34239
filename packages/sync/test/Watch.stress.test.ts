/**
 * Watch with a hundred thousand who wait, ten thousand receivers, and a million values.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { Watch } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { forkSettled, mustBeGone, settle } from "./utils.ts"

/** All on one receiver. */
const onOne = (waiters: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Watch.makeUnsafe(0)
    const fibers = yield* crowd(waiters, () => Watch.changed(receiver))
    assert.strictEqual(Watch.waitingUnsafe(receiver), waiters)
    return { sender, receivers: [receiver], fibers }
  })

/** Each on its own. */
const onMany = (waiters: number) =>
  Effect.gen(function*() {
    const sender = Watch.makeSenderUnsafe(0)
    const receivers = Array.from({ length: waiters }, () => Watch.subscribeUnsafe(sender))
    const fibers = yield* crowd(waiters, (i) => Watch.changed(receivers[i]!))
    return { sender, receivers, fibers }
  })

type Crowd = Effect.Success<ReturnType<typeof onOne>>

const succeeded = ({ fibers }: Crowd) => {
  for (const fiber of fibers) assert.deepStrictEqual(fiber.pollUnsafe(), Exit.void)
}

const nobodyWaits = ({ receivers }: Crowd) => {
  for (const receiver of receivers) assert.strictEqual(Watch.waitingUnsafe(receiver), 0)
}

const works: Record<string, Work<Crowd>> = {
  "W-7: on one receiver, released by one send": {
    make: onOne,
    act: ({ fibers, sender }, _, patience) =>
      Effect.gen(function*() {
        Watch.sendUnsafe(sender, 1)
        yield* allEnd(fibers, patience)
      }),
    check: succeeded
  },
  "W-7: on a receiver each, released by one send": {
    make: onMany,
    act: ({ fibers, sender }, _, patience) =>
      Effect.gen(function*() {
        Watch.sendUnsafe(sender, 1)
        yield* allEnd(fibers, patience)
      }),
    check: succeeded
  },
  "W-11: on one receiver, giving up in random order": {
    make: onOne,
    act: ({ fibers }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
          fiber.interruptUnsafe()
          if (i % 100 === 0) patience()
        }
        yield* allEnd(fibers)
      }),
    check: nobodyWaits
  },
  "W-11: on a receiver each, giving up in random order": {
    make: onMany,
    act: ({ fibers }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
          fiber.interruptUnsafe()
          if (i % 100 === 0) patience()
        }
        yield* allEnd(fibers)
      }),
    check: nobodyWaits
  },
  "a receiver each, dropped in random order with somebody parked on it": {
    make: onMany,
    act: ({ fibers, receivers }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, receiver] of shuffled(receivers, receivers.length).entries()) {
          Watch.dropUnsafe(receiver)
          if (i % 100 === 0) patience()
        }
        yield* allEnd(fibers, patience)
      }),
    check: (crowd) => {
      nobodyWaits(crowd)
      assert.strictEqual(Watch.receiverCountUnsafe(crowd.sender), 0)
    }
  }
}

describe("a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(works)) it.effect(name, () => costsTheSame(work), 300_000)

  it.effect("senders dropped in random order with somebody in closed through each", () =>
    costsTheSame({
      make: (waiters) =>
        Effect.gen(function*() {
          const [sender] = Watch.makeUnsafe(0)
          const senders = Array.from({ length: waiters }, () => Watch.cloneUnsafe(sender))
          const fibers = yield* crowd(waiters, (i) => Effect.exit(Watch.closed(senders[i]!)))
          return { sender, senders, fibers }
        }),
      act: ({ fibers, senders }, _, patience) =>
        Effect.gen(function*() {
          for (const [i, sender] of shuffled(senders, senders.length).entries()) {
            Watch.dropUnsafe(sender)
            if (i % 100 === 0) patience()
          }
          yield* allEnd(fibers, patience)
        }),
      check: ({ sender }) => {
        assert.strictEqual(Watch.waitingUnsafe(sender), 0)
        assert.strictEqual(Watch.senderCountUnsafe(sender), 1)
      }
    }), 300_000)
})

describe("large numbers", () => {
  it.effect(
    "W-1: ten thousand receivers each see the last of a thousand values, and the end",
    () =>
      Effect.gen(function*() {
        const sender = Watch.makeSenderUnsafe(0)
        const last = new Map<number, number>()
        const fibers = yield* crowd(10_000, (i) =>
          Effect.scoped(Effect.flatMap(Watch.subscribe(sender), (receiver) =>
            Stream.runForEach(Watch.changes(receiver), (n) =>
              Effect.sync(() => {
                assert.isAbove(n, last.get(i) ?? 0)
                last.set(i, n)
              })))))
        assert.strictEqual(Watch.receiverCountUnsafe(sender), 10_000)
        for (let n = 1; n <= 1000; n++) {
          yield* Watch.send(sender, n)
          if (n % 200 === 0) {
            yield* settle
          }
        }
        yield* Watch.drop(sender)
        yield* allEnd(fibers)
        assert.strictEqual(last.size, 10_000)
        for (const n of last.values()) {
          assert.strictEqual(n, 1000)
        }
        assert.strictEqual(Watch.receiverCountUnsafe(sender), 0)
      }),
    60_000
  )

  it.effect(
    "W-1, W-2: a million values, of which a reader sees some in order, and the last",
    () =>
      Effect.gen(function*() {
        const [sender, receiver] = Watch.makeUnsafe(0)
        let seen = 0
        let looks = 0
        const fiber = yield* forkSettled(
          Stream.runForEach(Watch.changes(receiver), (n) =>
            Effect.sync(() => {
              assert.isAbove(n, seen)
              seen = n
              looks++
            }))
        )
        const send = (n: number): Effect.Effect<void, unknown> =>
          n > 1_000_000 ? Effect.void : Effect.flatMap(Watch.send(sender, n), () => send(n + 1))
        yield* send(1)
        yield* Watch.drop(sender)
        yield* Fiber.join(fiber)
        assert.strictEqual(seen, 1_000_000)
        assert.isAbove(looks, 10)
      }),
    60_000
  )

  it.effect("W-9: waitFor the millionth value refuses no stack", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Watch.makeUnsafe(0)
      const fiber = yield* forkSettled(Watch.waitFor(receiver, (n) => {
        if (n < 1_000_000) Watch.sendUnsafe(sender, n + 1)
        return n === 1_000_000
      }))
      assert.strictEqual(yield* Fiber.join(fiber), 1_000_000)
    }), 60_000)

  it.effect(
    "a chain of twenty thousand, each sent to by the one before, overflows no stack",
    () =>
      Effect.gen(function*() {
        const length = 20_000
        const chain = Array.from({ length: length + 1 }, () => Watch.makeUnsafe(0))
        const fibers = yield* crowd(
          length,
          (i) => Effect.flatMap(Watch.waitFor(chain[i]![1], (n) => n > 0), (n) => Watch.send(chain[i + 1]![0], n + 1))
        )
        yield* Watch.send(chain[0]![0], 1)
        yield* allEnd(fibers)
        assert.strictEqual(yield* Watch.borrow(chain[length]![1]), length + 1)
      }),
    60_000
  )

  it.effect("W-11: who has gone leaves nothing behind in a channel that lives on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Watch.makeUnsafe(0)
      const things: Array<WeakRef<object>> = []
      for (let i = 0; i < many; i++) {
        const subscribed = Watch.subscribeUnsafe(sender)
        const fiber = yield* Effect.forkDetach(
          i % 3 === 0 ? Watch.changed(receiver) : Effect.ignore(Watch.waitFor(subscribed, () => false)),
          { startImmediately: true }
        )
        if (i % 100 === 0) things.push(new WeakRef(fiber), new WeakRef(subscribed))
        if (i % 2 === 0) fiber.interruptUnsafe()
        Watch.dropUnsafe(subscribed)
      }
      yield* Watch.send(sender, 1)
      for (let turn = 0; turn < many / 50; turn++) yield* Effect.yieldNow
      // The last one may still be on a stack.
      yield* mustBeGone(things, 2)
      assert.strictEqual(Watch.receiverCountUnsafe(sender), 1)
      assert.strictEqual(Watch.waitingUnsafe(receiver), 0)
    }), 60_000)
})
