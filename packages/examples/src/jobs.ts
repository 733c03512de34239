/**
 * A job pipeline in layers, which ends in good order.
 *
 * Jobs are brought by one component, done by a second, and their results printed by a third. All that connects them are
 * two channels, each declared as a service, and each with a consumer that drains it. On SIGTERM the application ends as
 * layers do, in the reverse order of their making: the source first, since it sends to the workers; then the workers,
 * once they have done all that was accepted; then the printer, once it has printed the last result. Nothing that was
 * accepted is lost, and no line of this says so.
 */
import { Console, Effect, Layer } from "effect"
import { Mpsc } from "effect-sync"
import { Command, Flag } from "effect/cli"

export interface Job {
  readonly id: number
}

export interface Result {
  readonly id: number
  readonly square: number
}

/** Accepted jobs. Eight may wait; whoever brings more waits too. */
export class Jobs extends Mpsc.Service<Jobs, Job>()("jobs/Jobs", { capacity: 8 }) {}

export class Results extends Mpsc.Service<Results, Result>()("jobs/Results", { capacity: 8 }) {}

/** Prints results, and at its end how many there were. */
export const printer = Layer.unwrap(Effect.gen(function*() {
  let printed = 0
  yield* Effect.addFinalizer(() => Console.log(`printed: ${printed}`))
  return Results.layerConsumer(({ id, square }) => {
    printed++
    return Console.log(`${id}² = ${square}`)
  })
}))

/** Does four jobs at a time, each of which takes a while. */
export const workers = (millis: number) =>
  Jobs.layerConsumer(
    ({ id }) => Effect.andThen(Effect.sleep(millis), Effect.orDie(Results.send({ id, square: id * id }))),
    { concurrency: 4, drainTimeout: "10 seconds" }
  )

/** Brings jobs as fast as they are taken, and says at its end how many were accepted. */
export const source = (limit: number) =>
  Layer.effectDiscard(Effect.gen(function*() {
    let accepted = 0
    yield* Effect.addFinalizer(() => Console.log(`accepted: ${accepted}`))
    const sender = yield* Jobs.sender
    const bring = Effect.gen(function*() {
      for (let id = 1; id <= limit; id++) {
        // An interrupted `send` has not sent, so only what was sent is counted.
        yield* Effect.map(Mpsc.send(sender, { id }), () => accepted++)
      }
    })
    yield* Effect.forkScoped(bring)
  }))

export const pipeline = (limit: number, millis: number) =>
  source(limit).pipe(Layer.provide(workers(millis)), Layer.provide(printer))

export const jobsCommand = Command.make("jobs", {
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("How many jobs come, if nobody stops it before"),
    Flag.filter((n) => n > 0, (n) => `Expected a number from 1, got ${n}`),
    Flag.withDefault(1_000_000)
  )
}, ({ limit }) => Effect.andThen(Console.log("running; press Ctrl-C"), Layer.launch(pipeline(limit, 20)))).pipe(
  Command.withDescription(
    "Three components with a channel between each two, as layers. SIGINT (Ctrl-C) or SIGTERM ends them in good order: what " +
      "was accepted is done and printed first."
  )
)
