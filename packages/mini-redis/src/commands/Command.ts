/**
 * What a command on data is.
 */
import type { KeySpace } from "../data/KeySpace.ts"
import { failed, notAnInteger, type Reply, syntaxError } from "../wire/Reply.ts"
import type { Request } from "../wire/RequestDecoder.ts"

/** What a command on data works on. */
export interface Call {
  /** The words of the command, its name first. */
  readonly words: Request
  readonly keys: KeySpace
  /** All databases, that of `keys` among them. */
  readonly databases: ReadonlyArray<KeySpace>
  /** The time in ms. */
  readonly now: number
  /** How long a string may get. */
  readonly maxString: number
}

/** A command that takes long gives way, now and then, and goes on under the same lock. */
export type Run = (call: Call) => Reply | Generator<void, Reply>

/** What clients may ask about a command. */
export interface Description {
  readonly name: string
  /** How many words it has, its name included; a negative number is how many it has at least. */
  readonly arity: number
  readonly flags: ReadonlyArray<string>
  /** Which of the words are keys: the first, the last (from the end if negative), and the step between them. */
  readonly keys: readonly [first: number, last: number, step: number]
  readonly group: string
  readonly summary: string
}

export interface DataCommand extends Description {
  readonly isWrite: boolean
  readonly run: Run
}

/** Thrown by what reads the words of a command, and answered. */
export class Refused {
  readonly reply: Reply
  constructor(reply: Reply) {
    this.reply = reply
  }
}

/** A whole number of 64 bits, as far as a number of JavaScript can tell it. */
export const integer = (text: string): number => {
  const n = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(n)) throw new Refused(notAnInteger)
  return n
}

/** A whole number from 0, or the error that says so. */
export const countOf = (text: string): number => {
  const n = integer(text)
  if (n < 0) throw new Refused(failed("value is out of range, must be positive"))
  return n
}

/**
 * The options behind the arguments: words that stand alone, and words that another follows. Any order, any case, each once.
 */
export const options = (
  words: Request,
  from: number,
  alone: ReadonlyArray<string>,
  followed: ReadonlyArray<string>
): Map<string, string> => {
  const found = new Map<string, string>()
  for (let i = from; i < words.length; i++) {
    const name = words[i]!.toUpperCase()
    const takesOne = followed.includes(name)
    if (found.has(name) || !takesOne && !alone.includes(name) || takesOne && i + 1 === words.length) {
      throw new Refused(syntaxError)
    }
    found.set(name, takesOne ? words[++i]! : "")
  }
  return found
}
