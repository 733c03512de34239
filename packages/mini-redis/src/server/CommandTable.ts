/**
 * What `COMMAND` answers. Few ask, and it is long: it is put together when somebody first does.
 */
import { Effect } from "effect"
import { OnceCell } from "effect-sync"
import type { Description } from "../commands/Command.ts"
import { descriptions } from "../commands/descriptions.ts"
import { MapReply, type Reply, Simple } from "../wire/Reply.ts"

export interface Table {
  /** By the names of the commands, what `COMMAND INFO` says of each. */
  readonly infos: ReadonlyMap<string, Reply>
  readonly docs: ReadonlyMap<string, Reply>
}

const infoOf = ({ arity, flags, keys, name }: Description): Reply => [
  name,
  arity,
  flags.map((flag) => new Simple(flag)),
  ...keys,
  [],
  [],
  [],
  []
]

const docOf = ({ group, summary }: Description): Reply =>
  new MapReply(["summary", summary, "since", "1.0.0", "group", group])

export const table = Effect.sync((): Table => ({
  infos: new Map([...descriptions].map(([name, description]) => [name, infoOf(description)])),
  docs: new Map([...descriptions].map(([name, description]) => [name, docOf(description)]))
}))

export class CommandTable extends OnceCell.Service<CommandTable, Table>()("mini-redis/CommandTable", { init: table }) {}
