/**
 * Faults of OnceCell, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "OnceCell.ts"
const counter = "internal/permitCounter.ts"
const filling = "internal/fill.ts"
const queue = "internal/waitQueue.ts"

export const onceCell: ReadonlyArray<SeededFault> = [
  {
    why: "two initializers: having the turn does not keep others from it",
    file: counter,
    from: "    this.free -= n\n    return true\n",
    to: "    return true\n",
    program: ["OnceCell", "empty", "getOrInit", "getOrInit that fails"]
  },
  {
    why: "two initializers: a turn that was handed on after a failure is given back as well",
    file,
    from: "      this.state = State.done\n",
    to: "",
    program: ["OnceCell", "initializing in vain", "getOrInit that fails", "getOrInit that fails"]
  },
  {
    why: "two initializers: one that runs in a fiber apart is interrupted, and nobody waits for its finalizers",
    file,
    from: "    return Effect.onExitPrimitive(init, (exit) => {",
    to: "    const join = (fiber: Fiber.Fiber<A, E>) =>\n"
      + "      Effect.callback<A, E>((resume) => void fiber.addObserver((exit) => resume(exit)))\n"
      + "    return Effect.onExitPrimitive(Effect.flatMap(Effect.forkChild(init), join), (exit) => {",
    program: ["OnceCell", "empty", "getOrInit that fails", "getOrInit that fails"]
  },
  {
    why: "two turns: who is interrupted between having it and its initializer gives back one too many",
    file,
    from: "  protected override giveBack(): void {\n    this.counter.release(1)\n",
    to: "  protected override giveBack(): void {\n    this.counter.release(2)\n",
    program: ["OnceCell", "empty", "getOrInit", "getOrInit"]
  },
  {
    why: "lost turn: a failure does not hand it on",
    file,
    from: "    else this.counter.release(1)\n",
    to: "",
    program: ["OnceCell", "initializing in vain", "getOrInit", "getOrInit"]
  },
  {
    why: "lost turn: who is interrupted between having it and its initializer keeps it",
    file,
    from: "  protected override giveBack(): void {\n    this.counter.release(1)\n",
    to: "  protected override giveBack(): void {\n",
    program: ["OnceCell", "initializing in vain", "getOrInit", "getOrInit"]
  },
  {
    why: "lost turn: who is interrupted between being granted it and running keeps it",
    file: counter,
    from: "        counter.release(this.n)\n",
    to: "",
    program: ["OnceCell", "queued in vain", "getOrInit", "get"]
  },
  {
    why: "lost turn: it is granted to one who was interrupted and has left",
    file: counter,
    from: "        this.queue!.remove(this)\n",
    to: "",
    program: ["OnceCell", "queued in vain", "getOrInit", "set"]
  },
  {
    why: "lost wake-up: who is next does not learn of it",
    file: counter,
    from: "      wakeSoon(head)\n",
    to: "",
    program: ["OnceCell", "initializing in vain", "getOrInit", "get"]
  },
  {
    why: "lost wake-up: who waits does not learn of the value",
    file: counter,
    from: "      wakeSoon(waiter)\n",
    to: "",
    program: ["OnceCell", "initializing", "getOrInit", "get"]
  },
  {
    why: "lost wake-up: only the first who waits gets the value",
    file: counter,
    from: "while ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {",
    to: "if ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {",
    program: ["OnceCell", "initializing", "getOrInit", "getOrInit"]
  },
  {
    why: "lost wake-up: the value came between queueing and parking",
    file: queue,
    from: "    if (this.state !== State.waiting) this.wake()\n",
    to: "",
    fallback: true,
    program: ["OnceCell", "initializing", "getOrInit", "get"]
  },
  {
    why: "lost wake-up: asked in one step, registered in the next, and the value came in between",
    file: counter,
    from: "    const answer = this.counter.closed ?? this.instead()\n",
    to: "    const answer = this.instead()\n",
    fallback: true,
    program: ["OnceCell", "empty", "getOrInit", "getOrInit"]
  },
  {
    why: "asked in one step, taken in the next: an initializer runs though the cell was set in between",
    file: counter,
    from: "    if (n > this.free || this.closed !== undefined) return false\n",
    to: "    if (n > this.free) return false\n",
    fallback: true,
    program: ["OnceCell", "empty", "getOrInit", "set"]
  },
  {
    why: "filled a step late: who is interrupted then has made a value that nobody gets",
    file,
    from: "    return Effect.onExitPrimitive(init, (exit) => {",
    to: "    return Effect.onExitPrimitive(Effect.flatMap(init, (a) => Effect.succeed(a)), (exit) => {",
    program: ["OnceCell", "empty", "getOrInit", "get"]
  },
  {
    why: "filled after those who wait were told to go on",
    file,
    from: "    if (Exit.isSuccess(exit)) this.counter.close(exit)\n    else this.counter.release(1)\n",
    to:
      "    this.counter.release(1)\n    if (Exit.isSuccess(exit) && this.counter.granted === 0) this.counter.close(exit)\n",
    program: ["OnceCell", "initializing", "getOrInit", "get"]
  },
  {
    why: "a failure is kept, and given to others",
    file,
    from: "    if (Exit.isSuccess(exit)) this.counter.close(exit)\n",
    to: "    if (!Exit.hasInterrupts(exit)) this.counter.close(exit)\n",
    program: ["OnceCell", "empty", "getOrInit", "getOrInit that fails"]
  },
  {
    why: "order broken: the turn goes to whoever came last",
    file: counter,
    from: "    this.waiters.push(waiter)\n",
    to: "    const all = [waiter]\n    for (let w; (w = this.waiters.shift()); ) all.push(w as any)\n"
      + "    for (const w of all) this.waiters.push(w)\n",
    program: ["OnceCell", "queued in vain", "getOrInit", "get"]
  },
  {
    why: "order broken: the value comes to the last first",
    file: counter,
    from: "    while ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {",
    to: "    const all: Array<typeof waiter> = []\n"
      + "    while ((waiter = this.waiters.shift() as typeof waiter) !== undefined) all.unshift(waiter)\n"
      + "    while ((waiter = all.shift()) !== undefined) {",
    program: ["OnceCell", "queued", "getOrInit", "getOrInit"]
  },
  {
    why: "set comes in while an initializer runs",
    file,
    from: "    if (this.initializing) {\n",
    to: "    if (this.initializing && this.counter.free > 0) {\n",
    program: ["OnceCell", "initializing", "set", "get"]
  },
  {
    why: "set overtakes one who has been granted the turn and has not run yet",
    file,
    from: "    return !this.initialized && this.counter.free === 0\n",
    to: "    return !this.initialized && this.counter.free === 0 && this.counter.granted === 0\n",
    program: ["OnceCell", "queued in vain", "set", "get"]
  },
  {
    why: "a second set is not refused",
    file,
    from: "    if (this.initialized) return alreadyInitialized(label, this.description, a)\n    if (this.initializing)",
    to: "    if (this.initializing)",
    program: ["OnceCell", "empty", "set", "set"]
  },
  {
    why: "set decides in one step and sets in the next",
    file,
    from: "    return fill(this, \"OnceCell.set\", a)",
    to: "    return Effect.flatMap(\n"
      + "      Effect.sync(() => this.initialized || this.initializing),\n"
      + "      (no) => no ? fill(this, \"OnceCell.set\", a) : Effect.sync(() => this.counter.close(Exit.succeed(a)))\n"
      + "    )",
    program: ["OnceCell", "empty", "getOrInit", "set"]
  },
  {
    why: "set delivers its success in a step of its own: an interruption says it is not set, and it is",
    file: filling,
    from: "() => (refusal = cell.tryFill(label, a)) === undefined,\n      () => undefined,\n"
      + "      Effect.suspend(() => Effect.fail(refusal!))",
    to: "() => (refusal = cell.tryFill(label, a)) === undefined && refusal !== undefined,\n      () => undefined,\n"
      + "      Effect.suspend(() => refusal === undefined ? Effect.void : Effect.fail(refusal))",
    program: ["OnceCell", "empty", "set", "get"]
  },
  {
    why: "get answers with what was there a step before",
    file,
    from: "    return Effect.sync(() => this.value)\n",
    to: "    return Effect.flatMap(Effect.sync(() => this.value), (value) => Effect.sync(() => value))\n",
    program: ["OnceCell", "empty", "getOrInit", "get"]
  }
]
