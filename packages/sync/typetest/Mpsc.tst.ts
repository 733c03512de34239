import {
  type Cause,
  type Config,
  type Duration,
  Effect,
  Layer,
  type Option,
  type Result,
  Schema,
  type Scope,
  type Sink,
  type Stream
} from "effect"
import { Handle, Mpsc } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const sender: Mpsc.Sender<string>
declare const receiver: Mpsc.Receiver<string>
declare const weak: Mpsc.WeakSender<string>
declare const remote: Mpsc.Sender<string, "lost">
declare const remoteReceiver: Mpsc.Receiver<string, "lost">
declare const permit: Mpsc.Permit<string>
declare const permits: Mpsc.Permits<string>
declare const text: string
declare const duration: Duration.Input

type Pair<A> = readonly [sender: Mpsc.Sender<A>, receiver: Mpsc.Receiver<A>]

describe("Mpsc", () => {
  test("constructors", () => {
    expect(Mpsc.bounded<string>(1)).type.toBe<Effect.Effect<Pair<string>, never, Scope.Scope>>()
    expect(Mpsc.unbounded<string>()).type.toBe<Effect.Effect<Pair<string>, never, Scope.Scope>>()
    expect(Mpsc.boundedUnsafe<string>(1, { name: "x" })).type.toBe<Pair<string>>()
    expect(Mpsc.unboundedUnsafe<string>()).type.toBe<Pair<string>>()
  })

  test("sending", () => {
    expect(Mpsc.send(sender, text)).type.toBe<Effect.Effect<void, Mpsc.SendError<string>>>()
    expect(Mpsc.trySend(sender, text)).type.toBe<Effect.Effect<void, Mpsc.Full<string> | Mpsc.SendError<string>>>()
    expect(Mpsc.trySendUnsafe(sender, text)).type.toBe<
      Result.Result<void, Mpsc.Full<string> | Mpsc.SendError<string>>
    >()
    expect(Mpsc.sendTimeout(sender, text, duration)).type.toBe<
      Effect.Effect<void, Mpsc.SendTimeout<string> | Mpsc.SendError<string>>
    >()
    expect(Mpsc.closed(sender)).type.toBe<Effect.Effect<void>>()
    expect(Mpsc.sink(sender)).type.toBe<Sink.Sink<void, string, never, Mpsc.SendError<string>>>()
    expect(sender.pipe(Mpsc.send(text))).type.toBe<Effect.Effect<void, Mpsc.SendError<string>>>()
    expect(Mpsc.send).type.not.toBeCallableWith(sender, 1)
  })

  test("reserving", () => {
    type Refused = Mpsc.Full<void> | Mpsc.SendError<void>
    expect(Mpsc.reserve(sender)).type.toBe<Effect.Effect<Mpsc.Permit<string>, Mpsc.SendError<void>, Scope.Scope>>()
    expect(Mpsc.tryReserve(sender)).type.toBe<Effect.Effect<Mpsc.Permit<string>, Refused, Scope.Scope>>()
    expect(Mpsc.reserveMany(sender, 2)).type.toBe<Effect.Effect<Mpsc.Permits<string>, Refused, Scope.Scope>>()
    expect(Mpsc.tryReserveMany(sender, 2)).type.toBe<Effect.Effect<Mpsc.Permits<string>, Refused, Scope.Scope>>()
    expect(Mpsc.tryReserveUnsafe(sender)).type.toBe<Result.Result<Mpsc.Permit<string>, Refused>>()
    expect(Mpsc.tryReserveManyUnsafe(sender, 2)).type.toBe<Result.Result<Mpsc.Permits<string>, Refused>>()
    expect(permit.send("a")).type.toBe<Effect.Effect<void>>()
    expect(permit.release).type.toBe<Effect.Effect<void>>()
    expect(permits.send("a")).type.toBe<Effect.Effect<boolean>>()
    expect(permits.next).type.toBe<Effect.Effect<Option.Option<Mpsc.Permit<string>>, never, Scope.Scope>>()
  })

  test("receiving", () => {
    expect(Mpsc.recv(receiver)).type.toBe<Effect.Effect<string, Cause.Done>>()
    expect(Mpsc.ready(receiver)).type.toBe<Effect.Effect<void, Cause.Done>>()
    expect(Mpsc.recvTimeout(receiver, duration)).type.toBe<Effect.Effect<Option.Option<string>, Cause.Done>>()
    expect(Mpsc.recvMany(receiver, 2)).type.toBe<Effect.Effect<Array<string>, Cause.Done>>()
    expect(Mpsc.tryRecv(receiver)).type.toBe<Effect.Effect<string, Mpsc.Empty | Cause.Done>>()
    expect(Mpsc.tryRecvUnsafe(receiver)).type.toBe<Result.Result<string, Mpsc.Empty | Cause.Done>>()
    expect(Mpsc.stream(receiver)).type.toBe<Stream.Stream<string>>()
    expect(receiver.pipe(Mpsc.stream({ chunkSize: 8 }))).type.toBe<Stream.Stream<string>>()
  })

  test("senders", () => {
    expect(Mpsc.clone(sender)).type.toBe<Effect.Effect<Mpsc.Sender<string>, never, Scope.Scope>>()
    expect(Mpsc.downgrade(sender)).type.toBe<Effect.Effect<Mpsc.WeakSender<string>, never, Scope.Scope>>()
    expect(Mpsc.upgrade(weak)).type.toBe<Effect.Effect<Option.Option<Mpsc.Sender<string>>, never, Scope.Scope>>()
    expect(Mpsc.upgradeUnsafe(weak)).type.toBe<Option.Option<Mpsc.Sender<string>>>()
    expect(Mpsc.send).type.not.toBeCallableWith(weak, "a")
  })

  test("a backend's error shows in what can fail by it, and in no other", () => {
    expect(Mpsc.send(remote, text)).type.toBe<Effect.Effect<void, Mpsc.SendError<string> | "lost">>()
    expect(Mpsc.closed(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Mpsc.recv(remoteReceiver)).type.toBe<Effect.Effect<string, Cause.Done | "lost">>()
    expect(Mpsc.stream(remoteReceiver)).type.toBe<Stream.Stream<string, "lost">>()
    expect(Mpsc.capacity(remote)).type.toBe<Effect.Effect<number>>()
    expect(Mpsc.drop(remote)).type.toBe<Effect.Effect<void>>()
    expect(Mpsc.trySendUnsafe).type.not.toBeCallableWith(remote, "a")
    expect(Mpsc.tryRecvUnsafe).type.not.toBeCallableWith(remoteReceiver)
  })

  test("a sender is contravariant, a receiver covariant, E is covariant", () => {
    expect<Mpsc.Sender<string | number>>().type.toBeAssignableTo<Mpsc.Sender<string>>()
    expect<Mpsc.Sender<string>>().type.not.toBeAssignableTo<Mpsc.Sender<string | number>>()
    expect<Mpsc.WeakSender<string | number>>().type.toBeAssignableTo<Mpsc.WeakSender<string>>()
    expect<Mpsc.Permit<string | number>>().type.toBeAssignableTo<Mpsc.Permit<string>>()
    expect<Mpsc.Receiver<string>>().type.toBeAssignableTo<Mpsc.Receiver<string | number>>()
    expect<Mpsc.Receiver<string | number>>().type.not.toBeAssignableTo<Mpsc.Receiver<string>>()
    expect(sender).type.toBeAssignableTo<Mpsc.Sender<string, "lost">>()
    expect(remote).type.not.toBeAssignableTo<Mpsc.Sender<string>>()
    expect(receiver).type.toBeAssignableTo<Mpsc.Receiver<string, "lost">>()
  })

  test("every part is a handle", () => {
    for (const handle of [sender, receiver, weak, permit, permits]) {
      expect(Handle.isReleased(handle)).type.toBe<boolean>()
      expect(Mpsc.sameChannel(handle, sender)).type.toBe<boolean>()
    }
  })
})

describe("Mpsc.Service", () => {
  class Job extends Schema.Class<Job>("Job")({ id: Schema.Number }) {}
  class Jobs extends Mpsc.Service<Jobs>()("Jobs", { capacity: 1, message: Job }) {}
  class Lines extends Mpsc.Service<Lines, string>()("Lines", { capacity: "unbounded" }) {}
  class Shared extends Mpsc.Service<Shared, string, "lost">()("Shared", { capacity: 1 }) {}
  class Sized extends Mpsc.Service<Sized, string>()("Sized", { capacity: null! as Config.Config<number> }) {}

  test("the layer provides both halves", () => {
    expect(Jobs.layer).type.toBe<Layer.Layer<Mpsc.SenderOf<Jobs> | Mpsc.ReceiverOf<Jobs>>>()
    expect(Sized.layer).type.toBe<
      Layer.Layer<Mpsc.SenderOf<Sized> | Mpsc.ReceiverOf<Sized>, Config.ConfigError>
    >()
    expect(Sized.layerWith({ capacity: 1 })).type.toBe<
      Layer.Layer<Mpsc.SenderOf<Sized> | Mpsc.ReceiverOf<Sized>>
    >()
    expect(Jobs.layer).type.not.toBeAssignableTo<Layer.Layer<Mpsc.SenderOf<Lines>>>()
    expect(Jobs.message).type.toBe<typeof Job>()
    expect(Lines.message).type.toBe<undefined>()
  })

  test("accessors require the half they use", () => {
    expect<Effect.Success<typeof Jobs.Sender>>().type.toBe<Mpsc.Sender<Job>>()
    expect(Lines.send("a")).type.toBe<Effect.Effect<void, Mpsc.SendError<string>, Mpsc.SenderOf<Lines>>>()
    expect(Lines.recv).type.toBe<Effect.Effect<string, Cause.Done, Mpsc.ReceiverOf<Lines>>>()
    expect(Lines.stream).type.toBe<Stream.Stream<string, never, Mpsc.ReceiverOf<Lines>>>()
    expect(Lines.sender).type.toBe<
      Effect.Effect<Mpsc.Sender<string>, never, Mpsc.SenderOf<Lines> | Scope.Scope>
    >()
    expect(Lines.close).type.toBe<Effect.Effect<void, never, Mpsc.SenderOf<Lines>>>()
    expect(Shared.send("a")).type.toBe<
      Effect.Effect<void, Mpsc.SendError<string> | "lost", Mpsc.SenderOf<Shared>>
    >()
    expect(Jobs.send).type.not.toBeCallableWith("a")
  })

  test("layerConsumer provides the sender only, and requires what the handler does, but for a scope", () => {
    expect(Jobs.layerConsumer((job) => Effect.succeed(job.id))).type.toBe<Layer.Layer<Mpsc.SenderOf<Jobs>>>()
    expect(Jobs.layerConsumer(() => Lines.capacity, { concurrency: 2, drainTimeout: "1 second" })).type.toBe<
      Layer.Layer<Mpsc.SenderOf<Jobs>, never, Mpsc.SenderOf<Lines>>
    >()
    expect(Jobs.layerConsumer(() => Effect.addFinalizer(() => Effect.void))).type.toBe<
      Layer.Layer<Mpsc.SenderOf<Jobs>>
    >()
    expect(Jobs.layerConsumer).type.not.toBeCallableWith(() => Effect.fail("no"))
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.toBeCallableWith(Shared.Sender, remote)
    expect(Layer.succeed).type.not.toBeCallableWith(Lines.Sender, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared.Sender, sender)
  })
})
