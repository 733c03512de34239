/**
 * Runs the tests in the worker: it says which mutant is active, ends tests that go on for ever, and notes who asks.
 */
import { inject, type RunnerTestCase, TestRunner } from "vitest"
import { type Effort, endless, type Reached } from "./protocol.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly mutants: Settings
  }
  interface TaskMeta {
    mutants?: Reached
  }
}

export interface Settings {
  /** The number of the mutant, -1 for none. */
  readonly active: number
  /** By the id of the test. */
  readonly efforts: Readonly<Record<string, Effort>>
}

// So much more than without a mutant, and it will never end. Generous, for machines that are busy.
const patience = ({ milliseconds }: Effort) => 2000 + 10 * milliseconds
const questionsLeft = ({ questions }: Effort) => 2_000_000 + 20 * questions

/** Milliseconds that were worked or waited away, but not those in which other processes had the machine. */
const spent = () => {
  const { system, user } = process.cpuUsage()
  return performance.eventLoopUtilization().idle + (user + system) / 1000
}

const unknown: Effort = { milliseconds: 60_000, questions: 100_000_000 }

let active = -1
let asked = 0
let limit = questionsLeft(unknown)
let reached = new Set<number>()

const isActive = (id: number): boolean => {
  // A loop without an end blocks the timer as well. Nobody may go on from here: it fails each time.
  if (++asked > limit) throw new Error(`${endless}: too many statements`)
  if (active === -1) reached.add(id)
  return id === active
}

Object.assign(globalThis, {
  $isMutant: isActive,
  $negated: (id: number, condition: unknown) => isActive(id) ? !condition : condition
})

/** What was counted since the last time. */
const take = () => {
  const taken = { questions: asked, mutants: [...reached] }
  asked = 0
  reached = new Set()
  return taken
}

// oxlint-disable-next-line import/no-default-export -- Vitest asks for it
export default class MutantRunner extends TestRunner {
  private readonly settings = inject("mutants")
  private failed = false

  constructor(config: TestRunner["config"]) {
    super(config)
    active = this.settings.active
  }

  override async importFile(...args: Parameters<TestRunner["importFile"]>): Promise<unknown> {
    if (this.failed) return undefined
    try {
      return await super.importFile(...args)
    } catch (error) {
      this.fail()
      throw error
    }
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const effort = this.settings.efforts[test.id] ?? unknown
    limit = questionsLeft(effort)
    const before = take()
    const start = performance.now()
    const since = spent()
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      const wait = () => {
        const left = patience(effort) - (spent() - since)
        if (left > 0) timer = setTimeout(wait, left)
        else reject(new Error(`${endless}: no end in sight`))
      }
      wait()
    })
    try {
      await Promise.race([TestRunner.getTestFn(test)(), timeout])
    } finally {
      clearTimeout(timer)
      const { mutants, questions } = take()
      const milliseconds = performance.now() - start
      if (active === -1) test.meta.mutants = { milliseconds, questions, inTest: mutants, before: before.mutants }
      limit = questionsLeft(unknown)
    }
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    super.onAfterRunTask(test)
    if (test.result?.state === "fail") this.fail()
  }

  /** One failure is enough. */
  private fail(): void {
    this.failed = true
    this.cancel("test-failure")
  }
}
