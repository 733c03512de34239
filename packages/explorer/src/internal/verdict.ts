/**
 * Whether a report is what its options demanded.
 *
 * @internal
 */
import type { Report } from "../Report.ts"
import type { Settings } from "./settings.ts"

/** Why not, or `undefined` if it is. */
export const complaint = (report: Report, { expect, onComplete }: Settings): string | undefined => {
  const { finding } = report
  if (expect === "passes") {
    if (finding !== undefined) return String(report)
    if (onComplete === "require" && !report.complete) {
      return `the search was to be complete, but ended after ${report.executions} interleavings: raise maxExecutions or`
        + ` maxMillis, or lower preemptionBound`
    }
    return undefined
  }
  if (finding === undefined) return `a finding was expected, but there is none: ${String(report)}`
  if (expect === "fails") return undefined
  const text = `${finding.kind}: ${finding.message}`
  const fits = expect instanceof RegExp ? text.search(expect) >= 0 : text.includes(expect.says)
  const wanted = expect instanceof RegExp ? String(expect) : JSON.stringify(expect.says)
  return fits ? undefined : `a finding was expected that says ${wanted}, but this was found: ${String(report)}`
}
