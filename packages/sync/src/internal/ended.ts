/**
 * The end of a channel: `Cause.Done` in the error channel, built once. It carries nothing, so all channels share it.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Failure } from "./failure.ts"

const done = /* @__PURE__ */ Cause.Done()

/** @internal */
export const ended: Failure<Cause.Done> = {
  exit: /* @__PURE__ */ Exit.fail(done),
  result: /* @__PURE__ */ Result.fail(done)
}
