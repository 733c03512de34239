/**
 * An interrupt at every operation (`laws/sweep.ts`) of every wait of an Mpsc channel, alone and with others: each message
 * that was sent is received once or still there, in order, and all slots are accounted for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { Mpsc } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

interface Scene {
  readonly sender: Mpsc.Sender<number>
  readonly receiver: Mpsc.Receiver<number>
  readonly sent: Array<number>
  readonly received: Array<number>
}

const setup = (capacity: number, buffered = 0): Effect.Effect<Scene> =>
  Effect.sync(() => {
    const [sender, receiver] = Mpsc.boundedUnsafe<number>(capacity)
    const sent = Array.from({ length: buffered }, (_, n) => n)
    for (const n of sent) Mpsc.trySendUnsafe(sender, n)
    return { sender, receiver, sent, received: [] }
  })

const turns = (n: number): Effect.Effect<void> =>
  n === 1 ? Effect.yieldNow : Effect.flatMap(Effect.yieldNow, () => turns(n - 1))

/** Writes down what was received in the step in which the wait ends. */
const receives = <A, E>(scene: Scene, recv: Effect.Effect<A, E>, of: (a: A) => ReadonlyArray<number>) =>
  Effect.flatMap(recv, (a) => {
    scene.received.push(...of(a))
    return Effect.void
  })

const receivers: Record<string, (scene: Scene) => Effect.Effect<unknown, unknown>> = {
  recv: (scene) => receives(scene, Mpsc.recv(scene.receiver), (n) => [n]),
  "recv under restore": (scene) =>
    Effect.uninterruptibleMask((restore) => receives(scene, restore(Mpsc.recv(scene.receiver)), (n) => [n])),
  recvMany: (scene) => receives(scene, Mpsc.recvMany(scene.receiver, 2), (all) => all),
  ready: (scene) => Mpsc.ready(scene.receiver),
  "ready, tryRecv": (scene) =>
    Effect.andThen(
      Mpsc.ready(scene.receiver),
      receives(scene, Effect.exit(Mpsc.tryRecv(scene.receiver)), (exit) => exit._tag === "Success" ? [exit.value] : [])
    ),
  tryRecv: (scene) => receives(scene, Mpsc.tryRecv(scene.receiver), (n) => [n]),
  "recvTimeout 0": (scene) => receives(scene, Mpsc.recvTimeout(scene.receiver, 0), Option.toArray)
}

const sends = <A, E, R>(scene: Scene, n: number, send: Effect.Effect<A, E, R>) =>
  Effect.flatMap(send, () => {
    scene.sent.push(n)
    return Effect.void
  })

const senders: Record<string, (scene: Scene, n: number) => Effect.Effect<unknown, unknown>> = {
  send: (scene, n) => sends(scene, n, Mpsc.send(scene.sender, n)),
  "send under restore": (scene, n) =>
    Effect.uninterruptibleMask((restore) => sends(scene, n, restore(Mpsc.send(scene.sender, n)))),
  trySend: (scene, n) => sends(scene, n, Mpsc.trySend(scene.sender, n)),
  "sendTimeout 0": (scene, n) => sends(scene, n, Mpsc.sendTimeout(scene.sender, n, 0)),
  reserve: (scene, n) =>
    Effect.scoped(Effect.flatMap(Mpsc.reserve(scene.sender), (permit) => sends(scene, n, permit.send(n)))),
  "reserve, unused": ({ sender }) => Effect.scoped(Effect.andThen(Mpsc.reserve(sender), Effect.yieldNow)),
  reserveMany: (scene, n) =>
    Effect.scoped(
      Effect.flatMap(Mpsc.reserveMany(scene.sender, 2), (permits) =>
        Effect.andThen(sends(scene, n, permits.send(n)), Effect.yieldNow))
    ),
  "reserveMany, next": ({ sender }) =>
    Effect.scoped(Effect.flatMap(Mpsc.reserveMany(sender, 2), (permits) => permits.next))
}

/** The interruption of a *running* fiber drops a value it has just got: Effect's own rule, for callbacks of the fiber. */
const notWhileRunning: Options = { ways: ["at once", "late", "never"] }

const sweep = <E>(name: string, program: Program<Scene, E>, least = 1) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, notWhileRunning)
      // a sweep that interrupts nothing proves nothing
      assert.isAtLeast(summary.interrupted, least)
    }))

