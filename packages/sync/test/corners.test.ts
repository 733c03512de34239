/**
 * Corners that the other tests don't come to. Each test here was found by seeding a fault that nothing else noticed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Option, Result, Schema, Scope, Tracer } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import { inspect } from "node:util"
import { defectOf, forkSettled, manual, settle, thrownBy } from "./utils.ts"

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("guards", () => {
  it.effect("MUT-7: a guard that is unlocked twice lets one in, not two", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const guard = yield* Mutex.lock(mutex)
      for (const _ of [1, 2]) yield* forkSettled(Mutex.withLock(mutex, () => Effect.never))
      yield* guard.unlock
      yield* guard.unlock
      yield* settle
      assert.strictEqual(yield* Mutex.waiting(mutex), 1)
    }))

  it.effect("a mapped guard moves like any other, and unlocked early it leaves no trace", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make({ a: 1 })
      const source = yield* Scope.make()
      const target = yield* Scope.make()
      const guard = yield* Scope.provide(Mutex.lock(mutex), source)
      const part = yield* guard.map(Optic.id<{ readonly a: number }>().key("a"))
      yield* Handle.transfer(part, target)
      assert.strictEqual(source.state._tag, "Empty")
      yield* Scope.close(source, Exit.void)
      assert.isTrue(Mutex.isLockedUnsafe(mutex))
      yield* part.unlock
      assert.strictEqual(target.state._tag, "Empty")
      assert.isFalse(Mutex.isLockedUnsafe(mutex))
    }))

  it.effect("a part that can't be reached any more is Misuse to set, and nothing changes", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make({ n: 1 }, { name: "m" })
      const guard = yield* Mutex.lock(mutex)
      const isPositive = Schema.makeFilter<{ readonly n: number }>(({ n }) => n > 0)
      const optic = Optic.id<{ readonly n: number }>().check(isPositive).key("n")
      const part = Result.getOrThrow(yield* guard.tryMap(optic))
      yield* part.set(-1)
      for (const set of [part.set(2), part.update((n) => n + 3), Effect.sync(() => part.setUnsafe(2))]) {
        const defect = yield* defectOf(set)
        assert.instanceOf(defect, Mutex.Misuse)
        assert.match(defect.message, /^Guard\.[a-zA-Z]+: a guard of Mutex "m" can't reach the part/)
        assert.strictEqual(yield* part.get, -1)
      }
      yield* part.unlock
      assert.deepStrictEqual(yield* Mutex.get(mutex), { n: -1 })
    }))

  it.effect("once unlocked, a part is not set, nor is its optic asked", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const guard = yield* Mutex.lock(mutex)
      let asked = 0
      const optic = Optic.makeLens<number, number>((n) => n, (n) => {
        asked++
        return n
      })
      const part = yield* guard.map(optic)
      yield* part.unlock
      const uses = [
        part.set(1),
        part.update((n) => n + 1),
        part.modify((n) => [n, n]),
        Effect.sync(() => part.setUnsafe(1))
      ]
      for (const use of uses) assert.instanceOf(yield* defectOf(use), Mutex.Misuse)
      assert.deepStrictEqual([asked, Mutex.getUnsafe(mutex)], [0, 0])
    }))

  it.effect("show their state and whose they are", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0, { name: "m" })
      const guard = yield* Mutex.lock(mutex)
      assert.strictEqual(String(guard), "Guard(held, of Mutex(m: locked, 0 waiting))")
      assert.deepStrictEqual(json(guard), { _id: "effect-sync/Guard", released: false, of: mutex.toJSON() })
      assert.strictEqual(inspect(guard), String(guard))
      yield* guard.unlock
      assert.strictEqual(String(guard), "Guard(released, of Mutex(m: unlocked, 0 waiting))")
      assert.include(json(guard), { released: true })
    }))
})

describe("permits", () => {
  it.effect("transferred to the scope that has it, a permit keeps its turn", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      const log: Array<number> = []
      yield* Effect.scoped(Effect.gen(function*() {
        const permit = yield* Semaphore.acquire(semaphore)
        yield* Effect.addFinalizer(() => Effect.sync(() => log.push(Semaphore.availablePermitsUnsafe(semaphore))))
        yield* Handle.transfer(permit, yield* Effect.scope)
      }))
      assert.deepStrictEqual(log, [0])
    }))

  it.effect("show their state and whose they are", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(3, { name: "db" })
      const permit = yield* Semaphore.acquireMany(semaphore, 2)
      assert.strictEqual(String(permit), "Permit(2 of Semaphore(db: 1 of 3 free, 0 waiting))")
      const expected = { _id: "effect-sync/Semaphore/Permit", count: 2, semaphore: semaphore.toJSON() }
      assert.deepStrictEqual(json(permit), expected)
      assert.strictEqual(inspect(permit), String(permit))
      assert.strictEqual(inspect(semaphore), String(semaphore))
      assert.strictEqual(inspect(Mutex.makeUnsafe(0)), String(Mutex.makeUnsafe(0)))
    }))
})

describe("SEM-12: merge", () => {
  it.effect("sums up to MAX_PERMITS", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(Semaphore.MAX_PERMITS)
      const permit = yield* Semaphore.acquireMany(semaphore, Semaphore.MAX_PERMITS - 1)
      yield* permit.merge(yield* Semaphore.acquire(semaphore))
      assert.strictEqual(permit.count, Semaphore.MAX_PERMITS)
    }))

  it.effect("with a permit that was not made here is Misuse, whatever it says of itself", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(2)
      const permit = yield* Semaphore.acquire(semaphore)
      for (const owner of [semaphore, { toString: () => "Remote" }]) {
        const stranger = { ...({} as Semaphore.Permit), count: 1, semaphore: owner as Semaphore.Semaphore }
        const defect = yield* defectOf(permit.merge(stranger))
        assert.instanceOf(defect, Semaphore.Misuse)
        assert.include(defect.message, String(owner))
        assert.strictEqual(permit.count, 1)
      }
    }))
})

describe("forkWith", () => {
  it.effect("closes the scope with the exit: of a failed acquisition here, of `use` there", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const acquire = Effect.addFinalizer((exit) => Effect.sync(() => log.push(String(exit))))
      const failed = yield* Effect.exit(
        Handle.forkWith(Effect.andThen(acquire, Effect.fail("here")), () => Effect.void)
      )
      const fiber = yield* Handle.forkWith(acquire, () => Effect.fail("there"))
      const exits = [failed, yield* Fiber.await(fiber)]
      assert.deepStrictEqual(log, exits.map(String))
    }))
})

describe("failures", () => {
  it.effect("adding too many says how many are free", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(5)
      const defect = yield* defectOf(Semaphore.addPermits(semaphore, Semaphore.MAX_PERMITS))
      assert.include(defect.message, `adding ${Semaphore.MAX_PERMITS} permits to 5 free ones`)
    }))

  it.effect("without a name, they are one for all semaphores", () =>
    Effect.gen(function*() {
      const failure = () => Effect.flip(Semaphore.tryAcquire(Semaphore.makeUnsafe(0)))
      assert.strictEqual(yield* failure(), yield* failure())
    }))

  it.effect("making one leaves Error.stackTraceLimit as it was", () =>
    Effect.gen(function*() {
      const fail = (name: string) => Effect.flip(Semaphore.tryAcquire(Semaphore.makeUnsafe(0, { name })))
      const before = Error.stackTraceLimit
      assert.isAbove(before, 0)
      yield* fail("some limit")
      assert.strictEqual(Error.stackTraceLimit, before)
      try {
        delete (Error as { stackTraceLimit?: number }).stackTraceLimit
        yield* fail("no limit")
        assert.isFalse(Object.hasOwn(Error, "stackTraceLimit"))
      } finally {
        Error.stackTraceLimit = before
      }
    }))

  it.effect("a bad argument shows as it would be written", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      const shownAs = new Map<unknown, string>([["1", "\"1\""], [1.5, "1.5"], [undefined, "undefined"], [{}, "object"]])
      for (const [n, shown] of shownAs) {
        const defect = yield* defectOf(Semaphore.addPermits(semaphore, n as any))
        assert.include(defect.message, `, got ${shown}, on an unnamed Semaphore`)
      }
    }))
})

describe("ready queue", () => {
  it("runSync does not wait for a batch that another of its fibers has scheduled", () => {
    const program = Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(0)
      const immediately = { startImmediately: true }
      const wait = Effect.forkChild(Semaphore.withPermit(semaphore, Effect.never), immediately)
      yield* wait
      const second = yield* Effect.forkChild(Semaphore.withPermit(semaphore, Effect.succeed("served")), immediately)
      // the first is woken through this child's dispatcher, which runSync does not flush
      yield* Effect.forkChild(Semaphore.addPermits(semaphore, 1), immediately)
      yield* Semaphore.addPermits(semaphore, 1)
      return yield* Fiber.join(second)
    })
    assert.strictEqual(Effect.runSync(program), "served")
  })

  it("runSync does not wait for a batch of another scheduler", () => {
    const { run, turn } = manual()
    const semaphore = Semaphore.makeUnsafe(0)
    run(Semaphore.withPermit(semaphore, Effect.void))
    turn()
    Semaphore.addPermitsUnsafe(semaphore, 1) // pending from here on
    const program = Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const guard = yield* Mutex.lock(mutex)
      const fiber = yield* Effect.forkChild(Mutex.updateAndGet(mutex, (n) => n + 1), { startImmediately: true })
      yield* guard.unlock
      return yield* Fiber.join(fiber)
    })
    assert.strictEqual(Effect.runSync(Effect.scoped(program)), 1)
  })

  it("the budget is one per scheduler, also while others are woken in between", () => {
    const [a, b] = [manual(), manual()]
    const semaphore = Semaphore.makeUnsafe(0)
    let served = 0
    for (let i = 0; i < 200; i++) {
      a.run(Semaphore.withPermit(semaphore, Effect.sync(() => served++)))
      b.run(Semaphore.withPermit(semaphore, Effect.void))
    }
    a.turn()
    b.turn()
    Semaphore.addPermitsUnsafe(semaphore, 400)
    a.turn()
    assert.strictEqual(served, 128)
  })

  it("a waiter interrupted after it was woken takes nothing of the budget, granted or refused", () => {
    for (
      const wake of [(s: Semaphore.CloseableSemaphore) => Semaphore.addPermitsUnsafe(s, 200), Semaphore.closeUnsafe]
    ) {
      const { run, turn } = manual()
      const semaphore = Semaphore.makeCloseableUnsafe(0)
      const fibers = Array.from({ length: 200 }, () => run(Semaphore.withPermit(semaphore, Effect.void)))
      turn()
      assert.strictEqual(Semaphore.waitingUnsafe(semaphore), 200)
      wake(semaphore)
      for (const fiber of fibers.slice(0, 128)) fiber.interruptUnsafe()
      turn()
      assert.isDefined(fibers[199]!.pollUnsafe())
    }
  })
})

/** Calls every function that takes its subject first or last, and compares. */
const inBothForms = (module: object, subject: () => unknown, calls: Record<string, ReadonlyArray<unknown>>) =>
  Effect.gen(function*() {
    for (const [name, args] of Object.entries(calls)) {
      const f: (...args: ReadonlyArray<unknown>) => any = (module as any)[name]
      const [first, last] = [subject(), subject()]
      const of = (effect: Effect.Effect<unknown>, subject: unknown) =>
        Effect.map(Effect.scoped(effect), (result) => [inspect(result), String(subject), inspectValue(subject)])
      assert.deepStrictEqual(yield* of(f(...args)(last), last), yield* of(f(first, ...args), first), name)
    }
  })

