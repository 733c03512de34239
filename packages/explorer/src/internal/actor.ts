/**
 * A fiber as the explorer knows it: by name and index, from before it begins until after it has ended.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

/**
 * The name of a fiber of the program. Fibers it forks inherit it, and are told apart by a number.
 *
 * @internal
 */
export const FiberName = Context.Reference<string>("@effect-sync/explorer/FiberName", { defaultValue: () => "?" })

/** A task that some dispatcher was asked to run. */
export interface Task {
  readonly run: () => void
  readonly dispatcher: number
  readonly priority: number
  /** The fiber that it starts or lets go on after a yield, if it does nothing else; `undefined` if it may do anything. */
  readonly resumes: Actor | undefined
  /** Tasks are numbered in the order in which they come. */
  readonly number: number
  /** It does not run before those tasks that have this number at most. */
  readonly behind: number
  /** Whether it lets a fiber go on that yielded of its own accord. */
  readonly yielded: boolean
  /** With which others of its dispatcher it was taken out, `Infinity` as long as that has not begun. */
  batch: number
}

/** @internal */
export class Actor {
  readonly index: number
  readonly name: string
  /** Whether it is one of the program's own fibers, or an event. */
  readonly isRoot: boolean
  /** Whether it may be interrupted from outside. */
  readonly isVictim: boolean
  /** `undefined` until it begins. */
  fiber: Fiber.Fiber<any, any> | undefined = undefined
  exit: Exit.Exit<any, any> | undefined = undefined
  interrupted = false
  /** How often it has begun to run: once, and once more after each suspension. */
  slices = 0

  /** Whether it has done anything that could matter to others. */
  acted = false
  /** The pending task that lets it go on after a yield. */
  resumption: Task | undefined = undefined
  /** How many tasks there had been when it last yielded of its own accord. */
  yieldedAt = 0
  /** The operation that runs its body, of the frame around it. */
  frame: unknown = undefined
  /** Its exit, once nothing is left to do: the operation that returns it is of the frame around it, not of the program. */
  final: unknown = undefined
  /** The operation it ran last, and so where it is parked. */
  last: unknown = undefined

  constructor(index: number, name: string, isRoot: boolean, isVictim: boolean) {
    this.index = index
    this.name = name
    this.isRoot = isRoot
    this.isVictim = isVictim
  }
}
