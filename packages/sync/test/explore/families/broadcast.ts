/**
 * Broadcast and its halves.
 *
 * Values are numbered as they are sent. Beside the channel stands a ledger: how many were sent, and for each receiver the
 * next one it must get. An entry is made in the step in which a fiber learns that its operation has happened, and before
 * every step the ledger and the channel must agree. So what is taken without being delivered is found, and what is
 * delivered twice, in another order, or counted wrongly.
 *
 * Whoever waits may wait for ever, but only if there is nothing to wait for: nothing unread, somebody who could send, and
 * for `closed` a receiver.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, Effect, Option, Result } from "effect"
import { Broadcast, Handle } from "effect-sync"
import { canEvaluate } from "../../../src/internal/step.ts"
import { ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

/** A receiver, and the number of the value it gets next. */
interface Observer {
  readonly receiver: Broadcast.Receiver<number>
  next: number
  /** How many were skipped without anybody having been told so far: only where that takes two steps. */
  untold: number
}

interface State {
  readonly sender: Broadcast.Sender<number>
  /** The receiver that all share. */
  readonly shared: Observer
  readonly observers: Array<Observer>
  sent: number
  /** How often there was no receiver left. */
  emptied: number
  /** What the one that waited first was given: a number. */
  first: number | undefined
  /** What others were given of the shared receiver. */
  readonly others: Array<number>
}

const capacity = 2

const isDropped = ({ receiver }: Observer): boolean => Handle.isReleased(receiver)

const senderIsGone = ({ sender }: State): boolean => Handle.isReleased(sender)

const living = ({ observers }: State): number =>
  observers.reduce((sum, observer) => sum + (isDropped(observer) ? 0 : 1), 0)

// ---- the ledger ------------------------------------------------------------------------------------------------------

/** In the step in which somebody is given a value. */
const given = (state: State, observer: Observer, value: number): void => {
  mustBe("the value", value, observer.next)
  must(value < state.sent, () => "a value is received before its sender knows that it was sent")
  observer.next++
}

/** In the step in which somebody is told of a lag. */
const told = (state: State, observer: Observer, lagged: Broadcast.Lagged): void => {
  const { skipped } = lagged
  if (observer.untold > 0) {
    observer.untold -= skipped
    must(observer.untold >= 0, () => `told of ${skipped} skipped, of which there are ${-observer.untold} too many`)
    return
  }
  mustBe("how many were skipped", skipped, state.sent - capacity - observer.next)
  observer.next += skipped
}

/** In the step in which somebody learns that it has sent. */
const sent = (state: State, receivers: number): void => {
  mustBe("the number of receivers", receivers, living(state))
  state.sent++
}

/** Looks at what a receive of the shared receiver failed with, in the step in which it does. */
const failing = (state: State, note: (value: number) => void) => <E>(error: E): E => {
  const { shared } = state
  if (error instanceof Broadcast.Lagged) {
    // Where telling is a step of its own, it says nothing about the order.
    if (canEvaluate) note(shared.next)
    told(state, shared, error)
  } else if (Cause.isDone(error)) {
    must(isDropped(shared) || senderIsGone(state), () => "it is done though somebody could send")
    must(isDropped(shared) || state.sent === shared.next, () => "it is done though something is unread")
  }
  return error
}

/** Looks at what was received of the shared receiver, in the step in which it is. */
const receives =
  (state: State, note: (value: number) => void) => <E>(receive: Effect.Effect<number, E>): Effect.Effect<void, E> =>
    receive.pipe(
      Effect.map((value) => {
        given(state, state.shared, value)
        note(value)
      }),
      Effect.mapError(failing(state, note))
    )

const noteOther = (state: State) => (value: number): void => {
  state.others.push(value)
}

const byOther = (state: State) => receives(state, noteOther(state))

// ---- operations ------------------------------------------------------------------------------------------------------

const misuse = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | Broadcast.Misuse> =>
  // To be caught whoever is interrupted, the defect needs the mask.
  Effect.uninterruptibleMask((restore) =>
    Effect.catchDefect(
      restore(effect),
      (defect) => defect instanceof Broadcast.Misuse ? Effect.fail(defect) : Effect.die(defect)
    )
  )

