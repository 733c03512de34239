/**
 * The commands that are not on data, as clients are told of them.
 */
import type { Description } from "./Command.ts"
import { dataCommands } from "./dataCommands.ts"

const of =
  (group: string) => (name: string, arity: number, summary: string, ...flags: ReadonlyArray<string>): Description => ({
    name,
    arity,
    flags: [...flags, "fast"],
    keys: [0, 0, 0],
    group,
    summary
  })

const connection = of("connection")
const server = of("server")
const pubSub = of("pubsub")
const transactions = of("transactions")

const others: ReadonlyArray<Description> = [
  connection("ping", -1, "Answers"),
  connection("echo", 2, "Answers what it is told"),
  connection("hello", -1, "Greets, and agrees on the version of the protocol"),
  connection("client", -2, "About this connection, and the others"),
  connection("select", 2, "Chooses the database"),
  connection("quit", -1, "Ends the connection"),
  server("command", -1, "About the commands"),
  server("info", -1, "About the server"),
  server("config", -2, "About the settings, and changes them"),
  pubSub("publish", 3, "Sends a message to all who have subscribed", "pubsub"),
  pubSub("pubsub", -2, "About the channels", "pubsub"),
  pubSub("subscribe", -2, "Subscribes to channels", "pubsub"),
  pubSub("psubscribe", -2, "Subscribes to all channels of a form", "pubsub"),
  pubSub("unsubscribe", -1, "Ends subscriptions", "pubsub"),
  pubSub("punsubscribe", -1, "Ends subscriptions to a form", "pubsub"),
  transactions("multi", 1, "Begins a transaction"),
  transactions("exec", 1, "Does all that was queued, with nobody in between"),
  transactions("discard", 1, "Forgets what was queued")
]

/** All commands, by their names. */
export const descriptions: ReadonlyMap<string, Description> = new Map(
  [...dataCommands.values(), ...others].map((one) => [one.name, one])
)
