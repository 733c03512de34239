/**
 * The guarantees of Mpsc, by their numbers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Result, Scope, type Sink, Stream } from "effect"
import { Errors, Handle, Mpsc } from "effect-sync"
import { TestClock } from "effect/testing"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

const isDone = <A, E>(exit: Exit.Exit<A, E>): boolean =>
  Exit.isFailure(exit) && exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error))

const ended = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<boolean> => Effect.map(Effect.exit(effect), isDone)

const exitOf = <A, E>(fiber: Fiber.Fiber<A, E>): Exit.Exit<A, E> => {
  const exit = fiber.pollUnsafe()
  if (exit === undefined) throw new Error("it still waits")
  return exit
}

const waits = (fiber: Fiber.Fiber<any, any>): boolean => fiber.pollUnsafe() === undefined

const errorOf = <A, E>(exit: Exit.Exit<A, E>): E => {
  const reason = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason) : undefined
  if (reason === undefined) throw new Error(`expected a failure, got ${String(exit)}`)
  return reason.error
}

/** buffered + reserved + free = capacity, with nobody waiting. */
const conserved = (receiver: Mpsc.Receiver<unknown>, reserved: number) => {
  assert.strictEqual(
    Mpsc.lenUnsafe(receiver) + reserved + Mpsc.capacityUnsafe(receiver),
    receiver.maxCapacity
  )
}

describe("order and conservation", () => {
  it.effect("MPSC-1: messages of one sender arrive in the order in which they were sent", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(4)
      const all = Array.from({ length: 100 }, (_, n) => n)
      yield* Effect.forkChild(Effect.andThen(Effect.forEach(all, (n) => Mpsc.send(sender, n)), Mpsc.drop(sender)))
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(receiver)), all)
    }).pipe(Effect.scoped))

  it.effect("MPSC-1: of several senders, each message arrives once, and each one's in order", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<readonly [number, number]>(3)
      for (const who of [0, 1, 2, 3, 4]) {
        const own = yield* Mpsc.clone(sender)
        yield* Effect.forkChild(Effect.andThen(
          Effect.forEach(Array.from({ length: 50 }, (_, n) => n), (n) => Mpsc.send(own, [who, n])),
          Mpsc.drop(own)
        ))
      }
      yield* Mpsc.drop(sender)
      const received = yield* Stream.runCollect(Mpsc.stream(receiver))
      assert.strictEqual(received.length, 250)
      for (const who of [0, 1, 2, 3, 4]) {
        const own = received.filter(([from]) => from === who).map(([, n]) => n)
        assert.deepStrictEqual(own, Array.from({ length: 50 }, (_, n) => n))
      }
    }).pipe(Effect.scoped))

  it.effect("MPSC-2: who waits for slots gets them first come, first served, of whatever kind", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(2)
      yield* Mpsc.send(sender, "a")
      yield* Mpsc.send(sender, "b")
      const log: Array<string> = []
      const logged = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) =>
        Effect.tap(effect, () => Effect.sync(() => log.push(what)))
      yield* forkSettled(logged("send", Mpsc.send(sender, "c")))
      yield* forkSettled(
        Effect.scoped(Effect.flatMap(logged("reserve", Mpsc.reserve(sender)), (permit) => permit.send("d")))
      )
      yield* forkSettled(Effect.scoped(
        Effect.flatMap(
          logged("reserveMany", Mpsc.reserveMany(sender, 2)),
          (permits) => Effect.andThen(permits.send("e"), permits.send("f"))
        )
      ))
      yield* forkSettled(logged("late send", Mpsc.send(sender, "g")))
      const received: Array<string> = []
      for (let i = 0; i < 7; i++) {
        received.push(yield* Mpsc.recv(receiver))
        yield* settle
      }
      assert.deepStrictEqual(log, ["send", "reserve", "reserveMany", "late send"])
      assert.strictEqual(received.join(""), "abcdefg")
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("MPSC-2: a reserveMany(5) at the front holds back a later send, and collects meanwhile", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(5)
      yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Mpsc.send(sender, n))
      const many = yield* forkSettled(Effect.scoped(Effect.andThen(Mpsc.reserveMany(sender, 5), Effect.never)))
      const one = yield* forkSettled(Mpsc.send(sender, 6))
      for (let i = 0; i < 4; i++) {
        yield* Mpsc.recv(receiver)
        assert.strictEqual(yield* Mpsc.capacity(sender), 0)
      }
      yield* settle
      assert.isTrue(waits(one))
      assert.strictEqual(yield* Mpsc.waiting(sender), 2)
      yield* Mpsc.recv(receiver)
      yield* settle
      assert.strictEqual(yield* Mpsc.waiting(sender), 1)
      assert.strictEqual(yield* Mpsc.strongCount(sender), 2)
      yield* Fiber.interrupt(many)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(one)))
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("MPSC-2: interrupting a large request at the front gives what it had collected to those behind it", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(3)
      yield* Effect.forEach([1, 2, 3], (n) => Mpsc.send(sender, n))
      const many = yield* forkSettled(Effect.scoped(Mpsc.reserveMany(sender, 3)))
      const one = yield* forkSettled(Mpsc.send(sender, 4))
      yield* Mpsc.recv(receiver)
      yield* Mpsc.recv(receiver)
      yield* settle
      assert.isTrue(waits(one))
      yield* Fiber.interrupt(many)
      yield* settle
      assert.isTrue(Exit.isSuccess(exitOf(one)))
      assert.strictEqual(yield* Mpsc.capacity(sender), 1)
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("MPSC-3: trySend and tryReserve overtake nobody, also right after a recv", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      yield* Mpsc.send(sender, "a")
      const waiting = yield* forkSettled(Mpsc.send(sender, "b"))
      assert.strictEqual(yield* Mpsc.recv(receiver), "a")
      // granted, and not run yet
      assert.strictEqual((yield* Effect.flip(Mpsc.trySend(sender, "c")))._tag, "Full")
      assert.strictEqual((yield* Effect.flip(Mpsc.tryReserve(sender)))._tag, "Full")
      assert.strictEqual((yield* Effect.flip(Mpsc.tryReserveMany(sender, 1)))._tag, "Full")
      assert.strictEqual(yield* Mpsc.capacity(sender), 0)
      yield* Fiber.join(waiting)
      assert.strictEqual(yield* Mpsc.recv(receiver), "b")
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("MPSC-4: buffered + reserved + free is the capacity, whatever was done", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(4)
      conserved(receiver, 0)
      yield* Mpsc.send(sender, 1)
      conserved(receiver, 0)
      const permit = yield* Mpsc.reserve(sender)
      conserved(receiver, 1)
      const permits = yield* Mpsc.reserveMany(sender, 2)
      conserved(receiver, 3)
      yield* permit.send(2)
      conserved(receiver, 2)
      yield* permits.send(3)
      conserved(receiver, 1)
      const last = Option.getOrThrow(yield* permits.next)
      assert.strictEqual(permits.remaining, 0)
      conserved(receiver, 1)
      yield* last.release
      conserved(receiver, 0)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 2), [1, 2])
      conserved(receiver, 0)
      yield* Mpsc.recv(receiver)
      assert.strictEqual(yield* Mpsc.capacity(sender), 4)
    }).pipe(Effect.scoped))

  it.effect("MPSC-4: interrupting who waits restores slots exactly, granted or not", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(1)
      yield* Mpsc.send(sender, 1)
      const waiting = yield* forkSettled(Mpsc.send(sender, 2))
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(yield* Mpsc.waiting(sender), 0)
      const granted = yield* forkSettled(Mpsc.send(sender, 3))
      const behind = yield* forkSettled(Mpsc.send(sender, 4))
      yield* Mpsc.recv(receiver) // grants it
      granted.interruptUnsafe() // before it runs
      yield* settle
      assert.isTrue(Exit.hasInterrupts(exitOf(granted)))
      assert.isTrue(Exit.isSuccess(exitOf(behind)))
      assert.strictEqual(yield* Mpsc.recv(receiver), 4)
      assert.strictEqual(yield* Mpsc.capacity(sender), 1)
    }).pipe(Effect.scoped))

  it.effect("MPSC-5: with n slots and no recv, send number n + 1 waits", () =>
    Effect.gen(function*() {
      for (const n of [1, 2, 7]) {
        const [sender, receiver] = yield* Mpsc.bounded<number>(n)
        for (let i = 0; i < n; i++) yield* Mpsc.send(sender, i)
        const next = yield* forkSettled(Mpsc.send(sender, n))
        assert.isTrue(waits(next))
        assert.strictEqual(yield* Mpsc.len(receiver), n)
        assert.strictEqual(yield* Mpsc.recv(receiver), 0)
        yield* Fiber.join(next)
      }
    }).pipe(Effect.scoped))
})

