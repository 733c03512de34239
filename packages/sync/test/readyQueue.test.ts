/**
 * How woken fibers get to run: soon, in order, in batches with a budget, on their own scheduler.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Mutex, Semaphore } from "effect-sync"
import { manual, settle } from "./utils.ts"

describe("ready queue", () => {
  it("a chain of hand-overs costs one turn for each 128, not one each", () => {
    const { run, turnsUntilIdle } = manual()
    const mutex = Mutex.makeUnsafe(0)
    const waiters = 1000
    let served = 0
    const holder = run(Mutex.withLock(mutex, () => Effect.never))
    for (let i = 0; i < waiters; i++) run(Mutex.withLock(mutex, () => Effect.sync(() => served++)))
    turnsUntilIdle()
    assert.deepStrictEqual([served, Mutex.waitingUnsafe(mutex)], [0, waiters])
    holder.interruptUnsafe()
    const turns = turnsUntilIdle()
    assert.strictEqual(served, waiters)
    assert.strictEqual(turns, Math.ceil(waiters / 128))
  })

  it("no turn resumes more than 128, so timers and I/O get theirs", () => {
    const { run, turn, turnsUntilIdle } = manual()
    const semaphore = Semaphore.makeUnsafe(0)
    let served = 0
    for (let i = 0; i < 300; i++) run(Semaphore.withPermit(semaphore, Effect.sync(() => served++)))
    turnsUntilIdle()
    Semaphore.addPermitsUnsafe(semaphore, 300)
    const counts: Array<number> = []
    for (let i = 0; i < 3; i++) {
      turn()
      counts.push(served)
    }
    assert.deepStrictEqual(counts, [128, 256, 300])
  })

  it("nothing is resumed on the waker's stack", () => {
    const { run, turnsUntilIdle } = manual()
    const semaphore = Semaphore.makeUnsafe(0)
    const log: Array<string> = []
    run(Semaphore.withPermit(semaphore, Effect.sync(() => log.push("waiter"))))
    run(Effect.andThen(Semaphore.addPermits(semaphore, 1), Effect.sync(() => log.push("waker"))))
    turnsUntilIdle()
    assert.deepStrictEqual(log, ["waker", "waiter"])
  })

  it("a call from outside any fiber wakes through the waiter's own scheduler", () => {
    const { run, turnsUntilIdle } = manual()
    const semaphore = Semaphore.makeUnsafe(0)
    const fiber = run(Semaphore.withPermit(semaphore, Effect.succeed("served")))
    turnsUntilIdle()
    Semaphore.addPermitsUnsafe(semaphore, 1)
    assert.isUndefined(fiber.pollUnsafe())
    assert.strictEqual(turnsUntilIdle(), 1)
    assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
  })

  it("fibers that contend under runSync are served within it, also inside another fiber", () => {
    const contend = Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const increment = Mutex.withLock(mutex, (guard) =>
        Effect.gen(function*() {
          const n = yield* guard.get
          yield* Effect.yieldNow
          yield* guard.set(n + 1)
        }))
      yield* increment
      for (let i = 0; i < 3; i++) {
        yield* Mutex.update(mutex, (n) => n + 1)
      }
      const guard = yield* Mutex.lock(mutex)
      const fiber = yield* Effect.forkChild(Mutex.update(mutex, (n) => n * 10), { startImmediately: true })
      yield* guard.unlock
      yield* Fiber.join(fiber)
      return yield* Mutex.get(mutex)
    }).pipe(Effect.scoped)
    assert.strictEqual(Effect.runSync(contend), 40)
    assert.strictEqual(Effect.runSync(Effect.sync(() => Effect.runSync(contend))), 40)
  })

  it.effect("a defect in one woken fiber's observer leaves the rest to wake", () =>
    Effect.gen(function*() {
      const { run, turn, turnsUntilIdle } = manual()
      const semaphore = Semaphore.makeUnsafe(0)
      const served: Array<number> = []
      for (let i = 0; i < 3; i++) {
        const fiber = run(Semaphore.withPermit(semaphore, Effect.sync(() => served.push(i))))
        if (i === 0) {
          fiber.addObserver(() => {
            throw new Error("observer")
          })
        }
      }
      turnsUntilIdle()
      Semaphore.addPermitsUnsafe(semaphore, 3)
      assert.throws(turn, /observer/)
      assert.deepStrictEqual(served, [0])
      turnsUntilIdle()
      assert.deepStrictEqual(served, [0, 1, 2])
    }))

  it.effect("a waiter of one scheduler is woken by a fiber of another", () =>
    Effect.gen(function*() {
      const { run, turnsUntilIdle } = manual()
      const semaphore = Semaphore.makeUnsafe(0)
      const fiber = run(Semaphore.withPermit(semaphore, Effect.succeed("served")))
      yield* Semaphore.addPermits(semaphore, 1) // this fiber's scheduler is not `fiber`'s
      yield* settle
      assert.isUndefined(fiber.pollUnsafe())
      turnsUntilIdle()
      assert.strictEqual(yield* Fiber.join(fiber), "served")
    }))
})