const send = (state: State): Effect.Effect<void, unknown> =>
  Broadcast.send(state.sender, state.sent).pipe(
    Effect.map((receivers) => sent(state, receivers)),
    Effect.mapError((error) => {
      must(state.emptied > 0, () => "a send failed though there was a receiver")
      return error
    })
  )

const sendUnsafe = (state: State): void => {
  if (senderIsGone(state)) return
  const result = Broadcast.sendUnsafe(state.sender, state.sent)
  if (Result.isSuccess(result)) sent(state, result.success)
}

const sendMany = (state: State): Effect.Effect<void> =>
  Effect.sync(() => {
    for (let i = 0; i <= capacity; i++) sendUnsafe(state)
  })

/** Up to three values, in the form that bears a lag. */
const pull = (state: State): Effect.Effect<unknown, Cause.Done> => {
  const { shared } = state
  return Effect.map(shared.receiver[Broadcast.RTypeId].pull(capacity + 1, "emit"), (chunk) => {
    for (const [i, result] of chunk.entries()) {
      state.others.push(shared.next)
      if (Result.isSuccess(result)) given(state, shared, result.success)
      else {
        mustBe("the place of the lag", i, 0)
        told(state, shared, result.failure)
      }
    }
    mustBe("what was left of a chunk", state.sent, shared.next)
  })
}

const ready = (state: State): Effect.Effect<void, Cause.Done> =>
  Effect.map(Broadcast.ready(state.shared.receiver), () => {
    // By now somebody else may have taken it, but something must have been sent.
    must(state.sent > 0, () => "ready, though nothing was ever sent")
  })

const timed = (state: State): Effect.Effect<void, unknown> =>
  Broadcast.recvTimeout(state.shared.receiver, 1).pipe(
    Effect.map((option) => {
      if (Option.isNone(option)) return
      given(state, state.shared, option.value)
      state.others.push(option.value)
    }),
    Effect.mapError(failing(state, noteOther(state)))
  )

const subscribed = (state: State): Effect.Effect<unknown, unknown> =>
  Effect.acquireUseRelease(
    Effect.map(Effect.sync(() => Broadcast.subscribeUnsafe(state.sender)), (receiver) => {
      const observer: Observer = { receiver, next: state.sent, untold: 0 }
      state.observers.push(observer)
      return observer
    }),
    (observer) =>
      Broadcast.recv(observer.receiver).pipe(
        Effect.map((value) => given(state, observer, value)),
        Effect.mapError((error) => {
          if (error instanceof Broadcast.Lagged) told(state, observer, error)
          return error
        })
      ),
    (observer) => dropped(state, observer)
  )

const dropped = (state: State, observer: Observer): Effect.Effect<void> =>
  Effect.map(Broadcast.drop(observer.receiver), () => {
    if (living(state) === 0) state.emptied++
  })

const closed = (state: State): Effect.Effect<void> => {
  const { emptied } = state
  const none = living(state) === 0
  return Effect.map(Broadcast.closed(state.sender), () => {
    must(none || state.emptied > emptied, () => "it is closed though there was always a receiver")
  })
}

const operations: Readonly<Record<string, Operation<State>>> = {
  recv: { run: (state) => misuse(byOther(state)(Broadcast.recv(state.shared.receiver))) },
  tryRecv: { run: (state) => misuse(byOther(state)(Broadcast.tryRecv(state.shared.receiver))) },
  recvTimeout: { run: (state) => misuse(timed(state)) },
  ready: { run: (state) => misuse(ready(state)) },
  stream: { run: (state) => misuse(pull(state)) },
  "subscribe, recv": { run: (state) => misuse(subscribed(state)) },
  "drop receiver": { run: (state) => dropped(state, state.shared) },
  send: { run: (state) => misuse(send(state)) },
  "send three": { run: sendMany },
  "drop sender": { run: ({ sender }) => Broadcast.drop(sender) },
  closed: { run: (state) => misuse(closed(state)) }
}

// ---- start states ----------------------------------------------------------------------------------------------------

const make: Effect.Effect<State> = Effect.sync(() => {
  const [sender, receiver] = Broadcast.makeUnsafe<number>(capacity)
  const shared: Observer = { receiver, next: 0, untold: 0 }
  return { sender, shared, observers: [shared], sent: 0, emptied: 0, first: undefined, others: [] }
})

