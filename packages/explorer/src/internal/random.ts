/**
 * A seeded source of random numbers: mulberry32, by Tommy Ettinger.
 *
 * @internal
 */

/** Numbers from 0 to 1, the same ones for the same seed. */
export const randomFrom = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
