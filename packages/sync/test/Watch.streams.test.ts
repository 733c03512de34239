/**
 * Watch as a Stream, as a Queue and as a service; what others got wrong with such things, as regression tests; and tokio's
 * own cases.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Effect, Exit, Fiber, Layer, Option, Queue, Schema, Scope, Stream } from "effect"
import { Watch } from "effect-sync"
import { defectOf, forkSettled, mustBeGone, settle } from "./utils.ts"

const isDone = (exit: Exit.Exit<unknown, unknown> | undefined): boolean =>
  exit !== undefined && Exit.isFailure(exit) && Cause.isDone(Cause.squash(exit.cause))

/** Runs a stream in a fiber and writes down what it gives. */
const collecting = <A, E>(stream: Stream.Stream<A, E>, got: Array<A>) =>
  forkSettled(Stream.runForEach(stream, (a) =>
    Effect.sync(() => {
      got.push(a)
    })))

describe("Watch.stream", () => {
  it.effect("STR-3: the current value, seen or not, then changes; the last one; then the end", () =>
    Effect.gen(function*() {
      for (const look of [Watch.borrow, Watch.borrowAndUpdate]) {
        const [sender, receiver] = yield* Watch.make(0)
        yield* Watch.send(sender, 1)
        yield* look(receiver)
        const got: Array<number> = []
        const fiber = yield* collecting(Watch.stream(receiver), got)
        assert.deepStrictEqual(got, [1])
        Watch.sendUnsafe(sender, 2)
        Watch.sendUnsafe(sender, 3)
        yield* settle
        Watch.sendUnsafe(sender, 4)
        Watch.dropUnsafe(sender)
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(got, [1, 3, 4])
        // each run begins with the current value, also once it has ended
        assert.deepStrictEqual(yield* Stream.runCollect(Watch.stream(receiver)), [4])
        assert.deepStrictEqual(yield* Stream.runCollect(Watch.changes(receiver)), [])
      }
    }))

  it.effect("gives the value that is current at the first pull, not when it was built", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const stream = Watch.stream(receiver)
      yield* Watch.send(sender, 1)
      const pull = yield* Stream.toPull(stream)
      yield* Watch.send(sender, 2)
      assert.deepStrictEqual(yield* pull, [2])
      assert.isFalse(yield* Watch.hasChanged(receiver))
    }).pipe(Effect.scoped))

  it.effect("STR-3: changes gives only what is unseen, and no version twice", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const got: Array<number> = []
      const fiber = yield* collecting(Watch.changes(receiver), got)
      assert.deepStrictEqual(got, [])
      yield* Watch.send(sender, 1)
      yield* settle
      yield* Watch.send(sender, 1) // equal, and a change
      yield* settle
      yield* Watch.drop(sender)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(got, [1, 1])
    }))

  it.effect("an element counts as seen when it is given, not before", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const pull = yield* Stream.toPull(Watch.changes(receiver))
      const fiber = yield* forkSettled(pull)
      Watch.sendUnsafe(sender, 1)
      assert.isTrue(yield* Watch.hasChanged(receiver)) // woken, but it has not run
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1])
      assert.isFalse(yield* Watch.hasChanged(receiver))
    }).pipe(Effect.scoped))

  it.effect("W-11: an interrupted pull loses no element, the first one included", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const pull = yield* Stream.toPull(Watch.changes(receiver))
      const parked = yield* forkSettled(pull)
      yield* Fiber.interrupt(parked)
      const woken = yield* forkSettled(pull)
      Watch.sendUnsafe(sender, 1)
      woken.interruptUnsafe()
      yield* settle
      assert.isTrue(yield* Watch.hasChanged(receiver))
      assert.deepStrictEqual(yield* pull, [1])
      const first = yield* Stream.toPull(Watch.stream(receiver))
      const notStarted = yield* Effect.forkChild(first)
      notStarted.interruptUnsafe()
      yield* settle
      assert.deepStrictEqual(yield* first, [1])
    }).pipe(Effect.scoped))

  it.effect("whoever takes n leaves the rest, and the receiver, which is borrowed", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const taken = yield* forkSettled(Stream.runCollect(Stream.take(Watch.stream(receiver), 2)))
      yield* Watch.send(sender, 1)
      assert.deepStrictEqual(yield* Fiber.join(taken), [0, 1])
      yield* Watch.send(sender, 2)
      assert.isTrue(yield* Watch.hasChanged(receiver))
      assert.strictEqual(yield* Watch.receiverCount(sender), 1)
      assert.deepStrictEqual(yield* Stream.runHead(Watch.changes(receiver)), Option.some(2))
    }))

  it.effect("a receiver that is dropped ends the stream that waits on it; one dropped before dies with Misuse", () =>
    Effect.gen(function*() {
      const [, receiver] = yield* Watch.make(0)
      const got: Array<number> = []
      const fiber = yield* collecting(Watch.stream(receiver), got)
      yield* Watch.drop(receiver)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(got, [0])
      for (const [name, stream] of [["stream", Watch.stream], ["changes", Watch.changes]] as const) {
        const defect = yield* defectOf(Stream.runDrain(stream(receiver)))
        assert.instanceOf(defect, Watch.Misuse)
        assert.match(defect.message, new RegExp(`^Watch\\.${name}: a Receiver of an unnamed Watch was released`))
      }
    }))

  it.effect("two streams on one receiver: a change that both wait for is given to both, once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const one: Array<number> = []
      const two: Array<number> = []
      const fibers = [
        yield* collecting(Watch.changes(receiver), one),
        yield* collecting(Watch.changes(receiver), two)
      ]
      for (let i = 1; i <= 3; i++) {
        yield* Watch.send(sender, i)
        yield* settle
      }
      yield* Watch.drop(sender)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual([one, two], [[1, 2, 3], [1, 2, 3]])
    }))
})

