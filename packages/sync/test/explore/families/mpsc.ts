/**
 * Mpsc: both halves of a channel, permits, weak senders.
 *
 * The account: whoever sends writes its message down in the step in which it has been sent, and whoever receives takes it
 * off at the front. So a message that is lost, doubled, out of order, or there though its `send` was interrupted, shows in
 * the step in which it happens, or in what is left.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, Effect, Option, Result } from "effect"
import { Handle, Mpsc } from "effect-sync"
import { ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line } from "../line.ts"
import { must, mustBe } from "../must.ts"

interface State {
  readonly sender: Mpsc.Sender<number>
  readonly receiver: Mpsc.Receiver<number>
  readonly weak: Mpsc.WeakSender<number>
  /** What the start state holds. */
  permit: Mpsc.Permit<number> | undefined
  readonly line: Line
  /** What was sent and not received, oldest first. */
  readonly sent: Array<number>
  /** Names for messages. */
  next: number
  /** Who queues in the start state: only whoever comes later on the same side must not overtake. */
  queuing: "senders" | "receivers" | undefined
  /** Whether one who came later was served while the one in the queue had not ended. */
  overtaken: boolean
}

/** In the step in which one who came later is served. */
const served = (state: State, side: "senders" | "receivers"): void => {
  if (state.queuing === side && state.line.queuing) state.overtaken = true
}

const isOver = ({ receiver }: State): boolean => Mpsc.isClosedUnsafe(receiver)

// ---- the account -----------------------------------------------------------------------------------------------------

const wrote = (state: State, message: number): void => {
  if (Handle.isReleased(state.receiver)) return // it was discarded
  state.sent.push(message)
  // Of several slots one who came later may have one while the first, which has another, has not run yet.
  if (state.sender.maxCapacity === 1) served(state, "senders")
}

const read = (state: State, messages: ReadonlyArray<number>): void => {
  if (messages.length > 0) served(state, "receivers")
  for (const message of messages) mustBe("the message that came", message, state.sent.shift())
}

const sending = (state: State, send: (message: number) => Effect.Effect<unknown, unknown>) =>
  Effect.suspend(() => {
    const message = state.next++
    return Effect.map(send(message), () => wrote(state, message))
  })

const receiving = <A, E>(
  state: State,
  receive: Effect.Effect<A, E>,
  messages: (a: A) => ReadonlyArray<number>
) => Effect.map(receive, (a) => read(state, messages(a)))

/** Where a half may be dropped, the defect is an answer. To be caught whoever is interrupted, it needs the mask. */
const unlessDropped = (run: Operation<State>["run"]): Operation<State>["run"] => (state) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.catchDefect(
      restore(run(state)),
      (defect) => defect instanceof Mpsc.Misuse ? Effect.fail(defect) : Effect.die(defect)
    )
  )

// ---- operations ------------------------------------------------------------------------------------------------------

const used = (state: State) => (permit: Mpsc.Permit<number>) => sending(state, (message) => permit.send(message))

const recv = (state: State) => receiving(state, Mpsc.recv(state.receiver), (message) => [message])

const send = (state: State) =>
  sending(state, (message) =>
    Effect.map(
      Mpsc.send(state.sender, message),
      () => must(!Handle.isReleased(state.sender), () => "sent through a sender that was dropped")
    ))

const runs: Readonly<Record<string, Operation<State>>> = {
  send: { run: send },
  trySend: { run: (state) => sending(state, (message) => Mpsc.trySend(state.sender, message)) },
  sendTimeout: {
    run: (state) => sending(state, (message) => Mpsc.sendTimeout(state.sender, message, "1 second")),
    forks: 1
  },
  reserve: { run: (state) => Effect.scoped(Effect.flatMap(Mpsc.reserve(state.sender), used(state))) },
  "reserve, release": {
    run: ({ sender }) => Effect.scoped(Effect.flatMap(Mpsc.reserve(sender), (permit) => permit.release))
  },
  tryReserve: { run: (state) => Effect.scoped(Effect.flatMap(Mpsc.tryReserve(state.sender), used(state))) },
  reserveMany: {
    // one is used, the other given back by the scope
    run: (state) =>
      Effect.scoped(
        Effect.flatMap(
          Mpsc.reserveMany(state.sender, 2),
          (permits) => sending(state, (message) => permits.send(message))
        )
      )
  },
  recv: { run: recv },
  recvMany: { run: (state) => receiving(state, Mpsc.recvMany(state.receiver, 2), (messages) => messages) },
  recvTimeout: {
    run: (state) => receiving(state, Mpsc.recvTimeout(state.receiver, "1 second"), Option.toArray),
    forks: 1
  },
  tryRecv: { run: (state) => receiving(state, Mpsc.tryRecv(state.receiver), (message) => [message]) },
  ready: {
    run: (state) => Effect.map(Mpsc.ready(state.receiver), () => served(state, "receivers"))
  },
  closed: {
    run: (state) =>
      Effect.map(Mpsc.closed(state.sender), () => must(isOver(state), () => "closed completes, but it is open"))
  },
  close: { run: ({ receiver }) => Mpsc.close(receiver) },
  "drop receiver": {
    run: (state) =>
      Effect.map(Mpsc.drop(state.receiver), () => {
        state.sent.length = 0
      })
  },
  "drop sender": { run: ({ sender }) => Mpsc.drop(sender) },
  upgrade: {
    run: (state) =>
      Effect.scoped(Effect.flatMap(Mpsc.upgrade(state.weak), (upgraded) => {
        must(Option.isSome(upgraded) || Handle.isReleased(state.sender), () => "there is a sender, but no upgrade")
        return Option.isSome(upgraded) ? Effect.void : Effect.fail("gone")
      }))
  }
}

