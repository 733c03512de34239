/**
 * Measures effect-sync against what it replaces: `npm run bench`, `npm run bench -- --help`.
 *
 * The command line is read by Node's own parser, not by `effect/cli`: the process should have run nothing but the
 * contenders when the clock starts, and effect-sync must not be loaded before `--fallback` is known.
 */
import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { type Fallback, force } from "./fallback.ts"
import { type Case, measure, type Result } from "./measure.ts"
import { failsGate, heading, json, table } from "./report.ts"

const options = {
  only: { type: "string", multiple: true, short: "o" },
  list: { type: "boolean", short: "l" },
  quick: { type: "boolean", short: "q" },
  json: { type: "string" },
  gate: { type: "boolean" },
  fallback: { type: "boolean" },
  "fallback-scope": { type: "boolean" },
  help: { type: "boolean", short: "h" }
} as const

const help = `Measures effect-sync against what it replaces, as ratios taken within one run.

usage: npm run bench -- [options]

  -o, --only NAME      only cases whose name contains NAME, whatever the case of its letters; repeatable
  -l, --list           list the cases
  -q, --quick          7 rounds in 1 second per case at least, instead of 15 in 4, and without the slow cases
      --json FILE      write the ratios to a file as well
      --gate           exit with 1 if a ratio is worse than its goal by more than 15 %
      --fallback       as on an Effect whose step function is elsewhere: by documented functions only
      --fallback-scope as on an Effect whose scopes keep their finalizers elsewhere
  -h, --help           this text

ratio = ours ÷ theirs, taken inside each round; the median, and the quartiles in brackets. Below 1 we are faster.`

const fail = (message: string): never => {
  console.error(`${message}\nSee npm run bench -- --help`)
  process.exit(2)
}

const readArguments = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return fail((error as Error).message)
  }
}

/** Makes probes fail before effect-sync is loaded, and gives the cases. */
const load = async (fallbacks: ReadonlyArray<Fallback>): Promise<ReadonlyArray<Case>> => {
  const checks = fallbacks.map((name) => [name, force(name)] as const)
  const { cases } = await import("./cases/index.ts")
  for (const [name, hasHappened] of checks) {
    if (!hasHappened()) fail(`effect-sync has no probe «${name}» any more: see fallback.ts`)
  }
  return cases
}

/** One line that is written over, or, where that can't be, one line per case. */
const progress = (text: string, isNew: boolean): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  else if (isNew) process.stderr.write(`${text}\n`)
}

const main = async (): Promise<void> => {
  const { fallback, "fallback-scope": fallbackScope, gate, help: wantsHelp, json: file, list, only, quick } =
    readArguments()
  if (wantsHelp) return console.log(help)

  const fallbacks: Array<Fallback> = []
  if (fallback) fallbacks.push("evaluate")
  if (fallbackScope) fallbacks.push("scope")
  const all = await load(fallbacks)
  const matches = (candidate: Case): boolean =>
    only === undefined || only.some((part) => candidate.name.toLowerCase().includes(part.toLowerCase()))
  const chosen = all.filter((candidate) => matches(candidate) && !(quick && candidate.slow !== undefined))
  if (list) return console.log(chosen.map((candidate) => candidate.name).join("\n"))
  if (chosen.length === 0) fail(`no such case: ${only?.join(", ")}`)

  const effort = quick ? { rounds: 7, seconds: 1 } : { rounds: 15, seconds: 4 }
  const results: Array<Result> = []
  for (const [i, chosenCase] of chosen.entries()) {
    const title = `${i + 1}/${chosen.length} ${chosenCase.name}`
    results.push(
      ...await measure(
        chosenCase,
        effort,
        (done) => progress(`${title}: ${done === 0 ? "warming up" : `round ${done}`}`, done === 0)
      )
    )
  }
  progress("", false)

  const notes = ["ratio = ours ÷ theirs inside a round: median [quartiles]; below 1 we are faster"]
  if (fallbacks.length > 0) notes.push(`with failing start-up probes: ${fallbacks.join(", ")}`)
  console.log(`${heading(notes)}\n\n${table(results)}`)
  // npm runs this in the directory of the package; a relative path is meant from where the user stands
  if (file !== undefined) writeFileSync(resolve(process.env["INIT_CWD"] ?? ".", file), `${json(results)}\n`)
  if (gate && results.some(failsGate)) process.exitCode = 1
}

await main()
