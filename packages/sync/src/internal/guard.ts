/**
 * Guards: handles that read the value behind a lock, or read and write it, all of it or a part.
 *
 * A part to be written is described by one of Effect's optics, composed from the whole value to the part, so that
 * narrowing a narrowed guard is composing once more. Writing a part replaces the whole value by a copy, as optics do.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Optic from "effect/Optic"
import * as Result from "effect/Result"
import { Misuse } from "../Errors.ts"
import { ScopedHandle } from "./scopedHandle.ts"

/**
 * The lock a guard is of.
 *
 * @internal
 */
export interface GuardedLock {
  readonly description: string
  value: any
  toJSON(): unknown
}

/**
 * What all guards have: they read, and they unlock.
 *
 * @internal
 */
export abstract class LockGuard<A> extends ScopedHandle {
  declare readonly lock: GuardedLock

  constructor(lock: GuardedLock) {
    super()
    this.lock = lock
  }

  /** The public type whose members these are, as messages begin with: `Guard`. */
  protected abstract readonly kind: string

  /** What it gives access to. */
  protected abstract read(): A

  get getUnsafe(): () => A {
    return () => {
      this.assertLocked("getUnsafe")
      return this.read()
    }
  }

  get get(): Effect.Effect<A> {
    return this.whileLocked("get", () => this.read())
  }

  get unlock(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  protected whileLocked<B>(member: string, f: () => B): Effect.Effect<B> {
    return Effect.sync(() => {
      this.assertLocked(member)
      return f()
    })
  }

  /** Lets another guard take over, unless the user's function that was called for it has ended this one meanwhile. */
  protected succeededIfLocked<H extends ScopedHandle>(member: string, heir: H, end?: "downgraded"): H {
    this.assertLocked(member)
    return this.succeededBy(heir, end)
  }

  protected labelOf(member: string): string {
    return `${this.kind}.${member}`
  }

  protected assertLocked(member: string): void {
    if (this.isReleased) this.assertHeld(this.labelOf(member)) // the label is made only when it is needed
  }

  /** What a `try…` gives that found no part. Not to one whose own function has released the guard: it is not still locked. */
  protected missed(member: string): Result.Result<never, this> {
    this.assertLocked(member)
    return Result.fail(this)
  }

  override toJSON(): unknown {
    return { _id: `effect-sync/${this.kind}`, released: this.isReleased, of: this.lock.toJSON() }
  }

  override toString(): string {
    return `${this.kind}(${this.isReleased ? "released" : "held"}, of ${String(this.lock)})`
  }
}

/**
 * A guard that writes.
 *
 * @internal
 */
export abstract class GuardImpl<A> extends LockGuard<A> {
  declare private readonly optic: Optic.Optional<any, A> | undefined
  // A part is kept, not looked up again: an optic that may miss could no longer find what was set through it.
  declare private part: A | undefined

  constructor(lock: GuardedLock, optic: Optic.Optional<any, A> | undefined, part: A | undefined) {
    super(lock)
    this.optic = optic
    this.part = part
  }

  /** A guard of the same lock on a part. */
  protected abstract narrowed<B>(optic: Optic.Optional<any, B>, part: B): GuardImpl<B>

  get setUnsafe(): (a: A) => void {
    return (a) => {
      this.assertLocked("setUnsafe")
      this.write("setUnsafe", a)
    }
  }

  set(a: A): Effect.Effect<void> {
    return this.whileLocked("set", () => this.write("set", a))
  }

  update(f: (a: A) => A): Effect.Effect<void> {
    return this.whileLocked("update", () => this.write("update", f(this.read())))
  }

  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B> {
    return this.whileLocked("modify", () => {
      const [b, a] = f(this.read())
      this.write("modify", a)
      return b
    })
  }

  map<B>(lens: Optic.Lens<A, B>): Effect.Effect<GuardImpl<B>> {
    return this.whileLocked("map", () => this.narrowedTo("map", lens, lens.get(this.read())))
  }

  tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<GuardImpl<B>, this>> {
    return this.whileLocked("tryMap", (): Result.Result<GuardImpl<B>, this> => {
      const part = optic.getResult(this.read())
      return Result.isSuccess(part)
        ? Result.succeed(this.narrowedTo("tryMap", optic, part.success))
        : this.missed("tryMap")
    })
  }

  // The user's functions may do anything, even release this very guard: what they return counts only if it still holds.

  private narrowedTo<B>(member: string, optic: Optic.Optional<A, B>, part: B): GuardImpl<B> {
    const whole = this.optic === undefined ? optic : this.optic.compose(optic)
    return this.succeededIfLocked(member, this.narrowed(whole, part))
  }

  protected override read(): A {
    return this.optic === undefined ? this.lock.value : (this.part as A)
  }

  private write(member: string, a: A): void {
    const { lock, optic } = this
    let whole: unknown = a
    if (optic !== undefined) {
      const written = optic.replaceResult(a, lock.value)
      if (Result.isFailure(written)) {
        throw new Misuse({
          message: `${this.labelOf(member)}: ${this.description} can't reach the part it was mapped to any more`
        })
      }
      whole = written.success
    }
    this.assertLocked(member)
    lock.value = whole
    if (optic !== undefined) this.part = a
  }
}
