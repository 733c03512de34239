/**
 * Who takes part in an execution: the fibers of the program, those that they fork, and events.
 *
 * @internal
 */
import type * as Fiber from "effect/Fiber"
import { Actor, FiberName } from "./actor.ts"

/** @internal */
export class Cast {
  readonly actors: Array<Actor> = []
  /** The actor whose fiber is about to run its first operation. */
  starting: Actor | undefined = undefined
  /** Whose operation it is, or was last. */
  current: Actor | undefined = undefined
  private readonly byFiber = new Map<Fiber.Fiber<any, any>, Actor>()
  private readonly children = new Map<string, number>()
  private readonly victims: ReadonlySet<string> | undefined
  private readonly onChild: (child: Actor, fiber: Fiber.Fiber<any, any>) => void

  /**
   * @param victims names, or `undefined` for the fibers of the program
   * @param onChild called with a fiber that a fiber forked, before its first operation
   */
  constructor(
    victims: ReadonlySet<string> | undefined,
    onChild: (child: Actor, fiber: Fiber.Fiber<any, any>) => void
  ) {
    this.victims = victims
    this.onChild = onChild
  }

  /** A fiber of the program. */
  addFiber(name: string): Actor {
    return this.add(name, true, this.victims?.has(name) ?? true)
  }

  /** What happens comes from outside, and nobody interrupts it. */
  addEvent(name: string): Actor {
    return this.add(name, true, false)
  }

  private add(name: string, isRoot: boolean, isVictim: boolean): Actor {
    const actor = new Actor(this.actors.length, name, isRoot, isVictim)
    this.actors.push(actor)
    return actor
  }

  bind(actor: Actor, fiber: Fiber.Fiber<any, any>): void {
    actor.fiber = fiber
    this.byFiber.set(fiber, actor)
  }

  actorOf(fiber: Fiber.Fiber<any, any>): Actor {
    // Most operations are of the fiber that ran the one before.
    const last = this.current
    if (last !== undefined && last.fiber === fiber) return last
    return this.current = this.byFiber.get(fiber) ?? this.introduce(fiber)
  }

  private introduce(fiber: Fiber.Fiber<any, any>): Actor {
    const { starting } = this
    if (starting !== undefined) {
      this.starting = undefined
      this.bind(starting, fiber)
      return starting
    }
    const parent = fiber.getRef(FiberName)
    const number = (this.children.get(parent) ?? 0) + 1
    this.children.set(parent, number)
    const name = `${parent}.${number}`
    const child = this.add(name, false, this.victims?.has(name) ?? false)
    this.bind(child, fiber)
    this.onChild(child, fiber)
    return child
  }
}
