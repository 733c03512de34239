/**
 * The program as it is run, in a process of its own.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"
import { examples } from "../src/examples.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** In an environment of its own too: FORCE_COLOR, as some CI systems set it, would colour the errors. */
const start = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  ChildProcessSpawner.ChildProcessSpawner.use((spawner) =>
    spawner.spawn(ChildProcess.make(process.execPath, ["--conditions=@effect-sync/source", main, ...args], { env }))
  )

const text = <E>(stream: Stream.Stream<Uint8Array, E>) => stream.pipe(Stream.decodeText(), Stream.mkString)

const run = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const child = yield* start(args, env)
    const [out, err, status] = yield* Effect.all([text(child.stdout), text(child.stderr), child.exitCode], {
      concurrency: "unbounded"
    })
    return { out, err, status: Number(status) }
  }))

/** A process takes its time to start on a busy machine. */
const PATIENCE = 60_000

/** Starts a process, sends a signal when it has printed a certain line, and gives all lines and the status. */
const interruptAt = (
  args: ReadonlyArray<string>,
  isMoment: (line: string) => boolean,
  killSignal: "SIGINT" | "SIGTERM" = "SIGINT"
) =>
  Effect.gen(function*() {
    const child = yield* start(args)
    const lines = yield* child.stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.tap((line) => isMoment(line) ? child.kill({ killSignal }) : Effect.void),
      Stream.runCollect
    )
    return { lines: [...lines], status: Number(yield* child.exitCode), err: yield* text(child.stderr) }
  })

const names = examples.map(({ name }) => name)

layer(NodeServices.layer, { excludeTestServices: true })("main", (it) => {
  it.effect(
    "runs all examples, within 80 columns and plain when piped, and ends with a table of them",
    () =>
      Effect.gen(function*() {
        const { err, out, status } = yield* run([])
        assert.deepStrictEqual([status, err], [0, ""])
        assert.notInclude(out, "\x1b")
        assert.notInclude(out, "\r")
        const lines = out.split("\n")
        for (const line of lines) assert.isAtMost(line.length, 80, line)
        const table = lines.slice(lines.findIndex((line) => line.startsWith("── what ran")))
        const ran = table.flatMap((line) => /^(\w+) +.* \d+\.\d s   \S+$/.exec(line)?.[1] ?? [])
        assert.deepStrictEqual(ran, names)
      }),
    PATIENCE
  )

  it.effect("is in colour where that is asked for, and nowhere with NO_COLOR", () =>
    Effect.gen(function*() {
      assert.include((yield* run(["join"], { FORCE_COLOR: "1" })).out, "\x1b[")
      assert.notInclude((yield* run(["join"], { FORCE_COLOR: "1", NO_COLOR: "1" })).out, "\x1b[")
    }), PATIENCE)

  it.effect("lists the examples, which are what its help lists, within 80 columns", () =>
    Effect.gen(function*() {
      const { out, status } = yield* run(["--list"])
      assert.strictEqual(status, 0)
      assert.deepStrictEqual(out.match(/^\w+/gm), names)
      const help = (yield* run(["--help"])).out
      for (const { name, topic } of examples) assert.match(help, new RegExp(`^ +${name} +${topic}$`, "m"))
      for (const line of (out + help).split("\n")) assert.isAtMost(line.length, 80, line)
    }), PATIENCE)

  it.effect("runs one by its name, with its options, and explains those", () =>
    Effect.gen(function*() {
      const { err, out, status } = yield* run(["audit", "--clerks", "3", "--entries", "2"])
      assert.deepStrictEqual([status, err], [0, ""])
      assert.include(out, "\n  … 6 of 6 lines follow from the one before\n")
      assert.notInclude(out, "what ran")
      assert.match((yield* run(["audit", "--help"])).out, /^ +--clerks integer +How many write at the same time/m)
      assert.strictEqual((yield* run(["audit", "--clerks", "0"])).status, 1)
    }), PATIENCE)

  it.effect("answers an unknown name with the nearest ones, and status 1", () =>
    Effect.gen(function*() {
      const { err, status } = yield* run(["sever"])
      assert.strictEqual(status, 1)
      assert.match(err, /Unknown subcommand "sever"[^]*Did you mean this\?\n +server\n/)
      assert.match((yield* run(["ONESHOT"])).err, /Did you mean this\?\n +oneshot\n/)
      const far = yield* run(["zzzzqq"])
      assert.strictEqual(far.status, 1)
      assert.lengthOf(names.filter((name) => new RegExp(`^ +${name}$`, "m").test(far.err)), 3)
      const strange = yield* run(["nothing-like-it"])
      assert.strictEqual(strange.status, 1)
      for (const name of names) assert.match(strange.out, new RegExp(`^ +${name} `, "m"))
    }), PATIENCE)

  it.effect(
    "ends with a sentence and status 1 if a directory is missing, or no file may be open",
    () =>
      Effect.gen(function*() {
        const missing = yield* run(["census", "/no/such/directory"])
        assert.strictEqual(missing.status, 1)
        assert.include(missing.err, "/no/such/directory")
        const { err, status } = yield* run(["census"], { CENSUS_OPEN_FILES: "0" })
        assert.strictEqual(status, 1)
        assert.include(err, "Expected a value greater than 0\n  at [\"CENSUS_OPEN_FILES\"]")
      }),
    PATIENCE
  )

  it.effect(
    "Ctrl-C ends it in the middle: what has begun is finished, and the last line says how far it came",
    () =>
      Effect.gen(function*() {
        const { err, lines, status } = yield* interruptAt([], (line) => line === "  bob hears: done after 50 ms")
        assert.deepStrictEqual([status, err], [130, ""])
        assert.includeMembers(lines, ["  alice hears: done after 500 ms", "  alice is disconnected"])
        const before = names.indexOf("shutdown")
        assert.strictEqual(lines.at(-1), `interrupted: ${before} of ${names.length} examples have run`)
      }),
    PATIENCE
  )

  it.effect("Ctrl-C ends one example too: every permit is back", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directory = yield* fs.makeTempDirectoryScoped()
      // Files that are never done: a terabyte each, all of it holes.
      for (let i = 0; i < 8; i++) {
        const file = path.join(directory, `endless-${i}`)
        yield* fs.writeFileString(file, "")
        yield* fs.truncate(file, 2 ** 40)
      }
      const { err, lines, status } = yield* interruptAt(
        ["census", directory],
        (line) => line.includes("still counting")
      )
      assert.deepStrictEqual([status, err], [130, ""])
      assert.strictEqual(lines.at(-1), "  interrupted: 4 permits free")
    }), PATIENCE)

  it.effect("jobs: SIGTERM ends it in good order, and all that was accepted is printed", () =>
    Effect.gen(function*() {
      let sums = 0
      const isSum = (line: string) => /^ *[0-9a-f]{16} {2}\S/.test(line)
      const { err, lines } = yield* interruptAt(["jobs"], (line) => isSum(line) && ++sums === 1, "SIGTERM")
      const [, accepted, printed] = /(\d+) files were accepted before the end, and (\d+) lines/.exec(lines.join("\n"))!
      assert.strictEqual(accepted, printed)
      assert.strictEqual(lines.filter(isSum).length, Number(printed))
      assert.strictEqual(err, "")
    }), PATIENCE)
})
