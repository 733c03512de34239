/**
 * An interrupt at every operation (`laws/sweep.ts`) of every wait of a Notify, alone and with others before and behind
 * it: each notification is seen once or stored, and nobody stands in the queue who is gone.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { Handle, Notify } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

/** A Notify, and who saw a notification. */
interface Scene {
  readonly notify: Notify.Notify
  readonly seen: Array<string>
  /** How many notifications were given in the end, to those who still waited. */
  rest: number
}

const setup: Effect.Effect<Scene> = Effect.map(Notify.make(), (notify) => ({ notify, seen: [], rest: 0 }))

/** Writes down who saw a notification, in the step in which the wait ends. */
const sees = (scene: Scene, who: string, wait: Effect.Effect<void>) =>
  Effect.flatMap(wait, () => {
    scene.seen.push(who)
    return Effect.void
  })

/** Few operations each: every one of them is a place to interrupt the target at. */
const turns = (n: number): Effect.Effect<void> =>
  n === 1 ? Effect.yieldNow : Effect.flatMap(Effect.yieldNow, () => turns(n - 1))

/** Waits, in some form, so that the notification is seen in the step that ends the wait. */
type Form = (scene: Scene, who: string) => Effect.Effect<unknown>

const forms: Record<string, Form> = {
  notified: (scene, who) => sees(scene, who, Notify.notified(scene.notify)),
  "notified under restore": (scene, who) =>
    Effect.uninterruptibleMask((restore) => sees(scene, who, restore(Notify.notified(scene.notify)))),
  await: (scene, who) =>
    Effect.scoped(
      Effect.flatMap(Notify.subscribe(scene.notify), (handle) => sees(scene, who, handle.await))
    ),
  // it is enable that sees a stored notification
  "await, enabled": (scene, who) =>
    Effect.scoped(
      Effect.flatMap(Notify.subscribe(scene.notify), (handle) =>
        Effect.flatMap(handle.enable, (complete) => {
          if (complete) scene.seen.push(who)
          return Effect.andThen(Effect.yieldNow, complete ? handle.await : sees(scene, who, handle.await))
        }))
    ),
  "await, transferred": (scene, who) =>
    Effect.acquireUseRelease(
      Scope.make(),
      (scope) =>
        Effect.gen(function*() {
          const handle = yield* Effect.scoped(
            Effect.flatMap(Notify.subscribe(scene.notify), (handle) => Handle.transfer(handle, scope))
          )
          yield* Effect.yieldNow
          yield* sees(scene, who, handle.await)
        }),
      (scope) => Scope.close(scope, Exit.void)
    )
}

/** The interruption of a *running* fiber drops a value it has just got: Effect's own rule, for callbacks of the fiber. */
const notWhileRunning: Options = { ways: ["at once", "late", "never"] }

const sweep = <S, E>(name: string, program: Program<S, E>, options: Options = notWhileRunning) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, 3)
    }))

/** Whether a notification is stored. */
const stored = ({ notify }: Scene) => (notify.toJSON() as { readonly notified: boolean }).notified

/** Nobody is in the queue, and as many notifications were seen or are stored as were given: the rest counts too. */
const conserves = (given: number) => (scene: Scene) =>
  Effect.sync(() => {
    assert.strictEqual(Notify.waitingUnsafe(scene.notify), 0)
    assert.strictEqual(scene.seen.length + (stored(scene) ? 1 : 0), given + scene.rest)
  })

/** Lets everybody go who still waits after a while, by one notification each. */
const notifyRest = (scene: Scene) =>
  Effect.andThen(
    turns(24),
    Effect.sync(() => {
      for (; Notify.waitingUnsafe(scene.notify) > 0; scene.rest++) Notify.notifyOneUnsafe(scene.notify)
    })
  )

