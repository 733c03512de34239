/**
 * The parts of the key space, compared with what does the same in a simple way.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Deque } from "../src/data/Deque.ts"
import { glob } from "../src/data/glob.ts"
import { KeySpace } from "../src/data/KeySpace.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const runs = { arbitrary: { runs: 300 }, timeout: 60_000 }

describe("Deque", () => {
  const operations = ["pushFirst", "pushLast", "pushLast", "popFirst", "popLast"] as const

  it.prop(
    "is an array that is cheap at both ends",
    { steps: Arbitrary.array(int(0, 4), { maxLength: 100 }) },
    ({ steps }) => {
      const deque = new Deque<number>()
      const array: Array<number> = []
      for (const [i, step] of steps.entries()) {
        const operation = operations[step]!
        if (operation === "pushFirst") array.unshift(i)
        else if (operation === "pushLast") array.push(i)
        if (operation.startsWith("push")) deque[operation](i)
        else assert.strictEqual(deque[operation](i), operation === "popFirst" ? array.shift() : array.pop())
        assert.deepStrictEqual(Array.from({ length: deque.length }, (_, i) => deque.at(i)), array)
      }
    },
    runs
  )
})

describe("glob", () => {
  /** The same, by trying everything. */
  const matches = (pattern: string, text: string): boolean => {
    if (pattern === "") return text === ""
    if (pattern[0] === "*") {
      return Array.from({ length: text.length + 1 }, (_, i) => text.slice(i)).some((rest) =>
        matches(pattern.slice(1), rest)
      )
    }
    if (text === "") return false
    const set = /^\[(\^?)([^\]]*)(\]|$)/.exec(pattern)
    const [fits, length] = set !== null
      ? [set[2]!.includes(text[0]!) !== (set[1] === "^"), set[0].length]
      : pattern[0] === "\\" && pattern.length > 1
      ? [text[0] === pattern[1], 2]
      : [pattern[0] === "?" || pattern[0] === text[0], 1]
    return fits && matches(pattern.slice(length), text.slice(1))
  }
  const of = (parts: ReadonlyArray<string>) =>
    Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Literals(parts)), { maxLength: 8 }), (all) => all.join(""))

  it.prop(
    "fits what trying everything fits",
    {
      pattern: of(["*", "*", "?", "a", "b", "[ab]", "[^a]", "\\a", "\\*", "."]),
      text: of(["a", "b", "a", "*", "."])
    },
    ({ pattern, text }) => assert.strictEqual(glob(pattern)(text), matches(pattern, text), `${pattern} ${text}`),
    runs
  )

  it("knows ranges, sets that are not closed, and every byte", () => {
    const cases: ReadonlyArray<readonly [pattern: string, text: string, fits: boolean]> = [
      ["k[0-3]", "k2", true],
      ["k[3-0]", "k2", true],
      ["k[0-3]", "k4", false],
      ["k[^0-3]", "k4", true],
      ["k[ab", "kb", true],
      ["k[]", "k]", false],
      ["k[\\]]", "k]", true],
      ["\xff\0*", "\xff\0\n", true],
      ["?", "\n", true],
      ["(a+)+$", "(a+)+$", true],
      ["*", "", true]
    ]
    for (const [pattern, text, fits] of cases) assert.strictEqual(glob(pattern)(text), fits, pattern)
  })

  it("takes no longer for many stars", () => {
    const fits = glob("*a".repeat(500) + "*b")
    assert.isFalse(fits("a".repeat(20_000)))
    assert.isTrue(fits("a".repeat(20_000) + "b"))
  })
})

describe("KeySpace", () => {
  const step = Arbitrary.all({ kind: int(0, 7), key: int(0, 5), time: int(0, 20) })

  it.prop(
    "does what a map does that looks at every deadline",
    { steps: Arbitrary.array(step, { maxLength: 200 }) },
    ({ steps }) => {
      const keys = new KeySpace()
      const model = new Map<string, { value: string; at: number }>()
      let now = 0
      for (const [i, { key, kind, time }] of steps.entries()) {
        const name = `key ${key}`
        if (kind <= 1) {
          keys.set(name, String(i))
          model.set(name, { value: String(i), at: Infinity })
        } else if (kind === 2) {
          const at = model.get(name)?.at ?? Infinity
          keys.replace(name, String(i), now)
          model.set(name, { value: String(i), at })
        } else if (kind === 3) {
          keys.delete(name)
          model.delete(name)
        } else if (kind <= 5 && model.has(name)) {
          const at = time === 0 ? Infinity : now + time
          keys.expire(name, at)
          model.get(name)!.at = at
        } else if (kind === 6) {
          now += time
        } else {
          while (keys.purge(now, 1));
          assert.strictEqual(keys.size, [...model.values()].filter(({ at }) => at > now).length)
        }
        for (const [key, { at }] of model) if (at <= now) model.delete(key)
        assert.sameMembers([...keys.keys(now)], [...model.keys()])
        for (const [key, { at, value }] of model) {
          assert.deepStrictEqual([keys.get(key, now), keys.expiresAt(key, now)], [value, at])
        }
        const next = Math.min(...[...model.values()].map(({ at }) => at))
        assert.isAtMost(keys.nextDeadline, next)
      }
      keys.purge(now, Infinity)
      assert.strictEqual(keys.volatile, [...model.values()].filter(({ at }) => at < Infinity).length)
      assert.strictEqual(keys.nextDeadline, Math.min(...[...model.values()].map(({ at }) => at)))
    },
    runs
  )

  it.prop("a scan meets once whatever is there all the time", {
    steps: Arbitrary.array(Arbitrary.all({ key: int(0, 400), isSet: int(0, 1) }), { maxLength: 300 }),
    count: int(1, 20)
  }, ({ count, steps }) => {
    const keys = new KeySpace()
    for (let i = 0; i < 200; i++) keys.set(`key ${i}`, "")
    const touched = new Set(steps.map(({ key }) => `key ${key}`))
    const met: Array<string> = []
    const changes = [...steps]
    let cursor = 0
    do {
      const { keys: some, next } = keys.scan(cursor, count, 0)
      met.push(...some)
      for (const { isSet, key } of changes.splice(0, 20)) {
        if (isSet === 1) keys.set(`key ${key}`, "")
        else keys.delete(`key ${key}`)
      }
      cursor = next
    } while (cursor !== 0)
    const still = met.filter((key) => !touched.has(key))
    assert.strictEqual(still.length, 200 - [...touched].filter((key) => Number(key.slice(4)) < 200).length)
    assert.strictEqual(new Set(still).size, still.length)
  }, runs)

  it("deadlines that are set again and again take no room", () => {
    const keys = new KeySpace()
    for (let i = 0; i < 10; i++) keys.set(`key ${i}`, "")
    for (let i = 0; i < 10_000; i++) keys.expire(`key ${i % 10}`, 1_000_000 - i)
    assert.isAtMost(JSON.stringify(keys).length, 10_000)
    assert.strictEqual(keys.nextDeadline, 1_000_000 - 9_999)
  })
})
