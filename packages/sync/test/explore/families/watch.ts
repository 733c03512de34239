/**
 * Watch and its halves.
 *
 * Beside the channel stands a ledger of what must be true of it: the value, and for each receiver whether it is unseen. An
 * entry is made in the step in which a fiber learns that its operation has happened, and before every step the ledger and
 * the channel must agree: so what is marked without being delivered is found, and what is delivered without being marked.
 *
 * Whoever waits may wait for ever, but only if there is nothing to wait for: nothing unseen, somebody who could send, and
 * for `closed` a receiver.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, Effect, Option } from "effect"
import { Handle, Watch } from "effect-sync"
import { ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

/** A receiver, and whether the value is unseen to it. */
interface Observer {
  readonly receiver: Watch.Receiver<number>
  unseen: boolean
  /** How often it has been let known of something: sent to, or marked by hand. */
  changes: number
}

interface State {
  readonly sender: Watch.Sender<number>
  /** The receiver that all share. */
  readonly shared: Observer
  readonly observers: Array<Observer>
  next: number
  value: number
  /** How often there was no receiver left, or none yet. */
  emptied: number
  /** How often the value was marked as changed by hand. */
  marked: number
  /** How many values were accepted by a predicate, and not given to the fiber that waited for one. */
  accepted: number
  /** The changes on the shared receiver when somebody was parked on it for sure; `undefined` if nobody is any more. */
  queuing: number | undefined
}

const isDropped = ({ receiver }: Observer): boolean => Handle.isReleased(receiver)

const senderIsGone = ({ sender }: State): boolean => Handle.isReleased(sender)

const living = ({ observers }: State): number =>
  observers.reduce((sum, observer) => sum + (isDropped(observer) ? 0 : 1), 0)

const changeOn = (observer: Observer): void => {
  observer.unseen = true
  observer.changes++
}

// ---- operations ------------------------------------------------------------------------------------------------------

/** In the step in which somebody learns that a value was sent. */
const sent = (state: State, value: number): void => {
  mustBe("a receiver for what was sent", living(state) > 0, true)
  state.value = value
  for (const observer of state.observers) changeOn(observer)
}

const send = (state: State): Effect.Effect<void, unknown> => {
  const value = ++state.next
  return Watch.send(state.sender, value).pipe(
    Effect.map(() => sent(state, value)),
    Effect.mapError((error) => {
      mustBe("the value that is given back", error.value, value)
      must(state.emptied > 0, () => "a send failed though there was a receiver")
      return error
    })
  )
}

const sendReplace = (state: State): Effect.Effect<void> => {
  const value = ++state.next
  return Effect.map(Watch.sendReplace(state.sender, value), (old) => {
    mustBe("the value that was replaced", old, state.value)
    state.value = value
    for (const observer of state.observers) changeOn(observer)
  })
}

/** A wait for a change. Whatever `then` gives is looked at in the step in which the wait ends. */
const waitsOn = <A>(
  observer: Observer,
  wait: Effect.Effect<A, Cause.Done>,
  then: (a: A) => void
): Effect.Effect<void, Cause.Done> => {
  const { changes, unseen } = observer
  return Effect.map(wait, (a) => {
    must(unseen || observer.changes > changes, () => "a change was reported, but there was none")
    then(a)
  })
}

const changed = (observer: Observer): Effect.Effect<void, Cause.Done> =>
  waitsOn(observer, Watch.changed(observer.receiver), () => {
    observer.unseen = false
  })

const stream = (state: State): Effect.Effect<void, Cause.Done> => {
  const { shared } = state
  const pull = shared.receiver[Watch.RTypeId].pull(true)
  const given = ([value]: readonly [number]) => {
    mustBe("the element", value, state.value)
    shared.unseen = false
  }
  return Effect.flatMap(Effect.map(pull, given), () => waitsOn(shared, pull, given))
}

const accepts = (n: number): boolean => n % 2 === 0

const waitFor = (state: State): Effect.Effect<void, Cause.Done> => {
  const { shared } = state
  let asked: number | undefined
  const predicate = (n: number) => {
    mustBe("the value that the predicate is asked about", n, state.value)
    // It is marked before it is asked, and nobody can look in between.
    shared.unseen = false
    mustBe("whether it is unseen when the predicate is asked", Watch.borrowRefUnsafe(shared.receiver).hasChanged, false)
    asked = n
    if (accepts(n)) state.accepted++
    return accepts(n)
  }
  return Effect.map(Watch.waitFor(shared.receiver, predicate), (n) => {
    state.accepted--
    mustBe("the value that was accepted", n, asked)
    must(accepts(n), () => "the value that is given was refused")
  })
}

