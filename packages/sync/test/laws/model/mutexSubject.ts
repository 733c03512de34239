/**
 * Our Mutex under the commands of the model.
 */
import { Deferred, Effect, Exit, type Fiber, Optic, Option, Result, Schema, Scope } from "effect"
import { Handle, Mutex } from "effect-sync"
import { type Command, inAWord, leaveBy, type Subject, type Table } from "./agreement.ts"
import { initial, type Kind, people, type Value, wholeOf } from "./mutexModel.ts"

/** A guard on the whole value or on one of its numbers. */
type Guarded = { readonly part: "whole"; readonly guard: Mutex.MappedGuard<Value> } | {
  readonly part: "number"
  readonly guard: Mutex.MappedGuard<number>
}

type Owned = Guarded & { scope: number | undefined }

const count = Optic.id<Value>().key("count")
const first = Optic.id<Value>().key("items").at(0)
const itself = Optic.id<number>()
const nowhere = Optic.id<number>().check(Schema.isGreaterThan(1_000_000))

const counted = (value: Value, n: number): Value => ({ ...value, count: value.count + n })

const thrown = (): never => {
  throw new Error("thrown")
}

export class MutexSubject implements Subject<Kind> {
  private readonly mutex = Mutex.makeUnsafe(initial)
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly doors = new Map<number, Deferred.Deferred<void, string>>()
  private readonly guards: Array<Owned> = []
  private readonly scopes: Array<Scope.Closeable> = []
  private readonly log: Array<string> = []

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(this.on[command.kind](command)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown>> = {
    lock: ({ other, variant, who }) => {
      const scope = this.targetScope(variant, this.guards[other]?.scope)
      return this.start(
        who,
        Effect.map(Scope.provide(Mutex.lock(this.mutex), this.scopes[scope]), (guard) => this.own(guard, scope))
      )
    },
    tryLock: ({ variant }) => {
      if (variant > 1) {
        const result = Mutex.tryLockUnsafe(this.mutex)
        return Result.isFailure(result)
          ? Effect.fail(result.failure)
          : Effect.succeed(this.own(result.success, undefined))
      }
      const scope = this.newScope()
      return Effect.map(
        Scope.provide(Mutex.tryLock(this.mutex), this.scopes[scope]),
        (guard) => this.own(guard, scope)
      )
    },
    withLock: ({ who }) => this.start(who, Mutex.withLock(this.mutex, (guard) => this.body(who, guard))),
    withLockIfAvailable: ({ who }) =>
      this.start(
        who,
        Effect.map(
          Mutex.withLockIfAvailable(this.mutex, (guard) => this.body(who, guard)),
          Option.getOrElse(() => "nothing")
        )
      ),
    updateEffect: ({ n, variant, who }) => {
      const write = (value: Value) => Effect.as(this.body(who), counted(value, n))
      return this.start(
        who,
        variant > 1
          ? Effect.as(Mutex.updateEffect(this.mutex, write), "left")
          : Mutex.modifyEffect(this.mutex, (value) => Effect.map(write(value), (next) => ["left", next] as const))
      )
    },
    update: ({ n, variant, who }) =>
      this.start(
        who,
        Effect.map(
          variant > 1
            ? Mutex.updateAndGet(this.mutex, (value) => counted(value, n))
            : Mutex.modify(this.mutex, (value) => [counted(value, n), counted(value, n)]),
          (value) => JSON.stringify(value)
        )
      ),
    get: ({ who }) => this.start(who, Effect.map(Mutex.get(this.mutex), (value) => JSON.stringify(value))),
    updateThrows: ({ who }) => this.start(who, Mutex.update(this.mutex, thrown)),
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
      return Effect.map(Handle.transfer(owned.guard, this.scopes[scope]), () => {
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
      if (variant > 1) {
        return Effect.sync(() => owned.part === "whole" ? owned.guard.setUnsafe(wholeOf(n)) : owned.guard.setUnsafe(n))
      }
      return owned.part === "whole" ? owned.guard.set(wholeOf(n)) : owned.guard.set(n)
    },
    guardUpdate: ({ n, variant, who }) => {
      const owned = this.owned(who)
      if (owned.part === "number") {
        return variant > 1
          ? owned.guard.modify((value) => [JSON.stringify(value), value + n])
          : owned.guard.update((value) => value + n)
      }
      const changed = (value: Value) => wholeOf(value.count + n)
      return variant > 1
        ? owned.guard.modify((value) => [JSON.stringify(value), changed(value)])
        : owned.guard.update(changed)
    },
    guardThrows: ({ variant, who }) => {
      const { guard } = this.owned(who)
      return variant > 1 ? guard.update(thrown) : guard.modify(thrown)
    },
    map: ({ who }) => {
      const owned = this.owned(who)
      return Effect.map(
        owned.part === "whole" ? owned.guard.map(count) : owned.guard.map(itself),
        (guard) => this.ownPart(guard, owned.scope)
      )
    },
    tryMap: ({ who }) => {
      const owned = this.owned(who)
      const tried: Effect.Effect<Result.Result<Mutex.MappedGuard<number>, Handle.Handle>> = owned.part === "whole"
        ? owned.guard.tryMap(first)
        : owned.guard.tryMap(nowhere)
      return Effect.map(tried, (result) => {
        if (Result.isSuccess(result)) return this.ownPart(result.success, owned.scope)
        return result.failure === owned.guard && !Handle.isReleased(owned.guard) ? "missing, still held" : "missing"
      })
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

  /** Stays inside until told to leave. */
  private body(person: number, guard?: Mutex.Guard<Value>): Effect.Effect<string, string> {
    return Effect.suspend(() => {
      const who = person % people
      const door = Deferred.makeUnsafe<void, string>()
      this.doors.set(who, door)
      if (guard !== undefined) this.own(guard, undefined)
      this.log.push(`${who} entered`)
      return Effect.as(Deferred.await(door), "left")
    })
  }

  private own(guard: Mutex.Guard<Value>, scope: number | undefined): string {
    this.guards.push({ part: "whole", guard, scope })
    return "locked"
  }

  private ownPart(guard: Mutex.MappedGuard<number>, scope: number | undefined): string {
    this.guards.push({ part: "number", guard, scope })
    return ""
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
    const { mutex } = this
    const locked = Mutex.isLockedUnsafe(mutex)
    const waiting = Mutex.waitingUnsafe(mutex)
    const shown = mutex.toJSON() as Record<string, unknown>
    return {
      locked,
      waiting,
      value: Mutex.getUnsafe(mutex),
      released: this.guards.map(({ guard }) => Handle.isReleased(guard)),
      log: [...this.log],
      // only if what is shown is not what is so
      ...((shown.locked !== locked || shown.waiting !== waiting) && { shown })
    }
  }
}
