/** Writes the examples as modules to `packages/sync/build/doctest`, where the compiler checks their types. */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findFences, root, toModule } from "./fences.ts"

const target = join(root, "packages/sync/build/doctest")
rmSync(target, { recursive: true, force: true })
for (const file of globSync(["README.md", "docs/*.md", "packages/*/*.md", "packages/*/src/**/*.ts"], { cwd: root })) {
  for (const fence of findFences(join(root, file), readFileSync(join(root, file), "utf8"))) {
    mkdirSync(join(target, file), { recursive: true })
    writeFileSync(join(target, file, `example-${fence.line}.ts`), toModule(join(root, file), fence))
  }
}
