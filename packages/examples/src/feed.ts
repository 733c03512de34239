/**
 * A feed with two readers, one of them slow: how much memory this process uses, measured again and again.
 *
 * The `Broadcast` service gives each of them every measurement and keeps four for who is behind. The meter waits for
 * neither. Who falls behind by more is told how many it has missed, goes on with the oldest kept, and the other does not notice.
 */
import { Console, Effect, Fiber, Result, Stream } from "effect"
import { Broadcast } from "effect-sync"

/** What was measured, in bytes, and room for four. */
export class Feed extends Broadcast.Service<Feed, number>()("feed/Feed", {
  capacity: 4
}) {}

/** Measures so many times, and ends the feed. */
const meter = Effect.fnUntraced(function*(times: number) {
  for (let i = 0; i < times; i++) {
    yield* Feed.send(process.memoryUsage.rss())
    yield* Effect.sleep("5 millis")
  }
  yield* Feed.drop
})

/** Reads until the feed ends, and needs so many ms for each. */
const reader = Effect.fnUntraced(function*(name: string, pause: number) {
  let [read, missed] = [0, 0]
  const take = (reading: Result.Result<number, Broadcast.Lagged>) => {
    if (Result.isSuccess(reading)) read++
    else missed += reading.failure.skipped
    return Effect.sleep(pause)
  }
  const receiver = yield* Feed.subscribe
  const readings = Broadcast.stream(receiver, { onLag: "emit" })
  yield* Stream.runForEach(readings, take)
  yield* Console.log(`${name}: ${read} read, ${missed} missed`)
}, Effect.scoped)

export const feed = Effect.fn("feed")(function*(times: number) {
  // They subscribe before the first is sent, so that nobody misses the beginning.
  const quick = yield* Effect.forkChild(reader("the recorder", 0), { startImmediately: true })
  const slow = yield* Effect.forkChild(reader("the display", 20), { startImmediately: true })
  yield* meter(times)
  yield* Console.log(`${times} measurements were sent, and there is nobody to wait for`)
  yield* Fiber.joinAll([quick, slow])
})
