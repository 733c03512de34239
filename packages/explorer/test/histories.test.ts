/**
 * Whether histories are linearizable, drawn as by Wing and Gong: a line for each fiber, on which its calls stand between their
 * beginnings and their ends.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Call, linearize, type Rules } from "../src/internal/linearizability.ts"

type Queue = ReadonlyArray<number>

/** A FIFO queue. `deq` waits while it is empty. */
const step = (state: unknown, { args, name }: Call): ReadonlyArray<readonly [any, unknown]> => {
  const queue = state as Queue
  if (name === "enq") return [[{ how: "returned", value: undefined }, [...queue, args[0]]]]
  return queue.length === 0 ? [] : [[{ how: "returned", value: queue[0] }, queue.slice(1)]]
}

/**
 * Lines such as `|enq 1|  |deq 2|`: a bar where a call begins and where it ends, `~` in place of the second if it was
 * interrupted, nothing if it still waits.
 */
const drawn = (...lines: ReadonlyArray<string>): ReadonlyArray<Call> =>
  lines.flatMap((line, i) =>
    [...line.matchAll(/\|(enq|deq) (\d)([^|~]*)([|~]?)/g)].map((found): Call => {
      const [text, name, number, , end] = found
      const n = Number(number)
      return {
        fiber: "abc"[i]!,
        name: name!,
        args: name === "enq" ? [n] : [],
        begun: found.index,
        ended: end === "" ? Infinity : found.index + text.length - 1,
        end: end === "~"
          ? { how: "interrupted" }
          : end === ""
          ? { how: "waiting" }
          : { how: "returned", value: name === "enq" ? undefined : n }
      }
    })
  )

const order = (calls: ReadonlyArray<Call>, rules: Partial<Rules> = {}) =>
  linearize(calls, [], step, { interrupted: "maybe", waiting: "justified", ...rules })
    ?.map(({ args, end, fiber, name }) => `${fiber} ${name} ${String("value" in end ? end.value ?? args[0] : args[0])}`)

describe("a history of a FIFO queue is linearizable", () => {
  it("if its calls do not overlap and come in their order", () => {
    assert.deepStrictEqual(order(drawn("|enq 1|  |enq 2|  |deq 1|  |deq 2|")), [
      "a enq 1",
      "a enq 2",
      "a deq 1",
      "a deq 2"
    ])
  })

  it("if overlapping calls can be put in order (Wing and Gong, H1)", () => {
    assert.isDefined(order(drawn(
      "|enq 1    |        |deq 2|",
      "    |enq 2  |  |deq 1|    "
    )))
    // either of two overlapping ones may have been first
    assert.isDefined(order(drawn(
      "|enq 1    |        |deq 1|",
      "    |enq 2  |  |deq 2|    "
    )))
  })

  it("not if what was put in first comes out second (H2)", () => {
    assert.isUndefined(order(drawn(
      "|enq 1|                  |deq 1|",
      "        |enq 2|  |deq 2|        "
    )))
  })

  it("not if it comes out twice (H3), or before it is put in, or without", () => {
    assert.isUndefined(order(drawn("|enq 1|  |deq 1|", "           |deq 1|")))
    assert.isUndefined(order(drawn("|deq 1|  |enq 1|")))
    assert.isUndefined(order(drawn("|deq 1|")))
    assert.isDefined(order(drawn("|deq 1  |", "  |enq 1|")))
  })

  it("if there is an order of many that overlap", () => {
    const enqs = drawn("|enq 1            |", "|enq 2            |", "|enq 3            |")
    const deqs = drawn("                    |deq 3| |deq 1| |deq 2|")
    assert.deepStrictEqual(order([...enqs, ...deqs]), [
      "c enq 3",
      "a enq 1",
      "b enq 2",
      "a deq 3",
      "a deq 1",
      "a deq 2"
    ])
  })
})

describe("a call that was interrupted", () => {
  it("may have happened or not", () => {
    assert.isDefined(order(drawn("|enq 1~  |deq 1|")))
    assert.isDefined(order(drawn("|enq 1~ |enq 2| |deq 2|")))
    assert.isDefined(order(drawn("|enq 1|  |deq 1~  |enq 2|  |deq 2|")))
  })

  it("has happened before it ended, if it has", () => {
    assert.isUndefined(order(drawn(
      "|enq 1~                  ",
      "         |enq 2|         ",
      "                 |deq 2|  |deq 1|"
    )))
  })

  it("has not happened where that is promised", () => {
    assert.isUndefined(order(drawn("|enq 1~  |deq 1|"), { interrupted: "never" }))
    assert.isDefined(order(drawn("|enq 1~ |enq 2| |deq 2|"), { interrupted: "never" }))
    assert.isUndefined(order(drawn("|enq 1|  |deq 1~  |enq 2|  |deq 2|"), { interrupted: "never" }))
  })
})

describe("a call that still waits", () => {
  it("must have a reason for that", () => {
    assert.isDefined(order(drawn("|enq 1|  |deq 1|", "   |deq 9")))
    assert.isUndefined(order(drawn("|enq 1|", "   |deq 9")))
  })

  it("needs none where that is allowed, and may have happened", () => {
    assert.isDefined(order(drawn("|enq 1|", "   |deq 9"), { waiting: "maybe" }))
    assert.isDefined(order(drawn("|enq 1|  |enq 2|  |deq 2|", "   |deq 9"), { waiting: "maybe" }))
    assert.isUndefined(order(drawn("|enq 1|  |enq 2|  |deq 2|", "                  |deq 9"), { waiting: "justified" }))
  })
})

describe("the search", () => {
  it("tries no state twice: twelve calls at once that fit in no order", () => {
    const calls = Array.from({ length: 12 }, (_, i): Call => ({
      fiber: String(i),
      name: "enq",
      args: [1],
      begun: 0,
      ended: 100,
      end: { how: "returned", value: undefined }
    }))
    const wrong: Call = {
      ...calls[0]!,
      name: "deq",
      args: [],
      begun: 101,
      ended: 102,
      end: { how: "returned", value: 2 }
    }
    let steps = 0
    const counting = (state: unknown, call: Call) => {
      steps++
      return step(state, call)
    }
    assert.isUndefined(linearize([...calls, wrong], [], counting, { interrupted: "maybe", waiting: "justified" }))
    assert.isBelow(steps, 12 * 2 ** 12 + 100)
  })

  it("has no calls to order, or none that must be", () => {
    assert.deepStrictEqual(order([]), [])
    assert.deepStrictEqual(order(drawn("|deq 1~")), [])
  })
})
