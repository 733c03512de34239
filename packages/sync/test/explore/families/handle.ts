/**
 * Moving a handle: to another scope, which may close at any moment, and to another fiber.
 */
import { Effect, Exit, Fiber, Scope } from "effect"
import { Handle, Semaphore } from "effect-sync"
import type { Family, Operation, Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

interface State {
  readonly semaphore: Semaphore.Semaphore
  /** Holds what is held in the beginning. */
  readonly outer: Scope.Closeable
  /** Where handles are moved to. */
  readonly target: Scope.Closeable
}

const make: Effect.Effect<State> = Effect.map(
  Semaphore.make(1),
  (semaphore) => ({ semaphore, outer: Scope.makeUnsafe(), target: Scope.makeUnsafe() })
)

const held: Start<State> = {
  make: Effect.tap(make, ({ outer, semaphore }) => Scope.provide(Semaphore.acquire(semaphore), outer)),
  events: { release: ({ outer }) => Scope.close(outer, Exit.void) }
}

const closing: Operation<State>["events"] = { "close the target": ({ target }) => Scope.close(target, Exit.void) }

const operations: Readonly<Record<string, Operation<State>>> = {
  acquire: { run: ({ semaphore }) => Semaphore.acquire(semaphore) },
  release: { run: ({ semaphore }) => Effect.flatMap(Semaphore.acquire(semaphore), Handle.release) },
  transfer: {
    run: ({ semaphore, target }) =>
      Effect.flatMap(Semaphore.acquire(semaphore), (permit) => Handle.transfer(permit, target)),
    events: closing!
  },
  forkWith: {
    run: ({ semaphore }) =>
      Effect.flatMap(Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.void), Fiber.join),
    forks: 1
  },
  "forkWith in": {
    run: ({ semaphore, target }) => Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.void, { in: target }),
    forks: 1,
    events: closing!
  },
  "forkWith detach": {
    run: ({ semaphore }) => Handle.forkWith(Semaphore.acquire(semaphore), () => Effect.void, { in: "detach" }),
    forks: 1
  }
}

export const handle: Family<State> = {
  primitive: "Handle",
  starts: {
    free: { make },
    held
  },
  operations,
  always: ({ semaphore }) => {
    const free = Semaphore.availablePermitsUnsafe(semaphore)
    must(free === 0 || Semaphore.waitingUnsafe(semaphore) === 0, () => `${free} permits free while somebody waits`)
  },
  check: ({ outer, semaphore, target }, { waiting }) => {
    Effect.runSync(Scope.close(target, Exit.void))
    Effect.runSync(Scope.close(outer, Exit.void))
    mustBe("waiters in the queue", Semaphore.waitingUnsafe(semaphore), 0)
    mustBe("permits in the end", Semaphore.availablePermitsUnsafe(semaphore), 1)
    mustBe("fibers that wait for ever", waiting.length, 0)
  }
}