describe("the end", () => {
  it.effect("MPSC-6: once all senders are gone the buffer is drained in order, then it ends, for good", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(8)
      const other = yield* Mpsc.clone(sender)
      yield* Mpsc.send(sender, "a")
      yield* Mpsc.send(other, "b")
      yield* Mpsc.drop(sender)
      assert.isFalse(yield* Mpsc.isClosed(receiver))
      yield* Mpsc.send(other, "c")
      yield* Mpsc.drop(other)
      assert.isTrue(yield* Mpsc.isClosed(receiver))
      assert.isFalse(yield* Mpsc.isClosed(other))
      assert.strictEqual(yield* Mpsc.recv(receiver), "a")
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 5), ["b", "c"])
      for (let i = 0; i < 2; i++) {
        assert.isTrue(yield* ended(Mpsc.recv(receiver)))
        assert.isTrue(yield* ended(Mpsc.tryRecv(receiver)))
        assert.isTrue(yield* ended(Mpsc.recvMany(receiver, 1)))
        assert.isTrue(yield* ended(Mpsc.ready(receiver)))
        assert.isTrue(yield* ended(Mpsc.recvTimeout(receiver, "1 second")))
      }
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 0), [])
    }).pipe(Effect.scoped))

  it.effect("MPSC-6: who comes while another is on its way is not told of the end before the buffer is drained", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      const first = yield* forkSettled(Mpsc.recv(receiver))
      yield* Effect.forEach([1, 2], (n) => Mpsc.send(sender, n))
      yield* Mpsc.drop(sender)
      const second = yield* Effect.forkChild(Mpsc.recv(receiver), { startImmediately: true })
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [1, 2])
      assert.isTrue(yield* ended(Mpsc.recv(receiver)))
    }).pipe(Effect.scoped))

  it.effect("MPSC-6: the last sender's end wakes everybody who waits", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      const fibers = [
        yield* forkSettled(Mpsc.recv(receiver)),
        yield* forkSettled(Mpsc.ready(receiver)),
        yield* forkSettled(Mpsc.recvMany(receiver, 3)),
        yield* forkSettled(Mpsc.recvTimeout(receiver, "1 hour")),
        yield* forkSettled(Mpsc.recvTimeout(receiver, "Infinity"))
      ]
      assert.strictEqual(yield* Mpsc.waiting(receiver), 5)
      yield* Mpsc.drop(sender)
      yield* settle
      for (const fiber of fibers) assert.isTrue(isDone(exitOf<unknown, unknown>(fiber)))
    }).pipe(Effect.scoped))

  it.effect("MPSC-6: a scope's end drops its sender", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      yield* Effect.scoped(Effect.flatMap(Mpsc.clone(sender), (own) => Mpsc.send(own, "a")))
      yield* Mpsc.drop(sender)
      yield* Mpsc.drop(sender)
      assert.strictEqual(yield* Mpsc.strongCount(receiver), 0)
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(receiver)), ["a"])
    }).pipe(Effect.scoped))

  it.effect("MPSC-7: after close, what is buffered and what is sent on permits arrives, then the end", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(4)
      yield* Mpsc.send(sender, "buffered")
      const permit = yield* Mpsc.reserve(sender)
      yield* Mpsc.close(receiver)
      yield* Mpsc.close(receiver)
      assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.send(sender, "late"))).value, "late")
      assert.strictEqual(yield* Mpsc.recv(receiver), "buffered")
      assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryRecv(receiver)))._tag, "Empty")
      const waiting = yield* forkSettled(Mpsc.recv(receiver))
      assert.isTrue(waits(waiting))
      yield* permit.send("on the permit")
      assert.strictEqual(yield* Fiber.join(waiting), "on the permit")
      assert.isTrue(yield* ended(Mpsc.recv(receiver)))
      assert.isTrue(yield* ended(Mpsc.tryRecv(receiver)))
    }).pipe(Effect.scoped))

  const last: Record<
    string,
    (sender: Mpsc.Sender<string>) => Effect.Effect<Effect.Effect<void>, unknown, Scope.Scope>
  > = {
    "releasing a permit": (sender) => Effect.map(Mpsc.reserve(sender), (permit) => permit.release),
    "closing a permit's scope": (sender) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Scope.provide(Mpsc.reserve(sender), scope)
        return Scope.close(scope, Exit.void)
      }),
    "releasing permits": (sender) => Effect.map(Mpsc.reserveMany(sender, 2), (permits) => permits.release),
    "the last of permits' own permits": (sender) =>
      Effect.gen(function*() {
        const permits = yield* Mpsc.reserveMany(sender, 1)
        return Option.getOrThrow(yield* permits.next).release
      }),
    "interrupting who holds it": (sender) =>
      Effect.gen(function*() {
        const fiber = yield* forkSettled(Effect.scoped(Effect.andThen(Mpsc.reserve(sender), Effect.never)))
        return Fiber.interrupt(fiber)
      }),
    "the failure of who holds it": (sender) =>
      Effect.gen(function*() {
        const fail = yield* Effect.forkChild(
          Effect.scoped(
            Effect.andThen(Mpsc.reserve(sender), Effect.andThen(Effect.sleep("1 second"), Effect.fail("!")))
          )
        )
        yield* settle
        return Effect.andThen(TestClock.adjust("1 second"), Effect.asVoid(Fiber.await(fail)))
      })
  }
  describe("MPSC-7: after close, the last reservation's end ends a receiver that waits", () => {
    for (const [what, reservation] of Object.entries(last)) {
      it.effect(what, () =>
        Effect.gen(function*() {
          const [sender, receiver] = yield* Mpsc.bounded<string>(2)
          const release = yield* reservation(sender)
          yield* Mpsc.close(receiver)
          const waiting = yield* forkSettled(Mpsc.recv(receiver))
          assert.isTrue(waits(waiting))
          yield* release
          yield* settle
          assert.isTrue(isDone(exitOf(waiting)))
          conserved(receiver, 0)
        }).pipe(Effect.scoped))
    }
  })

  it.effect("MPSC-7: after close, not before the last of several reservations is gone", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3)
      const permit = yield* Mpsc.reserve(sender)
      const permits = yield* Mpsc.reserveMany(sender, 2)
      yield* Mpsc.close(receiver)
      const waiting = yield* forkSettled(Mpsc.recv(receiver))
      yield* permit.release
      yield* settle
      assert.isTrue(waits(waiting))
      yield* permits.send("a")
      assert.strictEqual(yield* Fiber.join(waiting), "a")
      const again = yield* forkSettled(Mpsc.recv(receiver))
      assert.isTrue(waits(again))
      yield* permits.release
      yield* settle
      assert.isTrue(isDone(exitOf(again)))
    }).pipe(Effect.scoped))

  it.effect("MPSC-7: reservations delay the end of an unbounded channel too", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      const permits = yield* Mpsc.reserveMany(sender, Number.MAX_SAFE_INTEGER)
      yield* Mpsc.reserveMany(sender, Number.MAX_SAFE_INTEGER)
      assert.strictEqual(yield* Mpsc.capacity(sender), Infinity)
      yield* Mpsc.close(receiver)
      assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryRecv(receiver)))._tag, "Empty")
      assert.isTrue(yield* permits.send("a"))
      assert.strictEqual(yield* Mpsc.recv(receiver), "a")
    }).pipe(Effect.scoped))

  it.effect("MPSC-7: with nothing outstanding, close ends who waits", () =>
    Effect.gen(function*() {
      const [, receiver] = yield* Mpsc.bounded<string>(3)
      const waiting = yield* forkSettled(Mpsc.recv(receiver))
      yield* Mpsc.close(receiver)
      yield* settle
      assert.isTrue(isDone(exitOf(waiting)))
    }).pipe(Effect.scoped))

  describe("MPSC-8: who waits to send fails with its message, also where a slot was granted", () => {
    for (const end of ["close", "drop"] as const) {
      it.effect(`by ${end}`, () =>
        Effect.gen(function*() {
          const [sender, receiver] = yield* Mpsc.bounded<string>(2)
          yield* Mpsc.send(sender, "a")
          yield* Mpsc.send(sender, "b")
          const granted = yield* forkSettled(Mpsc.send(sender, "granted"))
          const timed = yield* forkSettled(Mpsc.sendTimeout(sender, "timed", "1 hour"))
          const reserving = yield* forkSettled(Effect.scoped(Mpsc.reserve(sender)))
          const many = yield* forkSettled(Effect.scoped(Mpsc.reserveMany(sender, 2)))
          const closed = yield* forkSettled(Mpsc.closed(sender))
          assert.strictEqual(yield* Mpsc.recv(receiver), "a")
          yield* Mpsc[end](receiver)
          yield* settle
          for (
            const [fiber, value] of [[granted, "granted"], [timed, "timed"], [reserving, undefined], [
              many,
              undefined
            ]] as const
          ) {
            const error = errorOf(exitOf<unknown, any>(fiber))
            assert.instanceOf(error, Errors.SendError)
            assert.strictEqual(error.value, value)
          }
          assert.isTrue(Exit.isSuccess(exitOf(closed)))
          yield* Mpsc.closed(sender)
          assert.isTrue(yield* Mpsc.isClosed(sender))
          assert.strictEqual(yield* Mpsc.waiting(sender), 0)
          assert.strictEqual(yield* Mpsc.capacity(sender), end === "close" ? 1 : 2)
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.trySend(sender, "x")))._tag, "SendError")
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.sendTimeout(sender, "x", 0)))._tag, "SendError")
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryReserve(sender)))._tag, "SendError")
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.reserveMany(sender, 0)))._tag, "SendError")
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryReserveMany(sender, 0)))._tag, "SendError")
        }).pipe(Effect.scoped))
    }
  })

  it.effect("MPSC-9: a dropped receiver gives the slots back and discards what comes on permits", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3)
      yield* Mpsc.send(sender, "unread")
      const permit = yield* Mpsc.reserve(sender)
      yield* Mpsc.drop(receiver)
      assert.strictEqual(yield* Mpsc.capacity(sender), 2)
      assert.strictEqual(yield* Mpsc.len(receiver), 0)
      yield* permit.send("nobody")
      assert.strictEqual(yield* Mpsc.len(receiver), 0)
      assert.strictEqual(yield* Mpsc.capacity(sender), 3)
    }).pipe(Effect.scoped))
})

