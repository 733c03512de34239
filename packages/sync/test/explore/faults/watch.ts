/**
 * Faults of Watch, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "internal/watchChannel.ts"

const park = "() => receiver.isOver ? undefined : new ChangeWaiter(this, fiber)"

export const watch: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: a change wakes nobody",
    file,
    from: "    this.version++\n    this.wakeListeners(State.granted)\n",
    to: "    this.version++\n",
    program: ["Watch", "seen", "changed", "send"]
  },
  {
    why: "lost wake-up: of those parked on a receiver one is woken",
    file,
    from: "    while ((waiter = this.parked.shift()) !== undefined) {\n      waiter.state = state\n",
    to: "    if ((waiter = this.parked.shift()) !== undefined) {\n      waiter.state = state\n",
    program: ["Watch", "waiting", "changed", "send"]
  },
  {
    why: "lost wake-up: of the receivers with somebody parked one is reached",
    file,
    from: "    while ((receiver = this.listening.shift()) !== undefined) receiver.wakeAll(state)\n",
    to: "    if ((receiver = this.listening.shift()) !== undefined) receiver.wakeAll(state)\n",
    program: ["Watch", "waiting", "clone, changed", "send"]
  },
  {
    why: "lost wake-up: a look, and a place in the line a step later",
    file,
    from: `return guardedUntilWoken(fiber, ${park}, again)`,
    to: "return Effect.suspend(() => guardedUntilWoken(fiber, () => new ChangeWaiter(this, fiber), again))",
    program: ["Watch", "seen", "changed", "send"]
  },
  {
    why: "the same where parking is a step of its own",
    file,
    from: park,
    to: "() => new ChangeWaiter(this, fiber)",
    fallback: true,
    program: ["Watch", "seen", "changed", "send"]
  },
  {
    why: "the same in waitFor: a value that came since the last one was examined",
    file,
    from: "() => this.isOver() ? undefined : new Sleeper(this, fiber)",
    to: "() => new Sleeper(this, fiber)",
    program: ["Watch", "seen", "waitFor", "send"]
  },
  {
    why: "lost wake-up: the end is not told to who is parked",
    file,
    from: "    if (channel.senders === 0) channel.wakeListeners(State.rejected)\n",
    to: "",
    program: ["Watch", "waiting", "changed", "drop sender"]
  },
  {
    why: "lost wake-up: who is parked on a receiver that is dropped waits on",
    file,
    from: "    channel.receivers--\n    this.wakeAll(State.rejected)\n",
    to: "    channel.receivers--\n",
    program: ["Watch", "waiting", "changed", "drop receiver"]
  },
  {
    why: "lost wake-up: who is parked through a sender that is dropped waits on",
    file,
    from: "    // What comes of those parked here is `Misuse`, which they find out themselves.\n"
      + "    this.wakeAll(State.rejected)\n",
    to: "",
    program: ["Watch", "seen", "drop sender", "closed"]
  },
  {
    why: "lost wake-up: closed does not learn of the last receiver's end",
    file,
    from: "    if (channel.receivers === 0) channel.wakeClosing()\n",
    to: "",
    program: ["Watch", "seen", "drop receiver", "closed"]
  },
  {
    why: "lost wake-up: closed looks in one step and parks in the next, and the last receiver goes in between",
    file,
    from: "() => sender.channel.receivers === 0 || sender.isReleased",
    to: "() => false",
    program: ["Watch", "seen", "drop receiver", "closed"]
  },
  {
    why: "lost wake-up: markChanged leaves those parked asleep",
    file,
    from: "    this.seen = never\n    this.wakeAll(State.granted)\n",
    to: "    this.seen = never\n",
    program: ["Watch", "waiting", "changed", "markChanged"]
  },
  {
    why: "marked before delivered: a change counts as seen when somebody is woken for it",
    file,
    from: "    this.version++\n    this.wakeListeners(State.granted)\n",
    to: "    this.version++\n    if (this.listening.head !== undefined) this.listening.head.see()\n"
      + "    this.wakeListeners(State.granted)\n",
    program: ["Watch", "waiting", "changed", "send"]
  },
  {
    why: "marked before delivered: in one step, and the fiber learns of it in the next",
    file,
    from: "      ? succeedNow(this.take(), fiber)\n",
    to: "      ? Effect.andThen(Effect.sync(() => this.take()), (b) => Effect.succeed(b)) as Effect.Effect<B>\n",
    program: ["Watch", "unseen", "changed", "changed"]
  },
  {
    why: "the same where delivering is a step of its own",
    file,
    from: "deliver(() => !this.receiver.isReleased, () => this.take(), ended.exit)",
    to: "Effect.suspend(() => Exit.succeed(this.take()))",
    fallback: true,
    program: ["Watch", "unseen", "changed", "changed"]
  },
  {
    why: "the same in waitFor: what was accepted is given a step later",
    file,
    from: "if (this.examine()) return succeedNow(this.accepted as A, fiber)",
    to: "if (this.examine()) return Effect.andThen(Effect.void, Effect.succeed(this.accepted as A))",
    program: ["Watch", "unseen", "waitFor", "send"]
  },
  {
    why: "delivered and not marked",
    file,
    from: "  override take(): void {\n    this.receiver.see()\n  }\n",
    to: "  override take(): void {}\n",
    program: ["Watch", "unseen", "changed", "changed"]
  },
  {
    why: "ready marks",
    file,
    from: "  override take(): void {}\n",
    to: "  override take(): void {\n    this.receiver.see()\n  }\n",
    program: ["Watch", "linearizable", "ready takes nothing"]
  },
  {
    why: "an interrupted one leaves the change marked",
    file,
    from: "  override leave(): void {\n    this.half.leaves(this)\n",
    to:
      "  override leave(): void {\n    if (this.state === State.granted) (this.half as any).see?.()\n    this.half.leaves(this)\n",
    program: ["Watch", "waiting", "changed", "send"]
  },
  {
    why: "version compared wrongly: a receiver that was marked as changed is up to date with the first value",
    file,
    from: "    return this.seen !== this.channel.version\n",
    to: "    return this.seen !== this.channel.version && (this.seen !== never || this.channel.version > 0)\n",
    program: ["Watch", "seen", "changed", "markChanged"]
  },
  {
    why: "version compared wrongly: a value that was marked as changed by hand is not newer",
    file,
    from: "    return this.seen !== this.channel.version\n",
    to: "    return this.seen < this.channel.version && this.seen !== never\n",
    program: ["Watch", "seen", "stream", "markChanged"]
  },
  {
    why: "version compared wrongly: a change is told to who has not seen two",
    file,
    from: "    return this.seen !== this.channel.version\n",
    to: "    return this.seen === never || this.seen + 1 < this.channel.version\n",
    program: ["Watch", "seen", "changed", "send"]
  },
  {
    why: "a woken one asks again whether it is unseen, and a sibling has marked it",
    file,
    from: "return this.state === State.granted || receiver.isUnseen ? this.request.conclude(fiber) : ended.exit",
    to: "return receiver.isUnseen ? this.request.conclude(fiber) : this.request",
    program: ["Watch", "waiting", "changed", "send"]
  },
  {
    why: "closed before the last value was seen",
    file,
    from:
      "    if (this.isDue) return this.conclude(fiber)\n    if (receiver.channel.senders === 0) return ended.exit\n",
    to: "    if (receiver.channel.senders === 0) return ended.exit\n    if (this.isDue) return this.conclude(fiber)\n",
    program: ["Watch", "ended, unseen", "changed", "changed"]
  },
  {
    why: "closed before the last value was seen: by who was woken for it, and ran after the end",
    file,
    from: "    if (receiver.isReleased) return ended.exit\n    // Woken by a change",
    to: "    if (receiver.isReleased || receiver.channel.senders === 0) return ended.exit\n    // Woken by a change",
    program: ["Watch", "linearizable", "the last value, then the end"]
  },
  {
    why: "waitFor ends without asking about the last value",
    file,
    from: "    if (receiver.isReleased) return ended.exit\n    if (this.isDue) {\n",
    to: "    if (receiver.isReleased || receiver.channel.senders === 0) return ended.exit\n    if (this.isDue) {\n",
    program: ["Watch", "ended, unseen", "waitFor", "borrow and update"]
  },
  {
    why: "waitFor marks after it has asked: what the predicate sends is lost",
    file,
    from: "    const value = receiver.see()\n    if (!predicate(value)) return false\n",
    to: "    const value = receiver.channel.value\n    if (!predicate(value)) return false\n    receiver.see()\n",
    program: ["Watch", "unseen", "waitFor", "borrow and update"]
  },
  {
    why: "waitFor asks about a value that was there a step before",
    file,
    from: "    return Effect.flatMap(this.sleep, () => this)\n",
    to: "    const before = receiver.channel.value\n"
      + "    return Effect.flatMap(this.sleep, () => this.request.predicate(before) ? Effect.succeed(before) : this)\n",
    program: ["Watch", "sent from outside", "waitFor", "send"]
  },
  {
    why: "not unlinked: who was interrupted is still counted, and woken",
    file,
    from: "    waiter.queue?.remove(waiter) // of those parked, or of those on their way to run\n",
    to: "",
    program: ["Watch", "waiting", "changed", "borrow and update"]
  },
  {
    why: "one who leaves takes the receiver out of the line though others wait on it",
    file,
    from: "    if (this.parked.size === 0) this.queue?.remove(this)\n",
    to: "    this.queue?.remove(this)\n",
    program: ["Watch", "waiting", "changed", "send"]
  },
  {
    why: "woken before the value is there",
    file,
    from: "    this.value = a\n    this.version++\n    this.wakeListeners(State.granted)\n",
    to: "    this.version++\n    this.wakeListeners(State.granted)\n"
      + "    Effect.runFork(Effect.andThen(Effect.yieldNow, Effect.sync(() => {\n      this.value = a\n    })))\n",
    program: ["Watch", "seen", "changed", "send"]
  },
  {
    why: "a send is decided in one step and made in the next",
    file,
    from: "    const { label, sender, value } = this\n",
    to: "    const { label, sender, value } = this\n"
      + "    if (sender.channel.receivers > 0) return Effect.sync(() => sender.channel.publish(value))\n",
    program: ["Watch", "seen", "drop receiver", "send"]
  },
  {
    why: "a send has happened, and is interrupted before it can tell",
    file,
    from: "      return refusal === undefined ? succeedNow(undefined, fiber) : Exit.fail(refusal)\n",
    to: "      return refusal === undefined ? Effect.andThen(Effect.void, Effect.void) : Exit.fail(refusal)\n",
    program: ["Watch", "seen", "send", "send"]
  },
  {
    why: "an update reads in one step and writes in the next",
    file,
    from: "    return Effect.sync(() => this.updateNow(label, f))\n",
    to: "    return Effect.flatMap(Effect.sync(() => f(this.borrowNow(label))), ([b, next]) =>\n"
      + "      Effect.sync(() => {\n"
      + "        if (Option.isSome(next)) this.channel.publish(next.value)\n        return b\n      }))\n",
    program: ["Watch", "seen", "sendReplace", "sendReplace"]
  },
  {
    why: "a clone has seen everything",
    file,
    from: "new ReceiverHandle(this.held(label), this.seen)",
    to: "new ReceiverHandle(this.held(label), this.channel.version)",
    program: ["Watch", "unseen", "clone, changed", "send"]
  },
  {
    why: "a receiver dropped between look and park waits for ever, where parking is a step of its own",
    file,
    from: "return this.isUnseen || this.channel.senders === 0 || this.isReleased",
    to: "return this.isUnseen || this.channel.senders === 0",
    fallback: true,
    program: ["Watch", "seen", "changed", "drop receiver"]
  }
]
