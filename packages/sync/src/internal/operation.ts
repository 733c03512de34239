/**
 * Effects as objects.
 *
 * An operation of ours is an instance of a class whose prototype is an Effect, instead of closures wrapped by
 * `Effect.suspend` or `Effect.withFiber`. The run loop calls `run` with the fiber; what it returns is the next step.
 * This saves a closure per call and a step per run, about 15 % of an uncontended acquisition.
 *
 * The fields of objects made per call are `declare`d and set by their constructor. A field definition would set each of
 * them twice, which cost a tenth of an uncontended `withPermit` and a fifth of `withLock`.
 *
 * @internal
 */
import type { Effect } from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type { Fiber } from "effect/Fiber"

const Base: abstract new<A, E, R>() => Effect<A, E, R> = /* @__PURE__ */ (() => {
  const Base = function() {}
  Base.prototype = Effectable.Prototype<any>({
    label: "effect-sync",
    evaluate(this: Operation<any, any, any>, fiber: Fiber<any, any>) {
      return this.run(fiber)
    }
  })
  return Base as any
})()

/** @internal */
export abstract class Operation<A, E = never, R = never> extends Base<A, E, R> {
  /** The public function that made it, as shown in traces and messages. */
  abstract readonly label: string

  /** One step, in which nothing else runs. Called each time the Effect is run, so it must not keep state here. */
  abstract run(fiber: Fiber<any, any>): Effect<A, E, R>

  override toJSON(): unknown {
    return { _id: "Effect", op: this.label }
  }
}