const after = (n: number, then?: (state: State) => void): Start<State> => ({
  make: Effect.tap(make, (state) =>
    Effect.sync(() => {
      for (let i = 0; i < n; i++) sendUnsafe(state)
      then?.(state)
    }))
})

const first = (state: State): Effect.Effect<void, unknown> =>
  receives(state, (value) => {
    state.first = value
  })(Broadcast.recv(state.shared.receiver))

const second = (state: State): Effect.Effect<void, unknown> => byOther(state)(Broadcast.recv(state.shared.receiver))

const starts: Readonly<Record<string, Start<State>>> = {
  empty: { make },
  "one value": after(1),
  lagging: after(capacity + 1),
  "ended, one value": after(1, (state) => Broadcast.dropUnsafe(state.sender)),
  waiting: { make, queued: { "recv, first": first } },
  "two waiting": { make, queued: { "recv, first": first, "recv, second": second } }
}

// ---- the family ------------------------------------------------------------------------------------------------------

const onShared = ["recv", "recv, first", "recv, second", "ready", "stream"]

/** Where telling of a lag is a step of its own, what was skipped is known before anybody was told. */
const skipUntold = (state: State, observer: Observer): void => {
  const unread = state.sent - observer.next
  const skipped = unread - Broadcast.lenUnsafe(observer.receiver)
  if (canEvaluate || skipped <= 0 || unread <= capacity) return
  observer.next += skipped
  observer.untold += skipped
}

interface Halves {
  readonly sender: Broadcast.Sender<number>
  readonly receiver: Broadcast.Receiver<number>
}

/** What was sent and not read, the oldest first, and how many more than are kept. */
interface Model {
  readonly unread: ReadonlyArray<number>
  readonly senders: number
  readonly receivers: number
}

const done = Explore.fails(Cause.Done())

const take = (m: Model, otherwise: any) => {
  if (m.unread.length > capacity) {
    const lagged = { _tag: "Lagged", skipped: m.unread.length - capacity }
    return [Explore.fails(lagged), { ...m, unread: m.unread.slice(-capacity) }] as const
  }
  if (m.unread.length > 0) return [m.unread[0], { ...m, unread: m.unread.slice(1) }] as const
  return m.senders === 0 ? [done, m] as const : otherwise
}

/** One receiver and one sender. */
const calls = {
  setup: Effect.sync((): Halves => {
    const [sender, receiver] = Broadcast.makeUnsafe<number>(capacity)
    return { sender, receiver }
  }),
  operations: {
    send: ({ sender }: Halves, n: number) => Broadcast.send(sender, n),
    recv: ({ receiver }: Halves) => Broadcast.recv(receiver),
    tryRecv: ({ receiver }: Halves) => Broadcast.tryRecv(receiver),
    len: ({ receiver }: Halves) => Broadcast.len(receiver),
    dropSender: ({ sender }: Halves) => Broadcast.drop(sender),
    dropReceiver: ({ receiver }: Halves) => Broadcast.drop(receiver),
    closed: ({ sender }: Halves) => Broadcast.closed(sender),
    isClosed: ({ receiver }: Halves) => Broadcast.isClosed(receiver)
  },
  initial: { unread: [], senders: 1, receivers: 1 } as Model,
  model: {
    send: (m: Model, n: number) =>
      m.receivers === 0
        ? [Explore.fails({ _tag: "SendError", value: n }), m] as const
        : [m.receivers, { ...m, unread: [...m.unread, n] }] as const,
    recv: (m: Model) => take(m, Explore.blocks),
    tryRecv: (m: Model) => take(m, [Explore.fails({ _tag: "Empty" }), m] as const),
    len: (m: Model) => [m.unread.length, m] as const,
    dropSender: (m: Model) => [undefined, { ...m, senders: 0 }] as const,
    dropReceiver: (m: Model) => [undefined, { ...m, receivers: 0, unread: [] }] as const,
    closed: (m: Model) => m.receivers === 0 ? [undefined, m] as const : Explore.blocks,
    isClosed: (m: Model) => [m.senders === 0, m] as const
  }
}

