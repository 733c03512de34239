/**
 * A configuration that changes while the program runs.
 *
 * A file on disk is watched, and what it says is sent to a `Watch`: whoever needs it has the latest, and learns of a
 * change. Here that is the timeout of an operation which is running: when the file says another, the time the operation
 * has is set anew, counted from its start, and the operation itself goes on undisturbed. A file that can't be understood is
 * reported, and the last good configuration stays.
 */
import { Cause, Clock, Console, Data, Effect, Fiber, FileSystem, Option, Path, Schema } from "effect"
import { Notify, Watch } from "effect-sync"
import { Command } from "effect/cli"
import { watch } from "node:fs"

/** What the file says. */
export const File = Schema.fromJsonString(Schema.Struct({ timeoutMillis: Schema.Int.check(Schema.isGreaterThan(0)) }))

/** The last good configuration, and what is wrong with the file if it has been spoilt since. */
export interface State {
  readonly timeoutMillis: number
  readonly problem: string | undefined
}

export class Settings extends Watch.Service<Settings, State>()("config/Settings", {
  initial: { timeoutMillis: 30_000, problem: undefined }
}) {}

// ---- from the file into the channel ----------------------------------------------------------------------------------

/** Reads the file, and tells those who watch, if there is anything to tell. */
const reload = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const read = Effect.flatMap(fs.readFileString(file), Schema.decodeEffect(File))
  yield* read.pipe(
    Effect.flatMap(({ timeoutMillis }) => tell(() => ({ timeoutMillis, problem: undefined }))),
    Effect.catch(({ message }) => tell(({ timeoutMillis }) => ({ timeoutMillis, problem: message.split("\n")[0] })))
  )
})

const tell = (next: (state: State) => State) =>
  Settings.sendIfModified((state) => {
    const { problem, timeoutMillis } = next(state)
    return timeoutMillis === state.timeoutMillis && problem === state.problem
      ? Option.none()
      : Option.some({ timeoutMillis, problem })
  })

/** Follows a file until the scope ends. What it says when this returns is in the channel. */
export const follow = Effect.fnUntraced(function*(file: string) {
  const path = yield* Path.Path
  const touched = yield* Notify.make({ name: "touched" })
  // The directory, since many editors put a new file in the place of the old one. Watched before the file is read for the
  // first time, or a change in between would be missed; however many there are while it is read, one notification is kept.
  yield* Effect.acquireRelease(
    Effect.sync(() => watch(path.dirname(file), () => Notify.notifyOneUnsafe(touched))),
    (watcher) => Effect.sync(() => watcher.close())
  )
  yield* reload(file)
  // A file that is written in place is empty for a moment.
  const again = Effect.andThen(Effect.sleep("20 millis"), reload(file))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Notify.notified(touched), again)))
})

// ---- from the channel into an operation ------------------------------------------------------------------------------

/** The operation has not ended in the time it had. */
export class TimedOut extends Data.TaggedError("TimedOut")<{ readonly timeoutMillis: number }> {}

/**
 * Runs an operation for as long as the configuration allows. When that changes, only the clock is set anew.
 */
export const withTimeout = <A, E, R>(operation: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.gen(function*() {
    const receiver = yield* Settings.subscribe
    const start = yield* Clock.currentTimeMillis
    const expire: Effect.Effect<never, TimedOut> = Effect.gen(function*() {
      const { timeoutMillis } = yield* Watch.borrowAndUpdate(receiver)
      const left = start + timeoutMillis - (yield* Clock.currentTimeMillis)
      if (left <= 0) return yield* new TimedOut({ timeoutMillis })
      // `ready`, not `changed`: a change that comes as the time is up is not used up by the side that loses.
      const change = Effect.catchIf(Watch.ready(receiver), Cause.isDone, () => Effect.never)
      yield* Effect.raceFirst(Effect.sleep(left), change)
      return yield* expire
    })
    return yield* Effect.raceFirst(operation, expire)
  }))

// ---- to be seen ------------------------------------------------------------------------------------------------------

const says = ({ problem, timeoutMillis }: State): string =>
  problem === undefined
    ? `an operation has ${timeoutMillis} ms`
    : `the file is bad, an operation still has ${timeoutMillis} ms: ${problem}`

/** Edits the file while an operation runs, and says what comes of it. */
export const config = Effect.fn("config")(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const receiver = yield* Settings.subscribe
  const seen = (predicate: (state: State) => boolean) =>
    Effect.tap(Watch.waitFor(receiver, predicate), (state) => Console.log(says(state)))
  const edit = (text: string, predicate: (state: State) => boolean) =>
    Effect.andThen(fs.writeFileString(file, text), seen(predicate))

  yield* fs.writeFileString(file, JSON.stringify({ timeoutMillis: 1_000 }))
  yield* follow(file)
  yield* seen((state) => state.timeoutMillis === 1_000)

  let starts = 0
  let finish = () => {}
  const operation = Effect.callback<string>((resume) => {
    starts++
    finish = () => resume(Effect.succeed("done"))
  })
  const running = yield* Effect.forkChild(withTimeout(operation), { startImmediately: true })
  yield* Console.log("an operation has begun")
  yield* edit(JSON.stringify({ timeoutMillis: 60_000 }), (state) => state.timeoutMillis === 60_000)
  yield* edit("{ timeoutMillis: \"a minute\"", (state) => state.problem !== undefined)
  yield* Effect.sleep("1 second") // longer than it had at first
  finish()
  yield* Console.log(`it is ${yield* Fiber.join(running)}, begun ${starts} time`)

  const late = yield* Effect.forkChild(withTimeout(operation), { startImmediately: true })
  yield* Console.log("another has begun")
  yield* edit(JSON.stringify({ timeoutMillis: 1 }), (state) => state.timeoutMillis === 1)
  const { timeoutMillis } = yield* Effect.flip(Fiber.join(late))
  yield* Console.log(`it is over after ${timeoutMillis} ms`)
}, Effect.scoped)

export const configCommand = Command.make("config", {}, () =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* config(path.join(yield* fs.makeTempDirectoryScoped(), "config.json"))
  })).pipe(Effect.provide(Settings.layer))).pipe(
    Command.withDescription(
      "Watches a configuration file (a temporary one, which it edits itself) and gives a running operation more time, or " +
        "less, as the file says, without beginning it anew."
    )
  )
