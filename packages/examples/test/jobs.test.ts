/**
 * The pipeline as it is run, in a process of its own, ended by a signal in the midst of its work.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const count = (lines: ReadonlyArray<string>, what: string): number =>
  Number(lines.find((line) => line.startsWith(`${what}: `))?.slice(what.length + 2))

layer(NodeServices.layer, { excludeTestServices: true })("jobs", (it) => {
  it.effect("on SIGTERM what was accepted is done and printed, each once, then it ends", () =>
    Effect.gen(function*() {
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const child = yield* spawner.spawn(
        ChildProcess.make(process.execPath, ["--conditions=@effect-sync/source", main, "jobs"])
      )
      const lines = yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.tap((line) => line === "5² = 25" ? child.kill({ killSignal: "SIGTERM" }) : Effect.void),
        Stream.runCollect
      )
      const squares = lines.filter((line) => line.includes("²"))
      const accepted = count(lines, "accepted")
      assert.isAbove(accepted, 5)
      assert.isBelow(accepted, 1_000_000)
      assert.strictEqual(count(lines, "printed"), accepted)
      assert.sameMembers(squares, Array.from({ length: accepted }, (_, i) => `${i + 1}² = ${(i + 1) ** 2}`))
      // the source ends before the workers have drained, and the printer last
      assert.isBelow(lines.indexOf(`accepted: ${accepted}`), lines.indexOf(squares.at(-1)!))
      assert.strictEqual(lines.at(-1), `printed: ${accepted}`)
    }), 60_000)

  it.effect(
    "back pressure: the source runs no further ahead than channels and workers hold",
    () =>
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const child = yield* spawner.spawn(
          ChildProcess.make(process.execPath, ["--conditions=@effect-sync/source", main, "jobs"])
        )
        const lines = yield* child.stdout.pipe(
          Stream.decodeText(),
          Stream.splitLines,
          Stream.tap((line) => line === "1² = 1" ? child.kill({ killSignal: "SIGTERM" }) : Effect.void),
          Stream.runCollect
        )
        const before = lines.indexOf(`accepted: ${count(lines, "accepted")}`) - 1
        // 8 wait, 4 are being done, and each result printed before the end has let one more in
        assert.isAtMost(count(lines, "accepted"), before + 8 + 4 + 8 + 1)
      }),
    60_000
  )
})
