/**
 * What a Barrier promises, guarantee by guarantee. Random sequences are in `Barrier.model.test.ts`, an interrupt at every
 * operation in `Barrier.interruption.test.ts`, large numbers in `Barrier.stress.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Effect, Exit, Fiber, Layer } from "effect"
import { Barrier } from "effect-sync"
import { inspect } from "node:util"
import { defectOf, forkSettled, settle, thrownBy } from "./utils.ts"

/** Fibers that wait at a barrier, one after the other, and what they got. */
const parties = (barrier: Barrier.Barrier, n: number) =>
  Effect.gen(function*() {
    const leaders: Array<boolean> = []
    const fibers: Array<Fiber.Fiber<Barrier.BarrierWaitResult>> = []
    for (let i = 0; i < n; i++) {
      fibers.push(
        yield* forkSettled(Effect.tap(Barrier.wait(barrier), ({ isLeader }) =>
          Effect.sync(() => {
            leaders[i] = isLeader
          })))
      )
    }
    return { fibers, leaders }
  })

describe("Barrier", () => {
  it.effect("BAR-1: nobody goes on before all parties have come", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      const { leaders } = yield* parties(barrier, 2)
      assert.deepStrictEqual(leaders, [])
      assert.strictEqual(yield* Barrier.waiting(barrier), 2)
      const { isLeader } = yield* Barrier.wait(barrier)
      assert.isTrue(isLeader)
      assert.strictEqual(yield* Barrier.waiting(barrier), 0)
      yield* settle
      assert.deepStrictEqual(leaders, [false, false])
    }))

  it.effect("BAR-1: a wait that never ran does not count", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(2)
      const wait = Barrier.wait(barrier)
      yield* forkSettled(wait)
      assert.strictEqual(Barrier.waitingUnsafe(barrier), 1)
      const unstarted = yield* Effect.forkChild(wait)
      yield* Fiber.interrupt(unstarted)
      assert.strictEqual(Barrier.waitingUnsafe(barrier), 1)
    }))

  it.effect("BAR-1: in step: nobody is a phase ahead while another has not come", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(4)
      const phases = [0, 0, 0, 0]
      const worker = (i: number) =>
        Effect.gen(function*() {
          for (let phase = 0; phase < 20; phase++) {
            for (let j = 0; j < (i * 7 + phase) % 4; j++) yield* Effect.yieldNow
            phases[i]!++
            yield* Barrier.wait(barrier)
            // all have done this phase; some may have done the next, but not gone past it
            assert.isAtLeast(Math.min(...phases), phase + 1)
            assert.isAtMost(Math.max(...phases), phase + 2)
          }
        })
      yield* Effect.all([0, 1, 2, 3].map(worker), { concurrency: "unbounded" })
      assert.deepStrictEqual(phases, [20, 20, 20, 20])
    }))

  it.effect("BAR-2: exactly one leader in every generation, the last to come", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(5)
      for (let generation = 0; generation < 10; generation++) {
        const { leaders } = yield* parties(barrier, 5)
        assert.deepStrictEqual(leaders, [false, false, false, false, true])
      }
    }))

  it.effect("BAR-2: also where fibers come in another order each time", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      const leads: Array<number> = []
      const worker = (i: number) =>
        Effect.gen(function*() {
          for (let generation = 0; generation < 30; generation++) {
            for (let j = 0; j < (i + generation) % 3; j++) yield* Effect.yieldNow
            const { isLeader } = yield* Barrier.wait(barrier)
            if (isLeader) leads.push(generation)
          }
        })
      yield* Effect.all([0, 1, 2].map(worker), { concurrency: "unbounded" })
      assert.deepStrictEqual(leads, Array.from({ length: 30 }, (_, i) => i))
    }))

  it.effect("BAR-3: who comes again belongs to the next generation, before the slow of the last have run", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      const { fibers, leaders } = yield* parties(barrier, 2)
      const leader = yield* Effect.forkChild(
        Effect.gen(function*() {
          yield* Barrier.wait(barrier)
          yield* Barrier.wait(barrier) // in the same synchronous steps: the others have not run
        }),
        { startImmediately: true }
      )
      assert.deepStrictEqual(leaders, [])
      assert.strictEqual(Barrier.waitingUnsafe(barrier), 1)
      yield* settle
      for (const fiber of fibers) assert.isFalse((yield* Fiber.join(fiber)).isLeader)
      assert.isUndefined(leader.pollUnsafe())
      yield* parties(barrier, 2)
      yield* Fiber.join(leader)
    }))

  it.effect("BAR-3: those let go and not yet run are in nobody's way", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(2)
      const { leaders } = yield* parties(barrier, 1)
      const results = yield* Effect.sync(() =>
        [1, 2, 3].map(() => Effect.runFork(Barrier.wait(barrier)).pollUnsafe()?._tag)
      )
      assert.deepStrictEqual(leaders, [])
      assert.deepStrictEqual(results, ["Success", undefined, "Success"])
    }))

  it.effect("BAR-4: with 0 or 1 parties every call returns at once, as leader", () =>
    Effect.gen(function*() {
      for (const n of [0, 1]) {
        const barrier = yield* Barrier.make(n)
        assert.strictEqual(barrier.parties, 1)
        for (let i = 0; i < 3; i++) {
          assert.deepStrictEqual(Effect.runSync(Barrier.wait(barrier)), { isLeader: true })
        }
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
      }
    }))

  describe("interruption", () => {
    it.effect("BAR-5: takes the arrival back while the generation is incomplete, from any place", () =>
      Effect.gen(function*() {
        for (const i of [0, 1, 2]) {
          const barrier = yield* Barrier.make(4)
          const { fibers, leaders } = yield* parties(barrier, 3)
          yield* Fiber.interrupt(fibers[i]!)
          assert.strictEqual(yield* Barrier.waiting(barrier), 2)
          const fourth = yield* forkSettled(Barrier.wait(barrier))
          assert.isUndefined(fourth.pollUnsafe())
          assert.strictEqual(yield* Barrier.waiting(barrier), 3)
          assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
          assert.isFalse((yield* Fiber.join(fourth)).isLeader)
          yield* settle
          assert.deepStrictEqual(leaders.filter((leader) => leader !== undefined), [false, false])
        }
      }))

    it.effect("BAR-5: a complete generation stands: interrupted before it ran, a fiber ends interrupted, others go on", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(3)
        const { fibers, leaders } = yield* parties(barrier, 2)
        const last = yield* Effect.sync(() => {
          const last = Effect.runFork(Barrier.wait(barrier))
          fibers[0]!.interruptUnsafe()
          return last
        })
        assert.isTrue((yield* Fiber.join(last)).isLeader)
        yield* settle
        const exit = yield* Fiber.await(fibers[0]!)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        assert.isFalse((yield* Fiber.join(fibers[1]!)).isLeader)
        assert.deepStrictEqual(leaders, [undefined, false])
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
      }))

    it.effect("BAR-5: losing a race takes the arrival back", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(2)
        yield* Effect.race(Barrier.wait(barrier), Effect.yieldNow)
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
      }))

    it.effect("BAR-5: who waits uninterruptibly has arrived for good", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(2)
        const fiber = yield* forkSettled(Effect.uninterruptible(Barrier.wait(barrier)))
        fiber.interruptUnsafe()
        yield* settle
        assert.strictEqual(yield* Barrier.waiting(barrier), 1)
        assert.isTrue((yield* Barrier.wait(barrier)).isLeader)
      }))
  })

  it.effect("BAR-6: all who are let go run, in whatever order, after the leader's current steps", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(10)
      const ran = new Set<number>()
      for (let i = 0; i < 9; i++) {
        yield* forkSettled(Effect.andThen(Barrier.wait(barrier), Effect.sync(() => ran.add(i))))
      }
      yield* Effect.sync(() => {
        Effect.runFork(Barrier.wait(barrier))
        assert.strictEqual(ran.size, 0)
      })
      yield* settle
      assert.strictEqual(ran.size, 9)
    }))

  describe("everything else", () => {
    it.effect("a bad number of parties is a RangeError", () =>
      Effect.gen(function*() {
        for (const parties of [-1, 0.5, NaN, Infinity, 2 ** 53, "3" as unknown as number]) {
          const make = Barrier.make(parties, { name: "b" })
          const defects = [yield* defectOf(make), thrownBy(() => Barrier.makeUnsafe(parties, { name: "b" }))]
          for (const [i, defect] of defects.entries()) {
            assert.instanceOf(defect, RangeError)
            const shown = typeof parties === "string" ? JSON.stringify(parties) : String(parties)
            assert.strictEqual(
              defect.message,
              `Barrier.${
                i === 0 ? "make" : "makeUnsafe"
              }: parties must be an integer from 0 to Number.MAX_SAFE_INTEGER (9007199254740991), got ${shown}, on Barrier "b"`
            )
          }
        }
        assert.strictEqual((yield* Barrier.make(Number.MAX_SAFE_INTEGER)).parties, Number.MAX_SAFE_INTEGER)
        assert.include(thrownBy(() => Barrier.makeUnsafe(-1)).message, "on an unnamed Barrier")
      }))

    it.effect("nothing happens until it runs; the results can't be changed", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(2)
        const wait = Barrier.wait(barrier)
        assert.strictEqual(Barrier.waitingUnsafe(barrier), 0)
        const fiber = yield* forkSettled(wait)
        for (const result of [yield* wait, yield* Fiber.join(fiber)]) assert.isFrozen(result)
        assert.strictEqual((wait.toJSON() as { readonly op: string }).op, "Barrier.wait")
      }))

    it.effect("shows its state and name", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(3, { name: "phases" })
        yield* parties(barrier, 2)
        assert.strictEqual(String(barrier), "Barrier(phases: 2 of 3 waiting)")
        assert.strictEqual(inspect(barrier), String(barrier))
        assert.deepStrictEqual(barrier.toJSON(), {
          _id: "effect-sync/Barrier",
          name: "phases",
          parties: 3,
          waiting: 2
        })
        assert.strictEqual(String(Barrier.makeUnsafe(2)), "Barrier(0 of 2 waiting)")
        assert.deepStrictEqual(Barrier.makeUnsafe(2).toJSON(), { _id: "effect-sync/Barrier", parties: 2, waiting: 0 })
      }))

    it("is known by its type id, and the …Unsafe function refuses those of other backends", () => {
      assert.isTrue(Barrier.isBarrier(Barrier.makeUnsafe(1)))
      assert.isFalse(Barrier.isBarrier(undefined))
      const remote = { toString: () => "Remote", [Barrier.TypeId]: {} } as unknown as Barrier.Barrier
      const error = thrownBy(() => Barrier.waitingUnsafe(remote))
      assert.instanceOf(error, Barrier.Misuse)
      assert.include(error.message, "Barrier.waitingUnsafe: Remote does not live in this process")
    })

    it("works under runSync", () => {
      const program = Effect.gen(function*() {
        const barrier = yield* Barrier.make(2)
        const fiber = yield* Effect.forkChild(Barrier.wait(barrier), { startImmediately: true })
        const last = yield* Barrier.wait(barrier)
        return [last, yield* Fiber.join(fiber)]
      })
      assert.deepStrictEqual(Effect.runSync(program), [{ isLeader: true }, { isLeader: false }])
    })
  })

  describe("Service", () => {
    class Phases extends Barrier.Service<Phases>()("test/Phases", { parties: 1 }) {}
    class FromConfig extends Barrier.Service<FromConfig>()("test/FromConfig", { parties: Config.Int("PARTIES") }) {}

    it.effect("is the tag, has a name, and an accessor for every function", () =>
      Effect.gen(function*() {
        assert.strictEqual(String(yield* Phases), "Barrier(test/Phases: 0 of 1 waiting)")
        assert.isTrue((yield* Phases.wait).isLeader)
        assert.strictEqual(yield* Phases.waiting, 0)
      }).pipe(Effect.provide(Phases.layer)))

    it.effect("options may be Effects; layerWith makes another; a bad option is a defect of the layer", () =>
      Effect.gen(function*() {
        const env = Layer.succeed(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromEnv({ env: { PARTIES: "7" } })
        )
        const count = Effect.map(FromConfig, (barrier) => barrier.parties)
        assert.strictEqual(yield* Effect.provide(count, Layer.provide(FromConfig.layer, env)), 7)
        assert.strictEqual(yield* Effect.provide(count, FromConfig.layerWith({ parties: 2 })), 2)
        const defect = yield* defectOf(Effect.provide(Phases.wait, Phases.layerWith({ parties: -1, name: "bad" })))
        assert.instanceOf(defect, RangeError)
        assert.include(defect.message, "Barrier \"bad\"")
      }))

    it.effect("another backend fits a tag that reckons with its error", () =>
      Effect.gen(function*() {
        class Remote extends Barrier.Service<Remote, "lost">()("test/Remote", { parties: 1 }) {}
        const remote = {
          parties: 1,
          [Barrier.TypeId]: { wait: Effect.fail("lost"), waiting: Effect.succeed(5) }
        } as unknown as Barrier.Barrier<"lost">
        const layer = Layer.succeed(Remote, remote)
        assert.strictEqual(yield* Effect.provide(Effect.flip(Remote.wait), layer), "lost")
        assert.strictEqual(yield* Effect.provide(Remote.waiting, layer), 5)
        assert.isTrue((yield* Effect.provide(Remote.wait, Remote.layer)).isLeader)
      }))
  })
})
