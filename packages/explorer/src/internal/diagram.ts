/**
 * An execution as a table: a column for each fiber, time goes down.
 *
 * @internal
 */
import type { Step } from "../Report.ts"

const signs: Readonly<Record<Step["kind"], string>> = {
  operation: "",
  mark: "● ",
  preempted: "⇄ preempted ",
  interrupted: "✗ interrupted ",
  event: "⚡ ",
  time: "⏲ ",
  ended: "■ "
}

const widest = 110

/** @internal */
export const diagram = (steps: ReadonlyArray<Step>, options: { readonly all?: boolean } = {}): string => {
  const fibers = [...new Set(steps.map(({ fiber }) => fiber))]
  // Marks are what the author wants to see; without any, every operation is shown.
  const all = options.all === true || !steps.some(({ kind }) => kind === "mark")
  const rows = steps.flatMap((step, index) =>
    step.kind === "operation" && !all
      ? []
      : [{ ...step, number: index + 1, text: (signs[step.kind] + step.text).trim() }]
  )
  const most = Math.max(20, Math.floor(widest / Math.max(1, fibers.length)) - 3)
  const widths = fibers.map((fiber) =>
    Math.min(most, Math.max(fiber.length, ...rows.filter((row) => row.fiber === fiber).map(({ text }) => text.length)))
  )
  const cell = (text: string, column: number): string => {
    const width = widths[column]!
    return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
  }
  const line = (first: string, texts: ReadonlyArray<string>): string =>
    `${first.padStart(4)} │ ${texts.map(cell).join(" │ ")}`.trimEnd()
  return [
    line("step", fibers),
    `─────┼─${widths.map((width) => "─".repeat(width)).join("─┼─")}`,
    ...rows.map(({ fiber, number, text }) => line(String(number), fibers.map((name) => name === fiber ? text : "")))
  ].join("\n")
}
