/**
 * Which executions are run, and in which order.
 *
 * @internal
 */
import { type Choice, type Chooser, type Decided, indexOf, Kind, kindOf } from "./choices.ts"
import { Nondeterminism } from "./failure.ts"
import { randomFrom } from "./random.ts"
import type { Settings } from "./settings.ts"

/** What a strategy learns from an execution it chose. */
export interface Ran {
  readonly preemptions: number
  readonly position: number
  readonly bounded: boolean
  readonly untouched: ReadonlyArray<number>
}

/** @internal */
export interface Strategy extends Chooser {
  /** How many preemptions the next execution may have. */
  readonly bound: number
  /** Whether the execution just run is one that was not run before. */
  isNew(ran: Ran): boolean
  /** Goes on to the next execution, if there is one. */
  advance(ran: Ran): boolean
}

interface Node {
  readonly count: number
  readonly fingerprint: number
  /** Whether the second option is to yield. */
  readonly yields: boolean
  index: number
  /** The step that was not stopped touched nothing: to stop before it changes nothing. */
  untouched: boolean
}

/**
 * Every execution once, by running the program anew for each: the choices of the last execution up to the deepest that
 * has an alternative, then that, then the defaults.
 *
 * Executions with fewer preemptions come first (iterative context bounding; Musuvathi and Qadeer, CHESS, 2007), so the
 * first failure is a simple one. To go from one bound to the next the tree is searched again; executions with fewer
 * preemptions are run but not counted again.
 *
 * @internal
 */
export class DepthFirst implements Strategy {
  bound: number
  private readonly bounds: Array<number>
  private previous = -1
  private bounded = false
  private readonly path: Array<Node> = []
  private depth = 0
  private readonly reduces: boolean

  constructor({ preemptionBound, reduce }: Settings) {
    // Without a bound there is nothing to iterate over, but the simple ones still come first.
    this.bounds = preemptionBound === Infinity
      ? [0, 1, 2, Infinity]
      : Array.from({ length: preemptionBound + 1 }, (_, i) => i)
    this.bound = this.bounds.shift()!
    this.reduces = reduce
  }

  begin(): void {
    this.depth = 0
  }

  choose(_position: number, options: ReadonlyArray<Choice>, count: number, fingerprint: number): number {
    const node = this.path[this.depth++]
    if (node === undefined) {
      const yields = kindOf(options[0]!) === Kind.goOn && kindOf(options[1]!) === Kind.yield
      this.path.push({ count, fingerprint, yields, index: 0, untouched: false })
      return 0
    }
    if (node.count !== count || node.fingerprint !== fingerprint) {
      throw new Nondeterminism(
        `decision ${this.depth} was among ${node.count} choices, and is among ${count}${
          node.count === count ? ", after other operations" : ""
        }`
      )
    }
    return node.index
  }

  end(): void {
    if (this.depth >= this.path.length) return
    throw new Nondeterminism(`there were ${this.path.length} decisions at least, and are ${this.depth}`)
  }

  isNew({ preemptions }: Ran): boolean {
    return preemptions > this.previous
  }

  advance({ bounded, untouched }: Ran): boolean {
    if (bounded) this.bounded = true
    if (this.reduces) { for (const k of untouched) this.path[k]!.untouched = true }
    const { path } = this
    path.length = this.depth
    while (path.length > 0) {
      const node = path[path.length - 1]!
      node.index++
      if (node.index === 1 && node.yields && node.untouched) node.index++
      if (node.index < node.count) return true
      path.pop()
    }
    return this.raiseBound()
  }

  private raiseBound(): boolean {
    if (!this.bounded || this.bounds.length === 0) return false
    this.bounded = false
    this.previous = this.bound
    this.bound = this.bounds.shift()!
    return true
  }
}

/** The chances with which a random walk stops a fiber at a point: seldom in long programs, often in short ones. */
const stopping = [0.02, 0.1, 0.5] as const

