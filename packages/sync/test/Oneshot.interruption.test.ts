/**
 * Oneshot with an interrupt at every operation (`laws/sweep.ts`): no value is lost or doubled, nobody waits for ever.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result, Scope } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options, atLeast = 3) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, atLeast)
    }))

const later = <A, E>(effect: Effect.Effect<A, E>) => Effect.andThen(Effect.yieldNow, effect)

type Halves = readonly [Oneshot.Sender<number>, Oneshot.Receiver<number>]

const setup: Effect.Effect<Halves> = Effect.sync(() => Oneshot.makeUnsafe<number>())

const saving = Effect.map(setup, (halves) => ({ halves, saved: [] as Array<number> }))

const recv = ([, receiver]: Halves) => Oneshot.recv(receiver)
const send = ([sender]: Halves) => Oneshot.send(sender, 1)

const savingWhatIsThere = Effect.tap(saving, ({ halves }) => send(halves))

/** It was received by so many of these, or is still there; and nobody waits. */
const once = ([sender, receiver]: Halves, exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
  Effect.sync(() => {
    const received = exits.filter((exit) => Exit.isSuccess(exit) && exit.value === 1).length
    const left = Oneshot.tryRecvUnsafe(receiver)
    assert.strictEqual(received + (Result.isSuccess(left) ? 1 : 0), 1)
    assert.deepStrictEqual([Oneshot.waitingUnsafe(sender), Oneshot.waitingUnsafe(receiver)], [0, 0])
  })

describe("an interrupt at every operation", () => {
  sweep("ONE-5: recv, alone, and nothing sent", {
    setup,
    target: recv,
    check: (halves) =>
      Effect.gen(function*() {
        assert.strictEqual(Oneshot.waitingUnsafe(halves[1]), 0)
        yield* send(halves)
        assert.strictEqual(yield* recv(halves), 1)
      })
  })

  sweep(
    "ONE-5: recv of what is there",
    {
      setup: Effect.tap(setup, send),
      target: recv,
      check: (halves, { interrupted, target }) =>
        interrupted && Exit.isSuccess(target)
          ? Effect.void // it had received
          : once(halves, [target])
    },
    undefined,
    1
  )

  sweep("ONE-5: recv, and the value comes meanwhile", {
    setup,
    target: recv,
    others: (halves) => [later(send(halves))],
    check: (halves, { target }) => once(halves, [target])
  })

  sweep("ONE-1, ONE-5: recv, with others before and behind: the value goes to the next", {
    setup,
    target: (halves) => later(recv(halves)),
    others: (halves) => [
      recv(halves),
      later(later(Effect.exit(recv(halves)))),
      later(later(later(send(halves))))
    ],
    check: (halves, { others }) => {
      assert.deepStrictEqual(others[0], Exit.succeed(1)) // it was the first
      return once(halves, others.slice(0, 1))
    }
  })

  sweep("ONE-1, ONE-5: recv, the first in line, with others behind", {
    setup,
    target: recv,
    others: (halves) => [later(recv(halves)), later(later(recv(halves))), later(later(later(send(halves))))],
    check: (halves, { others, target }) => once(halves, [target, ...others.slice(0, 2)])
  })

  sweep(
    "ONE-5: recv under restore, then save: what is received is saved",
    {
      setup: saving,
      target: ({ halves, saved }) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(recv(halves)), (n) => Effect.sync(() => saved.push(n)))
        ),
      others: ({ halves }) => [later(send(halves))],
      check: ({ halves: [, receiver], saved }) =>
        Effect.sync(() => {
          const left = Oneshot.tryRecvUnsafe(receiver)
          assert.deepStrictEqual([...saved, ...(Result.isSuccess(left) ? [left.success] : [])], [1])
        })
    }
  )

  sweep(
    "ONE-5: tryRecv under restore, then save: what is received is saved",
    {
      setup: savingWhatIsThere,
      target: ({ halves, saved }) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(Oneshot.tryRecv(halves[1])), (n) => Effect.sync(() => saved.push(n)))
        ),
      check: ({ halves: [, receiver], saved }) =>
        Effect.sync(() => {
          const left = Oneshot.tryRecvUnsafe(receiver)
          assert.deepStrictEqual([...saved, ...(Result.isSuccess(left) ? [left.success] : [])], [1])
        })
    },
    { ways: ["at once", "late"], budgets: [] },
    0
  )

  sweep(
    "ONE-1: send under restore has sent and told so, or neither",
    {
      setup: saving,
      target: ({ halves, saved }) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(send(halves)), () => Effect.sync(() => saved.push(1)))
        ),
      check: ({ halves: [sender, receiver], saved }) =>
        Effect.sync(() => {
          assert.strictEqual(saved.length, Number(!Oneshot.isEmptyUnsafe(receiver)))
          assert.strictEqual(saved.length, Number(Handle.isReleased(sender)))
        })
    },
    { ways: ["at once", "late"], budgets: [] },
    0
  )

  sweep("ONE-4: recv, and the sender goes meanwhile: nobody hangs, and nothing was received", {
    setup,
    target: recv,
    others: (halves) => [later(Effect.exit(recv(halves))), later(later(Oneshot.drop(halves[0])))],
    check: ([, receiver], { target }) =>
      Effect.sync(() => {
        assert.isFalse(Exit.isSuccess(target))
        assert.strictEqual(Oneshot.waitingUnsafe(receiver), 0)
        assert.isTrue(Oneshot.isTerminatedUnsafe(receiver)) // by the other
      })
  })

  sweep("ONE-3: recv, and the receiver is closed or dropped meanwhile", {
    setup,
    target: recv,
    others: (halves) => [
      later(Effect.exit(recv(halves))),
      later(later(Effect.ignore(send(halves)))),
      later(later(Oneshot.drop(halves[1])))
    ],
    check: ([sender, receiver]) =>
      Effect.sync(() => {
        assert.strictEqual(Oneshot.waitingUnsafe(receiver), 0)
        assert.isTrue(Oneshot.isEmptyUnsafe(receiver) && Oneshot.isClosedUnsafe(sender))
      })
  })

  sweep("ONE-6: closed, with others who wait for it too", {
    setup,
    target: ([sender]) => later(Oneshot.closed(sender)),
    others: ([sender, receiver]) => [
      Oneshot.closed(sender),
      later(later(Oneshot.closed(sender))),
      later(later(later(Oneshot.close(receiver))))
    ],
    check: ([sender], { others }) =>
      Effect.sync(() => {
        assert.deepStrictEqual(others, [Exit.void, Exit.void, Exit.void])
        assert.strictEqual(Oneshot.waitingUnsafe(sender), 0)
      })
  })

  sweep("ONE-6: closed, alone, and never", {
    setup,
    target: ([sender]) => Oneshot.closed(sender),
    check: ([sender, receiver]) =>
      Effect.gen(function*() {
        assert.strictEqual(Oneshot.waitingUnsafe(sender), 0)
        yield* Oneshot.close(receiver)
        yield* Oneshot.closed(sender)
      })
  })

  sweep(
    "ONE-4: make, and what follows: the scope drops both halves",
    {
      setup: Effect.sync(() => ({ scope: Scope.makeUnsafe(), made: [] as Array<Halves> })),
      target: ({ made, scope }) =>
        Scope.provide(
          Effect.flatMap(Oneshot.make<number>(), (halves) => {
            made.push(halves)
            return Effect.yieldNow
          }),
          scope
        ),
      check: ({ made, scope }) =>
        Effect.gen(function*() {
          yield* Scope.close(scope, Exit.void)
          for (const [sender, receiver] of made) {
            assert.isTrue(Handle.isReleased(sender) && Handle.isReleased(receiver))
          }
        })
    },
    undefined,
    1
  )

  it.effect("ONE-1: no interrupt, but a yield at every operation: nobody waits for ever", () =>
    interruptEverywhere({
      setup,
      target: recv,
      others: (halves) => [send(halves), recv(halves)],
      check: (halves, { others, target }) => once(halves, [target, others[1]!])
    }, { ways: ["never"], budgets: [] }))
})
