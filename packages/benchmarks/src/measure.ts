/**
 * How a case is measured.
 *
 * Nanoseconds mean little: a shared machine changes its speed within seconds, and takes the processor away at any
 * moment. What holds is the ratio of two contenders that ran right after one another. So every round runs each contender
 * once, in rotated order; the ratio is taken inside the round; and what is reported is the median of these ratios, with
 * their quartiles. Rounds are short (about a millisecond per contender) and many, so that most are not disturbed.
 *
 * The warm-up is counted in operations, for all contenders in turn: with «three runs» a case of 1 000 operations would
 * be measured before it was optimised. The garbage collector is never called between rounds, since that throws
 * optimised code away.
 */

/** One way to do the work of a case. */
export interface Contender {
  readonly name: string
  /** How many operations a round does. */
  readonly operations: number
  /** Does a round, and says how many nanoseconds the part of it took that counts. */
  readonly round: () => Promise<number>
}

/** Whom we are compared with. */
export interface Rival {
  readonly contender: Contender
  /** The ratio (ours ÷ theirs) not to be exceeded; without it the comparison is for information. */
  readonly must?: number
  /** The ratio to strive for. */
  readonly stretch?: number
}

/** One table row per rival. All of a case run in the same rounds. */
export interface Case {
  readonly name: string
  readonly ours: Contender
  readonly rivals: ReadonlyArray<Rival>
  /** Where a round takes seconds: so many rounds, a warm-up of one, and none of it with `--quick`. */
  readonly slow?: { readonly rounds: number }
}

/** How long to go on. */
export interface Effort {
  /** At least so many rounds, */
  readonly rounds: number
  /** and as many as fit into this time. */
  readonly seconds: number
}

export interface Spread {
  readonly median: number
  readonly q1: number
  readonly q3: number
}

export interface Result {
  readonly case: string
  readonly contender: string
  /** Median nanoseconds per operation. */
  readonly nanoseconds: { readonly ours: number; readonly theirs: number }
  readonly ratio: Spread
  readonly rounds: number
  readonly must: number | undefined
  readonly stretch: number | undefined
}

/** How much each contender does before anything counts. */
const warmUpOperations = 60_000

/** Runs `operations` per contender at least, in turn. */
const warmUp = async (contenders: ReadonlyArray<Contender>, operations: number): Promise<void> => {
  const left = contenders.map(() => operations)
  while (left.some((n) => n > 0)) {
    for (const [i, contender] of contenders.entries()) {
      if (left[i]! <= 0) continue
      left[i]! -= contender.operations
      await contender.round()
    }
  }
}

/**
 * Runs each contender once. Rounds begin with another one in turn, and every second goes backwards: otherwise a
 * contender would always come after the same one, and find the garbage of that. Gives nanoseconds per operation, in the
 * order of `contenders`.
 */
const runRound = async (contenders: ReadonlyArray<Contender>, round: number): Promise<Array<number>> => {
  const n = contenders.length
  const nanoseconds: Array<number> = []
  for (let i = 0; i < n; i++) {
    const index = (round + (round % 2 === 0 ? i : n - i)) % n
    const contender = contenders[index]!
    nanoseconds[index] = await contender.round() / contender.operations
  }
  return nanoseconds
}

/** The value below which that part of the sample lies, interpolated. */
const quantile = (sample: ReadonlyArray<number>, part: number): number => {
  const sorted = [...sample].sort((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const below = sorted[Math.floor(position)]!
  const above = sorted[Math.ceil(position)]!
  return below + (above - below) * (position % 1)
}

const spread = (sample: ReadonlyArray<number>): Spread => ({
  median: quantile(sample, 0.5),
  q1: quantile(sample, 0.25),
  q3: quantile(sample, 0.75)
})

/** Measures a case. `onRound` is told how many rounds are done. */
export const measure = async (
  { name, ours, rivals, slow }: Case,
  effort: Effort,
  onRound: (done: number) => void
): Promise<Array<Result>> => {
  const contenders = [ours, ...rivals.map((rival) => rival.contender)]
  onRound(0)
  await warmUp(contenders, slow === undefined ? warmUpOperations : 1)
  const { rounds, seconds } = slow === undefined ? effort : { rounds: slow.rounds, seconds: 0 }
  const end = performance.now() + seconds * 1_000
  const samples: Array<ReadonlyArray<number>> = []
  while (samples.length < rounds || performance.now() < end) {
    samples.push(await runRound(contenders, samples.length))
    onRound(samples.length)
  }
  const nanoseconds = (i: number): number => quantile(samples.map((sample) => sample[i]!), 0.5)
  return rivals.map(({ contender, must, stretch }, i) => ({
    case: name,
    contender: contender.name,
    nanoseconds: { ours: nanoseconds(0), theirs: nanoseconds(i + 1) },
    ratio: spread(samples.map((sample) => sample[0]! / sample[i + 1]!)),
    rounds: samples.length,
    must,
    stretch
  }))
}
