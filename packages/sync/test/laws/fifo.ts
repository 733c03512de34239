/**
 * First come, first served, whatever the sizes and however many permits happen to be free.
 */
import { Effect } from "effect"
import { type Law, type LockUnderTest, must, permits } from "./lock.ts"
import { mustBecome, type Request, request } from "./stepping.ts"

export const fifo: Law = {
  name: "FIFO",
  guards: "SEM-1, SEM-2, SEM-7, MUT-2, RW-2",
  check: (make) =>
    Effect.gen(function*() {
      const { capacity } = yield* make
      for (let free = 0; free < capacity; free++) yield* Effect.scoped(line(yield* make, free))
    })
}

/** A line of requests, large ones before small ones that would fit, while that many permits are free. */
const line = (lock: LockUnderTest, free: number) =>
  Effect.gen(function*() {
    const { capacity } = lock
    const order: Array<number> = []
    // What is held goes back one permit at a time, so that small requests fit long before large ones.
    const holders: Array<Request> = []
    for (let i = free; i < capacity; i++) holders.push(yield* request(lock, 1))
    const sizes = [capacity, 1, Math.ceil(capacity / 2), 1, capacity, 1, 1]
    const requests: Array<Request> = []
    for (const [i, n] of sizes.entries()) requests.push(yield* request(lock, n, () => order.push(i + 1)))
    for (const holder of holders) yield* holder.leave
    const name = (number: number) => `request ${number} (${permits(sizes[number - 1])})`
    for (let turn = 1; turn <= sizes.length; turn++) {
      yield* mustBecome(() => order.length >= turn, `FIFO: ${name(turn)} was never served`)
      const served = order[turn - 1]
      yield* must(served === turn, `FIFO: ${name(served)} was served before ${name(turn)}`)
      yield* requests[turn - 1].leave
    }
  })
