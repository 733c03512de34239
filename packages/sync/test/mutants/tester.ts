/**
 * Runs tests in a lane (`lane.ts`), and opens a new one when a mutant has hung it.
 */
import type { ChildProcess } from "node:child_process"
import { start, stop } from "../seeding/child.ts"
import type { Answer, Order, Ran, Sources } from "./protocol.ts"

export type Result =
  | { readonly type: "passed"; readonly tests: ReadonlyArray<Ran> }
  | { readonly type: "failed"; readonly by: string; readonly message: string }
  | { readonly type: "hung" }

/** For the rest of a run of which the result is known: its worker may still be busy. */
const patience = 5_000

export class Tester {
  private readonly sources: Sources
  private lane: ChildProcess | undefined
  /** Settled when the lane takes an order. */
  private idle: Promise<void> = Promise.resolve()

  constructor(sources: Sources) {
    this.sources = sources
  }

  async run(order: Order, milliseconds: number): Promise<Result> {
    await this.idle
    const lane = this.lane ?? await this.open()
    const first = answerOf(lane, ({ type }) => type === "failed" || type === "done")
    const done = answerOf(lane, ({ type }) => type === "done")
    lane.send(order)
    const answer = await within(milliseconds, first)
    if (answer?.type === "done") return { type: "passed", tests: answer.tests }
    if (answer?.type !== "failed") {
      this.close()
      return { type: "hung" }
    }
    this.idle = this.settle(done)
    return answer
  }

  private async settle(done: Promise<Answer | undefined>): Promise<void> {
    if (await within(patience, done) === undefined) this.close()
  }

  close(): void {
    if (this.lane !== undefined) stop(this.lane)
    this.lane = undefined
  }

  private async open(): Promise<ChildProcess> {
    const lane = this.lane = start(new URL("lane.ts", import.meta.url))
    const ready = answerOf(lane, ({ type }) => type === "ready")
    lane.send(this.sources)
    if (await ready === undefined) throw new Error("the lane does not open")
    return lane
  }
}

/** The first such answer; `undefined` if the lane ends instead. */
const answerOf = (lane: ChildProcess, accept: (answer: Answer) => boolean): Promise<Answer | undefined> =>
  new Promise((resolve) => {
    const settle = (answer?: Answer) => {
      lane.off("message", onMessage)
      lane.off("exit", onExit)
      resolve(answer)
    }
    const onMessage = (answer: unknown) => {
      if (accept(answer as Answer)) settle(answer as Answer)
    }
    const onExit = () => settle()
    lane.on("message", onMessage)
    lane.on("exit", onExit)
  })

const within = async <A>(milliseconds: number, promise: Promise<A>): Promise<A | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
