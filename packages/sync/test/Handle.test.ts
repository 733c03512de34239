/**
 * Handles: owned by a scope, released once, moved without a window, forked with.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Result, Scheduler, Scope } from "effect"
import { Errors, Handle, Mutex, Semaphore } from "effect-sync"
import { defectOf, forkSettled, settle, thrownBy, until } from "./utils.ts"

const free = Semaphore.availablePermitsUnsafe

/** How many finalizers a scope holds. */
const finalizers = (scope: Scope.Scope): number =>
  scope.state._tag !== "Open" ? 0 : scope.state.finalizers?.size ?? (scope.state.finalizer === undefined ? 0 : 1)

describe("Handle", () => {
  describe("release", () => {
    it.effect("is idempotent, by hand or by the scope, for every kind of handle", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const mutex = yield* Mutex.make(0)
        yield* Effect.scoped(Effect.gen(function*() {
          for (const handle of [yield* Semaphore.acquire(semaphore), yield* Mutex.lock(mutex)]) {
            assert.isTrue(Handle.isHandle(handle))
            assert.isFalse(Handle.isReleased(handle))
            yield* Handle.release(handle)
            Handle.releaseUnsafe(handle)
            yield* Handle.release(handle)
            assert.isTrue(Handle.isReleased(handle))
          }
          assert.strictEqual(free(semaphore), 1)
        }))
        assert.strictEqual(free(semaphore), 1)
        assert.isFalse(Mutex.isLockedUnsafe(mutex))
        for (const other of [null, 1, {}, semaphore]) assert.isFalse(Handle.isHandle(other))
      }))

    it.effect("early, it leaves no trace in the scope", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        const scope = yield* Scope.make()
        const acquire = Scope.provide(Semaphore.acquire(semaphore), scope)
        const one = yield* acquire
        assert.strictEqual(finalizers(scope), 1)
        const two = yield* acquire
        const three = yield* acquire
        assert.strictEqual(finalizers(scope), 3)
        yield* two.release
        yield* one.release
        assert.strictEqual(finalizers(scope), 1)
        yield* three.forget
        assert.strictEqual(scope.state._tag, "Empty")
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(free(semaphore), 2)
      }))

    it.effect("by the scope, it keeps its turn among the user's own finalizers, last in, first out", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(3)
        const log: Array<string> = []
        const note = (name: string) =>
          Effect.addFinalizer(() => Effect.sync(() => log.push(`${name} ${free(semaphore)}`)))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* note("d")
          yield* Semaphore.acquire(semaphore)
          yield* note("c")
          const early = yield* Semaphore.acquire(semaphore)
          yield* note("b")
          yield* Semaphore.acquire(semaphore)
          yield* note("a")
          yield* early.release
        }))
        assert.deepStrictEqual(log, ["a 1", "b 2", "c 2", "d 3"])
      }))

    it.effect("by a scope that runs its finalizers in parallel", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const scope = yield* Scope.make("parallel")
        yield* Scope.provide(Effect.all([Semaphore.acquire(semaphore), Semaphore.acquire(semaphore)]), scope)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(free(semaphore), 2)
      }))
  })

  describe("transfer", () => {
    it.effect("moves to another scope in one step; the old one forgets it", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const target = yield* Scope.make()
        const source = yield* Scope.make()
        const permit = yield* Scope.provide(Semaphore.acquire(semaphore), source)
        assert.strictEqual(yield* Handle.transfer(permit, target), permit)
        assert.deepStrictEqual([finalizers(source), finalizers(target)], [0, 1])
        yield* Scope.close(source, Exit.void)
        assert.strictEqual(free(semaphore), 0)
        yield* permit.pipe(Handle.transfer(target)) // to its own: nothing
        assert.strictEqual(finalizers(target), 1)
        yield* Scope.close(target, Exit.void)
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("to a closed scope gives the handle released", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const closed = yield* Scope.make()
        yield* Scope.close(closed, Exit.void)
        const scope = yield* Scope.make()
        const permit = yield* Scope.provide(Semaphore.acquire(semaphore), scope)
        assert.isTrue(Handle.isReleased(yield* Handle.transfer(permit, closed)))
        assert.deepStrictEqual([free(semaphore), finalizers(scope)], [1, 0])
      }))

    it.effect("out of a scope that is closing: its finalizers, already in hand, release it no more", () =>
      Effect.gen(function*() {
        for (const strategy of ["sequential", "parallel"] as const) {
          const semaphore = yield* Semaphore.make(1)
          const target = yield* Scope.make()
          const source = yield* Scope.make(strategy)
          const permit = yield* Scope.provide(Semaphore.acquire(semaphore), source)
          yield* Scope.addFinalizer(source, Handle.transfer(permit, target))
          yield* Scope.close(source, Exit.void)
          // in parallel the permit's own finalizer may come first; what must not be is a permit that is both
          assert.strictEqual(Handle.isReleased(permit), free(semaphore) === 1)
          if (strategy === "sequential") assert.isFalse(Handle.isReleased(permit))
          yield* Scope.close(target, Exit.void)
          assert.strictEqual(free(semaphore), 1)
        }
      }))

    it.effect("of a handle that has ended is Misuse", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2, { name: "db" })
        const scope = yield* Scope.make()
        const permit = yield* Semaphore.acquire(semaphore)
        const other = yield* Semaphore.acquire(semaphore)
        yield* permit.merge(other)
        const merged = yield* defectOf(Handle.transfer(other, scope))
        assert.instanceOf(merged, Errors.Misuse)
        assert.strictEqual(
          merged.message,
          "Handle.transfer: a permit of Semaphore \"db\" was merged into another permit and can't be used any more"
        )
        yield* permit.release
        assert.match((yield* defectOf(Handle.transfer(permit, scope))).message, /was released/)
        assert.match(thrownBy(() => Handle.transferUnsafe(permit, scope)).message, /^Handle\.transferUnsafe: /)
        assert.strictEqual(finalizers(scope), 0)
      }))

    it.effect("gives an unowned handle an owner, and a moved one can be released early without a trace", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const scope = yield* Scope.make()
        const permit = Handle.transferUnsafe(Result.getOrThrow(Semaphore.tryAcquireUnsafe(semaphore)), scope)
        yield* permit.release
        assert.deepStrictEqual([free(semaphore), finalizers(scope)], [1, 0])
      }))
  })

  describe("forkWith", () => {
    it.effect("waits here, works there, and releases before the exit is visible", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const log: Array<string> = []
        const gate = yield* Deferred.make<void>()
        const fiber = yield* Handle.forkWith(
          Semaphore.acquire(semaphore),
          (permit) => Effect.as(Deferred.await(gate), permit.count)
        )
        fiber.addObserver(() => log.push(`exit seen with ${free(semaphore)} free`))
        assert.strictEqual(free(semaphore), 0)
        const second = yield* forkSettled(
          Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.succeed("second"), { in: "detach" })
        )
        assert.strictEqual(yield* Semaphore.waiting(semaphore), 1)
        assert.isUndefined(second.pollUnsafe())
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual(yield* Fiber.join(fiber), 1)
        assert.strictEqual(yield* Fiber.join(yield* Fiber.join(second)), "second")
        assert.deepStrictEqual(log, ["exit seen with 0 free"]) // handed straight to the second
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("interrupted before it ran, `use` never starts and the permit is back", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        let started = false
        const fiber = yield* Handle.forkWith(Semaphore.acquire(semaphore), () =>
          Effect.sync(() => {
            started = true
          }))
        const seen: Array<number> = []
        fiber.addObserver(() => seen.push(free(semaphore)))
        const exit = yield* Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber))
        assert.isTrue(Exit.hasInterrupts(exit))
        assert.deepStrictEqual([started, seen, free(semaphore)], [false, [1], 1])
      }))

    it.effect("waits for a finalizer that takes time, also when it never started", () =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const acquire = Effect.acquireRelease(
          Effect.sync(() => log.push("acquired")),
          () => Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push("released")))
        )
        const fiber = yield* Handle.forkWith(acquire, () => Effect.sync(() => log.push("used")))
        fiber.addObserver(() => log.push("exit"))
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(log, ["acquired", "released", "exit"])
      }))

    it.effect("interrupted while it waits, here: nothing is forked, nothing is held", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const held = yield* Semaphore.acquire(semaphore)
        let forked = false
        const both = Effect.all([Semaphore.acquire(semaphore), Semaphore.acquire(semaphore)])
        const fiber = yield* forkSettled(Handle.forkWith(both, () =>
          Effect.sync(() => {
            forked = true
          })))
        yield* until("waiting", Semaphore.waiting(semaphore), 1)
        assert.strictEqual(free(semaphore), 0)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(free(semaphore), 1) // the first of the two is back as well
        yield* held.release
        yield* settle
        assert.deepStrictEqual([forked, free(semaphore)], [false, 2])
      }))

    it.effect("a failed acquisition fails here, and what it had acquired is released with that exit", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const error = yield* Effect.flip(Handle.forkWith(
          Effect.andThen(Semaphore.acquire(semaphore), Effect.fail("no")),
          () => Effect.void
        ))
        assert.strictEqual(error, "no")
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("a failure or a throw of `use` is the fiber's, and the permit is back", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const failed = yield* Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.fail("no"))
        assert.strictEqual(yield* Effect.flip(Fiber.join(failed)), "no")
        const thrown = yield* Handle.forkWith(Semaphore.acquire(semaphore), (): Effect.Effect<void> => {
          throw new Error("bug")
        })
        assert.strictEqual((yield* defectOf(Fiber.join(thrown))).message, "bug")
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("the fiber is a child: interrupted with its parent", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const parent = yield* forkSettled(
          Effect.andThen(Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.never), Effect.never)
        )
        assert.strictEqual(free(semaphore), 0)
        yield* Fiber.interrupt(parent)
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("in a scope: interrupted with it, and a finished one leaves no finalizer", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const scope = yield* Scope.make()
        const done = yield* Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.void, { in: scope })
        const endless = yield* Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.never, { in: scope })
        yield* Fiber.join(done)
        assert.deepStrictEqual([finalizers(scope), free(semaphore)], [1, 1])
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(free(semaphore), 2)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(endless)))
      }))

    it.effect("in a closed scope: a fiber that is interrupted and never runs, and nothing is lost", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const closed = yield* Scope.make()
        yield* Scope.close(closed, Exit.void)
        for (const startImmediately of [false, true]) {
          let started = false
          const fiber = yield* Handle.forkWith(
            Semaphore.acquire(semaphore),
            () =>
              Effect.sync(() => {
                started = true
              }),
            { in: closed, startImmediately }
          )
          assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
          assert.deepStrictEqual([started, free(semaphore)], [false, 1])
        }
      }))

    it.effect("in a scope that closes at any moment: nothing is lost", () =>
      Effect.gen(function*() {
        for (const startImmediately of [false, true]) {
          for (const budget of [3, 4, 5, 7]) {
            for (let turns = 0; turns < 25; turns++) {
              const semaphore = yield* Semaphore.make(1)
              const scope = yield* Scope.make()
              const forker = yield* Effect.forkChild(
                Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.never, { in: scope, startImmediately }).pipe(
                  Effect.provideService(Scheduler.MaxOpsBeforeYield, budget)
                )
              )
              yield* Effect.repeat(Effect.yieldNow, { times: turns })
              yield* Scope.close(scope, Exit.void)
              yield* Fiber.await(yield* Fiber.join(forker))
              assert.strictEqual(free(semaphore), 1, `budget ${budget}, closed after ${turns} turns`)
            }
          }
        }
      }))

    it.effect("detached: outlives its parent", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const gate = yield* Deferred.make<void>()
        const parent = yield* Effect.forkChild(
          Handle.forkWith(Semaphore.acquire(semaphore), () => Deferred.await(gate), { in: "detach" })
        )
        const fiber = yield* Fiber.join(parent)
        yield* settle
        assert.strictEqual(free(semaphore), 0)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(fiber)
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("startImmediately: `use` runs to its first wait before forkWith returns", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const log: Array<string> = []
        const use = () => Effect.andThen(Effect.sync(() => log.push("use")), Effect.yieldNow)
        const immediately = yield* Handle.forkWith(Semaphore.acquire(semaphore), use, { startImmediately: true })
        log.push("returned")
        yield* Fiber.join(immediately)
        const later = yield* Semaphore.acquire(semaphore).pipe(Handle.forkWith(use))
        log.push("returned")
        yield* Fiber.join(later)
        assert.deepStrictEqual(log, ["use", "returned", "returned", "use"])
      }))

    it.effect("an existing handle is moved by transferring it inside acquire", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const outer = yield* Scope.make()
        const permit = yield* Scope.provide(Semaphore.acquire(semaphore), outer)
        const gate = yield* Deferred.make<void>()
        const fiber = yield* Handle.forkWith(
          Effect.flatMap(Effect.scope, (scope) => Handle.transfer(permit, scope)),
          () => Deferred.await(gate)
        )
        yield* Scope.close(outer, Exit.void)
        assert.strictEqual(free(semaphore), 0)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(fiber)
        assert.strictEqual(free(semaphore), 1)
      }))

    it.effect("what `use` acquires goes into the fiber's scope", () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(2)
        const fiber = yield* Handle.forkWith(
          Semaphore.acquire(semaphore),
          () => Effect.map(Semaphore.acquire(semaphore), () => free(semaphore))
        )
        assert.strictEqual(yield* Fiber.join(fiber), 0)
        assert.strictEqual(free(semaphore), 2)
      }))
  })
})
