/**
 * What CancellationToken promises, guarantee by guarantee, and what API.md adds to them. Interruption at every step is in
 * `CancellationToken.interruption.test.ts`, running effects in `….running.test.ts`, random trees in `….model.test.ts`, large
 * ones in `….stress.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Equal, Exit, Fiber, Hash, HashSet, Layer, Option, Scope } from "effect"
import { CancellationToken, Handle } from "effect-sync"
import { getEventListeners } from "node:events"
import { inspect } from "node:util"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

const { cancel, cancelled, cancelUnsafe, child, isCancelledUnsafe, make, runUntilCancelled } = CancellationToken

type Token = CancellationToken.CancellationToken

const flags = (...tokens: ReadonlyArray<Token>): ReadonlyArray<boolean> => tokens.map(isCancelledUnsafe)

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A token below another, in a scope of its own, and how to close that. */
const scopedChild = (parent: Token) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const token = yield* Scope.provide(child(parent), scope)
    return { token, scope, close: Scope.close(scope, Exit.void) }
  })

describe("the tree", () => {
  it.effect("CT-1: cancelling reaches all below, at every depth", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const tokens = [root]
      for (let i = 0; i < 10; i++) tokens.push(yield* child(tokens[i]))
      yield* cancel(tokens[4])
      assert.deepStrictEqual(flags(...tokens), tokens.map((_, i) => i >= 4))
      yield* cancel(root)
      assert.isTrue(flags(...tokens).every(Boolean))
    }).pipe(Effect.scoped))

  it.effect("CT-1: a cancellation comes down through tokens that are gone", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const middle = yield* scopedChild(root)
      const lower = yield* scopedChild(middle.token)
      const leaf = yield* child(lower.token)
      const waiter = yield* forkSettled(cancelled(leaf))
      yield* middle.close
      yield* lower.close
      assert.deepStrictEqual(flags(root, middle.token, lower.token, leaf), [false, false, false, false])
      yield* cancel(root)
      yield* Fiber.join(waiter)
      assert.deepStrictEqual(flags(root, middle.token, lower.token, leaf), [true, false, false, true])
    }).pipe(Effect.scoped))

  it.effect("CT-1: children of one that is gone are all taken over, whichever goes first", () =>
    Effect.gen(function*() {
      for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
        const root = yield* make()
        const chain = [yield* scopedChild(root)]
        for (let i = 0; i < 2; i++) chain.push(yield* scopedChild(chain[i].token))
        const leaves: Array<Token> = []
        for (const { token } of chain) leaves.push(yield* child(token), yield* child(token))
        for (const i of order) yield* chain[i].close
        assert.include(root.toJSON(), { children: leaves.length })
        yield* cancel(root)
        assert.isTrue(flags(...leaves).every(Boolean))
        assert.isFalse(flags(...chain.map(({ token }) => token)).some(Boolean))
      }
    }).pipe(Effect.scoped))

  it.effect("CT-2: siblings and ancestors are untouched, and cancelled later like any other", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const token = yield* child(root)
      const sibling = yield* child(root)
      const below = [yield* child(token), yield* child(token)]
      const nephew = yield* child(sibling)
      const grandchildren = [yield* child(below[0]), yield* child(below[0]), yield* child(below[1])]
      const waiting = yield* Effect.forEach([root, sibling, nephew], (token) => forkSettled(cancelled(token)))
      yield* cancel(token)
      yield* settle
      assert.deepStrictEqual(flags(root, sibling, nephew), [false, false, false])
      assert.isTrue(flags(token, ...below, ...grandchildren).every(Boolean))
      assert.isTrue(waiting.every((fiber) => fiber.pollUnsafe() === undefined))
      yield* cancel(root)
      yield* Fiber.joinAll(waiting)
      assert.deepStrictEqual(flags(root, sibling, nephew), [true, true, true])
    }).pipe(Effect.scoped))

  it.effect("CT-4: a child of a cancelled token is born cancelled, and belongs to no tree", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const token = yield* child(root)
      yield* cancel(token)
      const late = yield* child(token)
      const later = CancellationToken.childUnsafe(late)
      assert.deepStrictEqual(flags(root, late, later), [false, true, true])
      yield* cancelled(later)
      assert.include(token.toJSON(), { children: 0 })
      assert.deepStrictEqual(yield* runUntilCancelled(late, Effect.succeed("never begun")), Option.none())
    }).pipe(Effect.scoped))

  it.effect("CT-5: cancelling twice is as once", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const below = yield* child(root)
      let woken = 0
      yield* forkSettled(Effect.andThen(cancelled(below), Effect.sync(() => woken++)))
      yield* cancel(root)
      yield* cancel(root)
      cancelUnsafe(below)
      yield* settle
      assert.strictEqual(woken, 1)
      assert.deepStrictEqual(flags(root, below), [true, true])
    }).pipe(Effect.scoped))

  it.effect("CT-5: when it returns every descendant is cancelled, before anybody has run", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const tokens = [root, yield* child(root), yield* child(root)]
      tokens.push(yield* child(tokens[1]), yield* child(tokens[2]))
      const seen: Array<ReadonlyArray<boolean>> = []
      for (const token of tokens) {
        yield* forkSettled(Effect.andThen(cancelled(token), Effect.sync(() => seen.push(flags(...tokens)))))
      }
      cancelUnsafe(root)
      assert.deepStrictEqual(seen, [], "an …Unsafe call ran a fiber on its own stack")
      assert.isTrue(flags(...tokens).every(Boolean))
      yield* settle
      assert.lengthOf(seen, tokens.length)
      assert.isTrue(seen.flat().every(Boolean))
    }).pipe(Effect.scoped))

  it.effect("CT-5: the whole subtree is flagged before the first listener of a signal is told", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const tokens = [root, yield* child(root), yield* child(root)]
      tokens.push(yield* child(tokens[1]), yield* child(tokens[2]))
      const waiters = yield* Effect.forEach(tokens, (token) => forkSettled(cancelled(token)))
      const seen: Array<unknown> = []
      for (const token of tokens) {
        const signal = yield* CancellationToken.toAbortSignal(token)
        signal.addEventListener("abort", () => {
          seen.push(flags(...tokens), tokens.map(CancellationToken.waitingUnsafe), tokens.map((token) => child(token)))
        })
      }
      cancelUnsafe(root)
      assert.lengthOf(seen, 3 * tokens.length)
      for (let i = 0; i < seen.length; i += 3) {
        assert.deepStrictEqual(seen[i], tokens.map(() => true))
        assert.deepStrictEqual(seen[i + 1], tokens.map(() => 0))
      }
      yield* Fiber.joinAll(waiters)
    }).pipe(Effect.scoped))

  it.effect("CT-7: dropping cancels nothing, parent before child and child before parent", () =>
    Effect.gen(function*() {
      for (const parentFirst of [true, false]) {
        const root = yield* make()
        const parent = yield* scopedChild(root)
        const one = yield* scopedChild(parent.token)
        const other = yield* scopedChild(parent.token)
        const order = parentFirst ? [parent, one, other] : [one, other, parent]
        for (const { close } of order) yield* close
        assert.deepStrictEqual(flags(root, parent.token, one.token, other.token), [false, false, false, false])
        assert.include(root.toJSON(), { children: 0 })
        for (const { scope, token } of order) {
          assert.isTrue(Handle.isReleased(token))
          assert.strictEqual(scope.state._tag, "Closed")
        }
      }
    }))

  it.effect("CT-7: a child released early leaves no trace, neither in the tree nor in its scope", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { scope, token } = yield* scopedChild(root)
      assert.include(root.toJSON(), { children: 1 })
      yield* Handle.release(token)
      yield* Handle.release(token)
      assert.include(root.toJSON(), { children: 0 })
      assert.strictEqual(scope.state._tag, "Empty")
    }))

  it.effect("CT-7: a child transferred to another scope stays in the tree until that ends", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { close, token } = yield* scopedChild(root)
      const target = yield* Scope.make()
      yield* Handle.transfer(token, target)
      yield* close
      assert.include(root.toJSON(), { children: 1 })
      yield* Scope.close(target, Exit.void)
      assert.include(root.toJSON(), { children: 0 })
      yield* cancel(root)
      assert.deepStrictEqual(flags(root, token), [true, false])
    }))

  it.effect("a child made in a closed scope comes released", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      const token = yield* Scope.provide(child(root), scope)
      assert.isTrue(Handle.isReleased(token))
      yield* cancel(root)
      assert.isFalse(isCancelledUnsafe(token))
    }))

  it.effect("a child for each connection, owned by its fiber", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const fibers = yield* Effect.forEach([1, 2, 3], (n) =>
        Handle.forkWith(child(root), (token) => Effect.as(cancelled(token), n)))
      yield* settle
      assert.include(root.toJSON(), { children: 3 })
      yield* Fiber.interrupt(fibers[1])
      assert.include(root.toJSON(), { children: 2 })
      yield* cancel(root)
      assert.deepStrictEqual(yield* Fiber.joinAll([fibers[0], fibers[2]]), [1, 3])
    }))
})

