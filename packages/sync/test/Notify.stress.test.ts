/**
 * Large numbers: what is fine for ten waiters must be fine for a hundred thousand, in time, in stack and in memory.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Handle, Notify } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, timerFires, weakly, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

const fibers = (waiters: number) =>
  Effect.gen(function*() {
    const notify = yield* Notify.make()
    const woken: Array<number> = []
    const fibers = yield* crowd(
      waiters,
      (i) => Effect.andThen(Notify.notified(notify), Effect.sync(() => woken.push(i)))
    )
    assert.strictEqual(Notify.waitingUnsafe(notify), waiters)
    return { notify, fibers, woken }
  })

type Fibers = Effect.Success<ReturnType<typeof fibers>>

/** Handles that all stand in the queue. */
const handles = (waiters: number) =>
  Effect.sync(() => {
    const notify = Notify.makeUnsafe()
    const handles = Array.from({ length: waiters }, () => Notify.subscribeUnsafe(notify))
    for (const handle of handles) handle.enableUnsafe()
    return { notify, handles }
  })

type Handles = Effect.Success<ReturnType<typeof handles>>

const inOrder = (numbers: ReadonlyArray<number>, length: number) => {
  assert.strictEqual(numbers.length, length)
  assert.isTrue(numbers.every((n, i) => n === i), "not in order")
}

const nothingLeft = (notify: Notify.Notify, notified = false) =>
  assert.deepStrictEqual(notify.toJSON(), { _id: "effect-sync/Notify", notified, waiting: 0 })

const withFibers: Record<string, Work<Fibers>["act"]> = {
  "NOT-4: woken by one broadcast": ({ fibers, notify, woken }, waiters, patience) =>
    Effect.gen(function*() {
      Notify.notifyWaitersUnsafe(notify)
      assert.strictEqual(woken.length, 0, "an …Unsafe call ran a fiber on its own stack")
      yield* allEnd(fibers, patience)
      inOrder(woken, waiters)
      nothingLeft(notify)
    }),
  "NOT-3: woken by a notification each": ({ fibers, notify, woken }, waiters, patience) =>
    Effect.gen(function*() {
      for (let i = 0; i < waiters; i++) Notify.notifyOneUnsafe(notify)
      yield* allEnd(fibers, patience)
      inOrder(woken, waiters)
      nothingLeft(notify)
    }),
  "NOT-6: interrupted in random order": ({ fibers, notify, woken }, waiters, patience) =>
    Effect.gen(function*() {
      for (const [i, fiber] of shuffled(fibers, waiters).entries()) {
        fiber.interruptUnsafe()
        if (i % 100 > 0) continue
        assert.strictEqual(Notify.waitingUnsafe(notify), waiters - i - 1)
        patience()
      }
      yield* allEnd(fibers)
      assert.strictEqual(woken.length, 0)
      nothingLeft(notify)
    }),
  "NOT-6: one notification passed on by all of them": ({ fibers, notify, woken }, waiters, patience) =>
    Effect.gen(function*() {
      Notify.notifyOneUnsafe(notify)
      for (const [i, fiber] of fibers.entries()) {
        fiber.interruptUnsafe()
        if (i % 100 === 0) patience()
        assert.strictEqual(Notify.waitingUnsafe(notify), Math.max(waiters - i - 2, 0))
      }
      yield* allEnd(fibers)
      assert.strictEqual(woken.length, 0)
      nothingLeft(notify, true)
    })
}

const withHandles: Record<string, Work<Handles>["act"]> = {
  "NOT-6: dropped in random order": ({ handles, notify }, waiters, patience) =>
    Effect.sync(() => {
      for (const [i, handle] of shuffled(handles, waiters).entries()) {
        Handle.releaseUnsafe(handle)
        if (i % 100 > 0) continue
        assert.strictEqual(Notify.waitingUnsafe(notify), waiters - i - 1)
        patience()
      }
      nothingLeft(notify)
    }),
  "NOT-6: one notification passed on by all of them, from newest to oldest": ({ handles, notify }, _, patience) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      for (const handle of handles) yield* Handle.transfer(handle, scope)
      Notify.notifyLastUnsafe(notify)
      yield* Scope.close(scope, Exit.void) // drops the last first
      patience()
      nothingLeft(notify, true)
    })
}

describe("a hundred thousand cost the same each as five thousand, give or take", () => {
  for (const [name, act] of Object.entries(withFibers)) {
    it.effect(`fibers: ${name}`, () => costsTheSame({ make: fibers, act }), 300_000)
  }
  for (const [name, act] of Object.entries(withHandles)) {
    it.effect(`handles: ${name}`, () => costsTheSame({ make: handles, act }), 300_000)
  }
})

