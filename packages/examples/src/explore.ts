/**
 * The explorer finds what is wrong with a hand-written pool, and nothing in the mended one.
 */
import { Explore } from "@effect-sync/explorer"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { Pool as MendedPool } from "./mendedPool.ts"
import { Pool } from "./pool.ts"

/** Two fibers use a pool of one connection, and either may be interrupted at any moment. */
const program = (make: () => Pool<string> | MendedPool<string>) => ({
  setup: Effect.sync(make),
  fibers: {
    alice: (pool: Pool<string> | MendedPool<string>) => pool.use((it) => Explore.mark(`has ${it}`)),
    bob: (pool: Pool<string> | MendedPool<string>) => pool.use((it) => Explore.mark(`has ${it}`))
  },
  check: (pool: Pool<string> | MendedPool<string>) => {
    if (pool.idle.length !== 1) throw new Error(`${pool.idle.length} of 1 connections came back`)
  }
})

export const explore = Effect.gen(function*() {
  yield* Console.log("A pool written by hand (pool.ts):\n")
  const found = yield* Explore.run(program(() => new Pool(["the connection"])), { interrupt: "everywhere" })
  yield* Console.log(String(found))
  yield* Console.log("\nThe same with a Semaphore (mendedPool.ts):\n")
  const mended = yield* Explore.run(program(() => new MendedPool(["the connection"])), { interrupt: "everywhere" })
  yield* Console.log(String(mended))
  return found.status === "failed" && mended.status === "passed" && mended.complete
})

export const exploreCommand = Command.make("explore", {}, () => Effect.asVoid(explore)).pipe(
  Command.withDescription(
    "Runs a hand-written connection pool under every interleaving of two fibers, with an interrupt at every point, shows how "
      + "it loses its connection, and that the same pool on a Semaphore does not."
  )
)
