import { CancellationToken } from "effect-sync"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { type Crowd, looping, releasing, resuming } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { counting, uncontended } from "./rivals.ts"

const name = "effect-sync"

const thousand: Crowd = { waiters: 1_000 }

/** How a `Deferred` stands in for a token: by a race, which starts a second fiber to wait for it. */
const raced = (effect: Effect.Effect<unknown>, deferred: Deferred.Deferred<void>) =>
  Effect.raceFirst(Effect.asSome(effect), Effect.as(Deferred.await(deferred), undefined))

const running = (what: string, body: () => Effect.Effect<unknown>): Case => ({
  name: `CancellationToken.runUntilCancelled, ${what}`,
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const token = yield* CancellationToken.make()
      const effect = body()
      for (let i = 0; i < n; i++) yield* CancellationToken.runUntilCancelled(token, effect)
    })),
  rivals: [
    {
      contender: looping("Effect raceFirst, Deferred", uncontended, (n) =>
        Effect.gen(function*() {
          const deferred = yield* Deferred.make<void>()
          const effect = body()
          for (let i = 0; i < n; i++) yield* raced(effect, deferred)
        }))
    },
    {
      contender: looping("the effect alone", uncontended, (n) =>
        Effect.gen(function*() {
          const effect = body()
          for (let i = 0; i < n; i++) yield* effect
        }))
    }
  ]
})

const children: Case = {
  name: "CancellationToken.child + release",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const token = yield* CancellationToken.make()
      for (let i = 0; i < n; i++) yield* Effect.scoped(CancellationToken.child(token))
    })),
  rivals: [
    {
      // the other way to have something per request that says «stop», though it knows no tree
      contender: looping("Effect abortSignal", uncontended, (n) =>
        Effect.gen(function*() {
          for (let i = 0; i < n; i++) yield* Effect.scoped(Effect.abortSignal)
        }))
    }
  ]
}

const ours = Effect.map(CancellationToken.make(), (token) => ({
  wait: CancellationToken.cancelled(token),
  release: CancellationToken.cancel(token)
}))

/** Resumes them on the stack of who completes it, and finds one that leaves by searching. */
const theirs = Effect.map(Deferred.make<void>(), (deferred) => ({
  wait: Deferred.await(deferred),
  release: Effect.asVoid(Deferred.succeed(deferred, undefined))
}))

const waking: Case = {
  name: "CancellationToken.cancel, 1 000 waiters",
  ours: releasing(name, thousand, ours),
  rivals: [
    { contender: releasing("Deferred", thousand, theirs) },
    { must: 2.3, stretch: 1.5, contender: resuming(thousand) }
  ]
}

export const cases: ReadonlyArray<Case> = [
  running("an effect that ends at once", counting),
  running("an effect that yields", () => Effect.yieldNow),
  children,
  waking
]
