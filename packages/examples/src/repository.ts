/** The directory that the examples read when not told otherwise. */
import { Effect, Path } from "effect"

/** The root of this repository. */
export const repository = Effect.gen(function*() {
  const path = yield* Path.Path
  const here = yield* Effect.orDie(path.fromFileUrl(new URL(".", import.meta.url)))
  return path.join(here, "../../..")
})

/** Large or generated, and not what one asks about. */
export const LEFT_OUT: ReadonlyArray<string> = ["node_modules", ".git", "dist", "build"]
