/**
 * Broadcast as a channel: its handles and counts, streams, queues, the service, inspection, and what happens to those who
 * use it wrongly.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Config,
  ConfigProvider,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Queue,
  Result,
  Schema,
  Stream
} from "effect"
import { Broadcast, Handle, Semaphore } from "effect-sync"
import { inspect } from "node:util"
import { drain, recv, said, sendAll, tryRecv, upTo } from "./broadcast.ts"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

/** What a stream gave, with its failure as the last. */
const collect = (stream: Stream.Stream<unknown, unknown>): Effect.Effect<Array<unknown>> =>
  Effect.suspend(() => {
    const seen: Array<unknown> = []
    return Effect.map(
      Effect.exit(Stream.runForEach(stream, (a) => Effect.sync(() => seen.push(Result.isResult(a) ? said(a) : a)))),
      (exit) => Exit.isSuccess(exit) ? seen : [...seen, said(exit)]
    )
  })

describe("handles", () => {
  it.effect("clones count as strong, weak senders as weak; a second reference counts as nothing", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const counts = () =>
        [sender, receiver].map((handle) => [Broadcast.strongCountUnsafe(handle), Broadcast.weakCountUnsafe(handle)])
      assert.deepStrictEqual(counts(), [[1, 0], [1, 0]])
      const clone = yield* Broadcast.clone(sender)
      const weak = yield* Broadcast.downgrade(clone)
      assert.deepStrictEqual(counts(), [[2, 1], [2, 1]])
      assert.strictEqual(yield* Broadcast.strongCount(weak), 2)
      assert.strictEqual(yield* Broadcast.weakCount(weak), 1)
      const upgraded = Option.getOrThrow(yield* Broadcast.upgrade(weak))
      assert.deepStrictEqual(counts(), [[3, 1], [3, 1]])
      assert.strictEqual(yield* Broadcast.send(upgraded, 1), 1)
      yield* Broadcast.drop(weak)
      yield* Broadcast.drop(clone)
      assert.deepStrictEqual(counts(), [[2, 0], [2, 0]])
      yield* Broadcast.drop(sender)
      assert.isFalse(yield* Broadcast.isClosed(receiver))
      yield* Broadcast.drop(upgraded)
      assert.isTrue(yield* Broadcast.isClosed(receiver))
      assert.deepStrictEqual(counts(), [[0, 0], [0, 0]])
      assert.deepStrictEqual(drain(receiver), [1, "done"])
    }).pipe(Effect.scoped))

  it.effect("upgrade is none for ever once the last strong sender is gone", () =>
    Effect.gen(function*() {
      const sender = yield* Broadcast.makeSender<number>(2)
      const weak = yield* Broadcast.downgrade(sender)
      const other = Broadcast.downgradeUnsafe(sender)
      yield* Broadcast.drop(sender)
      for (let i = 0; i < 2; i++) {
        assert.deepStrictEqual(yield* Broadcast.upgrade(weak), Option.none())
        assert.deepStrictEqual(Broadcast.upgradeUnsafe(other), Option.none())
      }
      assert.strictEqual(yield* Broadcast.strongCount(weak), 0)
      assert.strictEqual(yield* Broadcast.weakCount(weak), 2)
    }).pipe(Effect.scoped))

  it.effect("len: on a sender what is kept, on a receiver what is unread, lost values included", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(4)
      const lens = () => [Broadcast.lenUnsafe(sender), Broadcast.lenUnsafe(receiver)]
      assert.isTrue(yield* Broadcast.isEmpty(sender))
      assert.isTrue(yield* Broadcast.isEmpty(receiver))
      sendAll(sender, upTo(3))
      assert.deepStrictEqual(lens(), [3, 3])
      assert.isFalse(yield* Broadcast.isEmpty(sender))
      assert.isFalse(Broadcast.isEmptyUnsafe(receiver))
      sendAll(sender, upTo(3))
      assert.deepStrictEqual(lens(), [4, 6])
      const late = yield* Broadcast.subscribe(sender)
      assert.deepStrictEqual([Broadcast.lenUnsafe(late), Broadcast.isEmptyUnsafe(late)], [0, true])
      tryRecv(receiver)
      assert.deepStrictEqual(lens(), [4, 4])
      tryRecv(receiver)
      assert.deepStrictEqual(lens(), [3, 3])
      yield* Broadcast.drop(receiver)
      assert.deepStrictEqual(lens(), [0, 0])
      assert.strictEqual(yield* Broadcast.len(sender), 0)
      assert.strictEqual(yield* Broadcast.len(receiver), 0)
    }).pipe(Effect.scoped))

  it.effect("a late receiver owes only what it has seen sent", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<number>(8)
      sendAll(sender, [0, 1])
      const late = yield* Broadcast.subscribe(sender)
      sendAll(sender, [2, 3])
      assert.deepStrictEqual(drain(late), [2, 3, "empty"])
      assert.strictEqual(yield* Broadcast.len(sender), 4)
      tryRecv(first)
      assert.strictEqual(yield* Broadcast.len(sender), 3)
      yield* Broadcast.drop(first)
      assert.strictEqual(yield* Broadcast.len(sender), 0)
      sendAll(sender, [4])
      assert.strictEqual(yield* Broadcast.len(sender), 1)
      assert.deepStrictEqual(drain(late), [4, "empty"])
    }).pipe(Effect.scoped))

  it.effect("sameChannel: all handles of one channel, and no others", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const weak = yield* Broadcast.downgrade(sender)
      const clone = yield* Broadcast.clone(sender)
      const all: Array<Handle.Handle> = [sender, receiver, weak, clone, yield* Broadcast.resubscribe(receiver)]
      for (const one of all) for (const other of all) assert.isTrue(Broadcast.sameChannel(one, other))
      const stranger = yield* Broadcast.makeSender<number>(2)
      const permit = yield* Semaphore.acquire(yield* Semaphore.make(1))
      for (const one of all) {
        assert.isFalse(Broadcast.sameChannel(one, stranger))
        assert.isFalse(one.pipe(Broadcast.sameChannel(permit)))
        assert.isFalse(Broadcast.sameChannel(permit, one))
      }
      assert.isFalse(Broadcast.sameChannel(permit, permit))
      yield* Broadcast.drop(clone)
      assert.isTrue(Broadcast.sameChannel(clone, sender))
    }).pipe(Effect.scoped))

  it.effect("the guards tell senders, weak senders and receivers apart", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const weak = yield* Broadcast.downgrade(sender)
      const guards = [Broadcast.isSender, Broadcast.isWeakSender, Broadcast.isReceiver]
      for (const [i, handle] of [sender, weak, receiver].entries()) {
        assert.deepStrictEqual(guards.map((guard) => guard(handle)), [i === 0, i === 1, i === 2])
        assert.isTrue(Handle.isHandle(handle))
      }
      for (const guard of guards) for (const other of [undefined, {}, Semaphore]) assert.isFalse(guard(other))
    }).pipe(Effect.scoped))

  it.effect("a forked fiber can own a receiver that it was subscribed with", () =>
    Effect.gen(function*() {
      const sender = yield* Broadcast.makeSender<number>(8)
      const fiber = yield* Handle.forkWith(
        Broadcast.subscribe(sender),
        (receiver) => Stream.runCollect(Stream.take(Broadcast.stream(receiver), 2))
      )
      sendAll(sender, [1, 2])
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1, 2])
      assert.strictEqual(yield* Broadcast.receiverCount(sender), 0)
    }).pipe(Effect.scoped))
})

