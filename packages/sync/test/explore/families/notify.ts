/**
 * Notify and its handles.
 *
 * Whoever waits may wait for ever, since nobody need notify. So the check keeps accounts of the notifications: each was
 * observed by somebody, or is stored, or met one that was stored already. Who still waits stands in the queue, and was
 * passed over by nobody.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Exit, Scope } from "effect"
import { Notify } from "effect-sync"
import { ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

/** One wait, with or without a handle. */
interface Wait {
  /** How many stood in the queue before it for sure; `undefined` if it came later than those of the start state. */
  rank: number | undefined
  /** The broadcasts when it can't have begun yet. */
  readonly from: number
  /** The broadcasts when it had begun: each later one completes it. `undefined` while that is not known. */
  since: number | undefined
  observed: boolean
  /** Whether it ended; not if it was interrupted before it began. */
  over: boolean
}

interface State {
  readonly notify: Notify.Notify
  readonly outer: Scope.Closeable
  /** A handle that nobody owns alone. */
  readonly shared: Notify.Notified
  readonly sharedWait: Wait
  /** Whether it stood in the queue in the beginning, without anybody in its `await`. */
  enabled: boolean
  readonly waits: Array<Wait>
  one: number
  last: number
  broadcasts: number
  /** How many notifications met one that was stored. */
  coalesced: number
  observed: number
  /** How many of those can't have been broadcasts. */
  single: number
  /** What it looked like before this step: looked at before each, so that an operation can be compared with it. */
  stored: boolean
  queued: number
  /** Whether one was stored while another was on its way: if that is passed on, there may be nowhere to pass it on to. */
  crowded: boolean
}

interface Inspected {
  readonly notified: boolean
}

const isStored = ({ notify }: State): boolean => (notify.toJSON() as Inspected).notified

const conditionOf = (handle: Notify.Notified): string =>
  ((handle as unknown as { toJSON(): unknown }).toJSON() as { readonly state: string }).state

const look = (state: State): void => {
  state.stored = isStored(state)
  state.queued = Notify.waitingUnsafe(state.notify)
  if (state.stored && state.one + state.last - state.coalesced - state.single > 1) state.crowded = true
}

const newWait = (state: { readonly broadcasts: number }, rank?: number): Wait => ({
  rank,
  from: state.broadcasts,
  since: undefined,
  observed: false,
  over: false
})

/** In the step in which somebody learns of a notification. */
const observe = (state: State, wait: Wait): void => {
  if (wait.observed) return
  wait.observed = true
  state.observed++
  const { rank } = wait
  if (rank !== undefined && state.last === 0) {
    const overtaken = state.waits.some((other) => other.rank! < rank && !other.observed && !other.over)
    must(!overtaken, () => "who came later runs first")
  }
  if (wait.from === state.broadcasts) state.single++
  const stored = isStored(state)
  if (wait.since !== undefined && wait.since !== state.broadcasts && state.stored) {
    must(stored, () => "who had been reached by a broadcast took the stored notification as well")
  }
  const sent = state.one + state.last
  const known = state.single + (stored ? 1 : 0)
  must(known <= sent, () => `${state.single} observed, ${stored ? 1 : 0} stored, but ${sent} sent`)
  look(state)
}

// ---- operations ------------------------------------------------------------------------------------------------------

/** In the step of a `notifyOne` or `notifyLast`. */
const gave = (state: State): void => {
  const { queued, stored } = state
  if (stored) state.coalesced++
  look(state)
  mustBe("waiting after a notification", state.queued, Math.max(0, queued - 1))
  mustBe("whether it is stored", state.stored, queued === 0)
}

const notifyOne = (state: State): Effect.Effect<void> =>
  Effect.map(Notify.notifyOne(state.notify), () => {
    state.one++
    gave(state)
  })

const notifyLast = (state: State): Effect.Effect<void> =>
  Effect.map(Notify.notifyLast(state.notify), () => {
    state.last++
    gave(state)
  })

const notifyWaiters = (state: State): Effect.Effect<void> =>
  Effect.map(Notify.notifyWaiters(state.notify), () => {
    const { stored } = state
    state.broadcasts++
    look(state)
    mustBe("waiting after a broadcast", state.queued, 0)
    mustBe("whether one is stored after a broadcast", state.stored, stored)
  })

