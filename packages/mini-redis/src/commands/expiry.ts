/**
 * Commands on when keys expire.
 */
import { failed, type Reply, syntaxError } from "../wire/Reply.ts"
import { type Call, type DataCommand, integer, options, Refused } from "./Command.ts"

/** So far a moment may be away, or in the past. */
const MAX_TIME = Number.MAX_SAFE_INTEGER

/** The moment in ms that an option or a command names. What sets a key wants it in the future. */
export const expiryOf = (name: string, unit: string, time: number, now: number, isPositive: boolean): number => {
  const at = time * (unit.startsWith("PX") ? 1 : 1000) + (unit.endsWith("AT") ? 0 : now)
  if (isPositive && time <= 0 || Math.abs(at) > MAX_TIME) {
    throw new Refused(failed(`invalid expire time in '${name}' command`))
  }
  return at
}

const expire = (name: string, unit: string) => ({ keys, now, words }: Call): Reply => {
  const key = words[1]!
  const at = expiryOf(name, unit, integer(words[2]!), now, false)
  const when = options(words, 3, ["NX", "XX", "GT", "LT"], [])
  if (when.has("NX") && when.size > 1 || when.has("GT") && when.has("LT")) return syntaxError
  const before = keys.expiresAt(key, now)
  if (
    before === undefined ||
    when.has("NX") && before !== Infinity ||
    when.has("XX") && before === Infinity ||
    when.has("GT") && at <= before ||
    when.has("LT") && at >= before
  ) return 0
  if (at <= now) keys.delete(key)
  else keys.expire(key, at)
  return 1
}

const ttl = (unit: number) => ({ keys, now, words }: Call): Reply => {
  const at = keys.expiresAt(words[1]!, now)
  return at === undefined ? -2 : at === Infinity ? -1 : Math.round((at - now) / unit)
}

const persist = ({ keys, now, words }: Call): Reply => {
  const at = keys.expiresAt(words[1]!, now)
  if (at === undefined || at === Infinity) return 0
  keys.expire(words[1]!, Infinity)
  return 1
}

const command = (
  name: string,
  arity: number,
  summary: string,
  run: DataCommand["run"],
  isWrite = true
): DataCommand => ({
  name,
  arity,
  flags: [isWrite ? "write" : "readonly", "fast"],
  keys: [1, 1, 1],
  group: "generic",
  summary,
  isWrite,
  run
})

export const expiryCommands: ReadonlyArray<DataCommand> = [
  command("expire", -3, "Lets a key expire in so many seconds", expire("expire", "EX")),
  command("pexpire", -3, "Lets a key expire in so many milliseconds", expire("pexpire", "PX")),
  command("expireat", -3, "Lets a key expire at a moment in seconds", expire("expireat", "EXAT")),
  command("pexpireat", -3, "Lets a key expire at a moment in milliseconds", expire("pexpireat", "PXAT")),
  command("ttl", 2, "In how many seconds a key expires", ttl(1000), false),
  command("pttl", 2, "In how many milliseconds a key expires", ttl(1), false),
  command("persist", 2, "Lets a key expire never", persist)
]
