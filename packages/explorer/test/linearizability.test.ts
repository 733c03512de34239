/**
 * Calls against a sequential model.
 */
import { Explore } from "@effect-sync/explorer"
import { assert, describe, it } from "@effect/vitest"
import { Data, Deferred, Effect, Latch, Option, Queue, Semaphore } from "effect"
import { found, passed } from "./utils.ts"

type Held = ReadonlyArray<number>

/** Of a queue that holds so many. */
const bounded = (capacity: number) => ({
  offer: (held: Held, n: number): Explore.Said<Held, boolean> =>
    held.length < capacity ? [true, [...held, n]] : Explore.blocks,
  take: (held: Held): Explore.Said<Held, number> => held.length > 0 ? [held[0]!, held.slice(1)] : Explore.blocks,
  poll: (held: Held): Explore.Said<Held, Option.Option<number>> => [Option.fromNullishOr(held[0]), held.slice(1)]
})

const onQueue = {
  offer: (queue: Queue.Queue<number>, n: number) => Queue.offer(queue, n),
  take: (queue: Queue.Queue<number>) => Queue.take(queue),
  poll: (queue: Queue.Queue<number>) => Queue.poll(queue)
}

describe("what is not linearizable is refuted", () => {
  it.effect("a poll that looks in one step and takes in another", () =>
    Effect.gen(function*() {
      const finding = yield* found(Explore.linearizable({
        setup: Effect.sync(() => ({ items: [1, 2] })),
        operations: {
          poll: (queue) =>
            Effect.flatMap(Effect.sync(() => queue.items[0]), (first) =>
              Effect.sync(() => {
                queue.items.shift()
                return first
              }))
        },
        calls: { alice: [["poll"]], bob: [["poll"]] },
        initial: [1, 2] as Held,
        model: { poll: (held) => [held[0], held.slice(1)] }
      }))
      assert.strictEqual(finding.kind, "linearizability")
      assert.isAtMost(finding.execution, 10)
      assert.match(
        finding.message,
        /^not linearizable: no order of these calls explains what they gave\n {2}alice poll\(\) returned 1, from 0 to 3\n {2}bob {3}poll\(\) returned 1, from 1 to 2$/
      )
      assert.include(finding.diagram, "● poll()")
      assert.include(finding.diagram, "● poll returned 1")
    }))

  it.effect("a queue that gives what came last", () =>
    Effect.gen(function*() {
      const stack = {
        setup: Effect.sync(() => ({ items: [] as Array<number> })),
        operations: {
          push: (stack: { items: Array<number> }, n: number) => Effect.sync(() => void stack.items.push(n)),
          pop: (stack: { items: Array<number> }) => Effect.sync(() => Option.fromNullishOr(stack.items.pop()))
        },
        calls: { alice: [["push", 1], ["push", 2]], bob: [["pop"]] },
        initial: [] as Held
      } as const
      const finding = yield* found(Explore.linearizable({
        ...stack,
        model: {
          push: (held, n) => [undefined, [...held, n]],
          pop: (held) => [Option.fromNullishOr(held[0]), held.slice(1)]
        }
      }))
      assert.include(finding.message, "bob   pop() returned {\"_id\":\"Option\",\"_tag\":\"Some\",\"value\":2}")
      yield* passed(Explore.linearizable({
        ...stack,
        model: {
          push: (held, n) => [undefined, [...held, n]],
          pop: (held) => [Option.fromNullishOr(held.at(-1)), held.slice(0, -1)]
        }
      }))
    }))

  it.effect("a lost wake-up", () =>
    Effect.gen(function*() {
      // looks in one step, and waits in another: who opens it in between wakes nobody
      const sloppy = {
        setup: Effect.sync(() => ({ open: false, waiters: [] as Array<() => void> })),
        operations: {
          pass: (latch: { open: boolean; waiters: Array<() => void> }) =>
            Effect.flatMap(Effect.sync(() => latch.open), (open) =>
              open ? Effect.void : Effect.callback<void>((resume) =>
                void latch.waiters.push(() => resume(Effect.void))
              )),
          open: (latch: { open: boolean; waiters: Array<() => void> }) =>
            Effect.sync(() => {
              latch.open = true
              for (const wake of latch.waiters.splice(0)) wake()
            })
        },
        calls: { alice: [["pass"]], bob: [["open"]] },
        initial: false as boolean,
        model: {
          pass: (open: boolean): Explore.Said<boolean, void> => open ? [undefined, open] : Explore.blocks,
          open: (): Explore.Said<boolean, void> => [undefined, true]
        }
      } as const
      const finding = yield* found(Explore.linearizable(sloppy))
      assert.strictEqual(finding.kind, "linearizability")
      assert.include(finding.message, "alice pass() waiting, from 0 on")
      // where calls may wait for no reason nothing is wrong, but that nobody goes on
      assert.strictEqual((yield* found(Explore.linearizable({ ...sloppy, waiting: "maybe" }))).kind, "deadlock")
      yield* passed(Explore.linearizable({ ...sloppy, waiting: "maybe" }), { deadlock: "allow" })
    }))
})

