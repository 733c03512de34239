import { Oneshot } from "effect-sync"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"
import { uncontended } from "./rivals.ts"

const name = "effect-sync"

/** How often a value goes over, there or back, in a round. */
const hops = 2_000

// Two fibers that both stay, and talk by channels for one value each; a value carries the channel for the next one. No
// fiber is forked on the way: that would cost several times as much as the rest.

const fresh = <A>() => Effect.sync(() => Oneshot.makeUnsafe<A>())

interface Result {
  readonly value: number
  readonly next: Oneshot.Receiver<Result>
}

interface DeferredResult {
  readonly value: number
  readonly next: Deferred.Deferred<DeferredResult>
}

/** One computes and hands over, the other takes. */
const standing: Case = {
  name: "Oneshot between standing fibers",
  ours: looping(name, hops, (n) =>
    Effect.gen(function*() {
      let [sender, receiver] = yield* fresh<Result>()
      const taking = yield* Effect.forkChild(
        Effect.gen(function*() {
          let sum = 0
          for (let i = 0; i < n; i++) {
            const { next, value } = yield* Oneshot.recv(receiver)
            receiver = next
            sum += value
          }
          return sum
        }),
        { startImmediately: true }
      )
      for (let i = 0; i < n; i++) {
        const [nextSender, next] = yield* fresh<Result>()
        yield* Oneshot.send(sender, { value: i, next })
        sender = nextSender
      }
      return yield* Fiber.join(taking)
    }).pipe(Effect.orDie)),
  rivals: [{
    must: 1,
    stretch: 0.7,
    contender: looping("Deferred", hops, (n) =>
      Effect.gen(function*() {
        let deferred = yield* Deferred.make<DeferredResult>()
        let awaited = deferred
        const taking = yield* Effect.forkChild(
          Effect.gen(function*() {
            let sum = 0
            for (let i = 0; i < n; i++) {
              const { next, value } = yield* Deferred.await(awaited)
              awaited = next
              sum += value
            }
            return sum
          }),
          { startImmediately: true }
        )
        for (let i = 0; i < n; i++) {
          const next = yield* Deferred.make<DeferredResult>()
          yield* Deferred.succeed(deferred, { value: i, next })
          deferred = next
        }
        return yield* Fiber.join(taking)
      }))
  }]
}

interface Request {
  readonly reply: Oneshot.Sender<number>
  readonly next: Oneshot.Receiver<Request>
}

interface DeferredRequest {
  readonly reply: Deferred.Deferred<number>
  readonly next: Deferred.Deferred<DeferredRequest>
}

// A Deferred resumes who waits on the stack of who completes it, so that the answer is there before the question has
// returned, and only one of the two ever waits. A channel runs nobody on that stack: both wait, which costs Effect an
// AsyncResource each time on Node. For information.
const asking: Case = {
  name: "Oneshot, question and answer, per hop",
  ours: looping(name, hops, (n) =>
    Effect.gen(function*() {
      let [sender, receiver] = yield* fresh<Request>()
      const answering = yield* Effect.forkChild(
        Effect.gen(function*() {
          for (let i = 0; i < n; i += 2) {
            const { next, reply } = yield* Oneshot.recv(receiver)
            receiver = next
            yield* Oneshot.send(reply, i)
          }
        }),
        { startImmediately: true }
      )
      let sum = 0
      for (let i = 0; i < n; i += 2) {
        const [reply, answer] = yield* fresh<number>()
        const [nextSender, next] = yield* fresh<Request>()
        yield* Oneshot.send(sender, { reply, next })
        sender = nextSender
        sum += yield* Oneshot.recv(answer)
      }
      yield* Fiber.join(answering)
      return sum
    }).pipe(Effect.orDie)),
  rivals: [{
    contender: looping("Deferred", hops, (n) =>
      Effect.gen(function*() {
        let request = yield* Deferred.make<DeferredRequest>()
        let asked = request
        const answering = yield* Effect.forkChild(
          Effect.gen(function*() {
            for (let i = 0; i < n; i += 2) {
              const { next, reply } = yield* Deferred.await(asked)
              asked = next
              yield* Deferred.succeed(reply, i)
            }
          }),
          { startImmediately: true }
        )
        let sum = 0
        for (let i = 0; i < n; i += 2) {
          const reply = yield* Deferred.make<number>()
          const next = yield* Deferred.make<DeferredRequest>()
          yield* Deferred.succeed(request, { reply, next })
          request = next
          sum += yield* Deferred.await(reply)
        }
        yield* Fiber.join(answering)
        return sum
      }))
  }]
}

/** Nobody waits: the value is there before it is asked for. */
const sequential: Case = {
  name: "Oneshot, making, sending and receiving",
  ours: looping(name, uncontended, (n) =>
    Effect.gen(function*() {
      let sum = 0
      for (let i = 0; i < n; i++) {
        const [sender, receiver] = yield* fresh<number>()
        yield* Oneshot.send(sender, i)
        sum += yield* Oneshot.recv(receiver)
      }
      return sum
    }).pipe(Effect.orDie)),
  rivals: [{
    contender: looping("Deferred", uncontended, (n) =>
      Effect.gen(function*() {
        let sum = 0
        for (let i = 0; i < n; i++) {
          const deferred = yield* Deferred.make<number>()
          yield* Deferred.succeed(deferred, i)
          sum += yield* Deferred.await(deferred)
        }
        return sum
      }))
  }]
}

/** The same in a scope that drops both halves, as a request usually has it. A Deferred has nothing to drop. */
const scoped: Case = {
  name: "Oneshot, the same in a scope",
  ours: looping(name, uncontended, (n) => {
    const exchange = Effect.scoped(Effect.flatMap(
      Oneshot.make<number>(),
      ([sender, receiver]) => Effect.andThen(Oneshot.send(sender, 1), Oneshot.recv(receiver))
    ))
    return Effect.orDie(Effect.gen(function*() {
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* exchange
      return sum
    }))
  }),
  rivals: [{
    contender: looping("Deferred", uncontended, (n) => {
      const exchange = Effect.scoped(Effect.flatMap(
        Deferred.make<number>(),
        (deferred) => Effect.andThen(Deferred.succeed(deferred, 1), Deferred.await(deferred))
      ))
      return Effect.gen(function*() {
        let sum = 0
        for (let i = 0; i < n; i++) sum += yield* exchange
        return sum
      })
    })
  }]
}

export const cases: ReadonlyArray<Case> = [standing, asking, sequential, scoped]
