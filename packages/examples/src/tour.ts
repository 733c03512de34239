/**
 * What all examples share: they are announced, shown, run and timed here, one of them or all in a row.
 */
import {
  Cause,
  Clock,
  Config,
  Console,
  Context,
  Duration,
  Effect,
  FileSystem,
  Path,
  Predicate,
  Schedule,
  Terminal
} from "effect"
import { CliError, Command, TerminalCapabilities } from "effect/cli"

/** What is known of an example besides the program. */
export interface About {
  readonly name: string
  /** What it is about: a primitive, if it is one. */
  readonly topic: string
  /** What it does, in a sentence. */
  readonly says: string
  /** The declarations of `NAME.ts` that matter, in the order in which they are shown. */
  readonly shows: ReadonlyArray<string>
  /** The file of this repository to go on with. */
  readonly next: string
}

export interface Example<R> extends About {
  readonly command: Command.Command<string, any, {}, unknown, R>
}

type Needs = FileSystem.FileSystem | Path.Path | Terminal.Terminal

/** An example, with its options and what it does with them. Its command announces and shows it, and then runs it. */
export const example = <const Options extends Command.Command.Config, E, R>(
  about: About,
  options: Options,
  run: (options: Command.Command.Config.Infer<Options>) => Effect.Effect<unknown, E, R>
): Example<R | Needs> => ({
  ...about,
  command: Command.make(
    about.name,
    options,
    (input) => Effect.andThen(announce(about), Effect.mapError(indented(run(input)), inWords))
  ).pipe(Command.withDescription(wrap(about.says, "  ")), Command.withShortDescription(about.topic))
})

/** What went wrong is told in a sentence, not with a stack. */
const inWords = (error: unknown) =>
  new CliError.UserError({ cause: error instanceof Config.ConfigError ? error.cause : error })

const columns = 80

const colours = TerminalCapabilities.TerminalCapabilities.useSync(({ canColor }) => {
  const style = (code: number) => (text: string) => canColor ? `\x1b[${code}m${text}\x1b[0m` : text
  return { bold: style(1), dim: style(2), red: style(31), green: style(32), magenta: style(35), cyan: style(36) }
})

/** The root of this repository. */
export const repository = Effect.gen(function*() {
  const path = yield* Path.Path
  return path.join(yield* Effect.orDie(path.fromFileUrl(new URL(".", import.meta.url))), "../../..")
})

/**
 * The lines of a declaration at the left edge: from its first to the last before something else begins there, which a closing
 * bracket does not.
 */
export const declaration = (source: string, name: string): string => {
  const lines = source.split("\n")
  const first = lines.findIndex((line) => new RegExp(`^(export )?(const|class|function) ${name}\\b`).test(line))
  if (first === -1) throw new Error(`there is no declaration of ${name}`)
  const rest = lines.slice(first + 1)
  const length = rest.findIndex((line) => /^[^\s)}\]]/.test(line))
  const declared = [lines[first]!.replace(/^export /, ""), ...length === -1 ? rest : rest.slice(0, length)]
  return declared.join("\n").trimEnd()
}

/** The declarations of an example that matter, from the file that runs. */
export const essence = Effect.fnUntraced(function*({ name, shows }: About) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join("packages/examples/src", `${name}.ts`)
  const source = yield* Effect.orDie(fs.readFileString(path.join(yield* repository, file)))
  return { file, code: shows.map((name) => declaration(source, name)).join("\n\n") }
})

/** Where in the tour we are. */
const Place = Context.Reference("examples/Place", { defaultValue: () => "" })

const announce = Effect.fnUntraced(function*(about: About) {
  const { bold, cyan, dim } = yield* colours
  const { code, file } = yield* essence(about)
  const command = `npm start -- ${about.name}`
  const place = yield* Place
  const rule = "─".repeat(columns - place.length - about.topic.length - command.length - 8)
  yield* Console.log(`\n${dim(`── ${place}`)}${bold(about.topic)} ${dim(rule)} ${cyan(command)} ${dim("──")}`)
  yield* Console.log(`\n${wrap(about.says, "")}\n`)
  yield* Console.log(dim(`  ${file}`))
  for (const line of code.split("\n")) yield* Console.log(`${dim("  │")} ${yield* highlighted(line)}`.trimEnd())
  yield* Console.log()
})

