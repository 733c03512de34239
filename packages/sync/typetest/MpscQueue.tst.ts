import { type Cause, type Effect, type Layer, Queue, type Scope, Sink, Stream } from "effect"
import { Mpsc } from "effect-sync"
import { describe, expect, it } from "tstyche"

declare const sender: Mpsc.QueueSender<string>
declare const receiver: Mpsc.QueueReceiver<string>
declare const literal: Mpsc.QueueSender<"a">
declare const plain: Mpsc.Sender<string>

describe("Mpsc over a Queue", () => {
  it("makes both halves in a scope", () => {
    expect(Mpsc.boundedQueue<string>(1)).type.toBe<
      Effect.Effect<
        readonly [sender: Mpsc.QueueSender<string>, receiver: Mpsc.QueueReceiver<string>],
        never,
        Scope.Scope
      >
    >()
    expect(Mpsc.unboundedQueue<string>({ name: "lines" })).type.toBe<
      Effect.Effect<
        readonly [sender: Mpsc.QueueSender<string>, receiver: Mpsc.QueueReceiver<string>],
        never,
        Scope.Scope
      >
    >()
  })

  it("has halves that are those of any channel", () => {
    expect(sender).type.toBeAssignableTo<Mpsc.Sender<string>>()
    expect(receiver).type.toBeAssignableTo<Mpsc.Receiver<string>>()
    expect(plain).type.not.toBeAssignableTo<Mpsc.QueueSender<string>>()
    expect(Mpsc.send(sender, "a")).type.toBe<Effect.Effect<void, Mpsc.SendError<string>>>()
    expect(Mpsc.recv(receiver)).type.toBe<Effect.Effect<string, Cause.Done>>()
  })

  it("has a queue that fits where one is asked for", () => {
    expect(sender.queue).type.toBe<Queue.Queue<string, Cause.Done>>()
    expect(receiver.queue).type.toBe<Queue.Dequeue<string, Cause.Done>>()
    expect(Stream.fromQueue(receiver.queue)).type.toBe<Stream.Stream<string>>()
    expect(Stream.runIntoQueue(Stream.make("a"), sender.queue)).type.toBe<Effect.Effect<void>>()
    expect(Sink.fromQueue(sender.queue)).type.toBe<Sink.Sink<void, string>>()
    expect(Queue.offer(sender.queue, "a")).type.toBe<Effect.Effect<boolean>>()
  })

  it("is invariant, as what can be taken from and offered to", () => {
    expect(literal).type.not.toBeAssignableTo<Mpsc.QueueSender<string>>()
    expect(sender).type.not.toBeAssignableTo<Mpsc.QueueSender<"a">>()
  })

  it("is told from others", () => {
    if (Mpsc.isQueueSender(plain)) expect(plain.queue).type.toBe<Queue.Queue<string, Cause.Done>>()
  })

  it("provides the same services as a native one", () => {
    class Lines extends Mpsc.Service<Lines, string>()("Lines", { capacity: 1 }) {}
    expect(Lines.layerQueue).type.toBe<Layer.Layer<Mpsc.SenderOf<Lines> | Mpsc.ReceiverOf<Lines>>>()
  })
})
