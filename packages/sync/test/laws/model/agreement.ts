/**
 * Playing one sequence of commands on a model and on the real thing, and comparing everything that can be seen of both
 * after each.
 */
import { Arbitrary, Cause, Deferred, Effect, Exit, Scheduler, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import { steps } from "../stepping.ts"

/** One command. What the numbers mean depends on the kind. */
export interface Command<Kind extends string> {
  readonly kind: Kind
  /** Who does it, or to which handle. */
  readonly who: number
  readonly other: number
  readonly n: number
  /** Which of several ways of doing the same. */
  readonly variant: number
  /** Whether woken fibers may run before the next command. */
  readonly settle: boolean
}

/** What to do on each kind of command. */
export type Table<Kind extends string, A> = Readonly<Record<Kind, (command: Command<Kind>) => A>>

/** A sequential model: plain data, no fibers. */
export interface Model<Kind extends string> {
  /** What the command results in; `undefined` if it means nothing now, and is left out. */
  perform(command: Command<Kind>): string | undefined
  /** Woken fibers run. */
  settle(): void
  readonly snapshot: object
  /** What is wrong with the model's own state. */
  readonly flaw: string | undefined
  /** The next command on the way to the end of everything. */
  readonly ending: Command<Kind> | undefined
}

/** The real thing, under the same commands. */
export interface Subject<Kind extends string> {
  perform(command: Command<Kind>): Effect.Effect<string>
  readonly snapshot: object
}

/** How the body of a bracket ends, by variant. */
export const endings = ["failed", "died", "left", "left"]

const integer = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** Sequences of commands; a kind is as frequent as its weight says. */
export const sequences = <Kind extends string>(weights: Readonly<Record<Kind, number>>) => {
  const kinds = (Object.keys(weights) as Array<Kind>).flatMap((kind) =>
    Array.from({ length: weights[kind] }, () => kind)
  )
  const command = Schema.Struct({
    kind: integer(kinds.length - 1),
    who: integer(11),
    other: integer(11),
    n: integer(5),
    variant: integer(3),
    settle: Schema.Boolean
  })
  return Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(command), { maxLength: 60 }),
    (commands) => commands.map((command): Command<Kind> => ({ ...command, kind: kinds[command.kind] }))
  )
}

/** Plays the commands, and dies at the first difference, saying what was seen and what the model says. */
export const agree = <Kind extends string>(
  model: Model<Kind>,
  subject: Subject<Kind>,
  commands: ReadonlyArray<Command<Kind>>
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const history: Array<string> = []
    const compare = (what: string, seen: unknown, expected: unknown) => {
      if (isDeepStrictEqual(seen, expected)) return
      throw new Error(
        `${what}: ${JSON.stringify(seen)}, but the model says ${JSON.stringify(expected)}\nafter ${
          history.join("\n      ")
        }`
      )
    }
    const play = (command: Command<Kind>) =>
      Effect.gen(function*() {
        const expected = model.perform(command)
        if (expected === undefined) return
        history.push(JSON.stringify(command))
        compare(command.kind, yield* subject.perform(command), expected)
        // before any woken fiber runs
        compare("state", subject.snapshot, model.snapshot)
        if (command.settle) {
          yield* steps(4) // one is enough to run a batch of woken fibers
          model.settle()
          compare("settled state", subject.snapshot, model.snapshot)
        }
        compare("conservation", model.flaw, undefined)
      })
    yield* Effect.forEach(commands, play)
    for (let i = 0; model.ending !== undefined && i < 1_000; i++) yield* play(model.ending)
    compare("still to be ended", model.ending, undefined)
    // A fiber of the test must not give way between two commands.
  }).pipe(Effect.provideService(Scheduler.PreventSchedulerYield, true))

/** An exit in a word. */
export const inAWord = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return String(exit.value)
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  const error = Cause.squash(exit.cause)
  if (!(error instanceof Error)) return String(error)
  return (error as { readonly _tag?: string })._tag ?? error.message
}

/** Ends the body of a bracket that waits at that door. */
export const leaveBy = (door: Deferred.Deferred<void, string>, variant: number): void => {
  const ending = endings[variant]
  Deferred.doneUnsafe(door, ending === "failed" ? Exit.fail(ending) : ending === "died" ? Exit.die(ending) : Exit.void)
}
