/** The guarantees of RwLock: rows of `../table.ts`, which says what they are. */

const file = "RwLock.ts"
const counter = "internal/permitCounter.ts"

export const rwLock = [
  {
    id: "RW-1",
    says: "Any number of readers up to the maximum hold the lock, or one writer, never both.",
    faults: [
      {
        file,
        from: "\"RwLock.write\", this.maxReaders, undefined",
        to: "\"RwLock.write\", 1, undefined",
        why: "a writer gets in beside others, as if it were a reader"
      },
      {
        file,
        from: "\"RwLock.withWrite\", this.maxReaders, f",
        to: "\"RwLock.withWrite\", this.maxReaders - 1, f",
        why: "a writer leaves room for a reader"
      },
      {
        file: "internal/guard.ts",
        from: "    this.assertLocked(member)\n    return this.succeededBy(heir, end)",
        to: "    return this.succeededBy(heir, end)",
        why: "a guard whose own function released it has a successor that reads without the lock"
      }
    ]
  },
  {
    id: "RW-2",
    says: "First come, first served; readers next to each other at the front of the queue enter together.",
    faults: [
      {
        file: counter,
        from: "this.waiters.push(waiter)",
        to: "this.waiters.push(waiter)\n" +
          "    if (!waiter.exclusive) for (let i = this.waiters.size; i > 1; i--) this.waiters.push(this.waiters.shift()!)",
        why: "a reader that waits passes those who came before it"
      },
      {
        file: counter,
        from: "wakeSoon(head)",
        to: "wakeSoon(head); if (!head.exclusive) return this.putBack(n)",
        why: "readers enter one at a time"
      },
      {
        file: counter,
        from: "wakeSoon(head)",
        to: "if (this.granted === head.n) wakeSoon(head)",
        why: "of those that enter together only the first is woken"
      },
      {
        file: counter,
        from: "wakeSoon(head)",
        to: "head.wake()",
        why: "who is let in runs in the middle of the step of the one who unlocks"
      }
    ]
  },
  {
    id: "RW-3",
    says: "Readers that keep coming starve no writer, and writers that keep coming no reader.",
    faults: [
      {
        file: counter,
        from: "waiter.missing = waiter.n - this.free\n    this.free = 0",
        to:
          "waiter.missing = waiter.exclusive ? waiter.n : waiter.n - this.free\n    if (!waiter.exclusive) this.free = 0",
        why: "readers pass a writer that waits"
      },
      {
        file: counter,
        from: "const head = this.waiters.head as PermitWaiter<any, any, any> | undefined",
        to: "let head: any = this.waiters.head; for (let w = head; w !== undefined; w = w.next) {\n" +
          "        if (w.exclusive) { head = w; break } }",
        why: "writers go first"
      }
    ]
  },
  {
    id: "RW-4",
    says: "Trying to read fails while a writer waits, even though only readers hold the lock.",
    faults: [
      {
        file,
        from: "this.counter.tryTake(1) ? Result",
        to: "this.counter.tryTake(1) || this.reading > 0 ? Result",
        why: "`tryReadUnsafe` joins those who read"
      },
      {
        file,
        from: "cannotRead(this).exit",
        to: "undefined as any",
        why: "`tryRead` waits"
      },
      {
        file,
        from: "this.counter.tryTake(this.maxReaders) ? Result",
        to: "this.counter.tryTake(this.maxReaders) || this.counter.granted > 0 ? Result",
        why: "`tryWriteUnsafe` takes a lock that was promised"
      }
    ]
  },
  {
    id: "RW-5",
    says: "Interrupting one who waits makes nobody wait longer: readers behind a writer that goes get in at once.",
    faults: [
      {
        file: counter,
        from: "counter.release(this.n - this.missing)",
        to: "",
        why: "what a writer had set aside is lost when it goes, and those behind it wait for ever"
      },
      {
        file: counter,
        from: "this.queue!.remove(this)",
        to: "",
        why: "one that goes stays in line, and is given what others wait for"
      },
      {
        file: counter,
        from: "counter.release(this.n)\n",
        to: "if (!this.exclusive) counter.release(this.n)\n",
        why: "a writer interrupted between grant and run keeps the lock"
      },
      {
        file: counter,
        from: "counter.release(this.n)\n",
        to: "if (this.exclusive) counter.release(this.n)\n",
        why: "a reader interrupted between grant and run keeps the lock"
      },
      {
        file: counter,
        from: "        counter.exclusive = false\n",
        to: "",
        why: "a lock whose promised writer was interrupted passes for written"
      }
    ]
  },
  {
    id: "RW-6",
    says: "`downgrade` is one step: no writer gets in before the read guard ends, readers at the front do.",
    faults: [
      {
        file,
        from: "this.lock.endWriting(1)",
        to: "this.lock.endWriting(0); this.lock.counter.tryTake(1)",
        why: "it lets go of the lock and takes it again"
      },
      {
        file,
        from: "this.lock.endWriting(1)",
        to: "this.lock.counter.exclusive = false",
        why: "readers are not let in"
      },
      {
        file,
        from: "this.counter.release(this.maxReaders - readers)",
        to: "this.counter.release(this.maxReaders - readers)\n" +
          "    const next: any = this.counter.waiters.head\n" +
          "    if (readers === 1 && next?.exclusive) { this.counter.waiters.remove(next); this.counter.waiters.push(next)\n" +
          "      const first: any = this.counter.waiters.head\n" +
          "      if (first !== next) { const n = next.n - next.missing; next.missing = next.n; this.counter.release(n) } }",
        why: "readers behind a waiting writer pass it"
      },
      {
        file: "internal/scopedHandle.ts",
        from: "heir.owner = this.owner",
        to: "heir.owner = end === \"downgraded\" ? undefined : this.owner",
        why: "the scope forgets the guard, and the lock is read for ever"
      }
    ]
  },
  {
    id: "RW-7",
    says: "What maps a downgrade runs before any reader is let in; where there is no part the lock stays written.",
    faults: [
      {
        file,
        from: "this.downgradedTo(\"downgradeMap\", f(this.read()))",
        to: "{ this.lock.endWriting(1)\n" +
          "      return this.succeededIfLocked(\"downgradeMap\", new ReadGuardImpl(this.lock, f(this.read())), \"downgraded\") }",
        why: "readers are let in before the function runs"
      },
      {
        file,
        from: ": this.missed(\"tryDowngradeMap\")",
        to: ": (this.lock.endWriting(1), this.missed(\"tryDowngradeMap\"))",
        why: "the lock is weakened although there is no part"
      },
      {
        file,
        from: "const part = f(this.read())",
        to: "this.lock.counter.exclusive = false\n      const part = f(this.read())",
        why: "a function that throws leaves a lock that does not pass for written"
      }
    ]
  },
  {
    id: "RW-8",
    says: "Reader number `maxReaders + 1` waits, and is let in when one leaves.",
    faults: [
      {
        file,
        from: "new PermitCounter(maxReaders)",
        to: "new PermitCounter(MAX_READERS)",
        why: "it is not limited"
      },
      {
        file,
        from: "new PermitCounter(maxReaders)",
        to: "new PermitCounter(maxReaders + 1)",
        why: "one too many is let in"
      },
      {
        file,
        from: "maxReaders < 1 ||",
        to: "maxReaders < 0 ||",
        why: "a lock that nobody could ever read is made"
      },
      {
        file: counter,
        from: "this.exclusive = head.exclusive",
        to: "this.exclusive = head.n === this.permits",
        why: "the one reader there may be passes for a writer once it was waited for"
      }
    ]
  },
  {
    id: "RW-9",
    says: "All releases are exact: when every guard is gone, a writer gets in.",
    faults: [
      {
        file,
        from: "this.lock.counter.release(1)",
        to: "this.lock.counter.release(2)",
        why: "a read guard releases the place of another, too"
      },
      {
        file,
        from: "hold.release = counter.releaseOne",
        to: "hold.release = () => undefined",
        why: "a bracket that waited to read never leaves"
      },
      {
        file,
        from: "pushFinalizer(fiber, counter.releaseOne)",
        to: "",
        why: "a bracket that need not wait to read never leaves"
      },
      {
        file: "internal/scopedHandle.ts",
        from: "this.ended = end",
        to: "",
        why: "a guard that was mapped or downgraded still unlocks"
      }
    ]
  },
  {
    id: "RW-10",
    says: "Failure, defect and interruption unlock; the next one finds the value as it was left.",
    faults: [
      {
        file,
        from: "pushFinalizer(fiber, counter.releaseOne)\n    return this.use(lock.value)",
        to: "const effect = this.use(lock.value)\n    pushFinalizer(fiber, counter.releaseOne)\n    return effect",
        why: "a reader whose function throws never leaves"
      },
      {
        file,
        from: "return Effect.suspend(() => this.use(lock.value))",
        to: "return this.use(lock.value)",
        why: "a reader's function that throws does so in the fiber that wakes it"
      },
      {
        file,
        from: "\"RwLock.withWrite\", this.maxReaders, f)",
        to: "\"RwLock.withWrite\", this.maxReaders, (guard) => {\n" +
          "      const before = this.value\n" +
          "      return Effect.onError(f(guard), () => Effect.sync(() => { this.value = before }))\n" +
          "    })",
        why: "a failure undoes what was set"
      }
    ]
  }
]
