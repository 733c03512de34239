/**
 * `it.explore`, in a Vitest of its own.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, runNested } from "./nested.ts"

describe("it.explore", () => {
  let tests: Record<string, Ended> = {}
  beforeAll(async () => {
    tests = await runNested("lostUpdate.ts")
  }, 60_000)

  const states = (state: string) => Object.keys(tests).filter((name) => tests[name]!.state === state).sort()

  it("passes, fails and skips what should", () => {
    assert.deepStrictEqual(states("passed"), [
      "has time for sleeps",
      "is a plain test",
      "is a test of @effect/vitest",
      "is expected to fail",
      "is expected to say so",
      "is linearizable",
      "passes",
      "passes because of its options",
      "passes because of its program's options",
      "replays what passes"
    ])
    assert.deepStrictEqual(states("skipped"), ["is skipped"])
    assert.strictEqual(states("failed").length, Object.keys(tests).length - 11)
  })

  it("prints what was found, the diagram, the schedule and how to replay it, and no stack of ours", () => {
    const { message } = tests["fails"]!
    assert.match(message, /^interleaving 3: the check failed: 1 of 2\n/)
    assert.include(message, "\nstep │ alice")
    assert.include(message, "⇄ preempted before Sync")
    assert.include(message, "\nreplay: \"2y\"\n")
    assert.match(message, /\n\nto run just this: it\.explore\("fails", …, \{ …, replay: "2y" \}\)$/)
    assert.notInclude(message, "    at ")
  })

  it("replays one schedule, and prints what happens there", () => {
    const { message } = tests["replays what fails"]!
    assert.match(message, /^the check failed: 1 of 2\n\nstep │ alice/)
    assert.notInclude(message, "interleaving")
    assert.include(
      tests["replays nonsense"]!.message,
      "Explore.replay: \"nonsense\" in \"nonsense\" is no choice of a schedule"
    )
  })

  it("says what was expected instead", () => {
    assert.match(
      tests["is expected to say something else"]!.message,
      /^a finding was expected that says "deadlock", but this was found: interleaving 3/
    )
    assert.match(
      tests["is expected to fail, and passes"]!.message,
      /^a finding was expected, but there is none: passed: 6 /
    )
    assert.match(tests["must be complete, and is not"]!.message, /^the search was to be complete, but ended after 1 /)
  })

  it("fails with what is wrong with a test", () => {
    assert.include(tests["has a bad option"]!.message, "Explore: option preemptionBound must be an integer from 0")
    assert.include(tests["has a bad setup"]!.message, "Explore: the setup of the program failed: Error: no disk")
  })

  it("notes what was done where it passes", () => {
    assert.deepStrictEqual(tests["passes"]!.notes, ["passed: 6 interleavings, complete up to 2 preemptions"])
  })

  it("explores specifications as well", () => {
    const { message } = tests["is not linearizable"]!
    assert.match(
      message,
      /^interleaving \d+: not linearizable: no order of these calls explains what they gave\n {2}alice next\(\)/
    )
    assert.include(message, "to run just this: it.explore(\"is not linearizable\"")
  })
})

describe("it.explore.only", () => {
  it("leaves out all others", async () => {
    const tests = await runNested("only.ts")
    assert.deepStrictEqual(
      Object.entries(tests).map(([name, { state }]) => [name, state]),
      [["is left out", "skipped"], ["is the only one", "passed"]]
    )
  }, 60_000)
})
