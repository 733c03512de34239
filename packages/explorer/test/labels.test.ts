/**
 * What the explorer reads of Effect beyond its documented API. Where one of these fails, Effect has renamed something: the
 * title says what.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Data, Effect, Effectable, Fiber, Scheduler, Tracer } from "effect"
import { describe as label, isFinalizer, isInterruptible, local, plain, tagOf } from "../src/internal/labels.ts"

class Oops extends Data.TaggedError("Oops") {}

/** An effect for each tag, which is its first operation. */
const first: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
  OnSuccess: Effect.map(Effect.yieldNow, () => 1),
  OnFailure: Effect.catchCause(Effect.yieldNow, () => Effect.void),
  OnSuccessAndFailure: Effect.matchCauseEffect(Effect.yieldNow, {
    onSuccess: () => Effect.void,
    onFailure: () => Effect.void
  }),
  Match: Effect.match(Effect.yieldNow, { onSuccess: () => 1, onFailure: () => 2 }),
  MatchCause: Effect.matchCause(Effect.yieldNow, { onSuccess: () => 1, onFailure: () => 2 }),
  Exit: Effect.exit(Effect.yieldNow),
  OnExit: Effect.onExit(Effect.yieldNow, () => Effect.void),
  Success: Effect.succeed(1),
  Failure: Effect.fail("no"),
  Sync: Effect.sync(() => 1),
  Suspend: Effect.suspend(() => Effect.void),
  While: Effect.whileLoop({ while: () => false, body: () => Effect.void, step: () => {} }),
  Yield: Effect.yieldNow,
  YieldableError: new Oops(),
  Async: Effect.callback(() => {}),
  WithFiber: Effect.withFiber(() => Effect.void)
}

/** The tags of all operations that an effect runs. */
const tagsOf = (effect: Effect.Effect<unknown, unknown>): ReadonlyArray<string> => {
  const tags: Array<string> = []
  const tracer = Tracer.make({
    span: (options) => new Tracer.NativeSpan(options),
    context: (operation, fiber) => {
      tags.push(tagOf(operation))
      return operation["~effect/Effect/evaluate"](fiber)
    }
  })
  Effect.runForkWith(Context.make(Tracer.Tracer, tracer))(effect)
  return tags
}

describe("Effect still has", () => {
  for (const [tag, effect] of Object.entries(first)) {
    it(`the tag ${tag}, under the key of tags`, () => {
      assert.strictEqual(tagOf(effect), tag)
      assert.strictEqual(tagsOf(effect)[0], tag)
    })
  }

  it("the tag Iterator for the body of a generator", () => {
    assert.deepStrictEqual(
      tagsOf(Effect.gen(function*() {
        yield* Effect.sync(() => 1)
      })),
      ["Suspend", "Iterator", "Sync", "Success"]
    )
  })

  it("all the tags that the explorer tells apart", () => {
    const known = new Set([...Object.keys(first), "Iterator"])
    for (const tag of [...local, ...plain, "OnExit"]) assert.isTrue(known.has(tag), tag)
  })

  it("the key of arguments: labels show the source of functions, and values", () => {
    assert.strictEqual(label(first["Sync"]), "Sync () => 1")
    assert.strictEqual(label(first["Success"]), "Success 1")
    assert.strictEqual(label(Effect.succeed({ a: 1 })), "Success Object")
    // without what Vite makes of imports
    assert.strictEqual(label(first["Suspend"]), "Suspend () => Effect.void")
    assert.strictEqual(label(Effect.sync(() => tagOf(1))), "Sync () => tagOf(1)")
    assert.strictEqual(label(first["Yield"]), "Yield")
  })

  it("the field register of what waits", () => {
    assert.strictEqual(label(first["Async"]), "Async () => {}")
  })

  it("no bound on the size of a label but ours", () => {
    assert.isAtMost(
      label(Effect.sync(() => "a".repeat(3) + "b".repeat(3) + "c".repeat(3) + "d".repeat(3) + "e".repeat(3) + "f"))
        .length,
      90
    )
  })
})

describe("an operation that is none of Effect's own", () => {
  it("has the label that Effectable gives it", () => {
    const effect = Object.create(Effectable.Prototype<any>({ label: "mine", evaluate: () => Effect.void }))
    assert.strictEqual(tagOf(effect), "mine")
    assert.strictEqual(label(effect), "mine")
    assert.deepStrictEqual(tagsOf(effect), ["mine", "Success"])
  })

  it("has its own label, if it has one", () => {
    const effect = Object.create(Effectable.Prototype<any>({ label: "mine", evaluate: () => Effect.void }))
    assert.strictEqual(label(Object.assign(effect, { label: "Mine.run" })), "Mine.run")
  })
})

describe("a fiber still has", () => {
  const fiberOf = (effect: Effect.Effect<unknown>) => Effect.runFork(effect)

  it("the field interruptible", () => {
    let inside: boolean | undefined
    const looks = Effect.withFiber((fiber) => {
      inside = isInterruptible(fiber)
      return Effect.void
    })
    fiberOf(looks)
    assert.isTrue(inside)
    fiberOf(Effect.uninterruptible(looks))
    assert.isFalse(inside)
    fiberOf(Effect.uninterruptibleMask((restore) => restore(looks)))
    assert.isTrue(inside)
    // not all that is not false is true
    assert.strictEqual(typeof (fiberOf(Effect.never) as any).interruptible, "boolean")
  })

  it("in its cache the scheduler, the hook of the tracer, the budget, and whether it yields at all", () => {
    const { cache } = fiberOf(Effect.never)
    assert.instanceOf(cache.scheduler, Scheduler.MixedScheduler)
    assert.strictEqual(cache.maxOpsBeforeYield, 2048)
    assert.isFalse(cache.preventYield)
    assert.isUndefined(cache.tracerContext)
    assert.isTrue("stackFrame" in cache && "span" in cache)
  })

  it("a count of operations that begins anew with each wake-up", () => {
    const counts: Array<number> = []
    const count = Effect.withFiber((fiber) => {
      counts.push(fiber.currentOpCount)
      return Effect.void
    })
    let wake = () => {}
    fiberOf(Effect.andThen(
      count,
      Effect.andThen(Effect.callback<void>((resume) => void (wake = () => resume(Effect.void))), count)
    ))
    wake()
    assert.deepStrictEqual(counts, [2, 2])
  })
})

describe("only what pushes a frame is no point", () => {
  for (const tag of local) {
    it(`${tag} runs nothing by itself`, () => {
      assert.deepStrictEqual(tagsOf(first[tag]!).slice(0, 2), [tag, "Yield"])
    })

    it(`${tag} is passed over by an interruption`, () => {
      const fiber = Effect.runFork(Effect.map(first[tag]!, () => 1))
      fiber.interruptUnsafe()
      const exit = fiber.pollUnsafe()
      assert.isTrue(exit?._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause))
    })
  }

  it("OnExit is not: its finalizer runs", () => {
    let ran = false
    const fiber = Effect.runFork(Effect.onExit(Effect.yieldNow, () => Effect.sync(() => void (ran = true))))
    assert.isTrue(isFinalizer("OnExit"))
    Effect.runFork(Fiber.interrupt(fiber))
    assert.isTrue(ran)
  })
})
