import { OnceCell } from "effect-sync"
import * as Effect from "effect/Effect"
import { type Crowd, filling, looping } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { uncontended } from "./rivals.ts"

const name = "effect-sync"

const init = Effect.succeed(1)

/** Effect's own keeps failures too and has one initializer for all: another contract, the same hot path. */
const cached = looping("Effect.cached", uncontended, (n) =>
  Effect.gen(function*() {
    const value = yield* Effect.cached(init)
    yield* value
    let sum = 0
    for (let i = 0; i < n; i++) sum += yield* value
    return sum
  }))

const hot: Case = {
  name: "OnceCell.getOrInit, filled",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      yield* OnceCell.getOrInit(cell, init)
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* OnceCell.getOrInit(cell, init)
      return sum
    })),
  rivals: [{ must: 1.3, stretch: 1, contender: cached }]
}

const hotReused: Case = {
  name: "OnceCell.getOrInit, filled, built before",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const cell = yield* OnceCell.make<number>()
      const value = OnceCell.getOrInit(cell, init)
      yield* value
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* value
      return sum
    })),
  rivals: [{ must: 1.3, stretch: 1, contender: cached }]
}

const cold: Case = {
  name: "OnceCell, making and filling",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* OnceCell.getOrInit(OnceCell.makeUnsafe<number>(), init)
      return sum
    })),
  rivals: [{
    // it runs the initializer in a fiber of its own
    contender: looping("Effect.cached", uncontended, (n) =>
      Effect.gen(function*() {
        let sum = 0
        for (let i = 0; i < n; i++) sum += yield* yield* Effect.cached(init)
        return sum
      }))
  }]
}

const thousand: Crowd = { waiters: 1_000 }

const waiting: Case = {
  name: "OnceCell, filled with 1 000 waiting",
  ours: filling(
    name,
    thousand,
    (initializer) => Effect.map(OnceCell.make<void>(), (cell) => OnceCell.getOrInit(cell, initializer))
  ),
  rivals: [{ contender: filling("Effect.cached", thousand, Effect.cached) }]
}

export const cases: ReadonlyArray<Case> = [hot, hotReused, cold, waiting]
