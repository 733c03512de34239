/**
 * Faults of the locks and of what everything waits by, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const counter = "internal/permitCounter.ts"
const queue = "internal/waitQueue.ts"
const ready = "internal/readyQueue.ts"
const operations = "internal/permitOperations.ts"
const handle = "internal/scopedHandle.ts"

export const locks: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: who is granted permits is not woken",
    file: counter,
    from: "      wakeSoon(head)\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "double grant: what the first waiter got is given to the next as well",
    file: counter,
    from: "      n -= head.missing\n",
    to: "",
    program: ["Semaphore", "queued", "withPermit", "withPermit"]
  },
  {
    why: "no give-back: a waiter interrupted between grant and run keeps its permits",
    file: counter,
    from: "        counter.release(this.n)\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "no give-back: a waiter interrupted in the queue keeps what it had collected",
    file: counter,
    from: "        counter.release(this.n - this.missing)\n",
    to: "",
    program: ["Semaphore", "free", "withPermit", "withPermits"]
  },
  {
    why: "waiter not unlinked: permits are granted to one who has left",
    file: counter,
    from: "        this.queue!.remove(this)\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "barging: permits stay free while somebody waits for more of them",
    file: counter,
    from: "    waiter.missing = waiter.n - this.free\n    this.free = 0\n",
    to: "    waiter.missing = waiter.n\n",
    program: ["Semaphore", "free", "withPermit", "withPermits"]
  },
  {
    why: "order broken: who comes last is served first",
    file: counter,
    from: "    this.waiters.push(waiter)\n",
    to: "    const all = [waiter]\n    for (let w; (w = this.waiters.shift()); ) all.push(w as any)\n"
      + "    for (const w of all) this.waiters.push(w)\n",
    program: ["Mutex", "queued", "lock", "lock"]
  },
  {
    why: "a close does not wake those who wait",
    file: counter,
    from: "      wakeSoon(waiter)\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "close"]
  },
  {
    why: "a close forgets what was granted to fibers that have not run",
    file: counter,
    from: "    this.putBack(this.granted)\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "close"]
  },
  {
    why: "a grant beats the close that took it back: its permits are there twice",
    file: counter,
    from: "this.state === State.granted && this.counter.closed === undefined",
    to: "this.state === State.granted",
    program: ["Semaphore", "held", "withPermit", "close"]
  },
  {
    why: "who is interrupted after a close gives back what the close took back",
    file: counter,
    from: "        if (counter.closed !== undefined) return\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "close"]
  },
  {
    why: "decided before it was registered: granted between queueing and parking, a waiter sleeps on",
    file: queue,
    from: "    if (this.state !== State.waiting) this.wake()\n",
    to: "",
    fallback: true,
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "a broken list: who leaves from the middle is still found there, and permits are granted to one who has left",
    file: queue,
    from: "    else previous.next = next\n",
    to: "",
    program: ["Semaphore", "queued", "withPermit", "withPermit"]
  },
  {
    why: "who leaves the queue is still counted",
    file: queue,
    from: "    this.size--\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "lost wake-up: a batch is not scheduled while an earlier one is thought to be",
    file: ready,
    from: "    this.scheduledOn = undefined\n    this.draining = true\n",
    to: "    this.draining = true\n",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "lost wake-up: a batch never ends, so that no other begins",
    file: ready,
    from: "      this.draining = false\n",
    to: "",
    program: ["Semaphore", "held", "withPermit", "withPermit"]
  },
  {
    why: "taken in one step, given an owner in the next: a bracket",
    file: operations,
    from: "    pushFinalizer(fiber, this.releasing())\n    return this.body\n",
    to: "    void pushFinalizer\n    void fiber\n    return Effect.onExitPrimitive(this.body, this.releasing())\n",
    program: ["Semaphore", "free", "withPermit", "withPermit"]
  },
  {
    why: "taken in one step, given an owner in the next: a handle for a scope",
    file: operations,
    from: "return succeedNow(taker.handle(n).ownedBy(scope) as H, fiber)",
    to: "return Effect.map(Effect.void, () => succeedNow && taker.handle(n).ownedBy(scope) as H)",
    program: ["Semaphore", "free", "acquire", "acquire"]
  },
  {
    why: "a handle is given to a scope that has closed meanwhile, and nobody releases it",
    file: handle,
    from: "if (scope.state._tag === \"Closed\") {",
    to: "if (scope.state._tag === \"Closed\" && (scope as unknown) === this) {",
    program: ["Handle", "free", "acquire", "transfer"]
  },
  {
    why: "a fiber that is interrupted before it starts does not release what it owns",
    file: "Handle.ts",
    from: "const options = { startImmediately, uninterruptible: true }",
    to: "const options = { startImmediately, uninterruptible: false }",
    program: ["Handle", "free", "acquire", "forkWith"]
  },
  {
    why: "interrupted right after acquiring, before it could fork, it keeps what it acquired",
    file: "Handle.ts",
    from: "Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void",
    to: "Exit.isFailure(exit) && scope === undefined ? Scope.close(scope, exit) : Effect.void",
    program: ["Handle", "held", "acquire", "forkWith"]
  },
  {
    why: "a mutex stays locked after an update that did not wait",
    file: "Mutex.ts",
    from: "    } finally {\n      this.counter.release(1)\n    }",
    to: "    } finally {\n      // not released\n    }",
    program: ["Mutex", "free", "update", "update"]
  }
]
