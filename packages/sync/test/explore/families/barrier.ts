/**
 * Barrier, and its generations.
 *
 * Each fiber may wait for ever, if too few others come. So the check counts: each complete generation let go as many as
 * took part in it, led by one; whoever was interrupted before it was complete took no part; and those who wait for ever
 * are too few.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect } from "effect"
import { Barrier } from "effect-sync"
import { type Family, type Operation, specification, type Start } from "../family.ts"
import { must, mustBe } from "../must.ts"

interface State {
  readonly barrier: Barrier.Barrier
  /** Calls of `wait` that have not ended. */
  inside: number
  /** Complete generations. */
  generations: number
  /** How many were let go without leading. */
  followers: number
  /** How many calls ended interrupted though a generation was complete by then: it may have been theirs. */
  lost: number
  /** How many had arrived before this step: looked at before each. */
  arrived: number
}

const look = (state: State): void => {
  state.arrived = Barrier.waitingUnsafe(state.barrier)
  const { arrived, inside } = state
  must(arrived <= inside, () => `${arrived} have arrived, but only ${inside} are there`)
  must(arrived < state.barrier.parties, () => `${arrived} have arrived, and nobody is let go`)
}

/** In the step in which somebody is let go. */
const letGo = (state: State, isLeader: boolean): void => {
  const { arrived, barrier: { parties } } = state
  if (isLeader) {
    state.generations++
    mustBe("arrived before the leader", arrived, parties - 1)
    mustBe("arrived after the leader", Barrier.waitingUnsafe(state.barrier), 0)
  } else {
    state.followers++
    const may = state.generations * (parties - 1)
    must(state.followers <= may, () => `${state.followers} let go, though only ${may} may`)
  }
  look(state)
}

/** One call. */
const wait = (state: State): Effect.Effect<Barrier.BarrierWaitResult> => {
  let before: number | undefined // generations
  const waiting = Effect.suspend(() => {
    before = state.generations
    state.inside++
    return Barrier.wait(state.barrier)
  })
  return Effect.onExitPrimitive(
    Effect.map(waiting, (result) => {
      state.inside--
      before = undefined
      letGo(state, result.isLeader)
      return result
    }),
    () => {
      if (before === undefined) return undefined // let go, or interrupted before it began
      state.inside--
      if (state.generations > before) state.lost++
      look(state)
      return undefined
    }
  )
}

const waitTwice = (state: State): Effect.Effect<Barrier.BarrierWaitResult> =>
  Effect.flatMap(wait(state), () => wait(state))

const operations: Readonly<Record<string, Operation<State>>> = {
  wait: { run: wait },
  "wait, wait": { run: waitTwice },
  /** Withdraws at any moment: whichever is first. */
  "wait, or not": {
    run: (state) => Effect.raceFirst(wait(state), Effect.yieldNow),
    forks: 2
  }
}

const of = (parties: number): Effect.Effect<State> =>
  Effect.map(Barrier.make(parties), (barrier) => ({
    barrier,
    inside: 0,
    generations: 0,
    followers: 0,
    lost: 0,
    arrived: 0
  }))

const starts: Readonly<Record<string, Start<State>>> = {
  "of 1": { make: of(1) },
  "of 2": { make: of(2) },
  "of 2, one queued": { make: of(2), queued: { first: wait } },
  "of 3, one queued": { make: of(3), queued: { first: wait } },
  "of 3, one queued twice": { make: of(3), queued: { first: waitTwice } }
}

export const barrier: Family<State> = {
  primitive: "Barrier",
  starts,
  operations,
  always: look,
  check: (state) => {
    const { barrier, followers, generations, inside, lost } = state
    const arrived = Barrier.waitingUnsafe(barrier)
    mustBe("waiting in the end", inside, arrived)
    const due = generations * (barrier.parties - 1)
    must(
      followers + lost >= due,
      () => `${due} were to be let go, but only ${followers} were, and ${lost} interrupted`
    )
  },
  outcome: ({ barrier, generations }) => [generations, Barrier.waitingUnsafe(barrier)],
  linearizable: {
    "one leads, one follows": specification({
      setup: Barrier.make(2),
      operations: { wait: (barrier) => Effect.map(Barrier.wait(barrier), ({ isLeader }) => isLeader) },
      calls: { alice: [["wait"], ["wait"]], bob: [["wait"]], carol: [["wait"]] },
      // How many may follow.
      initial: 0,
      model: {
        wait: (followers) =>
          followers === 0 ? [true, 1] : Explore.oneOf<number, boolean>([false, followers - 1], [true, followers + 1])
      },
      waiting: "maybe",
      options: { preemptionBound: 1, deadlock: "allow" }
    })
  }
}
