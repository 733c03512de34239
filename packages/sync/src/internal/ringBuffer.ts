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

// Each place is there from the start: an array with holes is a slower kind.
const places = <A>(size: number): Array<A | undefined> => Array.from({ length: size }, () => undefined)

/** @internal */
export class RingBuffer<A> {
  length = 0
  private items = places<A>(firstSize)
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

  /** The oldest, up to so many of them, copied as one piece, or as two where the ring wraps. */
  take(limit: number): Array<A> {
    const { head, items, length } = this
    const count = Math.min(limit, length)
    const end = head + count
    const size = items.length
    const taken = items.slice(head, end)
    items.fill(undefined, head, end)
    if (end > size) {
      for (const a of items.slice(0, end - size)) taken.push(a)
      items.fill(undefined, 0, end - size)
    }
    this.head = end & this.mask
    this.length = length - count
    if (count === length) this.emptied()
    return taken as Array<A>
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
    this.items = places(size)
    this.mask = size - 1
    this.head = 0
  }
}
