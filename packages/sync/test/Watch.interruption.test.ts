/**
 * Watch with an interrupt at every operation (`laws/sweep.ts`): no change is lost, none is marked that nobody got, and
 * nothing stays behind.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Scope } from "effect"
import { Handle, Watch } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options, atLeast = 3) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, atLeast)
    }))

const later = <A, E>(effect: Effect.Effect<A, E>) => Effect.andThen(Effect.yieldNow, effect)

const setup = Effect.sync(() => {
  const [sender, receiver] = Watch.makeUnsafe(0)
  return { sender, receiver, saved: [] as Array<unknown> }
})

const twoSenders = Effect.map(setup, (state) => ({ ...state, other: Watch.cloneUnsafe(state.sender) }))

const withScope = Effect.map(setup, (state) => ({ ...state, scope: Scope.makeUnsafe() }))

const asking = Effect.map(setup, (state) => ({ ...state, asked: [] as Array<number> }))

const sent = Effect.tap(setup, ({ sender }) => Watch.send(sender, 1))

type State = Effect.Success<typeof setup>

const isUnseen = ({ receiver }: State): boolean => Watch.borrowRefUnsafe(receiver).hasChanged

const isDone = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.isDone(Cause.squash(exit.cause))

/** Waits where it can be interrupted, and saves what it got where it can't. */
const saving = <A, E>({ saved }: State, wait: Effect.Effect<A, E>) =>
  Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(wait), (a) => Effect.sync(() => saved.push(a))))

/** Nobody waits, and the channel works. */
const rests = ({ receiver, sender }: State) =>
  Effect.gen(function*() {
    assert.deepStrictEqual([Watch.waitingUnsafe(receiver), Watch.waitingUnsafe(sender)], [0, 0])
    yield* Watch.send(sender, 9)
    assert.isTrue(yield* Watch.hasChanged(receiver))
    yield* Watch.changed(receiver)
    assert.strictEqual(yield* Watch.borrow(receiver), 9)
  })

