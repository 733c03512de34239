/**
 * Loading the library with some of its text replaced: a fault, or a start-up check that fails. The files on disk stay as they
 * are. Must be called before anything imports the library.
 */
import { type LoadFnOutput, registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { sources } from "../guarantees/paths.ts"

export interface Change {
  /** Below `packages/sync/src`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The start-up checks that can be made to fail, so that the library takes its second ways. */
export const fallbacks: ReadonlyArray<Change> = [
  { file: "internal/evaluateKey.ts", from: "~effect/Effect/evaluate", to: "~effect/Effect/renamed" },
  { file: "internal/scopeState.ts", from: "canKey: boolean = /* @__PURE__ */ probe()", to: "canKey: boolean = false" }
]

/** Replaces text, which must occur once, when its file is loaded. */
export const apply = (changes: ReadonlyArray<Change>): void => {
  registerHooks({
    load(url, context, nextLoad): LoadFnOutput {
      const loaded = nextLoad(url, context)
      const here = changes.filter(({ file }) => pathToFileURL(join(sources, file)).href === url)
      if (here.length === 0) return loaded
      let source = Buffer.from(loaded.source as Uint8Array).toString()
      for (const { file, from, to } of here) {
        const parts = source.split(from)
        if (parts.length !== 2) {
          throw new Error(`the text to replace occurs ${parts.length - 1} times in ${file}: ${from}`)
        }
        source = parts.join(to)
      }
      return { ...loaded, source }
    }
  })
}
