import { type Effect, Layer, type Scope } from "effect"
import { Handle, Notify } from "effect-sync"
import { describe, expect, test } from "tstyche"

declare const notify: Notify.Notify
declare const remote: Notify.Notify<"lost">
declare const notified: Notify.Notified
declare const remoteNotified: Notify.Notified<"lost">
declare const scope: Scope.Scope

describe("Notify", () => {
  test("what is made in process can't fail", () => {
    expect(Notify.make()).type.toBe<Effect.Effect<Notify.Notify>>()
    expect(Notify.make({ name: "jobs" })).type.toBe<Effect.Effect<Notify.Notify>>()
    expect(Notify.makeUnsafe()).type.toBe<Notify.Notify>()
    expect(Notify.notified(notify)).type.toBe<Effect.Effect<void>>()
    expect(Notify.subscribe(notify)).type.toBe<Effect.Effect<Notify.Notified, never, Scope.Scope>>()
    expect(Notify.notifyOne(notify)).type.toBe<Effect.Effect<void>>()
    expect(Notify.notifyLast(notify)).type.toBe<Effect.Effect<void>>()
    expect(Notify.notifyWaiters(notify)).type.toBe<Effect.Effect<void>>()
    expect(Notify.waiting(notify)).type.toBe<Effect.Effect<number>>()
  })

  test("a backend's error shows in every operation that can fail by it, and in no other", () => {
    expect(Notify.notified(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Notify.subscribe(remote)).type.toBe<Effect.Effect<Notify.Notified<"lost">, never, Scope.Scope>>()
    expect(Notify.notifyOne(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Notify.notifyLast(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Notify.notifyWaiters(remote)).type.toBe<Effect.Effect<void, "lost">>()
    expect(Notify.waiting(remote)).type.toBe<Effect.Effect<number>>()
    expect(remoteNotified.await).type.toBe<Effect.Effect<void, "lost">>()
    expect(remoteNotified.enable).type.toBe<Effect.Effect<boolean, "lost">>()
    expect(remoteNotified.drop).type.toBe<Effect.Effect<void>>()
  })

  test("E is covariant: what can't fail fits everywhere", () => {
    expect(notify).type.toBeAssignableTo<Notify.Notify<"lost">>()
    expect(remote).type.not.toBeAssignableTo<Notify.Notify>()
    expect(notified).type.toBeAssignableTo<Notify.Notified<"lost">>()
    expect(remoteNotified).type.not.toBeAssignableTo<Notify.Notified>()
  })

  test("everything pipes the Notify", () => {
    expect(notify.pipe(Notify.notified)).type.toBe<Effect.Effect<void>>()
    expect(remote.pipe(Notify.notifyOne)).type.toBe<Effect.Effect<void, "lost">>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Notify.subscribeUnsafe(notify)).type.toBe<Notify.Notified>()
    expect(Notify.notifyOneUnsafe(notify)).type.toBe<void>()
    expect(Notify.waitingUnsafe(notify)).type.toBe<number>()
    expect(Notify.subscribeUnsafe).type.not.toBeCallableWith(remote)
    expect(Notify.notifyOneUnsafe).type.not.toBeCallableWith(remote)
    expect(Notify.notifyLastUnsafe).type.not.toBeCallableWith(remote)
    expect(Notify.notifyWaitersUnsafe).type.not.toBeCallableWith(remote)
  })

  test("a Notified is a handle", () => {
    expect(notified).type.toBeAssignableTo<Handle.Handle>()
    expect(notified.await).type.toBe<Effect.Effect<void>>()
    expect(notified.enable).type.toBe<Effect.Effect<boolean>>()
    expect(notified.enableUnsafe).type.toBe<() => boolean>()
    expect(Handle.transfer(notified, scope)).type.toBe<Effect.Effect<Notify.Notified>>()
  })
})

describe("Notify.Service", () => {
  class Work extends Notify.Service<Work>()("Work", {}) {}
  class Named extends Notify.Service<Named>()("Named", { name: "named" }) {}
  class Shared extends Notify.Service<Shared, "lost">()("Shared", {}) {}

  test("the class is the tag, its layer can't fail", () => {
    expect<Effect.Success<typeof Work>>().type.toBe<Notify.Notify>()
    expect<Effect.Success<typeof Shared>>().type.toBe<Notify.Notify<"lost">>()
    expect(Work.layer).type.toBe<Layer.Layer<Work>>()
    expect(Named.layerWith({ name: "other" })).type.toBe<Layer.Layer<Named>>()
    expect(Work.layerWith).type.not.toBeCallableWith({ permits: 1 })
    expect(Work.layer).type.not.toBeAssignableTo<Layer.Layer<Shared>>()
  })

  test("accessors require the service", () => {
    expect(Work.notified).type.toBe<Effect.Effect<void, never, Work>>()
    expect(Work.subscribe).type.toBe<Effect.Effect<Notify.Notified, never, Work | Scope.Scope>>()
    expect(Shared.subscribe).type.toBe<Effect.Effect<Notify.Notified<"lost">, never, Shared | Scope.Scope>>()
    expect(Shared.notifyOne).type.toBe<Effect.Effect<void, "lost", Shared>>()
    expect(Work.notifyLast).type.toBe<Effect.Effect<void, never, Work>>()
    expect(Work.notifyWaiters).type.toBe<Effect.Effect<void, never, Work>>()
    expect(Shared.waiting).type.toBe<Effect.Effect<number, never, Shared>>()
  })

  test("another backend fits a tag that reckons with its error, and no other", () => {
    expect(Layer.succeed).type.toBeCallableWith(Shared, remote)
    expect(Layer.succeed).type.not.toBeCallableWith(Work, remote)
    expect(Layer.succeed).type.toBeCallableWith(Shared, notify)
  })
})
