/**
 * Watched state: it behaves as the bare one, tells when it is touched, and shortens the search without changing what it finds.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { found, increment, lostUpdate } from "./utils.ts"

describe("a watched object", () => {
  it("behaves as the bare one", () => {
    const inner = { n: 1 }
    const bare = {
      inner,
      list: [inner, { n: 2 }],
      map: new Map<unknown, unknown>([["a", inner], [inner, { n: 3 }]]),
      set: new Set<unknown>([inner]),
      get twice() {
        return this.inner.n * 2
      },
      set both(n: number) {
        this.inner.n = n
      }
    }
    const watched = Explore.watch(bare)
    assert.strictEqual(watched, Explore.watch(bare))
    assert.strictEqual(Explore.watch(watched), watched)
    assert.strictEqual(watched.inner, watched.list[0])
    assert.strictEqual(watched.map.get("a"), watched.inner)
    assert.strictEqual(watched.map.get(watched.inner), watched.map.get(inner))
    assert.isTrue(watched.set.has(inner) && watched.set.has(watched.inner))
    assert.strictEqual(watched.list.indexOf(inner as any), 0)
    assert.strictEqual(watched.list.indexOf(watched.inner), 0)
    assert.isTrue(watched.list.includes(inner))
    watched.both = 5
    assert.strictEqual(inner.n, 5)
    assert.strictEqual(watched.twice, 10)
    watched.list.push(watched.inner)
    assert.strictEqual(bare.list[2], inner)
    watched.set.delete(watched.inner)
    assert.strictEqual(bare.set.size, 0)
    assert.strictEqual(watched.map.set("b", 1), watched.map)
    assert.deepStrictEqual([...watched.map.keys()].length, 3)
    assert.strictEqual([...watched.map][0]![1], watched.inner)
    assert.strictEqual([...watched.map.values()][0], watched.inner)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(watched.list)), [{ n: 5 }, { n: 2 }, { n: 5 }])
    const seen: Array<unknown> = []
    watched.map.forEach((value) => seen.push(value))
    assert.strictEqual(seen[0], watched.inner)
    delete (watched as any).list
    assert.isFalse("list" in bare)
    assert.deepStrictEqual(Object.keys(watched), ["inner", "map", "set", "twice", "both"])
  })

  it("with frozen parts, methods and symbols works", () => {
    class Counter {
      n = 0
      add() {
        return ++this.n
      }
    }
    const counter = Explore.watch(new Counter())
    assert.strictEqual(counter.add(), 1)
    const frozen = Explore.watch(Object.freeze({ inner: { n: 1 } }))
    assert.strictEqual(frozen.inner.n, 1)
    const nothing = Explore.watch(Object.create(null))
    nothing.n = 1
    assert.strictEqual(nothing.n, 1)
  })
})

/** Whether another fiber may come in right before that step. */
const isTouched = (step: (state: any) => unknown) =>
  Effect.map(
    Effect.all([true, false].map((reduce) =>
      Explore.run({
        setup: Effect.sync(() =>
          Explore.watch({ n: 0, list: [1], map: new Map([["a", { n: 1 }]]), later: undefined as any })
        ),
        fibers: {
          alice: (state) => Effect.andThen(Effect.sync(() => state.n), Effect.sync(() => step(state))),
          bob: (state) => Effect.sync(() => state.n)
        }
      }, { reduce })
    )),
    ([reduced, all]) => reduced!.executions === all!.executions
  )

