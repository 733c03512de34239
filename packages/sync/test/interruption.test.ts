/**
 * An interrupt at every operation (`laws/sweep.ts`), and under small operation budgets, of every operation that waits or
 * changes state: nothing is lost, nobody is forgotten. Includes the upstream bugs that concern locks.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Option, Scope } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

/** A semaphore whose permits must all be back when the round is at rest, and that still works. */
const conserves = (permits: number) => (semaphore: Semaphore.Semaphore) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(semaphore.toJSON(), {
      _id: "effect-sync/Semaphore",
      permits,
      available: permits,
      waiting: 0
    })
    const all = yield* Effect.scoped(Effect.map(Semaphore.tryAcquireMany(semaphore, permits), (permit) => permit.count))
    assert.strictEqual(all, permits)
  })

/** A mutex that is free, with nobody waiting, and lets in one and no more. */
const unlocked = (mutex: Mutex.Mutex<any>) =>
  Effect.scoped(Effect.gen(function*() {
    assert.deepStrictEqual(mutex.toJSON(), { _id: "effect-sync/Mutex", locked: false, waiting: 0 })
    yield* Mutex.tryLock(mutex)
    assert.strictEqual((yield* Effect.flip(Mutex.tryLock(mutex)))._tag, "WouldBlock")
  }))

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, 3)
    }))

const body = Effect.andThen(Effect.yieldNow, Effect.void)

/** Holds `n` permits for some turns. */
const holder = (n: number) => (semaphore: Semaphore.Semaphore) =>
  Semaphore.withPermits(semaphore, n, Effect.andThen(Effect.yieldNow, Effect.yieldNow))

const semaphoreForms: Record<string, (semaphore: Semaphore.Semaphore, n: number) => Effect.Effect<unknown>> = {
  withPermits: (semaphore, n) => Semaphore.withPermits(semaphore, n, body),
  "withPermits around an effect that ends at once": (semaphore, n) => Semaphore.withPermits(semaphore, n, Effect.void),
  "withPermits around a failure": (semaphore, n) =>
    Effect.ignore(Semaphore.withPermits(semaphore, n, Effect.andThen(body, Effect.fail("no")))),
  withPermitsIfAvailable: (semaphore, n) => Semaphore.withPermitsIfAvailable(semaphore, n, body),
  acquireMany: (semaphore, n) => Effect.scoped(Effect.andThen(Semaphore.acquireMany(semaphore, n), body)),
  "acquireMany, released early": (semaphore, n) =>
    Effect.scoped(Effect.gen(function*() {
      const permit = yield* Semaphore.acquireMany(semaphore, n)
      yield* Effect.yieldNow
      yield* permit.release
      yield* Effect.yieldNow
    })),
  "acquireMany under restore": (semaphore, n) =>
    Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(Semaphore.acquireMany(semaphore, n)), (permit) => Effect.andThen(body, permit.release))
      )
    ),
  tryAcquireMany: (semaphore, n) =>
    Effect.ignore(Effect.scoped(Effect.andThen(Semaphore.tryAcquireMany(semaphore, n), body))),
  "split and merge": (semaphore, n) =>
    Effect.scoped(Effect.gen(function*() {
      const permit = yield* Semaphore.acquireMany(semaphore, n)
      const part = Option.getOrThrow(yield* permit.split(1))
      yield* Effect.yieldNow
      yield* part.merge(permit)
      yield* Effect.yieldNow
    })),
  "transferred to a scope that is closed afterwards": (semaphore, n) =>
    Effect.acquireUseRelease(
      Scope.make(),
      (scope) =>
        Effect.andThen(
          Effect.scoped(
            Effect.flatMap(Semaphore.acquireMany(semaphore, n), (permit) => Handle.transfer(permit, scope))
          ),
          body
        ),
      (scope) => Scope.close(scope, Exit.void)
    ),
  "transferred to a closed scope": (semaphore, n) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      yield* Effect.scoped(
        Effect.flatMap(Semaphore.acquireMany(semaphore, n), (permit) => Handle.transfer(permit, scope))
      )
    }),
  "forkWith a child": (semaphore, n) => Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => body),
  "forkWith a child, immediately": (semaphore, n) =>
    Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => body, { startImmediately: true }),
  "forkWith, detached": (semaphore, n) =>
    Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => body, { in: "detach" }),
  "forkWith into a scope": (semaphore, n) =>
    Effect.scoped(
      Effect.flatMap(Effect.scope, (scope) =>
        Effect.andThen(
          Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => body, { in: scope }),
          Effect.yieldNow
        ))
    ),
  "forkWith into a closed scope": (semaphore, n) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      yield* Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => body, { in: scope })
    })
}

