/**
 * Watching an Effect Queue from beside it: being told when messages enter or leave it, and when it is ended, whoever does
 * it and by whatever function.
 *
 * Queue's functions read and write the fields of a queue, which are public and typed. Two of them become accessors here:
 * `messages.length`, which every way in and every way out assigns, and `state`, which is replaced when the queue is ended.
 * The observer is told right after the assignment, *from within Queue's own step*: the list may be half changed, so it must
 * touch neither the queue nor run anybody. Keeping accounts, and putting who is woken into the ready queue, is all it does.
 *
 * That assignments are how Queue works is what we see, not what it promises. `canObserve` says whether it is so; the second
 * way when it is not is a pair of pumps (`queueBackedPump.ts`).
 *
 * Guarded by `test/queueObserver.test.ts`, a test for each property.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MutableList from "effect/MutableList"
import * as Queue from "effect/Queue"

/** What happens to a queue, as told from within Queue's own step. */
export interface QueueObserver {
  /** So many messages entered it; a negative number left it. */
  changed(by: number): void
  /** It is not open any more, or not even closing. Told once for each. */
  ended(): void
}

/** @internal */
export const observe = <A>(queue: Queue.Queue<A, Cause.Done>, observer: QueueObserver): void => {
  let { length } = queue.messages
  Object.defineProperty(queue.messages, "length", {
    configurable: true,
    enumerable: true,
    get: () => length,
    set(value: number) {
      const by = value - length
      length = value
      if (by !== 0) observer.changed(by)
    }
  })
  let { state } = queue
  Object.defineProperty(queue, "state", {
    configurable: true,
    enumerable: true,
    get: () => state,
    set(value: typeof state) {
      state = value
      observer.ended()
    }
  })
}

/**
 * What we rely on, each by the name of its test. Each is asked of a fresh queue with two slots, and of what its observer
 * was told.
 *
 * @internal
 */
