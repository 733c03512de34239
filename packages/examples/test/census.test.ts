import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Path } from "effect"
import { Mutex, Semaphore } from "effect-sync"
import { TestClock, TestConsole } from "effect/testing"
import { census, Open, Tally } from "../src/census.ts"
import { type Disk, forbidden, makeDisk, pipe, symbolicLink, type Tree } from "./disk.ts"
import { printed, replaced } from "./run.ts"

const files = (count: number): Tree =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.txt`, "one\ntwo\n"]))

const on = (disk: Disk, open: Layer.Layer<Open, unknown>) =>
  Effect.provide(Layer.mergeAll(open, Tally.layer, disk.layer, Path.layer))

/** Counts to the end, as fast as the test's clock allows, and gives what was printed. */
const run = (disk: Disk, open: Layer.Layer<Open, unknown>, leaveOut: ReadonlyArray<string> = []) =>
  printed(
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(census("/", leaveOut))
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
    }).pipe(on(disk, open))
  )

const row = (type: string, files: number, lines: number) =>
  `${type.padEnd(14)} ${String(files).padStart(6)} files  ${String(lines).padStart(9)} lines`

describe("census", () => {
  it.effect("opens as many files as there are permits, counts all, and says each second that it is still at it", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(5))
      const lines = yield* run(disk, Open.layerWith({ permits: 2 }))
      assert.strictEqual(disk.peak, 2)
      // whether a file or the clock comes first within the same millisecond is not known
      assert.deepStrictEqual(lines.map((line) => line.replace(/still counting: [01]/, "still counting: #")), [
        "/: 2 permits free",
        "still counting: # permits free",
        "still counting: # permits free",
        row(".txt", 5, 10)
      ])
    }))

  it.effect("a semaphore that holds nobody back is seen", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(5))
      const open = Layer.effect(
        Open,
        Effect.map(Open, (it) => replaced(it, Semaphore.TypeId, { withPermits: (_, effect) => effect }))
      ).pipe(Layer.provide(Open.layer))
      yield* run(disk, open)
      assert.strictEqual(disk.peak, 5)
    }))

  it.effect("a mutex that keeps nothing is seen", () =>
    Effect.gen(function*() {
      const tally = Layer.effect(
        Tally,
        Effect.map(Tally, (it) => {
          const old = Mutex.getUnsafe(it)
          return replaced(it, Mutex.TypeId, { modify: (f) => Effect.sync(() => f(old)[0]) })
        })
      ).pipe(Layer.provide(Tally.layer))
      const lines = yield* printed(
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(census("/", []))
          yield* TestClock.adjust("1 hour")
          yield* Fiber.join(fiber)
        }).pipe(Effect.provide(Layer.mergeAll(Open.layer, tally, makeDisk(files(2)).layer, Path.layer)))
      )
      assert.notInclude(lines, row(".txt", 2, 4))
    }))

  it.effect("counts what can't be read as that, and opens nothing that is left out or no file", () =>
    Effect.gen(function*() {
      const disk = makeDisk({
        "a.ts": "1\n2\n",
        "b.ts": forbidden,
        "closed.d": forbidden,
        LICENSE: "MIT\n",
        node_modules: { "c.ts": "" },
        src: { deep: { "d.ts": "\n\n\n" }, "link.ts": symbolicLink, "pipe.ts": pipe }
      })
      const lines = yield* run(disk, Open.layer, ["node_modules"])
      assert.deepStrictEqual(lines.slice(-3), [row(".ts", 2, 5), row("", 1, 1), row("(unreadable)", 2, 0)])
    }))

  it.effect("fails if the directory is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(census("/nowhere", [])).pipe(on(makeDisk({}), Open.layer))
      assert.propertyVal(error, "_tag", "PlatformError")
    }).pipe(Effect.provide(TestConsole.layer)))

  it.effect("gives every permit back when interrupted, and says so last", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(9))
      const lines = yield* printed(
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(census("/", []))
          yield* TestClock.adjust("500 millis")
          assert.strictEqual(disk.open, 4)
          yield* Fiber.interrupt(fiber)
          assert.strictEqual(disk.open, 0)
          assert.strictEqual(yield* Open.waiting, 0)
        }).pipe(on(disk, Open.layer))
      )
      assert.deepStrictEqual(lines, ["/: 4 permits free", "interrupted: 4 permits free"])
    }))
})