describe("a released token", () => {
  it.effect("CT-7: keeps its flag, and can be read, cancelled and waited for", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const gone = yield* scopedChild(root)
      const flagged = yield* scopedChild(root)
      yield* cancel(flagged.token)
      yield* flagged.close
      assert.isTrue(yield* CancellationToken.isCancelled(flagged.token))
      yield* cancelled(flagged.token)
      yield* gone.close
      const waiter = yield* forkSettled(cancelled(gone.token))
      assert.strictEqual(yield* CancellationToken.waiting(gone.token), 1)
      assert.deepStrictEqual(yield* runUntilCancelled(gone.token, Effect.succeed(1)), Option.some(1))
      yield* cancel(gone.token)
      yield* Fiber.join(waiter)
      assert.deepStrictEqual(flags(root, gone.token), [false, true])
    }))

  it.effect("CT-7: follows its parent no longer; who waits for it goes on waiting", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { close, token } = yield* scopedChild(root)
      const waiters = [
        yield* forkSettled(cancelled(token)),
        yield* forkSettled(runUntilCancelled(token, Effect.never))
      ] as const
      yield* close
      yield* cancel(root)
      yield* settle
      assert.isFalse(isCancelledUnsafe(token))
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 2)
      yield* cancel(token)
      yield* Fiber.join(waiters[0])
      assert.deepStrictEqual(yield* Fiber.join(waiters[1]), Option.none())
    }))

  it.effect("CT-7: tokens made of it attach to nothing, but inherit its flag", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { close, token } = yield* scopedChild(root)
      yield* close
      const below = yield* child(token)
      yield* cancel(root)
      yield* cancel(token)
      assert.isFalse(isCancelledUnsafe(below))
      assert.isTrue(isCancelledUnsafe(yield* child(token)))
    }).pipe(Effect.scoped))

  it.effect("CT-7: a released root cuts its children loose", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const one = yield* child(root)
      const below = yield* child(one)
      assert.isFalse(Handle.isReleased(root))
      yield* Handle.release(root)
      yield* cancel(root)
      assert.deepStrictEqual(flags(root, one, below), [true, false, false])
      yield* cancel(one)
      assert.deepStrictEqual(flags(one, below), [true, true])
    }).pipe(Effect.scoped))

  it.effect("can't be transferred, and the message says which it is", () =>
    Effect.gen(function*() {
      const { close, token } = yield* scopedChild(yield* make({ name: "shutdown" }))
      yield* close
      const defect = yield* defectOf(Handle.transfer(token, yield* Effect.scope))
      assert.instanceOf(defect, CancellationToken.Misuse)
      assert.strictEqual(
        defect.message,
        "Handle.transfer: CancellationToken \"shutdown\" was released and can't be used any more"
      )
    }).pipe(Effect.scoped))

  it.effect("a root may be given to a scope, which releases it and cancels nothing", () =>
    Effect.gen(function*() {
      const root = yield* make()
      yield* Effect.scoped(Effect.flatMap(Effect.scope, (scope) => Handle.transfer(root, scope)))
      assert.isTrue(Handle.isReleased(root))
      assert.isFalse(isCancelledUnsafe(root))
    }))
})

