import { Explore } from "@effect-sync/explorer"
import { Context, Effect, type Exit, type Option, Queue, type Scope, Semaphore } from "effect"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { n: number }>()("Store") {}

class Other extends Context.Service<Other, string>()("Other") {}

interface Counter {
  n: number
}

const counter = Effect.sync((): Counter => ({ n: 0 }))

describe("a program", () => {
  test("gives fibers, events, always and check what setup made", () => {
    void Explore.run({
      setup: counter,
      fibers: {
        alice: (state) => {
          expect(state).type.toBe<Counter>()
          return Effect.void
        }
      },
      events: {
        bell: (state) => {
          expect(state).type.toBe<Counter>()
          return Effect.void
        }
      },
      always: (state) => {
        expect(state).type.toBe<Counter>()
      },
      check: (state) => {
        expect(state).type.toBe<Counter>()
      }
    })
  })

  test("gives what is made by a function or a generator as well", () => {
    void Explore.run({
      setup: Semaphore.make(1),
      fibers: { alice: (semaphore) => semaphore.withPermit(Effect.void) }
    })
    void Explore.run({
      setup: Effect.gen(function*() {
        return { queue: yield* Queue.bounded<number>(1) }
      }),
      fibers: { alice: ({ queue }) => Queue.offer(queue, 1) }
    })
    void Explore.run({
      setup: Queue.bounded<number>(1).pipe(Effect.map((queue) => ({ queue }))),
      fibers: { alice: ({ queue }) => Queue.offer(queue, 1) }
    })
  })

  test("gives check how each fiber ended", () => {
    void Explore.run({
      setup: counter,
      fibers: { alice: () => Effect.succeed(1), bob: () => Effect.fail("no" as const) },
      check: (_, exits) => {
        expect(exits.alice).type.toBe<Exit.Exit<number> | undefined>()
        expect(exits.bob).type.toBe<Exit.Exit<never, "no"> | undefined>()
        expect(exits).type.not.toHaveProperty("carol")
      }
    })
  })

  test("does not fit if a fiber wants something else", () => {
    expect(Explore.run).type.not.toBeCallableWith({
      setup: counter,
      fibers: { alice: (state: string) => Effect.succeed(state) }
    })
    expect(Explore.run).type.not.toBeCallableWith({ setup: counter, fibers: { alice: Effect.void } })
    expect(Explore.run).type.not.toBeCallableWith({ setup: counter, fibers: { alice: () => 1 } })
    expect(Explore.run).type.not.toBeCallableWith({ fibers: { alice: () => Effect.void } })
    expect(Explore.run).type.not.toBeCallableWith({
      setup: counter,
      fibers: { alice: () => Effect.void },
      check: () => Promise.resolve()
    })
  })
})

describe("what a program requires", () => {
  test("is nothing where nothing is, and scopes are given", () => {
    expect(Explore.run({ setup: counter, fibers: { alice: () => Effect.void } })).type.toBe<
      Effect.Effect<Explore.Report>
    >()
    expect(Explore.run({
      setup: Effect.addFinalizer(() => Effect.void),
      fibers: { alice: () => Effect.addFinalizer(() => Effect.void) },
      events: { bell: () => Effect.addFinalizer(() => Effect.void) },
      check: () => Effect.addFinalizer(() => Effect.void)
    })).type.toBe<Effect.Effect<Explore.Report>>()
  })

  test("is what its setup and its fibers require", () => {
    expect(Explore.run({ setup: Store, fibers: { alice: () => Other } })).type.toBe<
      Effect.Effect<Explore.Report, never, Store | Other>
    >()
    expect(Explore.verify({ setup: counter, fibers: { alice: () => Store } })).type.toBe<
      Effect.Effect<Explore.Report, Explore.ExplorationFailed, Store>
    >()
    expect(Explore.replay({ setup: counter, fibers: { alice: () => Store } }, "0")).type.toBe<
      Effect.Effect<Explore.Replayed, never, Store>
    >()
  })

  test("is not what its check or its events require: these may require nothing", () => {
    expect(Explore.run).type.not.toBeCallableWith({
      setup: counter,
      fibers: { alice: () => Effect.void },
      check: () => Store
    })
    expect(Explore.run).type.not.toBeCallableWith({
      setup: counter,
      fibers: { alice: () => Effect.void },
      events: { bell: () => Store }
    })
  })
})

describe("outcomes", () => {
  test("have the type of the outcome", () => {
    const program = { setup: counter, fibers: { alice: () => Effect.succeed(1) } }
    const outcomes = Explore.outcomes(program, (state, { alice }) => {
      expect(state).type.toBe<Counter>()
      expect(alice).type.toBe<Exit.Exit<number> | undefined>()
      return state.n
    })
    expect(outcomes).type.toBe<
      Effect.Effect<{ readonly report: Explore.Report; readonly outcomes: ReadonlyArray<Explore.Outcome<number>> }>
    >()
    expect(program).type.toBeAssignableTo<Explore.Program<Counter, any>>()
  })

  test("come data-last as well", () => {
    expect(Explore.outcomes((state: Counter) => state.n)({ setup: counter, fibers: { alice: () => Store } })).type.toBe<
      Effect.Effect<
        { readonly report: Explore.Report; readonly outcomes: ReadonlyArray<Explore.Outcome<number>> },
        never,
        Store
      >
    >()
    expect(Explore.replay("0")({ setup: counter, fibers: { alice: () => Store } })).type.toBe<
      Effect.Effect<Explore.Replayed, never, Store>
    >()
  })
})

