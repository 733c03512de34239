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
    reason: "Nobody asks before it is set: it gives all objects of a class the same shape, which makes them faster.",
    mutants: {
      "internal/permitCounter.ts": ["delete this.missing = 0"],
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
      ]
    }
  },
  {
    reason: "Chooses between two ways that do the same, one of them cheaper.",
    mutants: {
      "internal/permitOperations.ts": [
        "negate canEvaluate || this.taker.counter.free < this.n",
        "negate canEvaluate",
        "negate this.taker.counter.free < this.n",
        "delete return guarded(new BracketWaiter(this), fiber)",
        "delete return taker.counter.releaseOne"
      ],
      "internal/readyQueue.ts": ["delete return lastQueue", "delete lastScheduler = scheduler"]
    }
  },
  {
    reason:
      "Names an operation that nobody gets to see: one that is not run, and one that runs before any tracer is there.",
    mutants: {
      "Mutex.ts": ["delete return this.modify.label"],
      "internal/step.ts": ["delete return \"effect-sync/probe\""]
    }
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
