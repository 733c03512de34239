import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Output, PIECE } from "../src/wire/Output.ts"
import { ErrorReply, MapReply, NULL_ARRAY, OK, Push, type Reply } from "../src/wire/Reply.ts"
import { type Limits, RequestDecoder } from "../src/wire/RequestDecoder.ts"

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1")

const generous: Limits = { bulk: 1 << 20, request: 1 << 20 }

/** Everything that a decoder makes of pieces. */
const decode = (pieces: ReadonlyArray<string>, limits: Limits = generous) => {
  const decoder = new RequestDecoder(() => limits)
  const requests = pieces.flatMap((piece) => decoder.push(bytes(piece)))
  return { requests, error: decoder.error }
}

/** Cuts a text at places that numbers below 1 tell. */
const cut = (text: string, places: ReadonlyArray<number>): Array<string> => {
  const at = [...new Set(places.map((place) => Math.floor(place * text.length)))].sort((a, b) => a - b)
  return [...at, text.length].map((end, i) => text.slice(i === 0 ? 0 : at[i - 1], end))
}

const encode = (requests: ReadonlyArray<ReadonlyArray<string>>): string =>
  requests.map((words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`)
    .join("")

const byte = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
const binary = Arbitrary.map(Arbitrary.array(byte), (codes) => String.fromCharCode(...codes))
const requests = Arbitrary.array(Arbitrary.array(binary, { minLength: 1 }))
const places = Arbitrary.array(Arbitrary.schema(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))))

/** Bits that a request is made of, and some it is not: put together anyhow they are mostly wrong, and soon or late. */
const bits = [
  "*1",
  "*2",
  "*-1",
  "*x",
  "$0",
  "$1",
  "$3",
  "$-1",
  "$9999999",
  "\r\n",
  "\r\n",
  "\r\n",
  "\n",
  "GET",
  "k",
  "\"",
  "'",
  " ",
  "\\",
  "\0",
  "\xff"
]
const garbage = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(bits))),
  (parts) => parts.join("")
)

const runs = { arbitrary: { runs: 500 }, timeout: 60_000 }

describe("RequestDecoder", () => {
  it.prop("any split of the bytes gives the same commands, whatever bytes they have", { requests, places }, (
    { places, requests }
  ) => {
    const text = encode(requests)
    assert.deepStrictEqual(decode(cut(text, places)), { requests, error: undefined })
    assert.deepStrictEqual(decode(text.split("")), { requests, error: undefined })
  }, runs)

  it.prop("any split of malformed bytes gives the same commands and the same error", { garbage, places }, (
    { garbage, places }
  ) => {
    const whole = decode([garbage])
    assert.deepStrictEqual(decode(cut(garbage, places)), whole)
    assert.deepStrictEqual(decode(garbage.split("")), whole)
  }, runs)

  it("garbage comes into every kind of error", () => {
    const kinds = new Set<string | undefined>()
    for (const a of bits) {
      for (const b of bits) {
        for (const c of bits) kinds.add(decode([`${a}${b}${c}\r\n`]).error?.replace(/got '.*'/s, "got …"))
      }
    }
    assert.sameMembers([...kinds], [
      undefined,
      "invalid multibulk length",
      "invalid bulk length",
      "expected '$', got …",
      "unbalanced quotes in request"
    ])
  })

  it("lines of words, with quotes", () => {
    const { requests } = decode([
      "PING\r\nSET k \"two words\\r\\n\\x00\\\"\" 'it\\'s'\n\r\n   \r\n  GET   k  \r\n"
    ])
    assert.deepStrictEqual(requests, [["PING"], ["SET", "k", "two words\r\n\0\"", "it's"], ["GET", "k"]])
    for (const line of ["SET k \"open", "SET k 'open", "SET k \"a\"b", "SET k a\"b"]) {
      assert.strictEqual(decode([`PING\r\n${line}\r\nPING\r\n`]).error, "unbalanced quotes in request")
      assert.deepStrictEqual(decode([`PING\r\n${line}\r\nPING\r\n`]).requests, [["PING"]])
    }
  })

  it("quotes inside a word belong to it, and nothing but a space comes behind them", () => {
    const words = (line: string) => decode([`${line}\r\n`])
    assert.deepStrictEqual(words("DEL a\"b c\" d'e'  ''  f").requests, [["DEL", "ab c", "de", "", "f"]])
    assert.deepStrictEqual(words("SET k 'a\\b\\n\\'' \"a\\x4\"").requests, [["SET", "k", "a\\b\\n'", "ax4"]])
    // The second byte of "à" is no space.
    assert.deepStrictEqual(words("GET \xc3\xa0\"\xc3\xa0\"").requests, [["GET", "\xc3\xa0\xc3\xa0"]])
    for (const line of ["DEL a\"b\"c", "DEL \"a\"\"b\"", "DEL a'b'\"c\"", "DEL 'a\\'", "DEL a'b"]) {
      assert.deepStrictEqual(words(line), { requests: [], error: "unbalanced quotes in request" })
    }
  })

  it("nothing comes of an empty array, or of none", () => {
    assert.deepStrictEqual(decode(["*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n"]).requests, [["PING"]])
  })

  const malformed: ReadonlyArray<readonly [name: string, text: string, error: string]> = [
    ["a string of negative length", "*1\r\n$-1\r\n", "invalid bulk length"],
    ["a length that is none", "*1\r\n$abc\r\n", "invalid bulk length"],
    ["a string over the limit", "*1\r\n$11\r\n", "invalid bulk length"],
    ["strings that are too much together", "*3\r\n$10\r\n0123456789\r\n$10\r\n0123456789\r\n$1\r\n", "too big request"],
    ["a number of strings over the limit", "*1048577\r\n", "invalid multibulk length"],
    ["a number of strings that is none", "*1e3\r\n", "invalid multibulk length"],
    ["something else than a string", "*1\r\n:1\r\n", "expected '$', got ':'"],
    ["a length without an end", `*1\r\n$${"1".repeat(40)}`, "too big bulk count string"],
    ["a number of strings without an end", `*${"1".repeat(40)}`, "too big mbulk count string"],
    ["a line without an end", "x".repeat(64 * 1024 + 1), "too big inline request"]
  ]
  for (const [name, text, error] of malformed) {
    it(`${name} is an error, and nothing comes after it`, () => {
      const limits = { bulk: 10, request: 20 }
      const got = decode([`PING\r\n${text}`, "\r\nPING\r\n"], limits)
      assert.deepStrictEqual([got.requests, got.error], [[["PING"]], error])
    })
  }

  it("takes the time of its bytes for a long string in small pieces", () => {
    const decoder = new RequestDecoder(() => ({ bulk: 1 << 26, request: 1 << 26 }))
    const piece = bytes("x".repeat(1 << 10))
    decoder.push(bytes(`*1\r\n$${1 << 24}\r\n`))
    for (let i = 0; i < 1 << 14; i++) assert.isEmpty(decoder.push(piece))
    assert.strictEqual(decoder.push(bytes("\r\n"))[0]![0]!.length, 1 << 24)
  })
})

describe("Output", () => {
  const text = (protocol: 2 | 3, ...replies: ReadonlyArray<Reply>): string => {
    const output = new Output()
    output.protocol = protocol
    for (const reply of replies) output.add(reply)
    const size = output.size
    const all = Buffer.concat(output.take())
    assert.deepStrictEqual([all.length, output.size, output.take()], [size, 0, []])
    return all.toString("latin1")
  }

  it("speaks RESP2", () => {
    assert.strictEqual(
      text(2, OK, new ErrorReply("ERR a\r\nb"), 7, -1, "a\0\xff", "", null, NULL_ARRAY, [1, ["x"], null]),
      "+OK\r\n-ERR a  b\r\n:7\r\n:-1\r\n$3\r\na\0\xff\r\n$0\r\n\r\n$-1\r\n*-1\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n"
    )
    assert.strictEqual(
      text(2, new MapReply(["k", 1]), new Push(["m", "x"])),
      "*2\r\n$1\r\nk\r\n:1\r\n*2\r\n$1\r\nm\r\n$1\r\nx\r\n"
    )
  })

  it("speaks RESP3", () => {
    assert.strictEqual(
      text(3, null, NULL_ARRAY, new MapReply(["k", 1]), new Push(["m"])),
      "_\r\n_\r\n%1\r\n$1\r\nk\r\n:1\r\n>1\r\n$1\r\nm\r\n"
    )
  })

  it("cuts what is long into pieces, and loses no byte", () => {
    const long = Array.from({ length: 3 * PIECE + 7 }, (_, i) => String.fromCharCode(i % 256)).join("")
    assert.strictEqual(text(2, long, "x"), `$${long.length}\r\n${long}\r\n$1\r\nx\r\n`)
    const output = new Output()
    output.add(long)
    for (const piece of output.take()) assert.isAtMost(piece.length, 2 * PIECE)
  })
})
