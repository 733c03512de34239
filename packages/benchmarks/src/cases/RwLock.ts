import { Mutex, RwLock } from "effect-sync"
import * as Effect from "effect/Effect"
import * as TxReentrantLock from "effect/TxReentrantLock"
import { looping } from "../contenders.ts"
import type { Case, Rival } from "../measure.ts"
import { counting, uncontended } from "./rivals.ts"

const name = "effect-sync"

/** Our own lock for one at a time: what it costs more to let readers share. */
const mutex = (): Rival => ({
  must: 1.2,
  stretch: 1.05,
  contender: looping("effect-sync Mutex", uncontended, (n) =>
    Effect.gen(function*() {
      const mutex = yield* Mutex.make(0)
      const body = counting()
      const use = () => body
      for (let i = 0; i < n; i++) yield* Mutex.withLock(mutex, use)
    }))
})

const withRead: Case = {
  name: "RwLock.withRead",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const lock = yield* RwLock.make(0)
      const body = counting()
      const use = () => body
      for (let i = 0; i < n; i++) yield* RwLock.withRead(lock, use)
    })),
  rivals: [mutex(), {
    must: 0.06,
    stretch: 0.035,
    contender: looping("Effect TxReentrantLock", uncontended, (n) =>
      Effect.gen(function*() {
        const lock = yield* TxReentrantLock.make()
        const body = counting()
        for (let i = 0; i < n; i++) yield* TxReentrantLock.withReadLock(lock, body)
      }))
  }]
}

const withWrite: Case = {
  name: "RwLock.withWrite",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const lock = yield* RwLock.make(0)
      const body = counting()
      const use = () => body
      for (let i = 0; i < n; i++) yield* RwLock.withWrite(lock, use)
    })),
  rivals: [mutex(), {
    must: 0.06,
    stretch: 0.035,
    contender: looping("Effect TxReentrantLock", uncontended, (n) =>
      Effect.gen(function*() {
        const lock = yield* TxReentrantLock.make()
        const body = counting()
        for (let i = 0; i < n; i++) yield* TxReentrantLock.withWriteLock(lock, body)
      }))
  }]
}

export const cases: ReadonlyArray<Case> = [withRead, withWrite]
