/**
 * Watched state: objects that report that they are read or written.
 *
 * A step that touched nothing watched commutes with every step of every other fiber, so stopping before it leads nowhere
 * that stopping after it does not (the simplest of the partial-order reductions; Godefroid, 1996).
 *
 * @internal
 */
import * as Effect from "effect/Effect"

interface Watching {
  touched: boolean
  watching: boolean
}

let current: Watching | undefined

/** @internal */
export const setCurrent = (execution: Watching | undefined): void => {
  current = execution
}

const touch = (): void => {
  if (current !== undefined) current.touched = true
}

const proxies = new WeakMap<object, object>()

/** What is behind a proxy of ours. */
const targets = new WeakMap<object, object>()

const bare = (value: any): any => targets.get(value) ?? value

const isCollection = (target: object): target is Map<unknown, unknown> | Set<unknown> =>
  target instanceof Map || target instanceof Set || target instanceof WeakMap || target instanceof WeakSet

const isWatchable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Effect.isEffect(value)
  && (Array.isArray(value) || isCollection(value) || Object.getPrototypeOf(value) === Object.prototype
    || Object.getPrototypeOf(value) === null)

const seen = (value: unknown): unknown => isWatchable(value) ? proxyOf(value) : value

/** Arrays must find an object whether they are asked with it or with its proxy, for it is kept without. */
const searches = new Set<PropertyKey>(["includes", "indexOf", "lastIndexOf"])

/** A method of a collection, that takes proxies and gives them, but keeps what is behind them. */
const ofCollection = (target: any, key: PropertyKey): unknown => {
  const method = target[key]
  if (typeof method !== "function") return method
  if (key === "forEach") {
    return (f: any, self: unknown) =>
      target.forEach((value: unknown, key: unknown) => f.call(self, seen(value), seen(key), proxyOf(target)))
  }
  return (...args: Array<unknown>) => {
    touch()
    const result: any = method.apply(target, args.map(bare))
    if (result === target) return proxyOf(target)
    if (typeof result?.next !== "function") return seen(result)
    return each(result, key === "entries" || (target instanceof Map && key === Symbol.iterator))
  }
}

function* each(iterator: Iterable<any>, arePairs: boolean): Generator {
  for (const value of iterator) {
    touch()
    yield arePairs ? value.map(seen) : seen(value)
  }
}

const handler: ProxyHandler<object> = {
  get(target: any, key, receiver) {
    if (isCollection(target)) {
      touch()
      return ofCollection(target, key)
    }
    if (Array.isArray(target) && searches.has(key)) {
      touch()
      return (...args: Array<unknown>) => (target as any)[key](...args.map(bare))
    }
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
    // methods, and getters, which see the proxy as `this`, touch what they use themselves
    if (descriptor?.get !== undefined) return Reflect.get(target, key, receiver)
    if (descriptor === undefined && key in target) return Reflect.get(target, key, receiver)
    touch()
    const value = target[key]
    // The language demands that a proxy gives the very value here.
    return descriptor?.configurable === false && descriptor.writable === false ? value : seen(value)
  },
  set(target, key, value, receiver) {
    touch()
    const setter = Reflect.getOwnPropertyDescriptor(target, key)?.set
    return setter === undefined ? Reflect.set(target, key, bare(value)) : Reflect.set(target, key, value, receiver)
  },
  defineProperty(target, key, descriptor) {
    touch()
    return Reflect.defineProperty(target, key, descriptor)
  },
  getOwnPropertyDescriptor(target, key) {
    touch()
    return Reflect.getOwnPropertyDescriptor(target, key)
  },
  has(target, key) {
    touch()
    return Reflect.has(target, key)
  },
  deleteProperty(target, key) {
    touch()
    return Reflect.deleteProperty(target, key)
  },
  ownKeys(target) {
    touch()
    return Reflect.ownKeys(target)
  }
}

const proxyOf = <T extends object>(target: T): T => {
  if (targets.has(target)) return target
  let proxy = proxies.get(target)
  if (proxy === undefined) {
    proxy = new Proxy(target, handler)
    proxies.set(target, proxy)
    targets.set(proxy, target)
  }
  return proxy as T
}

/** @internal */
export const watched = <T extends object>(target: T): T => {
  if (current !== undefined) current.watching = true
  return proxyOf(target)
}
