/**
 * CancellationToken and its guards.
 *
 * A model of the tree is kept beside it, a few lines of links and flags. Every operation changes both in the same step,
 * and before each step every flag must be what the model says: so the whole subtree is flagged before anybody runs, and
 * nothing but that.
 */
import { Explore } from "@effect-sync/explorer"
import { Cause, Effect, Exit, Fiber, Option, Result, Scheduler } from "effect"
import { CancellationToken, Handle, Mutex } from "effect-sync"
import { type Family, type Operation, specification, type Start } from "../family.ts"
import { first, type Line, noOvertaking } from "../line.ts"
import { must, mustBe } from "../must.ts"

type Token = CancellationToken.CancellationToken

/** What the model knows of a token. */
interface Node {
  readonly name: string
  readonly token: Token
  parent: Node | undefined
  cancelled: boolean
  released: boolean
}

/** What the model knows of a drop guard. */
interface Guarding {
  readonly guard: CancellationToken.DropGuard
  readonly node: Node
  armed: boolean
}

interface State {
  readonly root: Node
  /** Below the root. */
  readonly middle: Node
  /** Below the root too: a sibling. */
  readonly side: Node
  /** Below the middle: for this one everybody waits. */
  readonly leaf: Node
  /** All, the parents first. */
  readonly nodes: Array<Node>
  readonly guards: Array<Guarding>
  readonly controller: () => AbortController
  readonly signals: Array<{ readonly signal: AbortSignal; readonly abortedAtEnd: () => boolean | undefined }>
  /** What is taken out of here must not be lost. It is locked until it is opened. */
  readonly box: Mutex.Mutex<number>
  readonly lid: Handle.Handle
  /** How many took from the box, and how many of these have it. */
  taken: number
  received: number
  /** How many waited for the box when it was opened, and were not asked to stop before that. */
  owed: number
  /** How many were interrupted by a token. */
  stopped: number
  /** What a listener saw, whose exceptions nobody hears of. */
  complaint: string | undefined
  readonly line: Line
}

// ---- the model -----------------------------------------------------------------------------------------------------

const cancelInModel = (state: State, node: Node): void => {
  node.cancelled = true
  for (const other of state.nodes) if (other.parent?.cancelled === true) other.cancelled = true
}

const releaseInModel = (state: State, node: Node): void => {
  node.released = true
  for (const other of state.nodes) if (other.parent === node) other.parent = node.parent
  node.parent = undefined
}

/** Follows what a scope has ended since the step before. */
const follow = (state: State): void => {
  for (const node of state.nodes) if (!node.released && Handle.isReleased(node.token)) releaseInModel(state, node)
  for (const guarding of state.guards) {
    if (!guarding.armed || !Handle.isReleased(guarding.guard)) continue
    guarding.armed = false
    cancelInModel(state, guarding.node)
  }
}

const agree = (state: State): void => {
  follow(state)
  for (const { cancelled, name, token } of state.nodes) {
    const actual = CancellationToken.isCancelledUnsafe(token)
    if (actual !== cancelled) {
      throw new Error(
        cancelled
          ? `the ${name} is not cancelled`
          : `the ${name} is cancelled, and nobody asked for that, or the step that cancels is not over`
      )
    }
    if (cancelled && CancellationToken.waitingUnsafe(token) > 0) throw new Error(`somebody still waits for the ${name}`)
  }
  for (const { signal } of state.signals) {
    if (signal.aborted && !state.leaf.cancelled) throw new Error("a signal is aborted, and the leaf is not cancelled")
  }
}

const nodeOf = (name: string, token: Token, parent?: Node): Node => ({
  name,
  token,
  parent: parent?.released === true ? undefined : parent,
  cancelled: parent?.cancelled ?? false,
  released: false
})

const make: Effect.Effect<State> = Effect.sync(() => {
  const root = nodeOf("root", CancellationToken.makeUnsafe())
  const below = (name: string, parent: Node) => nodeOf(name, CancellationToken.childUnsafe(parent.token), parent)
  const [middle, side] = [below("middle", root), below("side", root)]
  const leaf = below("leaf", middle)
  const box = Mutex.makeUnsafe(0)
  let controller: AbortController | undefined
  return {
    root,
    middle,
    side,
    leaf,
    nodes: [root, middle, side, leaf],
    guards: [],
    controller: () => controller ??= new AbortController(),
    signals: [],
    box,
    lid: Result.getOrThrow(Mutex.tryLockUnsafe(box)),
    taken: 0,
    received: 0,
    owed: 0,
    stopped: 0,
    complaint: undefined,
    line: { queuing: false }
  }
})