/**
 * At each position any choice, but at points more or less seldom, as is drawn for each execution (swarm testing; Groce and
 * others, 2012): nobody knows how long the program is and how many preemptions a bug needs.
 *
 * @internal
 */
export class RandomWalk implements Strategy {
  readonly bound: number
  private readonly random: () => number
  private stopping = 0

  constructor({ preemptionBound, seed }: Settings) {
    this.bound = preemptionBound
    this.random = randomFrom(seed)
  }

  begin(): void {
    this.stopping = stopping[Math.floor(this.random() * stopping.length)]!
  }

  choose(_position: number, options: ReadonlyArray<Choice>, count: number): number {
    if (kindOf(options[0]!) !== Kind.goOn) return Math.floor(this.random() * count)
    return this.random() < this.stopping ? 1 + Math.floor(this.random() * (count - 1)) : 0
  }

  isNew(): boolean {
    return true
  }

  advance(): boolean {
    return true
  }
}

/**
 * Probabilistic concurrency testing (Burckhardt and others, 2010): fibers have random priorities, the highest runs, and at
 * `depth - 1` random positions the running one is put last. It finds a bug of depth d among n fibers and k steps with a
 * chance of at least 1 / (n · k^(d−1)). What comes from outside (interruptions, events) comes at random positions too.
 *
 * @internal
 */
export class Priorities implements Strategy {
  readonly bound: number
  private readonly random: () => number
  private readonly changes: number
  private length = 50
  private execution: Decided | undefined
  private changeAt = new Set<number>()
  private outsideAt = 0
  private lowest = 0
  private readonly priorities = new Map<number, number>()

  constructor({ depth, preemptionBound, seed }: Settings) {
    this.bound = preemptionBound
    this.random = randomFrom(seed)
    this.changes = depth - 1
  }

  private somewhere(): number {
    return Math.floor(this.random() * this.length)
  }

  begin(execution: Decided): void {
    this.execution = execution
    this.changeAt = new Set(Array.from({ length: this.changes }, () => this.somewhere()))
    this.outsideAt = this.somewhere()
    this.lowest = 0
    this.priorities.clear()
  }

  choose(position: number, options: ReadonlyArray<Choice>, count: number): number {
    if (position >= this.outsideAt) {
      const outside: Array<number> = []
      for (let i = 0; i < count; i++) {
        const kind = kindOf(options[i]!)
        if (kind === Kind.interrupt || kind === Kind.event) outside.push(i)
      }
      if (outside.length > 0) {
        this.outsideAt = position + 1 + this.somewhere()
        return outside[Math.floor(this.random() * outside.length)]!
      }
    }
    if (kindOf(options[0]!) === Kind.goOn) {
      if (!this.changeAt.has(position) || kindOf(options[1]!) !== Kind.yield) return 0
      const running = this.execution!.running
      if (running !== undefined) this.priorities.set(running.index, --this.lowest)
      return 1
    }
    return this.highest(options, count)
  }

  private highest(options: ReadonlyArray<Choice>, count: number): number {
    let best = 0
    let highest = -Infinity
    for (let i = 0; i < count; i++) {
      const kind = kindOf(options[i]!)
      if (kind !== Kind.task && kind !== Kind.timer) continue
      const fiber = kind === Kind.task ? this.execution!.resumedBy(indexOf(options[i]!))?.index : undefined
      const priority = fiber === undefined ? this.random() : this.priorityOf(fiber)
      if (priority > highest) {
        highest = priority
        best = i
      }
    }
    return best
  }

  private priorityOf(fiber: number): number {
    let priority = this.priorities.get(fiber)
    if (priority === undefined) this.priorities.set(fiber, priority = this.random())
    return priority
  }

  isNew(): boolean {
    return true
  }

  advance({ position }: Ran): boolean {
    this.length = Math.max(10, position)
    return true
  }
}

/** @internal */
export const strategyOf = (settings: Settings): Strategy => {
  if (settings.strategy === "random") return new RandomWalk(settings)
  return settings.strategy === "pct" ? new Priorities(settings) : new DepthFirst(settings)
}
