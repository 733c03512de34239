import {
  type Cause,
  Config,
  type Context,
  type Effect,
  Layer,
  type Option,
  type Queue,
  type Result,
  Schema,
  type Scope,
  type Stream
} from "effect"
import { Broadcast, type Errors, type Handle } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const sender: Broadcast.Sender<number>
declare const weak: Broadcast.WeakSender<number>
declare const receiver: Broadcast.Receiver<number>
declare const remoteSender: Broadcast.Sender<number, "lost">
declare const remoteReceiver: Broadcast.Receiver<number, "lost">

type Done = Cause.Done
type Lagged = Errors.Lagged

describe("Broadcast", () => {
  test("the type of the values is stated", () => {
    expect(Broadcast.make<number>(1)).type.toBe<
      Effect.Effect<
        readonly [sender: Broadcast.Sender<number>, receiver: Broadcast.Receiver<number>],
        never,
        Scope.Scope
      >
    >()
    expect(Broadcast.makeUnsafe<number>(1, { name: "b" })).type.toBe<
      readonly [sender: Broadcast.Sender<number>, receiver: Broadcast.Receiver<number>]
    >()
    expect(Broadcast.makeSender<number>(1)).type.toBe<Effect.Effect<Broadcast.Sender<number>, never, Scope.Scope>>()
    expect(Broadcast.makeSenderUnsafe<number>(1)).type.toBe<Broadcast.Sender<number>>()
    expect(sender).type.toBeAssignableTo<Handle.Handle>()
    expect(receiver).type.toBeAssignableTo<Handle.Handle>()
  })

  test("sending gives the number of receivers, or the value back", () => {
    expect(Broadcast.send(sender, 1)).type.toBe<Effect.Effect<number, Errors.SendError<number>>>()
    expect(Broadcast.send(remoteSender, 1)).type.toBe<Effect.Effect<number, Errors.SendError<number> | "lost">>()
    expect(Broadcast.sendUnsafe(sender, 1)).type.toBe<Result.Result<number, Errors.SendError<number>>>()
    expect(sender.pipe(Broadcast.send(1))).type.toBe<Effect.Effect<number, Errors.SendError<number>>>()
    expect(Broadcast.send).type.not.toBeCallableWith(sender, "1")
    expect(Broadcast.send).type.not.toBeCallableWith(receiver, 1)
    expect(Broadcast.send).type.not.toBeCallableWith(weak, 1)
  })

  test("receiving fails by lag and by the end", () => {
    expect(Broadcast.recv(receiver)).type.toBe<Effect.Effect<number, Lagged | Done>>()
    expect(Broadcast.recv(remoteReceiver)).type.toBe<Effect.Effect<number, Lagged | Done | "lost">>()
    expect(Broadcast.ready(receiver)).type.toBe<Effect.Effect<void, Done>>()
    expect(Broadcast.tryRecv(receiver)).type.toBe<Effect.Effect<number, Errors.Empty | Lagged | Done>>()
    expect(Broadcast.tryRecvUnsafe(receiver)).type.toBe<Result.Result<number, Errors.Empty | Lagged | Done>>()
    expect(Broadcast.recvTimeout(receiver, "1 second")).type.toBe<
      Effect.Effect<Option.Option<number>, Lagged | Done>
    >()
    expect(receiver.pipe(Broadcast.recvTimeout(10))).type.toBe<Effect.Effect<Option.Option<number>, Lagged | Done>>()
    expect(Broadcast.recv).type.not.toBeCallableWith(sender)
  })

  test("handles need a scope", () => {
    expect(Broadcast.subscribe(sender)).type.toBe<Effect.Effect<Broadcast.Receiver<number>, never, Scope.Scope>>()
    expect(Broadcast.subscribe(remoteSender)).type.toBe<
      Effect.Effect<Broadcast.Receiver<number, "lost">, never, Scope.Scope>
    >()
    expect(Broadcast.resubscribe(receiver)).type.toBe<
      Effect.Effect<Broadcast.Receiver<number>, never, Scope.Scope>
    >()
    expect(Broadcast.clone(sender)).type.toBe<Effect.Effect<Broadcast.Sender<number>, never, Scope.Scope>>()
    expect(Broadcast.downgrade(sender)).type.toBe<Effect.Effect<Broadcast.WeakSender<number>, never, Scope.Scope>>()
    expect(Broadcast.upgrade(weak)).type.toBe<
      Effect.Effect<Option.Option<Broadcast.Sender<number>>, never, Scope.Scope>
    >()
    expect(Broadcast.upgradeUnsafe(weak)).type.toBe<Option.Option<Broadcast.Sender<number>>>()
    expect(Broadcast.closed(remoteSender)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Broadcast.drop(weak)).type.toBe<Effect.Effect<void>>()
  })

  test("a stream fails by lag, or not, or has it among its elements", () => {
    expect(Broadcast.stream(receiver)).type.toBe<Stream.Stream<number, Lagged>>()
    expect(Broadcast.stream(receiver, { onLag: "fail" })).type.toBe<Stream.Stream<number, Lagged>>()
    expect(Broadcast.stream(receiver, { onLag: "skip", chunkSize: 2 })).type.toBe<Stream.Stream<number>>()
    expect(Broadcast.stream(receiver, { onLag: "emit" })).type.toBe<Stream.Stream<Result.Result<number, Lagged>>>()
    expect(Broadcast.stream(remoteReceiver, { onLag: "skip" })).type.toBe<Stream.Stream<number, "lost">>()
    expect(receiver.pipe(Broadcast.stream({ onLag: "emit" }))).type.toBe<
      Stream.Stream<Result.Result<number, Lagged>>
    >()
    expect(Broadcast.toQueue(receiver, { onLag: "skip" })).type.toBe<
      Effect.Effect<Queue.Dequeue<number, Lagged | Done>, never, Scope.Scope>
    >()
    expect(Broadcast.toQueue).type.not.toBeCallableWith(receiver, { onLag: "emit" })
  })

  test("a sender is invariant, since it subscribes; a receiver is covariant; E is covariant", () => {
    expect(sender).type.not.toBeAssignableTo<Broadcast.Sender<number | string>>()
    expect(sender).type.not.toBeAssignableTo<Broadcast.Sender<1>>()
    expect(receiver).type.toBeAssignableTo<Broadcast.Receiver<number | string>>()
    expect(receiver).type.not.toBeAssignableTo<Broadcast.Receiver<1>>()
    expect(sender).type.toBeAssignableTo<Broadcast.Sender<number, "lost">>()
    expect(receiver).type.toBeAssignableTo<Broadcast.Receiver<number, "lost">>()
    expect(remoteSender).type.not.toBeAssignableTo<Broadcast.Sender<number>>()
    expect(remoteReceiver).type.not.toBeAssignableTo<Broadcast.Receiver<number>>()
    expect(receiver).type.not.toBeAssignableTo<Broadcast.Sender<number>>()
    expect(weak).type.not.toBeAssignableTo<Broadcast.Sender<number>>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Broadcast.sendUnsafe).type.not.toBeCallableWith(remoteSender, 1)
    expect(Broadcast.subscribeUnsafe).type.not.toBeCallableWith(remoteSender)
    expect(Broadcast.tryRecvUnsafe).type.not.toBeCallableWith(remoteReceiver)
    expect(Broadcast.lenUnsafe).type.not.toBeCallableWith(remoteReceiver)
    expect(Broadcast.toQueue).type.not.toBeCallableWith(remoteReceiver)
  })
})

