/**
 * What is known of one connection, and the list of all.
 */
import { Context, Effect, type Fiber, Layer, type Scope } from "effect"
import { type Broadcast, CancellationToken, type Mutex } from "effect-sync"
import type { Writer } from "effect/socket/Socket"
import type { Socket } from "node:net"
import { Deque } from "../data/Deque.ts"
import { Output } from "../wire/Output.ts"
import type { Request } from "../wire/RequestDecoder.ts"
import type { Kind, Message } from "./PubSub.ts"

/** What a connection has subscribed to. */
export interface Subscription {
  readonly kind: Kind
  readonly name: string
  readonly receiver: Broadcast.Receiver<Message>
  /** Delivers the messages. */
  readonly fiber: Fiber.Fiber<void, unknown>
}

export class Session {
  readonly id: number
  readonly socket: Socket
  /** Cancelled when the connection is to end after what it is at: with the server, or for a reason of its own. */
  readonly token: CancellationToken.CancellationToken
  /** What is written is written by whoever has the lock: replies and messages come from different fibers. */
  readonly outbox: Mutex.Mutex<Writer>
  /** Ends with the connection. */
  readonly scope: Scope.Scope
  /** Replies that are not written yet. */
  readonly output = new Output()
  /** Commands that have come and are not run yet. */
  readonly pending = new Deque<Request>()
  readonly subscriptions = new Map<string, Subscription>()
  readonly since: number
  database = 0
  name = ""
  library = ""
  libraryVersion = ""
  /** Commands queued since `MULTI`, and whether one of them was refused. */
  transaction: { readonly queue: Array<Request>; isRefused: boolean } | undefined
  isLeaving = false
  isWaiting = false
  /** Why it ends, if not because the client left. */
  ending: string | undefined
  commands = 0
  lastCommand = ""
  lastActive: number
  /** Since when the client has not read what is written to it. */
  writingSince: number | undefined

  constructor(
    fields: Pick<Session, "id" | "socket" | "token" | "outbox" | "scope" | "since">
  ) {
    this.id = fields.id
    this.socket = fields.socket
    this.token = fields.token
    this.outbox = fields.outbox
    this.scope = fields.scope
    this.since = fields.since
    this.lastActive = fields.since
  }

  get isSubscribed(): boolean {
    return this.subscriptions.size > 0
  }

  /** Ends the connection after what it is at. */
  hangUpUnsafe(reason: string): void {
    this.ending ??= reason
    CancellationToken.cancelUnsafe(this.token)
  }

  /** Ends the connection wherever it is, and whatever is not written is not. */
  cutUnsafe(reason: string): void {
    this.hangUpUnsafe(reason)
    this.socket.destroy()
  }
}

const make = Effect.sync(() => ({
  /** By their ids, the oldest first. */
  all: new Map<number, Session>(),
  /** Of the connection that was served last. Not `received`, which `CONFIG RESETSTAT` sets to 0. */
  lastId: 0,
  received: 0,
  refused: 0,
  commands: 0
}))

/** Who is connected, and how many were. */
export class Sessions extends Context.Service<Sessions, Effect.Success<typeof make>>()("mini-redis/Sessions") {
  static readonly layer = Layer.effect(Sessions, make)
}
