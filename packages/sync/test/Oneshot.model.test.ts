/**
 * Random sequences of operations on a Oneshot, compared step by step with a sequential model that knows nothing of fibers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { type Kind, OneshotModel, situations, weights } from "./laws/model/oneshotModel.ts"
import { OneshotSubject } from "./laws/model/oneshotSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

describe("Oneshot", () => {
  const commands = sequences(weights)

  const agrees = (sequence: ReadonlyArray<Command<Kind>>) => {
    const model = new OneshotModel()
    return Effect.as(agree(model, new OneshotSubject(), sequence), model)
  }

  it.effect.prop(
    "ONE-1 … ONE-9: does what tokio's oneshot does",
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
          Effect.map(agrees(commands), (model) => {
            for (const situation of model.situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
      assert.sameMembers([...met], [...situations])
    }), timeout)
})
