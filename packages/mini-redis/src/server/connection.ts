/**
 * Serves one connection, from its first byte to its end.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { Cause, Clock, Effect, Exit, Option } from "effect"
import { CancellationToken, Mpsc, Mutex, Watch } from "effect-sync"
import type { SocketError } from "effect/socket/Socket"
import type { Socket } from "node:net"
import { failed } from "../wire/Reply.ts"
import { RequestDecoder } from "../wire/RequestDecoder.ts"
import { execute } from "./execute.ts"
import { say } from "./Journal.ts"
import { flush } from "./outbox.ts"
import { Session, Sessions } from "./Session.ts"
import { CurrentSettings } from "./Settings.ts"
import { Shutdown } from "./Shutdown.ts"

/** What is left of a connection. */
export interface Summary {
  readonly commands: number
}

/** So many bytes of replies are written before the next command is run. */
const MAX_OUTPUT = 256 * 1024
/** So many bytes are read from a client whose command waits. One who sends more is not seen leaving meanwhile. */
const MAX_READ_AHEAD = 1024 * 1024

/** Ends when the client leaves or misbehaves, or with the server. Its end is told by `ended`, which is held until then. */
export const serve = Effect.fnUntraced(function*(socket: Socket, ended: Mpsc.Sender<Summary>) {
  const sessions = yield* Sessions
  const token = yield* Shutdown.child
  const net = yield* NodeSocket.fromDuplex(Effect.succeed(socket))
  const { pull } = yield* net.reader
  sessions.received++
  const session = new Session({
    id: ++sessions.lastId,
    socket,
    token,
    outbox: yield* Mutex.make(yield* net.writer),
    scope: yield* Effect.scope,
    since: yield* Clock.currentTimeMillis
  })
  sessions.all.set(session.id, session)
  yield* Effect.addFinalizer((exit) =>
    Effect.gen(function*() {
      sessions.all.delete(session.id)
      yield* say(`connection ${session.id}: ${endingOf(session, exit)}, ${session.commands} commands`)
      yield* Effect.ignore(Mpsc.send(ended, { commands: session.commands }))
    })
  )
  yield* say(`connection ${session.id}: from ${socket.remoteAddress ?? "nowhere"}`)
  yield* talk(session, pull as Effect.Effect<ReadonlyArray<Uint8Array>, SocketError>)
})

const talk = Effect.fnUntraced(function*(
  session: Session,
  pull: Effect.Effect<ReadonlyArray<Uint8Array>, SocketError>
) {
  const clock = yield* Clock.Clock
  const settings = yield* CurrentSettings.Sender
  const decoder = new RequestDecoder(() => {
    const now = Watch.borrowUnsafe(settings)
    return { bulk: now["proto-max-bulk-len"], request: now["client-query-buffer-limit"] }
  })
  const { output, pending, token } = session

  const read = Effect.map(pull, (pieces) => {
    session.lastActive = clock.currentTimeMillisUnsafe()
    let bytes = 0
    for (const piece of pieces) {
      bytes += piece.length
      for (const request of decoder.push(piece)) pending.pushLast(request)
    }
    return bytes
  })
  const readAhead = Effect.gen(function*() {
    for (let bytes = 0; bytes < MAX_READ_AHEAD && decoder.error === undefined;) bytes += yield* read
    return yield* Effect.never
  })

  while (!session.isLeaving) {
    // Only the wait for the client ends with the token: what has come is run, and answered.
    if (Option.isNone(yield* CancellationToken.runUntilCancelled(token, read))) break
    for (let next = pending.popFirst(); next !== undefined && !session.isLeaving; next = pending.popFirst()) {
      if (/^(post|host:)$/i.test(next[0]!)) {
        session.ending = "speaks HTTP"
        yield* flush(session)
        yield* linger(session, pull)
        return
      }
      yield* execute(session, next, readAhead)
      if (output.size > MAX_OUTPUT) yield* flush(session)
    }
    if (decoder.error !== undefined && !session.isLeaving) {
      session.ending = decoder.error
      output.add(failed(`Protocol error: ${decoder.error}`))
      yield* flush(session)
      yield* linger(session, pull)
      return
    }
    yield* flush(session)
  }
})

/**
 * Says that nothing more comes, and reads what the client still sends. A socket closed with something unread in it takes
 * back what was written to it, and the client would not see the last answer, or the error.
 */
const linger = (session: Session, pull: Effect.Effect<unknown, SocketError>) =>
  Effect.andThen(
    Effect.sync(() => session.socket.end()),
    Effect.timeoutOption(Effect.ignore(Effect.forever(pull)), "1 second")
  )

/** Why it ended, for the journal. */
const endingOf = (session: Session, exit: Exit.Exit<unknown, unknown>): string => {
  if (session.ending !== undefined) return session.ending
  if (session.isLeaving) return "said goodbye"
  if (Exit.isSuccess(exit)) return "ended with the server"
  return Cause.hasDies(exit.cause) ? `died: ${Cause.pretty(exit.cause)}` : "left"
}
