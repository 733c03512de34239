/**
 * Channels over an Effect Queue: through Queue's functions on one side or both, and beside ours.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Option, Queue, Result, Scope, Sink, Stream } from "effect"
import { Handle, Mpsc } from "effect-sync"
import { TestClock } from "effect/testing"
import { observed, ways } from "./queueBacked.ts"
import { defectOf, forkSettled, mustBeGone, settle, until } from "./utils.ts"

/** Every value that `recv` gives until the end. */
const rest = <A>(receiver: Mpsc.Receiver<A>): Effect.Effect<Array<A>> => Stream.runCollect(Mpsc.stream(receiver))

const isDone = (exit: Exit.Exit<unknown, unknown> | undefined): boolean =>
  exit !== undefined && Exit.isFailure(exit) && Cause.isDone(Cause.squash(exit.cause))

for (const way of ways) {
  describe(`Mpsc over ${way.name}`, () => {
    it.effect("has a real Queue on either side", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        assert.isTrue(Queue.isQueue(sender.queue))
        assert.isTrue(Queue.isDequeue(receiver.queue))
        assert.isTrue(Mpsc.isQueueSender(sender) && Mpsc.isQueueReceiver(receiver))
        assert.strictEqual(sender.maxCapacity, 2)
        assert.strictEqual(receiver.maxCapacity, 2)
      }))

    it.effect("QUE-1, QUE-3: receives what a stream puts into the queue, and ends with it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        const stream = yield* Effect.forkScoped(Stream.runIntoQueue(Stream.range(1, 20), sender.queue))
        assert.deepStrictEqual(yield* rest(receiver), Array.from({ length: 20 }, (_, i) => i + 1))
        yield* Fiber.join(stream)
        // The end of a queue is the end for all.
        const refused = yield* Effect.flip(Mpsc.send(sender, 21))
        assert.strictEqual(refused._tag, "SendError")
        assert.strictEqual(refused.value, 21)
      }))

    it.effect("receives what a sink puts into the queue", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        yield* Effect.forkScoped(Stream.run(Stream.range(1, 9), Sink.fromQueue(sender.queue)))
        const got: Array<number> = []
        while (got.length < 9) got.push(yield* Mpsc.recv(receiver))
        assert.deepStrictEqual(got, [1, 2, 3, 4, 5, 6, 7, 8, 9])
      }))

    it.effect("QUE-1, QUE-3: gives a stream of the queue what waiting senders send, in their order, and ends it with the last sender", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        for (let i = 1; i <= 6; i++) yield* Effect.forkScoped(Mpsc.send(sender, i), { startImmediately: true })
        assert.strictEqual(yield* Mpsc.waiting(sender), 4)
        const stream = yield* Effect.forkScoped(Stream.runCollect(Stream.fromQueue(receiver.queue)))
        yield* settle
        yield* Mpsc.drop(sender)
        assert.deepStrictEqual(yield* Fiber.join(stream), [1, 2, 3, 4, 5, 6])
      }))

    it.effect("QUE-3: the last sender's end closes nothing: who was granted a slot through it is told of that end", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        yield* Mpsc.send(sender, 1)
        const waiting = yield* Effect.forkScoped(defectOf(Mpsc.send(sender, 2)), { startImmediately: true })
        assert.strictEqual(Result.getOrThrow(Mpsc.tryRecvUnsafe(receiver)), 1)
        Mpsc.dropUnsafe(sender)
        assert.isFalse(Mpsc.isClosedUnsafe(sender))
        assert.instanceOf(yield* Fiber.join(waiting), Mpsc.Misuse)
        assert.isFalse(Mpsc.isClosedUnsafe(sender))
        assert.isTrue(Mpsc.isClosedUnsafe(receiver))
        assert.strictEqual(yield* Mpsc.capacity(receiver), 1)
      }))

    it.effect("MPSC-5: keeps back who offers while nobody receives, and who sends", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        let offered = 0
        yield* Effect.forkScoped(Effect.forever(Effect.tap(Queue.offer(sender.queue, 0), () =>
          Effect.sync(() => {
            offered++
          }))))
        yield* settle
        // Beside the slots, the first of two queues, and what the pump has in hand.
        assert.strictEqual(offered, way.observed ? 2 : 2 + 2 + 1)
        assert.strictEqual((yield* Effect.flip(Mpsc.trySend(sender, 1)))._tag, "Full")
        assert.strictEqual(yield* Mpsc.capacity(sender), 0)
        const before = offered
        for (let i = 1; i <= 5; i++) {
          yield* Mpsc.recv(receiver)
          yield* settle
          assert.strictEqual(offered, before + i)
        }
        const sending = yield* forkSettled(Mpsc.send(sender, 1))
        assert.strictEqual(sending.pollUnsafe(), undefined)
      }))

    it.effect("QUE-2: a take from the queue gives its slot to who waits to send", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        yield* Mpsc.send(sender, 1)
        const sending = yield* forkSettled(Mpsc.send(sender, 2))
        assert.strictEqual(sending.pollUnsafe(), undefined)
        assert.strictEqual(yield* Queue.take(receiver.queue), 1)
        yield* Fiber.join(sending)
        assert.strictEqual(yield* Queue.take(receiver.queue), 2)
        yield* settle
        assert.strictEqual(yield* Mpsc.capacity(sender), 1)
      }))

    it.effect("QUE-1: an offer to the queue reaches who waits to receive, and a send who waits to take", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        const receiving = yield* forkSettled(Mpsc.recv(receiver))
        yield* Queue.offer(sender.queue, 1)
        assert.strictEqual(yield* Fiber.join(receiving), 1)
        const taking = yield* forkSettled(Queue.take(receiver.queue))
        yield* Mpsc.send(sender, 2)
        assert.strictEqual(yield* Fiber.join(taking), 2)
      }))

    it.effect("QUE-3: Queue.end closes for all, and what is there is received", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        const closed = yield* forkSettled(Mpsc.closed(sender))
        yield* Queue.offer(sender.queue, 1)
        yield* Mpsc.send(sender, 2)
        yield* settle
        yield* Queue.end(sender.queue)
        yield* settle
        assert.isTrue(yield* Mpsc.isClosed(sender))
        assert.isTrue(yield* Mpsc.isClosed(receiver))
        yield* Fiber.join(closed)
        assert.strictEqual((yield* Effect.flip(Mpsc.trySend(sender, 3)))._tag, "SendError")
        assert.sameMembers(yield* rest(receiver), [1, 2])
        assert.isTrue(isDone(yield* Effect.exit(Mpsc.tryRecv(receiver))))
      }))

    it.effect("QUE-3: Queue.end ends who waits to receive", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        const waiting = yield* forkSettled(Effect.exit(Mpsc.recv(receiver)))
        yield* Queue.end(sender.queue)
        assert.isTrue(isDone(yield* Fiber.join(waiting)))
      }))

    it.effect("QUE-3: what reads the queue ends once all senders are gone, after what is there", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(4)
        const { queue } = receiver
        const clone = yield* Mpsc.clone(sender)
        yield* Mpsc.send(sender, 1)
        yield* Mpsc.send(sender, 2)
        yield* Mpsc.drop(sender)
        yield* Mpsc.send(clone, 3)
        yield* Mpsc.drop(clone)
        assert.deepStrictEqual([yield* Queue.take(queue), yield* Queue.take(queue), yield* Queue.take(queue)], [
          1,
          2,
          3
        ])
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))))
        yield* Queue.await(queue) // succeeds: it is a normal end (upstream #7174)
      }))

    it.effect("QUE-3: who waits to take when the last sender goes is ended, and not on its stack", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(4)
        const { queue } = receiver
        const taking = yield* forkSettled(Effect.exit(Queue.take(queue)))
        Mpsc.dropUnsafe(sender)
        assert.strictEqual(taking.pollUnsafe(), undefined)
        assert.isTrue(isDone(yield* Fiber.join(taking)))
      }))

    it.effect("QUE-3: what reads the queue ends after close", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(4)
        const { queue } = receiver
        yield* Mpsc.send(sender, 1)
        yield* Mpsc.close(receiver)
        yield* settle
        assert.strictEqual(yield* Queue.take(queue), 1)
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))))
        assert.isFalse(yield* Queue.offer(sender.queue, 2))
      }))

    it.effect("MPSC-7: a reservation keeps the queue open after close until it is used", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        const { queue } = receiver
        const permit = yield* Mpsc.reserve(sender)
        yield* Mpsc.close(receiver)
        const taking = yield* forkSettled(Queue.take(queue))
        assert.strictEqual(taking.pollUnsafe(), undefined)
        yield* permit.send(1)
        assert.strictEqual(yield* Fiber.join(taking), 1)
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))))
      }))

    it.effect("MPSC-9: dropping the receiver ends both queues, whoever waits in them", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        const { queue } = receiver
        yield* Queue.offerAll(sender.queue, [1])
        const offers = yield* Effect.forEach(
          Array.from({ length: 4 }, (_, i) => i),
          (i) => forkSettled(Effect.exit(Queue.offer(sender.queue, i)))
        )
        Mpsc.dropUnsafe(receiver)
        yield* settle
        for (const fiber of offers) assert.isDefined(fiber.pollUnsafe())
        assert.isFalse(yield* Queue.offer(sender.queue, 9))
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))))
        assert.strictEqual(yield* Mpsc.capacity(sender), 1)
        assert.strictEqual((yield* Effect.flip(Mpsc.send(sender, 9)))._tag, "SendError")
      }))

    it.effect("QUE-3: who waits to take when the receiver is dropped is ended, and not interrupted", () =>
      Effect.gen(function*() {
        const [, receiver] = yield* way.bounded<number>(1)
        const taking = yield* forkSettled(Effect.exit(Queue.take(receiver.queue)))
        Mpsc.dropUnsafe(receiver)
        assert.strictEqual(taking.pollUnsafe(), undefined)
        assert.isTrue(isDone(yield* Fiber.join(taking)))
      }))

    it.effect("MPSC-9: what nobody can receive any more is released at once", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.unbounded<object>()
        const messages = Array.from({ length: 40 }, () => ({}))
        const refs = messages.map((message) => new WeakRef(message))
        for (const [i, message] of messages.entries()) {
          if (i < 20) yield* Mpsc.send(sender, message)
          else yield* Queue.offer(sender.queue, message)
        }
        messages.length = 0
        yield* settle
        for (let i = 0; i < 5; i++) yield* Mpsc.recv(receiver)
        yield* mustBeGone(refs.slice(0, 4))
        yield* Mpsc.drop(receiver)
        // A frame may hold on to the last one or two.
        yield* mustBeGone(refs, 2)
        assert.isFalse(Handle.isReleased(sender))
      }))

    it.effect("ends twice and in any order without harm (upstream #7117, #6851)", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const [sender, receiver] = yield* Scope.provide(way.bounded<number>(1), scope)
        const { queue } = receiver
        yield* Mpsc.send(sender, 1)
        yield* Queue.shutdown(sender.queue)
        yield* Queue.shutdown(sender.queue)
        yield* Queue.end(sender.queue)
        yield* settle
        yield* Mpsc.close(receiver)
        yield* Mpsc.drop(sender)
        yield* Mpsc.drop(receiver)
        yield* Scope.close(scope, Exit.void)
        yield* settle
        assert.isTrue(isDone(yield* Effect.exit(Queue.take(queue))) || way.observed)
      }))

    it.effect("is completed by poll and by clear when it is closing (upstream #6850)", () =>
      Effect.gen(function*() {
        for (const last of [Queue.poll, Queue.clear]) {
          const [sender, receiver] = yield* way.bounded<number>(2)
          const { queue } = receiver
          yield* Mpsc.send(sender, 1)
          yield* settle
          yield* Mpsc.drop(sender)
          const done = yield* forkSettled(Queue.await(queue))
          assert.strictEqual(done.pollUnsafe(), undefined)
          yield* last<number, Cause.Done>(queue)
          yield* Fiber.join(done)
          assert.isTrue(isDone(yield* Effect.exit(Mpsc.recv(receiver))))
        }
      }))

    it.effect("takes an iterable that can be read once (upstream #6853)", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        const once = [1, 2, 3, 4, 5].values()
        yield* Effect.forkScoped(Queue.offerAll(sender.queue, once))
        const got: Array<number> = []
        while (got.length < 5) got.push(yield* Mpsc.recv(receiver))
        assert.deepStrictEqual(got, [1, 2, 3, 4, 5])
      }))

    it.effect("QUE-1: a producer that is resumed sends again: nothing twice, nothing lost (upstream #7575)", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        for (const i of [1, 2, 3]) {
          yield* forkSettled(
            Effect.gen(function*() {
              yield* Queue.offer(sender.queue, i)
              Queue.offerUnsafe(sender.queue, 10 + i)
              yield* Queue.offer(sender.queue, 100 + i)
            })
          )
        }
        const got: Array<number> = []
        for (;;) {
          const next = yield* Mpsc.recvMany(receiver, 4).pipe(Effect.timeoutOption(1000), TestClock.withLive)
          if (next._tag === "None") break
          got.push(...next.value)
          if (got.filter((i) => i > 100).length === 3) break
        }
        assert.strictEqual(new Set(got).size, got.length)
        for (const i of [1, 2, 3, 101, 102, 103]) assert.include(got, i)
        yield* settle
        assert.strictEqual(yield* Mpsc.capacity(sender), 1)
      }))

    it.effect("QUE-1: loses nothing between batches of any size (upstream #8373)", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.unbounded<number>()
        const sent: Array<number> = []
        const got: Array<number> = []
        const take = (limit: number) =>
          Effect.gen(function*() {
            for (let left = limit; left > 0 && got.length < sent.length;) {
              const batch = yield* Mpsc.recvMany(receiver, left)
              left -= batch.length
              got.push(...batch)
            }
          })
        for (let i = 0; i < 60; i++) {
          const batch = Array.from({ length: i % 7 }, (_, j) => 100 * i + j)
          sent.push(...batch)
          if (i % 3 === 0) { for (const value of batch) yield* Mpsc.send(sender, value) }
          else if (i % 3 === 1) yield* Queue.offerAll(sender.queue, batch)
          else for (const value of batch) Queue.offerUnsafe(sender.queue, value)
          if (!way.observed) yield* settle // for the pump
          yield* take(i % 5)
        }
        yield* take(1000)
        if (way.observed) assert.deepStrictEqual(got, sent)
        else assert.sameMembers(got, sent)
      }))

    it.effect("a stream takes no more than goes on from it, where one of the queue throws the rest of a chunk away", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(4)
        yield* Mpsc.send(sender, 1)
        yield* Mpsc.send(sender, 2)
        assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(Mpsc.stream(receiver), 1)), [1])
        assert.strictEqual(yield* Mpsc.recv(receiver), 2)
      }))

    it.effect("counts what stands in the queue, and not who waits to offer (upstream #5974)", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2)
        yield* Effect.forkScoped(Queue.offerAll(sender.queue, [1, 2, 3, 4, 5, 6]))
        yield* settle
        assert.strictEqual(yield* Mpsc.len(receiver), 2)
        assert.strictEqual(Mpsc.lenUnsafe(receiver), 2)
      }))

    it.effect("is named in messages", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(2, "jobs")
        assert.match(String(sender), /^Mpsc.Sender\(jobs: /)
        assert.deepInclude(receiver.toJSON() as object, { _id: "effect-sync/Mpsc/Receiver", name: "jobs", len: 0 })
        yield* Mpsc.drop(receiver)
        const { message } = yield* Effect.flip(Mpsc.send(sender, 1))
        assert.include(message, "Mpsc \"jobs\"")
      }))

    it.effect("works from callbacks", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* way.bounded<number>(1)
        assert.isTrue(Result.isSuccess(Mpsc.trySendUnsafe(sender, 1)))
        assert.isTrue(Result.isFailure(Mpsc.trySendUnsafe(sender, 2)))
        assert.deepStrictEqual(Mpsc.tryRecvUnsafe(receiver), Result.succeed(1))
        assert.isTrue(Result.isFailure(Mpsc.tryRecvUnsafe(receiver)))
        Mpsc.closeUnsafe(receiver)
        assert.isTrue(Mpsc.isClosedUnsafe(sender))
      }))
  })
}