describe("interruption and turns", () => {
  it.effect("MPSC-10: an interrupted wait has taken nothing, and passes its call on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      const first = yield* forkSettled(Mpsc.recv(receiver))
      const second = yield* forkSettled(Mpsc.recvMany(receiver, 5))
      yield* Mpsc.send(sender, "a")
      first.interruptUnsafe() // it was called, and has not run
      yield* settle
      assert.isTrue(Exit.hasInterrupts(exitOf(first)))
      assert.deepStrictEqual(exitOf(second), Exit.succeed(["a"]))
    }).pipe(Effect.scoped))

  it.effect("MPSC-10: an interrupted send has not sent", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      yield* Mpsc.send(sender, "a")
      const waiting = yield* forkSettled(Mpsc.send(sender, "b"))
      yield* Mpsc.recv(receiver)
      waiting.interruptUnsafe() // it was granted a slot, and has not run
      yield* settle
      assert.isTrue(Exit.hasInterrupts(exitOf(waiting)))
      assert.strictEqual(yield* Mpsc.len(receiver), 0)
      assert.strictEqual(yield* Mpsc.capacity(sender), 1)
    }).pipe(Effect.scoped))

  it.effect("rule 8: fibers on one receiver are served in order, and nobody overtakes who was called", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      const first = yield* forkSettled(Mpsc.recv(receiver))
      const second = yield* forkSettled(Mpsc.recv(receiver))
      yield* Mpsc.send(sender, 1)
      yield* Mpsc.send(sender, 2)
      yield* Mpsc.send(sender, 3)
      assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryRecv(receiver)))._tag, "Empty")
      assert.isTrue(Result.isFailure(Mpsc.tryRecvUnsafe(receiver)))
      const third = yield* Effect.forkChild(Mpsc.recv(receiver), { startImmediately: true })
      assert.deepStrictEqual(
        [yield* Fiber.join(first), yield* Fiber.join(second), yield* Fiber.join(third)],
        [1, 2, 3]
      )
    }).pipe(Effect.scoped))

  it.effect("rule 8: tryRecv is Done once nothing can come, also while others are on their way", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      const waiting = yield* forkSettled(Mpsc.recv(receiver))
      yield* Mpsc.drop(sender)
      assert.isTrue(yield* ended(Mpsc.tryRecv(receiver)))
      yield* settle
      assert.isTrue(isDone(exitOf(waiting)))
    }).pipe(Effect.scoped))

  it.effect("ready completes when recv would not wait, takes and reserves nothing, and keeps the line", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(2)
      const ready = yield* forkSettled(Mpsc.ready(receiver))
      const recv = yield* forkSettled(Mpsc.recv(receiver))
      const next = yield* forkSettled(Mpsc.ready(receiver))
      assert.isTrue(waits(ready))
      yield* Mpsc.send(sender, 1)
      yield* settle
      assert.isTrue(Exit.isSuccess(exitOf(ready)))
      assert.deepStrictEqual(exitOf(recv), Exit.succeed(1))
      assert.isTrue(waits(next))
      yield* Mpsc.send(sender, 2)
      yield* settle
      assert.isTrue(Exit.isSuccess(exitOf(next)))
      yield* Mpsc.ready(receiver)
      assert.strictEqual(yield* Mpsc.len(receiver), 1)
      assert.strictEqual(yield* Mpsc.recv(receiver), 2)
    }).pipe(Effect.scoped))

  it.effect("MPSC-12: recvMany gives at least one message, does not wait to fill up, and stops at the limit", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      const waiting = yield* forkSettled(Mpsc.recvMany(receiver, 10))
      assert.isTrue(waits(waiting))
      yield* Mpsc.send(sender, 1)
      assert.deepStrictEqual(yield* Fiber.join(waiting), [1])
      yield* Effect.forEach([2, 3, 4], (n) => Mpsc.send(sender, n))
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 0), [])
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 2), [2, 3])
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, Number.MAX_SAFE_INTEGER), [4])
    }).pipe(Effect.scoped))

  it.effect("MPSC-12: recvMany gives all slots back at once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(3)
      yield* Effect.forEach([1, 2, 3], (n) => Mpsc.send(sender, n))
      const senders = yield* Effect.forEach([4, 5], (n) => forkSettled(Mpsc.send(sender, n)))
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 3), [1, 2, 3])
      yield* settle
      for (const fiber of senders) assert.isTrue(Exit.isSuccess(exitOf(fiber)))
      assert.strictEqual(yield* Mpsc.capacity(sender), 1)
    }).pipe(Effect.scoped))

  it.effect("MPSC-13: len and isEmpty are exact at any fill level, also where the ring grows, wraps and shrinks", () =>
    Effect.gen(function*() {
      for (const [sender, receiver] of [yield* Mpsc.unbounded<number>(), yield* Mpsc.bounded<number>(10_000)]) {
        let sent = 0
        let received = 0
        const fillTo = (n: number) => {
          while (sent - received < n) Mpsc.trySendUnsafe(sender, sent++)
          while (sent - received > n) assert.deepStrictEqual(Mpsc.tryRecvUnsafe(receiver), Result.succeed(received++))
        }
        for (const n of [1, 0, 15, 16, 17, 3, 31, 32, 33, 64, 65, 1, 129, 0, 2, 2047, 2048, 2049, 0, 5000, 0, 1, 100]) {
          fillTo(n)
          assert.strictEqual(yield* Mpsc.len(receiver), n)
          assert.strictEqual(yield* Mpsc.isEmpty(receiver), n === 0)
          if (Number.isFinite(sender.maxCapacity)) conserved(receiver, 0)
        }
        const rest = yield* Mpsc.recvMany(receiver, 1000)
        assert.deepStrictEqual(rest, Array.from({ length: 100 }, (_, i) => received + i))
      }
    }).pipe(Effect.scoped))

  it("MPSC-13: recvMany across the end of the ring", () => {
    const [sender, receiver] = Mpsc.unboundedUnsafe<number>()
    const take = (limit: number) => Effect.runSync(Mpsc.recvMany(receiver, limit))
    for (let i = 0; i < 12; i++) Mpsc.trySendUnsafe(sender, i)
    assert.strictEqual(take(10).length, 10)
    for (let i = 12; i < 26; i++) Mpsc.trySendUnsafe(sender, i)
    assert.deepStrictEqual(take(7), [10, 11, 12, 13, 14, 15, 16])
    assert.deepStrictEqual(take(100), [17, 18, 19, 20, 21, 22, 23, 24, 25])
    assert.strictEqual(Mpsc.lenUnsafe(receiver), 0)
  })

  it("MPSC-14: send on an unbounded channel is synchronous and works outside the runtime", () => {
    const [sender, receiver] = Mpsc.unboundedUnsafe<number>()
    for (let i = 0; i < 100; i++) assert.deepStrictEqual(Mpsc.trySendUnsafe(sender, i), Result.void)
    assert.strictEqual(Effect.runSync(Mpsc.recv(receiver)), 0)
    Effect.runSync(Mpsc.send(sender, 100))
    assert.strictEqual(Mpsc.lenUnsafe(receiver), 100)
    Mpsc.dropUnsafe(receiver)
    const refused = Mpsc.trySendUnsafe(sender, 7)
    assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "SendError" && refused.failure.value === 7)
  })
})

