/**
 * The programs as they are run, in processes of their own.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Path, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"
import { parseCsv } from "../src/benchmarkCsv.ts"
import { connect, until } from "./harness.ts"

const program = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))

const spawn = (name: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  ChildProcessSpawner.ChildProcessSpawner.use((spawner) =>
    spawner.spawn(
      ChildProcess.make(process.execPath, ["--conditions=@effect-sync/source", program(name), ...args], { env })
    )
  )

const text = <E>(stream: Stream.Stream<Uint8Array, E>) => stream.pipe(Stream.decodeText(), Stream.mkString)

const run = (name: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const child = yield* spawn(name, args, env)
    const [out, err, status] = yield* Effect.all([text(child.stdout), text(child.stderr), child.exitCode], {
      concurrency: "unbounded"
    })
    return { out, err, status: Number(status) }
  }))

/** Starts the server, and reads what it says. */
const start = Effect.fnUntraced(function*(args: ReadonlyArray<string> = []) {
  const child = yield* spawn("main", ["--port", "0", ...args])
  const lines: Array<string> = []
  const reading = yield* child.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => Effect.sync(() => lines.push(line.replace(/^\S+Z /, "")))),
    Effect.forkScoped
  )
  yield* until("it listens", () => lines.some((line) => line.startsWith("listening")))
  const status = Effect.andThen(Fiber.join(reading), Effect.map(child.exitCode, Number))
  const signal = (killSignal: NodeJS.Signals) => Effect.sync(() => process.kill(Number(child.pid), killSignal))
  return { lines, port: Number(/\d+/.exec(lines.find((line) => line.startsWith("listening"))!)![0]), status, signal }
})

const temporaryFile = (name: string, text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = (yield* Path.Path).join(yield* fs.makeTempDirectoryScoped(), name)
    yield* fs.writeFileString(path, text)
    // In one step: the server may look at any time.
    const write = (text: string) =>
      Effect.andThen(fs.writeFileString(`${path}.new`, text), fs.rename(`${path}.new`, path))
    return { path, write }
  })

