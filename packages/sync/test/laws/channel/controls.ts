/**
 * Channels that break some of the laws, to show that the laws can be broken: Effect's own `Queue`, and counterfeits for
 * those laws that it keeps.
 */
import { type Cause, Effect, Exit, Queue, Scope } from "effect"
import { Mpsc } from "effect-sync"
import type { ChannelUnderTest, Make, SenderUnderTest, Subject } from "./channel.ts"
import { channelOf } from "./subjects.ts"

/** A channel, and the laws it breaks, each with what the law says about it. */
export interface Control extends Subject {
  readonly breaks: Readonly<Record<string, RegExp>>
}

const ended = () => "ended" as const

/** A queue, with everything that its users have; a producer that is done ends it, as `Stream.runIntoQueue` does. */
const seen = (queue: Queue.Queue<number, Cause.Done>): ChannelUnderTest => {
  const sender: SenderUnderTest = {
    // That an offer came too late is a `false` that nobody looks at.
    send: (value) => Effect.asVoid(Queue.offer(queue, value)),
    trySend: (value) => Effect.sync(() => Queue.offerUnsafe(queue, value) ? "sent" : "full"),
    clone: Effect.sync(() => sender),
    drop: Effect.asVoid(Queue.end(queue))
  }
  return {
    capacity: queue.capacity,
    free: Effect.sync(() => queue.capacity - Queue.sizeUnsafe(queue)),
    sender,
    receiver: {
      recv: Effect.mapError(Queue.take(queue), ended),
      tryRecv: Effect.suspend((): Effect.Effect<number | "empty", "ended"> =>
        queue.state._tag === "Done"
          ? Effect.fail("ended")
          // Taken and delivered in one step.
          : Effect.sync(() => {
            const exit = Queue.takeUnsafe(queue)
            return exit !== undefined && Exit.isSuccess(exit) ? exit.value : "empty"
          })
      ),
      recvMany: (limit) => Effect.mapError(Queue.takeBetween(queue, 1, limit), ended),
      ready: Effect.asVoid(Effect.mapError(Queue.peek(queue), ended)),
      close: Effect.asVoid(Queue.end(queue)),
      drop: Effect.asVoid(Queue.shutdown(queue)),
      len: Queue.size(queue)
    }
  }
}

const queueOf = (capacity: number): Make => Effect.map(Queue.bounded<number, Cause.Done>(capacity), seen)

/** What a channel of ours becomes when one thing about it is wrong. */
const forged = (capacity: number, forge: (channel: ChannelUnderTest) => Partial<ChannelUnderTest>): Make =>
  Effect.map(
    Effect.flatMap(Mpsc.bounded<number>(capacity), (halves) => channelOf(capacity, halves)),
    (channel) => ({ ...channel, ...forge(channel) })
  )

/** The newest first. */
const stack: Make = Effect.map(Queue.unbounded<number, Cause.Done>(), (queue) => {
  const channel = seen(queue)
  const newest = Effect.map(Queue.takeAll(queue), (values) => {
    const last = values.pop()!
    Queue.offerAllUnsafe(queue, values)
    return last
  })
  return { ...channel, receiver: { ...channel.receiver, recv: Effect.mapError(newest, ended) } }
})

/** Who does not wait is let in beside those who do: in a queue with one slot more than it says. */
const sideDoor: Make = forged(2, ({ receiver, sender }) => {
  let spare: number | undefined
  const recv = Effect.tap(
    receiver.recv,
    () =>
      spare === undefined ? Effect.void : Effect.flatMap(sender.trySend(spare), (sent) =>
        Effect.sync(() => {
          if (sent === "sent") spare = undefined
        })).pipe(Effect.orDie)
  )
  return {
    receiver: { ...receiver, recv },
    sender: {
      ...sender,
      trySend: (value) =>
        Effect.map(sender.trySend(value), (sent) => {
          if (sent === "sent" || spare !== undefined) return sent
          spare = value
          return "sent"
        })
    }
  }
})

