/** What users of an Mpsc over an Effect Queue rely on; a part of `../table.ts`. */

const backed = "internal/queueBacked.ts"
const inbox = "internal/inbox.ts"
const pump = "internal/queueBackedPump.ts"

export const mpscQueue = [
  {
    id: "QUE-1",
    says: "What is sent or offered is received or taken, once and in order, by whatever functions.",
    faults: [
      {
        file: backed,
        from: "if (!Queue.offerUnsafe(queue, a)) MutableList.append(queue.messages, a)",
        to: "Queue.offerUnsafe(queue, a)",
        why: "a message that has its slot is dropped when the queue holds one too many"
      },
      {
        file: backed,
        from: "channel.entered(by)\n          this.call()",
        to: "channel.entered(by)",
        why: "lost wake-up: who waits to receive is not called for an offer"
      },
      {
        file: backed,
        from: "this.ours = 2",
        to: "this.ours = 1",
        why: "the message of nobody takes a slot with it"
      },
      {
        file: pump,
        from: "if (offered) return Effect.void",
        to: "return Effect.interrupt",
        why: "the pump stops after the first message"
      }
    ]
  },
  {
    id: "QUE-2",
    says: "Back pressure holds through either side, and slots go to both lines in turn.",
    faults: [
      {
        file: backed,
        from: "this.give(n - aside)",
        to: "void this.give",
        why: "lost wake-up: a take from the queue frees no slot"
      },
      {
        file: backed,
        from: "this.slots.take(n - waited)",
        to: "void waited",
        why: "an offer takes no slot"
      },
      {
        file: backed,
        from: "super.release(n - this.pay(n))",
        to: "super.release(n)",
        why: "no debt is ever paid"
      },
      {
        file: backed,
        from: "this.free -= this.pay(this.free)",
        to: "",
        why: "close forgets the debts"
      },
      {
        file: backed,
        from: "const aside = offers === 0 ? 0 :",
        to: "const aside = offers >= 0 ? 0 :",
        why: "nothing is set aside: who waits to offer starves"
      },
      {
        file: backed,
        from: "    this.aside = 0\n    this.give(aside)",
        to: "    this.aside = aside",
        why: "what was set aside is lost if nobody came for it"
      }
    ]
  },
  {
    id: "QUE-3",
    says:
      "The end of the channel is that of the queue, and the other way round; nobody is run on the stack of who ends it.",
    faults: [
      {
        file: backed,
        from: "if (this.isOpen) this.later(",
        to: "if (this.isDone) this.later(",
        why: "the queue goes on after the last sender"
      },
      {
        file: backed,
        from: "if (anybody) this.queue.dispatcher.scheduleTask(f, 0)\n    else f()",
        to: "void anybody\n    f()",
        why: "who waits in the queue runs on the stack of who drops"
      },
      {
        file: backed,
        from: "        if (!channel.isEnded) channel.close()\n",
        to: "",
        why: "who waits to send is not told of an end by hand"
      },
      {
        file: backed,
        from: "if (!channel.isEnded) channel.close()\n",
        to: "channel.close()\n",
        why: "the last sender's end is taken for one by hand"
      },
      {
        file: backed,
        from: "(!this.ring.isOpen || this.channel.isEnded)",
        to: "this.channel.isEnded",
        why: "a recv waits though the queue was ended by hand while a reservation is outstanding"
      },
      {
        file: pump,
        from: "if (!this.isReleased) channel.close()",
        to: "",
        why: "to end the first queue closes nothing"
      },
      {
        file: pump,
        from: "Queue.endUnsafe(exit)",
        to: "",
        why: "the second queue does not end with the channel"
      }
    ]
  },
  {
    id: "QUE-4",
    says: "Who waits to receive keeps the place when a reader of the queue takes what it was called for.",
    faults: [
      {
        file: inbox,
        from: "inbox.waiters.unshift(this)",
        to: "inbox.waiters.push(this)",
        why: "it goes to the back of the line"
      },
      {
        file: inbox,
        from: "    inbox.called = undefined\n    this.state = this.isLate",
        to: "    this.state = this.isLate",
        why: "lost wake-up: nobody is ever called again"
      },
      {
        file: inbox,
        from:
          "this.state = this.isLate ? State.rejected : State.waiting\n    if (!this.isLate) inbox.waiters.unshift(this)\n    return !this.isLate",
        to: "this.state = State.waiting\n    inbox.waiters.unshift(this)\n    return true",
        why: "a time that is up meanwhile is forgotten"
      }
    ]
  }
]
