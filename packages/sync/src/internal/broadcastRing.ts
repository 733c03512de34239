/**
 * The ring of a broadcast: the last N values, each with a countdown of the receivers that still owe it.
 *
 * Positions count from the first value ever sent; the value at position p lies in slot p mod N, where N is a power of two.
 * A receiver is a cursor, the position it reads next. Sending writes one slot whatever the number of receivers, and a
 * receiver that does not read costs its cursor and nothing else.
 *
 * ```text
 *          first            tail          owes it: receivers that were there when it was sent, and have not passed it
 *            ▼                ▼
 *   · · · ───[ 2 ][ 3 ][ 3 ]  ·           read: one less for that slot; at zero its value is let go
 *              ▲    ▲                     left: one less for each slot from the cursor on, N at most
 *            cursors                      overwritten: whoever owed it has lost it, and learns so by its distance to tail
 * ```
 *
 * **Who owes a value owes all later ones.** A receiver reads in order, and joins at the tail. So the countdowns reach zero
 * in order: what is kept is always the stretch from `first` to `tail`, and two numbers say how long that is.
 *
 * The countdown is tokio's (`Slot::rem`), as is the lag: an unread stretch longer than N begins with what is gone.
 *
 * Guarded by `test/Broadcast.test.ts` (BC-1 … BC-5, BC-10) and `test/Broadcast.model.test.ts`.
 *
 * @internal
 */
export class Ring<A> {
  /** N. */
  readonly size: number
  /** How many receivers there are. */
  receivers = 0
  /** Where the next value goes: as many as were ever sent. A number counts 285 years of them at a million a second. */
  tail = 0
  private first = 0
  // Grown by the first N values instead of made whole, so that a large capacity costs nothing until it is used.
  private readonly values: Array<A | undefined> = []
  private readonly owed: Array<number> = []

  constructor(capacity: number) {
    this.size = roundedUp(capacity)
  }

  /** How many values are kept: those that somebody owes. */
  get kept(): number {
    return this.tail - this.first
  }

  push(a: A): void {
    const slot = this.tail & (this.size - 1)
    this.values[slot] = a
    this.owed[slot] = this.receivers
    this.tail++
    if (this.tail - this.first > this.size) this.first = this.tail - this.size
  }

  /** Reads a value that is still kept, and owes it no more. */
  read(position: number): A {
    const slot = position & (this.size - 1)
    const value = this.values[slot] as A
    this.pass(position, slot)
    return value
  }

  /** A receiver goes that would have read from this position on. */
  leave(position: number): void {
    this.receivers--
    for (let p = Math.max(position, this.tail - this.size); p < this.tail; p++) this.pass(p, p & (this.size - 1))
  }

  private pass(position: number, slot: number): void {
    if (--this.owed[slot]! > 0) return
    this.values[slot] = undefined
    this.first = position + 1
  }
}

/** The smallest power of two that is no less. */
const roundedUp = (capacity: number): number => capacity === 1 ? 1 : 2 ** (32 - Math.clz32(capacity - 1))
