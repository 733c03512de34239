/**
 * What is exported hangs together: every operation that never waits has its `…Unsafe` twin, every operation its accessor,
 * every primitive its name in defect, error and JSON.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as EffectSync from "effect-sync"
import { Barrier, Errors, Handle, Mutex, Notify, Semaphore } from "effect-sync"
import { defectOf } from "./utils.ts"

const functions = (module: object): ReadonlyArray<string> =>
  Object.entries(module).filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name)).map(([name]) =>
    name
  )

/** Operations that wait, or run a user's effect: no synchronous form is possible. */
const waits: Record<string, ReadonlyArray<string>> = {
  Semaphore: ["acquire", "acquireMany", "withPermit", "withPermits", "withPermitsIfAvailable"],
  Mutex: [
    "lock",
    "withLock",
    "withLockIfAvailable",
    ...functions(Mutex).filter((name) => /^(get|set|update|modify)/.test(name) && !name.endsWith("Unsafe"))
  ],
  Notify: ["notified"],
  Barrier: ["wait"],
  Handle: ["forkWith"]
}

describe("exports", () => {
  it("the barrel has each module as a namespace, and only what is finished", () => {
    assert.deepStrictEqual(
      Object.keys(EffectSync).sort(),
      ["Barrier", "Errors", "Handle", "Mutex", "Notify", "Semaphore"]
    )
  })

  for (const [name, module] of Object.entries({ Barrier, Handle, Mutex, Notify, Semaphore })) {
    it(`${name}: what never waits has its …Unsafe twin, and each twin its Effect`, () => {
      const names = functions(module)
      const synchronous = names.filter((name) => /^is[A-Z]/.test(name) && !`${name}Unsafe`.match(/^isClosed|^isLocked/))
      const operations = names.filter((name) => !name.endsWith("Unsafe") && !synchronous.includes(name))
      const twins = new Set(names.filter((name) => name.endsWith("Unsafe")))
      for (const operation of operations) {
        if (waits[name]!.includes(operation)) continue
        assert.isTrue(twins.delete(`${operation}Unsafe`), `${name}.${operation}Unsafe`)
      }
      // getUnsafe looks without the lock: not the twin of `get`, which waits
      twins.delete("getUnsafe")
      assert.deepStrictEqual([...twins], [])
    })
  }

  for (
    const [name, module, service] of [
      ["Semaphore", Semaphore, class S extends Semaphore.Service<S>()("S", { permits: 1, closeable: true }) {}],
      ["Mutex", Mutex, class M extends Mutex.Service<M>()("M", { initial: 0 }) {}],
      ["Notify", Notify, class N extends Notify.Service<N>()("N", {}) {}],
      ["Barrier", Barrier, class B extends Barrier.Service<B>()("B", { parties: 1 }) {}]
    ] as const
  ) {
    it(`${name}: every operation on it has its accessor`, () => {
      const operations = functions(module).filter((name) =>
        !name.endsWith("Unsafe") &&
        !/^(make|makeCloseable|isSemaphore|isCloseable|isMutex|isNotify|isBarrier)$/.test(name)
      )
      assert.isNotEmpty(operations)
      for (const operation of operations) assert.isTrue(operation in service, `${name}.Service: ${operation}`)
    })
  }

  it.effect("the name of a primitive shows in defect, error and JSON", () =>
    Effect.gen(function*() {
      const options = { name: "the name" }
      const semaphore = yield* Semaphore.makeCloseable(0, options)
      const mutex = yield* Mutex.make(0, options)
      const guard = yield* Mutex.lock(mutex)
      const notify = yield* Notify.make(options)
      const notified = yield* Notify.subscribe(notify)
      yield* notified.drop
      const errors = [
        yield* Effect.flip(Semaphore.tryAcquire(semaphore)),
        yield* Effect.flip(Mutex.tryLock(mutex)),
        yield* defectOf(Semaphore.withPermits(semaphore, -1, Effect.void)),
        yield* defectOf(notified.await),
        yield* defectOf(Barrier.make(-1, options))
      ]
      yield* guard.unlock
      errors.push(yield* defectOf(guard.get))
      yield* Semaphore.close(semaphore)
      errors.push(yield* Effect.flip(Semaphore.tryAcquire(semaphore)))
      for (const error of errors) assert.include(error.message, "\"the name\"")
      for (const primitive of [semaphore, mutex, notify, yield* Barrier.make(1, options)]) {
        assert.include(JSON.stringify(primitive), "\"name\":\"the name\"")
        assert.include(String(primitive), "the name: ")
      }
    }).pipe(Effect.scoped))

  it("errors are one class each, instanceof Error, tagged by name, and re-exported", () => {
    for (const name of ["NoPermits", "SemaphoreClosed", "WouldBlock", "Misuse"] as const) {
      const error = new Errors[name]({ message: "a sentence" })
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, name)
      assert.strictEqual(error.name, name)
      assert.strictEqual(error.message, "a sentence")
    }
    assert.strictEqual(Semaphore.NoPermits, Errors.NoPermits)
    assert.strictEqual(Semaphore.SemaphoreClosed, Errors.SemaphoreClosed)
    assert.strictEqual(Mutex.WouldBlock, Errors.WouldBlock)
    for (const module of [Semaphore, Mutex, Notify, Barrier, Handle]) assert.strictEqual(module.Misuse, Errors.Misuse)
  })
})