describe("misuse", () => {
  it.effect("after its end every use dies with Misuse, save what only looks", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2, { name: "b" })
      const keeper = yield* Broadcast.clone(sender)
      const weak = yield* Broadcast.downgrade(sender)
      for (const handle of [sender, receiver, weak]) yield* Broadcast.drop(handle)
      const uses: Record<string, readonly [what: string, effect: Effect.Effect<unknown, unknown, any>]> = {
        send: ["sender", Broadcast.send(sender, 1)],
        subscribe: ["sender", Broadcast.subscribe(sender)],
        clone: ["sender", Broadcast.clone(sender)],
        downgrade: ["sender", Broadcast.downgrade(sender)],
        closed: ["sender", Broadcast.closed(sender)],
        upgrade: ["weak sender", Broadcast.upgrade(weak)],
        recv: ["receiver", Broadcast.recv(receiver)],
        tryRecv: ["receiver", Broadcast.tryRecv(receiver)],
        ready: ["receiver", Broadcast.ready(receiver)],
        recvTimeout: ["receiver", Broadcast.recvTimeout(receiver, 1)],
        resubscribe: ["receiver", Broadcast.resubscribe(receiver)],
        stream: ["receiver", Stream.runDrain(Broadcast.stream(receiver))],
        toQueue: ["receiver", Broadcast.toQueue(receiver)]
      }
      for (const [name, [what, effect]] of Object.entries(uses)) {
        const defect = yield* defectOf(effect)
        assert.instanceOf(defect, Broadcast.Misuse, name)
        assert.strictEqual(
          defect.message,
          `Broadcast.${name}: a ${what} of Broadcast "b" was released and can't be used any more`
        )
      }
      const twins: Record<string, () => unknown> = {
        send: () => Broadcast.sendUnsafe(sender, 1),
        subscribe: () => Broadcast.subscribeUnsafe(sender),
        clone: () => Broadcast.cloneUnsafe(sender),
        downgrade: () => Broadcast.downgradeUnsafe(sender),
        upgrade: () => Broadcast.upgradeUnsafe(weak),
        tryRecv: () => Broadcast.tryRecvUnsafe(receiver),
        resubscribe: () => Broadcast.resubscribeUnsafe(receiver)
      }
      for (const [name, twin] of Object.entries(twins)) {
        const thrown = thrownBy(twin)
        assert.instanceOf(thrown, Broadcast.Misuse)
        assert.include(thrown.message, `Broadcast.${name}Unsafe: a `)
      }
      assert.deepStrictEqual(
        [
          yield* Broadcast.len(sender),
          yield* Broadcast.receiverCount(sender),
          yield* Broadcast.strongCount(sender),
          yield* Broadcast.weakCount(weak),
          yield* Broadcast.waiting(receiver),
          yield* Broadcast.waiting(sender)
        ],
        [0, 0, 1, 0, 0, 0]
      )
      assert.isFalse(yield* Broadcast.isClosed(receiver))
      assert.isTrue(Handle.isReleased(sender))
      assert.strictEqual(yield* Broadcast.strongCount(keeper), 1)
    }).pipe(Effect.scoped))

  it.effect("nothing happens before the effect runs", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const made: Array<unknown> = [
        Broadcast.send(sender, 1),
        Broadcast.subscribe(sender),
        Broadcast.recvTimeout(receiver, NaN),
        Broadcast.stream(receiver, { chunkSize: -1 }),
        Broadcast.toQueue(receiver, { capacity: -1 }),
        Broadcast.drop(receiver)
      ]
      assert.isNotEmpty(made)
      assert.strictEqual(yield* Broadcast.receiverCount(sender), 1)
      assert.strictEqual(yield* Broadcast.len(sender), 0)
      yield* Broadcast.drop(receiver)
      const send = Broadcast.send(sender, 1)
      const again = yield* Broadcast.subscribe(sender)
      assert.strictEqual(yield* send, 1)
      assert.strictEqual(yield* send, 1)
      assert.deepStrictEqual(drain(again), [1, 1, "empty"])
    }).pipe(Effect.scoped))

  it.effect("what is no handle of a broadcast can't be dropped", () =>
    Effect.gen(function*() {
      const permit = yield* Semaphore.acquire(yield* Semaphore.make(1, { name: "s" }))
      const defect = yield* defectOf(Broadcast.drop(permit))
      assert.instanceOf(defect, Broadcast.Misuse)
      assert.include(defect.message, "Broadcast.drop: ")
      assert.include(thrownBy(() => Broadcast.dropUnsafe(permit)).message, "is no handle of a Broadcast")
      assert.isFalse(Handle.isReleased(permit))
    }).pipe(Effect.scoped))

  it.effect("the unsafe ones are for what lives in this process", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const weak = yield* Broadcast.downgrade(sender)
      const remote: any = {
        ...Object.fromEntries(
          ([["STypeId", sender], ["RTypeId", receiver], ["WTypeId", weak]] as const).map(([key, handle]) => {
            const id = Broadcast[key]
            return [id, { channel: {}, recv: Effect.succeed(42), send: () => Effect.succeed(7), of: handle }]
          })
        ),
        toString: () => "Remote(r)"
      }
      assert.strictEqual(yield* Broadcast.recv(remote), 42)
      assert.strictEqual(yield* Broadcast.send(remote, 1), 7)
      const args: Record<string, ReadonlyArray<unknown>> = { sendUnsafe: [remote, 1] }
      const twins = Object.keys(Broadcast).filter((name) => name.endsWith("Unsafe") && !name.startsWith("make"))
      assert.isAbove(twins.length, 10)
      for (const name of twins) {
        const thrown = thrownBy(() => (Broadcast as any)[name](...args[name] ?? [remote]))
        assert.instanceOf(thrown, Broadcast.Misuse)
        assert.strictEqual(
          thrown.message,
          `Broadcast.${name}: Remote(r) does not live in this process; use the Effect of the same name`
        )
      }
    }).pipe(Effect.scoped))
})

