/**
 * Faults of the lock for many readers or one writer.
 */
import type { SeededFault } from "./seededFault.ts"

const lock = "RwLock.ts"
const counter = "internal/permitCounter.ts"
const operations = "internal/permitOperations.ts"

export const rwLock: ReadonlyArray<SeededFault> = [
  {
    why: "a downgrade lets in a writer that waits",
    file: lock,
    from: "    this.lock.endWriting(1)\n",
    to: "    this.lock.endWriting(0)\n    this.lock.counter.free--\n",
    program: ["RwLock", "free", "withWrite", "downgrade"]
  },
  {
    why: "a downgrade lets no reader in",
    file: lock,
    from: "    this.lock.endWriting(1)\n",
    to: "    this.lock.counter.exclusive = false\n",
    program: ["RwLock", "to be downgraded", "withRead", "withRead"]
  },
  {
    why: "a downgraded guard does not take over from the writer, who unlocks everything at the end of the bracket",
    file: lock,
    from: "this.succeededIfLocked(member, new ReadGuardImpl(this.lock, part), \"downgraded\")",
    to: "new ReadGuardImpl(this.lock, part)",
    program: ["RwLock", "free", "withRead", "downgradeMap"]
  },
  {
    why: "a downgrade to a part lets readers in before the part is there",
    file: lock,
    from: "this.downgradedTo(\"downgradeMap\", f(this.read()))",
    to: "{\n      const value = this.read()\n      this.lock.endWriting(1)\n      const part = f(value)\n"
      + "      return this.succeededIfLocked(\"downgradeMap\", new ReadGuardImpl(this.lock, part), \"downgraded\")\n    }",
    program: ["RwLock", "free", "withRead", "downgradeMap"]
  },
  {
    why: "a downgrade to a part that is not there lets readers in all the same",
    file: lock,
    from: "        : this.missed(\"tryDowngradeMap\")\n",
    to: "        : (this.lock.endWriting(1), this.missed(\"tryDowngradeMap\"))\n",
    program: ["RwLock", "free", "withRead", "tryDowngradeMap"]
  },
  {
    why: "a writer leaves as if it were a reader",
    file: lock,
    from: "    this.lock.endWriting(0)\n",
    to: "    this.lock.counter.exclusive = false\n    this.lock.counter.release(1)\n",
    program: ["RwLock", "free", "withRead", "write"]
  },
  {
    why: "granted before the state is settled: the next writer is taken for readers",
    file: lock,
    from: "    this.counter.exclusive = false\n    this.counter.release(this.maxReaders - readers)\n",
    to: "    this.counter.release(this.maxReaders - readers)\n    this.counter.exclusive = false\n",
    program: ["RwLock", "free", "withWrite", "withWrite"]
  },
  {
    why: "a writer is taken for readers between grant and run",
    file: counter,
    from: "      this.exclusive = head.exclusive\n",
    to: "",
    program: ["RwLock", "free", "withWrite", "withWrite"]
  },
  {
    why: "a writer interrupted between grant and run is still thought to write",
    file: counter,
    from: "        counter.exclusive = false\n",
    to: "",
    program: ["RwLock", "held for reading", "withRead", "withWrite"]
  },
  {
    why: "a writer that leaves the queue does not let in the readers behind it",
    file: counter,
    from: "        counter.release(this.n - this.missing)\n",
    to: "        counter.free += this.n - this.missing\n",
    program: ["RwLock", "queued", "withRead", "withRead"]
  },
  {
    why: "readers pass a writer that waits",
    file: counter,
    from: "    waiter.missing = waiter.n - this.free\n    this.free = 0\n",
    to: "    waiter.missing = waiter.n\n",
    program: ["RwLock", "queued", "withRead", "tryRead"]
  },
  {
    why: "writers pass readers that wait",
    file: counter,
    from: "    this.waiters.push(waiter)\n",
    to: "    const all: Array<PermitWaiter<any, any, any>> = waiter.exclusive ? [waiter] : []\n"
      + "    for (let w; (w = this.waiters.shift()); ) all.push(w as any)\n"
      + "    if (!waiter.exclusive) all.push(waiter)\n    for (const w of all) this.waiters.push(w)\n",
    program: ["RwLock", "two queued", "withRead", "withRead"]
  },
  {
    why: "readers next to each other in the queue do not enter together",
    file: counter,
    from: "      wakeSoon(head)\n",
    to: "      wakeSoon(head)\n      if (n > 0) return this.putBack(n)\n",
    program: ["RwLock", "queued", "withRead", "withRead"]
  },
  {
    why: "a writer is let in while a reader is still there",
    file: counter,
    from: "      if (n < head.missing) {\n",
    to: "      if (n < head.missing && !head.exclusive) {\n",
    program: ["RwLock", "held for reading", "read", "write"]
  },
  {
    why: "what a writer that waits has collected is counted as readers",
    file: counter,
    from: " - (first === undefined ? 0 : first.n - first.missing)",
    to: " - (first === undefined ? 0 : 0)",
    program: ["RwLock", "held for reading", "withWrite", "withWrite"]
  },
  {
    why: "a reader that had to wait never leaves",
    file: lock,
    from: "    hold.release = counter.releaseOne\n",
    to: "    hold.release = () => undefined\n",
    program: ["RwLock", "to be downgraded", "withRead", "withRead"]
  },
  {
    why: "taken in one step, given an owner in the next: a bracket that reads",
    file: lock,
    from: "    pushFinalizer(fiber, counter.releaseOne)\n    return this.use(lock.value) //",
    to: "    void pushFinalizer\n"
      + "    return Effect.onExitPrimitive(Effect.suspend(() => this.use(lock.value)), counter.releaseOne) //",
    program: ["RwLock", "free", "withRead", "withRead"]
  },
  {
    why: "taken in one step, given an owner in the next: a bracket that writes",
    file: operations,
    from: "    pushFinalizer(fiber, handle.ownedByBracket())\n    return this.use(handle) //",
    to: "    return Effect.onExitPrimitive(Effect.suspend(() => this.use(handle)), handle.ownedByBracket()) //",
    program: ["RwLock", "free", "withWrite", "withWrite"]
  },
  {
    why: "the owner of what was taken without waiting is forgotten",
    file: operations,
    from: "    return Effect.onExitPrimitive(attempt, () => attempt.release?.())\n",
    to: "    return attempt\n",
    fallback: true,
    program: ["RwLock", "free", "withRead", "withWrite"]
  },
  {
    why: "a guard on a part unlocks once more than its lock was taken",
    file: lock,
    from: "    return this.succeededIfLocked(member, new ReadGuardImpl(this.lock, part))\n",
    to: "    return new ReadGuardImpl(this.lock, part)\n",
    program: ["RwLock", "free", "read guard.unlock", "write"]
  }
]
