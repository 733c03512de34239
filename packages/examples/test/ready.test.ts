import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestConsole } from "effect/testing"
import { connect } from "node:net"
import { Port, ready } from "../src/ready.ts"

/** Whether somebody listens there. */
const listens = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.once("connect", () => resume(Effect.succeed(true)))
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })

describe("ready", () => {
  it.live("releases all clients at once when the server has a port, and closes it in the end", () =>
    Effect.gen(function*() {
      yield* ready(3)
      const port = yield* Port.wait
      assert.deepStrictEqual(yield* TestConsole.logLines, [
        "3 clients wait for the port; the server has none yet",
        `the server listens on port ${port}, 0 clients wait`,
        "the server says: hello, client 1",
        "the server says: hello, client 2",
        "the server says: hello, client 3",
        "the server says: hello, you who came later",
        "port 0 is refused: SetOnce.set: SetOnce \"ready/Port\" is initialized already"
      ])
      assert.isFalse(yield* listens(port))
    }).pipe(Effect.provide([Port.layer, TestConsole.layer])))
})
