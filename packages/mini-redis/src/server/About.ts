/**
 * What the server says about itself. It is read and put together when somebody first asks, once, however many ask at once.
 */
import { Effect, FileSystem, Schema } from "effect"
import { OnceCell } from "effect-sync"
import { fileURLToPath } from "node:url"

const manifest = fileURLToPath(new URL("../../package.json", import.meta.url))

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

/** The version of Redis whose commands these are: clients ask for it to know what they may use. */
const LIKE = "7.2.0"

export interface Facts {
  readonly version: string
  readonly like: string
  readonly runtime: string
  /** A name of this run that no other has. */
  readonly run: string
}

export const facts = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const { version } = yield* Effect.flatMap(fs.readFileString(manifest), decode)
  const facts: Facts = {
    version,
    like: LIKE,
    runtime: `node ${process.versions.node}`,
    run: crypto.randomUUID().replaceAll("-", "")
  }
  return facts
}).pipe(Effect.orDie)

export class About extends OnceCell.Service<About, Facts>()("mini-redis/About", { init: facts }) {}
