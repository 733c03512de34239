/**
 * Our OnceCell under the commands of the model.
 */
import { Deferred, Effect, Exit, type Fiber, Option, Result } from "effect"
import { OnceCell } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { failures, type Kind, people } from "./onceCellModel.ts"

export class OnceCellSubject implements Subject<Kind> {
  private readonly cell = OnceCell.makeUnsafe<number>()
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  /** Where the initializer that runs waits to be told how to end. */
  private door: Deferred.Deferred<void, string> | undefined
  private readonly log: Array<string> = []

  perform(command: Command<Kind>): Effect.Effect<string> {
    return this.on[command.kind](command)
  }

  private readonly on: Table<Kind, Effect.Effect<string>> = {
    ask: ({ n, who: person }) =>
      Effect.gen({ self: this }, function*() {
        const who = person % people
        const ask = OnceCell.getOrInit(this.cell, Effect.as(this.initializer(who), n))
        const fiber = yield* Effect.forkDetach(ask, { startImmediately: true })
        this.fibers.set(who, fiber)
        fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
        return ""
      }),
    succeed: () => this.end(Exit.void),
    giveUp: ({ variant }) => {
      const ending = failures[variant]!
      return this.end(ending === "failed" ? Exit.fail(ending) : Exit.die(ending))
    },
    interrupt: ({ who }) =>
      Effect.sync(() => {
        this.fibers.get(who % people)!.interruptUnsafe()
        return ""
      }),
    set: ({ n, variant }) => {
      const set = Effect.result(OnceCell.set(this.cell, n))
      const result = variant > 1 ? Effect.sync(() => OnceCell.setUnsafe(this.cell, n)) : set
      return Effect.map(
        result,
        Result.match({ onSuccess: () => "", onFailure: ({ _tag, value }) => `${_tag} ${value}` })
      )
    }
  }

  private initializer(who: number): Effect.Effect<void, string> {
    return Effect.suspend(() => {
      this.log.push(`${who} entered`)
      this.door = Deferred.makeUnsafe<void, string>()
      return Deferred.await(this.door)
    })
  }

  private end(exit: Exit.Exit<void, string>): Effect.Effect<string> {
    return Effect.sync(() => {
      Deferred.doneUnsafe(this.door!, exit)
      return ""
    })
  }

  get snapshot() {
    const { cell } = this
    const { initialized, initializing, waiting } = cell.toJSON() as Record<string, unknown>
    return {
      value: Option.getOrUndefined(OnceCell.getUnsafe(cell)),
      initialized: OnceCell.isInitializedUnsafe(cell),
      initializing,
      waiting: OnceCell.waitingUnsafe(cell),
      log: [...this.log],
      // only if what is shown is not what is so
      ...(initialized !== OnceCell.isInitializedUnsafe(cell) && { shown: { initialized } }),
      ...(waiting !== OnceCell.waitingUnsafe(cell) && { shown: { waiting } })
    }
  }
}
