import type { Effect, Result, Scope } from "effect"
import { type Errors, type Handle, Oneshot } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const sender: Oneshot.Sender<number>
declare const receiver: Oneshot.Receiver<number>
declare const remoteSender: Oneshot.Sender<number, "lost">
declare const remoteReceiver: Oneshot.Receiver<number, "lost">

describe("Oneshot", () => {
  test("the type of the value is stated", () => {
    expect(Oneshot.make<number>()).type.toBe<
      Effect.Effect<readonly [sender: Oneshot.Sender<number>, receiver: Oneshot.Receiver<number>], never, Scope.Scope>
    >()
    expect(Oneshot.makeUnsafe<string>({ name: "n" })).type.toBe<
      readonly [sender: Oneshot.Sender<string>, receiver: Oneshot.Receiver<string>]
    >()
    expect(Oneshot.make).type.not.toBeCallableWith({ name: 1 })
  })

  test("sending may be refused, with the value; receiving may find that none will come", () => {
    expect(Oneshot.send(sender, 1)).type.toBe<Effect.Effect<void, Errors.SendError<number>>>()
    expect(Oneshot.sendUnsafe(sender, 1)).type.toBe<Result.Result<void, Errors.SendError<number>>>()
    expect(Oneshot.recv(receiver)).type.toBe<Effect.Effect<number, Errors.RecvError>>()
    expect(Oneshot.tryRecv(receiver)).type.toBe<Effect.Effect<number, Errors.Empty | Errors.RecvError>>()
    expect(Oneshot.tryRecvUnsafe(receiver)).type.toBe<Result.Result<number, Errors.Empty | Errors.RecvError>>()
    expect(Oneshot.closed(sender)).type.toBe<Effect.Effect<void>>()
    expect(Oneshot.send).type.not.toBeCallableWith(sender, "1")
    expect(Oneshot.send).type.not.toBeCallableWith(receiver, 1)
    expect(Oneshot.recv).type.not.toBeCallableWith(sender)
  })

  test("a sender takes what it accepts and less, a receiver gives what it has and more", () => {
    expect<Oneshot.Sender<number | string>>().type.toBeAssignableTo<Oneshot.Sender<number>>()
    expect<Oneshot.Sender<number>>().type.not.toBeAssignableTo<Oneshot.Sender<number | string>>()
    expect<Oneshot.Receiver<number>>().type.toBeAssignableTo<Oneshot.Receiver<number | string>>()
    expect<Oneshot.Receiver<number | string>>().type.not.toBeAssignableTo<Oneshot.Receiver<number>>()
    expect(sender).type.toBeAssignableTo<Oneshot.Sender<number, "lost">>()
    expect(remoteSender).type.not.toBeAssignableTo<Oneshot.Sender<number>>()
    expect(receiver).type.toBeAssignableTo<Oneshot.Receiver<number, "lost">>()
    expect(remoteReceiver).type.not.toBeAssignableTo<Oneshot.Receiver<number>>()
    expect(sender).type.toBeAssignableTo<Handle.Handle>()
    expect(receiver).type.toBeAssignableTo<Handle.Handle>()
    expect(sender).type.not.toBeAssignableTo<Oneshot.Receiver<number>>()
  })

  test("a backend's error shows in every operation that can fail by it, and in no other", () => {
    expect(Oneshot.send(remoteSender, 1)).type.toBe<Effect.Effect<void, Errors.SendError<number> | "lost">>()
    expect(Oneshot.closed(remoteSender)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Oneshot.recv(remoteReceiver)).type.toBe<Effect.Effect<number, Errors.RecvError | "lost">>()
    expect(Oneshot.tryRecv(remoteReceiver)).type.toBe<
      Effect.Effect<number, Errors.Empty | Errors.RecvError | "lost">
    >()
    expect(Oneshot.close(remoteReceiver)).type.toBe<Effect.Effect<void>>()
    expect(Oneshot.isClosed(remoteSender)).type.toBe<Effect.Effect<boolean>>()
    expect(Oneshot.isEmpty(remoteReceiver)).type.toBe<Effect.Effect<boolean>>()
    expect(Oneshot.isTerminated(remoteReceiver)).type.toBe<Effect.Effect<boolean>>()
    expect(Oneshot.drop(remoteSender)).type.toBe<Effect.Effect<void>>()
    expect(Oneshot.waiting(remoteReceiver)).type.toBe<Effect.Effect<number>>()
  })

  test("data-last forms pipe a half", () => {
    expect(sender.pipe(Oneshot.send(1))).type.toBe<Effect.Effect<void, Errors.SendError<number>>>()
    expect(sender.pipe(Oneshot.sendUnsafe(1))).type.toBe<Result.Result<void, Errors.SendError<number>>>()
    expect(remoteReceiver.pipe(Oneshot.recv)).type.toBe<Effect.Effect<number, Errors.RecvError | "lost">>()
    expect(receiver.pipe(Oneshot.drop)).type.toBe<Effect.Effect<void>>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Oneshot.isEmptyUnsafe(receiver)).type.toBe<boolean>()
    expect(Oneshot.waitingUnsafe(sender)).type.toBe<number>()
    expect(Oneshot.dropUnsafe(sender)).type.toBe<void>()
    for (const f of [Oneshot.isEmptyUnsafe, Oneshot.isTerminatedUnsafe, Oneshot.closeUnsafe] as const) {
      expect(f).type.not.toBeCallableWith(remoteReceiver)
    }
    expect(Oneshot.tryRecvUnsafe).type.not.toBeCallableWith(remoteReceiver)
    expect(Oneshot.sendUnsafe).type.not.toBeCallableWith(remoteSender, 1)
    expect(Oneshot.isClosedUnsafe).type.not.toBeCallableWith(remoteSender)
    expect(Oneshot.dropUnsafe).type.not.toBeCallableWith(remoteSender)
    expect(Oneshot.waitingUnsafe).type.not.toBeCallableWith(remoteReceiver)
  })

  test("the guards narrow to what may be any half", () => {
    const u = null! as unknown
    if (Oneshot.isSender(u)) expect(u).type.toBe<Oneshot.Sender<never, unknown>>()
    if (Oneshot.isReceiver(u)) expect(u).type.toBe<Oneshot.Receiver<unknown, unknown>>()
  })
})
