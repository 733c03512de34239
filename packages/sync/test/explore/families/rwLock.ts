/**
 * RwLock and its guards, with room for two readers. What it protects is a count, and every operation that writes adds one
 * to it. Whoever has the lock counts himself as a reader or writer, so that whoever comes in where he must not is seen;
 * nor may the value change while anybody else is inside.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Exit, Optic, Option, Result, Scope } from "effect"
import { RwLock } from "effect-sync"
import { type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

interface Box {
  readonly count: number
}

/** Somebody inside, and the value since he came or wrote. */
interface Visit {
  as: "readers" | "writers" | undefined
  value: Box | undefined
}

interface State {
  readonly lock: RwLock.RwLock<Box>
  /** What is held in the beginning. */
  readonly outer: Scope.Closeable
  readonly holder: Visit
  guard: RwLock.WriteGuard<Box> | undefined
  /** How many are inside. */
  readers: number
  writers: number
  /** Writers that may be waiting: those that have not been inside. */
  wanting: number
  /** Readers that there may be at most. */
  mayRead: number
  /** How often the value was written. */
  written: number
  /** Whether there was a moment at which somebody was in the way of a reader, or of a writer. */
  wasFull: boolean
  wasHeld: boolean
  /** How many brackets that don't wait have not run their body. */
  readonly refused: { readers: number; writers: number }
  /** Who queues in the beginning, and whether the first one reads. */
  readonly line: Line
  readonly second: Line
  readerFirst: boolean
}

const maxReaders = 2

const newcomer = (): Visit => ({ as: undefined, value: undefined })

const make: Effect.Effect<State> = Effect.map(
  RwLock.make<Box>({ count: 0 }, { maxReaders }),
  (lock) => ({
    lock,
    outer: Scope.makeUnsafe(),
    holder: newcomer(),
    guard: undefined,
    readers: 0,
    writers: 0,
    wanting: 0,
    mayRead: 0,
    written: 0,
    wasFull: false,
    wasHeld: false,
    refused: { readers: 0, writers: 0 },
    line: { queuing: false },
    second: { queuing: false },
    readerFirst: false
  })
)

// ---- who is inside -----------------------------------------------------------------------------------------------------

/** The value must be the one it was. */
const look = ({ lock }: State, { value }: Visit): void =>
  must(RwLock.getUnsafe(lock) === value, () => "the value changed while somebody else was inside")

const enter = (state: State, visit: Visit, as: "readers" | "writers"): void => {
  must(state.writers === 0, () => `one of the ${as} is let in while somebody writes`)
  must(as === "readers" || state.readers === 0, () => "somebody writes while others read")
  must(state.readers < maxReaders, () => `more than ${maxReaders} read`)
  state[as]++
  visit.as = as
  visit.value = RwLock.getUnsafe(state.lock)
}

const leave = (state: State, visit: Visit): void => {
  if (visit.as === undefined) return
  look(state, visit)
  state[visit.as]--
  visit.as = undefined
}

/** Whatever happens in the effect, the visit is over when it ends. */
const leaving = <R>(
  state: State,
  visit: Visit,
  effect: Effect.Effect<unknown, unknown, R>
): Effect.Effect<unknown, unknown, R> =>
  Effect.onExitPrimitive(effect, () => {
    leave(state, visit)
    return undefined
  })

/** Nobody who queued in the beginning still does. */
const inTurn = (state: State): void => {
  noOvertaking(state)
  if (state.second.queuing) noOvertaking({ line: state.second })
}

/** Comes in, in turn, and sees what is there. */
const reads = (state: State, visit: Visit, seen: Box): void => {
  inTurn(state)
  enter(state, visit, "readers")
  mustBe("what a reader is given", seen, visit.value)
}

/** Reads in a bracket, and leaves in the next step. */
const readsInside = (state: State) => (value: Box): Effect.Effect<unknown, unknown> => {
  const visit = newcomer()
  return leaving(state, visit, Effect.sync(() => reads(state, visit, value)))
}

/** Reads through a guard, and leaves when the fiber ends if not before. */
const readsThrough = <E>(
  state: State,
  acquire: Effect.Effect<RwLock.ReadGuard<Box>, E, Scope.Scope>,
  then?: (guard: RwLock.ReadGuard<Box>, visit: Visit) => Effect.Effect<unknown>
) => {
  const visit = newcomer()
  const come = (guard: RwLock.ReadGuard<Box>) => reads(state, visit, guard.getUnsafe())
  return leaving(
    state,
    visit,
    then === undefined ? Effect.map(acquire, come) : Effect.flatMap(acquire, (guard) => {
      come(guard)
      return then(guard, visit)
    })
  )
}