// ---- what fibers do ------------------------------------------------------------------------------------------------

const cancel = (state: State, node: Node): Effect.Effect<void> =>
  Effect.map(CancellationToken.cancel(node.token), () => {
    follow(state)
    cancelInModel(state, node)
  })

const open = (state: State): void => {
  if (!state.leaf.cancelled) state.owed += Mutex.waitingUnsafe(state.box)
  Handle.releaseUnsafe(state.lid)
}

const wait = (state: State, node: Node): Effect.Effect<void> =>
  Effect.map(CancellationToken.cancelled(node.token), () => {
    must(CancellationToken.isCancelledUnsafe(node.token), () => `woken, and the ${node.name} is not cancelled`)
    follow(state)
    must(node.cancelled, () => "woken within the step that cancels")
  })

/** A child of the middle, from the step on in which it is made. */
const child = (state: State) =>
  Effect.map(CancellationToken.child(state.middle.token), (token) => {
    follow(state)
    const node = nodeOf("child", token, state.middle)
    state.nodes.push(node)
    return node
  })

const guarded = (state: State) =>
  Effect.map(CancellationToken.dropGuard(state.middle.token), (guard) => {
    const guarding: Guarding = { guard, node: state.middle, armed: true }
    state.guards.push(guarding)
    return guarding
  })

/** Afterwards a fiber may be made to yield again. */
const yieldsAgain = (): void => {
  must(!Fiber.getCurrent()!.getRef(Scheduler.PreventSchedulerYield), () => "it can't be made to yield any more")
}

/** Runs an effect that must not begin once the leaf is cancelled, and whose finalizers are awaited. */
const running = <A, B>(
  state: State,
  run: (effect: Effect.Effect<A>) => Effect.Effect<B>,
  effect: Effect.Effect<A>
): Effect.Effect<B> => {
  let runs = false
  const begin = Effect.sync(() => {
    runs = true
  })
  const end = Effect.andThen(
    Effect.void,
    Effect.sync(() => {
      runs = false
    })
  )
  const body = Effect.suspend(() => {
    // Its first step, the one in which it is decided that it begins.
    must(!CancellationToken.isCancelledUnsafe(state.leaf.token), () => "begun though the leaf is cancelled")
    return Effect.onExit(Effect.andThen(begin, effect), () => end)
  })
  return Effect.onExitPrimitive(run(body), (exit) => {
    must(!runs, () => "it has ended, and the finalizers of its effect still run")
    // An interruption from outside names nobody. One that does was of the effect, which was stopped.
    must(
      Exit.isSuccess(exit) || Cause.interruptors(exit.cause).size === 0,
      () => "the interruption of the effect is taken for one of its caller"
    )
    yieldsAgain()
    return undefined
  })
}

const until = (state: State) => <A>(effect: Effect.Effect<A>): Effect.Effect<Option.Option<A>> =>
  Effect.map(CancellationToken.runUntilCancelled(state.leaf.token, effect), (answer) => {
    must(
      Option.isSome(answer) || CancellationToken.isCancelledUnsafe(state.leaf.token),
      () => "stopped though the leaf is not cancelled"
    )
    return answer
  })

/** Takes what is in the box, in one step, and waits for that until it is opened. */
const take = (state: State): Effect.Effect<number> =>
  Mutex.modify(state.box, (n) => {
    state.taken++
    return [n, n + 1]
  })

const forever: Effect.Effect<never> = Effect.callback(() => {})

