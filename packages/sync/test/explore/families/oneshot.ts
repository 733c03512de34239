/**
 * Oneshot. A model of the channel is kept beside it, a few flags, which every operation changes in its own step. Before
 * each step the halves must say what the model says.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Result } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { canEvaluate } from "../../../src/internal/step.ts"
import { ending, type Family, type Operation, specification } from "../family.ts"
import { must, mustBe } from "../must.ts"

/** A value, and what it was sent by. */
interface Value {
  readonly by: "send" | "outside" | "start" | "the check"
}

interface State {
  readonly sender: Oneshot.Sender<Value>
  readonly receiver: Oneshot.Receiver<Value>
  /** What was sent. */
  sent: Value | undefined
  /** How often it was received. */
  received: number
  /** The sender was used or dropped. */
  senderGone: boolean
  /** The receiver was closed or dropped. */
  closed: boolean
  dropped: boolean
  /** Somebody has had a result. */
  yielded: boolean
  /** How many are between the begin and the end of a `recv`. */
  receiving: number
}

const make: Effect.Effect<State> = Effect.sync(() => {
  const [sender, receiver] = Oneshot.makeUnsafe<Value>()
  return {
    sender,
    receiver,
    sent: undefined,
    received: 0,
    senderGone: false,
    closed: false,
    dropped: false,
    yielded: false,
    receiving: 0
  }
})

// ---- the model -------------------------------------------------------------------------------------------------------

const isFull = ({ dropped, received, sent }: State): boolean => sent !== undefined && received === 0 && !dropped

const isOver = (state: State): boolean => !isFull(state) && (state.senderGone || state.closed)

const isTerminated = ({ receiver, yielded }: State): boolean =>
  // A failure is a step of its own where this does not hold, and an interruption may come before it: nobody has the result
  // then, and the receiver has given it.
  canEvaluate ? yielded : Oneshot.isTerminatedUnsafe(receiver)

const sentBy = (state: State, value: Value): void => {
  must(!state.senderGone, () => "sent by a sender that was used or dropped")
  must(!state.closed, () => "sent to a receiver that was closed or dropped")
  state.sent = value
  state.senderGone = true
}

const receivedBy = (state: State, value: Value): void => {
  must(value !== undefined, () => "received nothing")
  mustBe("the value that is received", value, state.sent)
  must(!state.dropped, () => "received by a receiver that was dropped")
  must(state.received === 0, () => "received twice")
  state.received++
  state.yielded = true
}

const fails = (state: State): void => {
  must(isOver(state), () => "no value is said to come, but it may, or is there")
  state.yielded = true
}

// ---- operations ------------------------------------------------------------------------------------------------------

/** Misuse is an answer here, if it is right. To be caught whoever is interrupted, it needs the mask. */
const orMisuse = <A, E>(effect: Effect.Effect<A, E>, what: string, isRight: () => boolean) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.catchDefect(restore(effect), (defect) => {
      if (!(defect instanceof Oneshot.Misuse)) return Effect.die(defect)
      must(isRight(), () => `${what} is called a misuse, and is none`)
      return Effect.fail(defect)
    })
  )

const recv = (state: State, isFirst: boolean) => {
  state.receiving++
  return orMisuse(
    Effect.onExitPrimitive(
      Oneshot.recv(state.receiver).pipe(
        Effect.map((value) => receivedBy(state, value)),
        Effect.mapError((error) => {
          must(!isFirst || state.received === 0, () => "somebody who came later has the value")
          fails(state)
          return error
        })
      ),
      () => {
        state.receiving--
        return undefined
      }
    ),
    "recv",
    () => state.dropped || isTerminated(state)
  )
}

const closed = (state: State) =>
  orMisuse(
    Effect.map(Oneshot.closed(state.sender), () => must(state.closed, () => "said to be closed, and is not")),
    "closed",
    () => Handle.isReleased(state.sender)
  )

const sendUnsafe = (state: State, by: Value["by"]): void => {
  const value = { by }
  const result = Oneshot.sendUnsafe(state.sender, value)
  mustBe("whether it can be sent", Result.isSuccess(result), !state.closed)
  if (Result.isSuccess(result)) sentBy(state, value)
  else mustBe("whether the refused value is its own", result.failure.value === value, true)
  state.senderGone = true
}