describe("Broadcast.Service", () => {
  class Prices extends Broadcast.Service<Prices, number>()("Prices", { capacity: 4 }) {}
  class Events extends Broadcast.Service<Events>()("Events", {
    capacity: Config.Int("CAPACITY"),
    message: Schema.Struct({ id: Schema.String })
  }) {}
  class Shared extends Broadcast.Service<Shared, string, "lost">()("Shared", { capacity: 1 }) {}

  test("two tags, of which R says which one is needed", () => {
    expect(Prices.Sender).type.toBe<Context.Service<Broadcast.SenderOf<Prices>, Broadcast.Sender<number>>>()
    expect(Prices.Source).type.toBe<Context.Service<Broadcast.SourceOf<Prices>, Broadcast.Source<number>>>()
    expect(Prices.send(1)).type.toBe<
      Effect.Effect<number, Errors.SendError<number>, Broadcast.SenderOf<Prices>>
    >()
    expect(Prices.subscribe).type.toBe<
      Effect.Effect<Broadcast.Receiver<number>, never, Broadcast.SourceOf<Prices> | Scope.Scope>
    >()
    expect(Prices.stream).type.toBe<Stream.Stream<number, Lagged, Broadcast.SourceOf<Prices>>>()
    expect(Shared.subscribe).type.toBe<
      Effect.Effect<Broadcast.Receiver<string, "lost">, "lost", Broadcast.SourceOf<Shared> | Scope.Scope>
    >()
    expect(Shared.closed).type.toBe<Effect.Effect<void, "lost", Broadcast.SenderOf<Shared>>>()
  })

  test("the type of the values is stated, or that of the schema", () => {
    expect(Events.Sender).type.toBe<
      Context.Service<Broadcast.SenderOf<Events>, Broadcast.Sender<{ readonly id: string }>>
    >()
    expect(Events.send).type.not.toBeCallableWith({ id: 1 })
  })

  test("the layer provides both halves; its error is that of the options", () => {
    expect(Prices.layer).type.toBe<Layer.Layer<Broadcast.SenderOf<Prices> | Broadcast.SourceOf<Prices>>>()
    expect(Events.layer).type.toBe<
      Layer.Layer<Broadcast.SenderOf<Events> | Broadcast.SourceOf<Events>, Config.ConfigError>
    >()
    expect(Events.layerWith({ capacity: 1 })).type.toBe<
      Layer.Layer<Broadcast.SenderOf<Events> | Broadcast.SourceOf<Events>>
    >()
    expect(Prices.layer).type.not.toBeAssignableTo<Layer.Layer<Broadcast.SenderOf<Shared>>>()
    expect(Layer.succeed(Shared.Sender)).type.toBeCallableWith(null! as Broadcast.Sender<string>)
  })
})
