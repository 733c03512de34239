/**
 * Effect's own primitives under the explorer: what is known to lose something is found, and marked so that a repair shows;
 * what is sound gives no finding.
 */
import { Explore } from "@effect-sync/explorer"
import { it } from "@effect-sync/explorer/vitest"
import { assert, describe } from "@effect/vitest"
import {
  Cache,
  type Cause,
  Deferred,
  Effect,
  Exit,
  Fiber,
  FiberHandle,
  Latch,
  Option,
  PartitionedSemaphore,
  Pool,
  PubSub,
  Queue,
  RcMap,
  RcRef,
  Scope,
  Semaphore,
  SynchronizedRef,
  TxQueue,
  TxSemaphore
} from "effect"

const permitsLeft = (count: number) => assert.strictEqual(count, 1, "permits in the end")

const loses = (what: string): Explore.Options => ({
  interrupt: "everywhere",
  maxExecutions: 1_000,
  expect: { says: `${what} in the end: expected +0 to equal 1` }
})

/** What was put in is still there, or somebody got it. */
interface Box<Q> {
  readonly queue: Q
  readonly got: Array<number>
}

const box = <Q, R>(queue: Effect.Effect<Q, never, R>): Effect.Effect<Box<Q>, never, R> =>
  Effect.map(queue, (queue) => ({ queue, got: [] }))

const into = <Q>({ got }: Box<Q>) => (message: number | Iterable<number>) => {
  got.push(...typeof message === "number" ? [message] : message)
}

const messagesLeft = <Q>({ got }: Box<Q>, left: Iterable<number>) =>
  assert.strictEqual(got.length + [...left].length, 1, "messages in the end")

