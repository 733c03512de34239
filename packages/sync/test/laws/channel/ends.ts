/**
 * When a channel ends: after what is in it, and not before nobody can send any more.
 */
import { Effect, Option } from "effect"
import { must } from "../lock.ts"
import { mustBecome, settle } from "../stepping.ts"
import { begin, type ChannelLaw, type ChannelUnderTest, fill, mustCome, situations } from "./channel.ts"

const drained = (receiver: ChannelUnderTest["receiver"], values: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    for (const value of values) yield* mustCome("what is left", receiver.recv, String(value))
    for (let i = 0; i < 2; i++) yield* mustCome("recv after the last value", receiver.recv, "ended")
    yield* mustCome("tryRecv after the last value", receiver.tryRecv, "ended")
    yield* mustCome("recvMany after the last value", receiver.recvMany(3), "ended")
    yield* mustCome("recvMany of nothing after the last value", receiver.recvMany(0), "")
  })

/** A sender goes, and another one is left. */
const oneIsLeft = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const clone = yield* sender.clone
    yield* Effect.orDie(sender.send(1))
    yield* sender.drop
    yield* mustCome("recv", receiver.recv, "1")
    const waiting = yield* begin(receiver.recv)
    yield* must(waiting.waits(), `it is ${waiting.said()} though a sender is left`)
    yield* mustCome("send of the sender that is left", clone.send(2), "done")
    yield* mustBecome(() => waiting.said() === "2", "what the sender that is left has sent never came")
    const last = yield* begin(receiver.recv)
    yield* clone.drop
    yield* mustBecome(() => !last.waits(), "a waiting recv never ended though all senders are gone")
    yield* drained(receiver, [])
  })

/** All senders go while there is something in it. */
const somethingIsLeft = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const values = yield* fill(channel, 5)
    yield* sender.drop
    yield* mustCome("len", receiver.len, String(values.length))
    yield* drained(receiver, values)
  })

export const ends: ChannelLaw = {
  name: "ends",
  guards: "MPSC-6",
  check: situations("ends", [oneIsLeft, somethingIsLeft])
}

/** Nothing is sent any more; what is there is received. */
const closedWhileOpen = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    const closed = yield* begin(sender.closed ?? receiver.close)
    const values = yield* fill(channel, 5)
    yield* receiver.close
    yield* mustBecome(() => !closed.waits(), "`closed` waits though it is closed")
    yield* mustCome("a send after close", sender.send(1001), "refused 1001")
    yield* mustCome("a trySend after close", sender.trySend(1002), "refused 1002")
    if (sender.reserve !== undefined) {
      yield* mustCome("a reserve after close", Effect.scoped(sender.reserve), "refused undefined")
    }
    yield* drained(receiver, values)
    yield* receiver.close
    yield* drained(receiver, [])
  })

/** Who waits to send is told, and has not sent; a waiting receiver too. */
const closedWhileWaiting = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    if (capacity === Infinity) {
      const waiting = yield* begin(receiver.recv)
      yield* receiver.close
      yield* mustBecome(() => waiting.said() === "ended", "a waiting recv never ended")
      return
    }
    const values = yield* fill(channel)
    const waiting = yield* begin(sender.send(1001))
    yield* receiver.close
    yield* mustBecome(() => !waiting.waits(), "a waiting send goes on waiting")
    yield* must(waiting.said() === "refused 1001", `a waiting send was not refused, but ${waiting.said()}`)
    yield* drained(receiver, values)
  })

/** The slot was promised to a sender that has not run: close comes first. */
const closedAfterAGrant = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    if (capacity === Infinity) return
    const values = yield* fill(channel)
    const waiting = yield* begin(sender.send(1001))
    yield* Effect.andThen(receiver.recv, receiver.close).pipe(Effect.orDie)
    yield* mustBecome(() => !waiting.waits(), "a send that was promised a slot goes on waiting")
    yield* must(waiting.said() === "refused 1001", `a send promised a slot was not refused, but ${waiting.said()}`)
    yield* drained(receiver, values.slice(1))
  })

/** A reserved slot is good after close, and the end waits for it. */
const closedWithASlot = (use: boolean) => (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { receiver, sender } = channel
    if (sender.reserve === undefined) return
    const slot = yield* Effect.orDie(sender.reserve)
    yield* receiver.close
    yield* mustCome("tryRecv while a slot is reserved", receiver.tryRecv, "empty")
    const waiting = yield* begin(receiver.recv)
    yield* must(waiting.waits(), `it is ${waiting.said()} though a slot is reserved`)
    yield* use ? slot.send(1) : slot.release
    yield* mustBecome(() => !waiting.waits(), "a recv waits though the last slot is given back")
    yield* must(waiting.said() === (use ? "1" : "ended"), `a recv came to ${waiting.said()}`)
    yield* drained(receiver, [])
  })