const operations: Readonly<Record<string, Operation<State>>> = {
  recv: { run: (state) => recv(state, false) },
  send: {
    run: (state) => {
      const value: Value = { by: "send" }
      return orMisuse(
        Oneshot.send(state.sender, value).pipe(
          Effect.map(() => sentBy(state, value)),
          Effect.mapError((error) => {
            must(state.closed, () => "refused, but it is not closed")
            mustBe("whether the refused value is its own", error.value === value, true)
            state.senderGone = true
            return error
          })
        ),
        "send",
        () => Handle.isReleased(state.sender)
      )
    }
  },
  tryRecv: {
    run: (state) =>
      orMisuse(
        Oneshot.tryRecv(state.receiver).pipe(
          Effect.map((value) => receivedBy(state, value)),
          Effect.mapError((error) => {
            if (error._tag === "RecvError") fails(state)
            else if (canEvaluate) { // else it is told a step later, and may be so no more
              must(!isOver(state), () => "empty, though nothing can come any more")
              must(!isFull(state) || state.receiving > 0, () => "empty, though a value is there that is due to nobody")
            }
            return error
          })
        ),
        "tryRecv",
        () => state.dropped
      )
  },
  closed: { run: closed },
  close: {
    run: (state) =>
      orMisuse(
        Effect.map(Oneshot.close(state.receiver), () => {
          state.closed = true
        }),
        "close",
        () => state.dropped
      )
  },
  "drop the sender": {
    run: (state) =>
      Effect.map(Oneshot.drop(state.sender), () => {
        state.senderGone = true
      })
  },
  "drop the receiver": {
    run: (state) =>
      Effect.map(Oneshot.drop(state.receiver), () => {
        state.closed = true
        state.dropped = true
      })
  }
}

// ---- the family ------------------------------------------------------------------------------------------------------

const begun = (f: (state: State) => void) => ({ make: Effect.tap(make, (state) => Effect.sync(() => f(state))) })

const receiving = { "recv, first": (state: State) => recv(state, true) }

const model = {
  setup: Effect.sync(() => Oneshot.makeUnsafe<number>()),
  operations: {
    send: ([sender]: Halves, n: number) => Oneshot.send(sender, n),
    recv: ([, receiver]: Halves) => Oneshot.recv(receiver),
    tryRecv: ([, receiver]: Halves) => Oneshot.tryRecv(receiver),
    close: ([, receiver]: Halves) => Oneshot.close(receiver),
    dropSender: ([sender]: Halves) => Oneshot.drop(sender),
    isEmpty: ([, receiver]: Halves) => Oneshot.isEmpty(receiver),
    isTerminated: ([, receiver]: Halves) => Oneshot.isTerminated(receiver)
  },
  initial: { full: false, over: false, terminated: false, value: 0 } as Model,
  model: {
    send: (model: Model, n: number): readonly [any, Model] =>
      model.over ? [Explore.fails("SendError"), model] : [undefined, { ...model, full: true, over: true, value: n }],
    recv: (model: Model) =>
      model.full
        ? [model.value, { ...model, full: false, terminated: true }] as const
        : model.over
        ? [Explore.fails("RecvError"), { ...model, terminated: true }] as const
        : Explore.blocks,
    tryRecv: (model: Model): readonly [any, Model] =>
      model.full
        ? [model.value, { ...model, full: false, terminated: true }]
        : model.over
        ? [Explore.fails("RecvError"), { ...model, terminated: true }]
        : [Explore.fails("Empty"), model],
    close: (model: Model): readonly [void, Model] => [undefined, { ...model, over: true }],
    dropSender: (model: Model): readonly [void, Model] => [undefined, { ...model, over: true }],
    isEmpty: (model: Model): readonly [boolean, Model] => [!model.full, model],
    isTerminated: (model: Model): readonly [boolean, Model] => [model.terminated, model]
  },
  options: { preemptionBound: 1 }
}

type Halves = readonly [Oneshot.Sender<number>, Oneshot.Receiver<number>]

interface Model {
  readonly full: boolean
  /** Nothing can be sent any more. */
  readonly over: boolean
  readonly terminated: boolean
  readonly value: number
}

