/**
 * The scoped handle: what every permit and guard is, whatever it holds.
 *
 * A handle holds something until it is *released*, once: by the finalizer of the scope that owns it, by its own
 * `release` or `unlock`, or by a bracket that ends. Other ends are being forgotten, merged into another or consumed by
 * `map`; afterwards a second release does nothing and every other use is `Misuse`.
 *
 * The finalizer is not the handle's but its *seat*'s: at first the handle itself, under which the finalizer stands in the
 * scope. What the finalizer releases is whoever occupies the seat when it runs. That is what lets a handle move:
 *
 * - released early: it leaves its seat, and the finalizer is taken out of the scope, which keeps no trace;
 * - `transfer`red: it leaves its seat and gets one in the other scope, in one step;
 * - mapped: the new guard takes over the seat of the old one, and so its turn among the scope's finalizers.
 *
 * A bracket gives a seat too: the frame on the fiber's stack releases whoever occupies it, and needs no scope.
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
type End = "released" | "forgotten" | "merged into another permit" | "consumed by a map"

/** @internal */
export abstract class ScopedHandle extends Pipeable.Class {
  declare private ended: End | undefined
  /** The scope whose finalizer releases it; `undefined` in a bracket, or if nobody owns it. */
  declare private owner: Scope.Scope | undefined
  /** The handle under whose name the finalizer stands: this one, or the one that it succeeded. */
  declare private seat: ScopedHandle | undefined
  /** Who sits on the seat that this handle is. */
  declare private occupant: ScopedHandle | undefined

  constructor() {
    super()
    this.ended = undefined
    this.owner = undefined
    this.seat = undefined
    this.occupant = undefined
  }

  get [HandleTypeId](): ScopedHandle {
    return this
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
      this.seat = this.occupant = this
      addFinalizer(scope, this, () => {
        this.vacate()
        return Effect.void
      })
    }
    return this
  }

  /** Makes a bracket the owner, and gives what the bracket must run at its end. */
  ownedByBracket(): Finalizer {
    this.seat = this.occupant = this
    return () => {
      // The frame can't be taken off the stack. A handle that was moved to a scope meanwhile is no business of it, though
      // it may sit on a seat of the same name.
      if (this.occupant?.owner === undefined) this.vacate()
      return undefined
    }
  }

  /** Releases who sits here: the scope closes, or the bracket ends. */
  private vacate(): void {
    this.occupant?.end("released", true)
  }

  private leaveSeat(): void {
    const { owner, seat } = this
    if (seat === undefined) return
    seat.occupant = undefined
    this.seat = this.owner = undefined
    if (owner !== undefined) removeFinalizer(owner, seat)
  }

  /** Ends the handle. Idempotent: the first end is the one that counts. */
  end(how: End, givingBack: boolean): void {
    if (this.ended !== undefined) return
    this.ended = how
    this.leaveSeat()
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
    this.leaveSeat()
    this.ownedBy(scope)
  }

  /** Lets another handle take over what this one holds, with its seat. */
  protected succeededBy<H extends ScopedHandle>(successor: H): H {
    const { owner, seat } = this
    this.ended = "consumed by a map"
    this.seat = this.owner = undefined
    successor.owner = owner
    successor.seat = seat
    if (seat !== undefined) seat.occupant = successor
    return successor
  }

  /** Throws `Misuse` unless it holds. */
  assertHeld(label: string): void {
    if (this.ended !== undefined) {
      throw new Misuse({ message: `${label}: ${this.description} was ${this.ended} and can't be used any more` })
    }
  }

  abstract override toString(): string

  abstract toJSON(): unknown

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toString()
  }
}
