/**
 * Faults of Broadcast, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const ring = "internal/broadcastRing.ts"
const channel = "internal/broadcastChannel.ts"
const receiver = "internal/broadcastReceiver.ts"
const sender = "internal/broadcastSender.ts"

const park = "() => receiver.isReady || receiver.isReleased ? undefined : this.wait(fiber)"

export const broadcast: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: a send wakes nobody",
    file: channel,
    from: "    if (this.listeners.head !== undefined) this.wakeListeners()\n",
    to: "",
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "lost wake-up: of the receivers with somebody waiting one is reached",
    file: channel,
    from: "for (let left = this.listeners.size; left > 0; left--) this.listeners",
    to: "if (this.listeners.size > 0) this.listeners",
    program: ["Broadcast", "waiting", "subscribe, recv", "send"]
  },
  {
    why: "lost wake-up: the end is not told to those who wait",
    file: channel,
    from: "new SenderCount(() => this.wakeListeners())",
    to: "new SenderCount(() => {})",
    program: ["Broadcast", "empty", "recv", "drop sender"]
  },
  {
    why: "lost wake-up: who is taken out of the line is not woken",
    file: receiver,
    from: "      waiter.state = State.granted\n      wakeSoon(waiter)\n    } else {",
    to: "      waiter.state = State.granted\n    } else {",
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "lost wake-up: who has received does not let the one behind go, though there is more",
    file: receiver,
    from: "    this.nextUp = undefined\n    this.advance()\n",
    to: "    this.nextUp = undefined\n",
    program: ["Broadcast", "waiting", "recv", "send three"]
  },
  {
    why: "not passed on: who is interrupted on its way leaves those behind it waiting",
    file: receiver,
    from: "    if (this.state === State.granted) this.request.receiver.concludes(this)\n",
    to: "",
    program: ["Broadcast", "waiting", "recv", "send"]
  },
  {
    why: "lost wake-up: a line that waits on after one value is told of no further one",
    file: receiver,
    from: "      while ((waiter = this.watching.shift()) !== undefined) wakeSoon(waiter)\n    }\n    this.listen()\n",
    to: "      while ((waiter = this.watching.shift()) !== undefined) wakeSoon(waiter)\n    }\n",
    program: ["Broadcast", "two waiting", "send", "send"]
  },
  {
    why: "lost wake-up: a look, and a place in the line a step later",
    file: receiver,
    from: `    if (canEvaluate) inThisStep(concluding, fiber)\n    return guardedUntilWoken(fiber, ${park}, this)`,
    to: "    return Effect.suspend(() => {\n      if (canEvaluate) inThisStep(concluding, fiber)\n" +
      "      return guardedUntilWoken(fiber, () => this.wait(fiber), this)\n    })",
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "the same where parking is a step of its own",
    file: receiver,
    from: park,
    to: "() => this.wait(fiber)",
    fallback: true,
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "lost wake-up: those in ready are not woken",
    file: receiver,
    from: "      while ((waiter = this.watching.shift()) !== undefined) wakeSoon(waiter)\n",
    to: "      void waiter!\n",
    program: ["Broadcast", "empty", "ready", "send"]
  },
  {
    why: "ready is complete though what woke it is gone",
    file: receiver,
    from: "() => receiver.isReleased ? ended.exit : this)",
    to: "() => receiver.isReleased ? ended.exit : Effect.asVoid(receiver.recv))",
    program: ["Broadcast", "empty", "ready", "send"]
  },
  {
    why: "overtaken: who comes takes what is due to one who was woken",
    file: receiver,
    from: "return this.nextUp === undefined && this.line.head === undefined && this.hasOutcome",
    to: "return this.line.head === undefined && this.hasOutcome",
    program: ["Broadcast", "waiting", "recv", "send"]
  },
  {
    why: "overtaken: tryRecv takes what is due to those who wait",
    file: receiver,
    from: "return this.isReady ? undefined : empty(this.channel)",
    to: "return this.unread > 0 ? undefined : empty(this.channel)",
    program: ["Broadcast", "waiting", "tryRecv", "send"]
  },
  {
    why: "order broken: the newest in line goes first",
    file: receiver,
    from: "const waiter = this.line.shift()!",
    to: "const waiter = this.line.pop()!",
    program: ["Broadcast", "waiting", "recv", "send"]
  },
  {
    why: "waiter not unlinked: who was interrupted in line is given a turn",
    file: receiver,
    from: "    this.line.remove(waiter)\n    if (waiter.ticket",
    to: "    if (waiter.ticket",
    program: ["Broadcast", "waiting", "recv", "send"]
  },
  {
    why: "waiter not unlinked: who left ready is still there",
    file: receiver,
    from: "    waiter.queue?.remove(waiter) // of those watching, or of those about to run\n",
    to: "",
    program: ["Broadcast", "empty", "recv", "ready"]
  },
  {
    why: "one step in two: a value is taken, and delivered later",
    file: receiver,
    from: "    if (canEvaluate) return inThisStep(this.exit(), fiber)\n",
    to: "    if (canEvaluate) return this.exit()\n",
    program: ["Broadcast", "one value", "recv", "recv"]
  },
  {
    why: "one step in two: a lag is taken as the wait ends, and told a step later",
    file: receiver,
    from: "    if (canEvaluate) return Exit.succeed(this)\n",
    to: "    if (canEvaluate && this.request.receiver.hasFailure(this.request.bearsLag)) return this.conclude()\n" +
      "    if (canEvaluate) return Exit.succeed(this)\n",
    program: ["Broadcast", "empty", "recv", "send three"]
  },
  {
    why: "one step in two, where steps can't be joined: a value is taken, and delivered later",
    file: receiver,
    from: "      () => !receiver.hasFailure(bearsLag),\n      () => {\n        const value",
    to: "      () => false,\n      () => {\n        const value",
    fallback: true,
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "one step in two: a value is sent, and the sender learns of it later",
    file: sender,
    from: "      ? inThisStep(channel.sentTo(), fiber)\n",
    to: "      ? channel.sentTo()\n",
    program: ["Broadcast", "empty", "send", "send"]
  },
  {
    why: "woken before all is settled: a fiber runs inside the send",
    file: receiver,
    from: "      waiter.state = State.granted\n      wakeSoon(waiter)\n    } else {",
    to: "      waiter.state = State.granted\n      waiter.wake()\n    } else {",
    program: ["Broadcast", "empty", "recv", "send"]
  },
  {
    why: "cursor off by one: a new receiver sees the last value sent before it",
    file: receiver,
    from: "this.cursor = channel.ring.tail\n",
    to: "this.cursor = Math.max(0, channel.ring.tail - 1)\n",
    program: ["Broadcast", "one value", "subscribe, recv", "send"]
  },
  {
    why: "doubled: a value is read and stays the next one",
    file: receiver,
    from: "this.channel.ring.read(this.cursor++)",
    to: "this.channel.ring.read(this.cursor)",
    program: ["Broadcast", "one value", "recv", "recv"]
  },
  {
    why: "lost: a value is skipped after a lag",
    file: receiver,
    from: "    this.cursor = oldest\n",
    to: "    this.cursor = oldest + 1\n",
    program: ["Broadcast", "lagging", "recv", "recv"]
  },
  {
    why: "a lag is miscounted",
    file: receiver,
    from: "const skipped = oldest - this.cursor\n",
    to: "const skipped = oldest - this.cursor + 1\n",
    program: ["Broadcast", "lagging", "recv", "recv"]
  },
  {
    why: "lag begins too early: with as many unread as are kept",
    file: receiver,
    from: "return this.unread > this.channel.ring.size",
    to: "return this.unread >= this.channel.ring.size",
    program: ["Broadcast", "one value", "recv", "send"]
  },
  {
    why: "lag begins too late: with one more unread than are kept",
    file: receiver,
    from: "return this.unread > this.channel.ring.size",
    to: "return this.unread > this.channel.ring.size + 1",
    program: ["Broadcast", "lagging", "recv", "recv"]
  },
  {
    why: "closed before drained: the end comes before what is unread",
    file: receiver,
    from: "    return this.unread === 0 || (!bearsLag && this.isLagging)",
    to: "    return this.isOver || this.unread === 0 || (!bearsLag && this.isLagging)",
    program: ["Broadcast", "ended, one value", "recv", "recv"]
  },
  {
    why: "a value is let go while somebody owes it",
    file: ring,
    from: "if (--this.owed[slot]! > 0) return",
    to: "--this.owed[slot]!",
    program: ["Broadcast", "one value", "subscribe, recv", "send"]
  },
  {
    why: "a value is kept though nobody owes it: a receiver that goes does not count as having read",
    file: ring,
    from: "for (let p = Math.max(position, this.tail - this.size); p < this.tail; p++)",
    to: "for (let p = this.tail; p < this.tail; p++)",
    program: ["Broadcast", "one value", "recv", "drop receiver"]
  },
  {
    why: "a receiver that goes counts as having read what it had read before",
    file: ring,
    from: "Math.max(position, this.tail - this.size)",
    to: "Math.max(0, this.tail - this.size)",
    program: ["Broadcast", "empty", "subscribe, recv", "send"]
  },
  {
    why: "those parked on a receiver that is dropped wait for ever",
    file: receiver,
    from: "    this.channel.receiverLeaves(this.cursor)\n    this.wakes()\n",
    to: "    this.channel.receiverLeaves(this.cursor)\n",
    program: ["Broadcast", "empty", "recv", "drop receiver"]
  },
  {
    why: "lost wake-up: the last receiver goes, and closed is not told",
    file: channel,
    from: "    if (this.ring.receivers === 0) this.wakeClosing()\n",
    to: "",
    program: ["Broadcast", "empty", "drop receiver", "closed"]
  },
  {
    why: "closed is complete as soon as any receiver goes",
    file: sender,
    from: "() => ring.receivers === 0 ? Effect.void : this)",
    to: "() => Effect.void)",
    program: ["Broadcast", "waiting", "drop sender", "closed"]
  },
  {
    why: "a sender that is dropped leaves those in closed through it parked",
    file: sender,
    from: "    if (this.closing > 0) this.channel.wakeClosingOf(this)\n",
    to: "",
    program: ["Broadcast", "empty", "drop sender", "closed"]
  },
  {
    why: "closed: a look, and a place among those who wait a step later",
    file: sender,
    from: "() => isOver() ? undefined : new ClosedWaiter(sender, fiber)",
    to: "() => new ClosedWaiter(sender, fiber)",
    program: ["Broadcast", "empty", "drop receiver", "closed"]
  },
  {
    why: "a time that is up leaves its fiber in line",
    file: receiver,
    from: "    this.request.receiver.leavesLine(this)\n    this.state = State.rejected\n",
    to: "    this.state = State.rejected\n",
    program: ["Broadcast", "empty", "recvTimeout", "send"]
  }
]
