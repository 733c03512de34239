/**
 * Processes that a fault may hang, and that can be ended all the same.
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { root } from "../guarantees/paths.ts"

const running = new Set<ChildProcess>()

/** Starts a module as a process of its own, with which messages can be exchanged. */
export const start = (module: URL): ChildProcess => {
  const child = fork(fileURLToPath(module), {
    cwd: root,
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  running.add(child)
  child.once("exit", () => running.delete(child))
  return child
}

/** Ends such a process. */
export const stop = (child: ChildProcess): void => {
  try {
    process.kill(-child.pid!, "SIGKILL") // the whole group: its worker is the one that hangs
  } catch {
    // it has ended meanwhile
  }
}

// A group of its own gets no signal from the terminal.
process.on("exit", () => running.forEach(stop))
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1))