describe("Watch.toQueue", () => {
  it.effect("begins with the current value only if it is unseen, holds the latest, ends after the last", () =>
    Effect.gen(function*() {
      for (const seen of [true, false]) {
        const [sender, receiver] = yield* Watch.make(0)
        if (!seen) yield* Watch.markChanged(receiver)
        const queue = yield* Watch.toQueue(receiver)
        if (!seen) assert.strictEqual(yield* Queue.take(queue), 0)
        const waiting = yield* forkSettled(Queue.take(queue))
        assert.isUndefined(waiting.pollUnsafe())
        yield* Watch.send(sender, 1)
        assert.strictEqual(yield* Fiber.join(waiting), 1)
        for (let i = 2; i <= 5; i++) {
          yield* Watch.send(sender, i)
          yield* settle
        }
        assert.strictEqual(yield* Queue.size(queue), 1)
        assert.isFalse(yield* Watch.hasChanged(receiver)) // offered is seen
        yield* Watch.drop(sender)
        yield* settle
        assert.strictEqual(yield* Queue.take(queue), 5)
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))))
      }
    }).pipe(Effect.scoped))

  it.effect("borrows: when its scope closes it stops, shuts the queue down and leaves the receiver", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const scope = yield* Scope.make()
      const queue = yield* Scope.provide(Watch.toQueue(receiver), scope)
      yield* settle
      assert.strictEqual(yield* Watch.waiting(receiver), 1)
      const taker = yield* forkSettled(Queue.take(queue))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* Watch.waiting(receiver), 0)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(taker)))
      yield* Watch.send(sender, 1)
      yield* Watch.changed(receiver)
    }))

  it.effect("Stream.fromQueue of it is a stream of changes", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const got: Array<number> = []
      const fiber = yield* collecting(Stream.fromQueue(yield* Watch.toQueue(receiver)), got)
      yield* Watch.send(sender, 1)
      yield* settle
      yield* Watch.send(sender, 2)
      yield* Watch.drop(sender)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(got, [1, 2])
    }).pipe(Effect.scoped))
})

