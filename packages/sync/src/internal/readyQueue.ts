/**
 * The ready queue: woken waiters on their way to run.
 *
 * Waking never runs a fiber on the waker's stack: a chain of some 1 400 hand-overs would overflow it, and the waker's
 * own state might not be settled. A woken waiter joins the ready queue of its scheduler instead, and one task on
 * the waking fiber's dispatcher resumes a whole batch in order. The waiters woken by a batch join the same batch, so
 * a chain of hand-overs costs one turn of the event loop, not one each (0.4 µs a hop instead of 1.9).
 *
 * - One queue per scheduler, not one for all: `Effect.runSync` and test schedulers drain their own, and must not wait
 *   for somebody else's turn.
 * - At most `budget` resumptions a turn: a resumed fiber starts with a fresh operation count, so the run loop's own
 *   yielding never stops a chain of hand-overs. Without the budget two fibers that wake each other for ever would
 *   starve timers and I/O; 128 costs nothing measurable and keeps the gap at 2 to 3 ms.
 * - A fiber whose observer throws ends the turn; the rest is resumed in the next one.
 *
 * Guarded by `test/readyQueue.test.ts`.
 *
 * @internal
 */
import * as Fiber from "effect/Fiber"
import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler"
import { type Waiter, WaitQueue } from "./waitQueue.ts"

const budget = 128

class ReadyQueue {
  private readonly waiters = new WaitQueue()
  private scheduledOn: SchedulerDispatcher | undefined = undefined
  private draining = false
  private readonly synchronous: boolean

  constructor(scheduler: Scheduler) {
    this.synchronous = scheduler.executionMode === "sync"
  }

  push(waiter: Waiter<any, any, any>): void {
    this.waiters.push(waiter)
    if (this.draining) return // the running batch gets there
    if (this.scheduledOn !== undefined && !this.synchronous) return
    // Asked for only when it is needed: a fiber makes its dispatcher at the first question, 200 bytes for each waker.
    const dispatcher = dispatcherFor(waiter)
    // runSync flushes the dispatcher of its root fiber only, so a batch scheduled on another one may come too late for
    // it. A second task finds an empty queue at worst.
    if (this.scheduledOn !== dispatcher) this.schedule(dispatcher)
  }

  private schedule(dispatcher: SchedulerDispatcher): void {
    this.scheduledOn = dispatcher
    dispatcher.scheduleTask(() => this.drain(dispatcher), 0)
  }

  private drain(dispatcher: SchedulerDispatcher): void {
    this.scheduledOn = undefined
    this.draining = true
    try {
      for (let i = 0; i < budget; i++) {
        const waiter = this.waiters.shift()
        if (waiter === undefined) break
        waiter.wake()
      }
    } finally {
      this.draining = false
      if (this.waiters.head !== undefined) this.schedule(dispatcher)
    }
  }
}

const queues = new WeakMap<Scheduler, ReadyQueue>()

// Nearly all wake-ups of a process come from one scheduler: remembering the last one saves the look-up.
let lastScheduler: Scheduler | undefined
let lastQueue: ReadyQueue

const readyQueueOf = (scheduler: Scheduler): ReadyQueue => {
  if (scheduler === lastScheduler) return lastQueue
  let queue = queues.get(scheduler)
  if (queue === undefined) {
    queue = new ReadyQueue(scheduler)
    queues.set(scheduler, queue)
  }
  lastScheduler = scheduler
  return lastQueue = queue
}

/** The waking fiber's, if that runs on the waiter's scheduler; else the waiter's own. */
const dispatcherFor = (waiter: Waiter<any, any, any>): SchedulerDispatcher => {
  const sleeper = waiter.fiber!
  const waker = Fiber.getCurrent()
  const fiber = waker !== undefined && waker.cache.scheduler === sleeper.cache.scheduler ? waker : sleeper
  return fiber.currentDispatcher
}

/**
 * Lets a waiter that was granted or refused something run soon: after the current synchronous steps, in order.
 *
 * It runs on its own scheduler. A waker may well have another: `Effect.runSync` inside a fiber, a test scheduler, a
 * callback outside any fiber.
 *
 * @internal
 */
export const wakeSoon = (waiter: Waiter<any, any, any>): void => {
  readyQueueOf(waiter.fiber!.cache.scheduler).push(waiter)
}