/** A client that has asked for more than it reads: its connection does not end before it has. */
const busyClient = Effect.fnUntraced(function*(port: number) {
  const client = yield* connect(port)
  const value = "x".repeat(32 << 20)
  yield* client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`)
  yield* client.expect("+OK\r\n")
  yield* client.ask("GET k")
  yield* until("an answer begins", () => client.received().length > 0)
  client.socket.pause()
  return { client, length: `$${value.length}\r\n\r\n`.length + value.length }
})

/** A process takes its time to start on a busy machine. */
const PATIENCE = 90_000

layer(NodeServices.layer, { excludeTestServices: true })("main", (it) => {
  it.effect(
    "SIGTERM: answers what was asked, lets idle connections go, and ends with status 0",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        const idle = yield* connect(server.port)
        yield* idle.ask("PING")
        yield* idle.expect("+PONG\r\n")
        const { client, length } = yield* busyClient(server.port)
        yield* server.signal("SIGTERM")
        assert.strictEqual(yield* idle.closed, "")
        assert.isFalse(server.lines.some((line) => line.startsWith("ended")))
        client.socket.resume()
        assert.strictEqual((yield* client.closed).length, length)
        assert.strictEqual(yield* server.status, 0)
        assert.strictEqual(server.lines.at(-1), "ended, 2 connections served, 3 commands")
      }),
    PATIENCE
  )

  it.effect("SIGTERM: who takes too long is cut, and the status is 0 all the same", () =>
    Effect.gen(function*() {
      const { path } = yield* temporaryFile("settings.json", "{ \"shutdown-timeout\": 1 }")
      const server = yield* start(["--config", path])
      yield* busyClient(server.port)
      yield* server.signal("SIGTERM")
      assert.strictEqual(yield* server.status, 0)
      assert.include(server.lines, "1 connections have not ended in 1 s, and are cut")
    }), PATIENCE)

  it.effect("a second SIGTERM ends it at once", () =>
    Effect.gen(function*() {
      const { path } = yield* temporaryFile("settings.json", "{ \"shutdown-timeout\": 1000, \"write-timeout\": 1000 }")
      const server = yield* start(["--config", path])
      yield* busyClient(server.port)
      yield* server.signal("SIGTERM")
      yield* until("it shuts down", () => server.lines.some((line) => line.startsWith("shutting down")))
      yield* server.signal("SIGTERM")
      assert.strictEqual(yield* server.status, 130)
      assert.include(server.lines, "connection 1: interrupted, 2 commands")
    }), PATIENCE)

  it.effect(
    "settings: from the file, from the command line above it, read again when they change and on SIGHUP",
    () =>
      Effect.gen(function*() {
        const file = yield* temporaryFile("settings.json", "{ \"maxclients\": 5, \"timeout\": 100 }")
        const server = yield* start(["--config", file.path, "--max-connections", "7"])
        const client = yield* connect(server.port)
        const expect = (maxclients: string, timeout: string) =>
          Effect.gen(function*() {
            yield* client.ask("CONFIG GET maxclients timeout")
            yield* client.expect(
              `*4\r\n$10\r\nmaxclients\r\n$${maxclients.length}\r\n${maxclients}\r\n$7\r\ntimeout\r\n$${timeout.length}\r\n${timeout}\r\n`
            )
          })
        const said = (line: string, times: number) =>
          until(line, () => server.lines.filter((one) => one.includes(line)).length === times)
        yield* expect("7", "100")
        yield* file.write("{ \"timeout\": 2000 }")
        yield* said("settings read from", 1)
        yield* expect("7", "2000")
        // What can't be used changes nothing.
        yield* file.write("{ \"timeout\": -1 }")
        yield* said("can't use the settings", 1)
        yield* file.write("{ \"timeouts\": 1 }")
        yield* said("can't use the settings", 2)
        yield* file.write("{")
        yield* said("can't use the settings", 3)
        yield* expect("7", "2000")
        yield* server.signal("SIGHUP")
        yield* said("can't use the settings", 4)
        yield* file.write("{ \"maxclients\": 1 }")
        yield* said("settings read from", 2)
        yield* expect("7", "0")
        yield* server.signal("SIGINT")
        assert.strictEqual(yield* server.status, 0)
        assert.deepStrictEqual(server.lines.filter((line) => /^\s/.test(line)), [])
      }),
    PATIENCE
  )

  const failing = (
    args: ReadonlyArray<string>,
    sentence: string
  ): Effect.Effect<void, unknown, NodeServices.NodeServices> =>
    Effect.gen(function*() {
      const { err, out, status } = yield* run("main", args)
      assert.strictEqual(status, 1)
      assert.include(out + err, sentence)
      assert.notInclude(err, "    at ")
    })

  it.effect(
    "ends with a sentence and status 1 when the port is taken, or the settings are none",
    () =>
      Effect.gen(function*() {
        const server = yield* start()
        yield* failing(["--port", String(server.port)], `can't listen on port ${server.port}: listen EADDRINUSE`)
        yield* failing(["--config", "/no/such/file"], "/no/such/file")
        const { path } = yield* temporaryFile("settings.json", "{ \"maxclients\": \"many\" }")
        yield* failing(["--config", path], `can't use the settings in ${path}: `)
        yield* failing(["--max-connections", "0"], "--max-connections")
        yield* failing(["--port", "65536"], "--port")
      }),
    PATIENCE
  )

  it.effect("explains itself", () =>
    Effect.gen(function*() {
      const { out, status } = yield* run("main", ["--help"])
      assert.strictEqual(status, 0)
      for (const option of ["--port", "--max-connections", "--config", "--host"]) assert.include(out, option)
    }), PATIENCE)

  it.effect("load: measures it, and prints a table", () =>
    Effect.gen(function*() {
      const { err, out, status } = yield* run("load", ["--seconds", "1"])
      assert.deepStrictEqual([err, status], ["", 0])
      assert.match(
        out,
        /\nSET +[\d,]+ +[\d,]+\nGET +[\d,]+ +[\d,]+\nINCR +[\d,]+ +[\d,]+\nPUBLISH +[\d,]+ +[\d,]+\n\n1000 clients at once: connected and answered in \d+ ms, /
      )
    }), PATIENCE)

  it.effect("compare: says how to install Redis where it is not", () =>
    Effect.gen(function*() {
      const { err, out, status } = yield* run("compare", [], { PATH: "/nowhere" })
      assert.deepStrictEqual([err, status], ["", 0])
      assert.include(out, "There is nothing to compare with: redis-server and redis-benchmark cannot be run")
      assert.include(out, "apt-get install redis-server redis-tools")
    }), PATIENCE)

  it.effect("compare: reads what redis-benchmark prints", () =>
    Effect.sync(() => {
      const csv =
        "\"test\",\"rps\",\"avg_latency_ms\"\n\"SET\",\"123456.78\",\"0.2\"\n\"publish channel xxx\",\"5.00\",\"0.1\"\n"
      assert.deepStrictEqual([...parseCsv(csv)], [["SET", 123456.78], ["publish channel xxx", 5]])
    }))
})
