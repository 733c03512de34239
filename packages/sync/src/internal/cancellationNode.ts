/**
 * The tree of cancellation flags.
 *
 * A node is a flag, those who wait for it, and its living children. Cancelling goes down, and only down.
 *
 * - **The whole subtree is flagged before anybody learns of it**, so whoever runs then, in whatever order, sees every
 *   descendant cancelled.
 * - A cancelled subtree falls apart: a flag never goes back, so nothing can come down an edge any more, and the edges
 *   would only keep nodes in memory. Hence the invariant **a node in a tree is not cancelled**, and a flag is set once.
 * - A node that is detached hands its children to its parent, so that a cancellation from above still reaches them. A
 *   living node therefore never hangs below a detached one.
 * - Nothing recurses: a chain may be a hundred thousand nodes deep.
 *
 * Guarded by `test/CancellationToken.test.ts` (CT-1 … CT-9), `.model.test.ts` and `.stress.test.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { Operation } from "./operation.ts"
import { wakeSoon } from "./readyQueue.ts"
import { guarded, State, Waiter, WaitQueue } from "./waitQueue.ts"

/** @internal */
export class CancellationNode {
  cancelled = false
  readonly waiters = new WaitQueue()
  private parent: CancellationNode | undefined = undefined
  private children: Set<CancellationNode> | undefined = undefined
  /** Whether it has left its tree on its own, and takes part in none any more. */
  private detached = false
  private listeners: Set<() => void> | undefined = undefined

  get childCount(): number {
    return this.children?.size ?? 0
  }

  /** A new node, below this one where a cancellation could still come from here. */
  child(): CancellationNode {
    const child = new CancellationNode()
    if (this.cancelled) child.cancelled = true
    else if (!this.detached) this.adopt(child)
    return child
  }

  private adopt(child: CancellationNode): void {
    child.parent = this
    this.children ??= new Set()
    this.children.add(child)
  }

  /** Leaves the tree for good. Those below move up; below a root they are roots from now on. */
  detach(): void {
    this.detached = true
    const { children, parent } = this
    this.parent = this.children = undefined
    parent?.children!.delete(this)
    if (children === undefined) return
    for (const child of children) {
      child.parent = undefined
      parent?.adopt(child)
    }
  }

  /** Cancels it and all below. Runs no fiber on this stack. */
  cancel(): void {
    if (this.cancelled) return
    this.parent?.children!.delete(this)
    const subtree: Array<CancellationNode> = [this]
    for (const node of subtree) { // which grows meanwhile
      node.cancelled = true
      for (const child of node.children ?? []) subtree.push(child)
      node.parent = node.children = undefined
    }
    // Those below go first: what is built on something ends before it. tokio does the same, and promises as little.
    for (let i = subtree.length - 1; i >= 0; i--) subtree[i]!.wakeWaiters()
    // Listeners are somebody else's code and may call anything here, so they come when all is settled.
    for (let i = subtree.length - 1; i >= 0; i--) subtree[i]!.tellListeners()
  }

  private wakeWaiters(): void {
    let waiter: Waiter<any, any, any> | undefined
    while ((waiter = this.waiters.shift()) !== undefined) {
      waiter.state = State.granted
      wakeSoon(waiter)
    }
  }

  /** Calls a function once, within `cancel`. Gives how to take that back. Only while it is not cancelled. */
  listen(listener: () => void): () => void {
    this.listeners ??= new Set()
    this.listeners.add(listener)
    return () => {
      this.listeners?.delete(listener)
    }
  }

  private tellListeners(): void {
    // The live set: a listener may take another one back, which then must not be called any more.
    for (const listener of this.listeners ?? []) listener()
    this.listeners = undefined
  }
}

/**
 * Waits until a node is cancelled.
 *
 * @internal
 */
export class Cancelled extends Operation<void> {
  declare readonly node: CancellationNode

  constructor(node: CancellationNode) {
    super()
    this.node = node
  }

  override get label(): string {
    return "CancellationToken.cancelled"
  }

  override run(fiber: Fiber.Fiber<any, any>): Effect.Effect<void> {
    return this.node.cancelled ? Effect.void : guarded(new CancelledWaiter(this.node), fiber)
  }
}

class CancelledWaiter extends Waiter<void> {
  declare readonly node: CancellationNode

  constructor(node: CancellationNode) {
    super()
    this.node = node
  }

  override get label(): string {
    return "CancellationToken.cancelled"
  }

  protected override arrive(): Effect.Effect<void> | undefined {
    if (this.node.cancelled) return Effect.void
    this.state = State.waiting
    this.node.waiters.push(this)
    return undefined
  }

  protected override outcome(): Effect.Effect<void> {
    return Effect.void
  }

  override leave(): void {
    this.queue?.remove(this) // the node's, or the ready queue
  }
}
