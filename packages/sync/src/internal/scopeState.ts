/**
 * Finalizers that can be taken out of a scope again.
 *
 * Effect has no public way to remove a finalizer, so releasing a permit early would leave its finalizer in a long-lived
 * scope for ever. `Scope.State`, however, is public, typed and stable: one finalizer inline, a map from the second on,
 * keyed by object. `addFinalizer` and `removeFinalizer` work on that, in the current step, and keep the order in which
 * the scope runs its finalizers.
 *
 * `canKey` says whether the state still looks like that (checked once, at start-up). If not, a handle gets a child scope
 * of its own, which removes itself from its parent when closed: documented, slower, same behaviour.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

type ScopeFinalizer = (exit: Exit.Exit<any, any>) => Effect.Effect<void>

const add = (scope: Scope.Scope, key: object, finalizer: ScopeFinalizer): void => {
  const state = scope.state
  if (state._tag === "Empty") {
    scope.state = { _tag: "Open", finalizerKey: key, finalizer, finalizers: undefined }
  } else if (state._tag === "Open") {
    if (state.finalizers === undefined) {
      state.finalizers = new Map()
      if (state.finalizer !== undefined) state.finalizers.set(state.finalizerKey!, state.finalizer)
      state.finalizerKey = state.finalizer = undefined
    }
    state.finalizers.set(key, finalizer)
  }
}

const remove = (scope: Scope.Scope, key: object): void => {
  const state = scope.state
  if (state._tag !== "Open") return
  if (state.finalizerKey === key) {
    scope.state = { _tag: "Empty" }
  } else if (state.finalizers?.delete(key) === true && state.finalizers.size === 0) {
    scope.state = { _tag: "Empty" }
  }
}

/** Do our finalizers and Effect's own run in one common order, and does a removed one leave nothing? */
const probe = (): boolean => {
  try {
    const log: Array<number> = []
    const at = (n: number) => () =>
      Effect.sync(() => {
        log.push(n)
      })
    const scope = Scope.makeUnsafe()
    const state = () => scope.state // a call, since assignments to it are out of the compiler's sight
    const keys = [{}, {}, {}] as const
    const addTheirs = (n: number) => Effect.runSync(Scope.addFinalizerExit(scope, at(n)))
    add(scope, keys[0], at(0))
    remove(scope, keys[0])
    if (state()._tag !== "Empty") return false
    addTheirs(1)
    add(scope, keys[1], at(2))
    addTheirs(3)
    add(scope, keys[2], at(4))
    remove(scope, keys[1])
    const open = state()
    if (open._tag !== "Open" || open.finalizers?.size !== 3) return false
    Effect.runSync(Scope.close(scope, Exit.void))
    return log.join() === "4,3,1"
  } catch {
    return false
  }
}

/** @internal */
export const canKey: boolean = /* @__PURE__ */ probe()

/** By key, for as long as the finalizer is there: a child scope knows its parent, which a key must not keep alive. */
const children = new WeakMap<object, Scope.Closeable>()

/** The documented way: a child scope for each finalizer. */
const addInChild = (scope: Scope.Scope, key: object, finalizer: ScopeFinalizer): void => {
  const child = Scope.forkUnsafe(scope)
  children.set(key, child)
  Effect.runSync(Scope.addFinalizerExit(child, (exit) => children.delete(key) ? finalizer(exit) : Effect.void))
}

/** Closes that child, which takes itself out of its parent. */
const removeChild = (_scope: Scope.Scope, key: object): void => {
  const child = children.get(key)
  if (child === undefined) return
  children.delete(key) // the finalizer is not to run
  Scope.closeUnsafe(child, Exit.void)
}

/** Adds a finalizer under a key. The scope must not be closed. */
export const addFinalizer: typeof add = canKey ? add : addInChild

/** Removes the finalizer with that key, if it is there. */
export const removeFinalizer: typeof remove = canKey ? remove : removeChild
