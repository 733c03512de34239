/**
 * What an operation of Effect's run loop is called, and where a fiber waits, in words.
 *
 * Reads two keys of Effect's operations that are not documented as public, for labels and for one filter. A test names
 * the one that changed when Effect renames something (`test/labels.test.ts`).
 *
 * @internal
 */
import type * as Fiber from "effect/Fiber"
import type * as References from "effect/References"

const identifierKey = "~effect/Effect/identifier"

const argsKey = "~effect/Effect/args"

/** The operation's tag: `Sync`, `Async`, `OnSuccess`, … */
export const tagOf = (operation: any): string => operation?.[identifierKey] ?? "?"

/**
 * Operations that do nothing but push a frame on the fiber's own stack, one that is passed over when the fiber is
 * interrupted. Nothing can tell whether it was stopped before such an operation or after it, so neither is a point. This
 * more than halves the search.
 */
export const local: ReadonlySet<string> = new Set([
  "OnSuccess",
  "OnFailure",
  "OnSuccessAndFailure",
  "Match",
  "MatchCause",
  "Exit"
])

/**
 * Also does nothing but push a frame. But a fiber that is interrupted before it does not run the finalizer: whoever takes
 * something, and only then installs what gives it back, loses it here.
 */
export const isFinalizer = (tag: string): boolean => tag === "OnExit"

/**
 * Whether an interruption would take effect at once. Where Effect does not say, it would: then a fiber is stopped before
 * finalizers where it makes no difference, too.
 */
export const isInterruptible = (fiber: Fiber.Fiber<any, any>): boolean => (fiber as any).interruptible !== false

/**
 * Operations that concern nobody but their fiber, as long as the functions in them touch nothing that is shared. All others
 * may look at fibers, interrupt them, wait, or be of somebody else's making.
 */
export const plain: ReadonlySet<string> = new Set([
  "Success",
  "Failure",
  "Sync",
  "Suspend",
  "Iterator",
  "While",
  "Yield",
  "YieldableError"
])

/** What Vite makes of an import when it loads modules for Vitest: `(0, __vite_ssr_import_1__.f)()` was `f()`. */
const imported = /\(0, ?__vite_ssr_import_\d+__\.([\w$.]+)\)|__vite_ssr_import_\d+__\./g

const squeezed = (text: string, length: number): string => {
  const line = text.replaceAll(imported, "$1").replaceAll(/\s+/g, " ")
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

const shown = (value: unknown): string => {
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "object"
  return typeof value === "function" ? "a function" : String(value)
}

/** `Sync () => this.free--`: the tag and the source of its function, or the value. */
export const describe = (operation: any): string => {
  const tag = tagOf(operation)
  const label = operation.label
  if (typeof label === "string") return label
  const argument = operation[argsKey] ?? operation.register
  if (typeof argument === "function") return `${tag} ${squeezed(String(argument), 80)}`
  return tag === "Success" || tag === "Failure" ? `${tag} ${squeezed(shown(argument), 40)}` : tag
}

/** Where the program's own function is called: by this package. */
const caller = /internal\/execution\.[jt]s:/

const projectLine = (stack: string | undefined): string => {
  const line = stack?.split("\n").map((line) => line.trim()).find((line) => /:\d+:\d+\)?$/.test(line))
  const place = line === undefined ? undefined : /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(line)?.[1]
  if (place === undefined || caller.test(place)) return ""
  return ` at ${place.replace(/^file:\/\//, "").split("/").slice(-3).join("/")}`
}

/** The `Effect.fn`s and spans around a fiber's current operation, innermost first, with source lines where known. */
export const placesOf = (fiber: Fiber.Fiber<any, any>): ReadonlyArray<string> => {
  const places: Array<string> = []
  let frame: References.StackFrame | undefined = fiber.cache.stackFrame
  while (frame !== undefined) {
    places.push(`${frame.name}${projectLine(frame.stack())}`)
    frame = frame.parent
  }
  const span = fiber.cache.span
  if (span !== undefined && span._tag === "Span" && !places.some((place) => place.startsWith(span.name))) {
    places.unshift(`span ${span.name}`)
  }
  return places
}

const fingerprints = new Map<string, number>()

/** A number for a tag, computed once. */
export const fingerprintOf = (tag: string): number => {
  let fingerprint = fingerprints.get(tag)
  if (fingerprint === undefined) {
    fingerprint = 0
    for (let i = 0; i < tag.length; i++) fingerprint = Math.imul(fingerprint, 31) + tag.charCodeAt(i) | 0
    fingerprints.set(tag, fingerprint)
  }
  return fingerprint
}
