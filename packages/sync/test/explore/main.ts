/**
 * Explores every primitive completely: `npm run explore`, `npm run explore -- --help`.
 */
import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { fallbacks } from "./changed.ts"
import { inParallel, startWorker } from "./pool.ts"
import type { Row } from "./run.ts"
import { type Result, table } from "./table.ts"

const help = `Explores every primitive: each pair of its operations, in each start state, under every interleaving.

usage: npm run explore -- [options]

  --only NAME     only primitives or operations with that in their name, whatever the case; repeatable
  --all           a line for each program, instead of one for all with the same first operation
  --fallback      with the library's start-up checks made to fail, so that it takes its second ways
  --workers N     so many processes, instead of one for each core
  --json FILE     write what came of each program to a file as well
  --help          this text

Exit status 1 if anything was found, or not explored completely, or if a program has but one outcome and no reason for it.`

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    all: { type: "boolean", default: false },
    fallback: { type: "boolean", default: false },
    workers: { type: "string", default: String(availableParallelism()) },
    json: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

// oxlint-disable-next-line eslint/no-restricted-properties -- the rule means `it.only`
const { only } = values

const isChosen = ({ operations, primitive }: Row): boolean =>
  only === undefined ||
  only.some((part) => [primitive, ...operations].some((name) => name.toLowerCase().includes(part.toLowerCase())))

const progress = (done: number, total: number, began: number): void => {
  const text = `${done} of ${total} programs, ${((performance.now() - began) / 1000).toFixed(0)} s`
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done === total ? "" : text}`)
  else if (done % 200 === 0) process.stderr.write(`${text}\n`)
}

const main = async (): Promise<boolean> => {
  const { rows } = await import("./run.ts")
  const chosen = rows.flatMap((row, index) => isChosen(row) ? [index] : [])
  if (chosen.length === 0) throw new Error(`there is nothing named ${only?.join(" or ")}`)
  const lanes = Number(values.workers)
  if (!Number.isSafeInteger(lanes) || lanes < 1) {
    throw new Error(`--workers must be a number from 1, not ${values.workers}`)
  }
  const began = performance.now()
  const results: Array<Result | undefined> = rows.map(() => undefined)
  let done = 0
  await inParallel(chosen, lanes, async (take) => {
    const worker = await startWorker(values.fallback ? fallbacks : [])
    for (let index = take(); index !== undefined; index = take()) {
      const ran = await worker.explore({ row: index })
      if (ran === undefined) throw new Error(`a worker ended in ${rows[index]!.operations.join(" | ")}`)
      results[index] = { row: rows[index]!, ran }
      progress(++done, chosen.length, began)
    }
    worker.stop()
  })
  const finished = results.filter((result) => result !== undefined)
  console.log(table(finished, values.all))
  const total = finished.reduce((sum, { ran }) => sum + ran.executions, 0)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(
    `\n${finished.length} programs, ${total.toLocaleString("en")} executions, ${seconds} s on ${lanes} processes`
  )
  if (values.json !== undefined) {
    // npm runs this at the root; a relative path is meant from where the user stands
    const file = resolve(process.env["INIT_CWD"] ?? ".", values.json)
    const plain = finished.map(({ ran, row: { bound, fibers, operations, primitive, start } }) => ({
      primitive,
      start,
      operations,
      fibers,
      bound,
      ...ran
    }))
    writeFileSync(file, `${JSON.stringify(plain, undefined, 2)}\n`)
  }
  return !complain(finished)
}

/** Prints what is not as it should be, and says whether there is any. */
const complain = (results: ReadonlyArray<Result>): boolean => {
  const bad = results.flatMap(({ ran, row }) => {
    const name = `${row.primitive}, ${row.start}: ${row.operations.join(" | ")}`
    if (ran.finding !== undefined) return [`${name}\n${ran.finding}`]
    if (!ran.complete) return [`${name}\nincomplete after ${ran.executions} executions`]
    if (ran.outcomes === 1 && row.single === undefined) return [`${name}\nhas a single outcome, and no reason is given`]
    if (ran.outcomes > 1 && row.single !== undefined) return [`${name}\nhas several outcomes, but «${row.single}»`]
    return []
  })
  for (const complaint of bad) console.error(`\n${complaint}`)
  return bad.length > 0
}

if (values.help) console.log(help)
else process.exitCode = await main() ? 0 : 1
