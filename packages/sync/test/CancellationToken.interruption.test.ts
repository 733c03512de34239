/**
 * An interrupt at every operation (`laws/sweep.ts`), and under small operation budgets, of everything that waits for a
 * token or is released with a scope: nobody is forgotten, nothing of an effect is left running, no value is lost.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Queue } from "effect"
import { CancellationToken, Handle, Mutex, Semaphore } from "effect-sync"
import { getEventListeners } from "node:events"
import { steps } from "./laws/stepping.ts"
import { interruptEverywhere, type Options, type Program } from "./laws/sweep.ts"

type Token = CancellationToken.CancellationToken

const sweep = <S, E>(name: string, program: Program<S, E>, options?: Options) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const summary = yield* interruptEverywhere(program, options)
      // a sweep that interrupts nothing proves nothing
      assert.isAbove(summary.interrupted, 3)
    }))

/** Nobody waits, and the token still works. */
const atRest = (token: Token) =>
  Effect.gen(function*() {
    assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
    assert.include(token.toJSON(), { children: 0, waiting: 0 })
    yield* CancellationToken.cancel(token)
    yield* CancellationToken.cancelled(token)
  })

const cancelAfter = (turns: number) => (token: Token) => Effect.andThen(steps(turns), CancellationToken.cancel(token))

describe("CT-3, CT-7: an interrupt at every operation of who waits", () => {
  const forms: Record<string, (token: Token) => Effect.Effect<unknown>> = {
    cancelled: CancellationToken.cancelled,
    "cancelled of a child": (token) =>
      Effect.scoped(Effect.flatMap(CancellationToken.child(token), CancellationToken.cancelled)),
    "cancelled of a grandchild whose parent goes": (token) =>
      Effect.scoped(Effect.gen(function*() {
        const child = yield* CancellationToken.child(token)
        const grandchild = yield* CancellationToken.child(child)
        yield* Effect.yieldNow
        yield* Handle.release(child)
        yield* CancellationToken.cancelled(grandchild)
      })),
    "cancelled of a child of a fiber that owns it": (token) =>
      Effect.flatMap(
        Handle.forkWith(CancellationToken.child(token), CancellationToken.cancelled),
        () => CancellationToken.cancelled(token)
      )
  }

  for (const [name, form] of Object.entries(forms)) {
    sweep(`${name}: alone, never cancelled`, { setup: CancellationToken.make(), target: form, check: atRest })
    sweep(`${name}: cancelled meanwhile, others before and behind`, {
      setup: CancellationToken.make(),
      target: (token) => Effect.andThen(Effect.yieldNow, form(token)),
      others: (token) => [
        CancellationToken.cancelled(token),
        Effect.andThen(steps(2), CancellationToken.cancelled(token)),
        cancelAfter(4)(token),
        Effect.andThen(steps(6), CancellationToken.cancelled(token))
      ],
      check: atRest
    })
  }
})

/** A token, and what the effect under it does. */
class World {
  readonly token = CancellationToken.makeUnsafe()
  readonly semaphore = Semaphore.makeUnsafe(1)
  /** Effects that have begun and not run their finalizers. */
  running = 0
  /** Those that still ran when their caller had ended. */
  leftRunning = 0
  /** What was taken out of somewhere, and what of that was written down. */
  taken = 0
  received = 0

  /** An effect with a finalizer that takes its time. */
  work<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.running++),
      () => effect,
      () => Effect.andThen(Effect.yieldNow, Effect.sync(() => this.running--))
    )
  }

  /** Ends after its effects have. */
  caller<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.onExit(effect, () =>
      Effect.sync(() => {
        this.leftRunning += this.running
      }))
  }
}

const nothingLeft = (world: World) =>
  Effect.gen(function*() {
    assert.strictEqual(world.running, 0)
    assert.strictEqual(world.leftRunning, 0)
    assert.strictEqual(world.received, world.taken, "a value was lost")
    assert.strictEqual(Semaphore.availablePermitsUnsafe(world.semaphore), 1)
    yield* atRest(world.token)
  })

