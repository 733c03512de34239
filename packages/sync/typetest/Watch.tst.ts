import {
  type Cause,
  type Config,
  type Effect,
  Layer,
  type Option,
  type Queue,
  type Result,
  Schema,
  type Scope,
  type Stream
} from "effect"
import { type Errors, type Handle, Watch } from "effect-sync"
import { describe, expect, test } from "tstyche"

type State = { readonly _tag: "Up"; readonly port: number } | { readonly _tag: "Down" }

declare const sender: Watch.Sender<number>
declare const receiver: Watch.Receiver<number>
declare const remoteSender: Watch.Sender<number, "lost">
declare const remote: Watch.Receiver<number, "lost">
declare const states: Watch.Receiver<State>
declare const isUp: (state: State) => state is Extract<State, { readonly _tag: "Up" }>

describe("Watch", () => {
  test("what is made in process fails only as its name says", () => {
    expect(Watch.make(0)).type.toBe<
      Effect.Effect<readonly [sender: Watch.Sender<number>, receiver: Watch.Receiver<number>], never, Scope.Scope>
    >()
    expect(Watch.makeSender("a", { name: "w" })).type.toBe<Effect.Effect<Watch.Sender<string>, never, Scope.Scope>>()
    expect(Watch.send(sender, 1)).type.toBe<Effect.Effect<void, Errors.SendError<number>>>()
    expect(Watch.sendModify(sender, (n) => n + 1)).type.toBe<Effect.Effect<void>>()
    expect(Watch.sendReplace(sender, 1)).type.toBe<Effect.Effect<number>>()
    expect(Watch.sendIfModified(sender, () => null! as Option.Option<number>)).type.toBe<Effect.Effect<boolean>>()
    expect(Watch.borrow(sender)).type.toBe<Effect.Effect<number>>()
    expect(Watch.borrow(receiver)).type.toBe<Effect.Effect<number>>()
    expect(Watch.borrowAndUpdateRef(receiver)).type.toBe<Effect.Effect<Watch.Ref<number>>>()
    expect(Watch.hasChanged(receiver)).type.toBe<Effect.Effect<boolean, Cause.Done>>()
    expect(Watch.changed(receiver)).type.toBe<Effect.Effect<void, Cause.Done>>()
    expect(Watch.closed(sender)).type.toBe<Effect.Effect<void>>()
    expect(Watch.stream(receiver)).type.toBe<Stream.Stream<number>>()
    expect(Watch.toQueue(receiver)).type.toBe<Effect.Effect<Queue.Dequeue<number, Cause.Done>, never, Scope.Scope>>()
  })

  test("a backend's error shows in every operation but counts", () => {
    expect(Watch.send(remoteSender, 1)).type.toBe<Effect.Effect<void, Errors.SendError<number> | "lost">>()
    expect(Watch.changed(remote)).type.toBe<Effect.Effect<void, Cause.Done | "lost">>()
    expect(Watch.borrow(remote)).type.toBe<Effect.Effect<number, "lost">>()
    expect(Watch.changes(remote)).type.toBe<Stream.Stream<number, "lost">>()
    expect(Watch.receiverCount(remoteSender)).type.toBe<Effect.Effect<number>>()
    expect(Watch.markChanged(remote)).type.toBe<Effect.Effect<void>>()
  })

  test("a sender is invariant, a receiver covariant, E covariant in both", () => {
    expect(sender).type.not.toBeAssignableTo<Watch.Sender<number | string>>()
    expect(sender).type.not.toBeAssignableTo<Watch.Sender<1>>()
    expect(receiver).type.toBeAssignableTo<Watch.Receiver<number | string>>()
    expect(receiver).type.not.toBeAssignableTo<Watch.Receiver<1>>()
    expect(sender).type.toBeAssignableTo<Watch.Sender<number, "lost">>()
    expect(receiver).type.toBeAssignableTo<Watch.Receiver<number, "lost">>()
    expect(remote).type.not.toBeAssignableTo<Watch.Receiver<number>>()
    expect(receiver).type.not.toBeAssignableTo<Watch.Sender<number>>()
  })

  test("a refinement narrows what waitFor gives, in both forms", () => {
    expect(Watch.waitFor(states, isUp)).type.toBe<
      Effect.Effect<{ readonly _tag: "Up"; readonly port: number }, Cause.Done>
    >()
    expect(states.pipe(Watch.waitFor(isUp))).type.toBe<
      Effect.Effect<{ readonly _tag: "Up"; readonly port: number }, Cause.Done>
    >()
    expect(Watch.waitFor(states, (state) => state._tag === "Up" && state.port > 0)).type.toBe<
      Effect.Effect<State, Cause.Done>
    >()
    expect(Watch.waitFor(states, (state): state is { readonly _tag: "Down" } => state._tag === "Down")).type.toBe<
      Effect.Effect<{ readonly _tag: "Down" }, Cause.Done>
    >()
  })

  test("data-last forms pipe the half; a clone is of the same kind", () => {
    expect(sender.pipe(Watch.send(1))).type.toBe<Effect.Effect<void, Errors.SendError<number>>>()
    expect(sender.pipe(Watch.sendModify((n: number) => n + 1))).type.toBe<Effect.Effect<void>>()
    expect(Watch.clone(sender)).type.toBe<Effect.Effect<Watch.Sender<number>, never, Scope.Scope>>()
    expect(Watch.clone(remote)).type.toBe<Effect.Effect<Watch.Receiver<number, "lost">, never, Scope.Scope>>()
    expect(sender).type.toBeAssignableTo<Handle.Handle>()
    expect(receiver).type.toBeAssignableTo<Handle.Handle>()
  })

  test("the unsafe ones are for what lives in this process", () => {
    expect(Watch.sendUnsafe(sender, 1)).type.toBe<Result.Result<void, Errors.SendError<number>>>()
    expect(Watch.hasChangedUnsafe(receiver)).type.toBe<Result.Result<boolean, Cause.Done>>()
    expect(Watch.borrowUnsafe(receiver)).type.toBe<number>()
    expect(Watch.cloneUnsafe(receiver)).type.toBe<Watch.Receiver<number>>()
    expect(Watch.sendUnsafe).type.not.toBeCallableWith(remoteSender, 1)
    expect(Watch.borrowUnsafe).type.not.toBeCallableWith(remote)
    expect(Watch.toQueue).type.not.toBeCallableWith(remote)
  })
})

