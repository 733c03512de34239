/**
 * A fiber as join handle: work goes on in fibers of its own, and whoever has the fiber gets its result.
 *
 * Where tokio's page uses a oneshot for the result of a computation, it says that a task's join handle does the same. In
 * Effect that is the fiber: it has the result, the typed error, and the news that it was interrupted.
 */
import { Console, Effect, Fiber, FileSystem, Path } from "effect"
import { createHash } from "node:crypto"

/** Reads a file and computes its checksum. */
const hash = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(file)
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16)
})

/** Computes the checksums of these files, each in a fiber of its own. */
const hashAll = Effect.fnUntraced(function*(files: ReadonlyArray<string>) {
  const fork = (file: string) => Effect.forkChild(hash(file))
  const fibers = yield* Effect.forEach(files, fork) // all of them run now
  return yield* Fiber.joinAll(fibers) // the results, in order
})

export const join = Effect.fn("join")(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const entries = yield* fs.readDirectoryEntries(directory)
  const names = entries.filter(({ type }) => type === "File").map(({ name }) => name).sort()
  const sums = yield* hashAll(names.map((name) => path.join(directory, name)))
  for (const [i, name] of names.entries()) yield* Console.log(`${sums[i]}  ${name}`)

  const missing = yield* Effect.forkChild(hash(path.join(directory, "no such file")))
  const { reason } = yield* Effect.flip(Fiber.join(missing)) // the error comes by the same way
  yield* Console.log(`no such file: ${reason._tag}`)
})
