/**
 * What tokio's own tests of its mpsc ask, in our words: `tokio/tests/sync_mpsc.rs`, the mpsc cases of `sync_errors.rs` and
 * `sync_panic.rs`, and `tokio/src/sync/tests/loom_mpsc.rs`. What tokio asks twice, of the bounded and of the unbounded
 * channel, is asked once of both; so are the two channels over a Queue.
 */
import { assert, describe } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Result, Scope, Stream } from "effect"
import { Errors, Handle, Mpsc, Semaphore } from "effect-sync"
import { TestClock } from "effect/testing"
import { defectOf, forkSettled, mustBeGone, settle, thrownBy } from "../utils.ts"
import { end, isCooperative, pending, ready, tokio, told, upTo } from "./told.ts"

const kinds: ReadonlyArray<{
  readonly kind: string
  readonly make: <A>(
    capacity: number
  ) => Effect.Effect<readonly [Mpsc.Sender<A>, Mpsc.Receiver<A>], never, Scope.Scope>
}> = [
  { kind: "bounded", make: Mpsc.bounded },
  { kind: "unbounded", make: () => Mpsc.unbounded() },
  { kind: "boundedQueue", make: Mpsc.boundedQueue },
  { kind: "unboundedQueue", make: () => Mpsc.unboundedQueue() }
]

/** A bounded channel of either kind. */
const boundedKinds = kinds.filter(({ kind }) => kind.startsWith("bounded"))

const sendAll = <A>(sender: Mpsc.Sender<A>, values: Iterable<A>) =>
  Effect.forEach(values, (value) => Mpsc.send(sender, value), { discard: true })

