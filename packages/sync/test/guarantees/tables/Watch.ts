/** What users of Watch rely on; a part of `../table.ts`. */

const file = "internal/watchChannel.ts"

const publish = "    this.value = a\n    this.version++\n    this.wakeListeners(State.granted)\n"

export const watch = [
  {
    id: "W-1",
    says: "Any number of sends between two looks is one change, and the look gives the latest value.",
    faults: [
      {
        file,
        from: "    this.seen = this.channel.version\n    return this.channel.value\n",
        to: "    this.seen++\n    return this.channel.value\n",
        why: "a look sees one change only, and the others are reported after it"
      },
      {
        file,
        from: publish,
        to: publish.replace("this.value = a", "if (this.listening.size > 0 || this.version === 0) this.value = a"),
        why: "the look gives the first value, not the latest"
      },
      {
        file,
        from: "    this.version++\n",
        to: "    this.version++\n    ;((this as any).history ??= []).push(a)\n",
        why: "values that were replaced are kept"
      }
    ]
  },
  {
    id: "W-2",
    says: "A receiver never sees an older value after a newer one.",
    faults: [{
      file,
      from: publish,
      to: "    const history = ((this as any).history ??= [])\n    history.push(a)\n"
        + publish.replace("= a", "= this.version % 5 === 4 ? history[this.version - 4] : a"),
      why: "every fifth change brings back a value that was replaced"
    }]
  },
  {
    id: "W-3",
    says:
      "The last value is always observable: `changed` succeeds once for it after the senders have gone, then fails.",
    faults: [
      {
        file,
        from:
          "    if (this.isDue) return this.conclude(fiber)\n    if (receiver.channel.senders === 0) return ended.exit\n",
        to:
          "    if (receiver.channel.senders === 0) return ended.exit\n    if (this.isDue) return this.conclude(fiber)\n",
        why: "the end comes before the last value"
      },
      {
        file,
        from: "    if (receiver.isReleased) return ended.exit\n    // Woken by a change",
        to:
          "    if (receiver.isReleased || receiver.channel.senders === 0) return ended.exit\n    // Woken by a change",
        why: "who was woken for the last value finds the end"
      },
      {
        file,
        from: "    if (channel.senders === 0) channel.wakeListeners(State.rejected)\n",
        to: "",
        why: "who waits does not learn of the end"
      },
      {
        file,
        from: "    if (channel.senders === 0) channel.wakeListeners(State.rejected)\n",
        to: "    channel.wakeListeners(State.rejected)\n",
        why: "the first sender that goes ends what waits"
      },
      {
        file,
        from: "    if (receiver.isReleased) return ended.exit\n    if (this.isDue) {\n",
        to: "    if (receiver.isReleased || receiver.channel.senders === 0) return ended.exit\n    if (this.isDue) {\n",
        why: "`waitFor` ends without asking about the last value"
      }
    ]
  },
  {
    id: "W-4",
    says: "On a channel that has ended with an unseen value `hasChanged` fails and `changed` succeeds.",
    faults: [{
      file,
      from: "return this.held(label).senders === 0 ? undefined : this.isUnseen",
      to: "return this.held(label).senders === 0 && !this.isUnseen ? undefined : this.isUnseen",
      why: "`hasChanged` answers as `changed` does"
    }]
  },
  {
    id: "W-5",
    says: "The initial value and that at `subscribe` are seen; a clone inherits.",
    faults: [
      {
        file,
        from: "    const channel = this.held(label)\n    return new ReceiverHandle(channel, channel.version)\n",
        to: "    const channel = this.held(label)\n    return new ReceiverHandle(channel, never)\n",
        why: "who subscribes has seen nothing"
      },
      {
        file,
        from: "new ReceiverHandle(this.held(label), this.seen)",
        to: "new ReceiverHandle(this.held(label), this.channel.version)",
        why: "a clone has seen everything"
      },
      {
        file,
        from: "new ReceiverHandle(this.held(label), this.seen)",
        to: "new ReceiverHandle(this.held(label), never)",
        why: "a clone has seen nothing"
      }
    ]
  },
  {
    id: "W-6",
    says: "Sending an equal value is a change.",
    faults: [{
      file,
      from: publish,
      to: `    if (this.value === a) return\n${publish}`,
      why: "an equal value is left out"
    }]
  },
  {
    id: "W-7",
    says: "No wake-up is lost between looking and waiting; one change lets all go on who wait.",
    faults: [
      {
        file,
        from: "    this.version++\n    this.wakeListeners(State.granted)\n",
        to: "    this.version++\n",
        why: "a change wakes nobody"
      },
      {
        file,
        from: "    while ((waiter = this.parked.shift()) !== undefined) {\n      waiter.state = state\n",
        to: "    if ((waiter = this.parked.shift()) !== undefined) {\n      waiter.state = state\n",
        why: "of those on one receiver one is woken"
      },
      {
        file,
        from: "() => receiver.isOver ? undefined : new ChangeWaiter(this, fiber), again)",
        to: "() => new ChangeWaiter(this, fiber), again).pipe((wait) => Effect.andThen(Effect.yieldNow, wait))",
        why: "a look, and a place in the line a turn later"
      },
      {
        file,
        from: "    this.seen = never\n    this.wakeAll(State.granted)\n",
        to: "    this.seen = never\n",
        why: "`markChanged` leaves those parked asleep"
      },
      {
        file,
        from: "return this.state === State.granted || receiver.isUnseen ? this.request.conclude(fiber) : ended.exit",
        to: "return receiver.isUnseen ? this.request.conclude(fiber) : this.request",
        why: "who was woken waits on if a sibling has marked the change"
      }
    ]
  },
  {
    id: "W-8",
    says: "`send` without receivers stores nothing and gives the value back; the other sends store.",
    faults: [
      {
        file,
        from: "    if (channel.receivers === 0) {\n",
        to: "    if (channel.receivers === 0) {\n      channel.value = a\n",
        why: "it is refused, and stored"
      },
      {
        file,
        from: "    if (channel.receivers === 0) {\n",
        to: "    if (channel.receivers < 0) {\n",
        why: "it is not refused"
      },
      {
        file,
        from: "    if (Option.isSome(next)) this.held(label)",
        to: "    if (Option.isSome(next) && this.channel.receivers > 0) this.held(label)",
        why: "the others store nothing either"
      },
      {
        file,
        from: "`${label}: ${channel.description} has no receiver`, value: a",
        to: "`${label}: ${channel.description} has no receiver`, value: channel.value",
        why: "another value is given back"
      }
    ]
  },
  {
    id: "W-9",
    says: "`waitFor` gives the very value that the predicate accepted.",
    faults: [
      {
        file,
        from: "if (this.examine()) return succeedNow(this.accepted as A, fiber)",
        to: "if (this.examine()) return Effect.andThen(Effect.yieldNow, Effect.sync(() => receiver.channel.value))",
        why: "it gives what is there a turn later"
      },
      {
        file,
        from: "    if (!predicate(value)) return false\n",
        to: "    if (!predicate(value) && !predicate(receiver.channel.value)) return false\n",
        why: "a predicate that refuses is asked again"
      }
    ]
  },
  {
    id: "W-10",
    says: "A change reaches all receivers, whatever those do that are woken first; in no promised order.",
    faults: [{
      file,
      from: "    while ((receiver = this.listening.shift()) !== undefined) receiver.wakeAll(state)\n",
      to: "    if ((receiver = this.listening.shift()) !== undefined) receiver.wakeAll(state)\n",
      why: "it reaches the first"
    }]
  },
  {
    id: "W-11",
    says:
      "Interrupting `changed`, `ready`, `waitFor` or a pull marks nothing that was not examined, and leaves nothing behind.",
    faults: [
      {
        file,
        from: "      ? succeedNow(this.take(), fiber)\n",
        to: "      ? Effect.andThen(Effect.sync(() => this.take()), (b) => Effect.succeed(b)) as Effect.Effect<B>\n",
        why: "marked in one step, delivered in the next"
      },
      {
        file,
        from: "  protected override outcome(): Effect.Effect<B, Cause.Done> {\n    return this\n",
        to: "  protected override outcome(): Effect.Effect<B, Cause.Done> {\n"
          + "    if (this.state === State.granted) this.request.take()\n    return this\n",
        why: "marked when it is woken"
      },
      {
        file,
        from: "    waiter.queue?.remove(waiter) // of those parked, or of those on their way to run\n",
        to: "",
        why: "who was interrupted is still parked"
      },
      {
        file,
        from: "    if (this.parked.size === 0) this.queue?.remove(this)\n",
        to: "    this.queue?.remove(this)\n",
        why: "who was interrupted takes the others out of the line"
      },
      {
        file,
        from: "  override take(): void {}\n",
        to: "  override take(): void {\n    this.receiver.see()\n  }\n",
        why: "`ready` marks"
      },
      {
        file,
        from: "    this.current = false\n    return [this.receiver.see()]\n",
        to: "    this.current = false\n    return [this.receiver.channel.value]\n",
        why: "a stream marks nothing, and gives a value twice"
      },
      {
        file,
        from: "if (this.examine()) return succeedNow(this.accepted as A, fiber)",
        to: "if (this.examine()) return Effect.andThen(Effect.void, Effect.succeed(this.accepted as A))",
        why: "a value is accepted in one step, given in the next"
      }
    ]
  },
  {
    id: "W-12",
    says: "An update that throws stores nothing, notifies nobody and leaves the channel usable; so does a predicate.",
    faults: [
      {
        file,
        from: "    const [b, next] = f(this.borrowNow(label))\n",
        to: "    this.channel.version++\n    const [b, next] = f(this.borrowNow(label))\n    this.channel.version--\n",
        why: "it counts before it is computed"
      },
      {
        file,
        from: "    const value = receiver.see()\n    if (!predicate(value)) return false\n",
        to: "    const value = receiver.channel.value\n    if (!predicate(value)) return false\n    receiver.see()\n",
        why: "a predicate that throws leaves the value unseen"
      },
      {
        file,
        from: "    return Effect.sync(() => this.updateNow(label, f))\n",
        to: "    return Effect.andThen(Effect.sync(() => this.updateNow(label, f)), (b) => Effect.succeed(b)) as any\n",
        why: "an update has happened, and is interrupted before it can tell"
      }
    ]
  },
  {
    id: "STR-3",
    says: "A stream of a Watch never gives one version twice, may skip some, and always gives the last.",
    faults: [
      {
        file,
        from: "    this.current = false\n    return [this.receiver.see()]\n",
        to: "    return [this.receiver.see()]\n",
        why: "it gives the current value for ever"
      },
      {
        file,
        from: "    return this.current || this.receiver.isUnseen\n",
        to: "    return this.receiver.isUnseen\n",
        why: "it does not begin with the current value"
      },
      {
        file,
        from: "    this.current = current\n",
        to: "    this.current = true\n",
        why: "changes begin with the current value"
      }
    ]
  }
]
