/**
 * Running an effect until a token is cancelled.
 *
 * The effect runs in a fiber of its own, since Effect can interrupt a fiber and nothing less; the caller's fiber waits for
 * that one to end, whatever happens, so that no finalizer of the effect is left running behind its back. Four things can
 * happen meanwhile:
 *
 * - **The effect ends.** Its exit is the answer, also when the token is cancelled by then.
 * - **The token is cancelled.** The fiber is interrupted, and once it has ended it is decided what that was. If all it has
 *   to say is that it was interrupted, it was stopped; a failure or a defect is the answer.
 * - **Both, in one step.** What that step has woken of the effect is already on the ready queue, or will be before the step
 *   is over. So the wake-up goes to the back of that queue once more before it acts, and the effect goes first.
 * - **The caller is interrupted.** So is the effect; the caller ends when that has ended, and with the defects of its
 *   finalizers, as if the effect had run in the caller's own fiber.
 *
 * **Why no result is lost**: an effect may have taken a message or a permit, and its value is then the only trace of it.
 * From the step in which the effect's fiber ends to the caller's continuation, nothing else can run: the end of a fiber
 * calls its observers at once, ours resumes the caller on that stack, and the effect it resumes with hands the value on in
 * its own step. A fiber may yield before any step, though, and a scheduler decides that by looking at the fiber's context.
 * So for as long as it waits the caller has a context that says «do not yield», and the step that hands the value on puts
 * the old one back.
 *
 * Guarded by `test/CancellationToken.running.test.ts` (CT-6) and `.interruption.test.ts` (an interrupt at every step).
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import type { CancellationNode } from "./cancellationNode.ts"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { canEvaluate, inThisStep } from "./step.ts"
import { State, Waiter } from "./waitQueue.ts"

/**
 * What the caller gets of it.
 *
 * @internal
 */
export interface Answers<A, B> {
  readonly label: string
  /** Of a value. */
  readonly done: (a: A) => B
  /** Of being stopped, with what else went wrong on the way: nothing, if it never began. */
  readonly stopped: <E>(otherwise: ReadonlyArray<Cause.Reason<E>>) => Effect.Effect<B, E>
}

/** @internal */
export class UntilCancelled<A, B, E, R> extends Operation<B, E, R> {
  declare readonly node: CancellationNode
  declare readonly effect: Effect.Effect<A, E, R>
  declare readonly answers: Answers<A, B>

  constructor(node: CancellationNode, effect: Effect.Effect<A, E, R>, answers: Answers<A, B>) {
    super()
    this.node = node
    this.effect = effect
    this.answers = answers
  }

  override get label(): string {
    return this.answers.label
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, E, R> {
    return new Watch(this, fiber).run(fiber)
  }
}

/** One run: it watches the token while the effect runs, and the effect while the caller waits. */
class Watch<A, B, E, R> extends Waiter<B, E, R> {
  declare readonly request: UntilCancelled<A, B, E, R>
  declare private readonly caller: Fiber.Fiber<any, any>
  declare private readonly context: Context.Context<never>
  declare private child: Fiber.Fiber<A, E> | undefined
  declare private letsEffectGoFirst: boolean

  constructor(request: UntilCancelled<A, B, E, R>, caller: Fiber.Fiber<any, any>) {
    super()
    this.request = request
    this.fiber = this.caller = caller
    this.context = caller.context
    this.child = undefined
    this.letsEffectGoFirst = true
  }

  override get label(): string {
    return this.request.label
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<B, E, R> {
    if (!canEvaluate) return this.untilEnd
    // An effect that ends without a wait costs no park, and its value goes on in this very step.
    const answer = this.arrive()
    return inThisStep(answer ?? this.untilEnd, fiber)
  }

  /** Joins the queue and starts the effect: the answer, if it ends at once. */
  protected override arrive(): Effect.Effect<B, E, R> | undefined {
    const { effect, node } = this.request
    if (node.cancelled) return this.goingOn(() => this.request.answers.stopped([]))
    this.state = State.waiting
    node.waiters.push(this)
    const child = Effect.runForkWith(this.context as Context.Context<any>)(effect)
    this.child = child
    if (child.pollUnsafe() !== undefined) return this.outcome()
    if (this.isStopping) this.stop() // its turn came while the effect began
    return undefined
  }

  /** Parks the caller until the effect's fiber has ended. */
  private get untilEnd(): Effect.Effect<B, E, R> {
    return Effect.callback((resume) => {
      this.caller.setContext(Context.add(this.context, Scheduler.PreventSchedulerYield, true))
      const answer = canEvaluate ? undefined : this.arrive()
      if (answer !== undefined) return resume(answer)
      this.child!.addObserver(() => resume(this.outcome()))
      return Effect.suspend(() => this.abandon(this.child!))
    })
  }

  override wake(): void {
    if (this.letsEffectGoFirst) {
      this.letsEffectGoFirst = false
      return wakeSoon(this)
    }
    this.state = State.rejected
    this.stop()
  }

  private get isStopping(): boolean {
    return this.state === State.rejected
  }

  private stop(): void {
    this.child?.interruptUnsafe(this.caller.id)
  }

  /** Once the effect's fiber has ended. */
  protected override outcome(): Effect.Effect<B, E, R> {
    this.leave()
    const { answers } = this.request
    const exit = this.child!.pollUnsafe()!
    if (Exit.isSuccess(exit)) {
      return Effect.sync(() => {
        this.caller.setContext(this.context)
        return answers.done(exit.value)
      })
    }
    // Interrupted by whoever, before we did it: then that is how it ended.
    if (!this.isStopping) return this.goingOn(() => Effect.failCause(exit.cause))
    return this.goingOn(() => answers.stopped(besidesInterrupts(exit.cause)))
  }

  private goingOn(next: () => Effect.Effect<B, E, R>): Effect.Effect<B, E, R> {
    return Effect.suspend(() => {
      this.caller.setContext(this.context)
      return next()
    })
  }

  /** The caller was interrupted. */
  private abandon(child: Fiber.Fiber<A, E>): Effect.Effect<void> {
    this.leave()
    this.stop() // in this step: until now nothing could run in between, and the effect can have taken nothing
    this.caller.setContext(this.context)
    return Effect.flatMap(Fiber.await(child), (exit) => {
      const otherwise = Exit.isSuccess(exit) ? [] : besidesInterrupts(exit.cause)
      // The type of a clean-up has no room for the failures, but the cause they join has.
      return otherwise.length === 0 ? Effect.void : Effect.failCause(Cause.fromReasons<never>(otherwise as any))
    })
  }

  override leave(): void {
    this.queue?.remove(this) // the node's, or the ready queue
  }
}

const besidesInterrupts = <E>(cause: Cause.Cause<E>): ReadonlyArray<Cause.Reason<E>> =>
  cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
