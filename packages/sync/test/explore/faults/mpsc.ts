/**
 * Faults of Mpsc, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const channel = "internal/mpscChannel.ts"
const sending = "internal/mpscSending.ts"
const permits = "internal/mpscPermits.ts"
const handles = "internal/mpscHandles.ts"
const inbox = "internal/inbox.ts"

export const mpsc: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: who waits for a message is not called when one comes",
    file: inbox,
    from: "    if (this.waiters.head !== undefined) this.call()\n",
    to: "",
    program: ["Mpsc", "empty", "send", "recv"]
  },
  {
    why: "lost wake-up: the next in line is not called when the one before it has taken its message",
    file: inbox,
    from: "      inbox.called = undefined\n      inbox.call()\n",
    to: "      inbox.called = undefined\n",
    program: ["Mpsc", "receiver queued", "recv", "drop sender"]
  },
  {
    why: "not passed on: a call ends with the fiber that was interrupted before it ran",
    file: inbox,
    from: "    if (inbox.called === this) {\n",
    to: "    if (inbox.called === this && inbox.length === 0) {\n",
    program: ["Mpsc", "receiver queued", "send", "recv"]
  },
  {
    why: "lost: a message is handed over when it is called for, and goes with who is interrupted",
    file: inbox,
    from: "    this.called = head\n    wakeSoon(head)\n",
    to:
      "    this.called = head\n    if (this.ring.length > 0) (head as any).given = this.ring.shift()\n    wakeSoon(head)\n",
    program: ["Mpsc", "empty", "send", "recv"]
  },
  {
    why: "one step in two: a message is taken, and its fiber has it later",
    file: inbox,
    from: "      if (canEvaluate) return inThisStep(Exit.succeed(this.take(inbox)), fiber)\n",
    to: "      if (canEvaluate) return Exit.succeed(this.take(inbox))\n",
    program: ["Mpsc", "full", "recv", "recv"]
  },
  {
    why: "taken by who is resumed, before its fiber runs",
    file: inbox,
    from: "  protected override outcome(): Effect.Effect<B, any> {\n    return this\n",
    to:
      "  protected override outcome(): Effect.Effect<B, any> {\n    return this.inbox.length > 0 ? Exit.succeed(this.take()) : this\n",
    program: ["Mpsc", "empty", "send", "recv"]
  },
  {
    why: "overtaking: who comes takes a message that is due to who was called",
    file: inbox,
    from: "return this.ring.length > 0 && this.called === undefined",
    to: "return this.ring.length > 0",
    program: ["Mpsc", "receiver queued", "send", "recv"]
  },
  {
    why: "waiter not unlinked: who was interrupted in the line is called",
    file: inbox,
    from: "    this.stopTimer?.()\n    this.queue?.remove(this)\n    const { inbox } = this\n",
    to: "    this.stopTimer?.()\n    const { inbox } = this\n",
    program: ["Mpsc", "receiver queued", "send", "recv"]
  },
  {
    why: "order broken: the newest in the line is called",
    file: inbox,
    from: "    const head = this.waiters.head\n    if (head === undefined || this.called",
    to: "    const head = (this.waiters as any).tail\n    if (head === undefined || this.called",
    program: ["Mpsc", "receiver queued", "send", "recv"]
  },
  {
    why: "a slot is lost with each message",
    file: inbox,
    from: "    const a = this.ring.shift()\n    this.channel.give(1)\n",
    to: "    const a = this.ring.shift()\n",
    program: ["Mpsc", "full", "send", "recv"]
  },
  {
    why: "recvMany gives one slot back for several messages",
    file: inbox,
    from: "this.channel.give(taken.length)",
    to: "this.channel.give(1)",
    program: ["Mpsc", "full", "send", "recvMany"]
  },
  {
    why: "ready takes a message",
    file: inbox,
    from: "  override take(): void {\n",
    to: "  override take(inbox: any): void {\n    inbox.takeOne()\n",
    program: ["Mpsc", "full", "ready", "ready"]
  },
  {
    why: "who gave up after a time stays in the line",
    file: inbox,
    from: "    this.queue!.remove(this)\n    this.state = State.rejected\n",
    to: "    this.state = State.rejected\n",
    program: ["Mpsc", "empty", "recvTimeout", "recvTimeout"]
  },
  {
    why: "the end wakes nobody",
    file: inbox,
    from: "  end(): void {\n    this.call()\n",
    to: "  end(): void {\n",
    program: ["Mpsc", "empty", "recv", "drop sender"]
  },
  {
    why: "where parking is a step of its own, a message that came meanwhile wakes nobody",
    file: inbox,
    from: "() => mustWait() ? new ReceiveWaiter",
    to: "() => true ? new ReceiveWaiter",
    fallback: true,
    program: ["Mpsc", "empty", "send", "recv"]
  },
  {
    why: "where delivering is a step of its own, a message taken by somebody else meanwhile is delivered too",
    file: inbox,
    from: "deliver(() => !receiver.isReleased && inbox.isFree, ",
    to: "deliver(() => true, ",
    fallback: true,
    program: ["Mpsc", "full", "recvMany", "tryRecv"]
  },
  {
    why: "an interrupted send has sent: the message is put in when the slot is granted",
    file: sending,
    from: "  protected override outcome(): Effect.Effect<B, SendError<V> | E, R> {\n    return this\n",
    to:
      "  protected override outcome(): Effect.Effect<B, SendError<V> | E, R> {\n    return this.claim() ? Exit.succeed(this.request.use(this.fiber!)) : this\n",
    program: ["Mpsc", "full", "send", "recv"]
  },
  {
    why: "one step in two: a message has been sent, and its sender learns of it later",
    file: sending,
    from: "      return inThisStep(Exit.void, fiber)\n",
    to: "      return Exit.void\n",
    program: ["Mpsc", "empty", "send", "send"]
  },
  {
    why: "a slot that was granted is lost with who was interrupted before it ran",
    file: sending,
    from: "    super.leave()\n    this.depart()\n",
    to: "    if (this.state !== State.granted) super.leave()\n    else this.queue?.remove(this)\n    this.depart()\n",
    program: ["Mpsc", "full", "send", "recv"]
  },
  {
    why: "grant beats close: who was granted a slot sends after the close",
    file: sending,
    from: "this.state !== State.granted || this.counter.closed !== undefined || this",
    to: "this.state !== State.granted || this",
    program: ["Mpsc", "sender queued", "recv", "close"]
  },
  {
    why: "who waits through a dropped sender sends all the same",
    file: sending,
    from: "this.counter.closed !== undefined || this.sender.isReleased) return",
    to: "this.counter.closed !== undefined) return",
    program: ["Mpsc", "sender queued", "recv", "drop sender"]
  },
  {
    why: "where parking is a step of its own, a slot that became free meanwhile wakes nobody",
    file: sending,
    from: "() => mustWait() ? new SlotWaiter",
    to: "() => true ? new SlotWaiter",
    fallback: true,
    program: ["Mpsc", "full", "send", "recv"]
  },
  {
    why: "closed parks though the receiver has closed meanwhile, where parking is a step of its own",
    file: sending,
    from: "() => mustWait() ? new ClosedWaiter",
    to: "() => true ? new ClosedWaiter",
    fallback: true,
    program: ["Mpsc", "empty", "closed", "close"]
  },
  {
    why: "close wakes nobody who waits for it",
    file: channel,
    from: "    while ((waiter = this.closing.shift()) !== undefined) {\n",
    to: "    while ((waiter = undefined as any) !== undefined) {\n",
    program: ["Mpsc", "empty", "closed", "close"]
  },
  {
    why: "close ends before the last reservation is gone",
    file: channel,
    from: "(this.isClosed && (this.reserved === 0 || this.receiverGone))",
    to: "this.isClosed",
    program: ["Mpsc", "closed, a permit out", "recv", "recvMany"]
  },
  {
    why: "the last reservation's end after a close wakes nobody",
    file: channel,
    from: "    this.senders.removeStrong()\n    this.settle()\n",
    to: "    this.senders.removeStrong()\n",
    program: ["Mpsc", "receiver queued", "reserve, release", "close"]
  },
  {
    why: "a dropped receiver keeps the slots of what it has not received",
    file: channel,
    from: "    this.give(length)\n",
    to: "",
    program: ["Mpsc", "full", "tryRecv", "drop receiver"]
  },
  {
    why: "a dropped receiver keeps what it has not received",
    file: channel,
    from: "    this.buffer.clear()\n",
    to: "",
    program: ["Mpsc", "full", "tryRecv", "drop receiver"]
  },
  {
    why: "who waits through a dropped sender waits for ever",
    file: handles,
    from: "    if (this.parked > 0) this.channel.refuse(this)\n",
    to: "",
    program: ["Mpsc", "sender queued", "closed", "drop sender"]
  },
  {
    why: "a permit's slot is given back though it was used",
    file: permits,
    from: "    this.end(\"used\", false)\n",
    to: "    this.end(\"used\", true)\n",
    program: ["Mpsc", "empty", "send", "reserve"]
  },
  {
    why: "a permit that is released keeps its slot",
    file: permits,
    from: "    this.channel.unreserve(1)\n",
    to: "    this.channel.reserved--\n",
    program: ["Mpsc", "empty", "send", "reserve, release"]
  },
  {
    why: "a permit that is released stays a sender",
    file: permits,
    from: "    this.channel.unreserve(1)\n    this.channel.reservationOver()\n",
    to: "    this.channel.unreserve(1)\n",
    program: ["Mpsc", "empty", "reserve, release", "drop sender"]
  },
  {
    why: "permits that are released keep the slots that are left",
    file: permits,
    from: "    channel.unreserve(remaining)\n",
    to: "    channel.reserved -= remaining\n",
    program: ["Mpsc", "empty", "send", "reserveMany"]
  },
  {
    why: "woken inline: a receiver runs inside the send",
    file: inbox,
    from: "    this.called = head\n    wakeSoon(head)\n",
    to: "    this.called = head\n    void wakeSoon\n    head.wake()\n",
    program: ["Mpsc", "empty", "send", "recv"]
  }
]
