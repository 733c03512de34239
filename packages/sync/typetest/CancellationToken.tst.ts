import { type Effect, Layer, type Option, type Scope } from "effect"
import { CancellationToken, type Handle } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const token: CancellationToken.CancellationToken
declare const remote: CancellationToken.CancellationToken<"lost">
declare const guard: CancellationToken.DropGuard
declare const work: Effect.Effect<number, "no", Layer.CurrentMemoMap>
declare const signal: AbortSignal

describe("CancellationToken", () => {
  test("what is made in process can't fail", () => {
    expect(CancellationToken.make()).type.toBe<Effect.Effect<CancellationToken.CancellationToken>>()
    expect(CancellationToken.child(token)).type.toBe<
      Effect.Effect<CancellationToken.CancellationToken, never, Scope.Scope>
    >()
    expect(CancellationToken.cancel(token)).type.toBe<Effect.Effect<void>>()
    expect(CancellationToken.cancelled(token)).type.toBe<Effect.Effect<void>>()
    expect(CancellationToken.isCancelled(token)).type.toBe<Effect.Effect<boolean>>()
    expect(CancellationToken.waiting(token)).type.toBe<Effect.Effect<number>>()
    expect(CancellationToken.dropGuard(token)).type.toBe<
      Effect.Effect<CancellationToken.DropGuard, never, Scope.Scope>
    >()
  })

  test("brackets keep the effect's type, and pipe it", () => {
    expect(CancellationToken.runUntilCancelled(token, work)).type.toBe<
      Effect.Effect<Option.Option<number>, "no", Layer.CurrentMemoMap>
    >()
    expect(work.pipe(CancellationToken.runUntilCancelled(token))).type.toBe<
      Effect.Effect<Option.Option<number>, "no", Layer.CurrentMemoMap>
    >()
    expect(CancellationToken.interruptWhenCancelled(token, work)).type.toBe<
      Effect.Effect<number, "no", Layer.CurrentMemoMap>
    >()
    expect(work.pipe(CancellationToken.interruptWhenCancelled(token))).type.toBe<
      Effect.Effect<number, "no", Layer.CurrentMemoMap>
    >()
  })

  test("a backend's error shows in what waits and in what cancels, and nowhere else", () => {
    expect(CancellationToken.cancel(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(CancellationToken.cancelled(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(CancellationToken.child(remote)).type.toBe<
      Effect.Effect<CancellationToken.CancellationToken<"lost">, never, Scope.Scope>
    >()
    expect(CancellationToken.runUntilCancelled(remote, work)).type.toBe<
      Effect.Effect<Option.Option<number>, "no" | "lost", Layer.CurrentMemoMap>
    >()
    expect(CancellationToken.interruptWhenCancelled(remote)(work)).type.toBe<
      Effect.Effect<number, "no" | "lost", Layer.CurrentMemoMap>
    >()
    expect(CancellationToken.isCancelled(remote)).type.toBe<Effect.Effect<boolean>>()
    expect(CancellationToken.dropGuard(remote)).type.toBe<
      Effect.Effect<CancellationToken.DropGuard, never, Scope.Scope>
    >()
  })

  test("E is covariant", () => {
    expect(token).type.toBeAssignableTo<CancellationToken.CancellationToken<"lost">>()
    expect(remote).type.not.toBeAssignableTo<CancellationToken.CancellationToken>()
  })

  test("tokens and guards are handles", () => {
    expect(token).type.toBeAssignableTo<Handle.Handle>()
    expect(guard).type.toBeAssignableTo<Handle.Handle>()
    expect(guard.disarm).type.toBe<Effect.Effect<CancellationToken.CancellationToken<any>>>()
    expect(guard.disarmUnsafe).type.toBe<() => CancellationToken.CancellationToken<any>>()
  })

  test("from and to signals", () => {
    expect(CancellationToken.fromAbortSignal(signal)).type.toBe<
      Effect.Effect<CancellationToken.CancellationToken, never, Scope.Scope>
    >()
    expect(CancellationToken.toAbortSignal(remote)).type.toBe<Effect.Effect<AbortSignal, never, Scope.Scope>>()
    expect(CancellationToken.toAbortSignalUnsafe(token)).type.toBe<AbortSignal>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(CancellationToken.cancelUnsafe(token)).type.toBe<void>()
    expect(CancellationToken.isCancelledUnsafe(token)).type.toBe<boolean>()
    expect(CancellationToken.childUnsafe(token)).type.toBe<CancellationToken.CancellationToken>()
    expect(CancellationToken.cancelUnsafe).type.not.toBeCallableWith(remote)
    expect(CancellationToken.isCancelledUnsafe).type.not.toBeCallableWith(remote)
    expect(CancellationToken.dropGuardUnsafe).type.not.toBeCallableWith(remote)
  })
})

describe("CancellationToken.Service", () => {
  class Shutdown extends CancellationToken.Service<Shutdown>()("Shutdown", {}) {}
  class Shared extends CancellationToken.Service<Shared, "lost">()("Shared", {}) {}

  test("gives the token; its layers can't fail and need nothing", () => {
    expect<Effect.Success<typeof Shutdown>>().type.toBe<CancellationToken.CancellationToken>()
    expect<Effect.Success<typeof Shared>>().type.toBe<CancellationToken.CancellationToken<"lost">>()
    expect(Shutdown.layer).type.toBe<Layer.Layer<Shutdown>>()
    expect(Shutdown.layerWith({ name: "other" })).type.toBe<Layer.Layer<Shutdown>>()
    expect(Shutdown.layerWith).type.not.toBeCallableWith({ name: 1 })
  })

  test("accessors require the service", () => {
    expect(Shutdown.cancel).type.toBe<Effect.Effect<void, never, Shutdown>>()
    expect(Shutdown.child).type.toBe<
      Effect.Effect<CancellationToken.CancellationToken, never, Shutdown | Scope.Scope>
    >()
    expect(Shared.cancelled).type.toBe<Effect.Effect<void, "lost", Shared>>()
    expect(Shutdown.runUntilCancelled(work)).type.toBe<
      Effect.Effect<Option.Option<number>, "no", Layer.CurrentMemoMap | Shutdown>
    >()
    expect(Shared.interruptWhenCancelled(work)).type.toBe<
      Effect.Effect<number, "no" | "lost", Layer.CurrentMemoMap | Shared>
    >()
    expect(Shutdown.toAbortSignal).type.toBe<Effect.Effect<AbortSignal, never, Shutdown | Scope.Scope>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Shutdown, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, token)
  })
})
