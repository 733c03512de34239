/**
 * Our RwLock under the commands of the model.
 */
import { Deferred, Effect, Exit, type Fiber, Optic, Option, Result, Schema, Scope } from "effect"
import { Handle, RwLock } from "effect-sync"
import { type Command, inAWord, leaveBy, type Subject, type Table } from "./agreement.ts"
import { initial, type Kind, people, type Value, wholeOf } from "./rwLockModel.ts"

/** A guard that reads or writes, on the whole value or on one of its numbers. */
type Guarded =
  | { readonly kind: "read"; readonly guard: RwLock.ReadGuard<Value> }
  | { readonly kind: "readNumber"; readonly guard: RwLock.ReadGuard<number> }
  | { readonly kind: "write"; readonly guard: RwLock.WriteGuard<Value> }
  | { readonly kind: "writeNumber"; readonly guard: RwLock.MappedWriteGuard<number> }

type Owned = Guarded & { scope: number | undefined }

const isReading = (owned: Owned): owned is Extract<Owned, { readonly kind: "read" | "readNumber" }> =>
  owned.kind === "read" || owned.kind === "readNumber"

const count = Optic.id<Value>().key("count")
const first = Optic.id<Value>().key("items").at(0)
const itself = Optic.id<number>()
const nowhere = Optic.id<number>().check(Schema.isGreaterThan(1_000_000))

const firstOf = ({ items }: Value) => Option.fromUndefinedOr(items[0])

const thrown = (): never => {
  throw new Error("thrown")
}

export class RwLockSubject implements Subject<Kind> {
  private readonly lock: RwLock.RwLock<Value>
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly doors = new Map<number, Deferred.Deferred<void, string>>()
  private readonly guards: Array<Owned> = []
  private readonly scopes: Array<Scope.Closeable> = []
  private readonly log: Array<string> = []