/** What a writer does who has just come in. */
type Writing = (guard: RwLock.WriteGuard<Box>, visit: Visit, state: State) => Effect.Effect<unknown, unknown>

const comesToWrite = (state: State, visit: Visit): void => {
  inTurn(state)
  enter(state, visit, "writers")
  state.wanting--
}

const writesInside = (state: State, writing: Writing) => (guard: RwLock.WriteGuard<Box>) => {
  const visit = newcomer()
  const come = Effect.sync(() => comesToWrite(state, visit))
  return leaving(state, visit, Effect.flatMap(come, () => writing(guard, visit, state)))
}

const writesThrough = <E>(
  state: State,
  acquire: Effect.Effect<RwLock.WriteGuard<Box>, E, Scope.Scope>,
  writing: Writing
) => {
  const visit = newcomer()
  const come = (guard: RwLock.WriteGuard<Box>) => {
    comesToWrite(state, visit)
    return writing(guard, visit, state)
  }
  return leaving(state, visit, Effect.flatMap(acquire, come))
}

const one = ({ count }: Box): Box => ({ count: count + 1 })

/** Adds one, in the step after the one in which it came. */
const writes: Writing = (guard, visit, state) =>
  guard.update((box) => {
    look(state, visit)
    mustBe("what a writer sees", box, visit.value)
    state.written++
    return visit.value = one(box)
  })

/** Adds one at once, so that there are few steps though it does more. */
const writesNow: (...args: Parameters<Writing>) => void = (guard, visit, state) => {
  state.written++
  guard.setUnsafe(visit.value = one(guard.getUnsafe()))
}

/** Whoever is alone is so as the lock sees it, too. */
const alone = (state: State): void =>
  must(
    RwLock.isWriteLockedUnsafe(state.lock) && state.writers === 1 && state.readers === 0,
    () => "a writer that was not downgraded yet is not alone"
  )

/** A writer has become a reader in this very step. */
const weaken = (state: State, visit: Visit): void => {
  state.mayRead++
  must(state.writers === 1 && state.readers === 0, () => "somebody was let in before the writer became a reader")
  must(!RwLock.isWriteLockedUnsafe(state.lock), () => "still locked for writing after a downgrade")
  leave(state, visit)
  state.readers++
  visit.as = "readers"
}

/** Writes, becomes a reader, and leaves in the step after that. */
const writesAndReads = <A>(
  downgrade: (guard: RwLock.WriteGuard<Box>, state: State) => Effect.Effect<RwLock.ReadGuard<A>>,
  part: (box: Box) => A
): Writing =>
(guard, visit, state) => {
  writesNow(guard, visit, state)
  return Effect.map(downgrade(guard, state), (reading) => {
    weaken(state, visit)
    mustBe("what is read after a downgrade", reading.getUnsafe(), part(visit.value!))
  })
}

// ---- operations --------------------------------------------------------------------------------------------------------

const count = Optic.id<Box>().key("count")

const positive = Optic.id<Box>().refine((box): box is Box => box.count > 0).key("count")

const countOf = ({ count }: Box): number => count

const missed = (tried: Result.Result<unknown, unknown>, guard: unknown): void =>
  must(Result.isFailure(tried) && tried.failure === guard, () => "a miss does not give the guard back")

const hitOrMissed = (
  { lock }: State,
  { as, value }: Visit,
  tried: Result.Result<{ readonly getUnsafe: () => number }, unknown>,
  guard: unknown
): void => {
  mustBe("locked for writing after a try", RwLock.isWriteLockedUnsafe(lock), as === "writers")
  if (Result.isSuccess(tried)) mustBe("the part", tried.success.getUnsafe(), value!.count)
  else missed(tried, guard)
}

/** Adds one through a guard on a part. */
const addTo = (part: RwLock.MappedWriteGuard<number>, visit: Visit, state: State): Effect.Effect<void> => {
  const add = part.update((n) => {
    look(state, visit)
    alone(state)
    state.written++
    return n + 1
  })
  return Effect.map(add, () => {
    const after = RwLock.getUnsafe(state.lock)
    mustBe("the count", after.count, visit.value!.count + 1)
    visit.value = after
  })
}