const inspectValue = (subject: unknown) =>
  Mutex.isMutex(subject) ? Mutex.getUnsafe(subject as Mutex.Mutex<unknown>) : undefined

describe("data-first and data-last are the same", () => {
  it.effect("in Semaphore", () =>
    inBothForms(Semaphore, () => Semaphore.makeUnsafe(3), {
      acquireMany: [2],
      tryAcquireMany: [2],
      addPermits: [2],
      forgetPermits: [2]
    }))

  it.effect("in Mutex", () => {
    const f = (n: number) => n + 1
    const later = <A>(f: (n: number) => A) => (n: number) => Effect.succeed(f(n))
    const some = (n: number) => Option.some(n + 1)
    const pair = (n: number) => [`was ${n}`, n + 1] as const
    const somePair = (n: number) => [`was ${n}`, Option.some(n + 1)] as const
    const calls = {
      set: [5],
      getAndSet: [5],
      setAndGet: [5],
      update: [f],
      updateAndGet: [f],
      getAndUpdate: [f],
      modify: [pair],
      updateSome: [some],
      updateSomeAndGet: [some],
      getAndUpdateSome: [some],
      modifySome: [somePair],
      updateEffect: [later(f)],
      updateAndGetEffect: [later(f)],
      getAndUpdateEffect: [later(f)],
      modifyEffect: [later(pair)],
      updateSomeEffect: [later(some)],
      updateSomeAndGetEffect: [later(some)],
      getAndUpdateSomeEffect: [later(some)],
      modifySomeEffect: [later(somePair)]
    }
    const names = Object.keys(Mutex).filter((name) => /^(?!get$).*(set|get|update|modify)/i.test(name))
    assert.sameMembers(Object.keys(calls), names.filter((name) => !name.endsWith("Unsafe")))
    return inBothForms(Mutex, () => Mutex.makeUnsafe(1), calls)
  })
})