describe("Watch.Service", () => {
  class Level extends Watch.Service<Level>()("Level", { initial: 0 }) {}
  class FromConfig extends Watch.Service<FromConfig>()("FromConfig", { initial: null! as Config.Config<number> }) {}
  class Settings extends Watch.Service<Settings>()("Settings", {
    message: Schema.Struct({ level: Schema.Number }),
    initial: { level: 1 }
  }) {}
  class Stated extends Watch.Service<Stated, State, "lost">()("Stated", { initial: { _tag: "Down" } }) {}
  class Made extends Watch.Service<Made>()("Made", {
    initial: null! as Effect.Effect<Set<string>, "no set", Watch.SenderOf<Level>>
  }) {}

  test("the type of the value is inferred, not as a literal, from a schema, or stated", () => {
    expect<Effect.Success<typeof Level.Sender>>().type.toBe<Watch.Sender<number>>()
    expect<Effect.Success<typeof Level.Source>>().type.toBe<Watch.Source<number>>()
    expect<Effect.Success<typeof FromConfig.Sender>>().type.toBe<Watch.Sender<number>>()
    expect<Effect.Success<typeof Settings.Sender>>().type.toBe<Watch.Sender<{ readonly level: number }>>()
    expect<Effect.Success<typeof Stated.Sender>>().type.toBe<Watch.Sender<State, "lost">>()
    expect<Effect.Success<typeof Made.Source>>().type.toBe<Watch.Source<Set<string>>>()
    expect(Watch.Service<Level>()).type.not.toBeCallableWith("Level", {
      message: Schema.Struct({ level: Schema.Number }),
      initial: { level: "high" }
    })
  })

  test("the layer's error and requirements follow from the options", () => {
    expect(Level.layer).type.toBe<Layer.Layer<Watch.SenderOf<Level> | Watch.SourceOf<Level>>>()
    expect(FromConfig.layer).type.toBe<
      Layer.Layer<Watch.SenderOf<FromConfig> | Watch.SourceOf<FromConfig>, Config.ConfigError>
    >()
    expect(Made.layer).type.toBe<
      Layer.Layer<Watch.SenderOf<Made> | Watch.SourceOf<Made>, "no set", Watch.SenderOf<Level>>
    >()
    expect(Level.layerWith({ initial: null! as Effect.Effect<number, "no"> })).type.toBe<
      Layer.Layer<Watch.SenderOf<Level> | Watch.SourceOf<Level>, "no">
    >()
    expect(Level.layerWith).type.not.toBeCallableWith({ initial: "five" })
  })

  test("accessors say which half they need", () => {
    expect(Level.send(1)).type.toBe<Effect.Effect<void, Errors.SendError<number>, Watch.SenderOf<Level>>>()
    expect(Level.sendModify((n) => n + 1)).type.toBe<Effect.Effect<void, never, Watch.SenderOf<Level>>>()
    expect(Level.closed).type.toBe<Effect.Effect<void, never, Watch.SenderOf<Level>>>()
    expect(Level.get).type.toBe<Effect.Effect<number, never, Watch.SourceOf<Level>>>()
    expect(Level.subscribe).type.toBe<
      Effect.Effect<Watch.Receiver<number>, never, Watch.SourceOf<Level> | Scope.Scope>
    >()
    expect(Level.stream).type.toBe<Stream.Stream<number, never, Watch.SourceOf<Level>>>()
    expect(Stated.changes).type.toBe<Stream.Stream<State, "lost", Watch.SourceOf<Stated>>>()
    expect(Stated.send({ _tag: "Up", port: 1 })).type.toBe<
      Effect.Effect<void, Errors.SendError<State> | "lost", Watch.SenderOf<Stated>>
    >()
  })

  test("another backend fits a tag that reckons with its error, and no other; two channels never mix", () => {
    expect(Layer.succeed).type.not.toBeCallableWith(Level.Sender, remoteSender)
    expect(Layer.succeed).type.toBeCallableWith(Level.Sender, sender)
    expect(Layer.succeed).type.toBeCallableWith(Stated.Source, null! as Watch.Source<State, "lost">)
    expect<Watch.SenderOf<Level>>().type.not.toBeAssignableTo<Watch.SenderOf<Stated>>()
    expect<Watch.SenderOf<Level>>().type.not.toBeAssignableTo<Watch.SourceOf<Level>>()
  })
})
