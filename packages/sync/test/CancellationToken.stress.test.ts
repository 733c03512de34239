/**
 * Large trees and crowds: what is fine for ten must be fine for a hundred thousand, in time, in stack and in memory. No test
 * here knows an absolute time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { CancellationToken, Handle } from "effect-sync"
import { allEnd, costsTheSame, crowd, many, shuffled, type Work } from "./laws/crowd.ts"
import { inMemory, mustBeGone } from "./utils.ts"

type Token = CancellationToken.CancellationToken

const waitersOn = (size: number, wait: (token: Token) => Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const token = yield* CancellationToken.make()
    const order: Array<number> = []
    const fibers = yield* crowd(size, (i) => Effect.map(wait(token), () => void order.push(i)))
    assert.strictEqual(CancellationToken.waitingUnsafe(token), size)
    return { token, order, fibers }
  })

type Waiters = Effect.Success<ReturnType<typeof waitersOn>>

const wakingAll = (wait: (token: Token) => Effect.Effect<unknown>): Work<Waiters> => ({
  make: (size) => waitersOn(size, wait),
  act: ({ fibers, order, token }, _, patience) =>
    Effect.gen(function*() {
      CancellationToken.cancelUnsafe(token)
      assert.lengthOf(order, 0, "an …Unsafe call ran a fiber on its own stack")
      yield* allEnd(fibers, patience)
    }),
  check: ({ order }, size) => {
    assert.isTrue(order.every((number, i) => number === i), "not woken in order")
    assert.lengthOf(order, size)
  }
})

const givingUp = (wait: (token: Token) => Effect.Effect<unknown>): Work<Waiters> => ({
  make: (size) => waitersOn(size, wait),
  act: ({ fibers, token }, size, patience) =>
    Effect.gen(function*() {
      for (const [i, fiber] of shuffled(fibers, size).entries()) {
        fiber.interruptUnsafe()
        if (i % 100 > 0) continue
        assert.strictEqual(CancellationToken.waitingUnsafe(token), size - i - 1)
        patience()
      }
      yield* allEnd(fibers)
    }),
  check: ({ order, token }) => {
    assert.strictEqual(CancellationToken.waitingUnsafe(token), 0)
    assert.lengthOf(order, 0)
  }
})

const works: Record<string, Work<Waiters>> = {
  "CT-3: waiters, woken by one cancellation": wakingAll(CancellationToken.cancelled),
  "CT-3: waiters, giving up in random order": givingUp(CancellationToken.cancelled),
  "CT-6: effects, stopped by one cancellation": wakingAll((token) =>
    CancellationToken.runUntilCancelled(token, Effect.never)
  ),
  "CT-6: effects, abandoned in random order": givingUp((token) =>
    CancellationToken.runUntilCancelled(token, Effect.never)
  )
}

describe("a hundred thousand cost the same each as five thousand, give or take", () => {
  for (const [name, work] of Object.entries(works)) it.effect(name, () => costsTheSame(work), 300_000)
})

// Too quick, each of them, for a clock to tell anything. What is searched or copied for each would not end in time.
describe("a hundred thousand children", () => {
  const childrenOf = (parent: Token) => Array.from({ length: many }, () => CancellationToken.childUnsafe(parent))

  it("CT-7: are released in random order", () => {
    const parent = CancellationToken.makeUnsafe()
    for (const child of shuffled(childrenOf(parent), 1)) Handle.releaseUnsafe(child)
    assert.include(parent.toJSON(), { children: 0 })
  }, 30_000)

  it("CT-7: are taken over by a grandparent", () => {
    const root = CancellationToken.makeUnsafe()
    const parent = CancellationToken.childUnsafe(root)
    const children = childrenOf(parent)
    Handle.releaseUnsafe(parent)
    assert.include(root.toJSON(), { children: many })
    CancellationToken.cancelUnsafe(root)
    assert.isTrue(children.every(CancellationToken.isCancelledUnsafe))
  }, 30_000)

  it("CT-5: are cancelled with their parent", () => {
    const parent = CancellationToken.makeUnsafe()
    const children = childrenOf(parent)
    CancellationToken.cancelUnsafe(parent)
    assert.isTrue(children.every(CancellationToken.isCancelledUnsafe))
  }, 30_000)
})

describe("a chain of a hundred thousand", () => {
  const chain = () => {
    const tokens = [CancellationToken.makeUnsafe()]
    for (let i = 0; i < many; i++) tokens.push(CancellationToken.childUnsafe(tokens[i]!))
    return tokens
  }

  it.effect(
    "CT-1: is cancelled from above, with those who wait below, and overflows no stack",
    () =>
      Effect.gen(function*() {
        const tokens = chain()
        const waiter = yield* Effect.forkDetach(CancellationToken.cancelled(tokens.at(-1)!), { startImmediately: true })
        CancellationToken.cancelUnsafe(tokens[0]!)
        assert.isTrue(tokens.every(CancellationToken.isCancelledUnsafe))
        yield* Fiber.join(waiter)
      }),
    60_000
  )

  for (
    const [name, sorted] of Object.entries({
      "from above": (tokens: ReadonlyArray<Token>) => tokens,
      "from below": (tokens: ReadonlyArray<Token>) => tokens.map((_, i) => tokens[tokens.length - 1 - i]!),
      "in random order": (tokens: ReadonlyArray<Token>) => shuffled(tokens, 1)
    })
  ) {
    it(`CT-7: goes ${name}, and the last one still follows the first`, () => {
      const tokens = chain()
      const last = tokens.at(-1)!
      for (const token of sorted(tokens.slice(1, -1))) Handle.releaseUnsafe(token)
      assert.include(tokens[0]!.toJSON(), { children: 1 })
      CancellationToken.cancelUnsafe(tokens[0]!)
      assert.isTrue(CancellationToken.isCancelledUnsafe(last))
      assert.isFalse(CancellationToken.isCancelledUnsafe(tokens[1]!))
    }, 60_000)
  }
})

/** How many finalizers a scope has. */
const finalizers = (scope: Scope.Scope): number => {
  const { state } = scope
  return state._tag === "Open" ? state.finalizers?.size ?? 1 : 0
}

