/**
 * Commands on the connection and the server. They run in the connection's fiber, within a transaction as well, and must not
 * ask for the lock of the databases.
 */
import { Effect, Result } from "effect"
import { integer, Refused } from "../commands/Command.ts"
import { glob } from "../data/glob.ts"
import { ErrorReply, failed, MapReply, OK, PONG, type Reply, wrongArguments } from "../wire/Reply.ts"
import type { Request } from "../wire/RequestDecoder.ts"
import { About } from "./About.ts"
import { CommandTable } from "./CommandTable.ts"
import { describe, info } from "./info.ts"
import { PubSub } from "./PubSub.ts"
import { type Session, Sessions } from "./Session.ts"
import { CurrentSettings, get as getSettings, set as setSettings } from "./Settings.ts"
import { DATABASES } from "./Store.ts"

type Run = (session: Session, words: Request) => Effect.Effect<Reply, never, Requirements>

type Requirements = Effect.Services<
  ReturnType<
    typeof hello | typeof client | typeof command | typeof config | typeof pubsub | typeof publish | typeof info
  >
>

const unknownSubcommand = (words: Request): Reply =>
  failed(`unknown subcommand '${words[1]!.slice(0, 128)}'. Try ${words[0]!.toUpperCase()} HELP.`)

const ping = (session: Session, words: Request): Reply => {
  if (words.length > 2) return wrongArguments("ping")
  if (session.isSubscribed && session.output.protocol === 2) return ["pong", words[1] ?? ""]
  return words[1] ?? PONG
}

/** A name without spaces or what could break a line. */
const isName = (text: string): boolean => /^[!-~]*$/.test(text)

const badName = failed("Client names cannot contain spaces, newlines or special characters.")

const hello = Effect.fnUntraced(function*(session: Session, words: Request) {
  let protocol = session.output.protocol
  let name: string | undefined
  if (words.length > 1) {
    if (!/^\d+$/.test(words[1]!)) return failed("Protocol version is not an integer or out of range")
    if (words[1] !== "2" && words[1] !== "3") return new ErrorReply("NOPROTO unsupported protocol version")
    protocol = words[1] === "3" ? 3 : 2
  }
  for (let i = 2; i < words.length; i++) {
    const option = words[i]!.toUpperCase()
    if (option === "AUTH" && i + 2 < words.length) {
      if (words[i + 1] !== "default") {
        return new ErrorReply("WRONGPASS invalid username-password pair or user is disabled.")
      }
      i += 2
    } else if (option === "SETNAME" && i + 1 < words.length) {
      name = words[++i]!
      if (!isName(name)) return badName
    } else {
      return failed(`Syntax error in HELLO option '${words[i]!.slice(0, 128)}'`)
    }
  }
  const { like } = yield* About.value
  session.output.protocol = protocol
  session.name = name ?? session.name
  const items = [
    "server",
    "redis",
    "version",
    like,
    "proto",
    protocol,
    "id",
    session.id,
    "mode",
    "standalone",
    "role",
    "master",
    "modules",
    []
  ]
  return new MapReply(items)
})

const client = Effect.fnUntraced(function*(session: Session, words: Request) {
  const [, subcommand, first, second] = words
  switch (`${subcommand!.toUpperCase()} ${words.length}`) {
    case "ID 2":
      return session.id
    case "GETNAME 2":
      return session.name === "" ? null : session.name
    case "SETNAME 3":
      if (!isName(first!)) return badName
      session.name = first!
      return OK
    case "SETINFO 4":
      if (!isName(second!)) return failed(`${first!} cannot contain spaces, newlines or special characters.`)
      if (first!.toUpperCase() === "LIB-NAME") session.library = second!
      else if (first!.toUpperCase() === "LIB-VER") session.libraryVersion = second!
      else return failed(`Unrecognized option '${first!}'`)
      return OK
    case "INFO 2":
      return `${yield* describe(session)}\n`
    case "LIST 2": {
      const { all } = yield* Sessions
      return (yield* Effect.forEach([...all.values()], describe)).map((line) => `${line}\n`).join("")
    }
    default:
      return unknownSubcommand(words)
  }
})

const command = Effect.fnUntraced(function*(words: Request) {
  const { docs, infos } = yield* CommandTable.value
  const names = words.slice(2).map((name) => name.toLowerCase())
  switch (words[1]?.toUpperCase()) {
    case undefined:
      return [...infos.values()]
    case "COUNT":
      return infos.size
    case "LIST":
      return [...infos.keys()]
    case "INFO":
      return names.length === 0 ? [...infos.values()] : names.map((name) => infos.get(name) ?? null)
    case "DOCS": {
      const wanted = names.length === 0 ? [...docs.keys()] : names.filter((name) => docs.has(name))
      return new MapReply(wanted.flatMap((name) => [name, docs.get(name)!]))
    }
    default:
      return unknownSubcommand(words)
  }
})

const config = Effect.fnUntraced(function*(words: Request) {
  const settings = yield* CurrentSettings.borrow
  const given = words.slice(2)
  switch (words[1]!.toUpperCase()) {
    case "GET":
      return given.length === 0 ? wrongArguments("config|get") : new MapReply(getSettings(settings, given))
    case "SET": {
      if (given.length === 0 || given.length % 2 === 1) return wrongArguments("config|set")
      const result = setSettings(settings, given)
      if (Result.isFailure(result)) return failed(result.failure)
      yield* CurrentSettings.sendReplace(result.success)
      return OK
    }
    case "RESETSTAT": {
      const sessions = yield* Sessions
      sessions.received = sessions.refused = sessions.commands = 0
      return OK
    }
    default:
      return unknownSubcommand(words)
  }
})

const publish = Effect.fnUntraced(function*(words: Request) {
  const pubSub = yield* PubSub
  return pubSub.publish(words[1]!, words[2]!)
})

const pubsub = Effect.fnUntraced(function*(words: Request) {
  const pubSub = yield* PubSub
  switch (words[1]!.toUpperCase()) {
    case "CHANNELS":
      return pubSub.names("channel").filter(glob(words[2] ?? "*"))
    case "NUMSUB":
      return words.slice(2).flatMap((name) => [name, pubSub.subscribers("channel", name)])
    case "NUMPAT":
      return pubSub.names("pattern").length
    default:
      return unknownSubcommand(words)
  }
})

const select = (session: Session, words: Request): Reply => {
  try {
    const database = integer(words[1]!)
    if (database < 0 || database >= DATABASES) return failed("DB index is out of range")
    session.database = database
    return OK
  } catch (thrown) {
    if (thrown instanceof Refused) return failed("invalid DB index")
    throw thrown
  }
}

export const serverCommands: ReadonlyMap<string, Run> = new Map<string, Run>([
  ["ping", (session, words) => Effect.succeed(ping(session, words))],
  ["echo", (_, words) => Effect.succeed(words[1]!)],
  ["hello", hello],
  ["client", client],
  ["select", (session, words) => Effect.sync(() => select(session, words))],
  ["quit", (session) =>
    Effect.sync(() => {
      session.isLeaving = true
      return OK
    })],
  ["command", (_, words) => command(words)],
  ["info", (_, words) => info(words.slice(1))],
  ["config", (_, words) => config(words)],
  ["publish", (_, words) => publish(words)],
  ["pubsub", (_, words) => pubsub(words)]
])
