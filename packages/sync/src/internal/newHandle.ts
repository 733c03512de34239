/**
 * Making handles that need no wait: `clone`, `subscribe`, `downgrade`, and both halves of a new channel.
 *
 * The handle and the scope's finalizer come to be in one step, so that no interruption finds one without the other. What
 * the maker throws (`Misuse`, a `RangeError`) is a defect, and nothing was made.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { Operation } from "./operation.ts"
import type { ScopedHandle } from "./scopedHandle.ts"
import { succeedNow } from "./step.ts"

class NewHandle<A> extends Operation<A, never, Scope.Scope> {
  declare readonly label: string
  declare readonly make: (scope: Scope.Scope) => A

  constructor(label: string, make: (scope: Scope.Scope) => A) {
    super()
    this.label = label
    this.make = make
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<A> {
    return succeedNow(this.make(Context.getUnsafe(fiber.context, Scope.Scope)), fiber)
  }
}

/** @internal */
export const newHandle = <H extends ScopedHandle>(
  label: string,
  make: () => H
): Effect.Effect<H, never, Scope.Scope> => new NewHandle(label, (scope) => make().ownedBy(scope))

/** The first is released last, as one that was acquired before the other. */
export const newHandles = <A extends ScopedHandle, B extends ScopedHandle>(
  label: string,
  make: () => readonly [A, B]
): Effect.Effect<readonly [A, B], never, Scope.Scope> =>
  new NewHandle(label, (scope) => {
    const handles = make()
    handles[0].ownedBy(scope)
    handles[1].ownedBy(scope)
    return handles
  })

/** @internal */
export const newHandleOption = <H extends ScopedHandle>(
  label: string,
  make: () => H | undefined
): Effect.Effect<Option.Option<H>, never, Scope.Scope> =>
  new NewHandle(label, (scope) => Option.fromUndefinedOr(make()?.ownedBy(scope)))
