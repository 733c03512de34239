/**
 * A process that runs tests on the mutated source, again and again.
 *
 * It keeps one Vitest, and so the compiled modules, for all its runs; each run has a new worker, so no mutant leaves
 * anything behind for the next. `run.ts` starts it, and ends it when a mutant hangs the worker.
 */
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Plugin } from "vite"
import type { TestProjectInlineConfiguration } from "vitest/config"
import { createVitest, type TestCase, type TestModule, type TestSpecification } from "vitest/node"
import { root, sources, tests } from "../guarantees/paths.ts"
import { projectNamed } from "../seeding/workspace.ts"
import { byFile } from "./coverage.ts"
import { type Answer, type Order, projects, type Ran, type Sources } from "./protocol.ts"

/**
 * The tests of large numbers take as long as all others together, measure, and find no mutant that the others don't find.
 * The rest looks at tables, and runs nothing of the source.
 */
const leftOut = /(?:[/.]stress|\/(?:guarantees|mutants))\.test\.ts$/

const answer = (message: Answer): void => {
  process.send!(message)
}

const seedMutants = (mutated: Sources): Plugin => ({
  name: "seed-mutants",
  enforce: "pre",
  transform(_, id) {
    const code = id.startsWith(sources) ? mutated[id.slice(sources.length)] : undefined
    return code === undefined ? null : { code, map: null }
  }
})

const fileOf = (module: TestModule): string => module.moduleId.slice(tests.length)

const failureOf = (test: TestCase): Answer => ({
  type: "failed",
  by: `${fileOf(test.module)} > ${test.fullName}`,
  message: test.result().errors?.[0]?.message ?? ""
})

const open = async (mutated: Sources) => {
  const configured = projects.map((name): TestProjectInlineConfiguration => {
    const project = projectNamed(name)
    return {
      ...project,
      plugins: [seedMutants(mutated), ...project.plugins ?? []],
      test: {
        ...project.test,
        runner: fileURLToPath(new URL("mutantRunner.ts", import.meta.url)),
        // One worker for all files of a run: the modules are loaded once.
        isolate: false,
        maxWorkers: 1
      }
    }
  })
  return await createVitest("test", {
    root,
    config: false,
    watch: false,
    cache: false,
    maxWorkers: 1,
    silent: true,
    sequence: { sequencer: AsGiven },
    reporters: [{
      onTestCaseResult(test) {
        if (test.result().state === "failed") answer(failureOf(test))
      },
      onTestModuleEnd(module) {
        for (const { message } of module.errors()) answer({ type: "failed", by: fileOf(module), message })
      }
    }]
  }, { test: { projects: configured } })
}

class AsGiven {
  sort(files: Array<TestSpecification>) {
    return files
  }
  shard(files: Array<TestSpecification>) {
    return files
  }
}

const serve = async (mutated: Sources) => {
  const vitest = await open(mutated)
  await vitest.standalone()

  const specifications = async ({ project, tests: chosen }: Order): Promise<Array<TestSpecification>> => {
    const all = vitest.projects.find(({ name }) => name === project)!
    if (chosen === undefined) {
      const specifications = await vitest.globTestSpecifications()
      return specifications.filter(({ moduleId, project }) => project === all && !leftOut.test(moduleId))
    }
    return [...byFile(chosen)].map(([file, tests]) =>
      all.createSpecification(join(root, "packages/sync/test", file), { testIds: tests.map(({ id }) => id) })
    )
  }

  const run = async (order: Order) => {
    const efforts = Object.fromEntries((order.tests ?? []).map(({ id, ...effort }) => [id, effort]))
    for (const project of vitest.projects) project.provide("mutants", { active: order.mutant, efforts })
    const chosen = await specifications(order)
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen)
    const ran: Array<Ran> = []
    for (const error of unhandledErrors) {
      answer({ type: "failed", by: "outside of any test", message: error instanceof Error ? error.message : "" })
    }
    for (const module of testModules) {
      // Those of earlier runs are among them.
      if (!chosen.some(({ moduleId, project }) => module.moduleId === moduleId && module.project === project)) continue
      for (const test of module.children.allTests()) {
        const reached = test.meta().mutants
        if (reached !== undefined) ran.push({ ...reached, id: test.id, file: fileOf(module) })
      }
    }
    answer({ type: "done", tests: order.mutant === -1 ? ran : [] })
  }

  process.on("message", (order: Order) => {
    void run(order).catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
  answer({ type: "ready" })
}

process.once("message", (mutated: Sources) => void serve(mutated))
// Whoever started it is gone, and nobody else will end its worker.
process.once("disconnect", () => process.kill(-process.pid, "SIGKILL"))
