/**
 * Our channels with many senders, each seen as a channel under test.
 */
import { Effect, Layer, Option, Scope } from "effect"
import { Mpsc } from "effect-sync"
import type { ChannelUnderTest, Make, Refused, SenderUnderTest, Slot, Slots, Subject } from "./channel.ts"

const refused = (error: Mpsc.SendError<number | void>): Refused => ({
  _tag: "Refused",
  value: typeof error.value === "number" ? error.value : undefined
})

const slot = (permit: Mpsc.Permit<number>): Slot => ({ send: (value) => permit.send(value), release: permit.release })

const slots = (permits: Mpsc.Permits<number>): Slots => ({
  send: (value) => permits.send(value),
  release: permits.release
})

/** A sender, which lives in the scope. */
const senderIn = (scope: Scope.Scope, sender: Mpsc.Sender<number>): SenderUnderTest => ({
  send: (value) => Effect.mapError(Mpsc.send(sender, value), refused),
  trySend: (value) =>
    Effect.as(Mpsc.trySend(sender, value), "sent" as const).pipe(
      Effect.catchTag("Full", () => Effect.succeed("full" as const)),
      Effect.mapError(refused)
    ),
  sendTimeout: (value, milliseconds) =>
    Effect.as(Mpsc.sendTimeout(sender, value, milliseconds), "sent" as const).pipe(
      Effect.catchTag("SendTimeout", () => Effect.succeed("too late" as const)),
      Effect.mapError(refused)
    ),
  reserve: Effect.mapBoth(Mpsc.reserve(sender), { onSuccess: slot, onFailure: refused }),
  reserveMany: (n) =>
    Mpsc.reserveMany(sender, n).pipe(
      Effect.catchTag("Full", Effect.die), // more than there are
      Effect.mapBoth({ onSuccess: slots, onFailure: refused })
    ),
  tryReserve: Effect.map(Mpsc.tryReserve(sender), slot).pipe(
    Effect.catchTag("Full", () => Effect.succeed("full" as const)),
    Effect.mapError(refused)
  ),
  clone: Scope.provide(Effect.map(Mpsc.clone(sender), (clone) => senderIn(scope, clone)), scope),
  downgrade: Scope.provide(
    Effect.map(Mpsc.downgrade(sender), (weak) => ({
      upgrade: Scope.provide(
        Effect.map(Mpsc.upgrade(weak), Option.map((upgraded) => senderIn(scope, upgraded))),
        scope
      )
    })),
    scope
  ),
  closed: Mpsc.closed(sender),
  drop: Mpsc.drop(sender)
})

export const channelOf = (
  capacity: number,
  [sender, receiver]: readonly [Mpsc.Sender<number>, Mpsc.Receiver<number>]
): Make =>
  Effect.map(Effect.scope, (scope): ChannelUnderTest => {
    const ended = () => "ended" as const
    return {
      capacity,
      free: Mpsc.capacity(receiver),
      sender: senderIn(scope, sender),
      receiver: {
        recv: Effect.mapError(Mpsc.recv(receiver), ended),
        tryRecv: Mpsc.tryRecv(receiver).pipe(
          Effect.catchTag("Empty", () => Effect.succeed("empty" as const)),
          Effect.mapError(ended)
        ),
        recvMany: (limit) => Effect.mapError(Mpsc.recvMany(receiver, limit), ended),
        recvTimeout: (milliseconds) => Effect.mapError(Mpsc.recvTimeout(receiver, milliseconds), ended),
        ready: Effect.mapError(Mpsc.ready(receiver), ended),
        close: Mpsc.close(receiver),
        drop: Mpsc.drop(receiver),
        len: Mpsc.len(receiver)
      }
    }
  })

class Numbers extends Mpsc.Service<Numbers, number>()("effect-sync/laws/Numbers", { capacity: 2 }) {}

/** The two services of a layer, which keeps a sender of its own until its scope closes. */
const service = (layer: Layer.Layer<Mpsc.SenderOf<Numbers> | Mpsc.ReceiverOf<Numbers>>): Make =>
  Effect.gen(function*() {
    const context = yield* Layer.build(layer)
    const halves = [yield* Effect.provide(Numbers.Sender, context), yield* Effect.provide(Numbers.Receiver, context)]
    return yield* channelOf(2, halves as [Mpsc.Sender<number>, Mpsc.Receiver<number>])
  })

const capacities = [1, 2, 64]

export const subjects: ReadonlyArray<Subject> = [
  ...capacities.map((capacity): Subject => ({
    name: `Mpsc.bounded(${capacity})`,
    bounded: true,
    make: Effect.flatMap(Mpsc.bounded<number>(capacity), (halves) => channelOf(capacity, halves))
  })),
  {
    name: "Mpsc.unbounded",
    bounded: false,
    make: Effect.flatMap(Mpsc.unbounded<number>(), (halves) => channelOf(Infinity, halves))
  },
  ...capacities.map((capacity): Subject => ({
    name: `Mpsc.boundedQueue(${capacity})`,
    bounded: true,
    make: Effect.flatMap(Mpsc.boundedQueue<number>(capacity), (halves) => channelOf(capacity, halves))
  })),
  {
    name: "Mpsc.unboundedQueue",
    bounded: false,
    make: Effect.flatMap(Mpsc.unboundedQueue<number>(), (halves) => channelOf(Infinity, halves))
  },
  { name: "Mpsc.Service, layer", bounded: true, make: service(Numbers.layer) },
  { name: "Mpsc.Service, layerQueue", bounded: true, make: service(Numbers.layerQueue) }
]
