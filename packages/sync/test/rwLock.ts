/**
 * What the tests of RwLock share.
 */
import { assert } from "@effect/vitest"
import { Effect, Exit, Optic, Scope } from "effect"
import { RwLock } from "effect-sync"
import { forkSettled, settle } from "./utils.ts"

export interface Config {
  readonly host: string
  readonly port: number
  readonly limits: { readonly connections: number }
}

export const config: Config = { host: "localhost", port: 80, limits: { connections: 10 } }
export const limits = Optic.id<Config>().key("limits")
export const connections = Optic.id<Config["limits"]>().key("connections")

/** Who is in, in the order in which they came, and a way to let them go. */
export const visitors = (lock: RwLock.RwLock<any>) => {
  const entered: Array<string> = []
  const inside = new Set<string>()
  const scopes = new Map<string, Scope.Closeable>()
  const enter = (name: string, lock: Effect.Effect<unknown, never, Scope.Scope>) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      scopes.set(name, scope)
      const visit = Effect.map(Scope.provide(lock, scope), () => {
        entered.push(name)
        inside.add(name)
      })
      return yield* forkSettled(visit)
    })
  return {
    entered,
    inside: () => [...inside],
    /** A fiber that reads until told to leave; its name says that it does. */
    reads: (name: string) => enter(name, RwLock.read(lock)),
    writes: (name: string) => enter(name, RwLock.write(lock)),
    leaves: (name: string) =>
      Effect.gen(function*() {
        inside.delete(name)
        yield* Scope.close(scopes.get(name)!, Exit.void)
        yield* settle
      })
  }
}

/** What can be seen of a lock. */
export const state = (lock: RwLock.RwLock<any>) => ({
  readers: RwLock.readersUnsafe(lock),
  writeLocked: RwLock.isWriteLockedUnsafe(lock),
  waiting: RwLock.waitingUnsafe(lock)
})

export const free = { readers: 0, writeLocked: false, waiting: 0 }

/** Nothing is held any more, as the lock itself shows: a writer gets in. */
export const isFree = (lock: RwLock.RwLock<any>) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(state(lock), free)
    yield* Effect.scoped(RwLock.tryWrite(lock))
    assert.deepStrictEqual(state(lock), free)
  })
