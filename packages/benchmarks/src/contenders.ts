/**
 * How the work of a contender is written down: what one operation is, and what of it the clock sees.
 *
 * Every contender brings its own loop. With a shared one the first contender would find its call sites monomorphic and
 * the last one would not, in a way that no program of a user has.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Contender } from "./measure.ts"

const now = (): number => Number(process.hrtime.bigint())

/** The nanoseconds an effect takes. */
const clocked = <E, R>(effect: Effect.Effect<unknown, E, R>): Effect.Effect<number, E, R> =>
  Effect.gen(function*() {
    const start = now()
    yield* effect
    return now() - start
  })

/** The nanoseconds a promise takes. */
const clockedPromise = async (run: () => Promise<unknown>): Promise<number> => {
  const start = now()
  await run()
  return now() - start
}

// ---- one fiber, or one async function, on its own ---------------------------------------------------------------------

/** A round is one fiber that runs `loop(operations)`, which does one operation per turn. */
export const looping = (
  name: string,
  operations: number,
  loop: (operations: number) => Effect.Effect<unknown>
): Contender => ({
  name,
  operations,
  round: () => Effect.runPromise(clocked(Effect.suspend(() => loop(operations))))
})

/** The same for the world of promises. */
export const loopingPromise = (
  name: string,
  operations: number,
  loop: (operations: number) => Promise<unknown>
): Contender => ({
  name,
  operations,
  round: () => clockedPromise(() => loop(operations))
})

// ---- many that wait for one -------------------------------------------------------------------------------------------

/** How many wait. To compare crowds of different sizes the smaller one takes several turns in a round. */
export interface Crowd {
  readonly waiters: number
  readonly turns?: number
}

/** Sets a scene up and plays it, `turns` times; only what the scene itself clocks counts. */
const scenes = (name: string, { turns = 1, waiters }: Crowd, play: () => Promise<number>): Contender => ({
  name,
  operations: waiters * turns,
  round: async () => {
    let nanoseconds = 0
    for (let i = 0; i < turns; i++) nanoseconds += await play()
    return nanoseconds
  }
})

const fiberScenes = (name: string, crowd: Crowd, scene: Effect.Effect<number>): Contender =>
  scenes(name, crowd, () => Effect.runPromise(scene))

/** Starts fibers that all run as far as they can before the next starts. */
const park = (n: number, effect: Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<unknown>> = []
    for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkDetach(effect, { startImmediately: true }))
    return fibers
  })

/**
 * The nanoseconds from the start of an effect to the end of all fibers, joining them included, as a program that waits
 * for them pays it. First the event loop has a turn, for a collection of the garbage that the set-up has left: V8 does
 * that between turns, so it would otherwise be charged to a contender that gives it one, and not to another that does all
 * in one turn.
 */
const clockedToEnd = (effect: Effect.Effect<unknown>, fibers: ReadonlyArray<Fiber.Fiber<unknown>>) =>
  Effect.andThen(Effect.sleep("1 millis"), clocked(Effect.andThen(effect, Fiber.joinAll(fibers))))

/** A lock as the crowd sees it: runs an effect while holding it. */
export type Section = (body: Effect.Effect<void>) => Effect.Effect<void>

/** One holder, the crowd waiting: from the release to the end of the last waiter. `make` makes a lock. */
export const handingOver = (name: string, crowd: Crowd, make: Effect.Effect<Section>): Contender =>
  fiberScenes(
    name,
    crowd,
    Effect.gen(function*() {
      const section = yield* make
      const gate = yield* Deferred.make<void>()
      yield* Effect.forkDetach(section(Deferred.await(gate)), { startImmediately: true })
      const fibers = yield* park(crowd.waiters, section(Effect.void))
      return yield* clockedToEnd(Deferred.succeed(gate, undefined), fibers)
    })
  )

/** What no hand-over can do without: as many fibers parked, all resumed by one scheduled task, and joined. */
export const resuming = (crowd: Crowd): Contender =>
  fiberScenes(
    "floor: resume + join",
    crowd,
    Effect.gen(function*() {
      const resumes: Array<(effect: Effect.Effect<void>) => void> = []
      const fibers = yield* park(
        crowd.waiters,
        Effect.callback<void>((resume) => {
          resumes.push(resume)
        })
      )
      const resumeAll = Effect.withFiber(({ currentDispatcher }) => {
        currentDispatcher.scheduleTask(() => {
          for (const resume of resumes) resume(Effect.void)
        }, 0)
        return Effect.void
      })
      return yield* clockedToEnd(resumeAll, fibers)
    })
  )

/** A gate as the crowd sees it: a wait, and what lets everybody go. */
export interface Gate {
  readonly wait: Effect.Effect<void>
  readonly open: Effect.Effect<unknown>
}

/** The crowd waiting at a gate: from its opening to the end of the last waiter. */
export const opening = (name: string, crowd: Crowd, make: Effect.Effect<Gate>): Contender =>
  fiberScenes(
    name,
    crowd,
    Effect.gen(function*() {
      const { open, wait } = yield* make
      const fibers = yield* park(crowd.waiters, wait)
      return yield* clockedToEnd(open, fibers)
    })
  )

/** As `handingOver`, for the world of promises. */
export const handingOverPromise = (
  name: string,
  crowd: Crowd,
  make: () => (body: () => Promise<void>) => Promise<void>
): Contender =>
  scenes(name, crowd, async () => {
    const section = make()
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const done = [section(() => gate)]
    for (let j = 0; j < crowd.waiters; j++) done.push(section(async () => {}))
    const all = Promise.all(done)
    await new Promise((resolve) => setTimeout(resolve, 1))
    return clockedPromise(() => {
      open()
      return all
    })
  })

/** One holder, the crowd waiting and interrupted, the oldest first: from the first interrupt to the end of the last. */
export const cancelling = (name: string, crowd: Crowd, make: Effect.Effect<Section>): Contender =>
  fiberScenes(
    name,
    crowd,
    Effect.gen(function*() {
      const section = yield* make
      const holder = yield* Effect.forkDetach(section(Effect.never), { startImmediately: true })
      const fibers = yield* park(crowd.waiters, section(Effect.void))
      const nanoseconds = yield* clocked(Fiber.interruptAll(fibers))
      yield* Fiber.interrupt(holder)
      return nanoseconds
    })
  )

/** What a crowd waits for at one place: how, and what releases them all. */
export interface Signal {
  readonly wait: Effect.Effect<void>
  readonly release: Effect.Effect<void>
}

/** The crowd waiting for a signal: from the release to the end of the last. */
export const releasing = (name: string, crowd: Crowd, make: Effect.Effect<Signal>): Contender =>
  fiberScenes(
    name,
    crowd,
    Effect.gen(function*() {
      const { release, wait } = yield* make
      const fibers = yield* park(crowd.waiters, wait)
      return yield* clockedToEnd(release, fibers)
    })
  )

/** The crowd asking for what is computed once: from the end of the computation to the end of the last. */
export const filling = (
  name: string,
  crowd: Crowd,
  make: (initializer: Effect.Effect<void>) => Effect.Effect<Effect.Effect<void>>
): Contender =>
  fiberScenes(
    name,
    crowd,
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const ask = yield* make(Deferred.await(gate))
      const fibers = yield* park(crowd.waiters, ask)
      return yield* clockedToEnd(Deferred.succeed(gate, undefined), fibers)
    })
  )
