/**
 * An interrupt at every operation (`laws/sweep.ts`) of a wait at a Barrier: its arrival counts if its generation was
 * complete, and not otherwise, and nobody waits for somebody who is gone.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Barrier } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

/** A barrier, and who led each of its generations. */
interface Scene {
  readonly barrier: Barrier.Barrier
  readonly results: Array<readonly [who: string, isLeader: boolean]>
}

const scene = (parties: number): Effect.Effect<Scene> =>
  Effect.map(Barrier.make(parties), (barrier) => ({ barrier, results: [] }))

const meets = ({ barrier, results }: Scene, who: string) =>
  Effect.flatMap(Barrier.wait(barrier), ({ isLeader }) => {
    results.push([who, isLeader])
    return Effect.void
  })

/** Few operations each: every one of them is a place to interrupt the target at. */
const turns = (n: number): Effect.Effect<void> =>
  n === 1 ? Effect.yieldNow : Effect.flatMap(Effect.yieldNow, () => turns(n - 1))

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      assert.isAbove(summary.interrupted, 3)
    }))

/** Looks that often whether somebody waits, to meet them. */
const meetsWhoWaits = (scene: Scene, who: string, looks: number): Effect.Effect<void> =>
  looks === 0
    ? Effect.void
    : Effect.flatMap(
      Effect.suspend(() => Barrier.waitingUnsafe(scene.barrier) === 1 ? meets(scene, who) : Effect.yieldNow),
      () => meetsWhoWaits(scene, who, looks - 1)
    )

const leaders = (results: Scene["results"]) => results.filter(([, isLeader]) => isLeader).length

describe("an interrupt at every operation", () => {
  sweep("BAR-5: alone at the barrier, the arrival is taken back", {
    setup: scene(2),
    target: (scene) => meets(scene, "target"),
    check: (scene) =>
      Effect.sync(() => {
        assert.strictEqual(Barrier.waitingUnsafe(scene.barrier), 0)
        assert.deepStrictEqual(scene.results, [])
      })
  })

  sweep("BAR-5: with another, and a third who comes instead: the others always meet", {
    setup: scene(2),
    target: (scene) => meets(scene, "target"),
    others: (scene) => [
      // whoever has met the target meets the third too, and so does who has not
      Effect.andThen(Effect.yieldNow, meets(scene, "other")),
      Effect.andThen(
        turns(10),
        Effect.suspend(() => Barrier.waitingUnsafe(scene.barrier) === 1 ? meets(scene, "third") : Effect.void)
      )
    ],
    check: (scene, round) =>
      Effect.sync(() => {
        const who = scene.results.map(([who]) => who)
        assert.include(who, "other")
        assert.strictEqual(Barrier.waitingUnsafe(scene.barrier), 0)
        if (Exit.isSuccess(round.target)) assert.sameMembers(who, ["target", "other"])
        // one generation: one leader, unless it was the target, which is gone
        const led = leaders(scene.results)
        assert.isAtMost(led, 1)
        if (led === 0) assert.isTrue(Exit.isFailure(round.target))
      }),
    mayMiss: true
  })

  sweep("BAR-2: as the last to come, it leads and all others go on, or it never came", {
    setup: scene(3),
    target: (scene) => Effect.andThen(turns(2), meets(scene, "target")),
    others: (scene) => [
      meets(scene, "a"),
      meets(scene, "b"),
      Effect.andThen(
        turns(10),
        Effect.suspend(() => Barrier.waitingUnsafe(scene.barrier) === 2 ? meets(scene, "c") : Effect.void)
      )
    ],
    check: (scene, round) =>
      Effect.sync(() => {
        assert.strictEqual(Barrier.waitingUnsafe(scene.barrier), 0)
        assert.isAtMost(leaders(scene.results), 1)
        if (Exit.isSuccess(round.target)) assert.deepInclude(scene.results, ["target", true])
      }),
    mayMiss: true
  })

  sweep("BAR-3, BAR-5: a fiber that meets again and again is interrupted between generations or in one", {
    setup: scene(2),
    target: (scene) => Effect.repeat(meets(scene, "target"), { times: 2 }),
    others: (scene) => [
      // as often as the target comes
      meetsWhoWaits(scene, "other", 12),
      // and if the target has gone before the other came, somebody else
      Effect.andThen(turns(80), meetsWhoWaits(scene, "third", 1))
    ],
    check: (scene, round) =>
      Effect.sync(() => {
        assert.strictEqual(Barrier.waitingUnsafe(scene.barrier), 0)
        // Two of each generation, one of them the leader; of the target's last one the other may be missing.
        const led = leaders(scene.results)
        const missing = led - (scene.results.length - led)
        assert.include(Exit.isSuccess(round.target) ? [0] : [0, 1], missing)
      }),
    mayMiss: true
    // where everybody yields between look and wait, the look is worth nothing
  }, { budgets: [] })

  it.effect("no interrupt, but a yield at every operation: all meet", () =>
    interruptEverywhere({
      setup: scene(3),
      target: (scene) => Effect.repeat(meets(scene, "target"), { times: 2 }),
      others: (scene) => [
        Effect.repeat(meets(scene, "a"), { times: 2 }),
        Effect.repeat(meets(scene, "b"), { times: 2 })
      ],
      check: (scene, round) =>
        Effect.sync(() => {
          assert.isTrue(Exit.isSuccess(round.target))
          assert.strictEqual(scene.results.length, 9)
          assert.strictEqual(leaders(scene.results), 3)
        })
    }, { ways: ["never"], budgets: [] }))
})