describe("streams", () => {
  it.effect("STR-2: emit: a lag is an element, and the stream goes on until the end", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const seen: Array<unknown> = []
      const fiber = yield* forkSettled(
        Stream.runForEach(Broadcast.stream(receiver, { onLag: "emit" }), (a) => Effect.sync(() => seen.push(said(a))))
      )
      sendAll(sender, upTo(4))
      yield* settle
      sendAll(sender, upTo(5))
      yield* Broadcast.drop(sender)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, ["lag 2", 2, 3, "lag 3", 3, 4])
    }).pipe(Effect.scoped))

  it.effect("skip: goes on with what is kept; fail, the default, fails", () =>
    Effect.gen(function*() {
      for (
        const [make, expected] of [
          [(receiver: Broadcast.Receiver<number>) => Broadcast.stream(receiver, { onLag: "skip" }), [3, 4]],
          [(receiver: Broadcast.Receiver<number>) => Broadcast.stream(receiver, { onLag: "fail" }), ["lag 3"]],
          [(receiver: Broadcast.Receiver<number>) => Broadcast.stream(receiver), ["lag 3"]],
          [(receiver: Broadcast.Receiver<number>) => receiver.pipe(Broadcast.stream()), ["lag 3"]],
          [(receiver: Broadcast.Receiver<number>) => receiver.pipe(Broadcast.stream({ onLag: "skip" })), [3, 4]]
        ] as const
      ) {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, upTo(5))
        yield* Broadcast.drop(sender)
        assert.deepStrictEqual(yield* collect(make(receiver)), [...expected])
      }
    }).pipe(Effect.scoped))

  it.effect("a stream that failed by a lag can be run again, and goes on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      sendAll(sender, upTo(5))
      yield* Broadcast.drop(sender)
      const stream = Broadcast.stream(receiver, { chunkSize: 10 })
      assert.deepStrictEqual(yield* collect(stream), ["lag 3"])
      assert.deepStrictEqual(yield* collect(stream), [3, 4])
      assert.deepStrictEqual(yield* collect(stream), [])
    }).pipe(Effect.scoped))

  it.effect("fs2 #2723: a stream borrows: take(n) leaves the others to the receiver, which stays", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      sendAll(sender, upTo(5))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(Broadcast.stream(receiver), 2)), [0, 1])
      assert.isFalse(Handle.isReleased(receiver))
      assert.deepStrictEqual(drain(receiver), [2, 3, 4, "empty"])
    }).pipe(Effect.scoped))

  it.effect("chunkSize: so many as are there, never waiting to fill; a lag is one of them", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(4)
      const chunks = (onLag: "emit" | "skip") =>
        Effect.map(
          Stream.runCollect(Stream.chunks(Broadcast.stream(receiver, { onLag: onLag as "emit", chunkSize: 3 }))),
          (chunks) => chunks.map((chunk) => chunk.map((a: unknown) => Result.isResult(a) ? said(a) : a))
        )
      sendAll(sender, upTo(5))
      const fiber = yield* forkSettled(chunks("emit"))
      sendAll(sender, [5])
      yield* settle
      const second = yield* Broadcast.clone(sender)
      yield* Broadcast.drop(sender)
      yield* Broadcast.drop(second)
      assert.deepStrictEqual(yield* Fiber.join(fiber), [["lag 1", 1, 2], [3, 4], [5]])
    }).pipe(Effect.scoped))

  for (const chunkSize of [0, -1, 1.5, NaN]) {
    it.effect(`chunkSize ${chunkSize} dies with a RangeError`, () =>
      Effect.gen(function*() {
        const [, receiver] = yield* Broadcast.make<number>(2, { name: "b" })
        const defect = yield* defectOf(Stream.runDrain(Broadcast.stream(receiver, { chunkSize })))
        assert.instanceOf(defect, RangeError)
        assert.strictEqual(
          defect.message,
          `Broadcast.stream: chunkSize must be an integer from 1, got ${chunkSize}, on a receiver of Broadcast "b"`
        )
      }).pipe(Effect.scoped))
  }

  it.effect("BC-9, STR-4: an interrupted pull loses nothing", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const fiber = yield* forkSettled(Stream.runDrain(Broadcast.stream(receiver, { chunkSize: 4 })))
      sendAll(sender, [1, 2])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(drain(receiver), [1, 2, "empty"])
    }).pipe(Effect.scoped))

  it.effect("smol #1804: interrupting a stream is no end, and the end is no interruption", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const interrupted = yield* forkSettled(Stream.runDrain(Broadcast.stream(receiver)))
      yield* Fiber.interrupt(interrupted)
      assert.isTrue(Exit.hasInterrupts(interrupted.pollUnsafe()!))
      const ends = yield* forkSettled(Stream.runDrain(Broadcast.stream(receiver)))
      yield* Broadcast.drop(sender)
      assert.deepStrictEqual(yield* Fiber.await(ends), Exit.void)
    }).pipe(Effect.scoped))
})

