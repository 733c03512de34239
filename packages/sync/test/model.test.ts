/**
 * Random sequences of operations, compared step by step with a sequential model that knows nothing of fibers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import * as mutex from "./laws/model/mutexModel.ts"
import { MutexSubject } from "./laws/model/mutexSubject.ts"
import * as semaphore from "./laws/model/semaphoreModel.ts"
import { SemaphoreSubject } from "./laws/model/semaphoreSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

describe("Semaphore", () => {
  const permits = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })))
  const commands = sequences(semaphore.weights)

  const agrees = (sequence: ReadonlyArray<Command<semaphore.Kind>>, permits: number) => {
    const model = new semaphore.SemaphoreModel(permits)
    return Effect.as(agree(model, new SemaphoreSubject(permits), sequence), model)
  }

  it.effect.prop(
    "SEM-1 … SEM-13: does what tokio's batch semaphore does",
    { permits, commands },
    ({ commands, permits }) => agrees(commands, permits),
    { arbitrary: runs, timeout }
  )

  it.effect("the sequences come into every situation that matters", () =>
    Effect.gen(function*() {
      const met = new Set<string>()
      yield* Arbitrary.checkEffect(
        Arbitrary.all({ permits, commands }),
        ({ commands, permits }) =>
          Effect.map(agrees(commands, permits), ({ situations }) => {
            for (const situation of situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
      assert.sameMembers([...met], [...semaphore.situations])
    }), timeout)
})

describe("Mutex", () => {
  const commands = sequences(mutex.weights)

  const agrees = (sequence: ReadonlyArray<Command<mutex.Kind>>) => {
    const model = new mutex.MutexModel()
    return Effect.as(agree(model, new MutexSubject(), sequence), model)
  }

  it.effect.prop(
    "MUT-1 … MUT-7: does what tokio's mutex does",
    { commands },
    ({ commands }) => agrees(commands),
    { arbitrary: runs, timeout }
  )

  it.effect("the sequences come into every situation that matters", () =>
    Effect.gen(function*() {
      const met = new Set<string>()
      yield* Arbitrary.checkEffect(
        commands,
        (commands) =>
          Effect.map(agrees(commands), ({ situations }) => {
            for (const situation of situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
      assert.sameMembers([...met], [...mutex.situations])
    }), timeout)
})
