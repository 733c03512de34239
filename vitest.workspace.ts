import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defaultServerConditions, type Plugin } from "vite"
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config"
import { doctest } from "./packages/sync/test/doctest/plugin.ts"

const absolute = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * The modules of `packages/sync/src` that have a second way of doing their work, each with the module that forces it.
 * The project `sync-fallback` runs every test of `sync` again on the replacements.
 */
const fallbacks: ReadonlyArray<readonly [module: string, replacement: string]> = [
  ["packages/sync/src/internal/evaluateKey.ts", "packages/sync/test/fallback/evaluateKey.ts"],
  ["packages/sync/src/internal/scopeState.ts", "packages/sync/test/fallback/scopeState.ts"]
]

const replaceModules = (pairs: typeof fallbacks): Plugin => {
  const replacements = new Map(pairs.map(([module, replacement]) => [absolute(module), absolute(replacement)]))
  return {
    name: "replace-modules",
    enforce: "pre",
    buildStart() {
      for (const file of [...replacements].flat()) if (!existsSync(file)) this.error(`${file} does not exist`)
    },
    async resolveId(source, importer, options) {
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
      const replacement = resolved === null ? undefined : replacements.get(resolved.id)
      // A replacement may import the module it replaces.
      return replacement === undefined || replacement === importer ? resolved : replacement
    }
  }
}

const project = (
  name: string,
  test: TestProjectInlineConfiguration["test"],
  plugins: Array<Plugin> = []
): TestProjectInlineConfiguration => ({
  // Packages of the workspace resolve to their sources, as `customConditions` says in tsconfig.json.
  ssr: { resolve: { conditions: ["@effect-sync/source", ...defaultServerConditions] } },
  plugins,
  test: {
    name,
    include: [],
    pool: "forks",
    execArgv: ["--expose-gc"],
    ...test
  }
})

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      project("sync", { include: ["packages/sync/test/**/*.test.ts"] }),
      project(
        "sync-fallback",
        { include: ["packages/sync/test/**/*.test.ts"], env: { EFFECT_SYNC_FALLBACK: "1" } },
        [replaceModules(fallbacks)]
      ),
      project("examples", { include: ["packages/examples/test/**/*.test.ts"] }),
      project("docs", { includeSource: ["packages/*/src/**/*.ts", "README.md"] }, [doctest()])
    ]
  }
})
