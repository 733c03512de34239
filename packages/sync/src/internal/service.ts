/**
 * The service-class factory: one class that is the tag, builds the layers and carries the accessors.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * How an option may be given: as a value, or as an Effect that makes it (a Config is one).
 *
 * @internal
 */
export type Input<A> = A | Effect.Effect<A, any, any>

/** The errors of those options that are Effects. */
export type InputError<O> = { [K in keyof O]: O[K] extends Effect.Effect<infer _A, infer E, infer _R> ? E : never }[
  keyof O
]

/** The requirements of those options that are Effects. */
export type InputServices<O> = { [K in keyof O]: O[K] extends Effect.Effect<infer _A, infer _E, infer R> ? R : never }[
  keyof O
]

/**
 * Runs the options that are Effects, but for those to be kept, in the order in which they are written.
 *
 * @internal
 */
export const resolve = (
  options: Record<string, unknown>,
  kept: ReadonlyArray<string>
): Effect.Effect<Record<string, any>, any, any> => {
  const effects: Record<string, Effect.Effect<unknown, any, any>> = {}
  for (const [key, value] of Object.entries(options)) {
    effects[key] = Effect.isEffect(value) && !kept.includes(key) ? value : Effect.succeed(value)
  }
  return Effect.all(effects)
}

type Operation = (self: any, ...args: Array<any>) => any

/**
 * The module's functions, by the shape of their accessor.
 *
 * @internal
 */
export interface Accessors {
  /** `f(self)` or with optional arguments only: an Effect. */
  readonly values: Record<string, Operation>
  /** `f(self, …args)`: a function of the arguments. */
  readonly functions: Record<string, Operation>
  /** `f(self, …args, use)`, with the number of arguments after `self`: as above, and `X.f(…args)(use)`. */
  readonly brackets?: Record<string, readonly [operation: Operation, arguments_: number]>
}

/**
 * Adds the accessors of a tag to a class, which is the tag itself but for a channel.
 *
 * @internal
 */
export const addAccessors = (self: any, tag: any, accessors: Accessors): void => {
  for (const [key, operation] of Object.entries(accessors.values)) self[key] = tag.use(operation)
  for (const [key, operation] of Object.entries(accessors.functions)) {
    self[key] = (...args: Array<unknown>) => tag.use((primitive: unknown) => operation(primitive, ...args))
  }
  for (const [key, [operation, arity]] of Object.entries(accessors.brackets ?? {})) {
    const bracket = (...args: Array<unknown>): unknown =>
      args.length < arity
        ? (use: unknown) => bracket(...args, use)
        : tag.use((primitive: unknown) => operation(primitive, ...args))
    self[key] = bracket
  }
}

/**
 * Builds the class. `make` gets the options as plain values and builds the primitive in the layer's scope; those in
 * `kept` are Effects that it wants as they are, to be run later.
 *
 * @internal
 */
export const serviceClass = (
  id: string,
  options: Record<string, unknown>,
  make: (options: Record<string, any>) => Effect.Effect<any, never, any>,
  accessors: Accessors,
  kept: ReadonlyArray<string> = []
): any => {
  // One call of Context.Service gives a fresh function object, which is the tag; adding statics to it is enough.
  const self: any = Context.Service<any, any>()(id)
  self.layerWith = (given: Record<string, unknown>) =>
    Layer.effect(self, Effect.flatMap(resolve(given, kept), (plain) => make({ ...plain, name: plain["name"] ?? id })))
  self.layer = self.layerWith(options) // one object: layers are shared by reference
  addAccessors(self, self, accessors)
  return self
}
