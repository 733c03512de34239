/**
 * An operation can be interrupted at any moment: then a send has not sent, and a recv has taken nothing; whoever waits
 * behind goes on, and no slot is lost.
 */
import { Effect, type Scope } from "effect"
import { type LawBroken, LawBroken as Broken, must } from "../lock.ts"
import { settle } from "../stepping.ts"
import { interruptEverywhere, type Program } from "../sweep.ts"
import type { ChannelLaw, ChannelUnderTest, Ended, Make } from "./channel.ts"

/** What was done for sure: written down in the same step. */
interface Situation {
  readonly channel: ChannelUnderTest
  readonly sent: Array<number>
  readonly got: Array<number>
  /** How many fibers are about to send, or to receive. */
  readonly under: { send: number; recv: number }
}

/** Counts an operation as long as it is under way. */
const counted = <A, E>({ under }: Situation, kind: "send" | "recv", effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      under[kind]++
    }),
    () => effect,
    () =>
      Effect.sync(() => {
        under[kind]--
      })
  )

const empty = (make: Make): Effect.Effect<Situation, never, Scope.Scope> =>
  Effect.map(make, (channel) => ({ channel, sent: [], got: [], under: { send: 0, recv: 0 } }))

/** With as many values in it as there are slots. */
const full = (make: Make, less = 0): Effect.Effect<Situation, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const situation = yield* empty(make)
    for (let i = less; i < situation.channel.capacity; i++) yield* send(situation, i)
    return situation
  })

const send = ({ channel, sent }: Situation, value: number) =>
  Effect.flatMap(channel.sender.send(value), () => {
    sent.push(value)
    return Effect.void
  })

/** In a fiber of its own, which may rightly wait for ever. */
const sendBeside = (s: Situation, value: number) => Effect.forkDetach(counted(s, "send", send(s, value)))

const recvBeside = (s: Situation) => Effect.forkDetach(counted(s, "recv", recv(s)))

const saving = (got: Array<number>) => (values: ReadonlyArray<number>) => {
  got.push(...values)
  return Effect.void
}

/** Only the wait can be interrupted: once it is over, somebody has the value. */
const recv = ({ channel, got }: Situation) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(channel.receiver.recv), (value) => saving(got)([value]))
  )

const recvMany = ({ channel, got }: Situation, limit: number) =>
  Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(channel.receiver.recvMany(limit)), saving(got)))

const tryRecv = ({ channel, got }: Situation) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(channel.receiver.tryRecv), (value) => saving(got)(value === "empty" ? [] : [value]))
  )

/** Nobody waits who need not; what was sent and not received is there, nothing else; and all slots come back. */
const balance = ({ channel, got, sent, under }: Situation): Effect.Effect<void, LawBroken | Ended> =>
  Effect.gen(function*() {
    const { capacity, free, receiver } = channel
    yield* must(under.send === 0 || (yield* free) === 0, "a send waits though a slot is free")
    yield* must(under.recv === 0 || (yield* receiver.len) === 0, "a recv waits though a value is there")
    while ((yield* receiver.len) > 0) {
      got.push(yield* receiver.recv)
      yield* settle // who waited to send does so now
    }
    const sorted = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b).join(" ")
    yield* must(sorted(got) === sorted(sent), `sent ${sorted(sent)}, got ${sorted(got)}`)
    const slots = yield* free
    yield* must(slots === capacity, `${slots} of ${capacity} slots are free`)
  })

const reserve = ({ channel, sent }: Situation, value: number) =>
  channel.sender.reserve === undefined ? Effect.void : Effect.scoped(
    Effect.flatMap(channel.sender.reserve, (slot) =>
      Effect.andThen(
        Effect.yieldNow,
        Effect.flatMap(slot.send(value), () => {
          sent.push(value)
          return Effect.void
        })
      ))
  )

type Situations = Record<string, Program<Situation, unknown, Scope.Scope>>

const sending = (make: Make): Situations => ({
  "a send into a free slot": {
    setup: full(make, 1),
    target: (s) => send(s, 1001),
    others: (s) => [recvBeside(s)],
    check: balance
  },
  "a send that waits": {
    setup: full(make),
    target: (s) => send(s, 1001),
    others: (s) => [recvBeside(s), sendBeside(s, 1002), recvBeside(s)],
    check: balance
  },
  "a send that waits before others": {
    setup: full(make),
    target: (s) => send(s, 1001),
    others: (s) => [sendBeside(s, 1002), recvBeside(s), recvBeside(s)],
    check: balance
  },
  "a reservation": {
    setup: full(make),
    target: (s) => reserve(s, 1001),
    others: (s) => [recvBeside(s), sendBeside(s, 1002), recvBeside(s)],
    check: balance
  }
})

const receiving = (make: Make): Situations => ({
  "a recv of what is there": {
    setup: Effect.tap(empty(make), (s) => send(s, 1)),
    target: recv,
    others: (s) => [sendBeside(s, 2)],
    check: balance
  },
  "a recv that waits": {
    setup: empty(make),
    target: recv,
    others: (s) => [sendBeside(s, 1), Effect.andThen(Effect.yieldNow, sendBeside(s, 2))],
    check: balance
  },
  "a recv that waits before another": {
    setup: empty(make),
    target: recv,
    others: (s) => [recvBeside(s), sendBeside(s, 1), sendBeside(s, 2)],
    check: balance
  },
  "a recvMany that waits": {
    setup: empty(make),
    target: (s) => recvMany(s, 2),
    others: (s) => [recvBeside(s), sendBeside(s, 1), Effect.andThen(Effect.yieldNow, sendBeside(s, 2))],
    check: balance,
    mayMiss: true
  },
  "a tryRecv": {
    setup: Effect.tap(empty(make), (s) => send(s, 1)),
    target: tryRecv,
    others: (s) => [recvBeside(s), sendBeside(s, 2)],
    check: balance
  }
})

const sweep = (name: string, situations: (make: Make) => Situations) => (make: Make): Effect.Effect<void, LawBroken> =>
  Effect.forEach(Object.entries(situations(make)), ([situation, program]) =>
    Effect.mapError(
      Effect.scoped(interruptEverywhere(program)),
      ({ place, reason }) => new Broken({ message: `${name}: ${situation}: ${reason} (interrupted ${place})` })
    ), { discard: true })

export const interruptedSend: ChannelLaw = {
  name: "an interrupted send has not sent",
  guards: "MPSC-10",
  boundedOnly: true,
  check: sweep("interrupted send", sending)
}

export const interruptedRecv: ChannelLaw = {
  name: "an interrupted recv has taken nothing",
  guards: "MPSC-10",
  check: sweep("interrupted recv", receiving)
}
