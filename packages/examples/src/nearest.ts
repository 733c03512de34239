/**
 * Names that somebody may have meant.
 */

/** How many letters have to be changed, added or left out to come from one word to another (Levenshtein's distance). */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[to.length]!
}

/** The three names that are nearest, however far off, or the only one that differs in nothing but capitals. */
export const nearest = (word: string, names: ReadonlyArray<string>): Array<string> => {
  // A word that is very long has nothing near, and should not take long to find that out.
  const small = word.slice(0, 32).toLowerCase()
  if (names.includes(small)) return [small]
  const far = (name: string) => name.startsWith(small) ? 0 : distance(small, name)
  return names.map((name) => ({ name, far: far(name) })).sort((a, b) => a.far - b.far).slice(0, 3).map(({ name }) =>
    name
  )
}
