/**
 * A web site is a directory of files. Visitors read several of them, and releases replace them all, one after the other:
 * without a lock a visitor would find some pages of the old release and some of the new one.
 *
 * `Site` is a lock for readers and writers around the directory: visitors share it, a release is alone. When all pages are
 * replaced it downgrades its lock and looks at them as one visitor among others, sure that no other release comes between.
 */
import { Array, Console, Effect, FileSystem } from "effect"
import { RwLock } from "effect-sync"

/** The directory of the site, for all who share the layer. */
export class Site extends RwLock.Service<Site>()("release/Site", {
  initial: FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped())
}) {}

const pages = ["index", "news", "prices", "about"]

/** Reads all pages, and gives the releases they are of: two are one too many. */
const look = Effect.fnUntraced(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  const seen = yield* Effect.forEach(pages, (page) => fs.readFileString(`${directory}/${page}.html`))
  return { releases: new Set(seen), visitors: yield* Site.readers }
})

const visit = Site.withRead(look) // many at a time

/** Replaces all pages. */
const publish = Effect.fnUntraced(function*(n: number) {
  const fs = yield* FileSystem.FileSystem
  const guard = yield* Site.write // alone from here
  const site = yield* guard.get
  for (const page of pages) {
    yield* fs.writeFileString(`${site}/${page}.html`, `release ${n}`)
  }
  const reading = yield* guard.downgrade // visitors may come in again
  return yield* look(yield* reading.get)
}, Effect.scoped)

export const release = Effect.fn("release")(function*(visits: number, releases: number) {
  yield* publish(1)
  const visiting = Effect.forEach(Array.range(1, visits), (i) => Effect.delay(visit, `${i} millis`), {
    concurrency: "unbounded"
  })
  const publishing = Effect.forEach(Array.range(2, releases), (n) => Effect.delay(publish(n), "20 millis"))
  const [seen, published] = yield* Effect.all([visiting, publishing], { concurrency: 2 })
  const most = Math.max(...seen.map(({ visitors }) => visitors))
  const mixed = [...seen, ...published].filter(({ releases }) => releases.size !== 1).length
  yield* Console.log(`${visits} visits, up to ${most} at a time, while ${published.length} releases were published`)
  yield* Console.log(`${mixed} visits saw pages of two releases`)
  yield* Console.log(`in the end: ${[...(yield* visit).releases].join(", ")}; ${String(yield* Site)}`)
})