const observing = (state: State, receiver: Watch.Receiver<number>, unseen: boolean): Observer => {
  const observer = { receiver, unseen, changes: 0 }
  state.observers.push(observer)
  return observer
}

const closed = (state: State): Effect.Effect<void> => {
  const { emptied } = state
  const none = living(state) === 0
  return Effect.map(Watch.closed(state.sender), () => {
    must(none || state.emptied > emptied, () => "it is closed though there was always a receiver")
  })
}

const misuse = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Watch.Misuse, R> =>
  // To be caught whoever is interrupted, the defect needs the mask.
  Effect.uninterruptibleMask((restore) =>
    Effect.catchDefect(
      restore(effect),
      (defect) => defect instanceof Watch.Misuse ? Effect.fail(defect) : Effect.die(defect)
    )
  )

const operations: Readonly<Record<string, Operation<State>>> = {
  changed: { run: ({ shared }) => misuse(changed(shared)) },
  ready: { run: ({ shared }) => misuse(waitsOn(shared, Watch.ready(shared.receiver), () => {})) },
  waitFor: { run: (state) => misuse(waitFor(state)) },
  stream: { run: (state) => misuse(stream(state)) },
  "borrow and update": {
    run: (state) =>
      misuse(Effect.map(Watch.borrowAndUpdateRef(state.shared.receiver), ({ hasChanged, value }) => {
        mustBe("the value", value, state.value)
        mustBe("whether it was unseen", hasChanged, state.shared.unseen)
        state.shared.unseen = false
      }))
  },
  markChanged: {
    run: (state) =>
      misuse(Effect.map(Watch.markChanged(state.shared.receiver), () => {
        state.marked++
        changeOn(state.shared)
      }))
  },
  "clone, changed": {
    // By hand, so that it is in the ledger from the step on in which it is there, also where `clone` takes two.
    run: (state) =>
      misuse(Effect.flatMap(
        Effect.map(Effect.scope, (scope) => {
          const { receiver, unseen } = state.shared
          return observing(state, Handle.transferUnsafe(Watch.cloneUnsafe(receiver), scope), unseen)
        }),
        changed
      ))
  },
  "drop receiver": {
    run: (state) =>
      Effect.map(Watch.drop(state.shared.receiver), () => {
        if (living(state) === 0) state.emptied++
      })
  },
  send: { run: (state) => misuse(send(state)) },
  sendReplace: { run: (state) => misuse(sendReplace(state)) },
  "drop sender": { run: ({ sender }) => Watch.drop(sender) },
  closed: { run: (state) => misuse(closed(state)) }
}

// ---- start states ----------------------------------------------------------------------------------------------------

const make: Effect.Effect<State> = Effect.sync(() => {
  const [sender, receiver] = Watch.makeUnsafe(1)
  const shared = { receiver, unseen: false, changes: 0 }
  return {
    sender,
    shared,
    observers: [shared],
    next: 1,
    value: 1,
    emptied: 0,
    marked: 0,
    accepted: 0,
    queuing: undefined
  }
})

const sendUnsafe = (state: State): void => {
  const value = ++state.next
  if (senderIsGone(state)) return
  if (Watch.sendUnsafe(state.sender, value)._tag === "Success") sent(state, value)
}

const first = (state: State): Effect.Effect<unknown, unknown> => {
  state.queuing = state.shared.changes
  return Effect.onExitPrimitive(changed(state.shared), () => {
    state.queuing = undefined
    return undefined
  })
}

const starts: Readonly<Record<string, Start<State>>> = {
  seen: { make },
  unseen: { make: Effect.tap(make, (state) => Effect.sync(() => sendUnsafe(state))) },
  "ended, unseen": {
    make: Effect.tap(make, (state) =>
      Effect.sync(() => {
        sendUnsafe(state)
        Watch.dropUnsafe(state.sender)
      }))
  },
  waiting: { make, queued: { "changed, first": first } },
  "sent from outside": {
    make,
    events: { send: (state) => Effect.sync(() => sendUnsafe(state)) }
  }
}

