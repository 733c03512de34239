/**
 * What tokio's own tests of the weak senders of its mpsc ask, in our words: `tokio/tests/sync_mpsc_weak.rs`, of bounded
 * and unbounded channels alike.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Option, Result, type Scope } from "effect"
import { Handle, Mpsc, Oneshot } from "effect-sync"
import { forkSettled, mustBeGone } from "../utils.ts"
import { end, pending, ready, tokio, upTo } from "./told.ts"

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

type Message = { readonly respondTo: Oneshot.Sender<number> } | "self"

for (const { kind, make } of kinds) {
  describe(`tokio: sync_mpsc_weak (${kind})`, () => {
    tokio("weak_sender, weak_unbounded_sender", function*() {
      const [tx, rx] = yield* make<number>(11)
      const weak = yield* Effect.forkChild(Effect.gen(function*() {
        const clone = yield* Mpsc.clone(tx)
        const weak = yield* Mpsc.downgrade(clone)
        yield* Mpsc.drop(clone)
        for (const n of upTo(10)) yield* Mpsc.send(tx, n)
        const upgraded = Option.getOrThrow(yield* Mpsc.upgrade(weak))
        yield* Mpsc.drop(tx)
        yield* Mpsc.send(upgraded, 20)
        const last = yield* Mpsc.downgrade(upgraded)
        yield* Mpsc.drop(upgraded)
        return last
      }))
      for (const n of [...upTo(10), 20]) assert.strictEqual(yield* Mpsc.recv(rx), n)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(yield* Fiber.join(weak))))
    })

    tokio("actor_weak_sender, actor_weak_unbounded_sender", function*() {
      const [tx, rx] = yield* make<Message>(8)
      const weak = yield* Mpsc.downgrade(tx)
      const log: Array<string> = []
      const actor = yield* Effect.forkChild(Effect.gen(function*() {
        for (let i = 0;; i++) {
          const message = yield* Effect.option(Mpsc.recv(rx))
          if (Option.isNone(message)) return "ended"
          if (message.value === "self") log.push("self")
          else {
            log.push("request")
            yield* Effect.ignore(Oneshot.send(message.value.respondTo, i + 1))
          }
          if (i === 0) {
            yield* Effect.scoped(Effect.gen(function*() {
              const strong = yield* Mpsc.upgrade(weak)
              if (Option.isSome(strong)) yield* Mpsc.send(strong.value, "self")
            }))
          }
        }
      }))
      const id = yield* Effect.scoped(Effect.gen(function*() {
        const [respondTo, response] = yield* Oneshot.make<number>()
        yield* Mpsc.send(tx, { respondTo })
        return yield* Oneshot.recv(response)
      }))
      assert.strictEqual(id, 1)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* ready(actor), "ended")
      // The handle may go before the actor has sent to itself: then it sends nothing, and ends.
      assert.strictEqual(log[0], "request")
      assert.isAtMost(log.length, 2)
    })

    tokio("test_msgs_dropped_on_rx_drop, test_msgs_dropped_on_unbounded_rx_drop", function*() {
      const [tx, rx] = yield* make<object>(3)
      yield* Mpsc.downgrade(tx)
      const messages = upTo(4).map(() => new WeakRef({}))
      const send = (i: number) => Effect.suspend(() => Mpsc.send(tx, messages[i]!.deref()!))
      yield* send(0)
      yield* send(1)
      yield* Mpsc.recv(rx)
      yield* Mpsc.recv(rx)
      yield* send(2)
      yield* Mpsc.drop(rx)
      assert.strictEqual(yield* end(send(3)), "SendError")
      yield* mustBeGone(messages)
      assert.isFalse(Handle.isReleased(tx))
    })

    tokio("downgrade_upgrade_sender_success, downgrade_upgrade_unbounded_sender_success", function*() {
      const [tx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      const upgraded = yield* Mpsc.upgrade(weak)
      assert.isTrue(Option.isSome(upgraded))
      assert.isTrue(Mpsc.sameChannel(Option.getOrThrow(upgraded), tx))
      assert.isTrue(Option.isSome(Mpsc.upgradeUnsafe(weak)))
      assert.strictEqual(yield* Mpsc.strongCount(tx), 3)
    })

    tokio("downgrade_upgrade_sender_failure, downgrade_upgrade_unbounded_sender_failure", function*() {
      const [tx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      yield* Mpsc.drop(tx)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
      assert.isTrue(Option.isNone(Mpsc.upgradeUnsafe(weak)))
    })

    tokio("downgrade_drop_upgrade, downgrade_drop_upgrade_unbounded", function*() {
      const [tx] = yield* make<number>(1)
      const clone = yield* Mpsc.clone(tx)
      const weak = yield* Mpsc.downgrade(clone)
      yield* Mpsc.drop(clone)
      assert.isTrue(Option.isSome(yield* Effect.scoped(Mpsc.upgrade(weak))))
      yield* Mpsc.drop(tx)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
    })

    tokio("downgrade_get_permit_upgrade_no_senders", function*() {
      const [tx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(tx)
      assert.isTrue(Option.isSome(yield* Mpsc.upgrade(weak)))
    })

    tokio("downgrade_upgrade_get_permit_no_senders", function*() {
      const [tx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx)
      const permit = yield* Mpsc.reserve(tx)
      yield* Mpsc.drop(tx)
      const weak = yield* Mpsc.downgrade(tx2)
      yield* Mpsc.drop(tx2)
      assert.isTrue(Option.isSome(yield* Effect.scoped(Mpsc.upgrade(weak))))
      yield* permit.release
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
    })

    tokio("PermitIterator: the last slot of many keeps a sender, none does not", function*() {
      const [tx] = yield* make<number>(2)
      const weak = yield* Mpsc.downgrade(tx)
      const none = yield* Mpsc.reserveMany(tx, 0)
      const permits = yield* Mpsc.reserveMany(tx, 2)
      yield* Mpsc.drop(tx)
      assert.strictEqual(yield* Mpsc.strongCount(weak), 1)
      const permit = Option.getOrThrow(yield* permits.next)
      assert.strictEqual(yield* Mpsc.strongCount(weak), 2)
      assert.isTrue(yield* permits.send(1))
      assert.strictEqual(yield* Mpsc.strongCount(weak), 1)
      yield* permit.release
      assert.strictEqual(yield* Mpsc.strongCount(weak), 0)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
      assert.strictEqual(none.remaining, 0)
    })

    tokio("test_tx_count_weak_sender, test_tx_count_weak_unbounded_sender", function*() {
      const [tx, rx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      const weak2 = yield* Mpsc.downgrade(tx)
      yield* Mpsc.drop(tx)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)) && Option.isNone(yield* Mpsc.upgrade(weak2)))
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })

    tokio("an upgraded sender sends, and keeps the channel open; also when the receiver has closed", function*() {
      const [tx, rx] = yield* make<number>(2)
      const weak = yield* Mpsc.downgrade(tx)
      const upgraded = Option.getOrThrow(yield* Mpsc.upgrade(weak))
      yield* Mpsc.drop(tx)
      const receiving = yield* forkSettled(Mpsc.recv(rx))
      yield* pending(receiving)
      yield* Mpsc.send(upgraded, 1)
      assert.strictEqual(yield* ready(receiving), 1)
      yield* Mpsc.close(rx)
      assert.isTrue(Option.isSome(yield* Effect.scoped(Mpsc.upgrade(weak))))
      yield* Mpsc.drop(upgraded)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
    })

    tokio("sender_strong_count_when_cloned, unbounded_…", function*() {
      const [tx, rx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx)
      for (const half of [tx, tx2, rx]) assert.strictEqual(yield* Mpsc.strongCount(half), 2)
    })

    tokio("sender_weak_count_when_downgraded, unbounded_…", function*() {
      const [tx, rx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      for (const half of [tx, weak, rx]) assert.strictEqual(yield* Mpsc.weakCount(half), 1)
    })

    tokio("sender_strong_count_when_dropped, unbounded_…", function*() {
      const [tx, rx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx)
      yield* Mpsc.drop(tx2)
      assert.strictEqual(yield* Mpsc.strongCount(tx), 1)
      assert.strictEqual(yield* Mpsc.strongCount(rx), 1)
      yield* Effect.scoped(Mpsc.clone(tx))
      assert.strictEqual(Mpsc.strongCountUnsafe(tx), 1)
    })

    tokio("sender_weak_count_when_dropped, unbounded_…", function*() {
      const [tx, rx] = yield* make<number>(1)
      const weak = yield* Mpsc.downgrade(tx)
      yield* Mpsc.drop(weak)
      yield* Mpsc.drop(weak)
      assert.strictEqual(yield* Mpsc.weakCount(tx), 0)
      assert.strictEqual(yield* Mpsc.weakCount(rx), 0)
      yield* Effect.scoped(Mpsc.downgrade(tx))
      assert.strictEqual(Mpsc.weakCountUnsafe(tx), 0)
    })

    tokio("sender_strong_and_weak_conut, unbounded_…", function*() {
      const [tx, rx] = yield* make<number>(1)
      const tx2 = yield* Mpsc.clone(tx)
      const weak = yield* Mpsc.downgrade(tx)
      const weak2 = yield* Mpsc.downgrade(tx2)
      for (const half of [tx, tx2, weak, weak2, rx]) {
        assert.strictEqual(yield* Mpsc.strongCount(half), 2)
        assert.strictEqual(yield* Mpsc.weakCount(half), 2)
      }
      yield* Mpsc.drop(tx2)
      yield* Mpsc.drop(weak2)
      for (const half of [tx, weak, rx]) {
        assert.strictEqual(yield* Mpsc.strongCount(half), 1)
        assert.strictEqual(yield* Mpsc.weakCount(half), 1)
      }
      // What was dropped still tells.
      assert.strictEqual(yield* Mpsc.strongCount(tx2), 1)
      assert.strictEqual(yield* Mpsc.weakCount(weak2), 1)
    })

    tokio("a second reference is no clone: the channel ends with the handle", function*() {
      const [tx, rx] = yield* make<number>(1)
      const alias = tx
      assert.strictEqual(yield* Mpsc.strongCount(rx), 1)
      Result.getOrThrow(Mpsc.trySendUnsafe(alias, 1))
      yield* Mpsc.drop(tx)
      assert.isTrue(Handle.isReleased(alias))
      assert.strictEqual(yield* Mpsc.recv(rx), 1)
      assert.strictEqual(yield* end(Mpsc.recv(rx)), "Done")
    })
  })
}