describe("an interrupt at every operation", () => {
  describe("SEM-5, SEM-6: permits", () => {
    for (const [name, form] of Object.entries(semaphoreForms)) {
      sweep(`${name}: free`, {
        setup: Semaphore.make(2),
        target: (semaphore) => form(semaphore, 2),
        check: conserves(2)
      })
      sweep(`${name}: queued, alone`, {
        setup: Semaphore.make(2),
        target: (semaphore) => Effect.andThen(Effect.yieldNow, form(semaphore, 2)),
        others: (semaphore) => [holder(1)(semaphore)],
        check: conserves(2)
      })
      sweep(`${name}: queued, with a second waiter behind`, {
        setup: Semaphore.make(3),
        target: (semaphore) => Effect.andThen(Effect.yieldNow, form(semaphore, 3)),
        others: (semaphore) => [
          holder(2)(semaphore),
          Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 2 }), holder(1)(semaphore)),
          Effect.andThen(
            Effect.repeat(Effect.yieldNow, { times: 2 }),
            Effect.scoped(Semaphore.acquireMany(semaphore, 3))
          )
        ],
        check: conserves(3)
      })
    }

    sweep("a bracket inside a bracket of another semaphore", {
      setup: Effect.all([Semaphore.make(1), Semaphore.make(1)]),
      target: ([a, b]) => body.pipe(Semaphore.withPermit(b), Semaphore.withPermit(a)),
      others: ([a, b]) => [holder(1)(a), holder(1)(b)],
      check: ([a, b]) => Effect.andThen(conserves(1)(a), conserves(1)(b))
    })

    sweep("closed while queued and while granted", {
      setup: Semaphore.makeCloseable(1),
      target: (semaphore) => Effect.andThen(Effect.yieldNow, Semaphore.withPermit(semaphore, body)),
      others: (semaphore) => [
        Effect.ignore(Semaphore.withPermit(semaphore, Effect.yieldNow)),
        Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 2 }), Semaphore.close(semaphore))
      ],
      check: (semaphore) =>
        Effect.sync(() => {
          assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 1)
          assert.strictEqual(Semaphore.waitingUnsafe(semaphore), 0)
        })
    })
  })

  describe("MUT-4: locks", () => {
    const forms: Record<string, (mutex: Mutex.Mutex<number>) => Effect.Effect<unknown>> = {
      withLock: (mutex) => Mutex.withLock(mutex, () => body),
      withLockIfAvailable: (mutex) => Mutex.withLockIfAvailable(mutex, () => body),
      lock: (mutex) => Effect.scoped(Effect.andThen(Mutex.lock(mutex), body)),
      tryLock: (mutex) => Effect.ignore(Effect.scoped(Effect.andThen(Mutex.tryLock(mutex), body))),
      "lock, unlocked early": (mutex) =>
        Effect.scoped(Effect.flatMap(Mutex.lock(mutex), (guard) => Effect.andThen(body, guard.unlock))),
      get: Mutex.get,
      update: (mutex) => Mutex.update(mutex, (n) => n),
      updateEffect: (mutex) => Mutex.updateEffect(mutex, (n) => Effect.as(Effect.yieldNow, n)),
      modifyEffect: (mutex) => Mutex.modifyEffect(mutex, (n) => Effect.as(Effect.yieldNow, [n, n])),
      forkWith: (mutex) => Handle.forkWith(Mutex.lock(mutex), () => body)
    }
    const hold = (mutex: Mutex.Mutex<number>) => Mutex.withLock(mutex, () => Effect.andThen(Effect.yieldNow, body))
    for (const [name, form] of Object.entries(forms)) {
      sweep(`${name}: free`, { setup: Mutex.make(0), target: form, check: unlocked })
      sweep(`${name}: queued, with a second waiter behind`, {
        setup: Mutex.make(0),
        target: (mutex) => Effect.andThen(Effect.yieldNow, form(mutex)),
        others: (mutex) => [
          hold(mutex),
          Effect.andThen(Effect.yieldNow, Mutex.update(mutex, (n) => n + 1)),
          Effect.andThen(Effect.yieldNow, hold(mutex))
        ],
        check: (mutex) =>
          Effect.andThen(unlocked(mutex), Effect.sync(() => assert.strictEqual(Mutex.getUnsafe(mutex), 1)))
      })
    }

    sweep("MUT-1: an update has happened or it has not", {
      setup: Mutex.make(0),
      target: (mutex) => Mutex.update(mutex, (n) => n + 1),
      others: (mutex) => [Mutex.update(mutex, (n) => n + 10), hold(mutex)],
      check: (mutex, round) =>
        Effect.sync(() => {
          const value = Mutex.getUnsafe(mutex)
          assert.include([10, 11], value)
          if (Exit.isSuccess(round.target)) assert.strictEqual(value, 11)
        })
    })

    sweep("MUT-5: updateEffect writes when it succeeds, and only then", {
      setup: Mutex.make(0),
      target: (mutex) => Mutex.updateEffect(mutex, (n) => Effect.as(body, n + 1)),
      others: (mutex) => [Mutex.update(mutex, (n) => n + 10)],
      check: (mutex, round) =>
        Effect.sync(() => {
          assert.include([10, 11], Mutex.getUnsafe(mutex))
          if (Exit.isSuccess(round.target)) assert.strictEqual(Mutex.getUnsafe(mutex), 11)
        })
    })

    // The interruption of a *running* operation drops the value it just produced (Effect's own rule); a program gets
    // there only by interrupting a fiber from a callback that this very fiber runs.
    const notWhileRunning: Options = { ways: ["at once", "late", "never"] }

    sweep(
      "MUT-4: restore(modify) never loses what it took out, free",
      {
        setup: Effect.all([Mutex.make<ReadonlyArray<number>>([1, 2]), Effect.sync(() => [] as Array<number>)]),
        target: ([mutex, saved]) =>
          Effect.uninterruptibleMask((restore) =>
            Effect.flatMap(
              restore(Mutex.modify(mutex, ([first, ...rest]) => [first!, rest])),
              (n) => Effect.sync(() => saved.push(n))
            )
          ),
        check: ([mutex, saved]) =>
          Effect.sync(() => assert.strictEqual(saved.length + Mutex.getUnsafe(mutex).length, 2))
      },
      notWhileRunning
    )

    sweep(
      "MUT-4: restore(modify) never loses what it took out, queued",
      {
        setup: Effect.all([Mutex.make<ReadonlyArray<number>>([1, 2]), Effect.sync(() => [] as Array<number>)]),
        target: ([mutex, saved]) =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.uninterruptibleMask((restore) =>
              Effect.flatMap(
                restore(Mutex.modify(mutex, ([first, ...rest]) => [first!, rest])),
                (n) => Effect.sync(() => saved.push(n))
              )
            )
          ),
        others: ([mutex]) => [Mutex.withLock(mutex, () => body)],
        check: ([mutex, saved]) =>
          Effect.sync(() => assert.strictEqual(saved.length + Mutex.getUnsafe(mutex).length, 2))
      },
      notWhileRunning
    )
  })

  describe("no interrupt, but a yield at every operation: nobody who is granted something waits on", () => {
    for (const [name, form] of Object.entries(semaphoreForms)) {
      it.effect(`SEM-5: ${name}`, () =>
        interruptEverywhere({
          setup: Semaphore.make(2),
          target: (semaphore) => Effect.andThen(Effect.yieldNow, form(semaphore, 2)),
          others: (semaphore) => [holder(1)(semaphore)],
          check: (semaphore, round) =>
            Effect.andThen(Effect.sync(() => assert.strictEqual(round.target._tag, "Success")), conserves(2)(semaphore))
        }, { ways: ["never"], budgets: [] }))
    }
  })

  describe("upstream bugs that concern locks", () => {
    sweep("effect#6910: a permit lost between taking it and installing its release", {
      setup: Semaphore.make(1),
      target: (semaphore) => Semaphore.withPermit(semaphore, Effect.void),
      check: conserves(1)
    })

    sweep("effect#6638: a request for many, granted in part, is interrupted", {
      setup: Semaphore.make(4),
      target: (semaphore) => Effect.andThen(Effect.yieldNow, Semaphore.withPermits(semaphore, 4, body)),
      others: (semaphore) => [
        holder(1)(semaphore),
        Effect.andThen(Effect.yieldNow, holder(2)(semaphore)),
        Effect.andThen(Effect.yieldNow, Effect.andThen(Effect.yieldNow, holder(3)(semaphore)))
      ],
      check: conserves(4)
    })

    sweep("shuttle#167: the head waiter is cancelled, the smaller one behind it goes on", {
      setup: Semaphore.make(2),
      target: (semaphore) => Effect.andThen(Effect.yieldNow, Semaphore.withPermits(semaphore, 2, body)),
      others: (semaphore) => [
        Effect.scoped(Effect.gen(function*() {
          const stuck = yield* Semaphore.acquire(semaphore)
          yield* Effect.repeat(Effect.yieldNow, { times: 6 })
          yield* stuck.release
        })),
        Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 2 }), Semaphore.withPermit(semaphore, Effect.void))
      ],
      check: conserves(2)
    })

    sweep("effect#8390: a count raised one step before its finalizer", {
      setup: Semaphore.make(1),
      target: (semaphore) => Effect.scoped(Semaphore.acquire(semaphore)),
      others: (semaphore) => [Effect.scoped(Semaphore.acquire(semaphore))],
      check: conserves(1)
    })

    it.effect("effect#7365: a waiter killed while others are woken does not make the next one be skipped", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const served: Array<number> = []
        const gates = yield* Effect.forEach(
          [0, 1, 2, 3],
          (i) => Effect.forkChild(Semaphore.withPermit(semaphore, Effect.sync(() => served.push(i))))
        )
        yield* Effect.yieldNow
        // the first to be woken interrupts the second, which was granted in the same release
        gates[0]!.addObserver(() => gates[1]!.interruptUnsafe())
        yield* Semaphore.addPermits(semaphore, 4)
        yield* Effect.repeat(Effect.yieldNow, { times: 10 })
        assert.deepStrictEqual(served, [0, 2, 3])
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 4)
      }))

    it.effect("effect#7194: a waiter interrupted after it was served is a no-op", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const done = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(Semaphore.withPermit(semaphore, Deferred.await(done)))
        yield* Effect.yieldNow
        yield* Semaphore.addPermits(semaphore, 1)
        yield* Effect.repeat(Effect.yieldNow, { times: 5 })
        fiber.interruptUnsafe()
        fiber.interruptUnsafe()
        yield* Effect.repeat(Effect.yieldNow, { times: 5 })
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("effect#7576: a resumed fiber that comes back at once finds the state settled", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        let inside = 0
        let peak = 0
        const again: Effect.Effect<void> = Effect.forever(
          Semaphore.withPermit(
            semaphore,
            Effect.sync(() => {
              peak = Math.max(peak, ++inside)
            }).pipe(Effect.andThen(Effect.yieldNow), Effect.ensuring(Effect.sync(() => inside--)))
          )
        )
        const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(again))
        yield* Effect.repeat(Effect.yieldNow, { times: 100 })
        for (const fiber of fibers) fiber.interruptUnsafe()
        yield* Effect.repeat(Effect.yieldNow, { times: 5 })
        assert.strictEqual(peak, 1)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))
  })
})
