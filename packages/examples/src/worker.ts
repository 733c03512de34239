/**
 * A worker that sleeps while there is nothing to do.
 *
 * Jobs come by callbacks, from something that knows nothing of Effect: a socket, an event emitter, here timers. They go
 * into a plain array, and a `Notify` service says that there is something in it. The worker takes what there is, and
 * sleeps when the array is empty. However many signals come while it works are remembered as one, so it looks once more
 * and sleeps again; none is lost, whenever it comes.
 */
import { Console, Effect } from "effect"
import { Notify } from "effect-sync"
import { Command, Flag } from "effect/cli"

/** Says that there is something in the inbox. */
export class Inbox extends Notify.Service<Inbox>()("worker/Inbox", {}) {}

export interface Job {
  readonly id: number
  readonly text: string
}

/** Where jobs come from. It calls back as it likes, until it is stopped. */
export interface Source {
  readonly start: (onJob: (job: Job) => void, onEnd: () => void) => () => void
}

export interface Outcome {
  /** The checksum of each job, by id. */
  readonly checksums: ReadonlyMap<number, string>
  readonly jobs: number
  readonly signals: number
  readonly wakeUps: number
}

/** Does all jobs of a source. */
export const work = Effect.fn("work")(function*(source: Source) {
  const inbox = yield* Inbox
  const waiting: Array<Job> = []
  const checksums = new Map<number, string>()
  const counts = { jobs: 0, signals: 0, wakeUps: 0 }
  const state = { ended: false }

  const signal = () => {
    counts.signals++
    Notify.notifyOneUnsafe(inbox)
  }
  // First the state changes, then comes the signal.
  const start = Effect.sync(() =>
    source.start((job) => {
      counts.jobs++
      waiting.push(job)
      signal()
    }, () => {
      state.ended = true
      signal()
    })
  )
  yield* Effect.acquireRelease(start, (stop) => Effect.sync(stop))

  const drain = Effect.gen(function*() {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      checksums.set(job.id, yield* checksum(job.text)) // meanwhile more may come
    }
  })
  yield* drain
  while (!state.ended) {
    yield* Inbox.notified
    counts.wakeUps++
    yield* drain
  }
  return { checksums, ...counts } satisfies Outcome
}, Effect.scoped)

/** SHA-256, computed elsewhere while this fiber waits. */
export const checksum = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (digest) => Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
  )

/** Timers that bring a burst of jobs each: 1, 2, 3 … of them, and then the end. */
export const bursts = (count: number, every: number): Source => ({
  start: (onJob, onEnd) => {
    let [burst, id] = [0, 0]
    const timer = setInterval(() => {
      if (burst === count) {
        clearInterval(timer)
        return onEnd()
      }
      burst++
      for (let i = 0; i < burst; i++, id++) onJob({ id, text: `job ${id}` })
    }, every)
    return () => clearInterval(timer)
  }
})

export const report = ({ checksums, jobs, signals, wakeUps }: Outcome): string =>
  [
    `jobs: ${checksums.size} of ${jobs} done`,
    `signals: ${signals}, one for each job and one for the end`,
    `wake-ups: ${wakeUps}, since signals that come while the worker works are remembered as one`
  ].join("\n")

export const workerCommand = Command.make("worker", {
  bursts: Flag.Int("bursts").pipe(
    Flag.withDescription("How many bursts of jobs come: one job, then two, then three …"),
    Flag.filter((n) => n > 0 && n <= 100, (n) => `Expected a number from 1 to 100, got ${n}`),
    Flag.withDefault(12)
  )
}, (options) => Effect.flatMap(work(bursts(options.bursts, 20)), (outcome) => Console.log(report(outcome)))).pipe(
  Command.withDescription(
    "Do jobs that callbacks put into an array. The worker sleeps while there are none; a Notify wakes it."
  ),
  Command.provide(Inbox.layer)
)
