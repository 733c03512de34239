/**
 * Random sequences of operations on a Barrier, compared step by step with a sequential model that knows nothing of
 * fibers.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { BarrierModel, type Kind, situations, weights } from "./laws/model/barrierModel.ts"
import { BarrierSubject } from "./laws/model/barrierSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

const parties = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })))
const commands = sequences(weights)

const agrees = (sequence: ReadonlyArray<Command<Kind>>, parties: number) => {
  const model = new BarrierModel(parties)
  return Effect.as(agree(model, new BarrierSubject(parties), sequence), model)
}

it.effect.prop(
  "BAR-1 … BAR-5: does what a barrier should, and what tokio's does where nobody is interrupted",
  { parties, commands },
  ({ commands, parties }) => agrees(commands, parties),
  { arbitrary: runs, timeout }
)

it.effect("the sequences come into every situation that matters", () =>
  Effect.gen(function*() {
    const met = new Set<string>()
    yield* Arbitrary.checkEffect(
      Arbitrary.all({ parties, commands }),
      ({ commands, parties }) =>
        Effect.map(agrees(commands, parties), (model) => {
          for (const situation of model.situations) met.add(situation)
          return true
        }),
      { ...runs, seed: 1 }
    )
    assert.sameMembers([...met], [...situations])
  }), timeout)
