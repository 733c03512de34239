/**
 * Which tests name which guarantee, read from the test files without running them.
 *
 * A title begins with the guarantees it stands for: `SEM-5, SEM-6: …`, or `SEM-1 … SEM-13: …` for all of a range. The
 * titles of the laws are composed, so they come from the laws themselves.
 */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { channelLaws } from "../laws/channel/laws.ts"
import { laws } from "../laws/laws.ts"
import { tests } from "./paths.ts"
import { table } from "./table.ts"

export interface Title {
  /** Below `packages/sync/test`. */
  readonly file: string
  readonly title: string
  readonly ids: ReadonlyArray<string>
  /** Whether it names a range: such a test alone is too little for a guarantee. */
  readonly isRange: boolean
  /** Whether it is that of a `describe`. */
  readonly isGroup: boolean
}

const families = [...new Set(table.map(({ id }) => id.split("-")[0]!))].join("|")
const id = `(?:${families})-\\d+`
const names = `${id}(?: … ${id})?(?:, ${id}(?: … ${id})?)*`
const literal = new RegExp(`(describe\\()?"(${names}: (?:[^"\\\\]|\\\\.)*)"`, "g")
const start = new RegExp(`^(${names}): `)

const expand = (part: string): ReadonlyArray<string> => {
  const [from, to] = part.split(" … ")
  if (to === undefined) return [part]
  const [family, first] = from!.split("-")
  const length = Number(to.split("-")[1]) - Number(first) + 1
  return Array.from({ length }, (_, i) => `${family}-${Number(first) + i}`)
}

/** The guarantees that a title names. */
export const idsOf = (title: string): ReadonlyArray<string> => start.exec(title)?.[1]!.split(", ").flatMap(expand) ?? []

/** The guarantees that a test names, or a `describe` around it. */
export const idsOfTest = (fullName: string): ReadonlyArray<string> => fullName.split(" > ").flatMap(idsOf)

const titlesIn = (file: string): ReadonlyArray<Title> =>
  [...readFileSync(join(tests, file), "utf8").matchAll(literal)].map(([, group, title]) =>
    titleOf(file, title!.replaceAll(/\\(.)/g, "$1"), group !== undefined)
  )

const titleOf = (file: string, title: string, isGroup = false): Title => ({
  file,
  title,
  ids: idsOf(title),
  isRange: start.exec(title)![1]!.includes("…"),
  isGroup
})

const collect = (): ReadonlyArray<Title> => {
  const files = globSync("**/*.test.ts", { cwd: tests }).map((file) => file.replaceAll("\\", "/")).sort()
  return [
    // its titles are examples
    ...files.filter((file) => file !== "guarantees.test.ts").flatMap(titlesIn),
    ...laws.map(({ guards, name }) => titleOf("laws/laws.test.ts", `${guards}: ${name}`)),
    ...channelLaws.map(({ guards, name }) => `${guards}: ${name}`).filter((title) => start.test(title)).map((title) =>
      titleOf("laws/channel/channel.test.ts", title)
    )
  ]
}

export const titles: ReadonlyArray<Title> = collect()
