/**
 * An interrupt at every operation (`laws/sweep.ts`) of everything that waits on a broadcast, alone and with others before
 * and behind it: each value is seen once or still there, a lag is reported once or still due, and nobody waits in vain.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Result, Stream } from "effect"
import { Broadcast } from "effect-sync"
import { canEvaluate } from "../src/internal/step.ts"
import { interruptEverywhere, type Options, type Program, type Round } from "./laws/sweep.ts"

/** A channel, and what was seen of it through the receiver. */
interface Scene {
  readonly sender: Broadcast.Sender<number>
  readonly receiver: Broadcast.Receiver<number>
  /** Who saw which value, in order. */
  readonly seen: Array<readonly [who: string, value: number]>
  skipped: number
}

const setupOf = (capacity: number): Effect.Effect<Scene> =>
  Effect.sync(() => {
    const [sender, receiver] = Broadcast.makeUnsafe<number>(capacity)
    return { sender, receiver, seen: [], skipped: 0 }
  })

const setup = setupOf(4)

const saw = (scene: Scene, who: string, value: number): void => {
  scene.seen.push([who, value])
}

/** Writes down what was received, in the step in which the wait ends. */
const sees = <E>(scene: Scene, who: string, receive: Effect.Effect<number, E>): Effect.Effect<void, E> =>
  Effect.matchCauseEffect(receive, {
    onSuccess: (value) => {
      saw(scene, who, value)
      return Effect.void
    },
    onFailure: (cause) => {
      const error = Cause.squash(cause)
      if (error instanceof Broadcast.Lagged) scene.skipped += error.skipped
      return Effect.failCause(cause)
    }
  })

/** Few operations each: every one of them is a place to interrupt the target at. */
const turns = (n: number): Effect.Effect<void> =>
  n === 1 ? Effect.yieldNow : Effect.flatMap(Effect.yieldNow, () => turns(n - 1))

const sends = (scene: Scene, ...values: Array<number>): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const value of values) Broadcast.sendUnsafe(scene.sender, value)
  })

/** Receives one value or lag, in some form, so that it is written down in the step that ends the wait. */
type Form = (scene: Scene, who: string) => Effect.Effect<unknown, unknown>

const recv: Form = (scene, who) => sees(scene, who, Broadcast.recv(scene.receiver))

const forms: Record<string, Form> = {
  recv,
  "recv under restore": (scene, who) =>
    Effect.uninterruptibleMask((restore) => sees(scene, who, restore(Broadcast.recv(scene.receiver)))),
  recvTimeout: (scene, who) =>
    sees(scene, who, Effect.map(Broadcast.recvTimeout(scene.receiver, "1 hour"), Option.getOrThrow)),
  "ready, then tryRecv": (scene, who) =>
    Effect.andThen(Broadcast.ready(scene.receiver), sees(scene, who, Broadcast.tryRecv(scene.receiver))),
  "a stream": (scene, who) =>
    Stream.runForEach(
      Stream.take(Broadcast.stream(scene.receiver, { onLag: "emit" }), 1),
      (result) =>
        Effect.sync(() => {
          if (Result.isSuccess(result)) saw(scene, who, result.success)
          else scene.skipped += result.failure.skipped
        })
    )
}

/** The interruption of a *running* fiber drops a value it has just got: Effect's own rule, for callbacks of the fiber. */
const notWhileRunning: Options = { ways: ["at once", "late", "never"] }

const sweep = (name: string, program: Program<Scene>) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, notWhileRunning)
      assert.isAbove(summary.interrupted, 3) // a sweep that interrupts nothing proves nothing
    }))

/** What is left belongs to nobody else, so it is counted by reading it. */
const left = (scene: Scene): number => Broadcast.lenUnsafe(scene.receiver)

/**
 * As many values were seen, skipped or are left as were sent; the seen ones in order. A stream pulls for what is
 * downstream of it, several steps away: there an interruption may drop what was pulled.
 */
const conserves = (sent: number, mayDrop: boolean) => (scene: Scene, round: Round) =>
  Effect.sync(() => {
    const { seen, skipped } = scene
    const found = seen.length + skipped + left(scene)
    if (mayDrop && round.interrupted) assert.isAtMost(found, sent)
    else assert.strictEqual(found, sent)
    assert.strictEqual(Broadcast.waitingUnsafe(scene.receiver), 0)
    const values = seen.map(([, value]) => value)
    assert.lengthOf(new Set(values), values.length)
    if (!mayDrop) assert.deepStrictEqual(values, [...values].sort((a, b) => a - b))
  })

