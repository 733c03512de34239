/**
 * Faults of Barrier, each with a program in which the explorer must find it.
 */
import type { SeededFault } from "./seededFault.ts"

const file = "Barrier.ts"

export const barrier: ReadonlyArray<SeededFault> = [
  {
    why: "lost wake-up: of those who have arrived one is let go",
    file,
    from: "while ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)",
    to: "if ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)",
    program: ["Barrier", "of 3, one queued", "wait", "wait"]
  },
  {
    why: "lost wake-up: all leave the generation, and one is let go",
    file,
    from: "    while ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)\n",
    to:
      "    if ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)\n    while (this.arrived.shift() !== undefined);\n",
    program: ["Barrier", "of 3, one queued", "wait", "wait"]
  },
  {
    why: "not withdrawn: who was interrupted is counted",
    file,
    from: "    this.queue?.remove(this)\n",
    to: "",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "complete too early: one is missing",
    file,
    from: "this.arrived.size === this.parties - 1",
    to: "this.arrived.size >= this.parties - 2",
    program: ["Barrier", "of 3, one queued", "wait", "wait"]
  },
  {
    why: "complete too late: the last one waits as well",
    file,
    from: "this.arrived.size === this.parties - 1",
    to: "this.arrived.size === this.parties",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "two leaders: who is let go leads as well",
    file,
    from: "Object.freeze({ isLeader: false })",
    to: "Object.freeze({ isLeader: true })",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "no leader",
    file,
    from: "Object.freeze({ isLeader: true })",
    to: "Object.freeze({ isLeader: false })",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "one step in two: the last one has been seen to come, and completes the generation later",
    file,
    from: "if (barrier.complete()) return succeedNow(leader, fiber)\n",
    to: "if (barrier.isLastMissing) {\n"
      + "      return Effect.map(Effect.void, () => succeedNow && barrier.complete() ? leader : leader)\n    }\n",
    program: ["Barrier", "of 2, one queued", "wait", "wait"]
  },
  {
    why: "one step in two: the generation is complete, and its leader learns of it later",
    file,
    from: "if (barrier.complete()) return succeedNow(leader, fiber)\n",
    to: "if (barrier.complete()) return Effect.andThen(Effect.void, succeedNow && Effect.succeed(leader))\n",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "wrong generation: who was let go and is interrupted withdraws one of the next",
    file,
    from: "    barrier.arrived.push(this)\n",
    to: "    barrier.arrived.push(this)\n    this.leave = () => {\n"
      + "      if (this.queue !== undefined) this.queue.remove(this)\n      else barrier.arrived.shift()\n    }\n",
    program: ["Barrier", "of 2, one queued", "wait, wait", "wait, wait"]
  },
  {
    why: "wrong generation: who was let go and is interrupted before it ran takes the barrier apart",
    file,
    from: "    barrier.arrived.push(this)\n",
    to: "    barrier.arrived.push(this)\n    this.leave = () => barrier.arrived.remove(this)\n",
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "let go one after another: who was not reached yet withdraws from a generation that is complete",
    file,
    from: "    while ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)\n",
    to: "    for (arrival = this.arrived.head; arrival !== undefined; arrival = this.arrived.head) {\n"
      + "      this.arrived.remove(arrival)\n      arrival.wake()\n    }\n    void wakeSoon\n",
    program: ["Barrier", "of 3, one queued", "wait", "wait"]
  },
  {
    why: "the last one parks, where that is a step of its own",
    file,
    from: "(fiber) => this.isLastMissing ? undefined : new Arrival(this, fiber)",
    to: "(fiber) => new Arrival(this, fiber)",
    fallback: true,
    program: ["Barrier", "of 2", "wait", "wait"]
  },
  {
    why: "the last one does not see that another one withdrew meanwhile, where delivering is a step of its own",
    file,
    from: "    if (!this.isLastMissing) return false\n",
    to: "",
    fallback: true,
    program: ["Barrier", "of 2", "wait", "wait"]
  }
]