  constructor(maxReaders: number) {
    this.lock = RwLock.makeUnsafe(initial, { maxReaders })
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(this.on[command.kind](command)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown>> = {
    read: (command) => this.acquire(command, RwLock.read(this.lock), (guard) => ({ kind: "read", guard })),
    write: (command) => this.acquire(command, RwLock.write(this.lock), (guard) => ({ kind: "write", guard })),
    tryRead: ({ variant }) =>
      variant > 1
        ? this.unowned(RwLock.tryReadUnsafe(this.lock), (guard) => ({ kind: "read", guard }))
        : this.acquireNow(RwLock.tryRead(this.lock), (guard) => ({ kind: "read", guard })),
    tryWrite: ({ variant }) =>
      variant > 1
        ? this.unowned(RwLock.tryWriteUnsafe(this.lock), (guard) => ({ kind: "write", guard }))
        : this.acquireNow(RwLock.tryWrite(this.lock), (guard) => ({ kind: "write", guard })),
    withRead: ({ who }) => this.start(who, RwLock.withRead(this.lock, (value) => this.reading(who, value))),
    withWrite: ({ who }) => this.start(who, RwLock.withWrite(this.lock, (guard) => this.writing(who, guard))),
    withReadIfAvailable: ({ who }) =>
      this.start(
        who,
        Effect.map(
          RwLock.withReadIfAvailable(this.lock, (value) => this.reading(who, value)),
          Option.getOrElse(() => "nothing")
        )
      ),
    withWriteIfAvailable: ({ who }) =>
      this.start(
        who,
        Effect.map(
          RwLock.withWriteIfAvailable(this.lock, (guard) => this.writing(who, guard)),
          Option.getOrElse(() => "nothing")
        )
      ),
    leave: ({ variant, who }) => Effect.sync(() => leaveBy(this.doors.get(who % people)!, variant)),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe()),
    unlock: ({ variant, who }) => {
      const { guard } = this.owned(who)
      if (variant === 0) return guard.unlock
      if (variant === 1) return Handle.release(guard)
      return Effect.sync(() => Handle.releaseUnsafe(guard))
    },
    closeScope: ({ who }) => Scope.close(this.scopes[this.owned(who).scope!], Exit.void),
    transfer: ({ other, variant, who }) => {
      const owned = this.owned(who)
      const scope = this.targetScope(variant, this.owned(other).scope)
      return Effect.map(Handle.transfer<Handle.Handle>(owned.guard, this.scopes[scope]), () => {
        owned.scope = scope
      })
    },
    guardGet: ({ variant, who }) => {
      const { guard } = this.owned(who)
      const get: Effect.Effect<unknown> = variant > 1 ? Effect.sync(() => guard.getUnsafe()) : guard.get
      return Effect.map(get, (value) => JSON.stringify(value))
    },
    guardSet: ({ n, variant, who }) => {
      const owned = this.owned(who)
      if (owned.kind === "write") {
        return variant > 1 ? Effect.sync(() => owned.guard.setUnsafe(wholeOf(n))) : owned.guard.set(wholeOf(n))
      }
      if (owned.kind !== "writeNumber") return Effect.die("can't write")
      return variant > 1 ? Effect.sync(() => owned.guard.setUnsafe(n)) : owned.guard.set(n)
    },
    guardUpdate: ({ n, variant, who }) => {
      const owned = this.owned(who)
      if (owned.kind === "writeNumber") {
        return variant > 1
          ? owned.guard.modify((value) => [JSON.stringify(value), value + n])
          : owned.guard.update((value) => value + n)
      }
      if (owned.kind !== "write") return Effect.die("can't write")
      const changed = (value: Value) => wholeOf(value.count + n)
      return variant > 1
        ? owned.guard.modify((value) => [JSON.stringify(value), changed(value)])
        : owned.guard.update(changed)
    },
    guardThrows: ({ variant, who }) => {
      const owned = this.owned(who)
      if (isReading(owned)) return variant > 1 ? owned.guard.map(thrown) : owned.guard.tryMap(thrown)
      if (owned.kind === "write") {
        return variant > 1 ? owned.guard.downgradeMap(thrown) : owned.guard.tryDowngradeMap(thrown)
      }
      return variant > 1 ? owned.guard.update(thrown) : owned.guard.modify(thrown)
    },
    map: ({ who }) => {
      const owned = this.owned(who)
      if (isReading(owned)) {
        const mapped = owned.kind === "read" ? owned.guard.map(({ count }) => count) : owned.guard.map((n) => n)
        return Effect.map(mapped, (guard) => this.ownNumber(owned, guard))
      }
      const mapped = owned.kind === "write" ? owned.guard.map(count) : owned.guard.map(itself)
      return Effect.map(mapped, (guard) => this.ownNumberToWrite(owned, guard))
    },
    tryMap: ({ who }) => {
      const owned = this.owned(who)
      if (isReading(owned)) {
        const tried: Effect.Effect<Result.Result<RwLock.ReadGuard<number>, Handle.Handle>> = owned.kind === "read"
          ? owned.guard.tryMap(firstOf)
          : owned.guard.tryMap(() => Option.none<number>())
        return Effect.map(tried, (result) => this.ownNumberIfThere(owned, result))
      }
      const tried: Effect.Effect<Result.Result<RwLock.MappedWriteGuard<number>, Handle.Handle>> = owned.kind === "write"
        ? owned.guard.tryMap(first)
        : owned.guard.tryMap(nowhere)
      return Effect.map(tried, (result) => this.ownNumberToWriteIfThere(owned, result))
    },
    downgrade: ({ who }) => {
      const owned = this.owned(who)
      if (owned.kind !== "write") return Effect.die("can't be downgraded")
      return Effect.map(owned.guard.downgrade, (guard) => {
        this.guards.push({ kind: "read", guard, scope: owned.scope })
      })
    },
    downgradeMap: ({ who }) => {
      const owned = this.owned(who)
      if (owned.kind !== "write") return Effect.die("can't be downgraded")
      return Effect.map(owned.guard.downgradeMap(({ count }) => count), (guard) => this.ownNumber(owned, guard))
    },
    tryDowngradeMap: ({ who }) => {
      const owned = this.owned(who)
      if (owned.kind !== "write") return Effect.die("can't be downgraded")
      return Effect.map(owned.guard.tryDowngradeMap(firstOf), (result) => this.ownNumberIfThere(owned, result))
    }
  }

  /** Runs an effect in a fiber, up to its first wait, and writes down how it ends. */
  private start(person: number, effect: Effect.Effect<unknown, unknown>): Effect.Effect<void> {
    const who = person % people
    return Effect.map(Effect.forkDetach(effect, { startImmediately: true }), (fiber) => {
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
    })
  }

  private acquire<G>(
    { other, variant, who }: Command<Kind>,
    acquire: Effect.Effect<G, never, Scope.Scope>,
    as: (guard: G) => Guarded
  ): Effect.Effect<void> {
    const scope = this.targetScope(variant, this.guards[other]?.scope)
    return this.start(
      who,
      Effect.map(Scope.provide(acquire, this.scopes[scope]), (guard) => {
        this.guards.push({ ...as(guard), scope })
        return "locked"
      })
    )
  }

  private acquireNow<G, E>(
    acquire: Effect.Effect<G, E, Scope.Scope>,
    as: (guard: G) => Guarded
  ): Effect.Effect<string, E> {
    const scope = this.newScope()
    return Effect.map(Scope.provide(acquire, this.scopes[scope]), (guard) => {
      this.guards.push({ ...as(guard), scope })
      return "locked"
    })
  }

  private unowned<G, E>(result: Result.Result<G, E>, as: (guard: G) => Guarded): Effect.Effect<string, E> {
    if (Result.isFailure(result)) return Effect.fail(result.failure)
    this.guards.push({ ...as(result.success), scope: undefined })
    return Effect.succeed("locked")
  }

  private reading(who: number, value: Value): Effect.Effect<string, string> {
    return this.body(who, ` ${JSON.stringify(value)}`)
  }

  private writing(who: number, guard: RwLock.WriteGuard<Value>): Effect.Effect<string, string> {
    this.guards.push({ kind: "write", guard, scope: undefined })
    return this.body(who, "")
  }

  /** Stays inside until told to leave. */
  private body(person: number, seeing: string): Effect.Effect<string, string> {
    return Effect.suspend(() => {
      const who = person % people
      const door = Deferred.makeUnsafe<void, string>()
      this.doors.set(who, door)
      this.log.push(`${who} entered${seeing}`)
      return Effect.as(Deferred.await(door), "left")
    })
  }

  private ownNumber({ scope }: Owned, guard: RwLock.ReadGuard<number>): string {
    this.guards.push({ kind: "readNumber", guard, scope })
    return ""
  }

  private ownNumberToWrite({ scope }: Owned, guard: RwLock.MappedWriteGuard<number>): string {
    this.guards.push({ kind: "writeNumber", guard, scope })
    return ""
  }

  private ownNumberIfThere(owned: Owned, result: Result.Result<RwLock.ReadGuard<number>, Handle.Handle>): string {
    return Result.isSuccess(result) ? this.ownNumber(owned, result.success) : this.missing(owned, result.failure)
  }

  private ownNumberToWriteIfThere(
    owned: Owned,
    result: Result.Result<RwLock.MappedWriteGuard<number>, Handle.Handle>
  ): string {
    return Result.isSuccess(result) ? this.ownNumberToWrite(owned, result.success) : this.missing(owned, result.failure)
  }

  private missing({ guard }: Owned, given: Handle.Handle): string {
    return given === guard && !Handle.isReleased(guard) ? "missing, still held" : "missing"
  }

  private newScope(): number {
    return this.scopes.push(Scope.makeUnsafe()) - 1
  }

  private targetScope(variant: number, existing: number | undefined): number {
    return variant < 2 && existing !== undefined ? existing : this.newScope()
  }

  private owned(index: number): Owned {
    return this.guards[index % this.guards.length]
  }

  get snapshot() {
    const { lock } = this
    const readers = RwLock.readersUnsafe(lock)
    const writeLocked = RwLock.isWriteLockedUnsafe(lock)
    const waiting = RwLock.waitingUnsafe(lock)
    const shown = lock.toJSON() as Record<string, unknown>
    const isShown = shown.readers === readers && shown.writeLocked === writeLocked && shown.waiting === waiting
    return {
      readers,
      writeLocked,
      waiting,
      value: RwLock.getUnsafe(lock),
      released: this.guards.map(({ guard }) => Handle.isReleased(guard)),
      log: [...this.log],
      // only if what is shown is not what is so
      ...(!isShown && { shown })
    }
  }
}
