/**
 * The scoped handle: what every permit and guard is, whatever it holds.
 *
 * A handle holds something until it is *released*, once: by the finalizer of the scope that owns it, by its own
 * `release` or `unlock`, or by a bracket that ends. Other ends are being forgotten, merged into another or consumed by
 * `map`; afterwards a second release does nothing and every other use is `Misuse`.
 *
 * The finalizer does not belong to the handle but to a `Place` in a scope. That is what lets a handle move:
 *
 * - released early: the place is taken out of the scope, which keeps no trace of it;
 * - `transfer`red: it leaves its place and gets one in the other scope, in one step;
 * - mapped: the new guard takes over the place of the old one, and so its turn among the scope's finalizers.
 *
 * A bracket has a place too, one without a scope: the frame on the fiber's stack releases whatever is in it.
 *
 * Guarded by `test/Handle.test.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import * as Scope from "effect/Scope"
import { Misuse } from "../Errors.ts"
import { addFinalizer, canKey, removeFinalizer } from "./scopeState.ts"
import type { Finalizer } from "./step.ts"

/** @internal */
export const HandleTypeId = "~effect-sync/Handle"

/** How a handle ended, as messages say it; `undefined` while it holds. */
type End = "released" | "forgotten" | "merged into another permit" | "consumed by a map"

/** Where a handle's finalizer stands. It is the finalizer's key in the scope. */
class Place {
  handle: ScopedHandle | undefined
  /** The scope that runs the finalizer: `undefined` for a bracket, a child of the owner where keys can't be used. */
  readonly owner: Scope.Scope | undefined
  private readonly registered: Scope.Scope | undefined

  constructor(handle: ScopedHandle, owner: Scope.Scope | undefined) {
    this.handle = handle
    this.owner = owner
    if (owner === undefined) return
    const finalizer = () => {
      this.vacate()
      return Effect.void
    }
    if (canKey) {
      this.registered = owner
      addFinalizer(owner, this, finalizer)
    } else {
      const child = Scope.forkUnsafe(owner)
      this.registered = child
      Effect.runSync(Scope.addFinalizerExit(child, finalizer))
    }
  }

  /** Releases what stands here: the scope closes, or the bracket ends. */
  vacate(): void {
    const handle = this.handle
    this.handle = undefined
    if (handle !== undefined) handle.end("released", true)
  }

  /** Takes the finalizer out of the scope. */
  leave(): void {
    this.handle = undefined
    const scope = this.registered
    if (scope === undefined) return
    if (canKey) removeFinalizer(scope, this)
    else Scope.closeUnsafe(scope as Scope.Closeable, Exit.void)
  }
}

/** @internal */
export abstract class ScopedHandle extends Pipeable.Class {
  private place: Place | undefined = undefined
  private ended: End | undefined = undefined

  get [HandleTypeId](): ScopedHandle {
    return this
  }

  /** What it is and of what, for messages: `a permit of Semaphore "db"`. */
  abstract readonly description: string

  /** Gives back what the handle holds. Called once at most. */
  protected abstract giveBack(): void

  /** Makes a scope the owner. In one that is closed already the handle is released at once, as any finalizer would. */
  ownedBy(scope: Scope.Scope): this {
    if (scope.state._tag === "Closed") this.end("released", true)
    else this.place = new Place(this, scope)
    return this
  }

  /** Makes a bracket the owner, and gives what the bracket must run at its end. */
  ownedByBracket(): Finalizer {
    const place = this.place = new Place(this, undefined)
    return () => {
      place.vacate()
      return undefined
    }
  }

  /** Ends the handle. Idempotent: the first end is the one that counts. */
  end(how: End, givingBack: boolean): void {
    if (this.ended !== undefined) return
    this.ended = how
    this.place?.leave()
    this.place = undefined
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
    if (this.place?.owner === scope) return
    this.place?.leave()
    this.place = undefined
    this.ownedBy(scope)
  }

  /** Lets another handle take over what this one holds, with its place. */
  protected succeededBy<H extends ScopedHandle>(successor: H): H {
    successor.place = this.place
    if (this.place !== undefined) this.place.handle = successor
    this.place = undefined
    this.ended = "consumed by a map"
    return successor
  }

  /** Throws `Misuse` unless it holds. */
  assertHeld(label: string): void {
    if (this.ended !== undefined) {
      throw new Misuse({ message: `${label}: ${this.description} was ${this.ended} and can't be used any more` })
    }
  }

  abstract toJSON(): unknown

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toJSON()
  }
}
