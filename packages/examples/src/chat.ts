/**
 * A chat room over TCP: whatever one says, all others hear.
 *
 * The room is a Broadcast. Each connection has a receiver of its own, from when its owner has said who it is until it is
 * closed, and sends what it reads. Nobody has a list of those in the room, and nobody waits for anybody: a client that does
 * not read what it is sent falls behind, alone, and is told how many lines it missed once it reads again.
 */
import { Console, Effect, Result, Stream } from "effect"
import { Broadcast, Handle } from "effect-sync"
import { Command, Flag } from "effect/cli"
import type { Socket } from "node:net"
import { connect, type LineSocket, lineSocket, listen } from "./lineSocket.ts"

/** Something said, or something that has happened. */
export interface Line {
  readonly who: string
  readonly text: string
}

export class Room extends Broadcast.Service<Room, Line>()("chat/Room", { capacity: 64 }) {}

/** Waits until what was written is on its way, so that it is the receiver that falls behind and no buffer that grows. */
const drained = (socket: Socket): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (!socket.writableNeedDrain || socket.destroyed) return resume(Effect.void)
    const go = () => resume(Effect.void)
    socket.once("drain", go)
    socket.once("close", go)
    return Effect.sync(() => {
      socket.off("drain", go)
      socket.off("close", go)
    })
  })

/** Somebody in the room, until the connection is closed by either side. */
const guest = Effect.fnUntraced(function*(socket: Socket) {
  const { read, write } = yield* lineSocket(socket)
  yield* write("Who are you?")
  const who = yield* read
  const receiver = yield* Room.subscribe
  const say = (text: string) => Effect.ignore(Room.send({ who, text }))

  const hear = (text: string) => Effect.andThen(write(text), drained(socket))
  const hearing = Stream.runForEach(Broadcast.stream(receiver, { onLag: "emit" }), (line) => {
    if (Result.isFailure(line)) return hear(`* you missed ${line.failure.skipped} lines`)
    return line.success.who === who ? Effect.void : hear(`${line.success.who}: ${line.success.text}`)
  })
  const saying = Effect.forever(Effect.flatMap(read, say))

  yield* write(`Hello ${who}`)
  yield* Effect.ensuring(Effect.raceFirst(hearing, saying), say("has left"))
})

/** Opens the room for as long as the scope lives, and gives its port. */
export const open = Effect.gen(function*() {
  const { accept, port } = yield* listen
  const letIn = Effect.flatMap(
    accept,
    (socket) => Handle.forkWith(Effect.void, () => Effect.ignore(guest(socket)), { startImmediately: true })
  )
  yield* Effect.forkScoped(Effect.forever(letIn))
  return port
})

/** Comes in under a name. */
export const enter = Effect.fnUntraced(function*(port: number, who: string) {
  const client = yield* connect(port)
  yield* client.read
  yield* client.write(who)
  yield* client.read
  return client
})

/** A short conversation, and what each of the three heard. */
export const conversation = Effect.fn("conversation")(function*() {
  const port = yield* open
  const names = ["Ada", "Ben", "Cleo"]
  const clients = new Map<string, LineSocket>()
  for (const name of names) clients.set(name, yield* enter(port, name))
  const heard = new Map<string, Array<string>>(names.map((name) => [name, []]))
  const says = Effect.fnUntraced(function*(who: string, text: string) {
    yield* clients.get(who)!.write(text)
    for (const [name, { read }] of clients) if (name !== who) heard.get(name)!.push(yield* read)
  })
  yield* says("Ada", "hello")
  yield* says("Ben", "hi Ada")
  yield* says("Cleo", "who else is here?")
  return heard
}, Effect.scoped)

export const chatCommand = Command.make("chat", {
  open: Flag.Boolean("open").pipe(
    Flag.withDescription("Open the room for others (nc 127.0.0.1 PORT), until it is interrupted."),
    Flag.withDefault(false)
  )
}, (options) =>
  options.open
    ? Effect.scoped(
      Effect.flatMap(open, (port) => Effect.andThen(Console.log(`nc 127.0.0.1 ${port}`), Effect.never))
    )
    : Effect.flatMap(conversation(), (heard) =>
      Console.log([...heard].map(([name, lines]) => `${name} heard:\n  ${lines.join("\n  ")}`).join("\n")))).pipe(
    Command.withDescription("A chat room over TCP. Each connection has its own receiver of one Broadcast."),
    Command.provide(Room.layer)
  )
