/**
 * The consumer behind `layerConsumer`: it handles the messages of a channel until the last sender is gone, and its end is
 * a graceful one.
 *
 * Layers can't give that by themselves, since they end in the reverse order of their making: a channel's layer ends after
 * everything that uses it, and a consumer that uses it too is interrupted before it has drained. So here the layer owns
 * the receiver, and provides the sender only. Whoever sends depends on it and ends first; then the layer's finalizer drops
 * the layer's own sender, which is the last one, and waits for the workers, who find the end once they have drained.
 *
 * Guarded by `test/Mpsc.service.test.ts`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import { rangeError } from "./arguments.ts"
import type { ReceiverHandle, SenderHandle } from "./mpscHandles.ts"
import { durationOf } from "./timer.ts"

/** What a receiver needs to be consumed. */
interface Source<A> extends ReceiverHandle<A> {
  readonly recv: Effect.Effect<A, Cause.Done>
}

/** @internal */
export interface ConsumerOptions {
  readonly concurrency?: number
  readonly drainTimeout?: Duration.Input
}

const label = "Mpsc.layerConsumer"

/**
 * Makes a channel whose messages are handled for as long as the scope is open, and gives its sender.
 *
 * @internal
 */
export const consumed = <A, R>(
  makeHalves: () => readonly [SenderHandle<A>, Source<A>],
  handler: (a: A) => Effect.Effect<unknown, never, R>,
  options: ConsumerOptions
): Effect.Effect<SenderHandle<A>, never, R | Scope.Scope> =>
  Effect.contextWith((context) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const [sender, receiver] = makeHalves()
          const consumer = new Consumer(sender, receiver, handler, options)
          consumer.start((worker) => Effect.runForkWith(context)(worker))
          return consumer
        }),
        (consumer) => consumer.stop
      ),
      (consumer) => consumer.sender
    )
  )

class Consumer<A, R> {
  readonly sender: SenderHandle<A>
  private readonly receiver: Source<A>
  private readonly handler: (a: A) => Effect.Effect<unknown, never, R>
  private readonly concurrency: number
  private readonly drainTimeout: Duration.Duration | undefined
  private workers: ReadonlyArray<Fiber.Fiber<void>> = []
  private handling = 0
  private isAborting = false

  constructor(
    sender: SenderHandle<A>,
    receiver: Source<A>,
    handler: (a: A) => Effect.Effect<unknown, never, R>,
    { concurrency = 1, drainTimeout }: ConsumerOptions
  ) {
    const { description } = sender.channel
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw rangeError(label, "concurrency", "an integer from 1", concurrency, description)
    }
    this.sender = sender
    this.receiver = receiver
    this.handler = handler
    this.concurrency = concurrency
    this.drainTimeout = drainTimeout === undefined ? undefined : durationOf(label, drainTimeout, description)
  }

  start(fork: (worker: Effect.Effect<void, never, R>) => Fiber.Fiber<void>): void {
    this.workers = Array.from({ length: this.concurrency }, () => fork(this.worker))
  }

  /** Receives and handles, one at a time. From when it has a message on, that counts as being handled. */
  private get worker(): Effect.Effect<void, never, R> {
    return Pull.catchDone(
      Effect.uninterruptibleMask((restore) =>
        Effect.forever(
          Effect.flatMap(restore(this.receiver.recv), (a) => {
            this.handling++
            return Effect.map(
              // A logger may fail as well, which must not end the worker.
              Effect.catchCause(restore(this.handle(a)), (cause) => Effect.exit(this.report(cause))),
              () => void this.handling--
            )
          }),
          { disableYield: true }
        )
      ),
      () => Effect.void
    )
  }

  /** In a scope of its own; the handler may throw as well. */
  private handle(a: A): Effect.Effect<unknown, never, R> {
    return Effect.scoped(Effect.suspend(() => this.handler(a))) as Effect.Effect<unknown, never, R>
  }

  private report(cause: Cause.Cause<never>): Effect.Effect<void> {
    if (this.isAborting && Cause.hasInterruptsOnly(cause)) return Effect.void
    return Effect.logError(`${label}: a handler of ${this.sender.channel.description} died`, cause)
  }

  get stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.sender.releaseUnsafe()
      return Effect.ensuring(
        Effect.flatMap(this.drained, (drained) => drained ? Effect.void : this.abort),
        Effect.sync(() => this.receiver.releaseUnsafe())
      )
    })
  }

  private get drained(): Effect.Effect<boolean> {
    const ended = Fiber.awaitAll(this.workers)
    return this.drainTimeout === undefined
      ? Effect.as(ended, true)
      : Effect.map(Effect.timeoutOption(Effect.interruptible(ended), this.drainTimeout), Option.isSome)
  }

  private get abort(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isAborting = true
      this.sender.channel.close()
      const { handling } = this
      return Effect.andThen(
        Fiber.interruptAll(this.workers),
        Effect.suspend(() =>
          Effect.logWarning(
            `${label}: ${this.sender.channel.description} was not drained in time: ` +
              `${this.sender.channel.buffer.length} messages left, ${handling} handlers interrupted`
          )
        )
      )
    })
  }
}
