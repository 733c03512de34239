/**
 * A hundred thousand readers and writers: what is fine for ten must be fine for them, in time, in stack and in memory. No
 * test here knows an absolute time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Optic, Result, Scope } from "effect"
import { Handle, RwLock } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, timerFires, type Work } from "./laws/crowd.ts"
import { free, state } from "./rwLock.ts"
import { mustBeGone } from "./utils.ts"

type Kind = "read" | "write"

/** A lock that is written, and a queue of that many behind the writer, of the given kinds. */
const queue = (waiters: number, kindOf: (i: number) => Kind) =>
  Effect.gen(function*() {
    const lock = yield* RwLock.make(0)
    const guard = Result.getOrThrow(RwLock.tryWriteUnsafe(lock))
    const order: Array<number> = []
    const fibers = yield* crowd(waiters, (i) => {
      const serve = () =>
        Effect.sync(() => {
          order.push(i)
        })
      return kindOf(i) === "read" ? RwLock.withRead(lock, serve) : RwLock.withWrite(lock, serve)
    })
    assert.strictEqual(RwLock.waitingUnsafe(lock), waiters)
    return { lock, guard, fibers, order }
  })

type Queue = Effect.Success<ReturnType<typeof queue>>

type Act = Work<Queue>["act"]

/** Who waits, what is done with them, and how many must have been served afterwards. */
interface Case {
  readonly kindOf: (i: number) => Kind
  readonly act: Act
  readonly served: (waiters: number) => number
}

const onlyReaders = (): Kind => "read"
const onlyWriters = (): Kind => "write"
const mixed = (i: number): Kind => i % 3 === 0 ? "write" : "read"
const all = (waiters: number) => waiters
const nobody = () => 0

const inTurn: Act = ({ fibers, guard }, _, patience) => Effect.andThen(guard.unlock, allEnd(fibers, patience))

/** Interrupts them in random order, then lets those in who are left. */
const givingUp = (part: number): Act => ({ fibers, guard, lock }, waiters, patience) =>
  Effect.gen(function*() {
    const leaving = shuffled(fibers, waiters).slice(0, waiters * part)
    for (const [i, fiber] of leaving.entries()) {
      fiber.interruptUnsafe()
      if (i % 100 > 0) continue
      assert.strictEqual(RwLock.waitingUnsafe(lock), waiters - i - 1)
      patience()
    }
    yield* guard.unlock
    yield* allEnd(fibers, patience)
  })

const cases: Record<string, Case> = {
  "readers let in together": { kindOf: onlyReaders, act: inTurn, served: all },
  "writers, one after the other": { kindOf: onlyWriters, act: inTurn, served: all },
  "readers and writers in turn": { kindOf: mixed, act: inTurn, served: all },
  "readers let in by a downgrade": {
    kindOf: onlyReaders,
    act: ({ fibers, guard }, _, patience) =>
      Effect.gen(function*() {
        const reading = yield* guard.downgrade
        yield* allEnd(fibers, patience)
        yield* reading.unlock
      }),
    served: all
  },
  "readers and writers giving up in random order": { kindOf: mixed, act: givingUp(1), served: nobody },
  "half of the readers and writers giving up in random order": {
    kindOf: mixed,
    act: givingUp(0.5),
    served: (waiters) => waiters / 2
  },
  "writers giving up at the front, each letting a reader in": {
    kindOf: (i) => i % 2 === 0 ? "write" : "read",
    act: ({ fibers, guard, lock }, waiters, patience) =>
      Effect.gen(function*() {
        const reading = yield* guard.downgrade
        for (let i = 0; i < waiters; i += 2) {
          fibers[i]!.interruptUnsafe()
          if (i % 100 > 0) continue
          assert.strictEqual(RwLock.waitingUnsafe(lock), waiters - i - 2)
          patience()
        }
        yield* allEnd(fibers, patience)
        yield* reading.unlock
      }),
    served: (waiters) => waiters / 2
  }
}

describe("a hundred thousand waiters cost the same per waiter as five thousand, give or take", () => {
  for (const [name, { act, kindOf, served }] of Object.entries(cases)) {
    it.effect(`RW-2: ${name}`, () =>
      costsTheSame({
        make: (waiters) => queue(waiters, kindOf),
        act,
        check: ({ lock, order }, waiters) => {
          assert.strictEqual(order.length, served(waiters))
          assert.isTrue(order.every((n, i) => i === 0 || n > order[i - 1]!), "not served in order")
          assert.deepStrictEqual(state(lock), free)
        }
      }), 300_000)
  }
})

it.effect(
  "RW-1: a hundred thousand readers inside at once, and a writer when they have left",
  () =>
    Effect.gen(function*() {
      const lock = yield* RwLock.make(0)
      const scope = yield* Scope.make()
      for (let i = 0; i < many; i++) yield* Scope.provide(RwLock.read(lock), scope)
      assert.strictEqual(RwLock.readersUnsafe(lock), many)
      const writer = yield* Effect.forkDetach(RwLock.withWrite(lock, (guard) => guard.set(1)), {
        startImmediately: true
      })
      assert.isUndefined(writer.pollUnsafe())
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(writer)
      assert.deepStrictEqual(state(lock), free)
    }),
  60_000
)