it.effect("an operation shows which function made it", () =>
  Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(1)
    const mutex = yield* Mutex.make(0)
    const operations = {
      "Semaphore.acquire": Semaphore.acquire(semaphore),
      "Semaphore.acquireMany": Semaphore.acquireMany(semaphore, 2),
      "Semaphore.tryAcquire": Semaphore.tryAcquire(semaphore),
      "Semaphore.tryAcquireMany": Semaphore.tryAcquireMany(semaphore, 2),
      "Semaphore.withPermit": Semaphore.withPermit(semaphore, Effect.void),
      "Semaphore.withPermits": Semaphore.withPermits(semaphore, 2, Effect.void),
      "Semaphore.withPermitsIfAvailable": Semaphore.withPermitsIfAvailable(semaphore, 1, Effect.void),
      "Mutex.lock": Mutex.lock(mutex),
      "Mutex.tryLock": Mutex.tryLock(mutex),
      "Mutex.withLock": Mutex.withLock(mutex, () => Effect.void),
      "Mutex.withLockIfAvailable": Mutex.withLockIfAvailable(mutex, () => Effect.void),
      "Mutex.modify": Mutex.modify(mutex, (n) => [n, n])
    }
    for (const [op, operation] of Object.entries(operations)) {
      assert.deepStrictEqual(json(operation), { _id: "Effect", op })
    }
  }))