describe("an interrupt at every operation", () => {
  for (const [name, wait] of [["changed", Watch.changed], ["ready", Watch.ready]] as const) {
    sweep(`W-11: ${name}, alone, and never sent to`, {
      setup,
      target: ({ receiver }) => wait(receiver),
      check: rests
    })

    sweep(`W-7, W-11: ${name} under restore, sent to meanwhile: the change was got, or it is there`, {
      setup,
      target: (state) => saving(state, wait(state.receiver)),
      others: ({ sender }) => [later(Watch.send(sender, 1))],
      check: (state, { target }) =>
        Effect.gen(function*() {
          const got = state.saved.length === 1
          if (Exit.isSuccess(target)) assert.isTrue(got)
          assert.strictEqual(isUnseen(state), name === "ready" || !got)
          yield* rests(state)
        })
    })
  }

  sweep(
    "W-11: changed of a value that is there: marked and got, or neither",
    {
      setup: sent,
      target: (state) => saving(state, Watch.changed(state.receiver)),
      check: (state) => Effect.sync(() => assert.strictEqual(isUnseen(state), state.saved.length === 0))
    },
    {},
    1
  )

  sweep(
    "W-11: borrowAndUpdate: marked and got, or neither",
    {
      setup: sent,
      target: (state) => saving(state, Watch.borrowAndUpdate(state.receiver)),
      check: (state) => Effect.sync(() => assert.strictEqual(isUnseen(state), state.saved.length === 0))
    },
    {},
    1
  )

  sweep("W-7, W-11: changed, with siblings before and behind: one change completes all that are not interrupted", {
    setup,
    target: ({ receiver }) => later(Watch.changed(receiver)),
    others: ({ receiver, sender }) => [
      Watch.changed(receiver),
      later(later(Watch.changed(receiver))),
      later(later(later(later(later(Watch.send(sender, 1))))))
    ],
    mayMiss: true, // it has one receiver with the others, who may have marked the change
    check: (state, { others }) =>
      Effect.gen(function*() {
        for (const exit of others) assert.isTrue(Exit.isSuccess(exit))
        assert.isFalse(isUnseen(state))
        yield* rests(state)
      })
  }, { budgets: [] })

  sweep("W-9, W-11: waitFor under restore: nothing that was not examined is marked", {
    setup: asking,
    target: (state) =>
      saving(
        state,
        Watch.waitFor(state.receiver, (n) => {
          state.asked.push(n)
          return n === 2
        })
      ),
    others: ({ sender }) => [
      Effect.gen(function*() {
        for (const n of [1, 2]) {
          yield* Effect.yieldNow
          yield* Watch.send(sender, n)
        }
      })
    ],
    check: (state, { target }) =>
      Effect.gen(function*() {
        if (Exit.isSuccess(target)) assert.deepStrictEqual(state.saved, [2])
        if (state.saved.length > 0) assert.strictEqual(state.asked.at(-1), 2)
        assert.deepStrictEqual(state.asked, [...new Set(state.asked)]) // once each
        assert.strictEqual(isUnseen(state), state.asked.at(-1) !== 2)
        yield* rests(state)
      })
  })

  sweep(
    "W-11: the first waitFor look, accepted: given, or not asked",
    {
      setup: sent,
      target: (state) => saving(state, Watch.waitFor(state.receiver, () => true)),
      check: (state) => Effect.sync(() => assert.strictEqual(isUnseen(state), state.saved.length === 0))
    },
    {},
    1
  )

  sweep("W-11: a pull of a stream gives its element, or leaves it", {
    setup,
    target: (state) => {
      const pull = state.receiver[Watch.RTypeId].pull(true)
      return Effect.andThen(saving(state, pull), saving(state, pull))
    },
    others: ({ sender }) => [later(Watch.send(sender, 1))],
    mayMiss: true, // sent before the first pull, there is nothing for the second
    check: (state) =>
      Effect.sync(() => {
        const elements = state.saved.flat()
        assert.isTrue(elements.every((element, i) => i === 0 || element !== elements[i - 1]), elements.join())
        assert.strictEqual(isUnseen(state), elements.at(-1) !== 1)
        assert.strictEqual(Watch.waitingUnsafe(state.receiver), 0)
      })
  })

  sweep("W-3: changed, while the last sender goes: the last value, or the end", {
    setup,
    target: (state) => saving(state, Watch.changed(state.receiver)),
    others: ({ receiver, sender }) => [
      Watch.changed(receiver),
      later(Effect.andThen(Watch.send(sender, 1), Watch.drop(sender)))
    ],
    check: (state, { others, target }) =>
      Effect.sync(() => {
        // Whoever comes after its sibling marked the last value, and after the end, finds the end.
        assert.isTrue(Exit.isSuccess(others[0]!) || isDone(others[0]!))
        assert.isTrue(Exit.isSuccess(others[0]!) || state.saved.length > 0 || isUnseen(state))
        if (Exit.isSuccess(others[0]!)) assert.isFalse(isUnseen(state))
        if (Exit.isSuccess(target)) assert.lengthOf(state.saved, 1)
        assert.strictEqual(Watch.waitingUnsafe(state.receiver), 0)
      })
  }, { budgets: [] })

  sweep(
    "send under restore has sent and told so, or neither",
    {
      setup,
      target: (state) => saving(state, Watch.send(state.sender, 1)),
      check: (state) =>
        Effect.sync(() => {
          assert.strictEqual(isUnseen(state), state.saved.length === 1)
          assert.strictEqual(Watch.borrowUnsafe(state.receiver), state.saved.length)
        })
    },
    {},
    1
  )

  const updates: Record<string, (sender: Watch.Sender<number>) => Effect.Effect<unknown>> = {
    "W-12: sendReplace under restore has happened and told so, or neither": Watch.sendReplace(1),
    "W-12: sendModify under restore has happened and told so, or neither": Watch.sendModify(() => 1)
  }
  for (const [name, update] of Object.entries(updates)) {
    sweep(
      name,
      {
        setup,
        target: (state) => saving(state, update(state.sender)),
        check: (state) => Effect.sync(() => assert.strictEqual(isUnseen(state), state.saved.length === 1))
      },
      {},
      1
    )
  }

  sweep("closed, while the last receiver goes, another sender waiting beside it", {
    setup: twoSenders,
    target: ({ sender }) => Watch.closed(sender),
    others: ({ other, receiver }) => [Watch.closed(other), later(Watch.drop(receiver))],
    check: ({ sender }, { others }) =>
      Effect.sync(() => {
        assert.isTrue(Exit.isSuccess(others[0]!))
        assert.strictEqual(Watch.waitingUnsafe(sender), 0)
      })
  })

  sweep("subscribe and clone: the handle and its finalizer, or neither", {
    setup,
    target: ({ receiver, sender }) =>
      Effect.scoped(Effect.andThen(
        Effect.all([Watch.subscribe(sender), Watch.clone(sender), Watch.clone(receiver)]),
        Effect.yieldNow
      )),
    check: (state) =>
      Effect.gen(function*() {
        assert.deepStrictEqual([Watch.senderCountUnsafe(state.sender), Watch.receiverCountUnsafe(state.sender)], [1, 1])
        yield* rests(state)
      })
  })

  sweep("make: both halves are dropped, or were never made", {
    setup: Effect.sync(() => ({ halves: [] as Array<Handle.Handle> })),
    target: (state) =>
      Effect.scoped(
        Effect.flatMap(Watch.make(0), (halves) =>
          Effect.andThen(Effect.sync(() => state.halves.push(...halves)), Effect.yieldNow))
      ),
    check: ({ halves }) => Effect.sync(() => assert.isTrue(halves.every(Handle.isReleased)))
  })

  sweep("dropping a receiver from its scope ends those parked on it, whoever is interrupted", {
    setup: withScope,
    target: ({ receiver }) => Watch.changed(receiver),
    others: ({ receiver, scope }) => [
      Effect.exit(Watch.waitFor(Handle.transferUnsafe(receiver, scope), () => false)),
      later(Scope.close(scope, Exit.void))
    ],
    check: ({ receiver, sender }, { others }) =>
      Effect.sync(() => {
        assert.isTrue(Exit.isSuccess(others[0]!) && isDone(others[0].value as Exit.Exit<unknown, unknown>))
        assert.deepStrictEqual([Watch.receiverCountUnsafe(sender), Watch.waitingUnsafe(receiver)], [0, 0])
      })
  }, { budgets: [] })

  it.effect("W-7: no interrupt, but a yield at every operation: nobody waits for ever", () =>
    interruptEverywhere({
      setup,
      target: ({ receiver }) => Watch.changed(receiver),
      others: ({ receiver, sender }) => [
        Watch.waitFor(receiver, (n) => n === 1),
        Watch.ready(receiver),
        Watch.send(sender, 1)
      ],
      mayMiss: true,
      check: () => Effect.void
    }, { ways: ["never"], budgets: [] }))
})
