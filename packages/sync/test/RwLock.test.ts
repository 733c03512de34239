/**
 * What a RwLock promises, guarantee by guarantee. The laws every lock keeps are in `laws/`, random sequences in
 * `RwLock.model.test.ts`, an interrupt at every operation in `RwLock.interruption.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Option, Result, Scheduler } from "effect"
import { Errors, Handle, RwLock } from "effect-sync"
import { inspect } from "node:util"
import { free, isFree, state, visitors } from "./rwLock.ts"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("RwLock", () => {
  describe("readers and writers", () => {
    it.effect("RW-1: readers share, a writer is alone", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const visit = visitors(lock)
        yield* visit.reads("r1")
        yield* visit.reads("r2")
        yield* visit.writes("w1")
        assert.deepStrictEqual(visit.inside(), ["r1", "r2"])
        assert.deepStrictEqual(state(lock), { readers: 2, writeLocked: false, waiting: 1 })
        yield* visit.leaves("r1")
        assert.deepStrictEqual(visit.inside(), ["r2"])
        yield* visit.leaves("r2")
        assert.deepStrictEqual(visit.inside(), ["w1"])
        assert.deepStrictEqual(state(lock), { readers: 0, writeLocked: true, waiting: 0 })
        yield* visit.reads("r3")
        yield* visit.writes("w2")
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        yield* visit.leaves("r3")
        assert.deepStrictEqual(visit.inside(), ["w2"])
        yield* visit.leaves("w2")
        yield* isFree(lock)
      }))

    it.effect("RW-1: never a writer beside anybody, and no update lost, whatever yields inside", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        let readers = 0
        let writers = 0
        let together = 0
        const reading = (n: number) =>
          Effect.gen(function*() {
            together = Math.max(together, ++readers)
            assert.strictEqual(writers, 0)
            yield* Effect.yieldNow
            assert.strictEqual(RwLock.getUnsafe(lock), n)
            readers--
          })
        const writing = (guard: RwLock.WriteGuard<number>) =>
          Effect.gen(function*() {
            writers++
            assert.deepStrictEqual([readers, writers], [0, 1])
            const n = yield* guard.get
            yield* Effect.yieldNow
            yield* guard.set(n + 1)
            writers--
          })
        const forms = [
          RwLock.withRead(lock, reading),
          RwLock.withRead(lock)(reading),
          RwLock.withWrite(lock, writing),
          Effect.scoped(Effect.flatMap(Effect.flatMap(RwLock.read(lock), (guard) => guard.get), reading)),
          RwLock.withRead(lock, reading),
          Effect.scoped(Effect.flatMap(RwLock.write(lock), writing)),
          RwLock.withWrite(lock)(writing)
        ]
        for (const budget of [3, 5, 7, 2048]) {
          yield* Effect.all(forms.flatMap((form) => Array.from({ length: 10 }, () => form)), {
            concurrency: "unbounded"
          }).pipe(Effect.provideService(Scheduler.MaxOpsBeforeYield, budget))
        }
        assert.strictEqual(RwLock.getUnsafe(lock), 120)
        assert.isAbove(together, 1)
        yield* isFree(lock)
      }))

    it.effect("RW-2: readers before a writer get in before it, those behind it wait for it, neighbours enter together", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const visit = visitors(lock)
        yield* visit.writes("w0")
        for (const name of ["r1", "r2"]) yield* visit.reads(name)
        yield* visit.writes("w1")
        for (const name of ["r3", "r4"]) yield* visit.reads(name)
        yield* visit.writes("w2")
        yield* visit.writes("w3")
        yield* visit.reads("r5")
        yield* visit.leaves("w0")
        assert.deepStrictEqual(visit.inside(), ["r1", "r2"])
        yield* visit.leaves("r2")
        assert.deepStrictEqual(visit.inside(), ["r1"])
        yield* visit.leaves("r1")
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        assert.deepStrictEqual(visit.inside(), ["r3", "r4"])
        yield* visit.leaves("r3")
        yield* visit.leaves("r4")
        yield* visit.leaves("w2")
        assert.deepStrictEqual(visit.inside(), ["w3"])
        yield* visit.leaves("w3")
        assert.deepStrictEqual(visit.entered, ["w0", "r1", "r2", "w1", "r3", "r4", "w2", "w3", "r5"])
        yield* visit.leaves("r5")
        yield* isFree(lock)
      }))

    it.effect("RW-2: served in the order in which the requests ran, whatever their form and the order they were built in", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const order: Array<string> = []
        const note = (name: string) => Effect.sync(() => order.push(name))
        const held = yield* RwLock.write(lock)
        const forms: ReadonlyArray<readonly [string, Effect.Effect<unknown>]> = [
          ["write", Effect.scoped(Effect.andThen(RwLock.write(lock), note("write")))],
          ["withRead", RwLock.withRead(lock, () => note("withRead"))],
          ["withWrite", RwLock.withWrite(lock, () => note("withWrite"))],
          ["read", Effect.scoped(Effect.andThen(RwLock.read(lock), note("read")))]
        ]
        const asked = [2, 0, 3, 1].map((i) => forms[i]!)
        for (const [, form] of asked) yield* forkSettled(form)
        yield* held.unlock
        assert.deepStrictEqual(order, []) // nobody runs in the middle of the step that lets them in
        yield* settle
        assert.deepStrictEqual(order, asked.map(([name]) => name))
        yield* isFree(lock)
      }))

    it.effect("RW-3: readers that keep coming starve no writer", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        let written = false
        let after = 0
        const reader = (stay: number) =>
          Effect.forever(RwLock.withRead(lock, () => {
            if (written) after++
            return Effect.repeat(Effect.yieldNow, { times: stay }) // they overlap: there is always one inside
          }))
        const readers = yield* Effect.forEach([3, 5, 7], (stay) => forkSettled(reader(stay)))
        const writer = yield* forkSettled(RwLock.withWrite(lock, () =>
          Effect.sync(() => {
            written = true
          })))
        assert.isTrue(written)
        assert.isDefined(writer.pollUnsafe())
        assert.isAbove(after, 3)
        yield* Fiber.interruptAll(readers)
        yield* isFree(lock)
      }))

    it.effect("RW-3: writers that keep coming starve no reader", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const writer = Effect.forever(
          RwLock.withWrite(lock, (guard) => Effect.andThen(Effect.yieldNow, guard.update((n) => n + 1)))
        )
        const writers = yield* Effect.forEach([1, 2, 3], () => forkSettled(writer))
        const before = RwLock.getUnsafe(lock)
        const seen = yield* RwLock.withRead(lock, Effect.succeed)
        assert.isAtMost(seen - before, 4) // those that came before it
        yield* settle
        assert.isAbove(RwLock.getUnsafe(lock), seen)
        yield* Fiber.interruptAll(writers)
        yield* isFree(lock)
      }))

    it.effect("RW-4: tryRead fails while a writer waits, even though only readers hold the lock", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { name: "l" })
        const reader = yield* RwLock.tryRead(lock)
        const writer = yield* forkSettled(RwLock.withWrite(lock, () => Effect.void))
        const refused = Effect.gen(function*() {
          const error = yield* Effect.flip(RwLock.tryRead(lock))
          assert.instanceOf(error, Errors.WouldBlock)
          assert.strictEqual(
            error.message,
            "RwLock \"l\" can't be read now: a writer holds it or waits for it, or as many read it as may"
          )
          assert.isTrue(Result.isFailure(RwLock.tryReadUnsafe(lock)))
          assert.deepStrictEqual(yield* RwLock.withReadIfAvailable(lock, Effect.succeed), Option.none())
          assert.isTrue(Result.isFailure(RwLock.tryWriteUnsafe(lock)))
          assert.deepStrictEqual(yield* RwLock.withWriteIfAvailable(lock, (guard) => guard.get), Option.none())
          assert.strictEqual(
            (yield* Effect.flip(RwLock.tryWrite(lock))).message,
            "RwLock \"l\" can't be written now: somebody holds it or waits for it"
          )
        })
        yield* refused
        yield* reader.unlock
        assert.deepStrictEqual(state(lock), { readers: 0, writeLocked: true, waiting: 0 }) // from the grant on
        yield* refused
        yield* Fiber.join(writer)
        assert.deepStrictEqual(yield* RwLock.withReadIfAvailable(lock, Effect.succeed), Option.some(0))
        yield* isFree(lock)
      }))

    it.effect("RW-4: trying succeeds exactly when it need not wait", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make("value")
        const isTaken = (result: Result.Result<Handle.Handle, Errors.WouldBlock>): boolean => {
          if (Result.isSuccess(result)) Handle.releaseUnsafe(result.success)
          return Result.isSuccess(result)
        }
        const tries = () => ({
          read: isTaken(RwLock.tryReadUnsafe(lock)),
          write: isTaken(RwLock.tryWriteUnsafe(lock))
        })
        assert.deepStrictEqual(tries(), { read: true, write: true })
        const reader = yield* RwLock.tryRead(lock)
        assert.deepStrictEqual(tries(), { read: true, write: false })
        assert.deepStrictEqual(yield* RwLock.withReadIfAvailable(lock)(Effect.succeed), Option.some("value"))
        assert.deepStrictEqual(yield* RwLock.withWriteIfAvailable(lock, (guard) => guard.get), Option.none())
        yield* reader.unlock
        const writer = yield* RwLock.tryWrite(lock)
        assert.deepStrictEqual(tries(), { read: false, write: false })
        assert.deepStrictEqual(yield* RwLock.withReadIfAvailable(lock, Effect.succeed), Option.none())
        yield* writer.unlock
        assert.deepStrictEqual(yield* RwLock.withWriteIfAvailable(lock)((guard) => guard.get), Option.some("value"))
        assert.deepStrictEqual(tries(), { read: true, write: true })
      }))

    it.effect("RW-5: interrupting a writer that waits lets the readers behind it in at once", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const visit = visitors(lock)
        yield* visit.reads("r1")
        const w1 = yield* visit.writes("w1")
        yield* visit.reads("r2")
        yield* visit.reads("r3")
        yield* visit.writes("w2")
        yield* visit.reads("r4")
        assert.deepStrictEqual(visit.inside(), ["r1"])
        w1.interruptUnsafe()
        assert.deepStrictEqual(state(lock), { readers: 3, writeLocked: false, waiting: 2 })
        yield* settle
        assert.deepStrictEqual(visit.inside(), ["r1", "r2", "r3"])
        for (const name of ["r1", "r2", "r3"]) yield* visit.leaves(name)
        assert.deepStrictEqual(visit.inside(), ["w2"])
        yield* visit.leaves("w2")
        yield* visit.leaves("r4")
        yield* isFree(lock)
      }))

    it.effect("RW-5: a writer interrupted after the grant, before it ran, passes the lock on", () =>
      Effect.gen(function*() {
        for (const maxReaders of [1, 2, RwLock.MAX_READERS]) {
          const lock = yield* RwLock.make(0, { maxReaders })
          const held = yield* RwLock.write(lock)
          const first = yield* forkSettled(RwLock.withWrite(lock, () => Effect.die("ran")))
          const reader = yield* forkSettled(RwLock.withRead(lock, () => Effect.never))
          const last = yield* forkSettled(RwLock.withWrite(lock, () => Effect.die("ran")))
          yield* Effect.sync(() => {
            Handle.releaseUnsafe(held)
            assert.deepStrictEqual(state(lock), { readers: 0, writeLocked: true, waiting: 2 })
            first.interruptUnsafe()
            assert.deepStrictEqual(state(lock), { readers: 1, writeLocked: false, waiting: 1 })
            last.interruptUnsafe()
            reader.interruptUnsafe() // promised, not yet run
            assert.deepStrictEqual(state(lock), free)
          })
          yield* isFree(lock)
        }
      }))

    it.effect("RW-5: a reader interrupted in the queue leaves the others in order", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const visit = visitors(lock)
        yield* visit.writes("w0")
        const r1 = yield* visit.reads("r1")
        yield* visit.writes("w1")
        const r2 = yield* visit.reads("r2")
        yield* visit.reads("r3")
        yield* Fiber.interrupt(r1)
        yield* Fiber.interrupt(r2)
        yield* visit.leaves("w0")
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        assert.deepStrictEqual(visit.inside(), ["r3"])
        yield* visit.leaves("r3")
        yield* isFree(lock)
      }))

    it.effect("RW-5: who waits uninterruptibly waits on, and gets the lock", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const reader = yield* RwLock.read(lock)
        const fiber = yield* forkSettled(Effect.uninterruptible(RwLock.withWrite(lock, (guard) => guard.set(1))))
        const interruption = yield* forkSettled(Fiber.interrupt(fiber))
        assert.strictEqual(yield* RwLock.waiting(lock), 1)
        yield* reader.unlock
        yield* Fiber.join(interruption)
        assert.strictEqual(RwLock.getUnsafe(lock), 1)
      }))
  })

  describe("maxReaders", () => {
    it.effect("RW-8: reader max + 1 waits, and is let in when one leaves", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { maxReaders: 3 })
        const visit = visitors(lock)
        for (const name of ["r1", "r2", "r3", "r4", "r5"]) yield* visit.reads(name)
        assert.deepStrictEqual(visit.inside(), ["r1", "r2", "r3"])
        assert.deepStrictEqual(state(lock), { readers: 3, writeLocked: false, waiting: 2 })
        assert.strictEqual((yield* Effect.flip(RwLock.tryRead(lock)))._tag, "WouldBlock")
        assert.isTrue(Result.isFailure(RwLock.tryReadUnsafe(lock)))
        yield* visit.leaves("r2")
        assert.deepStrictEqual(visit.inside(), ["r1", "r3", "r4"])
        assert.strictEqual(RwLock.readersUnsafe(lock), 3)
        for (const name of ["r1", "r3", "r4", "r5"]) yield* visit.leaves(name)
        yield* isFree(lock)
      }))

    it.effect("RW-8: readers wait for a place in line with writers", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { maxReaders: 2 })
        const visit = visitors(lock)
        for (const name of ["r1", "r2", "r3"]) yield* visit.reads(name)
        yield* visit.writes("w1")
        yield* visit.reads("r4")
        yield* visit.leaves("r1")
        assert.deepStrictEqual(visit.inside(), ["r2", "r3"])
        yield* visit.leaves("r2")
        assert.deepStrictEqual(visit.inside(), ["r3"])
        yield* visit.leaves("r3")
        assert.deepStrictEqual(visit.inside(), ["w1"])
        yield* visit.leaves("w1")
        assert.deepStrictEqual(visit.inside(), ["r4"])
        yield* visit.leaves("r4")
        yield* isFree(lock)
      }))

    it.effect("RW-8: one reader at a time is no writer", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0, { maxReaders: 1 })
        const visit = visitors(lock)
        const reading = { readers: 1, writeLocked: false }
        const writing = { readers: 0, writeLocked: true }
        yield* visit.reads("r1")
        assert.deepInclude(state(lock), reading)
        yield* visit.writes("w1")
        yield* visit.reads("r2")
        assert.deepInclude(state(lock), reading)
        yield* visit.leaves("r1")
        assert.deepInclude(state(lock), writing)
        yield* visit.leaves("w1")
        assert.deepInclude(state(lock), reading)
        assert.deepStrictEqual(visit.inside(), ["r2"])
        yield* visit.leaves("r2")
        const guard = yield* RwLock.write(lock)
        const reader = yield* guard.downgrade
        assert.deepInclude(state(lock), reading)
        assert.strictEqual((yield* Effect.flip(RwLock.tryRead(lock)))._tag, "WouldBlock")
        yield* reader.unlock
        yield* isFree(lock)
      }))

    it.effect("RW-8: it is from 1 to MAX_READERS, else a RangeError", () =>
      Effect.gen(function*() {
        assert.strictEqual(RwLock.MAX_READERS, 536_870_911)
        for (const maxReaders of [1, RwLock.MAX_READERS]) {
          const lock = yield* RwLock.make(0, { maxReaders })
          assert.deepInclude(json(lock), { maxReaders })
          yield* isFree(lock)
        }
        assert.deepInclude(json(RwLock.makeUnsafe(0)), { maxReaders: RwLock.MAX_READERS })
        assert.deepInclude(json(RwLock.makeUnsafe(0, { maxReaders: undefined as any })), {
          maxReaders: RwLock.MAX_READERS
        })
        const bad = [0, -1, 1.5, NaN, Infinity, RwLock.MAX_READERS + 1, "3", null] as ReadonlyArray<unknown>
        for (const value of bad) {
          const maxReaders = value as number
          const make = RwLock.make(0, { maxReaders, name: "l" }) // not checked before it runs
          const shown = typeof value === "string" ? JSON.stringify(value) : String(value)
          const sentence =
            `maxReaders must be an integer from 1 to MAX_READERS (536870911), got ${shown}, on RwLock "l"`
          const defect = yield* defectOf(make)
          assert.instanceOf(defect, RangeError)
          assert.strictEqual(defect.message, `RwLock.make: ${sentence}`)
          const thrown = thrownBy(() => RwLock.makeUnsafe(0, { maxReaders, name: "l" }))
          assert.instanceOf(thrown, RangeError)
          assert.strictEqual(thrown.message, `RwLock.makeUnsafe: ${sentence}`)
        }
      }))
  })

  describe("outside Effect", () => {
    it("RW-9: tryReadUnsafe and tryWriteUnsafe give guards to be released by hand", () => {
      const lock = RwLock.makeUnsafe(1)
      const one = Result.getOrThrow(RwLock.tryReadUnsafe(lock))
      const other = Result.getOrThrow(RwLock.tryReadUnsafe(lock))
      assert.strictEqual(one.getUnsafe() + other.getUnsafe(), 2)
      assert.deepStrictEqual(state(lock), { ...free, readers: 2 })
      assert.isTrue(Result.isFailure(RwLock.tryWriteUnsafe(lock)))
      Handle.releaseUnsafe(one)
      Handle.releaseUnsafe(one)
      Handle.releaseUnsafe(other)
      const writer = Result.getOrThrow(RwLock.tryWriteUnsafe(lock))
      writer.setUnsafe(writer.getUnsafe() + 1)
      assert.deepStrictEqual(state(lock), { ...free, writeLocked: true })
      const refused = RwLock.tryWriteUnsafe(lock)
      assert.isTrue(Result.isFailure(refused) && refused.failure instanceof Errors.WouldBlock)
      Handle.releaseUnsafe(writer)
      assert.deepStrictEqual(state(lock), free)
      assert.strictEqual(RwLock.getUnsafe(lock), 2)
    })

    it("a lock that is free costs no wait: runSync works", () => {
      const lock = RwLock.makeUnsafe(1)
      assert.strictEqual(Effect.runSync(RwLock.withRead(lock, Effect.succeed)), 1)
      assert.strictEqual(Effect.runSync(RwLock.withWrite(lock, (guard) => guard.modify((n) => [n, n + 1]))), 1)
      assert.strictEqual(RwLock.getUnsafe(lock), 2)
    })

    it.effect("a lock of another backend serves the same functions, and has no …Unsafe ones", () =>
      Effect.gen(function*() {
        const local = yield* RwLock.make(1)
        const backend = local[RwLock.TypeId]
        const remote = {
          toString: () => "Remote",
          [RwLock.TypeId]: {
            read: backend.read,
            withRead: (f: (n: number) => Effect.Effect<unknown>) => backend.withRead(f),
            tryWrite: Effect.fail("lost")
          }
        } as unknown as RwLock.RwLock<number, "lost">
        assert.isTrue(RwLock.isRwLock(remote))
        assert.strictEqual(yield* RwLock.withRead(remote, Effect.succeed), 1)
        assert.strictEqual(yield* Effect.scoped(Effect.flatMap(RwLock.read(remote), (guard) => guard.get)), 1)
        assert.strictEqual(yield* Effect.flip(Effect.scoped(RwLock.tryWrite(remote))), "lost")
        const names = [
          "getUnsafe",
          "isWriteLockedUnsafe",
          "readersUnsafe",
          "tryReadUnsafe",
          "tryWriteUnsafe",
          "waitingUnsafe"
        ] as const
        for (const name of names) {
          const error = thrownBy(() => RwLock[name](remote as unknown as RwLock.RwLock<number>))
          assert.instanceOf(error, RwLock.Misuse)
          assert.strictEqual(
            error.message,
            `RwLock.${name}: Remote does not live in this process; use the Effect of the same name`
          )
        }
      }))
  })

  describe("looking", () => {
    it.effect("shows name and state, not the value", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make("secret", { name: "l", maxReaders: 4 })
        const shown = { _id: "effect-sync/RwLock", name: "l", maxReaders: 4, ...free }
        assert.strictEqual(String(lock), "RwLock(l: unlocked, 0 waiting)")
        assert.deepStrictEqual(lock.toJSON(), shown)
        const one = yield* RwLock.read(lock)
        assert.strictEqual(String(lock), "RwLock(l: 1 reader, 0 waiting)")
        yield* RwLock.read(lock)
        const writer = yield* forkSettled(RwLock.withWrite(lock, () => Effect.never))
        assert.strictEqual(inspect(lock), "RwLock(l: 2 readers, 1 waiting)")
        assert.deepStrictEqual(json(lock), { ...shown, readers: 2, waiting: 1 })
        yield* Fiber.interrupt(writer)
        assert.strictEqual(
          String(one),
          "ReadGuard(held, of RwLock(l: 2 readers, 0 waiting))"
        )
        assert.deepStrictEqual(json(one), { _id: "effect-sync/ReadGuard", released: false, of: lock.toJSON() })
        const unnamed = RwLock.makeUnsafe(0)
        const guard = yield* RwLock.write(unnamed)
        assert.strictEqual(String(guard), "WriteGuard(held, of RwLock(write-locked, 0 waiting))")
        assert.deepStrictEqual(json(unnamed), {
          _id: "effect-sync/RwLock",
          maxReaders: RwLock.MAX_READERS,
          ...free,
          writeLocked: true
        })
        yield* guard.unlock
        assert.strictEqual(inspect(guard), "WriteGuard(released, of RwLock(unlocked, 0 waiting))")
        assert.isTrue(RwLock.isRwLock(lock))
        for (const other of [null, 1, {}]) assert.isFalse(RwLock.isRwLock(other))
      }))

    it.effect("the Effects say the same as their twins", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const effects = Effect.all({
          readers: RwLock.readers(lock),
          writeLocked: RwLock.isWriteLocked(lock),
          waiting: RwLock.waiting(lock)
        })
        const seen = [yield* effects]
        const reader = yield* RwLock.read(lock)
        const writer = yield* forkSettled(RwLock.withWrite(lock, () => Effect.never))
        seen.push(yield* effects)
        yield* reader.unlock
        seen.push(yield* effects)
        assert.deepStrictEqual(seen, [
          free,
          { readers: 1, writeLocked: false, waiting: 1 },
          { readers: 0, writeLocked: true, waiting: 0 }
        ])
        yield* Fiber.interrupt(writer)
      }))

    it.effect("nothing happens before it runs, and each run is another", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const operations = [RwLock.read(lock), RwLock.write(lock), RwLock.tryRead(lock), RwLock.tryWrite(lock)]
        const brackets = [RwLock.withRead(lock, Effect.succeed), RwLock.withWrite(lock, (guard) => guard.get)]
        assert.deepStrictEqual(state(lock), free)
        for (const operation of operations) {
          for (const _ of [1, 2]) yield* Effect.scoped(operation as Effect.Effect<any>)
        }
        for (const bracket of brackets) for (const _ of [1, 2]) yield* bracket
        const guard = yield* RwLock.write(lock)
        const downgrade = guard.downgrade
        assert.isTrue(yield* RwLock.isWriteLocked(lock))
        yield* (yield* downgrade).unlock
        const make = RwLock.make(0)
        assert.notStrictEqual(yield* make, yield* make)
      }))

    it.effect("an operation shows which function made it", () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        const operations = {
          "RwLock.read": RwLock.read(lock),
          "RwLock.write": RwLock.write(lock),
          "RwLock.tryRead": RwLock.tryRead(lock),
          "RwLock.tryWrite": RwLock.tryWrite(lock),
          "RwLock.withRead": RwLock.withRead(lock, Effect.succeed),
          "RwLock.withWrite": RwLock.withWrite(lock, () => Effect.void),
          "RwLock.withReadIfAvailable": RwLock.withReadIfAvailable(lock, Effect.succeed),
          "RwLock.withWriteIfAvailable": RwLock.withWriteIfAvailable(lock, () => Effect.void)
        }
        for (const [op, operation] of Object.entries(operations)) {
          assert.deepStrictEqual(json(operation), { _id: "Effect", op })
        }
      }))
  })

  describe("Service", () => {
    class Settings extends RwLock.Service<Settings>()("test/Settings", { initial: { verbose: false } }) {}
    class Narrow extends RwLock.Service<Narrow>()("test/Narrow", {
      initial: Effect.sync(() => new Set<string>()),
      maxReaders: Effect.succeed(2)
    }) {}

    it.effect("the class is the tag, gives the lock, and carries the accessors", () =>
      Effect.gen(function*() {
        const lock = yield* Settings
        assert.isTrue(RwLock.isRwLock(lock))
        assert.strictEqual(String(lock), "RwLock(test/Settings: unlocked, 0 waiting)")
        const isVerbose = Settings.withRead(({ verbose }) => Effect.succeed(verbose))
        assert.isFalse(yield* isVerbose)
        yield* Settings.withWrite((guard) => guard.set({ verbose: true }))
        assert.isTrue(yield* isVerbose)
        assert.deepStrictEqual(
          yield* Settings.withReadIfAvailable(Effect.succeed),
          Option.some({ verbose: true })
        )
        const writer = yield* Settings.write
        assert.isTrue(yield* Settings.isWriteLocked)
        assert.strictEqual((yield* Effect.flip(Settings.tryRead))._tag, "WouldBlock")
        assert.strictEqual((yield* Effect.flip(Settings.tryWrite))._tag, "WouldBlock")
        assert.deepStrictEqual(yield* Settings.withWriteIfAvailable((guard) => guard.get), Option.none())
        yield* writer.unlock
        const reader = yield* Settings.read
        assert.strictEqual(yield* Settings.readers, 1)
        assert.strictEqual(yield* Settings.waiting, 0)
        yield* reader.unlock
      }).pipe(Effect.scoped, Effect.provide(Settings.layer)))

    it.effect("options may be Effects, run for each build; layerWith takes others", () =>
      Effect.gen(function*() {
        const add = Narrow.withWrite((guard) => Effect.map(guard.get, (set) => set.add("once").size))
        assert.strictEqual(yield* Effect.provide(add, Narrow.layer), 1)
        assert.strictEqual(yield* Effect.provide(add, Layer.fresh(Narrow.layer)), 1)
        assert.deepInclude(json(yield* Effect.provide(Narrow, Narrow.layer)), { name: "test/Narrow", maxReaders: 2 })
        const other = Narrow.layerWith({ initial: new Set(["a"]), maxReaders: 1, name: "other" })
        assert.deepInclude(json(yield* Effect.provide(Narrow, other)), { name: "other", maxReaders: 1 })
        assert.strictEqual(yield* Effect.provide(Narrow.withRead((set) => Effect.succeed(set.size)), other), 1)
        const defect = yield* defectOf(Effect.provide(Narrow, Narrow.layerWith({ initial: new Set(), maxReaders: 0 })))
        assert.instanceOf(defect, RangeError)
        assert.include(defect.message, "RwLock \"test/Narrow\"")
      }))

    it.effect("one layer object is one lock", () =>
      Effect.gen(function*() {
        class A extends Context.Service<A, RwLock.RwLock<{ verbose: boolean }>>()("test/A") {}
        const a = Layer.provide(Layer.effect(A, Settings), Settings.layer)
        const same = Effect.gen(function*() {
          return (yield* A) === (yield* Settings)
        })
        assert.isTrue(yield* Effect.provide(same, Layer.merge(a, Settings.layer)))
        assert.isFalse(yield* Effect.provide(same, Layer.merge(a, Settings.layerWith({ initial: { verbose: true } }))))
      }))
  })
})
