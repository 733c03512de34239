/**
 * Each primitive earns its place: with it the check passes, without it the check fails.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import type * as effectSync from "effect-sync"
import { afterEach, vi } from "vitest"
import { type Check, checks } from "./checks.ts"
import type * as harness from "./harness.ts"

const timeout = 60_000

/** The harness on modules of its own, whose `effect-sync` may lack something. */
const load = async (without?: Check["without"]): Promise<typeof harness> => {
  vi.resetModules()
  if (without === undefined) vi.doUnmock("effect-sync")
  else {
    vi.doMock("effect-sync", async (original) => {
      const sync = await original<typeof effectSync>()
      return { ...sync, ...without(sync) }
    })
  }
  return await import("./harness.ts")
}

afterEach(() => vi.doUnmock("effect-sync"))

for (const { check, name, without } of checks) {
  describe(`needs ${name}`, () => {
    it.live("with it", () => Effect.flatMap(Effect.promise(() => load()), check), timeout)

    it.live("and not without", () =>
      Effect.gen(function*() {
        const harness = yield* Effect.promise(() => load(without))
        harness.patience.ms = 1500
        const exit = yield* Effect.exit(Effect.timeout(Effect.scoped(check(harness)), "10 seconds"))
        assert.isTrue(Exit.isFailure(exit), "the check passes without the primitive")
      }), timeout)
  })
}
