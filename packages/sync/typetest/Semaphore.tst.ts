import { type Config, Effect, Layer, type Option, type Result, type Scope } from "effect"
import { type Errors, type Handle, Semaphore } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const semaphore: Semaphore.Semaphore
declare const closeable: Semaphore.CloseableSemaphore
declare const remote: Semaphore.Semaphore<"lost">
declare const permit: Semaphore.Permit

describe("Semaphore", () => {
  test("what is made in process can't fail", () => {
    expect(Semaphore.make(1)).type.toBe<Effect.Effect<Semaphore.Semaphore>>()
    expect(Semaphore.acquire(semaphore)).type.toBe<Effect.Effect<Semaphore.Permit, never, Scope.Scope>>()
    expect(Semaphore.withPermit(semaphore, Effect.succeed(1))).type.toBe<Effect.Effect<number>>()
    expect(Semaphore.withPermits(semaphore, 2, Effect.fail("no" as const))).type.toBe<Effect.Effect<never, "no">>()
    expect(Semaphore.availablePermits(semaphore)).type.toBe<Effect.Effect<number>>()
    expect(Semaphore.addPermits(semaphore, 1)).type.toBe<Effect.Effect<void>>()
  })

  test("a backend's error shows in every operation that can fail by it, and in no other", () => {
    expect(Semaphore.acquireMany(remote, 2)).type.toBe<Effect.Effect<Semaphore.Permit, "lost", Scope.Scope>>()
    expect(Semaphore.withPermit(remote, Effect.fail("no" as const))).type.toBe<Effect.Effect<never, "lost" | "no">>()
    expect(Semaphore.tryAcquire(remote)).type.toBe<
      Effect.Effect<Semaphore.Permit, Errors.NoPermits | "lost", Scope.Scope>
    >()
    expect(Semaphore.availablePermits(remote)).type.toBe<Effect.Effect<number>>()
  })

  test("E is covariant: what can't fail fits everywhere", () => {
    expect(semaphore).type.toBeAssignableTo<Semaphore.Semaphore<"lost">>()
    expect(remote).type.not.toBeAssignableTo<Semaphore.Semaphore>()
  })

  test("a closeable one is not a semaphore that can't fail", () => {
    expect(closeable).type.not.toBeAssignableTo<Semaphore.Semaphore>()
    expect(closeable).type.toBeAssignableTo<Semaphore.Semaphore<Errors.SemaphoreClosed>>()
    expect(Semaphore.acquire(closeable)).type.toBe<
      Effect.Effect<Semaphore.Permit, Errors.SemaphoreClosed, Scope.Scope>
    >()
    expect(Semaphore.close).type.not.toBeCallableWith(semaphore)
    expect(Semaphore.isClosed(closeable)).type.toBe<Effect.Effect<boolean>>()
  })

  test("brackets pipe the effect, everything else the semaphore", () => {
    expect(Effect.succeed(1).pipe(Semaphore.withPermits(semaphore, 2))).type.toBe<Effect.Effect<number>>()
    expect(Effect.succeed(1).pipe(Semaphore.withPermitsIfAvailable(remote, 2))).type.toBe<
      Effect.Effect<Option.Option<number>, "lost">
    >()
    expect(semaphore.pipe(Semaphore.acquireMany(2))).type.toBe<
      Effect.Effect<Semaphore.Permit, never, Scope.Scope>
    >()
    expect(semaphore.pipe(Semaphore.forgetPermits(2))).type.toBe<Effect.Effect<number>>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Semaphore.tryAcquireUnsafe(semaphore)).type.toBe<Result.Result<Semaphore.Permit, Errors.NoPermits>>()
    expect(Semaphore.availablePermitsUnsafe(closeable)).type.toBe<number>()
    expect(Semaphore.availablePermitsUnsafe).type.not.toBeCallableWith(remote)
    expect(Semaphore.addPermitsUnsafe).type.not.toBeCallableWith(remote, 1)
  })

  test("permits are handles", () => {
    expect(permit).type.toBeAssignableTo<Handle.Handle>()
    expect(permit.release).type.toBe<Effect.Effect<void>>()
    expect(permit.split(1)).type.toBe<Effect.Effect<Option.Option<Semaphore.Permit>, never, Scope.Scope>>()
  })
})

describe("Semaphore.Service", () => {
  class Fixed extends Semaphore.Service<Fixed>()("Fixed", { permits: 10 }) {}
  class FromConfig extends Semaphore.Service<FromConfig>()("FromConfig", {
    permits: null! as Config.Config<number>
  }) {}
  class Shared extends Semaphore.Service<Shared, "lost">()("Shared", { permits: 10 }) {}
  class Gate extends Semaphore.Service<Gate>()("Gate", { permits: 1, closeable: true }) {}
  class Needs extends Semaphore.Service<Needs>()("Needs", {
    permits: null! as Effect.Effect<number, "no number", Fixed>
  }) {}

  test("the layer's error and requirements follow from the options", () => {
    expect(Fixed.layer).type.toBe<Layer.Layer<Fixed>>()
    expect(FromConfig.layer).type.toBe<Layer.Layer<FromConfig, Config.ConfigError>>()
    expect(Needs.layer).type.toBe<Layer.Layer<Needs, "no number", Fixed>>()
    expect(FromConfig.layerWith({ permits: 1 })).type.toBe<Layer.Layer<FromConfig>>()
    expect(Fixed.layerWith({ permits: null! as Effect.Effect<number, "no number", Needs> })).type.toBe<
      Layer.Layer<Fixed, "no number", Needs>
    >()
  })

  test("the class is the tag of the primitive", () => {
    expect<Effect.Success<typeof Fixed>>().type.toBe<Semaphore.Semaphore>()
    expect<Effect.Success<typeof Gate>>().type.toBe<Semaphore.CloseableSemaphore>()
    expect<Effect.Success<typeof Shared>>().type.toBe<Semaphore.Semaphore<"lost">>()
    expect(Fixed.layer).type.not.toBeAssignableTo<Layer.Layer<Shared>>()
  })

  test("accessors require the service", () => {
    expect(Fixed.withPermit(Effect.succeed(1))).type.toBe<Effect.Effect<number, never, Fixed>>()
    expect(Fixed.withPermits(2)(Effect.succeed(1))).type.toBe<Effect.Effect<number, never, Fixed>>()
    expect(Shared.acquire).type.toBe<Effect.Effect<Semaphore.Permit, "lost", Shared | Scope.Scope>>()
    expect(Gate.withPermit(Effect.succeed(1))).type.toBe<
      Effect.Effect<number, Errors.SemaphoreClosed, Gate>
    >()
    expect(Gate.close).type.toBe<Effect.Effect<void, never, Gate>>()
    expect<"close" extends keyof typeof Fixed ? true : false>().type.toBe<false>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.toBeCallableWith(Shared, remote)
    expect(Layer.succeed).type.not.toBeCallableWith(Fixed, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, semaphore)
  })
})