describe("senders", () => {
  it.effect("MPSC-11: weak senders do not keep the channel open", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(2)
      const weak = yield* Mpsc.downgrade(sender)
      assert.deepStrictEqual([yield* Mpsc.strongCount(weak), yield* Mpsc.weakCount(weak)], [1, 1])
      const upgraded = Option.getOrThrow(yield* Mpsc.upgrade(weak))
      assert.strictEqual(yield* Mpsc.strongCount(receiver), 2)
      yield* Mpsc.drop(sender)
      yield* Mpsc.send(upgraded, "a")
      yield* Mpsc.drop(upgraded)
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak)))
      assert.deepStrictEqual(yield* Stream.runCollect(Mpsc.stream(receiver)), ["a"])
      yield* Mpsc.drop(weak)
      yield* Mpsc.drop(weak)
      assert.strictEqual(yield* Mpsc.weakCount(receiver), 0)
      assert.include((yield* defectOf(Mpsc.upgrade(weak))).message, "Mpsc.upgrade: a weak sender of an unnamed Mpsc")
    }).pipe(Effect.scoped))

  it.effect("MPSC-11: a weak sender can be upgraded after the receiver has closed, and while only a permit is left", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(2)
      const weak = yield* Mpsc.downgrade(sender)
      yield* Mpsc.close(receiver)
      const other = Option.getOrThrow(yield* Mpsc.upgrade(weak))
      yield* Mpsc.drop(other)
      const [sender2] = yield* Mpsc.bounded<string>(2)
      const weak2 = yield* Mpsc.downgrade(sender2)
      const permit = yield* Mpsc.reserve(sender2)
      yield* Mpsc.drop(sender2)
      assert.isTrue(Option.isSome(yield* Effect.scoped(Mpsc.upgrade(weak2))))
      yield* permit.release
      assert.isTrue(Option.isNone(yield* Mpsc.upgrade(weak2)))
    }).pipe(Effect.scoped))

  it.effect("MPSC-11: an outstanding permit keeps the channel open, and counts; empty permits do not", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(4)
      const permit = yield* Mpsc.reserve(sender)
      const permits = yield* Mpsc.reserveMany(sender, 2)
      yield* Mpsc.reserveMany(sender, 0)
      assert.strictEqual(yield* Mpsc.strongCount(sender), 3)
      yield* Mpsc.drop(sender)
      assert.isFalse(yield* Mpsc.isClosed(receiver))
      yield* permits.send("a")
      yield* permits.send("b")
      assert.strictEqual(yield* Mpsc.strongCount(receiver), 1)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), ["a", "b"])
      const waiting = yield* forkSettled(Mpsc.recv(receiver))
      assert.isTrue(waits(waiting))
      yield* permit.send("c")
      assert.strictEqual(yield* Fiber.join(waiting), "c")
      assert.strictEqual(yield* Mpsc.strongCount(receiver), 0)
      assert.isTrue(yield* ended(Mpsc.recv(receiver)))
    }).pipe(Effect.scoped))

  it.effect("permits: next takes out one at a time, independent from then on", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3)
      const permits = yield* Mpsc.reserveMany(sender, 2)
      const first = Option.getOrThrow(yield* permits.next)
      assert.strictEqual(yield* Mpsc.strongCount(sender), 3)
      yield* permits.release
      assert.strictEqual(permits.remaining, 0)
      assert.isTrue(Option.isNone(yield* permits.next))
      assert.isFalse(yield* permits.send("no"))
      assert.strictEqual(yield* Mpsc.capacity(sender), 2)
      yield* first.send("a")
      assert.strictEqual(yield* Mpsc.recv(receiver), "a")
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("a permit is used once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3, { name: "jobs" })
      const permit = yield* Mpsc.reserve(sender)
      permit.sendUnsafe("a")
      assert.isTrue(Handle.isReleased(permit))
      assert.strictEqual(
        (yield* defectOf(permit.send("b"))).message,
        "Permit.send: a permit of Mpsc \"jobs\" was used and can't be used any more"
      )
      assert.instanceOf(thrownBy(() => permit.sendUnsafe("b")), Errors.Misuse)
      yield* permit.release
      yield* Handle.release(permit)
      assert.strictEqual(yield* Mpsc.len(receiver), 1)
      conserved(receiver, 0)
      const released = yield* Mpsc.reserve(sender)
      yield* released.release
      assert.include((yield* defectOf(released.send("b"))).message, "was released")
      assert.strictEqual(yield* Mpsc.strongCount(sender), 1)
    }).pipe(Effect.scoped))

  it.effect("reserve_owned: a permit that was transferred outlives sender and scope", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      const session = yield* Scope.make()
      const permit = yield* Effect.scoped(
        Effect.flatMap(Mpsc.reserve(sender), (permit) => Handle.transfer(permit, session))
      )
      yield* Mpsc.drop(sender)
      assert.isFalse(yield* Mpsc.isClosed(receiver))
      yield* Scope.close(session, Exit.void)
      assert.isTrue(Handle.isReleased(permit))
      assert.isTrue(yield* ended(Mpsc.recv(receiver)))
    }).pipe(Effect.scoped))

  it.effect("reserveMany: 0 succeeds if open even when full and past who waits; more than there are is Full at once", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      yield* Mpsc.send(sender, "a")
      yield* forkSettled(Mpsc.send(sender, "b"))
      assert.strictEqual((yield* Mpsc.reserveMany(sender, 0)).remaining, 0)
      assert.strictEqual((yield* Mpsc.tryReserveMany(sender, 0)).remaining, 0)
      assert.isTrue(Result.isSuccess(Mpsc.tryReserveManyUnsafe(sender, 0)))
      for (let closed = 0; closed < 2; closed++) {
        for (const n of [2, Number.MAX_SAFE_INTEGER]) {
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.reserveMany(sender, n)))._tag, "Full")
          assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.tryReserveMany(sender, n)))._tag, "Full")
          const result = Mpsc.tryReserveManyUnsafe(sender, n)
          assert.isTrue(Result.isFailure(result) && result.failure._tag === "Full")
        }
        yield* Mpsc.close(receiver)
      }
    }).pipe(Effect.scoped))

  it.effect("sameChannel: senders, weak senders, permits, receivers", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(4)
      const handles = [
        sender,
        receiver,
        yield* Mpsc.clone(sender),
        yield* Mpsc.downgrade(sender),
        yield* Mpsc.reserve(sender),
        yield* Mpsc.reserveMany(sender, 2)
      ]
      const [stranger, otherReceiver] = yield* Mpsc.bounded<string>(4)
      for (const a of handles) {
        for (const b of handles) assert.isTrue(Mpsc.sameChannel(a, b))
        for (const b of [stranger, otherReceiver]) assert.isFalse(Mpsc.sameChannel(b)(a))
      }
    }).pipe(Effect.scoped))
})

