/**
 * Runs Vitest on a file, and says what became of its tests.
 *
 * In a process of its own: Vitest does not run within itself.
 */
import { fork } from "node:child_process"
import { fileURLToPath, pathToFileURL } from "node:url"

/** How a test ended, with the message of its failure, and what it noted. */
export interface Ended {
  readonly state: string
  readonly message: string
  readonly notes: ReadonlyArray<string>
}

const root = fileURLToPath(new URL("../../..", import.meta.url))

const run = async (file: string): Promise<Record<string, Ended>> => {
  const { startVitest } = await import("vitest/node")
  const workspace = await import(pathToFileURL(`${root}vitest.workspace.ts`).href)
  const project = workspace.default.test.projects.find(({ test }: any) => test.name === "explorer")
  const ended: Record<string, Ended> = {}
  const vitest = await startVitest([file], {
    root,
    config: false,
    watch: false,
    maxWorkers: 1,
    silent: true,
    allowOnly: true,
    reporters: [{
      onTestRunEnd(modules: ReadonlyArray<any>) {
        for (const module of modules) {
          for (const { message } of module.errors()) throw new Error(message)
          for (const test of module.children.allTests()) {
            const { errors, state } = test.result()
            ended[test.name] = {
              state,
              message: (errors ?? []).map(({ stack }: { stack: string }) => stack).join("\n"),
              notes: test.annotations().map(({ message }: { message: string }) => message)
            }
          }
        }
      }
    }]
  }, { test: { allowOnly: true, projects: [{ ...project, test: { ...project.test, include: [file] } }] } } as any)
  await vitest.close()
  return ended
}

/** The tests of a file in `fixtures`, by their names. */
export const runNested = (fixture: string): Promise<Record<string, Ended>> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [], {
      execArgv: ["--conditions=@effect-sync/source"],
      env: {
        ...process.env,
        VITEST: undefined,
        VITEST_WORKER_ID: undefined,
        VITEST_POOL_ID: undefined,
        VITEST_MODE: undefined
      },
      stdio: ["ignore", "ignore", "inherit", "ipc"]
    })
    child.once("message", (message) => resolve(message as Record<string, Ended>))
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`Vitest ended with ${code} and no result`)))
    child.send(`packages/explorer/test/fixtures/${fixture}`)
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", (file: string) => {
    void run(file).then(
      (ended) => process.send!(ended),
      (error: unknown) => process.send!({ error: { state: "failed", message: String(error), notes: [] } })
    ).then(() => process.disconnect())
  })
}