const operations: Readonly<Record<string, Operation<State>>> = {
  cancel: { run: (state) => cancel(state, state.root) },
  "cancel the middle": { run: (state) => cancel(state, state.middle) },
  "cancel and open": {
    run: (state) =>
      Effect.sync(() => {
        follow(state)
        CancellationToken.cancelUnsafe(state.root.token)
        open(state)
        cancelInModel(state, state.root)
      })
  },
  open: { run: (state) => Effect.sync(() => open(state)) },
  cancelled: { run: (state) => wait(state, state.leaf) },
  child: { run: (state) => Effect.flatMap(child(state), (node) => wait(state, node)) },
  "child cancelled": { run: (state) => Effect.flatMap(child(state), (node) => cancel(state, node)) },
  runUntilCancelled: { run: (state) => running(state, until(state), Effect.void), forks: 1 },
  "runUntilCancelled waits": { run: (state) => running(state, until(state), forever), forks: 1 },
  "runUntilCancelled takes": {
    run: (state) =>
      Effect.map(until(state)(take(state)), (answer) => {
        if (Option.isSome(answer)) state.received++
      }),
    forks: 1
  },
  interruptWhenCancelled: {
    run: (state) =>
      Effect.onExitPrimitive(
        Effect.map(CancellationToken.interruptWhenCancelled(state.leaf.token, take(state)), () => {
          state.received++
        }),
        (exit) => {
          yieldsAgain()
          if (Exit.isFailure(exit) && state.leaf.cancelled) state.stopped++
          return undefined
        }
      ),
    forks: 1
  },
  dropGuard: { run: (state) => Effect.andThen(guarded(state), Effect.void) },
  "dropGuard disarmed": {
    run: (state) =>
      Effect.flatMap(guarded(state), (guarding) =>
        Effect.map(guarding.guard.disarm, (token) => {
          guarding.armed = false
          must(token === state.middle.token, () => "it gives another token than it guarded")
        }))
  },
  release: { run: ({ middle }) => Handle.release(middle.token) },
  "release of the root": { run: ({ root }) => Handle.release(root.token) },
  "release of the leaf": { run: ({ leaf }) => Handle.release(leaf.token) },
  toAbortSignal: {
    run: (state) => {
      let ended: boolean | undefined
      const watch = Effect.flatMap(CancellationToken.toAbortSignal(state.leaf.token), (signal) => {
        state.signals.push({ signal, abortedAtEnd: () => ended })
        signal.addEventListener("abort", () => {
          const late = state.nodes.find(({ parent, token }) =>
            parent !== undefined && CancellationToken.isCancelledUnsafe(parent.token)
            && !CancellationToken.isCancelledUnsafe(token)
          )
          if (late !== undefined) state.complaint = `a listener is called while the ${late.name} is not cancelled`
        })
        return Effect.as(Effect.void, signal)
      })
      const seen = Effect.map(watch, (signal) => {
        mustBe("the signal is aborted", signal.aborted, CancellationToken.isCancelledUnsafe(state.leaf.token))
        return signal
      })
      return Effect.map(Effect.scoped(seen), (signal) => {
        ended = signal.aborted
      })
    }
  },
  fromAbortSignal: {
    run: (state) => {
      const { signal } = state.controller()
      const made = Effect.map(CancellationToken.fromAbortSignal(signal), (token) => {
        const node = nodeOf("token of a signal", token)
        node.cancelled = signal.aborted
        state.nodes.push(node)
        return node
      })
      return Effect.flatMap(made, (node) => wait(state, node))
    }
  },
  abort: {
    run: (state) =>
      Effect.sync(() => {
        follow(state)
        state.controller().abort()
        for (const node of state.nodes) {
          if (node.name === "token of a signal" && !node.released) cancelInModel(state, node)
        }
      })
  }
}

/** Those who wait for the leaf when they wait for ever. */
const waitForLeaf = new Set([
  "cancelled",
  "first",
  "second",
  "runUntilCancelled waits",
  "runUntilCancelled takes",
  "interruptWhenCancelled"
])

/** Those who wait for the box as well. */
const waitForBox = new Set(["runUntilCancelled takes", "interruptWhenCancelled"])

const waiting: Start<State>["queued"] = {
  first: first((state, served) => Effect.map(wait(state, state.leaf), served))
}

/** Three tokens, each below the one before. */
const chain: Effect.Effect<{ readonly root: Token; readonly middle: Token; readonly leaf: Token }> = Effect.sync(() => {
  const root = CancellationToken.makeUnsafe()
  const middle = CancellationToken.childUnsafe(root)
  return { root, middle, leaf: CancellationToken.childUnsafe(middle) }
})

