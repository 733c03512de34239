/**
 * The databases, and how commands get at them: one lock over all, many readers or one writer at a time.
 *
 * Most commands are over in one step, and no lock would be needed for them. It is needed for those that give way in between:
 * `KEYS` looks at a million keys while other connections are served, and sees them as they were when it began; and
 * nobody sees an `EXEC` of ten thousand commands half done.
 */
import { Clock, Context, Effect, Exit, Layer, Option, Result } from "effect"
import { Notify, Oneshot, RwLock, Watch } from "effect-sync"
import type { Call, DataCommand } from "../commands/Command.ts"
import { begin, isGenerator } from "../commands/dataCommands.ts"
import { secondsOf } from "../commands/lists.ts"
import { KeySpace } from "../data/KeySpace.ts"
import { NULL_ARRAY, type Reply } from "../wire/Reply.ts"
import type { Request } from "../wire/RequestDecoder.ts"
import { CurrentSettings } from "./Settings.ts"
import { giveBack, type Taken, type Waiter, Waiters } from "./Waiters.ts"

export const DATABASES = 16

/** The databases are mutable, so each build of the layer makes its own. */
export class Databases extends RwLock.Service<Databases>()("mini-redis/Databases", {
  initial: Effect.sync((): ReadonlyArray<KeySpace> => Array.from({ length: DATABASES }, () => new KeySpace()))
}) {}

/** Says that a key expires earlier than was known. */
export class ExpiresEarlier extends Notify.Service<ExpiresEarlier>()("mini-redis/ExpiresEarlier", {}) {}

/** So many expired keys are removed, or commands of a transaction done, before others may do something. */
const SLICE = 1000
const TRANSACTION_SLICE = 64

/** No timer of Node's can be longer than this, in ms. */
const LONGEST_SLEEP = 2 ** 31 - 1

/** A step of a transaction. */
export type Step<R> =
  | { readonly data: DataCommand; readonly words: Request }
  | { readonly effect: Effect.Effect<Reply, never, R> }

