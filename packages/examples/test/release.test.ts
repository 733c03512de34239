import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { RwLock } from "effect-sync"
import { release, Site } from "../src/release.ts"
import { printed, replaced } from "./run.ts"

/** Locks nothing: every operation is on a lock of its own around the same directory. */
const unlocked = Layer.effect(
  Site,
  Effect.map(Site, (site) => {
    const other = () => RwLock.makeUnsafe(RwLock.getUnsafe(site))
    return replaced(site, RwLock.TypeId, {
      write: Effect.suspend(() => RwLock.write(other())),
      withRead: (f) => Effect.suspend(() => RwLock.withRead(other(), f))
    })
  })
).pipe(Layer.provide(Site.layer))

const numbers = (line: string | undefined) => (line?.match(/\d+/g) ?? []).map(Number)

describe("release", () => {
  it.live("visits run side by side, releases get in, and nobody sees half of one", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(release(60, 4), Site.layer))
      const [visits, most, releases] = numbers(lines[0])
      assert.deepStrictEqual([visits, releases], [60, 3])
      assert.isAbove(most!, 1)
      assert.strictEqual(lines[1], "0 visits saw pages of two releases")
      assert.strictEqual(lines[2], "in the end: release 4; RwLock(release/Site: unlocked, 0 waiting)")
    }))

  it.live("with a lock that locks nothing it finds out", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(release(200, 9), unlocked))
      assert.isAbove(numbers(lines[1])[0]!, 0)
    }))

  it.live("with a lock for one at a time it works, one after the other", () =>
    Effect.gen(function*() {
      const alone = Layer.effect(
        Site,
        Effect.map(Site, (site) => RwLock.makeUnsafe(RwLock.getUnsafe(site), { maxReaders: 1 }))
      ).pipe(Layer.provide(Site.layer))
      const lines = yield* printed(Effect.provide(release(20, 2), alone))
      assert.deepStrictEqual(numbers(lines[0]), [20, 1, 1])
      assert.deepStrictEqual(numbers(lines[1]), [0])
    }))
})
