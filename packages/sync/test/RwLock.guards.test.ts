/**
 * What the guards of a RwLock promise: downgrading, mapping, and that every end is one exact release.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Option, Result, Schema, Scope } from "effect"
import { Errors, Handle, RwLock } from "effect-sync"
import { type Config, config, connections, free, isFree, limits, state, visitors } from "./rwLock.ts"
import { defectOf, forkSettled, settle } from "./utils.ts"

describe("RwLock", () => {
  describe("downgrading", () => {
    it.effect("RW-6: a writer behind a downgraded guard waits until it is released", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const visit = visitors(lock)
        const guard = yield* RwLock.write(lock)
        yield* visit.writes("w1")
        yield* visit.reads("r1")
        yield* guard.set(1)
        const reading = yield* guard.downgrade
        yield* settle
        assert.deepStrictEqual(visit.inside(), []) // a writer is at the front: nobody gets in
        assert.deepStrictEqual(state(lock), { readers: 1, writeLocked: false, waiting: 2 })
        assert.strictEqual((yield* Effect.flip(RwLock.tryRead(lock)))._tag, "WouldBlock")
        assert.strictEqual(yield* reading.get, 1)
        yield* reading.unlock
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        yield* visit.leaves("r1")
        yield* isFree(lock)
      }))

    it.effect("RW-6: readers at the front share, as far as the next writer", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { maxReaders: 3 })
        const visit = visitors(lock)
        const guard = yield* RwLock.write(lock)
        for (const name of ["r1", "r2", "r3"]) yield* visit.reads(name)
        yield* visit.writes("w1")
        yield* visit.reads("r4")
        const reading = yield* guard.downgrade
        assert.strictEqual(RwLock.readersUnsafe(lock), 3) // from the grant on, as many as may
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1", "r2"])
        yield* reading.unlock
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1", "r2", "r3"])
        for (const name of ["r1", "r2", "r3"]) yield* visit.leaves(name)
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        yield* visit.leaves("r4")
        yield* isFree(lock)
      }))

    it.effect("RW-6: the writer's guard has ended, and the reader's keeps its place in its scope", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config, { name: "l" })
        const log: Array<unknown> = []
        const note = Effect.addFinalizer(() => Effect.sync(() => log.push(RwLock.readersUnsafe(lock))))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* note
          const guard = yield* RwLock.write(lock)
          yield* note
          const reading = yield* Effect.scoped(guard.downgrade) // the scope it is downgraded in is not its owner
          assert.isTrue(Handle.isReleased(guard))
          yield* guard.unlock // does nothing: it is not its lock any more
          yield* Handle.release(guard)
          assert.strictEqual(RwLock.readersUnsafe(lock), 1)
          const defect = yield* defectOf(guard.set(config))
          assert.instanceOf(defect, Errors.Misuse)
          assert.strictEqual(
            defect.message,
            "WriteGuard.set: a write guard of RwLock \"l\" was downgraded and can't be used any more"
          )
          assert.strictEqual(yield* reading.get, config)
          assert.strictEqual(reading.rwLock, lock)
          assert.isFalse("set" in reading)
        }))
        assert.deepStrictEqual(log, [1, 0])
        yield* isFree(lock)
      }))

    it.effect("RW-6: inside withWrite the rest of the effect reads, and the end of the bracket unlocks", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const escaped = yield* RwLock.withWrite(lock, (guard) =>
          Effect.gen(function*() {
            yield* guard.set(1)
            const reading = yield* guard.downgrade
            assert.deepStrictEqual(yield* RwLock.withReadIfAvailable(lock, Effect.succeed), Option.some(1))
            return reading
          }))
        assert.isTrue(Handle.isReleased(escaped))
        yield* isFree(lock)
      }))

    it.effect("RW-7: the function of downgradeMap runs before any reader is let in", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const guard = yield* RwLock.write(lock)
        const visit = visitors(lock)
        yield* visit.reads("r1")
        const port = yield* guard.downgradeMap((config) => {
          assert.deepStrictEqual(state(lock), { readers: 0, writeLocked: true, waiting: 1 })
          assert.isTrue(Result.isFailure(RwLock.tryReadUnsafe(lock)))
          return config.port
        })
        assert.deepStrictEqual(state(lock), { readers: 2, writeLocked: false, waiting: 0 })
        assert.deepStrictEqual(visit.inside(), [])
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1"])
        assert.strictEqual(yield* port.get, 80)
        assert.strictEqual(port.getUnsafe(), 80)
        yield* port.unlock
        yield* visit.leaves("r1")
        yield* isFree(lock)
      }))

    it.effect("RW-7: a failed tryDowngradeMap gives this very guard back, and the lock was never weakened", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make<Option.Option<number>>(Option.none())
        const guard = yield* RwLock.write(lock)
        const visit = visitors(lock)
        yield* visit.reads("r1")
        const missed = yield* guard.tryDowngradeMap((value) => value)
        assert.isTrue(Result.isFailure(missed) && missed.failure === guard)
        yield* settle
        assert.deepStrictEqual(state(lock), { readers: 0, writeLocked: true, waiting: 1 })
        assert.deepStrictEqual(visit.inside(), [])
        yield* guard.set(Option.some(1))
        const number = Result.getOrThrow(yield* guard.tryDowngradeMap((value) => value))
        assert.isTrue(Handle.isReleased(guard))
        assert.strictEqual(yield* number.get, 1)
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1"])
        yield* number.unlock
        yield* visit.leaves("r1")
        yield* isFree(lock)
      }))

    it.effect("RW-7: a function that throws is a defect, and the guard still writes", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const guard = yield* RwLock.write(lock)
        const bug = (): never => {
          throw new Error("bug")
        }
        assert.strictEqual((yield* defectOf(guard.downgradeMap(bug))).message, "bug")
        assert.strictEqual((yield* defectOf(guard.tryDowngradeMap(bug))).message, "bug")
        assert.isTrue(yield* RwLock.isWriteLocked(lock))
        yield* guard.set(2)
        yield* guard.unlock
        assert.strictEqual(RwLock.getUnsafe(lock), 2)
        yield* isFree(lock)
      }))
  })

  describe("guards", () => {
    it.effect("RW-9: after every guard is gone, however it went, a writer gets in", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const uses: Record<string, Effect.Effect<unknown, never, Scope.Scope>> = {
          read: RwLock.read(lock),
          "read, unlocked twice": Effect.flatMap(
            RwLock.read(lock),
            (guard) => Effect.andThen(guard.unlock, guard.unlock)
          ),
          "read, mapped": Effect.flatMap(RwLock.read(lock), (guard) => guard.map((config) => config.port)),
          "read, mapped and released": Effect.flatMap(
            Effect.flatMap(RwLock.read(lock), (guard) => guard.map((config) => config.port)),
            Handle.release
          ),
          write: RwLock.write(lock),
          "write, unlocked twice": Effect.flatMap(
            RwLock.write(lock),
            (guard) => Effect.andThen(guard.unlock, guard.unlock)
          ),
          "write, mapped": Effect.flatMap(RwLock.write(lock), (guard) => guard.map(limits)),
          "write, mapped twice and unlocked": Effect.flatMap(RwLock.write(lock), (guard) =>
            guard.map(limits).pipe(
              Effect.flatMap((limits) => limits.map(connections)),
              Effect.flatMap((connections) => connections.unlock)
            )),
          "write, downgraded": Effect.flatMap(RwLock.write(lock), (guard) => guard.downgrade),
          "write, downgraded, mapped": Effect.flatMap(
            Effect.flatMap(RwLock.write(lock), (guard) => guard.downgradeMap((config) => config.limits)),
            (guard) => guard.map((limits) => limits.connections)
          ),
          "write, downgraded and released": Effect.flatMap(
            Effect.flatMap(RwLock.write(lock), (guard) => guard.downgrade),
            Handle.release
          ),
          tryRead: Effect.orDie(RwLock.tryRead(lock)),
          tryWrite: Effect.orDie(RwLock.tryWrite(lock)),
          withRead: RwLock.withRead(lock, Effect.succeed),
          withWrite: RwLock.withWrite(lock, (guard) => guard.get),
          "withWrite, unlocked inside": RwLock.withWrite(lock, (guard) => guard.unlock),
          "withWrite, mapped": RwLock.withWrite(lock, (guard) => guard.map(limits)),
          withReadIfAvailable: RwLock.withReadIfAvailable(lock, Effect.succeed),
          withWriteIfAvailable: RwLock.withWriteIfAvailable(lock, (guard) => guard.get),
          forkWith: Effect.flatMap(Handle.forkWith(RwLock.read(lock), (guard) => guard.get), Fiber.join)
        }
        for (const [name, use] of Object.entries(uses)) {
          yield* Effect.scoped(use)
          assert.deepStrictEqual(state(lock), free, name)
          yield* isFree(lock)
          // beside a reader that stays, who must not be unlocked by it; and waited for
          const guard = yield* RwLock.write(lock)
          const fiber = yield* forkSettled(Effect.scoped(use))
          yield* guard.unlock
          yield* Fiber.await(fiber)
          yield* settle
          yield* isFree(lock)
        }
      }))

    it.effect("RW-9: a guard that is unlocked twice lets nobody in twice", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { maxReaders: 2 })
        const visit = visitors(lock)
        const one = yield* RwLock.read(lock)
        yield* visit.reads("r1")
        yield* visit.writes("w1")
        yield* one.unlock
        yield* one.unlock
        yield* Handle.release(one)
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1"])
        yield* visit.leaves("r1")
        yield* visit.leaves("w1")
        yield* isFree(lock)
      }))

    it.effect("RW-9: a guard that was mapped or downgraded unlocks nothing any more", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const writer = yield* RwLock.write(lock)
        const reading = yield* writer.downgrade
        const other = yield* RwLock.read(lock)
        const part = yield* reading.map((config) => config.port)
        for (const ended of [writer, reading]) {
          yield* ended.unlock
          yield* Handle.release(ended)
        }
        assert.deepStrictEqual(state(lock), { ...free, readers: 2 })
        yield* part.unlock
        yield* other.unlock
        yield* isFree(lock)
        const whole = yield* RwLock.write(lock)
        const mapped = yield* whole.map(limits)
        yield* whole.unlock
        assert.deepStrictEqual(state(lock), { ...free, writeLocked: true })
        yield* mapped.unlock
        yield* isFree(lock)
      }))

    it.effect("RW-9: the end of withWrite does not unlock for those who locked after an unlock inside it", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        yield* Effect.scoped(Effect.gen(function*() {
          yield* RwLock.withWrite(lock, (guard) => Effect.andThen(guard.unlock, RwLock.read(lock)))
          assert.strictEqual(yield* RwLock.readers(lock), 1)
        }))
        yield* isFree(lock)
      }))

    it.effect("RW-10: failure, defect and interruption unlock, and what was set stays", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const endings: ReadonlyArray<Effect.Effect<never, string>> = [
          Effect.fail("no"),
          Effect.die("bug"),
          Effect.interrupt
        ]
        let n = 0
        for (const ending of endings) {
          for (const waits of [false, true]) {
            const held = waits ? yield* RwLock.write(lock) : undefined
            n++
            const value = n
            const uses = [
              RwLock.withWrite(lock, (guard) => Effect.andThen(guard.set(value), ending)),
              RwLock.withRead(lock, () => ending),
              RwLock.withWrite(lock, (): Effect.Effect<never> => {
                throw new Error("while building the effect")
              }),
              RwLock.withRead(lock, (): Effect.Effect<never> => {
                throw new Error("while building the effect")
              }),
              Effect.scoped(Effect.flatMap(RwLock.read(lock), () => ending))
            ]
            const fibers = yield* Effect.forEach(uses, (use) => forkSettled(Effect.exit(use)))
            if (held !== undefined) yield* held.unlock
            for (const fiber of fibers) {
              const exit = yield* Fiber.await(fiber)
              assert.isTrue(Exit.isFailure(exit) || Exit.isFailure(exit.value))
            }
            assert.strictEqual(RwLock.getUnsafe(lock), value)
            yield* isFree(lock)
          }
        }
        const fiber = yield* forkSettled(RwLock.withWrite(lock, (guard) => Effect.andThen(guard.set(-1), Effect.never)))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* RwLock.withRead(lock, Effect.succeed), -1)
      }))

    it.effect("RW-10: the lock is held until the effect's own finalizers have run", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const seen: Array<unknown> = []
        const finalizer = Effect.onExit(() => Effect.sync(() => seen.push(state(lock))))
        yield* Effect.exit(RwLock.withRead(lock, () => finalizer(Effect.fail("no"))))
        yield* Effect.exit(RwLock.withWrite(lock, () => finalizer(Effect.fail("no"))))
        assert.deepStrictEqual(seen, [{ ...free, readers: 1 }, { ...free, writeLocked: true }])
      }))

    it.effect("a write guard reads and writes the value until unlocked", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const guard = yield* RwLock.write(lock)
        assert.strictEqual(guard.rwLock, lock)
        yield* guard.set(2)
        yield* guard.update((n) => n * 10)
        assert.strictEqual(yield* guard.modify((n) => [`was ${n}`, n + 1]), "was 20")
        guard.setUnsafe(guard.getUnsafe() + 1)
        assert.strictEqual(yield* guard.get, 22)
        assert.strictEqual(
          (yield* defectOf(guard.update(() => {
            throw new Error("bug")
          }))).message,
          "bug"
        )
        assert.strictEqual(yield* guard.get, 22)
        yield* guard.unlock
        assert.isTrue(Handle.isReleased(guard))
        assert.strictEqual(RwLock.getUnsafe(lock), 22)
      }))

    it.effect("after unlock every member but unlock is Misuse, names itself, and changes nothing", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config, { name: "l" })
        const other: Config = { ...config, port: 1 }
        const reader = yield* RwLock.read(lock)
        yield* reader.unlock
        const part = yield* Effect.flatMap(RwLock.write(lock), (guard) => guard.map(limits))
        yield* part.unlock
        const writer = yield* RwLock.write(lock)
        yield* writer.unlock
        const uses: Record<string, Effect.Effect<unknown>> = {
          "ReadGuard.get": reader.get,
          "ReadGuard.getUnsafe": Effect.sync(() => reader.getUnsafe()),
          "ReadGuard.map": reader.map((config) => config.port),
          "ReadGuard.tryMap": reader.tryMap((config) => Option.some(config.port)),
          "WriteGuard.get": writer.get,
          "WriteGuard.set": writer.set(other),
          "WriteGuard.update": writer.update(() => other),
          "WriteGuard.modify": writer.modify(() => [1, other]),
          "WriteGuard.map": writer.map(limits),
          "WriteGuard.tryMap": writer.tryMap(limits),
          "WriteGuard.getUnsafe": Effect.sync(() => writer.getUnsafe()),
          "WriteGuard.setUnsafe": Effect.sync(() => writer.setUnsafe(other)),
          "WriteGuard.downgrade": writer.downgrade,
          "WriteGuard.downgradeMap": writer.downgradeMap((config) => config.port),
          "WriteGuard.tryDowngradeMap": writer.tryDowngradeMap(() => Option.some(1)),
          "MappedWriteGuard.get": part.get,
          "MappedWriteGuard.set": part.set({ connections: 1 })
        }
        for (const [name, use] of Object.entries(uses)) {
          const defect = yield* defectOf(use)
          assert.instanceOf(defect, Errors.Misuse)
          const kind = name.startsWith("ReadGuard") ? "read" : "write"
          assert.strictEqual(
            defect.message,
            `${name}: a ${kind} guard of RwLock "l" was released and can't be used any more`
          )
        }
        assert.strictEqual(RwLock.getUnsafe(lock), config)
        yield* isFree(lock)
      }))

    it.effect("a mapped read guard is the same reader: nothing is released, one unlock at the end", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const visit = visitors(lock)
        const guard = yield* RwLock.read(lock)
        yield* visit.writes("w1")
        let calls = 0
        const part = yield* guard.map((config) => {
          calls++
          return config.limits
        })
        const missed = yield* part.tryMap(() => Option.none<number>())
        assert.isTrue(Result.isFailure(missed) && missed.failure === part)
        const number = Result.getOrThrow(yield* part.tryMap((limits) => Option.some(limits.connections)))
        yield* settle
        assert.deepStrictEqual([guard, part, number].map(Handle.isReleased), [true, true, false])
        assert.match((yield* defectOf(guard.get)).message, /^ReadGuard\.get: .* was consumed by a map /)
        yield* guard.unlock
        yield* part.unlock
        assert.strictEqual(number.getUnsafe(), 10)
        assert.strictEqual(yield* number.get, 10)
        assert.strictEqual(calls, 1)
        assert.strictEqual(number.rwLock, lock)
        assert.deepStrictEqual(state(lock), { readers: 1, writeLocked: false, waiting: 1 })
        yield* number.unlock
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        yield* isFree(lock)
      }))

    it.effect("a mapped read guard keeps the place of the first among the scope's finalizers", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const log: Array<number> = []
        const note = Effect.addFinalizer(() => Effect.sync(() => log.push(RwLock.readersUnsafe(lock))))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* note
          const guard = yield* RwLock.read(lock)
          yield* note
          yield* Effect.scoped(guard.map((config) => config.port))
        }))
        assert.deepStrictEqual(log, [1, 0])
      }))

    it.effect("a mapped write guard writes its part by a copy, stays exclusive and can't be downgraded", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(config)
        const guard = yield* RwLock.write(lock)
        const part = yield* guard.map(limits)
        const number = yield* part.map(connections)
        assert.isTrue(Handle.isReleased(guard) && Handle.isReleased(part))
        assert.isFalse("downgrade" in part || "downgradeMap" in part || "tryDowngradeMap" in part)
        assert.strictEqual(number.rwLock, lock)
        yield* number.update((n) => n + 1)
        number.setUnsafe(number.getUnsafe() + 1)
        assert.strictEqual(yield* number.modify((n) => [n, n + 1]), 12)
        assert.isTrue(yield* RwLock.isWriteLocked(lock))
        yield* number.unlock
        assert.deepStrictEqual(RwLock.getUnsafe(lock), { ...config, limits: { connections: 13 } })
        assert.strictEqual(config.limits.connections, 10)
        yield* isFree(lock)
      }))

    it.effect("a failed tryMap of a write guard keeps the lock and gives this very guard back", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const guard = yield* RwLock.write(lock)
        const large = Optic.fromChecks<number>(Schema.isGreaterThan(10))
        const missed = yield* guard.tryMap(large)
        assert.isTrue(Result.isFailure(missed) && missed.failure === guard)
        assert.isTrue(yield* RwLock.isWriteLocked(lock))
        yield* guard.set(11)
        const part = Result.getOrThrow(yield* guard.tryMap(large))
        yield* part.set(1)
        assert.strictEqual(yield* part.get, 1)
        yield* part.unlock
        yield* isFree(lock)
      }))

    it.effect("a function that throws is a defect, and leaves the read guard as it was", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const guard = yield* RwLock.read(lock)
        const bug = (): never => {
          throw new Error("bug")
        }
        assert.strictEqual((yield* defectOf(guard.map(bug))).message, "bug")
        assert.strictEqual((yield* defectOf(guard.tryMap(bug))).message, "bug")
        assert.strictEqual(yield* guard.get, 1)
        yield* guard.unlock
        yield* isFree(lock)
      }))

    it.effect("RW-1: a function that releases the guard it is called by gets nothing through it any more", () =>
      Effect.gen(function*() {
        const releasing = <B>(guard: Handle.Handle, result: B) => () => {
          Handle.releaseUnsafe(guard)
          return result
        }
        const reads: ReadonlyArray<(guard: RwLock.ReadGuard<Config>) => Effect.Effect<unknown>> = [
          (guard) => guard.map(releasing(guard, 1)),
          (guard) => guard.tryMap(releasing(guard, Option.some(1))),
          (guard) => guard.tryMap(releasing(guard, Option.none()))
        ]
        const writes: ReadonlyArray<(guard: RwLock.WriteGuard<Config>) => Effect.Effect<unknown>> = [
          (guard) => guard.update(releasing(guard, { ...config, port: 1 })),
          (guard) => guard.modify(releasing(guard, [1, { ...config, port: 1 }] as const)),
          (guard) => guard.downgradeMap(releasing(guard, 1)),
          (guard) => guard.tryDowngradeMap(releasing(guard, Option.some(1))),
          (guard) => guard.tryDowngradeMap(releasing(guard, Option.none())),
          (guard) => guard.map(Optic.makeLens<Config, number>(releasing(guard, 1), (_, whole) => whole)),
          // another way to end it: it is consumed by a map of its own
          (guard) =>
            guard.downgradeMap(() => {
              const part = Effect.runSync(guard.map(limits))
              Handle.releaseUnsafe(part)
            })
        ]
        const lock = yield* RwLock.make(config)
        for (const use of reads) {
          assert.instanceOf(yield* defectOf(Effect.flatMap(RwLock.read(lock), use)), Errors.Misuse)
          yield* isFree(lock)
        }
        for (const use of writes) {
          assert.instanceOf(yield* defectOf(Effect.flatMap(RwLock.write(lock), use)), Errors.Misuse)
          assert.strictEqual(RwLock.getUnsafe(lock), config)
          yield* isFree(lock)
        }
      }))

    it.effect("a function that moves its guard to another scope has it moved", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const scope = yield* Scope.make()
        yield* Effect.scoped(Effect.gen(function*() {
          const guard = yield* RwLock.write(lock)
          yield* guard.downgradeMap((n) => {
            Handle.transferUnsafe(guard, scope)
            return n
          })
        }))
        assert.strictEqual(yield* RwLock.readers(lock), 1)
        yield* Scope.close(scope, Exit.void)
        yield* isFree(lock)
      }))

    it.effect("guards move to another scope, out of a bracket too; into a closed scope they come unlocked", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const scope = yield* Scope.make()
        const reader = yield* Effect.scoped(
          Effect.flatMap(RwLock.read(lock), (guard) => Handle.transfer(guard, scope))
        )
        assert.strictEqual(yield* RwLock.readers(lock), 1)
        yield* reader.unlock
        assert.strictEqual(scope.state._tag, "Empty")
        const writer = yield* RwLock.withWrite(lock, (guard) => Handle.transfer(guard, scope))
        assert.isTrue(yield* RwLock.isWriteLocked(lock))
        const reading = yield* writer.downgrade
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Handle.isReleased(reading))
        yield* isFree(lock)
        for (const acquire of [RwLock.read(lock), RwLock.write(lock), RwLock.tryRead(lock), RwLock.tryWrite(lock)]) {
          const guard = yield* Scope.provide(acquire as Effect.Effect<Handle.Handle, unknown, Scope.Scope>, scope)
          assert.isTrue(Handle.isReleased(guard))
          yield* isFree(lock)
        }
      }))

    it.effect("mapped and downgraded twenty thousand times, it is still unlocked once", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        yield* Effect.scoped(Effect.gen(function*() {
          const writer = yield* RwLock.write(lock)
          let guard = yield* writer.downgrade
          for (let i = 0; i < 20_000; i++) guard = yield* guard.map((n) => n + 1)
          assert.strictEqual(yield* guard.get, 20_001)
          assert.strictEqual(yield* RwLock.readers(lock), 1)
        }))
        yield* isFree(lock)
      }))

    it.effect("the functions of the …Unsafe members may be taken off the guard", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(1)
        const { getUnsafe, setUnsafe } = yield* RwLock.write(lock)
        setUnsafe(getUnsafe() + 1)
        assert.strictEqual(RwLock.getUnsafe(lock), 2)
      }))
  })
})
