/**
 * A pipeline of layers that ends in good order: one component brings files, a second computes their checksums, a third
 * prints them. What connects them are two `Mpsc` services, each with a consumer.
 *
 * The application ends as layers do, in the reverse order of their making: the source first, since it needs the workers;
 * then the workers, once they have done all that was accepted; then the printer, once it has printed the last result.
 */
import { Console, type Duration, Effect, FileSystem, Layer, Path } from "effect"
import { Mpsc } from "effect-sync"
import { createHash } from "node:crypto"

/** Files to be read; four may wait, and whoever brings more waits too. */
export class Files extends Mpsc.Service<Files, string>()("jobs/Files", {
  capacity: 4
}) {}

/** Lines to be printed. */
export class Sums extends Mpsc.Service<Sums, string>()("jobs/Sums", {
  capacity: 4
}) {}

/** Reads files, two at a time, and sends their checksums on. */
const workers = Files.layerConsumer(
  (file) => Effect.orDie(Effect.flatMap(checksum(file), Sums.send)),
  { concurrency: 2 }
)

/** Prints the checksums as they come. */
const printer = (onLine: () => void) =>
  Sums.layerConsumer((line) => Effect.andThen(Console.log(line), Effect.sync(onLine)))

const checksum = Effect.fnUntraced(function*(file: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const bytes = yield* Effect.delay(fs.readFile(file), "20 millis")
  return `${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}  ${path.basename(file)}`
})

/** Brings the files of a directory as fast as they are taken. */
const source = Effect.fnUntraced(function*(directory: string, onAccepted: () => void) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const entries = yield* fs.readDirectoryEntries(directory)
  const files = entries.filter(({ type }) => type === "File").map(({ name }) => path.join(directory, name)).sort()
  const bring = Effect.forEach(files, (file) => Effect.andThen(Files.send(file), Effect.sync(onAccepted)))
  yield* Effect.forkScoped(bring)
})

export const jobs = Effect.fn("jobs")(function*(directory: string, patience: Duration.Input) {
  let [accepted, printed] = [0, 0]
  const pipeline = Layer.effectDiscard(source(directory, () => accepted++)).pipe(
    Layer.provide(workers),
    Layer.provide(printer(() => printed++))
  )
  const summary = Effect.suspend(() =>
    Console.log(`${accepted} files were accepted before the end, and ${printed} lines printed`)
  )
  // It ends when the time is up, or in the same good order by SIGTERM, which interrupts it.
  yield* Effect.scoped(Effect.andThen(Layer.build(pipeline), Effect.sleep(patience))).pipe(Effect.ensuring(summary))
})
