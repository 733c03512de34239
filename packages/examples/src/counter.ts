/**
 * An actor: one fiber owns something, and all others ask it by messages. Here it hands out the numbers of invoices, and
 * keeps the next one in a file.
 *
 * Requests come by an `Mpsc` service, one after the other, so nobody ever gets a number twice; each brings a `Oneshot` for
 * its answer. Whoever is interrupted while it waits for one is simply not answered.
 */
import { Array, Console, Effect, FileSystem, Stream } from "effect"
import { Mpsc, Oneshot } from "effect-sync"

interface Request {
  readonly reply: Oneshot.Sender<number>
}

/** What the actor is asked. */
export class Desk extends Mpsc.Service<Desk, Request>()("counter/Desk", {
  capacity: 16
}) {}

/** Answers one request after the other with the number before it counts on; the file is written first. */
const actor = (file: string) =>
  Stream.runForEach(Desk.stream, ({ reply }) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const next = Number(yield* fs.readFileString(file))
      yield* fs.writeFileString(file, String(next + 1))
      yield* Effect.ignore(Oneshot.send(reply, next)) // it may be gone
    }))

/** Asks for a number, and waits for it. */
const nextNumber = Effect.gen(function*() {
  const [reply, answer] = yield* Oneshot.make<number>()
  yield* Desk.send({ reply })
  return yield* Oneshot.recv(answer)
}).pipe(Effect.scoped)

export const counter = Effect.fn("counter")(function*(customers: number) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  yield* fs.writeFileString(file, "1001")
  yield* Effect.forkScoped(actor(file))
  const names = Array.makeBy(customers, (i) => `customer ${i + 1}`)
  const numbers = yield* Effect.forEach(names, () => nextNumber, { concurrency: "unbounded" })
  for (const [i, name] of names.slice(0, 3).entries()) yield* Console.log(`${name} has invoice ${numbers[i]}`)
  yield* Console.log(`… ${customers} customers, ${new Set(numbers).size} different numbers`)
  yield* Console.log(`the next one, ${yield* fs.readFileString(file)}, is in the file`)
}, Effect.scoped)
