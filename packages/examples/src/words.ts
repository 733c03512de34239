const list = new Intl.ListFormat("en")

/** Words as a sentence lists them: `a, b, and c`. */
export const listed = (words: ReadonlyArray<string>): string => list.format(words)
