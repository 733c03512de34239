/**
 * What a Mutex promises, guarantee by guarantee. The laws every lock keeps are in `laws/`, random sequences in
 * `model.test.ts`, an interrupt at every operation in `interruption.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Optic, Option, Result, Schema, Scope } from "effect"
import { Errors, Handle, Mutex } from "effect-sync"
import { defectOf, forkSettled, settle } from "./utils.ts"

interface Config {
  readonly host: string
  readonly port: number
  readonly limits: { readonly connections: number }
}

const config: Config = { host: "localhost", port: 80, limits: { connections: 10 } }
const limits = Optic.id<Config>().key("limits")
const connections = Optic.id<Config["limits"]>().key("connections")

/** Reads, lets others run, then writes: loses updates unless locked. */
const increment = (guard: Mutex.Guard<number>) =>
  Effect.gen(function*() {
    const n = yield* guard.get
    yield* Effect.yieldNow
    yield* guard.set(n + 1)
  })

describe("Mutex", () => {
  describe("locking", () => {
    it.effect("MUT-1: increments under the lock are never lost, whatever yields inside", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        const scoped = Effect.scoped(Effect.flatMap(Mutex.lock(mutex), increment))
        const forms = [
          Mutex.withLock(mutex, increment),
          scoped,
          Mutex.update(mutex, (n) => n + 1),
          Mutex.updateEffect(mutex, (n) => Effect.as(Effect.yieldNow, n + 1)),
          Mutex.withLock(mutex)(increment)
        ]
        yield* Effect.all(Array.from({ length: 100 }, (_, i) => forms[i % forms.length]!), {
          concurrency: "unbounded"
        })
        assert.strictEqual(yield* Mutex.get(mutex), 100)
        assert.isFalse(yield* Mutex.isLocked(mutex))
      }))

    it.effect("MUT-2: locked in the order in which the requests ran, whatever their form", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make<ReadonlyArray<string>>([])
        const held = yield* Mutex.lock(mutex)
        const add = (name: string) => (names: ReadonlyArray<string>) => [...names, name]
        yield* forkSettled(Mutex.withLock(mutex, (guard) => guard.update(add("withLock"))))
        yield* forkSettled(Mutex.update(mutex, add("update")))
        yield* forkSettled(Effect.scoped(Effect.flatMap(Mutex.lock(mutex), (guard) => guard.update(add("lock")))))
        yield* forkSettled(Mutex.updateEffect(mutex, (names) => Effect.succeed(add("updateEffect")(names))))
        yield* forkSettled(Mutex.modify(mutex, (names) => [undefined, add("modify")(names)]))
        assert.strictEqual(yield* Mutex.waiting(mutex), 5)
        assert.strictEqual(Mutex.waitingUnsafe(mutex), 5)
        yield* held.unlock
        yield* settle
        assert.deepStrictEqual(yield* Mutex.get(mutex), ["withLock", "update", "lock", "updateEffect", "modify"])
      }))

    it.effect("MUT-2: who unlocks and locks again goes to the back", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(undefined)
        const turns: Array<string> = []
        const worker = (name: string) =>
          Effect.repeat(
            Mutex.withLock(mutex, () => Effect.andThen(Effect.sync(() => turns.push(name)), Effect.yieldNow)),
            { times: 2 }
          )
        yield* Effect.all([worker("a"), worker("b")], { concurrency: "unbounded" })
        assert.deepStrictEqual(turns, ["a", "b", "a", "b", "a", "b"])
      }))

    it.effect("MUT-3: tryLock fails while it is held, and while it is promised to a waiter", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0, { name: "m" })
        const guard = yield* Mutex.tryLock(mutex)
        yield* forkSettled(Mutex.withLock(mutex, () => Effect.void))
        const fails = Effect.gen(function*() {
          const error = yield* Effect.flip(Mutex.tryLock(mutex))
          assert.instanceOf(error, Errors.WouldBlock)
          assert.strictEqual(error.message, "Mutex \"m\" is locked")
          assert.isTrue(Result.isFailure(Mutex.tryLockUnsafe(mutex)))
          assert.deepStrictEqual(yield* Mutex.withLockIfAvailable(mutex, () => Effect.void), Option.none())
        })
        yield* fails
        yield* guard.unlock
        assert.isTrue(Mutex.isLockedUnsafe(mutex)) // from the grant on
        assert.strictEqual(yield* Mutex.waiting(mutex), 0)
        yield* fails
        yield* settle
        assert.isFalse(Mutex.isLockedUnsafe(mutex))
        assert.deepStrictEqual(yield* Mutex.withLockIfAvailable(mutex, (guard) => guard.get), Option.some(0))
        assert.deepStrictEqual(yield* Mutex.withLockIfAvailable(mutex)((guard) => guard.get), Option.some(0))
      }))

    it.effect("MUT-4: interrupting a holder unlocks; interrupting a waiter blocks and skips nobody", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make<ReadonlyArray<string>>([])
        const holder = yield* forkSettled(Mutex.withLock(mutex, () => Effect.never))
        const waiters: Array<Fiber.Fiber<void>> = []
        for (const name of ["a", "b", "c"]) {
          waiters.push(yield* forkSettled(Mutex.update(mutex, (names) => [...names, name])))
        }
        yield* Fiber.interrupt(waiters[1]!)
        yield* Fiber.interrupt(holder)
        yield* settle
        assert.deepStrictEqual(yield* Mutex.get(mutex), ["a", "c"])
      }))

    it.effect("MUT-4: a waiter interrupted after the grant passes the lock on", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make<ReadonlyArray<string>>([])
        const guard = yield* Mutex.lock(mutex)
        const forms = [
          Mutex.update(mutex, (names) => [...names, "lost"]),
          Mutex.withLock(mutex, (guard) => guard.update((names) => [...names, "lost"])),
          Effect.scoped(Mutex.lock(mutex))
        ]
        const fibers = yield* Effect.forEach(forms, (form) => forkSettled(form as Effect.Effect<unknown>))
        yield* forkSettled(Mutex.update(mutex, (names) => [...names, "next"]))
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(guard)
          for (const fiber of fibers) fiber.interruptUnsafe() // each has just been granted the lock by the one before
        })
        yield* settle
        assert.deepStrictEqual(yield* Mutex.get(mutex), ["next"])
        assert.isFalse(yield* Mutex.isLocked(mutex))
      }))

    it.effect("MUT-5: failure and defect unlock, and what was set stays", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        yield* Effect.ignore(Mutex.withLock(mutex, (guard) => Effect.andThen(guard.set(1), Effect.fail("no"))))
        assert.strictEqual(yield* Mutex.get(mutex), 1)
        yield* Effect.exit(Mutex.withLock(mutex, (guard) => Effect.andThen(guard.set(2), Effect.die("bug"))))
        assert.strictEqual(yield* Mutex.get(mutex), 2)
        yield* Effect.exit(Mutex.withLock(mutex, (): Effect.Effect<void> => {
          throw new Error("while building the effect")
        }))
        const fiber = yield* forkSettled(Mutex.withLock(mutex, (guard) => Effect.andThen(guard.set(3), Effect.never)))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Mutex.get(mutex), 3)
      }))

    it.effect("MUT-5: also when the lock was waited for", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        const guard = yield* Mutex.lock(mutex)
        const throws = (): never => {
          throw new Error("bug")
        }
        const fibers = yield* Effect.forEach(
          [
            Mutex.update(mutex, throws),
            Mutex.withLock(mutex, (): Effect.Effect<number> => throws()),
            Mutex.modifyEffect(mutex, (): Effect.Effect<readonly [number, number]> => throws()),
            Mutex.update(mutex, (n) => n + 1)
          ],
          (effect) => forkSettled(Effect.exit(effect))
        )
        yield* guard.unlock
        const exits = yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(exits.map((exit) => exit._tag), ["Failure", "Failure", "Failure", "Success"])
        assert.strictEqual(yield* Mutex.get(mutex), 1)
      }))

    it.effect("a free lock costs no wait: runSync works", () =>
      Effect.sync(() => {
        const mutex = Mutex.makeUnsafe(1)
        assert.strictEqual(Effect.runSync(Mutex.withLock(mutex, (guard) => guard.get)), 1)
        assert.strictEqual(Effect.runSync(Mutex.updateAndGet(mutex, (n) => n + 1)), 2)
        assert.strictEqual(Mutex.getUnsafe(mutex), 2)
      }))
  })

  describe("values", () => {
    const is = <A>(call: (mutex: Mutex.Mutex<number>) => Effect.Effect<A>, result: A, value: number) =>
      Effect.gen(function*() {
        // free, and waited for
        const mutex = yield* Mutex.make(1)
        assert.deepStrictEqual(yield* call(mutex), result)
        assert.strictEqual(yield* Mutex.get(mutex), value)
        yield* Mutex.set(mutex, 1)
        const guard = yield* Mutex.lock(mutex)
        const fiber = yield* forkSettled(call(mutex))
        assert.strictEqual(yield* Mutex.waiting(mutex), 1)
        yield* guard.unlock
        assert.deepStrictEqual(yield* Fiber.join(fiber), result)
        assert.strictEqual(yield* Mutex.get(mutex), value)
      })
    const plus1 = (n: number) => n + 1
    const some1 = (n: number) => Option.some(n + 1)
    const none = () => Option.none<number>()

    it.effect("MUT-1: each form gives its result and leaves its value, free or after waiting", () =>
      Effect.gen(function*() {
        yield* is((m) => Mutex.get(m), 1, 1)
        yield* is((m) => Mutex.set(m, 5), undefined, 5)
        yield* is((m) => Mutex.getAndSet(m, 5), 1, 5)
        yield* is((m) => Mutex.setAndGet(m, 5), 5, 5)
        yield* is((m) => Mutex.update(m, plus1), undefined, 2)
        yield* is((m) => Mutex.updateAndGet(m, plus1), 2, 2)
        yield* is((m) => Mutex.getAndUpdate(m, plus1), 1, 2)
        yield* is((m) => Mutex.modify(m, (n) => ["r", n + 1]), "r", 2)
        yield* is((m) => Mutex.updateSome(m, some1), undefined, 2)
        yield* is((m) => Mutex.updateSome(m, none), undefined, 1)
        yield* is((m) => Mutex.updateSomeAndGet(m, some1), 2, 2)
        yield* is((m) => Mutex.updateSomeAndGet(m, none), 1, 1)
        yield* is((m) => Mutex.getAndUpdateSome(m, some1), 1, 2)
        yield* is((m) => Mutex.getAndUpdateSome(m, none), 1, 1)
        yield* is((m) => Mutex.modifySome(m, (n) => ["r", some1(n)]), "r", 2)
        yield* is((m) => Mutex.modifySome(m, () => ["r", none()]), "r", 1)
      }))

    it.effect("MUT-1: the effectful forms likewise", () =>
      Effect.gen(function*() {
        const later = <A>(a: A) => Effect.as(Effect.yieldNow, a)
        yield* is((m) => Mutex.updateEffect(m, (n) => later(n + 1)), undefined, 2)
        yield* is((m) => Mutex.updateAndGetEffect(m, (n) => later(n + 1)), 2, 2)
        yield* is((m) => Mutex.getAndUpdateEffect(m, (n) => later(n + 1)), 1, 2)
        yield* is((m) => Mutex.modifyEffect(m, (n) => later(["r", n + 1])), "r", 2)
        yield* is((m) => Mutex.updateSomeEffect(m, (n) => later(some1(n))), undefined, 2)
        yield* is((m) => Mutex.updateSomeEffect(m, () => later(none())), undefined, 1)
        yield* is((m) => Mutex.updateSomeAndGetEffect(m, (n) => later(some1(n))), 2, 2)
        yield* is((m) => Mutex.updateSomeAndGetEffect(m, () => later(none())), 1, 1)
        yield* is((m) => Mutex.getAndUpdateSomeEffect(m, (n) => later(some1(n))), 1, 2)
        yield* is((m) => Mutex.getAndUpdateSomeEffect(m, () => later(none())), 1, 1)
        yield* is((m) => Mutex.modifySomeEffect(m, (n) => later(["r", some1(n)])), "r", 2)
        yield* is((m) => Mutex.modifySomeEffect(m, () => later(["r", none()])), "r", 1)
      }))

    it.effect("MUT-5: updateEffect and modifyEffect write on success only", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        assert.strictEqual(yield* Effect.flip(Mutex.updateEffect(mutex, () => Effect.fail("no"))), "no")
        yield* Effect.exit(Mutex.modifyEffect(mutex, () => Effect.die("bug")))
        const fiber = yield* forkSettled(Mutex.updateEffect(mutex, () => Effect.never))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Mutex.get(mutex), 1)
      }))

    it.effect("MUT-5: a function that throws is a defect; the value stays and the lock is free", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const bug = (): never => {
          throw new Error("bug")
        }
        const calls = [
          Mutex.update(mutex, bug),
          Mutex.modify(mutex, bug),
          Mutex.updateSome(mutex, bug),
          Mutex.updateEffect(mutex, (): Effect.Effect<number> => bug())
        ]
        for (const call of calls) {
          assert.strictEqual((yield* defectOf(call)).message, "bug")
          assert.isFalse(Mutex.isLockedUnsafe(mutex))
          assert.strictEqual(yield* Mutex.get(mutex), 1)
        }
      }))

    it.effect("MUT-1: nobody gets in while a plain function runs, not even from inside it", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const inside = yield* Mutex.modify(mutex, (n) => [Result.isFailure(Mutex.tryLockUnsafe(mutex)), n])
        assert.isTrue(inside)
      }))
  })

  describe("guards", () => {
    it.effect("read and write the value until unlocked", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1, { name: "m" })
        const guard = yield* Mutex.lock(mutex)
        assert.strictEqual(guard.mutex, mutex)
        yield* guard.set(2)
        yield* guard.update((n) => n * 10)
        assert.strictEqual(yield* guard.modify((n) => [`was ${n}`, n + 1]), "was 20")
        guard.setUnsafe(guard.getUnsafe() + 1)
        assert.strictEqual(yield* guard.get, 22)
        const bug = yield* defectOf(guard.update(() => {
          throw new Error("bug")
        }))
        assert.strictEqual(bug.message, "bug")
        assert.strictEqual(yield* guard.get, 22)
        yield* guard.unlock
        yield* guard.unlock
        assert.isTrue(Handle.isReleased(guard))
        assert.isFalse(yield* Mutex.isLocked(mutex))
        assert.strictEqual(yield* Mutex.get(mutex), 22)
      }))

    it.effect("after unlock every member but unlock is Misuse, and changes nothing", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(config, { name: "m" })
        const guard = yield* Mutex.lock(mutex)
        yield* guard.unlock
        const uses: Record<string, Effect.Effect<unknown>> = {
          get: guard.get,
          set: guard.set({ ...config, port: 1 }),
          update: guard.update(() => ({ ...config, port: 1 })),
          modify: guard.modify(() => [1, { ...config, port: 1 }]),
          map: guard.map(limits),
          tryMap: guard.tryMap(limits),
          getUnsafe: Effect.sync(() => guard.getUnsafe()),
          setUnsafe: Effect.sync(() => guard.setUnsafe({ ...config, port: 1 }))
        }
        for (const [name, use] of Object.entries(uses)) {
          const defect = yield* defectOf(use)
          assert.instanceOf(defect, Errors.Misuse)
          assert.strictEqual(
            defect.message,
            `Guard.${name}: a guard of Mutex "m" was released and can't be used any more`
          )
        }
        assert.strictEqual(yield* Mutex.get(mutex), config)
      }))

    it.effect("MUT-7: the guard of withLock ends with the effect, unlocked once", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const guard = yield* Mutex.withLock(mutex, (guard) => Effect.succeed(guard))
        assert.isTrue(Handle.isReleased(guard))
        // unlocked early inside, locked by somebody else meanwhile: the end of the bracket must not unlock for them
        yield* Effect.scoped(Effect.gen(function*() {
          yield* Mutex.withLock(mutex, (guard) => Effect.andThen(guard.unlock, Effect.ignore(Mutex.tryLock(mutex))))
          assert.isTrue(yield* Mutex.isLocked(mutex))
        }))
        assert.isFalse(yield* Mutex.isLocked(mutex))
      }))

    it.effect("MUT-7: a mapped guard is the same lock: nothing is released, one unlock at the end", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(config)
        yield* Effect.scoped(Effect.gen(function*() {
          const guard = yield* Mutex.lock(mutex)
          const waiter = yield* forkSettled(Mutex.update(mutex, (config) => ({ ...config, host: "waiter" })))
          const part = yield* guard.map(limits)
          const number = yield* part.map(connections)
          yield* settle
          assert.deepStrictEqual(
            [Handle.isReleased(guard), Handle.isReleased(part), Handle.isReleased(number)],
            [true, true, false]
          )
          assert.instanceOf(yield* defectOf(guard.get), Errors.Misuse)
          assert.match((yield* defectOf(part.get)).message, /consumed by a map/)
          yield* guard.unlock // does nothing: it is not its lock any more
          assert.strictEqual(yield* number.get, 10)
          yield* number.update((n) => n + 1)
          assert.strictEqual(yield* number.get, 11)
          assert.isUndefined(waiter.pollUnsafe())
          yield* number.unlock
          yield* Fiber.join(waiter)
        }))
        assert.deepStrictEqual(yield* Mutex.get(mutex), { ...config, host: "waiter", limits: { connections: 11 } })
        assert.strictEqual(config.limits.connections, 10) // replaced by a copy
        assert.isFalse(yield* Mutex.isLocked(mutex))
      }))

    it.effect("MUT-7: a mapped guard keeps the place of the first among the scope's finalizers", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(config)
        const log: Array<string> = []
        const note = (when: string) =>
          Effect.addFinalizer(() => Effect.sync(() => log.push(`${when}: ${Mutex.isLockedUnsafe(mutex)}`)))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* note("added first, run last")
          const guard = yield* Mutex.lock(mutex)
          yield* note("added last, run first")
          yield* Effect.scoped(guard.map(limits)) // the scope it is mapped in is not its owner
        }))
        assert.deepStrictEqual(log, ["added last, run first: true", "added first, run last: false"])
      }))

    it.effect("MUT-6: a failed tryMap keeps the lock and gives this very guard back", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make<Option.Option<number>>(Option.none())
        const some = Optic.id<Option.Option<number>>().compose(Optic.some<number>())
        const guard = yield* Mutex.lock(mutex)
        const missed = yield* guard.tryMap(some)
        assert.isTrue(Result.isFailure(missed) && missed.failure === guard)
        assert.isTrue(yield* Mutex.isLocked(mutex))
        yield* guard.set(Option.some(1))
        const part = Result.getOrThrow(yield* guard.tryMap(some))
        assert.isTrue(Handle.isReleased(guard))
        yield* part.update((n) => n + 1)
        yield* part.unlock
        assert.deepStrictEqual(yield* Mutex.get(mutex), Option.some(2))
      }))

    it.effect("MUT-6: an optic that throws leaves guard and value as they were", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(config)
        const guard = yield* Mutex.lock(mutex)
        const broken = Optic.makeLens<Config, number>(
          () => {
            throw new Error("get")
          },
          (_, config) => config
        )
        const readOnly = Optic.makeLens<Config, number>((config) => config.port, () => {
          throw new Error("set")
        })
        assert.strictEqual((yield* defectOf(guard.map(broken))).message, "get")
        assert.strictEqual((yield* defectOf(guard.tryMap(broken))).message, "get")
        assert.isFalse(Handle.isReleased(guard))
        const port = yield* guard.map(readOnly)
        assert.strictEqual((yield* defectOf(port.set(1))).message, "set")
        assert.strictEqual(yield* port.get, 80)
        assert.strictEqual(Mutex.getUnsafe(mutex), config)
      }))

    it.effect("MUT-6: a mapped guard reads what was set through it, also where the optic would not find it", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const guard = yield* Mutex.lock(mutex)
        const positive = Optic.fromChecks<number>(Schema.isGreaterThan(0))
        const part = Result.getOrThrow(yield* guard.tryMap(positive))
        yield* part.set(-1)
        assert.strictEqual(yield* part.get, -1)
        yield* part.unlock
        assert.strictEqual(yield* Mutex.get(mutex), -1)
      }))

    it.effect("MUT-7: a guard mapped inside withLock is unlocked at its end", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(config)
        const part = yield* Mutex.withLock(mutex, (guard) => Effect.tap(guard.map(limits), (part) => part.get))
        assert.isTrue(Handle.isReleased(part))
        assert.isFalse(yield* Mutex.isLocked(mutex))
      }))

    it.effect("MUT-7: a function that releases the guard it is called by gets nothing through it any more", () =>
      Effect.gen(function*() {
        const releasing = <B>(guard: Mutex.Guard<Config>, result: B) => () => {
          Handle.releaseUnsafe(guard)
          Effect.runSync(Mutex.set(guard.mutex, config)) // somebody else's turn
          return result
        }
        const other: Config = { ...config, port: 1 }
        const uses: ReadonlyArray<(guard: Mutex.Guard<Config>) => Effect.Effect<unknown>> = [
          (guard) => guard.update(releasing(guard, other)),
          (guard) => guard.modify(releasing(guard, [1, other] as const)),
          (guard) => guard.map(Optic.makeLens<Config, number>(releasing(guard, 1), (_, whole) => whole)),
          (guard) => guard.tryMap(Optic.makeLens<Config, number>(releasing(guard, 1), (_, whole) => whole)),
          // one that misses gives the guard back as one that is still locked
          (guard) =>
            guard.tryMap(Optic.makeOptional<Config, number>(
              releasing(guard, Result.fail(undefined as never)),
              (_, whole) => Result.succeed(whole)
            )),
          (guard) =>
            Effect.flatMap(
              guard.map(Optic.makeLens<Config, number>((whole) => whole.port, (port, whole) => {
                Handle.releaseUnsafe(part!)
                return { ...whole, port }
              })),
              (mapped) => {
                part = mapped
                return mapped.set(1)
              }
            )
        ]
        let part: Handle.Handle | undefined
        for (const use of uses) {
          const mutex = yield* Mutex.make(config)
          const guard = yield* Mutex.lock(mutex)
          assert.instanceOf(yield* defectOf(use(guard)), Errors.Misuse)
          assert.strictEqual(Mutex.getUnsafe(mutex), config)
          yield* Effect.scoped(Effect.gen(function*() {
            yield* Mutex.tryLock(mutex)
            assert.isTrue(Result.isFailure(Mutex.tryLockUnsafe(mutex)), "two hold the lock")
          }))
        }
      }))

    it.effect("MUT-7: mapped twenty thousand times, it is still unlocked once", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        yield* Effect.scoped(Effect.gen(function*() {
          let guard: Mutex.MappedGuard<number> = yield* Mutex.lock(mutex)
          for (let i = 0; i < 20_000; i++) guard = yield* guard.map(Optic.id<number>())
          yield* guard.set(2)
        }))
        assert.isFalse(yield* Mutex.isLocked(mutex))
        assert.strictEqual(yield* Mutex.get(mutex), 2)
      }))

    it.effect("getUnsafe and setUnsafe may be taken off the guard", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const { getUnsafe, setUnsafe } = yield* Mutex.lock(mutex)
        setUnsafe(getUnsafe() + 1)
        assert.strictEqual(Mutex.getUnsafe(mutex), 2)
      }))

    it.effect("a guard of withLock can be moved out of it", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(1)
        const scope = yield* Scope.make()
        const guard = yield* Mutex.withLock(mutex, (guard) => Handle.transfer(guard, scope))
        assert.isTrue(yield* Mutex.isLocked(mutex))
        yield* guard.set(2)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* Mutex.get(mutex), 2)
      }))
  })

  describe("interruption", () => {
    it.effect("MUT-4: modify under restore never loses what it took out", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make<ReadonlyArray<number>>([1])
        const guard = yield* Mutex.lock(mutex)
        const taken: Array<number | undefined> = []
        const fiber = yield* forkSettled(Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(
            restore(Mutex.modify(mutex, ([first, ...rest]) => [first, rest])),
            (n) => Effect.sync(() => taken.push(n))
          )
        ))
        yield* guard.unlock
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(taken.length + (yield* Mutex.get(mutex)).length, 1)
      }))

    it.effect("MUT-7: a function that interrupts the fiber it runs on has unlocked once", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        const guard = yield* Mutex.lock(mutex)
        const fiber: Fiber.Fiber<void> = yield* forkSettled(Mutex.update(mutex, (n) => {
          fiber.interruptUnsafe()
          return n + 1
        }))
        yield* guard.unlock
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        assert.strictEqual(yield* Mutex.get(mutex), 1)
        assert.isTrue(Result.isSuccess(Mutex.tryLockUnsafe(mutex)))
        assert.isTrue(Result.isFailure(Mutex.tryLockUnsafe(mutex)), "two hold the lock")
      }))

    it.effect("MUT-4: who waits uninterruptibly waits on, and gets the lock", () =>
      Effect.gen(function*() {
        const mutex = yield* Mutex.make(0)
        const guard = yield* Mutex.lock(mutex)
        const fiber = yield* forkSettled(Effect.uninterruptible(Mutex.set(mutex, 1)))
        const interruption = yield* forkSettled(Fiber.interrupt(fiber))
        assert.strictEqual(yield* Mutex.waiting(mutex), 1)
        yield* guard.unlock
        yield* Fiber.join(interruption)
        assert.strictEqual(yield* Mutex.get(mutex), 1)
      }))
  })

  it.effect("shows name and state, not the value", () =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make("secret", { name: "m" })
      assert.strictEqual(String(mutex), "Mutex(m: unlocked, 0 waiting)")
      const done = yield* Deferred.make<void>()
      yield* forkSettled(Mutex.withLock(mutex, () => Deferred.await(done)))
      yield* forkSettled(Mutex.set(mutex, "other"))
      assert.strictEqual(String(mutex), "Mutex(m: locked, 1 waiting)")
      assert.deepStrictEqual(mutex.toJSON(), { _id: "effect-sync/Mutex", name: "m", locked: true, waiting: 1 })
      assert.deepStrictEqual(Mutex.makeUnsafe(0).toJSON(), { _id: "effect-sync/Mutex", locked: false, waiting: 0 })
      yield* Deferred.succeed(done, undefined)
      assert.isTrue(Mutex.isMutex(mutex))
      for (const other of [null, 1, {}]) assert.isFalse(Mutex.isMutex(other))
    }))
})
