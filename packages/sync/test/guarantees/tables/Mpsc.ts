/** What users of Mpsc rely on. See `../table.ts`. */

const channel = "internal/mpscChannel.ts"
const sending = "internal/mpscSending.ts"
const permits = "internal/mpscPermits.ts"
const handles = "internal/mpscHandles.ts"
const inbox = "internal/inbox.ts"
const ring = "internal/ringBuffer.ts"

export const mpsc = [
  {
    id: "MPSC-1",
    says:
      "Messages of one sender arrive in the order sent, those of several in the order in which their sends took effect; each arrives once.",
    faults: [
      {
        file: ring,
        from: "    this.head = end & this.mask\n",
        to: "    this.head = (end + 1) & this.mask\n",
        why: "recvMany loses the message after those it takes"
      },
      {
        file: inbox,
        from: "    if (this.waiters.head !== undefined) this.call()\n",
        to: "",
        why: "who waits is not woken by a message"
      }
    ]
  },
  {
    id: "MPSC-2",
    says:
      "Who waits for slots is served first come, first served; a large request at the front holds back those behind it.",
    faults: [
      {
        file: "internal/permitCounter.ts",
        from: "if (n < head.missing) {",
        to: "if (n < head.missing && head.next === undefined) {",
        why: "a large request with somebody behind it gets its slots before they are free"
      },
      {
        file: "internal/permitCounter.ts",
        from:
          "      const head = this.waiters.head as PermitWaiter<any, any, any> | undefined\n      if (head === undefined) return this.putBack(n)\n",
        to:
          "      const head = (this.waiters as any).tail as PermitWaiter<any, any, any> | undefined\n      if (head === undefined) return this.putBack(n)\n",
        why: "the newest is served first"
      }
    ]
  },
  {
    id: "MPSC-3",
    says: "What does not wait overtakes nobody who waits.",
    faults: [{
      file: "internal/permitCounter.ts",
      from: "      this.exclusive = head.exclusive\n      wakeSoon(head)\n",
      to: "      this.exclusive = head.exclusive\n      this.free += head.n\n      wakeSoon(head)\n",
      why: "a slot that was granted looks free until its fiber runs"
    }]
  },
  {
    id: "MPSC-4",
    says: "Buffered, reserved and free slots make up the capacity, whatever is received, released or interrupted.",
    faults: [
      {
        file: inbox,
        from: "    const a = this.ring.shift()\n    this.channel.give(1)\n",
        to: "    const a = this.ring.shift()\n",
        why: "a received message keeps its slot"
      },
      {
        file: permits,
        from: "    this.channel.unreserve(1)\n",
        to: "    this.channel.reserved--\n",
        why: "a released permit keeps its slot"
      },
      {
        file: sending,
        from: "    super.leave()\n    this.depart()\n",
        to:
          "    if (this.state !== State.granted) super.leave()\n    else this.queue?.remove(this)\n    this.depart()\n",
        why: "a slot is lost with who was interrupted before it ran"
      }
    ]
  },
  {
    id: "MPSC-5",
    says: "With n slots and nothing received, send number n + 1 waits.",
    faults: [{
      file: channel,
      from: "new PermitCounter(maxCapacity === Infinity ? 0 : maxCapacity)",
      to: "new PermitCounter(maxCapacity === Infinity ? 0 : maxCapacity + 1)",
      why: "there is a slot too many"
    }]
  },
  {
    id: "MPSC-6",
    says: "Once all senders are gone the buffer is drained, then the receiver ends, for good.",
    faults: [
      {
        file: inbox,
        from: "return this.ring.length === 0 && this.channel.isEnded",
        to: "return this.channel.isEnded",
        why: "what waits in line ends before the buffer is drained"
      },
      {
        file: "internal/senders.ts",
        from: "if (this.strong === 0) this.lastGone()",
        to: "",
        why: "the last sender's end wakes nobody"
      },
      {
        file: inbox,
        from: "      inbox.called = undefined\n      inbox.call()\n",
        to: "      inbox.called = undefined\n",
        why: "of several who wait one learns of the end"
      }
    ]
  },
  {
    id: "MPSC-7",
    says:
      "After a close what is buffered and what permits send arrives, then the end, not before the last permit is gone; its end wakes who waits.",
    faults: [
      {
        file: channel,
        from: "(this.isClosed && (this.reserved === 0 || this.receiverGone))",
        to: "this.isClosed",
        why: "it ends while permits are out"
      },
      {
        file: channel,
        from: "    this.senders.removeStrong()\n    this.settle()\n",
        to: "    this.senders.removeStrong()\n",
        why: "the last permit's release wakes nobody"
      }
    ]
  },
  {
    id: "MPSC-8",
    says: "A close, or the receiver's end, fails who waits to send with its message, granted a slot or not.",
    faults: [
      {
        file: sending,
        from: "this.state !== State.granted || this.counter.closed !== undefined || this",
        to: "this.state !== State.granted || this",
        why: "a grant beats the close"
      },
      {
        file: channel,
        from: "    this.receiverGone = true\n    this.close()\n",
        to: "    this.receiverGone = true\n",
        why: "the receiver's end closes nothing"
      },
      {
        file: channel,
        from: "    while ((waiter = this.closing.shift()) !== undefined) {\n",
        to: "    while ((waiter = undefined as any) !== undefined) {\n",
        why: "who waits for the close is not told"
      }
    ]
  },
  {
    id: "MPSC-9",
    says: "What a dropped receiver has not received is released at once, and its slots are given back.",
    faults: [
      { file: channel, from: "    this.buffer.clear()\n", to: "", why: "the messages are kept" },
      { file: channel, from: "    this.give(length)\n", to: "", why: "the slots are kept" },
      {
        file: channel,
        from: "if (this.receiverGone) this.give(1)\n    else this.buffer",
        to: "this.buffer",
        why: "what permits send afterwards is kept"
      },
      { file: ring, from: "    items[head] = undefined\n", to: "", why: "the ring keeps what was received" }
    ]
  },
  {
    id: "MPSC-10",
    says: "An interrupted recv has taken nothing, an interrupted send has not sent.",
    faults: [
      {
        file: inbox,
        from: "    if (inbox.called === this) {\n",
        to: "    if (inbox.called === this && inbox.length === 0) {\n",
        why: "a call ends with who was interrupted before it ran"
      },
      {
        file: inbox,
        from: "inThisStep(Exit.succeed(this.take()), fiber)",
        to: "Exit.succeed(this.take())",
        why: "who was called takes a message in one step and has it in the next"
      },
      {
        file: sending,
        from: "  protected override outcome(): Effect.Effect<B, SendError<V> | E, R> {\n    return this\n",
        to:
          "  protected override outcome(): Effect.Effect<B, SendError<V> | E, R> {\n    return this.claim() ? Exit.succeed(this.request.use(this.fiber!)) : this\n",
        why: "the message is put in before its sender runs"
      }
    ]
  },
  {
    id: "MPSC-11",
    says: "Weak senders do not keep the channel open; outstanding permits do.",
    faults: [
      {
        file: handles,
        from: "    channel.senders.weak++\n",
        to: "    channel.senders.weak++\n    channel.senders.strong++\n",
        why: "a weak sender counts as a sender"
      },
      { file: channel, from: "    if (n > 0) this.senders.addStrong()\n", to: "", why: "a permit does not count" },
      {
        file: handles,
        from: "    return this.channel.senders.tryAddStrong() ?",
        to: "    return (this.channel.senders.addStrong(), true) ?",
        why: "a weak sender opens the channel again"
      }
    ]
  },
  {
    id: "MPSC-12",
    says: "recvMany gives 1 message at least, and does not wait to fill up.",
    faults: [
      {
        file: inbox,
        from: "this.channel.give(taken.length)",
        to: "this.channel.give(1)",
        why: "it gives one slot back for several messages"
      },
      {
        file: ring,
        from: "const count = Math.min(limit, length)",
        to: "const count = Math.min(limit, length, 1)",
        why: "it takes one message only"
      }
    ]
  },
  {
    id: "MPSC-13",
    says: "len and isEmpty are exact at any fill level, also where the buffer grows, wraps and shrinks.",
    faults: [
      {
        file: ring,
        from: "this.items[i] = items[(head + i) & (items.length - 1)]",
        to: "this.items[i] = items[i]",
        why: "a ring that grows mixes its messages up"
      },
      {
        file: ring,
        from: "if (this.length > this.mask) this.grow()",
        to: "if (this.length > this.mask + 1) this.grow()",
        why: "it grows one message too late"
      },
      {
        file: ring,
        from: "    if (end > size) {\n",
        to: "    if (end > size + 1) {\n",
        why: "the only message across the end of the ring is missed"
      }
    ]
  },
  {
    id: "MPSC-14",
    says: "Sending on an unbounded channel is synchronous, and works outside the runtime.",
    faults: [{
      file: channel,
      from: "return this.bounded ? this.slots.tryTake(n) : !this.isClosed",
      to: "return this.slots.tryTake(n)",
      why: "an unbounded channel has no slots"
    }]
  }
]