describe("options", () => {
  test("are what they say", () => {
    expect<Explore.Options>().type.toBeAssignableFrom({ interrupt: ["alice"] as const, expect: /x/ })
    expect<Explore.Options>().type.toBeAssignableFrom({ expect: { says: "x" } })
    expect<Explore.Options>().type.not.toBeAssignableFrom({ interrupt: "alice" })
    expect<Explore.Options>().type.not.toBeAssignableFrom({ strategy: "bfs" })
    expect<Explore.Options>().type.not.toBeAssignableFrom({ expect: "x" })
  })
})

describe("a specification", () => {
  const held: ReadonlyArray<number> = []

  test("gives operations what setup made, and the model their arguments", () => {
    Explore.linearizable({
      setup: Queue.bounded<number>(1),
      operations: {
        offer: (queue, n: number) => Queue.offer(queue, n),
        poll: (queue) => {
          expect(queue).type.toBe<Queue.Queue<number>>()
          return Queue.poll(queue)
        }
      },
      calls: { alice: [["offer", 1]], bob: [["poll"]] },
      initial: held,
      model: {
        offer: (state, n) => {
          expect(state).type.toBe<ReadonlyArray<number>>()
          expect(n).type.toBe<number>()
          return [true, [...state, n]]
        },
        poll: (state): Explore.Said<ReadonlyArray<number>, Option.Option<number>> => {
          expect(state).type.toBe<ReadonlyArray<number>>()
          return Explore.blocks
        }
      }
    })
  })

  const queue = {
    setup: Queue.bounded<number>(1),
    operations: {
      offer: (queue: Queue.Queue<number>, n: number) => Queue.offer(queue, n),
      take: (queue: Queue.Queue<number>) => Queue.take(queue)
    },
    initial: held,
    model: {
      offer: (
        state: ReadonlyArray<number>,
        n: number
      ): Explore.Said<ReadonlyArray<number>, boolean> => [true, [...state, n]],
      take: (state: ReadonlyArray<number>): Explore.Said<ReadonlyArray<number>, number> =>
        state.length === 0 ? Explore.blocks : [state[0]!, state.slice(1)]
    }
  }

  test("checks calls", () => {
    expect(Explore.linearizable).type.toBeCallableWith({
      ...queue,
      calls: { alice: [["offer", 1], ["take"]] as const }
    })
    expect(Explore.linearizable).type.not.toBeCallableWith({ ...queue, calls: { alice: [["offer"]] as const } })
    expect(Explore.linearizable).type.not.toBeCallableWith({ ...queue, calls: { alice: [["offer", "1"]] as const } })
    expect(Explore.linearizable).type.not.toBeCallableWith({ ...queue, calls: { alice: [["take", 1]] as const } })
    expect(Explore.linearizable).type.not.toBeCallableWith({ ...queue, calls: { alice: [["peek"]] as const } })
  })

  test("checks results", () => {
    const calls = { alice: [["take"]] } as const
    expect(Explore.linearizable).type.not.toBeCallableWith({
      ...queue,
      calls,
      model: { ...queue.model, take: (state: ReadonlyArray<number>) => ["one", state] as const }
    })
    expect(Explore.linearizable).type.not.toBeCallableWith({
      ...queue,
      calls,
      model: { ...queue.model, take: () => [1, "state"] as const }
    })
    expect(Explore.linearizable).type.not.toBeCallableWith({ ...queue, calls, model: { take: queue.model.take } })
  })

  test("fails, blocks and has several results", () => {
    expect(Explore.fails("no")).type.toBe<Explore.Failed>()
    expect(Explore.blocks).type.toBeAssignableTo<Explore.Said<number, string>>()
    expect(Explore.oneOf(["a", 1] as const, ["b", 2] as const)).type.toBeAssignableTo<Explore.Said<number, string>>()
    expect([Explore.fails("no"), 1] as const).type.toBeAssignableTo<Explore.Said<number, string>>()
  })

  test("is a program like others, and requires what its operations require", () => {
    const program = Explore.linearizable({
      setup: Effect.void,
      operations: { get: () => Effect.map(Store, ({ n }) => n) },
      calls: { alice: [["get"]] },
      initial: 0,
      model: { get: (n) => [n, n] }
    })
    expect(Explore.run(program)).type.toBe<Effect.Effect<Explore.Report, never, Store>>()
  })
})

describe("in a program", () => {
  test("marks are effects, and watching changes no type", () => {
    expect(Explore.mark("here")).type.toBe<Effect.Effect<void>>()
    expect(Explore.watch({ n: 1 })).type.toBe<{ n: number }>()
    expect(Explore.watch).type.not.toBeCallableWith(1)
    expect<Scope.Scope>().type.toBe<Scope.Scope>()
  })
})
