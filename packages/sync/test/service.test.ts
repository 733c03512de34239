/**
 * Services: one class that is the tag, builds the layers and carries the accessors.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Context, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import { forkSettled } from "./utils.ts"

class DbPermits extends Semaphore.Service<DbPermits>()("test/DbPermits", { permits: 3 }) {}
class FromConfig extends Semaphore.Service<FromConfig>()("test/FromConfig", { permits: Config.Int("PERMITS") }) {}
class Gate extends Semaphore.Service<Gate>()("test/Gate", { permits: 1, closeable: true }) {}
class Counter extends Mutex.Service<Counter>()("test/Counter", { initial: 0 }) {}
class Seen extends Mutex.Service<Seen>()("test/Seen", { initial: Effect.sync(() => new Set<string>()) }) {}

const env = (values: Record<string, string>) =>
  Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: values }))

describe("Service", () => {
  it.effect("the class is the tag, and gives the primitive", () =>
    Effect.gen(function*() {
      const semaphore = yield* DbPermits
      const mutex = yield* Counter
      assert.isTrue(Semaphore.isSemaphore(semaphore) && !Semaphore.isCloseable(semaphore))
      assert.isTrue(Mutex.isMutex(mutex))
      assert.isTrue(Semaphore.isCloseable(yield* Gate))
      assert.strictEqual(DbPermits.key, "test/DbPermits")
    }).pipe(Effect.provide([DbPermits.layer, Counter.layer, Gate.layer])))

  it.effect("the name is the id, unless another is given", () =>
    Effect.gen(function*() {
      assert.strictEqual(String(yield* DbPermits), "Semaphore(test/DbPermits: 3 of 3 free, 0 waiting)")
      assert.strictEqual(String(yield* Counter), "Mutex(hits: unlocked, 0 waiting)")
    }).pipe(Effect.provide([DbPermits.layer, Counter.layerWith({ initial: 1, name: "hits" })])))

  it.effect("options may be Effects; their errors are the layer's", () =>
    Effect.gen(function*() {
      const available = (values: Record<string, string>) =>
        FromConfig.availablePermits.pipe(Effect.provide(Layer.provide(FromConfig.layer, env(values))))
      assert.strictEqual(yield* available({ PERMITS: "7" }), 7)
      const error = yield* Effect.flip(available({}))
      assert.instanceOf(error, Config.ConfigError)
      const other = yield* Effect.provide(FromConfig.availablePermits, FromConfig.layerWith({ permits: 2 }))
      assert.strictEqual(other, 2)
    }))

  it.effect("a bad option is a defect of the layer", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.provide(DbPermits.availablePermits, DbPermits.layerWith({ permits: -1 })))
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(defect, RangeError)
      assert.include((defect as Error).message, "Semaphore \"test/DbPermits\"")
    }))

  it.effect("one layer object is one primitive; layerWith makes another each time", () =>
    Effect.gen(function*() {
      class A extends Context.Service<A, Semaphore.Semaphore>()("test/A") {}
      class B extends Context.Service<B, Semaphore.Semaphore>()("test/B") {}
      const a = Layer.provide(Layer.effect(A, DbPermits), DbPermits.layer)
      const b = Layer.provide(Layer.effect(B, DbPermits), DbPermits.layer)
      const c = Layer.provide(Layer.effect(B, DbPermits), DbPermits.layerWith({ permits: 3 }))
      const same = Effect.gen(function*() {
        return (yield* A) === (yield* B)
      })
      assert.isTrue(yield* Effect.provide(same, Layer.merge(a, b)))
      assert.isFalse(yield* Effect.provide(same, Layer.merge(a, c)))
      assert.strictEqual(DbPermits.layer, DbPermits.layer)
    }))

  it.effect("an initial Effect is run for each build", () =>
    Effect.gen(function*() {
      const add = Seen.modify((seen) => {
        seen.add("once")
        return [seen.size, seen]
      })
      assert.strictEqual(yield* Effect.provide(add, Seen.layer), 1)
      assert.strictEqual(yield* Effect.provide(add, Layer.fresh(Seen.layer)), 1)
    }))

  it.effect("a closeable one is closed when its layer ends", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const semaphore = Context.get(yield* Layer.buildWithScope(Gate.layer, scope), Gate)
      yield* Semaphore.acquire(semaphore)
      const waiter = yield* forkSettled(Semaphore.withPermit(semaphore, Effect.void))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Effect.flip(Fiber.join(waiter)))._tag, "SemaphoreClosed")
    }))

  describe("accessors", () => {
    it.effect("of a semaphore", () =>
      Effect.gen(function*() {
        const free = DbPermits.availablePermits
        assert.strictEqual(yield* DbPermits.withPermit(free), 2)
        assert.strictEqual(yield* DbPermits.withPermits(2)(free), 1)
        assert.strictEqual(yield* DbPermits.withPermits(2, free), 1)
        assert.deepStrictEqual(yield* DbPermits.withPermitsIfAvailable(4)(free), Option.none())
        assert.deepStrictEqual(yield* DbPermits.withPermitsIfAvailable(3, free), Option.some(0))
        const permit = yield* DbPermits.acquire
        const two = yield* DbPermits.acquireMany(2)
        assert.strictEqual((yield* Effect.flip(DbPermits.tryAcquire))._tag, "NoPermits")
        yield* Handle.release(two)
        yield* permit.merge(yield* DbPermits.tryAcquireMany(2))
        assert.strictEqual(yield* free, 0)
        yield* DbPermits.addPermits(5)
        assert.strictEqual(yield* DbPermits.forgetPermits(4), 4)
        assert.strictEqual(yield* free, 1)
        assert.strictEqual(yield* DbPermits.waiting, 0)
      }).pipe(Effect.scoped, Effect.provide(DbPermits.layer)))

    it.effect("of a closeable semaphore", () =>
      Effect.gen(function*() {
        assert.isFalse(yield* Gate.isClosed)
        yield* Gate.close
        assert.isTrue(yield* Gate.isClosed)
        assert.strictEqual((yield* Effect.flip(Gate.withPermit(Effect.void)))._tag, "SemaphoreClosed")
      }).pipe(Effect.provide(Gate.layer)))

    it.effect("of a mutex", () =>
      Effect.gen(function*() {
        yield* Counter.set(1)
        yield* Counter.update((n) => n + 1)
        assert.strictEqual(yield* Counter.updateAndGet((n) => n + 1), 3)
        assert.strictEqual(yield* Counter.modify((n) => [`was ${n}`, n + 1]), "was 3")
        yield* Counter.updateEffect((n) => Effect.succeed(n + 1))
        assert.strictEqual(yield* Counter.modifyEffect((n) => Effect.succeed([n, n + 1] as const)), 5)
        assert.strictEqual(yield* Counter.withLock((guard) => guard.get), 6)
        assert.deepStrictEqual(yield* Counter.withLockIfAvailable((guard) => guard.get), Option.some(6))
        const guard = yield* Counter.lock
        assert.isTrue(yield* Counter.isLocked)
        assert.strictEqual((yield* Effect.flip(Counter.tryLock))._tag, "WouldBlock")
        yield* guard.unlock
        assert.strictEqual(yield* Counter.get, 6)
        assert.strictEqual(yield* Counter.waiting, 0)
      }).pipe(Effect.scoped, Effect.provide(Counter.layer)))
  })

  it.effect("another backend serves the same functions and accessors", () =>
    Effect.gen(function*() {
      const calls: Array<string> = []
      const inner = Semaphore.makeUnsafe(1)
      class Lost extends Error {
        readonly _tag = "Lost"
      }
      class Remote extends Semaphore.Service<Remote, Lost>()("test/Remote", { permits: 1 }) {}
      const local = inner[Semaphore.TypeId]
      const remote = {
        ...({ pipe: inner.pipe, toJSON: () => "remote" } as any),
        toString: () => "Remote",
        [Semaphore.TypeId]: {
          availablePermits: local.availablePermits,
          waiting: local.waiting,
          acquire: (n: number) => local.acquire(n),
          tryAcquire: () => Effect.fail(new Lost()),
          withPermits: (n: number, effect: Effect.Effect<unknown>) => {
            calls.push(`withPermits ${n}`)
            return local.withPermits(n, effect)
          },
          withPermitsIfAvailable: () => Effect.fail(new Lost()),
          addPermits: (n: number) => local.addPermits(n),
          forgetPermits: (n: number) => local.forgetPermits(n)
        }
      } as Semaphore.Semaphore<Lost>
      const layer = Layer.succeed(Remote, remote)
      assert.strictEqual(yield* Effect.provide(Remote.withPermit(Remote.availablePermits), layer), 0)
      assert.strictEqual((yield* Effect.flip(Effect.scoped(Effect.provide(Remote.tryAcquire, layer))))._tag, "Lost")
      assert.deepStrictEqual(calls, ["withPermits 1"])
      assert.throws(() => Semaphore.tryAcquireUnsafe(remote), /Remote does not live in this process/)
      // the layer built here fits the same tag
      assert.strictEqual(yield* Effect.provide(Remote.withPermit(Remote.availablePermits), Remote.layer), 0)
    }))
})
