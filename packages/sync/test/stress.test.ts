/**
 * Large numbers: what is fine for ten waiters must be fine for a hundred thousand, in time, in stack and in memory.
 * No test here knows an absolute time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, timerFires, type Work } from "./laws/crowd.ts"
import { mustBeGone } from "./utils.ts"

/** A lock with a queue: one permit, taken, and that many fibers waiting for it. */
const queue = (waiters: number) =>
  Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(1)
    const scope = yield* Scope.make()
    const permit = yield* Scope.provide(Semaphore.acquire(semaphore), scope)
    let served = 0
    const use = Semaphore.withPermit(
      semaphore,
      Effect.sync(() => {
        served++
      })
    )
    const fibers = yield* crowd(waiters, () => use)
    assert.strictEqual(Semaphore.waitingUnsafe(semaphore), waiters)
    return { semaphore, permit, fibers, served: () => served }
  })

type Queue = Effect.Success<ReturnType<typeof queue>>

const works: Record<string, Required<Omit<Work<Queue>, "make">>> = {
  "being served, one after the other": {
    act: ({ fibers, permit }, _, patience) => Effect.andThen(permit.release, allEnd(fibers, patience)),
    check: ({ served }, waiters) => assert.strictEqual(served(), waiters)
  },
  "giving up in random order": {
    act: ({ fibers, permit, semaphore }, waiters, patience) =>
      Effect.gen(function*() {
        const order = shuffled(fibers, waiters)
        for (const [i, fiber] of order.entries()) {
          fiber.interruptUnsafe()
          if (i % 100 > 0) continue
          assert.strictEqual(Semaphore.waitingUnsafe(semaphore), waiters - i - 1)
          patience()
        }
        yield* allEnd(fibers)
        yield* permit.release
      }),
    check: ({ served }) => assert.strictEqual(served(), 0)
  },
  "half of them giving up from behind, half being served": {
    act: ({ fibers, permit }, _, patience) =>
      Effect.gen(function*() {
        yield* permit.release
        for (let i = fibers.length - 1; i >= 0; i -= 2) {
          fibers[i].interruptUnsafe()
          if (i % 100 < 99) continue
          patience()
          yield* Effect.yieldNow
        }
        yield* allEnd(fibers, patience)
      }),
    check: ({ served }, waiters) => assert.isAtLeast(served(), waiters / 2)
  }
}

describe("a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, { act, check }] of Object.entries(works)) {
    it.effect(name, () =>
      costsTheSame({
        make: queue,
        act,
        check: (made, waiters) => {
          check(made, waiters)
          assert.strictEqual(Semaphore.waitingUnsafe(made.semaphore), 0)
          assert.strictEqual(Semaphore.availablePermitsUnsafe(made.semaphore), 1)
        }
      }), 300_000)
  }
})

describe("long chains", () => {
  it.effect(
    "SEM-7: one release that sets off twenty thousand others, each of another lock, overflows no stack",
    () =>
      Effect.gen(function*() {
        const length = 20_000
        const order: Array<number> = []
        const locks = Array.from({ length: length + 1 }, () => Mutex.makeUnsafe(0))
        const first = Mutex.tryLockUnsafe(locks[0])
        assert.strictEqual(first._tag, "Success")
        // each holds its lock until it gets the one before
        const fibers = yield* crowd(length, (i) =>
          Mutex.withLock(locks[i + 1], () =>
            Mutex.withLock(locks[i], () =>
              Effect.sync(() => {
                order.push(i)
              }))))
        if (first._tag === "Success") {
          Handle.releaseUnsafe(first.success)
        }
        yield* allEnd(fibers)
        assert.deepStrictEqual(
          order,
          Array.from({ length }, (_, i) =>
            i)
        )
      }),
    60_000
  )

  it.effect("SEM-7: a hundred thousand waiters served by one call of addPermits", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(0)
      const order: Array<number> = []
      const fibers = yield* crowd(many, (i) =>
        Semaphore.withPermit(
          semaphore,
          Effect.sync(() => {
            order.push(i)
          })
        ))
      Semaphore.addPermitsUnsafe(semaphore, many)
      assert.strictEqual(order.length, 0, "an …Unsafe call ran a fiber on its own stack")
      yield* allEnd(fibers)
      assert.isTrue(order.every((number, i) => number === i), "not served in order")
      assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), many)
    }), 60_000)
})

/** How many finalizers a scope has. */
const finalizers = (scope: Scope.Scope): number => {
  const { state } = scope
  return state._tag === "Open" ? state.finalizers?.size ?? 1 : 0
}