/** Keeps account of one wait. */
const waits =
  <R>(run: (state: State, wait: Wait) => Effect.Effect<unknown, unknown, R>, rank?: number) =>
  (state: State): Effect.Effect<unknown, unknown, R> => {
    const wait = newWait(state, rank)
    // Those of the start state have begun before anything happens.
    if (rank !== undefined) wait.since = state.broadcasts
    state.waits.push(wait)
    return Effect.onExitPrimitive(run(state, wait), () => {
      wait.over = true
      look(state)
      return undefined
    })
  }

const notified = (state: State, wait: Wait): Effect.Effect<void> =>
  Effect.map(Notify.notified(state.notify), () => observe(state, wait))

const subscribed =
  <R>(then: (handle: Notify.Notified, state: State, wait: Wait) => Effect.Effect<unknown, unknown, R>) =>
  (state: State, wait: Wait) =>
    Effect.flatMap(Notify.subscribe(state.notify), (handle) => {
      wait.since ??= state.broadcasts
      return then(handle, state, wait)
    })

const awaited = (handle: Notify.Notified, state: State, wait: Wait): Effect.Effect<void> =>
  Effect.map(handle.await, () => {
    must(wait.observed || conditionOf(handle) !== "dropped", () => "a handle completed after it was dropped")
    observe(state, wait)
  })

const enabled =
  (then: (handle: Notify.Notified, state: State, wait: Wait) => Effect.Effect<void>) =>
  (handle: Notify.Notified, state: State, wait: Wait): Effect.Effect<void> =>
    Effect.flatMap(handle.enable, (complete) => {
      mustBe("a handle that is enabled", conditionOf(handle), complete ? "complete" : "waiting")
      if (complete) observe(state, wait)
      return then(handle, state, wait)
    })

const operations: Readonly<Record<string, Operation<State>>> = {
  notified: { run: waits(notified) },
  notifyOne: { run: notifyOne },
  notifyLast: { run: notifyLast },
  notifyWaiters: { run: notifyWaiters },
  "subscribe, await": { run: waits(subscribed(awaited)) },
  "subscribe, enable, await": { run: waits(subscribed(enabled(awaited))) },
  "subscribe, enable, drop": { run: waits(subscribed(enabled((handle) => handle.drop))) },
  "await shared": {
    run: (state) =>
      // Where the handle may be dropped, the defect is an answer. To be caught whoever is interrupted, it needs the mask.
      Effect.uninterruptibleMask((restore) =>
        Effect.catchDefect(
          Effect.onExitPrimitive(restore(awaited(state.shared, state, state.sharedWait)), (exit) => {
            look(state)
            // The handle may have left the queue, and may join it again.
            if (Exit.isFailure(exit)) state.sharedWait.rank = undefined
            return undefined
          }),
          (defect) => defect instanceof Notify.Misuse ? Effect.fail(defect) : Effect.die(defect)
        )
      )
  },
  "drop shared": { run: ({ shared }) => shared.drop }
}

// ---- start states ----------------------------------------------------------------------------------------------------

const make: Effect.Effect<State> = Effect.gen(function*() {
  const notify = yield* Notify.make()
  const outer = Scope.makeUnsafe()
  return {
    notify,
    outer,
    shared: yield* Scope.provide(Notify.subscribe(notify), outer),
    sharedWait: { ...newWait({ broadcasts: 0 }), since: 0 },
    enabled: false,
    waits: [],
    one: 0,
    last: 0,
    broadcasts: 0,
    coalesced: 0,
    observed: 0,
    single: 0,
    stored: false,
    queued: 0,
    crowded: false
  }
})

const notifying = { notifyOne }

const starts: Readonly<Record<string, Start<State>>> = {
  nothing: { make, events: notifying },
  stored: {
    make: Effect.tap(make, (state) => {
      state.one++
      return Notify.notifyOne(state.notify)
    })
  },
  queued: { make, queued: { first: waits(notified, 0) }, events: notifying },
  "queued handle": {
    make: Effect.tap(make, (state) => {
      state.enabled = true
      state.sharedWait.rank = 0
      return state.shared.enable
    }),
    events: notifying
  },
  "two queued": {
    make,
    queued: { first: waits(notified, 0), second: waits(subscribed(awaited), 1) }
  }
}

