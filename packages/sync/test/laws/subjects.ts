/**
 * Our locks, each seen as a lock under test.
 */
import { Effect, Fiber, Layer } from "effect"
import { Handle, Mutex, Semaphore } from "effect-sync"
import type { LockUnderTest, Subject } from "./lock.ts"

const brackets = (semaphore: Semaphore.Semaphore, capacity: number): LockUnderTest => ({
  capacity,
  withPermits: (n, effect) =>
    n === 1
      ? Semaphore.withPermit(semaphore, effect)
      : Semaphore.withPermits(semaphore, n, effect),
  withPermitsIfAvailable: (n, effect) => Semaphore.withPermitsIfAvailable(semaphore, n, effect),
  available: Semaphore.availablePermits(semaphore)
})

/** A permit in a scope. */
const scoped = (semaphore: Semaphore.Semaphore, capacity: number): LockUnderTest => ({
  ...brackets(semaphore, capacity),
  withPermits: (n, effect) =>
    Effect.scoped(Effect.andThen(n === 1 ? Semaphore.acquire(semaphore) : Semaphore.acquireMany(semaphore, n), effect)),
  withPermitsIfAvailable: (n, effect) =>
    Semaphore.tryAcquireMany(semaphore, n).pipe(
      Effect.matchEffect({
        onFailure: () => Effect.succeedNone,
        onSuccess: () => Effect.asSome(effect)
      }),
      Effect.scoped
    )
})

/** Released by hand, before the scope ends. */
const releasedEarly = (semaphore: Semaphore.Semaphore, capacity: number): LockUnderTest => ({
  ...brackets(semaphore, capacity),
  withPermits: (n, effect) =>
    Effect.scoped(Effect.flatMap(
      Semaphore.acquireMany(semaphore, n),
      (permit) => Effect.tap(effect, permit.release)
    ))
})

/** The wait is here, the work in a fiber of its own. */
const forkedWith = (semaphore: Semaphore.Semaphore, capacity: number): LockUnderTest => ({
  ...brackets(semaphore, capacity),
  withPermits: (n, effect) =>
    Effect.flatMap(Handle.forkWith(Semaphore.acquireMany(semaphore, n), () => effect), Fiber.join)
})

class Permits extends Semaphore.Service<Permits>()("effect-sync/laws/Permits", { permits: 4 }) {}

/** Through the accessors of a service. */
const service = (capacity: number): Effect.Effect<LockUnderTest> =>
  Effect.map(
    // The layer may end at once: what it made needs no closing.
    Effect.scoped(Layer.build(Permits.layerWith({ permits: capacity }))),
    (context) => ({
      capacity,
      withPermits: (n, effect) => Effect.provide(Permits.withPermits(n, effect), context),
      withPermitsIfAvailable: (n, effect) => Effect.provide(Permits.withPermitsIfAvailable(n, effect), context),
      available: Effect.provide(Permits.availablePermits, context)
    })
  )

/** One that could be closed, and is not. */
const closeable = (semaphore: Semaphore.CloseableSemaphore, capacity: number): LockUnderTest => ({
  capacity,
  withPermits: (n, effect) => stillOpen(Semaphore.withPermits(semaphore, n, effect)),
  withPermitsIfAvailable: (n, effect) => stillOpen(Semaphore.withPermitsIfAvailable(semaphore, n, effect)),
  available: Semaphore.availablePermits(semaphore)
})

const stillOpen = <A, E>(effect: Effect.Effect<A, E | Semaphore.SemaphoreClosed>) => effect as Effect.Effect<A, E>

const mutexAvailable = (mutex: Mutex.Mutex<number>): Effect.Effect<number> =>
  Effect.map(Mutex.isLocked(mutex), (locked) => locked ? 0 : 1)

const withLock = (mutex: Mutex.Mutex<number>): LockUnderTest => ({
  capacity: 1,
  withPermits: (_, effect) => Mutex.withLock(mutex, () => effect),
  withPermitsIfAvailable: (_, effect) => Mutex.withLockIfAvailable(mutex, () => effect),
  available: mutexAvailable(mutex)
})

const locked = (mutex: Mutex.Mutex<number>): LockUnderTest => ({
  ...withLock(mutex),
  withPermits: (_, effect) => Effect.scoped(Effect.andThen(Mutex.lock(mutex), effect)),
  withPermitsIfAvailable: (_, effect) =>
    Mutex.tryLock(mutex).pipe(
      Effect.matchEffect({
        onFailure: () => Effect.succeedNone,
        onSuccess: () => Effect.asSome(effect)
      }),
      Effect.scoped
    )
})

const forkedWithLock = (mutex: Mutex.Mutex<number>): LockUnderTest => ({
  ...withLock(mutex),
  withPermits: (_, effect) => Effect.flatMap(Handle.forkWith(Mutex.lock(mutex), () => effect), Fiber.join)
})

class Lock extends Mutex.Service<Lock>()("effect-sync/laws/Lock", { initial: 0 }) {}

const mutexService: Effect.Effect<LockUnderTest> = Effect.map(
  Effect.scoped(Layer.build(Lock.layerWith({ initial: 0 }))),
  (context) => ({
    capacity: 1,
    withPermits: (_, effect) => Effect.provide(Lock.withLock(() => effect), context),
    withPermitsIfAvailable: (_, effect) => Effect.provide(Lock.withLockIfAvailable(() => effect), context)
  })
)

const semaphoreOf = (
  capacity: number,
  see: (semaphore: Semaphore.Semaphore, capacity: number) => LockUnderTest
): Effect.Effect<LockUnderTest> => Effect.map(Semaphore.make(capacity), (semaphore) => see(semaphore, capacity))

const mutexAs = (see: (mutex: Mutex.Mutex<number>) => LockUnderTest): Effect.Effect<LockUnderTest> =>
  Effect.map(Mutex.make(0), see)

/** Everything of ours that keeps the laws of a lock. */
export const subjects: ReadonlyArray<Subject> = [
  { name: "Semaphore.withPermits", make: semaphoreOf(4, brackets) },
  { name: "Semaphore.withPermits, one permit", make: semaphoreOf(1, brackets) },
  { name: "Semaphore.acquireMany", make: semaphoreOf(4, scoped) },
  { name: "Semaphore.acquireMany, released early", make: semaphoreOf(3, releasedEarly) },
  { name: "Semaphore.Service", make: service(4) },
  {
    name: "Semaphore.makeCloseable",
    make: Effect.map(Semaphore.makeCloseable(4), (semaphore) => closeable(semaphore, 4))
  },
  { name: "Handle.forkWith(Semaphore.acquireMany)", make: semaphoreOf(4, forkedWith) },
  { name: "Mutex.withLock", make: mutexAs(withLock) },
  { name: "Mutex.lock", make: mutexAs(locked) },
  { name: "Mutex.Service", make: mutexService },
  { name: "Handle.forkWith(Mutex.lock)", make: mutexAs(forkedWithLock) }
]
