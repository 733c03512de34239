/**
 * Mpsc as a service: two tags, one layer, accessors, and a consumer that ends in good order.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Config,
  ConfigProvider,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  Schema,
  Scope,
  Stream
} from "effect"
import { Mpsc } from "effect-sync"
import { TestClock } from "effect/testing"
import { settle } from "./utils.ts"

class Job extends Schema.Class<Job>("Job")({ id: Schema.Number }) {}
class Jobs extends Mpsc.Service<Jobs>()("test/Jobs", { capacity: 4, message: Job }) {}
class Lines extends Mpsc.Service<Lines, string>()("test/Lines", { capacity: "unbounded" }) {}
class Sized extends Mpsc.Service<Sized, string>()("test/Sized", { capacity: Config.Int("SIZE") }) {}

const env = (values: Record<string, string>) =>
  Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: values }))

/** Collects what is logged, as text. */
const logging = () => {
  const lines: Array<string> = []
  const logger = Logger.layer([Logger.make(({ message }) => {
    lines.push([message].flat().map(String).join(" "))
  })])
  return { lines, logger }
}

/** Builds a layer in a scope of its own, and gives its services and how to end it. */
const built = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer, scope)
    return { context, close: Scope.close(scope, Exit.void) }
  })

describe("Service", () => {
  it.effect("one layer has both halves of one channel; tags, key, schema and name", () =>
    Effect.gen(function*() {
      const sender = yield* Jobs.Sender
      const receiver = yield* Jobs.Receiver
      assert.isTrue(Mpsc.sameChannel(sender, receiver))
      assert.strictEqual(Jobs.key, "test/Jobs")
      assert.strictEqual(Jobs.message, Job)
      assert.strictEqual(Jobs.Sender.key, "test/Jobs/Sender")
      assert.strictEqual(String(receiver), "Mpsc.Receiver(test/Jobs: 0 buffered, 4 of 4 free)")
      yield* Jobs.send(new Job({ id: 1 }))
      assert.strictEqual((yield* Jobs.recv).id, 1)
    }).pipe(Effect.provide(Jobs.layer)))

  it.effect("options: an unbounded channel, an Effect, other options, a bad one", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.provide(Lines.capacity, Lines.layer), Infinity)
      assert.strictEqual(yield* Effect.provide(Lines.capacity, Lines.layerWith({ capacity: 3, name: "x" })), 3)
      assert.strictEqual(yield* Effect.provide(Sized.capacity, Layer.provide(Sized.layer, env({ SIZE: "7" }))), 7)
      assert.instanceOf(
        yield* Effect.flip(Effect.provide(Sized.capacity, Layer.provide(Sized.layer, env({})))),
        Config.ConfigError
      )
      const exit = yield* Effect.exit(Effect.provide(Lines.capacity, Lines.layerWith({ capacity: 0 })))
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(defect, RangeError)
      assert.include((defect as Error).message, "\"test/Lines\"")
    }))

  it.effect("every accessor is the function of its name on its half", () =>
    Effect.gen(function*() {
      const sender = yield* Lines.sender
      yield* Effect.scoped(Lines.clone)
      assert.deepStrictEqual([yield* Lines.strongCount, yield* Lines.weakCount], [2, 0])
      yield* Lines.send("a")
      yield* Lines.trySend("b")
      yield* Lines.sendTimeout("c", "1 second")
      yield* Effect.flatMap(Lines.reserve, (permit) => permit.send("d"))
      yield* Effect.flatMap(Lines.tryReserve, (permit) => permit.send("e"))
      yield* Effect.flatMap(Lines.reserveMany(1), (permits) => permits.send("f"))
      yield* Effect.flatMap(Lines.tryReserveMany(1), (permits) => permits.send("g"))
      yield* Stream.run(Stream.make("h"), Lines.sink)
      yield* Effect.scoped(Effect.flatMap(Lines.downgrade, (weak) => Mpsc.upgrade(weak)))
      assert.deepStrictEqual([yield* Lines.len, yield* Lines.isEmpty, yield* Lines.waiting], [8, false, 0])
      assert.strictEqual(yield* Lines.capacity, Infinity)
      yield* Lines.ready
      assert.strictEqual(yield* Lines.recv, "a")
      assert.strictEqual(yield* Lines.tryRecv, "b")
      assert.deepStrictEqual(yield* Lines.recvTimeout(0), Option.some("c"))
      assert.deepStrictEqual(yield* Lines.recvMany(2), ["d", "e"])
      yield* Lines.close
      yield* Lines.drop
      yield* Mpsc.drop(sender)
      assert.deepStrictEqual(yield* Stream.runCollect(Lines.stream), ["f", "g", "h"])
      yield* Effect.flatMap(Lines.Receiver, Mpsc.close)
      assert.isTrue(yield* Lines.isClosed)
    }).pipe(Effect.scoped, Effect.provide(Lines.layer)))

  it.effect("closed completes when the receiver is gone", () =>
    Effect.gen(function*() {
      const waiting = yield* Effect.forkChild(Lines.closed, { startImmediately: true })
      yield* Effect.flatMap(Lines.Receiver, Mpsc.drop)
      yield* Fiber.join(waiting)
    }).pipe(Effect.provide(Lines.layer)))
})