// ---- a sequential model ----------------------------------------------------------------------------------------------

interface Model {
  readonly value: number
  readonly unseen: boolean
  readonly senders: number
  readonly receivers: number
}

const initial: Model = { value: 0, unseen: false, senders: 1, receivers: 1 }

const done = Explore.fails(Cause.Done())

/** One receiver, one sender, and no two fibers that wait for the same change. */
const calls = {
  setup: Effect.sync(() => {
    const [sender, receiver] = Watch.makeUnsafe(0)
    return { sender, receiver }
  }),
  operations: {
    send: ({ sender }: Halves, n: number) => Watch.send(sender, n),
    sendReplace: ({ sender }: Halves, n: number) => Watch.sendReplace(sender, n),
    raise: ({ sender }: Halves, n: number) =>
      Watch.sendIfModified(sender, (old) => n > old ? Option.some(n) : Option.none()),
    dropSender: ({ sender }: Halves) => Watch.drop(sender),
    closed: ({ sender }: Halves) => Watch.closed(sender),
    isClosed: ({ sender }: Halves) => Watch.isClosed(sender),
    subscribe: ({ sender }: Halves) => Effect.map(Effect.sync(() => Watch.subscribeUnsafe(sender)), () => undefined),
    dropReceiver: ({ receiver }: Halves) => Watch.drop(receiver),
    borrow: ({ receiver }: Halves) => Watch.borrow(receiver),
    borrowAndUpdate: ({ receiver }: Halves) => Watch.borrowAndUpdate(receiver),
    markUnchanged: ({ receiver }: Halves) => Watch.markUnchanged(receiver),
    hasChanged: ({ receiver }: Halves) => Watch.hasChanged(receiver),
    changed: ({ receiver }: Halves) => Watch.changed(receiver),
    ready: ({ receiver }: Halves) => Watch.ready(receiver),
    waitFor: ({ receiver }: Halves, n: number) => Watch.waitFor(receiver, (value) => value >= n)
  },
  initial,
  model: {
    send: (m: Model, n: number) =>
      m.receivers === 0
        ? [Explore.fails({ _tag: "SendError" }), m] as const
        : [undefined, { ...m, value: n, unseen: true }] as const,
    sendReplace: (m: Model, n: number) => [m.value, { ...m, value: n, unseen: true }] as const,
    raise: (m: Model, n: number) =>
      n > m.value ? [true, { ...m, value: n, unseen: true }] as const : [false, m] as const,
    dropSender: (m: Model) => [undefined, { ...m, senders: 0 }] as const,
    closed: (m: Model) => m.receivers === 0 ? [undefined, m] as const : Explore.blocks,
    isClosed: (m: Model) => [m.receivers === 0, m] as const,
    subscribe: (m: Model) => [undefined, { ...m, receivers: m.receivers + 1 }] as const,
    dropReceiver: (m: Model) => [undefined, { ...m, receivers: m.receivers - 1 }] as const,
    borrow: (m: Model) => [m.value, m] as const,
    borrowAndUpdate: (m: Model) => [m.value, { ...m, unseen: false }] as const,
    markUnchanged: (m: Model) => [undefined, { ...m, unseen: false }] as const,
    hasChanged: (m: Model) => [m.senders === 0 ? done : m.unseen, m] as const,
    changed: (m: Model) =>
      m.unseen ? [undefined, { ...m, unseen: false }] as const : m.senders === 0 ? [done, m] as const : Explore.blocks,
    ready: (m: Model) => m.unseen ? [undefined, m] as const : m.senders === 0 ? [done, m] as const : Explore.blocks,
    waitFor: (m: Model, n: number) =>
      m.value >= n
        ? [m.value, { ...m, unseen: false }] as const
        : m.senders === 0
        ? [done, { ...m, unseen: false }] as const
        : Explore.blocks
  }
}

interface Halves {
  readonly sender: Watch.Sender<number>
  readonly receiver: Watch.Receiver<number>
}

// ---- the family ------------------------------------------------------------------------------------------------------

const never = ["stream", "waitFor", "ready", "changed", "clone, changed", "changed, first"]

