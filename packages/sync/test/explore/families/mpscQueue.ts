/**
 * Mpsc over an Effect Queue: our functions and Queue's own, side by side. What has nothing to do with the queue is explored
 * with the native buffer. The pumps, which do the work in another way where a Queue can't be watched, are not explored.
 */
import { Explore } from "@effect-sync/explorer"
import { type Cause, Effect, Exit, Queue, type Scope } from "effect"
import { Handle, Mpsc } from "effect-sync"
import { observed } from "../../queueBacked.ts"
import { type Ended, ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

interface State {
  /** May be dropped. */
  readonly sender: Mpsc.QueueSender<number>
  readonly receiver: Mpsc.QueueReceiver<number>
  /** Sent for sure, by one of our functions. */
  readonly sent: Array<number>
  /** Offered to the queue, perhaps in vain: an interrupted offer may have succeeded. */
  readonly offered: Array<number>
  readonly got: Array<number>
  next: number
  /** How many use the sender. */
  using: number
}

const capacity = 1

const make: Effect.Effect<State, never, Scope.Scope> = Effect.map(
  observed.bounded<number>(capacity),
  ([sender, receiver]) => ({ sender, receiver, sent: [], offered: [], got: [], next: 1, using: 0 })
)

/** Uses the sender, unless it is gone. It does not go meanwhile: that would be a mistake. */
const unlessGone = <A, E>(state: State, effect: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.suspend((): Effect.Effect<A, unknown, Scope.Scope> => {
    if (Handle.isReleased(state.sender)) return Effect.fail({ _tag: "Gone" })
    state.using++
    return Effect.onExitPrimitive(effect, () => {
      state.using--
      return undefined
    })
  })

const drop = (state: State) =>
  Effect.suspend((): Effect.Effect<void, unknown> => {
    if (state.using > 0) return Effect.fail({ _tag: "InUse" })
    Mpsc.dropUnsafe(state.sender) // in this step
    return Effect.void
  })

const sent = (state: State, a: number, send: Effect.Effect<unknown, unknown, Scope.Scope>) =>
  Effect.map(send, () => {
    state.sent.push(a)
  })

const sending = (state: State, send: (a: number) => Effect.Effect<unknown, unknown, Scope.Scope>) =>
  Effect.suspend(() => {
    const a = state.next++
    return sent(state, a, send(a))
  })

const got = (state: State, values: ReadonlyArray<number>): void => {
  state.got.push(...values)
}

const operations: Readonly<Record<string, Operation<State>>> = {
  send: { run: (state) => unlessGone(state, sending(state, (a) => Mpsc.send(state.sender, a))) },
  reserve: {
    run: (state) =>
      unlessGone(
        state,
        Effect.flatMap(
          Mpsc.reserve(state.sender),
          (permit) => Effect.andThen(Effect.void, sending(state, (a) => permit.send(a)))
        )
      )
  },
  recv: {
    run: (state) =>
      Effect.map(Mpsc.recv(state.receiver), (a) => {
        got(state, [a])
      })
  },
  close: { run: ({ receiver }) => Mpsc.close(receiver) },
  "drop the sender": { run: drop },
  "Queue.offer": {
    run: (state) =>
      Effect.suspend(() => {
        const a = state.next++
        state.offered.push(a)
        return Queue.offer(state.sender.queue, a)
      })
  },
  "Queue.take": { run: (state) => Effect.map(Queue.take(state.receiver.queue), (a) => got(state, [a])) },
  // In one step: who was called for it finds nothing.
  "offer and take": {
    run: ({ receiver, sender }) =>
      Effect.sync(() => Queue.offerUnsafe(sender.queue, 0) && Queue.takeUnsafe(receiver.queue))
  },
  "Queue.end": {
    run: ({ sender }) => {
      endedByHand.add(sender.queue)
      return Queue.end(sender.queue)
    }
  }
}

const full: Start<State> = {
  make: Effect.tap(make, (state) => Effect.orDie(sending(state, (a) => Mpsc.send(state.sender, a))))
}

const gives = (operation: string) => operation === "send" || operation === "reserve" || operation === "Queue.offer"

const takes = (operation: string) => /recv|^Queue\.take/.test(operation)

const isOver = ({ receiver, sender }: State): boolean =>
  Mpsc.isClosedUnsafe(receiver) || sender.queue.state._tag !== "Open"

const check = (state: State, ended: Ended): void => {
  const { receiver, sender } = state
  const left = Mpsc.lenUnsafe(receiver)
  mustBe("senders in the line", Mpsc.waitingUnsafe(sender), count(ended, ["send", "reserve"]))
  mustBe("receivers in the line", Mpsc.waitingUnsafe(receiver), count(ended, ["first recv", "second recv", "recv"]))
  must(
    !ended.waiting.includes("first recv") || ended.succeeded("recv") + ended.succeeded("second recv") === 0,
    () => "somebody who came later was served first"
  )
  for (const operation of ended.waiting) {
    if (takes(operation)) must(left === 0, () => `${operation} waits though there are ${left} messages`)
    if (gives(operation)) must(left >= capacity, () => `${operation} waits though there are ${left} messages only`)
    // The queue itself delivers what was on its way in when it was ended.
    must(!isOver(state) || (operation === "Queue.offer" && left > 0), () => `${operation} waits though it is over`)
  }
  for (const [operation, exit] of ended.exits) {
    must(ending(exit) !== "Done" || isOver(state), () => `${operation} ended though it is not over`)
  }
  if (ended.waiting.length > 0) return
  mustBe("free slots", Mpsc.capacityUnsafe(sender), Math.max(0, capacity - left))
  // Which lets those in who wait to offer: an event is not among those that wait.
  for (let exit = Queue.takeUnsafe(receiver.queue); exit !== undefined; exit = Queue.takeUnsafe(receiver.queue)) {
    if (Exit.isFailure(exit)) break
    state.got.push(exit.value)
  }
  must(!isOver(state) || sender.queue.state._tag === "Done", () => `the queue is ${sender.queue.state._tag}`)
  mustBe("free slots in the end", Mpsc.capacityUnsafe(sender), capacity)
  mustBe("messages that came twice", state.got.length - new Set(state.got).size, 0)
  for (const a of state.sent) must(state.got.includes(a) || isLost(state), () => `message ${a} is lost`)
  for (const a of state.got) {
    must(state.sent.includes(a) || state.offered.includes(a), () => `message ${a} was never sent`)
  }
}

/** Whether a message that was sent may be discarded: on a reservation, after the queue was ended by hand. */
const isLost = ({ sender }: State): boolean => sender.queue.state._tag === "Done" && endedByHand.has(sender.queue)

const endedByHand = new WeakSet<Queue.Queue<number, Cause.Done>>()

const count = (ended: Ended, operations: ReadonlyArray<string>): number =>
  ended.waiting.filter((operation) => operations.includes(operation)).length

export const mpscQueue: Family<State> = {
  primitive: "Mpsc over a Queue",
  starts: {
    empty: { make },
    "full, one queued": { ...full, queued: { send: operations["send"]!.run } },
    "one receiving": {
      make,
      queued: { "first recv": operations["recv"]!.run }
    },
    "two receiving": {
      make,
      queued: { "first recv": operations["recv"]!.run, "second recv": operations["recv"]!.run }
    }
  },
  operations,
  always: ({ receiver, sender }) => {
    const free = Mpsc.capacityUnsafe(sender)
    must(free >= 0 && free <= capacity, () => `${free} of ${capacity} slots free`)
    must(free === 0 || Mpsc.waitingUnsafe(sender) === 0, () => `${free} slots free while somebody waits`)
    must(Mpsc.lenUnsafe(receiver) <= 3, () => `${Mpsc.lenUnsafe(receiver)} messages in ${capacity} slots`)
  },
  check,
  outcome: ({ got, receiver }) => [got.length, Mpsc.lenUnsafe(receiver)],
  linearizable: {
    "our functions beside Queue's": specification({
      setup: make,
      operations: {
        trySend: ({ sender }, a: number) => Mpsc.trySend(sender, a),
        offer: ({ sender }, a: number) => Effect.sync(() => Queue.offerUnsafe(sender.queue, a)),
        recv: ({ receiver }) => Mpsc.recv(receiver),
        take: ({ receiver }) => Queue.take(receiver.queue),
        capacity: ({ sender }) => Mpsc.capacity(sender)
      },
      calls: {
        alice: [["trySend", 1], ["recv"]],
        bob: [["offer", 2], ["take"]],
        carol: [["capacity"]]
      },
      initial: [] as ReadonlyArray<number>,
      model: {
        trySend: (there, a) => there.length > 0 ? [Explore.fails("Full"), there] : [undefined, [a]],
        offer: (there, a) => there.length > 0 ? [false, there] : [true, [a]],
        recv: (there) => there.length > 0 ? [there[0]!, there.slice(1)] : Explore.blocks,
        take: (there) => there.length > 0 ? [there[0]!, there.slice(1)] : Explore.blocks,
        capacity: (there) => [1 - there.length, there]
      }
    })
  }
}
