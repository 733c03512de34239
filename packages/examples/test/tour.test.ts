/**
 * What all examples share: that each can be shown and run, and what the tour says of them.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Fiber, FileSystem, Layer, Option, Terminal } from "effect"
import { Command, TerminalCapabilities } from "effect/cli"
import { TestConsole } from "effect/testing"
import { examples } from "../src/examples.ts"
import { declaration, essence, type Example, example, list, repository, tour } from "../src/tour.ts"

const about = { topic: "Topic", says: "It does this and that.", shows: ["declaration"], next: "README.md" }

/** An example whose source is that of the tour, and that does what it is told. */
const fake = <E>(effect: Effect.Effect<unknown, E>) => example({ ...about, name: "tour" }, {}, () => effect)

/** Runs a tour, and gives what was printed, how it ended, and what was shown on a terminal in passing. */
const run = <R>(
  examples: ReadonlyArray<Example<R>>,
  capabilities = { canAnimate: false, canColor: false, canPrompt: false }
) =>
  Effect.gen(function*() {
    let shown = ""
    const terminal = Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: Effect.die("unused"),
      readInput: Effect.die("unused"),
      readLine: Effect.die("unused"),
      display: (text) => Effect.sync(() => void (shown += text))
    })
    const exit = yield* Effect.exit(
      tour(examples).pipe(
        Effect.provideService(Terminal.Terminal, terminal),
        Effect.provideService(TerminalCapabilities.TerminalCapabilities, capabilities)
      )
    )
    return { exit, shown, lines: (yield* TestConsole.logLines).map(String).join("\n").split("\n") }
  }).pipe(Effect.provideServiceEffect(Console.Console, TestConsole.make), Effect.provide(NodeServices.layer))

describe("examples", () => {
  for (const known of examples) {
    it.effect(`${known.name}: the lines to be shown are in its file, and fit 80 columns`, () =>
      Effect.gen(function*() {
        const { code, file } = yield* essence(known)
        assert.strictEqual(file, `packages/examples/src/${known.name}.ts`)
        for (const line of code.split("\n")) assert.isAtMost(line.length, 76, line)
      }).pipe(Effect.provide(NodeServices.layer)))

    it.effect(`${known.name}: is about 60 lines at most, and what to read next is there`, () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const root = yield* repository
        const source = yield* fs.readFileString(`${root}/packages/examples/src/${known.name}.ts`)
        assert.isAtMost(source.split("\n").length, 65)
        assert.isTrue(yield* fs.exists(`${root}/${known.next}`))
      }).pipe(Effect.provide(NodeServices.layer)))
  }

  for (const known of examples) {
    it.live(
      `${known.name}: can be interrupted at any moment, and ends`,
      () =>
        Effect.gen(function*() {
          for (const millis of [0, 5, 20, 60, 120]) {
            const fiber = yield* Effect.forkDetach(Command.runWith(known.command, { version: "0.0.0" })([]))
            yield* Effect.sleep(millis)
            const ended = yield* Effect.timeoutOption(Fiber.interrupt(fiber), "10 seconds")
            assert.isTrue(Option.isSome(ended), `${millis} ms after its start`)
          }
        }).pipe(Effect.provideServiceEffect(Console.Console, TestConsole.make), Effect.provide(NodeServices.layer)),
      60_000
    )
  }

  it("are listed with a sentence each, within 80 columns", () => {
    const lines = list(examples).split("\n")
    for (const line of lines) assert.isAtMost(line.length, 80)
    for (const { name, topic } of examples) {
      assert.isTrue(lines.some((line) => line.startsWith(`${name.padEnd(9)} ${topic}: `)), name)
    }
  })
})

describe("declaration", () => {
  const source = [
    "/** One. */",
    "export const one = 1",
    "",
    "class Two {",
    "  a = 1",
    "",
    "  b = 2",
    "}",
    "const oneMore = [",
    "  1",
    "]",
    "// the end"
  ].join("\n")

  it("is all lines up to what begins at the left edge next, without export", () => {
    assert.strictEqual(declaration(source, "one"), "const one = 1")
    assert.strictEqual(declaration(source, "Two"), "class Two {\n  a = 1\n\n  b = 2\n}")
    assert.strictEqual(declaration(source, "oneMore"), "const oneMore = [\n  1\n]")
  })

  it("is missed if it isn't there", () => {
    assert.throws(() => declaration(source, "more"), "there is no declaration of more")
  })
})

describe("tour", () => {
  it.live("announces, shows and runs each, and ends with a table", () =>
    Effect.gen(function*() {
      const { exit, lines } = yield* run([fake(Console.log("one\n\ntwo")), fake(Effect.void)])
      assert.strictEqual(exit._tag, "Success")
      assert.strictEqual(lines[2], `── 1 of 2 · Topic ${"─".repeat(41)} npm start -- tour ──`)
      assert.strictEqual(lines[4], "It does this and that.")
      assert.strictEqual(lines[6], "  packages/examples/src/tour.ts")
      assert.strictEqual(lines[7], "  │ const declaration = (source: string, name: string): string => {")
      assert.includeMembers(lines, ["  one", "  two"])
      const rows = lines.filter((line) => /^tour +Topic +\d+\.\d s {3}README\.md$/.test(line))
      assert.lengthOf(rows, 2)
      assert.notInclude(lines.join("\n"), "\x1b")
    }))

  it.live("goes on when one fails or dies, names it in the table, and fails in the end", () =>
    Effect.gen(function*() {
      const failing = fake(Effect.fail("no luck"))
      const { exit, lines } = yield* run([failing, fake(Effect.die("a defect")), fake(Console.log("still here"))])
      assert.strictEqual(exit._tag, "Failure")
      assert.include(String(exit), "failed: tour, tour")
      assert.include(lines.join("\n"), "no luck")
      assert.includeMembers(lines, ["  still here"])
      assert.lengthOf(lines.filter((line) => /^tour +Topic +failed +README\.md$/.test(line)), 2)
    }))

  it.live("interrupted, it says how far it came", () =>
    Effect.gen(function*() {
      const running = yield* Effect.forkChild(
        Effect.andThen(tour([fake(Effect.void), fake(Effect.never)]), Effect.void).pipe(
          Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))
        )
      )
      yield* Effect.sleep("300 millis")
      yield* Fiber.interrupt(running)
      const lines = yield* TestConsole.logLines
      assert.strictEqual(lines.at(-1), "\ninterrupted: 1 of 2 examples have run")
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("on a terminal it is in colour, and shows that it is at it when nothing is printed for a second", () =>
    Effect.gen(function*() {
      const quiet = Effect.andThen(Effect.sleep("1600 millis"), Console.log("done"))
      const { lines, shown } = yield* run([fake(quiet)], { canAnimate: true, canColor: true, canPrompt: false })
      assert.include(lines.join("\n"), "\x1b[1mTopic\x1b[0m")
      assert.include(shown, "… 1 s")
      // what is shown in passing is wiped before the next line
      assert.isTrue(lines.some((line) => line === "\r\x1b[2K  done"))
    }))
})
