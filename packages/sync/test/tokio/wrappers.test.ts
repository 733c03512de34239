/**
 * What tokio's own tests of the streams over receivers and of the polled senders and semaphores ask, in our words:
 * `tokio-stream/tests/{mpsc_bounded_stream,mpsc_unbounded_stream,broadcast_stream,watch}.rs` and
 * `tokio-util/tests/{mpsc,poll_semaphore}.rs`. A stream of Effect has no size hint: what tokio's hints say is read from
 * the receiver, which its stream leaves usable. A polled reservation is a permit.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Result, Scope, Stream } from "effect"
import { Broadcast, Errors, Handle, Mpsc, Semaphore, Watch } from "effect-sync"
import { defectOf, forkSettled, settle } from "../utils.ts"
import { end, pending, ready, tokio, told, upTo } from "./told.ts"

/** The next element of a stream, or `None`; the stream is run for it alone. */
const next = <A, E>(stream: Stream.Stream<A, E>): Effect.Effect<A | "None", E> =>
  Effect.map(Stream.runCollect(Stream.take(stream, 1)), (all) => (all.length === 0 ? "None" : all[0]!))

const kinds = [
  { kind: "bounded", make: Mpsc.bounded<number>(4) },
  { kind: "unbounded", make: Mpsc.unbounded<number>() },
  { kind: "boundedQueue", make: Mpsc.boundedQueue<number>(4) },
  { kind: "unboundedQueue", make: Mpsc.unboundedQueue<number>() }
]

/** What may come yet when the channel is closed: what is there, and what is reserved. */
const atMost = (rx: Mpsc.Receiver<unknown>) => rx.maxCapacity - Mpsc.capacityUnsafe(rx)

