import { Mutex } from "effect-sync"
import * as Effect from "effect/Effect"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { brackets, counting, uncontended } from "./rivals.ts"

const name = "effect-sync"

const withLock: Case = {
  name: "Mutex.withLock",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const body = counting()
      const use = () => body
      for (let i = 0; i < n; i++) yield* Mutex.withLock(mutex, use)
    })),
  rivals: brackets()
}

const update: Case = {
  name: "Mutex.update",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const increment = (count: number) => count + 1
      for (let i = 0; i < n; i++) yield* Mutex.update(mutex, increment)
    })),
  rivals: brackets()
}

export const cases: ReadonlyArray<Case> = [withLock, update]
