import { NodeServices } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Console, Effect, Fiber, FileSystem, Path, type Scope } from "effect"
import { Watch } from "effect-sync"
import { TestClock } from "effect/testing"
import { config, follow, Settings, TimedOut, withTimeout } from "../src/config.ts"

const timeout = (timeoutMillis: number) => Settings.sendReplace({ timeoutMillis, problem: undefined })

/** An operation of ten seconds that counts how often it was begun. */
const tenSeconds = () => {
  const operation = {
    begun: 0,
    run: Effect.suspend(() => {
      operation.begun++
      return Effect.as(Effect.sleep("10 seconds"), "done")
    })
  }
  return operation
}

describe("config: an operation", () => {
  it.effect("is given more time while it runs, and not begun anew", () =>
    Effect.gen(function*() {
      yield* timeout(3_000)
      const operation = tenSeconds()
      const fiber = yield* Effect.forkChild(withTimeout(operation.run))
      yield* TestClock.adjust("2 seconds")
      yield* timeout(6_000)
      yield* TestClock.adjust("3 seconds") // at 5 s: past the first limit, before the second
      assert.isUndefined(fiber.pollUnsafe())
      yield* timeout(11_000)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "done")
      assert.strictEqual(operation.begun, 1)
      assert.strictEqual(yield* Settings.receiverCount, 0)
    }).pipe(Effect.provide(Settings.layer)))

  it.effect("is timed out from its start, with what is said last, by itself and by a change", () =>
    Effect.gen(function*() {
      yield* timeout(60_000)
      for (const [limit, after] of [[5_000, "3 seconds"], [1_000, "0 seconds"]] as const) {
        const fiber = yield* Effect.forkChild(Effect.flip(withTimeout(tenSeconds().run)))
        yield* TestClock.adjust("2 seconds")
        yield* timeout(limit)
        yield* TestClock.adjust(after)
        assert.deepStrictEqual(yield* Fiber.join(fiber), new TimedOut({ timeoutMillis: limit }))
        yield* timeout(60_000)
      }
    }).pipe(Effect.provide(Settings.layer)))

  it.effect("keeps its time when nobody can change it any more", () =>
    Effect.gen(function*() {
      yield* timeout(3_000)
      const fiber = yield* Effect.forkChild(Effect.flip(withTimeout(tenSeconds().run)))
      yield* TestClock.adjust("1 second")
      yield* Settings.close
      yield* TestClock.adjust("1 second")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.instanceOf(yield* Fiber.join(fiber), TimedOut)
    }).pipe(Effect.provide(Settings.layer)))
})

/** A machine that is busy takes its time to tell of a change on disk. */
const PATIENCE = 60_000

const inDirectory = <A, E, R>(test: (file: string) => Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    return yield* test(path.join(yield* fs.makeTempDirectoryScoped(), "config.json"))
  })).pipe(Effect.provide(Settings.layer))

layer(NodeServices.layer, { excludeTestServices: true })("config: the file", (it) => {
  it.effect(
    "is followed, whether written in place or replaced; a bad one is reported and the last good one stays",
    () =>
      inDirectory((file) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const receiver = yield* Settings.subscribe
          yield* follow(file)
          // There is none yet.
          assert.strictEqual((yield* Watch.borrow(receiver)).timeoutMillis, 30_000)
          assert.isDefined((yield* Watch.borrow(receiver)).problem)
          const write = (text: string) => fs.writeFileString(file, text)
          const replace = (text: string) =>
            Effect.andThen(fs.writeFileString(`${file}.new`, text), fs.rename(`${file}.new`, file))
          for (const [n, put] of [[1, write], [2, replace], [3, write]] as const) {
            yield* put(JSON.stringify({ timeoutMillis: n }))
            yield* Watch.waitFor(receiver, (state) => state.timeoutMillis === n && state.problem === undefined)
            for (const bad of ["{", "{}", JSON.stringify({ timeoutMillis: 0 })]) {
              yield* put(bad)
              const { timeoutMillis } = yield* Watch.waitFor(receiver, (state) => state.problem !== undefined)
              assert.strictEqual(timeoutMillis, n)
              yield* put(JSON.stringify({ timeoutMillis: n }))
              yield* Watch.waitFor(receiver, (state) => state.problem === undefined)
            }
          }
        })
      ),
    PATIENCE
  )

  it.effect(
    "changes what a running operation may take, to be seen",
    () =>
      inDirectory((file) =>
        Effect.gen(function*() {
          const lines: Array<string> = []
          const console = { ...globalThis.console, log: (line: string) => lines.push(line) }
          yield* Effect.provideService(config(file), Console.Console, console as unknown as Console.Console)
          assert.deepStrictEqual(lines.map((line) => line.replace(/: Expected.*/, ": …")), [
            "an operation has 1000 ms",
            "an operation has begun",
            "an operation has 60000 ms",
            "the file is bad, an operation still has 60000 ms: …",
            "it is done, begun 1 time",
            "another has begun",
            "an operation has 1 ms",
            "it is over after 1 ms"
          ])
        })
      ),
    PATIENCE
  )
})
