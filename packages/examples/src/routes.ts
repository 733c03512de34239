/**
 * A routing table that many requests read and that is reloaded now and then.
 *
 * A request walks from the root of the table to its route, and at each level something is asked that takes a while, may
 * this user go on, say. A reload replaces one route after the other, which takes a while too. Without a lock a request
 * would find some routes of the old table and some of the new one, or none where one is just being replaced.
 *
 * `Routes` is a lock for readers and writers: requests share it, a reload is alone. When all is replaced it downgrades
 * its lock and checks the new table as one reader among others, sure that no other reload gets in between.
 */
import { Console, Duration, Effect, Fiber, Schema } from "effect"
import { RwLock } from "effect-sync"
import { CliError, Command, Flag } from "effect/cli"

/** Where a path leads, according to which version of the table. */
interface Route {
  readonly handler: string
  readonly version: number
}

/** A table is changed in place, so that nothing but the lock protects who reads it. */
type Table = Map<string, Route>

const paths = ["/", "/shop", "/shop/cart", "/shop/cart/pay", "/users", "/users/me"]

const routeOf = (path: string, version: number): Route => ({ handler: `${path}#${version}`, version })

const tableOf = (version: number): Table => new Map(paths.map((path) => [path, routeOf(path, version)]))

/** The table, for all who share the layer; each build of it begins with a fresh one. */
export class Routes extends RwLock.Service<Routes>()("routes/Routes", { initial: Effect.sync(() => tableOf(1)) }) {}

/** What was seen of the table along a path. */
interface Walk {
  readonly versions: ReadonlySet<number>
  /** A route on the way was not there. */
  readonly missing: boolean
  /** How many were reading at the same time, at most. */
  readonly readers: number
}

/** Asks somebody else, at each level of the table. */
const authorize = Effect.sleep("1 millis")

/** Reads a new route from where they are kept. */
const loadRoute = (path: string, version: number) => Effect.as(Effect.sleep("1 millis"), routeOf(path, version))

/** `/shop/cart` is under `/`, `/shop` and itself. */
const levels = (path: string): ReadonlyArray<string> =>
  paths.filter((level) => path === level || path.startsWith(level === "/" ? level : `${level}/`))

/** Looks up every one of these routes, waiting at each. Only while nobody writes: the lock is held all the way. */
const walk = Effect.fnUntraced(function*(table: Table, along: ReadonlyArray<string>) {
  const versions = new Set<number>()
  let missing = false
  let readers = 0
  for (const path of along) {
    yield* authorize
    const route = table.get(path)
    if (route === undefined) missing = true
    else versions.add(route.version)
    readers = Math.max(readers, yield* Routes.readers)
  }
  return { versions, missing, readers } satisfies Walk
})

/** A request reads under the lock from the first level to the last. */
const lookUp = (path: string) => Routes.withRead((table) => walk(table, levels(path)))

/** A reload: alone until every route is replaced, then one reader among others. */
const reload = Effect.fnUntraced(function*(version: number) {
  const [waited, guard] = yield* Effect.timed(Routes.write)
  const table = yield* guard.get
  for (const path of paths) {
    table.delete(path)
    table.set(path, yield* loadRoute(path, version))
  }
  const reading = yield* guard.downgrade
  const check = yield* walk(yield* reading.get, paths)
  return { waited, check }
}, Effect.scoped)

/** A lookup or check went wrong, which the lock is there to prevent. */
const isBroken = ({ missing, versions }: Walk): boolean => missing || versions.size > 1

export interface Options {
  readonly requests: number
  readonly reloads: number
}

/** Looks up routes, one request beginning each half millisecond, and reloads the table meanwhile. */
export const routes = Effect.fn("routes")(function*({ reloads, requests }: Options) {
  const request = (i: number) => Effect.delay(lookUp(paths[i % paths.length]), Duration.micros(BigInt(500 * i)))
  const requesting = yield* Effect.forkChild(
    Effect.all(Array.from({ length: requests }, (_, i) => request(i)), { concurrency: "unbounded" })
  )
  const reloaded = yield* Effect.forEach(
    Array.from({ length: reloads }, (_, i) => i + 2),
    (version) => Effect.delay(reload(version), "10 millis")
  )
  const lookups = yield* Fiber.join(requesting)
  const checks = reloaded.map(({ check }) => check)

  const most = (walks: ReadonlyArray<Walk>) => Math.max(0, ...walks.map(({ readers }) => readers))
  yield* Console.log(`${times(requests, "lookup")}, up to ${most(lookups)} at once`)
  yield* Console.log(`${times(reloads, "reload")}, each checked as one of up to ${times(most(checks), "reader")}`)
  const longest = reloaded.reduce((longest, { waited }) => Duration.max(longest, waited), Duration.zero)
  yield* Console.log(`a reload waited ${Duration.toMillis(longest).toFixed(1)} ms at most, though requests kept coming`)
  const broken = [...lookups, ...checks].filter(isBroken).length
  yield* Console.log(
    broken === 0
      ? "no lookup saw two versions mixed"
      : `${times(broken, "lookup")} saw two versions mixed, or a route missing`
  )
  const last = yield* Routes.withRead((table) => Effect.succeed(table.get("/")?.version))
  yield* Console.log(`the table is version ${last}, and ${String(yield* Routes)}`)
  return broken
})

const times = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`

const atLeastOne = Schema.Int.check(Schema.isGreaterThan(0))

export const routesCommand = Command.make("routes", {
  requests: Flag.Int("requests").pipe(
    Flag.withDescription("How many requests look up a route"),
    Flag.withSchema(atLeastOne),
    Flag.withDefault(400)
  ),
  reloads: Flag.Int("reloads").pipe(
    Flag.withDescription("How often the table is replaced meanwhile"),
    Flag.withSchema(atLeastOne),
    Flag.withDefault(8)
  )
}, (options) =>
  routes(options).pipe(
    Effect.filterOrFail(
      (broken) => broken === 0,
      (broken) => new CliError.UserError({ cause: new Error(`${times(broken, "lookup")} went wrong`) })
    ),
    Effect.provide(Routes.layer)
  )).pipe(
    Command.withDescription(
      "Many requests look up routes in a table under a RwLock, each holding it for reading across several waits. " +
        "Meanwhile the table is reloaded, route by route, under the lock for writing, which is then downgraded to check it."
    )
  )
