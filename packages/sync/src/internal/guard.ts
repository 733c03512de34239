/**
 * Guards: handles that read and write the value behind a lock, all of it or a part.
 *
 * A part is described by one of Effect's optics, composed from the whole value to the part, so that narrowing a narrowed
 * guard is composing once more. Writing a part replaces the whole value by a copy, as optics do.
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

/** @internal */
export abstract class GuardImpl<A> extends ScopedHandle {
  declare readonly lock: GuardedLock
  declare private readonly optic: Optic.Optional<any, A> | undefined
  // A part is kept, not looked up again: an optic that may miss could no longer find what was set through it.
  declare private part: A | undefined

  constructor(lock: GuardedLock, optic: Optic.Optional<any, A> | undefined, part: A | undefined) {
    super()
    this.lock = lock
    this.optic = optic
    this.part = part
  }

  /** A guard of the same kind and lock on a part. */
  protected abstract narrowed<B>(optic: Optic.Optional<any, B>, part: B): GuardImpl<B>

  get description(): string {
    return `a guard of ${this.lock.description}`
  }

  get getUnsafe(): () => A {
    return () => {
      this.assertHeld("Guard.getUnsafe")
      return this.read()
    }
  }

  get setUnsafe(): (a: A) => void {
    return (a) => {
      this.assertHeld("Guard.setUnsafe")
      this.write("Guard.setUnsafe", a)
    }
  }

  get get(): Effect.Effect<A> {
    return this.whileHeld("Guard.get", () => this.read())
  }

  set(a: A): Effect.Effect<void> {
    return this.whileHeld("Guard.set", (label) => this.write(label, a))
  }

  update(f: (a: A) => A): Effect.Effect<void> {
    return this.whileHeld("Guard.update", (label) => this.write(label, f(this.read())))
  }

  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B> {
    return this.whileHeld("Guard.modify", (label) => {
      const [b, a] = f(this.read())
      this.write(label, a)
      return b
    })
  }

  get unlock(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  map<B>(lens: Optic.Lens<A, B>): Effect.Effect<GuardImpl<B>> {
    return this.whileHeld("Guard.map", (label) => this.narrowedTo(label, lens, lens.get(this.read())))
  }

  tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<GuardImpl<B>, this>> {
    return this.whileHeld("Guard.tryMap", (label): Result.Result<GuardImpl<B>, this> => {
      const part = optic.getResult(this.read())
      return Result.isSuccess(part) ? Result.succeed(this.narrowedTo(label, optic, part.success)) : Result.fail(this)
    })
  }

  private whileHeld<B>(label: string, f: (label: string) => B): Effect.Effect<B> {
    return Effect.sync(() => {
      this.assertHeld(label)
      return f(label)
    })
  }

  // The user's functions may do anything, even release this very guard: what they return counts only if it still holds.

  private narrowedTo<B>(label: string, optic: Optic.Optional<A, B>, part: B): GuardImpl<B> {
    this.assertHeld(label)
    const whole = this.optic === undefined ? optic : this.optic.compose(optic)
    return this.succeededBy(this.narrowed(whole, part))
  }

  private read(): A {
    return this.optic === undefined ? this.lock.value : (this.part as A)
  }

  private write(label: string, a: A): void {
    const { lock, optic } = this
    let whole: unknown = a
    if (optic !== undefined) {
      const written = optic.replaceResult(a, lock.value)
      if (Result.isFailure(written)) {
        throw new Misuse({ message: `${label}: ${this.description} can't reach the part it was mapped to any more` })
      }
      whole = written.success
    }
    this.assertHeld(label)
    lock.value = whole
    if (optic !== undefined) this.part = a
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Guard", released: this.isReleased, of: this.lock.toJSON() }
  }

  override toString(): string {
    return `Guard(${this.isReleased ? "released" : "held"}, of ${String(this.lock)})`
  }
}
