/**
 * What a client is answered.
 *
 * Most replies are plain values: a string is a bulk string (one character for each byte), a number an integer, `null` is
 * nothing, an array an array. The others are instances of a class.
 */

export type Reply = string | number | null | ReadonlyArray<Reply> | Simple | ErrorReply | NullArray | MapReply | Push

/** A short text without line breaks, such as `OK`. */
export class Simple {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** The first word says what kind of error it is. */
export class ErrorReply {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Nothing, where there would have been an array: RESP2 tells the two apart. */
export class NullArray {
  readonly isNull = true
}

/** Keys and values, one after the other; RESP2 knows them as an array. */
export class MapReply {
  readonly items: ReadonlyArray<Reply>
  constructor(items: ReadonlyArray<Reply>) {
    this.items = items
  }
}

/** What nobody asked for, or not just now: messages, and answers to SUBSCRIBE. In RESP2 an array. */
export class Push {
  readonly items: ReadonlyArray<Reply>
  constructor(items: ReadonlyArray<Reply>) {
    this.items = items
  }
}

export const OK: Reply = new Simple("OK")
export const PONG: Reply = new Simple("PONG")
export const QUEUED: Reply = new Simple("QUEUED")
export const NULL_ARRAY: Reply = new NullArray()

/** An error of no particular kind. */
export const failed = (text: string): ErrorReply => new ErrorReply(`ERR ${text}`)

export const wrongType: Reply = new ErrorReply("WRONGTYPE Operation against a key holding the wrong kind of value")
export const notAnInteger: Reply = failed("value is not an integer or out of range")
export const syntaxError: Reply = failed("syntax error")
export const wrongArguments = (name: string): Reply =>
  failed(`wrong number of arguments for '${name.toLowerCase()}' command`)
