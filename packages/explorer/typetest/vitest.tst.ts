import { it } from "@effect-sync/explorer/vitest"
import { Context, Effect, Queue, Semaphore } from "effect"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { n: number }>()("Store") {}

describe("it.explore", () => {
  test("infers what setup made", () => {
    it.explore("", {
      setup: Semaphore.make(1),
      fibers: { alice: (semaphore) => semaphore.withPermit(Effect.succeed(1)) },
      check: (semaphore, { alice }) => {
        expect(semaphore).type.toBe<Semaphore.Semaphore>()
        if (alice?._tag === "Success") expect(alice.value).type.toBe<number>()
      }
    }, { interrupt: "everywhere", replay: "0", timeout: 1_000 })
  })

  test("takes programs that require nothing but scopes", () => {
    expect(it.explore).type.toBeCallableWith("", {
      setup: Effect.addFinalizer(() => Effect.void),
      fibers: { alice: () => Effect.addFinalizer(() => Effect.void) }
    })
    expect(it.explore).type.not.toBeCallableWith("", { setup: Store, fibers: { alice: () => Effect.void } })
    expect(it.explore).type.not.toBeCallableWith("", { setup: Effect.void, fibers: { alice: () => Store } })
  })

  test("has only and skip, and refuses unknown options", () => {
    const program = { setup: Effect.void, fibers: { alice: () => Effect.void } }
    // oxlint-disable-next-line eslint/no-restricted-properties -- that is what is tested
    expect(it.explore.only).type.toBeCallableWith("", program)
    // oxlint-disable-next-line eslint/no-restricted-properties -- that is what is tested
    expect(it.explore.skip).type.toBeCallableWith("", program, { timeout: 1 })
    expect(it.explore).type.not.toBeCallableWith("", program, { preemptions: 1 })
    expect(it.explore).type.not.toBeCallableWith(program)
  })

  test("explores specifications", () => {
    it.explore.linearizable("", {
      setup: Queue.unbounded<number>(),
      operations: { offer: (queue, n: number) => Queue.offer(queue, n) },
      calls: { alice: [["offer", 1]] },
      initial: 0,
      model: {
        offer: (count, n) => {
          expect(count).type.toBe<number>()
          expect(n).type.toBe<number>()
          return [true, count + 1]
        }
      }
    })
    it.explore.linearizable("", {
      setup: Effect.void,
      operations: { get: () => Effect.succeed(1) },
      // @ts-expect-error!
      calls: { alice: [["set"]] },
      initial: 0,
      model: { get: (n) => [n, n] }
    })
  })
})

describe("it", () => {
  test("is that of @effect/vitest", () => {
    it("", () => {})
    it.effect("", () => Effect.void)
    it.live("", () => Effect.void)
  })
})
