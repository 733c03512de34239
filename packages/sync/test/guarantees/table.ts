/**
 * What users rely on, each with the faults that its tests must find.
 *
 * `run.ts` puts each fault into the source and demands that a test which names the guarantee fails. The faults are
 * the mistakes one would make here, and as narrow as can be: they break their own guarantee and little else.
 */
import { mpscQueue } from "./tables/MpscQueue.ts"
import { onceCell } from "./tables/OnceCell.ts"
import { oneshot } from "./tables/Oneshot.ts"
import { rwLock } from "./tables/RwLock.ts"
import { setOnce } from "./tables/SetOnce.ts"

import { cancellationToken } from "./tables/CancellationToken.ts"

import { barrier } from "./tables/Barrier.ts"
import { broadcast } from "./tables/Broadcast.ts"
import { notify } from "./tables/Notify.ts"

import { watch } from "./tables/Watch.ts"

/** A piece of source, and what to put in its place. */
export interface Fault {
  /** Below `packages/sync/src`. */
  readonly file: string
  /** Must occur there exactly once. */
  readonly from: string
  readonly to: string
  /** What goes wrong with it. */
  readonly why: string
}

export interface Guarantee {
  readonly id: string
  readonly says: string
  /** None where nothing in our hands could break it. */
  readonly faults: ReadonlyArray<Fault>
}

const counter = "internal/permitCounter.ts"
const operations = "internal/permitOperations.ts"