describe("a hundred thousand short-lived", () => {
  const root = CancellationToken.makeUnsafe()
  const controller = new AbortController()

  const forms: Record<string, (scope: Scope.Scope) => Effect.Effect<object>> = {
    "CT-7: children, each in a scope of its own": () => Effect.scoped(CancellationToken.child(root)),
    "CT-7: children in one scope, released early": (scope) =>
      Effect.tap(Scope.provide(CancellationToken.child(root), scope), Handle.release),
    "CT-7: children with children, released parent first": (scope) =>
      Effect.gen(function*() {
        const child = yield* CancellationToken.child(root)
        const grandchild = yield* CancellationToken.child(child)
        yield* Handle.release(child)
        yield* Handle.release(grandchild)
        return grandchild
      }).pipe(Scope.provide(scope)),
    "CT-7: cancelled children": () =>
      Effect.scoped(Effect.tap(CancellationToken.child(root), CancellationToken.cancel)),
    "CT-8: guards in one scope, disarmed": (scope) =>
      Effect.tap(Scope.provide(CancellationToken.dropGuard(root), scope), (guard) => guard.disarm),
    "CT-9: signals of a token": () => Effect.scoped(CancellationToken.toAbortSignal(root)),
    "CT-9: tokens of a signal": () => Effect.scoped(CancellationToken.fromAbortSignal(controller.signal)),
    "CT-6: effects that end": () =>
      Effect.map(
        CancellationToken.runUntilCancelled(root, Effect.sync(() => ({}))),
        (result) => result._tag === "Some" ? result.value : result
      )
  }

  for (const [name, form] of Object.entries(forms)) {
    it.effect(`${name}, leave nothing behind`, () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const things: Array<WeakRef<object>> = []
        for (let i = 0; i < many; i++) {
          const thing = yield* form(scope)
          if (i % 100 === 0) things.push(new WeakRef(thing))
        }
        assert.strictEqual(finalizers(scope), 0)
        assert.include(root.toJSON(), { cancelled: false, children: 0, waiting: 0 })
        // The last one may still be on a stack.
        yield* mustBeGone(things, 1)
        yield* Scope.close(scope, Exit.void)
      }), 60_000)
  }

  it.effect("CT-5: a cancelled tree holds on to nothing that hung in it", () =>
    Effect.gen(function*() {
      const parent = CancellationToken.makeUnsafe()
      const signalBelow = () =>
        new WeakRef(CancellationToken.toAbortSignalUnsafe(CancellationToken.childUnsafe(parent)))
      const things = Array.from({ length: 1_000 }, signalBelow)
      assert.strictEqual(yield* inMemory(things), 1_000)
      yield* CancellationToken.cancel(parent)
      yield* mustBeGone(things, 1)
      assert.isTrue(CancellationToken.isCancelledUnsafe(parent))
    }))
})
