/**
 * Large numbers: what is fine for ten must be fine for a hundred thousand.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { Mpsc } from "effect-sync"
import { allEnd, costsTheSame, crowd, shuffled, timerFires, type Work } from "./laws/crowd.ts"

/** A full channel, and so many who wait to send. */
const sending = (waiters: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Mpsc.boundedUnsafe<number>(1)
    Mpsc.trySendUnsafe(sender, -1)
    const fibers = yield* crowd(waiters, (i) => Effect.ignore(Mpsc.send(sender, i)))
    assert.strictEqual(Mpsc.waitingUnsafe(sender), waiters)
    return { sender, receiver, fibers }
  })

/** An empty channel, and so many who wait to receive. */
const receiving = (waiters: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Mpsc.unboundedUnsafe<number>()
    const received: Array<number> = []
    const fibers = yield* crowd(
      waiters,
      () => Effect.ignore(Effect.map(Mpsc.recv(receiver), (n) => received.push(n)))
    )
    assert.strictEqual(Mpsc.waitingUnsafe(receiver), waiters)
    return { sender, receiver, fibers, received }
  })

const interruptAll = (
  fibers: ReadonlyArray<Fiber.Fiber<unknown>>,
  waiting: () => number,
  patience: () => void
) =>
  Effect.gen(function*() {
    for (const [i, fiber] of shuffled(fibers, fibers.length).entries()) {
      fiber.interruptUnsafe()
      if (i % 100 > 0) continue
      assert.strictEqual(waiting(), fibers.length - i - 1)
      patience()
    }
    yield* allEnd(fibers)
    assert.strictEqual(waiting(), 0)
  })

type Sending = Effect.Success<ReturnType<typeof sending>>
type Receiving = Effect.Success<ReturnType<typeof receiving>>

const senders: Record<string, Work<Sending>["act"]> = {
  "MPSC-4: interrupted in random order": ({ fibers, receiver, sender }, _, patience) =>
    Effect.gen(function*() {
      yield* interruptAll(fibers, () => Mpsc.waitingUnsafe(sender), patience)
      assert.deepStrictEqual(Mpsc.lenUnsafe(receiver), 1)
    }),
  "MPSC-2: served one by one": ({ fibers, receiver }, waiters, patience) =>
    Effect.gen(function*() {
      for (let i = -1; i < waiters; i++) {
        assert.strictEqual(yield* Effect.orDie(Mpsc.recv(receiver)), i)
        if (i % 100 === 0) patience()
      }
      yield* allEnd(fibers)
    }),
  "MPSC-8: refused by a close": ({ fibers, receiver }, _, patience) =>
    Effect.gen(function*() {
      Mpsc.closeUnsafe(receiver)
      yield* allEnd(fibers, patience)
    })
}

const receivers: Record<string, Work<Receiving>["act"]> = {
  "MPSC-10: interrupted in random order": ({ fibers, receiver, sender }, _, patience) =>
    Effect.gen(function*() {
      yield* interruptAll(fibers, () => Mpsc.waitingUnsafe(receiver), patience)
      Mpsc.trySendUnsafe(sender, 1)
      assert.strictEqual(yield* Effect.orDie(Mpsc.recv(receiver)), 1)
    }),
  "rule 8: served in order": ({ fibers, received, sender }, waiters, patience) =>
    Effect.gen(function*() {
      for (let i = 0; i < waiters; i++) Mpsc.trySendUnsafe(sender, i)
      yield* allEnd(fibers, patience)
      assert.isTrue(received.length === waiters && received.every((n, i) => n === i))
    }),
  "MPSC-6: ended by the last sender": ({ fibers, sender }, _, patience) =>
    Effect.gen(function*() {
      Mpsc.dropUnsafe(sender)
      yield* allEnd(fibers, patience)
    })
}

describe("a hundred thousand cost the same each as five thousand, give or take", () => {
  for (const [name, act] of Object.entries(senders)) {
    it.effect(`senders: ${name}`, () => costsTheSame({ make: sending, act }), 300_000)
  }
  for (const [name, act] of Object.entries(receivers)) {
    it.effect(`receivers: ${name}`, () => costsTheSame({ make: receiving, act }), 300_000)
  }
  it.effect("senders: dropped in random order", () =>
    costsTheSame({
      make: (n) =>
        Effect.sync(() => {
          const [sender] = Mpsc.unboundedUnsafe<number>()
          return { sender, clones: Array.from({ length: n }, () => Mpsc.cloneUnsafe(sender)) }
        }),
      act: ({ clones, sender }, n, patience) =>
        Effect.sync(() => {
          for (const [i, clone] of shuffled(clones, n).entries()) {
            Mpsc.dropUnsafe(clone)
            if (i % 100 === 0) patience()
          }
          assert.strictEqual(Mpsc.strongCountUnsafe(sender), 1)
        })
    }), 300_000)
})

describe("large numbers", () => {
  it.live("MPSC-1: a million messages, in order", () =>
    Effect.gen(function*() {
      const n = 1_000_000
      const [sender, receiver] = yield* Mpsc.bounded<number>(1_000)
      yield* Effect.forkChild(Effect.gen(function*() {
        for (let i = 0; i < n; i++) yield* Mpsc.send(sender, i)
        yield* Mpsc.drop(sender)
      }))
      let next = 0
      while (next < n / 2) assert.strictEqual(yield* Mpsc.recv(receiver), next++)
      while (next < n) {
        for (const message of yield* Mpsc.recvMany(receiver, 300)) if (message !== next++) assert.fail("out of order")
      }
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Mpsc.recv(receiver))))
    }).pipe(Effect.scoped), 60_000)

  it("MPSC-13: a million messages buffered and taken at once", () => {
    const n = 1_000_000
    const [sender, receiver] = Mpsc.unboundedUnsafe<number>()
    for (let i = 0; i < n; i++) Mpsc.trySendUnsafe(sender, i)
    assert.strictEqual(Mpsc.lenUnsafe(receiver), n)
    const all = Effect.runSync(Mpsc.recvMany(receiver, n))
    assert.isTrue(all.length === n && all.every((message, i) => message === i))
  })

  it.live("two that send to and fro for ever starve no timer", () =>
    Effect.gen(function*() {
      let hops = 0
      const [ping, atPing] = yield* Mpsc.bounded<number>(1)
      const [pong, atPong] = yield* Mpsc.bounded<number>(1)
      const pass = (from: Mpsc.Receiver<number>, to: Mpsc.Sender<number>) =>
        Effect.forkChild(Effect.forever(
          Effect.flatMap(Mpsc.recv(from), (n) => {
            hops++
            return Mpsc.send(to, n)
          }),
          { disableYield: true }
        ))
      const fibers = [yield* pass(atPing, pong), yield* pass(atPong, ping)]
      yield* Mpsc.send(ping, 1)
      assert.isTrue(yield* timerFires(() => hops))
      yield* Fiber.interruptAll(fibers)
    }).pipe(Effect.scoped))
})
