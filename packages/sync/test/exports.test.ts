/**
 * What is exported hangs together: every operation that never waits has its `…Unsafe` twin, every operation its accessor,
 * every primitive its name in defect, error and JSON.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as EffectSync from "effect-sync"
import {
  Barrier,
  Broadcast,
  CancellationToken,
  Errors,
  Handle,
  Mpsc,
  Mutex,
  Notify,
  OnceCell,
  Oneshot,
  RwLock,
  Semaphore,
  SetOnce,
  Watch
} from "effect-sync"
import { defectOf } from "./utils.ts"

const functions = (module: object): ReadonlyArray<string> =>
  Object.entries(module).filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name)).map(([name]) =>
    name
  )

const modules = {
  Barrier,
  Broadcast,
  CancellationToken,
  Handle,
  Mpsc,
  Mutex,
  Notify,
  OnceCell,
  Oneshot,
  RwLock,
  Semaphore,
  SetOnce,
  Watch
}

/** Operations that wait, or run a user's effect: no synchronous form is possible. */
const waits: Record<string, ReadonlyArray<string>> = {
  // `stream` gives a Stream, `sameChannel` looks at constants
  Broadcast: ["recv", "recvTimeout", "ready", "closed", "stream", "toQueue", "sameChannel"],
  CancellationToken: ["cancelled", "runUntilCancelled", "interruptWhenCancelled"],
  Semaphore: ["acquire", "acquireMany", "withPermit", "withPermits", "withPermitsIfAvailable"],
  Mutex: [
    "lock",
    "withLock",
    "withLockIfAvailable",
    ...functions(Mutex).filter((name) => /^(get|set|update|modify)/.test(name) && !name.endsWith("Unsafe"))
  ],
  Mpsc: [
    // an Effect Queue is made by an Effect
    "boundedQueue",
    "unboundedQueue",
    "send",
    "sendTimeout",
    "reserve",
    "reserveMany",
    "closed",
    "recv",
    "recvMany",
    "recvTimeout",
    "ready",
    "stream",
    "sink"
  ],
  Notify: ["notified"],
  Barrier: ["wait"],
  RwLock: ["read", "write", "withRead", "withWrite", "withReadIfAvailable", "withWriteIfAvailable"],
  Handle: ["forkWith"],
  OnceCell: ["getOrInit"],
  Oneshot: ["closed", "recv"],
  SetOnce: ["wait"],
  Watch: ["changed", "ready", "waitFor", "closed", "stream", "changes", "toQueue", "sameChannel"]
}

