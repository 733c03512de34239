/** Contenders that several primitives are compared with. */
import { Mutex as AsyncMutex } from "async-mutex"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type Crowd, handingOver, handingOverPromise, looping, loopingPromise } from "../contenders.ts"
import type { Rival } from "../measure.ts"

/** How often an uncontended operation runs in a round. */
export const uncontended = 1_000

/** A section with something in it that can't be optimised away. */
export const counting = (): Effect.Effect<number> => {
  let count = 0
  return Effect.sync(() => ++count)
}

/** An uncontended bracket is compared with these. */
export const brackets = (): ReadonlyArray<Rival> => [
  {
    must: 0.65,
    stretch: 0.45,
    contender: looping("Effect Semaphore", uncontended, (n) =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const body = counting()
        for (let i = 0; i < n; i++) yield* Semaphore.withPermits(semaphore, 1, body)
      }))
  },
  {
    must: 1.5,
    stretch: 1.15,
    contender: looping("floor: onExitPrimitive", uncontended, (n) =>
      Effect.gen(function*() {
        const body = counting()
        const nothing = () => undefined
        for (let i = 0; i < n; i++) yield* Effect.onExitPrimitive(body, nothing)
      }))
  },
  {
    must: 0.33,
    stretch: 0.2,
    contender: loopingPromise("async-mutex", uncontended, async (n) => {
      const mutex = new AsyncMutex()
      let count = 0
      for (let i = 0; i < n; i++) await mutex.runExclusive(() => ++count)
    })
  }
]

/** Effect's semaphore, handing one permit over. */
export const effectHandOver = (crowd: Crowd) =>
  handingOver("Effect Semaphore", crowd, Effect.map(Semaphore.make(1), (semaphore) => semaphore.withPermits(1)))

/** async-mutex, handing its lock over. */
export const asyncMutexHandOver = (crowd: Crowd) =>
  handingOverPromise("async-mutex", crowd, () => {
    const mutex = new AsyncMutex()
    return (body) => mutex.runExclusive(body)
  })
