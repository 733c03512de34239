/** A reproducible source of numbers: integers from 0 to below `n`. */
export const random = (seed: number): (n: number) => number => {
  let state = seed >>> 0
  return (n) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}