export const table: ReadonlyArray<Guarantee> = [
  {
    id: "SEM-1",
    says: "Requests are served in the order in which they first ran, whatever the order in which they were built.",
    faults: [
      {
        file: counter,
        from: "this.waiters.push(waiter)",
        to: "this.waiters.push(waiter); if (waiter.previous?.n === waiter.n) this.waiters.push(this.waiters.shift())",
        why: "a request that joins sends the oldest of those to the back that ask for as much"
      },
      {
        file: counter,
        from: "wakeSoon(head)",
        to: "head.wake()",
        why: "who is served runs at once, in the middle of the releasing fiber's step"
      }
    ]
  },
  {
    id: "SEM-2",
    says: "While a request for many is first in the queue, a later one for few does not pass it, even if few are free.",
    faults: [{
      file: counter,
      from: "waiter.missing = waiter.n - this.free\n    this.free = 0",
      to: "waiter.missing = waiter.n",
      why: "a request that must wait leaves what is free to whoever comes"
    }]
  },
  {
    id: "SEM-3",
    says: "While any request waits, nobody gets a permit by trying, not even right after a release.",
    faults: [{
      file: counter,
      from: "head.missing -= n\n        return",
      to: "return this.putBack(n)",
      why: "a release too small for the first in the queue becomes free"
    }]
  },
  {
    id: "SEM-4",
    says:
      "A waiting request sets permits aside as they come, which nobody else sees as free, and returns them if it goes.",
    faults: [{
      file: counter,
      from: "counter.release(this.n - this.missing)",
      to: "",
      why: "what an interrupted request had set aside is lost"
    }]
  },
  {
    id: "SEM-5",
    says: "An interruption at any moment of a wait, even after the permits were granted, loses none of them.",
    faults: [
      {
        file: counter,
        from: "counter.release(this.n)\n",
        to: "\n",
        why: "a request interrupted between grant and run keeps what it was granted"
      },
      {
        file: "internal/waitQueue.ts",
        from: "else next.previous = previous",
        to: "",
        why: "a request that leaves from the middle of the queue breaks the chain"
      }
    ]
  },
  {
    id: "SEM-6",
    says: "What is free, held and set aside always adds up to the initial number plus the added less the forgotten.",
    faults: [{
      file: operations,
      from: "      taker.counter.release(n)",
      to: "      taker.counter.release(1)",
      why: "a bracket for several permits gives one back"
    }]
  },
  {
    id: "SEM-7",
    says: "One release serves as many waiting requests as it suffices for, and wakes them oldest first.",
    faults: [
      {
        file: counter,
        from: "wakeSoon(head)",
        to: "wakeSoon(head); return this.putBack(n)",
        why: "a release serves one request; the rest becomes free past those who wait"
      },
      {
        file: "internal/readyQueue.ts",
        from: "this.waiters.push(waiter)",
        to: "this.waiters.push(waiter); if (this.waiters.size > 1) this.waiters.push(this.waiters.shift()!)",
        why: "those served by one release run in another order"
      }
    ]
  },
  {
    id: "SEM-8",
    says: "Small requests that keep coming do not starve a large one.",
    faults: [{
      file: counter,
      from: "const head = this.waiters.head as PermitWaiter<any, any, any> | undefined",
      to: "let head: any = this.waiters.head; for (let w = head; w !== undefined; w = w.next) {\n" +
        "        if (w.missing <= n) { head = w; break }\n      }",
      why: "a release goes to the oldest request it suffices for, not to the oldest"
    }]
  },
  {
    id: "SEM-9",
    says: "`close` fails all who wait or come later, even those granted who have not run; what is held still returns.",
    faults: [
      {
        file: counter,
        from: "this.state === State.granted && this.counter.closed === undefined",
        to: "this.state === State.granted",
        why: "a request granted before the close runs after it"
      },
      {
        file: counter,
        from: "this.putBack(waiter.n - waiter.missing)",
        to: "",
        why: "what the refused had set aside is lost"
      },
      {
        file: counter,
        from: "if (counter.closed !== undefined) return",
        to: "",
        why: "a grant that the close took back is given back once more by an interruption"
      }
    ]
  },
  {
    id: "SEM-10",
    says: "Trying a closed semaphore says that it is closed, whether or not permits are free.",
    faults: [
      {
        file: operations,
        from: "taker.counter.closed ?? this.instead ??",
        to: "this.instead ?? taker.counter.closed ??",
        why: "`tryAcquire` says that there are too few"
      },
      {
        file: "Semaphore.ts",
        from: "this.closed ? closedFailure(this) : noPermitsFailure(this)",
        to: "noPermitsFailure(this)",
        why: "`tryAcquireUnsafe` says that there are too few"
      }
    ]
  },
  {
    id: "SEM-11",
    says: "A request for 0 permits is served at once, whoever waits.",
    faults: [{
      file: counter,
      from: "if (n > this.free || this.closed !== undefined) return false",
      to: "if (n > this.free || this.waiters.size > 0 || this.closed !== undefined) return false",
      why: "it queues behind the others"
    }]
  },
  {
    id: "SEM-12",
    says:
      "`merge` moves all permits into one, which returns them once; with a permit of another semaphore it is a defect.",
    faults: [
      {
        file: "Semaphore.ts",
        from: "!(other instanceof PermitImpl) || other.semaphore !== this.semaphore",
        to: "!(other instanceof PermitImpl)",
        why: "permits of one semaphore end up in another"
      },
      {
        file: "Semaphore.ts",
        from: "other.count = 0\n      other.end(\"merged into another permit\", false)",
        to: "other.end(\"merged into another permit\", true)",
        why: "the merged permit is given back, and later once more by the sum"
      }
    ]
  },
  {
    id: "SEM-13",
    says:
      "`forget` shrinks the semaphore for good; `forgetPermits` tells how many free ones it removed, and takes no more.",
    faults: [
      {
        file: counter,
        from: "Math.min(n, this.free)",
        to: "n",
        why: "more are removed than are free"
      },
      {
        file: "Semaphore.ts",
        from: "this.count = 0\n      this.end(\"forgotten\", false)",
        to: "this.end(\"forgotten\", true)",
        why: "a forgotten permit is given back"
      }
    ]
  },
  {
    id: "SEM-14",
    says: "As many as MAX_PERMITS may be free; to add one more is a defect and changes nothing.",
    faults: [
      {
        file: counter,
        from: "n > MAX_PERMITS - this.free",
        to: "n >= MAX_PERMITS - this.free",
        why: "the last permit that fits is refused"
      },
      {
        file: counter,
        from: "if (n > MAX_PERMITS - this.free) return false",
        to: "",
        why: "what does not fit vanishes in silence"
      }
    ]
  },
  {
    id: "SEM-15",
    // Memory ordering. All fibers of one semaphore run in one thread: there is no code that could get it wrong.
    says:
      "What was written before a release is seen after the acquisition it enables: one thread, so it can't be otherwise.",
    faults: []
  },
  {
    id: "MUT-1",
    says: "There is one guard at most; no update under the lock is lost, whatever yields inside.",
    faults: [
      {
        file: "Mutex.ts",
        from: "new PermitCounter(1)",
        to: "new PermitCounter(2)",
        why: "two hold the lock at once"
      },
      {
        file: "Mutex.ts",
        from: "withLock(self, (guard) => Effect.flatMap(Effect.flatMap(guard.get, f), (a) => guard.set(a)))",
        to: "Effect.flatMap(Effect.flatMap(get(self), f), (a) => set(self, a))",
        why: "`updateEffect` unlocks while it computes"
      }
    ]
  },
  {
    id: "MUT-2",
    says: "The lock is given in the order of the requests; who unlocks and locks again goes to the back.",
    faults: [{
      file: "Mutex.ts",
      from: "this.counter.enqueue(this)",
      to: "this.counter.enqueue(this)\n" +
        "    const { waiters } = this.counter; for (let i = waiters.size; i > 1; i--) waiters.push(waiters.shift()!)",
      why: "short updates go first"
    }]
  },
  {
    id: "MUT-3",
    says: "Trying fails while the lock is held, and while it is promised to one who waits.",
    faults: [{
      file: "Mutex.ts",
      from: "return this.counter.tryTake(1) ? Result",
      to: "return this.counter.tryTake(1) || this.counter.granted > 0 ? Result",
      why: "`tryLockUnsafe` takes a lock that was promised"
    }]
  },
  {
    id: "MUT-4",
    says: "Interrupting a holder unlocks; interrupting one who waits makes nobody wait longer or be passed over.",
    faults: [
      {
        file: "internal/step.ts",
        from: "this.leavable.leave()",
        to: "if ((this.leavable as any).state !== 2) this.leavable.leave()",
        why: "an update interrupted between grant and run keeps the lock"
      },
      {
        file: "internal/step.ts",
        from: "canEvaluate ? inThisStep(Exit.succeed(value), fiber) : Exit.succeed(value)",
        to: "Exit.succeed(value)",
        why: "what an update took out is lost if the interruption comes with it"
      }
    ]
  },
  {
    id: "MUT-5",
    says: "A failure or defect under the lock unlocks; the next holder finds the value as it was left.",
    faults: [
      {
        file: "Mutex.ts",
        from: "return b\n    } finally {\n      this.counter.release(1)\n    }",
        to: "this.counter.release(1)\n      return b\n    } finally {}",
        why: "an update whose function throws never unlocks"
      },
      {
        file: "Mutex.ts",
        from: "([b, a]) => Effect.as(guard.set(a), b)",
        to: "([b, a]) => Effect.as(guard.set(a), b)\n      ).pipe(Effect.onError(() => guard.set(undefined as any))",
        why: "a failed `modifyEffect` spoils the value"
      }
    ]
  },
  {
    id: "MUT-6",
    says: "A `tryMap` that misses keeps the lock and leaves the guard usable.",
    faults: [{
      file: "internal/guard.ts",
      from: "    this.assertLocked(member)\n    return Result.fail(this)\n",
      to: "    this.assertLocked(member)\n    this.releaseUnsafe()\n    return Result.fail(this)\n",
      why: "it unlocks"
    }]
  },
  {
    id: "MUT-7",
    says: "Mapping neither unlocks nor locks; each acquisition is unlocked exactly once.",
    faults: [
      {
        file: "internal/scopedHandle.ts",
        from: "first.heir = heir",
        to: "",
        why: "the scope or bracket still releases the guard that was mapped, and the lock stays held"
      },
      {
        file: "internal/scopedHandle.ts",
        from: "this.ended = end",
        to: "",
        why: "the guard that was mapped still unlocks"
      },
      {
        file: "internal/scopedHandle.ts",
        from: "if (this.ended !== undefined) return\n",
        to: "\n",
        why: "a guard unlocks as often as it is told to"
      }
    ]
  },
  ...rwLock,
  ...onceCell,
  ...setOnce,
  ...cancellationToken,
  ...notify,
  ...barrier,
  ...oneshot,
  ...watch,
  ...broadcast,
  ...mpscQueue
]