const make = Effect.gen(function*() {
  const lock = yield* Databases
  const expiresEarlier = yield* ExpiresEarlier
  const settings = yield* CurrentSettings.Sender
  const clock = yield* Clock.Clock
  const waiters = new Waiters()
  /** When the fiber that removes what expired wakes up by itself. */
  let wakesAt = Infinity

  const now = () => clock.currentTimeMillisUnsafe()

  const callOf = (databases: ReadonlyArray<KeySpace>, database: number, words: Request): Call => ({
    words,
    databases,
    keys: databases[database]!,
    now: now(),
    maxString: Watch.borrowUnsafe(settings)["proto-max-bulk-len"]
  })

  /** What follows from a change, while it is still locked. */
  const settle = (keys: KeySpace) => {
    if (keys.pushed.size > 0) waiters.serve(keys, now())
    const next = keys.nextDeadline
    if (next < wakesAt) {
      wakesAt = next
      Notify.notifyOneUnsafe(expiresEarlier)
    }
  }

  const toTheEnd = (result: Reply | Generator<void, Reply>): Effect.Effect<Reply> =>
    isGenerator(result) ? slices(result) : Effect.succeed(result)

  const slices = Effect.fnUntraced(function*(steps: Generator<void, Reply>) {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      yield* Effect.yieldNow
    }
  })

  const run = (database: number, command: DataCommand, words: Request): Effect.Effect<Reply> =>
    command.isWrite
      ? RwLock.withWrite(lock, (guard) => {
        const call = callOf(guard.getUnsafe(), database, words)
        const result = toTheEnd(begin(command, call))
        settle(call.keys)
        return result
      })
      : RwLock.withRead(lock, (databases) => toTheEnd(begin(command, callOf(databases, database, words))))

  /** All steps, and nobody sees the half of them. Once begun it is finished, whatever happens to the client. */
  const transaction = <R>(
    steps: ReadonlyArray<Step<R>>,
    database: () => number
  ): Effect.Effect<ReadonlyArray<Reply>, never, R> =>
    RwLock.withWrite(lock, (guard) =>
      Effect.uninterruptible(Effect.gen(function*() {
        const databases = guard.getUnsafe()
        const replies: Array<Reply> = []
        for (const [i, step] of steps.entries()) {
          if (i > 0 && i % TRANSACTION_SLICE === 0) yield* Effect.yieldNow
          replies.push(
            "effect" in step
              ? yield* step.effect
              : yield* toTheEnd(begin(step.data, callOf(databases, database(), step.words)))
          )
        }
        for (const keys of databases) settle(keys)
        return replies
      })))

  /** `BLPOP` and its like: takes an item or waits for one, for as long as the last word says. */
  const take = (database: number, command: DataCommand, words: Request): Effect.Effect<Reply> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(
        RwLock.withWrite(lock, (guard) =>
          Effect.sync(() => takeOrWait(callOf(guard.getUnsafe(), database, words), command))),
        (result) =>
          "reply" in result ? Effect.succeed(result.reply) : wait(result.waiter, result.receiver, result.ms, restore)
      )
    )

  const takeOrWait = (call: Call, command: DataCommand) => {
    const reply = begin(command, call) as Reply
    if (reply !== NULL_ARRAY) return { reply }
    const [sender, receiver] = Oneshot.makeUnsafe<Taken>()
    const end = command.name === "blpop" ? "popFirst" : "popLast"
    const waiter: Waiter = { keys: call.keys, names: call.words.slice(1, -1), end, sender }
    waiters.add(waiter)
    return { waiter, receiver, ms: Math.ceil(secondsOf(call.words.at(-1)!) * 1000) }
  }

  const wait = Effect.fnUntraced(function*(
    waiter: Waiter,
    receiver: Oneshot.Receiver<Taken>,
    ms: number,
    restore: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>
  ) {
    const received = Effect.orDie(Oneshot.recv(receiver))
    const exit = yield* Effect.exit(
      restore(ms === 0 ? Effect.asSome(received) : Effect.timeoutOption(received, Math.min(ms, LONGEST_SLEEP)))
    )
    if (Exit.isSuccess(exit) && Option.isSome(exit.value)) return exit.value.value as Reply
    // Nothing came, or nobody is there to take it. It may still have come just now.
    waiters.remove(waiter)
    Oneshot.closeUnsafe(receiver)
    const late = Oneshot.tryRecvUnsafe(receiver)
    if (Exit.isSuccess(exit)) return Result.isSuccess(late) ? late.success : NULL_ARRAY
    if (Result.isSuccess(late)) {
      yield* RwLock.withWrite(lock, () =>
        Effect.sync(() => {
          giveBack(waiter, late.success, now())
          settle(waiter.keys)
        }))
    }
    return yield* Effect.failCause(exit.cause)
  })

  /** Removes keys when their time has come, and sleeps in between. */
  const expire = Effect.gen(function*() {
    for (;;) {
      const hasMore = yield* RwLock.withWrite(lock, (guard) =>
        Effect.sync(() => {
          const all = guard.getUnsafe()
          const hasMore = all.map((keys) => keys.purge(now(), SLICE)).includes(true)
          // Who sets an earlier deadline from now on sees that it is one, and notifies.
          wakesAt = Math.min(...all.map((keys) => keys.nextDeadline))
          return hasMore
        }))
      if (hasMore) yield* Effect.yieldNow
      else if (wakesAt === Infinity) yield* Notify.notified(expiresEarlier)
      else {
        const sleep = Math.min(Math.max(0, wakesAt - now()), LONGEST_SLEEP)
        yield* Effect.raceFirst(Notify.notified(expiresEarlier), Effect.sleep(sleep))
      }
    }
  })

  return {
    run,
    transaction,
    take,
    expire,
    /** Without the lock: for numbers that may be of two moments. */
    databasesUnsafe: () => RwLock.getUnsafe(lock),
    waiting: () => waiters.size
  }
})

export class Store extends Context.Service<Store, Effect.Success<typeof make>>()("mini-redis/Store") {
  static readonly layer = Layer.provide(Layer.effect(Store, make), [Databases.layer, ExpiresEarlier.layer])
}
