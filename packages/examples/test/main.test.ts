/**
 * The program as it is run, in a process of its own.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"

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

const temporaryDirectory = (files: Record<string, string>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fs.makeTempDirectoryScoped()
    for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(path.join(directory, name), text)
    return directory
  })

/** A process takes its time to start on a busy machine. */
const PATIENCE = 60_000

layer(NodeServices.layer, { excludeTestServices: true })("main", (it) => {
  it.effect("prints plain lines and a table when piped", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory({ "a.ts": "1\n", "b.ts": "2\n", "c.md": "3\n3\n" })
      // Colours may be forced on; a bar in a pipe may not.
      const { err, out, status } = yield* run(["census", directory], { CENSUS_OPEN_FILES: "2", FORCE_COLOR: "1" })

      assert.strictEqual(err, "")
      assert.strictEqual(status, 0)
      assert.notInclude(out, "\x1b")
      assert.notInclude(out, "\r")
      assert.deepStrictEqual(out.replace(/[\d.]+ ms/g, "# ms").split("\n"), [
        `3 files in ${directory}, without node_modules, .git, dist, and build`,
        "1 of 3 files counted",
        "2 of 3 files counted",
        "3 of 3 files counted",
        "",
        "type   files  lines  bytes",
        "--------------------------",
        ".md        1      2      4",
        ".ts        2      2      4",
        "--------------------------",
        "total      3      4      8",
        "",
        "files: 3 in # ms",
        "open at once: 2 at most, 2 allowed",
        "waited for a permit: 1 (mean # ms, max # ms, total # ms)",
        ""
      ])
    }), PATIENCE)

  it.effect("counts this repository when not told otherwise, four files at a time", () =>
    Effect.gen(function*() {
      const { out, status } = yield* run([])
      assert.strictEqual(status, 0)
      assert.include(out, ", without node_modules, .git, dist, and build\n")
      assert.match(out, /^\.ts /m)
      assert.include(out, "open at once: 4 at most, 4 allowed")
    }), PATIENCE)

  it.effect("lists the examples, which are what its help lists", () =>
    Effect.gen(function*() {
      const { out, status } = yield* run(["--list"])
      assert.strictEqual(status, 0)
      const listed = [...out.matchAll(/^npm start -- (\S+) +(\S.*)$/gm)].map(([, name, says]) => [name, says])
      assert.deepStrictEqual(listed[0], ["census", "Count the files of a directory tree"])
      assert.lengthOf(listed, out.trimEnd().split("\n").length)
      const help = (yield* run(["--help"])).out
      for (const [name, says] of listed) assert.match(help, new RegExp(`^ +${name} +${says}$`, "m"))
    }), PATIENCE)

  it.effect("routes: by its name, with options", () =>
    Effect.gen(function*() {
      const { err, out, status } = yield* run(["routes", "--requests", "40", "--reloads", "1"])
      assert.deepStrictEqual([status, err], [0, ""])
      assert.match(out, /^40 lookups, up to \d+ at once\n1 reload, /)
      assert.include(
        out,
        "\nno lookup saw two versions mixed\nthe table is version 2, and RwLock(routes/Routes: unlocked"
      )
      assert.strictEqual((yield* run(["routes", "--reloads", "0"])).status, 1)
    }), PATIENCE)

  it.effect("cache and ready: by their names", () =>
    Effect.gen(function*() {
      const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.md`, "word\n"]))
      const cache = yield* run(["cache", yield* temporaryDirectory(files), "--askers", "3"])
      assert.deepStrictEqual([cache.status, cache.err], [0, ""])
      assert.include(cache.out, "\n2 fibers have an index, one and the same; 1 interrupted\n")
      assert.strictEqual((yield* run(["cache", "--askers", "1"])).status, 1)
      const ready = yield* run(["ready"])
      assert.deepStrictEqual([ready.status, ready.err], [0, ""])
      assert.include(ready.out, "\nthe server is closed\n")
    }), PATIENCE)

  it.effect("shutdown: SIGTERM ends it gracefully, with status 0", () =>
    Effect.gen(function*() {
      const child = yield* start(["shutdown"])
      const lines = yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.tap((line) => line.startsWith("listening") ? child.kill({ killSignal: "SIGTERM" }) : Effect.void),
        Stream.runCollect
      )
      assert.notInclude(lines.join("\n"), "nobody asks")
      assert.include(
        lines.at(-1),
        "everything has ended after SIGTERM: CancellationToken(shutdown/Shutdown: cancelled, 0 children"
      )
      assert.strictEqual(Number(yield* child.exitCode), 0)
      assert.strictEqual(yield* text(child.stderr), "")
    }), PATIENCE)

  it.effect("explains itself", () =>
    Effect.gen(function*() {
      assert.match((yield* run(["--help"])).out, /^ +census +Count the files of a directory tree$/m)

      const { out, status } = yield* run(["census", "--help"])
      assert.strictEqual(status, 0)
      assert.include(out, "CENSUS_OPEN_FILES")
      assert.match(out, /--all, -a +Count node_modules, \.git, dist, and build too, which are left out otherwise/)
    }), PATIENCE)

  it.effect("ends with a sentence and status 1 if the directory is missing or none", () =>
    Effect.gen(function*() {
      const missing = yield* run(["census", "/no/such/directory"])
      assert.deepStrictEqual(missing, {
        out: "",
        err: "\nERROR\n  can't read the directory /no/such/directory: it does not exist\n",
        status: 1
      })

      const file = yield* run(["census", main])
      assert.strictEqual(file.status, 1)
      assert.include(file.err, `can't read the directory ${main}: ENOTDIR: not a directory`)
    }), PATIENCE)

  it.effect("ends with a sentence and status 1 if no file may be open", () =>
    Effect.gen(function*() {
      const { err, status } = yield* run([], { CENSUS_OPEN_FILES: "0" })
      assert.strictEqual(status, 1)
      assert.strictEqual(err, "\nERROR\n  Expected a value greater than 0\n  at [\"CENSUS_OPEN_FILES\"]\n")
    }), PATIENCE)

  it.effect("Ctrl-C: every permit is back, said in the last line", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      // Twenty files that are counted in no time, then eight that are never done: a terabyte each, all of it holes.
      const small = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${10 + i}.txt`, "text\n"]))
      const directory = yield* temporaryDirectory(small)
      for (let i = 0; i < 8; i++) {
        const file = path.join(directory, `endless-${i}`)
        yield* fs.writeFileString(file, "")
        yield* fs.truncate(file, 2 ** 40)
      }

      const child = yield* start(["census", directory])
      const lines = yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.tap((line) => line === "20 of 28 files counted" ? child.kill({ killSignal: "SIGINT" }) : Effect.void),
        Stream.runCollect
      )
      assert.strictEqual(lines.at(-1), "interrupted: 4 of 4 permits are back, 20 of 28 files counted")
      assert.strictEqual(Number(yield* child.exitCode), 130)
      assert.strictEqual(yield* text(child.stderr), "")
    }), PATIENCE)
})
