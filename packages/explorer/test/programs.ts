/**
 * Small programs at random: data that says what each fiber does, and the effects it stands for.
 *
 * All that is done is written into a log that the fibers share, so that outcomes tell orders apart.
 */
import { Arbitrary, Cause, Deferred, Effect, type Exit, Fiber, Latch, Schema, Semaphore } from "effect"

/** What fibers of a random program share. */
export interface Shared {
  readonly log: Array<string>
  count: number
  readonly gate: Deferred.Deferred<void>
  readonly latch: Latch.Latch
  readonly semaphore: Semaphore.Semaphore
}

export const makeShared = (): Shared => ({
  log: [],
  count: 0,
  gate: Deferred.makeUnsafe(),
  latch: Latch.makeUnsafe(false),
  semaphore: Semaphore.makeUnsafe(1)
})

type Make = (shared: Shared, name: string) => Effect.Effect<unknown>

const note = (shared: Shared, text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    shared.log.push(text)
  })

/** Steps of which others are made. */
const simple = {
  note,
  count: (shared, name) =>
    Effect.flatMap(Effect.sync(() => shared.count), (n) =>
      Effect.sync(() => {
        shared.count = n + 1
        shared.log.push(`${name}${n + 1}`)
      })),
  yields: () => Effect.yieldNow,
  nothing: () => Effect.void,
  wait: (shared, name) => Effect.andThen(Deferred.await(shared.gate), note(shared, name)),
  open: (shared) => Deferred.succeed(shared.gate, undefined),
  latched: (shared, name) => Effect.andThen(shared.latch.await, note(shared, name)),
  unlatch: (shared) => shared.latch.open,
  permit: (shared, name) => shared.semaphore.withPermit(note(shared, name))
} satisfies Record<string, Make>

const around = {
  plain: (inner) => inner,
  guarded: (inner) => (shared, name) => Effect.ensuring(inner(shared, name), note(shared, `${name}-`)),
  // what a finalizer that is installed too late does not undo
  taken: (inner) => (shared, name) =>
    Effect.flatMap(note(shared, `${name}+`), () => Effect.ensuring(inner(shared, name), note(shared, `${name}-`))),
  masked: (inner) => (shared, name) => Effect.uninterruptible(Effect.andThen(inner(shared, name), note(shared, name))),
  restored: (inner) => (shared, name) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(inner(shared, name)), () => note(shared, `${name}!`))
    ),
  caught: (inner) => (shared, name) => Effect.catchCause(inner(shared, name), () => note(shared, `${name}?`)),
  forked: (inner) => (shared, name) => Effect.flatMap(Effect.forkChild(inner(shared, `${name}'`)), Fiber.join),
  stopped: (inner) => (shared, name) =>
    Effect.flatMap(
      Effect.forkChild(Effect.ensuring(inner(shared, `${name}'`), note(shared, `${name}'-`))),
      Fiber.interrupt
    )
} satisfies Record<string, (inner: Make) => Make>

export interface Step {
  readonly around: keyof typeof around
  readonly inner: keyof typeof simple
}

export type Plan = ReadonlyArray<ReadonlyArray<Step>>

export interface Kinds {
  readonly around: ReadonlyArray<keyof typeof around>
  readonly inner: ReadonlyArray<keyof typeof simple>
}

/** Plans with as many fibers as there are lengths, each of which has at most so many steps. */
export const plans = (lengths: ReadonlyArray<number>, kinds: Kinds): Arbitrary.Arbitrary<Plan> => {
  const step = Arbitrary.schema(
    Schema.Struct({ around: Schema.Literals(kinds.around), inner: Schema.Literals(kinds.inner) })
  )
  return Arbitrary.all(lengths.map((maxLength) => Arbitrary.array(step, { minLength: 1, maxLength })))
}

/** The fibers of a plan. */
export const fibersOf = (plan: Plan): Record<string, (shared: Shared) => Effect.Effect<void>> =>
  Object.fromEntries(plan.map((steps, i) => {
    const name = "abc"[i]!
    const makes = steps.map((step, k): (shared: Shared) => Effect.Effect<void> => (shared) =>
      Effect.asVoid(around[step.around](simple[step.inner])(shared, `${name}${k}`))
    )
    return [
      name,
      (shared: Shared) => makes.reduce((before, make) => Effect.andThen(before, make(shared)), Effect.void)
    ]
  }))

const how = (exit: Exit.Exit<unknown, unknown> | undefined): string =>
  exit === undefined
    ? "waits"
    : exit._tag === "Success"
    ? "done"
    : Cause.hasInterruptsOnly(exit.cause)
    ? "interrupted"
    : "failed"

export const outcomeOf = (
  shared: Shared,
  exits: { readonly [name: string]: Exit.Exit<unknown, unknown> | undefined }
) =>
  `${shared.log.join(" ")} | ${
    Object.keys(exits).sort().filter((name) => exits[name]).map((name) => `${name} ${how(exits[name])}`).join(", ")
  }`
