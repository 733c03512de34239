/**
 * Random sequences of operations on an mpsc channel, compared step by step with a sequential model that knows nothing of
 * fibers or of queues.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, type Scope } from "effect"
import { Mpsc } from "effect-sync"
import { agree, type Command, sequences } from "./laws/model/agreement.ts"
import { type Kind, MpscModel, situations, weights } from "./laws/model/mpscModel.ts"
import { MpscSubject } from "./laws/model/mpscSubject.ts"
import { ways } from "./queueBacked.ts"

const runs = { runs: 300, size: 100 }

// generous, for machines that are busy
const timeout = 60_000

const commands = sequences(weights)

const agrees = <E>(
  capacity: number,
  make: Effect.Effect<readonly [Mpsc.Sender<number>, Mpsc.Receiver<number>], E, Scope.Scope>,
  sequence: ReadonlyArray<Command<Kind>>
) =>
  Effect.gen(function*() {
    const model = new MpscModel(capacity)
    yield* agree(model, new MpscSubject(yield* make), sequence)
    return model
  }).pipe(Effect.scoped)

describe("MPSC-1 … MPSC-13: does what tokio's mpsc does", () => {
  for (const capacity of [1, 2, 3, 5]) {
    it.effect.prop(
      `capacity ${capacity}`,
      { commands },
      ({ commands }) => agrees(capacity, Mpsc.bounded<number>(capacity), commands),
      { arbitrary: runs, timeout }
    )
    for (const way of ways) {
      it.effect.prop(
        `capacity ${capacity}, over ${way.name}`,
        { commands },
        ({ commands }) => agrees(capacity, way.bounded<number>(capacity), commands),
        { arbitrary: runs, timeout }
      )
    }
  }

  it.effect.prop(
    "unbounded",
    { commands },
    ({ commands }) => agrees(Infinity, Mpsc.unbounded<number>(), commands),
    { arbitrary: runs, timeout }
  )
  for (const way of ways) {
    it.effect.prop(
      `unbounded, over ${way.name}`,
      { commands },
      ({ commands }) => agrees(Infinity, way.unbounded<number>(), commands),
      { arbitrary: runs, timeout }
    )
  }
})

it.effect("the sequences come into every situation that matters", () =>
  Effect.gen(function*() {
    const met = new Set<string>()
    for (const capacity of [1, 2, 3, 5]) {
      yield* Arbitrary.checkEffect(
        commands,
        (commands) =>
          Effect.map(agrees(capacity, Mpsc.bounded<number>(capacity), commands), (model) => {
            for (const situation of model.situations) met.add(situation)
            return true
          }),
        { ...runs, seed: 1 }
      )
    }
    assert.deepStrictEqual(situations.filter((one) => !met.has(one)), [])
  }), timeout)
