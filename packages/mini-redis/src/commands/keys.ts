/**
 * Commands on keys, whatever is in them.
 */
import { glob } from "../data/glob.ts"
import { failed, OK, type Reply, Simple } from "../wire/Reply.ts"
import { type Call, countOf, type DataCommand, options, Refused } from "./Command.ts"

/** So many keys are looked at before others may do something. */
const SLICE = 1000

const del = ({ keys, now, words }: Call): Reply => {
  let deleted = 0
  for (const key of words.slice(1)) {
    if (keys.has(key, now)) deleted++
    keys.delete(key)
  }
  return deleted
}

const exists = ({ keys, now, words }: Call): Reply => words.slice(1).filter((key) => keys.has(key, now)).length

const type = ({ keys, now, words }: Call): Reply => new Simple(typeOf(keys.get(words[1]!, now)))

const typeOf = (value: unknown): string => value === undefined ? "none" : typeof value === "string" ? "string" : "list"

function* matching({ keys, now, words }: Call): Generator<void, Reply> {
  const matches = glob(words[1]!)
  const found: Array<string> = []
  let looked = 0
  for (const key of keys.keys(now)) {
    if (matches(key)) found.push(key)
    if (++looked % SLICE === 0) yield
  }
  return found
}

const scan = ({ keys, now, words }: Call): Reply => {
  if (!/^\d{1,15}$/.test(words[1]!)) return failed("invalid cursor")
  const given = options(words, 2, [], ["MATCH", "COUNT", "TYPE"])
  const count = countOf(given.get("COUNT") ?? "10")
  if (count === 0) throw new Refused(failed("syntax error"))
  const matches = glob(given.get("MATCH") ?? "*")
  const wanted = given.get("TYPE")?.toLowerCase()
  const { keys: found, next } = keys.scan(Number(words[1]), Math.min(count, 10 * SLICE), now)
  const isWanted = (key: string) => matches(key) && (wanted === undefined || typeOf(keys.get(key, now)) === wanted)
  return [String(next), found.filter(isWanted)]
}

const flush = (all: boolean) => ({ databases, keys, words }: Call): Reply => {
  options(words, 1, ["SYNC", "ASYNC"], []) // at once in either case
  for (const each of all ? databases : [keys]) each.clear()
  return OK
}

const command = (
  name: string,
  arity: number,
  summary: string,
  run: DataCommand["run"],
  isWrite: boolean,
  keys: DataCommand["keys"]
): DataCommand => ({
  name,
  arity,
  flags: [isWrite ? "write" : "readonly", ...name === "keys" || name.startsWith("flush") ? ["slow"] : ["fast"]],
  keys,
  group: "generic",
  summary,
  isWrite,
  run
})

export const keyCommands: ReadonlyArray<DataCommand> = [
  command("del", -2, "Deletes keys", del, true, [1, -1, 1]),
  command("unlink", -2, "Deletes keys", del, true, [1, -1, 1]),
  command("exists", -2, "How many of some keys are there", exists, false, [1, -1, 1]),
  command("type", 2, "What is in a key", type, false, [1, 1, 1]),
  command("keys", 2, "All keys of a form", matching, false, [0, 0, 0]),
  command("scan", -2, "All keys, some at a time", scan, false, [0, 0, 0]),
  command("dbsize", 1, "How many keys there are", ({ keys }) => keys.size, false, [0, 0, 0]),
  command("flushall", -1, "Deletes all keys of all databases", flush(true), true, [0, 0, 0]),
  command("flushdb", -1, "Deletes all keys of a database", flush(false), true, [0, 0, 0])
]
