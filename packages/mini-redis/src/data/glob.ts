/**
 * Patterns as in Redis: `*`, `?`, `[abc]`, `[^a-c]`, and `\` in front of what is meant as it is.
 *
 * A regular expression does the work. It has no nested repetition, but many `*` could still take it long: adjacent ones
 * are one, and what stands between two is looked for lazily.
 */

/** Whether a text is of that form. */
export const glob = (pattern: string): (text: string) => boolean => {
  if (!/[*?[\\]/.test(pattern)) return (text) => text === pattern
  if (pattern === "*") return () => true
  const parts = splitAtStars(pattern)
  const first = exact(`^${parts[0]!}`)
  if (parts.length === 1) {
    const whole = exact(`^${parts[0]!}$`)
    return (text) => whole.test(text)
  }
  const last = exact(`${parts.at(-1)!}$`)
  const lastLength = lengthOf(parts.at(-1)!)
  const middle = parts.slice(1, -1).map((part) => new RegExp(part, "gs"))
  // The first place where a part fits is as good as any: greedy matching of the parts needs no second try.
  return (text) => {
    const begin = first.exec(text)
    if (begin === null || !last.test(text)) return false
    let at = begin[0].length
    for (const part of middle) {
      part.lastIndex = at
      if (!part.test(text)) return false
      at = part.lastIndex
    }
    return at <= text.length - lastLength
  }
}

const exact = (source: string): RegExp => new RegExp(source, "s")

/** One item of a pattern: a star, a set, an escaped character, or any other. */
const item = /\*+|\[(\^?)((?:\\[^]|[^\]\\])*)(?:\]|$)|\\([^])|[^]/g

/** The sources of regular expressions for what stands between the stars. Each item of them fits one character. */
const splitAtStars = (pattern: string): Array<string> => {
  const parts = [""]
  for (const [text, not, set, escaped] of pattern.matchAll(item)) {
    if (text.startsWith("*")) parts.push("")
    else parts[parts.length - 1] += set !== undefined ? setOf(not!, set) : text === "?" ? "." : literal(escaped ?? text)
  }
  return parts
}

const code = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`

const literal = code

const setOf = (not: string, set: string): string => {
  let members = ""
  for (const [, from, to, one] of set.matchAll(/(\\[^]|[^])-(\\[^]|[^])|(\\[^]|[^])/g)) {
    if (one !== undefined) members += code(one.at(-1)!)
    else {
      const [low, high] = [from!.at(-1)!, to!.at(-1)!].sort()
      members += `${code(low!)}-${code(high!)}`
    }
  }
  // Nothing at all, or everything but nothing.
  return members === "" ? (not === "" ? "(?!)." : ".") : `[${not}${members}]`
}

/** How many characters a part fits. */
const lengthOf = (source: string): number => source.replace(/\[[^\]]*\]|\(\?!\)\.|\\x[0-9a-f]{2}|\./g, "_").length
