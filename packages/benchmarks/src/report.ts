/** What the user sees: a table for people, JSON for machines. */
import { readFileSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { cpus } from "node:os"
import type { Result } from "./measure.ts"

/** A ratio worse than this much of `must` fails `--gate`: the noise that the median of a run still has. */
const tolerance = 1.15

export const isMet = ({ must, ratio }: Result): boolean | undefined =>
  must === undefined ? undefined : ratio.median <= must

export const failsGate = ({ must, ratio }: Result): boolean => must !== undefined && ratio.median > must * tolerance

// ---- the table --------------------------------------------------------------------------------------------------------

/** Three significant digits, never in exponential notation. */
const figure = (n: number): string =>
  n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n >= 0.1 ? n.toFixed(2) : n.toFixed(3)

const verdict = (result: Result): string => {
  const met = isMet(result)
  if (met === undefined) return ""
  if (!met) return "no"
  return result.stretch !== undefined && result.ratio.median <= result.stretch ? "yes, stretch" : "yes"
}

const columns: ReadonlyArray<readonly [title: string, align: "left" | "right", cell: (result: Result) => string]> = [
  ["case", "left", (result) => result.case],
  ["ours ns/op", "right", (result) => figure(result.nanoseconds.ours)],
  ["theirs", "right", (result) => figure(result.nanoseconds.theirs)],
  ["compared with", "left", (result) => result.contender],
  [
    "ratio [quartiles]",
    "left",
    ({ ratio: { median, q1, q3 } }) => `${figure(median)} [${figure(q1)}, ${figure(q3)}]`
  ],
  ["rounds", "right", ({ rounds }) => String(rounds)],
  ["must", "right", ({ must }) => must === undefined ? "" : `≤ ${must}`],
  ["stretch", "right", ({ stretch }) => stretch === undefined ? "" : `≤ ${stretch}`],
  ["met", "left", verdict]
]

export const table = (results: ReadonlyArray<Result>): string => {
  const rows = [columns.map(([title]) => title), ...results.map((result) => columns.map(([, , cell]) => cell(result)))]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const line = (row: ReadonlyArray<string>): string =>
    row.map((cell, i) => columns[i]![1] === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd()
  const [head, ...body] = rows
  return [line(head!), widths.map((width) => "─".repeat(width)).join("──"), ...body.map(line)].join("\n")
}

/** What the figures are of: machine, versions, and how they were taken. */
export const heading = (notes: ReadonlyArray<string>): string => {
  const version = (name: string): string => {
    const file = findPackageJSON(name, import.meta.url)
    return `${name} ${file === undefined ? "?" : JSON.parse(readFileSync(file, "utf8")).version}`
  }
  const processors = cpus()
  const sources = import.meta.resolve("effect-sync").endsWith(".ts") ? "source" : "dist"
  return [
    `${processors.length} × ${
      processors[0]?.model ?? "unknown"
    }, node ${process.versions.node} (V8 ${process.versions.v8})`,
    [`${version("effect-sync")} (${sources})`, version("effect"), version("async-mutex")].join(", "),
    ...notes
  ].join("\n")
}

// ---- JSON -------------------------------------------------------------------------------------------------------------

export const json = (results: ReadonlyArray<Result>): string =>
  JSON.stringify(
    results.map((result) => ({
      case: result.case,
      contender: result.contender,
      ratio: result.ratio,
      must: result.must ?? null,
      stretch: result.stretch ?? null,
      met: isMet(result) ?? null
    })),
    undefined,
    2
  )