describe("time", () => {
  it.effect("sendTimeout: gives up after the time and keeps its place until then", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      yield* Mpsc.sendTimeout(sender, "a", 0) // a free slot wins
      const late = yield* forkSettled(Mpsc.sendTimeout(sender, "b", "2 seconds"))
      const intime = yield* forkSettled(Mpsc.sendTimeout(sender, "c", "1 minute"))
      assert.strictEqual(errorOf(yield* Effect.exit(Mpsc.sendTimeout(sender, "d", 0)))._tag, "SendTimeout")
      yield* TestClock.adjust("1 second")
      assert.isTrue(waits(late))
      yield* TestClock.adjust("1 second")
      yield* settle
      const error = errorOf(exitOf(late))
      assert.instanceOf(error, Errors.SendTimeout)
      assert.strictEqual(error.value, "b")
      assert.strictEqual(yield* Mpsc.waiting(sender), 1)
      assert.strictEqual(yield* Mpsc.recv(receiver), "a")
      yield* Fiber.join(intime)
      assert.strictEqual(yield* Mpsc.recv(receiver), "c")
      yield* TestClock.adjust("1 hour")
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("recvTimeout: gives none after the time, and has taken nothing", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      assert.isTrue(Option.isNone(yield* Mpsc.recvTimeout(receiver, 0)))
      const late = yield* forkSettled(Mpsc.recvTimeout(receiver, "2 seconds"))
      const intime = yield* forkSettled(Mpsc.recvTimeout(receiver, "1 minute"))
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.deepStrictEqual(exitOf(late), Exit.succeed(Option.none()))
      yield* Mpsc.send(sender, "a")
      assert.deepStrictEqual(yield* Fiber.join(intime), Option.some("a"))
      yield* Mpsc.send(sender, "b")
      assert.deepStrictEqual(yield* Mpsc.recvTimeout(receiver, 0), Option.some("b"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Mpsc.waiting(receiver), 0)
    }).pipe(Effect.scoped))

  it.effect("recvTimeout: time that is up while it was called changes nothing", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<string>()
      const fiber = yield* forkSettled(Mpsc.recvTimeout(receiver, "1 second"))
      Mpsc.trySendUnsafe(sender, "a")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some("a"))
    }).pipe(Effect.scoped))
})

