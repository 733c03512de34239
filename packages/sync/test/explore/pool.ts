/**
 * Worker processes that explore rows.
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Change } from "./changed.ts"
import type { Ran } from "./run.ts"
import type { Order } from "./worker.ts"

const script = fileURLToPath(new URL("worker.ts", import.meta.url))

/** A process that explores one row at a time. */
export interface Worker {
  /** `undefined` if the process ended instead, or did not answer within the limit. */
  readonly explore: (order: Order, millis?: number) => Promise<Ran | undefined>
  readonly stop: () => void
}

const answer = <A>(child: ChildProcess, millis: number): Promise<A | undefined> =>
  new Promise((resolve) => {
    const settle = (value: A | undefined) => {
      clearTimeout(timer)
      child.off("message", settle).off("exit", gone)
      resolve(value)
    }
    const gone = () => settle(undefined)
    const timer = setTimeout(gone, millis)
    child.once("message", settle).once("exit", gone)
  })

/** Starts a process with changes to the library. */
export const startWorker = async (changes: ReadonlyArray<Change>): Promise<Worker> => {
  const child = fork(script, [JSON.stringify(changes)], { execArgv: ["--conditions=@effect-sync/source"] })
  if (await answer<string>(child, 60_000) === undefined) throw new Error("a worker did not start")
  return {
    explore(order, millis = 2 ** 31 - 1) {
      const ran = answer<Ran>(child, millis)
      if (child.connected) child.send(order)
      return ran
    },
    stop() {
      child.kill("SIGKILL")
    }
  }
}

/** Does something with each item, so many at a time, each time with a worker that is idle. */
export const inParallel = async <A>(
  items: ReadonlyArray<A>,
  lanes: number,
  lane: (take: () => A | undefined) => Promise<void>
): Promise<void> => {
  const queue = [...items]
  await Promise.all(Array.from({ length: lanes }, () => lane(() => queue.shift())))
}
