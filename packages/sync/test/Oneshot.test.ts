/**
 * Oneshot: every guarantee of tokio's, what we promise beyond, and what happens to those who use it wrongly. A fiber as
 * the channel of its own result (JH-1 … JH-4) at the end.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option, Result, Scheduler, Scope } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { defectOf, forkSettled, manual, mustBeGone, operations, settle, thrownBy, until } from "./utils.ts"

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

/** Forks so many that receive, each of which writes down what came of it. */
const receivers = <A>(receiver: Oneshot.Receiver<A>, n: number, log: Array<unknown> = []) =>
  Effect.forEach(
    Array.from({ length: n }, (_, i) => i),
    (i) =>
      forkSettled(
        Oneshot.recv(receiver).pipe(
          Effect.matchEffect({
            onSuccess: (value) => Effect.sync(() => log.push([i, value])),
            onFailure: ({ _tag }) => Effect.sync(() => log.push([i, _tag]))
          })
        )
      )
  )

describe("Oneshot", () => {
  describe("send and recv", () => {
    it.effect("ONE-1: a value that was sent is received, whoever comes first", () =>
      Effect.gen(function*() {
        const value = {}
        const [sender, receiver] = yield* Oneshot.make<object>()
        yield* Oneshot.send(sender, value)
        assert.strictEqual(yield* Oneshot.recv(receiver), value)

        const [sender2, receiver2] = yield* Oneshot.make<object>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver2))
        assert.strictEqual(yield* Oneshot.waiting(receiver2), 1)
        yield* Oneshot.send(sender2, value)
        assert.strictEqual(yield* Oneshot.waiting(receiver2), 0)
        assert.strictEqual(yield* Fiber.join(waiter), value)
      }))

    it.effect("ONE-1: a value that is undefined, an error, an exit or an effect is a value like any other", () =>
      Effect.gen(function*() {
        for (const value of [undefined, null, false, new Error("no"), Exit.fail("no"), Effect.never, Option.none()]) {
          const [sender, receiver] = yield* Oneshot.make<unknown>()
          const waiter = yield* forkSettled(Oneshot.recv(receiver))
          yield* Oneshot.send(sender, value)
          assert.strictEqual(yield* Fiber.join(waiter), value)

          const [sender2, receiver2] = yield* Oneshot.make<unknown>()
          yield* Oneshot.send(sender2, value)
          assert.isFalse(yield* Oneshot.isEmpty(receiver2))
          assert.strictEqual(yield* Oneshot.tryRecv(receiver2), value)
        }
      }))

    it.effect("ONE-1: of several on one receiver the first gets the value, and the others learn that it is gone", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        yield* receivers(receiver, 4, log)
        assert.strictEqual(yield* Oneshot.waiting(receiver), 4)
        yield* Oneshot.send(sender, 1)
        yield* settle
        assert.deepStrictEqual(log, [[0, 1], [1, "RecvError"], [2, "RecvError"], [3, "RecvError"]])
        assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
      }))

    it.effect("ONE-1: nobody who comes later takes the value from one who is woken for it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.send(sender, 1)
        assert.isFalse(yield* Oneshot.isEmpty(receiver))
        assert.strictEqual(yield* tagOf(Oneshot.tryRecv(receiver)), "Empty")
        const refused = Oneshot.tryRecvUnsafe(receiver)
        assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "Empty")
        // it joins the queue in this very turn
        const late = yield* Effect.forkChild(Effect.exit(Oneshot.recv(receiver)), { startImmediately: true })
        assert.strictEqual(yield* Oneshot.waiting(receiver), 1)
        assert.strictEqual(yield* Fiber.join(waiter), 1)
        assert.isTrue(Exit.hasFails(yield* Fiber.join(late)))
      }))

    it.live("ONE-1: a receive that yields, wherever, on its way to wait misses nothing", () =>
      Effect.gen(function*() {
        for (let place = 1; place <= 10; place++) {
          let operation = -Infinity
          class YieldsOnce extends Scheduler.MixedScheduler {
            override shouldYield() {
              return ++operation === place
            }
          }
          const [sender, receiver] = Oneshot.makeUnsafe<number>()
          operation = 0
          const fiber = Effect.runFork(Oneshot.recv(receiver), { scheduler: new YieldsOnce() })
          operation = -Infinity
          Oneshot.sendUnsafe(sender, place)
          assert.strictEqual(yield* Fiber.join(fiber), place)
        }
      }))

    it.live("ONE-7: a receive that has begun is no Misuse, whatever happens before it waits", () =>
      Effect.gen(function*() {
        const rivals: ReadonlyArray<(receiver: Oneshot.Receiver<number>) => void> = [
          Oneshot.dropUnsafe,
          Oneshot.tryRecvUnsafe
        ]
        for (const rival of rivals) {
          for (let place = 2; place <= 10; place++) {
            let operation = -Infinity
            class YieldsOnce extends Scheduler.MixedScheduler {
              override shouldYield() {
                return ++operation === place
              }
            }
            const [sender, receiver] = Oneshot.makeUnsafe<number>()
            const sent = place % 2 === 0
            if (sent) Oneshot.sendUnsafe(sender, 1)
            operation = 0
            const fiber = Effect.runFork(Oneshot.recv(receiver), { scheduler: new YieldsOnce() })
            operation = -Infinity
            if (!sent) Oneshot.dropUnsafe(sender)
            rival(receiver)
            assert.isFalse(Exit.hasDies(yield* Fiber.await(fiber)), `yields before operation ${place}`)
          }
        }
      }))

    it.effect("ONE-1: it is received once: a second result is a Misuse, and tryRecv says that it is over", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>({ name: "o" })
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* Oneshot.recv(receiver), 1)
        const error = yield* Effect.flip(Oneshot.tryRecv(receiver))
        assert.instanceOf(error, Oneshot.RecvError)
        assert.strictEqual(error.message, "Oneshot \"o\" is over: nothing will come any more")
        const defect = yield* defectOf(Oneshot.recv(receiver))
        assert.instanceOf(defect, Oneshot.Misuse)
        assert.strictEqual(
          defect.message,
          "Oneshot.recv: the receiver of Oneshot \"o\" has given its result already"
        )
      }))

    it.effect("ONE-1: a value that nobody has received goes with the receiver, and out of memory", () =>
      Effect.gen(function*() {
        const kept: Array<unknown> = []
        const send = (end: (receiver: Oneshot.Receiver<object>) => void) => {
          const value = {}
          const [sender, receiver] = Oneshot.makeUnsafe<object>()
          Oneshot.sendUnsafe(sender, value)
          end(receiver)
          kept.push(sender, receiver)
          return new WeakRef(value)
        }
        const refs = [send(Oneshot.dropUnsafe), send(Oneshot.tryRecvUnsafe), send(Handle.releaseUnsafe)]
        yield* mustBeGone(refs)
        assert.lengthOf(kept, 6)
      }))

    it.effect("ONE-1: the sender may go, as soon as it has sent", () =>
      Effect.gen(function*() {
        const outer = yield* Effect.scope
        const receiver = yield* Effect.scoped(Effect.gen(function*() {
          const [sender, receiver] = yield* Oneshot.make<number>()
          yield* Handle.transfer(receiver, outer)
          yield* Oneshot.send(sender, 1)
          yield* Oneshot.drop(sender)
          return receiver
        }))
        assert.strictEqual(yield* Oneshot.recv(receiver), 1)
      }))

    it.effect("ONE-2: sending to a receiver that is closed or gone gives the value back", () =>
      Effect.gen(function*() {
        for (const end of [Oneshot.close, Oneshot.drop, Handle.release]) {
          const value = {}
          const [sender, receiver] = yield* Oneshot.make<object>({ name: "o" })
          assert.isFalse(yield* Oneshot.isClosed(sender))
          yield* end(receiver)
          assert.isTrue(yield* Oneshot.isClosed(sender))
          const error = yield* Effect.flip(Oneshot.send(sender, value))
          assert.instanceOf(error, Oneshot.SendError)
          assert.strictEqual(error.value, value)
          assert.strictEqual(error.message, "Oneshot.send: the receiver of Oneshot \"o\" is closed or gone")
        }
      }))

    it.effect("ONE-2: a refused value is held by its error alone, which has no stack", () =>
      Effect.gen(function*() {
        const [sender, receiver] = Oneshot.makeUnsafe<object>()
        Oneshot.closeUnsafe(receiver)
        const refuse = () => {
          const value = {}
          const result = Oneshot.sendUnsafe(sender, value)
          assert.isTrue(Result.isFailure(result) && result.failure.value === value)
          assert.isFalse(Result.isFailure(result) && /\n\s+at /.test(String(result.failure.stack)))
          return new WeakRef(value)
        }
        yield* mustBeGone([refuse()])
      }))

    it.effect("ONE-2: the sender is used up, sent or refused: a second send is a Misuse", () =>
      Effect.gen(function*() {
        for (const closing of [false, true]) {
          const [sender, receiver] = yield* Oneshot.make<number>({ name: "o" })
          if (closing) yield* Oneshot.close(receiver)
          assert.strictEqual(Exit.isSuccess(yield* Effect.exit(Oneshot.send(sender, 1))), !closing)
          assert.isTrue(Handle.isReleased(sender))
          const message = "the sender of Oneshot \"o\" was consumed by a send and can't be used any more"
          for (
            const [name, defect] of [
              ["send", yield* defectOf(Oneshot.send(sender, 2))],
              ["closed", yield* defectOf(Oneshot.closed(sender))],
              ["sendUnsafe", thrownBy(() => Oneshot.sendUnsafe(sender, 2))]
            ] as const
          ) {
            assert.instanceOf(defect, Oneshot.Misuse)
            assert.strictEqual(defect.message, `Oneshot.${name}: ${message}`)
          }
          assert.strictEqual(yield* Oneshot.isClosed(sender), closing)
          if (!closing) assert.strictEqual(yield* Oneshot.recv(receiver), 1)
        }
      }))

    it("ONE-2: sending and receiving are one step where nobody has to wait", () => {
      const [sender, receiver] = Oneshot.makeUnsafe<number>()
      const fallback = process.env["EFFECT_SYNC_FALLBACK"] === "1"
      assert.isAtMost(operations(Oneshot.send(sender, 1)), fallback ? 3 : 1)
      assert.isAtMost(operations(Oneshot.recv(receiver)), fallback ? 4 : 1)
    })
  })

  describe("close", () => {
    it.effect("ONE-3: what was sent before the close is received after it", () =>
      Effect.gen(function*() {
        for (const receive of [Oneshot.recv, Oneshot.tryRecv] as const) {
          const [sender, receiver] = yield* Oneshot.make<number>()
          yield* Oneshot.send(sender, 1)
          yield* Oneshot.close(receiver)
          assert.isFalse(yield* Oneshot.isEmpty(receiver))
          assert.strictEqual(yield* receive(receiver), 1)
        }
      }))

    it.effect("ONE-3: who is woken for a value gets it, though it is closed before it runs", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        yield* receivers(receiver, 2, log)
        yield* Oneshot.send(sender, 1)
        yield* Oneshot.close(receiver)
        yield* settle
        assert.deepStrictEqual(log, [[0, 1], [1, "RecvError"]])
      }))

    it.effect("ONE-3: nothing sent after the close is received", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        yield* Oneshot.close(receiver)
        assert.strictEqual(yield* tagOf(Oneshot.send(sender, 1)), "SendError")
        assert.isTrue(yield* Oneshot.isEmpty(receiver))
        assert.strictEqual(yield* tagOf(Oneshot.recv(receiver)), "RecvError")
      }))

    it.effect("ONE-3: it ends who waits for a value, the oldest first, and may be repeated", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        yield* receivers(receiver, 3, log)
        yield* Oneshot.close(receiver)
        yield* Oneshot.close(receiver)
        assert.isFalse(yield* Oneshot.isTerminated(receiver))
        yield* settle
        assert.deepStrictEqual(log, [[0, "RecvError"], [1, "RecvError"], [2, "RecvError"]])
        assert.isTrue(yield* Oneshot.isTerminated(receiver))
        yield* Oneshot.close(receiver)
        assert.strictEqual(yield* tagOf(Oneshot.send(sender, 1)), "SendError")
      }))

    it.effect("ONE-3: in a callback it runs no fiber on its own stack", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Oneshot.makeUnsafe<number>()
        const fibers = [run<unknown, unknown>(Oneshot.recv(receiver)), run<unknown, unknown>(Oneshot.closed(sender))]
        Oneshot.closeUnsafe(receiver)
        assert.isTrue(Oneshot.isClosedUnsafe(sender))
        for (const fiber of fibers) assert.isUndefined(fiber.pollUnsafe())
        turnsUntilIdle()
        assert.isTrue(Exit.hasFails(fibers[0]!.pollUnsafe()!))
        assert.deepStrictEqual(fibers[1]!.pollUnsafe(), Exit.void)
      }))
  })

  describe("a sender that goes", () => {
    it.effect("ONE-4: who waits fails, and who comes later too: nobody hangs", () =>
      Effect.gen(function*() {
        for (const end of [Oneshot.drop, Handle.release]) {
          const [sender, receiver] = yield* Oneshot.make<number>()
          const log: Array<unknown> = []
          yield* receivers(receiver, 2, log)
          yield* end(sender)
          assert.isFalse(yield* Oneshot.isTerminated(receiver))
          const atOnce = yield* Effect.forkChild(Effect.flip(Oneshot.recv(receiver)), { startImmediately: true })
          assert.strictEqual((yield* Fiber.join(atOnce))._tag, "RecvError")
          yield* settle
          assert.deepStrictEqual(log, [[0, "RecvError"], [1, "RecvError"]])
          yield* end(sender) // it does nothing
        }
      }))

    it.effect("ONE-4: with the scope that owns it, however that ends", () =>
      Effect.gen(function*() {
        for (const end of [Effect.void, Effect.fail("no"), Effect.die("broken"), Effect.interrupt]) {
          const [sender, receiver] = yield* Oneshot.make<number>()
          yield* Handle.forkWith(
            Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
            () => Effect.andThen(Effect.yieldNow, end)
          )
          assert.strictEqual(yield* tagOf(Oneshot.recv(receiver)), "RecvError")
        }
      }))

    it.effect("ONE-4: a fiber that is interrupted before it starts leaves nobody waiting", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Effect.flip(Oneshot.recv(receiver)))
        const fiber = yield* Handle.forkWith(
          Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
          (sender) => Oneshot.send(sender, 1)
        )
        yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* Fiber.join(waiter))._tag, "RecvError")
      }))

    it.effect("ONE-4: the scope of make drops both, and keeps no trace of what is used up", () =>
      Effect.gen(function*() {
        const scope = Scope.makeUnsafe()
        const [sender, receiver] = yield* Scope.provide(Oneshot.make<number>(), scope)
        yield* Oneshot.send(sender, 1)
        yield* Oneshot.drop(receiver)
        assert.strictEqual(scope.state._tag, "Empty")
        const [sender2, receiver2] = yield* Scope.provide(Oneshot.make<number>(), scope)
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Handle.isReleased(sender2) && Handle.isReleased(receiver2))
        assert.isTrue(yield* Oneshot.isClosed(sender2))
        const [sender3, receiver3] = yield* Scope.provide(Oneshot.make<number>(), scope)
        assert.isTrue(Handle.isReleased(sender3) && Handle.isReleased(receiver3))
      }))

    it.effect("a sender that was dropped can't be used any more", () =>
      Effect.gen(function*() {
        const [sender] = yield* Oneshot.make<number>({ name: "o" })
        yield* Oneshot.drop(sender)
        const message = "the sender of Oneshot \"o\" was released and can't be used any more"
        assert.strictEqual((yield* defectOf(Oneshot.send(sender, 1))).message, `Oneshot.send: ${message}`)
        assert.strictEqual((yield* defectOf(Oneshot.closed(sender))).message, `Oneshot.closed: ${message}`)
        assert.strictEqual(thrownBy(() => Oneshot.sendUnsafe(sender, 1)).message, `Oneshot.sendUnsafe: ${message}`)
        assert.isFalse(yield* Oneshot.isClosed(sender))
        assert.strictEqual(yield* Oneshot.waiting(sender), 0)
        const moved = yield* defectOf(Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)))
        assert.strictEqual(moved.message, `Handle.transfer: ${message}`)
      }))
  })

  describe("interruption", () => {
    it.effect("ONE-5: who gives up waiting leaves the value to the next receive", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Fiber.interrupt(waiter)
        assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
        assert.isFalse(yield* Oneshot.isTerminated(receiver))
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* Oneshot.recv(receiver), 1)
      }))

    it.effect("ONE-5: interrupted between the send and its turn, it leaves the value, and the next in line gets it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        const fibers = yield* receivers(receiver, 3, log)
        yield* Oneshot.send(sender, 1)
        fibers[0]!.interruptUnsafe()
        yield* settle
        assert.deepStrictEqual(log, [[1, 1], [2, "RecvError"]])

        const [sender2, receiver2] = yield* Oneshot.make<number>()
        const alone = yield* forkSettled(Oneshot.recv(receiver2))
        yield* Oneshot.send(sender2, 2)
        alone.interruptUnsafe()
        yield* settle
        assert.isFalse(yield* Oneshot.isEmpty(receiver2))
        assert.strictEqual(yield* Oneshot.recv(receiver2), 2)
      }))

    it.effect("ONE-5: whoever leaves the line from its middle changes nothing for the others", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        const fibers = yield* receivers(receiver, 5, log)
        for (const i of [2, 0, 4]) yield* Fiber.interrupt(fibers[i]!)
        assert.strictEqual(yield* Oneshot.waiting(receiver), 2)
        yield* Oneshot.send(sender, 1)
        yield* settle
        assert.deepStrictEqual(log, [[1, 1], [3, "RecvError"]])
      }))

    it.effect("ONE-5: a timeout and a lost race lose nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const impatient = yield* Effect.forkChild(Effect.timeoutOption(Oneshot.recv(receiver), "1 second"))
        yield* until("it waits", Oneshot.waiting(receiver), 1)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(impatient), Option.none())
        const lost = yield* Effect.raceFirst(
          Effect.andThen(Effect.yieldNow, Effect.succeed("won")),
          Oneshot.recv(receiver)
        )
        assert.strictEqual(lost, "won")
        assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* Oneshot.recv(receiver), 1)
      }))

    it.effect("ONE-5: interrupted in a receive that will fail, it has had no result", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.drop(sender)
        waiter.interruptUnsafe()
        yield* settle
        assert.isFalse(yield* Oneshot.isTerminated(receiver))
        assert.strictEqual(yield* tagOf(Oneshot.recv(receiver)), "RecvError")
      }))

    it.effect("ONE-5: who interrupts others when woken, or dies, keeps nobody from their result", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        const dies = yield* forkSettled(Effect.andThen(Oneshot.recv(receiver), Effect.die("after")))
        const fibers = yield* receivers(receiver, 3, log)
        fibers[0]!.addObserver(() => fibers[1]!.interruptUnsafe())
        yield* Oneshot.send(sender, 1)
        yield* settle
        assert.isTrue(Exit.hasDies(yield* Fiber.await(dies)))
        assert.deepStrictEqual(log, [[0, "RecvError"], [2, "RecvError"]])
      }))
  })

  describe("closed", () => {
    it.effect("ONE-6: waits for the close or the drop of the receiver", () =>
      Effect.gen(function*() {
        for (const end of [Oneshot.close, Oneshot.drop, Handle.release]) {
          const [sender, receiver] = yield* Oneshot.make<number>()
          const fibers = [yield* forkSettled(Oneshot.closed(sender)), yield* forkSettled(Oneshot.closed(sender))]
          assert.strictEqual(yield* Oneshot.waiting(sender), 2)
          yield* end(receiver)
          assert.strictEqual(yield* Oneshot.waiting(sender), 0)
          yield* Fiber.joinAll(fibers)
        }
      }))

    it.effect("ONE-6: where that has been it does not wait, and it may be asked again and again", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const before = Oneshot.closed(sender)
        yield* Oneshot.close(receiver)
        Effect.runSync(before)
        Effect.runSync(before)
        Effect.runSync(Oneshot.closed(sender))
        assert.strictEqual(yield* tagOf(Oneshot.send(sender, 1)), "SendError")
      }))

    it.effect("ONE-6: it stops a computation that nobody waits for any more", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const stopped = yield* Deferred.make<void>()
        const compute = Effect.onInterrupt(Effect.never, () => Deferred.succeed(stopped, undefined))
        const answering = yield* forkSettled(
          Effect.flatMap(
            Effect.raceFirst(Effect.asSome(compute), Effect.as(Oneshot.closed(sender), Option.none())),
            Option.match({ onNone: () => Effect.void, onSome: (n) => Oneshot.send(sender, n) })
          )
        )
        const asking = yield* Effect.forkChild(Effect.timeoutOption(Oneshot.recv(receiver), "1 second"))
        yield* until("it waits", Oneshot.waiting(receiver), 1)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(asking)
        yield* Oneshot.drop(receiver)
        yield* Deferred.await(stopped)
        yield* Fiber.join(answering)
      }))

    it.effect("ONE-6: a sender that is used or dropped meanwhile ends the wait with Misuse", () =>
      Effect.gen(function*() {
        for (
          const [end, how] of [
            [(sender: Oneshot.Sender<number>) => Oneshot.send(sender, 1), "consumed by a send"],
            [Oneshot.drop, "released"]
          ] as const
        ) {
          const [sender] = yield* Oneshot.make<number>({ name: "o" })
          const waiter = yield* forkSettled(defectOf(Oneshot.closed(sender)))
          yield* end(sender)
          assert.strictEqual(yield* Oneshot.waiting(sender), 0)
          assert.strictEqual(
            (yield* Fiber.join(waiter)).message,
            `Oneshot.closed: the sender of Oneshot "o" was ${how} and can't be used any more`
          )
        }
      }))

    it.effect("ONE-6: who was released by the close is told so, though the sender is dropped before it runs", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.closed(sender))
        yield* Oneshot.close(receiver)
        yield* Oneshot.drop(sender)
        yield* Fiber.join(waiter)
      }))

    it.effect("ONE-6: who gives up waiting changes nothing for the others", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const first = yield* forkSettled(Oneshot.closed(sender))
        const second = yield* forkSettled(Oneshot.closed(sender))
        yield* Fiber.interrupt(first)
        assert.strictEqual(yield* Oneshot.waiting(sender), 1)
        yield* Oneshot.drop(receiver)
        yield* Fiber.join(second)
      }))
  })

  describe("looking", () => {
    /** `isEmpty`, `isTerminated` and `isClosed`, and the same by their twins. */
    const states = ([sender, receiver]: readonly [Oneshot.Sender<number>, Oneshot.Receiver<number>]) =>
      Effect.gen(function*() {
        const seen = [
          yield* Oneshot.isEmpty(receiver),
          yield* Oneshot.isTerminated(receiver),
          yield* Oneshot.isClosed(sender)
        ]
        assert.deepStrictEqual(seen, [
          Oneshot.isEmptyUnsafe(receiver),
          Oneshot.isTerminatedUnsafe(receiver),
          Oneshot.isClosedUnsafe(sender)
        ])
        return seen.map(Number).join("")
      })

    const make = Oneshot.make<number>()

    it.effect("ONE-7: empty, terminated and closed, as it is sent and received", () =>
      Effect.gen(function*() {
        for (const receive of [Oneshot.recv, Oneshot.tryRecv] as const) {
          const [sender, receiver] = yield* make
          const both = [sender, receiver] as const
          assert.strictEqual(yield* states(both), "100")
          assert.strictEqual(yield* Effect.exit(Oneshot.tryRecv(receiver)).pipe(Effect.andThen(states(both))), "100")
          yield* Oneshot.send(sender, 1)
          assert.strictEqual(yield* states(both), "000")
          yield* receive(receiver)
          assert.strictEqual(yield* states(both), "110")
          yield* Oneshot.close(receiver)
          assert.strictEqual(yield* states(both), "111")
        }
      }))

    it.effect("ONE-7: as the sender goes without sending", () =>
      Effect.gen(function*() {
        for (const receive of [Oneshot.recv, Oneshot.tryRecv] as const) {
          const [sender, receiver] = yield* make
          yield* Oneshot.drop(sender)
          assert.strictEqual(yield* states([sender, receiver]), "100")
          assert.strictEqual(yield* tagOf(receive(receiver)), "RecvError")
          assert.strictEqual(yield* states([sender, receiver]), "110")
        }
      }))

    it.effect("ONE-7: as it is closed, with nothing sent and with something", () =>
      Effect.gen(function*() {
        for (const receive of [Oneshot.recv, Oneshot.tryRecv] as const) {
          const [sender, receiver] = yield* make
          yield* Oneshot.close(receiver)
          assert.strictEqual(yield* states([sender, receiver]), "101")
          assert.strictEqual(yield* tagOf(receive(receiver)), "RecvError")
          assert.strictEqual(yield* states([sender, receiver]), "111")

          const other = yield* make
          yield* Oneshot.send(other[0], 1)
          yield* Oneshot.close(other[1])
          assert.strictEqual(yield* states(other), "001")
          yield* receive(other[1])
          assert.strictEqual(yield* states(other), "111")
        }
      }))

    it.effect("ONE-7: as the receiver is dropped, and with it a value", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* make
        yield* Oneshot.send(sender, 1)
        yield* Oneshot.drop(receiver)
        assert.strictEqual(yield* states([sender, receiver]), "101")
      }))

    it.effect("ONE-7: a result is yielded when somebody has it, not when somebody is woken for it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* make
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* states([sender, receiver]), "000")
        yield* Fiber.join(waiter)
        assert.strictEqual(yield* states([sender, receiver]), "110")
      }))

    it.effect("ONE-7: a RecvError of tryRecv is a result too: a receive after it is a Misuse, before it is not", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* make
        const parked = yield* forkSettled(Effect.flip(Oneshot.recv(receiver)))
        yield* Oneshot.drop(sender)
        assert.strictEqual(yield* tagOf(Oneshot.tryRecv(receiver)), "RecvError")
        assert.strictEqual(yield* tagOf(Oneshot.tryRecv(receiver)), "RecvError")
        assert.instanceOf(yield* defectOf(Oneshot.recv(receiver)), Oneshot.Misuse)
        assert.strictEqual((yield* Fiber.join(parked))._tag, "RecvError")
      }))

    it.effect("names and states show in JSON and text, values never", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<string>({ name: "secret" })
        assert.strictEqual(String(sender), "Oneshot.Sender(secret: open, 0 waiting)")
        assert.strictEqual(String(receiver), "Oneshot.Receiver(secret: empty, 0 waiting)")
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        assert.deepStrictEqual(receiver.toJSON(), {
          _id: "effect-sync/Oneshot/Receiver",
          name: "secret",
          state: "empty",
          waiting: 1
        })
        assert.deepStrictEqual(sender.toJSON(), {
          _id: "effect-sync/Oneshot/Sender",
          name: "secret",
          state: "open",
          waiting: 0
        })
        yield* Oneshot.send(sender, "hunter2")
        assert.strictEqual(inspect(receiver), "Oneshot.Receiver(secret: full, 0 waiting)")
        assert.strictEqual(inspect(sender), "Oneshot.Sender(secret: gone, 0 waiting)")
        assert.notInclude(JSON.stringify([sender, receiver]), "hunter2")
        yield* Fiber.join(waiter)
        assert.strictEqual(String(receiver), "Oneshot.Receiver(secret: terminated, 0 waiting)")
        yield* Oneshot.drop(receiver)
        assert.strictEqual(String(receiver), "Oneshot.Receiver(secret: gone, 0 waiting)")

        const [sender2, receiver2] = Oneshot.makeUnsafe<string>()
        Oneshot.closeUnsafe(receiver2)
        assert.strictEqual(String(sender2), "Oneshot.Sender(closed, 0 waiting)")
        assert.strictEqual(String(receiver2), "Oneshot.Receiver(over, 0 waiting)")
        assert.notProperty(sender2.toJSON(), "name")
        for (const name of ["send", "closed", "recv", "tryRecv"] as const) {
          const effect = name === "send"
            ? Oneshot.send(sender2, "")
            : name === "closed"
            ? Oneshot.closed(sender2)
            : Oneshot[name](receiver2)
          assert.deepStrictEqual(JSON.parse(JSON.stringify(effect)), { _id: "Effect", op: `Oneshot.${name}` })
        }
      }))

    it.effect("the halves are told from each other and from what is none", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* make
        assert.deepStrictEqual([sender, receiver, {}, null, "sender"].map(Oneshot.isSender), [
          true,
          false,
          false,
          false,
          false
        ])
        assert.deepStrictEqual([sender, receiver, {}, undefined].map(Oneshot.isReceiver), [false, true, false, false])
        assert.isTrue(Handle.isHandle(sender) && Handle.isHandle(receiver))
      }))
  })

  describe("callbacks", () => {
    it.effect("ONE-8: sending needs no runtime, and runs nobody on its own stack", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Oneshot.makeUnsafe<number>({ name: "o" })
        const waiter = run(Oneshot.recv(receiver))
        assert.deepStrictEqual(Oneshot.sendUnsafe(sender, 1), Result.void)
        assert.isUndefined(waiter.pollUnsafe())
        turnsUntilIdle()
        assert.deepStrictEqual(waiter.pollUnsafe(), Exit.succeed(1))

        const [sender2, receiver2] = Oneshot.makeUnsafe<number>({ name: "o" })
        Oneshot.dropUnsafe(receiver2)
        const refused = Oneshot.sendUnsafe(2)(sender2)
        assert.isTrue(Result.isFailure(refused) && refused.failure.value === 2)
        assert.isTrue(
          Result.isFailure(refused) &&
            refused.failure.message === "Oneshot.sendUnsafe: the receiver of Oneshot \"o\" is closed or gone"
        )
      }))

    it.effect("ONE-8: everything that never waits may be called there", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Oneshot.makeUnsafe<number>()
        const waiter = run(Oneshot.recv(receiver))
        assert.strictEqual(Oneshot.waitingUnsafe(receiver), 1)
        assert.strictEqual(Oneshot.waitingUnsafe(sender), 0)
        Oneshot.dropUnsafe(sender)
        assert.isUndefined(waiter.pollUnsafe())
        turnsUntilIdle()
        assert.isTrue(Exit.hasFails(waiter.pollUnsafe()!))
        assert.isTrue(Oneshot.isTerminatedUnsafe(receiver))
        Oneshot.dropUnsafe(receiver)
        Oneshot.dropUnsafe(receiver)
        const message = "the receiver of an unnamed Oneshot was released and can't be used any more"
        assert.strictEqual(thrownBy(() => Oneshot.closeUnsafe(receiver)).message, `Oneshot.closeUnsafe: ${message}`)
        assert.strictEqual(thrownBy(() => Oneshot.tryRecvUnsafe(receiver)).message, `Oneshot.tryRecvUnsafe: ${message}`)
      }))

    it.effect("ONE-9: trying never says Empty without reason", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>({ name: "o" })
        const empty = yield* Effect.flip(Oneshot.tryRecv(receiver))
        assert.instanceOf(empty, Oneshot.Empty)
        assert.strictEqual(empty.message, "Oneshot \"o\" has nothing to receive yet")
        assert.deepStrictEqual(Oneshot.tryRecvUnsafe(receiver), Result.fail(empty))
        Oneshot.sendUnsafe(sender, 1)
        assert.deepStrictEqual(Oneshot.tryRecvUnsafe(receiver), Result.succeed(1))
        const over = Oneshot.tryRecvUnsafe(receiver)
        assert.isTrue(Result.isFailure(over) && over.failure instanceof Oneshot.RecvError)

        const [sender2, receiver2] = yield* Oneshot.make<number>()
        Oneshot.dropUnsafe(sender2)
        const gone = Oneshot.tryRecvUnsafe(receiver2)
        assert.isTrue(Result.isFailure(gone) && gone.failure._tag === "RecvError")
        assert.isTrue(Oneshot.isTerminatedUnsafe(receiver2))
      }))

    it.effect("ONE-9: who waits and leaves before the value comes does not make it Empty", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.send(sender, 1)
        yield* Fiber.interrupt(waiter)
        assert.strictEqual(yield* Oneshot.tryRecv(receiver), 1)
      }))
  })

  describe("a receiver that goes", () => {
    it.effect("ends who waits, even who was woken for the value that goes with it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const log: Array<unknown> = []
        yield* receivers(receiver, 3, log)
        yield* Oneshot.send(sender, 1)
        yield* Oneshot.drop(receiver)
        assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
        yield* settle
        assert.deepStrictEqual(log, [[0, "RecvError"], [1, "RecvError"], [2, "RecvError"]])
      }))

    it.effect("can't be used any more, but tells its state", () =>
      Effect.gen(function*() {
        const [, receiver] = yield* Oneshot.make<number>({ name: "o" })
        yield* Oneshot.drop(receiver)
        yield* Oneshot.drop(receiver)
        const message = "the receiver of Oneshot \"o\" was released and can't be used any more"
        for (const name of ["recv", "tryRecv", "close"] as const) {
          assert.strictEqual((yield* defectOf(Oneshot[name](receiver))).message, `Oneshot.${name}: ${message}`)
        }
        assert.isTrue(yield* Oneshot.isEmpty(receiver))
        assert.isFalse(yield* Oneshot.isTerminated(receiver))
        assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
      }))

    it.effect("moves to another scope, and outlives its own", () =>
      Effect.gen(function*() {
        const outer = yield* Effect.scope
        const [sender, receiver] = yield* Effect.scoped(
          Effect.tap(Oneshot.make<number>(), (both) => Effect.forEach(both, (half) => Handle.transfer(half, outer)))
        )
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* Oneshot.recv(receiver), 1)
      }))
  })

  it.effect("nothing happens, and no place is taken, until the effect runs", () =>
    Effect.gen(function*() {
      const make = Oneshot.make<number>()
      const [sender, receiver] = yield* make
      assert.notStrictEqual((yield* make)[0], sender)
      const recv = Oneshot.recv(receiver)
      const send = Oneshot.send(sender, 1)
      const drop = Oneshot.drop(receiver)
      const close = Oneshot.close(receiver)
      assert.strictEqual(yield* Oneshot.waiting(receiver), 0)
      assert.isTrue(yield* Oneshot.isEmpty(receiver))
      assert.isFalse(Handle.isReleased(receiver))
      yield* send
      assert.strictEqual(yield* recv, 1)
      yield* close
      yield* drop
    }))

  it.effect("data-last forms do the same", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Oneshot.make<number>()
      yield* sender.pipe(Oneshot.send(1))
      assert.strictEqual(yield* receiver.pipe(Oneshot.recv), 1)
    }))

  it.effect("the …Unsafe functions refuse what does not live here", () =>
    Effect.gen(function*() {
      const text = { toString: () => "Remote" }
      const sender = {
        ...text,
        [Oneshot.STypeId]: { isClosed: Effect.succeed(true), waiting: Effect.succeed(3) }
      } as any
      const receiver = { ...text, [Oneshot.RTypeId]: { recv: Effect.succeed(1), waiting: Effect.succeed(4) } } as any
      for (
        const [name, call] of Object.entries({
          sendUnsafe: () => Oneshot.sendUnsafe(sender, 1),
          isClosedUnsafe: () => Oneshot.isClosedUnsafe(sender),
          tryRecvUnsafe: () => Oneshot.tryRecvUnsafe(receiver),
          closeUnsafe: () => Oneshot.closeUnsafe(receiver),
          isTerminatedUnsafe: () => Oneshot.isTerminatedUnsafe(receiver),
          isEmptyUnsafe: () => Oneshot.isEmptyUnsafe(receiver),
          dropUnsafe: () => Oneshot.dropUnsafe(receiver),
          waitingUnsafe: () => Oneshot.waitingUnsafe(sender)
        })
      ) {
        const error = thrownBy(call)
        assert.instanceOf(error, Oneshot.Misuse)
        assert.match(error.message, new RegExp(`^Oneshot\\.${name}: Remote does not live in this process`))
      }
      assert.strictEqual(yield* Oneshot.recv(receiver), 1)
      assert.isTrue(yield* Oneshot.isClosed(sender))
      assert.deepStrictEqual([yield* Oneshot.waiting(sender), yield* Oneshot.waiting(receiver)], [3, 4])
    }))

  it.effect("sending and receiving in a loop starves nobody", () =>
    Effect.gen(function*() {
      let others = 0
      const other = yield* Effect.forkChild(
        Effect.forever(Effect.andThen(Effect.yieldNow, Effect.sync(() => others++)))
      )
      for (let i = 0; i < 5000; i++) {
        const [sender, receiver] = Oneshot.makeUnsafe<number>()
        yield* Oneshot.send(sender, i)
        yield* Oneshot.recv(receiver)
      }
      yield* Fiber.interrupt(other)
      assert.isAbove(others, 0)
    }))

  describe("as in tokio's own tests", () => {
    it.effect("ONE-6, ONE-2: a receiver that goes wakes who waits for that, and the value comes back", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const closed = yield* forkSettled(Oneshot.closed(sender))
        assert.isUndefined(closed.pollUnsafe())
        yield* Oneshot.drop(receiver)
        yield* settle
        assert.isDefined(closed.pollUnsafe())
        assert.strictEqual((yield* Effect.flip(Oneshot.send(sender, 17))).value, 17)
      }))

    it.effect("ONE-3: an explicit close, with a value and without", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.send(sender, 17)
        yield* Oneshot.close(receiver)
        assert.strictEqual(yield* Fiber.join(waiter), 17)

        const [sender2, receiver2] = yield* Oneshot.make<number>()
        const closed = yield* forkSettled(Oneshot.closed(sender2))
        yield* Oneshot.close(receiver2)
        yield* Fiber.join(closed)
        assert.strictEqual((yield* Effect.flip(Oneshot.send(sender2, 17))).value, 17)
        assert.strictEqual(yield* tagOf(Oneshot.recv(receiver2)), "RecvError")
      }))

    it.effect("ONE-7: receiving after a close and a failed attempt is a Misuse; closing after a receive is not", () =>
      Effect.gen(function*() {
        const [, receiver] = yield* Oneshot.make<number>()
        yield* Oneshot.close(receiver)
        assert.strictEqual(yield* tagOf(Oneshot.tryRecv(receiver)), "RecvError")
        assert.instanceOf(yield* defectOf(Oneshot.recv(receiver)), Oneshot.Misuse)

        const [sender2, receiver2] = yield* Oneshot.make<number>()
        yield* Oneshot.send(sender2, 17)
        assert.strictEqual(yield* Oneshot.recv(receiver2), 17)
        yield* Oneshot.close(receiver2)
        assert.strictEqual(yield* tagOf(Oneshot.tryRecv(receiver2)), "RecvError")
      }))

    it.effect("ONE-5, ONE-6: whoever waited before, whoever waits last is woken", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Oneshot.make<number>()
        yield* Fiber.interrupt(yield* forkSettled(Oneshot.closed(sender)))
        yield* Fiber.interrupt(yield* forkSettled(Oneshot.recv(receiver)))
        const closed = yield* forkSettled(Effect.exit(Oneshot.closed(sender)))
        const waiter = yield* forkSettled(Oneshot.recv(receiver))
        yield* Oneshot.send(sender, 1)
        assert.strictEqual(yield* Fiber.join(waiter), 1)
        assert.isTrue(Exit.hasDies(yield* Fiber.join(closed)))
      }))
  })
})

