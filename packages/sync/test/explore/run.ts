/**
 * All that is explored, and running one row of it.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect } from "effect"
import { barrier } from "./families/barrier.ts"
import { broadcast } from "./families/broadcast.ts"
import { cancellationToken } from "./families/cancellationToken.ts"
import { handle } from "./families/handle.ts"
import { mpsc } from "./families/mpsc.ts"
import { mpscQueue } from "./families/mpscQueue.ts"
import { mutex } from "./families/mutex.ts"
import { notify } from "./families/notify.ts"
import { onceCell } from "./families/onceCell.ts"
import { oneshot } from "./families/oneshot.ts"
import { rwLock } from "./families/rwLock.ts"
import { semaphore } from "./families/semaphore.ts"
import { setOnce } from "./families/setOnce.ts"
import { watch } from "./families/watch.ts"
import { type Family, type Row, rowsOf } from "./family.ts"

export type { Row } from "./family.ts"

const families: ReadonlyArray<Family<any>> = [
  semaphore,
  mutex,
  rwLock,
  notify,
  barrier,
  onceCell,
  setOnce,
  cancellationToken,
  oneshot,
  mpsc,
  mpscQueue,
  broadcast,
  watch,
  handle
]

export const rows: ReadonlyArray<Row> = families.flatMap(rowsOf)

/** What came of a row, as plain data. */
export interface Ran {
  readonly executions: number
  readonly outcomes: number
  readonly complete: boolean
  readonly millis: number
  /** What was found, as text, if anything was. */
  readonly finding: string | undefined
}

/** Explores a row, completely unless it is limited. */
export const explore = (row: Row, options: Explore.Options = {}): Effect.Effect<Ran> =>
  Effect.map(
    Explore.outcomes(row.program, row.outcome, {
      ...row.options,
      maxExecutions: Infinity,
      maxMillis: Infinity,
      ...options
    }) as Effect.Effect<{
      readonly report: Explore.Report
      readonly outcomes: ReadonlyArray<Explore.Outcome<unknown>>
    }>,
    ({ outcomes, report }) => ({
      executions: report.executions,
      outcomes: outcomes.length,
      complete: report.complete,
      millis: report.millis,
      finding: report.finding === undefined ? undefined : String(report)
    })
  )
