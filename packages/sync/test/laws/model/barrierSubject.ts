/**
 * Our Barrier under the commands of the model.
 */
import { Effect, Exit, type Fiber } from "effect"
import { Barrier } from "effect-sync"
import { type Command, inAWord, type Subject, type Table } from "./agreement.ts"
import { type Kind, people } from "./barrierModel.ts"

export class BarrierSubject implements Subject<Kind> {
  private readonly barrier: Barrier.Barrier
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly log: Array<string> = []

  constructor(parties: number) {
    this.barrier = Barrier.makeUnsafe(parties)
  }

  perform(command: Command<Kind>): Effect.Effect<string> {
    return Effect.map(Effect.exit(this.on[command.kind](command)), (exit) => inAWord(Exit.map(exit, () => "")))
  }

  private readonly on: Table<Kind, Effect.Effect<unknown>> = {
    wait: (command) => {
      const who = command.who % people
      const wait = Effect.map(Barrier.wait(this.barrier), ({ isLeader }) => isLeader ? "leads" : "follows")
      return Effect.map(Effect.forkDetach(wait, { startImmediately: true }), (fiber) => {
        this.fibers.set(who, fiber)
        fiber.addObserver((exit) => this.log.push(`${who} ${inAWord(exit)}`))
      })
    },
    interrupt: ({ who }) => Effect.sync(() => this.fibers.get(who % people)!.interruptUnsafe())
  }

  get snapshot() {
    return { waiting: Barrier.waitingUnsafe(this.barrier), log: [...this.log] }
  }
}
