/**
 * Faults of the tree of tokens, of their guards, and of what runs until a token is cancelled.
 */
import type { SeededFault } from "./seededFault.ts"

const node = "internal/cancellationNode.ts"
const until = "internal/untilCancelled.ts"
const token = "CancellationToken.ts"

export const cancellationToken: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: nobody who waits for a token is woken",
    file: node,
    from: "      wakeSoon(waiter)\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "lost wake-up: only the oldest on a token is woken",
    file: node,
    from: "while ((waiter = this.waiters.shift()) !== undefined) {",
    to: "if ((waiter = this.waiters.shift()) !== undefined) {",
    program: ["CancellationToken", "waiting", "cancel", "cancelled"]
  },
  {
    why: "lost wake-up: only the token itself wakes who waits, and none below",
    file: node,
    from: "subtree[i]!.wakeWaiters()",
    to: "if (i === 0) subtree[i]!.wakeWaiters()",
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "lost wake-up: looked at the flag in one step, joined the queue in the next",
    file: node,
    from: "    if (this.node.cancelled) return Effect.void\n",
    to: "",
    fallback: true,
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "lost wake-up: woken between queueing and parking, a waiter sleeps on",
    file: node,
    from: "      waiter.state = State.granted\n",
    to: "",
    fallback: true,
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "a woken fiber runs within the step that cancels",
    file: node,
    from: "      wakeSoon(waiter)\n",
    to: "      waiter.wake()\n",
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "woken before the state is settled: who waits for one token runs while those beside it are not flagged",
    file: node,
    from: "      node.cancelled = true\n",
    to:
      "      node.cancelled = true\n      for (let w; (w = node.waiters.shift()) !== undefined; w.wake()) w.state = State.granted\n",
    program: ["CancellationToken", "waiting", "cancel", "child"]
  },
  {
    why: "one step split into two: the token is flagged first, and those below in the next step",
    file: token,
    from: "return Effect.sync(() => this.node.cancel())",
    to: "return Effect.flatMap(Effect.sync(() => (this.node.cancelled = true)), () => Effect.sync(() => {\n"
      + "      this.node.cancelled = false\n      this.node.cancel()\n    }))",
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "who is interrupted stays in the queue",
    file: node,
    from: "    this.queue?.remove(this) // the node's, or the ready queue\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancelled", "cancelled"]
  },
  {
    why: "order broken: who comes last is woken first",
    file: node,
    from: "    this.node.waiters.push(this)\n",
    to: "    const all = [this]\n    for (let w; (w = this.node.waiters.shift()); ) all.push(w as any)\n"
      + "    for (const w of all) this.node.waiters.push(w)\n",
    program: ["CancellationToken", "two waiting", "cancel", "cancel"]
  },
  {
    why: "cancelling interrupts who waits",
    file: node,
    from: "      waiter.state = State.granted\n",
    to: "      waiter.state = State.granted\n      waiter.fiber!.interruptUnsafe()\n",
    program: ["CancellationToken", "two waiting", "cancel", "cancelled"]
  },
  {
    why: "a cancellation goes one level down",
    file: node,
    from: "for (const child of node.children ?? []) subtree.push(child)",
    to: "for (const child of node.children ?? []) if (node === this) subtree.push(child)",
    program: ["CancellationToken", "fresh", "cancel", "cancelled"]
  },
  {
    why: "a cancellation goes up",
    file: node,
    from: "const subtree: Array<CancellationNode> = [this]",
    to: "const subtree: Array<CancellationNode> = [this.parent ?? this]",
    program: ["CancellationToken", "fresh", "cancel the middle", "cancel the middle"]
  },
  {
    why: "a cancelled subtree keeps its edges",
    file: node,
    from: "      node.parent = node.children = undefined\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "cancel"]
  },
  {
    why: "a parent keeps a child that was cancelled",
    file: node,
    from: "    this.parent?.children!.delete(this)\n    const subtree",
    to: "    const subtree",
    program: ["CancellationToken", "fresh", "cancel the middle", "cancel the middle"]
  },
  {
    why: "a child of a cancelled token is born alive",
    file: node,
    from: "if (this.cancelled) child.cancelled = true\n    else if (!this.detached)",
    to: "if (!this.detached)",
    program: ["CancellationToken", "fresh", "cancel", "child"]
  },
  {
    why: "looked whether the parent is cancelled in one step, made the child in the next",
    file: token,
    from: "return owned(() => this.makeChild())",
    to: "return Effect.flatMap(Effect.sync(() => this.node.cancelled), (cancelled) => owned(() => {\n"
      + "      const child = this.makeChild()\n      child.node.cancelled = cancelled\n      return child\n    }))",
    program: ["CancellationToken", "fresh", "cancel", "child"]
  },
  {
    why: "a child is made in one step and given an owner in the next",
    file: token,
    from: "return owned(() => this.makeChild())",
    to: "return Effect.flatMap(Effect.sync(() => this.makeChild()), (child) => owned(() => child))",
    program: ["CancellationToken", "fresh", "child", "child"]
  },
  {
    why: "the children of a token that goes are cut loose",
    file: node,
    from: "      parent?.adopt(child)\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "release"]
  },
  {
    why: "the children of a root that goes are still below it",
    file: node,
    from: "    this.parent = this.children = undefined\n",
    to: "    this.parent = undefined\n",
    program: ["CancellationToken", "fresh", "cancel", "release of the root"]
  },
  {
    why: "a parent keeps a child that was released",
    file: node,
    from: "    parent?.children!.delete(this)\n    if (children",
    to: "    if (children",
    program: ["CancellationToken", "fresh", "cancel", "release"]
  },
  {
    why: "a token that was released gets children again",
    file: node,
    from: "    else if (!this.detached) this.adopt(child)",
    to: "    else this.adopt(child)",
    program: ["CancellationToken", "fresh", "child", "release"]
  },
  {
    why: "who is released is cancelled",
    file: token,
    from: "    this.node.detach()\n",
    to: "    this.node.cancel()\n",
    program: ["CancellationToken", "fresh", "cancelled", "release of the leaf"]
  },
  {
    why: "an effect begins though its token is cancelled",
    file: until,
    from: "if (node.cancelled) return",
    to: "if (Number.isNaN(this.state)) return",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled"]
  },
  {
    why: "it is not stopped: the token is looked at before the effect begins and never again",
    file: until,
    from: "    node.waiters.push(this)\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "looked whether it is cancelled in one step, began the effect in the next",
    file: until,
    from: "    if (!canEvaluate) return this.untilEnd\n",
    to: "    const { node } = this.request\n    if (!node.cancelled) {\n"
      + "      const begin = this.arrive.bind(this)\n      this.arrive = () => {\n"
      + "        const was = node.cancelled\n        node.cancelled = false\n        const answer = begin()\n"
      + "        node.cancelled = was\n        return answer\n      }\n    }\n"
      + "    return Effect.flatMap(Effect.void, () => inThisStep(this.arrive() ?? this.untilEnd, fiber))\n",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "an effect that was stopped looks like a caller that was interrupted",
    file: until,
    from: "    this.state = State.rejected\n",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "on a tie the effect is stopped before it can run",
    file: until,
    from: "    if (this.letsEffectGoFirst) {",
    to: "    if (Number.isNaN(this.state)) {",
    program: ["CancellationToken", "fresh", "cancel and open", "runUntilCancelled takes"]
  },
  {
    why: "a value is lost: the caller is interrupted between the end of the effect and its own next step",
    file: until,
    from: "this.caller.setContext(Context.add(this.context, Scheduler.PreventSchedulerYield, true))",
    to: "",
    program: ["CancellationToken", "fresh", "open", "runUntilCancelled takes"]
  },
  {
    why: "a value is lost: stopped is stopped, though the effect had ended",
    file: until,
    from: "    if (Exit.isSuccess(exit)) {\n",
    to: "    if (this.request.node.cancelled) return this.goingOn(() => answers.stopped([]))\n"
      + "    if (Exit.isSuccess(exit)) {\n",
    program: ["CancellationToken", "fresh", "cancel and open", "runUntilCancelled takes"]
  },
  {
    why: "an effect that is abandoned takes one thing more",
    file: until,
    from: "    this.stop() // in this step",
    to: "    Effect.runFork(Effect.andThen(Effect.yieldNow, Effect.sync(() => this.stop()))) // in this step",
    program: ["CancellationToken", "fresh", "open", "runUntilCancelled takes"]
  },
  {
    why: "a caller that is interrupted leaves the finalizers of the effect running",
    file: until,
    from: "return Effect.flatMap(Fiber.await(child), (exit) => {",
    to: "return Effect.flatMap(Effect.succeed(child.pollUnsafe() ?? Exit.void as any), (exit: Exit.Exit<A, E>) => {",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "a cancellation leaves the finalizers of the effect running",
    file: until,
    from: "      this.child!.addObserver(() => resume(this.outcome()))",
    to: "      this.child!.addObserver(() => resume(this.outcome()))\n"
      + "      this.stop = () => { this.child!.interruptUnsafe(); resume(this.request.answers.stopped([])) }",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "who watched stays in the queue when the effect has ended",
    file: until,
    from: "    this.leave()\n    const { answers } = this.request",
    to: "    const { answers } = this.request",
    program: ["CancellationToken", "fresh", "open", "runUntilCancelled takes"]
  },
  {
    why: "after an effect that has succeeded the caller can't be made to yield",
    file: until,
    from: "        this.caller.setContext(this.context)\n        return answers.done",
    to: "        return answers.done",
    program: ["CancellationToken", "fresh", "open", "interruptWhenCancelled"]
  },
  {
    why: "after an effect that was stopped the caller can't be made to yield",
    file: until,
    from: "      this.caller.setContext(this.context)\n      return next()",
    to: "      return next()",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "after an interruption the caller can't be made to yield",
    file: until,
    from: "    this.caller.setContext(this.context)\n    return Effect.flatMap",
    to: "    return Effect.flatMap",
    program: ["CancellationToken", "fresh", "cancel", "runUntilCancelled waits"]
  },
  {
    why: "a guard does nothing",
    file: token,
    from: "    this.token.node.cancel()\n",
    to: "    if (!this.isReleased) this.token.node.cancel()\n",
    program: ["CancellationToken", "fresh", "cancelled", "dropGuard"]
  },
  {
    why: "nobody owns a guard",
    file: token,
    from: "return owned(() => new DropGuardImpl(this))",
    to: "return Effect.sync(() => new DropGuardImpl(this)) as any",
    program: ["CancellationToken", "fresh", "cancelled", "dropGuard"]
  },
  {
    why: "disarming cancels",
    file: token,
    from: "this.end(\"disarmed\", false)",
    to: "this.end(\"disarmed\", true)",
    program: ["CancellationToken", "fresh", "cancelled", "dropGuard disarmed"]
  },
  {
    why: "disarming one guard takes the effect of all others away",
    file: token,
    from: "      this.end(\"disarmed\", false)\n",
    to: "      this.end(\"disarmed\", false)\n      this.token.node.cancel = () => {}\n",
    program: ["CancellationToken", "fresh", "dropGuard", "dropGuard disarmed"]
  },
  {
    why: "no signal is aborted",
    file: node,
    from: "for (const listener of this.listeners ?? []) listener()",
    to: "",
    program: ["CancellationToken", "fresh", "cancel", "toAbortSignal"]
  },
  {
    why: "listeners are told before the rest of the subtree is flagged",
    file: node,
    from: "      node.cancelled = true\n",
    to: "      node.cancelled = true\n      node.tellListeners()\n",
    program: ["CancellationToken", "cancelled meanwhile", "child", "toAbortSignal"]
  },
  {
    why: "the end of its scope aborts a signal",
    file: token,
    from: "addFinalizer(scope, controller, () => Effect.sync(untie))",
    to: "addFinalizer(scope, controller, () => Effect.sync(() => { untie(); controller.abort() }))",
    program: ["CancellationToken", "fresh", "cancel", "toAbortSignal"]
  },
  {
    why: "a signal follows its token after the end of its scope",
    file: token,
    from: "addFinalizer(scope, controller, () => Effect.sync(untie))",
    to: "addFinalizer(scope, controller, () => untie === undefined ? Effect.void : Effect.void)",
    program: ["CancellationToken", "fresh", "cancel", "toAbortSignal"]
  },
  {
    why: "the signal of a cancelled token is not aborted",
    file: token,
    from: "      controller.abort()\n    } else",
    to: "    } else",
    program: ["CancellationToken", "fresh", "cancel", "toAbortSignal"]
  },
  {
    why: "a token that was released still follows its signal",
    file: token,
    from: "    this.signal.removeEventListener(\"abort\", this.listener)\n",
    to: "",
    program: ["CancellationToken", "fresh", "fromAbortSignal", "abort"]
  },
  {
    why: "a token of an aborted signal is not cancelled",
    file: token,
    from: "if (signal.aborted) this.node.cancel()\n    else signal",
    to: "signal",
    program: ["CancellationToken", "fresh", "fromAbortSignal", "abort"]
  },
  {
    why: "looked at a signal in one step, listened to it in the next",
    file: token,
    from: "owned(() => new SignalledTokenImpl(signal, options?.name))",
    to: "Effect.flatMap(Effect.sync(() => signal.aborted), (aborted) => owned(() =>\n"
      + "  new SignalledTokenImpl(new Proxy(signal, { get: (it: any, key) =>\n"
      + "    key === \"aborted\" ? aborted : typeof it[key] === \"function\" ? it[key].bind(it) : it[key] }), options?.name)))",
    program: ["CancellationToken", "fresh", "fromAbortSignal", "abort"]
  }
]
