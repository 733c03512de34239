/**
 * Faults of Oneshot, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "internal/oneshotChannel.ts"
const halves = "Oneshot.ts"

const put = "    this.value = a\n    this.full = true\n    this.senderGone = true\n    this.promiseNext()\n"

export const oneshot: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: who waits does not learn of the value",
    file,
    from: put,
    to: put.replace("    this.promiseNext()\n", ""),
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "lost wake-up: who waits does not learn that the sender is gone",
    file,
    from: "    this.senderGone = true\n    this.endReceiving()\n",
    to: "    this.senderGone = true\n",
    program: ["Oneshot", "received for", "recv", "drop the sender"]
  },
  {
    why: "lost wake-up: who waits does not learn that the receiver is closed",
    file,
    from: "    if (!this.full) this.endReceiving()\n",
    to: "",
    program: ["Oneshot", "received for", "recv", "close"]
  },
  {
    why: "lost wake-up: who waits for the close does not learn of it",
    file,
    from: "    this.endClosing(State.granted)\n",
    to: "",
    program: ["Oneshot", "watched", "closed", "close"]
  },
  {
    why: "lost wake-up: who waits for the close is forgotten when the sender is used",
    file,
    from: put + "    this.endClosing(State.rejected)\n",
    to: put,
    program: ["Oneshot", "watched", "recv", "send"]
  },
  {
    why: "lost wake-up: those behind who got the value wait on",
    file,
    from: "    this.endReceiving() // there was one result\n",
    to: "",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "lost wake-up: asked in one step, registered in the next, and the value came in between",
    file,
    from: "() => channel.isReady || channel.isOver ? undefined : new RecvWaiter(channel, fiber)",
    to: "() => new RecvWaiter(channel, fiber)",
    fallback: true,
    program: ["Oneshot", "empty", "recv", "send"]
  },
  {
    why: "lost wake-up: closed between asking and registering",
    file,
    from: "    if (sender.channel.closed) return Effect.void\n    sender.assertHeld(label)\n",
    to: "",
    fallback: true,
    program: ["Oneshot", "empty", "closed", "close"]
  },
  {
    why: "not passed on: who is interrupted on the way to the value keeps it from the next",
    file,
    from: "    this.channel.forsake(this)\n",
    to: "",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "not passed on: with nobody behind, the value stays promised to who was interrupted",
    file,
    from: "    if (this.promised === waiter) this.promiseNext()\n",
    to: "    if (this.promised === waiter && this.receiving!.size > 0) this.promiseNext()\n",
    program: ["Oneshot", "received for", "send", "tryRecv"]
  },
  {
    why: "passed on by somebody to whom it was not promised",
    file,
    from: "    if (this.promised === waiter) this.promiseNext()\n",
    to: "    if (this.full) this.promiseNext()\n    void waiter\n",
    program: ["Oneshot", "received for, sent from outside", "recv", "tryRecv"]
  },
  {
    why: "doubled: who comes later takes the value that somebody was woken for",
    file,
    from: "    return this.full && this.promised === undefined\n",
    to: "    return this.full\n",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "doubled: trying takes the value that somebody was woken for",
    file,
    from:
      "    if (channel.isReady) {\n      if (!canEvaluate) return deliver(() => channel.isReady, () => channel.take(), this)\n",
    to:
      "    if (channel.full) {\n      if (!canEvaluate) return deliver(() => channel.full, () => channel.take(), this)\n",
    program: ["Oneshot", "received for", "send", "tryRecv"]
  },
  {
    why: "order broken: who came last gets the value",
    file,
    from: "    const waiter = this.receiving?.shift()\n    this.promised = waiter\n",
    to: "    const waiter = this.receiving?.pop()\n    this.promised = waiter\n",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "lost value: it is taken when its receiver is woken, and delivered in the next step",
    file,
    from: "    return canEvaluate ? this : deliver(",
    to:
      "    if (this.state === State.granted) return Effect.succeed(this.taken())\n    return canEvaluate ? this : deliver(",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "lost value: a receive that need not wait takes it in one step and delivers it in the next",
    file,
    from: "    return succeedNow(channel.take(), fiber)\n  }\n  if (channel.isOver)",
    to: "    void succeedNow\n    return Exit.succeed(channel.take())\n  }\n  if (channel.isOver)",
    program: ["Oneshot", "sent", "recv", "recv"]
  },
  {
    why: "lost value: where it takes two steps, both receive it",
    file,
    from: "deliver(() => channel.isReady, () => channel.take(), again)",
    to: "deliver(() => true, () => channel.take(), again)",
    fallback: true,
    program: ["Oneshot", "sent", "recv", "recv"]
  },
  {
    why: "send looks in one step and sends in the next, and the receiver was closed in between",
    file,
    from: "    const refusal = sender.useUp(label, value)\n",
    to: "    if (!sender.channel.closed) {\n"
      + "      return Effect.sync(() => {\n        sender.end(\"consumed by a send\", false)\n"
      + "        sender.channel.put(value)\n      })\n    }\n"
      + "    const refusal = sender.useUp(label, value)\n",
    program: ["Oneshot", "empty", "send", "close"]
  },
  {
    why: "where it takes two steps, send sends though it was closed in between",
    file,
    from: "        () => !sender.isReleased && !sender.channel.closed,\n",
    to: "        () => !sender.isReleased,\n",
    fallback: true,
    program: ["Oneshot", "empty", "send", "close"]
  },
  {
    why: "send does not use the sender up",
    file: halves,
    from: "    this.end(\"consumed by a send\", false)\n",
    to: "",
    program: ["Oneshot", "empty", "send", "send"]
  },
  {
    why: "the sender that has sent counts as one that has not: who waits is told that nothing will come",
    file: halves,
    from: "    this.end(\"consumed by a send\", false)\n",
    to: "    this.end(\"consumed by a send\", true)\n",
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "woken before the value is there",
    file,
    from: put,
    to: "    this.promiseNext()\n    this.promised?.wake()\n" + put.replace("    this.promiseNext()\n", ""),
    program: ["Oneshot", "received for", "recv", "send"]
  },
  {
    why: "waiter not unlinked: who was interrupted is promised the value, and nobody gets it",
    file,
    from:
      "    this.queue?.remove(this) // of those who wait, or of those on their way to run\n    this.channel.forsake(this)\n",
    to: "    this.channel.forsake(this)\n",
    program: ["Oneshot", "received for", "send", "tryRecv"]
  },
  {
    why: "a closed receiver tells who stands in line that nothing will come, though the value is there",
    file,
    from: "    if (!this.full) this.endReceiving()\n",
    to: "    this.endReceiving()\n",
    program: ["Oneshot", "received for, sent from outside", "recv", "close"]
  },
  {
    why: "who was woken for a value that went with the receiver receives nothing, as a value",
    file,
    from: "    if (promised !== undefined) promised.state = State.rejected\n",
    to: "    void promised\n",
    program: ["Oneshot", "received for", "send", "drop the receiver"]
  },
  {
    why: "a receiver that is dropped keeps the value, and gives it to who was woken for it",
    file,
    from:
      "    const { promised } = this\n    this.clear()\n    if (promised !== undefined) promised.state = State.rejected\n",
    to: "",
    program: ["Oneshot", "received for", "send", "drop the receiver"]
  },
  {
    why: "wrong state: the receiver has given its result as soon as somebody is woken for it",
    file,
    from: "      waiter.state = State.rejected\n      wakeSoon(waiter)\n",
    to: "      waiter.state = State.rejected\n      this.terminated = true\n      wakeSoon(waiter)\n",
    program: ["Oneshot", "received for", "recv", "drop the sender"]
  }
]
