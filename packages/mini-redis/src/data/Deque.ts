/**
 * A list that is cheap at both ends: a ring in an array whose length is a power of two.
 */
export class Deque<A> {
  private ring: Array<A | undefined> = [undefined, undefined, undefined, undefined]
  private first = 0
  private count = 0

  get length(): number {
    return this.count
  }

  /** The item at a place from 0 below `length`. */
  at(place: number): A {
    return this.ring[(this.first + place) & (this.ring.length - 1)]!
  }

  pushLast(item: A): void {
    if (this.count === this.ring.length) this.grow()
    this.ring[(this.first + this.count++) & (this.ring.length - 1)] = item
  }

  pushFirst(item: A): void {
    if (this.count === this.ring.length) this.grow()
    this.first = (this.first - 1) & (this.ring.length - 1)
    this.ring[this.first] = item
    this.count++
  }

  popFirst(): A | undefined {
    if (this.count === 0) return undefined
    const item = this.ring[this.first]
    this.ring[this.first] = undefined
    this.first = (this.first + 1) & (this.ring.length - 1)
    this.count--
    return item
  }

  popLast(): A | undefined {
    if (this.count === 0) return undefined
    const place = (this.first + --this.count) & (this.ring.length - 1)
    const item = this.ring[place]
    this.ring[place] = undefined
    return item
  }

  private grow(): void {
    this.ring = Array.from({ length: 2 * this.count }, (_, i) => i < this.count ? this.at(i) : undefined)
    this.first = 0
  }
}
