/**
 * Measures the explorer: `npm run bench:explorer`.
 *
 * Counts are exact and must be right; else the exit status is 1. Speeds are compared with the marks they are to reach, and
 * only said to be met or not: they are of this machine, with what else it does.
 */
import { Explore } from "@effect-sync/explorer"
import { Effect, Semaphore as Theirs } from "effect"
import { Semaphore as Ours } from "effect-sync"
import { cpus } from "node:os"

type Program = Explore.Program<any, any>

/** So many steps, each of which counts. */
const counting = (fibers: number, steps: number): Program => ({
  setup: Effect.sync(() => ({ n: 0 })),
  fibers: fibersOf(fibers, (state: { n: number }) => {
    const step = Effect.sync(() => state.n++)
    return repeated(steps, step)
  })
})

const fibersOf = <S>(count: number, make: (state: S) => Effect.Effect<unknown>) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`fiber ${i + 1}`, make] as const))

const repeated = (times: number, effect: Effect.Effect<unknown>): Effect.Effect<unknown> =>
  times === 1 ? effect : Effect.andThen(effect, repeated(times - 1, effect))

const theirs = (fibers: number, times: number): Program => ({
  setup: Theirs.make(1),
  fibers: fibersOf(fibers, (semaphore: Theirs.Semaphore) => repeated(times, semaphore.withPermit(Effect.void)))
})

const ours = (fibers: number, times: number): Program => ({
  setup: Ours.make(1),
  fibers: fibersOf(fibers, (semaphore: Ours.Semaphore) => repeated(times, Ours.withPermit(semaphore, Effect.void)))
})

// ---- counts -----------------------------------------------------------------------------------------------------------

const exact: ReadonlyArray<readonly [fibers: number, steps: number, count: number]> = [
  [2, 3, 20],
  [2, 4, 70],
  [2, 5, 252],
  [3, 3, 1_680],
  [3, 4, 34_650]
]

const row = (...cells: ReadonlyArray<string>): void =>
  console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(48) : cell.padStart(13)).join(" ").trimEnd())

const rule = (title: string, ...titles: ReadonlyArray<string>): void => {
  console.log()
  row(title, ...titles)
  console.log("─".repeat(48 + 14 * titles.length))
}

const search = (program: Program, options: Explore.Options): Promise<Explore.Report> =>
  Effect.runPromise(
    Explore.run(program, { maxExecutions: 150_000, maxMillis: 10_000, ...options }) as Effect.Effect<Explore.Report>
  )

const count = async (): Promise<boolean> => {
  let areRight = true
  rule("every interleaving once", "executions", "expected", "ms")
  for (const [fibers, steps, expected] of exact) {
    const report = await search(counting(fibers, steps), { preemptionBound: Infinity })
    const isRight = report.complete && report.executions === expected
    areRight &&= isRight
    row(
      `${fibers} fibers, ${steps} steps`,
      String(report.executions),
      isRight ? "yes" : `no: ${expected}`,
      report.millis.toFixed(0)
    )
  }
  return areRight
}

// ---- how many there are to run ----------------------------------------------------------------------------------------

const everywhere = { interrupt: "everywhere" } as const

const sizes: ReadonlyArray<readonly [fibers: number, times: number, options: Explore.Options]> = [
  [2, 1, { preemptionBound: 1 }],
  [2, 1, { preemptionBound: 2 }],
  [2, 2, { preemptionBound: 1 }],
  [2, 2, { preemptionBound: 2 }],
  [3, 1, { preemptionBound: 1 }],
  [3, 1, { preemptionBound: 2 }],
  [4, 1, { preemptionBound: 0 }],
  [4, 1, { preemptionBound: 1 }],
  [2, 1, { preemptionBound: 0, ...everywhere }],
  [2, 1, { preemptionBound: 1, ...everywhere }],
  [3, 1, { preemptionBound: 0, ...everywhere }],
  [3, 1, { preemptionBound: 1, ...everywhere }]
]