describe("what is linearizable passes", () => {
  const calls = { alice: [["offer", 1], ["offer", 2]], bob: [["take"]], carol: [["poll"]] } as const

  it.effect("Effect's Queue.bounded(1), whoever is interrupted", () =>
    Effect.gen(function*() {
      const program = Explore.linearizable({
        setup: Queue.bounded<number>(1),
        operations: onQueue,
        calls,
        initial: [] as Held,
        model: bounded(1)
      })
      yield* passed(program, { preemptionBound: 1, onComplete: "require" })
      yield* passed(program, { preemptionBound: 0, interrupt: "everywhere", onComplete: "require" })
    }), 30_000)

  it.effect("not against the model of another queue", () =>
    Effect.map(
      found(Explore.linearizable({
        setup: Queue.sliding<number>(1),
        operations: onQueue,
        calls: { alice: [["offer", 1], ["offer", 2]], bob: [["poll"]] },
        initial: [] as Held,
        model: bounded(1)
      })),
      ({ kind }) => assert.strictEqual(kind, "linearizability")
    ))

  it.effect("a lock, whose holder gives it back", () =>
    passed(Explore.linearizable({
      setup: Semaphore.make(1),
      operations: { take: (semaphore) => semaphore.take(1), release: (semaphore) => semaphore.release(1) },
      calls: { alice: [["take"], ["release"]], bob: [["take"], ["release"]] },
      initial: 1,
      model: {
        take: (free): Explore.Said<number, number> => free > 0 ? [1, free - 1] : Explore.blocks,
        release: (free) => [free + 1, free + 1]
      }
    })))

  it.effect("a call that waits in the end for a reason", () =>
    passed(Explore.linearizable({
      setup: Latch.make(),
      operations: { pass: (latch) => latch.await },
      calls: { alice: [["pass"]] },
      initial: false,
      model: { pass: (): Explore.Said<boolean, void> => Explore.blocks }
    })))

  it.effect("no calls at all", () =>
    passed(Explore.linearizable({
      setup: Effect.void,
      operations: { nothing: () => Effect.void },
      calls: { alice: [], bob: [["nothing"]] },
      initial: 0,
      model: { nothing: (n) => [undefined, n] }
    })))
})

