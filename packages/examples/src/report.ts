/**
 * The result of a census as text: a table by file type, and what happened at the semaphore.
 */
import { Array, Chunk, Duration, HashMap, Order } from "effect"
import type { Census } from "./census.ts"
import { add, type Contents, type Counts, nothing } from "./counts.ts"

/** More types than this, and the smallest of them share a row. */
const MAX_TYPES = 20

/** More unreadable files than this, and the rest are only counted. */
const MAX_UNREADABLE = 5

/** Fits a terminal of 80 columns, but for the paths of unreadable files. */
export const report = ({ counts, duration, permits }: Census): string =>
  [
    "",
    ...table(counts),
    "",
    `files: ${number(counts.counted)} in ${time(duration)}`,
    `open at once: ${number(counts.peak)} at most, ${number(permits)} allowed`,
    `waited for a permit: ${number(counts.waited)}${waits(counts)}`,
    ...unreadable(counts)
  ].join("\n")

const table = (counts: Counts): Array<string> => {
  const types = Array.sort(HashMap.toEntries(counts.types), bySize)
  const [shown, rest] = types.length > MAX_TYPES ? Array.splitAt(types, MAX_TYPES - 1) : [types, []]
  const header = ["type", "files", "lines", "bytes"]
  const rows = shown.map(([type, contents]) => row(printable(type) || "(none)", contents))
  if (rest.length > 0) rows.push(row(`(${rest.length} more)`, sum(rest)))
  const total = row("total", sum(types))

  const widths = header.map((_, column) => Math.max(...[header, ...rows, total].map((row) => row[column].length)))
  const align = (row: Array<string>): string =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join("  ")
  const rule = "-".repeat(align(header).length)
  return [align(header), rule, ...rows.map(align), rule, align(total)]
}

const row = (type: string, { bytes, files, lines }: Contents): Array<string> => [
  type.length > 20 ? `${type.slice(0, 19)}…` : type,
  number(files),
  number(lines),
  number(bytes)
]

/** The largest first; of the same size, by name. */
const bySize = Order.combine(
  Order.mapInput(Order.flip(Order.Number), ([, { bytes }]: [string, Contents]) => bytes),
  Order.mapInput(Order.String, ([type]: [string, Contents]) => type)
)

const sum = (types: ReadonlyArray<[string, Contents]>): Contents =>
  types.reduce((total, [, contents]) => add(total, contents), nothing)

const waits = ({ waitMax, waitTotal, waited }: Counts): string => {
  if (waited === 0) return ""
  const mean = Duration.times(waitTotal, 1 / waited)
  return ` (mean ${time(mean)}, max ${time(waitMax)}, total ${time(waitTotal)})`
}

const unreadable = (counts: Counts): Array<string> => {
  const all = Chunk.toReadonlyArray(counts.unreadable)
  if (all.length === 0) return []
  return [
    `unreadable: ${number(all.length)}`,
    ...all.slice(0, MAX_UNREADABLE).map(({ path, reason }) => `  ${printable(path)}: ${printable(reason)}`),
    ...(all.length > MAX_UNREADABLE ? [`  and ${number(all.length - MAX_UNREADABLE)} more`] : [])
  ]
}

const number = (n: number): string => n.toLocaleString("en-US")

const time = (duration: Duration.Duration): string => {
  const millis = Duration.toMillis(duration)
  const [amount, unit] = millis < 1000 ? [millis, "ms"] : [millis / 1000, "s"]
  const digits = amount < 100 ? 1 : 0
  return `${amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`
}

/** A file may be called anything, even a sequence that repaints the terminal. */
const printable = (name: string): string => name.replace(/\p{Cc}/gu, "�")
