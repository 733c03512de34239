/**
 * Our CancellationToken under the commands of the model.
 */
import { Deferred, Effect, Exit, type Fiber, Scope } from "effect"
import { CancellationToken, Handle } from "effect-sync"
import { type Command, inAWord, leaveBy, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./cancellationModel.ts"

export class CancellationSubject implements Subject<Kind> {
  private readonly tokens = [CancellationToken.makeUnsafe()]
  private readonly guards: Array<CancellationToken.DropGuard> = []
  private readonly signals: Array<AbortSignal> = []
  private readonly scopes: Array<Scope.Closeable> = []
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly doors = new Map<number, Deferred.Deferred<void, string>>()
  private readonly logs: Record<string, Array<string>> = {}

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(this.on[command.kind](command)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown>> = {
    child: ({ other, variant, who }) => {
      const token = this.token(who)
      const make = variant < 3
        ? Scope.provide(CancellationToken.child(token), this.targetScope(variant, other))
        : Effect.sync(() => CancellationToken.childUnsafe(token))
      return Effect.map(make, (child) => void this.tokens.push(child))
    },
    cancel: ({ variant, who }) =>
      variant > 1
        ? Effect.sync(() => CancellationToken.cancelUnsafe(this.token(who)))
        : CancellationToken.cancel(this.token(who)),
    release: ({ variant, who }) =>
      variant > 1 ? Effect.sync(() => Handle.releaseUnsafe(this.token(who))) : Handle.release(this.token(who)),
    transfer: ({ other, variant, who }) =>
      Effect.asVoid(Handle.transfer(this.token(who), this.targetScope(variant, other))),
    closeScope: ({ who }) => Scope.close(this.scopes[who % this.scopes.length]!, Exit.void),
    guard: ({ other, variant, who }) =>
      Effect.map(
        Scope.provide(CancellationToken.dropGuard(this.token(who)), this.targetScope(variant, other)),
        (guard) => void this.guards.push(guard)
      ),
    disarm: ({ variant, who }) => {
      const guard = this.guard(who)
      const disarm = variant > 1 ? Effect.sync(guard.disarmUnsafe) : guard.disarm
      return Effect.map(disarm, (token) => `token ${this.tokens.findIndex((other) => other === token)}`)
    },
    releaseGuard: ({ who }) => Handle.release(this.guard(who)),
    signal: ({ other, variant, who }) =>
      Effect.map(
        Scope.provide(CancellationToken.toAbortSignal(this.token(who)), this.targetScope(variant, other)),
        (signal) => void this.signals.push(signal)
      ),
    wait: ({ other, who }) => {
      const index = other % this.tokens.length
      return this.start(who, `${index} wait`, Effect.as(CancellationToken.cancelled(this.tokens[index]!), "woken"))
    },
    run: ({ other, variant, who }) => {
      const index = other % this.tokens.length
      const bracket: (token: CancellationToken.CancellationToken) => Effect.Effect<unknown, string> = variant > 1
        ? (token) => CancellationToken.runUntilCancelled(token, this.body(who))
        : (token) => CancellationToken.interruptWhenCancelled(token, this.body(who))
      return this.start(who, `${index} run`, bracket(this.tokens[index]!))
    },
    leave: ({ variant, who }) => Effect.sync(() => leaveBy(this.doors.get(who % people)!, variant)),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe())
  }

  /** Runs an effect in a fiber, up to its first wait, and writes down how it ends. */
  private start(person: number, log: string, effect: Effect.Effect<unknown, unknown>): Effect.Effect<void> {
    const who = person % people
    return Effect.map(Effect.forkDetach(effect, { startImmediately: true }), (fiber) => {
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) => {
        const entries = this.logs[log] ??= []
        entries.push(`${who} ${inAWord(exit)}`)
      })
    })
  }

  /** Runs until told to leave. */
  private body(person: number): Effect.Effect<string, string> {
    return Effect.suspend(() => {
      const door = Deferred.makeUnsafe<void, string>()
      this.doors.set(person % people, door)
      return Effect.as(Deferred.await(door), "left")
    })
  }

  private token(index: number): CancellationToken.CancellationToken {
    return this.tokens[index % this.tokens.length]!
  }

  private guard(index: number): CancellationToken.DropGuard {
    return this.guards[index % this.guards.length]!
  }

  private targetScope(variant: number, other: number): Scope.Closeable {
    if (variant === 0 && this.scopes.length > 0) return this.scopes[other % this.scopes.length]!
    const scope = Scope.makeUnsafe()
    this.scopes.push(scope)
    return scope
  }

  get snapshot() {
    return {
      tokens: this.tokens.map((token) => {
        const { cancelled, children, released, waiting } = token.toJSON() as Record<string, unknown>
        return {
          cancelled: CancellationToken.isCancelledUnsafe(token),
          released: Handle.isReleased(token),
          children,
          waiting: CancellationToken.waitingUnsafe(token),
          // only if what is shown is not what is so
          ...(cancelled !== CancellationToken.isCancelledUnsafe(token) && { shown: { cancelled } }),
          ...(released !== Handle.isReleased(token) && { shown: { released } }),
          ...(waiting !== CancellationToken.waitingUnsafe(token) && { shown: { waiting } })
        }
      }),
      guards: this.guards.map(Handle.isReleased),
      signals: this.signals.map(({ aborted }) => aborted),
      logs: structuredClone(this.logs)
    }
  }
}
