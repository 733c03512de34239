import { type Config, type Effect, Layer, type Optic, type Result, type Scope } from "effect"
import { type Errors, type Handle, Mutex } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const mutex: Mutex.Mutex<number>
declare const remote: Mutex.Mutex<number, "lost">
declare const guard: Mutex.Guard<{ readonly a: number }>
declare const lens: Optic.Lens<{ readonly a: number }, number>
declare const optional: Optic.Optional<{ readonly a: number }, number>

describe("Mutex", () => {
  test("what is made in process can't fail", () => {
    expect(Mutex.make(0)).type.toBe<Effect.Effect<Mutex.Mutex<number>>>()
    expect(Mutex.lock(mutex)).type.toBe<Effect.Effect<Mutex.Guard<number>, never, Scope.Scope>>()
    expect(Mutex.get(mutex)).type.toBe<Effect.Effect<number>>()
    expect(Mutex.update(mutex, (n) => n + 1)).type.toBe<Effect.Effect<void>>()
    expect(Mutex.modify(mutex, (n) => ["r", n])).type.toBe<Effect.Effect<string>>()
    expect(Mutex.withLock(mutex, (guard) => guard.get)).type.toBe<Effect.Effect<number>>()
  })

  test("a backend's error shows in every operation", () => {
    expect(Mutex.get(remote)).type.toBe<Effect.Effect<number, "lost">>()
    expect(Mutex.tryLock(remote)).type.toBe<
      Effect.Effect<Mutex.Guard<number>, Errors.WouldBlock | "lost", Scope.Scope>
    >()
    expect(Mutex.updateEffect(remote, () => null! as Effect.Effect<number, "no">)).type.toBe<
      Effect.Effect<void, "lost" | "no">
    >()
    expect(Mutex.isLocked(remote)).type.toBe<Effect.Effect<boolean>>()
  })

  test("the value is invariant, E covariant", () => {
    expect(mutex).type.toBeAssignableTo<Mutex.Mutex<number, "lost">>()
    expect(remote).type.not.toBeAssignableTo<Mutex.Mutex<number>>()
    expect(mutex).type.not.toBeAssignableTo<Mutex.Mutex<number | string>>()
    expect(mutex).type.not.toBeAssignableTo<Mutex.Mutex<1>>()
  })

  test("data-last forms pipe the mutex", () => {
    expect(mutex.pipe(Mutex.update((n: number) => n + 1))).type.toBe<Effect.Effect<void>>()
    expect(mutex.pipe(Mutex.set(1))).type.toBe<Effect.Effect<void>>()
    expect(Mutex.withLock(remote)((guard) => guard.get)).type.toBe<Effect.Effect<number, "lost">>()
  })

  test("guards are handles that narrow", () => {
    expect(guard).type.toBeAssignableTo<Handle.Handle>()
    expect(guard.get).type.toBe<Effect.Effect<{ readonly a: number }>>()
    expect(guard.map(lens)).type.toBe<Effect.Effect<Mutex.MappedGuard<number>>>()
    expect(guard.map).type.not.toBeCallableWith(optional)
    expect(guard.tryMap(optional)).type.toBe<
      Effect.Effect<Result.Result<Mutex.MappedGuard<number>, Mutex.Guard<{ readonly a: number }>>>
    >()
    expect<"mutex" extends keyof Mutex.MappedGuard<number> ? true : false>().type.toBe<false>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Mutex.tryLockUnsafe(mutex)).type.toBe<Result.Result<Mutex.Guard<number>, Errors.WouldBlock>>()
    expect(Mutex.tryLockUnsafe).type.not.toBeCallableWith(remote)
    expect(Mutex.isLockedUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("Mutex.Service", () => {
  class Counter extends Mutex.Service<Counter>()("Counter", { initial: 0 }) {}
  class FromConfig extends Mutex.Service<FromConfig>()("FromConfig", { initial: null! as Config.Config<number> }) {}
  class Stated extends Mutex.Service<Stated, ReadonlyMap<string, number>, "lost">()("Stated", {
    initial: new Map()
  }) {}
  class Made extends Mutex.Service<Made>()("Made", {
    initial: null! as Effect.Effect<Set<string>, "no set", Counter>
  }) {}

  test("the type of the value is inferred, not as a literal, or stated", () => {
    expect<Effect.Success<typeof Counter>>().type.toBe<Mutex.Mutex<number>>()
    expect<Effect.Success<typeof FromConfig>>().type.toBe<Mutex.Mutex<number>>()
    expect<Effect.Success<typeof Stated>>().type.toBe<Mutex.Mutex<ReadonlyMap<string, number>, "lost">>()
    expect<Effect.Success<typeof Made>>().type.toBe<Mutex.Mutex<Set<string>>>()
  })

  test("the layer's error and requirements follow from the options", () => {
    expect(Counter.layer).type.toBe<Layer.Layer<Counter>>()
    expect(FromConfig.layer).type.toBe<Layer.Layer<FromConfig, Config.ConfigError>>()
    expect(Made.layer).type.toBe<Layer.Layer<Made, "no set", Counter>>()
    expect(Counter.layerWith({ initial: 5 })).type.toBe<Layer.Layer<Counter>>()
    expect(Counter.layerWith({ initial: null! as Effect.Effect<number, "no"> })).type.toBe<
      Layer.Layer<Counter, "no">
    >()
    expect(Counter.layerWith).type.not.toBeCallableWith({ initial: "five" })
  })

  test("accessors require the service", () => {
    expect(Counter.update((n) => n + 1)).type.toBe<Effect.Effect<void, never, Counter>>()
    expect(Counter.get).type.toBe<Effect.Effect<number, never, Counter>>()
    expect(Stated.get).type.toBe<Effect.Effect<ReadonlyMap<string, number>, "lost", Stated>>()
    expect(Counter.withLock((guard) => guard.get)).type.toBe<Effect.Effect<number, never, Counter>>()
    expect(Counter.lock).type.toBe<Effect.Effect<Mutex.Guard<number>, never, Counter | Scope.Scope>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Counter, remote)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as Mutex.Mutex<ReadonlyMap<string, number>, "lost">)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as Mutex.Mutex<ReadonlyMap<string, number>>)
  })
})
