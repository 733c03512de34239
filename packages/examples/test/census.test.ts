import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Fiber, FileSystem, HashMap, Layer, Path } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { census, OpenFiles, Tally } from "../src/census.ts"
import { type Disk, forbidden, makeDisk, pipe, symbolicLink, type Tree } from "./disk.ts"
import { piped } from "./output.ts"

const files = (count: number): Tree =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${String(i).padStart(2, "0")}.txt`, "one line\n"]))

/** For a census of a disk with so many permits, whose output is piped. */
const on = (disk: Disk, permits: number) =>
  Effect.provide(Layer.mergeAll(OpenFiles.layerWith({ permits }), Tally.layer, disk.layer, Path.layer, piped))

/** Runs to the end, as fast as the test's clock allows. */
const finish = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const leaveOut = ["node_modules", ".git"]

describe("census", () => {
  it.effect("opens as many files as there are permits, and the others wait", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(5))
      const { counts, duration, permits } = yield* finish(census("/", { leaveOut })).pipe(on(disk, 2))

      assert.strictEqual(permits, 2)
      assert.strictEqual(counts.peak, 2)
      assert.strictEqual(disk.peak, 2)
      // Two are read in each second. The third and fourth wait one second, the fifth two.
      assert.strictEqual(Duration.toSeconds(duration), 3)
      assert.strictEqual(counts.waited, 3)
      assert.strictEqual(Duration.toSeconds(counts.waitTotal), 4)
      assert.strictEqual(Duration.toSeconds(counts.waitMax), 2)
    }))

  it.effect("lets nobody wait when there are permits for all", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(5))
      const { counts, duration } = yield* finish(census("/", { leaveOut })).pipe(on(disk, 6))

      assert.strictEqual(counts.peak, 5)
      assert.strictEqual(disk.peak, 5)
      assert.strictEqual(Duration.toSeconds(duration), 1)
      assert.strictEqual(counts.waited, 0)
      assert.strictEqual(Duration.toSeconds(counts.waitTotal), 0)
    }))

  it.effect("counts files, lines and bytes by type, whatever the case of the extension", () =>
    Effect.gen(function*() {
      const disk = makeDisk({
        "a.ts": "1\n2\n",
        "B.TS": "no newline at the end",
        src: { deep: { "c.ts": "\n\n\n", "d.json": "{}\n" } },
        LICENSE: "MIT\n",
        "empty.md": ""
      })
      const { counts } = yield* finish(census("/", { leaveOut })).pipe(on(disk, 4))

      assert.deepStrictEqual(Object.fromEntries(HashMap.toEntries(counts.types)), {
        ".ts": { files: 3, lines: 5, bytes: 28 },
        ".json": { files: 1, lines: 1, bytes: 3 },
        "": { files: 1, lines: 1, bytes: 4 },
        ".md": { files: 1, lines: 0, bytes: 0 }
      })
      assert.strictEqual(counts.found, 6)
      assert.strictEqual(counts.counted, 6)
    }))

  it.effect("opens nothing that is left out, and nothing but files", () =>
    Effect.gen(function*() {
      const disk = makeDisk({
        "a.ts": "",
        node_modules: { "b.ts": "" },
        packages: { node_modules: { "c.ts": "" }, "link.ts": symbolicLink, "pipe.ts": pipe },
        ".git": "gitdir: elsewhere"
      })

      const some = yield* finish(census("/", { leaveOut })).pipe(on(disk, 4))
      assert.strictEqual(some.counts.counted, 1)

      const all = yield* finish(census("/", { leaveOut: [] })).pipe(on(disk, 4))
      assert.strictEqual(all.counts.counted, 4)
      assert.deepStrictEqual(Chunk.toReadonlyArray(all.counts.unreadable), [])
    }))

  it.effect("counts what can't be read as unreadable, and goes on", () =>
    Effect.gen(function*() {
      const disk = makeDisk({ "a.ts": "", "b.ts": forbidden, "c.ts": "", "closed.d": forbidden })
      const { counts } = yield* finish(census("/", { leaveOut })).pipe(on(disk, 1))

      assert.deepStrictEqual(Chunk.toReadonlyArray(counts.unreadable), [
        { path: "closed.d/", reason: "permission denied" },
        { path: "b.ts", reason: "permission denied" }
      ])
      assert.strictEqual(counts.counted, 3)
      assert.deepStrictEqual(HashMap.toEntries(counts.types), [[".ts", { files: 2, lines: 0, bytes: 0 }]])
    }))

  it.effect("fails if the directory is missing, or unreadable", () =>
    Effect.gen(function*() {
      const disk = makeDisk({ "closed.d": forbidden })

      const missing = yield* Effect.flip(census("/nowhere", { leaveOut })).pipe(on(disk, 1))
      assert.strictEqual(missing.message, "can't read the directory /nowhere: it does not exist")

      const closed = yield* Effect.flip(census("/closed.d", { leaveOut })).pipe(on(disk, 1))
      assert.strictEqual(closed.message, "can't read the directory /closed.d: permission denied")
    }))

  it.effect("says how far it has come, each tenth of the way once and in order", () =>
    Effect.gen(function*() {
      yield* finish(census("/", { leaveOut })).pipe(on(makeDisk(files(25)), 8))

      assert.deepStrictEqual(yield* TestConsole.logLines, [
        "25 files in /, without node_modules and .git",
        ...[3, 5, 8, 10, 13, 15, 18, 20, 23, 25].map((counted) => `${String(counted).padStart(2)} of 25 files counted`)
      ])
    }))

  it.effect("gives every permit back when interrupted, and says so last", () =>
    Effect.gen(function*() {
      const disk = makeDisk(files(9))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(census("/", { leaveOut }))
        yield* TestClock.adjust("1500 millis")
        assert.strictEqual(disk.open, 4)
        assert.strictEqual(yield* OpenFiles.availablePermits, 0)

        yield* Fiber.interrupt(fiber)
        assert.strictEqual(disk.open, 0)
        assert.strictEqual(yield* OpenFiles.availablePermits, 4)
        assert.strictEqual(yield* OpenFiles.waiting, 0)
      }).pipe(on(disk, 4))

      const lines = yield* TestConsole.logLines
      assert.strictEqual(lines.at(-1), "interrupted: 4 of 4 permits are back, 4 of 9 files counted")
    }))

  it.live("counts real files", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directory = yield* fs.makeTempDirectoryScoped()
      // Larger than one chunk of reading, with a newline at its edge.
      yield* fs.writeFileString(
        path.join(directory, "large.txt"),
        "x".repeat(65_535) + "\n" + "y".repeat(65_536) + "\n"
      )
      yield* fs.makeDirectory(path.join(directory, "below"))
      for (let i = 0; i < 40; i++) yield* fs.writeFileString(path.join(directory, "below", `${i}.md`), "# title\n\n")
      yield* fs.symlink(directory, path.join(directory, "below", "cycle"))

      const { counts } = yield* census(directory, { leaveOut }).pipe(
        Effect.provide(Layer.mergeAll(OpenFiles.layerWith({ permits: 3 }), Tally.layer, TestConsole.layer, piped))
      )
      assert.deepStrictEqual(Object.fromEntries(HashMap.toEntries(counts.types)), {
        ".txt": { files: 1, lines: 2, bytes: 131_073 },
        ".md": { files: 40, lines: 80, bytes: 360 }
      })
      assert.strictEqual(counts.peak, 3)
      assert.isAbove(counts.waited, 0)
      assert.strictEqual(counts.open, 0)
    }).pipe(Effect.provide(NodeServices.layer)))
})
