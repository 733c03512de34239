/**
 * A hundred thousand oneshots, and a hundred thousand who wait at one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

// ---- one for each ----------------------------------------------------------------------------------------------------

const requests = (n: number) =>
  Effect.gen(function*() {
    const senders: Array<Oneshot.Sender<number>> = []
    const receivers: Array<Oneshot.Receiver<number>> = []
    const answers: Array<number> = []
    const fibers = yield* crowd(n, () => {
      const [sender, receiver] = Oneshot.makeUnsafe<number>()
      senders.push(sender)
      receivers.push(receiver)
      return Effect.map(Oneshot.recv(receiver), (answer) => answers.push(answer))
    })
    return { senders, receivers, answers, fibers }
  })

type Requests = Effect.Success<ReturnType<typeof requests>>

const each: Record<string, Omit<Work<Requests>, "make">> = {
  "ONE-1: answered by callbacks, in the order of the answers": {
    act: ({ answers, fibers, senders }, _, patience) =>
      Effect.gen(function*() {
        for (const [i, sender] of senders.entries()) Oneshot.sendUnsafe(sender, i)
        assert.lengthOf(answers, 0, "an …Unsafe call ran a fiber on its own stack")
        yield* allEnd(fibers, patience)
      }),
    check: ({ answers }, n) => {
      assert.lengthOf(answers, n)
      assert.isTrue(answers.every((answer, i) => answer === i), "not in order")
    }
  },
  "ONE-4: given up by their senders, in random order": {
    act: ({ fibers, senders }, _, patience) =>
      Effect.gen(function*() {
        for (const sender of shuffled(senders, senders.length)) Oneshot.dropUnsafe(sender)
        yield* allEnd(fibers, patience)
      }),
    check: ({ answers, fibers }) => {
      assert.lengthOf(answers, 0)
      assert.isTrue(fibers.every((fiber) => Exit.hasFails(fiber.pollUnsafe()!)))
    }
  }
}

// ---- one for all -----------------------------------------------------------------------------------------------------

const line = (n: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Oneshot.makeUnsafe<number>()
    const order: Array<number> = []
    const fibers = yield* crowd(n, (i) => Effect.onExit(Oneshot.recv(receiver), () => Effect.sync(() => order.push(i))))
    assert.strictEqual(Oneshot.waitingUnsafe(receiver), n)
    return { sender, receiver, order, fibers }
  })

type Line = Effect.Success<ReturnType<typeof line>>

const all: Record<string, Omit<Work<Line>, "make">> = {
  "ONE-1: the first gets the value, and the others learn of it in order": {
    act: ({ fibers, sender }, _, patience) =>
      Effect.gen(function*() {
        Oneshot.sendUnsafe(sender, 1)
        yield* allEnd(fibers, patience)
      }),
    check: ({ fibers, order }, n) => {
      assert.lengthOf(order, n)
      assert.isTrue(order.every((number, i) => number === i), "not in order")
      assert.deepStrictEqual(fibers[0]!.pollUnsafe(), Exit.succeed(1))
    }
  },
  "ONE-5: giving up in random order, all but the last": {
    act: ({ fibers, receiver, sender }, _, patience) =>
      Effect.gen(function*() {
        const leaving = shuffled(fibers, fibers.length)
        leaving.pop()
        for (const [i, fiber] of leaving.entries()) {
          fiber.interruptUnsafe()
          if (i % 100 > 0) continue
          assert.strictEqual(Oneshot.waitingUnsafe(receiver), fibers.length - i - 1)
          patience()
        }
        Oneshot.sendUnsafe(sender, 1)
        yield* allEnd(fibers)
      }),
    check: ({ fibers }) => assert.lengthOf(fibers.filter((fiber) => Exit.isSuccess(fiber.pollUnsafe()!)), 1)
  },
  "ONE-5: each giving up when it is about to get the value": {
    act: ({ fibers, receiver, sender }, _, patience) =>
      Effect.gen(function*() {
        Oneshot.sendUnsafe(sender, 1)
        for (const [i, fiber] of fibers.entries()) {
          fiber.interruptUnsafe()
          if (i % 100 === 0) patience()
        }
        yield* allEnd(fibers, patience)
        assert.strictEqual(yield* Effect.orDie(Oneshot.recv(receiver)), 1)
      }),
    check: ({ order }, n) => assert.lengthOf(order, n)
  }
}

const closing = (n: number) =>
  Effect.gen(function*() {
    const [sender, receiver] = Oneshot.makeUnsafe<number>()
    const fibers = yield* crowd(n, () => Oneshot.closed(sender))
    assert.strictEqual(Oneshot.waitingUnsafe(sender), n)
    return { receiver, fibers }
  })

describe("a hundred thousand cost the same each as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(each)) {
    it.effect(name, () => costsTheSame({ make: requests, ...work }), 300_000)
  }
  for (const [name, work] of Object.entries(all)) it.effect(name, () => costsTheSame({ make: line, ...work }), 300_000)
  it.effect("ONE-6: waiting for the close", () =>
    costsTheSame({
      make: closing,
      act: ({ fibers, receiver }, _, patience) =>
        Effect.andThen(Oneshot.close(receiver), Effect.suspend(() => allEnd(fibers, patience))),
      check: ({ fibers }) => assert.isTrue(fibers.every((fiber) => Exit.isSuccess(fiber.pollUnsafe()!)))
    }), 300_000)
})

describe("large numbers", () => {
  it.effect(
    "ONE-1: a chain of twenty thousand, each answered by the one before, overflows no stack",
    () =>
      Effect.gen(function*() {
        const length = 20_000
        const chain = Array.from({ length: length + 1 }, () => Oneshot.makeUnsafe<number>())
        const fibers = yield* crowd(
          length,
          (i) => Effect.flatMap(Oneshot.recv(chain[i]![1]), (n) => Oneshot.send(chain[i + 1]![0], n + 1))
        )
        yield* Oneshot.send(chain[0]![0], 0)
        yield* allEnd(fibers)
        assert.strictEqual(yield* Oneshot.recv(chain[length]![1]), length)
      }),
    60_000
  )

  it.effect("ONE-1: what is used up leaves nothing behind in a scope that lives on", () =>
    Effect.gen(function*() {
      const scope = Scope.makeUnsafe()
      const things: Array<WeakRef<object>> = []
      for (let i = 0; i < many; i++) {
        const [sender, receiver] = yield* Scope.provide(Oneshot.make<object>(), scope)
        const value = {}
        if (i % 100 === 0) things.push(new WeakRef(value), new WeakRef(sender), new WeakRef(receiver))
        if (i % 2 > 0) yield* Oneshot.send(sender, value)
        Oneshot.dropUnsafe(sender)
        Handle.releaseUnsafe(receiver)
      }
      assert.strictEqual(scope.state._tag, "Empty")
      yield* Effect.yieldNow
      // The last ones may still be on a stack.
      yield* mustBeGone(things, 3)
    }), 60_000)

  it.effect("ONE-5: who has given up leaves nothing behind in one that lives on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Oneshot.makeUnsafe<number>()
      const things: Array<WeakRef<object>> = []
      for (let i = 0; i < many; i++) {
        const wait = i % 2 > 0 ? Oneshot.recv(receiver) : Oneshot.closed(sender)
        const fiber = yield* Effect.forkDetach(wait as Effect.Effect<unknown, unknown>, { startImmediately: true })
        if (i % 100 === 0) things.push(new WeakRef(fiber))
        fiber.interruptUnsafe()
      }
      assert.deepStrictEqual([Oneshot.waitingUnsafe(sender), Oneshot.waitingUnsafe(receiver)], [0, 0])
      for (let turn = 0; turn < many / 100; turn++) yield* Effect.yieldNow
      yield* mustBeGone(things, 1)
      assert.isTrue(Oneshot.isEmptyUnsafe(receiver))
    }), 60_000)
})