describe("dropping", () => {
  it.effect("a dropped receiver ends what waits on it, permits or not; what begins later is Misuse", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3, { name: "jobs" })
      yield* Mpsc.reserve(sender)
      const fibers = [
        yield* forkSettled(Mpsc.recv(receiver)),
        yield* forkSettled(Mpsc.ready(receiver)),
        yield* forkSettled(Mpsc.recvMany(receiver, 1)),
        yield* forkSettled(Mpsc.recvTimeout(receiver, "1 hour"))
      ]
      yield* Mpsc.drop(receiver)
      yield* settle
      for (const fiber of fibers) assert.isTrue(isDone(exitOf<unknown, unknown>(fiber)))
      const misuses: Record<string, Effect.Effect<unknown, unknown>> = {
        recv: Mpsc.recv(receiver),
        ready: Mpsc.ready(receiver),
        recvMany: Mpsc.recvMany(receiver, 0),
        recvTimeout: Mpsc.recvTimeout(receiver, "1 hour"),
        tryRecv: Mpsc.tryRecv(receiver),
        close: Mpsc.close(receiver)
      }
      for (const [name, effect] of Object.entries(misuses)) {
        const defect = yield* defectOf(effect)
        assert.instanceOf(defect, Errors.Misuse)
        assert.include(defect.message, `Mpsc.${name}: the receiver of Mpsc "jobs" was released`)
      }
      assert.include(thrownBy(() => Mpsc.tryRecvUnsafe(receiver)).message, "Mpsc.tryRecvUnsafe: ")
      assert.include(thrownBy(() => Mpsc.closeUnsafe(receiver)).message, "Mpsc.closeUnsafe: ")
      assert.deepStrictEqual(
        [
          Mpsc.lenUnsafe(receiver),
          Mpsc.isEmptyUnsafe(receiver),
          Mpsc.isClosedUnsafe(receiver),
          Mpsc.capacityUnsafe(receiver),
          Mpsc.strongCountUnsafe(receiver),
          Mpsc.weakCountUnsafe(receiver),
          Mpsc.waitingUnsafe(receiver)
        ],
        [0, true, true, 2, 2, 0, 0]
      )
      yield* Mpsc.drop(receiver)
    }).pipe(Effect.scoped))

  it.effect("a dropped sender fails what waits through it, and nobody else; what begins later is Misuse", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1, { name: "jobs" })
      const other = yield* Mpsc.clone(sender)
      yield* Mpsc.send(sender, "a")
      const mine = [
        yield* forkSettled(Mpsc.send(sender, "b")),
        yield* forkSettled(Mpsc.sendTimeout(sender, "b", "1 hour")),
        yield* forkSettled(Effect.scoped(Mpsc.reserve(sender))),
        yield* forkSettled(Effect.scoped(Mpsc.reserveMany(sender, 1))),
        yield* forkSettled(Mpsc.closed(sender))
      ]
      const theirs = yield* forkSettled(Mpsc.send(other, "c"))
      const theirClosed = yield* forkSettled(Mpsc.closed(other))
      yield* Mpsc.drop(sender)
      yield* settle
      for (const fiber of mine) {
        const exit = exitOf<unknown, unknown>(fiber)
        assert.instanceOf(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, Errors.Misuse)
      }
      assert.strictEqual(yield* Mpsc.waiting(other), 1)
      assert.deepStrictEqual([yield* Mpsc.recv(receiver), yield* Mpsc.recv(receiver)], ["a", "c"])
      assert.isTrue(Exit.isSuccess(exitOf(theirs)))
      assert.isTrue(waits(theirClosed))
      const misuses: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
        send: Mpsc.send(sender, "x"),
        trySend: Mpsc.trySend(sender, "x"),
        sendTimeout: Mpsc.sendTimeout(sender, "x", "1 hour"),
        reserve: Mpsc.reserve(sender),
        reserveMany: Mpsc.reserveMany(sender, 1),
        tryReserve: Mpsc.tryReserve(sender),
        tryReserveMany: Mpsc.tryReserveMany(sender, 1),
        clone: Mpsc.clone(sender),
        downgrade: Mpsc.downgrade(sender),
        closed: Mpsc.closed(sender)
      }
      for (const [name, effect] of Object.entries(misuses)) {
        const defect = yield* defectOf(effect)
        assert.instanceOf(defect, Errors.Misuse)
        assert.include(defect.message, `Mpsc.${name}: a sender of Mpsc "jobs" was released`)
      }
      const unsafe: Record<string, () => unknown> = {
        trySendUnsafe: () => Mpsc.trySendUnsafe(sender, "x"),
        tryReserveUnsafe: () => Mpsc.tryReserveUnsafe(sender),
        tryReserveManyUnsafe: () => Mpsc.tryReserveManyUnsafe(sender, 1),
        cloneUnsafe: () => Mpsc.cloneUnsafe(sender),
        downgradeUnsafe: () => Mpsc.downgradeUnsafe(sender)
      }
      for (const [name, f] of Object.entries(unsafe)) assert.include(thrownBy(f).message, `Mpsc.${name}: `)
      assert.strictEqual(yield* Mpsc.strongCount(sender), 1)
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("a dropped sender's granted slot goes to the next", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1)
      const other = yield* Mpsc.clone(sender)
      yield* Mpsc.send(sender, "a")
      const mine = yield* forkSettled(Mpsc.send(sender, "b"))
      const theirs = yield* forkSettled(Mpsc.send(other, "c"))
      yield* Mpsc.recv(receiver)
      yield* Mpsc.drop(sender) // it was granted a slot, and has not run
      yield* settle
      const exit = exitOf(mine)
      assert.instanceOf(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, Errors.Misuse)
      assert.isTrue(Exit.isSuccess(exitOf(theirs)))
      assert.strictEqual(yield* Mpsc.recv(receiver), "c")
      conserved(receiver, 0)
    }).pipe(Effect.scoped))

  it.effect("a dropped sender's half-served request gives back what it had collected", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(3)
      const other = yield* Mpsc.clone(sender)
      yield* Effect.forEach([1, 2, 3], (n) => Mpsc.send(sender, n))
      yield* forkSettled(Effect.scoped(Mpsc.reserveMany(sender, 3)))
      const theirs = yield* forkSettled(Mpsc.send(other, 4))
      yield* Mpsc.recv(receiver)
      yield* Mpsc.recv(receiver)
      yield* Mpsc.drop(sender)
      yield* settle
      assert.isTrue(Exit.isSuccess(exitOf(theirs)))
      assert.strictEqual(yield* Mpsc.capacity(other), 1)
      conserved(receiver, 0)
    }).pipe(Effect.scoped))
})

