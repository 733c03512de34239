/**
 * What tokio's own tests of its watch ask, in our words: `tokio/tests/sync_watch.rs`, the watch cases of `sync_errors.rs`,
 * `tokio/src/sync/tests/loom_watch.rs`, and the cases beside the source of tokio's watch.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, Scope } from "effect"
import { Errors, Handle, Watch } from "effect-sync"
import { defectOf, forkSettled, settle, thrownBy } from "../utils.ts"
import { end, isCooperative, pending, ready, tokio, told, upTo } from "./told.ts"

describe("tokio: sync_watch", () => {
  tokio("single_rx_recv", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const first = yield* forkSettled(Watch.changed(rx))
    yield* pending(first)
    yield* Fiber.interrupt(first)
    assert.strictEqual(yield* Watch.borrow(rx), "one")

    const second = yield* forkSettled(Watch.changed(rx))
    yield* pending(second)
    assert.strictEqual(yield* Watch.waiting(rx), 1)
    yield* Watch.send(tx, "two")
    assert.isUndefined(yield* ready(second))
    assert.strictEqual(yield* Watch.borrow(rx), "two")

    const third = yield* forkSettled(Watch.changed(rx))
    yield* pending(third)
    yield* Watch.drop(tx)
    assert.strictEqual(yield* ready(third), "Done")
    assert.strictEqual(yield* Watch.borrow(rx), "two")
  })

  tokio("rx_version_underflow", function*() {
    const [, rx] = yield* Watch.make("one")
    for (const _ of upTo(5)) yield* Watch.markChanged(rx)
    yield* Watch.changed(rx)
    yield* pending(yield* forkSettled(Watch.changed(rx)))
  })

  tokio("rx_mark_changed", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const rx2 = yield* Watch.clone(rx)
    const rx3 = yield* Watch.clone(rx)
    const rx4 = yield* Watch.clone(rx)

    yield* Watch.markChanged(rx)
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Watch.changed(rx)

    assert.isFalse(yield* Watch.hasChanged(rx2))
    const waits = yield* forkSettled(Watch.changed(rx2))
    yield* pending(waits)
    yield* Fiber.interrupt(waits)

    yield* Watch.markChanged(rx3)
    assert.strictEqual(yield* Watch.borrow(rx3), "one")
    assert.isTrue(yield* Watch.hasChanged(rx3))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx3), "one")
    assert.isFalse(yield* Watch.hasChanged(rx3))
    const waits3 = yield* forkSettled(Watch.changed(rx3))
    yield* pending(waits3)
    yield* Fiber.interrupt(waits3)

    yield* Watch.send(tx, "two")
    assert.isTrue(yield* Watch.hasChanged(rx4))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx4), "two")
    yield* Watch.markChanged(rx4)
    assert.isTrue(yield* Watch.hasChanged(rx4))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx4), "two")

    assert.strictEqual(yield* Watch.borrow(rx), "two")
  })

  tokio("rx_mark_changed: who waits on the receiver goes on", function*() {
    const [, rx] = yield* Watch.make("one")
    const waits = yield* forkSettled(Watch.changed(rx))
    yield* pending(waits)
    Watch.markChangedUnsafe(rx)
    assert.isUndefined(yield* ready(waits))
    assert.isFalse(yield* Watch.hasChanged(rx))
  })

  tokio("rx_mark_unchanged", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const rx2 = yield* Watch.clone(rx)
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.markChanged(rx)
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Watch.markUnchanged(rx)
    assert.isFalse(yield* Watch.hasChanged(rx))
    const waits = yield* forkSettled(Watch.changed(rx))
    yield* pending(waits)
    yield* Fiber.interrupt(waits)

    assert.isFalse(yield* Watch.hasChanged(rx2))
    yield* Watch.send(tx, "two")
    assert.isTrue(yield* Watch.hasChanged(rx2))
    yield* Watch.markUnchanged(rx2)
    assert.isFalse(yield* Watch.hasChanged(rx2))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx2), "two")

    assert.strictEqual(yield* Watch.borrow(rx), "two")
  })

  tokio("multi_rx", function*() {
    const [tx, rx1] = yield* Watch.make("one")
    const rx2 = yield* Watch.clone(rx1)
    const early = [yield* forkSettled(Watch.changed(rx1)), yield* forkSettled(Watch.changed(rx2))]
    yield* pending(...early)
    yield* Fiber.interruptAll(early)
    assert.deepStrictEqual([yield* Watch.borrow(rx1), yield* Watch.borrow(rx2)], ["one", "one"])

    const second = yield* forkSettled(Watch.changed(rx2))
    const first = yield* forkSettled(Watch.changed(rx1))
    yield* pending(first, second)
    Result.getOrThrow(Watch.sendUnsafe(tx, "two"))
    second.interruptUnsafe() // woken, but never ran: it has marked nothing
    assert.isUndefined(yield* ready(first))
    assert.strictEqual(yield* Watch.borrow(rx1), "two")
    assert.isTrue(yield* Watch.hasChanged(rx2))

    const third = yield* forkSettled(Watch.changed(rx1))
    yield* pending(third)
    yield* Watch.send(tx, "three")
    assert.isUndefined(yield* ready(third))
    yield* Watch.changed(rx2)
    assert.strictEqual(yield* Watch.borrow(rx1), "three")
    assert.strictEqual(yield* Watch.borrow(rx2), "three")

    const both = [yield* forkSettled(Watch.changed(rx1)), yield* forkSettled(Watch.changed(rx2))]
    yield* pending(...both)
    yield* Watch.send(tx, "four")
    for (const one of both) assert.isUndefined(yield* ready(one))
    assert.deepStrictEqual([yield* Watch.borrow(rx1), yield* Watch.borrow(rx2)], ["four", "four"])
  })

  tokio("rx_observes_final_value", function*() {
    const [tx, rx] = yield* Watch.make("one")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* end(Watch.changed(rx)), "Done")
    assert.strictEqual(yield* Watch.borrow(rx), "one")

    const [tx2, rx2] = yield* Watch.make("one")
    yield* Watch.send(tx2, "two")
    yield* Watch.changed(rx2)
    assert.strictEqual(yield* Watch.borrow(rx2), "two")
    const waits = yield* forkSettled(Watch.changed(rx2))
    yield* pending(waits)
    Result.getOrThrow(Watch.sendUnsafe(tx2, "three"))
    Watch.dropUnsafe(tx2)
    assert.isUndefined(yield* ready(waits))
    assert.strictEqual(yield* Watch.borrow(rx2), "three")
    assert.strictEqual(yield* end(Watch.changed(rx2)), "Done")
    assert.strictEqual(yield* Watch.borrow(rx2), "three")
  })

  tokio("poll_close", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const closed = yield* forkSettled(Watch.closed(tx))
    yield* pending(closed)
    assert.strictEqual(yield* Watch.waiting(tx), 1)
    yield* Watch.drop(rx)
    assert.isUndefined(yield* ready(closed))
    const error = yield* Effect.flip(Watch.send(tx, "two"))
    assert.instanceOf(error, Watch.SendError)
    assert.strictEqual(error.value, "two")
    assert.strictEqual(yield* Watch.borrow(tx), "one")
  })

  tokio("borrow_and_update", function*() {
    const [tx, rx] = yield* Watch.make("one")
    const waits = Effect.gen(function*() {
      const fiber = yield* forkSettled(Watch.changed(rx))
      yield* pending(fiber)
      yield* Fiber.interrupt(fiber)
    })
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.send(tx, "two")
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Watch.changed(rx)
    yield* waits
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.send(tx, "three")
    assert.isTrue(told(Watch.hasChangedUnsafe(rx)))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "three")
    yield* waits
    assert.isFalse(told(Watch.hasChangedUnsafe(rx)))
    yield* Watch.drop(tx)
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "three")
    assert.strictEqual(Watch.borrowAndUpdateUnsafe(rx), "three")
    assert.strictEqual(yield* end(Watch.changed(rx)), "Done")
    assert.strictEqual(yield* end(Watch.hasChanged(rx)), "Done")
  })

  tokio("reopened_after_subscribe", function*() {
    const [tx, rx] = yield* Watch.make("one")
    assert.isFalse(yield* Watch.isClosed(tx))
    yield* Watch.drop(rx)
    assert.isTrue(yield* Watch.isClosed(tx))
    const again = yield* Watch.subscribe(tx)
    assert.isFalse(yield* Watch.isClosed(tx))
    yield* Watch.send(tx, "two")
    assert.strictEqual(yield* Watch.borrow(again), "two")
    yield* Watch.drop(again)
    assert.isTrue(yield* Watch.isClosed(tx))
    assert.strictEqual(yield* Watch.receiverCount(tx), 0)
  })

  tokio("send_modify_panic: unlike tokio's, nothing is stored", function*() {
    const [tx, rx] = yield* Watch.make("one")
    yield* Watch.sendModify(tx, () => "two")
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "two")
    const rx2 = yield* Watch.clone(rx)
    const waits = yield* forkSettled(Watch.changed(rx2))
    const panics = (): never => {
      throw new Error("panic!")
    }
    assert.strictEqual((yield* defectOf(Watch.sendModify(tx, panics))).message, "panic!")
    assert.strictEqual((yield* defectOf(Watch.sendIfModified(tx, panics))).message, "panic!")
    assert.strictEqual(thrownBy(() => Watch.sendModifyUnsafe(tx, panics)).message, "panic!")
    yield* pending(waits)
    assert.strictEqual(yield* Watch.borrow(rx), "two")
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.sendModify(tx, (old) => `${old}, three`)
    assert.isUndefined(yield* ready(waits))
    assert.strictEqual(yield* Watch.borrowAndUpdate(rx), "two, three")
  })

  tokio("multiple_sender", function*() {
    const [tx1, rx] = yield* Watch.make(0)
    const tx2 = yield* Watch.clone(tx1)
    assert.strictEqual(yield* Watch.senderCount(tx1), 2)
    const pair = yield* forkSettled(Effect.gen(function*() {
      yield* Watch.changed(rx)
      const first = yield* Watch.borrowAndUpdate(rx)
      yield* Watch.changed(rx)
      return [first, yield* Watch.borrowAndUpdate(rx)]
    }))
    yield* Watch.send(tx1, 1)
    yield* pending(pair)
    yield* Watch.send(tx2, 2)
    assert.deepStrictEqual(yield* ready(pair), [1, 2])
  })

  tokio("receiver_is_notified_when_last_sender_is_dropped", function*() {
    const [tx1, rx] = yield* Watch.make(0)
    const tx2 = yield* Watch.clone(tx1)
    const waits = yield* forkSettled(Watch.changed(rx))
    yield* Watch.drop(tx1)
    yield* pending(waits)
    assert.strictEqual(yield* Watch.waiting(rx), 1)
    yield* Watch.drop(tx2)
    assert.strictEqual(yield* ready(waits), "Done")
  })

  tokio("receiver_changed_is_cooperative, …_ok", function*() {
    const [tx, rx] = yield* Watch.make(0)
    yield* isCooperative(Effect.andThen(Watch.send(tx, 1), Watch.changed(rx)))
    yield* Watch.drop(tx)
    yield* isCooperative(Effect.exit(Watch.changed(rx)))
  })

  tokio("receiver_wait_for_is_cooperative, …_ok", function*() {
    const [tx, rx] = yield* Watch.make(0)
    yield* isCooperative(Effect.andThen(Watch.send(tx, 1), Watch.waitFor(rx, (n) => n === 1)))
    yield* Watch.drop(tx)
    yield* isCooperative(Effect.exit(Watch.waitFor(rx, (n) => n === 2)))
  })

  tokio("sender_closed_is_cooperative", function*() {
    const [tx, rx] = yield* Watch.make(0)
    yield* Watch.drop(rx)
    yield* isCooperative(Watch.closed(tx))
  })

  tokio("changed_succeeds_on_closed_channel_with_unseen_value", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.send(tx, "B")
    yield* Watch.drop(tx)
    yield* Watch.changed(rx)
    assert.strictEqual(yield* end(Watch.changed(rx)), "Done")
  })

  tokio("changed_errors_on_closed_channel_with_seen_value", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* end(Watch.changed(rx)), "Done")
  })

  tokio("has_changed_errors_on_closed_channel_with_unseen_value", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.send(tx, "B")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* end(Watch.hasChanged(rx)), "Done")
    assert.strictEqual(told(Watch.hasChangedUnsafe(rx)), "Done")
    // What a Ref tells needs no sender.
    assert.deepStrictEqual({ ...yield* Watch.borrowRef(rx) }, { value: "B", hasChanged: true })
  })

  tokio("has_changed_errors_on_closed_channel_with_seen_value", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* end(Watch.hasChanged(rx)), "Done")
  })

  tokio("wait_for_errors_on_closed_channel_true_predicate", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.send(tx, "B")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* Watch.waitFor(rx, () => true), "B")
  })

  tokio("wait_for_errors_on_closed_channel_false_predicate", function*() {
    const [tx, rx] = yield* Watch.make("A")
    yield* Watch.send(tx, "B")
    yield* Watch.drop(tx)
    assert.strictEqual(yield* end(Watch.waitFor(rx, () => false)), "Done")
  })

  tokio("wait_for: the current value counts, though it was seen; each one looked at is seen", function*() {
    const [tx, rx] = yield* Watch.make(1)
    assert.strictEqual(yield* Watch.waitFor(rx, (n) => n === 1), 1)
    const looked: Array<number> = []
    const waits = yield* forkSettled(Watch.waitFor(rx, (n) => {
      looked.push(n)
      return n === 3
    }))
    yield* Watch.send(tx, 2)
    yield* pending(waits)
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.send(tx, 3)
    assert.strictEqual(yield* ready(waits), 3)
    assert.isFalse(yield* Watch.hasChanged(rx))
    assert.deepStrictEqual(looked, [1, 2, 3])
  })

  tokio("wait_for: parked when the last sender goes, with a last value and without", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const waits = yield* forkSettled(Watch.waitFor(rx, (n) => n === 3))
    Result.getOrThrow(Watch.sendUnsafe(tx, 3))
    Watch.dropUnsafe(tx)
    assert.strictEqual(yield* ready(waits), 3)

    const [tx2, rx2] = yield* Watch.make(1)
    const waits2 = yield* forkSettled(Watch.waitFor(rx2, (n) => n === 3))
    yield* Watch.drop(tx2)
    assert.strictEqual(yield* ready(waits2), "Done")
  })

  tokio("wait_for: a predicate that panics is a defect, and the channel goes on", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const waits = yield* forkSettled(defectOf(Watch.waitFor(rx, (n) => {
      if (n === 2) throw new Error("panic!")
      return false
    })))
    yield* Watch.send(tx, 2)
    assert.strictEqual((yield* Fiber.join(waits)).message, "panic!")
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.send(tx, 3)
    assert.strictEqual(yield* Watch.waitFor(rx, (n) => n === 3), 3)
  })

  tokio("send_if_modified", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const waits = yield* forkSettled(Watch.changed(rx))
    assert.isFalse(yield* Watch.sendIfModified(tx, () => Option.none()))
    assert.isFalse(Watch.sendIfModifiedUnsafe(tx, () => Option.none()))
    yield* pending(waits)
    assert.isTrue(yield* Watch.sendIfModified(tx, (n) => Option.some(n + 1)))
    assert.isUndefined(yield* ready(waits))
    assert.strictEqual(yield* Watch.borrow(rx), 2)
  })

  tokio("send_replace, send_modify and send_if_modified need no receiver", function*() {
    const tx = yield* Watch.makeSender(1)
    assert.isTrue(yield* Watch.isClosed(tx))
    assert.strictEqual(yield* end(Watch.send(tx, 2)), "SendError")
    assert.strictEqual(yield* Watch.borrow(tx), 1)
    assert.strictEqual(yield* Watch.sendReplace(tx, 2), 1)
    assert.strictEqual(Watch.sendReplaceUnsafe(tx, 3), 2)
    yield* Watch.sendModify(tx, (n) => n + 1)
    assert.isTrue(yield* Watch.sendIfModified(tx, (n) => Option.some(n + 1)))
    assert.strictEqual(Watch.borrowUnsafe(tx), 5)
    const rx = yield* Watch.subscribe(tx)
    assert.isFalse(yield* Watch.hasChanged(rx))
    assert.strictEqual(yield* Watch.borrow(rx), 5)
  })

  tokio("Ref::has_changed: as it was before the look", function*() {
    const [tx, rx] = yield* Watch.make(1)
    assert.isFalse((yield* Watch.borrowRef(rx)).hasChanged)
    yield* Watch.send(tx, 2)
    assert.isTrue((yield* Watch.borrowRef(rx)).hasChanged)
    const ref = yield* Watch.borrowAndUpdateRef(rx)
    assert.isTrue(ref.hasChanged)
    assert.strictEqual(ref.value, 2)
    assert.isFalse((yield* Watch.borrowAndUpdateRef(rx)).hasChanged)
    assert.isTrue(ref.hasChanged)
    assert.isFalse((yield* Watch.borrowRef(tx)).hasChanged)
  })

  tokio("subscribe has seen the value, a clone what its original has", function*() {
    const [tx, rx] = yield* Watch.make(1)
    yield* Watch.send(tx, 2)
    const clone = yield* Watch.clone(rx)
    const fresh = yield* Watch.subscribe(tx)
    assert.isTrue(yield* Watch.hasChanged(clone))
    assert.isFalse(yield* Watch.hasChanged(fresh))
    yield* Watch.changed(clone)
    assert.isTrue(yield* Watch.hasChanged(rx))
    assert.strictEqual(yield* Watch.receiverCount(tx), 3)
  })

  tokio("an equal value is a change; many are one", function*() {
    const [tx, rx] = yield* Watch.make(1)
    yield* Watch.send(tx, 1)
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Watch.changed(rx)
    for (const n of upTo(5)) yield* Watch.send(tx, n)
    yield* Watch.changed(rx)
    assert.strictEqual(yield* Watch.borrow(rx), 4)
    yield* pending(yield* forkSettled(Watch.changed(rx)))
  })

  tokio("receiver_count, sender_count, same_channel", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const [tx2, rx2] = yield* Watch.make(1)
    const clone = yield* Watch.clone(tx)
    const rxClone = yield* Watch.clone(rx)
    assert.strictEqual(yield* Watch.receiverCount(tx), 2)
    assert.strictEqual(yield* Watch.senderCount(clone), 2)
    assert.isTrue(Watch.sameChannel(tx, clone) && Watch.sameChannel(rx, rxClone) && Watch.sameChannel(tx, rx))
    assert.isFalse(Watch.sameChannel(tx, tx2) || Watch.sameChannel(rx, rx2))
    yield* Watch.drop(rxClone)
    yield* Watch.drop(clone)
    assert.strictEqual(Watch.receiverCountUnsafe(tx), 1)
    assert.strictEqual(Watch.senderCountUnsafe(tx), 1)
  })

  tokio("closed: at once without receivers, not while there is one again", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const closed = yield* forkSettled(Watch.closed(tx))
    yield* pending(closed)
    const other = yield* Watch.subscribe(tx)
    yield* Watch.drop(rx)
    yield* pending(closed)
    yield* Watch.drop(other)
    assert.isUndefined(yield* ready(closed))
    yield* Watch.closed(tx)
  })

  tokio("changed that is given up marks nothing", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const waits = yield* forkSettled(Watch.changed(rx))
    Result.getOrThrow(Watch.sendUnsafe(tx, 2))
    waits.interruptUnsafe()
    yield* Fiber.await(waits)
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Watch.changed(rx)
  })

  tokio("a dropped receiver ends who waits on it", function*() {
    const [, rx] = yield* Watch.make(1)
    const scope = yield* Scope.make()
    yield* Handle.transfer(rx, scope)
    const waits = [yield* forkSettled(Watch.changed(rx)), yield* forkSettled(Watch.waitFor(rx, (n) => n === 2))]
    yield* Scope.close(scope, Exit.void)
    for (const one of waits) assert.strictEqual(yield* ready<unknown, unknown>(one), "Done")
    assert.instanceOf(yield* defectOf(Watch.changed(rx)), Errors.Misuse)
  })

  tokio("a sender sends from inside an update: what is sent last is what there is", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const other = yield* Watch.clone(rx)
    yield* Watch.drop(other)
    const reacts = yield* forkSettled(
      Effect.flatMap(Watch.changed(rx), () => Watch.sendModify(tx, (n) => n * 10))
    )
    yield* Watch.send(tx, 2)
    assert.isUndefined(yield* ready(reacts))
    assert.strictEqual(yield* Watch.borrow(rx), 20)
    assert.isTrue(yield* Watch.hasChanged(rx))
  })

  tokio("sync_errors: watch_error_bound", function*() {
    const tx = yield* Watch.makeSender(1)
    const error = yield* Effect.flip(Watch.send(tx, 2))
    assert.instanceOf(error, Error)
    assert.isAbove(error.message.length, 0)
    assert.strictEqual(Watch.SendError, Errors.SendError)
  })
})

describe("tokio: loom_watch", () => {
  tokio("smoke", function*() {
    const [tx, rx] = yield* Watch.make(1)
    const all = [rx, ...yield* Effect.forEach(upTo(4), () => Watch.clone(rx))]
    yield* Effect.forkChild(Watch.send(tx, 2))
    for (const one of all) {
      yield* Watch.changed(one)
      assert.strictEqual(yield* Watch.borrow(one), 2)
    }
  })

  tokio("wait_for_test", function*() {
    const [tx, rx] = yield* Watch.make(false)
    yield* Effect.forkChild(Effect.repeat(Watch.sendModify(tx, (x) => x), { times: 1 }))
    yield* Effect.forkChild(Watch.send(tx, true))
    assert.isTrue(yield* Watch.waitFor(rx, (x) => x))
  })

  tokio("wait_for_returns_correct_value", function*() {
    const [tx, rx] = yield* Watch.make(0)
    yield* Effect.forkChild(
      Effect.forEach([1, 2, 3], (n) => Effect.andThen(Effect.yieldNow, Watch.send(tx, n)))
    )
    let stoppedAt = Number.NaN
    const returned = yield* Watch.waitFor(rx, (n) => {
      stoppedAt = n
      return n > 0
    })
    assert.strictEqual(returned, stoppedAt)
  })

  tokio("multiple_sender_drop_concurrently", function*() {
    const [tx1, rx] = yield* Watch.make(0)
    const tx2 = yield* Watch.clone(tx1)
    const other = yield* Effect.forkChild(Watch.drop(tx2))
    assert.isFalse(yield* Watch.hasChanged(rx))
    yield* Watch.drop(tx1)
    yield* Fiber.join(other)
    assert.strictEqual(yield* end(Watch.hasChanged(rx)), "Done")
  })

  tokio("watch_spurious_wakeup, watch_borrow", function*() {
    const [tx, rx] = yield* Watch.make(0)
    const poll = Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Watch.changed(rx), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
    })
    yield* Watch.send(tx, 1)
    yield* poll
    yield* poll
    yield* Watch.send(tx, 2)
    assert.isTrue(yield* Watch.hasChanged(rx))
    yield* Effect.forEach([3, 4], (n) => Effect.andThen(poll, Watch.send(tx, n)))
    yield* settle
    yield* Watch.changed(rx)
    assert.strictEqual(yield* Watch.borrow(rx), 4)
  })
})
