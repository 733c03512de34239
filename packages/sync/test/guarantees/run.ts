/**
 * Puts each fault of the table into the source and demands that a test which names its guarantee fails.
 *
 *     node packages/sync/test/guarantees/run.ts [--only SEM-2] [--first] [--write]
 *
 * `--first` tries one fault of each guarantee only, which takes a third of the time. `--write` brings `README.md` up to
 * date instead. Only the tests that name the guarantee are run, without the slow
 * ones, and once more without a fault: a test that fails anyway finds nothing.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { start, stop } from "../seeding/child.ts"
import { readmeFile, sources, tests } from "./paths.ts"
import { readme } from "./readme.ts"
import type { Order, Outcome } from "./seeded.ts"
import { type Fault, table } from "./table.ts"
import { idsOfTest, titles } from "./titles.ts"

/** Two at a time: each has one worker. */
const workers = 2
/** A fault may make tests wait for ever, which the runner reports after 5 s each. A runner that hangs finds nothing. */
const limit = 60_000
/** They name guarantees too, but take as long as all others together. */
const slow = /laws|model|stress|tokio\//

// oxlint-disable-next-line eslint/no-restricted-properties -- the rule means `it.only`
const { first, only, write } = parseArgs({
  options: { first: { type: "boolean" }, only: { type: "string" }, write: { type: "boolean" } }
}).values

interface Row {
  readonly id: string
  readonly why: string
  readonly verdict: "caught" | "SURVIVED" | "passed" | "FAILED"
  readonly details: ReadonlyArray<string>
  readonly seconds: number
}

const filesOf = (ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const files = titles.filter((title) => !title.isRange && title.ids.some((id) => ids.includes(id)))
  return [...new Set(files.map(({ file }) => file))].filter((file) => !slow.test(file)).map((file) => join(tests, file))
}

const order = (ids: ReadonlyArray<string>, fault?: Fault): Order => ({
  files: filesOf(ids),
  names: `\\b(${ids.join("|")})\\b`,
  ...(fault !== undefined && { fault })
})

const runTests = (order: Order): Promise<Outcome | undefined> =>
  new Promise((resolve) => {
    const child = start(new URL("seeded.ts", import.meta.url))
    const timer = setTimeout(() => stop(child), limit)
    let outcome: Outcome | undefined
    child.once("message", (message) => {
      outcome = message as Outcome
    })
    child.once("exit", () => {
      clearTimeout(timer)
      resolve(outcome)
    })
    child.send(order)
  })

const timed = async (order: Order) => {
  const before = performance.now()
  const outcome = await runTests(order)
  return { outcome, seconds: (performance.now() - before) / 1000 }
}

const tryFault = async (id: string, fault: Fault): Promise<Row> => {
  const survived = (details: ReadonlyArray<string>, seconds: number): Row => ({
    id,
    why: fault.why,
    verdict: "SURVIVED",
    details,
    seconds
  })
  const occurrences = readFileSync(join(sources, fault.file), "utf8").split(fault.from).length - 1
  if (occurrences !== 1) return survived([`the text to replace occurs ${occurrences} times in ${fault.file}`], 0)
  const { outcome, seconds } = await timed(order([id], fault))
  if (outcome === undefined) return survived([`no end within ${limit / 1000} s`], seconds)
  // Errors outside of tests and failures of others do not count: the guarantee's own tests must see it.
  const caughtBy = outcome.failed.filter((name) => idsOfTest(name).includes(id))
  if (caughtBy.length === 0) return survived(outcome.errors, seconds)
  return { id, why: fault.why, verdict: "caught", details: caughtBy, seconds }
}

const control = async (ids: ReadonlyArray<string>): Promise<Row> => {
  const { outcome, seconds } = await timed(order(ids))
  const details = outcome === undefined ? ["no end"] : [...outcome.failed, ...outcome.errors]
  const passed = details.length === 0 && outcome!.passed.length > 0
  return { id: "", why: "no fault", verdict: passed ? "passed" : "FAILED", details, seconds }
}

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)

/** The last part of a test's name, without the guarantees. */
const short = (name: string): string => name.split(" > ").at(-1)!.replace(/^[A-Z]+-[^:]*: /, "")

const print = ({ details, id, seconds, verdict, why }: Row): void => {
  const count = verdict === "caught" ? `caught by ${details.length}` : verdict
  const names = details.map(short).join("; ")
  console.log(
    `${id.padEnd(7)} ${cut(why, 72)} ${count.padEnd(13)} ${seconds.toFixed(1).padStart(5)} s  ${cut(names, 60)}`
  )
}

const main = async (): Promise<boolean> => {
  const chosen = table.filter(({ id }) => only === undefined || only === id)
  if (chosen.length === 0) throw new Error(`no guarantee ${only}`)
  const faults = chosen.flatMap(({ faults, id }) =>
    (first === true ? faults.slice(0, 1) : faults).map((fault) => ({ id, fault }))
  )
  const queue = faults.map(({ fault, id }) => () => tryFault(id, fault))
  if (faults.length > 0) queue.unshift(() => control([...new Set(faults.map(({ id }) => id))]))
  const rows: Array<Row> = []
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const row = await next()
      rows.push(row)
      print(row)
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  for (const { faults, id, says } of chosen) if (faults.length === 0) console.log(`${id.padEnd(7)} no fault: ${says}`)
  const bad = rows.filter(({ verdict }) => verdict === "SURVIVED" || verdict === "FAILED")
  for (const { details, id, why } of bad) console.error([`\n${id} ${why}`, ...details].join("\n  "))
  console.log(`\nfaults: ${faults.length}, ${bad.length === 0 ? "all caught" : `${bad.length} not as it should be`}`)
  return bad.length === 0
}

if (write === true) writeFileSync(readmeFile, readme())
else process.exitCode = await main() ? 0 : 1
