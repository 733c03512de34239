/**
 * What `npm run mutants` is told, and the files that are meant by it.
 */
import { execFileSync } from "node:child_process"
import { globSync } from "node:fs"
import { join, relative } from "node:path"
import { parseArgs } from "node:util"
import { root, sources } from "../guarantees/paths.ts"

export const help = `npm run mutants -- [options]

First the faults seeded by hand that the explorer must find, then every statement deleted and every condition negated.

  --seeded          only the faults seeded by hand
  --file PART       only files of packages/sync/src whose path contains PART; may be repeated
  --changed [BASE]  only files changed since the merge base with BASE (main, or else origin/main)
  --list            lists the mutants and tries none
  --json FILE       writes what became of each mutant
  --help            shows this`

const parse = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      seeded: { type: "boolean" },
      file: { type: "string", multiple: true },
      changed: { type: "boolean" },
      list: { type: "boolean" },
      json: { type: "string" },
      help: { type: "boolean" }
    }
  })

const refuse = (message: string): never => {
  console.error(`${message}\n\n${help}`)
  process.exit(2)
}

const { positionals, values } = ((): ReturnType<typeof parse> => {
  try {
    return parse()
  } catch (error) {
    return refuse((error as Error).message)
  }
})()

if (positionals.length > (values.changed === true ? 1 : 0)) refuse(`What is ${positionals.at(-1)}?`)

export const options = values

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim()

const mergeBase = (): string => {
  for (const branch of positionals.length > 0 ? positionals : ["main", "origin/main"]) {
    try {
      return git("merge-base", "HEAD", branch)
    } catch {
      // no such branch, or no common history
    }
  }
  throw new Error("nothing to compare with: --changed BASE")
}

const changed = (): ReadonlySet<string> => {
  const names = [git("diff", "--name-only", mergeBase()), git("ls-files", "--others", "--exclude-standard")]
  return new Set(names.flatMap((names) => names.split("\n")).map((name) => relative(sources, join(root, name))))
}

/** Below `packages/sync/src`. */
export const chosenFiles = (): ReadonlyArray<string> => {
  const { file: parts } = values
  const since = values.changed === true ? changed() : undefined
  return globSync("**/*.ts", { cwd: sources }).sort().filter((file) =>
    (since === undefined || since.has(file)) && (parts === undefined || parts.some((part) => file.includes(part)))
  )
}
