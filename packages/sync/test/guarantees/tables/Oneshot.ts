/** What users of Oneshot rely on, and of a fiber as the channel of its own result; a part of `../table.ts`. */

const channel = "internal/oneshotChannel.ts"
const halves = "Oneshot.ts"

export const oneshot = [
  {
    id: "ONE-1",
    says: "A value that was sent is received once, or dropped with the receiver; the first in line gets it.",
    faults: [
      {
        file: channel,
        from: "    this.senderGone = true\n    this.promiseNext()\n",
        to: "    this.senderGone = true\n",
        why: "who waits does not learn of it"
      },
      {
        file: channel,
        from: "    return this.full && this.promised === undefined\n",
        to: "    return this.full\n",
        why: "who comes later takes it from one who was woken for it, and both receive"
      },
      {
        file: channel,
        from: "const waiter = this.receiving?.shift()\n    this.promised",
        to: "const waiter = this.receiving?.pop()\n    this.promised",
        why: "the last in line gets it"
      },
      {
        file: channel,
        from: "    this.endReceiving() // there was one result\n",
        to: "",
        why: "the others wait on for a second one"
      },
      {
        file: channel,
        from: "clear(): void {\n    this.value = undefined\n",
        to: "clear(): void {\n",
        why: "the channel keeps it in memory for ever"
      }
    ]
  },
  {
    id: "ONE-2",
    says: "Sending to a receiver that is closed or gone gives the value back; the sender is used up either way.",
    faults: [
      {
        file: halves,
        from: "    if (channel.closed) return refused(label, channel, a)\n",
        to: "    void refused\n",
        why: "the value is sent to nobody"
      },
      {
        file: halves,
        from: "    this.end(\"consumed by a send\", false)\n",
        to: "    if (!this.channel.closed) this.end(\"consumed by a send\", false)\n",
        why: "a sender that was refused may try again"
      }
    ]
  },
  {
    id: "ONE-3",
    says: "What was sent before the close is received after it, and nothing that is sent after it.",
    faults: [
      {
        file: channel,
        from: "  close(): void {\n    this.closed = true\n",
        to: "  close(): void {\n    this.closed = true\n    this.clear()\n",
        why: "the close discards it"
      },
      {
        file: channel,
        from: "  close(): void {\n    this.closed = true\n",
        to: "  close(): void {\n    void Promise.resolve().then(() => void (this.closed = true))\n",
        why: "it is closed too late"
      },
      {
        file: channel,
        from: "    if (!this.full) this.endReceiving()\n",
        to: "",
        why: "who waits does not learn of the close"
      }
    ]
  },
  {
    id: "ONE-4",
    says: "Once the sender is gone without having sent, nobody waits for a value, now or later.",
    faults: [
      {
        file: channel,
        from: "    this.senderGone = true\n    this.endReceiving()\n",
        to: "    this.senderGone = true\n",
        why: "who waits does not learn of it"
      },
      {
        file: channel,
        from: "!this.full && (this.senderGone || this.closed)",
        to: "!this.full && this.closed",
        why: "who comes later waits for ever"
      },
      {
        file: "internal/newHandle.ts",
        from: "    handles[0].ownedBy(scope)\n",
        to: "",
        why: "the scope does not drop the sender"
      }
    ]
  },
  {
    id: "ONE-5",
    says: "Interrupting a receive loses nothing: the value goes to the next in line, or stays for the next receive.",
    faults: [
      {
        file: channel,
        from: "    this.channel.forsake(this)\n",
        to: "",
        why: "who was woken for it keeps it from everybody"
      },
      {
        file: channel,
        from: "    if (this.promised === waiter) this.promiseNext()\n",
        to: "    if (this.promised === waiter) this.promised = undefined\n",
        why: "the next in line does not learn of it"
      },
      {
        file: channel,
        from: "    return canEvaluate ? this : deliver(",
        to: "    if (this.state === State.granted) return Effect.succeed(this.taken())\n"
          + "    return canEvaluate ? this : deliver(",
        why: "it is taken when its receiver is woken, and delivered a step later"
      },
      {
        file: channel,
        from: "    this.queue?.remove(this) // of those who wait, or of those on their way to run\n    this.channel",
        to: "    this.channel",
        why: "who has left the line is still in it"
      }
    ]
  },
  {
    id: "ONE-6",
    says: "`closed` completes at the close and at the drop of the receiver, also where that has been before.",
    faults: [
      {
        file: channel,
        from: "    this.endClosing(State.granted)\n",
        to: "",
        why: "who waits does not learn of it"
      },
      {
        file: channel,
        from: "    this.promiseNext()\n    this.endClosing(State.rejected)\n",
        to: "    this.promiseNext()\n",
        why: "who waits on a sender that is used waits for ever"
      },
      {
        file: channel,
        from: "this.state === State.granted ? Effect.void",
        to: "this.state !== State.done ? Effect.void",
        why: "a sender that was used seems to be closed"
      }
    ]
  },
  {
    id: "ONE-7",
    says: "It is empty unless a value waits, and terminated once somebody has a result, a value or a `RecvError`.",
    faults: [
      {
        file: channel,
        from: "    this.clear()\n    this.terminated = true\n",
        to: "    this.clear()\n",
        why: "a second receive of the value is none"
      },
      {
        file: channel,
        from: "  channel.terminated = true\n  return exitNow(",
        to: "  return exitNow(",
        why: "a `RecvError` is no result"
      },
      {
        file: channel,
        from: "    this.full = true\n    this.senderGone = true\n",
        to: "    this.full = true\n    this.terminated = true\n    this.senderGone = true\n",
        why: "it is terminated when the value is sent"
      }
    ]
  },
  {
    id: "ONE-8",
    says: "Sending needs no runtime: it may be done in a callback, and runs nobody on its stack.",
    faults: [{
      file: channel,
      from: "    if (waiter === undefined) return\n    waiter.state = State.granted\n    wakeSoon(waiter)\n",
      to: "    if (waiter === undefined) return\n    waiter.state = State.granted\n    waiter.wake()\n",
      why: "who waits runs in the callback"
    }]
  },
  {
    id: "ONE-9",
    says: "`tryRecv` says `Empty` only while a value may still come, or is due to somebody who waited for it.",
    faults: [
      {
        file: channel,
        from: "    if (this.promised === waiter) this.promiseNext()\n",
        to: "    if (this.promised === waiter && this.receiving!.size > 0) this.promiseNext()\n",
        why: "it is empty for ever after an interruption"
      },
      {
        file: halves,
        from: "    if (!channel.isOver) return emptyFailure(channel).result\n",
        to: "    if (!channel.closed) return emptyFailure(channel).result\n",
        why: "it is empty for ever without a sender"
      }
    ]
  },
  // A fiber is Effect's: nothing in our hands could break the rest, but for what a fiber owns (JH-1).
  {
    id: "JH-1",
    says: "What a fiber owns is released before anybody sees its exit.",
    faults: [{
      file: "Handle.ts",
      from: "        (exit) => Scope.close(scope, exit)\n      )\n      return fork(",
      to:
        "        (exit) => Effect.asVoid(Effect.forkDetach(Effect.andThen(Effect.yieldNow, Scope.close(scope, exit))))\n"
        + "      )\n      return fork(",
      why: "the scope of a forked fiber is closed after the fiber has ended"
    }]
  },
  {
    id: "JH-2",
    says:
      "A defect of a fiber reaches whoever awaits it as a value, and whoever waits at its oneshot as a `RecvError`.",
    faults: []
  },
  {
    id: "JH-3",
    says: "An interrupt after the end of a fiber leaves its result as it is.",
    faults: []
  },
  {
    id: "JH-4",
    says: "Interrupting a join leaves the fiber alone.",
    faults: []
  }
]
