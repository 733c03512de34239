/** The rows of CancellationToken. */
const node = "internal/cancellationNode.ts"
const until = "internal/untilCancelled.ts"
const token = "CancellationToken.ts"

export const cancellationToken = [
  {
    id: "CT-1",
    says: "A cancellation goes down to every depth, also through tokens that were released meanwhile.",
    faults: [
      {
        file: node,
        from: "for (const child of node.children ?? []) subtree.push(child)",
        to: "for (const child of node.children ?? []) if (node === this) subtree.push(child)",
        why: "it goes one level down"
      },
      {
        file: node,
        from: "      parent?.adopt(child)\n",
        to: "",
        why: "the children of a token that goes are cut loose"
      }
    ]
  },
  {
    id: "CT-2",
    says: "Siblings and ancestors of a cancelled token are untouched.",
    faults: [{
      file: node,
      from: "const subtree: Array<CancellationNode> = [this]",
      to: "const subtree: Array<CancellationNode> = [this.parent ?? this]",
      why: "the parent is cancelled, with all below it"
    }]
  },
  {
    id: "CT-3",
    says: "Everybody who waits is woken once, oldest first on each token; who comes later does not wait.",
    faults: [
      {
        file: node,
        from: "while ((waiter = this.waiters.shift()) !== undefined) {",
        to: "if ((waiter = this.waiters.shift()) !== undefined) {",
        why: "a lost wake-up: only the oldest is woken"
      },
      {
        file: node,
        from: "      wakeSoon(waiter)\n",
        to: "      wakeSoon(waiter)\n      if (this.waiters.size > 1) this.waiters.push(this.waiters.shift()!)\n",
        why: "they are woken out of order"
      },
      {
        file: node,
        from: "    this.queue?.remove(this) // the node's, or the ready queue\n",
        to: "",
        why: "who was interrupted stays in the queue"
      }
    ]
  },
  {
    id: "CT-4",
    says: "A child of a cancelled token is born cancelled.",
    faults: [{
      file: node,
      from: "if (this.cancelled) child.cancelled = true\n    else if (!this.detached)",
      to: "if (!this.detached)",
      why: "it waits for a cancellation that has been"
    }]
  },
  {
    id: "CT-5",
    says: "Cancelling twice is as once; when it returns all below are flagged, and nobody ran who saw it otherwise.",
    faults: [
      {
        file: node,
        from: "      node.cancelled = true\n",
        to: "      node.cancelled = true\n      node.tellListeners()\n",
        why: "listeners are told before the rest of the subtree is flagged"
      },
      {
        file: node,
        from: "      wakeSoon(waiter)\n",
        to: "      waiter.wake()\n",
        why: "a woken fiber runs within the step that cancels"
      }
    ]
  },
  {
    id: "CT-6",
    says:
      "`runUntilCancelled` does not start its effect once cancelled, counts the effect's result on a tie, and waits for its finalizers.",
    faults: [
      {
        file: until,
        from: "if (node.cancelled) return",
        to: "if (Number.isNaN(this.state)) return",
        why: "the effect is started, and stopped"
      },
      {
        file: until,
        from: "    if (this.letsEffectGoFirst) {",
        to: "    if (Number.isNaN(this.state)) {",
        why: "on a tie the effect is stopped before it can run"
      },
      {
        file: until,
        from: "this.caller.setContext(Context.add(this.context, Scheduler.PreventSchedulerYield, true))",
        to: "",
        why: "an interruption between the end of the effect and the caller's next step loses its value"
      },
      {
        file: until,
        from: "    this.stop() // in this step",
        to: "    Effect.runFork(Effect.andThen(Effect.yieldNow, Effect.sync(() => this.stop()))) // in this step",
        why: "an effect that is abandoned may take one thing more"
      },
      {
        file: until,
        from: "return Effect.flatMap(Fiber.await(child), (exit) => {",
        to:
          "return Effect.flatMap(Effect.succeed(child.pollUnsafe() ?? Exit.void as any), (exit: Exit.Exit<A, E>) => {",
        why: "a caller that is interrupted leaves the finalizers of the effect running"
      },
      {
        file: until,
        from: "      this.child!.addObserver(() => resume(this.outcome()))",
        to: "      this.child!.addObserver(() => resume(this.outcome()))\n" +
          "      this.stop = () => { this.child!.interruptUnsafe(); resume(this.request.answers.stopped([])) }",
        why: "a cancellation leaves the finalizers of the effect running"
      },
      {
        file: until,
        from: "    this.leave()\n    const { answers } = this.request",
        to: "    const { answers } = this.request",
        why: "who watched stays in the queue when the effect has ended"
      }
    ]
  },
  {
    id: "CT-7",
    says: "Releasing tokens, parent first or child first, cancels nothing and leaves nothing behind.",
    faults: [
      {
        file: token,
        from: "    this.node.detach()\n",
        to: "    this.node.cancel()\n",
        why: "dropping cancels"
      },
      {
        file: node,
        from: "    parent?.children!.delete(this)\n    if (children",
        to: "    if (children",
        why: "a parent keeps the children that went"
      },
      {
        file: node,
        from: "    else if (!this.detached) this.adopt(child)",
        to: "    else this.adopt(child)",
        why: "a released token gets children again"
      },
      {
        file: node,
        from: "      child.parent = undefined\n",
        to: "",
        why: "children of a released root still hang below it"
      }
    ]
  },
  {
    id: "CT-8",
    says: "An armed guard cancels however its scope ends; a disarmed one never does.",
    faults: [
      {
        file: token,
        from: "    this.token.node.cancel()\n",
        to: "    if (!this.isReleased) this.token.node.cancel()\n",
        why: "a guard does nothing"
      },
      {
        file: token,
        from: "this.end(\"disarmed\", false)",
        to: "this.end(\"disarmed\", true)",
        why: "disarming cancels"
      },
      {
        file: token,
        from: "return owned(() => new DropGuardImpl(this))",
        to: "return Effect.sync(() => new DropGuardImpl(this)) as any",
        why: "the scope does not own the guard"
      }
    ]
  },
  {
    id: "CT-9",
    says: "Cancelling interrupts nobody; tokens follow abort signals and the reverse, for as long as a scope lives.",
    faults: [
      {
        file: node,
        from: "for (const listener of this.listeners ?? []) listener()",
        to: "",
        why: "no signal is aborted"
      },
      {
        file: token,
        from: "addFinalizer(scope, controller, () => Effect.sync(untie))",
        to: "addFinalizer(scope, controller, () => Effect.sync(() => { untie(); controller.abort() }))",
        why: "the end of its scope aborts a signal"
      },
      {
        file: token,
        from: "    this.signal.removeEventListener(\"abort\", this.listener)\n",
        to: "",
        why: "a signal keeps listeners of tokens that went"
      },
      {
        file: token,
        from: "if (signal.aborted) this.node.cancel()\n    else signal",
        to: "signal",
        why: "a token of an aborted signal is not cancelled"
      },
      {
        file: node,
        from: "      waiter.state = State.granted\n",
        to: "      waiter.state = State.granted\n      waiter.fiber!.interruptUnsafe()\n",
        why: "cancelling interrupts who waits"
      }
    ]
  }
]
