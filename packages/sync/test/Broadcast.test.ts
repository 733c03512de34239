/**
 * Broadcast: every guarantee of tokio's, and what we promise beyond.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Result, Scope } from "effect"
import { Broadcast, Handle } from "effect-sync"
import { TestClock } from "effect/testing"
import { drain, recv, said, sendAll, tryRecv, upTo } from "./broadcast.ts"
import { defectOf, forkSettled, manual, mustBeGone, operations, settle, thrownBy } from "./utils.ts"

describe("Broadcast", () => {
  describe("values", () => {
    it.effect("BC-1: every receiver sees every value sent after it subscribed, in order", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<number>(16)
        sendAll(sender, [0, 1])
        const second = yield* Broadcast.subscribe(sender)
        sendAll(sender, [2, 3])
        const third = yield* Broadcast.resubscribe(first)
        sendAll(sender, [4])
        assert.deepStrictEqual(drain(first), [0, 1, 2, 3, 4, "empty"])
        assert.deepStrictEqual(drain(second), [2, 3, 4, "empty"])
        assert.deepStrictEqual(drain(third), [4, "empty"])
      }).pipe(Effect.scoped))

    it.effect("BC-1: a waiting receiver gets what is sent, through recv", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<string>(2)
        const fiber = yield* forkSettled(Broadcast.recv(receiver))
        assert.strictEqual(yield* Broadcast.waiting(receiver), 1)
        assert.strictEqual(yield* Broadcast.send(sender, "a"), 1)
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        assert.strictEqual(yield* Fiber.join(fiber), "a")
      }).pipe(Effect.scoped))

    it.effect("BC-1: the same reference for all", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<object>(2)
        const second = yield* Broadcast.subscribe(sender)
        const value = {}
        sendAll(sender, [value])
        assert.strictEqual(tryRecv(first), value)
        assert.strictEqual(yield* Broadcast.recv(second), value)
      }).pipe(Effect.scoped))

    it.effect("BC-1: undefined and null are values like others", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<null | undefined>(2)
        sendAll(sender, [undefined, null])
        assert.deepStrictEqual(drain(receiver), [undefined, null, "empty"])
        const fiber = yield* forkSettled(Broadcast.recv(receiver))
        sendAll(sender, [undefined])
        assert.deepStrictEqual(yield* Fiber.await(fiber), Exit.succeed(undefined))
      }).pipe(Effect.scoped))

    const capacities = [[1, 1], [2, 2], [3, 4], [4, 4], [7, 8], [8, 8]] as const

    describe("BC-3: with as many unread as are kept nothing is lost, with one more one is", () => {
      for (const [capacity, kept] of capacities) {
        it.effect(`capacity ${capacity}, which keeps ${kept}`, () =>
          Effect.gen(function*() {
            const [sender, receiver] = yield* Broadcast.make<number>(capacity)
            for (let round = 0; round < 3; round++) {
              sendAll(sender, upTo(kept))
              assert.deepStrictEqual(drain(receiver), [...upTo(kept), "empty"])
              sendAll(sender, upTo(kept + 1))
              assert.deepStrictEqual(drain(receiver), ["lag 1", ...upTo(kept, 1), "empty"])
            }
          }).pipe(Effect.scoped))
      }
    })

    describe("BC-2: received and skipped are what was sent, at any pace", () => {
      for (const [capacity, kept] of capacities) {
        it.effect(`capacity ${capacity}, which keeps ${kept}`, () =>
          Effect.gen(function*() {
            const [sender, receiver] = yield* Broadcast.make<number>(capacity)
            let sent = 0
            let accounted = 0
            let expected = 0
            for (let step = 0; step < 400; step++) {
              for (let i = 0; i < (step * 7) % (3 * kept + 1); i++) sendAll(sender, [sent++])
              for (let i = 0; i < (step * 5) % (kept + 2); i++) {
                const next = tryRecv(receiver)
                if (next === "empty") break
                if (typeof next === "string") {
                  const skipped = Number(next.slice(4))
                  assert.isAbove(skipped, 0)
                  accounted += skipped
                  expected += skipped
                } else {
                  assert.strictEqual(next, expected++)
                  accounted++
                }
              }
              assert.strictEqual(accounted + Broadcast.lenUnsafe(receiver), sent)
            }
            for (const next of drain(receiver)) {
              if (typeof next === "number") accounted++
              else if (next !== "empty") accounted += Number(String(next).slice(4))
            }
            assert.strictEqual(accounted, sent)
          }).pipe(Effect.scoped))
      }
    })

    describe("PubSub #7601: with lag, no value comes twice to one and never to another", () => {
      for (const [capacity, kept] of capacities) {
        it.effect(`capacity ${capacity}, which keeps ${kept}`, () =>
          Effect.gen(function*() {
            const [sender, fast] = yield* Broadcast.make<number>(capacity)
            const slow = yield* Broadcast.subscribe(sender)
            const seen: Array<unknown> = []
            for (let n = 0; n < 5 * kept; n++) {
              sendAll(sender, [n])
              seen.push(tryRecv(fast))
            }
            assert.deepStrictEqual(seen, upTo(5 * kept))
            assert.deepStrictEqual(drain(slow), [`lag ${4 * kept}`, ...upTo(kept, 4 * kept), "empty"])
          }).pipe(Effect.scoped))
      }
    })

    it.effect("BC-4: after a lag comes the oldest value kept, unless more is sent: then a lag that counts from there", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, upTo(5))
        assert.strictEqual(tryRecv(receiver), "lag 3")
        sendAll(sender, [5])
        assert.strictEqual(tryRecv(receiver), "lag 1")
        assert.strictEqual(tryRecv(receiver), 4)
        sendAll(sender, [6, 7, 8])
        assert.deepStrictEqual(drain(receiver), ["lag 2", 7, 8, "empty"])
      }).pipe(Effect.scoped))

    it.effect("BC-4: a receiver that lags and waits is told of what came before it ran", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Effect.flip(Broadcast.recv(receiver)))
        sendAll(sender, upTo(5))
        const lagged = yield* Fiber.join(fiber)
        assert.instanceOf(lagged, Broadcast.Lagged)
        assert.strictEqual((lagged as Broadcast.Lagged).skipped, 3)
        assert.deepStrictEqual(drain(receiver), [3, 4, "empty"])
      }).pipe(Effect.scoped))

    it.effect("BC-5: lag is each receiver's own", () =>
      Effect.gen(function*() {
        const [sender, slow] = yield* Broadcast.make<number>(2)
        const fast = yield* Broadcast.subscribe(sender)
        const seen: Array<unknown> = []
        for (const n of upTo(10)) {
          yield* Broadcast.send(sender, n)
          seen.push(yield* recv(fast))
        }
        assert.deepStrictEqual(seen, upTo(10))
        assert.strictEqual(yield* recv(slow), "lag 8")
        assert.deepStrictEqual(drain(slow), [8, 9, "empty"])
      }).pipe(Effect.scoped))

    it.effect("BC-6: send never waits, and gives the number of those subscribed", () =>
      Effect.gen(function*() {
        const [sender] = yield* Broadcast.make<number>(1)
        const second = yield* Broadcast.subscribe(sender)
        assert.deepStrictEqual(Effect.runSync(Effect.forEach(upTo(3), (n) => Broadcast.send(sender, n))), [2, 2, 2])
        yield* Broadcast.drop(second)
        assert.strictEqual(yield* Broadcast.send(sender, 3), 1)
        yield* Broadcast.subscribe(sender)
        assert.deepStrictEqual(Broadcast.sendUnsafe(sender, 4), Result.succeed(2))
        assert.strictEqual(yield* Broadcast.send(5)(sender), 2)
      }).pipe(Effect.scoped))

    it.effect("BC-7: closing drains, with the lag that is due, and then is done for ever", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const other = yield* Broadcast.clone(sender)
        sendAll(sender, upTo(3))
        yield* Broadcast.drop(sender)
        assert.strictEqual(yield* Broadcast.isClosed(receiver), false)
        yield* Broadcast.drop(other)
        assert.strictEqual(yield* Broadcast.isClosed(receiver), true)
        assert.deepStrictEqual(drain(receiver), ["lag 1", 1, 2, "done"])
        for (let i = 0; i < 3; i++) {
          assert.strictEqual(yield* recv(receiver), "done")
          assert.strictEqual(tryRecv(receiver), "done")
          assert.isTrue(Cause.isDone(yield* Effect.flip(Broadcast.tryRecv(receiver))))
          assert.isTrue(Cause.isDone(yield* Effect.flip(Broadcast.ready(receiver))))
          assert.isTrue(Cause.isDone(yield* Effect.flip(Broadcast.recvTimeout(receiver, "1 second"))))
        }
      }).pipe(Effect.scoped))

    it.effect("BC-7: it drains in every form in which one receives", () =>
      Effect.gen(function*() {
        const forms: Array<(receiver: Broadcast.Receiver<number>) => Effect.Effect<unknown, unknown>> = [
          Broadcast.recv,
          Broadcast.tryRecv,
          (receiver) => Effect.map(Broadcast.recvTimeout(receiver, "1 hour"), Option.getOrThrow)
        ]
        for (const form of forms) {
          const [sender, receiver] = yield* Broadcast.make<number>(2)
          sendAll(sender, upTo(3))
          yield* Broadcast.drop(sender)
          const seen: Array<unknown> = []
          for (let i = 0; i < 5; i++) {
            yield* Effect.exit(Broadcast.ready(receiver))
            seen.push(said(yield* Effect.exit(form(receiver))))
          }
          assert.deepStrictEqual(seen, ["lag 1", 1, 2, "done", "done"])
        }
      }).pipe(Effect.scoped))

    it.effect("BC-7: the last sender that goes wakes all who wait, and they are done", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<number>(2)
        const second = yield* Broadcast.subscribe(sender)
        const fibers = yield* Effect.forEach([first, first, second], (receiver) => forkSettled(recv(receiver)))
        yield* Broadcast.drop(sender)
        yield* settle
        for (const fiber of fibers) assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed("done"))
      }).pipe(Effect.scoped))

    it.effect("BC-7: a weak sender keeps nothing open", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const weak = yield* Broadcast.downgrade(sender)
        const fiber = yield* forkSettled(recv(receiver))
        yield* Broadcast.drop(sender)
        assert.strictEqual(yield* Fiber.join(fiber), "done")
        assert.isTrue(Option.isNone(yield* Broadcast.upgrade(weak)))
      }).pipe(Effect.scoped))

    it.effect("PubSub #8374: who subscribes after the end is done at once", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, [1])
        yield* Broadcast.drop(sender)
        const late = yield* Broadcast.resubscribe(receiver)
        assert.strictEqual(yield* recv(late), "done")
        assert.deepStrictEqual(drain(receiver), [1, "done"])
      }).pipe(Effect.scoped))

    it.effect("BC-8: sent to nobody: the value is given back and not kept; a new receiver reopens", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<string>(2, { name: "b" })
        yield* Broadcast.drop(receiver)
        const error = yield* Effect.flip(Broadcast.send(sender, "lost"))
        assert.instanceOf(error, Broadcast.SendError)
        assert.strictEqual(error.value, "lost")
        assert.strictEqual(error.message, "Broadcast.send: Broadcast \"b\" has no receivers")
        assert.notInclude(error.stack ?? "", "    at ")
        const refused = Broadcast.sendUnsafe(sender, "lost too")
        assert.isTrue(Result.isFailure(refused) && refused.failure.value === "lost too")
        assert.strictEqual(yield* Broadcast.len(sender), 0)
        const late = yield* Broadcast.subscribe(sender)
        assert.strictEqual(tryRecv(late), "empty")
        assert.strictEqual(yield* Broadcast.send(sender, "seen"), 1)
        assert.deepStrictEqual(drain(late), ["seen", "empty"])
      }).pipe(Effect.scoped))

    it.effect("BC-8: a sender made alone has no receivers", () =>
      Effect.gen(function*() {
        const sender = yield* Broadcast.makeSender<number>(2)
        assert.strictEqual((yield* Effect.flip(Broadcast.send(sender, 1))).value, 1)
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 0)
        const receiver = yield* Broadcast.subscribe(sender)
        yield* Broadcast.send(sender, 2)
        assert.deepStrictEqual(drain(receiver), [2, "empty"])
      }).pipe(Effect.scoped))
  })

  describe("waiting", () => {
    it.effect("BC-9: an interrupted recv has taken nothing, waiting or just woken", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const waits = yield* forkSettled(Broadcast.recv(receiver))
        yield* Fiber.interrupt(waits)
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        const woken = yield* forkSettled(Broadcast.recv(receiver))
        sendAll(sender, [1])
        yield* Fiber.interrupt(woken) // before it could run
        assert.deepStrictEqual(drain(receiver), [1, "empty"])
        // a woken one that leaves lets the one behind it go
        const left = yield* forkSettled(Broadcast.recv(receiver))
        const stays = yield* forkSettled(Broadcast.recv(receiver))
        sendAll(sender, [2])
        yield* Fiber.interrupt(left)
        assert.strictEqual(yield* Fiber.join(stays), 2)
      }).pipe(Effect.scoped))

    it.effect("PubSub #7184: a send after a waiting receiver was interrupted reaches the others", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<number>(4)
        const second = yield* Broadcast.subscribe(sender)
        const gone = yield* forkSettled(Broadcast.recv(first))
        const stays = yield* forkSettled(Broadcast.recv(second))
        yield* Fiber.interrupt(gone)
        assert.strictEqual(yield* Broadcast.send(sender, 1), 2)
        assert.strictEqual(yield* Fiber.join(stays), 1)
        assert.strictEqual(yield* recv(first), 1)
      }).pipe(Effect.scoped))

    it.effect("BC-10: a value is let go when the last that owes it has read it, lagged past it, or gone", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<object>(2)
        const second = yield* Broadcast.subscribe(sender)
        const refs: Array<WeakRef<object>> = []
        const send = () => {
          const value = { big: upTo(100) }
          refs.push(new WeakRef(value))
          sendAll(sender, [value])
        }
        send()
        tryRecv(first)
        assert.strictEqual(yield* Broadcast.len(sender), 1)
        globalThis.gc!()
        assert.isDefined(refs[0]!.deref())
        tryRecv(second)
        assert.strictEqual(yield* Broadcast.len(sender), 0)
        yield* mustBeGone(refs)
        send()
        send()
        send() // the first of these is overwritten
        assert.strictEqual(yield* Broadcast.len(sender), 2)
        yield* mustBeGone(refs.slice(0, 2))
        assert.isDefined(refs[2]!.deref())
        tryRecv(first) // the lag
        tryRecv(first)
        yield* Broadcast.drop(second) // owed both
        assert.strictEqual(yield* Broadcast.len(sender), 1)
        yield* mustBeGone(refs.slice(0, 3))
        yield* Broadcast.drop(first)
        assert.strictEqual(yield* Broadcast.len(sender), 0)
        yield* mustBeGone(refs)
        assert.strictEqual(yield* Broadcast.strongCount(sender), 1) // and the channel is still there
      }).pipe(Effect.scoped))

    it.effect("PubSub #6804: what all have seen is not kept for those to come", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<object>(1024)
        const refs = upTo(100).map(() => {
          const value = {}
          sendAll(sender, [value])
          return new WeakRef(value)
        })
        while (tryRecv(receiver) !== "empty");
        yield* mustBeGone(refs)
        const late = yield* Broadcast.subscribe(sender)
        assert.strictEqual(tryRecv(late), "empty")
      }).pipe(Effect.scoped))

    it.effect("BC-11: one send wakes all who wait, in the order in which they began", () =>
      Effect.gen(function*() {
        const [sender, first] = yield* Broadcast.make<string>(4)
        const order: Array<string> = []
        const receivers = [first, yield* Broadcast.subscribe(sender), yield* Broadcast.subscribe(sender)]
        for (const i of [2, 0, 1]) {
          yield* forkSettled(Effect.map(Broadcast.recv(receivers[i]!), (a) => order.push(`${i} got ${a}`)))
        }
        yield* Broadcast.send(sender, "a")
        yield* settle
        assert.deepStrictEqual(order, ["2 got a", "0 got a", "1 got a"])
      }).pipe(Effect.scoped))

    it.effect("BC-11: on one receiver, one send wakes all; who finds nothing keeps its place", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(8)
        const got: Array<string> = []
        const wait = (i: number) => forkSettled(Effect.map(Broadcast.recv(receiver), (a) => got.push(`${i}: ${a}`)))
        const fibers = yield* Effect.forEach(upTo(3), wait)
        assert.strictEqual(yield* Broadcast.waiting(receiver), 3)
        sendAll(sender, [10])
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        yield* settle
        assert.strictEqual(yield* Broadcast.waiting(receiver), 2)
        yield* wait(3)
        yield* Fiber.interrupt(fibers[1]!)
        assert.strictEqual(yield* Broadcast.waiting(receiver), 2)
        sendAll(sender, [20, 30])
        yield* settle
        assert.deepStrictEqual(got, ["0: 10", "2: 20", "3: 30"])
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
      }).pipe(Effect.scoped))

    it.effect("BC-11: who begins to wait between a send and the run of the woken stands behind them", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Broadcast.makeUnsafe<number>(8)
        const first = run(Broadcast.recv(receiver))
        const second = run(Broadcast.recv(receiver))
        sendAll(sender, [1])
        const late = run(Broadcast.recv(receiver))
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 1) // the late one; the others are woken
        assert.strictEqual(tryRecv(receiver), "empty") // it is the first one's
        const interruptedLate = run(Broadcast.recv(receiver))
        interruptedLate.interruptUnsafe()
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 1)
        turnsUntilIdle()
        assert.deepStrictEqual(first.pollUnsafe(), Exit.succeed(1))
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 2)
        sendAll(sender, [2])
        turnsUntilIdle()
        assert.deepStrictEqual(second.pollUnsafe(), Exit.succeed(2))
        assert.isUndefined(late.pollUnsafe())
        sendAll(sender, [3, 4])
        assert.strictEqual(tryRecv(receiver), "empty")
        turnsUntilIdle()
        assert.deepStrictEqual(late.pollUnsafe(), Exit.succeed(3))
        assert.strictEqual(tryRecv(receiver), 4)
      }))

    it.effect("a woken one that is interrupted in line is not counted twice", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Broadcast.makeUnsafe<number>(8)
        const fibers = upTo(4).map(() => run(Broadcast.recv(receiver)))
        sendAll(sender, [1])
        fibers[2]!.interruptUnsafe() // counted as woken, though it stands in line
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 0)
        const late = run(Broadcast.recv(receiver))
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 1)
        turnsUntilIdle()
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 3)
        for (const fiber of [fibers[1]!, fibers[3]!, late]) fiber.interruptUnsafe()
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 0)
        sendAll(sender, [2])
        assert.strictEqual(tryRecv(receiver), 2)
      }))

    it.effect("one who is woken behind another is counted once", () =>
      Effect.sync(() => {
        const { run, turn, turnsUntilIdle } = manual()
        const [sender, receiver] = Broadcast.makeUnsafe<number>(8)
        run(Broadcast.recv(receiver))
        sendAll(sender, [1, 2])
        run(Broadcast.recv(receiver)) // no send has woken it, but there is something for it
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 1)
        turn()
        turnsUntilIdle()
        assert.strictEqual(Broadcast.waitingUnsafe(receiver), 0)
        assert.strictEqual(Broadcast.lenUnsafe(receiver), 0)
      }))

    it.effect("a send from a callback, or from an Effect, runs no other fiber on its stack", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const { run, turnsUntilIdle } = manual()
        const fiber = run(Broadcast.recv(receiver))
        sendAll(sender, [1])
        assert.isUndefined(fiber.pollUnsafe())
        turnsUntilIdle()
        assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(1))
        const log: Array<string> = []
        yield* forkSettled(Effect.map(Broadcast.recv(receiver), () => log.push("received")))
        yield* Effect.map(Broadcast.send(sender, 2), () => log.push("sent"))
        yield* settle
        assert.deepStrictEqual(log, ["sent", "received"])
      }).pipe(Effect.scoped))

    it.effect("a defect in one woken fiber leaves the others to wake", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const second = yield* Broadcast.subscribe(sender)
        const dies = yield* forkSettled(Effect.flatMap(Broadcast.recv(receiver), () => Effect.die("defect")))
        const lives = yield* forkSettled(Broadcast.recv(second))
        const behind = yield* forkSettled(Broadcast.recv(receiver))
        sendAll(sender, [1, 2])
        yield* settle
        assert.isTrue(Exit.hasDies(dies.pollUnsafe()!))
        assert.strictEqual(yield* Fiber.join(lives), 1)
        assert.strictEqual(yield* Fiber.join(behind), 2)
      }).pipe(Effect.scoped))

    it.effect("a receiver that is dropped ends what is parked on it, or woken, as the end of the channel would", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const other = yield* Broadcast.subscribe(sender)
        const waiters = yield* Effect.forEach(
          [Broadcast.recv(receiver), Broadcast.ready(receiver), Broadcast.recvTimeout(receiver, "1 hour")],
          (wait) => forkSettled(Effect.exit<unknown, unknown, never>(wait))
        )
        const woken = yield* forkSettled(Effect.exit(Broadcast.recv(other)))
        sendAll(sender, [1])
        yield* Broadcast.drop(receiver)
        yield* Broadcast.drop(other)
        yield* settle
        for (const fiber of [...waiters, woken]) {
          const exit = fiber.pollUnsafe()
          assert.strictEqual(exit !== undefined && Exit.isSuccess(exit) && said(exit.value), "done")
        }
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        assert.strictEqual(yield* Broadcast.len(receiver), 0)
      }).pipe(Effect.scoped))

    it.effect("an always ready loop starves nobody", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(1)
        let turns = 0
        const loop: Effect.Effect<never> = Effect.flatMap(
          Effect.suspend(() => Broadcast.send(sender, turns++)),
          () => Effect.flatMap(Broadcast.recv(receiver), () => loop)
        ).pipe(Effect.orDie)
        const fiber = yield* Effect.forkChild(loop)
        yield* settle
        assert.isAbove(turns, 100)
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.scoped))
  })

  describe("ready", () => {
    it.effect("completes when recv would not wait, and takes nothing; on a lag too", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Broadcast.ready(receiver))
        assert.strictEqual(yield* Broadcast.waiting(receiver), 1)
        sendAll(sender, [1])
        yield* Fiber.join(fiber)
        yield* Broadcast.ready(receiver)
        assert.strictEqual(tryRecv(receiver), 1)
        sendAll(sender, [2, 3, 4])
        yield* Broadcast.ready(receiver)
        assert.deepStrictEqual(drain(receiver), ["lag 1", 3, 4, "empty"])
        const ends = yield* forkSettled(Effect.exit(Broadcast.ready(receiver)))
        yield* Broadcast.drop(sender)
        assert.strictEqual(said(yield* Fiber.join(ends)), "done")
      }).pipe(Effect.scoped))

    it.effect("reserves nothing: what was there may be gone when it runs, and then it waits on", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Broadcast.ready(receiver))
        sendAll(sender, [1])
        assert.strictEqual(tryRecv(receiver), 1)
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(yield* Broadcast.waiting(receiver), 1)
        sendAll(sender, [2])
        yield* Fiber.join(fiber)
      }).pipe(Effect.scoped))

    it.effect("is not ready for what is due to others", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const ready = yield* forkSettled(Broadcast.ready(receiver))
        const takes = yield* forkSettled(Broadcast.recv(receiver))
        assert.strictEqual(yield* Broadcast.waiting(receiver), 2)
        sendAll(sender, [1])
        yield* settle
        assert.deepStrictEqual(takes.pollUnsafe(), Exit.succeed(1))
        assert.isUndefined(ready.pollUnsafe())
        const next = yield* forkSettled(Broadcast.recv(receiver))
        sendAll(sender, [2, 3])
        yield* Fiber.join(ready)
        assert.deepStrictEqual(next.pollUnsafe(), Exit.succeed(2))
        assert.deepStrictEqual(drain(receiver), [3, "empty"])
      }).pipe(Effect.scoped))

    it.effect("an interrupted one leaves nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        yield* Fiber.interrupt(yield* forkSettled(Broadcast.ready(receiver)))
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        sendAll(sender, [1])
        assert.strictEqual(tryRecv(receiver), 1)
      }).pipe(Effect.scoped))
  })

  describe("recvTimeout", () => {
    it.effect("gives what is there, what comes in time, or none, by the test's clock", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, [1])
        assert.deepStrictEqual(yield* Broadcast.recvTimeout(receiver, 0), Option.some(1))
        const inTime = yield* forkSettled(Broadcast.recvTimeout(receiver, "1 second"))
        yield* TestClock.adjust("999 millis")
        sendAll(sender, [2])
        assert.deepStrictEqual(yield* Fiber.join(inTime), Option.some(2))
        const late = yield* forkSettled(receiver.pipe(Broadcast.recvTimeout("1 second")))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(late), Option.none())
        assert.strictEqual(yield* Broadcast.waiting(receiver), 0)
        sendAll(sender, [3])
        assert.deepStrictEqual(drain(receiver), [3, "empty"])
      }).pipe(Effect.scoped))

    it.effect("fails with a lag, and with the end", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        sendAll(sender, upTo(3))
        assert.strictEqual(said(yield* Effect.exit(Broadcast.recvTimeout(receiver, "1 second"))), "lag 1")
        drain(receiver)
        const lags = yield* forkSettled(Effect.exit(Broadcast.recvTimeout(receiver, "1 second")))
        sendAll(sender, upTo(3))
        assert.strictEqual(said(yield* Fiber.join(lags)), "lag 1")
        drain(receiver)
        const ends = yield* forkSettled(Effect.exit(Broadcast.recvTimeout(receiver, "1 second")))
        yield* Broadcast.drop(sender)
        assert.strictEqual(said(yield* Fiber.join(ends)), "done")
      }).pipe(Effect.scoped))

    it.effect("a value that comes as the time is up is received or there, and its place is given up", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        const timed = yield* forkSettled(Broadcast.recvTimeout(receiver, "1 second"))
        const behind = yield* forkSettled(Broadcast.recv(receiver))
        yield* Effect.forkChild(Effect.andThen(Effect.sleep("1 second"), Broadcast.send(sender, 1)))
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        const got = yield* Fiber.join(timed)
        if (Option.isSome(got)) {
          assert.strictEqual(got.value, 1)
          sendAll(sender, [2])
          assert.strictEqual(yield* Fiber.join(behind), 2)
        } else {
          assert.strictEqual(yield* Fiber.join(behind), 1)
        }
      }).pipe(Effect.scoped))

    it.effect("who was woken before the time is up gets what it was woken for", () =>
      Effect.gen(function*() {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Broadcast.makeUnsafe<number>(4)
        const scheduled: Array<() => void> = []
        const clock: any = {
          sleep: () =>
            Effect.callback<void>((resume) => {
              scheduled.push(() => resume(Effect.void))
            })
        }
        const { Clock } = yield* Effect.promise(() => import("effect"))
        const fiber = run(Effect.provideService(Broadcast.recvTimeout(receiver, "1 second"), Clock.Clock, clock))
        sendAll(sender, [1])
        for (const elapse of scheduled) elapse()
        turnsUntilIdle()
        assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(Option.some(1)))
      }))

    it.effect("the timer goes with the wait", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(4)
        let running = 0
        const { Clock } = yield* Effect.promise(() => import("effect"))
        const clock: any = {
          sleep: () =>
            Effect.onExitPrimitive(
              Effect.suspend(() => Effect.andThen(Effect.sync(() => running++), Effect.never)),
              () => {
                running--
                return undefined
              }
            )
        }
        const wait = Effect.provideService(Broadcast.recvTimeout(receiver, "1 second"), Clock.Clock, clock)
        const interrupted = yield* forkSettled(wait)
        assert.strictEqual(running, 1)
        yield* Fiber.interrupt(interrupted)
        yield* settle
        assert.strictEqual(running, 0)
        const receives = yield* forkSettled(wait)
        assert.strictEqual(running, 1)
        sendAll(sender, [1])
        yield* Fiber.join(receives)
        yield* settle
        assert.strictEqual(running, 0)
      }).pipe(Effect.scoped))
  })

  describe("closed", () => {
    it.effect("completes when no receiver is left, at once if there is none", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const second = yield* Broadcast.subscribe(sender)
        const fibers = yield* Effect.forEach(
          [sender, yield* Broadcast.clone(sender)],
          (sender) => forkSettled(Broadcast.closed(sender))
        )
        assert.strictEqual(yield* Broadcast.waiting(sender), 2)
        yield* Broadcast.drop(receiver)
        yield* settle
        assert.isUndefined(fibers[0]!.pollUnsafe())
        yield* Broadcast.drop(second)
        for (const fiber of fibers) yield* Fiber.join(fiber)
        assert.strictEqual(yield* Broadcast.waiting(sender), 0)
        yield* Broadcast.closed(sender)
        yield* Broadcast.closed(yield* Broadcast.makeSender<number>(1))
      }).pipe(Effect.scoped))

    it.effect("goes on waiting if somebody subscribes before it runs", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Broadcast.closed(sender))
        Broadcast.dropUnsafe(receiver)
        const second = Broadcast.subscribeUnsafe(sender)
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(yield* Broadcast.waiting(sender), 1)
        Broadcast.dropUnsafe(second)
        yield* Fiber.join(fiber)
      }).pipe(Effect.scoped))

    it.effect("a receiver made after that is no reason to wait", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Broadcast.closed(sender))
        yield* Broadcast.drop(receiver)
        yield* Fiber.join(fiber)
        yield* Broadcast.subscribe(sender)
        assert.strictEqual(yield* Broadcast.send(sender, 1), 1)
      }).pipe(Effect.scoped))

    it.effect("an interrupted one leaves nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const waits = yield* forkSettled(Broadcast.closed(sender))
        yield* Fiber.interrupt(waits)
        assert.strictEqual(yield* Broadcast.waiting(sender), 0)
        const woken = yield* forkSettled(Broadcast.closed(sender))
        Broadcast.dropUnsafe(receiver)
        yield* Fiber.interrupt(woken)
        assert.strictEqual(yield* Broadcast.waiting(sender), 0)
        Broadcast.dropUnsafe(sender)
      }).pipe(Effect.scoped))

    it.effect("a sender that is dropped fails what is parked through it with Misuse, and nothing else", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2, { name: "b" })
        const other = yield* Broadcast.clone(sender)
        const stays = yield* forkSettled(Broadcast.closed(other))
        const fails = yield* forkSettled(defectOf(Broadcast.closed(sender)))
        yield* Broadcast.drop(sender)
        const defect = yield* Fiber.join(fails)
        assert.instanceOf(defect, Broadcast.Misuse)
        assert.strictEqual(
          defect.message,
          "Broadcast.closed: a sender of Broadcast \"b\" was released and can't be used any more"
        )
        assert.isUndefined(stays.pollUnsafe())
        assert.strictEqual(yield* Broadcast.waiting(other), 1)
        yield* Broadcast.drop(receiver)
        yield* Fiber.join(stays)
      }).pipe(Effect.scoped))

    it.effect("one that was woken by the last receiver is complete, also if its sender is dropped before it runs", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const fiber = yield* forkSettled(Broadcast.closed(sender))
        Broadcast.dropUnsafe(receiver)
        Broadcast.dropUnsafe(sender)
        yield* Fiber.join(fiber)
      }).pipe(Effect.scoped))
  })

  describe("scopes", () => {
    it.effect("a scope drops what was made in it, the receiver first", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const [sender, receiver] = yield* Scope.provide(Broadcast.make<number>(2), scope)
        const closed = yield* forkSettled(Broadcast.closed(sender))
        yield* Scope.close(scope, Exit.void)
        yield* Fiber.join(closed) // by the receiver; the sender first would have failed it
        assert.isTrue(Handle.isReleased(sender))
        assert.isTrue(Handle.isReleased(receiver))
        assert.strictEqual(yield* Broadcast.strongCount(sender), 0)
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 0)
      }))

    it.effect("into a closed scope it gives what is dropped already", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Scope.close(scope, Exit.void)
        const sender = yield* Broadcast.makeSender<number>(2)
        const receiver = yield* Scope.provide(Broadcast.subscribe(sender), scope)
        const clone = yield* Scope.provide(Broadcast.clone(sender), scope)
        assert.isTrue(Handle.isReleased(receiver) && Handle.isReleased(clone))
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 0)
        assert.strictEqual(yield* Broadcast.strongCount(sender), 1)
      }).pipe(Effect.scoped))

    it.effect("a handle moves to another scope; what waits on it stays", () =>
      Effect.gen(function*() {
        const target = yield* Scope.make()
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const moved = yield* Effect.scoped(
          Effect.flatMap(Broadcast.subscribe(sender), (moved) => Handle.transfer(moved, target))
        )
        const fiber = yield* forkSettled(Broadcast.recv(moved))
        sendAll(sender, [1])
        assert.strictEqual(yield* Fiber.join(fiber), 1)
        yield* Scope.close(target, Exit.void)
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 1)
        assert.isFalse(Handle.isReleased(receiver))
      }).pipe(Effect.scoped))

    it.effect("PubSub #7117: dropping twice, by hand and by the scope, is dropping once", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2)
        const second = yield* Broadcast.subscribe(sender)
        for (let i = 0; i < 2; i++) {
          yield* Broadcast.drop(receiver)
          Broadcast.dropUnsafe(receiver)
          yield* Handle.release(receiver)
        }
        assert.strictEqual(yield* Broadcast.receiverCount(sender), 1)
        const clone = yield* Broadcast.clone(sender)
        const weak = yield* Broadcast.downgrade(sender)
        for (let i = 0; i < 2; i++) {
          yield* Broadcast.drop(clone)
          yield* Broadcast.drop(weak)
        }
        assert.strictEqual(yield* Broadcast.strongCount(sender), 1)
        assert.strictEqual(yield* Broadcast.weakCount(sender), 0)
        assert.isFalse(yield* Broadcast.isClosed(second))
      }).pipe(Effect.scoped))
  })

  describe("cost", () => {
    it.effect("recv, tryRecv and send of what need not wait are few operations", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(16)
        sendAll(sender, upTo(8))
        for (const operation of [Broadcast.recv(receiver), Broadcast.tryRecv(receiver), Broadcast.send(sender, 1)]) {
          assert.isAtMost(operations(Effect.orDie<unknown, unknown, never>(operation)), 4)
        }
      }).pipe(Effect.scoped))

    it.effect("a large capacity costs nothing until it is used", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(Broadcast.MAX_CAPACITY)
        sendAll(sender, [1])
        assert.deepStrictEqual(drain(receiver), [1, "empty"])
      }).pipe(Effect.scoped))
  })

  describe("bad arguments", () => {
    for (const capacity of [0, -1, 0.5, NaN, Infinity, Broadcast.MAX_CAPACITY + 1, "1" as unknown as number]) {
      it.effect(`a capacity of ${String(capacity)} dies with a RangeError`, () =>
        Effect.gen(function*() {
          const sentence = (label: string) =>
            `${label}: capacity must be an integer from 1 to MAX_CAPACITY (1073741824), got ${
              JSON.stringify(capacity) === "null" ? String(capacity) : JSON.stringify(capacity)
            }, on Broadcast "b"`
          for (
            const [label, make, unsafe] of [
              ["Broadcast.make", Broadcast.make, Broadcast.makeUnsafe],
              ["Broadcast.makeSender", Broadcast.makeSender, Broadcast.makeSenderUnsafe]
            ] as const
          ) {
            const effect: Effect.Effect<unknown, never, Scope.Scope> = make(capacity, { name: "b" }) // lazy
            const defect = yield* defectOf(effect)
            assert.instanceOf(defect, RangeError)
            assert.strictEqual(defect.message, sentence(label))
            const thrown = thrownBy(() => unsafe(capacity, { name: "b" }))
            assert.instanceOf(thrown, RangeError)
            assert.strictEqual(thrown.message, sentence(`${label}Unsafe`))
          }
        }).pipe(Effect.scoped))
    }

    it.effect("the largest capacity is no bad argument", () =>
      Effect.gen(function*() {
        assert.include(String(yield* Broadcast.makeSender(Broadcast.MAX_CAPACITY)), "of 1073741824 kept")
        assert.include(String(yield* Broadcast.makeSender(5)), "of 8 kept")
      }).pipe(Effect.scoped))

    it.effect("what is no duration dies with a RangeError, also if there is a value", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Broadcast.make<number>(2, { name: "b" })
        sendAll(sender, [1])
        const defect = yield* defectOf(Broadcast.recvTimeout(receiver, "soon" as any))
        assert.instanceOf(defect, RangeError)
        assert.strictEqual(
          defect.message,
          "Broadcast.recvTimeout: duration must be a Duration.Input, got \"soon\", on a receiver of Broadcast \"b\""
        )
        assert.strictEqual(yield* Broadcast.len(receiver), 1)
      }).pipe(Effect.scoped))
  })
})
