/**
 * The projects of `vitest.workspace.ts`, for runs with faults in the source.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { TestProjectInlineConfiguration } from "vitest/config"
import { root } from "../guarantees/paths.ts"

// The file belongs to no TypeScript project, hence the computed import.
const workspace = await import(pathToFileURL(join(root, "vitest.workspace.ts")).href)
const projects: ReadonlyArray<TestProjectInlineConfiguration> = workspace.default.test.projects

export const projectNamed = (name: string): TestProjectInlineConfiguration => {
  const project = projects.find(({ test }) => test?.name === name)
  if (project === undefined) throw new Error(`no project ${name}`)
  return project
}