describe("waiting", () => {
  it.effect("CT-3: everybody is woken, once, the oldest on a token first", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const token = yield* child(root)
      const woken: Array<number> = []
      for (let i = 0; i < 5; i++) {
        yield* forkSettled(Effect.andThen(cancelled(token), Effect.sync(() => woken.push(i))))
      }
      assert.strictEqual(yield* CancellationToken.waiting(token), 5)
      assert.strictEqual(yield* CancellationToken.waiting(root), 0)
      yield* cancel(root)
      assert.strictEqual(yield* CancellationToken.waiting(token), 0)
      yield* settle
      assert.deepStrictEqual(woken, [0, 1, 2, 3, 4])
    }).pipe(Effect.scoped))

  it.effect("CT-3: a wait that is begun later ends at once", () =>
    Effect.gen(function*() {
      const token = yield* make()
      yield* cancel(token)
      assert.isTrue(Exit.isSuccess(Effect.runSyncExit(cancelled(token))))
    }))

  it.effect("CT-3: one Effect may be run by many, again and again", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const wait = cancelled(token)
      const fibers = [
        yield* forkSettled(wait),
        yield* forkSettled(wait),
        yield* forkSettled(Effect.andThen(wait, wait))
      ]
      yield* cancel(token)
      yield* Fiber.joinAll(fibers)
      yield* wait
    }))

  it.effect("CT-3: who gave up is not counted, and keeps nobody from being woken", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const fibers = yield* Effect.forEach([0, 1, 2, 3, 4], () => forkSettled(cancelled(token)))
      for (const i of [2, 0, 4]) yield* Fiber.interrupt(fibers[i])
      assert.strictEqual(CancellationToken.waitingUnsafe(token), 2)
      yield* cancel(token)
      yield* Fiber.joinAll([fibers[1], fibers[3]])
    }))

  it.effect("CT-3: who is interrupted after the cancellation and before it has run ends interrupted; the others run", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const fibers = yield* Effect.forEach([0, 1, 2], () => forkSettled(cancelled(token)))
      cancelUnsafe(token)
      fibers[1].interruptUnsafe()
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
    }))

  it.effect("CT-3: a waiter that dies on waking keeps nobody from being woken", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const dying = yield* forkSettled(Effect.andThen(cancelled(token), Effect.die("no")))
      const other = yield* forkSettled(cancelled(token))
      yield* cancel(token)
      yield* Fiber.join(other)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(dying)))
    }))

  it.effect("CT-3: who is woken may do anything to the tree", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const sibling = yield* child(root)
      const token = yield* child(root)
      const below = yield* child(token)
      const first = yield* forkSettled(
        Effect.gen(function*() {
          yield* cancelled(below)
          yield* Handle.release(token)
          yield* cancel(root)
          yield* cancelled(yield* child(root))
        })
      )
      const others = yield* Effect.forEach([below, sibling, root], (token) => forkSettled(cancelled(token)))
      yield* cancel(token)
      yield* Fiber.joinAll([first, ...others])
      assert.isTrue(flags(root, sibling, token, below).every(Boolean))
    }).pipe(Effect.scoped))

  it.effect("CT-9: cancelling interrupts nobody", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const deferred = yield* Deferred.make<string>()
      const fiber = yield* forkSettled(Effect.andThen(
        CancellationToken.isCancelled(token),
        Deferred.await(deferred)
      ))
      yield* cancel(token)
      yield* settle
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(deferred, "went on")
      assert.strictEqual(yield* Fiber.join(fiber), "went on")
    }))
})