describe("BC-9: an interrupt at every operation", () => {
  for (const [name, form] of Object.entries(forms)) {
    const drops = name === "a stream"

    describe(`by ${name}`, () => {
      sweep("what is there is seen or stays", {
        setup: Effect.tap(setup, (scene) => sends(scene, 1)),
        target: (scene) => form(scene, "target"),
        check: conserves(1, drops)
      })

      sweep("what comes is seen or stays", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [Effect.andThen(turns(3), sends(scene, 1))],
        check: conserves(1, drops)
      })

      sweep("among others: as many values as fibers, and each other gets one", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [
          recv(scene, "second"),
          recv(scene, "third"),
          Effect.andThen(turns(3), sends(scene, 1)),
          Effect.andThen(turns(5), sends(scene, 2)),
          Effect.andThen(turns(7), sends(scene, 3))
        ],
        check: (scene, round) =>
          Effect.andThen(
            conserves(3, drops)(scene, round),
            Effect.sync(() => {
              const others = scene.seen.filter(([who]) => who !== "target").map(([who]) => who)
              assert.deepStrictEqual(others, ["second", "third"], "not in the order in which they came")
            })
          )
      })

      sweep("one value, and somebody behind it: it is not lost with the one it was for", {
        setup,
        target: (scene) => form(scene, "target"),
        others: (scene) => [
          Effect.andThen(Effect.yieldNow, recv(scene, "behind")),
          Effect.andThen(turns(4), sends(scene, 1)),
          Effect.andThen(turns(24), sends(scene, 2))
        ],
        check: (scene) =>
          Effect.sync(() => {
            assert.strictEqual(Broadcast.waitingUnsafe(scene.receiver), 0)
            const behind = scene.seen.find(([who]) => who === "behind")
            assert.isDefined(behind)
            if (!drops && !scene.seen.some(([who]) => who === "target")) assert.strictEqual(behind[1], 1)
          }),
        mayMiss: true
      })

      describe("BC-2: a lag is reported or still due", () => {
        for (const [when, before] of [["there", true], ["to come", false]] as const) {
          sweep(`one that is ${when}`, {
            setup: Effect.tap(setupOf(2), (scene) => before ? sends(scene, 1, 2, 3, 4, 5) : Effect.void),
            target: (scene) => Effect.ignore(form(scene, "target")),
            others: (scene) => before ? [] : [Effect.andThen(turns(3), sends(scene, 1, 2, 3, 4, 5))],
            // Where steps can't be joined, no failure can be delivered in the step that takes it.
            check: conserves(5, drops || !canEvaluate)
          })
        }
      })

      sweep("BC-7: the end reaches all others, whoever is interrupted", {
        setup,
        target: (scene) => Effect.exit(form(scene, "target")),
        others: (scene) => [
          Effect.exit(recv(scene, "other")),
          Effect.andThen(turns(2), sends(scene, 1)),
          Effect.andThen(turns(4), Broadcast.drop(scene.sender))
        ],
        check: (scene) => Effect.sync(() => assert.strictEqual(Broadcast.waitingUnsafe(scene.receiver), 0))
      })

      sweep("a receiver dropped under it lets everybody go", {
        setup,
        target: (scene) => Effect.exit(form(scene, "target")),
        others: (scene) => [
          Effect.exit(recv(scene, "other")),
          Effect.andThen(turns(2), sends(scene, 1)),
          Effect.andThen(turns(2), Broadcast.drop(scene.receiver))
        ],
        check: (scene) =>
          Effect.sync(() => {
            assert.strictEqual(Broadcast.waitingUnsafe(scene.receiver), 0)
            assert.strictEqual(Broadcast.receiverCountUnsafe(scene.sender), 0)
            assert.strictEqual(Broadcast.lenUnsafe(scene.sender), 0)
          })
      })
    })
  }

  sweep("BC-6: a send that is interrupted has sent and knows it, or has not", {
    setup,
    target: (scene) => Effect.map(Broadcast.send(scene.sender, 1), () => saw(scene, "sender", 1)),
    others: (scene) => [Effect.andThen(turns(2), Effect.exit(Broadcast.recvTimeout(scene.receiver, 0)))],
    check: (scene) =>
      Effect.sync(() => {
        const { seen } = scene
        const [sent] = Broadcast.isEmptyUnsafe(scene.receiver) ? [seen.length] : [1]
        assert.strictEqual(sent, seen.length)
      })
  })

  for (
    const [name, make, count] of [
      ["subscribe", (scene: Scene) => Broadcast.subscribe(scene.sender), 1],
      ["resubscribe", (scene: Scene) => Broadcast.resubscribe(scene.receiver), 1],
      ["clone", (scene: Scene) => Broadcast.clone(scene.sender), 1],
      ["downgrade", (scene: Scene) => Broadcast.downgrade(scene.sender), 1],
      ["make", () => Broadcast.make<number>(1), 1]
    ] as const
  ) {
    sweep(`${name}: made and owned, or not made`, {
      setup,
      target: (scene) => Effect.scoped(Effect.andThen(make(scene) as Effect.Effect<unknown>, Effect.yieldNow)),
      check: (scene) =>
        Effect.sync(() => {
          assert.strictEqual(Broadcast.receiverCountUnsafe(scene.sender), count)
          assert.strictEqual(Broadcast.strongCountUnsafe(scene.sender), 1)
          assert.strictEqual(Broadcast.weakCountUnsafe(scene.sender), 0)
        })
    })
  }

  sweep("closed: the others are told, whoever is interrupted", {
    setup,
    target: (scene) => Broadcast.closed(scene.sender),
    others: (scene) => [
      Broadcast.closed(scene.sender),
      Effect.andThen(turns(2), Broadcast.drop(scene.receiver))
    ],
    check: (scene) => Effect.sync(() => assert.strictEqual(Broadcast.waitingUnsafe(scene.sender), 0))
  })

  it.effect("an uninterruptible recv that is interrupted still receives", () =>
    Effect.gen(function*() {
      const scene = yield* setup
      const fiber = yield* Effect.forkDetach(Effect.uninterruptible(recv(scene, "one")), { startImmediately: true })
      fiber.interruptUnsafe()
      yield* sends(scene, 1)
      yield* turns(3)
      assert.deepStrictEqual(scene.seen, [["one", 1]])
      assert.isTrue(Exit.isExit(fiber.pollUnsafe()))
    }))
})
