/**
 * Our Oneshot under the commands of the model.
 */
import { Effect, type Fiber, type Result } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./oneshotModel.ts"

export class OneshotSubject implements Subject<Kind> {
  private halves = Oneshot.makeUnsafe<number>()
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<string> = []

  perform(command: Command<Kind>): Effect.Effect<string> {
    return this.on[command.kind](command)
  }

  private waits(person: number, effect: Effect.Effect<unknown, unknown>): Effect.Effect<string> {
    return Effect.gen({ self: this }, function*() {
      const who = person % people
      const fiber = yield* Effect.forkDetach(effect, { startImmediately: true })
      this.fibers.set(who, fiber)
      fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
      return ""
    })
  }

  private readonly on: Table<Kind, Effect.Effect<string>> = {
    recv: ({ who }) => this.waits(who, Oneshot.recv(this.halves[1])),
    closed: ({ who }) => this.waits(who, Oneshot.closed(this.halves[0])),
    interrupt: ({ who }) =>
      Effect.sync(() => {
        this.fibers.get(who % people)!.interruptUnsafe()
        return ""
      }),
    send: ({ n, variant }) => {
      const [sender] = this.halves
      const send = variant > 1 ? byResult(() => Oneshot.sendUnsafe(sender, n)) : Oneshot.send(sender, n)
      return answered(Effect.mapError(send, ({ _tag, value }) => `${_tag} ${value}`))
    },
    tryRecv: ({ variant }) => {
      const [, receiver] = this.halves
      return answered(variant > 1 ? byResult(() => Oneshot.tryRecvUnsafe(receiver)) : Oneshot.tryRecv(receiver))
    },
    close: ({ variant }) => {
      const [, receiver] = this.halves
      return answered(variant > 1 ? Effect.sync(() => Oneshot.closeUnsafe(receiver)) : Oneshot.close(receiver))
    },
    dropSender: ({ variant }) => dropped(this.halves[0], variant),
    dropReceiver: ({ variant }) => dropped(this.halves[1], variant),
    renew: () =>
      Effect.sync(() => {
        this.halves = Oneshot.makeUnsafe<number>()
        return ""
      })
  }

  get snapshot() {
    const [sender, receiver] = this.halves
    const shown = [sender, receiver].map((half) => (half.toJSON() as { readonly waiting: number }).waiting)
    const receiving = Oneshot.waitingUnsafe(receiver)
    const watching = Oneshot.waitingUnsafe(sender)
    return {
      isEmpty: Oneshot.isEmptyUnsafe(receiver),
      isTerminated: Oneshot.isTerminatedUnsafe(receiver),
      isClosed: Oneshot.isClosedUnsafe(sender),
      receiving,
      watching,
      senderGone: Handle.isReleased(sender),
      receiverGone: Handle.isReleased(receiver),
      log: [...this.log],
      // only if what is shown is not what is so
      ...((shown[0] !== watching || shown[1] !== receiving) && { shown })
    }
  }
}

const byResult = <A, E>(f: () => Result.Result<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => Effect.fromResult(f()))

const answered = (effect: Effect.Effect<unknown, unknown>): Effect.Effect<string> =>
  Effect.map(Effect.exit(effect), inAWord)

const dropped = (half: Oneshot.Sender<number> | Oneshot.Receiver<number>, variant: number): Effect.Effect<string> =>
  answered(
    [Oneshot.drop(half), Handle.release(half), Effect.sync(() => Oneshot.dropUnsafe(half))][variant % 3]!
  )
