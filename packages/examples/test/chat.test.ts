import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"
import { chat, Room } from "../src/chat.ts"
import { printed, printedSoon } from "./run.ts"

const run = Effect.suspend(() => Effect.provide(chat(), Room.layer))

describe("chat", () => {
  it.live("both hear what anybody says, in the same order", () =>
    Effect.gen(function*() {
      const lines = yield* printed(run)
      const heard = (name: string) =>
        lines.filter((line) => line.startsWith(name)).map((line) => line.split(" hears  ")[1])
      assert.sameMembers(heard("alice"), ["alice: hello", "alice: is anybody here?", "bob: I am"])
      assert.deepStrictEqual(heard("bob"), heard("alice"))
      assert.lengthOf(lines, 6)
    }))

  it.live("a channel that sends nothing is seen: they wait for ever", () =>
    Effect.gen(function*() {
      const send = vi.spyOn(Room, "send").mockReturnValue(Effect.succeed(0))
      const lines = yield* printedSoon(run)
      send.mockRestore()
      assert.deepStrictEqual(lines, [])
    }))
})