export const controls: ReadonlyArray<Control> = [
  {
    name: "Effect's bounded Queue",
    bounded: true,
    make: queueOf(2),
    breaks: {
      "FIFO of senders": /^FIFO of senders: value 2001 came before value 1002, whose sender waited longer$/,
      "FIFO of receivers": /^FIFO of receivers: a tryRecv took the value that a waiting fiber had coming$/,
      "ends": /^ends: it is ended though a sender is left$/,
      "close": /^close: a send after close: done instead of refused 1001$/,
      "receiver gone": /^receiver gone: a waiting send was not refused, but done$/,
      "an interrupted send has not sent":
        /^interrupted send: a send into a free slot: sent 1, got 1 1001 \(interrupted at once, before operation \d+ of the target\)$/
    }
  },
  {
    name: "Effect's unbounded Queue",
    bounded: false,
    make: Effect.map(Queue.unbounded<number, Cause.Done>(), seen),
    breaks: {
      "FIFO of receivers": /^FIFO of receivers: a tryRecv took the value that a waiting fiber had coming$/,
      "ends": /^ends: it is ended though a sender is left$/,
      "close": /^close: a send after close: done instead of refused 1001$/,
      "receiver gone": /^receiver gone: a send: done instead of refused 1002$/
    }
  },
  {
    name: "a stack",
    bounded: false,
    make: stack,
    breaks: {
      "order": /^order: of sender 1: 11 10 .* instead of 0 1 2 3 4 5 6 7 8 9 10 11$/,
      "exact length": /^exact length: recv: 129 instead of 0$/,
      "FIFO of receivers": /^FIFO of receivers: a tryRecv took the value that a waiting fiber had coming$/,
      "ends": /^ends: it is ended though a sender is left$/,
      "close": /^close: a send after close: done instead of refused 1001$/,
      "receiver gone": /^receiver gone: a send: done instead of refused 1002$/
    }
  },
  {
    name: "a channel with a side door",
    bounded: true,
    make: sideDoor,
    breaks: {
      "no overtaking": /^no overtaking: a trySend took the slot that a waiting sender had coming$/,
      "back pressure": /^back pressure: a trySend into a full buffer: sent instead of full$/,
      "an interrupted recv has taken nothing":
        /^interrupted recv: a recv of what is there: sent 1 2, got 2 \(interrupted at once, before operation \d+ of the target\)$/
    }
  },
  {
    name: "a channel without back pressure",
    bounded: true,
    make: Effect.map(
      Effect.flatMap(Mpsc.unbounded<number>(), (halves) => channelOf(2, halves)),
      (channel) => ({ ...channel, free: Effect.map(channel.receiver.len, (len) => 2 - len) })
    ),
    breaks: {
      "FIFO of senders": /^FIFO of senders: value 2001 came before value 1002, whose sender waited longer$/,
      "no overtaking": /^no overtaking: a send went into a full buffer$/,
      "conservation": /^conservation: free after an interrupted send: -1 instead of 0$/,
      "back pressure": /^back pressure: send number 3 of 2 does not wait$/,
      "close": /^close: a waiting send was not refused, but done$/,
      "receiver gone": /^receiver gone: a waiting send was not refused, but done$/,
      "timeouts": /^timeouts: sendTimeout: sent instead of too late$/
    }
  },
  {
    name: "a channel that forgets reservations",
    bounded: true,
    make: forged(2, ({ sender }) => ({
      sender: { ...sender, reserve: Scope.provide(sender.reserve!, Scope.makeUnsafe()) }
    })),
    breaks: {
      "conservation": /^conservation: \d of 2 slots are free or taken, and none is reserved \(seed 1\)$/,
      "an interrupted send has not sent":
        /^interrupted send: a reservation: \d of 2 slots are free \(interrupted .* of the target\)$/
    }
  },
  {
    name: "a channel that counts in blocks",
    bounded: true,
    make: forged(64, ({ receiver }) => ({
      receiver: { ...receiver, len: Effect.map(receiver.len, (len) => len > 32 ? 32 : len) }
    })),
    breaks: {
      "back pressure": /^back pressure: len: 32 instead of 64$/,
      "exact length": /^exact length: len: 32 instead of 33$/
    }
  },
  {
    name: "a channel whose weak senders are strong",
    bounded: true,
    make: forged(2, ({ sender }) => ({
      sender: { ...sender, downgrade: Effect.map(sender.clone, (clone) => ({ upgrade: Effect.asSome(clone.clone) })) }
    })),
    breaks: {
      "weak senders": /^weak senders: it is not over though only a weak sender is left$/
    }
  },
  {
    name: "a channel that waits to fill up",
    bounded: false,
    make: Effect.map(Queue.unbounded<number, Cause.Done>(), (queue) => {
      const channel = seen(queue)
      const recvMany = (limit: number) => Effect.mapError(Queue.takeN(queue, limit), ended)
      return { ...channel, receiver: { ...channel.receiver, recvMany } }
    }),
    breaks: {
      "recvMany": /^recvMany: recvMany waits to fill up$/,
      "FIFO of receivers": /^FIFO of receivers: a tryRecv took the value that a waiting fiber had coming$/,
      "ends": /^ends: it is ended though a sender is left$/,
      "close": /^close: a send after close: done instead of refused 1001$/,
      "receiver gone": /^receiver gone: a send: done instead of refused 1002$/
    }
  },
  {
    name: "a channel that takes to know",
    bounded: true,
    make: forged(2, ({ receiver }) => ({ receiver: { ...receiver, ready: Effect.asVoid(receiver.recv) } })),
    breaks: {
      "ready": /^ready: ready again: waits instead of done$/
    }
  },
  {
    name: "a channel that takes a step too early",
    bounded: true,
    make: forged(2, ({ receiver }) => ({
      receiver: {
        ...receiver,
        recv: Effect.flatMap(receiver.recv, (value) => Effect.suspend(() => Effect.succeed(value)))
      }
    })),
    breaks: {
      "an interrupted recv has taken nothing":
        /^interrupted recv: a recv of what is there: sent 1 2, got 2 \(interrupted at once, before operation \d+ of the target\)$/
    }
  }
]
