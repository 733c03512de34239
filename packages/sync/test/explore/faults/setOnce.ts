/**
 * Faults of SetOnce, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "SetOnce.ts"
const queue = "internal/waitQueue.ts"

const loop = "    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {\n"

export const setOnce: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: who waits does not learn of the value",
    file,
    from: "      wakeSoon(waiter)\n",
    to: "",
    program: ["SetOnce", "waiting", "set", "get"]
  },
  {
    why: "lost wake-up: only the first who waits is released",
    file,
    from: loop,
    to: "    const first = this.waiters.shift()\n    for (const waiter of first === undefined ? [] : [first]) {\n",
    program: ["SetOnce", "waiting", "wait", "set"]
  },
  {
    why: "lost wake-up: asked in one step, registered in the next, and the value came in between",
    file,
    from: "    if (once.filled !== undefined) return once.filled //",
    to: "    //",
    fallback: true,
    program: ["SetOnce", "empty", "wait", "set"]
  },
  {
    why: "lost wake-up: the value came between queueing and parking",
    file: queue,
    from: "    if (this.state !== State.waiting) this.wake()\n",
    to: "",
    fallback: true,
    program: ["SetOnce", "empty", "wait", "set"]
  },
  {
    why: "woken before the value is there",
    file,
    from: "    this.filled = Exit.succeed(a) as Exit.Success<A>\n" + loop + "      waiter.state = State.granted\n"
      + "      wakeSoon(waiter)\n    }\n",
    to: loop + "      waiter.state = State.granted\n      waiter.wake()\n    }\n"
      + "    this.filled = Exit.succeed(a) as Exit.Success<A>\n    void wakeSoon\n",
    program: ["SetOnce", "waiting", "set", "get"]
  },
  {
    why: "waiter not unlinked: who was interrupted is still counted, and woken",
    file,
    from: "    this.queue?.remove(this)\n",
    to: "",
    program: ["SetOnce", "waiting", "get", "get"]
  },
  {
    why: "a broken list: with one who leaves, those behind are lost",
    file: queue,
    from: "    if (previous === undefined) this.head = next\n",
    to: "    if (previous === undefined) this.head = undefined\n",
    program: ["SetOnce", "waiting", "wait", "set"]
  },
  {
    why: "order broken: who has waited longest is released last",
    file,
    from: loop,
    to: "    const all: Array<Waiter<any, any, any>> = []\n"
      + "    for (let w = this.waiters.shift(); w !== undefined; w = this.waiters.shift()) all.unshift(w)\n"
      + "    for (const waiter of all) {\n",
    program: ["SetOnce", "waiting", "wait", "set"]
  },
  {
    why: "a second set is not refused",
    file,
    from: "    if (this.initialized) return alreadyInitialized(label, this.description, a)\n",
    to: "",
    program: ["SetOnce", "empty", "set", "set"]
  },
  {
    why: "set decides in one step and sets in the next",
    file,
    from: "    return fill(this, \"SetOnce.set\", a)",
    to: "    return Effect.flatMap(\n"
      + "      Effect.sync(() => this.initialized),\n"
      + "      (is) => is ? fill(this, \"SetOnce.set\", a) : Effect.sync(() => this.setTo(a))\n"
      + "    )",
    program: ["SetOnce", "empty", "set", "set"]
  },
  {
    why: "set delivers its success in a step of its own: an interruption says it is not set, and it is",
    file: "internal/fill.ts",
    from: "() => (refusal = cell.tryFill(label, a)) === undefined,\n      () => undefined,\n"
      + "      Effect.suspend(() => Effect.fail(refusal!))",
    to: "() => (refusal = cell.tryFill(label, a)) === undefined && refusal !== undefined,\n      () => undefined,\n"
      + "      Effect.suspend(() => refusal === undefined ? Effect.void : Effect.fail(refusal))",
    program: ["SetOnce", "empty", "set", "get"]
  },
  {
    why: "set releases those who wait a step after the value is there",
    file,
    from: "    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {\n"
      + "      waiter.state = State.granted\n      wakeSoon(waiter)\n    }\n",
    to: "    Effect.runFork(Effect.andThen(Effect.yieldNow, Effect.sync(() => {\n" + loop
      + "        waiter.state = State.granted\n        wakeSoon(waiter)\n      }\n    })))\n",
    program: ["SetOnce", "waiting", "set", "get"]
  },
  {
    why: "get answers with what was there a step before",
    file,
    from: "    return Effect.sync(() => this.value)\n",
    to: "    return Effect.flatMap(Effect.sync(() => this.value), (value) => Effect.sync(() => value))\n",
    program: ["SetOnce", "empty", "set", "get"]
  }
]
