/**
 * What is over is kept by nobody: neither what was received, nor what nobody will receive, nor who has waited.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Mpsc } from "effect-sync"
import { forkSettled, mustBeGone, settle } from "./utils.ts"

describe("memory", () => {
  const weakly = (sender: Mpsc.Sender<object>, n: number): Array<WeakRef<object>> =>
    Array.from({ length: n }, () => {
      const message = { payload: "x".repeat(100) }
      Mpsc.trySendUnsafe(sender, message)
      return new WeakRef<object>(message)
    })

  it.live("MPSC-9: what a dropped receiver has not received is released at once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Mpsc.unboundedUnsafe<object>()
      const messages = weakly(sender, 50)
      Mpsc.dropUnsafe(receiver)
      yield* mustBeGone(messages, 1)
      assert.strictEqual(Mpsc.lenUnsafe(receiver), 0)
      assert.isTrue(Mpsc.isClosedUnsafe(sender))
    }))

  it.live("MPSC-9: what comes on permits after that is not kept either", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<object>()
      const permits = yield* Mpsc.reserveMany(sender, 10)
      yield* Mpsc.drop(receiver)
      const messages: Array<WeakRef<object>> = []
      for (let i = 0; i < 10; i++) {
        const message = { i }
        messages.push(new WeakRef(message))
        yield* permits.send(message)
      }
      yield* mustBeGone(messages, 1)
      assert.strictEqual(permits.remaining, 0)
    }).pipe(Effect.scoped))

  it.live("MPSC-9: what was received is kept by nobody, one by one or many at a time", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Mpsc.unboundedUnsafe<object>()
      const messages = weakly(sender, 100)
      for (let i = 0; i < 50; i++) Mpsc.tryRecvUnsafe(receiver)
      Effect.runSync(Effect.asVoid(Mpsc.recvMany(receiver, 20)))
      Effect.runSync(Effect.asVoid(Mpsc.recvMany(receiver, 1000)))
      yield* mustBeGone(messages, 1)
      assert.strictEqual(Mpsc.lenUnsafe(receiver), 0)
      Mpsc.dropUnsafe(sender)
    }))

  it.live("who has waited to send is kept by nobody, nor is what it did not send", () =>
    Effect.gen(function*() {
      const [sender, receiver] = Mpsc.boundedUnsafe<object>(1)
      Mpsc.trySendUnsafe(sender, {})
      const messages: Array<WeakRef<object>> = []
      const attempt = () => {
        const message = { payload: 0 }
        messages.push(new WeakRef(message))
        return forkSettled(Mpsc.send(sender, message))
      }
      for (let i = 0; i < 10; i++) yield* Fiber.interrupt(yield* attempt())
      yield* settle
      yield* mustBeGone(messages, 1)
      assert.strictEqual(Mpsc.lenUnsafe(receiver), 1)
    }))
})