describe("arguments, names and inspection", () => {
  it.effect("bad arguments die with a RangeError and change nothing", () =>
    Effect.gen(function*() {
      for (const bad of [0, -1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1, "3" as any]) {
        const defect = yield* defectOf(Mpsc.bounded(bad, { name: "jobs" }))
        assert.instanceOf(defect, RangeError)
        assert.include(defect.message, "Mpsc.bounded: capacity must be an integer from 1 to MAX_PERMITS")
        assert.include(defect.message, "\"jobs\"")
        assert.include(thrownBy(() => Mpsc.boundedUnsafe(bad)).message, "Mpsc.boundedUnsafe: capacity")
      }
      yield* Mpsc.bounded(Number.MAX_SAFE_INTEGER)
      const [sender, receiver] = yield* Mpsc.bounded<string>(3, { name: "jobs" })
      for (const bad of [-1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1, "3" as any]) {
        for (
          const [name, effect] of Object.entries<Effect.Effect<unknown, unknown, Scope.Scope>>({
            "reserveMany: n": Mpsc.reserveMany(sender, bad),
            "tryReserveMany: n": Mpsc.tryReserveMany(sender, bad),
            "recvMany: limit": Mpsc.recvMany(receiver, bad)
          })
        ) {
          const defect = yield* defectOf(effect)
          assert.instanceOf(defect, RangeError)
          assert.include(defect.message, `Mpsc.${name} must be an integer`)
          assert.include(defect.message, "\"jobs\"")
        }
        assert.instanceOf(thrownBy(() => Mpsc.tryReserveManyUnsafe(sender, bad)), RangeError)
      }
      for (const bad of [NaN, "soon" as any]) {
        for (const effect of [Mpsc.sendTimeout(sender, "x", bad), Mpsc.recvTimeout(receiver, bad)]) {
          assert.instanceOf(yield* defectOf<unknown, unknown, never>(effect), RangeError)
        }
      }
      for (const bad of [0, -1, 0.5, NaN]) {
        const defect = yield* defectOf(Stream.runCollect(Mpsc.stream(receiver, { chunkSize: bad })))
        assert.include(defect.message, "Mpsc.stream: chunkSize")
      }
      assert.deepStrictEqual([yield* Mpsc.len(receiver), yield* Mpsc.capacity(sender)], [0, 3])
    }).pipe(Effect.scoped))

  it.effect("laziness: nothing happens before an effect is run, and each run is one", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3)
      const send = Mpsc.send(sender, "a")
      const others = [Mpsc.reserve(sender), Mpsc.close(receiver), Mpsc.drop(sender), Mpsc.reserveMany(sender, -1)]
      assert.isNotEmpty(others)
      assert.strictEqual(yield* Mpsc.len(receiver), 0)
      yield* send
      yield* send
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), ["a", "a"])
    }).pipe(Effect.scoped))

  it.effect("messages name function and channel; errors carry the message, no stack, and are told apart", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(1, { name: "jobs" })
      const empty = yield* Effect.flip(Mpsc.tryRecv(receiver))
      assert.strictEqual(empty, yield* Effect.flip(Mpsc.tryRecv(receiver)))
      assert.include((empty as Error).message, "Mpsc \"jobs\"")
      yield* Mpsc.send(sender, "a")
      const full = yield* Effect.flip(Mpsc.trySend(sender, "b"))
      assert.strictEqual(full.message, "Mpsc.trySend: Mpsc \"jobs\" is full")
      assert.notInclude(full.stack ?? "", "Mpsc.test")
      assert.strictEqual(
        (yield* Effect.flip(Mpsc.tryReserve(sender))).message,
        "Mpsc.tryReserve: Mpsc \"jobs\" is full"
      )
      yield* Mpsc.close(receiver)
      const closed = yield* Effect.flip(Mpsc.send(sender, "b"))
      assert.strictEqual(closed.message, "Mpsc.send: Mpsc \"jobs\" is closed")
      assert.notInclude(closed.stack ?? "", "Mpsc.test")
      for (const name of ["Empty", "Full", "SendError", "SendTimeout", "Misuse"] as const) {
        assert.strictEqual(Mpsc[name] as unknown, Errors[name])
      }
    }).pipe(Effect.scoped))

  it.effect("inspection", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<string>(3, { name: "jobs" })
      yield* Mpsc.send(sender, "a")
      const weak = yield* Mpsc.downgrade(sender)
      const permit = yield* Mpsc.reserve(sender)
      const permits = yield* Mpsc.reserveMany(sender, 1)
      const channel = {
        name: "jobs",
        maxCapacity: 3,
        capacity: 0,
        len: 1,
        closed: false,
        strongCount: 3,
        weakCount: 1
      }
      const json = (u: unknown): unknown => JSON.parse(JSON.stringify(u))
      assert.deepStrictEqual(json(sender), { _id: "effect-sync/Mpsc/Sender", dropped: false, ...channel, waiting: 0 })
      assert.deepStrictEqual(json(receiver), {
        _id: "effect-sync/Mpsc/Receiver",
        dropped: false,
        ...channel,
        waiting: 0
      })
      assert.deepStrictEqual(json(weak), { _id: "effect-sync/Mpsc/WeakSender", dropped: false, ...channel })
      assert.deepStrictEqual(json(permit), { _id: "effect-sync/Mpsc/Permit", released: false, channel })
      assert.deepStrictEqual(json(permits), { _id: "effect-sync/Mpsc/Permits", remaining: 1, channel })
      assert.deepStrictEqual([sender, receiver, weak, permit, permits].map(String), [
        "Mpsc.Sender(jobs: 1 buffered, 0 of 3 free)",
        "Mpsc.Receiver(jobs: 1 buffered, 0 of 3 free)",
        "Mpsc.WeakSender(jobs: 1 buffered, 0 of 3 free)",
        "Mpsc.Permit(held, of jobs: 1 buffered, 0 of 3 free)",
        "Mpsc.Permits(1 left, of jobs: 1 buffered, 0 of 3 free)"
      ])
      yield* permit.release
      yield* Mpsc.drop(receiver)
      assert.include(String(permit), "released")
      assert.strictEqual(String(receiver), "Mpsc.Receiver(jobs: closed, 0 buffered, 2 of 3 free, dropped)")
      const [unbounded] = yield* Mpsc.unbounded()
      assert.strictEqual(String(unbounded), "Mpsc.Sender(0 buffered, unbounded)")
      assert.include(JSON.stringify(unbounded), "\"maxCapacity\":\"unbounded\"")
    }).pipe(Effect.scoped))

  it("…Unsafe functions of a foreign backend are Misuse", () => {
    const foreign: any = { [Mpsc.STypeId]: {}, toString: () => "a sender elsewhere" }
    assert.include(
      thrownBy(() => Mpsc.trySendUnsafe(foreign, 1)).message,
      "Mpsc.trySendUnsafe: a sender elsewhere does not live in this process"
    )
    assert.instanceOf(thrownBy(() => Mpsc.tryRecvUnsafe({ [Mpsc.RTypeId]: {} } as any)), Errors.Misuse)
    assert.instanceOf(thrownBy(() => Mpsc.upgradeUnsafe({ [Mpsc.WTypeId]: {} } as any)), Errors.Misuse)
  })
})

