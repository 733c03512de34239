/**
 * What is sent arrives, once, in the order in which it was sent; and who waits longer goes first.
 */
import { Effect, Fiber } from "effect"
import { must } from "../lock.ts"
import { mustBecome, settle, steps } from "../stepping.ts"
import {
  begin,
  type Begun,
  type ChannelLaw,
  type ChannelUnderTest,
  fill,
  mustCome,
  mustSay,
  situations
} from "./channel.ts"

/** Three senders, each at its own pace, with one receiver at another. */
const severalSenders = (each: number, pace: number) => ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    const got: Array<number> = []
    for (const s of [1, 2, 3]) {
      const clone = yield* sender.clone
      yield* Effect.forkScoped(
        Effect.gen(function*() {
          for (let i = 0; i < each; i++) {
            yield* clone.send(1000 * s + i)
            if (i % s === 0) yield* steps(pace)
          }
        })
      )
    }
    const reader = yield* Effect.forkScoped(
      Effect.exit(Effect.forever(Effect.map(receiver.recv, (value) => got.push(value))))
    )
    yield* mustBecome(() => got.length === 3 * each || reader.pollUnsafe() !== undefined, "something never came")
    for (const s of [1, 2, 3]) {
      const from = got.filter((value) => Math.floor(value / 1000) === s).map((value) => value % 1000)
      yield* mustSay(`of sender ${s}`, from.join(" "), Array.from({ length: each }, (_, i) => i).join(" "))
    }
  })

export const order: ChannelLaw = {
  name: "order",
  guards: "MPSC-1",
  check: situations("order", [severalSenders(12, 0), severalSenders(12, 1), severalSenders(40, 0)])
}

/** So many senders wait behind a full buffer; they get in one by one, or all that fit at once. */
const sendersInLine = (batch: boolean) => (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const filled = yield* fill(channel)
    const waiting = Array.from({ length: 2 * filled.length + 2 }, (_, i) => 1001 + i)
    for (const value of waiting) {
      // Who gets in sends another one at once: it goes to the back.
      yield* begin(Effect.andThen(sender.send(value), sender.send(value + 1000)))
    }
    const expected = [...filled, ...waiting, ...waiting.map((value) => value + 1000)]
    const got: Array<number> = []
    while (got.length < expected.length) {
      const next = yield* begin(
        batch ? receiver.recvMany(expected.length) : Effect.map(receiver.recv, (value) => [value])
      )
      yield* mustBecome(() => !next.waits(), `nothing came after ${got.length} of ${expected.length} values`)
      got.push(...(yield* Effect.orDie(Fiber.join(next.fiber) as Effect.Effect<ReadonlyArray<number>>)))
    }
    const wrong = got.findIndex((value, i) => value !== expected[i])
    yield* must(wrong === -1, `value ${got[wrong]} came before value ${expected[wrong]}, whose sender waited longer`)
  })

/** A reservation of several slots at the front keeps back a later send that would fit. */
const aLargeOneFirst = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    if (sender.reserveMany === undefined || capacity < 2) return
    yield* fill(channel)
    const large = yield* begin(Effect.scoped(Effect.flatMap(sender.reserveMany(2), (slots) => slots.send(1001))))
    const small = yield* begin(sender.send(1002))
    yield* mustCome("the first recv", receiver.recv, "1")
    yield* settle
    yield* must(small.waits(), "a send overtook a waiting reservation of 2 slots, of which one was free")
    yield* must(large.waits(), "2 slots were reserved of which one was free")
    yield* mustCome("the second recv", receiver.recv, "2")
    yield* mustBecome(
      () => !large.waits() && !small.waits(),
      "a waiting sender was never served, though there are slots"
    )
  })

export const fifoSenders: ChannelLaw = {
  name: "FIFO of senders",
  guards: "MPSC-2",
  boundedOnly: true,
  check: situations("FIFO of senders", [sendersInLine(false), sendersInLine(true), aLargeOneFirst])
}

/** Right after a recv, when the slot is promised to a sender that has not run. */
const afterARecv = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const filled = yield* fill(channel)
    const waiting = yield* begin(sender.send(1001))
    yield* must(waiting.waits(), "a send went into a full buffer")
    const tried = yield* Effect.andThen(receiver.recv, sender.trySend(1002)).pipe(
      Effect.catch((error) => Effect.succeed(String(error)))
    )
    yield* must(tried === "full", "a trySend took the slot that a waiting sender had coming")
    yield* mustBecome(() => !waiting.waits(), "a waiting sender was never served")
    for (const value of [...filled.slice(1), 1001]) yield* mustCome("what comes", receiver.recv, String(value))
  })

/** Beside a queue that waits for more than is free. */
const besideAQueue = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    if (sender.reserveMany === undefined || sender.tryReserve === undefined || capacity < 2) return
    yield* fill(channel)
    const large = yield* begin(Effect.scoped(sender.reserveMany(2)))
    yield* mustCome("recv", receiver.recv, "1")
    yield* mustCome("a trySend beside a waiting reservation of 2 slots", sender.trySend(1001), "full")
    yield* mustCome("a tryReserve beside a waiting reservation of 2 slots", Effect.scoped(sender.tryReserve), "full")
    yield* mustCome("recv", receiver.recv, "2")
    yield* mustBecome(() => !large.waits(), "a waiting reservation was never served")
  })

export const noOvertaking: ChannelLaw = {
  name: "no overtaking",
  guards: "MPSC-3",
  boundedOnly: true,
  check: situations("no overtaking", [afterARecv, besideAQueue])
}

/** Several fibers on one receiver: the values go to them in the order in which they came, `last` values ending it. */
const receiversInLine = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const readers: Array<Begun<number, "ended">> = []
    for (let i = 0; i < 4; i++) readers.push(yield* begin(receiver.recv))
    for (let i = 0; i < 4; i++) {
      yield* Effect.orDie(sender.send(i + 1))
      yield* mustBecome(() => !readers[i].waits(), `fiber ${i + 1} that waits got nothing`)
      yield* mustSay(`what fiber ${i + 1} that waits got`, readers[i].said(), String(i + 1))
    }
  })

/** A value is there, and due to a fiber that waits and has not run. */
const byOneWhoComesLater = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const waiting = yield* begin(receiver.recv)
    // Both in one go: the waiting fiber can't have run in between.
    const tried = yield* Effect.andThen(Effect.orDie(sender.send(1)), receiver.tryRecv).pipe(
      Effect.catch((error) => Effect.succeed(error))
    )
    yield* must(tried === "empty", "a tryRecv took the value that a waiting fiber had coming")
    yield* mustBecome(() => !waiting.waits(), "a waiting fiber got nothing")
    yield* mustSay("what the waiting fiber got", waiting.said(), "1")
    const second = yield* begin(receiver.recv)
    const later = yield* Effect.forkScoped(Effect.andThen(Effect.orDie(sender.send(2)), receiver.recv), {
      startImmediately: true
    })
    yield* must(later.pollUnsafe() === undefined, "a recv took the value that a waiting fiber had coming")
    yield* mustBecome(() => !second.waits(), "a waiting fiber got nothing")
    yield* mustSay("what the waiting fiber got", second.said(), "2")
    yield* Effect.orDie(sender.send(3))
    yield* mustBecome(() => later.pollUnsafe() !== undefined, "a later fiber got nothing")
  })

export const fairReceivers: ChannelLaw = {
  name: "FIFO of receivers",
  guards: "API rule 8",
  check: situations("FIFO of receivers", [receiversInLine, byOneWhoComesLater])
}
