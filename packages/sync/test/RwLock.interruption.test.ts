/**
 * An interrupt at every operation (`laws/sweep.ts`), and under small operation budgets, of every operation of a RwLock
 * that waits or changes state: nothing is lost, nobody is forgotten.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Optic, Option, Scope } from "effect"
import { Handle, RwLock } from "effect-sync"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"
import { free, isFree, state } from "./rwLock.ts"

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, 3)
    }))

const body = Effect.andThen(Effect.yieldNow, Effect.void)
const long = Effect.repeat(Effect.yieldNow, { times: 2 })

interface Value {
  readonly count: number
}

type Lock = RwLock.RwLock<Value>

const count = Optic.id<Value>().key("count")
const make = (maxReaders?: number) => RwLock.make<Value>({ count: 0 }, maxReaders === undefined ? {} : { maxReaders })

const readForms: Record<string, (lock: Lock) => Effect.Effect<unknown>> = {
  withRead: (lock) => RwLock.withRead(lock, () => body),
  "withRead around an effect that ends at once": (lock) => RwLock.withRead(lock, Effect.succeed),
  "withRead around a failure": (lock) =>
    Effect.ignore(RwLock.withRead(lock, () => Effect.andThen(body, Effect.fail("no")))),
  withReadIfAvailable: (lock) => RwLock.withReadIfAvailable(lock, () => body),
  read: (lock) => Effect.scoped(Effect.andThen(RwLock.read(lock), body)),
  tryRead: (lock) => Effect.ignore(Effect.scoped(Effect.andThen(RwLock.tryRead(lock), body))),
  "read, unlocked early": (lock) =>
    Effect.scoped(Effect.flatMap(RwLock.read(lock), (guard) => Effect.andThen(body, guard.unlock))),
  "read under restore": (lock) =>
    Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(RwLock.read(lock)), (guard) => Effect.andThen(body, guard.unlock))
      )
    ),
  "read, mapped": (lock) =>
    Effect.scoped(Effect.gen(function*() {
      const guard = yield* RwLock.read(lock)
      yield* Effect.yieldNow
      const part = yield* guard.map(({ count }) => count)
      yield* Effect.yieldNow
      yield* part.tryMap(Option.some)
      yield* Effect.yieldNow
    })),
  "forkWith(read)": (lock) => Handle.forkWith(RwLock.read(lock), () => body)
}

const writeForms: Record<string, (lock: Lock) => Effect.Effect<unknown>> = {
  withWrite: (lock) => RwLock.withWrite(lock, () => body),
  "withWrite around an effect that ends at once": (lock) => RwLock.withWrite(lock, () => Effect.void),
  "withWrite around a failure": (lock) =>
    Effect.ignore(RwLock.withWrite(lock, () => Effect.andThen(body, Effect.fail("no")))),
  withWriteIfAvailable: (lock) => RwLock.withWriteIfAvailable(lock, () => body),
  write: (lock) => Effect.scoped(Effect.andThen(RwLock.write(lock), body)),
  tryWrite: (lock) => Effect.ignore(Effect.scoped(Effect.andThen(RwLock.tryWrite(lock), body))),
  "write, unlocked early": (lock) =>
    Effect.scoped(Effect.flatMap(RwLock.write(lock), (guard) => Effect.andThen(body, guard.unlock))),
  "write under restore": (lock) =>
    Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(RwLock.write(lock)), (guard) => Effect.andThen(body, guard.unlock))
      )
    ),
  "write, mapped": (lock) =>
    Effect.scoped(Effect.gen(function*() {
      const guard = yield* RwLock.write(lock)
      yield* Effect.yieldNow
      yield* guard.map(count)
      yield* Effect.yieldNow
    })),
  "write, downgraded": (lock) =>
    Effect.scoped(Effect.gen(function*() {
      const guard = yield* RwLock.write(lock)
      yield* Effect.yieldNow
      const reading = yield* guard.downgrade
      yield* Effect.yieldNow
      yield* reading.map(({ count }) => count)
      yield* Effect.yieldNow
    })),
  "write, downgraded with a map, unlocked early": (lock) =>
    Effect.scoped(Effect.gen(function*() {
      const guard = yield* RwLock.write(lock)
      yield* guard.tryDowngradeMap(Option.none)
      yield* Effect.yieldNow
      const reading = yield* guard.downgradeMap(({ count }) => count)
      yield* Effect.yieldNow
      yield* reading.unlock
      yield* Effect.yieldNow
    })),
  "withWrite, downgraded": (lock) =>
    RwLock.withWrite(lock, (guard) => Effect.andThen(body, Effect.andThen(guard.downgrade, body))),
  "write, downgraded, transferred to a scope that is closed afterwards": (lock) =>
    Effect.acquireUseRelease(
      Scope.make(),
      (scope) =>
        RwLock.withWrite(
          lock,
          (guard) => Effect.flatMap(guard.downgrade, (reading) => Effect.andThen(body, Handle.transfer(reading, scope)))
        ).pipe(Effect.andThen(body)),
      (scope) => Scope.close(scope, Exit.void)
    ),
  "forkWith(write)": (lock) => Handle.forkWith(RwLock.write(lock), (guard) => Effect.andThen(body, guard.downgrade))
}

const forms = { ...readForms, ...writeForms }

const reader = (lock: Lock) => RwLock.withRead(lock, () => long)
const writer = (lock: Lock) =>
  RwLock.withWrite(lock, (guard) => Effect.andThen(long, guard.update(({ count }) => ({ count: count + 1 }))))
const later = (effect: Effect.Effect<unknown>) => Effect.andThen(long, effect)

describe("an interrupt at every operation", () => {
  describe("RW-9: locks that are free, and locks for one reader", () => {
    for (const [name, form] of Object.entries(forms)) {
      sweep(`${name}: free`, { setup: make(), target: form, check: isFree })

      sweep(`${name}: one reader at most`, {
        setup: make(1),
        target: (lock) => Effect.andThen(Effect.yieldNow, form(lock)),
        others: (lock) => [reader(lock), later(writer(lock))],
        check: isFree
      })
    }

    sweep("a bracket inside a bracket of another lock", {
      setup: Effect.all([make(), make()]),
      target: ([a, b]) => RwLock.withWrite(a, () => RwLock.withRead(b, () => body)),
      others: ([a, b]) => [reader(a), writer(b)],
      check: ([a, b]) => Effect.andThen(isFree(a), isFree(b))
    })
  })

  describe("RW-5: queues", () => {
    for (const [name, form] of Object.entries(forms)) {
      sweep(`${name}: behind a reader`, {
        setup: make(),
        target: (lock) => Effect.andThen(Effect.yieldNow, form(lock)),
        others: (lock) => [reader(lock)],
        check: isFree
      })

      sweep(`${name}: behind a writer, alone`, {
        setup: make(),
        target: (lock) => Effect.andThen(Effect.yieldNow, form(lock)),
        others: (lock) => [writer(lock)],
        check: isFree
      })

      sweep(`${name}: behind a reader, with a writer and a reader behind`, {
        setup: make(2),
        target: (lock) => Effect.andThen(Effect.yieldNow, form(lock)),
        others: (lock) => [reader(lock), later(writer(lock)), later(reader(lock))],
        check: (lock) =>
          Effect.andThen(isFree(lock), Effect.sync(() => assert.strictEqual(RwLock.getUnsafe(lock).count, 1)))
      })
    }

    sweep("RW-5: a writer that waits keeps nobody waiting once it is gone", {
      setup: Effect.gen(function*() {
        const lock = yield* make()
        const scope = yield* Scope.make()
        yield* Scope.provide(RwLock.read(lock), scope)
        return { lock, scope }
      }),
      // The reader never leaves before the check: those behind the writer get in only if it goes.
      target: ({ lock }) => Effect.andThen(Effect.yieldNow, writer(lock)),
      others: ({ lock }, target) => [
        later(Effect.sync(() => target.interruptUnsafe())),
        later(reader(lock)),
        later(Effect.scoped(RwLock.read(lock)))
      ],
      check: ({ lock, scope }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(state(lock), { ...free, readers: 1 })
          yield* Scope.close(scope, Exit.void)
          yield* isFree(lock)
        })
    })
  })

  describe("RW-6: downgrading", () => {
    const held = Effect.gen(function*() {
      const lock = yield* make()
      const scope = yield* Scope.make()
      const guard = yield* Scope.provide(RwLock.write(lock), scope)
      return { lock, scope, guard }
    })

    // One step: interrupted, it has happened or it has not, and either way the scope has what there is to release.
    sweep("RW-6: it has happened or it has not", {
      setup: held,
      target: ({ guard }) => Effect.andThen(guard.downgrade, body),
      others: ({ lock }) => [Effect.asVoid(RwLock.withReadIfAvailable(lock, () => body))],
      check: ({ guard, lock, scope }) =>
        Effect.gen(function*() {
          const isDowngraded = Handle.isReleased(guard)
          assert.deepStrictEqual(state(lock), { readers: isDowngraded ? 1 : 0, writeLocked: !isDowngraded, waiting: 0 })
          yield* Scope.close(scope, Exit.void)
          yield* isFree(lock)
        })
    })

    sweep("RW-6: no other writer's value is seen through it", {
      setup: make(),
      target: (lock) =>
        Effect.scoped(Effect.gen(function*() {
          const guard = yield* RwLock.write(lock)
          yield* guard.set({ count: 100 })
          yield* Effect.yieldNow
          const reading = yield* guard.downgrade
          yield* long
          assert.strictEqual((yield* reading.get).count, 100)
          assert.strictEqual(RwLock.getUnsafe(lock).count, 100)
        })),
      others: (lock) => [writer(lock), later(writer(lock)), reader(lock)],
      check: (lock, round) =>
        Effect.gen(function*() {
          const { target } = round
          assert.isTrue(Exit.isSuccess(target) || Cause.hasInterruptsOnly(target.cause), String(target))
          yield* isFree(lock)
        })
    })
  })

  sweep("RW-10: what was written before the interruption stays", {
    setup: make(),
    target: (lock) => RwLock.withWrite(lock, (guard) => Effect.andThen(guard.set({ count: 10 }), body)),
    others: (lock) => [writer(lock), reader(lock)],
    check: (lock, round) =>
      Effect.gen(function*() {
        const { count } = RwLock.getUnsafe(lock)
        assert.include([1, 10, 11], count)
        if (Exit.isSuccess(round.target)) assert.include([10, 11], count)
        yield* isFree(lock)
      })
  })

  describe("no interrupt, but a yield at every operation: nobody who is granted something waits on", () => {
    for (const [name, form] of Object.entries(forms)) {
      it.effect(`RW-2: ${name}`, () =>
        interruptEverywhere({
          setup: make(2),
          target: (lock) => Effect.andThen(Effect.yieldNow, form(lock)),
          others: (lock) => [writer(lock), later(reader(lock))],
          check: (lock, round) =>
            Effect.andThen(Effect.sync(() => assert.strictEqual(round.target._tag, "Success")), isFree(lock))
        }, { ways: ["never"], budgets: [] }))
    }
  })
})
