/**
 * Our Semaphore under the commands of the model.
 */
import { Deferred, Effect, Exit, type Fiber, Option, Result, Scope } from "effect"
import { Handle, Semaphore } from "effect-sync"
import { type Command, inAWord, leaveBy, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./semaphoreModel.ts"

interface Owned {
  readonly permit: Semaphore.Permit
  scope: number | undefined
}

export class SemaphoreSubject implements Subject<Kind> {
  private readonly semaphore: Semaphore.CloseableSemaphore
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly doors = new Map<number, Deferred.Deferred<void, string>>()
  private readonly permits: Array<Owned> = []
  private readonly scopes: Array<Scope.Closeable> = []
  private readonly log: Array<string> = []

  constructor(permits: number) {
    this.semaphore = Semaphore.makeCloseableUnsafe(permits)
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(this.on[command.kind](command)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown>> = {
    acquire: ({ n, other, variant, who }) => {
      const scope = this.targetScope(variant, this.permits[other]?.scope)
      const acquire = n === 1 && variant % 2 === 0
        ? Semaphore.acquire(this.semaphore)
        : Semaphore.acquireMany(this.semaphore, n)
      return this.start(
        who,
        Effect.map(Scope.provide(acquire, this.scopes[scope]), (permit) => this.own(permit, scope))
      )
    },
    bracket: ({ n, variant, who }) =>
      this.start(
        who,
        n === 1 && variant % 2 === 0
          ? Semaphore.withPermit(this.semaphore, this.body(who))
          : Semaphore.withPermits(this.semaphore, n, this.body(who))
      ),
    bracketIfAvailable: ({ n, who }) =>
      this.start(
        who,
        Effect.map(
          Semaphore.withPermitsIfAvailable(this.semaphore, n, this.body(who)),
          Option.getOrElse(() => "nothing")
        )
      ),
    tryAcquire: ({ n, variant }) => {
      if (variant > 1) {
        const result = Semaphore.tryAcquireManyUnsafe(this.semaphore, n)
        return Result.isFailure(result)
          ? Effect.fail(result.failure)
          : Effect.succeed(this.own(result.success, undefined))
      }
      const scope = this.newScope()
      return Effect.map(
        Scope.provide(Semaphore.tryAcquireMany(this.semaphore, n), this.scopes[scope]),
        (permit) => this.own(permit, scope)
      )
    },
    leave: ({ variant, who }) => Effect.sync(() => leaveBy(this.doors.get(who % people)!, variant)),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe()),
    release: ({ variant, who }) => {
      const { permit } = this.owned(who)
      if (variant === 0) return permit.release
      if (variant === 1) return Handle.release(permit)
      return Effect.sync(() => Handle.releaseUnsafe(permit))
    },
    closeScope: ({ who }) => Scope.close(this.scopes[this.owned(who).scope!], Exit.void),
    forget: ({ who }) => this.owned(who).permit.forget,
    split: ({ n, variant, who }) => {
      const owned = this.owned(who)
      const scope = this.targetScope(variant, owned.scope)
      return Effect.map(Scope.provide(owned.permit.split(n), this.scopes[scope]), (split) => {
        if (Option.isSome(split)) this.own(split.value, scope)
        return split._tag.toLowerCase()
      })
    },
    merge: ({ other, who }) => this.owned(who).permit.merge(this.owned(other).permit),
    transfer: ({ other, variant, who }) => {
      const owned = this.owned(who)
      const scope = this.targetScope(variant, this.owned(other).scope)
      return Effect.map(Handle.transfer(owned.permit, this.scopes[scope]), () => {
        owned.scope = scope
      })
    },
    addPermits: ({ n, variant }) =>
      variant > 1
        ? Effect.sync(() => Semaphore.addPermitsUnsafe(this.semaphore, n))
        : Semaphore.addPermits(this.semaphore, n),
    forgetPermits: ({ n, variant }) =>
      variant > 1
        ? Effect.sync(() => Semaphore.forgetPermitsUnsafe(this.semaphore, n))
        : Semaphore.forgetPermits(this.semaphore, n),
    close: ({ variant }) =>
      variant > 1
        ? Effect.sync(() => Semaphore.closeUnsafe(this.semaphore))
        : Semaphore.close(this.semaphore)
  }

  private own(permit: Semaphore.Permit, scope: number | undefined): string {
    this.permits.push({ permit, scope })
    return "acquired"
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
  private body(person: number): Effect.Effect<string, string> {
    return Effect.suspend(() => {
      const who = person % people
      const door = Deferred.makeUnsafe<void, string>()
      this.doors.set(who, door)
      this.log.push(`${who} entered`)
      return Effect.as(Deferred.await(door), "left")
    })
  }

  private newScope(): number {
    return this.scopes.push(Scope.makeUnsafe()) - 1
  }

  private targetScope(variant: number, existing: number | undefined): number {
    return variant < 2 && existing !== undefined ? existing : this.newScope()
  }

  private owned(index: number): Owned {
    return this.permits[index % this.permits.length]
  }

  get snapshot() {
    const { semaphore } = this
    const { permits, available, waiting, closed } = semaphore.toJSON() as Record<string, unknown>
    return {
      available: Semaphore.availablePermitsUnsafe(semaphore),
      waiting: Semaphore.waitingUnsafe(semaphore),
      permits,
      closed: Semaphore.isClosedUnsafe(semaphore),
      handles: this.permits.map(({ permit }) => ({ count: permit.count, released: Handle.isReleased(permit) })),
      log: [...this.log],
      // only if what is shown is not what is so
      ...(available !== Semaphore.availablePermitsUnsafe(semaphore) && { shown: { available } }),
      ...(waiting !== Semaphore.waitingUnsafe(semaphore) && { shown: { waiting } }),
      ...(closed !== Semaphore.isClosedUnsafe(semaphore) && { shown: { closed } })
    }
  }
}