describe("what SubscriptionRef and PubSub have got wrong", () => {
  it.effect("W-1: replaced values are let go of, however slow a receiver, a stream or a queue is", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make<object>({})
      const slow = yield* Watch.subscribe(sender)
      const refs: Array<WeakRef<object>> = []
      yield* Effect.gen(function*() {
        const fiber = yield* forkSettled(Stream.runForEach(Watch.stream(slow), () => Effect.never))
        yield* Watch.toQueue(yield* Watch.subscribe(sender))
        for (let i = 0; i < 1000; i++) {
          const value = { i }
          refs.push(new WeakRef(value))
          yield* Watch.send(sender, value)
          if (i % 100 === 0) yield* settle
        }
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.scoped)
      assert.isDefined(refs.pop()!.deref())
      yield* mustBeGone(refs, 1)
      assert.isTrue(yield* Watch.hasChanged(receiver))
    }))

  it.effect("a send after a subscriber was interrupted while it waited reaches the others", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const clone = yield* Watch.clone(receiver)
      const gone = yield* forkSettled(Watch.changed(receiver))
      const stays = yield* forkSettled(Watch.changed(clone))
      yield* Fiber.interrupt(gone)
      yield* Watch.send(sender, 1)
      yield* Fiber.join(stays)
      assert.isTrue(yield* Watch.hasChanged(receiver))
    }))

  it.effect("of two slow ones, each gets the latest once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const clone = yield* Watch.clone(receiver)
      const queues = [yield* Watch.toQueue(receiver), yield* Watch.toQueue(clone)]
      for (let i = 1; i <= 3; i++) {
        yield* Watch.send(sender, i)
        yield* settle
      }
      for (const queue of queues) {
        assert.strictEqual(yield* Queue.take(queue), 3)
        assert.strictEqual(yield* Queue.size(queue), 0)
      }
    }).pipe(Effect.scoped))

  it.effect("the end reaches all who are parked, and is no interruption", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      const fibers = yield* Effect.forEach(
        Array.from({ length: 10 }),
        () => Effect.flatMap(Watch.clone(receiver), (clone) => forkSettled(Stream.runCollect(Watch.changes(clone))))
      )
      const interrupted = yield* forkSettled(Stream.runCollect(Watch.changes(receiver)))
      yield* Fiber.interrupt(interrupted)
      yield* Watch.drop(sender)
      yield* Watch.drop(sender)
      for (const fiber of fibers) assert.deepStrictEqual(yield* Fiber.join(fiber), [])
      const exit = yield* Fiber.await(interrupted)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    }))

  it.effect("who comes after the end has it at once, and the last value", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      yield* Watch.send(sender, 1)
      yield* Watch.drop(sender)
      const late = yield* Watch.clone(receiver)
      assert.deepStrictEqual(yield* Stream.runCollect(Watch.stream(late)), [1])
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(late))))
    }))

  it.effect("what is sent between subscribing and the first pull is not lost", () =>
    Effect.gen(function*() {
      const [sender] = yield* Watch.make(0)
      const changes = Watch.changes(yield* Watch.subscribe(sender))
      yield* Watch.send(sender, 1)
      assert.deepStrictEqual(yield* Stream.runHead(changes), Option.some(1))
    }))

  it.effect("a waiter that registers while a batch is being woken waits for the next change", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Watch.make(0)
      let rounds = 0
      const fibers = yield* Effect.forEach([1, 2, 3], () =>
        forkSettled(Effect.forever(Effect.andThen(
          Watch.changed(receiver),
          Effect.sync(() => rounds++)
        ))))
      yield* Watch.send(sender, 1)
      yield* settle
      assert.strictEqual(rounds, 3)
      yield* Watch.send(sender, 2)
      yield* settle
      assert.strictEqual(rounds, 6)
      yield* Fiber.interruptAll(fibers)
    }))
})

