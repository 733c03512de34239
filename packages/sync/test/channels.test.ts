/**
 * Corners that channels have in common, or that one of them once got wrong.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Logger, Option, Queue, Scope, Stream } from "effect"
import { Broadcast, Errors, Mpsc, Watch } from "effect-sync"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

describe("toQueue", () => {
  it.live("Broadcast: a view that was shut down takes nothing any more", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const queue = yield* Broadcast.toQueue(receiver)
      yield* Queue.shutdown(queue as Queue.Queue<number, any>)
      const waiting = yield* forkSettled(Broadcast.recvTimeout(receiver, "1 minute"))
      yield* Broadcast.send(sender, 1)
      assert.deepStrictEqual(yield* Fiber.join(waiting), Option.some(1))
      yield* Broadcast.send(sender, 2)
      yield* settle
      assert.strictEqual(yield* Broadcast.len(receiver), 1)
    }).pipe(Effect.scoped))

  it.live("Watch: a view that was shut down sees nothing any more", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const queue = yield* Watch.toQueue(receiver)
      yield* settle
      yield* Queue.shutdown(queue as Queue.Queue<number, any>)
      yield* settle
      yield* Watch.send(sender, 1)
      yield* settle
      assert.isTrue(yield* Watch.hasChanged(receiver))
    }).pipe(Effect.scoped))
})

describe("closing", () => {
  it.effect("a scope that drops both halves lets go on who waits for the receiver to go", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const [mpsc] = yield* Scope.provide(Mpsc.bounded<number>(1), scope)
      const [broadcast] = yield* Scope.provide(Broadcast.make<number>(1), scope)
      const [watch] = yield* Scope.provide(Watch.make(0), scope)
      const fibers = [
        yield* forkSettled(Mpsc.closed(mpsc)),
        yield* forkSettled(Broadcast.closed(broadcast)),
        yield* forkSettled(Watch.closed(watch))
      ]
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.await), [Exit.void, Exit.void, Exit.void])
    }))

  it.effect("Watch: a handle of another channel is no handle to drop", () =>
    Effect.gen(function*() {
      const [sender] = yield* Mpsc.bounded<number>(1, { name: "jobs" })
      assert.include((yield* defectOf(Watch.drop(sender))).message, "is no handle of a Watch")
      assert.instanceOf(thrownBy(() => Watch.dropUnsafe(sender)), Errors.Misuse)
      assert.strictEqual(yield* Mpsc.strongCount(sender), 1)
    }).pipe(Effect.scoped))
})

describe("Mpsc", () => {
  it.effect("permits that are used up leave nothing behind in a scope that lives on", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      for (let i = 0; i < 3; i++) {
        const permits = yield* Scope.provide(Mpsc.reserveMany(sender, 2), scope)
        assert.isTrue(yield* permits.send(1))
        const permit = Option.getOrThrow(yield* Scope.provide(permits.next, scope))
        yield* permit.send(2)
        assert.strictEqual(permits.remaining, 0)
        assert.deepStrictEqual(yield* Scope.provide(permits.next, scope), Option.none())
        assert.isFalse(yield* permits.send(3))
      }
      assert.strictEqual(scope.state._tag, "Empty")
      assert.strictEqual(yield* Mpsc.strongCount(sender), 1)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), [1, 2, 1, 2, 1, 2])
    }).pipe(Effect.scoped))

  it.effect("a send that waited takes effect when its fiber runs: one that finds a slot of its own may come first", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(2)
      yield* Effect.forEach(["a", "b"], (s) => Mpsc.send(sender, s))
      const waits = yield* forkSettled(Mpsc.send(sender, "waited"))
      yield* Mpsc.recvMany(receiver, 2) // one slot for who waits, one that is free
      yield* Mpsc.send(sender, "came")
      yield* Fiber.join(waits)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), ["came", "waited"])
    }).pipe(Effect.scoped))

  it.effect("a stream of a receiver that is gone names itself, and so does a bad size of its chunks", () =>
    Effect.gen(function*() {
      const [, receiver] = yield* Mpsc.bounded<number>(1, { name: "jobs" })
      const bad = yield* defectOf(Stream.runDrain(Mpsc.stream(receiver, { chunkSize: 0 })))
      assert.strictEqual(
        bad.message,
        "Mpsc.stream: chunkSize must be an integer from 1, got 0, on the receiver of Mpsc \"jobs\""
      )
      yield* Mpsc.drop(receiver)
      const gone = yield* defectOf(Stream.runDrain(Mpsc.stream(receiver)))
      assert.match(gone.message, /^Mpsc\.stream: the receiver of Mpsc "jobs" was released/)
    }).pipe(Effect.scoped))

  it.effect("a consumer goes on though its logger throws", () =>
    Effect.gen(function*() {
      class Jobs extends Mpsc.Service<Jobs, number>()("Jobs", { capacity: 4 }) {}
      const done: Array<number> = []
      const consumer = Jobs.layerConsumer((n) => {
        if (n === 0) return Effect.die("broken")
        return Effect.sync(() => done.push(n))
      })
      const broken = Logger.make(() => {
        throw new Error("the log is full")
      })
      const live = Layer.provideMerge(consumer, Logger.layer([broken]))
      yield* Effect.provide(Effect.forEach([0, 1, 2], Jobs.send), live)
      assert.deepStrictEqual(done, [1, 2])
    }))
})
