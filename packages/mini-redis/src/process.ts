/**
 * Programs that run in processes of their own.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("main.ts", import.meta.url))

/** A program did not do what it should. */
export class ProcessError extends Schema.TaggedError<ProcessError>()("ProcessError", { message: Schema.String }) {}

/** Starts a program, for as long as the scope lives. */
export const spawn = (program: string, args: ReadonlyArray<string>) =>
  ChildProcessSpawner.ChildProcessSpawner.use((spawner) => spawner.spawn(ChildProcess.make(program, args)))

/** Starts this server on a port that is free, and gives the port. */
export const startServer = Effect.gen(function*() {
  const child = yield* spawn(process.execPath, ["--conditions=@effect-sync/source", main, "--port", "0"])
  const first = yield* child.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runHead)
  const port = Number(/listening on port (\d+)/.exec(Option.getOrElse(first, () => ""))?.[1])
  if (Number.isNaN(port)) return yield* new ProcessError({ message: "the server does not start" })
  return port
})

/** What a program prints. */
export const output = Effect.fnUntraced(function*(program: string, args: ReadonlyArray<string>) {
  const child = yield* spawn(program, args)
  const text = yield* child.stdout.pipe(Stream.decodeText(), Stream.mkString)
  if (Number(yield* child.exitCode) !== 0) return yield* new ProcessError({ message: `${program} has failed: ${text}` })
  return text
}, Effect.scoped)
