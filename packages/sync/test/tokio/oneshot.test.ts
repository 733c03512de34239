/**
 * What tokio's own tests of its oneshot ask, in our words: `tokio/tests/sync_oneshot.rs`, the oneshot cases of
 * `sync_errors.rs`, and `tokio/src/sync/tests/loom_oneshot.rs`.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Result, Scope } from "effect"
import { Errors, Handle, Oneshot } from "effect-sync"
import { defectOf, forkSettled, mustBeGone, settle, thrownBy } from "../utils.ts"
import { end, isCooperative, pending, ready, tokio, told } from "./told.ts"

describe("tokio: sync_oneshot", () => {
  tokio("send_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const receiving = yield* forkSettled(Oneshot.recv(rx))
    yield* pending(receiving)
    yield* Oneshot.send(tx, 1)
    assert.strictEqual(yield* ready(receiving), 1)
  })

  tokio("send_recv: from outside of Effect, where nobody runs before the caller is done", function*() {
    const [tx, rx] = Oneshot.makeUnsafe<number>()
    const receiving = yield* forkSettled(Oneshot.recv(rx))
    assert.isTrue(Result.isSuccess(Oneshot.sendUnsafe(tx, 1)))
    assert.isUndefined(receiving.pollUnsafe())
    assert.strictEqual(yield* ready(receiving), 1)
  })

  tokio("async_send_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 1)
    assert.strictEqual(yield* Oneshot.recv(rx), 1)
  })

  tokio("close_tx", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const receiving = yield* forkSettled(Oneshot.recv(rx))
    yield* pending(receiving)
    yield* Oneshot.drop(tx)
    assert.strictEqual(yield* ready(receiving), "RecvError")
  })

  tokio("close_rx: without looking", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.drop(rx)
    const error = yield* Effect.flip(Oneshot.send(tx, 1))
    assert.instanceOf(error, Oneshot.SendError)
    assert.strictEqual(error.value, 1)
  })

  tokio("close_rx: seen by closed", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const closed = yield* forkSettled(Oneshot.closed(tx))
    yield* pending(closed)
    yield* Oneshot.drop(rx)
    assert.isUndefined(yield* ready(closed))
    assert.isTrue(yield* Oneshot.isClosed(tx))
    yield* Oneshot.closed(tx)
    assert.strictEqual(yield* end(Oneshot.send(tx, 1)), "SendError")
  })

  tokio("async_rx_closed", function*() {
    const [tx, rx] = yield* Oneshot.make<void>()
    yield* Effect.forkChild(Oneshot.drop(rx))
    yield* Oneshot.closed(tx)
  })

  tokio("async_rx_closed: by the end of the receiver's scope", function*() {
    const scope = yield* Scope.make()
    const [tx, rx] = yield* Oneshot.make<void>()
    yield* Handle.transfer(rx, scope)
    const closed = yield* forkSettled(Oneshot.closed(tx))
    yield* pending(closed)
    yield* Scope.close(scope, Exit.void)
    yield* ready(closed)
    assert.isTrue(Oneshot.isClosedUnsafe(tx))
  })

  tokio("explicit_close_poll: a value sent before stays", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 1)
    yield* Oneshot.close(rx)
    assert.strictEqual(yield* Oneshot.recv(rx), 1)
  })

  tokio("explicit_close_poll: nothing sent before", function*() {
    for (const sends of [true, false]) {
      const [tx, rx] = yield* Oneshot.make<number>()
      const closed = yield* forkSettled(Oneshot.closed(tx))
      yield* pending(closed)
      yield* Oneshot.close(rx)
      yield* ready(closed)
      assert.isTrue(yield* Oneshot.isClosed(tx))
      yield* Oneshot.closed(tx)
      if (sends) assert.strictEqual(yield* end(Oneshot.send(tx, 1)), "SendError")
      assert.strictEqual(yield* end(Oneshot.recv(rx)), "RecvError")
    }
  })

  tokio("explicit_close_try_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 1)
    yield* Oneshot.close(rx)
    assert.strictEqual(yield* Oneshot.tryRecv(rx), 1)

    const [tx2, rx2] = yield* Oneshot.make<number>()
    const closed = yield* forkSettled(Oneshot.closed(tx2))
    yield* pending(closed)
    yield* Oneshot.close(rx2)
    yield* ready(closed)
    assert.isTrue(yield* Oneshot.isClosed(tx2))
    yield* Oneshot.closed(tx2)
    assert.strictEqual(yield* end(Oneshot.tryRecv(rx2)), "RecvError")
  })

  tokio("close_try_recv_poll: a receive after the result is misuse", function*() {
    const [, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.close(rx)
    assert.strictEqual(yield* end(Oneshot.tryRecv(rx)), "RecvError")
    assert.instanceOf(yield* defectOf(Oneshot.recv(rx)), Errors.Misuse)
  })

  tokio("close_after_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 17)
    assert.strictEqual(yield* Oneshot.tryRecv(rx), 17)
    yield* Oneshot.close(rx)
  })

  tokio("try_recv_after_completion", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 17)
    assert.strictEqual(told(Oneshot.tryRecvUnsafe(rx)), 17)
    assert.strictEqual(told(Oneshot.tryRecvUnsafe(rx)), "RecvError")
    assert.strictEqual(yield* end(Oneshot.tryRecv(rx)), "RecvError")
    yield* Oneshot.close(rx)
  })

  tokio("try_recv_after_completion_await", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 17)
    assert.strictEqual(yield* Oneshot.recv(rx), 17)
    assert.strictEqual(yield* end(Oneshot.tryRecv(rx)), "RecvError")
    yield* Oneshot.close(rx)
  })

  tokio("drops_tasks: nothing is left of who waited", function*() {
    const scope = yield* Scope.make()
    const fibers: Array<WeakRef<Fiber.Fiber<unknown, unknown>>> = []
    const [tx, rx] = Oneshot.makeUnsafe<number>()
    yield* Effect.gen(function*() {
      fibers.push(new WeakRef(yield* Effect.forkIn(Oneshot.closed(tx), scope)))
      fibers.push(new WeakRef(yield* Effect.forkIn(Oneshot.recv(rx), scope)))
    })
    yield* settle
    Oneshot.dropUnsafe(rx)
    Oneshot.dropUnsafe(tx)
    yield* settle
    yield* mustBeGone(fibers)
    assert.isTrue(Oneshot.isClosedUnsafe(tx))
  })

  tokio("receiver_changes_task: the first gives up, the second is served", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const first = yield* forkSettled(Oneshot.recv(rx))
    yield* pending(first)
    yield* Fiber.interrupt(first)
    const second = yield* forkSettled(Oneshot.recv(rx))
    yield* pending(second)
    yield* Oneshot.send(tx, 1)
    assert.strictEqual(yield* ready(second), 1)
  })

  tokio("receiver_changes_task: neither gives up, the first is served", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const first = yield* forkSettled(Oneshot.recv(rx))
    const second = yield* forkSettled(Oneshot.recv(rx))
    yield* pending(first, second)
    yield* Oneshot.send(tx, 1)
    assert.strictEqual(yield* ready(first), 1)
    assert.strictEqual(yield* ready(second), "RecvError")
  })

  tokio("sender_changes_task", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const first = yield* forkSettled(Oneshot.closed(tx))
    yield* Fiber.interrupt(first)
    const second = yield* forkSettled(Oneshot.closed(tx))
    const third = yield* forkSettled(Oneshot.closed(tx))
    yield* pending(second, third)
    yield* Oneshot.drop(rx)
    assert.isUndefined(yield* ready(second))
    assert.isUndefined(yield* ready(third))
  })

  tokio("receiver_is_terminated_send", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    yield* Oneshot.send(tx, 17)
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    assert.strictEqual(yield* Oneshot.recv(rx), 17)
    assert.isTrue(yield* Oneshot.isTerminated(rx))
  })

  tokio("receiver_is_terminated_try_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.strictEqual(yield* end(Oneshot.tryRecv(rx)), "Empty")
    assert.isFalse(Oneshot.isTerminatedUnsafe(rx))
    yield* Oneshot.send(tx, 17)
    assert.isFalse(Oneshot.isTerminatedUnsafe(rx))
    assert.strictEqual(yield* Oneshot.tryRecv(rx), 17)
    assert.isTrue(Oneshot.isTerminatedUnsafe(rx))
  })

  tokio("receiver_is_terminated_drop", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    yield* Oneshot.drop(tx)
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    assert.strictEqual(yield* end(Oneshot.recv(rx)), "RecvError")
    assert.isTrue(yield* Oneshot.isTerminated(rx))
  })

  tokio("receiver_is_terminated_rx_close", function*() {
    const [, rx] = yield* Oneshot.make<number>()
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    yield* Oneshot.close(rx)
    assert.isFalse(yield* Oneshot.isTerminated(rx))
    assert.strictEqual(yield* end(Oneshot.recv(rx)), "RecvError")
    assert.isTrue(yield* Oneshot.isTerminated(rx))
  })

  tokio("receiver_is_empty_send", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.isTrue(yield* Oneshot.isEmpty(rx))
    yield* Oneshot.send(tx, 17)
    assert.isFalse(yield* Oneshot.isEmpty(rx))
    assert.strictEqual(yield* Oneshot.recv(rx), 17)
    assert.isTrue(yield* Oneshot.isEmpty(rx))
  })

  tokio("receiver_is_empty_try_recv", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.isTrue(Oneshot.isEmptyUnsafe(rx))
    yield* Oneshot.send(tx, 17)
    assert.isFalse(Oneshot.isEmptyUnsafe(rx))
    assert.strictEqual(yield* Oneshot.tryRecv(rx), 17)
    assert.isTrue(Oneshot.isEmptyUnsafe(rx))
  })

  tokio("receiver_is_empty_drop", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.isTrue(yield* Oneshot.isEmpty(rx))
    yield* Oneshot.drop(tx)
    assert.isTrue(yield* Oneshot.isEmpty(rx))
    assert.strictEqual(yield* end(Oneshot.recv(rx)), "RecvError")
    assert.isTrue(yield* Oneshot.isEmpty(rx))
  })

  tokio("receiver_is_empty_rx_close", function*() {
    const [, rx] = yield* Oneshot.make<number>()
    assert.isTrue(yield* Oneshot.isEmpty(rx))
    yield* Oneshot.close(rx)
    assert.isTrue(yield* Oneshot.isEmpty(rx))
  })

  tokio("Sender::closed in a select: the computation is given up when nobody waits for it", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const task = yield* forkSettled(Effect.raceFirst(Effect.as(Oneshot.closed(tx), "given up"), Effect.never))
    yield* pending(task)
    yield* Oneshot.close(rx)
    assert.strictEqual(yield* ready(task), "given up")
  })

  tokio("a receive by reference that loses a race leaves the value for the next", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    assert.strictEqual(yield* Effect.raceFirst(Oneshot.recv(rx), Effect.as(Effect.yieldNow, "lost")), "lost")
    yield* Oneshot.send(tx, 3)
    assert.strictEqual(yield* Oneshot.recv(rx), 3)
  })

  tokio("a closed and a receive that never wait leave the others their turns", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.drop(rx)
    yield* isCooperative(Oneshot.closed(tx))
    yield* isCooperative(Effect.scoped(Effect.gen(function*() {
      const [tx, rx] = yield* Oneshot.make<number>()
      yield* Oneshot.send(tx, 1)
      yield* Oneshot.recv(rx)
    })))
  })
})

describe("tokio: sync_oneshot, what the types of Rust forbid", () => {
  tokio("send consumes the sender, either way", function*() {
    const [tx] = yield* Oneshot.make<number>()
    yield* Oneshot.send(tx, 1)
    assert.instanceOf(yield* defectOf(Oneshot.send(tx, 2)), Errors.Misuse)
    assert.instanceOf(thrownBy(() => Oneshot.sendUnsafe(tx, 2)), Errors.Misuse)
    const [tx2, rx2] = yield* Oneshot.make<number>()
    yield* Oneshot.close(rx2)
    assert.strictEqual(yield* end(Oneshot.send(tx2, 1)), "SendError")
    assert.instanceOf(yield* defectOf(Oneshot.send(tx2, 1)), Errors.Misuse)
  })

  tokio("a dropped half cannot be used", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Oneshot.drop(tx)
    yield* Oneshot.drop(tx)
    assert.instanceOf(yield* defectOf(Oneshot.send(tx, 2)), Errors.Misuse)
    yield* Oneshot.drop(rx)
    assert.instanceOf(yield* defectOf(Oneshot.recv(rx)), Errors.Misuse)
    assert.instanceOf(yield* defectOf(Oneshot.tryRecv(rx)), Errors.Misuse)
  })

  tokio("a receive that is parked when the receiver is closed or dropped fails", function*() {
    for (const ends of [Oneshot.close, Oneshot.drop] as const) {
      const [, rx] = yield* Oneshot.make<number>()
      const receiving = yield* forkSettled(Oneshot.recv(rx))
      yield* ends(rx)
      assert.strictEqual(yield* ready(receiving), "RecvError")
    }
  })
})

describe("tokio: loom_oneshot", () => {
  tokio("smoke", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Effect.forkChild(Oneshot.send(tx, 1))
    assert.strictEqual(yield* Oneshot.recv(rx), 1)
  })

  tokio("changing_rx_task", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    yield* Effect.forkChild(Effect.andThen(Effect.yieldNow, Oneshot.send(tx, 1)))
    const first = yield* Effect.forkChild(Oneshot.recv(rx), { startImmediately: true })
    yield* Fiber.interrupt(first)
    assert.strictEqual(yield* Oneshot.recv(rx), 1)
  })

  tokio("checking_tx_send_ok_not_drop: a send that succeeds is received or gone with the receiver", function*() {
    for (const receiverFirst of [true, false]) {
      const [tx, rx] = yield* Oneshot.make<object>()
      const value = new WeakRef({})
      const drop = Oneshot.drop(rx)
      const send = Effect.suspend(() => end(Oneshot.send(tx, value.deref()!)))
      if (receiverFirst) {
        yield* drop
        assert.strictEqual(yield* send, "SendError")
      } else {
        assert.isUndefined(yield* send)
        yield* drop
      }
      yield* mustBeGone([value])
    }
  })

  tokio("changing_tx_task", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const first = yield* Effect.forkChild(Oneshot.closed(tx), { startImmediately: true })
    yield* Fiber.interrupt(first)
    yield* Effect.forkChild(Oneshot.drop(rx))
    yield* Oneshot.closed(tx)
  })
})

describe("tokio: sync_errors", () => {
  tokio("oneshot_error_bound", function*() {
    const [tx, rx] = yield* Oneshot.make<number>()
    const empty = yield* Effect.flip(Oneshot.tryRecv(rx))
    yield* Oneshot.close(rx)
    const send = yield* Effect.flip(Oneshot.send(tx, 1))
    const recv = yield* Effect.flip(Oneshot.recv(rx))
    for (const error of [empty, send, recv]) {
      assert.instanceOf(error, Error)
      assert.isAbove(error.message.length, 0)
    }
    assert.strictEqual(Oneshot.RecvError, Errors.RecvError)
    assert.strictEqual(Oneshot.SendError, Errors.SendError)
    assert.strictEqual(Oneshot.Empty, Errors.Empty)
  })
})