describe("dropGuard", () => {
  it.effect("CT-8: an armed guard cancels on every exit", () =>
    Effect.gen(function*() {
      const endings: Record<string, Effect.Effect<unknown, unknown>> = {
        success: Effect.void,
        failure: Effect.fail("no"),
        defect: Effect.die("no"),
        interruption: Effect.interrupt
      }
      for (const [name, ending] of Object.entries(endings)) {
        const token = yield* make()
        const below = yield* child(token)
        yield* Effect.exit(Effect.scoped(Effect.andThen(CancellationToken.dropGuard(token), ending)))
        assert.deepStrictEqual(flags(token, below), [true, true], name)
      }
    }).pipe(Effect.scoped))

  it.effect("CT-8: a disarmed guard never cancels, and leaves no trace in its scope", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const scope = yield* Scope.make()
      for (
        const disarm of [
          (guard: CancellationToken.DropGuard) => guard.disarm,
          (guard: CancellationToken.DropGuard) => Effect.sync(guard.disarmUnsafe)
        ]
      ) {
        const guard = yield* Scope.provide(CancellationToken.dropGuard(token), scope)
        assert.strictEqual(guard.token, token)
        assert.strictEqual(yield* disarm(guard), token)
        assert.strictEqual(scope.state._tag, "Empty")
        assert.isTrue(Handle.isReleased(guard))
        yield* Handle.release(guard)
        assert.strictEqual(yield* disarm(guard), token)
      }
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(isCancelledUnsafe(token))
    }))

  it.effect("CT-8: another guard of the token still cancels it", () =>
    Effect.gen(function*() {
      const token = yield* make()
      yield* Effect.scoped(Effect.gen(function*() {
        const one = yield* CancellationToken.dropGuard(token)
        yield* CancellationToken.dropGuard(token)
        yield* one.disarm
      }))
      assert.isTrue(isCancelledUnsafe(token))
    }))

  it.effect("CT-8: disarming after release gives the token and does nothing", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const guard = CancellationToken.dropGuardUnsafe(token)
      Handle.releaseUnsafe(guard)
      assert.isTrue(isCancelledUnsafe(token))
      assert.strictEqual(yield* guard.disarm, token)
      assert.strictEqual(guard.disarmUnsafe(), token)
      assert.strictEqual(guard.token, token)
    }))

  it.effect("CT-8: a guard moves with its handle; in a closed scope it cancels at once", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const target = yield* Scope.make()
      yield* Effect.scoped(
        Effect.flatMap(CancellationToken.dropGuard(token), (guard) => Handle.transfer(guard, target))
      )
      assert.isFalse(isCancelledUnsafe(token))
      yield* Scope.close(target, Exit.void)
      assert.isTrue(isCancelledUnsafe(token))
      const other = yield* make()
      yield* Scope.provide(CancellationToken.dropGuard(other), target)
      assert.isTrue(isCancelledUnsafe(other))
    }))

  it.effect("a guard runs in turn with the other finalizers of its scope", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const seen: Array<boolean> = []
      const look = Effect.sync(() => seen.push(isCancelledUnsafe(token)))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Effect.addFinalizer(() => look)
        yield* CancellationToken.dropGuard(token)
        yield* Effect.addFinalizer(() => look)
      }))
      assert.deepStrictEqual(seen, [false, true])
    }))

  it.effect("a disarmed guard can't be transferred, and the message says why", () =>
    Effect.gen(function*() {
      const guard = yield* CancellationToken.dropGuard(yield* make({ name: "shutdown" }))
      yield* guard.disarm
      const defect = yield* defectOf(Handle.transfer(guard, yield* Effect.scope))
      assert.strictEqual(
        defect.message,
        "Handle.transfer: a drop guard of CancellationToken \"shutdown\" was disarmed and can't be used any more"
      )
    }).pipe(Effect.scoped))

  it.effect("CT-8: a guard of a token that is gone cancels it all the same", () =>
    Effect.gen(function*() {
      const { close, token } = yield* scopedChild(yield* make())
      yield* close
      yield* Effect.scoped(CancellationToken.dropGuard(token))
      assert.isTrue(isCancelledUnsafe(token))
    }))
})

