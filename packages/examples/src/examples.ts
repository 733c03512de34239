/** All examples, in the order of the tour. */
import { Duration, Effect, Layer, Path, Schema } from "effect"
import { Argument, Flag } from "effect/cli"
import { audit, Last } from "./audit.ts"
import { cache, Words } from "./cache.ts"
import { census, Open, Tally } from "./census.ts"
import { chat, Room } from "./chat.ts"
import { config, Timeout } from "./config.ts"
import { counter, Desk } from "./counter.ts"
import { explore } from "./explore.ts"
import { Feed, feed } from "./feed.ts"
import { jobs } from "./jobs.ts"
import { join } from "./join.ts"
import { oneshot } from "./oneshot.ts"
import { Outbox, outbox } from "./outbox.ts"
import { Meeting, pentomino, phases } from "./phases.ts"
import { Port, ready } from "./ready.ts"
import { release, Site } from "./release.ts"
import { series } from "./series.ts"
import { Listening, server, Slots } from "./server.ts"
import { shutdown, Stop } from "./shutdown.ts"
import { example, repository } from "./tour.ts"
import { Lines, writers } from "./writers.ts"

const number = (name: string, what: string, value: number, least = 1) =>
  Flag.Int(name).pipe(
    Flag.withDescription(what),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: least, maximum: 999 }))),
    Flag.withDefault(value)
  )

const directory = (what: string, inRepository = "") =>
  Argument.Path("dir").pipe(
    Argument.withDescription(`${what}; without it, ${inRepository || "this repository"}`),
    Argument.withDefault(Effect.gen(function*() {
      const path = yield* Path.Path
      return path.join(yield* repository, inRepository)
    }))
  )

const source = (primitive: string) => `packages/sync/src/${primitive}.ts`

