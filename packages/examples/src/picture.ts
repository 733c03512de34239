/**
 * Runs the tour, and makes `docs/tour.svg` of its beginning, one stop and the end.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { svg } from "./svg.ts"
import { repository } from "./tour.ts"

const picture = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* repository
  const { spawn } = yield* ChildProcessSpawner.ChildProcessSpawner
  const main = path.join(root, "packages/examples/src/main.ts")
  const child = yield* spawn(
    ChildProcess.make(process.execPath, ["--conditions=@effect-sync/source", main], { env: { FORCE_COLOR: "1" } })
  )
  const lines = yield* child.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runCollect)
  const status = yield* child.exitCode
  yield* status === 0 ? Effect.void : Effect.die(new Error(`the tour failed:\n${lines.join("\n")}`))

  const headings = lines.flatMap((line, i) => line.startsWith("\x1b[2m──") ? [i] : [])
  const stop = headings.findIndex((i) => lines[i]!.includes("npm start -- server"))
  const [before, at] = [["$ npm start", lines[0]!, "", " ⋮", ""], lines.slice(headings[stop], headings[stop + 1])]
  const shown = [...before, ...at, " ⋮", "", ...lines.slice(headings.at(-1))]
  const file = path.join(root, "docs/tour.svg")
  yield* fs.writeFileString(file, svg(shown, 80))
  yield* Console.log(`${shown.length} lines of ${lines.length} are in ${path.relative(root, file)}`)
})

picture.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
