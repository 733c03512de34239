/**
 * Writing to a client.
 */
import { Clock, Effect } from "effect"
import { Mutex } from "effect-sync"
import type { SocketError, Writer } from "effect/socket/Socket"
import type { Output } from "../wire/Output.ts"
import type { Session } from "./Session.ts"

/** Writes the replies that wait. */
export const flush = (session: Session): Effect.Effect<void, SocketError> =>
  Effect.suspend(() =>
    session.output.size === 0
      ? Effect.void
      : Mutex.withLock(session.outbox, (guard) => write(session, guard.getUnsafe(), session.output))
  )

/**
 * Writes all there is, one piece after the other, and waits in between until the client has read enough. Whoever calls has
 * the lock: the pieces of two replies must not mix.
 */
export const write = (session: Session, writer: Writer, output: Output): Effect.Effect<void, SocketError> =>
  Effect.suspend(() => {
    const pieces = output.take()
    if (pieces.length === 0) return Effect.void
    const wasWritten = Effect.sync(() => {
      session.writingSince = undefined
    })
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      session.writingSince = now
      return Effect.ensuring(
        pieces.length === 1
          ? writer.write(pieces[0]!)
          : Effect.forEach(pieces, (piece) => {
            session.writingSince = now
            return writer.write(piece)
          }, { discard: true }),
        wasWritten
      )
    })
  })
