/**
 * What tokio's own tests of the weak senders of its broadcast ask, in our words: `tokio/tests/sync_broadcast_weak.rs`.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { Broadcast } from "effect-sync"
import { forkSettled } from "../utils.ts"
import { end, pending, ready, tokio, upTo } from "./told.ts"

describe("tokio: sync_broadcast_weak", () => {
  tokio("weak_sender", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(11)
    const weak = yield* Effect.forkChild(Effect.gen(function*() {
      const clone = yield* Broadcast.clone(tx)
      const weak = yield* Broadcast.downgrade(clone)
      yield* Broadcast.drop(clone)
      for (const n of upTo(10)) yield* Broadcast.send(tx, n)
      const upgraded = Option.getOrThrow(yield* Broadcast.upgrade(weak))
      yield* Broadcast.drop(tx)
      yield* Broadcast.send(upgraded, 20)
      const last = yield* Broadcast.downgrade(upgraded)
      yield* Broadcast.drop(upgraded)
      return last
    }))
    for (const n of [...upTo(10), 20]) assert.strictEqual(yield* Broadcast.recv(rx), n)
    assert.strictEqual(yield* end(Broadcast.recv(rx)), "Done")
    assert.isTrue(Option.isNone(yield* Broadcast.upgrade(yield* Fiber.join(weak))))
  })

  tokio("downgrade_upgrade_sender_failure", function*() {
    const [tx] = yield* Broadcast.make<number>(1)
    const weak = yield* Broadcast.downgrade(tx)
    yield* Broadcast.drop(tx)
    assert.isTrue(Option.isNone(yield* Broadcast.upgrade(weak)))
    assert.isTrue(Option.isNone(Broadcast.upgradeUnsafe(weak)))
  })

  tokio("downgrade_drop_upgrade", function*() {
    const [tx] = yield* Broadcast.make<number>(1)
    const clone = yield* Broadcast.clone(tx)
    const weak = yield* Broadcast.downgrade(clone)
    yield* Broadcast.drop(clone)
    yield* Broadcast.drop(tx)
    assert.isTrue(Option.isNone(yield* Broadcast.upgrade(weak)))
  })

  tokio("test_tx_count_weak_sender", function*() {
    const [tx] = yield* Broadcast.make<number>(1)
    const weak = yield* Broadcast.downgrade(tx)
    const weak2 = yield* Broadcast.downgrade(tx)
    assert.deepStrictEqual([yield* Broadcast.strongCount(tx), yield* Broadcast.weakCount(tx)], [1, 2])
    yield* Broadcast.drop(tx)
    for (const one of [weak, weak2]) {
      assert.isTrue(Option.isNone(yield* Broadcast.upgrade(one)))
      assert.deepStrictEqual([yield* Broadcast.strongCount(one), yield* Broadcast.weakCount(one)], [0, 2])
    }
  })

  tokio("test_rx_is_closed_when_dropping_all_senders_except_weak_senders", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(10)
    const clone = yield* Broadcast.clone(tx)
    const weak = yield* Broadcast.downgrade(clone)
    yield* Broadcast.drop(clone)
    assert.isFalse(yield* Broadcast.isClosed(rx))
    yield* Broadcast.drop(tx)
    assert.deepStrictEqual([Broadcast.strongCountUnsafe(weak), Broadcast.weakCountUnsafe(weak)], [0, 1])
    assert.isTrue(yield* Broadcast.isClosed(rx))
    assert.strictEqual(yield* end(Broadcast.recv(rx)), "Done")
  })

  tokio("an upgraded sender keeps the channel open, and its end wakes who waits", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(2)
    const weak = yield* Broadcast.downgrade(tx)
    const upgraded = Option.getOrThrow(yield* Broadcast.upgrade(weak))
    assert.isTrue(Broadcast.sameChannel(upgraded, tx) && Broadcast.sameChannel(weak, rx))
    yield* Broadcast.drop(tx)
    const receiving = yield* forkSettled(Broadcast.recv(rx))
    yield* pending(receiving)
    yield* Broadcast.drop(weak)
    yield* pending(receiving)
    yield* Broadcast.drop(upgraded)
    assert.strictEqual(yield* ready(receiving), "Done")
  })

  tokio("sender_strong_count_when_cloned", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(1)
    const tx2 = yield* Broadcast.clone(tx)
    for (const half of [tx, tx2, rx]) assert.strictEqual(yield* Broadcast.strongCount(half), 2)
  })

  tokio("sender_weak_count_when_downgraded", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(1)
    const weak = yield* Broadcast.downgrade(tx)
    for (const half of [tx, weak, rx]) assert.strictEqual(yield* Broadcast.weakCount(half), 1)
  })

  tokio("sender_strong_count_when_dropped", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(1)
    const tx2 = yield* Broadcast.clone(tx)
    yield* Broadcast.drop(tx2)
    yield* Effect.scoped(Broadcast.clone(tx))
    for (const half of [tx, rx]) assert.strictEqual(yield* Broadcast.strongCount(half), 1)
  })

  tokio("sender_weak_count_when_dropped", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(1)
    const weak = yield* Broadcast.downgrade(tx)
    yield* Broadcast.drop(weak)
    yield* Effect.scoped(Broadcast.downgrade(tx))
    for (const half of [tx, rx]) assert.strictEqual(yield* Broadcast.weakCount(half), 0)
  })

  tokio("sender_strong_and_weak_conut", function*() {
    const [tx, rx] = yield* Broadcast.make<number>(1)
    const tx2 = yield* Broadcast.clone(tx)
    const weak = yield* Broadcast.downgrade(tx)
    const weak2 = yield* Broadcast.downgrade(tx2)
    for (const half of [tx, tx2, weak, weak2, rx]) {
      assert.deepStrictEqual([yield* Broadcast.strongCount(half), yield* Broadcast.weakCount(half)], [2, 2])
    }
    yield* Broadcast.drop(tx2)
    yield* Broadcast.drop(weak2)
    for (const half of [tx, weak, rx]) {
      assert.deepStrictEqual([yield* Broadcast.strongCount(half), yield* Broadcast.weakCount(half)], [1, 1])
    }
  })
})
