/**
 * The start-up checks: an Effect that works differently from what the fast ways rely on is noticed, and what they are
 * checks of.
 *
 * Each changed Effect here is one with which the fast way would go wrong in the way that one question of the check asks
 * about, and in no other.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { afterEach, vi } from "vitest"
import { evaluateKey } from "../src/internal/evaluateKey.ts"
import { addFinalizer, removeFinalizer } from "../src/internal/scopeState.ts"

afterEach(() => {
  vi.doUnmock("effect/Effect")
  vi.doUnmock("effect/Scope")
  vi.resetModules()
})

/** The module as it is with a changed module of Effect. */
const withChanged = async <A, M extends object>(
  module: string,
  change: (original: M) => Partial<M>,
  load: () => Promise<A>
): Promise<A> => {
  vi.resetModules()
  vi.doMock(module, async (original) => {
    const unchanged = await original<M>()
    return { ...unchanged, ...change(unchanged) }
  })
  return await load()
}

describe("canEvaluate", () => {
  const canEvaluate = async (change: (original: typeof Effect) => Partial<typeof Effect>) =>
    (await withChanged("effect/Effect", change, () => import("../src/internal/step.ts"))).canEvaluate

  it("is false if a finalizer runs at once", async () => {
    const onExitPrimitive: any = (_: unknown, finalizer: () => void) => ({ [evaluateKey]: finalizer })
    assert.strictEqual(await canEvaluate(() => ({ onExitPrimitive })), false)
  })

  it("is false if something it needs is gone", async () => {
    assert.strictEqual(await canEvaluate(() => ({ runFork: undefined as any })), false)
  })
})

describe("canKey", () => {
  type State = Scope.Scope["state"]

  const canKey = async (make: (scope: Scope.Closeable) => Scope.Closeable) => {
    const change = (original: typeof Scope): Partial<typeof Scope> => ({
      makeUnsafe: () => make(original.makeUnsafe())
    })
    return (await withChanged("effect/Scope", change, () => import("../src/internal/scopeState.ts"))).canKey
  }

  /** A scope that changes what is written to its state. */
  const writing = (change: (state: State) => State) => (scope: Scope.Closeable): Scope.Closeable => {
    let { state } = scope
    return Object.defineProperty(scope, "state", {
      get: () => state,
      set: (written: State) => {
        state = change(written)
      }
    })
  }

  it("is false if a scope without finalizers is not empty", async () => {
    const open = () =>
      ({ _tag: "Open", finalizerKey: undefined, finalizer: undefined, finalizers: new Map() }) as unknown as State
    assert.strictEqual(await canKey(writing((state) => state._tag === "Empty" ? open() : state)), false)
  })

  it("is false if a removed finalizer leaves something in the scope", async () => {
    const keeping = (state: State): State => {
      let finalizers: Map<object, unknown> | undefined
      return Object.defineProperty(state, "finalizers", {
        get: () => finalizers,
        set: (map: Map<object, unknown>) => {
          finalizers = map
          map.delete = (key) => map.has(key) && map.set(key, () => Effect.void) === map
        }
      })
    }
    assert.strictEqual(await canKey(writing((state) => state._tag === "Open" ? keeping(state) : state)), false)
  })

  it("is false if the state can't be written", async () => {
    assert.strictEqual(await canKey((scope) => Object.freeze(scope)), false)
  })
})

describe("a keyed finalizer, either way", () => {
  it.effect("does not run once it was removed, and is removed once", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const keys = [{}, {}] as const
      for (const [i, key] of keys.entries()) {
        addFinalizer(scope, key, () => {
          log.push(`finalizer ${i}`)
          return Effect.void
        })
      }
      removeFinalizer(scope, keys[0])
      removeFinalizer(scope, keys[0])
      assert.deepStrictEqual(log, [])
      yield* Scope.close(scope, Exit.void)
      removeFinalizer(scope, keys[1])
      assert.deepStrictEqual(log, ["finalizer 1"])
    }))

  it.effect("that is not there is not removed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      removeFinalizer(scope, {})
      assert.strictEqual(scope.state._tag, "Empty")
    }))
})