it.effect("a tracer sees which function made each step of an operation", () =>
  Effect.gen(function*() {
    const seen: Array<unknown> = []
    const tracer = Tracer.make({
      span: (options) => new Tracer.NativeSpan(options),
      context(primitive, fiber) {
        seen.push(json(primitive))
        return primitive["~effect/Effect/evaluate"](fiber)
      }
    })
    const semaphore = yield* Semaphore.make(1)
    const mutex = yield* Mutex.make(0)
    const operations = {
      "Semaphore.withPermit": [Semaphore.withPermit(semaphore, Effect.yieldNow), semaphore],
      "Semaphore.acquire": [Effect.scoped(Effect.andThen(Semaphore.acquire(semaphore), Effect.yieldNow)), semaphore],
      "Mutex.withLock": [Mutex.withLock(mutex, () => Effect.yieldNow), mutex]
    } as const
    for (const [name, [operation, primitive]] of Object.entries(operations)) {
      seen.length = 0
      // the first finds it free, the second waits
      yield* Effect.all([operation, operation], { concurrency: "unbounded" }).pipe(Effect.withTracer(tracer))
      assert.include(String(primitive), " 0 waiting")
      assert.isNotEmpty(seen.filter((step) => (step as { op?: unknown }).op === name))
      for (const step of seen) assert.isTrue("op" in (step as object) || (step as any)._id === "Exit", inspect(step))
    }
  }))

it.effect("a mutex of another backend has no …Unsafe functions", () =>
  Effect.gen(function*() {
    const local = yield* Mutex.make(1)
    const { lock, tryLock } = local[Mutex.TypeId]
    const remote = { toString: () => "Remote", [Mutex.TypeId]: { lock, tryLock } } as unknown as Mutex.Mutex<number>
    assert.strictEqual(yield* Effect.scoped(Effect.flatMap(Mutex.lock(remote), (guard) => guard.get)), 1)
    for (const name of ["getUnsafe", "isLockedUnsafe", "tryLockUnsafe", "waitingUnsafe"] as const) {
      const error = thrownBy(() => Mutex[name](remote))
      assert.instanceOf(error, Mutex.Misuse)
      assert.match(error.message, new RegExp(`^Mutex\\.${name}: Remote does not live in this process`))
    }
  }))
