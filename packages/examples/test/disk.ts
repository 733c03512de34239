/**
 * A disk in memory, whose files take a second of the test's clock to read; so who waits for whom, and how long, is
 * known exactly.
 */
import { Effect, FileSystem, type Layer, PlatformError, Stream } from "effect"

/** A directory: the entries by name. */
export interface Tree {
  readonly [name: string]: Entry
}

/** A file is its text. What is forbidden is a directory if its name ends in `.d`, else a file. */
type Entry = Tree | string | typeof forbidden | typeof symbolicLink | typeof pipe

export const forbidden = Symbol("forbidden")
export const symbolicLink = Symbol("symbolic link")
export const pipe = Symbol("pipe")

export interface Disk {
  readonly layer: Layer.Layer<FileSystem.FileSystem>
  /** How many files are open now. */
  open: number
  /** How many were at most. */
  peak: number
}

export const makeDisk = (root: Tree): Disk => {
  const lookUp = (path: string): Entry | undefined =>
    path.split("/").filter((name) => name !== "").reduce<Entry | undefined>(
      (entry, name) => typeof entry === "object" ? entry[name] : undefined,
      root
    )

  const disk: Disk = {
    open: 0,
    peak: 0,
    layer: FileSystem.layerNoop({
      readDirectoryEntries: (path) => {
        const entry = lookUp(path)
        if (typeof entry !== "object") return Effect.fail(refused(path, entry))
        return Effect.succeed(Object.entries(entry).map(([name, entry]) => ({ name, type: typeOf(name, entry) })))
      },
      stream: (path) => {
        const entry = lookUp(path)
        if (typeof entry !== "string") return Stream.fail(refused(path, entry))
        return openFile.pipe(
          Effect.andThen(Effect.sleep("1 second")),
          Effect.as(Stream.make(new TextEncoder().encode(entry))),
          Stream.unwrap
        )
      }
    })
  }

  const openFile = Effect.acquireRelease(
    Effect.sync(() => {
      disk.open++
      disk.peak = Math.max(disk.peak, disk.open)
    }),
    () => Effect.sync(() => disk.open--)
  )

  return disk
}

const typeOf = (name: string, entry: Entry): FileSystem.File.Type => {
  if (entry === symbolicLink) return "SymbolicLink"
  if (entry === pipe) return "FIFO"
  return typeof entry === "object" || name.endsWith(".d") ? "Directory" : "File"
}

const refused = (path: string, entry: Entry | undefined): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: entry === forbidden ? "PermissionDenied" : "NotFound",
    module: "FileSystem",
    method: "open",
    pathOrDescriptor: path
  })
