/**
 * What tokio's own tests of its broadcast ask, in our words: `tokio/tests/sync_broadcast.rs`, `sync_broadcast_weak.rs` and
 * the stream of `tokio-stream`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, Stream } from "effect"
import { Broadcast } from "effect-sync"
import { drain, recv, said, sendAll, tryRecv, upTo } from "./broadcast.ts"
import { defectOf, forkSettled, mustBeGone, settle } from "./utils.ts"

const waits = (fiber: Fiber.Fiber<unknown, unknown>) => assert.isUndefined(fiber.pollUnsafe())

describe("as in tokio", () => {
  it.effect("send_try_recv_bounded", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<string>(16)
      assert.strictEqual(tryRecv(receiver), "empty")
      assert.strictEqual(yield* Broadcast.send(sender, "hello"), 1)
      assert.strictEqual(tryRecv(receiver), "hello")
      assert.strictEqual(tryRecv(receiver), "empty")
    }).pipe(Effect.scoped))

  it.effect("send_two_recv", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<string>(16)
      const second = yield* Broadcast.subscribe(sender)
      assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["empty", "empty"])
      assert.strictEqual(yield* Broadcast.send(sender, "hello"), 2)
      assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["hello", "hello"])
      assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["empty", "empty"])
    }).pipe(Effect.scoped))

  it.effect("send_recv: the value is there, or comes", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<string>(16)
      const first = yield* forkSettled(Broadcast.recv(receiver))
      waits(first)
      yield* Broadcast.send(sender, "hello")
      assert.strictEqual(yield* Fiber.join(first), "hello")
      yield* Broadcast.send(sender, "world")
      assert.strictEqual(yield* Broadcast.recv(receiver), "world")
    }).pipe(Effect.scoped))

  it.effect("send_two_recv_bounded: each has its own wake-up", () =>
    Effect.gen(function*() {
      const [sender, one] = yield* Broadcast.make<string>(16)
      const two = yield* Broadcast.subscribe(sender)
      const first = yield* forkSettled(Broadcast.recv(one))
      const second = yield* forkSettled(Broadcast.recv(two))
      yield* Broadcast.send(sender, "hello")
      assert.strictEqual(yield* Fiber.join(first), "hello")
      assert.strictEqual(yield* Fiber.join(second), "hello")
      const third = yield* forkSettled(Broadcast.recv(one))
      waits(third)
      yield* Broadcast.send(sender, "world")
      assert.strictEqual(yield* Fiber.join(third), "world")
      const fourth = yield* forkSettled(Broadcast.recv(one))
      waits(fourth)
      assert.strictEqual(yield* Broadcast.recv(two), "world")
      yield* Broadcast.send(sender, "again")
      assert.strictEqual(yield* Fiber.join(fourth), "again")
      assert.strictEqual(yield* Broadcast.recv(two), "again")
    }).pipe(Effect.scoped))

  it.effect("change_tasks: a wait that is given up, and begun by another fiber", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1)
      const gone = yield* forkSettled(Broadcast.recv(receiver))
      yield* Fiber.interrupt(gone)
      const other = yield* forkSettled(Broadcast.recv(receiver))
      sendAll(sender, [1])
      assert.strictEqual(yield* Fiber.join(other), 1)
    }).pipe(Effect.scoped))

  it.effect("send_slow_rx", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<string>(16)
      const second = yield* Broadcast.subscribe(sender)
      const slow = yield* forkSettled(Broadcast.recv(second))
      sendAll(sender, ["one"])
      const expected = ["one", "two", "three", "four", "five"]
      assert.strictEqual(tryRecv(first), "one")
      for (const value of expected.slice(1)) {
        sendAll(sender, [value])
        assert.strictEqual(tryRecv(first), value)
      }
      assert.strictEqual(yield* Fiber.join(slow), "one")
      assert.deepStrictEqual(drain(second), ["two", "three", "four", "five", "empty"])
    }).pipe(Effect.scoped))

  it.effect("drop_rx_while_values_remain", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<string>(16)
      const second = yield* Broadcast.subscribe(sender)
      sendAll(sender, ["one", "two"])
      assert.deepStrictEqual(drain(first), ["one", "two", "empty"])
      yield* Broadcast.drop(second)
      yield* Broadcast.drop(first)
      assert.strictEqual(yield* Broadcast.len(sender), 0)
    }).pipe(Effect.scoped))

  it.effect("lagging_rx", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<string>(2)
      const second = yield* Broadcast.subscribe(sender)
      sendAll(sender, ["one"])
      assert.strictEqual(tryRecv(first), "one")
      sendAll(sender, ["two"])
      assert.strictEqual(tryRecv(first), "two")
      sendAll(sender, ["three"])
      assert.strictEqual(tryRecv(second), "lag 1")
      assert.strictEqual(tryRecv(second), "two")
      sendAll(sender, ["four"])
      assert.deepStrictEqual(drain(first), ["three", "four", "empty"])
      sendAll(sender, ["five"])
      assert.strictEqual(tryRecv(second), "lag 1")
      assert.deepStrictEqual(drain(second), ["four", "five", "empty"])
      yield* Broadcast.drop(first)
      assert.strictEqual(tryRecv(second), "empty")
    }).pipe(Effect.scoped))

  it.effect("send_no_rx", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<string>(16)
      yield* Broadcast.drop(receiver)
      assert.strictEqual((yield* Effect.flip(Broadcast.send(sender, "hello"))).value, "hello")
      const late = yield* Broadcast.subscribe(sender)
      sendAll(sender, ["world"])
      assert.strictEqual(tryRecv(late), "world")
    }).pipe(Effect.scoped))

  it.effect("zero_capacity, capacity_too_big", () =>
    Effect.gen(function*() {
      for (const capacity of [0, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
        assert.instanceOf(yield* defectOf(Broadcast.make(capacity)), RangeError)
      }
    }).pipe(Effect.scoped))

  it.effect("panic_in_clone, as far as there are clones: who dies with a value in hand takes it from nobody", () =>
    Effect.gen(function*() {
      const [sender, first] = yield* Broadcast.make<string>(16)
      const second = yield* Broadcast.subscribe(sender)
      sendAll(sender, ["one", "two"])
      yield* Effect.exit(Effect.map(Broadcast.recv(first), () => {
        throw new Error("defect")
      }))
      assert.deepStrictEqual(drain(first), ["two", "empty"])
      assert.deepStrictEqual(drain(second), ["one", "two", "empty"])
    }).pipe(Effect.scoped))

  it.effect("dropping_tx_notifies_rx", () =>
    Effect.gen(function*() {
      const [sender, one] = yield* Broadcast.make<number>(16)
      const two = yield* Broadcast.subscribe(sender)
      const clone = yield* Broadcast.clone(sender)
      const first = yield* forkSettled(recv(one))
      const second = yield* forkSettled(recv(two))
      yield* Broadcast.drop(sender)
      yield* settle
      waits(first)
      waits(second)
      yield* Broadcast.drop(clone)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], ["done", "done"])
    }).pipe(Effect.scoped))

  it.effect("unconsumed_messages_are_dropped", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<object>(16)
      const value = new WeakRef({ message: 1 })
      sendAll(sender, [value.deref()!])
      yield* Broadcast.drop(sender)
      yield* Broadcast.drop(receiver)
      yield* mustBeGone([value])
    }).pipe(Effect.scoped))

  it.effect("single_capacity_recvs", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1)
      sendAll(sender, [1])
      assert.deepStrictEqual(drain(receiver), [1, "empty"])
    }).pipe(Effect.scoped))

  it.effect("single_capacity_recvs_after_drop_1", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1)
      sendAll(sender, [1])
      yield* Broadcast.drop(sender)
      assert.deepStrictEqual(drain(receiver), [1, "done"])
    }).pipe(Effect.scoped))

  it.effect("single_capacity_recvs_after_drop_2", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1)
      sendAll(sender, [1, 2])
      yield* Broadcast.drop(sender)
      assert.deepStrictEqual(drain(receiver), ["lag 1", 2, "done"])
    }).pipe(Effect.scoped))

  it.effect("dropping_sender_does_not_overwrite", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      sendAll(sender, [1, 2])
      yield* Broadcast.drop(sender)
      assert.deepStrictEqual(drain(receiver), [1, 2, "done"])
    }).pipe(Effect.scoped))

  for (const [what, closing, last] of [["closed", true, "done"], ["open", false, "empty"]] as const) {
    it.effect(`lagging_receiver_recovers_after_wrap_${what}`, () =>
      Effect.gen(function*() {
        for (const n of [3, 4, 5]) {
          const [sender, receiver] = yield* Broadcast.make<number>(2)
          sendAll(sender, upTo(n))
          if (closing) yield* Broadcast.drop(sender)
          assert.deepStrictEqual(drain(receiver), [`lag ${n - 2}`, n - 2, n - 1, last])
          if (!closing) {
            sendAll(sender, [n])
            assert.deepStrictEqual(drain(receiver), [n, "empty"])
          }
        }
      }).pipe(Effect.scoped))
  }

  it.effect("receiver_len_with_lagged", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(3)
      sendAll(sender, [10, 20, 30, 40])
      assert.strictEqual(yield* Broadcast.len(receiver), 4)
      assert.strictEqual(tryRecv(receiver), 10) // 3 is rounded up to 4
      sendAll(sender, [50])
      assert.strictEqual(tryRecv(receiver), 20)
      assert.strictEqual(yield* Broadcast.len(receiver), 3)
      sendAll(sender, [60, 70])
      assert.strictEqual(yield* Broadcast.len(receiver), 5)
      assert.strictEqual(tryRecv(receiver), "lag 1")
      assert.strictEqual(yield* Broadcast.len(receiver), 4)
    }).pipe(Effect.scoped))

  it.effect("receiver_len", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(4)
      const other = yield* Broadcast.subscribe(sender)
      assert.isTrue((yield* Broadcast.isEmpty(receiver)) && (yield* Broadcast.isEmpty(other)))
      sendAll(sender, [1, 2, 3])
      assert.strictEqual(yield* Broadcast.len(receiver), 3)
      tryRecv(receiver)
      assert.deepStrictEqual([Broadcast.lenUnsafe(receiver), Broadcast.lenUnsafe(other)], [2, 3])
    }).pipe(Effect.scoped))

  it.effect("send_in_waker_drop: who is let go may send at once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(16)
      const second = yield* Broadcast.subscribe(sender)
      const waiting = yield* forkSettled(
        Effect.ensuring(Broadcast.recv(receiver), Effect.sync(() => Broadcast.sendUnsafe(sender, 2)))
      )
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual(drain(second), [2, "empty"])
      const reacts = yield* forkSettled(
        Effect.flatMap(Broadcast.recv(second), (n) => Broadcast.send(sender, n + 1))
      )
      sendAll(sender, [10])
      assert.strictEqual(yield* Fiber.join(reacts), 2)
      assert.deepStrictEqual(drain(receiver), [2, 10, 11, "empty"])
    }).pipe(Effect.scoped))

  it.effect("receiver_recv_is_cooperative", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(8)
      const loop: Effect.Effect<never> = Effect.flatMap(
        Effect.orDie(Effect.andThen(Broadcast.send(sender, 1), Broadcast.recv(receiver))),
        () => loop
      )
      const busy = yield* Effect.forkChild(loop)
      yield* settle // comes back
      waits(busy)
      yield* Fiber.interrupt(busy)
    }).pipe(Effect.scoped))

  it.effect("broadcast_sender_closed", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(10)
      const second = yield* Broadcast.subscribe(sender)
      const closed = yield* forkSettled(Broadcast.closed(sender))
      waits(closed)
      yield* Broadcast.drop(receiver)
      yield* settle
      waits(closed)
      yield* Broadcast.drop(second)
      yield* Fiber.join(closed)
    }).pipe(Effect.scoped))

  it.effect("broadcast_sender_closed_with_extra_subscribe", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(10)
      const closed = yield* forkSettled(Broadcast.closed(sender))
      Broadcast.dropUnsafe(receiver)
      const second = Broadcast.subscribeUnsafe(sender)
      yield* settle
      waits(closed)
      Broadcast.dropUnsafe(second)
      yield* Fiber.join(closed)
      const third = yield* Broadcast.subscribe(sender)
      const again = yield* forkSettled(Broadcast.closed(sender))
      waits(again)
      yield* Broadcast.drop(third)
      yield* Fiber.join(again)
    }).pipe(Effect.scoped))

  it.effect("broadcast_sender_new_must_be_closed", () =>
    Effect.gen(function*() {
      const sender = yield* Broadcast.makeSender<number>(10)
      yield* Broadcast.closed(sender)
      const receiver = yield* Broadcast.subscribe(sender)
      const closed = yield* forkSettled(Broadcast.closed(sender))
      waits(closed)
      yield* Broadcast.drop(receiver)
      yield* Fiber.join(closed)
    }).pipe(Effect.scoped))

  it.effect("resubscribe_points_to_tail", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(3)
      sendAll(sender, [1])
      const other = yield* Broadcast.resubscribe(receiver)
      assert.strictEqual(tryRecv(other), "empty")
      sendAll(sender, [2])
      assert.deepStrictEqual(drain(receiver), [1, 2, "empty"])
      assert.deepStrictEqual(drain(other), [2, "empty"])
    }).pipe(Effect.scoped))

  it.effect("resubscribe_lagged", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(1)
      sendAll(sender, [1, 2])
      const other = yield* Broadcast.resubscribe(receiver)
      assert.strictEqual(tryRecv(other), "empty")
      assert.deepStrictEqual(drain(receiver), ["lag 1", 2, "empty"])
      assert.strictEqual(tryRecv(other), "empty")
    }).pipe(Effect.scoped))

  it.effect("resubscribe_to_closed_channel", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      yield* Broadcast.drop(sender)
      assert.strictEqual(tryRecv(yield* Broadcast.resubscribe(receiver)), "done")
    }).pipe(Effect.scoped))

  it.effect("sender_len", () =>
    Effect.gen(function*() {
      const [sender, one] = yield* Broadcast.make<number>(4)
      const two = yield* Broadcast.subscribe(sender)
      const len = () => Broadcast.lenUnsafe(sender)
      assert.isTrue(yield* Broadcast.isEmpty(sender))
      sendAll(sender, [1, 2, 3])
      assert.strictEqual(len(), 3)
      tryRecv(one)
      tryRecv(one)
      assert.strictEqual(len(), 3)
      tryRecv(two)
      tryRecv(two)
      assert.strictEqual(len(), 1)
      sendAll(sender, [4, 5, 6])
      assert.strictEqual(len(), 4)
      yield* Broadcast.drop(one)
      assert.strictEqual(len(), 4)
      yield* Broadcast.drop(two)
      assert.isTrue(yield* Broadcast.isEmpty(sender))
    }).pipe(Effect.scoped))

  it.effect("sender_len_random", () =>
    Effect.gen(function*() {
      const [sender, one] = yield* Broadcast.make<number>(16)
      const two = yield* Broadcast.subscribe(sender)
      for (let i = 0; i < 1_000; i++) {
        const turn = (i * 7919) % 4
        if (turn === 0 && Broadcast.isEmptyUnsafe(one)) sendAll(sender, [i])
        else if (turn === 1) tryRecv(one)
        else if (turn === 2) tryRecv(two)
        else sendAll(sender, [i])
        const most = Math.max(Broadcast.lenUnsafe(one), Broadcast.lenUnsafe(two))
        assert.strictEqual(Broadcast.lenUnsafe(sender), Math.min(most, 16))
      }
    }).pipe(Effect.scoped))

  it.effect("test_rx_is_closed_when_dropping_all_senders", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const clones = yield* Effect.forEach(upTo(3), () => Broadcast.clone(sender))
      for (const clone of clones) {
        yield* Broadcast.drop(clone)
        assert.isFalse(yield* Broadcast.isClosed(receiver))
      }
      yield* Broadcast.drop(sender)
      assert.isTrue(yield* Broadcast.isClosed(receiver))
    }).pipe(Effect.scoped))

  it.effect("weak: downgrade, upgrade, counts", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      const weak = yield* Broadcast.downgrade(sender)
      const upgraded = yield* Broadcast.upgrade(weak)
      assert.isTrue(Option.isSome(upgraded) && Broadcast.sameChannel(upgraded.value, sender))
      assert.strictEqual(yield* Broadcast.strongCount(receiver), 2)
      yield* Broadcast.drop(sender)
      yield* Broadcast.drop(Option.getOrThrow(upgraded))
      assert.isTrue(Option.isNone(yield* Broadcast.upgrade(weak)))
      assert.strictEqual(yield* recv(receiver), "done")
      assert.strictEqual(yield* Broadcast.weakCount(receiver), 1)
      yield* Broadcast.drop(weak)
      assert.strictEqual(yield* Broadcast.weakCount(receiver), 0)
    }).pipe(Effect.scoped))

  it.effect("BroadcastStream: lags are elements, the end ends it", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Broadcast.make<number>(2)
      sendAll(sender, upTo(4))
      const first = yield* Stream.runCollect(Stream.take(Broadcast.stream(receiver, { onLag: "emit" }), 2))
      assert.deepStrictEqual(first.map(said), ["lag 2", 2])
      sendAll(sender, upTo(4, 4))
      yield* Broadcast.drop(sender)
      const rest = yield* Stream.runCollect(Broadcast.stream(receiver, { onLag: "emit" }))
      assert.deepStrictEqual(rest.map(said), ["lag 3", 6, 7])
      assert.isTrue(Result.isFailure(rest[0]!))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Broadcast.recv(receiver))))
    }).pipe(Effect.scoped))
})
