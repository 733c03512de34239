/**
 * Random sequences of operations on a tree of tokens, compared step by step with a sequential model that knows nothing of
 * fibers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import * as model from "./laws/model/cancellationModel.ts"
import { CancellationSubject } from "./laws/model/cancellationSubject.ts"

const runs = { runs: 500, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

describe("CancellationToken", () => {
  const commands = sequences(model.weights)

  const agrees = (sequence: ReadonlyArray<Command<model.Kind>>) => {
    const tree = new model.CancellationModel()
    return Effect.as(agree(tree, new CancellationSubject(), sequence), tree)
  }

  it.effect.prop(
    "CT-1 … CT-9: does what tokio's tree of tokens does",
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
      assert.sameMembers([...met], [...model.situations])
    }), timeout)
})
