/**
 * Our SetOnce under the commands of the model.
 */
import { Effect, type Fiber, Option, Result } from "effect"
import { SetOnce } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./setOnceModel.ts"

export class SetOnceSubject implements Subject<Kind> {
  private readonly once = SetOnce.makeUnsafe<number>()
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<string> = []

  perform(command: Command<Kind>): Effect.Effect<string> {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, Effect.Effect<string>> = {
    wait: ({ who: person }) =>
      Effect.gen({ self: this }, function*() {
        const who = person % people
        const fiber = yield* Effect.forkDetach(SetOnce.wait(this.once), { startImmediately: true })
        this.fibers.set(who, fiber)
        fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
        return ""
      }),
    interrupt: ({ who }) =>
      Effect.sync(() => {
        this.fibers.get(who % people)!.interruptUnsafe()
        return ""
      }),
    set: ({ n, variant }) => {
      const set = Effect.result(SetOnce.set(this.once, n))
      const result = variant > 1 ? Effect.sync(() => SetOnce.setUnsafe(this.once, n)) : set
      return Effect.map(
        result,
        Result.match({ onSuccess: () => "", onFailure: ({ _tag, value }) => `${_tag} ${value}` })
      )
    }
  }

  get snapshot() {
    const { once } = this
    const { initialized, waiting } = once.toJSON() as Record<string, unknown>
    return {
      value: Option.getOrUndefined(SetOnce.getUnsafe(once)),
      initialized: SetOnce.isInitializedUnsafe(once),
      waiting: SetOnce.waitingUnsafe(once),
      log: [...this.log],
      // only if what is shown is not what is so
      ...(initialized !== SetOnce.isInitializedUnsafe(once) && { shown: { initialized } }),
      ...(waiting !== SetOnce.waitingUnsafe(once) && { shown: { waiting } })
    }
  }
}