export const examples = [
  example(
    {
      name: "oneshot",
      topic: "Oneshot",
      says:
        "A callback has one result for one fiber, which waits for it: a key that another thread derives from a password.",
      shows: ["derive", "keyOf"],
      next: source("Oneshot")
    },
    { password: Flag.String("password").pipe(Flag.withDescription("The password"), Flag.withDefault("secret")) },
    ({ password }) => oneshot(password)
  ),
  example(
    {
      name: "join",
      topic: "a fiber to join",
      says:
        "Work goes on in fibers of its own, and whoever joins a fiber gets its result, or its error: no channel is needed.",
      shows: ["hashAll"],
      next: "packages/examples/src/join.ts"
    },
    { directory: directory("Whose files to read", "packages/sync/src") },
    (options) => join(options.directory)
  ),
  example(
    {
      name: "series",
      topic: "Mpsc",
      says:
        "A search sends its results one by one, never more than four ahead of whoever reads them, and ends when the reader has enough.",
      shows: ["start"],
      next: source("Mpsc")
    },
    {
      directory: directory("Where to search", "packages/sync/src"),
      word: Flag.String("word").pipe(Flag.withDescription("What is searched"), Flag.withDefault("first come")),
      enough: number("enough", "How many results are read", 6)
    },
    ({ directory, enough, word }) => series(directory, word, enough)
  ),
  example(
    {
      name: "writers",
      topic: "Mpsc to a socket",
      says: "Several fibers write over one TCP connection, which is closed when the last of them has ended.",
      shows: ["Lines", "connection", "writer"],
      next: source("Mpsc")
    },
    { lines: number("lines", "How many lines each of three writers sends", 10) },
    ({ lines }) => Effect.provide(writers(["alice", "bob", "carol"], lines), Lines.layer)
  ),
  example(
    {
      name: "counter",
      topic: "Mpsc and Oneshot",
      says:
        "An actor hands out the numbers of invoices: requests come one after the other, and each brings a way back.",
      shows: ["Desk", "actor", "nextNumber"],
      next: source("Mpsc")
    },
    { customers: number("customers", "How many ask at once", 20) },
    ({ customers }) => Effect.provide(counter(customers), Desk.layer)
  ),
  example(
    {
      name: "jobs",
      topic: "Mpsc in layers",
      says:
        "Three components with a channel between each two end in good order: what was accepted is done and printed first.",
      shows: ["Files", "workers"],
      next: "docs/channels.md"
    },
    {
      directory: directory("Whose files to read", "packages/sync/src"),
      patience: number("patience", "After how many ms it is to end", 60)
    },
    ({ directory, patience }) => jobs(directory, Duration.millis(patience))
  ),
  example(
    {
      name: "feed",
      topic: "Broadcast",
      says:
        "Two receivers get every measurement; the slow one is told how many it has missed, and the quick one misses none.",
      shows: ["Feed", "reader"],
      next: source("Broadcast")
    },
    { times: number("times", "How many measurements are sent", 40) },
    ({ times }) => Effect.provide(feed(times), Feed.layer)
  ),
  example(
    {
      name: "chat",
      topic: "Broadcast over TCP",
      says: "A chat over TCP: each connection has a receiver of its own, and hears whatever anybody says.",
      shows: ["Room", "session"],
      next: source("Broadcast")
    },
    {},
    () => Effect.provide(chat(), Room.layer)
  ),
  example(
    {
      name: "config",
      topic: "Watch",
      says: "A configuration file changes, and with it the timeout of an operation that goes on undisturbed.",
      shows: ["Timeout", "withTimeout"],
      next: source("Watch")
    },
    {},
    () => Effect.provide(config(), Timeout.layer)
  ),
  example(
    {
      name: "phases",
      topic: "Barrier",
      says:
        "Strips of a board are computed by a fiber each, and nobody begins a generation before all have done the last one.",
      shows: ["Meeting", "strip"],
      next: source("Barrier")
    },
    {
      strips: number("strips", "Into how many strips the board is cut", 5),
      generations: number("generations", "How many generations to compute", 60)
    },
    ({ generations, strips }) =>
      Effect.provide(phases(pentomino(12, 60), generations), Meeting.layerWith({ parties: strips }))
  ),
  example(
    {
      name: "audit",
      topic: "Mutex",
      says:
        "Every line of an audit log has a checksum over the line before it, so between reading the last one and writing the next to the file nobody else may come.",
      shows: ["Last", "append"],
      next: source("Mutex")
    },
    {
      clerks: number("clerks", "How many write at the same time", 8),
      entries: number("entries", "How many lines each of them writes", 5)
    },
    ({ clerks, entries }) => Effect.provide(audit(clerks, entries), Last.layer)
  ),
  example(
    {
      name: "outbox",
      topic: "Notify",
      says:
        "Lines come by callbacks; one fiber writes to a file whatever has come, in one go, and sleeps until there is more.",
      shows: ["Outbox", "write"],
      next: source("Notify")
    },
    { bursts: number("bursts", "How many bursts of lines come: one line, then two, then three …", 12) },
    ({ bursts }) => Effect.provide(outbox(bursts), Outbox.layer)
  ),
  example(
    {
      name: "release",
      topic: "RwLock",
      says:
        "Many visitors read the files of a site at a time, a release replaces them alone, and nobody ever sees half of it.",
      shows: ["Site", "visit", "publish"],
      next: source("RwLock")
    },
    {
      visits: number("visits", "How many visits there are, one each millisecond", 100),
      releases: number("releases", "How many releases, the first before all visits", 4, 2)
    },
    ({ releases, visits }) => Effect.provide(release(visits, releases), Site.layer)
  ),
  example(
    {
      name: "server",
      topic: "Semaphore",
      says: "A TCP server serves three clients at a time; the others are connected and wait in line.",
      shows: ["Slots", "serve", "session"],
      next: source("Semaphore")
    },
    {
      clients: number("clients", "How many connect at once", 9),
      slots: number("slots", "How many are served at a time", 3)
    },
    ({ clients, slots }) => Effect.provide(server(clients), Layer.merge(Slots.layerWith({ permits: slots }), Listening))
  ),
  example(
    {
      name: "cache",
      topic: "OnceCell",
      says:
        "An index is computed once, by whoever asks first; all others wait for it, also when the first hangs up halfway.",
      shows: ["Words", "ask"],
      next: source("OnceCell")
    },
    {
      directory: directory("Whose words to count", "packages/sync/src"),
      clients: number("clients", "How many ask at once", 50, 2),
      word: Flag.String("word").pipe(Flag.withDescription("What they ask for"), Flag.withDefault("interrupted"))
    },
    ({ clients, directory, word }) => Effect.provide(cache(directory, clients, word), Words.layer)
  ),
  example(
    {
      name: "ready",
      topic: "SetOnce",
      says: "Clients are there before their server and wait for its port; they all go on when it is known.",
      shows: ["Port", "startServer", "connect"],
      next: source("SetOnce")
    },
    { clients: number("clients", "How many are there before the server", 5) },
    ({ clients }) => Effect.provide(ready(clients), Port.layer)
  ),
  example(
    {
      name: "shutdown",
      topic: "CancellationToken",
      says:
        "A server stops: who is at work finishes it, who is idle is told goodbye at once, and then everything ends.",
      shows: ["Stop", "session"],
      next: source("CancellationToken")
    },
    {
      patience: number("patience", "After how many ms it is to stop, unless by Ctrl-C", 200),
      work: number("work", "How many ms the request takes that the end comes into", 500)
    },
    ({ patience, work }) => Effect.provide(shutdown(Duration.millis(patience), Duration.millis(work)), Stop.layer)
  ),
  example(
    {
      name: "census",
      topic: "all in one",
      says: "Counts all files of a directory tree concurrently, no more than four open at a time.",
      shows: ["Open", "countFile"],
      next: "packages/examples/src/census.ts"
    },
    {
      directory: directory("What to count"),
      all: Flag.Boolean("all").pipe(
        Flag.withDescription("Count node_modules, .git, dist and build too"),
        Flag.withDefault(false)
      )
    },
    ({ all, directory }) =>
      Effect.provide(
        census(directory, all ? [] : ["node_modules", ".git", "dist", "build"]),
        Layer.merge(Open.layer, Tally.layer)
      )
  ),
  example(
    {
      name: "explore",
      topic: "the explorer",
      says:
        "Runs a program in every order its fibers can take, with an interrupt at every point: Effect's own PartitionedSemaphore loses a permit, ours does not.",
      shows: ["effects"],
      next: "docs/exploring.md"
    },
    {},
    () => explore
  )
]
