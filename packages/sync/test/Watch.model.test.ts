/**
 * Random sequences of operations on a Watch, compared step by step with a sequential model that knows nothing of fibers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { type Kind, situations, WatchModel, weights } from "./laws/model/watchModel.ts"
import { WatchSubject } from "./laws/model/watchSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

describe("Watch", () => {
  const commands = sequences(weights)

  const agrees = (sequence: ReadonlyArray<Command<Kind>>) => {
    const model = new WatchModel()
    return Effect.as(agree(model, new WatchSubject(), sequence), model)
  }

  it.effect.prop(
    "W-1 … W-12: does what tokio's watch does",
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
