/** What users of OnceCell rely on; a part of `../table.ts`. */

const cell = "OnceCell.ts"
const counter = "internal/permitCounter.ts"

export const onceCell = [
  {
    id: "ONCE-1",
    says: "At most one initializer runs at a time; one that succeeds fills the cell, and all callers get its value.",
    faults: [
      {
        file: cell,
        from: "new PermitCounter(1)",
        to: "new PermitCounter(2)",
        why: "two initialize at once"
      },
      {
        file: cell,
        from: "this.state = State.done",
        to: "",
        why: "an initializer that fails gives its turn on twice"
      },
      {
        file: cell,
        from: "Effect.onExitPrimitive(init, ",
        to: "Effect.onExitPrimitive(Effect.flatMap(init, Effect.succeed), ",
        why: "the value takes a step to the cell, in which an interruption loses it"
      },
      {
        file: counter,
        from: "while ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {",
        to: "if ((waiter = this.waiters.shift() as typeof waiter) !== undefined) {",
        why: "only the first of those who wait gets the value"
      }
    ]
  },
  {
    id: "ONCE-2",
    says: "Once filled, no initializer runs any more, and whoever asks has the value in one step.",
    faults: [
      {
        file: cell,
        from: "if (Exit.isSuccess(exit)) this.counter.close(exit)",
        to: "if (Exit.isSuccess(exit)) this.counter.release(1)",
        why: "the value is not kept"
      },
      {
        file: cell,
        from: "return canEvaluate ? inThisStep(filled, fiber) : filled",
        to: "return guarded(new Turn(this), fiber)",
        why: "a filled cell is asked as if it were empty"
      }
    ]
  },
  {
    id: "ONCE-3",
    says:
      "After a failure, a defect or an interruption the cell is empty, and the oldest waiter runs its own initializer.",
    faults: [
      {
        file: cell,
        from: "else this.counter.release(1)",
        to: "else if (Exit.hasFails(exit)) this.counter.release(1)",
        why: "an initializer that dies or is interrupted keeps the turn"
      },
      {
        file: cell,
        from: "protected override giveBack(): void {\n    this.counter.release(1)",
        to: "protected override giveBack(): void {",
        why: "who is interrupted just before its initializer begins keeps the turn"
      },
      {
        file: counter,
        from: "counter.release(this.n)\n",
        to: "\n",
        why: "who is interrupted between turn and run keeps the turn"
      },
      {
        file: counter,
        from: "this.waiters.push(waiter)",
        to: "this.waiters.push(waiter); if (this.waiters.size > 1) this.waiters.push(this.waiters.shift()!)",
        why: "the turn does not go to the oldest"
      }
    ]
  },
  {
    id: "ONCE-4",
    says: "An error reaches only the caller whose initializer failed.",
    faults: [{
      file: cell,
      from: "else this.counter.release(1)",
      to: "else if (Exit.hasFails(exit)) this.counter.close(exit)\n    else this.counter.release(1)",
      why: "a failure is kept, for all"
    }]
  },
  {
    id: "ONCE-5",
    says: "Interrupting one who waits changes nothing for the others.",
    faults: [
      {
        file: counter,
        from: "this.queue!.remove(this)",
        to: "",
        why: "who has gone keeps its place, and is given a turn that nobody takes"
      },
      {
        file: counter,
        from: "counter.release(this.n - this.missing)",
        to: "counter.release(this.n)",
        why: "who has gone hands on a turn that it did not have"
      }
    ]
  },
  {
    id: "ONCE-6",
    says: "`set` never waits and never overwrites; during initialization it is refused, and gives the value back.",
    faults: [
      {
        file: cell,
        from: "if (this.initialized) return alreadyInitialized(label, this.description, a)",
        to: "",
        why: "a value that comes too late vanishes in silence"
      },
      {
        file: cell,
        from: "this.counter.free === 0",
        to: "this.counter.free === 0 && this.counter.granted === 0",
        why: "a value slips in between turn and run"
      },
      {
        file: cell,
        from: "!this.initialized && this.counter.free === 0",
        to: "!this.initialized && this.counter.waiters.size > 0",
        why: "a value slips in while an initializer runs for whom nobody waits"
      },
      {
        file: "internal/fill.ts",
        from: "(refusal = cell.tryFill(label, a)) === undefined",
        to: "((refusal = cell.tryFill(label, a)), true)",
        why: "a refused value seems to have been set"
      }
    ]
  },
  {
    id: "ONCE-7",
    says: "There is no value to be seen during initialization.",
    faults: [{
      file: cell,
      from: "return this.filled !== undefined",
      to: "return this.filled !== undefined || this.counter.free === 0",
      why: "the cell seems to be initialized as soon as somebody begins"
    }]
  }
]
