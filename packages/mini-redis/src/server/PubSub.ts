/**
 * Channels and patterns that somebody has subscribed to: a `Broadcast` for each. One without subscribers is not kept.
 */
import { Context, Effect, Layer, Result, type Scope } from "effect"
import { Broadcast, Watch } from "effect-sync"
import { glob } from "../data/glob.ts"
import { CurrentSettings } from "./Settings.ts"

export interface Message {
  /** Messages are numbered in the order they were published, whatever their channels. */
  readonly number: number
  readonly channel: string
  readonly payload: string
}

export type Kind = "channel" | "pattern"

interface Topic {
  readonly sender: Broadcast.Sender<Message>
  readonly matches: (channel: string) => boolean
}

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings.Sender
  const topics: Record<Kind, Map<string, Topic>> = { channel: new Map(), pattern: new Map() }
  let published = 0

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const kind of Object.values(topics)) for (const { sender } of kind.values()) Broadcast.dropUnsafe(sender)
    })
  )

  const topicOf = (kind: Kind, name: string): Topic => {
    const known = topics[kind].get(name)
    if (known !== undefined) return known
    const topic = {
      sender: Broadcast.makeSenderUnsafe<Message>(Watch.borrowUnsafe(settings)["pubsub-backlog"], { name }),
      matches: kind === "channel" ? () => true : glob(name)
    }
    topics[kind].set(name, topic)
    return topic
  }

  const leave = (kind: Kind, name: string) => {
    const topic = topics[kind].get(name)
    if (topic === undefined || Broadcast.receiverCountUnsafe(topic.sender) > 0) return
    topics[kind].delete(name)
    Broadcast.dropUnsafe(topic.sender)
  }

  /** Subscribes for as long as the scope lives. */
  const subscribe = (kind: Kind, name: string): Effect.Effect<Broadcast.Receiver<Message>, never, Scope.Scope> =>
    Effect.uninterruptible(Effect.suspend(() => {
      const { sender } = topicOf(kind, name)
      return Effect.andThen(
        Effect.addFinalizer(() => Effect.sync(() => leave(kind, name))), // runs after the receiver is dropped
        Broadcast.subscribe(sender)
      )
    }))

  /** Gives a message to all who want it, in one step, and says how many that are. */
  const publish = (channel: string, payload: string): number => {
    const message = { number: ++published, channel, payload }
    const send = ({ sender }: Topic) => Result.getOrElse(Broadcast.sendUnsafe(sender, message), () => 0)
    const topic = topics.channel.get(channel)
    let receivers = topic === undefined ? 0 : send(topic)
    for (const topic of topics.pattern.values()) if (topic.matches(channel)) receivers += send(topic)
    return receivers
  }

  return {
    subscribe,
    publish,
    names: (kind: Kind): Array<string> => [...topics[kind].keys()],
    subscribers: (kind: Kind, name: string): number => {
      const topic = topics[kind].get(name)
      return topic === undefined ? 0 : Broadcast.receiverCountUnsafe(topic.sender)
    }
  }
})

export class PubSub extends Context.Service<PubSub, Effect.Success<typeof make>>()("mini-redis/PubSub") {
  static readonly layer = Layer.effect(PubSub, make)
}
