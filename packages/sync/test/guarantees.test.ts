/**
 * The table of guarantees (`guarantees/table.ts`) fits the tests and the source. Whether the tests find the faults in
 * it, `guarantees/run.ts` tries.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readmeFile, sources } from "./guarantees/paths.ts"
import { readme } from "./guarantees/readme.ts"
import { table } from "./guarantees/table.ts"
import { idsOf, titles } from "./guarantees/titles.ts"

describe("guarantees", () => {
  it("titles are read as they are meant", () => {
    assert.deepStrictEqual(idsOf("MUT-7, SEM-8 … SEM-10: …"), ["MUT-7", "SEM-8", "SEM-9", "SEM-10"])
    assert.deepStrictEqual(idsOf("no guarantee: SEM-1"), [])
  })

  it("each has one row, and a test with its name in the title", () => {
    const named = new Set(titles.flatMap((title) => title.isRange ? [] : title.ids))
    const rows = table.map(({ id }) => id)
    assert.deepStrictEqual(rows, [...new Set(rows)])
    for (const { faults, id } of table) if (faults.length > 0) assert.isTrue(named.has(id), id)
  })

  it("each that a title names is in the table", () => {
    const rows = new Set(table.map(({ id }) => id))
    for (const { file, ids, title } of titles) {
      for (const id of ids) assert.isTrue(rows.has(id), `${id} in ${file}: ${title}`)
    }
  })

  it("the text that a fault replaces occurs once", () => {
    for (const { faults, id } of table) {
      for (const { file, from, to } of faults) {
        assert.lengthOf(readFileSync(join(sources, file), "utf8").split(from), 2, `${id}: ${from}`)
        assert.notStrictEqual(to, from)
      }
    }
  })

  it("README.md is what `node packages/sync/test/guarantees/run.ts --write` writes", () => {
    assert.strictEqual(readFileSync(readmeFile, "utf8"), readme())
  })
})
