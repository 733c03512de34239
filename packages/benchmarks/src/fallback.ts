/**
 * Measuring effect-sync as it is with a future Effect: its start-up probes fail, so it takes its second way.
 *
 * The modules are changed while they are loaded, so this must be called before anything imports effect-sync.
 */
import { type LoadFnOutput, registerHooks } from "node:module"

/** What can be made to fail: a module of `effect-sync/internal`, and how its text must read. */
const fallbacks = {
  /** The key of Effect's step function is another one. */
  evaluate: {
    module: "evaluateKey",
    change: (text: string) => text.replace(`"~effect/Effect/evaluate"`, `"~effect/Effect/renamed"`)
  },
  /** The state of a scope looks different. */
  scope: {
    module: "scopeState",
    change: (text: string) => text.replace(/(export const canKey\b[^=]*= ).*/, "$1false")
  }
} as const

export type Fallback = keyof typeof fallbacks

/** Makes a probe fail. The result says whether that has happened, once effect-sync was imported. */
export const force = (name: Fallback): () => boolean => {
  const { change, module } = fallbacks[name]
  const path = new RegExp(`/internal/${module}\\.[jt]s$`)
  let happened = false
  registerHooks({
    load(url, context, nextLoad): LoadFnOutput {
      const loaded = nextLoad(url, context)
      if (!path.test(url)) return loaded
      const text = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source)
      const source = change(text)
      happened ||= source !== text
      return { ...loaded, source }
    }
  })
  return () => happened
}