// ---- what must hold in the end ---------------------------------------------------------------------------------------

const checkOrder = (state: State): void => {
  const { broadcasts, last, one, shared, sharedWait, waits } = state
  const all = [...waits, { ...sharedWait, over: conditionOf(shared) !== "waiting" }]
  const waiting = all.filter(({ over }) => !over)
  for (const { observed, since } of waiting) {
    mustBe("somebody waits though it has observed", observed, false)
    if (since !== undefined) mustBe("broadcasts that reached one who waits", broadcasts - since, 0)
  }
  const queuing = waiting.filter(({ rank }) => rank !== undefined)
  for (const { rank } of queuing) {
    const overtaken = all.some((other) => other.observed && (other.rank ?? Infinity) > rank!)
    must(!overtaken || last > 0, () => "somebody who came later was notified first")
    const undertaken = all.some((other) => other.observed && (other.rank ?? Infinity) < rank!)
    must(!undertaken || one + broadcasts > 0, () => "somebody who came earlier was notified first by notifyLast")
  }
}

// ---- a sequential model ----------------------------------------------------------------------------------------------

type Name = "a" | "b" | "c"

interface HandleModel {
  readonly since: number
  readonly observed: boolean
  readonly given?: "oldest" | "newest"
}

interface Model {
  readonly stored: boolean
  readonly broadcasts: number
  readonly queue: ReadonlyArray<Name>
  readonly handles: { readonly [K in Name]?: HandleModel }
}

const born: HandleModel = { since: 0, observed: false }

const nobody: Model = { stored: false, broadcasts: 0, queue: [], handles: {} }

const three: Model = { ...nobody, queue: ["a", "b", "c"], handles: { a: born, b: born, c: born } }

const withHandle = (model: Model, name: Name, handle: HandleModel): Model => ({
  ...model,
  handles: { ...model.handles, [name]: handle }
})

const give = (model: Model, to: "oldest" | "newest"): Model => {
  const { handles, queue } = model
  if (queue.length === 0) return { ...model, stored: true }
  const name = to === "oldest" ? queue[0]! : queue.at(-1)!
  return withHandle({ ...model, queue: queue.filter((other) => other !== name) }, name, {
    ...handles[name]!,
    given: to
  })
}

const enable = (model: Model, name: Name): readonly [boolean, Model] => {
  const { given, observed, since } = model.handles[name]!
  const seen = { since, observed: true }
  if (observed || given !== undefined || since !== model.broadcasts) return [true, withHandle(model, name, seen)]
  if (model.stored) return [true, withHandle({ ...model, stored: false }, name, seen)]
  return [false, model.queue.includes(name) ? model : { ...model, queue: [...model.queue, name] }]
}

const drop = (model: Model, name: Name): Model => {
  const { [name]: handle, ...handles } = model.handles
  const rest = { ...model, handles, queue: model.queue.filter((other) => other !== name) }
  return handle?.given === undefined ? rest : give(rest, handle.given)
}

interface Handles {
  readonly notify: Notify.Notify
  readonly scope: Scope.Scope
  readonly made: { [K in Name]?: Notify.Notified }
}

/** Handles that live on when the fiber that made them ends. None of the calls waits, so the model says all. */
const handles = {
  setup: Effect.map(Notify.make(), (notify): Handles => ({ notify, scope: Scope.makeUnsafe(), made: {} })),
  operations: {
    subscribe: ({ made, notify, scope }: Handles, name: Name) =>
      Effect.map(Scope.provide(Notify.subscribe(notify), scope), (handle) => {
        made[name] = handle
      }),
    enable: ({ made }: Handles, name: Name) => made[name]!.enable,
    drop: ({ made }: Handles, name: Name) => made[name]!.drop,
    notifyOne: ({ notify }: Handles) => Notify.notifyOne(notify),
    notifyLast: ({ notify }: Handles) => Notify.notifyLast(notify),
    notifyWaiters: ({ notify }: Handles) => Notify.notifyWaiters(notify)
  },
  initial: nobody,
  model: {
    subscribe: (model: Model, name: Name): [void, Model] => [
      undefined,
      withHandle(model, name, { since: model.broadcasts, observed: false })
    ],
    enable,
    drop: (model: Model, name: Name): [void, Model] => [undefined, drop(model, name)],
    notifyOne: (model: Model): [void, Model] => [undefined, give(model, "oldest")],
    notifyLast: (model: Model): [void, Model] => [undefined, give(model, "newest")],
    notifyWaiters: (model: Model): [void, Model] => [
      undefined,
      { ...model, broadcasts: model.broadcasts + 1, queue: [] }
    ]
  }
}

