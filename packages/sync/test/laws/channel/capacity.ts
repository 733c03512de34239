/**
 * As many values as there are slots, and no slot is ever lost or made up.
 */
import { Effect, type Fiber } from "effect"
import { must } from "../lock.ts"
import { random } from "../random.ts"
import { mustBecome, settle, steps } from "../stepping.ts"
import { begin, type ChannelLaw, type ChannelUnderTest, fill, mustCome, mustSay, situations } from "./channel.ts"

const full = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    yield* fill(channel)
    const oneMore = yield* begin(sender.send(1001))
    yield* must(oneMore.waits(), `send number ${capacity + 1} of ${capacity} does not wait`)
    yield* mustCome("a trySend into a full buffer", sender.trySend(1002), "full")
    yield* mustCome("len", receiver.len, String(capacity))
    yield* mustCome("recv", receiver.recv, "1")
    yield* mustBecome(() => !oneMore.waits(), "a send waits though there is a slot")
    const another = yield* begin(sender.send(1003))
    yield* must(another.waits(), `send number ${capacity + 2} of ${capacity} does not wait after one recv`)
  })

/** The receiver takes all at once: no more senders go on than there are slots. */
const allTaken = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, receiver, sender } = channel
    yield* fill(channel)
    let sent = 0
    yield* begin(
      Effect.forever(Effect.tap(sender.send(1001), () =>
        Effect.sync(() => {
          sent++
        })))
    )
    yield* mustBecome(() => sent === 0, "a send went into a full buffer")
    yield* receiver.recvMany(capacity).pipe(Effect.orDie)
    yield* mustBecome(() => sent >= capacity, "a send waits though there are slots")
    yield* settle
    yield* must(sent === capacity, `${sent} values went into ${capacity} slots`)
  })

export const backPressure: ChannelLaw = {
  name: "back pressure",
  guards: "MPSC-5",
  boundedOnly: true,
  check: situations("back pressure", [full, allTaken])
}

/** Forty fibers that send, reserve, receive, and are interrupted at random; the sum is right whenever one looks. */
const crowd = (seed: number) => (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, free, receiver, sender } = channel
    const below = random(seed)
    let reserved = 0
    const holding = (n: number) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          reserved += n
        }),
        () =>
          Effect.sync(() => {
            reserved -= n
          })
      )
    const reserve = (n: number) => n === 1 || sender.reserveMany === undefined ? sender.reserve! : sender.reserveMany(n)
    const sum = Effect.gen(function*() {
      const slots = (yield* free) + (yield* receiver.len)
      return { slots, exact: slots + reserved === capacity }
    })
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    for (let i = 0; i < 40; i++) {
      const n = 1 + below(Math.min(capacity, 3))
      const wait = steps(below(4))
      const work: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        sender.send(i),
        sender.trySend(i),
        receiver.recv,
        receiver.recvMany(1 + below(3)),
        receiver.tryRecv,
        sender.reserve === undefined
          ? Effect.void
          : Effect.scoped(Effect.flatMap(reserve(n), (slots) =>
            // What the slots are used for is no longer reserved; both are said in one step.
            below(2) === 0 ? wait : Effect.andThen(wait, slots.send(i))))
      ]
      fibers.push(yield* Effect.forkScoped(work[below(work.length)], { startImmediately: below(2) === 0 }))
      if (below(3) === 0) yield* Effect.yieldNow
      if (below(3) === 0) fibers[below(fibers.length)].interruptUnsafe()
      const { slots } = yield* sum
      yield* must(slots <= capacity, `${slots} slots are free or taken, of ${capacity}`)
    }
    for (const fiber of fibers) {
      yield* steps(2)
      fiber.interruptUnsafe()
      yield* mustBecome(() => fiber.pollUnsafe() !== undefined, "an interrupted fiber never ended")
    }
    yield* settle
    const { slots } = yield* sum
    yield* must(
      slots === capacity,
      `${slots} of ${capacity} slots are free or taken, and none is reserved (seed ${seed})`
    )
    if (sender.reserve === undefined) return
    // And with reservations that are held meanwhile.
    yield* receiver.recvMany(capacity).pipe(Effect.when(Effect.map(receiver.len, (len) => len > 0)), Effect.orDie)
    yield* Effect.scoped(
      Effect.gen(function*() {
        const slot = yield* Effect.orDie(sender.reserve!)
        yield* holding(1)
        const { exact } = yield* sum
        yield* must(exact, "a reserved slot is free")
        yield* slot.release
      })
    )
    const { exact } = yield* sum
    yield* must(exact, "a released slot is not free")
  })

/** Everything that can be reserved, used, released and received comes back. */
const inAndOut = (channel: ChannelUnderTest) =>
  Effect.gen(function*() {
    const { capacity, free, receiver, sender } = channel
    for (let round = 0; round < 3; round++) {
      yield* mustCome("free at the beginning of a round", free, String(capacity))
      yield* fill(channel)
      yield* mustCome("free when all slots are taken", free, "0")
      const interrupted = yield* begin(sender.send(1001))
      interrupted.fiber.interruptUnsafe()
      yield* settle
      yield* mustCome("free after an interrupted send", free, "0")
      for (let i = 1; i <= capacity; i++) {
        yield* mustCome("recv", receiver.recv, String(i))
        yield* mustCome(`free after ${i} of ${capacity} were received`, free, String(i))
      }
    }
  })

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

export const conservation: ChannelLaw = {
  name: "conservation",
  guards: "MPSC-4",
  boundedOnly: true,
  check: situations("conservation", [inAndOut, ...seeds.map(crowd)])
}

/** Up to 130 values: where an implementation switches what it stores them in, if it does. */
const filling = ({ capacity, receiver, sender }: ChannelUnderTest) =>
  Effect.gen(function*() {
    const most = Math.min(capacity, 130)
    let next = 0
    for (const rounds of [most, 1, Math.ceil(most / 2)]) {
      const first = next
      for (let n = 1; n <= rounds; n++) {
        yield* Effect.orDie(sender.send(next++))
        yield* mustSay("len", String(yield* receiver.len), String(n))
      }
      for (let n = rounds; n > 0; n--) {
        yield* mustSay("recv", String(yield* receiver.recv.pipe(Effect.orDie)), String(first + rounds - n))
        yield* mustSay("len", String(yield* receiver.len), String(n - 1))
      }
    }
  })

export const exactLength: ChannelLaw = {
  name: "exact length",
  guards: "MPSC-13",
  check: situations("exact length", [filling])
}
