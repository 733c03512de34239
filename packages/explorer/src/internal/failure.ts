/**
 * Why an execution is a finding.
 *
 * @internal
 */
import type { Actor } from "./actor.ts"

/** Why an execution is a finding. */
export type Failure =
  | { readonly kind: "invariant"; readonly error: unknown }
  | { readonly kind: "check"; readonly error: unknown }
  | { readonly kind: "task"; readonly error: unknown }
  | { readonly kind: "defect"; readonly fiber: Actor; readonly error: unknown }
  | { readonly kind: "deadlock"; readonly waiting: ReadonlyArray<Actor> }
  | { readonly kind: "livelock"; readonly running: ReadonlyArray<Actor> }
  | { readonly kind: "nondeterminism"; readonly text: string }

/** What a chooser throws when the program did something else than on the same way before. */
export class Nondeterminism extends Error {}
