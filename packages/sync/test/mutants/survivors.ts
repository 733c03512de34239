/**
 * The mutants that no test finds, each with the reason why none could.
 */

export interface Survivors {
  readonly reason: string
  /** By file below `packages/sync/src`: what is done to which text, with `(2)` behind it for the second such text. */
  readonly mutants: Readonly<Record<string, ReadonlyArray<string>>>
}

export const survivors: ReadonlyArray<Survivors> = [
  {
    reason:
      "What is not there is as good as what it sets, or nobody asks before it is set again: it gives all objects of a class the same shape, which makes them faster.",
    mutants: {
      "internal/notification.ts": [
        "delete this.to = To.all",
        "delete this.observed = false",
        "delete this.given = undefined",
        "delete this.queue = undefined",
        "delete this.previous = undefined",
        "delete this.next = undefined"
      ],
      "internal/permitCounter.ts": ["delete this.missing = 0", "delete return false (3)"],
      "internal/permitOperations.ts": ["delete this.release = undefined", "delete this.release = undefined (2)"],
      "internal/scopedHandle.ts": [
        "delete this.ended = undefined",
        "delete this.owner = undefined",
        "delete this.key = undefined",
        "delete this.heir = undefined"
      ],
      "internal/waitQueue.ts": [
        "delete this.state = State.idle",
        "delete this.fiber = undefined",
        "delete this.resume = undefined",
        "delete this.queue = undefined",
        "delete this.previous = undefined",
        "delete this.next = undefined"
      ],
      "internal/untilCancelled.ts": ["delete this.child = undefined"]
    }
  },
  {
    reason: "Chooses between two ways that do the same, one of them cheaper.",
    mutants: {
      "internal/permitOperations.ts": [
        "negate canEvaluate",
        "delete return taker.counter.releaseOne"
      ],
      "internal/readyQueue.ts": ["delete return lastQueue", "delete lastScheduler = scheduler"],
      "internal/untilCancelled.ts": ["delete return this.outcome()"],
      // What is cancelled is in no tree, and nobody waits for it.
      "internal/cancellationNode.ts": ["delete return (2)"]
    }
  },
  {
    reason:
      "Names an operation that nobody gets to see: a waiter or a clean-up, which is no effect of its own, and one that runs before any tracer is there.",
    mutants: {
      "Barrier.ts": ["delete return \"Barrier.wait\" (2)"],
      "Mutex.ts": ["delete return this.modify.label"],
      "OnceCell.ts": ["delete return this.request.label"],
      "SetOnce.ts": ["delete return \"SetOnce.wait\" (2)"],
      "internal/cancellationNode.ts": ["delete return \"CancellationToken.cancelled\" (2)"],
      "internal/notification.ts": ["delete return this.request.label"],
      "internal/step.ts": ["delete return \"effect-sync/probe\"", "delete return \"effect-sync/leaving\""],
      "internal/untilCancelled.ts": ["delete return this.request.label"]
    }
  },
  {
    reason:
      "As long as it waits it stands in a queue, which is what is asked first; what is asked of its state is whether it has been granted or rejected.",
    mutants: {
      "SetOnce.ts": ["delete this.state = State.waiting"],
      "internal/cancellationNode.ts": ["delete this.state = State.waiting"],
      "internal/untilCancelled.ts": ["delete this.state = State.waiting"]
    }
  },
  {
    reason:
      "Counts who is still in an await. Once the first has concluded, the handle is complete or dropped, and has nothing left that the last one could give up.",
    mutants: { "internal/notification.ts": ["delete this.awaiting--"] }
  },
  {
    reason: "For the compiler: only an open scope has finalizers, so nothing is found in any other.",
    mutants: { "internal/scopeState.ts": ["delete return"] }
  },
  {
    reason: "A waiter that holds is in no queue, or at most in the ready queue, which has no more to do with it.",
    mutants: { "internal/permitCounter.ts": ["delete return (6)"] }
  },
  {
    reason:
      "Effect resumes a fiber once, however often it is asked, and the outcome of a waiter that holds does nothing.",
    mutants: { "internal/waitQueue.ts": ["delete this.resume = undefined (2)"] }
  }
]