export const oneshot: Family<State> = {
  primitive: "Oneshot",
  starts: {
    empty: { make },
    "received for": { make, queued: receiving },
    "received for, sent from outside": {
      make,
      queued: receiving,
      events: {
        send: (state) =>
          Effect.sync(() => {
            if (!Handle.isReleased(state.sender)) sendUnsafe(state, "outside")
          })
      }
    },
    watched: { make, queued: { "closed, first": closed } },
    sent: begun((state) => sendUnsafe(state, "start")),
    closed: begun((state) => {
      Oneshot.closeUnsafe(state.receiver)
      state.closed = true
    }),
    "without a sender": begun((state) => {
      Oneshot.dropUnsafe(state.sender)
      state.senderGone = true
    })
  },
  operations,
  always: (state) => {
    const { receiver, sender } = state
    mustBe("whether it is empty", Oneshot.isEmptyUnsafe(receiver), !isFull(state))
    mustBe("whether it is closed", Oneshot.isClosedUnsafe(sender), state.closed)
    mustBe("whether the receiver is gone", Handle.isReleased(receiver), state.dropped)
    if (canEvaluate) {
      mustBe("whether it is terminated", Oneshot.isTerminatedUnsafe(receiver), state.yielded)
      mustBe("whether the sender is gone", Handle.isReleased(sender), state.senderGone)
    }
    if (Oneshot.waitingUnsafe(receiver) > 0) must(!isOver(state), () => "somebody waits for what will never come")
    if (Oneshot.waitingUnsafe(sender) > 0) {
      must(!state.closed && !state.senderGone, () => "somebody waits for the close though that, or the sender, is gone")
    }
  },
  check: (state, { exits, interrupted, succeeded, waiting }) => {
    const { receiver, sender } = state
    const named = (name: string) => waiting.filter((operation) => operation.startsWith(name)).length
    // Who waits for ever waits for what nobody has done.
    must(
      named("recv") === 0 || !isFull(state) && !isOver(state),
      () => "receives for ever what is there, or never comes"
    )
    must(named("closed") === 0 || !state.closed && !state.senderGone, () => "waits for ever for a close that has been")
    mustBe("those who wait to receive", Oneshot.waitingUnsafe(receiver), named("recv"))
    mustBe("those who wait for the close", Oneshot.waitingUnsafe(sender), named("closed"))
    for (const [operation, exit] of exits) {
      const how = ending(exit)
      must(answers[operation.split(",")[0]!]!.includes(how), () => `${operation} ended with ${how}`)
    }
    const between = (what: string, n: number, ...operations: ReadonlyArray<string>) => {
      const least = operations.reduce((sum, operation) => sum + succeeded(operation), 0)
      const most = operations.reduce((sum, operation) => sum + interrupted(operation), least)
      must(n >= least && n <= most, () => `${what} ${n} times, but ${least} succeeded`)
    }
    between("sent", state.sent?.by === "send" ? 1 : 0, "send")
    between("received", state.received, "recv", "recv, first", "tryRecv")

    // What was sent and not received is still there; what was not sent can be.
    if (state.dropped) return
    if (!Handle.isReleased(sender)) {
      sendUnsafe(state, "the check")
      if (named("recv") > 0) {
        return mustBe("who waits once it is sent", Oneshot.waitingUnsafe(receiver), named("recv") - 1)
      }
    }
    const left = Oneshot.tryRecvUnsafe(receiver)
    mustBe("whether there is a value left", Result.isSuccess(left), isFull(state))
    if (Result.isSuccess(left)) mustBe("the value left", left.success, state.sent)
    else mustBe("why there is none", left.failure._tag, "RecvError")
  },
  outcome: ({ received, sent }) => [sent?.by, received],
  linearizable: {
    "a value, or its end": specification({
      ...model,
      calls: { alice: [["recv"]], bob: [["send", 1]], carol: [["isEmpty"], ["close"], ["isTerminated"]] }
    }),
    "a sender that goes": specification({
      ...model,
      calls: { alice: [["recv"]], bob: [["dropSender"]], carol: [["isTerminated"], ["isEmpty"]] }
    }),
    "trying": specification({
      ...model,
      calls: {
        alice: [["tryRecv"], ["tryRecv"]],
        bob: [["send", 1], ["isEmpty"]],
        carol: [["close"], ["tryRecv"], ["isTerminated"]]
      }
    })
  }
}

/** How each operation may end. */
const answers: Readonly<Record<string, ReadonlyArray<string>>> = {
  recv: ["done", "interrupted", "waits", "RecvError", "Misuse"],
  send: ["done", "interrupted", "SendError", "Misuse"],
  tryRecv: ["done", "interrupted", "Empty", "RecvError", "Misuse"],
  closed: ["done", "interrupted", "waits", "Misuse"],
  close: ["done", "interrupted", "Misuse"],
  "drop the sender": ["done", "interrupted"],
  "drop the receiver": ["done", "interrupted"]
}
