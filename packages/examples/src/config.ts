/**
 * A configuration file that may change at any time, and what it says is the timeout of an operation which is running then.
 *
 * The `Watch` service has the latest value, and news of a change. When the file says another timeout, the time that the
 * operation has is set anew, counted from its start; the operation itself goes on undisturbed.
 */
import { Clock, Console, Effect, Fiber, FileSystem, Option, Path, Schema } from "effect"
import { Watch } from "effect-sync"
import { readFileSync, watch } from "node:fs"

/** The timeout in milliseconds. */
export class Timeout extends Watch.Service<Timeout>()("config/Timeout", {
  initial: 1000
}) {}

const File = Schema.fromJsonString(Schema.Struct({ timeoutMillis: Schema.Int }))

/** Follows the file until the scope ends. What can't be understood is passed over. */
const follow = Effect.fnUntraced(function*(file: string) {
  const sender = yield* Timeout.Sender
  const path = yield* Path.Path
  const reload = () => {
    const text = Option.liftThrowable(() => readFileSync(file, "utf8"))() // there may be none for a moment
    const read = Option.flatMap(text, Schema.decodeUnknownOption(File))
    const changed = (old: number) => Option.filter(Option.map(read, (it) => it.timeoutMillis), (it) => it !== old)
    Watch.sendIfModifiedUnsafe(sender, changed)
  }
  // The directory, since many editors put a new file in the place of the old one.
  const watching = Effect.sync(() => watch(path.dirname(file), reload))
  yield* Effect.acquireRelease(watching, (watcher) => Effect.sync(() => watcher.close()))
  yield* Effect.sync(reload)
})

/** Runs an operation for as long as the file allows, whatever it says by then. */
const withTimeout = Effect.fnUntraced(function*<A>(work: Effect.Effect<A>) {
  const receiver = yield* Timeout.subscribe
  const start = yield* Clock.currentTimeMillis
  const expire = Effect.gen(function*() {
    for (;;) {
      const end = start + (yield* Watch.borrowAndUpdate(receiver))
      const left = end - (yield* Clock.currentTimeMillis)
      const change = Effect.timeoutOption(Watch.ready(receiver), left)
      if (Option.isNone(yield* change)) return "timed out"
    }
  })
  return yield* Effect.raceFirst(work, expire)
}, Effect.scoped)

export const config = Effect.fn("config")(function*() {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  const write = (timeoutMillis: number) => fs.writeFileString(file, JSON.stringify({ timeoutMillis }))
  yield* write(500)
  yield* follow(file)
  for (const millis of [5000, 100]) {
    const running = yield* Effect.forkChild(withTimeout(Effect.as(Effect.sleep("800 millis"), "done")))
    yield* Console.log(`an operation of 800 ms has begun, which has ${yield* Timeout.get} ms`)
    yield* Effect.delay(write(millis), "50 millis")
    yield* Console.log(`the file says now: ${yield* fs.readFileString(file)}`)
    yield* Console.log(`the operation is ${yield* Fiber.join(running)}`)
  }
}, Effect.scoped)
