/**
 * What a Semaphore promises, guarantee by guarantee. The laws every lock keeps are in `laws/`, random sequences in
 * `model.test.ts`, an interrupt at every operation in `interruption.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option, Result, Scope } from "effect"
import { Errors, Handle, Semaphore } from "effect-sync"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

const MAX = Semaphore.MAX_PERMITS

/** Forks requests one after the other, each holding its permits until told; gives the order in which they were served. */
const requests = (semaphore: Semaphore.Semaphore, sizes: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const served: Array<number> = []
    const ends: Array<Deferred.Deferred<void>> = []
    const fibers: Array<Fiber.Fiber<void>> = []
    for (const [i, n] of sizes.entries()) {
      const end = yield* Deferred.make<void>()
      ends.push(end)
      fibers.push(
        yield* forkSettled(
          Semaphore.withPermits(semaphore, n, Effect.andThen(Effect.sync(() => served.push(i)), Deferred.await(end)))
        )
      )
    }
    const finish = (i: number) => Effect.andThen(Deferred.succeed(ends[i]!, undefined), settle)
    return { fibers, finish, served }
  })

describe("Semaphore", () => {
  describe("order", () => {
    it.effect("SEM-1: requests are served in the order in which they first ran, not were built", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const served: Array<string> = []
        const request = (name: string) => Semaphore.withPermit(semaphore, Effect.sync(() => served.push(name)))
        const first = request("built first")
        const second = request("run first")
        yield* forkSettled(second)
        yield* forkSettled(first)
        yield* Semaphore.addPermits(semaphore, 1)
        yield* settle
        assert.deepStrictEqual(served, ["run first", "built first"])
      }))

    it.effect("SEM-2: a request for 1 does not pass one for 5, even with 4 free", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(4)
        const { served } = yield* requests(semaphore, [5, 1])
        assert.deepStrictEqual(served, [])
        yield* Semaphore.addPermits(semaphore, 1)
        yield* settle
        assert.deepStrictEqual(served, [0])
      }))

    it.effect("SEM-3: with anybody waiting, tryAcquire fails, also right after a release", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const one = yield* Semaphore.acquire(semaphore)
        const other = yield* Semaphore.acquire(semaphore)
        yield* requests(semaphore, [2])
        yield* one.release
        assert.strictEqual((yield* Effect.flip(Semaphore.tryAcquire(semaphore)))._tag, "NoPermits")
        assert.isTrue(Result.isFailure(Semaphore.tryAcquireUnsafe(semaphore)))
        assert.deepStrictEqual(
          yield* Semaphore.withPermitsIfAvailable(semaphore, 1, Effect.void),
          Option.none()
        )
        yield* other.release
        // granted to the waiter, which has not run yet
        assert.strictEqual(yield* Semaphore.waiting(semaphore), 0)
        assert.strictEqual((yield* Effect.flip(Semaphore.tryAcquire(semaphore)))._tag, "NoPermits")
      }))

    it.effect("SEM-7: one release completes several waiters, oldest first", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(6)
        const permit = yield* Semaphore.acquireMany(semaphore, 6)
        const { served } = yield* requests(semaphore, [1, 2, 3, 1])
        yield* permit.release
        yield* settle
        assert.deepStrictEqual(served, [0, 1, 2])
      }))

    it.effect("SEM-8: small requests that keep coming do not starve a large one", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const { finish, served } = yield* requests(semaphore, [1, 1, 2, 1, 1])
        yield* finish(0)
        assert.deepStrictEqual(served, [0, 1])
        yield* finish(1)
        assert.deepStrictEqual(served, [0, 1, 2])
        yield* finish(2)
        assert.deepStrictEqual(served, [0, 1, 2, 3, 4])
      }))

    it.effect("SEM-11: a request for 0 does not wait, whoever does", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        yield* requests(semaphore, [1])
        const permit = yield* Semaphore.acquireMany(semaphore, 0)
        assert.strictEqual(permit.count, 0)
        assert.strictEqual((yield* Semaphore.tryAcquireMany(semaphore, 0)).count, 0)
        assert.strictEqual(yield* Semaphore.withPermits(semaphore, 0, Effect.succeed("ran")), "ran")
        assert.strictEqual(yield* Semaphore.waiting(semaphore), 1)
      }))

    it.effect("SEM-1: who waits runs after the releasing fiber's current steps, in order", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const log: Array<string> = []
        for (const name of ["a", "b"]) {
          yield* forkSettled(Semaphore.withPermit(semaphore, Effect.sync(() => log.push(name))))
        }
        yield* Effect.sync(() => {
          Semaphore.addPermitsUnsafe(semaphore, 2)
          log.push("releaser")
        })
        yield* settle
        assert.deepStrictEqual(log, ["releaser", "a", "b"])
      }))
  })

  describe("permits", () => {
    it.effect("SEM-4: a waiting request sets free permits aside, and gives them back when interrupted", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(10)
        yield* Semaphore.acquireMany(semaphore, 4)
        const { fibers } = yield* requests(semaphore, [8])
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
        yield* Fiber.interrupt(fibers[0]!)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 6)
      }))

    it.effect("SEM-4: released permits go to the waiter at the front in part", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        const permits = yield* Effect.all([1, 1, 1].map((n) => Semaphore.acquireMany(semaphore, n)))
        const { fibers, served } = yield* requests(semaphore, [3, 1])
        yield* permits[0]!.release
        yield* permits[1]!.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
        yield* Fiber.interrupt(fibers[0]!) // what it had collected goes to the next
        yield* settle
        assert.deepStrictEqual(served, [1])
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("SEM-5: an interrupted waiter at the front lets the next one go on", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const { fibers, served } = yield* requests(semaphore, [3, 1])
        yield* Fiber.interrupt(fibers[0]!)
        yield* settle
        assert.deepStrictEqual(served, [1])
      }))

    it.effect("SEM-5: a waiter interrupted in the middle of the queue leaves those around it in order", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const { fibers, served } = yield* requests(semaphore, [1, 1, 1])
        yield* Fiber.interrupt(fibers[1]!)
        assert.strictEqual(yield* Semaphore.waiting(semaphore), 2)
        yield* Semaphore.addPermits(semaphore, 2)
        yield* settle
        assert.deepStrictEqual(served, [0, 2])
      }))

    it.effect("SEM-5: interrupted after the grant, before it ran: the permits go to the next", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const permit = yield* Semaphore.acquire(semaphore)
        const { fibers, served } = yield* requests(semaphore, [1, 1])
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(permit)
          fibers[0]!.interruptUnsafe()
        })
        yield* settle
        assert.deepStrictEqual(served, [1])
      }))

    it.effect("SEM-6: free, held and set aside always add up", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(5)
        const permit = yield* Semaphore.acquireMany(semaphore, 3)
        const { fibers } = yield* requests(semaphore, [4])
        yield* Semaphore.addPermits(semaphore, 1)
        yield* permit.release
        yield* settle
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2) // 6 - 4
        yield* Fiber.interrupt(fibers[0]!)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 6)
        assert.strictEqual((semaphore.toJSON() as any).permits, 6)
      }))

    it.effect("SEM-13: forget shrinks for good, forgetPermits tells how many it removed", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(5)
        const permit = yield* Semaphore.acquireMany(semaphore, 2)
        yield* permit.forget
        assert.strictEqual(permit.count, 0)
        assert.isTrue(Handle.isReleased(permit))
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
        assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 2), 2)
        assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 9), 1)
        assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 9), 0)
        assert.strictEqual(Semaphore.forgetPermitsUnsafe(semaphore, 1), 0)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
        assert.strictEqual((semaphore.toJSON() as any).permits, 0)
      }))

    it.effect("SEM-13: forgetPermits takes nothing that is set aside for a waiter", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const { served } = yield* requests(semaphore, [3])
        assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 2), 0)
        yield* Semaphore.addPermits(semaphore, 1)
        yield* settle
        assert.deepStrictEqual(served, [0])
      }))

    it.effect("SEM-14: MAX_PERMITS fit, one more is a defect that changes nothing", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0, { name: "big" })
        yield* Semaphore.addPermits(semaphore, MAX)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), MAX)
        const defect = yield* defectOf(Semaphore.addPermits(semaphore, 1))
        assert.instanceOf(defect, RangeError)
        assert.match(defect.message, /^Semaphore\.addPermits: .*Semaphore "big"/)
        assert.strictEqual(thrownBy(() => Semaphore.addPermitsUnsafe(semaphore, 1)).name, "RangeError")
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), MAX)
      }))

    it.effect("SEM-14: the limit is on what is free after those who wait are served", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const { served } = yield* requests(semaphore, [MAX])
        yield* Semaphore.addPermits(semaphore, MAX)
        yield* settle
        assert.deepStrictEqual(served, [0])
        yield* Semaphore.addPermits(semaphore, MAX)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), MAX)
      }))

    it.effect("SEM-14: a release that would pass the limit stops there", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const permit = yield* Semaphore.acquire(semaphore)
        yield* Semaphore.addPermits(semaphore, MAX)
        yield* permit.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), MAX)
        assert.strictEqual((semaphore.toJSON() as any).permits, MAX)
      }))
  })

  describe("brackets", () => {
    it.effect("SEM-6: withPermit gives the permit back after success, failure, defect and interruption", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const free = Semaphore.availablePermits(semaphore)
        assert.strictEqual(yield* Semaphore.withPermit(semaphore, free), 0)
        assert.strictEqual(yield* free, 1)
        assert.strictEqual(yield* Effect.flip(Semaphore.withPermit(semaphore, Effect.fail("no"))), "no")
        assert.strictEqual(yield* free, 1)
        yield* Effect.exit(Semaphore.withPermit(semaphore, Effect.die("bug")))
        assert.strictEqual(yield* free, 1)
        const fiber = yield* forkSettled(Semaphore.withPermit(semaphore, Effect.never))
        assert.strictEqual(yield* free, 0)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* free, 1)
      }))

    it.effect("SEM-6: the permit is held until the effect's own finalizers have run", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const seen: Array<number> = []
        yield* Semaphore.withPermit(
          semaphore,
          Effect.ensuring(Effect.void, Effect.sync(() => seen.push(Semaphore.availablePermitsUnsafe(semaphore))))
        )
        assert.deepStrictEqual(seen, [0])
      }))

    it.effect("withPermitsIfAvailable runs or skips, and gives back", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const attempt = (n: number) =>
          Semaphore.withPermitsIfAvailable(semaphore, n, Semaphore.availablePermits(semaphore))
        assert.deepStrictEqual(yield* attempt(2), Option.some(0))
        assert.deepStrictEqual(yield* attempt(3), Option.none())
        assert.deepStrictEqual(
          yield* Effect.flip(Semaphore.withPermitsIfAvailable(semaphore, 1, Effect.fail("no"))),
          "no"
        )
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
      }))

    it.effect("the data-last forms pipe the effect, and one bracket may run many times at once", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        const free = Semaphore.availablePermits(semaphore)
        assert.strictEqual(yield* free.pipe(Semaphore.withPermit(semaphore)), 2)
        assert.strictEqual(yield* free.pipe(Semaphore.withPermits(semaphore, 3)), 0)
        assert.deepStrictEqual(yield* free.pipe(Semaphore.withPermitsIfAvailable(semaphore, 2)), Option.some(1))
        let running = 0
        let peak = 0
        const bracket = Semaphore.withPermits(
          semaphore,
          2,
          Effect.gen(function*() {
            peak = Math.max(peak, ++running)
            yield* Effect.yieldNow
            running--
          })
        )
        yield* Effect.all(Array.from({ length: 5 }, () => bracket), { concurrency: "unbounded" })
        assert.strictEqual(peak, 1)
        assert.strictEqual(yield* free, 3)
      }))

    it.effect("a free permit costs no wait: nothing else runs in between, and runSync works", () =>
      Effect.sync(() => {
        const semaphore = Semaphore.makeUnsafe(1)
        assert.strictEqual(Effect.runSync(Semaphore.withPermit(semaphore, Effect.succeed(1))), 1)
        assert.strictEqual(Effect.runSync(Effect.scoped(Effect.as(Semaphore.acquire(semaphore), 2))), 2)
        assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 1)
      }))
  })

  describe("scoped permits", () => {
    it.effect("the scope's end releases, whatever the exit", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        yield* Effect.scoped(Semaphore.acquireMany(semaphore, 2))
        yield* Effect.exit(Effect.scoped(Effect.andThen(Semaphore.acquire(semaphore), Effect.die("bug"))))
        const fiber = yield* forkSettled(Effect.scoped(Effect.andThen(Semaphore.acquire(semaphore), Effect.never)))
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
      }))

    it.effect("release is early and idempotent", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        yield* Effect.scoped(Effect.gen(function*() {
          const permit = yield* Semaphore.acquireMany(semaphore, 2)
          assert.strictEqual(permit.semaphore, semaphore)
          assert.strictEqual(permit.count, 2)
          yield* permit.release
          assert.strictEqual(permit.count, 0)
          yield* permit.release
          yield* Handle.release(permit)
          assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
        }))
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
      }))

    it.effect("SEM-12: merge adds up, ends the other, and one release returns all", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(5)
        const one = yield* Semaphore.acquireMany(semaphore, 2)
        const other = yield* Semaphore.acquireMany(semaphore, 3)
        yield* one.merge(other)
        assert.deepStrictEqual([one.count, other.count, Handle.isReleased(other)], [5, 0, true])
        yield* other.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
        yield* one.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 5)
      }))

    it.effect("SEM-12: the sum keeps the first one's place in its scope", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const outer = yield* Semaphore.acquire(semaphore)
        yield* Effect.scoped(Effect.gen(function*() {
          yield* outer.merge(yield* Semaphore.acquire(semaphore))
        }))
        assert.strictEqual(outer.count, 2)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
      }))

    it.effect("SEM-12: merging strangers, itself or an ended permit is Misuse and changes nothing", () =>
      Effect.gen(function*() {
        const a = yield* Semaphore.make(3, { name: "a" })
        const b = yield* Semaphore.make(1, { name: "b" })
        const permit = yield* Semaphore.acquire(a)
        const stranger = yield* Semaphore.acquire(b)
        const ended = yield* Semaphore.acquire(a)
        yield* ended.release
        const strangers = yield* defectOf(permit.merge(stranger))
        assert.instanceOf(strangers, Errors.Misuse)
        assert.match(strangers.message, /^Permit\.merge: .*Semaphore "a".*Semaphore "b"/)
        assert.match((yield* defectOf(permit.merge(permit))).message, /^Permit\.merge: .* itself/)
        assert.match((yield* defectOf(permit.merge(ended))).message, /^Permit\.merge: .* was released/)
        assert.match((yield* defectOf(ended.merge(permit))).message, /^Permit\.merge: .* was released/)
        assert.deepStrictEqual([permit.count, stranger.count], [1, 1])
        yield* permit.release
        yield* stranger.release
        assert.deepStrictEqual([yield* Semaphore.availablePermits(a), yield* Semaphore.availablePermits(b)], [3, 1])
      }))

    it.effect("SEM-12: a sum above MAX_PERMITS is a RangeError and changes nothing", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(MAX)
        const all = yield* Semaphore.acquireMany(semaphore, MAX)
        yield* Semaphore.addPermits(semaphore, 1)
        const one = yield* Semaphore.acquire(semaphore)
        assert.instanceOf(yield* defectOf(all.merge(one)), RangeError)
        assert.deepStrictEqual([all.count, one.count], [MAX, 1])
      }))

    it.effect("split moves permits into the current scope; too many give none", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(4)
        const permit = yield* Semaphore.acquireMany(semaphore, 4)
        assert.deepStrictEqual(yield* permit.split(5), Option.none())
        assert.strictEqual(permit.count, 4)
        yield* Effect.scoped(Effect.gen(function*() {
          const part = Option.getOrThrow(yield* permit.split(3))
          assert.deepStrictEqual([permit.count, part.count, part.semaphore], [1, 3, semaphore])
        }))
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
        const empty = Option.getOrThrow(yield* permit.split(0))
        assert.deepStrictEqual([empty.count, Handle.isReleased(empty)], [0, false])
        yield* empty.merge(permit)
        assert.strictEqual(empty.count, 1)
      }))

    it.effect("a permit split down to 0 is alive", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const permit = yield* Semaphore.acquire(semaphore)
        const part = Option.getOrThrow(yield* permit.split(1))
        assert.deepStrictEqual([permit.count, Handle.isReleased(permit)], [0, false])
        yield* permit.merge(part)
        assert.strictEqual(permit.count, 1)
      }))

    it.effect("an ended permit: release does nothing, everything else is Misuse", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2, { name: "db" })
        const permit = yield* Semaphore.acquire(semaphore)
        yield* permit.release
        for (const [name, use] of [["forget", permit.forget], ["split", permit.split(0)]] as const) {
          const defect = yield* defectOf(use as Effect.Effect<unknown>)
          assert.instanceOf(defect, Errors.Misuse)
          assert.match(defect.message, new RegExp(`^Permit\\.${name}: .*Semaphore "db"`))
        }
        yield* permit.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
      }))

    it.effect("into a closed scope a permit comes released, and nothing is lost", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const scope = yield* Scope.make()
        yield* Scope.close(scope, Exit.void)
        const permit = yield* Scope.provide(Semaphore.acquire(semaphore), scope)
        assert.deepStrictEqual([permit.count, Handle.isReleased(permit)], [0, true])
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("a scope that closes while the request waits gets nothing that it does not release", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0)
        const scope = yield* Scope.make()
        const fiber = yield* forkSettled(Scope.provide(Semaphore.acquire(semaphore), scope))
        yield* Scope.close(scope, Exit.void)
        yield* Semaphore.addPermits(semaphore, 1)
        assert.isTrue(Handle.isReleased(yield* Fiber.join(fiber)))
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("tryAcquire takes all or nothing", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        const permit = yield* Semaphore.tryAcquireMany(semaphore, 2)
        const error = yield* Effect.flip(Semaphore.tryAcquireMany(semaphore, 2))
        assert.instanceOf(error, Errors.NoPermits)
        assert.instanceOf(error, Error)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
        yield* permit.release
        const unsafe = Result.getOrThrow(Semaphore.tryAcquireManyUnsafe(semaphore, 3))
        assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 0)
        Handle.releaseUnsafe(unsafe)
        assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 3)
      }))
  })

  describe("closing", () => {
    it.effect("SEM-9: close fails who waits, oldest first, and gives back what was set aside", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(5)
        const failed: Array<string> = []
        const wait = (name: string, n: number) =>
          forkSettled(
            Semaphore.withPermits(semaphore, n, Effect.void).pipe(
              Effect.catchTag("SemaphoreClosed", () => Effect.sync(() => failed.push(name)))
            )
          )
        yield* wait("first", 7)
        yield* wait("second", 1)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
        yield* Semaphore.close(semaphore)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 5)
        yield* settle
        assert.deepStrictEqual(failed, ["first", "second"])
        assert.strictEqual(yield* Semaphore.waiting(semaphore), 0)
      }))

    it.effect("SEM-9: held permits stay valid and come back; nobody gets in", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(2)
        const permit = yield* Semaphore.acquire(semaphore)
        yield* Semaphore.close(semaphore)
        yield* Semaphore.close(semaphore)
        assert.isTrue(yield* Semaphore.isClosed(semaphore))
        assert.isTrue(Semaphore.isClosedUnsafe(semaphore))
        assert.strictEqual(permit.count, 1)
        yield* permit.release
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 2)
        yield* Semaphore.addPermits(semaphore, 1)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 3)
        assert.strictEqual(yield* Semaphore.forgetPermits(semaphore, 1), 1)
        for (const n of [0, 1]) {
          assert.strictEqual((yield* Effect.flip(Semaphore.acquireMany(semaphore, n)))._tag, "SemaphoreClosed")
          assert.strictEqual(
            (yield* Effect.flip(Semaphore.withPermits(semaphore, n, Effect.void)))._tag,
            "SemaphoreClosed"
          )
          assert.strictEqual(
            (yield* Effect.flip(Semaphore.withPermitsIfAvailable(semaphore, n, Effect.void)))._tag,
            "SemaphoreClosed"
          )
        }
      }))

    it.effect("SEM-9: close beats a grant whose fiber has not run", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(1)
        const permit = yield* Semaphore.acquire(semaphore)
        let ran = false
        const fiber = yield* forkSettled(
          Semaphore.withPermit(
            semaphore,
            Effect.sync(() => {
              ran = true
            })
          )
        )
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(permit)
          assert.strictEqual(Semaphore.waitingUnsafe(semaphore), 0)
          Semaphore.closeUnsafe(semaphore)
          assert.strictEqual(Semaphore.availablePermitsUnsafe(semaphore), 1)
        })
        assert.strictEqual((yield* Effect.flip(Fiber.join(fiber)))._tag, "SemaphoreClosed")
        assert.isFalse(ran)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("SEM-9: a grant beaten by close and then interrupted is given back once", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(1)
        const permit = yield* Semaphore.acquire(semaphore)
        const fiber = yield* forkSettled(Semaphore.withPermit(semaphore, Effect.void))
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(permit)
          Semaphore.closeUnsafe(semaphore)
          fiber.interruptUnsafe()
        })
        yield* settle
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("SEM-9: closed twice, it takes back once what was granted", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(1)
        const permit = yield* Semaphore.acquire(semaphore)
        yield* forkSettled(Effect.ignore(Semaphore.withPermit(semaphore, Effect.void)))
        yield* Effect.sync(() => {
          Handle.releaseUnsafe(permit)
          Semaphore.closeUnsafe(semaphore)
          Semaphore.closeUnsafe(semaphore)
        })
        yield* settle
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))

    it.effect("SEM-10: closed comes before «no permits», whatever the count", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeCloseable(1)
        yield* Semaphore.close(semaphore)
        for (const n of [0, 1, 2]) {
          assert.strictEqual((yield* Effect.flip(Semaphore.tryAcquireMany(semaphore, n)))._tag, "SemaphoreClosed")
          const result = Semaphore.tryAcquireManyUnsafe(semaphore, n)
          assert.isTrue(Result.isFailure(result) && result.failure._tag === "SemaphoreClosed")
        }
      }))
  })

  describe("arguments", () => {
    const bad = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX + 1, "1" as any, undefined as any]

    it.effect("bad counts die with a RangeError that names function, argument, value and primitive", () =>
      Effect.gen(function*() {
        for (const n of bad) {
          const semaphore = yield* Semaphore.makeCloseable(3, { name: "db" })
          const permit = yield* Semaphore.acquire(semaphore)
          const before = JSON.stringify(semaphore)
          const calls: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
            "Semaphore.acquireMany": Semaphore.acquireMany(semaphore, n),
            "Semaphore.tryAcquireMany": Semaphore.tryAcquireMany(semaphore, n),
            "Semaphore.withPermits": Semaphore.withPermits(semaphore, n, Effect.void),
            "Semaphore.withPermitsIfAvailable": Semaphore.withPermitsIfAvailable(semaphore, n, Effect.void),
            "Semaphore.addPermits": Semaphore.addPermits(semaphore, n),
            "Semaphore.forgetPermits": Semaphore.forgetPermits(semaphore, n),
            "Permit.split": permit.split(n),
            "Semaphore.tryAcquireManyUnsafe": Effect.sync(() => Semaphore.tryAcquireManyUnsafe(semaphore, n)),
            "Semaphore.addPermitsUnsafe": Effect.sync(() => Semaphore.addPermitsUnsafe(semaphore, n)),
            "Semaphore.forgetPermitsUnsafe": Effect.sync(() => Semaphore.forgetPermitsUnsafe(semaphore, n))
          }
          const check = Effect.gen(function*() {
            for (const [name, call] of Object.entries(calls)) {
              const defect = yield* defectOf(call)
              assert.instanceOf(defect, RangeError, `${name}(${n})`)
              assert.isTrue(defect.message.startsWith(`${name}: n must be an integer from 0 to`), defect.message)
              assert.include(defect.message, "Semaphore \"db\"")
            }
          })
          yield* check
          assert.strictEqual(JSON.stringify(semaphore), before)
          yield* Semaphore.close(semaphore)
          yield* check // also when closed
        }
      }))

    it.effect("bad numbers of permits die when the constructor runs, not when it is called", () =>
      Effect.gen(function*() {
        for (const n of bad) {
          for (const [name, make] of [["make", Semaphore.make], ["makeCloseable", Semaphore.makeCloseable]] as const) {
            const effect: Effect.Effect<unknown> = make(n, { name: "db" })
            const defect = yield* defectOf(effect)
            assert.instanceOf(defect, RangeError)
            assert.match(defect.message, new RegExp(`^Semaphore\\.${name}: permits must be .*Semaphore "db"`))
          }
          assert.instanceOf(thrownBy(() => Semaphore.makeUnsafe(n)), RangeError)
          assert.instanceOf(thrownBy(() => Semaphore.makeCloseableUnsafe(n)), RangeError)
        }
        assert.strictEqual(Semaphore.availablePermitsUnsafe(Semaphore.makeUnsafe(MAX)), MAX)
      }))

    it.effect("nothing happens until the Effect runs", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        void Semaphore.acquire(semaphore)
        void Semaphore.tryAcquireMany(semaphore, -1)
        void Semaphore.withPermits(semaphore, -1, Effect.void)
        void Semaphore.addPermits(semaphore, 5)
        assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
      }))
  })

  describe("inspection", () => {
    it.effect("shows name and state", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(10, { name: "db" })
        yield* Semaphore.acquireMany(semaphore, 7)
        assert.strictEqual(String(semaphore), "Semaphore(db: 3 of 10 free, 0 waiting)")
        yield* requests(semaphore, [4, 1])
        assert.strictEqual(String(semaphore), "Semaphore(db: 0 of 10 free, 2 waiting)")
        assert.deepStrictEqual(semaphore.toJSON(), {
          _id: "effect-sync/Semaphore",
          name: "db",
          permits: 10,
          available: 0,
          waiting: 2
        })
        const closeable = yield* Semaphore.makeCloseable(1)
        assert.deepStrictEqual(closeable.toJSON(), {
          _id: "effect-sync/Semaphore",
          permits: 1,
          available: 1,
          waiting: 0,
          closed: false
        })
        yield* Semaphore.close(closeable)
        assert.strictEqual(String(closeable), "Semaphore(1 of 1 free, 0 waiting, closed)")
      }))

    it.effect("errors without a value are one frozen instance without a stack, and name the semaphore", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(0, { name: "db" })
        const one = yield* Effect.flip(Semaphore.tryAcquire(semaphore))
        const other = yield* Effect.flip(Semaphore.tryAcquireMany(semaphore, 2))
        assert.strictEqual(one, other)
        assert.isTrue(Object.isFrozen(one))
        assert.strictEqual(one.message, "Semaphore \"db\" has too few free permits")
        assert.notMatch(String(one.stack), /\n\s+at /)
        const unnamed = yield* Semaphore.make(0)
        assert.strictEqual(
          (yield* Effect.flip(Semaphore.tryAcquire(unnamed))).message,
          "an unnamed Semaphore has too few free permits"
        )
      }))

    it("guards tell semaphores from others", () => {
      assert.isTrue(Semaphore.isSemaphore(Semaphore.makeUnsafe(1)))
      assert.isTrue(Semaphore.isSemaphore(Semaphore.makeCloseableUnsafe(1)))
      assert.isTrue(Semaphore.isCloseable(Semaphore.makeCloseableUnsafe(1)))
      assert.isFalse(Semaphore.isCloseable(Semaphore.makeUnsafe(1)))
      for (const other of [null, undefined, 1, {}, Semaphore]) assert.isFalse(Semaphore.isSemaphore(other))
    })
  })
})
