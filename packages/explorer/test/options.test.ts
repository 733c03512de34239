import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { lostUpdate, straight } from "./utils.ts"

const program = straight(2, 2)

const refusal = (options: any, explored: Explore.Program<any, any> = program): Effect.Effect<string> =>
  Effect.map(Effect.exit(Explore.run(explored, options) as Effect.Effect<Explore.Report>), (exit) => {
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    assert.instanceOf(error, RangeError)
    return error.message
  })

describe("Explore refuses, and names what it refuses", () => {
  for (
    const [options, message] of [
      [
        { interrupt: "sometimes" },
        "Explore: option interrupt must be \"never\", \"everywhere\" or a list of fibers, got \"sometimes\""
      ],
      [{ interrupt: ["a", "carol"] }, "Explore: option interrupt names \"carol\", but the fibers are \"a\", \"b\""],
      [{ interrupt: ["a.1.1"] }, "Explore: option interrupt names \"a.1.1\", but the fibers are \"a\", \"b\""],
      [{ interrupt: ["carol.1"] }, "Explore: option interrupt names \"carol.1\", but the fibers are \"a\", \"b\""],
      [{ interrupt: [1] }, "Explore: option interrupt names 1, but the fibers are \"a\", \"b\""],
      [{ interrupts: -1 }, "Explore: option interrupts must be an integer from 0, or Infinity, got -1"],
      [{ interrupts: 0.5 }, "Explore: option interrupts must be an integer from 0, or Infinity, got 0.5"],
      [{ preemptionBound: NaN }, "Explore: option preemptionBound must be an integer from 0, or Infinity, got NaN"],
      [{ preemptionBound: "2" }, "Explore: option preemptionBound must be an integer from 0, or Infinity, got \"2\""],
      [{ time: "real" }, "Explore: option time must be \"quiescent\" or \"any\", got \"real\""],
      [{ budget: 2048 }, "Explore: option budget must be \"any\" or \"default\", got 2048"],
      [{ order: "lifo" }, "Explore: option order must be \"any\" or \"fifo\", got \"lifo\""],
      [{ strategy: "bfs" }, "Explore: option strategy must be \"dfs\" or \"random\" or \"pct\", got \"bfs\""],
      [{ reduce: "yes" }, "Explore: option reduce must be true or false, got \"yes\""],
      [{ seed: -1 }, "Explore: option seed must be an integer from 0, got -1"],
      [{ seed: Infinity }, "Explore: option seed must be an integer from 0, got Infinity"],
      [{ depth: 0 }, "Explore: option depth must be an integer from 1, got 0"],
      [{ maxExecutions: 0 }, "Explore: option maxExecutions must be an integer from 1, or Infinity, got 0"],
      [{ maxMillis: 0 }, "Explore: option maxMillis must be an integer from 1, or Infinity, got 0"],
      [{ maxSteps: Infinity }, "Explore: option maxSteps must be an integer from 1, got Infinity"],
      [{ deadlock: "ignore" }, "Explore: option deadlock must be \"fail\" or \"allow\", got \"ignore\""],
      [{ defects: null }, "Explore: option defects must be \"fail\" or \"allow\", got null"],
      [{ onComplete: true }, "Explore: option onComplete must be \"report\" or \"require\", got true"],
      [
        { expect: "failure" },
        "Explore: option expect must be \"passes\", \"fails\", a RegExp or { says: text }, got \"failure\""
      ],
      [{ expect: null }, "Explore: option expect must be \"passes\", \"fails\", a RegExp or { says: text }, got null"]
    ] as const
  ) {
    it.effect(JSON.stringify(options), () => Effect.map(refusal(options), (text) => assert.strictEqual(text, message)))
  }

  for (const name of ["preemptions", "toString", "replay"]) {
    it.effect(`an option ${name}`, () =>
      Effect.map(
        refusal({ [name]: 1 }),
        (text) => assert.include(text, `Explore: there is no option ${name}; there are `)
      ))
  }

  it.effect("options of the program", () =>
    Effect.map(refusal({}, { ...program, options: { interrupts: -1 } }), (text) => assert.include(text, "interrupts")))

  it.effect("in every function that takes options", () =>
    Effect.gen(function*() {
      const bad = { maxSteps: 0 }
      for (
        const effect of [
          Explore.verify(program, bad),
          Explore.outcomes(program, () => 1, bad),
          Explore.replay(program, "0", bad)
        ] as ReadonlyArray<Effect.Effect<unknown, unknown>>
      ) {
        const exit = yield* Effect.exit(effect)
        assert.instanceOf(Exit.isFailure(exit) && Cause.squash(exit.cause), RangeError)
      }
    }))
})

describe("options", () => {
  it.effect("that are undefined are as if left out", () =>
    Effect.gen(function*() {
      const options = { preemptionBound: undefined, interrupt: undefined } as any
      assert.strictEqual((yield* Explore.run(program, options)).executions, (yield* Explore.run(program)).executions)
    }))

  it.effect("of the program are overridden one by one", () =>
    Effect.gen(function*() {
      const bounded = { ...program, options: { preemptionBound: 0, maxExecutions: 1 } }
      const bound = ({ preemptionBound, runs }: Explore.Report) => [preemptionBound, runs]
      assert.deepStrictEqual(bound(yield* Explore.run(bounded)), [0, 1])
      assert.deepStrictEqual(bound(yield* Explore.run(bounded, { maxExecutions: 2 })), [0, 2])
      assert.deepStrictEqual(bound(yield* Explore.run(bounded, { preemptionBound: 1, maxExecutions: 5 })), [1, 5])
    }))

  it.effect("are by default two preemptions and no interruption, and a search that ends by itself", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(straight(2, 3))
      const said = yield* Explore.run(straight(2, 3), {
        interrupt: "never",
        interrupts: 1,
        time: "quiescent",
        budget: "any",
        order: "any",
        strategy: "dfs",
        preemptionBound: 2,
        reduce: true,
        seed: 1,
        depth: 3,
        maxExecutions: 100_000,
        maxMillis: 5_000,
        maxSteps: 10_000,
        deadlock: "fail",
        defects: "fail",
        onComplete: "report",
        expect: "passes"
      })
      assert.deepStrictEqual({ ...report, millis: 0 }, { ...said, millis: 0 })
      assert.strictEqual((yield* Explore.run(lostUpdate)).status, "failed")
    }))

  it.effect("random strategies know no bound but 10 000 executions", () =>
    Effect.gen(function*() {
      for (const strategy of ["random", "pct"] as const) {
        const report = yield* Explore.run(program, { strategy })
        assert.deepStrictEqual(
          [report.runs, report.preemptionBound, report.complete, report.status],
          [10_000, Infinity, false, "passed"]
        )
      }
    }))
})
