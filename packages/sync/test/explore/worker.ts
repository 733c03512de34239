/**
 * A process that explores one row after another, as `main.ts` asks for them.
 */
import { Effect } from "effect"
import { apply, type Change } from "./changed.ts"
import type { Ran, Row } from "./run.ts"

/** What to do: explore that row, up to so many executions. */
export interface Order {
  readonly row: number
  readonly maxExecutions?: number
}

const changes: ReadonlyArray<Change> = JSON.parse(process.argv[2] ?? "[]")
apply(changes)

// Imported here, since the changes must be in place before the library is loaded.
const load = async (): Promise<
  { readonly rows: ReadonlyArray<Row>; readonly explore: (row: Row, options?: object) => Effect.Effect<Ran> }
> => await import("./run.ts")

const { explore, rows } = await load()

process.on("message", ({ row, ...options }: Order) => {
  void Effect.runPromise(explore(rows[row]!, options)).then((ran) => process.send!(ran))
})
process.send!("ready")