describe("as in tokio's own tests", () => {
  it.effect("single_rx, and the send that wakes", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      const first = yield* forkSettled(Watch.changed(rx))
      assert.isUndefined(first.pollUnsafe())
      yield* Watch.send(tx, "two")
      yield* Fiber.join(first)
      assert.strictEqual(yield* Watch.borrow(rx), "two")
      const second = yield* forkSettled(Watch.changed(rx))
      assert.isUndefined(second.pollUnsafe())
      yield* Watch.drop(tx)
      assert.isTrue(isDone(yield* Fiber.await(second)))
    }))

  it.effect("multi_rx", () =>
    Effect.gen(function*() {
      const [tx, rx1] = yield* Watch.make("one")
      const rx2 = yield* Watch.clone(rx1)
      const t1 = yield* forkSettled(Watch.changed(rx1))
      const t2 = yield* forkSettled(Watch.changed(rx2))
      yield* Watch.send(tx, "two")
      yield* Fiber.join(t1)
      yield* Fiber.join(t2)
      const t3 = yield* forkSettled(Watch.changed(rx1))
      yield* Watch.send(tx, "three")
      yield* Fiber.join(t3)
      assert.strictEqual(yield* Watch.borrow(rx1), "three")
      assert.isTrue(yield* Watch.hasChanged(rx2))
      yield* Watch.drop(tx)
      yield* Watch.changed(rx2)
      assert.strictEqual(yield* Watch.borrow(rx2), "three")
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(rx1))))
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(rx2))))
    }))

  it.effect("rx_observes_final_value", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      yield* Watch.drop(tx)
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(rx))))
      assert.strictEqual(yield* Watch.borrow(rx), "one")
      const [tx2, rx2] = yield* Watch.make("one")
      yield* Watch.send(tx2, "two")
      const t = yield* forkSettled(Watch.changed(rx2))
      yield* Fiber.join(t)
      const parked = yield* forkSettled(Watch.changed(rx2))
      yield* Watch.send(tx2, "three")
      yield* Watch.drop(tx2)
      yield* Fiber.join(parked)
      assert.strictEqual(yield* Watch.borrow(rx2), "three")
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(rx2))))
      assert.strictEqual(yield* Watch.borrow(rx2), "three")
    }))

  it.effect("poll_close, reopened_after_subscribe, sender_count", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      const closed = yield* forkSettled(Watch.closed(tx))
      assert.isUndefined(closed.pollUnsafe())
      yield* Watch.drop(rx)
      yield* Fiber.join(closed)
      assert.strictEqual((yield* Effect.flip(Watch.send(tx, "two"))).value, "two")
      const again = yield* Watch.subscribe(tx)
      assert.isFalse(yield* Watch.isClosed(tx))
      yield* Watch.drop(again)
      assert.isTrue(yield* Watch.isClosed(tx))
      const tx2 = yield* Watch.clone(tx)
      assert.strictEqual(yield* Watch.senderCount(tx), 2)
      yield* Watch.drop(tx2)
      assert.strictEqual(yield* Watch.senderCount(tx), 1)
    }))

  it.effect("borrow_and_update, and has_changed of the Ref", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      assert.isFalse(yield* Watch.hasChanged(rx))
      yield* Watch.send(tx, "two")
      const parked = yield* Watch.clone(rx)
      yield* Watch.changed(parked)
      assert.isFalse(yield* Watch.hasChanged(parked))
      assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "two")
      const t = yield* forkSettled(Watch.changed(rx))
      assert.isUndefined(t.pollUnsafe())
      yield* Watch.send(tx, "three")
      yield* Fiber.join(t)
      yield* Watch.drop(tx)
      assert.deepStrictEqual(yield* Watch.borrowAndUpdateRef(rx), { value: "three", hasChanged: false })
      assert.isTrue(isDone(yield* Effect.exit(Watch.changed(rx))))
    }))

  it.effect("rx_mark_changed, rx_mark_unchanged, rx_version_underflow", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      const rx2 = yield* Watch.clone(rx)
      yield* Watch.markChanged(rx)
      yield* Watch.markChanged(rx)
      assert.isTrue(yield* Watch.hasChanged(rx))
      assert.isFalse(yield* Watch.hasChanged(rx2))
      yield* Watch.changed(rx)
      assert.strictEqual(yield* Watch.borrow(rx), "one")
      yield* Watch.send(tx, "two")
      yield* Watch.markUnchanged(rx)
      assert.isFalse(yield* Watch.hasChanged(rx))
      assert.isTrue(yield* Watch.hasChanged(rx2))
      const t = yield* forkSettled(Watch.changed(rx))
      assert.isUndefined(t.pollUnsafe())
      yield* Fiber.interrupt(t)
      assert.strictEqual(yield* Watch.borrow(rx), "two")
    }))

  it.effect("wait_for on a channel that has ended: true of the last value, false of it, and unseen", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("one")
      yield* Watch.send(tx, "two")
      yield* Watch.drop(tx)
      assert.strictEqual(yield* Watch.waitFor(rx, (s) => s === "two"), "two")
      assert.isTrue(isDone(yield* Effect.exit(Watch.waitFor(rx, (s) => s === "one"))))
      assert.isTrue(isDone(yield* Effect.exit(Watch.hasChanged(rx))))
    }))

  it.effect("receiver_is_notified_when_last_sender_is_dropped", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make(0)
      const tx2 = yield* Watch.clone(tx)
      const t = yield* forkSettled(Watch.changed(rx))
      yield* Watch.drop(tx)
      yield* settle
      assert.isUndefined(t.pollUnsafe())
      yield* Watch.drop(tx2)
      assert.isTrue(isDone(yield* Fiber.await(t)))
    }))

  it.effect("watch_stream_message_not_twice, watch_stream_from_rx, watch_stream_from_changes", () =>
    Effect.gen(function*() {
      const [tx, rx] = yield* Watch.make("hello")
      const got: Array<string> = []
      const fiber = yield* collecting(Watch.stream(rx), got)
      yield* Watch.send(tx, "goodbye")
      yield* Watch.drop(tx)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(got, ["hello", "goodbye"])

      const [tx2, rx2] = yield* Watch.make("hello")
      const pull = yield* Stream.toPull(Watch.changes(rx2))
      const first = yield* forkSettled(pull)
      assert.isUndefined(first.pollUnsafe())
      yield* Watch.send(tx2, "bye")
      assert.deepStrictEqual(yield* Fiber.join(first), ["bye"])
      yield* Watch.drop(tx2)
      assert.isTrue(isDone(yield* Effect.exit(pull)))
    }).pipe(Effect.scoped))
})

