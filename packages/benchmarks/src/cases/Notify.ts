import { Notify } from "effect-sync"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import { type Crowd, looping, opening } from "../contenders.ts"
import type { Case } from "../measure.ts"

const name = "effect-sync"

/** How often the signal goes over, there or back, in a round. */
const hops = 2_000

const pingPong: Case = {
  name: "Notify ping-pong, per hop",
  ours: looping(name, hops, (n) =>
    Effect.gen(function*() {
      const ping = yield* Notify.make()
      const pong = yield* Notify.make()
      const partner = yield* Effect.forkChild(
        Effect.gen(function*() {
          for (let i = 0; i < n; i += 2) {
            yield* Notify.notified(ping)
            yield* Notify.notifyOne(pong)
          }
        }),
        { startImmediately: true }
      )
      for (let i = 0; i < n; i += 2) {
        yield* Notify.notifyOne(ping)
        yield* Notify.notified(pong)
      }
      yield* Fiber.join(partner)
    })),
  rivals: [{
    must: 0.35,
    stretch: 0.25,
    contender: looping("Queue.dropping(1)", hops, (n) =>
      Effect.gen(function*() {
        const ping = yield* Queue.dropping<void>(1)
        const pong = yield* Queue.dropping<void>(1)
        const partner = yield* Effect.forkChild(
          Effect.gen(function*() {
            for (let i = 0; i < n; i += 2) {
              yield* Queue.take(ping)
              yield* Queue.offer(pong, undefined)
            }
          }),
          { startImmediately: true }
        )
        for (let i = 0; i < n; i += 2) {
          yield* Queue.offer(ping, undefined)
          yield* Queue.take(pong)
        }
        yield* Fiber.join(partner)
      }))
  }]
}

const thousand: Crowd = { waiters: 1_000 }

// A latch stays open, so it does less: for information.
const wakeAll: Case = {
  name: "Notify.notifyWaiters, 1 000 waiters",
  ours: opening(
    name,
    thousand,
    Effect.map(Notify.make(), (notify) => ({ wait: Notify.notified(notify), open: Notify.notifyWaiters(notify) }))
  ),
  rivals: [{
    contender: opening(
      "Effect Latch",
      thousand,
      Effect.map(Latch.make(), (latch) => ({ wait: latch.await, open: latch.open }))
    )
  }]
}

export const cases: ReadonlyArray<Case> = [pingPong, wakeAll]
