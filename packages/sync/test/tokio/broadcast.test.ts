/**
 * What tokio's own tests of its broadcast ask, in our words: `tokio/tests/sync_broadcast.rs`, the broadcast case of
 * `sync_panic.rs`, and `tokio/src/sync/tests/loom_broadcast.rs`.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { Broadcast } from "effect-sync"
import { drain, recv, sendAll, tryRecv, upTo } from "../broadcast.ts"
import { defectOf, forkSettled, mustBeGone, thrownBy } from "../utils.ts"
import { isCooperative, pending, tokio } from "./told.ts"

describe("tokio: sync_broadcast", () => {
  tokio("send_try_recv_bounded", function*() {
    const [sender, receiver] = yield* Broadcast.make<string>(16)
    assert.strictEqual(tryRecv(receiver), "empty")
    assert.strictEqual(yield* Broadcast.send(sender, "hello"), 1)
    assert.strictEqual(tryRecv(receiver), "hello")
    assert.strictEqual(tryRecv(receiver), "empty")
  })

  tokio("send_two_recv", function*() {
    const [sender, first] = yield* Broadcast.make<string>(16)
    const second = yield* Broadcast.subscribe(sender)
    assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["empty", "empty"])
    assert.strictEqual(yield* Broadcast.send(sender, "hello"), 2)
    assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["hello", "hello"])
    assert.deepStrictEqual([tryRecv(first), tryRecv(second)], ["empty", "empty"])
  })

  tokio("send_recv: the value is there, or comes", function*() {
    const [sender, receiver] = yield* Broadcast.make<string>(16)
    const first = yield* forkSettled(Broadcast.recv(receiver))
    yield* pending(first)
    yield* Broadcast.send(sender, "hello")
    assert.strictEqual(yield* Fiber.join(first), "hello")
    yield* Broadcast.send(sender, "world")
    assert.strictEqual(yield* Broadcast.recv(receiver), "world")
  })

  tokio("send_two_recv_bounded: each has its own wake-up", function*() {
    const [sender, one] = yield* Broadcast.make<string>(16)
    const two = yield* Broadcast.subscribe(sender)
    const first = yield* forkSettled(Broadcast.recv(one))
    const second = yield* forkSettled(Broadcast.recv(two))
    yield* Broadcast.send(sender, "hello")
    assert.strictEqual(yield* Fiber.join(first), "hello")
    assert.strictEqual(yield* Fiber.join(second), "hello")
    const third = yield* forkSettled(Broadcast.recv(one))
    yield* pending(third)
    yield* Broadcast.send(sender, "world")
    assert.strictEqual(yield* Fiber.join(third), "world")
    const fourth = yield* forkSettled(Broadcast.recv(one))
    yield* pending(fourth)
    assert.strictEqual(yield* Broadcast.recv(two), "world")
    yield* Broadcast.send(sender, "again")
    assert.strictEqual(yield* Fiber.join(fourth), "again")
    assert.strictEqual(yield* Broadcast.recv(two), "again")
  })

  tokio("change_tasks: a wait that is given up, and begun by another fiber", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    const gone = yield* forkSettled(Broadcast.recv(receiver))
    yield* Fiber.interrupt(gone)
    const other = yield* forkSettled(Broadcast.recv(receiver))
    sendAll(sender, [1])
    assert.strictEqual(yield* Fiber.join(other), 1)
  })

  tokio("send_slow_rx", function*() {
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
  })

  tokio("drop_rx_while_values_remain", function*() {
    const [sender, first] = yield* Broadcast.make<string>(16)
    const second = yield* Broadcast.subscribe(sender)
    sendAll(sender, ["one", "two"])
    assert.deepStrictEqual(drain(first), ["one", "two", "empty"])
    yield* Broadcast.drop(second)
    yield* Broadcast.drop(first)
    assert.strictEqual(yield* Broadcast.len(sender), 0)
  })

  tokio("lagging_rx", function*() {
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
  })

  tokio("send_no_rx", function*() {
    const [sender, receiver] = yield* Broadcast.make<string>(16)
    yield* Broadcast.drop(receiver)
    assert.strictEqual((yield* Effect.flip(Broadcast.send(sender, "hello"))).value, "hello")
    const late = yield* Broadcast.subscribe(sender)
    sendAll(sender, ["world"])
    assert.strictEqual(tryRecv(late), "world")
  })

  tokio("zero_capacity, capacity_too_big", function*() {
    for (const capacity of [0, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      assert.instanceOf(yield* defectOf(Broadcast.make(capacity)), RangeError)
    }
  })

  tokio("panic_in_clone, as far as there are clones: who dies with a value in hand takes it from nobody", function*() {
    const [sender, first] = yield* Broadcast.make<string>(16)
    const second = yield* Broadcast.subscribe(sender)
    sendAll(sender, ["one", "two"])
    yield* Effect.exit(Effect.map(Broadcast.recv(first), () => {
      throw new Error("defect")
    }))
    assert.deepStrictEqual(drain(first), ["two", "empty"])
    assert.deepStrictEqual(drain(second), ["one", "two", "empty"])
  })

  tokio("dropping_tx_notifies_rx", function*() {
    const [sender, one] = yield* Broadcast.make<number>(16)
    const two = yield* Broadcast.subscribe(sender)
    const clone = yield* Broadcast.clone(sender)
    const first = yield* forkSettled(recv(one))
    const second = yield* forkSettled(recv(two))
    yield* Broadcast.drop(sender)
    yield* pending(first, second)
    yield* Broadcast.drop(clone)
    assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], ["done", "done"])
  })

  tokio("unconsumed_messages_are_dropped", function*() {
    const [sender, receiver] = yield* Broadcast.make<object>(16)
    const value = new WeakRef({ message: 1 })
    sendAll(sender, [value.deref()!])
    yield* Broadcast.drop(sender)
    yield* Broadcast.drop(receiver)
    yield* mustBeGone([value])
  })

  tokio("single_capacity_recvs", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    sendAll(sender, [1])
    assert.deepStrictEqual(drain(receiver), [1, "empty"])
  })

  tokio("single_capacity_recvs_after_drop_1", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    sendAll(sender, [1])
    yield* Broadcast.drop(sender)
    assert.deepStrictEqual(drain(receiver), [1, "done"])
  })

  tokio("single_capacity_recvs_after_drop_2", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    sendAll(sender, [1, 2])
    yield* Broadcast.drop(sender)
    assert.deepStrictEqual(drain(receiver), ["lag 1", 2, "done"])
  })

  tokio("dropping_sender_does_not_overwrite", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [1, 2])
    yield* Broadcast.drop(sender)
    assert.deepStrictEqual(drain(receiver), [1, 2, "done"])
  })

  for (const [what, closing, last] of [["closed", true, "done"], ["open", false, "empty"]] as const) {
    tokio(`lagging_receiver_recovers_after_wrap_${what}`, function*() {
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
    })
  }

  tokio("receiver_len_with_lagged", function*() {
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
  })

  tokio("receiver_len", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(4)
    const other = yield* Broadcast.subscribe(sender)
    assert.isTrue((yield* Broadcast.isEmpty(receiver)) && (yield* Broadcast.isEmpty(other)))
    sendAll(sender, [1, 2, 3])
    assert.strictEqual(yield* Broadcast.len(receiver), 3)
    tryRecv(receiver)
    assert.deepStrictEqual([Broadcast.lenUnsafe(receiver), Broadcast.lenUnsafe(other)], [2, 3])
  })

  tokio("send_in_waker_drop: who is let go may send at once", function*() {
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
  })

  tokio("receiver_recv_is_cooperative", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(8)
    yield* isCooperative(Effect.andThen(Broadcast.send(sender, 1), Broadcast.recv(receiver)))
    yield* Broadcast.drop(sender)
    yield* isCooperative(Effect.exit(Broadcast.recv(receiver)))
  })

  tokio("broadcast_sender_closed", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(10)
    const second = yield* Broadcast.subscribe(sender)
    const closed = yield* forkSettled(Broadcast.closed(sender))
    yield* pending(closed)
    yield* Broadcast.drop(receiver)
    yield* pending(closed)
    yield* Broadcast.drop(second)
    yield* Fiber.join(closed)
  })

  tokio("broadcast_sender_closed_with_extra_subscribe", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(10)
    const closed = yield* forkSettled(Broadcast.closed(sender))
    Broadcast.dropUnsafe(receiver)
    const second = Broadcast.subscribeUnsafe(sender)
    yield* pending(closed)
    Broadcast.dropUnsafe(second)
    yield* Fiber.join(closed)
    const third = yield* Broadcast.subscribe(sender)
    const again = yield* forkSettled(Broadcast.closed(sender))
    yield* pending(again)
    yield* Broadcast.drop(third)
    yield* Fiber.join(again)
  })

  tokio("broadcast_sender_new_must_be_closed", function*() {
    const sender = yield* Broadcast.makeSender<number>(10)
    yield* Broadcast.closed(sender)
    const receiver = yield* Broadcast.subscribe(sender)
    const closed = yield* forkSettled(Broadcast.closed(sender))
    yield* pending(closed)
    yield* Broadcast.drop(receiver)
    yield* Fiber.join(closed)
  })

  tokio("resubscribe_points_to_tail", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(3)
    sendAll(sender, [1])
    const other = yield* Broadcast.resubscribe(receiver)
    assert.strictEqual(tryRecv(other), "empty")
    sendAll(sender, [2])
    assert.deepStrictEqual(drain(receiver), [1, 2, "empty"])
    assert.deepStrictEqual(drain(other), [2, "empty"])
  })

  tokio("resubscribe_lagged", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    sendAll(sender, [1, 2])
    const other = yield* Broadcast.resubscribe(receiver)
    assert.strictEqual(tryRecv(other), "empty")
    assert.deepStrictEqual(drain(receiver), ["lag 1", 2, "empty"])
    assert.strictEqual(tryRecv(other), "empty")
  })

  tokio("resubscribe_to_closed_channel", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    yield* Broadcast.drop(sender)
    assert.strictEqual(tryRecv(yield* Broadcast.resubscribe(receiver)), "done")
  })

  tokio("sender_len", function*() {
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
  })

  tokio("sender_len_random", function*() {
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
  })

  tokio("test_rx_is_closed_when_dropping_all_senders", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    const clones = yield* Effect.forEach(upTo(3), () => Broadcast.clone(sender))
    for (const clone of clones) {
      yield* Broadcast.drop(clone)
      assert.isFalse(yield* Broadcast.isClosed(receiver))
    }
    yield* Broadcast.drop(sender)
    assert.isTrue(yield* Broadcast.isClosed(receiver))
  })

  tokio("send_slow_rx: woken long before it runs, it gets the value it was woken by", function*() {
    const [sender, one] = yield* Broadcast.make<string>(16)
    const two = yield* Broadcast.subscribe(sender)
    const first = yield* forkSettled(recv(one))
    const second = yield* forkSettled(recv(two))
    sendAll(sender, ["one", "two", "three"])
    assert.strictEqual(yield* Fiber.join(first), "one")
    assert.strictEqual(yield* Fiber.join(second), "one")
    assert.deepStrictEqual(drain(one), ["two", "three", "empty"])
    assert.deepStrictEqual(drain(two), ["two", "three", "empty"])
  })

  tokio("send_slow_rx: woken, and overrun before it runs, it has lagged", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    const waiting = yield* forkSettled(recv(receiver))
    sendAll(sender, [1, 2])
    assert.strictEqual(yield* Fiber.join(waiting), "lag 1")
    assert.deepStrictEqual(drain(receiver), [2, "empty"])
  })

  tokio("lagging_rx: a second lag counts from where the first left off", function*() {
    const [sender, first] = yield* Broadcast.make<string>(2)
    const second = yield* Broadcast.subscribe(sender)
    sendAll(sender, ["one", "two"])
    assert.strictEqual(tryRecv(first), "one")
    sendAll(sender, ["three"])
    assert.strictEqual(tryRecv(second), "lag 1")
    assert.strictEqual(tryRecv(second), "two")
    assert.deepStrictEqual([tryRecv(first), tryRecv(first)], ["two", "three"])
    sendAll(sender, ["four", "five"])
    assert.strictEqual(tryRecv(second), "lag 1")
    sendAll(sender, ["six"])
    assert.strictEqual(tryRecv(second), "lag 1")
  })

  tokio("broadcast_channel_panic_caller, capacity_too_big: the message names who was called", function*() {
    for (const capacity of [0, -1, 0.5, Number.NaN, Broadcast.MAX_CAPACITY + 1]) {
      const error = yield* defectOf(Broadcast.make(capacity))
      assert.instanceOf(error, RangeError)
      assert.match(error.message, /^Broadcast\.make/)
      assert.match((yield* defectOf(Broadcast.makeSender(capacity))).message, /^Broadcast\.makeSender/)
      assert.match(thrownBy(() => Broadcast.makeUnsafe(capacity)).message, /^Broadcast\.makeUnsafe/)
    }
  })

  tokio("unconsumed_messages_are_dropped: with the receiver, the sender staying", function*() {
    const [sender, receiver] = yield* Broadcast.make<object>(16)
    const value = new WeakRef({ message: 1 })
    sendAll(sender, [value.deref()!])
    yield* Broadcast.drop(receiver)
    yield* mustBeGone([value])
    assert.strictEqual(yield* Broadcast.len(sender), 0)
  })

  tokio("slow_receiver_within_capacity_does_not_lag", function*() {
    const [sender, slow] = yield* Broadcast.make<number>(2)
    const fast = yield* Broadcast.subscribe(sender)
    sendAll(sender, [1, 2])
    assert.deepStrictEqual(drain(fast), [1, 2, "empty"])
    assert.deepStrictEqual(drain(slow), [1, 2, "empty"])
  })

  tokio("capacity_overflow_reports_lagged_then_oldest_retained", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [10, 20, 30])
    assert.deepStrictEqual(drain(receiver), ["lag 1", 20, 30, "empty"])
  })

  tokio("lagged_count_matches_number_of_overwritten_messages", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(4)
    sendAll(sender, [1, 2, 3, 4])
    assert.strictEqual(tryRecv(receiver), 1)
    sendAll(sender, [5, 6, 7, 8])
    assert.deepStrictEqual(drain(receiver), ["lag 3", 5, 6, 7, 8, "empty"])
  })

  tokio("lag_uses_power_of_two_buffer_length", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(3)
    sendAll(sender, [1, 2, 3, 4])
    assert.strictEqual(yield* Broadcast.len(receiver), 4)
    assert.strictEqual(tryRecv(receiver), 1)
    sendAll(sender, [5])
    assert.strictEqual(yield* Broadcast.len(receiver), 4)
    sendAll(sender, [6])
    assert.strictEqual(yield* Broadcast.len(receiver), 5)
    assert.deepStrictEqual(drain(receiver), ["lag 1", 3, 4, 5, 6, "empty"])
  })

  tokio("async_recv_lagged_then_resumes_from_oldest_retained", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [10, 20, 30])
    const error = yield* Effect.flip(Broadcast.recv(receiver))
    assert.isTrue(error instanceof Broadcast.Lagged && error.skipped === 1)
    assert.strictEqual(yield* Broadcast.recv(receiver), 20)
    assert.strictEqual(yield* Broadcast.recv(receiver), 30)
  })

  tokio("lag_catch_up_then_lag_again", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [1, 2, 3])
    assert.deepStrictEqual(drain(receiver), ["lag 1", 2, 3, "empty"])
    sendAll(sender, [4, 5, 6])
    assert.deepStrictEqual(drain(receiver), ["lag 1", 5, 6, "empty"])
  })

  tokio("lag_is_per_receiver", function*() {
    const [sender, slow] = yield* Broadcast.make<number>(2)
    const fast = yield* Broadcast.subscribe(sender)
    sendAll(sender, [1, 2])
    assert.deepStrictEqual(drain(fast), [1, 2, "empty"])
    sendAll(sender, [3, 4])
    assert.deepStrictEqual(drain(fast), [3, 4, "empty"])
    assert.deepStrictEqual(drain(slow), ["lag 2", 3, 4, "empty"])
  })

  tokio("lag_again_before_reading_retained_messages", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [1, 2, 3])
    assert.strictEqual(tryRecv(receiver), "lag 1")
    sendAll(sender, [4, 5, 6])
    assert.deepStrictEqual(drain(receiver), ["lag 3", 5, 6, "empty"])
  })

  tokio("single_slot_capacity_lag_semantics", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    sendAll(sender, [1])
    assert.strictEqual(tryRecv(receiver), 1)
    sendAll(sender, [2, 3])
    assert.deepStrictEqual(drain(receiver), ["lag 1", 3, "empty"])
  })

  tokio("receiver_len_after_lag_error_advances_cursor", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    sendAll(sender, [1, 2, 3, 4])
    assert.strictEqual(Broadcast.lenUnsafe(receiver), 4)
    assert.strictEqual(tryRecv(receiver), "lag 2")
    for (const [left, value] of [[2, 3], [1, 4]] as const) {
      assert.strictEqual(Broadcast.lenUnsafe(receiver), left)
      assert.strictEqual(tryRecv(receiver), value)
    }
    assert.isTrue(Broadcast.isEmptyUnsafe(receiver))
  })

  tokio("same_channel, receiver_count", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(2)
    const [stranger] = yield* Broadcast.make<number>(2)
    const clone = yield* Broadcast.clone(sender)
    const second = yield* Broadcast.resubscribe(receiver)
    for (const half of [sender, clone, receiver, second]) {
      assert.isTrue(Broadcast.sameChannel(half, sender))
      assert.isFalse(Broadcast.sameChannel(half, stranger))
    }
    assert.strictEqual(yield* Broadcast.receiverCount(sender), 2)
    yield* Broadcast.drop(second)
    assert.strictEqual(Broadcast.receiverCountUnsafe(clone), 1)
    assert.strictEqual(yield* Broadcast.send(sender, 1), 1)
  })

  tokio("a subscriber sees nothing of what was sent before; nothing is kept for it either", function*() {
    const sender = yield* Broadcast.makeSender<number>(4)
    assert.isTrue(Result.isFailure(Broadcast.sendUnsafe(sender, 1)))
    const receiver = yield* Broadcast.subscribe(sender)
    assert.deepStrictEqual(drain(receiver), ["empty"])
    sendAll(sender, [2])
    assert.deepStrictEqual(drain(yield* Broadcast.subscribe(sender)), ["empty"])
    assert.deepStrictEqual(drain(receiver), [2, "empty"])
  })

  tokio("a recv that loses a race has taken nothing", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(4)
    const waiting = yield* forkSettled(recv(receiver))
    sendAll(sender, [1])
    waiting.interruptUnsafe()
    yield* Fiber.await(waiting)
    assert.deepStrictEqual(drain(receiver), [1, "empty"])
  })

  tokio("BC-11: one send wakes all who wait, in the order they came", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(4)
    const log: Array<number> = []
    const receivers = [receiver, ...yield* Effect.forEach(upTo(4), () => Broadcast.subscribe(sender))]
    const order = [3, 0, 4, 2, 1]
    const fibers = yield* Effect.forEach(
      order,
      (i) => forkSettled(Effect.tap(recv(receivers[i]!), () => Effect.sync(() => log.push(i))))
    )
    sendAll(sender, [1])
    yield* Effect.forEach(fibers, Fiber.join)
    assert.deepStrictEqual(log, order)
  })
})

/** Receives to the end, and tells how many values and lost values that was. */
const count = (receiver: Broadcast.Receiver<unknown>): Effect.Effect<number> =>
  Effect.gen(function*() {
    for (let n = 0;;) {
      const next = yield* recv(receiver)
      if (next === "done") return n
      n += typeof next === "string" && next.startsWith("lag ") ? Number(next.slice(4)) : 1
    }
  })

