/** The table as Markdown: `guarantees.test.ts` checks that `README.md` is up to date. */
import { table } from "./table.ts"
import { type Title, titles } from "./titles.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")

/** Without the ids it begins with, which are the first column's. */
const short = ({ isGroup, title }: Title): string => {
  const rest = cell(title.slice(title.indexOf(": ") + 2))
  return isGroup ? `all of “${rest}”` : rest
}

const testsOf = (id: string): string => {
  const files = new Map<string, Array<string>>()
  for (const title of titles) {
    if (title.ids.includes(id)) files.set(title.file, [...files.get(title.file) ?? [], short(title)])
  }
  return [...files].map(([file, titles]) => `[${file}](../${file}): ${titles.join("; ")}`).join("<br>") || "—"
}

/** Written by `node run.ts --write`. */
export const readme = (): string => {
  const rows = table.map(({ faults, id, says }) => {
    const seeded = faults.map(({ file, why }) => `[${file}](../../src/${file}): ${cell(why)}`).join("<br>")
    return `| ${id} | ${cell(says)} | ${testsOf(id)} | ${seeded || "—"} |`
  })
  return [
    "<!-- dprint-ignore-file -->",
    "<!-- Written by `node packages/sync/test/guarantees/run.ts --write` -->",
    "",
    "# Guarantees, their tests, and a fault for each",
    "",
    "Each fault is put into the source, one at a time, and a test that names the guarantee must fail:",
    "`node packages/sync/test/guarantees/run.ts`, or `… --only SEM-2`. The guarantees are those that users of",
    "`tokio::sync` rely on.",
    "",
    "| Guarantee | Says | Tests that name it | Seeded faults |",
    "| --- | --- | --- | --- |",
    ...rows,
    ""
  ].join("\n")
}
