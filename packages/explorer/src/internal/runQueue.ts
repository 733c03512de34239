/**
 * The tasks that dispatchers were asked to run, and which of them may run next.
 *
 * @internal
 */
import type { Actor, Task } from "./actor.ts"

/** @internal */
export class RunQueue {
  /** In the order of their numbers. */
  private readonly tasks: Array<Task> = []
  private added = 0
  private batches = 0
  private readonly fifo: boolean

  constructor(order: "any" | "fifo") {
    this.fifo = order === "fifo"
  }

  get length(): number {
    return this.tasks.length
  }

  /** The number of the task that came last. */
  get last(): number {
    return this.added
  }

  /** Whether there are only fibers that yielded of their own accord. */
  get isIdle(): boolean {
    return this.tasks.every(({ yielded }) => yielded)
  }

  at(index: number): Task | undefined {
    return this.tasks[index]
  }

  add(
    run: () => void,
    dispatcher: number,
    priority: number,
    resumes: Actor | undefined,
    behind: number = 0,
    yielded: boolean = false
  ): Task {
    const task = { run, dispatcher, priority, resumes, number: ++this.added, behind, yielded, batch: Infinity }
    this.tasks.push(task)
    return task
  }

  take(index: number): Task {
    const task = this.tasks[index]!
    // A dispatcher takes out all it has, and what comes while these run waits for the next time.
    if (this.fifo && task.batch === Infinity) {
      const batch = this.batches++
      for (const other of this.tasks) if (other.dispatcher === task.dispatcher) other.batch = batch
    }
    this.tasks.splice(index, 1)
    return task
  }

  remove(task: Task): void {
    const index = this.tasks.indexOf(task)
    if (index >= 0) this.tasks.splice(index, 1)
  }

  /**
   * Whether the task with that index may run next, as if `except` were not there. Of all others there is always one.
   */
  mayRun(index: number, except: Task | undefined): boolean {
    const task = this.tasks[index]!
    if (task === except) return false
    // The first is the one that has waited longest. Of its own dispatcher another may have to go before it.
    const first = this.tasks[0]!
    if (first.number <= task.behind && !(this.fifo && first.dispatcher === task.dispatcher)) return false
    return !this.fifo || !this.tasks.some((other) => other !== except && precedes(other, task))
  }
}

const precedes = (a: Task, b: Task): boolean =>
  a.dispatcher === b.dispatcher && (a.batch - b.batch || a.priority - b.priority || a.number - b.number) < 0
