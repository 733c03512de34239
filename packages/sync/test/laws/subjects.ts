/**
 * Our locks, each seen as a lock under test.
 */
import { Effect, Fiber, Layer, type Option, type Scope } from "effect"
import { Handle, Mutex, RwLock, Semaphore } from "effect-sync"
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

/** One permit: to write. */
const withWrite = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  capacity: 1,
  withPermits: (_, effect) => RwLock.withWrite(lock, () => effect),
  withPermitsIfAvailable: (_, effect) => RwLock.withWriteIfAvailable(lock, () => effect),
  available: Effect.map(
    Effect.all([RwLock.readers(lock), RwLock.isWriteLocked(lock)]),
    ([readers, writeLocked]) => readers > 0 || writeLocked ? 0 : 1
  )
})

const written = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  ...withWrite(lock),
  withPermits: (_, effect) => Effect.scoped(Effect.andThen(RwLock.write(lock), effect)),
  withPermitsIfAvailable: (_, effect) => orNone(RwLock.tryWrite(lock), effect)
})

const forkedWithWrite = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  ...withWrite(lock),
  withPermits: (_, effect) => Effect.flatMap(Handle.forkWith(RwLock.write(lock), () => effect), Fiber.join)
})

/** Of a lock for one reader: whoever has written stays as that reader. */
const downgraded = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  ...withWrite(lock),
  withPermits: (_, effect) =>
    Effect.scoped(Effect.andThen(Effect.flatMap(RwLock.write(lock), (guard) => guard.downgrade), effect))
})

class Shared extends RwLock.Service<Shared>()("effect-sync/laws/Shared", { initial: 0 }) {}

const rwLockService: Effect.Effect<LockUnderTest> = Effect.map(
  Effect.scoped(Layer.build(Shared.layerWith({ initial: 0 }))),
  (context) => ({
    capacity: 1,
    withPermits: (_, effect) => Effect.provide(Shared.withWrite(() => effect), context),
    withPermitsIfAvailable: (_, effect) => Effect.provide(Shared.withWriteIfAvailable(() => effect), context)
  })
)

/** Two permits, for two readers: one is to read, both are to write. */
const twoReaders = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  capacity: 2,
  withPermits: (n, effect) => n === 1 ? RwLock.withRead(lock, () => effect) : RwLock.withWrite(lock, () => effect),
  withPermitsIfAvailable: (n, effect) =>
    n === 1 ? RwLock.withReadIfAvailable(lock, () => effect) : RwLock.withWriteIfAvailable(lock, () => effect),
  available: Effect.map(
    Effect.all([RwLock.readers(lock), RwLock.isWriteLocked(lock)]),
    ([readers, writeLocked]) => writeLocked ? 0 : 2 - readers
  )
})

const twoScopedReaders = (lock: RwLock.RwLock<number>): LockUnderTest => ({
  ...twoReaders(lock),
  withPermits: (n, effect) =>
    n === 1
      ? Effect.scoped(Effect.andThen(RwLock.read(lock), effect))
      : Effect.scoped(Effect.andThen(RwLock.write(lock), effect)),
  withPermitsIfAvailable: (n, effect) =>
    n === 1 ? orNone(RwLock.tryRead(lock), effect) : orNone(RwLock.tryWrite(lock), effect)
})

/** Runs an effect while holding what was tried for, if there was any. */
const orNone = <A, E>(
  tried: Effect.Effect<unknown, RwLock.WouldBlock, Scope.Scope>,
  effect: Effect.Effect<A, E>
): Effect.Effect<Option.Option<A>, E> =>
  Effect.scoped(Effect.matchEffect(tried, {
    onFailure: () => Effect.succeedNone,
    onSuccess: () => Effect.asSome(effect)
  }))

const semaphoreOf = (
  capacity: number,
  see: (semaphore: Semaphore.Semaphore, capacity: number) => LockUnderTest
): Effect.Effect<LockUnderTest> => Effect.map(Semaphore.make(capacity), (semaphore) => see(semaphore, capacity))

const mutexAs = (see: (mutex: Mutex.Mutex<number>) => LockUnderTest): Effect.Effect<LockUnderTest> =>
  Effect.map(Mutex.make(0), see)

const rwLockOf = (
  maxReaders: number,
  see: (lock: RwLock.RwLock<number>) => LockUnderTest
): Effect.Effect<LockUnderTest> => Effect.map(RwLock.make(0, { maxReaders }), see)

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
  { name: "Handle.forkWith(Mutex.lock)", make: mutexAs(forkedWithLock) },
  { name: "RwLock.withWrite", make: rwLockOf(RwLock.MAX_READERS, withWrite) },
  { name: "RwLock.write", make: rwLockOf(RwLock.MAX_READERS, written) },
  { name: "RwLock.write, downgraded to the only reader", make: rwLockOf(1, downgraded) },
  { name: "RwLock.Service", make: rwLockService },
  { name: "Handle.forkWith(RwLock.write)", make: rwLockOf(RwLock.MAX_READERS, forkedWithWrite) },
  { name: "RwLock.withRead and withWrite", make: rwLockOf(2, twoReaders) },
  { name: "RwLock.read and write", make: rwLockOf(2, twoScopedReaders) }
]