describe("toQueue", () => {
  it.effect("a queue of what is received, which ends with the channel", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const queue = yield* Broadcast.toQueue(receiver)
      assert.isTrue(Queue.isDequeue(queue))
      sendAll(sender, upTo(3))
      assert.strictEqual(yield* Queue.take(queue), 0)
      assert.deepStrictEqual(yield* Queue.takeN(queue, 2), [1, 2])
      sendAll(sender, [3])
      yield* Broadcast.drop(sender)
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.fromQueue(queue)), [3])
      assert.isTrue(Cause.isDone(yield* Effect.flip(Queue.take(queue))))
    }).pipe(Effect.scoped))

  it.effect("onLag: fail fails the queue, skip goes on", () =>
    Effect.gen(function*() {
      for (const [onLag, expected] of [["fail", ["lag 3"]], ["skip", [3, 4]], [undefined, ["lag 3"]]] as const) {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, upTo(5))
        const queue = yield* receiver.pipe(Broadcast.toQueue(onLag === undefined ? {} : { onLag }))
        yield* Broadcast.drop(sender)
        assert.deepStrictEqual(yield* collect(Stream.fromQueue(queue)), [...expected])
      }
    }).pipe(Effect.scoped))

  it.effect("its capacity stops it: then it is the receiver that lags", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(4)
      const queue = yield* Broadcast.toQueue(receiver, { capacity: 2, onLag: "skip" })
      for (const n of upTo(20)) {
        sendAll(sender, [n])
        yield* settle
      }
      yield* Broadcast.drop(sender)
      const seen = yield* collect(Stream.fromQueue(queue))
      assert.deepStrictEqual(seen.slice(0, 2), [0, 1])
      assert.deepStrictEqual(seen.slice(-4), [16, 17, 18, 19])
      assert.isBelow(seen.length, 10)
    }).pipe(Effect.scoped))

  it.effect("closing its scope stops it and shuts the queue down; the receiver goes on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const queue = yield* Effect.scoped(
        Effect.tap(Broadcast.toQueue(receiver), (queue) =>
          Effect.gen(function*() {
            sendAll(sender, [1])
            assert.strictEqual(yield* Queue.take(queue), 1)
          }))
      )
      assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Queue.take(queue))))
      sendAll(sender, [2])
      assert.strictEqual(yield* recv(receiver), 2)
    }).pipe(Effect.scoped))

  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    it.effect(`a capacity of ${capacity} dies with a RangeError`, () =>
      Effect.gen(function*() {
        const [, receiver] = yield* Broadcast.make<number>(2, { name: "b" })
        const defect = yield* defectOf(Broadcast.toQueue(receiver, { capacity }))
        assert.instanceOf(defect, RangeError)
        assert.strictEqual(
          defect.message,
          `Broadcast.toQueue: capacity must be an integer from 1, got ${capacity}, on a receiver of Broadcast "b"`
        )
      }).pipe(Effect.scoped))
  }
})

