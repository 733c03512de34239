import { fileURLToPath } from "node:url"

const absolute = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const root: string = absolute("../../../../")
export const sources: string = absolute("../../src/")
export const tests: string = absolute("../")
export const readmeFile: string = absolute("README.md")
