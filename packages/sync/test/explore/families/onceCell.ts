/**
 * OnceCell. Initializers have several steps, and finalizers where they fail, so that a second one may come in between; the
 * value is made in the last of them, and the cell must be filled in that very step.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, Deferred, Effect, Exit, Option } from "effect"
import { OnceCell } from "effect-sync"
import { type Ended, ending, type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

/** A value, and what it was made by. */
interface Value {
  readonly by: "getOrInit" | "set" | "nobody"
}

interface State {
  readonly cell: OnceCell.OnceCell<Value>
  /** What the cell must have, from the step on in which it was made. */
  made: Value | undefined
  /** Initializers that run, their finalizers included. */
  running: number
  /** Initializers that have failed or died. */
  failed: number
  /** How many have asked, besides those who had before the fibers began. */
  asked: number
  /** Whether all who had asked were waiting when the value came. */
  allWaited: boolean
  /** Whether an initializer has begun that nothing can stop. */
  unstoppable: boolean
  /** How the initializer ends that runs in the beginning. */
  readonly end: Deferred.Deferred<void, No>
  readonly line: Line
}

class No {
  readonly _tag = "No"
}

const make: Effect.Effect<State> = Effect.sync(() => ({
  cell: OnceCell.makeUnsafe<Value>(),
  made: undefined,
  running: 0,
  failed: 0,
  asked: 0,
  allWaited: false,
  unstoppable: false,
  end: Deferred.makeUnsafe<void, No>(),
  line: { queuing: false }
}))

const isFilled = ({ made }: State): boolean => made !== undefined

const fill = (state: State, by: Value["by"]): Value => {
  must(!isFilled(state), () => "filled twice")
  // This is the step in which the cell gets it, and those who wait are still there.
  state.allWaited = OnceCell.waitingUnsafe(state.cell) === state.asked + 1
  return state.made = { by }
}

const isInitializing = (cell: OnceCell.OnceCell<Value>): boolean =>
  (cell.toJSON() as { readonly initializing: boolean }).initializing

const begin = (state: State): void => {
  must(isInitializing(state.cell), () => "an initializer runs, and another one could begin")
  must(!isFilled(state), () => "an initializer runs though the cell is filled")
  mustBe("initializers at a time", ++state.running, 1)
}

/** Counts what runs as an initializer until it has left; if `slowly`, that takes a step. */
const running = <E>(state: State, body: Effect.Effect<void, E>, slowly = false): Effect.Effect<void, E> => {
  let began = false
  const start = Effect.sync(() => {
    began = true
    begin(state)
  })
  const leave = () => {
    if (began) state.running--
    return undefined
  }
  return Effect.onExitPrimitive(Effect.andThen(start, body), () => slowly ? Effect.sync(leave) : leave())
}

/** An initializer that succeeds: the value is made in its last step, which nothing follows. */
const succeeding = (state: State, body: Effect.Effect<void, No> = Effect.void): Effect.Effect<Value, No> =>
  Effect.andThen(
    running(state, body),
    Effect.sync(() => {
      mustBe("initializers that run beside the one that succeeds", state.running, 0)
      return fill(state, "getOrInit")
    })
  )

const failing = <E>(state: State, failure: Effect.Effect<never, E>): Effect.Effect<never, E> => {
  const fails = Effect.suspend(() => {
    state.failed++
    return failure
  })
  return Effect.andThen(running(state, fails, true), Effect.never)
}

/** Dies at once, since the program would be large otherwise. */
const dying = (state: State, defect: unknown): Effect.Effect<never> =>
  Effect.suspend(() => {
    begin(state)
    state.running--
    state.failed++
    return Effect.die(defect)
  })

const checked = (state: State, value: Value): Value => {
  must(value !== undefined, () => "there is no value")
  mustBe("the value that is given", value, state.made)
  return value
}

/** Asks, as one who may not be the first in the queue: must not begin, nor be woken with the value, before that. */
const ask = <E>(state: State, init: Effect.Effect<Value, E>): Effect.Effect<Value, E> => {
  const early = !isFilled(state)
  state.asked++
  const inTurn = Effect.suspend(() => {
    noOvertaking(state)
    return init
  })
  return Effect.map(OnceCell.getOrInit(state.cell, inTurn), (value) => {
    if (early && state.allWaited) noOvertaking(state)
    return checked(state, value)
  })
}

