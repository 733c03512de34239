/**
 * The result of a computation that goes on elsewhere, and knows nothing of Effect: Node derives a key from a password on a
 * thread of its own, and calls back once.
 *
 * A `Oneshot` carries the one value from the callback to the fiber that waits. Whoever is no longer waited for is told, and
 * has the value back.
 */
import { Console, Effect, Result } from "effect"
import { Handle, Oneshot } from "effect-sync"
import { pbkdf2 } from "node:crypto"

/** Begins to derive a key. If that fails, the sender is dropped. */
const derive = (password: string, sender: Oneshot.Sender<string>) =>
  pbkdf2(password, "salt", 100_000, 16, "sha256", (error, key) => {
    if (error === null) Oneshot.sendUnsafe(sender, key.toString("hex"))
    else Oneshot.dropUnsafe(sender)
  })

const keyOf = Effect.fnUntraced(function*(password: string) {
  const [sender, receiver] = Oneshot.makeUnsafe<string>()
  yield* Handle.transfer(receiver, yield* Effect.scope) // ours till we end
  derive(password, sender) // the callback's, whenever it comes
  yield* Console.log(`no key yet: ${yield* Oneshot.isEmpty(receiver)}`)
  return yield* Oneshot.recv(receiver) // waits for it
}, Effect.scoped)

export const oneshot = Effect.fn("oneshot")(function*(password: string) {
  yield* Console.log(`the key is ${yield* keyOf(password)}`)

  const [sender, receiver] = Oneshot.makeUnsafe<string>()
  yield* Oneshot.drop(receiver) // as when its scope has ended: nobody waits any more
  const sent = Oneshot.sendUnsafe(sender, "a late result")
  yield* Console.log(Result.match(sent, { onSuccess: () => "sent", onFailure: ({ value }) => `not sent: ${value}` }))
})