describe("early release in a long-lived scope", () => {
  const semaphore = Semaphore.makeUnsafe(4)
  const mutex = Mutex.makeUnsafe(0)

  const forms: Record<string, (scope: Scope.Scope) => Effect.Effect<object>> = {
    "permit.release": (scope) =>
      Effect.tap(Scope.provide(Semaphore.acquireMany(semaphore, 2), scope), (permit) => permit.release),
    "permit.forget": (scope) =>
      Effect.tap(
        Scope.provide(Semaphore.acquire(semaphore), scope),
        (permit) => Effect.andThen(permit.forget, Semaphore.addPermits(semaphore, 1))
      ),
    "permit.merge": (scope) =>
      Effect.gen(function*() {
        const one = yield* Semaphore.acquire(semaphore)
        const other = yield* Semaphore.acquire(semaphore)
        yield* one.merge(other)
        yield* one.release
        return other
      }).pipe(Scope.provide(scope)),
    "guard.unlock": (scope) => Effect.tap(Scope.provide(Mutex.lock(mutex), scope), (guard) => guard.unlock),
    "Handle.release": (scope) => Effect.tap(Scope.provide(Mutex.lock(mutex), scope), Handle.release),
    "Handle.transfer": (scope) =>
      Effect.scoped(
        Effect.flatMap(Effect.scope, (other) =>
          Effect.tap(Scope.provide(Mutex.lock(mutex), scope), (guard) => Handle.transfer(guard, other)))
      ),
    "Handle.forkWith": (scope) =>
      Effect.tap(
        Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.void, { in: scope }),
        Fiber.join
      )
  }

  for (const [name, form] of Object.entries(forms)) {
    for (const besides of [0, 2]) {
      it.effect(
        `a hundred thousand times ${name} leave nothing behind, beside ${besides} finalizers of others`,
        () =>
          Effect.gen(function*() {
            const scope = yield* Scope.make()
            const order: Array<number> = []
            for (let i = 0; i < besides; i++) yield* Scope.addFinalizer(scope, Effect.sync(() => order.push(i)))
            const things: Array<WeakRef<object>> = []
            const times = name === "Handle.forkWith" ? many / 10 : many
            for (let i = 0; i < times; i++) {
              const thing = yield* form(scope)
              if (i % 100 === 0) things.push(new WeakRef(thing))
            }
            assert.strictEqual(finalizers(scope), besides)
            // The last one may still be on a stack.
            yield* mustBeGone(things, 1)
            yield* Scope.close(scope, Exit.void)
            assert.deepStrictEqual(order, [1, 0].slice(2 - besides))
            assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 4)
            assert.isFalse(Mutex.isLockedUnsafe(mutex))
          }),
        60_000
      )
    }
  }
})

describe("fibers that never stop", () => {
  it.effect("two that hand permits to each other for ever starve no timer", () =>
    Effect.gen(function*() {
      const ping = yield* Semaphore.make(1)
      const pong = yield* Semaphore.make(0)
      let hands = 0
      const pass = (from: Semaphore.Semaphore, to: Semaphore.Semaphore) =>
        Semaphore.acquire(from).pipe(
          Effect.flatMap((permit) => permit.forget),
          Effect.scoped,
          Effect.andThen(Semaphore.addPermits(to, 1)),
          // A turn of the event loop that never ends could not be ended by a test either.
          Effect.repeat({ while: () => hands++ < 1_000_000 })
        )
      const players = [yield* Effect.forkChild(pass(ping, pong)), yield* Effect.forkChild(pass(pong, ping))]
      assert.isTrue(yield* timerFires(() => hands), "the timer came after a million hand-overs")
      assert.isAbove(hands, 100)
      yield* Fiber.interruptAll(players)
    }), 60_000)

  it.effect("two that lock and unlock for ever starve neither a timer nor a third", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const increment = Effect.repeat(Mutex.updateAndGet(mutex, (n) => n + 1), { while: (n) => n < 1_000_000 })
      const busy = [yield* Effect.forkChild(increment), yield* Effect.forkChild(increment)]
      assert.isTrue(yield* timerFires(() => Mutex.getUnsafe(mutex)), "the timer came after a million updates")
      const before = yield* Mutex.get(mutex)
      assert.isAbove(before, 0)
      assert.isBelow(before, 1_000_000)
      yield* Fiber.interruptAll(busy)
    }), 60_000)
})