describe("large numbers", () => {
  it.effect("a hundred thousand fibers in the await of one handle are one waiter", () =>
    Effect.gen(function*() {
      const notify = yield* Notify.make()
      const handle = Notify.subscribeUnsafe(notify)
      const woken: Array<number> = []
      const fibers = yield* crowd(many, (i) => Effect.andThen(handle.await, Effect.sync(() => woken.push(i))))
      assert.strictEqual(Notify.waitingUnsafe(notify), 1)
      yield* Notify.notifyOne(notify)
      yield* allEnd(fibers)
      inOrder(woken, many)
      nothingLeft(notify)
    }), 60_000)

  it.effect("a chain of twenty thousand, each notifying the next, overflows no stack", () =>
    Effect.gen(function*() {
      const length = 20_000
      const links = Array.from({ length: length + 1 }, () => Notify.makeUnsafe())
      const order: Array<number> = []
      const fibers = yield* crowd(length, (i) =>
        Effect.gen(function*() {
          yield* Notify.notified(links[i]!)
          order.push(i)
          yield* Notify.notifyOne(links[i + 1]!)
        }))
      yield* Notify.notifyOne(links[0]!)
      yield* allEnd(fibers)
      inOrder(order, length)
      nothingLeft(links[length]!, true)
    }), 60_000)

  it.effect("two that notify each other for ever starve no timer", () =>
    Effect.gen(function*() {
      const [ping, pong] = [yield* Notify.make(), yield* Notify.make()]
      let hops = 0
      const pass = (from: Notify.Notify, to: Notify.Notify) =>
        Notify.notified(from).pipe(
          Effect.andThen(Notify.notifyOne(to)),
          // A turn of the event loop that never ends could not be ended by a test either.
          Effect.repeat({ while: () => hops++ < 1_000_000 })
        )
      const players = [yield* Effect.forkChild(pass(ping, pong)), yield* Effect.forkChild(pass(pong, ping))]
      yield* Notify.notifyOne(ping)
      assert.isTrue(yield* timerFires(() => hops), "the timer came after a million hops")
      assert.isAbove(hops, 100)
      yield* Fiber.interruptAll(players)
    }), 60_000)

  it.effect("an always-ready loop starves no timer", () =>
    Effect.gen(function*() {
      const notify = yield* Notify.make()
      let turns = 0
      const fiber = yield* Effect.forkChild(
        Effect.repeat(Effect.andThen(Notify.notifyOne(notify), Notify.notified(notify)), {
          while: () => turns++ < 1_000_000
        })
      )
      assert.isTrue(yield* timerFires(() => turns), "the timer came after a million turns")
      yield* Fiber.interrupt(fiber)
    }), 60_000)
})

describe("memory", () => {
  for (const besides of [0, 2]) {
    it.effect(
      `a hundred thousand handles dropped early leave nothing in a long-lived scope, beside ${besides} finalizers of others`,
      () =>
        Effect.gen(function*() {
          const notify = yield* Notify.make()
          const scope = yield* Scope.make()
          for (let i = 0; i < besides; i++) yield* Scope.addFinalizer(scope, Effect.void)
          const things: Array<WeakRef<object>> = []
          for (let i = 0; i < many; i++) {
            const handle = yield* Scope.provide(Notify.subscribe(notify), scope)
            if (i % 2 === 0) yield* handle.enable
            yield* handle.drop
            if (i % 100 === 0) things.push(new WeakRef(handle))
          }
          const { state } = scope
          assert.strictEqual(state._tag === "Open" ? state.finalizers?.size ?? 1 : 0, besides)

          yield* mustBeGone(things, things.length / 10) // a few may still be on a stack
          nothingLeft(notify)
        }),
      60_000
    )
  }

  it.effect("a Notify keeps nobody in memory who has given up, nor who was woken", () =>
    Effect.gen(function*() {
      const notify = yield* Notify.make()
      const refs = yield* Effect.gen(function*() {
        const fibers = yield* crowd(2_000, () => Notify.notified(notify))
        for (const fiber of fibers.slice(0, 1_000)) fiber.interruptUnsafe()
        yield* Notify.notifyWaiters(notify)
        yield* allEnd(fibers)
        return weakly(fibers)
      })
      yield* mustBeGone(refs, refs.length / 10) // a few may still be on a stack
      nothingLeft(notify)
    }), 60_000)
})
