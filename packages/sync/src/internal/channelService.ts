/**
 * The service class of a channel: two tags, one for each half, and one layer that provides both halves of one channel.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type { Invariant } from "effect/Types"
import { type Accessors, addAccessors, resolve } from "./service.ts"

declare const Half: unique symbol

/** The identifier of the sending half in `R`. Invariant, so that two channels never mix. */
export interface SenderOf<in out Self> {
  readonly [Half]: { readonly sender: Invariant<Self> }
}

/** The identifier of the receiving half in `R`. */
export interface ReceiverOf<in out Self> {
  readonly [Half]: { readonly receiver: Invariant<Self> }
}

/** The identifier of that half in `R` by which one subscribes. */
export interface SourceOf<in out Self> {
  readonly [Half]: { readonly source: Invariant<Self> }
}

/**
 * The functions on one half, by the shape of their accessor.
 *
 * @internal
 */
export interface HalfAccessors extends Accessors {
  /** `f(half)` or with optional arguments only: a Stream. */
  readonly streams?: Record<string, (half: any) => Stream.Stream<any, any, any>>
  /** The same for a Sink. */
  readonly sinks?: Record<string, (half: any) => Sink.Sink<any, any, any, any, any>>
}

/** What makes the halves that a layer provides, by their names, from the options as plain values, in the layer's scope. */
export type MakeHalves = (options: Record<string, any>) => Effect.Effect<Record<string, unknown>, any, any>

/** Makes a layer of the halves, or of some of them, with other options or another maker: another backend, a consumer. */
export type LayerFrom = (given: Record<string, unknown>, build: MakeHalves) => Layer.Layer<any, any, any>

/**
 * Builds the class. `make` gets the options as plain values and builds the channel in the layer's scope: the services by
 * the names of their halves, which are the keys of `halves`, and the tags' names on the class.
 *
 * @internal
 */
export const channelServiceClass = (
  id: string,
  options: Record<string, unknown>,
  make: MakeHalves,
  halves: Record<string, HalfAccessors>,
  kept: ReadonlyArray<string> = []
): readonly [self: any, layerFrom: LayerFrom] => {
  const self: any = function() {}
  self.key = id
  self.message = options["message"]
  const tags: Record<string, any> = {}
  for (const [half, accessors] of Object.entries(halves)) {
    const tag: any = Context.Service<any, any>()(`${id}/${half}`)
    tags[half] = self[half] = tag
    addAccessors(self, tag, accessors)
    for (const [key, operation] of Object.entries(accessors.streams ?? {})) {
      self[key] = Stream.unwrap(tag.useSync(operation))
    }
    for (const [key, operation] of Object.entries(accessors.sinks ?? {})) {
      self[key] = Sink.unwrap(tag.useSync(operation))
    }
  }
  // One effect builds both halves: two layers would build two channels.
  const layerFrom: LayerFrom = (given, build) =>
    Layer.effectContext(
      Effect.map(
        Effect.flatMap(resolve(given, kept), (plain) => build({ ...plain, name: plain["name"] ?? id })),
        (services) =>
          Object.entries(services).reduce(
            (context, [half, service]) => Context.add(context, tags[half], service),
            Context.empty() as Context.Context<any>
          )
      )
    )
  self.layerWith = (given: Record<string, unknown>) => layerFrom(given, make)
  self.layer = self.layerWith(options) // one object: layers are shared by reference
  return [self, layerFrom]
}
