/**
 * Lines come by callbacks, faster than a disk takes them one by one. They go into an array, and a fiber writes whatever
 * has come, many lines in one go, and sleeps when there is nothing: a log with group commit.
 *
 * The `Notify` service wakes it. However many notifications come while it writes are remembered as one, so it looks once
 * more and sleeps again; none is lost, whenever it comes.
 */
import { Console, Effect, FileSystem } from "effect"
import { Notify } from "effect-sync"

/** Says that there is something in the outbox. */
export class Outbox extends Notify.Service<Outbox>()("outbox/Outbox", {}) {}

type Lines = Array<string>

/** Writes what is there, until the last line is. Gives how many writes it took. */
const write = Effect.fnUntraced(function*(file: string, lines: Lines) {
  const fs = yield* FileSystem.FileSystem
  for (let writes = 1;; writes++) {
    yield* Outbox.notified // sleeps if nothing has come since
    const batch = lines.splice(0)
    yield* fs.writeFileString(file, batch.join(""), { flag: "a" })
    if (batch.at(-1) === "end\n") return writes
  }
})

/** Calls back with bursts of 1, 2, 3 … lines and a last one, and knows nothing of Effect. */
const source = (bursts: number, onLine: (line: string) => void) => {
  let burst = 0
  const timer = setInterval(() => {
    if (++burst > bursts) {
      clearInterval(timer)
      return onLine("end\n")
    }
    for (let i = 1; i <= burst; i++) onLine(`burst ${burst}, line ${i}\n`)
  }, 20)
  return () => clearInterval(timer)
}

export const outbox = Effect.fn("outbox")(function*(bursts: number) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  const notify = yield* Outbox
  const lines: Lines = []
  const start = Effect.sync(() =>
    source(bursts, (line) => {
      lines.push(line)
      Notify.notifyOneUnsafe(notify) // from a callback, outside of any fiber
    })
  )
  yield* Effect.acquireRelease(start, (stop) => Effect.sync(stop))
  const writes = yield* write(file, lines)
  const written = (yield* fs.readFileString(file)).trimEnd().split("\n")
  yield* Console.log(`${written.length} lines came; ${writes} writes brought them to the file`)
  yield* Console.log(`from "${written[0]}" to "${written.at(-2)}" and "${written.at(-1)}"`)
}, Effect.scoped)