export const broadcast: Family<State> = {
  primitive: "Broadcast",
  starts,
  operations,
  always: (state) => {
    const { observers, sender, sent } = state
    let oldest = sent
    for (const observer of observers) {
      if (isDropped(observer)) continue
      skipUntold(state, observer)
      const unread = Broadcast.lenUnsafe(observer.receiver)
      if (unread !== sent - observer.next) {
        throw new Error(`${unread} unread, though ${observer.next} of ${sent} were delivered or skipped`)
      }
      if (observer.next < oldest) oldest = observer.next
    }
    const kept = Math.min(capacity, sent - oldest)
    if (Broadcast.lenUnsafe(sender) !== kept) {
      throw new Error(`${Broadcast.lenUnsafe(sender)} kept, though ${kept} are owed`)
    }
  },
  check: (state, { exits, waiting }) => {
    const { first, others, sender, sent, shared } = state
    const isOver = isDropped(shared) || senderIsGone(state)
    const parked = waiting.filter((operation) => onShared.includes(operation))
    if (parked.length > 0) {
      must(!isOver, () => `${parked.join()} waits though nothing can come`)
      mustBe(`what is unread while ${parked.join()} waits`, sent, shared.next)
    }
    mustBe("parked on the receiver", Broadcast.waitingUnsafe(shared.receiver), parked.length)
    if (waiting.includes("subscribe, recv")) {
      must(!senderIsGone(state), () => "a receiver waits though nothing can come")
      const waits = state.observers.some((observer) => observer !== shared && observer.next === sent)
      must(waits, () => "a receiver waits though something is unread")
    }
    const closing = waiting.filter((operation) => operation === "closed").length
    if (closing > 0) {
      must(living(state) > 0, () => "closed waits though there is no receiver")
      must(!senderIsGone(state), () => "closed waits on a sender that is dropped")
    }
    mustBe("parked in closed", Broadcast.waitingUnsafe(sender), closing)
    for (const [operation, exit] of exits) {
      const how = ending(exit)
      if (how === "done" || how === "interrupted") continue
      if (how === "waits") {
        const may = operation === "closed" || operation === "subscribe, recv" || onShared.includes(operation)
        must(may, () => `${operation} waits`)
      } else if (how === "Misuse") {
        must(senderIsGone(state) || isDropped(shared), () => `${operation} failed though nothing was dropped`)
      } else if (how === "SendError") {
        must(state.emptied > 0, () => "a send failed though there was always a receiver")
      } else if (how === "Empty") {
        mustBe("what found nothing", operation, "tryRecv")
      } else if (how === "Lagged") {
        must(sent > capacity, () => "told of a lag, but little was sent")
      } else {
        mustBe(`how ${operation} ended`, how, "Done")
        must(senderIsGone(state) || isDropped(shared), () => `${operation} ended though it could go on`)
      }
    }
    // It stood in line before anybody else came.
    if (waiting.includes("recv, first")) mustBe("what others were given past the first", others.length, 0)
    if (first !== undefined) {
      for (const other of others) must(other > first, () => `${other} went past the first, for ${first}`)
    }
    // In the end everything is given back.
    for (const observer of state.observers) Broadcast.dropUnsafe(observer.receiver)
    mustBe("kept for nobody", Broadcast.lenUnsafe(sender), 0)
    mustBe("receivers in the end", Broadcast.receiverCountUnsafe(sender), 0)
  },
  outcome: ({ first, others, shared }) => [shared.next, first, others.length],
  linearizable: {
    "send, receive, the end": specification({
      ...calls,
      calls: {
        alice: [["send", 1], ["send", 2], ["dropSender"]],
        bob: [["recv"], ["recv"]],
        carol: [["recv"], ["len"]]
      },
      options: { preemptionBound: 1 }
    }),
    lag: specification({
      ...calls,
      calls: {
        alice: [["send", 1], ["send", 2], ["send", 3]],
        bob: [["recv"], ["recv"]],
        carol: [["send", 4], ["len"]]
      },
      options: { preemptionBound: 1 }
    }),
    "looking without waiting": specification({
      ...calls,
      calls: {
        alice: [["send", 1], ["send", 2], ["dropSender"]],
        bob: [["tryRecv"], ["tryRecv"], ["tryRecv"]],
        carol: [["len"], ["isClosed"]]
      },
      options: { preemptionBound: 1 }
    }),
    closed: specification({
      ...calls,
      calls: {
        alice: [["closed"], ["send", 1]],
        bob: [["send", 2], ["dropReceiver"]],
        carol: [["len"], ["send", 3]]
      },
      options: { preemptionBound: 1 }
    })
  }
}
