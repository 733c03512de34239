/**
 * Makes mutants of the source, one by one, and demands that a test fails for each. Before that, faults seeded by hand,
 * which the explorer must find (`explore/faults.ts`).
 *
 * How mutants are made is in `mutate.ts`. Each is tried on the tests that reach it, in the project `sync`, and if none of
 * them fails, in `sync-fallback`. A test that goes on for ever has failed. Mutants that no test finds are listed in
 * `survivors.ts`, with a reason.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { sources, tests } from "../guarantees/paths.ts"
import { listedFiles, nameOf, reasonOf, strangers } from "./listed.ts"
import { type Mutant, mutate } from "./mutate.ts"
import { chosenFiles, help, options } from "./options.ts"
import { tryMutants, type Verdict } from "./trial.ts"

/** Two at a time: each has one worker. */
const workers = 2

const place = ({ file, line }: Mutant): string => `packages/sync/src/${file}:${line}`

const clock = (since: number): string => {
  const seconds = Math.round((performance.now() - since) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** What is wrong with a verdict, if anything. */
const complaint = ({ by, found, mutant, tests }: Verdict): string | undefined => {
  const listed = reasonOf(mutant) !== undefined
  if (found === "survived" && !listed) return `survived ${tests === 0 ? "unreached" : `${tests} tests`}`
  if (found !== "survived" && listed) return `is listed as a survivor, but ${found} by ${by ?? "hanging"}`
  return undefined
}

interface Mutants {
  readonly mutants: ReadonlyArray<Mutant>
  readonly mutated: Readonly<Record<string, string>>
  /** What is listed as a survivor, and is no mutant. */
  readonly complaints: ReadonlyArray<string>
}

const makeMutants = (files: ReadonlyArray<string>): Mutants => {
  const mutants: Array<Mutant> = []
  const mutated: Record<string, string> = {}
  const complaints: Array<string> = []
  for (const file of listedFiles()) {
    if (!existsSync(join(sources, file))) complaints.push(`${file} has survivors listed, but does not exist`)
  }
  for (const file of files) {
    const { code, mutants: more } = mutate(file, readFileSync(join(sources, file), "utf8"), mutants.length)
    mutated[file] = code
    mutants.push(...more)
    for (const name of strangers(file, more)) {
      complaints.push(`packages/sync/src/${file}\n  ${name}\n  is listed as a survivor, but is no mutant`)
    }
  }
  return { mutants, mutated, complaints }
}

/** Tries them, says how far it is, and gives what is not as it should be. */
const tryAll = async ({ mutants, mutated }: Mutants): Promise<ReadonlyArray<string>> => {
  const start = performance.now()
  const verdicts: Array<Verdict> = []
  const complaints: Array<string> = []
  await tryMutants(mutated, mutants, workers, (verdict) => {
    verdicts.push(verdict)
    const wrong = complaint(verdict)
    if (wrong !== undefined) {
      complaints.push(`${place(verdict.mutant)}\n  ${nameOf(verdict.mutant)}\n  ${wrong}`)
      console.log(complaints.at(-1))
    }
    if (verdicts.length % 25 === 0) console.log(`${clock(start)}  ${verdicts.length} of ${mutants.length} tried`)
  })
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(verdicts, undefined, 2)}\n`)
  const count = (found: Verdict["found"]) => verdicts.filter((verdict) => verdict.found === found).length
  console.log(
    `\n${count("killed")} killed, ${count("timed out")} timed out, ${count("survived")} survived, in ${clock(start)}`
  )
  return complaints
}

/** The faults that the explorer must find. They are quick, so only who looks at certain files goes without. */
const trySeeded = (): boolean => {
  if (options.list === true || options.file !== undefined) return true
  const script = join(tests, "explore/faults.ts")
  const { status } = spawnSync(process.execPath, ["--conditions=@effect-sync/source", script], { stdio: "inherit" })
  return status === 0
}

const main = async (): Promise<boolean> => {
  const seeded = trySeeded()
  return options.seeded === true ? seeded : await tryMechanical() && seeded
}

const tryMechanical = async (): Promise<boolean> => {
  const made = makeMutants(chosenFiles())
  const { complaints, mutants, mutated } = made
  if (options.list === true) {
    for (const mutant of mutants) console.log(`${place(mutant)}  ${nameOf(mutant)}`)
  }
  console.log(`${mutants.length} mutants in ${Object.keys(mutated).length} files`)
  const tried = options.list === true || mutants.length === 0 ? [] : await tryAll(made)
  const wrong = [...complaints, ...tried]
  if (wrong.length > 0) console.error(`\n${wrong.join("\n")}\n\n${wrong.length} not as it should be`)
  return wrong.length === 0
}

if (options.help === true) console.log(help)
else {
  process.exitCode = await main().then((fine) => fine ? 0 : 1, (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return 1
  })
}
