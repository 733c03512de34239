import { Oneshot } from "effect-sync"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { looping } from "../contenders.ts"
import type { Case } from "../measure.ts"

const name = "effect-sync"

/** How many answers a round asks for. */
const answers = 1_000

// Two fibers that both stay. One makes a channel, puts the sending half where the other looks, and waits for the answer;
// the other answers whenever there is something to answer, and gives way. No fiber is forked per answer, which would cost
// several times as much as the rest.

/** Where the one who answers finds what to answer by. */
interface Desk<Reply> {
  reply: Reply | undefined
}

const oneshots = (name: string, make: Effect.Effect<readonly [Oneshot.Sender<number>, Oneshot.Receiver<number>]>) =>
  looping(name, answers, (n) =>
    Effect.gen(function*() {
      const desk: Desk<Oneshot.Sender<number>> = { reply: undefined }
      const answering = yield* Effect.forkChild(
        Effect.gen(function*() {
          for (let i = 0; i < n; i++) {
            while (desk.reply === undefined) yield* Effect.yieldNow
            const { reply } = desk
            desk.reply = undefined
            yield* Oneshot.send(reply, i)
          }
        }),
        { startImmediately: true }
      )
      let sum = 0
      for (let i = 0; i < n; i++) {
        const [sender, receiver] = yield* make
        desk.reply = sender
        sum += yield* Oneshot.recv(receiver)
      }
      yield* Fiber.join(answering)
      return sum
    }).pipe(Effect.orDie))