describe("inspection", () => {
  it.effect("toString, toJSON and inspect show the state, and no values", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(3, { name: "b" })
      const weak = yield* Broadcast.downgrade(sender)
      sendAll(sender, [1, 2])
      assert.strictEqual(String(sender), "Broadcast.Sender(b: 2 of 4 kept, 1 receivers, 0 waiting)")
      assert.strictEqual(String(receiver), "Broadcast.Receiver(b: 2 unread of 4, open, 0 waiting)")
      assert.strictEqual(String(weak), "Broadcast.WeakSender(b: 1 strong, 1 weak)")
      assert.deepStrictEqual([sender, receiver, weak].map((handle) => JSON.parse(JSON.stringify(handle))), [
        {
          _id: "effect-sync/Broadcast/Sender",
          name: "b",
          capacity: 4,
          len: 2,
          receivers: 1,
          strong: 1,
          weak: 1,
          dropped: false,
          waiting: 0
        },
        {
          _id: "effect-sync/Broadcast/Receiver",
          name: "b",
          capacity: 4,
          len: 2,
          closed: false,
          dropped: false,
          waiting: 0
        },
        { _id: "effect-sync/Broadcast/WeakSender", name: "b", strong: 1, weak: 1, dropped: false }
      ])
      yield* Broadcast.drop(sender)
      assert.strictEqual(String(receiver), "Broadcast.Receiver(b: 2 unread of 4, closed, 0 waiting)")
      for (const handle of [receiver, weak]) yield* Broadcast.drop(handle)
      assert.deepStrictEqual([sender, receiver, weak].map((handle) => inspect(handle)), [
        "Broadcast.Sender(b: dropped)",
        "Broadcast.Receiver(b: dropped)",
        "Broadcast.WeakSender(b: dropped)"
      ])
      const unnamed = yield* Broadcast.makeSender(1)
      assert.strictEqual(String(unnamed), "Broadcast.Sender(0 of 1 kept, 0 receivers, 0 waiting)")
      assert.notProperty(JSON.parse(JSON.stringify(unnamed)), "name")
    }).pipe(Effect.scoped))

  it.effect("errors name the channel; Empty is one frozen instance", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1, { name: "b" })
      const empty = yield* Effect.flip(Broadcast.tryRecv(receiver))
      assert.instanceOf(empty, Broadcast.Empty)
      assert.strictEqual((empty as Broadcast.Empty).message, "Broadcast \"b\" has nothing to receive right now")
      assert.strictEqual(yield* Effect.flip(Broadcast.tryRecv(receiver)), empty)
      assert.isFrozen(empty)
      sendAll(sender, [1, 2])
      const lagged = yield* Effect.flip(Broadcast.recv(receiver))
      assert.strictEqual((lagged as Broadcast.Lagged).message, "a receiver of Broadcast \"b\" has missed 1 value")
      sendAll(sender, [3, 4])
      const more = Broadcast.tryRecvUnsafe(receiver)
      assert.include(String(Result.isFailure(more) && more.failure), "has missed 2 values")
      assert.notInclude((lagged as Error).stack ?? "", "    at ")
    }).pipe(Effect.scoped))
})

