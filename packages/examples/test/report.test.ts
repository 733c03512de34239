import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, HashMap } from "effect"
import { type Contents, type Counts, initial } from "../src/counts.ts"
import { report } from "../src/report.ts"

const reportOf = (counts: Partial<Counts>): ReadonlyArray<string> =>
  report({
    directory: "/",
    permits: 4,
    duration: Duration.millis(1234),
    counts: { ...initial, ...counts }
  }).split("\n")

const types = (entries: Record<string, Contents>) => ({ types: HashMap.fromIterable(Object.entries(entries)) })

describe("report", () => {
  it("is a table by type, the largest first, and what happened at the semaphore", () => {
    assert.deepStrictEqual(
      reportOf({
        ...types({
          "": { files: 1, lines: 21, bytes: 1066 },
          ".ts": { files: 1200, lines: 98_765, bytes: 4_321_000 },
          ".json": { files: 3, lines: 1000, bytes: 31_415 }
        }),
        counted: 1205,
        peak: 4,
        waited: 1200,
        waitTotal: Duration.seconds(1500),
        waitMax: Duration.millis(99.87),
        unreadable: Chunk.of({ path: "secret.txt", reason: "permission denied" })
      }),
      [
        "",
        "type    files   lines      bytes",
        "--------------------------------",
        ".ts     1,200  98,765  4,321,000",
        ".json       3   1,000     31,415",
        "(none)      1      21      1,066",
        "--------------------------------",
        "total   1,204  99,786  4,353,481",
        "",
        "files: 1,205 in 1.2 s",
        "open at once: 4 at most, 4 allowed",
        "waited for a permit: 1,200 (mean 1.3 s, max 99.9 ms, total 1,500 s)",
        "unreadable: 1",
        "  secret.txt: permission denied"
      ]
    )
  })

  it("works for no files at all", () => {
    assert.deepStrictEqual(reportOf({}).slice(-5), [
      "total      0      0      0",
      "",
      "files: 0 in 1.2 s",
      "open at once: 0 at most, 4 allowed",
      "waited for a permit: 0"
    ])
  })

  it("fits 80 columns, whatever the types are called and however large they are", () => {
    const largest = 999_999_999_999
    const lines = reportOf({
      ...types(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [
        `.${i}${"x".repeat(100)}`,
        { files: largest, lines: largest, bytes: largest }
      ]))),
      counted: largest,
      peak: largest,
      waited: 1_000_000,
      waitTotal: Duration.days(1000),
      waitMax: Duration.hours(1)
    })
    for (const line of lines) assert.isAtMost(line.length, 80)
    assert.include(lines.join("\n"), `.0${"x".repeat(17)}…`)
  })

  it("puts the smallest types together when there are many", () => {
    const lines = reportOf(types(Object.fromEntries(Array.from({ length: 23 }, (_, i) => [
      `.${i}`,
      { files: 1, lines: 10, bytes: 1000 - i }
    ]))))
    assert.strictEqual(lines[21], ".18           1     10     982")
    assert.strictEqual(lines[22], "(4 more)      4     40   3,918")
    assert.strictEqual(lines[24], "total        23    230  22,747")
  })

  it("names the first few unreadable files and counts the rest", () => {
    const unreadable = Array.from({ length: 8 }, (_, i) => ({ path: `${i}`, reason: "permission denied" }))
    assert.deepStrictEqual(reportOf({ unreadable: Chunk.fromIterable(unreadable) }).slice(-3), [
      "  3: permission denied",
      "  4: permission denied",
      "  and 3 more"
    ])
  })

  it("lets no file's name repaint the terminal", () => {
    const text = reportOf({
      ...types({ ".\x1b[31m": { files: 1, lines: 1, bytes: 1 } }),
      unreadable: Chunk.of({ path: "\x1b[2J", reason: "permission denied" })
    }).join("\n")
    assert.notInclude(text, "\x1b")
  })
})