/** Those who don't wait are refused only if somebody was in their way. */
const refused = (state: State, as: "readers" | "writers"): "busy" => {
  must(as === "readers" ? state.wasFull : state.wasHeld, () => "refused though nobody was in the way")
  return "busy"
}

/** A bracket is a success either way, so those that were refused are counted. */
const unlessBusy = (state: State, as: "readers" | "writers", tried: Effect.Effect<Option.Option<unknown>, unknown>) =>
  Effect.map(tried, (did) => {
    if (Option.isSome(did)) return
    refused(state, as)
    state.refused[as]++
  })

const wantsToWrite = (run: Operation<State>["run"]): Operation<State> => ({
  run: (state) => {
    state.wanting++
    return run(state)
  }
})

const write = (writing: Writing): Operation<State> =>
  wantsToWrite((state) => writesThrough(state, RwLock.write(state.lock), writing))

const mayRead = (run: Operation<State>["run"]): Operation<State> => ({
  run: (state) => {
    state.mayRead++
    return run(state)
  }
})

const readers: Readonly<Record<string, Operation<State>>> = {
  withRead: mayRead((state) => RwLock.withRead(state.lock, readsInside(state))),
  withReadIfAvailable: mayRead((state) =>
    unlessBusy(state, "readers", RwLock.withReadIfAvailable(state.lock, readsInside(state)))
  ),
  read: mayRead((state) => readsThrough(state, RwLock.read(state.lock))),
  tryRead: mayRead((state) =>
    readsThrough(state, Effect.mapError(RwLock.tryRead(state.lock), () => refused(state, "readers")))
  ),
  "read guard.unlock": mayRead((state) =>
    readsThrough(state, RwLock.read(state.lock), (guard, visit) =>
      Effect.flatMap(guard.map(countOf), (part) => {
        mustBe("the part", part.getUnsafe(), visit.value!.count)
        leave(state, visit)
        return part.unlock
      }))
  ),
  // Whether it hits depends on whether somebody has written.
  "read guard.tryMap": mayRead((state) =>
    readsThrough(state, RwLock.read(state.lock), (guard, visit) =>
      Effect.map(
        guard.tryMap(({ count }) => count > 0 ? Option.some(count) : Option.none()),
        (tried) => hitOrMissed(state, visit, tried, guard)
      ))
  )
}

const writers: Readonly<Record<string, Operation<State>>> = {
  withWrite: wantsToWrite((state) => RwLock.withWrite(state.lock, writesInside(state, writes))),
  withWriteIfAvailable: wantsToWrite((state) =>
    unlessBusy(state, "writers", RwLock.withWriteIfAvailable(state.lock, writesInside(state, writes)))
  ),
  write: write(writes),
  tryWrite: wantsToWrite((state) =>
    writesThrough(state, Effect.mapError(RwLock.tryWrite(state.lock), () => refused(state, "writers")), writes)
  ),
  "write guard.unlock": write((guard, visit, state) =>
    Effect.flatMap(guard.map(count), (part) =>
      Effect.flatMap(addTo(part, visit, state), () => {
        leave(state, visit)
        return part.unlock
      }))
  ),
  "write guard.tryMap": write((guard, visit, state) =>
    Effect.flatMap(guard.tryMap(positive), (tried) => {
      hitOrMissed(state, visit, tried, guard)
      return Result.isSuccess(tried) ? addTo(tried.success, visit, state) : writes(guard, visit, state)
    })
  ),
  downgrade: write(writesAndReads((guard) => guard.downgrade, (box) => box)),
  downgradeMap: wantsToWrite((state) => {
    const downgrade = (guard: RwLock.WriteGuard<Box>) =>
      guard.downgradeMap((box) => {
        alone(state)
        return box.count
      })
    return RwLock.withWrite(state.lock, writesInside(state, writesAndReads(downgrade, countOf)))
  }),
  tryDowngradeMap: write(
    writesAndReads((guard, state) =>
      Effect.flatMap(guard.tryDowngradeMap(() => Option.none()), (tried) => {
        missed(tried, guard)
        const hit = guard.tryDowngradeMap((box) => {
          alone(state)
          return Option.some(box.count)
        })
        return Effect.map(hit, Result.getOrThrow)
      }), countOf)
  )
}

// ---- where they begin --------------------------------------------------------------------------------------------------

const unlock: Start<State>["events"] = {
  unlock: (state) => {
    leave(state, state.holder)
    return Scope.close(state.outer, Exit.void)
  }
}

