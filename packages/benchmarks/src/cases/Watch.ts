import { Watch } from "effect-sync"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"

const name = "effect-sync"

const observers = 10

/** Observers that read until they see the last value, and a writer. Setting up and joining count, as a program pays it. */
const observed = (
  changes: Effect.Effect<Stream.Stream<number>>,
  write: (value: number) => Effect.Effect<unknown>,
  writes: number,
  afterEach: Effect.Effect<void> | undefined
) =>
  Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<void>> = []
    for (let i = 0; i < observers; i++) {
      const stream = yield* changes
      fibers.push(
        yield* Effect.forkDetach(Stream.runDrain(Stream.takeUntil(stream, (n) => n === writes)), {
          startImmediately: true
        })
      )
    }
    for (let n = 1; n <= writes; n++) {
      yield* write(n)
      if (afterEach !== undefined) yield* afterEach
    }
    yield* Fiber.joinAll(fibers)
  })

const watch = (writes: number, afterEach?: Effect.Effect<void>) =>
  Effect.suspend(() => {
    const sender = Watch.makeSenderUnsafe(0)
    const changes = Effect.sync(() => Watch.changes(Watch.subscribeUnsafe(sender)))
    return observed(changes, (n) => Effect.orDie(Watch.send(sender, n)), writes, afterEach)
  })

const subscriptionRef = (writes: number, afterEach?: Effect.Effect<void>) =>
  Effect.flatMap(
    SubscriptionRef.make(0),
    (ref) =>
      observed(Effect.succeed(SubscriptionRef.changes(ref)), (n) => SubscriptionRef.set(ref, n), writes, afterEach)
  )

// Two contracts. SubscriptionRef gives every value to everybody; a Watch gives the last one, and those in between that
// somebody happens to see. That is what it is for, and where its advantage comes from.
const lastValue: Case = {
  name: "Watch, per write, 10 observers (last value seen)",
  ours: looping(name, 2_000, (n) => watch(n)),
  rivals: [{
    must: 0.05,
    stretch: 0.02,
    contender: looping("SubscriptionRef + changes", 2_000, (n) => subscriptionRef(n))
  }]
}

// The same contract, since the writer gives way after each write: for information.
const everyValue: Case = {
  name: "Watch, per write, 10 observers (every value seen)",
  ours: looping(name, 200, (n) => watch(n, Effect.yieldNow)),
  rivals: [{ contender: looping("SubscriptionRef + changes", 200, (n) => subscriptionRef(n, Effect.yieldNow)) }]
}

export const cases: ReadonlyArray<Case> = [lastValue, everyValue]
