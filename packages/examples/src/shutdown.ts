/**
 * Graceful shutdown: whatever was begun is finished, nothing new is begun, and then everything ends.
 *
 * One token stands for the whole program, one below it for each connection of a TCP server. SIGINT, SIGTERM, or a second
 * without either, cancels the first; a client that says «quit» cancels its own and nobody else's.
 *
 * A connection that waits for a request is stopped by that at once, since only the wait is run under its token. One that is
 * in a request goes on to the end of that, and looks again. A timer is stopped wherever it is.
 */
import { Console, Duration, Effect, Fiber, Option } from "effect"
import { CancellationToken, Handle } from "effect-sync"
import { Command } from "effect/cli"
import type { Socket } from "node:net"
import { connect, type LineSocket, lineSocket, listen } from "./lineSocket.ts"
import { onFirstSignal } from "./signals.ts"

/** Cancelled when the program is to stop. */
export class Shutdown extends CancellationToken.Service<Shutdown>()("shutdown/Shutdown", {}) {}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

/** Serves requests until the token is cancelled or the client leaves. A request is a number: so many ms it takes. */
const serve = Effect.fnUntraced(function*(id: number, socket: Socket, token: CancellationToken.CancellationToken) {
  const { read, write } = yield* lineSocket(socket)
  yield* write("hello")
  let served = 0
  let ending = "its client left"
  const loop = Effect.gen(function*() {
    for (;;) {
      const wasAtWork = served > 0 && (yield* CancellationToken.isCancelled(token))
      const request = yield* CancellationToken.runUntilCancelled(token, read)
      if (Option.isNone(request)) {
        if (ending !== "asked to leave") ending = wasAtWork ? "finished what it was at" : "was idle"
        return yield* write("goodbye")
      }
      if (request.value === "quit") {
        ending = "asked to leave"
        yield* CancellationToken.cancel(token)
      } else {
        yield* write("working")
        yield* Effect.sleep(Duration.millis(Number(request.value)))
        yield* write("done")
        served++
      }
    }
  })
  yield* Effect.catchTag(loop, "Done", () => Effect.void)
  yield* Console.log(`connection ${id}: ${ending}, ${counted(served, "request")} served`)
})

/** Accepts connections until the program is to stop, and ends after the last of them has. */
const accepting = Effect.fnUntraced(function*(accept: Effect.Effect<Socket>) {
  const connections: Array<Fiber.Fiber<void, unknown>> = []
  for (;;) {
    const socket = yield* Shutdown.runUntilCancelled(accept)
    if (Option.isNone(socket)) break
    const id = connections.length + 1
    connections.push(
      yield* Handle.forkWith(Shutdown.child, (token) => serve(id, socket.value, token), { startImmediately: true })
    )
  }
  yield* Fiber.joinAll(connections)
})

/** Ticks until the program is to stop. */
const ticking = Effect.gen(function*() {
  let ticks = 0
  const tick = Effect.andThen(Effect.sleep("50 millis"), Effect.sync(() => ticks++))
  yield* Shutdown.runUntilCancelled(Effect.forever(tick))
  yield* Console.log(`timer: stopped after ${counted(ticks, "tick")}`)
})

/** Says a line, and reads so many of the answer. */
const ask = Effect.fnUntraced(function*({ read, write }: LineSocket, line: string, answers: number) {
  yield* write(line)
  return yield* Effect.replicateEffect(read, answers)
})

/** Reads until the server ends. */
const remaining = ({ read }: LineSocket) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    yield* Effect.catchTag(Effect.forever(Effect.map(read, (line) => lines.push(line))), "Done", () => Effect.void)
    return lines
  })

export interface Options {
  /** How long to wait for a signal before it shuts down by itself. */
  readonly patience: Duration.Duration
  /** How long the request takes that the shutdown comes into. */
  readonly work: Duration.Duration
}

/** Four clients, each somewhere else when the shutdown comes. */
const clients = Effect.fnUntraced(function*(port: number, { work }: Options) {
  const sockets: Array<LineSocket> = []
  for (let i = 0; i < 4; i++) {
    const socket = yield* connect(port)
    yield* socket.read // hello
    sockets.push(socket)
  }
  for (let i = 0; i < 3; i++) yield* ask(sockets[1]!, "10", 2)
  yield* ask(sockets[3]!, "10", 2)
  yield* ask(sockets[3]!, "quit", 1)
  yield* ask(sockets[0]!, String(Duration.toMillis(work)), 1)
  return sockets
})

/** Serves, shuts down, and says what ended in which way. */
export const shutdown = Effect.fn("shutdown")(function*(options: Options) {
  const token = yield* Shutdown
  let after = "a shutdown of its own"
  yield* onFirstSignal((signal) => {
    after = signal
    CancellationToken.cancelUnsafe(token) // a callback of Node's, outside of any fiber
  })

  const { accept, port } = yield* listen
  const parts = [
    yield* Effect.forkChild(accepting(accept)),
    yield* Effect.forkChild(ticking)
  ]
  yield* Console.log(`listening on port ${port}`)
  const sockets = yield* Shutdown.runUntilCancelled(clients(port, options))
  if (Option.isSome(sockets)) yield* Console.log(`press Ctrl-C, or wait: ${String(token)}`)
  const undisturbed = yield* Shutdown.runUntilCancelled(Effect.sleep(options.patience))
  if (Option.isSome(undisturbed)) yield* Effect.andThen(Console.log("nobody asks, so it shuts down"), Shutdown.cancel)

  yield* Fiber.joinAll(parts)
  for (const [i, socket] of Option.getOrElse(sockets, () => []).entries()) {
    yield* Console.log(`client ${i + 1} heard at last: ${(yield* remaining(socket)).join(", ") || "nothing more"}`)
  }
  yield* Console.log(`everything has ended after ${after}: ${String(token)}`)
}, Effect.scoped)

export const shutdownCommand = Command.make(
  "shutdown",
  {},
  () => shutdown({ patience: Duration.seconds(1), work: Duration.millis(1500) }).pipe(Effect.provide(Shutdown.layer))
).pipe(
  Command.withDescription(
    "A TCP server, four clients and a timer on this machine, each under a CancellationToken. SIGINT (Ctrl-C) or SIGTERM, or " +
      "a second without either, cancels the one above all: requests are finished, idle connections are told goodbye, the " +
      "timer stops. A second signal interrupts."
  )
)