describe("tokio: loom_broadcast", () => {
  tokio("broadcast_send", function*() {
    const [sender, receiver] = yield* Broadcast.make<string>(2)
    const sends = (values: ReadonlyArray<string>) =>
      Effect.forEach(values, (value) => Effect.andThen(Broadcast.send(sender, value), Effect.yieldNow))
    const senders = yield* Effect.forkChild(
      Effect.andThen(
        Effect.all([sends(["one", "two", "three"]), sends(["eins", "zwei", "drei"])], { concurrency: 2 }),
        Broadcast.drop(sender)
      )
    )
    assert.strictEqual(yield* count(receiver), 6)
    yield* Fiber.join(senders)
  })

  tokio("broadcast_two", function*() {
    const [sender, one] = yield* Broadcast.make<string>(16)
    const two = yield* Broadcast.subscribe(sender)
    const fibers = yield* Effect.forEach(
      [one, two],
      (receiver) => Effect.forkChild(Effect.all([recv(receiver), recv(receiver), recv(receiver), recv(receiver)]))
    )
    yield* Broadcast.send(sender, "hello")
    yield* Broadcast.send(sender, "world")
    yield* Broadcast.drop(sender)
    for (const fiber of fibers) {
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["hello", "world", "done", "done"])
    }
  })

  tokio("broadcast_wrap", function*() {
    const [sender, one] = yield* Broadcast.make<string>(2)
    const two = yield* Broadcast.subscribe(sender)
    const counts = yield* Effect.forEach([one, two], (receiver) => Effect.forkChild(count(receiver)))
    sendAll(sender, ["one", "two", "three"])
    Broadcast.dropUnsafe(sender)
    for (const fiber of counts) assert.strictEqual(yield* Fiber.join(fiber), 3)
  })

  tokio("drop_rx", function*() {
    const [sender, one] = yield* Broadcast.make<string>(16)
    const two = yield* Broadcast.subscribe(sender)
    const reads = yield* Effect.forkChild(Effect.all([recv(one), recv(one), recv(one), recv(one)]))
    const drops = yield* Effect.forkChild(Broadcast.drop(two))
    for (const value of ["one", "two", "three"]) yield* Broadcast.send(sender, value)
    yield* Broadcast.drop(sender)
    assert.deepStrictEqual(yield* Fiber.join(reads), ["one", "two", "three", "done"])
    yield* Fiber.join(drops)
  })

  tokio("drop_multiple_rx_with_overflow", function*() {
    const [sender, receiver] = yield* Broadcast.make<number>(1)
    yield* Broadcast.subscribe(sender)
    yield* Broadcast.send(sender, 0)
    const clone = yield* Broadcast.clone(sender)
    const sends = yield* Effect.forkChild(
      Effect.forEach(upTo(100), (n) => Effect.andThen(Broadcast.send(clone, n), Effect.yieldNow))
    )
    yield* Broadcast.send(sender, 0)
    const reads = yield* Effect.forkChild(Effect.gen(function*() {
      while (typeof (yield* recv(receiver)) === "number");
      yield* Broadcast.drop(receiver)
    }))
    yield* Fiber.join(sends)
    yield* Fiber.join(reads)
    assert.strictEqual(yield* Broadcast.receiverCount(sender), 1)
  })
})
