/**
 * Commands on strings.
 */
import type { KeySpace } from "../data/KeySpace.ts"
import { failed, OK, type Reply, syntaxError, wrongArguments, wrongType } from "../wire/Reply.ts"
import { type Call, type DataCommand, integer, options, Refused } from "./Command.ts"
import { expiryOf } from "./expiry.ts"

const stringAt = (keys: KeySpace, key: string, now: number): string | undefined => {
  const value = keys.get(key, now)
  if (value !== undefined && typeof value !== "string") throw new Refused(wrongType)
  return value
}

const get = ({ keys, now, words }: Call): Reply => stringAt(keys, words[1]!, now) ?? null

const set = ({ keys, now, words }: Call): Reply => {
  const [, key, value] = words as [string, string, string]
  const given = words.length === 3
    ? undefined
    : options(words, 3, ["NX", "XX", "GET", "KEEPTTL"], ["EX", "PX", "EXAT", "PXAT"])
  if (given === undefined) {
    keys.set(key, value)
    return OK
  }
  const times = [...given].filter(([name]) => /^(EX|PX|EXAT|PXAT|KEEPTTL)$/.test(name))
  if (times.length > 1 || given.has("NX") && given.has("XX")) return syntaxError
  const [unit, time] = times[0] ?? []
  const at = unit === undefined || unit === "KEEPTTL" ? undefined : expiryOf("set", unit, integer(time!), now, true)
  const before = given.has("GET") ? stringAt(keys, key, now) ?? null : undefined
  if (given.has("NX") && keys.has(key, now) || given.has("XX") && !keys.has(key, now)) return before ?? null
  if (unit === "KEEPTTL") keys.replace(key, value, now)
  else keys.set(key, value)
  if (at !== undefined) keys.expire(key, at)
  return before === undefined ? OK : before
}

const setnx = ({ keys, now, words }: Call): Reply => {
  if (keys.has(words[1]!, now)) return 0
  keys.set(words[1]!, words[2]!)
  return 1
}

/** `SETEX` and `PSETEX`. */
const setWithTime = (name: string, unit: "EX" | "PX") => ({ keys, now, words }: Call): Reply => {
  const at = expiryOf(name, unit, integer(words[2]!), now, true)
  keys.set(words[1]!, words[3]!)
  keys.expire(words[1]!, at)
  return OK
}

const getdel = ({ keys, now, words }: Call): Reply => {
  const value = stringAt(keys, words[1]!, now)
  if (value === undefined) return null
  keys.delete(words[1]!)
  return value
}

const getset = ({ keys, now, words }: Call): Reply => {
  const value = stringAt(keys, words[1]!, now)
  keys.set(words[1]!, words[2]!)
  return value ?? null
}

const mget = ({ keys, now, words }: Call): Reply =>
  words.slice(1).map((key) => {
    const value = keys.get(key, now)
    return typeof value === "string" ? value : null
  })

const mset = ({ keys, words }: Call): Reply => {
  if (words.length % 2 === 0) return wrongArguments("mset")
  for (let i = 1; i < words.length; i += 2) keys.set(words[i]!, words[i + 1]!)
  return OK
}

const add = ({ keys, now, words }: Call, by: number): Reply => {
  const n = integer(stringAt(keys, words[1]!, now) ?? "0") + by
  if (!Number.isSafeInteger(n)) return failed("increment or decrement would overflow")
  keys.replace(words[1]!, String(n), now)
  return n
}

const append = ({ keys, maxString, now, words }: Call): Reply => {
  const value = (stringAt(keys, words[1]!, now) ?? "") + words[2]!
  if (value.length > maxString) return failed("string exceeds maximum allowed size (proto-max-bulk-len)")
  keys.replace(words[1]!, value, now)
  return value.length
}

const strlen = ({ keys, now, words }: Call): Reply => stringAt(keys, words[1]!, now)?.length ?? 0

const command = (
  name: string,
  arity: number,
  isWrite: boolean,
  summary: string,
  run: DataCommand["run"],
  keys: DataCommand["keys"] = [1, 1, 1]
): DataCommand => ({
  name,
  arity,
  flags: [isWrite ? "write" : "readonly", "fast"],
  keys,
  group: "string",
  summary,
  isWrite,
  run
})

export const stringCommands: ReadonlyArray<DataCommand> = [
  command("get", 2, false, "The string in a key", get),
  command("set", -3, true, "Sets the string in a key", set),
  command("setnx", 3, true, "Sets the string in a key that is not there", setnx),
  command("setex", 4, true, "Sets the string in a key for so many seconds", setWithTime("setex", "EX")),
  command("psetex", 4, true, "Sets the string in a key for so many milliseconds", setWithTime("psetex", "PX")),
  command("getdel", 2, true, "The string in a key, which is deleted", getdel),
  command("getset", 3, true, "The string in a key, which gets another", getset),
  command("mget", -2, false, "The strings in some keys", mget, [1, -1, 1]),
  command("mset", -3, true, "Sets the strings in some keys", mset, [1, -1, 2]),
  command("incr", 2, true, "Adds 1 to the number in a key", (call) => add(call, 1)),
  command("decr", 2, true, "Subtracts 1 from the number in a key", (call) => add(call, -1)),
  command("incrby", 3, true, "Adds to the number in a key", (call) => add(call, integer(call.words[2]!))),
  command("decrby", 3, true, "Subtracts from the number in a key", (call) => add(call, -integer(call.words[2]!))),
  command("append", 3, true, "Adds to the end of the string in a key", append),
  command("strlen", 2, false, "The length of the string in a key", strlen)
]