for (const { kind, make } of kinds) {
  describe(`tokio-stream: mpsc_${kind}_stream`, () => {
    tokio("size_hint_stream_open", function*() {
      const [tx, rx] = yield* make
      yield* Mpsc.send(tx, 1)
      yield* Mpsc.send(tx, 2)
      const stream = Mpsc.stream(rx)
      assert.strictEqual(yield* Mpsc.len(rx), 2)
      assert.strictEqual(yield* next(stream), 1)
      assert.strictEqual(yield* Mpsc.len(rx), 1)
      assert.strictEqual(yield* next(stream), 2)
      assert.strictEqual(yield* Mpsc.len(rx), 0)
      const waits = yield* forkSettled(next(stream))
      yield* pending(waits)
      yield* Mpsc.send(tx, 3)
      assert.strictEqual(yield* ready(waits), 3)
    })

    for (const [name, ends] of [["size_hint_stream_closed", "close"], ["size_hint_sender_dropped", "drop"]] as const) {
      tokio(name, function*() {
        const [tx, rx] = yield* make
        yield* Mpsc.send(tx, 1)
        yield* Mpsc.send(tx, 2)
        const stream = Mpsc.stream(rx)
        yield* ends === "close" ? Mpsc.close(rx) : Mpsc.drop(tx)
        for (const n of [1, 2]) {
          assert.strictEqual(yield* Mpsc.len(rx), 3 - n)
          assert.strictEqual(yield* next(stream), n)
        }
        assert.strictEqual(yield* Mpsc.len(rx), 0)
        assert.strictEqual(yield* next(stream), "None")
        assert.strictEqual(yield* next(stream), "None")
      })
    }

    tokio("size_hint_stream_instantly_closed", function*() {
      const [, rx] = yield* make
      yield* Mpsc.close(rx)
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(rx)), [])
    })

    tokio("size_hint_stream_closed_permits_send", function*() {
      const [tx, rx] = yield* make
      yield* Mpsc.send(tx, 1)
      const permit1 = yield* Mpsc.reserve(tx)
      const permit2 = yield* Mpsc.reserve(tx)
      const stream = Mpsc.stream(rx)
      yield* Mpsc.close(rx)
      const bounds = () => Number.isFinite(rx.maxCapacity) ? [Mpsc.lenUnsafe(rx), atMost(rx)] : Mpsc.lenUnsafe(rx)
      const are = (len: number, most: number) =>
        assert.deepStrictEqual(bounds(), Number.isFinite(rx.maxCapacity) ? [len, most] : len)
      are(1, 3)
      yield* permit1.send(2)
      are(2, 3)
      assert.strictEqual(yield* next(stream), 1)
      are(1, 2)
      assert.strictEqual(yield* next(stream), 2)
      are(0, 1)
      yield* permit2.send(3)
      are(1, 1)
      assert.strictEqual(yield* next(stream), 3)
      are(0, 0)
      assert.strictEqual(yield* next(stream), "None")
    })

    tokio("size_hint_stream_closed_permits_drop", function*() {
      const [tx, rx] = yield* make
      yield* Mpsc.send(tx, 1)
      const permit1 = yield* Mpsc.reserve(tx)
      const permit2 = yield* Mpsc.reserve(tx)
      const stream = Mpsc.stream(rx)
      yield* Mpsc.close(rx)
      yield* Handle.release(permit1)
      assert.strictEqual(yield* next(stream), 1)
      const waits = yield* forkSettled(next(stream))
      yield* pending(waits)
      yield* Handle.release(permit2)
      assert.strictEqual(yield* ready(waits), "None")
    })

    tokio("fused_stream_termination_includes_outstanding_permit", function*() {
      const [tx, rx] = yield* make
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.close(rx)
      const all = yield* forkSettled(Stream.runCollect(Mpsc.stream(rx)))
      yield* pending(all)
      yield* permit.send(1)
      assert.deepStrictEqual(yield* ready(all), [1])
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(rx)), [])
    })

    tokio("ReceiverStream::close, into_inner: closed in the middle it drains; the receiver stays", function*() {
      const [tx, rx] = yield* make
      for (const n of [1, 2, 3]) yield* Mpsc.send(tx, n)
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(Mpsc.stream(rx, { chunkSize: 1 }), 1)), [1])
      assert.isFalse(Handle.isReleased(rx))
      assert.strictEqual(yield* Mpsc.recv(rx), 2)
      yield* Mpsc.close(rx)
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(rx)), [3])
    })

    tokio("STR-4: a pull that is given up loses nothing", function*() {
      const [tx, rx] = yield* make
      const waits = yield* forkSettled(Stream.runCollect(Mpsc.stream(rx)))
      Result.getOrThrow(Mpsc.trySendUnsafe(tx, 1))
      waits.interruptUnsafe()
      yield* Fiber.await(waits)
      assert.strictEqual(yield* end(Mpsc.tryRecv(rx)), 1)
    })

    tokio(
      "Sink for PollSender: what went through it is in the channel; dropped at upstream's end when asked",
      function*() {
        const [tx, rx] = yield* make
        yield* Stream.run(Stream.fromIterable([1, 2]), Mpsc.sink(tx))
        assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), [1, 2])
        assert.isFalse(Handle.isReleased(tx))
        const all = yield* forkSettled(Stream.runCollect(Mpsc.stream(rx)))
        yield* Stream.run(Stream.fromIterable(upTo(10)), Mpsc.sink(tx, { drop: true }))
        assert.deepStrictEqual(yield* ready(all), upTo(10))
        assert.isTrue(Handle.isReleased(tx))
      }
    )

    tokio("Sink for PollSender: a closed channel fails it", function*() {
      const [tx, rx] = yield* make
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(Stream.run(Stream.fromIterable([1, 2]), Mpsc.sink(tx))), "SendError")
    })
  })
}

