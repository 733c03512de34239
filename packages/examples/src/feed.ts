/**
 * A feed of measurements with two readers, one of them slow.
 *
 * A sensor sends a reading every few milliseconds, whether anybody keeps up or not. The recorder takes each as it comes.
 * The display needs longer to draw one than the next takes to come: it falls behind, and where it has fallen behind by
 * more than the channel keeps, it is told how many readings it missed, and goes on with the oldest one kept. The sensor
 * waits for neither, and the recorder does not notice.
 */
import { Console, Duration, Effect, Fiber, Result, Stream } from "effect"
import { Broadcast } from "effect-sync"
import { Command, Flag } from "effect/cli"

/** So many readings are kept for who is behind. */
const KEPT = 4

export interface Reading {
  readonly number: number
  readonly celsius: number
}

/** The sensor sends to it, and whoever wants to know subscribes. */
export class Feed extends Broadcast.Service<Feed, Reading>()("feed/Feed", { capacity: KEPT }) {}

export interface Options {
  readonly readings: number
  /** From one reading to the next. */
  readonly every: Duration.Duration
  /** What the display takes to draw one. */
  readonly drawing: Duration.Duration
}

/** What a reader got: the numbers of the readings, and how many it missed at a time. */
export interface Log {
  readonly read: ReadonlyArray<number>
  readonly missed: ReadonlyArray<number>
}

/** Sends the readings, and closes the feed after the last. */
const sensor = Effect.fnUntraced(function*({ every, readings }: Options) {
  for (let number = 1; number <= readings; number++) {
    yield* Effect.sleep(every)
    yield* Feed.send({ number, celsius: 20 + Math.round(50 * Math.sin(number / 3)) / 10 })
  }
  yield* Feed.drop
})

/** Reads until the feed is closed. What there still is by then is read, too. */
const reader = Effect.fnUntraced(function*(
  receiver: Broadcast.Receiver<Reading>,
  handle: (reading: Reading) => Effect.Effect<void>
) {
  const read: Array<number> = []
  const missed: Array<number> = []
  yield* Stream.runForEach(Broadcast.stream(receiver, { onLag: "emit" }), (next) => {
    if (Result.isFailure(next)) {
      missed.push(next.failure.skipped)
      return Effect.void
    }
    read.push(next.success.number)
    return handle(next.success)
  })
  return { read, missed } satisfies Log
})

/** Runs sensor and readers to the end, and gives what the readers got. */
export const feed = Effect.fn("feed")(function*(options: Options) {
  let sum = 0
  // Subscribed before the first reading is sent: nobody misses the beginning.
  const [toRecorder, toDisplay] = [yield* Feed.subscribe, yield* Feed.subscribe]
  const recorder = yield* Effect.forkChild(
    reader(toRecorder, ({ celsius }) => Effect.sync(() => void (sum += celsius)))
  )
  const display = yield* Effect.forkChild(reader(toDisplay, () => Effect.sleep(options.drawing)))
  yield* sensor(options)
  const [recorded, displayed] = [yield* Fiber.join(recorder), yield* Fiber.join(display)]
  return { recorded, displayed, mean: sum / recorded.read.length, readings: options.readings }
}, Effect.scoped)

const total = (counts: ReadonlyArray<number>): number => counts.reduce((sum, n) => sum + n, 0)

export const report = ({ displayed, mean, readings, recorded }: Effect.Success<ReturnType<typeof feed>>): string =>
  [
    `sensor: ${readings} readings sent, of which ${KEPT} are kept for who is behind`,
    `recorder: ${recorded.read.length} read, ${total(recorded.missed)} missed, mean ${mean.toFixed(1)} °C`,
    `display: ${displayed.read.length} drawn, ${total(displayed.missed)} missed` +
    (displayed.missed.length === 0 ? "" : `, told ${displayed.missed.length} times: ${displayed.missed.join(", ")}`)
  ].join("\n")

export const feedCommand = Command.make("feed", {
  readings: Flag.Int("readings").pipe(
    Flag.withDescription("How many readings the sensor sends."),
    Flag.filter((n) => n > 0 && n <= 1_000, (n) => `Expected a number from 1 to 1000, got ${n}`),
    Flag.withDefault(40)
  )
}, ({ readings }) =>
  Effect.flatMap(
    feed({ readings, every: Duration.millis(10), drawing: Duration.millis(35) }),
    (outcome) => Console.log(report(outcome))
  )).pipe(
    Command.withDescription("A Broadcast to two readers: the slow one is told how many readings it missed."),
    Command.provide(Feed.layer)
  )
