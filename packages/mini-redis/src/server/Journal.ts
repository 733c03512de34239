/**
 * What happens to the server, line by line. It is written in the background, and connections do not wait for that. `layerConsumer` sees that all of it is written before the server ends.
 */
import { Clock, Console, DateTime, Effect, Schema } from "effect"
import { Mpsc } from "effect-sync"

export const Entry = Schema.Struct({ at: Schema.Finite, text: Schema.String })

export class Journal extends Mpsc.Service<Journal>()("mini-redis/Journal", { capacity: 1024, message: Entry }) {}

/** Says something of the server itself, which never goes unsaid: where the writing has fallen behind, this waits. */
export const announce = (text: string) =>
  Clock.currentTimeMillis.pipe(
    Effect.flatMap((at) => Journal.send({ at, text })),
    Effect.ignore
  )

/** Says something of a connection, and never waits. Where the writing falls behind by a thousand lines, it goes unsaid. */
export const say = (text: string) =>
  Clock.currentTimeMillis.pipe(
    Effect.flatMap((at) => Journal.trySend({ at, text })),
    Effect.ignore
  )

/** Writes to the console. */
export const toConsole = Journal.layerConsumer(
  ({ at, text }) => Console.log(`${DateTime.formatIso(DateTime.makeUnsafe(at))} ${text}`),
  { drainTimeout: "5 seconds" }
)