describe("the model", () => {
  class Full extends Data.TaggedError("Full")<{ readonly size: number }> {}

  const failing = (error: unknown) =>
    Explore.linearizable({
      setup: Effect.sync(() => ({ n: 0 })),
      operations: {
        add: (state): Effect.Effect<number, unknown> =>
          Effect.suspend(() => state.n === 1 ? Effect.fail(new Full({ size: 1 })) : Effect.sync(() => ++state.n))
      },
      calls: { alice: [["add"], ["add"]] },
      initial: 0,
      model: { add: (n): Explore.Said<number, number> => n === 1 ? [Explore.fails(error), n] : [n + 1, n + 1] }
    })

  it.effect("says that a call fails, with an error that is known by its tag", () =>
    Effect.gen(function*() {
      yield* passed(failing(new Full({ size: 7 })))
      yield* passed(failing({ _tag: "Full" }))
      const finding = yield* found(failing({ _tag: "Empty" }))
      assert.include(finding.message, "alice add() failed Full")
    }))

  it.effect("knows other errors by their text", () =>
    Effect.gen(function*() {
      const program = (text: string) =>
        Explore.linearizable({
          setup: Effect.void,
          // @effect-diagnostics-next-line globalErrorInEffectFailure:off
          operations: { fail: () => Effect.fail(new Error("no")) },
          calls: { alice: [["fail"]] },
          initial: 0,
          model: { fail: (n): Explore.Said<number, never> => [Explore.fails(new Error(text)), n] }
        })
      yield* passed(program("no"))
      assert.strictEqual((yield* found(program("yes"))).kind, "linearizability")
    }))

  it.effect("says that a call has one of several results", () =>
    Effect.gen(function*() {
      const program = (...answers: ReadonlyArray<string>) =>
        Explore.linearizable({
          setup: Effect.sync(() => ({ asked: false })),
          operations: {
            ask: (state): Effect.Effect<string> =>
              Effect.flatMap(Effect.sync(() => state.asked), (asked) =>
                Effect.sync(() => {
                  state.asked = true
                  return asked ? "again" : "first"
                }))
          },
          calls: { alice: [["ask"]], bob: [["ask"]] },
          initial: 0,
          model: { ask: (n) => Explore.oneOf(...answers.map((answer) => [answer, n + 1] as const)) }
        })
      yield* passed(program("first", "again"))
      assert.strictEqual((yield* found(program("first", "second"))).kind, "linearizability")
    }))

  it.effect("tells results apart that have no keys", () =>
    Effect.gen(function*() {
      const program = (seen: ReadonlySet<number>) =>
        Explore.linearizable({
          setup: Effect.void,
          operations: { get: () => Effect.succeed<ReadonlySet<number>>(new Set([1, 2])) },
          calls: { alice: [["get"]] },
          initial: 0,
          model: { get: (n): Explore.Said<number, ReadonlySet<number>> => [seen, n] }
        })
      yield* passed(program(new Set([2, 1])))
      assert.strictEqual((yield* found(program(new Set([1])))).kind, "linearizability")
    }))
})

describe("a call that is interrupted", () => {
  /** Adds first, and may be interrupted after that. */
  const eager = (interrupted: "maybe" | "never") =>
    Explore.linearizable({
      setup: Effect.sync(() => ({ n: 0 })),
      operations: {
        add: (state) => Effect.andThen(Effect.sync(() => void state.n++), Effect.void),
        get: (state) => Effect.sync(() => state.n)
      },
      calls: { alice: [["add"]], bob: [["get"]] },
      initial: 0,
      model: { add: (n) => [undefined, n + 1], get: (n) => [n, n] },
      interrupted
    })

  it.effect("may have happened, unless it must not", () =>
    Effect.gen(function*() {
      const options = { interrupt: ["alice"] } as const
      yield* passed(eager("maybe"), options)
      yield* passed(eager("never"))
      const finding = yield* found(eager("never"), options)
      assert.include(finding.message, "alice add() interrupted")
    }))

  it.effect("before it begins has not begun, and does not count as one that waits", () =>
    passed(
      Explore.linearizable({
        setup: Deferred.make<void>(),
        operations: { open: (gate) => Deferred.succeed(gate, undefined), pass: (gate) => Deferred.await(gate) },
        calls: { alice: [["open"], ["pass"]], bob: [["pass"]] },
        initial: false,
        model: {
          open: () => [true, true],
          pass: (open): Explore.Said<boolean, void> => open ? [undefined, open] : Explore.blocks
        }
      }),
      { interrupt: "everywhere", interrupts: 2, preemptionBound: 1 }
    ))
})

describe("a specification", () => {
  it.effect("has options, of which others have precedence", () =>
    Effect.gen(function*() {
      const program = Explore.linearizable({
        setup: Effect.void,
        operations: { nothing: () => Effect.void },
        calls: { alice: [["nothing"]], bob: [["nothing"]] },
        initial: 0,
        model: { nothing: (n) => [undefined, n] },
        options: { preemptionBound: 0 }
      })
      assert.strictEqual((yield* Explore.run(program)).preemptionBound, 0)
      assert.strictEqual((yield* Explore.run(program, { preemptionBound: 1 })).preemptionBound, 1)
    }))

  it.effect("dies of what an operation dies of", () =>
    Effect.map(
      found(Explore.linearizable({
        setup: Effect.void,
        operations: { die: () => Effect.die(new Error("boom")) },
        calls: { alice: [["die"]] },
        initial: 0,
        model: { die: (n): Explore.Said<number, never> => [Explore.fails("no"), n] }
      })),
      ({ message }) => assert.strictEqual(message, "alice died: boom")
    ))
})
