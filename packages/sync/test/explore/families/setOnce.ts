/**
 * SetOnce. Who waits for what nobody sets waits for ever, and only such.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Option } from "effect"
import { SetOnce } from "effect-sync"
import { ending, type Family, type Operation, specification } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

/** A value, and what it was set by. */
interface Value {
  readonly by: "set" | "outside" | "start"
}

interface State {
  readonly once: SetOnce.SetOnce<Value>
  /** What it must have, from the step on in which it was set. */
  made: Value | undefined
  /** How many have begun to wait, besides those who had before the fibers began. */
  asked: number
  /** Those who waited when last looked at, before it was set. */
  waited: number
  readonly line: Line
}

const make: Effect.Effect<State> = Effect.sync(() => ({
  once: SetOnce.makeUnsafe<Value>(),
  made: undefined,
  asked: 0,
  waited: 0,
  line: { queuing: false }
}))

const isSet = ({ made }: State): boolean => made !== undefined

const setUnsafe = (state: State, by: Value["by"]): void => {
  const value = { by }
  const result = SetOnce.setUnsafe(state.once, value)
  mustBe("whether it can be set", result._tag === "Success", !isSet(state))
  state.made ??= value
}

const checked = (state: State, value: Value): void => {
  must(value !== undefined, () => "there is no value")
  mustBe("the value that is given", value, state.made)
}

const operations: Readonly<Record<string, Operation<State>>> = {
  wait: {
    run: (state) => {
      const early = !isSet(state)
      state.asked++
      return Effect.map(SetOnce.wait(state.once), (value) => {
        // All who had asked were waiting when it was set, the first of them before all others.
        if (early && state.waited === state.asked + 1) noOvertaking(state)
        checked(state, value)
      })
    }
  },
  set: {
    run: (state) => {
      const early = !isSet(state)
      const value: Value = { by: "set" }
      return SetOnce.set(state.once, value).pipe(
        Effect.map(() => {
          must(early && !isSet(state), () => "set twice")
          state.made = value
        }),
        Effect.mapError((error) => {
          must(isSet(state), () => "refused as set, but it is not")
          mustBe("whether the refused value is its own", error.value === value, true)
          return error
        })
      )
    }
  },
  get: {
    run: (state) =>
      Effect.map(SetOnce.get(state.once), (value) => mustBe("got", Option.getOrUndefined(value), state.made))
  },
  isInitialized: {
    run: (state) => Effect.map(SetOnce.isInitialized(state.once), (is) => mustBe("is set", is, isSet(state)))
  }
}

const waits = first<State>((state, served) =>
  Effect.map(SetOnce.wait(state.once), (value) => {
    served()
    checked(state, value)
  })
)

export const setOnce: Family<State> = {
  primitive: "SetOnce",
  starts: {
    empty: { make },
    waiting: { make, queued: { "wait, first": waits } },
    "waiting, set from outside": {
      make,
      queued: { "wait, first": waits },
      events: { set: (state) => Effect.sync(() => setUnsafe(state, "outside")) }
    },
    set: { make: Effect.tap(make, (state) => Effect.sync(() => setUnsafe(state, "start"))) }
  },
  operations,
  always: (state) => {
    const filled = SetOnce.isInitializedUnsafe(state.once)
    if (filled !== isSet(state)) {
      throw new Error(filled ? "it has a value, though nobody has set it" : "it was set, and has no value")
    }
    const waiting = SetOnce.waitingUnsafe(state.once)
    if (!filled) state.waited = waiting
    else if (waiting > 0) throw new Error("somebody waits though it is set")
  },
  check: (state, { exits, interrupted, succeeded, waiting }) => {
    const { made, once } = state
    // Only what nobody has set is waited for in vain.
    must(waiting.length === 0 || !isSet(state), () => `waits for ever though it is set: ${waiting.join()}`)
    mustBe("waiters in the queue", SetOnce.waitingUnsafe(once), waiting.length)
    for (const [operation, exit] of exits) {
      const how = ending(exit)
      if (operation.startsWith("wait")) must(how !== "done" || isSet(state), () => "waited for nothing")
      if (operation === "set") must(isSet(state) || how === "interrupted", () => `set ended with ${how}, and is lost`)
      must(
        how === "done" || how === "interrupted" || how === "waits" && operation.startsWith("wait")
          || how === "AlreadyInitialized" && operation === "set",
        () => `${operation} ended with ${how}`
      )
    }
    const sets = made?.by === "set" ? 1 : 0
    must(
      sets >= succeeded("set") && sets <= succeeded("set") + interrupted("set"),
      () => `${succeeded("set")} sets succeeded, but it was set ${sets} times`
    )
    if (isSet(state)) mustBe("the value in the end", Option.getOrUndefined(SetOnce.getUnsafe(once)), made)
    // Who waits for ever is still there to be released.
    else setUnsafe(state, "outside")
    mustBe("waiters once it is set", SetOnce.waitingUnsafe(once), 0)
  },
  outcome: ({ made }) => made?.by,
  linearizable: {
    "one set wins, and all who wait get it": specification({
      setup: SetOnce.make<number>(),
      operations: {
        wait: (once) => SetOnce.wait(once),
        set: (once, n: number) => SetOnce.set(once, n),
        get: (once) => SetOnce.get(once)
      },
      calls: { alice: [["wait"], ["get"]], bob: [["set", 1], ["wait"]], carol: [["get"], ["set", 2]] },
      initial: 0,
      model: {
        wait: (value) => value === 0 ? Explore.blocks : [value, value],
        set: (value, n) => value === 0 ? [undefined, n] : [Explore.fails("AlreadyInitialized"), value],
        get: (value) => [value === 0 ? Option.none() : Option.some(value), value]
      },
      options: { preemptionBound: 1 }
    })
  }
}
