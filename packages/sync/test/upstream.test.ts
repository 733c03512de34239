/**
 * What we rely on in Effect beyond its documentation. When one of these fails after an upgrade of `effect`, everything
 * still works, by the fallback; but something here wants mending.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { canKey } from "../src/internal/scopeState.ts"
import { canEvaluate } from "../src/internal/step.ts"

/** The project `sync-fallback` runs all tests without both. */
const fast = process.env["EFFECT_SYNC_FALLBACK"] !== "1"

describe("upstream", () => {
  it("one step may evaluate another effect (~effect/Effect/evaluate)", () => {
    assert.strictEqual(canEvaluate, fast)
  })

  it("finalizers can be keyed and removed through Scope.State", () => {
    assert.strictEqual(canKey, fast)
  })

  it.effect("a scope's first finalizer is kept inline, the second makes a map", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      assert.strictEqual(scope.state._tag, "Empty")
      yield* Scope.addFinalizer(scope, Effect.void)
      assert.isTrue(scope.state._tag === "Open" && scope.state.finalizer !== undefined)
      yield* Scope.addFinalizer(scope, Effect.void)
      assert.isTrue(scope.state._tag === "Open" && scope.state.finalizers?.size === 2)
    }))
})
