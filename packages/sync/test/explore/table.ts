/**
 * What was explored, as a table.
 */
import type { Ran, Row } from "./run.ts"

export interface Result {
  readonly row: Row
  readonly ran: Ran
}

const headings = [
  "primitive",
  "start",
  "operations",
  "fibers",
  "bound",
  "programs",
  "executions",
  "outcomes",
  "complete",
  "found"
]

const range = (numbers: ReadonlyArray<number>): string => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  return least === most ? String(least) : `${least}–${most}`
}

const lineOf = (operations: string, results: ReadonlyArray<Result>): ReadonlyArray<string> => {
  const [{ row }] = results as [Result]
  const found = results.filter(({ ran }) => ran.finding !== undefined).length
  return [
    row.primitive,
    row.start,
    operations,
    range(results.map(({ row }) => row.fibers)),
    range(results.map(({ row }) => row.bound)),
    String(results.length),
    results.reduce((sum, { ran }) => sum + ran.executions, 0).toLocaleString("en"),
    range(results.map(({ ran }) => ran.outcomes)),
    results.every(({ ran }) => ran.complete) ? "yes" : "NO",
    found === 0 ? "nothing" : String(found)
  ]
}

/** Lines for the pairs with the same first operation, or for each program. */
const linesOf = (results: ReadonlyArray<Result>, all: boolean): ReadonlyArray<ReadonlyArray<string>> => {
  if (all) return results.map((result) => lineOf(result.row.operations.join(" | "), [result]))
  const groups = new Map<string, Array<Result>>()
  for (const result of results) {
    const key = `${result.row.primitive} ${result.row.start} ${result.row.operations[0]}`
    groups.set(key, [...groups.get(key) ?? [], result])
  }
  return [...groups.values()].map((group) => {
    const [first] = group[0]!.row.operations
    return lineOf(
      group.length === 1 ? group[0]!.row.operations.join(" | ") : `${first} | any of ${group.length}`,
      group
    )
  })
}

export const table = (results: ReadonlyArray<Result>, all: boolean): string => {
  const lines = [headings, ...linesOf(results, all)]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const numeric = new Set([3, 4, 5, 6, 7])
  const print = (line: ReadonlyArray<string>) =>
    line.map((cell, i) => numeric.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join("  ").trimEnd()
  return [print(lines[0]!), widths.map((width) => "─".repeat(width)).join("  "), ...lines.slice(1).map(print)].join(
    "\n"
  )
}