const operations: Readonly<Record<string, Operation<State>>> = Object.fromEntries(
  Object.entries(runs).map(([name, { run, ...rest }]) => [name, { run: unlessDropped(run), ...rest }])
)

const sends = new Set(["send", "reserve", "reserve, release", "reserveMany"])
const receives = new Set(["recv", "recvMany", "ready"])

// ---- start states ----------------------------------------------------------------------------------------------------

const make = (capacity: number, buffered: number, queuing?: State["queuing"]) =>
  Effect.sync((): State => {
    const [sender, receiver] = Mpsc.boundedUnsafe<number>(capacity)
    const state: State = {
      sender,
      receiver,
      weak: Mpsc.downgradeUnsafe(sender),
      permit: undefined,
      line: { queuing: false },
      sent: [],
      next: buffered,
      queuing,
      overtaken: false
    }
    for (let i = 0; i < buffered; i++) {
      Mpsc.trySendUnsafe(sender, i)
      state.sent.push(i)
    }
    return state
  })

// Its own success must not look at the line it stands in, so `over` comes first, in the step in which it has sent.
const firstSend = first<State>((state, over) => {
  const message = state.next++
  return Effect.map(Mpsc.send(state.sender, message), () => {
    must(!Handle.isReleased(state.sender), () => "sent through a sender that was dropped")
    over()
    wrote(state, message)
  })
})

const firstRecv = first<State>((state, over) =>
  Effect.map(Mpsc.recv(state.receiver), (message) => {
    over()
    read(state, [message])
  })
)

const starts: Readonly<Record<string, Start<State>>> = {
  empty: { make: make(2, 0) },
  full: { make: make(2, 2) },
  "sender queued": { make: make(1, 1, "senders"), queued: { send: unlessDropped(firstSend) } },
  "receiver queued": { make: make(2, 0, "receivers"), queued: { recv: unlessDropped(firstRecv) } },
  "closed, a permit out": {
    make: Effect.map(make(2, 0), (state) => {
      state.permit = Result.getOrThrow(Mpsc.tryReserveUnsafe(state.sender))
      Mpsc.closeUnsafe(state.receiver)
      return state
    }),
    // In one step: what happens at any moment is to add no more places than it must.
    events: {
      "send on it": (state) =>
        Effect.sync(() => {
          const message = state.next++
          state.permit!.sendUnsafe(message)
          wrote(state, message)
        })
    }
  }
}

// ---- a sequential model ----------------------------------------------------------------------------------------------

interface Model {
  readonly buffered: ReadonlyArray<number>
  readonly closed: boolean
}

const model = {
  send: ({ buffered, closed }: Model, message: number): Explore.Said<Model, void> => {
    if (closed) return [Explore.fails("SendError"), { buffered, closed }]
    return buffered.length === 1 ? Explore.blocks : [undefined, { buffered: [...buffered, message], closed }]
  },
  trySend: (state: Model, message: number): Explore.Said<Model, void> => {
    const said = model.send(state, message)
    return said === Explore.blocks ? [Explore.fails("Full"), state] : said
  },
  recv: (state: Model): Explore.Said<Model, number> => {
    const [message, ...buffered] = state.buffered
    if (message !== undefined) return [message, { ...state, buffered }]
    return state.closed ? [Explore.fails("Done"), state] : Explore.blocks
  },
  tryRecv: (state: Model): Explore.Said<Model, number> => {
    const said = model.recv(state)
    return said === Explore.blocks ? [Explore.fails("Empty"), state] : said
  },
  close: (state: Model): Explore.Said<Model, void> => [undefined, { ...state, closed: true }]
}