describe("abort signals", () => {
  it.effect("CT-9: a token follows a signal for as long as its scope lives", () =>
    Effect.gen(function*() {
      const controller = new AbortController()
      const { signal } = controller
      const scope = yield* Scope.make()
      const gone = yield* Scope.provide(CancellationToken.fromAbortSignal(signal), scope)
      const token = yield* CancellationToken.fromAbortSignal(signal, { name: "request" })
      const below = yield* child(token)
      const waiter = yield* forkSettled(cancelled(below))
      assert.lengthOf(getEventListeners(signal, "abort"), 2)
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(getEventListeners(signal, "abort"), 1)
      assert.isTrue(Handle.isReleased(gone))
      controller.abort()
      yield* Fiber.join(waiter)
      assert.deepStrictEqual(flags(token, below, gone), [true, true, false])
      assert.include(String(token), "request")
      assert.lengthOf(getEventListeners(signal, "abort"), 0)
      assert.isTrue(isCancelledUnsafe(yield* CancellationToken.fromAbortSignal(signal)))
    }).pipe(Effect.scoped))

  it.effect("CT-9: cancelling a token that follows a signal does not abort that", () =>
    Effect.gen(function*() {
      const { signal } = new AbortController()
      const token = CancellationToken.fromAbortSignalUnsafe(signal)
      yield* cancel(token)
      assert.isFalse(signal.aborted)
      Handle.releaseUnsafe(token)
      assert.lengthOf(getEventListeners(signal, "abort"), 0)
    }))

  it.effect("CT-7: a token that follows a signal cuts its children loose when it goes", () =>
    Effect.gen(function*() {
      const controller = new AbortController()
      const token = CancellationToken.fromAbortSignalUnsafe(controller.signal)
      const below = yield* child(token)
      yield* Handle.release(token)
      controller.abort()
      yield* cancel(token)
      assert.deepStrictEqual(flags(token, below), [true, false])
    }).pipe(Effect.scoped))

  it.effect("CT-9: in a closed scope nobody listens", () =>
    Effect.gen(function*() {
      const controller = new AbortController()
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      const token = yield* Scope.provide(CancellationToken.fromAbortSignal(controller.signal), scope)
      assert.lengthOf(getEventListeners(controller.signal, "abort"), 0)
      const root = yield* make()
      const signal = yield* Scope.provide(CancellationToken.toAbortSignal(root), scope)
      yield* cancel(root)
      assert.isFalse(signal.aborted)
      assert.isFalse(isCancelledUnsafe(token))
    }))

  it.effect("CT-9: a signal follows a token for as long as its scope lives", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const token = yield* child(root)
      const scope = yield* Scope.make()
      const untied = yield* Scope.provide(CancellationToken.toAbortSignal(token), scope)
      const signal = yield* CancellationToken.toAbortSignal(token)
      assert.notStrictEqual(untied, signal)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([untied.aborted, signal.aborted], [false, false])
      let told = 0
      signal.addEventListener("abort", () => told++)
      cancelUnsafe(root)
      assert.deepStrictEqual([untied.aborted, signal.aborted, told], [false, true, 1])
      assert.isTrue((yield* CancellationToken.toAbortSignal(token)).aborted)
      assert.isTrue(CancellationToken.toAbortSignalUnsafe(token).aborted)
    }).pipe(Effect.scoped))

  it.effect("CT-9: a signal made of a token that goes still follows that", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { close, token } = yield* scopedChild(root)
      const signal = CancellationToken.toAbortSignalUnsafe(token)
      yield* close
      yield* cancel(root)
      assert.isFalse(signal.aborted)
      yield* cancel(token)
      assert.isTrue(signal.aborted)
    }))

  it.effect("CT-9: a listener may end the scope of another signal, which is not aborted then", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const scope = yield* Scope.make()
      const first = yield* CancellationToken.toAbortSignal(token)
      const other = yield* Scope.provide(CancellationToken.toAbortSignal(token), scope)
      first.addEventListener("abort", () => Effect.runSync(Scope.close(scope, Exit.void)))
      yield* cancel(token)
      assert.deepStrictEqual([first.aborted, other.aborted], [true, false])
    }).pipe(Effect.scoped))

  it.effect("CT-9: there and back again", () =>
    Effect.gen(function*() {
      const token = yield* make()
      const back = yield* CancellationToken.fromAbortSignal(yield* CancellationToken.toAbortSignal(token))
      const interrupted = yield* forkSettled(runUntilCancelled(back, Effect.never))
      yield* cancel(token)
      assert.deepStrictEqual(yield* Fiber.join(interrupted), Option.none())
    }).pipe(Effect.scoped))
})

