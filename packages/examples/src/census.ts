/**
 * A census of a directory tree: all files are opened, read and counted concurrently, but never more than a few at a time.
 *
 * Two services carry it. `Open` is a semaphore: whoever opens something takes a permit, and waits in line if none is free.
 * `Tally` is a mutex around the counts: whoever holds it is the only one to change them.
 */
import { Config, Console, Effect, FileSystem, Option, Path, type PlatformError, Schedule, Schema, Stream } from "effect"
import { Mutex, Semaphore } from "effect-sync"

const atLeastOne = Schema.Int.check(Schema.isGreaterThan(0))

/** As many permits as files may be open at once. */
export class Open extends Semaphore.Service<Open>()("census/Open", {
  permits: Config.schema(atLeastOne, "CENSUS_OPEN_FILES")
    .pipe(Config.withDefault(4))
}) {}

/** How many files and lines there are, by type of file. */
export class Tally extends Mutex.Service<Tally>()("census/Tally", {
  initial: {} as Readonly<Record<string, readonly [files: number, lines: number]>>
}) {}

const add = (type: string, lines: number) =>
  Tally.update((tally) => ({ ...tally, [type]: [(tally[type]?.[0] ?? 0) + 1, (tally[type]?.[1] ?? 0) + lines] }))

const newlines = (count: number, chunk: Uint8Array) => count + chunk.filter((byte) => byte === 10).length

/** Counts a file, once it is its turn. */
const countFile = Effect.fnUntraced(function*(file: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const reading = fs.stream(file).pipe(Stream.runFold(() => 0, newlines))
  const lines = yield* Effect.option(Open.withPermit(reading))
  const type = Option.isSome(lines) ? path.extname(file) : "(unreadable)"
  yield* add(type, Option.getOrElse(lines, () => 0))
})

type Counting = Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path | Open | Tally>

/** Counts what is below a directory, all of it at once. Links are not followed. */
const countTree = (directory: string, leaveOut: ReadonlyArray<string>): Counting =>
  Effect.gen(function*() {
    const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
    const entries = yield* Open.withPermit(fs.readDirectoryEntries(directory))
    yield* Effect.forEach(entries, ({ name, type }) => {
      const below = path.join(directory, name)
      if (leaveOut.includes(name) || (type !== "File" && type !== "Directory")) return Effect.void
      if (type === "File") return countFile(below)
      return countTree(below, leaveOut).pipe(Effect.catch(() => add("(unreadable)", 0)))
    }, { concurrency: "unbounded", discard: true })
  })

export const census = Effect.fn("census")(function*(directory: string, leaveOut: ReadonlyArray<string>) {
  const say = (text: string) =>
    Effect.flatMap(Open.availablePermits, (free) => Console.log(`${text}: ${free} permits free`))
  yield* Effect.forkScoped(Effect.schedule(say("still counting"), Schedule.spaced("1 second")))
  yield* say(directory)
  yield* Effect.onInterrupt(countTree(directory, leaveOut), () => say("interrupted")) // all permits are back by then
  const types = Object.entries(yield* Tally.get).sort(([, [, a]], [, [, b]]) => b - a)
  for (const [type, [files, lines]] of types.slice(0, 8)) {
    yield* Console.log(`${type.padEnd(14)} ${String(files).padStart(6)} files  ${String(lines).padStart(9)} lines`)
  }
}, Effect.scoped)
