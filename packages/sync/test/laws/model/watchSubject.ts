/**
 * Our Watch under the commands of the model.
 */
import { Cause, Effect, Exit, type Fiber, Option, Result } from "effect"
import { Handle, Watch } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people, receivers, senders } from "./watchModel.ts"

const word = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) && Cause.isDone(Cause.squash(exit.cause)) ? "Done" : inAWord(exit)

export class WatchSubject implements Subject<Kind> {
  private readonly senders: Array<Watch.Sender<number>> = []
  private readonly receivers: Array<Watch.Receiver<number>> = []
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<string> = []

  constructor() {
    const [sender, receiver] = Watch.makeUnsafe(0)
    this.senders.push(sender)
    this.receivers.push(receiver)
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return this.on[command.kind](command)
  }

  private receiver({ other }: Command<Kind>): Watch.Receiver<number> {
    return this.receivers[other % receivers]!
  }

  private sender({ other }: Command<Kind>): Watch.Sender<number> {
    return this.senders[other % senders]!
  }

  private begins(
    { who: person }: Command<Kind>,
    effect: Effect.Effect<unknown, unknown>
  ): Effect.Effect<string> {
    return Effect.gen({ self: this }, function*() {
      const who = person % people
      const fiber = yield* Effect.forkDetach(effect, { startImmediately: true })
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) => this.log.push(`${who} ${word(exit)}`))
      return ""
    })
  }

  private readonly on: Table<Kind, Effect.Effect<string>> = {
    changed: (command) => this.begins(command, Watch.changed(this.receiver(command))),
    ready: (command) => this.begins(command, Watch.ready(this.receiver(command))),
    waitFor: (command) => this.begins(command, Watch.waitFor(this.receiver(command), (n) => n >= command.n)),
    closed: (command) => this.begins(command, Watch.closed(this.sender(command))),
    interrupt: ({ who }) =>
      Effect.sync(() => {
        this.fibers.get(who % people)!.interruptUnsafe()
        return ""
      }),
    send: (command) => {
      const { n, variant } = command
      const sender = this.sender(command)
      const send = variant > 1 ? Effect.sync(() => Watch.sendUnsafe(sender, n)) : Effect.result(Watch.send(sender, n))
      return Effect.map(
        send,
        Result.match({ onSuccess: () => "", onFailure: ({ _tag, value }) => `${_tag} ${value}` })
      )
    },
    sendReplace: (command) => {
      const { n, variant } = command
      const sender = this.sender(command)
      const send = variant > 1 ? Effect.sync(() => Watch.sendReplaceUnsafe(sender, n)) : Watch.sendReplace(sender, n)
      return Effect.map(send, String)
    },
    raise: (command) => {
      const { n, variant } = command
      const sender = this.sender(command)
      const f = (old: number) => n > old ? Option.some(n) : Option.none()
      const send = variant > 1
        ? Effect.sync(() => Watch.sendIfModifiedUnsafe(sender, f))
        : Watch.sendIfModified(sender, f)
      return Effect.map(send, String)
    },
    borrowAndUpdate: (command) => {
      const receiver = this.receiver(command)
      const look = command.variant > 1
        ? Effect.sync(() => Watch.borrowAndUpdateRefUnsafe(receiver))
        : Watch.borrowAndUpdateRef(receiver)
      return Effect.map(look, ({ hasChanged, value }) => `${value} ${hasChanged}`)
    },
    markChanged: (command) => Effect.as(Watch.markChanged(this.receiver(command)), ""),
    markUnchanged: (command) => Effect.as(Watch.markUnchanged(this.receiver(command)), ""),
    clone: (command) => this.received(() => Watch.cloneUnsafe(this.receiver(command))),
    subscribe: (command) => this.received(() => Watch.subscribeUnsafe(this.sender(command))),
    dropReceiver: (command) => this.dropped(command, this.receiver(command)),
    cloneSender: (command) =>
      Effect.sync(() => {
        this.senders.push(Watch.cloneUnsafe(this.sender(command)))
        return ""
      }),
    dropSender: (command) => this.dropped(command, this.sender(command))
  }

  /** Into the first slot that is free. */
  private received(make: () => Watch.Receiver<number>): Effect.Effect<string> {
    return Effect.sync(() => {
      const receiver = make()
      const dropped = this.receivers.findIndex((other) => Handle.isReleased(other))
      const slot = dropped < 0 ? this.receivers.length : dropped
      this.receivers[slot] = receiver
      return String(slot)
    })
  }

  private dropped({ variant }: Command<Kind>, handle: Handle.Handle): Effect.Effect<string> {
    return Effect.as(variant > 1 ? Effect.sync(() => Watch.dropUnsafe(handle)) : Watch.drop(handle), "")
  }

  get snapshot() {
    const first = this.senders[0]!
    const alive = [...this.senders, ...this.receivers].find((handle) => !Handle.isReleased(handle))
    return {
      value: alive === undefined ? undefined : Watch.borrowUnsafe(alive),
      senders: Watch.senderCountUnsafe(first),
      receivers: Watch.receiverCountUnsafe(first),
      closing: Watch.waitingUnsafe(first),
      each: Array.from({ length: receivers }, (_, i) => {
        const receiver = this.receivers[i]
        if (receiver === undefined) return "none"
        if (Handle.isReleased(receiver)) return "dropped"
        const hasChanged = Result.match(Watch.hasChangedUnsafe(receiver), {
          onSuccess: String,
          onFailure: () => "ended"
        })
        return `${Watch.borrowRefUnsafe(receiver).hasChanged} ${hasChanged} ${Watch.waitingUnsafe(receiver)}`
      }),
      log: [...this.log].sort()
    }
  }
}
