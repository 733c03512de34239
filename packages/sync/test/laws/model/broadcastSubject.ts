/**
 * Our broadcast under the commands of the model.
 */
import { Effect, Exit, type Fiber, Option, Scope } from "effect"
import { Broadcast, Handle } from "effect-sync"
import { said } from "../../broadcast.ts"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./broadcastModel.ts"

export class BroadcastSubject implements Subject<Kind> {
  private readonly strong: Array<Broadcast.Sender<number>> = []
  private readonly weak: Array<Broadcast.WeakSender<number>> = []
  /** All of them, in the order in which they were made. */
  private readonly senders: Array<Handle.Handle> = []
  private readonly receivers: Array<Broadcast.Receiver<number>> = []
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<Array<string>> = Array.from({ length: people }, () => [])
  private readonly scope = Scope.makeUnsafe()
  private sent = 0

  constructor(capacity: number) {
    const [sender, receiver] = Broadcast.makeUnsafe<number>(capacity)
    this.addStrong(sender)
    this.receivers.push(receiver)
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(
      Effect.exit(Scope.provide(this.on[command.kind](command), this.scope)),
      (exit) => inAWord(Exit.map(exit, (value) => value ?? ""))
    )
  }

  private readonly on: Table<Kind, Effect.Effect<unknown, unknown, Scope.Scope>> = {
    send: ({ other, variant }) => {
      const sender = this.sender(other)
      const send = variant > 1
        ? Effect.suspend(() => Effect.fromResult(Broadcast.sendUnsafe(sender, this.sent)))
        : Broadcast.send(sender, this.sent)
      return Effect.tap(send, () => Effect.sync(() => this.sent++))
    },
    recv: ({ other, variant, who }) => {
      const receiver = this.receiver(other)
      const recv = variant === 3
        ? Effect.map(Broadcast.recvTimeout(receiver, "1 hour"), Option.getOrThrow)
        : Broadcast.recv(receiver)
      return this.start(who, recv)
    },
    tryRecv: ({ other, variant }) => {
      const receiver = this.receiver(other)
      return variant > 1
        ? Effect.sync(() => said(Broadcast.tryRecvUnsafe(receiver)))
        : Effect.flatMap(
          Effect.exit(Broadcast.tryRecv(receiver)),
          (exit) => Exit.hasDies(exit) ? exit : Effect.succeed(said(exit))
        )
    },
    ready: ({ other, who }) => this.start(who, Effect.as(Broadcast.ready(this.receiver(other)), "ready")),
    closed: ({ other, who }) => this.start(who, Effect.as(Broadcast.closed(this.sender(other)), "closed")),
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe()),
    subscribe: ({ other, variant }) => {
      const sender = this.sender(other)
      return this.addReceiver(
        variant > 1 ? Effect.sync(() => Broadcast.subscribeUnsafe(sender)) : Broadcast.subscribe(sender)
      )
    },
    resubscribe: ({ other, variant }) => {
      const receiver = this.receiver(other)
      return this.addReceiver(
        variant > 1 ? Effect.sync(() => Broadcast.resubscribeUnsafe(receiver)) : Broadcast.resubscribe(receiver)
      )
    },
    dropReceiver: ({ other, variant }) => this.drop(this.receiver(other), variant),
    clone: ({ other, variant }) => {
      const sender = this.sender(other)
      return Effect.map(
        variant > 1 ? Effect.sync(() => Broadcast.cloneUnsafe(sender)) : Broadcast.clone(sender),
        (clone) => this.addStrong(clone)
      )
    },
    downgrade: ({ other, variant }) => {
      const sender = this.sender(other)
      return Effect.map(
        variant > 1 ? Effect.sync(() => Broadcast.downgradeUnsafe(sender)) : Broadcast.downgrade(sender),
        (weak) => {
          this.weak.push(weak)
          this.senders.push(weak)
        }
      )
    },
    upgrade: ({ other, variant }) => {
      const weak = this.weak[other % this.weak.length]
      return Effect.map(
        variant > 1 ? Effect.sync(() => Broadcast.upgradeUnsafe(weak)) : Broadcast.upgrade(weak),
        (upgraded) => {
          if (Option.isNone(upgraded)) return "none"
          this.addStrong(upgraded.value)
          return "some"
        }
      )
    },
    dropSender: ({ other, variant }) => this.drop(this.senders[other % this.senders.length], variant)
  }

  private drop(handle: Handle.Handle, variant: number): Effect.Effect<void> {
    if (variant === 0) return Broadcast.drop(handle)
    if (variant === 1) return Handle.release(handle)
    return Effect.sync(() => Broadcast.dropUnsafe(handle))
  }

  private sender(index: number): Broadcast.Sender<number> {
    return this.strong[index % this.strong.length]
  }

  private receiver(index: number): Broadcast.Receiver<number> {
    return this.receivers[index % this.receivers.length]
  }

  private addStrong(sender: Broadcast.Sender<number>): void {
    this.strong.push(sender)
    this.senders.push(sender)
  }

  private addReceiver<R>(make: Effect.Effect<Broadcast.Receiver<number>, never, R>) {
    return Effect.map(make, (receiver) => {
      this.receivers.push(receiver)
    })
  }

  /** Runs a wait in a fiber, up to where it parks, and writes down how it ends. */
  private start(person: number, wait: Effect.Effect<unknown, unknown>): Effect.Effect<void> {
    const who = person % people
    return Effect.map(Effect.forkDetach(wait, { startImmediately: true }), (fiber) => {
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) =>
        this.log[who].push(Exit.hasDies(exit) || Exit.hasInterrupts(exit) ? inAWord(exit) : String(said(exit)))
      )
    })
  }

  get snapshot() {
    const [sender] = this.strong
    const shown = JSON.parse(JSON.stringify(sender)) as Record<string, unknown>
    return {
      kept: Broadcast.lenUnsafe(sender),
      receivers: Broadcast.receiverCountUnsafe(sender),
      strong: Broadcast.strongCountUnsafe(sender),
      weak: shown["weak"],
      closing: Broadcast.waitingUnsafe(sender),
      unread: this.receivers.map((receiver) => Broadcast.lenUnsafe(receiver)),
      waiting: this.receivers.map((receiver) => Broadcast.waitingUnsafe(receiver)),
      log: this.log.map((entries) => [...entries]),
      // only if what is shown is not what is so
      ...(shown["len"] !== Broadcast.lenUnsafe(sender) && { shown })
    }
  }
}
