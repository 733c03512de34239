import { type Effect, Layer, type Option, type Result } from "effect"
import { type Errors, SetOnce } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const once: SetOnce.SetOnce<number>
declare const remote: SetOnce.SetOnce<number, "lost">

describe("SetOnce", () => {
  test("the type of the value is stated, or that of the initial one", () => {
    expect(SetOnce.make<number>()).type.toBe<Effect.Effect<SetOnce.SetOnce<number>>>()
    expect(SetOnce.make({ initial: null! as Option.Option<string> })).type.toBe<
      Effect.Effect<SetOnce.SetOnce<string>>
    >()
    expect(SetOnce.makeUnsafe<number>({ name: "n" })).type.toBe<SetOnce.SetOnce<number>>()
    expect(SetOnce.make<number>).type.not.toBeCallableWith({ initial: 1 })
  })

  test("waiting can't fail in process; set can be refused, with the value", () => {
    expect(SetOnce.wait(once)).type.toBe<Effect.Effect<number>>()
    expect(SetOnce.set(once, 1)).type.toBe<Effect.Effect<void, Errors.AlreadyInitialized<number>>>()
    expect(SetOnce.setUnsafe(once, 1)).type.toBe<Result.Result<void, Errors.AlreadyInitialized<number>>>()
    expect(SetOnce.set).type.not.toBeCallableWith(once, "1")
  })

  test("a backend's error shows in every operation that can fail by it, and in no other", () => {
    expect(SetOnce.wait(remote)).type.toBe<Effect.Effect<number, "lost">>()
    expect(SetOnce.get(remote)).type.toBe<Effect.Effect<Option.Option<number>, "lost">>()
    expect(SetOnce.set(remote, 1)).type.toBe<Effect.Effect<void, Errors.AlreadyInitialized<number> | "lost">>()
    expect(SetOnce.isInitialized(remote)).type.toBe<Effect.Effect<boolean>>()
    expect(SetOnce.waiting(remote)).type.toBe<Effect.Effect<number>>()
  })

  test("the value is invariant, E covariant", () => {
    expect(once).type.toBeAssignableTo<SetOnce.SetOnce<number, "lost">>()
    expect(remote).type.not.toBeAssignableTo<SetOnce.SetOnce<number>>()
    expect(once).type.not.toBeAssignableTo<SetOnce.SetOnce<number | string>>()
    expect(once).type.not.toBeAssignableTo<SetOnce.SetOnce<1>>()
  })

  test("data-last forms pipe it", () => {
    expect(once.pipe(SetOnce.set(1))).type.toBe<Effect.Effect<void, Errors.AlreadyInitialized<number>>>()
    expect(once.pipe(SetOnce.setUnsafe(1))).type.toBe<Result.Result<void, Errors.AlreadyInitialized<number>>>()
    expect(remote.pipe(SetOnce.wait)).type.toBe<Effect.Effect<number, "lost">>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(SetOnce.getUnsafe(once)).type.toBe<Option.Option<number>>()
    expect(SetOnce.waitingUnsafe(once)).type.toBe<number>()
    expect(SetOnce.getUnsafe).type.not.toBeCallableWith(remote)
    expect(SetOnce.setUnsafe).type.not.toBeCallableWith(remote, 1)
    expect(SetOnce.isInitializedUnsafe).type.not.toBeCallableWith(remote)
    expect(SetOnce.waitingUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("SetOnce.Service", () => {
  class Port extends SetOnce.Service<Port, number>()("Port", {}) {}
  class Shared extends SetOnce.Service<Shared, string, "lost">()("Shared", { name: "shared" }) {}

  test("the type of the value is stated", () => {
    expect<Effect.Success<typeof Port>>().type.toBe<SetOnce.SetOnce<number>>()
    expect<Effect.Success<typeof Shared>>().type.toBe<SetOnce.SetOnce<string, "lost">>()
  })

  test("its layers need nothing and can't fail", () => {
    expect(Port.layer).type.toBe<Layer.Layer<Port>>()
    expect(Port.layerWith({ name: "other" })).type.toBe<Layer.Layer<Port>>()
    expect(Shared.layer).type.toBe<Layer.Layer<Shared>>()
    expect(Port.layer).type.not.toBeAssignableTo<Layer.Layer<Shared>>()
  })

  test("accessors require the service", () => {
    expect(Port.wait).type.toBe<Effect.Effect<number, never, Port>>()
    expect(Shared.wait).type.toBe<Effect.Effect<string, "lost", Shared>>()
    expect(Port.set(1)).type.toBe<Effect.Effect<void, Errors.AlreadyInitialized<number>, Port>>()
    expect(Shared.get).type.toBe<Effect.Effect<Option.Option<string>, "lost", Shared>>()
    expect(Port.isInitialized).type.toBe<Effect.Effect<boolean, never, Port>>()
    expect(Port.waiting).type.toBe<Effect.Effect<number, never, Port>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Port, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, null! as SetOnce.SetOnce<string, "lost">)
    expect(Layer.succeed).type.toBeCallableWith(Shared, null! as SetOnce.SetOnce<string>)
  })
})