const newWorld = Effect.sync(() => new World())

describe("CT-6: an interrupt at every operation of runUntilCancelled", () => {
  const bodies: Record<string, (world: World) => Effect.Effect<unknown, unknown>> = {
    "that ends at once": () => Effect.succeed(1),
    "that yields": (world) => world.work(steps(2)),
    "that never ends": (world) => world.work(Effect.never),
    "that fails": (world) => world.work(Effect.andThen(Effect.yieldNow, Effect.fail("no"))),
    "that dies": (world) => world.work(Effect.andThen(Effect.yieldNow, Effect.die("no"))),
    "that can't be interrupted": (world) => world.work(Effect.uninterruptible(steps(3))),
    "that waits for a permit": (world) => Semaphore.withPermit(world.semaphore, world.work(Effect.yieldNow)),
    "that cancels": (world) => world.work(CancellationToken.cancel(world.token)),
    "that waits for the same token": (world) => world.work(CancellationToken.cancelled(world.token)),
    "that runs another": (world) => CancellationToken.runUntilCancelled(world.token, world.work(Effect.never)),
    "that forks": (world) => Effect.andThen(Effect.forkChild(world.work(Effect.never)), steps(2))
  }
  const brackets: Record<
    string,
    (token: Token, effect: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>
  > = {
    runUntilCancelled: (token, effect) => CancellationToken.runUntilCancelled(token, effect),
    interruptWhenCancelled: (token, effect) => CancellationToken.interruptWhenCancelled(token, effect)
  }
  for (const [bracketName, bracket] of Object.entries(brackets)) {
    for (const [name, body] of Object.entries(bodies)) {
      const target = (world: World) => world.caller(Effect.exit(bracket(world.token, body(world))))
      sweep(`${bracketName} of an effect ${name}`, { setup: newWorld, target, check: nothingLeft })
      sweep(`${bracketName} of an effect ${name}: cancelled meanwhile`, {
        setup: newWorld,
        target: (world) => Effect.andThen(Effect.yieldNow, target(world)),
        others: ({ semaphore, token }) => [
          Semaphore.withPermit(semaphore, steps(2)),
          cancelAfter(3)(token),
          CancellationToken.cancelled(token)
        ],
        check: nothingLeft
      })
    }
  }

  describe("as safe as the effect: what it has taken is not lost", () => {
    interface Bag {
      readonly world: World
      readonly take: Effect.Effect<number>
      readonly fill: Effect.Effect<unknown>
    }
    const queueOf = (messages: number): Effect.Effect<Bag> =>
      Effect.gen(function*() {
        const world = new World()
        const queue = yield* Queue.unbounded<number>()
        const fill = Queue.offer(queue, 1)
        if (messages > 0) yield* fill
        // What is not in the queue any more was taken.
        Object.defineProperty(world, "taken", { get: () => 1 - queue.messages.length })
        return { world, take: Queue.take(queue), fill: messages > 0 ? Effect.void : Effect.andThen(steps(3), fill) }
      })
    const bags: Record<string, Effect.Effect<Bag>> = {
      "one step of a mutex": Effect.gen(function*() {
        const world = new World()
        const mutex = yield* Mutex.make(0)
        const take = Mutex.modify(mutex, (n) => {
          world.taken++
          return [n, n + 1]
        })
        return { world, take, fill: Mutex.withLock(mutex, () => steps(3)) }
      }),
      "a message from a queue that has one": queueOf(1),
      "a message from a queue that gets one": queueOf(0)
    }
    // Not «at once»: that interrupts the caller from within a step of the effect's fiber as well, where no effect whatever
    // could keep what this very step takes. The budgets interrupt it between any two of them.
    const afterAStep: Options = { ways: ["late", "never"] }
    const received = ({ take, world }: Bag, then: (n: number) => void): Effect.Effect<void> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(CancellationToken.runUntilCancelled(world.token, take)), (n) =>
          Effect.sync(() => {
            if (Option.isSome(n)) then(n.value)
          }))
      )
    for (const [name, setup] of Object.entries(bags)) {
      for (const cancels of [false, true]) {
        sweep(`${name}${cancels ? ", cancelled meanwhile" : ""}`, {
          setup,
          target: (bag) => received(bag, () => bag.world.received++),
          others: (bag) => cancels ? [bag.fill, cancelAfter(3)(bag.world.token)] : [bag.fill],
          check: ({ world }) => nothingLeft(world)
        }, afterAStep)
      }
    }
  })
})

