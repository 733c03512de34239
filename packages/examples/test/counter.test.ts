import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Oneshot } from "effect-sync"
import { vi } from "vitest"
import { counter, Desk } from "../src/counter.ts"
import { printed, printedSoon } from "./run.ts"

const run = Effect.suspend(() => Effect.provide(counter(9), Desk.layer))

describe("counter", () => {
  it.live("nobody gets a number twice, and the next one is kept", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(run), [
        "customer 1 has invoice 1001",
        "customer 2 has invoice 1002",
        "customer 3 has invoice 1003",
        "… 9 customers, 9 different numbers",
        "the next one, 1010, is in the file"
      ])
    }))

  it.live("a channel that sends nothing is seen, for requests or for answers: they wait for ever", () =>
    Effect.gen(function*() {
      const request = vi.spyOn(Desk, "send").mockReturnValue(Effect.void)
      const noRequests = yield* printedSoon(run)
      request.mockRestore()
      const answer = vi.spyOn(Oneshot, "send").mockReturnValue(Effect.void as never)
      const noAnswers = yield* printedSoon(run)
      answer.mockRestore()
      assert.deepStrictEqual([noRequests, noAnswers], [[], []])
    }))
})
