/**
 * Loops that wait for others by yielding: they end, since nobody waits for ever while others yield.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { found, passed, values } from "./utils.ts"

interface Door {
  open: boolean
}

const door = Effect.sync((): Door => ({ open: false }))

const spin = (door: Door): Effect.Effect<void> =>
  Effect.suspend(() => door.open ? Effect.void : Effect.flatMap(Effect.yieldNow, () => spin(door)))

const opens = (door: Door): Effect.Effect<void> =>
  Effect.sync(() => {
    door.open = true
  })

describe("a loop over yieldNow ends", () => {
  for (const preemptionBound of [0, 1, 2, Infinity]) {
    it.effect(`when another fiber opens the door, with ${preemptionBound} preemptions`, () =>
      passed({ setup: door, fibers: { alice: spin, bob: opens } }, { preemptionBound, maxSteps: 100 }))
  }

  for (const order of ["any", "fifo"] as const) {
    it.effect(`when two spin, order ${order}`, () =>
      passed({ setup: door, fibers: { alice: spin, bob: spin, carol: opens } }, { maxSteps: 200, order }))
  }

  it.effect("when three spin", () =>
    passed(
      { setup: door, fibers: { alice: spin, bob: spin, carol: spin, dave: opens } },
      { maxSteps: 200, preemptionBound: 0 }
    ))

  it.effect("when a child spins", () =>
    passed({
      setup: door,
      fibers: {
        alice: (door) => Effect.forkChild(spin(door)),
        bob: (door) => Effect.forkDetach(spin(door)),
        carol: opens
      }
    }, { maxSteps: 200, preemptionBound: 1 }))

  for (const time of ["quiescent", "any"] as const) {
    it.effect(`when it waits for an event, or for time to pass, time ${time}`, () =>
      Effect.gen(function*() {
        const options = { maxSteps: 100, time } as const
        yield* passed({ setup: door, fibers: { alice: spin }, events: { open: opens } }, options)
        yield* passed({ setup: door, fibers: { alice: spin, bob: spin }, events: { open: opens } }, {
          ...options,
          preemptionBound: 0
        })
        const sleeps = (door: Door) => Effect.andThen(Effect.sleep("1 hour"), opens(door))
        yield* passed({ setup: door, fibers: { alice: spin, bob: sleeps } }, options)
      }))
  }

  it.effect("and is not taken for one after a few yields", () =>
    Effect.gen(function*() {
      const logs = yield* values(
        {
          setup: Effect.sync(() => ({ log: "" })),
          fibers: {
            alice: (state) =>
              Effect.andThen(
                Effect.repeat(Effect.yieldNow, { times: 3 }),
                Effect.sync(() => {
                  state.log += "a"
                })
              )
          },
          events: {
            bell: (state) =>
              Effect.sync(() => {
                state.log += "!"
              })
          }
        },
        ({ log }) => log
      )
      assert.deepStrictEqual(logs, ["!a", "a!"])
    }))
})

describe("after a yield", () => {
  it.effect("another fiber goes first, whichever", () =>
    Effect.gen(function*() {
      const orders = yield* values(
        {
          setup: Effect.sync(() => ({ log: "" })),
          fibers: {
            alice: (state) =>
              Effect.andThen(
                Effect.sync(() => {
                  state.log += "("
                }),
                Effect.andThen(
                  Effect.yieldNow,
                  Effect.sync(() => {
                    state.log += ")"
                  })
                )
              ),
            bob: (state) =>
              Effect.sync(() => {
                state.log += "b"
              }),
            carol: (state) =>
              Effect.sync(() => {
                state.log += "c"
              })
          }
        },
        ({ log }) => log,
        { preemptionBound: 0 }
      )
      assert.deepStrictEqual(orders.sort(), ["(b)c", "(bc)", "(c)b", "(cb)", "b(c)", "bc()", "c(b)", "cb()"])
    }))

  it.effect("a spinner that nobody lets go on is a livelock", () =>
    Effect.map(
      found({ setup: door, fibers: { alice: spin, bob: spin } }, { maxSteps: 100 }),
      ({ kind }) => assert.strictEqual(kind, "livelock")
    ))
})

describe("order fifo", () => {
  it.effect("keeps the tasks of one dispatcher in their order, in batches and by priority; any does not", () =>
    Effect.gen(function*() {
      const orders = (order: "any" | "fifo") =>
        values(
          {
            setup: Effect.sync(() => ({ log: "" })),
            fibers: {
              alice: (state) =>
                Effect.withFiber((fiber) => {
                  const { currentDispatcher } = fiber
                  const schedule = (text: string, priority: number, more = () => {}) =>
                    currentDispatcher.scheduleTask(() => {
                      state.log += text
                      more()
                    }, priority)
                  schedule("b", 1)
                  // what comes while a batch runs waits for the next one, whatever its priority
                  schedule("a", 0, () => schedule("d", 0))
                  schedule("c", 1)
                  return Effect.void
                })
            }
          },
          ({ log }) => log,
          { order, preemptionBound: 0 }
        )
      assert.deepStrictEqual(yield* orders("fifo"), ["abcd"])
      const any = yield* orders("any")
      assert.strictEqual(any.length, 12)
      assert.includeMembers(any, ["abcd", "cbad", "adbc"])
    }))
})
