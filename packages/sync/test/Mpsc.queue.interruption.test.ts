/**
 * Interruption at every operation of a channel over an Effect Queue, with Queue's own functions beside ours.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Queue, type Scope } from "effect"
import { Mpsc } from "effect-sync"
import { interruptEverywhere, type Program } from "./laws/sweep.ts"
import { observed } from "./queueBacked.ts"

interface Situation {
  readonly sender: Mpsc.QueueSender<number>
  readonly receiver: Mpsc.QueueReceiver<number>
  readonly sent: Array<number>
  readonly got: Array<number>
  /** Offered to the queue: an interrupted offer may have succeeded. */
  readonly offered: Array<number>
}

const capacity = 1

const empty: Effect.Effect<Situation, never, Scope.Scope> = Effect.map(
  observed.bounded<number>(capacity),
  ([sender, receiver]) => ({ sender, receiver, sent: [], got: [], offered: [] })
)

const full: Effect.Effect<Situation, unknown, Scope.Scope> = Effect.tap(empty, (s) => send(s, 1))

const send = ({ sender, sent }: Situation, value: number) =>
  Effect.flatMap(Mpsc.send(sender, value), () => {
    sent.push(value)
    return Effect.void
  })

const offer = ({ offered, sender }: Situation, value: number) =>
  Effect.suspend(() => {
    offered.push(value)
    return Queue.offer(sender.queue, value)
  })

const saving = <E>({ got }: Situation, receive: Effect.Effect<number | ReadonlyArray<number>, E>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(receive), (values) => {
      got.push(...[values].flat())
      return Effect.void
    })
  )

const recv = (s: Situation) => saving(s, Mpsc.recv(s.receiver))
const take = (s: Situation) => saving(s, Queue.take(s.receiver.queue))
const takeAll = (s: Situation) => saving(s, Queue.takeAll(s.receiver.queue))

const beside = (...effects: ReadonlyArray<Effect.Effect<unknown, unknown>>) =>
  effects.map((effect) => Effect.forkDetach(effect))

/** Nobody waits who need not, nothing is lost or doubled, and all slots are there in the end. */
const check = ({ got, offered, receiver, sender, sent }: Situation) =>
  Effect.sync(() => {
    const left = Mpsc.lenUnsafe(receiver)
    if (left > 0) assert.strictEqual(Mpsc.waitingUnsafe(receiver), 0, "a recv waits though a value is there")
    if (left < capacity) assert.strictEqual(Mpsc.waitingUnsafe(sender), 0, "a send waits though there is a slot")
    if (sender.queue.state._tag !== "Done" && left > 0) {
      assert.strictEqual(sender.queue.state.takers.size, 0, "a take waits though a value is there")
    }
    const waiting = Mpsc.waitingUnsafe(sender)
    for (let exit = Queue.takeUnsafe(receiver.queue); exit !== undefined; exit = Queue.takeUnsafe(receiver.queue)) {
      if (Exit.isFailure(exit)) break
      got.push(exit.value)
    }
    assert.strictEqual(new Set(got).size, got.length, "a value came twice")
    for (const value of sent) assert.include(got, value, "a value is lost")
    for (const value of got) assert.include([...sent, ...offered], value, "a value was never sent")
    if (waiting === 0) assert.strictEqual(Mpsc.capacityUnsafe(sender), capacity, "a slot is lost")
  })

const programs: Record<string, Program<Situation, unknown, Scope.Scope>> = {
  "a send that waits, and a take from the queue": {
    setup: full,
    target: (s) => send(s, 2),
    others: (s) => beside(take(s)),
    check
  },
  "a send that was promised a slot, and an offer that stands in it": {
    setup: full,
    target: (s) => send(s, 2),
    others: (s) => beside(recv(s), offer(s, 3)),
    mayMiss: true,
    check
  },
  "a send that waits beside an offer that waits": {
    setup: full,
    target: (s) => send(s, 2),
    others: (s) => beside(offer(s, 3), send(s, 4), take(s), recv(s)),
    mayMiss: true,
    check
  },
  "an offer that waits beside a send that waits": {
    setup: full,
    target: (s) => offer(s, 2),
    others: (s) => beside(send(s, 3), recv(s), take(s)),
    check
  },
  "a recv, and an offer to the queue": {
    setup: empty,
    target: recv,
    others: (s) => beside(offer(s, 1), offer(s, 2)),
    check
  },
  "a recv beside a take": {
    setup: empty,
    target: recv,
    others: (s) => beside(take(s), send(s, 1), offer(s, 2)),
    check
  },
  "a take beside a recv": {
    setup: empty,
    target: take,
    // No offers that wait: a take runs them within its own step, where an interruption of it makes the Queue lose.
    others: (s) => beside(recv(s), send(s, 1), send(s, 2)),
    check
  },
  "a take of all beside a recv and one more": {
    setup: empty,
    target: takeAll,
    others: (s) => beside(recv(s), recv(s), send(s, 1), send(s, 2), send(s, 3)),
    check
  },
  "a recv that is called in vain": {
    setup: empty,
    target: recv,
    others: (s) =>
      beside(
        recv(s),
        Effect.sync(() => {
          Queue.offerUnsafe(s.sender.queue, 0)
          Queue.takeUnsafe(s.receiver.queue)
        }),
        send(s, 1),
        send(s, 2)
      ),
    check
  },
  "a recv with which an offer that waits gets in": {
    setup: Effect.tap(full, (s) => Effect.forkDetach(offer(s, 2))),
    target: recv,
    others: (s) => beside(recv(s)),
    check
  },
  "a recv when the queue is ended": {
    setup: empty,
    target: (s) => Effect.exit(recv(s)),
    others: (s) => [recv(s), Queue.end(s.sender.queue)].map(Effect.exit),
    check: (s, { others }) =>
      Effect.sync(() => {
        const ended = others[0]
        assert.isTrue(ended !== undefined && Exit.isSuccess(ended))
        assert.isTrue(Mpsc.isClosedUnsafe(s.receiver))
        assert.strictEqual(Mpsc.waitingUnsafe(s.receiver), 0)
      })
  },
  "a send when the queue is ended": {
    setup: full,
    target: (s) => Effect.exit(send(s, 2)),
    others: (s) => [Effect.exit(send(s, 3)), Queue.end(s.sender.queue)],
    check: (s) =>
      Effect.sync(() => {
        assert.strictEqual(Mpsc.waitingUnsafe(s.sender), 0)
        assert.deepStrictEqual(s.sent, [1])
        assert.deepStrictEqual(Queue.takeUnsafe(s.receiver.queue), Exit.succeed(1))
        assert.deepStrictEqual(Queue.takeUnsafe(s.receiver.queue), Exit.fail(Cause.Done()))
        assert.strictEqual(Mpsc.capacityUnsafe(s.sender), capacity)
      })
  }
}

describe("interruption of Mpsc over a Queue", () => {
  for (const [name, program] of Object.entries(programs)) {
    it.effect(`QUE-1, QUE-2: ${name}`, () =>
      Effect.gen(function*() {
        const { interrupted } = yield* interruptEverywhere(program)
        if (!name.includes("ended")) assert.isAbove(interrupted, 3)
      }), 60_000)
  }
})
