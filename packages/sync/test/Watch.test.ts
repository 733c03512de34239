/**
 * Watch: every guarantee of tokio's, what we promise beyond, and what happens to those who use it wrongly.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Result, Scope } from "effect"
import { Errors, Handle, Watch } from "effect-sync"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { defectOf, forkSettled, manual, mustBeGone, operations, settle, thrownBy, until } from "./utils.ts"

const isDone = (exit: Exit.Exit<unknown, unknown> | undefined): boolean =>
  exit !== undefined && Exit.isFailure(exit) && Cause.isDone(Cause.squash(exit.cause))

const isUnseen = (receiver: Watch.Receiver<unknown>): boolean => Watch.borrowRefUnsafe(receiver).hasChanged

/** Whether an effect would wait: nothing comes of it, and it is interrupted again. */
const waits = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function*() {
    const fiber = yield* forkSettled(effect)
    const exit = fiber.pollUnsafe()
    yield* Fiber.interrupt(fiber)
    return exit === undefined
  })

const ends = (effect: Effect.Effect<unknown, unknown>) => Effect.map(Effect.exit(effect), isDone)

describe("Watch", () => {
  describe("the value", () => {
    it.effect("W-1: any number of sends between two looks is one change, and the look gives the latest", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        for (let i = 1; i <= 1000; i++) yield* Watch.send(sender, i)
        yield* Watch.changed(receiver)
        assert.strictEqual(yield* Watch.borrow(receiver), 1000)
        assert.isTrue(yield* waits(Watch.changed(receiver)))
      }))

    it.effect("W-1: also while somebody waits: it runs once, and finds the latest", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const seen: Array<number> = []
        const fiber = yield* forkSettled(
          Effect.forever(Effect.andThen(
            Watch.changed(receiver),
            Effect.sync(() => seen.push(Watch.borrowUnsafe(receiver)))
          ))
        )
        for (let i = 1; i <= 3; i++) Watch.sendUnsafe(sender, i)
        yield* settle
        Watch.sendUnsafe(sender, 4)
        yield* settle
        assert.deepStrictEqual(seen, [3, 4])
        yield* Fiber.interrupt(fiber)
      }))

    it.effect("W-2: nobody sees an older value after a newer one", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const other = yield* Watch.clone(sender)
        const seen: Array<number> = []
        const observers = yield* Effect.forEach(
          [receiver, receiver, yield* Watch.clone(receiver)],
          (receiver) =>
            forkSettled(Effect.forever(Effect.andThen(
              Watch.changed(receiver),
              Effect.sync(() => seen.push(Watch.borrowUnsafe(receiver)))
            )))
        )
        for (let i = 1; i <= 100; i++) {
          yield* Watch.send(i % 2 ? sender : other, i)
          if (i % 3 === 0) yield* Effect.yieldNow
        }
        yield* settle
        assert.deepStrictEqual(seen, [...seen].sort((a, b) => a - b))
        assert.strictEqual(seen.at(-1), 100)
        yield* Fiber.interruptAll(observers)
      }))

    it.effect("W-6: an equal value, the very same one, is a change", () =>
      Effect.gen(function*() {
        const value = {}
        const [sender, receiver] = yield* Watch.make(value)
        yield* Watch.send(sender, value)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        yield* Watch.changed(receiver)
        yield* Watch.sendModify(sender, (same) => same)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        assert.strictEqual(yield* Watch.borrow(receiver), value)
      }))

    it.effect("a value that is undefined, an error, an exit or an effect is a value like any other", () =>
      Effect.gen(function*() {
        for (const value of [undefined, null, new Error("no"), Exit.fail("no"), Effect.never, Option.none()]) {
          const [sender, receiver] = yield* Watch.make<unknown>("initial")
          const fiber = yield* forkSettled(Watch.waitFor(receiver, (a) => a !== "initial"))
          yield* Watch.send(sender, value)
          assert.strictEqual(yield* Fiber.join(fiber), value)
          assert.strictEqual(yield* Watch.borrowAndUpdate(receiver), value)
          assert.strictEqual(yield* Watch.sendReplace(sender, 1), value)
        }
      }))
  })

  describe("what counts as seen", () => {
    it.effect("W-5: the initial value and that at subscribe; a clone inherits", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        assert.isFalse(yield* Watch.hasChanged(receiver))
        yield* Watch.send(sender, 1)
        const subscribed = yield* Watch.subscribe(sender)
        const unseen = yield* Watch.clone(receiver)
        yield* Watch.changed(receiver)
        const seen = yield* Watch.clone(receiver)
        assert.deepStrictEqual([subscribed, unseen, seen].map(isUnseen), [false, true, false])
        assert.strictEqual(yield* Watch.borrow(subscribed), 1)
        // from here on each goes its own way
        yield* Watch.changed(unseen)
        yield* Watch.markChanged(seen)
        assert.deepStrictEqual([subscribed, unseen, seen, receiver].map(isUnseen), [false, false, true, false])
      }))

    it.effect("W-5: …Unsafe twins and senders made alone agree", () =>
      Effect.sync(() => {
        const sender = Watch.makeSenderUnsafe(0)
        Watch.sendReplaceUnsafe(sender, 1)
        const receiver = Watch.subscribeUnsafe(sender)
        Watch.sendUnsafe(sender, 2)
        const clone = Watch.cloneUnsafe(receiver)
        assert.deepStrictEqual([receiver, clone].map(isUnseen), [true, true])
        assert.deepStrictEqual([Watch.receiverCountUnsafe(sender), Watch.senderCountUnsafe(sender)], [2, 1])
        const another = Watch.cloneUnsafe(sender)
        assert.strictEqual(Watch.senderCountUnsafe(sender), 2)
        Watch.dropUnsafe(another)
        assert.strictEqual(Watch.senderCountUnsafe(sender), 1)
      }))

    it.effect("borrow marks nothing, borrowAndUpdate does, and the Ref says what was before", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make("a")
        assert.deepStrictEqual(yield* Watch.borrowRef(sender), { value: "a", hasChanged: false })
        yield* Watch.send(sender, "b")
        assert.strictEqual(yield* Watch.borrow(receiver), "b")
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: "b", hasChanged: true })
        assert.deepStrictEqual(yield* Watch.borrowRef(sender), { value: "b", hasChanged: false })
        assert.deepStrictEqual(yield* Watch.borrowAndUpdateRef(receiver), { value: "b", hasChanged: true })
        assert.deepStrictEqual(yield* Watch.borrowAndUpdateRef(receiver), { value: "b", hasChanged: false })
        yield* Watch.send(sender, "c")
        assert.strictEqual(yield* Watch.borrowAndUpdate(receiver), "c")
        assert.isFalse(yield* Watch.hasChanged(receiver))
        Watch.sendUnsafe("d")(sender)
        assert.strictEqual(Watch.borrowAndUpdateUnsafe(receiver), "d")
        Watch.sendUnsafe(sender, "e")
        assert.deepStrictEqual(Watch.borrowAndUpdateRefUnsafe(receiver), { value: "e", hasChanged: true })
        assert.isFalse(isUnseen(receiver))
      }))

    it.effect("markChanged and markUnchanged may be repeated; the next send is a change after either", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        for (let i = 0; i < 3; i++) yield* Watch.markChanged(receiver)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        yield* Watch.changed(receiver)
        assert.isFalse(yield* Watch.hasChanged(receiver))
        Watch.markChangedUnsafe(receiver)
        yield* Watch.send(sender, 1)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        for (let i = 0; i < 3; i++) yield* Watch.markUnchanged(receiver)
        assert.isFalse(yield* Watch.hasChanged(receiver))
        yield* Watch.send(sender, 2)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        Watch.markUnchangedUnsafe(receiver)
        assert.isFalse(yield* Watch.hasChanged(receiver))
      }))

    it.effect("W-7: markChanged lets go on who waits on that receiver, and nobody else", () =>
      Effect.gen(function*() {
        const [, receiver] = yield* Watch.make(0)
        const clone = yield* Watch.clone(receiver)
        const here = yield* Effect.forEach(
          [Watch.changed(receiver), Watch.ready(receiver), Watch.waitFor(receiver, () => false)],
          forkSettled
        )
        const there = yield* forkSettled(Watch.changed(clone))
        yield* Watch.markChanged(receiver)
        yield* settle
        assert.deepStrictEqual(here.map((fiber) => fiber.pollUnsafe() !== undefined), [true, true, false])
        assert.isUndefined(there.pollUnsafe())
        assert.strictEqual(yield* Watch.waiting(receiver), 1)
        yield* Fiber.interruptAll([...here, there])
      }))
  })

  describe("the end", () => {
    it.effect("W-3, W-4: an unseen last value: hasChanged fails, changed succeeds once", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        yield* Watch.send(sender, 1)
        yield* Watch.drop(sender)
        assert.isTrue(yield* ends(Watch.hasChanged(receiver)))
        assert.isTrue(Result.isFailure(Watch.hasChangedUnsafe(receiver)))
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 1, hasChanged: true })
        yield* Watch.ready(receiver)
        yield* Watch.changed(receiver)
        assert.strictEqual(yield* Watch.borrow(receiver), 1)
        for (let i = 0; i < 2; i++) {
          assert.isTrue(yield* ends(Watch.changed(receiver)))
          assert.isTrue(yield* ends(Watch.ready(receiver)))
          assert.isTrue(yield* ends(Watch.hasChanged(receiver)))
        }
        assert.deepStrictEqual(yield* Watch.borrowAndUpdateRef(receiver), { value: 1, hasChanged: false })
      }))

    it.effect("W-3: the last value reaches who waited, also if the sender goes in the same step", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const seen: Array<number> = []
        const fiber = yield* forkSettled(
          Effect.forever(Effect.andThen(
            Watch.changed(receiver),
            Effect.sync(() => seen.push(Watch.borrowUnsafe(receiver)))
          ))
        )
        Watch.sendUnsafe(sender, 1)
        Watch.sendUnsafe(sender, 2)
        Watch.dropUnsafe(sender)
        assert.isTrue(isDone(yield* Fiber.await(fiber)))
        assert.deepStrictEqual(seen, [2])
      }))

    it.effect("W-3: what is parked ends when the last sender goes, not before", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const other = yield* Watch.clone(sender)
        const fibers = yield* Effect.forEach(
          [Watch.changed(receiver), Watch.ready(receiver), Watch.waitFor(receiver, (n) => n === 1)],
          forkSettled
        )
        yield* Watch.drop(other)
        yield* settle
        assert.deepStrictEqual(fibers.map((fiber) => fiber.pollUnsafe()), [undefined, undefined, undefined])
        yield* Watch.drop(other) // a second time
        yield* Watch.drop(sender)
        for (const fiber of fibers) assert.isTrue(isDone(yield* Fiber.await(fiber)))
      }))

    it.effect("W-3: markChanged on a channel that has ended lets changed succeed once more", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const parked = yield* forkSettled(Watch.changed(receiver))
        Watch.dropUnsafe(sender)
        Watch.markChangedUnsafe(receiver) // before who was woken by the end has run
        yield* Fiber.join(parked)
        yield* Watch.markChanged(receiver)
        yield* Watch.changed(receiver)
        assert.isTrue(yield* ends(Watch.changed(receiver)))
      }))

    it.effect("the scope's end drops both halves", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const [sender, receiver] = yield* Scope.provide(Watch.make(0), scope)
        const clone = yield* Watch.clone(receiver)
        const waiter = yield* forkSettled(Watch.changed(clone))
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual([sender, receiver].map(Handle.isReleased), [true, true])
        assert.isTrue(isDone(yield* Fiber.await(waiter)))
        assert.strictEqual(yield* Watch.receiverCount(sender), 1)
      }).pipe(Effect.scoped))

    it.effect("dropping a receiver ends what is parked on it, granted or not, and marks nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const clone = yield* Watch.clone(receiver)
        const park = Effect.forEach(
          [Watch.changed(receiver), Watch.ready(receiver), Watch.waitFor(receiver, () => false)],
          forkSettled
        )
        const [fibers, other] = [yield* park, yield* forkSettled(Watch.changed(clone))]
        yield* Watch.drop(receiver)
        for (const fiber of fibers) assert.isTrue(isDone(yield* Fiber.await(fiber)))
        assert.isUndefined(other.pollUnsafe())
        const [, second] = yield* Watch.make(0)
        const granted = yield* forkSettled(Watch.changed(second))
        Watch.markChangedUnsafe(second)
        Watch.dropUnsafe(second)
        assert.isTrue(isDone(yield* Fiber.await(granted)))
        yield* Watch.send(sender, 1)
        yield* Fiber.join(other)
      }))
  })

  describe("sending", () => {
    it.effect("W-8: send without receivers stores nothing and gives the value back", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(1, { name: "w" })
        yield* Watch.drop(receiver)
        const error = yield* Effect.flip(Watch.send(sender, 2))
        assert.instanceOf(error, Errors.SendError)
        assert.strictEqual(error.value, 2)
        assert.strictEqual(error.message, "Watch.send: Watch \"w\" has no receiver")
        assert.strictEqual(yield* Watch.borrow(sender), 1)
        const result = Watch.sendUnsafe(sender, 3)
        assert.isTrue(Result.isFailure(result) && result.failure.value === 3)
        assert.strictEqual(
          Result.isFailure(result) ? result.failure.message : "",
          "Watch.sendUnsafe: Watch \"w\" has no receiver"
        )
        assert.strictEqual(Watch.borrowUnsafe(sender), 1)
        const late = yield* Watch.subscribe(sender)
        assert.deepStrictEqual(yield* Watch.borrowRef(late), { value: 1, hasChanged: false })
        yield* Watch.send(sender, 4)
        assert.deepStrictEqual(yield* Watch.borrowRef(late), { value: 4, hasChanged: true })
      }))

    it.effect("W-8: sendModify, sendIfModified and sendReplace store without receivers", () =>
      Effect.gen(function*() {
        const sender = yield* Watch.makeSender(1)
        yield* Watch.sendModify(sender, (n) => n + 1)
        assert.isTrue(yield* Watch.sendIfModified(sender, (n) => Option.some(n * 10)))
        assert.strictEqual(yield* Watch.sendReplace(sender, 5), 20)
        assert.strictEqual(yield* Watch.borrow(sender), 5)
        Watch.sendModifyUnsafe(sender, (n) => n + 1)
        assert.isTrue(Watch.sendIfModifiedUnsafe(sender, (n) => Option.some(n + 1)))
        assert.strictEqual(Watch.sendReplaceUnsafe(sender, 0), 7)
        const receiver = yield* Watch.subscribe(sender)
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 0, hasChanged: false })
      }))

    it.effect("sendIfModified tells whether; none is no change and wakes nobody", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(1)
        const fiber = yield* forkSettled(Watch.changed(receiver))
        assert.isFalse(yield* Watch.sendIfModified(sender, () => Option.none()))
        assert.isFalse(Watch.sendIfModifiedUnsafe(sender, () => Option.none()))
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(yield* Watch.borrow(receiver), 1)
        assert.isTrue(yield* Watch.sendIfModified((n: number) => Option.some(n))(sender))
        yield* Fiber.join(fiber)
      }))

    it.effect("W-12: an update that throws stores nothing, notifies nobody, and the channel lives on", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(1)
        const fiber = yield* forkSettled(Watch.changed(receiver))
        const boom = (): never => {
          throw new Error("boom")
        }
        assert.strictEqual((yield* defectOf(Watch.sendModify(sender, boom))).message, "boom")
        assert.strictEqual((yield* defectOf(Watch.sendIfModified(sender, boom))).message, "boom")
        assert.strictEqual(thrownBy(() => Watch.sendModifyUnsafe(sender, boom)).message, "boom")
        assert.strictEqual(thrownBy(() => Watch.sendIfModifiedUnsafe(sender, boom)).message, "boom")
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 1, hasChanged: false })
        yield* Watch.send(sender, 2)
        yield* Fiber.join(fiber)
      }))

    it.effect("an update that drops the sender stores nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(1)
        const defect = yield* defectOf(Watch.sendModify(sender, (n) => {
          Watch.dropUnsafe(sender)
          return n + 1
        }))
        assert.include(defect.message, "Watch.sendModify: a Sender of an unnamed Watch was released")
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 1, hasChanged: false })
      }))

    it.effect("several senders send to the same receivers", () =>
      Effect.gen(function*() {
        const [one, receiver] = yield* Watch.make("initial")
        const two = yield* Watch.clone(one)
        yield* Watch.send(one, "from one")
        assert.strictEqual(yield* Watch.borrowAndUpdate(receiver), "from one")
        yield* Watch.send(two, "from two")
        assert.strictEqual(yield* Watch.borrowAndUpdate(receiver), "from two")
        yield* Watch.drop(one)
        yield* Watch.send(two, "alone")
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: "alone", hasChanged: true })
        assert.isTrue(yield* Watch.hasChanged(receiver))
      }))

    it.effect("a send runs nobody on its own stack", () =>
      Effect.sync(() => {
        const { run, turnsUntilIdle } = manual()
        const [sender, receiver] = Watch.makeUnsafe(0)
        const waiter = run(Effect.andThen(Watch.changed(receiver), Watch.borrow(receiver)))
        Watch.sendUnsafe(sender, 1)
        assert.isUndefined(waiter.pollUnsafe())
        Effect.runSync(Watch.send(sender, 2))
        assert.isUndefined(waiter.pollUnsafe())
        turnsUntilIdle()
        assert.deepStrictEqual(waiter.pollUnsafe(), Exit.succeed(2))
      }))

    it.effect("a sender that sends again from who it woke is a change for all others", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const clone = yield* Watch.clone(receiver)
        yield* forkSettled(Effect.andThen(Watch.changed(receiver), Watch.send(sender, 2)))
        const seen: Array<number> = []
        const fiber = yield* forkSettled(
          Effect.forever(Effect.andThen(
            Watch.changed(clone),
            Effect.sync(() => seen.push(Watch.borrowUnsafe(clone)))
          ))
        )
        yield* Watch.send(sender, 1)
        yield* settle
        assert.strictEqual(seen.at(-1), 2)
        yield* Fiber.interrupt(fiber)
      }))

    it("where there is somebody to send to, send is one step", () => {
      const [sender] = Watch.makeUnsafe(0)
      const steps = operations(Watch.send(sender, 1))
      assert.isAtMost(steps, process.env["EFFECT_SYNC_FALLBACK"] === "1" ? 3 : 1)
    })
  })

  describe("closed", () => {
    it.effect("waits until no receiver is left, at once if there is none", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const clone = yield* Watch.clone(receiver)
        const other = yield* Watch.clone(sender)
        const fibers = yield* Effect.forEach([Watch.closed(sender), Watch.closed(other)], forkSettled)
        assert.strictEqual(yield* Watch.waiting(sender), 2)
        yield* Watch.drop(receiver)
        yield* settle
        assert.deepStrictEqual(fibers.map((fiber) => fiber.pollUnsafe()), [undefined, undefined])
        yield* Watch.drop(clone)
        assert.strictEqual(yield* Watch.waiting(sender), 0)
        yield* Fiber.joinAll(fibers)
        yield* Watch.closed(sender)
        assert.isTrue(yield* Watch.isClosed(sender))
      }))

    it.effect("is reversible: who subscribes opens it again, also for who was about to learn of it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        assert.isFalse(yield* Watch.isClosed(sender))
        yield* Watch.drop(receiver)
        assert.isTrue(Watch.isClosedUnsafe(sender))
        const second = yield* Watch.subscribe(sender)
        assert.isFalse(Watch.isClosedUnsafe(sender))
        const fiber = yield* forkSettled(Watch.closed(sender))
        Watch.dropUnsafe(second)
        const third = Watch.subscribeUnsafe(sender)
        yield* settle
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(yield* Watch.waiting(sender), 1)
        Watch.dropUnsafe(third)
        yield* Fiber.join(fiber)
      }))

    it.effect("a moment without receivers leaves nothing on the stack of who waits on", () =>
      Effect.gen(function*() {
        const sender = yield* Watch.makeSender(0)
        let receiver = Watch.subscribeUnsafe(sender)
        const fiber = yield* forkSettled(Watch.closed(sender))
        const frames = () => (fiber as unknown as { readonly _stack: ReadonlyArray<unknown> })._stack.length
        const flutter = Effect.gen(function*() {
          Watch.dropUnsafe(receiver)
          receiver = Watch.subscribeUnsafe(sender)
          yield* settle
        })
        yield* flutter
        const before = frames()
        yield* Effect.repeat(flutter, { times: 10 })
        assert.strictEqual(frames(), before)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Watch.waiting(sender), 0)
      }))

    it.effect("dropping a sender fails what is parked through it, and nothing else", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0, { name: "w" })
        const other = yield* Watch.clone(sender)
        const through = yield* forkSettled(Watch.closed(sender))
        const beside = yield* forkSettled(Watch.closed(other))
        yield* Watch.drop(sender)
        const defect = yield* defectOf(Fiber.join(through))
        assert.instanceOf(defect, Watch.Misuse)
        assert.strictEqual(
          defect.message,
          "Watch.closed: a Sender of Watch \"w\" was released and can't be used any more"
        )
        assert.isUndefined(beside.pollUnsafe())
        assert.strictEqual(yield* Watch.waiting(sender), 1) // of the channel, though this one is dropped
        yield* Watch.drop(receiver)
        yield* Fiber.join(beside)
      }))
  })

  describe("changed and ready", () => {
    it.effect("W-7: no wake-up is lost, wherever the waiting fiber yields before it parks", () =>
      Effect.gen(function*() {
        for (const waitOn of [Watch.changed, Watch.ready]) {
          for (let yields = 0; yields < 6; yields++) {
            const [sender, receiver] = Watch.makeUnsafe(0)
            const fiber = yield* Effect.forkChild(
              Effect.andThen(Effect.repeat(Effect.yieldNow, { times: yields }), waitOn(receiver))
            )
            for (let turn = 0; turn < 3; turn++) yield* Effect.yieldNow
            yield* Watch.send(sender, 1)
            yield* Fiber.join(fiber)
          }
        }
      }))

    it.effect("one change completes all fibers that wait on one receiver, though the first marks it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fibers = yield* Effect.forEach(
          [Watch.changed(receiver), Watch.changed(receiver), Watch.ready(receiver), Watch.changed(receiver)],
          forkSettled
        )
        assert.strictEqual(yield* Watch.waiting(receiver), 4)
        yield* Watch.send(sender, 1)
        assert.strictEqual(yield* Watch.waiting(receiver), 0)
        yield* Fiber.joinAll(fibers)
        assert.isFalse(yield* Watch.hasChanged(receiver))
        assert.isTrue(yield* waits(Watch.changed(receiver)))
      }))

    it.effect("changed completes when a sibling has marked the change by a look", () =>
      Effect.gen(function*() {
        for (const mark of [Watch.borrowAndUpdateUnsafe, Watch.markUnchangedUnsafe]) {
          const [sender, receiver] = Watch.makeUnsafe(0)
          const fiber = yield* forkSettled(Watch.changed(receiver))
          Watch.sendUnsafe(sender, 1)
          mark(receiver)
          yield* Fiber.join(fiber)
          assert.isTrue(yield* waits(Watch.changed(receiver)))
        }
      }))

    it.effect("W-11: ready marks nothing; first in a race, it loses no change", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        yield* Watch.send(sender, 1)
        yield* Watch.ready(receiver)
        yield* Watch.ready(receiver)
        assert.isTrue(yield* Watch.hasChanged(receiver))
        // whichever side wins, the change is there until somebody takes it
        let changes = 0
        for (let round = 0; round < 20; round++) {
          yield* Watch.markUnchanged(receiver)
          const race = yield* Effect.forkChild(
            Effect.raceFirst(
              Effect.as(Watch.ready(receiver), "change"),
              Effect.as(Effect.repeat(Effect.yieldNow, { times: round % 7 }), "other")
            )
          )
          yield* Effect.repeat(Effect.yieldNow, { times: round % 5 })
          yield* Watch.send(sender, round)
          yield* Fiber.join(race)
          assert.isTrue(yield* Watch.hasChanged(receiver))
          yield* Watch.changed(receiver)
          changes++
        }
        assert.strictEqual(changes, 20)
      }))

    it.effect("W-11: interrupted while parked, woken or about to go on, nothing is marked", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const parked = yield* forkSettled(Watch.changed(receiver))
        yield* Fiber.interrupt(parked)
        assert.strictEqual(yield* Watch.waiting(receiver), 0)
        const woken = yield* forkSettled(Watch.changed(receiver))
        Watch.sendUnsafe(sender, 1)
        woken.interruptUnsafe()
        yield* settle
        assert.isTrue(yield* Watch.hasChanged(receiver))
        yield* Watch.changed(receiver)
      }))

    it.effect("W-11: a timeout marks nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fiber = yield* Effect.forkChild(Effect.timeoutOption(Watch.changed(receiver), "1 second"))
        yield* until("it waits", Watch.waiting(receiver), 1)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
        yield* Watch.send(sender, 1)
        assert.isTrue(yield* Watch.hasChanged(receiver))
      }))

    it.effect("W-10: all receivers are woken, whoever dies or interrupts others when it is", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const got: Array<number> = []
        const fibers = yield* Effect.forEach(
          [0, 1, 2, 3, 4],
          (i) =>
            Effect.flatMap(Watch.clone(receiver), (clone) =>
              forkSettled(Effect.andThen(
                Watch.changed(clone),
                Effect.suspend(() => i === 2 ? Effect.die("after") : Effect.succeed(got.push(i)))
              )))
        )
        fibers[0]!.addObserver(() => fibers[1]!.interruptUnsafe())
        yield* Watch.send(sender, 1)
        yield* settle
        assert.sameMembers(got, [0, 3, 4])
      }))

    it.effect("a loop over what is always ready starves nobody", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        yield* Watch.send(sender, 1)
        const loops = [
          Effect.andThen(Watch.markChanged(receiver), Watch.changed(receiver)),
          Watch.ready(receiver),
          Watch.waitFor(receiver, () => true)
        ]
        const noReceiver = yield* Watch.makeSender(0)
        for (const loop of [...loops, Watch.closed(noReceiver)]) {
          let ran = false
          const fiber = yield* Effect.forkChild(Effect.forever(loop))
          yield* Effect.forkChild(Effect.sync(() => ran = true))
          yield* settle
          assert.isTrue(ran)
          yield* Fiber.interrupt(fiber)
        }
      }))

    it("where there is a change, changed is one step", () => {
      const [sender, receiver] = Watch.makeUnsafe(0)
      Watch.sendUnsafe(sender, 1)
      assert.isAtMost(operations(Watch.changed(receiver)), process.env["EFFECT_SYNC_FALLBACK"] === "1" ? 3 : 1)
    })

    it.effect("nothing happens until the effect runs, and it may run again", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const send = Watch.send(sender, 1)
        const changed = Watch.changed(receiver)
        const waitFor = Watch.waitFor(receiver, (n) => n === 1)
        const closed = Watch.closed(sender)
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 0, hasChanged: false })
        assert.strictEqual(yield* Watch.waiting(receiver), 0)
        for (let i = 0; i < 2; i++) {
          const fibers = yield* Effect.forEach([changed, changed], forkSettled)
          yield* send
          yield* Fiber.joinAll(fibers)
          assert.strictEqual(yield* waitFor, 1)
        }
        assert.isTrue(yield* waits(closed))
      }))
  })

  describe("waitFor", () => {
    it.effect("W-9: gives the very value that the predicate accepted, also if newer ones came", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make({ n: 0 })
        const fiber = yield* forkSettled(Watch.waitFor(receiver, ({ n }) => n >= 1))
        const accepted = { n: 1 }
        Watch.sendUnsafe(sender, accepted)
        yield* settle
        Watch.sendUnsafe(sender, { n: 2 })
        assert.strictEqual(yield* Fiber.join(fiber), accepted)
        assert.isTrue(yield* Watch.hasChanged(receiver))
      }))

    it.effect("looks at the current value first, seen or not, and marks it", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(1)
        assert.strictEqual(yield* Watch.waitFor(receiver, (n) => n === 1), 1)
        yield* Watch.send(sender, 2)
        assert.strictEqual(yield* Watch.waitFor((n: number) => n === 2)(receiver), 2)
        assert.isFalse(yield* Watch.hasChanged(receiver))
      }))

    it.effect("is asked about each newer value it gets to observe, once, and marks what it was asked about", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const asked: Array<number> = []
        const fiber = yield* forkSettled(Watch.waitFor(receiver, (n) => {
          asked.push(n)
          return n === 4
        }))
        yield* Watch.send(sender, 1)
        yield* settle
        assert.isFalse(yield* Watch.hasChanged(receiver))
        Watch.sendUnsafe(sender, 2)
        Watch.sendUnsafe(sender, 3)
        yield* settle
        Watch.sendUnsafe(sender, 4)
        assert.strictEqual(yield* Fiber.join(fiber), 4)
        assert.deepStrictEqual(asked, [0, 1, 3, 4])
      }))

    it.effect("W-11: interrupted, it has marked what it examined, and nothing else", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        yield* Watch.send(sender, 1)
        const fiber = yield* forkSettled(Watch.waitFor(receiver, () => false))
        assert.isFalse(yield* Watch.hasChanged(receiver))
        Watch.sendUnsafe(sender, 2)
        fiber.interruptUnsafe()
        yield* settle
        assert.isTrue(yield* Watch.hasChanged(receiver))
        assert.strictEqual(yield* Watch.waiting(receiver), 0)
      }))

    it.effect("W-3: ends only once the last value was refused; a last value that is accepted is given", () =>
      Effect.gen(function*() {
        for (const last of [1, 2]) {
          const [sender, receiver] = yield* Watch.make(0)
          const asked: Array<number> = []
          const fiber = yield* forkSettled(Watch.waitFor(receiver, (n) => {
            asked.push(n)
            return n === 2
          }))
          Watch.sendUnsafe(sender, last)
          Watch.dropUnsafe(sender)
          const exit = yield* Fiber.await(fiber)
          assert.deepStrictEqual(asked, [0, last])
          if (last === 2) assert.deepStrictEqual(exit, Exit.succeed(2))
          else assert.isTrue(isDone(exit))
          // and on a channel that has ended it asks about the current one
          assert.deepStrictEqual(yield* Watch.waitFor(receiver, () => true), last)
          assert.isTrue(yield* ends(Watch.waitFor(receiver, () => false)))
        }
      }))

    it.effect("W-12: what the predicate throws is a defect, marks what it was asked about, and leaves the channel", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fiber = yield* forkSettled(Watch.waitFor(receiver, (n) => {
          if (n === 1) throw new Error("boom")
          return false
        }))
        yield* Watch.send(sender, 1)
        assert.strictEqual((yield* defectOf(Fiber.join(fiber))).message, "boom")
        assert.isFalse(yield* Watch.hasChanged(receiver))
        yield* Watch.send(sender, 2)
        assert.strictEqual(yield* Watch.waitFor(receiver, (n) => n === 2), 2)
      }))

    it.effect("W-9: a value sent from inside the predicate is not examined in that call of it, and stays unseen", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const accepted = yield* Watch.waitFor(receiver, () => {
          Watch.sendUnsafe(sender, 1)
          return true
        })
        assert.strictEqual(accepted, 0)
        assert.deepStrictEqual(yield* Watch.borrowRef(receiver), { value: 1, hasChanged: true })
        // refused, the next call of the predicate is about it
        const asked: Array<number> = []
        const second = yield* Watch.waitFor(receiver, (n) => {
          asked.push(n)
          if (n < 4) Watch.sendUnsafe(sender, n + 1)
          return n === 4
        })
        assert.strictEqual(second, 4)
        assert.deepStrictEqual(asked, [1, 2, 3, 4])
      }))

    it.effect("a predicate that sends for ever starves nobody", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fiber = yield* Effect.forkChild(Watch.waitFor(receiver, (n) => {
          Watch.sendUnsafe(sender, n + 1)
          return n > 1_000_000
        }))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        assert.isBelow(yield* Watch.borrow(receiver), 1_000_000)
      }))

    it.effect("a predicate that drops the receiver ends it, or has its value", () =>
      Effect.gen(function*() {
        for (const accepts of [false, true]) {
          const [, receiver] = yield* Watch.make(0)
          const exit = yield* Effect.exit(Watch.waitFor(receiver, () => {
            Watch.dropUnsafe(receiver)
            return accepts
          }))
          if (accepts) assert.deepStrictEqual(exit, Exit.succeed(0))
          else assert.isTrue(isDone(exit))
        }
      }))

    it.effect("several on one receiver are asked about a change each, whoever marks it first", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const asked: Array<string> = []
        const seek = (name: string, wanted: number) =>
          forkSettled(Watch.waitFor(receiver, (n) => {
            asked.push(`${name}${n}`)
            return n === wanted
          }))
        const fibers = [yield* seek("a", 2), yield* seek("b", 1), yield* seek("c", 2)]
        yield* Watch.send(sender, 1)
        yield* settle
        yield* Watch.send(sender, 2)
        assert.deepStrictEqual(yield* Fiber.joinAll(fibers), [2, 1, 2])
        assert.deepStrictEqual(asked, ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "c2"])
      }))

    it.effect("a value that a sibling has marked is examined before it ends", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fiber = yield* forkSettled(Watch.waitFor(receiver, (n) => n === 1))
        Watch.sendUnsafe(sender, 1)
        Watch.markUnchangedUnsafe(receiver)
        Watch.dropUnsafe(sender)
        assert.strictEqual(yield* Fiber.join(fiber), 1)
      }))

    it.effect("refusing leaves nothing on the stack", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const fiber = yield* forkSettled(Watch.waitFor(receiver, () => false))
        const frames = () => (fiber as unknown as { readonly _stack: ReadonlyArray<unknown> })._stack.length
        const refuse = Effect.andThen(Watch.send(sender, 1), settle)
        yield* refuse
        const before = frames()
        yield* Effect.repeat(refuse, { times: 10 })
        assert.strictEqual(frames(), before)
        yield* Fiber.interrupt(fiber)
      }))
  })

  describe("handles", () => {
    it.effect("what begins after a drop is Misuse; counts, waiting and sameChannel still answer", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0, { name: "w" })
        yield* Watch.drop(sender)
        yield* Watch.drop(receiver)
        const effects: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
          send: Watch.send(sender, 1),
          sendModify: Watch.sendModify(sender, (n) => n),
          sendIfModified: Watch.sendIfModified(sender, () => Option.none()),
          sendReplace: Watch.sendReplace(sender, 1),
          closed: Watch.closed(sender),
          subscribe: Watch.subscribe(sender),
          clone: Watch.clone(sender),
          borrow: Watch.borrow(sender),
          borrowRef: Watch.borrowRef(sender)
        }
        const ofReceiver: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
          borrow: Watch.borrow(receiver),
          borrowRef: Watch.borrowRef(receiver),
          borrowAndUpdate: Watch.borrowAndUpdate(receiver),
          borrowAndUpdateRef: Watch.borrowAndUpdateRef(receiver),
          hasChanged: Watch.hasChanged(receiver),
          changed: Watch.changed(receiver),
          ready: Watch.ready(receiver),
          waitFor: Watch.waitFor(receiver, () => true),
          markChanged: Watch.markChanged(receiver),
          markUnchanged: Watch.markUnchanged(receiver),
          clone: Watch.clone(receiver),
          toQueue: Watch.toQueue(receiver)
        }
        for (const [half, table] of [["Sender", effects], ["Receiver", ofReceiver]] as const) {
          for (const [name, effect] of Object.entries(table)) {
            const defect = yield* defectOf(effect)
            assert.instanceOf(defect, Watch.Misuse)
            assert.strictEqual(
              defect.message,
              `Watch.${name}: a ${half} of Watch "w" was released and can't be used any more`
            )
          }
        }
        const unsafe: Record<string, () => unknown> = {
          sendUnsafe: () => Watch.sendUnsafe(sender, 1),
          sendModifyUnsafe: () => Watch.sendModifyUnsafe(sender, (n) => n),
          sendIfModifiedUnsafe: () => Watch.sendIfModifiedUnsafe(sender, () => Option.none()),
          sendReplaceUnsafe: () => Watch.sendReplaceUnsafe(sender, 1),
          subscribeUnsafe: () => Watch.subscribeUnsafe(sender),
          cloneUnsafe: () => Watch.cloneUnsafe(receiver),
          borrowUnsafe: () => Watch.borrowUnsafe(receiver),
          borrowRefUnsafe: () => Watch.borrowRefUnsafe(sender),
          borrowAndUpdateUnsafe: () => Watch.borrowAndUpdateUnsafe(receiver),
          borrowAndUpdateRefUnsafe: () => Watch.borrowAndUpdateRefUnsafe(receiver),
          hasChangedUnsafe: () => Watch.hasChangedUnsafe(receiver),
          markChangedUnsafe: () => Watch.markChangedUnsafe(receiver),
          markUnchangedUnsafe: () => Watch.markUnchangedUnsafe(receiver)
        }
        for (const [name, call] of Object.entries(unsafe)) {
          const error = thrownBy(call)
          assert.instanceOf(error, Watch.Misuse)
          assert.match(error.message, new RegExp(`^Watch\\.${name}: a (Sender|Receiver) of Watch "w" was released`))
        }
        assert.isTrue(yield* Watch.isClosed(sender))
        assert.deepStrictEqual(
          yield* Effect.all([
            Watch.receiverCount(sender),
            Watch.senderCount(sender),
            Watch.waiting(sender),
            Watch.waiting(receiver)
          ]),
          [0, 0, 0, 0]
        )
        assert.isTrue(Watch.sameChannel(sender, receiver))
        yield* Watch.drop(sender)
        Watch.dropUnsafe(receiver)
      }))

    it.effect("counts follow clone, subscribe, drop and transfer; a second reference counts nothing", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make(0)
        const counts = Effect.all([Watch.senderCount(sender), Watch.receiverCount(sender)])
        assert.deepStrictEqual(yield* counts, [1, 1])
        const scope = yield* Scope.make()
        const clones = yield* Scope.provide(Effect.all([Watch.clone(sender), Watch.clone(receiver)]), scope)
        yield* Watch.subscribe(sender)
        assert.deepStrictEqual(yield* counts, [2, 3])
        yield* Handle.transfer(clones[1], yield* Effect.scope)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* counts, [1, 3])
        yield* Handle.release(clones[1])
        assert.deepStrictEqual(yield* counts, [1, 2])
        assert.isTrue(Handle.isHandle(sender) && Handle.isHandle(receiver))
      }).pipe(Effect.scoped))

    it.effect("forkWith: a fiber that owns its receiver", () =>
      Effect.gen(function*() {
        const sender = yield* Watch.makeSender(0)
        const fiber = yield* Handle.forkWith(
          Watch.subscribe(sender),
          (receiver) => Effect.andThen(Watch.changed(receiver), Watch.borrow(receiver))
        )
        assert.strictEqual(yield* Watch.receiverCount(sender), 1)
        yield* Watch.send(sender, 1)
        assert.strictEqual(yield* Fiber.join(fiber), 1)
        assert.strictEqual(yield* Watch.receiverCount(sender), 0)
      }).pipe(Effect.scoped))

    it("sameChannel tells strangers apart", () => {
      const [sender, receiver] = Watch.makeUnsafe(0)
      const [other] = Watch.makeUnsafe(0)
      assert.isTrue(Watch.sameChannel(sender, Watch.cloneUnsafe(sender)))
      assert.isTrue(Watch.sameChannel(receiver)(sender))
      assert.isFalse(Watch.sameChannel(sender, other))
      assert.isFalse(Watch.sameChannel(receiver, other))
    })

    it("is told from what is none", () => {
      const [sender, receiver] = Watch.makeUnsafe(0)
      assert.deepStrictEqual([sender, receiver].map(Watch.isSender), [true, false])
      assert.deepStrictEqual([sender, receiver].map(Watch.isReceiver), [false, true])
      for (const other of [undefined, null, {}, "Watch"]) {
        assert.isFalse(Watch.isSender(other))
        assert.isFalse(Watch.isReceiver(other))
      }
    })

    it.effect("shows counts and state, but not the value", () =>
      Effect.gen(function*() {
        const [sender, receiver] = yield* Watch.make("hunter2", { name: "secret" })
        const fiber = yield* forkSettled(Watch.changed(receiver))
        const shown = { name: "secret", senders: 1, receivers: 1 }
        assert.deepStrictEqual(JSON.parse(JSON.stringify([sender, receiver])), [
          { _id: "effect-sync/Watch/Sender", ...shown, waiting: 0 },
          { _id: "effect-sync/Watch/Receiver", ...shown, hasChanged: false, waiting: 1 }
        ])
        assert.strictEqual(String(receiver), "Receiver(secret: unchanged, open, 1 waiting)")
        yield* Watch.send(sender, "hunter3")
        yield* Fiber.join(fiber)
        yield* Watch.markChanged(receiver)
        assert.strictEqual(String(sender), "Sender(secret: 1 sending, 1 receiving, 0 waiting)")
        assert.strictEqual(inspect(receiver), "Receiver(secret: changed, open, 0 waiting)")
        yield* Watch.drop(sender)
        assert.strictEqual(String(receiver), "Receiver(secret: changed, ended, 0 waiting)")
        assert.strictEqual(String(sender), "Sender(secret: dropped)")
        assert.include(JSON.stringify(sender), "\"dropped\":true")
        assert.notInclude(JSON.stringify([sender, receiver]) + inspect([sender, receiver]), "hunter")
        const unnamed = Watch.makeUnsafe(0)
        assert.strictEqual(
          unnamed.join(),
          "Sender(1 sending, 1 receiving, 0 waiting),Receiver(unchanged, open, 0 waiting)"
        )
        assert.notInclude(JSON.stringify(unnamed), "name")
        for (const op of ["changed", "ready", "closed", "waitFor", "send"] as const) {
          const effects = {
            changed: Watch.changed(unnamed[1]),
            ready: Watch.ready(unnamed[1]),
            closed: Watch.closed(unnamed[0]),
            waitFor: Watch.waitFor(unnamed[1], () => true),
            send: Watch.send(unnamed[0], 1)
          }
          assert.deepStrictEqual(JSON.parse(JSON.stringify(effects[op])), { _id: "Effect", op: `Watch.${op}` })
        }
      }))

    it("the …Unsafe functions refuse what does not live here, and the others work with it", () => {
      const backend = { borrow: Effect.succeed(1), changed: Effect.void, closed: Effect.void, channel: {} }
      const sender = { toString: () => "Remote", [Watch.STypeId]: backend } as unknown as Watch.Sender<number>
      const receiver = { toString: () => "Remote", [Watch.RTypeId]: backend } as unknown as Watch.Receiver<number>
      for (
        const [name, call] of Object.entries({
          sendUnsafe: () => Watch.sendUnsafe(sender, 1),
          sendReplaceUnsafe: () => Watch.sendReplaceUnsafe(sender, 1),
          borrowUnsafe: () => Watch.borrowUnsafe(receiver),
          waitingUnsafe: () => Watch.waitingUnsafe(sender),
          isClosedUnsafe: () => Watch.isClosedUnsafe(sender),
          receiverCountUnsafe: () => Watch.receiverCountUnsafe(sender),
          senderCountUnsafe: () => Watch.senderCountUnsafe(sender),
          hasChangedUnsafe: () => Watch.hasChangedUnsafe(receiver)
        })
      ) {
        const error = thrownBy(call)
        assert.instanceOf(error, Watch.Misuse)
        assert.match(error.message, new RegExp(`^Watch\\.${name}: Remote does not live in this process`))
      }
      assert.strictEqual(Effect.runSync(Watch.borrow(receiver)), 1)
      assert.strictEqual(Effect.runSync(Watch.borrow(sender)), 1)
      assert.isTrue(Watch.sameChannel(sender, receiver))
    })

    it.effect("values that nobody can read any more are let go of", () =>
      Effect.gen(function*() {
        const big = () => ({ bytes: new Uint8Array(1000) })
        const refs: Array<WeakRef<object>> = []
        const value = () => {
          const a = big()
          refs.push(new WeakRef(a))
          return a
        }
        const [sender, receiver] = Watch.makeUnsafe(value())
        for (let i = 0; i < 10; i++) Watch.sendUnsafe(sender, value())
        const kept = refs.pop()!
        yield* mustBeGone(refs) // replaced
        Watch.dropUnsafe(sender)
        assert.strictEqual(Watch.borrowUnsafe(receiver), kept.deref())
        Watch.dropUnsafe(receiver)
        yield* mustBeGone([kept]) // dropped, though somebody holds on to the halves
        assert.isTrue(Handle.isReleased(sender) && Handle.isReleased(receiver))
      }))
  })
})