describe("a token as a value", () => {
  it.effect("is equal to itself alone, and its hash is stable for life", () =>
    Effect.gen(function*() {
      const root = yield* make({ name: "a" })
      const other = yield* make({ name: "a" })
      const below = yield* child(root)
      assert.isTrue(Equal.equals(root, root))
      assert.isFalse(Equal.equals(root, other))
      assert.isFalse(Equal.equals(root, below))
      const set = HashSet.make(root, below)
      const hash = Hash.hash(root)
      assert.isTrue(Number.isInteger(hash))
      yield* cancel(root)
      yield* Handle.release(root)
      yield* Handle.release(below)
      assert.strictEqual(Hash.hash(root), hash)
      assert.isTrue(HashSet.has(set, root) && HashSet.has(set, below))
      assert.isFalse(HashSet.has(set, other))
    }).pipe(Effect.scoped))

  it("is unequal to another one whose hash happens to be the same", () => {
    const { random } = Math
    try {
      Math.random = () => 0.5
      const [one, other] = [CancellationToken.makeUnsafe(), CancellationToken.makeUnsafe()]
      assert.strictEqual(Hash.hash(one), Hash.hash(other))
      assert.isFalse(Equal.equals(one, other))
      assert.strictEqual(HashSet.size(HashSet.make(one, other, one)), 2)
    } finally {
      Math.random = random
    }
  })

  it("its operations name the function that made them", () => {
    const token = CancellationToken.makeUnsafe()
    const operations = [
      cancelled(token),
      runUntilCancelled(token, Effect.void),
      CancellationToken.interruptWhenCancelled(token, Effect.void)
    ]
    assert.deepStrictEqual(
      operations.map((operation) => (operation.toJSON() as { readonly op: string }).op),
      [
        "CancellationToken.cancelled",
        "CancellationToken.runUntilCancelled",
        "CancellationToken.interruptWhenCancelled"
      ]
    )
  })

  it.effect("shows its state and its name", () =>
    Effect.gen(function*() {
      const token = yield* make({ name: "shutdown" })
      yield* forkSettled(cancelled(token))
      const below = yield* child(token)
      assert.strictEqual(String(token), "CancellationToken(shutdown: not cancelled, 1 child, 1 waiting)")
      assert.strictEqual(String(below), "CancellationToken(shutdown: not cancelled, 0 children, 0 waiting)")
      assert.strictEqual(inspect(token), String(token))
      const shown = { _id: "effect-sync/CancellationToken", cancelled: false, released: false, children: 0, waiting: 0 }
      assert.deepStrictEqual(json(token), { ...shown, name: "shutdown", children: 1, waiting: 1 })
      assert.deepStrictEqual(json(yield* make()), shown)
      yield* Handle.release(below)
      assert.strictEqual(String(below), "CancellationToken(shutdown: not cancelled, 0 children, 0 waiting, released)")
      yield* cancel(token)
      assert.strictEqual(String(token), "CancellationToken(shutdown: cancelled, 0 children, 0 waiting)")
      assert.deepStrictEqual(json(token), { ...shown, name: "shutdown", cancelled: true })
      assert.strictEqual(String(yield* make()), "CancellationToken(not cancelled, 0 children, 0 waiting)")
      const guard = CancellationToken.dropGuardUnsafe(token)
      assert.strictEqual(String(guard), `DropGuard(armed, of ${String(token)})`)
      assert.deepStrictEqual(json(guard), { _id: "effect-sync/DropGuard", released: false, token: json(token) })
      guard.disarmUnsafe()
      assert.strictEqual(inspect(guard), `DropGuard(released, of ${String(token)})`)
    }).pipe(Effect.scoped))

  it.effect("is a handle, and so is its guard; a signal is neither", () =>
    Effect.gen(function*() {
      const token = yield* make()
      assert.isTrue(Handle.isHandle(token) && CancellationToken.isCancellationToken(token))
      const guard = yield* CancellationToken.dropGuard(token)
      assert.isTrue(Handle.isHandle(guard) && !CancellationToken.isCancellationToken(guard))
      assert.isFalse(Handle.isHandle(yield* CancellationToken.toAbortSignal(token)))
      assert.strictEqual(token.pipe((self) => self), token)
    }).pipe(Effect.scoped))

  it.effect("does nothing before an Effect is run", () =>
    Effect.gen(function*() {
      const root = yield* make()
      const { signal } = new AbortController()
      const built = [
        child(root),
        cancel(root),
        cancelled(root),
        CancellationToken.dropGuard(root),
        CancellationToken.toAbortSignal(root),
        CancellationToken.fromAbortSignal(signal)
      ]
      assert.isTrue(built.every(Effect.isEffect))
      assert.deepStrictEqual(json(root), {
        _id: "effect-sync/CancellationToken",
        cancelled: false,
        released: false,
        children: 0,
        waiting: 0
      })
      assert.lengthOf(getEventListeners(signal, "abort"), 0)
      assert.notStrictEqual(Effect.runSync(make()), Effect.runSync(make()))
    }))

  it("has an …Unsafe twin of everything that does not wait", () => {
    const root = CancellationToken.makeUnsafe({ name: "root" })
    const below = CancellationToken.childUnsafe(root)
    assert.include(String(root), "root: not cancelled, 1 child")
    Handle.releaseUnsafe(below)
    assert.include(String(root), "root: not cancelled, 0 children")
    assert.strictEqual(CancellationToken.waitingUnsafe(root), 0)
    cancelUnsafe(root)
    assert.deepStrictEqual(flags(root, below), [true, false])
  })
})

