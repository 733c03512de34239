/**
 * Options, checked and complete.
 *
 * @internal
 */
import type { Options } from "../Options.ts"
import type { Program } from "../Program.ts"

/** @internal */
export type Settings = Required<Options>

const oneOf = {
  time: ["quiescent", "any"],
  budget: ["any", "default"],
  order: ["any", "fifo"],
  strategy: ["dfs", "random", "pct"],
  deadlock: ["fail", "allow"],
  defects: ["fail", "allow"],
  onComplete: ["report", "require"]
} as const

const counts = {
  interrupts: { least: 0, infinite: true },
  preemptionBound: { least: 0, infinite: true },
  seed: { least: 0, infinite: false },
  depth: { least: 1, infinite: false },
  maxExecutions: { least: 1, infinite: true },
  maxMillis: { least: 1, infinite: true },
  maxSteps: { least: 1, infinite: false }
} as const

const show = (value: unknown): string => typeof value === "string" ? JSON.stringify(value) : String(value)

const bad = (option: string, demand: string, value: unknown) =>
  new RangeError(`Explore: option ${option} must be ${demand}, got ${show(value)}`)

/** Throws a RangeError that names the first option that is unknown or out of range. */
export const settingsOf = (program: Program<any, any, any>, given: Options): Settings => {
  const options: Options = { ...program.options, ...given }
  const fibers = [...Object.keys(program.fibers), ...Object.keys(program.early ?? {})]
  const random = options.strategy === "random" || options.strategy === "pct"
  const settings: Settings = {
    interrupt: "never",
    interrupts: 1,
    time: "quiescent",
    budget: "any",
    order: "any",
    strategy: "dfs",
    preemptionBound: random ? Infinity : 2,
    reduce: true,
    seed: 1,
    depth: 3,
    maxExecutions: random ? 10_000 : 100_000,
    maxMillis: options.onComplete === "require" ? Infinity : 5_000,
    maxSteps: 10_000,
    deadlock: "fail",
    defects: "fail",
    onComplete: "report",
    expect: "passes"
  }
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(settings, option)) {
      throw new RangeError(`Explore: there is no option ${option}; there are ${Object.keys(settings).join(", ")}`)
    }
    if (value !== undefined) Object.assign(settings, { [option]: value })
  }
  for (const [option, values] of Object.entries(oneOf)) {
    const value = settings[option as keyof typeof oneOf]
    if (!(values as ReadonlyArray<string>).includes(value)) {
      throw bad(option, values.map(show).join(" or "), value)
    }
  }
  for (const [option, { infinite, least }] of Object.entries(counts)) {
    const value = settings[option as keyof typeof counts]
    if (!(Number.isSafeInteger(value) && value >= least) && !(infinite && value === Infinity)) {
      throw bad(option, `an integer from ${least}${infinite ? ", or Infinity" : ""}`, value)
    }
  }
  if (typeof settings.reduce !== "boolean") throw bad("reduce", "true or false", settings.reduce)
  const { expect } = settings
  if (expect !== "passes" && expect !== "fails" && !(expect instanceof RegExp) && typeof expect?.says !== "string") {
    throw bad("expect", "\"passes\", \"fails\", a RegExp or { says: text }", expect)
  }
  checkNames(settings.interrupt, fibers)
  return settings
}

const checkNames = (interrupt: Settings["interrupt"], fibers: ReadonlyArray<string>): void => {
  if (interrupt === "never" || interrupt === "everywhere") return
  if (!Array.isArray(interrupt)) throw bad("interrupt", "\"never\", \"everywhere\" or a list of fibers", interrupt)
  for (const name of interrupt) {
    // "alice.1" is a fiber that alice forked
    const root = typeof name === "string" ? name.replace(/\.\d+$/, "") : undefined
    if (root === undefined || !(fibers.includes(name) || fibers.includes(root))) {
      throw new RangeError(
        `Explore: option interrupt names ${show(name)}, but the fibers are ${fibers.map(show).join(", ")}`
      )
    }
  }
}

/** The names of the fibers that may be interrupted, or `undefined` for those of the program. */
export const victimsOf = ({ interrupt, interrupts }: Settings): ReadonlySet<string> | undefined =>
  interrupts === 0 || interrupt === "never" ? new Set() : interrupt === "everywhere" ? undefined : new Set(interrupt)
