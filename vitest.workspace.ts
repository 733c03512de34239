import { fileURLToPath } from "node:url"
import { defaultServerConditions, type Plugin } from "vite"
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config"
import { doctest } from "./packages/sync/test/doctest/plugin.ts"

/**
 * The modules of `packages/sync/src/internal` that have a second way of doing their work, each with what makes its
 * start-up check fail. The project `sync-fallback` runs every test of `sync` again on the second ways.
 */
const fallbacks: Readonly<Record<string, readonly [text: string, replacement: string]>> = {
  // Effect has renamed the key.
  "evaluateKey.ts": ["~effect/Effect/evaluate", "~effect/Effect/renamed"],
  // Effect has changed the state of a scope.
  "scopeState.ts": ["canKey: boolean = /* @__PURE__ */ probe()", "canKey: boolean = false"],
  // Effect's Queue has come to work differently.
  "queueObserver.ts": ["canObserve: boolean = /* @__PURE__ */ probe()", "canObserve: boolean = false"]
}

const forceFallbacks = (): Plugin => {
  const directory = fileURLToPath(new URL("packages/sync/src/internal/", import.meta.url))
  return {
    name: "force-fallbacks",
    enforce: "pre",
    transform(code, id) {
      const fallback = id.startsWith(directory) ? fallbacks[id.slice(directory.length)] : undefined
      if (fallback === undefined) return null
      if (!code.includes(fallback[0])) this.error(`${id} does not contain ${fallback[0]}`)
      return { code: code.replace(...fallback), map: null }
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
    // It knows a plugin by its name alone, and would give the modules of one project to another.
    fsModuleCache: false,
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
        [forceFallbacks()]
      ),
      project("explorer", { include: ["packages/explorer/test/**/*.test.ts"] }),
      project("examples", { include: ["packages/examples/test/**/*.test.ts"] }),
      project("mini-redis", { include: ["packages/mini-redis/test/**/*.test.ts"] }),
      project("docs", { includeSource: ["packages/*/src/**/*.ts", "README.md", "docs/*.md", "packages/*/*.md"] }, [
        doctest()
      ])
    ]
  }
})