describe("early release in a long-lived scope", () => {
  const whole = { n: 0 }
  const lock = RwLock.makeUnsafe(whole)
  const n = Optic.id<typeof whole>().key("n")

  const forms: Record<string, (scope: Scope.Scope) => Effect.Effect<object>> = {
    "ReadGuard.unlock": (scope) => Effect.tap(Scope.provide(RwLock.read(lock), scope), (guard) => guard.unlock),
    "WriteGuard.unlock": (scope) => Effect.tap(Scope.provide(RwLock.write(lock), scope), (guard) => guard.unlock),
    "ReadGuard.map and unlock": (scope) =>
      Effect.tap(
        Scope.provide(RwLock.read(lock), scope),
        (guard) => Effect.flatMap(guard.map(({ n }) => n), (part) => part.unlock)
      ),
    "WriteGuard.map and unlock": (scope) =>
      Effect.tap(
        Scope.provide(RwLock.write(lock), scope),
        (guard) => Effect.flatMap(guard.map(n), (part) => part.unlock)
      ),
    "WriteGuard.downgrade and unlock": (scope) =>
      Effect.tap(
        Scope.provide(RwLock.write(lock), scope),
        (guard) => Effect.flatMap(guard.downgrade, (reading) => reading.unlock)
      ),
    "Handle.transfer after downgrade": (scope) =>
      Effect.scoped(
        Effect.flatMap(Effect.scope, (other) =>
          Effect.flatMap(Scope.provide(RwLock.write(lock), scope), (guard) =>
            Effect.flatMap(guard.downgrade, (reading) =>
              Handle.transfer(reading, other))))
      )
  }

  for (const [name, form] of Object.entries(forms)) {
    it.effect(`RW-9: a hundred thousand times ${name} leave nothing behind`, () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const things: Array<WeakRef<object>> = []
        for (let i = 0; i < many; i++) {
          const thing = yield* form(scope)
          if (i % 100 === 0) things.push(new WeakRef(thing))
        }
        assert.strictEqual(scope.state._tag, "Empty")
        // The last one may still be on a stack.
        yield* mustBeGone(things, 1)
        assert.deepStrictEqual(state(lock), free)
      }), 60_000)
  }

  it.effect("a lock keeps neither those who waited nor an old value alive", () =>
    Effect.gen(function*() {
      const lock = yield* RwLock.make<object>({})
      const things: Array<WeakRef<object>> = []
      for (let i = 0; i < 1_000; i++) {
        const guard = Result.getOrThrow(RwLock.tryWriteUnsafe(lock))
        const value = { i }
        guard.setUnsafe(value)
        const reader = yield* Effect.forkDetach(RwLock.withRead(lock, Effect.succeed), { startImmediately: true })
        const writer = yield* Effect.forkDetach(RwLock.withWrite(lock, () => Effect.void), { startImmediately: true })
        if (i % 2 === 0) writer.interruptUnsafe()
        Handle.releaseUnsafe(guard)
        yield* allEnd([reader, writer])
        things.push(...[guard, value, reader, writer].map((thing) => new WeakRef<object>(thing)))
      }
      // the value in it, and what may still be on a stack
      yield* mustBeGone(things, 5)
      assert.deepStrictEqual(state(lock), free)
    }), 60_000)
})

describe("fibers that never stop", () => {
  it.effect(
    "RW-3: readers and writers that come back for ever starve neither a timer nor each other",
    () =>
      Effect.gen(function*() {
        const lock = yield* RwLock.make(0)
        let reads = 0
        const stop = Effect.suspend(() => reads + RwLock.getUnsafe(lock) < 1_000_000 ? Effect.void : Effect.never)
        const reader = Effect.forever(Effect.andThen(
          RwLock.withRead(lock, () =>
            Effect.sync(() => {
              reads++
            })),
          stop
        ))
        const writer = Effect.forever(
          Effect.andThen(RwLock.withWrite(lock, (guard) => guard.update((n) => n + 1)), stop)
        )
        const busy = yield* Effect.forEach([reader, reader, writer, writer], (fiber) => Effect.forkChild(fiber))
        assert.isTrue(yield* timerFires(() => reads + RwLock.getUnsafe(lock)), "the timer came after a million uses")
        assert.isAbove(reads, 0)
        assert.isAbove(RwLock.getUnsafe(lock), 0)
        const third = yield* RwLock.withRead(lock, Effect.succeed)
        assert.isBelow(third + reads, 1_000_000)
        yield* Fiber.interruptAll(busy)
        assert.deepStrictEqual(state(lock), free)
      }),
    60_000
  )
})
