/**
 * The scoped handle: what every permit and guard is, whatever it holds.
 *
 * A handle holds something until it is *released*, once: by the finalizer of the scope that owns it, by its own
 * `release` or `unlock`, or by a bracket that ends. Other ends are being forgotten, merged into another, consumed by
 * `map` or downgraded; afterwards a second release does nothing and every other use is `Misuse`.
 *
 * The scope's finalizer stands under the name of the handle that was acquired, its *key*, and releases that handle's last
 * *heir*, which is at first itself. That is what lets a handle move:
 *
 * - released early: the finalizer is taken out of the scope, which keeps no trace;
 * - `transfer`red: it is taken out and put into the other scope, in one step;
 * - mapped: the new guard is the heir of the old one, with its key, and so its turn among the scope's finalizers.
 *   A write guard that is downgraded ends the same way.
 *
 * A bracket owns without a scope: the frame on the fiber's stack releases the last heir, unless that was moved to a scope.
 *
 * Guarded by `test/Handle.test.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import type * as Scope from "effect/Scope"
import { Misuse } from "../Errors.ts"
import { addFinalizer, removeFinalizer } from "./scopeState.ts"
import type { Finalizer } from "./step.ts"

/** @internal */
export const HandleTypeId = "~effect-sync/Handle"

/** How a handle ended, as messages say it; `undefined` while it holds. */
type End =
  | "released"
  | "forgotten"
  | "disarmed"
  | "merged into another permit"
  | "consumed by a map"
  | "consumed by a send"
  | "downgraded"
  | "used"

/** @internal */
export abstract class ScopedHandle {
  declare private ended: End | undefined
  /** The scope whose finalizer releases it; `undefined` in a bracket, or if nobody owns it. */
  declare private owner: Scope.Scope | undefined
  /** The handle under whose name that finalizer stands: this one, or the first of those it took over from. */
  declare private key: ScopedHandle | undefined
  /** On the first of a line: the last. */
  declare private heir: ScopedHandle | undefined

  constructor() {
    this.ended = undefined
    this.owner = undefined
    this.key = undefined
    this.heir = undefined
  }

  get [HandleTypeId](): ScopedHandle {
    return this
  }

  pipe(): any {
    return Pipeable.pipeArguments(this, arguments)
  }

  /** What it is and of what, for messages: `a permit of Semaphore "db"`. */
  abstract readonly description: string

  /** Gives back what the handle holds. Called once at most. */
  protected abstract giveBack(): void

  /** Makes a scope the owner. In one that is closed already the handle is released at once, as any finalizer would. */
  ownedBy(scope: Scope.Scope): this {
    if (scope.state._tag === "Closed") {
      this.end("released", true)
    } else {
      this.owner = scope
      this.key = this
      addFinalizer(scope, this, () => {
        const handle = this.last()
        // A closing scope has its finalizers in hand already, so one that was taken out meanwhile may still run.
        if (handle.owner === scope) handle.end("released", true)
        return Effect.void
      })
    }
    return this
  }

  /** Makes a bracket the owner, and gives what the bracket must run at its end. */
  ownedByBracket(): Finalizer {
    return () => {
      const handle = this.last()
      // The frame can't be taken off the stack, and a handle that was moved to a scope meanwhile is no business of it.
      if (handle.owner === undefined) handle.end("released", true)
      return undefined
    }
  }

  private last(): ScopedHandle {
    return this.heir ?? this
  }

  private leaveScope(): void {
    const { key, owner } = this
    if (owner === undefined) return
    this.owner = this.key = undefined
    removeFinalizer(owner, key!)
  }

  /** Ends the handle. Idempotent: the first end is the one that counts. */
  end(how: End, givingBack: boolean): void {
    if (this.ended !== undefined) return
    this.ended = how
    this.leaveScope()
    if (givingBack) this.giveBack()
  }

  releaseUnsafe(): void {
    this.end("released", true)
  }

  get isReleased(): boolean {
    return this.ended !== undefined
  }

  /** Moves to another scope. */
  transferUnsafe(label: string, scope: Scope.Scope): void {
    this.assertHeld(label)
    if (this.owner === scope) return
    this.leaveScope()
    this.ownedBy(scope)
  }

  /** Lets another handle take over what this one holds, with its place among the scope's finalizers. */
  protected succeededBy<H extends ScopedHandle>(heir: H, end: End = "consumed by a map"): H {
    // The first one knows the last one, so that a long line costs no more than a short one, and keeps nobody alive.
    const first = this.key ?? this
    this.ended = end
    heir.owner = this.owner
    heir.key = first
    this.owner = this.key = undefined
    first.heir = heir
    return heir
  }

  /** Throws `Misuse` unless it holds. */
  assertHeld(label: string): void {
    if (this.ended !== undefined) {
      throw new Misuse({ message: `${label}: ${this.description} was ${this.ended} and can't be used any more` })
    }
  }

  abstract toString(): string

  abstract toJSON(): unknown

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}