export const watch: Family<State> = {
  primitive: "Watch",
  starts,
  operations,
  always: (state) => {
    const { observers, sender } = state
    if (state.accepted > 0) throw new Error("a value was accepted, and the fiber goes on without it")
    for (const observer of observers) {
      if (isDropped(observer)) {
        if (Watch.waitingUnsafe(observer.receiver) > 0) {
          throw new Error("somebody is parked on a receiver that is dropped")
        }
        continue
      }
      const { hasChanged, value } = Watch.borrowRefUnsafe(observer.receiver)
      if (value !== state.value) throw new Error(`the value is ${value}, though ${state.value} was the last one sent`)
      if (hasChanged !== observer.unseen) {
        throw new Error(hasChanged ? "what was delivered is not marked" : "marked as seen, though nobody saw it")
      }
      if (Watch.waitingUnsafe(observer.receiver) === 0) continue
      if (hasChanged) throw new Error("somebody is parked though there is a change")
      if (senderIsGone(state)) throw new Error("somebody is parked though nobody can send any more")
    }
    if (Watch.waitingUnsafe(sender) > 0) {
      if (Watch.isClosedUnsafe(sender)) {
        throw new Error("somebody waits for the end of the receivers, but there are none")
      }
      if (senderIsGone(state)) throw new Error("somebody is parked on a sender that is dropped")
    }
  },
  check: (state, { exits, waiting }) => {
    const { sender, shared } = state
    mustBe("senders", Watch.senderCountUnsafe(sender), senderIsGone(state) ? 0 : 1)
    mustBe("receivers", Watch.receiverCountUnsafe(sender), living(state))
    mustBe("fibers in closed", Watch.waitingUnsafe(sender), waiting.filter((name) => name === "closed").length)
    const parked = state.observers.reduce((sum, { receiver }) => sum + Watch.waitingUnsafe(receiver), 0)
    mustBe("fibers that wait for a change", parked, waiting.filter((name) => name !== "closed").length)
    must(
      state.queuing === undefined || state.queuing === shared.changes,
      () => "one who waited when the value changed waits on"
    )
    if (waiting.includes("waitFor")) must(!accepts(state.value), () => "waits for what is there")
    for (const [operation, exit] of exits) {
      const how = ending(exit)
      if (how === "done" || how === "interrupted") continue
      if (how === "waits") {
        must(never.includes(operation) || operation === "closed", () => `${operation} waits`)
      } else if (how === "Misuse") {
        must(senderIsGone(state) || isDropped(shared), () => `${operation} failed though nothing was dropped`)
      } else if (how === "SendError") {
        must(state.emptied > 0, () => "a send failed though there was always a receiver")
      } else {
        mustBe(`how ${operation} ended`, how, "Done")
        must(senderIsGone(state) || isDropped(shared), () => `${operation} ended though it could go on`)
        const missed = !isDropped(shared) && shared.unseen && state.marked === 0 && operation !== "clone, changed"
        must(!missed, () => `${operation} ended, and the last value is unseen`)
      }
    }
  },
  outcome: ({ shared, value }) => [shared.unseen, value],
  single: {},
  linearizable: {
    "a change is seen once": specification({
      ...calls,
      calls: {
        alice: [["changed"], ["borrow"]],
        bob: [["send", 1], ["send", 2]],
        carol: [["borrowAndUpdate"], ["hasChanged"]]
      },
      options: { preemptionBound: 1 }
    }),
    "the last value, then the end": specification({
      ...calls,
      calls: { alice: [["changed"], ["changed"]], bob: [["send", 1], ["dropSender"]], carol: [["hasChanged"]] },
      options: { preemptionBound: 1 }
    }),
    "ready takes nothing": specification({
      ...calls,
      calls: { alice: [["ready"], ["hasChanged"]], bob: [["send", 1]], carol: [["raise", 1], ["raise", 2]] },
      options: { preemptionBound: 1 }
    }),
    "what is waited for": specification({
      ...calls,
      calls: { alice: [["waitFor", 2], ["borrow"]], bob: [["send", 1], ["send", 2]], carol: [["sendReplace", 3]] },
      options: { preemptionBound: 1 }
    }),
    "closed and open": specification({
      ...calls,
      calls: {
        alice: [["closed"], ["send", 1]],
        bob: [["dropReceiver"], ["subscribe"]],
        carol: [["isClosed"], ["isClosed"]]
      },
      options: { preemptionBound: 1 }
    })
  }
}
