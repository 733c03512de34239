import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Oneshot } from "effect-sync"
import { pbkdf2Sync } from "node:crypto"
import { vi } from "vitest"
import { oneshot } from "../src/oneshot.ts"
import { printed, printedSoon } from "./run.ts"

const key = pbkdf2Sync("password", "salt", 100_000, 16, "sha256").toString("hex")

describe("oneshot", () => {
  it.live("waits for what the callback brings, and gives back what nobody waits for", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(oneshot("password")), [
        "no key yet: true",
        `the key is ${key}`,
        "not sent: a late result"
      ])
    }))

  it.live("a oneshot that sends nothing is seen: it waits for ever", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Oneshot, "sendUnsafe").mockReturnValue(Result.void)
      const lines = yield* printedSoon(oneshot("password"))
      send.mockRestore()
      assert.deepStrictEqual(lines, ["no key yet: true"])
    }))
})
