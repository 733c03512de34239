/**
 * Ways to receive beside `recv`: several at once, for a time, or only to know.
 */
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { must } from "../lock.ts"
import { mustBecome, settle } from "../stepping.ts"
import { begin, type ChannelLaw, type ChannelUnderTest, fill, mustCome, mustSay, situations } from "./channel.ts"

const batches = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    yield* mustCome("recvMany of nothing", receiver.recvMany(0), "")
    const waiting = yield* begin(receiver.recvMany(10))
    yield* must(waiting.waits(), "recvMany does not wait for a value")
    yield* Effect.orDie(sender.send(1))
    yield* mustBecome(() => !waiting.waits(), "recvMany waits to fill up")
    yield* mustSay("what recvMany got", waiting.said(), "1")
    const values = yield* fill(channel, 10)
    for (let i = 0; i < values.length; i += 3) {
      yield* mustCome("recvMany of 3", receiver.recvMany(3), values.slice(i, i + 3).join(" "))
    }
  })

export const recvMany: ChannelLaw = {
  name: "recvMany",
  guards: "MPSC-12",
  check: situations("recvMany", [batches])
}

/** It completes when `recv` would not wait, and takes nothing. */
const known = ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    const waiting = yield* begin(receiver.ready)
    yield* must(waiting.waits(), "it is ready though nothing is there")
    yield* Effect.orDie(sender.send(1))
    yield* mustBecome(() => !waiting.waits(), "it is not ready though something is there")
    yield* mustSay("ready", waiting.said(), "done")
    yield* mustCome("ready again", receiver.ready, "done")
    yield* mustCome("len", receiver.len, "1")
    yield* mustCome("recv", receiver.recv, "1")
    const last = yield* begin(receiver.ready)
    yield* must(last.waits(), "it is ready though nothing is left")
    yield* sender.drop
    yield* mustBecome(() => !last.waits(), "it is not ready though all senders are gone")
    yield* mustSay("ready at the end", last.said(), "ended")
  })

/** Who only wanted to know keeps nothing from who wants to have it. */
const reservesNothing = ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    yield* begin(receiver.ready)
    yield* begin(receiver.ready)
    const waiting = yield* begin(receiver.recv)
    yield* Effect.orDie(sender.send(1))
    yield* mustBecome(() => waiting.said() === "1", "a recv waits behind who only wanted to know")
  })

export const ready: ChannelLaw = {
  name: "ready",
  guards: "API ready",
  check: situations("ready", [known, reservesNothing])
}

/** The time is up, or something comes before; a value that comes in the last moment is not lost. */
const inTime = ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    if (receiver.recvTimeout === undefined) return
    const late = yield* begin(receiver.recvTimeout(100))
    yield* TestClock.adjust(99)
    yield* settle
    yield* must(late.waits(), "the time was up too early")
    yield* TestClock.adjust(1)
    yield* mustBecome(() => !late.waits(), "the time is never up")
    yield* mustSay("recvTimeout", late.said(), "nothing")
    const early = yield* begin(receiver.recvTimeout(100))
    yield* Effect.orDie(sender.send(1))
    yield* mustBecome(() => !early.waits(), "a value that came in time was not received")
    yield* mustSay("recvTimeout", early.said(), "1")
    const moment = yield* begin(receiver.recvTimeout(100))
    yield* Effect.andThen(Effect.orDie(sender.send(2)), TestClock.adjust(100))
    yield* mustBecome(() => !moment.waits(), "recvTimeout goes on waiting")
    const left = yield* receiver.len
    yield* must(
      moment.said() === "2" ? left === 0 : moment.said() === "nothing" && left === 1,
      `a value that came in the last moment is lost: recvTimeout came to ${moment.said()}, and ${left} are left`
    )
    const between = yield* begin(receiver.recvTimeout(100))
    yield* TestClock.adjust(100)
    yield* mustBecome(() => !between.waits(), "recvTimeout goes on waiting")
    yield* Effect.orDie(sender.send(3))
    yield* mustCome("recv after the time was up", receiver.recv, left === 1 ? "2" : "3")
  }).pipe(Effect.provide(TestClock.layer()))

/** A send for a time: it has sent, or it has not. */
const sentInTime = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    if (sender.sendTimeout === undefined || capacity === Infinity) return
    const values = yield* fill(channel)
    const late = yield* begin(sender.sendTimeout(1001, 100))
    yield* TestClock.adjust(100)
    yield* mustBecome(() => !late.waits(), "the time is never up")
    yield* mustSay("sendTimeout", late.said(), "too late")
    const early = yield* begin(sender.sendTimeout(1002, 100))
    yield* mustCome("recv", receiver.recv, "1")
    yield* mustBecome(() => early.said() === "sent", "sendTimeout did not send though there is a slot")
    for (const value of [...values.slice(1), 1002]) yield* mustCome("what comes", receiver.recv, String(value))
    yield* mustCome("sendTimeout of no time into a free slot", sender.sendTimeout(1003, 0), "sent")
  }).pipe(Effect.provide(TestClock.layer()))

export const timeouts: ChannelLaw = {
  name: "timeouts",
  guards: "API recvTimeout, sendTimeout",
  check: situations("timeouts", [inTime, sentInTime])
}
