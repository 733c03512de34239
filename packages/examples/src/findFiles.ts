/**
 * The walk through the directories, which finds the files to count.
 */
import { Chunk, Effect, FileSystem, Path, type PlatformError, Schema } from "effect"
import { CliError } from "effect/cli"
import type { Unreadable } from "./counts.ts"

export interface FindOptions {
  /** Names of files and directories to pass over, wherever they are. */
  readonly leaveOut: ReadonlyArray<string>
}

/** The directory that was asked for can't be read. */
export class CannotRead extends Schema.TaggedError<CannotRead>()("CannotRead", {
  directory: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `can't read the directory ${this.directory}: ${this.reason}`
  }

  /** What the command line shows for it. */
  override get [CliError.userMessage]() {
    return this.message
  }
}

/**
 * All files below a directory, as paths relative to it. Symbolic links are not followed, so there are no cycles, and
 * nothing but files is listed: to open a pipe could mean to wait for ever. A directory further down that can't be read
 * is put on the list of the unreadable.
 */
export const findFiles = Effect.fnUntraced(function*(root: string, options: FindOptions) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const files: Array<string> = []
  const unreadable: Array<Unreadable> = []
  const directories = [""]
  for (const directory of directories) { // grows while we walk
    const entries = yield* fs.readDirectoryEntries(path.join(root, directory)).pipe(
      Effect.catch((error) => {
        if (directory === "") return Effect.fail(new CannotRead({ directory: root, reason: inWords(error) }))
        unreadable.push({ path: directory + path.sep, reason: inWords(error) })
        return Effect.succeed([])
      })
    )
    for (const { name, type } of entries) {
      if (options.leaveOut.includes(name)) continue
      if (type === "Directory") directories.push(path.join(directory, name))
      if (type === "File") files.push(path.join(directory, name))
    }
  }
  return { files: files.sort(), unreadable: Chunk.fromIterable(unreadable) }
})

/** Why the file system refused. */
export const inWords = ({ reason }: PlatformError.PlatformError): string => {
  switch (reason._tag) {
    case "NotFound":
      return "it does not exist"
    case "PermissionDenied":
      return "permission denied"
    default:
      return reason.cause instanceof Error ? reason.cause.message : reason.message
  }
}
