/**
 * What the laws of a channel are about: senders, a receiver, and what lies between them.
 *
 * The values are numbers. A law is an Effect that fails with its own sentence when it finds itself broken, and knows no
 * test runner, as those of locks.
 */
import { Effect, type Exit, type Fiber, type Option, type Scope } from "effect"
import { LawBroken, must } from "../lock.ts"
import { settle } from "../stepping.ts"

/** A value was not sent: nobody can receive it any more. `undefined` if there was none yet. */
export interface Refused {
  readonly _tag: "Refused"
  readonly value: number | undefined
}

/** Nothing can come any more. */
export type Ended = "ended"

/** A slot that was reserved. */
export interface Slot {
  send(value: number): Effect.Effect<void>
  readonly release: Effect.Effect<void>
}

/** Several slots that were reserved at once. */
export interface Slots {
  /** Sends on one of them; `false` when none is left. */
  send(value: number): Effect.Effect<boolean>
  readonly release: Effect.Effect<void>
}

/** A sender. What it lacks is left out, and the laws about that do not apply. */
export interface SenderUnderTest {
  send(value: number): Effect.Effect<void, Refused>
  readonly trySend: (value: number) => Effect.Effect<"sent" | "full", Refused>
  readonly sendTimeout?: (value: number, milliseconds: number) => Effect.Effect<"sent" | "too late", Refused>
  readonly reserve?: Effect.Effect<Slot, Refused, Scope.Scope>
  readonly reserveMany?: (n: number) => Effect.Effect<Slots, Refused, Scope.Scope>
  readonly tryReserve?: Effect.Effect<Slot | "full", Refused, Scope.Scope>
  readonly clone: Effect.Effect<SenderUnderTest>
  readonly downgrade?: Effect.Effect<WeakSenderUnderTest>
  /** Completes once nothing can be sent any more. */
  readonly closed?: Effect.Effect<void>
  readonly drop: Effect.Effect<void>
}

export interface WeakSenderUnderTest {
  readonly upgrade: Effect.Effect<Option.Option<SenderUnderTest>>
}

export interface ReceiverUnderTest {
  readonly recv: Effect.Effect<number, Ended>
  readonly tryRecv: Effect.Effect<number | "empty", Ended>
  readonly recvMany: (limit: number) => Effect.Effect<ReadonlyArray<number>, Ended>
  readonly recvTimeout?: (milliseconds: number) => Effect.Effect<Option.Option<number>, Ended>
  readonly ready: Effect.Effect<void, Ended>
  readonly close: Effect.Effect<void>
  readonly drop: Effect.Effect<void>
  readonly len: Effect.Effect<number>
}

export interface ChannelUnderTest {
  /** How many values it holds at most; `Infinity` if it is unbounded. */
  readonly capacity: number
  /** How many slots are neither taken nor reserved. */
  readonly free: Effect.Effect<number>
  readonly sender: SenderUnderTest
  readonly receiver: ReceiverUnderTest
}

/** How to make a fresh channel. What the scope ends is dropped, but not what is said to be dropped before. */
export type Make = Effect.Effect<ChannelUnderTest, never, Scope.Scope>

/** Which channel: its name in the test, and how to make a fresh one. */
export interface Subject {
  readonly name: string
  readonly make: Make
  readonly bounded: boolean
}

export interface ChannelLaw {
  readonly name: string
  /** The guarantees of the specification it stands for. */
  readonly guards: string
  /** Whether it is about channels with a capacity only. */
  readonly boundedOnly?: boolean
  readonly check: (make: Make) => Effect.Effect<void, LawBroken>
}

/** Checks situations one after the other, each on a channel of its own. A sentence gets the name of its law. */
export const situations = (
  name: string,
  checks: ReadonlyArray<(channel: ChannelUnderTest) => Effect.Effect<void, LawBroken, Scope.Scope>>
) =>
(make: Make): Effect.Effect<void, LawBroken> =>
  Effect.forEach(checks, (check) => Effect.scoped(Effect.flatMap(make, check)), { discard: true }).pipe(
    Effect.mapError(({ message }) => new LawBroken({ message: `${name}: ${message}` }))
  )

/** What a fiber has come to. */
export interface Begun<A, E> {
  readonly fiber: Fiber.Fiber<A, E>
  readonly waits: () => boolean
  readonly exit: () => Exit.Exit<A, E> | undefined
  /** What it has come to, in words: a number, `ended`, `refused 3`, `waits`. */
  readonly said: () => string
}

/** Begins something in a fiber of its own, and lets it run until it waits. */
export const begin = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<Begun<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkScoped(effect, { startImmediately: true })
    yield* settle
    const exit = () => fiber.pollUnsafe()
    return { fiber, exit, waits: () => exit() === undefined, said: () => wordsOf(exit()) }
  })

/** What an effect comes to, in words. */
export const said = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<string> =>
  Effect.map(Effect.exit(effect), wordsOf)

const wordsOf = (exit: Exit.Exit<unknown, unknown> | undefined): string => {
  if (exit === undefined) return "waits"
  if (exit._tag === "Success") return words(exit.value)
  const reason = exit.cause.reasons[0]
  return reason?._tag === "Fail" ? words(reason.error) : reason?._tag === "Die" ? String(reason.defect) : "interrupted"
}

const words = (value: unknown): string =>
  value === undefined
    ? "done"
    : Array.isArray(value)
    ? value.join(" ")
    : isRefused(value)
    ? `refused ${value.value}`
    : isOption(value)
    ? value._tag === "None" ? "nothing" : words((value as Option.Some<unknown>).value)
    : String(value as string | number)

const isRefused = (value: unknown): value is Refused =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Refused"

const isOption = (value: unknown): value is Option.Option<unknown> =>
  typeof value === "object" && value !== null && "_tag" in value && (value._tag === "None" || value._tag === "Some")

/** Fails unless it says what it must. */
export const mustSay = (what: string, actual: string, expected: string): Effect.Effect<void, LawBroken> =>
  must(actual === expected, `${what}: ${actual} instead of ${expected}`)

/** Fails unless an effect that does not wait comes to that. */
export const mustCome = <A, E>(what: string, effect: Effect.Effect<A, E>, expected: string) =>
  Effect.scoped(Effect.flatMap(begin(effect), ({ said }) => mustSay(what, said(), expected)))

/** As many values as fit, `n` at most, which are 1, 2, 3 …. An unbounded channel takes them all. */
export const fill = (
  { capacity, sender }: ChannelUnderTest,
  n = capacity
): Effect.Effect<ReadonlyArray<number>, LawBroken> =>
  Effect.gen(function*() {
    const values = Array.from({ length: Math.min(n, capacity, 100) }, (_, i) => i + 1)
    for (const value of values) yield* mustCome(`send of value ${value} into a free slot`, sender.send(value), "done")
    return values
  })
