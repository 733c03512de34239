/**
 * How mutants are made (`mutants/mutate.ts`), and which are listed (`mutants/survivors.ts`). Whether the tests find
 * them, `mutants/run.ts` tries.
 */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { sources } from "./guarantees/paths.ts"
import { listedFiles, nameOf, strangers } from "./mutants/listed.ts"
import { isActive, mutate, negate } from "./mutants/mutate.ts"
import { survivors } from "./mutants/survivors.ts"

const namesIn = (source: string): ReadonlyArray<string> => mutate("file.ts", source, 0).mutants.map(nameOf)

/** What a function gives, first without a mutant and then with each. */
const results = (source: string, ...args: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const { code, mutants } = mutate("file.ts", source, 7)
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is ours
  const make = new Function(isActive, negate, `${stripTypeScriptTypes(code)}\nreturn f`)
  return [-1, ...mutants.keys()].map((i) => {
    const is = (id: number) => id === i + 7
    const run = make(is, (id: number, condition: unknown) => is(id) ? !condition : condition)
    try {
      return run(...args)
    } catch (error) {
      return String(error)
    }
  })
}

describe("a mutant", () => {
  it("leaves out one statement", () => {
    const source = `const f = () => {
      const log: Array<number> = []
      log.push(1)
      log.push(2)
      for (const n of [3, 4]) {
        if (n === 4) continue
        log.push(n)
      }
      if (log.length > 9) throw new Error("too long")
      else log.push(5)
      return log
    }`
    assert.deepStrictEqual(namesIn(source), [
      "delete log.push(1)",
      "delete log.push(2)",
      "delete for (const n of [3, 4]) { if (n === 4) continue log.push(n) }",
      "negate n === 4",
      "delete continue",
      "delete log.push(n)",
      "delete if (log.length > 9) throw new Error(\"too long\") else log.push(5)",
      "negate log.length > 9",
      "delete throw new Error(\"too long\")",
      "delete log.push(5)",
      "delete return log"
    ])
    assert.deepStrictEqual(results(source), [
      [1, 2, 3, 5],
      [2, 3, 5],
      [1, 3, 5],
      [1, 2, 5],
      [1, 2, 4, 5],
      [1, 2, 3, 4, 5],
      [1, 2, 5],
      [1, 2, 3],
      "Error: too long",
      [1, 2, 3, 5],
      [1, 2, 3],
      undefined
    ])
  })

  it("negates one condition, and each operand in it", () => {
    const source =
      "const f = (a: boolean, b: boolean, c?: string) => (a && !(b || a) ? 1 : 2) + ((c && c.length > 1) || 10)"
    assert.deepStrictEqual(namesIn(source).slice(1), [
      "negate a && !(b || a)",
      "negate a",
      "negate !(b || a)",
      "negate b",
      "negate a (2)",
      "negate c && c.length > 1",
      "negate c",
      "negate c.length > 1"
    ])
    assert.deepStrictEqual(results(source, true, false), [
      12,
      undefined,
      11,
      12,
      11,
      12,
      11,
      3,
      "TypeError: Cannot read properties of undefined (reading 'length')",
      12
    ])
  })

  it("leaves alone what does nothing, and what only says something", () => {
    const source = `
      import { type A, b } from "./c.ts"
      type T = A extends string ? 1 : 2
      class C extends b {
        d = 1
        constructor() { super() }
        e() { if (this.d) { this.f()
          return } else { return undefined } }
        f = () => undefined
        toString() { return this.d ? "g" : "h" }
        toJSON() { return {} }
        i() { throw new Error(this.d ? "j" : "k") }
      }`
    assert.deepStrictEqual(namesIn(source), [
      "negate this.d",
      "delete this.f()",
      "delete throw new Error(this.d ? \"j\" : \"k\")"
    ])
  })
})

describe("survivors", () => {
  const files = globSync("**/*.ts", { cwd: sources })

  it("are mutants, each listed once", () => {
    for (const file of listedFiles()) assert.include(files, file)
    for (const file of files) {
      assert.deepStrictEqual(strangers(file, mutate(file, readFileSync(join(sources, file), "utf8"), 0).mutants), [])
      const names = survivors.flatMap(({ mutants }) => mutants[file] ?? [])
      assert.deepStrictEqual(names, [...new Set(names)])
    }
  })
})