describe("streams and sinks", () => {
  it.effect("STR-1, STR-4: a stream borrows the receiver, in order, one at a time or in chunks", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.unbounded<number>()
      yield* Effect.forEach([1, 2, 3, 4, 5, 6], (n) => Mpsc.send(sender, n))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(Mpsc.stream(receiver), 2)), [1, 2])
      const chunks = yield* Mpsc.stream({ chunkSize: 3 })(receiver).pipe(
        Stream.chunks,
        Stream.take(1),
        Stream.runCollect
      )
      assert.deepStrictEqual(chunks, [[3, 4, 5]])
      const waiting = yield* forkSettled(Stream.runDrain(Stream.drop(Mpsc.stream(receiver), 1)))
      yield* Fiber.interrupt(waiting)
      yield* Mpsc.send(sender, 7)
      yield* Mpsc.close(receiver)
      assert.deepStrictEqual(yield* receiver.pipe(Mpsc.stream, Stream.runCollect), [7])
      assert.isFalse(Handle.isReleased(receiver))
    }).pipe(Effect.scoped))

  it.effect("sink: sends with back pressure, and drops the sender at the end only if asked to", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(2)
      const other = yield* Mpsc.clone(sender)
      const running = yield* forkSettled(Stream.run(Stream.make(1, 2, 3), Mpsc.sink(sender)))
      assert.strictEqual(yield* Mpsc.waiting(sender), 1)
      assert.deepStrictEqual(yield* Mpsc.recvMany(receiver, 9), [1, 2])
      yield* Fiber.join(running)
      assert.isFalse(Handle.isReleased(sender))
      yield* Mpsc.recv(receiver)
      yield* Stream.run(Stream.make(4), Mpsc.sink(sender, { drop: true }))
      assert.isTrue(Handle.isReleased(sender))
      yield* Mpsc.recv(receiver)
      yield* Effect.exit(
        Stream.run(Stream.fail("!"), Mpsc.sink({ drop: true })(other) as Sink.Sink<any, any, any, any>)
      )
      assert.isTrue(yield* ended(Mpsc.recv(receiver)))
    }).pipe(Effect.scoped))

  it.effect("sink: fails with the message that nobody will receive", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(2)
      yield* Mpsc.close(receiver)
      const error = yield* Effect.flip(Stream.run(Stream.make(1, 2), Mpsc.sink(sender)))
      assert.strictEqual(error._tag, "SendError")
      assert.strictEqual(error.value, 1)
    }).pipe(Effect.scoped))
})

describe("no starvation", () => {
  for (
    const [what, loop] of [
      [
        "recv on a channel that always has something",
        (sender: Mpsc.Sender<number>, receiver: Mpsc.Receiver<number>) =>
          Effect.andThen(Mpsc.send(sender, 1), Mpsc.recv(receiver))
      ],
      ["trySend on a full channel", (sender: Mpsc.Sender<number>) => Effect.exit(Mpsc.trySend(sender, 1))],
      [
        "tryRecv and trySend",
        (sender: Mpsc.Sender<number>, receiver: Mpsc.Receiver<number>) =>
          Effect.andThen(Effect.exit(Mpsc.tryRecv(receiver)), Effect.exit(Mpsc.trySend(sender, 1)))
      ]
    ] as const
  ) {
    it.live(`DESIGN 4.6: a loop of ${what} starves nobody`, () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Mpsc.bounded<number>(2)
        yield* Mpsc.send(sender, 0)
        const fiber = yield* Effect.forkChild(Effect.forever(loop(sender, receiver), { disableYield: true }))
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        yield* settle
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.scoped))
  }

  it.live("DESIGN 4.6: a sender on a channel that is always full and its receiver let others run", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Mpsc.bounded<number>(1)
      const forever = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.forkChild(Effect.forever(effect, { disableYield: true }))
      const fibers = [
        yield* forever(Mpsc.send(sender, 1)),
        yield* forever(Mpsc.send(sender, 2)),
        yield* forever(Mpsc.recv(receiver))
      ]
      let turns = 0
      for (; turns < 50; turns++) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* Fiber.interruptAll(fibers)
      assert.strictEqual(turns, 50)
      yield* settle
      assert.strictEqual(Mpsc.lenUnsafe(receiver) + Mpsc.capacityUnsafe(receiver), 1)
    }).pipe(Effect.scoped))
})
