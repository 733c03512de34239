/**
 * Tries all mutants on the tests.
 */
import { type Coverage, coverage } from "./coverage.ts"
import type { Mutant } from "./mutate.ts"
import { endless, type Project, projects, type Sources } from "./protocol.ts"
import { Tester } from "./tester.ts"

export interface Verdict {
  readonly mutant: Mutant
  readonly found: "killed" | "timed out" | "survived"
  /** The test that failed, if it could tell. */
  readonly by?: string
  /** How many tests reach it, in both projects. */
  readonly tests: number
  readonly seconds: number
}

/** For the tests without a mutant. */
const controlLimit = 900_000

/** More than the tests take which end by themselves, also on a busy machine; those that don't are ended before. */
const limit = (milliseconds: number): number => 60_000 + 20 * milliseconds

/** Runs all tests of a project without a mutant. They must pass: a test that fails anyway finds nothing. */
const control = async (tester: Tester, project: Project): Promise<Coverage> => {
  const result = await tester.run({ project, mutant: -1 }, controlLimit)
  if (result.type === "passed") return coverage(result.tests)
  throw new Error(
    `${project} without a mutant: ${result.type === "failed" ? `${result.by}: ${result.message}` : "hung"}`
  )
}

type Coverages = Readonly<Record<Project, Coverage>>

const tryMutant = async (tester: Tester, coverages: Coverages, mutant: Mutant, id: number): Promise<Verdict> => {
  const start = performance.now()
  let reached = 0
  const verdict = (found: Verdict["found"], by?: string): Verdict => ({
    mutant,
    found,
    ...(by !== undefined && { by }),
    tests: reached,
    seconds: (performance.now() - start) / 1000
  })
  for (const project of projects) {
    const tests = coverages[project].testsFor(mutant, id)
    if (tests.length === 0) continue
    reached += tests.length
    const expected = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    const result = await tester.run({ project, mutant: id, tests }, limit(expected))
    if (result.type === "hung") return verdict("timed out")
    if (result.type === "passed") continue
    return verdict(result.message.includes(endless) ? "timed out" : "killed", `${project}: ${result.by}`)
  }
  return verdict("survived")
}

/** Tries the mutants that are built into the sources, on as many tests at a time as there are workers. */
export const tryMutants = async (
  sources: Sources,
  mutants: ReadonlyArray<Mutant>,
  workers: number,
  onVerdict: (verdict: Verdict) => void
): Promise<void> => {
  const testers = Array.from({ length: Math.max(workers, projects.length) }, () => new Tester(sources))
  try {
    const controls = await Promise.all(projects.map((project, i) => control(testers[i]!, project)))
    const coverages = Object.fromEntries(projects.map((project, i) => [project, controls[i]])) as unknown as Coverages
    const queue = mutants.entries()
    await Promise.all(
      testers.slice(0, workers).map(async (tester) => {
        for (const [id, mutant] of queue) onVerdict(await tryMutant(tester, coverages, mutant, id))
      })
    )
  } finally {
    for (const tester of testers) tester.close()
  }
}
