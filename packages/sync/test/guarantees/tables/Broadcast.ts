/** What users of Broadcast rely on; a part of `../table.ts`. */

const ring = "internal/broadcastRing.ts"
const channel = "internal/broadcastChannel.ts"
const receiver = "internal/broadcastReceiver.ts"

export const broadcast = [
  {
    id: "BC-1",
    says: "Every receiver sees every value sent after it subscribed, in the order in which they were sent.",
    faults: [
      {
        file: receiver,
        from: "this.cursor = channel.ring.tail\n",
        to: "this.cursor = Math.max(0, channel.ring.tail - 1)\n",
        why: "a new receiver sees the last value sent before it"
      },
      {
        file: receiver,
        from: "this.channel.ring.read(this.cursor++)",
        to: "this.channel.ring.read(this.channel.ring.tail - 1 + 0 * this.cursor++)",
        why: "a receiver is given the newest value instead of its next"
      }
    ]
  },
  {
    id: "BC-2",
    says: "What a receiver was given and what it was told it has missed are, together, what was sent.",
    faults: [
      {
        file: receiver,
        from: "const skipped = oldest - this.cursor\n",
        to: "const skipped = oldest - this.cursor + 1\n",
        why: "one more is said to be missed than was"
      },
      {
        file: receiver,
        from: "inThisStep(waiter.conclude(), waiter.fiber!)",
        to: "waiter.conclude()",
        why: "a lag is taken, and its fiber interrupted before it is told"
      },
      {
        file: receiver,
        from: "    if (canEvaluate) return Exit.succeed(this)\n",
        to: "    if (canEvaluate) return this.conclude()\n",
        why: "a lag is taken as the wait ends, and told a step later"
      }
    ]
  },
  {
    id: "BC-3",
    says: "Lag begins when more are unread than are kept: with exactly as many nothing is lost.",
    faults: [
      {
        file: receiver,
        from: "const oldest = ring.tail - ring.size\n",
        to: "const oldest = ring.tail - ring.size + 1\n",
        why: "one that is kept is skipped with those that are gone"
      },
      {
        file: ring,
        from: "capacity === 1 ? 1 : 2 ** (32 - Math.clz32(capacity - 1))",
        to: "2 ** (31 - Math.clz32(capacity))",
        why: "the capacity is rounded down"
      }
    ]
  },
  {
    id: "BC-4",
    says: "After a lag comes the oldest value that is kept; a further lag counts from there.",
    faults: [
      {
        file: receiver,
        from: "    this.cursor = oldest\n",
        to: "    this.cursor = ring.tail - 1\n",
        why: "it goes on with the newest"
      },
      {
        file: receiver,
        from: "    this.cursor = oldest\n",
        to: "",
        why: "the cursor stays, and the same lag is told again"
      }
    ]
  },
  {
    id: "BC-5",
    says: "A slow receiver slows neither the sender nor other receivers, and costs its cursor.",
    faults: [
      {
        file: channel,
        from: "    this.ring.push(a)\n",
        to: "    if (this.ring.kept < this.ring.size) this.ring.push(a)\n",
        why: "what a slow receiver has not read is in the way of others"
      }
    ]
  },
  {
    id: "BC-6",
    says: "`send` never waits, and gives the number of those subscribed.",
    faults: [
      {
        file: channel,
        from: "    if (this.sent.value !== receivers) this.sent",
        to: "    if (this.sent.value === 0) this.sent",
        why: "the number stays what it was at the first send"
      }
    ]
  },
  {
    id: "BC-7",
    says: "Closing drains: first what is kept, with the lag that is due, then `Done` for ever.",
    faults: [
      {
        file: receiver,
        from: "    return this.unread === 0 || (!bearsLag && this.isLagging)",
        to: "    return this.isOver || this.unread === 0 || (!bearsLag && this.isLagging)",
        why: "the end comes before what is unread"
      },
      {
        file: channel,
        from: "new SenderCount(() => this.wakeListeners())",
        to: "new SenderCount(() => {})",
        why: "those who wait are not told of the end"
      }
    ]
  },
  {
    id: "BC-8",
    says: "Sent to nobody, a value is given back and not kept; a new receiver opens the channel again.",
    faults: [
      {
        file: channel,
        from: "    if (this.ring.receivers === 0) return false\n",
        to: "    if (this.ring.receivers === 0) {\n      this.ring.push(a)\n      return false\n    }\n",
        why: "it is kept"
      },
      {
        file: channel,
        from: "    if (this.ring.receivers === 0) return false\n",
        to: "",
        why: "it seems to have been sent"
      }
    ]
  },
  {
    id: "BC-9",
    says: "An interrupted `recv` has taken nothing, and nobody behind it waits in vain.",
    faults: [
      {
        file: receiver,
        from: "    if (this.state === State.granted) this.request.receiver.concludes(this)\n",
        to: "",
        why: "who was woken and interrupted keeps the turn"
      },
      {
        file: receiver,
        from: "    this.line.remove(waiter)\n    if (waiter.ticket",
        to: "    if (waiter.ticket",
        why: "who was interrupted in line is given a turn"
      },
      {
        file: receiver,
        from: "    if (canEvaluate) return inThisStep(this.exit(), fiber)\n",
        to: "    if (canEvaluate) return this.exit()\n",
        why: "a value is taken, and its fiber interrupted before it has it"
      }
    ]
  },
  {
    id: "BC-10",
    says: "A value is let go once the last receiver that owes it has read it, lagged past it, or gone.",
    faults: [
      {
        file: ring,
        from: "    this.values[slot] = undefined\n",
        to: "",
        why: "what all have read stays in the ring"
      },
      {
        file: ring,
        from: "for (let p = Math.max(position, this.tail - this.size); p < this.tail; p++)",
        to: "for (let p = this.tail; p < this.tail; p++)",
        why: "a receiver that goes still owes what it had not read"
      },
      {
        file: ring,
        from: "if (--this.owed[slot]! > 0) return",
        to: "--this.owed[slot]!",
        why: "it is let go when the first has read it"
      }
    ]
  },
  {
    id: "BC-11",
    says: "One send wakes all who wait, in the order in which they began; who finds nothing keeps its place.",
    faults: [
      {
        file: channel,
        from: "for (let left = this.listeners.size; left > 0; left--) this.listeners.shift()",
        to: "for (let left = this.listeners.size; left > 0; left--) this.listeners.pop()",
        why: "the last to wait is woken first"
      },
      {
        file: channel,
        from: "for (let left = this.listeners.size; left > 0; left--) this.listeners",
        to: "if (this.listeners.size > 0) this.listeners",
        why: "one receiver is woken"
      },
      {
        file: receiver,
        from: "const waiter = this.line.shift()!",
        to: "const waiter = this.line.pop()!",
        why: "the newest in line goes first"
      },
      {
        file: receiver,
        from: "return this.nextUp === undefined && this.line.head === undefined && this.hasOutcome",
        to: "return this.hasOutcome",
        why: "who comes overtakes those who wait"
      },
      {
        file: receiver,
        from: "      waiter.state = State.granted\n      wakeSoon(waiter)\n    } else {",
        to: "      waiter.state = State.granted\n      waiter.wake()\n    } else {",
        why: "who waits runs on the stack of who sends"
      }
    ]
  },
  {
    id: "STR-2",
    says: "A stream of a broadcast survives any number of lags, and ends only with the channel.",
    faults: [
      {
        file: receiver,
        from: "return this.onLag !== \"fail\"",
        to: "return false",
        why: "a lag ends the stream that was to have it among its elements"
      },
      {
        file: receiver,
        from: "if (lagged !== undefined && emits) taken.push(Result.fail(lagged))",
        to: "",
        why: "a lag goes untold"
      }
    ]
  }
]
