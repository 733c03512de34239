/** What users of SetOnce rely on; a part of `../table.ts`. */

const once = "SetOnce.ts"

const release = "for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {\n" +
  "      waiter.state = State.granted\n      wakeSoon(waiter)\n    }"

export const setOnce = [
  {
    id: "SET-1",
    says: "One `set` wins; every other gets its value back.",
    faults: [
      {
        file: once,
        from: "if (this.initialized) return alreadyInitialized(label, this.description, a)",
        to: "",
        why: "the last one wins"
      },
      {
        file: once,
        from: "wakeSoon(waiter)",
        to: "waiter.wake()",
        why: "who waits runs on the stack of who sets"
      },
      {
        file: "internal/fill.ts",
        from: "(refusal = cell.tryFill(label, a)) === undefined",
        to: "((refusal = cell.tryFill(label, a)), true)",
        why: "a refused value seems to have been set"
      },
      {
        file: "internal/fill.ts",
        from: "return deliver(",
        to: "if (cell.tryFill(label, a) === undefined) return Effect.void\n    return deliver(",
        why: "it has set, and is interrupted before it can tell"
      }
    ]
  },
  {
    id: "SET-2",
    says: "Whoever waits, before or after `set`, gets the value; nobody is missed.",
    faults: [
      {
        file: once,
        from: "waiter !== undefined; waiter = this.waiters.shift()) {",
        to: "waiter !== undefined; waiter = undefined) {",
        why: "only the first is released"
      },
      {
        file: once,
        from: `this.filled = Exit.succeed(a) as Exit.Success<A>\n    ${release}`,
        to: `${
          release.replace("wakeSoon(waiter)", "waiter.wake()")
        }\n    this.filled = Exit.succeed(a) as Exit.Success<A>`,
        why: "who is woken finds no value yet"
      },
      {
        file: once,
        from: "once.waiters.push(this)",
        to: "once.waiters.push(this); if (once.waiters.size > 1) once.waiters.push(once.waiters.shift()!)",
        why: "they are released in another order"
      },
      {
        file: once,
        from: "this.queue?.remove(this)",
        to: "",
        why: "who has gone is still counted and released"
      }
    ]
  }
]