const threeQueued: Effect.Effect<Handles> = Effect.tap(
  handles.setup,
  ({ made, notify, scope }) =>
    Effect.forEach(
      ["a", "b", "c"] as const,
      (name) =>
        Effect.flatMap(Scope.provide(Notify.subscribe(notify), scope), (handle) => {
          made[name] = handle
          return handle.enable
        })
    )
)

// ---- the family ------------------------------------------------------------------------------------------------------

export const notify: Family<State> = {
  primitive: "Notify",
  starts,
  operations,
  always: (state) => {
    look(state)
    must(!state.stored || state.queued === 0, () => "a notification is stored while somebody waits")
  },
  check: (state, { exits, waiting }) => {
    const { notify, shared } = state
    const queued = Notify.waitingUnsafe(notify)
    const condition = conditionOf(shared)
    const sharing = waiting.filter((name) => name === "await shared").length
    mustBe("listeners in the queue", queued, waiting.length - sharing + (condition === "waiting" ? 1 : 0))
    if (sharing > 0) mustBe("the handle that somebody awaits for ever", condition, "waiting")
    let leavers = condition === "notified" ? 1 : 0
    for (const [name, exit] of exits) {
      if (name.includes("drop") || ending(exit) === "interrupted") leavers++
      const misuse = ending(exit) === "Misuse"
      must(
        !misuse || (name === "await shared" && condition === "dropped"),
        () => `${name} failed though nobody dropped it`
      )
    }
    checkOrder(state)

    const stored = isStored(state)
    // What the shared handle was given and nobody has seen is passed on now.
    Effect.runSync(Scope.close(state.outer, Exit.void))
    const given = condition === "waiting" ? 0 : queued - Notify.waitingUnsafe(notify)
    const left = given + (isStored(state) ? 1 : 0)
    const holds = condition === "waiting" || given > 0 || (isStored(state) && !stored)
    must(!holds || sharing > 0 || state.enabled, () => "a handle keeps a place though nobody awaits it any more")
    const sent = state.one + state.last - state.coalesced
    const said = () => `${sent} notifications sent, ${state.observed} observed, ${left} left`
    must(state.single + left <= sent, said)
    // A notification may be lost only to one that is stored already.
    must(sent - left - state.observed <= (state.crowded ? leavers : 0), said)
  },
  outcome: (state) => [isStored(state), Notify.waitingUnsafe(state.notify)],
  linearizable: {
    "notify and wait, one by one": specification({
      setup: Notify.make(),
      operations: {
        notified: (notify) => Notify.notified(notify),
        notifyOne: (notify) => Notify.notifyOne(notify)
      },
      calls: { alice: [["notified"], ["notifyOne"]], bob: [["notified"]], carol: [["notifyOne"]] },
      initial: false,
      model: {
        notified: (stored) => stored ? [undefined, false] : Explore.blocks,
        notifyOne: () => [undefined, true]
      },
      options: { preemptionBound: 1 }
    }),
    "three in the queue": specification({
      ...handles,
      setup: threeQueued,
      initial: three,
      calls: {
        alice: [["drop", "a"], ["enable", "b"]],
        bob: [["drop", "c"], ["enable", "b"]],
        carol: [["notifyLast"], ["notifyOne"]]
      },
      options: { preemptionBound: 1 }
    }),
    "handles and broadcasts": specification({
      ...handles,
      calls: {
        alice: [["subscribe", "a"], ["enable", "a"], ["drop", "a"]],
        bob: [["notifyOne"], ["subscribe", "b"], ["enable", "b"]],
        carol: [["notifyWaiters"], ["notifyOne"]]
      },
      options: { preemptionBound: 1 }
    })
  }
}