const heldForReading: Start<State> = {
  make: Effect.tap(
    make,
    (state) =>
      Effect.map(Scope.provide(RwLock.read(state.lock), state.outer), () => {
        state.mayRead++
        enter(state, state.holder, "readers")
      })
  ),
  events: unlock!
}

/** What is held is not released, so writers wait for ever. */
const toBeDowngraded: Start<State> = {
  make: Effect.tap(make, (state) =>
    Effect.map(Scope.provide(RwLock.write(state.lock), state.outer), (guard) => {
      state.guard = guard
      enter(state, state.holder, "writers")
    })),
  events: { downgrade: (state) => Effect.map(state.guard!.downgrade, () => weaken(state, state.holder)) }
}

/** Who queues first writes. No frame may come between the lock's and that of `first`, or it could be stopped there. */
const firstWriter = first<State>((state, served) =>
  RwLock.withWrite(state.lock, (guard) => {
    served()
    return writesUncounted(state, guard)
  })
)

/** What stands for `enter` and `leave` without a frame: nobody is there at either of two moments. */
const writesUncounted = (state: State, guard: RwLock.WriteGuard<Box>): Effect.Effect<void> => {
  const visit: Visit = { as: undefined, value: RwLock.getUnsafe(state.lock) }
  const nobody = () => must(state.readers + state.writers === 0, () => "somebody is inside while one who queued writes")
  nobody()
  return Effect.sync(() => {
    nobody()
    look(state, visit)
    writesNow(guard, visit, state)
  })
}

const firstReader = first<State>((state, served) => {
  state.readerFirst = true
  state.mayRead++
  return RwLock.withRead(state.lock, (value) => {
    served()
    const visit: Visit = { as: undefined, value }
    const see = () => {
      look(state, visit)
      must(state.writers === 0, () => "somebody writes while one who queued reads")
    }
    see()
    return Effect.sync(see)
  })
})

const secondWriter = (state: State) =>
  first<{ readonly line: Line }>((_, served) =>
    RwLock.withWrite(state.lock, (guard) => {
      served()
      noOvertaking(state)
      return writesUncounted(state, guard)
    })
  )({ line: state.second })

/** Readers that may have a writer before them in the queue have one of these in their program. */
const waitsForReaders = (waiting: ReadonlyArray<string>): boolean => waiting.some((name) => name in writers)

/** Guards by the names of their holders, in a scope that keeps them. */
const kept = Effect.map(RwLock.make(0, { maxReaders }), (lock) => ({
  lock,
  scope: Scope.makeUnsafe(),
  guards: new Map<string, RwLock.ReadGuard<number> | RwLock.WriteGuard<number>>()
}))

