/**
 * The quick part of `npm run explore`: each operation beside itself and beside the first of its family, in every start
 * state, under one preemption less. The whole is too long for a test run.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { explore, rows } from "./run.ts"

const quick = rows.filter(({ operations, primitive }) => {
  const [first] = rows.find((row) => row.primitive === primitive)!.operations
  return operations[0] === operations[1] || operations[0] === first || operations.length === 1
})

const groups = new Set(quick.map(({ primitive, start }) => `${primitive}, ${start}`))

describe("explored", () => {
  for (const name of groups) {
    const group = quick.filter(({ primitive, start }) => `${primitive}, ${start}` === name)
    it.live(
      `${name}: nothing is lost, whoever goes first and whoever is interrupted`,
      () =>
        Effect.forEach(group, (row) =>
          Effect.map(
            explore(row, { preemptionBound: Math.max(0, row.bound - 1), maxExecutions: 4000 }),
            ({ finding }) => assert.isUndefined(finding, `${row.operations.join(" | ")}: ${finding}`)
          )),
      60_000
    )
  }
})