describe("CT-7, CT-8: an interrupt at every operation of who holds", () => {
  sweep("a guard that came into being cancels; nobody else does", {
    setup: Effect.all({ guarded: CancellationToken.make(), seen: Effect.sync(() => ({ guard: false })) }),
    target: ({ guarded, seen }) =>
      Effect.scoped(Effect.gen(function*() {
        yield* Effect.yieldNow
        yield* Effect.tap(CancellationToken.dropGuard(guarded), () =>
          Effect.sync(() => {
            seen.guard = true
          }))
        yield* Effect.yieldNow
      })),
    check: ({ guarded, seen }, { target }) =>
      Effect.sync(() => {
        if (seen.guard) assert.isTrue(CancellationToken.isCancelledUnsafe(guarded))
        if (Exit.isSuccess(target)) assert.isTrue(seen.guard)
      })
  })

  sweep("a guard that was disarmed does not cancel", {
    setup: Effect.all({
      guarded: CancellationToken.make(),
      seen: Effect.sync(() => ({ disarmed: false, guard: false }))
    }),
    target: ({ guarded, seen }) =>
      Effect.scoped(Effect.gen(function*() {
        const guard = yield* CancellationToken.dropGuard(guarded)
        seen.guard = true
        yield* Effect.yieldNow
        yield* Effect.tap(guard.disarm, () =>
          Effect.sync(() => {
            seen.disarmed = true
          }))
        yield* Effect.yieldNow
      })),
    check: ({ guarded, seen }, { target }) =>
      Effect.sync(() => {
        if (seen.disarmed) assert.isFalse(CancellationToken.isCancelledUnsafe(guarded))
        if (Exit.isSuccess(target)) assert.isTrue(seen.disarmed)
      })
  })

  sweep("children leave nothing in the tree, and cancel nothing", {
    setup: CancellationToken.make(),
    target: (token) =>
      Effect.scoped(Effect.gen(function*() {
        const scope = yield* Effect.scope
        const child = yield* Effect.scoped(
          Effect.flatMap(CancellationToken.child(token), (child) => Handle.transfer(child, scope))
        )
        yield* Effect.yieldNow
        const grandchild = yield* CancellationToken.child(child)
        yield* Effect.yieldNow
        yield* Handle.release(child)
        yield* Effect.yieldNow
        assert.isFalse(yield* CancellationToken.isCancelled(grandchild))
      })),
    check: (token, { target }) =>
      Effect.gen(function*() {
        if (Exit.isFailure(target)) assert.isTrue(Cause.hasInterruptsOnly(target.cause))
        assert.isFalse(yield* CancellationToken.isCancelled(token))
        yield* atRest(token)
      })
  })

  sweep("abort signals: no listener stays, nothing is cancelled or aborted", {
    setup: Effect.sync(() => ({
      controller: new AbortController(),
      token: CancellationToken.makeUnsafe(),
      signals: [] as Array<AbortSignal>
    })),
    target: ({ controller, signals, token }) =>
      Effect.scoped(Effect.gen(function*() {
        yield* Effect.yieldNow
        yield* CancellationToken.fromAbortSignal(controller.signal)
        yield* Effect.yieldNow
        signals.push(yield* CancellationToken.toAbortSignal(token))
        yield* Effect.yieldNow
      })),
    check: ({ controller, signals, token }) =>
      Effect.gen(function*() {
        assert.lengthOf(getEventListeners(controller.signal, "abort"), 0)
        yield* atRest(token)
        for (const signal of signals) assert.isFalse(signal.aborted)
      })
  })
})
