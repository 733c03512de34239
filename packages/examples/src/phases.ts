/**
 * A parallel computation in phases: Conway's Game of Life on a torus, cut into strips.
 *
 * Each strip has a fiber of its own, which needs for its first and last row what its neighbours have computed before. A
 * `Barrier` holds back whoever is early. There are two boards, one to read and one to write, which change places with
 * each generation, so one meeting per generation is enough: nobody gets further than one ahead.
 */
import { Array, Console, Effect } from "effect"
import { Barrier } from "effect-sync"

/** Where all strips meet. */
export class Meeting extends Barrier.Service<Meeting>()("phases/Meeting", {
  parties: 5
}) {}

/** Rows of cells, `true` for a living one. */
export type Board = ReadonlyArray<ReadonlyArray<boolean>>

const nextRow = (board: Board, row: number): ReadonlyArray<boolean> =>
  board[row].map((alive, column) => {
    let neighbours = alive ? -1 : 0
    for (const down of [-1, 0, 1]) {
      const cells = board.at((row + down) % board.length)!
      for (const right of [-1, 0, 1]) if (cells.at((column + right) % cells.length)!) neighbours++
    }
    return neighbours === 3 || (alive && neighbours === 2)
  })

type Strip = { boards: Array<Array<ReadonlyArray<boolean>>>; rows: Array<number>; until: number }

/** Computes its rows, generation by generation. */
const strip = Effect.fnUntraced(function*({ boards, rows, until }: Strip) {
  for (let n = 1; n <= until; n++) {
    const [old, next] = [boards[(n - 1) % 2], boards[n % 2]]
    for (const row of rows) {
      next[row] = nextRow(old, row)
      yield* Effect.yieldNow // other strips run
    }
    const { isLeader } = yield* Meeting.wait // for all other strips
    if (isLeader && n % 20 === 0) yield* report(n, next)
  }
})

const report = (generation: number, board: Board) => {
  const living = board.flat().filter((alive) => alive).length
  return Console.log(`generation ${generation}: ${living} cells alive`)
}

export const phases = Effect.fn("phases")(function*(start: Board, generations: number) {
  const { parties } = yield* Meeting
  const boards = [[...start], [...start]]
  const strips = Array.makeBy(parties, (n) => start.flatMap((_, row) => row % parties === n ? [row] : []))
  yield* Effect.forEach(strips, (rows) => strip({ boards, rows, until: generations }), { concurrency: "unbounded" })
  for (const row of boards[generations % 2]) yield* Console.log(row.map((alive) => alive ? "#" : ".").join(""))
  return boards[generations % 2]
})

/** A board with the five living cells of the R-pentomino, which grow for a long time. */
export const pentomino = (rows: number, columns: number): Board =>
  Array.makeBy(rows, (row) => Array.makeBy(columns, (column) => [".##", "##.", ".#."][row - 4]?.[column - 20] === "#"))
