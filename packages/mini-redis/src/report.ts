/**
 * Tables for terminals.
 */
export const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: ReadonlyArray<string>) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ").trimEnd()
  return [line(header), "-".repeat(line(header).length), ...rows.map(line)].join("\n")
}

/** A number with separators, three digits of it exact. */
export const rate = (n: number): string => Number(n.toPrecision(3)).toLocaleString("en-US")
