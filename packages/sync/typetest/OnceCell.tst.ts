import { type Config, type Context, type Effect, Layer, type Option, type Result, type Scope } from "effect"
import { type Errors, OnceCell } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const cell: OnceCell.OnceCell<number>
declare const remote: OnceCell.OnceCell<number, "lost">
declare const init: Effect.Effect<number, "no", Scope.Scope>

describe("OnceCell", () => {
  test("the type of the value is stated, or that of the initial one", () => {
    expect(OnceCell.make<number>()).type.toBe<Effect.Effect<OnceCell.OnceCell<number>>>()
    expect(OnceCell.make({ initial: null! as Option.Option<string> })).type.toBe<
      Effect.Effect<OnceCell.OnceCell<string>>
    >()
    expect(OnceCell.makeUnsafe<number>({ name: "n" })).type.toBe<OnceCell.OnceCell<number>>()
    expect(OnceCell.make<number>).type.not.toBeCallableWith({ initial: 1 })
  })

  test("the initializer's error and requirements show, and no others", () => {
    expect(OnceCell.getOrInit(cell, init)).type.toBe<Effect.Effect<number, "no", Scope.Scope>>()
    expect(OnceCell.getOrInit(remote, init)).type.toBe<Effect.Effect<number, "lost" | "no", Scope.Scope>>()
    expect(OnceCell.getOrInit(cell, null! as Effect.Effect<number>)).type.toBe<Effect.Effect<number>>()
    expect(OnceCell.getOrInit(cell, null! as Effect.Effect<never, "no">)).type.toBe<Effect.Effect<number, "no">>()
    expect(OnceCell.getOrInit).type.not.toBeCallableWith(cell, null! as Effect.Effect<string>)
  })

  test("set can be refused in two ways, each with the value", () => {
    expect(OnceCell.set(cell, 1)).type.toBe<
      Effect.Effect<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number>>
    >()
    expect(OnceCell.set(remote, 1)).type.toBe<
      Effect.Effect<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number> | "lost">
    >()
    expect(OnceCell.setUnsafe(cell, 1)).type.toBe<
      Result.Result<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number>>
    >()
    expect<Errors.AlreadyInitialized<number>["value"]>().type.toBe<number>()
    expect<Errors.Initializing<number>["value"]>().type.toBe<number>()
  })

  test("a backend's error shows in every operation that can fail by it, and in no other", () => {
    expect(OnceCell.get(cell)).type.toBe<Effect.Effect<Option.Option<number>>>()
    expect(OnceCell.get(remote)).type.toBe<Effect.Effect<Option.Option<number>, "lost">>()
    expect(OnceCell.isInitialized(remote)).type.toBe<Effect.Effect<boolean>>()
    expect(OnceCell.waiting(remote)).type.toBe<Effect.Effect<number>>()
  })

  test("the value is invariant, E covariant", () => {
    expect(cell).type.toBeAssignableTo<OnceCell.OnceCell<number, "lost">>()
    expect(remote).type.not.toBeAssignableTo<OnceCell.OnceCell<number>>()
    expect(cell).type.not.toBeAssignableTo<OnceCell.OnceCell<number | string>>()
    expect(cell).type.not.toBeAssignableTo<OnceCell.OnceCell<1>>()
  })

  test("data-last forms pipe the cell", () => {
    expect(cell.pipe(OnceCell.getOrInit(init))).type.toBe<Effect.Effect<number, "no", Scope.Scope>>()
    expect(remote.pipe(OnceCell.getOrInit(init))).type.toBe<Effect.Effect<number, "lost" | "no", Scope.Scope>>()
    expect(cell.pipe(OnceCell.set(1))).type.toBe<
      Effect.Effect<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number>>
    >()
    expect(cell.pipe(OnceCell.setUnsafe(1))).type.toBe<
      Result.Result<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number>>
    >()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(OnceCell.getUnsafe(cell)).type.toBe<Option.Option<number>>()
    expect(OnceCell.waitingUnsafe(cell)).type.toBe<number>()
    expect(OnceCell.getUnsafe).type.not.toBeCallableWith(remote)
    expect(OnceCell.setUnsafe).type.not.toBeCallableWith(remote, 1)
    expect(OnceCell.isInitializedUnsafe).type.not.toBeCallableWith(remote)
    expect(OnceCell.waitingUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("OnceCell.Service", () => {
  class Needed extends (null! as Context.ServiceClass<Needed, "Needed", string>) {}
  class Inferred extends OnceCell.Service<Inferred>()("Inferred", {
    init: null! as Effect.Effect<number, "no", Needed>
  }) {}
  class FromConfig extends OnceCell.Service<FromConfig>()("FromConfig", { init: null! as Config.Config<number> }) {}
  class Stated extends OnceCell.Service<Stated, ReadonlyMap<string, number>, "lost">()("Stated", {}) {}
  class Both extends OnceCell.Service<Both, string | number, "lost">()("Both", {
    init: null! as Effect.Effect<number, "no", Needed>
  }) {}

  test("the type of the value is inferred from init, or stated", () => {
    expect<Effect.Success<typeof Inferred>>().type.toBe<OnceCell.OnceCell<number>>()
    expect<Effect.Success<typeof FromConfig>>().type.toBe<OnceCell.OnceCell<number>>()
    expect<Effect.Success<typeof Stated>>().type.toBe<OnceCell.OnceCell<ReadonlyMap<string, number>, "lost">>()
    expect<Effect.Success<typeof Both>>().type.toBe<OnceCell.OnceCell<string | number, "lost">>()
    expect(OnceCell.Service<Inferred, string>()).type.not.toBeCallableWith("Wrong", { init })
  })

  test("init's error and requirements are those of the value; building the layer runs nothing", () => {
    expect(Inferred.value).type.toBe<Effect.Effect<number, "no", Needed | Inferred>>()
    expect(FromConfig.value).type.toBe<Effect.Effect<number, Config.ConfigError, FromConfig>>()
    expect(Both.value).type.toBe<Effect.Effect<string | number, "lost" | "no", Needed | Both>>()
    expect(Inferred.layer).type.toBe<Layer.Layer<Inferred>>()
    expect(Stated.layer).type.toBe<Layer.Layer<Stated>>()
    expect<"value" extends keyof typeof Stated ? true : false>().type.toBe<false>()
  })

  test("another init may do no more than that of the class", () => {
    expect(Inferred.layerWith({ init: null! as Effect.Effect<number> })).type.toBe<Layer.Layer<Inferred>>()
    expect(Inferred.layerWith({ name: "other" })).type.toBe<Layer.Layer<Inferred>>()
    expect(Inferred.layerWith).type.not.toBeCallableWith({ init: null! as Effect.Effect<string> })
    expect(Inferred.layerWith).type.not.toBeCallableWith({ init: null! as Effect.Effect<number, "other"> })
    expect(Stated.layerWith).type.not.toBeCallableWith({ init })
  })

  test("accessors require the service", () => {
    expect(Stated.get).type.toBe<Effect.Effect<Option.Option<ReadonlyMap<string, number>>, "lost", Stated>>()
    expect(Inferred.getOrInit(init)).type.toBe<Effect.Effect<number, "no", Scope.Scope | Inferred>>()
    expect(Inferred.set(1)).type.toBe<
      Effect.Effect<void, Errors.AlreadyInitialized<number> | Errors.Initializing<number>, Inferred>
    >()
    expect(Inferred.isInitialized).type.toBe<Effect.Effect<boolean, never, Inferred>>()
    expect(Inferred.waiting).type.toBe<Effect.Effect<number, never, Inferred>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Inferred, remote)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as OnceCell.OnceCell<ReadonlyMap<string, number>, "lost">)
    expect(Layer.succeed).type.toBeCallableWith(Stated, null! as OnceCell.OnceCell<ReadonlyMap<string, number>>)
  })
})