const operations: Readonly<Record<string, Operation<State>>> = {
  getOrInit: { run: (state) => ask(state, succeeding(state)) },
  "getOrInit that fails": {
    run: (state) => {
      const no = new No()
      return Effect.mapError(ask(state, failing(state, Effect.fail(no))), (error) => {
        mustBe("whether the failure is of its own initializer", error === no, true)
        return error
      })
    }
  },
  "getOrInit that dies": {
    // Its own defect becomes a failure, also of one who is interrupted then: a fiber that dies is a finding.
    run: (state) => {
      const no = new No()
      return Effect.uninterruptibleMask((restore) =>
        Effect.catchDefect(
          restore(ask(state, dying(state, no))),
          (defect) => defect === no ? Effect.fail(no) : Effect.die(defect)
        )
      )
    }
  },
  "getOrInit, uninterruptible": {
    run: (state) => {
      const body = Effect.sync(() => {
        state.unstoppable = true
      })
      return Effect.uninterruptible(ask(state, succeeding(state, body)))
    }
  },
  set: {
    run: (state) => {
      const value: Value = { by: "set" }
      return Effect.map(OnceCell.set(state.cell, value), () => {
        must(!isFilled(state), () => "filled twice")
        state.made = value
        // Right where it is set: nobody may have the turn, nor be about to.
        mustBe("initializers that run beside a set", state.running, 0)
        noOvertaking(state)
      })
    }
  },
  get: {
    run: (state) =>
      Effect.map(OnceCell.get(state.cell), (value) => mustBe("got", Option.getOrUndefined(value), state.made))
  },
  isInitialized: {
    run: (state) => Effect.map(OnceCell.isInitialized(state.cell), (is) => mustBe("is filled", is, isFilled(state)))
  }
}

/** One whose initializer waits until it is told how to end. */
const initializes = (state: State): Effect.Effect<Value, No> =>
  OnceCell.getOrInit(state.cell, succeeding(state, Deferred.await(state.end)))

const queues = first<State>((state, served) =>
  Effect.map(
    OnceCell.getOrInit(state.cell, Effect.andThen(Effect.sync(served), succeeding(state))),
    (value) => {
      served()
      return checked(state, value)
    }
  )
)

const succeeds: Start<State>["events"] = { succeed: ({ end }) => Deferred.succeed(end, undefined) }

const fails: Start<State>["events"] = { fail: ({ end }) => Deferred.fail(end, new No()) }

/** How each may end, besides with success or interrupted. */
const endings: Readonly<Record<string, ReadonlyArray<string>>> = {
  "getOrInit that fails": ["No"],
  "getOrInit that dies": ["No"],
  "initializes in vain": ["No"],
  set: ["AlreadyInitialized", "Initializing"]
}

const asks = (operation: string): boolean => operation.startsWith("getOrInit") || operation.startsWith("initializes")

const checkEndings = ({ made }: State, { exits }: Ended): void => {
  const refused = new Set<unknown>([made])
  for (const [operation, exit] of exits) {
    const how = ending(exit)
    must(
      how === "done" || how === "interrupted" || (endings[operation] ?? []).includes(how),
      () => `${operation} ended with ${how}`
    )
    if (operation !== "set" || exit === undefined || Exit.isSuccess(exit) || how === "interrupted") continue
    const { value } = Cause.squash(exit.cause) as OnceCell.AlreadyInitialized<Value>
    must(value.by === "set" && !refused.has(value), () => "a set that was refused has not got its value back")
    refused.add(value)
    if (how === "AlreadyInitialized") must(made !== undefined, () => "refused as filled, but it is empty")
    else must(made?.by !== "nobody" && exits.some(([name]) => asks(name)), () => "refused, but nobody initializes")
  }
}

/** The number of something must be that of the fibers that say so, or of those and some that were interrupted. */
const mustBeAbout = (what: string, actual: number, certain: number, possible: number): void =>
  must(
    actual >= certain && actual <= certain + possible,
    () => `${what}: ${actual}, not ${certain} to ${certain + possible}`
  )

