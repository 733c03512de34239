import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import { connect as connectSocket, type Socket } from "node:net"
import { chatCommand, enter, open, Room } from "../src/chat.ts"

/** A client that is nothing but a socket, and has said its name. */
const raw = (port: number, name: string): Effect.Effect<Socket> =>
  Effect.callback((resume) => {
    const socket = connectSocket({ host: "127.0.0.1", port })
    socket.setEncoding("utf8")
    socket.once("data", () => {
      socket.write(`${name}\n`)
      socket.once("data", (text) => {
        assert.strictEqual(String(text), `Hello ${name}\n`)
        resume(Effect.succeed(socket))
      })
    })
  })

/** Reads lines of a socket until one says so. */
const linesUntil = (socket: Socket, isLast: (line: string) => boolean): Effect.Effect<Array<string>> =>
  Effect.callback((resume) => {
    const lines: Array<string> = []
    let rest = ""
    const onData = (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop()!
      lines.push(...parts)
      if (!parts.some(isLast)) return
      socket.off("data", onData)
      resume(Effect.succeed(lines))
    }
    socket.on("data", onData)
    socket.resume()
  })

/** Gives way until so many are in the room. */
const inTheRoom = (n: number) =>
  Effect.gen(function*() {
    for (let i = 0; i < 1_000; i++) {
      if ((yield* Room.receiverCount) === n) return
      yield* Effect.sleep("5 millis")
    }
    assert.strictEqual(yield* Room.receiverCount, n)
  })

describe("chat", () => {
  it.live("what one says all others hear, in order, and nobody hears itself", () =>
    Effect.gen(function*() {
      const port = yield* open
      const [ada, ben, cleo] = [yield* raw(port, "Ada"), yield* raw(port, "Ben"), yield* raw(port, "Cleo")]
      yield* inTheRoom(3)
      for (const socket of [ada, ben, cleo]) socket.pause()
      ada.write("one\ntwo\n")
      ada.write("three\n")
      const isLast = (line: string) => line === "Ada: three"
      const heard = ["Ada: one", "Ada: two", "Ada: three"]
      assert.deepStrictEqual(yield* linesUntil(ben, isLast), heard)
      assert.deepStrictEqual(yield* linesUntil(cleo, isLast), heard)
      ben.write("four\n")
      assert.deepStrictEqual(yield* linesUntil(ada, () => true), ["Ben: four"])
      for (const socket of [ada, ben, cleo]) socket.destroy()
      yield* inTheRoom(0)
    }).pipe(Effect.scoped, Effect.provide(Room.layer)), 20_000)

  it.live(
    "who leaves is out of the room, and the others are told; who comes later has not heard what was said",
    () =>
      Effect.gen(function*() {
        const port = yield* open
        const ada = yield* enter(port, "Ada")
        const ben = yield* raw(port, "Ben")
        yield* inTheRoom(2)
        yield* ada.write("before")
        assert.deepStrictEqual(yield* linesUntil(ben, () => true), ["Ada: before"])
        const cleo = yield* enter(port, "Cleo")
        ben.destroy()
        assert.strictEqual(yield* ada.read, "Ben: has left")
        assert.strictEqual(yield* cleo.read, "Ben: has left")
        yield* inTheRoom(2)
      }).pipe(Effect.scoped, Effect.provide(Room.layer)),
    20_000
  )

  it.live(
    "a client that does not read falls behind alone, and is told how many lines it missed",
    () =>
      Effect.gen(function*() {
        const port = yield* open
        const slow = yield* raw(port, "Slow")
        slow.pause()
        const [ada, ben] = [yield* enter(port, "Ada"), yield* enter(port, "Ben")]
        yield* inTheRoom(3)
        const long = "x".repeat(64 * 1024)
        const said = 600
        for (let i = 0; i < said; i++) {
          yield* ada.write(`${i} ${long}`)
          // Ben keeps up, whatever becomes of the other
          assert.strictEqual((yield* ben.read).slice(0, 6 + String(i).length), `Ada: ${i} `)
        }
        yield* ada.write("the end")
        const lines = yield* linesUntil(slow, (line) => line === "Ada: the end")
        const missed = lines.flatMap((line) => /^\* you missed (\d+) lines$/.exec(line)?.slice(1).map(Number) ?? [])
        assert.isAbove(missed.length, 0)
        const heard = lines.length - missed.length
        assert.strictEqual(heard + missed.reduce((sum, n) => sum + n, 0), said + 1)
        slow.destroy()
        yield* inTheRoom(2)
      }).pipe(Effect.scoped, Effect.provide(Room.layer)),
    60_000
  )

  it.live("closing the room closes all connections", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const port = yield* Scope.provide(open, scope)
      const ada = yield* raw(port, "Ada")
      yield* inTheRoom(1)
      const closed = Effect.callback<void>((resume) => void ada.once("close", () => resume(Effect.void)))
      ada.resume()
      yield* Effect.all([closed, Scope.close(scope, Exit.void)], { concurrency: "unbounded" })
      yield* inTheRoom(0)
    }).pipe(Effect.scoped, Effect.provide(Room.layer)), 20_000)

  it.live("on the command line three talk, and each hears the others", () =>
    Effect.gen(function*() {
      yield* Command.runWith(chatCommand, { version: "0.0.0" })([])
      assert.deepStrictEqual(String(yield* TestConsole.logLines).split("\n"), [
        "Ada heard:",
        "  Ben: hi Ada",
        "  Cleo: who else is here?",
        "Ben heard:",
        "  Ada: hello",
        "  Cleo: who else is here?",
        "Cleo heard:",
        "  Ada: hello",
        "  Ben: hi Ada"
      ])
    }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))), 20_000)
})