describe("Mpsc over a queue that is watched", () => {
  it.effect("QUE-1: sends and offers, recvs and takes stand in one order", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(4)
      yield* Mpsc.send(sender, 1)
      Queue.offerUnsafe(sender.queue, 2)
      yield* Mpsc.send(sender, 3)
      yield* Queue.offer(sender.queue, 4)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      assert.strictEqual(yield* Queue.take(receiver.queue), 1)
      assert.strictEqual(yield* Mpsc.recv(receiver), 2)
      assert.strictEqual(yield* Queue.take(receiver.queue), 3)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), [4])
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 4)
    }))

  it.effect("QUE-4: who waits to receive keeps the place when somebody takes what it was called for", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const first = yield* forkSettled(Mpsc.recv(receiver))
      const second = yield* forkSettled(Mpsc.recv(receiver))
      for (let i = 0; i < 3; i++) {
        Queue.offerUnsafe(sender.queue, 0)
        assert.deepStrictEqual(Queue.takeUnsafe(receiver.queue), Exit.succeed(0))
        yield* settle
        assert.strictEqual(Mpsc.waitingUnsafe(receiver), 2)
      }
      yield* Mpsc.send(sender, 1)
      yield* Mpsc.send(sender, 2)
      assert.strictEqual(yield* Fiber.join(first), 1)
      assert.strictEqual(yield* Fiber.join(second), 2)
    }))

  it.effect("QUE-4: who was called, and finds nothing, is interrupted, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const first = yield* forkSettled(Mpsc.recv(receiver))
      const second = yield* forkSettled(Mpsc.recv(receiver))
      Queue.offerUnsafe(sender.queue, 0)
      Queue.takeUnsafe(receiver.queue)
      yield* settle
      yield* Fiber.interrupt(first)
      yield* Mpsc.send(sender, 1)
      assert.strictEqual(yield* Fiber.join(second), 1)
      assert.strictEqual(Mpsc.waitingUnsafe(receiver), 0)
    }))

  it.effect("QUE-4: the time of a recvTimeout is up though it was called in vain", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const inVain = Effect.sync(() => {
        Queue.offerUnsafe(sender.queue, 0)
        Queue.takeUnsafe(receiver.queue)
      })
      // Goes off first, so that the time is up between the call and the wake-up.
      yield* forkSettled(Effect.andThen(Effect.sleep(100), inVain))
      const waiting = yield* forkSettled(Mpsc.recvTimeout(receiver, 100))
      yield* inVain
      yield* settle
      yield* TestClock.adjust(99)
      assert.strictEqual(waiting.pollUnsafe(), undefined)
      yield* TestClock.adjust(1)
      yield* settle
      assert.deepStrictEqual(waiting.pollUnsafe(), Exit.succeed(Option.none()))
      const later = yield* forkSettled(Mpsc.recv(receiver))
      yield* Mpsc.send(sender, 1)
      assert.strictEqual(yield* Fiber.join(later), 1)
    }))

  it.effect("QUE-4: the time is up between a call in vain and the wake-up", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const timers: Array<() => void> = []
      const clock: Clock.Clock = Object.assign(Object.create(yield* Clock.Clock), {
        sleep: () => Effect.callback<void>((resume) => void timers.push(() => resume(Effect.void)))
      })
      const timed = Effect.provideService(Mpsc.recvTimeout(receiver, 100), Clock.Clock, clock)
      const waiting = yield* forkSettled(timed)
      Queue.offerUnsafe(sender.queue, 0)
      Queue.takeUnsafe(receiver.queue)
      timers[0]!()
      assert.deepStrictEqual(yield* Fiber.join(waiting), Option.none())
      yield* Mpsc.send(sender, 1)
      assert.strictEqual(yield* Mpsc.recv(receiver), 1)
    }))

  it.effect("QUE-1, QUE-2: what is offered beside reservations is a debt, which is paid before anybody gets a slot", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const permits = yield* Mpsc.reserveMany(sender, 2)
      assert.isTrue(Queue.offerUnsafe(sender.queue, 1))
      assert.isTrue(Queue.offerUnsafe(sender.queue, 2))
      assert.isFalse(Queue.offerUnsafe(sender.queue, 3))
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      yield* permits.send(3)
      assert.strictEqual(Mpsc.lenUnsafe(receiver), 3) // by as many as were reserved
      yield* permits.release
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      const sending = yield* forkSettled(Mpsc.send(sender, 4))
      assert.strictEqual(yield* Mpsc.recv(receiver), 1) // pays
      yield* settle
      assert.strictEqual(sending.pollUnsafe(), undefined)
      assert.strictEqual(yield* Mpsc.recv(receiver), 2)
      yield* Fiber.join(sending)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), [3, 4])
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 2)
    }))

  it.effect("QUE-2: who waits to send and who waits to offer alternate", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<string>(1)
      const got: Array<string> = []
      yield* Effect.forkScoped(Effect.forever(Mpsc.send(sender, "sent")), { startImmediately: true })
      yield* Effect.forkScoped(Effect.forever(Queue.offer(sender.queue, "offered")), { startImmediately: true })
      for (let i = 0; i < 40; i++) {
        got.push(yield* Mpsc.recv(receiver))
        yield* settle
        assert.isAtMost(Mpsc.lenUnsafe(receiver), 2)
      }
      const count = (what: string) => got.filter((message) => message === what).length
      assert.isAtLeast(count("sent"), 10)
      assert.isAtLeast(count("offered"), 10)
    }))

  it.effect("QUE-2: who waits to offer and who waits to send have slots in turn", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      const sending = yield* forkSettled(Mpsc.send(sender, 2))
      const offering = yield* forkSettled(Queue.offer(sender.queue, 3))
      assert.strictEqual(yield* Mpsc.recv(receiver), 1)
      assert.strictEqual((yield* Effect.flip(Mpsc.trySend(sender, 4)))._tag, "Full") // it is set aside
      assert.isTrue(yield* Fiber.join(offering))
      assert.strictEqual(sending.pollUnsafe(), undefined)
      assert.strictEqual(yield* Mpsc.recv(receiver), 3)
      yield* Fiber.join(sending)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), [2])
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 1)
    }))

  it.effect("QUE-2: who was promised a slot, and is interrupted when an offer stands in it, gives nothing back", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      const sending = yield* forkSettled(Mpsc.send(sender, 2))
      Mpsc.tryRecvUnsafe(receiver)
      Queue.offerUnsafe(sender.queue, 3)
      yield* Fiber.interrupt(sending)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      assert.strictEqual(yield* Mpsc.recv(receiver), 3)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 1)
    }))

  it.effect("QUE-2: a close that takes back what was promised pays what is owed", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      yield* forkSettled(Effect.exit(Mpsc.send(sender, 2)))
      Mpsc.tryRecvUnsafe(receiver)
      Queue.offerUnsafe(sender.queue, 3)
      Mpsc.closeUnsafe(receiver)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      yield* settle
      assert.deepStrictEqual(yield* rest(receiver), [3])
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 1)
    }))

  it.effect("QUE-2: what was set aside for who waited to offer, and has gone, goes to who waits to send", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      const sending = yield* forkSettled(Mpsc.send(sender, 2))
      const offering = yield* forkSettled(Queue.offer(sender.queue, 3))
      Mpsc.tryRecvUnsafe(receiver)
      offering.interruptUnsafe()
      yield* Fiber.join(sending)
      assert.strictEqual(yield* Mpsc.recv(receiver), 2)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 1)
    }))

  it.effect("QUE-2: dropping the receiver forgets the debts", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const permit = yield* Mpsc.reserve(sender)
      Queue.offerAllUnsafe(sender.queue, [1, 2])
      yield* Mpsc.drop(receiver)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 1)
      yield* permit.send(3)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 2)
    }))

  it.effect("MPSC-7: a reservation outlives an end by hand while something is there", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(4)
      const permit = yield* Mpsc.reserve(sender)
      yield* Mpsc.send(sender, 1)
      yield* Queue.end(sender.queue)
      yield* permit.send(2)
      assert.deepStrictEqual(yield* rest(receiver), [1, 2])
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 4)
    }))

  it.effect("QUE-3: what is sent on a reservation is discarded after the queue was ended by hand and emptied", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(4)
      const permit = yield* Mpsc.reserve(sender)
      yield* Queue.end(sender.queue)
      assert.isTrue(isDone(yield* Effect.exit(Mpsc.recv(receiver))))
      yield* permit.send(2)
      assert.strictEqual(Mpsc.lenUnsafe(receiver), 0)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 4)
      assert.isTrue(isDone(yield* Effect.exit(Mpsc.recv(receiver))))
    }))

  it.effect("QUE-3: who waits to send is refused when the queue is ended by hand", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      const waiting = yield* forkSettled(Effect.flip(Mpsc.send(sender, 2)))
      Queue.endUnsafe(sender.queue)
      assert.strictEqual((yield* Fiber.join(waiting)).value, 2)
      assert.deepStrictEqual(yield* rest(receiver), [1])
    }))

  it.effect("QUE-3: a shutdown by hand refuses who waits to send and ends who waits to receive", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      const receiving = yield* forkSettled(Effect.exit(Mpsc.recv(receiver)))
      yield* Queue.shutdown(sender.queue)
      assert.isTrue(isDone(yield* Fiber.join(receiving)))
      const [other, otherReceiver] = yield* observed.bounded<number>(1)
      yield* Mpsc.send(other, 1)
      const sending = yield* forkSettled(Effect.flip(Mpsc.send(other, 2)))
      yield* Queue.shutdown(other.queue)
      assert.strictEqual((yield* Fiber.join(sending))._tag, "SendError")
      assert.isTrue(isDone(yield* Effect.exit(Mpsc.recv(otherReceiver))))
      assert.strictEqual(Mpsc.capacityUnsafe(other), 1)
    }))

  it.effect("ends with Done also where the queue was failed with a defect, of which who reads the queue is told", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1)
      yield* Queue.failCause(sender.queue, Cause.die("broken"))
      assert.isTrue(isDone(yield* Effect.exit(Mpsc.recv(receiver))))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Queue.take(receiver.queue))))
    }))

  it("works in one synchronous run", () => {
    const program = Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(2)
      const receiving = yield* Effect.forkChild(Mpsc.recv(receiver), { startImmediately: true })
      const taking = yield* Effect.forkChild(Queue.take(receiver.queue), { startImmediately: true })
      yield* Mpsc.send(sender, 1)
      yield* Queue.offer(sender.queue, 2)
      return [yield* Fiber.join(receiving), yield* Fiber.join(taking)]
    })
    assert.sameMembers(Effect.runSync(Effect.scoped(program)), [1, 2])
  })

  it.effect("a queue that is full, at either end of the capacities", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* observed.bounded<number>(1000)
      assert.deepStrictEqual(Queue.offerAllUnsafe(sender.queue, Array.from({ length: 1001 }, (_, i) => i)), [1000])
      assert.isTrue(Queue.isFullUnsafe(receiver.queue))
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 0)
      assert.strictEqual((yield* Mpsc.recvMany(receiver, 999)).length, 999)
      assert.strictEqual(Mpsc.capacityUnsafe(sender), 999)
      yield* until("the queue", Mpsc.len(receiver), 1)
    }))
})

