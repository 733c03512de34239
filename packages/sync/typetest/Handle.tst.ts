import type { Effect, Fiber, Scope } from "effect"
import { Handle, type Semaphore } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const permit: Semaphore.Permit
declare const scope: Scope.Scope
declare const acquire: Effect.Effect<Semaphore.Permit, "no permit", Scope.Scope | "needs">
declare const use: (permit: Semaphore.Permit) => Effect.Effect<number, "no use", Scope.Scope | "needs too">

describe("Handle", () => {
  test("transfer gives the same handle", () => {
    expect(Handle.transfer(permit, scope)).type.toBe<Effect.Effect<Semaphore.Permit>>()
    expect(Handle.transfer(scope)(permit)).type.toBe<Effect.Effect<Semaphore.Permit>>()
    expect(Handle.transfer).type.not.toBeCallableWith({}, scope)
  })

  test("forkWith fails as acquire does, its fiber as use does; both get a scope", () => {
    expect(Handle.forkWith(acquire, use)).type.toBe<
      Effect.Effect<Fiber.Fiber<number, "no use">, "no permit", "needs" | "needs too">
    >()
    expect(acquire.pipe(Handle.forkWith(use, { in: "detach" }))).type.toBe<
      Effect.Effect<Fiber.Fiber<number, "no use">, "no permit", "needs" | "needs too">
    >()
  })

  test("release and isReleased take any handle", () => {
    expect(Handle.release(permit)).type.toBe<Effect.Effect<void>>()
    expect(Handle.isReleased(permit)).type.toBe<boolean>()
  })
})