describe("Effect 4.1.0 loses", () => {
  it.explore("a permit of PartitionedSemaphore.withPermits", {
    setup: PartitionedSemaphore.make<string>({ permits: 1 }),
    fibers: { alice: (semaphore) => semaphore.withPermits("key", 1)(Effect.void) },
    check: (semaphore) => Effect.map(semaphore.available, permitsLeft)
  }, { ...loses("permits"), maxExecutions: 20 })

  it.explore("a permit of TxSemaphore.withPermit", {
    setup: TxSemaphore.make(1),
    fibers: { alice: (semaphore) => TxSemaphore.withPermit(semaphore, Effect.void) },
    check: (semaphore) => Effect.map(Effect.tx(TxSemaphore.available(semaphore)), permitsLeft)
  }, { ...loses("permits"), maxExecutions: 30 })

  it.explore("a permit of TxSemaphore.withPermitScoped", {
    setup: TxSemaphore.make(1),
    fibers: { alice: (semaphore) => TxSemaphore.withPermitScoped(semaphore) },
    check: (semaphore) => Effect.map(Effect.tx(TxSemaphore.available(semaphore)), permitsLeft)
  }, { ...loses("permits"), maxExecutions: 30 })

  it.explore("a message of TxQueue.take", {
    setup: box(Effect.tap(TxQueue.unbounded<number>(), (queue) => TxQueue.offer(queue, 1))),
    fibers: { alice: (box) => Effect.map(TxQueue.take(box.queue), into(box)) },
    check: (box) => Effect.map(TxQueue.clear(box.queue), (left) => messagesLeft(box, left))
  }, { ...loses("messages"), maxExecutions: 30 })

  for (
    const [name, take] of [
      ["take", PubSub.take],
      ["takeAll", PubSub.takeAll],
      ["takeUpTo", PubSub.takeUpTo(1)]
    ] as const
  ) {
    it.explore(`a message of PubSub.${name}`, {
      setup: box(Effect.gen(function*() {
        const hub = yield* PubSub.unbounded<number>()
        const subscription = yield* PubSub.subscribe(hub)
        yield* PubSub.publish(hub, 1)
        return subscription
      })),
      fibers: { alice: (box) => Effect.map(take(box.queue) as Effect.Effect<number | Array<number>>, into(box)) },
      check: (box) => Effect.map(PubSub.takeUpTo(box.queue, 9), (left) => messagesLeft(box, left))
    }, { ...loses("messages"), maxExecutions: 5 })
  }

  it.explore("a permit of Semaphore.take that is restored", {
    setup: Semaphore.make(1),
    fibers: {
      alice: (semaphore) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(semaphore.take(1)), () => Effect.ensuring(restore(Effect.void), semaphore.release(1)))
        )
    },
    check: (semaphore) => Effect.map(semaphore.takeIfAvailable(1), (free) => permitsLeft(free ? 1 : 0))
  }, { ...loses("permits"), maxExecutions: 20 })

  for (const [capacity, offered] of [[1, 1], [0, 0]] as const) {
    it.explore(`a message of Queue.take, if the producer whom it lets go on interrupts it: bounded(${capacity})`, {
      setup: Effect.gen(function*() {
        const queue = yield* Queue.bounded<number>(capacity)
        if (offered === 1) yield* Queue.offer(queue, 0)
        return { queue, got: [] as Array<number>, taker: yield* Deferred.make<Fiber.Fiber<unknown, unknown>>() }
      }),
      fibers: {
        producer: ({ queue, taker }) =>
          Effect.andThen(Queue.offer(queue, 1), Effect.flatMap(Deferred.await(taker), Fiber.interrupt)),
        taker: (box) =>
          Effect.flatMap(
            Effect.fiber,
            (fiber) => Effect.andThen(Deferred.succeed(box.taker, fiber), Effect.map(Queue.take(box.queue), into(box)))
          )
      },
      check: (box, { producer }) =>
        Effect.map(Queue.clear(box.queue), (left) => {
          if (producer?._tag !== "Success") return
          assert.strictEqual(box.got.length + left.length - offered, 1, "messages in the end")
        })
    }, { preemptionBound: 0, deadlock: "allow", expect: { says: "messages in the end: expected +0 to equal 1" } })
  }

  it.explore("a message of Queue.take in a race that something else has won already", {
    setup: box(Queue.bounded<number>(0)),
    fibers: {
      alice: (box) =>
        Effect.map(Effect.raceFirst(Queue.take(box.queue), Effect.succeed(0)), (winner) => {
          if (winner > 0) box.got.push(winner)
        }),
      bob: ({ queue }) => Queue.offer(queue, 1)
    },
    check: (box, { bob }) =>
      Effect.map(Queue.clear(box.queue), (left) => {
        if (bob?._tag === "Success") messagesLeft(box, left)
      })
  }, { ...loses("messages"), interrupt: "never", deadlock: "allow" })

  for (
    const [name, around] of [
      ["raceFirst", (take: Effect.Effect<number>) => Effect.raceFirst(take, Effect.never)],
      ["timeout", (take: Effect.Effect<number>) => Effect.timeout(take, "1 hour")]
    ] as const
  ) {
    it.explore(`a message of Queue.take in Effect.${name}, if that is interrupted`, {
      setup: box(Queue.unbounded<number>()),
      fibers: {
        alice: (box) => Effect.map(around(Queue.take(box.queue)), into(box)),
        bob: ({ queue }) => Queue.offer(queue, 1)
      },
      check: (box, { bob }) =>
        Effect.map(Queue.clear(box.queue), (left) => {
          if (bob?._tag === "Success") messagesLeft(box, left)
        })
    }, { ...loses("messages"), interrupt: ["alice"] })
  }
})

const sound: Explore.Options = { interrupt: "everywhere", preemptionBound: 1, onComplete: "require" }

const allFree = (permits: number) => (semaphore: Semaphore.Semaphore) =>
  Effect.map(semaphore.takeIfAvailable(permits), (free) => assert.isTrue(free, "all permits are free"))