describe("tokio-stream: broadcast_stream", () => {
  tokio("size_hint_with_alive_sender", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(16)
    yield* Broadcast.send(tx, 1)
    yield* Broadcast.send(tx, 2)
    assert.strictEqual(yield* Broadcast.len(rx), 2)
    assert.strictEqual(yield* next(Broadcast.stream(rx)), 1)
    assert.strictEqual(yield* Broadcast.len(rx), 1)
  })

  tokio("size_hint_no_sender_but_retained_values", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(16)
    yield* Broadcast.send(tx, 10)
    yield* Broadcast.send(tx, 20)
    yield* Broadcast.drop(tx)
    for (const [left, value] of [[2, 10], [1, 20], [0, "None"]] as const) {
      assert.strictEqual(yield* Broadcast.len(rx), left)
      assert.strictEqual(yield* next(Broadcast.stream(rx)), value)
    }
  })

  tokio("size_hint_no_sender_and_empty_channel", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(16)
    yield* Broadcast.drop(tx)
    assert.strictEqual(yield* next(Broadcast.stream(rx)), "None")
    assert.strictEqual(yield* Broadcast.len(rx), 0)
  })

  tokio("BroadcastStream: a lag is an element, the end ends it", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(2)
    for (const n of upTo(4)) yield* Broadcast.send(tx, n)
    const stream = Broadcast.stream(rx, { onLag: "emit" })
    const first = yield* Stream.runCollect(Stream.take(stream, 2))
    assert.deepStrictEqual(first.map(told), ["Lagged 2", 2])
    for (const n of upTo(4, 4)) yield* Broadcast.send(tx, n)
    yield* Broadcast.drop(tx)
    assert.deepStrictEqual((yield* Stream.runCollect(stream)).map(told), ["Lagged 3", 6, 7])
    assert.strictEqual(yield* end(Broadcast.recv(rx)), "Done")
  })

  tokio("BroadcastStream: a lag passed over, or an error", function*() {
    for (const onLag of ["skip", "fail"] as const) {
      const [tx, rx] = yield* Broadcast.make<number>(2)
      for (const n of upTo(4)) yield* Broadcast.send(tx, n)
      yield* Broadcast.drop(tx)
      if (onLag === "skip") {
        assert.deepStrictEqual(yield* Stream.runCollect(Broadcast.stream(rx, { onLag })), [2, 3])
      } else {
        assert.strictEqual(yield* end(Stream.runCollect(Broadcast.stream(rx))), "Lagged 2")
        assert.deepStrictEqual(yield* Stream.runCollect(Broadcast.stream(rx, { onLag })), [2, 3])
      }
    }
  })
})

describe("tokio-stream: watch", () => {
  tokio("watch_stream_message_not_twice", function*() {
    const [tx, rx] = yield* Watch.make("hello")
    const all = yield* Effect.forkChild(Stream.runCollect(Watch.stream(rx)))
    yield* Watch.send(tx, "goodbye")
    yield* Watch.drop(tx)
    const got = yield* Fiber.join(all)
    assert.strictEqual(got.filter((one) => one === "goodbye").length, 1)
    assert.strictEqual(got.at(-1), "goodbye")
  })

  tokio("watch_stream_from_rx", function*() {
    const [tx, rx] = yield* Watch.make("hello")
    const got: Array<string> = []
    const all = yield* forkSettled(Stream.runForEach(Watch.stream(rx), (one) => Effect.sync(() => got.push(one))))
    yield* settle
    assert.deepStrictEqual(got, ["hello"])
    yield* Watch.send(tx, "bye")
    yield* pending(all)
    assert.deepStrictEqual(got, ["hello", "bye"])
    yield* Watch.drop(tx)
    yield* ready(all)
    assert.deepStrictEqual(got, ["hello", "bye"])
  })

  tokio("watch_stream_from_changes (new_on_changed)", function*() {
    const [tx, rx] = yield* Watch.make("hello")
    const first = yield* forkSettled(next(Watch.changes(rx)))
    yield* pending(first)
    yield* Watch.send(tx, "bye")
    assert.strictEqual(yield* ready(first), "bye")
    const second = yield* forkSettled(next(Watch.changes(rx)))
    yield* pending(second)
    yield* Watch.drop(tx)
    assert.strictEqual(yield* ready(second), "None")
  })

  tokio("WatchStream: the value at the first pull, seen or not, also when the senders are gone", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const stream = Watch.stream(rx)
    yield* Watch.send(tx, "two")
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "two")
    yield* Watch.drop(tx)
    assert.deepStrictEqual(yield* Stream.runCollect(stream), ["two"])
    assert.deepStrictEqual(yield* Stream.runCollect(stream), ["two"])
    assert.deepStrictEqual(yield* Stream.runCollect(Watch.changes(rx)), [])
  })

  tokio("WatchStream::from_changes: a last value not seen is given, then the end", function*() {
    const [tx, rx] = yield* Watch.make("one")
    yield* Watch.send(tx, "two")
    yield* Watch.drop(tx)
    assert.deepStrictEqual(yield* Stream.runCollect(Watch.changes(rx)), ["two"])
  })
})

