/**
 * The subscriptions of one connection.
 *
 * Each has a receiver, and a fiber that waits until there is something in it. Whichever fiber wakes first then writes what
 * there is for *all* subscriptions of the connection, in the order it was published: messages of two channels do not
 * overtake each other, and a burst is one write.
 *
 * Whoever subscribes or unsubscribes has the lock of the outbox meanwhile. So no message comes before the answer that says
 * the subscription has begun, and none after the one that says it has ended.
 */
import { Effect, Fiber, Result } from "effect"
import { Broadcast, Handle, Mutex, Watch } from "effect-sync"
import { Output } from "../wire/Output.ts"
import { Push } from "../wire/Reply.ts"
import { flush, write } from "./outbox.ts"
import { type Kind, type Message, PubSub } from "./PubSub.ts"
import type { Session } from "./Session.ts"
import { CurrentSettings } from "./Settings.ts"

/** The channel on which a subscriber is told what it has missed, if that is the policy. Nobody has to subscribe to it. */
export const LAGGED_CHANNEL = "__lagged__"

const keyOf = (kind: Kind, name: string): string => `${kind} ${name}`

const verbs = { channel: ["subscribe", "unsubscribe"], pattern: ["psubscribe", "punsubscribe"] } as const

/** An output that is not that of the replies, which is somebody else's to write. */
const outputFor = (session: Session): Output => {
  const output = new Output()
  output.protocol = session.output.protocol
  return output
}

/** Subscribes, and answers for each name. */
export const subscribe = Effect.fnUntraced(function*(session: Session, kind: Kind, names: ReadonlyArray<string>) {
  const pubSub = yield* PubSub
  yield* flush(session)
  yield* Mutex.withLock(session.outbox, (guard) =>
    Effect.gen(function*() {
      const output = outputFor(session)
      for (const name of names) {
        if (!session.subscriptions.has(keyOf(kind, name))) yield* begin(session, pubSub, kind, name)
        output.add(new Push([verbs[kind][0], name, session.subscriptions.size]))
      }
      yield* write(session, guard.getUnsafe(), output)
    }))
})

/** Unsubscribes, from all if there are no names, and answers for each. */
export const unsubscribe = Effect.fnUntraced(function*(session: Session, kind: Kind, names: ReadonlyArray<string>) {
  const settings = yield* CurrentSettings.Sender
  yield* flush(session)
  yield* Mutex.withLock(session.outbox, (guard) =>
    Effect.gen(function*() {
      const output = outputFor(session)
      drain(session, output, Watch.borrowUnsafe(settings)["pubsub-lag"])
      const all = [...session.subscriptions.values()].filter((one) => one.kind === kind).map(({ name }) => name)
      const ending = names.length > 0 ? names : all
      for (const name of ending) {
        const subscription = session.subscriptions.get(keyOf(kind, name))
        session.subscriptions.delete(keyOf(kind, name))
        if (subscription !== undefined) yield* Fiber.interrupt(subscription.fiber)
        output.add(new Push([verbs[kind][1], name, session.subscriptions.size]))
      }
      if (ending.length === 0) output.add(new Push([verbs[kind][1], null, session.subscriptions.size]))
      yield* write(session, guard.getUnsafe(), output)
    }))
})

/** The receiver is there when this returns; what is published from now on arrives. */
const begin = Effect.fnUntraced(function*(
  session: Session,
  pubSub: PubSub["Service"],
  kind: Kind,
  name: string
) {
  let receiver: Broadcast.Receiver<Message>
  const fiber = yield* Handle.forkWith(
    Effect.map(pubSub.subscribe(kind, name), (acquired) => (receiver = acquired)),
    (receiver) => deliver(session, receiver),
    { in: session.scope }
  )
  session.subscriptions.set(keyOf(kind, name), { kind, name, receiver: receiver!, fiber })
})

/** Ends with the subscription, or when the connection can't be written to. */
const deliver = Effect.fnUntraced(function*(session: Session, receiver: Broadcast.Receiver<Message>) {
  const settings = yield* CurrentSettings.Sender
  for (;;) {
    yield* Broadcast.ready(receiver)
    yield* Mutex.withLock(session.outbox, (guard) =>
      Effect.suspend(() => {
        const output = outputFor(session)
        drain(session, output, Watch.borrowUnsafe(settings)["pubsub-lag"])
        return write(session, guard.getUnsafe(), output)
      }))
  }
})

/** Takes what there is in all receivers of the connection, in one step, and in order. */
const drain = (session: Session, output: Output, policy: "disconnect" | "tell"): void => {
  const found: Array<readonly [number: number, push: Push]> = []
  for (const { kind, name, receiver } of session.subscriptions.values()) {
    let missed = 0
    for (;;) {
      const result = Broadcast.tryRecvUnsafe(receiver)
      if (Result.isSuccess(result)) {
        const { channel, number, payload } = result.success
        if (missed > 0) found.push([number, new Push(["message", LAGGED_CHANNEL, `${name} ${missed}`])])
        missed = 0
        found.push([
          number,
          new Push(kind === "channel" ? ["message", name, payload] : ["pmessage", name, channel, payload])
        ])
      } else if (result.failure._tag !== "Lagged") {
        break // nothing, or never again
      } else if (policy === "tell") {
        missed += result.failure.skipped
      } else {
        return session.cutUnsafe(`is ${result.failure.skipped} messages behind on ${name}`)
      }
    }
  }
  for (const [, push] of found.sort(([a], [b]) => a - b)) output.add(push)
}