describe("it is touched by", () => {
  for (
    const [name, step] of [
      ["a read", (state: any) => state.n],
      ["a write", (state: any) => state.n = 1],
      ["a read of what is not there", (state: any) => state.nothing],
      ["in", (state: any) => "n" in state],
      ["Object.hasOwn", (state: any) => Object.hasOwn(state, "n")],
      ["Object.keys", (state: any) => Object.keys(state)],
      ["Object.defineProperty", (state: any) => Object.defineProperty(state, "m", { value: 1 })],
      ["delete", (state: any) => delete state.n],
      ["an item", (state: any) => state.list[0]],
      ["a method of an array", (state: any) => state.list.push(1)],
      ["a search in an array", (state: any) => state.list.includes(1)],
      ["a method of a map", (state: any) => state.map.get("b")],
      ["the size of a map", (state: any) => state.map.size],
      ["a loop over a map", (state: any) => [...state.map]]
    ] as const
  ) {
    it.effect(name, () => Effect.map(isTouched(step), (touched) => assert.isTrue(touched)))
  }

  it.effect("not by anything else", () =>
    Effect.map(isTouched(() => Math.sqrt(2)), (touched) => assert.isFalse(touched)))

  it.effect("by what was taken out of a map a step before", () =>
    Effect.gen(function*() {
      const program = {
        setup: Effect.sync(() => Explore.watch(new Map([["a", { n: 0 }]]))),
        fibers: Object.fromEntries(["alice", "bob"].map((name) =>
          [name, (map: Map<string, { n: number }>) =>
            Effect.flatMap(
              Effect.sync(() => map.get("a")!),
              increment
            )] as const
        )),
        check: (map: Map<string, { n: number }>) =>
          assert.strictEqual(map.get("a")!.n, 2)
      }
      assert.strictEqual((yield* found(program)).kind, "check")
    }))
})

describe("watching", () => {
  const work = (counter: { n: number }) =>
    Effect.andThen(
      Effect.sync(() => counter.n++),
      Effect.andThen(Effect.void, Effect.andThen(Effect.void, Effect.sync(() => counter.n++)))
    )

  const executions = (watched: boolean, options: Explore.Options = {}, more: object = {}) =>
    Effect.map(
      Explore.run({
        setup: Effect.sync(() => watched ? Explore.watch({ n: 0 }) : { n: 0 }),
        fibers: { alice: work, bob: work },
        ...more
      }, { preemptionBound: Infinity, ...options }),
      (report) => {
        assert.isTrue(report.complete)
        return report.executions
      }
    )

  it.effect("shortens the search, unless it must not", () =>
    Effect.gen(function*() {
      const all = yield* executions(false)
      assert.isBelow((yield* executions(true)) * 5, all)
      assert.strictEqual(yield* executions(true, { reduce: false }), all)
      // an invariant only looks
      assert.isBelow(
        (yield* executions(true, {}, { always: ({ n }: { n: number }) => assert.isAtLeast(n, 0) })) * 5,
        all
      )
    }))

  it.effect("finds what it found", () =>
    Effect.gen(function*() {
      const finding = yield* found({ ...lostUpdate, setup: Effect.sync(() => Explore.watch({ n: 0 })) })
      assert.strictEqual(finding.message, "the check failed: 1 of 2")
    }))

  it.effect("knows that a finalizer sees what nobody else does", () =>
    Effect.gen(function*() {
      for (const reduce of [true, false]) {
        const { outcomes } = yield* Explore.outcomes({
          setup: Effect.sync(() => Explore.watch({ log: "" })),
          fibers: {
            alice: (state) => {
              let hasPassed = false
              const note = (text: string) =>
                Effect.sync(() => {
                  state.log += text
                })
              return Effect.onExit(
                Effect.andThen(
                  note("1"),
                  Effect.andThen(
                    Effect.sync(() => {
                      hasPassed = true
                    }),
                    note("2")
                  )
                ),
                () => {
                  state.log += hasPassed ? "+" : "-"
                  return Effect.void
                }
              )
            },
            bob: (state) =>
              Effect.sync(() => {
                state.log += "b"
              })
          }
        }, ({ log }) =>
          log, { reduce, interrupt: ["alice"] })
        assert.includeMembers(
          outcomes.map(({ value }) =>
            value
          ),
          ["1b-", "1b+", "1b2+"],
          `reduce ${reduce}`
        )
      }
    }))

  it.effect("knows that fibers see each other, too: what is forked, ends or is interrupted", () =>
    Effect.gen(function*() {
      for (const reduce of [true, false]) {
        const { outcomes } = yield* Explore.outcomes(
          {
            setup: Effect.sync(() => Explore.watch({ fiber: undefined as Fiber.Fiber<void> | undefined, seen: "" })),
            fibers: {
              alice: (state) =>
                Effect.gen(function*() {
                  const child = yield* Effect.forkChild(
                    Effect.andThen(Effect.void, Effect.andThen(Effect.void, Effect.void))
                  )
                  state.fiber = child
                  yield* Effect.void
                  yield* Fiber.interrupt(child)
                }),
              bob: (state) =>
                Effect.sync(() => {
                  state.seen = String(state.fiber?.pollUnsafe()?._tag)
                })
            }
          },
          ({ seen }) => seen,
          { reduce }
        )
        assert.sameMembers(outcomes.map(({ value }) => value), ["undefined", "Success", "Failure"], `reduce ${reduce}`)
      }
    }))
})

