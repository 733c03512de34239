/**
 * Our mpsc channel under the commands of the model.
 */
import { Cause, Effect, Exit, type Fiber, Option, Scope } from "effect"
import { Handle, Mpsc } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./mpscModel.ts"

type AnyPermit = Mpsc.Permit<number> | Mpsc.Permits<number>

/** An exit in a word, an end too. */
const word = (exit: Exit.Exit<unknown, unknown>): string => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  return Cause.isDone(error) ? "Done" : inAWord(exit)
}

export class MpscSubject implements Subject<Kind> {
  private readonly strong: Array<Mpsc.Sender<number>>
  private readonly weak: Array<Mpsc.WeakSender<number>> = []
  /** All of them, in the order in which they were made. */
  private readonly senders: Array<Mpsc.Sender<number> | Mpsc.WeakSender<number>>
  private readonly receiver: Mpsc.Receiver<number>
  private readonly permits: Array<AnyPermit> = []
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<Array<string>> = Array.from({ length: people }, () => [])
  private readonly scope = Scope.makeUnsafe()
  private messages = 0

  constructor([sender, receiver]: readonly [Mpsc.Sender<number>, Mpsc.Receiver<number>]) {
    this.strong = [sender]
    this.senders = [sender]
    this.receiver = receiver
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(Scope.provide(this.on[command.kind](command), this.scope)),
      (exit) => word(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown, Scope.Scope>> = {
    send: ({ other, variant, who }) => {
      const sender = this.sender(other)
      const message = this.messages++
      const send = variant === 3 ? Mpsc.sendTimeout(sender, message, "1 hour") : Mpsc.send(sender, message)
      return this.start(who, Effect.as(send, "sent"))
    },
    trySend: ({ other, variant }) => {
      const sender = this.sender(other)
      const message = this.messages++
      return variant > 1
        ? Effect.suspend(() => Effect.fromResult(Mpsc.trySendUnsafe(sender, message)))
        : Mpsc.trySend(sender, message)
    },
    reserve: ({ n, other, variant, who }) => {
      const sender = this.sender(other)
      const reserve: Effect.Effect<AnyPermit, unknown, Scope.Scope> = variant > 1
        ? Mpsc.reserve(sender)
        : Mpsc.reserveMany(sender, n)
      return this.start(who, Effect.map(reserve, (permit) => this.own(permit, "reserved")))
    },
    tryReserve: ({ n, other, variant }) => {
      const sender = this.sender(other)
      const reserve: ReadonlyArray<Effect.Effect<AnyPermit, unknown, Scope.Scope>> = [
        Mpsc.tryReserveMany(sender, n),
        Effect.suspend(() => Effect.fromResult(Mpsc.tryReserveManyUnsafe(sender, n))),
        Mpsc.tryReserve(sender),
        Effect.suspend(() => Effect.fromResult(Mpsc.tryReserveUnsafe(sender)))
      ]
      return Effect.map(reserve[variant], (permit) => this.own(permit, ""))
    },
    permitSend: ({ other, variant }) => {
      const message = this.messages++
      const permit = this.permits[other % this.permits.length]
      return "sendUnsafe" in permit && variant > 1
        ? Effect.sync(() => permit.sendUnsafe(message))
        : permit.send(message)
    },
    permitNext: ({ other }) => {
      const many = this.permits.filter((permit) => "next" in permit)
      return Effect.map(many[other % many.length].next, (next) => {
        if (Option.isNone(next)) return "none"
        return this.own(next.value, "some")
      })
    },
    permitRelease: ({ other, variant }) => {
      const permit = this.permits[other % this.permits.length]
      if (variant === 0) return permit.release
      return variant === 1 ? Handle.release(permit) : Effect.sync(() => Handle.releaseUnsafe(permit))
    },
    recv: ({ variant, who }) =>
      this.start(
        who,
        variant === 3
          ? Effect.map(Mpsc.recvTimeout(this.receiver, "1 hour"), Option.getOrThrow)
          : Mpsc.recv(this.receiver)
      ),
    recvMany: ({ n, who }) => this.start(who, Effect.map(Mpsc.recvMany(this.receiver, n), (all) => all.join())),
    tryRecv: ({ variant }) =>
      variant > 1
        ? Effect.suspend(() => Effect.fromResult(Mpsc.tryRecvUnsafe(this.receiver)))
        : Mpsc.tryRecv(this.receiver),
    closed: ({ other, who }) => this.start(who, Effect.as(Mpsc.closed(this.sender(other)), "closed")),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe()),
    clone: ({ other, variant }) => {
      const sender = this.sender(other)
      return Effect.map(
        variant > 1 ? Effect.sync(() => Mpsc.cloneUnsafe(sender)) : Mpsc.clone(sender),
        (clone) => this.addStrong(clone)
      )
    },
    downgrade: ({ other, variant }) => {
      const sender = this.sender(other)
      return Effect.map(
        variant > 1 ? Effect.sync(() => Mpsc.downgradeUnsafe(sender)) : Mpsc.downgrade(sender),
        (weak) => {
          this.weak.push(weak)
          this.senders.push(weak)
        }
      )
    },
    upgrade: ({ other, variant }) => {
      const weak = this.weak[other % this.weak.length]
      return Effect.map(
        variant > 1 ? Effect.sync(() => Mpsc.upgradeUnsafe(weak)) : Mpsc.upgrade(weak),
        (upgraded) => {
          if (Option.isNone(upgraded)) return "none"
          this.addStrong(upgraded.value)
          return "some"
        }
      )
    },
    dropSender: ({ other, variant }) => this.drop(this.senders[other % this.senders.length], variant),
    close: ({ variant }) =>
      variant > 1 ? Effect.sync(() => Mpsc.closeUnsafe(this.receiver)) : Mpsc.close(this.receiver),
    dropReceiver: ({ variant }) => this.drop(this.receiver, variant)
  }

  private drop(half: Mpsc.Sender<number> | Mpsc.WeakSender<number> | Mpsc.Receiver<number>, variant: number) {
    if (variant === 0) return Mpsc.drop(half)
    if (variant === 1) return Handle.release(half)
    return Effect.sync(() => Mpsc.dropUnsafe(half))
  }

  private sender(index: number): Mpsc.Sender<number> {
    return this.strong[index % this.strong.length]
  }

  private addStrong(sender: Mpsc.Sender<number>): void {
    this.strong.push(sender)
    this.senders.push(sender)
  }

  private own(permit: AnyPermit, word: string): string {
    this.permits.push(permit)
    return word
  }

  /** Runs an effect in a fiber, up to its first wait, and writes down how it ends. */
  private start(person: number, effect: Effect.Effect<unknown, unknown, Scope.Scope>): Effect.Effect<void> {
    const who = person % people
    return Effect.map(
      Effect.forkDetach(Scope.provide(effect, this.scope), { startImmediately: true }),
      (fiber) => {
        this.fibers.set(who, fiber)
        fiber.addObserver((exit) => this.log[who].push(word(exit)))
      }
    )
  }

  get snapshot() {
    const { receiver } = this
    const [sender] = this.strong
    return {
      len: Mpsc.lenUnsafe(receiver),
      capacity: Mpsc.capacityUnsafe(receiver),
      strong: Mpsc.strongCountUnsafe(sender),
      weak: Mpsc.weakCountUnsafe(receiver),
      sending: Mpsc.waitingUnsafe(sender),
      receiving: Mpsc.waitingUnsafe(receiver),
      closed: [Mpsc.isClosedUnsafe(sender) && Mpsc.strongCountUnsafe(sender) > 0, Mpsc.isClosedUnsafe(receiver)],
      remaining: this.permits.map((permit) =>
        "remaining" in permit ? permit.remaining : Handle.isReleased(permit) ? 0 : 1
      ),
      log: this.log.map((entries) => [...entries])
    }
  }
}
