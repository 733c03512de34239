import { SetOnce } from "effect-sync"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Crowd, looping, releasing } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { uncontended } from "./rivals.ts"

const name = "effect-sync"

const hot: Case = {
  name: "SetOnce.wait, set",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      const once = yield* SetOnce.make({ initial: Option.some(1) })
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* SetOnce.wait(once)
      return sum
    })),
  rivals: [{
    contender: looping("Deferred.await", uncontended, (n) =>
      Effect.gen(function*() {
        const deferred = yield* Deferred.make<number>()
        yield* Deferred.succeed(deferred, 1)
        let sum = 0
        for (let i = 0; i < n; i++) sum += yield* Deferred.await(deferred)
        return sum
      }))
  }]
}

const ours = Effect.map(SetOnce.make<void>(), (once) => ({
  wait: SetOnce.wait(once),
  release: Effect.orDie(SetOnce.set(once, undefined))
}))

/** Resumes them on the stack of who completes it, and finds one that leaves by searching. */
const theirs = Effect.map(Deferred.make<void>(), (deferred) => ({
  wait: Deferred.await(deferred),
  release: Effect.asVoid(Deferred.succeed(deferred, undefined))
}))

const crowd = (crowd: Crowd): Case => ({
  name: `SetOnce, releasing ${crowd.waiters.toLocaleString("en-US").replace(",", " ")} waiters`,
  ours: releasing(name, crowd, ours),
  rivals: [{ contender: releasing("Deferred", crowd, theirs) }]
})

export const cases: ReadonlyArray<Case> = [hot, crowd({ waiters: 1_000 }), crowd({ waiters: 10_000 })]
