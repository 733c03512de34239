/** What users of a Barrier rely on. See `../table.ts`. */

const file = "Barrier.ts"

export const barrier = [
  {
    id: "BAR-1",
    says: "Nobody goes on before all parties of the generation have come.",
    faults: [
      {
        file,
        from: "this.arrived.size === this.parties - 1",
        to: "this.arrived.size >= this.parties - 2",
        why: "one may be missing"
      },
      {
        file,
        from: "return new BarrierImpl(Math.max(parties, 1), name)",
        to: "return new BarrierImpl(Math.max(parties, 1) + 1, name)",
        why: "all have come, and wait for one more"
      }
    ]
  },
  {
    id: "BAR-2",
    says: "Exactly one of every generation leads.",
    faults: [
      { file, from: "Object.freeze({ isLeader: false })", to: "Object.freeze({ isLeader: true })", why: "all lead" },
      { file, from: "Object.freeze({ isLeader: true })", to: "Object.freeze({ isLeader: false })", why: "nobody leads" }
    ]
  },
  {
    id: "BAR-3",
    says: "Who comes again belongs to the next generation, even before the slow of the last have run.",
    faults: [
      {
        file,
        from: "while ((arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)",
        to: "while (this.arrived.size > 1 && (arrival = this.arrived.shift()) !== undefined) wakeSoon(arrival)",
        why: "one of the last generation counts as come in the next"
      },
      {
        file,
        from: "wakeSoon(arrival)",
        to: "arrival.wake()",
        why: "those who are let go run at once, in the middle of the step of the last to come"
      }
    ]
  },
  {
    id: "BAR-4",
    says: "With 0 or 1 parties every call returns at once, as leader.",
    faults: [{ file, from: "Math.max(parties, 1)", to: "parties", why: "with 0 parties everybody waits for ever" }]
  },
  {
    id: "BAR-5",
    says: "An interrupted wait takes its arrival back while the generation is incomplete; afterwards it stands.",
    faults: [
      {
        file,
        from: "this.queue?.remove(this)",
        to: "",
        why: "an arrival stays counted though its fiber is gone, as in tokio"
      },
      {
        file: "internal/step.ts",
        from: "this.leavable.leave()",
        to: "",
        why: "nobody is told that a fiber was interrupted"
      },
      {
        file,
        from: "this.queue?.remove(this)",
        to: "this.queue === this.request.barrier.arrived ? this.queue.shift() : this.queue?.remove(this)",
        why: "the first to come goes in place of the one that is interrupted, and waits for ever"
      }
    ]
  },
  {
    id: "BAR-6",
    says: "No order is promised among those who are let go: nothing to break.",
    faults: []
  }
]