/** Fails if two are in at once. */
const alone = () => {
  let inside = 0
  return Effect.acquireUseRelease(
    Effect.sync(() => assert.strictEqual(++inside, 1, "alone")),
    () => Explore.mark("in"),
    () => Effect.sync(() => inside--)
  )
}

const withAlone = <A, R>(setup: Effect.Effect<A, never, R>) => Effect.map(setup, (it) => ({ it, enter: alone() }))

describe("Effect 4.1.0 loses nothing by", () => {
  it.explore("Semaphore.withPermits", {
    setup: withAlone(Semaphore.make(1)),
    fibers: {
      alice: ({ enter, it }) => it.withPermits(1)(enter),
      bob: ({ enter, it }) => it.withPermits(1)(enter)
    },
    check: ({ it }) => allFree(1)(it)
  }, sound)

  it.explore("Semaphore.withPermits of different counts", {
    setup: Semaphore.make(2),
    fibers: {
      alice: (semaphore) => semaphore.withPermits(2)(Effect.void),
      bob: (semaphore) => semaphore.withPermits(1)(Effect.void),
      carol: (semaphore) => semaphore.withPermits(1)(Effect.void)
    },
    check: allFree(2)
  }, sound)

  it.explore("Semaphore.takeScoped", {
    setup: withAlone(Semaphore.make(1)),
    fibers: {
      alice: ({ enter, it }) => Effect.andThen(it.takeScoped(1), enter),
      bob: ({ enter, it }) => Effect.andThen(it.takeScoped(1), enter)
    },
    check: ({ it }) => allFree(1)(it)
  }, sound)

  it.explore("Semaphore.takeScoped in a scope that is closed meanwhile", {
    setup: Effect.all({ scope: Scope.make(), semaphore: Semaphore.make(1) }),
    fibers: {
      alice: ({ scope, semaphore }) => Scope.provide(semaphore.takeScoped(1), scope),
      bob: ({ semaphore }) => semaphore.withPermit(Effect.void)
    },
    events: { close: ({ scope }) => Scope.close(scope, Exit.void) },
    check: ({ semaphore }) => allFree(1)(semaphore)
  }, sound)

  it.explore("Semaphore.withPermitsIfAvailable", {
    setup: Semaphore.make(1),
    fibers: {
      alice: (semaphore) => semaphore.withPermitsIfAvailable(1)(Effect.void),
      bob: (semaphore) => semaphore.withPermitsIfAvailable(1)(Effect.void)
    },
    check: allFree(1)
  }, { ...sound, preemptionBound: 2 })

  it.explore("PartitionedSemaphore.withPermitsIfAvailable", {
    setup: PartitionedSemaphore.make<string>({ permits: 1 }),
    fibers: {
      alice: (semaphore) => semaphore.withPermitsIfAvailable(1)(Effect.void),
      bob: (semaphore) => semaphore.withPermitsIfAvailable(1)(Effect.void)
    },
    check: (semaphore) => Effect.map(semaphore.available, permitsLeft)
  }, sound)

  for (
    const [name, take] of [
      ["take", Queue.take],
      ["takeN", (queue: Queue.Queue<number>) => Queue.takeN(queue, 1)],
      ["takeAll", Queue.takeAll],
      ["poll", (queue: Queue.Queue<number>) => Effect.map(Queue.poll(queue), Option.toArray)]
    ] as const
  ) {
    it.explore(`Queue.${name}`, {
      setup: box(Queue.bounded<number>(1)),
      fibers: {
        alice: (box) => Effect.map(take(box.queue) as Effect.Effect<number | Array<number>>, into(box)),
        bob: ({ queue }) => Queue.offer(queue, 1),
        carol: ({ queue }) => Queue.offer(queue, 2)
      },
      check: (box, { bob, carol }) =>
        Effect.map(Queue.clear(box.queue), (left) => {
          const all = [...box.got, ...left]
          for (const [offered, n] of [[bob, 1], [carol, 2]] as const) {
            if (offered?._tag === "Success") assert.include(all, n, "messages in the end")
          }
          assert.strictEqual(new Set(all).size, all.length, "none twice")
        })
    }, { ...sound, deadlock: "allow", preemptionBound: 0 })

    it.explore(`Queue.${name}, with a preemption`, {
      setup: box(Queue.bounded<number>(1)),
      fibers: {
        alice: (box) => Effect.map(take(box.queue) as Effect.Effect<number | Array<number>>, into(box)),
        bob: ({ queue }) => Queue.offer(queue, 1)
      },
      check: (box, { bob }) =>
        Effect.map(Queue.clear(box.queue), (left) => {
          if (bob?._tag === "Success") messagesLeft(box, left)
        })
    }, { ...sound, deadlock: "allow" })
  }

  it.explore("Queue.end", {
    setup: box(Queue.make<number, Cause.Done>({ capacity: 1 })),
    fibers: {
      alice: (box) => Effect.forever(Effect.map(Queue.take(box.queue), into(box))),
      bob: ({ queue }) => Effect.andThen(Queue.offer(queue, 1), Queue.end(queue))
    },
    check: (box, { alice, bob }) => {
      if (bob?._tag !== "Success" || (alice?._tag === "Failure" && Exit.hasInterrupts(alice))) return
      assert.deepStrictEqual(box.got, [1])
    }
  }, { ...sound, deadlock: "allow" })

  it.explore("PubSub.publish", {
    setup: Effect.gen(function*() {
      const hub = yield* PubSub.bounded<number>(1)
      return { hub, subscription: yield* PubSub.subscribe(hub) }
    }),
    fibers: {
      alice: ({ hub }) => PubSub.publish(hub, 1),
      bob: ({ hub }) => PubSub.publish(hub, 2)
    },
    check: ({ subscription }, { alice, bob }) =>
      Effect.gen(function*() {
        const all = [...yield* PubSub.takeUpTo(subscription, 9), ...yield* PubSub.takeUpTo(subscription, 9)]
        if (alice?._tag === "Success") assert.include(all, 1)
        if (bob?._tag === "Success") assert.include(all, 2)
      })
  }, { ...sound, deadlock: "allow" })

  it.explore("PubSub.subscribe, which does not hold what it no longer wants", {
    setup: PubSub.bounded<number>(1),
    fibers: {
      alice: (hub) => Effect.scoped(PubSub.subscribe(hub)),
      bob: (hub) => PubSub.publish(hub, 1)
    },
    // would wait if somebody who is gone had still to get the first
    check: (hub) => Effect.andThen(PubSub.publish(hub, 2), PubSub.publish(hub, 3))
  }, sound)

  it.explore("Latch", {
    setup: Latch.make(),
    fibers: {
      alice: (latch) => latch.await,
      bob: (latch) => latch.whenOpen(Effect.void),
      carol: (latch) => latch.open
    },
    check: (_, { alice, bob, carol }) => {
      if (carol?._tag === "Success") assert.isTrue(alice !== undefined && bob !== undefined)
    }
  }, { ...sound, deadlock: "allow" })

  it.explore("Deferred", {
    setup: Deferred.make<number>(),
    fibers: {
      alice: (deferred) => Deferred.await(deferred),
      bob: (deferred) => Deferred.succeed(deferred, 1),
      carol: (deferred) => Deferred.succeed(deferred, 2)
    },
    check: (_, { alice, bob, carol }) => {
      const winners = [bob, carol].filter((exit) => exit?._tag === "Success" && exit.value).length
      assert.isAtMost(winners, 1)
      if (winners === 1) assert.isDefined(alice)
    }
  }, { ...sound, deadlock: "allow" })

  it.explore("Pool.get", {
    setup: withAlone(Effect.tap(
      Pool.make({ acquire: Effect.succeed("connection"), size: 1 }),
      (pool) => Effect.scoped(Pool.get(pool))
    )),
    fibers: {
      alice: ({ enter, it }) => Effect.andThen(Pool.get(it), enter),
      bob: ({ enter, it }) => Effect.andThen(Pool.get(it), enter)
    },
    // would wait if it were not given back
    check: ({ it }) => Effect.scoped(Pool.get(it))
  }, sound)

  /** What is opened and closed, and must not be used after that. */
  const handles = () => {
    const state = { open: 0 }
    const opened = Effect.acquireRelease(
      Effect.sync(() => {
        state.open++
        return { isOpen: true }
      }),
      (handle) =>
        Effect.sync(() => {
          state.open--
          handle.isOpen = false
        })
    )
    return { state, opened }
  }

  const use = ({ isOpen }: { readonly isOpen: boolean }) => Effect.sync(() => assert.isTrue(isOpen, "it is open"))

  it.explore("RcRef.get", {
    setup: Effect.gen(function*() {
      const { opened, state } = handles()
      return { state, ref: yield* RcRef.make({ acquire: opened }) }
    }),
    fibers: {
      alice: ({ ref }) => Effect.flatMap(RcRef.get(ref), use),
      bob: ({ ref }) => Effect.flatMap(RcRef.get(ref), use)
    },
    check: ({ state }) => assert.strictEqual(state.open, 0)
  }, sound)

  it.explore("RcMap.get", {
    setup: Effect.gen(function*() {
      const { opened, state } = handles()
      return {
        state,
        map: yield* RcMap.make<string, { isOpen: boolean }, never, Scope.Scope>({ lookup: () => opened })
      }
    }),
    fibers: {
      alice: ({ map }) => Effect.flatMap(RcMap.get(map, "key"), use),
      bob: ({ map }) => Effect.flatMap(RcMap.get(map, "key"), use)
    },
    check: ({ state }) => assert.strictEqual(state.open, 0)
  }, sound)

  const oneInterrupted = (_: unknown, exits: { readonly [name: string]: Exit.Exit<unknown, unknown> | undefined }) =>
    assert.isAtMost(
      Object.values(exits).filter((exit) => exit?._tag === "Failure").length,
      1,
      "only who was interrupted"
    )

  it.explore("Cache.get", {
    setup: Cache.make({ capacity: 10, lookup: (key: string) => Effect.as(Effect.yieldNow, key.length) }),
    fibers: { alice: (cache) => Cache.get(cache, "key"), bob: (cache) => Cache.get(cache, "key") },
    check: oneInterrupted
  }, sound)

  it.explore("Effect.cached", {
    setup: Effect.cached(Effect.as(Effect.yieldNow, 1)),
    fibers: { alice: (cached) => cached, bob: (cached) => cached },
    check: oneInterrupted
  }, sound)

  it.explore("SynchronizedRef.updateEffect", {
    setup: SynchronizedRef.make(0),
    fibers: {
      alice: SynchronizedRef.updateEffect((n) => Effect.as(Effect.yieldNow, n + 1)),
      bob: SynchronizedRef.updateEffect((n) => Effect.as(Effect.yieldNow, n + 1))
    },
    check: (ref, exits) =>
      Effect.map(
        SynchronizedRef.get(ref),
        (n) => assert.isAtLeast(n, Object.values(exits).filter((exit) => exit?._tag === "Success").length)
      )
  }, sound)

  it.explore("FiberHandle.run", {
    setup: Effect.gen(function*() {
      return { handle: yield* FiberHandle.make(), state: { alive: 0 } }
    }),
    fibers: Object.fromEntries(["alice", "bob"].map((name) =>
      [
        name,
        ({ handle, state }: { readonly handle: FiberHandle.FiberHandle; readonly state: { alive: number } }) =>
          FiberHandle.run(
            handle,
            Effect.acquireUseRelease(
              Effect.sync(() => ++state.alive),
              () => Effect.yieldNow,
              () => Effect.sync(() => --state.alive)
            )
          )
      ] as const
    )),
    check: ({ state }) => assert.strictEqual(state.alive, 0)
  }, sound)
})
