/**
 * How a program is explored.
 *
 * @since 0.1.0
 */

/**
 * How a program is explored. Every field has a default.
 *
 * **Details**
 *
 * What may happen:
 *
 * - `interrupt` (`"never"`): which fibers may be interrupted: `"everywhere"` for all fibers of the program, or their
 *   names. Fibers that one of them or its children fork go by its name and a number, in the order in which they begin:
 *   `"alice.1"`. An interruption is a choice before every operation of a fiber, whenever it waits, and before it begins.
 *   Events are not interrupted.
 * - `interrupts` (1): how many interruptions there may be in one execution, one of each fiber at most.
 * - `time` (`"quiescent"`): when time passes: once nothing can go on, or only what yields again and again, or at `"any"`
 *   moment, as on a machine that is arbitrarily slow. Timers that are due at the same time fire in any order, and at any
 *   moment after the first.
 * - `budget` (`"any"`): between which operations a fiber may be made to yield. `"any"`: between any two, as some
 *   `MaxOpsBeforeYield`, or a longer program around it, would. `"default"`: only in the first slice of a fiber of the
 *   program, which may be the rest of a longer one. What begins with a wake-up, or was forked here, has 2 048 operations
 *   before it.
 * - `order` (`"any"`): in which order scheduled tasks run: in any, or those of one dispatcher first in, first out
 *   (`"fifo"`), as Effect's own scheduler does. In either a fiber that yields of its own accord lets another one go first,
 *   and does not do so twice while the same one waits.
 *
 * How it is searched:
 *
 * - `strategy` (`"dfs"`): every interleaving once, those with the fewest preemptions first; `"random"` walks, or `"pct"`
 *   (priorities that change `depth - 1` times), for programs too large for that.
 * - `preemptionBound` (2): how often a fiber may be made to yield within one execution. To switch where a fiber waits
 *   costs nothing. `Infinity` is no bound.
 * - `reduce` (`true`): skip preemptions before steps that touched nothing of what is `watch`ed. Without anything watched
 *   it changes nothing.
 * - `seed` (1) and `depth` (3): of the random strategies.
 *
 * When it ends:
 *
 * - `maxExecutions` (100 000), `maxMillis` (5 000, or no limit with `onComplete: "require"`) end the search, which is then
 *   reported as incomplete. For the random strategies `maxExecutions` is 10 000.
 * - `maxSteps` (10 000) ends one execution: it is a livelock.
 *
 * What is a finding:
 *
 * - `deadlock` (`"fail"`): whether a fiber that waits though nothing can go on is one; `"allow"` leaves that to `check`.
 * - `defects` (`"fail"`): whether a fiber of the program that dies is one.
 * - `onComplete` (`"report"`): `"require"` makes an incomplete search a failure of `verify` and `it.explore`.
 * - `expect` (`"passes"`): what `verify` and `it.explore` demand. `"fails"`, or what the finding
 *   must say, as a pattern or as text (`{ says: "…" }`): a program whose bug is known, so that one notices when it is mended.
 *
 * **Gotchas**
 *
 * Everything out of range is refused with a `RangeError` that names the option and the value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly interrupt?: "never" | "everywhere" | ReadonlyArray<string>
  readonly interrupts?: number
  readonly time?: "quiescent" | "any"
  readonly budget?: "any" | "default"
  readonly order?: "any" | "fifo"
  readonly strategy?: "dfs" | "random" | "pct"
  readonly preemptionBound?: number
  readonly reduce?: boolean
  readonly seed?: number
  readonly depth?: number
  readonly maxExecutions?: number
  readonly maxMillis?: number
  readonly maxSteps?: number
  readonly deadlock?: "fail" | "allow"
  readonly defects?: "fail" | "allow"
  readonly onComplete?: "report" | "require"
  readonly expect?: "passes" | "fails" | RegExp | { readonly says: string }
}
