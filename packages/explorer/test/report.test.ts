import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { found, increment, lostUpdate, straight } from "./utils.ts"

const marked = {
  ...lostUpdate,
  fibers: {
    alice: (counter: { n: number }) =>
      Effect.andThen(Effect.andThen(Explore.mark("begins"), increment(counter)), Explore.mark("ends")),
    bob: increment
  }
}

describe("String(report)", () => {
  it.effect("of what passed says how far", () =>
    Effect.gen(function*() {
      const text = (options: Explore.Options) => Effect.map(Explore.run(straight(2, 3), options), String)
      assert.strictEqual(yield* text({}), "passed: 14 interleavings, complete up to 2 preemptions")
      assert.strictEqual(yield* text({ preemptionBound: 1 }), "passed: 6 interleavings, complete up to 1 preemption")
      assert.strictEqual(
        yield* text({ preemptionBound: Infinity }),
        "passed: 20 interleavings, complete up to any number of preemptions"
      )
      assert.strictEqual(yield* text({ maxExecutions: 1 }), "passed, but incomplete after 1 interleaving")
    }))

  it.effect("of what failed is the whole story", () =>
    Effect.gen(function*() {
      const text = String(yield* Explore.run(lostUpdate))
      assert.strictEqual(
        text,
        `interleaving 3: the check failed: 1 of 2
needs 1 preemption and 0 interrupts; also under Effect's default budget and order: yes
replay: "2y"

step │ alice                                                │ bob
─────┼──────────────────────────────────────────────────────┼──────────────────────────────────
   1 │ Sync () => counter.n                                 │
   2 │ ⇄ preempted before Sync () => { counter.n = n + 1; } │
   3 │                                                      │ Sync () => counter.n
   4 │                                                      │ Sync () => { counter.n = n + 1; }
   5 │                                                      │ ■ done
   6 │ Success undefined                                    │
   7 │ Sync () => { counter.n = n + 1; }                    │
   8 │ ■ done                                               │`
      )
    }))
})

describe("the diagram", () => {
  it.effect("has marks and switches only, where there are marks", () =>
    Effect.gen(function*() {
      const { diagram } = yield* found(marked)
      assert.include(diagram, "● begins")
      assert.include(diagram, "⇄ preempted before")
      assert.include(diagram, "■ done")
      assert.notMatch(diagram, /│ Sync/)
      for (const line of diagram.split("\n")) assert.isAtMost(line.length, 120)
    }))

  it.effect("has all operations on demand", () =>
    Effect.gen(function*() {
      const { schedule } = yield* found(marked)
      const replayed = yield* Explore.replay(marked, schedule)
      assert.notMatch(replayed.diagram(), /│ Sync/)
      const all = replayed.diagram({ all: true })
      assert.match(all, /│ Sync \(\) => counter\.n/)
      assert.include(all, "● begins")
      // a line for the names, one below it, and one for each step
      assert.strictEqual(all.split("\n").length, 2 + replayed.steps.length)
    }))

  it.effect("has a column for each fiber that did anything, in which its text stands", () =>
    Effect.gen(function*() {
      const program = {
        setup: Effect.void,
        fibers: {
          first: () => Explore.mark("one"),
          second: () => Explore.mark("two"),
          third: () => Explore.mark("three")
        }
      }
      const lines = (yield* Explore.replay(program, "0")).diagram().split("\n").map((line) =>
        line.split("│").map((cell) => cell.trim())
      )
      assert.deepStrictEqual(lines[0], ["step", "first", "second", "third"])
      // the numbers are those of the steps that are left out as well
      assert.deepStrictEqual(lines.slice(2), [
        ["2", "● one", "", ""],
        ["3", "■ done", "", ""],
        ["5", "", "● two", ""],
        ["6", "", "■ done", ""],
        ["8", "", "", "● three"],
        ["9", "", "", "■ done"]
      ])
    }))

  it.effect("shows events, time, and who is interrupted", () =>
    Effect.gen(function*() {
      const program = {
        setup: Effect.void,
        fibers: { alice: () => Effect.andThen(Effect.sleep(5), Effect.never) },
        events: { bell: () => Explore.mark("rings") }
      }
      const { outcomes } = yield* Explore.outcomes(program, (_, { alice }) => alice === undefined, {
        interrupt: "everywhere",
        deadlock: "allow",
        time: "any"
      })
      const { schedule } = outcomes.find(({ value }) => !value)!
      const kinds = new Set<string>()
      for (const text of [schedule, "0"]) {
        for (const { kind } of (yield* Explore.replay(program, text, { interrupt: "everywhere" })).steps) {
          kinds.add(kind)
        }
      }
      assert.sameMembers([...kinds], ["operation", "mark", "interrupted", "event", "time", "ended"])
    }))
})

describe("JSON.stringify(report)", () => {
  it.effect("is the report, with errors as text", () =>
    Effect.gen(function*() {
      const report = yield* Explore.run(lostUpdate)
      const json = JSON.parse(JSON.stringify(report))
      assert.deepStrictEqual(json, {
        ...report,
        finding: { ...report.finding, error: "Error: 1 of 2" }
      })
    }))

  it.effect("of what passed has no finding, and null for a bound that is none", () =>
    Effect.gen(function*() {
      const json = JSON.parse(JSON.stringify(yield* Explore.run(straight(2, 3), { preemptionBound: Infinity })))
      assert.deepInclude(json, {
        status: "passed",
        complete: true,
        executions: 20,
        preemptionBound: null,
        finding: null
      })
    }))
})

describe("a finding", () => {
  it.effect("says whether it happens under defaults", () =>
    Effect.gen(function*() {
      assert.isTrue((yield* found(lostUpdate)).underDefaults)
      // who has yielded is preempted no more by default
      const later = (counter: { n: number }) => Effect.andThen(Effect.yieldNow, increment(counter))
      const program = { ...lostUpdate, fibers: { alice: later, bob: later } }
      assert.isFalse((yield* found(program)).underDefaults)
      assert.strictEqual((yield* Explore.run(program, { budget: "default" })).status, "passed")
    }))

  it.effect("in children is none under defaults: their operations are all there are", () =>
    Effect.gen(function*() {
      const forks = (counter: { n: number }) =>
        Effect.flatMap(
          Effect.forkChild(Effect.andThen(Effect.void, Effect.andThen(Effect.void, increment(counter)))),
          (fiber) => Effect.callback<void>((resume) => void fiber.addObserver(() => resume(Effect.void)))
        )
      const program = { ...lostUpdate, fibers: { alice: forks, bob: forks } }
      assert.isFalse((yield* found(program)).underDefaults)
    }))
})
