/**
 * What we rely on in Effect's Queue beyond its documentation, one test for each property. When one of these fails after an
 * upgrade of `effect`, `boundedQueue` and `unboundedQueue` still work, by the pumps; but something here wants mending.
 */
import { assert, describe, it } from "@effect/vitest"
import { canObserve, holds, properties } from "../src/internal/queueObserver.ts"

/** The project `sync-fallback` runs all tests without it. */
const fast = process.env["EFFECT_SYNC_FALLBACK"] !== "1"

describe("Effect's Queue, observed", () => {
  for (const name of Object.keys(properties)) {
    it(`QUE-1: ${name}`, () => assert.isTrue(holds(name)))
  }

  it("can be observed, unless the check is made to fail", () => {
    assert.strictEqual(canObserve, fast)
  })
})
