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

  getUnsafe(): A {
    this.assertHeld("Guard.getUnsafe")
    return this.read()
  }

  setUnsafe(a: A): void {
    this.assertHeld("Guard.setUnsafe")
    this.write(a)
  }

  get get(): Effect.Effect<A> {
    return this.whileHeld("Guard.get", () => this.read())
  }

  set(a: A): Effect.Effect<void> {
    return this.whileHeld("Guard.set", () => this.write(a))
  }

  update(f: (a: A) => A): Effect.Effect<void> {
    return this.whileHeld("Guard.update", () => this.write(f(this.read())))
  }

  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B> {
    return this.whileHeld("Guard.modify", () => {
      const [b, a] = f(this.read())
      this.write(a)
      return b
    })
  }

  get unlock(): Effect.Effect<void> {
    return Effect.sync(() => this.releaseUnsafe())
  }

  map<B>(lens: Optic.Lens<A, B>): Effect.Effect<GuardImpl<B>> {
    return this.whileHeld("Guard.map", () => this.narrowedTo(lens, lens.get(this.read())))
  }

  tryMap<B>(optic: Optic.Optional<A, B>): Effect.Effect<Result.Result<GuardImpl<B>, this>> {
    return this.whileHeld("Guard.tryMap", (): Result.Result<GuardImpl<B>, this> => {
      const part = optic.getResult(this.read())
      return Result.isSuccess(part) ? Result.succeed(this.narrowedTo(optic, part.success)) : Result.fail(this)
    })
  }

  private whileHeld<B>(label: string, f: () => B): Effect.Effect<B> {
    return Effect.sync(() => {
      this.assertHeld(label)
      return f()
    })
  }

  private narrowedTo<B>(optic: Optic.Optional<A, B>, part: B): GuardImpl<B> {
    const whole = this.optic === undefined ? optic : this.optic.compose(optic)
    return this.succeededBy(this.narrowed(whole, part))
  }

  private read(): A {
    return this.optic === undefined ? this.lock.value : (this.part as A)
  }

  private write(a: A): void {
    const { lock, optic } = this
    if (optic === undefined) {
      lock.value = a
      return
    }
    const written = optic.replaceResult(a, lock.value)
    if (Result.isFailure(written)) {
      throw new Misuse({
        message: `MappedGuard.set: ${this.description} can't reach the part it was mapped to any more`
      })
    }
    lock.value = written.success
    this.part = a
  }

  override toJSON(): unknown {
    return { _id: "effect-sync/Guard", released: this.isReleased, of: this.lock.toJSON() }
  }

  override toString(): string {
    return `Guard(${this.isReleased ? "released" : "held"}, of ${String(this.lock)})`
  }
}