/** What was sent is what was received and what is left, in order, and nobody is in a queue who is gone. */
const conserves = ({ received, receiver, sender, sent }: Scene) =>
  Effect.sync(() => {
    assert.strictEqual(Mpsc.waitingUnsafe(sender), 0)
    assert.strictEqual(Mpsc.waitingUnsafe(receiver), 0)
    assert.strictEqual(Mpsc.lenUnsafe(receiver) + Mpsc.capacityUnsafe(sender), sender.maxCapacity)
    assert.strictEqual(Mpsc.strongCountUnsafe(sender), 1)
    const left: Array<number> = []
    for (let next = Mpsc.tryRecvUnsafe(receiver); Result.isSuccess(next); next = Mpsc.tryRecvUnsafe(receiver)) {
      left.push(next.success)
    }
    assert.deepStrictEqual([...received, ...left], sent)
  })

describe("an interrupt at every operation", () => {
  describe("MPSC-7, MPSC-10: an interrupted wait has taken nothing, and passes its call on", () => {
    for (const [name, receive] of Object.entries(receivers)) {
      sweep(`${name}, a message there`, {
        setup: setup(2, 2),
        target: (scene) => Effect.exit(receive(scene)),
        check: conserves
      })

      sweep(`${name}, alone, a message comes`, {
        setup: setup(2),
        target: (scene) => Effect.exit(receive(scene)),
        others: (scene) => [Effect.andThen(turns(3), senders["send"]!(scene, 1))],
        check: conserves
      })

      sweep(`${name}, others in line: the call goes on to them`, {
        setup: setup(2),
        target: (scene) => Effect.exit(receive(scene)),
        others: (scene) => [
          Effect.andThen(Effect.yieldNow, receivers["recv"]!(scene)),
          Effect.andThen(turns(2), receivers["recv"]!(scene)),
          Effect.andThen(turns(4), senders["send"]!(scene, 1)),
          Effect.andThen(turns(4), senders["send"]!(scene, 2)),
          Effect.andThen(turns(20), senders["send"]!(scene, 3)),
          Effect.andThen(turns(21), senders["send"]!(scene, 4))
        ],
        check: conserves
      })

      sweep(`${name}, a closed channel whose last permit goes`, {
        setup: setup(2),
        target: (scene) => Effect.exit(receive(scene)),
        others: (scene) => [
          Effect.scoped(Effect.andThen(Mpsc.reserve(scene.sender), turns(8))),
          Effect.andThen(turns(2), Mpsc.close(scene.receiver)),
          Effect.exit(receivers["recv"]!(scene))
        ],
        check: conserves
      })
    }
  })

  describe("MPSC-4, MPSC-8, MPSC-10: an interrupted send has not sent, and gives its slot back", () => {
    for (const [name, send] of Object.entries(senders)) {
      sweep(`${name}, room there`, {
        setup: setup(2),
        target: (scene) => Effect.exit(send(scene, 7)),
        check: conserves
      })

      sweep(`${name}, full, a slot becomes free, others behind it`, {
        setup: setup(2, 2),
        target: (scene) => Effect.exit(send(scene, 7)),
        others: (scene) => [
          Effect.andThen(Effect.yieldNow, senders["send"]!(scene, 8)),
          Effect.andThen(turns(4), receivers["recv"]!(scene)),
          Effect.andThen(turns(6), receivers["recv"]!(scene)),
          Effect.andThen(turns(12), receivers["recv"]!(scene))
        ],
        check: conserves
      })

      sweep(`${name}, full, then closed`, {
        setup: setup(2, 2),
        target: (scene) => Effect.exit(send(scene, 7)),
        others: (scene) => [
          Effect.andThen(turns(3), receivers["recv"]!(scene)),
          Effect.andThen(turns(3), Mpsc.close(scene.receiver)),
          Effect.exit(senders["send"]!(scene, 8))
        ],
        check: conserves
      })
    }
  })

  sweep("closed: who waits leaves nothing behind", {
    setup: setup(1),
    target: (scene) => Mpsc.closed(scene.sender),
    others: (scene) => [Mpsc.closed(scene.sender), Effect.andThen(turns(3), Mpsc.close(scene.receiver))],
    check: conserves
  })
})
