/** Runs an example in a test, with the files and the network of this machine. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect } from "effect"
import { TestConsole } from "effect/testing"

/** Runs an effect to its end, and gives the lines that it printed. */
export const printed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    yield* effect
    return (yield* TestConsole.logLines).map(String)
  }).pipe(Effect.provideServiceEffect(Console.Console, TestConsole.make), Effect.provide(NodeServices.layer))

/** The same for what may never end: after half a second it is over, and what was printed by then is given. */
export const printedSoon = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  printed(Effect.timeoutOption(effect, "500 millis"))

/** A primitive with another backend: some of its operations do something else. */
export const replaced = <P extends object, Id extends keyof P>(primitive: P, id: Id, operations: Partial<P[Id]>): P => {
  const backend = Object.create(primitive[id] as object, Object.getOwnPropertyDescriptors(operations))
  return Object.create(primitive, { [id]: { value: backend } })
}