describe("exports", () => {
  it("the barrel has each module as a namespace, and only what is finished", () => {
    assert.deepStrictEqual(Object.keys(EffectSync).sort(), [
      "Barrier",
      "Broadcast",
      "CancellationToken",
      "Errors",
      "Handle",
      "Mpsc",
      "Mutex",
      "Notify",
      "OnceCell",
      "Oneshot",
      "RwLock",
      "Semaphore",
      "SetOnce",
      "Watch"
    ])
  })

  for (const [name, module] of Object.entries(modules)) {
    it(`${name}: what never waits has its …Unsafe twin, and each twin its Effect`, () => {
      const names = functions(module)
      const synchronous = names.filter((name) =>
        /^(is[A-Z]|sameChannel$)/.test(name) &&
        !`${name}Unsafe`.match(/^is(Closed|Empty|Initialized|Locked|Terminated|WriteLocked|CancelledU)/)
      )
      const operations = names.filter((name) => !name.endsWith("Unsafe") && !synchronous.includes(name))
      const twins = new Set(names.filter((name) => name.endsWith("Unsafe")))
      for (const operation of operations) {
        if (waits[name]!.includes(operation)) continue
        assert.isTrue(twins.delete(`${operation}Unsafe`), `${name}.${operation}Unsafe`)
      }
      // it looks without the lock: not the twin of an effect that reads, which would have to wait
      if (module === Mutex || module === RwLock) twins.delete("getUnsafe")
      assert.deepStrictEqual([...twins], [])
    })
  }

  for (
    const [name, module, service] of [
      ["Semaphore", Semaphore, class S extends Semaphore.Service<S>()("S", { permits: 1, closeable: true }) {}],
      ["Mutex", Mutex, class M extends Mutex.Service<M>()("M", { initial: 0 }) {}],
      ["RwLock", RwLock, class R extends RwLock.Service<R>()("R", { initial: 0 }) {}],
      ["OnceCell", OnceCell, class O extends OnceCell.Service<O, number>()("O", {}) {}],
      ["SetOnce", SetOnce, class S extends SetOnce.Service<S, number>()("S", {}) {}],
      [
        "CancellationToken",
        CancellationToken,
        class C extends CancellationToken.Service<C>()("C", {}) {}
      ],
      ["Mpsc", Mpsc, class M extends Mpsc.Service<M, number>()("M", { capacity: 1 }) {}],
      ["Notify", Notify, class N extends Notify.Service<N>()("N", {}) {}],
      ["Barrier", Barrier, class B extends Barrier.Service<B>()("B", { parties: 1 }) {}]
    ] as const
  ) {
    it(`${name}: every operation on it has its accessor`, () => {
      const operations = functions(module).filter((name) =>
        !name.endsWith("Unsafe") &&
        !/^(make(Closeable)?|fromAbortSignal|(un)?bounded(Queue)?|upgrade|sameChannel)$|^is(Barrier|CancellationToken|Closeable|Mutex|Notify|OnceCell|(Queue)?Receiver|RwLock|Semaphore|(Queue)?Sender|SetOnce|WeakSender)$/
          .test(name)
      )
      assert.isNotEmpty(operations)
      for (const operation of operations) assert.isTrue(operation in service, `${name}.Service: ${operation}`)
    })
  }

  it("Watch: every operation on a sender has its accessor, and the source its own", () => {
    class W extends Watch.Service<W>()("W", { initial: 0 }) {}
    const onReceivers = /^(changed|ready|waitFor|hasChanged|borrowAndUpdate|mark|toQueue)/
    const operations = functions(Watch).filter((name) =>
      !name.endsWith("Unsafe") && !onReceivers.test(name) &&
      !/^(make|makeSender|isSender|isReceiver|sameChannel|drop)$/.test(name)
    )
    for (const operation of [...operations, "sender", "close", "get"]) assert.isTrue(operation in W, operation)
  })

  it("Oneshot has no Service: it is used once", () => {
    assert.notProperty(Oneshot, "Service")
  })

  it("Broadcast: every operation on its sender has its accessor, and subscribing and streaming have theirs", () => {
    class B extends Broadcast.Service<B, number>()("B", { capacity: 1 }) {}
    const ofReceivers = ["recv", "recvTimeout", "ready", "tryRecv", "resubscribe", "isClosed", "toQueue"]
    const operations = functions(Broadcast).filter((name) =>
      !name.endsWith("Unsafe") &&
      !/^(make|makeSender|upgrade|sameChannel|is(Sender|WeakSender|Receiver))$/.test(name) &&
      !ofReceivers.includes(name)
    )
    assert.isAtLeast(operations.length, 13)
    for (const operation of operations) assert.isTrue(operation in B, `Broadcast.Service: ${operation}`)
  })

  it.effect("the name of a primitive shows in defect, error and JSON", () =>
    Effect.gen(function*() {
      const options = { name: "the name" }
      const semaphore = yield* Semaphore.makeCloseable(0, options)
      const mutex = yield* Mutex.make(0, options)
      const rwLock = yield* RwLock.make(0, options)
      const cell = yield* OnceCell.make<number>(options)
      const once = yield* SetOnce.make({ ...options, initial: Option.some(0) })
      const guard = yield* Mutex.lock(mutex)
      const notify = yield* Notify.make(options)
      const notified = yield* Notify.subscribe(notify)
      yield* notified.drop
      const writing = yield* RwLock.write(rwLock)
      const [jobs, atJobs] = yield* Mpsc.bounded<number>(1, options)
      const errors: Array<Error> = [
        yield* Effect.flip(OnceCell.getOrInit(cell, Effect.as(OnceCell.set(cell, 1), 2))),
        yield* Effect.flip(SetOnce.set(once, 1)),
        yield* Effect.flip(Semaphore.tryAcquire(semaphore)),
        yield* Effect.flip(Mutex.tryLock(mutex)),
        yield* Effect.flip(RwLock.tryRead(rwLock)),
        yield* Effect.flip(RwLock.tryWrite(rwLock)),
        yield* defectOf(RwLock.make(0, { ...options, maxReaders: 0 })),
        yield* defectOf(Semaphore.withPermits(semaphore, -1, Effect.void)),
        yield* defectOf(notified.await),
        yield* defectOf(Barrier.make(-1, options)),
        yield* Effect.flip(Effect.mapError(Mpsc.tryRecv(atJobs), (error) => error as Error)),
        yield* defectOf(Mpsc.bounded(0, options))
      ]
      yield* guard.unlock
      errors.push(yield* defectOf(guard.get))
      const reading = yield* writing.downgrade
      yield* reading.unlock
      errors.push(yield* defectOf(reading.get), yield* defectOf(writing.get))
      yield* Semaphore.close(semaphore)
      errors.push(yield* Effect.flip(Semaphore.tryAcquire(semaphore)))
      const token = yield* CancellationToken.make(options)
      yield* Handle.release(token)
      errors.push(yield* defectOf(Handle.transfer(token, yield* Effect.scope)))
      const [sending, watching] = yield* Watch.make(0, options)
      yield* Watch.drop(watching)
      errors.push(yield* Effect.flip(Watch.send(sending, 1)), yield* defectOf(Watch.borrow(watching)))
      const [sender, receiver] = yield* Oneshot.make<number>(options)
      errors.push(yield* Effect.flip(Oneshot.tryRecv(receiver)))
      yield* Oneshot.close(receiver)
      errors.push(yield* Effect.flip(Oneshot.recv(receiver)), yield* defectOf(Oneshot.recv(receiver)))
      errors.push(yield* Effect.flip(Oneshot.send(sender, 1)), yield* defectOf(Oneshot.send(sender, 1)))
      for (const error of errors) assert.include(error.message, "\"the name\"")
      for (const half of [sender, receiver, sending, watching]) {
        assert.include(JSON.stringify(half), "\"name\":\"the name\"")
        assert.include(String(half), "the name: ")
      }
      for (
        const primitive of [
          semaphore,
          mutex,
          rwLock,
          cell,
          once,
          token,
          notify,
          jobs,
          atJobs,
          yield* Barrier.make(1, options)
        ]
      ) {
        assert.include(JSON.stringify(primitive), "\"name\":\"the name\"")
        assert.include(String(primitive), "the name: ")
      }
    }).pipe(Effect.scoped))

  it("errors are one class each, instanceof Error, tagged by name, and re-exported", () => {
    for (const name of ["NoPermits", "SemaphoreClosed", "WouldBlock", "RecvError", "Empty", "Misuse"] as const) {
      const error = new Errors[name]({ message: "a sentence" })
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, name)
      assert.strictEqual(error.name, name)
      assert.strictEqual(error.message, "a sentence")
    }
    for (const name of ["AlreadyInitialized", "Initializing", "SendError"] as const) {
      const error = new Errors[name]({ message: "a sentence", value: 1 })
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, name)
      assert.strictEqual(error.name, name)
      assert.strictEqual(error.message, "a sentence")
      assert.strictEqual(error.value, 1)
      if (name !== "SendError") assert.strictEqual(OnceCell[name], Errors[name])
    }
    for (const name of ["RecvError", "Empty", "SendError"] as const) assert.strictEqual(Oneshot[name], Errors[name])
    assert.strictEqual(SetOnce.AlreadyInitialized, Errors.AlreadyInitialized)
    assert.strictEqual(Semaphore.NoPermits, Errors.NoPermits)
    assert.strictEqual(Semaphore.SemaphoreClosed, Errors.SemaphoreClosed)
    assert.strictEqual(Mutex.WouldBlock, Errors.WouldBlock)
    assert.strictEqual(RwLock.WouldBlock, Errors.WouldBlock)
    assert.strictEqual(Watch.SendError, Errors.SendError)
    for (const module of Object.values(modules)) assert.strictEqual(module.Misuse, Errors.Misuse)
  })
})
