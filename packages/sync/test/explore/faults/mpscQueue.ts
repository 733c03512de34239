/**
 * Faults of Mpsc over an Effect Queue, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const backed = "internal/queueBacked.ts"
const inbox = "internal/inbox.ts"
const primitive = "Mpsc over a Queue"

export const mpscQueue: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: a message that leaves the queue frees no slot",
    file: backed,
    from: "this.give(n - aside)",
    to: "void this.give",
    program: [primitive, "full, one queued", "send", "Queue.take"]
  },
  {
    why: "lost wake-up: who waits to receive is not called for what is offered to the queue",
    file: backed,
    from: "channel.entered(by)\n          this.call()",
    to: "channel.entered(by)",
    program: [primitive, "one receiving", "Queue.offer", "Queue.offer"]
  },
  {
    why: "lost wake-up: who waits to send is not told that the queue was ended",
    file: backed,
    from: "        if (!channel.isEnded) channel.close()\n        this.call()",
    to: "        this.call()",
    program: [primitive, "full, one queued", "Queue.end", "Queue.end"]
  },
  {
    why: "lost wake-up: who was called in vain does not wait again, and is thought to be about to run",
    file: inbox,
    from: "    inbox.called = undefined\n    this.state = this.isLate",
    to: "    this.state = this.isLate",
    program: [primitive, "one receiving", "send", "offer and take"]
  },
  {
    why: "order broken: who was called in vain goes to the back of the line",
    file: inbox,
    from: "inbox.waiters.unshift(this)",
    to: "inbox.waiters.push(this)",
    program: [primitive, "two receiving", "send", "offer and take"]
  },
  {
    why: "ended too early: who was called in vain believes that it is over",
    file: inbox,
    from: "if (this.state !== State.granted || inbox.length > 0 || inbox.isOver) return false",
    to: "if (this.state !== State.idle) return false",
    program: [primitive, "one receiving", "send", "offer and take"]
  },
  {
    why: "a slot too many: an offer takes none",
    file: backed,
    from: "channel.entered(by)",
    to: "void channel.entered",
    program: [primitive, "empty", "Queue.offer", "Queue.take"]
  },
  {
    why: "a slot too many: what is owed is given back when a promise is",
    file: backed,
    from: "super.release(n - this.pay(n))",
    to: "super.release(n)",
    program: [primitive, "full, one queued", "recv", "Queue.offer"]
  },
  {
    why: "a slot too many: what we send is counted as an offer as well",
    file: backed,
    from: "messages.ours > 0",
    to: "messages.ours > 1",
    program: [primitive, "empty", "send", "recv"]
  },
  {
    why: "the queue goes on after the last sender",
    file: backed,
    from: "this.later(this.length === 0 && isWaitedFor(queue), () => Queue.endUnsafe(queue))",
    to: "void Queue.endUnsafe",
    program: [primitive, "empty", "drop the sender", "Queue.take"]
  },
  {
    why: "lost: a message that has its slot is dropped if the queue is full of debts",
    file: backed,
    from: "if (!Queue.offerUnsafe(queue, a)) MutableList.append(queue.messages, a)",
    to: "Queue.offerUnsafe(queue, a)",
    program: [primitive, "full, one queued", "recv", "Queue.offer"]
  },
  {
    why: "lost wake-up: a recv leaves those outside who wait to offer",
    file: backed,
    from: "(offers === 0 && (this.isOpen",
    to: "((this.isOpen",
    program: [primitive, "full, one queued", "recv", "Queue.offer"]
  },
  {
    why: "lost wake-up: a slot that was set aside for who waited to offer is kept when that has gone",
    file: backed,
    from: "    this.aside = 0\n    this.give(aside)",
    to: "    this.aside = aside",
    program: [primitive, "full, one queued", "recv", "Queue.offer"]
  },
  {
    why: "never over: the last message is received, and the queue is left closing",
    file: backed,
    from: "(offers === 0 && (this.isOpen || this.length > 0))",
    to: "offers === 0",
    program: [primitive, "full, one queued", "recv", "close"]
  }
]
