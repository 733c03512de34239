/**
 * A census of a directory tree: every file is opened, read and counted, all of them concurrently, but never more than
 * a few open at a time.
 *
 * Two services of effect-sync carry it. `OpenFiles` is a semaphore: whoever wants to open a file takes a permit and
 * waits in line if none is free. `Tally` is a mutex around the counts: whoever holds it is the only one to change them.
 */
import { Config, Console, type Duration, Effect, FileSystem, Path, Result, Schema, Stream } from "effect"
import { Mutex, Semaphore } from "effect-sync"
import * as Counts from "./counts.ts"
import { findFiles, type FindOptions, inWords } from "./findFiles.ts"
import { makeProgress, type Progress } from "./progress.ts"
import { listed } from "./words.ts"

/** As many permits as files may be open at once. With none at all every file would wait for ever. */
export class OpenFiles extends Semaphore.Service<OpenFiles>()("census/OpenFiles", {
  permits: Config.schema(Schema.Int.check(Schema.isGreaterThan(0)), "CENSUS_OPEN_FILES").pipe(Config.withDefault(4))
}) {}

/** The counts so far, behind a lock. */
export class Tally extends Mutex.Service<Tally>()("census/Tally", { initial: Counts.initial }) {}

export interface Census {
  readonly directory: string
  readonly permits: number
  readonly duration: Duration.Duration
  readonly counts: Counts.Counts
}

/** Counts the files of a directory tree, and says how far it has come. */
export const census = Effect.fn("census")(function*(directory: string, options: FindOptions) {
  const permits = yield* OpenFiles.availablePermits // nobody has taken one yet, so these are all there are
  const [duration] = yield* countTree(directory, options).pipe(
    Effect.onInterrupt(() => reportInterruption(permits)),
    Effect.timed
  )
  return { directory, permits, duration, counts: yield* Tally.get } satisfies Census
})

const countTree = Effect.fnUntraced(function*(directory: string, options: FindOptions) {
  const { files, unreadable } = yield* findFiles(directory, options)
  yield* Tally.update((counts) => ({ ...counts, found: files.length, unreadable }))
  const without = options.leaveOut.length > 0 ? `, without ${listed(options.leaveOut)}` : ""
  yield* Console.log(`${files.length.toLocaleString("en-US")} files in ${directory}${without}`)
  const progress = yield* makeProgress(files.length)
  // One fiber per file. The semaphore, not this loop, decides how many of them get on with it.
  const countEach = (file: string) => countFile(directory, file, progress)
  yield* Effect.forEach(files, countEach, { concurrency: "unbounded", discard: true })
}, Effect.scoped)

const countFile = Effect.fnUntraced(function*(directory: string, file: string, progress: Progress) {
  const path = yield* Path.Path
  const outcome = yield* Effect.result(openAndRead(path.join(directory, file)))
  const count = Result.match(outcome, {
    onSuccess: (contents) => Counts.read(path.extname(file).toLowerCase(), contents),
    onFailure: (error) => Counts.notRead({ path: file, reason: inWords(error) })
  })
  // The lock is held until the new count is on the screen: so no line comes twice, and none after a later one.
  yield* Tally.withLock((tally) =>
    Effect.gen(function*() {
      yield* tally.update(count)
      yield* progress((yield* tally.get).counted)
    })
  )
})

/**
 * The permit belongs to the scope: it is given back when this ends, well or badly, after the file was closed.
 * `effect.pipe(OpenFiles.withPermit)` would be shorter, if we didn't want to know who had to wait.
 */
const openAndRead = Effect.fnUntraced(function*(path: string) {
  yield* takePermit
  // The file counts as open from just before it is opened to just after it is closed, so the peak is never too low.
  yield* Effect.acquireRelease(Tally.update(Counts.opened), () => Tally.update(Counts.closed))
  const fs = yield* FileSystem.FileSystem
  const addChunk = ({ bytes, lines }: Counts.Contents, chunk: Uint8Array): Counts.Contents => ({
    files: 1,
    lines: lines + newlines(chunk),
    bytes: bytes + chunk.length
  })
  return yield* fs.stream(path).pipe(Stream.runFold(() => ({ files: 1, lines: 0, bytes: 0 }), addChunk))
}, Effect.scoped)

/** Takes a permit at once if there is one; else stands in line, and has the wait put down. */
const takePermit = OpenFiles.tryAcquire.pipe(
  Effect.catchTag("NoPermits", () =>
    Effect.gen(function*() {
      const [wait, permit] = yield* Effect.timed(OpenFiles.acquire)
      yield* Tally.update(Counts.waited(wait))
      return permit
    }))
)

/** Runs when all that was begun has been undone: files closed, permits given back, locks unlocked. */
const reportInterruption = Effect.fnUntraced(function*(permits: number) {
  const free = yield* OpenFiles.availablePermits
  const { counted, found } = yield* Tally.get
  yield* Console.log(`interrupted: ${free} of ${permits} permits are back, ${counted} of ${found} files counted`)
})

const newlines = (chunk: Uint8Array): number => {
  let count = 0
  for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) count++
  return count
}
