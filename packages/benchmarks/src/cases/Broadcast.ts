import { Broadcast } from "effect-sync"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as PubSub from "effect/PubSub"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"

const name = "effect-sync"

const capacity = 64

/**
 * One fiber sends a ring full of values and gives way; each receiver has a fiber of its own, which takes them one by one. An
 * operation is one value taken by one receiver.
 */
const fanOut = <R>(
  contender: string,
  receivers: number,
  values: number,
  channel: Effect.Effect<
    {
      readonly send: (n: number) => Effect.Effect<unknown>
      readonly subscribe: Effect.Effect<R, never, any>
      readonly receive: (receiver: R, values: number) => Effect.Effect<unknown>
    },
    never,
    any
  >,
  turns = 1
) => {
  const turn = Effect.scoped(
    Effect.gen(function*() {
      const { receive, send, subscribe } = yield* channel
      const fibers: Array<Fiber.Fiber<unknown>> = []
      for (let i = 0; i < receivers; i++) {
        const receiver = yield* subscribe
        fibers.push(yield* Effect.forkChild(receive(receiver, values), { startImmediately: true }))
      }
      for (let n = 0; n < values; n++) {
        yield* send(n)
        if (n % capacity === capacity - 1) yield* Effect.yieldNow
      }
      for (const fiber of fibers) yield* Fiber.join(fiber)
    })
  ) as Effect.Effect<void>
  return looping(contender, receivers * values * turns, () => Effect.repeat(turn, { times: turns - 1 }))
}

const ours = (receivers: number, values: number, turns?: number) =>
  fanOut(
    name,
    receivers,
    values,
    Effect.map(Broadcast.makeSender<number>(4 * capacity), (sender) => ({
      send: (n: number) => Effect.orDie(Broadcast.send(sender, n)),
      subscribe: Broadcast.subscribe(sender),
      receive: (receiver: Broadcast.Receiver<number>, values: number) =>
        Effect.gen(function*() {
          for (let i = 0; i < values; i++) yield* Broadcast.recv(receiver)
        }).pipe(Effect.orDie)
    })),
    turns
  )

const pubSub = (receivers: number, values: number) =>
  fanOut(
    "PubSub bounded",
    receivers,
    values,
    Effect.map(PubSub.bounded<number>(4 * capacity), (pubSub) => ({
      send: (n: number) => PubSub.publish(pubSub, n),
      subscribe: PubSub.subscribe(pubSub),
      receive: (subscription: PubSub.Subscription<number>, values: number) =>
        Effect.gen(function*() {
          for (let i = 0; i < values; i++) yield* PubSub.take(subscription)
        })
    }))
  )

const perDelivery = (receivers: number, values: number, must: number, stretch: number): Case => ({
  name: `broadcast per delivery, ${receivers === 1_000 ? "1 000" : receivers} ${
    receivers === 1 ? "receiver" : "receivers"
  }`,
  ours: ours(receivers, values),
  rivals: [{ must, stretch, contender: pubSub(receivers, values) }]
})

/** The same work with ten thousand receivers as with a hundred, which do it a hundred times. */
const growth: Case = {
  name: "broadcast growth: ns per delivery, 10 000 receivers ÷ 100",
  ours: { ...ours(10_000, 8), name: "10 000 receivers" },
  rivals: [{ must: 3, stretch: 2, contender: { ...ours(100, 8, 100), name: "100 receivers" } }],
  slow: { rounds: 15 }
}

export const cases: ReadonlyArray<Case> = [
  perDelivery(1, 2_000, 0.5, 0.4),
  perDelivery(10, 256, 0.35, 0.27),
  perDelivery(1_000, 8, 0.35, 0.25),
  growth
]
