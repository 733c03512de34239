/**
 * Programs that run in processes of their own.
 */
import { Effect, Fiber, Schema, Stream } from "effect"
import { SetOnce } from "effect-sync"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("main.ts", import.meta.url))

/** A program did not do what it should. */
export class ProcessError extends Schema.TaggedError<ProcessError>()("ProcessError", { message: Schema.String }) {}

/** Starts a program, for as long as the scope lives. */
export const spawn = (program: string, args: ReadonlyArray<string>) =>
  ChildProcessSpawner.ChildProcessSpawner.use((spawner) => spawner.spawn(ChildProcess.make(program, args)))

/** Starts this server on a port that is free, and gives the port. What it says is read to the end, or it could not say it. */
export const startServer = Effect.gen(function*() {
  const port = yield* SetOnce.make<number>()
  const child = yield* spawn(process.execPath, ["--conditions=@effect-sync/source", main, "--port", "0"])
  const reading = yield* child.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => {
      const listening = /listening on port (\d+)/.exec(line)
      return listening === null ? Effect.void : Effect.ignore(SetOnce.set(port, Number(listening[1])))
    }),
    Effect.forkScoped
  )
  const ended = Effect.andThen(Fiber.await(reading), new ProcessError({ message: "the server does not start" }))
  return yield* Effect.raceFirst(SetOnce.wait(port), ended)
})

/** What a program prints. */
export const output = Effect.fnUntraced(function*(program: string, args: ReadonlyArray<string>) {
  const child = yield* spawn(program, args)
  const text = yield* child.stdout.pipe(Stream.decodeText(), Stream.mkString)
  if (Number(yield* child.exitCode) !== 0) return yield* new ProcessError({ message: `${program} has failed: ${text}` })
  return text
}, Effect.scoped)
