/**
 * One command of one connection, from its words to its reply.
 */
import { Effect, Option } from "effect"
import { CancellationToken } from "effect-sync"
import type { SocketError } from "effect/socket/Socket"
import type { DataCommand } from "../commands/Command.ts"
import { dataCommands, hasArity } from "../commands/dataCommands.ts"
import { descriptions } from "../commands/descriptions.ts"
import { ErrorReply, failed, OK, QUEUED, type Reply, wrongArguments } from "../wire/Reply.ts"
import type { Request } from "../wire/RequestDecoder.ts"
import { flush } from "./outbox.ts"
import { serverCommands } from "./serverCommands.ts"
import { type Session, Sessions } from "./Session.ts"
import { Store } from "./Store.ts"
import { subscribe, unsubscribe } from "./subscriptions.ts"

/** What a client may do that has subscriptions and speaks RESP2, where it could not tell replies from messages. */
const whileSubscribed = new Set(["subscribe", "psubscribe", "unsubscribe", "punsubscribe", "ping", "quit"])

/** What is done at once in a transaction, and not queued. */
const atOnce = new Set(["multi", "exec", "discard", "quit"])

/**
 * Runs a command, and adds its reply to the output. `readAhead` reads what the client sends meanwhile, and fails when it
 * leaves: a command that waits would not see it otherwise.
 */
export const execute = Effect.fnUntraced(function*(
  session: Session,
  words: Request,
  readAhead: Effect.Effect<never, SocketError>
) {
  const sessions = yield* Sessions
  const name = words[0]!.toLowerCase()
  sessions.commands++
  session.commands++
  session.lastCommand = name.slice(0, 128)
  const { output, transaction } = session

  const refusal = refusalOf(session, name, words)
  if (refusal !== undefined) {
    if (transaction !== undefined) transaction.isRefused = true
    return output.add(refusal)
  }
  if (transaction !== undefined && !atOnce.has(name)) {
    transaction.queue.push(words)
    return output.add(QUEUED)
  }
  const data = dataCommands.get(name)
  if (data !== undefined) {
    const store = yield* Store
    return output.add(
      data.flags.includes("blocking")
        ? yield* waiting(session, data, words, readAhead)
        : yield* store.run(session.database, data, words)
    )
  }
  const server = serverCommands.get(name)
  if (server !== undefined) return output.add(yield* server(session, words))
  switch (name) {
    case "subscribe":
      return yield* subscribe(session, "channel", words.slice(1))
    case "psubscribe":
      return yield* subscribe(session, "pattern", words.slice(1))
    case "unsubscribe":
      return yield* unsubscribe(session, "channel", words.slice(1))
    case "punsubscribe":
      return yield* unsubscribe(session, "pattern", words.slice(1))
    case "multi":
      if (transaction !== undefined) return output.add(failed("MULTI calls can not be nested"))
      session.transaction = { queue: [], isRefused: false }
      return output.add(OK)
    case "discard":
      session.transaction = undefined
      return output.add(transaction === undefined ? failed("DISCARD without MULTI") : OK)
    default:
      return output.add(yield* exec(session))
  }
})

const refusalOf = (session: Session, name: string, words: Request): Reply | undefined => {
  const description = descriptions.get(name)
  if (description === undefined) {
    const begin = words.slice(1).map((word) => `'${word.slice(0, 128)}' `).join("").slice(0, 128)
    return failed(`unknown command '${words[0]!.slice(0, 128)}', with args beginning with: ${begin}`)
  }
  if (!hasArity(description.arity, words.length)) return wrongArguments(name)
  if (session.isSubscribed && session.output.protocol === 2 && !whileSubscribed.has(name)) {
    return failed(
      `Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
    )
  }
  if (session.transaction !== undefined && name.endsWith("subscribe")) {
    return failed("Command not allowed inside a transaction")
  }
  return undefined
}

/** `BLPOP`: while it waits, the client may leave, and the server may end. */
const waiting = Effect.fnUntraced(function*(
  session: Session,
  command: DataCommand,
  words: Request,
  readAhead: Effect.Effect<never, SocketError>
) {
  const store = yield* Store
  yield* flush(session)
  session.isWaiting = true
  const reply = yield* store.take(session.database, command, words).pipe(
    Effect.raceFirst(readAhead),
    (effect) => CancellationToken.runUntilCancelled(session.token, effect),
    Effect.ensuring(Effect.sync(() => {
      session.isWaiting = false
    }))
  )
  return Option.getOrElse(reply, (): Reply => new ErrorReply("UNBLOCKED the server is shutting down"))
})

const exec = Effect.fnUntraced(function*(session: Session) {
  const { transaction } = session
  session.transaction = undefined
  if (transaction === undefined) return failed("EXEC without MULTI")
  if (transaction.isRefused) return new ErrorReply("EXECABORT Transaction discarded because of previous errors.")
  const store = yield* Store
  const steps = transaction.queue.map((words) => {
    const name = words[0]!.toLowerCase()
    const data = dataCommands.get(name)
    return data === undefined ? { effect: serverCommands.get(name)!(session, words) } : { data, words }
  })
  return yield* store.transaction(steps, () => session.database)
})
