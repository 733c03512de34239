import { Mpsc } from "effect-sync"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { looping } from "../contenders.ts"
import type { Case, Contender } from "../measure.ts"

const name = "effect-sync"
const messages = 4_096

interface Channel {
  readonly offer: (n: number) => Effect.Effect<unknown, unknown>
  /** One message, or several. */
  readonly take: Effect.Effect<number | ReadonlyArray<number>, unknown>
}

const queue = (make: Effect.Effect<Queue.Queue<number, Cause.Done>>, all: boolean) =>
  Effect.map(make, (self): Channel => ({
    offer: (n) => Queue.offer(self, n),
    take: all ? Queue.takeAll(self) : Queue.take(self)
  }))

const mpsc = (capacity: number, all: boolean) =>
  Effect.sync((): Channel => {
    const [sender, receiver] = capacity === Infinity
      ? Mpsc.unboundedUnsafe<number>()
      : Mpsc.boundedUnsafe<number>(capacity)
    return {
      offer: (n) => Mpsc.send(sender, n),
      take: all ? Mpsc.recvMany(receiver, 1_000_000) : Mpsc.recv(receiver)
    }
  })

/** Over an Effect Queue. */
const queueBacked = (capacity: number) =>
  Effect.map(
    Scope.provide(Mpsc.boundedQueue<number>(capacity), Scope.makeUnsafe()),
    ([sender, receiver]): Channel => ({ offer: (n) => Mpsc.send(sender, n), take: Mpsc.recv(receiver) })
  )

/** So many producers, and one consumer that takes as many as they make. */
const flow = (contender: string, make: Effect.Effect<Channel>, producers: number): Contender =>
  looping(contender, messages, (n) =>
    Effect.orDie(Effect.gen(function*() {
      const { offer, take } = yield* make
      const each = n / producers
      const produce = Effect.gen(function*() {
        for (let i = 0; i < each; i++) yield* offer(i)
      })
      for (let i = 0; i < producers; i++) yield* Effect.forkChild(produce)
      for (let seen = 0; seen < n;) {
        const taken = yield* take
        seen += typeof taken === "number" ? 1 : taken.length
      }
    })))

const against = (
  title: string,
  capacity: number,
  producers: number,
  all: boolean,
  must: number,
  stretch: number
): Case => ({
  name: `Mpsc ${title}`,
  ours: flow(name, mpsc(capacity, all), producers),
  rivals: [{
    must,
    stretch,
    contender: flow(
      `Effect Queue.${all ? "takeAll" : "take"}`,
      queue(capacity === Infinity ? Queue.unbounded() : Queue.bounded(capacity), all),
      producers
    )
  }]
})

const rounds = 1_000

const roundTrip = (contender: string, make: Effect.Effect<Channel>): Contender =>
  looping(contender, rounds, (n) =>
    Effect.orDie(Effect.gen(function*() {
      const there = yield* make
      const back = yield* make
      const partner = yield* Effect.forkChild(
        Effect.gen(function*() {
          for (let i = 0; i < n; i++) {
            yield* there.take
            yield* back.offer(i)
          }
        }),
        { startImmediately: true }
      )
      for (let i = 0; i < n; i++) {
        yield* there.offer(i)
        yield* back.take
      }
      yield* Fiber.join(partner)
    })))

export const cases: ReadonlyArray<Case> = [
  against("bounded(64) 1→1, one by one", 64, 1, false, 0.5, 0.38),
  against("bounded(64) 8→1, one by one", 64, 8, false, 0.5, 0.38),
  against("bounded(64) 1→1, recvMany", 64, 1, true, 1.15, 0.9),
  against("bounded(64) 8→1, recvMany", 64, 8, true, 1.15, 0.9),
  against("unbounded 1→1, one by one", Infinity, 1, false, 0.95, 0.8),
  against("unbounded 1→1, recvMany", Infinity, 1, true, 1.15, 1.0),
  against("bounded(1) 1→1, one by one", 1, 1, false, 1.0, 0.85),
  {
    name: "Mpsc bounded(64) 8→1, against one over a Queue",
    ours: flow(name, mpsc(64, false), 8),
    rivals: [{ must: 1.0, stretch: 0.7, contender: flow("Mpsc.boundedQueue", queueBacked(64), 8) }]
  },
  {
    name: "Mpsc round trip over two channels",
    ours: roundTrip(name, mpsc(64, false)),
    rivals: [{
      must: 0.45,
      stretch: 0.36,
      contender: roundTrip("two Effect Queues", queue(Queue.bounded(64), false))
    }]
  }
]