describe("Watch.Service", () => {
  class Level extends Watch.Service<Level>()("test/Level", { initial: 1 }) {}

  it.effect("two services of one channel: who sends, and who watches", () =>
    Effect.gen(function*() {
      const receiver = yield* Level.subscribe
      const got: Array<number> = []
      const fiber = yield* forkSettled(Stream.runForEach(Level.stream, (n) => Effect.sync(() => got.push(n))))
      const changes: Array<number> = []
      const changing = yield* forkSettled(Stream.runForEach(Level.changes, (n) => Effect.sync(() => changes.push(n))))
      assert.strictEqual(yield* Level.receiverCount, 3)
      yield* Level.send(2)
      yield* settle
      yield* Level.sendModify((n) => n + 1)
      yield* settle
      assert.isTrue(yield* Level.sendIfModified((n) => Option.some(n + 1)))
      yield* settle
      assert.strictEqual(yield* Level.sendReplace(5), 4)
      yield* settle
      assert.deepStrictEqual([got, changes], [[1, 2, 3, 4, 5], [2, 3, 4, 5]])
      assert.strictEqual(yield* Level.get, 5)
      assert.isTrue(yield* Watch.hasChanged(receiver)) // get marks nothing, and streams have receivers of their own
      assert.strictEqual(yield* Level.borrow, 5)
      assert.deepStrictEqual(yield* Level.borrowRef, { value: 5, hasChanged: false })
      assert.strictEqual(yield* Level.waiting, 0)
      assert.isFalse(yield* Level.isClosed)
      const sender = yield* Level.sender
      assert.isTrue(Watch.sameChannel(sender, yield* Level.clone))
      assert.strictEqual(yield* Level.senderCount, 3)
      yield* Fiber.interruptAll([fiber, changing])
      assert.strictEqual(yield* Level.receiverCount, 1)
      yield* Watch.drop(receiver)
      yield* Level.closed
      assert.strictEqual(String(yield* Level.Sender), "Sender(test/Level: 3 sending, 0 receiving, 0 waiting)")
      assert.strictEqual(String(yield* Level.Source), "Source(test/Level: 0 receiving)")
    }).pipe(Effect.scoped, Effect.provide(Level.layer)))

  it.effect("close drops the layer's own sender; who subscribes later finds the last value and the end", () =>
    Effect.gen(function*() {
      const waiting = yield* forkSettled(Effect.flatMap(Level.subscribe, Watch.changed))
      assert.strictEqual(yield* Level.receiverCount, 1)
      yield* Level.send(2)
      yield* Fiber.join(waiting)
      yield* Level.close
      assert.strictEqual(yield* Level.get, 2)
      assert.deepStrictEqual(yield* Stream.runCollect(Level.stream), [2])
      assert.isTrue(isDone(yield* Effect.exit(Effect.flatMap(Level.subscribe, Watch.changed))))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(yield* Level.Source)), {
        _id: "effect-sync/Watch/Source",
        name: "test/Level",
        senders: 0,
        receivers: 2 // both of the scope of the test
      })
    }).pipe(Effect.scoped, Effect.provide(Level.layer)))

  it.effect("the end of the layer ends the receivers, and its source", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Level.layer, scope)
      const receiver = yield* Effect.provide(Level.subscribe, context)
      const source = yield* Effect.provide(Level.Source, context)
      const fiber = yield* forkSettled(Watch.changed(receiver))
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(isDone(yield* Fiber.await(fiber)))
      const defect = yield* defectOf(source.get)
      assert.strictEqual(
        defect.message,
        "Source.get: a Source of Watch \"test/Level\" was released and can't be used any more"
      )
      assert.include((yield* defectOf(source.subscribe)).message, "Source.subscribe: a Source of Watch")
    }).pipe(Effect.scoped))

  it.effect("initial is an Effect, or a Config; message a schema; layerWith makes another", () =>
    Effect.gen(function*() {
      class Settings extends Watch.Service<Settings>()("test/Settings", {
        message: Schema.Struct({ level: Schema.Number }),
        initial: Effect.sync(() => ({ level: 1 }))
      }) {}
      class FromConfig extends Watch.Service<FromConfig>()("test/FromConfig", { initial: Config.Int("LEVEL") }) {}
      const config = ConfigProvider.layer(ConfigProvider.fromUnknown({ LEVEL: 3 }))
      assert.isTrue(Schema.is(Settings.message)({ level: 2 }))
      assert.deepStrictEqual(yield* Effect.provide(Settings.get, Settings.layer), { level: 1 })
      assert.strictEqual(yield* Effect.provide(FromConfig.get, Layer.provide(FromConfig.layer, config)), 3)
      const other = Level.layerWith({ initial: 7, name: "other" })
      assert.strictEqual(yield* Effect.provide(Level.get, other), 7)
      assert.include(String(yield* Effect.provide(Level.Sender, other)), "dropped")
      assert.strictEqual(Level.layer, Level.layer)
      assert.strictEqual(Level.key, "test/Level")
      assert.isUndefined(Level.message)
      assert.deepStrictEqual([Level.Sender.key, Level.Source.key], ["test/Level/Sender", "test/Level/Source"])
    }))

  it.effect("another backend may provide the source", () =>
    Effect.gen(function*() {
      const remote: Watch.Source<number> = { get: Effect.succeed(9), subscribe: Effect.never }
      assert.strictEqual(yield* Effect.provide(Level.get, Layer.succeed(Level.Source, remote)), 9)
    }))
})