for (const { kind, make } of boundedKinds) {
  describe(`tokio: sync_mpsc (${kind})`, () => {
    tokio("send_recv_with_buffer", function*() {
      const [tx, rx] = yield* make<number>(16)
      const permit = yield* Mpsc.reserve(tx)
      yield* permit.send(1)
      yield* Mpsc.trySend(tx, 2)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* Mpsc.recv(rx), 2)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("reserve_disarm", function*() {
      const [tx4, rx] = yield* make<number>(2)
      const tx1 = yield* Mpsc.clone(tx4)
      const tx2 = yield* Mpsc.clone(tx4)
      const tx3 = yield* Mpsc.clone(tx4)
      const permit1 = yield* Mpsc.reserve(tx1)
      const permit2 = yield* Mpsc.reserve(tx2)
      const reserve3 = yield* forkSettled(Mpsc.reserve(tx3))
      const reserve4 = yield* forkSettled(Mpsc.reserve(tx4))
      yield* pending(reserve3, reserve4)
      yield* permit1.send(1)
      yield* pending(reserve3, reserve4) // the slot is not free before the value is received
      yield* Mpsc.recv(rx)
      yield* ready(reserve3)
      yield* pending(reserve4)
      yield* Handle.release(permit2)
      yield* ready(reserve4)
      yield* pending(yield* forkSettled(Mpsc.reserve(tx1)))
    })

    tokio("start_send_past_cap", function*() {
      const [tx1, rx] = yield* make<string>(1)
      const tx2 = yield* Mpsc.clone(tx1)
      yield* Mpsc.trySend(tx1, "a")
      const first = yield* forkSettled(Effect.scoped(Mpsc.reserve(tx1)))
      const second = yield* forkSettled(Effect.scoped(Mpsc.reserve(tx2)))
      yield* pending(first, second)
      assert.strictEqual(yield* Mpsc.waiting(tx1), 2)
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* Mpsc.waiting(tx1), 1)
      assert.strictEqual(yield* Mpsc.recv(rx), "a")
      yield* ready(second)
      yield* Mpsc.drop(tx1)
      yield* Mpsc.drop(tx2)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("buffer_gteq_one; mpsc_bounded_channel_panic_caller", function*() {
      for (const capacity of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Semaphore.MAX_PERMITS + 1]) {
        assert.instanceOf(yield* defectOf(make<number>(capacity)), RangeError)
      }
    })

    tokio("send_recv_buffer_limited", function*() {
      const [tx, rx] = yield* make<number>(1)
      const permit1 = yield* Mpsc.reserve(tx)
      yield* permit1.send(1)
      const reserving = yield* forkSettled(Mpsc.reserve(tx))
      yield* pending(reserving)
      assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), 1)
      assert.isUndefined(reserving.pollUnsafe())
      assert.strictEqual(told(Mpsc.trySendUnsafe(tx, 1337)), "Full") // granted, though not yet run
      const permit2 = yield* Fiber.join(reserving)
      assert.strictEqual(told(Mpsc.trySendUnsafe(tx, 1337)), "Full")
      yield* permit2.send(2)
      assert.strictEqual(yield* Mpsc.recv(rx), 2)
    })

    tokio("recv_close_gets_none_reserved", function*() {
      const [tx1, rx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx1)
      const permit1 = yield* Mpsc.reserve(tx1)
      const reserving = yield* forkSettled(Mpsc.reserve(tx2))
      yield* pending(reserving)
      yield* Mpsc.close(rx)
      assert.strictEqual(yield* ready(reserving), "SendError")
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      yield* permit1.send(123)
      assert.strictEqual(yield* ready(receiving), 123)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("try_send_fail", function*() {
      const [tx, rx] = yield* make<string>(1)
      yield* Mpsc.trySend(tx, "hello")
      const error = yield* Effect.flip(Mpsc.trySend(tx, "fail"))
      assert.instanceOf(error, Mpsc.Full)
      assert.strictEqual(error.value, "fail")
      assert.strictEqual(yield* Mpsc.recv(rx), "hello")
      yield* Mpsc.trySend(tx, "goodbye")
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.recv(rx), "goodbye")
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("try_send_fail_with_try_recv", function*() {
      const [tx, rx] = yield* make<string>(1)
      yield* Mpsc.trySend(tx, "hello")
      assert.strictEqual(yield* end(Mpsc.trySend(tx, "fail")), "Full")
      assert.strictEqual(yield* Mpsc.tryRecv(rx), "hello")
      yield* Mpsc.trySend(tx, "goodbye")
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.tryRecv(rx), "goodbye")
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Done")
    })

    tokio("reserve_many_above_cap", function*() {
      const [tx] = yield* make<number>(1)
      for (const n of [2, Number.MAX_SAFE_INTEGER]) {
        assert.strictEqual(yield* end(Mpsc.reserveMany(tx, n)), "Full")
        assert.strictEqual(yield* end(Mpsc.tryReserveMany(tx, n)), "Full")
        assert.strictEqual(told(Mpsc.tryReserveManyUnsafe(tx, n)), "Full")
      }
      for (const n of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY]) {
        assert.instanceOf(yield* defectOf(Mpsc.reserveMany(tx, n)), RangeError)
        assert.instanceOf(yield* defectOf(Mpsc.tryReserveMany(tx, n)), RangeError)
        assert.instanceOf(thrownBy(() => Mpsc.tryReserveManyUnsafe(tx, n)), RangeError)
      }
    })

    tokio("try_reserve_many_zero, reserve_many_zero", function*() {
      for (const reserve of [Mpsc.reserveMany, Mpsc.tryReserveMany] as const) {
        const [tx, rx] = yield* make<number>(1)
        assert.isTrue(Option.isNone(yield* (yield* reserve(tx, 0)).next))
        yield* Mpsc.send(tx, 1)
        const permits = yield* reserve(tx, 0)
        assert.strictEqual(permits.remaining, 0)
        assert.isTrue(Option.isNone(yield* permits.next))
        assert.isFalse(yield* permits.send(2))
        yield* Mpsc.drop(rx)
        const error = yield* Effect.flip(reserve(tx, 0))
        assert.instanceOf(error, Mpsc.SendError)
        assert.isUndefined(error.value)
      }
    })

    tokio("reserve_many(0) passes those who wait", function*() {
      const [tx] = yield* make<number>(1)
      yield* Mpsc.send(tx, 1)
      const waiting = yield* forkSettled(Mpsc.send(tx, 2))
      yield* pending(waiting)
      assert.strictEqual((yield* Mpsc.reserveMany(tx, 0)).remaining, 0)
      assert.strictEqual((yield* Mpsc.tryReserveMany(tx, 0)).remaining, 0)
    })

    tokio("try_reserve_many_edge_cases: too many is Full, also when closed", function*() {
      const [tx, rx] = yield* make<number>(1)
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(Mpsc.tryReserveMany(tx, Number.MAX_SAFE_INTEGER)), "Full")
      assert.strictEqual(yield* end(Mpsc.reserveMany(tx, 2)), "Full")
      assert.strictEqual(yield* end(Mpsc.reserveMany(tx, 0)), "SendError")
      assert.strictEqual(yield* end(Mpsc.reserveMany(tx, 1)), "SendError")
    })

    tokio("try_reserve_fails", function*() {
      const [tx, rx] = yield* make<string>(1)
      const permit = yield* Mpsc.tryReserve(tx)
      const error = yield* Effect.flip(Mpsc.tryReserve(tx))
      assert.instanceOf(error, Mpsc.Full)
      assert.isUndefined(error.value)
      yield* permit.send("foo")
      assert.strictEqual(yield* Mpsc.recv(rx), "foo")
      const permit2 = yield* Mpsc.tryReserve(tx)
      yield* permit2.release
      yield* Mpsc.tryReserve(tx)
      assert.strictEqual(told(Mpsc.tryReserveUnsafe(tx)), "Full")
    })

    tokio("reserve_many_and_send, try_reserve_many_and_send", function*() {
      const [tx, rx] = yield* make<string>(100)
      for (const reserve of [Mpsc.reserveMany, Mpsc.tryReserveMany] as const) {
        for (const n of upTo(100)) {
          const permits = yield* reserve(tx, n)
          for (let i = n; i > 0; i--) {
            assert.strictEqual(permits.remaining, i)
            if (i % 2 === 0) yield* Option.getOrThrow(yield* permits.next).send("foo")
            else assert.isTrue(yield* permits.send("foo"))
            assert.strictEqual(yield* Mpsc.recv(rx), "foo")
          }
          assert.strictEqual(permits.remaining, 0)
          assert.isTrue(Option.isNone(yield* permits.next))
          assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
        }
      }
    })

    tokio("reserve_many_on_closed_channel, try_reserve_many_on_closed_channel", function*() {
      for (const closes of [Mpsc.close, Mpsc.drop] as const) {
        const [tx, rx] = yield* make<number>(100)
        yield* closes(rx)
        assert.strictEqual(yield* end(Mpsc.reserveMany(tx, 10)), "SendError")
        assert.strictEqual(yield* end(Mpsc.tryReserveMany(tx, 10)), "SendError")
        assert.strictEqual(told(Mpsc.tryReserveManyUnsafe(tx, 10)), "SendError")
      }
    })

    tokio("try_reserve_many_full", function*() {
      for (let n = 1; n < 24; n++) {
        for (let k = 0; k < n; k++) {
          const [tx, rx] = yield* make<number>(n)
          const permits = yield* Mpsc.tryReserveMany(tx, n)
          assert.strictEqual(permits.remaining, n)
          assert.strictEqual(Mpsc.capacityUnsafe(tx), 0)
          assert.strictEqual(yield* end(Mpsc.tryReserveMany(tx, 1)), "Full")
          for (let i = 0; i < k; i++) yield* permits.send(0)
          yield* permits.release
          assert.strictEqual(Mpsc.capacityUnsafe(tx), n - k)
          yield* Handle.release(yield* Mpsc.tryReserveMany(tx, 1))
          assert.strictEqual(yield* end(Mpsc.tryReserveMany(tx, n - k + 1)), "Full")
          for (let i = 0; i < k; i++) assert.strictEqual(yield* Mpsc.recv(rx), 0)
          assert.strictEqual(Mpsc.capacityUnsafe(tx), n)
        }
      }
    })

    tokio("drop_permit_releases_permit", function*() {
      const [tx1] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx1)
      const scope = yield* Scope.make()
      yield* Scope.provide(Mpsc.reserve(tx1), scope)
      const reserving = yield* forkSettled(Mpsc.reserve(tx2))
      yield* pending(reserving)
      yield* Scope.close(scope, Exit.void)
      yield* ready(reserving)
    })

    tokio("drop_permit_iterator_releases_permits", function*() {
      for (let n = 1; n < 100; n++) {
        const [tx1] = yield* make<number>(n)
        const tx2 = yield* Mpsc.clone(tx1)
        const permits = yield* Mpsc.reserveMany(tx1, n)
        const reserving = yield* Effect.forkChild(Mpsc.reserveMany(tx2, n), { startImmediately: true })
        assert.isUndefined(reserving.pollUnsafe())
        yield* Handle.release(permits)
        yield* Handle.release(yield* Fiber.join(reserving))
        assert.strictEqual(Mpsc.capacityUnsafe(tx1), n)
      }
    })

    tokio("ready_close_cancel_bounded", function*() {
      const [tx, rx] = yield* make<number>(100)
      yield* Mpsc.clone(tx)
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.close(rx)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
      yield* permit.release
      assert.strictEqual(yield* ready(receiving), "Done")
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Done")
    })

    tokio("permit_available_not_acquired_close", function*() {
      const [tx1, rx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx1)
      const permit1 = yield* Mpsc.reserve(tx1)
      const reserving = yield* forkSettled(Mpsc.reserve(tx2))
      yield* pending(reserving)
      Mpsc.closeUnsafe(rx)
      Handle.releaseUnsafe(permit1)
      assert.strictEqual(yield* ready(reserving), "SendError")
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("permit_available_not_acquired_close: granted first, then closed before it ran", function*() {
      const [tx1, rx] = yield* make<number>(1)
      const permit1 = yield* Mpsc.reserve(tx1)
      const reserving = yield* forkSettled(Mpsc.reserve(tx1))
      Handle.releaseUnsafe(permit1)
      Mpsc.closeUnsafe(rx)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      assert.strictEqual(yield* ready(reserving), "SendError")
      assert.strictEqual(yield* ready(receiving), "Done")
    })

    tokio("permit_available_not_acquired_close: granted, closed, and given up", function*() {
      const [tx1, rx] = yield* make<number>(1)
      const permit1 = yield* Mpsc.reserve(tx1)
      const reserving = yield* forkSettled(Mpsc.reserve(tx1))
      Handle.releaseUnsafe(permit1)
      Mpsc.closeUnsafe(rx)
      reserving.interruptUnsafe()
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
      assert.strictEqual(yield* Mpsc.capacity(rx), 1)
    })

    tokio("try_recv_bounded", function*() {
      const [tx, rx] = yield* make<string>(5)
      const send = (n: number) => {
        for (let i = 0; i < n; i++) assert.isUndefined(told(Mpsc.trySendUnsafe(tx, "hello")))
      }
      const full = () => assert.strictEqual(told(Mpsc.trySendUnsafe(tx, "hello")), "Full")
      const recv = (n: number) => {
        for (let i = 0; i < n; i++) assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "hello")
      }
      send(5)
      full()
      recv(5)
      assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "Empty")
      send(4)
      recv(1)
      send(2)
      full()
      recv(5)
      assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "Empty")
      send(3)
      Mpsc.dropUnsafe(tx)
      recv(3)
      assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "Done")
      yield* settle
    })

    tokio("recv_timeout", function*() {
      const [tx, rx] = yield* make<number>(5)
      for (const n of [10, 20, 30, 40, 50]) yield* Mpsc.sendTimeout(tx, n, "1 second")
      const late = yield* forkSettled(Effect.flip(Mpsc.sendTimeout(tx, 60, "1 second")))
      yield* TestClock.adjust("999 millis")
      yield* pending(late)
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(late)
      assert.instanceOf(error, Mpsc.SendTimeout)
      assert.strictEqual(error.value, 60)
      yield* Mpsc.drop(rx)
      const closed = yield* Effect.flip(Mpsc.sendTimeout(tx, 70, "1 second"))
      assert.instanceOf(closed, Mpsc.SendError)
      assert.strictEqual(closed.value, 70)
    })

    tokio("send_timeout: a free slot is taken in no time, and what is closed meanwhile is closed", function*() {
      const [tx, rx] = yield* make<number>(1)
      yield* Mpsc.sendTimeout(tx, 1, 0)
      const none = yield* forkSettled(Mpsc.sendTimeout(tx, 2, Duration.zero))
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* ready(none), "SendTimeout")
      const waits = yield* forkSettled(Mpsc.sendTimeout(tx, 3, "1 second"))
      yield* Mpsc.close(rx)
      assert.strictEqual(yield* ready(waits), "SendError")
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("test_tx_capacity", function*() {
      const [tx, rx] = yield* make<number>(10)
      const both = () => [Mpsc.capacityUnsafe(tx), tx.maxCapacity, Mpsc.capacityUnsafe(rx), rx.maxCapacity]
      assert.deepStrictEqual(both(), [10, 10, 10, 10])
      yield* Mpsc.reserve(tx)
      assert.deepStrictEqual(both(), [9, 10, 9, 10])
      yield* Mpsc.send(tx, 1)
      assert.deepStrictEqual(both(), [8, 10, 8, 10])
      yield* Mpsc.recv(rx)
      assert.deepStrictEqual(both(), [9, 10, 9, 10])
    })

    tokio("test_rx_is_not_closed_when_there_are_senders_and_buffer_filled", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      assert.isFalse(yield* Mpsc.isClosed(rx))
    })

    tokio("test_rx_is_not_closed_when_there_are_permits_but_not_senders (reserve_owned)", function*() {
      const [tx, rx] = yield* make<number>(10)
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(tx)
      assert.isFalse(yield* Mpsc.isClosed(rx))
      assert.strictEqual(yield* Mpsc.strongCount(rx), 1)
      yield* permit.release
      assert.isTrue(yield* Mpsc.isClosed(rx))
      assert.strictEqual(yield* Mpsc.strongCount(rx), 0)
    })

    tokio(
      "reserve_owned, OwnedPermit::send: the permit outlives its sender, and ends the channel after it",
      function*() {
        const [tx, rx] = yield* make<number>(1)
        const permit = yield* Mpsc.reserve(tx)
        yield* Mpsc.drop(tx)
        const receiving = yield* forkSettled(Mpsc.recv(rx))
        yield* pending(receiving)
        yield* permit.send(1)
        assert.strictEqual(yield* ready(receiving), 1)
        assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
      }
    )

    tokio("OwnedPermit::drop: the last to go wakes the receiver", function*() {
      const [tx, rx] = yield* make<number>(1)
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(tx)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      yield* Handle.release(permit)
      assert.strictEqual(yield* ready(receiving), "Done")
    })

    tokio("reserve_owned: into a scope of another", function*() {
      const [tx, rx] = yield* make<number>(1)
      const other = yield* Scope.make()
      const permit = yield* Effect.scoped(
        Effect.flatMap(Mpsc.reserve(tx), (permit) => Handle.transfer(permit, other))
      )
      assert.isFalse(Handle.isReleased(permit))
      yield* permit.send(1)
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      yield* Scope.provide(Mpsc.reserve(tx), other)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0)
      yield* Scope.close(other, Exit.void)
      assert.strictEqual(yield* Mpsc.capacity(tx), 1)
    })

    tokio("OwnedPermit::same_channel, same_channel_as_sender", function*() {
      const [tx, rx] = yield* make<number>(2)
      const [tx2] = yield* make<number>(2)
      const permit = yield* Mpsc.reserve(tx)
      const permit2 = yield* Mpsc.reserve(tx)
      const stranger = yield* Mpsc.reserve(tx2)
      const weak = yield* Mpsc.downgrade(tx)
      const clone = yield* Mpsc.clone(tx)
      for (const handle of [tx, permit, permit2, weak, clone, rx]) {
        assert.isTrue(Mpsc.sameChannel(permit, handle))
        assert.isTrue(Mpsc.sameChannel(handle, tx))
        assert.isFalse(Mpsc.sameChannel(handle, stranger))
        assert.isFalse(Mpsc.sameChannel(tx2, handle))
      }
    })

    tokio("Permit::send after the receiver was dropped discards the value and frees the slot", function*() {
      const [tx, rx] = yield* make<object>(1)
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0)
      const value = new WeakRef({})
      yield* Effect.suspend(() => permit.send(value.deref()!))
      assert.strictEqual(yield* Mpsc.capacity(tx), 1)
      yield* mustBeGone([value])
    })

    tokio("MPSC-2: reserve_many at the front holds back who comes later", function*() {
      const [tx, rx] = yield* make<number>(3)
      yield* sendAll(tx, [1, 2])
      const many = yield* forkSettled(Mpsc.reserveMany(tx, 3))
      const one = yield* forkSettled(Mpsc.send(tx, 9))
      yield* pending(many, one)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0) // the one that was free is set aside
      assert.strictEqual(yield* end(Mpsc.trySend(tx, 8)), "Full")
      assert.strictEqual(yield* end(Mpsc.tryReserve(tx)), "Full")
      yield* Mpsc.recv(rx)
      yield* pending(many, one)
      yield* Mpsc.recv(rx)
      yield* settle
      yield* pending(one)
      const permits = yield* Fiber.join(many)
      assert.strictEqual(permits.remaining, 3)
      yield* permits.release
      assert.isUndefined(yield* ready(one))
      assert.strictEqual(yield* Mpsc.recv(rx), 9)
    })

    tokio("MPSC-2: reserve_many at the front is given up: what was set aside goes to the next", function*() {
      const [tx, rx] = yield* make<number>(3)
      yield* sendAll(tx, [1, 2])
      const many = yield* forkSettled(Mpsc.reserveMany(tx, 3))
      const one = yield* forkSettled(Mpsc.send(tx, 3))
      yield* pending(many, one)
      yield* Fiber.interrupt(many)
      assert.isUndefined(yield* ready(one))
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), [1, 2, 3])
      assert.strictEqual(yield* Mpsc.capacity(tx), 3)
    })

    tokio("MPSC-8: senders that wait are told their value when the receiver goes", function*() {
      for (const goes of [Mpsc.close, Mpsc.drop] as const) {
        const [tx, rx] = yield* make<number>(1)
        yield* Mpsc.send(tx, 1)
        const sending = yield* Effect.forEach([2, 3, 4], (n) => forkSettled(Effect.flip(Mpsc.send(tx, n))))
        yield* goes(rx)
        const errors = yield* Effect.forEach(sending, Fiber.join)
        assert.deepStrictEqual(errors.map(({ value }) => value), [2, 3, 4])
      }
    })
  })
}

