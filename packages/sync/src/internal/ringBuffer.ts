/**
 * A queue in an array: a ring whose size is a power of two, so that a place in it is a number and a mask.
 *
 * It doubles when it is full, and goes back to its first size when it has grown large and is empty: a burst leaves no
 * trace. What was taken out leaves no reference behind.
 *
 * @internal
 */

const firstSize = 16

/** From which size on an empty ring is given up: below, making it anew costs more than the memory is worth. */
const largeSize = 2048

/** @internal */
export class RingBuffer<A> {
  length = 0
  private items: Array<A | undefined> = new Array(firstSize)
  private mask = firstSize - 1
  private head = 0

  push(a: A): void {
    if (this.length > this.mask) this.grow()
    this.items[(this.head + this.length) & this.mask] = a
    this.length++
  }

  /** The oldest. There must be one. */
  shift(): A {
    const { head, items } = this
    const a = items[head] as A
    items[head] = undefined
    this.head = (head + 1) & this.mask
    if (--this.length === 0) this.emptied()
    return a
  }

  /** The oldest, up to so many of them. */
  take(limit: number): Array<A> {
    const { head, items, length, mask } = this
    const count = Math.min(limit, length)
    const taken: Array<A> = new Array(count)
    for (let i = 0; i < count; i++) {
      const at = (head + i) & mask
      taken[i] = items[at] as A
      items[at] = undefined
    }
    this.head = (head + count) & mask
    this.length = length - count
    if (count === length) this.emptied()
    return taken
  }

  clear(): void {
    this.resize(firstSize)
    this.length = 0
  }

  private emptied(): void {
    if (this.mask >= largeSize) this.resize(firstSize)
  }

  private grow(): void {
    const { head, items } = this
    this.resize(items.length * 2)
    for (let i = 0; i < this.length; i++) this.items[i] = items[(head + i) & (items.length - 1)]
  }

  private resize(size: number): void {
    this.items = new Array(size)
    this.mask = size - 1
    this.head = 0
  }
}