describe("layerConsumer", () => {
  it.effect("handles what is sent, and drains what is left when the layer ends", () =>
    Effect.gen(function*() {
      const handled: Array<string> = []
      const { close, context } = yield* built(
        Lines.layerConsumer((line) => Effect.andThen(Effect.yieldNow, Effect.sync(() => handled.push(line))))
      )
      yield* Effect.provide(Lines.send("a"), context)
      yield* settle
      assert.deepStrictEqual(handled, ["a"])
      yield* Effect.provide(Effect.forEach(["b", "c", "d"], Lines.send), context)
      yield* close
      assert.deepStrictEqual(handled, ["a", "b", "c", "d"])
    }))

  it.effect("whoever sends ends first: what its finalizer sends is handled too", () =>
    Effect.gen(function*() {
      const handled: Array<string> = []
      const producer = Layer.effectDiscard(Effect.acquireRelease(
        Effect.andThen(Lines.send("begin"), Lines.sender),
        (sender) => Effect.orDie(Mpsc.send(sender, "end"))
      ))
      const consumer = Lines.layerConsumer((line) => Effect.sync(() => handled.push(line)))
      const { close } = yield* built(Layer.provide(producer, consumer))
      yield* close
      assert.deepStrictEqual(handled, ["begin", "end"])
    }))

  it.effect("concurrency: so many at the same time, one by default", () =>
    Effect.gen(function*() {
      for (const concurrency of [undefined, 3]) {
        let running = 0
        let most = 0
        const { close, context } = yield* built(Lines.layerConsumer(
          () =>
            Effect.gen(function*() {
              most = Math.max(most, ++running)
              yield* Effect.yieldNow
              running--
            }),
          concurrency === undefined ? {} : { concurrency }
        ))
        yield* Effect.provide(Effect.forEach(["a", "b", "c", "d", "e", "f"], Lines.send), context)
        yield* close
        assert.strictEqual(most, concurrency ?? 1)
      }
    }))

  it.effect("a handler has a scope for each message, and the layer's services", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { close, context } = yield* built(Layer.provide(
        Lines.layerConsumer((line) =>
          Effect.gen(function*() {
            yield* Effect.addFinalizer(() => Effect.sync(() => log.push(`${line} ended`)))
            log.push(`${line}, ${yield* Jobs.capacity}`)
          })
        ),
        Jobs.layer
      ))
      yield* Effect.provide(Effect.forEach(["a", "b"], Lines.send), context)
      yield* close
      assert.deepStrictEqual(log, ["a, 4", "a ended", "b, 4", "b ended"])
    }))

  it.effect("a defect in a handler is logged, and the consumer goes on", () =>
    Effect.gen(function*() {
      const { lines, logger } = logging()
      const handled: Array<string> = []
      yield* Effect.gen(function*() {
        const { close, context } = yield* built(Lines.layerConsumer((line) => {
          if (line === "throws") throw new Error("thrown")
          if (line === "dies") return Effect.die("dead")
          if (line === "interrupts") return Effect.interrupt
          return Effect.sync(() => handled.push(line))
        }))
        yield* Effect.provide(Effect.forEach(["dies", "a", "throws", "b", "interrupts", "c"], Lines.send), context)
        yield* close
      }).pipe(Effect.provide(logger))
      assert.deepStrictEqual(handled, ["a", "b", "c"])
      assert.strictEqual(lines.length, 3)
      for (const line of lines) assert.include(line, "Mpsc.layerConsumer: a handler of Mpsc \"test/Lines\" died")
    }))

  it.effect("drainTimeout: past it handlers are interrupted, what is left is reported, the channel is closed", () =>
    Effect.gen(function*() {
      const { lines, logger } = logging()
      const log: Array<string> = []
      yield* Effect.gen(function*() {
        const { close, context } = yield* built(Lines.layerConsumer(
          (line) =>
            Effect.onInterrupt(
              Effect.andThen(Effect.sleep("1 minute"), Effect.sync(() => log.push(line))),
              () => Effect.sync(() => log.push(`${line} interrupted`))
            ),
          { drainTimeout: "90 seconds" }
        ))
        const leaked = yield* Effect.provide(Lines.Sender, context)
        const outside = yield* Mpsc.clone(leaked)
        yield* Effect.forEach(["a", "b", "c", "d"], (line) => Mpsc.send(outside, line))
        yield* settle
        const ending = yield* Effect.forkChild(close, { startImmediately: true })
        yield* TestClock.adjust("60 seconds")
        assert.deepStrictEqual(log, ["a"])
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(ending)
        assert.deepStrictEqual(log, ["a", "b interrupted"])
        assert.isTrue(yield* Mpsc.isClosed(outside))
      }).pipe(Effect.provide(logger))
      assert.deepStrictEqual(lines, [
        "Mpsc.layerConsumer: Mpsc \"test/Lines\" was not drained in time: 2 messages left, 1 handlers interrupted"
      ])
    }).pipe(Effect.scoped))

  it.effect("without drainTimeout it waits for ever for what is still open", () =>
    Effect.gen(function*() {
      const handled: Array<string> = []
      const { close, context } = yield* built(Lines.layerConsumer((line) => Effect.sync(() => handled.push(line))))
      const outside = yield* Effect.provide(Lines.sender, context)
      const ending = yield* Effect.forkChild(close, { startImmediately: true })
      yield* TestClock.adjust("10 days")
      assert.isUndefined(ending.pollUnsafe())
      yield* Mpsc.send(outside, "late")
      yield* Mpsc.drop(outside)
      yield* Fiber.join(ending)
      assert.deepStrictEqual(handled, ["late"])
    }).pipe(Effect.scoped))

  it.effect("bad options are defects of the layer", () =>
    Effect.gen(function*() {
      for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { drainTimeout: NaN }]) {
        const exit = yield* Effect.exit(Effect.scoped(Layer.build(Lines.layerConsumer(() => Effect.void, options))))
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, RangeError)
        assert.include((defect as Error).message, "Mpsc.layerConsumer: ")
      }
    }))
})