describe("a fiber as the channel of its own result", () => {
  it.effect("JH-1: what it owned is released before anybody sees its exit", () =>
    Effect.gen(function*() {
      const [sender, receiver] = yield* Oneshot.make<number>()
      const seen: Array<string> = []
      const fiber = yield* Handle.forkWith(
        Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
        () => Effect.as(Effect.yieldNow, "result")
      )
      fiber.addObserver(() => seen.push(`exit, released: ${Handle.isReleased(sender)}`))
      assert.strictEqual(yield* Fiber.join(fiber), "result")
      assert.deepStrictEqual(seen, ["exit, released: true"])
      assert.strictEqual(yield* tagOf(Oneshot.recv(receiver)), "RecvError")
    }))

  it.effect("JH-2: a defect reaches whoever awaits it as a value, and its oneshot as a RecvError", () =>
    Effect.gen(function*() {
      const broken = new Error("broken")
      const [sender, receiver] = yield* Oneshot.make<number>()
      const fiber = yield* Handle.forkWith(
        Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
        () => Effect.die(broken)
      )
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.hasDies(exit))
      assert.strictEqual(Result.getOrThrow(Exit.findDefect(exit)), broken)
      assert.strictEqual(yield* tagOf(Oneshot.recv(receiver)), "RecvError")
      // it may be asked again, and join is for those who want to end as it did
      assert.strictEqual(yield* defectOf(Fiber.join(fiber)), broken)
    }))

  it.effect("JH-3: an interrupt after the end leaves the result as it is", () =>
    Effect.gen(function*() {
      const fiber = yield* forkSettled(Effect.succeed(1))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* Fiber.await(fiber), Exit.succeed(1))
      assert.strictEqual(yield* Fiber.join(fiber), 1)
    }))

  it.effect("JH-4: interrupting a join leaves the fiber alone, and its result to the next", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<number>()
      const fiber = yield* Effect.forkChild(Deferred.await(gate))
      const joining = yield* forkSettled(Fiber.join(fiber))
      yield* Fiber.interrupt(joining)
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(gate, 1)
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      const exit = yield* Fiber.await(joining)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    }))
})