/** As many slots at once, given back all but one, which is used. */
const closedWithSlots = ({ capacity, receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    if (sender.reserveMany === undefined) return
    const slots = yield* Effect.orDie(sender.reserveMany(Math.min(capacity, 3)))
    yield* receiver.close
    yield* mustCome("send on a slot after close", slots.send(1), "true")
    yield* mustCome("recv", receiver.recv, "1")
    const waiting = yield* begin(receiver.recv)
    yield* slots.release
    yield* mustBecome(() => waiting.said() === "ended", "a recv waits though the last slot is given back")
    yield* mustCome("send on a slot that was given back", slots.send(2), "false")
  })

export const close: ChannelLaw = {
  name: "close",
  guards: "MPSC-7, MPSC-8",
  check: situations("close", [
    closedWhileOpen,
    closedWhileWaiting,
    closedAfterAGrant,
    closedWithASlot(true),
    closedWithASlot(false),
    closedWithSlots
  ])
}

/** Nobody receives any more: who waits is told, and the slots come back. */
const dropped = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, free, receiver, sender } = channel
    yield* fill(channel, 5)
    const waiting = capacity <= 5 ? yield* begin(sender.send(1001)) : undefined
    const closed = sender.closed === undefined ? undefined : yield* begin(sender.closed)
    yield* receiver.drop
    if (waiting !== undefined) {
      yield* mustBecome(() => !waiting.waits(), "a waiting send goes on waiting")
      yield* must(waiting.said() === "refused 1001", `a waiting send was not refused, but ${waiting.said()}`)
    }
    if (closed !== undefined) yield* mustBecome(() => !closed.waits(), "`closed` waits though the receiver is gone")
    yield* mustCome("a send", sender.send(1002), "refused 1002")
    yield* mustCome("free", free, String(capacity))
  })

/** A fiber waits for a value when the receiver is dropped. */
const droppedWhileReceiving = ({ receiver }: ChannelUnderTest) =>
  Effect.gen(function*() {
    const waiting = yield* begin(receiver.recv)
    yield* receiver.drop
    yield* mustBecome(() => !waiting.waits(), "a recv goes on waiting")
    yield* must(waiting.said() === "ended", `a waiting recv is ${waiting.said()}`)
  })

/** What is sent on a slot then goes nowhere, and the slot comes back. */
const droppedWithASlot = ({ capacity, free, receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    if (sender.reserve === undefined) return
    const slot = yield* Effect.orDie(sender.reserve)
    yield* receiver.drop
    yield* mustCome("send on a reserved slot", slot.send(1), "done")
    yield* mustCome("free", free, String(capacity))
  })

export const receiverGone: ChannelLaw = {
  name: "receiver gone",
  guards: "MPSC-8, MPSC-9",
  check: situations("receiver gone", [dropped, droppedWhileReceiving, droppedWithASlot])
}

/** A weak sender keeps nothing open, and becomes strong while there is a strong one. */
const weak = ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    if (sender.downgrade === undefined) return
    const weak = yield* sender.downgrade
    const upgraded = yield* weak.upgrade
    yield* must(Option.isSome(upgraded), "a weak sender can't be upgraded though there is a strong one")
    yield* sender.drop
    const waiting = yield* begin(receiver.recv)
    yield* must(waiting.waits(), "it is over though an upgraded sender is left")
    yield* Option.getOrThrow(upgraded).drop
    yield* settle
    yield* must(waiting.said() === "ended", "it is not over though only a weak sender is left")
    yield* must(Option.isNone(yield* weak.upgrade), "a weak sender was upgraded after the last strong one was gone")
  })

/** A reservation that outlives its sender keeps it open. */
const reservedByOneWhoIsGone = ({ receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    if (sender.reserve === undefined) return
    const slot = yield* Effect.orDie(sender.reserve)
    yield* sender.drop
    const waiting = yield* begin(receiver.recv)
    yield* must(waiting.waits(), "it is over though a slot is reserved")
    yield* slot.send(1)
    yield* mustBecome(() => waiting.said() === "1", "what was sent on the slot never came")
    yield* mustCome("recv after the last slot", receiver.recv, "ended")
  })

export const weakSenders: ChannelLaw = {
  name: "weak senders",
  guards: "MPSC-11",
  check: situations("weak senders", [weak, reservedByOneWhoIsGone])
}
