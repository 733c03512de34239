/**
 * Mutex and its guards. What it protects is a count, and every operation that writes adds one to it, in two steps where it
 * can: so nothing is lost only if nobody else comes in between.
 */
import { Effect, Exit, Optic, Scope } from "effect"
import { Mutex } from "effect-sync"
import { type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

interface Box {
  readonly count: number
}

interface State {
  readonly mutex: Mutex.Mutex<Box>
  readonly outer: Scope.Closeable
  readonly line: Line
}

const make: Effect.Effect<State> = Effect.map(
  Mutex.make<Box>({ count: 0 }),
  (mutex) => ({ mutex, outer: Scope.makeUnsafe(), line: { queuing: false } })
)

const held: Start<State> = {
  make: Effect.tap(make, ({ mutex, outer }) => Scope.provide(Mutex.lock(mutex), outer)),
  events: { unlock: ({ outer }) => Scope.close(outer, Exit.void) }
}

const one = ({ count }: Box): Box => ({ count: count + 1 })

/** Adds one through a guard, in two steps. */
const add = (guard: Mutex.MappedGuard<Box>): Effect.Effect<void> =>
  Effect.flatMap(guard.get, (box) => guard.set(one(box)))

/** The same, for one who may not be the first in the queue. */
const addInTurn = (state: State) => (guard: Mutex.MappedGuard<Box>): Effect.Effect<void> => {
  noOvertaking(state)
  return add(guard)
}

const queued = first<State>(({ mutex }, served) =>
  Mutex.withLock(mutex, (guard) => {
    served()
    return add(guard)
  })
)

const count = Optic.id<Box>().key("count")

const never = Optic.id<Box>().refine((box): box is Box => box.count < 0)

const locked = (then: (guard: Mutex.Guard<Box>) => Effect.Effect<unknown, unknown>) => ({ mutex }: State) =>
  Effect.flatMap(Mutex.lock(mutex), then)

const operations: Readonly<Record<string, Operation<State>>> = {
  withLock: { run: (state) => Mutex.withLock(state.mutex, addInTurn(state)) },
  withLockIfAvailable: {
    // It is a success either way, so it says which by failing.
    run: ({ mutex }) =>
      Effect.flatMap(
        Mutex.withLockIfAvailable(mutex, add),
        (did) => did._tag === "Some" ? Effect.void : Effect.fail("busy")
      )
  },
  lock: { run: (state) => Effect.flatMap(Mutex.lock(state.mutex), addInTurn(state)) },
  tryLock: { run: ({ mutex }) => Effect.flatMap(Mutex.tryLock(mutex), add) },
  "guard.unlock": { run: locked((guard) => Effect.andThen(add(guard), guard.unlock)) },
  "guard.map": {
    run: locked((guard) => Effect.flatMap(guard.map(count), (part) => part.update((n) => n + 1)))
  },
  "guard.tryMap": {
    run: locked((guard) =>
      Effect.flatMap(guard.tryMap(never), (tried) => tried._tag === "Failure" ? add(tried.failure) : Effect.die("hit"))
    )
  },
  get: { run: ({ mutex }) => Mutex.get(mutex) },
  update: {
    run: (state) =>
      Mutex.update(state.mutex, (box) => {
        noOvertaking(state)
        return one(box)
      })
  },
  modify: { run: ({ mutex }) => Mutex.modify(mutex, (box) => [box.count, one(box)]) },
  updateEffect: { run: ({ mutex }) => Mutex.updateEffect(mutex, (box) => Effect.as(Effect.void, one(box))) },
  "updateEffect that fails": { run: ({ mutex }) => Mutex.updateEffect(mutex, () => Effect.fail("no")) },
  modifyEffect: {
    run: ({ mutex }) => Mutex.modifyEffect(mutex, (box) => Effect.as(Effect.void, [box.count, one(box)] as const))
  }
}

const readers = new Set(["get"])

export const mutex: Family<State> = {
  primitive: "Mutex",
  starts: {
    free: { make },
    held,
    queued: { ...held, queued: { withLock: queued } }
  },
  operations,
  always: ({ mutex }) => {
    must(Mutex.isLockedUnsafe(mutex) || Mutex.waitingUnsafe(mutex) === 0, () => "somebody waits for a free lock")
  },
  check: ({ mutex, outer }, { exits, waiting }) => {
    Effect.runSync(Scope.close(outer, Exit.void))
    mustBe("fibers that wait for ever", waiting.length, 0)
    mustBe("locked in the end", Mutex.isLockedUnsafe(mutex), false)
    mustBe("waiters in the queue", Mutex.waitingUnsafe(mutex), 0)
    const writers = exits.filter(([name]) => !readers.has(name))
    const done = writers.filter(([, exit]) => exit !== undefined && Exit.isSuccess(exit)).length
    // An interrupted one may have written before that.
    const interrupted = exits.filter(([, exit]) => exit !== undefined && Exit.hasInterrupts(exit)).length
    const { count } = Mutex.getUnsafe(mutex)
    must(
      count >= done && count <= done + interrupted,
      () => `counted ${count}, ${done} done, ${interrupted} interrupted`
    )
  },
  outcome: ({ mutex }) => Mutex.getUnsafe(mutex).count,
  linearizable: {
    "read, write and modify": specification({
      setup: Mutex.make(1),
      operations: {
        get: (mutex) => Mutex.get(mutex),
        set: (mutex, n: number) => Mutex.set(mutex, n),
        double: (mutex) => Mutex.updateEffect(mutex, (n) => Effect.as(Effect.void, n * 2)),
        add: (mutex) => Mutex.modify(mutex, (n) => [n, n + 1])
      },
      calls: { alice: [["set", 5], ["get"]], bob: [["double"]], carol: [["add"]] },
      initial: 1,
      model: {
        get: (n) => [n, n],
        set: (_, n) => [undefined, n],
        double: (n) => [undefined, n * 2],
        add: (n) => [n, n + 1]
      },
      options: { preemptionBound: 1 }
    })
  }
}