for (
  const { kind, make } of [{ kind: "bounded", make: Mpsc.bounded }, { kind: "boundedQueue", make: Mpsc.boundedQueue }]
) {
  describe(`tokio-util: mpsc, PollSender (${kind})`, () => {
    tokio("simple", function*() {
      const [tx, rx] = yield* make<number>(3)
      for (const n of [1, 2, 3]) yield* (yield* Mpsc.reserve(tx)).send(n)
      const reserving = yield* forkSettled(Mpsc.reserve(tx))
      yield* pending(reserving)
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      const permit = yield* Fiber.join(reserving)
      yield* Mpsc.drop(rx)
      yield* permit.send(42)
      assert.isTrue(Handle.isReleased(permit))
    })

    tokio("abort_send", function*() {
      const [tx, rx] = yield* make<number>(3)
      const tx2 = yield* Mpsc.clone(tx)
      for (const n of [1, 2, 3]) yield* (yield* Mpsc.reserve(tx)).send(n)
      const reserving = yield* forkSettled(Mpsc.reserve(tx))
      yield* pending(reserving)
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      const permit = yield* Fiber.join(reserving)
      const sending = yield* forkSettled(Mpsc.send(tx2, 5))
      yield* pending(sending)
      yield* permit.release
      assert.isUndefined(yield* ready(sending))
      assert.deepStrictEqual(yield* Mpsc.recvMany(rx, 9), [2, 3, 5])
    })

    tokio("close_sender_last, close_sender_before_reserve", function*() {
      const [tx, rx] = yield* make<number>(3)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* ready(receiving), "Done")
      assert.instanceOf(yield* defectOf(Mpsc.reserve(tx)), Errors.Misuse)
    })

    tokio("close_sender_not_last", function*() {
      const [tx, rx] = yield* make<number>(3)
      const tx2 = yield* Mpsc.clone(tx)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* Mpsc.drop(tx)
      yield* pending(receiving)
      yield* Mpsc.drop(tx2)
      assert.strictEqual(yield* ready(receiving), "Done")
    })

    tokio("close_sender_after_pending_reserve", function*() {
      const [tx, rx] = yield* make<number>(1)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      const permit = yield* Mpsc.reserve(tx)
      permit.sendUnsafe(1)
      const reserving = yield* Effect.forkChild(defectOf(Mpsc.reserve(tx)), { startImmediately: true })
      assert.isUndefined(reserving.pollUnsafe())
      Mpsc.dropUnsafe(tx)
      assert.instanceOf(yield* Fiber.join(reserving), Errors.Misuse)
      assert.strictEqual(yield* ready(receiving), 1)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("close_sender_after_successful_reserve: one more goes through", function*() {
      const [tx, rx] = yield* make<number>(3)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(tx)
      yield* pending(receiving)
      yield* permit.send(1)
      assert.strictEqual(yield* ready(receiving), 1)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("abort_send_after_pending_reserve", function*() {
      const [tx] = yield* make<number>(1)
      yield* (yield* Mpsc.reserve(tx)).send(1)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0)
      const reserving = yield* forkSettled(Mpsc.reserve(tx))
      yield* pending(reserving)
      yield* Fiber.interrupt(reserving)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0)
      assert.strictEqual(yield* Mpsc.waiting(tx), 0)
    })

    tokio("abort_send_after_successful_reserve", function*() {
      const [tx] = yield* make<number>(1)
      assert.strictEqual(yield* Mpsc.capacity(tx), 1)
      const permit = yield* Mpsc.reserve(tx)
      assert.strictEqual(yield* Mpsc.capacity(tx), 0)
      yield* permit.release
      yield* permit.release
      assert.strictEqual(yield* Mpsc.capacity(tx), 1)
    })

    tokio("closed_when_receiver_drops", function*() {
      const [tx, rx] = yield* make<number>(1)
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(Mpsc.reserve(tx)), "SendError")
    })

    tokio("start_send_panics_when_idle: a permit that was used or given up", function*() {
      const [tx] = yield* make<number>(3)
      const used = yield* Mpsc.reserve(tx)
      yield* used.send(1)
      const gone = yield* Mpsc.reserve(tx)
      yield* gone.release
      const scope = yield* Scope.make()
      const over = yield* Scope.provide(Mpsc.reserve(tx), scope)
      yield* Scope.close(scope, Exit.void)
      for (const permit of [used, gone, over]) {
        assert.instanceOf(yield* defectOf(permit.send(2)), Errors.Misuse)
        assert.isTrue(Handle.isReleased(permit))
      }
      assert.strictEqual(yield* Mpsc.capacity(tx), 2)
    })
  })
}

