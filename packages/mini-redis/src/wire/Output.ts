/**
 * From replies to bytes.
 */
import { ErrorReply, MapReply, NullArray, Push, type Reply, Simple } from "./Reply.ts"

/** The version of the protocol that a client speaks. */
export type Protocol = 2 | 3

/** How many bytes are written at once: enough to make a system call worth it, little enough to wait for the client often. */
export const PIECE = 64 * 1024

/** Collects replies, and gives them as pieces of some 64 KB. */
export class Output {
  protocol: Protocol = 2
  private text = ""
  private pieces: Array<Uint8Array> = []
  private inPieces = 0

  /** The bytes that wait to be written. */
  get size(): number {
    return this.inPieces + this.text.length
  }

  add(reply: Reply): void {
    if (typeof reply === "string") this.bulk(reply)
    else if (typeof reply === "number") this.text += `:${reply}\r\n`
    else if (reply === null) this.text += this.protocol === 3 ? "_\r\n" : "$-1\r\n"
    else if (reply instanceof Simple) this.text += `+${reply.text}\r\n`
    else if (reply instanceof ErrorReply) this.text += `-${reply.text.replace(/[\r\n]/g, " ")}\r\n`
    else if (reply instanceof NullArray) this.text += this.protocol === 3 ? "_\r\n" : "*-1\r\n"
    else if (reply instanceof MapReply) {
      if (this.protocol === 3) this.all("%", reply.items.length / 2, reply.items)
      else this.all("*", reply.items.length, reply.items)
    } else if (reply instanceof Push) this.all(this.protocol === 3 ? ">" : "*", reply.items.length, reply.items)
    else this.all("*", reply.length, reply)
    if (this.text.length >= PIECE) this.cut()
  }

  /** Everything there is, which is then no more here. */
  take(): ReadonlyArray<Uint8Array> {
    this.cut()
    const pieces = this.pieces
    this.pieces = []
    this.inPieces = 0
    return pieces
  }

  private all(sign: string, count: number, items: ReadonlyArray<Reply>): void {
    this.text += `${sign}${count}\r\n`
    for (const item of items) this.add(item)
  }

  private bulk(bytes: string): void {
    this.text += `$${bytes.length}\r\n`
    // A long one is cut on its own, so that no string gets longer than strings may be.
    for (let at = 0; at < bytes.length; at += PIECE) {
      this.text += bytes.length <= PIECE ? bytes : bytes.slice(at, at + PIECE)
      if (this.text.length >= PIECE) this.cut()
    }
    this.text += "\r\n"
  }

  private cut(): void {
    if (this.text === "") return
    this.pieces.push(Buffer.from(this.text, "latin1"))
    this.inPieces += this.text.length
    this.text = ""
  }
}
