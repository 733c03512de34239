import { type Config, type Effect, Layer, type Optic, type Option, type Result, type Scope } from "effect"
import { type Errors, type Handle, RwLock } from "effect-sync"
import { describe, expect, test } from "tstyche"

interface Part {
  readonly a: number
}

declare const lock: RwLock.RwLock<number>
declare const remote: RwLock.RwLock<number, "lost">
declare const readGuard: RwLock.ReadGuard<Part>
declare const writeGuard: RwLock.WriteGuard<Part>
declare const mapped: RwLock.MappedWriteGuard<Part>
declare const lens: Optic.Lens<Part, number>
declare const optional: Optic.Optional<Part, number>

describe("RwLock", () => {
  test("what is made in process can't fail", () => {
    expect(RwLock.make(0)).type.toBe<Effect.Effect<RwLock.RwLock<number>>>()
    expect(RwLock.make(0, { maxReaders: 3, name: "n" })).type.toBe<Effect.Effect<RwLock.RwLock<number>>>()
    expect(RwLock.read(lock)).type.toBe<Effect.Effect<RwLock.ReadGuard<number>, never, Scope.Scope>>()
    expect(RwLock.write(lock)).type.toBe<Effect.Effect<RwLock.WriteGuard<number>, never, Scope.Scope>>()
    expect(RwLock.tryRead(lock)).type.toBe<Effect.Effect<RwLock.ReadGuard<number>, Errors.WouldBlock, Scope.Scope>>()
    expect(RwLock.withRead(lock, (n) => null! as Effect.Effect<[typeof n], "no", Part>)).type.toBe<
      Effect.Effect<[number], "no", Part>
    >()
    expect(RwLock.withWrite(lock, (guard) => guard.get)).type.toBe<Effect.Effect<number>>()
    expect(RwLock.withReadIfAvailable(lock, (n) => null! as Effect.Effect<typeof n>)).type.toBe<
      Effect.Effect<Option.Option<number>>
    >()
    expect(RwLock.withWriteIfAvailable(lock, (guard) => guard.get)).type.toBe<Effect.Effect<Option.Option<number>>>()
  })

  test("a backend's error shows in every operation", () => {
    expect(RwLock.read(remote)).type.toBe<Effect.Effect<RwLock.ReadGuard<number>, "lost", Scope.Scope>>()
    expect(RwLock.tryWrite(remote)).type.toBe<
      Effect.Effect<RwLock.WriteGuard<number>, Errors.WouldBlock | "lost", Scope.Scope>
    >()
    expect(RwLock.withRead(remote, () => null! as Effect.Effect<number, "no">)).type.toBe<
      Effect.Effect<number, "lost" | "no">
    >()
    expect(RwLock.readers(remote)).type.toBe<Effect.Effect<number>>()
    expect(RwLock.isWriteLocked(remote)).type.toBe<Effect.Effect<boolean>>()
    expect(RwLock.waiting(remote)).type.toBe<Effect.Effect<number>>()
  })

  test("the value is invariant, E covariant", () => {
    expect(lock).type.toBeAssignableTo<RwLock.RwLock<number, "lost">>()
    expect(remote).type.not.toBeAssignableTo<RwLock.RwLock<number>>()
    expect(lock).type.not.toBeAssignableTo<RwLock.RwLock<number | string>>()
    expect(lock).type.not.toBeAssignableTo<RwLock.RwLock<1>>()
  })

  test("a read guard is covariant, write guards are invariant", () => {
    expect(readGuard).type.toBeAssignableTo<RwLock.ReadGuard<Part | string>>()
    expect(readGuard).type.not.toBeAssignableTo<RwLock.ReadGuard<{ readonly a: 1 }>>()
    expect(writeGuard).type.not.toBeAssignableTo<RwLock.WriteGuard<Part | string>>()
    expect(mapped).type.not.toBeAssignableTo<RwLock.MappedWriteGuard<Part | string>>()
  })

  test("data-last forms pipe the function", () => {
    expect(RwLock.withRead(remote)((n) => null! as Effect.Effect<[typeof n]>)).type.toBe<
      Effect.Effect<[number], "lost">
    >()
    expect(RwLock.withWrite(remote)((guard) => guard.get)).type.toBe<Effect.Effect<number, "lost">>()
    expect(RwLock.withReadIfAvailable(remote)((n) => null! as Effect.Effect<[typeof n]>)).type.toBe<
      Effect.Effect<Option.Option<[number]>, "lost">
    >()
    expect(RwLock.withWriteIfAvailable(remote)((guard) => guard.get)).type.toBe<
      Effect.Effect<Option.Option<number>, "lost">
    >()
  })

  test("read guards narrow by a plain function, and can't write", () => {
    expect(readGuard).type.toBeAssignableTo<Handle.Handle>()
    expect(readGuard.rwLock).type.toBe<RwLock.RwLock<any, any>>()
    expect(readGuard.map(({ a }) => String(a))).type.toBe<Effect.Effect<RwLock.ReadGuard<string>>>()
    expect(readGuard.tryMap(() => null! as Option.Option<string>)).type.toBe<
      Effect.Effect<Result.Result<RwLock.ReadGuard<string>, RwLock.ReadGuard<Part>>>
    >()
    expect<"set" extends keyof RwLock.ReadGuard<Part> ? true : false>().type.toBe<false>()
  })

  test("write guards narrow by an optic, and only the whole one can be downgraded", () => {
    expect(writeGuard).type.toBeAssignableTo<Handle.Handle>()
    expect(writeGuard).type.toBeAssignableTo<RwLock.MappedWriteGuard<Part>>()
    expect(writeGuard.map(lens)).type.toBe<Effect.Effect<RwLock.MappedWriteGuard<number>>>()
    expect(writeGuard.map).type.not.toBeCallableWith(optional)
    expect(writeGuard.tryMap(optional)).type.toBe<
      Effect.Effect<Result.Result<RwLock.MappedWriteGuard<number>, RwLock.WriteGuard<Part>>>
    >()
    expect(writeGuard.downgrade).type.toBe<Effect.Effect<RwLock.ReadGuard<Part>>>()
    expect(writeGuard.downgradeMap(({ a }) => a)).type.toBe<Effect.Effect<RwLock.ReadGuard<number>>>()
    expect(writeGuard.tryDowngradeMap(() => null! as Option.Option<string>)).type.toBe<
      Effect.Effect<Result.Result<RwLock.ReadGuard<string>, RwLock.WriteGuard<Part>>>
    >()
    expect<"downgrade" extends keyof RwLock.MappedWriteGuard<Part> ? true : false>().type.toBe<false>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(RwLock.tryReadUnsafe(lock)).type.toBe<Result.Result<RwLock.ReadGuard<number>, Errors.WouldBlock>>()
    expect(RwLock.tryWriteUnsafe(lock)).type.toBe<Result.Result<RwLock.WriteGuard<number>, Errors.WouldBlock>>()
    expect(RwLock.tryReadUnsafe).type.not.toBeCallableWith(remote)
    expect(RwLock.readersUnsafe).type.not.toBeCallableWith(remote)
    expect(RwLock.isWriteLockedUnsafe).type.not.toBeCallableWith(remote)
    expect(RwLock.waitingUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("RwLock.Service", () => {
  class Settings extends RwLock.Service<Settings>()("Settings", { initial: 0 }) {}
  class FromConfig extends RwLock.Service<FromConfig>()("FromConfig", {
    initial: null! as Effect.Effect<Set<string>, "no set", Settings>,
    maxReaders: null! as Config.Config<number>
  }) {}
  class Stated extends RwLock.Service<Stated, ReadonlyMap<string, number>, "lost">()("Stated", {
    initial: new Map(),
    maxReaders: 4
  }) {}

  test("the type of the value is inferred, not as a literal, or stated", () => {
    expect<Effect.Success<typeof Settings>>().type.toBe<RwLock.RwLock<number>>()
    expect<Effect.Success<typeof FromConfig>>().type.toBe<RwLock.RwLock<Set<string>>>()
    expect<Effect.Success<typeof Stated>>().type.toBe<RwLock.RwLock<ReadonlyMap<string, number>, "lost">>()
  })

  test("the layer's error and requirements follow from both options", () => {
    expect(Settings.layer).type.toBe<Layer.Layer<Settings>>()
    expect(Stated.layer).type.toBe<Layer.Layer<Stated>>()
    expect(FromConfig.layer).type.toBe<Layer.Layer<FromConfig, "no set" | Config.ConfigError, Settings>>()
    expect(Settings.layerWith({ initial: 5 })).type.toBe<Layer.Layer<Settings>>()
    expect(Settings.layerWith({ initial: 5, maxReaders: null! as Effect.Effect<number, "few"> })).type.toBe<
      Layer.Layer<Settings, "few">
    >()
    expect(Settings.layerWith({ initial: null! as Effect.Effect<number, "no">, maxReaders: 1 })).type.toBe<
      Layer.Layer<Settings, "no">
    >()
    expect(Settings.layerWith).type.not.toBeCallableWith({ initial: "five" })
    expect(Settings.layerWith).type.not.toBeCallableWith({ initial: 5, maxReaders: "five" })
  })

  test("accessors require the service", () => {
    expect(Settings.read).type.toBe<Effect.Effect<RwLock.ReadGuard<number>, never, Settings | Scope.Scope>>()
    expect(Settings.tryWrite).type.toBe<
      Effect.Effect<RwLock.WriteGuard<number>, Errors.WouldBlock, Settings | Scope.Scope>
    >()
    expect(Settings.withRead((n) => null! as Effect.Effect<[typeof n]>)).type.toBe<
      Effect.Effect<[number], never, Settings>
    >()
    expect(Stated.withWrite((guard) => guard.get)).type.toBe<
      Effect.Effect<ReadonlyMap<string, number>, "lost", Stated>
    >()
    expect(Stated.readers).type.toBe<Effect.Effect<number, never, Stated>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Settings, remote)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as RwLock.RwLock<ReadonlyMap<string, number>, "lost">)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as RwLock.RwLock<ReadonlyMap<string, number>>)
  })
})