export const rwLock: Family<State> = {
  primitive: "RwLock",
  starts: {
    free: { make },
    "held for reading": heldForReading,
    "to be downgraded": toBeDowngraded,
    queued: { ...heldForReading, queued: { withWrite: firstWriter } },
    "two queued": { ...toBeDowngraded, queued: { withRead: firstReader, withWrite: secondWriter } }
  },
  operations: { ...readers, ...writers },
  always: (state) => {
    const { lock } = state
    const reading = RwLock.readersUnsafe(lock)
    const exclusive = RwLock.isWriteLockedUnsafe(lock)
    const queuing = RwLock.waitingUnsafe(lock) > 0
    state.wasHeld ||= exclusive || reading > 0
    state.wasFull ||= exclusive || reading === maxReaders || queuing
    must(state.writers === 0 || exclusive, () => "somebody writes, and the lock does not know")
    must(state.readers <= reading, () => `${state.readers} read, and the lock knows of ${reading}`)
    const most = Math.min(maxReaders, state.mayRead)
    must(reading <= most, () => `the lock knows of ${reading} readers, and there may be ${most}`)
    if (!queuing || exclusive) return
    must(reading > 0, () => "somebody waits for a lock that is free")
    const mayWait = reading === maxReaders || state.wanting > 0 ||
      (state.readerFirst ? state.second : state.line).queuing
    must(mayWait, () => "readers wait though nobody is in their way")
  },
  check: (state, { interrupted, succeeded, waiting }) => {
    const { lock, written } = state
    mustBe("waiters in the queue", RwLock.waitingUnsafe(lock), waiting.length)
    const held = state.holder.as === undefined ? 0 : 1
    if (held === 0) mustBe("fibers that wait for ever", waiting.length, 0)
    must(waiting.length === 0 || waitsForReaders(waiting), () => "readers wait for a reader")
    must(!state.readerFirst || !state.line.queuing, () => "a reader that queued first waits for a reader")
    mustBe("readers in the end", RwLock.readersUnsafe(lock), held)
    mustBe("readers inside", state.readers, held)
    mustBe("writers inside", state.writers, 0)
    mustBe("locked for writing in the end", RwLock.isWriteLockedUnsafe(lock), false)
    mustBe("the count", RwLock.getUnsafe(lock).count, written)
    let done = -state.refused.writers
    let maybe = 0
    for (const name in writers) {
      done += succeeded(name)
      maybe += interrupted(name)
    }
    must(
      written >= done && written <= done + maybe,
      () => `written ${written} times, ${done} done, ${maybe} interrupted`
    )
    if (waiting.length > 0) return
    Effect.runSync(Scope.close(state.outer, Exit.void))
    must(Result.isSuccess(RwLock.tryWriteUnsafe(lock)), () => "nobody can write in the end")
    must(Result.isFailure(RwLock.tryReadUnsafe(lock)), () => "somebody can read though all of the lock is taken")
  },
  outcome: ({ refused, written }) => [written, refused.readers, refused.writers],
  linearizable: {
    "who holds it": specification({
      setup: kept,
      operations: {
        write: ({ guards, lock, scope }, name: string) =>
          Effect.map(Scope.provide(RwLock.write(lock), scope), (guard) => void guards.set(name, guard)),
        tryRead: ({ guards, lock, scope }, name: string) =>
          Effect.map(Scope.provide(RwLock.tryRead(lock), scope), (guard) => void guards.set(name, guard)),
        tryWrite: ({ guards, lock, scope }, name: string) =>
          Effect.map(Scope.provide(RwLock.tryWrite(lock), scope), (guard) => void guards.set(name, guard)),
        downgrade: ({ guards }, name: string) =>
          Effect.map(
            (guards.get(name) as RwLock.WriteGuard<number>).downgrade,
            (guard) => void guards.set(name, guard)
          ),
        unlock: ({ guards }, name: string) => guards.get(name)?.unlock ?? Effect.void,
        readers: ({ lock }) => RwLock.readers(lock)
      },
      calls: {
        alice: [["write", "alice"], ["downgrade", "alice"], ["unlock", "alice"]],
        bob: [["tryRead", "bob"], ["unlock", "bob"]],
        carol: [["tryWrite", "carol"], ["readers"]]
      },
      initial: { reading: [] as ReadonlyArray<string>, writing: "" },
      model: {
        write: (now, name) =>
          now.writing !== "" || now.reading.length > 0 ? Explore.blocks : [undefined, { ...now, writing: name }],
        tryRead: (now, name) =>
          now.writing !== "" || now.reading.length === maxReaders
            ? [Explore.fails("WouldBlock"), now]
            : [undefined, { ...now, reading: [...now.reading, name] }],
        tryWrite: (now, name) =>
          now.writing !== "" || now.reading.length > 0
            ? [Explore.fails("WouldBlock"), now]
            : [undefined, { ...now, writing: name }],
        downgrade: (_, name) => [undefined, { reading: [name], writing: "" }],
        unlock: (now, name) => [undefined, {
          reading: now.reading.filter((reader) => reader !== name),
          writing: now.writing === name ? "" : now.writing
        }],
        readers: (now) => [now.reading.length, now]
      },
      options: { preemptionBound: 1 }
    }),
    "what is in it": specification({
      setup: RwLock.make(1, { maxReaders }),
      operations: {
        get: (lock) => RwLock.withRead(lock, (n) => Effect.as(Effect.void, n)),
        double: (lock) => RwLock.withWrite(lock, (guard) => Effect.andThen(Effect.void, guard.update((n) => n * 2))),
        addAndGet: (lock) =>
          Effect.scoped(Effect.flatMap(RwLock.write(lock), (guard) => {
            guard.setUnsafe(guard.getUnsafe() + 1)
            return Effect.flatMap(guard.downgrade, (reading) => reading.get)
          }))
      },
      calls: { alice: [["addAndGet"], ["get"]], bob: [["double"]], carol: [["get"]] },
      initial: 1,
      model: {
        get: (n) => [n, n],
        double: (n) => [undefined, n * 2],
        addAndGet: (n) => [n + 1, n + 1]
      },
      options: { preemptionBound: 1 }
    })
  }
}
