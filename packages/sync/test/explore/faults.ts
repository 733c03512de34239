/**
 * Puts faults into the library, one at a time, and demands that the explorer finds each within 5 000 executions:
 * `npm run mutants -- --seeded`.
 */
import { parseArgs } from "node:util"
import { fallbacks } from "./changed.ts"
import { faults, type SeededFault } from "./faults/index.ts"
import { inParallel, startWorker } from "./pool.ts"
import { type Ran, type Row, rows } from "./run.ts"

const maxExecutions = 5000

/** A fault may make the library loop for ever. A worker that hangs has found nothing. */
const limit = 60_000

// oxlint-disable-next-line eslint/no-restricted-properties -- the rule means `it.only`
const { only } = parseArgs({ options: { only: { type: "string" } } }).values

const indexOf = ({ program: [primitive, start, ...operations], why }: SeededFault): number => {
  const fits = (row: Row) =>
    row.primitive === primitive && row.start === start && row.operations.join() === operations.join()
  const index = rows.findIndex(fits)
  if (index < 0) {
    throw new Error(`«${why}» names a program that does not exist: ${[primitive, start, ...operations].join(", ")}`)
  }
  return index
}

/** What is wrong, if anything. */
const complaint = (ran: Ran | undefined): string | undefined => {
  if (ran === undefined) return `no answer within ${limit / 1000} s`
  if (ran.finding === undefined) return `not found in ${ran.executions} executions`
  return undefined
}

const tryFault = async (fault: SeededFault): Promise<boolean> => {
  const row = indexOf(fault)
  const worker = await startWorker([fault, ...fault.fallback === true ? fallbacks : []])
  try {
    const ran = await worker.explore({ row, maxExecutions }, limit)
    const wrong = complaint(ran)
    const said = wrong ??
      `found in execution ${ran!.executions}: ${ran!.finding!.split("\n")[0]!.replace(/^.*?: /, "")}`
    console.log(`${wrong === undefined ? "found   " : "SURVIVED"}  ${fault.why}\n          ${said}`)
    return wrong === undefined
  } finally {
    worker.stop()
  }
}

const main = async (): Promise<boolean> => {
  const chosen = faults.filter(({ file, program, why }) =>
    only === undefined || [file, why, ...program].some((text) => text.toLowerCase().includes(only.toLowerCase()))
  )
  if (chosen.length === 0) throw new Error(`there is no fault named ${only}`)
  let found = 0
  await inParallel(chosen, 2, async (take) => {
    for (let fault = take(); fault !== undefined; fault = take()) if (await tryFault(fault)) found++
  })
  console.log(
    `\n${found} of ${chosen.length} seeded faults found by the explorer, each within ${maxExecutions} executions`
  )
  return found === chosen.length
}

process.exitCode = await main() ? 0 : 1
