/**
 * What can be configured: in a file, which is read again when it changes, and by `CONFIG SET`. Who needs a setting looks at
 * the `Watch`, or waits there for a change.
 */
import { Effect, FileSystem, Option, Result, Schema } from "effect"
import { Notify, Watch } from "effect-sync"
import { CliError } from "effect/cli"
import { glob } from "../data/glob.ts"

const MB = 2 ** 20

const integer = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The file's form: JSON with some of these keys, and no other. */
export const fields = {
  /** So many connections are served at a time; more wait, see `Backlog`. */
  "maxclients": integer(1, 1_000_000),
  /** A connection that asks nothing for so many seconds is closed, unless it has subscriptions or waits; 0: never. */
  "timeout": integer(0, 1_000_000),
  /** A connection that does not read for so many seconds what it is sent is closed. */
  "write-timeout": integer(1, 1_000_000),
  /** The bytes of one string. A string of JavaScript can't be much longer than the maximum. */
  "proto-max-bulk-len": integer(MB, 256 * MB),
  /** The bytes of all strings of one command. */
  "client-query-buffer-limit": integer(MB, 1024 * MB),
  /** So many messages of a channel are kept for a subscriber that is slow. */
  "pubsub-backlog": integer(1, 1_000_000),
  /** What is done with one that is slower: its connection is closed, or it gets a message of how many it has missed. */
  "pubsub-lag": Schema.Literals(["disconnect", "tell"]),
  /** So many seconds a shutdown waits for what was begun. */
  "shutdown-timeout": integer(0, 1_000_000)
}

export type Settings = Schema.Schema.Type<Schema.Struct<typeof fields>>

export const defaults: Settings = {
  "maxclients": 1000,
  "timeout": 0,
  "write-timeout": 10,
  "proto-max-bulk-len": 64 * MB,
  "client-query-buffer-limit": 128 * MB,
  "pubsub-backlog": 1024,
  "pubsub-lag": "disconnect",
  "shutdown-timeout": 10
}

const names = Object.keys(fields) as Array<keyof Settings>

/** Settings that clients ask for and that cannot be changed here. */
const fixed: Record<string, string> = { save: "", appendonly: "no", databases: "16" }

const partial = Schema.Struct(
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, Schema.optionalKey(field as Schema.Codec<unknown>)])
  )
) as unknown as Schema.Codec<Partial<Settings>>

const decodeFile = Schema.decodeUnknownResult(Schema.fromJsonString(partial), { onExcessProperty: "error" })
const decodeGiven = Schema.decodeUnknownResult(partial, { onExcessProperty: "error" })

/** The settings as they are now. */
export class CurrentSettings extends Watch.Service<CurrentSettings>()("mini-redis/Settings", { initial: defaults }) {}

/** Why settings are not taken, as a sentence. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", { message: Schema.String }) {
  override get [CliError.userMessage]() {
    return this.message
  }
}

/** What tells one state of a file from another: when it was written, and its size. */
export const versionOf = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map(({ mtime, size }) => `${Option.match(mtime, { onNone: () => 0, onSome: Number })} ${size}`),
    Effect.orElseSucceed(() => "missing")
  )
})

/** What a file says. */
export const readSettings = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fs.readFileString(path),
    (error) => new SettingsError({ message: `can't read the settings in ${path}: ${error.message}` })
  )
  return yield* Effect.mapError(
    Effect.fromResult(decodeFile(text)),
    // In one line, as the journal has it.
    (error) =>
      new SettingsError({ message: `can't use the settings in ${path}: ${error.message.replace(/\s*\n\s*/g, " ")}` })
  )
})

/**
 * Reads a file again when told to, and when it has changed: it is looked at every second. What cannot be used changes nothing.
 * `given` stands in the command line, and stands above the file. `version` is the one that was read last, taken before it
 * was read: what has changed since is seen.
 */
export const followFile = Effect.fnUntraced(function*<R>(
  path: string,
  version: string,
  given: Partial<Settings>,
  reload: Notify.Notify,
  report: (text: string) => Effect.Effect<void, never, R>
) {
  let known = version
  for (;;) {
    const told = yield* Effect.timeoutOption(Notify.notified(reload), "1 second")
    const now = yield* versionOf(path)
    if (now === known && Option.isNone(told)) continue
    known = now
    const result = yield* Effect.result(readSettings(path))
    if (Result.isFailure(result)) {
      yield* report(result.failure.message)
    } else {
      yield* CurrentSettings.sendReplace({ ...defaults, ...result.success, ...given })
      yield* report(`settings read from ${path}`)
    }
  }
})

/** What `CONFIG GET` answers: names and values. */
export const get = (settings: Settings, patterns: ReadonlyArray<string>): Array<string> => {
  const all = { ...fixed, ...settings }
  const wanted = patterns.map((pattern) => glob(pattern.toLowerCase()))
  return Object.entries(all).flatMap(([name, value]) =>
    wanted.some((matches) => matches(name)) ? [name, String(value)] : []
  )
}

/** What `CONFIG SET` makes of names and values, or why it does not. */
export const set = (settings: Settings, words: ReadonlyArray<string>): Result.Result<Settings, string> => {
  const given: Record<string, unknown> = {}
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i]!.toLowerCase()
    if (!(names as Array<string>).includes(name)) {
      return Result.fail(`Unknown option or number of arguments for CONFIG SET - '${name}'`)
    }
    if (name in given) {
      return Result.fail(`CONFIG SET failed (possibly related to argument '${name}') - duplicate parameter`)
    }
    given[name] = typeof defaults[name as keyof Settings] === "number" ? Number(words[i + 1]) : words[i + 1]
  }
  return decodeGiven(given).pipe(
    Result.map((decoded) => ({ ...settings, ...decoded })),
    Result.mapError((error) => `CONFIG SET failed - ${error.message}`)
  )
}
