import { Semaphore } from "effect-sync"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as EffectSemaphore from "effect/Semaphore"
import { cancelling, type Crowd, handingOver, looping, resuming } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { asyncMutexHandOver, brackets, counting, effectHandOver, uncontended } from "./rivals.ts"

const name = "effect-sync"

const make = Effect.map(Semaphore.make(1), (semaphore) => Semaphore.withPermit(semaphore))

const handOver = (crowd: Crowd) => handingOver(name, crowd, make)

const thousand: Crowd = { waiters: 1_000 }
const hundredThousand: Crowd = { waiters: 100_000 }

const withPermit: Case = {
  name: "Semaphore.withPermit",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      const body = counting()
      for (let i = 0; i < n; i++) yield* Semaphore.withPermit(semaphore, body)
    })),
  rivals: brackets()
}

const acquire: Case = {
  name: "Semaphore.acquire, scoped",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      for (let i = 0; i < n; i++) yield* Effect.scoped(Semaphore.acquire(semaphore))
    })),
  rivals: [{
    must: 0.9,
    stretch: 0.65,
    contender: looping("Effect takeScoped", uncontended, (n) =>
      Effect.gen(function*() {
        const semaphore = yield* EffectSemaphore.make(1)
        for (let i = 0; i < n; i++) yield* Effect.scoped(semaphore.takeScoped(1))
      }))
  }]
}

/** How often a permit is acquired and released in a scope that lives on. */
const earlyReleases = 10_000

const releaseEarly: Case = {
  name: "Semaphore.acquire + release, one scope",
  ours: looping(name, earlyReleases, (n) =>
    Effect.scoped(Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      for (let i = 0; i < n; i++) {
        const permit = yield* Semaphore.acquire(semaphore)
        yield* permit.release
      }
    }))),
  rivals: [{
    // Effect's own can't leave a scope early, so it gets a fresh one each time: another contract, hence no goal.
    contender: looping("Effect takeScoped, own scope", earlyReleases, (n) =>
      Effect.gen(function*() {
        const semaphore = yield* EffectSemaphore.make(1)
        for (let i = 0; i < n; i++) {
          const scope = yield* Scope.make()
          yield* Scope.provide(semaphore.takeScoped(1), scope)
          yield* Scope.close(scope, Exit.void)
        }
      }))
  }]
}

const handOver1000: Case = {
  name: "Semaphore hand-over, 1 000 waiters",
  ours: handOver(thousand),
  rivals: [
    { must: 0.12, stretch: 0.08, contender: effectHandOver(thousand) },
    { must: 2.3, stretch: 1.5, contender: resuming(thousand) },
    { must: 1.3, stretch: 0.9, contender: asyncMutexHandOver(thousand) }
  ]
}

// Effect's own semaphore takes 286 s for this: it is not run.
const handOver100000: Case = {
  name: "Semaphore hand-over, 100 000 waiters",
  ours: handOver(hundredThousand),
  rivals: [
    { must: 2.3, stretch: 1.5, contender: resuming(hundredThousand) },
    // growth: what a hand-over costs in a long queue, by what it costs in a short one
    { must: 3, stretch: 2, contender: { ...handOver({ waiters: 1_000, turns: 100 }), name: "itself at 1 000" } }
  ]
}

// async-mutex takes several seconds a round
const handOver100000Promise: Case = {
  name: "Semaphore hand-over, 100 000 waiters (slow rival)",
  ours: handOver(hundredThousand),
  rivals: [{ must: 0.1, stretch: 0.03, contender: asyncMutexHandOver(hundredThousand) }],
  slow: { rounds: 3 }
}

const cancel: Case = {
  name: "Semaphore, interrupting 1 000 waiters",
  ours: cancelling(name, thousand, make),
  rivals: [{
    must: 0.7,
    stretch: 0.45,
    contender: cancelling(
      "Effect Semaphore",
      thousand,
      Effect.map(EffectSemaphore.make(1), (semaphore) => semaphore.withPermits(1))
    )
  }]
}

export const cases: ReadonlyArray<Case> = [
  withPermit,
  acquire,
  releaseEarly,
  handOver1000,
  handOver100000,
  handOver100000Promise,
  cancel
]
