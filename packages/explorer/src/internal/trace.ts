/**
 * What happened in one execution, step by step. Only executions that are replayed for a report are recorded.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Actor } from "./actor.ts"
import { describe, local, tagOf } from "./labels.ts"

/**
 * Kinds of entries: an operation that ran, a mark, a preemption, an interruption, an event or timer that came from
 * outside, and the end of a fiber.
 *
 * @internal
 */
export type EntryKind = "operation" | "mark" | "preempted" | "interrupted" | "event" | "time" | "ended"

/** @internal */
export interface Entry {
  readonly fiber: string
  readonly kind: EntryKind
  readonly text: string
}

/** @internal */
export class Recorder {
  readonly entries: Array<Entry> = []

  add(fiber: string, kind: EntryKind, text: string): void {
    this.entries.push({ fiber, kind, text })
  }

  operation(actor: Actor, operation: unknown): void {
    if (operation !== undefined && !local.has(tagOf(operation))) this.add(actor.name, "operation", describe(operation))
  }

  preempted(actor: Actor, operation: unknown): void {
    this.add(actor.name, "preempted", operation === undefined ? "" : `before ${describe(operation)}`)
  }

  ended(actor: Actor, exit: Exit.Exit<unknown, unknown>): void {
    const text = Exit.isSuccess(exit)
      ? "done"
      : Cause.hasInterruptsOnly(exit.cause)
      ? "interrupted"
      : `failed: ${String(Cause.squash(exit.cause))}`
    this.add(actor.name, "ended", text)
  }
}
