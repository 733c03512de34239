/**
 * Semaphore and its permits.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Exit, Scope } from "effect"
import { Semaphore } from "effect-sync"
import { type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

interface State {
  readonly semaphore: Semaphore.CloseableSemaphore
  /** Permits in existence. */
  total: number
  /** Permits in use by a body that runs. */
  used: number
  readonly outer: Scope.Closeable
  readonly line: Line
}

const capacity = 2

/** What is done with permits: nobody may use more of them than there are. */
const use = (state: State, n: number): Effect.Effect<void> =>
  Effect.onExitPrimitive(
    Effect.andThen(
      Effect.sync(() => {
        // With more permits than it asks for, one who came later may have theirs while the first has not run yet.
        if (state.total <= capacity) noOvertaking(state)
        state.used += n
        must(state.used <= state.total, () => `${state.used} permits of ${state.total} in use`)
      }),
      Effect.void // a second step, so that somebody else may come in between
    ),
    () => {
      state.used -= n
      return undefined
    }
  )

const make: Effect.Effect<State, never, Scope.Scope> = Effect.gen(function*() {
  return {
    semaphore: yield* Semaphore.makeCloseable(capacity),
    total: capacity,
    used: 0,
    outer: Scope.makeUnsafe(),
    line: { queuing: false }
  }
})

const held: Start<State> = {
  make: Effect.tap(
    make,
    ({ outer, semaphore }) => Effect.orDie(Scope.provide(Semaphore.acquireMany(semaphore, capacity), outer))
  ),
  events: { release: ({ outer }) => Scope.close(outer, Exit.void) }
}

const acquired =
  (n: number, then: (permit: Semaphore.Permit, state: State) => Effect.Effect<unknown, unknown, Scope.Scope>) =>
  (state: State) => Effect.flatMap(Semaphore.acquireMany(state.semaphore, n), (permit) => then(permit, state))

const operations: Readonly<Record<string, Operation<State> & { readonly needs?: number }>> = {
  withPermit: { run: (state) => Semaphore.withPermit(state.semaphore, use(state, 1)), needs: 1 },
  withPermits: { run: (state) => Semaphore.withPermits(state.semaphore, 2, use(state, 2)), needs: 2 },
  withPermitsIfAvailable: { run: (state) => Semaphore.withPermitsIfAvailable(state.semaphore, 2, use(state, 2)) },
  acquire: { run: acquired(1, (_, state) => use(state, 1)), needs: 1 },
  acquireMany: { run: acquired(2, (_, state) => use(state, 2)), needs: 2 },
  tryAcquire: { run: (state) => Effect.andThen(Semaphore.tryAcquire(state.semaphore), use(state, 1)) },
  tryAcquireMany: { run: (state) => Effect.andThen(Semaphore.tryAcquireMany(state.semaphore, 2), use(state, 2)) },
  "permit.release": { run: acquired(1, (permit) => permit.release), needs: 1 },
  "permit.forget": {
    run: acquired(1, (permit, state) =>
      Effect.map(permit.forget, () => {
        state.total--
      })),
    needs: 1
  },
  "permit.split": {
    run: acquired(2, (permit) => Effect.andThen(permit.split(1), permit.release)),
    needs: 2
  },
  "permit.merge": {
    run: acquired(
      1,
      (permit, state) => Effect.flatMap(Semaphore.tryAcquire(state.semaphore), (other) => permit.merge(other))
    ),
    needs: 1
  },
  addPermits: {
    run: (state) =>
      Effect.map(Semaphore.addPermits(state.semaphore, 1), () => {
        state.total++
      })
  },
  forgetPermits: {
    run: (state) =>
      Effect.map(Semaphore.forgetPermits(state.semaphore, 1), (n) => {
        state.total -= n
      })
  },
  close: { run: ({ semaphore }) => Semaphore.close(semaphore) }
}

const queued = first<State>((state, served) =>
  Semaphore.withPermits(state.semaphore, 2, Effect.andThen(Effect.sync(served), use(state, 2)))
)

const needs = (operation: string): number => operations[operation]?.needs ?? 0

/** One permit, and a scope that keeps what is acquired. */
const kept: Effect.Effect<{ readonly semaphore: Semaphore.Semaphore; readonly scope: Scope.Scope }> = Effect.map(
  Semaphore.make(1),
  (semaphore) => ({ semaphore, scope: Scope.makeUnsafe() })
)

export const semaphore: Family<State> = {
  primitive: "Semaphore",
  starts: {
    free: { make },
    held,
    queued: { ...held, queued: { withPermits: queued } },
    closed: { make: Effect.tap(make, ({ semaphore }) => Semaphore.close(semaphore)) }
  },
  operations,
  always: ({ semaphore }) => {
    const free = Semaphore.availablePermitsUnsafe(semaphore)
    must(free >= 0, () => `${free} permits free`)
    must(free === 0 || Semaphore.waitingUnsafe(semaphore) === 0, () => `${free} permits free while somebody waits`)
  },
  check: ({ outer, semaphore, total }, { waiting }) => {
    Effect.runSync(Scope.close(outer, Exit.void))
    const free = Semaphore.availablePermitsUnsafe(semaphore)
    mustBe("waiters in the queue", Semaphore.waitingUnsafe(semaphore), waiting.length)
    if (waiting.length === 0) return mustBe("permits in the end", free, total)
    // Only forgotten permits may be waited for in vain.
    must(Math.max(...waiting.map(needs)) > total, () => `${waiting.join()} wait though there are ${total} permits`)
    mustBe("permits that nobody has collected", free, 0)
  },
  outcome: ({ semaphore }) => Semaphore.availablePermitsUnsafe(semaphore),
  linearizable: {
    "take and give, one by one": specification({
      setup: kept,
      operations: {
        acquire: (state) => Effect.asVoid(Scope.provide(Semaphore.acquire(state.semaphore), state.scope)),
        tryAcquire: (state) => Effect.asVoid(Scope.provide(Semaphore.tryAcquire(state.semaphore), state.scope)),
        addPermits: (state) => Semaphore.addPermits(state.semaphore, 1),
        forgetPermits: (state) => Semaphore.forgetPermits(state.semaphore, 1),
        availablePermits: (state) => Semaphore.availablePermits(state.semaphore)
      },
      calls: {
        alice: [["acquire"], ["addPermits"]],
        bob: [["tryAcquire"], ["availablePermits"]],
        carol: [["forgetPermits"]]
      },
      initial: 1,
      model: {
        acquire: (free) => free > 0 ? [undefined, free - 1] : Explore.blocks,
        tryAcquire: (free) => free > 0 ? [undefined, free - 1] : [Explore.fails("NoPermits"), free],
        addPermits: (free) => [undefined, free + 1],
        forgetPermits: (free) => free > 0 ? [1, free - 1] : [0, free],
        availablePermits: (free) => [free, free]
      }
    })
  }
}
