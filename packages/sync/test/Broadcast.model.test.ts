/**
 * Random sequences of operations on a broadcast, compared step by step with a sequential model that knows nothing of
 * fibers, of rings or of countdowns.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { BroadcastModel, type Kind, situations, weights } from "./laws/model/broadcastModel.ts"
import { BroadcastSubject } from "./laws/model/broadcastSubject.ts"

const capacities = [1, 2, 3, 4, 7, 8]

const runs = { runs: 300, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

const commands = sequences(weights)

const agrees = (capacity: number, sequence: ReadonlyArray<Command<Kind>>) => {
  const model = new BroadcastModel(capacity)
  return Effect.as(agree(model, new BroadcastSubject(capacity), sequence), model)
}

describe("BC-1 … BC-11: does what tokio's broadcast does", () => {
  for (const capacity of capacities) {
    it.effect.prop(
      `capacity ${capacity}`,
      { commands },
      ({ commands }) => agrees(capacity, commands),
      { arbitrary: runs, timeout }
    )
  }
})

it.effect("the sequences come into every situation that matters", () =>
  Effect.gen(function*() {
    const met = new Set<string>()
    for (const capacity of capacities) {
      yield* Arbitrary.checkEffect(
        commands,
        (commands) =>
          Effect.map(agrees(capacity, commands), (model) => {
            for (const situation of model.situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
    }
    assert.sameMembers([...met], [...situations])
  }), timeout)
