/**
 * A parallel computation in phases: Conway's Game of Life on a torus, cut into strips.
 *
 * Every strip has a fiber of its own, which computes the next generation of its rows. For its first and last row it
 * needs what its neighbours have computed before: so nobody begins a generation before all have done the last one. A
 * `Barrier` service holds back whoever is early. There are two boards, one to read and one to write, which change places
 * with each generation, and one meeting per generation is enough: nobody gets further than one ahead.
 */
import { Console, Effect } from "effect"
import { Barrier } from "effect-sync"
import { Command, Flag } from "effect/cli"

/** Where all strips meet. */
export class Generations extends Barrier.Service<Generations>()("phases/Generations", { parties: 4 }) {}

/** Rows of cells, `true` for a living one. */
export type Board = ReadonlyArray<ReadonlyArray<boolean>>

export interface Outcome {
  readonly board: Board
  /** Which strip came last and led, generation by generation. */
  readonly leaders: ReadonlyArray<number>
  /** How many cells lived after it. */
  readonly alive: ReadonlyArray<number>
}

const isAlive = (board: Board, row: number, column: number): boolean => {
  const cells = board.at(row % board.length)!
  return cells.at(column % cells.length)!
}

/** One row of the next generation. */
const nextRow = (board: Board, row: number): ReadonlyArray<boolean> =>
  board[row]!.map((alive, column) => {
    let neighbours = 0
    for (const down of [-1, 0, 1]) {
      for (const right of [-1, 0, 1]) {
        if ((down !== 0 || right !== 0) && isAlive(board, row + down, column + right)) neighbours++
      }
    }
    return neighbours === 3 || (alive && neighbours === 2)
  })

const living = (board: Board): number => board.flat().filter((alive) => alive).length

/** The rows of strip number `strip`; they are not all of one size. */
const rowsOf = (strip: number, strips: number, rows: number): ReadonlyArray<number> => {
  const from = Math.floor((strip * rows) / strips)
  const to = Math.floor(((strip + 1) * rows) / strips)
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** Computes so many generations, all strips at once. */
export const inStrips = Effect.fn("inStrips")(function*(board: Board, generations: number) {
  const { parties: strips } = yield* Generations
  const boards = [board.map((row) => [...row]), board.map((row) => [...row])] as const
  const leaders: Array<number> = []
  const alive: Array<number> = []

  const strip = Effect.fnUntraced(function*(number: number) {
    for (let generation = 0; generation < generations; generation++) {
      const [old, next] = generation % 2 === 0 ? boards : [boards[1], boards[0]]
      for (const row of rowsOf(number, strips, board.length)) {
        next[row] = [...nextRow(old, row)]
        // Others run in between, and each time another strip is slow.
        yield* Effect.repeat(Effect.yieldNow, { times: (number + generation) % strips })
      }
      const { isLeader } = yield* Generations.wait
      if (isLeader) {
        leaders.push(number)
        alive.push(living(next)) // nobody writes to it before we meet again
      }
    }
  })
  yield* Effect.forEach(Array.from({ length: strips }, (_, number) => number), strip, {
    concurrency: "unbounded",
    discard: true
  })
  return { board: boards[generations % 2]!, leaders, alive } satisfies Outcome
})

/** The same by a plain loop. */
export const inSequence = (board: Board, generations: number): Board => {
  let result = board
  for (let i = 0; i < generations; i++) result = result.map((_, row) => nextRow(result, row))
  return result
}

/** A board that looks random and is the same each time. */
export const soup = (rows: number, columns: number): Board => {
  let state = 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647 // MINSTD
    return state % 3 === 0
  }
  return Array.from({ length: rows }, () => Array.from({ length: columns }, next))
}

export const report = (start: Board, { alive, board, leaders }: Outcome): string => {
  const expected = inSequence(start, leaders.length)
  const isSame = board.every((row, i) => row.every((cell, j) => cell === expected[i]![j]))
  return [
    ...leaders.map((leader, i) =>
      `generation ${String(i + 1).padStart(3)}: strip ${leader + 1} came last and led, ${alive[i]} cells alive`
    ),
    "",
    ...board.map((row) => row.map((cell) => cell ? "#" : ".").join("")),
    "",
    `computed in sequence: ${isSame ? "the same" : "SOMETHING ELSE"}`
  ].join("\n")
}

const run = (strips: number, generations: number) => {
  const start = soup(16, 48)
  return inStrips(start, generations).pipe(
    Effect.flatMap((outcome) => Console.log(report(start, outcome))),
    Effect.provide(Generations.layerWith({ parties: strips }))
  )
}

const between = (minimum: number, maximum: number) =>
  Flag.filter(
    (n: number) => n >= minimum && n <= maximum,
    (n) => `Expected a number from ${minimum} to ${maximum}, got ${n}`
  )

export const phasesCommand = Command.make("phases", {
  strips: Flag.Int("strips").pipe(
    Flag.withDescription("Into how many strips the 16 rows are cut, each with a fiber of its own"),
    between(1, 16),
    Flag.withDefault(5)
  ),
  generations: Flag.Int("generations").pipe(
    Flag.withDescription("How many generations to compute"),
    between(1, 999),
    Flag.withDefault(12)
  )
}, ({ generations, strips }) => run(strips, generations)).pipe(
  Command.withDescription(
    "Compute a Game of Life in strips, each in a fiber of its own. After each generation they meet at a Barrier; the " +
      "last to come leads. The result is compared with that of a plain loop."
  )
)
