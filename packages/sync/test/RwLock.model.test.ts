/**
 * Random sequences of operations on a RwLock, compared step by step with a sequential model that knows nothing of fibers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { type Kind, RwLockModel, situations, weights } from "./laws/model/rwLockModel.ts"
import { RwLockSubject } from "./laws/model/rwLockSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

describe("RwLock", () => {
  const maxReaders = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })))
  const commands = sequences(weights)

  const agrees = (sequence: ReadonlyArray<Command<Kind>>, maxReaders: number) => {
    const model = new RwLockModel(maxReaders)
    return Effect.as(agree(model, new RwLockSubject(maxReaders), sequence), model)
  }

  it.effect.prop(
    "RW-1 … RW-10: does what tokio's read-write lock does",
    { maxReaders, commands },
    ({ commands, maxReaders }) => agrees(commands, maxReaders),
    { arbitrary: runs, timeout }
  )

  it.effect("the sequences come into every situation that matters", () =>
    Effect.gen(function*() {
      const met = new Set<string>()
      yield* Arbitrary.checkEffect(
        Arbitrary.all({ maxReaders, commands }),
        ({ commands, maxReaders }) =>
          Effect.map(agrees(commands, maxReaders), (model) => {
            for (const situation of model.situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
      assert.sameMembers([...met], [...situations])
    }), timeout)
})