describe("Service", () => {
  class Shutdown extends CancellationToken.Service<Shutdown>()("test/Shutdown", {}) {}

  it.effect("the class is the tag, gives the token, and has an accessor for each operation", () =>
    Effect.gen(function*() {
      const token = yield* Shutdown
      assert.strictEqual(String(token), "CancellationToken(test/Shutdown: not cancelled, 0 children, 0 waiting)")
      const below = yield* Shutdown.child
      const signal = yield* Shutdown.toAbortSignal
      const guard = yield* Shutdown.dropGuard
      assert.strictEqual(guard.token, token)
      assert.deepStrictEqual(yield* Shutdown.runUntilCancelled(Shutdown.isCancelled), Option.some(false))
      assert.isFalse(yield* Shutdown.interruptWhenCancelled(Shutdown.isCancelled))
      const waiter = yield* forkSettled(Shutdown.cancelled)
      assert.strictEqual(yield* Shutdown.waiting, 1)
      yield* Shutdown.cancel
      yield* Fiber.join(waiter)
      assert.deepStrictEqual([isCancelledUnsafe(below), signal.aborted], [true, true])
    }).pipe(Effect.scoped, Effect.provide(Shutdown.layer)))

  it.effect("one layer object is one token; layerWith makes another, with another name", () =>
    Effect.gen(function*() {
      assert.strictEqual(Shutdown.layer, Shutdown.layer)
      const named = Effect.provide(Effect.map(Shutdown, String), Shutdown.layerWith({ name: "other" }))
      assert.include(yield* named, "(other: ")
      class Bare extends CancellationToken.Service<Bare>()("test/Bare") {}
      assert.isFalse(yield* Effect.provide(Bare.isCancelled, Bare.layer))
    }))

  it.effect("CT-7: ending the layer does not cancel", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Shutdown.layer, scope)
      const token = yield* Effect.provide(Shutdown, context)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([isCancelledUnsafe(token), Handle.isReleased(token)], [false, false])
    }))

  it.effect("another backend serves the same functions and accessors", () =>
    Effect.gen(function*() {
      class Lost extends Error {
        readonly _tag = "Lost"
      }
      class Remote extends CancellationToken.Service<Remote, Lost>()("test/Remote", {}) {}
      const local = yield* make()
      const remote = {
        [Handle.HandleTypeId]: local[Handle.HandleTypeId],
        pipe: local.pipe,
        toString: () => "Remote",
        [CancellationToken.TypeId]: {
          cancel: Effect.fail(new Lost()),
          cancelled: Effect.fail(new Lost()),
          isCancelled: Effect.succeed(false),
          waiting: Effect.succeed(7),
          child: Effect.suspend(() => Effect.succeed(remote)),
          dropGuard: CancellationToken.dropGuard(local),
          toAbortSignal: CancellationToken.toAbortSignal(local),
          runUntilCancelled: () => Effect.fail(new Lost()),
          interruptWhenCancelled: (effect: Effect.Effect<unknown>) => effect
        }
      } as unknown as CancellationToken.CancellationToken<Lost>
      const program = Effect.gen(function*() {
        assert.strictEqual(yield* Remote.child, remote)
        assert.strictEqual(yield* Remote.waiting, 7)
        assert.isFalse((yield* Remote.toAbortSignal).aborted)
        assert.strictEqual((yield* Remote.dropGuard).token, local)
        assert.strictEqual(yield* Remote.interruptWhenCancelled(Effect.succeed(1)), 1)
        const failures = [Remote.cancel, Remote.cancelled, Remote.runUntilCancelled(Effect.void)]
        return yield* Effect.forEach(failures, (effect) => Effect.flip<unknown, Lost, Remote>(effect))
      })
      const errors = yield* Effect.scoped(Effect.provide(program, Layer.succeed(Remote, remote)))
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["Lost", "Lost", "Lost"])
      for (
        const [name, call] of Object.entries<() => unknown>({
          childUnsafe: () => CancellationToken.childUnsafe(remote),
          cancelUnsafe: () => cancelUnsafe(remote as any),
          isCancelledUnsafe: () => isCancelledUnsafe(remote as any),
          waitingUnsafe: () => CancellationToken.waitingUnsafe(remote as any),
          dropGuardUnsafe: () => CancellationToken.dropGuardUnsafe(remote as any),
          toAbortSignalUnsafe: () => CancellationToken.toAbortSignalUnsafe(remote as any)
        })
      ) {
        const error = thrownBy(call)
        assert.instanceOf(error, CancellationToken.Misuse)
        assert.strictEqual(
          error.message,
          `CancellationToken.${name}: Remote does not live in this process; use the Effect of the same name`
        )
      }
      // the layer built here fits the same tag
      assert.isFalse(yield* Effect.provide(Remote.isCancelled, Remote.layer))
    }))
})
