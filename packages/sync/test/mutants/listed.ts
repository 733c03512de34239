/**
 * Whether `survivors.ts` lists just those mutants that survive.
 */
import type { Mutant } from "./mutate.ts"
import { survivors } from "./survivors.ts"

/** How a mutant is listed, under its file. */
export const nameOf = ({ nth, text }: Mutant): string => nth === 1 ? text : `${text} (${nth})`

export const reasonOf = (mutant: Mutant): string | undefined =>
  survivors.find(({ mutants }) => mutants[mutant.file]?.includes(nameOf(mutant)))?.reason

export const listedFiles = (): ReadonlySet<string> => new Set(survivors.flatMap(({ mutants }) => Object.keys(mutants)))

/** What is listed for a file and is no mutant of it. */
export const strangers = (file: string, mutants: ReadonlyArray<Mutant>): ReadonlyArray<string> => {
  const names = new Set(mutants.map(nameOf))
  return survivors.flatMap(({ mutants }) => mutants[file] ?? []).filter((name) => !names.has(name))
}