const size = async (): Promise<void> => {
  rule("withPermit of one permit, complete", "effect", "ms", "effect-sync", "ms")
  for (const [fibers, times, options] of sizes) {
    const cells: Array<string> = []
    for (const program of [theirs, ours]) {
      const { complete, executions, finding, millis } = await search(program(fibers, times), options)
      cells.push(`${executions}${finding === undefined ? complete ? "" : " cut" : " finding"}`, millis.toFixed(0))
    }
    row(
      `${fibers} fibers × ${times}, bound ${options.preemptionBound}${
        options.interrupt === undefined ? "" : ", interrupts"
      }`,
      ...cells
    )
  }
}

// ---- speed ------------------------------------------------------------------------------------------------------------

/** Runs the same search again and again for that long, and gives what it did per second. */
const rates = async (
  program: Program,
  options: Explore.Options,
  millis: number
): Promise<readonly [executions: number, decisions: number]> => {
  let runs = 0
  let decisions = 0
  const began = performance.now()
  while (performance.now() - began < millis) {
    const report = await search(program, options)
    runs += report.runs
    decisions += report.decisions
  }
  const seconds = (performance.now() - began) / 1000
  return [runs / seconds, decisions / seconds]
}

const marks: ReadonlyArray<readonly [name: string, program: Program, options: Explore.Options, executions: number]> = [
  ["effect, 2 fibers × withPermit × 1", theirs(2, 1), {}, 20_000],
  ["effect-sync, 2 fibers × withPermit × 1", ours(2, 1), {}, 20_000],
  ["effect, the same with interrupts", theirs(2, 1), everywhere, 10_000],
  ["effect-sync, the same with interrupts", ours(2, 1), everywhere, 10_000]
]

/** Decisions per second are to be so many, whatever the program. */
const decisionMark = 100_000

const thousands = (n: number): string => `${(n / 1000).toFixed(1)} k`

const speed = async (): Promise<void> => {
  rule("warm, per second", "executions", "≥", "met", "decisions", "≥", "met")
  for (const [name, program, options, mark] of marks) {
    await rates(program, options, 500)
    const [executions, decisions] = await rates(program, options, 1_500)
    const met = (figure: number, least: number): string => figure >= least ? "yes" : "no"
    row(
      name,
      thousands(executions),
      thousands(mark),
      met(executions, mark),
      thousands(decisions),
      thousands(decisionMark),
      met(decisions, decisionMark)
    )
  }
}

// ---- replay -----------------------------------------------------------------------------------------------------------

const replay = async (): Promise<boolean> => {
  // the permit is lost if it is interrupted before the finalizer is installed
  const leaky: Explore.Program<Theirs.Semaphore, any> = {
    setup: Theirs.make(1),
    fibers: fibersOf(
      2,
      (semaphore: Theirs.Semaphore) =>
        Effect.flatMap(semaphore.take(1), () => Effect.ensuring(Effect.void, semaphore.release(1)))
    ),
    options: everywhere
  }
  const { finding } = await search(leaky, {})
  if (finding === undefined) {
    console.log("\nreplay: the lost permit was not found")
    return false
  }
  let identical = 0
  const began = performance.now()
  for (let i = 0; i < 1_000; i++) {
    const { steps } = await Effect.runPromise(
      Explore.replay(leaky, finding.schedule) as Effect.Effect<Explore.Replayed>
    )
    if (JSON.stringify(steps) === JSON.stringify(finding.steps)) identical++
  }
  console.log(
    `\nreplay of ${finding.schedule}: ${identical} of 1000 identical, ${(performance.now() - began).toFixed(0)} ms`
  )
  return identical === 1_000
}

const main = async (): Promise<void> => {
  console.log(`node ${process.versions.node}, ${cpus()[0]?.model.trim() ?? "?"} × ${cpus().length}`)
  const areRight = await count()
  await size()
  await speed()
  const isRepeatable = await replay()
  if (!areRight || !isRepeatable) process.exitCode = 1
}

await main()