const cells = ["x", "y"] as const

type Cells = { x: number; y: number; log: string }

type Instruction = { readonly cell: (typeof cells)[number]; readonly does: "reads" | "adds" | "copies" | "nothing" }

/** Each fiber has a register of its own, which nobody watches. */
const fiberOf = (name: string, instructions: ReadonlyArray<Instruction>) => (state: Cells): Effect.Effect<void> => {
  let register = 0
  return instructions.reduce(
    (before, { cell, does }) =>
      Effect.andThen(
        before,
        Effect.sync(() => {
          if (does === "reads") register = state[cell]
          if (does === "adds") state[cell] = register + 1
          if (does === "copies") state[cell === "x" ? "y" : "x"] = state[cell]
          if (does !== "nothing" && instructions.length < 3) state.log += name
          if (does === "nothing") register += 10
        })
      ),
    Effect.void as Effect.Effect<void>
  ).pipe(Effect.ensuring(Effect.sync(() => {
    if (register > 20) state.x += 100
  })))
}

const instructions = Arbitrary.array(
  Arbitrary.schema(Schema.Struct({
    cell: Schema.Literals(cells),
    does: Schema.Literals(["reads", "adds", "copies", "nothing"])
  })),
  { minLength: 1, maxLength: 4 }
)

const bodies = Arbitrary.array(instructions, { minLength: 2, maxLength: 3 })

describe("what a reduced search sees is what the whole sees", () => {
  for (
    const options of [{ preemptionBound: 1 }, { preemptionBound: 2 }, {
      preemptionBound: 1,
      interrupt: "everywhere"
    }] as const
  ) {
    it.effect.prop(JSON.stringify(options), [bodies], ([bodies]) =>
      Effect.gen(function*() {
        const outcomes = (watched: boolean) =>
          Effect.map(
            Explore.outcomes(
              {
                setup: Effect.sync((): Cells => {
                  const cells = { x: 0, y: 0, log: "" }
                  return watched ? Explore.watch(cells) : cells
                }),
                fibers: Object.fromEntries(bodies.map((body, i) => ["abc"[i]!, fiberOf("abc"[i]!, body)] as const))
              },
              ({ log, x, y }) => `${x} ${y} ${log}`,
              { ...options, maxExecutions: 4_000, maxMillis: Infinity }
            ),
            ({ outcomes, report }) => ({ report, values: outcomes.map(({ value }) => value).sort() })
          )
        const all = yield* outcomes(false)
        const reduced = yield* outcomes(true)
        if (!all.report.complete) return
        assert.deepStrictEqual(reduced.values, all.values)
        assert.isAtMost(reduced.report.executions, all.report.executions)
      }), { arbitrary: { runs: 25, size: 100 }, timeout: 60_000 })
  }
})