export const cancellationToken: Family<State> = {
  primitive: "CancellationToken",
  starts: {
    fresh: { make },
    cancelled: { make: Effect.tap(make, (state) => cancel(state, state.root)) },
    waiting: { make, queued: waiting },
    "two waiting": {
      make,
      queued: {
        ...waiting,
        second: (state) => Effect.map(CancellationToken.cancelled(state.leaf.token), () => noOvertaking(state))
      }
    },
    "cancelled meanwhile": { make, events: { cancel: (state) => cancel(state, state.root) } }
  },
  operations,
  always: agree,
  check: (state, { exits, waiting }) => {
    agree(state)
    if (state.complaint !== undefined) throw new Error(state.complaint)
    const { box, leaf, middle, nodes, root, side } = state
    const own = new Set([root, middle, side, leaf])
    const forLeaf = waiting.filter((name) => waitForLeaf.has(name))
    mustBe("fibers that wait for the leaf", CancellationToken.waitingUnsafe(leaf.token), forLeaf.length)
    // Who waits for a token of its own has not ended, and so that token is not released.
    const living = nodes.filter((node) => !own.has(node) && !node.released)
    mustBe("tokens that somebody has made and not released", living.length, waiting.length - forLeaf.length)
    for (const node of nodes) {
      if (node !== leaf) {
        mustBe(
          `fibers that wait for the ${node.name}`,
          CancellationToken.waitingUnsafe(node.token),
          living.includes(node) ? 1 : 0
        )
      }
      const below = nodes.filter(({ cancelled, parent }) => parent === node && !cancelled).length
      mustBe(`children of the ${node.name}`, (node.token.toJSON() as { readonly children: number }).children, below)
    }
    for (const { armed } of state.guards) must(!armed, () => "a guard has not ended with its scope")
    for (const { abortedAtEnd, signal } of state.signals) {
      const ended = abortedAtEnd()
      if (ended !== undefined) mustBe("aborted, after the end of its scope", signal.aborted, ended)
    }
    if (!Mutex.isLockedUnsafe(box)) {
      must(!waiting.some((name) => waitForBox.has(name)), () => "it waits for an open box")
    }
    mustBe("received", state.received, state.taken)
    mustBe("in the box", Mutex.getUnsafe(box), state.taken)
    const interrupted = exits.filter(([, exit]) => exit !== undefined && Exit.hasInterrupts(exit)).map(([name]) => name)
    // One fiber is interrupted from outside; for the others a cancellation must be the reason.
    const unasked = interrupted.filter((name) => !(name === "interruptWhenCancelled" && leaf.cancelled)).length
    must(unasked <= 1, () => `${interrupted.join()} are interrupted`)
    if (!interrupted.some((name) => waitForBox.has(name))) {
      must(state.taken >= state.owed, () => `${state.owed} were to take from the box, ${state.taken} did`)
    }
  },
  outcome: (
    { nodes, stopped, taken }
  ) => [nodes.map(({ cancelled, released }) => [cancelled, released]), taken, stopped],
  linearizable: {
    "cancel, look and wait": specification({
      setup: chain,
      operations: {
        cancelRoot: ({ root }) => CancellationToken.cancel(root),
        cancelMiddle: ({ middle }) => CancellationToken.cancel(middle),
        seesRoot: ({ root }) => CancellationToken.isCancelled(root),
        seesLeaf: ({ leaf }) => CancellationToken.isCancelled(leaf),
        waitsForLeaf: ({ leaf }) => CancellationToken.cancelled(leaf)
      },
      calls: {
        alice: [["waitsForLeaf"], ["seesRoot"]],
        bob: [["cancelMiddle"], ["seesLeaf"]],
        carol: [["cancelRoot"], ["seesRoot"]]
      },
      initial: { root: false, leaf: false },
      model: {
        cancelRoot: () => [undefined, { root: true, leaf: true }],
        cancelMiddle: (flags) => [undefined, { ...flags, leaf: true }],
        seesRoot: (flags) => [flags.root, flags],
        seesLeaf: (flags) => [flags.leaf, flags],
        waitsForLeaf: (flags) => flags.leaf ? [undefined, flags] : Explore.blocks
      },
      options: { preemptionBound: 1 }
    })
  }
}