for (const { kind, make } of kinds) {
  describe(`tokio: sync_mpsc (${kind})`, () => {
    tokio("send_recv_unbounded", function*() {
      const [tx, rx] = yield* make<number>(16)
      yield* Mpsc.send(tx, 1)
      assert.isUndefined(told(Mpsc.trySendUnsafe(tx, 2)))
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* Mpsc.recv(rx), 2)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("async_send_recv_with_buffer, async_send_recv_unbounded", function*() {
      const [tx, rx] = yield* make<number>(16)
      yield* Effect.forkChild(Effect.andThen(sendAll(tx, [1, 2]), Mpsc.drop(tx)))
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* Mpsc.recv(rx), 2)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("send_recv_stream_with_buffer, send_recv_stream_unbounded", function*() {
      const [tx, rx] = yield* make<number>(16)
      yield* Handle.forkWith(
        Effect.flatMap(Effect.scope, (scope) => Handle.transfer(tx, scope)),
        (tx) => sendAll(tx, [1, 2])
      )
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(rx)), [1, 2])
    })

    tokio("async_send_recv_many_with_buffer", function*() {
      const [tx, rx] = yield* make<number>(2)
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 0), [])
      yield* Effect.forkChild(Effect.andThen(sendAll(tx, [1, 2, 7, 0]), Mpsc.drop(tx)))
      const all: Array<number> = []
      while (all.length < 4) {
        const some = yield* Mpsc.recvMany(rx, 3)
        assert.isAtLeast(some.length, 1)
        assert.isAtMost(some.length, 3)
        all.push(...some)
      }
      assert.deepStrictEqual(all, [1, 2, 7, 0])
      assert.strictEqual(yield* end(Mpsc.recvMany(rx, 3)), "Done")
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 0), [])
    })

    tokio("send_recv_many_unbounded", function*() {
      const [tx, rx] = yield* make<number>(16)
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 0), [])
      yield* sendAll(tx, [7, 13, 100, 1002])
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 0), [])
      for (const n of [7, 13, 100, 1002]) assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 1), [n])
      yield* sendAll(tx, [5, 6, 7, 2])
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 32), [5, 6, 7, 2])
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* end(Mpsc.recvMany(rx, 4)), "Done")
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("send_recv_many_bounded_capacity, send_recv_many_unbounded_capacity", function*() {
      const [tx, rx] = yield* make<string>(100)
      const expected = upTo(9).map(String)
      yield* sendAll(tx, [...expected, "one more"])
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), expected)
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), ["one more"])
      yield* Effect.forkChild(Effect.andThen(Mpsc.send(tx, "final"), Mpsc.drop(tx)))
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), ["final"])
      assert.strictEqual(yield* end(Mpsc.recvMany(rx, 9)), "Done")
    })

    tokio("recv_many: a limit that is none is refused", function*() {
      const [, rx] = yield* make<string>(100)
      for (const limit of [-1, 0.5, Number.NaN]) {
        assert.instanceOf(yield* defectOf(Mpsc.recvMany(rx, limit)), RangeError)
      }
    })

    tokio("recv_many_with_non_empty_buffer_bounded_rx_closed_and_idle, …_unbounded_…", function*() {
      const [, rx] = yield* make<number>(1)
      yield* Mpsc.close(rx)
      assert.strictEqual(yield* end(Mpsc.recvMany(rx, 1)), "Done")
    })

    tokio("recv_many waits for one, not for more", function*() {
      const [tx, rx] = yield* make<number>(8)
      const receiving = yield* forkSettled(Mpsc.recvMany(rx, 8))
      yield* pending(receiving)
      assert.isUndefined(told(Mpsc.trySendUnsafe(tx, 1)))
      yield* Fiber.await(receiving)
      const got = yield* Fiber.join(receiving)
      assert.strictEqual(got[0], 1)
    })

    tokio("recv_close_gets_none_idle", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* Mpsc.close(rx)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
      const error = yield* Effect.flip(Mpsc.send(tx, 1))
      assert.instanceOf(error, Mpsc.SendError)
      assert.strictEqual(error.value, 1)
    })

    tokio("tx_close_gets_none", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("tx_close_gets_none: to who waits", function*() {
      const [tx, rx] = yield* make<number>(10)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* ready(receiving), "Done")
    })

    tokio("no_t_bounds_buffer, no_t_bounds_unbounded: halves have a text, and a clone sends anything", function*() {
      const [tx, rx] = yield* make<symbol>(100)
      for (const half of [tx, rx]) assert.isAbove(JSON.stringify(half).length, 0)
      const clone = yield* Mpsc.clone(tx)
      yield* Mpsc.trySend(clone, Symbol.iterator)
      assert.strictEqual(yield* Mpsc.recv(rx), Symbol.iterator)
    })

    tokio("dropping_rx_closes_channel", function*() {
      const [tx, rx] = yield* make<object>(100)
      const message = new WeakRef({})
      yield* Effect.suspend(() => Mpsc.trySend(tx, message.deref()!))
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(Mpsc.reserve(tx)), "SendError")
      assert.strictEqual(yield* end(Mpsc.reserveMany(tx, 10)), "SendError")
      yield* mustBeGone([message])
      assert.isTrue(yield* Mpsc.isClosed(tx))
    })

    tokio("dropping_rx_closes_channel_for_try", function*() {
      const [tx, rx] = yield* make<object>(100)
      const message = new WeakRef({})
      yield* Effect.suspend(() => Mpsc.trySend(tx, message.deref()!))
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(Mpsc.trySend(tx, {})), "SendError")
      assert.strictEqual(yield* end(Mpsc.tryReserve(tx)), "SendError")
      assert.strictEqual(told(Mpsc.tryReserveUnsafe(tx)), "SendError")
      yield* mustBeGone([message])
      assert.strictEqual(yield* Mpsc.strongCount(tx), 1) // a failed reservation keeps nothing open
    })

    tokio("unconsumed_messages_are_dropped", function*() {
      const [tx, rx] = yield* make<object>(100)
      const message = new WeakRef({})
      yield* Effect.suspend(() => Mpsc.trySend(tx, message.deref()!))
      yield* Mpsc.drop(tx)
      yield* Mpsc.drop(rx)
      yield* mustBeGone([message])
      assert.isTrue(Handle.isReleased(rx))
    })

    tokio("try_recv_unbounded", function*() {
      for (let n = 0; n < 100; n++) {
        const [tx, rx] = yield* make<number>(100)
        for (let i = 0; i < n; i++) Result.getOrThrow(Mpsc.trySendUnsafe(tx, i))
        for (let i = 0; i < n; i++) assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), i)
        assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "Empty")
        Mpsc.dropUnsafe(tx)
        assert.strictEqual(told(Mpsc.tryRecvUnsafe(rx)), "Done")
      }
    })

    tokio("try_recv_after_receiver_close", function*() {
      const [, rx] = yield* make<number>(5)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
      yield* Mpsc.close(rx)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Done")
    })

    tokio("try_recv_close_while_empty_bounded, try_recv_close_while_empty_unbounded", function*() {
      const [tx, rx] = yield* make<number>(5)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Done")
    })

    tokio("test_rx_is_closed_when_calling_close_with_sender", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* Mpsc.close(rx)
      assert.isTrue(yield* Mpsc.isClosed(rx))
      assert.isTrue(yield* Mpsc.isClosed(tx))
    })

    tokio("test_rx_is_closed_when_dropping_all_senders", function*() {
      const [tx, rx] = yield* make<number>(10)
      const clone = yield* Mpsc.clone(tx)
      const task = yield* Effect.forkChild(Mpsc.drop(clone))
      yield* Mpsc.drop(tx)
      yield* Fiber.join(task)
      assert.isTrue(yield* Mpsc.isClosed(rx))
    })

    tokio("test_rx_is_not_closed_when_there_are_senders", function*() {
      const [tx, rx] = yield* make<number>(10)
      assert.isFalse(yield* Mpsc.isClosed(rx))
      assert.isFalse(yield* Mpsc.isClosed(tx))
    })

    tokio("test_rx_is_closed_when_there_are_no_senders_and_there_are_messages", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      yield* Mpsc.drop(tx)
      assert.isTrue(yield* Mpsc.isClosed(rx))
    })

    tokio("test_rx_is_closed_when_there_are_messages_and_close_is_called", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      yield* Mpsc.close(rx)
      assert.isTrue(yield* Mpsc.isClosed(rx))
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 20), upTo(10))
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("test_rx_is_empty_when_no_messages_were_sent", function*() {
      const [, rx] = yield* make<number>(10)
      assert.isTrue(yield* Mpsc.isEmpty(rx))
    })

    tokio("test_rx_is_not_empty_when_there_are_messages_in_the_buffer, …_when_the_buffer_is_full", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* Mpsc.send(tx, 0)
      assert.isFalse(yield* Mpsc.isEmpty(rx))
      yield* sendAll(tx, upTo(9))
      assert.isFalse(yield* Mpsc.isEmpty(rx))
    })

    tokio("test_rx_is_not_empty_when_all_but_one_messages_are_consumed", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      for (let i = 0; i < 9; i++) yield* Mpsc.recv(rx)
      assert.isFalse(yield* Mpsc.isEmpty(rx))
    })

    tokio("test_rx_is_empty_when_all_messages_are_consumed", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      while (Result.isSuccess(Mpsc.tryRecvUnsafe(rx)));
      assert.isTrue(yield* Mpsc.isEmpty(rx))
    })

    tokio("test_rx_is_empty_all_senders_are_dropped_and_messages_consumed", function*() {
      const [tx, rx] = yield* make<number>(10)
      yield* sendAll(tx, upTo(10))
      yield* Mpsc.drop(tx)
      for (let i = 0; i < 10; i++) yield* Mpsc.recv(rx)
      assert.isTrue(yield* Mpsc.isEmpty(rx))
    })

    tokio("test_rx_len_on_empty_channel, …_without_senders", function*() {
      const [tx, rx] = yield* make<number>(100)
      assert.strictEqual(yield* Mpsc.len(rx), 0)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.len(rx), 0)
    })

    tokio("test_rx_len_on_filled_channel, …_without_senders", function*() {
      const [tx, rx] = yield* make<number>(100)
      yield* sendAll(tx, upTo(100))
      assert.strictEqual(yield* Mpsc.len(rx), 100)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.len(rx), 100)
    })

    tokio("test_rx_len_when_consuming_all_messages", function*() {
      const [tx, rx] = yield* make<number>(100)
      for (let i = 0; i < 100; i++) {
        yield* Mpsc.send(tx, i)
        assert.strictEqual(Mpsc.lenUnsafe(rx), i + 1)
      }
      yield* Mpsc.drop(tx)
      for (let i = 99; i >= 0; i--) {
        yield* Mpsc.recv(rx)
        assert.strictEqual(Mpsc.lenUnsafe(rx), i)
      }
    })

    tokio("test_rx_len_when_close_is_called, …_before_dropping_sender, …_after_dropping_sender", function*() {
      const close = (rx: Mpsc.Receiver<number>) => Mpsc.close(rx)
      const drop = (_: unknown, tx: Mpsc.Sender<number>) => Mpsc.drop(tx)
      for (const steps of [[close], [close, drop], [drop, close]]) {
        const [tx, rx] = yield* make<number>(100)
        yield* Mpsc.send(tx, 1)
        for (const step of steps) yield* step(rx, tx)
        assert.strictEqual(yield* Mpsc.len(rx), 1)
        assert.isFalse(yield* Mpsc.isEmpty(rx))
      }
    })

    tokio("test_is_empty_32_msgs", function*() {
      const [tx, rx] = yield* make<number>(33)
      for (let value = 1; value < 257; value++) {
        yield* Mpsc.send(tx, value)
        assert.strictEqual(yield* Mpsc.recv(rx), value)
        assert.isTrue(Mpsc.isEmptyUnsafe(rx), `${value}`)
        assert.strictEqual(Mpsc.lenUnsafe(rx), 0)
      }
    })

    tokio("drop_all_elements_during_panic: a defect in who drops the receiver leaves no value behind", function*() {
      const [tx, rx] = yield* make<object>(3)
      const values = upTo(3).map(() => new WeakRef({}))
      for (const value of values) Result.getOrThrow(Mpsc.trySendUnsafe(tx, value.deref()!))
      yield* Effect.exit(Effect.scoped(Effect.gen(function*() {
        yield* Handle.transfer(rx, yield* Effect.scope)
        return yield* Effect.die(new Error("panic!"))
      })))
      yield* mustBeGone(values)
      assert.isTrue(Mpsc.isClosedUnsafe(tx))
    })

    tokio("Sender::closed: on close and on drop, for all who wait, and not when senders go", function*() {
      for (const goes of [Mpsc.close, Mpsc.drop] as const) {
        const [tx, rx] = yield* make<number>(1)
        const tx2 = yield* Mpsc.clone(tx)
        const one = yield* forkSettled(Mpsc.closed(tx))
        const two = yield* forkSettled(Mpsc.closed(tx))
        yield* pending(one, two)
        yield* Mpsc.drop(tx2)
        yield* pending(one, two)
        yield* goes(rx)
        assert.isUndefined(yield* ready(one))
        assert.isUndefined(yield* ready(two))
        yield* Mpsc.closed(tx)
      }
    })

    tokio("unbounded has no capacity, and is never full; its reservations hold back the end", function*() {
      const [tx, rx] = yield* make<number>(Semaphore.MAX_PERMITS)
      const unbounded = tx.maxCapacity === Number.POSITIVE_INFINITY
      assert.strictEqual(yield* Mpsc.capacity(tx), tx.maxCapacity)
      assert.strictEqual(rx.maxCapacity, tx.maxCapacity)
      for (let i = 0; i < 1000; i++) Result.getOrThrow(Mpsc.trySendUnsafe(tx, i))
      if (unbounded) assert.strictEqual(Mpsc.capacityUnsafe(rx), Number.POSITIVE_INFINITY)
      const permits = yield* Mpsc.reserveMany(tx, 2)
      yield* Mpsc.close(rx)
      assert.strictEqual((yield* Mpsc.recvMany(rx, 1000)).length, 1000)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      assert.isTrue(yield* permits.send(1))
      assert.strictEqual(yield* ready(receiving), 1)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Empty")
      yield* permits.release
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), "Done")
    })

    tokio("a receive that loses a race has taken nothing", function*() {
      const [tx, rx] = yield* make<number>(4)
      for (const receives of [Mpsc.recv(rx), Mpsc.recvMany(rx, 3)]) {
        const receiving = yield* forkSettled<unknown, unknown, never>(receives)
        Result.getOrThrow(Mpsc.trySendUnsafe(tx, 1))
        receiving.interruptUnsafe() // woken, and interrupted before it ran
        yield* Fiber.await(receiving)
        assert.strictEqual(yield* Mpsc.recv(rx), 1)
      }
    })

    tokio("a receive in a loop leaves the others their turns", function*() {
      const [tx, rx] = yield* make<number>(8)
      yield* isCooperative(Effect.andThen(Mpsc.send(tx, 1), Mpsc.recv(rx)))
      yield* Mpsc.drop(tx)
      yield* isCooperative(Effect.exit(Mpsc.recv(rx)))
    })

    tokio("sync_errors: mpsc_error_bound", function*() {
      const [tx, rx] = yield* make<number>(1)
      const empty = yield* Effect.flip(Mpsc.tryRecv(rx))
      yield* Mpsc.close(rx)
      const send = yield* Effect.flip(Mpsc.send(tx, 1))
      const trySend = yield* Effect.flip(Mpsc.trySend(tx, 1))
      for (const error of [empty, send, trySend]) {
        assert.instanceOf(error, Error)
        assert.isAbove((error as Error).message.length, 0)
      }
      assert.strictEqual(Mpsc.SendError, Errors.SendError)
      assert.strictEqual(Mpsc.Full, Errors.Full)
      assert.strictEqual(Mpsc.Empty, Errors.Empty)
    })
  })

  describe(`tokio: loom_mpsc (${kind})`, () => {
    tokio("closing_tx, closing_unbounded_tx", function*() {
      const [tx, rx] = yield* make<number>(16)
      yield* Effect.forkChild(Effect.andThen(Mpsc.trySend(tx, 1), Mpsc.drop(tx)))
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("closing_bounded_rx, closing_unbounded_rx", function*() {
      const [tx1, rx] = yield* make<number>(16)
      const tx2 = yield* Mpsc.clone(tx1)
      yield* Effect.forkChild(Mpsc.drop(rx))
      yield* Mpsc.closed(tx1)
      yield* Mpsc.closed(tx2)
    })

    tokio("closing_and_sending", function*() {
      const [tx1, rx] = yield* make<number>(16)
      const all = yield* Effect.all([
        Mpsc.trySend(tx1, 1),
        Mpsc.closed(tx1),
        Effect.tap(Mpsc.recv(rx), Mpsc.drop(rx))
      ], { concurrency: "unbounded" })
      assert.strictEqual(all[2], 1)
    })

    tokio("dropping_tx, dropping_unbounded_tx", function*() {
      const [tx, rx] = yield* make<number>(16)
      for (const _ of upTo(2)) {
        const clone = yield* Mpsc.clone(tx)
        yield* Effect.forkChild(Mpsc.drop(clone))
      }
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("try_recv", function*() {
      const [tx, rx] = yield* make<number>(2)
      const semaphore = yield* Semaphore.make(2)
      yield* sendAll(tx, [1, 2])
      const run = Semaphore.withPermit(
        semaphore,
        Effect.gen(function*() {
          const value = yield* Mpsc.tryRecv(rx)
          yield* Effect.yieldNow
          yield* Mpsc.trySend(tx, value)
        })
      )
      yield* Effect.all(upTo(6).map(() => run), { concurrency: "unbounded" })
      assert.strictEqual(yield* Mpsc.len(rx), 2)
    })

    tokio("len_nonzero_after_send, nonempty_after_send", function*() {
      const [tx, rx] = yield* make<string>(10)
      const tx2 = yield* Mpsc.clone(tx)
      const other = yield* Effect.forkChild(Mpsc.send(tx2, "message2"))
      yield* Mpsc.send(tx, "message1")
      assert.notStrictEqual(Mpsc.lenUnsafe(rx), 0)
      assert.isFalse(Mpsc.isEmptyUnsafe(rx))
      yield* Fiber.join(other)
    })
  })
}