export const properties: Readonly<Record<string, (queue: Queue.Queue<number, Cause.Done>, told: Told) => boolean>> = {
  "an offer is told": (queue, told) => Queue.offerUnsafe(queue, 1) && told.is("+1"),
  "an offer of many is told": (queue, told) => Queue.offerAllUnsafe(queue, [1, 2, 3]).length === 1 && told.sum === 2,
  "a full queue refuses, and nothing is told": (queue, told) =>
    Queue.offerAllUnsafe(queue, [1, 2]).length === 0 && !Queue.offerUnsafe(queue, 3) && told.sum === 2,
  "a take is told": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    const first = Queue.takeUnsafe(queue)
    return first !== undefined && Exit.isSuccess(first) && first.value === 1 && told.sum === 1
  },
  "a take of all is told": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    return Effect.runSync(Queue.takeAll(queue)).join() === "1,2" && told.sum === 0
  },
  "clearing is told": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    return Effect.runSync(Queue.clear(queue)).length === 2 && told.sum === 0
  },
  "what is appended to the list is taken, even from a queue that is full or closing": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    MutableList.append(queue.messages, 3)
    Queue.endUnsafe(queue)
    MutableList.append(queue.messages, 4)
    return queue.messages.length === 4 && told.sum === 4 && Effect.runSync(Queue.takeAll(queue)).join() === "1,2,3,4"
  },
  "what is taken from the list leaves the queue, and is told": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    return MutableList.take(queue.messages) === 1 && Queue.sizeUnsafe(queue) === 1 && told.sum === 1
  },
  "the end of an empty queue is told": (queue, told) => Queue.endUnsafe(queue) && told.is("Done"),
  "the end of a queue with messages is told, and that they are gone": (queue, told) => {
    Queue.offerUnsafe(queue, 1)
    Queue.endUnsafe(queue)
    const closing = told.is("+1 Closing")
    Queue.takeUnsafe(queue)
    return closing && told.is("+1 Closing -1 Done")
  },
  "nothing enters a queue that is ended": (queue, told) => {
    Queue.offerUnsafe(queue, 1)
    Queue.endUnsafe(queue)
    return !Queue.offerUnsafe(queue, 2) && told.sum === 1
  },
  "a shutdown is told, and that the messages are gone": (queue, told) => {
    Queue.offerUnsafe(queue, 1)
    Queue.shutdownUnsafe(queue)
    return told.sum === 0 && told.is("+1 -1 Done")
  },
  "who waits to offer gets in with a take, and both are told": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    const offering = Effect.runFork(Queue.offer(queue, 3))
    const waited = offering.pollUnsafe() === undefined && waitingOffers(queue) === 1
    Queue.takeUnsafe(queue)
    return waited && waitingOffers(queue) === 0 && told.sum === 2 && offering.pollUnsafe() !== undefined
  },
  "taking what was put before all others lets in who waits to offer, and ends what is closing": (queue, told) => {
    Queue.offerAllUnsafe(queue, [1, 2])
    const offering = Effect.runFork(Queue.offer(queue, 3))
    MutableList.take(queue.messages)
    const waited = offering.pollUnsafe() === undefined
    MutableList.prepend(queue.messages, 0)
    const first = Queue.takeUnsafe(queue)
    const letIn = waitingOffers(queue) === 0 && told.is("+1 +1 -1 +1 -1 +1")
    Queue.endUnsafe(queue)
    MutableList.takeN(queue.messages, 2)
    const closing = queue.state._tag === "Closing"
    MutableList.prepend(queue.messages, 0)
    Queue.takeUnsafe(queue)
    return waited && letIn && first !== undefined && Exit.isSuccess(first) && first.value === 0 && closing &&
      queue.state._tag as string === "Done"
  },
  "who waits to take, or for the end, can be counted, and is not run by an offer": (queue) => {
    const nobody = !isWaitedFor(queue)
    const taking = Effect.runFork(Queue.take(queue))
    const one = isWaitedFor(queue)
    taking.interruptUnsafe()
    const left = !isWaitedFor(queue)
    const waiting = Effect.runFork(Queue.await(queue))
    const another = isWaitedFor(queue)
    waiting.interruptUnsafe()
    const last = Effect.runFork(Queue.take(queue))
    Queue.offerUnsafe(queue, 1)
    const later = last.pollUnsafe() === undefined
    last.interruptUnsafe()
    return nobody && one && left && another && later
  }
}

/** Whether fibers wait in Queue's own functions for a message or for the end: the end runs them at once. */
export const isWaitedFor = (queue: Queue.Queue<any, any>): boolean =>
  queue.state._tag !== "Done" && (queue.state.takers.size > 0 || queue.state.awaiters.size > 0)

/** How many fibers wait in Queue's own functions to offer something: a take runs them at once. */
export const waitingOffers = (queue: Queue.Queue<any, any>): number =>
  queue.state._tag === "Done" ? 0 : queue.state.offers.size

/**
 * What an observer was told: `+1 -1 Closing`.
 *
 * @internal
 */
export class Told implements QueueObserver {
  sum = 0
  private readonly log: Array<string> = []
  private readonly queue: Queue.Queue<any, any>

  constructor(queue: Queue.Queue<any, any>) {
    this.queue = queue
  }

  changed(by: number): void {
    this.sum += by
    this.log.push(by > 0 ? `+${by}` : String(by))
  }

  ended(): void {
    this.log.push(this.queue.state._tag)
  }

  is(log: string): boolean {
    return this.log.join(" ") === log
  }
}

/**
 * Asks one of the properties of a fresh queue.
 *
 * @internal
 */
export const holds = (name: string): boolean => {
  const queue = Effect.runSync(Queue.bounded<number, Cause.Done>(2))
  const told = new Told(queue)
  observe(queue, told)
  return properties[name]!(queue, told)
}

const probe = (): boolean => {
  try {
    return Object.keys(properties).every(holds)
  } catch {
    return false
  }
}

/** @internal */
export const canObserve: boolean = /* @__PURE__ */ probe()
