/**
 * From bytes to commands: what a client sends, in RESP2 and RESP3 alike.
 *
 * A command is an array of bulk strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) or, for people at a terminal, a line of words
 * (`GET k\r\n`), with quotes where a word has spaces.
 *
 * **Strings are bytes.** Everywhere in this package a string that came from a client has one character, 0 to 255, for each
 * byte. It is binary-safe, a key of a `Map` without conversion, and takes no more memory than a buffer. It does not keep the
 * socket's chunk alive either, as a slice of a buffer would.
 *
 * Nothing is kept but the part of a line that has come so far, and the pieces of the one string that is being received: a
 * string of 64 MB that comes in a thousand pieces is put together once.
 */

/** The words of one command, its name first. Never empty. */
export type Request = ReadonlyArray<string>

/** What a client may send. More than that is an error, and the connection ends. */
export interface Limits {
  /** The bytes of one string. */
  readonly bulk: number
  /** The bytes of all strings of one command. */
  readonly request: number
}

/** A line of words may be so long, as in Redis. */
const MAX_INLINE = 64 * 1024
/** An array may have so many strings, as in Redis. */
const MAX_STRINGS = 1024 * 1024
/** `*` or `$` and a number. */
const MAX_HEADER = 32

const CR = 13
const LF = 10
const ARRAY = 42 // *
const BULK = 36 // $

/** Takes bytes as they come, and gives commands as they are complete. */
export class RequestDecoder {
  /** Why nothing more is read. The commands before that are good. */
  error: string | undefined
  private readonly limits: () => Limits
  /** The beginning of a line. */
  private line = ""
  /** How many strings of the array are still to come, and those that came. */
  private missing = 0
  private strings: Array<string> = []
  private size = 0
  /** How many bytes of the string are still to come, with its end of line, or -1 between two strings. */
  private rest = -1
  private pieces: Array<string> = []

  /** The limits are asked for with each command, since they may change. */
  constructor(limits: () => Limits) {
    this.limits = limits
  }

  /** The commands that end in these bytes. After an error there are none. */
  push(bytes: Uint8Array): Array<Request> {
    const requests: Array<Request> = []
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    while (at < buffer.length && this.error === undefined) {
      at = this.rest < 0 ? this.readLine(buffer, at, requests) : this.readString(buffer, at, requests)
    }
    return requests
  }

  private readString(buffer: Buffer, start: number, requests: Array<Request>): number {
    const end = Math.min(buffer.length, start + this.rest)
    this.rest -= end - start
    // The last two bytes are the end of the line, wherever the pieces are cut.
    const text = buffer.toString("latin1", start, end - Math.max(0, Math.min(2 - this.rest, end - start)))
    if (text !== "") this.pieces.push(text)
    if (this.rest > 0) return end
    this.rest = -1
    this.strings.push(this.pieces.length === 1 ? this.pieces[0]! : this.pieces.join(""))
    this.pieces = []
    if (--this.missing === 0) this.complete(requests)
    return end
  }

  private readLine(buffer: Buffer, start: number, requests: Array<Request>): number {
    const newline = buffer.indexOf(LF, start)
    const end = newline < 0 ? buffer.length : newline
    const first = this.line === "" ? buffer[start]! : this.line.charCodeAt(0)
    const isHeader = this.missing > 0 || first === ARRAY
    const length = this.line.length + end - start
    if (length > (isHeader ? MAX_HEADER : MAX_INLINE)) return this.tooLong(isHeader, first)
    if (newline < 0) {
      this.line += buffer.toString("latin1", start, end)
      return end
    }
    let line = this.line + buffer.toString("latin1", start, end)
    this.line = ""
    if (line.charCodeAt(line.length - 1) === CR) line = line.slice(0, -1)
    if (this.missing > 0) this.beginString(line)
    else if (first === ARRAY) this.beginArray(line)
    else this.inline(line, requests)
    return end + 1
  }

  private tooLong(isHeader: boolean, first: number): number {
    this.error = !isHeader
      ? "too big inline request"
      : this.missing > 0 && first === BULK
      ? "too big bulk count string"
      : this.missing > 0
      ? expected(first)
      : "too big mbulk count string"
    return 0
  }

  private beginArray(line: string): void {
    const count = integer(line.slice(1))
    if (count === undefined || count > MAX_STRINGS) this.error = "invalid multibulk length"
    else if (count > 0) this.missing = count // none, or fewer: nothing is asked, as in Redis
  }

  private beginString(line: string): void {
    const { bulk, request } = this.limits()
    const length = integer(line.slice(1))
    if (line.charCodeAt(0) !== BULK) this.error = expected(line.charCodeAt(0))
    else if (length === undefined || length < 0 || length > bulk) this.error = "invalid bulk length"
    else if ((this.size += length) > request) this.error = "too big request"
    else this.rest = length + 2
  }

  private inline(line: string, requests: Array<Request>): void {
    const words = split(line)
    if (words === undefined) {
      this.error = "unbalanced quotes in request"
    } else if (words.length > 0) {
      this.strings = words
      this.complete(requests)
    }
  }

  private complete(requests: Array<Request>): void {
    requests.push(this.strings)
    this.strings = []
    this.size = 0
  }
}

const expected = (got: number): string => `expected '$', got '${Number.isNaN(got) ? "" : String.fromCharCode(got)}'`

/** A whole number, written as one writes it: no spaces, no sign but `-`, no zeros before it. */
const integer = (text: string): number | undefined => /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" }

/**
 * One word: what comes before a quote, and what is quoted, behind which there must be a space. `\` escapes any character in
 * double quotes, and in single ones only the quote.
 */
const word =
  /([^ \t\r\n"']*)(?:"((?:[^"\\]|\\[^])*)"(?=[\t-\r ]|$)|'((?:[^'\\]|\\'|\\(?!'))*)'(?=[\t-\r ]|$)|(?=[ \t\r\n]|$))/y

/** The words of a line, or `undefined` when a quote is not closed, or something follows it. As Redis's `sdssplitargs`. */
const split = (line: string): Array<string> | undefined => {
  const words: Array<string> = []
  let at = 0
  for (;;) {
    // Not `\s`: to that the byte 0xA0 is a space, and "à" has it.
    while (/[\t-\r ]/.test(line.charAt(at))) at++
    if (at === line.length) return words
    word.lastIndex = at
    const found = word.exec(line)
    if (found === null) return undefined
    const [, begin, double, single] = found
    words.push(begin! + (double !== undefined ? unescape(double) : (single ?? "").replaceAll("\\'", "'")))
    at = word.lastIndex
  }
}

const unescape = (text: string): string =>
  text.replace(
    /\\(?:x([0-9a-fA-F]{2})|([^]))/g,
    (_, hex?: string, char?: string) =>
      hex === undefined ? escapes[char!] ?? char! : String.fromCharCode(Number.parseInt(hex, 16))
  )
