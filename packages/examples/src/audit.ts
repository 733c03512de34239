/**
 * An audit log that shows whether anybody has tampered with it: each line begins with a checksum of itself and of the
 * checksum before it. Many write at once, so nobody may come in between reading the last checksum and writing the next.
 *
 * The `Mutex` service holds the last checksum. Whoever has the lock is the only one to append to the file.
 */
import { Array, Console, Effect, FileSystem } from "effect"
import { Mutex } from "effect-sync"
import { createHash } from "node:crypto"

/** The checksum of the last line. */
export class Last extends Mutex.Service<Last>()("audit/Last", { initial: "" }) {}

const sum = (last: string, text: string) => createHash("sha256").update(last + text).digest("hex").slice(0, 12)

/** Appends a line; if that fails, or is interrupted, the checksum stays. */
const append = (file: string, text: string) =>
  Last.updateEffect((last) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const next = sum(last, text)
      yield* fs.writeFileString(file, `${next} ${text}\n`, { flag: "a" })
      return next
    })
  )

/** How many lines follow from the one before. */
const verify = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const lines = (yield* fs.readFileString(file)).trimEnd().split("\n")
  let [last, valid] = ["", 0]
  for (const line of lines) {
    const next = sum(last, line.slice(13))
    if (line.startsWith(`${next} `)) valid++
    last = line.slice(0, 12)
  }
  return { lines, valid }
})

export const audit = Effect.fn("audit")(function*(clerks: number, entries: number) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  yield* Console.log(`${clerks} clerks write ${entries} lines each into one file`)
  const clerk = (n: number) => Effect.forEach(Array.range(1, entries), (i) => append(file, `clerk ${n}: entry ${i}`))
  yield* Effect.forEach(Array.range(1, clerks), clerk, { concurrency: "unbounded" })
  const { lines, valid } = yield* verify(file)
  for (const line of lines.slice(0, 3)) yield* Console.log(line)
  yield* Console.log(`… ${valid} of ${lines.length} lines follow from the one before`)
}, Effect.scoped)
