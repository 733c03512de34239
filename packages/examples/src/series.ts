/**
 * A series of results: a search through files sends what it finds, and whoever reads takes one after the other.
 *
 * The `Mpsc` channel has room for a few, so that the search goes no further ahead of its reader than that. The sender is
 * moved into the fiber that searches: when that ends, so does the stream. When the reader has enough, the search ends.
 */
import { Console, Effect, Fiber, FileSystem, Path, Stream } from "effect"
import { Handle, Mpsc } from "effect-sync"

/** Sends each line with the word, until there is none left or nobody reads any more. */
const search = Effect.fnUntraced(function*(sender: Mpsc.Sender<string>, directory: string, word: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  let found = 0
  const all = Effect.gen(function*() {
    for (const { name, type } of yield* fs.readDirectoryEntries(directory)) {
      if (type !== "File") continue
      const lines = (yield* fs.readFileString(path.join(directory, name))).split("\n")
      for (const [i, line] of lines.entries()) {
        if (!line.includes(word)) continue
        yield* Mpsc.send(sender, `${name}:${i + 1} ${line.trim()}`) // waits while it is full
        found++
      }
    }
  })
  yield* Effect.catchTag(all, "SendError", () => Console.log("nobody reads any more, so the search ends"))
  return found
})

/** Searches in a fiber of its own. */
const start = Effect.fnUntraced(function*(directory: string, word: string) {
  const [sender, receiver] = yield* Mpsc.bounded<string>(4)
  const searching = yield* Handle.forkWith(
    Effect.flatMap(Effect.scope, (scope) => Handle.transfer(sender, scope)),
    () => search(sender, directory, word)
  )
  return { results: Mpsc.stream(receiver), searching }
})

export const series = Effect.fn("series")(function*(directory: string, word: string, enough: number) {
  const reading = Effect.gen(function*() {
    const { results, searching } = yield* start(directory, word)
    const print = (line: string) => Effect.delay(Console.log(line.slice(0, 76)), "20 millis")
    const read = yield* results.pipe(Stream.take(enough), Stream.tap(print), Stream.runCount)
    return { read, searching }
  })
  const { read, searching } = yield* Effect.scoped(reading) // the receiver ends here
  yield* Console.log(`${yield* Fiber.join(searching)} results were sent, ${read} read`)
})