export const onceCell: Family<State> = {
  primitive: "OnceCell",
  starts: {
    empty: { make },
    initializing: { make, queued: { initializes }, events: succeeds! },
    "initializing in vain": { make, queued: { "initializes in vain": initializes }, events: fails! },
    queued: { make, queued: { initializes, "getOrInit, first": queues }, events: succeeds! },
    "queued in vain": {
      make,
      queued: { "initializes in vain": initializes, "getOrInit, first": queues },
      events: fails!
    },
    filled: {
      make: Effect.tap(make, (state) => {
        OnceCell.setUnsafe(state.cell, state.made = { by: "nobody" })
        return Effect.void
      })
    }
  },
  operations,
  always: (state) => {
    const { cell } = state
    const filled = OnceCell.isInitializedUnsafe(cell)
    if (filled !== isFilled(state)) {
      throw new Error(filled ? "filled, though nobody has made a value" : "a value was made, and the cell is empty")
    }
    if (OnceCell.waitingUnsafe(cell) === 0) return
    must(!filled, () => "somebody waits though the cell is filled")
    must(isInitializing(cell), () => "somebody waits and nobody initializes")
  },
  check: (state, ended) => {
    const { cell, failed, made } = state
    must(ended.waiting.length === 0, () => `waits for ever: ${ended.waiting.join()}`)
    mustBe("waiters in the queue", OnceCell.waitingUnsafe(cell), 0)
    mustBe("initializers that still run", state.running, 0)
    must(made !== undefined || !state.unstoppable, () => "an uninterruptible initializer was given up")
    checkEndings(state, ended)
    const count = (how: string, which: (operation: string) => boolean) =>
      ended.exits.filter(([operation, exit]) => which(operation) && ending(exit) === how).length
    const unlucky = (operation: string) => operation.endsWith("fails") || operation.endsWith("dies")
    mustBeAbout("initializers that failed", failed, count("No", unlucky), count("interrupted", unlucky))
    const isSet = (operation: string) => operation === "set"
    mustBeAbout("sets", made?.by === "set" ? 1 : 0, count("done", isSet), count("interrupted", isSet))
    if (made === undefined) {
      // There is one turn to be had, and no more.
      must(!isInitializing(cell), () => "somebody has the turn, and nobody initializes")
      Effect.runSync(OnceCell.getOrInit(
        cell,
        Effect.sync((): Value => {
          begin(state)
          return { by: "nobody" }
        })
      ))
    } else mustBe("the value in the end", Option.getOrUndefined(OnceCell.getUnsafe(cell)), made)
    const late = OnceCell.setUnsafe<Value>(cell, { by: "set" })
    mustBe("a set in the end", late._tag === "Failure" && late.failure._tag, "AlreadyInitialized")
  },
  outcome: ({ failed, made }) => [made?.by, failed],
  linearizable: {
    "the first to succeed wins": specification({
      setup: OnceCell.make<number>(),
      operations: {
        getOrInit: (cell, n: number) => OnceCell.getOrInit(cell, Effect.andThen(Effect.void, Effect.sync(() => n))),
        fails: (cell) => OnceCell.getOrInit(cell, Effect.andThen(Effect.void, Effect.fail(new No()))),
        get: (cell) => OnceCell.get(cell)
      },
      calls: { alice: [["getOrInit", 1], ["get"]], bob: [["fails"], ["get"]], carol: [["getOrInit", 2]] },
      initial: 0,
      model: {
        getOrInit: (value, n) => value === 0 ? [n, n] : [value, value],
        fails: (value) => value === 0 ? [Explore.fails("No"), 0] : [value, value],
        get: (value) => [value === 0 ? Option.none() : Option.some(value), value]
      },
      options: { preemptionBound: 1 }
    }),
    "set is refused while it is filled or being initialized": specification({
      setup: OnceCell.make<number>(),
      operations: {
        getOrInit: (cell, n: number) => OnceCell.getOrInit(cell, Effect.andThen(Effect.void, Effect.sync(() => n))),
        set: (cell, n: number) => OnceCell.set(cell, n),
        isInitialized: (cell) => OnceCell.isInitialized(cell)
      },
      calls: { alice: [["set", 1], ["isInitialized"]], bob: [["getOrInit", 2]], carol: [["set", 3]] },
      initial: 0,
      model: {
        getOrInit: (value, n) => value === 0 ? [n, n] : [value, value],
        set: (value, n) =>
          value === 0
            ? Explore.oneOf([undefined, n], [Explore.fails("Initializing"), 0])
            : [Explore.fails("AlreadyInitialized"), value],
        isInitialized: (value) => [value !== 0, value]
      },
      options: { preemptionBound: 1 }
    })
  }
}
