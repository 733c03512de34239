/**
 * Our Notify under the commands of the model.
 */
import { Effect, Exit, type Fiber, Scope } from "effect"
import { Handle, Notify } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./notifyModel.ts"

interface Owned {
  readonly handle: Notify.Notified
  scope: number | undefined
}

export class NotifySubject implements Subject<Kind> {
  private readonly notify = Notify.makeUnsafe()
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly handles: Array<Owned> = []
  private readonly scopes: Array<Scope.Closeable> = []
  private readonly log: Array<string> = []

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(this.on[command.kind](command)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown>> = {
    notified: ({ who }) => this.start(who, Notify.notified(this.notify)),
    subscribe: ({ other, variant }) => {
      if (variant === 3) {
        this.handles.push({ handle: Notify.subscribeUnsafe(this.notify), scope: undefined })
        return Effect.void
      }
      const existing = this.handles[other]?.scope
      const scope = variant < 2 && existing !== undefined ? existing : this.newScope()
      return Effect.map(Scope.provide(Notify.subscribe(this.notify), this.scopes[scope]), (handle) => {
        this.handles.push({ handle, scope })
      })
    },
    enable: ({ variant, who }) => {
      const { handle } = this.owned(who)
      return variant > 1 ? Effect.sync(() => handle.enableUnsafe()) : handle.enable
    },
    await: ({ other, who }) => this.start(who, this.owned(other).handle.await),
    notifyOne: ({ variant }) =>
      variant > 1 ? Effect.sync(() => Notify.notifyOneUnsafe(this.notify)) : Notify.notifyOne(this.notify),
    notifyLast: ({ variant }) =>
      variant > 1 ? Effect.sync(() => Notify.notifyLastUnsafe(this.notify)) : Notify.notifyLast(this.notify),
    notifyWaiters: ({ variant }) =>
      variant > 1 ? Effect.sync(() => Notify.notifyWaitersUnsafe(this.notify)) : Notify.notifyWaiters(this.notify),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe()),
    drop: ({ variant, who }) => {
      const { handle } = this.owned(who)
      if (variant === 0) return handle.drop
      if (variant === 1) return Handle.release(handle)
      return Effect.sync(() => Handle.releaseUnsafe(handle))
    },
    closeScope: ({ who }) => Scope.close(this.scopes[this.owned(who).scope!], Exit.void),
    transfer: ({ who }) => {
      const owned = this.owned(who)
      const scope = this.newScope()
      return Effect.map(Handle.transfer(owned.handle, this.scopes[scope]), () => {
        owned.scope = scope
      })
    }
  }

  /** Runs a wait in a fiber, up to where it parks, and writes down how it ends. */
  private start(person: number, wait: Effect.Effect<void>): Effect.Effect<void> {
    const who = person % people
    return Effect.map(Effect.forkDetach(Effect.as(wait, "woken"), { startImmediately: true }), (fiber) => {
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
    })
  }

  private newScope(): number {
    return this.scopes.push(Scope.makeUnsafe()) - 1
  }

  private owned(index: number): Owned {
    return this.handles[index % this.handles.length]
  }

  get snapshot() {
    const { notified, waiting } = this.notify.toJSON() as Record<string, unknown>
    return {
      notified,
      waiting: Notify.waitingUnsafe(this.notify),
      handles: this.handles.map(({ handle }) => /^Notified\((\w+), /.exec(String(handle))![1]),
      log: [...this.log],
      // only if what is shown is not what is so
      ...(waiting !== Notify.waitingUnsafe(this.notify) && { shown: { waiting } })
    }
  }
}
