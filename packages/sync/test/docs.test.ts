/**
 * The guides speak of what exists: each name of the form `Module.name` in them is exported by that module, and each link
 * to a file of the repository leads somewhere.
 */
import { assert, describe, it } from "@effect/vitest"
import * as EffectSync from "effect-sync"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "../../..")

const guides = globSync(["README.md", "CONTRIBUTING.md", "docs/*.md", "packages/*/*.md"], { cwd: root })

const modules = Object.keys(EffectSync)

/** What a module exports, types included, which leave no trace at run time. */
const exportsOf = (module: string): ReadonlySet<string> => {
  const source = readFileSync(join(root, "packages/sync/src", `${module}.ts`), "utf8")
  const declared = source.matchAll(
    /^export (?:declare )?(?:const|class|interface|type|function|abstract class) (\w+)/gm
  )
  const listed = [...source.matchAll(/^export (?:type )?\{([\s\S]*?)\}/gm)].flatMap(([, names]) =>
    names!.replace(/\/\*[\s\S]*?\*\//g, "").split(",").map((name) => name.trim().replace(/^.* as /, ""))
  )
  return new Set([...declared].map(([, name]) => name!).concat(listed))
}

describe("guides", () => {
  for (const guide of guides) {
    const text = readFileSync(join(root, guide), "utf8")

    it(`${guide}: every \`Module.name\` in it is exported`, () => {
      const missing: Array<string> = []
      for (const [, module, name] of text.matchAll(/`(\w+)\.(\w+)(?:[^`.\w][^`]*)?`/g)) {
        if (!modules.includes(module!)) continue
        if (!exportsOf(module!).has(name!)) missing.push(`${module}.${name}`)
      }
      assert.deepStrictEqual(missing, [])
    })

    it(`${guide}: every link to a file leads to one`, () => {
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        assert.isTrue(existsSync(resolve(root, dirname(guide), target!)), target)
      }
    })
  }
})