const linear = {
  setup: Effect.sync(() => Mpsc.boundedUnsafe<number>(1)),
  operations: {
    send: ([sender]: Halves, message: number) => Mpsc.send(sender, message),
    trySend: ([sender]: Halves, message: number) => Mpsc.trySend(sender, message),
    recv: ([, receiver]: Halves) => Mpsc.recv(receiver),
    tryRecv: ([, receiver]: Halves) => Mpsc.tryRecv(receiver),
    close: ([, receiver]: Halves) => Mpsc.close(receiver)
  },
  initial: { buffered: [], closed: false } as Model,
  model,
  // A slot or a message may be promised to somebody who has not run: then it is there for nobody else.
  options: { preemptionBound: 1 }
}

type Halves = readonly [Mpsc.Sender<number>, Mpsc.Receiver<number>]

// ---- the family ------------------------------------------------------------------------------------------------------

export const mpsc: Family<State> = {
  primitive: "Mpsc",
  starts,
  operations,
  always: ({ receiver, sender, sent }) => {
    const free = Mpsc.capacityUnsafe(sender)
    const buffered = Mpsc.lenUnsafe(receiver)
    mustBe("messages in the channel", buffered, sent.length)
    must(free >= 0 && free + buffered <= sender.maxCapacity, () => `${free} slots free, ${buffered} messages`)
    must(free === 0 || Mpsc.waitingUnsafe(sender) === 0, () => `${free} slots free while somebody waits to send`)
  },
  check: (state, { exits, waiting }) => {
    const { permit, receiver, sender, sent } = state
    if (permit !== undefined) Handle.releaseUnsafe(permit)
    const buffered = Mpsc.lenUnsafe(receiver)
    mustBe("messages in the end", buffered, sent.length)
    const senders = waiting.filter((name) => sends.has(name))
    const receivers = waiting.filter((name) => receives.has(name))
    mustBe("who waits for slots", Mpsc.waitingUnsafe(sender), senders.length)
    mustBe("who waits for messages", Mpsc.waitingUnsafe(receiver), receivers.length)
    mustBe(
      "who waits for nothing that may come",
      waiting.length - senders.length - receivers.length,
      waiting.filter((name) => name === "closed").length
    )
    if (receivers.length > 0) {
      mustBe("messages, while somebody waits to receive", buffered, 0)
      must(!isOver(state), () => "somebody waits to receive, but it is over")
    }
    if (waiting.length > receivers.length) {
      must(!Mpsc.isClosedUnsafe(sender), () => "somebody waits on the senders' side, but it is closed")
      must(!Handle.isReleased(sender), () => "somebody waits through a sender that was dropped")
    }
    const { maxCapacity } = sender
    const free = Mpsc.capacityUnsafe(sender)
    if (senders.length === 0) mustBe("free slots in the end", free, maxCapacity - buffered)
    else {must(buffered >= (senders.includes("reserveMany") ? 1 : maxCapacity), () =>
        `${senders.join()} wait though there is room`)}
    mustBe("senders in the end", Mpsc.strongCountUnsafe(sender), Handle.isReleased(sender) ? 0 : 1)
    for (const [name, exit] of exits) {
      if (exit?._tag !== "Failure" || Cause.hasInterrupts(exit.cause)) continue
      const error = Cause.squash(exit.cause) as { readonly _tag?: string }
      if (error._tag === "Misuse") {
        must(
          Handle.isReleased(sender) || Handle.isReleased(receiver),
          () => `${name} failed with Misuse, but nothing was dropped`
        )
      } else if (error._tag === "Done") {
        must(isOver(state) && buffered === 0, () => `${name} ended, but ${buffered} messages came afterwards`)
      } else if (error._tag === "SendError") {
        must(Mpsc.isClosedUnsafe(sender), () => `${name} was refused, but it is open`)
      }
    }
    // Once it has been interrupted it is out of the line, some steps before it has ended.
    must(
      !state.overtaken || ending(exits.at(-1)![1]) === "interrupted",
      () => "somebody who came later was served first"
    )
    // What is left can be received, each message once and in order.
    if (!Handle.isReleased(receiver)) {
      for (const message of sent) mustBe("what is left", Result.getOrUndefined(Mpsc.tryRecvUnsafe(receiver)), message)
    }
  },
  outcome: ({ receiver, sent }) => [sent.length, Mpsc.isClosedUnsafe(receiver)],
  linearizable: {
    "send, receive and close": specification({
      ...linear,
      calls: { alice: [["send", 1], ["send", 2]], bob: [["recv"], ["close"]], carol: [["recv"]] }
    }),
    "two senders, two receivers": specification({
      ...linear,
      calls: { alice: [["send", 1]], bob: [["send", 2]], carol: [["recv"], ["recv"]] }
    })
  }
}
