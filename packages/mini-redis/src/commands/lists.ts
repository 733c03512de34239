/**
 * Commands on lists.
 */
import type { Deque } from "../data/Deque.ts"
import type { KeySpace } from "../data/KeySpace.ts"
import { failed, NULL_ARRAY, type Reply, wrongType } from "../wire/Reply.ts"
import { type Call, countOf, type DataCommand, integer, Refused } from "./Command.ts"

const listAt = (keys: KeySpace, key: string, now: number): Deque<string> | undefined => {
  const value = keys.get(key, now)
  if (typeof value === "string") throw new Refused(wrongType)
  return value
}

const push = (end: "pushFirst" | "pushLast") => ({ keys, now, words }: Call): Reply => {
  const key = words[1]!
  const list = keys.list(key, now)
  if (list === undefined) return wrongType
  for (let i = 2; i < words.length; i++) list[end](words[i]!)
  keys.pushed.add(key)
  return list.length
}

/** Takes from one end of a list that is there. A list that is empty is not there. */
export const takeItem = (keys: KeySpace, key: string, now: number, end: "popFirst" | "popLast"): string | undefined => {
  const list = listAt(keys, key, now)
  const item = list?.[end]()
  if (list?.length === 0) keys.delete(key)
  return item
}

const pop = (end: "popFirst" | "popLast") => ({ keys, now, words }: Call): Reply => {
  const key = words[1]!
  if (words.length === 2) return takeItem(keys, key, now, end) ?? null
  const count = countOf(words[2]!)
  const length = listAt(keys, key, now)?.length
  if (length === undefined) return NULL_ARRAY
  return Array.from({ length: Math.min(count, length) }, () => takeItem(keys, key, now, end)!)
}

const range = ({ keys, now, words }: Call): Reply => {
  const list = listAt(keys, words[1]!, now)
  const length = list?.length ?? 0
  const [start, stop] = [words[2]!, words[3]!].map(integer).map((place) => place < 0 ? place + length : place)
  const from = Math.max(0, start!)
  const to = Math.min(length - 1, stop!)
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => list!.at(from + i))
}

const length = ({ keys, now, words }: Call): Reply => listAt(keys, words[1]!, now)?.length ?? 0

/** How many seconds `BLPOP` waits; 0: for ever. */
export const secondsOf = (text: string): number => {
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(seconds) || seconds > Number.MAX_SAFE_INTEGER / 1000) {
    throw new Refused(failed("timeout is not a float or out of range"))
  }
  if (seconds < 0) throw new Refused(failed("timeout is negative"))
  return seconds
}

/** What `BLPOP` takes at once: from the first of the keys that has something. In a transaction that is all it does. */
const takeFirst = (end: "popFirst" | "popLast") => ({ keys, now, words }: Call): Reply => {
  secondsOf(words.at(-1)!)
  for (const key of words.slice(1, -1)) {
    const item = takeItem(keys, key, now, end)
    if (item !== undefined) return [key, item]
  }
  return NULL_ARRAY
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
  flags: [isWrite ? "write" : "readonly", ...name.startsWith("b") ? ["blocking"] : ["fast"]],
  keys: name.startsWith("b") ? [1, -2, 1] : [1, 1, 1],
  group: "list",
  summary,
  isWrite,
  run
})

export const listCommands: ReadonlyArray<DataCommand> = [
  command("rpush", -3, "Adds to the end of a list", push("pushLast")),
  command("lpush", -3, "Adds to the beginning of a list", push("pushFirst")),
  command("lpop", -2, "Takes from the beginning of a list", pop("popFirst")),
  command("rpop", -2, "Takes from the end of a list", pop("popLast")),
  command("lrange", 4, "A part of a list", range, false),
  command("llen", 2, "The length of a list", length, false),
  command("blpop", -3, "Takes from the beginning of a list, or waits for something there", takeFirst("popFirst")),
  command("brpop", -3, "Takes from the end of a list, or waits for something there", takeFirst("popLast"))
]
