/**
 * A cache that is filled once, by one of many who need it at the same moment.
 *
 * The cache is an index of all words in a directory tree, which takes a while to read from the disk. Many fibers ask for
 * it at once. The cell lets the first of them build it, and the others wait. Halfway that first one is interrupted, as if
 * its client had hung up: its work is lost, the next in line builds the index anew, and all get that one.
 */
import { Console, Effect, Fiber, FileSystem, Path, Schema, Stream } from "effect"
import { OnceCell, SetOnce } from "effect-sync"
import { Argument, Command, Flag } from "effect/cli"
import { findFiles, type FindOptions } from "./findFiles.ts"
import { LEFT_OUT, repository } from "./repository.ts"
import { listed } from "./words.ts"

/** The files that each word is in. */
export type Index = ReadonlyMap<string, ReadonlySet<string>>

/** The index of all words, once somebody has built it. */
export class Words extends OnceCell.Service<Words, Index>()("cache/Words", {}) {}

/** Lets so many fibers ask for the index at once, and says who built it. */
export const cache = Effect.fn("cache")(function*(directory: string, askers: number, options: FindOptions) {
  const { files } = yield* findFiles(directory, options)
  yield* Console.log(`${askers} fibers ask at once for the index of the words in ${directory}`)

  const halfway = yield* SetOnce.make<void>({ name: "halfway" })
  let begun = 0
  let finished = 0
  /** What an asker does when it is its turn. */
  const build = (asker: number) =>
    Effect.gen(function*() {
      begun++
      yield* Console.log(`fiber ${asker} begins to read ${files.length} files`)
      const index = new Map<string, Set<string>>()
      let read = 0
      const readAll = Effect.forEach(files, (file) =>
        Effect.gen(function*() {
          yield* addWords(index, directory, file)
          // Only the first one to get there says so.
          if (++read === Math.ceil(files.length / 2)) yield* Effect.ignore(SetOnce.set(halfway, undefined))
        }), { discard: true })
      yield* Effect.onInterrupt(readAll, () =>
        Console.log(`fiber ${asker} is interrupted after ${read} of ${files.length} files: its work is lost`))
      finished++
      yield* Console.log(`fiber ${asker} has read all: ${index.size.toLocaleString("en-US")} words`)
      return index
    })

  const fibers = yield* Effect.forEach(
    Array.from({ length: askers }, (_, i) => i + 1),
    (asker) => Effect.forkChild(Words.getOrInit(build(asker)), { startImmediately: true })
  )
  yield* Console.log(`${yield* Words.waiting} fibers wait`)
  yield* Effect.forkScoped(Effect.andThen(SetOnce.wait(halfway), Fiber.interrupt(fibers[0]!)))
  const exits = yield* Effect.forEach(fibers, Fiber.await)
  const answers = exits.flatMap((exit) => exit._tag === "Success" ? [exit.value] : [])

  const which = new Set(answers).size === 1 ? "one and the same" : "not the same"
  yield* Console.log(`${answers.length} fibers have an index, ${which}; ${askers - answers.length} interrupted`)
  yield* Console.log(`the index was begun ${times(begun)} and finished ${times(finished)}`)
  const before = begun
  const index = yield* Words.getOrInit(build(askers + 1))
  yield* Console.log(`asked again: ${begun === before ? "there it is" : "built anew"}, ${mostUsed(index)}`)
}, Effect.scoped)

const addWords = Effect.fnUntraced(function*(index: Map<string, Set<string>>, directory: string, file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* fs.stream(path.join(directory, file)).pipe(
    Stream.decodeText(),
    Stream.mkString,
    Effect.orElseSucceed(() => "") // what can't be read has no words
  )
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    const files = index.get(word)
    if (files === undefined) index.set(word, new Set([file]))
    else files.add(file)
  }
})

const mostUsed = (index: Index): string => {
  const [first] = [...index].sort(([, a], [, b]) => b.size - a.size)
  return first === undefined ? "no words" : `the word in most files, ${first[1].size}, is "${first[0]}"`
}

const times = (n: number): string => n === 1 ? "once" : n === 2 ? "twice" : `${n} times`

export const cacheCommand = Command.make("cache", {
  directory: Argument.Path("dir").pipe(
    Argument.withDescription("The directory whose words are indexed; this repository, if there is none"),
    Argument.withDefault(repository)
  ),
  askers: Flag.Int("askers").pipe(
    Flag.withDescription("How many fibers ask at once, 2 at least"),
    Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(1))),
    Flag.withDefault(50)
  )
}, ({ askers, directory }) => Effect.provide(cache(directory, askers, { leaveOut: LEFT_OUT }), Words.layer)).pipe(
  Command.withDescription(
    "Many fibers ask at once for an index of all words in a directory tree, kept in a OnceCell. The first one builds it " +
      `and is interrupted halfway; the next takes over, and all get its result. ${listed(LEFT_OUT)} are left out.`
  )
)
