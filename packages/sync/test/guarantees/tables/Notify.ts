/** What users of a Notify rely on. See `../table.ts`. */

const notification = "internal/notification.ts"

export const notify = [
  {
    id: "NOT-1",
    says: "A `notifyOne` before the wait: the next wait completes at once, the one after it waits.",
    faults: [
      {
        file: notification,
        from: "if (listener === undefined) this.permit = true",
        to: "if (listener === undefined) return",
        why: "a notification is lost if nobody waits"
      }
    ]
  },
  {
    id: "NOT-2",
    says: "Any number of calls without a waiter store one notification.",
    faults: [
      {
        file: notification,
        from: "notifications.permit = false\n",
        to: "\n",
        why: "a stored notification is seen again and again"
      }
    ]
  },
  {
    id: "NOT-3",
    says: "`notifyOne` wakes the oldest by first await or enable, `notifyLast` the newest.",
    faults: [
      {
        file: notification,
        from: "to === To.oldest ? this.listeners.shift() : this.listeners.pop()",
        to: "this.listeners.shift()",
        why: "`notifyLast` wakes the oldest"
      },
      {
        file: notification,
        from: "to === To.oldest ? this.listeners.shift() : this.listeners.pop()",
        to: "this.listeners.pop()",
        why: "`notifyOne` wakes the newest"
      },
      {
        file: notification,
        from: "this.next = undefined\n  }",
        to: "this.next = undefined\n    this.enqueue()\n  }",
        why: "a handle takes its place when it is made"
      },
      {
        file: "internal/waitQueue.ts",
        from: "if (next === undefined) this.tail = previous",
        to: "if (next === undefined) this.tail = this.head",
        why: "once the newest has left, the oldest counts as the newest"
      }
    ]
  },
  {
    id: "NOT-4",
    says:
      "`notifyWaiters` reaches every handle made before it, run or not, and none made after it; it satisfies one wait.",
    faults: [
      {
        file: notification,
        from: "this.broadcasts++",
        to: "",
        why: "a handle that stands in no queue misses it"
      },
      {
        file: notification,
        from: "this.since = notify.notifications.broadcasts",
        to: "this.since = 0",
        why: "it reaches handles made after it"
      },
      {
        file: notification,
        from: "if (to !== To.all) this.give(to)",
        to: "if (to !== To.all) this.give(to)\n    else this.broadcast()",
        why: "one who leaves before seeing it sends it out once more"
      }
    ]
  },
  {
    id: "NOT-5",
    says: "A broadcast neither stores a notification nor takes one.",
    faults: [
      {
        file: notification,
        from: "this.broadcasts++",
        to: "this.broadcasts++\n    if (this.listeners.head === undefined) this.permit = true",
        why: "it is stored if nobody waits"
      },
      {
        file: notification,
        from: "if (!this.isComplete && !this.notify.notifications.takePermit()) return false",
        to: "if (!this.notify.notifications.takePermit() && !this.isComplete) return false",
        why: "a handle that is complete by a broadcast takes a stored notification as well"
      },
      {
        file: notification,
        from: "this.broadcasts++",
        to: "this.broadcasts++\n    this.permit = false",
        why: "it takes what is stored"
      }
    ]
  },
  {
    id: "NOT-6",
    says: "Who was chosen and goes before it has seen the notification passes it on: none is lost, none is doubled.",
    faults: [
      {
        file: notification,
        from: "if (this.state === State.granted) this.request.notifications.passOn(this.to)",
        to: "",
        why: "a fiber interrupted between notification and run takes it along"
      },
      {
        file: notification,
        from: "if (given !== undefined) this.notify.notifications.passOn(given)",
        to: "",
        why: "a handle that is dropped takes it along"
      },
      {
        file: notification,
        from: "if (to !== To.all) this.give(to)",
        to: "if (to !== To.all) this.give(To.oldest)",
        why: "a `notifyLast` is passed on to the oldest"
      },
      {
        file: notification,
        from: "if (to !== To.all) this.give(to)",
        to: "this.give(to === To.newest ? to : To.oldest)",
        why: "a broadcast not seen is passed on like a `notifyOne`"
      },
      {
        file: notification,
        from: "this.observed = true\n    this.given = undefined",
        to: "this.observed = true",
        why: "what a handle has seen is passed on when it is dropped"
      },
      {
        file: notification,
        from: "this.queue?.remove(this) // of the listeners",
        to: "// of the listeners",
        why: "a fiber that is gone stays in the queue, and the next notification goes to it"
      },
      {
        file: notification,
        from: "    this.queue?.remove(this)\n    const { given } = this",
        to: "    const { given } = this",
        why: "a handle that is dropped stays in the queue"
      },
      {
        file: notification,
        from: "if (this.awaiting === 0) this.giveUp()",
        to: "this.giveUp()",
        why: "one of two fibers in `await` is interrupted, and the other loses place and notification"
      },
      {
        file: "internal/step.ts",
        from: "this.leavable.leave()",
        to: "",
        why: "nobody is told that a fiber was interrupted"
      },
      {
        file: notification,
        from: "    this.giveUp()\n    this.wakeAll()",
        to: "    this.giveUp()",
        why: "a fiber in the `await` of a handle that is dropped sleeps on"
      }
    ]
  },
  {
    id: "NOT-7",
    says: "After a broadcast, one it had reached and who is interrupted does not swallow a `notifyOne` that follows.",
    faults: [
      {
        file: notification,
        from: "if (to !== To.all) this.give(to)",
        to: "if (to !== To.all) this.give(to)\n    else this.permit = false",
        why: "one who leaves after a broadcast takes a stored notification along"
      }
    ]
  },
  {
    id: "NOT-8",
    says: "With `enable` before the look, n notifications wake n consumers.",
    faults: [
      {
        file: notification,
        from: "if (this.observe()) return true\n    this.enqueue()",
        to: "if (this.observe()) return true",
        why: "`enable` takes no place, and the notifications are remembered as one"
      }
    ]
  },
  {
    id: "NOT-9",
    says: "`notifyWaiters` is atomic: once one sees it all have it, and who waits again meanwhile is not reached.",
    faults: [
      {
        file: notification,
        from: "wakeSoon(this)",
        to: "this.wake()",
        why: "the first runs before the others have it"
      },
      {
        file: notification,
        from: "wakeSoon(waiter)",
        to: "waiter.wake()",
        why: "who waits again while the others are woken is reached a second time"
      }
    ]
  },
  {
    id: "NOT-10",
    says: "A defect of one who is woken does not keep the others asleep.",
    faults: [
      {
        file: "internal/readyQueue.ts",
        from: "if (this.waiters.head !== undefined) this.schedule(dispatcher)",
        to: "",
        why: "the rest of the batch sleeps on"
      }
    ]
  },
  {
    id: "NOT-11",
    says: "A notification carries no data; what was written before it is seen by who is woken: one thread.",
    faults: []
  }
]
