// Follows the README as a new user would: the lines of «Use it in your project» in a fresh clone and in an empty project
// beside it, then the README's first example there.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const repository = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..")
const readme = readFileSync(join(repository, "README.md"), "utf8")

const blocks = (language, text) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map((match) => match[1])

const [inTheClone, inYourProject] = blocks("sh", readme.slice(readme.indexOf("## Use it in your project")))
const [example] = blocks("ts import.meta.vitest", readme)
const [, expression, expected] = /^await (.*) \/\/ => (.*)$/m.exec(example)

const folder = mkdtempSync(join(tmpdir(), "effect-sync-readme-"))
const run = (script, cwd) => {
  process.stdout.write(script.replace(/^/gm, "$ ").trimEnd().replace(/\$ $/, "") + "\n")
  execFileSync("bash", ["-euo", "pipefail", "-c", script], { cwd, stdio: "inherit" })
}

try {
  const clone = join(folder, "effect-sync")
  const project = join(folder, "my-project")
  run(`git clone --quiet '${repository}' '${clone}'`, folder)
  run(inTheClone, clone)
  mkdirSync(project)
  writeFileSync(join(project, "package.json"), "{ \"type\": \"module\" }\n")
  run(inYourProject, project)
  const program = example.replace(/^await .*$/m, "") + `\nconsole.log(JSON.stringify(await ${expression}))\n`
  writeFileSync(join(project, "example.ts"), program)
  const node = join(clone, "node_modules/.bin/node") // runs TypeScript, which the machine's may not
  const printed = execFileSync(node, ["example.ts"], { cwd: project, encoding: "utf8" }).trim()
  if (printed !== JSON.stringify(JSON.parse(expected))) {
    throw new Error(`the example printed ${printed}, not ${expected}`)
  }
  console.log(`the example printed ${printed}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
