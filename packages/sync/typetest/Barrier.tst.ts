import { type Config, type Effect, Layer } from "effect"
import { Barrier } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const barrier: Barrier.Barrier
declare const remote: Barrier.Barrier<"lost">

describe("Barrier", () => {
  test("what is made in process can't fail", () => {
    expect(Barrier.make(3)).type.toBe<Effect.Effect<Barrier.Barrier>>()
    expect(Barrier.makeUnsafe(3, { name: "phases" })).type.toBe<Barrier.Barrier>()
    expect(Barrier.wait(barrier)).type.toBe<Effect.Effect<Barrier.BarrierWaitResult>>()
    expect(Barrier.wait(barrier)).type.toBe<Effect.Effect<{ readonly isLeader: boolean }>>()
    expect(Barrier.waiting(barrier)).type.toBe<Effect.Effect<number>>()
    expect(barrier.parties).type.toBe<number>()
    expect(Barrier.make).type.not.toBeCallableWith()
  })

  test("a backend's error shows where it can occur, and nowhere else", () => {
    expect(Barrier.wait(remote)).type.toBe<Effect.Effect<Barrier.BarrierWaitResult, "lost">>()
    expect(Barrier.waiting(remote)).type.toBe<Effect.Effect<number>>()
  })

  test("E is covariant: what can't fail fits everywhere", () => {
    expect(barrier).type.toBeAssignableTo<Barrier.Barrier<"lost">>()
    expect(remote).type.not.toBeAssignableTo<Barrier.Barrier>()
  })

  test("the unsafe one is for what lives in this process", () => {
    expect(Barrier.waitingUnsafe(barrier)).type.toBe<number>()
    expect(Barrier.waitingUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("Barrier.Service", () => {
  class Fixed extends Barrier.Service<Fixed>()("Fixed", { parties: 3 }) {}
  class FromConfig extends Barrier.Service<FromConfig>()("FromConfig", { parties: null! as Config.Config<number> }) {}
  class Needs extends Barrier.Service<Needs>()("Needs", {
    parties: null! as Effect.Effect<number, "no number", Fixed>
  }) {}
  class Shared extends Barrier.Service<Shared, "lost">()("Shared", { parties: 3 }) {}

  test("the layer's error and requirements follow from the options", () => {
    expect(Fixed.layer).type.toBe<Layer.Layer<Fixed>>()
    expect(FromConfig.layer).type.toBe<Layer.Layer<FromConfig, Config.ConfigError>>()
    expect(Needs.layer).type.toBe<Layer.Layer<Needs, "no number", Fixed>>()
    expect(FromConfig.layerWith({ parties: 1 })).type.toBe<Layer.Layer<FromConfig>>()
    expect(Fixed.layerWith({ parties: null! as Effect.Effect<number, "no number", Needs> })).type.toBe<
      Layer.Layer<Fixed, "no number", Needs>
    >()
    expect(Barrier.Service<Fixed>()).type.not.toBeCallableWith("Fixed", {})
  })

  test("the class is the tag, accessors require it", () => {
    expect<Effect.Success<typeof Fixed>>().type.toBe<Barrier.Barrier>()
    expect<Effect.Success<typeof Shared>>().type.toBe<Barrier.Barrier<"lost">>()
    expect(Fixed.wait).type.toBe<Effect.Effect<Barrier.BarrierWaitResult, never, Fixed>>()
    expect(Shared.wait).type.toBe<Effect.Effect<Barrier.BarrierWaitResult, "lost", Shared>>()
    expect(Shared.waiting).type.toBe<Effect.Effect<number, never, Shared>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.toBeCallableWith(Shared, remote)
    expect(Layer.succeed).type.not.toBeCallableWith(Fixed, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, barrier)
  })
})