describe("tokio-util: poll_semaphore", () => {
  tokio("it_works", function*() {
    const semaphore = yield* Semaphore.makeCloseable(1)
    const permit = yield* Semaphore.acquire(semaphore)
    const acquiring = yield* forkSettled(Semaphore.acquire(semaphore))
    yield* pending(acquiring)
    yield* permit.release
    yield* (yield* Fiber.join(acquiring)).release
    yield* Semaphore.close(semaphore)
    for (const _ of upTo(3)) assert.strictEqual(yield* end(Semaphore.acquire(semaphore)), "SemaphoreClosed")
  })

  tokio("can_acquire_many_permits", function*() {
    const semaphore = yield* Semaphore.make(4)
    const permit1 = yield* Semaphore.acquire(semaphore)
    const permit2 = yield* Semaphore.acquireMany(semaphore, 2)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 1)
    yield* permit2.release
    const acquiring = yield* forkSettled(Semaphore.acquireMany(semaphore, 4))
    yield* pending(acquiring)
    yield* permit1.release
    assert.strictEqual((yield* Fiber.join(acquiring)).count, 4)
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 0)
  })

  tokio("can_poll_different_amounts_of_permits: asking for another number gives the place up", function*() {
    const semaphore = yield* Semaphore.make(4)
    const asks = (n: number) =>
      Effect.gen(function*() {
        const acquiring = yield* forkSettled(Semaphore.acquireMany(semaphore, n))
        yield* pending(acquiring)
        yield* Fiber.interrupt(acquiring)
      })
    yield* asks(5)
    const permit = yield* Semaphore.acquireMany(semaphore, 4)
    yield* asks(5)
    yield* asks(4)
    yield* permit.release
    yield* asks(5)
    yield* (yield* Semaphore.acquireMany(semaphore, 4)).release
    assert.strictEqual(yield* Semaphore.availablePermits(semaphore), 4)
  })

  tokio("Stream for PollSemaphore: permits, until it is closed", function*() {
    const semaphore = yield* Semaphore.makeCloseable(2)
    const permits = Stream.fromEffectRepeat(Semaphore.acquire(semaphore)).pipe(
      Stream.catchTag("SemaphoreClosed", () => Stream.empty)
    )
    let n = 0
    const all = yield* forkSettled(Stream.runForEach(permits, () => Effect.sync(() => n++)))
    assert.strictEqual(n, 2)
    yield* Semaphore.close(semaphore)
    yield* ready(all)
    assert.strictEqual(n, 2)
  })
})
