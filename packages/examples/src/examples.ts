/**
 * The examples: what `npm start -- NAME` runs and `npm start -- --list` lists.
 */
import { censusCommand } from "./censusCommand.ts"
import { phasesCommand } from "./phases.ts"
import { workerCommand } from "./worker.ts"

export const examples = [
  { name: "census", says: censusCommand.shortDescription, command: censusCommand },
  { name: "worker", says: workerCommand.shortDescription, command: workerCommand },
  { name: "phases", says: phasesCommand.shortDescription, command: phasesCommand }
]