class Prices extends Broadcast.Service<Prices, number>()("test/Prices", { capacity: 4 }) {}
class Typed extends Broadcast.Service<Typed>()("test/Typed", {
  capacity: Config.Int("CAPACITY"),
  message: Schema.String
}) {}

describe("Service", () => {
  it.effect("one layer provides both halves of one channel", () =>
    Effect.gen(function*() {
      const receiver = yield* Prices.subscribe
      assert.strictEqual(yield* Prices.send(1), 1)
      const sender = yield* Prices.Sender
      const source = yield* Prices.Source
      const other = yield* source.subscribe
      assert.isTrue(Broadcast.sameChannel(sender, other))
      yield* Broadcast.send(sender, 2)
      assert.deepStrictEqual(drain(receiver), [1, 2, "empty"])
      assert.deepStrictEqual(drain(other), [2, "empty"])
      assert.include(String(sender), "test/Prices: ")
      assert.strictEqual(Prices.key, "test/Prices")
      assert.strictEqual(Prices.Sender.key, "test/Prices/Sender")
      assert.strictEqual(Prices.Source.key, "test/Prices/Source")
      assert.strictEqual(Typed.message, Schema.String)
    }).pipe(Effect.scoped, Effect.provide(Prices.layer)))

  it.effect("every accessor", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Prices.send(1))).value, 1)
      yield* Prices.closed
      const receiver = yield* Prices.subscribe
      yield* Prices.send(1)
      assert.deepStrictEqual([yield* Prices.len, yield* Prices.isEmpty, yield* Prices.receiverCount], [1, false, 1])
      const clone = yield* Prices.clone
      const weak = yield* Prices.downgrade
      assert.deepStrictEqual([yield* Prices.strongCount, yield* Prices.weakCount, yield* Prices.waiting], [2, 1, 0])
      yield* Broadcast.drop(clone)
      yield* Prices.drop
      assert.isTrue(Option.isNone(yield* Broadcast.upgrade(weak)))
      assert.deepStrictEqual(drain(receiver), [1, "done"])
      assert.strictEqual(yield* recv(yield* Prices.subscribe), "done")
    }).pipe(Effect.scoped, Effect.provide(Prices.layer)))

  it.effect("stream has a receiver of its own, from when it is run until it ends", () =>
    Effect.gen(function*() {
      const one = yield* forkSettled(Stream.runCollect(Stream.take(Prices.stream, 2)))
      const two = yield* forkSettled(Stream.runCollect(Stream.take(Prices.stream, 3)))
      assert.strictEqual(yield* Prices.receiverCount, 2)
      for (const n of [1, 2]) {
        yield* Prices.send(n)
        yield* settle
      }
      assert.deepStrictEqual(yield* Fiber.join(one), [1, 2])
      assert.strictEqual(yield* Prices.receiverCount, 1)
      yield* Prices.send(3)
      assert.deepStrictEqual(yield* Fiber.join(two), [1, 2, 3])
      assert.strictEqual(yield* Prices.receiverCount, 0)
    }).pipe(Effect.provide(Prices.layer)))

  it.effect("options may be Effects; their errors are the layer's, bad ones a defect", () =>
    Effect.gen(function*() {
      const env = (values: Record<string, string>) =>
        Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: values }))
      const shown = (values: Record<string, string>) =>
        Effect.map(Typed.Sender, String).pipe(Effect.provide(Layer.provide(Typed.layer, env(values))))
      assert.include(yield* shown({ CAPACITY: "7" }), "test/Typed: 0 of 8 kept")
      assert.instanceOf(yield* Effect.flip(shown({})), Config.ConfigError)
      const bad = yield* defectOf(Effect.provide(Typed.Sender, Typed.layerWith({ capacity: 0 })))
      assert.instanceOf(bad, RangeError)
      assert.include(bad.message, "Broadcast \"test/Typed\"")
    }))

  it.effect("one layer object is one channel; layerWith makes another; ending it drops its sender", () =>
    Effect.gen(function*() {
      const other = yield* Effect.provide(Prices.Sender, Prices.layerWith({ capacity: 100, name: "other" }))
      assert.isTrue(Handle.isReleased(other))
      assert.strictEqual(String(other), "Broadcast.Sender(other: dropped)")
      const receiver = yield* Effect.provide(
        Effect.gen(function*() {
          assert.isFalse(Broadcast.sameChannel(other, yield* Prices.Sender))
          const receiver = yield* Prices.subscribe
          yield* Prices.send(1)
          return receiver
        }),
        Prices.layer
      )
      assert.deepStrictEqual(drain(receiver), [1, "done"])
    }).pipe(Effect.scoped))
})
