/**
 * A cache that is filled once, by one of many who need it at the same moment.
 *
 * The cache is an index of the words in a directory, which takes a while to read. The `OnceCell` service lets the first who
 * asks read it, and the others wait. If the first hangs up halfway, the next in line begins anew, and all others get that.
 */
import { Array, Console, Effect, Fiber, FileSystem, Path } from "effect"
import { OnceCell } from "effect-sync"

/** How often each word occurs, once somebody has counted. */
export class Words extends OnceCell.Service<Words, Counts>()("cache/Words", {}) {}

type Counts = ReadonlyMap<string, number>

/** Counts the words in the files of a directory. */
const count = Effect.fnUntraced(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const words = new Map<string, number>()
  for (const { name, type } of yield* fs.readDirectoryEntries(directory)) {
    if (type !== "File") continue
    const text = yield* fs.readFileString(path.join(directory, name))
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) words.set(word, (words.get(word) ?? 0) + 1)
  }
  return words
})

/** Counts on behalf of a client. */
const fill = Effect.fnUntraced(function*(client: number, directory: string) {
  yield* Console.log(`client ${client} begins to count`)
  const words = yield* count(directory).pipe(
    Effect.onInterrupt(() => Console.log(`client ${client} hangs up, and its work is lost`))
  )
  yield* Console.log(`client ${client} has counted ${words.size} words`)
  return words
})

/** Answers from the cache; whoever comes first fills it. */
const ask = (client: number, directory: string, word: string) =>
  Words.getOrInit(fill(client, directory)).pipe(
    Effect.map((words) => words.get(word) ?? 0)
  )

export const cache = Effect.fn("cache")(function*(directory: string, clients: number, word: string) {
  const [first, ...others] = yield* Effect.forEach(
    Array.range(1, clients),
    (n) => Effect.forkChild(ask(n, directory, word), { startImmediately: true })
  )
  yield* Console.log(`${yield* Words.waiting} of ${clients} clients wait`)
  yield* Fiber.interrupt(first)
  const answers = yield* Effect.forEach(others, Fiber.join)
  yield* Console.log(`${answers.length} clients got an answer; different answers: ${new Set(answers).size}`)
  const later = yield* ask(clients + 1, directory, word)
  yield* Console.log(`asked once more: "${word}" is there ${later} times`)
})
