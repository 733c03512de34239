import { readFileSync } from "node:fs"
import { relative } from "node:path"
import type { Plugin } from "vite"
import { findFences, root, toModule } from "./fences.ts"

const query = /^(.*)\?doctest=(\d+)\.ts$/

/**
 * Runs the examples in doc comments and Markdown as tests, one test and one module per example.
 *
 * Vitest finds the files by `includeSource`. At the end of each this appends a test per example, and each test imports
 * its example as the virtual module `file?doctest=line.ts`.
 */
export const doctest = (): Plugin => ({
  name: "doctest",
  enforce: "pre",
  resolveId: (id) => query.test(id) ? id : null,
  load(id) {
    const [, file, line] = query.exec(id) ?? []
    if (file === undefined) return null
    const text = readFileSync(file, "utf8")
    const fence = findFences(file, text).find((fence) => String(fence.line) === line)!
    const code = toModule(file, fence)
    // Line by line the module is the file.
    const mappings = code.split("\n").map((_, i) => i === 0 ? "AAAA" : "AACA").join(";")
    return { code, map: { version: 3, names: [], sources: [file], sourcesContent: [text], mappings } }
  },
  transform(code, id) {
    if (query.test(id) || !/\.(md|ts)$/.test(id)) return null
    const tests = findFences(id, code).map(({ line, title }) => {
      const name = `${relative(root, id)}:${line}${title === undefined ? "" : ` ${title}`}`
      const module = JSON.stringify(`${id}?doctest=${line}.ts`)
      return `import.meta.vitest.it(${JSON.stringify(name)}, () => import(${module}));`
    })
    if (tests.length === 0) return null
    return { code: `${id.endsWith(".md") ? "" : code}\nif (import.meta.vitest) {${tests.join("")}}`, map: null }
  }
})