describe("Mpsc.boundedQueue and unboundedQueue", () => {
  it.effect("die with a RangeError for a bad capacity, when they run", () =>
    Effect.gen(function*() {
      for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
        const defect = yield* defectOf(Mpsc.boundedQueue(capacity, { name: "jobs" }))
        assert.instanceOf(defect, RangeError)
        assert.match(
          defect.message,
          new RegExp(`^Mpsc\\.boundedQueue: capacity must be an integer from 1 to .*, got ${capacity}, on Mpsc "jobs"$`)
        )
      }
    }))

  it.effect("make both halves in the current scope, whose end drops them", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const [sender, receiver] = yield* Scope.provide(Mpsc.boundedQueue<number>(1), scope)
      const [other] = yield* Scope.provide(Mpsc.unboundedQueue<number>(), scope)
      assert.isFalse(Handle.isReleased(sender) || Handle.isReleased(receiver))
      assert.strictEqual(other.maxCapacity, Infinity)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Handle.isReleased(sender) && Handle.isReleased(receiver) && Handle.isReleased(other))
    }))

  class Lines extends Mpsc.Service<Lines, string>()("test/QueueLines", { capacity: 2 }) {}

  it.effect("layerQueue provides the same services, over a queue", () =>
    Effect.gen(function*() {
      const sender = yield* Lines.Sender
      const receiver = yield* Lines.Receiver
      assert.isTrue(Mpsc.isQueueSender(sender) && Mpsc.isQueueReceiver(receiver))
      assert.isTrue(Mpsc.sameChannel(sender, receiver))
      assert.strictEqual(sender.maxCapacity, 2)
      yield* Lines.send("one")
      assert.strictEqual(yield* Lines.recv, "one")
      assert.include(String(sender), "test/QueueLines")
      if (!Mpsc.isQueueSender(sender)) throw new Error("it has no queue")
      yield* Effect.forkScoped(Stream.runIntoQueue(Stream.make("a", "b", "c"), sender.queue))
      assert.deepStrictEqual(yield* Stream.runCollect(Lines.stream), ["a", "b", "c"])
    }).pipe(Effect.provide(Lines.layerQueue)))

  it.effect("layer does not", () =>
    Effect.gen(function*() {
      assert.isFalse(Mpsc.isQueueSender(yield* Lines.Sender))
      assert.isFalse(Mpsc.isQueueReceiver(yield* Lines.Receiver))
      assert.isFalse(Mpsc.isQueueSender(undefined))
      assert.isFalse(Mpsc.isQueueReceiver({ queue: 1 }))
    }).pipe(Effect.provide(Lines.layer)))
})
