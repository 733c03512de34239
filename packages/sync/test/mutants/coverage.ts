/**
 * Which tests reach which mutant, and in which order they are tried.
 */
import { basename } from "node:path"
import type { Mutant } from "./mutate.ts"
import type { Ran, Test } from "./protocol.ts"

export interface Coverage {
  /** The tests to try on a mutant, those that will tell soonest first. */
  readonly testsFor: (mutant: Mutant, id: number) => ReadonlyArray<Test>
}

export const coverage = (ran: ReadonlyArray<Ran>): Coverage => {
  const reachedBy = new Map<number, Array<Ran>>()
  const whileLoading = new Set<number>()
  for (const test of ran) {
    for (const id of test.inTest) reachedBy.set(id, [...reachedBy.get(id) ?? [], test])
    for (const id of test.before) whileLoading.add(id)
  }
  return {
    testsFor: ({ file }, id) => {
      // What is done while a module is loaded is there for all tests, and modules are loaded once.
      const tests = whileLoading.has(id) ? ran : reachedBy.get(id) ?? []
      const files = [...byFile(tests)]
      const cost = (tests: ReadonlyArray<Ran>) => tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
      const rank = (file: string, mirror: string) => basename(file) === mirror ? 0 : 1
      const mirror = basename(file).replace(/\.ts$/, ".test.ts")
      files.sort(([a, as], [b, bs]) => rank(a, mirror) - rank(b, mirror) || cost(as) - cost(bs))
      return files.flatMap(([file, tests]) =>
        tests.map(({ id, milliseconds, questions }) => ({ id, file, milliseconds, questions }))
      )
    }
  }
}

/** In the order of the first of each file. */
export const byFile = <A extends { readonly file: string }>(tests: ReadonlyArray<A>): Map<string, Array<A>> => {
  const files = new Map<string, Array<A>>()
  for (const test of tests) {
    const others = files.get(test.file)
    if (others === undefined) files.set(test.file, [test])
    else others.push(test)
  }
  return files
}
