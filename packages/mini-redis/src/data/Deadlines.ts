/**
 * Which key expires next: a binary heap of moments.
 *
 * A key that is given another moment gets another entry, and the old one stays until it comes to the top, where whoever
 * takes it sees that it is outdated. So that a key set again and again does not fill the heap, it is built anew when most
 * of it is outdated.
 */
export interface Deadline {
  readonly key: string
  readonly at: number
}

export class Deadlines {
  private heap: Array<Deadline> = []
  /** Whether a key still expires at that moment. */
  private readonly isCurrent: (deadline: Deadline) => boolean

  constructor(isCurrent: (deadline: Deadline) => boolean) {
    this.isCurrent = isCurrent
  }

  get size(): number {
    return this.heap.length
  }

  /** `current` is how many keys expire at all. */
  add(deadline: Deadline, current: number): void {
    if (this.heap.length > 2 * current + 64) this.rebuild()
    let place = this.heap.push(deadline) - 1
    for (; place > 0; place = parent(place)) {
      const above = this.heap[parent(place)]!
      if (above.at <= deadline.at) break
      this.heap[place] = above
    }
    this.heap[place] = deadline
  }

  /** The earliest, which stays. */
  peek(): Deadline | undefined {
    for (;;) {
      const top = this.heap[0]
      if (top === undefined || this.isCurrent(top)) return top
      this.removeTop()
    }
  }

  removeTop(): void {
    const last = this.heap.pop()
    if (last !== undefined && this.heap.length > 0) this.sink(last, 0)
  }

  clear(): void {
    this.heap = []
  }

  private rebuild(): void {
    this.heap = this.heap.filter(this.isCurrent).sort((a, b) => a.at - b.at)
  }

  private sink(deadline: Deadline, from: number): void {
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= this.heap.length) break
      if (below + 1 < this.heap.length && this.heap[below + 1]!.at < this.heap[below]!.at) below++
      if (this.heap[below]!.at >= deadline.at) break
      this.heap[place] = this.heap[below]!
      place = below
    }
    this.heap[place] = deadline
  }
}

const parent = (place: number): number => (place - 1) >> 1