/** Strings green, comments dim, words of the language magenta. */
const highlighted = Effect.fnUntraced(function*(line: string) {
  const { dim, green, magenta } = yield* colours
  const words = "class|const|export|extends|for|function|if|in|new|of|return|yield"
  const pattern = new RegExp(`(//.*)|("[^"]*"|\`[^\`]*\`)|\\b(?:${words})\\b\\*?`, "g")
  return line.replace(pattern, (text, comment, string) => comment ? dim(text) : string ? green(text) : magenta(text))
})

/** Breaks a text into lines, of which those after the first are indented. */
const wrap = (text: string, indent: string): string =>
  text.replace(new RegExp(`(.{1,${columns - indent.length}})( |$)`, "g"), `$1\n${indent}`).trimEnd()

/** Indents what an effect prints. When it prints nothing for a second, a terminal shows that it is still at it. */
const indented = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
    const { dim } = yield* colours
    const terminal = yield* Terminal.Terminal
    const clock = yield* Clock.Clock
    const console = yield* Console.Console
    const began = clock.currentTimeMillisUnsafe()
    let [last, shown] = [began, false]
    const erased = () => {
      last = clock.currentTimeMillisUnsafe()
      const erase = shown ? "\r\x1b[2K" : ""
      shown = false
      return erase
    }
    const log = (...args: ReadonlyArray<unknown>) => console.log(erased() + args.join(" ").replace(/^(?=.)/gm, "  "))
    const showWait = Effect.suspend(() => {
      const now = clock.currentTimeMillisUnsafe()
      if (now - last < 1000) return Effect.void
      shown = true
      return terminal.display(`\r  ${dim(`… ${Math.round((now - began) / 1000)} s`)}`)
    })
    if (canAnimate) yield* Effect.forkScoped(Effect.schedule(showWait, Schedule.spaced("250 millis")))
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => shown ? Effect.orDie(terminal.display(erased())) : Effect.void)
    )
    return yield* Effect.provideService(effect, Console.Console, Object.assign(Object.create(console), { log }))
  }).pipe(Effect.scoped)

const seconds = (duration: Duration.Duration): string => `${(Duration.toMillis(duration) / 1000).toFixed(1)} s`

/** Names and sentences. */
export const list = (examples: ReadonlyArray<About>): string =>
  examples.map(({ name, says, topic }) => `${name.padEnd(9)} ${wrap(`${topic}: ${says}`, " ".repeat(10))}`).join("\n")

const told = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const message = Predicate.isObjectKeyword(error) ? CliError.getUserMessage(error) : undefined
  return (message ?? Cause.pretty(cause)).replace(/^/gm, "  ")
}

/** Runs all examples, one after the other, each as if it were called by its name, and says in the end what there was. */
export const tour = Effect.fn("tour")(function*<R>(examples: ReadonlyArray<Example<R>>) {
  const { bold, cyan, dim, red } = yield* colours
  const rows: Array<string> = []
  const failed: Array<string> = []
  yield* Console.log(
    `${bold("effect-sync")}: what tokio::sync offers, for Effect, in ${examples.length} programs that run now.`
  )
  const runAll = Effect.forEach(examples, (example, i) =>
    Effect.gen(function*() {
      const { name, next, topic } = example
      const run = Command.runWith(example.command, { version: "0.0.0", renderErrors: false })([])
      const place = `${i + 1} of ${examples.length} · `
      const [took, exit] = yield* Effect.timed(Effect.exit(Effect.provideService(run, Place, place)))
      if (exit._tag === "Failure") {
        failed.push(name)
        yield* Console.log(red(told(exit.cause)))
      }
      const status = exit._tag === "Failure" ? red("failed ") : seconds(took).padStart(6) + " "
      rows.push(`${cyan(name.padEnd(9))} ${topic.padEnd(18)} ${status}  ${next}`)
    }), { discard: true })
  yield* Effect.onInterrupt(
    runAll,
    () => Console.log(`\ninterrupted: ${rows.length} of ${examples.length} examples have run`)
  )

  yield* Console.log(`\n${dim("──")} ${bold("what ran")} ${dim("─".repeat(columns - 12))}\n`)
  yield* Console.log(dim(`${"name".padEnd(9)} ${"topic".padEnd(18)}   took   read next`))
  for (const row of rows) yield* Console.log(row)
  yield* Console.log(
    `\n${cyan("npm start -- NAME")} runs one of them, ${cyan("npm start -- NAME --help")} tells its options.`
  )
  return yield* failed.length === 0 ? Effect.void : Effect.fail(inWords(new Error(`failed: ${failed.join(", ")}`)))
})
