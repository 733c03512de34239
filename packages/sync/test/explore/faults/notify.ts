/**
 * Faults of Notify and its handles, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "internal/notification.ts"

const wait = "() => notifications.permit ? undefined : new FiberListener(this, fiber)"

export const notify: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: who is notified is not woken",
    file,
    from: "    this.state = State.granted\n    wakeSoon(this)\n",
    to: "    this.state = State.granted\n    void wakeSoon\n",
    program: ["Notify", "nothing", "notified", "notifyOne"]
  },
  {
    why: "doubled: a notification that woke somebody is stored as well",
    file,
    from: "    if (listener === undefined) this.permit = true\n    else listener.notified(to)\n",
    to: "    this.permit = true\n    listener?.notified(to)\n",
    program: ["Notify", "nothing", "notified", "notifyOne"]
  },
  {
    why: "doubled: a stored notification stays there when it is taken",
    file,
    from: "      notifications.permit = false\n      return succeedNow",
    to: "      return succeedNow",
    program: ["Notify", "stored", "notified", "notified"]
  },
  {
    why: "not passed on: a notification ends with the fiber that was interrupted before it ran",
    file,
    from: "    if (this.state === State.granted) this.request.notifications.passOn(this.to)\n",
    to: "",
    program: ["Notify", "nothing", "notified", "notified"]
  },
  {
    why: "not passed on: a notification ends with the handle that was dropped",
    file,
    from: "    if (given !== undefined) this.notify.notifications.passOn(given)\n",
    to: "",
    program: ["Notify", "nothing", "notifyOne", "subscribe, enable, drop"]
  },
  {
    why: "a broadcast is passed on",
    file,
    from: "if (to !== To.all) this.give(to)",
    to: "this.give(to === To.all ? To.oldest : to)",
    program: ["Notify", "nothing", "notified", "notifyWaiters"]
  },
  {
    why: "order broken: passed on to the newest instead of the oldest",
    file,
    from: "if (to !== To.all) this.give(to)",
    to: "if (to !== To.all) this.give(To.newest)",
    program: ["Notify", "two queued", "notified", "notifyOne"]
  },
  {
    why: "order broken: passed on to the oldest instead of the newest",
    file,
    from: "if (to !== To.all) this.give(to)",
    to: "if (to !== To.all) this.give(To.oldest)",
    program: ["Notify", "linearizable", "three in the queue"]
  },
  {
    why: "order broken: a fiber forgets that it was the newest, and passes on to the oldest",
    file,
    from: "    this.to = to\n",
    to: "    this.to = to === To.all ? to : To.oldest\n",
    program: ["Notify", "two queued", "notified", "notifyLast"]
  },
  {
    why: "order broken: a broadcast wakes the newest first",
    file,
    from: "while ((listener = this.listeners.shift())",
    to: "while ((listener = this.listeners.pop())",
    program: ["Notify", "two queued", "notified", "notifyWaiters"]
  },
  {
    why: "order broken: notifyOne wakes the newest",
    file,
    from: "to === To.oldest ? this.listeners.shift()",
    to: "to !== To.oldest ? this.listeners.shift()",
    program: ["Notify", "queued", "notified", "notified"]
  },
  {
    why: "order broken: notifyLast wakes the oldest",
    file,
    from: "to === To.oldest ? this.listeners.shift()",
    to: "to !== To.all ? this.listeners.shift()",
    program: ["Notify", "linearizable", "three in the queue"]
  },
  {
    why: "waiter not unlinked: who was interrupted in the queue is notified",
    file,
    from: "    this.queue?.remove(this) // of the listeners, or of those on their way to run\n",
    to: "",
    program: ["Notify", "nothing", "notified", "notified"]
  },
  {
    why: "handle not unlinked: who was dropped is notified",
    file,
    from: "    this.queue?.remove(this)\n    const { given } = this\n",
    to: "    const { given } = this\n",
    program: ["Notify", "nothing", "notified", "subscribe, enable, drop"]
  },
  {
    why: "one step in two: a notification is observed, and its fiber learns of it later",
    file,
    from: "    return Effect.void\n",
    to: "    return Effect.andThen(Effect.sync(() => {\n      this.state = State.done\n    }), Effect.void)\n",
    program: ["Notify", "nothing", "notified", "notified"]
  },
  {
    why: "one step in two: a handle is complete, and its fiber learns of it later",
    file,
    from: "return Effect.sync(() => this.request.handle.concludes(this.label))",
    to: "return Effect.andThen(Effect.sync(() => this.request.handle.concludes(this.label)), Effect.void)",
    program: ["Notify", "nothing", "notified", "subscribe, await"]
  },
  {
    why: "one step in two: a look for a stored notification, and a place in the queue later",
    file,
    from: `return guardedUntilWoken(fiber, ${wait}, this)`,
    to: "return Effect.suspend(() => guardedUntilWoken(fiber, () => new FiberListener(this, fiber), this))",
    program: ["Notify", "nothing", "notified", "notifyOne"]
  },
  {
    why: "the same where parking is a step of its own",
    file,
    from: wait,
    to: "() => new FiberListener(this, fiber)",
    fallback: true,
    program: ["Notify", "nothing", "notified", "notifyOne"]
  },
  {
    why: "woken before all are notified: a fiber runs inside the broadcast",
    file,
    from: "    this.state = State.granted\n    wakeSoon(this)\n",
    to: "    this.state = State.granted\n    void wakeSoon\n    this.wake()\n",
    program: ["Notify", "two queued", "notified", "notifyWaiters"]
  },
  {
    why: "a broadcast reaches the first only",
    file,
    from: "    while ((listener = this.listeners.shift()) !== undefined) listener.notified(To.all)\n",
    to: "    if ((listener = this.listeners.shift()) !== undefined) listener.notified(To.all)\n",
    program: ["Notify", "queued", "notified", "notifyWaiters"]
  },
  {
    why: "a broadcast misses handles that stand in no queue",
    file,
    from: "    this.broadcasts++\n",
    to: "",
    program: ["Notify", "nothing", "notifyWaiters", "subscribe, await"]
  },
  {
    why: "a handle compares with the broadcasts of its first look instead of its birth",
    file,
    from: "    if (this.observe()) return true\n",
    to: "    ;(this as any).since = this.notify.notifications.broadcasts\n    if (this.observe()) return true\n",
    program: ["Notify", "nothing", "notifyWaiters", "subscribe, enable, await"]
  },
  {
    why: "a broadcast that nobody waits for is stored",
    file,
    from: "    this.broadcasts++\n",
    to: "    this.broadcasts++\n    if (this.listeners.head === undefined) this.permit = true\n",
    program: ["Notify", "nothing", "notified", "notifyWaiters"]
  },
  {
    why: "a broadcast takes the stored notification away",
    file,
    from: "    this.broadcasts++\n",
    to: "    this.broadcasts++\n    this.permit = false\n",
    program: ["Notify", "stored", "notifyOne", "notifyWaiters"]
  },
  {
    why: "a handle that is complete takes the stored notification as well",
    file,
    from: "if (!this.isComplete && !this.notify.notifications.takePermit()) return false",
    to: "if (!this.notify.notifications.takePermit() && !this.isComplete) return false",
    program: ["Notify", "stored", "notifyWaiters", "subscribe, await"]
  },
  {
    why: "doubled: what a handle has observed it passes on when it is dropped",
    file,
    from: "    this.observed = true\n    this.given = undefined\n",
    to: "    this.observed = true\n",
    program: ["Notify", "nothing", "notifyOne", "subscribe, await"]
  },
  {
    why: "one of two fibers in an await leaves and takes the place of both with it",
    file,
    from: "if (this.awaiting === 0) this.giveUp()",
    to: "this.giveUp()",
    program: ["Notify", "nothing", "await shared", "await shared"]
  },
  {
    why: "an interrupted await is counted for ever, and its handle stays in the queue",
    file,
    from: "  leaves(): void {\n    this.awaiting--\n",
    to: "  leaves(): void {\n",
    program: ["Notify", "nothing", "notified", "await shared"]
  },
  {
    why: "lost wake-up: of two fibers in an await one is woken",
    file,
    from: "    while ((waiter = this.parked.shift()) !== undefined) wakeSoon(waiter)\n",
    to: "    if ((waiter = this.parked.shift()) !== undefined) wakeSoon(waiter)\n",
    program: ["Notify", "nothing", "await shared", "await shared"]
  },
  {
    why: "lost wake-up: who awaits a handle is not woken when it is notified",
    file,
    from: "    this.given = to\n    this.wakeAll()\n",
    to: "    this.given = to\n",
    program: ["Notify", "nothing", "notifyOne", "subscribe, await"]
  },
  {
    why: "lost wake-up: who awaits a handle is not woken when it is dropped",
    file,
    from: "    this.giveUp()\n    this.wakeAll()\n",
    to: "    this.giveUp()\n",
    program: ["Notify", "nothing", "await shared", "drop shared"]
  },
  {
    why: "an await takes no place in the queue",
    file,
    from: "    this.parked.push(waiter)\n    this.enqueue()\n",
    to: "    this.parked.push(waiter)\n",
    program: ["Notify", "nothing", "notifyOne", "subscribe, await"]
  },
  {
    why: "a handle that is enabled is put into the queue again by its await",
    file,
    from: "if (this.queue === undefined) this.notify",
    to: "this.notify",
    program: ["Notify", "nothing", "notifyOne", "subscribe, enable, await"]
  },
  {
    why: "a handle dropped between look and park waits for ever, where parking is a step of its own",
    file,
    from: "const isOver = () => handle.isReady || handle.isReleased",
    to: "const isOver = () => handle.isReady",
    fallback: true,
    program: ["Notify", "nothing", "await shared", "drop shared"]
  },
  {
    why:
      "a handle dropped between look and delivery takes a stored notification, where delivering is a step of its own",
    file,
    from: "() => !handle.isReleased && handle.observe()",
    to: "() => handle.observe()",
    fallback: true,
    program: ["Notify", "stored", "await shared", "drop shared"]
  }
]
