import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import { bursts, checksum, Inbox, type Source, work, workerCommand } from "../src/worker.ts"

/** A source that calls back when told to. */
const byHand = () => {
  let id = 0
  let job = (): void => {}
  let end = (): void => {}
  let stopped = 0
  const source: Source = {
    start: (onJob, onEnd) => {
      job = () => onJob({ id, text: `job ${id++}` })
      end = onEnd
      return () => {
        stopped++
      }
    }
  }
  const burst = (n: number) =>
    Effect.sync(() => {
      for (let i = 0; i < n; i++) job()
    })
  return { source, burst, end: Effect.sync(() => end()), stopped: () => stopped }
}

/** Gives way until the worker sleeps. Its checksums are computed elsewhere, so it may take a while. */
const asleep = Effect.gen(function*() {
  for (let i = 0; i < 100_000; i++) {
    if ((yield* Inbox.waiting) === 1) return
    yield* Effect.yieldNow
  }
  throw new Error("the worker never sleeps")
})

describe("worker", () => {
  it.effect("does all jobs, and is woken for a burst once, and once more for all that came meanwhile", () =>
    Effect.gen(function*() {
      const { burst, end, source, stopped } = byHand()
      const fiber = yield* Effect.forkChild(work(source))
      yield* asleep
      yield* burst(5)
      yield* asleep
      yield* burst(1)
      yield* asleep
      assert.isUndefined(fiber.pollUnsafe())
      yield* end
      const { checksums, ...counts } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(counts, { jobs: 6, signals: 7, wakeUps: 2 + 1 + 1 })
      assert.strictEqual(checksums.size, 6)
      for (const [id, sum] of checksums) assert.strictEqual(sum, yield* checksum(`job ${id}`))
      assert.strictEqual(stopped(), 1)
    }).pipe(Effect.provide(Inbox.layer)))

  it.effect("jobs that come while it works are not forgotten", () =>
    Effect.gen(function*() {
      const { burst, end, source } = byHand()
      const fiber = yield* Effect.forkChild(work(source))
      yield* asleep
      yield* burst(1)
      for (let i = 0; i < 20; i++) {
        yield* Effect.yieldNow // in the middle of its work, or between two looks
        yield* burst(1)
      }
      yield* asleep
      yield* end
      const { checksums, wakeUps } = yield* Fiber.join(fiber)
      assert.strictEqual(checksums.size, 21)
      assert.isAtMost(wakeUps, 22)
    }).pipe(Effect.provide(Inbox.layer)))

  it.effect("interrupted in its sleep, it stops the source and waits for nothing any more", () =>
    Effect.gen(function*() {
      const { source, stopped } = byHand()
      const fiber = yield* Effect.forkChild(work(source))
      yield* asleep
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(stopped(), 1)
      assert.strictEqual(yield* Inbox.waiting, 0)
    }).pipe(Effect.provide(Inbox.layer)))

  it("the source of bursts can be stopped", () => {
    const stop = bursts(3, 1).start(() => assert.fail("called back"), () => assert.fail("called back"))
    stop()
  })

  it.live("on the command line it tells signals, wake-ups, and that all jobs are done", () =>
    Effect.gen(function*() {
      yield* Command.runWith(workerCommand, { version: "0.0.0" })(["--bursts", "4"])
      const [jobs, signals, wakeUps] = String(yield* TestConsole.logLines).split("\n")
      assert.strictEqual(jobs, "jobs: 10 of 10 done")
      assert.strictEqual(signals, "signals: 11, one for each job and one for the end")
      const [, n] = /^wake-ups: (\d+), since signals that come while/.exec(wakeUps!)!
      // how many exactly depends on how busy the machine is
      assert.isAtLeast(Number(n), 1)
      assert.isAtMost(Number(n), 11)
    }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))))
})
