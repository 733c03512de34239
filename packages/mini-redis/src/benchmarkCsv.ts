/**
 * What `redis-benchmark --csv` prints: a line for each test, with its name and how many requests a second it was.
 */
export const parseCsv = (text: string): Map<string, number> =>
  new Map(
    [...text.matchAll(/^"([^"]*)","([\d.]+)"/gm)].map(([, name, rps]) => [name!, Number(rps)])
  )