describe("an interrupt at every operation", () => {
  for (const [name, form] of Object.entries(forms)) {
    describe(`NOT-6: ${name}`, () => {
      for (
        const [by, notify, next] of [
          ["notifyOne", Notify.notifyOne, "first"],
          ["notifyLast", Notify.notifyLast, "second"]
        ] as const
      ) {
        sweep(`a stored ${by} is seen or stays`, {
          setup: Effect.tap(setup, (scene) => notify(scene.notify)),
          target: (scene) => form(scene, "target"),
          check: conserves(1)
        })

        sweep(`alone, notified by ${by}`, {
          setup,
          target: (scene) => form(scene, "target"),
          others: (scene) => [Effect.andThen(turns(3), notify(scene.notify))],
          check: conserves(1)
        })

        sweep(`chosen by ${by} among others: it sees it, or else who is next at that end of the queue`, {
          setup,
          target: (scene) => Effect.andThen(by === "notifyOne" ? Effect.void : turns(2), form(scene, "target")),
          others: (scene) => [
            Effect.andThen(Effect.yieldNow, forms["notified"]!(scene, "first")),
            Effect.andThen(Effect.yieldNow, forms["await"]!(scene, "second")),
            Effect.andThen(turns(12), notify(scene.notify)),
            notifyRest(scene)
          ],
          check: (scene) =>
            Effect.andThen(
              conserves(1)(scene),
              Effect.sync(() => {
                // stored: it was passed on when nobody waited any more
                if (!stored(scene) && !scene.seen.includes("target")) assert.strictEqual(scene.seen[0], next)
              })
            ),
          mayMiss: true
        })
      }

      sweep("as many notifications as waiters: all others get theirs", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [
          forms["notified"]!(scene, "other"),
          forms["await, enabled"]!(scene, "other"),
          Effect.andThen(turns(5), Notify.notifyOne(scene.notify)),
          Effect.andThen(turns(6), Notify.notifyLast(scene.notify)),
          Effect.andThen(turns(7), Notify.notifyOne(scene.notify))
        ],
        check: conserves(3)
      })
    })

    describe(`NOT-4, NOT-7: ${name}`, () => {
      sweep("a broadcast reaches all others, and is passed on to nobody", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [
          Effect.andThen(Effect.yieldNow, forms["notified"]!(scene, "other")),
          Effect.andThen(turns(4), Notify.notifyWaiters(scene.notify))
        ],
        check: (scene) =>
          Effect.sync(() => {
            assert.include(scene.seen, "other")
            assert.strictEqual(Notify.waitingUnsafe(scene.notify), 0)
            assert.isFalse(stored(scene))
          }),
        mayMiss: true
      })

      sweep("a notifyOne after a broadcast is stored, whatever becomes of who had the broadcast", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [
          Effect.andThen(
            turns(4),
            Effect.sync(() => {
              Notify.notifyWaitersUnsafe(scene.notify)
              Notify.notifyOneUnsafe(scene.notify)
            })
          )
        ],
        check: (scene) =>
          Effect.sync(() => {
            assert.strictEqual(Notify.waitingUnsafe(scene.notify), 0)
            // a target that came after the broadcast has taken it
            assert.isTrue(stored(scene) || scene.seen.length === 1)
          }),
        mayMiss: true
      })
    })
  }

  describe("NOT-6: one handle, several fibers", () => {
    /** Hands a handle over that outlives the fibers in its `await`. */
    const withHandle = Effect.map(setup, (scene) => ({ ...scene, handle: Notify.subscribeUnsafe(scene.notify) }))

    sweep("one of two in await is interrupted: the other sees the notification", {
      setup: withHandle,
      target: (scene) => sees(scene, "target", scene.handle.await),
      others: (scene) => [
        sees(scene, "other", scene.handle.await),
        Effect.andThen(turns(3), Notify.notifyOne(scene.notify))
      ],
      check: (scene) =>
        Effect.sync(() => {
          assert.include(scene.seen, "other")
          assert.isFalse(stored(scene))
          assert.strictEqual(Notify.waitingUnsafe(scene.notify), 0)
        })
    })

    sweep("interrupted and awaited again, it still gets a notification", {
      setup: withHandle,
      target: (scene) => sees(scene, "target", scene.handle.await),
      others: (scene) => [
        Effect.andThen(turns(3), Notify.notifyOne(scene.notify)),
        Effect.andThen(turns(8), sees(scene, "later", scene.handle.await))
      ],
      check: (scene) =>
        Effect.sync(() => {
          assert.include(scene.seen, "later")
          assert.isFalse(stored(scene))
          assert.strictEqual(Notify.waitingUnsafe(scene.notify), 0)
        })
    })

    sweep("dropped under the target: its notification is not lost", {
      setup: withHandle,
      target: (scene) => Effect.exit(sees(scene, "target", scene.handle.await)),
      others: (scene) => [
        Effect.andThen(turns(3), Notify.notifyOne(scene.notify)),
        Effect.andThen(turns(3), scene.handle.drop)
      ],
      check: conserves(1)
    })

    sweep("the fiber that drops is interrupted", {
      setup: withHandle,
      target: (scene) => Effect.andThen(Effect.yieldNow, Effect.andThen(scene.handle.drop, Effect.yieldNow)),
      others: (scene) => [
        Effect.exit(sees(scene, "other", scene.handle.await)),
        Effect.andThen(turns(2), Notify.notifyOne(scene.notify))
      ],
      check: conserves(1)
    })
  })

  describe("NOT-6: who notifies is interrupted", () => {
    for (
      const [name, call, seen] of [
        ["notifyOne", Notify.notifyOne, 1],
        ["notifyLast", Notify.notifyLast, 1],
        ["notifyWaiters", Notify.notifyWaiters, 2]
      ] as const
    ) {
      sweep(`${name} has happened or it has not`, {
        setup,
        target: (scene) => Effect.andThen(Effect.yieldNow, call(scene.notify)),
        others: (scene) => [
          forms["notified"]!(scene, "a"),
          forms["await"]!(scene, "b"),
          Effect.andThen(turns(20), Effect.sync(() => assert.include([0, seen], scene.seen.length))),
          notifyRest(scene)
        ],
        check: (scene) => Effect.sync(() => assert.sameMembers(scene.seen, ["a", "b"]))
      })
    }
  })
})
