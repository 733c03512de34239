/**
 * Results of a series of computations, streamed while they are computed.
 *
 * Each computation has a sender of its own and sends what it finds as it finds it. Nobody counts them: when the last
 * sender is gone, the stream ends. The channel is short, so computations run no further ahead than the reader reads.
 */
import { Console, Effect, Stream } from "effect"
import { Mpsc } from "effect-sync"
import { Command } from "effect/cli"

export interface Found {
  readonly start: number
  /** How many steps it takes until it is 1. */
  readonly steps: number
}

/** Halve what is even, take odd ones times three and add one: how many steps until 1? */
export const steps = (start: number): number => {
  let [n, count] = [start, 0]
  for (; n !== 1; count++) n = n % 2 === 0 ? n / 2 : 3 * n + 1
  return count
}

/** The results of all numbers up to a limit, from several fibers at once, as they come. */
export const series = (limit: number, fibers: number): Stream.Stream<Found> =>
  Stream.unwrap(Effect.gen(function*() {
    const [sender, receiver] = yield* Mpsc.bounded<Found>(16, { name: "series" })
    for (let fiber = 1; fiber <= fibers; fiber++) {
      const own = yield* Mpsc.clone(sender)
      yield* Effect.forkScoped(Effect.gen(function*() {
        for (let start = fiber; start <= limit; start += fibers) {
          yield* Mpsc.send(own, { start, steps: steps(start) })
        }
        yield* Mpsc.drop(own)
      }))
    }
    yield* Mpsc.drop(sender) // from here on only the computations can send
    return Mpsc.stream(receiver)
  }))

export const seriesCommand = Command.make("series", {}, () =>
  Effect.gen(function*() {
    let longest: Found = { start: 1, steps: 0 }
    const results = yield* Stream.runFold(series(10_000, 4), () => 0, (count, found) => {
      if (found.steps > longest.steps) longest = found
      return count + 1
    })
    yield* Console.log(
      `${results} results; the longest way to 1 is that of ${longest.start}, in ${longest.steps} steps`
    )
  })).pipe(Command.withDescription("Four fibers compute, and stream what they find through one channel."))
