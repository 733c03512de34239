/**
 * One run of the tests with one fault in the source. The file on disk stays as it is: a plugin replaces the text while
 * the module is loaded.
 *
 * `run.ts` starts this as a process of its own, so that a fault that hangs the runner can be ended from outside, and
 * gets the outcome as a message.
 */
import type { Plugin } from "vite"
import { startVitest, type TestModule } from "vitest/node"
import { projectNamed } from "../seeding/workspace.ts"
import { root, sources } from "./paths.ts"
import type { Fault } from "./table.ts"

/** What to run: `fault` is left out for the control, the tests as they are. */
export interface Order {
  readonly fault?: Fault
  /** Paths of the test files. */
  readonly files: ReadonlyArray<string>
  /** A regular expression for the names of the tests. */
  readonly names: string
}

/** The full names of the tests that ran, and what went wrong outside of any. */
export interface Outcome {
  readonly passed: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
}

const seed = ({ file, from, to }: Fault): Plugin => ({
  name: "seed-fault",
  enforce: "pre",
  transform(code, id) {
    if (id !== sources + file) return null
    // split, not replace: `to` is text, in which `$&` means nothing
    return { code: code.split(from).join(to), map: null }
  }
})

const run = async ({ fault, files, names }: Order): Promise<Outcome> => {
  const project = projectNamed("sync")
  const plugins = [...project.plugins ?? [], ...fault === undefined ? [] : [seed(fault)]]
  // The cache of transformed modules knows plugins by name: it would give this fault's modules to the next.
  const test = { ...project.test, fsModuleCache: false }
  const outcome = { passed: [] as Array<string>, failed: [] as Array<string>, errors: [] as Array<string> }
  const collect = (modules: ReadonlyArray<TestModule>) => {
    for (const module of modules) {
      for (const error of module.errors()) outcome.errors.push(error.message)
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed" || state === "failed") outcome[state].push(test.fullName)
      }
    }
  }
  const vitest = await startVitest([...files], {
    root,
    config: false,
    watch: false,
    maxWorkers: 1,
    silent: true,
    testNamePattern: names,
    reporters: [{
      onTestRunEnd(modules, errors) {
        collect(modules)
        for (const error of errors) outcome.errors.push(error.message)
      }
    }]
  }, { test: { projects: [{ ...project, plugins, test }] } })
  await vitest.close()
  return outcome
}

process.once("message", (order: Order) => {
  void run(order).then(
    (outcome) => process.send!(outcome),
    (error: unknown) => process.send!({ passed: [], failed: [], errors: [String(error)] } satisfies Outcome)
  ).then(() => process.disconnect())
})
